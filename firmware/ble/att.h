/* SPDX-License-Identifier: Apache-2.0 */
/* The server of the Attribute Protocol: Core Specification, Vol 3 Part F.
 *
 * in    whole PDUs of one central, of any length and content
 * out   the answer to each request; notifications; one indication at a time
 * Every request gets one answer; commands, and what only a server sends, get none (but an indication is confirmed, so
 * that its sender may go on). Not supported, and answered so: prepare and execute write, read multiple variable, signed
 * write. An indication without confirmation for UT_ATT_TIMEOUT_MS ends the bearer: the link must be closed.
 */
#ifndef UT_FIRMWARE_BLE_ATT_H
#define UT_FIRMWARE_BLE_ATT_H

#include "firmware/ble/gatt.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_ATT_MTU_MIN = 23, UT_ATT_MTU_MAX = 247, UT_ATT_TIMEOUT_MS = 30000 };

struct ut_att {
    struct ut_gatt *gatt;
    uint16_t mtu;
    uint8_t indicating; /* 1 = an indication has no confirmation yet */
    uint8_t told;       /* 1 = an unaware central has been told so: its next request makes it aware */
    uint32_t indicated_ms;
};

/* For a new connection. */
void ut_att_init(struct ut_att *a, struct ut_gatt *gatt);

/* 1 when a PDU gets no answer, whatever it holds: ut_att_receive then leaves `out`, which may be NULL, alone. */
int ut_att_is_silent(const uint8_t *pdu, size_t len);

/* Takes one PDU; writes the answer, of at most UT_ATT_MTU_MAX bytes, into `out` and returns its length, or 0. */
size_t ut_att_receive(struct ut_att *a, const uint8_t *pdu, size_t len, uint8_t *out);

/* The bytes of value that one notification carries. */
size_t ut_att_notification_bytes(const struct ut_att *a);

/* Begins a notification of `handle`; the value follows at out + its result. */
size_t ut_att_notify(uint8_t *out, unsigned handle);

/* The Service Changed indication when it is due: its length, or 0. */
size_t ut_att_indicate(struct ut_att *a, uint32_t now_ms, uint8_t *out);

/* 1 when an indication's confirmation is overdue. */
int ut_att_overdue(const struct ut_att *a, uint32_t now_ms);

#endif
