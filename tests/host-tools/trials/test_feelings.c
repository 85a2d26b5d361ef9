/* SPDX-License-Identifier: Apache-2.0 */
/* Cues that open whatever is said, at known times, on calls with stretches laid around those times. */
#include "host-tools/trials/feelings.h"

#include "host-tools/trials/records.h"
#include "host-tools/trials/trial.h"
#include "tests/host-tools/talk_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertest-feelings-XXXXXX";
static char file[100];
static struct ut_config base;
static struct ut_feelings f;
static struct ut_feelings_figures found;
static struct ut_fault fault;
static long long opens_ms; /* when the cue of frustration opens first; that of delight never does */

static int group_setup(void **state)
{
    (void)state;
    char path[100];
    struct ut_records records;
    struct ut_trial trial;
    const struct ut_audio_choice choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/talk.wav", folder);
    snprintf(file, sizeof file, "%s/INDEX.json", folder);
    ut_config_defaults(&base);
    base.value[UT_P_EMPATHY_SHOW + UT_COMMON_ON] = base.value[UT_P_EMPATHY_SHOW + UT_COMMON_OFF] = 0;
    base.value[UT_P_EMPATHY_CONFIDENCE] = base.value[UT_P_EMPATHY_ABOVE] = base.value[UT_P_SCORE_USUAL] = 0;
    base.value[UT_P_SCORE_USUAL_WEIGHT] = 1e9; /* whatever is said is above that */
    base.value[UT_P_EMPATHY_SHOW + UT_COMMON_HOLD] = 1;
    base.value[UT_P_POSITIVE_SHOW + UT_COMMON_ON] = 1;
    if (ut_talk_write(path, 0) != 0 || ut_records_load(&records, path, &ut_model_default, choice, NULL, &fault) != 0 ||
        ut_trial_run(&trial, &records, &base) != 0)
        return -1;
    for (size_t i = 0; i < trial.n; i++)
        if (trial.opening[i].cue == UT_CUE_EMPATHY && opens_ms == 0)
            opens_ms = trial.opening[i].opened_ms;
    ut_trial_free(&trial);
    ut_records_free(&records);
    return opens_ms > 6000 && opens_ms < 12000 ? 0 : -1;
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
    ut_feelings_free(&f);
    return 0;
}

static int run(const char *calls, const char *sweep, int jobs)
{
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fprintf(out, "{\"calls\": [%s]}", calls);
    fclose(out);
    ut_feelings_free(&f);
    f = (struct ut_feelings){.file = file, .model = &ut_model_default, .base = &base};
    if (sweep != NULL)
        assert_int_equal(ut_sweep_add(&f.sweep, sweep, &fault), 0);
    return ut_feelings_run(&f, jobs, &fault);
}

static void judge(int by, const char *name)
{
    assert_int_equal(ut_feelings_judge(&f, 0, by, name, &found), 0);
}

/* A call of the talk with one stretch, or none where it has no kind. */
static const char *call(const char *who, const char *kind, long long begin_ms, long long end_ms)
{
    static char text[8][400];
    static int next;
    char *at = text[next++ % 8], stretch[100] = "";
    if (kind[0] != '\0')
        snprintf(stretch, sizeof stretch, "{\"kind\": \"%s\", \"begin_ms\": %lld, \"end_ms\": %lld}", kind, begin_ms,
                 end_ms);
    snprintf(
        at, sizeof text[0],
        "{\"path\": \"talk.wav\", %s, \"stretches\": [%s], \"speech\": [[530, 3090], [6430, 9480], [15020, 18110]]}",
        who, stretch);
    return at;
}

#define MS_PER_HOUR 3600000.0
#define ANNA "\"speaker\": \"a\", \"corpus\": \"one\", \"gender\": \"f\""
#define BERT "\"speaker\": \"b\", \"corpus\": \"two\", \"gender\": \"m\""
static const double spoken_ms = 2560 + 3050 + 3090;

static void calm_openings_are_false(void **state)
{
    (void)state;
    assert_int_equal(run(call(ANNA, "", 0, 0), NULL, 1), 0);
    judge(UT_BY_CORPUS, NULL);
    assert_int_equal(found.calls, 1);
    assert_int_equal(found.of_cue[1], 1); /* stays open to the end */
    assert_true(found.alarms >= 1);
    assert_int_equal(found.all[UT_FEELING_FRUSTRATION].n, 0);
    assert_true(isnan(found.all[UT_FEELING_FRUSTRATION].share.value));
    assert_true(fabs(found.calm_hours - spoken_ms / MS_PER_HOUR) < 1e-9);
    assert_true(fabs(found.per_hour.value - found.alarms / found.calm_hours) < 1e-9);
    assert_true(found.per_hour.low < found.per_hour.value && found.per_hour.value < found.per_hour.high);
    assert_true(fabs(found.hours - 20000 / MS_PER_HOUR) < 250 / MS_PER_HOUR);
}

/* From its begin to 5 s after its end an opening belongs to a stretch; so long nothing counts as calm. */
static void a_stretch_is_found_by_its_cue(void **state)
{
    (void)state;
    static const int speech[3][2] = {{530, 3090}, {6430, 9480}, {15020, 18110}};
    const struct ut_feelings_found *all = &found.all[UT_FEELING_FRUSTRATION];
    double calm_ms = 0;
    assert_int_equal(run(call(ANNA, "frustration", opens_ms - 1000, opens_ms + 1000), NULL, 1), 0);
    judge(UT_BY_CORPUS, NULL);
    assert_true(all->n == 1 && all->found == 1 && all->share.value == 1 && all->delay_s == 1);
    assert_int_equal(found.of_cue[1], 0);
    assert_int_equal(found.mistaken, 0);
    for (int i = 0; i < 3; i++)
        for (int ms = speech[i][0]; ms < speech[i][1]; ms++)
            calm_ms += ms < opens_ms - 1000 || ms >= opens_ms + 6000;
    assert_true(fabs(found.calm_hours - calm_ms / MS_PER_HOUR) < 1e-9);
    assert_int_equal(run(call(ANNA, "frustration", opens_ms - 5500, opens_ms - 4999), NULL, 1), 0);
    judge(UT_BY_CORPUS, NULL);
    assert_int_equal(all->found, 1);
    assert_int_equal(run(call(ANNA, "frustration", opens_ms - 5500, opens_ms - 5000), NULL, 1), 0);
    judge(UT_BY_CORPUS, NULL);
    assert_int_equal(all->found, 0);
    assert_int_equal(found.of_cue[1], 1);
    assert_int_equal(run(call(ANNA, "frustration", opens_ms + 1, opens_ms + 2000), NULL, 1), 0);
    judge(UT_BY_CORPUS, NULL);
    assert_int_equal(all->found, 0); /* it was open before, which tells nothing of the stretch */
    assert_int_equal(found.of_cue[1], 1);
    assert_int_equal(run(call(ANNA, "delight", opens_ms - 1000, opens_ms + 1000), NULL, 1), 0);
    judge(UT_BY_CORPUS, NULL);
    assert_int_equal(found.mistaken, 1);
    assert_int_equal(found.all[UT_FEELING_DELIGHT].found, 0);
}

static void calls_are_counted_by_whom_they_are_of(void **state)
{
    (void)state;
    char calls[3000];
    snprintf(calls, sizeof calls, "%s, %s, %s, %s", call(ANNA, "frustration", 400, opens_ms + 1000),
             call(ANNA, "frustration", opens_ms + 1, 19000), call(BERT, "frustration", 531, opens_ms + 1000),
             call(BERT, "", 0, 0));
    assert_int_equal(run(calls, NULL, 3), 0);
    judge(UT_BY_CORPUS, NULL);
    assert_true(found.calls == 4 && found.speakers == 2);
    const struct ut_feelings_found *of = found.of[UT_FEELING_FRUSTRATION];
    assert_true(of[UT_ONSET_FIRST].n == 1 && of[UT_ONSET_FIRST].found == 1);
    assert_true(of[UT_ONSET_LATE].n == 2 && of[UT_ONSET_LATE].found == 1);
    assert_true(found.all[UT_FEELING_FRUSTRATION].n == 3 && found.all[UT_FEELING_FRUSTRATION].found == 2);
    double middle = (double)(opens_ms - 400 + opens_ms - 531) / 2000;
    assert_true(fabs(found.all[UT_FEELING_FRUSTRATION].delay_s - middle) < 1e-9);
    assert_true(fabs(found.all[UT_FEELING_FRUSTRATION].share.low - 0.2077) < 1e-3); /* Wilson's, of 2 of 3 */
    assert_true(fabs(found.all[UT_FEELING_FRUSTRATION].share.high - 0.9385) < 1e-3);
    int alarms = found.alarms;
    double calm = found.calm_hours;
    judge(UT_BY_CORPUS, "one");
    assert_true(found.calls == 2 && found.speakers == 1 && found.of_cue[1] == 1);
    alarms -= found.alarms;
    calm -= found.calm_hours;
    judge(UT_BY_GENDER, "m");
    assert_true(found.calls == 2 && found.alarms == alarms && fabs(found.calm_hours - calm) < 1e-12);
    assert_string_equal(ut_feelings_name(&f, UT_BY_CORPUS, 1), "two");
    assert_string_equal(ut_feelings_name(&f, UT_BY_GENDER, 0), "f");
    assert_null(ut_feelings_name(&f, UT_BY_GENDER, 2));
}

static void settings_are_swept(void **state)
{
    (void)state;
    assert_int_equal(run(call(ANNA, "frustration", 400, 19000), "empathy_cue.on=0,1", 2), 0);
    assert_int_equal(f.settings, 2);
    judge(UT_BY_CORPUS, NULL);
    assert_int_equal(found.all[UT_FEELING_FRUSTRATION].found, 1);
    assert_int_equal(ut_feelings_judge(&f, 1, UT_BY_CORPUS, NULL, &found), 0);
    assert_int_equal(found.all[UT_FEELING_FRUSTRATION].found, 0);
    assert_true(isnan(found.all[UT_FEELING_FRUSTRATION].delay_s));
}

static void refused(const char *calls, int code, const char *says)
{
    assert_int_equal(run(calls, NULL, 1), -1);
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, says));
}

static void faults_name_what_is_wrong(void **state)
{
    (void)state;
    refused("1", UT_EXIT_INDEX, "INDEX.json: call 1: path");
    refused("{\"path\": \"gone.wav\", \"speaker\": \"a\"}", UT_EXIT_MISSING, "gone.wav");
    refused(call(ANNA, "delight", 1000, 21000), UT_EXIT_LABEL_END, "a stretch of");
    struct ut_model old = ut_model_default;
    old.features_version--;
    ut_feelings_free(&f);
    f = (struct ut_feelings){.file = file, .model = &old, .base = &base};
    assert_int_equal(ut_feelings_run(&f, 1, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FEATURES);
}

/* Garwood's table. */
static void intervals_of_counts(void **state)
{
    (void)state;
    static const struct {
        int n;
        double low, high;
    } known[] = {{0, 0, 3.689}, {1, 0.0253, 5.572}, {4, 1.090, 10.24}, {10, 4.795, 18.39}, {100, 81.36, 121.6}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double low, high;
        ut_feelings_poisson(known[i].n, &low, &high);
        assert_true(fabs(low - known[i].low) < 0.001 * (1 + known[i].low));
        assert_true(fabs(high - known[i].high) < 0.001 * (1 + known[i].high));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(calm_openings_are_false, teardown),
        cmocka_unit_test_teardown(a_stretch_is_found_by_its_cue, teardown),
        cmocka_unit_test_teardown(calls_are_counted_by_whom_they_are_of, teardown),
        cmocka_unit_test_teardown(settings_are_swept, teardown),
        cmocka_unit_test_teardown(faults_name_what_is_wrong, teardown),
        cmocka_unit_test(intervals_of_counts),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
