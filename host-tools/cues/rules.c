/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/rules.h"

#include "firmware/engine.h"
#include "host-tools/cues/catalogue.h"
#include "host-tools/cues/readings.h"
#include "models/infer.h"

static double value(const struct ut_cue_engine *e, enum ut_param p)
{
    return e->config->value[p];
}

static int64_t ms(const struct ut_cue_engine *e, enum ut_param p)
{
    return ut_cue_ms(e, p);
}

static double agent_share(const struct ut_cue_engine *e)
{
    double talk = e->share_talk[UT_CUSTOMER] + e->share_talk[UT_AGENT];
    return talk > 0 ? e->share_talk[UT_AGENT] / talk : 0;
}

/* The party's IPU, in progress or ending now, has reached a length. */
static int ipu_reaches(const struct ut_cue_party *p, int64_t now, int64_t length_ms)
{
    return (p->in_ipu || p->end_ms == now) && now - p->begin_ms >= length_ms;
}

/* The slow score's speech lies within the window that ask_for_help looks at. */
static int slow_is_recent(const struct ut_cue_engine *e, int64_t now)
{
    int32_t n = (int32_t)(ms(e, UT_P_SCORE_SLOW) / UT_CUE_SCORE_MS);
    if (!e->slow.valid || n < 1 || n > e->speech_count)
        return 0;
    int64_t first = e->speech[(e->speech_at - n + UT_CUE_SPEECH_MAX) % UT_CUE_SPEECH_MAX].t_ms - UT_CUE_SCORE_MS;
    return now - first <= ms(e, UT_P_HELP_SPEECH_WINDOW);
}

struct ut_cue_judgement ut_cue_rules_judge(const struct ut_cue_engine *e, enum ut_cue cue, int64_t now)
{
    struct ut_cue_judgement j = {.begin_ms = -1};
    const struct ut_cue_party *c = &e->party[UT_CUSTOMER], *a = &e->party[UT_AGENT];
    double pace = e->pace.now, base = e->pace.baseline, sigma = e->pace.sigma, wpm = ut_readings_words_per_minute(pace);
    int64_t begin;
    switch (cue) {
    case UT_CUE_HELP:
        j.on = e->slope_valid && e->slope >= value(e, UT_P_HELP_SLOPE) &&
               ((e->slow.frustration >= value(e, UT_P_HELP_ON) && slow_is_recent(e, now)) ||
                ut_cue_recent(&e->empathies, now, ms(e, UT_P_HELP_CUES_WINDOW), &begin) >= value(e, UT_P_HELP_CUES));
        j.off = !e->slow.valid || e->slow.frustration <= value(e, UT_P_HELP_OFF);
        break;
    case UT_CUE_RISING:
        j.on =
            e->slope_valid && e->slope >= value(e, UT_P_RISING_ON) && e->forecast >= value(e, UT_P_RISING_PROBABILITY);
        j.off = !e->slope_valid || e->slope < value(e, UT_P_RISING_OFF);
        break;
    case UT_CUE_SLOW_RESPONSE:
        j.on = e->turn_party == UT_CUSTOMER && !c->in_ipu && e->agent_reply_end_ms <= c->end_ms &&
               c->end_ms - e->turn_begin_ms >= ms(e, UT_P_SLOW_RESPONSE_TURN) && e->silence_from_ms >= 0 &&
               now - e->silence_from_ms >= ms(e, UT_P_SLOW_RESPONSE_ON);
        j.off = c->in_ipu || ipu_reaches(a, now, ms(e, UT_P_SLOW_RESPONSE_OFF));
        j.begin_ms = e->silence_from_ms;
        break;
    case UT_CUE_TALK_RATIO:
        j.on = e->share_hops >= e->share_window && agent_share(e) > value(e, UT_P_TALK_RATIO_ON);
        j.off = agent_share(e) < value(e, UT_P_TALK_RATIO_OFF);
        break;
    case UT_CUE_QUICKLY:
        j.hold = UT_HOLD_AGENT_SPEECH;
        j.on = e->pace.valid && pace >= base + value(e, UT_P_QUICKLY_ON) * sigma && wpm >= value(e, UT_P_QUICKLY_WPM);
        j.off =
            !e->pace.valid || pace < base + value(e, UT_P_QUICKLY_OFF) * sigma || wpm < value(e, UT_P_QUICKLY_WPM_OFF);
        break;
    case UT_CUE_SLOWLY:
        j.hold = UT_HOLD_AGENT_SPEECH;
        j.on = e->pace.valid && pace <= base - value(e, UT_P_SLOWLY_ON) * sigma && wpm <= value(e, UT_P_SLOWLY_WPM);
        j.off =
            !e->pace.valid || pace > base - value(e, UT_P_SLOWLY_OFF) * sigma || wpm > value(e, UT_P_SLOWLY_WPM_OFF);
        break;
    case UT_CUE_MIC_LOW: {
        double below = e->microphone.baseline - e->microphone.level_dbfs;
        j.hold = UT_HOLD_AGENT_SPEECH;
        j.on = e->microphone.level_valid && below >= value(e, UT_P_MIC_LOW_ON);
        j.off = !e->microphone.level_valid || below <= value(e, UT_P_MIC_LOW_OFF);
        break;
    }
    case UT_CUE_MIC_HIGH:
        j.hold = UT_HOLD_AGENT_SPEECH;
        j.on = e->microphone.clipped_valid && e->microphone.clipped >= value(e, UT_P_MIC_HIGH_ON);
        j.off = !e->microphone.clipped_valid || e->microphone.clipped <= value(e, UT_P_MIC_HIGH_OFF);
        break;
    case UT_CUE_GOOD_MOMENT:
        j.on = e->slow.valid && e->delight_max >= value(e, UT_P_GOOD_MOMENT_ON) && e->slow.delight < e->delight_max &&
               now - e->delight_max_ms <= ms(e, UT_P_GOOD_MOMENT_WITHIN) &&
               e->slow.frustration <= value(e, UT_P_GOOD_MOMENT_FRUSTRATION);
        j.off = !e->slow.valid || e->slow.delight <= value(e, UT_P_GOOD_MOMENT_OFF);
        break;
    case UT_CUE_PAUSED:
        j.on = e->no_score >= value(e, UT_P_PAUSED_ON);
        j.off = e->clear >= value(e, UT_P_PAUSED_OFF);
        break;
    case UT_CUE_SILENCE:
        j.on = e->silence_from_ms >= 0 && now - e->silence_from_ms >= ms(e, UT_P_SILENCE_ON);
        j.off = ipu_reaches(c, now, ms(e, UT_P_SILENCE_OFF)) || ipu_reaches(a, now, ms(e, UT_P_SILENCE_OFF));
        j.begin_ms = e->silence_from_ms;
        break;
    case UT_CUE_CONTINUOUS:
        j.off = e->floor_from_ms < 0;
        /* in speech: whoever has fallen silent just before the limit is not speaking on */
        j.on = !j.off && (a->in_ipu || a->end_ms == now) && now - e->floor_from_ms >= ms(e, UT_P_CONTINUOUS_ON);
        j.begin_ms = e->floor_from_ms;
        break;
    case UT_CUE_OVERLAPS: {
        int n = ut_cue_recent(&e->overlaps, now, ms(e, UT_P_OVERLAPS_WINDOW), &j.begin_ms);
        j.on = n >= value(e, UT_P_OVERLAPS_ON) ||
               (e->talk_hops >= e->talk_window && e->talk_overlapped >= value(e, UT_P_OVERLAPS_SHARE) * e->talk_window);
        j.off = !e->overlap_open && (e->overlap_end_ms < 0 || now - e->overlap_end_ms >= ms(e, UT_P_OVERLAPS_OFF));
        break;
    }
    case UT_CUE_INTERRUPTING: {
        int n = ut_cue_recent(&e->interruptions, now, ms(e, UT_P_INTERRUPTING_WINDOW), &j.begin_ms);
        int last = e->interruptions.count - 1;
        j.on = n >= value(e, UT_P_INTERRUPTING_ON);
        j.off = last < 0 || now - e->interruptions.t_ms[last] >= ms(e, UT_P_INTERRUPTING_OFF);
        break;
    }
    case UT_CUE_RAISED_VOICE: {
        double above = e->raise.level_dbfs - e->raise.level_baseline;
        j.hold = UT_HOLD_CUSTOMER_SPEECH;
        j.on = e->raise.valid && above >= value(e, UT_P_RAISED_VOICE_ON) &&
               e->raise.pitch - e->raise.pitch_baseline >= value(e, UT_P_RAISED_VOICE_PITCH);
        j.off = !e->raise.valid || above < value(e, UT_P_RAISED_VOICE_OFF) || !c->in_ipu;
        break;
    }
    case UT_CUE_EMPATHY:
        j.hold = UT_HOLD_CUSTOMER_SPEECH;
        j.on = e->fast.valid && e->fast.frustration >= value(e, UT_P_EMPATHY_ON) &&
               e->fast.confidence >= value(e, UT_P_EMPATHY_CONFIDENCE);
        j.off = !e->fast.valid || e->fast.frustration <= value(e, UT_P_EMPATHY_OFF);
        break;
    case UT_CUE_POSITIVE:
        j.hold = UT_HOLD_CUSTOMER_SPEECH;
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

const char *ut_cue_abstain_name(int abstain)
{
    static const char *const names[] = {
        [UT_ABSTAIN_NONE] = "none",         [UT_ABSTAIN_NOISE] = "noise",
        [UT_ABSTAIN_CLIPPING] = "clipping", [UT_ABSTAIN_LITTLE] = "little_speech",
        [UT_ABSTAIN_HOLD] = "hold_or_tone",
    };
    return abstain >= 0 && abstain <= UT_ABSTAIN_HOLD ? names[abstain] : "unknown";
}

/* A value of the customer's voice over the last n records of scored speech, and what is usual. */
struct voice {
    double now, usual;
    int valid;
};

static struct voice voice(const struct ut_cue_engine *e, int group, int32_t n)
{
    const struct ut_cue_party *c = &e->party[UT_CUSTOMER];
    const struct ut_baseline *b = group == UT_GROUP_LEVEL ? &c->level : group == UT_GROUP_PITCH ? &c->f0 : &c->pace;
    struct voice v = {0};
    int32_t used = 0;
    for (int32_t i = 1; i <= n; i++) {
        const struct ut_cue_speech *s = &e->speech[(e->speech_at - i + UT_CUE_SPEECH_MAX) % UT_CUE_SPEECH_MAX];
        if (group == UT_GROUP_LEVEL)
            v.now += ut_readings_loudness_dbfs(s->loudness);
        else if (group == UT_GROUP_PITCH && s->f0 > 0)
            v.now += ut_readings_semitones(s->f0);
        else if (group == UT_GROUP_PACE && s->pace > 0)
            v.now += ut_readings_pace(s->pace);
        else
            continue;
        used++;
    }
    if (used == 0 || c->level.n < value(e, UT_P_BASELINE_MINIMUM) * 1000 / UT_CUE_SCORE_MS || b->n == 0)
        return v;
    double usual = ut_baseline_median(b);
    v.valid = 1;
    v.now /= used;
    v.usual = group == UT_GROUP_LEVEL   ? ut_readings_loudness_dbfs((uint8_t)(usual + 0.5))
              : group == UT_GROUP_PITCH ? ut_readings_semitones(usual)
                                        : ut_readings_pace(usual);
    return v;
}

/* The classifier's strongest groups, averaged over the given speech, towards frustration (sign 1) or delight (-1). */
static void evidence_groups(const struct ut_cue_engine *e, struct ut_cue_change *c, int sign, enum ut_param speech)
{
    static const char *const units[UT_GROUPS] = {
        [UT_GROUP_LEVEL] = "dBFS", [UT_GROUP_PITCH] = "semitones", [UT_GROUP_PACE] = "syllables/s"};
    int32_t sum[UT_GROUPS] = {0};
    int32_t n = (int32_t)(ms(e, speech) / UT_CUE_SCORE_MS);
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
    while (c->evidence_count < UT_CUE_EVIDENCE_MAX) {
        int best = UT_GROUP_NONE;
        for (int g = 1; g < UT_GROUPS; g++)
            if (sum[g] > 0 && (best == UT_GROUP_NONE || sum[g] > sum[best]))
                best = g;
        if (best == UT_GROUP_NONE)
            return;
        double log_odds = ut_readings_log_odds((double)sum[best] / n);
        struct voice v = {0};
        if (units[best] != NULL)
            v = voice(e, best, n);
        if (v.valid)
            evidence(c, ut_readings_group_name(best), v.now, units[best], &v.usual, log_odds);
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

static void evidence_pace(const struct ut_cue_engine *e, struct ut_cue_change *c, double sigmas, double wpm)
{
    double measured = ut_readings_words_per_minute(e->pace.now), away = e->pace.now - e->pace.baseline;
    evidence(c, "pace", e->pace.now, "syllables/s", &e->pace.baseline,
             share_of(away < 0 ? -away : away, sigmas * e->pace.sigma));
    evidence(c, "words_per_minute", measured, "words/min", NULL,
             measured > 0 ? (away < 0 ? wpm / measured : share_of(measured, wpm)) : 0);
}

void ut_cue_rules_explain(const struct ut_cue_engine *e, struct ut_cue_change *c, int64_t now)
{
    const double *v = e->config->value;
    enum ut_language language = ut_catalogue_language_of_events(e->config);
    int64_t begin;
    c->detail = c->cue == UT_CUE_PAUSED ? ut_cue_abstain_name(e->abstain) : NULL;
    c->title = ut_catalogue[language][c->cue].title;
    ut_catalogue_fill(c->text, sizeof c->text, ut_catalogue[language][c->cue].text, language, c->cue, e->config,
                      c->detail);
    ut_catalogue_fill(c->rule, sizeof c->rule, ut_catalogue[language][c->cue].rule, language, c->cue, e->config,
                      c->detail);
    switch (c->cue) {
    case UT_CUE_HELP: {
        int n = ut_cue_recent(&e->empathies, now, ms(e, UT_P_HELP_CUES_WINDOW), &begin);
        evidence(c, "frustration_slow", e->slow.frustration, "score", NULL,
                 share_of(e->slow.frustration, v[UT_P_HELP_ON]));
        if (n > 0)
            evidence(c, "empathy_cues", n, "count", NULL, n / v[UT_P_HELP_CUES]);
        evidence_groups(e, c, 1, UT_P_SCORE_SLOW);
        break;
    }
    case UT_CUE_RISING:
        evidence(c, "frustration_slope", e->slope, "score/10 s", NULL, share_of(e->slope, v[UT_P_RISING_ON]));
        evidence(c, "forecast", e->forecast, "share", NULL, share_of(e->forecast, v[UT_P_RISING_PROBABILITY]));
        evidence_groups(e, c, 1, UT_P_RISING_HOLD);
        break;
    case UT_CUE_SLOW_RESPONSE: {
        double silent = (double)(now - e->silence_from_ms) / 1000;
        evidence(c, "both_silent", silent, "s", NULL, silent / v[UT_P_SLOW_RESPONSE_ON]);
        evidence(c, "customer_turn", (double)(e->party[UT_CUSTOMER].end_ms - e->turn_begin_ms) / 1000, "s", NULL, 1);
        break;
    }
    case UT_CUE_TALK_RATIO:
        evidence(c, "agent_share", 100 * agent_share(e), "%", NULL, share_of(agent_share(e), v[UT_P_TALK_RATIO_ON]));
        break;
    case UT_CUE_QUICKLY:
        evidence_pace(e, c, v[UT_P_QUICKLY_ON], v[UT_P_QUICKLY_WPM]);
        break;
    case UT_CUE_SLOWLY:
        evidence_pace(e, c, v[UT_P_SLOWLY_ON], v[UT_P_SLOWLY_WPM]);
        break;
    case UT_CUE_MIC_LOW:
        evidence(c, "level", e->microphone.level_dbfs, "dBFS", &e->microphone.baseline,
                 share_of(e->microphone.baseline - e->microphone.level_dbfs, v[UT_P_MIC_LOW_ON]));
        break;
    case UT_CUE_MIC_HIGH:
        evidence(c, "clipped_share", 100 * e->microphone.clipped, "%", NULL,
                 share_of(e->microphone.clipped, v[UT_P_MIC_HIGH_ON]));
        break;
    case UT_CUE_GOOD_MOMENT:
        evidence(c, "delight_slow_maximum", e->delight_max, "score", NULL,
                 share_of(e->delight_max, v[UT_P_GOOD_MOMENT_ON]));
        evidence(c, "frustration_slow", e->slow.frustration, "score", NULL, 1);
        evidence_groups(e, c, -1, UT_P_SCORE_SLOW);
        break;
    case UT_CUE_PAUSED:
        evidence(c, "no_score", e->no_score * UT_CUE_SCORE_MS / 1000.0, "s", NULL, 1);
        break;
    case UT_CUE_SILENCE: {
        double silent = (double)(now - e->silence_from_ms) / 1000;
        evidence(c, "both_silent", silent, "s", NULL, silent / v[UT_P_SILENCE_ON]);
        break;
    }
    case UT_CUE_CONTINUOUS: {
        double held = (double)(now - e->floor_from_ms) / 1000;
        evidence(c, "agent_floor", held, "s", NULL, held / v[UT_P_CONTINUOUS_ON]);
        break;
    }
    case UT_CUE_OVERLAPS: {
        int n = ut_cue_recent(&e->overlaps, now, ms(e, UT_P_OVERLAPS_WINDOW), &begin);
        evidence(c, "overlaps", n, "count", NULL, n / v[UT_P_OVERLAPS_ON]);
        if (e->talk_hops >= e->talk_window) {
            double share = (double)e->talk_overlapped / e->talk_window;
            evidence(c, "overlap_share", 100 * share, "%", NULL, share / v[UT_P_OVERLAPS_SHARE]);
        }
        break;
    }
    case UT_CUE_INTERRUPTING: {
        int n = ut_cue_recent(&e->interruptions, now, ms(e, UT_P_INTERRUPTING_WINDOW), &begin);
        evidence(c, "interruptions", n, "count", NULL, n / v[UT_P_INTERRUPTING_ON]);
        break;
    }
    case UT_CUE_RAISED_VOICE:
        evidence(c, "loudness", e->raise.level_dbfs, "dBFS", &e->raise.level_baseline,
                 (e->raise.level_dbfs - e->raise.level_baseline) / v[UT_P_RAISED_VOICE_ON]);
        evidence(c, "pitch", e->raise.pitch, "semitones", &e->raise.pitch_baseline,
                 share_of(e->raise.pitch - e->raise.pitch_baseline, v[UT_P_RAISED_VOICE_PITCH]));
        break;
    case UT_CUE_EMPATHY:
        evidence(c, "frustration", e->fast.frustration, "score", NULL, e->fast.frustration);
        evidence_groups(e, c, 1, UT_P_EMPATHY_HOLD);
        break;
    case UT_CUE_POSITIVE:
        evidence(c, "delight", e->fast.delight, "score", NULL, e->fast.delight);
        evidence_groups(e, c, -1, UT_P_POSITIVE_HOLD);
        break;
    case UT_CUES:
        break;
    }
}
