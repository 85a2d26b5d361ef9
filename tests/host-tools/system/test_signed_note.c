/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/signed_note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/undertone-test-XXXXXX";
static struct ut_fault fault;
static struct ut_note_signer signer;
static struct ut_note_verifier verifier;
static char key[UT_NOTE_VERIFIER];

static int setup(void **state)
{
    (void)state;
    fault = (struct ut_fault){0};
    (void)unlink(path);
    return ut_note_make_key(path, "desk-7", key, &fault) != 0 || ut_note_signer_read(&signer, path, &fault) != 0 ||
           ut_note_verifier_parse(&verifier, key) != 0;
}

static int verify(const char *note)
{
    return ut_note_verify(&verifier, note, strlen(note));
}

static void what_is_signed_is_verified(void **state)
{
    (void)state;
    char note[UT_NOTE_MAX], text[UT_NOTE_VERIFIER];
    struct stat there;
    assert_int_equal(ut_note_sign(&signer, "one\ntwo\n", note), 0);
    assert_int_equal(verify(note), 8);
    assert_int_equal(strncmp(note, "one\ntwo\n\n\xE2\x80\x94 desk-7 ", 20), 0);
    ut_note_verifier_text(&signer, text);
    assert_string_equal(text, key);
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0600);
}

/* The published example of a key and of what it signs, of Go's package note. */
static void the_published_example(void **state)
{
    (void)state;
    static const char text[] = "If you think cryptography is the answer to your problem,\n"
                               "then you don't know what your problem is.\n";
    static const char note[] =
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "\xE2\x80\x94 PeterNeumann "
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    struct ut_note_signer s;
    struct ut_note_verifier v;
    char made[UT_NOTE_MAX];
    assert_int_equal(ut_note_verifier_parse(&v, "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
                     0);
    assert_int_equal(ut_note_verify(&v, note, strlen(note)), (int)strlen(text));
    assert_int_equal(
        ut_note_signer_parse(&s, "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"), 0);
    assert_int_equal(ut_note_sign(&s, text, made), 0);
    assert_string_equal(made, note);
}

static void any_change_shows(void **state)
{
    (void)state;
    char note[UT_NOTE_MAX];
    assert_int_equal(ut_note_sign(&signer, "one\ntwo\n", note), 0);
    for (size_t i = 0; note[i] != '\0'; i++) {
        char kept = note[i];
        note[i] = (char)(kept ^ 1);
        assert_int_equal(verify(note), -1);
        note[i] = kept;
    }
    for (size_t n = 0; n < strlen(note); n++)
        assert_int_equal(ut_note_verify(&verifier, note, n), -1);
    assert_int_equal(verify(note), 8);
}

static void others_may_sign_beside(void **state)
{
    (void)state;
    char note[UT_NOTE_MAX], both[2 * UT_NOTE_MAX];
    assert_int_equal(ut_note_sign(&signer, "one\n", note), 0);
    (void)snprintf(both, sizeof both, "one\n\n\xE2\x80\x94 other AAAAAAAA\n%s", note + 5);
    assert_int_equal(verify(both), 4);
    both[strlen(both) - 1] = '\0';
    assert_int_equal(verify(both), -1);
}

static void another_key_verifies_nothing(void **state)
{
    (void)state;
    char note[UT_NOTE_MAX];
    assert_int_equal(ut_note_sign(&signer, "one\n", note), 0);
    struct ut_note_verifier first = verifier;
    assert_int_equal(setup(NULL), 0);
    assert_int_equal(verify(note), -1);
    assert_true(ut_note_verify(&first, note, strlen(note)) > 0);
}

static void what_is_no_key(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "x",
                                      "x+y",
                                      "x+00000000+",
                                      "x+00000000+AAAA",
                                      "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                                      "Peter+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                                      "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                                      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAAAA"};
    struct ut_note_verifier v;
    struct ut_note_signer s;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char line[200];
        assert_int_equal(ut_note_verifier_parse(&v, bad[i]), -1);
        (void)snprintf(line, sizeof line, "PRIVATE+KEY+%s", bad[i]);
        assert_int_equal(ut_note_signer_parse(&s, line), -1);
    }
    assert_int_equal(ut_note_signer_parse(&s, key), -1); /* the public half */
}

static void files(void **state)
{
    (void)state;
    char other[UT_NOTE_VERIFIER];
    assert_int_equal(ut_note_make_key(path, "x", other, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(ut_note_signer_read(&signer, path, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
    assert_null(strstr(fault.text, "PRIVATE"));
    assert_int_equal(ut_note_signer_read(&signer, "/nonexistent/key", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    char note[UT_NOTE_MAX], long_text[UT_NOTE_MAX];
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 2] = '\n';
    long_text[sizeof long_text - 1] = '\0';
    assert_int_equal(ut_note_sign(&signer, long_text, note), -1);
    assert_int_equal(ut_note_sign(&signer, "no end", note), -1);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {TEST(what_is_signed_is_verified),
                                       TEST(the_published_example),
                                       TEST(any_change_shows),
                                       TEST(others_may_sign_beside),
                                       TEST(another_key_verifies_nothing),
                                       TEST(what_is_no_key),
                                       TEST(files)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
