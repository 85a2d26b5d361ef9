#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rows of whole calls, for training: the clips of a call through one front end that keeps its state from clip to clip.

call_rows.py --tool PROGRAM --corpora FOLDER... --out FOLDER [--seed N] [--channel NAME]

Rows of clips one by one do not represent a call: levels, floors and the own pitch live on. Calls are those of
calls.join(), each over one line. Writes a file per call, NAME.npz: x (steps x inputs, int16), speech (steps), clip (number of
the clip that each step belongs to), target (of each clip). The rows are those that `undertone eval` hears in a call.
"""
import argparse
import itertools
import os
import random
import sys
import tempfile
import zlib

import numpy as np
import soundfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT)
from models.train import audio, calls, rows  # noqa: E402

HOP, LOOKAHEAD = 160, 4  # dsp/features.h: row k is there when k + 4 hops are


def joined(sounds):
    """The clips as the engine hears them: silence of the look-ahead's length behind each; and where each then ends."""
    silence = np.zeros(LOOKAHEAD * HOP)
    parts = [np.concatenate([x, silence]) for x in sounds]
    return np.concatenate(parts), np.cumsum([len(x) for x in parts])


def dump(tool, sound, ends):
    """(x, speech, clip) of a call: a step belongs to the clip with whose samples its last row is there."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "call.wav")
        soundfile.write(file, sound, audio.RATE, subtype="PCM_16")
        x, speech = rows.dump(tool, file)
    there = (np.arange(len(x)) * rows.STEP_ROWS + rows.STEP_ROWS - 1 + LOOKAHEAD) * HOP
    clip = np.searchsorted(ends, there)  # the first clip that ends then or later
    known = clip < len(ends)
    return x[known], speech[known], clip[known]


def main():
    a = argparse.ArgumentParser(prog="call_rows.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--tool", required=True, help="program that dumps the C engine's rows")
    a.add_argument("--corpora", nargs="+", required=True, help="folders with an index.tsv")
    a.add_argument("--out", required=True, help="folder for a file per call")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--channel", choices=calls.CHANNELS, default="clean")
    args = a.parse_args()
    clips = [c for folder in args.corpora for c in rows.read_index(folder)]
    os.makedirs(args.out, exist_ok=True)
    for name, group in itertools.groupby(calls.join(clips, args.seed), key=lambda pair: pair[0]):
        own = [c for _, c in group]
        sound, ends = joined([audio.read(c.file) for c in own])
        others = [c for c in clips if c.speaker != own[0].speaker] or own
        sound = calls.changed(sound, args.channel, others, random.Random(zlib.crc32(f"{args.seed} {name}".encode())))
        x, speech, clip = dump(args.tool, sound, ends)
        path = os.path.join(args.out, "".join(c if c.isalnum() else "-" for c in name) + ".npz")
        np.savez(path, x=x, speech=speech, clip=clip, target=np.array([c.target for c in own]))
        print(f"{path}: {len(own)} clips, {len(x)} steps")


if __name__ == "__main__":
    main()
