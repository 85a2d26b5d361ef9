/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 16000 + 70 };

static int16_t pairs[2 * N];
static struct ut_rows whole, parts;

/* The customer hums at 125 Hz for the first half, the agent is silent. */
static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        int phase = i % 128;
        pairs[2 * i] = (int16_t)(i < N / 2 ? 200 * (phase < 64 ? 32 - phase : phase - 96) : 0);
        pairs[2 * i + 1] = 0;
    }
    ut_rows_init(&whole);
    ut_rows_init(&parts);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_rows_free(&whole);
    ut_rows_free(&parts);
    return 0;
}

static void a_row_per_hop_begun(void **state)
{
    (void)state;
    assert_int_equal(ut_rows_push(&whole, pairs, N), 0);
    ut_rows_finish(&whole);
    assert_int_equal(ut_rows_count(&whole), 101);
    assert_int_equal(whole.made, 101);
}

static void chunks_do_not_matter(void **state)
{
    (void)state;
    assert_int_equal(ut_rows_push(&whole, pairs, N), 0);
    ut_rows_finish(&whole);
    for (size_t at = 0; at < N; at += 77)
        assert_int_equal(ut_rows_push(&parts, pairs + 2 * at, N - at < 77 ? N - at : 77), 0);
    ut_rows_finish(&parts);
    assert_int_equal(parts.made, whole.made);
    for (int p = 0; p < 2; p++) {
        for (size_t k = 0; k < whole.made; k++) {
            const struct ut_rows_row *a = &whole.row[p][k], *b = &parts.row[p][k];
            assert_true(a->low == b->low && a->high == b->high && a->level_q8 == b->level_q8 && a->f0_q4 == b->f0_q4 &&
                        a->speech == b->speech);
        }
    }
}

static void reach_and_pitch(void **state)
{
    (void)state;
    assert_int_equal(ut_rows_push(&whole, pairs, N), 0);
    ut_rows_finish(&whole);
    assert_int_equal(whole.row[0][20].low, -6400);
    assert_int_equal(whole.row[0][20].high, 6400);
    assert_int_equal(whole.row[1][20].high, 0);
    assert_int_equal(whole.row[0][80].low, 0);
    assert_true(whole.row[0][30].f0_q4 > 120 * 16 && whole.row[0][30].f0_q4 < 130 * 16);
    assert_true(whole.row[0][30].level_q8 > whole.row[1][30].level_q8 + 40 * 256);
    double semitones = ut_rows_semitones(&whole.row[0][30]);
    assert_true(semitones > 13.5 && semitones < 15); /* 12 log2(125 / 55) = 14.2 */
    assert_true(ut_rows_semitones(&whole.row[1][30]) < 0);
}

static void nothing_gives_nothing(void **state)
{
    (void)state;
    ut_rows_finish(&whole);
    assert_int_equal(ut_rows_count(&whole), 0);
    assert_int_equal(whole.made, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_row_per_hop_begun),
        TEST(chunks_do_not_matter),
        TEST(reach_and_pitch),
        TEST(nothing_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
