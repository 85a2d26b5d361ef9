/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/events.h"

#include "host-tools/system/utf8.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[UT_EVENT_TYPES] = {
    [UT_EVENT_SESSION_STARTED] = "undertone.session.started.v1",
    [UT_EVENT_SESSION_COMPLETED] = "undertone.session.completed.v1",
    [UT_EVENT_SESSION_FAILED] = "undertone.session.failed.v1",
    [UT_EVENT_SESSION_DISCLOSED] = "undertone.session.disclosed.v1",
    [UT_EVENT_SCORE] = "undertone.score.v1",
    [UT_EVENT_TURN] = "undertone.turn.v1",
    [UT_EVENT_CUE_OPENED] = "undertone.cue.opened.v1",
    [UT_EVENT_CUE_CLOSED] = "undertone.cue.closed.v1",
    [UT_EVENT_FLAG_RAISED] = "undertone.flag.raised.v1",
    [UT_EVENT_FLAG_LOWERED] = "undertone.flag.lowered.v1",
    [UT_EVENT_DEVICE_STATUS] = "undertone.device.status.v1",
};

const char *ut_event_type_name(enum ut_event_type type)
{
    return names[type];
}

void ut_events_init(struct ut_events *e, const char *contact_id, int64_t start_ms, ut_event_sink *sink, void *ctx)
{
    memset(e, 0, sizeof *e);
    snprintf(e->contact_id, sizeof e->contact_id, "%s", contact_id);
    ut_utf8_clean(e->contact_id);
    e->start_ms = start_ms;
    e->sink = sink;
    e->ctx = ctx;
}

/* Days since 1970-01-01 of a Gregorian date, and back; the year starts in March, so that a leap day ends it. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

void ut_events_time(int64_t unix_ms, char *text)
{
    int64_t days = unix_ms / 86400000;
    int64_t ms = unix_ms % 86400000;
    if (ms < 0) {
        ms += 86400000;
        days--;
    }
    int64_t year;
    int month, day;
    date_from_days(days, &year, &month, &day);
    snprintf(text, 32, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)(year % 10000), month, day, (int)(ms / 3600000),
             (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
}

int ut_events_parse_time(const char *text, int64_t *unix_ms)
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
    int64_t days = days_from_date(year, month, day), same_year;
    int same_month, same_day;
    date_from_days(days, &same_year, &same_month, &same_day);
    if (same_day != day) /* 31 June */
        return -1;
    int64_t minutes = (days * 24 + hour) * 60 + minute - zone;
    *unix_ms = (minutes * 60 + second) * 1000 + ms;
    return 0;
}

void ut_events_send(struct ut_events *e, enum ut_event_type type, int64_t t_ms, json_t *data, const char *text)
{
    char id[160], source[160], when[32];
    e->count++;
    snprintf(id, sizeof id, "%s-%06u", e->contact_id, (unsigned)e->count);
    snprintf(source, sizeof source, "/undertone/calls/%s", e->contact_id);
    ut_events_time(e->start_ms + t_ms, when);
    json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "specversion", "1.0", "id", id, "source", source,
                              "type", names[type], "time", when, "datacontenttype", "application/json", "data", data);
    char *line = event == NULL ? NULL : json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (line != NULL) {
        struct ut_event out = {.type = type, .t_ms = t_ms, .json = line, .text = text != NULL ? text : ""};
        e->sink(e->ctx, &out);
        free(line);
    }
    json_decref(event);
}
