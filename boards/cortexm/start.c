/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/cortexm/start.h"

#include "boards/board.h"
#include "boards/registers.h"

#include <string.h>

/* From sections.ld. */
extern uint32_t ut_stack_bottom[];
extern uint32_t ut_data_begin[], ut_data_end[], ut_data_load[], ut_bss_begin[], ut_bss_end[];

__attribute__((weak)) _Noreturn void ut_cortexm_main(void)
{
    ut_main();
    board_reset();
}

_Noreturn static void run(void)
{
    memcpy(ut_data_begin, ut_data_load, (size_t)((char *)ut_data_end - (char *)ut_data_begin));
    memset(ut_bss_begin, 0, (size_t)((char *)ut_bss_end - (char *)ut_bss_begin));
    ut_cortexm_main();
}

void ut_cortexm_start(void)
{
    /* The fill runs below this function's own frame, which is why it is a loop and not a call. */
    uint32_t *here = ut_cpu_stack();
    for (volatile uint32_t *p = ut_stack_bottom; p < here; p++)
        *p = UT_CORTEXM_STACK_FILL;
    run();
}
