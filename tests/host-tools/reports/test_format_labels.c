/* SPDX-License-Identifier: Apache-2.0 */
#define UT_WRITER ut_format_labels
#define UT_CHANNELS "channels"
#define UT_ALONE "0.000000\t0.000000\tchannels: " UT_ALONE_SAID
#define UT_ON_HOLD "\n10.000000\t18.500000\ton hold: sound\n"
#include "tests/host-tools/reports/format_test.h"

static void every_line_has_two_times_and_a_text(void **state)
{
    (void)state;
    double last = 0;
    int lines = 0;
    for (char *line = text; *line != 0; line = strchr(line, 10) + 1) {
        double begin, end;
        int at = 0;
        assert_int_equal(sscanf(line, "%lf\t%lf\t%n", &begin, &end, &at), 2);
        assert_true(at > 0 && line[at] > 32);
        assert_true(begin >= last && end >= begin && end <= 20);
        last = begin;
        lines++;
    }
    assert_int_equal(lines, 8); /* 2 turns, backchannel, overlap, interruption, non-talk, 2 cues; no IPU */
}

static void what_they_say(void **state)
{
    (void)state;
    assert_non_null(strstr(text, "1.000000\t4.000000\tturn: customer\n"));
    assert_non_null(strstr(text, "3.500000\t4.000000\tinterruption by the agent\n"));
    assert_non_null(strstr(text, "9.900000\t20.000000\tnon-talk\n"));
    assert_non_null(strstr(text, "9.250000\t12.000000\tcue customer_raised_voice: "));
    assert_non_null(strstr(text, "interruptions 2)\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_line_has_two_times_and_a_text),
        TEST(what_they_say),
        FORMAT_TESTS,
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
