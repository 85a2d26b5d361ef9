/* SPDX-License-Identifier: Apache-2.0 */
/* A call made of facts, for tests of the cue engine: records come from a timeline and are handed over in order of their
 * times, as a headset reports them; the changes are kept. */
#ifndef UT_TESTS_CALL_OF_FACTS_H
#define UT_TESTS_CALL_OF_FACTS_H

#include "host-tools/cues/engine.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { CHANGES_MAX = 64 };

static struct world {
    struct ut_config config;
    struct ut_cue_engine engine;
    struct ut_cue_change change[CHANGES_MAX];
    int changes;
    struct ut_wire_score score; /* what the next score records say */
    uint32_t now_ms;
} w;

static inline void note_change(void *ctx, const struct ut_cue_change *change)
{
    (void)ctx;
    assert_true(w.changes < CHANGES_MAX);
    w.change[w.changes++] = *change;
}

static inline void start(void)
{
    memset(&w, 0, sizeof w);
    ut_config_defaults(&w.config);
    ut_cue_engine_init(&w.engine, &w.config, note_change, NULL);
    w.score.agent_level = 255;
}

static inline int setup(void **state)
{
    (void)state;
    start();
    return 0;
}

/* Score records up to t_ms. */
static inline void until(uint32_t t_ms)
{
    while (w.now_ms + UT_CUE_SCORE_MS <= t_ms) {
        w.now_ms += UT_CUE_SCORE_MS;
        w.score.t_ms = w.now_ms;
        ut_cue_engine_score(&w.engine, &w.score);
    }
}

static inline void turn(int kind, int party, uint32_t t_ms, uint32_t begin_ms, uint32_t end_ms)
{
    struct ut_wire_turn t = {
        .kind = (uint8_t)kind, .party = (uint8_t)party, .t_ms = t_ms, .begin_ms = begin_ms, .end_ms = end_ms};
    until(t_ms - 1);
    ut_cue_engine_turn(&w.engine, &t);
}

/* An IPU as the headset reports it: its start 100 ms late, its end 200 ms late. */
static inline void ipu(int party, uint32_t begin_ms, uint32_t end_ms)
{
    turn(UT_TURN_IPU_START, party, begin_ms + 100, begin_ms, begin_ms);
    turn(UT_TURN_IPU_END, party, end_ms + 200, begin_ms, end_ms);
}

static inline const struct ut_cue_change *find(enum ut_cue_what what, enum ut_cue cue, int nth)
{
    for (int i = 0; i < w.changes; i++)
        if (w.change[i].what == what && w.change[i].cue == cue && nth-- == 0)
            return &w.change[i];
    return NULL;
}

static inline void assert_opened(enum ut_cue cue, int64_t t_ms)
{
    const struct ut_cue_change *c = find(UT_CUE_OPENED, cue, 0);
    assert_non_null(c);
    assert_int_equal(c->t_ms, t_ms);
}

static inline void scores(uint32_t until_ms, int flags, double frustration, double delight, double confidence)
{
    w.score.flags = (uint8_t)flags;
    w.score.frustration = (uint8_t)lround(255 * frustration);
    w.score.delight = (uint8_t)lround(255 * delight);
    w.score.confidence = (uint8_t)lround(255 * confidence);
    until(until_ms);
}

static inline void agent_speaks(uint32_t until_ms, uint8_t level, uint8_t pace, int flags)
{
    w.score.flags = (uint8_t)(UT_WIRE_AGENT_SPEECH | flags);
    w.score.agent_level = level;
    w.score.agent_pace = pace;
    until(until_ms);
}

#endif
