/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/trial.h"

#include "host-tools/call/session.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RECORDS = 2000 };

static uint8_t bytes[RECORDS * UT_WIRE_RECORD_BYTES];
static struct ut_records records;
static struct ut_config config;
static char folder[] = "/tmp/undertest-trial-XXXXXX";

static void put_turn(int kind, int party, uint32_t t_ms, uint32_t begin_ms, uint32_t end_ms)
{
    const struct ut_wire_turn t = {t_ms, (uint8_t)kind, (uint8_t)party, begin_ms, end_ms};
    assert_true(records.n < RECORDS);
    ut_wire_pack_turn(bytes + records.n * UT_WIRE_RECORD_BYTES, (uint8_t)records.n, &t);
    records.n++;
}

/* Five minutes in which the agent speaks for a second now and then, with silences of every length between. */
static int group_setup(void **state)
{
    (void)state;
    uint32_t random = 5, next_ms = 1000, begin_ms = 0;
    int speaking = 0;
    records = (struct ut_records){.record = bytes, .end_ms = 300000, .key = "0123456789abcdef0123456789abcdef"};
    for (uint32_t t = 10; t <= 300000; t += 10) {
        if (t == next_ms && !speaking) {
            begin_ms = t - 100;
            put_turn(UT_TURN_IPU_START, UT_AGENT, t, begin_ms, begin_ms);
            speaking = 1;
            next_ms = t + 1000;
        } else if (t == next_ms) {
            put_turn(UT_TURN_IPU_END, UT_AGENT, t, begin_ms, t - 200);
            speaking = 0;
            next_ms = t + 500 + ut_signal_random(&random) % 1500 * 10;
        }
        if (t % 250 == 0) {
            struct ut_wire_score s = {.t_ms = t, .agent_level = 60, .flags = t == 300000 ? UT_WIRE_END : 0};
            ut_wire_pack_score(bytes + records.n * UT_WIRE_RECORD_BYTES, (uint8_t)records.n, &s);
            records.n++;
        }
    }
    ut_config_defaults(&config);
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int group_teardown(void **state)
{
    (void)state;
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

struct seen {
    struct ut_opening opening[100];
    int opened, closed;
};

static void note_event(void *ctx, const struct ut_event *event)
{
    struct seen *seen = ctx;
    json_t *whole = json_loads(event->json, 0, NULL), *data = json_object_get(whole, "data");
    if (event->type == UT_EVENT_CUE_OPENED) {
        seen->opening[seen->opened++] =
            (struct ut_opening){.cue = (int32_t)ut_cue_find(json_string_value(json_object_get(data, "Cue"))),
                                .begin_ms = json_integer_value(json_object_get(data, "BeginOffsetMillis")),
                                .opened_ms = json_integer_value(json_object_get(data, "NotifyOffsetMillis"))};
    } else if (event->type == UT_EVENT_CUE_CLOSED) {
        for (int i = 0; i < seen->opened; i++)
            if (seen->opening[i].opened_ms == json_integer_value(json_object_get(data, "NotifyOffsetMillis")))
                seen->opening[i].shown = json_integer_value(json_object_get(data, "ShownMillis")) > 0;
        seen->closed++;
    }
    json_decref(whole);
}

static void it_says_what_a_session_says(void **state)
{
    (void)state;
    struct ut_trial t;
    static struct seen seen;
    struct ut_session_options options = {.config = &config, .contact_id = "c", .sink = note_event, .ctx = &seen};
    struct ut_session *s = ut_session_new(&options);
    for (size_t i = 0; i < records.n; i++)
        ut_session_record(s, bytes + i * UT_WIRE_RECORD_BYTES);
    ut_session_finish(s, NULL);
    ut_session_free(s);
    assert_int_equal(ut_trial_run(&t, &records, &config), 0);
    assert_true(seen.opened > 3 && seen.opened == seen.closed);
    assert_int_equal(t.n, seen.opened);
    for (size_t i = 0; i < t.n; i++) {
        assert_int_equal(t.opening[i].cue, seen.opening[i].cue);
        assert_int_equal(t.opening[i].opened_ms, seen.opening[i].opened_ms);
        assert_int_equal(t.opening[i].begin_ms, seen.opening[i].begin_ms);
        bool pops_up = config.value[(int)ut_cue_param((enum ut_cue)t.opening[i].cue) + UT_COMMON_SHOW] == UT_SHOW_POPUP;
        assert_int_equal(t.opening[i].shown, pops_up && seen.opening[i].shown);
        assert_true(t.opening[i].closed_ms >= t.opening[i].opened_ms);
    }
    ut_trial_free(&t);
}

static void assert_openings(const struct ut_trial *a, const struct ut_trial *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->opening, b->opening, a->n * sizeof *a->opening);
}

static void what_was_tried_is_known(void **state)
{
    (void)state;
    struct ut_trials trials;
    struct ut_trial fresh[8], known;
    static struct ut_config setting[8];
    for (int k = 0; k < 8; k++) {
        setting[k] = config;
        setting[k].value[UT_P_SILENCE_ON] = 3 + k;
        assert_int_equal(ut_trial_run(&fresh[k], &records, &setting[k]), 0);
    }
    assert_true(fresh[0].n != fresh[7].n);
    ut_trials_open(&trials, folder, &records);
    assert_int_equal(trials.entries, 0);
    for (int round = 0; round < 2; round++)
        for (int k = 0; k < 5; k++) {
            assert_int_equal(ut_trials_get(&trials, &records, &setting[k], &known), 0);
            assert_openings(&known, &fresh[k]);
        }
    assert_int_equal(trials.entries, 5);
    ut_trials_close(&trials, folder);
    ut_trials_open(&trials, folder, &records);
    assert_int_equal(trials.entries, 5);
    for (int k = 7; k >= 0; k--) {
        assert_int_equal(ut_trials_get(&trials, &records, &setting[k], &known), 0);
        assert_openings(&known, &fresh[k]);
    }
    assert_int_equal(trials.entries, 8);
    ut_trials_close(&trials, folder);

    struct ut_records other = records; /* another call knows nothing of it */
    other.key[0] = 'f';
    ut_trials_open(&trials, folder, &other);
    assert_int_equal(trials.entries, 0);
    ut_trials_close(&trials, folder);
    ut_trials_open(&trials, NULL, &records); /* nor does one without a cache */
    assert_int_equal(trials.entries, 0);
    assert_int_equal(ut_trials_get(&trials, &records, &setting[2], &known), 0);
    assert_openings(&known, &fresh[2]);
    ut_trials_close(&trials, NULL);
    for (int k = 0; k < 8; k++)
        ut_trial_free(&fresh[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_a_session_says),
        cmocka_unit_test(what_was_tried_is_known),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
