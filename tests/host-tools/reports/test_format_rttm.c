/* SPDX-License-Identifier: Apache-2.0 */
#define UT_WRITER ut_format_rttm
#include "tests/host-tools/reports/format_test.h"

static void one_line_per_stretch_of_speech(void **state)
{
    (void)state;
    assert_string_equal(text, "SPEAKER a_call 2 1.000 1.000 <NA> <NA> customer <NA> <NA>\n"
                              "SPEAKER a_call 2 2.500 1.500 <NA> <NA> customer <NA> <NA>\n"
                              "SPEAKER a_call 1 3.500 4.500 <NA> <NA> agent <NA> <NA>\n"
                              "SPEAKER a_call 2 9.000 0.900 <NA> <NA> customer <NA> <NA>\n");
}

static void whose_channel_it_is(void **state)
{
    (void)state;
    assert_null(strstr(text, ";;"));
    free(text);
    t.alone = "declared";
    t.withheld.ms = 1500;
    text = ut_example_text(UT_WRITER, &t);
    assert_non_null(text);
    assert_non_null(strstr(text, ";; one channel, the customer alone, as declared; who speaks is withheld for 1.5 s: "
                                 "both parties in one channel\n"));
}

static void time_on_hold_is_in_it(void **state)
{
    (void)state;
    assert_null(strstr(text, "hold"));
    const struct ut_hold_span h = {.kind = UT_HOLD_SOUND, .begin_ms = 10000, .end_ms = 18500};
    ut_timeline_hold(&t, &h);
    free(text);
    text = ut_example_text(UT_WRITER, &t);
    assert_non_null(text);
    assert_non_null(strstr(text, "\n;; on hold: sound 10.000 8.500\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_line_per_stretch_of_speech),
        TEST(whose_channel_it_is),
        TEST(time_on_hold_is_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
