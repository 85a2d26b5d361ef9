/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of a call for the rules of cues: who speaks, what is usual for a voice, averages of late.
 *
 * in    turn events and scores, hop by hop of UT_CUE_GRID_MS, within a hop in order of their times
 * out   the fields below, which describe the call at the end of the hop that was closed last
 * Reads the numbers of the cue table at every use, but for the windows of talk, which keep their length through a call.
 * Total. SPEC.md "Cues".
 */
#ifndef UT_HOST_CUE_MEMORY_H
#define UT_HOST_CUE_MEMORY_H

#include "firmware/turns.h"
#include "firmware/wire.h"
#include "host-tools/cues/baseline.h"
#include "host-tools/cues/hesitation.h"
#include "host-tools/cues/hold.h"
#include "host-tools/settings/config.h"
#include "host-tools/settings/cue_table.h"

#include <stdint.h>

enum {
    UT_CUE_GRID_MS = 10,
    UT_CUE_SCORE_MS = 250,    /* interval of score records */
    UT_CUE_HISTORY_MAX = 64,  /* overlaps, interruptions, openings remembered */
    UT_CUE_SPEECH_MAX = 400,  /* score records of speech remembered: 100 s */
    UT_CUE_TALK_HOPS = 30000, /* hops of talk remembered: 300 s */
    UT_CUE_SLOW_MAX = 512,    /* score records whose slow averages are remembered: 128 s */
    UT_CUE_MIC_MAX = 128      /* score records of agent speech remembered: 32 s */
};

/* Means over recent scored speech. */
struct ut_cue_means {
    int valid; /* 0 while there is less speech than asked for */
    double frustration, delight, confidence;
};

struct ut_cue_memory {
    const struct ut_config *config;
    int64_t from_ms; /* begin of the first hop; -1 = none yet */
    int64_t now_ms;  /* end of the last hop */

    struct ut_cue_party {
        uint8_t in_ipu;
        uint8_t unsure;                     /* a record was lost: the end of the IPU may be among them */
        int64_t begin_ms, end_ms;           /* of the IPU in progress, or of the last one; end -1 = none yet */
        int64_t quiet_from_ms;              /* scores say silence since, while in an IPU; -1 = they do not */
        struct ut_baseline level, pace, f0; /* units of struct ut_wire_score */
    } party[2];

    struct ut_hold hold;
    struct ut_hesitation hesitation; /* of the customer */
    int64_t silence_from_ms;         /* both silent, and not on hold, since; -1 = somebody speaks */
    int64_t floor_from_ms;           /* the agent holds the floor since; -1 = not */
    uint8_t floor_lost;              /* in this hop: a pause ended, or the customer's IPU that took the floor */
    int64_t customer_long_end_ms;    /* end of the customer's last IPU that took the floor; -1 = none yet */

    struct ut_cue_history {
        int64_t t_ms[UT_CUE_HISTORY_MAX], begin_ms[UT_CUE_HISTORY_MAX];
        int count; /* newest last */
    } overlaps, interruptions;
    struct ut_cue_history openings[UT_CUES];
    uint8_t overlap_open;
    int64_t overlap_end_ms;         /* of the last overlap; -1 = none yet */
    uint8_t talk[UT_CUE_TALK_HOPS]; /* ring over hops with speech: 1 = in an overlap */
    int32_t talk_at, talk_hops;
    int32_t talk_window, talk_overlapped; /* hops of talk looked at, and those in an overlap */
    uint8_t share[UT_CUE_TALK_HOPS];      /* ring over hops of the call: bit p = party p in an IPU */
    int32_t share_at, share_hops, share_window, share_talk[2];

    uint8_t agent_there; /* his channel has had sound */
    uint8_t leg_silent;  /* the headset says that nobody speaks in one of the channels */
    uint8_t answered;    /* he has spoken */
    int32_t early;       /* score records of customer speech before that */

    int turn_party;             /* who has the turn, enum ut_party; UT_BOTH = nobody yet */
    int64_t turn_begin_ms;      /* its begin */
    int64_t agent_reply_end_ms; /* end of the agent's last IPU long enough to be an answer; -1 = none yet */

    struct ut_cue_speech {
        int64_t t_ms;
        uint8_t loudness, f0, pace; /* as in struct ut_wire_score */
        uint8_t frustration, delight, confidence;
        uint8_t group[2];
        int8_t contribution[2];
    } speech[UT_CUE_SPEECH_MAX]; /* ring over scored records of customer speech */
    int32_t speech_at, speech_count;
    struct {
        uint8_t loudness, f0;
    } voice[UT_CUE_SPEECH_MAX]; /* ring over voiced records of customer speech */
    int32_t voice_at, voice_count;
    struct ut_wire_score newest; /* newest score used */
    uint8_t hop_scored;          /* a score was used in this hop */
    struct ut_cue_means fast, slow;
    double frustration_sum; /* of the call's scored records of customer speech */
    int64_t frustration_count;
    double usual_frustration; /* their mean, with the numbers score.usual and score.usual_weight */
    struct {
        int64_t t_ms;
        int valid;
        double frustration, delight;
    } slows[UT_CUE_SLOW_MAX]; /* ring over score records: their slow averages */
    int32_t slows_at, slows_count;
    int slope_valid;
    double slope;       /* of the slow frustration score, per 10 s */
    double forecast;    /* host-tools/cues/forecast.h; valid with the slope */
    double delight_max; /* of the slow delight score in good_moment's window; -1 = none */
    int64_t delight_max_ms;
    struct {
        int valid;
        double level_dbfs, level_baseline, pitch, pitch_baseline; /* dBFS, semitones above 55 Hz */
    } raise;
    struct {
        uint8_t level, clipped;
    } mic[UT_CUE_MIC_MAX]; /* ring over score records of agent speech */
    int32_t mic_at, mic_count;
    struct {
        int level_valid, clipped_valid;
        double level_dbfs, baseline, clipped;
    } microphone;
    struct {
        int valid;
        double now, baseline, sigma; /* syllables/s */
    } pace;                          /* of the agent */
    int no_score, clear;             /* score records in a row that abstain, or have nothing against a score */
    int abstain;                     /* enum ut_abstain of the last one that abstained */
};

void ut_cue_memory_init(struct ut_cue_memory *m, const struct ut_config *config);

/* The next call of the same headset: as ut_cue_memory_init, but what is usual for the agent's voice stays known. */
void ut_cue_memory_next(struct ut_cue_memory *m);

/* One hop, [begin, begin + UT_CUE_GRID_MS): open, its facts, close. The begin of the first one is that of the call, or
 * of what the receiver knows of it. */
void ut_cue_memory_open_hop(struct ut_cue_memory *m, int64_t begin_ms);
void ut_cue_memory_turn(struct ut_cue_memory *m, const struct ut_wire_turn *turn);
void ut_cue_memory_score(struct ut_cue_memory *m, const struct ut_wire_score *score);
void ut_cue_memory_close_hop(struct ut_cue_memory *m);

/* No score of the call was ever made: what was measured stays. */
void ut_cue_memory_unscore(struct ut_cue_memory *m);

/* Records were lost before the next one. */
void ut_cue_memory_gap(struct ut_cue_memory *m);

/* What the headset says of the channels, enum ut_channels. */
void ut_cue_memory_channels(struct ut_cue_memory *m, int channels);

/* 1 while the agent, whose channel is there, has not spoken: who speaks in the customer's may be a machine. */
int ut_cue_memory_unanswered(const struct ut_cue_memory *m);

/* A cue opens now. */
void ut_cue_memory_opening(struct ut_cue_memory *m, enum ut_cue cue, int64_t begin_ms);

/* How many lie in (now - window, now]; *begin_ms = the begin of the first of them, or now. begin_ms may be NULL. */
int ut_cue_memory_recent(const struct ut_cue_memory *m, const struct ut_cue_history *h, int64_t window,
                         int64_t *begin_ms);

/* Means over the last `seconds` of scored customer speech. */
struct ut_cue_means ut_cue_memory_means(const struct ut_cue_memory *m, double seconds);

/* The last (1), the last but one (2), ... of the speech_count records of scored customer speech. */
const struct ut_cue_speech *ut_cue_memory_speech(const struct ut_cue_memory *m, int32_t back);

/* 1 when the party has spoken long enough for what is usual to be known. */
int ut_cue_memory_settled(const struct ut_cue_memory *m, int party);

/* 1 when a score of this hop says that the party speaks. */
int ut_cue_memory_speaks(const struct ut_cue_memory *m, int party);

#endif
