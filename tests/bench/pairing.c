/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/pairing.h"
#include "boards/board.h"
#include "firmware/ble/crypto.h"
#include "firmware/ble/smp.h"

#include <stdio.h>
#include <string.h>

enum { REQUEST = 1, CONFIRM = 3, RANDOM = 4, IDENTITY = 8, IDENTITY_ADDRESS = 9, KEY = 12, CHECK = 13 };
enum { KEYBOARD_ONLY = 2, NO_INPUT_NO_OUTPUT = 3, ROUNDS = 20 };

/* The central's secret is 1: its public key is the generator, and the shared secret is the device's own x. */
static const uint8_t generator[64] = {0x96, 0xC2, 0x98, 0xD8, 0x45, 0x39, 0xA1, 0xF4, 0xA0, 0x33, 0xEB, 0x2D, 0x81,
                                      0x7D, 0x03, 0x77, 0xF2, 0x40, 0xA4, 0x63, 0xE5, 0xE6, 0xBC, 0xF8, 0x47, 0x42,
                                      0x2C, 0xE1, 0xF2, 0xD1, 0x17, 0x6B, 0xF5, 0x51, 0xBF, 0x37, 0x68, 0x40, 0xB6,
                                      0xCB, 0xCE, 0x5E, 0x31, 0x6B, 0x57, 0x33, 0xCE, 0x2B, 0x16, 0x9E, 0x0F, 0x7C,
                                      0x4A, 0xEB, 0xE7, 0x8E, 0x9B, 0x7F, 0x1A, 0xFE, 0xE2, 0x42, 0xE3, 0x4F};

static struct ut_store store;
static struct ut_random source;
static struct ut_bonds bonds;
static struct ut_smp smp;
static uint8_t answer[UT_SMP_PDU_BYTES]; /* the device's last packet */
static uint32_t total_us, work_max_us, packet_max_us;

static void count(uint32_t start, uint32_t *max)
{
    uint32_t took = board_time_us() - start;
    board_watchdog_feed();
    total_us += took;
    *max = took > *max ? took : *max;
}

static void say(uint8_t code, const void *body, size_t len)
{
    uint8_t pdu[UT_SMP_PDU_BYTES] = {code};
    memcpy(pdu + 1, body, len);
    uint32_t start = board_time_us();
    ut_smp_receive(&smp, pdu, len + 1, 0);
    count(start, &packet_max_us);
}

/* Works until a packet of that code comes out; -1 when another or none does. */
static int hear(uint8_t code)
{
    for (int i = 0; i < 2 * UT_P256_SLICES + 8; i++) {
        if (ut_smp_output(&smp, answer) > 0)
            return answer[0] == code ? 0 : -1;
        uint32_t start = board_time_us();
        ut_smp_work(&smp, 0);
        count(start, &work_max_us);
    }
    return -1;
}

int ut_bench_pairing(void)
{
    static const struct ut_address device = {UT_ADDRESS_RANDOM, {1, 2, 3, 4, 5, 0x46}};
    static const struct ut_address central = {UT_ADDRESS_PUBLIC, {9, 9, 9, 9, 9, 9}};
    static const uint8_t request[6] = {KEYBOARD_ONLY, 0, 0x0D, 16, 2, 2}, zero[16], irk[16] = {5};
    static const uint8_t identity[7] = {0, 9, 9, 9, 9, 9, 9};
    uint8_t device_key[64], device_nonce[16], confirm[16], mac_key[16], ltk[16], key[16], check[16], r[16] = {0};
    ut_store_mount(&store);
    ut_random_init(&source);
    ut_random_add(&source, generator, UT_RANDOM_SEED); /* the desk may have no source; these bytes protect nothing */
    if (ut_bonds_init(&bonds, &store, &source) != 0)
        return -1;
    ut_smp_init(&smp, &bonds);
    ut_smp_connected(&smp, &device, &central);
    say(REQUEST, request, sizeof request);
    if (hear(0x02) != 0)
        return -1;
    int rounds = answer[1] == NO_INPUT_NO_OUTPUT ? 1 : ROUNDS;
    say(KEY, generator, sizeof generator);
    if (hear(KEY) != 0)
        return -1;
    memcpy(device_key, answer + 1, sizeof device_key);
    for (int i = 0; i < rounds; i++) {
        uint8_t bit = (uint8_t)(0x80 | (smp.passkey >> i & 1));
        ut_crypto_f4(generator, device_key, zero, bit, confirm);
        if (rounds == ROUNDS)
            say(CONFIRM, confirm, sizeof confirm);
        if (hear(CONFIRM) != 0)
            return -1;
        say(RANDOM, zero, sizeof zero);
        if (hear(RANDOM) != 0)
            return -1;
        memcpy(device_nonce, answer + 1, sizeof device_nonce);
    }
    for (int i = 0; i < 3; i++)
        r[i] = (uint8_t)(smp.passkey >> 8 * i);
    ut_crypto_f5(device_key, zero, device_nonce, &central, &device, mac_key, ltk);
    ut_crypto_f6(mac_key, zero, device_nonce, r, request, &central, &device, check);
    say(CHECK, check, sizeof check);
    if (hear(CHECK) != 0 || ut_smp_ltk(&smp, zero, 0, key) != 0 || memcmp(key, ltk, sizeof key) != 0)
        return -1;
    ut_smp_encrypted(&smp, 1, 0);
    if (hear(IDENTITY) != 0 || hear(IDENTITY_ADDRESS) != 0)
        return -1;
    say(IDENTITY, irk, sizeof irk);
    say(IDENTITY_ADDRESS, identity, sizeof identity);
    if (ut_smp_bond(&smp) < 0)
        return -1;
    printf("pairing total %lu\n", (unsigned long)total_us);
    printf("pairing work_max %lu\n", (unsigned long)work_max_us);
    printf("pairing packet_max %lu\n", (unsigned long)packet_max_us);
    return 0;
}
