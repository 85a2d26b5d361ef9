#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""models/train/demo_voices.py: which call is shown, and what is said of its cues. No sound is read.

No package beyond the standard library: what the file imports for sound stands empty where it is not installed."""
import importlib
import json
import os
import subprocess
import sys
import types

from tool import Checks, path, write

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, ROOT)
for package in ("numpy", "soundfile"):
    try:
        importlib.import_module(package)
    except ImportError:
        sys.modules[package] = types.ModuleType(package)
from models.train import demo_voices  # noqa: E402

check = Checks()


def call(name, *stretches):
    return {"path": name, "stretches": [{"kind": k, "begin_ms": b, "end_ms": e} for k, b, e in stretches]}


def index(*calls):
    return write("INDEX.json", json.dumps({"calls": list(calls)}))


late, other = call("late", ("frustration", 45000, 60000)), call("other", ("frustration", 50000, 66000))
glad, first, calm = call("glad", ("delight", 45000, 60000)), call("first", ("frustration", 900, 15000)), call("calm")
check("anger before delight, calm before both", demo_voices.chosen(index(calm, first, glad, late), 1)["path"] == "late")
check("delight where nobody is angry later", demo_voices.chosen(index(calm, first, glad), 1)["path"] == "glad")
check("none where there is none", demo_voices.chosen(index(calm, first), 1) is None)
check("another seed, another call", {demo_voices.chosen(index(late, other), s)["path"] for s in (1, 2)} == {"late", "other"})


def verdict(cue, ms):
    return demo_voices.verdict({"Cue": cue, "NotifyOffsetMillis": ms}, late["stretches"][0])


check("a cue in the stretch is right", verdict("empathy_cue", 50000) == "in the stretch of frustration")
check("and a little after it", verdict("empathy_cue", 65000) == "in the stretch of frustration")
check("elsewhere it is false", verdict("empathy_cue", 65001).endswith(": false") and verdict("empathy_cue", 44999).endswith("false"))
check("facts are not judged", verdict("extended_silence", 100) == "a measured fact")
check("times are those of a clock", demo_voices.clock(65432) == "1:05")

os.makedirs(path("empty"))
program = os.path.join(ROOT, "models", "train", "demo_voices.py")
if hasattr(sys.modules["numpy"], "zeros"):
    done = subprocess.run([sys.executable, "-B", program, "--tool", "/bin/false", "--corpora", path("empty"), "--out",
                           path("out")], stdout=subprocess.PIPE, text=True, check=False)
    check("no recordings: said, and no failure", done.returncode == 0 and "no recordings here" in done.stdout, done)

check.finish()
