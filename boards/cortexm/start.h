/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to the program on a Cortex-M: the stack's fill, initialised data, zeroed data.
 *
 * in    the symbols of boards/cortexm/sections.ld
 * out   memory as C expects it; every word of the stack that nobody has touched is UT_CORTEXM_STACK_FILL
 * Touches no peripheral.
 */
#ifndef UT_BOARDS_CORTEXM_START_H
#define UT_BOARDS_CORTEXM_START_H

/* By which a debugger, or a board, sees how deep the stack went. */
enum { UT_CORTEXM_STACK_FILL = 0x5A5AA5A5 };

/* For the vector table: reset. */
void ut_cortexm_start(void);

/* A board may define it: what runs when memory is ready. Without it: the firmware, and a reset if that comes back. */
_Noreturn void ut_cortexm_main(void);

#endif
