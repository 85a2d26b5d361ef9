/* SPDX-License-Identifier: Apache-2.0 */
/* A central that pairs, and at any point does anything else: whatever comes, every packet of the device is a whole one,
 * it proves itself only to a central that proved itself and whose code the person accepted, it gives a key only then or
 * for a bond, and a right pairing still works afterwards. The central's secret is 1, so the shared secret is the
 * device's own key. */
#include "firmware/ble/crypto.h"
#include "firmware/ble/smp.h"
#include "tests/firmware/ble/seam.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUEST = 1, RESPONSE, CONFIRM, RANDOM, FAILED, IDENTITY = 8, IDENTITY_ADDRESS, KEY = 12, CHECK, CODES = 15 };
enum { ROUNDS = 20, WHOLE_MAX = 2 };
enum action {
    RAW,
    RIGHT,
    FLIPPED,
    RIGHT_TO_THE_END,
    PUMP,
    WAIT,
    RECONNECT,
    ASK_KEY,
    ENCRYPT,
    ANSWER,
    BOARD,
    ASK,
    ACTIONS
};

static const uint8_t lengths[CODES] = {0, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2};
static const struct ut_address device = {UT_ADDRESS_RANDOM, {1, 2, 3, 4, 5, 0x46}};
/* The generator, least significant octet first. */
static const uint8_t generator[64] = {0x96, 0xC2, 0x98, 0xD8, 0x45, 0x39, 0xA1, 0xF4, 0xA0, 0x33, 0xEB, 0x2D, 0x81,
                                      0x7D, 0x03, 0x77, 0xF2, 0x40, 0xA4, 0x63, 0xE5, 0xE6, 0xBC, 0xF8, 0x47, 0x42,
                                      0x2C, 0xE1, 0xF2, 0xD1, 0x17, 0x6B, 0xF5, 0x51, 0xBF, 0x37, 0x68, 0x40, 0xB6,
                                      0xCB, 0xCE, 0x5E, 0x31, 0x6B, 0x57, 0x33, 0xCE, 0x2B, 0x16, 0x9E, 0x0F, 0x7C,
                                      0x4A, 0xEB, 0xE7, 0x8E, 0x9B, 0x7F, 0x1A, 0xFE, 0xE2, 0x42, 0xE3, 0x4F};

static struct ut_store store;
static struct ut_random source;
static struct ut_bonds bonds;
static struct ut_smp smp, started;
static struct ut_bonds no_bonds;
static uint8_t empty_memory[BOARD_STORE_PAGES][BOARD_STORE_PAGE_BYTES];
static uint32_t now_ms;
static int whole; /* pairings of this input that go to the end at once */

static struct {
    struct ut_address address;
    uint8_t capability;
    int last; /* code of the device's last packet */
    int round;
    int proved; /* the right check went out in this pairing */
    int keyed;  /* the device proved itself after that */
    int linked; /* the same, in any pairing of this connection */
    uint8_t request[6], response[3], nonce[16], device_nonce[16], device_key[64], ltk[16];
} central;

static void insist(int condition)
{
    if (!condition)
        abort();
}

static void start_once(void)
{
    static int done;
    if (done)
        return;
    done = 1;
    seam_reset();
    ut_store_mount(&store);
    ut_random_init(&source);
    insist(ut_bonds_init(&no_bonds, &store, &source) == 0);
    ut_smp_init(&started, &bonds);
    bonds = no_bonds;
    while (ut_smp_work(&started, 0))
        continue;
    memcpy(empty_memory, seam.memory, sizeof empty_memory);
}

static void connect_as(uint8_t who)
{
    memset(&central, 0, sizeof central);
    central.address.type = who & 1;
    memset(central.address.octets, 0xC1 + (who >> 1 & 7), 6);
    central.capability = who >> 4 & 1 ? 2 : 4; /* keyboard only, or keyboard and display */
    ut_smp_connected(&smp, &device, &central.address);
    insist(ut_smp_security(&smp) == UT_SMP_OPEN);
}

static int is_passkey(void)
{
    return central.response[0] == 0 || (central.response[0] == 1 && central.request[0] == 2);
}

static void take_output(void)
{
    uint8_t pdu[UT_SMP_PDU_BYTES];
    size_t len;
    while ((len = ut_smp_output(&smp, pdu)) > 0) {
        insist(pdu[0] < CODES && len == lengths[pdu[0]]);
        central.last = pdu[0];
        if (pdu[0] == RESPONSE) {
            memcpy(central.response, pdu + 1, 3);
            central.round = central.proved = central.keyed = 0;
        } else if (pdu[0] == KEY) {
            memcpy(central.device_key, pdu + 1, 64);
        } else if (pdu[0] == RANDOM) {
            memcpy(central.device_nonce, pdu + 1, 16);
            central.round++;
        } else if (pdu[0] == CHECK) {
            int asked = (central.response[0] == 1 && !is_passkey()) || seam.pairing == BOARD_PAIRING_BUTTON;
            insist(central.proved && (!asked || seam.agreed));
            central.keyed = central.linked = 1;
        } else if (pdu[0] == FAILED) {
            central.proved = central.keyed = 0;
        }
    }
}

static void pump(int slices)
{
    take_output();
    for (int i = 0; i < slices && ut_smp_work(&smp, now_ms); i++)
        take_output();
    take_output();
}

/* The packet that a central with nothing to hide sends now, and its length; 0 when it waits. */
static size_t right(uint8_t pdu[UT_SMP_PDU_BYTES])
{
    uint8_t bit = 0, mac_key[16], r[16] = {0};
    uint32_t code = is_passkey() ? seam.code : 0;
    if (is_passkey())
        bit = (uint8_t)(0x80 | (code >> central.round & 1));
    switch (central.last) {
    case RESPONSE:
        pdu[0] = KEY;
        memcpy(pdu + 1, generator, 64);
        return 65;
    case CONFIRM:
        pdu[0] = RANDOM;
        memcpy(pdu + 1, central.nonce, 16);
        return 17;
    case KEY:
    case RANDOM:
        if (is_passkey() && central.round < ROUNDS) {
            pdu[0] = CONFIRM;
            ut_crypto_f4(generator, central.device_key, central.nonce, bit, pdu + 1);
            return 17;
        }
        if (central.last == KEY)
            return 0;
        for (int i = 0; i < 3; i++)
            r[i] = (uint8_t)(code >> 8 * i);
        ut_crypto_f5(central.device_key, central.nonce, central.device_nonce, &central.address, &device, mac_key,
                     central.ltk);
        pdu[0] = CHECK;
        ut_crypto_f6(mac_key, central.nonce, central.device_nonce, r, central.request, &central.address, &device,
                     pdu + 1);
        return 17;
    case CHECK:
        return 0;
    case IDENTITY_ADDRESS:
        pdu[0] = smp.bond.irk[0] == 0 ? IDENTITY : IDENTITY_ADDRESS;
        memset(pdu + 1, 0x33, 16);
        if (pdu[0] == IDENTITY)
            return 17;
        pdu[1] = central.address.type;
        memcpy(pdu + 2, central.address.octets, 6);
        return 8;
    default:
        pdu[0] = REQUEST;
        memcpy(central.request, (const uint8_t[]){central.capability, 0, 0x0D, 16, 2, 2}, 6);
        memcpy(pdu + 1, central.request, 6);
        return 7;
    }
}

static int ask_key(const uint8_t rand[8], uint16_t ediv)
{
    static const uint8_t zero[8];
    uint8_t ltk[16];
    if (ut_smp_ltk(&smp, rand, ediv, ltk) != 0)
        return 0;
    int bond = ut_smp_bond(&smp);
    insist(ediv == 0 && memcmp(rand, zero, 8) == 0);
    insist((central.keyed && memcmp(ltk, central.ltk, 16) == 0) ||
           (bond >= 0 && memcmp(ltk, bonds.bond[bond].ltk, 16) == 0));
    return 1;
}

static void send_right(int flipped, uint8_t where)
{
    static const uint8_t zero[8];
    uint8_t pdu[UT_SMP_PDU_BYTES];
    if (central.last == CHECK) {
        if (ask_key(zero, 0))
            ut_smp_encrypted(&smp, 1, now_ms);
        return;
    }
    size_t len = right(pdu);
    if (len == 0)
        return;
    if (flipped)
        pdu[where % len] ^= (uint8_t)(1U << (where >> 5));
    if (pdu[0] == CHECK)
        central.proved = !flipped;
    ut_smp_receive(&smp, pdu, len, now_ms);
}

static void pair_to_the_end(void)
{
    for (int i = 0; i < 2 * ROUNDS + 10; i++) {
        send_right(0, 0);
        pump(2 * UT_P256_SLICES + 4);
        if (central.last == FAILED || (central.last == IDENTITY_ADDRESS && ut_smp_bond(&smp) >= 0))
            return;
    }
}

static size_t act(const uint8_t *data, size_t size)
{
    uint8_t argument = size > 1 ? data[1] : 0;
    uint8_t raw[70];
    switch (data[0] % ACTIONS) {
    case RAW: {
        size_t len = argument % sizeof raw;
        memset(raw, 0, sizeof raw);
        memcpy(raw, data + 2, size < 2 ? 0 : size - 2 < len ? size - 2 : len);
        uint8_t *exact = malloc(len > 0 ? len : 1);
        if (exact != NULL) {
            memcpy(exact, raw, len);
            ut_smp_receive(&smp, exact, len, now_ms);
        }
        free(exact);
        return 2 + len;
    }
    case RIGHT:
        send_right(0, 0);
        return 1;
    case FLIPPED:
        send_right(1, argument);
        return 2;
    case RIGHT_TO_THE_END:
        if (whole++ < WHOLE_MAX)
            pair_to_the_end();
        return 1;
    case PUMP:
        pump(argument);
        return 2;
    case WAIT:
        now_ms += argument * 256U;
        return 2;
    case RECONNECT:
        connect_as(argument);
        return 2;
    case ASK_KEY:
        memset(raw, 0, 8);
        raw[0] = argument >> 1 & 1;
        ask_key(raw, argument & 1);
        return 2;
    case ENCRYPT:
        ut_smp_encrypted(&smp, argument & 1, now_ms);
        if (ut_smp_security(&smp) != UT_SMP_OPEN)
            insist(central.linked || ut_smp_bond(&smp) >= 0);
        return 2;
    case ANSWER:
        seam.answer = argument % 3 - 1;
        return 2;
    case BOARD:
        seam.pairing = (enum board_pairing)(argument % 4);
        connect_as(argument >> 2);
        return 2;
    default:
        ut_smp_ask(&smp);
        return 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    start_once();
    memcpy(seam.memory, empty_memory, sizeof empty_memory);
    ut_store_mount(&store);
    bonds = no_bonds;
    smp = started;
    now_ms = 0;
    whole = 0;
    seam.answer = 1;
    seam.pairing = BOARD_PAIRING_DISPLAY_YES_NO;
    connect_as(0);
    for (size_t at = 0; at < size; at += act(data + at, size - at))
        continue;
    if (size > 0 && data[size - 1] % 32 == 31) {
        now_ms += UT_SMP_BACKOFF_MAX_MS;
        seam.answer = 1;
        seam.pairing = BOARD_PAIRING_DISPLAY_YES_NO;
        connect_as(0x15);
        now_ms += UT_SMP_BACKOFF_MAX_MS;
        pair_to_the_end();
        insist(ut_smp_security(&smp) == UT_SMP_AUTHENTICATED && ut_smp_bond(&smp) >= 0);
    }
    return 0;
}
