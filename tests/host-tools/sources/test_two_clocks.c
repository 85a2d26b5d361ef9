/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/two_clocks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 16000, BLOCK = 160, MINUTES = 5, LAST = RATE, LAGS = 800 };

static struct {
    int16_t last[2 * LAST]; /* a ring of the pairs that came last */
    size_t n, lost, calls;
    int answer;
} heard;

static int hear(void *ctx, const int16_t *pairs, size_t n, int lost)
{
    assert_ptr_equal(ctx, &heard);
    assert_in_range(n, 1, UT_TWO_CLOCKS_BLOCK);
    for (size_t i = 0; i < n; i++)
        memcpy(heard.last + 2 * ((heard.n + i) % LAST), pairs + 2 * i, 2 * sizeof *pairs);
    heard.n += n;
    heard.lost += lost ? n : 0;
    heard.calls++;
    return heard.answer;
}

static struct ut_two_clocks *start(void)
{
    memset(&heard, 0, sizeof heard);
    struct ut_two_clocks *t = ut_two_clocks_new(hear, &heard);
    assert_non_null(t);
    return t;
}

/* Noise below 1 kHz that both devices hear, at any moment. */
static double sound(double s)
{
    double at = s * 2000;
    uint64_t k = (uint64_t)at;
    double value[2];
    for (int i = 0; i < 2; i++) {
        uint32_t x = (uint32_t)(k + (uint64_t)i) * 2654435761U;
        x ^= x >> 15;
        x *= 2246822519U;
        value[i] = (double)((x >> 13) & 0xFFFF) - 32768;
    }
    double part = at - (double)k;
    return (value[0] * (1 - part) + value[1] * part) / 4;
}

/* By how many samples the agent's channel is late, where the two are most alike in the last second. */
static int lateness(void)
{
    double best = -1;
    int at = 0;
    for (int lag = -LAGS; lag <= LAGS; lag++) {
        double sum = 0;
        for (int i = LAGS; i < LAST - LAGS; i++) {
            size_t c = (heard.n + (size_t)i) % LAST, a = (heard.n + (size_t)(i + lag)) % LAST;
            sum += (double)heard.last[2 * c] * heard.last[2 * a + 1];
        }
        if (sum > best) {
            best = sum;
            at = lag;
        }
    }
    return at;
}

static void one_sound_in_two_devices_stays_one(void **state)
{
    (void)state;
    for (int ppm = -100; ppm <= 100; ppm += 200) {
        struct ut_two_clocks *t = start();
        double agent_hz = RATE * (1 + ppm * 1e-6);
        size_t customer_n = 0, agent_n = 0, most = 0, total = (size_t)MINUTES * 60 * RATE;
        while (customer_n < total) {
            int16_t block[BLOCK];
            int customer = (double)(customer_n + BLOCK) / RATE <= (double)(agent_n + BLOCK) / agent_hz;
            size_t *n = customer ? &customer_n : &agent_n;
            double hz = customer ? RATE : agent_hz;
            for (int i = 0; i < BLOCK; i++)
                block[i] = (int16_t)lrint(sound((double)(*n + (size_t)i) / hz));
            *n += BLOCK;
            int64_t now_us = (int64_t)((double)*n / hz * 1e6);
            assert_int_equal(customer ? ut_two_clocks_customer(t, now_us, block, BLOCK)
                                      : ut_two_clocks_agent(t, now_us, block, BLOCK),
                             0);
            most = ut_two_clocks_waiting(t) > most ? ut_two_clocks_waiting(t) : most;
        }
        int late = lateness();
        print_message(
            "drift %+d ppm, %d min: the agent's channel is %d samples (%.2f ms) late, at most %zu wait, found "
            "%+.1f ppm\n",
            ppm, MINUTES, late, late / 16.0, most, ut_two_clocks_ppm(t));
        assert_in_range(abs(late), 0, 24); /* 1.5 ms; without correction it is 30 ms */
        assert_in_range(most, 1, 3 * BLOCK);
        assert_true(fabs(ut_two_clocks_ppm(t) - ppm) < 10);
        assert_int_equal(heard.lost, 0);
        assert_true(heard.n > total - 4 * BLOCK && heard.n <= total);
        ut_two_clocks_free(t);
    }
}

static void nothing_before_both_have_spoken(void **state)
{
    (void)state;
    static const int16_t some[5 * BLOCK] = {1};
    struct ut_two_clocks *t = start();
    assert_int_equal(ut_two_clocks_customer(t, 0, some, 5 * BLOCK), 0);
    assert_int_equal(ut_two_clocks_waiting(t), 0);
    assert_int_equal(ut_two_clocks_agent(t, 1000, some, BLOCK), 0);
    assert_int_equal(heard.n, 0);
    assert_int_equal(ut_two_clocks_customer(t, 2000, some, BLOCK), 0);
    assert_in_range(heard.n, 1, BLOCK);
    assert_int_equal(heard.lost, 0);
    ut_two_clocks_free(t);
}

/* The customer's samples are not touched. */
static void the_customer_is_heard_as_it_came(void **state)
{
    (void)state;
    static int16_t up[4 * BLOCK], none[8 * BLOCK];
    struct ut_two_clocks *t = start();
    for (int i = 0; i < 4 * BLOCK; i++)
        up[i] = (int16_t)(1 + i);
    assert_int_equal(ut_two_clocks_agent(t, 0, none, 8 * BLOCK), 0); /* before: the customer has yet to speak */
    assert_int_equal(ut_two_clocks_customer(t, 0, up, 4 * BLOCK), 0);
    assert_int_equal(ut_two_clocks_agent(t, 1000, none, 8 * BLOCK), 0);
    assert_int_equal(heard.n, 4 * BLOCK);
    for (int i = 0; i < 4 * BLOCK; i++) {
        assert_int_equal(heard.last[2 * i], 1 + i);
        assert_int_equal(heard.last[2 * i + 1], 0);
    }
    ut_two_clocks_free(t);
}

static void a_device_that_stops_is_silent_and_comes_back(void **state)
{
    (void)state;
    static int16_t one[BLOCK];
    for (int i = 0; i < BLOCK; i++)
        one[i] = 1000;
    struct ut_two_clocks *t = start();
    int64_t us = 0;
    for (int i = 0; i < 300; i++, us += 10000) {
        assert_int_equal(ut_two_clocks_customer(t, us, one, BLOCK), 0);
        if (i < 50 || i >= 250)
            assert_int_equal(ut_two_clocks_agent(t, us, one, BLOCK), 0);
        assert_in_range(ut_two_clocks_waiting(t), 0, UT_TWO_CLOCKS_STALL);
        if (i == 240) {
            assert_int_equal(ut_two_clocks_waiting(t), 0);
            size_t last = (heard.n - 1) % LAST;
            assert_int_equal(heard.last[2 * last], 1000);
            assert_int_equal(heard.last[2 * last + 1], 0);
        }
    }
    assert_in_range(heard.lost, 199 * BLOCK, 201 * BLOCK); /* 2 s */
    assert_in_range(heard.n, 298 * BLOCK, 300 * BLOCK);
    assert_in_range(heard.last[2 * ((heard.n - 1) % LAST) + 1], 900, 1100); /* it is heard again */
    ut_two_clocks_free(t);
}

/* The agent's samples of 1.5 s come all at once: silence stood for them, and their place in time is past. */
static void a_device_that_was_late_is_caught_up(void **state)
{
    (void)state;
    struct ut_two_clocks *t = start();
    size_t agent_n = 0;
    for (size_t customer_n = 0; customer_n < 10 * RATE; customer_n += BLOCK) {
        int16_t block[BLOCK];
        int64_t now_us = (int64_t)customer_n * 1000000 / RATE;
        bool late = customer_n >= 3 * RATE && customer_n < 4 * RATE + RATE / 2;
        for (; !late && agent_n <= customer_n; agent_n += BLOCK) {
            for (size_t i = 0; i < BLOCK; i++)
                block[i] = (int16_t)lrint(sound((double)(agent_n + i) / RATE));
            assert_int_equal(ut_two_clocks_agent(t, now_us, block, BLOCK), 0);
        }
        for (size_t i = 0; i < BLOCK; i++)
            block[i] = (int16_t)lrint(sound((double)(customer_n + i) / RATE));
        assert_int_equal(ut_two_clocks_customer(t, now_us, block, BLOCK), 0);
    }
    int late = lateness();
    print_message("1.5 s late at once: %d samples (%.1f ms) apart 5 s after\n", late, late / 16.0);
    assert_in_range(abs(late), 0, 3 * BLOCK); /* the loop has the rest */
    assert_in_range(ut_two_clocks_waiting(t), 0, 4 * BLOCK);
    assert_true(heard.lost > RATE);
    assert_in_range(heard.n, 10 * RATE - 4 * BLOCK, 10 * RATE); /* the customer's time */
    ut_two_clocks_free(t);
}

/* 300 ms too many of the agent's at once, by no drift. */
static void what_waits_for_a_second_is_thrown_away(void **state)
{
    (void)state;
    static const int16_t some[30 * BLOCK];
    struct ut_two_clocks *t = start();
    int64_t us = 0;
    for (int i = 0; i < 500; i++, us += 10000) {
        (void)ut_two_clocks_agent(t, us, some, i == 200 ? 30 * BLOCK : BLOCK);
        (void)ut_two_clocks_customer(t, us, some, BLOCK);
        if (i > 210 && i < 290)
            assert_true(ut_two_clocks_waiting(t) > 4000);
    }
    assert_in_range(ut_two_clocks_waiting(t), 0, 2 * BLOCK);
    assert_in_range(heard.lost, 1, BLOCK);          /* the pairs behind the gap say so, once */
    assert_true(fabs(ut_two_clocks_ppm(t)) <= 100); /* it is not learnt */
    ut_two_clocks_free(t);
}

static void what_was_lost_is_said(void **state)
{
    (void)state;
    static const int16_t some[2 * BLOCK];
    struct ut_two_clocks *t = start();
    (void)ut_two_clocks_customer(t, 0, some, BLOCK);
    (void)ut_two_clocks_agent(t, 0, some, 2 * BLOCK);
    (void)ut_two_clocks_customer(t, 0, NULL, 0);
    assert_int_equal(heard.n, 0);
    (void)ut_two_clocks_customer(t, 0, some, BLOCK / 2);
    assert_int_equal(heard.n, BLOCK / 2);
    assert_int_equal(heard.lost, BLOCK / 2);
    (void)ut_two_clocks_customer(t, 0, some, BLOCK / 2);
    assert_int_equal(heard.lost, BLOCK / 2);
    ut_two_clocks_free(t);
}

static void the_sink_can_end_it(void **state)
{
    (void)state;
    static const int16_t some[4 * BLOCK];
    struct ut_two_clocks *t = start();
    (void)ut_two_clocks_customer(t, 0, some, BLOCK);
    (void)ut_two_clocks_agent(t, 0, some, 4 * BLOCK);
    heard.answer = 7;
    assert_int_equal(ut_two_clocks_customer(t, 0, some, 3 * BLOCK), 7);
    assert_int_equal(heard.calls, 1);
    ut_two_clocks_free(t);
    ut_two_clocks_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sound_in_two_devices_stays_one),
        cmocka_unit_test(nothing_before_both_have_spoken),
        cmocka_unit_test(the_customer_is_heard_as_it_came),
        cmocka_unit_test(a_device_that_stops_is_silent_and_comes_back),
        cmocka_unit_test(a_device_that_was_late_is_caught_up),
        cmocka_unit_test(what_waits_for_a_second_is_thrown_away),
        cmocka_unit_test(what_was_lost_is_said),
        cmocka_unit_test(the_sink_can_end_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
