/* SPDX-License-Identifier: Apache-2.0 */
#define UT_WRITER ut_format_webvtt
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

static void whose_channel_it_is(void **state)
{
    (void)state;
    assert_null(strstr(text, "NOTE"));
    free(text);
    t.alone = "declared";
    t.withheld.ms = 1500;
    text = ut_example_text(UT_WRITER, &t);
    assert_non_null(text);
    assert_non_null(strstr(text, "\nNOTE one channel, the customer alone, as declared; who speaks is withheld for 1.5 "
                                 "s: both parties in one channel\n"));
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
    assert_non_null(strstr(text, "\non_hold\n00:00:10.000 --> 00:00:18.500\n<b>On hold</b>. sound without speech\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(captions_have_a_name_times_and_a_text),
        TEST(what_is_markup_elsewhere_is_escaped),
        TEST(a_cue_that_nobody_saw_says_why),
        TEST(hours_and_no_length),
        TEST(whose_channel_it_is),
        TEST(time_on_hold_is_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
