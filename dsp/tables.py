#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes dsp's constant tables: python3 dsp/tables.py OUTDIR -> OUTDIR/tables.h, OUTDIR/tables.c

Set-up work that needs cosines and logarithms happens here, at build time, so that the target carries neither.
Formulas are in SPEC.md "Tables".
"""
import math
import os
import sys

SPECTRUM_N = 256  # samples at 8 kHz: 32 ms
BANDS = 20
LOWEST_HZ, HIGHEST_HZ = 100.0, 3900.0


def round_half_up(x):
    return math.floor(x + 0.5)


def q15(x):
    return max(-32768, min(32767, round_half_up(x * 32768)))


def halfband(taps, beta):
    """The odd taps of a Kaiser-windowed half-band low-pass, first half, outermost first, Q15.

    The centre tap is exactly 1/2; the odd taps are scaled so that the gain at 0 Hz is exactly 1.
    """

    def bessel_i0(x):
        total, term, k = 1.0, 1.0, 1
        while term > 1e-12 * total:
            term *= (x / (2 * k)) ** 2
            total += term
            k += 1
        return total

    half = taps // 2
    taps_h = []
    for n in range(half, 0, -2):
        ideal = math.sin(math.pi * n / 2) / (math.pi * n)
        window = bessel_i0(beta * math.sqrt(1 - (n / (half + 1)) ** 2)) / bessel_i0(beta)
        taps_h.append(ideal * window)
    scale = 0.25 / sum(taps_h)
    fixed = [round_half_up(h * scale * 32768) for h in taps_h]
    fixed[-1] += 8192 - sum(fixed)
    return fixed


def hann(n):
    return [q15(0.5 - 0.5 * math.cos(2 * math.pi * (i + 0.5) / n)) for i in range(n)]


def kiss_factors(n):
    factors, p = [], 4
    while n > 1:
        while n % p:
            p = {4: 2, 2: 3}.get(p, p + 2)
        n //= p
        factors += [p, n]
    return factors


def twiddle(phase):
    return (round_half_up(32767 * math.cos(phase)), round_half_up(32767 * math.sin(phase)))


def mel(hz):
    return 1127.0 * math.log(1 + hz / 700.0)


def band_weights():
    """Triangles on the mel scale over bins 0..128 of 31.25 Hz. Each bin feeds at most two bands.

    Segment s lies between the centres of bands s - 1 and s and holds the bins start[s] to start[s + 1] - 1. weight[k] is the
    share of bin k that goes to band s, Q15; the rest goes to band s - 1. What goes to bands -1 and BANDS is dropped.
    """
    lowest, highest = mel(LOWEST_HZ), mel(HIGHEST_HZ)
    step = (highest - lowest) / (BANDS + 1)
    positions = [(mel(k * 8000.0 / SPECTRUM_N) - lowest) / step for k in range(SPECTRUM_N // 2)]
    start = [next(k for k, p in enumerate(positions) if p >= s) for s in range(BANDS + 1)]
    start.append(next(k for k, p in enumerate(positions) if p >= BANDS + 1))
    weight = [q15(p - int(p)) if p >= 0 else 0 for p in positions]
    return start, weight


def emit(c, h, ctype, name, values):
    h.write(f"extern const {ctype} {name}[{len(values)}];\n")
    c.write(f"const {ctype} {name}[{len(values)}] = {{\n")
    for i in range(0, len(values), 12):
        c.write("    " + " ".join(f"{v}," for v in values[i : i + 12]) + "\n")
    c.write("};\n\n")


def main(out):
    os.makedirs(out, exist_ok=True)
    n = SPECTRUM_N // 2
    factors = kiss_factors(n)
    start, weight = band_weights()
    with open(os.path.join(out, "tables.h"), "w") as h, open(os.path.join(out, "tables.c"), "w") as c:
        licence = "/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by dsp/tables.py. SPEC.md \"Tables\". */\n"
        h.write(licence + "#ifndef UT_GEN_DSP_TABLES_H\n#define UT_GEN_DSP_TABLES_H\n\n#include <stdint.h>\n\n")
        c.write(licence + '#include "dsp/tables.h"\n\n')
        emit(c, h, "int16_t", "ut_tables_halfband31_q15", halfband(31, 4.5))
        emit(c, h, "int16_t", "ut_tables_halfband15_q15", halfband(15, 3.5))
        emit(c, h, "int16_t", "ut_tables_hann_q15", hann(SPECTRUM_N))
        emit(c, h, "uint8_t", "ut_tables_band_start", start)
        emit(c, h, "uint16_t", "ut_tables_band_weight_q15", weight)
        # log2(1 + i / 64), Q16; the last entry closes the interval
        emit(c, h, "uint32_t", "ut_tables_log2_q16", [round_half_up(65536 * math.log2(1 + i / 64)) for i in range(65)])
        real = [twiddle(-math.pi * ((i + 1) / n + 0.5)) for i in range(n // 2)]
        emit(c, h, "int16_t", "ut_tables_real_twiddle_q15", [v for pair in real for v in pair])
        # for k = 0..31 the twiddles k, 2 k, 3 k; real part in the low half of a word: dsp/bins_dsp.c
        words = [twiddle(-2 * math.pi * i * k / n) for k in range(n // 4) for i in (1, 2, 3)]
        emit(c, h, "uint32_t", "ut_tables_twiddles", [(re & 0xFFFF) | (im & 0xFFFF) << 16 for re, im in words])
        # kissfft's state, laid out as struct kiss_fft_state of _kiss_fft_guts.h with FIXED_POINT 16
        h.write(f"\nstruct ut_tables_fft {{\n    int nfft, inverse, factors[64];\n    int16_t twiddles[{2 * n}];\n}};\n")
        h.write("extern const struct ut_tables_fft ut_tables_fft;\n\n#endif\n")
        c.write(f"const struct ut_tables_fft ut_tables_fft = {{\n    {n}, 0, {{{', '.join(map(str, factors))}}}, {{\n")
        flat = [v for i in range(n) for v in twiddle(-2 * math.pi * i / n)]
        for i in range(0, len(flat), 12):
            c.write("    " + " ".join(f"{v}," for v in flat[i : i + 12]) + "\n")
        c.write("}};\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tables.py OUTDIR")
    main(sys.argv[1])
