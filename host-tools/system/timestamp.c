/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/timestamp.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

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

int ut_timestamp_parse(const char *text, int64_t *unix_ms)
{
    int year, month, day, hour, minute, second = 0, used = 0;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d%n", &year, &month, &day, &hour, &minute, &used) != 5 || used != 16)
        return -1;
    text += used;
    if (text[0] == ':') {
        used = 0;
        if (sscanf(text, ":%2d%n", &second, &used) != 1 || used != 3)
            return -1;
        text += used;
    }
    int ms = 0;
    if (text[0] == '.') {
        int weight = 100;
        for (text++; isdigit((unsigned char)*text); text++) {
            ms += weight * (*text - '0');
            weight /= 10;
        }
    }
    int64_t zone = 0;
    if (text[0] == '+' || text[0] == '-') {
        int zone_hour, zone_minute;
        used = 0;
        if (sscanf(text + 1, "%2d:%2d%n", &zone_hour, &zone_minute, &used) != 2 || used != 5)
            return -1;
        zone = (text[0] == '-' ? -1 : 1) * (zone_hour * 60 + zone_minute);
        text += 6;
    } else if (text[0] == 'Z') {
        text++;
    }
    if (*text != '\0' || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return -1;
    struct tm date = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    int64_t midnight = timegm(&date); /* makes date one that exists */
    if (date.tm_mday != day)          /* 31 June */
        return -1;
    int64_t minutes = hour * 60 + minute - zone;
    *unix_ms = (midnight + minutes * 60 + second) * 1000 + ms;
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
