#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a page with sound costs: page.py UNDERTONE SPEECH.raw

Ten minutes of SPEECH.raw ({customer, agent} pairs, int16, 16 kHz) through `replay --report PAGE.html`; prints
"page SECONDS", the processor's time for it, the least of three.
"""
import os
import resource
import subprocess
import sys
import tempfile

SECONDS = 600
BYTES_PER_S = 4 * 16000


def spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(undertone, speech):
    with open(speech, "rb") as f:
        talk = f.read()
    least = None
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "talk.s16")
        with open(raw, "wb") as f:
            f.write((talk * (SECONDS * BYTES_PER_S // len(talk) + 1))[:SECONDS * BYTES_PER_S])
        for _ in range(3):
            before = spent()
            subprocess.run([undertone, "replay", "--raw", "s16:16000:2", raw, "--report",
                            os.path.join(folder, "page.html"), "--format", "rttm"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=True)
            took = spent() - before
            least = took if least is None else min(least, took)
    print(f"page {least:.3f}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n\n")[0])
    main(*sys.argv[1:])
