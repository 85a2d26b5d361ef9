/* SPDX-License-Identifier: Apache-2.0 */
/* The chip's own radio, besides board_hci_* of boards/board.h: Nordic's SoftDevice Controller and MPSL, RADIO=sdc.
 *
 * All calls of both live in the interrupt ut_nrf_radio_irq, at one priority; theirs own RADIO, TIMER0, RTC0 and the
 * highest one. README.md "One chip".
 */
#ifndef UT_BOARDS_NRF52840_SDC_RADIO_H
#define UT_BOARDS_NRF52840_SDC_RADIO_H

#include <stdint.h>

/* For the vector table: SWI5. */
void ut_nrf_radio_irq(void);

/* From the main loop: runs `work` while the radio rests, for which it has at most `us` (up to 100,000); at once where
 * the radio is not on. 0; -1: the radio had no time for it within 2 s. Only there with RADIO=sdc, as the next. */
int ut_nrf_radio_rest(void (*work)(void *ctx), void *ctx, uint32_t us);

/* In pairs, which may lie in each other, from the main loop or from a call: 1 = no call of the controller begins until
 * the last 0. */
void ut_nrf_radio_hold(int held);

#endif
