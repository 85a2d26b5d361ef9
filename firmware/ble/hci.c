/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/hci.h"

#include "firmware/ble/octets.h"

#include <string.h>

enum {
    EVENT_DISCONNECTED = 0x05,
    EVENT_ENCRYPTION = 0x08,
    EVENT_COMMAND_COMPLETE = 0x0E,
    EVENT_COMMAND_STATUS = 0x0F,
    EVENT_HARDWARE_ERROR = 0x10,
    EVENT_PACKETS_COMPLETED = 0x13,
    EVENT_KEY_REFRESHED = 0x30,
    EVENT_LE = 0x3E,
    LE_CONNECTED = 0x01,
    LE_PARAMETERS = 0x03,
    LE_KEY_WANTED = 0x05,
    LE_ENHANCED_CONNECTED = 0x0A,
    ROLE_PERIPHERAL = 1,
    REASON_USER = 0x13,
    FEATURE_DATA_LENGTH = 5, /* bits of the LE features */
    FEATURE_PRIVACY = 6,
    FEATURE_PHY_2M = 8,
    FILTER_SCAN_AND_CONNECT = 3,
    DEVICE_PRIVACY = 1,
    PARAMETERS_MAX = 39,
    /* 100 ms between advertisements, in units of 0.625 ms. */
    ADVERTISING_INTERVAL = 160,
    DATA_LENGTH_US = 2120 /* of 251 bytes at 1 Mb/s */
};

/* 0-4, 7: disconnection and encryption; 15 hardware error; 47 key refresh; 61 LE events. */
static const uint8_t event_mask[8] = {0x90, 0x80, 0, 0, 0, 0x80, 0, 0x20};
/* Connected, parameters, key wanted, data length, connected (enhanced), PHY. */
static const uint8_t le_event_mask[8] = {0x55, 0x0A};

static const uint16_t opcodes[UT_HCI_COMMANDS] = {
    [UT_HCI_RESET] = 0x0C03,
    [UT_HCI_SET_EVENT_MASK] = 0x0C01,
    [UT_HCI_LE_SET_EVENT_MASK] = 0x2001,
    [UT_HCI_LE_READ_BUFFER_SIZE] = 0x2002,
    [UT_HCI_READ_BUFFER_SIZE] = 0x1005,
    [UT_HCI_LE_READ_FEATURES] = 0x2003,
    [UT_HCI_DISCONNECT] = 0x0406,
    [UT_HCI_LE_KEY_REPLY] = 0x201A,
    [UT_HCI_LE_KEY_NEGATIVE_REPLY] = 0x201B,
    [UT_HCI_LE_RAND] = 0x2018,
    [UT_HCI_LE_ADVERTISE_OFF] = 0x200A,
    [UT_HCI_LE_RESOLVE_OFF] = 0x202D,
    [UT_HCI_LE_CLEAR_RESOLVED] = 0x2029,
    [UT_HCI_LE_CLEAR_ACCEPTED] = 0x2010,
    [UT_HCI_LE_ADD_RESOLVED] = 0x2027,
    [UT_HCI_LE_SET_PRIVACY_MODE] = 0x204E,
    [UT_HCI_LE_ADD_ACCEPTED] = 0x2011,
    [UT_HCI_LE_RESOLVE_ON] = 0x202D,
    [UT_HCI_LE_SET_RANDOM_ADDRESS] = 0x2005,
    [UT_HCI_LE_SET_ADVERTISING_PARAMETERS] = 0x2006,
    [UT_HCI_LE_SET_ADVERTISING_DATA] = 0x2008,
    [UT_HCI_LE_SET_SCAN_RESPONSE_DATA] = 0x2009,
    [UT_HCI_LE_ADVERTISE_ON] = 0x200A,
    [UT_HCI_LE_SET_DATA_LENGTH] = 0x2022,
    [UT_HCI_LE_SET_PHY] = 0x2032,
    [UT_HCI_READ_RSSI] = 0x1405,
};

static const uint32_t setup = 1U << UT_HCI_RESET | 1U << UT_HCI_SET_EVENT_MASK | 1U << UT_HCI_LE_SET_EVENT_MASK |
                              1U << UT_HCI_LE_READ_BUFFER_SIZE | 1U << UT_HCI_LE_READ_FEATURES;
static const uint32_t advertising = 1U << UT_HCI_LE_ADVERTISE_OFF | 1U << UT_HCI_LE_SET_RANDOM_ADDRESS |
                                    1U << UT_HCI_LE_SET_ADVERTISING_PARAMETERS | 1U << UT_HCI_LE_SET_ADVERTISING_DATA |
                                    1U << UT_HCI_LE_SET_SCAN_RESPONSE_DATA | 1U << UT_HCI_LE_ADVERTISE_ON;
static const uint32_t clearing =
    1U << UT_HCI_LE_RESOLVE_OFF | 1U << UT_HCI_LE_CLEAR_RESOLVED | 1U << UT_HCI_LE_CLEAR_ACCEPTED;
static const uint32_t resolving = 1U << UT_HCI_LE_ADD_RESOLVED | 1U << UT_HCI_LE_SET_PRIVACY_MODE;
static const uint32_t lists = 1U << UT_HCI_LE_RESOLVE_OFF | 1U << UT_HCI_LE_CLEAR_RESOLVED |
                              1U << UT_HCI_LE_CLEAR_ACCEPTED | 1U << UT_HCI_LE_ADD_RESOLVED |
                              1U << UT_HCI_LE_SET_PRIVACY_MODE | 1U << UT_HCI_LE_ADD_ACCEPTED |
                              1U << UT_HCI_LE_RESOLVE_ON;
static const uint32_t of_connection = 1U << UT_HCI_DISCONNECT | 1U << UT_HCI_LE_KEY_REPLY |
                                      1U << UT_HCI_LE_KEY_NEGATIVE_REPLY | 1U << UT_HCI_LE_SET_DATA_LENGTH |
                                      1U << UT_HCI_LE_SET_PHY | 1U << UT_HCI_READ_RSSI;

static int has_feature(const struct ut_hci *h, unsigned bit)
{
    return h->features[bit / 8] >> bit % 8 & 1;
}

void ut_hci_start(struct ut_hci *h)
{
    memset(h, 0, sizeof *h);
    ut_h4_init(&h->h4);
    h->wanted = setup;
    h->credits = 1;
    h->sent = UT_HCI_COMMANDS;
    h->rssi = UT_HCI_RSSI_UNKNOWN;
}

int ut_hci_running(const struct ut_hci *h)
{
    const uint32_t all = setup | 1U << UT_HCI_READ_BUFFER_SIZE;
    return (h->wanted & all) == 0 && (h->sent == UT_HCI_COMMANDS || (all >> h->sent & 1) == 0) && h->acl_packets > 0;
}

void ut_hci_want(struct ut_hci *h, enum ut_hci_want command)
{
    h->wanted |= 1U << command;
}

/* The lists get their next peer. */
static void want_peer(struct ut_hci *h)
{
    uint8_t any = 0;
    if (h->next_peer >= h->peer_count)
        return;
    for (int i = 0; i < 16; i++)
        any |= h->peers[h->next_peer].irk[i];
    h->wanted |= 1U << UT_HCI_LE_ADD_ACCEPTED | (any != 0 ? resolving : 0);
}

/* Nothing of advertising and of the lists is pending; the answer in flight, if it is of the lists, moves them no
 * more. */
static void give_up_advertising(struct ut_hci *h)
{
    h->wanted &= ~(advertising | lists);
    h->outdated = h->sent != UT_HCI_COMMANDS && (lists >> h->sent & 1) != 0;
}

static void begin_advertising(struct ut_hci *h, uint32_t commands)
{
    give_up_advertising(h);
    h->wanted |= commands | (has_feature(h, FEATURE_PRIVACY) ? clearing : 0);
    h->filters = h->peer_count > 0 && has_feature(h, FEATURE_PRIVACY);
    h->next_peer = 0;
}

void ut_hci_fall_silent(struct ut_hci *h)
{
    h->peer_count = 0;
    begin_advertising(h, 1U << UT_HCI_LE_ADVERTISE_OFF);
}

void ut_hci_advertise(struct ut_hci *h)
{
    begin_advertising(h, advertising);
    if (!h->filters)
        return;
    h->wanted |= 1U << UT_HCI_LE_RESOLVE_ON;
    want_peer(h);
}

static void count_refused(struct ut_hci *h)
{
    if (h->refused < UINT16_MAX)
        h->refused++;
}

static void take_buffers(struct ut_hci *h, unsigned bytes, unsigned packets)
{
    h->acl_bytes = (uint16_t)(bytes < UT_H4_ACL_BYTES ? bytes : UT_H4_ACL_BYTES);
    h->acl_packets = (uint8_t)(packets < UT_HCI_ACL_PACKETS ? packets : UT_HCI_ACL_PACKETS);
    h->acl_free = h->acl_packets;
}

/* What a successful command gave back; the status byte is not part of `data`. */
static enum ut_hci_result take_answer(struct ut_hci *h, unsigned command, const uint8_t *data, size_t len)
{
    switch (command) {
    case UT_HCI_LE_READ_BUFFER_SIZE:
        if (len < 3)
            return UT_HCI_LOST;
        take_buffers(h, ut_octets_get16(data), data[2]);
        if (h->acl_bytes == 0 || h->acl_packets == 0)
            ut_hci_want(h, UT_HCI_READ_BUFFER_SIZE);
        return UT_HCI_NOTHING;
    case UT_HCI_READ_BUFFER_SIZE:
        if (len < 5)
            return UT_HCI_LOST;
        take_buffers(h, ut_octets_get16(data), ut_octets_get16(data + 3));
        return h->acl_bytes == 0 || h->acl_packets == 0 ? UT_HCI_LOST : UT_HCI_NOTHING;
    case UT_HCI_LE_READ_FEATURES:
        if (len < sizeof h->features)
            return UT_HCI_LOST;
        memcpy(h->features, data, sizeof h->features);
        return UT_HCI_NOTHING;
    case UT_HCI_LE_RAND:
        if (len < sizeof h->random)
            return UT_HCI_LOST;
        memcpy(h->random, data, sizeof h->random);
        return UT_HCI_RANDOM;
    case UT_HCI_READ_RSSI:
        if (len >= 3)
            h->rssi = (int8_t)data[2];
        return UT_HCI_NOTHING;
    case UT_HCI_LE_SET_RANDOM_ADDRESS:
        h->own = h->next_own;
        return UT_HCI_NOTHING;
    case UT_HCI_LE_ADVERTISE_OFF:
        h->advertising = 0;
        return UT_HCI_NOTHING;
    case UT_HCI_LE_ADVERTISE_ON:
        h->advertising = !h->connected;
        return h->advertising ? UT_HCI_ADVERTISING : UT_HCI_NOTHING;
    default:
        return UT_HCI_NOTHING;
    }
}

/* The end of the command in flight: complete, or its status alone (`len` 0). */
static enum ut_hci_result answered(struct ut_hci *h, unsigned credits, unsigned opcode, unsigned status,
                                   const uint8_t *data, size_t len)
{
    unsigned command = h->sent;
    h->credits = (uint8_t)credits;
    if (command == UT_HCI_COMMANDS || opcodes[command] != opcode)
        return UT_HCI_NOTHING; /* credits alone, or an answer from before a reset */
    int current = !h->outdated;
    h->sent = UT_HCI_COMMANDS;
    h->outdated = 0;
    if (current && (lists >> command & 1) != 0 && status != 0)
        h->filters = 0; /* a bonded central that it did not list must not stay outside */
    if (current && command == UT_HCI_LE_ADD_ACCEPTED) {
        h->next_peer++;
        want_peer(h);
    }
    if (status == 0)
        return take_answer(h, command, data, len);
    count_refused(h);
    return (setup >> command & 1) != 0 || command == UT_HCI_READ_BUFFER_SIZE ? UT_HCI_LOST : UT_HCI_NOTHING;
}

static enum ut_hci_result connected(struct ut_hci *h, const uint8_t *p, size_t len, int enhanced)
{
    size_t skip = enhanced ? 12 : 0; /* two resolvable addresses, which a controller without a list leaves at zero */
    const uint8_t *seen = p + 5;
    if (len < 18 + skip) {
        count_refused(h);
        return UT_HCI_NOTHING;
    }
    give_up_advertising(h);
    h->wanted &= ~of_connection;
    h->advertising = 0;
    if (p[0] != 0 || p[3] != ROLE_PERIPHERAL || h->connected)
        return UT_HCI_NOTHING;
    h->connected = 1;
    h->encrypted = 0;
    h->handle = ut_octets_get16(p + 1) & 0x0FFF;
    h->peer.type = p[4] & 1;
    /* 2 and 3: an identity that the controller's resolving list gave; pairing goes by the address on air. */
    if (enhanced && p[4] > 1 && (p[22] & 0xC0) == 0x40) {
        h->peer.type = UT_ADDRESS_RANDOM;
        seen = p + 17;
    }
    memcpy(h->peer.octets, seen, 6);
    h->interval = ut_octets_get16(p + 11 + skip);
    h->latency = ut_octets_get16(p + 13 + skip);
    h->timeout = ut_octets_get16(p + 15 + skip);
    h->acl_free = h->acl_packets;
    h->rssi = UT_HCI_RSSI_UNKNOWN;
    if (has_feature(h, FEATURE_DATA_LENGTH))
        ut_hci_want(h, UT_HCI_LE_SET_DATA_LENGTH);
    if (has_feature(h, FEATURE_PHY_2M))
        ut_hci_want(h, UT_HCI_LE_SET_PHY);
    return UT_HCI_CONNECTED;
}

/* 1 when the event is of the connection: its handle stands at `at` and `bytes` are there. */
static int is_ours(struct ut_hci *h, const uint8_t *p, size_t len, size_t at, size_t bytes)
{
    if (len < bytes) {
        count_refused(h);
        return 0;
    }
    return h->connected && (ut_octets_get16(p + at) & 0x0FFF) == h->handle;
}

static enum ut_hci_result le_event(struct ut_hci *h, const uint8_t *p, size_t len)
{
    if (len < 1)
        return UT_HCI_NOTHING;
    unsigned code = p[0];
    p++;
    len--;
    if (code == LE_CONNECTED || code == LE_ENHANCED_CONNECTED)
        return connected(h, p, len, code == LE_ENHANCED_CONNECTED);
    if (code == LE_PARAMETERS && is_ours(h, p, len, 1, 9) && p[0] == 0) {
        h->interval = ut_octets_get16(p + 3);
        h->latency = ut_octets_get16(p + 5);
        h->timeout = ut_octets_get16(p + 7);
        return UT_HCI_PARAMETERS;
    }
    if (code == LE_KEY_WANTED && is_ours(h, p, len, 0, 12)) {
        memcpy(h->key_rand, p + 2, 8);
        h->key_diversifier = ut_octets_get16(p + 10);
        return UT_HCI_KEY_WANTED;
    }
    return UT_HCI_NOTHING;
}

static enum ut_hci_result packets_completed(struct ut_hci *h, const uint8_t *p, size_t len)
{
    size_t handles = len > 0 ? p[0] : 0;
    if (len < 1 + 4 * handles) {
        count_refused(h);
        return UT_HCI_NOTHING;
    }
    h->completed = 0;
    for (size_t i = 0; i < handles; i++) {
        unsigned n = ut_octets_get16(p + 1 + 4 * i + 2);
        unsigned out = (unsigned)(h->acl_packets - h->acl_free);
        if (!h->connected || (ut_octets_get16(p + 1 + 4 * i) & 0x0FFF) != h->handle)
            continue;
        n = n < out ? n : out;
        h->acl_free = (uint8_t)(h->acl_free + n);
        h->completed = (uint8_t)(h->completed + n);
    }
    return UT_HCI_SENT;
}

enum ut_hci_result ut_hci_event(struct ut_hci *h, const uint8_t *event, size_t len)
{
    if (len < 2 || len != 2U + event[1]) {
        count_refused(h);
        return UT_HCI_NOTHING;
    }
    const uint8_t *p = event + 2;
    len -= 2;
    switch (event[0]) {
    case EVENT_COMMAND_COMPLETE:
        if (len < 3)
            break;
        return answered(h, p[0], ut_octets_get16(p + 1), len > 3 ? p[3] : 0, p + 4, len > 4 ? len - 4 : 0);
    case EVENT_COMMAND_STATUS:
        if (len < 4)
            break;
        return answered(h, p[1], ut_octets_get16(p + 2), p[0], p, 0);
    case EVENT_DISCONNECTED:
        if (!is_ours(h, p, len, 1, 4) || p[0] != 0)
            return UT_HCI_NOTHING;
        h->connected = h->encrypted = 0;
        h->reason = p[3];
        h->acl_free = h->acl_packets;
        h->wanted &= ~of_connection;
        return UT_HCI_DISCONNECTED;
    case EVENT_ENCRYPTION:
        if (!is_ours(h, p, len, 1, 4))
            return UT_HCI_NOTHING;
        h->encrypted = p[0] == 0 && p[3] != 0;
        return p[0] == 0 ? UT_HCI_ENCRYPTION : UT_HCI_ENCRYPTION_BAD;
    case EVENT_KEY_REFRESHED:
        if (!is_ours(h, p, len, 1, 3))
            return UT_HCI_NOTHING;
        h->encrypted = p[0] == 0;
        return p[0] == 0 ? UT_HCI_ENCRYPTION : UT_HCI_ENCRYPTION_BAD;
    case EVENT_PACKETS_COMPLETED:
        return packets_completed(h, p, len);
    case EVENT_LE:
        return le_event(h, p, len);
    case EVENT_HARDWARE_ERROR:
        return UT_HCI_LOST;
    default:
        return UT_HCI_NOTHING;
    }
    count_refused(h);
    return UT_HCI_NOTHING;
}

static size_t put_data(uint8_t *to, const uint8_t *data, size_t len)
{
    to[0] = (uint8_t)len;
    memset(to + 1, 0, UT_HCI_DATA_BYTES_MAX);
    memcpy(to + 1, data, len);
    return 1 + UT_HCI_DATA_BYTES_MAX;
}

static size_t put_peer(uint8_t *to, const struct ut_hci_peer *peer)
{
    to[0] = peer->identity->type;
    memcpy(to + 1, peer->identity->octets, 6);
    return 7;
}

/* The parameters of a command into `p`; returns their bytes. */
static size_t parameters(const struct ut_hci *h, unsigned command, uint8_t p[PARAMETERS_MAX])
{
    ut_octets_put16(p, h->handle);
    switch (command) {
    case UT_HCI_SET_EVENT_MASK:
        memcpy(p, event_mask, sizeof event_mask);
        return sizeof event_mask;
    case UT_HCI_LE_SET_EVENT_MASK:
        memcpy(p, le_event_mask, sizeof le_event_mask);
        return sizeof le_event_mask;
    case UT_HCI_DISCONNECT:
        p[2] = REASON_USER;
        return 3;
    case UT_HCI_LE_KEY_REPLY:
        memcpy(p + 2, h->key, sizeof h->key);
        return 2 + sizeof h->key;
    case UT_HCI_LE_KEY_NEGATIVE_REPLY:
    case UT_HCI_READ_RSSI:
        return 2;
    case UT_HCI_LE_SET_RANDOM_ADDRESS:
        memcpy(p, h->next_own.octets, sizeof h->next_own.octets);
        return sizeof h->next_own.octets;
    case UT_HCI_LE_SET_ADVERTISING_PARAMETERS:
        memset(p, 0, 15); /* undirected and connectable */
        ut_octets_put16(p, ADVERTISING_INTERVAL);
        ut_octets_put16(p + 2, ADVERTISING_INTERVAL);
        p[5] = UT_ADDRESS_RANDOM;
        p[13] = 7; /* all three channels */
        p[14] = h->filters ? FILTER_SCAN_AND_CONNECT : 0;
        return 15;
    case UT_HCI_LE_SET_ADVERTISING_DATA:
        return put_data(p, h->advertising_data, h->advertising_len);
    case UT_HCI_LE_SET_SCAN_RESPONSE_DATA:
        return put_data(p, h->scan_data, h->scan_len);
    case UT_HCI_LE_ADVERTISE_OFF:
    case UT_HCI_LE_ADVERTISE_ON:
        p[0] = command == UT_HCI_LE_ADVERTISE_ON;
        return 1;
    case UT_HCI_LE_RESOLVE_OFF:
    case UT_HCI_LE_RESOLVE_ON:
        p[0] = command == UT_HCI_LE_RESOLVE_ON;
        return 1;
    case UT_HCI_LE_ADD_RESOLVED:
        memset(p, 0, 39); /* no local key: the address on air stays the host's own */
        memcpy(p + 7, h->peers[h->next_peer].irk, 16);
        (void)put_peer(p, &h->peers[h->next_peer]);
        return 39;
    case UT_HCI_LE_SET_PRIVACY_MODE:
        p[7] = DEVICE_PRIVACY; /* it may also come with its identity address */
        return 1 + put_peer(p, &h->peers[h->next_peer]);
    case UT_HCI_LE_ADD_ACCEPTED:
        return put_peer(p, &h->peers[h->next_peer]);
    case UT_HCI_LE_SET_DATA_LENGTH:
        ut_octets_put16(p + 2, UT_H4_ACL_BYTES);
        ut_octets_put16(p + 4, DATA_LENGTH_US);
        return 6;
    case UT_HCI_LE_SET_PHY:
        memset(p + 2, 0, 5);
        p[3] = p[4] = 2; /* 2 Mb/s preferred in both directions */
        return 7;
    default:
        return 0;
    }
}

enum ut_hci_result ut_hci_work(struct ut_hci *h, uint32_t now_ms)
{
    if (h->sent != UT_HCI_COMMANDS)
        return now_ms - h->sent_ms > UT_HCI_ANSWER_MS ? UT_HCI_LOST : UT_HCI_NOTHING;
    if (h->wanted == 0 || !ut_h4_ready(&h->h4))
        return UT_HCI_NOTHING;
    if (h->credits == 0)
        return now_ms - h->sent_ms > UT_HCI_ANSWER_MS ? UT_HCI_LOST : UT_HCI_NOTHING;
    unsigned command = 0;
    while ((h->wanted >> command & 1) == 0)
        command++;
    uint8_t header[3], p[PARAMETERS_MAX];
    size_t len = parameters(h, command, p);
    ut_octets_put16(header, opcodes[command]);
    header[2] = (uint8_t)len;
    h->wanted &= ~(1U << command);
    h->credits--;
    h->sent = (uint8_t)command;
    h->sent_ms = now_ms;
    ut_h4_send(&h->h4, UT_H4_COMMAND, header, sizeof header, p, len);
    if (command == UT_HCI_LE_KEY_REPLY)
        memset(h->key, 0, sizeof h->key);
    return UT_HCI_NOTHING;
}

size_t ut_hci_acl_room(const struct ut_hci *h)
{
    return h->connected && h->acl_free > 0 && ut_h4_ready(&h->h4) ? h->acl_bytes : 0;
}

void ut_hci_send_acl(struct ut_hci *h, int first, const uint8_t *data, size_t len)
{
    uint8_t header[4];
    ut_octets_put16(header, h->handle | (first ? 0U : 1U << 12));
    ut_octets_put16(header + 2, (unsigned)len);
    ut_h4_send(&h->h4, UT_H4_ACL, header, sizeof header, data, len);
    h->acl_free--;
}

const uint8_t *ut_hci_acl(const struct ut_hci *h, const uint8_t *packet, size_t len, int *first, size_t *data_len)
{
    if (len < 4 || len != 4U + ut_octets_get16(packet + 2) || !h->connected ||
        (ut_octets_get16(packet) & 0x0FFF) != h->handle || packet[1] >> 6 != 0)
        return NULL;
    *first = (packet[1] >> 4 & 3) != 1;
    *data_len = len - 4;
    return packet + 4;
}
