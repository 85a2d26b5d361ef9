#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Syllables counted against syllables known: pace.py --tool UNDERTONE --corpora FOLDER --out FILE.json

Known: Emo-DB's counts in index.tsv; 7 in either sentence of RAVDESS; for fda the vowels (and syllabic l, n) of the text as
espeak-ng speaks it. Counted: the sum of the column `syllable` over a clip.
  r     correlation of counted and known
  error mean of |counted / known - 1|
  bias  mean of counted / known - 1
The weights of dsp/research/pace_net.c were fitted on these recordings, in these conditions among others: `models/train/pace.py` prints
the same figures on voices and on texts left out of the fit.
Beside it the usual method (de Jong and Wempe 2009, Behavior Research Methods 41), in floating point and with the whole
clip in view: peaks of Praat's intensity (Kaiser window for 50 Hz, every 16 ms), at most 25 dB below the 99 % quantile,
2 dB above the dip before, voiced (autocorrelation of 40 ms windows >= 0.25, 75-450 Hz, above 3 % of the peak).
"""
import os
import re
import shutil
import subprocess

import numpy as np

import clips

VOWEL = re.compile("[aeiouyæɐɑɒɔəɚɜɛɪʊʌøœ]|[ln]̩")
CORPORA = ("emodb", "ravdess", "fda")
BATCH = 300


def vowels(texts):
    """Vowels of each line, as espeak-ng speaks British English."""
    out = []
    for text in texts:
        done = subprocess.run(["espeak-ng", "-q", "--ipa", "--sep=_", "-v", "en-gb", text], stdout=subprocess.PIPE, check=True)
        phonemes = re.split(r"[_\s]+", done.stdout.decode("utf-8"))
        out.append(sum(1 for p in phonemes if VOWEL.search(p)))
    return out


def known(corpora):
    """[(path, corpus, syllables)]"""
    out = [(r["path"], "emodb", int(r["syllables"])) for r in clips.index(corpora, "emodb") if r["syllables"]]
    out += [(r["path"], "ravdess", 7) for r in clips.index(corpora, "ravdess")]
    names = clips.fda(corpora)
    if names and shutil.which("espeak-ng"):
        with open(os.path.join(corpora, "fda", "orthographic.index"), encoding="ascii") as f:
            texts = dict(line.strip().split(" ", 1) for line in f if line.strip())
        counts = dict(zip(texts, vowels(texts.values())))
        out += [(n + ".flac", "fda", counts[os.path.basename(n)[2:]]) for n in names]
    elif names:
        print("fda: left out, its syllables are counted by espeak-ng, which is not installed")
    return out


def intensity(x):
    """dB every 16 ms, as Praat's To Intensity with 50 Hz."""
    half = 1024
    window = np.kaiser(2 * half + 1, 2 * np.pi**2 + 0.5)
    padded = np.pad(x - x.mean(), half)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)[::256]
    means = frames @ window / window.sum()
    power = np.maximum(np.einsum("ij,ij,j->i", frames, frames, window) / window.sum() - means**2, 1e-12)
    return 10 * np.log10(power)


def is_voiced(x, at):
    """Whether the 40 ms around sample `at` are periodic."""
    half, least, most = 320, 35, 213
    if at < half or at + half > len(x):
        return False
    window = np.hanning(2 * half + 1)[:-1]
    y = x[at - half : at + half]
    y = (y - y.mean()) * window
    if np.max(np.abs(y)) < 0.03 * np.max(np.abs(x)):
        return False
    auto = np.fft.irfft(np.abs(np.fft.rfft(y, 4 * half)) ** 2)[: most + 1]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 4 * half)) ** 2)[: most + 1]
    return np.max((auto / auto[0] / (own / own[0]))[least:]) >= 0.25


def intensity_peaks(x):
    level = intensity(x)
    threshold = max(np.quantile(level, 0.99) - 25, level.min())
    count, before = 0, None
    for i in range(1, len(level) - 1):
        if level[i - 1] < level[i] >= level[i + 1] and level[i] > threshold:
            dip = level[:i].min() if before is None else level[before:i].min()
            if level[i] - dip >= 2:
                if is_voiced(x, 256 * i):
                    count += 1
                before = i
    return count


def figures(counted, truth):
    counted, truth = np.asarray(counted, float), np.asarray(truth, float)
    off = counted / truth - 1
    r = None if truth.std() == 0 or counted.std() == 0 else float(np.corrcoef(counted, truth)[0, 1])
    return {"correlation": r, "error": float(np.abs(off).mean()), "bias": float(off.mean()), "n": len(truth)}


def conditions(rng):
    noise = lambda x, db: clips.with_noise(x, rng.standard_normal(len(x)), db)
    return {
        "clean": lambda x: x,
        "gain -20 dB": lambda x: clips.louder(x, -20),
        "gain +20 dB, to full scale": lambda x: clips.louder(x, 20),
        "telephone": clips.telephone,
        "white noise 10 dB": lambda x: noise(x, 10),
    }


def count(tool, corpora, items, change):
    """Syllables by undertone and by the reference, per item."""
    own, reference = [], []
    for i in range(0, len(items), BATCH):
        with clips.Folder() as folder:
            sounds = {path: change(clips.read(os.path.join(corpora, path))) for path, *_ in items[i : i + BATCH]}
            folder.fill(sounds)
            own += [int(r[:, 0].sum()) for r in folder.rows(tool, ("syllable",)).values()]
            reference += [intensity_peaks(x) for x in sounds.values()]
    return np.array(own), np.array(reference)


def main():
    a = clips.arguments(__doc__)
    items = known(a.corpora)
    table = []
    print("Syllables; error and bias in %; after `clean`, every fourth clip of RAVDESS\n")
    print(f"{'condition':27} {'corpus':9} {'undertone r':>11} {'error':>6} {'bias':>6}   {'intensity peaks r':>17} {'error':>6} "
          f"{'bias':>6} {'clips':>6}")
    for condition, change in conditions(np.random.default_rng(1)).items():
        part = items if condition == "clean" else [x for i, x in enumerate(items) if x[1] != "ravdess" or i % 4 == 0]
        own, reference = count(a.tool, a.corpora, part, change)
        truth = np.array([x[2] for x in part])
        corpus = np.array([x[1] for x in part])
        rows = [(c, corpus == c) for c in CORPORA if np.any(corpus == c)]
        rows.append(("all clips", corpus != ""))
        for name, mask in rows:
            line = [figures(v[mask], truth[mask]) for v in (own, reference)]
            cells = [(f"{f['correlation']:.3f}" if f["correlation"] is not None else "-", f"{100 * f['error']:.1f}",
                      f"{100 * f['bias']:+.1f}") for f in line]
            (r, e, b), (r2, e2, b2) = cells
            print(f"{condition:27} {name:9} {r:>11} {e:>6} {b:>6}   {r2:>17} {e2:>6} {b2:>6} {mask.sum():6d}", flush=True)
            table += [{"condition": condition, "corpus": name, "tool": tool, **f}
                      for tool, f in zip(("undertone", "intensity peaks"), line)]
    clips.save(a.out, {"figures": table})


if __name__ == "__main__":
    main()
