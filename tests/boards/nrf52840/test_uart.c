/* SPDX-License-Identifier: Apache-2.0 */
/* A UART, by the link's: any sizes round the ring, full, a late interrupt. */
#include "tests/boards/nrf52840/uart_model.h"
#include "tests/signal.h"

static void test_wrap(void **state)
{
    (void)state;
    struct line *l = &lines[0];
    uint32_t random = 1;
    size_t written = 0;
    while (written < 30000) {
        written += write_from(board_link_write, written, ut_signal_random(&random) % 700);
        if (l->sending && ut_signal_random(&random) % 2 != 0)
            dma_ends(l);
        assert_true(written - l->sent_bytes <= 1024);
    }
    while (l->sending)
        dma_ends(l);
    check_sent(l, written);
    assert_false(board_link_busy());
}

static void test_full(void **state)
{
    (void)state;
    struct line *l = &lines[0];
    assert_int_equal(write_from(board_link_write, 0, 1100), 1024);
    assert_int_equal(write_from(board_link_write, 1024, 10), 0);
    assert_true(board_link_busy());
    dma_ends(l);
    assert_int_equal(write_from(board_link_write, 1024, 10), 10);
    dma_ends(l);
    check_sent(l, 1034);
    interrupt(l); /* one for nothing */
    assert_false(l->sending);
}

static void test_receive(void **state)
{
    (void)state;
    struct line *l = &lines[0];
    uint8_t out[2000];
    for (size_t i = 0; i < 50; i++) {
        assert_true(come(l, number(i)));
        if (i % 3 == 0)
            serve(l); /* up to three bytes wait in the receiver */
    }
    serve(l);
    assert_int_equal(board_link_read(out, 20), 20);
    assert_int_equal(board_link_read(out + 20, 200), 30);
    for (size_t i = 0; i < 50; i++)
        assert_int_equal(out[i], number(i));
    for (size_t i = 0; i < 1500; i++) { /* nobody reads: the ring keeps the first, the line goes on */
        assert_true(come(l, number(i)));
        serve(l);
    }
    assert_int_equal(board_link_read(out, 2000), 1024);
    for (size_t i = 0; i < 1024; i++)
        assert_int_equal(out[i], number(i));
}

static void test_overrun(void **state)
{
    (void)state;
    struct line *l = &lines[0];
    uint8_t out[20];
    for (size_t i = 0; i < 10; i++)
        come(l, number(i)); /* the interrupt is late */
    assert_true(l->overruns > 0);
    serve(l);
    assert_int_equal(board_link_read(out, 20), FIFO);
    assert_true(come(l, 99));
    serve(l);
    assert_int_equal(board_link_read(out, 20), 1);
    assert_int_equal(out[0], 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_wrap, setup),
        cmocka_unit_test_setup(test_full, setup),
        cmocka_unit_test_setup(test_receive, setup),
        cmocka_unit_test_setup(test_overrun, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
