/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/enrolment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

static const char SECRET[] = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
static struct ut_note_signer signer;
static struct ut_note_verifier verifier;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    char key[UT_NOTE_VERIFIER];
    if (ut_note_signer_parse(&signer, SECRET) != 0)
        return -1;
    ut_note_verifier_text(&signer, key);
    return ut_note_verifier_parse(&verifier, key);
}

/* Of desks d0000, d0001 ..., whose tokens are their names; the caller frees it. */
static char *make(size_t desks, const char *settings, const char *authority)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    struct ut_user *user = calloc(desks + 1, sizeof *user);
    assert_non_null(out);
    assert_non_null(user);
    for (size_t i = 0; i < desks; i++) {
        (void)snprintf(user[i].name, sizeof user[i].name, "d%04d", (int)i);
        ut_token_hash(user[i].name, user[i].hash);
    }
    const struct ut_enrolment e = {.site = "s",
                                   .made_s = 1796069217,
                                   .desk = {.user = user, .n = desks},
                                   .settings = (char *)(uintptr_t)settings,
                                   .authority = (char *)(uintptr_t)authority};
    assert_int_equal(ut_enrolment_write(&e, &signer, out, &fault), 0);
    assert_int_equal(fclose(out), 0);
    free(user);
    return text;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    static const struct {
        size_t desks;
        const char *settings, *authority;
    } of[] = {
        {0, "", ""}, {1, "[mqtt]\nsite = s\n", ""}, {3, "", CERTIFICATE}, {3000, "[mqtt]\n\nsite = s\n", CERTIFICATE}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        struct ut_enrolment e;
        char *text = make(of[i].desks, of[i].settings, of[i].authority), name[20];
        assert_int_equal(ut_enrolment_parse(&e, "f", text, &verifier, &fault), 0);
        assert_string_equal(e.site, "s");
        assert_int_equal(e.made_s, 1796069217);
        assert_int_equal(e.desk.n, of[i].desks);
        assert_string_equal(e.settings, of[i].settings);
        assert_string_equal(e.authority, of[i].authority);
        (void)snprintf(name, sizeof name, "d%04d", (int)of[i].desks - 1);
        if (of[i].desks > 0) {
            assert_string_equal(ut_enrolment_named(&e, name)->name, name);
            assert_ptr_equal(ut_enrolment_with(&e, name), ut_enrolment_named(&e, name));
        }
        assert_null(ut_enrolment_named(&e, "d"));
        assert_null(
            ut_enrolment_named(&e, "d00000000000000000000000000000000000000000000000000000000000000000000000000"));
        assert_null(ut_enrolment_with(&e, "other"));
        ut_enrolment_free(&e);
        free(text);
    }
}

/* Each byte of it. */
static void no_byte_can_be_changed(void **state)
{
    (void)state;
    struct ut_enrolment e;
    char *text = make(2, "[page]\nport = 0\n", CERTIFICATE);
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        char was = text[i];
        text[i] = was == '\n' ? 'x' : was == 'x' ? 'y' : 'x';
        assert_int_equal(ut_enrolment_parse(&e, "f", text, &verifier, &fault), -1);
        assert_int_equal(e.desk.n, 0);
        text[i] = '\0';
        assert_int_equal(ut_enrolment_parse(&e, "f", text, &verifier, &fault), -1);
        text[i] = was;
    }
    assert_int_equal(ut_enrolment_parse(&e, "f", text, &verifier, &fault), 0);
    ut_enrolment_free(&e);
    free(text);
}

/* By the right key, which may sign other things as well. */
static void what_is_signed_and_none(void **state)
{
    (void)state;
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    static const char *const heads[] = {"undertone/audit/s\n3\nx\n",
                                        "undertone/enrolment/s\n",
                                        "undertone/enrolment/s\n0\n1\n",
                                        "undertone/enrolment/s\n0\n1\n" EMPTY "\n",
                                        "undertone/enrolment/s\n00\n1\n" EMPTY "\n",
                                        "undertone/enrolment/a b\n0\n1\n" EMPTY "\n",
                                        "undertone/enrolment/s\n20001\n1\n" EMPTY "\n",
                                        "undertone/enrolment/s\n0\n-1\n" EMPTY "\n",
                                        "undertone/enrolment/s\n0\n1\n" EMPTY "\nmore\n"};
    char note[UT_NOTE_MAX], text[UT_NOTE_MAX + 2];
    struct ut_enrolment e;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        assert_int_equal(ut_note_sign(&signer, heads[i], note), 0);
        (void)snprintf(text, sizeof text, "%s\n", note);
        assert_int_equal(ut_enrolment_parse(&e, "f", text, &verifier, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
    }
}

/* Lines that no release writes: a signature does not make sense of them. */
static void desks_that_are_none(void **state)
{
    (void)state;
    static const struct ut_user wrong[][2] = {
        {{.name = "b", .hash = HASH}, {.name = "a", .hash = HASH}},
        {{.name = "a", .hash = HASH}, {.name = "a", .hash = HASH}},
        {{.name = "a", .hash = HASH}, {.name = "b", .hash = "0"}},
        {{.name = "a", .hash = HASH}, {.name = "b/c", .hash = HASH}},
        {{.name = "a", .role = UT_ROLE_ADMIN, .hash = HASH}, {.name = "b", .hash = HASH}}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ut_user two[2] = {wrong[i][0], wrong[i][1]};
        char none[] = "", *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);
        const struct ut_enrolment made = {
            .site = "s", .desk = {.user = two, .n = 2}, .settings = none, .authority = none};
        struct ut_enrolment e;
        assert_non_null(out);
        assert_int_equal(ut_enrolment_write(&made, &signer, out, &fault), 0);
        assert_int_equal(fclose(out), 0);
        assert_int_equal(ut_enrolment_parse(&e, "f", text, &verifier, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        free(text);
    }
}

static void too_many_desks(void **state)
{
    (void)state;
    struct ut_user any;
    char none[] = "";
    const struct ut_enrolment e = {
        .site = "s", .desk = {.user = &any, .n = UT_ENROLMENT_DESKS + 1}, .settings = none, .authority = none};
    assert_int_equal(ut_enrolment_write(&e, &signer, stderr, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_written_is_read),
                                       cmocka_unit_test(no_byte_can_be_changed),
                                       cmocka_unit_test(what_is_signed_and_none), cmocka_unit_test(desks_that_are_none),
                                       cmocka_unit_test(too_many_desks)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
