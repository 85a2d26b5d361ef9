/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/calibration.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_same(const struct ut_wire_score *a, const struct ut_wire_score *b)
{
    uint8_t x[UT_WIRE_RECORD_BYTES], y[UT_WIRE_RECORD_BYTES];
    ut_wire_pack_score(x, 0, a);
    ut_wire_pack_score(y, 0, b);
    assert_memory_equal(x, y, sizeof x);
}

static void nothing_set_changes_no_byte(void **state)
{
    (void)state;
    struct ut_config config;
    ut_config_defaults(&config);
    const struct ut_calibration c = ut_calibration_of(&config);
    assert_true(ut_calibration_is_none(&c));
    for (int f = 0; f < 256; f++) {
        const struct ut_wire_score s = {.frustration = (uint8_t)f, .delight = (uint8_t)(255 - f), .confidence = 200};
        const struct ut_wire_score out = ut_calibrated(&c, &s);
        assert_same(&out, &s);
    }
}

static void an_offset_and_a_temperature_do_what_they_say(void **state)
{
    (void)state;
    const struct ut_wire_score even = {.frustration = 85, .delight = 85, .confidence = 85, .t_ms = 7, .flags = 1};
    struct ut_calibration c = {.temperature = 1, .offset = {1, 0, 0}};
    struct ut_wire_score out = ut_calibrated(&c, &even);
    assert_int_equal(out.frustration, lround(255 * exp(1) / (exp(1) + 2)));
    assert_int_equal(out.delight, lround(255 / (exp(1) + 2)));
    assert_int_equal(out.confidence, out.frustration);
    assert_int_equal(out.t_ms, 7);
    assert_int_equal(out.flags, 1);
    const struct ut_wire_score sure = {.frustration = 204, .delight = 0, .confidence = 204}; /* 0.8, 0, 0.2 */
    c = (struct ut_calibration){.temperature = 2};
    out = ut_calibrated(&c, &sure);
    double least = 0.5 / 255, sum = sqrt(0.8) + sqrt(least) + sqrt(0.2);
    assert_int_equal(out.frustration, lround(255 * sqrt(0.8) / sum));
    assert_int_equal(out.delight, lround(255 * sqrt(least) / sum));
}

static void no_score_stays_none(void **state)
{
    (void)state;
    const struct ut_calibration c = {.temperature = 3, .offset = {2, 2, 0}};
    const struct ut_wire_score none = {.customer_loudness = 50};
    const struct ut_wire_score out = ut_calibrated(&c, &none);
    assert_same(&out, &none);
}

static void it_is_for_its_model(void **state)
{
    (void)state;
    struct ut_config config;
    struct ut_fault fault;
    ut_config_defaults(&config);
    assert_true(ut_calibration_is_for(&config, 0x12345678));
    assert_int_equal(ut_config_set(&config, "calibration", "model", "0000abcd", "test", &fault), 0);
    assert_true(ut_calibration_is_for(&config, 0xabcd));
    assert_false(ut_calibration_is_for(&config, 0xabce));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_set_changes_no_byte),
        cmocka_unit_test(an_offset_and_a_temperature_do_what_they_say),
        cmocka_unit_test(no_score_stays_none),
        cmocka_unit_test(it_is_for_its_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
