/* SPDX-License-Identifier: Apache-2.0 */
/* What the conditions of each cue say at one moment, and what explains an opening.
 *
 * in    the facts that the cue engine keeps, the numbers of the cue table
 * out   on, off and how the hold is counted; the rule with its numbers and the evidence
 * Reads the engine's state and changes nothing. SPEC.md "Cues".
 */
#ifndef UT_HOST_CUE_RULES_H
#define UT_HOST_CUE_RULES_H

#include "host-tools/cues/engine.h"

enum ut_cue_hold { UT_HOLD_CALL_TIME, UT_HOLD_CUSTOMER_SPEECH, UT_HOLD_AGENT_SPEECH };

struct ut_cue_judgement {
    int on, off;
    enum ut_cue_hold hold;
    int64_t begin_ms; /* start of what it is about; -1 = when the on-condition began to hold */
};

struct ut_cue_judgement ut_cue_rules_judge(const struct ut_cue_engine *e, enum ut_cue cue, int64_t now);

/* Fills in title, text, rule, detail and evidence of an opening at time now. */
void ut_cue_rules_explain(const struct ut_cue_engine *e, struct ut_cue_change *c, int64_t now);

/* Why there is no score (firmware/engine.h: enum ut_abstain): "noise", "none", or "unknown". */
const char *ut_cue_abstain_name(int abstain);

#endif
