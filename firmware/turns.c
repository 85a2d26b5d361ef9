/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/turns.h"

#include <string.h>

enum { WINDOW_FRAMES = UT_TURNS_ON_WINDOW_MS / UT_TURNS_STEP_MS, ON_FRAMES = UT_TURNS_ON_MS / UT_TURNS_STEP_MS };

struct events {
    struct ut_turn_event *out;
    int n;
    uint32_t t_ms;
};

static void emit(struct events *e, enum ut_turn_kind kind, int party, uint32_t begin_ms, uint32_t end_ms)
{
    struct ut_turn_event *event = &e->out[e->n++];
    event->kind = (uint8_t)kind;
    event->party = (uint8_t)party;
    event->t_ms = e->t_ms;
    event->begin_ms = begin_ms;
    event->end_ms = end_ms;
}

static uint32_t min32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t max32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Start of the oldest speech frame in the 100 ms up to now; now when there is none. */
static uint32_t oldest_speech_ms(const struct ut_turns *t, const struct ut_turns_party *p)
{
    uint32_t age = 0; /* in frames, counted from now back to the frame's start */
    for (uint32_t i = 1; i <= WINDOW_FRAMES; i++)
        if ((p->window >> (i - 1) & 1) != 0)
            age = i;
    return t->now_ms - age * UT_TURNS_STEP_MS;
}

static int starts_ipu(const struct ut_turns_party *p)
{
    int frames = 0;
    for (int i = 0; i < WINDOW_FRAMES; i++)
        frames += (int)(p->window >> i & 1);
    return !p->in_ipu && frames >= ON_FRAMES;
}

static void start_turn(struct ut_turns *t, int who, struct events *e)
{
    struct ut_turns_party *p = &t->party[who];
    t->floor = (uint8_t)who;
    if (p->in_turn)
        return;
    p->in_turn = 1;
    p->turn_begin_ms = p->ipu_begin_ms;
    emit(e, UT_TURN_START, who, p->turn_begin_ms, p->turn_begin_ms);
}

static void end_turn(struct ut_turns *t, int who, struct events *e)
{
    struct ut_turns_party *p = &t->party[who];
    p->in_turn = 0;
    emit(e, UT_TURN_END, who, p->turn_begin_ms, p->last_speech_ms);
}

static void start_ipus(struct ut_turns *t, struct events *e)
{
    uint8_t started[2];
    for (int who = 0; who < 2; who++) {
        struct ut_turns_party *p = &t->party[who];
        started[who] = (uint8_t)starts_ipu(p);
        if (!started[who])
            continue;
        p->ipu_begin_ms = oldest_speech_ms(t, p);
        p->last_speech_ms = t->now_ms;
        p->in_ipu = 1;
        p->is_long = 0;
    }
    if (!started[UT_CUSTOMER] && !started[UT_AGENT])
        return;
    if (t->nontalk) {
        uint32_t end_ms = UINT32_MAX;
        for (int who = 0; who < 2; who++)
            if (started[who])
                end_ms = min32(end_ms, t->party[who].ipu_begin_ms);
        t->nontalk = 0;
        emit(e, UT_TURN_NONTALK_END, UT_BOTH, t->nontalk_begin_ms, end_ms);
    }
    for (int who = 0; who < 2; who++)
        if (started[who])
            emit(e, UT_TURN_IPU_START, who, t->party[who].ipu_begin_ms, t->party[who].ipu_begin_ms);
    if (t->floor == UT_BOTH) {
        int agent_first = started[UT_AGENT] && (!started[UT_CUSTOMER] ||
                                                t->party[UT_AGENT].ipu_begin_ms < t->party[UT_CUSTOMER].ipu_begin_ms);
        start_turn(t, agent_first ? UT_AGENT : UT_CUSTOMER, e);
    }
}

/* IPUs that reach 1000 ms in this step: they take the floor and complete interruptions. Only the party that had no
 * floor before the step can take it, so that two IPUs reaching 1000 ms together do not depend on the order. */
static void reach_long(struct ut_turns *t, struct events *e)
{
    int floor = t->floor;
    for (int who = 0; who < 2; who++) {
        struct ut_turns_party *p = &t->party[who];
        struct ut_turns_party *other = &t->party[1 - who];
        if (!p->in_ipu || p->is_long || p->last_speech_ms - p->ipu_begin_ms < UT_TURNS_LONG_IPU_MS)
            continue;
        p->is_long = 1;
        if (floor != who) {
            start_turn(t, who, e);
            if (other->in_turn && !other->in_ipu)
                end_turn(t, 1 - who, e);
        }
        if (p->waits) {
            p->waits = 0;
            emit(e, UT_TURN_INTERRUPTION, who, p->waits_begin_ms, p->waits_end_ms);
        }
    }
}

static void start_overlap(struct ut_turns *t, struct events *e)
{
    const struct ut_turns_party *c = &t->party[UT_CUSTOMER];
    const struct ut_turns_party *a = &t->party[UT_AGENT];
    if (!c->in_ipu || !a->in_ipu || t->overlap)
        return;
    uint32_t begin_ms = max32(c->ipu_begin_ms, a->ipu_begin_ms);
    uint32_t until_ms = min32(c->last_speech_ms, a->last_speech_ms);
    if (until_ms < begin_ms + UT_TURNS_OVERLAP_MS)
        return;
    t->overlap = 1;
    t->overlap_begin_ms = begin_ms;
    emit(e, UT_TURN_OVERLAP_START, UT_BOTH, begin_ms, begin_ms);
}

/* `who` has just stopped: did the other interrupt? */
static void judge_interruption(struct ut_turns *t, int who, struct events *e)
{
    const struct ut_turns_party *p = &t->party[who];
    struct ut_turns_party *other = &t->party[1 - who];
    uint32_t end_ms = p->last_speech_ms;
    uint32_t begin_ms = other->ipu_begin_ms;
    int qualifies = other->in_ipu && begin_ms >= p->ipu_begin_ms + UT_TURNS_INTERRUPT_AFTER_MS &&
                    end_ms >= begin_ms + UT_TURNS_INTERRUPT_OVERLAP_MS &&
                    end_ms - begin_ms <= UT_TURNS_INTERRUPT_YIELD_MS;
    if (qualifies && other->is_long) {
        emit(e, UT_TURN_INTERRUPTION, 1 - who, begin_ms, end_ms);
    } else if (other->talked_over && end_ms - other->talked_over_ms <= UT_TURNS_INTERRUPT_YIELD_MS) {
        emit(e, UT_TURN_INTERRUPTION, 1 - who, other->talked_over_ms, end_ms);
    } else if (qualifies) {
        other->waits = 1;
        other->waits_begin_ms = begin_ms;
        other->waits_end_ms = end_ms;
    }
    other->talked_over = 0;
}

static void close_ipu(struct ut_turns *t, int who, struct events *e)
{
    struct ut_turns_party *p = &t->party[who];
    uint32_t begin_ms = p->ipu_begin_ms;
    p->in_ipu = 0;
    p->waits = 0;
    emit(e, UT_TURN_IPU_END, who, begin_ms, p->last_speech_ms);
    if (t->floor != who && p->in_turn)
        end_turn(t, who, e);
    else if (t->floor != who)
        emit(e, UT_TURN_BACKCHANNEL, who, begin_ms, p->last_speech_ms);
}

/* The IPUs that end in this step. `force`: all of them, the call is over; then nobody has yielded to anybody. */
static void end_ipus(struct ut_turns *t, int force, struct events *e)
{
    uint8_t ending[2];
    for (int who = 0; who < 2; who++) {
        const struct ut_turns_party *p = &t->party[who];
        ending[who] = (uint8_t)(p->in_ipu && (force || t->now_ms - p->last_speech_ms >= UT_TURNS_HANGOVER_MS));
    }
    if (!ending[UT_CUSTOMER] && !ending[UT_AGENT])
        return;
    if (t->overlap) {
        t->overlap = 0;
        emit(e, UT_TURN_OVERLAP_END, UT_BOTH, t->overlap_begin_ms,
             min32(t->party[UT_CUSTOMER].last_speech_ms, t->party[UT_AGENT].last_speech_ms));
    }
    for (int who = 0; who < 2 && !force; who++) {
        struct ut_turns_party *p = &t->party[who];
        const struct ut_turns_party *other = &t->party[1 - who];
        if (!ending[who])
            continue;
        judge_interruption(t, who, e);
        if (p->is_long && other->in_ipu && !ending[1 - who] &&
            p->ipu_begin_ms >= other->ipu_begin_ms + UT_TURNS_INTERRUPT_AFTER_MS) {
            p->talked_over = 1;
            p->talked_over_ms = p->ipu_begin_ms;
        }
    }
    for (int who = 0; who < 2; who++)
        if (ending[who])
            close_ipu(t, who, e);
}

/* Silence counts up to the oldest frame that may yet turn out to have started an IPU. */
static void start_nontalk(struct ut_turns *t, uint32_t sure_ms, struct events *e)
{
    const struct ut_turns_party *c = &t->party[UT_CUSTOMER];
    const struct ut_turns_party *a = &t->party[UT_AGENT];
    if (t->nontalk || c->in_ipu || a->in_ipu)
        return;
    uint32_t begin_ms = max32(c->last_speech_ms, a->last_speech_ms);
    if (sure_ms <= begin_ms + UT_TURNS_NONTALK_MS)
        return;
    t->nontalk = 1;
    t->nontalk_begin_ms = begin_ms;
    emit(e, UT_TURN_NONTALK_START, UT_BOTH, begin_ms, begin_ms);
}

void ut_turns_init(struct ut_turns *t)
{
    memset(t, 0, sizeof *t);
    t->floor = UT_BOTH;
}

int ut_turns_step(struct ut_turns *t, const uint8_t speech[2], struct ut_turn_event out[UT_TURNS_EVENTS_MAX])
{
    t->now_ms += UT_TURNS_STEP_MS;
    struct events e = {out, 0, t->now_ms};
    for (int who = 0; who < 2; who++) {
        struct ut_turns_party *p = &t->party[who];
        p->window = (p->window << 1 | (speech[who] != 0)) & ((1u << WINDOW_FRAMES) - 1);
        if (p->in_ipu && speech[who] != 0)
            p->last_speech_ms = t->now_ms;
    }
    start_ipus(t, &e);
    reach_long(t, &e);
    start_overlap(t, &e);
    end_ipus(t, 0, &e);
    start_nontalk(t, min32(oldest_speech_ms(t, &t->party[UT_CUSTOMER]), oldest_speech_ms(t, &t->party[UT_AGENT])), &e);
    return e.n;
}

int ut_turns_finish(struct ut_turns *t, struct ut_turn_event out[UT_TURNS_EVENTS_MAX])
{
    struct events e = {out, 0, t->now_ms};
    end_ipus(t, 1, &e);
    for (int who = 0; who < 2; who++)
        if (t->party[who].in_turn)
            end_turn(t, who, &e);
    start_nontalk(t, t->now_ms, &e);
    if (t->nontalk) {
        t->nontalk = 0;
        emit(&e, UT_TURN_NONTALK_END, UT_BOTH, t->nontalk_begin_ms, t->now_ms);
    }
    return e.n;
}
