/* SPDX-License-Identifier: Apache-2.0 */
/* Both channels of a call as rows of 10 ms, for drawing: how far the waveform reaches, how loud, how high.
 *
 * in    {customer, agent} pairs, int16, 16 kHz, and the call that has just heard them: it analysed them already
 * out   rows of both parties; level and pitch as the call's own feature stages have them
 */
#ifndef UT_HOST_ROWS_H
#define UT_HOST_ROWS_H

#include "firmware/call.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_ROWS_MS = 10, UT_ROWS_SAMPLES = 160 };

struct ut_rows_row {
    int16_t low, high; /* least and greatest sample of [10 k, 10 k + 10) ms */
    int16_t level_q8;  /* dBFS Q8 at 10 k ms */
    uint16_t f0_q4;    /* Hz Q4; 0 = unvoiced */
    uint8_t speech;
};

struct ut_rows {
    struct ut_rows_row *row[2]; /* enum ut_party */
    size_t room;
    size_t made;     /* rows whose level and pitch are known */
    int64_t samples; /* per channel */
};

void ut_rows_init(struct ut_rows *r);
void ut_rows_free(struct ut_rows *r);

/* Pairs up to the end of a hop at most, which were the last that the call heard. 0, or -1 when out of memory. */
int ut_rows_push(struct ut_rows *r, const struct ut_call *call, const int16_t *pairs, size_t n);

/* The audio has ended, and the call has not been finished: the last rows. */
void ut_rows_finish(struct ut_rows *r, const struct ut_call *call);

/* Rows that the samples so far begin. */
size_t ut_rows_count(const struct ut_rows *r);

/* Pitch in semitones above 55 Hz; negative when unvoiced. */
double ut_rows_semitones(const struct ut_rows_row *row);

#endif
