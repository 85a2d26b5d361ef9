/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/readings.h"

#include "dsp/features.h"
#include "firmware/engine.h"
#include "models/infer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void codes_become_what_the_wire_says(void **state)
{
    (void)state;
    assert_true(ut_readings_share(0) == 0 && ut_readings_share(255) == 1 && ut_readings_share(51) == 51 / 255.0);
    assert_true(ut_readings_loudness(0) == 0 && ut_readings_loudness(200) == 100 && ut_readings_loudness(7) == 3.5);
    assert_true(ut_readings_level_dbfs(255) == -127.5 && ut_readings_level_dbfs(41) == -20.5);
    assert_true(ut_readings_pace(68) == 4.25 && ut_readings_pace(0.5) == 1 / 32.0);
    assert_true(ut_readings_words_per_minute(4.25) == 170);
    assert_true(ut_readings_semitones(1) == 0 && ut_readings_semitones(50) == 12.25);
    assert_true(ut_readings_range(50) == 12.5);
    assert_true(ut_readings_log_odds(96) == 1.5 && ut_readings_log_odds(-64) == -1);
}

/* as text it is 0.0, not -0.0 */
static void full_scale_has_no_sign(void **state)
{
    (void)state;
    assert_true(ut_readings_level_dbfs(0) == 0 && !signbit(ut_readings_level_dbfs(0)));
}

/* A mean is rounded once: n equal codes have the share of one of them, which a sum of shares does not give. */
static void a_mean_of_equal_codes_is_their_share(void **state)
{
    (void)state;
    for (int code = 0; code <= 255; code++)
        for (int n = 1; n <= 100; n++)
            assert_true(ut_readings_mean_share(code * n, n) == ut_readings_share(code));
}

static void loudness_is_undone(void **state)
{
    (void)state;
    for (int level_q8 = -70 * 256; level_q8 <= -1 * 256; level_q8 += 37) {
        double back = ut_readings_loudness_dbfs(ut_features_loudness((int16_t)level_q8));
        assert_true(fabs(back - level_q8 / 256.0) <= 0.5);
    }
}

/* The device's own scale, and a level beyond it is that at its end. */
static void a_level_has_the_loudness_of_the_device(void **state)
{
    (void)state;
    for (int code = 0; code <= 255; code++)
        assert_true(ut_readings_loudness_of(ut_readings_level_dbfs(code)) ==
                    ut_features_loudness((int16_t)(-128 * code)) / 2.0);
    assert_true(ut_readings_loudness_of(-40) == 50);
    assert_true(ut_readings_loudness_of(-1e9) == 0 && ut_readings_loudness_of(1e9) == 100);
}

static void groups_have_names(void **state)
{
    (void)state;
    assert_string_equal(ut_readings_group_name(UT_GROUP_NONE), "");
    assert_string_equal(ut_readings_group_name(UT_GROUPS), "");
    for (int g = UT_GROUP_NONE + 1; g < UT_GROUPS; g++)
        assert_true(strlen(ut_readings_group_name(g)) > 0);
}

static void reasons_have_names(void **state)
{
    (void)state;
    assert_string_equal(ut_readings_abstain_name(UT_ABSTAIN_NONE), "none");
    assert_string_equal(ut_readings_abstain_name(UT_ABSTAIN_HOLD), "hold_or_tone");
    assert_string_equal(ut_readings_abstain_name(UT_ABSTAIN_MIXED), "mixed");
    assert_string_equal(ut_readings_abstain_name(UT_ABSTAIN_MIXED + 1), "unknown");
    assert_string_equal(ut_readings_abstain_name(-1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_become_what_the_wire_says),
        cmocka_unit_test(full_scale_has_no_sign),
        cmocka_unit_test(a_mean_of_equal_codes_is_their_share),
        cmocka_unit_test(loudness_is_undone),
        cmocka_unit_test(a_level_has_the_loudness_of_the_device),
        cmocka_unit_test(groups_have_names),
        cmocka_unit_test(reasons_have_names),
    };
    return cmocka_run_group_tests_name("readings", tests, NULL, NULL);
}
