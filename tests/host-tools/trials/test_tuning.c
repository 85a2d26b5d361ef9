/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/tuning.h"

#include "tests/host-tools/talk_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertest-tuning-XXXXXX";
static char labels[100], cache[100];
static const char *const label_files[] = {labels};
static struct ut_config base;
static struct ut_tuning t;
static struct ut_fault fault;

static int group_setup(void **state)
{
    (void)state;
    char path[100];
    if (mkdtemp(folder) == NULL)
        return -1;
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%c.wav", folder, 'a' + i);
        if (ut_talk_write(path, i) != 0)
            return -1;
    }
    snprintf(labels, sizeof labels, "%s/labels.tsv", folder);
    snprintf(cache, sizeof cache, "%s/cache", folder);
    ut_config_defaults(&base);
    return mkdir(cache, 0777);
}

static int group_teardown(void **state)
{
    (void)state;
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static int teardown(void **state)
{
    (void)state;
    ut_tuning_free(&t);
    return 0;
}

/* A tuning of what `rows` says, with one sweep or none. */
static void begin(const char *rows, const char *sweep)
{
    FILE *f = fopen(labels, "w");
    assert_non_null(f);
    fprintf(f, "path\tbegin_ms\tend_ms\tlabel\n%s", rows);
    fclose(f);
    memset(&fault, 0, sizeof fault);
    t = (struct ut_tuning){.file = label_files,
                           .files = 1,
                           .base = &base,
                           .rule = {.early_ms = 1000, .late_ms = 1000, .cue = UT_CUES},
                           .choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}};
    if (sweep != NULL)
        assert_int_equal(ut_sweep_add(&t.sweep, sweep, &fault), 0);
}

/* Nobody speaks from 11 to 15 s. */
#define SILENCES "a.wav\t14000\t15000\textended_silence\nb.wav\t14000\t15000\textended_silence\n"

static void each_setting_is_judged(void **state)
{
    (void)state;
    begin(SILENCES, "extended_silence.on=3,6");
    assert_int_equal(ut_tuning_run(&t, 2, &fault), 0);
    assert_int_equal(t.settings, 2);
    assert_int_equal(t.cues, 1);
    assert_int_equal(t.judged[0], (int)ut_cue_find("extended_silence"));
    assert_int_equal(t.all[0].sum.hits, 2);
    assert_int_equal(t.all[0].sum.labels, 2);
    assert_int_equal(t.all[0].sum.call_ms, 40000);
    assert_int_equal(t.all[1].sum.hits, 0);
    assert_true(t.front[0] && ut_tuning_choose(&t, -1) == 0);
    assert_true(ut_tuning_value(&t, 1, 0) == 6);
    struct ut_config config;
    ut_tuning_config(&t, 0, &config);
    assert_true(config.value[UT_P_SILENCE_ON] == 3 && base.value[UT_P_SILENCE_ON] == 6);
}

/* A call's time counts once, however many cues are judged in it. */
static void cues_are_judged_together_and_alone(void **state)
{
    (void)state;
    begin(SILENCES "a.wav\t1000\t2000\tfrustration\n", "extended_silence.on=3,6");
    assert_int_equal(ut_tuning_run(&t, 1, &fault), 0);
    assert_int_equal(t.cues, 2);
    assert_int_equal(t.all[0].sum.labels, 3);
    assert_int_equal(t.all[0].sum.call_ms, 40000);
    struct ut_tally_figures one;
    for (int cue = 0; cue < t.cues; cue++) {
        bool silence = t.judged[cue] == (int)ut_cue_find("extended_silence");
        ut_tuning_cue(&t, 0, cue, &one);
        assert_int_equal(one.sum.labels, silence ? 2 : 1);
        assert_int_equal(one.sum.call_ms, 40000);
    }
}

static void threads_and_the_cache_change_nothing(void **state)
{
    (void)state;
    static const struct {
        int jobs, cached, computed, from_cache;
    } runs[] = {{1, 0, 4, 0}, {4, 0, 4, 0}, {2, 1, 4, 0}, {2, 1, 0, 2}};
    struct ut_tally_figures first[2];
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        begin(SILENCES, "extended_silence.on=3,6");
        t.folder = runs[i].cached ? cache : NULL;
        assert_int_equal(ut_tuning_run(&t, runs[i].jobs, &fault), 0);
        assert_int_equal(t.computed, runs[i].computed);
        assert_int_equal(t.cached, runs[i].from_cache);
        if (i == 0)
            memcpy(first, t.all, sizeof first);
        assert_memory_equal(first, t.all, sizeof first);
        ut_tuning_free(&t);
    }
}

static void refused(int code, const char *says)
{
    assert_int_equal(ut_tuning_run(&t, 2, &fault), -1);
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, says));
    ut_tuning_free(&t);
}

static void faults_name_what_is_wrong(void **state)
{
    (void)state;
    begin("a.wav\t0\t0\tnone\n", NULL);
    refused(UT_EXIT_INDEX, "nothing is labelled");
    begin(SILENCES, NULL);
    t.rule.cue = (int)ut_cue_find("frequent_overlaps");
    refused(UT_EXIT_INDEX, "no label is answered by frequent_overlaps");
    begin("a.wav\t0\t60000\textended_silence\n", NULL);
    refused(UT_EXIT_LABEL_END, "60000 ms");
    begin("a.wav\t0\t60000\textended_silence\ngone.wav\t0\t1000\textended_silence\n", NULL);
    refused(UT_EXIT_LABEL_END, "60000 ms"); /* the first call's */
    begin("gone.wav\t0\t1000\textended_silence\n", NULL);
    refused(UT_EXIT_MISSING, "gone.wav");
    begin(SILENCES, "empathy_cue.on=0.1:0.2:0.1"); /* off is 0.25 */
    refused(UT_EXIT_CONFIG_KEY, "off = 0.25");
}

static void impossible_settings_are_left_out(void **state)
{
    (void)state;
    begin(SILENCES, "empathy_cue.on=0.2:0.4:0.1");
    assert_int_equal(ut_tuning_run(&t, 2, &fault), 0);
    assert_int_equal(t.settings, 2);
    assert_true(fabs(ut_tuning_value(&t, 0, 0) - 0.3) < 1e-9 && fabs(ut_tuning_value(&t, 1, 0) - 0.4) < 1e-9);
}

enum { SETTINGS = 5 };

/* Made-up figures of settings 4, 5, 6, 7, 8 s of silence; 6 is in force. */
static void made_up(const double recall[SETTINGS], const double alarms[SETTINGS], const double popups[SETTINGS])
{
    begin("", "extended_silence.on=4:8:1");
    t.settings = SETTINGS;
    t.setting = calloc(SETTINGS, sizeof *t.setting);
    t.all = calloc(SETTINGS, sizeof *t.all);
    t.front = calloc(SETTINGS, 1);
    assert_true(t.setting != NULL && t.all != NULL && t.front != NULL);
    for (size_t s = 0; s < SETTINGS; s++) {
        t.setting[s] = s;
        t.front[s] = 1;
        t.all[s].recall.value = t.all[s].f1.value = recall[s];
        t.all[s].alarms_per_hour.value = alarms[s];
        t.all[s].popups_per_5min.value = popups[s];
    }
}

static void the_best_is_chosen(void **state)
{
    (void)state;
    static const double same[SETTINGS] = {1, 1, 1, 1, 1}, rising[SETTINGS] = {.1, .2, .3, .4, .5},
                        alarms[SETTINGS] = {3, 1, 2, 1, 4}, popups[SETTINGS] = {1, 2, 1, 1, 1},
                        none[SETTINGS] = {(double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
    made_up(rising, alarms, same);
    assert_int_equal(ut_tuning_choose(&t, -1), 4);
    assert_int_equal(ut_tuning_choose(&t, 3), 3);
    assert_int_equal(ut_tuning_choose(&t, 0.5), -1);
    t.front[4] = 0;
    assert_int_equal(ut_tuning_choose(&t, -1), 3);
    assert_int_equal(ut_tuning_choose(&t, 9), 4); /* a limit looks beyond the front */
    ut_tuning_free(&t);
    made_up(rising, alarms, same); /* a limit asks for recall, not for F1, also the limit of none */
    for (size_t s = 0; s < SETTINGS; s++) {
        t.all[s].f1.value = -rising[s];
        t.all[s].alarms_per_hour.value = s < 3 ? 0 : 1;
    }
    assert_int_equal(ut_tuning_choose(&t, 0), 2);
    assert_int_equal(ut_tuning_choose(&t, -1), 0);
    ut_tuning_free(&t);
    made_up(same, alarms, popups); /* of 1 and 3, which have the fewest alarms, 3 has fewer pop-ups */
    assert_int_equal(ut_tuning_choose(&t, -1), 3);
    assert_int_equal(ut_tuning_choose(&t, 9), 3);
    ut_tuning_free(&t);
    made_up(same, same, same);
    assert_int_equal(ut_tuning_choose(&t, -1), 2); /* the one in force */
    ut_tuning_free(&t);
    made_up(none, alarms, popups);
    assert_int_equal(ut_tuning_choose(&t, -1), -1);
    assert_int_equal(ut_tuning_choose(&t, 9), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_setting_is_judged),
        TEST(cues_are_judged_together_and_alone),
        TEST(threads_and_the_cache_change_nothing),
        TEST(faults_name_what_is_wrong),
        TEST(impossible_settings_are_left_out),
        TEST(the_best_is_chosen),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
