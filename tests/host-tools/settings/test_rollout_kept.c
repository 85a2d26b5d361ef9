/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/rollout_kept.h"

#include "tests/host-tools/fleet_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PACK                                                                                                           \
    "[pack]\nname = quiet\nfor = Less.\nauthor = A\nlicense = CC0-1.0\nmeasured_by = a command\n[measured]\n"          \
    "empathy_cue = precision 0.9 recall 0.25 n 40\n[empathy_cue]\nhold = 3\n"

static struct ut_config config;

static double number_of(int which)
{
    return config.value[(int)ut_cue_param(UT_CUE_EMPATHY) + which];
}

static void write_file(uint32_t number, const char *name, const char *text)
{
    char path[UT_CONFIG_PATH_BYTES];
    ut_rollout_kept_path(folder, number, name, path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

/* A pack as it is published. */
static const char *sealed(void)
{
    static char text[600];
    static const char HEAD[] = "[pack]\n";
    char sha256[UT_DIGEST_TEXT];
    ut_digest(PACK, strlen(PACK), sha256);
    (void)snprintf(text, sizeof text, "%ssha256 = %s\n%s", HEAD, sha256, PACK + sizeof HEAD - 1);
    return text;
}

/* A roll-out as a desk has fetched it: settings, a pack and firmware, where they are not NULL. */
static void keep(uint32_t number, const char *settings, const char *pack, const char *firmware)
{
    static const char *const names[UT_ROLLOUT_KINDS] = {"a.ini", "pack.ini", "v2.bin"};
    const char *text[UT_ROLLOUT_KINDS] = {settings, pack, firmware};
    struct ut_rollout r = {.site = "s", .number = number, .ring = UT_RING_ALL, .share = UT_ROLLOUT_SHARE};
    char body[UT_NOTE_MAX], note[UT_NOTE_MAX];
    for (int i = 0; i < UT_ROLLOUT_KINDS; i++) {
        struct ut_rollout_file *f = &r.file[r.files];
        if (text[i] == NULL)
            continue;
        *f = (struct ut_rollout_file){.kind = (enum ut_rollout_kind)i, .bytes = (uint32_t)strlen(text[i])};
        (void)snprintf(f->name, sizeof f->name, "%s", names[i]);
        ut_digest(text[i], strlen(text[i]), f->sha256);
        r.files++;
    }
    assert_int_equal(ut_rollout_text(&r, body, sizeof body), 0);
    assert_int_equal(ut_note_sign(&signer, body, note), 0);
    assert_int_equal(ut_rollout_kept_put_manifest(folder, number, note, &fault), 0);
    for (int i = 0; i < UT_ROLLOUT_KINDS; i++)
        if (text[i] != NULL)
            write_file(number, names[i], text[i]);
}

static int try(uint32_t settings, uint32_t pack)
{
    fault = (struct ut_fault){0};
    return ut_rollout_kept_try(&config, ini, (const uint32_t[UT_ROLLOUT_KINDS]){settings, pack}, &fault);
}

static void a_state_there_and_back(void **state)
{
    (void)state;
    struct ut_rollout_kept k = {.newest = 9,
                                .number = 8,
                                .course = UT_ROLLOUT_REVERTED,
                                .why = "did not stay up",
                                .begun = 2,
                                .taken = 7,
                                .in_force = {7, 5, 6},
                                .before = {4, 5, 6}},
                           again;
    assert_int_equal(ut_rollout_kept_read(folder, &again, &fault), 0);
    assert_int_equal(again.newest, 0);
    assert_int_equal(ut_rollout_kept_write(folder, &k, &fault), 0);
    assert_int_equal(ut_rollout_kept_read(folder, &again, &fault), 0);
    char *text = ut_rollout_kept_text(&k), *same = ut_rollout_kept_text(&again);
    assert_string_equal(text, same);
    assert_true(again.newest == 9 && again.before[UT_ROLLOUT_FIRMWARE] == 6 && again.begun == 2);
    free(same);
    static const char *const members[] = {"Newest", "State", "Why", "Taken", "InForce", "\"pack\"", "reverted", "4,"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) { /* each is needed, and as it is */
        char *cut = strdup(text);
        strstr(cut, members[i])[0] = '#';
        assert_int_equal(ut_rollout_kept_parse(cut, &again), -1);
        free(cut);
    }
    free(text);
    char path[120];
    (void)snprintf(path, sizeof path, "%s/state", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs("{\"Newest\": 9", f);
    (void)fclose(f);
    assert_int_equal(ut_rollout_kept_read(folder, &again, &fault), -1);
    assert_int_equal(again.newest, 0);
    assert_int_equal(unlink(path), 0);
}

static void over_the_file_and_under_the_environment(void **state)
{
    (void)state;
    keep(1, "[empathy_cue]\non = 0.81\nrefractory = 77\n", sealed(), NULL);
    assert_int_equal(try(0, 0), 0);
    assert_true(number_of(UT_COMMON_ON) == 0.9); /* the file's */
    assert_int_equal(try(1, 1), 0);
    assert_true(number_of(UT_COMMON_ON) == 0.81 && number_of(UT_COMMON_HOLD) == 3);
    assert_string_equal(config.pack, "quiet");
    char origin[200];
    (void)snprintf(origin, sizeof origin, "%s/1/a.ini:2", folder);
    assert_string_equal(config.value_origin[(int)ut_cue_param(UT_CUE_EMPATHY) + UT_COMMON_ON], origin);
    assert_int_equal(setenv("UNDERTONE_EMPATHY_CUE_ON", "0.95", 1), 0);
    assert_int_equal(try(1, 0), 0);
    assert_true(number_of(UT_COMMON_ON) == 0.95 && number_of(UT_COMMON_REFRACTORY) == 77);
    assert_int_equal(setenv("UNDERTONE_EMPATHY_CUE_OFF", "0.9", 1),
                     0); /* in the way, and no fault of what was signed */
    assert_int_equal(unsetenv("UNDERTONE_EMPATHY_CUE_ON"), 0);
    assert_int_equal(try(1, 0), -1);
    assert_int_equal(ut_rollout_kept_alone(&config, (const uint32_t[UT_ROLLOUT_KINDS]){1, 1}, &fault), 0);
    assert_int_equal(ut_rollout_kept_alone(&config, (const uint32_t[UT_ROLLOUT_KINDS]){77}, &fault), -1);
    assert_int_equal(unsetenv("UNDERTONE_EMPATHY_CUE_OFF"), 0);
}

static void nothing_that_was_not_signed(void **state)
{
    (void)state;
    keep(2, "[empathy_cue]\non = 0.82\n", sealed(), NULL);
    write_file(2, "a.ini", "[empathy_cue]\non = 0.83\n");
    assert_int_equal(try(2, 0), -1);
    assert_int_equal(fault.code, UT_EXIT_IMAGE);
    assert_int_equal(try(0, 2), 0);
    write_file(2, "pack.ini", PACK "off = 0.1\n");
    assert_int_equal(try(0, 2), -1);
    assert_int_equal(try(3, 0), -1); /* there is none */
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    keep(4, NULL, sealed(), NULL);
    assert_int_equal(try(4, 0), -1); /* it has no settings */
    write_file(4, UT_ROLLOUT_MANIFEST, "undertone/rollout/s\n");
    assert_int_equal(try(0, 4), -1);
}

/* What cannot be in force leaves what was before, else what this machine sets. */
static void a_start_falls_back(void **state)
{
    (void)state;
    struct ut_rollout_kept k = {.in_force = {5}, .before = {1}};
    keep(5, "[empathy_cue]\non = 0.85\n", NULL, NULL);
    assert_int_equal(ut_rollout_kept_write(folder, &k, &fault), 0);
    assert_int_equal(ut_rollout_kept_load(&config, ini, &fault), 0);
    assert_true(number_of(UT_COMMON_ON) == 0.85);
    write_file(5, "a.ini", "[empathy_cue]\non = 0.86\n");
    assert_int_equal(ut_rollout_kept_load(&config, ini, &fault), 0);
    assert_true(number_of(UT_COMMON_ON) == 0.81);
    k.before[UT_ROLLOUT_SETTINGS] = 6;
    assert_int_equal(ut_rollout_kept_write(folder, &k, &fault), 0);
    assert_int_equal(ut_rollout_kept_load(&config, ini, &fault), 0);
    assert_true(number_of(UT_COMMON_ON) == 0.9);
}

static void firmware_and_what_is_swept(void **state)
{
    (void)state;
    char path[UT_CONFIG_PATH_BYTES];
    struct ut_rollout_kept k = {.in_force = {1, 0, 7}, .before = {1, 0, 6}};
    keep(6, NULL, NULL, "old");
    keep(7, NULL, NULL, "new");
    keep(8, NULL, NULL, "other");
    keep(9, NULL, NULL, "on its way");
    assert_int_equal(try(0, 0), 0);
    assert_int_equal(ut_rollout_kept_write(folder, &(struct ut_rollout_kept){0}, &fault), 0);
    assert_int_equal(ut_rollout_kept_firmware(&config, path, &fault), 0);
    assert_int_equal(ut_rollout_kept_write(folder, &k, &fault), 0);
    assert_int_equal(ut_rollout_kept_firmware(&config, path, &fault), 1);
    assert_int_equal(access(path, R_OK), 0);
    assert_string_equal(strstr(path, "/7/"), "/7/v2.bin");
    write_file(7, ".manifest.aB3dE5.part", "half");
    char foreign[UT_CONFIG_PATH_BYTES], link[UT_CONFIG_PATH_BYTES]; /* a number's name alone makes nothing ours */
    (void)snprintf(foreign, sizeof foreign, "%s/2024", folder);
    (void)snprintf(link, sizeof link, "%s/2025", folder);
    assert_int_equal(mkdir(foreign, 0700), 0);
    write_file(2024, "holiday.jpg", "beach");
    keep(3000, NULL, NULL, "elsewhere");
    char elsewhere[UT_CONFIG_PATH_BYTES], moved[UT_CONFIG_PATH_BYTES];
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/3000", folder);
    (void)snprintf(moved, sizeof moved, "%s/elsewhere", home);
    assert_int_equal(rename(elsewhere, moved), 0);
    assert_int_equal(symlink(moved, link), 0);
    ut_rollout_kept_sweep(folder, &k, 9);
    ut_rollout_kept_path(folder, 2024, "holiday.jpg", path);
    assert_int_equal(access(path, F_OK), 0);
    ut_rollout_kept_path(folder, 2025, "v2.bin", path);
    assert_int_equal(access(path, F_OK), 0);
    ut_rollout_kept_path(folder, 7, ".manifest.aB3dE5.part", path);
    assert_int_equal(access(path, F_OK), -1);
    static const bool kept[10] = {[1] = true, [6] = true, [7] = true, [9] = true};
    for (uint32_t i = 1; i < 10; i++) {
        ut_rollout_kept_path(folder, i, UT_ROLLOUT_MANIFEST, path);
        assert_int_equal(access(path, F_OK) == 0, kept[i]);
    }
    write_file(7, "v2.bin", "bad");
    assert_int_equal(ut_rollout_kept_firmware(&config, path, &fault), -1);
}

static void where_it_is_kept(void **state)
{
    (void)state;
    char path[UT_CONFIG_PATH_BYTES];
    ut_config_defaults(&config);
    assert_int_equal(setenv("XDG_STATE_HOME", "/var/x", 1), 0);
    ut_rollout_kept_folder(&config, path);
    assert_string_equal(path, "/var/x/undertone/fleet");
    assert_int_equal(unsetenv("XDG_STATE_HOME"), 0);
    assert_int_equal(setenv("HOME", "/home/a", 1), 0);
    ut_rollout_kept_folder(&config, path);
    assert_string_equal(path, "/home/a/.local/state/undertone/fleet");
    assert_int_equal(ut_config_set(&config, "fleet", "verifier", "no+key", "here", &fault), 0);
    assert_int_equal(ut_rollout_kept_firmware(&config, path, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
}

static int begin(void **state)
{
    (void)state;
    return begin_with("[empathy_cue]\non = 0.9\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_there_and_back),      cmocka_unit_test(over_the_file_and_under_the_environment),
        cmocka_unit_test(nothing_that_was_not_signed), cmocka_unit_test(a_start_falls_back),
        cmocka_unit_test(firmware_and_what_is_swept),  cmocka_unit_test(where_it_is_kept),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
