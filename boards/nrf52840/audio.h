/* SPDX-License-Identifier: Apache-2.0 */
/* The microphones, besides board_audio_* of boards/board.h. */
#ifndef UT_BOARDS_NRF52840_AUDIO_H
#define UT_BOARDS_NRF52840_AUDIO_H

/* For the vector table. */
void ut_nrf_audio_irq(void);

#endif
