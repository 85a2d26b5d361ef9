/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/timestamp.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

/* 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z */
#define FIRST (-62167219200000)
#define LAST 253402300799999

void ut_timestamp_text(int64_t unix_ms, char text[UT_TIMESTAMP_TEXT])
{
    int ms = (int)(unix_ms % 1000 + 1000) % 1000;
    time_t seconds = (time_t)(unix_ms / 1000 - (unix_ms % 1000 < 0));
    struct tm t;
    char after_year[16];
    (void)gmtime_r(&seconds, &t);
    (void)strftime(after_year, sizeof after_year, "-%m-%dT%H:%M:%S", &t);
    (void)snprintf(text, UT_TIMESTAMP_TEXT, "%04d%s.%03dZ", (t.tm_year + 1900) % 10000, after_year, ms);
}

/* n digits of *text, which goes behind them; no sign, no blank. 0, or -1 where they are not, or not of low to high. */
static int take_digits(const char **text, int n, int low, int high, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return -1;
        *out = 10 * *out + (**text - '0');
    }
    return *out >= low && *out <= high ? 0 : -1;
}

static int take_sign(const char **text, char sign)
{
    if (**text != sign)
        return -1;
    (*text)++;
    return 0;
}

/* 0, or -1: the begin of a day that exists. */
static int take_date(const char **text, int64_t *midnight)
{
    int year, month, day;
    if (take_digits(text, 4, 0, 9999, &year) != 0 || take_sign(text, '-') != 0 ||
        take_digits(text, 2, 1, 12, &month) != 0 || take_sign(text, '-') != 0 || take_digits(text, 2, 1, 31, &day) != 0)
        return -1;
    struct tm date = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    *midnight = timegm(&date);           /* makes date one that exists */
    return date.tm_mday == day ? 0 : -1; /* 31 June */
}

/* "hh:mm" in minutes. 0, or -1. */
static int take_minutes(const char **text, int *minutes)
{
    int hour, minute;
    if (take_digits(text, 2, 0, 23, &hour) != 0 || take_sign(text, ':') != 0 ||
        take_digits(text, 2, 0, 59, &minute) != 0)
        return -1;
    *minutes = hour * 60 + minute;
    return 0;
}

/* ":ss" and ".fff", what is behind ms cut off; 60 is a leap second. 0 also where there are none, or -1. */
static int take_seconds(const char **text, int *second, int *ms)
{
    *second = *ms = 0;
    if (take_sign(text, ':') != 0)
        return 0;
    if (take_digits(text, 2, 0, 60, second) != 0)
        return -1;
    if (take_sign(text, '.') != 0)
        return 0;
    const char *first = *text;
    for (int weight = 100; isdigit((unsigned char)**text); (*text)++, weight /= 10)
        *ms += weight * (**text - '0');
    return *text > first ? 0 : -1;
}

/* "Z" or "+hh:mm" in minutes. 0 also where there is none, or -1. */
static int take_zone(const char **text, int *minutes)
{
    *minutes = 0;
    int sign = **text == '+' ? 1 : **text == '-' ? -1 : 0;
    if (sign == 0) {
        (void)take_sign(text, 'Z');
        return 0;
    }
    (*text)++;
    if (take_minutes(text, minutes) != 0)
        return -1;
    *minutes *= sign;
    return 0;
}

int ut_timestamp_parse(const char *text, int64_t *unix_ms)
{
    int64_t midnight;
    int minutes, second, ms, zone;
    if (take_date(&text, &midnight) != 0 || take_sign(&text, 'T') != 0 || take_minutes(&text, &minutes) != 0 ||
        take_seconds(&text, &second, &ms) != 0 || take_zone(&text, &zone) != 0 || *text != '\0')
        return -1;
    int64_t at = (midnight + (minutes - zone) * 60 + second) * 1000 + ms;
    if (at < FIRST || at > LAST) /* the zone may lead out of the years that can be written */
        return -1;
    *unix_ms = at;
    return 0;
}

int ut_timestamp_parse_day(const char *text, int64_t *unix_ms)
{
    char day[UT_TIMESTAMP_TEXT];
    (void)snprintf(day, sizeof day, "%.12sT00:00Z", text);
    return ut_timestamp_parse(text, unix_ms) == 0 ? 0 : ut_timestamp_parse(day, unix_ms);
}

const char *ut_timestamp_call(int64_t t_ms, char text[UT_TIMESTAMP_TEXT])
{
    snprintf(text, UT_TIMESTAMP_TEXT, "%6lld.%03d s", (long long)(t_ms / 1000), (int)(t_ms % 1000));
    return text;
}
