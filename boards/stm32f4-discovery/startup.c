/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to ut_main: vectors and memory. */
#include "boards/board.h"
#include "boards/cortexm/crash.h"
#include "boards/stm32f4-discovery/board.h"
#include "boards/stm32f4-discovery/registers.h"

#include <string.h>

enum { PERIPHERAL_IRQS = 82, STACK_FILL = 0x5A5AA5A5 };

/* From link.ld. */
extern uint32_t ut_stack_bottom[], ut_stack_top[];
extern uint32_t ut_data_begin[], ut_data_end[], ut_data_load[], ut_bss_begin[], ut_bss_end[];

void ut_stm32_reset(void);

_Noreturn static void run(void)
{
    memcpy(ut_data_begin, ut_data_load, (size_t)((char *)ut_data_end - (char *)ut_data_begin));
    memset(ut_bss_begin, 0, (size_t)((char *)ut_bss_end - (char *)ut_bss_begin));
    ut_main();
    board_reset();
}

void ut_stm32_reset(void)
{
    /* The fill, by which a debugger sees how deep the stack went, runs below this function's own frame: a loop, no
     * call. */
    uint32_t *here;
    __asm__ volatile("mov %0, sp" : "=r"(here));
    for (volatile uint32_t *p = ut_stack_bottom; p < here; p++)
        *p = STACK_FILL;
    run();
}

/* Of the two sources of audio, the microphone and the tests', an image has one. */
void ut_stm32_audio_irq(void) __attribute__((weak));
void ut_stm32_tick(void) __attribute__((weak));

static const struct {
    uint32_t *stack;
    void (*exceptions[15])(void);
    void (*irqs[PERIPHERAL_IRQS])(void);
} vectors __attribute__((section(".vectors"), used)) = {
    ut_stack_top,
    {ut_stm32_reset, ut_stm32_clock_nmi, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault,
     ut_cortexm_fault, [14] = ut_stm32_tick},
    {[IRQ_DMA1_STREAM3] = ut_stm32_audio_irq,
     [IRQ_DMA1_STREAM6] = ut_stm32_link_dma_irq,
     [IRQ_USART2] = ut_stm32_link_irq,
     [IRQ_USART3] = ut_stm32_hci_irq},
};
