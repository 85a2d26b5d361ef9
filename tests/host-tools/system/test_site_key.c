/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/site_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertone-test-XXXXXX";
static char file[64];
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    fault = (struct ut_fault){0};
    (void)unlink(file);
    return 0;
}

static void put(const char *text, mode_t mode)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(file, mode), 0);
}

static void a_known_hash(void **state)
{
    (void)state;
    struct ut_site_key key;
    char text[UT_CUSTOMER_TEXT];
    assert_int_equal(ut_site_key_parse(&key, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"), 0);
    ut_site_key_customer(&key, "+49 30 123456", text);
    /* Python: hmac.new(bytes(range(32)), b"+49 30 123456", "sha256").hexdigest() */
    assert_string_equal(text, "159f29c1af71fa420859ae507f997714bc23b9bbbe0b280dd9783654bdd1ca9f");
}

static void what_is_made_can_be_read(void **state)
{
    (void)state;
    struct ut_site_key one, two;
    struct stat there;
    assert_int_equal(ut_site_key_make(file, &fault), 0);
    assert_int_equal(stat(file, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0600);
    assert_int_equal(there.st_size, 65);
    assert_int_equal(ut_site_key_read(&one, file, &fault), 0);
    assert_int_equal(ut_site_key_make(file, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_int_equal(ut_site_key_read(&two, file, &fault), 0);
    assert_memory_equal(&one, &two, sizeof one);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(ut_site_key_make(file, &fault), 0);
    assert_int_equal(ut_site_key_read(&two, file, &fault), 0);
    assert_memory_not_equal(&one, &two, sizeof one);
}

static void what_is_no_key(void **state)
{
    (void)state;
    static const char *const bad[] = {"x", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1",
                                      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0",
                                      "000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f",
                                      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\nx\n"};
    struct ut_site_key key;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put(bad[i], 0600);
        assert_int_equal(ut_site_key_read(&key, file, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        assert_non_null(strstr(fault.text, file));
        assert_null(strstr(fault.text, "0001020304"));
    }
}

static void files_that_will_not_do(void **state)
{
    (void)state;
    struct ut_site_key key;
    assert_int_equal(ut_site_key_read(&key, file, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_non_null(strstr(fault.text, "make-key"));
    for (int bit = 001; bit <= 040; bit <<= 1) {
        put("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", (mode_t)(0600 | bit));
        assert_int_equal(ut_site_key_read(&key, file, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        assert_non_null(strstr(fault.text, "chmod 600"));
    }
    assert_int_equal(ut_site_key_make("/dev/null/site.key", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
}

static void what_a_customer_may_be_called(void **state)
{
    (void)state;
    char text[UT_CUSTOMER_KEY_MAX + 2];
    memset(text, 'a', sizeof text);
    text[UT_CUSTOMER_KEY_MAX + 1] = '\0';
    assert_false(ut_site_key_fits(text));
    text[UT_CUSTOMER_KEY_MAX] = '\0';
    assert_true(ut_site_key_fits(text));
    assert_true(ut_site_key_fits("Müller, Zürich"));
    assert_false(ut_site_key_fits(""));
    assert_false(ut_site_key_fits("a\nb"));
    assert_false(ut_site_key_fits("a\x7f"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_known_hash, setup),
        cmocka_unit_test_setup(what_is_made_can_be_read, setup),
        cmocka_unit_test_setup(what_is_no_key, setup),
        cmocka_unit_test_setup(files_that_will_not_do, setup),
        cmocka_unit_test_setup(what_a_customer_may_be_called, setup),
    };
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(file, sizeof file, "%s/site.key", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(file);
    (void)rmdir(folder);
    return failed;
}
