#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stands in for openocd, st-info, st-flash and dfu-util: replays what the real one printed, and its exit code.

STANDIN names a JSON file: a list of {"Word": in the command line, "Says": output, "Code": exit code, "Does": ...}; the
first entry whose Word stands in the command line is played. Does: "boot" starts the board (a file that the test waits
for), "keep" copies the image that is written, "back" gives the kept image out, "spoil" gives it with a bit turned,
"sleep" does not end, "pause" takes a second, "change FILE" puts other bytes there. What it was called with goes to the file's name with .calls behind it.
"""
import json
import os
import sys
import time

name = os.environ["STANDIN"]
words = [os.path.basename(sys.argv[0])] + sys.argv[1:]
with open(name + ".calls", "a", encoding="utf-8") as f:
    f.write(json.dumps(words) + "\n")
with open(name, encoding="utf-8") as f:
    scene = json.load(f)
for act in scene:
    if act["Word"] not in " ".join(words):
        continue
    print(act["Says"], end="", flush=True)
    does = act.get("Does", "")
    if "pause" in does:
        with open(name + ".paused", "w", encoding="utf-8"):
            time.sleep(1)
    if does == "sleep":
        time.sleep(600)
    if does.startswith("change "):
        with open(does[len("change "):], "w", encoding="ascii") as f:
            f.write("changed")
    if "keep" in does:
        with open(words[-1], "rb") as f, open(name + ".flash", "wb") as to:
            to.write(f.read())
    if "back" in does or "spoil" in does:
        with open(name + ".flash", "rb") as f:
            data = bytearray(f.read())
        if "spoil" in does:
            data[100] ^= 4
        with open(words[-1], "wb") as to:
            to.write(data)
    if "boot" in does:
        with open(name + ".booted", "w", encoding="utf-8"):
            pass
    sys.exit(act["Code"])
sys.exit("stand-in: no act for " + " ".join(words))
