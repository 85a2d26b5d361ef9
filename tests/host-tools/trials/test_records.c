/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/records.h"

#include "firmware/call.h"
#include "tests/host-tools/talk_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertest-records-XXXXXX";
static char audio[100], copy[100], other[100], cache[100];
static const struct ut_audio_choice choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};
static struct ut_fault fault;

static int group_setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(audio, sizeof audio, "%s/a.wav", folder);
    snprintf(copy, sizeof copy, "%s/b.wav", folder);
    snprintf(other, sizeof other, "%s/c.wav", folder);
    snprintf(cache, sizeof cache, "%s/undertone", folder);
    if (ut_talk_write(audio, 0) != 0 || ut_talk_write(copy, 0) != 0 || ut_talk_write(other, 1) != 0)
        return -1;
    return mkdir(cache, 0777);
}

static int group_teardown(void **state)
{
    (void)state;
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static uint8_t direct[200 * UT_WIRE_RECORD_BYTES];
static size_t directs;

static void keep(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    (void)ctx;
    assert_true(directs < sizeof direct / UT_WIRE_RECORD_BYTES);
    memcpy(direct + directs++ * UT_WIRE_RECORD_BYTES, record, UT_WIRE_RECORD_BYTES);
}

static struct ut_records load(const char *path, struct ut_audio_choice who, const char *where, int cached)
{
    struct ut_records r;
    assert_int_equal(ut_records_load(&r, path, &ut_model_default, who, where, &fault), 0);
    assert_int_equal(r.cached, cached);
    assert_int_equal(r.end_ms, 20000);
    assert_int_equal(r.call_ms, UT_TALK_SAMPLES / 16);
    return r;
}

static void assert_same(const struct ut_records *a, const struct ut_records *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->record, b->record, a->n * UT_WIRE_RECORD_BYTES);
    assert_string_equal(a->key, b->key);
}

static void they_are_those_of_the_headset(void **state)
{
    (void)state;
    static struct ut_call call;
    struct ut_talk talk;
    directs = 0;
    ut_talk_init(&talk);
    assert_int_equal(ut_call_init(&call, &ut_model_default, "host", keep, NULL), 0);
    for (int i = 0; i < UT_TALK_SAMPLES; i++) {
        int16_t pair[2];
        ut_talk_next(&talk, pair);
        ut_call_push(&call, pair, 1);
    }
    ut_call_finish(&call);
    struct ut_records r = load(audio, choice, NULL, 0);
    assert_int_equal(r.n, directs);
    assert_memory_equal(r.record, direct, directs * UT_WIRE_RECORD_BYTES);
    ut_records_free(&r);
}

static void the_second_time_costs_nothing(void **state)
{
    (void)state;
    struct ut_records first = load(audio, choice, cache, 0), second = load(audio, choice, cache, 1);
    struct ut_records elsewhere = load(copy, choice, cache, 1); /* the same contents by another name */
    assert_same(&first, &second);
    assert_same(&first, &elsewhere);
    const struct ut_audio_choice swapped = {1, 2};
    struct ut_records changed = load(other, choice, cache, 0), turned = load(audio, swapped, cache, 0);
    assert_string_not_equal(changed.key, first.key);
    assert_string_not_equal(turned.key, first.key);
    ut_records_free(&first);
    ut_records_free(&second);
    ut_records_free(&elsewhere);
    ut_records_free(&changed);
    ut_records_free(&turned);
}

static void a_file_that_changed_is_noticed(void **state)
{
    (void)state;
    struct ut_records before = load(copy, choice, cache, 1);
    assert_int_equal(ut_talk_write(copy, 5), 0);
    struct ut_records after = load(copy, choice, cache, 0);
    assert_string_not_equal(before.key, after.key);
    ut_records_free(&before);
    ut_records_free(&after);
}

static void a_damaged_cache_is_not_believed(void **state)
{
    (void)state;
    char name[200];
    struct ut_records r = load(audio, choice, cache, 1);
    snprintf(name, sizeof name, "%s/%s.records", cache, r.key);
    for (long at = 0; at < 200; at += 61) {
        FILE *f = fopen(name, "r+b");
        assert_non_null(f);
        fseek(f, at, SEEK_SET);
        int byte = fgetc(f);
        fseek(f, at, SEEK_SET);
        fputc(byte ^ 4, f);
        fclose(f);
        struct ut_records again = load(audio, choice, cache, 0);
        assert_same(&r, &again);
        ut_records_free(&again);
    }
    assert_int_equal(truncate(name, 1000), 0);
    struct ut_records again = load(audio, choice, cache, 0);
    assert_same(&r, &again);
    ut_records_free(&again);
    again = load(audio, choice, cache, 1);
    ut_records_free(&again);
    ut_records_free(&r);
    /* nor does one that cannot be written stop anything */
    again = load(audio, choice, "/dev/null/none", 0);
    ut_records_free(&again);
}

static void bad_audio_is_said(void **state)
{
    (void)state;
    struct ut_records r;
    char name[200];
    snprintf(name, sizeof name, "%s/text.wav", folder);
    FILE *f = fopen(name, "w");
    fputs("no audio\n", f);
    fclose(f);
    static const struct {
        const char *path;
        int code;
    } bad[] = {{"/dev/null/none.wav", UT_EXIT_MISSING}, {folder, UT_EXIT_NOT_AUDIO}, {NULL, UT_EXIT_NOT_AUDIO}};
    for (size_t i = 0; i < 3; i++) {
        memset(&fault, 0, sizeof fault);
        const char *path = bad[i].path != NULL ? bad[i].path : name;
        assert_int_equal(ut_records_load(&r, path, &ut_model_default, choice, cache, &fault), -1);
        assert_int_equal(fault.code, bad[i].code);
        assert_true(r.record == NULL && r.n == 0);
    }
}

static void the_folder_is_found(void **state)
{
    (void)state;
    char found[300], wanted[300];
    setenv("XDG_CACHE_HOME", folder, 1);
    assert_int_equal(ut_records_folder(found, sizeof found), 0);
    assert_string_equal(found, cache);
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", folder, 1);
    assert_int_equal(ut_records_folder(found, sizeof found), 0);
    snprintf(wanted, sizeof wanted, "%s/.cache/undertone", folder);
    assert_string_equal(found, wanted);
    assert_int_equal(access(wanted, W_OK), 0);
    unsetenv("HOME");
    assert_int_equal(ut_records_folder(found, sizeof found), -1);
    setenv("HOME", "/dev/null", 1);
    assert_int_equal(ut_records_folder(found, sizeof found), -1);
    assert_int_equal(ut_records_folder(found, 5), -1);
}

static void what_is_kept_comes_back(void **state)
{
    (void)state;
    uint8_t *data;
    size_t len;
    assert_int_equal(ut_records_keep(cache, "x.any", "12345", 5), 0);
    assert_int_equal(ut_records_recall(cache, "x.any", &data, &len), 0);
    assert_int_equal(len, 5);
    assert_memory_equal(data, "12345", 5);
    free(data);
    assert_int_equal(ut_records_recall(cache, "y.any", &data, &len), -1);
    assert_int_equal(ut_records_keep("/dev/null", "x.any", "12345", 5), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_those_of_the_headset),
        cmocka_unit_test(the_second_time_costs_nothing),
        cmocka_unit_test(a_file_that_changed_is_noticed),
        cmocka_unit_test(a_damaged_cache_is_not_believed),
        cmocka_unit_test(bad_audio_is_said),
        cmocka_unit_test(what_is_kept_comes_back),
        cmocka_unit_test(the_folder_is_found),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
