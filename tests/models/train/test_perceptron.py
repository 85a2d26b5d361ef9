#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""models/train/perceptron.py: the weights of the nets in dsp/, read back and written again, give the same files.

No package beyond the standard library: what speech.py and pace.py import to train with stands empty where it is not
installed."""
import importlib
import os
import re
import sys
import tempfile
import types

from tool import Checks

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, ROOT)
from models.train import perceptron  # noqa: E402

for package in ("numpy", "soundfile", "torch"):
    try:
        importlib.import_module(package)
    except ImportError:
        sys.modules[package] = types.ModuleType(package)

check = Checks()


def committed(file):
    with open(os.path.join(ROOT, f"dsp/{file}_net.c"), encoding="ascii") as f:
        return f.read()


def read(text, inputs):
    """comment, formats, arrays"""
    names = re.findall(r"ut_\w+_net_(?:weight|bias)\d_(q\d+)\W", text)
    bodies = [[int(x) for x in re.findall(r"-?\d+", body)] for body in re.findall(r"= (.*?);", text, re.S)]
    padded = len(bodies[0]) // len(bodies[1])
    rows = [bodies[0][i:i + inputs] for i in range(0, len(bodies[0]), padded)]
    return re.search(r"/\* (Written .*?) \*/", text, re.S)[1], tuple(names), padded, (rows, bodies[1], bodies[2], bodies[3])


for name, file, inputs in (("speech", "speech", 19), ("pace", "research/pace", 13), ("pace", "open/pace", 13)):
    text = committed(file)
    written, formats, padded, arrays = read(text, inputs)
    check(f"{name}: what was read is a net", len(formats) == 4 and padded > inputs and len(arrays[0]) == len(arrays[1])
          == len(arrays[2]) > 8 and len(arrays[3]) == 1, (formats, padded))
    again = perceptron.source(name, written, padded, formats, arrays)
    check(f"{name}: written again the same bytes", again == text)
    other = (arrays[0], arrays[1], arrays[2], [arrays[3][0] + 1])
    check(f"{name}: another weight, another file", perceptron.source(name, written, padded, formats, other) != text)
    module = importlib.import_module(f"models.train.{name}")
    clips = int(re.search(r"(\d+) (?:Emo-DB )?clips", written)[1])
    tables = file.split("/")[:-1]
    check(f"{file}: by its own training program", module.source(arrays, clips, *tables) == text)

made = perceptron.source("made", "From nothing.", 4, ("q1", "q2", "q3", "q4"), ([[1, -2, 3], [4, 5, 6]], [7, 8], [-9, 10], [11]))
check("made up", made == """/* SPDX-License-Identifier: Apache-2.0 */
/* From nothing. */
#include "dsp/made_net.h"

const int16_t ut_made_net_weight1_q1[UT_MADE_NET_HIDDEN][UT_MADE_PADDED] = {
    {1, -2, 3, 0},
    {4, 5, 6, 0},
};

const int32_t ut_made_net_bias1_q2[UT_MADE_NET_HIDDEN] = {
    7, 8};

const int16_t ut_made_net_weight2_q3[UT_MADE_NET_HIDDEN] = {
    -9, 10};

const int32_t ut_made_net_bias2_q4 = 11;
""", made)
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "net.c")
    perceptron.write(path, made)
    with open(path, encoding="ascii") as f:
        check("written whole", f.read() == made and os.listdir(folder) == ["net.c"])
check.finish()
