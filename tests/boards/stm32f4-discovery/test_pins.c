/* SPDX-License-Identifier: Apache-2.0 */
/* Pins: each setting changes its own bits only, at either end of a port. */
#include "boards/stm32f4-discovery/pins.h"
#include "boards/stm32f4-discovery/registers.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    return 0;
}

static void test_modes(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 16 * 4; i++) {
        uint32_t pin = i / 4, mode = i % 4, alternate = 5 * mode, half = pin < 8 ? 0x20 : 0x24, at = pin % 8;
        for (uint32_t others = 0; others < 2; others++) { /* all bits of the others 0, then 1 */
            ut_model_hold(GPIOB + 0x00, 0U - others);
            ut_model_hold(GPIOB + half, 0U - others);
            ut_stm32_pin(GPIOB, pin, mode, alternate);
            assert_int_equal(ut_model_held(GPIOB + 0x00), ((0U - others) & ~(3U << 2 * pin)) | mode << 2 * pin);
            assert_int_equal(ut_model_held(GPIOB + half), ((0U - others) & ~(15U << 4 * at)) | alternate << 4 * at);
        }
    }
}

static void test_pull_up(void **state)
{
    (void)state;
    ut_model_hold(GPIOD + 0x0C, UINT32_MAX);
    ut_stm32_pull_up(GPIOD, 9);
    assert_int_equal(ut_model_held(GPIOD + 0x0C), ~(2U << 18));
}

/* The register takes effect by writing: the upper half clears. */
static void test_lights(void **state)
{
    (void)state;
    for (uint32_t pin = 12; pin < 16; pin++) {
        ut_stm32_light((enum ut_stm32_led)pin, 1);
        assert_int_equal(ut_model_held(GPIOD + 0x18), 1U << pin);
        ut_stm32_light((enum ut_stm32_led)pin, 0);
        assert_int_equal(ut_model_held(GPIOD + 0x18), 1U << (pin + 16));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_modes, setup),
        cmocka_unit_test_setup(test_pull_up, setup),
        cmocka_unit_test_setup(test_lights, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
