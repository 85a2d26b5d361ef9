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

/* The end of the stack that is in use now. */
static inline uint32_t *ut_cpu_stack(void)
{
    uint32_t *here;
    __asm__ volatile("mov %0, sp" : "=r"(here));
    return here;
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
uint32_t *ut_cpu_stack(void);
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

/* The core's interrupt controller, its trace port and who listens there (Armv7-M Architecture Reference Manual, B3.4
 * and C1.7). */
#define UT_NVIC_ISER(irq) (0xE000E100U + 4U * ((irq) / 32U))
#define UT_NVIC_ICER(irq) (0xE000E180U + 4U * ((irq) / 32U))
#define UT_NVIC_ISPR(irq) (0xE000E200U + 4U * ((irq) / 32U))
#define UT_NVIC_IPR(irq) (0xE000E400U + 4U * ((irq) / 4U))
#define UT_ITM_PORT0 0xE0000000U
#define UT_ITM_TER 0xE0000E00U
#define UT_ITM_TCR 0xE0000E80U

/* priority 0 (first) .. 255, of which a chip knows the upper bits. */
static inline void ut_irq_priority(uint32_t irq, uint32_t priority)
{
    ut_reg_put(UT_NVIC_IPR(irq), 0xFFU << 8 * (irq % 4), priority << 8 * (irq % 4));
}

static inline void ut_irq_on(uint32_t irq, uint32_t priority)
{
    ut_irq_priority(irq, priority);
    ut_reg_write(UT_NVIC_ISER(irq), 1U << irq % 32);
}

/* Off for a while, its priority kept, and on again. */
static inline void ut_irq_off(uint32_t irq)
{
    ut_reg_write(UT_NVIC_ICER(irq), 1U << irq % 32);
}

static inline void ut_irq_again(uint32_t irq)
{
    ut_reg_write(UT_NVIC_ISER(irq), 1U << irq % 32);
}

/* As if its peripheral had asked. */
static inline void ut_irq_pend(uint32_t irq)
{
    ut_reg_write(UT_NVIC_ISPR(irq), 1U << irq % 32);
}

/* Text for a debugger that has opened port 0; nothing where none has. */
static inline void ut_trace(const char *text)
{
    if (!(ut_reg_read(UT_ITM_TCR) & 1) || !(ut_reg_read(UT_ITM_TER) & 1))
        return;
    for (; *text != '\0' && ut_reg_wait(UT_ITM_PORT0, 1, 1, 1000) == 0; text++)
        ut_reg_write(UT_ITM_PORT0, (uint8_t)*text);
}

#endif
