/* SPDX-License-Identifier: Apache-2.0 */
/* The whole Bluetooth host against a controller and a central that do anything: the input is a script of bytes, events,
 * frames, answers and time, after a byte that says how far a sound central has come. No undefined behaviour; the host
 * overruns no buffer of the controller, its bytes are whole packets, and without the security of the link no record
 * leaves and no control request arrives. */
#include "firmware/ble/ble.h"
#include "tests/firmware/ble/seam.h"

#include <stdlib.h>

enum { HANDLE = 0x40, PACKETS = 3, ACL_BYTES = 27 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char board_name[4] = {'f', 'u', 'z', 'z'};

static struct ut_ble ble;
static struct ut_store store;
static const uint8_t *script;
static size_t script_len;
static uint8_t to_host[600];
static size_t to_host_len;
static uint8_t packet[300]; /* from the host, in progress */
static size_t packet_len;
static unsigned waiting; /* opcode of the command without an answer */
static unsigned taken;   /* packets in the controller's buffers, as far as it told the host */
static uint32_t now_us;

uint8_t board_battery(void)
{
    return (uint8_t)(now_us >> 24);
}

int board_hci_open(void)
{
    packet_len = taken = waiting = 0;
    to_host_len = 0;
    return 0;
}

static void check_packet(void)
{
    if (packet[0] == UT_H4_COMMAND) {
        waiting = packet[1] | (unsigned)packet[2] << 8;
        return;
    }
    size_t len = packet[3];
    if (++taken > PACKETS || len > ACL_BYTES || !ble.hci.connected)
        abort();
    /* An L2CAP frame that begins with a notification of the stream. */
    if ((packet[2] & 0x30) == 0 && len > 8 && packet[7] == UT_L2CAP_ATT && packet[9] == 0x1B &&
        packet[10] == UT_GATT_STREAM && ble.gatt.security < UT_GATT_AUTHENTICATED)
        abort();
}

size_t board_hci_write(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        packet[packet_len++] = data[i];
        if (packet[0] != UT_H4_COMMAND && packet[0] != UT_H4_ACL)
            abort();
        size_t header = packet[0] == UT_H4_COMMAND ? 4 : 5;
        if (packet_len >= header && packet_len == header + packet[3]) {
            check_packet();
            packet_len = 0;
        }
    }
    return len;
}

size_t board_hci_read(uint8_t *data, size_t len)
{
    size_t n = to_host_len < len ? to_host_len : len;
    memcpy(data, to_host, n);
    to_host_len -= n;
    memmove(to_host, to_host + n, to_host_len);
    return n;
}

/* The longest answer that an update may give. */
static void take_packet(void *ctx, const uint8_t *data, size_t len)
{
    static const uint8_t answer[320];
    (void)ctx;
    (void)data;
    if (ble.gatt.security < UT_GATT_AUTHENTICATED || len > ut_ble_packet_bytes(&ble) || ut_ble_sends_packet(&ble))
        abort();
    ut_ble_send_packet(&ble, answer, sizeof answer);
}

static int control(void *ctx, const uint8_t *data, size_t len)
{
    (void)ctx;
    if (ble.gatt.security < UT_GATT_AUTHENTICATED)
        abort();
    (void)ut_ble_answer(&ble, data, len);
    return len == 0 ? UT_GATT_INVALID_LENGTH : 0;
}

static uint8_t next(void)
{
    if (script_len == 0)
        return 0;
    script_len--;
    return *script++;
}

static void work(void)
{
    now_us += 1000;
    for (int i = 0; i < 8 && ut_ble_work(&ble, now_us); i++)
        continue;
    while (ut_ble_pending(&ble, 0))
        ut_ble_save(&ble);
    unsigned out = (unsigned)(ble.hci.acl_packets - ble.hci.acl_free);
    if (ble.hci.connected && (ble.flying != out || ble.queue.held > ble.queue.count))
        abort();
    if (ble.l2cap.queued > sizeof ble.l2cap.queue || ble.queue.count > UT_BLE_RECORDS)
        abort();
}

static void say(const void *bytes, size_t len)
{
    if (len > sizeof to_host - to_host_len)
        return;
    memcpy(to_host + to_host_len, bytes, len);
    to_host_len += len;
}
#define SAY(...) say((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* Command Complete with what a sound controller gives back. */
static void answer(void)
{
    uint8_t bytes[18] = {4, 0x0E, 4, 1, (uint8_t)waiting, (uint8_t)(waiting >> 8), 0};
    unsigned opcode = waiting;
    waiting = 0;
    bytes[2] = opcode == 0x2002 ? 7 : opcode == 0x2003 || opcode == 0x2018 ? 12 : opcode == 0x1405 ? 7 : 4;
    if (opcode == 0x2002) {
        bytes[7] = ACL_BYTES;
        bytes[9] = PACKETS;
    }
    say(bytes, 3U + bytes[2]);
}

static void raw(void)
{
    uint8_t bytes[64];
    size_t n = next() % sizeof bytes;
    for (size_t i = 0; i < n; i++)
        bytes[i] = next();
    say(bytes, n);
}

static void event(void)
{
    uint8_t bytes[3 + 40] = {4, next(), (uint8_t)(next() % 40)};
    for (size_t i = 0; i < bytes[2]; i++)
        bytes[3 + i] = next();
    say(bytes, 3U + bytes[2]);
}

/* A frame in one packet, true to its length or not. */
static void frame(unsigned channel)
{
    uint8_t bytes[9 + 80] = {2, HANDLE, 0x20};
    size_t len = next() % 80U;
    uint8_t lie = next();
    bytes[3] = (uint8_t)(len + 4);
    bytes[5] = lie > 240 ? lie : (uint8_t)len;
    bytes[7] = (uint8_t)channel;
    for (size_t i = 0; i < len; i++)
        bytes[9 + i] = next();
    say(bytes, 9 + len);
}

static void fragment(void)
{
    uint8_t flags = next(), bytes[5 + 40] = {2, HANDLE, (uint8_t)((flags & 3) << 4), (uint8_t)(flags % 40)};
    for (size_t i = 0; i < bytes[3]; i++)
        bytes[5 + i] = next();
    say(bytes, 5U + bytes[3]);
}

static void put(void)
{
    uint8_t record[UT_WIRE_RECORD_BYTES] = {(uint8_t)(UT_WIRE_VERSION << 4 | (1 + next() % 4)), next()};
    ut_ble_put(&ble, record);
}

static void connect_it(uint8_t interval)
{
    SAY(4, 0x3E, 19, 1, 0, HANDLE, 0, 1, 1, 1, 2, 3, 4, 5, 0xC6, interval, 0, 0, 0, 0x90, 1, 0);
    taken = 0;
}

static void step(void)
{
    switch (next() % 16) {
    case 0:
        raw();
        break;
    case 1:
        event();
        break;
    case 2:
    case 3:
        if (waiting != 0)
            answer();
        break;
    case 4:
        connect_it(next());
        break;
    case 5:
        SAY(4, 0x05, 4, 0, HANDLE, 0, 8);
        break;
    case 6:
        SAY(4, 0x3E, 13, 5, HANDLE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        break;
    case 7:
        SAY(4, 0x08, 4, 0, HANDLE, 0, next() & 1);
        break;
    case 8:
        SAY(4, 0x13, 5, 1, HANDLE, 0, (uint8_t)taken, 0);
        taken = 0;
        break;
    case 9:
    case 10:
        frame(UT_L2CAP_ATT);
        break;
    case 11:
        frame(UT_L2CAP_SMP);
        break;
    case 12:
        frame(UT_L2CAP_SIGNALLING);
        break;
    case 13:
        fragment();
        break;
    case 14:
        put();
        ut_ble_open(&ble, ble.queue.count & 1); /* takes no byte of the script */
        break;
    default:
        now_us += next() * 1000000U;
        break;
    }
    work();
}

/* A controller that is set up, and a bonded central that may come. */
static void set_up(void)
{
    static const struct ut_bond bond = {.identity = {UT_ADDRESS_RANDOM, {1, 2, 3, 4, 5, 0xC6}}, .authenticated = 1};
    seam_reset();
    now_us = 0;
    (void)ut_store_mount(&store);
    (void)ut_ble_init(&ble, &store, control, take_packet, NULL, now_us);
    ut_ble_open(&ble, 1);
    for (int i = 0; i < 30; i++) {
        work();
        if (waiting != 0)
            answer();
    }
    if (!ble.hci.advertising)
        abort();
    (void)ut_bonds_put(&ble.bonds, &bond);
}

/* How far: 1 connected, 2 and encrypted, 3 and subscribed to all, 4 and with more records than can wait. */
static void come(unsigned far)
{
    static const uint8_t configurations[] = {UT_GATT_CHANGED_CONFIGURATION, UT_GATT_LEVEL_CONFIGURATION,
                                             UT_GATT_STREAM_CONFIGURATION, UT_GATT_CONTROL_CONFIGURATION};
    if (far > 0) {
        connect_it(24);
        work();
    }
    if (far > 1) {
        SAY(4, 0x3E, 13, 5, HANDLE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        work();
        answer();
        SAY(4, 0x08, 4, 0, HANDLE, 0, 1);
        work();
    }
    for (size_t i = 0; i < sizeof configurations && far > 2; i++) {
        SAY(2, HANDLE, 0x20, 9, 0, 5, 0, UT_L2CAP_ATT, 0, 0x12, configurations[i], 0, i == 0 ? 2 : 1, 0);
        work();
        SAY(4, 0x13, 5, 1, HANDLE, 0, (uint8_t)taken, 0);
        taken = 0;
        work();
    }
    if (far > 2 && (ble.gatt.on != 15 || !ble.flowing))
        abort();
    for (int i = 0; i < UT_BLE_RECORDS + 8 && far > 3; i++)
        put();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    script = data;
    script_len = size;
    set_up();
    come(next() % 5);
    while (script_len > 0)
        step();
    return 0;
}
