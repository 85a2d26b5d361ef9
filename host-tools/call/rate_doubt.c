/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/rate_doubt.h"

#include "firmware/turns.h"
#include "host-tools/cues/readings.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* Octaves: weight x pitch above 55 Hz + log2 of the syllables per second. No recording at its right rate reached these;
 * a deep voice may be slower than any of theirs. DESIGN.md "A header's rate". */
static const struct {
    double high_weight, high, low_weight, low;
    uint32_t records; /* of 250 ms, with a pitch and with a pace: less speech says nothing */
} LIMIT = {0.5, 3.8, 2, 2.5, 40};

void ut_rate_doubt_add(struct ut_rate_doubt *r, const struct ut_wire_score *score)
{
    if (!ut_wire_speaks(score, UT_CUSTOMER))
        return;
    if (score->customer_f0 > 0) {
        r->pitch[score->customer_f0]++;
        r->pitched++;
    }
    if (score->customer_pace > 0) {
        r->pace += ut_readings_pace(score->customer_pace);
        r->paced++;
    }
}

/* Octaves above 55 Hz. */
static double median(const struct ut_rate_doubt *r)
{
    uint32_t seen = 0;
    for (int code = 1; code < 256; code++) {
        seen += r->pitch[code];
        if (2 * seen >= r->pitched)
            return ut_readings_semitones((uint8_t)code) / 12;
    }
    return 0;
}

void ut_rate_doubt_says(const struct ut_rate_doubt *r, char *text, size_t size)
{
    text[0] = '\0';
    if (r->pitched < LIMIT.records || r->paced < LIMIT.records)
        return;
    double pitch = median(r), pace = r->pace / r->paced;
    bool high = LIMIT.high_weight * pitch + log2(pace) > LIMIT.high;
    if (high || LIMIT.low_weight * pitch + log2(pace) < LIMIT.low)
        snprintf(text, size,
                 "the customer's voice is %s than people's (%.0f Hz, %.1f syllables/s); is the rate in the header "
                 "%s what it was recorded at?",
                 high ? "higher and faster" : "lower and slower", 55 * pow(2, pitch), pace, high ? "twice" : "half");
}
