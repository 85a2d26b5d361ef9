/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/event_ring.h"

#include "host-tools/system/grow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { RETRY_MS = 1000 };

struct state {
    char key[UT_EVENT_RING_KEY];
    char *text;
    uint64_t change;
};

struct ut_event_ring {
    char epoch[UT_EVENT_RING_EPOCH];
    struct event {
        char *name, *json;
    } event[UT_EVENT_RING]; /* number n at n % UT_EVENT_RING */
    uint64_t newest;        /* 0 = none */
    uint64_t most;          /* are kept */
    struct state *state;
    size_t states, room;
    uint64_t change; /* of the newest state */
};

struct ut_event_ring *ut_event_ring_new(void)
{
    uint64_t chance;
    struct ut_event_ring *r = calloc(1, sizeof *r);
    if (r == NULL || getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance) {
        free(r);
        return NULL;
    }
    (void)snprintf(r->epoch, sizeof r->epoch, "%016" PRIx64, chance);
    r->most = UT_EVENT_RING;
    return r;
}

void ut_event_ring_free(struct ut_event_ring *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < UT_EVENT_RING; i++) {
        free(r->event[i].name);
        free(r->event[i].json);
    }
    for (size_t i = 0; i < r->states; i++)
        free(r->state[i].text);
    free(r->state);
    free(r);
}

const char *ut_event_ring_epoch(const struct ut_event_ring *r)
{
    return r->epoch;
}

uint64_t ut_event_ring_newest(const struct ut_event_ring *r)
{
    return r->newest;
}

static void forget(struct event *e)
{
    free(e->name);
    free(e->json);
    *e = (struct event){0};
}

void ut_event_ring_keep(struct ut_event_ring *r, int most)
{
    r->most = (uint64_t)most;
    uint64_t old = r->newest > r->most ? r->newest - r->most : 0; /* numbers up to it */
    for (uint64_t k = 0; k < old && k < UT_EVENT_RING - r->most; k++)
        forget(&r->event[(old - k) % UT_EVENT_RING]);
}

void ut_event_ring_put(struct ut_event_ring *r, const char *name, const char *json)
{
    struct event *e = &r->event[++r->newest % UT_EVENT_RING];
    forget(e);
    if (r->newest > r->most)
        forget(&r->event[(r->newest - r->most) % UT_EVENT_RING]);
    e->name = strdup(name);
    e->json = strdup(json);
}

void ut_event_ring_state(struct ut_event_ring *r, const char *key, const char *name, const char *json)
{
    size_t i = 0;
    while (i < r->states && strcmp(r->state[i].key, key) != 0)
        i++;
    if (json == NULL) {
        if (i == r->states)
            return;
        free(r->state[i].text);
        r->state[i] = r->state[--r->states];
        return;
    }
    struct state *grown = ut_grow(r->state, &r->room, r->states + 1, sizeof *grown);
    size_t size = strlen(name) + strlen(json) + sizeof "event: \ndata: \n\n";
    char *text = malloc(size);
    if (grown != NULL)
        r->state = grown;
    if (grown == NULL || text == NULL) {
        free(text);
        return;
    }
    if (i == r->states) {
        r->state[r->states++] = (struct state){0};
        (void)snprintf(r->state[i].key, sizeof r->state[i].key, "%s", key);
    }
    (void)snprintf(text, size, "event: %s\ndata: %s\n\n", name, json);
    free(r->state[i].text);
    r->state[i].text = text;
    r->state[i].change = ++r->change;
}

void ut_event_ring_forget(struct ut_event_ring *r, const char *about)
{
    char text[UT_EVENT_RING_KEY + 2];
    (void)snprintf(text, sizeof text, "\"%s\"", about);
    for (size_t i = 0; i < UT_EVENT_RING; i++) {
        struct event *e = &r->event[i];
        if (e->json == NULL || strstr(e->json, text) == NULL)
            continue;
        forget(e);
    }
}

void ut_event_ring_forget_states(struct ut_event_ring *r)
{
    while (r->states > 0)
        free(r->state[--r->states].text);
}

/* The oldest event that is there. */
static uint64_t oldest(const struct ut_event_ring *r)
{
    return r->newest > r->most ? r->newest - r->most + 1 : 1;
}

static bool is_there(const struct event *e)
{
    return e->name != NULL && e->json != NULL;
}

char *ut_event_ring_after(const struct ut_event_ring *r, uint64_t n, int most, bool *reset)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    *reset = n > r->newest || n + 1 < oldest(r);
    if (out == NULL)
        return NULL;
    const char *before = "[";
    for (uint64_t i = *reset ? oldest(r) : n + 1; i <= r->newest && most > 0; i++) {
        const struct event *e = &r->event[i % UT_EVENT_RING];
        if (!is_there(e))
            continue;
        (void)fprintf(out, "%s{\"Id\":\"%s-%" PRIu64 "\",\"Name\":\"%s\",\"Event\":%s}", before, r->epoch, i, e->name,
                      e->json);
        before = ",";
        most--;
    }
    (void)fputs(before[0] == '[' ? "[]" : "]", out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

void ut_event_ring_join(const struct ut_event_ring *r, struct ut_event_ring_reader *reader, const char *last,
                        const char *without)
{
    *reader = (struct ut_event_ring_reader){.next = r->newest + 1, .without = without};
    if (last == NULL || last[0] == '\0')
        return;
    size_t n = strlen(r->epoch), digits = strlen(last) > n ? strspn(last + n + 1, "0123456789") : 0;
    reader->reset = true;
    if (strncmp(last, r->epoch, n) != 0 || last[n] != '-' || digits == 0 || digits > 18 || last[n + 1 + digits] != '\0')
        return;
    uint64_t had = strtoull(last + n + 1, NULL, 10);
    if (had > r->newest || had + 1 < oldest(r))
        return;
    reader->reset = false;
    reader->next = had + 1;
}

/* Keeps a piece for the reader. Without memory it starts anew. */
static void offer(struct ut_event_ring_reader *reader, const char *head, const char *text)
{
    size_t size = strlen(head) + strlen(text) + 1;
    reader->rest = malloc(size);
    reader->at = reader->len = 0;
    if (reader->rest == NULL) {
        reader->reset = true;
        return;
    }
    reader->len = (size_t)snprintf(reader->rest, size, "%s%s", head, text);
}

static void offer_event(const struct ut_event_ring *r, struct ut_event_ring_reader *reader)
{
    const struct event *e = &r->event[reader->next % UT_EVENT_RING];
    char *text = NULL;
    size_t size;
    FILE *out = is_there(e) ? open_memstream(&text, &size) : NULL;
    if (out != NULL) {
        (void)fprintf(out, "id: %s-%" PRIu64 "\nevent: %s\ndata: %s\n\n", r->epoch, reader->next, e->name, e->json);
        if (fclose(out) == 0)
            offer(reader, "", text);
        free(text);
    }
    if (reader->rest == NULL)
        reader->reset = true;
    reader->next++;
}

/* The state that changed first of those that the reader has yet to see. */
static const struct state *changed(const struct ut_event_ring *r, const struct ut_event_ring_reader *reader)
{
    const struct state *first = NULL;
    for (size_t i = 0; i < r->states; i++)
        if (r->state[i].change > reader->seen && (first == NULL || r->state[i].change < first->change) &&
            (reader->without == NULL || strcmp(r->state[i].key, reader->without) != 0))
            first = &r->state[i];
    return first;
}

/* What is next, into reader->rest; nothing where there is nothing. */
static void next_piece(const struct ut_event_ring *r, struct ut_event_ring_reader *reader)
{
    char head[80];
    const struct state *state;
    if (!reader->greeted) {
        reader->greeted = true;
        (void)snprintf(head, sizeof head, "retry: %d\n\n", RETRY_MS);
        offer(reader, head, "");
    } else if (reader->reset || reader->next < oldest(r)) {
        reader->reset = false;
        reader->next = r->newest + 1;
        (void)snprintf(head, sizeof head, "id: %s-%" PRIu64 "\nevent: reset\ndata: {}\n\n", r->epoch, r->newest);
        offer(reader, head, "");
    } else if (reader->next <= r->newest) {
        offer_event(r, reader);
    } else if ((state = changed(r, reader)) != NULL) {
        reader->seen = state->change;
        offer(reader, "", state->text);
    }
}

size_t ut_event_ring_read(const struct ut_event_ring *r, struct ut_event_ring_reader *reader, char *out, size_t room)
{
    size_t n = 0;
    while (n < room) {
        if (reader->rest == NULL)
            next_piece(r, reader);
        if (reader->rest == NULL)
            break;
        size_t part = reader->len - reader->at < room - n ? reader->len - reader->at : room - n;
        memcpy(out + n, reader->rest + reader->at, part);
        n += part;
        reader->at += part;
        if (reader->at == reader->len)
            ut_event_ring_leave(reader);
    }
    return n;
}

void ut_event_ring_leave(struct ut_event_ring_reader *reader)
{
    free(reader->rest);
    reader->rest = NULL;
    reader->at = reader->len = 0;
}
