/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for a board's peripherals and core (boards/registers.h, boards/cortexm/crash.h) on a development machine:
 * registers are memory, and a test says what reading and writing one brings about.
 */
#ifndef UT_TESTS_BOARDS_REGISTERS_H
#define UT_TESTS_BOARDS_REGISTERS_H

#include "boards/registers.h"

#include <setjmp.h>

struct ut_model {
    /* What a read of the register that holds `held` gives; what a write of `value` over `held` leaves. NULL: memory. */
    uint32_t (*read)(uint32_t address, uint32_t held);
    uint32_t (*write)(uint32_t address, uint32_t held, uint32_t value);
    void (*sleep)(void);
    unsigned long reads;
    uint32_t *stack; /* the end of the stack in use */
    int masked;      /* interrupts, now */
    int cause;       /* what ut_cortexm_begin was told */
    int resets;      /* by the program itself */
    uint32_t jumped; /* the vectors that the bootloader jumped to */
    jmp_buf away;    /* where ut_cortexm_reset goes, with 1, and ut_cortexm_jump, with 2 */
};
extern struct ut_model ut_model;

/* All registers 0, no hooks. */
void ut_model_clear(void);

/* Past the hooks. */
uint32_t ut_model_held(uint32_t address);
void ut_model_hold(uint32_t address, uint32_t value);

/* The variable that the program gave a DMA this address of. */
volatile void *ut_model_pointer(uint32_t bus_address);

#endif
