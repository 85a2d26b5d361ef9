/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/headset.h"

#include <string.h>

enum { ASK_MS = 20, GARBAGE_PIECE = 256 };

static const struct ut_simulated_call *call_of(const struct ut_headset *h)
{
    return &h->plan->call[(h->first + h->number - 1) % h->plan->calls];
}

static struct ut_truth_place place(const struct ut_headset *h, int64_t unix_ms, uint32_t t_ms)
{
    return (struct ut_truth_place){.headset = h->name,
                                   .call = h->number > 0 ? call_of(h)->name : "",
                                   .number = h->number,
                                   .unix_ms = unix_ms,
                                   .t_ms = t_ms};
}

static void say(struct ut_headset *h, int64_t unix_ms, uint32_t t_ms, const char *kind)
{
    struct ut_truth_place p = place(h, unix_ms, t_ms);
    ut_truth_moment(h->truth, &p, kind);
}

static void send_record(struct ut_headset *h, const struct ut_simulated_item *item, int64_t unix_ms)
{
    uint8_t record[UT_WIRE_RECORD_BYTES], frame[UT_WIRE_FRAME_BYTES];
    struct ut_truth_place p = place(h, unix_ms, item->t_ms);
    const char *fate = "sent";
    memcpy(record, item->record, sizeof record);
    record[1] = h->sequence++;
    size_t n = ut_wire_frame(record, frame);
    if (h->lose > 0) {
        h->lose--;
        fate = "lost";
    } else if (!ut_line_heard(&h->line)) {
        fate = "unheard";
    } else if (!ut_line_send(&h->line, frame, n)) {
        fate = "full";
    }
    ut_truth_record(h->truth, &p, record, fate);
}

/* Bytes without a zero, so that they are one frame that is none; then a zero, which ends it. */
static void send_garbage(struct ut_headset *h, uint32_t n)
{
    uint8_t bytes[GARBAGE_PIECE + 1];
    while (n > 0 && ut_line_heard(&h->line)) {
        uint32_t piece = n < GARBAGE_PIECE ? n : GARBAGE_PIECE;
        for (uint32_t i = 0; i < piece; i++) {
            h->chance = h->chance * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(1 + (h->chance >> 16) % 255);
        }
        bytes[piece] = 0;
        n -= piece;
        if (!ut_line_send(&h->line, bytes, n == 0 ? piece + 1 : piece))
            return;
    }
}

static int64_t due(const struct ut_headset *h, uint32_t t_ms)
{
    return h->plan->speed > 0 ? h->began_ms + (int64_t)(t_ms / h->plan->speed) : h->began_ms;
}

static void act(struct ut_headset *h, const struct ut_simulated_item *item, int64_t now, int64_t unix_ms)
{
    switch (item->kind) {
    case UT_SIMULATED_RECORD:
        send_record(h, item, unix_ms);
        break;
    case UT_SIMULATED_LOSE:
        h->lose += item->count;
        break;
    case UT_SIMULATED_GARBAGE:
        send_garbage(h, item->count);
        say(h, unix_ms, item->t_ms, "garbage");
        break;
    case UT_SIMULATED_VANISH:
        ut_line_vanish(&h->line);
        h->back_ms = now + (int64_t)(item->count / (h->plan->speed > 0 ? h->plan->speed : 1)) + 1;
        say(h, unix_ms, item->t_ms, "line_gone");
        break;
    }
}

static void begin_call(struct ut_headset *h, int64_t begins_ms, int64_t unix_ms)
{
    h->number++;
    h->at = 0;
    h->began_ms = begins_ms;
    say(h, unix_ms, 0, "call_began");
}

/* The call's last record has gone. */
static void end_call(struct ut_headset *h, int64_t unix_ms)
{
    const struct ut_simulated_call *c = call_of(h);
    uint32_t t_ms = c->item[c->n - 1].t_ms;
    say(h, unix_ms, t_ms, "call_ended");
    if (h->number == h->plan->most)
        h->over = true;
    else
        begin_call(h, due(h, t_ms + UT_HEADSET_PAUSE_MS), unix_ms);
}

int ut_headset_step(struct ut_headset *h, int64_t now, int64_t unix_ms, struct ut_fault *fault)
{
    bool hurry = h->plan->speed <= 0;
    if (h->back_ms > 0 && now >= h->back_ms) {
        h->back_ms = 0;
        if (ut_line_return(&h->line, fault) != 0)
            return -2;
        say(h, unix_ms, 0, "line_back");
    }
    bool heard = ut_line_heard(&h->line);
    if (h->over) {
        if (!heard) /* who reads the last bytes must do so before the line goes */
            return -1;
        ut_line_finish(&h->line);
        return ASK_MS;
    }
    if (h->number == 0 && !heard)
        return ASK_MS;
    if (h->number == 0)
        begin_call(h, now, unix_ms);
    while (!h->over) {
        const struct ut_simulated_call *c = call_of(h);
        const struct ut_simulated_item *item = &c->item[h->at];
        if (due(h, item->t_ms) > now)
            return (int)(due(h, item->t_ms) - now);
        if (hurry && (h->back_ms > 0 || !heard || !ut_line_has_room(&h->line)))
            return h->back_ms > now ? (int)(h->back_ms - now) : 1;
        h->at++;
        act(h, item, now, unix_ms);
        heard = h->back_ms == 0 && ut_line_heard(&h->line);
        if (h->at == c->n)
            end_call(h, unix_ms);
    }
    return ASK_MS;
}
