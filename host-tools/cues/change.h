/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a cue when something changes: that it opened and why, that it closed, that nobody saw it.
 *
 * Times are of the call, in ms. Texts are in the language of events (host-tools/cues/catalogue.h). SPEC.md "Cues".
 */
#ifndef UT_HOST_CUE_CHANGE_H
#define UT_HOST_CUE_CHANGE_H

#include "host-tools/settings/cue_table.h"

#include <stdint.h>

enum { UT_CUE_EVIDENCE_MAX = 3 };

struct ut_cue_evidence {
    const char *feature, *unit;
    double value;
    double baseline;
    int has_baseline;
    double contribution; /* share of the rule's threshold reached, or log-odds for the classifier's groups */
};

enum ut_cue_display {
    UT_DISPLAY_SHOWN,
    UT_DISPLAY_WAITING, /* another cue is visible */
    UT_DISPLAY_BUDGET,  /* not shown: the budget of pop-ups is spent */
    UT_DISPLAY_MUTED,   /* not shown: the agent muted them */
    UT_DISPLAY_GAUGE,   /* never pops up: moves a gauge */
    UT_DISPLAY_ARROW    /* never pops up: an arrow */
};

enum ut_cue_what {
    UT_CUE_OPENED,
    UT_CUE_CLOSED,
    UT_CUE_SUPPRESSED,
    UT_CUE_FLAG_RAISED, /* ask_for_help was not dismissed in time: the supervisor sees it */
    UT_CUE_FLAG_LOWERED
};

struct ut_cue_change {
    enum ut_cue_what what;
    enum ut_cue cue;
    int64_t t_ms;     /* opened: when the on-condition had held; closed: when the off-condition had */
    int64_t begin_ms; /* start of what it is about: of the silence, of the first interruption, ... */
    int64_t opened_ms;
    enum ut_cue_display display; /* opened */
    int64_t shown_ms;            /* closed: for how long it was the visible cue; 0 for what never pops up */
    int call_ended;              /* closed by the end of the call */
    int dismissed;               /* closed, lowered: the agent had sent it away */
    const char *reason;          /* suppressed: why nobody saw it; lowered: why */
    const char *detail;          /* a word of host-tools/cues/catalogue.h that belongs to it; NULL = none */
    const char *title;
    char text[200]; /* the suggestion */
    char rule[320]; /* the on-condition with its numbers */
    struct ut_cue_evidence evidence[UT_CUE_EVIDENCE_MAX];
    int evidence_count;
};

/* Sees every change; what it does not know it leaves alone. */
typedef void ut_cue_sink(void *ctx, const struct ut_cue_change *change);

#endif
