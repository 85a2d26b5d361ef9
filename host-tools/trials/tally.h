/* SPDX-License-Identifier: Apache-2.0 */
/* Openings against labels: counts per call, and figures over calls with intervals.
 *
 * in    one call's labels and openings
 * out   hits, misses, false alarms; then precision, recall, false alarms per hour, lead time, pop-ups per 5 min, each
 *       with a 95 % interval by drawing calls with replacement
 * The rule of matching: SPEC.md "Tune".
 */
#ifndef UT_HOST_TALLY_H
#define UT_HOST_TALLY_H

#include "host-tools/trials/labels.h"
#include "host-tools/trials/trial.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_TALLY_DRAWS = 1000 };

/* Of one call, or summed. */
struct ut_tally {
    int labels, hits, false_alarms, repeats;
    int popups, all_popups; /* of this cue, of any */
    int64_t lead_ms;        /* sum over the hits of label's begin less opening */
    int64_t call_ms;
};

struct ut_tally_rule {
    int64_t early_ms, late_ms; /* an opening counts from this long before a label's begin to this long after its end */
    int cue;                   /* the only cue judged; UT_CUES = every cue that has labels */
};

/* The cue that answers a label when no cue is asked for; UT_CUES = none. */
int ut_tally_cue(int kind);

/* 1 when the rule judges this cue by labels of this kind. */
int ut_tally_judges(const struct ut_tally_rule *rule, int cue, int kind);

/* Counts of one cue in one call. */
void ut_tally_count(struct ut_tally *t, const struct ut_tally_rule *rule, int cue, const struct ut_label *label,
                    size_t labels, const struct ut_trial *trial, int64_t call_ms);

void ut_tally_add(struct ut_tally *sum, const struct ut_tally *t);

/* A figure and its interval; NaN where it is not defined: the interval also of fewer than two calls. */
struct ut_tally_figure {
    double value, low, high;
};

struct ut_tally_figures {
    struct ut_tally sum;
    size_t calls;
    struct ut_tally_figure precision, recall, f1, alarms_per_hour, lead_s, popups_per_5min;
};

/* Over calls, drawn from a fixed seed: the same counts give the same figures. */
void ut_tally_figures(const struct ut_tally *call, size_t calls, struct ut_tally_figures *out);

/* front[i] = 1 when no other has at least its recall with fewer false alarms per hour, or more recall with as few. */
void ut_tally_front(const struct ut_tally_figures *figures, size_t n, unsigned char *front);

#endif
