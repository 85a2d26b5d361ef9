/* SPDX-License-Identifier: Apache-2.0 */
/* A board for the tests of pairing: random bytes that repeat, a store in memory whose power fails when told, a person
 * who answers as told. It defines the functions of boards/board.h, so one file of a program includes it. */
#ifndef UT_TESTS_FIRMWARE_BLE_SEAM_H
#define UT_TESTS_FIRMWARE_BLE_SEAM_H

#include "boards/board.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <string.h>

static struct {
    uint32_t noise; /* 0 = no source of random bytes */
    enum board_pairing pairing;
    uint32_t code; /* on the display */
    int shows;     /* codes shown since the start */
    int answer;
    int open;   /* pairing mode, as shown */
    int agreed; /* 1 = yes was said to the code shown last */
    uint8_t memory[BOARD_STORE_PAGES][BOARD_STORE_PAGE_BYTES];
    int store_fails;
    int words;      /* written or erased since the start */
    int words_left; /* until the power goes, negative = it stays */
    jmp_buf power_cut;
} seam;

static void seam_reset(void)
{
    memset(&seam, 0, sizeof seam);
    memset(seam.memory, 0xFF, sizeof seam.memory);
    seam.noise = 0x2545F491;
    seam.pairing = BOARD_PAIRING_DISPLAY_YES_NO;
    seam.code = BOARD_CODE_HIDE;
    seam.answer = -1;
    seam.words_left = -1;
}

int board_random(uint8_t *to, size_t len)
{
    if (seam.noise == 0)
        return -1;
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)(ut_signal_random(&seam.noise) >> 11);
    return 0;
}

enum board_pairing board_pairing(void)
{
    return seam.pairing;
}

void board_pairing_show(uint32_t code)
{
    seam.code = code;
    seam.shows += code != BOARD_CODE_HIDE;
    if (code != BOARD_CODE_HIDE)
        seam.agreed = 0;
}

void board_pairing_mode(int open)
{
    seam.open = open;
}

int board_pairing_confirmed(void)
{
    seam.agreed |= seam.answer == 1;
    return seam.answer;
}

static void seam_spend_power(void)
{
    seam.words++;
    if (seam.words_left == 0)
        longjmp(seam.power_cut, 1);
    if (seam.words_left > 0)
        seam.words_left--;
}

void board_store_read(unsigned page, size_t at, void *to, size_t len)
{
    memcpy(to, seam.memory[page] + at, len);
}

int board_store_erase(unsigned page)
{
    if (seam.store_fails)
        return -1;
    for (size_t at = 0; at < BOARD_STORE_PAGE_BYTES; at += 4) {
        seam_spend_power();
        memset(seam.memory[page] + at, 0xFF, 4);
    }
    return 0;
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    if (seam.store_fails)
        return -1;
    for (size_t i = 0; i < len; i += 4) {
        seam_spend_power();
        memcpy(seam.memory[page] + at + i, (const uint8_t *)from + i, 4);
    }
    return 0;
}

#endif
