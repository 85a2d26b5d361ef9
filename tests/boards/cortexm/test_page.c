/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of flash: which pieces there are, the order of bytes, one wrong word anywhere, a controller that is slow. */
#include "boards/cortexm/page.h"

#include "boards/board.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { PAGE = 0x40000, BUSY = 0x50000000, READ_US = 3 };

static uint32_t now_us, ready_us;

uint32_t board_time_us(void)
{
    return now_us;
}

static uint32_t model_read(uint32_t address, uint32_t held)
{
    if (address != BUSY)
        return held;
    now_us += READ_US;
    return (int32_t)(now_us - ready_us) >= 0 ? 0x6 : 0xF;
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    ut_model.read = model_read;
    for (uint32_t at = 0; at < BOARD_STORE_PAGE_BYTES; at += 4)
        ut_model_hold(PAGE + at, UINT32_MAX);
    return 0;
}

static void test_pieces(void **state)
{
    (void)state;
    static const struct {
        unsigned page;
        size_t at, len;
        int bad;
    } cases[] = {
        {0, 0, 0, 0},
        {1, 0, BOARD_STORE_PAGE_BYTES, 0},
        {0, BOARD_STORE_PAGE_BYTES, 0, 0},
        {0, BOARD_STORE_PAGE_BYTES - 4, 4, 0},
        {2, 0, 0, 1},
        {0, 0, BOARD_STORE_PAGE_BYTES + 4, 1},
        {0, BOARD_STORE_PAGE_BYTES - 4, 8, 1},
        {0, BOARD_STORE_PAGE_BYTES + 4, 0, 1},
        {0, SIZE_MAX - 3, 8, 1},
        {0, 8, SIZE_MAX - 3, 1},
        {0, 2, 4, 1},
        {0, 4, 3, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(ut_page_bad(cases[i].page, cases[i].at, cases[i].len) != 0, cases[i].bad);
}

static void test_order_of_bytes(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x78, 0x56, 0x34, 0xF2, 1, 2, 3, 4};
    uint8_t out[9] = {0};
    assert_int_equal(ut_page_word(bytes), 0xF2345678U);
    ut_model_hold(PAGE + 8, ut_page_word(bytes));
    ut_model_hold(PAGE + 12, ut_page_word(bytes + 4));
    ut_page_read(PAGE + 8, out, 8);
    assert_memory_equal(out, bytes, sizeof bytes);
    assert_int_equal(out[8], 0);
}

static void test_one_wrong_word(void **state)
{
    (void)state;
    uint8_t bytes[BOARD_STORE_PAGE_BYTES];
    memset(bytes, 0xFF, sizeof bytes);
    for (uint32_t at = 0; at < BOARD_STORE_PAGE_BYTES; at += 4) {
        assert_int_equal(ut_page_check_erased(PAGE, BOARD_STORE_PAGE_BYTES), 0);
        assert_int_equal(ut_page_check_holds(PAGE, bytes, sizeof bytes), 0);
        ut_model_hold(PAGE + at, UINT32_MAX & ~(1U << at % 32));
        assert_true(ut_page_check_erased(PAGE, BOARD_STORE_PAGE_BYTES) < 0);
        assert_true(ut_page_check_holds(PAGE, bytes, sizeof bytes) < 0);
        assert_int_equal(ut_page_check_holds(PAGE, bytes, at), 0); /* what lies before */
        ut_model_hold(PAGE + at, UINT32_MAX);
    }
}

static void test_wait(void **state)
{
    (void)state;
    static const uint32_t begins[] = {0, UINT32_MAX - 50}; /* there the clock wraps meanwhile */
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        now_us = begins[i];
        ready_us = now_us + 90;
        assert_int_equal(ut_page_wait(BUSY, 9, 0, 100), 0);
        uint32_t begin = now_us;
        ready_us = now_us + 1000000;
        assert_true(ut_page_wait(BUSY, 9, 0, 100) < 0);
        assert_in_range(now_us - begin, 100, 110);
        assert_int_equal(ut_page_wait(BUSY, 6, 6, 0), 0); /* other bits than those asked for */
    }
}

const struct board_area_place board_area_place[BOARD_AREAS] = {[BOARD_SLOT_B] = {0x1000, 64, 32}};

static void test_pieces_of_an_area(void **state)
{
    (void)state;
    assert_false(ut_page_outside(BOARD_SLOT_B, 0, 64));
    assert_false(ut_page_outside(BOARD_SLOT_B, 64, 0));
    assert_true(ut_page_outside(BOARD_SLOT_B, 4, 64));
    assert_true(ut_page_outside(BOARD_SLOT_B, 68, 0));
    assert_true(ut_page_outside(BOARD_SLOT_B, 60, SIZE_MAX - 59));
    assert_true(ut_page_outside(BOARD_SLOT_B, 2, 4));
    assert_true(ut_page_outside(BOARD_SLOT_B, 4, 2));
    assert_true(ut_page_outside(BOARD_SLOT_A, 0, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_pieces, setup),         cmocka_unit_test(test_pieces_of_an_area),
        cmocka_unit_test_setup(test_order_of_bytes, setup), cmocka_unit_test_setup(test_one_wrong_word, setup),
        cmocka_unit_test_setup(test_wait, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
