/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/engine.h"

#include "host-tools/cues/rules.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SCORE = UT_TURN_KINDS }; /* a fact's kind when it is a score record */

static double value(const struct ut_cue_engine *e, enum ut_param p)
{
    return e->config->value[p];
}

static int64_t ms(const struct ut_cue_engine *e, enum ut_param p)
{
    return ut_config_ms(e->config, p);
}

/* A call begins: nothing waits, nothing is open. */
static void begin(struct ut_cue_engine *e)
{
    e->grid_ms = -1;
    e->newest_ms = 0;
    e->fact_count = 0;
    e->popup_count = 0;
    e->visible = UT_CUES;
    memset(e->slot, 0, sizeof e->slot);
    for (int cue = 0; cue < UT_CUES; cue++) {
        e->slot[cue].hold_from_ms = -1;
        e->slot[cue].release_from_ms = -1;
        e->slot[cue].seen_ms = -1;
    }
}

void ut_cue_engine_init(struct ut_cue_engine *e, const struct ut_config *config, ut_cue_sink *sink, void *ctx)
{
    memset(e, 0, sizeof *e);
    e->config = config;
    e->sink = sink;
    e->ctx = ctx;
    ut_cue_memory_init(&e->memory, config);
    begin(e);
}

void ut_cue_engine_unheard(struct ut_cue_engine *e, unsigned parties)
{
    e->unheard = (uint8_t)parties;
    e->memory.hold.unheard = parties;
}

void ut_cue_engine_holds(struct ut_cue_engine *e, ut_hold_sink *sink)
{
    e->hold_sink = sink;
}

void ut_cue_engine_next(struct ut_cue_engine *e)
{
    ut_cue_memory_next(&e->memory);
    begin(e);
}

static void suppressed(struct ut_cue_engine *e, enum ut_cue cue, int64_t now, const char *reason)
{
    struct ut_cue_change c = e->slot[cue].opening;
    c.what = UT_CUE_SUPPRESSED;
    c.cue = cue;
    c.t_ms = now;
    c.reason = reason;
    e->sink(e->ctx, &c);
}

static void tell_hold(const struct ut_cue_engine *e)
{
    if (e->hold_sink != NULL && e->memory.hold.change != UT_HOLD_SAME)
        e->hold_sink(e->ctx, &e->memory.hold.span);
}

static bool budget_left(const struct ut_cue_engine *e, int64_t now)
{
    int n = 0;
    while (n < e->popup_count && e->popup_ms[e->popup_count - 1 - n] > now - ms(e, UT_P_DISPLAY_BUDGET_WINDOW))
        n++;
    return n < value(e, UT_P_DISPLAY_BUDGET);
}

static void hide(struct ut_cue_engine *e, int64_t now)
{
    if (e->visible == UT_CUES)
        return;
    e->slot[e->visible].screen = UT_SLOT_DONE;
    e->slot[e->visible].shown_ms = now - e->visible_from_ms;
    e->visible = UT_CUES;
}

/* A waiting cue that will not be shown. */
static void refuse(struct ut_cue_engine *e, enum ut_cue cue, int64_t now, enum ut_cue_display display,
                   const char *reason)
{
    struct ut_cue_slot *s = &e->slot[cue];
    s->screen = UT_SLOT_DONE;
    s->seen_ms = now;
    s->opening.display = display;
    suppressed(e, cue, now, reason);
}

/* One visible cue, for a minimum time, within the budget; the waiting cue of the highest priority comes next. It takes
 * the place of one of lower priority after the minimum, of one of higher priority after the longest time. */
static void arbitrate(struct ut_cue_engine *e, int64_t now)
{
    bool shown_enough = e->visible != UT_CUES && now - e->visible_from_ms >= ms(e, UT_P_DISPLAY_MINIMUM);
    bool gives_way = e->visible != UT_CUES && now - e->visible_from_ms >= ms(e, UT_P_DISPLAY_LONGEST);
    if (shown_enough && !e->slot[e->visible].open)
        hide(e, now);
    for (int cue = 0; cue < UT_CUES; cue++) {
        struct ut_cue_slot *s = &e->slot[cue];
        if (s->screen != UT_SLOT_WAITING)
            continue;
        if (e->muted || e->held_out) {
            refuse(e, (enum ut_cue)cue, now, UT_DISPLAY_MUTED,
                   e->muted ? "cues are muted" : "this week is held out to see what cues change");
            continue;
        }
        if (!budget_left(e, now)) {
            refuse(e, (enum ut_cue)cue, now, UT_DISPLAY_BUDGET, "the budget of cues shown is spent");
            continue;
        }
        if (e->visible != UT_CUES && !gives_way && !(shown_enough && cue < (int)e->visible))
            return;
        hide(e, now);
        e->visible = (enum ut_cue)cue;
        e->visible_from_ms = now;
        s->screen = UT_SLOT_VISIBLE;
        s->seen_ms = now;
        s->opening.display = UT_DISPLAY_SHOWN;
        if (e->popup_count == UT_CUE_POPUPS_MAX) {
            memmove(e->popup_ms, e->popup_ms + 1, sizeof e->popup_ms - sizeof e->popup_ms[0]);
            e->popup_count--;
        }
        e->popup_ms[e->popup_count++] = now;
        return;
    }
}

static void lower_flag(struct ut_cue_engine *e, enum ut_cue cue, int64_t now, const char *reason)
{
    struct ut_cue_slot *s = &e->slot[cue];
    if (!s->flagged)
        return;
    s->flagged = 0;
    struct ut_cue_change c = s->opening;
    c.what = UT_CUE_FLAG_LOWERED;
    c.t_ms = now;
    c.dismissed = s->dismissed;
    c.reason = reason;
    e->sink(e->ctx, &c);
}

/* The agent comes first: the flag follows when the cue has not been dismissed in time. A cue that could not be shown
 * counts as seen then, since the flag is about the customer and not about the agent's screen. */
static void raise_flag(struct ut_cue_engine *e, int64_t now)
{
    struct ut_cue_slot *s = &e->slot[UT_CUE_HELP];
    if (!s->open || s->dismissed || s->flagged || s->seen_ms < 0 || value(e, UT_P_HELP_FLAG) < 0.5 ||
        now - s->seen_ms < ms(e, UT_P_HELP_DISMISS))
        return;
    s->flagged = 1;
    struct ut_cue_change c = s->opening;
    c.what = UT_CUE_FLAG_RAISED;
    c.t_ms = now;
    e->sink(e->ctx, &c);
}

static void close_cue(struct ut_cue_engine *e, enum ut_cue cue, int64_t now, int call_ended)
{
    struct ut_cue_slot *s = &e->slot[cue];
    s->open = 0;
    s->hold_from_ms = -1;
    s->hold_speech_ms = 0;
    s->release_from_ms = -1;
    s->refractory_until_ms = now + ms(e, ut_cue_param(cue) + UT_COMMON_REFRACTORY);
    if (s->screen == UT_SLOT_WAITING)
        refuse(e, cue, now, UT_DISPLAY_WAITING, "another cue was visible until it closed");
    struct ut_cue_change c = s->opening;
    c.what = UT_CUE_CLOSED;
    c.t_ms = now;
    c.call_ended = call_ended;
    c.dismissed = s->dismissed;
    c.shown_ms = s->screen == UT_SLOT_VISIBLE ? now - e->visible_from_ms : s->shown_ms;
    e->sink(e->ctx, &c);
    lower_flag(e, cue, now, call_ended ? "call_ended" : "condition_ended");
}

static void open_cue(struct ut_cue_engine *e, enum ut_cue cue, int64_t now, int64_t begin_ms)
{
    struct ut_cue_slot *s = &e->slot[cue];
    int show = (int)value(e, ut_cue_param(cue) + UT_COMMON_SHOW);
    s->open = 1;
    s->dismissed = 0;
    s->release_from_ms = -1;
    s->shown_ms = 0;
    s->seen_ms = now;
    memset(&s->opening, 0, sizeof s->opening);
    s->opening.what = UT_CUE_OPENED;
    s->opening.cue = cue;
    s->opening.t_ms = s->opening.opened_ms = now;
    s->opening.begin_ms = begin_ms;
    if (show != UT_SHOW_POPUP) {
        s->opening.display = show == UT_SHOW_GAUGE ? UT_DISPLAY_GAUGE : UT_DISPLAY_ARROW;
    } else if (e->visible != cue) { /* else it closed a moment ago and is on the screen still */
        s->opening.display = UT_DISPLAY_WAITING;
        s->screen = UT_SLOT_WAITING;
        s->seen_ms = -1;
    }
    ut_cue_memory_opening(&e->memory, cue, begin_ms);
    ut_cue_rules_explain(&e->memory, &s->opening);
}

/* Advances one cue's state machine. Returns true when it opened. */
static bool advance_cue(struct ut_cue_engine *e, enum ut_cue cue, int64_t now)
{
    struct ut_cue_slot *s = &e->slot[cue];
    enum ut_param first = ut_cue_param(cue);
    if (value(e, first + UT_COMMON_SHOW) < UT_SHOW_POPUP)
        return false;
    if ((ut_cue_rule[cue].hears & e->unheard) != 0) {
        if (s->open)
            close_cue(e, cue, now, 0);
        s->hold_from_ms = -1;
        s->hold_speech_ms = 0;
        return false;
    }
    struct ut_cue_judgement j = ut_cue_rules_judge(&e->memory, cue);
    if (s->open) {
        if (!j.off)
            s->release_from_ms = -1;
        else if (s->release_from_ms < 0)
            s->release_from_ms = now;
        if (s->release_from_ms >= 0 && now - s->release_from_ms >= ms(e, first + UT_COMMON_RELEASE))
            close_cue(e, cue, now, 0);
        return false;
    }
    bool on = j.on && !j.off;
    if (j.hold == UT_HOLD_CALL_TIME) {
        if (!on)
            s->hold_from_ms = -1;
        else if (s->hold_from_ms < 0)
            s->hold_from_ms = now;
    } else {
        if (!ut_cue_memory_speaks(&e->memory, j.hold == UT_HOLD_CUSTOMER_SPEECH ? UT_CUSTOMER : UT_AGENT))
            return false;
        s->hold_speech_ms = on ? s->hold_speech_ms + UT_CUE_SCORE_MS : 0;
        if (s->hold_speech_ms == UT_CUE_SCORE_MS)
            s->hold_from_ms = now - UT_CUE_SCORE_MS;
    }
    int64_t held = j.hold == UT_HOLD_CALL_TIME ? now - s->hold_from_ms : s->hold_speech_ms;
    if (!on || held < ms(e, first + UT_COMMON_HOLD)) {
        s->refused = s->refused && on;
        return false;
    }
    if (now < s->refractory_until_ms) {
        /* gauges and arrows never pop up: nothing was kept from anybody */
        if (!s->refused && value(e, first + UT_COMMON_SHOW) == UT_SHOW_POPUP)
            suppressed(e, cue, now, "its refractory time is not over");
        s->refused = 1;
        return false;
    }
    s->refused = 0;
    open_cue(e, cue, now, j.begin_ms >= 0 ? j.begin_ms : s->hold_from_ms);
    return true;
}

static void step(struct ut_cue_engine *e)
{
    int64_t now = e->grid_ms + UT_CUE_GRID_MS;
    bool opened[UT_CUES];
    ut_cue_memory_open_hop(&e->memory, e->grid_ms);
    int used = 0;
    for (; used < e->fact_count && e->fact[used].t_ms <= now; used++) {
        if (e->fact[used].kind == SCORE)
            ut_cue_memory_score(&e->memory, &e->fact[used].score);
        else
            ut_cue_memory_turn(&e->memory, &e->fact[used].turn);
    }
    if (used > 0) {
        e->fact_count -= used;
        memmove(e->fact, e->fact + used, (size_t)e->fact_count * sizeof e->fact[0]);
    }
    ut_cue_memory_close_hop(&e->memory);
    tell_hold(e);
    e->grid_ms = now;
    for (int cue = 0; cue < UT_CUES; cue++)
        opened[cue] = advance_cue(e, (enum ut_cue)cue, now);
    arbitrate(e, now);
    for (int cue = 0; cue < UT_CUES; cue++)
        if (opened[cue])
            e->sink(e->ctx, &e->slot[cue].opening);
    raise_flag(e, now);
}

void ut_cue_engine_hold(struct ut_cue_engine *e, bool on)
{
    if (e->grid_ms < 0)
        return;
    ut_hold_tell(&e->memory.hold, on, e->grid_ms);
    tell_hold(e);
}

void ut_cue_engine_unscore(struct ut_cue_engine *e)
{
    for (int i = 0; i < e->fact_count; i++) {
        struct ut_wire_score *s = &e->fact[i].score;
        s->frustration = s->delight = s->confidence = 0;
        memset(s->top, 0, sizeof s->top);
        if (ut_wire_abstain(s) == 0) /* it was scored */
            s->flags |= (uint8_t)(7U << UT_WIRE_ABSTAIN_SHIFT);
    }
    ut_cue_memory_unscore(&e->memory);
    for (int cue = 0; cue < UT_CUES && e->grid_ms >= 0; cue++) {
        struct ut_cue_slot *s = &e->slot[cue];
        if (!ut_cue_rules_scored((enum ut_cue)cue))
            continue;
        s->hold_from_ms = -1;
        s->hold_speech_ms = 0;
        s->opening.evidence_count = 0; /* what is said of its end says no score */
        if (s->open)
            close_cue(e, (enum ut_cue)cue, e->grid_ms, 0);
        if (e->visible == (enum ut_cue)cue)
            hide(e, e->grid_ms);
    }
}

void ut_cue_engine_mute(struct ut_cue_engine *e, int muted)
{
    if (muted && e->visible != UT_CUES) {
        enum ut_cue cue = e->visible;
        hide(e, e->grid_ms);
        if (e->slot[cue].open)
            suppressed(e, cue, e->grid_ms, "cues were muted while it was visible");
    }
    e->muted = muted != 0;
}

void ut_cue_engine_hold_out(struct ut_cue_engine *e, bool held_out)
{
    e->held_out = held_out;
}

void ut_cue_engine_dismiss(struct ut_cue_engine *e)
{
    enum ut_cue cue = e->visible;
    if (cue == UT_CUES)
        return;
    e->slot[cue].dismissed = e->slot[cue].open;
    hide(e, e->grid_ms);
    suppressed(e, cue, e->grid_ms, "the agent dismissed it");
    lower_flag(e, cue, e->grid_ms, "dismissed");
}

static void advance(struct ut_cue_engine *e, int64_t record_ms)
{
    if (e->grid_ms < 0) {
        /* a receiver that joins in mid-call knows nothing of what was before */
        e->grid_ms = record_ms <= 2000 ? 0 : record_ms / UT_CUE_GRID_MS * UT_CUE_GRID_MS;
    }
    if (record_ms > e->newest_ms)
        e->newest_ms = record_ms;
    while (e->grid_ms + UT_CUE_GRID_MS <= e->newest_ms - UT_CUE_LAG_MS)
        step(e);
}

static void put(struct ut_cue_engine *e, const struct ut_cue_fact *fact)
{
    if (e->fact_count == UT_CUE_FACTS_MAX) { /* records bunched in time: the earliest facts are used at once */
        while (e->fact_count == UT_CUE_FACTS_MAX)
            step(e);
    }
    int at = e->fact_count++;
    for (; at > 0 && e->fact[at - 1].t_ms > fact->t_ms; at--)
        e->fact[at] = e->fact[at - 1];
    e->fact[at] = *fact;
}

void ut_cue_engine_turn(struct ut_cue_engine *e, const struct ut_wire_turn *turn)
{
    struct ut_cue_fact fact = {.kind = turn->kind, .turn = *turn};
    switch (turn->kind) {
    case UT_TURN_IPU_START:
        fact.t_ms = turn->begin_ms;
        break;
    case UT_TURN_OVERLAP_START:
        fact.t_ms = (int64_t)turn->begin_ms + UT_TURNS_OVERLAP_MS;
        break;
    case UT_TURN_IPU_END:
    case UT_TURN_OVERLAP_END:
    case UT_TURN_INTERRUPTION:
        fact.t_ms = turn->end_ms;
        break;
    default:
        fact.t_ms = turn->t_ms;
        break;
    }
    advance(e, turn->t_ms);
    put(e, &fact);
}

void ut_cue_engine_score(struct ut_cue_engine *e, const struct ut_wire_score *score)
{
    struct ut_cue_fact fact = {.kind = SCORE, .t_ms = score->t_ms, .score = *score};
    advance(e, score->t_ms);
    put(e, &fact);
}

void ut_cue_engine_status(struct ut_cue_engine *e, const struct ut_wire_status *status)
{
    advance(e, status->t_ms);
    ut_cue_memory_channels(&e->memory, status->channels);
}

void ut_cue_engine_gap(struct ut_cue_engine *e)
{
    ut_cue_memory_gap(&e->memory);
}

void ut_cue_engine_finish(struct ut_cue_engine *e)
{
    if (e->grid_ms < 0)
        return;
    while (e->grid_ms + UT_CUE_GRID_MS <= e->newest_ms)
        step(e);
    ut_hold_finish(&e->memory.hold, e->newest_ms);
    tell_hold(e);
    for (int cue = 0; cue < UT_CUES; cue++)
        if (e->slot[cue].open)
            close_cue(e, (enum ut_cue)cue, e->newest_ms, 1);
    hide(e, e->newest_ms);
}
