#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""MCUmgr's command line client in Python updates the emulated headset, as it is, over a pseudo-terminal."""
import os
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "boards"))
from link import run
from slots import BOOT, RELEASE, flash, images, machine, read, slot, trailer, write

SMPMGR = os.path.join(os.path.dirname(sys.executable), "smpmgr")
FOLDER = tempfile.TemporaryDirectory()
FLASH, IMAGE_A, IMAGE_B = (os.path.join(FOLDER.name, name) for name in ("flash", "a.bin", "b.bin"))


def smpmgr(port, *words):
    command = [SMPMGR, "--port", port, "--timeout", "10", "--line-buffers", "5", *words]  # packets of 5 lines, not of 2
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=500,
                          env=os.environ | {"PYTHONPATH": os.path.join(ROOT, "tests", "update"), "COLUMNS": "120"})
    return done.returncode, done.stdout


def states(said):
    """{slot: {"active": bool, ...}} of what state-read prints."""
    parts = re.split(r"ImageState\(", said)[1:]
    return {int(re.search(r"slot=(\d)", part).group(1)): {name: value == "True" for name, value in
                                                          re.findall(r"(\w+)=(True|False)", part)} for part in parts}


def test_upgrade():
    for path, image in zip((IMAGE_A, IMAGE_B), images(read(RELEASE))):
        write(path, image)
    write(FLASH, flash(slot(read(IMAGE_A), trailer(1, kept=True))))
    process = subprocess.Popen(
        ["qemu-system-arm", *machine(FLASH), "-display", "none", "-monitor", "none", "-serial", "pty",
         "-semihosting-config", "enable=on,target=native,arg=undertone,arg=--recover,arg=/dev/zero", "-kernel", BOOT],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        port = re.search(r"/dev/\S+", process.stdout.readline()).group()
        code, said = smpmgr(port, "os", "echo", "hello")
        assert code == 0 and "hello" in said, said
        code, said = smpmgr(port, "upgrade", IMAGE_A, "--slot", "1")
        assert code != 0, said  # linked for the slot that runs
        code, said = smpmgr(port, "upgrade", IMAGE_B, "--slot", "1")
        assert code == 0 and "Upgrade complete" in said, said
        until = time.monotonic() + 60
        while True:
            code, said = smpmgr(port, "image", "state-read")
            found = states(said) if code == 0 else {}
            if found.get(1, {}).get("active"):
                break
            assert time.monotonic() < until, said
        code = 1
        while code != 0 or not found[1]["confirmed"]:  # refused until 5 s of audio have come
            assert time.monotonic() < until, said
            code, said = smpmgr(port, "image", "state-write", "--confirm")
            found = states(smpmgr(port, "image", "state-read")[1])
        assert found[0]["confirmed"] and not found[0]["active"] and not found[1]["pending"], found
    finally:
        process.kill()
        process.wait()


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
