/* SPDX-License-Identifier: Apache-2.0 */
/* The Security Manager of a peripheral with one connection: LE Secure Connections pairing as the responder.
 *
 * in    packets of L2CAP channel 6, the controller's events on keys and encryption, the board's answers
 * out   packets for channel 6, long-term keys, the security of the link, bonds
 * Numeric comparison, passkey shown here and typed there, or Just Works on a board without a display, with the consent
 * of the person if it has a button, by board_pairing.
 * Legacy pairing, keys under 16 bytes, invalid, zero and reflected public keys are refused with the reason the Core
 * specification gives (volume 3, part H, 3.5.5). After 30 s without progress the channel is dead until the link is.
 * Times are milliseconds that may wrap. SPEC.md "Pairing".
 */
#ifndef UT_FIRMWARE_BLE_SMP_H
#define UT_FIRMWARE_BLE_SMP_H

#include "firmware/ble/address.h"
#include "firmware/ble/bonds.h"
#include "firmware/ble/p256.h"

#include <stddef.h>
#include <stdint.h>

enum {
    UT_SMP_CHANNEL = 6,
    UT_SMP_PDU_BYTES = 65,
    UT_SMP_TIMEOUT_MS = 30000,
    UT_SMP_BACKOFF_MS = 1000, /* after a failed pairing, doubled with each further one */
    UT_SMP_BACKOFF_MAX_MS = 64000
};

enum ut_smp_security {
    UT_SMP_OPEN,         /* not encrypted */
    UT_SMP_ENCRYPTED,    /* with a key nobody confirmed (Just Works) */
    UT_SMP_AUTHENTICATED /* with a key that a person confirmed */
};

struct ut_smp {
    struct ut_bonds *bonds;
    struct ut_p256 curve; /* the own public key, then the shared secret */
    uint8_t secret[32];   /* own key pair, one for each pairing */
    uint8_t own_key[64];
    uint8_t peer_key[64];
    uint8_t shared[32]; /* x of secret times peer_key */
    struct ut_address own, peer;
    uint8_t request[3], response[3]; /* capability, OOB flag, authentication requirements */
    uint8_t own_nonce[16], peer_nonce[16];
    uint8_t own_confirm[16], peer_confirm[16];
    uint8_t own_check[16], peer_check[16];
    uint8_t ltk[16];     /* of the pairing under way or done on this connection */
    struct ut_bond bond; /* the bond that the pairing makes */
    uint32_t passkey;
    uint32_t now_ms;
    uint32_t progress_ms; /* when a packet last came or went during a pairing */
    uint32_t failed_ms;   /* when the last pairing failed */
    uint16_t outgoing;    /* a bit for each pending packet, bit = code */
    int8_t place;         /* of the central in the bonds, or -1 */
    int8_t answer;        /* the person's: 1 yes or not needed, 0 no, -1 not yet */
    uint8_t state, method, key_state, link_key;
    uint8_t round;                /* of the 20 of passkey entry */
    uint8_t send_keys, take_keys; /* identity information that either side distributes */
    uint8_t bonding;
    uint8_t authenticated; /* the pairing's method */
    uint8_t reason;        /* of Pairing Failed */
    uint8_t failures;      /* in a row */
    uint8_t security;      /* enum ut_smp_security, as of the last encryption */
    uint8_t paired;        /* ltk is the key of this connection's pairing */
    uint8_t shown;         /* a code is on the display */
    uint8_t asked, connected;
    uint8_t closed; /* 1 = the owner wants no pairing to begin */
};

/* bonds: made by ut_bonds_init, and outlives s. */
void ut_smp_init(struct ut_smp *s, struct ut_bonds *bonds);

/* A link stands between these addresses, as used on air. */
void ut_smp_connected(struct ut_smp *s, const struct ut_address *own, const struct ut_address *peer);
void ut_smp_disconnected(struct ut_smp *s);

/* One whole packet, of any length and content. */
void ut_smp_receive(struct ut_smp *s, const uint8_t *pdu, size_t len, uint32_t now_ms);

/* The next packet to send and its length, or 0. It then counts as sent: call this only when there is room for one. */
size_t ut_smp_output(struct ut_smp *s, uint8_t pdu[UT_SMP_PDU_BYTES]);

/* LE Long Term Key Request: 0 and the key, or negative: the negative reply. */
int ut_smp_ltk(struct ut_smp *s, const uint8_t rand[8], uint16_t ediv, uint8_t ltk[16]);

/* Encryption Change or Encryption Key Refresh Complete without error; on: the link is encrypted now. */
void ut_smp_encrypted(struct ut_smp *s, int on, uint32_t now_ms);

/* The bonds are gone: no key of them or of this connection is given any more, and neither
 * a pairing under way nor the link's security counts. */
void ut_smp_forget(struct ut_smp *s);

/* Asks the central for encryption or pairing, as much as the board can; once a connection. */
void ut_smp_ask(struct ut_smp *s);

/* Timeouts, the person's answer, and at most one slice of P-256 (DESIGN.md "Pairing"). Nonzero: more remain. */
int ut_smp_work(struct ut_smp *s, uint32_t now_ms);

enum ut_smp_security ut_smp_security(const struct ut_smp *s);

/* The central's place in the bonds, or -1. Before encryption it is by its address, which proves nothing; after it, the
 * bond whose key encrypts the link, or the one that this connection's pairing left. */
int ut_smp_bond(const struct ut_smp *s);

/* Nonzero while a pairing goes on. */
int ut_smp_is_pairing(const struct ut_smp *s);

/* Nonzero when the channel is dead and only a new link helps: the link should be closed. */
int ut_smp_hang_up(const struct ut_smp *s);

#endif
