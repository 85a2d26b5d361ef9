/* SPDX-License-Identifier: Apache-2.0 */
/* What a Cortex-M (Armv7-M) leaves behind when it stumbles: a record in memory that a reset does not clear.
 *
 * in    a fault, an early warning of the watchdog, or a wish to start again
 * out   struct board_crash at the next start
 * The linker script gives ut_stack_bottom, ut_stack_top, ut_code_begin (behind vectors and header), ut_data_load (end
 * of the code) and the section .noinit, which the start-up leaves alone. Register addresses: Armv7-M Architecture
 * Reference Manual, B3.
 */
#ifndef UT_BOARDS_CORTEXM_CRASH_H
#define UT_BOARDS_CORTEXM_CRASH_H

#include "boards/board.h"

#include <stdint.h>

/* For the vector table: HardFault, MemManage, BusFault, UsageFault, and an interrupt or NMI that the watchdog raises
 * before it bites. Writes the record, calls ut_cortexm_crashed, resets. */
void ut_cortexm_fault(void);

/* First in board_init: keeps what the last run left, switches on the fault handlers and the trap of divisions by zero.
 * cause: enum board_reset_cause as the chip tells it, or negative where it cannot. After BOARD_RESET_POWER and
 * BOARD_RESET_BROWNOUT, memory holds nothing to be kept. */
void ut_cortexm_begin(int cause);

/* No access to the 1 MB below ut_stack_bottom, which is a multiple of 1 MB: a stack that overflows faults, also where
 * the bus would take its writes silently. */
void ut_cortexm_guard_stack(void);

/* board_crash, board_mark and board_reset of boards/board.h. */
void ut_cortexm_crash(struct board_crash *crash);
void ut_cortexm_mark(uint32_t mark);
_Noreturn void ut_cortexm_reset(void);

/* A board may define it: the record is written, the reset has not come. On a stack that is new. */
void ut_cortexm_crashed(const struct board_crash *crash);

#endif
