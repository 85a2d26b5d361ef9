/* SPDX-License-Identifier: Apache-2.0 */
/* Against the sample data of the Core specification (volume 2, part G, 7.1) and multiples of the generator that are
 * known by themselves; and what must be refused. */
#include "firmware/ble/crypto.h"
#include "firmware/ble/p256.h"
#include "tests/firmware/ble/octets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PRIME "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define GENERATOR_X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define GENERATOR_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"

static const struct sample {
    const char *secret[2], *x[2], *y[2], *shared;
} samples[] = {
    {{"3f49f6d4a3c55f3874c9b3e3d2103f504aff607beb40b7995899b8a6cd3c1abd",
      "55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd"},
     {"20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6",
      "1ea1f0f01faf1d9609592284f19e4c0047b58afd8615a69f559077b22faaa190"},
     {"dc809c49652aeb6d63329abf5a52155c766345c28fed3024741c8ed01589d28b",
      "4c55f33e429dad377356703a9ab85160472d1130e28e36765f89aff915b1214a"},
     "ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698"},
    {{"06a516693c9aa31a6084545d0c5db641b48572b97203ddffb7ac73f7d0457663",
      "529aa0670d72cd6497502ed473502b037e8803b5c60829a5a3caa219505530ba"},
     {"2c31a47b5779809ef44cb5eaaf5c3e43d5f8faad4a8794cb987e9b03745c78dd",
      "f465e43ff23d3f1b9dc7dfc04da8758184dbc966204796eccf0d6cf5e16500cc"},
     {"919512183898dfbecd52e2408e43871fd021109117bd3ed4eaf8437743715d4f",
      "0201d048bcbbd899eeefc424164e33c201c2b010ca6b4d43a8a155cad8ecb279"},
     "ab85843a2f6d883f62e5684b38e307335fe6e1945ecd19604105c6f23221eb69"},
};

static struct ut_p256 curve;
static uint8_t point[64], expected[64], secret[32];

static void set_point(uint8_t to[64], const char *x, const char *y)
{
    ut_octets_reversed(to, 32, x);
    ut_octets_reversed(to + 32, 32, y);
}

static void finish(uint8_t to[64])
{
    static const struct ut_p256 wiped;
    int slices = 1;
    while (ut_p256_step(&curve))
        slices++;
    assert_int_equal(slices, UT_P256_SLICES);
    assert_int_equal(ut_p256_step(&curve), 0);
    ut_p256_end(&curve, to);
    assert_memory_equal(&curve, &wiped, sizeof curve);
}

static void test_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        for (int side = 0; side < 2; side++) {
            const struct sample *s = &samples[i];
            ut_octets_reversed(secret, 32, s->secret[side]);
            assert_true(ut_p256_secret_valid(secret));
            set_point(expected, s->x[side], s->y[side]);
            ut_p256_begin_public(&curve, secret);
            finish(point);
            assert_memory_equal(point, expected, 64);
            set_point(point, s->x[!side], s->y[!side]);
            assert_true(ut_p256_point_valid(point));
            assert_int_equal(ut_p256_begin_shared(&curve, secret, point), 0);
            finish(point);
            ut_octets_reversed(expected, 32, s->shared);
            assert_memory_equal(point, expected, 32);
        }
    }
}

/* The smallest and the largest secret: the generator, and its mirror image. */
static void test_ends_of_the_range(void **state)
{
    (void)state;
    memset(secret, 0, sizeof secret);
    secret[0] = 1;
    set_point(expected, GENERATOR_X, GENERATOR_Y);
    ut_p256_begin_public(&curve, secret);
    finish(point);
    assert_memory_equal(point, expected, 64);
    ut_octets_reversed(secret, 32, ORDER);
    secret[0]--;
    ut_octets_reversed(expected + 32, 32, "b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a");
    ut_p256_begin_public(&curve, secret);
    finish(point);
    assert_memory_equal(point, expected, 64);
    for (uint8_t k = 2; k < 17; k++) {
        static uint8_t other[64];
        memset(secret, 0, sizeof secret);
        secret[0] = k;
        ut_p256_begin_public(&curve, secret);
        finish(point);
        ut_octets_reversed(secret, 32, ORDER);
        secret[0] = (uint8_t)(secret[0] - k);
        ut_p256_begin_public(&curve, secret);
        finish(other);
        assert_memory_equal(point, other, 32);
        assert_memory_not_equal(point + 32, other + 32, 32);
        assert_true(ut_p256_point_valid(point));
    }
}

static void test_secret_range(void **state)
{
    (void)state;
    memset(secret, 0, sizeof secret);
    assert_false(ut_p256_secret_valid(secret));
    secret[31] = 1;
    assert_true(ut_p256_secret_valid(secret));
    ut_octets_reversed(secret, 32, ORDER);
    assert_false(ut_p256_secret_valid(secret));
    secret[0]--;
    assert_true(ut_p256_secret_valid(secret));
    secret[0] = (uint8_t)(secret[0] + 2);
    assert_false(ut_p256_secret_valid(secret));
    memset(secret, 0xFF, sizeof secret);
    assert_false(ut_p256_secret_valid(secret));
}

static void refuse(void)
{
    assert_false(ut_p256_point_valid(point));
    assert_int_equal(ut_p256_begin_shared(&curve, secret, point), -1);
    assert_int_equal(ut_p256_step(&curve), 0);
}

static void test_invalid_points(void **state)
{
    (void)state;
    memset(secret, 1, sizeof secret);
    memset(point, 0, sizeof point);
    refuse();
    set_point(point, GENERATOR_X, GENERATOR_Y);
    for (size_t bit = 0; bit < 512; bit += 37) {
        point[bit / 8] ^= (uint8_t)(1 << bit % 8);
        refuse();
        point[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    memset(point + 32, 0, 32); /* the attack of 2018: right x, zero y */
    refuse();
    memset(point, 0xFF, sizeof point);
    refuse();
    set_point(point, PRIME, GENERATOR_Y);
    refuse();
    set_point(point, GENERATOR_X, PRIME);
    refuse();
    /* On the curve with x = 0; the same with x + prime names it a second time and is refused. */
    set_point(point, "0000000000000000000000000000000000000000000000000000000000000000",
              "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
    assert_true(ut_p256_point_valid(point));
    ut_octets_reversed(point, 32, PRIME);
    refuse();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_ends_of_the_range),
        cmocka_unit_test(test_secret_range),
        cmocka_unit_test(test_invalid_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
