/* SPDX-License-Identifier: Apache-2.0 */
/* Pairings against a central written here, with everything that it can do wrong. */
#include "firmware/ble/crypto.h"
#include "firmware/ble/smp.h"
#include "tests/firmware/ble/octets.h"
#include "tests/firmware/ble/seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { DISPLAY_ONLY, DISPLAY_YES_NO, KEYBOARD_ONLY, NO_INPUT_NO_OUTPUT, KEYBOARD_DISPLAY };
enum { REQUEST = 1, RESPONSE, CONFIRM, RANDOM, FAILED, IDENTITY = 8, IDENTITY_ADDRESS, SIGNING, ASK, KEY, CHECK };
enum { PAIRED = 0, SILENT = -1 }; /* results of a pairing beside the reasons of Pairing Failed */
enum { ROUNDS = 20, SLICES = 400 };

static struct ut_store store;
static struct ut_random source;
static struct ut_bonds bonds;
static struct ut_smp smp;
static uint32_t now_ms;
static uint8_t pdu[UT_SMP_PDU_BYTES]; /* the last one received */

static struct ut_address device = {UT_ADDRESS_RANDOM, {1, 2, 3, 4, 5, 0x46}};

/* The central: what it sends, and which of it is wrong. */
static struct central {
    struct ut_address address, identity;
    uint8_t irk[16], secret[32], key[64];
    uint8_t capability, oob, requirements, key_bytes, own_keys, device_keys;
    int wrong_passkey; /* 0 = none, else 1 + the bit that it has wrong */
    int wrong_check, wrong_nonce;
    int instead_at; /* at which of its packets it sends `instead`, -1 = never */
    uint8_t instead[70];
    size_t instead_len;
    int sent;
    uint8_t nonce[16], device_nonce[16], device_key[64], device_confirm[16], shared[32], ltk[16];
    uint8_t response[3];
    uint32_t number;
} central;

static void start_device(void)
{
    assert_int_equal(ut_store_mount(&store), 0);
    ut_random_init(&source);
    assert_int_equal(ut_bonds_init(&bonds, &store, &source), 0);
    ut_smp_init(&smp, &bonds);
}

static void start_central(uint8_t n)
{
    memset(&central, 0, sizeof central);
    central.address.type = UT_ADDRESS_PUBLIC;
    memset(central.address.octets, n, 6);
    central.identity = central.address;
    memset(central.irk, 0x70 + n, 16);
    ut_octets_reversed(central.secret, 32, "55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd");
    ut_octets_reversed(central.key, 32, "1ea1f0f01faf1d9609592284f19e4c0047b58afd8615a69f559077b22faaa190");
    ut_octets_reversed(central.key + 32, 32, "4c55f33e429dad377356703a9ab85160472d1130e28e36765f89aff915b1214a");
    central.capability = DISPLAY_YES_NO;
    central.requirements = 0x0D;
    central.key_bytes = 16;
    central.own_keys = central.device_keys = 0x0F;
    central.instead_at = -1;
}

static int setup(void **state)
{
    (void)state;
    seam_reset();
    seam.answer = 1;
    now_ms = 5000;
    start_device();
    start_central(1);
    ut_smp_connected(&smp, &device, &central.address);
    return 0;
}

static void reconnect(void)
{
    ut_smp_disconnected(&smp);
    ut_smp_connected(&smp, &device, &central.address);
}

static void send(const uint8_t *bytes, size_t len)
{
    now_ms += 30;
    if (central.sent++ == central.instead_at)
        ut_smp_receive(&smp, central.instead, central.instead_len, now_ms);
    else
        ut_smp_receive(&smp, bytes, len, now_ms);
}

static void send_body(uint8_t code, const uint8_t *body, size_t len)
{
    uint8_t bytes[UT_SMP_PDU_BYTES];
    bytes[0] = code;
    memcpy(bytes + 1, body, len);
    send(bytes, len + 1);
}

/* The code of the next packet of the device into pdu, or 0 when it has nothing more to say. */
static int next(void)
{
    static const uint8_t lengths[] = {0, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2};
    for (int i = 0; i < SLICES; i++) {
        size_t len = ut_smp_output(&smp, pdu);
        if (len > 0) {
            assert_true(pdu[0] < sizeof lengths);
            assert_int_equal(len, lengths[pdu[0]]);
            return pdu[0];
        }
        ut_smp_work(&smp, now_ms);
    }
    return 0;
}

/* PAIRED when the device says what is due, else the reason or SILENT. */
static int expect(int code)
{
    int got = next();
    if (got == FAILED)
        return pdu[1];
    if (got == 0)
        return SILENT;
    assert_int_equal(got, code);
    return PAIRED;
}

#define DUE(code)                                                                                                      \
    do {                                                                                                               \
        int result_ = expect(code);                                                                                    \
        if (result_ != PAIRED)                                                                                         \
            return result_;                                                                                            \
    } while (0)

static int is_passkey(void)
{
    return seam.pairing == BOARD_PAIRING_DISPLAY || central.capability == KEYBOARD_ONLY;
}

static int passkey_rounds(uint8_t passkey[16])
{
    uint8_t confirm[16];
    uint32_t typed = seam.code;
    assert_in_range(typed, 0, 999999);
    if (central.wrong_passkey > 0)
        typed ^= 1U << (central.wrong_passkey - 1);
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t bit = (uint8_t)(0x80 | (typed >> i & 1));
        memset(central.nonce, i * 3 + 1, 16);
        ut_crypto_f4(central.key, central.device_key, central.nonce, bit, confirm);
        send_body(CONFIRM, confirm, 16);
        DUE(CONFIRM);
        memcpy(central.device_confirm, pdu + 1, 16);
        if (central.wrong_nonce)
            central.nonce[0] ^= 1;
        send_body(RANDOM, central.nonce, 16);
        DUE(RANDOM);
        memcpy(central.device_nonce, pdu + 1, 16);
        ut_crypto_f4(central.device_key, central.key, central.device_nonce, bit, confirm);
        assert_memory_equal(confirm, central.device_confirm, 16);
    }
    for (int i = 0; i < 3; i++)
        passkey[i] = (uint8_t)(typed >> 8 * i);
    return PAIRED;
}

static int compared_nonces(void)
{
    uint8_t confirm[16];
    DUE(CONFIRM);
    memcpy(central.device_confirm, pdu + 1, 16);
    memset(central.nonce, 0x5C, 16);
    send_body(RANDOM, central.nonce, 16);
    DUE(RANDOM);
    memcpy(central.device_nonce, pdu + 1, 16);
    ut_crypto_f4(central.device_key, central.key, central.device_nonce, 0, confirm);
    assert_memory_equal(confirm, central.device_confirm, 16);
    central.number = ut_crypto_g2(central.key, central.device_key, central.nonce, central.device_nonce);
    return PAIRED;
}

/* The pairing up to both checks. */
static int agree(void)
{
    static struct ut_p256 curve;
    const uint8_t request[6] = {central.capability, central.oob,      central.requirements,
                                central.key_bytes,  central.own_keys, central.device_keys};
    uint8_t point[64], mac_key[16], r[16] = {0}, check[16], wanted[16];
    send_body(REQUEST, request, 6);
    DUE(RESPONSE);
    memcpy(central.response, pdu + 1, 3);
    assert_int_equal(pdu[2], 0);
    assert_int_equal(pdu[3] & 0x09, 0x09);
    assert_int_equal(pdu[4], 16);
    assert_int_equal(pdu[5], central.own_keys & 0x02);
    assert_int_equal(pdu[6], central.device_keys & 0x02);
    send_body(KEY, central.key, 64);
    DUE(KEY);
    memcpy(central.device_key, pdu + 1, 64);
    int result = is_passkey() ? passkey_rounds(r) : compared_nonces();
    if (result != PAIRED)
        return result;
    assert_int_equal(ut_p256_begin_shared(&curve, central.secret, central.device_key), 0);
    while (ut_p256_step(&curve))
        continue;
    ut_p256_end(&curve, point);
    memcpy(central.shared, point, 32);
    ut_crypto_f5(central.shared, central.nonce, central.device_nonce, &central.address, &device, mac_key, central.ltk);
    ut_crypto_f6(mac_key, central.nonce, central.device_nonce, r, request, &central.address, &device, check);
    if (central.wrong_check)
        check[15] ^= 0x80;
    send_body(CHECK, check, 16);
    DUE(CHECK);
    ut_crypto_f6(mac_key, central.device_nonce, central.nonce, r, central.response, &device, &central.address, wanted);
    assert_memory_equal(pdu + 1, wanted, 16);
    return PAIRED;
}

static int encrypt_with(const uint8_t ltk[16])
{
    static const uint8_t rand[8];
    uint8_t got[16];
    if (ut_smp_ltk(&smp, rand, 0, got) != 0)
        return 0;
    assert_memory_equal(got, ltk, 16);
    ut_smp_encrypted(&smp, 1, now_ms);
    return 1;
}

static int distribute(void)
{
    if (central.device_keys & 2) {
        DUE(IDENTITY);
        assert_memory_equal(pdu + 1, bonds.irk, 16);
        DUE(IDENTITY_ADDRESS);
        assert_int_equal(pdu[1], bonds.identity.type);
        assert_memory_equal(pdu + 2, bonds.identity.octets, 6);
    }
    if (central.own_keys & 2) {
        uint8_t address[7] = {central.identity.type};
        memcpy(address + 1, central.identity.octets, 6);
        send_body(IDENTITY, central.irk, 16);
        send_body(IDENTITY_ADDRESS, address, 7);
    }
    return next() == FAILED ? pdu[1] : PAIRED;
}

static int pair(void)
{
    enum ut_smp_security before = ut_smp_security(&smp);
    int result = agree();
    if (result != PAIRED)
        return result;
    assert_int_equal(seam.code, BOARD_CODE_HIDE);
    assert_int_equal(ut_smp_security(&smp), before);
    assert_true(encrypt_with(central.ltk));
    return distribute();
}

/* Lets the device make its next key pair and the back-off pass. */
static void rest(void)
{
    now_ms += UT_SMP_BACKOFF_MAX_MS;
    assert_int_equal(next(), 0);
}

static void expect_bond(int place, int authenticated)
{
    const struct ut_bond *bond = &bonds.bond[place];
    assert_int_equal(bond->used, 1);
    assert_int_equal(bond->authenticated, authenticated);
    assert_memory_equal(bond->ltk, central.ltk, 16);
    assert_int_equal(bond->identity.type, central.identity.type);
    assert_memory_equal(bond->identity.octets, central.identity.octets, 6);
}

static void test_numeric_comparison(void **state)
{
    (void)state;
    seam.answer = -1;
    assert_int_equal(agree(), SILENT); /* both checks wait for the person */
    assert_int_equal(seam.code, central.number);
    assert_int_equal(seam.shows, 1);
    seam.answer = 1;
    assert_int_equal(expect(CHECK), PAIRED);
    assert_int_equal(seam.code, BOARD_CODE_HIDE);
    assert_true(encrypt_with(central.ltk));
    assert_int_equal(ut_smp_security(&smp), UT_SMP_AUTHENTICATED);
    assert_int_equal(distribute(), PAIRED);
    assert_int_equal(ut_smp_bond(&smp), 0);
    expect_bond(0, 1);
    assert_memory_equal(bonds.bond[0].irk, central.irk, 16);
    ut_smp_encrypted(&smp, 0, now_ms);
    assert_int_equal(ut_smp_security(&smp), UT_SMP_OPEN);
}

static void test_the_person_says_no(void **state)
{
    (void)state;
    seam.answer = 0;
    assert_int_equal(pair(), 0x0C);
    assert_int_equal(seam.code, BOARD_CODE_HIDE);
    assert_false(encrypt_with(central.ltk));
    assert_int_equal(bonds.bond[0].used, 0);
}

static void test_passkey(void **state)
{
    (void)state;
    central.capability = KEYBOARD_ONLY;
    assert_int_equal(pair(), PAIRED);
    assert_int_equal(seam.shows, 1);
    assert_int_equal(ut_smp_security(&smp), UT_SMP_AUTHENTICATED);
    expect_bond(0, 1);
    seam.pairing = BOARD_PAIRING_DISPLAY;
    start_central(2);
    central.capability = KEYBOARD_DISPLAY;
    reconnect();
    assert_int_equal(pair(), PAIRED);
    expect_bond(1, 1);
}

/* Every bit of the passkey counts, and it fails in the round of the wrong one. */
static void test_wrong_passkey(void **state)
{
    (void)state;
    for (int bit = 0; bit < ROUNDS; bit++) {
        start_central(1);
        central.capability = KEYBOARD_ONLY;
        central.wrong_passkey = 1 + bit;
        reconnect();
        assert_int_equal(pair(), 0x04);
        assert_int_equal(central.sent, 2 + 2 * (bit + 1));
        assert_int_equal(ut_smp_security(&smp), UT_SMP_OPEN);
        assert_int_equal(bonds.bond[0].used, 0);
        rest();
    }
    start_central(1);
    central.capability = KEYBOARD_ONLY;
    central.wrong_nonce = 1;
    reconnect();
    assert_int_equal(pair(), 0x04);
}

static void test_passkeys_differ(void **state)
{
    (void)state;
    uint32_t codes[3];
    for (int i = 0; i < 3; i++) {
        start_central(1);
        central.capability = KEYBOARD_ONLY;
        central.instead_at = 2;
        reconnect();
        assert_int_equal(pair(), SILENT);
        codes[i] = seam.code;
        ut_smp_disconnected(&smp);
        assert_int_equal(seam.code, BOARD_CODE_HIDE);
        rest();
    }
    assert_true(codes[0] != codes[1] && codes[1] != codes[2] && codes[0] != codes[2]);
}

/* Up to the moment in which the passkey is drawn, but for the central's key. */
static struct ut_smp before_the_passkey(void)
{
    const uint8_t request[6] = {KEYBOARD_ONLY, 0, 0x0D, 16, 3, 3};
    reconnect();
    send_body(REQUEST, request, 6);
    assert_int_equal(next(), RESPONSE);
    while (ut_smp_work(&smp, now_ms))
        continue;
    return smp;
}

/* The passkey drawn from a state of the source. */
static uint32_t passkey_of(const struct ut_smp *before, const struct ut_random *random)
{
    smp = *before;
    source = *random;
    seam.code = BOARD_CODE_HIDE;
    send_body(KEY, central.key, 64);
    assert_int_equal(next(), KEY);
    return seam.code;
}

/* 0 to 999999 are shown as they are drawn; what else 20 bits may be is never shown, and another is drawn. */
static void test_passkeys_at_the_ends(void **state)
{
    (void)state;
    static const struct {
        uint32_t source, drawn; /* the first word of the source's key, and what it gives first */
    } known[] = {{1178868, 0}, {173, 999999}, {154574, 1000000}, {325723, 1000001}, {513593, 0xFFFFF}};
    const struct ut_smp before = before_the_passkey();
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct ut_random random = {{0}, 0};
        uint8_t bytes[3];
        for (int k = 0; k < 4; k++)
            random.key[k] = (uint8_t)(known[i].source >> 8 * k);
        const uint32_t shown = passkey_of(&before, &random);
        assert_int_equal(ut_random_draw(&random, bytes, sizeof bytes), 0);
        assert_int_equal((bytes[2] & 15) << 16 | bytes[1] << 8 | bytes[0], known[i].drawn);
        if (known[i].drawn < 1000000) {
            assert_int_equal(shown, known[i].drawn);
        } else {
            assert_int_equal(ut_random_draw(&random, bytes, sizeof bytes), 0);
            assert_int_equal(shown, (bytes[2] & 15) << 16 | bytes[1] << 8 | bytes[0]);
        }
        assert_in_range(shown, 0, 999999);
    }
}

/* Each tenth of the range as often as any other: 100 of 1000, give or take four times 9.5. */
static void test_passkeys_are_uniform(void **state)
{
    (void)state;
    enum { DRAWS = 1000 };
    int tenth[10] = {0};
    const struct ut_smp before = before_the_passkey();
    for (int i = 0; i < DRAWS; i++) {
        const struct ut_random random = source;
        const uint32_t shown = passkey_of(&before, &random);
        assert_in_range(shown, 0, 999999);
        tenth[shown / 100000]++;
    }
    for (int k = 0; k < 10; k++)
        assert_in_range(tenth[k], DRAWS / 10 - 38, DRAWS / 10 + 38);
}

static void test_just_works_only_without_a_display(void **state)
{
    (void)state;
    seam.pairing = BOARD_PAIRING_BLIND;
    central.requirements = 0x09;
    assert_int_equal(pair(), PAIRED);
    assert_int_equal(central.response[0], NO_INPUT_NO_OUTPUT);
    assert_int_equal(seam.shows, 0);
    assert_int_equal(ut_smp_security(&smp), UT_SMP_ENCRYPTED);
    expect_bond(0, 0);
    reconnect();
    assert_true(encrypt_with(central.ltk));
    assert_int_equal(ut_smp_security(&smp), UT_SMP_ENCRYPTED);
    for (int board = BOARD_PAIRING_DISPLAY; board <= BOARD_PAIRING_DISPLAY_YES_NO; board++) {
        seam.pairing = (enum board_pairing)board;
        start_central(3);
        central.capability = NO_INPUT_NO_OUTPUT;
        reconnect();
        assert_int_equal(pair(), 0x03);
        start_central(3);
        central.capability = DISPLAY_ONLY;
        reconnect();
        assert_int_equal(pair(), 0x03);
    }
}

/* A button and no display: the same, after somebody consented. */
static void test_consent(void **state)
{
    (void)state;
    seam.pairing = BOARD_PAIRING_BUTTON;
    seam.answer = -1;
    assert_int_equal(agree(), SILENT);
    assert_int_equal(central.response[0], NO_INPUT_NO_OUTPUT);
    assert_int_equal(seam.shows, 1);
    assert_int_equal(seam.code, 0);
    seam.answer = 1;
    assert_int_equal(expect(CHECK), PAIRED);
    assert_int_equal(seam.code, BOARD_CODE_HIDE);
    assert_true(encrypt_with(central.ltk));
    assert_int_equal(distribute(), PAIRED);
    assert_int_equal(ut_smp_security(&smp), UT_SMP_ENCRYPTED);
    expect_bond(0, 0);
    start_central(2);
    reconnect();
    seam.answer = 0;
    assert_int_equal(pair(), 0x08);
    assert_int_equal(bonds.bond[1].used, 0);
}

static const struct {
    enum board_pairing board;
    uint8_t capability;
    int result, shows;
} methods[] = {
    {BOARD_PAIRING_DISPLAY_YES_NO, KEYBOARD_DISPLAY, PAIRED, 1},
    {BOARD_PAIRING_DISPLAY, DISPLAY_YES_NO, 0x03, 0},
    {BOARD_PAIRING_DISPLAY, KEYBOARD_ONLY, PAIRED, 1},
    {BOARD_PAIRING_BLIND, KEYBOARD_DISPLAY, PAIRED, 0},
};

static void test_methods(void **state)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        setup(state);
        seam.pairing = methods[i].board;
        central.capability = methods[i].capability;
        if (methods[i].board == BOARD_PAIRING_BLIND) {
            assert_int_equal(agree(), PAIRED);
        } else {
            assert_int_equal(pair(), methods[i].result);
        }
        assert_int_equal(seam.shows, methods[i].shows);
    }
}

/* Bonded centrals come back: under their identity address, under a private one, after a restart of the device. */
static void test_reconnect(void **state)
{
    (void)state;
    uint8_t rand[8] = {0}, ltk[16];
    assert_int_equal(pair(), PAIRED);
    for (int i = 0; i < 3; i++) {
        if (i == 1)
            start_device();
        if (i == 2) {
            central.address.type = UT_ADDRESS_RANDOM;
            memcpy(central.address.octets, "\0\0\0\x31\x32\x43", 6);
            ut_crypto_ah(central.irk, central.address.octets + 3, central.address.octets);
        }
        reconnect();
        assert_int_equal(ut_smp_bond(&smp), 0);
        assert_int_equal(ut_smp_security(&smp), UT_SMP_OPEN);
        ut_smp_encrypted(&smp, 1, now_ms); /* with a key that nobody asked for */
        assert_int_equal(ut_smp_security(&smp), UT_SMP_OPEN);
        assert_int_equal(ut_smp_ltk(&smp, rand, 1, ltk), -1);
        rand[3] = 1;
        assert_int_equal(ut_smp_ltk(&smp, rand, 0, ltk), -1);
        rand[3] = 0;
        ut_smp_encrypted(&smp, 1, now_ms); /* with one that was refused */
        assert_int_equal(ut_smp_security(&smp), UT_SMP_OPEN);
        assert_true(encrypt_with(central.ltk));
        assert_int_equal(ut_smp_security(&smp), UT_SMP_AUTHENTICATED);
    }
    start_central(9);
    reconnect();
    assert_int_equal(ut_smp_bond(&smp), -1);
    assert_int_equal(ut_smp_ltk(&smp, rand, 0, ltk), -1);
}

/* No bond was asked for: the key lives as long as the link. */
static void test_without_bonding(void **state)
{
    (void)state;
    central.requirements = 0x0C;
    assert_int_equal(pair(), PAIRED);
    assert_int_equal(ut_smp_security(&smp), UT_SMP_AUTHENTICATED);
    assert_int_equal(ut_smp_bond(&smp), -1);
    assert_int_equal(bonds.bond[0].used, 0);
    assert_true(encrypt_with(central.ltk));
    assert_int_equal(ut_smp_security(&smp), UT_SMP_AUTHENTICATED);
    reconnect();
    assert_false(encrypt_with(central.ltk));
}

/* Who takes a bonded central's address and pairs without bonding gets nothing of the bond, and the bond stays. */
static void test_without_bonding_at_a_bonded_address(void **state)
{
    (void)state;
    uint8_t ltk[16];
    seam.pairing = BOARD_PAIRING_BLIND;
    assert_int_equal(pair(), PAIRED);
    memcpy(ltk, central.ltk, 16);
    start_central(1);
    central.requirements = 0x08;
    reconnect();
    assert_int_equal(ut_smp_bond(&smp), 0);
    assert_int_equal(agree(), PAIRED);
    assert_true(encrypt_with(central.ltk));
    assert_int_equal(ut_smp_bond(&smp), -1);
    assert_int_equal(distribute(), PAIRED);
    assert_int_equal(ut_smp_security(&smp), UT_SMP_ENCRYPTED);
    assert_int_equal(ut_smp_bond(&smp), -1);
    assert_memory_equal(bonds.bond[0].ltk, ltk, 16);
    reconnect();
    assert_true(encrypt_with(ltk));
    assert_int_equal(ut_smp_bond(&smp), 0);
}

/* Encryption that ends before the identities have crossed ends the pairing: none leaves or is taken in the clear. */
static void test_identities_need_encryption(void **state)
{
    (void)state;
    for (int leaving = 0; leaving < 2; leaving++) {
        setup(state);
        uint8_t address[7] = {central.identity.type};
        memcpy(address + 1, central.identity.octets, 6);
        assert_int_equal(agree(), PAIRED);
        assert_true(encrypt_with(central.ltk));
        if (!leaving) {
            assert_int_equal(next(), IDENTITY);
            assert_int_equal(next(), IDENTITY_ADDRESS);
            send_body(IDENTITY, central.irk, 16);
        }
        ut_smp_encrypted(&smp, 0, now_ms);
        assert_int_equal(next(), FAILED);
        send_body(IDENTITY_ADDRESS, address, 7);
        assert_int_equal(next(), FAILED);
        assert_int_equal(bonds.bond[0].used, 0);
        assert_false(encrypt_with(central.ltk));
    }
}

/* Any of the four distributions; a central that gives no identity is bonded by its address if that one stays. */
static void test_distributions(void **state)
{
    for (int i = 0; i < 4; i++) {
        setup(state);
        central.own_keys = (uint8_t)(i & 1 ? 0xF2 : 0x0D);
        central.device_keys = (uint8_t)(i & 2 ? 0xF2 : 0x0D);
        assert_int_equal(pair(), PAIRED);
        assert_int_equal(ut_smp_bond(&smp), 0);
        expect_bond(0, 1);
    }
    setup(state);
    central.own_keys = 0;
    central.address = (struct ut_address){UT_ADDRESS_RANDOM, {1, 1, 1, 1, 1, 0x41}};
    reconnect();
    assert_int_equal(pair(), PAIRED);
    assert_int_equal(ut_smp_security(&smp), UT_SMP_AUTHENTICATED);
    assert_int_equal(ut_smp_bond(&smp), -1);
}

static void test_security_request(void **state)
{
    (void)state;
    ut_smp_ask(&smp);
    ut_smp_ask(&smp);
    assert_int_equal(next(), ASK);
    assert_int_equal(pdu[1], 0x0D);
    assert_int_equal(next(), 0);
    ut_smp_ask(&smp);
    assert_int_equal(next(), 0);
    seam.pairing = BOARD_PAIRING_BLIND;
    reconnect();
    ut_smp_ask(&smp);
    assert_int_equal(next(), ASK);
    assert_int_equal(pdu[1], 0x09);
    seam.pairing = BOARD_PAIRING_DISPLAY_YES_NO;
    reconnect();
    ut_smp_ask(&smp); /* still waiting when the central asks by itself */
    assert_int_equal(pair(), PAIRED);
}

static const struct {
    uint8_t at, value;
    int result;
} bad_requests[] = {
    {1, 5, 0x0A},  {1, 0xFF, 0x0A}, {2, 1, 0x02}, {2, 2, 0x0A}, {3, 0x05, 0x03}, {3, 0x01, 0x03}, {3, 0x00, 0x03},
    {4, 15, 0x06}, {4, 7, 0x06},    {4, 6, 0x0A}, {4, 0, 0x0A}, {4, 17, 0x0A},   {4, 0xFF, 0x0A},
};

/* Refused without a penalty, since nothing was tried: the next request on the same link is served. */
static void test_bad_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_requests / sizeof *bad_requests; i++) {
        uint8_t request[7] = {REQUEST, DISPLAY_YES_NO, 0, 0x0D, 16, 0x0F, 0x0F};
        request[bad_requests[i].at] = bad_requests[i].value;
        ut_smp_receive(&smp, request, 7, now_ms);
        assert_int_equal(expect(RESPONSE), bad_requests[i].result);
    }
    assert_int_equal(pair(), PAIRED);
}

static void bad_key(void **state, const uint8_t key[64])
{
    setup(state);
    memcpy(central.key, key, 64);
    assert_int_equal(pair(), 0x0B);
    assert_int_equal(central.sent, 2); /* at once, not by the checks at the end */
    assert_false(encrypt_with(central.ltk));
    rest();
    start_central(1);
    assert_int_equal(pair(), PAIRED);
}

static void test_bad_public_keys(void **state)
{
    uint8_t key[64];
    memset(key, 0, sizeof key);
    bad_key(state, key);
    memset(key, 0xFF, sizeof key);
    bad_key(state, key);
    memcpy(key, central.key, 64);
    key[40] ^= 4;
    bad_key(state, key);
    memcpy(key, central.key, 64);
    memset(key + 32, 0, 32); /* the attack of 2018 */
    bad_key(state, key);
    ut_octets_reversed(key, 32, "20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6"); /* for debugging */
    ut_octets_reversed(key + 32, 32, "dc809c49652aeb6d63329abf5a52155c766345c28fed3024741c8ed01589d28b");
    bad_key(state, key);
}

/* The device's own key comes back, as it is or with the other y. */
static void test_reflected_key(void **state)
{
    (void)state;
    static const char prime[] = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    for (int mirrored = 0; mirrored < 2; mirrored++) {
        rest();
        central.sent = 0;
        memcpy(central.key, smp.own_key, 64);
        if (mirrored) {
            int borrow = 0;
            uint8_t p[32];
            ut_octets_reversed(p, 32, prime);
            for (int i = 0; i < 32; i++) {
                int d = p[i] - central.key[32 + i] - borrow;
                central.key[32 + i] = (uint8_t)d;
                borrow = d < 0;
            }
            assert_true(ut_p256_point_valid(central.key));
        }
        assert_int_equal(pair(), 0x0B);
        assert_int_equal(central.sent, 2);
    }
}

static void test_wrong_check(void **state)
{
    (void)state;
    central.wrong_check = 1;
    assert_int_equal(pair(), 0x0B);
    assert_false(encrypt_with(central.ltk));
    assert_int_equal(seam.code, BOARD_CODE_HIDE);
    assert_int_equal(bonds.bond[0].used, 0);
}

/* Each pairing has its own keys, nonces and secrets; a failed one's too. */
static void test_fresh_keys(void **state)
{
    (void)state;
    uint8_t key[64], nonce[16], ltk[16];
    assert_int_equal(pair(), PAIRED);
    memcpy(key, central.device_key, 64);
    memcpy(nonce, central.device_nonce, 16);
    memcpy(ltk, central.ltk, 16);
    central.sent = 0;
    assert_int_equal(pair(), PAIRED);
    assert_memory_not_equal(key, central.device_key, 64);
    assert_memory_not_equal(nonce, central.device_nonce, 16);
    assert_memory_not_equal(ltk, central.ltk, 16);
    expect_bond(0, 1);
    assert_int_equal(bonds.bond[1].used, 0);
}

/* At each step of a pairing, each packet that is not due: refused, the pairing over, no key given, no bond, and after
 * the back-off a right pairing works. `steps` are the packets a central sends. */
static void out_of_order(void **state, uint8_t capability, int steps, int stride)
{
    static const uint8_t lengths[] = {0, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2};
    for (int at = 0; at < steps; at += at < 4 ? 1 : stride) {
        for (uint8_t code = 1; code < sizeof lengths; code++) {
            setup(state);
            central.capability = capability;
            central.instead_at = at;
            memset(central.instead, 0x11, sizeof central.instead);
            central.instead[0] = code;
            central.instead_len = lengths[code];
            static const uint8_t passkey_due[] = {REQUEST, KEY}, ends[] = {CHECK, IDENTITY, IDENTITY_ADDRESS};
            int due = at < 2            ? passkey_due[at]
                      : at >= steps - 3 ? ends[at - (steps - 3)]
                      : steps == 6      ? RANDOM
                      : at % 2 == 0     ? CONFIRM
                                        : RANDOM;
            if (code == due)
                continue;
            int wanted = code == FAILED ? SILENT : code == RESPONSE || code == ASK ? 0x07 : 0x08;
            int result = agree();
            if (result == PAIRED && at >= steps - 2) {
                assert_true(encrypt_with(central.ltk));
                result = distribute();
                if (wanted == SILENT && result == 0x08) /* its next packet came after its own Pairing Failed */
                    wanted = 0x08;
                if (wanted == SILENT)
                    wanted = PAIRED;
            } else {
                assert_false(encrypt_with(central.ltk));
            }
            assert_int_equal(result, wanted);
            assert_int_equal(bonds.bond[0].used, 0);
            assert_int_equal(seam.code, BOARD_CODE_HIDE);
            assert_int_equal(smp.failures, at > 0);
        }
        rest();
        start_central(1);
        reconnect();
        assert_int_equal(pair(), PAIRED);
    }
}

static void test_out_of_order_numeric(void **state)
{
    out_of_order(state, DISPLAY_YES_NO, 6, 1);
}

static void test_out_of_order_passkey(void **state)
{
    out_of_order(state, KEYBOARD_ONLY, 2 + 2 * ROUNDS + 3, 13);
}

/* Any length of any code at any step: ignored or refused, never read beyond. */
static void test_lengths(void **state)
{
    static const uint8_t lengths[] = {0, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2};
    for (int at = 0; at < 2; at++) {
        for (unsigned code = 0; code < 18; code++) {
            for (size_t len = 0; len < 70; len += len < 20 ? 1 : 9) {
                if (code > 0 && code < sizeof lengths && lengths[code] == len)
                    continue;
                setup(state);
                central.instead_at = at;
                central.instead[0] = (uint8_t)code;
                central.instead_len = len;
                int result = agree();
                if (len == 0 || code == 0 || code >= sizeof lengths || code == FAILED)
                    assert_int_equal(result, SILENT);
                else
                    assert_int_equal(result, code == RESPONSE || code == ASK ? 0x07 : 0x0A);
            }
        }
    }
}

/* A packet sent again, or the next one sent, before the device's answer left. */
static void test_repeated_packets(void **state)
{
    (void)state;
    const uint8_t request[7] = {REQUEST, DISPLAY_YES_NO, 0, 0x0D, 16, 0, 0};
    ut_smp_receive(&smp, request, 7, now_ms);
    ut_smp_receive(&smp, request, 7, now_ms);
    assert_int_equal(expect(RESPONSE), 0x08);
    rest();
    ut_smp_receive(&smp, request, 7, now_ms);
    assert_int_equal(expect(RESPONSE), PAIRED);
    send_body(KEY, central.key, 64);
    send_body(KEY, central.key, 64);
    assert_int_equal(expect(KEY), 0x08);
    assert_int_equal(next(), 0);
    rest();
    ut_smp_receive(&smp, request, 7, now_ms);
    send_body(KEY, central.key, 64);
    assert_int_equal(expect(RESPONSE), 0x08);
}

/* After a failure requests are refused, twice as long each time, also on another link; a success ends it. */
static void test_backoff(void **state)
{
    (void)state;
    const uint8_t request[7] = {REQUEST, DISPLAY_YES_NO, 0, 0x0D, 16, 0, 0};
    uint32_t wait = UT_SMP_BACKOFF_MS;
    for (int i = 0; i < 9; i++) {
        start_central((uint8_t)(1 + i));
        central.wrong_check = 1;
        reconnect();
        next();
        assert_int_equal(pair(), 0x0B);
        uint32_t failed_ms = now_ms;
        reconnect();
        ut_smp_receive(&smp, request, 7, now_ms);
        assert_int_equal(expect(RESPONSE), 0x09);
        now_ms = failed_ms + wait - 1;
        ut_smp_receive(&smp, request, 7, now_ms);
        assert_int_equal(expect(RESPONSE), 0x09);
        now_ms = failed_ms + wait;
        wait = wait * 2 > UT_SMP_BACKOFF_MAX_MS ? UT_SMP_BACKOFF_MAX_MS : wait * 2;
    }
    start_central(1);
    reconnect();
    assert_int_equal(pair(), PAIRED);
    central.wrong_check = 1;
    assert_int_equal(pair(), 0x0B);
    now_ms += UT_SMP_BACKOFF_MS;
    central.wrong_check = 0;
    assert_int_equal(pair(), PAIRED);
}

/* Leaving in the middle is a failure too: otherwise each bit of a passkey could be tried for free. */
static void test_leaving_counts(void **state)
{
    (void)state;
    central.capability = KEYBOARD_ONLY;
    central.instead_at = 5;
    assert_int_equal(pair(), SILENT);
    reconnect();
    assert_int_equal(seam.code, BOARD_CODE_HIDE);
    start_central(1);
    assert_int_equal(pair(), 0x09);
}

static void test_timeout(void **state)
{
    (void)state;
    seam.answer = -1;
    assert_int_equal(agree(), SILENT);
    now_ms += UT_SMP_TIMEOUT_MS - 1;
    ut_smp_work(&smp, now_ms);
    assert_false(ut_smp_hang_up(&smp));
    now_ms += 1;
    ut_smp_work(&smp, now_ms);
    assert_true(ut_smp_hang_up(&smp));
    assert_int_equal(seam.code, BOARD_CODE_HIDE);
    now_ms += 10 * UT_SMP_BACKOFF_MAX_MS;
    seam.answer = 1;
    assert_int_equal(pair(), SILENT); /* dead for good */
    ut_smp_ask(&smp);
    assert_int_equal(next(), 0);
    reconnect();
    assert_false(ut_smp_hang_up(&smp));
    start_central(1);
    assert_int_equal(pair(), PAIRED);
    now_ms += 10 * UT_SMP_TIMEOUT_MS; /* no pairing, no timeout */
    ut_smp_work(&smp, now_ms);
    assert_false(ut_smp_hang_up(&smp));
}

/* The clock of milliseconds wraps in the middle. */
static void test_clock_wraps(void **state)
{
    (void)state;
    now_ms = UINT32_MAX - 100;
    assert_int_equal(pair(), PAIRED);
    assert_true(now_ms < 1000);
}

/* An authenticated bond is not replaced by a pairing that nobody confirmed, by its address or by its identity. */
static void test_no_downgrade_of_a_bond(void **state)
{
    (void)state;
    uint8_t ltk[16];
    assert_int_equal(pair(), PAIRED);
    memcpy(ltk, central.ltk, 16);
    seam.pairing = BOARD_PAIRING_BLIND;
    reconnect();
    assert_int_equal(pair(), 0x03);
    start_central(2);
    memset(central.identity.octets, 1, 6); /* the bonded one's */
    reconnect();
    assert_int_equal(pair(), 0x0F);
    assert_memory_equal(bonds.bond[0].ltk, ltk, 16);
    assert_int_equal(bonds.bond[0].authenticated, 1);
    assert_int_equal(bonds.bond[1].used, 0);
    rest();
    start_central(3);
    central.identity = (struct ut_address){UT_ADDRESS_RANDOM, {1, 1, 1, 1, 1, 0x41}}; /* not one that stays */
    reconnect();
    assert_int_equal(pair(), 0x0A);
    assert_int_equal(bonds.bond[1].used, 0);
}

/* The central asks for the key before the checks agreed. */
static void test_early_key_request(void **state)
{
    (void)state;
    assert_int_equal(pair(), PAIRED);
    reconnect();
    central.instead_at = central.sent + 3;
    assert_int_equal(agree(), SILENT);
    assert_false(encrypt_with(central.ltk));
    ut_smp_encrypted(&smp, 1, now_ms);
    assert_int_equal(ut_smp_security(&smp), UT_SMP_OPEN);
}

/* The key of a pairing goes with the pairing, when it fails after the checks and when the next one begins. */
static void test_key_of_a_pairing_that_is_over(void **state)
{
    (void)state;
    const uint8_t request[7] = {REQUEST, DISPLAY_YES_NO, 0, 0x0D, 16, 0, 0};
    assert_int_equal(agree(), PAIRED);
    send_body(CHECK, central.shared, 16);
    assert_int_equal(expect(RESPONSE), 0x08);
    assert_false(encrypt_with(central.ltk));
    rest();
    start_central(1);
    central.requirements = 0x0C;
    assert_int_equal(pair(), PAIRED);
    assert_true(encrypt_with(central.ltk));
    ut_smp_receive(&smp, request, 7, now_ms);
    assert_int_equal(expect(RESPONSE), PAIRED);
    assert_false(encrypt_with(central.ltk));
}

static void test_no_random_bytes(void **state)
{
    (void)state;
    uint8_t seed[UT_RANDOM_SEED] = {5};
    seam.noise = 0;
    ut_random_init(&source);
    ut_smp_init(&smp, &bonds);
    ut_smp_connected(&smp, &device, &central.address);
    assert_int_equal(pair(), 0x05);
    ut_random_add(&source, seed, sizeof seed);
    central.sent = 0;
    assert_int_equal(pair(), PAIRED);
}

/* The store gives out: the pairing holds until the next start. */
static void test_store_fails(void **state)
{
    (void)state;
    seam.store_fails = 1;
    assert_int_equal(pair(), PAIRED);
    assert_true(bonds.unsaved > 0);
    reconnect();
    assert_true(encrypt_with(central.ltk));
    seam.store_fails = 0;
    start_device();
    reconnect();
    assert_false(encrypt_with(central.ltk));
}

/* Work comes in slices, and none is left when the device waits for the central. */
static void test_slices(void **state)
{
    (void)state;
    int slices = 0;
    while (ut_smp_work(&smp, now_ms))
        slices++;
    assert_int_equal(slices, UT_P256_SLICES);
    assert_int_equal(ut_smp_work(&smp, now_ms), 0);
    assert_int_equal(pair(), PAIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_numeric_comparison, setup),
        cmocka_unit_test_setup(test_the_person_says_no, setup),
        cmocka_unit_test_setup(test_passkey, setup),
        cmocka_unit_test_setup(test_wrong_passkey, setup),
        cmocka_unit_test_setup(test_passkeys_differ, setup),
        cmocka_unit_test_setup(test_passkeys_at_the_ends, setup),
        cmocka_unit_test_setup(test_passkeys_are_uniform, setup),
        cmocka_unit_test_setup(test_just_works_only_without_a_display, setup),
        cmocka_unit_test_setup(test_consent, setup),
        cmocka_unit_test_setup(test_methods, setup),
        cmocka_unit_test_setup(test_reconnect, setup),
        cmocka_unit_test_setup(test_without_bonding, setup),
        cmocka_unit_test_setup(test_without_bonding_at_a_bonded_address, setup),
        cmocka_unit_test_setup(test_identities_need_encryption, setup),
        cmocka_unit_test_setup(test_distributions, setup),
        cmocka_unit_test_setup(test_security_request, setup),
        cmocka_unit_test_setup(test_bad_requests, setup),
        cmocka_unit_test_setup(test_bad_public_keys, setup),
        cmocka_unit_test_setup(test_reflected_key, setup),
        cmocka_unit_test_setup(test_wrong_check, setup),
        cmocka_unit_test_setup(test_fresh_keys, setup),
        cmocka_unit_test_setup(test_out_of_order_numeric, setup),
        cmocka_unit_test_setup(test_out_of_order_passkey, setup),
        cmocka_unit_test_setup(test_lengths, setup),
        cmocka_unit_test_setup(test_repeated_packets, setup),
        cmocka_unit_test_setup(test_backoff, setup),
        cmocka_unit_test_setup(test_leaving_counts, setup),
        cmocka_unit_test_setup(test_timeout, setup),
        cmocka_unit_test_setup(test_clock_wraps, setup),
        cmocka_unit_test_setup(test_no_downgrade_of_a_bond, setup),
        cmocka_unit_test_setup(test_early_key_request, setup),
        cmocka_unit_test_setup(test_key_of_a_pairing_that_is_over, setup),
        cmocka_unit_test_setup(test_no_random_bytes, setup),
        cmocka_unit_test_setup(test_store_fails, setup),
        cmocka_unit_test_setup(test_slices, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
