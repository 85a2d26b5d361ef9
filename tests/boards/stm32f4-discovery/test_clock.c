/* SPDX-License-Identifier: Apache-2.0 */
/* The clock against a model of RCC: a crystal, a PLL or a switch that never gets ready; a crystal that stops later. */
#include "boards/stm32f4-discovery/clock.h"
#include "boards/stm32f4-discovery/registers.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { HSE_MHZ = 8, HSI_MHZ = 16 };

static struct {
    int no_crystal, no_pll, no_switch;
    uint32_t switched_latency; /* wait states and bus dividers when the clock was switched */
    uint32_t switched_cfgr;
} chip;

static uint32_t model_read(uint32_t address, uint32_t held)
{
    switch (address) {
    case RCC_CR:
        if ((held & RCC_CR_HSEON) && !chip.no_crystal)
            held |= RCC_CR_HSERDY;
        if ((held & RCC_CR_PLLON) && !chip.no_pll)
            held |= RCC_CR_PLLRDY;
        return held;
    case RCC_CFGR:
        return chip.no_switch ? held : (held & ~RCC_CFGR_SWS) | (held & RCC_CFGR_SW) << 2;
    default:
        return held;
    }
}

static uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
{
    if (address == RCC_CFGR && (value & RCC_CFGR_SW) == RCC_CFGR_SW_PLL && (held & RCC_CFGR_SW) != RCC_CFGR_SW_PLL) {
        chip.switched_latency = ut_model_held(FLASH_ACR) & 7;
        chip.switched_cfgr = value;
    }
    return value;
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    memset(&chip, 0, sizeof chip);
    ut_model.read = model_read;
    ut_model.write = model_write;
    ut_model_hold(RCC_CR, RCC_CR_HSION);
    return 0;
}

/* MHz of the core as the PLL's register says. */
static uint32_t core_mhz(void)
{
    uint32_t pll = ut_model_held(RCC_PLLCFGR);
    uint32_t source = pll & RCC_PLLCFGR_PLLSRC ? HSE_MHZ : HSI_MHZ, m = pll & 63, n = pll >> 6 & 511;
    assert_int_equal(source % m, 0);
    assert_in_range(source / m, 1, 2);                       /* the comparison frequency, MHz */
    assert_in_range(source / m * n, 100, 432);               /* the oscillator */
    assert_int_equal(source / m * n / (pll >> 24 & 15), 48); /* of the random numbers */
    return source / m * n / (2 * ((pll >> 16 & 3) + 1));
}

static void test_start(void **state)
{
    (void)state;
    ut_stm32_clock_start();
    assert_int_equal(core_mhz(), 168);
    assert_true(ut_model_held(RCC_PLLCFGR) & RCC_PLLCFGR_PLLSRC);
    assert_int_equal(chip.switched_latency, 5); /* before the clock is fast: 168 MHz at 2.7 V and more needs 5 */
    assert_int_equal(chip.switched_cfgr & RCC_CFGR_PPRE1, RCC_CFGR_PPRE1_4); /* 42 MHz is the limit of APB1 */
    assert_int_equal(chip.switched_cfgr & RCC_CFGR_PPRE2, RCC_CFGR_PPRE2_2); /* 84 MHz of APB2 */
    assert_int_equal(ut_stm32_apb1_hz, 42000000);
}

static void test_stuck_crystal(void **state)
{
    (void)state;
    chip.no_crystal = 1;
    ut_stm32_clock_start();
    assert_int_equal(core_mhz(), 168);
    assert_false(ut_model_held(RCC_PLLCFGR) & RCC_PLLCFGR_PLLSRC);
    assert_false(ut_model_held(RCC_CR) & (RCC_CR_HSEON | RCC_CR_CSSON));
    assert_int_equal(ut_stm32_apb1_hz, 42000000);
}

static void test_stuck_pll(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        setup(NULL);
        chip.no_crystal = 1;
        chip.no_pll = i == 0;
        chip.no_switch = i == 1;
        ut_stm32_clock_start();
        assert_int_equal(ut_model_held(RCC_CFGR), 0);
        assert_int_equal(ut_stm32_apb1_hz, 16000000);
        assert_true(ut_model.reads < 2000000); /* bounded: below the watchdog's period at 16 MHz */
    }
}

static void test_crystal_stops(void **state)
{
    (void)state;
    ut_stm32_clock_start();
    assert_true(ut_model_held(RCC_CR) & RCC_CR_CSSON);
    int came = setjmp(ut_model.away);
    if (came == 0)
        ut_stm32_clock_nmi();
    assert_int_equal(came, 1);
    assert_true(ut_model_held(RCC_CIR) & RCC_CIR_CSSC);
    assert_int_equal(ut_model.resets, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_start, setup),
        cmocka_unit_test_setup(test_stuck_crystal, setup),
        cmocka_unit_test_setup(test_stuck_pll, setup),
        cmocka_unit_test_setup(test_crystal_stops, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
