# SPDX-License-Identifier: Apache-2.0
"""The C file of a perceptron with one hidden layer, as dsp/speech_net.c and dsp/research/pace_net.c are.

NAME makes ut_NAME_net_* and UT_NAME_NET_HIDDEN; rows of the first weights are filled up to UT_NAME_PADDED with zeros.
"""
import os


def source(name, written, padded, formats, arrays):
    """written: the comment; formats, arrays: of weight1 (a row per hidden unit), bias1, weight2, bias2 (one number)."""
    row = lambda v: ", ".join(str(int(i)) for i in v)
    weight1, bias1, weight2, bias2 = arrays
    array = lambda i, kind: f"const int{kind}_t ut_{name}_net_{('weight1', 'bias1', 'weight2', 'bias2')[i]}_{formats[i]}"
    hidden = f"[UT_{name.upper()}_NET_HIDDEN]"
    lines = ["/* SPDX-License-Identifier: Apache-2.0 */", f"/* {written} */", f'#include "dsp/{name}_net.h"', "",
             f"{array(0, 16)}{hidden}[UT_{name.upper()}_PADDED] = {{"]
    lines += [f"    {{{row(list(r) + [0] * (padded - len(r)))}}}," for r in weight1]
    lines += ["};", "", f"{array(1, 32)}{hidden} = {{", f"    {row(bias1)}}};", "",
              f"{array(2, 16)}{hidden} = {{", f"    {row(weight2)}}};", "", f"{array(3, 32)} = {int(bias2[0])};", ""]
    return "\n".join(lines)


def write(path, text):
    """Whole or not at all."""
    with open(path + ".part", "w", encoding="ascii") as f:
        f.write(text)
    os.replace(path + ".part", path)
