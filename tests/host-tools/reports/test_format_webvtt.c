/* SPDX-License-Identifier: Apache-2.0 */
#define UT_WRITER ut_format_webvtt
#define UT_CHANNELS "NOTE"
#define UT_ALONE "\nNOTE " UT_ALONE_SAID "\n"
#define UT_ON_HOLD "\non_hold\n00:00:10.000 --> 00:00:18.500\n<b>On hold</b>. sound without speech\n"
#include "tests/host-tools/reports/format_test.h"

static void captions_have_a_name_times_and_a_text(void **state)
{
    (void)state;
    assert_memory_equal(text, "WEBVTT\n\n1 interrupting_customer\n00:00:06.000 --> 00:00:10.000\n<b>", 60);
    assert_non_null(strstr(text, "\n\n2 customer_raised_voice\n00:00:09.250 --> 00:00:12.000\n<b>"));
}

static void what_is_markup_elsewhere_is_escaped(void **state)
{
    (void)state;
    assert_non_null(strstr(text, "<i>this &lt;b&gt; &amp; that &gt;= 2 --&gt; now</i>: loudness"));
}

static void a_cue_that_nobody_saw_says_why(void **state)
{
    (void)state;
    const char *second = strstr(text, "\n\n2 ");
    const char *said = strstr(text, "\nNot shown: the budget is spent\n");
    assert_true(said != NULL && said < second);
    assert_null(strstr(second, "Not shown"));
}

static void hours_and_no_length(void **state)
{
    (void)state;
    free(text);
    t.cue[1].opening.t_ms = t.cue[1].end_ms = 3 * 3600000 + 59999;
    text = ut_example_text(ut_format_webvtt, &t);
    assert_non_null(strstr(text, "\n03:00:59.999 --> 03:01:00.000\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(captions_have_a_name_times_and_a_text),
        TEST(what_is_markup_elsewhere_is_escaped),
        TEST(a_cue_that_nobody_saw_says_why),
        TEST(hours_and_no_length),
        FORMAT_TESTS,
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
