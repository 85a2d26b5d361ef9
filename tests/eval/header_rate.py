#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whether replay doubts a header whose rate is not the sound's: header_rate.py --tool UNDERTONE --corpora FOLDER...
--out FILE.json

Clips of one speaker joined to 25 s and to a minute, at most two such recordings per speaker. The limits were chosen on
recordings of the same corpora (DESIGN.md "A header's rate"): these figures flatter.
"""
import argparse
import csv
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import clips

RATE = clips.RATE
LENGTHS = (25, 60)  # s
PER_SPEAKER = 2
WORDS = "is the rate in the header"


def narrow(x, low, high):
    return clips.resample(clips.band(x, low, high), RATE, RATE // 2)


# name: (samples of the sound, rate that the header says)
WAYS = {
    "right rate, straight": lambda x: (x, RATE),
    "right rate, 300-3400 Hz at 8 kHz": lambda x: (narrow(x, 300, 3400), RATE // 2),
    "8 kHz declared 16 kHz, 300-3400 Hz": lambda x: (narrow(x, 300, 3400), RATE),
    "8 kHz declared 16 kHz, up to 3700 Hz": lambda x: (narrow(x, 50, 3700), RATE),
    "16 kHz declared 8 kHz": lambda x: (x, RATE // 2),
}


def recordings(folders):
    """(speaker, clips of one recording), speakers by name"""
    found = {}
    for folder in folders:
        with open(os.path.join(folder, "index.tsv"), encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
                found.setdefault(row["speaker"], []).append(os.path.join(folder, row["path"]))
    for speaker in sorted(found):
        paths = sorted(found[speaker])
        for i in range(PER_SPEAKER):
            yield speaker, paths[i::PER_SPEAKER]


def joined(paths, seconds):
    """So much sound, or None where there is less."""
    parts, have = [], 0
    for path in paths:
        parts.append(clips.read(path))
        have += len(parts[-1])
        if have >= seconds * RATE:
            return np.concatenate(parts)[: seconds * RATE]
    return None


def doubted(tool, x, rate):
    with tempfile.NamedTemporaryFile(suffix=".wav") as f:
        clips.write(f.name, x, rate)
        done = subprocess.run([tool, "replay", f.name, "--customer", "1", "--agent", "none"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, errors="replace", check=True)
    return WORDS in done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--corpora", required=True, nargs="+")
    parser.add_argument("--out", required=True)
    a = parser.parse_args()
    folders = [f for f in a.corpora if os.path.exists(os.path.join(f, "index.tsv"))]
    if not folders:
        print(f"{a.corpora[0]}: no recordings here (no index.tsv), so nothing was measured; CORPORA= names others")
        sys.exit(0)
    figures = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for seconds in LENGTHS:

            def judge(item, seconds=seconds):
                x = joined(item[1], seconds)
                return item[0], None if x is None else [doubted(a.tool, *way(x)) for way in WAYS.values()]

            says = [said for said in pool.map(judge, recordings(folders)) if said[1] is not None]
            speakers = len({speaker for speaker, _ in says})
            print(f"recordings of {seconds} s by {speakers} speakers whose header is doubted")
            for i, name in enumerate(WAYS):
                said = [speaker for speaker, of in says if of[i]]
                print(f"{name:38s} {100 * len(said) / max(1, len(says)):5.1f} % of {len(says)}")
                figures[f"{seconds} s, {name}"] = {"of": len(says), "doubted": said}
    clips.save(a.out, figures)


if __name__ == "__main__":
    main()
