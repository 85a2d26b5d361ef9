/* SPDX-License-Identifier: Apache-2.0 */
/* A call as it stands: what a view needs to show it, and nothing that a view would have to reckon.
 *
 * in    the records of one headset, as its session takes them (host-tools/call/session.h)
 * out   values for people; times are call times
 */
#ifndef UT_HOST_SNAPSHOT_H
#define UT_HOST_SNAPSHOT_H

#include "firmware/wire.h"
#include "host-tools/call/facts.h"
#include "host-tools/call/recollection.h"
#include "host-tools/call/withheld.h"
#include "host-tools/cues/catalogue.h"
#include "host-tools/cues/engine.h"
#include "host-tools/settings/cue_table.h"

#include <stdint.h>

struct ut_snapshot {
    const char *contact_id, *session; /* "" = no call yet */
    const char *contact, *customer;   /* the name that others have for the call, and a hash; "" = not known */
    int64_t t_ms;                     /* time of the newest record; -1 = none yet */
    struct ut_recollection past;      /* of the customer, in the first minute of a call */
    /* customer's scores: 0..1, as of scored_ms */
    int score_valid;   /* 0 = not enough speech yet, no classifier or abstaining */
    int64_t scored_ms; /* when scored speech was heard last; -1 = not in this call */
    int abstain;       /* enum ut_abstain of the newest score, or the above */
    int undisclosed;   /* 1 = the disclosure has not been acknowledged */
    int refused;       /* 1 = the customer does not want to be scored */
    int conference;    /* 1 = there are more than two, and nobody's voice is scored */
    int undeclared;    /* 1 = nobody has said that the one channel is the customer alone */
    double frustration_fast, delight_fast, confidence_fast; /* mean over the last 3 s of speech */
    double frustration_slow, delight_slow;                  /* over 20 s */
    double frustration_trend;                               /* slow average now minus 10 s ago */
    /* measured facts */
    int customer_speech, agent_speech;        /* 0/1, newest score record; 0 while that is withheld */
    double customer_loudness, agent_loudness; /* 0..100 */
    double customer_pace, agent_pace;         /* syllables/s over the last 10 s of speech */
    int64_t talk_ms[2];                       /* enum ut_party */
    double agent_share;                       /* of the talk so far, 0..1; 0.5 when nobody spoke */
    int on_hold;
    int64_t hold_from_ms;  /* since when */
    int64_t hold_ms;       /* on hold so far, in all */
    uint8_t open[UT_CUES]; /* enum ut_cue_show of each cue whose condition holds, visible or not; else 0 */
    enum ut_cue dismissed; /* the cue sent away whose condition still holds; UT_CUES = none */
    int flagged;           /* 1 = the supervisor's flag is up */
    int muted;
    enum ut_language language; /* of the texts below */
    /* the one visible cue; cue = UT_CUES when none */
    enum ut_cue cue;
    int64_t cue_since_ms;
    uint32_t cue_event;   /* number in the id of the event that opened it; 0 = that is to come */
    char cue_title[80];   /* a few words */
    char cue_advice[160]; /* the suggestion */
    char cue_why[600];    /* the rule and the measured values */
    /* link and device */
    struct ut_wire_hello hello; /* all zero until one came */
    int have_hello;
    uint32_t records, lost, malformed, unknown; /* firmware/wire.h: struct ut_wire_receiver */
    uint16_t overruns, drops;                   /* newest status */
    int customer_snr_db, agent_snr_db;          /* -1 = none yet */
    struct ut_wire_status status;               /* the newest; all zero until one came */
    struct ut_withheld withheld;                /* what of the above is not known */
    unsigned unheard; /* parties whose sound is not there, by the source or the newest status: 1 customer, 2 agent */
};

/* What is against a score (enum ut_abstain) on the customer's line: "noisy line". NULL = nothing, but perhaps too
 * little is heard of the customer. */
const char *ut_snapshot_obstacle(int abstain);

/* Before the first call. */
void ut_snapshot_init(struct ut_snapshot *v, const char *contact_id, enum ut_language language);

/* Another call begins: hello, language and muting stay. */
void ut_snapshot_begin(struct ut_snapshot *v, const char *contact_id);

/* A score record, after the engine has used it, and the facts of the turns before it. */
void ut_snapshot_score(struct ut_snapshot *v, const struct ut_wire_score *r, const struct ut_cue_memory *m,
                       const struct ut_facts *facts);
void ut_snapshot_status(struct ut_snapshot *v, const struct ut_wire_status *d);

/* What the receiver has counted. */
void ut_snapshot_link(struct ut_snapshot *v, const struct ut_wire_receiver *r);

/* Which cues are open, and the visible one with its texts. */
void ut_snapshot_cues(struct ut_snapshot *v, const struct ut_cue_engine *e, const struct ut_config *config);

#endif
