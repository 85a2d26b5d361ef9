/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/random.h"
#include "tests/firmware/ble/seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_random random_a, random_b;
static uint8_t a[100], b[100], zeros[100];

static int setup(void **state)
{
    (void)state;
    seam_reset();
    memset(a, 0xAA, sizeof a);
    memset(b, 0xBB, sizeof b);
    return 0;
}

/* A board without a source: nothing comes out before the controller has given the whole seed. */
static void test_unseeded(void **state)
{
    (void)state;
    static const uint8_t from_controller[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    seam.noise = 0;
    ut_random_init(&random_a);
    for (size_t wanted = UT_RANDOM_SEED; wanted > 0; wanted -= 8) {
        assert_int_equal(ut_random_wanted(&random_a), wanted);
        memset(a, 0xAA, sizeof a);
        assert_int_equal(ut_random_draw(&random_a, a, sizeof a), -1);
        assert_memory_equal(a, zeros, sizeof a);
        ut_random_add(&random_a, from_controller, 8);
    }
    assert_int_equal(ut_random_wanted(&random_a), 0);
    assert_int_equal(ut_random_draw(&random_a, a, sizeof a), 0);
    assert_memory_not_equal(a, zeros, sizeof a);
    ut_random_add(&random_a, from_controller, 8);
    assert_int_equal(ut_random_wanted(&random_a), 0);
}

static void test_seeded_by_the_board(void **state)
{
    (void)state;
    ut_random_init(&random_a);
    assert_int_equal(ut_random_wanted(&random_a), 0);
    ut_random_init(&random_b);
    assert_int_equal(ut_random_draw(&random_a, a, sizeof a), 0);
    assert_int_equal(ut_random_draw(&random_b, b, sizeof b), 0);
    assert_memory_not_equal(a, b, sizeof a);
}

/* The same seed gives the same bytes; neither a second drawing nor one after more seed repeats them; what is left after
 * a drawing is not what was before it. */
static void test_never_twice(void **state)
{
    (void)state;
    ut_random_init(&random_a);
    random_b = random_a;
    ut_random_draw(&random_a, a, sizeof a);
    assert_memory_not_equal(random_a.key, random_b.key, sizeof random_a.key);
    for (size_t i = 0; i + 16 <= sizeof a; i++)
        assert_memory_not_equal(a + i, random_a.key, 16);
    ut_random_draw(&random_b, b, sizeof b);
    assert_memory_equal(a, b, sizeof a);
    for (size_t i = 16; i < 96; i += 16)
        assert_memory_not_equal(a, a + i, 16);
    ut_random_draw(&random_b, b, sizeof b);
    assert_memory_not_equal(a, b, 16);
    ut_random_add(&random_b, zeros, 1);
    ut_random_draw(&random_a, a, sizeof a);
    ut_random_draw(&random_b, b, sizeof b);
    assert_memory_not_equal(a, b, 16);
}

/* Every length, and no bytes beyond it. Bits are even: 32000 of them, 5 standard deviations. */
static void test_lengths_and_bits(void **state)
{
    (void)state;
    ut_random_init(&random_a);
    for (size_t len = 0; len < sizeof a; len++) {
        memset(a, 0xAA, sizeof a);
        ut_random_draw(&random_a, a, len);
        for (size_t i = len; i < sizeof a; i++)
            assert_int_equal(a[i], 0xAA);
    }
    int ones = 0;
    for (int i = 0; i < 40; i++) {
        ut_random_draw(&random_a, a, sizeof a);
        for (size_t bit = 0; bit < 8 * sizeof a; bit++)
            ones += a[bit / 8] >> bit % 8 & 1;
    }
    assert_in_range(ones, 16000 - 447, 16000 + 447);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_unseeded, setup),
        cmocka_unit_test_setup(test_seeded_by_the_board, setup),
        cmocka_unit_test_setup(test_never_twice, setup),
        cmocka_unit_test_setup(test_lengths_and_bits, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
