/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of the nRF52840. */
#include "boards/cortexm/crash.h"
#include "boards/cortexm/start.h"
#include "boards/nrf52840/audio.h"
#include "boards/nrf52840/link.h"
#include "boards/nrf52840/registers.h"

/* The bootloader has none, and an image has a controller's UART or the radio. */
void ut_nrf_link_irq(void) __attribute__((weak));
void ut_nrf_audio_irq(void) __attribute__((weak));
void ut_nrf_hci_irq(void) __attribute__((weak));
void ut_nrf_radio_irq(void) __attribute__((weak));
void MPSL_IRQ_CLOCK_Handler(void) __attribute__((weak));
void MPSL_IRQ_RADIO_Handler(void) __attribute__((weak));
void MPSL_IRQ_TIMER0_Handler(void) __attribute__((weak));
void MPSL_IRQ_RTC0_Handler(void) __attribute__((weak));

enum { PERIPHERAL_IRQS = 48 };

extern uint32_t ut_stack_top[]; /* from boards/cortexm/sections.ld */

static const struct {
    uint32_t *stack;
    void (*exceptions[15])(void);
    void (*irqs[PERIPHERAL_IRQS])(void);
} vectors __attribute__((section(".vectors"), used)) = {
    ut_stack_top,
    {ut_cortexm_start, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault, ut_cortexm_fault},
    {[IRQ_CLOCK] = MPSL_IRQ_CLOCK_Handler,
     [IRQ_RADIO] = MPSL_IRQ_RADIO_Handler,
     [IRQ_UARTE0] = ut_nrf_link_irq,
     [IRQ_TIMER0] = MPSL_IRQ_TIMER0_Handler,
     [IRQ_RTC0] = MPSL_IRQ_RTC0_Handler,
     [IRQ_WDT] = ut_cortexm_fault,
     [IRQ_SWI5] = ut_nrf_radio_irq,
     [IRQ_PDM] = ut_nrf_audio_irq,
     [IRQ_UARTE1] = ut_nrf_hci_irq},
};
