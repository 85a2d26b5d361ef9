/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/sound_check.h"

#include <math.h>
#include <stdio.h>

/* Full scale is 1, a step of 16 bits 1 / 32768. */
static const double STEP = 1.0 / 32768;
static const struct {
    double far_over;   /* a peak no mix of voices reaches: 18 dB above full scale. Samples in int16 scale reach 90 dB */
    double over_share; /* of samples above full scale, with such a peak: one click is no wrong scale */
    double full;       /* two steps below full scale: what converters hold on to */
    double full_share; /* of samples there: what is loud reaches 3 %; what is clipped throughout, tens of percent */
    double offset;     /* mean: microphones and codecs stay below 0.02, and a tenth hides a quiet voice's level */
    double silent_steps; /* from lowest to highest: a line that is open has more noise than its last bit */
    double alaw_steps;   /* size of A-law's two smallest codes, which has no zero: a line at rest may have both */
} LIMIT = {8, 0.01, 1 - 2.0 / 32768, 0.05, 0.1, 2, 8};

void ut_sound_check_add(struct ut_sound_check *c, double sample)
{
    double size = fabs(sample);
    c->low = c->samples == 0 || sample < c->low ? sample : c->low;
    c->high = c->samples == 0 || sample > c->high ? sample : c->high;
    c->peak = size > c->peak ? size : c->peak;
    c->least = c->samples == 0 || size < c->least ? size : c->least;
    c->over += size > 1;
    c->full += size >= LIMIT.full;
    c->sum += sample;
    c->samples++;
}

bool ut_sound_check_silent(const struct ut_sound_check *c)
{
    bool one_size = c->least == c->peak && c->peak <= LIMIT.alaw_steps * STEP;
    return c->samples > 0 && (one_size || c->high - c->low <= LIMIT.silent_steps * STEP);
}

bool ut_sound_check_says(const struct ut_sound_check *c, char *text, size_t size)
{
    double n = (double)c->samples;
    text[0] = '\0';
    if (c->samples == 0)
        return false;
    if (c->peak > LIMIT.far_over && (double)c->over >= LIMIT.over_share * n) {
        snprintf(text, size, "%.0f %% of its samples lie above full scale, up to %.0f times", 100 * (double)c->over / n,
                 c->peak);
        return true;
    }
    if (ut_sound_check_silent(c))
        snprintf(text, size, "is silent throughout: all samples are %.4f of full scale, within %.0f steps of 16 bits",
                 c->low, ceil((c->high - c->low) / STEP));
    else if ((double)c->full >= LIMIT.full_share * n)
        snprintf(text, size, "is clipped: %.1f %% of its samples are at full scale; levels and scores are doubtful",
                 100 * (double)c->full / n);
    else if (fabs(c->sum / n) >= LIMIT.offset)
        snprintf(text, size, "has an offset of %.2f of full scale; its levels are doubtful", c->sum / n);
    return false;
}
