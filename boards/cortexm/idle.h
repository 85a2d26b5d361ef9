/* SPDX-License-Identifier: Apache-2.0 */
/* board_idle of boards/board.h for a Cortex-M: sleep that no interrupt can slip past.
 *
 * in    ut_cortexm_event, set by the board's interrupts
 * out   board_idle returns once it is set, and clears it; any interrupt wakes the core
 */
#ifndef UT_BOARDS_CORTEXM_IDLE_H
#define UT_BOARDS_CORTEXM_IDLE_H

/* Set by every interrupt that gives the main loop something to do. */
extern volatile int ut_cortexm_event;

#endif
