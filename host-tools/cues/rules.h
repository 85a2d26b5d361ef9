/* SPDX-License-Identifier: Apache-2.0 */
/* What the conditions of each cue say at one moment, and what explains an opening: a row per cue.
 *
 * in    what is remembered of the call, the numbers of the cue table
 * out   on, off and how the hold is counted; the rule with its numbers and the evidence
 * Reads the memory and changes nothing. SPEC.md "Cues".
 */
#ifndef UT_HOST_CUE_RULES_H
#define UT_HOST_CUE_RULES_H

#include "host-tools/cues/change.h"
#include "host-tools/cues/memory.h"
#include "host-tools/settings/cue_table.h"

#include <stdbool.h>
#include <stdint.h>

enum ut_cue_hold { UT_HOLD_CALL_TIME, UT_HOLD_CUSTOMER_SPEECH, UT_HOLD_AGENT_SPEECH };

struct ut_cue_judgement {
    int on, off;
    enum ut_cue_hold hold;
    int64_t begin_ms; /* start of what it is about; -1 = when the on-condition began to hold */
};

/* Whose sound a cue is about: where one of them is not recorded, nothing can be said. */
enum ut_cue_hears { UT_HEARS_CUSTOMER = 1, UT_HEARS_AGENT = 2, UT_HEARS_BOTH = 3 };

struct ut_cue_rule {
    enum ut_cue_hold hold;
    enum ut_cue_hears hears;
    /* Sets on, off and, where it differs, begin_ms. */
    void (*judge)(const struct ut_cue_memory *m, struct ut_cue_judgement *j);
    /* Adds the evidence of an opening, and the detail where there is one. */
    void (*explain)(const struct ut_cue_memory *m, struct ut_cue_change *c);
};

extern const struct ut_cue_rule ut_cue_rule[UT_CUES];

/* Whether it comes from scores of a voice, and not from what is measured alone. */
bool ut_cue_rules_scored(enum ut_cue cue);

struct ut_cue_judgement ut_cue_rules_judge(const struct ut_cue_memory *m, enum ut_cue cue);

/* Fills in title, text, rule, detail and evidence of an opening. */
void ut_cue_rules_explain(const struct ut_cue_memory *m, struct ut_cue_change *c);

#endif
