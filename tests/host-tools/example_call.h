/* SPDX-License-Identifier: Apache-2.0 */
/* A small call with everything in it, and the text that a writer makes of it. 20 s long; the customer speaks from 1 to
 * 4 s and from 9 to 10 s, the agent from 3.5 to 8 s; cues open at 6 s and 9.25 s. */
#ifndef UT_TESTS_HOST_TOOLS_EXAMPLE_CALL_H
#define UT_TESTS_HOST_TOOLS_EXAMPLE_CALL_H

#include "firmware/engine.h"
#include "host-tools/call/timeline.h"
#include "host-tools/reports/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ut_config ut_example_config;

static inline void ut_example_turn(struct ut_timeline *t, int kind, int party, uint32_t begin_ms, uint32_t end_ms)
{
    struct ut_wire_turn r = {
        .t_ms = end_ms, .kind = (uint8_t)kind, .party = (uint8_t)party, .begin_ms = begin_ms, .end_ms = end_ms};
    ut_timeline_turn(t, &r);
}

static inline void ut_example_cue(struct ut_timeline *t, enum ut_cue cue, int64_t begin_ms, int64_t end_ms,
                                  int64_t shown_ms)
{
    struct ut_cue_change c = {
        .what = UT_CUE_OPENED,
        .cue = cue,
        .t_ms = begin_ms,
        .begin_ms = begin_ms - 500,
        .opened_ms = begin_ms,
        .title = "A title",
        .text = "What to do.",
        .rule = "this <b> & that >= 2 --> now",
        .evidence = {{"loudness", "dBFS", -20, -26, 1, 1}, {"interruptions", "count", 2, 0, 0, 1}},
        .evidence_count = 2};
    ut_timeline_cue(t, &c);
    if (shown_ms == 0) {
        c.what = UT_CUE_SUPPRESSED;
        c.reason = "the budget is spent";
        ut_timeline_cue(t, &c);
    }
    c.what = UT_CUE_CLOSED;
    c.t_ms = end_ms;
    c.shown_ms = shown_ms;
    ut_timeline_cue(t, &c);
}

static inline void ut_example_make(struct ut_timeline *t)
{
    ut_config_defaults(&ut_example_config);
    ut_timeline_init(t);
    snprintf(t->contact_id, sizeof t->contact_id, "a call");
    snprintf(t->file, sizeof t->file, "a call.wav");
    t->channel[UT_CUSTOMER] = 2;
    t->channel[UT_AGENT] = 1;
    t->config = &ut_example_config;
    t->hello.model_crc32 = 7;
    memcpy(t->hello.model_id, "m1\0", 4);
    ut_example_turn(t, UT_TURN_IPU_START, UT_CUSTOMER, 1000, 1000);
    ut_example_turn(t, UT_TURN_IPU_END, UT_CUSTOMER, 1000, 2000);
    ut_example_turn(t, UT_TURN_IPU_END, UT_CUSTOMER, 2500, 4000);
    ut_example_turn(t, UT_TURN_INTERRUPTION, UT_AGENT, 3500, 4000);
    ut_example_turn(t, UT_TURN_OVERLAP_END, UT_BOTH, 3500, 4000);
    ut_example_turn(t, UT_TURN_END, UT_CUSTOMER, 1000, 4000);
    ut_example_turn(t, UT_TURN_IPU_END, UT_AGENT, 3500, 8000);
    ut_example_turn(t, UT_TURN_END, UT_AGENT, 3500, 8000);
    ut_example_turn(t, UT_TURN_BACKCHANNEL, UT_CUSTOMER, 9000, 9900);
    ut_example_turn(t, UT_TURN_IPU_END, UT_CUSTOMER, 9000, 9900);
    ut_example_turn(t, UT_TURN_NONTALK_END, UT_BOTH, 9900, 20001); /* a row beyond the audio's end */
    for (uint32_t ms = 250; ms <= 20000; ms += 250) {
        int speaks = (ms > 1000 && ms <= 4000) || (ms > 9000 && ms <= 9900);
        int abstain = ms <= 2000 ? UT_ABSTAIN_LITTLE : UT_ABSTAIN_NONE;
        struct ut_wire_score s = {.t_ms = ms,
                                  .flags = (uint8_t)((speaks ? UT_WIRE_CUSTOMER_SPEECH : 0) |
                                                     (ms > 3500 && ms <= 8000 ? UT_WIRE_AGENT_SPEECH : 0) |
                                                     abstain << UT_WIRE_ABSTAIN_SHIFT),
                                  .frustration = 102, /* 0.4 */
                                  .delight = 51,
                                  .confidence = 204,
                                  .customer_pace = 64,
                                  .agent_pace = 80};
        struct ut_snapshot snapshot = {.score_valid = ms > 5000, .frustration_fast = 0.4, .delight_fast = 0.2};
        ut_timeline_score(t, &s);
        ut_timeline_averages(t, &snapshot);
    }
    ut_example_cue(t, UT_CUE_RAISED_VOICE, 9250, 12000, 2750);
    ut_example_cue(t, UT_CUE_INTERRUPTING, 6000, 10000, 0); /* closed earlier: came later */
    ut_timeline_finish(t, 20000);
}

/* What a writer writes; the caller frees it. NULL when it failed. */
static inline char *ut_example_text(ut_format_writer *write, const struct ut_timeline *t)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        return NULL;
    int result = write(t, out);
    if (fclose(out) != 0 || result != 0) {
        free(text);
        return NULL;
    }
    return text;
}

#endif
