#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The night's order, time and summary, and that it can fail."""
import os
import subprocess
import sys
import tempfile
import time

import night as runner

NIGHT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "night.py")
FOLDER = tempfile.TemporaryDirectory()
passed = failed = 0


def check(name, fine, said=""):
    global passed, failed
    passed, failed = passed + bool(fine), failed + (not fine)
    if not fine:
        print(f"{name}: {said}")


def night(minutes, *parts):
    summary = os.path.join(FOLDER.name, "deep", "night.md")
    done = subprocess.run([sys.executable, "-B", NIGHT, minutes, summary, *parts], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    text = ""
    if os.path.exists(summary):
        with open(summary, encoding="utf-8") as f:
            text = f.read()
    return done.returncode, done.stdout, text


code, said, text = night("2", "long*3=echo long $NIGHT_SECONDS", "short*1=echo short $NIGHT_SECONDS", "first=echo bits are equal")
check("a night passes", code == 0 and said.endswith("3 passed, 0 failed\n"), said)
check("what has no share comes first", said.index("night: first") < said.index("night: long"), said)
check("the time is shared", "    long 89\n" in text or "    long 90\n" in text, text)
check("the summary says who did what", all(x in text for x in ("| first | passed |", "bits are equal", "make night", "cores")), text)
code, said, text = night("1", "good=true", "bad=echo found a crash; exit 3")
check("a part that fails fails the night", code == 1 and said.endswith("1 passed, 1 failed\n"), (code, said))
check("and says so", "| bad | FAILED |" in text and "found a crash" in text and "found a crash" in said, text)
begin = time.monotonic()
fine, _, lines = runner.run("hangs", "echo begun; sleep 60 & wait", 0, 1)
check("a part that hangs is stopped, with all that it started", not fine and lines == ["begun", "stopped after 1 s"]
      and time.monotonic() - begin < 30, lines)
code, said, _ = night("1", "no command")
check("a part that is none", code != 0 and "no command: neither" in said, said)
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
