/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/board.h"
#include "firmware/link.h"
#include "tests/firmware/records.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The board of this test: takes `room` bytes, then none. */
static size_t room;
static uint8_t line[8192];
static size_t line_len;

size_t board_link_write(const uint8_t *data, size_t len)
{
    size_t n = len < room ? len : room;
    assert_true(line_len + n <= sizeof line);
    memcpy(line + line_len, data, n);
    line_len += n;
    room -= n;
    return n;
}

static struct ut_link waiting;
static struct ut_wire_receiver receiver;
static uint8_t received[256][UT_WIRE_RECORD_BYTES];

static int setup(void **state)
{
    (void)state;
    ut_link_init(&waiting);
    line_len = 0;
    room = 0;
    return 0;
}

static void put(int type, uint8_t seq)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    make_record(record, type, seq);
    ut_link_put(&waiting, record);
}

/* What a receiver that saw a delimiter makes of the line. */
static int receive_all(void)
{
    int n = 0;
    ut_wire_receiver_init(&receiver);
    ut_wire_receive(&receiver, 0, received[0]);
    for (size_t i = 0; i < line_len; i++)
        if (ut_wire_receive(&receiver, line[i], received[n]) == 1)
            n++;
    return n;
}

static void test_nothing(void **state)
{
    (void)state;
    room = 100;
    assert_int_equal(ut_link_pump(&waiting), 1);
    assert_int_equal(line_len, 0);
}

static void test_in_order(void **state)
{
    (void)state;
    room = sizeof line;
    for (int i = 0; i < UT_LINK_RECORDS; i++)
        put(UT_WIRE_TURN, (uint8_t)i);
    assert_int_equal(ut_link_pump(&waiting), 1);
    assert_int_equal(receive_all(), UT_LINK_RECORDS);
    for (int i = 0; i < UT_LINK_RECORDS; i++)
        assert_int_equal(received[i][1], i);
    assert_int_equal(waiting.queue.drops, 0);
}

/* Any pattern of small acceptances gives the same bytes as one large one. */
static void test_piecewise(void **state)
{
    (void)state;
    static uint8_t whole[UT_LINK_RECORDS * UT_WIRE_FRAME_BYTES];
    room = sizeof line;
    for (int i = 0; i < UT_LINK_RECORDS; i++)
        put(UT_WIRE_SCORE, (uint8_t)i);
    ut_link_pump(&waiting);
    size_t whole_len = line_len;
    assert_int_equal(whole_len, sizeof whole);
    memcpy(whole, line, whole_len);
    setup(NULL);
    for (int i = 0; i < UT_LINK_RECORDS; i++)
        put(UT_WIRE_SCORE, (uint8_t)i);
    uint32_t random = 7;
    for (int i = 0; i < 1000 && line_len < whole_len; i++) {
        room = ut_signal_random(&random) % 4;
        ut_link_pump(&waiting);
    }
    assert_int_equal(line_len, whole_len);
    assert_memory_equal(line, whole, whole_len);
}

/* The link stops before frame i, for every i: the frame begun is completed whole, the oldest scores go, the receiver
 * counts exactly what was dropped. */
static void test_stall_at_every_record(void **state)
{
    (void)state;
    for (int at = 0; at < 3 * UT_LINK_RECORDS; at++) {
        setup(NULL);
        for (int i = 0; i < 3 * UT_LINK_RECORDS; i++) {
            if (i < at)
                room = UT_WIRE_FRAME_BYTES;
            else if (i == at)
                room = 5; /* and then nothing */
            put(UT_WIRE_SCORE, (uint8_t)i);
            ut_link_pump(&waiting);
        }
        room = sizeof line;
        assert_int_equal(ut_link_pump(&waiting), 1);
        int n = receive_all();
        assert_int_equal(receiver.malformed, 0);
        assert_int_equal(n + waiting.queue.drops, 3 * UT_LINK_RECORDS);
        assert_int_equal(receiver.lost, waiting.queue.drops);
        assert_int_equal(received[n - 1][1], 3 * UT_LINK_RECORDS - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing, setup),
        cmocka_unit_test_setup(test_in_order, setup),
        cmocka_unit_test_setup(test_piecewise, setup),
        cmocka_unit_test_setup(test_stall_at_every_record, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
