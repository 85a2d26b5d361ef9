/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupts of this board's audio. Of the two sources, the microphone and the tests', an image has one. */
#ifndef UT_BOARDS_STM32F4_DISCOVERY_AUDIO_H
#define UT_BOARDS_STM32F4_DISCOVERY_AUDIO_H

void ut_stm32_audio_irq(void);
void ut_stm32_tick(void);

#endif
