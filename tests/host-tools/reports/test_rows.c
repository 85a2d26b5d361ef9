/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/rows.h"

#include "tests/host-tools/heard.h"

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
static struct ut_heard whole, parts;

/* The customer hums at 125 Hz for the first half, the agent is silent. */
static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        int phase = i % 128;
        pairs[2 * i] = (int16_t)(i < N / 2 ? 200 * (phase < 64 ? 32 - phase : phase - 96) : 0);
        pairs[2 * i + 1] = 0;
    }
    return ut_heard_begin(&whole) != 0 || ut_heard_begin(&parts) != 0 ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_rows_free(&whole.rows);
    ut_rows_free(&parts.rows);
    return 0;
}

static void a_row_per_hop_begun(void **state)
{
    (void)state;
    assert_int_equal(ut_heard_push(&whole, pairs, N), 0);
    ut_rows_finish(&whole.rows, &whole.call);
    assert_int_equal(ut_rows_count(&whole.rows), 101);
    assert_int_equal(whole.rows.made, 101);
}

static void chunks_do_not_matter(void **state)
{
    (void)state;
    assert_int_equal(ut_heard_push(&whole, pairs, N), 0);
    ut_rows_finish(&whole.rows, &whole.call);
    for (size_t at = 0; at < N; at += 77)
        assert_int_equal(ut_heard_push(&parts, pairs + 2 * at, N - at < 77 ? N - at : 77), 0);
    ut_rows_finish(&parts.rows, &parts.call);
    assert_int_equal(parts.rows.made, whole.rows.made);
    for (int p = 0; p < 2; p++) {
        for (size_t k = 0; k < whole.rows.made; k++) {
            const struct ut_rows_row *a = &whole.rows.row[p][k], *b = &parts.rows.row[p][k];
            assert_true(a->low == b->low && a->high == b->high && a->level_q8 == b->level_q8 && a->f0_q4 == b->f0_q4 &&
                        a->speech == b->speech);
        }
    }
}

/* Whatever is left of the last hop, and however short the call: the rows are those of feature stages of their own. */
static void rows_are_those_of_the_features(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 159, 160, 161, 480, 639, 640, 641, N};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t n = lengths[i], k = 0;
        static const int16_t silence[2 * UT_ROWS_SAMPLES];
        struct ut_features alone;
        struct ut_row row;
        int ready;
        ut_rows_free(&whole.rows);
        assert_int_equal(ut_heard_begin(&whole), 0);
        assert_int_equal(ut_heard_push(&whole, pairs, n), 0);
        ut_rows_finish(&whole.rows, &whole.call);
        assert_int_equal(whole.rows.made, (n + 159) / 160);
        ut_features_init(&alone);
        for (size_t at = 0; k < whole.rows.made; at++) {
            (void)ut_features_push(&alone, at < n ? pairs + 2 * at : silence, 2, 1, &row, &ready);
            if (!ready)
                continue;
            const struct ut_rows_row *drawn = &whole.rows.row[UT_CUSTOMER][k++];
            assert_int_equal(drawn->level_q8, row.level_q8);
            assert_int_equal(drawn->f0_q4, row.f0_q4);
            assert_int_equal(drawn->speech, row.speech);
        }
    }
}

static void reach_and_pitch(void **state)
{
    (void)state;
    assert_int_equal(ut_heard_push(&whole, pairs, N), 0);
    ut_rows_finish(&whole.rows, &whole.call);
    assert_int_equal(whole.rows.row[0][20].low, -6400);
    assert_int_equal(whole.rows.row[0][20].high, 6400);
    assert_int_equal(whole.rows.row[1][20].high, 0);
    assert_int_equal(whole.rows.row[0][80].low, 0);
    assert_true(whole.rows.row[0][30].f0_q4 > 120 * 16 && whole.rows.row[0][30].f0_q4 < 130 * 16);
    assert_true(whole.rows.row[0][30].level_q8 > whole.rows.row[1][30].level_q8 + 40 * 256);
    double semitones = ut_rows_semitones(&whole.rows.row[0][30]);
    assert_true(semitones > 13.5 && semitones < 15); /* 12 log2(125 / 55) = 14.2 */
    assert_true(ut_rows_semitones(&whole.rows.row[1][30]) < 0);
}

static void nothing_gives_nothing(void **state)
{
    (void)state;
    ut_rows_finish(&whole.rows, &whole.call);
    assert_int_equal(ut_rows_count(&whole.rows), 0);
    assert_int_equal(whole.rows.made, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_row_per_hop_begun), TEST(chunks_do_not_matter),  TEST(rows_are_those_of_the_features),
        TEST(reach_and_pitch),     TEST(nothing_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
