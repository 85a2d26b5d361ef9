/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a recording was made at another rate than its header says: a voice higher and faster than people's, or lower
 * and slower.
 *
 * in    the customer's score records of one call
 * out   one line for people with the figures, or none
 * Three in four of those half as fast cannot be told from a low, slow voice (DESIGN.md "A header's rate").
 */
#ifndef UT_HOST_RATE_DOUBT_H
#define UT_HOST_RATE_DOUBT_H

#include "firmware/wire.h"

#include <stddef.h>
#include <stdint.h>

/* All zero at the begin. */
struct ut_rate_doubt {
    uint32_t pitch[256]; /* records by customer_f0 */
    uint32_t pitched, paced;
    double pace; /* sum, syllables/s */
};

void ut_rate_doubt_add(struct ut_rate_doubt *r, const struct ut_wire_score *score);

/* Writes the line into text, "" where the rate may be right. */
void ut_rate_doubt_says(const struct ut_rate_doubt *r, char *text, size_t size);

#endif
