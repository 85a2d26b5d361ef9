/* SPDX-License-Identifier: Apache-2.0 */
/* What each event says: its data, and its line for people. SPEC.md "Events".
 *
 * in    the provenance that every event carries, and what happened
 * out   a JSON object that the caller owns; a line, English whatever the language of cues, "" where nobody needs one
 * Nothing is remembered here: the same arguments give the same bytes.
 */
#ifndef UT_HOST_EVENT_DATA_H
#define UT_HOST_EVENT_DATA_H

#include "firmware/wire.h"
#include "host-tools/cues/change.h"
#include "host-tools/cues/memory.h"
#include "host-tools/settings/config.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stdint.h>

enum { UT_EVENT_LINE = 800 };

/* Where an event comes from. */
struct ut_event_origin {
    const char *contact_id;
    const struct ut_wire_hello *hello; /* of the headset; NULL = it has not said yet */
    const struct ut_config *config;
    const char *config_crc32; /* 8 hexadecimal digits: ut_config_crc32 */
    const char *policy;
    bool explain; /* lines name the classifier's log-odds */
};

/* {Id, Crc32, Sha256}, each null where no classifier runs, and "1.2.3" or null. */
json_t *ut_event_data_model(const struct ut_event_origin *o);
json_t *ut_event_data_firmware(const struct ut_event_origin *o);

/* disclosure: "not_required", "pending" or "acknowledged". */
/* alone: NULL, or why one channel is the customer's alone (session.h). customer: a hash (system/site_key.h), "" = not
 * said. */
json_t *ut_event_data_started(const struct ut_event_origin *o, const char *disclosure, const char *alone,
                              const char *customer, char line[UT_EVENT_LINE]);
json_t *ut_event_data_disclosed(const struct ut_event_origin *o, int64_t t_ms, const char *by,
                                char line[UT_EVENT_LINE]);

/* Who a call is with, learnt after it began. contact: the name that others have for it; customer: a hash; "" = not
 * said. */
json_t *ut_event_data_identified(const struct ut_event_origin *o, int64_t t_ms, const char *contact,
                                 const char *customer, char line[UT_EVENT_LINE]);

/* The customer does not want to be scored, from the beginning or any more. by: who says so. */
json_t *ut_event_data_refused(const struct ut_event_origin *o, int64_t t_ms, bool withdrawn, const char *by,
                              char line[UT_EVENT_LINE]);

/* What became of a cue, by the agent: "helped", "did_not_help", "wrong". opening: the id of the event that opened it.
 */
json_t *ut_event_data_outcome(const struct ut_event_origin *o, int64_t t_ms, enum ut_cue cue, const char *opening,
                              const char *outcome, char line[UT_EVENT_LINE]);

/* reason: why the call failed, in any bytes; NULL = it ended as calls do. cut: what ended its recording before it was
 * over; NULL = nothing. */
json_t *ut_event_data_ended(const struct ut_event_origin *o, int64_t t_ms, uint32_t records_lost, const char *reason,
                            const char *cut, char line[UT_EVENT_LINE]);

/* The members that all events have. */
json_t *ut_event_data_common(const struct ut_event_origin *o);

/* {AfterMillis, Reason} of a recording that was cut. */
json_t *ut_event_data_cut(int64_t t_ms, const char *cut);

/* Of an opening, a closing, a flag raised or lowered. The data's texts are the change's. */
json_t *ut_event_data_cue(const struct ut_event_origin *o, const struct ut_cue_change *c, char line[UT_EVENT_LINE]);

/* One second of score records. */
struct ut_event_second {
    int64_t begin_ms;
    struct ut_cue_means now;           /* over the second's scored speech */
    const struct ut_cue_memory *usual; /* the fast and slow averages, slope and forecast */
    const char *abstain;               /* a code; "none" = there are scores */
    double loudness;                   /* mean over the customer's speech, 0..100; -1 = none in this second */
    double agent_share;                /* of the talk so far, 0..1; -1 = not known */
    struct ut_wire_score newest;
};
json_t *ut_event_data_score(const struct ut_event_origin *o, const struct ut_event_second *second,
                            char line[UT_EVENT_LINE]);

json_t *ut_event_data_turn(const struct ut_event_origin *o, const struct ut_wire_turn *t, char line[UT_EVENT_LINE]);

/* Of a hold that began or ended. ended_ms: of the call's holds that are over, this one included. */
json_t *ut_event_data_hold(const struct ut_event_origin *o, const struct ut_hold_span *span, uint32_t count,
                           int64_t ended_ms, char line[UT_EVENT_LINE]);

/* A line only where what the headset lost has changed. */
json_t *ut_event_data_status(const struct ut_event_origin *o, const struct ut_wire_status *d,
                             const struct ut_wire_status *before, const struct ut_wire_receiver *receiver,
                             char line[UT_EVENT_LINE]);

#endif
