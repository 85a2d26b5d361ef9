/* SPDX-License-Identifier: Apache-2.0 */
/* A controller's UART: pins and speed, flow control, opened again. */
#include "tests/boards/nrf52840/uart_model.h"
#include "tests/signal.h"

static void test_settings(void **state)
{
    (void)state;
    assert_int_equal(board_hci_open(), 0);
    assert_int_equal(ut_model_held(UARTE_BAUDRATE(UARTE1)), 0x10000000);
    assert_int_equal(ut_model_held(UARTE_CONFIG(UARTE1)), 1);
    assert_int_equal(ut_model_held(UARTE_PSEL_RTS(UARTE1)), 32 + 3);
    assert_int_equal(ut_model_held(UARTE_PSEL_CTS(UARTE1)), 32 + 4);
    assert_int_equal(ut_model_held(0x50000300U + 0x700U + 4 * 3), 3); /* P1.03 drives */
}

static void test_flow_control(void **state)
{
    (void)state;
    struct line *l = &lines[1];
    uint8_t out[4000];
    size_t came = 0, got = 0, refused = 0;
    uint32_t random = 3;
    board_hci_open();
    while (got < sizeof out) {
        if (came < sizeof out && come(l, number(came)))
            came++;
        else
            refused++;
        if (ut_signal_random(&random) % 4 != 0)
            serve(l);
        if (ut_signal_random(&random) % 2000 == 0 || came == sizeof out)
            got += board_hci_read(out + got, 1 + ut_signal_random(&random) % 500 % (sizeof out - got));
    }
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], number(i));
    assert_true(refused > 0);
}

static void test_send_and_open_again(void **state)
{
    (void)state;
    struct line *l = &lines[1];
    uint8_t out[10];
    board_hci_open();
    assert_int_equal(write_from(board_hci_write, 0, 300), 300);
    dma_ends(l);
    check_sent(l, 300);
    write_from(board_hci_write, 300, 10);
    come(l, 1);
    come(l, 2);
    serve(l);
    come(l, 3); /* still in the receiver */
    assert_int_equal(board_hci_open(), 0);
    serve(l);
    assert_int_equal(board_hci_read(out, 10), 0); /* what was under way belongs to a controller that is gone */
    assert_false(l->sending);
    assert_true(come(l, 4));
    serve(l);
    assert_int_equal(board_hci_read(out, 10), 1);
    assert_int_equal(out[0], 4);
    assert_int_equal(write_from(board_hci_write, 300, 10), 10);
    dma_ends(l);
    check_sent(l, 310);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_settings, setup),
        cmocka_unit_test_setup(test_flow_control, setup),
        cmocka_unit_test_setup(test_send_and_open_again, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
