/* SPDX-License-Identifier: Apache-2.0 */
#define UT_WRITER ut_format_textgrid
#define UT_CHANNELS "channels"
#define UT_ALONE "xmax = 20.000 \n            text = \"" UT_ALONE_SAID
#define UT_ON_HOLD "    item [5]:\n        class = \"IntervalTier\" \n        name = \"hold\" \n"
#include "tests/host-tools/reports/format_test.h"

static void four_tiers_cover_the_call(void **state)
{
    (void)state;
    static const char *const name[] = {"customer", "agent", "turns", "cues"};
    char *at = text;
    assert_memory_equal(text, "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = 0.000 \n", 60);
    for (int tier = 0; tier < 4; tier++) {
        char wanted[60];
        int intervals;
        double last = 0;
        snprintf(wanted, sizeof wanted, "name = \"%s\"", name[tier]);
        at = strstr(at, wanted);
        assert_non_null(at);
        at = strstr(at, "intervals: size = ");
        assert_int_equal(sscanf(at, "intervals: size = %d", &intervals), 1);
        for (int i = 0; i < intervals; i++) {
            double begin, end;
            at = strstr(at, "xmin = ");
            assert_int_equal(sscanf(at, "xmin = %lf xmax = %lf", &begin, &end), 2);
            assert_true(begin == last && end > begin);
            last = end;
            at = strstr(at, "text = ");
        }
        assert_true(last == 20);
    }
    assert_null(strstr(at, "xmin"));
}

static void what_overlaps_is_joined(void **state)
{
    (void)state;
    assert_non_null(strstr(text, "xmin = 3.500 \n            xmax = 4.000 \n            text = \"customer + agent\""));
    assert_non_null(strstr(text, "xmin = 9.250 \n            xmax = 10.000 \n"
                                 "            text = \"interrupting_customer + customer_raised_voice\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(four_tiers_cover_the_call),
        TEST(what_overlaps_is_joined),
        FORMAT_TESTS,
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
