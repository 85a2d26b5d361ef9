/* SPDX-License-Identifier: Apache-2.0 */
/* What a floor keeps: every event once, how far each session has come without a hole, calls in progress, flags,
 * devices. The same for each kind of database. SPEC.md "Floor".
 *
 * in    events of many sessions in any order, each once or again; states of devices; what a supervisor did
 * out   rows that are on the disk when a function returns; answers to questions
 * errors host-tools/system/database.h
 */
#ifndef UT_HOST_LEDGER_H
#define UT_HOST_LEDGER_H

#include "host-tools/serve/payload.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UT_LEDGER_AHEAD = 1000,      /* a number so far behind the last one without a hole is not kept: it comes again */
    UT_LEDGER_SCORE_DAYS = 7,    /* then a score goes */
    UT_LEDGER_CALL_DAYS = 90,    /* then a call goes, with its events and flags */
    UT_LEDGER_SESSIONS_MAX = 512 /* of one take */
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
    int64_t calls_live, flags_open, events, sessions, devices_connected;
};

struct ut_ledger_kind {
    /* All of them or none, UT_LEDGER_SESSIONS_MAX at most. 0, or -1 and *fault. */
    int (*take)(struct ut_ledger *l, struct ut_ledger_event *event, size_t n, int64_t unix_ms, struct ut_fault *fault);
    /* Of a device. 1 when it was news, 0 when it was of an older boot or connection, or -1 and *fault. */
    int (*status)(struct ut_ledger *l, const char *device, const struct ut_floor_status *status, int64_t unix_ms,
                  struct ut_fault *fault);
    /* Erases what is too old. The number of calls that went, or -1 and *fault. */
    int (*retain)(struct ut_ledger *l, int64_t unix_ms, struct ut_fault *fault);
    int (*counts)(struct ut_ledger *l, struct ut_ledger_counts *counts, struct ut_fault *fault);
    void (*close)(struct ut_ledger *l);
};

/* The first member of each kind's own struct. */
struct ut_ledger {
    const struct ut_ledger_kind *kind;
};

/* In a file of SQLite's. One of ours that is damaged is moved aside, which is a remark, and a new one is made. NULL and
 * *fault. */
struct ut_ledger *ut_ledger_sqlite(const char *path, struct ut_fault *fault);

#endif
