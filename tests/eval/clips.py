# SPDX-License-Identifier: Apache-2.0
"""Recordings, what a call does to them, and their rows from the C engine (`undertone features`)."""
import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import soundfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from models.train.audio import smooth_length

RATE = 16000


def arguments(doc):
    """The common command line. Ends the program, without a table, when the recordings are absent."""
    parser = argparse.ArgumentParser(description=doc.split("\n")[0])
    parser.add_argument("--tool", required=True, help="the program undertone")
    parser.add_argument("--corpora", required=True, help="folder with index.tsv, fda, emodb, ravdess")
    parser.add_argument("--out", required=True, help="JSON file of the figures")
    a = parser.parse_args()
    if not os.path.exists(os.path.join(a.corpora, "index.tsv")):
        print(f"{a.corpora}: no recordings here (index.tsv is absent), so nothing was measured; CORPORA= names another folder")
        sys.exit(0)
    return a


def index(corpora, corpus):
    with open(os.path.join(corpora, "index.tsv"), encoding="utf-8", newline="") as f:
        return [r for r in csv.DictReader(f, delimiter="\t") if r["corpus"] == corpus]


def fda(corpora):
    """Sorted names of the sentences with a laryngograph reference."""
    folder = os.path.join(corpora, "fda")
    names = sorted(n[:-5] for n in os.listdir(folder) if n.endswith(".flac")) if os.path.isdir(folder) else []
    return [os.path.join("fda", n) for n in names]


def resample(x, rate, to):
    """Band-limited, by the transform; sample i stays at time i / rate."""
    if rate == to:
        return x
    step = int(np.lcm(rate, to) // to)  # lengths that are whole in both rates
    n = step * smooth_length(-(-(len(x) + 256) // step))
    m = n * to // rate
    spectrum = np.fft.rfft(x, n)
    bins = np.zeros(m // 2 + 1, complex)
    k = min(len(bins), len(spectrum)) - 1  # the bin at half the lower rate is left out
    bins[:k] = spectrum[:k]
    return np.fft.irfft(bins, m)[: len(x) * to // rate] * (m / n)


def read(path):
    x, rate = soundfile.read(path, always_2d=True)
    return resample(x.mean(axis=1), rate, RATE)


def band(x, low, high):
    """Keeps low..high Hz, with edges of a few per cent."""
    n = smooth_length(len(x) + 1024)
    f = np.fft.rfftfreq(n, 1 / RATE)
    edge = lambda f, at: 1 / (1 + np.exp(-(f - at) / (0.02 * at)))
    return np.fft.irfft(np.fft.rfft(x, n) * edge(f, low) * (1 - edge(f, high)), n)[: len(x)]


def mu_law(x):
    """G.711 mu-law and back: 14 bits, eight segments of sixteen steps."""
    size = np.minimum(np.abs(np.round(x * 8192)), 8158) + 33
    segment = np.floor(np.log2(size)).astype(int) - 5
    step = 2.0 ** (segment + 1)
    return np.sign(x) * (np.floor(size / step) * step + step / 2 - 33) / 8192


def telephone(x):
    """300-3400 Hz, 8 kHz, mu-law, back to 16 kHz, at the recording's own level."""
    narrow = resample(band(x, 300, 3400), RATE, RATE // 2)
    return resample(mu_law(np.clip(narrow, -1, 1)), RATE // 2, RATE)


def louder(x, db):
    """Amplified, but no further than to full scale."""
    return x * min(10 ** (db / 20), 0.999 / max(np.max(np.abs(x)), 1e-9))


def clipped(x, db):
    return np.clip(x * 10 ** (db / 20), -1, 1)


def active_power(x):
    """Mean power of the 10 ms frames within 32 dB of the loudest."""
    power = np.mean(x[: len(x) // 160 * 160].reshape(-1, 160) ** 2, axis=1)
    return power[power >= power.max() * 10**-3.2].mean()


def with_noise(x, noise, db):
    """The noise is added `db` below the speech; both are turned down together where the sum would clip."""
    y = x + noise * np.sqrt(active_power(x) / np.mean(noise**2)) * 10 ** (-db / 20)
    return y * min(1, 0.999 / np.max(np.abs(y)))


def write(path, x, rate=RATE):
    soundfile.write(path, np.clip(np.round(x * 32768), -32768, 32767).astype(np.int16), rate, subtype="PCM_16")


class Folder:
    """A temporary folder of WAV files and of what tools make of them."""

    def __enter__(self):
        self.path = tempfile.mkdtemp()
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def fill(self, sounds, rate=RATE):
        """sounds: {name: samples}. Returns the WAV files in the same order."""
        self.names = list(sounds)
        self.files = [os.path.join(self.path, f"{i:04d}.wav") for i in range(len(sounds))]
        for path, x in zip(self.files, sounds.values()):
            write(path, x, rate)
        return self.files

    def rows(self, tool, columns):
        """{name: array, one row per 10 ms} with the named columns of `undertone features`."""
        subprocess.run([tool, "features", *self.files, "--csv", "--out", self.path], check=True,
                       stderr=subprocess.DEVNULL)
        return {name: table(path[:-4] + ".csv", columns) for name, path in zip(self.names, self.files)}


def table(path, columns):
    with open(path, "rb") as f:
        head = f.readline().decode("ascii").rstrip("\n").split(",")
        body = f.read().replace(b"customer", b"0").replace(b"agent", b"1")
    missing = [c for c in columns if c not in head]
    if missing:
        sys.exit(f"undertone features prints no column {missing[0]}")
    values = np.fromstring(body.replace(b"\n", b",").rstrip(b","), sep=",")  # many times np.loadtxt's speed
    return values.reshape(-1, len(head))[:, [head.index(c) for c in columns]]


def percent(x):
    return "-" if x is None else f"{100 * x:.2f}"


def save(path, figures):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path + ".part", "w", encoding="ascii") as f:
        json.dump(figures, f, indent=1, sort_keys=True)
        f.write("\n")
    os.replace(path + ".part", path)
