/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cue_engine.h"

#include "dsp/features.h"
#include "firmware/engine.h"
#include "models/infer.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SCORE = UT_TURN_KINDS }; /* a fact's kind when it is a score record */

void ut_baseline_add(struct ut_baseline *b, uint8_t value)
{
    b->count[value]++;
    b->n++;
}

/* The value below which `below` of the counts lie. */
static int ranked(const uint32_t count[256], uint32_t below)
{
    uint32_t seen = 0;
    for (int value = 0; value < 256; value++) {
        seen += count[value];
        if (seen > below)
            return value;
    }
    return 255;
}

static double median(const uint32_t count[256], uint32_t n)
{
    return n == 0 ? 0 : 0.5 * (ranked(count, (n - 1) / 2) + ranked(count, n / 2));
}

double ut_baseline_median(const struct ut_baseline *b)
{
    return median(b->count, b->n);
}

double ut_baseline_mad(const struct ut_baseline *b)
{
    /* distances in halves, since the median may lie between two values */
    uint32_t count[512] = {0}, seen = 0;
    if (b->n == 0)
        return 0;
    int doubled = (int)(2 * ut_baseline_median(b));
    for (int value = 0; value < 256; value++) {
        int distance = 2 * value - doubled;
        count[distance < 0 ? -distance : distance] += b->count[value];
    }
    int half = 0;
    for (; half < 511; half++) {
        seen += count[half];
        if (seen > (b->n - 1) / 2)
            break;
    }
    return 0.5 * half;
}

double ut_cue_loudness_dbfs(uint8_t loudness)
{
    static double middle[256];
    static bool ready;
    if (!ready) {
        int low[256], high[256];
        for (int i = 0; i < 256; i++)
            low[i] = high[i] = INT16_MAX;
        for (int level_q8 = INT16_MIN; level_q8 <= 0; level_q8++) {
            uint8_t at = ut_features_loudness((int16_t)level_q8);
            if (low[at] == INT16_MAX)
                low[at] = level_q8;
            high[at] = level_q8;
        }
        low[0] = high[0]; /* everything below the scale: its upper end */
        double last = 0;
        for (int i = 0; i < 256; i++) {
            if (low[i] != INT16_MAX)
                last = (low[i] + high[i]) / 512.0; /* Q8 */
            middle[i] = last;
        }
        ready = true;
    }
    return middle[loudness];
}

static double value(const struct ut_cue_engine *e, enum ut_param p)
{
    return e->config->value[p];
}

/* Seconds of the table in milliseconds. */
static int64_t ms(const struct ut_cue_engine *e, enum ut_param p)
{
    return llround(value(e, p) * 1000);
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
    for (int p = 0; p < 2; p++) {
        e->party[p].end_ms = -1;
        e->party[p].quiet_from_ms = -1;
    }
    for (int cue = 0; cue < UT_CUES; cue++) {
        e->slot[cue].hold_from_ms = -1;
        e->slot[cue].release_from_ms = -1;
    }
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
    m.frustration = sum[0] / (255.0 * n);
    m.delight = sum[1] / (255.0 * n);
    m.confidence = sum[2] / (255.0 * n);
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

/* How many lie in (now - window, now], and the begin of the first of them. */
static int recent(const struct ut_cue_history *h, int64_t now, int64_t window, int64_t *begin_ms)
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
    int32_t n = (int32_t)lround(value(e, UT_P_RAISED_VOICE_AVERAGE) * 1000 / UT_CUE_SCORE_MS);
    e->raise.valid = 0;
    if (c->level.n < needed || c->f0.n < needed / 2 || n < 1 || n > e->voice_count)
        return;
    double level = 0, f0 = 0;
    for (int32_t i = 1; i <= n; i++) {
        int32_t at = (e->voice_at - i + UT_CUE_SPEECH_MAX) % UT_CUE_SPEECH_MAX;
        level += ut_cue_loudness_dbfs(e->voice[at].loudness);
        f0 += (e->voice[at].f0 - 1) / 4.0; /* quarter semitones, offset 1 */
    }
    e->raise.valid = 1;
    e->raise.level_dbfs = level / n;
    e->raise.level_baseline = ut_cue_loudness_dbfs((uint8_t)lround(ut_baseline_median(&c->level)));
    e->raise.pitch = f0 / n;
    e->raise.pitch_baseline = (ut_baseline_median(&c->f0) - 1) / 4.0;
}

static void use_score(struct ut_cue_engine *e, const struct ut_wire_score *s)
{
    struct ut_cue_party *c = &e->party[UT_CUSTOMER], *a = &e->party[UT_AGENT];
    bool customer_speech = (s->flags & UT_WIRE_CUSTOMER_SPEECH) != 0;
    bool agent_speech = (s->flags & UT_WIRE_AGENT_SPEECH) != 0;
    e->newest = *s;
    e->step_scored = 1;
    settle(c, customer_speech, s->t_ms);
    settle(a, agent_speech, s->t_ms);
    if (agent_speech) {
        ut_baseline_add(&a->level, s->agent_level);
        if (s->agent_pace > 0)
            ut_baseline_add(&a->pace, s->agent_pace);
    }
    if (!customer_speech)
        return;
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
    if (((s->flags >> UT_WIRE_ABSTAIN_SHIFT) & 7) == UT_ABSTAIN_NONE) {
        struct ut_cue_speech *at = &e->speech[e->speech_at];
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

/* What a cue's conditions say at one time. */
struct judgement {
    bool on, off;
    bool speech_hold; /* the hold is counted in customer speech */
    int64_t begin_ms; /* -1 = when the on-condition began to hold */
};

static struct judgement judge(const struct ut_cue_engine *e, enum ut_cue cue, int64_t now)
{
    struct judgement j = {.begin_ms = -1};
    const struct ut_cue_party *c = &e->party[UT_CUSTOMER], *a = &e->party[UT_AGENT];
    switch (cue) {
    case UT_CUE_SILENCE:
        j.on = e->silence_from_ms >= 0 && now - e->silence_from_ms >= ms(e, UT_P_SILENCE_ON);
        j.off = (c->in_ipu && now - c->begin_ms >= ms(e, UT_P_SILENCE_OFF)) ||
                (a->in_ipu && now - a->begin_ms >= ms(e, UT_P_SILENCE_OFF));
        j.begin_ms = e->silence_from_ms;
        break;
    case UT_CUE_CONTINUOUS:
        j.off = e->floor_from_ms < 0;
        j.on = !j.off && now - e->floor_from_ms >= ms(e, UT_P_CONTINUOUS_ON);
        j.begin_ms = e->floor_from_ms;
        break;
    case UT_CUE_OVERLAPS: {
        int n = recent(&e->overlaps, now, ms(e, UT_P_OVERLAPS_WINDOW), &j.begin_ms);
        j.on = n >= value(e, UT_P_OVERLAPS_ON) ||
               (e->talk_hops >= e->talk_window && e->talk_overlapped >= value(e, UT_P_OVERLAPS_SHARE) * e->talk_window);
        j.off = !e->overlap_open && (e->overlap_end_ms < 0 || now - e->overlap_end_ms >= ms(e, UT_P_OVERLAPS_OFF));
        break;
    }
    case UT_CUE_INTERRUPTING: {
        int n = recent(&e->interruptions, now, ms(e, UT_P_INTERRUPTING_WINDOW), &j.begin_ms);
        int last = e->interruptions.count - 1;
        j.on = n >= value(e, UT_P_INTERRUPTING_ON);
        j.off = last < 0 || now - e->interruptions.t_ms[last] >= ms(e, UT_P_INTERRUPTING_OFF);
        break;
    }
    case UT_CUE_RAISED_VOICE: {
        double above = e->raise.level_dbfs - e->raise.level_baseline;
        j.speech_hold = true;
        j.on = e->raise.valid && above >= value(e, UT_P_RAISED_VOICE_ON) &&
               e->raise.pitch - e->raise.pitch_baseline >= value(e, UT_P_RAISED_VOICE_PITCH);
        j.off = !e->raise.valid || above < value(e, UT_P_RAISED_VOICE_OFF) || !c->in_ipu;
        break;
    }
    case UT_CUE_EMPATHY:
        j.speech_hold = true;
        j.on = e->fast.valid && e->fast.frustration >= value(e, UT_P_EMPATHY_ON) &&
               e->fast.confidence >= value(e, UT_P_EMPATHY_CONFIDENCE);
        j.off = !e->fast.valid || e->fast.frustration <= value(e, UT_P_EMPATHY_OFF);
        break;
    case UT_CUE_POSITIVE:
        j.speech_hold = true;
        j.on = e->fast.valid && e->fast.delight >= value(e, UT_P_POSITIVE_ON) &&
               e->fast.confidence >= value(e, UT_P_POSITIVE_CONFIDENCE);
        j.off = !e->fast.valid || e->fast.delight <= value(e, UT_P_POSITIVE_OFF);
        break;
    case UT_CUES:
        break;
    }
    return j;
}

static void evidence(struct ut_cue_change *c, const char *feature, double measured, const char *unit,
                     const double *baseline, double contribution)
{
    if (c->evidence_count == UT_CUE_EVIDENCE_MAX)
        return;
    struct ut_cue_evidence *out = &c->evidence[c->evidence_count++];
    out->feature = feature;
    out->value = measured;
    out->unit = unit;
    out->has_baseline = baseline != NULL;
    out->baseline = baseline != NULL ? *baseline : 0;
    out->contribution = contribution;
}

const char *ut_cue_group_name(int group)
{
    static const char *const names[UT_GROUPS] = {
        [UT_GROUP_LEVEL] = "loudness",
        [UT_GROUP_LEVEL_MOVE] = "loudness_changes",
        [UT_GROUP_PITCH] = "pitch",
        [UT_GROUP_PITCH_MOVE] = "pitch_slope",
        [UT_GROUP_VOICING] = "voicing",
        [UT_GROUP_PACE] = "pace",
        [UT_GROUP_LOW_BANDS] = "energy_below_500_hz",
        [UT_GROUP_MID_BANDS] = "energy_500_2000_hz",
        [UT_GROUP_HIGH_BANDS] = "energy_above_2_khz",
    };
    return group > UT_GROUP_NONE && group < UT_GROUPS ? names[group] : "";
}

/* The classifier's two strongest groups over the cue's hold, towards frustration (sign 1) or delight (-1). */
static void evidence_groups(const struct ut_cue_engine *e, struct ut_cue_change *c, int sign, enum ut_param hold)
{
    int32_t sum[UT_GROUPS] = {0};
    int32_t n = (int32_t)(ms(e, hold) / UT_CUE_SCORE_MS);
    if (n < 1)
        n = 1;
    if (n > e->speech_count)
        n = e->speech_count;
    for (int32_t i = 1; i <= n; i++) {
        const struct ut_cue_speech *s = &e->speech[(e->speech_at - i + UT_CUE_SPEECH_MAX) % UT_CUE_SPEECH_MAX];
        for (int k = 0; k < 2; k++)
            if (s->group[k] > UT_GROUP_NONE && s->group[k] < UT_GROUPS)
                sum[s->group[k]] += sign * s->contribution[k];
    }
    for (int found = 0; found < 2; found++) {
        int best = UT_GROUP_NONE;
        for (int g = 1; g < UT_GROUPS; g++)
            if (sum[g] > 0 && (best == UT_GROUP_NONE || sum[g] > sum[best]))
                best = g;
        if (best == UT_GROUP_NONE)
            return;
        double log_odds = sum[best] / (64.0 * n); /* Q6 */
        double pace = e->newest.customer_pace / 16.0;
        double pace_baseline = ut_baseline_median(&e->party[UT_CUSTOMER].pace) / 16.0;
        if (best == UT_GROUP_LEVEL && e->raise.valid)
            evidence(c, ut_cue_group_name(best), e->raise.level_dbfs, "dBFS", &e->raise.level_baseline, log_odds);
        else if (best == UT_GROUP_PITCH && e->raise.valid)
            evidence(c, ut_cue_group_name(best), e->raise.pitch, "semitones", &e->raise.pitch_baseline, log_odds);
        else if (best == UT_GROUP_PACE && e->raise.valid)
            evidence(c, ut_cue_group_name(best), pace, "syllables/s", &pace_baseline, log_odds);
        else
            evidence(c, ut_cue_group_name(best), log_odds, "log-odds", NULL, log_odds);
        sum[best] = 0;
    }
}

/* Rule and evidence of an opening. */
static void explain(const struct ut_cue_engine *e, struct ut_cue_change *c, int64_t now)
{
    const double *v = e->config->value;
    int64_t begin;
    switch (c->cue) {
    case UT_CUE_SILENCE: {
        double s = (double)(now - e->silence_from_ms) / 1000;
        snprintf(c->rule, sizeof c->rule, "both silent >= %g s", v[UT_P_SILENCE_ON]);
        evidence(c, "both_silent", s, "s", NULL, s / v[UT_P_SILENCE_ON]);
        break;
    }
    case UT_CUE_CONTINUOUS: {
        double s = (double)(now - e->floor_from_ms) / 1000;
        snprintf(c->rule, sizeof c->rule,
                 "agent holds the floor >= %g s without a pause >= %g s or customer speech >= %g s",
                 v[UT_P_CONTINUOUS_ON], v[UT_P_CONTINUOUS_OFF], v[UT_P_CONTINUOUS_OTHER]);
        evidence(c, "agent_floor", s, "s", NULL, s / v[UT_P_CONTINUOUS_ON]);
        break;
    }
    case UT_CUE_OVERLAPS: {
        int n = recent(&e->overlaps, now, ms(e, UT_P_OVERLAPS_WINDOW), &begin);
        snprintf(c->rule, sizeof c->rule, "overlaps >= %g in %g s, or >= %g %% of the last %g s of talk",
                 v[UT_P_OVERLAPS_ON], v[UT_P_OVERLAPS_WINDOW], 100 * v[UT_P_OVERLAPS_SHARE], v[UT_P_OVERLAPS_WINDOW]);
        evidence(c, "overlaps", n, "count", NULL, n / v[UT_P_OVERLAPS_ON]);
        if (e->talk_hops >= e->talk_window) {
            double share = (double)e->talk_overlapped / e->talk_window;
            evidence(c, "overlap_share", 100 * share, "%", NULL, share / v[UT_P_OVERLAPS_SHARE]);
        }
        break;
    }
    case UT_CUE_INTERRUPTING: {
        int n = recent(&e->interruptions, now, ms(e, UT_P_INTERRUPTING_WINDOW), &begin);
        snprintf(c->rule, sizeof c->rule, "interruptions by the agent >= %g in %g s", v[UT_P_INTERRUPTING_ON],
                 v[UT_P_INTERRUPTING_WINDOW]);
        evidence(c, "interruptions", n, "count", NULL, n / v[UT_P_INTERRUPTING_ON]);
        break;
    }
    case UT_CUE_RAISED_VOICE:
        snprintf(c->rule, sizeof c->rule, "loudness >= baseline + %g dB and pitch >= baseline + %g semitones for %g s",
                 v[UT_P_RAISED_VOICE_ON], v[UT_P_RAISED_VOICE_PITCH], v[UT_P_RAISED_VOICE_HOLD]);
        evidence(c, "loudness", e->raise.level_dbfs, "dBFS", &e->raise.level_baseline,
                 (e->raise.level_dbfs - e->raise.level_baseline) / v[UT_P_RAISED_VOICE_ON]);
        evidence(c, "pitch", e->raise.pitch, "semitones", &e->raise.pitch_baseline,
                 v[UT_P_RAISED_VOICE_PITCH] > 0
                     ? (e->raise.pitch - e->raise.pitch_baseline) / v[UT_P_RAISED_VOICE_PITCH]
                     : 1);
        break;
    case UT_CUE_EMPATHY:
        snprintf(c->rule, sizeof c->rule, "frustration over %g s >= %g and confidence >= %g for %g s of speech",
                 v[UT_P_SCORE_FAST], v[UT_P_EMPATHY_ON], v[UT_P_EMPATHY_CONFIDENCE], v[UT_P_EMPATHY_HOLD]);
        evidence(c, "frustration", e->fast.frustration, "score", NULL, e->fast.frustration);
        evidence_groups(e, c, 1, UT_P_EMPATHY_HOLD);
        break;
    case UT_CUE_POSITIVE:
        snprintf(c->rule, sizeof c->rule, "delight over %g s >= %g and confidence >= %g for %g s of speech",
                 v[UT_P_SCORE_FAST], v[UT_P_POSITIVE_ON], v[UT_P_POSITIVE_CONFIDENCE], v[UT_P_POSITIVE_HOLD]);
        evidence(c, "delight", e->fast.delight, "score", NULL, e->fast.delight);
        evidence_groups(e, c, -1, UT_P_POSITIVE_HOLD);
        break;
    case UT_CUES:
        break;
    }
}

static void suppressed(struct ut_cue_engine *e, enum ut_cue cue, int64_t now, const char *reason)
{
    struct ut_cue_change c = e->slot[cue].opening;
    c.what = UT_CUE_SUPPRESSED;
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
        if (!budget_left(e, now)) {
            s->screen = UT_SLOT_DONE;
            suppressed(e, (enum ut_cue)cue, now, "the budget of cues shown is spent");
            continue;
        }
        if (e->visible != UT_CUES && !gives_way && !(shown_enough && cue < (int)e->visible))
            return;
        hide(e, now);
        e->visible = (enum ut_cue)cue;
        e->visible_from_ms = now;
        s->screen = UT_SLOT_VISIBLE;
        if (e->popup_count == UT_CUE_POPUPS_MAX) {
            memmove(e->popup_ms, e->popup_ms + 1, sizeof e->popup_ms - sizeof e->popup_ms[0]);
            e->popup_count--;
        }
        e->popup_ms[e->popup_count++] = now;
        return;
    }
}

static void close_cue(struct ut_cue_engine *e, enum ut_cue cue, int64_t now, int call_ended)
{
    struct ut_cue_slot *s = &e->slot[cue];
    s->open = 0;
    s->hold_from_ms = -1;
    s->hold_speech_ms = 0;
    s->release_from_ms = -1;
    s->refractory_until_ms = now + ms(e, ut_cue_param(cue) + UT_COMMON_REFRACTORY);
    if (s->screen == UT_SLOT_WAITING) {
        s->screen = UT_SLOT_DONE;
        suppressed(e, cue, now, "another cue was visible until it closed");
    }
    struct ut_cue_change c = s->opening;
    c.what = UT_CUE_CLOSED;
    c.t_ms = now;
    c.call_ended = call_ended;
    c.shown_ms = s->screen == UT_SLOT_VISIBLE ? now - e->visible_from_ms : s->shown_ms;
    e->sink(e->ctx, &c);
}

/* Advances one cue's state machine. Returns true when it opened. */
static bool advance_cue(struct ut_cue_engine *e, enum ut_cue cue, int64_t now)
{
    struct ut_cue_slot *s = &e->slot[cue];
    enum ut_param first = ut_cue_param(cue);
    if (value(e, first + UT_COMMON_ENABLED) < 0.5)
        return false;
    struct judgement j = judge(e, cue, now);
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
    bool speech = e->step_scored && (e->newest.flags & UT_WIRE_CUSTOMER_SPEECH) != 0;
    if (j.speech_hold) {
        if (!speech)
            return false;
        s->hold_speech_ms = on ? s->hold_speech_ms + UT_CUE_SCORE_MS : 0;
        if (s->hold_speech_ms == UT_CUE_SCORE_MS)
            s->hold_from_ms = now - UT_CUE_SCORE_MS;
    } else if (!on) {
        s->hold_from_ms = -1;
    } else if (s->hold_from_ms < 0) {
        s->hold_from_ms = now;
    }
    int64_t held = j.speech_hold ? s->hold_speech_ms : now - s->hold_from_ms;
    if (!on || held < ms(e, first + UT_COMMON_HOLD) || now < s->refractory_until_ms)
        return false;
    s->open = 1;
    s->release_from_ms = -1;
    s->screen = UT_SLOT_WAITING;
    s->shown_ms = 0;
    memset(&s->opening, 0, sizeof s->opening);
    s->opening.what = UT_CUE_OPENED;
    s->opening.cue = cue;
    s->opening.t_ms = s->opening.opened_ms = now;
    s->opening.begin_ms = j.begin_ms >= 0 ? j.begin_ms : s->hold_from_ms;
    explain(e, &s->opening, now);
    return true;
}

static void step(struct ut_cue_engine *e)
{
    int64_t now = e->grid_ms + UT_CUE_GRID_MS;
    bool opened[UT_CUES];
    if (e->party[UT_CUSTOMER].in_ipu || e->party[UT_AGENT].in_ipu)
        talk_add(e, e->overlap_open);
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
    for (int cue = 0; cue < UT_CUES; cue++)
        opened[cue] = advance_cue(e, (enum ut_cue)cue, now);
    arbitrate(e, now);
    for (int cue = 0; cue < UT_CUES; cue++) {
        if (!opened[cue])
            continue;
        struct ut_cue_slot *s = &e->slot[cue];
        s->opening.display = s->screen == UT_SLOT_VISIBLE   ? UT_DISPLAY_SHOWN
                             : s->screen == UT_SLOT_WAITING ? UT_DISPLAY_WAITING
                                                            : UT_DISPLAY_BUDGET;
        e->sink(e->ctx, &s->opening);
    }
    e->grid_ms = now;
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
