/* SPDX-License-Identifier: Apache-2.0 */
/* What cues change: calls of desk-weeks with cues against those of desk-weeks held out. SPEC.md "Effect".
 *
 * in    calls, each with its desk, its week and what was measured of it
 * out   means of both, their difference with a 95 % interval, what could have been seen, how many calls are missing
 * errors -1 out of memory
 * Agents learn from cues, so desk-weeks were drawn, not calls: they are what the bootstrap draws (studentized:
 * B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 12).
 */
#ifndef UT_HOST_EFFECT_H
#define UT_HOST_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UT_EFFECT_DRAWS = 999,
    UT_EFFECT_DESKS = 20,   /* measured; with fewer nothing is said: a figure must not be that of one agent */
    UT_EFFECT_CLUSTERS = 10 /* desk-weeks on either side, at least */
};

enum ut_effect_measure {
    UT_EFFECT_AFTER,     /* frustration 60 s after the call's first cue about feelings */
    UT_EFFECT_WORSE,     /* 1 = ended worse than it began */
    UT_EFFECT_ESCALATED, /* 1 = was escalated */
    UT_EFFECT_MINUTES,   /* length */
    UT_EFFECT_CSAT,      /* 1..5 */
    UT_EFFECT_MEASURES
};

struct ut_effect_cluster {
    int desk;
    int64_t week;
    bool held;
    int n[UT_EFFECT_MEASURES];
    double sum[UT_EFFECT_MEASURES];
};

/* All zero: no call. */
struct ut_effect {
    struct ut_effect_cluster *cluster;
    size_t n, room;
};

/* NaN = not known of this call. */
int ut_effect_add(struct ut_effect *e, int desk, int64_t week, bool held, const double value[UT_EFFECT_MEASURES]);
void ut_effect_free(struct ut_effect *e);

/* Desks that calls were added of. */
int ut_effect_desks(const struct ut_effect *e);

enum ut_effect_verdict {
    UT_EFFECT_TOO_LITTLE, /* no interval can be given */
    UT_EFFECT_NOT_SHOWN,  /* the interval holds 0 */
    UT_EFFECT_REAL
};

struct ut_effect_figure {
    enum ut_effect_verdict verdict;
    int calls[2], clusters[2]; /* of shown, of held out */
    double mean[2];
    double difference, low, high; /* shown less held out */
    double error;                 /* standard error of the difference */
    double detectable;            /* smallest difference that would be seen in four of five such sites */
};

void ut_effect_judge(const struct ut_effect *e, enum ut_effect_measure m, struct ut_effect_figure *f);

/* Calls, beyond those there are, until a difference of that size would be seen in four of five sites; -1 = not known.
 */
int64_t ut_effect_calls_needed(const struct ut_effect_figure *f, double difference);

#endif
