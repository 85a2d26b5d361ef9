/* SPDX-License-Identifier: Apache-2.0 */
/* The wiring of the kit (PCA10056): what it ties to a pin itself, and that no pin is used twice. */
#include "boards/board.h"
#include "boards/nrf52840/pins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_what_the_kit_ties(void **state)
{
    (void)state;
    assert_memory_equal(board_name, "n840", 4);
    assert_int_equal(ut_nrf_pins.link_tx, 6); /* to the debugger's serial port */
    assert_int_equal(ut_nrf_pins.link_rx, 8);
    assert_int_equal(ut_nrf_pins.button, 11);
    for (int i = 0; i < UT_NRF_LIGHTS; i++)
        assert_int_equal(ut_nrf_pins.light[i], 13 + i);
}

/* Taken elsewhere: the slow crystal, NFC, reset, the kit's flash, and the debugger's RTS and CTS. */
static void test_pins_are_free(void **state)
{
    (void)state;
    static const uint8_t taken[] = {0, 1, 9, 10, 18, 17, 19, 20, 21, 22, 23, 5, 7};
    uint8_t pins[sizeof ut_nrf_pins];
    memcpy(pins, &ut_nrf_pins, sizeof pins);
    for (size_t i = 0; i < sizeof pins; i++) {
        assert_in_range(pins[i], 0, 47);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(pins[i], pins[k]);
        for (size_t k = 0; k < sizeof taken; k++)
            assert_int_not_equal(pins[i], taken[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_kit_ties),
        cmocka_unit_test(test_pins_are_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
