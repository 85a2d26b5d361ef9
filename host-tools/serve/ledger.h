/* SPDX-License-Identifier: Apache-2.0 */
/* What a floor keeps: every event once, how far each session has come without a hole, calls in progress, flags,
 * devices, roll-outs. The same for each kind of database. SPEC.md "Floor", "Roll-outs".
 *
 * in    events of many sessions in any order, each once or again; states of devices; what a supervisor did
 * out   rows that are on the disk when a function returns; answers to questions
 * errors host-tools/system/database.h
 */
#ifndef UT_HOST_LEDGER_H
#define UT_HOST_LEDGER_H

#include "host-tools/serve/payload.h"
#include "host-tools/system/database.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UT_LEDGER_AHEAD = 1000,       /* a number so far behind the last one without a hole is not kept: it comes again */
    UT_LEDGER_SCORE_DAYS = 7,     /* then a score goes */
    UT_LEDGER_CALL_DAYS = 90,     /* then a call goes, with its events and flags */
    UT_LEDGER_CHECKPOINTS = 100,  /* of a device */
    UT_LEDGER_SESSIONS_MAX = 512, /* of one take */
    UT_LEDGER_LEASE_S = 10,       /* then a program that has said nothing more has lost its site */
    UT_LEDGER_SETTLE_S = 30,      /* a site that has changed hands stays so long where it is */
    UT_LEDGER_HOLDER = 128,
    UT_LEDGER_RINGS = 3, /* of a roll-out */
    UT_LEDGER_FILES = 4,
    UT_LEDGER_NUMBERS = 1000, /* desks take none further above their newest: what one says is believed below it */
    UT_LEDGER_BY = 65
};

enum ut_ledger_result {
    UT_LEDGER_NEW,
    UT_LEDGER_AGAIN,   /* it was there */
    UT_LEDGER_TOO_FAR, /* not kept: UT_LEDGER_AHEAD */
    UT_LEDGER_FOREIGN  /* not kept: the session is another device's */
};

/* An event, or a score, which has no number. */
struct ut_ledger_event {
    struct ut_payload about;
    char device[UT_FLOOR_NAME];
    const char *json;
    /* filled in */
    enum ut_ledger_result result;
    int64_t contiguous; /* of its session, after the take: all numbers up to it are kept */
};

struct ut_ledger;

struct ut_ledger_counts {
    int64_t calls_live, flags_open, flags_unseen, events, sessions, devices_connected;
    int64_t replica_reads, replica_behind; /* questions of pages that the replica answered, and that it could not yet */
};

/* A call, and its newest flag. Texts last as long as the call of `each`; Unix times in ms, -1 = not yet. */
struct ut_ledger_call {
    const char *session, *contact, *state, *device;
    int64_t began, ended, events, cues;
    int64_t updated;      /* when its newest score came; -1 = none has */
    const char *snapshot; /* that score's event; "" = none */
    int64_t flag;         /* 0 = none was raised, and the rest is nothing */
    int64_t raised, lowered, acked, acted;
    const char *acked_by, *action;
    const char *flag_event;   /* that raised it */
    enum ut_floor_state link; /* of the desk that it is at */
    int64_t link_since;       /* -1 = nothing was heard of it */
};

/* Not 0 ends it. */
typedef int ut_ledger_each_call(void *ctx, const struct ut_ledger_call *c);
typedef int ut_ledger_each_line(void *ctx, int64_t key, const char *json);

/* What a desk's audit file held (sinks/checkpoint.h). */
struct ut_ledger_checkpoint {
    const char *device, *verifier, *root, *note;
    int64_t n, received; /* records; Unix time in ms */
};
typedef int ut_ledger_each_checkpoint(void *ctx, const struct ut_ledger_checkpoint *c);

/* A ring of a roll-out: it waits for the one before, is open to its desks, has passed, or is stopped for good. */
enum ut_ledger_ring_state {
    UT_LEDGER_RING_WAITING,
    UT_LEDGER_RING_OPEN,
    UT_LEDGER_RING_PASSED,
    UT_LEDGER_RING_STOPPED,
    UT_LEDGER_RING_STATES
};
const char *ut_ledger_ring_state_name(enum ut_ledger_ring_state state); /* "waiting" */

/* Texts last as long as the call of `each`. */
struct ut_ledger_ring {
    uint32_t number;
    int ring; /* 0 to UT_LEDGER_RINGS - 1, in their order */
    unsigned share;
    enum ut_ledger_ring_state state;
    int64_t hold_s, opened, changed;    /* opened, changed: Unix times in ms; opened -1 = it never was */
    const char *note, *why, *by;        /* who brought it into this state, and why */
    enum ut_ledger_ring_state recorded; /* the state that is on serve's record; WAITING = none is */
};
typedef int ut_ledger_each_ring(void *ctx, const struct ut_ledger_ring *ring);

/* A file of a roll-out. */
struct ut_ledger_file {
    const char *sha256, *hex; /* its bytes, two digits each */
    int64_t bytes;
};

/* A desk, as a roll-out is judged by it. */
struct ut_ledger_desk {
    const char *device, *why;
    enum ut_floor_state link;
    int64_t since; /* when the link came into that state */
    int64_t lost;  /* when it was lost last, or the desk began again without closing; -1 = never */
    bool reported; /* it has said something of the roll-out, and the rest of it counts */
    enum ut_floor_rollout_state state;
    int64_t reached;       /* when it came into that state */
    int64_t taken;         /* when it was in force there first; -1 = never */
    int64_t cues, call_ms; /* of calls that began since: cues that opened, and their lengths */
};
typedef int ut_ledger_each_desk(void *ctx, const struct ut_ledger_desk *desk);

/* A program that serves a site, or stands by for it. */
struct ut_ledger_holder {
    const char *name, *node; /* node: the machine that it is on, over which sites spread */
    int settle_s;            /* UT_LEDGER_SETTLE_S */
};

/* Which of several programs serves a site. */
struct ut_ledger_lease {
    int64_t epoch; /* each change of hands is a new one; 0 = another has it */
    char holder[UT_LEDGER_HOLDER], node[UT_FLOOR_NAME];
    int64_t left_ms;   /* until somebody else may take it */
    int64_t server_ms; /* Unix time by the clock of whoever keeps the ledger */
};

struct ut_ledger_site {
    const char *site, *holder, *node;
    const char *others; /* nodes of those who stand by, blanks between */
    int64_t epoch, left_ms, devices_connected, calls_live, flags_open, events;
};
typedef int ut_ledger_each_site(void *ctx, const struct ut_ledger_site *site);

struct ut_ledger_kind {
    /* All of them or none, UT_LEDGER_SESSIONS_MAX at most. 0, or -1 and *fault. */
    int (*take)(struct ut_ledger *l, struct ut_ledger_event *event, size_t n, int64_t unix_ms, struct ut_fault *fault);
    /* Of a device. 1 when it was news, 0 when it was of an older boot or connection, or -1 and *fault. */
    int (*status)(struct ut_ledger *l, const char *device, const struct ut_floor_status *status, int64_t unix_ms,
                  struct ut_fault *fault);
    /* Erases what is too old. The number of calls that went, or -1 and *fault. */
    int (*retain)(struct ut_ledger *l, int64_t unix_ms, struct ut_fault *fault);
    /* Of a session, or all in progress and those that ended since (session NULL): flags that are up first, by when they
     * were raised, then by when calls began. 0, or -1 and *fault, or what `each` returned; so do calls_of, events
     * and scores. */
    int (*calls)(struct ut_ledger *l, const char *session, int64_t since_ms, ut_ledger_each_call *each, void *ctx,
                 struct ut_fault *fault);
    /* Of a customer, by the hash in their events (system/site_key.h), the oldest first. */
    int (*calls_of)(struct ut_ledger *l, const char *customer, ut_ledger_each_call *each, void *ctx,
                    struct ut_fault *fault);
    /* Erases those calls, with events, scores and flags; what desks send of them later is refused. The number of calls,
     * or -1 and *fault. */
    int (*forget)(struct ut_ledger *l, const char *customer, struct ut_fault *fault);
    /* Of a session, behind a sequence or a call time, `most` at most. */
    int (*events)(struct ut_ledger *l, const char *session, int64_t behind, int most, ut_ledger_each_line *each,
                  void *ctx, struct ut_fault *fault);
    int (*scores)(struct ut_ledger *l, const char *session, int64_t behind, int most, ut_ledger_each_line *each,
                  void *ctx, struct ut_fault *fault);
    /* Somebody has seen a flag; or has acted (action not NULL), which is seeing it too. The first one's name and time
     * stay. 1; 0 there is no such flag; or -1 and *fault. */
    int (*act)(struct ut_ledger *l, int64_t flag, const char *by, const char *action, int64_t unix_ms,
               struct ut_fault *fault);
    /* The session of a flag. 1, 0 there is none, or -1 and *fault. */
    int (*flagged)(struct ut_ledger *l, int64_t flag, char session[UT_FLOOR_SESSION], struct ut_fault *fault);
    /* The newest UT_LEDGER_CHECKPOINTS of a device, the newest first; of every device its newest one (device NULL). 0,
     * or -1 and *fault, or what `each` returned. */
    int (*checkpoints)(struct ut_ledger *l, const char *device, ut_ledger_each_checkpoint *each, void *ctx,
                       struct ut_fault *fault);
    /* 0, or -1 and *fault. */
    int (*keep_checkpoint)(struct ut_ledger *l, const struct ut_ledger_checkpoint *c, int64_t unix_ms,
                           struct ut_fault *fault);
    /* A device's audit file is another from now on: those that are kept stay under the name "DEVICE@" and the time,
     * and its next one is its first. How many there were, or -1 and *fault. */
    int (*renew_checkpoints)(struct ut_ledger *l, const char *device, int64_t unix_ms, struct ut_fault *fault);
    /* A new roll-out, with all its rings, of which the first is open; files of those that nobody may take any more go.
     * 1; 0 where its number is not above the newest, or that one is neither passed nor stopped; or -1 and *fault. */
    int (*open_rollout)(struct ut_ledger *l, const struct ut_ledger_ring ring[UT_LEDGER_RINGS],
                        const struct ut_ledger_file *file, int files, int64_t unix_ms, struct ut_fault *fault);
    /* Rings, the newest roll-out first, of `most` roll-outs. 0, or -1 and *fault, or what `each` returned. */
    int (*rollouts)(struct ut_ledger *l, int most, ut_ledger_each_ring *each, void *ctx, struct ut_fault *fault);
    /* The number of the newest, by the ledger or by a desk: one that was lost does not begin again at 1. 0 = there is
     * none. 0, or -1 and *fault. */
    int (*newest_rollout)(struct ut_ledger *l, uint32_t *number, struct ut_fault *fault);
    /* An open ring has passed, and the next one opens; or the newest roll-out is stopped, all its rings. 1; 0 it is not
     * open, or was stopped, or is not the newest; or -1 and *fault. */
    int (*pass_ring)(struct ut_ledger *l, uint32_t number, int ring, const char *why, int64_t unix_ms,
                     struct ut_fault *fault);
    int (*stop_rollout)(struct ut_ledger *l, uint32_t number, const char *by, const char *why, int64_t unix_ms,
                        struct ut_fault *fault);
    /* A ring's state is on serve's record. 0, or -1 and *fault. */
    int (*record_ring)(struct ut_ledger *l, uint32_t number, int ring, enum ut_ledger_ring_state state,
                       struct ut_fault *fault);
    /* key: its bytes; the line: it in hexadecimal. 0 where there is none; -1 and *fault; or what `each` returned. */
    int (*rollout_file)(struct ut_ledger *l, const char *sha256, ut_ledger_each_line *each, void *ctx,
                        struct ut_fault *fault);
    /* What a desk says of one. 1 when it was news; 0 when it was said before a later thing, or of a number
     * UT_LEDGER_NUMBERS or more above the newest of the ledger; or -1 and *fault. */
    int (*report_rollout)(struct ut_ledger *l, const char *device, const struct ut_floor_rollout_report *report,
                          int64_t unix_ms, struct ut_fault *fault);
    /* Every desk of the site, by name. Calls count that began after since_ms, and after it had taken the roll-out. 0,
     * or -1 and *fault, or what `each` returned. */
    int (*rollout_desks)(struct ut_ledger *l, uint32_t number, int64_t since_ms, ut_ledger_each_desk *each, void *ctx,
                         struct ut_fault *fault);
    int (*counts)(struct ut_ledger *l, struct ut_ledger_counts *counts, struct ut_fault *fault);
    /* Takes the site's lease for some seconds, or keeps it, or gives it up (0): from then on what another program of
     * that site takes (take, status) is refused with UT_EXIT_STORE_LOCKED, and so is this one's once another has it:
     * one that took it over, or that got it since its node has less to do. 0, or -1 and *fault. NULL: a kind that one
     * program has to itself. So is `sites`, every site with a lease. */
    int (*hold)(struct ut_ledger *l, const struct ut_ledger_holder *holder, int seconds, struct ut_ledger_lease *lease,
                struct ut_fault *fault);
    int (*sites)(struct ut_ledger *l, ut_ledger_each_site *each, void *ctx, struct ut_fault *fault);
    /* From now on lists of calls, events, scores and counts are asked of a replica of the server at that address, where
     * it has all that this program has done; else of the server itself. One that is away is no fault. 0, or -1 and
     * *fault. NULL: a kind without. */
    int (*read_from)(struct ut_ledger *l, const char *address, struct ut_fault *fault);
    /* From now on a call of one of this site's desks that began at that site goes on here, with its flags, once this
     * one takes something of it. NULL: a kind without. */
    void (*split_from)(struct ut_ledger *l, const char *site);
    void (*close)(struct ut_ledger *l);
};

/* The first member of each kind's own struct. */
struct ut_ledger {
    const struct ut_ledger_kind *kind;
};

/* For the kinds of database: who asks for rows, one of these, and with what. */
struct ut_ledger_asking {
    ut_ledger_each_call *call;
    ut_ledger_each_line *line;
    ut_ledger_each_checkpoint *checkpoint;
    ut_ledger_each_ring *ring;
    ut_ledger_each_desk *desk;
    void *ctx;
};

/* Each a ut_database_each with a struct ut_ledger_asking; columns are in the order in which ledger.c reads them. */
int ut_ledger_row_call(void *ctx, const struct ut_database_row *row);
int ut_ledger_row_line(void *ctx, const struct ut_database_row *row);
int ut_ledger_row_checkpoint(void *ctx, const struct ut_database_row *row);
int ut_ledger_row_ring(void *ctx, const struct ut_database_row *row);
int ut_ledger_row_desk(void *ctx, const struct ut_database_row *row);

/* With a struct ut_ledger_counts, a uint32_t, or a char [UT_FLOOR_SESSION]. */
int ut_ledger_row_counts(void *ctx, const struct ut_database_row *row);
int ut_ledger_row_rollout(void *ctx, const struct ut_database_row *row);
int ut_ledger_row_session(void *ctx, const struct ut_database_row *row);

extern const struct ut_database_kind ut_ledger_table_kind;

/* In a file of SQLite's. serves: one that is missing is made, and one of ours that is damaged is moved aside, which is
 * a remark, and a new one is made. Whoever only asks or adds leaves it to serve, which may have it open:
 * UT_EXIT_STORE. NULL and *fault. */
struct ut_ledger *ut_ledger_sqlite(const char *path, bool serves, struct ut_fault *fault);

/* One site's part of a database of PostgreSQL's (system/postgres.h), whose tables are made when there are none. What is
 * too old goes with the end of its day. NULL and *fault. */
struct ut_ledger *ut_ledger_postgres(const char *address, const char *site, struct ut_fault *fault);

/* The device whose call a session is. 1; 0 there is none, or its desk is unknown; or -1 and *fault. */
int ut_ledger_desk_of(struct ut_ledger *l, const char *session, char device[UT_FLOOR_NAME], struct ut_fault *fault);

/* Of either kind, by what `where` looks like. NULL and *fault; UT_EXIT_USAGE where the program was built without. */
struct ut_ledger *ut_ledger_open(const char *where, const char *site, bool serves, struct ut_fault *fault);

#endif
