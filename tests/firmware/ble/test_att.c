/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/board.h"
#include "firmware/ble/att.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { LAST = UT_GATT_END - 1 };

const char board_name[4] = {'t', 'e', 's', 't'};

uint8_t board_battery(void)
{
    return 255;
}

static struct ut_gatt g;
static struct ut_att a;
static uint8_t out[UT_ATT_MTU_MAX + 1];
static size_t out_len;
static int controls;

static int control(void *ctx, const uint8_t *data, size_t len)
{
    (void)ctx;
    (void)data;
    controls++;
    return len == 1 ? 0 : UT_GATT_INVALID_LENGTH;
}

static int setup(void **state)
{
    (void)state;
    ut_gatt_init(&g, UT_GATT_AUTHENTICATED, control, control, NULL);
    ut_att_init(&a, &g);
    controls = 0;
    return 0;
}

/* The answer into out[]; its length. It is never longer than the MTU in force. */
static size_t ask(const uint8_t *pdu, size_t len)
{
    size_t mtu = a.mtu;
    out[UT_ATT_MTU_MAX] = 0xA5;
    out_len = ut_att_receive(&a, pdu, len, out);
    assert_true(out_len <= mtu);
    assert_int_equal(out[UT_ATT_MTU_MAX], 0xA5);
    return out_len;
}
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define ASK(...) ask(BYTES(__VA_ARGS__))

static void expect(const uint8_t *bytes, size_t len)
{
    assert_int_equal(out_len, len);
    assert_memory_equal(out, bytes, len);
}
#define EXPECT(...) expect(BYTES(__VA_ARGS__))

static void expect_error(unsigned opcode, unsigned handle, unsigned code)
{
    EXPECT(0x01, (uint8_t)opcode, (uint8_t)handle, (uint8_t)(handle >> 8), (uint8_t)code);
}

static void test_mtu(void **state)
{
    (void)state;
    for (unsigned theirs = 0; theirs < 600; theirs++) {
        ut_att_init(&a, &g);
        ASK(0x02, (uint8_t)theirs, (uint8_t)(theirs >> 8));
        if (theirs < UT_ATT_MTU_MIN) {
            expect_error(0x02, 0, UT_GATT_INVALID_PDU);
            assert_int_equal(a.mtu, UT_ATT_MTU_MIN);
        } else {
            EXPECT(0x03, 247, 0);
            assert_int_equal(a.mtu, theirs < 247 ? theirs : 247);
        }
    }
    assert_int_equal(ut_att_notification_bytes(&a), 244);
}

/* Walks by Read By Group Type as a central does. */
static void test_primary_services(void **state)
{
    (void)state;
    ASK(0x10, 1, 0, 0xFF, 0xFF, 0x00, 0x28);
    EXPECT(0x11, 6, 1, 0, 9, 0, 0x00, 0x18, 10, 0, 17, 0, 0x01, 0x18, 18, 0, 26, 0, 0x0A, 0x18); /* as many as fit */
    ASK(0x10, 27, 0, 0xFF, 0xFF, 0x00, 0x28);
    EXPECT(0x11, 6, 27, 0, 30, 0, 0x0F, 0x18);
    ASK(0x10, 31, 0, 0xFF, 0xFF, 0x00, 0x28);
    EXPECT(0x11, 20, 31, 0, 39, 0, 0xF5, 0xAF, 0x5D, 0xC8, 0x0F, 0x3D, 0x37, 0xA6, 0x30, 0x43, 0x39, 0x58, 1, 0, 0x5A,
           0xE8);
    ASK(0x10, 32, 0, 0xFF, 0xFF, 0x00, 0x28);
    EXPECT(0x11, 20, 40, 0, 43, 0, 0x84, 0xAA, 0x60, 0x74, 0x52, 0x8A, 0x8B, 0x86, 0xD3, 0x4C, 0xB7, 0x1D, 0x1D, 0xDC,
           0x53, 0x8D);
    ASK(0x10, 41, 0, 0xFF, 0xFF, 0x00, 0x28);
    expect_error(0x10, 41, UT_GATT_NOT_FOUND);
    ASK(0x10, 1, 0, 0xFF, 0xFF, 0x01, 0x28);
    expect_error(0x10, 1, UT_GATT_UNSUPPORTED_GROUP);
    /* The same type written out. */
    ASK(0x10, 27, 0, 30, 0, 0xFB, 0x34, 0x9B, 0x5F, 0x80, 0, 0, 0x80, 0, 0x10, 0, 0, 0, 0x28, 0, 0);
    EXPECT(0x11, 6, 27, 0, 30, 0, 0x0F, 0x18);
}

static void test_find_by_type_value(void **state)
{
    (void)state;
    ASK(0x06, 1, 0, 0xFF, 0xFF, 0x00, 0x28, 0x0F, 0x18);
    EXPECT(0x07, 27, 0, 30, 0);
    ASK(0x06, 1, 0, 0xFF, 0xFF, 0x00, 0x28, 0xF5, 0xAF, 0x5D, 0xC8, 0x0F, 0x3D, 0x37, 0xA6, 0x30, 0x43, 0x39, 0x58, 1,
        0, 0x5A, 0xE8);
    EXPECT(0x07, 31, 0, 39, 0);
    ASK(0x06, 1, 0, 0xFF, 0xFF, 0x00, 0x28, 0x0D, 0x18);
    expect_error(0x06, 1, UT_GATT_NOT_FOUND);
    ASK(0x06, 1, 0, 0xFF, 0xFF, 0x00, 0x28);
    expect_error(0x06, 1, UT_GATT_NOT_FOUND);
    ASK(0x06, 1, 0, 0xFF, 0xFF, 0x02, 0x29, 0, 0); /* an attribute that is no group ends with itself */
    assert_int_equal(out[0], 0x07);
    assert_int_equal(out_len, 1 + 5 * 4);
    assert_int_equal(out[1], UT_GATT_CHANGED_CONFIGURATION);
    assert_int_equal(out[3], UT_GATT_CHANGED_CONFIGURATION);
    ASK(0x06, 1, 0, 0xFF, 0xFF, 0x05, 0x2A); /* and what may not be read is not found */
    expect_error(0x06, 1, UT_GATT_NOT_FOUND);
}

/* All attributes by Find Information, at every MTU; the two formats never share an answer. */
static void test_find_information(void **state)
{
    (void)state;
    for (unsigned mtu = UT_ATT_MTU_MIN; mtu <= UT_ATT_MTU_MAX; mtu++) {
        unsigned handle = 1;
        a.mtu = (uint16_t)mtu;
        while (ASK(0x04, (uint8_t)handle, 0, 0xFF, 0xFF) != 5 || out[0] != 0x01) {
            size_t uuid = out[1] == 1 ? 2 : 16;
            assert_int_equal(out[0], 0x05);
            assert_int_equal((out_len - 2) % (2 + uuid), 0);
            uint8_t type[16];
            unsigned after = handle + (unsigned)((out_len - 2) / (2 + uuid));
            assert_true(out_len + 2 + uuid > mtu || ut_gatt_type(after, type) != uuid); /* as many as fit */
            for (size_t at = 2; at < out_len; at += 2 + uuid, handle++) {
                assert_int_equal(out[at], handle);
                assert_int_equal(ut_gatt_type(handle, type), uuid);
                assert_memory_equal(out + at + 2, type, uuid);
            }
        }
        expect_error(0x04, LAST + 1, UT_GATT_NOT_FOUND);
        assert_int_equal(handle, LAST + 1);
    }
}

/* All declarations by Read By Type, at every MTU; values of different lengths never share an answer. */
static void test_read_by_type(void **state)
{
    (void)state;
    for (unsigned mtu = UT_ATT_MTU_MIN; mtu <= UT_ATT_MTU_MAX; mtu++) {
        unsigned handle = 1, found = 0;
        a.mtu = (uint16_t)mtu;
        while (ASK(0x08, (uint8_t)handle, 0, 0xFF, 0xFF, 0x03, 0x28) != 5 || out[0] != 0x01) {
            assert_int_equal(out[0], 0x09);
            assert_true(out[1] == 7 || out[1] == 21);
            assert_int_equal((out_len - 2) % out[1], 0);
            for (size_t at = 2; at < out_len; at += out[1], found++) {
                assert_true(out[at] >= handle);
                assert_int_equal(out[at + 3], out[at] + 1);
                handle = out[at] + 1U;
            }
        }
        assert_int_equal(found, 16);
    }
    a.mtu = UT_ATT_MTU_MIN;
    ASK(0x08, 1, 0, 0xFF, 0xFF, 0x2A, 0x2B);
    assert_int_equal(out[1], 18);
    assert_int_equal(out_len, 20);
    ASK(0x08, 1, 0, 0xFF, 0xFF, 0x05, 0x2A); /* the first one cannot be read: its own error and handle */
    expect_error(0x08, UT_GATT_CHANGED, UT_GATT_READ_NOT_PERMITTED);
    ASK(0x08, 1, 0, 0xFF, 0xFF, 0x19, 0x2A);
    expect_error(0x08, UT_GATT_LEVEL, UT_GATT_UNKNOWN);
    ASK(0x08, 1, 0, 0xFF, 0xFF, 0xF5, 0xAF, 0x5D, 0xC8, 0x0F, 0x3D, 0x37, 0xA6, 0x30, 0x43, 0x39, 0x58, 4, 0, 0x5A,
        0xE8);
    assert_int_equal(out[2], UT_GATT_VERSIONS);
    assert_int_equal(out[1], 21); /* 19 of its 20 bytes fit */
    /* A long UUID that is Bluetooth's own but for one octet is another type. */
    for (int i = 0; i < 16; i++) {
        uint8_t pdu[] = {0x08, 1,    0, 0xFF, 0xFF, 0xFB, 0x34, 0x9B, 0x5F, 0x80, 0,
                         0,    0x80, 0, 0x10, 0,    0,    0x03, 0x28, 0,    0};
        ask(pdu, sizeof pdu);
        assert_int_equal(out[0], 0x09);
        pdu[5 + i] ^= 0x40;
        ask(pdu, sizeof pdu);
        expect_error(0x08, 1, UT_GATT_NOT_FOUND);
    }
    ASK(0x08, 1, 0, 0xFF, 0xFF, 0x77, 0x77);
    expect_error(0x08, 1, UT_GATT_NOT_FOUND);
}

static void test_read(void **state)
{
    (void)state;
    ASK(0x0A, UT_GATT_NAME, 0);
    EXPECT(0x0B, 'U', 'n', 'd', 'e', 'r', 't', 'o', 'n', 'e');
    ASK(0x0A, UT_GATT_STREAM, 0); /* the stream of an open link, and of any other */
    expect_error(0x0A, UT_GATT_STREAM, UT_GATT_READ_NOT_PERMITTED);
    ASK(0x0A, UT_GATT_CONTROL, 0);
    expect_error(0x0A, UT_GATT_CONTROL, UT_GATT_READ_NOT_PERMITTED);
    for (unsigned offset = 0; offset < 12; offset++) {
        ASK(0x0C, UT_GATT_NAME, 0, (uint8_t)offset, 0);
        if (offset > 9) {
            expect_error(0x0C, UT_GATT_NAME, UT_GATT_INVALID_OFFSET);
        } else {
            assert_int_equal(out_len, 1 + 9 - offset);
            assert_memory_equal(out + 1, "Undertone" + offset, 9 - offset);
        }
    }
    ASK(0x0C, UT_GATT_NAME, 0, 0xFF, 0xFF);
    expect_error(0x0C, UT_GATT_NAME, UT_GATT_INVALID_OFFSET);
    ASK(0x0E, UT_GATT_APPEARANCE, 0, UT_GATT_MODEL, 0, UT_GATT_APPEARANCE, 0);
    EXPECT(0x0F, 0x42, 0x09, 't', 'e', 's', 't', 0x42, 0x09);
    ASK(0x0E, UT_GATT_VERSIONS, 0, UT_GATT_VERSIONS, 0); /* cut at the MTU */
    assert_int_equal(out_len, UT_ATT_MTU_MIN);
    ASK(0x0E, UT_GATT_APPEARANCE, 0, UT_GATT_STREAM, 0);
    expect_error(0x0E, UT_GATT_STREAM, UT_GATT_READ_NOT_PERMITTED);
    ASK(0x0E, UT_GATT_APPEARANCE, 0, 0, 0);
    expect_error(0x0E, 0, UT_GATT_INVALID_HANDLE);
}

static void test_write(void **state)
{
    (void)state;
    ASK(0x12, UT_GATT_LEVEL_CONFIGURATION, 0, 1, 0);
    EXPECT(0x13);
    assert_int_equal(g.on, UT_GATT_LEVEL_ON);
    ASK(0x12, UT_GATT_LEVEL_CONFIGURATION, 0, 1);
    expect_error(0x12, UT_GATT_LEVEL_CONFIGURATION, UT_GATT_INVALID_LENGTH);
    ASK(0x12, UT_GATT_NAME, 0, 'x');
    expect_error(0x12, UT_GATT_NAME, UT_GATT_WRITE_NOT_PERMITTED);
    /* Before pairing. */
    ASK(0x12, UT_GATT_STREAM_CONFIGURATION, 0, 1, 0);
    expect_error(0x12, UT_GATT_STREAM_CONFIGURATION, UT_GATT_AUTHENTICATION);
    ASK(0x12, UT_GATT_CONTROL, 0, 1);
    expect_error(0x12, UT_GATT_CONTROL, UT_GATT_AUTHENTICATION);
    assert_int_equal(ASK(0x52, UT_GATT_CONTROL, 0, 1), 0);
    assert_int_equal(controls, 0);
    g.known = 1;
    ASK(0x12, UT_GATT_CONTROL, 0, 1);
    expect_error(0x12, UT_GATT_CONTROL, UT_GATT_ENCRYPTION);
    g.security = UT_GATT_AUTHENTICATED;
    ASK(0x12, UT_GATT_CONTROL, 0, 1);
    EXPECT(0x13);
    ASK(0x12, UT_GATT_CONTROL, 0, 1, 2);
    expect_error(0x12, UT_GATT_CONTROL, UT_GATT_INVALID_LENGTH);
    assert_int_equal(ASK(0x52, UT_GATT_CONTROL, 0, 1), 0);
    assert_int_equal(controls, 3);
    uint8_t longest[UT_ATT_MTU_MIN + 1] = {0x52, UT_GATT_CONTROL};
    ask(longest, UT_ATT_MTU_MIN);
    assert_int_equal(controls, 4);
    ask(longest, UT_ATT_MTU_MIN + 1);
    assert_int_equal(controls, 4);
    assert_int_equal(ASK(0x52, UT_GATT_STREAM_CONFIGURATION, 0, 1, 0), 0); /* no such property */
    assert_int_equal(g.on, UT_GATT_LEVEL_ON);
}

static void test_handles_0_and_ffff(void **state)
{
    (void)state;
    static const unsigned handles[] = {0, LAST + 1, 0xFFFF};
    for (int i = 0; i < 3; i++) {
        uint8_t low = (uint8_t)handles[i], high = (uint8_t)(handles[i] >> 8);
        ASK(0x0A, low, high);
        expect_error(0x0A, handles[i], UT_GATT_INVALID_HANDLE);
        ASK(0x0C, low, high, 0, 0);
        expect_error(0x0C, handles[i], UT_GATT_INVALID_HANDLE);
        ASK(0x0E, low, high, 1, 0);
        expect_error(0x0E, handles[i], UT_GATT_INVALID_HANDLE);
        ASK(0x12, low, high, 0);
        expect_error(0x12, handles[i], UT_GATT_INVALID_HANDLE);
        assert_int_equal(ASK(0x52, low, high, 0), 0);
    }
    static const uint8_t ranged[] = {0x04, 0x06, 0x08, 0x10};
    for (int i = 0; i < 4; i++) {
        uint8_t opcode = ranged[i];
        size_t len = opcode == 0x04 ? 5 : 7;
        uint8_t pdu[7] = {opcode, 0, 0, 0xFF, 0xFF, 0x00, 0x28};
        ask(pdu, len);
        expect_error(opcode, 0, UT_GATT_INVALID_HANDLE);
        pdu[1] = 5;
        pdu[3] = 4;
        pdu[4] = 0; /* ends before it begins */
        ask(pdu, len);
        expect_error(opcode, 5, UT_GATT_INVALID_HANDLE);
        pdu[1] = pdu[2] = pdu[3] = pdu[4] = 0xFF;
        ask(pdu, len);
        expect_error(opcode, 0xFFFF, UT_GATT_NOT_FOUND);
    }
}

/* Every opcode at every length: a request gets one answer, everything else none. */
static void test_every_opcode_and_length(void **state)
{
    (void)state;
    uint8_t pdu[300] = {0};
    for (unsigned opcode = 0; opcode <= UINT8_MAX; opcode++)
        for (size_t len = 0; len <= 40; len++) {
            setup(NULL);
            pdu[0] = (uint8_t)opcode;
            size_t n = ask(pdu, len);
            int request = (opcode & 1) == 0 && (opcode & 0x40) == 0 && opcode != 0x1E;
            assert_int_equal(n > 0, len > 0 && (request || opcode == 0x1D));
            if (len > UT_ATT_MTU_MIN && request && opcode <= 0x12 && opcode > 0)
                expect_error(opcode, 0, UT_GATT_INVALID_PDU);
            if (request && (opcode == 0 || opcode >= 0x14) && len > 0)
                expect_error(opcode, 0, UT_GATT_NOT_SUPPORTED);
        }
    static const uint8_t shortest[][2] = {{2, 3}, {4, 5}, {6, 7}, {8, 7}, {10, 3}, {12, 5}, {14, 5}, {16, 7}, {18, 3}};
    for (size_t i = 0; i < sizeof shortest / sizeof shortest[0]; i++)
        for (size_t len = 1; len < shortest[i][1]; len++) {
            pdu[0] = shortest[i][0];
            ask(pdu, len);
            expect_error(pdu[0], 0, UT_GATT_INVALID_PDU);
        }
}

/* Writes that are prepared are not kept, however many there are. */
static void test_prepared_writes(void **state)
{
    (void)state;
    g.security = UT_GATT_AUTHENTICATED;
    for (int i = 0; i < 1000; i++) {
        ASK(0x16, UT_GATT_CONTROL, 0, (uint8_t)i, 0, 1, 2, 3);
        expect_error(0x16, 0, UT_GATT_NOT_SUPPORTED);
    }
    ASK(0x18, 1);
    expect_error(0x18, 0, UT_GATT_NOT_SUPPORTED);
    assert_int_equal(controls, 0);
}

static void test_service_changed(void **state)
{
    (void)state;
    g.aware = 0;
    assert_int_equal(ut_att_indicate(&a, 0, out), 0); /* not asked for */
    g.on = UT_GATT_CHANGED_ON;
    out_len = ut_att_indicate(&a, 5, out);
    EXPECT(0x1D, UT_GATT_CHANGED, 0, 1, 0, 0xFF, 0xFF);
    assert_int_equal(ut_att_indicate(&a, 6, out), 0); /* one at a time */
    assert_int_equal(ut_att_overdue(&a, 5 + UT_ATT_TIMEOUT_MS), 0);
    assert_int_equal(ut_att_overdue(&a, 6 + UT_ATT_TIMEOUT_MS), 1);
    assert_int_equal(ASK(0x1E), 0);
    assert_int_equal(ut_att_overdue(&a, 6 + UT_ATT_TIMEOUT_MS), 0);
    assert_int_equal(g.aware, 1);
    assert_int_equal(ut_att_indicate(&a, 7, out), 0);
    g.aware = 0;
    ASK(0x1D, 1, 0, 5); /* a server's own at the other end may go on */
    EXPECT(0x1E);
    ASK(0x1E); /* confirms nothing */
    assert_int_equal(g.aware, 0);
}

static void test_robust_caching(void **state)
{
    (void)state;
    g.aware = 0;
    ASK(0x0A, UT_GATT_NAME, 0);
    assert_int_equal(out[0], 0x0B); /* a central that does not know the error does not get it */
    g.features = UT_GATT_ROBUST;
    g.security = UT_GATT_AUTHENTICATED;
    ASK(0x04, 1, 0, 0xFF, 0xFF); /* discovery is what it needs now */
    assert_int_equal(out[0], 0x05);
    assert_int_equal(ASK(0x52, UT_GATT_CONTROL, 0, 1), 0);
    assert_int_equal(controls, 0); /* it may not have meant this handle */
    ASK(0x12, UT_GATT_NAME, 0, 1);
    expect_error(0x12, UT_GATT_NAME, UT_GATT_OUT_OF_SYNC);
    assert_int_equal(g.aware, 0);
    assert_int_equal(ASK(0x52, UT_GATT_CONTROL, 0, 1), 0); /* a command shows nothing: it may have been under way */
    assert_int_equal(controls, 0);
    assert_int_equal(g.aware, 0);
    ASK(0x0A, UT_GATT_NAME, 0);
    assert_int_equal(out[0], 0x0B);
    assert_int_equal(g.aware, 1);
    assert_int_equal(ASK(0x52, UT_GATT_CONTROL, 0, 1), 0);
    assert_int_equal(controls, 1);
    g.aware = 0;
    ASK(0x08, 1, 0, 0xFF, 0xFF, 0x2A, 0x2B); /* reading the hash does it too */
    assert_int_equal(g.aware, 0);
    ASK(0x0A, UT_GATT_NAME, 0);
    assert_int_equal(out[0], 0x0B);
    assert_int_equal(g.aware, 1);
}

static void test_notification(void **state)
{
    (void)state;
    assert_int_equal(ut_att_notification_bytes(&a), 20);
    out_len = ut_att_notify(out, UT_GATT_STREAM);
    EXPECT(0x1B, UT_GATT_STREAM, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_mtu, setup),
        cmocka_unit_test_setup(test_primary_services, setup),
        cmocka_unit_test_setup(test_find_by_type_value, setup),
        cmocka_unit_test_setup(test_find_information, setup),
        cmocka_unit_test_setup(test_read_by_type, setup),
        cmocka_unit_test_setup(test_read, setup),
        cmocka_unit_test_setup(test_write, setup),
        cmocka_unit_test_setup(test_handles_0_and_ffff, setup),
        cmocka_unit_test_setup(test_every_opcode_and_length, setup),
        cmocka_unit_test_setup(test_prepared_writes, setup),
        cmocka_unit_test_setup(test_service_changed, setup),
        cmocka_unit_test_setup(test_robust_caching, setup),
        cmocka_unit_test_setup(test_notification, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
