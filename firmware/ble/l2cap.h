/* SPDX-License-Identifier: Apache-2.0 */
/* L2CAP on an LE link, fixed channels only: Core Specification, Vol 3 Part A.
 *
 * in    ACL fragments of one connection
 * out   whole frames of channels 4 (ATT), 5 (signalling) and 6 (SMP); frames to send, cut into fragments
 * Dropped and counted are: a frame of another length than it announced (more follows, or the next one begins before its
 * end), one that is longer than any channel takes, and a continuation without a beginning. What follows is received.
 */
#ifndef UT_FIRMWARE_BLE_L2CAP_H
#define UT_FIRMWARE_BLE_L2CAP_H

#include <stddef.h>
#include <stdint.h>

enum {
    UT_L2CAP_ATT = 4,
    UT_L2CAP_SIGNALLING = 5,
    UT_L2CAP_SMP = 6,
    UT_L2CAP_HEADER_BYTES = 4,
    UT_L2CAP_PDU_BYTES = 247, /* the longest payload, of ATT */
    /* To send: a notification and an answer of ATT, a packet of SMP, two of signalling. */
    UT_L2CAP_QUEUE_BYTES = 2 * (4 + 247) + (4 + 65) + 2 * (4 + 12)
};

struct ut_l2cap {
    uint8_t frame[UT_L2CAP_HEADER_BYTES + UT_L2CAP_PDU_BYTES];
    uint16_t have;     /* bytes of frame[] */
    uint8_t receiving; /* 1 = a continuation belongs to frame[] */
    uint8_t queue[UT_L2CAP_QUEUE_BYTES];
    uint16_t queued;
    uint16_t sent;      /* bytes of the first frame in queue[] that have left */
    uint8_t identifier; /* of the last own signalling request */
    uint8_t asked;      /* 1 = a connection parameter update request has no answer yet */
    uint16_t dropped;   /* frames in pieces, too long or without room; saturates */
};

/* What the central is asked for, in the units of the request: 1.25 ms, 1.25 ms, events, 10 ms. */
struct ut_l2cap_parameters {
    uint16_t interval_min, interval_max, latency, timeout;
};

/* For a new connection. */
void ut_l2cap_init(struct ut_l2cap *l);

/* One fragment; `first`: a frame begins. 1 when a frame is whole: its channel and payload are given and stay until the
 * next fragment. */
int ut_l2cap_receive(struct ut_l2cap *l, int first, const uint8_t *data, size_t len, unsigned *channel,
                     const uint8_t **pdu, size_t *pdu_len);

/* Where the payload of a frame to send may be written, or NULL when `len` bytes do not fit. ut_l2cap_end appends it
 * with its true length, 0 = not at all. Nothing else of this header may be called in between. */
uint8_t *ut_l2cap_begin(struct ut_l2cap *l, size_t len);
void ut_l2cap_end(struct ut_l2cap *l, unsigned channel, size_t len);

/* The next fragment of at most `max` bytes, or 0 when nothing is pending. ut_l2cap_taken takes it out: 1 = it ends a
 * frame. */
size_t ut_l2cap_fragment(const struct ut_l2cap *l, size_t max, int *first, const uint8_t **data);
int ut_l2cap_taken(struct ut_l2cap *l, size_t len);

/* Answers one frame of the signalling channel. */
void ut_l2cap_signal(struct ut_l2cap *l, const uint8_t *pdu, size_t len);

/* Asks the central for other connection parameters, unless an earlier request has no answer yet. */
void ut_l2cap_ask(struct ut_l2cap *l, const struct ut_l2cap_parameters *wish);

#endif
