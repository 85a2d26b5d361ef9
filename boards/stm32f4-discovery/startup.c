/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of this board. */
#include "boards/cortexm/crash.h"
#include "boards/cortexm/start.h"
#include "boards/stm32f4-discovery/audio.h"
#include "boards/stm32f4-discovery/clock.h"
#include "boards/stm32f4-discovery/link.h"
#include "boards/stm32f4-discovery/registers.h"

enum { PERIPHERAL_IRQS = 82 };

extern uint32_t ut_stack_top[]; /* from boards/cortexm/sections.ld */

/* The bootloader has none of these. */
void ut_stm32_clock_nmi(void) __attribute__((weak));
void ut_stm32_link_irq(void) __attribute__((weak));
void ut_stm32_link_dma_irq(void) __attribute__((weak));
void ut_stm32_hci_irq(void) __attribute__((weak));
void ut_stm32_audio_irq(void) __attribute__((weak));
void ut_stm32_tick(void) __attribute__((weak));

static const struct {
    uint32_t *stack;
    void (*exceptions[15])(void);
    void (*irqs[PERIPHERAL_IRQS])(void);
} vectors __attribute__((section(".vectors"), used)) = {
    ut_stack_top,
    {ut_cortexm_start, ut_stm32_clock_nmi, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault,
     ut_cortexm_fault, [14] = ut_stm32_tick},
    {[IRQ_DMA1_STREAM3] = ut_stm32_audio_irq,
     [IRQ_DMA1_STREAM6] = ut_stm32_link_dma_irq,
     [IRQ_USART2] = ut_stm32_link_irq,
     [IRQ_USART3] = ut_stm32_hci_irq},
};
