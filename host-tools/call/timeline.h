/* SPDX-License-Identifier: Apache-2.0 */
/* What happened in a call and when: everything that replay's files and pictures are made of, but for the audio's rows.
 *
 * in    score and turn records and cue changes of one call, as a session hands them on (host-tools/call/session.h)
 * out   lists in order of arrival; times in ms of call time
 * A list that cannot grow sets `incomplete`: nothing may then be written from it.
 */
#ifndef UT_HOST_TIMELINE_H
#define UT_HOST_TIMELINE_H

#include "firmware/turns.h"
#include "firmware/wire.h"
#include "host-tools/call/snapshot.h"
#include "host-tools/call/withheld.h"
#include "host-tools/cues/change.h"
#include "host-tools/cues/hold.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UT_TIMELINE_NEVER = -1 };

struct ut_timeline_score {
    struct ut_wire_score record;
    bool fast_valid, slow_valid; /* enough scored speech so far, and the headset does not abstain */
    double frustration_fast, delight_fast, confidence_fast, frustration_slow, delight_slow;
};

/* One opening of a cue. */
struct ut_timeline_cue {
    struct ut_cue_change opening;
    int64_t end_ms;        /* when it closed; UT_TIMELINE_NEVER before */
    int64_t shown_ms;      /* for how long it was visible */
    const char *not_shown; /* why nobody saw it; NULL when it was seen or nothing kept it from the screen */
};

struct ut_timeline {
    char contact_id[128];
    char file[512];                 /* name without folder */
    int channel[2];                 /* channel of the file from 1, by enum ut_party; 0 = none */
    int64_t end_ms;                 /* length of the audio */
    char cut[300];                  /* what ends it early: the recording is truncated; "" = nothing */
    unsigned unheard;               /* 1 << enum ut_party: whose sound it lacks */
    int64_t start_ms;               /* Unix time of call time 0; 0 = not known */
    const struct ut_config *config; /* outlives the timeline */
    struct ut_wire_hello hello;
    struct ut_wire_status status; /* the last one: what the channels held */
    const char *alone;            /* as in session.h */
    struct ut_withheld withheld;  /* at the call's end */
    struct ut_timeline_score *score;
    size_t scores, score_room;
    struct ut_wire_turn *turn; /* those with an end: IPU, backchannel, turn, overlap, interruption, non-talk */
    size_t turns, turn_room;
    struct ut_timeline_cue *cue;
    size_t cues, cue_room;
    struct ut_hold_span *hold;
    size_t holds, hold_room;
    json_t *trajectory; /* host-tools/call/trajectory.h, at the call's end; NULL before */
    bool incomplete;
};

void ut_timeline_init(struct ut_timeline *t);
void ut_timeline_free(struct ut_timeline *t);

void ut_timeline_score(struct ut_timeline *t, const struct ut_wire_score *record);
void ut_timeline_turn(struct ut_timeline *t, const struct ut_wire_turn *record);
void ut_timeline_cue(struct ut_timeline *t, const struct ut_cue_change *change);

/* When it began, and again when it ended. */
void ut_timeline_hold(struct ut_timeline *t, const struct ut_hold_span *span);

/* Milliseconds on hold. */
int64_t ut_timeline_on_hold_ms(const struct ut_timeline *t);

/* The averages that belong to the newest score, after the session has used its record. */
void ut_timeline_averages(struct ut_timeline *t, const struct ut_snapshot *snapshot);

/* Before the end: what is void of it, scores become withheld and turns go. */
void ut_timeline_withhold(struct ut_timeline *t, const struct ut_withheld *withheld);

/* What is to be known of the channels beside the lists: "one channel, the customer alone, as declared". "" = nothing.
 * Returns text. */
const char *ut_timeline_remark(const struct ut_timeline *t, enum ut_language language, char *text, size_t size);

/* The call is over: its length in ms. Everything is in order of its begin and none goes beyond the length. */
void ut_timeline_finish(struct ut_timeline *t, int64_t end_ms);

#endif
