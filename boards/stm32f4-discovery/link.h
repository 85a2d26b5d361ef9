/* SPDX-License-Identifier: Apache-2.0 */
/* The two UARTs of this board, besides board_link_* and board_hci_* of boards/board.h. */
#ifndef UT_BOARDS_STM32F4_DISCOVERY_LINK_H
#define UT_BOARDS_STM32F4_DISCOVERY_LINK_H

/* Opens the link: 0, or negative when its baud rate is out of reach. */
int ut_stm32_link_open(void);

/* For the vector table. */
void ut_stm32_link_irq(void);
void ut_stm32_link_dma_irq(void);
void ut_stm32_hci_irq(void);

#endif
