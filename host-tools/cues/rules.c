/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/rules.h"

#include "firmware/engine.h"
#include "host-tools/cues/catalogue.h"
#include "host-tools/cues/readings.h"
#include "models/infer.h"

#include <stdbool.h>
#include <stddef.h>

static double value(const struct ut_cue_memory *m, enum ut_param p)
{
    return m->config->value[p];
}

static int64_t ms(const struct ut_cue_memory *m, enum ut_param p)
{
    return ut_config_ms(m->config, p);
}

static double agent_share(const struct ut_cue_memory *m)
{
    double talk = m->share_talk[UT_CUSTOMER] + m->share_talk[UT_AGENT];
    return talk > 0 ? m->share_talk[UT_AGENT] / talk : 0;
}

static double seconds_since(const struct ut_cue_memory *m, int64_t from_ms)
{
    return (double)(m->now_ms - from_ms) / 1000;
}

/* The party's IPU, in progress or ending now, has reached a length. */
static int ipu_reaches(const struct ut_cue_memory *m, int party, int64_t length_ms)
{
    const struct ut_cue_party *p = &m->party[party];
    return (p->in_ipu || p->end_ms == m->now_ms) && m->now_ms - p->begin_ms >= length_ms;
}

/* The slow score's speech lies within the window that ask_for_help looks at. */
static int slow_is_recent(const struct ut_cue_memory *m)
{
    int32_t n = (int32_t)(ms(m, UT_P_SCORE_SLOW) / UT_CUE_SCORE_MS);
    if (!m->slow.valid || n < 1 || n > m->speech_count)
        return 0;
    int64_t first = ut_cue_memory_speech(m, n)->t_ms - UT_CUE_SCORE_MS;
    return m->now_ms - first <= ms(m, UT_P_HELP_SPEECH_WINDOW);
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

/* A value of the customer's voice over the last n records of scored speech, and what is usual: the median, and half of
 * all values between low and high. */
struct voice {
    double now, usual, low, high;
    int valid;
};

static double reading(int group, double code)
{
    if (group == UT_GROUP_LEVEL)
        return ut_readings_loudness_dbfs((uint8_t)(code < 0 ? 0 : code > 200 ? 200 : code + 0.5));
    return group == UT_GROUP_PITCH ? ut_readings_semitones(code) : ut_readings_pace(code);
}

static struct voice voice(const struct ut_cue_memory *m, int group, int32_t n)
{
    const struct ut_cue_party *c = &m->party[UT_CUSTOMER];
    const struct ut_baseline *b = group == UT_GROUP_LEVEL ? &c->level : group == UT_GROUP_PITCH ? &c->f0 : &c->pace;
    struct voice v = {0};
    int32_t used = 0;
    for (int32_t i = 1; i <= n; i++) {
        const struct ut_cue_speech *s = ut_cue_memory_speech(m, i);
        uint8_t code = group == UT_GROUP_LEVEL ? s->loudness : group == UT_GROUP_PITCH ? s->f0 : s->pace;
        if (group != UT_GROUP_LEVEL && code == 0)
            continue;
        v.now += reading(group, code);
        used++;
    }
    if (used == 0 || !ut_cue_memory_settled(m, UT_CUSTOMER) || b->n == 0)
        return v;
    double usual = ut_baseline_median(b), spread = ut_baseline_mad(b);
    v.valid = 1;
    v.now /= used;
    v.usual = reading(group, usual);
    v.low = reading(group, usual - spread);
    v.high = reading(group, usual + spread);
    return v;
}

/* What of a voice may be named as a reason for a feeling, when it is beyond what is usual for that voice. The
 * classifier may lean on the contrary all the same, and on sounds without a measure on the wire: that is log-odds.
 *
 * Louder, higher and faster for anger and for joy: P. N. Juslin, P. Laukka, Psychological Bulletin 129 (2003), and for
 * joy R. G. Kamiloglu, A. H. Fischer, D. A. Sauter, Psychonomic Bulletin & Review 27 (2020). Annoyed and frustrated
 * callers also drawl: J. Ang and others, ICSLP 2002. */
enum { NEVER = 0, LOWER = 1, HIGHER = 2 };

static const struct {
    const char *unit;
    uint8_t frustration, delight; /* LOWER, HIGHER or both */
} reasons[UT_GROUPS] = {
    [UT_GROUP_LEVEL] = {"dBFS", HIGHER, HIGHER},
    [UT_GROUP_PITCH] = {"semitones", HIGHER, HIGHER},
    [UT_GROUP_PACE] = {"syllables/s", LOWER | HIGHER, HIGHER},
};

static int is_reason(const struct voice *v, int signs)
{
    return v->valid && (((signs & HIGHER) != 0 && v->now > v->high) || ((signs & LOWER) != 0 && v->now < v->low));
}

/* The classifier's strongest groups, averaged over the given speech, towards frustration (sign 1) or delight (-1). */
static void evidence_groups(const struct ut_cue_memory *m, struct ut_cue_change *c, int sign, enum ut_param speech)
{
    int32_t sum[UT_GROUPS] = {0};
    int32_t n = (int32_t)(ms(m, speech) / UT_CUE_SCORE_MS);
    if (n < 1)
        n = 1;
    if (n > m->speech_count)
        n = m->speech_count;
    for (int32_t i = 1; i <= n; i++) {
        const struct ut_cue_speech *s = ut_cue_memory_speech(m, i);
        for (int k = 0; k < 2; k++)
            if (s->group[k] > UT_GROUP_NONE && s->group[k] < UT_GROUPS)
                sum[s->group[k]] += sign * s->contribution[k];
    }
    while (c->evidence_count < UT_CUE_EVIDENCE_MAX) {
        int best = UT_GROUP_NONE;
        for (int g = 1; g < UT_GROUPS; g++)
            if (sum[g] > 0 && (best == UT_GROUP_NONE || sum[g] > sum[best]))
                best = g;
        if (best == UT_GROUP_NONE)
            return;
        double log_odds = ut_readings_log_odds((double)sum[best] / n);
        struct voice v = {0};
        int signs = sign > 0 ? reasons[best].frustration : reasons[best].delight;
        if (signs != NEVER)
            v = voice(m, best, n);
        if (is_reason(&v, signs))
            evidence(c, ut_readings_group_name(best), v.now, reasons[best].unit, &v.usual, log_odds);
        else
            evidence(c, ut_readings_group_name(best), log_odds, "log-odds", NULL, log_odds);
        sum[best] = 0;
    }
}

/* How much of the way to a threshold was reached. */
static double share_of(double measured, double threshold)
{
    return threshold > 0 ? measured / threshold : 1;
}

static void evidence_pace(const struct ut_cue_memory *m, struct ut_cue_change *c, double sigmas, double wpm)
{
    double measured = ut_readings_words_per_minute(m->pace.now), away = m->pace.now - m->pace.baseline;
    evidence(c, "pace", m->pace.now, "syllables/s", &m->pace.baseline,
             share_of(away < 0 ? -away : away, sigmas * m->pace.sigma));
    evidence(c, "words_per_minute", measured, "words/min", NULL,
             measured > 0 ? (away < 0 ? wpm / measured : share_of(measured, wpm)) : 0);
}

static int recent_empathy_cues(const struct ut_cue_memory *m)
{
    return ut_cue_memory_recent(m, &m->openings[UT_CUE_EMPATHY], ms(m, UT_P_HELP_CUES_WINDOW), NULL);
}

static void judge_help(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    j->on = m->slope_valid && m->slope >= value(m, UT_P_HELP_SLOPE) &&
            ((m->slow.frustration >= value(m, UT_P_HELP_ON) && slow_is_recent(m)) ||
             recent_empathy_cues(m) >= value(m, UT_P_HELP_CUES));
    j->off = !m->slow.valid || m->slow.frustration <= value(m, UT_P_HELP_OFF);
}

static void explain_help(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    int n = recent_empathy_cues(m);
    evidence(c, "frustration_slow", m->slow.frustration, "score", NULL,
             share_of(m->slow.frustration, value(m, UT_P_HELP_ON)));
    if (n > 0)
        evidence(c, "empathy_cues", n, "count", NULL, n / value(m, UT_P_HELP_CUES));
    evidence_groups(m, c, 1, UT_P_SCORE_SLOW);
}

static void judge_empathy(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    double above = m->fast.frustration - m->usual_frustration;
    j->on = m->fast.valid && m->fast.frustration >= value(m, UT_P_EMPATHY_ON) &&
            above >= value(m, UT_P_EMPATHY_ABOVE) && m->fast.confidence >= value(m, UT_P_EMPATHY_CONFIDENCE);
    j->off = !m->fast.valid || m->fast.frustration <= value(m, UT_P_EMPATHY_OFF) || above <= 0;
}

static void explain_empathy(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    evidence(c, "frustration", m->fast.frustration, "score", &m->usual_frustration, m->fast.frustration);
    evidence_groups(m, c, 1, UT_P_EMPATHY_HOLD);
}

static void judge_raised_voice(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    const struct ut_cue_party *c = &m->party[UT_CUSTOMER];
    double above = m->raise.level_dbfs - m->raise.level_baseline;
    j->on = m->raise.valid && above >= value(m, UT_P_RAISED_VOICE_ON) &&
            m->raise.pitch - m->raise.pitch_baseline >= value(m, UT_P_RAISED_VOICE_PITCH);
    j->off = !m->raise.valid || above < value(m, UT_P_RAISED_VOICE_OFF) || !c->in_ipu;
}

static void explain_raised_voice(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    evidence(c, "loudness", m->raise.level_dbfs, "dBFS", &m->raise.level_baseline,
             (m->raise.level_dbfs - m->raise.level_baseline) / value(m, UT_P_RAISED_VOICE_ON));
    evidence(c, "pitch", m->raise.pitch, "semitones", &m->raise.pitch_baseline,
             share_of(m->raise.pitch - m->raise.pitch_baseline, value(m, UT_P_RAISED_VOICE_PITCH)));
}

static void judge_rising(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    j->on = m->slope_valid && m->slope >= value(m, UT_P_RISING_ON) && m->forecast >= value(m, UT_P_RISING_PROBABILITY);
    j->off = !m->slope_valid || m->slope < value(m, UT_P_RISING_OFF);
}

static void explain_rising(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    evidence(c, "frustration_slope", m->slope, "score/10 s", NULL, share_of(m->slope, value(m, UT_P_RISING_ON)));
    evidence(c, "forecast", m->forecast, "share", NULL, share_of(m->forecast, value(m, UT_P_RISING_PROBABILITY)));
    evidence_groups(m, c, 1, UT_P_RISING_HOLD);
}

static void judge_interrupting(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    int n = ut_cue_memory_recent(m, &m->interruptions, ms(m, UT_P_INTERRUPTING_WINDOW), &j->begin_ms);
    int last = m->interruptions.count - 1;
    j->on = n >= value(m, UT_P_INTERRUPTING_ON);
    j->off = last < 0 || m->now_ms - m->interruptions.t_ms[last] >= ms(m, UT_P_INTERRUPTING_OFF);
}

static void explain_interrupting(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    int n = ut_cue_memory_recent(m, &m->interruptions, ms(m, UT_P_INTERRUPTING_WINDOW), NULL);
    evidence(c, "interruptions", n, "count", NULL, n / value(m, UT_P_INTERRUPTING_ON));
}

static void judge_overlaps(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    int n = ut_cue_memory_recent(m, &m->overlaps, ms(m, UT_P_OVERLAPS_WINDOW), &j->begin_ms);
    j->on = n >= value(m, UT_P_OVERLAPS_ON) ||
            (m->talk_hops >= m->talk_window && m->talk_overlapped >= value(m, UT_P_OVERLAPS_SHARE) * m->talk_window);
    j->off = !m->overlap_open && (m->overlap_end_ms < 0 || m->now_ms - m->overlap_end_ms >= ms(m, UT_P_OVERLAPS_OFF));
}

static void explain_overlaps(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    int n = ut_cue_memory_recent(m, &m->overlaps, ms(m, UT_P_OVERLAPS_WINDOW), NULL);
    evidence(c, "overlaps", n, "count", NULL, n / value(m, UT_P_OVERLAPS_ON));
    if (m->talk_hops >= m->talk_window) {
        double share = (double)m->talk_overlapped / m->talk_window;
        evidence(c, "overlap_share", 100 * share, "%", NULL, share / value(m, UT_P_OVERLAPS_SHARE));
    }
}

static void judge_silence(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    j->on = m->silence_from_ms >= 0 && m->now_ms - m->silence_from_ms >= ms(m, UT_P_SILENCE_ON) && !m->hold.doubtful;
    j->off = m->hold.open || ipu_reaches(m, UT_CUSTOMER, ms(m, UT_P_SILENCE_OFF)) ||
             ipu_reaches(m, UT_AGENT, ms(m, UT_P_SILENCE_OFF));
    j->begin_ms = m->silence_from_ms;
}

static void explain_silence(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    double silent = seconds_since(m, m->silence_from_ms);
    evidence(c, "both_silent", silent, "s", NULL, silent / value(m, UT_P_SILENCE_ON));
}

static void judge_slow_response(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    const struct ut_cue_party *c = &m->party[UT_CUSTOMER];
    j->on = m->turn_party == UT_CUSTOMER && !c->in_ipu && m->agent_reply_end_ms <= c->end_ms &&
            c->end_ms - m->turn_begin_ms >= ms(m, UT_P_SLOW_RESPONSE_TURN) && m->silence_from_ms >= 0 &&
            m->now_ms - m->silence_from_ms >= ms(m, UT_P_SLOW_RESPONSE_ON) && !m->hold.doubtful;
    j->off = m->hold.open || c->in_ipu || ipu_reaches(m, UT_AGENT, ms(m, UT_P_SLOW_RESPONSE_OFF));
    j->begin_ms = m->silence_from_ms;
}

static void explain_slow_response(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    double silent = seconds_since(m, m->silence_from_ms);
    evidence(c, "both_silent", silent, "s", NULL, silent / value(m, UT_P_SLOW_RESPONSE_ON));
    evidence(c, "customer_turn", (double)(m->party[UT_CUSTOMER].end_ms - m->turn_begin_ms) / 1000, "s", NULL, 1);
}

static void judge_hesitates(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    j->on = m->hesitation.sum >= value(m, UT_P_HESITATES_ON);
    j->off = m->hesitation.sum < value(m, UT_P_HESITATES_OFF);
}

/* The strongest signs first. */
static void explain_hesitates(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    static const struct {
        const char *name, *unit;
        double scale;
    } sign[UT_HESITATION_SIGNS] = {
        [UT_HESITATION_LATENCY] = {"response_latency", "s", 1},
        [UT_HESITATION_PAUSES] = {"pauses", "%", 100},
        [UT_HESITATION_FILLED] = {"filled_pauses", "per min", 1},
        [UT_HESITATION_PACE] = {"pace", "syllables/s", 1},
    };
    bool told[UT_HESITATION_SIGNS] = {false};
    for (int rank = 0; rank < UT_HESITATION_SIGNS; rank++) {
        const struct ut_hesitation_measure *of = m->hesitation.of;
        int most = -1;
        for (int i = 0; i < UT_HESITATION_SIGNS; i++)
            if (!told[i] && of[i].valid && of[i].share > 0 && (most < 0 || of[i].share > of[most].share))
                most = i;
        if (most < 0)
            return;
        told[most] = true;
        double usual = sign[most].scale * of[most].usual;
        evidence(c, sign[most].name, sign[most].scale * of[most].now, sign[most].unit, &usual, of[most].share);
    }
}

static void judge_continuous(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    const struct ut_cue_party *a = &m->party[UT_AGENT];
    j->off = m->floor_from_ms < 0;
    /* in speech: whoever has fallen silent just before the limit is not speaking on */
    j->on =
        !j->off && (a->in_ipu || a->end_ms == m->now_ms) && m->now_ms - m->floor_from_ms >= ms(m, UT_P_CONTINUOUS_ON);
    j->begin_ms = m->floor_from_ms;
}

static void explain_continuous(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    double held = seconds_since(m, m->floor_from_ms);
    evidence(c, "agent_floor", held, "s", NULL, held / value(m, UT_P_CONTINUOUS_ON));
}

static void judge_talk_ratio(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    j->on = m->share_hops >= m->share_window && agent_share(m) > value(m, UT_P_TALK_RATIO_ON);
    j->off = agent_share(m) < value(m, UT_P_TALK_RATIO_OFF);
}

static void explain_talk_ratio(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    evidence(c, "agent_share", 100 * agent_share(m), "%", NULL, share_of(agent_share(m), value(m, UT_P_TALK_RATIO_ON)));
}

static void judge_quickly(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    double pace = m->pace.now, base = m->pace.baseline, sigma = m->pace.sigma, wpm = ut_readings_words_per_minute(pace);
    j->on = m->pace.valid && pace >= base + value(m, UT_P_QUICKLY_ON) * sigma && wpm >= value(m, UT_P_QUICKLY_WPM);
    j->off = !m->pace.valid || pace < base + value(m, UT_P_QUICKLY_OFF) * sigma || wpm < value(m, UT_P_QUICKLY_WPM_OFF);
}

static void explain_quickly(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    evidence_pace(m, c, value(m, UT_P_QUICKLY_ON), value(m, UT_P_QUICKLY_WPM));
}

static void judge_slowly(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    double pace = m->pace.now, base = m->pace.baseline, sigma = m->pace.sigma, wpm = ut_readings_words_per_minute(pace);
    j->on = m->pace.valid && pace <= base - value(m, UT_P_SLOWLY_ON) * sigma && wpm <= value(m, UT_P_SLOWLY_WPM);
    j->off = !m->pace.valid || pace > base - value(m, UT_P_SLOWLY_OFF) * sigma || wpm > value(m, UT_P_SLOWLY_WPM_OFF);
}

static void explain_slowly(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    evidence_pace(m, c, value(m, UT_P_SLOWLY_ON), value(m, UT_P_SLOWLY_WPM));
}

static void judge_mic_low(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    double below = m->microphone.baseline - m->microphone.level_dbfs;
    j->on = m->microphone.level_valid && below >= value(m, UT_P_MIC_LOW_ON);
    j->off = !m->microphone.level_valid || below <= value(m, UT_P_MIC_LOW_OFF);
}

static void explain_mic_low(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    evidence(c, "level", m->microphone.level_dbfs, "dBFS", &m->microphone.baseline,
             share_of(m->microphone.baseline - m->microphone.level_dbfs, value(m, UT_P_MIC_LOW_ON)));
}

static void judge_mic_high(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    j->on = m->microphone.clipped_valid && m->microphone.clipped >= value(m, UT_P_MIC_HIGH_ON);
    j->off = !m->microphone.clipped_valid || m->microphone.clipped <= value(m, UT_P_MIC_HIGH_OFF);
}

static void explain_mic_high(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    evidence(c, "clipped_share", 100 * m->microphone.clipped, "%", NULL,
             share_of(m->microphone.clipped, value(m, UT_P_MIC_HIGH_ON)));
}

static void judge_positive(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    j->on = m->fast.valid && m->fast.delight >= value(m, UT_P_POSITIVE_ON) &&
            m->fast.confidence >= value(m, UT_P_POSITIVE_CONFIDENCE);
    j->off = !m->fast.valid || m->fast.delight <= value(m, UT_P_POSITIVE_OFF);
}

static void explain_positive(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    evidence(c, "delight", m->fast.delight, "score", NULL, m->fast.delight);
    evidence_groups(m, c, -1, UT_P_POSITIVE_HOLD);
}

static void judge_good_moment(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    j->on = m->slow.valid && m->delight_max >= value(m, UT_P_GOOD_MOMENT_ON) && m->slow.delight < m->delight_max &&
            m->now_ms - m->delight_max_ms <= ms(m, UT_P_GOOD_MOMENT_WITHIN) &&
            m->slow.frustration <= value(m, UT_P_GOOD_MOMENT_FRUSTRATION);
    j->off = !m->slow.valid || m->slow.delight <= value(m, UT_P_GOOD_MOMENT_OFF);
}

static void explain_good_moment(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    evidence(c, "delight_slow_maximum", m->delight_max, "score", NULL,
             share_of(m->delight_max, value(m, UT_P_GOOD_MOMENT_ON)));
    evidence(c, "frustration_slow", m->slow.frustration, "score", NULL, 1);
    evidence_groups(m, c, -1, UT_P_SCORE_SLOW);
}

static void judge_paused(const struct ut_cue_memory *m, struct ut_cue_judgement *j)
{
    j->on = m->no_score >= value(m, UT_P_PAUSED_ON);
    j->off = m->clear >= value(m, UT_P_PAUSED_OFF);
}

static void explain_paused(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    c->detail = ut_readings_abstain_name(m->abstain);
    evidence(c, "no_score", m->no_score * UT_CUE_SCORE_MS / 1000.0, "s", NULL, 1);
}

const struct ut_cue_rule ut_cue_rule[UT_CUES] = {
    [UT_CUE_HELP] = {UT_HOLD_CALL_TIME, UT_HEARS_CUSTOMER, judge_help, explain_help},
    [UT_CUE_EMPATHY] = {UT_HOLD_CUSTOMER_SPEECH, UT_HEARS_CUSTOMER, judge_empathy, explain_empathy},
    [UT_CUE_RAISED_VOICE] = {UT_HOLD_CUSTOMER_SPEECH, UT_HEARS_CUSTOMER, judge_raised_voice, explain_raised_voice},
    [UT_CUE_RISING] = {UT_HOLD_CALL_TIME, UT_HEARS_CUSTOMER, judge_rising, explain_rising},
    [UT_CUE_INTERRUPTING] = {UT_HOLD_CALL_TIME, UT_HEARS_BOTH, judge_interrupting, explain_interrupting},
    [UT_CUE_OVERLAPS] = {UT_HOLD_CALL_TIME, UT_HEARS_BOTH, judge_overlaps, explain_overlaps},
    [UT_CUE_SILENCE] = {UT_HOLD_CALL_TIME, UT_HEARS_BOTH, judge_silence, explain_silence},
    [UT_CUE_SLOW_RESPONSE] = {UT_HOLD_CALL_TIME, UT_HEARS_BOTH, judge_slow_response, explain_slow_response},
    [UT_CUE_HESITATES] = {UT_HOLD_CALL_TIME, UT_HEARS_BOTH, judge_hesitates, explain_hesitates},
    [UT_CUE_CONTINUOUS] = {UT_HOLD_CALL_TIME, UT_HEARS_BOTH, judge_continuous, explain_continuous},
    [UT_CUE_TALK_RATIO] = {UT_HOLD_CALL_TIME, UT_HEARS_BOTH, judge_talk_ratio, explain_talk_ratio},
    [UT_CUE_QUICKLY] = {UT_HOLD_AGENT_SPEECH, UT_HEARS_AGENT, judge_quickly, explain_quickly},
    [UT_CUE_SLOWLY] = {UT_HOLD_AGENT_SPEECH, UT_HEARS_AGENT, judge_slowly, explain_slowly},
    [UT_CUE_MIC_LOW] = {UT_HOLD_AGENT_SPEECH, UT_HEARS_AGENT, judge_mic_low, explain_mic_low},
    [UT_CUE_MIC_HIGH] = {UT_HOLD_AGENT_SPEECH, UT_HEARS_AGENT, judge_mic_high, explain_mic_high},
    [UT_CUE_POSITIVE] = {UT_HOLD_CUSTOMER_SPEECH, UT_HEARS_CUSTOMER, judge_positive, explain_positive},
    [UT_CUE_GOOD_MOMENT] = {UT_HOLD_CALL_TIME, UT_HEARS_CUSTOMER, judge_good_moment, explain_good_moment},
    [UT_CUE_PAUSED] = {UT_HOLD_CALL_TIME, UT_HEARS_CUSTOMER, judge_paused, explain_paused},
};

bool ut_cue_rules_scored(enum ut_cue cue)
{
    return cue == UT_CUE_HELP || cue == UT_CUE_EMPATHY || cue == UT_CUE_RISING || cue == UT_CUE_POSITIVE ||
           cue == UT_CUE_GOOD_MOMENT;
}

struct ut_cue_judgement ut_cue_rules_judge(const struct ut_cue_memory *m, enum ut_cue cue)
{
    struct ut_cue_judgement j = {.hold = ut_cue_rule[cue].hold, .begin_ms = -1};
    ut_cue_rule[cue].judge(m, &j);
    if (cue != UT_CUE_PAUSED && ut_wire_abstain(&m->newest) == UT_ABSTAIN_MIXED) {
        j.on = 0; /* of whom it were cannot be told */
        j.off = 1;
    }
    if (cue != UT_CUE_PAUSED && ut_cue_rule[cue].hears == UT_HEARS_CUSTOMER && ut_cue_memory_unanswered(m))
        j.on = 0;
    return j;
}

void ut_cue_rules_explain(const struct ut_cue_memory *m, struct ut_cue_change *c)
{
    enum ut_language language = ut_catalogue_language_of_events(m->config);
    const struct ut_cue_words words = ut_catalogue_cue(language, c->cue, m->config);
    c->detail = NULL;
    ut_cue_rule[c->cue].explain(m, c);
    c->title = words.title;
    ut_catalogue_fill(c->text, sizeof c->text, words.text, language, c->cue, m->config, c->detail);
    ut_catalogue_fill(c->rule, sizeof c->rule, words.rule, language, c->cue, m->config, c->detail);
}
