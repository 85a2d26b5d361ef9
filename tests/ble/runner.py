# SPDX-License-Identifier: Apache-2.0
"""Runs the coroutines test_* of a module, each on its own loop, and counts; words of the command choose by name."""
import asyncio
import os
import shutil
import struct
import subprocess
import sys
import time
import traceback

BUILD = os.environ.get("BUILD", "build")
TRACES = os.path.join(BUILD, "ble")


def trace(name):
    """An open file for the HCI packets of a run."""
    os.makedirs(TRACES, exist_ok=True)
    return open(os.path.join(TRACES, name + ".btsnoop"), "wb", buffering=0)


def traced(name):
    """A trace read back: (1 = to the host, packet) each (btsnoop version 1, data link 1002: H4)."""
    with open(os.path.join(TRACES, name + ".btsnoop"), "rb") as f:
        data = f.read()
    assert data[:16] == b"btsnoop\0" + struct.pack(">II", 1, 1002)
    packets, at = [], 16
    while at < len(data):
        whole, kept, flags, dropped, _ = struct.unpack_from(">IIIIQ", data, at)
        assert whole == kept and dropped == 0 and flags < 4
        packets.append((flags & 1, data[at + 24:at + 24 + kept]))
        at += 24 + kept
    return packets


def btmon(name):
    """What BlueZ's btmon makes of a trace, or None where it is not installed."""
    if shutil.which("btmon") is None:
        return None
    done = subprocess.run(["btmon", "-r", os.path.join(TRACES, name + ".btsnoop")], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False)
    assert done.returncode == 0, done.stdout.decode()[-300:]
    return done.stdout.decode()


async def within(seconds, test):
    await asyncio.wait_for(test(), seconds)


def run(names, seconds=100):
    tests = [test for name, test in sorted(names.items()) if name.startswith("test_")]
    chosen = [test for test in tests if not sys.argv[1:] or any(word in test.__name__ for word in sys.argv[1:])]
    passed = failed = 0
    for test in chosen:
        start = time.monotonic()
        try:
            asyncio.run(within(seconds, test))
            passed += 1
        except BaseException as fault:  # an assertion or anything else: the test failed
            print(f"{test.__name__}: {fault!r}")
            here = [f for f in traceback.extract_tb(fault.__traceback__) if os.sep + "tests" + os.sep in f.filename]
            print("".join(traceback.format_list(here[1:])), end="")
            failed += 1
            if isinstance(fault, KeyboardInterrupt):
                break
        if os.environ.get("V"):
            print(f"{test.__name__}: {time.monotonic() - start:.1f} s", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
