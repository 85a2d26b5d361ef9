/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/baseline.h"

void ut_baseline_add(struct ut_baseline *b, uint8_t value)
{
    b->count[value]++;
    b->n++;
}

/* The value below which `below` of the counts lie. */
static int ranked(const uint32_t count[256], uint32_t below)
{
    uint32_t seen = 0;
    for (int value = 0; value < 256; value++) {
        seen += count[value];
        if (seen > below)
            return value;
    }
    return 255;
}

static double median(const uint32_t count[256], uint32_t n)
{
    return n == 0 ? 0 : 0.5 * (ranked(count, (n - 1) / 2) + ranked(count, n / 2));
}

double ut_baseline_median(const struct ut_baseline *b)
{
    return median(b->count, b->n);
}

double ut_baseline_mad(const struct ut_baseline *b)
{
    /* distances in halves, since the median may lie between two values */
    uint32_t count[512] = {0}, seen = 0;
    if (b->n == 0)
        return 0;
    int doubled = (int)(2 * ut_baseline_median(b));
    for (int value = 0; value < 256; value++) {
        int distance = 2 * value - doubled;
        count[distance < 0 ? -distance : distance] += b->count[value];
    }
    int half = 0;
    for (; half < 511; half++) {
        seen += count[half];
        if (seen > (b->n - 1) / 2)
            break;
    }
    return 0.5 * half;
}
