/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* What Python's datetime says: leap days, years without one, before 1970. */
static void times_are_written_and_read_back(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "1970-01-01T00:00:00.000Z"},
                 {951782400000, "2000-02-29T00:00:00.000Z"},
                 {951868799999, "2000-02-29T23:59:59.999Z"},
                 {1772323200123, "2026-03-01T00:00:00.123Z"},
                 {4102444800000, "2100-01-01T00:00:00.000Z"},
                 {-1, "1969-12-31T23:59:59.999Z"},
                 {68169600000, "1972-02-29T00:00:00.000Z"},
                 {4107542399999, "2100-02-28T23:59:59.999Z"},
                 {4107542400000, "2100-03-01T00:00:00.000Z"},
                 {-2203891201000, "1900-02-28T23:59:59.000Z"},
                 {-11670955200000, "1600-02-29T12:00:00.000Z"},
                 {253402300799999, "9999-12-31T23:59:59.999Z"},
                 {-62135596800000, "0001-01-01T00:00:00.000Z"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[UT_TIMESTAMP_TEXT];
        ut_timestamp_text(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
        int64_t back = 1;
        assert_int_equal(ut_timestamp_parse(text, &back), 0);
        assert_true(back == cases[i].ms);
    }
}

static void any_time_has_a_text(void **state)
{
    (void)state;
    static const int64_t cases[] = {253402300800000, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[UT_TIMESTAMP_TEXT];
        ut_timestamp_text(cases[i], text);
        assert_int_equal(text[strlen(text) - 1], 'Z');
    }
    char text[UT_TIMESTAMP_TEXT];
    ut_timestamp_text(cases[0], text);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z"); /* of 10000 */
}

static void a_day_is_its_begin(void **state)
{
    (void)state;
    int64_t day = 1, time = 2;
    assert_int_equal(ut_timestamp_parse_day("2026-01-31", &day), 0);
    assert_int_equal(ut_timestamp_parse("2026-01-31T00:00Z", &time), 0);
    assert_true(day == time);
    assert_int_equal(ut_timestamp_parse_day("2026-01-31T09:00Z", &time), 0);
    assert_true(time == day + 9 * 3600000);
    assert_int_equal(ut_timestamp_parse_day("2026-01-310", &time), -1);
    assert_int_equal(ut_timestamp_parse_day("soon", &time), -1);
}

static void times_are_parsed_or_refused(void **state)
{
    (void)state;
    int64_t t;
    assert_int_equal(ut_timestamp_parse("2026-01-31T09:00Z", &t), 0);
    int64_t utc = t;
    assert_int_equal(ut_timestamp_parse("2026-01-31T10:30:00.5+01:30", &t), 0);
    assert_true(t == utc + 500);
    assert_int_equal(ut_timestamp_parse("2026-01-30T23:30:60.1239-09:30", &t), 0); /* a leap second; over a day's end */
    assert_true(t == utc + 60123);
    static const char *const bad[] = {"",           "2026-02-29T00:00Z",  "2026-01-00T00:00Z",  "today",
                                      "2026-01-31", "2026-13-01T00:00Z",  "2026-02-30T00:00Z",  "2026-01-31T24:00Z",
                                      "2026-1-3T0", "2026-01-31T09:00Zx", "2026-01-31T09:00:1Z"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut_timestamp_parse(bad[i], &t), -1);
}

/* Digits and nothing else, each of its own range: scanf would take a sign or a blank before them. */
static void each_field_is_judged(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "-026-01-31T09:00Z",         " 026-01-31T09:00Z",         "2026--1-31T09:00Z",
        "2026-+1-31T09:00Z",         "2026-01--1T09:00Z",         "2026-01- 1T09:00Z",
        "2026-01-31T-5:00Z",         "2026-01-31T 5:00Z",         "2026-01-31T05:-9Z",
        "2026-01-31T05:60Z",         "2026-01-31T05:00:-5Z",      "2026-01-31T05:00:+5Z",
        "2026-01-31T05:00:61Z",      "2026-01-31T05:00:00.Z",     "2026-01-31T05:00.5Z",
        "2026-01-31T05:00:00.-5Z",   "2026-01-31T05:00:00+-5:00", "2026-01-31T05:00:00+05:-9",
        "2026-01-31T05:00:00+24:00", "2026-01-31T05:00:00-24:00", "2026-01-31T05:00:00+05:60",
        "2026-01-31T05:00:00+99:99", "2026-01-31T05:00:00+05",    "2026-01-31T05:00:00Z+05:00"};
    int64_t t = 1;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut_timestamp_parse(bad[i], &t), -1);
    assert_true(t == 1);
    assert_int_equal(ut_timestamp_parse("2026-01-31T00:00:00+23:59", &t), 0);
    char text[UT_TIMESTAMP_TEXT];
    ut_timestamp_text(t, text);
    assert_string_equal(text, "2026-01-30T00:01:00.000Z");
}

/* What was read can be written: a zone or a leap second does not lead out of the four digits of a year. */
static void a_year_has_four_digits_in_utc_as_well(void **state)
{
    (void)state;
    int64_t t = 1;
    assert_int_equal(ut_timestamp_parse("9999-12-31T23:59:59.999-00:01", &t), -1);
    assert_int_equal(ut_timestamp_parse("9999-12-31T23:59:60Z", &t), -1);
    assert_int_equal(ut_timestamp_parse("0000-01-01T00:00:00+00:01", &t), -1);
    assert_true(t == 1);
    char text[UT_TIMESTAMP_TEXT];
    assert_int_equal(ut_timestamp_parse("9999-12-31T23:59:59.999+00:00", &t), 0);
    ut_timestamp_text(t, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    assert_int_equal(ut_timestamp_parse("0000-01-01T00:00:00Z", &t), 0);
    ut_timestamp_text(t, text);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

static void a_moment_of_a_call(void **state)
{
    (void)state;
    char text[UT_TIMESTAMP_TEXT];
    assert_string_equal(ut_timestamp_call(0, text), "     0.000 s");
    assert_string_equal(ut_timestamp_call(12345, text), "    12.345 s");
    assert_string_equal(ut_timestamp_call(INT32_MAX, text), "2147483.647 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_and_read_back),
        cmocka_unit_test(any_time_has_a_text),
        cmocka_unit_test(a_day_is_its_begin),
        cmocka_unit_test(times_are_parsed_or_refused),
        cmocka_unit_test(each_field_is_judged),
        cmocka_unit_test(a_year_has_four_digits_in_utc_as_well),
        cmocka_unit_test(a_moment_of_a_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
