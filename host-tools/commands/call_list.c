/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/call_list.h"

#include "host-tools/system/json.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/system/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *moment(bool dated, int64_t unix_ms)
{
    char text[UT_TIMESTAMP_TEXT];
    if (!dated || unix_ms < 0)
        return json_null();
    ut_timestamp_text(unix_ms, text);
    return json_string(text);
}

/* The file may be anybody's: its text as text, its times without overflow. */
static void clean(const char *text, char *out, size_t size)
{
    (void)snprintf(out, size, "%s", text);
    ut_utf8_clean(out);
}

static int64_t lasted_ms(const struct ut_event_table_call *c)
{
    return (int64_t)((uint64_t)c->ended_ms - (uint64_t)c->began_ms);
}

int ut_call_list_json(void *ctx, const struct ut_event_table_call *c)
{
    (void)ctx;
    char contact[128], session[128];
    clean(c->contact_id, contact, sizeof contact);
    clean(c->session, session, sizeof session);
    ut_json_line(json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "Session", session, "ContactId", contact, "JobStatus",
        c->state, "Begin", moment(c->dated, c->began_ms), "End", moment(c->dated, c->ended_ms), "DurationMillis",
        c->ended_ms < 0 ? json_null() : json_integer(lasted_ms(c)), "Stored", moment(true, c->stored_ms), "Events",
        (json_int_t)c->events, "CuesOpened", (json_int_t)c->cues, "FlagsRaised", (json_int_t)c->flags));
    return 0;
}

int ut_call_list_row(void *ctx, const struct ut_event_table_call *c)
{
    bool *begun = ctx;
    char when[UT_TIMESTAMP_TEXT] = "-", length[24] = "-", contact[128], session[128];
    if (!*begun)
        printf("%-36s  %-20s  %9s  %-11s  %6s  %4s  %5s  %s\n", "session", "begin", "length", "state", "events", "cues",
               "flags", "contact");
    *begun = true;
    if (c->dated) {
        ut_timestamp_text(c->began_ms, when);
        (void)snprintf(when + strlen("2026-01-02T03:04:05"), 2, "Z");
    }
    if (c->ended_ms >= 0)
        (void)snprintf(length, sizeof length, "%.1f s", (double)lasted_ms(c) / 1000);
    clean(c->contact_id, contact, sizeof contact);
    clean(c->session, session, sizeof session);
    printf("%-36s  %-20s  %9s  %-11s  %6lld  %4lld  %5lld  %s\n", session, when, length, c->state, (long long)c->events,
           (long long)c->cues, (long long)c->flags, contact);
    return 0;
}

void ut_call_list_event(void *ctx, const char *json)
{
    FILE *out = ctx;
    char *line = strdup(json);
    if (line == NULL)
        return;
    ut_utf8_clean(line); /* those of this program stay as they are */
    (void)fprintf(out, "%s\n", line);
    free(line);
}
