/* SPDX-License-Identifier: Apache-2.0 */
/* Facts in, cues out: when a cue opens and closes, and which one may be seen.
 *
 * in    turn events and scores as they arrive (up to 300 ms after the fact)
 * out   struct ut_cue_change to a sink, in order of call time
 * Everything runs on a 10 ms grid of call time that stays UT_CUE_LAG_MS behind the newest record, so that a cue's time
 * is exact to the facts' times and independent of how records were delayed or bunched. SPEC.md "Cues".
 */
#ifndef UT_HOST_CUE_ENGINE_H
#define UT_HOST_CUE_ENGINE_H

#include "firmware/turns.h"
#include "firmware/wire.h"
#include "host-tools/cues/baseline.h"
#include "host-tools/settings/config.h"
#include "host-tools/settings/cue_table.h"

#include <stdint.h>

enum {
    UT_CUE_GRID_MS = 10,
    UT_CUE_LAG_MS = 300,   /* a fact is known at most this long after it happened */
    UT_CUE_SCORE_MS = 250, /* interval of score records */
    UT_CUE_EVIDENCE_MAX = 3,
    UT_CUE_FACTS_MAX = 128,
    UT_CUE_HISTORY_MAX = 64,  /* overlaps and interruptions remembered */
    UT_CUE_SPEECH_MAX = 400,  /* score records of speech remembered: 100 s */
    UT_CUE_TALK_HOPS = 30000, /* hops of talk remembered: 300 s */
    UT_CUE_SLOW_MAX = 512,    /* score records whose slow averages are remembered: 128 s */
    UT_CUE_MIC_MAX = 128,     /* score records of agent speech remembered: 32 s */
    UT_CUE_POPUPS_MAX = 32
};

struct ut_cue_evidence {
    const char *feature, *unit;
    double value;
    double baseline;
    int has_baseline;
    double contribution; /* share of the rule's threshold reached, or log-odds for the classifier's groups */
};

enum ut_cue_display {
    UT_DISPLAY_SHOWN,
    UT_DISPLAY_WAITING, /* another cue is visible */
    UT_DISPLAY_BUDGET,  /* not shown: the budget of pop-ups is spent */
    UT_DISPLAY_MUTED,   /* not shown: the agent muted them */
    UT_DISPLAY_GAUGE,   /* never pops up: moves a gauge */
    UT_DISPLAY_ARROW    /* never pops up: an arrow */
};

enum ut_cue_what {
    UT_CUE_OPENED,
    UT_CUE_CLOSED,
    UT_CUE_SUPPRESSED,
    UT_CUE_FLAG_RAISED, /* ask_for_help was not dismissed in time: the supervisor is told */
    UT_CUE_FLAG_LOWERED
};

struct ut_cue_change {
    enum ut_cue_what what;
    enum ut_cue cue;
    int64_t t_ms;     /* opened: when the on-condition had held; closed: when the off-condition had */
    int64_t begin_ms; /* start of what it is about: of the silence, of the first interruption, ... */
    int64_t opened_ms;
    enum ut_cue_display display; /* opened */
    int64_t shown_ms;            /* closed: for how long it was visible */
    int call_ended;              /* closed by the end of the call */
    int dismissed;               /* closed, lowered: the agent had sent it away */
    const char *reason;          /* suppressed: why nobody saw it; lowered: why */
    const char *detail;          /* a word of host-tools/cues/catalogue.h that belongs to it; NULL = none */
    /* in the language of events (host-tools/cues/catalogue.h) */
    const char *title;
    char text[200]; /* the suggestion */
    char rule[320]; /* the on-condition with its numbers */
    struct ut_cue_evidence evidence[UT_CUE_EVIDENCE_MAX];
    int evidence_count;
};

/* Sees every change; what it does not know it leaves alone. */
typedef void ut_cue_sink(void *ctx, const struct ut_cue_change *change);

/* Means over recent scored speech. */
struct ut_cue_means {
    int valid; /* 0 while there is less speech than asked for */
    double frustration, delight, confidence;
};

struct ut_cue_engine {
    const struct ut_config *config;
    ut_cue_sink *sink;
    void *ctx;
    int64_t grid_ms;   /* facts up to this time have been used; -1 = not started */
    int64_t from_ms;   /* where the grid started */
    int64_t newest_ms; /* time of the newest record */

    struct ut_cue_fact {
        int64_t t_ms;
        int kind; /* enum ut_turn_kind, or UT_TURN_KINDS for a score */
        struct ut_wire_turn turn;
        struct ut_wire_score score;
    } fact[UT_CUE_FACTS_MAX]; /* by time, in order of arrival among equals */
    int fact_count;

    struct ut_cue_party {
        uint8_t in_ipu;
        uint8_t unsure;                     /* a record was lost: the end of the IPU may be among them */
        int64_t begin_ms, end_ms;           /* of the IPU in progress, or of the last one; end -1 = none yet */
        int64_t quiet_from_ms;              /* scores say silence since, while in an IPU; -1 = they do not */
        struct ut_baseline level, pace, f0; /* units of struct ut_wire_score */
    } party[2];

    int64_t silence_from_ms;      /* both silent since; -1 = somebody speaks */
    int64_t floor_from_ms;        /* the agent holds the floor since; -1 = not */
    uint8_t floor_lost;           /* in this step: a pause ended, or the customer's IPU that took the floor */
    int64_t customer_long_end_ms; /* end of the customer's last IPU that took the floor; -1 = none yet */

    struct ut_cue_history {
        int64_t t_ms[UT_CUE_HISTORY_MAX], begin_ms[UT_CUE_HISTORY_MAX];
        int count; /* newest last */
    } overlaps, interruptions;
    struct ut_cue_history empathies; /* openings of empathy_cue */
    uint8_t overlap_open;
    int64_t overlap_end_ms;         /* of the last overlap; -1 = none yet */
    uint8_t talk[UT_CUE_TALK_HOPS]; /* ring over hops with speech: 1 = in an overlap */
    int32_t talk_at, talk_hops;
    int32_t talk_window, talk_overlapped; /* hops of talk looked at, and those in an overlap */
    uint8_t share[UT_CUE_TALK_HOPS];      /* ring over hops of the call: bit p = party p in an IPU */
    int32_t share_at, share_hops, share_window, share_talk[2];

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
    uint8_t step_scored;         /* a score was used in this grid step */
    struct ut_cue_means fast, slow;
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

    struct ut_cue_slot {
        uint8_t open, dismissed;
        uint8_t flagged; /* the supervisor's flag is up */
        uint8_t refused; /* said already that it would have opened but for its refractory time */
        enum { UT_SLOT_IDLE, UT_SLOT_WAITING, UT_SLOT_VISIBLE, UT_SLOT_DONE } screen;
        int64_t hold_from_ms;    /* the on-condition holds since; -1 = not */
        int64_t hold_speech_ms;  /* speech over which it has held */
        int64_t release_from_ms; /* the off-condition holds since; -1 = not */
        int64_t refractory_until_ms;
        int64_t shown_ms; /* how long it was visible, once it is no more */
        int64_t seen_ms;  /* when it came to be visible, or could not be shown; -1 = waits still */
        struct ut_cue_change opening;
    } slot[UT_CUES];
    enum ut_cue visible; /* UT_CUES = none */
    int64_t visible_from_ms;
    uint8_t muted;
    int64_t popup_ms[UT_CUE_POPUPS_MAX]; /* newest last */
    int popup_count;
};

void ut_cue_engine_init(struct ut_cue_engine *e, const struct ut_config *config, ut_cue_sink *sink, void *ctx);

/* One record's content. Advances the grid to the record's time less the lag. */
void ut_cue_engine_turn(struct ut_cue_engine *e, const struct ut_wire_turn *turn);
void ut_cue_engine_score(struct ut_cue_engine *e, const struct ut_wire_score *score);
void ut_cue_engine_status(struct ut_cue_engine *e, const struct ut_wire_status *status);

/* Records were lost before the next one. */
void ut_cue_engine_gap(struct ut_cue_engine *e);

/* The call has ended: uses what is waiting and closes what is open. */
void ut_cue_engine_finish(struct ut_cue_engine *e);

/* The next call of the same headset: as ut_cue_engine_init, but what is usual for the agent's voice stays known. */
void ut_cue_engine_next(struct ut_cue_engine *e);

/* What the agent asks for. Muted cues open and close as ever, and nobody sees them. Dismissing the visible cue hides it
 * for good. Both act at once, whatever the minimum time of a visible cue. */
void ut_cue_engine_mute(struct ut_cue_engine *e, int muted);
void ut_cue_engine_dismiss(struct ut_cue_engine *e);

/* Means over the last `seconds` of scored customer speech. */
struct ut_cue_means ut_cue_engine_means(const struct ut_cue_engine *e, double seconds);

/* How many lie in (now - window, now]; *begin_ms = the begin of the first of them, or now. */
int ut_cue_recent(const struct ut_cue_history *h, int64_t now, int64_t window, int64_t *begin_ms);

/* Seconds of the configuration in milliseconds. */
int64_t ut_cue_ms(const struct ut_cue_engine *e, enum ut_param p);

#endif
