/* SPDX-License-Identifier: Apache-2.0 */
/* The host's side of HCI for one peripheral connection: Core Specification, Vol 4 Part E.
 *
 * in    events (ut_hci_event), what the owner wants (ut_hci_want), time
 * out   one command at a time, as the controller's credits allow, in the order of enum ut_hci_want; ACL fragments, as
 *       many as the controller has buffers for (ut_hci_acl_room)
 * ut_hci_start resets the controller and asks what it can do. The controller is lost (UT_HCI_LOST) when it does not
 * answer a command within UT_HCI_ANSWER_MS, reports a hardware error or sends what is not HCI: the owner must then call
 * ut_hci_start again.
 */
#ifndef UT_FIRMWARE_BLE_HCI_H
#define UT_FIRMWARE_BLE_HCI_H

#include "firmware/ble/address.h"
#include "firmware/ble/h4.h"

#include <stddef.h>
#include <stdint.h>

/* The commands this host knows; each is pending or not. The first six are the set-up of ut_hci_start. */
enum ut_hci_want {
    UT_HCI_RESET,
    UT_HCI_SET_EVENT_MASK,
    UT_HCI_LE_SET_EVENT_MASK,
    UT_HCI_LE_READ_BUFFER_SIZE,
    UT_HCI_READ_BUFFER_SIZE, /* only for a controller whose LE part has no buffers of its own */
    UT_HCI_LE_READ_FEATURES,
    UT_HCI_DISCONNECT,
    UT_HCI_LE_KEY_REPLY,
    UT_HCI_LE_KEY_NEGATIVE_REPLY,
    UT_HCI_LE_RAND,
    UT_HCI_LE_ADVERTISE_OFF,
    UT_HCI_LE_RESOLVE_OFF, /* from here on only for a controller with lists of its own */
    UT_HCI_LE_CLEAR_RESOLVED,
    UT_HCI_LE_CLEAR_ACCEPTED,
    UT_HCI_LE_ADD_RESOLVED, /* these three for one peer after the other */
    UT_HCI_LE_SET_PRIVACY_MODE,
    UT_HCI_LE_ADD_ACCEPTED,
    UT_HCI_LE_RESOLVE_ON, /* up to here */
    UT_HCI_LE_SET_RANDOM_ADDRESS,
    UT_HCI_LE_SET_ADVERTISING_PARAMETERS,
    UT_HCI_LE_SET_ADVERTISING_DATA,
    UT_HCI_LE_SET_SCAN_RESPONSE_DATA,
    UT_HCI_LE_ADVERTISE_ON,
    UT_HCI_LE_SET_DATA_LENGTH,
    UT_HCI_LE_SET_PHY,
    UT_HCI_READ_RSSI,
    UT_HCI_COMMANDS
};

enum ut_hci_result {
    UT_HCI_NOTHING,
    UT_HCI_LOST,        /* start again */
    UT_HCI_ADVERTISING, /* advertising is on */
    UT_HCI_CONNECTED,   /* peer, interval, latency and timeout are filled in */
    UT_HCI_DISCONNECTED,
    UT_HCI_PARAMETERS,     /* interval, latency and timeout have changed */
    UT_HCI_KEY_WANTED,     /* key_rand and key_diversifier; answer with one of the two key replies */
    UT_HCI_ENCRYPTION,     /* encrypted has changed, or the key was refreshed */
    UT_HCI_ENCRYPTION_BAD, /* the controller could not encrypt */
    UT_HCI_SENT,           /* `completed` ACL packets have arrived */
    UT_HCI_RANDOM          /* random[] */
};

enum {
    UT_HCI_ANSWER_MS = 4000,
    UT_HCI_RANDOM_BYTES = 8,
    UT_HCI_RSSI_UNKNOWN = 127,
    UT_HCI_DATA_BYTES_MAX = 31,
    UT_HCI_ACL_PACKETS = 8,
    UT_HCI_PEERS = 4
};

/* One that may connect. irk: zero = it has none. */
struct ut_hci_peer {
    const struct ut_address *identity;
    const uint8_t *irk;
};

struct ut_hci {
    struct ut_h4 h4;
    uint32_t wanted; /* bit per enum ut_hci_want */
    uint8_t credits;
    uint8_t sent; /* enum ut_hci_want of the command without an answer; UT_HCI_COMMANDS: none */
    uint32_t sent_ms;

    uint16_t acl_bytes;            /* of one fragment */
    uint8_t acl_packets, acl_free; /* buffers, at most UT_HCI_ACL_PACKETS are used */
    uint8_t completed;
    uint8_t features[8]; /* LE features of the controller */

    /* Set by the owner before the command is wanted. */
    struct ut_address next_own;
    uint8_t advertising_data[UT_HCI_DATA_BYTES_MAX], advertising_len;
    uint8_t scan_data[UT_HCI_DATA_BYTES_MAX], scan_len;
    struct ut_hci_peer peers[UT_HCI_PEERS]; /* who may connect, where the controller can tell; none: anybody */
    uint8_t peer_count;
    uint8_t key[16]; /* least significant octet first */

    uint8_t next_peer; /* for the controller's lists */
    uint8_t filters;   /* 1 = nobody but the peers reaches the host */
    uint8_t outdated;  /* 1 = the command without an answer is of lists that have been given up */
    uint8_t advertising, connected, encrypted;
    struct ut_address own; /* the random address in force */
    uint16_t handle;
    struct ut_address peer;
    uint16_t interval; /* 1.25 ms */
    uint16_t latency;  /* events */
    uint16_t timeout;  /* 10 ms */
    uint8_t key_rand[8];
    uint16_t key_diversifier;
    uint8_t random[UT_HCI_RANDOM_BYTES];
    int8_t rssi;      /* dBm, UT_HCI_RSSI_UNKNOWN before the first reading */
    uint8_t reason;   /* of the last disconnection */
    uint16_t refused; /* commands answered with an error, and events that are malformed; saturates */
};

/* Forgets everything and makes the set-up pending. */
void ut_hci_start(struct ut_hci *h);

/* 1 when the set-up is complete. */
int ut_hci_running(const struct ut_hci *h);

void ut_hci_want(struct ut_hci *h, enum ut_hci_want command);

/* Advertises anew, by what the owner has set. A controller with private addresses in the link layer gets the peers into
 * its resolving list, in device privacy mode, and its accept list; one that refuses any of it filters nothing. */
void ut_hci_advertise(struct ut_hci *h);

/* Stops advertising, whatever of it is pending, and empties the controller's lists. */
void ut_hci_fall_silent(struct ut_hci *h);

/* Takes one event: enum ut_hci_result. */
enum ut_hci_result ut_hci_event(struct ut_hci *h, const uint8_t *event, size_t len);

/* Sends the next pending command when the controller takes one and the line is free. UT_HCI_LOST when an answer is
 * overdue. */
enum ut_hci_result ut_hci_work(struct ut_hci *h, uint32_t now_ms);

/* Bytes of ACL data that ut_hci_send_acl would take now; 0 = none. */
size_t ut_hci_acl_room(const struct ut_hci *h);

/* A fragment of an L2CAP frame to the connected peer; `first`: it begins the frame. */
void ut_hci_send_acl(struct ut_hci *h, int first, const uint8_t *data, size_t len);

/* The data of an ACL packet of the connection, or NULL. `first` as above. */
const uint8_t *ut_hci_acl(const struct ut_hci *h, const uint8_t *packet, size_t len, int *first, size_t *data_len);

#endif
