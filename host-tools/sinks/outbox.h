/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a store that have yet to reach somebody: which are due, who has one in hand, how it went. SPEC.md "Outbox".
 *
 * in    events that are stored, by the name of a receiver; how each attempt went
 * out   one event at a time, those of a session in their order
 * errors host-tools/system/database.h
 * Times are Unix times in ms. Any number of programs may work on one outbox: what one takes no other does until it is
 * given back or UT_OUTBOX_TAKEN_MS are over, so that a killed one delays and loses nothing.
 */
#ifndef UT_HOST_OUTBOX_H
#define UT_HOST_OUTBOX_H

#include "host-tools/system/database.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    UT_OUTBOX_TAKEN_MS = 20000, /* longer than any attempt */
    UT_OUTBOX_TRIES = 10,       /* then an event is dead: kept, and not tried by itself */
    UT_OUTBOX_SESSION = 80,
    UT_OUTBOX_ERROR = 120
};

/* In the transaction that stores the event (host-tools/sinks/event_table.h), or when it is met again: once for each
 * receiver, whatever became of it there. 0, or -1 and *fault. */
int ut_outbox_add(struct ut_database *d, const char *receiver, const char *session, int64_t sequence, int64_t now,
                  struct ut_fault *fault);

/* One event in hand. */
struct ut_outbox_row {
    int64_t n, sequence;
    int tries; /* before this one */
    char session[UT_OUTBOX_SESSION];
    char *json; /* the taker frees it */
};

/* Takes the next that was due by then. 1, 0 when there is none, or -1 and *fault. */
int ut_outbox_take(struct ut_database *d, const char *receiver, int64_t now, struct ut_outbox_row *row,
                   struct ut_fault *fault);

/* All that waits is due now. 0, or -1 and *fault. */
int ut_outbox_hurry(struct ut_database *d, const char *receiver, int64_t now, struct ut_fault *fault);

/* How the attempt went. again_ms: from now; the row is dead when it was its last try. 0, or -1 and *fault. */
int ut_outbox_sent(struct ut_database *d, const char *receiver, const struct ut_outbox_row *row,
                   struct ut_fault *fault);
int ut_outbox_again(struct ut_database *d, const char *receiver, const struct ut_outbox_row *row, int64_t now,
                    int64_t again_ms, const char *error, struct ut_fault *fault);

/* It was not tried after all. */
int ut_outbox_untake(struct ut_database *d, const char *receiver, const struct ut_outbox_row *row,
                     struct ut_fault *fault);

/* For a receiver that takes many at a time and says later up to which number of a session it has them. */

/* What waits behind n, and behind nothing dead of its session, in order of storing, `most` at most. 0, or -1 and
 * *fault, or what `each` returned. */
typedef int ut_outbox_each(void *ctx, int64_t n, const char *session, int64_t sequence, const char *type,
                           const char *json);
int ut_outbox_head(struct ut_database *d, const char *receiver, int64_t n, int most, ut_outbox_each *each, void *ctx,
                   struct ut_fault *fault);

/* It has all of a session up to that number and none behind: what was sent goes, with the session's scores
 * (host-tools/sinks/score_table.h) when its end is in it; what it has lost waits again. 0, or -1 and *fault. */
int ut_outbox_acked(struct ut_database *d, const char *receiver, const char *session, int64_t sequence, int64_t now,
                    struct ut_fault *fault);

/* It wants none of a session: all of it that waits is dead. 0, or -1 and *fault. */
int ut_outbox_refused(struct ut_database *d, const char *receiver, const char *session, const char *error,
                      struct ut_fault *fault);

/* The receiver wants no more: all that waits is dead. */
int ut_outbox_stop(struct ut_database *d, const char *receiver, const char *error, struct ut_fault *fault);

/* All that is dead waits again, as if it had never been tried. The number of them, or -1 and *fault. */
int ut_outbox_revive(struct ut_database *d, const char *receiver, int64_t now, struct ut_fault *fault);

struct ut_outbox_counts {
    int64_t waiting, dead;
    int64_t oldest_ms;           /* when the oldest that waits was stored; -1 = none waits */
    int64_t due_ms;              /* when the next is due, in nobody's hand and first of its session; -1 = none waits */
    char error[UT_OUTBOX_ERROR]; /* of the newest failure of those that are left; "" = none */
};
int ut_outbox_counts(struct ut_database *d, const char *receiver, struct ut_outbox_counts *c, struct ut_fault *fault);

/* What is left, for people, "" when nothing is: how many wait and are dead, the failure, and what is done about each.
 * sends: what sends those that wait, as a sentence; option: " --mqtt" of `undertone outbox`, or "". */
enum { UT_OUTBOX_LEFT = 512 };
void ut_outbox_left(const struct ut_outbox_counts *c, const char *sends, const char *option, char text[UT_OUTBOX_LEFT]);

/* How long after an attempt the next one is made, ms: 5 s, 5 min, 30 min, 2, 5, 10, 14, 20, 24 h, by a fifth more or
 * less. tries: made so far, from 1; chance: any number. */
int64_t ut_outbox_delay_ms(int tries, uint32_t chance);

#endif
