/* SPDX-License-Identifier: Apache-2.0 */
/* Where a call's events go: a file, a stream, a screen, a service. Sinks are to events what ports are to bytes.
 *
 * in    what a session hands on, for each record: its score or turn and the cues it changes, the events made of them,
 *       then the snapshot; remarks for people at any time; the audio too where a recording is played
 * out   the sink's own; struct ut_sinks gives one session's to many
 * errors hooks without a fault return -1 when the sink can take no more; its flush or its close then says why. Code 0
 *       in a fault: a reader has gone, which is nobody's failure. A sink that fails disturbs no other, unless it is a
 *       gate: behind it nothing is handed on but remarks.
 */
#ifndef UT_HOST_SINK_H
#define UT_HOST_SINK_H

#include "firmware/call.h"
#include "firmware/wire.h"
#include "host-tools/call/events.h"
#include "host-tools/call/session.h"
#include "host-tools/call/snapshot.h"
#include "host-tools/cues/engine.h"
#include "host-tools/settings/config.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ut_sink;

/* A recording that is about to be played. */
struct ut_sink_recording {
    const char *path, *contact_id;
    int64_t start_ms;               /* Unix time of call time 0; 0 = not known */
    const struct ut_config *config; /* outlives the call */
    const struct ut_audio *audio;
    struct ut_audio_choice choice;
    const char *alone;          /* as in session.h */
    const struct ut_call *call; /* hears it, each part just before the sinks do */
};

/* What a sink does; NULL = nothing. Each returns 0 or -1. */
struct ut_sink_kind {
    bool gate; /* what it cannot take no other gets: it stands before them */
    int (*open)(struct ut_sink *s, struct ut_fault *fault);
    int (*recording)(struct ut_sink *s, const struct ut_sink_recording *recording);
    /* {customer, agent}, up to the end of the call's hop at most; n = 0: that was all, and the call is not finished. */
    int (*audio)(struct ut_sink *s, const int16_t *pairs, size_t n, struct ut_fault *fault);
    int (*score)(struct ut_sink *s, const struct ut_wire_score *score);
    int (*turn)(struct ut_sink *s, const struct ut_wire_turn *turn);
    int (*cue)(struct ut_sink *s, const struct ut_cue_change *change);
    int (*hold)(struct ut_sink *s, const struct ut_hold_span *span); /* known to have begun, and to have ended */
    int (*event)(struct ut_sink *s, const struct ut_event *event);
    int (*snapshot)(struct ut_sink *s, const struct ut_snapshot *snapshot); /* after each record of a call under way */
    void (*note)(struct ut_sink *s, const char *text);
    /* A call has ended, its last event was sent: what is made of a whole call. */
    int (*end)(struct ut_sink *s, const struct ut_session *session, struct ut_fault *fault);
    int (*flush)(struct ut_sink *s, struct ut_fault *fault); /* readers see what there is so far */
    /* Before the gates close: it ends what it does by itself, and closes behind them. NULL: it closes before them. */
    void (*settle)(struct ut_sink *s);
    /* The last call, of a sink that was opened or was not: keep what was written, or leave no file. Frees s. */
    int (*close)(struct ut_sink *s, bool keep, struct ut_fault *fault);
};

/* The first member of each kind's own struct. */
struct ut_sink {
    const struct ut_sink_kind *kind;
    struct ut_sinks *list; /* that it stands in once it is open, for remarks (ut_sinks_note) */
};

enum { UT_SINKS_MAX = 16 };

/* All zero: none. Stays where it is while its session lives. */
struct ut_sinks {
    struct ut_sink *sink[UT_SINKS_MAX];
    int count;
    const struct ut_session *session; /* whose last event of a call calls `end`; NULL = nobody's */
    bool broken;                      /* some sink can take no more */
    bool shut;                        /* that sink is a gate */
    bool told[UT_SINKS_MAX];          /* whose fault with a code is known: kept, or printed */
    struct ut_fault fault;            /* the first of a sink; one with a code takes the place of one without. The first
                                         with a code of each other sink is a remark */
};

/* Opens a sink and puts it behind the others; NULL = there was no memory for it. 0; or -1, *fault, and it is freed. */
int ut_sinks_add(struct ut_sinks *l, struct ut_sink *s, struct ut_fault *fault);

/* A session whose output goes to the list: sink, ctx (the list) and on_* of the options are set here. NULL when out of
 * memory. */
struct ut_session *ut_sinks_session(struct ut_sinks *l, const struct ut_session_options *options);

/* What no session says. */
void ut_sinks_recording(struct ut_sinks *l, const struct ut_sink_recording *recording);
int ut_sinks_audio(struct ut_sinks *l, const int16_t *pairs, size_t n,
                   struct ut_fault *fault); /* 0, or -1 and *fault */
void ut_sinks_snapshot(struct ut_sinks *l, const struct ut_snapshot *snapshot);
void ut_sinks_note(struct ut_sinks *l, const char *text);

/* 0, or -1 when some sink has failed, now or before: l->fault. */
int ut_sinks_flush(struct ut_sinks *l);
int ut_sinks_close(struct ut_sinks *l, bool keep);

#endif
