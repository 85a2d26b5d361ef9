/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/boards/registers.h"

#include "boards/cortexm/crash.h"
#include "boards/cortexm/jump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096, VARIABLES = 64, BUS = 0x20000000, BUS_STEP = 0x10000 };

struct ut_model ut_model;

static struct {
    uint32_t address, value;
    int used;
} slots[SLOTS];

static const volatile void *variables[VARIABLES];

static unsigned slot_of(uint32_t address)
{
    unsigned at = (address >> 2) * 2654435761U % SLOTS;
    for (int tries = 0; tries < SLOTS; tries++, at = (at + 1) % SLOTS)
        if (!slots[at].used || slots[at].address == address)
            return at;
    fprintf(stderr, "more registers than the model holds\n");
    abort();
}

void ut_model_clear(void)
{
    memset(&ut_model, 0, sizeof ut_model);
    memset(slots, 0, sizeof slots);
    memset(variables, 0, sizeof variables);
}

uint32_t ut_model_held(uint32_t address)
{
    unsigned at = slot_of(address);
    return slots[at].used ? slots[at].value : 0;
}

void ut_model_hold(uint32_t address, uint32_t value)
{
    unsigned at = slot_of(address);
    slots[at].address = address;
    slots[at].value = value;
    slots[at].used = 1;
}

uint32_t ut_reg_read(uint32_t address)
{
    ut_model.reads++;
    uint32_t held = ut_model_held(address);
    return ut_model.read != NULL ? ut_model.read(address, held) : held;
}

void ut_reg_write(uint32_t address, uint32_t value)
{
    if (ut_model.write != NULL)
        value = ut_model.write(address, ut_model_held(address), value);
    ut_model_hold(address, value);
}

uint32_t ut_bus_address(const volatile void *p)
{
    for (uint32_t i = 0; i < VARIABLES; i++) {
        uintptr_t away = (uintptr_t)p - (uintptr_t)variables[i];
        if (variables[i] == NULL)
            variables[i] = p;
        else if (away >= BUS_STEP)
            continue;
        return BUS + BUS_STEP * i + (uint32_t)((uintptr_t)p - (uintptr_t)variables[i]);
    }
    fprintf(stderr, "more variables than the model's bus holds\n");
    abort();
}

volatile void *ut_model_pointer(uint32_t bus_address)
{
    uint32_t i = (bus_address - BUS) / BUS_STEP;
    if (bus_address < BUS || i >= VARIABLES || variables[i] == NULL)
        return NULL;
    return (volatile uint8_t *)(uintptr_t)variables[i] + bus_address % BUS_STEP;
}

uint32_t *ut_cpu_stack(void)
{
    return ut_model.stack;
}

void ut_cpu_mask_irqs(void)
{
    ut_model.masked = 1;
}

void ut_cpu_unmask_irqs(void)
{
    ut_model.masked = 0;
}

void ut_cpu_sleep(void)
{
    if (ut_model.sleep != NULL)
        ut_model.sleep();
}

void ut_cpu_barrier(void)
{
}

void ut_cortexm_begin(int cause)
{
    ut_model.cause = cause;
}

void ut_cortexm_guard_stack(void)
{
}

void ut_cortexm_mark(uint32_t mark)
{
    (void)mark;
}

void ut_cortexm_crash(struct board_crash *crash)
{
    memset(crash, 0, sizeof *crash);
    crash->cause = (uint8_t)ut_model.cause;
}

_Noreturn void ut_cortexm_reset(void)
{
    ut_model.resets++;
    longjmp(ut_model.away, 1);
}

_Noreturn void ut_cortexm_jump(uint32_t vectors)
{
    ut_model.jumped = vectors;
    longjmp(ut_model.away, 2);
}
