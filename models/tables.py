#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the constant tables of models/infer.c: python3 models/tables.py OUTDIR -> OUTDIR/tables.h, OUTDIR/tables.c

Formulas are in SPEC.md "Tables".
"""
import math
import os
import sys


def round_half_up(x):
    return math.floor(x + 0.5)


def emit(c, h, ctype, name, values):
    h.write(f"extern const {ctype} {name}[{len(values)}];\n")
    c.write(f"const {ctype} {name}[{len(values)}] = {{\n")
    for i in range(0, len(values), 12):
        c.write("    " + " ".join(f"{v}," for v in values[i : i + 12]) + "\n")
    c.write("};\n\n")


def main(out):
    os.makedirs(out, exist_ok=True)
    licence = "/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by models/tables.py. SPEC.md \"Tables\". */\n"
    with open(os.path.join(out, "tables.h"), "w") as h, open(os.path.join(out, "tables.c"), "w") as c:
        h.write(licence + "#ifndef UT_GEN_MODELS_TABLES_H\n#define UT_GEN_MODELS_TABLES_H\n\n#include <stdint.h>\n\n")
        c.write(licence + '#include "models/tables.h"\n\n')
        # 1 / (1 + exp(-i / 32)), Q15; the last entry closes the interval
        emit(c, h, "uint16_t", "ut_infer_sigmoid_q15",
             [round_half_up(32768 / (1 + math.exp(-i / 32))) for i in range(257)])
        # 2^(-i / 64), Q15; the last entry closes the interval
        emit(c, h, "uint16_t", "ut_infer_exp2_q15", [round_half_up(32768 * 2 ** (-i / 64)) for i in range(65)])
        h.write("\n#endif\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tables.py OUTDIR")
    main(sys.argv[1])
