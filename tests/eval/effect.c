/* SPDX-License-Identifier: Apache-2.0 */
/* Sites that never were, whose truth is known, before host-tools/trials/effect: how often its interval holds the truth,
 * how often a difference is called real where there is none, how many calls it takes. Writes a table in Markdown; exit
 * 1 where an interval holds the truth in less than 93 or more than 97 of 100 sites, or more than 6 are wrongly real. */
#include "host-tools/trials/effect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Desks differ from each other, and from week to week: log-normal factors of mean 1. */
static const double DESK_SIGMA = 0.3, WEEK_SIGMA = 0.2, LENGTH_SIGMA = 0.7;

struct site {
    int desks, weeks, calls;    /* a desk-week */
    double holdout, rate, fall; /* of escalations, per call without cues; what cues take off, as a share */
};

static uint64_t state;

static double uniform(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return ((double)(state >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

static double factor(double sigma)
{
    return exp(sigma * normal() - sigma * sigma / 2);
}

/* Escalations and lengths: the latter fall by a third of what escalations do. */
static void play(const struct site *s, struct ut_effect *e)
{
    for (int desk = 0; desk < s->desks; desk++) {
        double own = factor(DESK_SIGMA), slow = factor(DESK_SIGMA);
        for (int week = 0; week < s->weeks; week++) {
            int held = uniform() < s->holdout;
            double rate = s->rate * own * factor(WEEK_SIGMA) * (held ? 1 : 1 - s->fall);
            double minutes = 6 * slow * factor(WEEK_SIGMA) * (held ? 1 : 1 - s->fall / 3);
            for (int call = 0; call < s->calls; call++) {
                const double value[UT_EFFECT_MEASURES] = {(double)NAN, (double)NAN, uniform() < rate ? 1.0 : 0.0,
                                                          minutes * factor(LENGTH_SIGMA), (double)NAN};
                if (ut_effect_add(e, desk, week, held, value) != 0)
                    exit(1);
            }
        }
    }
}

struct count {
    int judged, covered, real;
    double error_squares;
};

static struct count judge(const struct site *s, enum ut_effect_measure m, int sites)
{
    struct count c = {0};
    double truth = m == UT_EFFECT_ESCALATED ? -s->rate * s->fall : -6 * s->fall / 3;
    state = 0x2545F4914F6CDD1DU;
    for (int i = 0; i < sites; i++) {
        struct ut_effect e = {0};
        struct ut_effect_figure f;
        play(s, &e);
        ut_effect_judge(&e, m, &f);
        ut_effect_free(&e);
        if (f.verdict == UT_EFFECT_TOO_LITTLE)
            continue;
        c.judged++;
        c.covered += f.low <= truth && truth <= f.high;
        c.real += f.verdict == UT_EFFECT_REAL;
        c.error_squares += f.error * f.error;
    }
    return c;
}

static int print_coverage(int sites)
{
    static const struct site SITES[] = {{40, 12, 25, 0.10, 0.05, 0}, {40, 12, 25, 0.10, 0.05, 0.3},
                                        {40, 12, 25, 0.20, 0.03, 0}, {40, 12, 25, 0.20, 0.03, 0.3},
                                        {20, 12, 40, 0.20, 0.05, 0}, {20, 12, 40, 0.20, 0.05, 0.3},
                                        {100, 8, 25, 0.10, 0.03, 0}, {100, 8, 25, 0.10, 0.03, 0.1}};
    static const char *const NAME[UT_EFFECT_MEASURES] = {
        [UT_EFFECT_ESCALATED] = "escalations", [UT_EFFECT_MINUTES] = "talk time"};
    int bad = 0;
    printf("| desks | weeks | calls a desk-week | held out | escalations per 1,000 | planted fall | measure | sites "
           "judged | interval "
           "holds the truth | called real |\n|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof SITES / sizeof SITES[0]; i++)
        for (int k = 0; k < 2; k++) {
            const struct site *s = &SITES[i];
            enum ut_effect_measure m = k == 0 ? UT_EFFECT_ESCALATED : UT_EFFECT_MINUTES;
            struct count c = judge(s, m, sites);
            double covered = 100.0 * c.covered / c.judged, real = 100.0 * c.real / c.judged;
            int wrong = covered < 93 || covered > 97 || (s->fall <= 0 && real > 6);
            printf("| %d | %d | %d | %.0f %% | %.0f | %.0f %% | %s | %d | %.1f %% | %.1f %%%s |\n", s->desks, s->weeks,
                   s->calls, 100 * s->holdout, 1000 * s->rate, 100 * (k == 0 ? s->fall : s->fall / 3), NAME[m],
                   c.judged, covered, real, wrong ? " **beyond the limit**" : "");
            (void)fflush(stdout);
            bad += wrong;
        }
    return bad;
}

/* From the mean standard error of sites of 40 desks, 12 weeks, 25 calls: its square falls as calls grow. */
static void print_power(int sites)
{
    static const double RATES[] = {0.01, 0.03, 0.10}, HOLDOUTS[] = {0.10, 0.20, 0.50}, FALLS[] = {0.10, 0.30};
    printf("\n## Calls it takes\n\nCalls in all, until a fall of escalations would be seen in four of five sites "
           "(desk-weeks of 25 calls; from "
           "the mean standard error of %d sites of 12,000 calls each, whose square falls as calls grow):\n\n"
           "| escalations per 1,000 | held out | a fall of 10 %% | a fall of 30 %% |\n|---|---|---|---|\n",
           sites);
    for (size_t r = 0; r < 3; r++)
        for (size_t h = 0; h < 3; h++) {
            printf("| %.0f | %.0f %% |", 1000 * RATES[r], 100 * HOLDOUTS[h]);
            for (size_t k = 0; k < 2; k++) {
                const struct site s = {40, 12, 25, HOLDOUTS[h], RATES[r], FALLS[k]};
                struct count c = judge(&s, UT_EFFECT_ESCALATED, sites);
                double seen = 2.801585 * sqrt(c.error_squares / c.judged) / (s.rate * s.fall);
                printf(" %.0f,000 |", ceil(12.0 * seen * seen));
            }
            printf("\n");
        }
}

int main(int argc, char **argv)
{
    int sites = argc > 1 ? atoi(argv[1]) : 1000;
    printf("# What `undertone effect` can tell\n\nMade by `make eval-effect`: %d simulated sites a row, whose truth is "
           "known. Desks "
           "differ by a log-normal factor of sigma %.1f, their weeks by %.1f, lengths of calls by %.1f; desk-weeks are "
           "held out at random. "
           "Limits: the 95 %% interval holds the truth in 93 to 97 %%, and at most 6 %% are called real where nothing "
           "was planted.\n\n",
           sites, DESK_SIGMA, WEEK_SIGMA, LENGTH_SIGMA);
    int bad = print_coverage(sites);
    print_power(sites > 200 ? 200 : sites);
    (void)fprintf(stderr, "eval-effect: %d of 16 rows beyond the limits\n", bad);
    return bad != 0;
}
