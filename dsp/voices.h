/* SPDX-License-Identifier: Apache-2.0 */
/* Two voices in turn in one channel, by the pitch of its stretches of speech.
 *
 * in    rows of one channel (dsp/features.h), one after the other
 * out   found  1 = the last stretches are of two voices that alternate without a gap
 * A party who is heard alone leaves gaps while the other one speaks, so a gap of 2.5 s starts afresh; one voice moves
 * through its registers, two leave a hole between them. Mean pitch per stretch, split in two where the variance between
 * the parts is greatest (Otsu 1979). Voices of one pitch are not told apart. Constant time but for the row that ends a
 * stretch. Total. SPEC.md "Two voices in one channel".
 */
#ifndef UT_DSP_VOICES_H
#define UT_DSP_VOICES_H

#include "dsp/features.h"

#include <stdint.h>

enum { UT_VOICES_STRETCHES = 28 };

struct ut_voices {
    int16_t pitch_q4[UT_VOICES_STRETCHES]; /* semitones above 55 Hz, Q4; a ring */
    uint8_t at, n;                         /* where the next goes, how many there are */
    uint8_t rows, voiced;                  /* of the stretch that is open: rows of speech, those with a pitch */
    uint8_t quiet;                         /* rows since speech, saturates */
    uint8_t found;
    int32_t sum_q8; /* of the open stretch's pitch */
};

void ut_voices_init(struct ut_voices *v);
void ut_voices_hop(struct ut_voices *v, const struct ut_row *row);

#endif
