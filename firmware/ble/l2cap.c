/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/l2cap.h"

#include "firmware/ble/octets.h"

#include <string.h>

enum {
    SIGNALLING_BYTES = 23, /* the longest signalling frame that a device must take */
    COMMAND_REJECT = 0x01,
    DISCONNECTION_REQUEST = 0x06,
    PARAMETER_REQUEST = 0x12,
    PARAMETER_RESPONSE = 0x13,
    REJECT_NOT_UNDERSTOOD = 0,
    REJECT_TOO_LONG = 1,
    REJECT_NO_CHANNEL = 2
};

void ut_l2cap_init(struct ut_l2cap *l)
{
    memset(l, 0, sizeof *l);
}

static void count_dropped(struct ut_l2cap *l)
{
    if (l->dropped < UINT16_MAX)
        l->dropped++;
}

int ut_l2cap_receive(struct ut_l2cap *l, int first, const uint8_t *data, size_t len, unsigned *channel,
                     const uint8_t **pdu, size_t *pdu_len)
{
    if (first) {
        if (l->have > 0)
            count_dropped(l);
        l->have = 0;
        l->receiving = 1;
    } else if (!l->receiving) {
        return 0;
    }
    for (; l->have < UT_L2CAP_HEADER_BYTES && len > 0; len--)
        l->frame[l->have++] = *data++;
    if (l->have < UT_L2CAP_HEADER_BYTES)
        return 0;
    size_t announced = UT_L2CAP_HEADER_BYTES + (size_t)ut_octets_get16(l->frame);
    if (announced > sizeof l->frame || announced < l->have + len) {
        count_dropped(l);
        l->have = l->receiving = 0;
        return 0;
    }
    memcpy(l->frame + l->have, data, len);
    l->have = (uint16_t)(l->have + len);
    if (l->have < announced)
        return 0;
    *channel = ut_octets_get16(l->frame + 2);
    *pdu = l->frame + UT_L2CAP_HEADER_BYTES;
    *pdu_len = announced - UT_L2CAP_HEADER_BYTES;
    l->have = l->receiving = 0;
    return 1;
}

uint8_t *ut_l2cap_begin(struct ut_l2cap *l, size_t len)
{
    if (sizeof l->queue - l->queued < UT_L2CAP_HEADER_BYTES + len)
        return NULL;
    return l->queue + l->queued + UT_L2CAP_HEADER_BYTES;
}

void ut_l2cap_end(struct ut_l2cap *l, unsigned channel, size_t len)
{
    if (len == 0)
        return;
    uint8_t *header = l->queue + l->queued;
    ut_octets_put16(header, (unsigned)len);
    ut_octets_put16(header + 2, channel);
    l->queued = (uint16_t)(l->queued + UT_L2CAP_HEADER_BYTES + len);
}

size_t ut_l2cap_fragment(const struct ut_l2cap *l, size_t max, int *first, const uint8_t **data)
{
    if (l->queued == 0)
        return 0;
    size_t left = UT_L2CAP_HEADER_BYTES + (size_t)ut_octets_get16(l->queue) - l->sent;
    *first = l->sent == 0;
    *data = l->queue + l->sent;
    return left < max ? left : max;
}

int ut_l2cap_taken(struct ut_l2cap *l, size_t len)
{
    size_t frame = UT_L2CAP_HEADER_BYTES + (size_t)ut_octets_get16(l->queue);
    l->sent = (uint16_t)(l->sent + len);
    if (l->sent < frame)
        return 0;
    l->queued = (uint16_t)(l->queued - frame);
    memmove(l->queue, l->queue + frame, l->queued);
    l->sent = 0;
    return 1;
}

static void send(struct ut_l2cap *l, unsigned code, unsigned identifier, const uint8_t *data, size_t len)
{
    uint8_t *p = ut_l2cap_begin(l, 4 + len);
    if (p == NULL) {
        count_dropped(l);
        return;
    }
    p[0] = (uint8_t)code;
    p[1] = (uint8_t)identifier;
    ut_octets_put16(p + 2, (unsigned)len);
    memcpy(p + 4, data, len);
    ut_l2cap_end(l, UT_L2CAP_SIGNALLING, 4 + len);
}

static void reject(struct ut_l2cap *l, unsigned identifier, unsigned reason, const uint8_t *data, size_t len)
{
    uint8_t body[6];
    ut_octets_put16(body, reason);
    memcpy(body + 2, data, len);
    send(l, COMMAND_REJECT, identifier, body, 2 + len);
}

void ut_l2cap_signal(struct ut_l2cap *l, const uint8_t *pdu, size_t len)
{
    static const uint8_t longest[2] = {SIGNALLING_BYTES, 0};
    static const uint8_t answers[] = {0x07, 0x15, 0x18, 0x1A}; /* to requests that are never made here */
    if (len < 4 || pdu[1] == 0) {
        count_dropped(l); /* too short to name a request that could be rejected */
        return;
    }
    unsigned code = pdu[0], identifier = pdu[1];
    size_t body = len - 4;
    if (code == COMMAND_REJECT || code == PARAMETER_RESPONSE) {
        if (identifier == l->identifier)
            l->asked = 0;
        return;
    }
    if (memchr(answers, (int)code, sizeof answers) != NULL)
        return;
    if (len > SIGNALLING_BYTES)
        reject(l, identifier, REJECT_TOO_LONG, longest, sizeof longest);
    else if (code == DISCONNECTION_REQUEST && body == 4 && ut_octets_get16(pdu + 2) == 4)
        reject(l, identifier, REJECT_NO_CHANNEL, pdu + 4, 4);
    else
        reject(l, identifier, REJECT_NOT_UNDERSTOOD, longest, 0);
}

void ut_l2cap_ask(struct ut_l2cap *l, const struct ut_l2cap_parameters *wish)
{
    uint8_t body[8];
    if (l->asked)
        return;
    l->identifier = (uint8_t)(l->identifier == UINT8_MAX ? 1 : l->identifier + 1);
    l->asked = 1;
    ut_octets_put16(body, wish->interval_min);
    ut_octets_put16(body + 2, wish->interval_max);
    ut_octets_put16(body + 4, wish->latency);
    ut_octets_put16(body + 6, wish->timeout);
    send(l, PARAMETER_REQUEST, l->identifier, body, sizeof body);
}
