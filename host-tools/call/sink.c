/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/sink.h"

/* Hands `what` to each sink that has the hook, up to a gate that fails. */
#define TO_ALL(list, hook, what)                                                                                       \
    do {                                                                                                               \
        for (int i = 0; i < (list)->count && !(list)->shut; i++) {                                                     \
            struct ut_sink *s = (list)->sink[i];                                                                       \
            if (s->kind->hook != NULL && s->kind->hook(s, what) != 0) {                                                \
                (list)->broken = true;                                                                                 \
                (list)->shut = s->kind->gate;                                                                          \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)

/* Of the sink at i. */
static void take_fault(struct ut_sinks *l, int i, const struct ut_fault *fault,
                       void (*say)(struct ut_sinks *, const char *))
{
    l->broken = true;
    if (l->fault.code == 0 && (fault->code != 0 || l->fault.text[0] == '\0'))
        l->fault = *fault;
    else if (fault->code != 0 && !l->told[i])
        say(l, fault->text);
    l->told[i] = l->told[i] || fault->code != 0;
}

/* While sinks are closed those that take remarks may be gone. */
static void say_closing(struct ut_sinks *l, const char *text)
{
    (void)l;
    ut_note("%s", text);
}

static int close_one(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    return s->kind->close != NULL ? s->kind->close(s, keep, fault) : 0;
}

int ut_sinks_add(struct ut_sinks *l, struct ut_sink *s, struct ut_fault *fault)
{
    struct ut_fault closing;
    if (s == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "out of memory; close other programs");
    int r = 0;
    if (l->count == UT_SINKS_MAX)
        r = ut_fault_set(fault, UT_EXIT_USAGE, "more than %d outputs; ask for fewer", UT_SINKS_MAX);
    else if (s->kind->open != NULL)
        r = s->kind->open(s, fault);
    s->list = l;
    if (r == 0)
        l->sink[l->count++] = s;
    else
        (void)close_one(s, false, &closing);
    return r;
}

static void end(struct ut_sinks *l)
{
    for (int i = 0; i < l->count; i++) {
        struct ut_sink *s = l->sink[i];
        struct ut_fault fault = {0};
        if (s->kind->end != NULL && s->kind->end(s, l->session, &fault) != 0)
            take_fault(l, i, &fault, ut_sinks_note);
    }
}

static void on_event(void *ctx, const struct ut_event *event)
{
    struct ut_sinks *l = ctx;
    TO_ALL(l, event, event);
    if (l->session != NULL && !l->shut &&
        (event->type == UT_EVENT_SESSION_COMPLETED || event->type == UT_EVENT_SESSION_FAILED))
        end(l);
}

static void on_score(void *ctx, const struct ut_wire_score *score)
{
    struct ut_sinks *l = ctx;
    TO_ALL(l, score, score);
}

static void on_turn(void *ctx, const struct ut_wire_turn *turn)
{
    struct ut_sinks *l = ctx;
    TO_ALL(l, turn, turn);
}

static void on_cue(void *ctx, const struct ut_cue_change *change)
{
    struct ut_sinks *l = ctx;
    TO_ALL(l, cue, change);
}

static void on_hold(void *ctx, const struct ut_hold_span *span)
{
    struct ut_sinks *l = ctx;
    TO_ALL(l, hold, span);
}

static void on_note(void *ctx, const char *text)
{
    ut_sinks_note(ctx, text);
}

struct ut_session *ut_sinks_session(struct ut_sinks *l, const struct ut_session_options *options)
{
    struct ut_session_options o = *options;
    o.sink = on_event;
    o.ctx = l;
    o.on_score = on_score;
    o.on_turn = on_turn;
    o.on_cue = on_cue;
    o.on_hold = on_hold;
    o.on_note = on_note;
    struct ut_session *session = ut_session_new(&o);
    l->session = session;
    return session;
}

void ut_sinks_recording(struct ut_sinks *l, const struct ut_sink_recording *recording)
{
    TO_ALL(l, recording, recording);
}

int ut_sinks_audio(struct ut_sinks *l, const int16_t *pairs, size_t n, struct ut_fault *fault)
{
    int r = 0;
    for (int i = 0; i < l->count && r == 0 && !l->shut; i++)
        if (l->sink[i]->kind->audio != NULL)
            r = l->sink[i]->kind->audio(l->sink[i], pairs, n, fault);
    return r;
}

void ut_sinks_snapshot(struct ut_sinks *l, const struct ut_snapshot *snapshot)
{
    TO_ALL(l, snapshot, snapshot);
}

void ut_sinks_note(struct ut_sinks *l, const char *text)
{
    for (int i = 0; i < l->count; i++)
        if (l->sink[i]->kind->note != NULL)
            l->sink[i]->kind->note(l->sink[i], text);
}

int ut_sinks_flush(struct ut_sinks *l)
{
    for (int i = 0; i < l->count; i++) {
        struct ut_fault fault = {0};
        if (l->sink[i]->kind->flush != NULL && l->sink[i]->kind->flush(l->sink[i], &fault) != 0)
            take_fault(l, i, &fault, ut_sinks_note);
    }
    return l->broken ? -1 : 0;
}

int ut_sinks_close(struct ut_sinks *l, bool keep)
{
    enum { OTHERS, GATES, SETTLED, PASSES }; /* what others still do while they close passes the gates too */
    for (int pass = 0; pass < PASSES; pass++)
        for (int i = 0; i < l->count; i++) {
            struct ut_fault fault = {0};
            if (l->sink[i] == NULL)
                continue;
            const struct ut_sink_kind *kind = l->sink[i]->kind;
            if (pass == OTHERS && kind->settle != NULL)
                kind->settle(l->sink[i]);
            if (pass != (kind->gate ? GATES : kind->settle != NULL ? SETTLED : OTHERS))
                continue;
            if (close_one(l->sink[i], keep, &fault) != 0)
                take_fault(l, i, &fault, say_closing);
            l->sink[i] = NULL;
        }
    l->count = 0;
    return l->broken ? -1 : 0;
}
