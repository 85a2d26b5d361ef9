/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/board.h"
#include "firmware/ble/hci.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { HANDLE = 0x40 };

static struct ut_hci h;
static uint8_t line[512];
static size_t line_len;
static uint32_t now_ms;

size_t board_hci_write(const uint8_t *data, size_t len)
{
    assert_true(line_len + len <= sizeof line);
    memcpy(line + line_len, data, len);
    line_len += len;
    return len;
}

/* The opcode of the command sent next, or 0. */
static unsigned sent(void)
{
    line_len = 0;
    assert_int_equal(ut_hci_work(&h, now_ms), UT_HCI_NOTHING);
    ut_h4_pump(&h.h4);
    if (line_len == 0)
        return 0;
    assert_int_equal(line[0], UT_H4_COMMAND);
    assert_int_equal(line_len, 4U + line[3]);
    return line[1] | (unsigned)line[2] << 8;
}

static enum ut_hci_result event(const uint8_t *bytes, size_t len)
{
    return ut_hci_event(&h, bytes, len);
}
#define EVENT(...) event((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* Command Complete with success and `data`. */
static enum ut_hci_result complete(unsigned opcode, const uint8_t *data, size_t len)
{
    uint8_t bytes[64] = {0x0E, (uint8_t)(4 + len), 1, (uint8_t)opcode, (uint8_t)(opcode >> 8), 0};
    if (len > 0)
        memcpy(bytes + 6, data, len);
    return event(bytes, 6 + len);
}

static int running(void **state)
{
    (void)state;
    static const uint8_t buffers[] = {27, 0, 4}, features[8] = {0x20, 0x01};
    now_ms = 1000;
    ut_hci_start(&h);
    assert_int_equal(sent(), 0x0C03);
    assert_int_equal(complete(0x0C03, NULL, 0), UT_HCI_NOTHING);
    assert_int_equal(sent(), 0x0C01);
    complete(0x0C01, NULL, 0);
    assert_int_equal(sent(), 0x2001);
    assert_int_equal(line[4] | line[5] << 8, 0x0A55);
    complete(0x2001, NULL, 0);
    assert_int_equal(sent(), 0x2002);
    complete(0x2002, buffers, sizeof buffers);
    assert_int_equal(ut_hci_running(&h), 0);
    assert_int_equal(sent(), 0x2003);
    assert_int_equal(ut_hci_running(&h), 0);
    complete(0x2003, features, sizeof features);
    assert_int_equal(ut_hci_running(&h), 1);
    assert_int_equal(h.acl_bytes, 27);
    assert_int_equal(h.acl_packets, 4);
    assert_int_equal(sent(), 0);
    return 0;
}

static enum ut_hci_result connect(void)
{
    return EVENT(0x3E, 19, 1, 0, 0x40, 0, 1, 1, 1, 2, 3, 4, 5, 6, 24, 0, 0, 0, 0x90, 1, 0);
}

static int connected(void **state)
{
    running(state);
    assert_int_equal(connect(), UT_HCI_CONNECTED);
    h.wanted = 0;
    return 0;
}

static void test_buffers_of_a_shared_controller(void **state)
{
    (void)state;
    static const uint8_t none[] = {0, 0, 0}, shared[] = {0xFD, 3, 60, 7, 0, 1, 0}, features[8] = {0};
    ut_hci_start(&h);
    for (int i = 0; i < 3; i++)
        complete(sent(), NULL, 0);
    assert_int_equal(sent(), 0x2002);
    complete(0x2002, none, sizeof none);
    assert_int_equal(sent(), 0x1005);
    complete(0x1005, shared, sizeof shared);
    assert_int_equal(sent(), 0x2003);
    complete(0x2003, features, sizeof features);
    assert_int_equal(ut_hci_running(&h), 1);
    assert_int_equal(h.acl_bytes, UT_H4_ACL_BYTES);
    assert_int_equal(h.acl_packets, 7);
    /* And one that has none at all. */
    ut_hci_start(&h);
    for (int i = 0; i < 3; i++)
        complete(sent(), NULL, 0);
    assert_int_equal(sent(), 0x2002);
    complete(0x2002, none, sizeof none);
    assert_int_equal(sent(), 0x1005);
    static const uint8_t nothing[] = {0xFD, 3, 60, 0, 0, 0, 0};
    assert_int_equal(complete(0x1005, nothing, sizeof nothing), UT_HCI_LOST);
}

/* No command without a credit, one at a time, credits by either event, and by one that answers nothing. */
static void test_credits(void **state)
{
    (void)state;
    ut_hci_want(&h, UT_HCI_LE_RAND);
    ut_hci_want(&h, UT_HCI_READ_RSSI);
    assert_int_equal(sent(), 0x2018);
    assert_int_equal(sent(), 0);
    assert_int_equal(EVENT(0x0E, 12, 0, 0x18, 0x20, 0, 1, 2, 3, 4, 5, 6, 7, 8), UT_HCI_RANDOM);
    assert_int_equal(h.random[7], 8);
    assert_int_equal(sent(), 0);
    assert_int_equal(EVENT(0x0E, 3, 1, 0, 0), UT_HCI_NOTHING);
    assert_int_equal(sent(), 0x1405);
    assert_int_equal(EVENT(0x0F, 4, 0x0C, 2, 0x05, 0x14), UT_HCI_NOTHING);
    assert_int_equal(h.refused, 1);
    assert_int_equal(h.credits, 2);
}

static void test_a_controller_that_does_not_answer(void **state)
{
    (void)state;
    ut_hci_want(&h, UT_HCI_LE_RAND);
    assert_int_equal(sent(), 0x2018);
    now_ms += UT_HCI_ANSWER_MS;
    assert_int_equal(ut_hci_work(&h, now_ms), UT_HCI_NOTHING);
    assert_int_equal(ut_hci_work(&h, now_ms + 1), UT_HCI_LOST);
    /* Nor one that never gives a credit again. */
    EVENT(0x0E, 12, 0, 0x18, 0x20, 0, 1, 2, 3, 4, 5, 6, 7, 8);
    ut_hci_want(&h, UT_HCI_LE_RAND);
    assert_int_equal(ut_hci_work(&h, now_ms + 1), UT_HCI_LOST);
    assert_int_equal(EVENT(0x10, 1, 0x42), UT_HCI_LOST);
}

/* What the set-up cannot do without. */
static void test_a_controller_that_refuses_the_setup(void **state)
{
    (void)state;
    for (int step = 0; step < 5; step++) {
        ut_hci_start(&h);
        for (int i = 0; i < step; i++) {
            static const uint8_t data[8] = {27, 0, 4};
            complete(sent(), data, sizeof data);
        }
        unsigned opcode = sent();
        assert_int_not_equal(opcode, 0);
        assert_int_equal(EVENT(0x0E, 4, 1, (uint8_t)opcode, (uint8_t)(opcode >> 8), 1), UT_HCI_LOST);
    }
}

static void test_advertising(void **state)
{
    (void)state;
    static const unsigned opcodes[] = {0x200A, 0x2005, 0x2006, 0x2008, 0x2009, 0x200A};
    static const struct ut_address next = {UT_ADDRESS_RANDOM, {1, 2, 3, 4, 5, 0x46}};
    h.next_own = next;
    h.advertising_data[0] = 0x55;
    h.advertising_len = 1;
    h.scan_len = 0;
    ut_hci_advertise(&h);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(sent(), opcodes[i]);
        if (i == 0 || i == 5)
            assert_int_equal(line[4], i == 5);
        if (i == 1)
            assert_memory_equal(line + 4, next.octets, 6);
        if (i == 2) {
            assert_int_equal(line[3], 15);
            assert_int_equal(line[4] | line[5] << 8, 160); /* 100 ms, connectable, all channels */
            assert_int_equal(line[6] | line[7] << 8, 160);
            assert_int_equal(line[8], 0);
            assert_int_equal(line[9], UT_ADDRESS_RANDOM);
            assert_int_equal(line[17], 7);
        }
        if (i == 3) {
            assert_int_equal(line[3], 32);
            assert_int_equal(line[4], 1);
            assert_int_equal(line[5], 0x55);
        }
        assert_int_equal(memcmp(&h.own, &next, sizeof next) == 0, i > 1);
        assert_int_equal(complete(opcodes[i], NULL, 0), i == 5 ? UT_HCI_ADVERTISING : UT_HCI_NOTHING);
    }
    assert_int_equal(h.advertising, 1);
    assert_int_equal(connect(), UT_HCI_CONNECTED);
    assert_int_equal(h.advertising, 0);
}

/* A list of the controller that found the identity behind an address: pairing and the host's own search go by the
 * address on air. */
static void test_an_address_that_the_controller_resolved(void **state)
{
    (void)state;
    uint8_t bytes[33] = {0x3E, 31, 0x0A, 0, HANDLE, 0, 1, 3, 9, 9, 9, 9, 9, 0xC9};
    static const uint8_t private[6] = {1, 2, 3, 4, 5, 0x46};
    memcpy(bytes + 20, private, sizeof private);
    assert_int_equal(event(bytes, sizeof bytes), UT_HCI_CONNECTED);
    assert_int_equal(h.peer.type, UT_ADDRESS_RANDOM);
    assert_memory_equal(h.peer.octets, private, sizeof private);
    assert_int_equal(EVENT(0x05, 4, 0, HANDLE, 0, 8), UT_HCI_DISCONNECTED);
    memset(bytes + 20, 0, sizeof private); /* it came with its identity */
    assert_int_equal(event(bytes, sizeof bytes), UT_HCI_CONNECTED);
    assert_memory_equal(h.peer.octets, bytes + 8, 6);
}

static void test_connection(void **state)
{
    (void)state;
    assert_int_equal(h.connected, 1);
    assert_int_equal(h.handle, 0x40);
    assert_int_equal(h.peer.type, UT_ADDRESS_RANDOM);
    assert_int_equal(h.peer.octets[5], 6);
    assert_int_equal(h.interval, 24);
    assert_int_equal(h.timeout, 400);
    assert_int_equal(connect(), UT_HCI_NOTHING); /* one at a time */
    assert_int_equal(EVENT(0x3E, 10, 3, 0, 0x40, 0, 40, 0, 4, 0, 200, 0), UT_HCI_PARAMETERS);
    assert_int_equal(h.interval, 40);
    assert_int_equal(h.latency, 4);
    assert_int_equal(h.timeout, 200);
    assert_int_equal(EVENT(0x3E, 13, 7, HANDLE, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), UT_HCI_NOTHING); /* data length */
    assert_int_equal(EVENT(0x3E, 10, 3, 0, 0x41, 0, 6, 0, 0, 0, 200, 0), UT_HCI_NOTHING);           /* another's */
    assert_int_equal(h.interval, 40);
    assert_int_equal(EVENT(0x08, 4, 0, 0x40, 0, 1), UT_HCI_ENCRYPTION);
    assert_int_equal(h.encrypted, 1);
    assert_int_equal(EVENT(0x30, 3, 5, 0x40, 0), UT_HCI_ENCRYPTION_BAD);
    assert_int_equal(h.encrypted, 0);
    assert_int_equal(EVENT(0x30, 3, 0, 0x40, 0), UT_HCI_ENCRYPTION);
    assert_int_equal(h.encrypted, 1);
    assert_int_equal(EVENT(0x08, 4, 6, 0x40, 0, 0), UT_HCI_ENCRYPTION_BAD);
    assert_int_equal(h.encrypted, 0);
    assert_int_equal(EVENT(0x05, 4, 0, 0x41, 0, 8), UT_HCI_NOTHING);
    assert_int_equal(EVENT(0x05, 4, 1, 0x40, 0, 8), UT_HCI_NOTHING);
    assert_int_equal(EVENT(0x05, 4, 0, 0x40, 0, 8), UT_HCI_DISCONNECTED);
    assert_int_equal(h.reason, 8);
    assert_int_equal(EVENT(0x05, 4, 0, 0x40, 0, 8), UT_HCI_NOTHING);
}

static void test_the_enhanced_event_and_bad_ones(void **state)
{
    (void)state;
    ut_hci_want(&h, UT_HCI_LE_ADVERTISE_ON); /* too late */
    assert_int_equal(EVENT(0x3E, 31, 0x0A, 0, 0x40, 0, 1, 2, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24,
                           0, 3, 0, 0x90, 1, 0),
                     UT_HCI_CONNECTED);
    assert_int_equal(h.peer.type, UT_ADDRESS_PUBLIC);
    assert_int_equal(h.latency, 3);
    assert_int_equal(h.wanted, 1U << UT_HCI_LE_SET_DATA_LENGTH | 1U << UT_HCI_LE_SET_PHY); /* as its features offer */
    static const uint8_t length[] = {1, 0x22, 0x20, 6, HANDLE, 0, 251, 0, 0x48, 0x08};
    static const uint8_t phy[] = {1, 0x32, 0x20, 7, HANDLE, 0, 0, 2, 2, 0, 0};
    assert_int_equal(sent(), 0x2022);
    assert_memory_equal(line, length, sizeof length);
    complete(0x2022, NULL, 0);
    assert_int_equal(sent(), 0x2032);
    assert_memory_equal(line, phy, sizeof phy);
    running(state);
    assert_int_equal(EVENT(0x3E, 19, 1, 0x3C, 0x40, 0, 1, 1, 1, 2, 3, 4, 5, 6, 24, 0, 0, 0, 0x90, 1, 0),
                     UT_HCI_NOTHING);
    assert_int_equal(EVENT(0x3E, 19, 1, 0, 0x40, 0, 0, 1, 1, 2, 3, 4, 5, 6, 24, 0, 0, 0, 0x90, 1, 0), UT_HCI_NOTHING);
    assert_int_equal(EVENT(0x3E, 5, 1, 0, 0x40, 0, 1), UT_HCI_NOTHING);
    assert_int_equal(h.connected, 0);
    assert_int_equal(EVENT(0x3E, 19, 1), UT_HCI_NOTHING); /* shorter than it says */
    assert_int_equal(EVENT(0x3E), UT_HCI_NOTHING);
    assert_int_equal(EVENT(0x3E, 0), UT_HCI_NOTHING);
    assert_int_equal(EVENT(0x0E, 2, 1, 0), UT_HCI_NOTHING);
    assert_int_equal(EVENT(0x0F, 1, 1), UT_HCI_NOTHING);
    assert_int_equal(EVENT(0x13, 0), UT_HCI_NOTHING);
    assert_int_equal(EVENT(0xFF, 3, 1, 2, 3), UT_HCI_NOTHING); /* of a vendor */
    assert_true(h.refused >= 6);
}

static void test_long_term_key(void **state)
{
    (void)state;
    assert_int_equal(EVENT(0x3E, 13, 5, 0x40, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), UT_HCI_KEY_WANTED);
    assert_int_equal(h.key_rand[7], 8);
    assert_int_equal(h.key_diversifier, 0x0A09);
    memset(h.key, 0xA5, sizeof h.key);
    ut_hci_want(&h, UT_HCI_LE_KEY_REPLY);
    assert_int_equal(sent(), 0x201A);
    assert_int_equal(line[3], 18);
    assert_int_equal(line[4], 0x40);
    assert_int_equal(line[6], 0xA5);
    assert_int_equal(h.key[15], 0); /* it does not stay here */
    complete(0x201A, line + 4, 2);
    ut_hci_want(&h, UT_HCI_LE_KEY_NEGATIVE_REPLY);
    assert_int_equal(sent(), 0x201B);
    assert_int_equal(line[3], 2);
    complete(0x201B, line + 4, 2);
    ut_hci_want(&h, UT_HCI_DISCONNECT);
    assert_int_equal(sent(), 0x0406);
    assert_int_equal(line[6], 0x13);
}

/* Never more packets out than the controller has buffers; lies about completed ones change nothing. */
static void test_flow_control(void **state)
{
    (void)state;
    static const uint8_t data[27] = {1};
    for (int i = 0; i < 4; i++) {
        line_len = 0;
        assert_int_equal(ut_hci_acl_room(&h), 27);
        ut_hci_send_acl(&h, i == 0, data, sizeof data);
        assert_int_equal(ut_hci_acl_room(&h), 0); /* the line is busy */
        ut_h4_pump(&h.h4);
        assert_int_equal(line_len, 32);
        assert_int_equal(line[2], i == 0 ? 0x00 : 0x10);
        assert_int_equal(line[3], 27);
    }
    assert_int_equal(ut_hci_acl_room(&h), 0);
    assert_int_equal(EVENT(0x13, 5, 1, 0x41, 0, 4, 0), UT_HCI_SENT);
    assert_int_equal(h.completed, 0);
    assert_int_equal(EVENT(0x13, 9, 2, 0x41, 0, 4, 0, 0x40, 0, 1, 0), UT_HCI_SENT);
    assert_int_equal(h.completed, 1);
    assert_int_equal(h.acl_free, 1);
    assert_int_equal(EVENT(0x13, 5, 2, 0x40, 0, 1, 0), UT_HCI_NOTHING);
    assert_int_equal(h.acl_free, 1);
    assert_int_equal(EVENT(0x13, 5, 1, 0x40, 0, 0xFF, 0xFF), UT_HCI_SENT);
    assert_int_equal(h.completed, 3);
    assert_int_equal(h.acl_free, 4);
}

static void test_acl_in(void **state)
{
    (void)state;
    int first;
    size_t len;
    static const uint8_t begins[] = {0x40, 0x20, 2, 0, 7, 8}, continues[] = {0x40, 0x10, 0, 0};
    static const uint8_t another[] = {0x41, 0x20, 0, 0}, broadcast[] = {0x40, 0x60, 0, 0},
                         lie[] = {0x40, 0x20, 3, 0, 7, 8};
    assert_ptr_equal(ut_hci_acl(&h, begins, sizeof begins, &first, &len), begins + 4);
    assert_int_equal(first, 1);
    assert_int_equal(len, 2);
    assert_non_null(ut_hci_acl(&h, continues, sizeof continues, &first, &len));
    assert_int_equal(first, 0);
    assert_int_equal(len, 0);
    assert_null(ut_hci_acl(&h, another, sizeof another, &first, &len));
    assert_null(ut_hci_acl(&h, broadcast, sizeof broadcast, &first, &len));
    assert_null(ut_hci_acl(&h, lie, sizeof lie, &first, &len));
    assert_null(ut_hci_acl(&h, begins, 3, &first, &len));
    EVENT(0x05, 4, 0, 0x40, 0, 8);
    assert_null(ut_hci_acl(&h, begins, sizeof begins, &first, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffers_of_a_shared_controller),
        cmocka_unit_test_setup(test_credits, running),
        cmocka_unit_test_setup(test_a_controller_that_does_not_answer, running),
        cmocka_unit_test(test_a_controller_that_refuses_the_setup),
        cmocka_unit_test_setup(test_advertising, running),
        cmocka_unit_test_setup(test_an_address_that_the_controller_resolved, running),
        cmocka_unit_test_setup(test_connection, connected),
        cmocka_unit_test_setup(test_the_enhanced_event_and_bad_ones, running),
        cmocka_unit_test_setup(test_long_term_key, connected),
        cmocka_unit_test_setup(test_flow_control, connected),
        cmocka_unit_test_setup(test_acl_in, connected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
