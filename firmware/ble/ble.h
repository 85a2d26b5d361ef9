/* SPDX-License-Identifier: Apache-2.0 */
/* The Bluetooth Low Energy link: records as notifications to one bonded central at a time.
 *
 * in    records (a ut_call_sink), bytes of the controller, time
 * out   bytes to the controller through board_hci_write
 * Advertises while nobody is connected; up to UT_BONDS centrals may be bonded and take turns. Records are kept as
 * firmware/queue.h says, also while nobody listens, and each until its packets have arrived. A new subscription begins
 * with a hello and a status, whose `drops` counts the records lost since the last subscription ended. A central that
 * does not reach the security that stream and control need within UT_BLE_UNSECURED_MS, or whose pairing failed, is
 * disconnected, so that it cannot keep others out. After each such central the next one has less time, and where there
 * are bonds, strangers are refused for a while that doubles. Never waits; a controller that stops answering is started
 * again. SPEC.md "Bluetooth".
 */
#ifndef UT_FIRMWARE_BLE_BLE_H
#define UT_FIRMWARE_BLE_BLE_H

#include "firmware/ble/att.h"
#include "firmware/ble/bonds.h"
#include "firmware/ble/gatt.h"
#include "firmware/ble/hci.h"
#include "firmware/ble/l2cap.h"
#include "firmware/ble/random.h"
#include "firmware/ble/smp.h"
#include "firmware/queue.h"
#include "firmware/store.h"

#include <stddef.h>
#include <stdint.h>

enum {
    UT_BLE_ROTATE_MS = 15 * 60 * 1000, /* life of an address while advertising */
    UT_BLE_UNSECURED_MS =
        60000, /* halved with each link that ended unsecured, three times at most; whole while it pairs */
    UT_BLE_PAIRING_MS = 120000, /* that pairing mode stays open */
    UT_BLE_STRANGER_MS = 10000, /* while it is closed, for a central without a bond, instead of UT_BLE_UNSECURED_MS */
    UT_BLE_FAILED_MS = 500,     /* for the reason of a failed pairing to leave */
    UT_BLE_RETRY_MS = 1000,     /* before a lost controller is started again, and refused advertising tried again */
    UT_BLE_ANSWER_BYTES = 20,
    UT_BLE_RECORDS = 64 /* the turn events of half a minute of lively talk, and some scores */
};

/* A packet of updates: a write to their characteristic. */
typedef void ut_ble_packet_fn(void *ctx, const uint8_t *data, size_t len);

struct ut_ble {
    uint8_t state;                /* ble.c: enum state */
    uint8_t open;                 /* pairing mode, since opened_ms */
    uint8_t identified;           /* 1 = bonds and own identity are read */
    uint8_t flowing;              /* 1 = the central gets the stream */
    uint8_t opening;              /* which records a new subscription still has to get first */
    uint8_t asked;                /* 1 = the central was asked for other connection parameters */
    uint8_t closing;              /* 1 = the controller was told to disconnect, at closing_ms */
    uint8_t secured;              /* 1 = this link has reached the security needed */
    uint8_t kept_out;             /* 1 = this one is a stranger's, in the while after another */
    uint8_t failures;             /* of pairings, when this link began */
    uint8_t strangers;            /* links in a row that ended unsecured */
    uint8_t level, level_changed; /* of the battery; 1 = not notified yet */
    int8_t restored;              /* bond whose GATT state is in force, or -1 */
    uint8_t answer_len;           /* bytes of answer[] that are pending */
    uint8_t next_seq;             /* number of the record after the last one put */
    uint8_t have_hello, have_status;
    uint32_t last_us, rest_us, now_ms;
    uint32_t taken_ms; /* when the controller last took a whole packet */
    uint32_t state_ms, connected_ms, rotated_ms, closing_ms, polled_ms;
    uint32_t opened_ms;
    uint32_t stranger_ms;                                              /* when the last of them ended */
    uint8_t hello[UT_WIRE_RECORD_BYTES], status[UT_WIRE_RECORD_BYTES]; /* the last ones put */
    uint8_t answer[UT_BLE_ANSWER_BYTES];
    uint8_t carried; /* records in the notification being cut into packets */
    uint8_t flying;  /* ACL packets that have not arrived; what each of them completes: */
    uint8_t flight[UT_HCI_ACL_PACKETS];
    struct ut_queue queue;
    uint8_t records[UT_BLE_RECORDS][UT_WIRE_RECORD_BYTES];
    struct ut_store *store;
    struct ut_random random;
    struct ut_bonds bonds;
    struct ut_hci hci;
    struct ut_l2cap l2cap;
    struct ut_gatt gatt;
    struct ut_att att;
    struct ut_smp smp;
    const uint8_t *packet; /* the owner's: an answer of updates, */
    size_t packet_len;     /* what is left of it */
    ut_gatt_control_fn *control;
    ut_ble_packet_fn *take_packet;
    void *ctx;
};

/* 0, or negative on a board without a controller: the other functions then do nothing. `control` takes what a central
 * writes to the control characteristic, provided that the central may, listens for the answer and has received the last
 * one; take_packet what it writes to that of updates, likewise. now_us: board_time_us(). */
int ut_ble_init(struct ut_ble *b, struct ut_store *store, ut_gatt_control_fn *control, ut_ble_packet_fn *take_packet,
                void *ctx, uint32_t now_us);

/* A record for the stream. Fits ut_call_sink; ctx is a struct ut_ble. */
void ut_ble_put(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES]);

/* A notification of the control characteristic. 1 = taken; 0 = nobody listens, or the last one is still pending. */
int ut_ble_answer(struct ut_ble *b, const uint8_t *data, size_t len);

/* Sends an answer to a packet, in notifications of at most ut_ble_packet_bytes, the longest packet there is. It must
 * stay until ut_ble_sends_packet is 0. */
void ut_ble_send_packet(struct ut_ble *b, const uint8_t *packet, size_t len);
int ut_ble_sends_packet(const struct ut_ble *b);
size_t ut_ble_packet_bytes(const struct ut_ble *b);

/* Does what is due; call it at least every 100 ms. 1 = there is more to do at once. */
int ut_ble_work(struct ut_ble *b, uint32_t now_us);

/* Pairing mode: open for UT_BLE_PAIRING_MS from now on, or closed, as it is at the start. Open, anybody finds the
 * headset and may pair; closed, only the bonded centrals find it, and without a bond it keeps silent. */
void ut_ble_open(struct ut_ble *b, int open);

/* Forgets the bonds in these places, a bit each, and disconnects the central if it is none of those that stay. */
void ut_ble_forget(struct ut_ble *b, unsigned places);

/* 1 when bonds have values to be written: that have come to rest, or at once whatever there is. Each call of save
 * writes one; the owner says when, since a central may change them as often as it likes. */
int ut_ble_pending(const struct ut_ble *b, int at_once);
void ut_ble_save(struct ut_ble *b);

/* 1 when no record is pending for a central that listens. */
int ut_ble_drained(const struct ut_ble *b);

#endif
