/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/templates.h"

#include "host-tools/call/session.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/timestamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names that no script, site or desk has reason to use. */
#define SESSION "undertone.simulated.session"
#define CONTACT "undertone.simulated.contact"
#define TIME "\"time\":\""
enum { TIME_TEXT = 24 };

static void keep(void *ctx, const struct ut_event *e)
{
    struct ut_templates *t = ctx;
    if (t->failed || (e->sequence == 0 && e->type != UT_EVENT_SCORE))
        return;
    struct ut_template *grown = ut_grow(t->event, &t->room, t->n + 1, sizeof *grown);
    char *json = strdup(e->json);
    if (grown != NULL)
        t->event = grown;
    t->failed = grown == NULL || json == NULL;
    if (t->failed) {
        free(json);
        return;
    }
    uint32_t before = t->n > 0 ? t->event[t->n - 1].t_ms : 0;
    uint32_t t_ms = e->t_ms > 0 ? (uint32_t)e->t_ms : 0;
    t->event[t->n++] = (struct ut_template){.type = e->type,
                                            .kind = ut_floor_kind_of(ut_event_type_name(e->type)),
                                            .sequence = e->sequence,
                                            .t_ms = t_ms > before ? t_ms : before,
                                            .json = json};
    t->counted = e->sequence > 0 ? e->sequence : t->counted;
}

int ut_templates_make(struct ut_templates *t, const struct ut_simulated_call *call, const struct ut_config *config)
{
    uint8_t sequence = 0;
    *t = (struct ut_templates){.name = call->name};
    const struct ut_session_options o = {.config = config,
                                         .contact_id = CONTACT,
                                         .session = SESSION,
                                         .policy = UT_POLICY_EU,
                                         .disclosed = "option",
                                         .sink = keep,
                                         .ctx = t};
    struct ut_session *s = ut_session_new(&o);
    uint32_t lose = 0;
    for (size_t i = 0; s != NULL && i < call->n; i++) {
        uint8_t record[UT_WIRE_RECORD_BYTES];
        t->end_ms = call->item[i].t_ms;
        if (call->item[i].kind == UT_SIMULATED_LOSE)
            lose += call->item[i].count;
        if (call->item[i].kind != UT_SIMULATED_RECORD)
            continue;
        memcpy(record, call->item[i].record, sizeof record);
        record[1] = sequence++;
        if (lose > 0)
            lose--;
        else
            ut_session_record(s, record);
    }
    if (s != NULL)
        ut_session_finish(s, NULL);
    t->failed = t->failed || s == NULL;
    ut_session_free(s);
    t->durable = calloc(t->counted + 1, sizeof *t->durable);
    for (size_t i = 0; t->durable != NULL && i < t->n; i++)
        if (t->event[i].sequence > 0)
            t->durable[t->event[i].sequence - 1] = i;
    if (!t->failed && t->durable != NULL)
        return 0;
    ut_templates_free(t);
    return -1;
}

void ut_templates_free(struct ut_templates *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->event[i].json);
    free(t->event);
    free(t->durable);
    *t = (struct ut_templates){0};
}

char *ut_template_line(const struct ut_template *t, const char *session, const char *contact, int64_t unix_ms)
{
    char time[UT_TIMESTAMP_TEXT], *line = NULL;
    size_t n = 0;
    ut_timestamp_text(unix_ms, time);
    FILE *out = open_memstream(&line, &n);
    if (out == NULL)
        return NULL;
    const char *at = t->json, *when = strstr(at, TIME);
    for (const char *next; *at != '\0'; at = next) {
        const char *a = strstr(at, SESSION), *b = strstr(at, CONTACT), *c = when != NULL && when >= at ? when : NULL;
        next = a;
        if (b != NULL && (next == NULL || b < next))
            next = b;
        if (c != NULL && (next == NULL || c < next))
            next = c;
        if (next == NULL)
            next = at + strlen(at);
        (void)fwrite(at, 1, (size_t)(next - at), out);
        if (*next == '\0')
            break;
        if (next == c) {
            (void)fprintf(out, TIME "%s", time);
            next += sizeof TIME - 1 + TIME_TEXT;
        } else {
            (void)fputs(next == a ? session : contact, out);
            next += next == a ? sizeof SESSION - 1 : sizeof CONTACT - 1;
        }
    }
    return fclose(out) == 0 ? line : NULL;
}
