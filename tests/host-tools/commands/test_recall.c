/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/recall.h"

#include "tests/host-tools/sinks/store_test.h"

#include <stdio.h>
#include <string.h>

static struct ut_config config;
static struct ut_sinks sinks;
static char noted[300];

static void keep_note(struct ut_sink *sink, const char *text)
{
    (void)sink;
    (void)snprintf(noted, sizeof noted, "%s", text);
}

static int close_sink(struct ut_sink *sink, bool keep, struct ut_fault *f)
{
    (void)sink;
    (void)keep;
    (void)f;
    return 0;
}

static void begin(const char *memory)
{
    static const struct ut_sink_kind KIND = {.note = keep_note, .close = close_sink};
    static struct ut_sink sink = {.kind = &KIND};
    ut_config_defaults(&config);
    assert_int_equal(ut_config_set(&config, "customer", "memory", memory, "test", &fault), 0);
    memset(&sinks, 0, sizeof sinks);
    noted[0] = '\0';
    assert_int_equal(ut_sinks_add(&sinks, &sink, &fault), 0);
}

static void put_call(void)
{
    put_event("a", 1, 1000, "undertone.session.started.v1", "{\"data\":{\"Customer\":\"A\"}}");
    const struct ut_event_row row = {.session = "a",
                                     .contact_id = "a",
                                     .type = "undertone.session.completed.v1",
                                     .json =
                                         "{\"data\":{\"Trajectory\":{\"Begin\":0.2,\"End\":0.7,\"Change\":\"worse\"}}}",
                                     .sequence = 2,
                                     .start_ms = 1000,
                                     .at_ms = 9000,
                                     .state = "COMPLETED"};
    assert_int_equal(ut_event_table_put(d, &row, 1000, &fault), 1);
}

static void memory_is_off_unless_asked_for(void **state)
{
    (void)state;
    struct ut_store_recall r;
    begin("no");
    assert_int_equal(ut_store_recall_open(&r, &config, NULL, &sinks, &fault), 0);
    assert_null(r.store);
    begin("yes");
    assert_int_equal(ut_store_recall_open(&r, &config, NULL, &sinks, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
    assert_non_null(strstr(fault.text, "[store] file"));
    fault = (struct ut_fault){0};
}

static void a_customer_of_the_store_is_known(void **state)
{
    (void)state;
    struct ut_store_recall r;
    struct ut_recollection told;
    put_call();
    begin("yes");
    assert_int_equal(ut_store_recall_open(&r, &config, path, &sinks, &fault), 0);
    r.recall.ask(r.recall.ctx, "A", UT_ENGLISH, &told);
    assert_non_null(strstr(told.text, "ended worse than it began. Risk 0.40 (rule of thumb)"));
    r.recall.ask(r.recall.ctx, "B", UT_ENGLISH, &told);
    assert_string_equal(told.text, "");
    assert_true(told.risk == -1);
    assert_string_equal(noted, "");
}

static void a_store_that_cannot_be_read_is_remarked_upon(void **state)
{
    (void)state;
    struct ut_store_recall r;
    struct ut_recollection told = {.text = "before", .risk = 1};
    put_call();
    begin("yes");
    assert_int_equal(ut_store_recall_open(&r, &config, path, &sinks, &fault), 0);
    r.store = "/dev/null/none";
    r.recall.ask(r.recall.ctx, "A", UT_ENGLISH, &told);
    assert_string_equal(told.text, "");
    assert_non_null(strstr(noted, "/dev/null/none"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(memory_is_off_unless_asked_for),
        TEST(a_customer_of_the_store_is_known),
        TEST(a_store_that_cannot_be_read_is_remarked_upon),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
