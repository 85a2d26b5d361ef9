/* SPDX-License-Identifier: Apache-2.0 */
/* Any text behind a manifest's beginning, signed by the right key: what is taken as a manifest says the same when it is
 * written again. Any bytes as a note: none of them is signed. Any text as settings: what is taken keeps to the laws
 * between numbers, and touches nothing that is not a roll-out's to set. Any text as what a desk has kept: what is taken
 * says the same when it is written and read again. */
#include "host-tools/settings/rollout_kept.h"
#include "tests/fuzz/begun.h"

#include <stdio.h>

#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void manifest(const uint8_t *data, size_t size)
{
    static const char *const heads[4] = {"undertone/rollout/s\n", "undertone/rollout/s\n7\ncanary 100\n1\n",
                                         "undertone/rollout/s\n7\nall 10000\n1\nsettings " DIGEST " 9 a.ini\n",
                                         "undertone/rollout/s\n7\nearly 1\n1\npack " DIGEST " 1 b\nfirmware "};
    static const char secret[] = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    struct ut_note_signer s;
    struct ut_note_verifier v;
    struct ut_rollout r;
    char key[UT_NOTE_VERIFIER], note[UT_NOTE_MAX], again[UT_NOTE_MAX], *any = ut_begun_text(heads, data, size);
    if (any == NULL || ut_note_signer_parse(&s, secret) != 0)
        abort();
    ut_note_verifier_text(&s, key);
    if (ut_note_verifier_parse(&v, key) != 0 || ut_rollout_parse(&r, &v, (const char *)data, size) == 0)
        abort();
    char *text = malloc(strlen(any) + 2);
    if (text == NULL)
        abort();
    (void)snprintf(text, strlen(any) + 2, "%s\n", any);
    if (ut_note_sign(&s, text, note) == 0 && ut_rollout_parse(&r, &v, note, strlen(note)) == 0 &&
        (ut_rollout_text(&r, again, sizeof again) != 0 || strcmp(text, again) != 0))
        abort();
    free(text);
    free(any);
}

static void settings(const uint8_t *data, size_t size)
{
    static struct ut_config before, config;
    struct ut_fault fault = {0};
    ut_config_defaults(&before);
    config = before;
    int r = ut_rollout_judge_settings(&config, (const char *)data, size, "any", &fault);
    if (r == 0 && ut_config_check(&config, &fault) != 0)
        abort();
    for (int i = 0; ut_text_info[i].section != NULL; i++)
        if (strcmp(ut_text_info[i].section, "calibration") != 0 && strcmp(config.text[i], before.text[i]) != 0)
            abort();
    if (config.actions != 0)
        abort();
}

static void kept(const uint8_t *data, size_t size)
{
    static const char *const heads[4] = {
        "{\"Newest\":1,\"Number\":1,\"State\":\"trying\",\"Why\":\"\",\"Begun\":1,\"Taken\":1,\"InForce\":{"
        "\"settings\":1,"
        "\"pack\":0,\"firmware\":0},\"Before\":{\"settings\":0,\"pack\":0,\"firmware\":0}",
        "{\"Newest\":", "{\"State\":\"refused\",\"Why\":\"", "{\"InForce\":{"};
    struct ut_rollout_kept k, again;
    char *text = ut_begun_text(heads, data, size);
    if (text == NULL)
        abort();
    if (ut_rollout_kept_parse(text, &k) == 0) {
        char *said = ut_rollout_kept_text(&k), *same = NULL;
        if (said == NULL || ut_rollout_kept_parse(said, &again) != 0 || (same = ut_rollout_kept_text(&again)) == NULL ||
            strcmp(said, same) != 0)
            abort();
        free(said);
        free(same);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kept(data, size);
    manifest(data, size);
    settings(data, size);
    return 0;
}
