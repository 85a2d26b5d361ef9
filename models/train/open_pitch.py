#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fits dsp/open/pitch_table.c to recordings that may be sold: open_pitch.py BUILD PYTHON OUT.c CORPORA...

Heard: Emo-DB (CC0), callcentre (Apache-2.0), sentences of espeak-ng, voices made here. What is voiced at what pitch is said by
SwiftF0 (MIT; run by PYTHON, which has it: models/train/requirements.txt), of voices made here by how they were made. Numbers of
the search: DRAWS at random within ranges of round numbers, then STEPS moves from the best draw, each judged by the frame error
of weights fitted with it; nothing here has met fda. Then weights as models/train/pitch.py fits them. First it prints what each
half of the speakers gets by the weights of the other.
"""
import csv
import ctypes
import glob
import hashlib
import os
import subprocess
import sys
import tempfile

import numpy as np

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT)
from models.train import audio, pace, perceptron, pitch, steps  # noqa: E402

HOP = 256  # of SwiftF0, samples: value i stands at i hops
VOICED = 0.5  # confidence from which SwiftF0 means voiced
LOWEST, HIGHEST = 60, 500  # Hz of dsp/pitch
CORPORA = ("emodb", "callcentre")
FITTED_TO = "Emo-DB (CC0-1.0); call-centre samples (Apache-2.0); espeak-ng and made voices (made-here); SwiftF0's labels (MIT)"
# Each number's range and how it is stored: what it means in dsp/pitch_table.h.
RANGES = {"peak_min_q15": (0.1, 0.35, 2**15), "lag_weight_q15": (0.05 / 68, 0.4 / 68, 2**15), "unvoiced_q12": (0.3, 0.7, 2**12),
          "switch_q12": (0.1, 0.8, 2**12), "switch_per_db_q12": (0.002, 0.03, 2**12), "switch_min_q12": (0.01, 0.1, 2**12),
          "jump_q8": (0.2, 1.2, 2**12 / 12), "own_weight_q16": (0.003, 0.03, 2**19 * 4 / 3), "peak_decay_q8": (0.01, 0.05, 2**8),
          "floor_q8": (24, 42, 2**8)}
DRAWS, MOVES = 16, 8
SOME = 8  # every eighth sound chooses the numbers, its first ...
LONGEST = 4  # ... seconds
MADE, MADE_S = 40, 5
SEARCHED = ("clean", "noise", "telephone")
GROSS_WEIGHT = 2  # in the choice of numbers, of a wrong pitch beside a wrong decision

LABELS = """import sys, numpy as np
from swift_f0 import SwiftF0
tracker = SwiftF0(threads=1, spin=False)
with np.load(sys.argv[1]) as sounds:
    said = [tracker.detect(sounds[k].astype(np.float32), 16000) for k in sounds.files]
    np.savez(sys.argv[2], **{k: np.stack([r.pitch_hz, r.confidence]) for k, r in zip(sounds.files, said)})
"""


def made(rng):
    """A voice of syllables, hisses and pauses, and its pitch per hop of SwiftF0; 0 = unvoiced."""
    n = MADE_S * audio.RATE
    t = np.arange(n) / audio.RATE
    base = np.exp(rng.uniform(np.log(80), np.log(330)))
    f0 = base * 2 ** (0.25 * np.sin(2 * np.pi * rng.uniform(0.2, 0.6) * t + rng.uniform(0, 6)) + 0.03 * np.sin(2 * np.pi * 3 * t))
    envelope, hiss, at = np.zeros(n), np.zeros(n), 0
    while at < n:
        length, gap = int(rng.uniform(0.06, 0.35) * audio.RATE), int(rng.uniform(0.02, 0.25) * audio.RATE)
        edge = int(rng.uniform(0.008, 0.04) * audio.RATE)
        part = np.minimum(1, np.minimum(np.arange(length), np.arange(length)[::-1]) / edge)
        envelope[at : at + length] = (part * 10 ** rng.uniform(-0.6, 0))[: n - at]
        at += length
        if rng.random() < 0.5:
            hiss[at : at + gap] = 10 ** rng.uniform(-1.5, -0.6)
        at += gap
    turn = 2 * np.pi * np.cumsum(f0) / audio.RATE
    formants = [(rng.uniform(300, 800), 90), (rng.uniform(900, 2200), 120), (rng.uniform(2300, 3200), 180)]
    y = np.zeros(n)
    for k in range(1, int(3900 / f0.max())):
        f = k * f0
        gain = sum(1 / (1 + ((f - centre) / width) ** 2) * 0.5**i for i, (centre, width) in enumerate(formants)) + 0.01
        y += gain / np.sqrt(k) * np.cos(k * turn)
    noise = rng.standard_normal(n)
    noise -= 0.9 * np.concatenate([[0], noise[:-1]])
    y = y / np.max(np.abs(y)) * envelope + 0.3 * hiss * noise + 0.001 * rng.standard_normal(n)
    middle = np.arange(n // HOP) * HOP
    return 0.3 * y, np.where(envelope[middle] > 0.05, f0[middle], 0)


def recordings(folders):
    """[(speaker, samples)]"""
    out = []
    for folder in folders:
        with open(os.path.join(folder, "index.tsv"), encoding="utf-8", newline="") as f:
            out += [(f"{r['corpus']}:{r['speaker']}", audio.read(os.path.join(folder, r["path"])))
                    for r in csv.DictReader(f, delimiter="\t") if r["corpus"] in CORPORA]
    with tempfile.TemporaryDirectory() as folder:
        out += [(f"{item[0]}:{item[1]}", audio.read(item[4])) for item in pace.spoken(folder)[::3]]
    return out


def labelled(build, python, sounds):
    """Pitch per hop; 0 = unvoiced. What was said of a sound is kept below build."""
    path = os.path.join(build, "train", "swift_f0.npz")
    keys = [hashlib.sha256(x.astype(np.float32).tobytes()).hexdigest() for x in sounds]
    said = {}
    if os.path.exists(path):
        with np.load(path) as kept:
            said = {k: kept[k] for k in kept.files}
    new = {k: x for k, x in zip(keys, sounds) if k not in said}
    if new:
        said.update(zip(new, tracked(python, new.values())))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        np.savez(path, **said)
    return [np.where((c >= VOICED) & (f >= LOWEST) & (f <= HIGHEST), f, 0) for f, c in (said[k] for k in keys)]


def tracked(python, sounds):
    """(pitch, confidence) per sound and hop."""
    with tempfile.TemporaryDirectory() as folder:
        into, out = os.path.join(folder, "sounds.npz"), os.path.join(folder, "labels.npz")
        np.savez(into, **{f"{i:05d}": x.astype(np.float32) for i, x in enumerate(sounds)})
        subprocess.run([python, "-c", LABELS, into, out], check=True)
        with np.load(out) as said:
            return [said[k] for k in sorted(said.files)]


class Search:
    """The device's search with any numbers: its objects once, a table and a library per set of numbers."""

    def __init__(self, build, folder):
        self.folder, self.build, self.made = folder, build, 0
        plain = set(glob.glob(os.path.join(ROOT, "dsp/*.c"))) - set(glob.glob(os.path.join(ROOT, "dsp/*_dsp.c")))
        files = sorted(plain) + [os.path.join(ROOT, x) for x in ("firmware/caller.c", "models/infer.c", "models/lanes.c",
                                                                "models/train/steps.c", "dsp/research/pace_net.c")]
        files += [os.path.join(build, "gen", x, "tables.c") for x in ("dsp", "models")] + [os.path.join(steps.kissfft(build), "kiss_fft.c")]
        self.objects = []
        for i, file in enumerate(files):
            self.objects.append(os.path.join(folder, f"{i}.o"))
            self.compile("-c", file, "-o", self.objects[-1])

    def compile(self, *words):
        subprocess.run(["cc", "-std=c11", "-O3", "-fPIC", *steps.kissfft_flags(self.build), *words], check=True)

    def rows(self, numbers, sounds):
        """Per sound, (F0 were it voiced, inputs) per row, at the hops of SwiftF0."""
        self.made += 1
        table = os.path.join(self.folder, f"table{self.made}")
        with open(table + ".c", "w", encoding="ascii") as f:
            f.write(source(numbers, 0, [0] * pitch.INPUTS))
        self.compile("-shared", table + ".c", *self.objects, "-o", table + ".so")
        library = ctypes.CDLL(table + ".so")
        out = []
        for x in sounds:
            pcm = np.concatenate([np.clip(np.round(x * 32768), -32768, 32767), np.zeros(4 * steps.HOP)]).astype(np.int16)
            f0, inputs = np.zeros(len(pcm) // steps.HOP, np.uint16), np.zeros((len(pcm) // steps.HOP, pitch.INPUTS), np.int16)
            n = library.ut_train_pitch(steps.at(pcm), len(pcm), steps.at(f0), steps.at(inputs))
            k = np.minimum(np.rint(np.arange(len(x) // HOP) * HOP / steps.HOP).astype(int), n - 1)
            out.append((f0[k] / 16, (inputs[k] / pitch.SCALE).astype(np.float32)))
        return out


def source(numbers, bias, weights):
    written = "Written by models/train/open_pitch.py: numbers of the search and weights, DESIGN.md \"Pitch\"."
    return pitch.source("open", written, FITTED_TO, numbers, bias, weights)


def joined(data, references, use, copy):
    return tuple(np.concatenate([data[copy][i][k] for i in use]) for k in (0, 1)) + (np.concatenate([references[i] for i in use]),)


def fit(data, references, use, shares):
    parts = [joined(data, references, use, copy) + (share,) for copy, share in shares.items()]
    f0, x, reference = (np.concatenate([p[i] for p in parts]) for i in range(3))
    return pitch.integers(*pitch.fit(f0, x, reference, np.concatenate([np.full(len(p[0]), float(p[3])) for p in parts])))


def copies(sounds, rng):
    some = [pitch.copies(x, rng) for x in sounds]
    limited = lambda x: x / max(1, np.max(np.abs(x)))
    return {copy: [limited(s[copy]) for s in some] for copy in pitch.COPIES}


def judged(search, numbers, heard, references):
    """What is lost with these numbers and weights fitted with them."""
    data = {copy: search.rows(numbers, heard[copy]) for copy in SEARCHED}
    use, shares = range(len(references)), {c: pitch.COPIES[c] for c in SEARCHED}
    try:
        weights = fit(data, references, use, shares)
    except SystemExit:
        return np.inf
    lost = 0
    for copy, share in shares.items():
        n, voicing, _, gross = pitch.errors(*joined(data, references, use, copy), weights)
        lost += share * (voicing + GROSS_WEIGHT * gross) / n
    return lost / sum(shares.values())


def stored(values):
    return {name: int(round(v * RANGES[name][2])) for name, v in values.items()}


def search_numbers(search, heard, references, rng):
    best = (np.inf, None)
    for i in range(DRAWS + MOVES):
        if i < DRAWS:
            values = {name: float(np.exp(rng.uniform(np.log(low), np.log(high)))) for name, (low, high, _) in RANGES.items()}
        else:
            values = {name: float(np.clip(v * np.exp(rng.normal(0, 0.2) * (rng.random() < 0.4)), *RANGES[name][:2]))
                      for name, v in best[1].items()}
        lost = judged(search, stored(values), heard, references)
        if lost < best[0]:
            best = (lost, values)
            print(f"{'draw' if i < DRAWS else 'move'} {i}: {100 * lost:.2f} % lost; {stored(values)}", flush=True)
    return stored(best[1])


def main(build, python, out, folders):
    rng = np.random.default_rng(1)
    spoken = recordings(folders)
    references = labelled(build, python, [x for _, x in spoken])
    for i in range(MADE):
        x, reference = made(rng)
        spoken.append((f"made:{i}", x))
        references.append(reference)
    names, sounds = [s for s, _ in spoken], [x for _, x in spoken]
    print(f"{len(sounds)} sounds, {sum(map(len, sounds)) / audio.RATE / 60:.0f} min", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        search = Search(build, folder)
        cut = [x[: LONGEST * audio.RATE // HOP * HOP] for x in sounds[::SOME]]
        numbers = search_numbers(search, copies(cut, rng), [r[: len(x) // HOP] for r, x in zip(references[::SOME], cut)], rng)
        heard = copies(sounds, rng)
        references = [r[: len(x) // HOP] for r, x in zip(references, sounds)]
        data = {copy: search.rows(numbers, heard[copy]) for copy in pitch.COPIES}
    speakers = sorted(set(names))
    half = np.array([speakers.index(s) % 2 for s in names])
    weights = [fit(data, references, np.flatnonzero(half == k), pitch.COPIES) for k in (0, 1)]
    for corpus in sorted({s.split(":")[0] for s in speakers}):
        own = np.array([s.startswith(corpus + ":") for s in names])
        for copy in pitch.COPIES:
            n, voicing, both, gross = sum(pitch.errors(*joined(data, references, np.flatnonzero(own & (half == k)), copy), weights[1 - k])
                                          for k in (0, 1) if (own & (half == k)).any())
            print(f"{corpus:10} {copy:12} frame error {100 * (voicing + gross) / n:5.2f} %, gross {100 * gross / both:5.2f} %, n = {n}")
    perceptron.write(out, source(numbers, *fit(data, references, range(len(names)), pitch.COPIES)))


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit("usage: open_pitch.py BUILD PYTHON OUT.c CORPORA...")
    main(*sys.argv[1:4], sys.argv[4:])
