#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the constant tables of boards/pdm/pdm.c: python3 boards/pdm/tables.py OUTDIR -> OUTDIR/tables.h, OUTDIR/tables.c

A one-bit stream of 1.024 MHz goes through a sinc^4 decimator by 16 (a "CIC" filter, here as sums of table entries, one
per byte of the stream, which gives the same integers) and through a Kaiser-windowed low-pass that decimates by 4.
"""
import math
import os
import sys

STREAM_HZ = 1024000
CIC_RATIO, CIC_ORDER = 16, 4
MIDDLE_HZ = STREAM_HZ // CIC_RATIO
TAPS = 144
CUT_HZ = 8000.0  # half way between the pass band's end, 7 kHz, and what folds back onto it from 9 kHz on
BETA = 6.6       # Kaiser's: 65 dB and more in the stop band


def round_half_up(x):
    return math.floor(x + 0.5)


def convolve(a, b):
    out = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def cic_taps():
    taps = [1]
    for _ in range(CIC_ORDER):
        taps = convolve(taps, [1] * CIC_RATIO)
    return taps


def cic_bytes():
    """[byte of the window, oldest first][its value] -> its share of the sum; a bit counts +1 or -1, the most significant
    bit is the oldest."""
    taps = cic_taps()
    taps = [0] * (8 * math.ceil(len(taps) / 8) - len(taps)) + taps
    return [[sum(tap if value >> (7 - i) & 1 else -tap for i, tap in enumerate(taps[at : at + 8]))
             for value in range(256)] for at in range(0, len(taps), 8)]


def cic_gain(hz):
    if hz == 0:
        return 1.0
    x = math.pi * hz / STREAM_HZ
    return (math.sin(CIC_RATIO * x) / (CIC_RATIO * math.sin(x))) ** CIC_ORDER


def bessel_i0(x):
    total, term, k = 1.0, 1.0, 1
    while term > 1e-12 * total:
        term *= (x / (2 * k)) ** 2
        total += term
        k += 1
    return total


def low_pass(gain):
    """First half of a symmetric low-pass at MIDDLE_HZ whose pass band is 1 / gain(hz); Q15, gain at 0 Hz exactly 1."""
    steps = 2000
    taps = []
    for n in range(TAPS // 2):
        t = n - (TAPS - 1) / 2
        area = sum(math.cos(2 * math.pi * hz * t / MIDDLE_HZ) / gain(hz)
                   for hz in ((i + 0.5) * CUT_HZ / steps for i in range(steps))) * CUT_HZ / steps
        window = bessel_i0(BETA * math.sqrt(1 - (2 * t / (TAPS - 1)) ** 2)) / bessel_i0(BETA)
        taps.append(2 * area / MIDDLE_HZ * window)
    scale = 0.5 / sum(taps)
    fixed = [round_half_up(h * scale * 32768) for h in taps]
    fixed[-1] += 16384 - sum(fixed)
    return fixed


def emit(c, h, ctype, name, values):
    h.write(f"extern const {ctype} {name}[{len(values)}];\n")
    c.write(f"const {ctype} {name}[{len(values)}] = {{\n")
    for i in range(0, len(values), 12):
        c.write("    " + " ".join(f"{v}," for v in values[i : i + 12]) + "\n")
    c.write("};\n\n")


def main(out):
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "tables.h"), "w") as h, open(os.path.join(out, "tables.c"), "w") as c:
        licence = "/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by boards/pdm/tables.py. */\n"
        h.write(licence + "#ifndef UT_GEN_BOARDS_PDM_TABLES_H\n#define UT_GEN_BOARDS_PDM_TABLES_H\n\n#include <stdint.h>\n\n")
        c.write(licence + '#include "boards/pdm/tables.h"\n\n')
        emit(c, h, "int16_t", "ut_pdm_cic", [v for byte in cic_bytes() for v in byte])
        emit(c, h, "int16_t", "ut_pdm_after_cic_q15", low_pass(cic_gain))
        emit(c, h, "int16_t", "ut_pdm_flat_q15", low_pass(lambda hz: 1.0))
        h.write("\n#endif\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tables.py OUTDIR")
    main(sys.argv[1])
