# SPDX-License-Identifier: Apache-2.0
"""Checks of what whole builds give, counted; of one that fails the end of what was said is shown."""
passed = failed = 0


def check(what, holds, seen=""):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    if not holds:
        print(f"FAILED: {what}: {str(seen)[-1500:]}", flush=True)
    return holds
