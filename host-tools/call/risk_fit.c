/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/risk_fit.h"

#include <math.h>
#include <stdlib.h>

/* Sweeps of coordinate descent: a convex sum of five unknowns settles in far fewer. RIDGE keeps a weight finite where
 * an input parts gone from stayed without a fault. */
enum { SWEEPS = 200 };
static const double RIDGE = 1.0, SETTLED = 1e-9;

/* One column per unknown and the constant last; the weights stay at 0 or above. */
struct design {
    const double (*x)[UT_RISK_INPUTS + 1];
    const bool *y, *left_out; /* left_out: NULL = none is */
    size_t n;
    int columns;
};

static double share(double odds)
{
    return 1 / (1 + exp(-odds));
}

static double odds_of(const struct design *d, const double *w, size_t i)
{
    double odds = 0;
    for (int k = 0; k <= d->columns; k++)
        odds += w[k] * d->x[i][k];
    return odds;
}

static void regress(const struct design *d, double *w)
{
    for (int k = 0; k <= d->columns; k++)
        w[k] = 0;
    double moved = 1;
    for (int sweep = 0; sweep < SWEEPS && moved > SETTLED; sweep++) {
        moved = 0;
        for (int k = 0; k <= d->columns; k++) {
            double ridge = k < d->columns ? RIDGE : 0, slope = -ridge * w[k], bend = ridge + 1e-12;
            for (size_t i = 0; i < d->n; i++) {
                if (d->left_out != NULL && d->left_out[i])
                    continue;
                double p = share(odds_of(d, w, i)), x = d->x[i][k];
                slope += ((d->y[i] ? 1 : 0) - p) * x;
                bend += p * (1 - p) * x * x;
            }
            double to = w[k] + fmax(-2, fmin(2, slope / bend)); /* no leap where the curve is flat */
            to = k < d->columns ? fmax(0, to) : to;
            moved = fmax(moved, fabs(to - w[k]));
            w[k] = to;
        }
    }
}

/* How often one who went has the higher odds than one who stayed; ties count half. */
static double auc_of(const double *odds, const bool *y, size_t n)
{
    double won = 0, pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n && y[i]; k++)
            if (!y[k]) {
                won += odds[i] > odds[k] ? 1 : odds[i] < odds[k] ? 0 : 0.5;
                pairs++;
            }
    return won / pairs;
}

struct work {
    double (*x)[UT_RISK_INPUTS + 1], *odds, (*judged)[UT_RISK_INPUTS + 1];
    bool *y, *left_out;
};

/* The odds of each case by a fit that had not met its customer. */
static void cross(struct work *w, const struct ut_risk_case *cases, const struct design *d)
{
    double weight[UT_RISK_INPUTS + 1];
    for (size_t fold = 0; fold < UT_RISK_FOLDS; fold++) {
        for (size_t i = 0; i < d->n; i++)
            w->left_out[i] = cases[i].customer % UT_RISK_FOLDS == fold;
        const struct design part = {d->x, d->y, w->left_out, d->n, d->columns};
        regress(&part, weight);
        for (size_t i = 0; i < d->n; i++)
            if (w->left_out[i])
                w->odds[i] = odds_of(d, weight, i);
    }
}

static void fit(struct work *w, const struct ut_risk_case *cases, size_t n, struct ut_risk *out)
{
    double weight[UT_RISK_INPUTS + 1], map[2], rate = (double)out->churned / (double)n;
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < UT_RISK_INPUTS; k++)
            w->x[i][k] = cases[i].inputs.x[k];
        w->x[i][UT_RISK_INPUTS] = 1;
        w->y[i] = cases[i].churned;
    }
    const struct design all = {(const double(*)[UT_RISK_INPUTS + 1]) w->x, w->y, NULL, n, UT_RISK_INPUTS};
    cross(w, cases, &all);
    out->auc = auc_of(w->odds, w->y, n);
    if (!(out->auc > 0.5))
        return;
    /* what odds are worth with customers not met (Platt): one factor, not negative, and a constant */
    for (size_t i = 0; i < n; i++) {
        w->judged[i][0] = w->odds[i];
        w->judged[i][1] = 1;
    }
    const struct design judged = {(const double(*)[UT_RISK_INPUTS + 1]) w->judged, w->y, NULL, n, 1};
    regress(&judged, map);
    for (size_t i = 0; i < n; i++) {
        double miss = share(map[0] * w->odds[i] + map[1]) - w->y[i];
        out->brier += miss * miss / (double)n;
    }
    out->brier_share = rate * (1 - rate);
    regress(&all, weight);
    for (int k = 0; k < UT_RISK_INPUTS; k++)
        out->weight[k] = map[0] * weight[k];
    out->intercept = map[0] * weight[UT_RISK_INPUTS] + map[1];
    out->fitted = true;
}

int ut_risk_fit(const struct ut_risk_case *cases, size_t n, struct ut_risk *out)
{
    *out = (struct ut_risk){.n = (int)n};
    for (size_t i = 0; i < n; i++)
        out->churned += cases[i].churned;
    if (n < UT_RISK_OUTCOMES || out->churned < UT_RISK_EITHER || out->n - out->churned < UT_RISK_EITHER)
        return 0;
    struct work w = {.x = calloc(n, sizeof *w.x),
                     .judged = calloc(n, sizeof *w.judged),
                     .odds = calloc(n, sizeof *w.odds),
                     .y = calloc(n, sizeof *w.y),
                     .left_out = calloc(n, sizeof *w.left_out)};
    bool have = w.x != NULL && w.judged != NULL && w.odds != NULL && w.y != NULL && w.left_out != NULL;
    if (have)
        fit(&w, cases, n, out);
    free(w.x);
    free(w.judged);
    free(w.odds);
    free(w.y);
    free(w.left_out);
    return have ? 0 : -1;
}
