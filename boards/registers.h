/* SPDX-License-Identifier: Apache-2.0 */
/* How a board's code reaches its peripherals and its core.
 *
 * On the boards' own Arm cores each is one volatile access or one instruction. Elsewhere they are functions of whoever
 * links the code, so that it runs against a model of the peripherals (tests/boards/registers.h).
 */
#ifndef UT_BOARDS_REGISTERS_H
#define UT_BOARDS_REGISTERS_H

#include <stdint.h>

#if defined(__arm__)

static inline uint32_t ut_reg_read(uint32_t address)
{
    return *(const volatile uint32_t *)address;
}

static inline void ut_reg_write(uint32_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

/* The address by which a peripheral's DMA knows a variable. */
static inline uint32_t ut_bus_address(const volatile void *p)
{
    return (uint32_t)p;
}

static inline void ut_cpu_mask_irqs(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

static inline void ut_cpu_unmask_irqs(void)
{
    __asm__ volatile("cpsie i" ::: "memory");
}

/* Until an interrupt is pending, masked or not. */
static inline void ut_cpu_sleep(void)
{
    __asm__ volatile("dsb\n wfi" ::: "memory");
}

/* Memory and registers are as the program says before what follows. */
static inline void ut_cpu_barrier(void)
{
    __asm__ volatile("dsb\n isb" ::: "memory");
}

#else

uint32_t ut_reg_read(uint32_t address);
void ut_reg_write(uint32_t address, uint32_t value);
uint32_t ut_bus_address(const volatile void *p);
void ut_cpu_mask_irqs(void);
void ut_cpu_unmask_irqs(void);
void ut_cpu_sleep(void);
void ut_cpu_barrier(void);

#endif

static inline void ut_reg_set(uint32_t address, uint32_t bits)
{
    ut_reg_write(address, ut_reg_read(address) | bits);
}

static inline void ut_reg_clear(uint32_t address, uint32_t bits)
{
    ut_reg_write(address, ut_reg_read(address) & ~bits);
}

/* Replaces the bits of `mask`. */
static inline void ut_reg_put(uint32_t address, uint32_t mask, uint32_t bits)
{
    ut_reg_write(address, (ut_reg_read(address) & ~mask) | bits);
}

/* Reads until the bits of `mask` are `bits`, at most `tries` times. 0, or -1 when they never were. */
static inline int ut_reg_wait(uint32_t address, uint32_t mask, uint32_t bits, uint32_t tries)
{
    while (tries-- > 0)
        if ((ut_reg_read(address) & mask) == bits)
            return 0;
    return -1;
}

#endif
