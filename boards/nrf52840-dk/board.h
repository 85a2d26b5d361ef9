/* SPDX-License-Identifier: Apache-2.0 */
/* What the sources of this board share, and its interrupt handlers. */
#ifndef UT_BOARDS_NRF52840_DK_BOARD_H
#define UT_BOARDS_NRF52840_DK_BOARD_H

#include <stdint.h>

/* The lights LED1 to LED4 of the board, by their pins of port 0. */
enum ut_nrf_led { UT_NRF_LED_AUDIO = 13, UT_NRF_LED_MUTED = 14, UT_NRF_LED_CUE = 15, UT_NRF_LED_STOPPED = 16 };

/* board_time_us for a caller of its own: 0 the main loop, 1 the audio interrupt. */
uint32_t ut_nrf_time_us(unsigned caller);

void ut_nrf_light(enum ut_nrf_led led, int on);
void ut_nrf_link_open(void);

/* Looks at the button, every 10 ms; nonzero while the agent is muted. */
int ut_nrf_muted(void);

void ut_nrf_link_irq(void);
void ut_nrf_hci_irq(void);
void ut_nrf_audio_irq(void);

#endif
