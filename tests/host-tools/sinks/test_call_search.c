/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/call_search.h"

#include "tests/host-tools/sinks/store_test.h"

#include <stdio.h>
#include <string.h>

#define ENDED "undertone.session.completed.v1"

/* The sessions found, with blanks between. */
static char found[200];

static int take(void *ctx, const struct ut_call_found *f)
{
    (void)ctx;
    size_t n = strlen(found);
    (void)snprintf(found + n, sizeof found - n, "%s%s", n > 0 ? " " : "", f->call.session);
    return 0;
}

static const char *search(const struct ut_call_search *want)
{
    found[0] = '\0';
    assert_int_equal(ut_call_search(d, want, take, NULL, &fault), 0);
    return found;
}

static void fill(void)
{
    put_event("bad", 1, 500, ENDED,
              "{\"data\":{\"Trajectory\":{\"Change\":\"worse\",\"Peak\":0.8,\"AboveMillis\":9000}}}");
    put_event("good", 1, 400, ENDED,
              "{\"data\":{\"Trajectory\":{\"Change\":\"better\",\"Peak\":0.7,\"AboveMillis\":0}}}");
    put_event("good", 2, 400, "undertone.cue.opened.v1", "{\"data\":{\"Cue\":\"empathy_cue\"}}");
    put_event("none", 1, 600, ENDED, "{\"data\":{}}");
    put_event("broken", 1, 0, ENDED, "no JSON");
    put_event("broken", 2, 0, "undertone.cue.opened.v1", "{\"data\":3}");
}

static void all_come_in_order_of_their_begin(void **state)
{
    (void)state;
    fill();
    assert_string_equal(search(&(struct ut_call_search){0}), "good bad none broken"); /* that one was stored at 1000 */
    assert_string_equal(search(&(struct ut_call_search){.since_ms = 500}), "bad none");
    assert_string_equal(search(&(struct ut_call_search){.until_ms = 500}), "good");
    assert_string_equal(search(&(struct ut_call_search){.contact = "none"}), "none");
}

static void what_was_not_scored_is_in_no_answer_about_scores(void **state)
{
    (void)state;
    fill();
    assert_string_equal(search(&(struct ut_call_search){.change = "worse"}), "bad");
    assert_string_equal(search(&(struct ut_call_search){.peak = 0.7}), "good bad");
    assert_string_equal(search(&(struct ut_call_search){.peak = 0.71}), "bad");
    assert_string_equal(search(&(struct ut_call_search){.above_ms = 9000}), "bad");
    assert_string_equal(search(&(struct ut_call_search){.above_ms = 9001}), "");
    assert_string_equal(search(&(struct ut_call_search){.cue = "empathy_cue"}), "good");
    assert_string_equal(search(&(struct ut_call_search){.cue = "empathy_cue", .change = "worse"}), "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(all_come_in_order_of_their_begin),
        TEST(what_was_not_scored_is_in_no_answer_about_scores),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
