/* SPDX-License-Identifier: Apache-2.0 */
/* The two UARTs, besides board_link_* and board_hci_* of boards/board.h. */
#ifndef UT_BOARDS_NRF52840_LINK_H
#define UT_BOARDS_NRF52840_LINK_H

void ut_nrf_link_open(void);

/* For the vector table. */
void ut_nrf_link_irq(void);
void ut_nrf_hci_irq(void);

#endif
