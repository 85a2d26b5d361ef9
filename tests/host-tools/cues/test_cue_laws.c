/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every call and every setting: random talk and random scores under random numbers, judged by laws that
 * are worked out here from the records alone. */
#include "host-tools/cues/engine.h"

#include "firmware/engine.h"
#include "firmware/turns.h"
#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CALLS = 40, LENGTH_MS = 600000, CHANGES_MAX = 4000, IPUS_MAX = 4000, POPUPS_MAX = 1000 };

static struct {
    struct ut_config config;
    struct ut_cue_engine engine;
    struct ut_cue_change change[CHANGES_MAX];
    int changes;
    struct {
        int party;
        int64_t begin_ms, end_ms;
    } ipu[IPUS_MAX];
    int ipus;
    struct ut_wire_score score[LENGTH_MS / UT_CUE_SCORE_MS + 1];
    int scores;
    struct {
        int cue;
        int64_t from_ms, until_ms;
    } popup[POPUPS_MAX];
    int popups;
} w;

static uint32_t below(uint32_t *random, uint32_t n)
{
    return ut_signal_random(random) % n;
}

static void note_change(void *ctx, const struct ut_cue_change *change)
{
    (void)ctx;
    assert_true(w.changes < CHANGES_MAX);
    w.change[w.changes++] = *change;
}

static double number(enum ut_cue cue, enum ut_cue_common which)
{
    return w.config.value[(int)ut_cue_param(cue) + (int)which];
}

/* Numbers around their defaults, some far off; those of a display that hardly lets a cue through are among them. */
static void choose_config(uint32_t *random)
{
    struct ut_fault fault;
    do {
        ut_config_defaults(&w.config);
        for (int i = 0; i < UT_PARAMS; i++) {
            static const char *const keys[] = {"on",         "off",     "hold",         "release",
                                               "refractory", "longest", "budget_window"};
            const struct ut_param_info *p = &ut_param_info[i];
            for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
                if (strcmp(p->key, keys[k]) == 0 && below(random, 2) != 0) {
                    double x = p->value * (10 + below(random, 141)) / 100 + (p->value == 0 ? below(random, 4) : 0);
                    x = strcmp(p->unit, "count") == 0 ? round(x) : x;
                    w.config.value[i] = fmin(fmax(x, p->low), p->high);
                }
        }
        w.config.value[UT_P_DISPLAY_MINIMUM] = 1 + below(random, 5);
        w.config.value[UT_P_DISPLAY_BUDGET] = below(random, 9);
    } while (ut_config_check(&w.config, &fault) != 0);
}

/* The screen as it is now; called after each record, of which there are four a second and more. */
static void look(void)
{
    int visible = 0;
    for (int cue = 0; cue < UT_CUES; cue++)
        visible += w.engine.slot[cue].screen == UT_SLOT_VISIBLE;
    assert_true(visible <= 1);
    assert_int_equal(visible, w.engine.visible != UT_CUES);
    int last = w.popups - 1;
    bool same = last >= 0 && w.popup[last].until_ms < 0 && w.popup[last].cue == (int)w.engine.visible &&
                w.popup[last].from_ms == w.engine.visible_from_ms;
    if (same)
        return;
    if (last >= 0 && w.popup[last].until_ms < 0)
        w.popup[last].until_ms = w.popup[last].from_ms + w.engine.slot[w.popup[last].cue].shown_ms;
    if (w.engine.visible == UT_CUES)
        return;
    assert_true(w.popups < POPUPS_MAX);
    w.popup[w.popups].cue = (int)w.engine.visible;
    w.popup[w.popups].from_ms = w.engine.visible_from_ms;
    w.popup[w.popups].until_ms = -1;
    w.popups++;
}

static void put_turns(const struct ut_turn_event *event, int n)
{
    for (int i = 0; i < n; i++) {
        const struct ut_turn_event *e = &event[i];
        const struct ut_wire_turn t = {e->t_ms, e->kind, e->party, e->begin_ms, e->end_ms};
        if (e->kind == UT_TURN_IPU_END) {
            assert_true(w.ipus < IPUS_MAX);
            w.ipu[w.ipus].party = e->party;
            w.ipu[w.ipus].begin_ms = e->begin_ms;
            w.ipu[w.ipus].end_ms = e->end_ms;
            w.ipus++;
        }
        ut_cue_engine_turn(&w.engine, &t);
        look();
    }
}

struct mood {
    int32_t frustration, delight, confidence, loudness, f0, pace[2];
};

static uint8_t wander(uint32_t *random, int32_t *x, int32_t low, int32_t high)
{
    *x += (int32_t)below(random, 31) - 15;
    *x = *x < low ? low : *x > high ? high : *x;
    return (uint8_t)*x;
}

/* One call. statuses: status records are among the others, which changes nothing. */
static void play(uint32_t seed, bool statuses)
{
    static struct ut_turns turns;
    struct ut_turn_event event[UT_TURNS_EVENTS_MAX];
    struct mood m = {128, 60, 200, 120, 60, {64, 64}};
    uint32_t random = seed, next[2] = {500, 3000};
    uint8_t speech[2] = {0, 0}, heard[2] = {0, 0};
    memset(&w, 0, sizeof w);
    choose_config(&random);
    ut_cue_engine_init(&w.engine, &w.config, note_change, NULL);
    ut_turns_init(&turns);
    for (uint32_t t = UT_CUE_GRID_MS; t <= LENGTH_MS; t += UT_CUE_GRID_MS) {
        for (int p = 0; p < 2; p++)
            if (t >= next[p]) { /* talk of up to 45 s, pauses of up to 15 s, mostly short ones */
                static const uint32_t longest[2][3] = {{500, 3000, 15000}, {1200, 6000, 45000}};
                speech[p] = (uint8_t)!speech[p];
                next[p] = t + 10 + below(&random, longest[speech[p]][below(&random, 3)]);
            }
        put_turns(event, ut_turns_step(&turns, speech, event));
        heard[0] |= speech[0];
        heard[1] |= speech[1];
        if (t % UT_CUE_SCORE_MS == 0) {
            struct ut_wire_score s = {
                .t_ms = t,
                .flags = (uint8_t)((heard[0] ? UT_WIRE_CUSTOMER_SPEECH : 0) | (heard[1] ? UT_WIRE_AGENT_SPEECH : 0) |
                                   (below(&random, 40) == 0 ? UT_ABSTAIN_NOISE << UT_WIRE_ABSTAIN_SHIFT : 0)),
                .frustration = wander(&random, &m.frustration, 0, 255),
                .delight = wander(&random, &m.delight, 0, 255),
                .confidence = wander(&random, &m.confidence, 120, 255),
                .customer_loudness = (uint8_t)(wander(&random, &m.loudness, 80, 190) / (heard[0] ? 1 : 4)),
                .agent_level = heard[1] ? 60 : 120,
                .customer_pace = wander(&random, &m.pace[0], 20, 130),
                .agent_pace = wander(&random, &m.pace[1], 20, 130),
                .customer_f0 = wander(&random, &m.f0, 30, 120),
            };
            heard[0] = heard[1] = 0;
            w.score[w.scores++] = s;
            ut_cue_engine_score(&w.engine, &s);
            look();
        }
        if (statuses && t % 5000 == 0) {
            const struct ut_wire_status d = {.t_ms = t};
            ut_cue_engine_status(&w.engine, &d);
            look();
        }
    }
    put_turns(event, ut_turns_finish(&turns, event));
    ut_cue_engine_finish(&w.engine);
    look();
}

static int laws_of_opening(void)
{
    const struct ut_cue_change *open[UT_CUES] = {NULL};
    int64_t closed_ms[UT_CUES], now = 0;
    int openings = 0;
    for (int cue = 0; cue < UT_CUES; cue++)
        closed_ms[cue] = -1;
    for (int i = 0; i < w.changes; i++) {
        const struct ut_cue_change *c = &w.change[i];
        assert_true(c->t_ms >= now); /* in order of call time */
        now = c->t_ms;
        assert_true(c->cue < UT_CUES && c->begin_ms <= c->opened_ms && c->opened_ms <= c->t_ms);
        switch (c->what) {
        case UT_CUE_OPENED:
            assert_null(open[c->cue]);
            if (closed_ms[c->cue] >= 0) {
                double refractory = number(c->cue, UT_COMMON_REFRACTORY);
                assert_true(c->t_ms - closed_ms[c->cue] >= (int64_t)llround(1000 * refractory));
            }
            assert_true(c->rule[0] != '\0');
            open[c->cue] = c;
            openings++;
            break;
        case UT_CUE_SUPPRESSED:
            assert_non_null(c->reason);
            break;
        case UT_CUE_CLOSED:
            assert_non_null(open[c->cue]);
            assert_int_equal(c->opened_ms, open[c->cue]->t_ms);
            assert_true(c->shown_ms <= LENGTH_MS);
            if (open[c->cue]->display == UT_DISPLAY_SHOWN && !c->call_ended)
                assert_true(c->shown_ms > 0);
            if (open[c->cue]->display == UT_DISPLAY_BUDGET || open[c->cue]->display == UT_DISPLAY_GAUGE ||
                open[c->cue]->display == UT_DISPLAY_ARROW)
                assert_int_equal(c->shown_ms, 0);
            open[c->cue] = NULL;
            closed_ms[c->cue] = c->t_ms;
            break;
        default: /* the supervisor's flag */
            break;
        }
    }
    for (int cue = 0; cue < UT_CUES; cue++)
        assert_null(open[cue]);
    return openings;
}

/* Nothing of the screen is seen twice, for too short a time or too often. */
static int laws_of_the_screen(void)
{
    int64_t minimum = llround(1000 * w.config.value[UT_P_DISPLAY_MINIMUM]);
    int64_t window = llround(1000 * w.config.value[UT_P_DISPLAY_BUDGET_WINDOW]);
    for (int i = 0; i < w.popups; i++) {
        bool last = i == w.popups - 1;
        if (!last) {
            assert_true(w.popup[i].until_ms - w.popup[i].from_ms >= minimum);
            assert_true(w.popup[i + 1].from_ms >= w.popup[i].until_ms);
        }
        int near = 0;
        for (int k = 0; k <= i; k++)
            near += w.popup[k].from_ms > w.popup[i].from_ms - window;
        assert_true(near <= w.config.value[UT_P_DISPLAY_BUDGET]);
    }
    return w.popups;
}

/* extended_silence: nobody speaks for on + hold before it opens. */
static int law_of_silence(void)
{
    int64_t needed = llround(1000 * (number(UT_CUE_SILENCE, UT_COMMON_ON) + number(UT_CUE_SILENCE, UT_COMMON_HOLD)));
    int found = 0;
    for (int i = 0; i < w.changes; i++) {
        const struct ut_cue_change *c = &w.change[i];
        if (c->what != UT_CUE_OPENED || c->cue != UT_CUE_SILENCE)
            continue;
        for (int k = 0; k < w.ipus; k++)
            assert_false(w.ipu[k].begin_ms <= c->t_ms && w.ipu[k].end_ms > c->t_ms - needed + UT_CUE_GRID_MS);
        found++;
    }
    return found;
}

/* Mean frustration and confidence of the last score.fast seconds of scored speech up to record i; false = too few. */
static bool fast_means(int i, double *frustration, double *confidence)
{
    int n = (int)lround(w.config.value[UT_P_SCORE_FAST] * 1000 / UT_CUE_SCORE_MS), have = 0;
    double f = 0, c = 0;
    for (; i >= 0 && have < n; i--) {
        const struct ut_wire_score *s = &w.score[i];
        if ((s->flags & UT_WIRE_CUSTOMER_SPEECH) == 0 || (s->flags >> UT_WIRE_ABSTAIN_SHIFT & 7) != UT_ABSTAIN_NONE)
            continue;
        f += s->frustration;
        c += s->confidence;
        have++;
    }
    *frustration = f / (255.0 * n);
    *confidence = c / (255.0 * n);
    return have == n;
}

/* What is usual for the caller at record i: the mean of all scored speech so far, with the usual of callers as a prior;
 * but for scraps of speech on hold, which the engine leaves out. */
static const double SCRAPS = 0.02;

static double usual_frustration(int i)
{
    double known = w.config.value[UT_P_SCORE_USUAL_WEIGHT] * 1000 / UT_CUE_SCORE_MS;
    double sum = known * w.config.value[UT_P_SCORE_USUAL], count = known;
    for (; i >= 0; i--) {
        const struct ut_wire_score *s = &w.score[i];
        if ((s->flags & UT_WIRE_CUSTOMER_SPEECH) == 0 || (s->flags >> UT_WIRE_ABSTAIN_SHIFT & 7) != UT_ABSTAIN_NONE)
            continue;
        sum += s->frustration / 255.0;
        count++;
    }
    return sum / count;
}

/* empathy_cue: at every record of customer speech within the hold before opening the averages are high enough; it opens
 * above what is usual for this caller, and closes only after they have been low, or usual, for its release. */
static int law_of_empathy(void)
{
    double on = number(UT_CUE_EMPATHY, UT_COMMON_ON), off = number(UT_CUE_EMPATHY, UT_COMMON_OFF), f, conf;
    int found = 0;
    for (int i = 0; i < w.changes; i++) {
        const struct ut_cue_change *c = &w.change[i];
        if (c->cue != UT_CUE_EMPATHY || (c->what != UT_CUE_OPENED && c->what != UT_CUE_CLOSED) || c->call_ended)
            continue;
        int at = (int)(c->t_ms / UT_CUE_SCORE_MS) - 1; /* the newest record then */
        if (c->what == UT_CUE_OPENED) {
            int64_t held = 0, hold = llround(1000 * number(UT_CUE_EMPATHY, UT_COMMON_HOLD));
            assert_true(c->evidence[0].value - c->evidence[0].baseline >= w.config.value[UT_P_EMPATHY_ABOVE] - 1e-9);
            do {
                if ((w.score[at].flags & UT_WIRE_CUSTOMER_SPEECH) == 0)
                    continue;
                assert_true(fast_means(at, &f, &conf));
                assert_true(f >= on - 1e-9 && conf >= w.config.value[UT_P_EMPATHY_CONFIDENCE] - 1e-9);
                held += UT_CUE_SCORE_MS;
            } while (held < hold && --at >= 0);
            found++;
        } else {
            int64_t from = c->t_ms - llround(1000 * number(UT_CUE_EMPATHY, UT_COMMON_RELEASE));
            for (; at >= 0 && (at + 1) * UT_CUE_SCORE_MS >= from; at--)
                assert_true(!fast_means(at, &f, &conf) || f <= off + 1e-9 || f <= usual_frustration(at) + SCRAPS);
        }
    }
    return found;
}

static void print_change(const struct ut_cue_change *c, char *line, size_t room)
{
    size_t at = (size_t)snprintf(line, room, "%d %d %lld %lld %lld %d %lld %d %s %s", (int)c->what, (int)c->cue,
                                 (long long)c->t_ms, (long long)c->begin_ms, (long long)c->opened_ms, (int)c->display,
                                 (long long)c->shown_ms, c->call_ended, c->reason != NULL ? c->reason : "", c->rule);
    for (int i = 0; i < c->evidence_count && at < room; i++)
        at += (size_t)snprintf(line + at, room - at, " %s %.17g %.17g", c->evidence[i].feature, c->evidence[i].value,
                               c->evidence[i].contribution);
}

static void laws_hold_in_every_call(void **state)
{
    (void)state;
    int openings = 0, popups = 0, silences = 0, empathies = 0;
    for (uint32_t call = 1; call <= CALLS; call++) {
        play(call * 2654435761u, false);
        openings += laws_of_opening();
        popups += laws_of_the_screen();
        silences += law_of_silence();
        empathies += law_of_empathy();
    }
    /* the laws were put to the test */
    assert_true(openings > 20 * CALLS && popups > 3 * CALLS && silences > CALLS && empathies > CALLS);
}

static void the_same_call_gives_the_same_bytes(void **state)
{
    (void)state;
    static char first[CHANGES_MAX][600];
    char line[600];
    for (uint32_t call = 1; call <= 6; call++) {
        play(call * 40503u, false);
        int n = w.changes;
        for (int i = 0; i < n; i++)
            print_change(&w.change[i], first[i], sizeof first[i]);
        assert_true(n > 10);
        for (int again = 0; again < 2; again++) {
            play(call * 40503u, again == 1);
            assert_int_equal(w.changes, n);
            for (int i = 0; i < n; i++) {
                print_change(&w.change[i], line, sizeof line);
                assert_string_equal(line, first[i]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws_hold_in_every_call),
        cmocka_unit_test(the_same_call_gives_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
