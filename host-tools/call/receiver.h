/* SPDX-License-Identifier: Apache-2.0 */
/* One headset, received: its port opened and opened again, its bytes through a session, what comes of them to sinks.
 *
 * in    a port (host-tools/sources/port.h), sinks, the session's options
 * out   events, scores and remarks to the sinks; words about the link; requests for the headset's light
 * errors the port's, and a headset of another features version
 * Any number in one process, in one poll loop or in a thread each: ut_receiver_step never waits for anything but what
 * the kind of port itself waits for when it opens or ends, and two receivers share nothing but the config. Whoever
 * drives it calls step, and again when the descriptor has bytes, the deadline has come, or the session was told
 * something (a disclosure, a dismissed cue).
 */
#ifndef UT_HOST_RECEIVER_H
#define UT_HOST_RECEIVER_H

#include "host-tools/call/session.h"
#include "host-tools/call/sink.h"
#include "host-tools/sources/port.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ut_receiver_options {
    struct ut_port *port;   /* not open; outlives the receiver, which closes it */
    struct ut_sinks *sinks; /* outlive the receiver and stay where they are */
    /* Its sink, ctx and on_* are the sinks' (ut_sinks_session). With clock_ms, start_ms becomes the time when the port
     * is first open. contact_id NULL = "live-<that time in s>", which tells no two headsets of one second apart.
     * session NULL = its sound's where the port has a file. */
    struct ut_session_options session;
    bool patient;                /* waits for a port that is not there yet */
    int64_t (*clock_ms)(void *); /* time for waiting; NULL = ut_clock_ms (host-tools/system/clock.h) */
    void *clock_ctx;
};

enum ut_receiver_state {
    UT_RECEIVER_OPENING, /* never open so far */
    UT_RECEIVER_OPEN,    /* there is a session from the first time on */
    UT_RECEIVER_GONE,    /* the port vanished in a call, or before one; it is tried again until it is back */
    UT_RECEIVER_ENDED,   /* in order; nothing more comes */
    UT_RECEIVER_FAILED   /* likewise, and why */
};

enum {
    UT_RECEIVER_RATE_S = 5,   /* over which records/s is taken */
    UT_RECEIVER_FOREIGN = 40, /* characters kept of what is no record */
};

struct ut_receiver {
    struct ut_receiver_options options;
    enum ut_receiver_state state;
    struct ut_session *session;
    const struct ut_snapshot *snapshot;
    int64_t began_ms;         /* when opening was tried first */
    int64_t next_try_ms;      /* when it is tried again */
    int64_t lost_at_ms;       /* when the port vanished */
    int64_t heard_ms;         /* when the last bytes came */
    bool told_absent, silent; /* remarked upon */
    struct {
        int64_t from_ms;                    /* when the first of them came */
        uint32_t bytes;                     /* since the last record */
        char text[UT_RECEIVER_FOREIGN + 1]; /* the first readable ones */
        unsigned length;
        bool whole; /* the text has ended */
        bool told;
    } foreign;           /* bytes that are no record */
    int lit;             /* what the headset was told of its light last (receiver.c); -1 = no cue is there */
    int64_t lit_ms;      /* and when */
    int lights;          /* cues that it was told of, of 32 */
    enum ut_cue lit_cue; /* the last of them, and since when it was there */
    int64_t lit_since_ms;
    enum { UT_RECEIVER_NO_NEXT, UT_RECEIVER_NEXT, UT_RECEIVER_NEXT_ASKED } next; /* call that the headset is to begin */
    int64_t next_ms;                                                             /* since when */
    double records_per_s;
    int64_t rate_at_ms[UT_RECEIVER_RATE_S + 1];
    uint32_t rate_records[UT_RECEIVER_RATE_S + 1];
};

void ut_receiver_init(struct ut_receiver *r, const struct ut_receiver_options *options);

/* Takes what is there: at most one attempt at opening, or one piece of bytes. *fault with UT_RECEIVER_FAILED. */
enum ut_receiver_state ut_receiver_step(struct ut_receiver *r, struct ut_fault *fault);

/* A call begins behind one that was said to be over (ut_session_end). The headset is asked for its next call, so that
 * it knows nothing of the last caller, and that call begins with its first record; with the next record that comes
 * where the port takes no requests, or 2 s later where the headset does not begin anew. */
void ut_receiver_next_call(struct ut_receiver *r);

/* What to wait for: bytes on this descriptor, -1 = none; and this time of clock_ms at the latest. */
int ut_receiver_fd(const struct ut_receiver *r);
int64_t ut_receiver_due_ms(const struct ut_receiver *r);

/* The link in a few words of the screen's language: "live", "silent for 7 s". 1 when it is worth attention. */
int ut_receiver_link(const struct ut_receiver *r, char *text, size_t room);

/* Ends a call under way in order (the sinks hear it) and closes the port. Nothing but init may follow. */
void ut_receiver_close(struct ut_receiver *r);

#endif
