/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/double_rate.h"

#include <math.h>
#include <string.h>

enum { SIDE = UT_DOUBLE_RATE_SIDE, TAPS = UT_DOUBLE_RATE_TAPS };

void ut_double_rate_init(struct ut_double_rate *d)
{
    static const double pi = 3.14159265358979323846;
    int sum_q14 = 0;
    memset(d, 0, sizeof *d);
    for (int i = 0; i < TAPS; i++) {
        double x = i - SIDE + 0.5; /* distance from the new sample, in input samples */
        double turn = pi * x / (SIDE + 0.5), window = 0.42 + 0.5 * cos(turn) + 0.08 * cos(2 * turn); /* Blackman's */
        d->tap_q14[i] = (int16_t)lrint(16384 * window * sin(pi * x) / (pi * x));
        sum_q14 += d->tap_q14[i];
    }
    /* a constant stays what it is */
    d->tap_q14[SIDE - 1] = (int16_t)(d->tap_q14[SIDE - 1] + (16384 - sum_q14) / 2);
    d->tap_q14[SIDE] = (int16_t)(d->tap_q14[SIDE] + (16384 - sum_q14) - (16384 - sum_q14) / 2);
    d->count = SIDE - 1; /* zeros before the beginning */
}

/* Two samples for each that has SIDE - 1 before and SIDE behind it. */
static int make(struct ut_double_rate *d, int16_t *out)
{
    int n = d->count - (TAPS - 1);
    if (n <= 0)
        return 0;
    for (int party = 0; party < 2; party++) {
        int16_t *line = d->line[party];
        for (int i = 0; i < n; i++) {
            int32_t sum = 0; /* Q14: the taps' sizes add up to less than 4 */
            for (int k = 0; k < TAPS; k++)
                sum += line[i + k] * d->tap_q14[k];
            sum = (sum + 8192) >> 14;
            out[4 * i + party] = line[i + SIDE - 1];
            out[4 * i + 2 + party] = (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
        }
        memmove(line, line + n, (size_t)(d->count - n) * sizeof *line);
    }
    d->count -= n;
    return 2 * n;
}

int ut_double_rate_push(struct ut_double_rate *d, const int16_t *pairs, int n, int16_t *out)
{
    for (int i = 0; i < n; i++) {
        d->line[0][d->count + i] = pairs[2 * i];
        d->line[1][d->count + i] = pairs[2 * i + 1];
    }
    d->count += n;
    return make(d, out);
}

int ut_double_rate_end(struct ut_double_rate *d, int16_t *out)
{
    static const int16_t nothing[2 * SIDE];
    return ut_double_rate_push(d, nothing, SIDE, out);
}
