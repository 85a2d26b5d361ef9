/* SPDX-License-Identifier: Apache-2.0 */
/* The areas of releases on this board, and a low supply. */
#include "boards/nrf52840/flash.h"
#include "tests/boards/nrf52840/flash_model.h"

static const struct {
    uint32_t offset, unit, bytes;
} areas[BOARD_AREAS] = {
    {.offset = 0x10000, .unit = 4096, .bytes = 0x40000},
    {.offset = 0x50000, .unit = 4096, .bytes = 0x40000},
    {.offset = 0x4000, .unit = 4096, .bytes = 0x1000},
    {.offset = 0x5000, .unit = 4096, .bytes = 0x1000},
};

#include "tests/boards/flash_test.h"

/* The bootloader's comparator stands still during an operation, warns before one, and stays as it was. */
static void test_a_low_supply(void **state)
{
    (void)state;
    uint8_t out[4];
    ut_model_hold(POWER_POFCON, POWER_POFCON_2_0_V);
    assert_int_equal(board_flash_write(BOARD_SLOT_A, 0, "abcd", 4), 0);
    assert_int_equal(ut_model_held(POWER_POFCON), POWER_POFCON_2_0_V);
    for (int erase = 0; erase < 2; erase++) {
        ut_model_hold(POWER_EVENTS_POFWARN, 1);
        assert_true((erase ? board_flash_erase(BOARD_SLOT_A, 0) : board_flash_write(BOARD_SLOT_A, 4, "efgh", 4)) < 0);
        assert_int_equal(ut_model_held(POWER_POFCON), POWER_POFCON_2_0_V);
        assert_int_equal(ut_model_held(NVMC_CONFIG), NVMC_CONFIG_READ);
        board_flash_read(BOARD_SLOT_A, 4 - 4 * (unsigned)erase, out, 4);
        assert_memory_equal(out, erase ? "abcd" : "\xFF\xFF\xFF\xFF", 4);
    }
    assert_int_equal(board_flash_write(BOARD_SLOT_A, 4, "efgh", 4), 0); /* the supply is back */
    assert_int_equal(board_flash_erase(BOARD_SLOT_A, 0), 0);
    assert_int_equal(flash.unguarded + flash.foreign, 0);
    ut_model_hold(POWER_POFCON, 0); /* without a bootloader: nobody turns it on */
    assert_int_equal(board_flash_write(BOARD_SLOT_A, 0, "abcd", 4), 0);
    assert_int_equal(ut_model_held(POWER_POFCON), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FLASH_TESTS, cmocka_unit_test_setup(test_a_low_supply, setup)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
