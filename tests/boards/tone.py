# SPDX-License-Identifier: Apache-2.0
"""Sound for a board's inputs of a known level."""
import math
import struct


def tone(path, *dbfs, seconds=3):
    """A sine of 1 kHz in both channels, its level in dBFS by its mean square."""
    amplitudes = [32768 * 10 ** ((level + 3.01) / 20) for level in dbfs]
    with open(path, "wb") as f:
        for i in range(16000 * seconds):
            f.write(struct.pack("<hh", *(round(a * math.sin(2 * math.pi * i / 16)) for a in amplitudes)))
