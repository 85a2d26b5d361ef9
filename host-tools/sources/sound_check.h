/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a party's samples can be a recording of speech at all: what is wrong with them, in words with the figure.
 *
 * in    every sample of one channel, full scale 1
 * out   one line for people, or none
 * Specified in SPEC.md "Audio files".
 */
#ifndef UT_HOST_SOUND_CHECK_H
#define UT_HOST_SOUND_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero at the begin. */
struct ut_sound_check {
    int64_t samples, over, full;        /* all; those above full scale; those at or above it */
    double sum, low, high, peak, least; /* peak and least: the largest and smallest without their signs */
};

void ut_sound_check_add(struct ut_sound_check *c, double sample);

/* There are samples, and none of them is heard. */
bool ut_sound_check_silent(const struct ut_sound_check *c);

/* Writes what is wrong into text, "" where nothing is. True: no result can be right. */
bool ut_sound_check_says(const struct ut_sound_check *c, char *text, size_t size);

#endif
