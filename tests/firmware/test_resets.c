/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/resets.h"
#include "firmware/version.h"
#include "tests/firmware/store_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_store store;

static int setup(void **state)
{
    (void)state;
    memset(store_memory, 0xFF, sizeof store_memory);
    store_memory_erasures = 0;
    return ut_store_mount(&store);
}

static void note(int cause, unsigned boots, uint32_t pc)
{
    const struct board_crash crash = {.cause = (uint8_t)cause,
                                      .exception = 3,
                                      .pc = pc,
                                      .lr = pc + 1,
                                      .boots = (uint16_t)boots,
                                      .mark = ut_resets_mark(1)};
    ut_resets_note(&store, &crash);
}

/* The place of the fault in the nth entry, -1 = there is none. */
static int place(int n)
{
    uint8_t e[UT_RESET_BYTES];
    return ut_resets_get(&store, n, e) == 0 ? e[8] | e[9] << 8 : -1;
}

static void test_the_newest_sixteen(void **state)
{
    (void)state;
    assert_int_equal(place(0), -1);
    note(BOARD_RESET_POWER, 1, 99);
    assert_int_equal(place(0), -1);
    for (int i = 0; i < 40; i++) {
        note(BOARD_RESET_FAULT, 2, (uint32_t)i);
        assert_int_equal(place(0), i);
        assert_int_equal(place(15), i - 15 >= 0 ? i - 15 : -1);
        assert_int_equal(place(16), -1);
    }
    assert_int_equal(ut_store_mount(&store), 0); /* power, or another image */
    for (int n = 0; n < UT_STORE_RESETS; n++)
        assert_int_equal(place(n), 39 - n);
}

static void test_what_an_entry_says(void **state)
{
    (void)state;
    uint8_t e[UT_RESET_BYTES];
    note(BOARD_RESET_WATCHDOG, 0x0102, 0x04030201);
    assert_int_equal(ut_resets_get(&store, 0, e), UT_ERR_ABSENT); /* the 258th start */
    note(BOARD_RESET_WATCHDOG, 0x0100, 0x04030201);
    assert_int_equal(ut_resets_get(&store, 0, e), 0);
    const uint8_t expected[UT_RESET_BYTES] = {0,
                                              0,
                                              BOARD_RESET_WATCHDOG,
                                              3,
                                              0xA1,
                                              UT_VERSION_MAJOR,
                                              UT_VERSION_MINOR,
                                              UT_VERSION_PATCH,
                                              1,
                                              2,
                                              3,
                                              4,
                                              2,
                                              2,
                                              3,
                                              4,
                                              0,
                                              1};
    assert_memory_equal(e, expected, sizeof e);
    assert_int_equal(ut_resets_mark(-1) & 0xFF, 0xAF);
}

/* A headset that stumbles every few seconds for a week, and one whose battery cannot start it. */
static void test_stumbling_does_not_wear_the_memory(void **state)
{
    (void)state;
    for (unsigned start = 2; start < 100000; start++)
        note(BOARD_RESET_WATCHDOG, start < 65535 ? start : 65535, start);
    assert_int_equal(place(0), 32768);
    assert_true(store_memory_erasures <= 3);
    for (int i = 0; i < 100000; i++)
        note(BOARD_RESET_BROWNOUT, 1, 0);
    assert_true(store_memory_erasures <= 3);
}

static void test_a_memory_that_fails(void **state)
{
    (void)state;
    note(BOARD_RESET_FAULT, 2, 7);
    store_memory_broken = 1;
    note(BOARD_RESET_FAULT, 3, 8);
    store_memory_broken = 0;
    assert_int_equal(ut_store_mount(&store), 0);
    assert_int_equal(place(0), 7);
}

/* The count of entries wraps: the order stays. */
static void test_the_count_wraps(void **state)
{
    (void)state;
    uint8_t e[UT_RESET_BYTES] = {0xFE, 0xFF};
    assert_int_equal(ut_store_set(&store, UT_STORE_RESET_0 + 14, e, sizeof e), 0);
    for (uint32_t i = 1; i < 6; i++)
        note(BOARD_RESET_FAULT, 2, i);
    for (int n = 0; n < 5; n++)
        assert_int_equal(place(n), 5 - n);
    assert_int_equal(place(5), 0);
    assert_int_equal(place(6), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_newest_sixteen, setup),
        cmocka_unit_test_setup(test_what_an_entry_says, setup),
        cmocka_unit_test_setup(test_stumbling_does_not_wear_the_memory, setup),
        cmocka_unit_test_setup(test_a_memory_that_fails, setup),
        cmocka_unit_test_setup(test_the_count_wraps, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
