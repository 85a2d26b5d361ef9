/* SPDX-License-Identifier: Apache-2.0 */
/* From reset into a slot against a model of the registers: the watchdog first, a try spent, the jump; what the
 * firmware is to find as it was. */
#include "tests/boards/stm32f4-discovery/flash_model.h"

enum { SLOT_A_RUNS = 0x08020000 + 0x200, COUNTER_AT = 0xC000 };

#include "tests/boards/boot_test.h"

static void test_runs_what_is_asked_for(void **state)
{
    (void)state;
    install(BOARD_SLOT_A, 1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    ut_model_hold(RCC_CSR, 0x12345);
    start();
    assert_int_equal(ut_model.jumped, SLOT_A_RUNS);
    assert_int_equal(ut_model_held(IWDG_RLR), 1000);
    assert_int_equal(ut_model_held(IWDG_KR), IWDG_KR_RELOAD);
    assert_int_equal(ut_model_held(TIM_PSC(TIM5)), 15);
    assert_int_equal(ut_model_held(TIM_CR1(TIM5)), 0);
    assert_true(ut_model_held(FLASH_CR) & FLASH_CR_LOCK);
    install(BOARD_SLOT_B, 2);
    for (unsigned i = 0; i < UT_TRAILER_TRIES; i++) {
        start();
        assert_int_equal(ut_model.jumped, 0x08060000 + 0x200);
        assert_int_equal(flash.words[(0x60000 + 0x40000 - UT_TRAILER_BYTES) / 4 + i], 0);
    }
    start();
    assert_int_equal(ut_model.jumped, SLOT_A_RUNS);
    assert_int_equal(ut_model_held(RCC_CSR), 0x12345);
    assert_int_equal(flash.foreign, 0);
}

static void test_open_until_it_is_to_be_locked(void **state)
{
    (void)state;
    install(BOARD_SLOT_A, 1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    board_flash_write(BOARD_FACTORY, 96, "\0\0\0", 4); /* a lock, and nobody whose it could be */
    start();
    assert_int_equal(ut_model.jumped, SLOT_A_RUNS);
    assert_int_equal(board_flash_erase(BOARD_FACTORY, 0), 0);
    provision(UINT32_MAX);
    start();
    assert_int_equal(flash.programmed, 0);
    assert_int_equal(flash.options, 0x0FFFAAEC);
    assert_int_equal(flash.foreign, 0);
}

/* Whatever the option bytes hold: what is missing is added, nothing that closes is opened, level 2 never made. */
static void test_locked(void **state)
{
    (void)state;
    static const struct {
        uint32_t before, after;
    } words[] = {
        {0x0FFFAAEC, 0x0FEE55E0}, /* new */
        {0x0FFF55E0, 0x0FEE55E0}, /* a cut behind the read protection */
        {0x0FFE00E4, 0x0FEE00E0}, /* another level 1, one sector closed */
        {0x0FFFAA00, 0x0FEE5500}, /* hardware watchdog, no standby: as they were */
        {0x0FEECCE0, 0x0FEECCE0}, /* somebody made level 2 */
    };
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        flash_clear();
        install(BOARD_SLOT_A, 1);
        assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
        provision(i % 2 ? 0x4C465455 : 0xFFFF5455); /* whole, or torn */
        flash.options = words[i].before;
        ut_model_hold(FLASH_OPTCR, flash.options | FLASH_OPTCR_OPTLOCK);
        flash.stuck = 1; /* once it cannot be written: it runs all the same, and is tried again */
        start();
        assert_int_equal(ut_model.jumped, SLOT_A_RUNS);
        assert_int_equal(flash.options, words[i].before);
        flash.stuck = 0;
        start();
        assert_int_equal(ut_model.jumped, SLOT_A_RUNS);
        assert_int_equal(flash.options, words[i].after);
        assert_int_equal(flash.programmed, words[i].before != words[i].after);
        assert_true(ut_model_held(FLASH_OPTCR) & FLASH_OPTCR_OPTLOCK);
        start(); /* once is enough */
        assert_int_equal(flash.programmed, words[i].before != words[i].after);
        assert_int_equal(flash.foreign, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOT_TESTS,
        cmocka_unit_test_setup(test_runs_what_is_asked_for, setup),
        cmocka_unit_test_setup(test_open_until_it_is_to_be_locked, setup),
        cmocka_unit_test_setup(test_locked, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
