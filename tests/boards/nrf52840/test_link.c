/* SPDX-License-Identifier: Apache-2.0 */
/* The link's pins and speed, and what it is busy with. */
#include "tests/boards/nrf52840/uart_model.h"

static void test_settings(void **state)
{
    (void)state;
    assert_int_equal(ut_model_held(UARTE_BAUDRATE(UARTE0)), 0x01D60000);
    assert_int_equal(ut_model_held(UARTE_PSEL_TXD(UARTE0)), 6);
    assert_int_equal(ut_model_held(UARTE_PSEL_RXD(UARTE0)), 8);
    assert_int_equal(ut_model_held(UARTE_PSEL_RTS(UARTE0)), 0xFFFFFFFFU);
    assert_int_equal(ut_model_held(UARTE_ENABLE(UARTE0)), 8);
}

static void test_busy(void **state)
{
    (void)state;
    assert_false(board_link_busy());
    assert_int_equal(write_from(board_link_write, 0, 3), 3);
    assert_true(board_link_busy());
    dma_ends(&lines[0]);
    assert_false(board_link_busy());
    check_sent(&lines[0], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_settings, setup),
        cmocka_unit_test_setup(test_busy, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
