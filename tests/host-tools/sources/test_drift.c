/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/drift.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { RATE = UT_DRIFT_SAMPLES_S, BLOCK = 160, HOUR_S = 3600, SETTLED_S = 300, LATE_US = 8000 };

static uint32_t seed;

/* How late a block comes, in seconds: 0 to LATE_US. */
static double late(void)
{
    seed = seed * 1664525U + 1013904223U;
    return (double)(seed >> 8) / (1 << 24) * LATE_US * 1e-6;
}

struct hour {
    double offset_ms; /* the largest between the parties' sound, once settled */
    double first_ms;  /* and before */
    double waits_ms;  /* the most sound that ever waited */
    double ppm;       /* found at the end */
};

/* Two devices for an hour, the agent's faster by ppm, in blocks of 10 ms that come up to 8 ms late. */
static struct hour hour_of(double ppm, int corrected)
{
    struct ut_drift d;
    struct hour h = {0};
    double ratio = 1, agent_hz = RATE * (1 + ppm * 1e-6), made = 0;
    size_t customer_n = 0, agent_n = 0;
    seed = 1;
    double customer_at = (double)BLOCK / RATE + late(), agent_at = (double)BLOCK / agent_hz + late();
    ut_drift_init(&d);
    while (customer_n < (size_t)HOUR_S * RATE) {
        double now = fmin(customer_at, agent_at);
        if (customer_at <= agent_at) {
            customer_n += BLOCK;
            customer_at = fmax(now, (double)(customer_n + BLOCK) / RATE + late());
        } else {
            agent_n += BLOCK;
            made += BLOCK * ratio;
            agent_at = fmax(now, (double)(agent_n + BLOCK) / agent_hz + late());
        }
        size_t agent_made = (size_t)made, both = customer_n < agent_made ? customer_n : agent_made;
        size_t customer_waits = customer_n - both, agent_waits = agent_made - both;
        if (corrected)
            ratio = ut_drift_step(&d, (int64_t)(now * 1e6), customer_waits, agent_waits);
        double waits_ms = (double)(customer_waits + agent_waits) * 1e3 / RATE;
        /* when the next sample of each was spoken */
        double customer_s = (double)(customer_n - customer_waits) / RATE;
        double agent_s = ((double)agent_n - (double)agent_waits) / agent_hz;
        double *most = customer_n > (size_t)SETTLED_S * RATE ? &h.offset_ms : &h.first_ms;
        *most = fmax(*most, fabs(customer_s - agent_s) * 1e3);
        h.waits_ms = fmax(h.waits_ms, waits_ms);
    }
    h.ppm = ut_drift_ppm(&d);
    return h;
}

static int is(double x, double wanted)
{
    return fabs(x - wanted) < 1e-9;
}

static void an_hour_at_100_ppm_stays_together(void **state)
{
    (void)state;
    for (int ppm = -100; ppm <= 100; ppm += 100) {
        struct hour h = hour_of(ppm, 1);
        print_message("drift %+4d ppm, 1 h: offset %.2f ms (first %d s: %.2f ms), waits %.1f ms, found %+.1f ppm\n",
                      ppm, h.offset_ms, SETTLED_S, h.first_ms, h.waits_ms, h.ppm);
        assert_true(h.offset_ms <= 0.5);
        assert_true(h.first_ms <= 1.5);
        assert_true(h.waits_ms <= 20);
        assert_true(fabs(h.ppm - ppm) <= 5);
    }
}

static void without_it_the_parties_part(void **state)
{
    (void)state;
    struct hour h = hour_of(100, 0);
    print_message("drift +100 ppm, 1 h, not corrected: offset %.0f ms\n", h.offset_ms);
    assert_true(h.offset_ms > 350);
}

static void no_ratio_is_beyond_the_limit(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct ut_drift d;
        ut_drift_init(&d);
        double ratio = 1;
        int64_t now_us = 0;
        for (int i = 0; i < 600; i++, now_us += UT_DRIFT_SECOND_US)
            ratio = ut_drift_step(&d, now_us, sign < 0 ? RATE : 0, sign < 0 ? 0 : RATE);
        assert_true(is(ratio, 1 - sign * UT_DRIFT_MAX_PPM * 1e-6));
        assert_true(is(ut_drift_ppm(&d), 0)); /* a second's difference is no drift */
        for (int i = 0; i < 3600; i++, now_us += UT_DRIFT_SECOND_US)
            (void)ut_drift_step(&d, now_us, sign < 0 ? 100 : 0, sign < 0 ? 0 : 100);
        assert_true(is(ut_drift_ppm(&d), sign * UT_DRIFT_LAST_PPM));
    }
}

/* 10 ms at a time. */
static double second_of(struct ut_drift *d, int64_t *now_us, size_t agent_waits)
{
    double ratio = 0;
    for (int i = 0; i < 100; i++)
        ratio = ut_drift_step(d, *now_us += 10000, 0, agent_waits);
    return ratio;
}

static void the_ratio_moves_once_a_second(void **state)
{
    (void)state;
    struct ut_drift d;
    ut_drift_init(&d);
    int64_t now_us = 0;
    assert_true(is(ut_drift_step(&d, now_us, 0, 16), 1)); /* the agent is 1 ms ahead */
    for (int i = 0; i < 99; i++)
        assert_true(is(ut_drift_step(&d, now_us += 10000, 0, 16), 1));
    assert_true(is(ut_drift_step(&d, now_us += 10000, 0, 16), 1 - 1e-3 * 2 / UT_DRIFT_TIME_S));
    assert_true(is(ut_drift_ppm(&d), 1e-3 / UT_DRIFT_TIME_S / UT_DRIFT_TIME_S * 1e6));
}

/* A computer that slept, or a clock that went back: nothing is learnt of the time between. */
static void a_gap_teaches_nothing(void **state)
{
    (void)state;
    struct ut_drift d;
    ut_drift_init(&d);
    int64_t now_us = 0;
    (void)second_of(&d, &now_us, 0);
    (void)ut_drift_step(&d, now_us, 0, 160);
    now_us += 3600LL * UT_DRIFT_SECOND_US;
    assert_true(is(ut_drift_step(&d, now_us, 0, 0), 1));
    assert_true(is(second_of(&d, &now_us, 0), 1));
    (void)ut_drift_step(&d, now_us, 0, 160);
    now_us -= 5000;
    assert_true(is(ut_drift_step(&d, now_us, 0, 0), 1));
    assert_true(is(second_of(&d, &now_us, 0), 1));
    assert_true(is(ut_drift_ppm(&d), 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_at_100_ppm_stays_together),
        cmocka_unit_test(without_it_the_parties_part),
        cmocka_unit_test(no_ratio_is_beyond_the_limit),
        cmocka_unit_test(the_ratio_moves_once_a_second),
        cmocka_unit_test(a_gap_teaches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
