/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to ut_main: vectors and memory. */
#include "boards/board.h"
#include "boards/cortexm/crash.h"
#include "boards/nrf52840-dk/board.h"
#include "boards/nrf52840-dk/registers.h"

#include <string.h>

enum { PERIPHERAL_IRQS = 48, STACK_FILL = 0x5A5AA5A5 };

/* From link.ld. */
extern uint32_t ut_stack_bottom[], ut_stack_top[];
extern uint32_t ut_data_begin[], ut_data_end[], ut_data_load[], ut_bss_begin[], ut_bss_end[];

void ut_nrf_reset(void);

_Noreturn static void run(void)
{
    memcpy(ut_data_begin, ut_data_load, (size_t)((char *)ut_data_end - (char *)ut_data_begin));
    memset(ut_bss_begin, 0, (size_t)((char *)ut_bss_end - (char *)ut_bss_begin));
    ut_main();
    board_reset();
}

void ut_nrf_reset(void)
{
    /* The fill, by which a debugger sees how deep the stack went, runs below this function's own frame: a loop, no
     * call. */
    uint32_t *here;
    __asm__ volatile("mov %0, sp" : "=r"(here));
    for (volatile uint32_t *p = ut_stack_bottom; p < here; p++)
        *p = STACK_FILL;
    run();
}

static const struct {
    uint32_t *stack;
    void (*exceptions[15])(void);
    void (*irqs[PERIPHERAL_IRQS])(void);
} vectors __attribute__((section(".vectors"), used)) = {
    ut_stack_top,
    {ut_nrf_reset, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault},
    {[IRQ_UARTE0] = ut_nrf_link_irq,
     [IRQ_WDT] = ut_cortexm_fault,
     [IRQ_PDM] = ut_nrf_audio_irq,
     [IRQ_UARTE1] = ut_nrf_hci_irq},
};
