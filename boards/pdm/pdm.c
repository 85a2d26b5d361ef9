/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/pdm/pdm.h"

#include "boards/pdm/tables.h"

#include <string.h>

enum { HISTORY = UT_PDM_TAPS - UT_PDM_RATIO, HALF = UT_PDM_TAPS / 2 };

_Static_assert(HALF % 4 == 0, "low_pass takes four taps at a time");
_Static_assert(sizeof ut_pdm_after_cic_q15 == HALF * sizeof(int16_t), "boards/pdm/tables.py has another length");

void ut_pdm_fir_init(struct ut_pdm_fir *f)
{
    memset(f->line, 0, sizeof f->line);
}

void ut_pdm_init(struct ut_pdm *p)
{
    /* Half the bits set is silence; zeros would be a step of full scale. */
    for (int i = 0; i < 3; i++)
        p->words[i] = 0x5555;
    ut_pdm_fir_init(&p->fir);
}

/* x holds UT_PDM_TAPS samples; h_q15 is the first half of a symmetric filter. */
static int16_t low_pass(const int16_t *x, const int16_t *h_q15)
{
    const int16_t *mirror = x + UT_PDM_TAPS - 4;
    int64_t sum_q30 = 1 << 14;
    for (const int16_t *end = h_q15 + HALF; h_q15 != end; h_q15 += 4, x += 4, mirror -= 4) {
        sum_q30 += (int64_t)(x[0] + mirror[3]) * h_q15[0];
        sum_q30 += (int64_t)(x[1] + mirror[2]) * h_q15[1];
        sum_q30 += (int64_t)(x[2] + mirror[1]) * h_q15[2];
        sum_q30 += (int64_t)(x[3] + mirror[0]) * h_q15[3];
    }
    int32_t y = (int32_t)(sum_q30 >> 15);
    return (int16_t)(y > INT16_MAX ? INT16_MAX : y < INT16_MIN ? INT16_MIN : y);
}

/* n <= UT_PDM_PIECE outputs from what was put behind the history, which moves up. */
static void filter(struct ut_pdm_fir *f, const int16_t *h_q15, size_t n, int16_t *out, size_t stride)
{
    for (size_t i = 0; i < n; i++)
        out[i * stride] = low_pass(f->line + UT_PDM_RATIO * i, h_q15);
    memmove(f->line, f->line + UT_PDM_RATIO * n, HISTORY * sizeof *f->line);
}

/* The last 64 bits, oldest first -> the sinc^4 filter's output. The sum of the taps is 2^16, so the sum is even. */
static int16_t cic(const uint16_t words[4])
{
    const int16_t *t = ut_pdm_cic;
    int32_t sum = t[words[0] >> 8] + t[256 + (words[0] & 0xFF)] + t[512 + (words[1] >> 8)] +
                  t[768 + (words[1] & 0xFF)] + t[1024 + (words[2] >> 8)] + t[1280 + (words[2] & 0xFF)] +
                  t[1536 + (words[3] >> 8)] + t[1792 + (words[3] & 0xFF)];
    sum /= 2;
    return (int16_t)(sum > INT16_MAX ? INT16_MAX : sum);
}

void ut_pdm_take(struct ut_pdm *p, const volatile uint16_t *words, size_t n, int16_t *out, size_t stride)
{
    uint16_t last[4] = {p->words[0], p->words[1], p->words[2], 0};
    while (n > 0) {
        size_t now = n < UT_PDM_PIECE ? n : UT_PDM_PIECE;
        for (size_t i = 0; i < UT_PDM_RATIO * now; i++) {
            last[3] = words[i];
            p->fir.line[HISTORY + i] = cic(last);
            last[0] = last[1];
            last[1] = last[2];
            last[2] = last[3];
        }
        filter(&p->fir, ut_pdm_after_cic_q15, now, out, stride);
        words += UT_PDM_RATIO * now;
        out += stride * now;
        n -= now;
    }
    memcpy(p->words, last, sizeof p->words);
}

void ut_pdm_fir_take(struct ut_pdm_fir *f, const volatile uint16_t *in, size_t n, int16_t *out, size_t stride)
{
    while (n > 0) {
        size_t now = n < UT_PDM_PIECE ? n : UT_PDM_PIECE;
        for (size_t i = 0; i < UT_PDM_RATIO * now; i++)
            f->line[HISTORY + i] = (int16_t)(in[i] - 0x8000);
        filter(f, ut_pdm_flat_q15, now, out, stride);
        in += UT_PDM_RATIO * now;
        out += stride * now;
        n -= now;
    }
}
