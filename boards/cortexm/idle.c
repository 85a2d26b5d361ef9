/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/cortexm/idle.h"

#include "boards/board.h"
#include "boards/registers.h"

volatile int ut_cortexm_event;

void board_idle(void)
{
    /* With interrupts masked nothing can come between the test and the sleep; a pending one still ends the sleep. */
    ut_cpu_mask_irqs();
    if (!ut_cortexm_event)
        ut_cpu_sleep();
    ut_cortexm_event = 0;
    ut_cpu_unmask_irqs();
}
