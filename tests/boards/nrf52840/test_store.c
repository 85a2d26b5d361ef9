/* SPDX-License-Identifier: Apache-2.0 */
/* The two pages against a model of the flash: modes, bits that only go from 1 to 0, a bad word, a stuck busy flag. */
#include "boards/board.h"
#include "boards/nrf52840/registers.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { FIRST = 0xFE000, PAGE_WORDS = 1024, READ_US = 1 };

static struct {
    uint32_t words[2][PAGE_WORDS];
    uint32_t now_us;
    unsigned long busy, erase_busy, write_busy; /* reads that say busy: now; after an operation */
    int erased, foreign;                        /* operations that would hurt something else */
    uint32_t weak_bit;                          /* that an erasure or a write leaves behind */
} flash;

static uint32_t *word_at(uint32_t address)
{
    if (address < FIRST || address >= FIRST + sizeof flash.words)
        return NULL;
    return &flash.words[0][0] + (address - FIRST) / 4;
}

static uint32_t model_read(uint32_t address, uint32_t held)
{
    if (word_at(address) != NULL)
        return *word_at(address);
    if (address == NVMC_READY) {
        if (flash.busy > 0)
            flash.busy--;
        return flash.busy == 0;
    }
    return held;
}

static uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
{
    (void)held;
    uint32_t mode = ut_model_held(NVMC_CONFIG);
    if (address == TIMER1_TASKS_CAPTURE(0)) {
        flash.now_us += READ_US;
        ut_model_hold(TIMER1_CC(0), flash.now_us);
    }
    if (address == NVMC_ERASEPAGE) {
        assert_int_equal(mode, NVMC_CONFIG_ERASE);
        if (value != FIRST && value != FIRST + 4096) {
            flash.foreign++;
            return value;
        }
        memset(word_at(value), 0xFF, sizeof flash.words[0]);
        word_at(value)[17] &= ~flash.weak_bit;
        flash.erased++;
        flash.busy = flash.erase_busy;
    }
    if (word_at(address) != NULL) {
        assert_int_equal(mode, NVMC_CONFIG_WRITE);
        assert_int_equal(flash.busy, 0);
        *word_at(address) &= value & ~flash.weak_bit;
        flash.busy = flash.write_busy;
    } else if (address < 0x100000U) {
        flash.foreign++;
    }
    return value;
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    memset(&flash, 0x5A, sizeof flash.words);
    memset((char *)&flash + sizeof flash.words, 0, sizeof flash - sizeof flash.words);
    flash.erase_busy = 85000 / READ_US; /* Nordic's figures */
    flash.write_busy = 41 / READ_US;
    ut_model.read = model_read;
    ut_model.write = model_write;
    return 0;
}

static void test_write_and_read(void **state)
{
    (void)state;
    uint8_t in[BOARD_STORE_PAGE_BYTES], out[BOARD_STORE_PAGE_BYTES];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 31 + i / 256);
    for (unsigned page = 0; page < BOARD_STORE_PAGES; page++) {
        assert_int_equal(board_store_erase(page), 0);
        board_store_read(page, 0, out, sizeof out);
        for (size_t i = 0; i < sizeof out; i++)
            assert_int_equal(out[i], 0xFF);
        assert_int_equal(board_store_write(page, 0, in, 100), 0);
        assert_int_equal(board_store_write(page, 100, in + 100, sizeof in - 100), 0);
    }
    assert_int_equal(board_store_erase(0), 0);
    board_store_read(1, 0, out, sizeof out);
    assert_memory_equal(in, out, sizeof in); /* the pages are apart */
    board_store_read(1, 400, out, 8);
    assert_memory_equal(in + 400, out, 8);
    assert_int_equal(flash.erased, 3);
    assert_int_equal(flash.foreign, 0);
    assert_int_equal(ut_model_held(NVMC_CONFIG), NVMC_CONFIG_READ);
}

static void test_refused(void **state)
{
    (void)state;
    uint8_t in[8] = {0};
    assert_true(board_store_erase(2) < 0);
    assert_true(board_store_write(0, 2, in, 4) < 0);
    assert_true(board_store_write(0, 0, in, 3) < 0);
    assert_true(board_store_write(0, BOARD_STORE_PAGE_BYTES, in, 4) < 0);
    assert_true(board_store_write(0, 4, in, BOARD_STORE_PAGE_BYTES) < 0);
    assert_int_equal(flash.erased + flash.foreign, 0);
}

static void test_worn_out(void **state)
{
    (void)state;
    uint8_t in[4] = {0xFF, 0xFF, 0, 0};
    assert_int_equal(board_store_erase(1), 0);
    flash.weak_bit = 1U << 9;
    assert_true(board_store_write(1, 0, in, 4) < 0);
    assert_true(board_store_erase(1) < 0);
    assert_int_equal(ut_model_held(NVMC_CONFIG), NVMC_CONFIG_READ);
}

static void test_stuck(void **state)
{
    (void)state;
    uint8_t in[8] = {0};
    flash.erase_busy = 1000000000;
    assert_true(board_store_erase(0) < 0);
    assert_in_range(flash.now_us, 100000, 2000000); /* beyond what an erasure takes, below the watchdog's period */
    assert_int_equal(ut_model_held(NVMC_CONFIG), NVMC_CONFIG_READ);
    assert_true(board_store_write(0, 0, in, 8) < 0);
    assert_true(board_store_erase(1) < 0);
    assert_int_equal(flash.erased, 1);
    setup(NULL);
    board_store_erase(0);
    flash.write_busy = 1000000000;
    assert_true(board_store_write(0, 0, in, 8) < 0);
    assert_int_equal(flash.words[0][1], 0xFFFFFFFFU);
    assert_int_equal(ut_model_held(NVMC_CONFIG), NVMC_CONFIG_READ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_write_and_read, setup),
        cmocka_unit_test_setup(test_refused, setup),
        cmocka_unit_test_setup(test_worn_out, setup),
        cmocka_unit_test_setup(test_stuck, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
