/* SPDX-License-Identifier: Apache-2.0 */
/* The areas of releases against a model of the flash: where they lie, what is refused, a bad cell. */
#include "boards/nrf52840/flash.h"
#include "tests/boards/nrf52840/flash_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int setup(void **state)
{
    (void)state;
    flash_clear();
    return 0;
}

static void test_where_areas_lie(void **state)
{
    (void)state;
    static const uint32_t begin[BOARD_AREAS] = {0x10000, 0x50000, 0x4000, 0x5000};
    static const uint32_t unit[BOARD_AREAS] = {4096, 4096, 4096, 4096};
    static const uint32_t bytes[BOARD_AREAS] = {0x40000, 0x40000, 0x1000, 0x1000};
    for (unsigned i = 0; i < BOARD_AREAS; i++) {
        enum board_area area = (enum board_area)i;
        assert_int_equal(board_area_place[area].offset, begin[i]);
        assert_int_equal(board_area_place[area].bytes, bytes[i]);
        assert_int_equal(board_area_place[area].unit, unit[i]);
        uint8_t out[8];
        assert_int_equal(board_flash_write(area, bytes[i] - 8, "12345678", 8), 0);
        assert_int_equal(flash.words[(begin[i] + bytes[i] - 4) / 4], 0x38373635);
        board_flash_read(area, bytes[i] - 8, out, 8);
        assert_memory_equal(out, "12345678", 8);
    }
    assert_int_equal(flash.foreign, 0);
}

static void test_each_unit_is_its_own(void **state)
{
    (void)state;
    memset(flash.words, 0x5A, sizeof flash.words);
    for (unsigned i = 0; i < BOARD_AREAS; i++) {
        enum board_area area = (enum board_area)i;
        uint32_t unit = board_area_place[area].unit;
        for (uint32_t at = 0; at < board_area_place[area].bytes; at += unit)
            assert_int_equal(board_flash_erase(area, at), 0);
    }
    for (uint32_t at = 0; at < FLASH_BYTES; at += 4) {
        int mine = 0;
        for (unsigned i = 0; i < BOARD_AREAS; i++)
            mine |= at - board_area_place[i].offset < board_area_place[i].bytes;
        assert_int_equal(flash.words[at / 4], mine ? 0xFFFFFFFFU : 0x5A5A5A5AU);
    }
    assert_int_equal(flash.foreign, 0);
    assert_int_equal(flash.erased, 64 + 64 + 1 + 1);
}

static void test_refused(void **state)
{
    (void)state;
    uint8_t bytes[8] = {0};
    assert_true(board_flash_write(BOARD_SLOT_A, 0x40000, bytes, 4) < 0);
    assert_true(board_flash_write(BOARD_SLOT_A, 0x3FFFC, bytes, 8) < 0);
    assert_true(board_flash_write(BOARD_SLOT_B, 2, bytes, 4) < 0);
    assert_true(board_flash_write(BOARD_SLOT_B, 4, bytes, 3) < 0);
    assert_true(board_flash_erase(BOARD_SLOT_B, 0x40000) < 0);
    assert_true(board_flash_erase(BOARD_SLOT_B, 4) < 0);
    memset(bytes, 0x77, sizeof bytes);
    board_flash_read(BOARD_SLOT_B, 0x3FFFC, bytes, 8);
    assert_int_equal(bytes[0], 0x77);
    assert_int_equal(flash.erased + flash.foreign, 0);
}

static void test_worn_out(void **state)
{
    (void)state;
    assert_int_equal(board_flash_write(BOARD_SLOT_A, 0, "abcd", 4), 0);
    assert_true(board_flash_write(BOARD_SLOT_A, 0, "abce", 4) < 0); /* a bit that would have to become 1 again */
    flash.weak_bit = 1U << 9;
    assert_true(board_flash_erase(BOARD_SLOT_A, 0) < 0);
    assert_true(board_flash_write(BOARD_SLOT_B, 0, "\377\377\377\377", 4) < 0);
}

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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_where_areas_lie, setup), cmocka_unit_test_setup(test_each_unit_is_its_own, setup),
        cmocka_unit_test_setup(test_refused, setup),         cmocka_unit_test_setup(test_worn_out, setup),
        cmocka_unit_test_setup(test_a_low_supply, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
