/* SPDX-License-Identifier: Apache-2.0 */
#define UT_WRITER ut_format_rttm
#define UT_CHANNELS ";;"
#define UT_ALONE ";; " UT_ALONE_SAID "\n"
#define UT_ON_HOLD "\n;; on hold: sound 10.000 8.500\n"
#include "tests/host-tools/reports/format_test.h"

static void one_line_per_stretch_of_speech(void **state)
{
    (void)state;
    assert_string_equal(text, "SPEAKER a_call 2 1.000 1.000 <NA> <NA> customer <NA> <NA>\n"
                              "SPEAKER a_call 2 2.500 1.500 <NA> <NA> customer <NA> <NA>\n"
                              "SPEAKER a_call 1 3.500 4.500 <NA> <NA> agent <NA> <NA>\n"
                              "SPEAKER a_call 2 9.000 0.900 <NA> <NA> customer <NA> <NA>\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_line_per_stretch_of_speech),
        FORMAT_TESTS,
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
