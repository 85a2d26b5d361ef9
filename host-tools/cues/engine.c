/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/engine.h"

#include "firmware/engine.h"
#include "host-tools/cues/forecast.h"
#include "host-tools/cues/readings.h"
#include "host-tools/cues/rules.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SCORE = UT_TURN_KINDS }; /* a fact's kind when it is a score record */

static double value(const struct ut_cue_engine *e, enum ut_param p)
{
    return e->config->value[p];
}

int64_t ut_cue_ms(const struct ut_cue_engine *e, enum ut_param p)
{
    return llround(value(e, p) * 1000);
}

static int64_t ms(const struct ut_cue_engine *e, enum ut_param p)
{
    return ut_cue_ms(e, p);
}

static int32_t score_records(const struct ut_cue_engine *e, enum ut_param p)
{
    int32_t n = (int32_t)lround(value(e, p) * 1000 / UT_CUE_SCORE_MS);
    return n < 1 ? 1 : n;
}

void ut_cue_engine_init(struct ut_cue_engine *e, const struct ut_config *config, ut_cue_sink *sink, void *ctx)
{
    memset(e, 0, sizeof *e);
    e->config = config;
    e->sink = sink;
    e->ctx = ctx;
    e->grid_ms = -1;
    e->silence_from_ms = -1;
    e->floor_from_ms = -1;
    e->customer_long_end_ms = -1;
    e->overlap_end_ms = -1;
    e->visible = UT_CUES;
    e->talk_window = (int32_t)(ms(e, UT_P_OVERLAPS_WINDOW) / UT_CUE_GRID_MS);
    e->share_window = (int32_t)(ms(e, UT_P_TALK_RATIO_WINDOW) / UT_CUE_GRID_MS);
    e->turn_party = UT_BOTH;
    e->agent_reply_end_ms = -1;
    e->delight_max = -1;
    for (int p = 0; p < 2; p++) {
        e->party[p].end_ms = -1;
        e->party[p].quiet_from_ms = -1;
    }
    for (int cue = 0; cue < UT_CUES; cue++) {
        e->slot[cue].hold_from_ms = -1;
        e->slot[cue].release_from_ms = -1;
        e->slot[cue].seen_ms = -1;
    }
}

void ut_cue_engine_next(struct ut_cue_engine *e)
{
    struct ut_baseline level = e->party[UT_AGENT].level, pace = e->party[UT_AGENT].pace;
    uint8_t muted = e->muted;
    ut_cue_engine_init(e, e->config, e->sink, e->ctx);
    e->party[UT_AGENT].level = level;
    e->party[UT_AGENT].pace = pace;
    e->muted = muted;
}

struct ut_cue_means ut_cue_engine_means(const struct ut_cue_engine *e, double seconds)
{
    struct ut_cue_means m = {0};
    int32_t n = (int32_t)lround(seconds * 1000 / UT_CUE_SCORE_MS);
    if (n < 1 || n > e->speech_count)
        return m;
    int32_t sum[3] = {0};
    for (int32_t i = 1; i <= n; i++) {
        const struct ut_cue_speech *s = &e->speech[(e->speech_at - i + UT_CUE_SPEECH_MAX) % UT_CUE_SPEECH_MAX];
        sum[0] += s->frustration;
        sum[1] += s->delight;
        sum[2] += s->confidence;
    }
    m.valid = 1;
    m.frustration = ut_readings_mean_share(sum[0], n);
    m.delight = ut_readings_mean_share(sum[1], n);
    m.confidence = ut_readings_mean_share(sum[2], n);
    return m;
}

static void remember(struct ut_cue_history *h, int64_t t_ms, int64_t begin_ms)
{
    if (h->count == UT_CUE_HISTORY_MAX) {
        memmove(h->t_ms, h->t_ms + 1, sizeof h->t_ms - sizeof h->t_ms[0]);
        memmove(h->begin_ms, h->begin_ms + 1, sizeof h->begin_ms - sizeof h->begin_ms[0]);
        h->count--;
    }
    h->t_ms[h->count] = t_ms;
    h->begin_ms[h->count] = begin_ms;
    h->count++;
}

int ut_cue_recent(const struct ut_cue_history *h, int64_t now, int64_t window, int64_t *begin_ms)
{
    int n = 0;
    while (n < h->count && h->t_ms[h->count - 1 - n] > now - window)
        n++;
    *begin_ms = n > 0 ? h->begin_ms[h->count - n] : now;
    return n;
}

static void talk_add(struct ut_cue_engine *e, bool overlapped)
{
    if (e->talk_hops >= e->talk_window) {
        int32_t oldest = (e->talk_at - e->talk_window + UT_CUE_TALK_HOPS) % UT_CUE_TALK_HOPS;
        e->talk_overlapped -= e->talk[oldest];
    } else {
        e->talk_hops++;
    }
    e->talk[e->talk_at] = overlapped;
    e->talk_overlapped += overlapped;
    e->talk_at = (e->talk_at + 1) % UT_CUE_TALK_HOPS;
}

static void share_add(struct ut_cue_engine *e, int talking)
{
    if (e->share_hops >= e->share_window) {
        int oldest = e->share[(e->share_at - e->share_window + UT_CUE_TALK_HOPS) % UT_CUE_TALK_HOPS];
        e->share_talk[0] -= oldest & 1;
        e->share_talk[1] -= oldest >> 1;
    } else {
        e->share_hops++;
    }
    e->share[e->share_at] = (uint8_t)talking;
    e->share_talk[0] += talking & 1;
    e->share_talk[1] += talking >> 1;
    e->share_at = (e->share_at + 1) % UT_CUE_TALK_HOPS;
}

/* The overlap has reached its length: the hops behind it belong to it. */
static void talk_mark(struct ut_cue_engine *e, int32_t hops)
{
    for (int32_t i = 1; i <= hops && i <= e->talk_hops; i++) {
        uint8_t *hop = &e->talk[(e->talk_at - i + UT_CUE_TALK_HOPS) % UT_CUE_TALK_HOPS];
        e->talk_overlapped += *hop == 0;
        *hop = 1;
    }
}

static void use_turn(struct ut_cue_engine *e, const struct ut_wire_turn *t)
{
    struct ut_cue_party *p = t->party < UT_BOTH ? &e->party[t->party] : NULL;
    switch (t->kind) {
    case UT_TURN_IPU_START:
        if (p == NULL)
            break;
        p->in_ipu = 1;
        p->unsure = 0;
        p->quiet_from_ms = -1;
        p->begin_ms = t->begin_ms;
        if (p == &e->party[UT_AGENT] && p->begin_ms - p->end_ms >= ms(e, UT_P_CONTINUOUS_OFF))
            e->floor_lost = 1;
        break;
    case UT_TURN_IPU_END:
        if (p == NULL)
            break;
        p->in_ipu = 0;
        p->begin_ms = t->begin_ms;
        p->end_ms = t->end_ms;
        if (p == &e->party[UT_CUSTOMER] && (int64_t)t->end_ms - t->begin_ms >= ms(e, UT_P_CONTINUOUS_OTHER)) {
            e->customer_long_end_ms = t->end_ms;
            e->floor_lost = 1;
        }
        if (p == &e->party[UT_AGENT] && (int64_t)t->end_ms - t->begin_ms >= ms(e, UT_P_SLOW_RESPONSE_OFF))
            e->agent_reply_end_ms = t->end_ms;
        break;
    case UT_TURN_START:
        e->turn_party = t->party;
        e->turn_begin_ms = t->begin_ms;
        break;
    case UT_TURN_OVERLAP_START:
        remember(&e->overlaps, (int64_t)t->begin_ms + UT_TURNS_OVERLAP_MS, t->begin_ms);
        talk_mark(e, UT_TURNS_OVERLAP_MS / UT_CUE_GRID_MS);
        e->overlap_open = 1;
        break;
    case UT_TURN_OVERLAP_END:
        e->overlap_open = 0;
        e->overlap_end_ms = t->end_ms;
        break;
    case UT_TURN_INTERRUPTION:
        if (t->party == UT_AGENT)
            remember(&e->interruptions, t->end_ms, t->begin_ms);
        break;
    default:
        break;
    }
}

/* An IPU whose end was lost ends where the scores begin to say silence, once they have said so for a second. */
static void settle(struct ut_cue_party *p, bool speech, int64_t t_ms)
{
    if (!p->in_ipu || !p->unsure)
        return;
    if (speech) {
        p->quiet_from_ms = -1;
        return;
    }
    if (p->quiet_from_ms < 0)
        p->quiet_from_ms = t_ms - UT_CUE_SCORE_MS;
    if (t_ms - p->quiet_from_ms >= 1000) {
        p->in_ipu = 0;
        p->unsure = 0;
        p->end_ms = p->quiet_from_ms;
        p->quiet_from_ms = -1;
    }
}

static void use_raise(struct ut_cue_engine *e)
{
    const struct ut_cue_party *c = &e->party[UT_CUSTOMER];
    double needed = value(e, UT_P_BASELINE_MINIMUM) * 1000 / UT_CUE_SCORE_MS;
    int32_t n = score_records(e, UT_P_RAISED_VOICE_AVERAGE);
    e->raise.valid = 0;
    if (c->level.n < needed || c->f0.n < needed / 2 || n > e->voice_count)
        return;
    double level = 0, f0 = 0;
    for (int32_t i = 1; i <= n; i++) {
        int32_t at = (e->voice_at - i + UT_CUE_SPEECH_MAX) % UT_CUE_SPEECH_MAX;
        level += ut_readings_loudness_dbfs(e->voice[at].loudness);
        f0 += ut_readings_semitones(e->voice[at].f0);
    }
    e->raise.valid = 1;
    e->raise.level_dbfs = level / n;
    e->raise.level_baseline = ut_readings_loudness_dbfs((uint8_t)lround(ut_baseline_median(&c->level)));
    e->raise.pitch = f0 / n;
    e->raise.pitch_baseline = ut_readings_semitones(ut_baseline_median(&c->f0));
}

/* The agent's side: level, clipping and pace, nothing else. */
static void use_agent(struct ut_cue_engine *e, const struct ut_wire_score *s)
{
    struct ut_cue_party *a = &e->party[UT_AGENT];
    double needed = value(e, UT_P_BASELINE_MINIMUM) * 1000 / UT_CUE_SCORE_MS;
    ut_baseline_add(&a->level, s->agent_level);
    if (s->agent_pace > 0)
        ut_baseline_add(&a->pace, s->agent_pace);
    e->mic[e->mic_at].level = s->agent_level;
    e->mic[e->mic_at].clipped = (uint8_t)ut_wire_clipped(s, UT_AGENT);
    e->mic_at = (e->mic_at + 1) % UT_CUE_MIC_MAX;
    if (e->mic_count < UT_CUE_MIC_MAX)
        e->mic_count++;
    int32_t low = score_records(e, UT_P_MIC_LOW_AVERAGE), high = score_records(e, UT_P_MIC_HIGH_AVERAGE);
    e->microphone.level_valid = a->level.n >= needed && low <= e->mic_count;
    e->microphone.clipped_valid = high <= e->mic_count;
    int32_t level = 0, clipped = 0;
    for (int32_t i = 1; i <= low || i <= high; i++) {
        int32_t at = (e->mic_at - i + UT_CUE_MIC_MAX) % UT_CUE_MIC_MAX;
        level += i <= low ? e->mic[at].level : 0;
        clipped += i <= high ? e->mic[at].clipped : 0;
    }
    e->microphone.level_dbfs = ut_readings_level_dbfs((double)level / low);
    e->microphone.baseline = ut_readings_level_dbfs(ut_baseline_median(&a->level));
    e->microphone.clipped = (double)clipped / high;
    e->pace.valid = a->level.n >= needed && a->pace.n > 0 && s->agent_pace > 0;
    e->pace.now = ut_readings_pace(s->agent_pace);
    e->pace.baseline = ut_readings_pace(ut_baseline_median(&a->pace));
    e->pace.sigma =
        fmax(UT_SIGMA_OF_MAD * ut_readings_pace(ut_baseline_mad(&a->pace)), value(e, UT_P_BASELINE_PACE_SIGMA));
}

/* Slope, forecast and maximum from the slow averages of the score records. */
static void use_slow(struct ut_cue_engine *e, int64_t t_ms)
{
    int32_t now = e->slows_at;
    e->slows[now].t_ms = t_ms;
    e->slows[now].valid = e->slow.valid;
    e->slows[now].frustration = e->slow.frustration;
    e->slows[now].delight = e->slow.delight;
    e->slows_at = (now + 1) % UT_CUE_SLOW_MAX;
    if (e->slows_count < UT_CUE_SLOW_MAX)
        e->slows_count++;
    int32_t back = score_records(e, UT_P_SCORE_SLOPE), past = (now - back + UT_CUE_SLOW_MAX) % UT_CUE_SLOW_MAX;
    double seconds = (double)(t_ms - e->slows[past].t_ms) / 1000;
    e->slope_valid = e->slow.valid && back < e->slows_count && e->slows[past].valid && seconds > 0 &&
                     seconds < value(e, UT_P_SCORE_SLOPE) + 1;
    e->slope = e->slope_valid ? 10 * (e->slow.frustration - e->slows[past].frustration) / seconds : 0;
    const double input[UT_FORECAST_INPUTS] = {[UT_FORECAST_SLOW] = e->slow.frustration,
                                              [UT_FORECAST_SLOPE] = e->slope,
                                              [UT_FORECAST_FAST] = e->fast.frustration,
                                              [UT_FORECAST_CONFIDENCE] = e->fast.confidence};
    e->forecast = e->slope_valid ? ut_forecast(input) : 0;
    e->delight_max = -1;
    for (int32_t i = 0; i < e->slows_count; i++) {
        int32_t at = (now - i + UT_CUE_SLOW_MAX) % UT_CUE_SLOW_MAX;
        if (t_ms - e->slows[at].t_ms >= ms(e, UT_P_GOOD_MOMENT_WINDOW))
            break;
        if (e->slows[at].valid && e->slows[at].delight > e->delight_max) {
            e->delight_max = e->slows[at].delight;
            e->delight_max_ms = e->slows[at].t_ms;
        }
    }
}

static void use_abstain(struct ut_cue_engine *e, int abstain)
{
    bool counts = abstain > UT_ABSTAIN_NONE && abstain <= UT_ABSTAIN_HOLD &&
                  (abstain != UT_ABSTAIN_LITTLE || value(e, UT_P_PAUSED_LITTLE) > 0.5);
    if (counts)
        e->abstain = abstain;
    e->no_score = counts ? e->no_score + 1 : 0;
    e->clear = counts ? 0 : e->clear + 1;
}

static void use_customer(struct ut_cue_engine *e, const struct ut_wire_score *s)
{
    struct ut_cue_party *c = &e->party[UT_CUSTOMER];
    ut_baseline_add(&c->level, s->customer_loudness);
    if (s->customer_pace > 0)
        ut_baseline_add(&c->pace, s->customer_pace);
    if (s->customer_f0 > 0) {
        ut_baseline_add(&c->f0, s->customer_f0);
        e->voice[e->voice_at].loudness = s->customer_loudness;
        e->voice[e->voice_at].f0 = s->customer_f0;
        e->voice_at = (e->voice_at + 1) % UT_CUE_SPEECH_MAX;
        if (e->voice_count < UT_CUE_SPEECH_MAX)
            e->voice_count++;
    }
    if (ut_wire_abstain(s) == UT_ABSTAIN_NONE) {
        struct ut_cue_speech *at = &e->speech[e->speech_at];
        at->t_ms = s->t_ms;
        at->loudness = s->customer_loudness;
        at->f0 = s->customer_f0;
        at->pace = s->customer_pace;
        at->frustration = s->frustration;
        at->delight = s->delight;
        at->confidence = s->confidence;
        for (int i = 0; i < 2; i++) {
            at->group[i] = s->top[i].feature;
            at->contribution[i] = s->top[i].contribution;
        }
        e->speech_at = (e->speech_at + 1) % UT_CUE_SPEECH_MAX;
        if (e->speech_count < UT_CUE_SPEECH_MAX)
            e->speech_count++;
    }
    e->fast = ut_cue_engine_means(e, value(e, UT_P_SCORE_FAST));
    e->slow = ut_cue_engine_means(e, value(e, UT_P_SCORE_SLOW));
    use_raise(e);
}

static void use_score(struct ut_cue_engine *e, const struct ut_wire_score *s)
{
    struct ut_cue_party *c = &e->party[UT_CUSTOMER], *a = &e->party[UT_AGENT];
    bool customer_speech = ut_wire_speaks(s, UT_CUSTOMER);
    bool agent_speech = ut_wire_speaks(s, UT_AGENT);
    e->newest = *s;
    e->step_scored = 1;
    settle(c, customer_speech, s->t_ms);
    settle(a, agent_speech, s->t_ms);
    if (agent_speech)
        use_agent(e, s);
    if (customer_speech)
        use_customer(e, s);
    use_slow(e, s->t_ms);
    use_abstain(e, ut_wire_abstain(s));
}

/* Who is silent and who holds the floor at time now, from the IPUs. */
static void derive(struct ut_cue_engine *e, int64_t now)
{
    const struct ut_cue_party *c = &e->party[UT_CUSTOMER], *a = &e->party[UT_AGENT];
    if (c->in_ipu || a->in_ipu) {
        e->silence_from_ms = -1;
    } else {
        int64_t last = c->end_ms > a->end_ms ? c->end_ms : a->end_ms;
        e->silence_from_ms = last >= 0 ? last : e->from_ms;
    }
    bool taken = c->in_ipu && now - c->begin_ms >= ms(e, UT_P_CONTINUOUS_OTHER);
    bool paused = !a->in_ipu && (a->end_ms < 0 || now - a->end_ms >= ms(e, UT_P_CONTINUOUS_OFF));
    if (taken || paused || e->floor_lost)
        e->floor_from_ms = -1;
    else if (e->floor_from_ms < 0 && a->in_ipu)
        e->floor_from_ms = a->begin_ms > e->customer_long_end_ms ? a->begin_ms : e->customer_long_end_ms;
    e->floor_lost = 0;
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
        if (e->muted) {
            refuse(e, (enum ut_cue)cue, now, UT_DISPLAY_MUTED, "cues are muted");
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
    if (c.display == UT_DISPLAY_GAUGE || c.display == UT_DISPLAY_ARROW)
        c.shown_ms = now - c.opened_ms;
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
    if (cue == UT_CUE_EMPATHY)
        remember(&e->empathies, now, begin_ms);
    ut_cue_rules_explain(e, &s->opening, now);
}

/* Advances one cue's state machine. Returns true when it opened. */
static bool advance_cue(struct ut_cue_engine *e, enum ut_cue cue, int64_t now)
{
    struct ut_cue_slot *s = &e->slot[cue];
    enum ut_param first = ut_cue_param(cue);
    if (value(e, first + UT_COMMON_SHOW) < UT_SHOW_POPUP)
        return false;
    struct ut_cue_judgement j = ut_cue_rules_judge(e, cue, now);
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
        int speaker = j.hold == UT_HOLD_CUSTOMER_SPEECH ? UT_CUSTOMER : UT_AGENT;
        if (!e->step_scored || !ut_wire_speaks(&e->newest, speaker))
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
    int talking = e->party[UT_CUSTOMER].in_ipu << UT_CUSTOMER | e->party[UT_AGENT].in_ipu << UT_AGENT;
    if (talking != 0)
        talk_add(e, e->overlap_open);
    share_add(e, talking);
    e->step_scored = 0;
    int used = 0;
    for (; used < e->fact_count && e->fact[used].t_ms <= now; used++) {
        if (e->fact[used].kind == SCORE)
            use_score(e, &e->fact[used].score);
        else
            use_turn(e, &e->fact[used].turn);
    }
    if (used > 0) {
        e->fact_count -= used;
        memmove(e->fact, e->fact + used, (size_t)e->fact_count * sizeof e->fact[0]);
    }
    derive(e, now);
    e->grid_ms = now;
    for (int cue = 0; cue < UT_CUES; cue++)
        opened[cue] = advance_cue(e, (enum ut_cue)cue, now);
    arbitrate(e, now);
    for (int cue = 0; cue < UT_CUES; cue++)
        if (opened[cue])
            e->sink(e->ctx, &e->slot[cue].opening);
    raise_flag(e, now);
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
        e->grid_ms = e->from_ms = record_ms <= 2000 ? 0 : record_ms / UT_CUE_GRID_MS * UT_CUE_GRID_MS;
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
}

void ut_cue_engine_gap(struct ut_cue_engine *e)
{
    e->party[UT_CUSTOMER].unsure = 1;
    e->party[UT_AGENT].unsure = 1;
}

void ut_cue_engine_finish(struct ut_cue_engine *e)
{
    if (e->grid_ms < 0)
        return;
    while (e->grid_ms + UT_CUE_GRID_MS <= e->newest_ms)
        step(e);
    for (int cue = 0; cue < UT_CUES; cue++)
        if (e->slot[cue].open)
            close_cue(e, (enum ut_cue)cue, e->newest_ms, 1);
    hide(e, e->newest_ms);
}
