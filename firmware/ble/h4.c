/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/h4.h"

#include "boards/board.h"
#include "firmware/ble/octets.h"

#include <string.h>

/* Type, event code, length, (credits), opcode of HCI_Reset, (status). */
enum { ANSWER_BYTES = 7, ANSWER_CREDITS = 3, ANSWER_STATUS = 6 };
static const uint8_t reset_answer[ANSWER_BYTES] = {UT_H4_EVENT, 0x0E, 4, 0, 0x03, 0x0C, 0};

void ut_h4_init(struct ut_h4 *h)
{
    memset(h, 0, sizeof *h);
    h->lost = 1;
}

static size_t header_bytes(int type)
{
    return type == UT_H4_EVENT ? 2 : type == UT_H4_SYNC ? 3 : 4;
}

/* Slides the last ANSWER_BYTES bytes of the line through packet[] until they are the answer to HCI_Reset. */
static int search(struct ut_h4 *h, uint8_t byte)
{
    if (h->len == ANSWER_BYTES) {
        memmove(h->packet, h->packet + 1, ANSWER_BYTES - 1);
        h->len--;
    }
    h->packet[h->len++] = byte;
    if (h->len < ANSWER_BYTES)
        return 0;
    for (int i = 0; i < ANSWER_BYTES; i++)
        if (i != ANSWER_CREDITS && i != ANSWER_STATUS && h->packet[i] != reset_answer[i])
            return 0;
    h->lost = 0;
    h->type = 0;
    h->len = ANSWER_BYTES - 1;
    memmove(h->packet, h->packet + 1, h->len);
    return UT_H4_EVENT;
}

static int begin(struct ut_h4 *h, uint8_t byte)
{
    h->len = 0;
    if (byte < UT_H4_ACL || byte > UT_H4_ISO) {
        h->lost = 1;
        return UT_H4_LOST;
    }
    h->type = byte;
    h->skipping = byte == UT_H4_SYNC || byte == UT_H4_ISO;
    return 0;
}

static int end(struct ut_h4 *h)
{
    int type = h->skipping ? 0 : h->type;
    h->type = 0;
    if (h->skipping && h->skipped < UINT16_MAX)
        h->skipped++;
    return type;
}

static void measure(struct ut_h4 *h)
{
    if (h->type == UT_H4_EVENT)
        h->left = h->packet[1];
    else if (h->type == UT_H4_SYNC)
        h->left = h->packet[2];
    else
        h->left = ut_octets_get16(h->packet + 2);
    if (h->type == UT_H4_ISO)
        h->left &= 0x3FFF;
    if (h->type == UT_H4_ACL && h->left > UT_H4_ACL_BYTES)
        h->skipping = 1;
}

int ut_h4_receive(struct ut_h4 *h, uint8_t byte)
{
    if (h->lost)
        return search(h, byte);
    if (h->type == 0)
        return begin(h, byte);
    size_t header = header_bytes(h->type);
    if (h->len < header) {
        h->packet[h->len++] = byte;
        if (h->len < header)
            return 0;
        measure(h);
    } else {
        if (!h->skipping)
            h->packet[h->len++] = byte;
        h->left--;
    }
    return h->left == 0 ? end(h) : 0;
}

int ut_h4_ready(const struct ut_h4 *h)
{
    return h->sending_at == h->sending_len;
}

void ut_h4_send(struct ut_h4 *h, enum ut_h4_type type, const uint8_t *header, size_t header_len, const uint8_t *body,
                size_t body_len)
{
    h->sending[0] = (uint8_t)type;
    memcpy(h->sending + 1, header, header_len);
    if (body_len > 0)
        memcpy(h->sending + 1 + header_len, body, body_len);
    h->sending_at = 0;
    h->sending_len = (uint16_t)(1 + header_len + body_len);
}

void ut_h4_pump(struct ut_h4 *h)
{
    size_t left = (size_t)(h->sending_len - h->sending_at);
    if (left > 0)
        h->sending_at = (uint16_t)(h->sending_at + board_hci_write(h->sending + h->sending_at, left));
}
