/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/control.h"
#include "firmware/image.h"
#include "firmware/resets.h"
#include "tests/firmware/store_memory.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_settings settings;
static struct ut_store store;
static struct ut_control control;

static int setup(void **state)
{
    (void)state;
    memset(store_memory, 0xFF, sizeof store_memory);
    store_memory_broken = 0;
    int error = ut_store_mount(&store);
    ut_control_init(&control, &settings, &store, 1, 0);
    return error;
}

static struct ut_wire_reply ask(int op, int key, const void *value, size_t len)
{
    static uint8_t tag;
    uint8_t request[UT_WIRE_RECORD_BYTES], reply[UT_WIRE_RECORD_BYTES];
    struct ut_wire_request r = {.op = (uint8_t)op, .tag = ++tag, .key = (uint8_t)key, .len = (uint8_t)len};
    struct ut_wire_reply answer;
    if (len > 0)
        memcpy(r.value, value, len);
    ut_wire_pack_request(request, 200, &r);
    assert_int_equal(ut_control_handle(&control, request, reply), 1);
    assert_int_equal(ut_wire_unpack_reply(reply, &answer), 0);
    assert_int_equal(reply[1], 0);
    assert_int_equal(answer.op, op);
    assert_int_equal(answer.key, key);
    assert_int_equal(answer.tag, tag);
    return answer;
}

static void expect(struct ut_wire_reply r, int error, const void *value, size_t len)
{
    assert_int_equal(r.error, error);
    assert_int_equal(r.len, len);
    assert_memory_equal(r.value, value, len);
}

static void test_get_and_set(void **state)
{
    (void)state;
    expect(ask(UT_CONTROL_GET, UT_SETTING_ID, NULL, 0), UT_CONTROL_OK, "", 0);
    expect(ask(UT_CONTROL_GET, UT_SETTING_UART, NULL, 0), UT_CONTROL_OK, "\1\0\0\0", 4);
    expect(ask(UT_CONTROL_SET, UT_SETTING_ID, "desk-7", 6), UT_CONTROL_OK, "desk-7", 6);
    expect(ask(UT_CONTROL_SET, UT_SETTING_CUSTOMER_GAIN, "\375\377\377\377", 4), UT_CONTROL_OK, "\375\377\377\377", 4);
    assert_int_equal(settings.number[UT_SETTING_CUSTOMER_GAIN], -3);
    struct ut_settings said = settings; /* what the reply said is in the memory */
    ut_store_mount(&store);
    ut_control_init(&control, &settings, &store, 1, 0);
    assert_memory_equal(&settings, &said, sizeof said);
}

static void test_refusals(void **state)
{
    (void)state;
    struct ut_settings before = settings;
    expect(ask(UT_CONTROL_GET, 0, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
    expect(ask(UT_CONTROL_GET, UT_SETTING_KEYS, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
    expect(ask(UT_CONTROL_SET, 200, "\0\0\0\0", 4), UT_CONTROL_NO_KEY, "", 0);
    expect(ask(UT_CONTROL_SET, UT_SETTING_AGENT_GAIN, "\31\0\0\0", 4), UT_CONTROL_NO_VALUE, "", 0);
    expect(ask(UT_CONTROL_SET, UT_SETTING_AGENT_GAIN, "\1", 1), UT_CONTROL_NO_VALUE, "", 0);
    expect(ask(UT_CONTROL_SET, UT_SETTING_ID, "a b", 3), UT_CONTROL_NO_VALUE, "", 0);
    expect(ask(0, 1, NULL, 0), UT_CONTROL_NO_OP, "", 0);
    expect(ask(99, 1, NULL, 0), UT_CONTROL_NO_OP, "", 0);
    expect(ask(UT_CONTROL_IMAGE, 8, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
    store_memory_broken = 1;
    expect(ask(UT_CONTROL_SET, UT_SETTING_AGENT_GAIN, "\1\0\0\0", 4), UT_CONTROL_NO_STORE, "", 0);
    assert_memory_equal(&settings, &before, sizeof before);
    assert_int_equal(control.reboot, 0);
}

static void test_defaults(void **state)
{
    (void)state;
    struct ut_settings fresh;
    ut_settings_defaults(&fresh);
    ut_store_set(&store, UT_STORE_BOND_0, "bond", 4);
    ask(UT_CONTROL_SET, UT_SETTING_SWAP, "\1\0\0\0", 4);
    expect(ask(UT_CONTROL_DEFAULTS, 0, NULL, 0), UT_CONTROL_OK, "", 0);
    assert_memory_equal(&settings, &fresh, sizeof fresh);
    ut_store_mount(&store);
    ut_control_init(&control, &settings, &store, 1, 0);
    assert_memory_equal(&settings, &fresh, sizeof fresh);
    char bond[4];
    assert_int_equal(ut_store_get(&store, UT_STORE_BOND_0, bond, sizeof bond), 4);
    ask(UT_CONTROL_SET, UT_SETTING_SWAP, "\1\0\0\0", 4);
    store_memory_broken = 1;
    expect(ask(UT_CONTROL_DEFAULTS, 0, NULL, 0), UT_CONTROL_NO_STORE, "", 0);
    assert_int_equal(settings.number[UT_SETTING_SWAP], 1);
}

static void test_the_image_in_parts(void **state)
{
    (void)state;
    uint8_t header[UT_IMAGE_HEADER_BYTES];
    for (int part = 0; part < 8; part++) {
        struct ut_wire_reply r = ask(UT_CONTROL_IMAGE, part, NULL, 0);
        assert_int_equal(r.error, UT_CONTROL_OK);
        assert_int_equal(r.len, 12);
        memcpy(header + 12 * part, r.value, 12);
    }
    assert_memory_equal(header, &ut_image, sizeof header);
    assert_int_equal(ask(UT_CONTROL_IMAGE, 8, NULL, 0).error, UT_CONTROL_NO_KEY); /* no slot, no signer */
    uint8_t signer[36] = {0}, key[UT_CONTROL_SIGNER_BYTES];
    for (int i = 0; i < (int)sizeof key; i++)
        key[i] = (uint8_t)(100 + i);
    control.signer = key;
    for (int part = 0; part < 3; part++) {
        struct ut_wire_reply r = ask(UT_CONTROL_IMAGE, 8 + part, NULL, 0);
        assert_int_equal(r.error, UT_CONTROL_OK);
        assert_int_equal(r.len, part < 2 ? 12 : 8);
        memcpy(signer + 12 * part, r.value, r.len);
    }
    assert_memory_equal(signer, key, sizeof key);
    assert_int_equal(ask(UT_CONTROL_IMAGE, 11, NULL, 0).error, UT_CONTROL_NO_KEY);
}

static void test_what_the_owner_does(void **state)
{
    (void)state;
    expect(ask(UT_CONTROL_REBOOT, 0, NULL, 0), UT_CONTROL_OK, "", 0);
    assert_int_equal(ut_control_work(&control, UT_CONTROL_REPLY_US), 0);
    expect(ask(UT_CONTROL_CALL, 0, NULL, 0), UT_CONTROL_OK, "", 0);
    assert_int_equal(ut_control_work(&control, UT_CONTROL_REPLY_US), UT_CONTROL_DUE_CALL);
    assert_int_equal(ut_control_work(&control, UT_CONTROL_REPLY_US + 1), UT_CONTROL_DUE_REBOOT | UT_CONTROL_DUE_SAVE);
    assert_int_equal(ut_control_work(&control, 3 * UT_CONTROL_REPLY_US), 0);
}

static void test_forget(void **state)
{
    (void)state;
    char bond[16];
    for (int broken = 0; broken < 2; broken++) {
        store_memory_broken = 0;
        control.forget = 0;
        for (int i = 0; i < UT_STORE_BONDS; i++)
            ut_store_set(&store, UT_STORE_BOND_0 + i, "a long term key", 16);
        ut_store_set(&store, UT_STORE_IDENTITY, "self", 4);
        store_memory_broken = broken;
        expect(ask(UT_CONTROL_FORGET, 0, NULL, 0), broken ? UT_CONTROL_NO_STORE : UT_CONTROL_OK, "", 0);
        assert_int_equal(control.forget, 1);
        assert_int_equal(ut_control_may_save(&control, 0), 0); /* nothing of them comes back meanwhile */
        assert_int_equal(ut_control_work(&control, control.last_us + UT_CONTROL_REPLY_US + 1), UT_CONTROL_DUE_FORGET);
        assert_int_equal(ut_control_may_save(&control, 0), 1);
        for (int i = 0; i < UT_STORE_BONDS && !broken; i++)
            assert_int_equal(ut_store_get(&store, UT_STORE_BOND_0 + i, bond, sizeof bond), UT_ERR_ABSENT);
        assert_int_equal(ut_store_get(&store, UT_STORE_IDENTITY, bond, sizeof bond), 4);
        if (broken)
            continue;
        for (size_t at = 0; at + 16 <= sizeof store_memory; at++) /* and nothing of them is left */
            assert_memory_not_equal((uint8_t *)store_memory + at, "a long term key", 16);
    }
}

/* What is told of a bond holds none of its keys; one goes by its place and address, the others stay. */
static void test_one_bond(void **state)
{
    (void)state;
    uint8_t value[44];
    static const uint8_t order[4] = {2, 0, 1, 3};
    for (int place = 0; place < 3; place++) {
        memset(value, 0x50 + place, sizeof value);
        value[0] = 1;
        value[39] = place != 1;
        ut_store_set(&store, UT_STORE_BOND_0 + place, value, sizeof value);
    }
    ut_store_set(&store, UT_STORE_BOND_ORDER, order, sizeof order);
    expect(ask(UT_CONTROL_BOND, 0, NULL, 0), UT_CONTROL_OK, "\1PPPPPP\1\1", 9);
    expect(ask(UT_CONTROL_BOND, 1, NULL, 0), UT_CONTROL_OK, "\1QQQQQQ\0\2", 9);
    expect(ask(UT_CONTROL_BOND, 2, NULL, 0), UT_CONTROL_OK, "\1RRRRRR\1\0", 9);
    expect(ask(UT_CONTROL_BOND, 3, NULL, 0), UT_CONTROL_OK, "", 0);
    expect(ask(UT_CONTROL_BOND, 4, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
    expect(ask(UT_CONTROL_REMOVE, 1, "\1PPPPPP", 7), UT_CONTROL_NO_VALUE, "", 0);
    expect(ask(UT_CONTROL_REMOVE, 1, "\1QQQQQ", 6), UT_CONTROL_NO_VALUE, "", 0);
    expect(ask(UT_CONTROL_REMOVE, 3, "\1QQQQQQ", 7), UT_CONTROL_NO_VALUE, "", 0);
    expect(ask(UT_CONTROL_REMOVE, 4, "\1QQQQQQ", 7), UT_CONTROL_NO_KEY, "", 0);
    assert_int_equal(control.forget, 0);
    expect(ask(UT_CONTROL_REMOVE, 1, "\1QQQQQQ", 7), UT_CONTROL_OK, "", 0);
    expect(ask(UT_CONTROL_BOND, 1, NULL, 0), UT_CONTROL_OK, "", 0);
    expect(ask(UT_CONTROL_BOND, 2, NULL, 0), UT_CONTROL_OK, "\1RRRRRR\1\0", 9);
    assert_int_equal(control.places, 2);
    for (size_t at = 0; at + 8 <= sizeof store_memory; at++)
        assert_memory_not_equal((uint8_t *)store_memory + at, "QQQQQQQQ", 8);
}

static void test_the_log_of_resets(void **state)
{
    (void)state;
    expect(ask(UT_CONTROL_RESET, 0, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
    const struct board_crash crash = {
        .cause = BOARD_RESET_FAULT, .exception = 3, .pc = 0x1234, .lr = 0x5678, .boots = 2, .mark = 0x030201A1};
    ut_resets_note(&store, &crash);
    expect(ask(UT_CONTROL_RESET, 0, NULL, 0), UT_CONTROL_OK, "\0\0\5\3\241\1\2\3\x34\x12\0\0", 12);
    expect(ask(UT_CONTROL_RESET, 1, NULL, 0), UT_CONTROL_OK, "\x78\x56\0\0\2\0", 6);
    expect(ask(UT_CONTROL_RESET, 2, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
    expect(ask(UT_CONTROL_RESET, 255, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
}

static void test_pairing_mode(void **state)
{
    (void)state;
    expect(ask(UT_CONTROL_PAIRING, 1, NULL, 0), UT_CONTROL_NO_RADIO, "", 0);
    assert_int_equal(ut_control_work(&control, 1), 0);
    control.radio = 1;
    expect(ask(UT_CONTROL_PAIRING, 2, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
    for (int open = 1; open >= 0; open--) {
        expect(ask(UT_CONTROL_PAIRING, open, NULL, 0), UT_CONTROL_OK, "", 0);
        assert_int_equal(ut_control_work(&control, 2), UT_CONTROL_DUE_PAIRING);
        assert_int_equal(control.pairing, open);
        assert_int_equal(ut_control_work(&control, 3), 0);
    }
}

/* 1 when the board is to show or hide the cue. */
static int cue_at(uint32_t now)
{
    return ut_control_work(&control, now) == UT_CONTROL_DUE_CUE;
}

static void test_cue(void **state)
{
    (void)state;
    uint32_t now = 0xFFFFF000U; /* time wraps under way */
    ut_control_init(&control, &settings, &store, 1, now);
    assert_int_equal(ut_control_work(&control, now), 0);
    expect(ask(UT_CONTROL_CUE, 1, NULL, 0), UT_CONTROL_OK, "", 0);
    assert_true(cue_at(now));
    assert_int_equal(control.cue, 128);
    assert_int_equal(ut_control_work(&control, now), 0);
    expect(ask(UT_CONTROL_CUE, 2, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
    assert_int_equal(ut_control_work(&control, now), 0);
    expect(ask(UT_CONTROL_CUE, 1, "\x7f", 1), UT_CONTROL_OK, "", 0);
    assert_true(cue_at(now));
    assert_int_equal(control.cue, 255);
    expect(ask(UT_CONTROL_CUE, 0, "\x03", 1), UT_CONTROL_OK, "", 0); /* none is, whatever stands beside */
    assert_true(cue_at(now));
    assert_int_equal(control.cue, 0);
    ask(UT_CONTROL_CUE, 1, NULL, 0);
    assert_true(cue_at(now));
    now += UT_CONTROL_CUE_US;
    assert_int_equal(ut_control_work(&control, now), 0);
    ask(UT_CONTROL_CUE, 1, NULL, 0); /* renewed */
    assert_true(cue_at(now));
    now += UT_CONTROL_CUE_US;
    assert_int_equal(ut_control_work(&control, now), 0);
    assert_true(cue_at(now + 1)); /* its sender is gone */
    assert_int_equal(control.cue, 0);
    assert_int_equal(ut_control_work(&control, now + 2), 0);
}

/* Whatever else is asked, and however often: what was asked for first happens when its reply has had its time. */
static void test_a_flood_delays_nothing(void **state)
{
    (void)state;
    const int ops[] = {UT_CONTROL_FORGET, UT_CONTROL_REBOOT};
    const unsigned due[] = {UT_CONTROL_DUE_FORGET, UT_CONTROL_DUE_REBOOT | UT_CONTROL_DUE_SAVE};
    uint32_t now = 0xFFFFFFF0U;
    for (int i = 0; i < 2; i++) {
        ut_control_init(&control, &settings, &store, 1, now);
        unsigned done = 0;
        uint32_t begin = now;
        for (; !(done & due[i]) && now - begin < 1000000; now += 1000) {
            ask(ops[i], 0, NULL, 0);
            ask(UT_CONTROL_GET, UT_SETTING_ID, NULL, 0);
            done = ut_control_work(&control, now);
        }
        assert_int_equal(done, due[i]);
        assert_in_range(now - begin, UT_CONTROL_REPLY_US, UT_CONTROL_REPLY_US + 5000);
    }
}

/* What centrals change by themselves leaves some writes for a technician. */
static void test_writes_are_reserved(void **state)
{
    (void)state;
    int written = 0;
    while (ut_control_may_write(&control, UT_CONTROL_RESERVED))
        written++;
    assert_int_equal(written, UT_CONTROL_CHANGES - UT_CONTROL_RESERVED);
    for (int i = 0; i <= UT_CONTROL_RESERVED; i++)
        assert_int_equal(ask(UT_CONTROL_SET, UT_SETTING_SWAP, i % 2 ? "\0\0\0\0" : "\1\0\0\0", 4).error,
                         i < UT_CONTROL_RESERVED ? UT_CONTROL_OK : UT_CONTROL_LATER);
    assert_int_equal(ut_control_may_write(&control, 0), 0);
}

static void test_changes_are_counted(void **state)
{
    (void)state;
    uint32_t now = 0;
    const char *const values[] = {"\1\0\0\0", "\2\0\0\0"};
    struct ut_settings before;
    for (int i = 0; i < UT_CONTROL_CHANGES; i++)
        expect(ask(UT_CONTROL_SET, UT_SETTING_AGENT_GAIN, values[i % 2], 4), UT_CONTROL_OK, values[i % 2], 4);
    before = settings;
    expect(ask(UT_CONTROL_SET, UT_SETTING_AGENT_GAIN, values[0], 4), UT_CONTROL_LATER, "", 0);
    expect(ask(UT_CONTROL_DEFAULTS, 0, NULL, 0), UT_CONTROL_LATER, "", 0);
    assert_memory_equal(&settings, &before, sizeof before);
    expect(ask(UT_CONTROL_SET, UT_SETTING_AGENT_GAIN, values[1], 4), UT_CONTROL_OK, values[1], 4); /* no change */
    for (; now < UT_CONTROL_CHANGE_US; now += 100000)
        (void)ut_control_work(&control, now);
    expect(ask(UT_CONTROL_SET, UT_SETTING_AGENT_GAIN, values[0], 4), UT_CONTROL_LATER, "", 0);
    (void)ut_control_work(&control, now);
    expect(ask(UT_CONTROL_DEFAULTS, 0, NULL, 0), UT_CONTROL_OK, "", 0);
    expect(ask(UT_CONTROL_DEFAULTS, 0, NULL, 0), UT_CONTROL_OK, "", 0); /* they are in force: no change */
    expect(ask(UT_CONTROL_SET, UT_SETTING_AGENT_GAIN, values[1], 4), UT_CONTROL_LATER, "", 0);
    for (int hour = 0; hour < 5; hour++) /* a long rest gives no more than UT_CONTROL_CHANGES */
        (void)ut_control_work(&control, now += 3600000000U);
    for (int i = 0; i < 60; i++)
        (void)ut_control_work(&control, now += UT_CONTROL_CHANGE_US);
    for (int i = 0; i <= UT_CONTROL_CHANGES; i++)
        assert_int_equal(ask(UT_CONTROL_SET, UT_SETTING_AGENT_GAIN, values[i % 2], 4).error,
                         i < UT_CONTROL_CHANGES ? UT_CONTROL_OK : UT_CONTROL_LATER);
}

/* What was to be forgotten is not written once more before a restart that comes first. */
static void test_a_restart_before_the_bonds_are_forgotten(void **state)
{
    (void)state;
    ask(UT_CONTROL_REBOOT, 0, NULL, 0);
    assert_int_equal(ut_control_work(&control, UT_CONTROL_REPLY_US), 0);
    ask(UT_CONTROL_FORGET, 0, NULL, 0);
    assert_int_equal(ut_control_work(&control, UT_CONTROL_REPLY_US + 1), UT_CONTROL_DUE_REBOOT);
}

/* Each restart since the power came halves what is possible at first; then it comes back as ever. */
static void test_restarts_buy_no_changes(void **state)
{
    (void)state;
    static const int possible[] = {16, 16, 8, 4, 2, 1, 0, 0};
    for (unsigned boots = 0; boots < sizeof possible / sizeof possible[0]; boots++) {
        int done = 0;
        setup(NULL);
        ut_control_init(&control, &settings, &store, boots, 0);
        while (done < 20 && ask(UT_CONTROL_SET, UT_SETTING_SWAP, done % 2 ? "\0\0\0\0" : "\1\0\0\0", 4).error == 0)
            done++;
        assert_int_equal(done, possible[boots]);
        assert_int_equal(ut_control_may_write(&control, 0), 0);
    }
    ut_control_init(&control, &settings, &store, UINT16_MAX, 0);
    (void)ut_control_work(&control, UT_CONTROL_CHANGE_US);
    assert_int_equal(ask(UT_CONTROL_SET, UT_SETTING_AGENT_GAIN, "\1\0\0\0", 4).error, 0);
}

/* A day of changes, one a second, among bonds; then with a restart and a forget each time that another change is
 * possible: more often changes nothing, since what is refused does not reach the memory. */
static void test_a_day_of_changes_does_not_wear_the_memory(void **state)
{
    (void)state;
    for (int restarts = 0; restarts < 2; restarts++) {
        uint32_t now = 0;
        unsigned boots = 1;
        setup(NULL);
        for (int i = 0; i < UT_STORE_BONDS && !restarts; i++)
            ut_store_set(&store, UT_STORE_BOND_0 + i, "a bond has forty-four bytes, not thirty or so", 44);
        store_memory_erasures = 0;
        for (int i = 1; i <= 24 * 3600; i++) {
            char value[4] = {(char)(i % 2), 0, 0, 0};
            int op = i % 5 == 0 ? UT_CONTROL_DEFAULTS : UT_CONTROL_SET;
            ask(op, UT_SETTING_AGENT_GAIN, value, op == UT_CONTROL_SET ? sizeof value : 0);
            (void)ut_control_work(&control, now += 1000000);
            if (restarts && i % 605 == 0) {
                ask(UT_CONTROL_FORGET, 0, NULL, 0);
                assert_int_equal(ut_store_mount(&store), 0);
                ut_control_init(&control, &settings, &store, ++boots, now);
            }
        }
        assert_in_range(store_memory_erasures, 1, 10);
    }
}

/* Whatever comes: no reply, or one that unpacks; settings stay within their ranges. */
static void test_any_bytes(void **state)
{
    (void)state;
    uint32_t seed = 17;
    int replies = 0;
    for (int n = 0; n < 20000; n++) {
        uint8_t request[UT_WIRE_RECORD_BYTES] = {0}, reply[UT_WIRE_RECORD_BYTES];
        struct ut_wire_reply r;
        for (uint32_t i = 0; i < UT_WIRE_RECORD_BYTES; i++)
            request[i] = (uint8_t)(ut_signal_random(&seed) >> 16);
        if (n % 4 != 0) {
            request[0] = 0x16;
            request[2] %= 10;
            request[4] %= 9;
            request[5] %= 14;
            request[6] = request[7] = 0;
            if (request[5] < 12)
                memset(request + 8 + request[5], 0, 12U - request[5]);
        }
        if (!ut_control_handle(&control, request, reply))
            continue;
        replies++;
        assert_int_equal(ut_wire_unpack_reply(reply, &r), 0);
        assert_in_range(settings.number[UT_SETTING_AGENT_GAIN] + 24, 0, 48);
    }
    assert_true(replies > 10000);
}

static void test_the_factory_in_parts(void **state)
{
    (void)state;
    expect(ask(UT_CONTROL_FACTORY, 0, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
    const struct ut_factory factory = {.serial = "UT-0000000000042",
                                       .hardware = {2, 1},
                                       .trim_db = {-2, 3},
                                       .passed = {5, 6},
                                       .locked = 1,
                                       .there = 1};
    control.factory = &factory;
    expect(ask(UT_CONTROL_FACTORY, 0, NULL, 0), UT_CONTROL_OK, "UT-000000000", 12);
    expect(ask(UT_CONTROL_FACTORY, 1, NULL, 0), UT_CONTROL_OK, "0042\2\1\376\3\5\6\1\1", 12);
    expect(ask(UT_CONTROL_FACTORY, 2, NULL, 0), UT_CONTROL_NO_KEY, "", 0);
    settings.trim_db[0] = -2; /* not what a host may set, and not what defaults take away */
    ask(UT_CONTROL_SET, UT_SETTING_SWAP, "\1\0\0\0", 4);
    expect(ask(UT_CONTROL_DEFAULTS, 0, NULL, 0), UT_CONTROL_OK, "", 0);
    assert_int_equal(settings.number[UT_SETTING_SWAP], 0);
    assert_int_equal(settings.trim_db[0], -2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_get_and_set, setup),
        cmocka_unit_test_setup(test_refusals, setup),
        cmocka_unit_test_setup(test_defaults, setup),
        cmocka_unit_test_setup(test_the_image_in_parts, setup),
        cmocka_unit_test_setup(test_the_factory_in_parts, setup),
        cmocka_unit_test_setup(test_one_bond, setup),
        cmocka_unit_test_setup(test_the_log_of_resets, setup),
        cmocka_unit_test_setup(test_pairing_mode, setup),
        cmocka_unit_test_setup(test_cue, setup),
        cmocka_unit_test_setup(test_what_the_owner_does, setup),
        cmocka_unit_test_setup(test_a_flood_delays_nothing, setup),
        cmocka_unit_test_setup(test_changes_are_counted, setup),
        cmocka_unit_test_setup(test_writes_are_reserved, setup),
        cmocka_unit_test_setup(test_a_restart_before_the_bonds_are_forgotten, setup),
        cmocka_unit_test_setup(test_restarts_buy_no_changes, setup),
        cmocka_unit_test_setup(test_a_day_of_changes_does_not_wear_the_memory, setup),
        cmocka_unit_test_setup(test_any_bytes, setup),
        cmocka_unit_test_setup(test_forget, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
