#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make demo-update` where the program does not update: it says so, fails, and leaves no emulator."""
import glob
import os
import subprocess
import sys
import tempfile

from runner import run

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "demo_update.py")


def emulators(folder):
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                words = f.read()
        except OSError:  # it has ended
            continue
        if b"qemu-system-arm" in words and folder.encode() in words:
            found.append(words)
    return found


async def test_a_program_that_does_not_update():
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "undertone")
        with open(program, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\necho no headset answers\nexit 4\n")
        os.chmod(program, 0o755)
        done = subprocess.run([sys.executable, "-B", DEMO, "--undertone", program, "--out", os.path.join(folder, "out")],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=60, check=False)
        last = done.stdout.splitlines()[-1]
        assert done.returncode == 1 and last.startswith("FAILED: ") and "no headset answers" in last, done.stdout
        assert emulators(folder) == [], emulators(folder)


run(globals())
