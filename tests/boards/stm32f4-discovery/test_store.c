/* SPDX-License-Identifier: Apache-2.0 */
/* The two pages against a model of the flash: keys, locks, bits that only go from 1 to 0, errors and a stuck busy flag.
 */
#include "boards/board.h"
#include "boards/stm32f4-discovery/registers.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* After an operation error the flash may well hold what was asked for: the flag alone must tell. */
#define OPERR (1U << 1)
enum { SECTOR_WORDS = 128 * 1024 / 4, READ_US = 10 };
#define SECTOR_10 0x080C0000U

static struct {
    uint32_t words[2][SECTOR_WORDS];
    int keys, locked;
    unsigned busy, busy_reads; /* reads that say busy after an operation; now left */
    uint32_t error;            /* raised by the next operation */
    uint32_t weak_bit;         /* an erasure leaves one behind */
    int erased[12], foreign;   /* erasures by sector; writes that would hurt something else */
} flash;

static uint32_t *word_at(uint32_t address)
{
    if (address < SECTOR_10 || address >= SECTOR_10 + sizeof flash.words)
        return NULL;
    return &flash.words[0][0] + (address - SECTOR_10) / 4;
}

static uint32_t model_read(uint32_t address, uint32_t held)
{
    if (word_at(address) != NULL)
        return *word_at(address);
    if (address == TIM_CNT(TIM5)) {
        ut_model_hold(address, held + READ_US);
        return held;
    }
    if (address == FLASH_SR) {
        if (flash.busy > 0) {
            flash.busy--;
            return held | FLASH_SR_BSY;
        }
        return held;
    }
    return held;
}

static void fail_or(uint32_t *error)
{
    *error = flash.error;
    flash.error = 0;
    flash.busy = flash.busy_reads;
}

static uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
{
    uint32_t error = 0;
    if (word_at(address) != NULL) {
        uint32_t cr = ut_model_held(FLASH_CR);
        if (!(cr & FLASH_CR_PG) || flash.locked || (cr >> 8 & 3) != 2) {
            error = 1U << 7; /* PGSERR */
        } else {
            fail_or(&error);
            if ((error & ~OPERR) == 0)
                *word_at(address) &= value;
        }
        ut_model_hold(FLASH_SR, ut_model_held(FLASH_SR) | error);
        return 0;
    }
    if (address >= 0x08000000U && address < 0x09000000U)
        flash.foreign++;
    switch (address) {
    case FLASH_KEYR:
        flash.keys = flash.keys == 0 && value == FLASH_KEY1 ? 1 : flash.keys == 1 && value == FLASH_KEY2 ? 2 : -1;
        if (flash.keys == 2) {
            flash.locked = 0;
            flash.keys = 0;
            ut_model_hold(FLASH_CR, ut_model_held(FLASH_CR) & ~FLASH_CR_LOCK);
        }
        return 0;
    case FLASH_SR:
        return held & ~value; /* written 1 clears */
    case FLASH_CR:
        if (flash.locked)
            return held;
        flash.locked = (value & FLASH_CR_LOCK) != 0;
        if ((value & FLASH_CR_STRT) && (value & FLASH_CR_SER)) {
            unsigned sector = value >> 3 & 15;
            fail_or(&error);
            ut_model_hold(FLASH_SR, ut_model_held(FLASH_SR) | error);
            if ((error & ~OPERR) == 0 && sector < 12)
                flash.erased[sector]++;
            if ((error & ~OPERR) == 0 && (sector == 10 || sector == 11)) {
                memset(flash.words[sector - 10], 0xFF, sizeof flash.words[0]);
                flash.words[sector - 10][17] -= flash.weak_bit;
            }
        }
        return value & ~FLASH_CR_STRT;
    default:
        return value;
    }
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    memset(&flash, 0x5A, sizeof flash.words);
    memset((char *)&flash + sizeof flash.words, 0, sizeof flash - sizeof flash.words);
    flash.locked = 1;
    flash.busy_reads = 20;
    ut_model.read = model_read;
    ut_model.write = model_write;
    ut_model_hold(FLASH_CR, FLASH_CR_LOCK);
    ut_model_hold(FLASH_ACR, FLASH_ACR_LATENCY_5WS | FLASH_ACR_DCEN);
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
        board_store_read(page, 0, out, sizeof out);
        assert_memory_equal(in, out, sizeof in);
        board_store_read(page, 400, out, 8);
        assert_memory_equal(in + 400, out, 8);
    }
    assert_int_equal(flash.erased[10], 1);
    assert_int_equal(flash.erased[11], 1);
    assert_int_equal(flash.foreign, 0);
    assert_true(flash.locked);
    assert_int_equal(ut_model_held(FLASH_ACR), FLASH_ACR_LATENCY_5WS | FLASH_ACR_DCEN);
}

static void test_pages_are_apart(void **state)
{
    (void)state;
    uint8_t in[8] = {1, 2, 3, 4, 5, 6, 7, 8}, out[8];
    board_store_erase(0);
    board_store_erase(1);
    board_store_write(1, 8, in, 8);
    board_store_erase(0);
    board_store_read(1, 8, out, 8);
    assert_memory_equal(in, out, 8);
    for (int sector = 0; sector < 10; sector++)
        assert_int_equal(flash.erased[sector], 0); /* where the image is */
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
    assert_int_equal(flash.erased[10] + flash.erased[11] + flash.foreign, 0);
}

static void test_erase_errors(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 8; bit++) {
        if (!(FLASH_SR_ERRORS >> bit & 1))
            continue;
        setup(NULL);
        flash.error = 1U << bit;
        assert_true(board_store_erase(0) < 0);
        assert_true(flash.locked);
        assert_int_equal(board_store_erase(0), 0); /* an error that is over does not stay */
    }
    flash.weak_bit = 1;
    assert_true(board_store_erase(0) < 0);
}

static void test_write_errors(void **state)
{
    (void)state;
    uint8_t in[4] = {1, 2, 3, 4};
    for (uint32_t bit = 0; bit < 8; bit++) {
        if (!(FLASH_SR_ERRORS >> bit & 1))
            continue;
        setup(NULL);
        board_store_erase(1);
        flash.error = 1U << bit;
        assert_true(board_store_write(1, 0, in, 4) < 0);
        assert_true(flash.locked);
        assert_int_equal(board_store_write(1, 0, in, 4), 0);
    }
    in[0] = 0xFF; /* a bit cannot come back without an erasure */
    assert_true(board_store_write(1, 0, in, 4) < 0);
}

/* A busy flag that stays: it gives up before the watchdog does. */
static void test_stuck(void **state)
{
    (void)state;
    uint8_t in[4] = {0};
    flash.busy_reads = 100000000;
    uint32_t begin = ut_model_held(TIM_CNT(TIM5));
    assert_true(board_store_erase(0) < 0);
    assert_in_range(ut_model_held(TIM_CNT(TIM5)) - begin, 2000000, 2700000);
    assert_true(board_store_write(0, 0, in, 4) < 0);
    assert_true(board_store_erase(1) < 0);
    assert_int_equal(flash.erased[11], 0);
}

static void test_slow(void **state)
{
    (void)state;
    flash.busy_reads = 2000000 / READ_US; /* ST's limit */
    assert_int_equal(board_store_erase(0), 0);
    assert_int_equal(ut_model_held(IWDG_KR), IWDG_KR_RELOAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_write_and_read, setup), cmocka_unit_test_setup(test_pages_are_apart, setup),
        cmocka_unit_test_setup(test_refused, setup),        cmocka_unit_test_setup(test_erase_errors, setup),
        cmocka_unit_test_setup(test_write_errors, setup),   cmocka_unit_test_setup(test_stuck, setup),
        cmocka_unit_test_setup(test_slow, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
