/* SPDX-License-Identifier: Apache-2.0 */
/* HCI packets on a serial line: Core Specification, Vol 4 Part A.
 *
 * in    bytes from the controller, in pieces of any size
 * out   whole events and ACL data packets; ut_h4_send queues one packet, ut_h4_pump moves its bytes to the board
 * The line has no frames: after a byte that cannot begin a packet nothing that follows can be trusted. The receiver
 * then reports it once and skips everything up to the answer to HCI_Reset, which the owner must send. It also starts in
 * that state.
 */
#ifndef UT_FIRMWARE_BLE_H4_H
#define UT_FIRMWARE_BLE_H4_H

#include <stddef.h>
#include <stdint.h>

enum ut_h4_type { UT_H4_COMMAND = 1, UT_H4_ACL = 2, UT_H4_SYNC = 3, UT_H4_EVENT = 4, UT_H4_ISO = 5 };

enum {
    UT_H4_ACL_BYTES = 251,    /* data of one ACL packet: the longest link-layer payload */
    UT_H4_PACKET_BYTES = 257, /* the longest event, and more than the longest ACL packet */
    UT_H4_LOST = -1
};

struct ut_h4 {
    uint8_t packet[UT_H4_PACKET_BYTES]; /* without the type byte */
    uint16_t len;                       /* so far; of the whole packet once it is complete */
    uint16_t left;                      /* bytes of the body still to come */
    uint8_t type;                       /* of the packet in progress; 0 = between packets */
    uint8_t skipping;                   /* 1 = the body is not kept: a type nobody wants, or too long */
    uint8_t lost;                       /* 1 = looking for the answer to HCI_Reset */
    uint8_t sending[1 + 4 + UT_H4_ACL_BYTES];
    uint16_t sending_at, sending_len;
    uint16_t skipped; /* packets not kept, saturates */
};

void ut_h4_init(struct ut_h4 *h);

/* One byte from the controller. UT_H4_EVENT or UT_H4_ACL: packet[0..len) is whole and stays until the next byte.
 * 0: nothing yet. UT_H4_LOST: synchronisation has just been lost. */
int ut_h4_receive(struct ut_h4 *h, uint8_t byte);

/* 1 when ut_h4_send would take a packet. */
int ut_h4_ready(const struct ut_h4 *h);

/* Takes a packet of `type`: header and body, together at most UT_H4_ACL_BYTES + 4 bytes. Only when ready. */
void ut_h4_send(struct ut_h4 *h, enum ut_h4_type type, const uint8_t *header, size_t header_len, const uint8_t *body,
                size_t body_len);

/* Moves as many bytes as the board takes now. */
void ut_h4_pump(struct ut_h4 *h);

#endif
