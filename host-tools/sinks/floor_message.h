/* SPDX-License-Identifier: Apache-2.0 */
/* What a desk, a floor and a CRM say to each other beside events: topics, acknowledgements, states, checkpoints,
 * questions and their answers, outcomes and their receipts, roll-outs. SPEC.md "Floor".
 *
 * in    names, or bytes that anybody may have sent
 * out   the other of the two
 * Bytes that are not exactly what is expected are refused; members that are not known are passed over.
 */
#ifndef UT_HOST_FLOOR_MESSAGE_H
#define UT_HOST_FLOOR_MESSAGE_H

#include "host-tools/settings/action_rules.h"
#include "host-tools/system/identity.h"
#include "host-tools/system/signed_note.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UT_FLOOR_NAME = UT_IDENTITY_MAX + 1,
    UT_FLOOR_TOPIC = 160,
    UT_FLOOR_SESSION = 80,
    UT_FLOOR_REASON = 80,
    UT_FLOOR_CALL_NAME = 129, /* a session, or the name that others have for it */
    UT_FLOOR_OUTCOME_WORD = 16,
    UT_FLOOR_FROM = 200, /* an address that files are fetched from */
    UT_FLOOR_WHY = 201,
    UT_FLOOR_PAYLOAD_MAX = 8192 /* of an event; four times the longest that is made */
};

enum ut_floor_kind {
    UT_FLOOR_STATUS,
    UT_FLOOR_SCORE,
    UT_FLOOR_CALL,
    UT_FLOOR_CUE,
    UT_FLOOR_FLAG,
    UT_FLOOR_ACK,
    UT_FLOOR_AUDIT,
    UT_FLOOR_ASK,
    UT_FLOOR_ANSWER,
    UT_FLOOR_OUTCOME,
    UT_FLOOR_RECEIPT,
    UT_FLOOR_ROLLOUT,
    UT_FLOOR_KINDS
};

/* "undertone/v1/<site>/<device>/<kind>"; both names fit (system/identity.h). */
struct ut_floor_topic {
    char site[UT_FLOOR_NAME], device[UT_FLOOR_NAME];
    enum ut_floor_kind kind;
};
void ut_floor_topic_text(const char *site, const char *device, enum ut_floor_kind kind, char text[UT_FLOOR_TOPIC]);
int ut_floor_topic_parse(const char *text, struct ut_floor_topic *topic); /* 0 or -1 */

/* Which program serves a site, retained at "undertone/v1/<site>/floor" at each of its brokers: another boot than before
 * is one that may not have heard what is on its way. */
void ut_floor_served_topic(const char *site, char text[UT_FLOOR_TOPIC]);
char *ut_floor_served_text(const char *boot, int64_t epoch); /* epoch: of its lease; 0 = there is none */
int ut_floor_served_parse(const char *bytes, size_t n, char boot[UT_IDENTITY_UUID]);
/* Whether it is another than was heard last, whose place it takes: what was sent to that one is with nobody. */
bool ut_floor_served_news(const char *bytes, size_t n, char heard[UT_IDENTITY_UUID]);

/* Where an event of a type goes. */
enum ut_floor_kind ut_floor_kind_of(const char *type);

/* All of a session up to a number is committed; or the session is refused, and why: nothing more of it is wanted. */
struct ut_floor_ack {
    char session[UT_FLOOR_SESSION];
    int64_t sequence;
    char refused[UT_FLOOR_REASON]; /* "" = it is not */
};
char *ut_floor_ack_text(const struct ut_floor_ack *ack); /* the caller frees it; NULL when out of memory */
int ut_floor_ack_parse(const char *bytes, size_t n, struct ut_floor_ack *ack);

/* What a desk's audit file holds (sinks/checkpoint.h), and whose signature it is. */
struct ut_floor_checkpoint {
    char verifier[UT_NOTE_VERIFIER], note[UT_NOTE_MAX];
};
char *ut_floor_checkpoint_text(const struct ut_floor_checkpoint *c);
int ut_floor_checkpoint_parse(const char *bytes, size_t n, struct ut_floor_checkpoint *c);

/* What a supervisor is asked before an action ("Actions"). */
struct ut_floor_question {
    char id[UT_FLOOR_SESSION], session[UT_FLOOR_SESSION], action[UT_CONFIG_ACTION_NAME], text[UT_CONFIG_ACTION_BYTES];
    bool otherwise;       /* what counts without an answer */
    int64_t remaining_ms; /* 1 to UT_ACTION_ASK_MS */
};
char *ut_floor_question_text(const struct ut_floor_question *q);
int ut_floor_question_parse(const char *bytes, size_t n, struct ut_floor_question *q);

struct ut_floor_answer {
    char id[UT_FLOOR_SESSION], by[UT_FLOOR_NAME];
    bool yes;
};
char *ut_floor_answer_text(const struct ut_floor_answer *answer);
/* Of what somebody typed, each perhaps NULL: 0 only when the desk takes it. */
int ut_floor_answer_make(const char *id, const char *said, const char *by, struct ut_floor_answer *answer);
int ut_floor_answer_parse(const char *bytes, size_t n, struct ut_floor_answer *answer);

/* What became of a call, as a CRM says it; id: its own, for the receipt. */
struct ut_floor_outcome {
    char id[UT_FLOOR_SESSION], call[UT_FLOOR_CALL_NAME], outcome[UT_FLOOR_OUTCOME_WORD];
};
int ut_floor_outcome_parse(const char *bytes, size_t n, struct ut_floor_outcome *outcome);

/* It is stored, or refused, and why. */
struct ut_floor_receipt {
    char id[UT_FLOOR_SESSION], refused[UT_FLOOR_REASON]; /* "" = it is not */
};
char *ut_floor_receipt_text(const struct ut_floor_receipt *receipt);

/* What the desks of a ring are to take, retained at "undertone/v1/<site>/rollout-<ring>"; or that it is stopped, and
 * who has taken it puts back what there was before. The note alone says who may be believed. */
struct ut_floor_rollout {
    uint32_t number;
    bool stopped;             /* then it may have no note, and nothing to fetch */
    char from[UT_FLOOR_FROM]; /* where its files are: "https://floor.example:8443" */
    char note[UT_NOTE_MAX];
};
void ut_floor_rollout_topic(const char *site, const char *ring, char text[UT_FLOOR_TOPIC]);
char *ut_floor_rollout_text(const struct ut_floor_rollout *r);
int ut_floor_rollout_parse(const char *bytes, size_t n, struct ut_floor_rollout *r);

/* How far a desk has come with one. */
enum ut_floor_rollout_state {
    UT_FLOOR_FETCHING,
    UT_FLOOR_TRYING, /* it is in force, and has to stay up */
    UT_FLOOR_CONFIRMED,
    UT_FLOOR_REFUSED,  /* it never was in force */
    UT_FLOOR_REVERTED, /* it was, and what there was before is back */
    UT_FLOOR_ROLLOUT_STATES
};
const char *ut_floor_rollout_state_name(enum ut_floor_rollout_state state); /* "fetching" */
struct ut_floor_rollout_report {
    uint32_t number;
    enum ut_floor_rollout_state state;
    char why[UT_FLOOR_WHY];      /* "" = nothing is wrong; UT_FLOOR_STOPPED: the floor said so */
    char boot[UT_IDENTITY_UUID]; /* of the start of the desk that says it */
};
#define UT_FLOOR_STOPPED "stopped"

/* What Why begins with where what the desk sets itself is in the way: no fault of what was rolled out. */
#define UT_FLOOR_OWN_SETTINGS "this desk's settings: "
char *ut_floor_rollout_report_text(const struct ut_floor_rollout_report *r);
int ut_floor_rollout_report_parse(const char *bytes, size_t n, struct ut_floor_rollout_report *r);

/* A device's connection; a boot is a UUID of version 7, so that a later one sorts behind. */
enum ut_floor_state { UT_FLOOR_CONNECTED, UT_FLOOR_CLOSED, UT_FLOOR_LOST };
struct ut_floor_status {
    enum ut_floor_state state;
    char boot[UT_IDENTITY_UUID];
    int64_t connection;             /* of this boot, from 1: a will says of which */
    char session[UT_FLOOR_SESSION]; /* the call in progress; "" = none */
    bool retained;                  /* not in the text: it was said before it was heard, and so may others have been */
};
/* Below 0 when a was said of an earlier boot or connection than b, 0 of the same, above 0 of a later one. */
int ut_floor_status_order(const struct ut_floor_status *a, const struct ut_floor_status *b);
char *ut_floor_status_text(const struct ut_floor_status *status);
int ut_floor_status_parse(const char *bytes, size_t n, struct ut_floor_status *status);

#endif
