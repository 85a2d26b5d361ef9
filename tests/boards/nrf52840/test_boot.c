/* SPDX-License-Identifier: Apache-2.0 */
/* From reset into a slot against a model of the registers: the watchdog first, a try spent, the jump; what the
 * firmware is to find as it was. */
#include "tests/boards/nrf52840/flash_model.h"

enum { SLOT_A_RUNS = 0x10000 + 0x200, COUNTER_AT = 0x4000 };

#include "tests/boards/boot_test.h"

static void test_runs_what_is_asked_for(void **state)
{
    (void)state;
    install(BOARD_SLOT_A, 1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    ut_model_hold(POWER_RESETREAS, 0x12345);
    start();
    assert_int_equal(ut_model.jumped, SLOT_A_RUNS);
    assert_int_equal(ut_model_held(WDT_CRV), 4 * 32768 - 1);
    assert_int_equal(ut_model_held(WDT_TASKS_START), 1);
    assert_int_equal(ut_model_held(WDT_RR0), WDT_RR_RELOAD);
    assert_int_equal(ut_model_held(WDT_INTENSET), 0);
    assert_int_equal(ut_model_held(TIMER1_TASKS_STOP), 1);
    install(BOARD_SLOT_B, 2);
    for (unsigned i = 0; i < UT_TRAILER_TRIES; i++) {
        start();
        assert_int_equal(ut_model.jumped, 0x50000 + 0x200);
        assert_int_equal(flash.words[(0x50000 + 0x40000 - UT_TRAILER_BYTES) / 4 + i], 0);
    }
    start();
    assert_int_equal(ut_model.jumped, SLOT_A_RUNS);
    assert_int_equal(ut_model_held(POWER_RESETREAS), 0x12345);
    assert_int_equal(flash.foreign, 0);
}

static void test_open_until_it_is_to_be_locked(void **state)
{
    (void)state;
    install(BOARD_SLOT_A, 1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    board_flash_write(BOARD_FACTORY, 96, "\0\0\0", 4); /* a lock, and nobody whose it could be */
    flash.uicr = 0xFFFFFF5A;                           /* as a tool leaves a chip that it opened */
    start();
    assert_int_equal(ut_model.jumped, SLOT_A_RUNS);
    assert_int_equal(flash.uicr, 0xFFFFFF5A);
    assert_int_equal(ut_model_held(APPROTECT_DISABLE), 0x5A);
    assert_int_equal(ut_model_held(ACL_PERM(0)) | ut_model_held(ACL_PERM(1)), 0);
    assert_int_equal(ut_model_held(POWER_POFCON), POWER_POFCON_2_0_V);
    assert_int_equal(board_flash_erase(BOARD_FACTORY, 0), 0);
    provision(UINT32_MAX);
    start();
    assert_int_equal(flash.uicr, 0xFFFFFF5A);
    assert_int_equal(ut_model_held(ACL_PERM(0)), 0);
}

/* From the first start on, whatever UICR holds, and again where a word was torn or the memory failed. */
static void test_locked(void **state)
{
    (void)state;
    static const uint32_t before[] = {UINT32_MAX, 0xFFFFFF5A, 0xFFFFFF7F, 0xFFFFFF01};
    for (unsigned i = 0; i < sizeof before / sizeof before[0]; i++) {
        flash_clear();
        install(BOARD_SLOT_A, 1);
        assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
        provision(i % 2 ? 0x4C465455 : 0xFFFF5455); /* whole, or torn */
        flash.uicr = before[i];
        flash.stuck = 1; /* once it cannot be written: it runs all the same, and is tried again */
        start();
        assert_int_equal(ut_model.jumped, SLOT_A_RUNS);
        assert_int_equal(flash.uicr, before[i]);
        flash.stuck = 0;
        start();
        assert_int_equal(ut_model.jumped, SLOT_A_RUNS);
        assert_int_equal(flash.uicr, 0xFFFFFF00);
        assert_int_equal(ut_model_held(APPROTECT_FORCEPROTECT), 0);
        assert_int_equal(ut_model_held(ACL_ADDR(0)), 0);
        assert_int_equal(ut_model_held(ACL_SIZE(0)), 0x6000); /* bootloader, counter, factory page */
        assert_int_equal(ut_model_held(ACL_PERM(0)), 2);
        assert_int_equal(ut_model_held(ACL_ADDR(1)), 0x10000);
        assert_int_equal(ut_model_held(ACL_SIZE(1)), 0x3F000); /* not the trailer's page */
        assert_int_equal(ut_model_held(ACL_PERM(1)), 2);
        start();
        assert_int_equal(ut_model_held(APPROTECT_DISABLE), 0);
        assert_int_equal(flash.foreign, 0);
    }
    install(BOARD_SLOT_B, 2);
    start();
    assert_int_equal(ut_model.jumped, 0x50000 + 0x200);
    assert_int_equal(ut_model_held(ACL_ADDR(1)), 0x50000);
}

/* What the bootloader does before the locks: choosing writes the counter and a try, which they would refuse. */
static uint32_t wrote_after_lock;

static uint32_t write_in_order(uint32_t address, uint32_t held, uint32_t value)
{
    if (address < FLASH_BYTES)
        wrote_after_lock += ut_model_held(ACL_PERM(0)) != 0;
    return flash_write(address, held, value);
}

static void test_flash_is_written_before_it_is_closed(void **state)
{
    (void)state;
    provision(0);
    install(BOARD_SLOT_A, 1);
    install(BOARD_SLOT_B, 2);
    wrote_after_lock = 0;
    ut_model.write = write_in_order;
    start();
    assert_int_equal(ut_model.jumped, 0x50000 + 0x200);
    assert_int_equal(flash.words[(0x50000 + 0x40000 - UT_TRAILER_BYTES) / 4], 0); /* the try */
    assert_int_equal(ut_model_held(ACL_PERM(0)), 2);
    assert_int_equal(wrote_after_lock, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOT_TESTS,
        cmocka_unit_test_setup(test_runs_what_is_asked_for, setup),
        cmocka_unit_test_setup(test_open_until_it_is_to_be_locked, setup),
        cmocka_unit_test_setup(test_locked, setup),
        cmocka_unit_test_setup(test_flash_is_written_before_it_is_closed, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
