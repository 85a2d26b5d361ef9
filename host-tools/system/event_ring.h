/* SPDX-License-Identifier: Apache-2.0 */
/* What pages are told as it happens: the newest events, each once to every reader, and what only the newest of counts.
 * SPEC.md "Pages".
 *
 * in    events with a name and a line of JSON; states under a key, of which each replaces the one before
 * out   bytes of Server-Sent Events for any number of readers, each at its own speed: events with ids <epoch>-<n>, then
 *       the newest of those states that changed since
 * A reader that says an id of another epoch, or one that is out of the ring, or that falls that far behind, gets
 * `event: reset`, and goes on with what is new. One thread.
 */
#ifndef UT_HOST_EVENT_RING_H
#define UT_HOST_EVENT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UT_EVENT_RING = 4096, UT_EVENT_RING_EPOCH = 17, UT_EVENT_RING_KEY = 81 };

struct ut_event_ring;

/* NULL when out of memory or randomness. */
struct ut_event_ring *ut_event_ring_new(void);
void ut_event_ring_free(struct ut_event_ring *r);

/* From here on the newest `most` are kept, 1 to UT_EVENT_RING, which a new one keeps: a desk has less news than a
 * floor, and others need its memory. */
void ut_event_ring_keep(struct ut_event_ring *r, int most);

const char *ut_event_ring_epoch(const struct ut_event_ring *r);

/* The number of the newest event; 0 = none yet. */
uint64_t ut_event_ring_newest(const struct ut_event_ring *r);

/* name: "cue"; json: without a line's end. Nothing when out of memory: readers see a gap as one that is out of the
 * ring. */
void ut_event_ring_put(struct ut_event_ring *r, const char *name, const char *json);

/* The state under a key; json NULL = there is none any more. */
void ut_event_ring_state(struct ut_event_ring *r, const char *key, const char *name, const char *json);

/* Events that name it, {"Session":"<about>"}, are there no more: who has yet to get one begins anew. */
void ut_event_ring_forget(struct ut_event_ring *r, const char *about);

/* No state is there any more. */
void ut_event_ring_forget_states(struct ut_event_ring *r);

/* Events behind number n of this epoch as one JSON array of {Id, Name, Event}, the oldest first, at most `most`; the
 * caller frees it. *reset: n is out of the ring. NULL when out of memory. */
char *ut_event_ring_after(const struct ut_event_ring *r, uint64_t n, int most, bool *reset);

/* A reader's place. */
struct ut_event_ring_reader {
    uint64_t next;       /* event that it gets next */
    uint64_t seen;       /* change of a state that it has */
    bool reset;          /* it has yet to be told */
    bool greeted;        /* it was told how soon to come again */
    const char *without; /* key of a state that is not for it; NULL = none */
    char *rest;          /* bytes that had no room */
    size_t at, len;      /* of them */
};

/* last: the id of the last event that it has; NULL or "" = it wants what is new. without: outlives it. */
void ut_event_ring_join(const struct ut_event_ring *r, struct ut_event_ring_reader *reader, const char *last,
                        const char *without);

/* Bytes for it, at most `room` > 0; 0 = there is nothing new. */
size_t ut_event_ring_read(const struct ut_event_ring *r, struct ut_event_ring_reader *reader, char *out, size_t room);

void ut_event_ring_leave(struct ut_event_ring_reader *reader);

#endif
