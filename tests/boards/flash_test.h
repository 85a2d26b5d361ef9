/* SPDX-License-Identifier: Apache-2.0 */
/* The areas of releases against a model of a board's flash: where they lie, what is refused, a bad cell. Included once,
 * behind the board's model and `areas`, where they lie on it. */
#ifndef UT_TESTS_BOARDS_FLASH_TEST_H
#define UT_TESTS_BOARDS_FLASH_TEST_H

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
    for (unsigned i = 0; i < BOARD_AREAS; i++) {
        enum board_area area = (enum board_area)i;
        assert_int_equal(board_area_place[area].offset, areas[i].offset);
        assert_int_equal(board_area_place[area].bytes, areas[i].bytes);
        assert_int_equal(board_area_place[area].unit, areas[i].unit);
        uint8_t out[8];
        assert_int_equal(board_flash_write(area, areas[i].bytes - 8, "12345678", 8), 0);
        assert_int_equal(flash.words[(areas[i].offset + areas[i].bytes - 4) / 4], 0x38373635);
        board_flash_read(area, areas[i].bytes - 8, out, 8);
        assert_memory_equal(out, "12345678", 8);
    }
    assert_int_equal(flash.foreign, 0);
}

static void test_each_unit_is_its_own(void **state)
{
    (void)state;
    int units = 0;
    memset(flash.words, 0x5A, sizeof flash.words);
    for (unsigned i = 0; i < BOARD_AREAS; i++) {
        enum board_area area = (enum board_area)i;
        uint32_t unit = board_area_place[area].unit;
        for (uint32_t at = 0; at < board_area_place[area].bytes; at += unit, units++)
            assert_int_equal(board_flash_erase(area, at), 0);
    }
    for (uint32_t at = 0; at < FLASH_BYTES; at += 4) {
        int mine = 0;
        for (unsigned i = 0; i < BOARD_AREAS; i++)
            mine |= at - board_area_place[i].offset < board_area_place[i].bytes;
        assert_int_equal(flash.words[at / 4], mine ? 0xFFFFFFFFU : 0x5A5A5A5AU);
    }
    assert_int_equal(flash.foreign, 0);
    assert_int_equal(flash.erased, units);
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

#define FLASH_TESTS                                                                                                    \
    cmocka_unit_test_setup(test_where_areas_lie, setup), cmocka_unit_test_setup(test_each_unit_is_its_own, setup),     \
        cmocka_unit_test_setup(test_refused, setup), cmocka_unit_test_setup(test_worn_out, setup)

#endif
