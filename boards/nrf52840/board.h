/* SPDX-License-Identifier: Apache-2.0 */
/* Time, lights and button of a board with an nRF52840, besides boards/board.h. */
#ifndef UT_BOARDS_NRF52840_BOARD_H
#define UT_BOARDS_NRF52840_BOARD_H

#include "boards/nrf52840/pins.h"

#include <stdint.h>

/* board_time_us for a caller of its own: 0 the main loop, 1 the audio interrupt. */
uint32_t ut_nrf_time_us(unsigned caller);

void ut_nrf_light(enum ut_nrf_light light, int on);

/* Looks at the button, every 10 ms; nonzero while the agent is muted. */
int ut_nrf_muted(void);

#endif
