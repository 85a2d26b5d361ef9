/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/tally.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool named(int cue, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(ut_cue_info[cue].name, *names) == 0)
            return true;
    return false;
}

int ut_tally_cue(int kind)
{
    if (kind < UT_CUES)
        return kind;
    return (int)ut_cue_find(kind == UT_LABEL_FRUSTRATION ? "empathy_cue" : "positive_interaction");
}

int ut_tally_judges(const struct ut_tally_rule *rule, int cue, int kind)
{
    static const char *const frustration[] = {"empathy_cue", "rising_frustration", "ask_for_help",
                                              "customer_raised_voice", NULL};
    static const char *const delight[] = {"positive_interaction", "good_moment", NULL};
    if (rule->cue == UT_CUES)
        return ut_tally_cue(kind) == cue;
    if (cue != rule->cue)
        return 0;
    return kind == cue || (kind == UT_LABEL_FRUSTRATION && named(cue, frustration)) ||
           (kind == UT_LABEL_DELIGHT && named(cue, delight));
}

void ut_tally_count(struct ut_tally *t, const struct ut_tally_rule *rule, int cue, const struct ut_label *label,
                    size_t labels, const struct ut_trial *trial, int64_t call_ms)
{
    memset(t, 0, sizeof *t);
    t->call_ms = call_ms;
    for (size_t i = 0; i < trial->n; i++) {
        t->all_popups += trial->opening[i].shown;
        t->popups += trial->opening[i].shown && trial->opening[i].cue == cue;
    }
    /* Labels and openings by time: each opening goes to the first label that still waits for one. Labels of two kinds
     * that meet are one. */
    size_t at = 0, o = 0;
    int64_t covered_ms = -1; /* end of the last label, with its margin */
    for (;;) {
        while (at < labels && !ut_tally_judges(rule, cue, label[at].kind))
            at++;
        bool have = at < labels;
        int64_t begin = have ? label[at].begin_ms : INT64_MAX, end = have ? label[at].end_ms : INT64_MAX;
        for (size_t next = at + 1; have && next < labels && label[next].begin_ms < end; next++)
            if (ut_tally_judges(rule, cue, label[next].kind)) {
                end = label[next].end_ms > end ? label[next].end_ms : end;
                at = next;
            }
        /* openings before this label's window */
        for (; o < trial->n && (!have || trial->opening[o].opened_ms < begin - rule->early_ms); o++)
            if (trial->opening[o].cue == cue) {
                if (trial->opening[o].opened_ms <= covered_ms)
                    t->repeats++;
                else
                    t->false_alarms++;
            }
        if (!have)
            return;
        t->labels++;
        covered_ms = end + rule->late_ms > covered_ms ? end + rule->late_ms : covered_ms;
        while (o < trial->n && trial->opening[o].cue != cue)
            o++;
        if (o < trial->n && trial->opening[o].opened_ms >= begin - rule->early_ms &&
            trial->opening[o].opened_ms <= end + rule->late_ms) {
            t->hits++;
            t->lead_ms += begin - trial->opening[o].opened_ms;
            o++;
        }
        at++;
    }
}

void ut_tally_add(struct ut_tally *sum, const struct ut_tally *t)
{
    sum->labels += t->labels;
    sum->hits += t->hits;
    sum->false_alarms += t->false_alarms;
    sum->repeats += t->repeats;
    sum->popups += t->popups;
    sum->all_popups += t->all_popups;
    sum->lead_ms += t->lead_ms;
    sum->call_ms += t->call_ms;
}

enum { PRECISION, RECALL, F1, ALARMS, LEAD, POPUPS, FIGURES };

static const double undefined = (double)NAN;

static void measure(const struct ut_tally *t, double figure[FIGURES])
{
    double hours = (double)t->call_ms / 3600000.0;
    int claims = t->hits + t->false_alarms, either = t->labels + claims;
    figure[PRECISION] = claims > 0 ? (double)t->hits / claims : undefined;
    figure[RECALL] = t->labels > 0 ? (double)t->hits / t->labels : undefined;
    figure[F1] = either > 0 ? 2.0 * t->hits / either : undefined;
    figure[ALARMS] = hours > 0 ? t->false_alarms / hours : undefined;
    figure[LEAD] = t->hits > 0 ? (double)t->lead_ms / 1000 / t->hits : undefined;
    figure[POPUPS] = hours > 0 ? t->popups / hours / 12 : undefined;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void ut_tally_figures(const struct ut_tally *call, size_t calls, struct ut_tally_figures *out)
{
    static _Thread_local double drawn[FIGURES][UT_TALLY_DRAWS];
    double point[FIGURES], figure[FIGURES];
    size_t n[FIGURES] = {0};
    uint64_t random = 0x9E3779B97F4A7C15U;
    memset(out, 0, sizeof *out);
    out->calls = calls;
    for (size_t i = 0; i < calls; i++)
        ut_tally_add(&out->sum, &call[i]);
    measure(&out->sum, point);
    for (int draw = 0; draw < UT_TALLY_DRAWS; draw++) {
        struct ut_tally sum = {0};
        for (size_t i = 0; i < calls; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            ut_tally_add(&sum, &call[(random >> 32) * calls >> 32]);
        }
        measure(&sum, figure);
        for (int f = 0; f < FIGURES; f++)
            if (!isnan(figure[f]))
                drawn[f][n[f]++] = figure[f];
    }
    struct ut_tally_figure *to[FIGURES] = {&out->precision,       &out->recall, &out->f1,
                                           &out->alarms_per_hour, &out->lead_s, &out->popups_per_5min};
    for (int f = 0; f < FIGURES; f++) {
        *to[f] = (struct ut_tally_figure){point[f], undefined, undefined};
        if (isnan(point[f]) || n[f] == 0 || calls < 2)
            continue;
        qsort(drawn[f], n[f], sizeof drawn[f][0], by_size);
        to[f]->low = drawn[f][n[f] * 25 / 1000];
        to[f]->high = drawn[f][(n[f] * 975 - 1) / 1000];
    }
}

void ut_tally_front(const struct ut_tally_figures *figures, size_t n, unsigned char *front)
{
    for (size_t i = 0; i < n; i++) {
        double recall = figures[i].recall.value, alarms = figures[i].alarms_per_hour.value;
        front[i] = !isnan(recall) && !isnan(alarms);
        for (size_t k = 0; front[i] && k < n; k++) {
            double other = figures[k].recall.value, others = figures[k].alarms_per_hour.value;
            if (other >= recall && others <= alarms && (other > recall || others < alarms))
                front[i] = 0;
        }
    }
}
