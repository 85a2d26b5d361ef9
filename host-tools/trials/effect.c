/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/effect.h"

#include "host-tools/system/grow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN, HELD, ARMS };

/* Of the bootstrap, in thousandths. With 25 and 975, 6.5 % of 1,000 sites of skewed lengths and 48 desk-weeks held out
 * were called different where they were not (tests/eval/effect.c). */
enum { LOW = 20, HIGH = 980 };

static const double SEEN = 1.959964 + 0.841621; /* normal quantiles of 97.5 % and 80 % */

int ut_effect_add(struct ut_effect *e, int desk, int64_t week, bool held, const double value[UT_EFFECT_MEASURES])
{
    size_t at = e->n;
    while (at > 0 &&
           (e->cluster[at - 1].desk != desk || e->cluster[at - 1].week != week || e->cluster[at - 1].held != held))
        at--;
    if (at == 0) {
        struct ut_effect_cluster *grown = ut_grow(e->cluster, &e->room, e->n + 1, sizeof *grown);
        if (grown == NULL)
            return -1;
        e->cluster = grown;
        e->cluster[e->n++] = (struct ut_effect_cluster){.desk = desk, .week = week, .held = held};
        at = e->n;
    }
    for (int m = 0; m < UT_EFFECT_MEASURES; m++)
        if (!isnan(value[m])) {
            e->cluster[at - 1].n[m]++;
            e->cluster[at - 1].sum[m] += value[m];
        }
    return 0;
}

void ut_effect_free(struct ut_effect *e)
{
    free(e->cluster);
    *e = (struct ut_effect){0};
}

/* Desks of which that was measured; any: of which there are calls. */
static int count_desks(const struct ut_effect *e, enum ut_effect_measure m, bool any)
{
    int desks = 0;
    for (size_t i = 0; i < e->n; i++) {
        size_t before = 0;
        while (before < i && (e->cluster[before].desk != e->cluster[i].desk || (!any && e->cluster[before].n[m] == 0)))
            before++;
        desks += before == i && (any || e->cluster[i].n[m] > 0);
    }
    return desks;
}

int ut_effect_desks(const struct ut_effect *e)
{
    return count_desks(e, UT_EFFECT_AFTER, true);
}

/* Of one side: its desk-weeks with calls that were measured. */
struct side {
    const struct ut_effect_cluster **cluster;
    int clusters;
};

/* Mean over calls of clusters (draw: which of them; NULL = each once), and the variance of that mean. */
static double mean(const struct side *s, enum ut_effect_measure m, const int *draw, int *calls, double *variance)
{
    double sum = 0, n = 0, squares = 0;
    for (int i = 0; i < s->clusters; i++) {
        const struct ut_effect_cluster *c = s->cluster[draw != NULL ? draw[i] : i];
        sum += c->sum[m];
        n += c->n[m];
    }
    for (int i = 0; i < s->clusters; i++) {
        const struct ut_effect_cluster *c = s->cluster[draw != NULL ? draw[i] : i];
        double away = c->sum[m] - sum / n * c->n[m];
        squares += away * away;
    }
    if (calls != NULL)
        *calls = (int)n;
    *variance = s->clusters / (s->clusters - 1.0) * squares / (n * n);
    return sum / n;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The bootstrap's t values, in order; how many there are. */
static int draw_all(const struct side side[ARMS], enum ut_effect_measure m, double difference, int *draw, double *t)
{
    uint64_t random = 0x9E3779B97F4A7C15U;
    int n = 0;
    for (int k = 0; k < UT_EFFECT_DRAWS; k++) {
        double drawn[ARMS], variance[ARMS];
        for (int arm = 0; arm < ARMS; arm++) {
            for (int i = 0; i < side[arm].clusters; i++) {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                draw[i] = (int)((random >> 32) * (uint64_t)side[arm].clusters >> 32);
            }
            drawn[arm] = mean(&side[arm], m, draw, NULL, &variance[arm]);
        }
        double error = sqrt(variance[SHOWN] + variance[HELD]);
        if (error > 0)
            t[n++] = (drawn[SHOWN] - drawn[HELD] - difference) / error;
    }
    qsort(t, (size_t)n, sizeof *t, by_size);
    return n;
}

void ut_effect_judge(const struct ut_effect *e, enum ut_effect_measure m, struct ut_effect_figure *f)
{
    const double unknown = (double)NAN;
    const struct ut_effect_cluster **place = calloc(2 * e->n + 1, sizeof(const struct ut_effect_cluster *));
    int *draw = calloc(e->n + 1, sizeof *draw);
    double t[UT_EFFECT_DRAWS], variance[ARMS] = {0, 0};
    *f = (struct ut_effect_figure){.mean = {unknown, unknown},
                                   .difference = unknown,
                                   .low = unknown,
                                   .high = unknown,
                                   .error = unknown,
                                   .detectable = unknown};
    int measured = count_desks(e, m, false);
    struct side side[ARMS] = {{place, 0}, {place != NULL ? place + e->n : NULL, 0}};
    for (size_t i = 0; i < e->n && place != NULL; i++)
        if (e->cluster[i].n[m] > 0) {
            struct side *own = &side[e->cluster[i].held ? HELD : SHOWN];
            own->cluster[own->clusters++] = &e->cluster[i];
        }
    bool enough = place != NULL && draw != NULL && measured >= UT_EFFECT_DESKS;
    for (int arm = 0; arm < ARMS; arm++) {
        f->clusters[arm] = side[arm].clusters;
        enough = enough && side[arm].clusters >= UT_EFFECT_CLUSTERS;
    }
    for (int arm = 0; arm < ARMS && enough; arm++)
        f->mean[arm] = mean(&side[arm], m, NULL, &f->calls[arm], &variance[arm]);
    if (enough && variance[SHOWN] > 0 && variance[HELD] > 0) {
        f->difference = f->mean[SHOWN] - f->mean[HELD];
        f->error = sqrt(variance[SHOWN] + variance[HELD]);
        f->detectable = SEEN * f->error;
        int n = draw_all(side, m, f->difference, draw, t);
        if (n > 0) {
            f->low = f->difference - t[n * HIGH / 1000] * f->error;
            f->high = f->difference - t[n * LOW / 1000] * f->error;
            f->verdict = f->low > 0 || f->high < 0 ? UT_EFFECT_REAL : UT_EFFECT_NOT_SHOWN;
        }
    }
    free(place);
    free(draw);
}

int64_t ut_effect_calls_needed(const struct ut_effect_figure *f, double difference)
{
    if (isnan(f->error) || isnan(difference) || difference == 0)
        return -1;
    double there = f->calls[SHOWN] + f->calls[HELD], times = f->detectable / fabs(difference);
    double needed = there * times * times - there;
    return needed <= 0 ? 0 : (int64_t)ceil(needed);
}
