/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/cortexm/jump.h"

#define VTOR (*(volatile uint32_t *)0xE000ED08)

_Noreturn void ut_cortexm_jump(uint32_t vectors)
{
    const uint32_t *vector = (const uint32_t *)vectors;
    uint32_t stack = vector[0], start = vector[1];
    VTOR = vectors;
    __asm__ volatile("dsb\n"
                     "isb\n"
                     "msr msp, %0\n"
                     "bx %1\n"
                     :
                     : "r"(stack), "r"(start)
                     : "memory");
    __builtin_unreachable();
}
