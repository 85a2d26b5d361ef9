/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/rollout_judge.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DESKS = 100, MINUTE = 60000, HOUR = 3600000 };
static const int64_t OPENED = 1800000000000, BEGAN = 1800000000000 - 2 * HOUR;

/* A site an hour after the ring has opened: the first desks are in it and have taken it. */
struct site {
    struct ut_ledger_desk desk[DESKS];
    char name[DESKS][20];
    unsigned draw[DESKS];
    int n;
};

static void set(struct site *s, int n, int taken)
{
    *s = (struct site){.n = n};
    for (int i = 0; i < n; i++) {
        (void)snprintf(s->name[i], sizeof s->name[i], "desk-%d", i);
        s->draw[i] = (unsigned)(i * UT_FLOOR_ROLLOUT_STATES); /* below any share where i < 20 */
        s->desk[i] = (struct ut_ledger_desk){.device = s->name[i],
                                             .why = "",
                                             .since = OPENED - HOUR,
                                             .lost = -1,
                                             .taken = -1,
                                             .cues = 4,
                                             .call_ms = 40 * MINUTE};
        if (i < taken) {
            s->desk[i].reported = true;
            s->desk[i].state = UT_FLOOR_CONFIRMED;
            s->desk[i].taken = OPENED;
            s->desk[i].reached = OPENED;
        }
    }
}

static enum ut_rollout_verdict judge_at(const struct site *s, unsigned share, int64_t now, char why[UT_VERDICT_WHY])
{
    struct ut_rollout_judge j;
    const struct ut_ledger_ring ring = {.opened = OPENED, .hold_s = 3600, .share = share};
    ut_rollout_judge_begin(&j, &ring, BEGAN, 0, now);
    for (int i = 0; i < s->n; i++)
        ut_rollout_judge_desk(&j, &s->desk[i], s->draw[i]);
    return ut_rollout_judge_end(&j, why);
}

static void judge(const struct site *s, enum ut_rollout_verdict wanted, const char *words)
{
    char why[UT_VERDICT_WHY];
    enum ut_rollout_verdict v = judge_at(s, 5 * UT_FLOOR_ROLLOUT_STATES, OPENED + HOUR, why);
    if (v != wanted || strstr(why, words) == NULL)
        fail_msg("%d: %s", (int)v, why);
}

static void a_good_one_passes(void **state)
{
    (void)state;
    struct site s;
    char why[UT_VERDICT_WHY];
    set(&s, DESKS, 5);
    judge(&s, UT_ROLLOUT_PASSES, "in force for 3600 s at 5 of 5 desks that are there");
    assert_int_equal(judge_at(&s, 25, OPENED + HOUR - 1, why), UT_ROLLOUT_GOES_ON); /* the hold is not over */
    s.desk[3].state = UT_FLOOR_TRYING;
    s.desk[4].reached += 1000; /* came late */
    judge(&s, UT_ROLLOUT_PASSES, "3 of 5");
    s.desk[2].reported = false; /* a desk that has not heard of it */
    s.desk[2].taken = -1;
    judge(&s, UT_ROLLOUT_GOES_ON, "2 of 5");
    s.desk[2].link = UT_FLOOR_CLOSED; /* nor is there */
    judge(&s, UT_ROLLOUT_PASSES, "2 of 4");
    s.desk[0].link = UT_FLOOR_CLOSED;
    s.desk[0].since = OPENED + HOUR - 1; /* had it for less than the hold when it left */
    judge(&s, UT_ROLLOUT_GOES_ON, "1 of 4");
    set(&s, DESKS, 0);
    for (int i = 0; i < 5; i++)
        s.desk[i].link = UT_FLOOR_CLOSED;
    judge(&s, UT_ROLLOUT_GOES_ON, "0 of 0"); /* and nobody is not half */
}

/* A desk closes its link in order to begin again with it: one that does not come back has not passed. */
static void desks_that_do_not_come_back_pass_nothing(void **state)
{
    (void)state;
    struct site s;
    char why[UT_VERDICT_WHY];
    for (int before = 0; before <= 1; before++) {
        set(&s, DESKS, 5);
        for (int i = 1; i < 5; i++) {
            s.desk[i].state = before ? UT_FLOOR_FETCHING : UT_FLOOR_TRYING;
            s.desk[i].taken = before ? -1 : OPENED;
            s.desk[i].link = UT_FLOOR_CLOSED;
            s.desk[i].since = OPENED + 55 * MINUTE;
        }
        judge(&s, UT_ROLLOUT_GOES_ON, "1 of 5");
        assert_int_equal(judge_at(&s, 25, OPENED + 66 * MINUTE, why), UT_ROLLOUT_STOPS);
        assert_non_null(strstr(why, "4 of 5 desks that took it were lost"));
    }
}

static void a_desk_that_fails_stops_it(void **state)
{
    (void)state;
    struct site s;
    for (int refused = 0; refused <= 1; refused++) {
        set(&s, DESKS, 5);
        s.desk[2].state = refused ? UT_FLOOR_REFUSED : UT_FLOOR_REVERTED;
        s.desk[2].why = "did not stay up";
        judge(&s, UT_ROLLOUT_STOPS,
              refused ? "desk desk-2 has refused it: did not stay up (1 of 5 that"
                      : "desk desk-2 has reverted it: did not stay up");
        s.desk[2].why = UT_FLOOR_STOPPED; /* as it was told to */
        judge(&s, refused ? UT_ROLLOUT_STOPS : UT_ROLLOUT_PASSES, refused ? "stopped" : "4 of 5");
        s.desk[2].why = UT_FLOOR_OWN_SETTINGS "empathy_cue.off"; /* no other desk has those */
        judge(&s, UT_ROLLOUT_PASSES, "4 of 5");
    }
}

/* Of many desks a few fail by themselves. */
static void one_of_fifty_has_to_fail(void **state)
{
    (void)state;
    struct site s;
    char why[UT_VERDICT_WHY];
    set(&s, DESKS, DESKS);
    s.desk[2].state = UT_FLOOR_REVERTED;
    s.desk[2].why = "did not stay up";
    assert_int_equal(judge_at(&s, 10000, OPENED + HOUR, why), UT_ROLLOUT_PASSES);
    s.desk[3].state = UT_FLOOR_REFUSED;
    assert_int_equal(judge_at(&s, 10000, OPENED + HOUR, why), UT_ROLLOUT_STOPS);
    assert_non_null(strstr(why, "(2 of 100 that have begun with it failed)"));
}

/* Nor is it anybody's word who was not asked, nor one from before. */
static void only_who_was_asked_fails(void **state)
{
    (void)state;
    struct site s;
    set(&s, DESKS, 5);
    s.desk[50].reported = true;
    s.desk[50].state = UT_FLOOR_REFUSED;
    s.desk[50].reached = OPENED + MINUTE;
    judge(&s, UT_ROLLOUT_PASSES, "5 of 5");
    s.desk[2].state = UT_FLOOR_REFUSED;
    s.desk[2].reached = BEGAN - 1;
    judge(&s, UT_ROLLOUT_PASSES, "4 of 5");
    s.desk[2].reached = BEGAN;
    judge(&s, UT_ROLLOUT_STOPS, "desk-2");
}

/* Forward, a second would be an hour. */
static void a_step_of_the_clock_begins_the_hold_again(void **state)
{
    (void)state;
    struct site s;
    struct ut_rollout_judge j;
    char why[UT_VERDICT_WHY];
    const struct ut_ledger_ring ring = {.opened = OPENED, .hold_s = 3600, .share = 25};
    set(&s, DESKS, 5);
    for (int over = 0; over <= 1; over++) {
        ut_rollout_judge_begin(&j, &ring, BEGAN, OPENED + 2 * HOUR, OPENED + 3 * HOUR - 1 + over);
        for (int i = 0; i < s.n; i++)
            ut_rollout_judge_desk(&j, &s.desk[i], s.draw[i]);
        assert_int_equal(ut_rollout_judge_end(&j, why), over ? UT_ROLLOUT_PASSES : UT_ROLLOUT_GOES_ON);
    }
}

static void lost_desks_stop_it(void **state)
{
    (void)state;
    struct site s;
    set(&s, DESKS, 5);
    for (int i = 0; i < 3; i++)
        s.desk[i].lost = OPENED + 30 * MINUTE;
    judge(&s, UT_ROLLOUT_STOPS, "3 of 5 desks that took it were lost in 5.0 h, 0 of 95 others in 95.0 h (p 0.0001)");
    for (int i = 0; i < 3; i++)
        s.desk[i].lost = OPENED - 1; /* before */
    judge(&s, UT_ROLLOUT_PASSES, "");
    for (int i = 0; i < DESKS; i++)
        s.desk[i].lost = OPENED + MINUTE; /* the network, for all of them */
    judge(&s, UT_ROLLOUT_PASSES, "");
    for (int i = 2; i < DESKS; i++)
        s.desk[i].lost = -1;
    judge(&s, UT_ROLLOUT_PASSES, ""); /* two of five, none of 95: p 0.0025 */
}

/* Who was away could not be lost: four hours of one side against nine minutes of the other. */
static void who_is_away_counts_for_as_long_as_it_was_there(void **state)
{
    (void)state;
    struct site s;
    set(&s, DESKS, 5);
    for (int i = 0; i < 4; i++)
        s.desk[i].lost = OPENED + 30 * MINUTE;
    for (int i = 5; i < DESKS; i++)
        s.desk[i].since = OPENED + HOUR - (i < 14 ? MINUTE : 0); /* nine came just now */
    judge(&s, UT_ROLLOUT_PASSES, "");
    for (int i = 5; i < DESKS; i++) {
        s.desk[i].link = UT_FLOOR_CLOSED;
        s.desk[i].since = OPENED - MINUTE;
    }
    judge(&s, UT_ROLLOUT_PASSES, "");
    for (int i = 5; i < DESKS; i++)
        s.desk[i].since = OPENED + HOUR; /* they have just left */
    judge(&s, UT_ROLLOUT_STOPS, "4 of 5");
}

static void cues_stop_it(void **state)
{
    (void)state;
    struct site s;
    set(&s, DESKS, 5);
    for (int i = 0; i < 5; i++)
        s.desk[i].cues = 40;
    judge(&s, UT_ROLLOUT_STOPS, "200 cues in 3.3 h of calls at 5 desks that took it, 380 in 63.3 h at 95 others: more");
    for (int i = 0; i < 5; i++)
        s.desk[i].cues = 7; /* less than twice as many */
    judge(&s, UT_ROLLOUT_PASSES, "");
    for (int i = 0; i < 5; i++) {
        s.desk[i].cues = 0; /* where 60 were to be expected */
        s.desk[i].call_ms = 120 * MINUTE;
    }
    judge(&s, UT_ROLLOUT_STOPS, "0 cues in 10.0 h of calls at 5 desks that took it, 380 in 63.3 h at 95 others: less");
    for (int i = 7; i < DESKS; i++)
        s.desk[i].call_ms = 0; /* two desks are nothing to compare with */
    judge(&s, UT_ROLLOUT_PASSES, "");
    set(&s, DESKS, 5);
    /* where cues come in heaps, so few say nothing */
    for (int i = 5; i < DESKS; i++)
        s.desk[i].cues = i % 10 == 0 ? 40 : 0;
    judge(&s, UT_ROLLOUT_PASSES, "");
    for (int i = 0; i < DESKS; i++) {
        s.desk[i].cues = 0;
        s.desk[i].call_ms = 0;
    }
    judge(&s, UT_ROLLOUT_PASSES, ""); /* nobody called */
}

static uint64_t seed;

/* Between 0 and 1, neither of both. */
static double random_part(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return ((double)(seed >> 12) + 0.5) / 4503599627370496.0;
}

static int random_count(double mean)
{
    int n = 0;
    for (double p = random_part(); p > exp(-mean); p *= random_part())
        n++;
    return n;
}

/* In which ring a roll-out is stopped whose new settings make so many times as many cues (3 = in none), looked at every
 * minute, and why. Desks differ (a gamma distribution, variation 0.5), so do calls of 5 min (exponential);
 * 6 cues an hour of call, a desk lost every 50 h, a desk takes it when it has no call. */
static int roll_out(uint64_t of, int desks, double times, char why[UT_VERDICT_WHY])
{
    static const double share[] = {0.01, 0.1, 1.0};
    static struct site s;
    double rate[DESKS], call[DESKS] = {0};
    seed = 88172645463325252U + of * 7046029254386353131U;
    set(&s, desks, 0);
    for (int i = 0; i < desks; i++) {
        rate[i] = 0;
        for (int k = 0; k < 4; k++)
            rate[i] -= log(random_part()) / 4.0;
        s.draw[i] = (unsigned)(random_part() * 10000.0);
    }
    s.draw[0] = 0; /* somebody is in the first ring, as `undertone rollout open` sees to */
    int64_t opened = OPENED;
    for (int ring = 0; ring < 3; ring++) {
        const struct ut_ledger_ring about = {
            .opened = opened, .hold_s = 3600, .share = (unsigned)(10000.0 * share[ring])};
        for (int i = 0; i < desks; i++)
            s.desk[i].cues = s.desk[i].call_ms = 0;
        enum ut_rollout_verdict v = UT_ROLLOUT_GOES_ON;
        for (int minute = 1; v == UT_ROLLOUT_GOES_ON; minute++) {
            struct ut_rollout_judge j;
            int64_t now = opened + (int64_t)minute * MINUTE;
            ut_rollout_judge_begin(&j, &about, OPENED, 0, now);
            for (int i = 0; i < desks; i++) {
                struct ut_ledger_desk *d = &s.desk[i];
                if (minute % 5 == 1)
                    call[i] = random_part() < 0.7 ? -log(random_part()) : -1.0;
                if (!d->reported && s.draw[i] < about.share && call[i] < 0.0) { /* between calls */
                    d->reported = true;
                    d->state = UT_FLOOR_CONFIRMED;
                    d->taken = d->reached = now;
                    d->cues = d->call_ms = 0;
                } else if (call[i] >= 0.0) {
                    d->call_ms += MINUTE;
                    d->cues += random_count(6.0 / 60.0 * rate[i] * call[i] * (d->reported ? times : 1.0));
                }
                if (random_part() < 1.0 / (50.0 * 60.0))
                    d->lost = now;
                ut_rollout_judge_desk(&j, d, s.draw[i]);
            }
            v = ut_rollout_judge_end(&j, why);
        }
        if (v == UT_ROLLOUT_STOPS)
            return ring;
        opened += 61 * MINUTE;
    }
    return 3;
}

/* 1,000 roll-outs that change nothing, of which not one in a hundred may be stopped by chance. */
static void noise_stops_none_in_a_hundred(void **state)
{
    (void)state;
    static const int desks[] = {20, 50, 100};
    int stopped = 0;
    for (int i = 0; i < 1000; i++) {
        char why[UT_VERDICT_WHY];
        if (roll_out((uint64_t)i, desks[i % 3], 1, why) == 3)
            continue;
        stopped++;
        print_message("roll-out %d of %d desks: %s\n", i, desks[i % 3], why);
    }
    print_message("%d of 1000 good roll-outs were stopped\n", stopped);
    assert_true(stopped <= 10);
}

/* Settings that make ten times as many cues: a first ring of one to four desks of 100 shows it to most, the second to
 * all. */
static void ten_times_the_cues_are_stopped(void **state)
{
    (void)state;
    int first = 0, all = 0;
    for (int i = 0; i < 200; i++) {
        char why[UT_VERDICT_WHY];
        int ring = roll_out((uint64_t)i, DESKS, 10, why);
        first += ring == 0;
        all += ring < 3;
    }
    print_message("%d of 200 bad roll-outs were stopped, %d of them in the first ring\n", all, first);
    assert_int_equal(all, 200);
    assert_true(first >= 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_one_passes),
        cmocka_unit_test(a_desk_that_fails_stops_it),
        cmocka_unit_test(a_step_of_the_clock_begins_the_hold_again),
        cmocka_unit_test(only_who_was_asked_fails),
        cmocka_unit_test(one_of_fifty_has_to_fail),
        cmocka_unit_test(desks_that_do_not_come_back_pass_nothing),
        cmocka_unit_test(lost_desks_stop_it),
        cmocka_unit_test(who_is_away_counts_for_as_long_as_it_was_there),
        cmocka_unit_test(cues_stop_it),
        cmocka_unit_test(noise_stops_none_in_a_hundred),
        cmocka_unit_test(ten_times_the_cues_are_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
