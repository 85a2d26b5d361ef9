/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/ble.h"

#include "boards/board.h"

#include <string.h>

enum state { OFF, LOST, STARTING, RUNNING };

enum {
    READ_BYTES = 64,          /* from the board at a time */
    READS = 8,                /* between two looks at the audio */
    ASK_PARAMETERS_MS = 5000, /* Core Specification, Vol 3 Part C, appendix A: a peripheral waits this long */
    POLL_MS = 10000,          /* RSSI and battery; while advertising, whether the controller is there */
    OPENING_HELLO = 1,        /* records that open a subscription */
    OPENING_STATUS = 2,
    VERSIONS_JUST_WORKS = 1, /* flags of the versions characteristic */
    DATA_FLAGS = 0x01,       /* types of advertising data */
    DATA_UUIDS_128 = 0x07,
    DATA_NAME = 0x09,
    DATA_APPEARANCE = 0x19,
    FLAGS_GENERAL_LE_ONLY = 0x06,
    FLAGS_LE_ONLY = 0x04
};

/* 30 to 50 ms, up to 4 events skipped, 4 s until the link counts as lost. */
static const struct ut_l2cap_parameters wish = {24, 40, 4, 400};

/* The security that this board's way of pairing can reach: a person must have seen the code for the better one. */
static int needed_security(void)
{
    enum board_pairing pairing = board_pairing();
    return pairing == BOARD_PAIRING_DISPLAY || pairing == BOARD_PAIRING_DISPLAY_YES_NO ? UT_GATT_AUTHENTICATED
                                                                                       : UT_GATT_ENCRYPTED;
}

static void enter(struct ut_ble *b, enum state state)
{
    b->state = (uint8_t)state;
    b->state_ms = b->now_ms;
    b->taken_ms = b->now_ms;
}

static int take_control(void *ctx, const uint8_t *data, size_t len)
{
    struct ut_ble *b = ctx;
    if ((b->gatt.on & UT_GATT_CONTROL_ON) == 0)
        return UT_GATT_CONFIGURATION;
    return b->answer_len != 0 ? UT_GATT_IN_PROGRESS : b->control(b->ctx, data, len);
}

/* A central that sends the next packet before it has the answer to the last gets none to it. */
static int take_packet(void *ctx, const uint8_t *data, size_t len)
{
    struct ut_ble *b = ctx;
    if ((b->gatt.on & UT_GATT_PACKET_ON) == 0)
        return UT_GATT_CONFIGURATION;
    if (b->packet_len != 0)
        return UT_GATT_IN_PROGRESS;
    b->take_packet(b->ctx, data, len);
    return UT_GATT_OK;
}

int ut_ble_init(struct ut_ble *b, struct ut_store *store, ut_gatt_control_fn *control, ut_ble_packet_fn *packets,
                void *ctx, uint32_t now_us)
{
    memset(b, 0, sizeof *b);
    if (board_hci_open() != 0)
        return -1;
    b->last_us = now_us;
    b->store = store;
    ut_queue_init(&b->queue, b->records, UT_BLE_RECORDS);
    ut_random_init(&b->random);
    ut_gatt_init(&b->gatt, needed_security(), take_control, take_packet, b);
    b->control = control;
    b->take_packet = packets;
    b->ctx = ctx;
    ut_l2cap_init(&b->l2cap);
    ut_att_init(&b->att, &b->gatt);
    ut_hci_start(&b->hci);
    enter(b, STARTING);
    return 0;
}

/* What of hello concerns the versions characteristic stands at the same place in both. */
static void take_versions(struct ut_ble *b)
{
    uint8_t *versions = b->gatt.versions;
    if (b->have_hello)
        memcpy(versions + 2, b->hello + 2, UT_GATT_VALUE_BYTES - 3);
    versions[0] = UT_WIRE_VERSION;
    versions[1] = b->gatt.needed == UT_GATT_ENCRYPTED ? VERSIONS_JUST_WORKS : 0;
    versions[UT_GATT_VALUE_BYTES - 1] = (uint8_t)b->hci.rssi;
}

void ut_ble_put(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    struct ut_ble *b = ctx;
    if (b->state == OFF)
        return;
    if (ut_wire_type(record) == UT_WIRE_HELLO) {
        memcpy(b->hello, record, UT_WIRE_RECORD_BYTES);
        b->have_hello = 1;
        take_versions(b);
    } else if (ut_wire_type(record) == UT_WIRE_STATUS) {
        memcpy(b->status, record, UT_WIRE_RECORD_BYTES);
        b->have_status = 1;
    }
    b->next_seq = (uint8_t)(record[1] + 1);
    ut_queue_put(&b->queue, record);
}

int ut_ble_answer(struct ut_ble *b, const uint8_t *data, size_t len)
{
    if ((b->gatt.on & UT_GATT_CONTROL_ON) == 0 || !ut_gatt_secure(&b->gatt) || b->answer_len != 0 || len == 0 ||
        len > sizeof b->answer)
        return 0;
    memcpy(b->answer, data, len);
    b->answer_len = (uint8_t)len;
    return 1;
}

void ut_ble_send_packet(struct ut_ble *b, const uint8_t *packet, size_t len)
{
    b->packet = packet;
    b->packet_len = len;
}

int ut_ble_sends_packet(const struct ut_ble *b)
{
    return b->packet_len != 0;
}

size_t ut_ble_packet_bytes(const struct ut_ble *b)
{
    return ut_att_notification_bytes(&b->att);
}

/* A field of advertising data: length, type, the value of an attribute. */
static uint8_t *put_value(const struct ut_ble *b, uint8_t *to, unsigned type, unsigned handle)
{
    uint8_t value[UT_GATT_VALUE_BYTES];
    int len = ut_gatt_read(&b->gatt, handle, value);
    to[0] = (uint8_t)(1 + len);
    to[1] = (uint8_t)type;
    memcpy(to + 2, value, (size_t)len);
    return to + 2 + len;
}

static int count_bonds(const struct ut_ble *b)
{
    int bonds = 0;
    for (int i = 0; i < UT_BONDS; i++)
        bonds += b->bonds.bond[i].used != 0;
    return bonds;
}

/* Nobody may connect. */
static int is_silent(const struct ut_ble *b)
{
    return !b->open && count_bonds(b) == 0;
}

static void advertise(struct ut_ble *b)
{
    struct ut_hci *h = &b->hci;
    uint8_t *p = h->advertising_data; /* 3 + 18 + 4 of 31 octets */
    b->rotated_ms = b->now_ms;
    if (is_silent(b)) {
        ut_hci_fall_silent(h);
        return;
    }
    if (ut_bonds_rpa(&b->bonds, &h->next_own) != 0)
        return;
    h->peer_count = h->scan_len = 0;
    *p++ = 2;
    *p++ = DATA_FLAGS;
    *p++ = b->open ? FLAGS_GENERAL_LE_ONLY : FLAGS_LE_ONLY;
    if (b->open) {
        p = put_value(b, p, DATA_UUIDS_128, UT_GATT_UNDERTONE);
        p = put_value(b, p, DATA_APPEARANCE, UT_GATT_APPEARANCE);
        h->scan_len = (uint8_t)(put_value(b, h->scan_data, DATA_NAME, UT_GATT_NAME) - h->scan_data);
    }
    h->advertising_len = (uint8_t)(p - h->advertising_data);
    for (int i = 0; i < UT_BONDS; i++)
        if (!b->open && b->bonds.bond[i].used)
            h->peers[h->peer_count++] = (struct ut_hci_peer){&b->bonds.bond[i].identity, b->bonds.bond[i].irk};
    ut_hci_advertise(h);
}

static void send_away(struct ut_ble *b)
{
    b->closing = 1;
    b->closing_ms = b->now_ms;
    ut_hci_want(&b->hci, UT_HCI_DISCONNECT);
}

/* Whether strangers wait, so that bonded centrals find the one connection free. Without a bond nobody would. */
static int keeps_out(const struct ut_ble *b)
{
    uint32_t wait_ms = UT_SMP_BACKOFF_MS;
    for (int i = 1; i < b->strangers && wait_ms < UT_SMP_BACKOFF_MAX_MS; i++)
        wait_ms *= 2;
    return count_bonds(b) > 0 && b->strangers > 0 && b->now_ms - b->stranger_ms < wait_ms;
}

/* One that was kept out does not make the wait longer. */
static void count_stranger(struct ut_ble *b)
{
    if (b->secured) {
        b->strangers = 0;
    } else if (!b->kept_out) {
        b->strangers = (uint8_t)(b->strangers + (b->strangers < UINT8_MAX));
        b->stranger_ms = b->now_ms;
    }
}

static void connected(struct ut_ble *b)
{
    b->connected_ms = b->polled_ms = b->now_ms;
    b->asked = b->closing = b->answer_len = 0;
    b->packet_len = 0;
    b->restored = -1;
    b->level = board_battery();
    b->level_changed = 0;
    ut_l2cap_init(&b->l2cap);
    ut_att_init(&b->att, &b->gatt);
    ut_gatt_connected(&b->gatt);
    ut_smp_connected(&b->smp, &b->hci.own, &b->hci.peer);
    b->secured = 0;
    b->failures = b->smp.failures;
    b->kept_out = (uint8_t)(ut_smp_bond(&b->smp) < 0 && keeps_out(b));
    if (b->kept_out)
        send_away(b);
}

static void stop_flow(struct ut_ble *b)
{
    if (b->flowing)
        b->queue.drops = 0; /* what is lost from here on is the next subscription's gap */
    b->flowing = 0;
}

static void disconnected(struct ut_ble *b)
{
    count_stranger(b);
    stop_flow(b);
    ut_queue_unhold(&b->queue);
    b->carried = b->flying = 0;
    if (b->identified)
        ut_smp_disconnected(&b->smp);
    ut_gatt_connected(&b->gatt);
    b->answer_len = 0;
    b->packet_len = 0;
    b->hci.rssi = UT_HCI_RSSI_UNKNOWN;
}

static void lose(struct ut_ble *b)
{
    if (b->hci.connected)
        disconnected(b);
    b->hci.connected = 0;
    enter(b, LOST);
}

/* The configurations of a bonded central come back with its encryption, and are kept as it changes them. */
static void follow_bond(struct ut_ble *b)
{
    int bond = ut_smp_bond(&b->smp);
    b->gatt.security = (uint8_t)ut_smp_security(&b->smp);
    b->gatt.known = bond >= 0;
    if (bond < 0 || b->gatt.security == UT_GATT_OPEN)
        return;
    if (b->restored != bond) {
        b->restored = (int8_t)bond;
        ut_gatt_restore(&b->gatt, b->bonds.bond[bond].gatt);
    }
    ut_bonds_set_gatt(&b->bonds, bond, ut_gatt_state(&b->gatt));
}

static void follow_flow(struct ut_ble *b)
{
    int in_sync = b->gatt.aware || (b->gatt.features & UT_GATT_ROBUST) == 0;
    int flows = (b->gatt.on & UT_GATT_STREAM_ON) != 0 && ut_gatt_secure(&b->gatt) && in_sync;
    if (flows && !b->flowing) {
        /* Nothing is missing when all records of the call are still pending. */
        int whole = b->queue.drops == 0 && b->queue.count > 0 && ut_wire_type(b->queue.records[0]) == UT_WIRE_HELLO;
        b->opening = 0;
        if (!whole && b->have_hello)
            b->opening = b->have_status ? OPENING_HELLO | OPENING_STATUS : OPENING_HELLO;
    }
    if (flows)
        b->flowing = 1;
    else
        stop_flow(b);
}

static void take_acl(struct ut_ble *b)
{
    int first;
    unsigned channel;
    size_t len, pdu_len;
    const uint8_t *pdu, *data = ut_hci_acl(&b->hci, b->hci.h4.packet, b->hci.h4.len, &first, &len);
    if (data == NULL || !ut_l2cap_receive(&b->l2cap, first, data, len, &channel, &pdu, &pdu_len))
        return;
    if (channel == UT_L2CAP_ATT) {
        /* No room for an answer: the central did not wait for the last one, and its request is dropped. */
        int silent = ut_att_is_silent(pdu, pdu_len);
        uint8_t *out = silent ? NULL : ut_l2cap_begin(&b->l2cap, UT_ATT_MTU_MAX);
        if (silent)
            (void)ut_att_receive(&b->att, pdu, pdu_len, NULL);
        else if (out != NULL)
            ut_l2cap_end(&b->l2cap, UT_L2CAP_ATT, ut_att_receive(&b->att, pdu, pdu_len, out));
    } else if (channel == UT_L2CAP_SIGNALLING) {
        ut_l2cap_signal(&b->l2cap, pdu, pdu_len);
    } else if (channel == UT_L2CAP_SMP) {
        ut_smp_receive(&b->smp, pdu, pdu_len, b->now_ms);
    }
}

static void landed(struct ut_ble *b)
{
    unsigned n = b->hci.completed;
    for (unsigned i = 0; i < n; i++)
        ut_queue_release(&b->queue, b->flight[i]);
    b->flying = (uint8_t)(b->flying - n);
    memmove(b->flight, b->flight + n, b->flying);
}

static void take_result(struct ut_ble *b, enum ut_hci_result result)
{
    switch (result) {
    case UT_HCI_LOST:
        lose(b);
        break;
    case UT_HCI_CONNECTED:
        if (b->state == RUNNING)
            connected(b);
        else
            lose(b); /* nobody asked for a connection: the controller is faulty */
        break;
    case UT_HCI_DISCONNECTED:
        disconnected(b);
        advertise(b);
        break;
    case UT_HCI_KEY_WANTED:
        ut_hci_want(&b->hci, ut_smp_ltk(&b->smp, b->hci.key_rand, b->hci.key_diversifier, b->hci.key) == 0
                                 ? UT_HCI_LE_KEY_REPLY
                                 : UT_HCI_LE_KEY_NEGATIVE_REPLY);
        break;
    case UT_HCI_ENCRYPTION:
    case UT_HCI_ENCRYPTION_BAD:
        ut_smp_encrypted(&b->smp, result == UT_HCI_ENCRYPTION && b->hci.encrypted, b->now_ms);
        break;
    case UT_HCI_SENT:
        landed(b);
        break;
    case UT_HCI_RANDOM:
        ut_random_add(&b->random, b->hci.random, sizeof b->hci.random);
        break;
    default:
        break;
    }
}

static void take_byte(struct ut_ble *b, uint8_t byte)
{
    int type = ut_h4_receive(&b->hci.h4, byte);
    if (type == UT_H4_LOST)
        lose(b);
    else if (type == UT_H4_EVENT)
        take_result(b, ut_hci_event(&b->hci, b->hci.h4.packet, b->hci.h4.len));
    else if (type == UT_H4_ACL)
        take_acl(b);
    if (type != 0 && b->hci.connected) {
        follow_bond(b);
        follow_flow(b);
    }
}

/* 1 when the board may have more. */
static int take_bytes(struct ut_ble *b)
{
    uint8_t bytes[READ_BYTES];
    for (int i = 0; i < READS; i++) {
        size_t n = board_hci_read(bytes, sizeof bytes);
        for (size_t j = 0; j < n; j++)
            take_byte(b, bytes[j]);
        if (n < sizeof bytes)
            return 0;
    }
    return 1;
}

/* The next record for the stream: the two that open a subscription, then the pending ones. 0 = none. */
static int next_record(struct ut_ble *b, uint8_t record[UT_WIRE_RECORD_BYTES])
{
    struct ut_wire_status status;
    const uint8_t next_seq = b->queue.count > b->queue.held ? b->queue.records[b->queue.held][1] : b->next_seq;
    if (b->opening & OPENING_HELLO) {
        memcpy(record, b->hello, UT_WIRE_RECORD_BYTES);
        record[1] = (uint8_t)(next_seq - ((b->opening & OPENING_STATUS) != 0 ? 2 : 1));
        b->opening &= OPENING_STATUS;
    } else if (b->opening & OPENING_STATUS) {
        memcpy(record, b->status, UT_WIRE_RECORD_BYTES);
        record[1] = (uint8_t)(next_seq - 1);
        b->opening = 0;
    } else {
        const uint8_t *waiting = ut_queue_hold(&b->queue);
        if (waiting == NULL)
            return 0;
        memcpy(record, waiting, UT_WIRE_RECORD_BYTES);
        b->carried++;
    }
    if (ut_wire_unpack_status(record, &status) == 0) {
        status.drops = b->queue.drops;
        ut_wire_pack_status(record, record[1], &status);
    }
    return 1;
}

static size_t write_stream(struct ut_ble *b, uint8_t *out)
{
    size_t n = ut_att_notify(out, UT_GATT_STREAM), end = n + ut_att_notification_bytes(&b->att);
    while (n + UT_WIRE_RECORD_BYTES <= end && next_record(b, out + n))
        n += UT_WIRE_RECORD_BYTES;
    return n > 3 ? n : 0;
}

static size_t write_answer(struct ut_ble *b, uint8_t *out)
{
    size_t n = ut_att_notify(out, UT_GATT_CONTROL), len = b->answer_len;
    memcpy(out + n, b->answer, len);
    b->answer_len = 0;
    return n + len;
}

static size_t write_packet(struct ut_ble *b, uint8_t *out)
{
    size_t n = ut_att_notify(out, UT_GATT_PACKET), room = ut_att_notification_bytes(&b->att),
           len = b->packet_len < room ? b->packet_len : room;
    memcpy(out + n, b->packet, len);
    b->packet += len;
    b->packet_len -= len;
    return n + len;
}

static size_t write_level(struct ut_ble *b, uint8_t *out)
{
    size_t n = ut_att_notify(out, UT_GATT_LEVEL);
    out[n] = b->level;
    b->level_changed = 0;
    return n + 1;
}

/* Fills the empty queue with what is most urgent. */
static void write_something(struct ut_ble *b)
{
    uint8_t *out = ut_l2cap_begin(&b->l2cap, UT_L2CAP_PDU_BYTES);
    if (out == NULL)
        return;
    unsigned channel = UT_L2CAP_SMP;
    size_t n = ut_smp_output(&b->smp, out);
    if (n == 0) {
        channel = UT_L2CAP_ATT;
        n = ut_att_indicate(&b->att, b->now_ms, out);
        if (n == 0 && b->answer_len > 0)
            n = write_answer(b, out);
        if (n == 0 && b->packet_len > 0)
            n = write_packet(b, out);
        if (n == 0 && (b->gatt.on & UT_GATT_LEVEL_ON) != 0 && b->level_changed)
            n = write_level(b, out);
        if (n == 0 && b->flowing)
            n = write_stream(b, out);
    }
    ut_l2cap_end(&b->l2cap, channel, n);
}

static void give_bytes(struct ut_ble *b)
{
    for (;;) {
        ut_h4_pump(&b->hci.h4);
        if (!ut_h4_ready(&b->hci.h4)) {
            if (b->now_ms - b->taken_ms > UT_HCI_ANSWER_MS)
                lose(b); /* a controller that takes no bytes answers no command either */
            return;
        }
        b->taken_ms = b->now_ms;
        if (ut_hci_work(&b->hci, b->now_ms) == UT_HCI_LOST) {
            lose(b);
            return;
        }
        size_t room = ut_hci_acl_room(&b->hci);
        if (room > 0) {
            int first;
            const uint8_t *data;
            if (b->l2cap.queued == 0)
                write_something(b);
            size_t n = ut_l2cap_fragment(&b->l2cap, room, &first, &data);
            if (n > 0) {
                ut_hci_send_acl(&b->hci, first, data, n);
                int ends = ut_l2cap_taken(&b->l2cap, n);
                b->flight[b->flying++] = ends ? b->carried : 0;
                if (ends)
                    b->carried = 0;
            }
        }
        if (ut_h4_ready(&b->hci.h4))
            return;
    }
}

static void start(struct ut_ble *b)
{
    if (!ut_hci_running(&b->hci))
        return;
    if (ut_random_wanted(&b->random) > 0) {
        if (b->hci.wanted == 0 && b->hci.sent == UT_HCI_COMMANDS)
            ut_hci_want(&b->hci, UT_HCI_LE_RAND);
        return;
    }
    if (!b->identified) {
        if (ut_bonds_init(&b->bonds, b->store, &b->random) != 0)
            return;
        ut_smp_init(&b->smp, &b->bonds);
        b->smp.closed = !b->open;
        b->identified = 1;
    }
    enter(b, RUNNING);
    advertise(b);
}

/* A link that must not go on: it keeps others out, or its protocol is stuck. */
static int is_useless(const struct ut_ble *b)
{
    uint32_t since = b->now_ms - b->connected_ms;
    int failed = b->smp.failures != b->failures && b->now_ms - b->smp.failed_ms > UT_BLE_FAILED_MS;
    int halvings = ut_smp_is_pairing(&b->smp) ? 0 : b->strangers < 3 ? b->strangers : 3;
    int stranger = !b->open && ut_smp_bond(&b->smp) < 0 && !ut_smp_is_pairing(&b->smp);
    uint32_t limit = stranger ? UT_BLE_STRANGER_MS : (uint32_t)UT_BLE_UNSECURED_MS >> halvings;
    int unsecured = !ut_gatt_secure(&b->gatt) && (failed || since > limit);
    return unsecured || ut_smp_hang_up(&b->smp) || ut_att_overdue(&b->att, b->now_ms);
}

static void watch_connection(struct ut_ble *b)
{
    uint32_t since = b->now_ms - b->connected_ms;
    follow_bond(b);
    follow_flow(b);
    b->secured |= (uint8_t)ut_gatt_secure(&b->gatt);
    /* Told once, told until it is gone: a controller may refuse. */
    if (b->closing ? b->now_ms - b->closing_ms > UT_BLE_RETRY_MS : is_useless(b))
        send_away(b);
    if (!b->asked && since > ASK_PARAMETERS_MS) {
        b->asked = 1;
        if (b->hci.interval < wish.interval_min || b->hci.interval > wish.interval_max)
            ut_l2cap_ask(&b->l2cap, &wish);
    }
    if (b->now_ms - b->polled_ms > POLL_MS) {
        uint8_t level = board_battery();
        b->level_changed |= level != b->level && level <= 100;
        b->level = level;
        b->polled_ms = b->now_ms;
        ut_hci_want(&b->hci, UT_HCI_READ_RSSI);
    }
    b->gatt.versions[UT_GATT_VALUE_BYTES - 1] = (uint8_t)b->hci.rssi;
}

static void watch_advertising(struct ut_ble *b)
{
    uint32_t since = b->now_ms - b->rotated_ms;
    int idle = b->hci.wanted == 0 && b->hci.sent == UT_HCI_COMMANDS;
    if (idle && b->now_ms - b->polled_ms > POLL_MS) {
        b->polled_ms = b->now_ms;
        ut_hci_want(&b->hci, UT_HCI_LE_RAND); /* shows whether the controller answers; more bytes do no harm */
    }
    int should = !b->hci.advertising && !is_silent(b);
    if (since > UT_BLE_ROTATE_MS || (should && idle && since > UT_BLE_RETRY_MS))
        advertise(b);
}

static void take_time(struct ut_ble *b, uint32_t now_us)
{
    uint32_t passed = now_us - b->last_us + b->rest_us;
    b->last_us = now_us;
    b->now_ms += passed / 1000;
    b->rest_us = passed % 1000;
}

int ut_ble_work(struct ut_ble *b, uint32_t now_us)
{
    if (b->state == OFF)
        return 0;
    take_time(b, now_us);
    if (b->identified)
        ut_bonds_work(&b->bonds, b->now_ms);
    if (b->open && b->now_ms - b->opened_ms >= UT_BLE_PAIRING_MS)
        ut_ble_open(b, 0);
    if (b->state == LOST) {
        if (b->now_ms - b->state_ms < UT_BLE_RETRY_MS)
            return 0;
        enter(b, LOST);
        if (board_hci_open() != 0)
            return 0;
        ut_hci_start(&b->hci);
        enter(b, STARTING);
    }
    int more = take_bytes(b);
    if (b->state == STARTING)
        start(b);
    else if (b->state == RUNNING && b->hci.connected)
        watch_connection(b);
    else if (b->state == RUNNING)
        watch_advertising(b);
    if (b->identified)
        more |= ut_smp_work(&b->smp, b->now_ms) != 0;
    if (b->state == STARTING || b->state == RUNNING)
        give_bytes(b);
    return more;
}

void ut_ble_open(struct ut_ble *b, int open)
{
    int was = b->open;
    if (b->state == OFF)
        return;
    b->open = open != 0;
    b->opened_ms = b->now_ms;
    b->smp.closed = !b->open;
    if (b->open == was)
        return;
    board_pairing_mode(b->open);
    if (b->state == RUNNING && !b->hci.connected)
        advertise(b);
}

void ut_ble_forget(struct ut_ble *b, unsigned places)
{
    if (b->state == OFF || !b->identified)
        return; /* nothing has been read from the store yet */
    int stays = ut_smp_bond(&b->smp) >= 0 && (places >> ut_smp_bond(&b->smp) & 1) == 0;
    ut_bonds_forget(&b->bonds, places);
    if (b->hci.connected && stays)
        return;
    ut_smp_forget(&b->smp);
    if (b->hci.connected)
        send_away(b);
    else if (b->state == RUNNING)
        advertise(b);
}

int ut_ble_pending(const struct ut_ble *b, int at_once)
{
    return b->identified && ut_bonds_pending(&b->bonds, at_once);
}

void ut_ble_save(struct ut_ble *b)
{
    ut_bonds_save(&b->bonds);
}

int ut_ble_drained(const struct ut_ble *b)
{
    return !b->flowing || (b->queue.count == 0 && b->l2cap.queued == 0 && ut_h4_ready(&b->hci.h4) &&
                           b->hci.acl_free == b->hci.acl_packets);
}
