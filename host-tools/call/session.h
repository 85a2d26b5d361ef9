/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving side of one headset: bytes or records in, events out. The same object serves `replay` and `live`.
 *
 * in    link bytes (any chunk size, joined at any byte) or packed records (firmware/wire.h)
 * out   struct ut_event to a sink (host-tools/call/events.h), a view for a screen, a summary for a file
 * Driven by the records' own times alone: the same records give the same events, whenever they arrive.
 * A call ends with the status that follows its last score (UT_WIRE_END), or with ut_session_finish. A record whose
 * time goes back, or a hello after an ended call, starts a new call whose ContactId and session get "-2", "-3", ...
 */
#ifndef UT_HOST_SESSION_H
#define UT_HOST_SESSION_H

#include "firmware/wire.h"
#include "host-tools/call/events.h"
#include "host-tools/call/handover.h"
#include "host-tools/call/policy.h"
#include "host-tools/call/recollection.h"
#include "host-tools/call/snapshot.h"
#include "host-tools/cues/engine.h"
#include "host-tools/settings/config.h"
#include "host-tools/settings/holdout.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ut_session;

struct ut_session_options {
    const struct ut_config *config; /* outlives the session */
    const char *contact_id;
    /* What tells the first call from all others (system/identity.h); of later ones "-2", "-3", ... is added. NULL = a
     * new one, which no other call ever has */
    const char *session;
    enum ut_policy policy;
    const char *customer;  /* of the first call, a hash (system/site_key.h); NULL = nobody said */
    const char *disclosed; /* who acknowledged the disclosure of every call before it began; NULL = nobody did */
    const char *alone; /* of the one channel: "declared" the customer's alone, or "undeclared"; NULL = there are two */
    const struct ut_holdout *holdout; /* which calls go without cues; outlives the session; NULL = none */
    const struct ut_recall *recall;   /* who is asked about a customer; outlives the session; NULL = nobody */
    int64_t start_ms;                 /* Unix time of call time 0; 0 = replay's fixed 1970-01-01T00:00:00Z */
    /* Unix time now, for calls in progress: call time 0 is reckoned back from the call's first record that has a time.
     * NULL = every call begins at start_ms */
    int64_t (*clock_ms)(void *ctx);
    bool explain;    /* events' lines name the classifier's log-odds */
    const char *cut; /* what ends a recording before its end; NULL = nothing. The call is marked truncated */
    /* parties whose sound a recording or an input lacks: 1 the customer, 2 the agent; of whom else there is none, the
     * headset says in its status */
    unsigned unheard;
    ut_event_sink *sink;
    void *ctx;
    /* every score record as it arrives, every turn record and every change of a cue; may be NULL */
    void (*on_score)(void *ctx, const struct ut_wire_score *score);
    void (*on_turn)(void *ctx, const struct ut_wire_turn *turn);
    void (*on_cue)(void *ctx, const struct ut_cue_change *change);
    /* every hold when it is known to have begun, and to have ended (span->end_ms); may be NULL */
    void (*on_hold)(void *ctx, const struct ut_hold_span *span);
    /* remarks for stderr (garbage on the line, unknown record version, suppressed cue); may be NULL */
    void (*on_note)(void *ctx, const char *text);
};

/* NULL when out of memory (or, without a session's name, of randomness). */
struct ut_session *ut_session_new(const struct ut_session_options *options);
void ut_session_free(struct ut_session *s);

/* Bytes from a serial line, and one packed record from a link with its own framing. */
void ut_session_bytes(struct ut_session *s, const uint8_t *data, size_t len);
void ut_session_record(struct ut_session *s, const uint8_t record[UT_WIRE_RECORD_BYTES]);

/* The link came back after a loss: the next byte may be in mid-frame. Counters and the call go on. renumbered: the link
 * gives its records new numbers, opens with copies of the last hello and status, and may repeat what it had sent
 * (Bluetooth). */
void ut_session_relink(struct ut_session *s, int renumbered);

/* The customer of the call under way (else of the next one) has been told; `by` says who acknowledged it: "key". Sends
 * session.disclosed; from here on there are scores. Nothing where it is known already or not asked for. */
void ut_session_disclose(struct ut_session *s, const char *by);

/* Who the call under way, else the next one, is with: the name that others have for it ("" = nothing new), and the
 * customer's hash (system/site_key.h; "" = nothing new). Sends session.identified where the call has begun. */
void ut_session_identify(struct ut_session *s, const char *contact, const char *customer);

/* The customer of the call under way does not want to be scored; withdrawn: any more. Sends session.refused. From here
 * on there are no scores, and what was scored in the call is forgotten. 0; -1 where no call is under way, or it was
 * said already. */
int ut_session_refuse(struct ut_session *s, bool withdrawn, const char *by);

/* The call under way is put on hold, or taken off, by whoever can. 0; -1 where no call is under way. */
int ut_session_hold(struct ut_session *s, bool on);

/* There are more than two in the call under way, or not any more: no voice is scored meanwhile. 0 or -1 likewise. */
int ut_session_conference(struct ut_session *s, bool on);

/* What became of a cue, by the id of the event that opened it: "helped", "did_not_help", "wrong". Sends cue.outcome. 0;
 * -1: no cue of the call under way, or of the one before, has that id. */
int ut_session_outcome(struct ut_session *s, const char *opening, const char *outcome);

/* Another takes over, or is asked to. Sends handover (host-tools/call/handover.h). 0; -1 where no call is under way. */
int ut_session_handover(struct ut_session *s, enum ut_handover_kind kind, const char *to);

/* The call under way is over, although the headset goes on: what it sends is nobody's until it begins anew, or
 * ut_session_start. 0; -1 where no call is under way. */
int ut_session_end(struct ut_session *s);

/* The next record begins a call, where none is under way. */
void ut_session_start(struct ut_session *s);

/* What the agent asks for: no cues on the screen until further notice; the visible cue away. Cues go on opening and
 * closing. */
void ut_session_mute(struct ut_session *s, int muted);
void ut_session_dismiss(struct ut_session *s);

/* The device (or the file) is gone for good: sends session.completed, or session.failed when reason is not NULL.
 * Does nothing when the call has ended already or none has begun. */
void ut_session_finish(struct ut_session *s, const char *reason);

/* 1 between a call's first record and its end. */
int ut_session_active(const struct ut_session *s);

/* Calls ended so far. `live` ends after the first one where its source cannot begin another. */
int ut_session_calls(const struct ut_session *s);

/* What a view needs, refreshed by every record. */
const struct ut_snapshot *ut_session_snapshot(const struct ut_session *s);

/* The call so far (or the last one) in the shape of the per-call file; the caller drops the reference. */
json_t *ut_session_summary(const struct ut_session *s);

#endif
