/* SPDX-License-Identifier: Apache-2.0 */
/* Against the sample data of the Core specification (volume 3, part H, appendix D), of RFC 4493 and of FIPS 197. */
#include "firmware/ble/crypto.h"
#include "tests/firmware/ble/octets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PUBLIC_U "20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6"
#define PUBLIC_V "55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd"
#define SHARED "ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698"
#define NONCE_1 "d5cb8454d177733effffb2ec712baeab"
#define NONCE_2 "a6e8e7cc25a75f6e216583f7ff3dc4cf"
#define MAC_KEY "2965f176a1084a02fd3f6a20ce636e20"

static struct ut_address initiator, responder;
static uint8_t u[32], v[32], n1[16], n2[16], expected[16], out[16], key[16];

static int setup(void **state)
{
    (void)state;
    initiator.type = responder.type = UT_ADDRESS_PUBLIC;
    ut_octets_reversed(initiator.octets, 6, "56123737bfce");
    ut_octets_reversed(responder.octets, 6, "a713702dcfc1");
    ut_octets_reversed(u, 32, PUBLIC_U);
    ut_octets_reversed(v, 32, PUBLIC_V);
    ut_octets_reversed(n1, 16, NONCE_1);
    ut_octets_reversed(n2, 16, NONCE_2);
    memset(out, 0xEE, sizeof out);
    return 0;
}

static void test_aes128(void **state)
{
    (void)state;
    uint8_t block[16];
    ut_octets(key, 16, "000102030405060708090a0b0c0d0e0f");
    ut_octets(block, 16, "00112233445566778899aabbccddeeff");
    ut_octets(expected, 16, "69c4e0d86a7b0430d8cdb78070b4c55a");
    ut_crypto_aes128(key, block, block);
    assert_memory_equal(block, expected, 16);
}

static const struct {
    size_t len;
    const char *mac;
} macs[] = {{0, "bb1d6929e95937287fa37d129b756746"},
            {16, "070a16b46b4d4144f79bdd9dd04a287c"},
            {40, "dfa66747de9ae63030ca32611497c827"},
            {64, "51f0bebf7e3b9d92fc49741779363cfe"}};

/* The same MAC however the message is cut. */
static void test_cmac(void **state)
{
    (void)state;
    uint8_t message[64];
    ut_octets(key, 16, "2b7e151628aed2a6abf7158809cf4f3c");
    ut_octets(message, 64,
              "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
              "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    for (size_t i = 0; i < sizeof macs / sizeof *macs; i++) {
        ut_octets(expected, 16, macs[i].mac);
        ut_crypto_cmac(key, message, macs[i].len, out);
        assert_memory_equal(out, expected, 16);
        for (size_t part = 1; part <= 33; part += 4) {
            struct ut_cmac c;
            ut_crypto_cmac_init(&c, key);
            for (size_t at = 0; at < macs[i].len; at += part)
                ut_crypto_cmac_add(&c, message + at, part < macs[i].len - at ? part : macs[i].len - at);
            ut_crypto_cmac_end(&c, out);
            assert_memory_equal(out, expected, 16);
        }
    }
}

static void test_ah(void **state)
{
    (void)state;
    uint8_t irk[16], prand[3], hash[3], wanted[3];
    ut_octets_reversed(irk, 16, "ec0234a357c8ad05341010a60a397d9b");
    ut_octets_reversed(prand, 3, "708194");
    ut_octets_reversed(wanted, 3, "0dfbaa");
    ut_crypto_ah(irk, prand, hash);
    assert_memory_equal(hash, wanted, 3);
}

static void test_f4(void **state)
{
    (void)state;
    ut_octets_reversed(expected, 16, "f2c916f107a9bd1cf1eda1bea974872d");
    ut_crypto_f4(u, v, n1, 0, out);
    assert_memory_equal(out, expected, 16);
    ut_crypto_f4(u, v, n1, 0x81, out);
    assert_memory_not_equal(out, expected, 16);
}

static void test_f5(void **state)
{
    (void)state;
    uint8_t shared[32], mac_key[16];
    ut_octets_reversed(shared, 32, SHARED);
    ut_crypto_f5(shared, n1, n2, &initiator, &responder, mac_key, out);
    ut_octets_reversed(expected, 16, "6986791169d7cd23980522b594750a38");
    assert_memory_equal(out, expected, 16);
    ut_octets_reversed(expected, 16, MAC_KEY);
    assert_memory_equal(mac_key, expected, 16);
    responder.type = UT_ADDRESS_RANDOM;
    ut_crypto_f5(shared, n1, n2, &initiator, &responder, mac_key, out);
    assert_memory_not_equal(mac_key, expected, 16);
}

static void test_f6(void **state)
{
    (void)state;
    uint8_t r[16], io_cap[3];
    ut_octets_reversed(key, 16, MAC_KEY);
    ut_octets_reversed(r, 16, "12a3343bb453bb5408da42d20c2d0fc8");
    ut_octets_reversed(io_cap, 3, "010102");
    ut_octets_reversed(expected, 16, "e3c473989cd0e8c5d26c0b09da958f61");
    ut_crypto_f6(key, n1, n2, r, io_cap, &initiator, &responder, out);
    assert_memory_equal(out, expected, 16);
}

static void test_g2(void **state)
{
    (void)state;
    assert_int_equal(ut_crypto_g2(u, v, n1, n2), 0x2F9ED5BA % 1000000);
}

static void test_equal_and_wipe(void **state)
{
    (void)state;
    uint8_t a[5] = {1, 2, 3, 4, 5}, b[5] = {1, 2, 3, 4, 5}, zero[5] = {0};
    assert_true(ut_crypto_equal(a, b, 5));
    for (int i = 0; i < 5; i++) {
        b[i] ^= 0x80;
        assert_false(ut_crypto_equal(a, b, 5));
        b[i] ^= 0x80;
    }
    ut_crypto_wipe(a, 4);
    assert_memory_equal(a, zero, 4);
    assert_int_equal(a[4], 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_aes128, setup), cmocka_unit_test_setup(test_cmac, setup),
        cmocka_unit_test_setup(test_ah, setup),     cmocka_unit_test_setup(test_f4, setup),
        cmocka_unit_test_setup(test_f5, setup),     cmocka_unit_test_setup(test_f6, setup),
        cmocka_unit_test_setup(test_g2, setup),     cmocka_unit_test(test_equal_and_wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
