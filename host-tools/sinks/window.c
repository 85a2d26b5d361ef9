/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/window.h"

#include "host-tools/sinks/outbox.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/pause.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AGAIN_MS = 3000, AGAIN_MAX_MS = 30000, HURRY_MS = 1000 };

int ut_window_again_ms(int n, uint32_t chance)
{
    return ut_pause_ms(AGAIN_MS, AGAIN_MAX_MS, n, chance);
}

int ut_window_hurry_ms(uint32_t chance)
{
    return (int)(chance % HURRY_MS);
}

static int take(void *ctx, int64_t n, const char *session, int64_t sequence, const char *type, const char *json)
{
    struct ut_window *w = ctx;
    struct ut_window_row *row = &w->row[w->count];
    *row = (struct ut_window_row){.n = n,
                                  .sequence = sequence,
                                  .kind = ut_floor_kind_of(type),
                                  .ends = strcmp(type, "undertone.session.completed.v1") == 0 ||
                                          strcmp(type, "undertone.session.failed.v1") == 0,
                                  .json = strdup(json)};
    (void)snprintf(row->session, sizeof row->session, "%s", session);
    if (row->json == NULL)
        return 1; /* the rest at another time */
    w->count++;
    w->last = n;
    return 0;
}

const struct ut_window_row *ut_window_next(struct ut_window *w, struct ut_fault *fault)
{
    fault->code = 0;
    if (w->sent == w->count && w->count < UT_WINDOW_ROWS &&
        ut_outbox_head(w->database, w->receiver, w->last, UT_WINDOW_ROWS - w->count, take, w, fault) < 0)
        return NULL;
    return w->sent < w->count ? &w->row[w->sent] : NULL;
}

void ut_window_sent(struct ut_window *w, int64_t now, uint32_t chance)
{
    w->sent++;
    if (w->again_ms == 0)
        w->again_ms = now + ut_window_again_ms(w->vain, chance);
}

bool ut_window_holds(const struct ut_window *w, const char *session)
{
    for (int i = 0; i < w->sent; i++)
        if (strcmp(w->row[i].session, session) == 0)
            return true;
    return false;
}

void ut_window_restart(struct ut_window *w)
{
    ut_window_close(w);
    w->last = w->again_ms = 0;
}

void ut_window_hurry(struct ut_window *w, int64_t now, uint32_t chance)
{
    int64_t soon = now + ut_window_hurry_ms(chance);
    w->vain = 0;
    if (w->again_ms > soon)
        w->again_ms = soon;
}

int64_t ut_window_due(struct ut_window *w, int64_t now)
{
    if (w->again_ms == 0)
        return -1;
    if (now < w->again_ms)
        return w->again_ms - now;
    w->vain++;
    ut_window_restart(w);
    return 0;
}

int ut_window_acked(struct ut_window *w, const struct ut_floor_ack *ack, int64_t now, struct ut_fault *fault)
{
    const int64_t oldest = w->row[0].n;
    int kept = 0, sent = 0, before = w->sent;
    int r = ack->refused[0] != '\0'
                ? ut_outbox_refused(w->database, w->receiver, ack->session, ack->refused, fault)
                : ut_outbox_acked(w->database, w->receiver, ack->session, ack->sequence, ut_clock_unix_ms(), fault);
    if (r != 0)
        return -1;
    for (int i = 0; i < w->count; i++) {
        bool over = strcmp(w->row[i].session, ack->session) == 0 &&
                    (ack->refused[0] != '\0' || w->row[i].sequence <= ack->sequence);
        if (over) {
            free(w->row[i].json);
            continue;
        }
        sent += i < w->sent;
        w->row[kept++] = w->row[i];
    }
    w->count = kept;
    w->sent = sent;
    if (sent == before)
        return 0;
    if (sent == 0 || w->row[0].n != oldest) {
        w->vain = 0;
        w->again_ms = sent == 0 ? 0 : now + AGAIN_MS;
    }
    if (kept == 0)
        w->last = 0; /* from the head: what it has lost, or what was revived, is there */
    return 1;
}

void ut_window_close(struct ut_window *w)
{
    for (int i = 0; i < w->count; i++)
        free(w->row[i].json);
    w->count = w->sent = 0;
}
