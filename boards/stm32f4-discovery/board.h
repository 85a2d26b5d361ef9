/* SPDX-License-Identifier: Apache-2.0 */
/* The button of this board. */
#ifndef UT_BOARDS_STM32F4_DISCOVERY_BOARD_H
#define UT_BOARDS_STM32F4_DISCOVERY_BOARD_H

/* Looks at it, every 10 ms; nonzero while the agent is muted. */
int ut_stm32_muted(void);

#endif
