/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/rows.h"

#include "host-tools/system/grow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ut_rows_init(struct ut_rows *r)
{
    memset(r, 0, sizeof *r);
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

/* Row number `made`, unless it is beyond the end, as some of the flush are. */
static void take(struct ut_rows *r, const struct ut_features *const heard[2])
{
    if (heard[0]->hops < (int64_t)r->made + UT_FEATURES_LOOKAHEAD || r->made >= ut_rows_count(r))
        return;
    for (int p = 0; p < 2; p++) {
        const struct ut_row *row = ut_features_row(heard[p]);
        struct ut_rows_row *out = &r->row[p][r->made];
        out->level_q8 = row->level_q8;
        out->f0_q4 = row->f0_q4;
        out->speech = row->speech;
    }
    r->made++;
}

int ut_rows_push(struct ut_rows *r, const struct ut_call *call, const int16_t *pairs, size_t n)
{
    size_t wanted = (size_t)((r->samples + (int64_t)n + UT_ROWS_SAMPLES - 1) / UT_ROWS_SAMPLES);
    if (reserve(r, wanted) != 0)
        return -1;
    size_t k = (size_t)(r->samples / UT_ROWS_SAMPLES);
    for (int p = 0; p < 2 && n > 0; p++) {
        struct ut_rows_row *row = &r->row[p][k];
        for (size_t i = 0; i < n; i++) {
            int16_t x = pairs[2 * i + (size_t)p];
            row->low = x < row->low ? x : row->low;
            row->high = x > row->high ? x : row->high;
        }
    }
    r->samples += (int64_t)n;
    take(r, (const struct ut_features *const[2]){[UT_CUSTOMER] = &call->customer.features, [UT_AGENT] = &call->agent});
    return 0;
}

void ut_rows_finish(struct ut_rows *r, const struct ut_call *call)
{
    static const int16_t silence[UT_ROWS_SAMPLES];
    struct ut_features heard[2] = {[UT_CUSTOMER] = call->customer.features, [UT_AGENT] = call->agent};
    struct ut_row row;
    while (r->made < ut_rows_count(r)) {
        int fill = heard[0].frame.fill, ready;
        for (int p = 0; p < 2; p++)
            (void)ut_features_push(&heard[p], silence, 1, UT_ROWS_SAMPLES - fill, &row, &ready);
        take(r, (const struct ut_features *const[2]){&heard[0], &heard[1]});
    }
}

double ut_rows_semitones(const struct ut_rows_row *row)
{
    return row->f0_q4 == 0 ? -1 : fmax(0, 12 * log2(row->f0_q4 / 16.0 / 55));
}
