/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/holdout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t DAY = 86400000, MONDAY = 1769385600000; /* 2026-01-26 */

static struct ut_config config;
static struct ut_fault fault;
static struct ut_holdout h;

static void set(const char *section, const char *key, const char *value)
{
    assert_int_equal(ut_config_set(&config, section, key, value, "test", &fault), 0);
}

static int setup(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    fault = (struct ut_fault){0};
    return 0;
}

static void nobody_is_held_out_unless_asked_for(void **state)
{
    (void)state;
    assert_int_equal(ut_holdout_init(&h, &config, &fault), 0);
    for (int week = 0; week < 1000; week++)
        assert_false(ut_holdout_held(&h, MONDAY + week * 7 * DAY));
}

static void it_takes_a_desk_and_a_key(void **state)
{
    (void)state;
    set("effect", "holdout", "10");
    assert_int_equal(ut_holdout_init(&h, &config, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
    assert_non_null(strstr(fault.text, "[effect] desk"));
    set("mqtt", "device", "desk-4");
    assert_int_equal(ut_holdout_init(&h, &config, &fault), -1);
    assert_non_null(strstr(fault.text, "site_key"));
    set("customer", "site_key", "/no/such/key");
    assert_int_equal(ut_holdout_init(&h, &config, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

/* The same from Monday to Sunday, another draw for each desk, week and key; so many of them as were asked for. */
static void weeks_of_desks_are_drawn(void **state)
{
    (void)state;
    char file[] = "/tmp/undertone-test-XXXXXX/key";
    char *slash = strrchr(file, '/');
    int held = 0, same = 0, n = 0;
    *slash = '\0';
    assert_non_null(mkdtemp(file));
    *slash = '/';
    assert_int_equal(ut_site_key_make(file, &fault), 0);
    set("effect", "holdout", "10");
    set("customer", "site_key", file);
    set("effect", "desk", "desk-1");
    assert_int_equal(ut_holdout_init(&h, &config, &fault), 0);
    struct ut_holdout other = h;
    other.key.bytes[0] ^= 1;
    for (int desk = 0; desk < 40; desk++) {
        (void)snprintf(h.desk, sizeof h.desk, "desk-%d", desk);
        memcpy(other.desk, h.desk, sizeof h.desk);
        for (int week = 0; week < 100; week++) {
            int64_t monday = MONDAY + week * 7 * DAY;
            bool now = ut_holdout_held(&h, monday);
            held += now;
            same += now && ut_holdout_held(&other, monday);
            n++;
            assert_int_equal(ut_holdout_held(&h, monday + 7 * DAY - 1), now);
        }
    }
    assert_true(held > n * 8 / 100 && held < n * 12 / 100); /* the odds of that being wrong: 1 in 30,000 */
    assert_true(same < held / 4);
    (void)remove(file);
    *slash = '\0';
    (void)rmdir(file);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_held_out_unless_asked_for),
        TEST(it_takes_a_desk_and_a_key),
        TEST(weeks_of_desks_are_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
