#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""models/train/pack.py: every committed model as a file that the program takes, the built-in one byte for byte."""
import array
import glob
import json
import os
import re
import sys

from tool import Checks, path, tool, wav, write

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, ROOT)
from models.train import pack  # noqa: E402

check = Checks()
built_in = path("built-in.bin")
tool("eval", "--export-model", built_in)
with open(built_in, "rb") as f:
    wanted = f.read()
ident = wanted[8:12].rstrip(b"\0").decode()
index = write("index.tsv", "path\tspeaker\ttarget\n" + os.path.basename(wav("clip.wav", [array.array("h", [0, 100] * 8000)])) + "\tA\tother\n")
for name in sorted(glob.glob(os.path.join(ROOT, "models/*/model.c"))):
    with open(name, encoding="ascii") as f:
        source = f.read()
    own = os.path.basename(os.path.dirname(name))
    data = pack.pack(source)
    check(f"{own}: corpora met", pack.met(source) and "all" not in pack.met(source), pack.met(source))
    if own == ident:
        check(f"{own}: the file of the program", data == wanted)
    code, out, err = tool("eval", "--index", index, "--model", write(f"{own}.bin", data), "--json")
    check(f"{own}: is taken, or is of other features", code == 19 or json.loads(out)["model"]["id"] == own, (code, err))
    try:
        pack.pack(re.sub(r"(_w\[\d+\] = \{\n    )-?\d+", r"\g<1>3", source, count=1))
        check(f"{own}: a changed weight is noticed", False)
    except ValueError as e:
        check(f"{own}: a changed weight is noticed", "CRC-32" in str(e), str(e))
    try:
        pack.pack(re.sub(r"(_w\[\d+\] = \{\n    )-?\d+", r"\g<1>3, 4", source, count=1))
        check(f"{own}: a number too many is noticed", False)
    except ValueError as e:
        check(f"{own}: a number too many is noticed", "numbers" in str(e), str(e))
check.finish()
