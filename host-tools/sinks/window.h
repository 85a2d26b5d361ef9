/* SPDX-License-Identifier: Apache-2.0 */
/* Which events of an outbox are on their way to a receiver that acknowledges them later, and when they go again.
 *
 * in    an outbox, acknowledgements, the time
 * out   events to send, those of a session in order, UT_WINDOW_ROWS on their way at most
 * errors those of the store
 * Times are of a clock that never goes back, in ms. What is not acknowledged goes again after 3 s, 6 s and so on to
 * 30 s, a fifth more or less, so that many desks do not come at one moment; when the oldest arrives 3 s begin again.
 */
#ifndef UT_HOST_WINDOW_H
#define UT_HOST_WINDOW_H

#include "host-tools/sinks/floor_message.h"
#include "host-tools/system/database.h"

#include <stdbool.h>
#include <stdint.h>

enum { UT_WINDOW_ROWS = 20 };

struct ut_window_row {
    int64_t n, sequence;
    char session[UT_FLOOR_SESSION];
    enum ut_floor_kind kind;
    bool ends; /* its session */
    char *json;
};

/* All zero but the first two: nothing is on its way. They outlive it. */
struct ut_window {
    struct ut_database *database;
    const char *receiver;
    struct ut_window_row row[UT_WINDOW_ROWS];
    int count, sent;  /* those that were sent come first */
    int64_t last;     /* n of the newest row that was read */
    int64_t again_ms; /* when all goes again; 0 = nothing is on its way */
    int vain;         /* times in a row without an acknowledgement */
};

/* The next to send, NULL when the window is full or the outbox holds no more, or on a fault (code not 0). Once it is on
 * its way the caller says so. */
const struct ut_window_row *ut_window_next(struct ut_window *w, struct ut_fault *fault);
void ut_window_sent(struct ut_window *w, int64_t now, uint32_t chance);

/* Whether anything of a session is on its way. */
bool ut_window_holds(const struct ut_window *w, const char *session);

/* When its time has come all goes again. Ms until then; -1 = nothing is on its way. */
int64_t ut_window_due(struct ut_window *w, int64_t now);

/* Another program is the receiver now: what is on its way goes again within a second, desks not all at one moment. */
void ut_window_hurry(struct ut_window *w, int64_t now, uint32_t chance);

/* A new connection: all goes again. */
void ut_window_restart(struct ut_window *w);

/* 1 when something was on its way and has arrived, 0, or -1 and *fault. */
int ut_window_acked(struct ut_window *w, const struct ut_floor_ack *ack, int64_t now, struct ut_fault *fault);

/* Frees what it holds. */
void ut_window_close(struct ut_window *w);

/* n from 0: how long after being sent for the n-th time in vain it goes again, ms. */
int ut_window_again_ms(int n, uint32_t chance);

/* The same once another program is the receiver, ms. */
int ut_window_hurry_ms(uint32_t chance);

#endif
