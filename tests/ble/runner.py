# SPDX-License-Identifier: Apache-2.0
"""Runs the coroutines test_* of a module, each on a loop of its own, and counts; the rest of the words choose by name."""
import asyncio
import os
import sys
import time
import traceback

BUILD = os.environ.get("BUILD", "build")
TRACES = os.path.join(BUILD, "ble")


def trace(name):
    """An open file for the HCI packets of a run."""
    os.makedirs(TRACES, exist_ok=True)
    return open(os.path.join(TRACES, name + ".btsnoop"), "wb", buffering=0)


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
            traceback.print_exc(file=sys.stdout)
            failed += 1
            if isinstance(fault, KeyboardInterrupt):
                break
        if os.environ.get("V"):
            print(f"{test.__name__}: {time.monotonic() - start:.1f} s", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
