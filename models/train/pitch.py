#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fits the voicing decision of dsp/research/pitch_table.c: models/train/pitch.py UNDERTONE CORPORA OUT.c

Sentences of fda, whose larynx was recorded with the voice: reference value i stands at i x 15 ms, 0 = unvoiced. A row of the
engine is wanted voiced where the reference is and the pitch it would print (columns f0_choice, v00.. of `undertone
features`) is within 20 %; where only the pitch is wrong, unvoiced is wanted WRONG_WEIGHT times as much. Logistic
regression over clean, quieter, noisy and telephone copies. First it prints what each half of the sentences (sorted, every
second) gets by the weights of the other; then it writes the weights from the half that begins with the first sentence: the
other half stays unseen. The numbers of the search stay.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import soundfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from models.train import audio, perceptron

HOP_MS, REFERENCE_MS = 10, 15
INPUTS = 28
CLASS_ROWS = 5  # strengths, levels below the peak, means and least values of r: one per frame of the span
IN_DECIBEL = np.isin(np.arange(INPUTS), np.r_[5:10, 20:25])
SCALE = np.where(IN_DECIBEL, 256, 4096)         # of an input
MOST = np.where(IN_DECIBEL, 122 * 256, 4096)    # its greatest magnitude
WEIGHT_SCALE = np.where(IN_DECIBEL, 2**14, 2**10)
BIAS_SCALE = 2**22
GROSS = 0.2
WRONG_WEIGHT = 3
SHRINK = 1e-5
STEPS = 15
EDGE = 0.03  # of a telephone band's limits, a share of them
COPIES = {"clean": 2, "20 dB down": 1, "noise": 1, "telephone": 1, "narrow line": 1}  # and their weights


# Numbers of the search, by a random search on that half; those of the own pitch and of leaps by a look at all.
NUMBERS = {"peak_min_q15": 6088, "lag_weight_q15": 108, "unvoiced_q12": 1962, "switch_q12": 1878, "switch_per_db_q12": 45,
           "switch_min_q12": 82, "jump_q8": 171, "own_weight_q16": 6991, "peak_decay_q8": 6, "floor_q8": 8192}
WRITTEN = "Written by models/train/pitch.py from half of the sentences with a laryngograph (Bagshaw 1993)."


def source(tables, written, fitted_to, numbers, bias, weights):
    """dsp/TABLES/pitch_table.c"""
    lines = ["/* SPDX-License-Identifier: Apache-2.0 */", f"/* {written}", f" * Fitted to: {fitted_to}. */",
             '#include "dsp/pitch_table.h"', "", '#include "dsp/features.h"', "", "const struct ut_pitch_table ut_pitch_table = {",
             f"    .set = UT_TABLES_{tables.upper()},"]
    lines += [f"    .{name} = {v}," for name, v in {**numbers, "voiced_bias_q22": bias}.items()]
    halves = [", ".join(str(v) for v in part) for part in np.array_split(np.asarray(weights), 2)]
    return "\n".join(lines + [f"    .voiced_weight = {{{halves[0]},", f"                      {halves[1]}}},", "};", ""])


def narrow_line(x):
    """300-3400 Hz, 8 kHz, mu-law, at the recording's own level."""
    n = audio.smooth_length(len(x) + 256)
    f = np.fft.rfftfreq(n, 1 / audio.RATE)
    edge = lambda at: 1 / (1 + np.exp(np.clip((at - f) / (EDGE * at), -50, 50)))
    x = np.fft.irfft(np.fft.rfft(x, n) * edge(300) * (1 - edge(3400)), n)[: len(x)]
    return audio.stretch(audio.mu_law(np.clip(audio.stretch(x, 0.5), -1, 1)), 2)


def copies(x, rng):
    return {"clean": x, "20 dB down": x / 10, "noise": audio.add(x, rng.standard_normal(len(x)), 10),
            "telephone": audio.telephone(x), "narrow line": narrow_line(x)}


def measured(tool, sounds):
    """One (F0 were it voiced, inputs) per sound, a row per 10 ms."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, f"{i:04d}.wav") for i in range(len(sounds))]
        for path, x in zip(paths, sounds):
            soundfile.write(path, x / max(1, np.max(np.abs(x))), audio.RATE, subtype="PCM_16")
        subprocess.run([tool, "features", *paths, "--csv", "--out", folder], check=True, stderr=subprocess.DEVNULL)
        out = []
        for path in paths:
            with open(path[:-4] + ".csv", encoding="ascii") as f:
                at = f.readline().rstrip("\n").split(",").index("f0_choice")
                table = np.loadtxt(f, delimiter=",", usecols=range(at, at + 1 + INPUTS))
            out.append((table[:, 0], table[:, 1:] / SCALE))
        return out


def aligned(rows, reference):
    """The rows nearest to the reference values."""
    k = np.rint(np.arange(len(reference)) * REFERENCE_MS / HOP_MS).astype(int)
    return tuple(column[np.minimum(k, len(column) - 1)] for column in rows)


def fit(f0, x, reference, weight):
    """Bias and weights by Newton's method."""
    right = (reference > 0) & (np.abs(f0 / np.maximum(reference, 1) - 1) <= GROSS)
    weight = weight * np.where((reference > 0) & ~right, WRONG_WEIGHT, 1)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    z = np.c_[np.ones(len(x)), (x - mean) / spread]
    b = np.zeros(z.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(z @ b, -30, 30)))
        shrink = SHRINK * weight.sum()
        curve = (z * (weight * p * (1 - p))[:, None]).T @ z + shrink * np.eye(len(b))
        b += np.linalg.solve(curve, z.T @ (weight * (right - p)) - shrink * b)
    w = b[1:] / spread
    return b[0] - w @ mean, w


def integers(bias, w):
    bias, w = int(round(bias * BIAS_SCALE)), np.round(w * WEIGHT_SCALE).astype(int)
    if np.max(np.abs(w)) > 32767 or abs(bias) + np.abs(w) @ MOST >= 2**31:
        sys.exit("the weighted sum does not fit 32 bits")
    return bias, w


def errors(f0, x, reference, weights):
    """Frames, voicing errors, voiced in both, gross errors."""
    bias, w = weights
    f0 = np.where(np.round(x * SCALE) @ w + bias > 0, f0, 0)
    both = (f0 > 0) & (reference > 0)
    return np.array([len(f0), np.sum((f0 > 0) != (reference > 0)), both.sum(),
                     np.sum(np.abs(f0[both] / reference[both] - 1) > GROSS)])


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: pitch.py UNDERTONE CORPORA OUT.c")
    tool, corpora, out = sys.argv[1:]
    folder = os.path.join(corpora, "fda")
    names = sorted(n[:-5] for n in os.listdir(folder) if n.endswith(".flac"))
    references = [np.loadtxt(os.path.join(folder, n + ".f0ref")) for n in names]
    rng = np.random.default_rng(1)
    made = [copies(audio.read(os.path.join(folder, n + ".flac")), rng) for n in names]
    data = {}
    for copy in COPIES:
        data[copy] = [aligned(rows, r) for rows, r in zip(measured(tool, [m[copy] for m in made]), references)]

    def joined(half, copy):
        f0, x = (np.concatenate([d[i] for d in data[copy][half::2]]) for i in (0, 1))
        return f0, x, np.concatenate(references[half::2])

    weights = []
    for half in (0, 1):
        parts = [joined(half, copy) + (share,) for copy, share in COPIES.items()]
        f0, x, reference = (np.concatenate([p[i] for p in parts]) for i in range(3))
        weights.append(integers(*fit(f0, x, reference, np.concatenate([np.full(len(p[0]), float(p[3])) for p in parts]))))
    for copy in COPIES:
        n, voicing, both, gross = sum(errors(*joined(half, copy), weights[1 - half]) for half in (0, 1))
        print(f"{copy:12} frame error {100 * (voicing + gross) / n:5.2f} %, gross {100 * gross / both:5.2f} %, n = {n}")
    perceptron.write(out, source("research", WRITTEN, "fda (research-only)", NUMBERS, *weights[0]))


if __name__ == "__main__":
    main()
