/* SPDX-License-Identifier: Apache-2.0 */
/* Speech or not, every 10 ms, from band levels above a tracked noise floor and from periodicity.
 *
 * in    band levels (dsp/spectrum.h), level and voicing strength of the frame centred at 10 (n - 2) ms; the pitch
 *       decided last, of the frame centred at 10 (n - 5) ms
 * out   for the frame centred at 10 (n - 4) ms, UT_SPEECH_LOOKAHEAD frames later:
 *       speech  0 or 1
 *       tonal   1 = strong periodicity in a spectrum that does not move, for 300 ms: dial tone, hold tone
 *       snr_q8  running level of speech minus the noise floor's level, dB Q8, 0..96 dB
 * Noise floor: per band, the least smoothed level of the last 2 to 2.5 s (minimum statistics, Martin 2001), no further
 * than 41 dB below the peak of the bands above 410 Hz. Floors and peaks follow what is heard, from the first frame on:
 * the same decision at every gain.
 * Decision: nineteen measurements, averaged over five frames, through a 19-48-1 network with trained integer weights
 * (dsp/speech_net.h), less what is held against a voice (dsp/doubt.h). SPEC.md "Speech".
 */
#ifndef UT_DSP_SPEECH_H
#define UT_DSP_SPEECH_H

#include "dsp/doubt.h"
#include "dsp/spectrum.h"
#include "dsp/speech_net.h"

#include <stdint.h>

enum {
    UT_SPEECH_TRACKS = UT_SPECTRUM_BANDS + 1, /* noise floors: the bands' and the whole level's */
    UT_SPEECH_LOOKAHEAD = 2,
    UT_SPEECH_SPAN = 2 * UT_SPEECH_LOOKAHEAD + 1, /* frames averaged for a decision */
    UT_SPEECH_MINIMA = 4,                         /* complete blocks of 0.5 s whose minima make the floor */
    UT_SPEECH_SHORT = 20,                         /* frames of the short trailing means */
    UT_SPEECH_GROUPS = 5,                         /* of four bands each: 0-3, 4-7, 8-11, 12-15, 16-19 */
    UT_SPEECH_PEAKS = UT_SPEECH_GROUPS + 2,       /* running peaks: the groups', the upper bands', the level's */
    UT_SPEECH_UPPER = 4,                          /* the bands from here on, above 400 Hz, are free of hum */
    UT_SPEECH_LONG = 40                           /* frames of the modulation depth */
};

/* The measurements, Q8. "Above" is a band's level above its noise floor, 0..24 dB. */
enum {
    UT_SPEECH_ABOVE = 0,                   /* mean of each group's bands */
    UT_SPEECH_STRENGTH = UT_SPEECH_GROUPS, /* voicing strength, 0..1 */
    UT_SPEECH_FLUX,                        /* mean absolute change of the bands since the frame before, 0..8 dB */
    UT_SPEECH_ABOVE_MEAN,                  /* mean of all bands above, last 200 ms */
    UT_SPEECH_ABOVE_DEPTH,                 /* its standard deviation over the last 400 ms */
    UT_SPEECH_STRENGTH_MEAN,               /* mean strength, last 200 ms */
    UT_SPEECH_PRODUCT,                     /* strength times the mean above, the latter at most 12 dB */
    UT_SPEECH_BELOW, /* mean of bands 4-19 below its own running peak, which falls 1 dB/s, 0..48 dB */
    UT_SPEECH_CREST, /* loudest band above the mean of the bands, 0..48 dB */
    UT_SPEECH_RANGE, /* each group's running peak above its mean floor, 0..48 dB */
    UT_SPEECH_LEVEL_BELOW = UT_SPEECH_RANGE + UT_SPEECH_GROUPS, /* level below its own running peak, 0..48 dB */
    UT_SPEECH_INPUTS
};

struct ut_speech {
    int16_t smooth_q8[UT_SPEECH_TRACKS];
    int16_t minima_q8[UT_SPEECH_MINIMA + 1][UT_SPEECH_TRACKS]; /* [0] = block in progress, then newest first */
    int16_t least_q8[UT_SPEECH_TRACKS];                        /* of the complete blocks */
    int16_t before_q8[UT_SPECTRUM_BANDS];                      /* band levels of the frame before */
    int32_t peak_q16[UT_SPEECH_PEAKS];                         /* running peaks of speech, dBFS */
    int32_t loud_q16[UT_SPEECH_PEAKS];                         /* of whatever was loud just now */
    int16_t floor_least_q8;                                    /* what a floor is at least, before its bias */
    int32_t rows;                                              /* frames seen; at 60100 it goes back to 100 */
    int16_t above_q8[UT_SPEECH_LONG];                          /* mean of all bands, ring */
    int16_t strength_q8[UT_SPEECH_SHORT];                      /* ring */
    int32_t above_at, strength_at;
    int32_t above_short, above_long, strength_short; /* sums over the last 20, 40 and 20 frames */
    uint32_t above_squares;                          /* over the last 40 */
    int16_t x_q8[UT_SPEECH_SPAN][UT_SPEECH_INPUTS];  /* measurements: a ring */
    int32_t sum_q8[UT_SPEECH_INPUTS];                /* of the ring */
    uint8_t steady[UT_SPEECH_SPAN];                  /* steady frames in a row: a ring */
    int16_t level_q8[UT_SPEECH_SPAN];                /* a ring */
    int32_t at;                                      /* of the three: where the newest frame goes */
    int16_t mean_q8[UT_SPEECH_PADDED];               /* the network's input at the last decision */
    int32_t score_q16;                               /* its output and the doubt: log-odds of speech */
    struct ut_doubt doubt;
    int32_t speech_level_q16; /* running, dBFS */
    uint8_t speech;
    uint8_t tonal;
    int16_t snr_q8;
};

void ut_speech_init(struct ut_speech *s);
void ut_speech_hop(struct ut_speech *s, const struct ut_spectrum *spectrum, int16_t level_q8, int16_t strength_q15,
                   uint16_t f0_q4);

#endif
