#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make demo-ble`, faster: the demo's call over Bluetooth gives the records and events of the UART."""
import os
import re
import subprocess
import sys
import tempfile

from runner import BUILD, run

BRIDGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bridge.py")


async def test_the_same_over_both():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-B", BRIDGE, "--undertone", os.path.join(BUILD, "host", "undertone"),
                               "--out", folder, "--speed", "40"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
        code = re.search(r"^Pairing code on the headset: (\d{6}); typed on the computer: (\d{6})\.$", done.stdout, re.M)
        assert code and code.group(1) == code.group(2)
        with open(os.path.join(folder, "ble.ndjson"), encoding="utf-8") as f:
            assert sum("cue.opened" in line for line in f) > 5


run(globals(), 320)
