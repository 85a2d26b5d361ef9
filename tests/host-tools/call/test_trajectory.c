/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/trajectory.h"

#include "firmware/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 400 };

static struct ut_config config;
static struct ut_cue_memory memory;
static struct ut_trajectory t;
static struct ut_wire_score record[MOST];
static size_t records;

static int setup(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    memset(&memory, 0, sizeof memory);
    memory.config = &config;
    ut_trajectory_init(&t);
    records = 0;
    return 0;
}

/* A record of customer speech with these averages behind it; below 0: not valid. */
static void put(double fast, double slow, uint8_t frustration)
{
    struct ut_wire_score *r = &record[records];
    *r = (struct ut_wire_score){.t_ms = (uint32_t)(250 * (records + 1)),
                                .flags = UT_WIRE_CUSTOMER_SPEECH,
                                .frustration = frustration,
                                .delight = (uint8_t)(255 - frustration)};
    records++;
    memory.fast = (struct ut_cue_means){.valid = fast >= 0, .frustration = fast, .delight = 0.1};
    memory.slow = (struct ut_cue_means){.valid = slow >= 0, .frustration = slow, .delight = 0.1};
    ut_trajectory_score(&t, r, &memory);
}

static json_t *made(void)
{
    return ut_trajectory_json(&t, record, records, (int64_t)(250 * records));
}

static void expect(const char *wanted)
{
    json_t *out = made(), *want = json_loads(wanted, 0, NULL);
    char *text = json_dumps(out, JSON_SORT_KEYS | JSON_REAL_PRECISION(9));
    assert_non_null(want);
    if (!json_equal(out, want))
        print_message("%s\n", text);
    assert_true(json_equal(out, want));
    free(text);
    json_decref(out);
    json_decref(want);
}

static void nothing_scored_is_null(void **state)
{
    (void)state;
    json_t *out = made();
    assert_true(json_is_null(out));
    json_decref(out);
    put(-1, -1, 10);
    record[0].flags |= UT_ABSTAIN_NOISE << UT_WIRE_ABSTAIN_SHIFT;
    out = made();
    assert_true(json_is_null(out));
    json_decref(out);
}

static void a_short_call_has_quarters_alone(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        put(-1, -1, i == 3 ? 255 : 0);
    record[1].flags = 0; /* nobody spoke */
    expect(
        "{\"Quarters\": [{\"Frustration\": 0.0, \"Delight\": 1.0}, null, {\"Frustration\": 0.0, \"Delight\": 1.0},"
        " {\"Frustration\": 1.0, \"Delight\": 0.0}], \"Begin\": null, \"End\": null, \"Change\": null, \"Peak\": null,"
        " \"PeakOffsetMillis\": null, \"AboveMillis\": 0, \"RecoveryMillis\": null,"
        " \"AfterCue\": null}");
}

static void a_rise_and_its_recovery_are_timed(void **state)
{
    (void)state;
    put(0.1, -1, 0);
    put(0.2, 0.2, 0);
    put(0.35, 0.2, 0); /* at the threshold counts */
    put(0.6, 0.25, 0); /* the peak, at 1000 ms */
    put(0.5, 0.25, 0);
    put(0.26, 0.22, 0); /* above the off-threshold still */
    put(0.25, 0.22, 0); /* recovered at 1750 ms */
    put(0.4, 0.31, 0);  /* again, below the peak */
    json_t *out = made();
    assert_int_equal(json_integer_value(json_object_get(out, "AboveMillis")), 4 * 250);
    assert_int_equal(json_integer_value(json_object_get(out, "PeakOffsetMillis")), 1000);
    assert_int_equal(json_integer_value(json_object_get(out, "RecoveryMillis")), 750);
    assert_string_equal(json_string_value(json_object_get(out, "Change")), "worse");
    json_decref(out);
    put(0.7, 0.29, 0); /* a new peak, from which it has not recovered */
    out = made();
    assert_true(json_is_null(json_object_get(out, "RecoveryMillis")));
    assert_string_equal(json_string_value(json_object_get(out, "Change")), "same");
    json_decref(out);
}

static void a_call_that_never_rose_has_nothing_to_recover_from(void **state)
{
    (void)state;
    put(0.3, 0.3, 0);
    put(0.1, 0.15, 0);
    json_t *out = made();
    assert_true(json_is_null(json_object_get(out, "RecoveryMillis")));
    assert_true(json_is_real(json_object_get(out, "Peak")));
    assert_string_equal(json_string_value(json_object_get(out, "Change")), "better");
    json_decref(out);
}

static void what_is_a_minute_after_the_first_cue_is_kept(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        if (i == 10 || i == 100)
            ut_trajectory_cue(&t, 250 * (i + 1)); /* the second counts for nothing */
        put(i / 1000.0, 0.2, 0);
    }
    json_t *out = made();
    assert_true(json_number_value(json_object_get(out, "AfterCue")) == 0.25);
    json_decref(out);
}

static void pauses_are_no_time_above(void **state)
{
    (void)state;
    put(0.9, 0.5, 0);
    struct ut_wire_score silent = {.t_ms = 500};
    ut_trajectory_score(&t, &silent, &memory);
    json_t *out = made();
    assert_int_equal(json_integer_value(json_object_get(out, "AboveMillis")), 250);
    json_decref(out);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(nothing_scored_is_null),
        TEST(a_short_call_has_quarters_alone),
        TEST(a_rise_and_its_recovery_are_timed),
        TEST(a_call_that_never_rose_has_nothing_to_recover_from),
        TEST(what_is_a_minute_after_the_first_cue_is_kept),
        TEST(pauses_are_no_time_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
