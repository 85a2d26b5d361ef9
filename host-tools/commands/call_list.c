/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/call_list.h"

#include "host-tools/system/json.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/system/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    ut_json_line(ut_event_table_call_json(c));
    return 0;
}

int ut_call_list_course_json(void *ctx, const struct ut_call_found *found)
{
    (void)ctx;
    json_t *line = ut_event_table_call_json(&found->call);
    json_object_set_new(line, "HoldMillis", json_integer(found->hold_ms));
    json_object_set_new(line, "Trajectory", found->trajectory != NULL ? json_incref(found->trajectory) : json_null());
    ut_json_line(line);
    return 0;
}

/* A member as text with so many decimals, scaled; "-" where there is none. */
static const char *figure(json_t *trajectory, const char *name, double scale, int digits, const char *unit,
                          char text[24])
{
    json_t *value = json_object_get(trajectory, name);
    (void)snprintf(text, 24, "%s", "-");
    if (json_is_number(value))
        (void)snprintf(text, 24, "%.*f%s", digits, json_number_value(value) * scale, unit);
    return text;
}

int ut_call_list_course(void *ctx, const struct ut_call_found *found)
{
    bool *begun = ctx;
    const struct ut_event_table_call *c = &found->call;
    json_t *t = found->trajectory;
    char when[UT_TIMESTAMP_TEXT] = "-", length[24] = "-", contact[128], number[5][24];
    if (!*begun)
        printf("%-17s  %9s  %-6s  %5s  %5s  %5s  %9s  %8s  %8s  %4s  %s\n", "when", "length", "change", "begin", "peak",
               "end", "above", "recovery", "on hold", "cues", "contact");
    *begun = true;
    if (c->dated) {
        ut_timestamp_text(c->began_ms, when);
        (void)snprintf(when + strlen("2026-01-02T03:04"), 2, "Z");
    }
    if (c->ended_ms >= 0)
        (void)snprintf(length, sizeof length, "%.1f min", (double)lasted_ms(c) / 60000);
    clean(c->contact_id, contact, sizeof contact);
    const char *change = json_string_value(json_object_get(t, "Change"));
    printf("%-17s  %9s  %-6s  %5s  %5s  %5s  %9s  %8s  %4.1f min  %4lld  %s\n", when, length,
           change != NULL && strlen(change) < 8 ? change : "-", figure(t, "Begin", 1, 2, "", number[0]),
           figure(t, "Peak", 1, 2, "", number[1]), figure(t, "End", 1, 2, "", number[2]),
           figure(t, "AboveMillis", 1.0 / 60000, 1, " min", number[3]),
           figure(t, "RecoveryMillis", 0.001, 0, " s", number[4]), (double)found->hold_ms / 60000, (long long)c->cues,
           contact);
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
