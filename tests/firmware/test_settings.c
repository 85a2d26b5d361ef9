/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/settings.h"
#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_settings settings;

static int setup(void **state)
{
    (void)state;
    ut_settings_defaults(&settings);
    return 0;
}

static int set_number(int key, int32_t number)
{
    uint8_t value[4];
    for (int i = 0; i < 4; i++)
        value[i] = (uint8_t)((uint32_t)number >> 8 * i);
    return ut_settings_set(&settings, key, value, sizeof value);
}

static int32_t get_number(const struct ut_settings *s, int key)
{
    uint8_t v[UT_SETTINGS_VALUE_BYTES];
    assert_int_equal(ut_settings_get(s, key, v), 4);
    return (int32_t)(v[0] | (uint32_t)v[1] << 8 | (uint32_t)v[2] << 16 | (uint32_t)v[3] << 24);
}

static void test_defaults_leave_the_audio_as_it_is(void **state)
{
    (void)state;
    int16_t pairs[] = {-32768, 32767, 0, -1, 123, -4567}, before[6];
    memcpy(before, pairs, sizeof pairs);
    ut_settings_apply(&settings, pairs, 3);
    assert_memory_equal(pairs, before, sizeof pairs);
    assert_int_equal(get_number(&settings, UT_SETTING_UART), 1);
    assert_int_equal(get_number(&settings, UT_SETTING_BLE), 1);
    assert_int_equal(get_number(&settings, UT_SETTING_POLICY), UT_SETTINGS_SCORES);
}

static void test_ranges(void **state)
{
    (void)state;
    int least, most;
    for (int key = 2; key < UT_SETTING_KEYS; key++) {
        assert_int_equal(ut_settings_range(key, &least, &most), 0);
        const int32_t bad[] = {least - 1, most + 1, INT32_MIN, INT32_MAX, least - 256, most + 256};
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
            assert_int_equal(set_number(key, bad[i]), UT_ERR_RANGE);
        for (int n = most; n >= least; n--) {
            ut_settings_defaults(&settings);
            assert_int_equal(set_number(key, n), 0);
            assert_int_equal(get_number(&settings, key), n);
        }
        assert_int_equal(ut_settings_set(&settings, key, (const uint8_t *)"\0\0\0", 3), UT_ERR_RANGE);
        assert_int_equal(ut_settings_set(&settings, key, (const uint8_t *)"\0\0\0\0\0", 5), UT_ERR_RANGE);
    }
    assert_int_equal(ut_settings_range(UT_SETTING_ID, &least, &most), UT_ERR_ABSENT);
    const int none[] = {-1, 0, UT_SETTING_KEYS, 256};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        uint8_t value[UT_SETTINGS_VALUE_BYTES];
        assert_int_equal(set_number(none[i], 0), UT_ERR_ABSENT);
        assert_int_equal(ut_settings_get(&settings, none[i], value), UT_ERR_ABSENT);
        assert_int_equal(ut_settings_range(none[i], &least, &most), UT_ERR_ABSENT);
    }
}

static void test_the_id(void **state)
{
    (void)state;
    uint8_t value[UT_SETTINGS_VALUE_BYTES];
    const char *good[] = {"", "a", "desk-7.left_", "ABCDEFGHIJKL"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t len = strlen(good[i]);
        assert_int_equal(ut_settings_set(&settings, UT_SETTING_ID, (const uint8_t *)good[i], len), 0);
        assert_int_equal(ut_settings_get(&settings, UT_SETTING_ID, value), len);
        assert_memory_equal(value, good[i], len);
    }
    for (int c = 0; c < 256; c++) {
        uint8_t one = (uint8_t)c;
        int fine = strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.", c) != NULL && c != 0;
        assert_int_equal(ut_settings_set(&settings, UT_SETTING_ID, &one, 1), fine ? 0 : UT_ERR_RANGE);
    }
    assert_int_equal(ut_settings_set(&settings, UT_SETTING_ID, (const uint8_t *)"ABCDEFGHIJKLM", 13), UT_ERR_RANGE);
}

static void test_one_link_stays_on(void **state)
{
    (void)state;
    assert_int_equal(set_number(UT_SETTING_BLE, 0), 0);
    assert_int_equal(set_number(UT_SETTING_UART, 0), UT_ERR_RANGE);
    assert_int_equal(get_number(&settings, UT_SETTING_UART), 1);
    assert_int_equal(set_number(UT_SETTING_BLE, 1), 0);
    assert_int_equal(set_number(UT_SETTING_UART, 0), 0);
    assert_int_equal(set_number(UT_SETTING_BLE, 0), UT_ERR_RANGE);
}

static void test_packed_and_back(void **state)
{
    (void)state;
    uint8_t packed[UT_SETTINGS_PACKED_BYTES];
    struct ut_settings again;
    ut_settings_unpack(&again, NULL, 0);
    assert_memory_equal(&again, &settings, sizeof again);
    ut_settings_set(&settings, UT_SETTING_ID, (const uint8_t *)"ABCDEFGHIJKL", 12);
    set_number(UT_SETTING_CUSTOMER_GAIN, -24);
    set_number(UT_SETTING_AGENT_GAIN, 7);
    set_number(UT_SETTING_SWAP, 1);
    set_number(UT_SETTING_POLICY, UT_SETTINGS_FACTS);
    set_number(UT_SETTING_UART, 0);
    ut_settings_unpack(&again, packed, ut_settings_pack(&settings, packed));
    assert_memory_equal(&again, &settings, sizeof again);
}

/* A later firmware's keys are left out, values out of range are not believed, whatever the bytes. */
static void test_any_packed_bytes(void **state)
{
    (void)state;
    static const uint8_t later[] = {99, 3,   1, 2, 3, UT_SETTING_SWAP, 4, 1, 0, 0, 0, UT_SETTING_AGENT_GAIN,
                                    4,  100, 0, 0, 0};
    uint32_t seed = 5;
    int least, most;
    ut_settings_unpack(&settings, later, sizeof later);
    assert_int_equal(get_number(&settings, UT_SETTING_SWAP), 1);
    assert_int_equal(get_number(&settings, UT_SETTING_AGENT_GAIN), 0);
    for (int n = 0; n < 3000; n++) {
        uint8_t bytes[128];
        size_t len = ut_signal_random(&seed) % (sizeof bytes + 1);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)(ut_signal_random(&seed) % (n % 2 == 0 ? 8 : 256));
        ut_settings_unpack(&settings, bytes, len);
        for (int key = 2; key < UT_SETTING_KEYS; key++) {
            ut_settings_range(key, &least, &most);
            assert_in_range(get_number(&settings, key) - least, 0, most - least);
        }
        assert_true(settings.number[UT_SETTING_UART] != 0 || settings.number[UT_SETTING_BLE] != 0);
    }
}

static int16_t expected(int16_t x, int db)
{
    double y = floor(x * pow(10, db / 20.0) + 0.5);
    return (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
}

/* Within the gain's own rounding: 1 / 2 / 4096 of a factor of 0.06 and more, and half a step. */
static void test_gains(void **state)
{
    (void)state;
    uint32_t seed = 3;
    for (int db = -24; db <= 24; db++) {
        set_number(UT_SETTING_CUSTOMER_GAIN, db);
        set_number(UT_SETTING_AGENT_GAIN, -db);
        for (int n = 0; n < 300; n++) {
            int16_t x = (int16_t)(ut_signal_random(&seed) >> 16), y = (int16_t)(ut_signal_random(&seed) >> 16);
            int16_t pair[2] = {n == 0 ? INT16_MIN : n == 1 ? INT16_MAX : x, y};
            int16_t before = pair[0];
            ut_settings_apply(&settings, pair, 1);
            assert_true(abs(pair[0] - expected(before, db)) <= 1 + abs(before) / 8192 + 1);
            assert_true(abs(pair[1] - expected(y, -db)) <= 1 + abs(y) / 8192 + 1);
        }
    }
    set_number(UT_SETTING_CUSTOMER_GAIN, 24);
    int16_t loud[2] = {INT16_MIN, 0};
    ut_settings_apply(&settings, loud, 1);
    assert_int_equal(loud[0], INT16_MIN);
}

static void test_a_gain_of_one_side_alone(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        int16_t pair[2] = {1000, 1000};
        set_number(UT_SETTING_CUSTOMER_GAIN, side == 0 ? 6 : 0);
        set_number(UT_SETTING_AGENT_GAIN, side == 1 ? 6 : 0);
        ut_settings_apply(&settings, pair, 1);
        assert_int_equal(pair[side], 1995);
        assert_int_equal(pair[1 - side], 1000);
    }
}

/* A microphone's trim goes with its input, and no gain leaves the table. */
static void test_trims(void **state)
{
    (void)state;
    int16_t pairs[] = {1000, 2000};
    settings.trim_db[0] = 6;
    settings.trim_db[1] = -6;
    ut_settings_apply(&settings, pairs, 1);
    assert_memory_equal(pairs, ((int16_t[]){1995, 1002}), sizeof pairs);
    set_number(UT_SETTING_SWAP, 1);
    set_number(UT_SETTING_CUSTOMER_GAIN, 6);
    ut_settings_apply(&settings, pairs, 1); /* -6 + 6 dB of the second input, 6 of the first */
    assert_memory_equal(pairs, ((int16_t[]){1002, 3981}), sizeof pairs);
    set_number(UT_SETTING_SWAP, 0);
    for (int side = 0; side < 2; side++) {
        int16_t most[2] = {side == 0 ? 1000 : -1000, 0};
        set_number(UT_SETTING_CUSTOMER_GAIN, side == 0 ? 24 : -24);
        settings.trim_db[0] = side == 0 ? 6 : -6;
        ut_settings_apply(&settings, most, 1);
        assert_int_equal(most[0], side == 0 ? 15849 : -63);
    }
}

/* The channel map comes first, so the gains are those of the parties, not of the plugs. */
static void test_swap(void **state)
{
    (void)state;
    int16_t pairs[] = {1000, 2000, -3, 4};
    set_number(UT_SETTING_SWAP, 1);
    ut_settings_apply(&settings, pairs, 2);
    assert_memory_equal(pairs, ((int16_t[]){2000, 1000, 4, -3}), sizeof pairs);
    set_number(UT_SETTING_CUSTOMER_GAIN, 6);
    ut_settings_apply(&settings, pairs, 1);
    assert_int_equal(pairs[0], 1995);
    assert_int_equal(pairs[1], 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_defaults_leave_the_audio_as_it_is, setup),
        cmocka_unit_test_setup(test_ranges, setup),
        cmocka_unit_test_setup(test_the_id, setup),
        cmocka_unit_test_setup(test_one_link_stays_on, setup),
        cmocka_unit_test_setup(test_packed_and_back, setup),
        cmocka_unit_test_setup(test_any_packed_bytes, setup),
        cmocka_unit_test_setup(test_gains, setup),
        cmocka_unit_test_setup(test_a_gain_of_one_side_alone, setup),
        cmocka_unit_test_setup(test_swap, setup),
        cmocka_unit_test_setup(test_trims, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
