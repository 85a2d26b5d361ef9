/* SPDX-License-Identifier: Apache-2.0 */
/* Openings of cues that somebody said the outcome of: how many were right, week by week, and what a higher threshold
 * would have left. SPEC.md "Outcomes".
 *
 * in    openings with what was said of them, in any order
 * out   counts, shares with Wilson's 95 % intervals
 * errors -1 out of memory
 */
#ifndef UT_HOST_CUE_OUTCOMES_H
#define UT_HOST_CUE_OUTCOMES_H

#include "host-tools/settings/cue_table.h"
#include "host-tools/trials/proportion.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As in events: "helped", "did_not_help", "wrong". */
enum ut_cue_said { UT_CUE_HELPED, UT_CUE_DID_NOT_HELP, UT_CUE_WRONG, UT_CUE_SAIDS };

/* UT_CUE_SAIDS: there is no such word. */
enum ut_cue_said ut_cue_said_find(const char *word);

struct ut_cue_outcome {
    enum ut_cue cue;
    enum ut_cue_said said;
    int64_t at_ms; /* Unix time of the opening */
    bool has_value;
    double value; /* what was held against the on-threshold */
};

/* All zero: none. */
struct ut_cue_outcomes {
    struct ut_cue_outcome *one;
    size_t n, room;
};

int ut_cue_outcomes_add(struct ut_cue_outcomes *o, const struct ut_cue_outcome *one);
void ut_cue_outcomes_free(struct ut_cue_outcomes *o);

/* A cue that was not wrong was right, whether or not it helped. */
struct ut_cue_precision {
    int said[UT_CUE_SAIDS], n;
    struct ut_proportion right, helped;
};

/* Those of a cue with a value of at least `least`, between two times. */
void ut_cue_outcomes_judge(const struct ut_cue_outcomes *o, enum ut_cue cue, int64_t since_ms, int64_t until_ms,
                           double least, struct ut_cue_precision *out);

/* Monday 00:00 UTC of the week of a time. */
int64_t ut_cue_outcomes_week(int64_t at_ms);

/* Whether the value of a cue's openings is that of its on-threshold, so that a higher one can be judged by them. */
bool ut_cue_outcomes_can_tune(enum ut_cue cue);

/* A threshold that suits the outcomes better than `now`: the one among the values heard at which right ones kept less
 * wrong ones kept is most, the lowest of equals; `now` where none is better, or fewer than UT_CUE_OUTCOMES_LEAST
 * openings have a value. */
enum { UT_CUE_OUTCOMES_LEAST = 30 };
double ut_cue_outcomes_threshold(const struct ut_cue_outcomes *o, enum ut_cue cue, double now);

#endif
