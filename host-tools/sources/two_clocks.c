/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/two_clocks.h"
#include "host-tools/sources/drift.h"

#include <samplerate.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    CUSTOMER,
    AGENT,
    PARTIES,
    BLOCK = UT_TWO_CLOCKS_BLOCK,
    AT_ONCE = 2 * BLOCK,
    ROOM = UT_TWO_CLOCKS_STALL + 4 * BLOCK
};

struct ring {
    int16_t sample[ROOM];
    size_t first, n;
    size_t least; /* n of this second */
    size_t owed;  /* silence that stood for samples which may yet come */
    bool spoke;   /* at all */
    bool still;   /* it stopped: its party is silent meanwhile */
};

struct ut_two_clocks {
    ut_two_clocks_sink *sink;
    void *ctx;
    struct ring ring[PARTIES];
    SRC_STATE *resampler;
    struct ut_drift drift;
    int64_t second_us; /* when this second began */
    bool lost;
};

struct ut_two_clocks *ut_two_clocks_new(ut_two_clocks_sink *sink, void *ctx)
{
    int error;
    struct ut_two_clocks *t = calloc(1, sizeof *t);
    if (t != NULL && (t->resampler = src_new(SRC_SINC_FASTEST, 1, &error)) == NULL) {
        free(t);
        return NULL;
    }
    if (t == NULL)
        return NULL;
    t->sink = sink;
    t->ctx = ctx;
    ut_drift_init(&t->drift);
    t->ring[CUSTOMER].least = t->ring[AGENT].least = ROOM;
    return t;
}

void ut_two_clocks_free(struct ut_two_clocks *t)
{
    if (t == NULL)
        return;
    (void)src_delete(t->resampler);
    free(t);
}

size_t ut_two_clocks_waiting(const struct ut_two_clocks *t)
{
    const struct ring *r = t->ring;
    return r[CUSTOMER].n > r[AGENT].n ? r[CUSTOMER].n : r[AGENT].n;
}

double ut_two_clocks_ppm(const struct ut_two_clocks *t)
{
    return ut_drift_ppm(&t->drift);
}

static void put(struct ring *r, const int16_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        r->sample[(r->first + r->n++) % ROOM] = samples[i];
}

static int16_t take(struct ring *r)
{
    if (r->n == 0)
        return 0;
    int16_t x = r->sample[r->first];
    r->first = (r->first + 1) % ROOM;
    r->n--;
    return x;
}

/* Makes pairs of what both have, or of what one has where the other stands still. */
static int emit(struct ut_two_clocks *t)
{
    struct ring *c = &t->ring[CUSTOMER], *a = &t->ring[AGENT];
    for (;;) {
        bool alone = c->still || a->still;
        size_t n = alone ? ut_two_clocks_waiting(t) : c->n < a->n ? c->n : a->n;
        int16_t pairs[2 * BLOCK];
        n = n < BLOCK ? n : BLOCK;
        if (n == 0)
            return 0;
        for (int i = 0; i < PARTIES; i++)
            if (t->ring[i].still)
                t->ring[i].owed += n;
        for (size_t i = 0; i < n; i++) {
            pairs[2 * i] = take(c);
            pairs[2 * i + 1] = take(a);
        }
        bool lost = t->lost || alone;
        t->lost = false;
        int r = t->sink(t->ctx, pairs, n, lost);
        if (r != 0)
            return r;
    }
}

static int resample(struct ut_two_clocks *t, const int16_t *samples, size_t n, int16_t *out, size_t *made)
{
    float in[BLOCK], resampled[2 * BLOCK];
    src_short_to_float_array(samples, in, (int)n);
    SRC_DATA d = {.data_in = in,
                  .data_out = resampled,
                  .input_frames = (long)n,
                  .output_frames = 2 * BLOCK,
                  .src_ratio = t->drift.ratio};
    if (src_process(t->resampler, &d) != 0)
        return -1;
    *made = (size_t)d.output_frames_gen;
    src_float_to_short_array(resampled, out, (int)*made);
    return 0;
}

static int block(struct ut_two_clocks *t, int party, const int16_t *samples, size_t n)
{
    struct ring *own = &t->ring[party], *other = &t->ring[party == CUSTOMER ? AGENT : CUSTOMER];
    int16_t out[2 * BLOCK];
    own->spoke = true;
    own->still = false;
    if (!other->spoke)
        return 0;
    if (own->owed > 0 && own->n > other->n + AT_ONCE) { /* a burst of what is past */
        own->owed -= n < own->owed ? n : own->owed;
        t->lost = true;
        return 0;
    }
    if (party == AGENT) {
        if (resample(t, samples, n, out, &n) != 0)
            return -1;
        samples = out;
    }
    put(own, samples, n);
    if (own->n > UT_TWO_CLOCKS_STALL)
        other->still = true;
    return emit(t);
}

/* What waits all the time is no block that is late. */
static void catch_up(struct ut_two_clocks *t, int64_t now_us)
{
    bool over = now_us - t->second_us >= UT_DRIFT_SECOND_US || now_us < t->second_us;
    for (int i = 0; i < PARTIES; i++) {
        struct ring *r = &t->ring[i];
        r->least = r->n < r->least ? r->n : r->least;
        if (!over)
            continue;
        if (r->least > UT_TWO_CLOCKS_SKEW && r->least < ROOM) {
            r->first = (r->first + r->least) % ROOM;
            r->n -= r->least;
            t->lost = true;
            ut_drift_gap(&t->drift);
        }
        r->least = r->n;
    }
    if (over)
        t->second_us = now_us;
}

static int blocks(struct ut_two_clocks *t, int64_t now_us, int party, const int16_t *samples, size_t n)
{
    static const int16_t silence[BLOCK];
    int r = 0;
    t->lost |= samples == NULL;
    while (n > 0 && r == 0) {
        size_t some = n < BLOCK ? n : BLOCK;
        r = block(t, party, samples != NULL ? samples : silence, some);
        samples = samples != NULL ? samples + some : NULL;
        n -= some;
    }
    catch_up(t, now_us);
    if (!t->ring[CUSTOMER].still && !t->ring[AGENT].still)
        (void)ut_drift_step(&t->drift, now_us, t->ring[CUSTOMER].n, t->ring[AGENT].n);
    return r;
}

int ut_two_clocks_customer(struct ut_two_clocks *t, int64_t now_us, const int16_t *samples, size_t n)
{
    return blocks(t, now_us, CUSTOMER, samples, n);
}

int ut_two_clocks_agent(struct ut_two_clocks *t, int64_t now_us, const int16_t *samples, size_t n)
{
    return blocks(t, now_us, AGENT, samples, n);
}
