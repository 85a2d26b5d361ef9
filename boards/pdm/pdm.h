/* SPDX-License-Identifier: Apache-2.0 */
/* Microphones and converters that run faster than the pipeline -> 16 kHz.
 *
 * pdm    in: the bits of a sigma-delta microphone at 1.024 MHz, 16 to a word, the most significant bit first in time;
 *        out: int16 Q15, 16 kHz; all ones is 32767, all zeros -32768. A sinc^4 filter to 64 kHz, then a low-pass.
 * fir    in: int16 Q15 at 64 kHz; out: int16 Q15, 16 kHz. The low-pass alone.
 *
 * Both pass 0 to 7 kHz within 0.02 dB and what would fold back onto that band is at least 65 dB down; gain 1, delay
 * 1.2 ms, output rounded half up and saturated. Integers only, no errors. Filters: boards/pdm/tables.py; the method is
 * E. B. Hogenauer's (IEEE Trans. ASSP 29, 1981), summed byte by byte from a table instead of by integrators.
 */
#ifndef UT_BOARDS_PDM_PDM_H
#define UT_BOARDS_PDM_PDM_H

#include <stddef.h>
#include <stdint.h>

enum {
    UT_PDM_STREAM_HZ = 1024000,
    UT_PDM_FIR_HZ = 64000,
    UT_PDM_RATIO = 4, /* of 64 kHz to 16 kHz: words of 16 bits, or samples, per output */
    UT_PDM_TAPS = 144,
    UT_PDM_PIECE = 20 /* outputs per pass */
};

struct ut_pdm_fir {
    int16_t line[UT_PDM_TAPS - UT_PDM_RATIO + UT_PDM_RATIO * UT_PDM_PIECE];
};

struct ut_pdm {
    uint16_t words[3]; /* the newest bits but for those to come, oldest first */
    struct ut_pdm_fir fir;
};

void ut_pdm_init(struct ut_pdm *p);

/* Takes 4 n words and writes n samples, `stride` apart. */
void ut_pdm_take(struct ut_pdm *p, const volatile uint16_t *words, size_t n, int16_t *out, size_t stride);

void ut_pdm_fir_init(struct ut_pdm_fir *f);

/* Takes 4 n samples, left-aligned unsigned (0x8000 is the middle), and writes n samples, `stride` apart. */
void ut_pdm_fir_take(struct ut_pdm_fir *f, const volatile uint16_t *in, size_t n, int16_t *out, size_t stride);

#endif
