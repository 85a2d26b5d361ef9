/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/token_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static char file[] = "/tmp/undertone-tokens-XXXXXX";
static struct ut_fault fault;
static struct ut_token_list l;

static int setup(void **state)
{
    (void)state;
    int fd = mkstemp(file);
    return fd >= 0 ? close(fd) : -1;
}

static int teardown(void **state)
{
    (void)state;
    int r = unlink(file);
    memcpy(file + sizeof file - 7, "XXXXXX", 6);
    return r;
}

static void put(const char *text)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void names_with_their_tokens(void **state)
{
    (void)state;
    char *again = NULL;
    size_t n = 0;
    put("b:" B "\na:" A "\n");
    assert_int_equal(ut_token_list_read(&l, file, &fault), 0);
    assert_int_equal(l.n, 2);
    assert_string_equal(ut_token_list_find(&l, "a")->token, A);
    assert_string_equal(ut_token_list_find(&l, "b")->token, B);
    assert_null(ut_token_list_find(&l, "c"));
    FILE *out = open_memstream(&again, &n);
    assert_non_null(out);
    ut_token_list_write(&l, out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(again, "a:" A "\nb:" B "\n");
    free(again);
    ut_token_list_free(&l);
    assert_int_equal(l.n, 0);
}

/* More than there is room for at first. */
static void it_grows(void **state)
{
    (void)state;
    char name[20];
    for (int i = 999; i >= 0; i--) {
        (void)snprintf(name, sizeof name, "d%03d", i);
        assert_int_equal(ut_token_list_add(&l, name, i % 2 == 0 ? A : B), 0);
    }
    assert_null(ut_token_list_sort(&l));
    assert_string_equal(l.of[0].name, "d000");
    assert_string_equal(ut_token_list_find(&l, "d417")->token, B);
    assert_int_equal(ut_token_list_add(&l, "d417", A), 0);
    assert_string_equal(ut_token_list_sort(&l), "d417");
    ut_token_list_free(&l);
}

static void what_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "a\n",         "a:\n",     "a/b:" A "\n",          ":" A "\n",          "a:" A "0\n",
        "a:" A ":x\n", "a:$7$1\n", "a:" A "\n\nb:" B "\n", "a:" A "\na:" B "\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        put(wrong[i]);
        assert_int_equal(ut_token_list_read(&l, file, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        assert_null(strstr(fault.text, A));
        assert_int_equal(l.n, 0);
    }
    assert_int_equal(chmod(file, 0640), 0);
    assert_int_equal(ut_token_list_read(&l, file, &fault), -1);
    assert_non_null(strstr(fault.text, "chmod 600"));
    assert_int_equal(ut_token_list_read(&l, "/none/tokens", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

static void one_alone(void **state)
{
    (void)state;
    char token[UT_TOKEN_TEXT] = "";
    put(A "\n");
    assert_int_equal(ut_token_list_read_one(file, token, &fault), 0);
    assert_string_equal(token, A);
    static const char *const wrong[] = {"a:" A "\n", A "\n" B "\n", "hello\n", A A "\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        put(wrong[i]);
        assert_int_equal(ut_token_list_read_one(file, token, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        assert_null(strstr(fault.text, A));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(names_with_their_tokens, setup, teardown),
                                       cmocka_unit_test(it_grows),
                                       cmocka_unit_test_setup_teardown(what_is_none, setup, teardown),
                                       cmocka_unit_test_setup_teardown(one_alone, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
