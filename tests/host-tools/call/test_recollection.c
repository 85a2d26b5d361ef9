/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/recollection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DAY 86400000LL
static struct ut_recollection told;
static const struct ut_risk RULE = {0};

static const char *of(const struct ut_past_call *call, size_t n, enum ut_language language)
{
    ut_recollect(&told, call, n, 100 * DAY, &RULE, language);
    return told.text;
}

static void of_a_stranger_nothing_is_said(void **state)
{
    (void)state;
    assert_string_equal(of(NULL, 0, UT_ENGLISH), "");
    assert_true(told.risk == -1);
}

static void the_last_call_and_the_last_three(void **state)
{
    (void)state;
    const struct ut_past_call calls[4] = {
        {.ended_ms = 40 * DAY, .hold_ms = 900000, .unresolved = true},
        {.ended_ms = 50 * DAY, .hold_ms = 120000},
        {.ended_ms = 60 * DAY, .hold_ms = 119999, .unresolved = true},
        {.ended_ms = 97 * DAY - 1,
         .hold_ms = 600000,
         .change = UT_PAST_WORSE,
         .scored = true,
         .begin = 0.2,
         .end = 0.5},
    };
    assert_string_equal(of(calls, 4, UT_ENGLISH),
                        "Last call 3 days ago ended worse than it began; 2 of the last 3 calls had long holds; "
                        "1 of the last 3 were not resolved. Risk 0.50 (rule of thumb)");
    assert_true(told.risk > 0.495 && told.risk < 0.505);
    assert_string_equal(of(calls, 4, UT_GERMAN),
                        "Letztes Gespräch vor 3 Tagen endete schlechter, als es begann; 2 der letzten 3 Gespräche mit "
                        "langem Warten; 1 der letzten 3 ungelöst. Risiko 0.50 (Faustregel)");
}

static void one_call_is_no_statistics(void **state)
{
    (void)state;
    struct ut_past_call call = {.ended_ms = 100 * DAY - 5, .hold_ms = 200000, .unresolved = true};
    assert_non_null(strstr(of(&call, 1, UT_ENGLISH),
                           "Last call less than a day ago was not scored; it had a long hold; it was not resolved."));
    call = (struct ut_past_call){.ended_ms = 99 * DAY, .change = UT_PAST_BETTER};
    assert_non_null(strstr(of(&call, 1, UT_ENGLISH), "Last call a day ago ended better than it began. Risk 0.10"));
    call = (struct ut_past_call){.ended_ms = 101 * DAY, .change = UT_PAST_SAME}; /* the clock has stepped back */
    assert_string_equal(of(&call, 1, UT_ENGLISH),
                        "Last call less than a day ago ended as it began. Risk 0.00 (rule of thumb)");
}

static void a_fit_is_called_one(void **state)
{
    (void)state;
    const struct ut_past_call call = {.ended_ms = 99 * DAY};
    const struct ut_risk fitted = {.fitted = true, .n = 240, .intercept = 0};
    ut_recollect(&told, &call, 1, 100 * DAY, &fitted, UT_ENGLISH);
    assert_non_null(strstr(told.text, "Risk 0.50 (fitted to 240 outcomes)"));
}

/* The longest texts of both languages fit. */
static void nothing_is_cut(void **state)
{
    (void)state;
    struct ut_past_call calls[3];
    for (int i = 0; i < 3; i++)
        calls[i] = (struct ut_past_call){
            .ended_ms = -36000 * DAY, .change = UT_PAST_BETTER, .hold_ms = 1 << 30, .unresolved = true};
    const struct ut_risk fitted = {.fitted = true, .n = 2000000000};
    for (int language = 0; language < UT_LANGUAGES; language++) {
        ut_recollect(&told, calls, 3, 100 * DAY, &fitted, (enum ut_language)language);
        assert_int_equal(told.text[strlen(told.text) - 1], ')');
        assert_true(strlen(told.text) + 10 < sizeof told.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_stranger_nothing_is_said),
        cmocka_unit_test(the_last_call_and_the_last_three),
        cmocka_unit_test(one_call_is_no_statistics),
        cmocka_unit_test(a_fit_is_called_one),
        cmocka_unit_test(nothing_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
