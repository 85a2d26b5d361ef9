/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/memory.h"

#include "dsp/two_channels.h"
#include "firmware/engine.h"
#include "host-tools/cues/forecast.h"
#include "host-tools/cues/readings.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { NO_SOUND = 200 }; /* code of the agent's level: -100 dBFS */

static double value(const struct ut_cue_memory *m, enum ut_param p)
{
    return m->config->value[p];
}

static int64_t ms(const struct ut_cue_memory *m, enum ut_param p)
{
    return ut_config_ms(m->config, p);
}

static int32_t score_records(const struct ut_cue_memory *m, enum ut_param p)
{
    int32_t n = (int32_t)lround(value(m, p) * 1000 / UT_CUE_SCORE_MS);
    return n < 1 ? 1 : n;
}

/* Score records of speech before what is usual is known. */
static double needed(const struct ut_cue_memory *m)
{
    return value(m, UT_P_BASELINE_MINIMUM) * 1000 / UT_CUE_SCORE_MS;
}

int ut_cue_memory_settled(const struct ut_cue_memory *m, int party)
{
    return m->party[party].level.n >= needed(m);
}

void ut_cue_memory_init(struct ut_cue_memory *m, const struct ut_config *config)
{
    memset(m, 0, sizeof *m);
    m->config = config;
    ut_hold_init(&m->hold, config);
    ut_hesitation_init(&m->hesitation, config);
    m->from_ms = -1;
    m->silence_from_ms = -1;
    m->floor_from_ms = -1;
    m->customer_long_end_ms = -1;
    m->overlap_end_ms = -1;
    m->talk_window = (int32_t)(ms(m, UT_P_OVERLAPS_WINDOW) / UT_CUE_GRID_MS);
    m->share_window = (int32_t)(ms(m, UT_P_TALK_RATIO_WINDOW) / UT_CUE_GRID_MS);
    m->turn_party = UT_BOTH;
    m->agent_reply_end_ms = -1;
    m->usual_frustration = value(m, UT_P_SCORE_USUAL);
    m->delight_max = -1;
    for (int p = 0; p < 2; p++) {
        m->party[p].end_ms = -1;
        m->party[p].quiet_from_ms = -1;
    }
}

void ut_cue_memory_next(struct ut_cue_memory *m)
{
    unsigned unheard = m->hold.unheard;
    struct ut_baseline level = m->party[UT_AGENT].level, pace = m->party[UT_AGENT].pace;
    ut_cue_memory_init(m, m->config);
    m->party[UT_AGENT].level = level;
    m->party[UT_AGENT].pace = pace;
    m->hold.unheard = unheard;
}

const struct ut_cue_speech *ut_cue_memory_speech(const struct ut_cue_memory *m, int32_t back)
{
    return &m->speech[(m->speech_at - back + UT_CUE_SPEECH_MAX) % UT_CUE_SPEECH_MAX];
}

struct ut_cue_means ut_cue_memory_means(const struct ut_cue_memory *m, double seconds)
{
    struct ut_cue_means means = {0};
    int32_t n = (int32_t)lround(seconds * 1000 / UT_CUE_SCORE_MS);
    if (n < 1 || n > m->speech_count)
        return means;
    int32_t sum[3] = {0};
    for (int32_t i = 1; i <= n; i++) {
        const struct ut_cue_speech *s = ut_cue_memory_speech(m, i);
        sum[0] += s->frustration;
        sum[1] += s->delight;
        sum[2] += s->confidence;
    }
    means.valid = 1;
    means.frustration = ut_readings_mean_share(sum[0], n);
    means.delight = ut_readings_mean_share(sum[1], n);
    means.confidence = ut_readings_mean_share(sum[2], n);
    return means;
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

int ut_cue_memory_recent(const struct ut_cue_memory *m, const struct ut_cue_history *h, int64_t window,
                         int64_t *begin_ms)
{
    int n = 0;
    while (n < h->count && h->t_ms[h->count - 1 - n] > m->now_ms - window)
        n++;
    if (begin_ms != NULL)
        *begin_ms = n > 0 ? h->begin_ms[h->count - n] : m->now_ms;
    return n;
}

static void talk_add(struct ut_cue_memory *m, bool overlapped)
{
    if (m->talk_hops >= m->talk_window) {
        int32_t oldest = (m->talk_at - m->talk_window + UT_CUE_TALK_HOPS) % UT_CUE_TALK_HOPS;
        m->talk_overlapped -= m->talk[oldest];
    } else {
        m->talk_hops++;
    }
    m->talk[m->talk_at] = overlapped;
    m->talk_overlapped += overlapped;
    m->talk_at = (m->talk_at + 1) % UT_CUE_TALK_HOPS;
}

static void share_add(struct ut_cue_memory *m, int talking)
{
    if (m->share_hops >= m->share_window) {
        int oldest = m->share[(m->share_at - m->share_window + UT_CUE_TALK_HOPS) % UT_CUE_TALK_HOPS];
        m->share_talk[0] -= oldest & 1;
        m->share_talk[1] -= oldest >> 1;
    } else {
        m->share_hops++;
    }
    m->share[m->share_at] = (uint8_t)talking;
    m->share_talk[0] += talking & 1;
    m->share_talk[1] += talking >> 1;
    m->share_at = (m->share_at + 1) % UT_CUE_TALK_HOPS;
}

/* The overlap has reached its length: the hops behind it belong to it. */
static void talk_mark(struct ut_cue_memory *m, int32_t hops)
{
    for (int32_t i = 1; i <= hops && i <= m->talk_hops; i++) {
        uint8_t *hop = &m->talk[(m->talk_at - i + UT_CUE_TALK_HOPS) % UT_CUE_TALK_HOPS];
        m->talk_overlapped += *hop == 0;
        *hop = 1;
    }
}

void ut_cue_memory_open_hop(struct ut_cue_memory *m, int64_t begin_ms)
{
    int talking = m->party[UT_CUSTOMER].in_ipu << UT_CUSTOMER | m->party[UT_AGENT].in_ipu << UT_AGENT;
    if (m->from_ms < 0)
        m->from_ms = begin_ms;
    m->now_ms = begin_ms + UT_CUE_GRID_MS;
    if (talking != 0)
        talk_add(m, m->overlap_open);
    if (!m->hold.open) /* time on hold is in nobody's share */
        share_add(m, talking);
    m->hop_scored = 0;
}

/* What lay between the customer's IPU and the last one of either: a pause, or his time to answer. */
static void customer_begins(struct ut_cue_memory *m)
{
    const struct ut_cue_party *c = &m->party[UT_CUSTOMER], *a = &m->party[UT_AGENT];
    int64_t last = c->end_ms > a->end_ms ? c->end_ms : a->end_ms;
    if (m->hold.open || m->hold.span.end_ms > last)
        ut_hesitation_break(&m->hesitation);
    ut_hesitation_begins(&m->hesitation, a->in_ipu || last < 0 ? -1 : c->begin_ms - last, a->end_ms > c->end_ms);
}

void ut_cue_memory_turn(struct ut_cue_memory *m, const struct ut_wire_turn *t)
{
    struct ut_cue_party *p = t->party < UT_BOTH ? &m->party[t->party] : NULL;
    switch (t->kind) {
    case UT_TURN_IPU_START:
        if (p == NULL)
            break;
        p->in_ipu = 1;
        p->unsure = 0;
        p->quiet_from_ms = -1;
        p->begin_ms = t->begin_ms;
        if (p == &m->party[UT_CUSTOMER])
            customer_begins(m);
        if (p == &m->party[UT_AGENT] && p->begin_ms - p->end_ms >= ms(m, UT_P_CONTINUOUS_OFF))
            m->floor_lost = 1;
        break;
    case UT_TURN_IPU_END:
        if (p == NULL)
            break;
        p->in_ipu = 0;
        p->begin_ms = t->begin_ms;
        p->end_ms = t->end_ms;
        if (p == &m->party[UT_CUSTOMER])
            ut_hesitation_ends(&m->hesitation, (int64_t)t->end_ms - t->begin_ms);
        else
            ut_hesitation_agent(&m->hesitation, (int64_t)t->end_ms - t->begin_ms);
        if (p == &m->party[UT_CUSTOMER] && (int64_t)t->end_ms - t->begin_ms >= ms(m, UT_P_CONTINUOUS_OTHER)) {
            m->customer_long_end_ms = t->end_ms;
            m->floor_lost = 1;
        }
        if (p == &m->party[UT_AGENT] && (int64_t)t->end_ms - t->begin_ms >= ms(m, UT_P_SLOW_RESPONSE_OFF))
            m->agent_reply_end_ms = t->end_ms;
        break;
    case UT_TURN_START:
        m->turn_party = t->party;
        m->turn_begin_ms = t->begin_ms;
        break;
    case UT_TURN_OVERLAP_START:
        remember(&m->overlaps, (int64_t)t->begin_ms + UT_TURNS_OVERLAP_MS, t->begin_ms);
        talk_mark(m, UT_TURNS_OVERLAP_MS / UT_CUE_GRID_MS);
        m->overlap_open = 1;
        break;
    case UT_TURN_OVERLAP_END:
        m->overlap_open = 0;
        m->overlap_end_ms = t->end_ms;
        break;
    case UT_TURN_INTERRUPTION:
        if (t->party == UT_AGENT)
            remember(&m->interruptions, t->end_ms, t->begin_ms);
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

static void use_raise(struct ut_cue_memory *m)
{
    const struct ut_cue_party *c = &m->party[UT_CUSTOMER];
    int32_t n = score_records(m, UT_P_RAISED_VOICE_AVERAGE);
    m->raise.valid = 0;
    if (!ut_cue_memory_settled(m, UT_CUSTOMER) || c->f0.n < needed(m) / 2 || n > m->voice_count)
        return;
    double level = 0, f0 = 0;
    for (int32_t i = 1; i <= n; i++) {
        int32_t at = (m->voice_at - i + UT_CUE_SPEECH_MAX) % UT_CUE_SPEECH_MAX;
        level += ut_readings_loudness_dbfs(m->voice[at].loudness);
        f0 += ut_readings_semitones(m->voice[at].f0);
    }
    m->raise.valid = 1;
    m->raise.level_dbfs = level / n;
    m->raise.level_baseline = ut_readings_loudness_dbfs((uint8_t)lround(ut_baseline_median(&c->level)));
    m->raise.pitch = f0 / n;
    m->raise.pitch_baseline = ut_readings_semitones(ut_baseline_median(&c->f0));
}

/* The agent's side: level, clipping and pace, nothing else. */
static void use_agent(struct ut_cue_memory *m, const struct ut_wire_score *s)
{
    struct ut_cue_party *a = &m->party[UT_AGENT];
    ut_baseline_add(&a->level, s->agent_level);
    if (s->agent_pace > 0)
        ut_baseline_add(&a->pace, s->agent_pace);
    m->mic[m->mic_at].level = s->agent_level;
    m->mic[m->mic_at].clipped = (uint8_t)ut_wire_clipped(s, UT_AGENT);
    m->mic_at = (m->mic_at + 1) % UT_CUE_MIC_MAX;
    if (m->mic_count < UT_CUE_MIC_MAX)
        m->mic_count++;
    int32_t low = score_records(m, UT_P_MIC_LOW_AVERAGE), high = score_records(m, UT_P_MIC_HIGH_AVERAGE);
    m->microphone.level_valid = ut_cue_memory_settled(m, UT_AGENT) && low <= m->mic_count;
    m->microphone.clipped_valid = high <= m->mic_count;
    int32_t level = 0, clipped = 0;
    for (int32_t i = 1; i <= low || i <= high; i++) {
        int32_t at = (m->mic_at - i + UT_CUE_MIC_MAX) % UT_CUE_MIC_MAX;
        level += i <= low ? m->mic[at].level : 0;
        clipped += i <= high ? m->mic[at].clipped : 0;
    }
    m->microphone.level_dbfs = ut_readings_level_dbfs((double)level / low);
    m->microphone.baseline = ut_readings_level_dbfs(ut_baseline_median(&a->level));
    m->microphone.clipped = (double)clipped / high;
    m->pace.valid = ut_cue_memory_settled(m, UT_AGENT) && a->pace.n > 0 && s->agent_pace > 0;
    m->pace.now = ut_readings_pace(s->agent_pace);
    m->pace.baseline = ut_readings_pace(ut_baseline_median(&a->pace));
    m->pace.sigma =
        fmax(UT_SIGMA_OF_MAD * ut_readings_pace(ut_baseline_mad(&a->pace)), value(m, UT_P_BASELINE_PACE_SIGMA));
}

/* Slope, forecast and maximum from the slow averages of the score records. */
static void use_slow(struct ut_cue_memory *m, int64_t t_ms)
{
    int32_t now = m->slows_at;
    m->slows[now].t_ms = t_ms;
    m->slows[now].valid = m->slow.valid;
    m->slows[now].frustration = m->slow.frustration;
    m->slows[now].delight = m->slow.delight;
    m->slows_at = (now + 1) % UT_CUE_SLOW_MAX;
    if (m->slows_count < UT_CUE_SLOW_MAX)
        m->slows_count++;
    int32_t back = score_records(m, UT_P_SCORE_SLOPE), past = (now - back + UT_CUE_SLOW_MAX) % UT_CUE_SLOW_MAX;
    double seconds = (double)(t_ms - m->slows[past].t_ms) / 1000;
    m->slope_valid = m->slow.valid && back < m->slows_count && m->slows[past].valid && seconds > 0 &&
                     seconds < value(m, UT_P_SCORE_SLOPE) + 1;
    m->slope = m->slope_valid ? 10 * (m->slow.frustration - m->slows[past].frustration) / seconds : 0;
    const double input[UT_FORECAST_INPUTS] = {[UT_FORECAST_SLOW] = m->slow.frustration,
                                              [UT_FORECAST_SLOPE] = m->slope,
                                              [UT_FORECAST_FAST] = m->fast.frustration,
                                              [UT_FORECAST_CONFIDENCE] = m->fast.confidence};
    m->forecast = m->slope_valid ? ut_forecast(input) : 0;
    m->delight_max = -1;
    for (int32_t i = 0; i < m->slows_count; i++) {
        int32_t at = (now - i + UT_CUE_SLOW_MAX) % UT_CUE_SLOW_MAX;
        if (t_ms - m->slows[at].t_ms >= ms(m, UT_P_GOOD_MOMENT_WINDOW))
            break;
        if (m->slows[at].valid && m->slows[at].delight > m->delight_max) {
            m->delight_max = m->slows[at].delight;
            m->delight_max_ms = m->slows[at].t_ms;
        }
    }
}

static void use_abstain(struct ut_cue_memory *m, int abstain)
{
    bool counts = abstain > UT_ABSTAIN_NONE && abstain <= UT_ABSTAIN_MIXED &&
                  (abstain != UT_ABSTAIN_LITTLE || value(m, UT_P_PAUSED_LITTLE) > 0.5);
    if (counts)
        m->abstain = abstain;
    m->no_score = counts ? m->no_score + 1 : 0;
    m->clear = counts ? 0 : m->clear + 1;
}

/* Of whom it was that has been remembered of the two cannot be told: windows begin anew when they are told apart. */
static void forget_two(struct ut_cue_memory *m, int64_t t_ms)
{
    m->overlaps.count = m->interruptions.count = 0;
    m->overlap_end_ms = -1;
    m->talk_hops = m->talk_overlapped = 0;
    m->share_hops = m->share_talk[UT_CUSTOMER] = m->share_talk[UT_AGENT] = 0;
    m->turn_party = UT_BOTH;
    m->customer_long_end_ms = t_ms;
    m->floor_lost = 1;
    ut_hesitation_init(&m->hesitation, m->config);
}

/* A caller whose voice always sounds a little angry to the classifier is measured against that. */
static void use_usual(struct ut_cue_memory *m)
{
    double known = value(m, UT_P_SCORE_USUAL_WEIGHT) * 1000 / UT_CUE_SCORE_MS;
    m->usual_frustration =
        (known * value(m, UT_P_SCORE_USUAL) + m->frustration_sum) / (known + (double)m->frustration_count);
}

static void use_customer(struct ut_cue_memory *m, const struct ut_wire_score *s)
{
    struct ut_cue_party *c = &m->party[UT_CUSTOMER];
    ut_baseline_add(&c->level, s->customer_loudness);
    if (s->customer_pace > 0)
        ut_baseline_add(&c->pace, s->customer_pace);
    ut_hesitation_score(&m->hesitation, s, &c->pace);
    if (s->customer_f0 > 0) {
        ut_baseline_add(&c->f0, s->customer_f0);
        m->voice[m->voice_at].loudness = s->customer_loudness;
        m->voice[m->voice_at].f0 = s->customer_f0;
        m->voice_at = (m->voice_at + 1) % UT_CUE_SPEECH_MAX;
        if (m->voice_count < UT_CUE_SPEECH_MAX)
            m->voice_count++;
    }
    if (ut_wire_abstain(s) == UT_ABSTAIN_NONE) {
        struct ut_cue_speech *at = &m->speech[m->speech_at];
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
        m->frustration_sum += ut_readings_share(s->frustration);
        m->frustration_count++;
        use_usual(m);
        m->speech_at = (m->speech_at + 1) % UT_CUE_SPEECH_MAX;
        if (m->speech_count < UT_CUE_SPEECH_MAX)
            m->speech_count++;
    }
    m->fast = ut_cue_memory_means(m, value(m, UT_P_SCORE_FAST));
    m->slow = ut_cue_memory_means(m, value(m, UT_P_SCORE_SLOW));
    use_raise(m);
}

/* What spoke for long before the agent's first word was an announcement: by its place in the call, whatever its
 * voice. */
static void answer(struct ut_cue_memory *m)
{
    struct ut_cue_party *c = &m->party[UT_CUSTOMER];
    m->answered = 1;
    if (m->early == 0 || (int64_t)m->early * UT_CUE_SCORE_MS < ms(m, UT_P_HOLD_ANNOUNCEMENT))
        return;
    memset(&c->level, 0, sizeof c->level);
    memset(&c->pace, 0, sizeof c->pace);
    memset(&c->f0, 0, sizeof c->f0);
    ut_hesitation_init(&m->hesitation, m->config);
    m->speech_count = m->voice_count = m->slows_count = 0;
    m->frustration_sum = 0;
    m->frustration_count = 0;
    use_usual(m);
    m->fast.valid = m->slow.valid = m->raise.valid = m->slope_valid = 0;
    m->delight_max = -1;
}

void ut_cue_memory_channels(struct ut_cue_memory *m, int channels)
{
    m->leg_silent = channels == UT_CHANNELS_SILENT || channels == UT_CHANNELS_ONE;
}

int ut_cue_memory_unanswered(const struct ut_cue_memory *m)
{
    return m->agent_there && !m->answered && !m->leg_silent && (m->hold.unheard >> UT_AGENT & 1) == 0;
}

void ut_cue_memory_score(struct ut_cue_memory *m, const struct ut_wire_score *s)
{
    struct ut_cue_party *c = &m->party[UT_CUSTOMER], *a = &m->party[UT_AGENT];
    bool customer_speech = ut_wire_speaks(s, UT_CUSTOMER);
    bool agent_speech = ut_wire_speaks(s, UT_AGENT);
    m->newest = *s;
    m->hop_scored = 1;
    settle(c, customer_speech, s->t_ms);
    settle(a, agent_speech, s->t_ms);
    if (ut_wire_abstain(s) == UT_ABSTAIN_MIXED) { /* nobody's voice is to be learnt from both */
        customer_speech = agent_speech = false;
        forget_two(m, s->t_ms);
    }
    if (m->hold.open) /* scraps of music are no voice */
        customer_speech = agent_speech = false;
    m->agent_there |= s->agent_level < NO_SOUND;
    m->early += customer_speech && ut_cue_memory_unanswered(m);
    if (agent_speech)
        use_agent(m, s);
    if (customer_speech)
        use_customer(m, s);
    use_slow(m, s->t_ms);
    use_abstain(m, ut_wire_abstain(s));
}

static struct ut_hold_talk talk_of(const struct ut_cue_party *p)
{
    return (struct ut_hold_talk){p->in_ipu != 0, p->begin_ms, p->end_ms, &p->level};
}

/* Whether the call is on hold, who is silent and who has the floor now, from the IPUs. */
void ut_cue_memory_close_hop(struct ut_cue_memory *m)
{
    const struct ut_cue_party *c = &m->party[UT_CUSTOMER], *a = &m->party[UT_AGENT];
    const struct ut_hold_talk who[2] = {[UT_CUSTOMER] = talk_of(c), [UT_AGENT] = talk_of(a)};
    ut_hold_hop(&m->hold, m->now_ms, who, m->hop_scored ? &m->newest : NULL);
    if (!m->answered && m->hold.spoken[UT_AGENT])
        answer(m);
    if (c->in_ipu || a->in_ipu) {
        m->silence_from_ms = -1;
    } else {
        int64_t last = c->end_ms > a->end_ms ? c->end_ms : a->end_ms;
        last = m->hold.span.end_ms > last ? m->hold.span.end_ms : last;
        m->silence_from_ms = last >= 0 ? last : m->from_ms;
    }
    bool taken = c->in_ipu && m->now_ms - c->begin_ms >= ms(m, UT_P_CONTINUOUS_OTHER);
    bool paused = !a->in_ipu && (a->end_ms < 0 || m->now_ms - a->end_ms >= ms(m, UT_P_CONTINUOUS_OFF));
    if (taken || paused || m->floor_lost)
        m->floor_from_ms = -1;
    else if (m->floor_from_ms < 0 && a->in_ipu)
        m->floor_from_ms = a->begin_ms > m->customer_long_end_ms ? a->begin_ms : m->customer_long_end_ms;
    m->floor_lost = 0;
}

void ut_cue_memory_unscore(struct ut_cue_memory *m)
{
    memset(m->speech, 0, sizeof m->speech);
    memset(m->slows, 0, sizeof m->slows);
    m->speech_at = m->speech_count = m->slows_at = m->slows_count = 0;
    m->fast = m->slow = (struct ut_cue_means){0};
    m->slope_valid = 0;
    m->slope = m->forecast = 0;
    m->delight_max = -1;
    m->openings[UT_CUE_EMPATHY].count = 0;
    m->newest.frustration = m->newest.delight = m->newest.confidence = 0;
    memset(m->newest.top, 0, sizeof m->newest.top);
}

void ut_cue_memory_gap(struct ut_cue_memory *m)
{
    m->party[UT_CUSTOMER].unsure = 1;
    m->party[UT_AGENT].unsure = 1;
    ut_hesitation_break(&m->hesitation);
}

void ut_cue_memory_opening(struct ut_cue_memory *m, enum ut_cue cue, int64_t begin_ms)
{
    remember(&m->openings[cue], m->now_ms, begin_ms);
}

int ut_cue_memory_speaks(const struct ut_cue_memory *m, int party)
{
    return m->hop_scored && !m->hold.open && ut_wire_speaks(&m->newest, party);
}
