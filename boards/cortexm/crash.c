/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/cortexm/crash.h"

#include <string.h>

enum {
    IPSR_NMI = 2,
    IPSR_USAGE_FAULT = 6, /* 3..6 are the faults */
    FRAME_WORDS = 8,      /* r0-r3, r12, lr, pc, xPSR */
    FRAME_LR = 5,
    FRAME_PC = 6,
    GUARD_REGION = 0
};

struct system_control {
    volatile uint32_t cpuid, icsr, vtor, aircr, scr, ccr, shpr[3], shcsr, cfsr;
};
struct mpu {
    volatile uint32_t type, ctrl, number, base, attributes;
};

#define SCB ((struct system_control *)0xE000ED00)
#define MPU ((struct mpu *)0xE000ED90)
#define AIRCR_RESET 0x05FA0004U
#define FAULT_HANDLERS (7U << 16) /* of MemManage, BusFault, UsageFault */
#define DIVISION_TRAP (1U << 4)
#define STACKING_FAILED (1U << 4 | 1U << 12) /* CFSR: MSTKERR, STKERR */

extern uint32_t ut_stack_bottom[], ut_stack_top[], ut_code_begin[], ut_data_load[];

/* A power-on leaves anything here: `check` tells. */
static struct {
    struct board_crash crash;
    uint32_t left; /* 1 = crash tells why the reset that follows comes */
    uint32_t check;
} kept __attribute__((section(".noinit")));

static struct board_crash last;

void ut_cortexm_report(const uint32_t *frame, uint32_t exception);

__attribute__((weak)) void ut_cortexm_crashed(const struct board_crash *crash)
{
    (void)crash;
}

static uint32_t check_of_kept(void)
{
    uint32_t sum = 0x55545243U;
    const uint8_t *bytes = (const uint8_t *)&kept;
    for (size_t i = 0; i < sizeof kept - sizeof kept.check; i++)
        sum = (sum ^ bytes[i]) * 0x01000193U; /* FNV-1a */
    return sum;
}

static void keep(void)
{
    kept.left = 1;
    kept.check = check_of_kept();
    __asm__ volatile("dsb" ::: "memory");
}

void ut_cortexm_begin(int cause)
{
    int held = kept.check == check_of_kept() && cause != BOARD_RESET_POWER && cause != BOARD_RESET_BROWNOUT;
    uint16_t boots = held ? kept.crash.boots : 0;
    uint32_t mark = held ? kept.crash.mark : 0;
    if (held && kept.left) {
        last = kept.crash;
    } else {
        memset(&last, 0, sizeof last);
        last.cause = (uint8_t)(cause >= 0 ? cause : held ? BOARD_RESET_PIN : BOARD_RESET_POWER);
    }
    last.mark = mark;
    last.boots = boots < UINT16_MAX ? (uint16_t)(boots + 1) : boots;
    memset(&kept, 0, sizeof kept);
    kept.crash.boots = last.boots;
    kept.check = check_of_kept();
    SCB->shcsr |= FAULT_HANDLERS;
    SCB->ccr |= DIVISION_TRAP;
}

void ut_cortexm_guard_stack(void)
{
    MPU->number = GUARD_REGION;
    MPU->base = (uint32_t)(uintptr_t)ut_stack_bottom - (1U << 20);
    MPU->attributes = 1U << 28 | 19U << 1 | 1U; /* no code, no data, 2^20 bytes, on */
    MPU->ctrl = 5;                              /* on; everything else as without it */
    __asm__ volatile("dsb\n isb" ::: "memory");
}

void ut_cortexm_crash(struct board_crash *crash)
{
    *crash = last;
}

void ut_cortexm_mark(uint32_t mark)
{
    kept.crash.mark = mark;
    kept.check = check_of_kept();
}

_Noreturn static void reset(void)
{
    __asm__ volatile("dsb" ::: "memory");
    SCB->aircr = AIRCR_RESET;
    for (;;)
        __asm__ volatile("dsb" ::: "memory");
}

_Noreturn void ut_cortexm_reset(void)
{
    kept.crash.cause = BOARD_RESET_SOFTWARE;
    keep();
    reset();
}

/* 1 when the instruction before an address in the code calls: BL in two halfwords, or BLX of a register in one. */
static int follows_call(uint32_t address)
{
    const uint16_t *here = (const uint16_t *)(address & ~1U);
    return ((here[-2] & 0xF800) == 0xF000 && (here[-1] & 0xD000) == 0xD000) || (here[-1] & 0xFF87) == 0x4780;
}

/* The innermost return address on an overflown stack, whose exception frame is lost; 0 = none found. */
static uint32_t return_address(void)
{
    for (const uint32_t *p = ut_stack_bottom; p < ut_stack_top; p++)
        if ((*p & 1) != 0 && *p >= (uint32_t)(uintptr_t)ut_code_begin && *p < (uint32_t)(uintptr_t)ut_data_load &&
            follows_call(*p))
            return *p;
    return 0;
}

void ut_cortexm_report(const uint32_t *frame, uint32_t exception)
{
    kept.crash.exception = (uint8_t)exception;
    kept.crash.cause = exception > IPSR_NMI && exception <= IPSR_USAGE_FAULT ? BOARD_RESET_FAULT : BOARD_RESET_WATCHDOG;
    kept.crash.status = SCB->cfsr;
    int whole = frame >= ut_stack_bottom && frame + FRAME_WORDS <= ut_stack_top;
    if (whole && (kept.crash.status & STACKING_FAILED) == 0) {
        kept.crash.pc = frame[FRAME_PC];
        kept.crash.lr = frame[FRAME_LR];
    } else {
        kept.crash.pc = 0;
        kept.crash.lr = return_address();
    }
    keep();
    ut_cortexm_crashed(&kept.crash);
    reset();
}

__attribute__((naked)) void ut_cortexm_fault(void)
{
    __asm__ volatile("mov r0, sp\n"
                     "mrs r1, ipsr\n"
                     "ldr r2, =ut_stack_top\n" /* the report needs a stack even when this one overflowed */
                     "mov sp, r2\n"
                     "b ut_cortexm_report\n");
}
