/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/cue_outcomes.h"

#include "host-tools/system/grow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t WEEK_MS = 7 * 86400000LL, MONDAY_MS = 4 * 86400000LL; /* 1970-01-05 was one */

enum ut_cue_said ut_cue_said_find(const char *word)
{
    static const char *const WORDS[UT_CUE_SAIDS] = {"helped", "did_not_help", "wrong"};
    int said = 0;
    while (said < UT_CUE_SAIDS && strcmp(WORDS[said], word) != 0)
        said++;
    return (enum ut_cue_said)said;
}

int ut_cue_outcomes_add(struct ut_cue_outcomes *o, const struct ut_cue_outcome *one)
{
    struct ut_cue_outcome *grown = ut_grow(o->one, &o->room, o->n + 1, sizeof *grown);
    if (grown == NULL)
        return -1;
    o->one = grown;
    o->one[o->n++] = *one;
    return 0;
}

void ut_cue_outcomes_free(struct ut_cue_outcomes *o)
{
    free(o->one);
    *o = (struct ut_cue_outcomes){0};
}

void ut_cue_outcomes_judge(const struct ut_cue_outcomes *o, enum ut_cue cue, int64_t since_ms, int64_t until_ms,
                           double least, struct ut_cue_precision *out)
{
    *out = (struct ut_cue_precision){.n = 0};
    for (size_t i = 0; i < o->n; i++) {
        const struct ut_cue_outcome *one = &o->one[i];
        if (one->cue != cue || one->at_ms < since_ms || one->at_ms >= until_ms ||
            (one->has_value && one->value < least))
            continue;
        out->said[one->said]++;
        out->n++;
    }
    out->right = ut_proportion(out->n - out->said[UT_CUE_WRONG], out->n);
    out->helped = ut_proportion(out->said[UT_CUE_HELPED], out->n);
}

int64_t ut_cue_outcomes_week(int64_t at_ms)
{
    int64_t since = at_ms - MONDAY_MS, into = since % WEEK_MS;
    return at_ms - (into < 0 ? into + WEEK_MS : into);
}

bool ut_cue_outcomes_can_tune(enum ut_cue cue)
{
    return cue == UT_CUE_HELP || cue == UT_CUE_EMPATHY || cue == UT_CUE_RAISED_VOICE || cue == UT_CUE_RISING ||
           cue == UT_CUE_POSITIVE || cue == UT_CUE_GOOD_MOMENT;
}

/* Right openings less wrong ones, of those with a value of at least that. */
static int gain(const struct ut_cue_outcomes *o, enum ut_cue cue, double least, int *valued)
{
    int sum = 0;
    *valued = 0;
    for (size_t i = 0; i < o->n; i++) {
        if (o->one[i].cue != cue || !o->one[i].has_value)
            continue;
        ++*valued;
        if (o->one[i].value >= least)
            sum += o->one[i].said == UT_CUE_WRONG ? -1 : 1;
    }
    return sum;
}

double ut_cue_outcomes_threshold(const struct ut_cue_outcomes *o, enum ut_cue cue, double now)
{
    double best = now;
    int valued, most = gain(o, cue, now, &valued);
    if (!ut_cue_outcomes_can_tune(cue) || valued < UT_CUE_OUTCOMES_LEAST)
        return now;
    for (size_t i = 0; i < o->n; i++) {
        double at = o->one[i].value;
        if (o->one[i].cue != cue || !o->one[i].has_value || at <= now)
            continue;
        int here = gain(o, cue, at, &valued);
        if (here > most || (here == most && best > now && at < best)) {
            most = here;
            best = at;
        }
    }
    return best;
}
