/* SPDX-License-Identifier: Apache-2.0 */
/* What a checkpoint says and what it does not take; an independent verifier reads one in
 * tests/host-tools/commands/test_audit.py. */
#include "host-tools/sinks/checkpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/undertone-test-XXXXXX", key_path[60];
static struct ut_fault fault;
static struct ut_note_signer signer;
static struct ut_note_verifier verifier;

static int setup(void **state)
{
    char key[UT_NOTE_VERIFIER];
    (void)state;
    (void)snprintf(key_path, sizeof key_path, "%s.key", path);
    (void)unlink(key_path);
    return ut_note_make_key(key_path, "d", key, &fault) != 0 || ut_note_signer_read(&signer, key_path, &fault) != 0 ||
           ut_note_verifier_parse(&verifier, key) != 0;
}

static void there_and_back(void **state)
{
    (void)state;
    struct ut_merkle m = {0};
    struct ut_checkpoint c;
    char note[UT_NOTE_MAX];
    uint8_t root[UT_MERKLE_HASH];
    ut_merkle_add(&m, "a", 1);
    ut_merkle_add(&m, "b", 1);
    ut_merkle_root(&m, root);
    assert_int_equal(ut_checkpoint_write(&m, &signer, path, &fault), 0);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(note, 1, sizeof note, f);
    (void)fclose(f);
    assert_int_equal(strncmp(note, "undertone/audit/d\n2\n", 20), 0);
    assert_int_equal(ut_checkpoint_parse(&c, &verifier, note, n), 0);
    assert_int_equal(c.n, 2);
    assert_memory_equal(c.root, root, sizeof root);
    assert_int_equal(ut_checkpoint_write(&m, &signer, "/dev/null/x", &fault), -1);
}

/* Signed by the right key, and no checkpoint. */
static void other_texts(void **state)
{
    (void)state;
    static const char root[] = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    static const char *const bad[] = {"%s\n",
                                      "undertone/audit/d\n",
                                      "undertone/audit/d\n2\n",
                                      "undertone/audit/x\n2\n%s\n",
                                      "undertone/other/d\n2\n%s\n",
                                      "undertone/audit/d\n-2\n%s\n",
                                      "undertone/audit/d\n+2\n%s\n",
                                      "undertone/audit/d\n02\n%s\n",
                                      "undertone/audit/d\n2 \n%s\n",
                                      "undertone/audit/d\n2\nAAAA%s\n",
                                      "undertone/audit/d\n2\n%s\nmore\n",
                                      "undertone/audit/d\n99999999999999999999\n%s\n"};
    struct ut_checkpoint c;
    char text[300], note[UT_NOTE_MAX];
    (void)snprintf(text, sizeof text, "undertone/audit/d\n2\n%s\n", root);
    assert_int_equal(ut_note_sign(&signer, text, note), 0);
    assert_int_equal(ut_checkpoint_parse(&c, &verifier, note, strlen(note)), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *at = strstr(bad[i], "%s");
        (void)snprintf(text, sizeof text, "%.*s%s%s", at != NULL ? (int)(at - bad[i]) : (int)strlen(bad[i]), bad[i],
                       at != NULL ? root : "", at != NULL ? at + 2 : "");
        assert_int_equal(ut_note_sign(&signer, text, note), 0);
        assert_int_equal(ut_checkpoint_parse(&c, &verifier, note, strlen(note)), -1);
    }
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(there_and_back, setup),
                                       cmocka_unit_test_setup(other_texts, setup)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    (void)unlink(key_path);
    return failed;
}
