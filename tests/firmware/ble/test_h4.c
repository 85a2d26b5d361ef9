/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/board.h"
#include "firmware/ble/h4.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t reset_answer[] = {4, 0x0E, 4, 1, 0x03, 0x0C, 0};

static struct ut_h4 h;
static size_t room;
static uint8_t line[600];
static size_t line_len;

size_t board_hci_write(const uint8_t *data, size_t len)
{
    size_t n = len < room ? len : room;
    memcpy(line + line_len, data, n);
    line_len += n;
    return n;
}

/* The last result but 0, and how many there were. */
static int results;
static int take(const uint8_t *bytes, size_t len)
{
    int last = 0;
    results = 0;
    for (size_t i = 0; i < len; i++) {
        int type = ut_h4_receive(&h, bytes[i]);
        if (type != 0) {
            last = type;
            results++;
        }
    }
    return last;
}

static int fresh(void **state)
{
    (void)state;
    ut_h4_init(&h);
    room = line_len = 0;
    return 0;
}

static int joined(void **state)
{
    fresh(state);
    assert_int_equal(take(reset_answer, sizeof reset_answer), UT_H4_EVENT);
    return 0;
}

static void test_begins_with_the_answer_to_reset(void **state)
{
    (void)state;
    static const uint8_t noise[] = {0, 4, 0x0E, 4, 1, 0x04, 0x0E, 0xFF, 2, 0, 0, 4, 4, 4, 0x0E};
    assert_int_equal(take(noise, sizeof noise), 0);
    assert_int_equal(take(reset_answer, sizeof reset_answer), UT_H4_EVENT);
    assert_int_equal(h.len, 6);
    assert_memory_equal(h.packet, reset_answer + 1, 6);
}

static void test_packets_of_every_length(void **state)
{
    (void)state;
    uint8_t packet[1 + 2 + UINT8_MAX];
    for (unsigned n = 0; n <= UINT8_MAX; n++) {
        packet[0] = UT_H4_EVENT;
        packet[1] = 0x3E;
        packet[2] = (uint8_t)n;
        memset(packet + 3, (int)n, n);
        assert_int_equal(take(packet, 3 + n), UT_H4_EVENT);
        assert_int_equal(results, 1);
        assert_int_equal(h.len, 2 + n);
        assert_memory_equal(h.packet, packet + 1, 2 + n);
    }
    for (unsigned n = 0; n <= UT_H4_ACL_BYTES; n++) {
        packet[0] = UT_H4_ACL;
        packet[1] = 0x40;
        packet[2] = 0x20;
        packet[3] = (uint8_t)n;
        packet[4] = 0;
        memset(packet + 5, (int)n, n);
        assert_int_equal(take(packet, 5 + n), UT_H4_ACL);
        assert_int_equal(results, 1);
        assert_int_equal(h.len, 4 + n);
        assert_memory_equal(h.packet, packet + 1, 4 + n);
    }
    assert_int_equal(h.skipped, 0);
}

/* One byte and more beyond the longest: passed over whole, and nothing is written behind the packet. */
static void test_acl_one_too_long(void **state)
{
    (void)state;
    static const uint8_t event[] = {4, 0x10, 1, 7};
    for (unsigned n = UT_H4_ACL_BYTES + 1; n <= UT_H4_ACL_BYTES + 8; n++) {
        const uint8_t head[] = {2, 0x40, 0x20, (uint8_t)n, (uint8_t)(n >> 8)};
        joined(state);
        assert_int_equal(take(head, sizeof head), 0);
        for (unsigned i = 0; i < n; i++) {
            assert_int_equal(ut_h4_receive(&h, 0xEE), 0);
            assert_int_equal(h.len, 4);
        }
        assert_int_equal(h.skipped, 1);
        assert_int_equal(take(event, sizeof event), UT_H4_EVENT);
        assert_int_equal(h.len, 3);
    }
}

/* ACL too long for anyone, sound, isochronous data: over their whole length, and then on. */
static void test_skips_what_it_does_not_want(void **state)
{
    (void)state;
    static const uint8_t too_long[] = {2, 0x40, 0x20, 0xFC, 0x03}, sound[] = {3, 0x40, 0, 5, 4, 4, 4, 4, 4};
    static const uint8_t isochronous[] = {5, 0x40, 0, 3, 0x40, 2, 2, 2};
    static const uint8_t event[] = {4, 0x10, 1, 7};
    assert_int_equal(take(too_long, sizeof too_long), 0);
    for (int i = 0; i < 0x3FC; i++)
        assert_int_equal(ut_h4_receive(&h, 4), 0);
    assert_int_equal(take(sound, sizeof sound), 0);
    assert_int_equal(take(isochronous, sizeof isochronous), 0);
    assert_int_equal(h.skipped, 3);
    assert_int_equal(take(event, sizeof event), UT_H4_EVENT);
    assert_int_equal(h.len, 3);
}

static void test_a_byte_that_begins_nothing(void **state)
{
    static const uint8_t event[] = {4, 0x10, 1, 7};
    for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
        if (byte >= UT_H4_ACL && byte <= UT_H4_ISO)
            continue;
        joined(state);
        assert_int_equal(ut_h4_receive(&h, (uint8_t)byte), UT_H4_LOST);
        assert_int_equal(take(event, sizeof event), 0);
        assert_int_equal(take(reset_answer, sizeof reset_answer), UT_H4_EVENT);
        assert_int_equal(take(event, sizeof event), UT_H4_EVENT);
    }
}

static void test_sends_in_pieces(void **state)
{
    (void)state;
    static const uint8_t header[] = {0x03, 0x0C, 4}, body[] = {1, 2, 3, 4}, whole[] = {1, 0x03, 0x0C, 4, 1, 2, 3, 4};
    assert_int_equal(ut_h4_ready(&h), 1);
    ut_h4_send(&h, UT_H4_COMMAND, header, sizeof header, body, sizeof body);
    for (unsigned i = 0; i <= sizeof whole; i++) {
        assert_int_equal(ut_h4_ready(&h), i == sizeof whole);
        assert_int_equal(line_len, i);
        room = 0;
        ut_h4_pump(&h);
        assert_int_equal(line_len, i);
        room = 1;
        ut_h4_pump(&h);
    }
    assert_int_equal(line_len, sizeof whole);
    assert_memory_equal(line, whole, sizeof whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_begins_with_the_answer_to_reset, fresh),
        cmocka_unit_test_setup(test_packets_of_every_length, joined),
        cmocka_unit_test_setup(test_acl_one_too_long, joined),
        cmocka_unit_test_setup(test_skips_what_it_does_not_want, joined),
        cmocka_unit_test_setup(test_a_byte_that_begins_nothing, fresh),
        cmocka_unit_test_setup(test_sends_in_pieces, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
