#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the speech decision of dsp/speech.c: models/train/speech.py UNDERTONE CORPORA OUT.c

Only Emo-DB (CC0) is used, so that these weights carry no licence but the project's, and of it not the speakers HELD_OUT.
Recordings, each made another voice and microphone by resampling and equalisation, are joined with pauses, half of which
hold a breath; most have a room's noise of their own that comes and goes with them. They are labelled by level (speech =
within 32 dB of the loudest frame), then mixed with noises made here and with babble summed from the same voices, or put on
hold with music, and passed through a telephone line, a clipping amplifier or neither, at levels down to -45 dB. Music,
tones and noises alone are added. The measurements come from the C engine (columns s00.. of `undertone features`). Writes
the integer weights; prints the area under the ROC curve and the hit and false-alarm rates on the speakers held out.
Deterministic: fixed seeds, one thread.
"""
import csv
import os
import subprocess
import sys
import tempfile

import numpy as np
import soundfile
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from models.train import perceptron
from models.train.audio import smooth_length, stretch, telephone

SEED = 1  # of the mixtures; the network's is 0
RATE = 16000
HOP = 160
HIDDEN = 48
INPUTS = 19
PADDED = 20
FORMATS = ("q12", "q20", "q12", "q16")  # of weights and biases, layer by layer
STEPS = 25000
HELD_OUT = ("E09", "E12")  # Emo-DB speakers never trained on, a woman and a man: tests/eval/speech.py hears them
TURNS = 6  # each gives every situation another third of the clips
SITUATIONS = (("none", ((50, 65), (50, 65))), ("white", ((15, 30), (7, 15), (3, 7))), ("pink", ((15, 25), (5, 15))),
              ("babble", ((15, 25), (7, 15), (3, 7))), ("hum", ((15, 25), (7, 15), (3, 7))), ("clicks", ((10, 25), (3, 10))))
STARTS, START_S, START_WEIGHT = 40, 2, 2  # per turn, noises that meet an engine just begun, each counted so often
HOLDS, HOLD_S = 12, 8  # per turn, conversations put on hold, and for how long
SPEECH_RANGE_DB = 32
NEGATIVE_WEIGHT = 2.0  # of false alarms against misses
WEIGHTS = {"hum": 8,   # hides the low bands and with them much of what periodicity says
           "hold": 4}  # the sound's first 2.5 s count, while floors lie where they were before it


def labels(x):
    level = [10 * np.log10(np.mean(x[max(0, HOP * k - 240) : HOP * k + 240] ** 2) + 1e-12) for k in range(len(x) // HOP)]
    level = np.array(level)
    return level > level.max() - SPEECH_RANGE_DB


def another(x, rng):
    """The clip as another throat and another microphone would have it: faster or slower, tilted, with three wide resonances."""
    if rng.rand() < 0.7:
        x = stretch(x, rng.uniform(0.85, 1.2))
    n = smooth_length(len(x) + 512)
    f = np.maximum(np.fft.rfftfreq(n, 1 / RATE), 50)
    db = rng.uniform(-3, 3) * np.log2(f / 1000)
    for _ in range(3):
        db += rng.uniform(-6, 6) * np.exp(-0.5 * ((np.log2(f) - rng.uniform(6.5, 12.5)) / rng.uniform(0.4, 1.2)) ** 2)
    return np.fft.irfft(np.fft.rfft(x, n) * 10 ** (db / 20), n)[: len(x)]


def loudest_power(x):
    """Of any 30 ms."""
    return np.max(np.convolve(x**2, np.ones(480) / 480, "same"))


def breath(power, rng):
    """Noise through an open mouth, 0.15 to 0.7 s, its loudest 30 ms 33 to 50 dB below `power`."""
    n = int(rng.uniform(0.15, 0.7) * RATE)
    f = np.fft.rfftfreq(n, 1 / RATE)
    at = (rng.uniform(low, high) for low, high in ((400, 900), (1000, 2200), (2200, 3800), (4000, 7000)))
    shape = sum(rng.uniform(0.2, 1) / (1 + ((f - c) / rng.uniform(150, 600)) ** 2) for c in at)
    x = np.fft.irfft(np.fft.rfft(rng.randn(n)) * shape, n)
    x = x * np.sin(np.pi * np.linspace(0, 1, n) ** rng.uniform(0.6, 1.6)) ** rng.uniform(0.7, 2)
    return x * np.sqrt(power / loudest_power(x)) * 10 ** (-rng.uniform(33, 50) / 20)


def coloured(n, rng):
    """White to pink noise."""
    shaped = np.fft.rfft(rng.randn(n))
    return np.fft.irfft(shaped / np.maximum(np.arange(len(shaped)), len(shaped) // 100 + 1) ** rng.uniform(0, 0.6), n)


def joined(clips, gap_s, rng):
    """Clips with pauses of 0.3 to 1.7 times gap_s between them, and their labels. Two clips in three bring a room's
    noise along, which begins before them and ends after them; every second has a breath after it, where the pause has room."""
    sound, speech = [], []
    for x in clips:
        x = another(x, rng)
        before, after = rng.randint(0, 80, 2)
        x = np.pad(x[: len(x) // HOP * HOP], (before * HOP, after * HOP))
        x = 0.5 * x / np.max(np.abs(x))
        spoken = labels(x)
        power = loudest_power(x)
        if rng.rand() < 0.67:
            x = x + coloured(len(x), rng)[: len(x)] * np.sqrt(np.mean(x[np.repeat(spoken, HOP)] ** 2)) * 10 ** (-rng.uniform(22, 60) / 20)
        gap = int(gap_s * rng.uniform(0.3, 1.7) * 100)
        pause = np.zeros(gap * HOP)
        if rng.rand() < 0.5:
            air = breath(power, rng)[: len(pause)]
            at = rng.randint(len(pause) - len(air) + 1)
            pause[at : at + len(air)] += air
        sound += [x, pause]
        speech += [spoken, np.zeros(gap, bool)]
    return np.concatenate(sound), np.concatenate(speech)


def noise(kind, n, babble, rng):
    t = np.arange(n) / RATE
    if kind == "white":
        return rng.randn(n)
    if kind == "pink":
        return coloured(n, rng)
    if kind == "babble":
        voices = rng.permutation(len(babble))[: rng.randint(3, len(babble) + 1)]
        return sum(np.roll(np.resize(babble[v], n), rng.randint(n)) for v in voices)
    if kind == "hum":
        f, roll = rng.choice([50, 60]), rng.uniform(0.3, 1.5)
        return sum(rng.uniform(0, 1) / h**roll * np.sin(2 * np.pi * h * f * t + rng.uniform(0, 7)) for h in range(1, 9)) + (
            rng.uniform(0.3, 1.5) * np.sin(2 * np.pi * f * t))
    if kind == "clicks":
        v, p = np.zeros(n), 0
        while p < n - 800:
            v[p : p + 800] += rng.uniform(0.3, 1) * rng.randn(800) * np.exp(-np.arange(800) / rng.uniform(20, 100))
            p += int(rng.exponential(rng.choice([0.1, 0.25, 0.5])) * RATE) + 400
        return v
    if kind == "music":
        v = np.zeros(n)
        for shortest, longest, root, voices in ((0.25, 0.8, 110, 3), (0.15, 1.2, 220, 1)):
            p, decay, roll, beat = 0, rng.uniform(0, 3), rng.uniform(0.8, 2), rng.uniform(0, 2)
            while p < n:
                m = min(int(rng.uniform(shortest, longest) * RATE), n - p)
                tt = np.arange(m) / RATE
                wave = np.zeros(m)
                for interval in (0, 4, 7)[:voices]:
                    f = root * 2 ** ((rng.randint(0, 24) + interval) / 12)
                    phase = 2 * np.pi * f * tt + rng.uniform(0, 0.6) * np.sin(2 * np.pi * rng.uniform(4, 7) * tt)
                    wave += sum(np.sin(h * phase) / h**roll for h in range(1, 7))
                v[p : p + m] += wave * np.minimum(1, tt / 0.02) * np.exp(-tt * decay)
                k = min(m, 1600)
                v[p : p + k] += beat * rng.randn(k) * np.exp(-np.arange(k) / 200)
                p += m
        return v
    if kind == "chords":  # held, from a cheap synthesiser
        v, p = np.zeros(n), 0
        root, roll, overtones = rng.uniform(110, 220), rng.uniform(0.8, 2), rng.randint(1, 7)
        while p < n:
            m = min(int(rng.uniform(0.25, 1.5) * RATE), n - p)
            tt = np.arange(m) / RATE
            f = root * 2 ** (rng.randint(0, 12) / 12)
            for interval in (0, rng.choice([3, 4]), 7, 12)[: rng.randint(2, 5)]:
                phase = 2 * np.pi * f * 2 ** (interval / 12) * tt
                v[p : p + m] += sum(np.sin(h * phase) / h**roll for h in range(1, overtones + 1))
            p += m
        return v
    if kind == "tones":
        v, p = 1e-3 * rng.randn(n), 0
        while p < n:
            f = rng.uniform(200, 1500, 2)
            if rng.rand() < 0.5:
                f[1] = f[0] + rng.uniform(20, 200)
            on, off = rng.uniform(0.2, 2.5, 2)
            for _ in range(rng.randint(1, 6)):
                tt = np.arange(min(int(on * RATE), n - p)) / RATE
                v[p : p + len(tt)] += np.sin(2 * np.pi * f[0] * tt) + rng.randint(2) * np.sin(2 * np.pi * f[1] * tt)
                p = min(n, p + int((on + off) * RATE))
        return v
    raise ValueError(kind)


def passed(y, rng):
    """What a line does: telephone band and mu-law, or clipping, or neither; then any level down to -45 dB."""
    y = y / np.max(np.abs(y))
    way = rng.rand()
    if way < 0.25:
        y = telephone(y)[: len(y)]
    elif way < 0.4:
        y = np.clip(y * 10 ** (rng.uniform(6, 26) / 20), -1, 1)
    y = y / max(1, np.max(np.abs(y))) * 10 ** (rng.choice([rng.uniform(-20, 0), rng.uniform(-45, 0)]) / 20)
    return y.astype(np.float32)  # all of them together are six hours


def held(clips, sound, rng):
    """A conversation that is put on hold and goes on: (signal, labels)."""
    half = len(clips) // 2
    before, after = joined(clips[:half], 0.5, rng), joined(clips[half:], 0.5, rng)
    power = np.mean(before[0][np.repeat(before[1], HOP)] ** 2)
    sound = sound * np.sqrt(power / np.mean(sound**2)) * 10 ** (rng.uniform(-20, 5) / 20)
    x = np.concatenate([before[0], sound, after[0]])
    x = x + rng.randn(len(x)) * np.sqrt(power) * 10 ** (-rng.uniform(30, 65) / 20)
    return passed(x, rng), np.concatenate([before[1], np.zeros(len(sound) // HOP, bool), after[1]])


def mixtures(clips, rng, turns=TURNS):
    """(kind, signal, labels): speech in noise, each time of other clips, and sounds without speech."""
    made = []
    babble = [joined(clips[i::8], 0.2, rng)[0] for i in range(8)]
    n = 30 * RATE
    for turn in range(turns):
        for kind, snrs in SITUATIONS:
            for snr in snrs:
                x, speech = joined([clips[i] for i in rng.permutation(len(clips))[: len(clips) // 3]], rng.uniform(0.3, 1.5), rng)
                power = np.mean(x[np.repeat(speech, HOP)] ** 2)
                v = noise("white" if kind == "none" else kind, len(x), babble, rng)
                y = x + v / np.sqrt(np.mean(v**2)) * np.sqrt(power) * 10 ** (-rng.uniform(*snr) / 20)
                made.append((kind, passed(y, rng), speech))
        for i in range(HOLDS):
            sound = noise(("chords", "music", "chords", "tones")[i % 4], HOLD_S * RATE, babble, rng)
            made.append(("hold", *held([clips[k] for k in rng.permutation(len(clips))[:8]], sound, rng)))
        for kind in ("music", "music", "chords", "chords", "tones", "tones", "white", "pink", "hum", "clicks"):
            v = noise(kind, n, babble, rng)
            v = v / np.sqrt(np.mean(v**2)) + rng.randn(n) * 10 ** (-rng.uniform(30, 70) / 20)
            made.append((kind, passed(v, rng), np.zeros(n // HOP, bool)))
        for i in range(STARTS):
            v = noise(("white", "pink", "white", "hum")[i % 4], START_S * RATE, babble, rng) + rng.randn(START_S * RATE) * 0.01
            made += [("start", passed(v, rng), np.zeros(START_S * 100, bool))] * START_WEIGHT
    return made


def measure(undertone, made):
    """The network's inputs for every mixture, from the C engine, a few files at a time."""
    data = []
    for i in range(0, len(made), 16):
        with tempfile.TemporaryDirectory() as tmp:
            names = [os.path.join(tmp, f"m{k}.wav") for k in range(len(made[i : i + 16]))]
            for name, (_, y, _) in zip(names, made[i:]):
                soundfile.write(name, y, RATE, subtype="PCM_16")
            subprocess.run([undertone, "features", *names, "--csv", "--out", tmp], check=True)
            for name, (kind, _, speech) in zip(names, made[i:]):
                with open(name[:-4] + ".csv", encoding="ascii") as f:
                    first = f.readline().split(",").index("s00")
                    x = np.loadtxt(f, delimiter=",", usecols=range(first, first + INPUTS), dtype=np.float32)
                n = min(len(x), len(speech))
                data.append((kind, x[:n], speech[:n]))
    return data


def train(data):
    """The network as float weights."""
    torch.set_num_threads(1)
    x = torch.tensor(np.concatenate([d[1] for d in data]), dtype=torch.float32) / 256
    y = torch.tensor(np.concatenate([d[2] for d in data]), dtype=torch.float32)
    w = torch.where(y > 0, 0.5 * len(y) / y.sum(), NEGATIVE_WEIGHT * 0.5 * len(y) / (1 - y).sum())
    w *= torch.tensor(np.concatenate([np.full(len(s), WEIGHTS.get(k, 1) if s.any() else 1) for k, _, s in data]))
    mean, scale = x.mean(0), x.std(0)
    x = (x - mean) / scale
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(INPUTS, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 1))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        i = torch.randint(len(x), (4096,))
        loss = (torch.nn.functional.binary_cross_entropy_with_logits(net(x[i])[:, 0], y[i], reduction="none") * w[i]).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        w1 = net[0].weight / scale
        b1 = net[0].bias - w1 @ mean
        return [t.numpy().astype(float) for t in (w1, b1, net[2].weight[0], net[2].bias)]


def quantise(w1, b1, w2, b2):
    """Q12 weights, Q20 and Q16 biases. A hidden unit is scaled so that both its weights fit int16."""
    for h in range(HIDDEN):
        peak = max(np.abs(w1[h]).max(), 1e-9)
        k = min(4.0 / peak, max(abs(w2[h]), 1e-9) * 8 / 0.05)
        w1[h], b1[h], w2[h] = w1[h] * k, b1[h] * k, w2[h] / k
    q = lambda v, bits: np.floor(v * 2**bits + 0.5).astype(np.int64)
    return np.clip(q(w1, 12), -32768, 32767), q(b1, 20), np.clip(q(w2, 12), -32768, 32767), q(b2, 16)


def score(q, x):
    w1, b1, w2, b2 = q
    hidden = np.maximum(x.astype(np.int64) @ w1.T + b1, 0)
    return (hidden @ w2 + b2[0] * 65536) / 2.0**32


def report(q, data):
    print(f"{'noise':8} {'frames':>7} {'AUC':>6} {'hit':>6} {'false alarms':>12}")
    for kind in dict.fromkeys(d[0] for d in data):
        p = np.concatenate([score(q, x) for k, x, _ in data if k == kind])
        y = np.concatenate([s for k, _, s in data if k == kind])
        auc = "-"
        if y.any():
            rank = np.argsort(np.argsort(p)) + 1.0
            auc = f"{(rank[y].sum() - y.sum() * (y.sum() + 1) / 2) / (y.sum() * (~y).sum()):.3f}"
        hit = f"{np.mean(p[y] > 0):.3f}" if y.any() else "-"
        print(f"{kind:8} {len(y):7d} {auc:>6} {hit:>6} {np.mean(p[~y] > 0):12.3f}")


def source(q, clips):
    """dsp/speech_net.c"""
    written = f"Written by models/train/speech.py from {clips} Emo-DB clips (Burkhardt et al. 2005, CC0).\n * " \
        "Fitted to: Emo-DB (CC0-1.0); noises and tones (made-here)."
    return perceptron.source("speech", written, PADDED, FORMATS, q)


def main(undertone, corpora, out):
    index = os.path.join(corpora, "index.tsv")
    if not os.path.exists(index):
        sys.exit(f"speech.py: {index}: not found; name the folder that holds index.tsv")
    with open(index, newline="") as f:
        rows = [r for r in csv.DictReader(f, delimiter="\t") if r["corpus"] == "emodb"]
    clip = lambda r: soundfile.read(os.path.join(corpora, r["path"]))[0]
    seen = [clip(r) for r in rows if r["speaker"] not in HELD_OUT]
    unseen = [clip(r) for r in rows if r["speaker"] in HELD_OUT]
    rng = np.random.RandomState(SEED)
    q = quantise(*train(measure(undertone, mixtures(seen, rng))))
    report(q, measure(undertone, mixtures(unseen, rng)))
    perceptron.write(out, source(q, len(seen)))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: speech.py UNDERTONE CORPORA OUT.c")
    main(*sys.argv[1:])
