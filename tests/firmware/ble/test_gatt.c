/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/board.h"
#include "firmware/ble/crypto.h"
#include "firmware/ble/gatt.h"
#include "firmware/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

const char board_name[4] = {'t', 'e', 's', '\0'};
static uint8_t level;

uint8_t board_battery(void)
{
    return level;
}

static struct ut_gatt g;
static uint8_t written[64];
static size_t written_len;

static int control(void *ctx, const uint8_t *data, size_t len)
{
    assert_ptr_equal(ctx, &g);
    memcpy(written, data, len);
    written_len = len;
    return data[0];
}

static int setup(void **state)
{
    (void)state;
    ut_gatt_init(&g, UT_GATT_AUTHENTICATED, control, control, &g);
    level = 77;
    written_len = 0;
    return 0;
}

/* The table as SPEC.md "Bluetooth" has it: type, properties of a characteristic's value, permission to read and write
 * over an open link as ATT error codes. The vendor's types are 1 to 4; 5 is MCUmgr's. */
static const struct row {
    uint16_t type;
    uint8_t properties, read, write;
} rows[] = {
    {0x2800, 0, 0, 3},    {0x2803, 0, 0, 3},    {0x2A00, 0x02, 0, 3}, {0x2803, 0, 0, 3},    {0x2A01, 0x02, 0, 3},
    {0x2803, 0, 0, 3},    {0x2A04, 0x02, 0, 3}, {0x2803, 0, 0, 3},    {0x2AC9, 0x02, 0, 3}, {0x2800, 0, 0, 3},
    {0x2803, 0, 0, 3},    {0x2A05, 0x20, 2, 3}, {0x2902, 0, 0, 0},    {0x2803, 0, 0, 3},    {0x2B29, 0x0A, 0, 0},
    {0x2803, 0, 0, 3},    {0x2B2A, 0x02, 0, 3}, {0x2800, 0, 0, 3},    {0x2803, 0, 0, 3},    {0x2A29, 0x02, 0, 3},
    {0x2803, 0, 0, 3},    {0x2A24, 0x02, 0, 3}, {0x2803, 0, 0, 3},    {0x2A26, 0x02, 0, 3}, {0x2803, 0, 0, 3},
    {0x2A25, 0x02, 5, 3}, {0x2800, 0, 0, 3},    {0x2803, 0, 0, 3},    {0x2A19, 0x12, 0, 3}, {0x2902, 0, 0, 0},
    {0x2800, 0, 0, 3},    {0x2803, 0, 0, 3},    {2, 0x10, 2, 3},      {0x2902, 0, 0, 5},    {0x2803, 0, 0, 3},
    {3, 0x1C, 2, 5},      {0x2902, 0, 0, 5},    {0x2803, 0, 0, 3},    {4, 0x02, 0, 3},      {0x2800, 0, 0, 3},
    {0x2803, 0, 0, 3},    {5, 0x14, 2, 5},      {0x2902, 0, 0, 5},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const uint8_t vendor[16] = {0xF5, 0xAF, 0x5D, 0xC8, 0x0F, 0x3D, 0x37, 0xA6,
                                   0x30, 0x43, 0x39, 0x58, 0,    0,    0x5A, 0xE8};

static const uint8_t mcumgr[16] = {0x48, 0x7C, 0x99, 0x74, 0x11, 0x26, 0x9E, 0xAE,
                                   0x01, 0x4E, 0xCE, 0xFB, 0x28, 0x78, 0x2E, 0xDA};

static void test_table(void **state)
{
    (void)state;
    uint8_t uuid[16], value[UT_GATT_VALUE_BYTES], wanted[16];
    static const uint8_t two[2] = {0, 0};
    assert_int_equal(UT_GATT_END - 1, ROWS);
    for (unsigned handle = 1; handle <= ROWS; handle++) {
        const struct row *row = &rows[handle - 1];
        size_t len = ut_gatt_type(handle, uuid);
        if (row->type >= 0x2800) {
            assert_int_equal(len, 2);
            assert_int_equal(uuid[0] | uuid[1] << 8, row->type);
        } else {
            memcpy(wanted, row->type == 5 ? mcumgr : vendor, sizeof vendor);
            if (row->type != 5)
                wanted[12] = (uint8_t)row->type;
            assert_int_equal(len, 16);
            assert_memory_equal(uuid, wanted, sizeof wanted);
        }
        int read = ut_gatt_read(&g, handle, value);
        assert_int_equal(read < 0 ? -read : 0, row->read);
        if (row->type == 0x2803) { /* it declares the attribute behind it */
            const struct row *next = row + 1;
            size_t next_len = ut_gatt_type(handle + 1, uuid);
            assert_int_equal(read, 3 + next_len);
            assert_int_equal(value[0], next->properties);
            assert_int_equal(value[1] | value[2] << 8, handle + 1);
            assert_memory_equal(value + 3, uuid, next_len);
        }
        assert_int_equal(ut_gatt_write(&g, handle, two, handle == UT_GATT_FEATURES ? 1 : 2), row->write);
    }
    assert_int_equal(written_len, 0);
}

static void test_handles_that_are_not_there(void **state)
{
    (void)state;
    static const unsigned none[] = {0, UT_GATT_END, UT_GATT_END + 1, 0x100, 0xFFFF, 0x10001};
    uint8_t value[UT_GATT_VALUE_BYTES];
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(ut_gatt_type(none[i], value), 0);
        assert_int_equal(ut_gatt_read(&g, none[i], value), -UT_GATT_INVALID_HANDLE);
        assert_int_equal(ut_gatt_write(&g, none[i], value, 1), UT_GATT_INVALID_HANDLE);
        assert_int_equal(ut_gatt_service_end(none[i]), 0);
    }
}

static void test_services(void **state)
{
    (void)state;
    static const uint8_t begin_end[][2] = {{1, 9}, {10, 17}, {18, 26}, {27, 30}, {31, 39}, {40, 43}};
    int services = 0;
    for (unsigned handle = 1; handle <= ROWS; handle++)
        if (ut_gatt_service_end(handle) != 0) {
            assert_int_equal(handle, begin_end[services][0]);
            assert_int_equal(ut_gatt_service_end(handle), begin_end[services][1]);
            services++;
        }
    assert_int_equal(services, 6);
}

static void expect_text(unsigned handle, const char *text)
{
    uint8_t value[UT_GATT_VALUE_BYTES];
    assert_int_equal(ut_gatt_read(&g, handle, value), strlen(text));
    assert_memory_equal(value, text, strlen(text));
}

static void test_values(void **state)
{
    (void)state;
    uint8_t value[UT_GATT_VALUE_BYTES];
    expect_text(UT_GATT_NAME, "Undertone");
    expect_text(UT_GATT_MANUFACTURER, "Undertone");
    expect_text(UT_GATT_MODEL, "tes");
    expect_text(UT_GATT_FIRMWARE, UT_VERSION);
    g.security = UT_GATT_AUTHENTICATED;
    expect_text(UT_GATT_SERIAL, ""); /* nobody has provisioned it */
    g.serial = "UT-0041\0\0\0\0\0\0\0\0";
    expect_text(UT_GATT_SERIAL, "UT-0041");
    g.serial = "0123456789ABCDEFmore";
    expect_text(UT_GATT_SERIAL, "0123456789ABCDEF");
    assert_int_equal(ut_gatt_read(&g, UT_GATT_LEVEL, value), 1);
    assert_int_equal(value[0], 77);
    level = 255;
    assert_int_equal(ut_gatt_read(&g, UT_GATT_LEVEL, value), -UT_GATT_UNKNOWN);
    g.versions[0] = 1;
    assert_int_equal(ut_gatt_read(&g, UT_GATT_VERSIONS, value), UT_GATT_VALUE_BYTES);
    assert_memory_equal(value, g.versions, sizeof g.versions);
}

/* The hash from the table above by the rule of the Core Specification, Vol 3 Part G, 7.3.1. */
static void test_hash(void **state)
{
    (void)state;
    uint8_t message[1024], mac[16], value[UT_GATT_VALUE_BYTES];
    static const uint8_t zero[16];
    size_t n = 0;
    for (unsigned handle = 1; handle <= ROWS; handle++) {
        unsigned type = rows[handle - 1].type;
        if (type != 0x2800 && type != 0x2803 && type != 0x2902)
            continue;
        message[n++] = (uint8_t)handle;
        message[n++] = 0;
        message[n++] = (uint8_t)type;
        message[n++] = (uint8_t)(type >> 8);
        if (type != 0x2902)
            n += (size_t)ut_gatt_read(&g, handle, message + n);
    }
    ut_crypto_cmac(zero, message, n, mac);
    assert_int_equal(ut_gatt_read(&g, UT_GATT_HASH, value), 16);
    for (int i = 0; i < 16; i++)
        assert_int_equal(value[i], mac[15 - i]);
}

/* Every security of the link against both kinds of board. */
static void test_security(void **state)
{
    (void)state;
    static const uint8_t on[2] = {1, 0};
    for (int needed = UT_GATT_ENCRYPTED; needed <= UT_GATT_AUTHENTICATED; needed++)
        for (uint8_t security = UT_GATT_OPEN; security <= UT_GATT_AUTHENTICATED; security++)
            for (uint8_t known = 0; known < 2; known++) {
                ut_gatt_init(&g, needed, control, control, &g);
                g.security = security;
                g.known = known;
                int wanted = security >= needed                  ? 0
                             : known && security == UT_GATT_OPEN ? UT_GATT_ENCRYPTION
                                                                 : UT_GATT_AUTHENTICATION;
                uint8_t value[UT_GATT_VALUE_BYTES];
                assert_int_equal(ut_gatt_read(&g, UT_GATT_SERIAL, value), -wanted);
                written[0] = 0xEE;
                assert_int_equal(ut_gatt_write(&g, UT_GATT_STREAM_CONFIGURATION, on, 2), wanted);
                assert_int_equal(ut_gatt_write(&g, UT_GATT_CONTROL, (const uint8_t[]){0}, 1), wanted);
                assert_int_equal(written[0] == 0, wanted == 0);
                assert_int_equal(g.on, wanted == 0 ? UT_GATT_STREAM_ON : 0);
            }
}

static void test_configurations(void **state)
{
    (void)state;
    static const struct {
        uint8_t handle, bit, value;
    } all[] = {{UT_GATT_CHANGED_CONFIGURATION, UT_GATT_CHANGED_ON, 2},
               {UT_GATT_LEVEL_CONFIGURATION, UT_GATT_LEVEL_ON, 1},
               {UT_GATT_STREAM_CONFIGURATION, UT_GATT_STREAM_ON, 1},
               {UT_GATT_CONTROL_CONFIGURATION, UT_GATT_CONTROL_ON, 1}};
    uint8_t value[UT_GATT_VALUE_BYTES], long_value[3] = {0};
    g.security = UT_GATT_AUTHENTICATED;
    for (int i = 0; i < 4; i++)
        for (uint8_t v = 0; v < 4; v++) {
            g.on = 0;
            int good = (v & ~all[i].value) == 0;
            assert_int_equal(ut_gatt_write(&g, all[i].handle, (const uint8_t[]){v, 0}, 2),
                             good ? 0 : UT_GATT_CONFIGURATION);
            assert_int_equal(g.on, good && v != 0 ? all[i].bit : 0);
            assert_int_equal(ut_gatt_read(&g, all[i].handle, value), 2);
            assert_int_equal(value[0], good ? v : 0);
            assert_int_equal(value[1], 0);
            for (size_t len = 0; len <= 3; len++)
                if (len != 2)
                    assert_int_equal(ut_gatt_write(&g, all[i].handle, long_value, len), UT_GATT_INVALID_LENGTH);
        }
}

static void test_client_features(void **state)
{
    (void)state;
    uint8_t value[UT_GATT_VALUE_BYTES];
    assert_int_equal(ut_gatt_write(&g, UT_GATT_FEATURES, NULL, 0), UT_GATT_INVALID_LENGTH);
    assert_int_equal(ut_gatt_write(&g, UT_GATT_FEATURES, (const uint8_t[]){0xF9, 1}, 2), UT_GATT_OK);
    assert_int_equal(ut_gatt_read(&g, UT_GATT_FEATURES, value), 1);
    assert_int_equal(value[0], 1);
    assert_int_equal(ut_gatt_write(&g, UT_GATT_FEATURES, (const uint8_t[]){0}, 1), UT_GATT_NOT_ALLOWED);
    assert_int_equal(ut_gatt_write(&g, UT_GATT_FEATURES, (const uint8_t[]){3}, 1), UT_GATT_OK);
}

static void test_what_a_bond_keeps(void **state)
{
    (void)state;
    g.on = UT_GATT_STREAM_ON | UT_GATT_CHANGED_ON | UT_GATT_PACKET_ON;
    g.features = 5;
    uint32_t kept = ut_gatt_state(&g);
    assert_int_not_equal(kept, 0);
    ut_gatt_connected(&g);
    assert_int_equal(g.on, 0);
    ut_gatt_restore(&g, 0); /* a new bond */
    assert_int_equal(g.on, 0);
    assert_int_equal(g.aware, 1);
    ut_gatt_restore(&g, kept);
    assert_int_equal(g.on, UT_GATT_STREAM_ON | UT_GATT_CHANGED_ON | UT_GATT_PACKET_ON);
    assert_int_equal(g.features, 5);
    assert_int_equal(g.aware, 1);
    ut_gatt_restore(&g, kept ^ 0x100); /* from another table */
    assert_int_equal(g.aware, 0);
    uint32_t unaware = ut_gatt_state(&g);
    ut_gatt_restore(&g, unaware);
    assert_int_equal(g.aware, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_table, setup),
        cmocka_unit_test_setup(test_handles_that_are_not_there, setup),
        cmocka_unit_test_setup(test_services, setup),
        cmocka_unit_test_setup(test_values, setup),
        cmocka_unit_test_setup(test_hash, setup),
        cmocka_unit_test_setup(test_security, setup),
        cmocka_unit_test_setup(test_configurations, setup),
        cmocka_unit_test_setup(test_client_features, setup),
        cmocka_unit_test_setup(test_what_a_bond_keeps, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
