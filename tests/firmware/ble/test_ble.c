/* SPDX-License-Identifier: Apache-2.0 */
/* The whole host against a controller written here; pairing itself is test_smp.c's. */
#include "firmware/ble/ble.h"
#include "firmware/ble/crypto.h"
#include "tests/firmware/ble/seam.h"
#include "tests/firmware/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { HANDLE = 0x40, STEP_US = 5000, ATT = 4, SIGNALLING = 5, SMP = 6, KEPT = 80 };

const char board_name[4] = {'t', 'e', 's', 't'};
static const struct ut_address peer = {UT_ADDRESS_RANDOM, {1, 2, 3, 4, 5, 0xC6}};
static const uint8_t key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static struct ut_ble ble;
static struct ut_store store;
static uint32_t now_us;
static int controls;
static int closed; /* pairing mode is left alone */

/* The controller: what it says waits in to_host; of the host's last ACL frame each channel's latest payload is kept. */
static struct {
    int present, dead, opens;
    int full;        /* takes no bytes */
    int held;        /* packets stay in the buffers */
    uint8_t packets; /* how many it has; how many are taken: */
    uint8_t taken;
    uint8_t to_host[4096];
    size_t to_host_len;
    uint8_t packet[300]; /* from the host, in progress */
    size_t packet_len;
    uint8_t address[6];
    int advertising, rotations, disconnects;
    int refuses; /* to disconnect: 1 = when told, 2 = later */
    uint8_t key[16];
    int keys, refusals;
    uint8_t frame[300]; /* L2CAP, in progress */
    size_t frame_len;
    uint8_t pdus[KEPT][251]; /* whole frames, oldest first */
    size_t pdu_lens[KEPT];
    int pdu_count;
    uint8_t data[2][32];    /* of advertisements and scan responses, with its length in front */
    int will_not_advertise; /* how many times it refuses */
    int readings;           /* of the RSSI */
    uint8_t level;
    int privacy;      /* it has lists of its own */
    unsigned full_at; /* the command of theirs that it refuses */
    unsigned accepted, resolved;
    uint8_t list[2][UT_BONDS][39], resolves, policy; /* what was last said of each peer */
} controller;

uint8_t board_battery(void)
{
    return controller.level;
}

static void say(const uint8_t *bytes, size_t len)
{
    assert_true(controller.to_host_len + len <= sizeof controller.to_host);
    memcpy(controller.to_host + controller.to_host_len, bytes, len);
    controller.to_host_len += len;
}
#define SAY(...) say((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void completed(unsigned n)
{
    controller.taken = (uint8_t)(controller.taken - n);
    SAY(4, 0x13, 5, 1, HANDLE, 0, (uint8_t)n, 0);
}

static void take_command(const uint8_t *p)
{
    unsigned opcode = p[1] | (unsigned)p[2] << 8;
    uint8_t answer[32] = {4, 0x0E, 4, 1, p[1], p[2], 0};
    if (opcode == 0x2002) {
        answer[2] += 3;
        answer[7] = 27;
        answer[9] = controller.packets;
    } else if (opcode == 0x2003) {
        answer[2] += 8;
        answer[7] = controller.privacy ? 1 << 6 : 0;
    } else if (opcode == 0x2010) {
        controller.accepted = 0;
    } else if (opcode == 0x2029) {
        controller.resolved = 0;
    } else if (opcode == 0x2011 || opcode == 0x2027 || opcode == 0x204E) {
        unsigned n = opcode == 0x2011   ? controller.accepted++
                     : opcode == 0x2027 ? controller.resolved++
                                        : controller.resolved - 1U;
        assert_true(n < UT_BONDS && p[3] == (opcode == 0x2011 ? 7 : opcode == 0x2027 ? 39 : 8));
        memcpy(controller.list[opcode == 0x2011][n], p + 4, 39);
        answer[6] = controller.full_at == opcode ? 7 : 0;
    } else if (opcode == 0x202D) {
        controller.resolves = p[4];
    } else if (opcode == 0x2006) {
        controller.policy = p[4 + 14];
    } else if (opcode == 0x2018) {
        answer[2] += 8;
        for (int i = 0; i < 8; i++)
            answer[7 + i] = (uint8_t)(now_us >> i);
    } else if (opcode == 0x1405) {
        answer[2] += 3;
        answer[7] = HANDLE;
        answer[9] = 0xCE; /* -50 dBm */
        controller.readings++;
    } else if (opcode == 0x2005) {
        controller.rotations++;
        memcpy(controller.address, p + 4, 6);
    } else if (opcode == 0x2008 || opcode == 0x2009) {
        memcpy(controller.data[opcode - 0x2008], p + 4, sizeof controller.data[0]);
    } else if (opcode == 0x200A && p[4] && controller.will_not_advertise > 0) {
        controller.will_not_advertise--;
        answer[6] = 0x0C;
    } else if (opcode == 0x200A) {
        controller.advertising = p[4];
    } else if (opcode == 0x201A) {
        memcpy(controller.key, p + 6, 16);
        controller.keys++;
    } else if (opcode == 0x201B) {
        controller.refusals++;
    } else if (opcode == 0x0406) {
        controller.disconnects++;
        answer[6] = controller.refuses == 1 ? 0x0C : 0;
    }
    say(answer, 3U + answer[2]);
    if (opcode == 0x0406 && controller.refuses == 2)
        SAY(4, 0x05, 4, 0x1F, HANDLE, 0, 0x13);
}

static void take_acl(const uint8_t *p, size_t len)
{
    assert_true(++controller.taken <= controller.packets);
    if ((p[2] >> 4 & 3) == 0)
        controller.frame_len = 0;
    memcpy(controller.frame + controller.frame_len, p + 5, len - 5);
    controller.frame_len += len - 5;
    if (controller.frame_len == 4U + controller.frame[0]) {
        assert_true(controller.pdu_count < KEPT);
        memcpy(controller.pdus[controller.pdu_count], controller.frame + 2, controller.frame_len - 2);
        controller.pdu_lens[controller.pdu_count++] = controller.frame_len - 4;
    }
    if (!controller.held)
        completed(1);
}

int board_hci_open(void)
{
    controller.opens++;
    return controller.present ? 0 : -1;
}

size_t board_hci_write(const uint8_t *data, size_t len)
{
    uint8_t *p = controller.packet;
    if (controller.full)
        return 0;
    for (size_t i = 0; i < len && !controller.dead; i++) {
        p[controller.packet_len++] = data[i];
        if (p[0] == 1 && controller.packet_len >= 4 && controller.packet_len == 4U + p[3]) {
            take_command(p);
            controller.packet_len = 0;
        } else if (p[0] == 2 && controller.packet_len >= 5 && controller.packet_len == 5U + p[3]) {
            take_acl(p, controller.packet_len);
            controller.packet_len = 0;
        }
    }
    return len;
}

size_t board_hci_read(uint8_t *data, size_t len)
{
    size_t n = controller.to_host_len < len ? controller.to_host_len : len;
    memcpy(data, controller.to_host, n);
    controller.to_host_len -= n;
    memmove(controller.to_host, controller.to_host + n, controller.to_host_len);
    return n;
}

static int control(void *ctx, const uint8_t *data, size_t len)
{
    assert_ptr_equal(ctx, &controls);
    controls++;
    assert_int_equal(ut_ble_answer(&ble, data, len), 1);
    return 0;
}

static uint8_t packet[100], answer_to_packet[100];
static size_t packet_len;

static void take_packet(void *ctx, const uint8_t *data, size_t len)
{
    assert_ptr_equal(ctx, &controls);
    assert_true(len <= sizeof packet);
    memcpy(packet, data, len);
    packet_len = len;
    for (size_t i = 0; i < sizeof answer_to_packet; i++)
        answer_to_packet[i] = (uint8_t)(i ^ 0x55);
    ut_ble_send_packet(&ble, answer_to_packet, sizeof answer_to_packet);
}

static void pass_ms(uint32_t ms)
{
    for (uint32_t us = 0; us < ms * 1000; us += STEP_US) {
        if (!closed)
            ut_ble_open(&ble, 1); /* again and again */
        now_us += STEP_US;
        ut_ble_work(&ble, now_us);
        while (ut_ble_pending(&ble, 0)) /* as the owner does while the memory's life allows it */
            ut_ble_save(&ble);
    }
}

static void start(void)
{
    assert_int_equal(ut_store_mount(&store), 0);
    assert_int_equal(ut_ble_init(&ble, &store, control, take_packet, &controls, now_us), 0);
    pass_ms(200);
}

static int setup(void **state)
{
    (void)state;
    seam_reset();
    memset(&controller, 0, sizeof controller);
    controller.present = 1;
    controller.packets = 4;
    controller.level = 255;
    controls = closed = 0;
    now_us = 0xFFFF0000; /* wraps early in each test */
    start();
    return 0;
}

static void connect_from(const struct ut_address *central)
{
    uint8_t event[] = {4, 0x3E, 19, 1, 0, HANDLE, 0, 1, 1, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0x90, 1, 0};
    memcpy(event + 9, central->octets, 6);
    controller.advertising = 0;
    controller.taken = 0;
    say(event, sizeof event);
    pass_ms(50);
    assert_int_equal(ble.hci.connected, 1);
}

static void connect_it(void)
{
    connect_from(&peer);
}

static void lose_it(void)
{
    SAY(4, 0x05, 4, 0, HANDLE, 0, 8);
    controller.taken = 0;
    pass_ms(100);
}

static void send_frame(unsigned channel, const uint8_t *pdu, size_t len)
{
    uint8_t bytes[300] = {2, HANDLE, 0x20, (uint8_t)(len + 4), 0, (uint8_t)len, 0, (uint8_t)channel, 0};
    memcpy(bytes + 9, pdu, len);
    say(bytes, 9 + len);
    pass_ms(50);
}
#define SEND(channel, ...) send_frame(channel, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* Takes out the oldest frame of a channel: its length, or 0. */
static uint8_t heard[251];
static size_t hear(unsigned channel)
{
    for (int i = 0; i < controller.pdu_count; i++)
        if (controller.pdus[i][0] == channel) {
            size_t len = controller.pdu_lens[i];
            memcpy(heard, controller.pdus[i] + 2, len);
            controller.pdu_count--;
            memmove(controller.pdus[i], controller.pdus[i + 1],
                    (size_t)(controller.pdu_count - i) * sizeof controller.pdus[0]);
            memmove(controller.pdu_lens + i, controller.pdu_lens + i + 1,
                    (size_t)(controller.pdu_count - i) * sizeof controller.pdu_lens[0]);
            return len;
        }
    return 0;
}

/* A central that is bonded already comes and encrypts. */
static void come_secured(int authenticated)
{
    struct ut_bond bond;
    memset(&bond, 0, sizeof bond);
    bond.identity = peer;
    memcpy(bond.ltk, key, sizeof key);
    bond.authenticated = (uint8_t)authenticated;
    if (ut_bonds_find(&ble.bonds, &peer) < 0)
        ut_bonds_put(&ble.bonds, &bond);
    connect_it();
    SAY(4, 0x3E, 13, 5, HANDLE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    pass_ms(50);
    assert_memory_equal(controller.key, key, sizeof key);
    SAY(4, 0x08, 4, 0, HANDLE, 0, 1);
    pass_ms(50);
}

static void subscribe(void)
{
    SEND(ATT, 0x12, UT_GATT_STREAM_CONFIGURATION, 0, 1, 0);
    assert_int_equal(hear(ATT), 1);
    assert_int_equal(heard[0], 0x13);
}

static void put(int type, uint8_t seq)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    make_record(record, type, seq);
    ut_ble_put(&ble, record);
}

/* The next notification of the stream holds just this record. */
static void expect_record(int type, uint8_t seq)
{
    assert_int_equal(hear(ATT), 3 + UT_WIRE_RECORD_BYTES);
    assert_int_equal(heard[0], 0x1B);
    assert_int_equal(heard[1], UT_GATT_STREAM);
    assert_int_equal(ut_wire_type(heard + 3), type);
    assert_int_equal(heard[4], seq);
}

static void test_no_controller(void **state)
{
    (void)state;
    controller.present = 0;
    assert_int_equal(ut_ble_init(&ble, &store, control, take_packet, &controls, now_us), -1);
    put(UT_WIRE_SCORE, 1);
    assert_int_equal(ut_ble_work(&ble, now_us), 0);
    assert_int_equal(ut_ble_drained(&ble), 1);
    assert_int_equal(ut_ble_answer(&ble, key, 4), 0);
}

/* Resolvable by its own identity key, and another one every 15 minutes. */
static void test_advertises_privately(void **state)
{
    (void)state;
    uint8_t hash[3];
    assert_int_equal(controller.advertising, 1);
    assert_int_equal(controller.address[5] >> 6, 1);
    ut_crypto_ah(ble.bonds.irk, controller.address + 3, hash);
    assert_memory_equal(hash, controller.address, 3);
    uint8_t before[6];
    memcpy(before, controller.address, 6);
    int rotations = controller.rotations;
    for (uint32_t ms = 0; ms < UT_BLE_ROTATE_MS - 1000; ms += 10000)
        pass_ms(10000);
    pass_ms(2000);
    assert_int_equal(controller.rotations, rotations + 1);
    assert_memory_not_equal(controller.address, before, 6);
    assert_int_equal(controller.advertising, 1);
}

static void test_what_it_advertises(void **state)
{
    (void)state;
    static const uint8_t data[] = {25,   2,    1,    6,    17,   7, 0xF5, 0xAF, 0x5D, 0xC8, 0x0F, 0x3D, 0x37,
                                   0xA6, 0x30, 0x43, 0x39, 0x58, 1, 0,    0x5A, 0xE8, 3,    0x19, 0x42, 0x09};
    static const uint8_t name[] = {11, 10, 9, 'U', 'n', 'd', 'e', 'r', 't', 'o', 'n', 'e', 0};
    assert_memory_equal(controller.data[0], data, sizeof data);
    assert_memory_equal(controller.data[1], name, sizeof name);
    /* A controller that refuses is asked again each second. */
    controller.will_not_advertise = 3;
    connect_it();
    lose_it();
    assert_int_equal(controller.advertising, 0);
    pass_ms(1500);
    assert_int_equal(controller.will_not_advertise, 1);
    pass_ms(2000);
    assert_int_equal(controller.advertising, 1);
}

static void test_random_bytes_of_the_controller(void **state)
{
    (void)state;
    seam_reset();
    seam.noise = 0;
    start();
    assert_int_equal(controller.advertising, 1);
    assert_int_equal(ut_random_wanted(&ble.random), 0);
}

static void test_a_controller_that_dies(void **state)
{
    (void)state;
    come_secured(1);
    subscribe();
    controller.dead = 1;
    int opens = controller.opens;
    pass_ms(20000); /* its RSSI is not answered */
    assert_true(controller.opens > opens);
    assert_int_equal(ble.hci.connected, 0);
    assert_int_equal(ble.flowing, 0);
    controller.dead = 0;
    controller.packet_len = 0;
    pass_ms(6000);
    assert_int_equal(controller.advertising, 1);
    come_secured(1);
    SAY(9); /* and one that speaks nonsense */
    pass_ms(3000);
    assert_int_equal(ble.hci.connected, 0);
    assert_int_equal(controller.advertising, 1);
}

/* One that holds the line back in mid-packet, advertising or connected: opened again until it takes what it is sent. */
static void test_a_controller_that_takes_nothing(void **state)
{
    (void)state;
    for (int connected = 0; connected < 2; connected++) {
        if (connected)
            connect_it();
        int opens = controller.opens;
        controller.full = 1;
        pass_ms(UT_BLE_ROTATE_MS + 20000);
        assert_true(controller.opens > opens + 1);
        controller.full = 0;
        controller.packet_len = 0;
        controller.advertising = 0;
        pass_ms(10000);
        assert_int_equal(ble.hci.connected, 0);
        assert_int_equal(controller.advertising, 1);
    }
}

static void test_a_controller_that_is_gone(void **state)
{
    (void)state;
    SAY(9);
    controller.present = 0;
    int opens = controller.opens;
    pass_ms(10000);
    assert_in_range(controller.opens - opens, 9, 10); /* once a second */
    controller.present = 1;
    pass_ms(2000);
    assert_int_equal(controller.advertising, 1);
}

static void test_an_unsecured_link_does_not_keep_others_out(void **state)
{
    (void)state;
    connect_it();
    pass_ms(UT_BLE_UNSECURED_MS - 1000);
    assert_int_equal(controller.disconnects, 0);
    pass_ms(2000);
    assert_in_range(controller.disconnects, 1, 2); /* told again when nothing happens, but not all the time */
    lose_it();
    assert_int_equal(controller.advertising, 1);
    come_secured(1);
    controller.disconnects = 0;
    pass_ms(UT_BLE_UNSECURED_MS + 1000);
    assert_int_equal(controller.disconnects, 0);
}

static void test_a_key_nobody_has(void **state)
{
    (void)state;
    connect_it();
    SAY(4, 0x3E, 13, 5, HANDLE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    pass_ms(50);
    assert_int_equal(controller.keys, 0);
    assert_int_equal(controller.refusals, 1);
}

/* A pairing that stops half-way ends the link. */
static void test_a_dead_pairing(void **state)
{
    (void)state;
    connect_it();
    SEND(SMP, 1, 4, 0, 0x0D, 16, 3, 3);
    assert_int_equal(hear(SMP), 7);
    assert_int_equal(heard[0], 2);
    pass_ms(UT_SMP_TIMEOUT_MS + 1000);
    assert_true(controller.disconnects > 0);
}

/* A link whose encryption failed or ended is as open as any. */
static void test_encryption_that_ends(void **state)
{
    (void)state;
    static const uint8_t events[][7] = {{4, 0x08, 4, 6, HANDLE, 0, 1}, {4, 0x08, 4, 0, HANDLE, 0, 0}};
    for (int i = 0; i < 2; i++) {
        setup(NULL);
        put(UT_WIRE_HELLO, 0);
        come_secured(1);
        subscribe();
        assert_int_equal(ble.gatt.security, UT_GATT_AUTHENTICATED);
        expect_record(UT_WIRE_HELLO, 0);
        say(events[i], sizeof events[i]);
        pass_ms(50);
        assert_int_equal(ble.gatt.security, UT_GATT_OPEN);
        put(UT_WIRE_TURN, 1);
        pass_ms(100);
        assert_int_equal(hear(ATT), 0);
    }
}

static void test_nothing_for_a_stranger(void **state)
{
    (void)state;
    put(UT_WIRE_HELLO, 0);
    connect_it();
    SEND(ATT, 0x12, UT_GATT_STREAM_CONFIGURATION, 0, 1, 0);
    assert_int_equal(hear(ATT), 5);
    assert_int_equal(heard[4], UT_GATT_AUTHENTICATION);
    for (int i = 1; i < 20; i++)
        put(UT_WIRE_SCORE, (uint8_t)i);
    pass_ms(1000);
    assert_int_equal(controller.pdu_count, 0);
    /* Encrypted, but by a key that nobody confirmed, on a board that can do better. */
    lose_it();
    come_secured(0);
    SEND(ATT, 0x12, UT_GATT_STREAM_CONFIGURATION, 0, 1, 0);
    assert_int_equal(hear(ATT), 5);
    assert_int_equal(heard[4], UT_GATT_AUTHENTICATION);
}

/* Just Works is enough, and said so, where there is no display. */
static void test_a_board_without_display(void **state)
{
    (void)state;
    SEND(ATT, 0x0A, UT_GATT_VERSIONS, 0);
    assert_int_equal(ble.gatt.versions[1], 0);
    seam_reset();
    seam.pairing = BOARD_PAIRING_BLIND;
    start();
    put(UT_WIRE_HELLO, 0);
    come_secured(0);
    subscribe();
    expect_record(UT_WIRE_HELLO, 0);
    SEND(ATT, 0x0A, UT_GATT_VERSIONS, 0);
    assert_int_equal(hear(ATT), 21);
    assert_int_equal(heard[1], UT_WIRE_VERSION);
    assert_int_equal(heard[2], 1);
    assert_int_equal(heard[3], 9);
}

static void test_the_whole_stream(void **state)
{
    (void)state;
    put(UT_WIRE_HELLO, 0);
    put(UT_WIRE_SCORE, 1);
    put(UT_WIRE_STATUS, 2);
    come_secured(1);
    subscribe();
    expect_record(UT_WIRE_HELLO, 0);
    expect_record(UT_WIRE_SCORE, 1);
    expect_record(UT_WIRE_STATUS, 2);
    for (int i = 3; i < 600; i++) {
        put(i % 3 ? UT_WIRE_SCORE : UT_WIRE_TURN, (uint8_t)i);
        pass_ms(10);
        expect_record(i % 3 ? UT_WIRE_SCORE : UT_WIRE_TURN, (uint8_t)i);
    }
    assert_int_equal(ut_ble_drained(&ble), 1);
    assert_int_equal(ble.queue.drops, 0);
    controller.held = 1;
    put(UT_WIRE_TURN, 7);
    pass_ms(50);
    assert_int_equal(ut_ble_drained(&ble), 0); /* it may still be lost */
    completed(1);
    pass_ms(50);
    assert_int_equal(ut_ble_drained(&ble), 1);
}

/* With nothing waiting, hello and status stand before the record that comes next. */
static void test_a_subscription_that_is_renewed(void **state)
{
    (void)state;
    put(UT_WIRE_HELLO, 0);
    put(UT_WIRE_STATUS, 1);
    come_secured(1);
    subscribe();
    expect_record(UT_WIRE_HELLO, 0);
    expect_record(UT_WIRE_STATUS, 1);
    for (int i = 2; i < 10; i++)
        put(UT_WIRE_SCORE, (uint8_t)i);
    pass_ms(100);
    for (int i = 2; i < 10; i++)
        expect_record(UT_WIRE_SCORE, (uint8_t)i);
    SEND(ATT, 0x12, UT_GATT_STREAM_CONFIGURATION, 0, 0, 0);
    assert_int_equal(hear(ATT), 1);
    subscribe();
    expect_record(UT_WIRE_HELLO, 8);
    expect_record(UT_WIRE_STATUS, 9);
    put(UT_WIRE_SCORE, 10);
    pass_ms(50);
    expect_record(UT_WIRE_SCORE, 10);
    assert_int_equal(hear(ATT), 0);
}

/* A frame begun before the link was lost has no part in the next one. */
static void test_a_frame_cut_by_a_lost_link(void **state)
{
    (void)state;
    connect_it();
    SAY(2, HANDLE, 0x20, 6, 0, 3, 0, ATT, 0, 0x0A, UT_GATT_NAME);
    lose_it();
    connect_it();
    SAY(2, HANDLE, 0x10, 1, 0, 0);
    pass_ms(50);
    assert_int_equal(hear(ATT), 0);
    SEND(SIGNALLING, 0x14, 9, 0, 0);
    assert_int_equal(hear(SIGNALLING), 6);
    assert_int_equal(heard[0], 1);
}

/* So much from the controller that the audio has its turn in between. */
static void test_more_at_once(void **state)
{
    (void)state;
    uint8_t event[3 + 255] = {4, 0xFF, 255};
    pass_ms(5000); /* the key pair for the next pairing is ready */
    assert_int_equal(ut_ble_work(&ble, now_us), 0);
    for (int i = 0; i < 4; i++)
        say(event, sizeof event);
    now_us += STEP_US;
    assert_int_equal(ut_ble_work(&ble, now_us), 1);
    assert_int_equal(controller.to_host_len, 4 * sizeof event - 512);
    ut_ble_work(&ble, now_us);
    assert_int_equal(ut_ble_work(&ble, now_us), 0);
}

static void test_several_records_in_a_notification(void **state)
{
    (void)state;
    put(UT_WIRE_HELLO, 0);
    for (int i = 1; i < 30; i++)
        put(UT_WIRE_SCORE, (uint8_t)i);
    come_secured(1);
    SEND(ATT, 0x02, 247, 0);
    assert_int_equal(hear(ATT), 3);
    subscribe();
    for (int seq = 0; seq < 30;) {
        size_t len = hear(ATT);
        assert_int_equal(len, 3 + (30 - seq >= 12 ? 240 : (30 - seq) * 20));
        for (size_t at = 3; at < len; at += 20)
            assert_int_equal(heard[at + 1], seq++);
    }
    assert_int_equal(hear(ATT), 0);
}

/* The oldest scores go; turns, hello and what is on its way stay; and a status tells how many. */
static void test_back_pressure(void **state)
{
    (void)state;
    come_secured(1);
    put(UT_WIRE_HELLO, 0);
    subscribe();
    expect_record(UT_WIRE_HELLO, 0);
    controller.held = 1;
    int seq = 1;
    for (; seq < 200; seq++) {
        put(seq % 10 ? UT_WIRE_SCORE : UT_WIRE_TURN, (uint8_t)seq);
        pass_ms(5);
    }
    put(UT_WIRE_STATUS, (uint8_t)seq);
    assert_int_equal(ble.queue.drops, 200 - UT_BLE_RECORDS);
    controller.held = 0;
    completed(controller.taken);
    pass_ms(500);
    int turns = 0, scores = 0, told = -1;
    uint8_t last = 0;
    while (hear(ATT) != 0) {
        assert_true(heard[4] > last);
        last = heard[4];
        turns += ut_wire_type(heard + 3) == UT_WIRE_TURN;
        scores += ut_wire_type(heard + 3) == UT_WIRE_SCORE;
        if (ut_wire_type(heard + 3) == UT_WIRE_STATUS)
            told = heard[3 + 8] | heard[3 + 9] << 8;
    }
    assert_int_equal(turns, 19);
    assert_int_equal(scores + turns + 1, UT_BLE_RECORDS);
    assert_int_equal(told, 200 - UT_BLE_RECORDS);
}

/* What was in the controller when the link was lost is sent again; hello and the gap come first. */
static void test_a_link_that_is_lost(void **state)
{
    (void)state;
    put(UT_WIRE_HELLO, 0);
    put(UT_WIRE_STATUS, 1);
    come_secured(1);
    subscribe();
    expect_record(UT_WIRE_HELLO, 0);
    expect_record(UT_WIRE_STATUS, 1);
    controller.held = 1;
    put(UT_WIRE_TURN, 2);
    put(UT_WIRE_SCORE, 3);
    pass_ms(50);
    expect_record(UT_WIRE_TURN, 2);
    expect_record(UT_WIRE_SCORE, 3);
    lose_it();
    controller.held = 0;
    for (int seq = 4; seq < 4 + UT_BLE_RECORDS; seq++)
        put(UT_WIRE_SCORE, (uint8_t)seq);
    pass_ms(100);
    assert_int_equal(hear(ATT), 0);
    come_secured(1); /* the subscription comes back with the bond */
    pass_ms(500);
    expect_record(UT_WIRE_HELLO, 0); /* numbered to end in the first that waits, which has number 2 */
    expect_record(UT_WIRE_STATUS, 1);
    assert_int_equal(heard[3 + 8], 2);
    expect_record(UT_WIRE_TURN, 2);
    for (int seq = 5; seq < 4 + UT_BLE_RECORDS; seq++)
        expect_record(UT_WIRE_SCORE, (uint8_t)seq);
    assert_int_equal(hear(ATT), 0);
    lose_it();
    put(UT_WIRE_SCORE, 4 + UT_BLE_RECORDS);
    come_secured(1);
    pass_ms(500);
    expect_record(UT_WIRE_HELLO, 2 + UT_BLE_RECORDS);
    expect_record(UT_WIRE_STATUS, 3 + UT_BLE_RECORDS);
    assert_int_equal(heard[3 + 8], 0); /* that gap has been told */
    expect_record(UT_WIRE_SCORE, 4 + UT_BLE_RECORDS);
}

static void test_subscriptions_live_with_the_bond(void **state)
{
    (void)state;
    put(UT_WIRE_HELLO, 0);
    come_secured(1);
    subscribe();
    SEND(ATT, 0x12, UT_GATT_CHANGED_CONFIGURATION, 0, 2, 0);
    assert_int_equal(ble.gatt.on, UT_GATT_STREAM_ON | UT_GATT_CHANGED_ON);
    lose_it();
    assert_int_equal(ble.gatt.on, 0);
    pass_ms(UT_BONDS_REST_MS);
    start(); /* power comes again */
    connect_it();
    assert_int_equal(ble.gatt.on, 0); /* an address alone proves nothing */
    lose_it();
    come_secured(1);
    assert_int_equal(ble.gatt.on, UT_GATT_STREAM_ON | UT_GATT_CHANGED_ON);
}

/* Who is forgotten while connected is sent away at once, and its key is no key any more, now and after a start. */
static void test_forgotten(void **state)
{
    (void)state;
    come_secured(1);
    subscribe();
    int refused = controller.refusals, sent_away = controller.disconnects;
    ut_ble_forget(&ble, UT_BONDS_ALL);
    pass_ms(50);
    assert_int_equal(controller.disconnects, sent_away + 1);
    SAY(4, 0x3E, 13, 5, HANDLE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    pass_ms(50);
    assert_int_equal(controller.refusals, refused + 1);
    SAY(4, 0x08, 4, 0, HANDLE, 0, 1); /* a controller that encrypts all the same */
    pass_ms(50);
    assert_int_equal(ut_smp_security(&ble.smp), UT_SMP_OPEN);
    assert_int_equal(ble.flowing, 0);
    lose_it();
    start();
    assert_int_equal(ut_bonds_find(&ble.bonds, &peer), -1);
}

/* A controller that refuses to disconnect is told again each second, whatever the reason; who was forgotten hears
 * nothing more. */
static void test_a_refused_disconnection(void **state)
{
    (void)state;
    for (int refuses = 0; refuses < 3; refuses++)
        for (int forgotten = 0; forgotten < 2; forgotten++) {
            setup(NULL);
            if (forgotten) {
                come_secured(1);
                subscribe();
                ut_ble_forget(&ble, UT_BONDS_ALL);
            } else {
                connect_it();
                pass_ms(UT_BLE_UNSECURED_MS - 500);
            }
            controller.refuses = refuses;
            controller.disconnects = controller.pdu_count = 0;
            put(UT_WIRE_TURN, 9);
            pass_ms(10 * UT_BLE_RETRY_MS + 500);
            assert_in_range(controller.disconnects, 9, 11);
            assert_int_equal(hear(ATT), 0);
            assert_int_equal(ble.hci.connected, 1);
            lose_it();
            controller.disconnects = 0;
            pass_ms(3 * UT_BLE_RETRY_MS);
            assert_int_equal(controller.disconnects, 0);
            assert_int_equal(controller.advertising, 1);
        }
}

/* A memory that fails is tried once for each change. */
static void test_a_memory_that_fails(void **state)
{
    (void)state;
    come_secured(1);
    seam.store_fails = 1;
    int unsaved = ble.bonds.unsaved;
    SEND(ATT, 0x12, UT_GATT_STREAM_CONFIGURATION, 0, 1, 0);
    pass_ms(UT_BONDS_REST_MS + 1000);
    assert_int_equal(ble.bonds.unsaved, unsaved + 1);
    assert_int_equal(ble.flowing, 1);
}

static void test_a_changed_table(void **state)
{
    (void)state;
    come_secured(1);
    SEND(ATT, 0x12, UT_GATT_CHANGED_CONFIGURATION, 0, 2, 0);
    assert_int_equal(hear(ATT), 1);
    uint32_t kept = ble.bonds.bond[0].gatt;
    lose_it();
    ut_bonds_set_gatt(&ble.bonds, 0, kept ^ 0x100);
    come_secured(1);
    assert_int_equal(hear(ATT), 7);
    assert_int_equal(heard[0], 0x1D);
    SEND(ATT, 0x1E);
    assert_int_equal(ble.bonds.bond[0].gatt, kept);
    lose_it();
    ut_bonds_set_gatt(&ble.bonds, 0, kept ^ 0x100);
    come_secured(1);
    pass_ms(UT_ATT_TIMEOUT_MS + 1000); /* no confirmation */
    assert_true(controller.disconnects > 0);
}

/* A central that would not understand is not kept waiting for what it never asked to be told; one that would, is. */
static void test_the_stream_of_a_changed_table(void **state)
{
    (void)state;
    for (int robust = 0; robust < 2; robust++) {
        setup(NULL);
        put(UT_WIRE_HELLO, 0);
        come_secured(1);
        SEND(ATT, 0x12, UT_GATT_FEATURES, 0, (uint8_t)robust);
        assert_int_equal(hear(ATT), 1);
        subscribe();
        expect_record(UT_WIRE_HELLO, 0);
        lose_it();
        ut_bonds_set_gatt(&ble.bonds, 0, ble.bonds.bond[0].gatt ^ 0x100);
        come_secured(1);
        put(UT_WIRE_TURN, 1);
        pass_ms(100);
        assert_int_equal(hear(ATT), robust ? 0 : 3 + UT_WIRE_RECORD_BYTES);
        controller.pdu_count = 0;
        SEND(ATT, 0x0A, UT_GATT_NAME, 0);
        assert_int_equal(hear(ATT), robust ? 5 : 10);
        SEND(ATT, 0x0A, UT_GATT_NAME, 0);
        assert_int_equal(hear(ATT), 10);
        pass_ms(100);
        assert_int_equal(hear(ATT), robust ? 3 + UT_WIRE_RECORD_BYTES : 0);
    }
}

static void test_control(void **state)
{
    (void)state;
    come_secured(1);
    SEND(ATT, 0x12, UT_GATT_CONTROL, 0, 7, 8);
    assert_int_equal(hear(ATT), 5);
    assert_int_equal(heard[4], UT_GATT_CONFIGURATION); /* nobody would hear the answer */
    SEND(ATT, 0x12, UT_GATT_CONTROL_CONFIGURATION, 0, 1, 0);
    assert_int_equal(hear(ATT), 1);
    SEND(ATT, 0x12, UT_GATT_CONTROL, 0, 7, 8);
    assert_int_equal(hear(ATT), 1);
    assert_int_equal(hear(ATT), 5);
    assert_memory_equal(heard, ((const uint8_t[]){0x1B, UT_GATT_CONTROL, 0, 7, 8}), 5);
    controller.held = 1; /* the answer cannot leave: no second one is taken */
    for (int i = 0; i < 8; i++)
        SEND(ATT, 0x52, UT_GATT_CONTROL, 0, 9);
    assert_true(controls < 8);
    assert_int_equal(ut_ble_answer(&ble, key, 16), 0);
}

static void test_parameters(void **state)
{
    (void)state;
    connect_it();
    pass_ms(6000);
    assert_int_equal(hear(SIGNALLING), 0); /* 30 ms is what it wishes */
    SAY(4, 0x3E, 10, 3, 0, HANDLE, 0, 80, 0, 0, 0, 0x90, 1);
    lose_it();
    connect_it();
    SAY(4, 0x3E, 10, 3, 0, HANDLE, 0, 80, 0, 0, 0, 0x90, 1);
    pass_ms(4000);
    assert_int_equal(hear(SIGNALLING), 0);
    pass_ms(2000);
    assert_int_equal(hear(SIGNALLING), 12);
    assert_int_equal(heard[0], 0x12);
    SEND(SIGNALLING, 0x13, heard[1], 2, 0, 1, 0); /* refused */
    int readings = controller.readings;
    pass_ms(20000);
    assert_in_range(controller.readings - readings, 1, 2);
    assert_int_equal(hear(SIGNALLING), 0);
    assert_int_equal(ble.gatt.versions[19], 0xCE);
}

static void test_battery(void **state)
{
    (void)state;
    controller.level = 80;
    connect_it();
    SEND(ATT, 0x12, UT_GATT_LEVEL_CONFIGURATION, 0, 1, 0);
    assert_int_equal(hear(ATT), 1);
    pass_ms(15000);
    assert_int_equal(hear(ATT), 0);
    controller.level = 79;
    pass_ms(15000);
    assert_int_equal(hear(ATT), 4);
    assert_memory_equal(heard, ((const uint8_t[]){0x1B, UT_GATT_LEVEL, 0, 79}), 4);
    assert_int_equal(hear(ATT), 0);
}

/* A central that asks without taking answers: what has no room is lost, and then all is as before. */
static void test_a_flood_of_requests(void **state)
{
    (void)state;
    connect_it();
    controller.held = 1;
    for (int i = 0; i < 300; i++)
        SAY(2, HANDLE, 0x20, 7, 0, 3, 0, ATT, 0, 0x0A, UT_GATT_NAME, 0);
    pass_ms(500);
    controller.held = 0;
    completed(controller.taken);
    pass_ms(500);
    int answers = 0;
    while (hear(ATT) != 0) {
        assert_int_equal(heard[0], 0x0B);
        answers++;
    }
    assert_true(answers > 4 && answers < 300);
    SEND(ATT, 0x0A, UT_GATT_NAME, 0);
    assert_int_equal(hear(ATT), 10);
}

/* What needs no answer needs no room for one: a confirmation and a command reach their place all the same. */
static void test_silent_requests_without_room(void **state)
{
    (void)state;
    come_secured(1);
    SEND(ATT, 0x12, UT_GATT_CONTROL_CONFIGURATION, 0, 1, 0);
    SEND(ATT, 0x12, UT_GATT_CHANGED_CONFIGURATION, 0, 2, 0);
    lose_it();
    ut_bonds_set_gatt(&ble.bonds, 0, ble.bonds.bond[0].gatt ^ 0x100);
    come_secured(1);
    while (hear(ATT) != 0)
        continue;
    controller.held = 1;
    for (int i = 0; i < 300; i++)
        SAY(2, HANDLE, 0x20, 7, 0, 3, 0, ATT, 0, 0x0A, UT_GATT_NAME, 0);
    int before = controls;
    SAY(2, HANDLE, 0x20, 5, 0, 1, 0, ATT, 0, 0x1E);
    SAY(2, HANDLE, 0x20, 9, 0, 5, 0, ATT, 0, 0x52, UT_GATT_CONTROL, 0, 7, 8);
    pass_ms(100);
    assert_int_equal(controls, before + 1);
    assert_int_equal(ble.gatt.aware, 1);
    pass_ms(UT_ATT_TIMEOUT_MS + 1000);
    assert_int_equal(ble.att.indicating, 0);
}

/* Update packets: only of a central that is secured and listens, one at a time; an answer in pieces of the MTU. */
static void test_update_packets(void **state)
{
    (void)state;
    packet_len = 0;
    connect_it();
    SEND(ATT, 0x12, UT_GATT_PACKET_CONFIGURATION, 0, 1, 0);
    assert_int_equal(hear(ATT), 5);
    assert_int_equal(heard[4], UT_GATT_AUTHENTICATION);
    SEND(ATT, 0x52, UT_GATT_PACKET, 0, 1, 2, 3);
    assert_int_equal(packet_len, 0);
    lose_it();
    come_secured(1);
    while (hear(ATT) != 0)
        continue;
    SEND(ATT, 0x52, UT_GATT_PACKET, 0, 1, 2, 3); /* nobody would hear the answer */
    assert_int_equal(packet_len, 0);
    SEND(ATT, 0x12, UT_GATT_PACKET_CONFIGURATION, 0, 1, 0);
    assert_int_equal(hear(ATT), 1);
    assert_int_equal(ut_ble_packet_bytes(&ble), 20);
    controller.held = 1;
    SAY(2, HANDLE, 0x20, 10, 0, 6, 0, ATT, 0, 0x52, UT_GATT_PACKET, 0, 1, 2, 3);
    pass_ms(50);
    assert_int_equal(packet_len, 3);
    assert_memory_equal(packet, ((const uint8_t[]){1, 2, 3}), 3);
    for (int i = 0; i < 20 && ut_ble_sends_packet(&ble); i++) {
        SAY(2, HANDLE, 0x20, 8, 0, 4, 0, ATT, 0, 0x52, UT_GATT_PACKET, 0, 9); /* too early: no answer */
        completed(controller.taken);
        pass_ms(50);
    }
    controller.held = 0;
    assert_int_equal(ut_ble_sends_packet(&ble), 0);
    assert_int_equal(packet_len, 3);
    for (size_t at = 0; at < sizeof answer_to_packet; at += 20) {
        assert_int_equal(hear(ATT), 23);
        assert_int_equal(heard[0], 0x1B);
        assert_int_equal(heard[1], UT_GATT_PACKET);
        assert_memory_equal(heard + 3, answer_to_packet + at, 20);
    }
    SEND(ATT, 0x52, UT_GATT_PACKET, 0, 4);
    assert_int_equal(packet_len, 1);
    lose_it(); /* what was not sent is not the next link's */
    assert_int_equal(ut_ble_sends_packet(&ble), 0);
}

static void connect_a_stranger(void)
{
    static const struct ut_address stranger = {UT_ADDRESS_RANDOM, {9, 2, 3, 4, 5, 0xC6}};
    connect_from(&stranger);
}

/* Closed: silent without a bond; with one, seen by it alone, and no word of what this is. */
static void test_pairing_mode(void **state)
{
    (void)state;
    assert_int_equal(seam.open, 1);
    closed = 1;
    pass_ms(UT_BLE_PAIRING_MS - 1000);
    assert_int_equal(controller.advertising, 1);
    pass_ms(2000);
    assert_int_equal(seam.open, 0);
    assert_int_equal(controller.advertising, 0);
    pass_ms(5000);
    assert_int_equal(controller.advertising, 0);
    ut_ble_open(&ble, 1);
    pass_ms(100);
    assert_int_equal(controller.advertising, 1);
    assert_int_equal(controller.data[0][3], 6);
    come_secured(1);
    lose_it();
    ut_ble_open(&ble, 0);
    pass_ms(100);
    assert_int_equal(controller.advertising, 1);
    assert_memory_equal(controller.data[0], ((const uint8_t[]){3, 2, 1, 4, 0, 0}), 6);
    assert_int_equal(controller.data[1][0], 0);
    assert_int_equal(controller.policy, 0); /* this controller cannot tell who it is */
    ut_ble_forget(&ble, UT_BONDS_ALL);
    pass_ms(100);
    assert_int_equal(controller.advertising, 0);
    for (uint32_t ms = 0; ms < 40; ms++) { /* opened and closed again while its commands are under way */
        ut_ble_open(&ble, 1);
        pass_ms(ms);
        ut_ble_open(&ble, 0);
        pass_ms(200);
        assert_int_equal(controller.advertising, 0);
    }
}

static void test_pairing_is_refused_while_closed(void **state)
{
    (void)state;
    closed = 1;
    come_secured(1);
    lose_it();
    ut_ble_open(&ble, 0);
    pass_ms(100);
    connect_a_stranger();
    SEND(SMP, 1, 4, 0, 0x0D, 16, 3, 3);
    assert_int_equal(hear(SMP), 2);
    assert_int_equal(heard[1], 5);
    pass_ms(UT_BLE_STRANGER_MS - 1000);
    assert_int_equal(controller.disconnects, 0);
    pass_ms(2000);
    assert_true(controller.disconnects > 0);
    lose_it();
    pass_ms(2000);
    controller.disconnects = 0;
    come_secured(1);
    pass_ms(2 * UT_BLE_STRANGER_MS);
    assert_int_equal(controller.disconnects, 0);
    /* One that began while it was open may end. */
    lose_it();
    ut_ble_open(&ble, 1);
    pass_ms(100);
    connect_a_stranger();
    SEND(SMP, 1, 4, 0, 0x0D, 16, 3, 3);
    assert_int_equal(hear(SMP), 7);
    ut_ble_open(&ble, 0);
    pass_ms(UT_BLE_STRANGER_MS + 2000);
    assert_int_equal(controller.disconnects, 0);
}

/* A controller with lists gets the bonds, each with its key and device privacy; filters when closed, and not when it
 * has no room for one. */
static void test_the_lists_of_a_controller(void **state)
{
    (void)state;
    closed = 1;
    controller.privacy = 1;
    start();
    ut_ble_open(&ble, 1);
    pass_ms(200);
    struct ut_bond bond = {.identity = peer, .irk = {7}};
    ut_bonds_put(&ble.bonds, &bond);
    bond.identity.octets[0] = 99;
    memset(bond.irk, 0, sizeof bond.irk); /* this one gave no key */
    ut_bonds_put(&ble.bonds, &bond);
    ut_ble_open(&ble, 0);
    pass_ms(300);
    assert_int_equal(controller.accepted, 2);
    assert_int_equal(controller.resolved, 1);
    assert_int_equal(controller.resolves, 1);
    assert_int_equal(controller.policy, 3);
    assert_int_equal(controller.advertising, 1);
    assert_memory_equal(controller.list[1][0] + 1, peer.octets, 6);
    assert_int_equal(controller.list[1][1][1], 99);
    assert_memory_equal(controller.list[0][0] + 1, peer.octets, 6);
    assert_int_equal(controller.list[0][0][7], 1); /* the mode came after the key */
    ut_ble_open(&ble, 1);
    pass_ms(300);
    assert_int_equal(controller.accepted + controller.resolved, 0);
    assert_int_equal(controller.resolves, 0);
    assert_int_equal(controller.policy, 0);
    static const unsigned refused[] = {0x2011, 0x2027, 0x204E};
    for (int i = 0; i < 3; i++) {
        controller.full_at = refused[i];
        ut_ble_open(&ble, 0);
        pass_ms(300);
        assert_int_equal(controller.policy, 0);
        assert_int_equal(controller.advertising, 1);
        ut_ble_open(&ble, 1);
        pass_ms(300);
    }
    controller.full_at = 0;
    for (uint32_t ms = 0; ms < 40; ms++) { /* begun anew at any command of the lists: whole, and once */
        ut_ble_open(&ble, 0);
        pass_ms(ms);
        ut_ble_open(&ble, 1);
        ut_ble_open(&ble, 0);
        pass_ms(300);
        assert_int_equal(controller.accepted, 2);
        assert_int_equal(controller.resolved, 1);
        assert_int_equal(controller.policy, 3);
        ut_ble_open(&ble, 1);
        pass_ms(300);
    }
    ut_ble_open(&ble, 0);
    pass_ms(300);
    ut_ble_forget(&ble, UT_BONDS_ALL);
    pass_ms(300);
    assert_int_equal(controller.accepted + controller.resolved, 0); /* nobody's key stays behind */
}

/* Strangers that come again and again hold the one connection for less and less, and wait for longer and longer. */
static void test_strangers_do_not_keep_a_bonded_central_out(void **state)
{
    (void)state;
    come_secured(1);
    lose_it();
    uint32_t held_ms = 0, waited_ms = 0;
    for (int round = 0; round < 12; round++) {
        for (waited_ms = 0;; waited_ms += 1000) {
            controller.disconnects = 0;
            connect_a_stranger();
            if (controller.disconnects == 0)
                break; /* this one is let in */
            lose_it();
            pass_ms(850);
        }
        for (held_ms = 0; controller.disconnects == 0; held_ms += 100)
            pass_ms(100);
        lose_it();
    }
    assert_in_range(held_ms, 1, UT_BLE_UNSECURED_MS / 8 + 200);
    assert_in_range(waited_ms, UT_SMP_BACKOFF_MAX_MS - 2000, UT_SMP_BACKOFF_MAX_MS + 2000);
    controller.disconnects = 0;
    come_secured(1); /* at once, while strangers wait */
    pass_ms(1000);
    assert_int_equal(controller.disconnects, 0);
    lose_it();
    connect_a_stranger(); /* and then a stranger's turn is as before */
    pass_ms(UT_BLE_UNSECURED_MS - 1000);
    assert_int_equal(controller.disconnects, 0);
}

/* A pairing that fails ends the link when its reason has left. */
static void test_a_failed_pairing(void **state)
{
    (void)state;
    connect_it();
    SEND(SMP, 1, 4, 0, 0x0D, 16, 3, 3);
    assert_int_equal(hear(SMP), 7);
    SEND(SMP, 5, 8);
    controller.disconnects = 0;
    pass_ms(UT_BLE_FAILED_MS - 200);
    assert_int_equal(controller.disconnects, 0);
    pass_ms(400);
    assert_int_equal(controller.disconnects, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_controller, setup),
        cmocka_unit_test_setup(test_update_packets, setup),
        cmocka_unit_test_setup(test_advertises_privately, setup),
        cmocka_unit_test_setup(test_what_it_advertises, setup),
        cmocka_unit_test_setup(test_random_bytes_of_the_controller, setup),
        cmocka_unit_test_setup(test_a_controller_that_dies, setup),
        cmocka_unit_test_setup(test_a_controller_that_takes_nothing, setup),
        cmocka_unit_test_setup(test_a_controller_that_is_gone, setup),
        cmocka_unit_test_setup(test_an_unsecured_link_does_not_keep_others_out, setup),
        cmocka_unit_test_setup(test_a_key_nobody_has, setup),
        cmocka_unit_test_setup(test_a_dead_pairing, setup),
        cmocka_unit_test(test_encryption_that_ends),
        cmocka_unit_test_setup(test_nothing_for_a_stranger, setup),
        cmocka_unit_test_setup(test_a_board_without_display, setup),
        cmocka_unit_test_setup(test_the_whole_stream, setup),
        cmocka_unit_test_setup(test_a_subscription_that_is_renewed, setup),
        cmocka_unit_test_setup(test_a_frame_cut_by_a_lost_link, setup),
        cmocka_unit_test_setup(test_more_at_once, setup),
        cmocka_unit_test_setup(test_several_records_in_a_notification, setup),
        cmocka_unit_test_setup(test_back_pressure, setup),
        cmocka_unit_test_setup(test_a_link_that_is_lost, setup),
        cmocka_unit_test_setup(test_subscriptions_live_with_the_bond, setup),
        cmocka_unit_test_setup(test_forgotten, setup),
        cmocka_unit_test(test_a_refused_disconnection),
        cmocka_unit_test_setup(test_a_memory_that_fails, setup),
        cmocka_unit_test_setup(test_a_changed_table, setup),
        cmocka_unit_test(test_the_stream_of_a_changed_table),
        cmocka_unit_test_setup(test_control, setup),
        cmocka_unit_test_setup(test_parameters, setup),
        cmocka_unit_test_setup(test_battery, setup),
        cmocka_unit_test_setup(test_a_flood_of_requests, setup),
        cmocka_unit_test_setup(test_silent_requests_without_room, setup),
        cmocka_unit_test_setup(test_pairing_mode, setup),
        cmocka_unit_test_setup(test_pairing_is_refused_while_closed, setup),
        cmocka_unit_test_setup(test_the_lists_of_a_controller, setup),
        cmocka_unit_test_setup(test_strangers_do_not_keep_a_bonded_central_out, setup),
        cmocka_unit_test_setup(test_a_failed_pairing, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
