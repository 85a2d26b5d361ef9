/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/rollout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HEAD "undertone/rollout/floor-1\n7\ncanary 100\n1796000000\n"
#define SETTINGS "settings " DIGEST " 120 calm.ini\n"

static struct ut_note_signer signer;
static struct ut_note_verifier verifier;
static struct ut_config config;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    char key[UT_NOTE_VERIFIER];
    if (ut_note_signer_parse(&signer,
                             "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz") != 0)
        return -1;
    ut_note_verifier_text(&signer, key);
    return ut_note_verifier_parse(&verifier, key);
}

static int parse(const char *text, struct ut_rollout *r)
{
    char note[UT_NOTE_MAX];
    assert_int_equal(ut_note_sign(&signer, text, note), 0);
    return ut_rollout_parse(r, &verifier, note, strlen(note));
}

static void a_manifest_says_what_was_signed(void **state)
{
    (void)state;
    struct ut_rollout r;
    char text[UT_NOTE_MAX];
    static const char whole[] = HEAD SETTINGS "pack " DIGEST " 65536 shop.ini\nfirmware " DIGEST " 1048576 v1.4.bin\n";
    assert_int_equal(parse(whole, &r), 0);
    assert_string_equal(r.site, "floor-1");
    assert_int_equal(r.number, 7);
    assert_int_equal(r.ring, UT_RING_CANARY);
    assert_int_equal(r.share, 100);
    assert_int_equal(r.made_s, 1796000000);
    assert_int_equal(r.files, 3);
    assert_int_equal(r.file[0].kind, UT_ROLLOUT_SETTINGS);
    assert_string_equal(r.file[1].name, "shop.ini");
    assert_int_equal(r.file[2].bytes, 1048576);
    assert_int_equal(ut_rollout_text(&r, text, sizeof text), 0);
    assert_string_equal(text, whole);
    assert_int_equal(ut_rollout_text(&r, text, sizeof whole - 1), -1);
}

/* The longest that there can be is signed and read. */
static void the_longest_fits_a_note(void **state)
{
    (void)state;
    struct ut_rollout r = {.number = INT32_MAX,
                           .ring = UT_RING_CANARY,
                           .share = UT_ROLLOUT_SHARE,
                           .made_s = INT64_MAX,
                           .files = UT_ROLLOUT_FILES},
                      again;
    char text[UT_NOTE_MAX], note[UT_NOTE_MAX];
    memset(r.site, 'x', UT_IDENTITY_MAX);
    for (int i = 0; i < UT_ROLLOUT_FILES; i++) {
        r.file[i] = (struct ut_rollout_file){
            .kind = i == 0 ? UT_ROLLOUT_FIRMWARE : UT_ROLLOUT_PACK, .sha256 = DIGEST, .bytes = UT_ROLLOUT_BYTES_MAX};
        memset(r.file[i].name, 'a' + i, UT_IDENTITY_MAX);
    }
    memset(signer.name, 'n',
           UT_IDENTITY_MAX); /* a key's longest name; its hash is another, which only verifying asks */
    assert_int_equal(ut_rollout_text(&r, text, sizeof text), 0);
    assert_int_equal(ut_note_sign(&signer, text, note), 0);
    assert_int_equal(setup(state), 0);
    assert_int_equal(parse(text, &again), 0);
    assert_memory_equal(&r, &again, sizeof r);
}

static void anything_else_is_no_manifest(void **state)
{
    (void)state;
    static const char *const bad[] = {
        HEAD,
        HEAD "\n" SETTINGS,
        HEAD SETTINGS "\n",
        HEAD SETTINGS "settings " DIGEST " 1 other.ini\n",
        HEAD SETTINGS "pack " DIGEST " 1 calm.ini\n",
        HEAD "settings " DIGEST " 0 a\n",
        HEAD "settings " DIGEST " 1048577 a\n",
        HEAD "settings " DIGEST " 01 a\n",
        HEAD "settings " DIGEST " 1 ../a\n",
        HEAD "settings " DIGEST " 1 .a\n",
        HEAD "settings " DIGEST " 1 a b\n",
        HEAD "settings " DIGEST "  1 a\n",
        HEAD "settings E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 1 a\n",
        HEAD "settings e3b0 1 a\n",
        HEAD "program " DIGEST " 1 a\n",
        HEAD "pack " DIGEST " 1 a\npack " DIGEST " 1 b\npack " DIGEST " 1 c\npack " DIGEST " 1 d\npack " DIGEST
             " 1 e\n",
        "undertone/rollout/a b\n7\ncanary 100\n1\n" SETTINGS,
        "undertone/rollout/\n7\ncanary 100\n1\n" SETTINGS,
        "undertone/audit/s\n7\ncanary 100\n1\n" SETTINGS,
        "undertone/rollout/s\n0\ncanary 100\n1\n" SETTINGS,
        "undertone/rollout/s\n-1\ncanary 100\n1\n" SETTINGS,
        "undertone/rollout/s\n2147483648\ncanary 100\n1\n" SETTINGS,
        "undertone/rollout/s\n4294967303\ncanary 100\n1\n" SETTINGS,
        "undertone/rollout/s\n7\nsome 100\n1\n" SETTINGS,
        "undertone/rollout/s\n7\ncanary 0\n1\n" SETTINGS,
        "undertone/rollout/s\n7\ncanary 10001\n1\n" SETTINGS,
        "undertone/rollout/s\n7\nall 9999\n1\n" SETTINGS,
        "undertone/rollout/s\n7\ncanary 100\n-1\n" SETTINGS,
        "undertone/rollout/s\n7\ncanary 100\n" SETTINGS,
    };
    struct ut_rollout r;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (parse(bad[i], &r) != -1)
            fail_msg("is taken: %s", bad[i]);
}

static void no_other_key_and_no_other_byte(void **state)
{
    (void)state;
    char note[UT_NOTE_MAX];
    struct ut_rollout r;
    assert_int_equal(ut_note_sign(&signer, HEAD SETTINGS, note), 0);
    size_t n = strlen(note);
    for (size_t i = 0; i < n; i++) {
        note[i] ^= 1;
        assert_int_equal(ut_rollout_parse(&r, &verifier, note, n), -1);
        note[i] ^= 1;
    }
    struct ut_note_verifier other = verifier;
    other.key[0] ^= 1;
    assert_int_equal(ut_rollout_parse(&r, &other, note, n), -1);
    assert_int_equal(ut_rollout_parse(&r, &verifier, note, n - 1), -1);
    assert_int_equal(ut_rollout_parse(&r, &verifier, note, n), 0);
}

/* Of 10,000 desks a hundredth is in a ring of a hundredth, within 3 standard deviations (30 of 100); the first value is
 * what `printf undertone/rollout/s/desk-1 | sha256sum` gives. */
static void a_desk_is_drawn_once_for_all(void **state)
{
    (void)state;
    int in = 0;
    for (int i = 0; i < 10000; i++) {
        char device[20];
        (void)snprintf(device, sizeof device, "desk-%d", i);
        in += ut_rollout_draw("s", device) < 100;
    }
    assert_true(in > 70 && in < 130);
    assert_int_equal(ut_rollout_draw("s", "desk-1"), 6249);
    assert_true(ut_rollout_draw("t", "desk-1") != ut_rollout_draw("s", "desk-1"));
}

static int judge(const char *text)
{
    ut_config_defaults(&config);
    memset(&fault, 0, sizeof fault);
    return ut_rollout_judge_settings(&config, text, strlen(text), "r.ini", &fault);
}

static void settings_that_can_be_in_force(void **state)
{
    (void)state;
    assert_int_equal(judge("[empathy_cue]\non = 0.8\n[session]\npolicy = eu\n[calibration]\nmodel = 0badcafe\n"), 0);
    assert_true(config.value[ut_cue_param(UT_CUE_EMPATHY) + UT_COMMON_ON] == 0.8);
    assert_string_equal(config.value_origin[ut_cue_param(UT_CUE_EMPATHY) + UT_COMMON_ON], "r.ini:2");
    assert_int_equal(judge("; back to what was before\n"), 0);
}

static void settings_that_cannot(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } bad[] = {
        {"", "r.ini: is no text"},
        {"empathy", "r.ini:1: neither"},
        {"[empathy_cue]\non = high\n", "r.ini:2: [empathy_cue] on = 'high' is not a number"},
        {"[empathy_cue]\non = 5\n", "out of range"},
        {"[empathy_cue]\non = 0.2\n", "is above"},
        {"[no]\non = 0.2\n", "unknown section"},
        {"[store]\nfile = /tmp/a\n", "r.ini:2: [store] file is not a roll-out's to set"},
        {"[display]\nlanguage = de\n", "not a roll-out's"},
        {"[fleet]\nverifier = a\n", "not a roll-out's"},
        {"[action.a]\ndo = command\n", "r.ini:2: [action.a] do is not a roll-out's to set"},
        {"[session]\npolicy = research\n", "no desk would begin a call"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(judge(bad[i].text), -1);
        if (strstr(fault.text, bad[i].said) == NULL)
            fail_msg("%s", fault.text);
    }
    assert_int_equal(ut_rollout_judge_settings(&config, "[display]\0\n", 11, "r.ini", &fault), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_says_what_was_signed),
        cmocka_unit_test(the_longest_fits_a_note),
        cmocka_unit_test(anything_else_is_no_manifest),
        cmocka_unit_test(no_other_key_and_no_other_byte),
        cmocka_unit_test(a_desk_is_drawn_once_for_all),
        cmocka_unit_test(settings_that_can_be_in_force),
        cmocka_unit_test(settings_that_cannot),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
