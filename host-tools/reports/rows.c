/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/rows.h"

#include "host-tools/system/grow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ut_rows_init(struct ut_rows *r)
{
    memset(r, 0, sizeof *r);
    for (int p = 0; p < 2; p++)
        ut_features_init(&r->features[p]);
}

void ut_rows_free(struct ut_rows *r)
{
    for (int p = 0; p < 2; p++)
        free(r->row[p]);
    memset(r, 0, sizeof *r);
}

size_t ut_rows_count(const struct ut_rows *r)
{
    return (size_t)((r->samples + UT_ROWS_SAMPLES - 1) / UT_ROWS_SAMPLES);
}

static int reserve(struct ut_rows *r, size_t rows)
{
    if (rows <= r->room)
        return 0;
    size_t room = r->room;
    for (int p = 0; p < 2; p++) {
        room = r->room; /* the same for both */
        struct ut_rows_row *grown = ut_grow(r->row[p], &room, rows, sizeof *grown);
        if (grown == NULL)
            return -1;
        memset(grown + r->room, 0, (room - r->room) * sizeof *grown);
        r->row[p] = grown;
    }
    r->room = room;
    return 0;
}

/* Rows come 40 ms after their samples, so that there is room for them already; those of the flush beyond the end are
 * left out. */
static void analyse(struct ut_rows *r, const int16_t *pairs, size_t n, size_t wanted)
{
    while (n > 0) {
        int taken = 0, ready = 0;
        struct ut_row row[2];
        int step = n < 16384 ? (int)n : 16384;
        for (int p = 0; p < 2; p++)
            taken = ut_features_push(&r->features[p], pairs + p, 2, step, &row[p], &ready);
        if (ready && r->made < wanted) {
            for (int p = 0; p < 2; p++) {
                struct ut_rows_row *out = &r->row[p][r->made];
                out->level_q8 = row[p].level_q8;
                out->f0_q4 = row[p].f0_q4;
                out->speech = row[p].speech;
            }
            r->made++;
        }
        pairs += 2 * taken;
        n -= (size_t)taken;
    }
}

int ut_rows_push(struct ut_rows *r, const int16_t *pairs, size_t n)
{
    size_t wanted = (size_t)((r->samples + (int64_t)n + UT_ROWS_SAMPLES - 1) / UT_ROWS_SAMPLES);
    if (reserve(r, wanted) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)((r->samples + (int64_t)i) / UT_ROWS_SAMPLES);
        for (int p = 0; p < 2; p++) {
            struct ut_rows_row *row = &r->row[p][k];
            int16_t x = pairs[2 * i + (size_t)p];
            if (x < row->low)
                row->low = x;
            if (x > row->high)
                row->high = x;
        }
    }
    r->samples += (int64_t)n;
    analyse(r, pairs, n, wanted);
    return 0;
}

void ut_rows_finish(struct ut_rows *r)
{
    static const int16_t silence[2 * UT_ROWS_SAMPLES];
    size_t wanted = ut_rows_count(r);
    while (r->made < wanted)
        analyse(r, silence, UT_ROWS_SAMPLES, wanted);
}

double ut_rows_semitones(const struct ut_rows_row *row)
{
    return row->f0_q4 == 0 ? -1 : fmax(0, 12 * log2(row->f0_q4 / 16.0 / 55));
}
