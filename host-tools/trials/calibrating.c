/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/calibrating.h"

#include <math.h>
#include <string.h>

enum { FREE = 3 /* 1/T, two offsets */, ROUNDS = 50, BINS = 10 };

#define LOWEST 0.2   /* of 1/T; its highest is 1/LOWEST: the range of calibration.temperature */
#define FARTHEST 4.0 /* of an offset: the range of calibration.frustration */

static void weights(const struct ut_calibrating_call *call, size_t calls, int without,
                    double of[UT_CALIBRATION_CLASSES])
{
    double n[UT_CALIBRATION_CLASSES] = {0};
    int present = 0;
    for (size_t i = 0; i < calls; i++)
        for (size_t k = 0; call[i].fold != without && k < call[i].n; k++)
            n[call[i].score[k].truth]++;
    for (int c = 0; c < UT_CALIBRATION_CLASSES; c++)
        present += n[c] > 0;
    for (int c = 0; c < UT_CALIBRATION_CLASSES; c++)
        of[c] = n[c] > 0 ? 1 / (n[c] * present) : 0;
}

/* Gradient and curvature of the weighed log loss at (1/T, offsets). */
static void slope(const struct ut_calibrating_call *call, size_t calls, int without, const double weight[],
                  const double at[FREE], double g[FREE], double h[FREE][FREE])
{
    const struct ut_calibration now = {1 / at[0], {at[1], at[2], 0}};
    for (int i = 0; i < FREE; i++) {
        g[i] = UT_CALIBRATING_LEAN * (at[i] - (i == 0));
        for (int k = 0; k < FREE; k++)
            h[i][k] = i == k ? UT_CALIBRATING_LEAN : 0;
    }
    for (size_t i = 0; i < calls; i++)
        for (size_t k = 0; call[i].fold != without && k < call[i].n; k++) {
            const struct ut_calibrating_score *s = &call[i].score[k];
            double p[UT_CALIBRATION_CLASSES], mean[FREE] = {0}, w = weight[s->truth];
            ut_calibration_apply(&now, s->log, p);
            for (int c = 0; c < UT_CALIBRATION_CLASSES; c++) {
                const double x[FREE] = {s->log[c], c == 0, c == 1};
                for (int a = 0; a < FREE; a++) {
                    mean[a] += p[c] * x[a];
                    g[a] += w * (p[c] - (c == s->truth)) * x[a];
                    for (int b = 0; b < FREE; b++)
                        h[a][b] += w * p[c] * x[a] * x[b];
                }
            }
            for (int a = 0; a < FREE; a++)
                for (int b = 0; b < FREE; b++)
                    h[a][b] -= w * mean[a] * mean[b];
        }
}

/* h x = g by elimination; h is positive definite. g becomes x. */
static void solve(double h[FREE][FREE], double g[FREE])
{
    for (int i = 0; i < FREE; i++)
        for (int k = i + 1; k < FREE; k++) {
            double f = h[k][i] / h[i][i];
            for (int c = i; c < FREE; c++)
                h[k][c] -= f * h[i][c];
            g[k] -= f * g[i];
        }
    for (int i = FREE - 1; i >= 0; i--) {
        for (int c = i + 1; c < FREE; c++)
            g[i] -= h[i][c] * g[c];
        g[i] /= h[i][i];
    }
}

struct ut_calibration ut_calibrating_fit(const struct ut_calibrating_call *call, size_t calls, int without)
{
    double weight[UT_CALIBRATION_CLASSES], at[FREE] = {1, 0, 0}, g[FREE], h[FREE][FREE];
    weights(call, calls, without, weight);
    for (int round = 0; round < ROUNDS; round++) {
        slope(call, calls, without, weight, at, g, h);
        for (int c = 0; c < 2; c++)
            if (weight[c] == 0) { /* never heard: its offset stays */
                for (int k = 0; k < FREE; k++)
                    h[c + 1][k] = h[k][c + 1] = k == c + 1;
                g[c + 1] = 0;
            }
        solve(h, g);
        for (int i = 0; i < FREE; i++) {
            double step = fmax(-0.5, fmin(0.5, g[i]));
            at[i] =
                i == 0 ? fmax(LOWEST, fmin(1 / LOWEST, at[i] - step)) : fmax(-FARTHEST, fmin(FARTHEST, at[i] - step));
        }
    }
    return (struct ut_calibration){1 / at[0], {at[1], at[2], 0}};
}

struct ut_calibrating_loss ut_calibrating_loss(const struct ut_calibrating_call *call, const struct ut_calibration *c)
{
    struct ut_calibrating_loss loss = {{0}, {0}};
    for (size_t k = 0; k < call->n; k++) {
        double p[UT_CALIBRATION_CLASSES];
        ut_calibration_apply(c, call->score[k].log, p);
        loss.sum[call->score[k].truth] -= log(fmax(p[call->score[k].truth], 1e-12));
        loss.n[call->score[k].truth]++;
    }
    return loss;
}

double ut_calibrating_mean(const struct ut_calibrating_loss *loss)
{
    double sum = 0;
    int present = 0;
    for (int c = 0; c < UT_CALIBRATION_CLASSES; c++)
        if (loss->n[c] > 0) {
            sum += loss->sum[c] / loss->n[c];
            present++;
        }
    return present > 0 ? sum / present : (double)NAN;
}

double ut_calibrating_error(const struct ut_calibrating_call *call, size_t calls, const struct ut_calibration *of)
{
    double weight[UT_CALIBRATION_CLASSES], said[BINS] = {0}, right[BINS] = {0}, error = 0;
    weights(call, calls, -1, weight);
    for (size_t i = 0; i < calls; i++)
        for (size_t k = 0; k < call[i].n; k++) {
            double p[UT_CALIBRATION_CLASSES], w = weight[call[i].score[k].truth];
            ut_calibration_apply(&of[i], call[i].score[k].log, p);
            int best = p[1] > p[0] ? 1 : 0;
            best = p[2] > p[best] ? 2 : best;
            int bin = p[best] >= 1 ? BINS - 1 : (int)(BINS * p[best]);
            said[bin] += w * p[best];
            right[bin] += w * (best == call[i].score[k].truth);
        }
    for (int bin = 0; bin < BINS; bin++)
        error += fabs(said[bin] - right[bin]);
    return error;
}
