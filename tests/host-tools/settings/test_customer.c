/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/customer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertone-test-XXXXXX";
static char file[64];
static struct ut_config config;
static struct ut_customer_key key;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    fault = (struct ut_fault){0};
    key = (struct ut_customer_key){0};
    ut_config_defaults(&config);
    return ut_config_set(&config, "customer", "site_key", file, "test", &fault);
}

static void a_key_leaves_the_command_line(void **state)
{
    (void)state;
    char word[] = "4711 Smith", text[UT_CUSTOMER_TEXT], again[UT_CUSTOMER_TEXT];
    const struct ut_option o = {"customer-key", "KEY", "", ut_customer_take, .place = 0};
    assert_int_equal(ut_customer_take(&o, word, &key, &fault), 0);
    assert_string_equal(word, "**********");
    assert_true(key.given);
    assert_int_equal(ut_customer_hash(&key, &config, text, &fault), 0);
    assert_int_equal(strlen(text), UT_CUSTOMER_TEXT - 1);
    for (size_t i = 0; i < sizeof key.text; i++)
        assert_int_equal(key.text[i], 0);
    char same[] = "4711 Smith";
    assert_int_equal(ut_customer_word(&key, same, "KEY", &fault), 0);
    assert_int_equal(ut_customer_hash(&key, &config, again, &fault), 0);
    assert_string_equal(again, text);
}

static void none_given_needs_no_site_key(void **state)
{
    (void)state;
    char text[UT_CUSTOMER_TEXT] = "x";
    ut_config_defaults(&config);
    assert_int_equal(ut_customer_hash(&key, &config, text, &fault), 0);
    assert_string_equal(text, "");
}

static void a_key_needs_a_site_key(void **state)
{
    (void)state;
    char word[] = "4711 Smith", text[UT_CUSTOMER_TEXT];
    ut_config_defaults(&config);
    assert_int_equal(ut_customer_word(&key, word, "KEY", &fault), 0);
    assert_int_equal(ut_customer_hash(&key, &config, text, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
    assert_non_null(strstr(fault.text, "make-key"));
    assert_null(strstr(fault.text, "Smith"));
    assert_string_equal(text, "");
    assert_string_equal(key.text, "");
}

static void what_is_no_key_is_not_repeated(void **state)
{
    (void)state;
    char word[] = "Smith\n", none[] = "";
    assert_int_equal(ut_customer_word(&key, word, "customer: KEY", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_non_null(strstr(fault.text, "customer: KEY"));
    assert_null(strstr(fault.text, "Smith"));
    assert_string_equal(word, "******");
    assert_int_equal(ut_customer_word(&key, none, "KEY", &fault), -1);
    assert_false(key.given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_key_leaves_the_command_line, setup),
        cmocka_unit_test_setup(none_given_needs_no_site_key, setup),
        cmocka_unit_test_setup(a_key_needs_a_site_key, setup),
        cmocka_unit_test_setup(what_is_no_key_is_not_repeated, setup),
    };
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(file, sizeof file, "%s/site.key", folder);
    if (ut_site_key_make(file, &fault) != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(file);
    (void)rmdir(folder);
    return failed;
}
