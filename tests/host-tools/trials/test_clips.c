/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/clips.h"

#include "firmware/engine.h"
#include "tests/host-tools/talk_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILES = 4, SAMPLES = 5 * 16000 };

static char folder[] = "/tmp/undertest-clips-XXXXXX";
static char index_path[100];
static const char *const index_paths[] = {index_path};
static struct ut_clips clips;
static struct ut_fault fault;

/* One party's first seconds, from a place of its own. */
static int write_clip(int i)
{
    static int16_t samples[SAMPLES];
    char path[100];
    struct ut_talk talk;
    SF_INFO info = {.samplerate = 16000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    snprintf(path, sizeof path, "%s/%d.wav", folder, i);
    ut_talk_init(&talk);
    for (int k = -i * 16000; k < SAMPLES; k++) {
        int16_t pair[2];
        ut_talk_next(&talk, pair);
        if (k >= 0)
            samples[k] = pair[i % 2];
    }
    SNDFILE *f = sf_open(path, SFM_WRITE, &info);
    if (f == NULL)
        return -1;
    sf_count_t written = sf_writef_short(f, samples, SAMPLES);
    return sf_close(f) == 0 && written == SAMPLES ? 0 : -1;
}

static int group_setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(index_path, sizeof index_path, "%s/index.tsv", folder);
    for (int i = 0; i < FILES; i++)
        if (write_clip(i) != 0)
            return -1;
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

#define HEAD "path\tspeaker\ttarget\n"
#define ROWS "0.wav\tA\tfrustration\n1.wav\tB\tdelight\n2.wav\tA\tother\n3.wav\tB\tfrustration\n"

/* An evaluation of an index by the built-in model and, unless NULL, another one. */
static int judge(const char *text, const struct ut_model *second, int jobs)
{
    FILE *f = fopen(index_path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    memset(&fault, 0, sizeof fault);
    int allow_missing = clips.allow_missing;
    const struct ut_label_choice labelled = clips.labelled;
    clips = (struct ut_clips){.model = {&ut_model_default, second},
                              .models = second != NULL ? 2 : 1,
                              .allow_missing = allow_missing,
                              .labelled = labelled};
    return ut_clips_judge(&clips, index_paths, 1, jobs, &fault);
}

static int setup(void **state)
{
    (void)state;
    memset(&clips, 0, sizeof clips);
    return 0;
}

static void each_row_is_a_clip_of_its_class(void **state)
{
    (void)state;
    assert_int_equal(judge(HEAD ROWS "1.wav\tB\tboredom\n", NULL, 2), 0);
    static const int truths[UT_MODEL_CLASSES] = {2, 1, 1};
    const struct ut_figures *f = &clips.fresh.of[0];
    assert_int_equal(f->n, 4);
    assert_int_equal(clips.skipped, 1);
    assert_int_equal(clips.missing, 0);
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        assert_int_equal(f->confusion[c][0] + f->confusion[c][1] + f->confusion[c][2], truths[c]);
}

/* A clip starts afresh: what was heard before it, or at the same time, changes nothing. */
static void threads_and_order_change_nothing(void **state)
{
    (void)state;
    assert_int_equal(judge(HEAD ROWS, NULL, 1), 0);
    const struct ut_figures first = clips.fresh.of[0];
    assert_int_equal(judge(HEAD ROWS, NULL, 4), 0);
    assert_memory_equal(&first, &clips.fresh.of[0], sizeof first);
    assert_int_equal(judge("target\tpath\tspeaker\n"
                           "frustration\t3.wav\tB\nother\t2.wav\tA\ndelight\t1.wav\tB\nfrustration\t0.wav\tA\n",
                           NULL, 2),
                     0);
    assert_memory_equal(first.confusion, clips.fresh.of[0].confusion, sizeof first.confusion);
    assert_memory_equal(first.auc, clips.fresh.of[0].auc, sizeof first.auc);
}

/* Parts of files are clips like files of their own, in any order, side by side and overlapping. */
static void parts_of_a_file_are_clips(void **state)
{
    (void)state;
    char path[100];
    assert_int_equal(judge(HEAD "0.wav\tA\tfrustration\n1.wav\tB\tdelight\n2.wav\tA\tother\n", NULL, 2), 0);
    const struct ut_figures apart = clips.fresh.of[0];
    /* the same clips one after another in one file, with one that overlaps two of them */
    SF_INFO info = {.samplerate = 16000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    static int16_t samples[SAMPLES];
    snprintf(path, sizeof path, "%s/joined.wav", folder);
    SNDFILE *out = sf_open(path, SFM_WRITE, &info);
    assert_non_null(out);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%d.wav", folder, i);
        SNDFILE *in = sf_open(path, SFM_READ, &info);
        assert_int_equal(sf_read_short(in, samples, SAMPLES), SAMPLES);
        assert_int_equal(sf_write_short(out, samples, SAMPLES), SAMPLES);
        sf_close(in);
    }
    sf_close(out);
    static const char *const indexes[] = {
        "path;speaker;target;begin_ms;end_ms\njoined.wav;A;other;10000;15000\njoined.wav;A;frustration;0;5000\n"
        "joined.wav;B;delight;5000,00;10000\n",
        "path,speaker,target,begin_s,end_s\njoined.wav,A,Frustration,0,5\njoined.wav,B,delight,5,10\n"
        "joined.wav,A,other,10,15.25\n",
        "0.000000\t5.000000\tfrustration\n5.000000\t10.000000\tdelight\n10.000000\t15.000000\tOTHER\n",
        "SPEAKER joined 1 0 5 <NA> <NA> frustration <NA>\nSPEAKER joined 1 5 5 <NA> <NA> delight <NA>\n"
        "SPEAKER joined 1 10 5 <NA> <NA> other <NA>\n",
    };
    snprintf(path, sizeof path, "%s/joined.wav", folder);
    for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++) {
        clips.labelled.recording = i == 2 ? path : NULL;
        assert_int_equal(judge(indexes[i], NULL, 2), 0);
        assert_int_equal(clips.fresh.of[0].n, 3);
        assert_memory_equal(clips.fresh.of[0].confusion, apart.confusion, sizeof apart.confusion);
        assert_memory_equal(clips.fresh.of[0].auc, apart.auc, sizeof apart.auc);
        assert_true(clips.fresh.of[0].ece == apart.ece);
    }
    clips.labelled.recording = path;
    assert_int_equal(judge("1\t1\tdelight\n2\t4\tboredom\n3\t9\tdelight\n4\t14\tother\n4\t9\tdelight\n", NULL, 1), 0);
    assert_int_equal(clips.fresh.of[0].n, 3);
    assert_int_equal(clips.skipped, 2); /* a point, another word */
    clips.labelled.recording = NULL;
}

#define CALLS "path\tspeaker\tcall\ttarget\n"

/* Rows of one call follow each other in one engine; where the value changes, or there is none, it starts afresh. */
static void clips_are_heard_in_their_calls(void **state)
{
    (void)state;
    const struct ut_figures *fresh = &clips.fresh.of[0], *in_calls = &clips.in_calls.of[0];
    assert_int_equal(judge(HEAD ROWS, NULL, 2), 0);
    assert_int_equal(clips.calls, 0);
    static const char *const apart[] = {
        CALLS "0.wav\tA\ta\tfrustration\n1.wav\tB\tb\tdelight\n2.wav\tA\ta\tother\n3.wav\tB\tc\tother\n",
        CALLS "0.wav\tA\ta\tfrustration\n1.wav\tB\t\tdelight\n2.wav\tA\t\tother\n3.wav\tB\ta\tother\n",
    };
    for (size_t i = 0; i < sizeof apart / sizeof apart[0]; i++) {
        assert_int_equal(judge(apart[i], NULL, 2), 0);
        assert_int_equal(clips.calls, 4);
        assert_memory_equal(in_calls, fresh, sizeof *fresh);
    }
    assert_int_equal(judge(CALLS "0.wav\tA\ta\tfrustration\n1.wav\tB\ta\tdelight\n2.wav\tA\ta\tother\n"
                                 "3.wav\tB\tb\tother\n",
                           NULL, 2),
                     0);
    assert_int_equal(clips.calls, 2);
    assert_int_equal(in_calls->n, 4);
    assert_true(in_calls->ece != fresh->ece);
    const struct ut_clips_figures first = clips.in_calls;
    assert_int_equal(judge(CALLS "3.wav\tB\tb\tother\n0.wav\tA\ta\tfrustration\n1.wav\tB\ta\tdelight\n"
                                 "2.wav\tA\ta\tother\n",
                           &ut_model_default, 1),
                     0);
    assert_memory_equal(&clips.in_calls.of[0], &clips.in_calls.of[1], sizeof *in_calls);
    assert_true(clips.in_calls.differences.ece.value == 0);
    assert_memory_equal(first.of[0].auc, in_calls->auc, sizeof in_calls->auc);
    assert_int_equal(judge(CALLS "1.wav\tB\ta\tdelight\n0.wav\tA\ta\tfrustration\n2.wav\tA\ta\tother\n"
                                 "3.wav\tB\tb\tother\n",
                           NULL, 2),
                     0);
    assert_true(in_calls->ece != first.of[0].ece); /* the order counts */
}

/* What the engine gives for the two of a call is what it gives here, pushed by hand. */
static void a_call_is_one_engine(void **state)
{
    (void)state;
    static struct ut_engine engine;
    static int16_t samples[SAMPLES], pairs[2 * SAMPLES + 2 * UT_FEATURES_LOOKAHEAD * 160];
    struct ut_clip clip[2];
    struct ut_figures wanted;
    char path[100];
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    for (int i = 0; i < 2; i++) {
        uint64_t sum[2][UT_MODEL_CLASSES] = {{0}}, total = 0;
        int heard = 0;
        SF_INFO info = {0};
        snprintf(path, sizeof path, "%s/%d.wav", folder, i);
        SNDFILE *in = sf_open(path, SFM_READ, &info);
        assert_int_equal(sf_read_short(in, samples, SAMPLES), SAMPLES);
        sf_close(in);
        for (int k = 0; k < SAMPLES; k++)
            pairs[2 * k] = samples[k];
        int n = SAMPLES + UT_FEATURES_LOOKAHEAD * 160;
        for (int at = 0; at < n;) {
            struct ut_row row;
            int ready, step = 0, speech = 0;
            at += ut_engine_push(&engine, pairs + (ptrdiff_t)2 * at, 2, n - at, &row, &ready, &step, &speech);
            for (int c = 0; step && c < UT_MODEL_CLASSES; c++) {
                sum[0][c] += engine.last.posterior_q15[c];
                sum[1][c] += speech ? engine.last.posterior_q15[c] : 0;
            }
            heard |= speech;
        }
        for (int c = 0; c < UT_MODEL_CLASSES; c++)
            total += sum[heard][c];
        clip[i].truth = i;
        for (int c = 0; c < UT_MODEL_CLASSES; c++)
            clip[i].posterior[c] = (double)sum[heard][c] / (double)total;
    }
    assert_int_equal(ut_figures(clip, 2, &wanted), 0);
    assert_int_equal(judge(CALLS "0.wav\tA\ta\tfrustration\n1.wav\tB\ta\tdelight\n", NULL, 1), 0);
    assert_memory_equal(&clips.in_calls.of[0], &wanted, sizeof wanted);
    assert_true(clips.fresh.of[0].ece != wanted.ece);
}

static void two_models_hear_the_same_clips(void **state)
{
    (void)state;
    static const int16_t nothing[64]; /* as many as inputs, at least */
    struct ut_model deaf = ut_model_default;
    assert_in_range(deaf.inputs, 1, 64);
    deaf.input_mult = nothing;
    assert_int_equal(judge(HEAD ROWS, &ut_model_default, 2), 0);
    assert_true(clips.fresh.differences.ece.value == 0 && clips.fresh.differences.ece.low == 0 &&
                clips.fresh.differences.ece.high == 0);
    assert_memory_equal(&clips.fresh.of[0], &clips.fresh.of[1], sizeof clips.fresh.of[0]);
    assert_int_equal(judge(HEAD ROWS, &deaf, 2), 0);
    double difference = clips.fresh.of[1].ece - clips.fresh.of[0].ece;
    assert_true(difference != 0 && clips.fresh.differences.ece.value == difference);
}

static void refused(const char *text, const struct ut_model *second, int code, const char *says)
{
    assert_int_equal(judge(text, second, 2), -1);
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, says));
}

static void faults_name_what_is_wrong(void **state)
{
    (void)state;
    struct ut_model old = ut_model_default;
    old.features_version--;
    refused("path\ttarget\n0.wav\tother\n", NULL, UT_EXIT_INDEX, "lacks path, speaker or target");
    refused(HEAD "0.wav\tA\n", NULL, UT_EXIT_INDEX, ":2: fewer columns");
    refused(HEAD "0.wav\tA\tjoy\n", NULL, UT_EXIT_INDEX, "no row has target");
    refused("", NULL, UT_EXIT_EMPTY, "empty");
#define PART "path\tspeaker\ttarget\tbegin_ms\tend_ms\n"
    refused(PART "0.wav\tA\tother\t5\t5\n", NULL, UT_EXIT_INDEX, ":2: the clip ends at 5 ms, not after");
    refused(PART "0.wav\tA\tother\t5\t\n", NULL, UT_EXIT_INDEX, ":2: '' is not a time");
    refused(PART "0.wav\tA\tother\t4000\t5251\n", NULL, UT_EXIT_LABEL_END, "1 of 1 clips");
    refused(PART "0.wav\tA\tother\t5000\t5100\n", NULL, UT_EXIT_LABEL_END, "1 of 1 clips");
    refused(HEAD "0.wav\tA\tother\n", &old, UT_EXIT_FEATURES, "1 of 1 clips");
    refused(HEAD ROWS "gone.wav\tA\tother\n", NULL, UT_EXIT_MISSING, "1 of 5 clips");
    refused(CALLS "0.wav\tA\ta\tother\ngone.wav\tA\ta\tother\n", NULL, UT_EXIT_MISSING, "1 of 2 clips");
}

static void what_is_missing_can_be_left_out(void **state)
{
    (void)state;
    assert_int_equal(judge(HEAD ROWS, NULL, 2), 0);
    const struct ut_figures whole = clips.fresh.of[0];
    clips.allow_missing = 1;
    assert_int_equal(judge(HEAD "gone.wav\tA\tother\n" ROWS, NULL, 2), 0);
    assert_int_equal(clips.missing, 1);
    assert_memory_equal(&whole, &clips.fresh.of[0], sizeof whole);
    refused(HEAD "gone.wav\tA\tother\n", NULL, UT_EXIT_MISSING, "1 of 1 clips");
}

/* The first five are named, then it goes on without. */
static void not_every_missing_clip_is_named(void **state)
{
    (void)state;
    char said[] = "/tmp/undertest-said-XXXXXX", line[1000];
    int file = mkstemp(said), before = dup(STDERR_FILENO), named = 0;
    assert_true(file >= 0 && before >= 0 && dup2(file, STDERR_FILENO) >= 0);
    clips.allow_missing = 1;
    int result = judge(HEAD "no1.wav\tA\tother\nno2.wav\tA\tother\nno3.wav\tA\tother\nno4.wav\tA\tother\n"
                            "no5.wav\tA\tother\nno6.wav\tA\tother\nno7.wav\tA\tother\n" ROWS,
                       NULL, 2);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    assert_int_equal(result, 0);
    assert_int_equal(clips.missing, 7);
    FILE *f = fdopen(file, "r");
    assert_non_null(f);
    rewind(f);
    while (fgets(line, sizeof line, f) != NULL) {
        char wanted[20];
        if (strstr(line, ".wav") == NULL)
            continue;
        snprintf(wanted, sizeof wanted, "/no%d.wav", ++named);
        assert_non_null(strstr(line, wanted));
    }
    assert_int_equal(named, 5);
    fclose(f);
    unlink(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_row_is_a_clip_of_its_class, setup),
        cmocka_unit_test_setup(threads_and_order_change_nothing, setup),
        cmocka_unit_test_setup(parts_of_a_file_are_clips, setup),
        cmocka_unit_test_setup(clips_are_heard_in_their_calls, setup),
        cmocka_unit_test_setup(a_call_is_one_engine, setup),
        cmocka_unit_test_setup(two_models_hear_the_same_clips, setup),
        cmocka_unit_test_setup(faults_name_what_is_wrong, setup),
        cmocka_unit_test_setup(not_every_missing_clip_is_named, setup),
        cmocka_unit_test_setup(what_is_missing_can_be_left_out, setup),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
