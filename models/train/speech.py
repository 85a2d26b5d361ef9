#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the speech decision of dsp/speech.c: models/train/speech.py UNDERTONE CORPORA OUT.c

Only Emo-DB (CC0) is used, so that these weights carry no licence but the project's. Clean recordings, joined with pauses,
are labelled by level (speech = within 32 dB of the loudest frame), then mixed with noises made here and with babble
summed from the same corpus. The measurements come from the C engine (columns s00.. of `undertone features`).
Prints the area under the ROC curve and the hit and false-alarm rates on speakers not trained on, then trains on all
speakers and writes the integer weights. Deterministic: one seed, one thread.
"""
import csv
import os
import subprocess
import sys
import tempfile

import numpy as np
import soundfile
import torch

SEED = 1
RATE = 16000
HOP = 160
HIDDEN = 16
INPUTS = 11
HELD_OUT = ("11", "12", "13")  # Emo-DB speakers of the printed table: two men, one woman
SPEECH_RANGE_DB = 32
NEGATIVE_WEIGHT = 1.0  # of false alarms against misses


def labels(x):
    level = [10 * np.log10(np.mean(x[max(0, HOP * k - 240) : HOP * k + 240] ** 2) + 1e-12) for k in range(len(x) // HOP)]
    level = np.array(level)
    return level > level.max() - SPEECH_RANGE_DB


def joined(clips, gap_s, rng):
    """Clips with pauses of 0.3 to 1.7 times gap_s between them, and their labels."""
    sound, speech = [], []
    for x in clips:
        x = x[: len(x) // HOP * HOP]
        x = 0.5 * x / np.max(np.abs(x))
        gap = int(gap_s * rng.uniform(0.3, 1.7) * 100)
        sound += [x, np.zeros(gap * HOP)]
        speech += [labels(x), np.zeros(gap, bool)]
    return np.concatenate(sound), np.concatenate(speech)


def noise(kind, n, babble, rng):
    t = np.arange(n) / RATE
    if kind == "white":
        return rng.randn(n)
    if kind == "pink":
        shaped = np.fft.rfft(rng.randn(n))
        shaped /= np.sqrt(np.maximum(np.arange(len(shaped)), 30))
        return np.fft.irfft(shaped, n)
    if kind == "babble":
        return np.roll(np.resize(babble, n), rng.randint(n))
    if kind == "hum":
        f = rng.choice([50, 60])
        return sum(a * np.sin(2 * np.pi * h * f * t) for h, a in ((1, 1), (3, 0.5), (5, 0.3)))
    if kind == "clicks":
        v = np.zeros(n)
        for p in rng.randint(0, n - 400, n // 4000):
            v[p : p + 160] += rng.randn(160) * np.exp(-np.arange(160) / 40)
        return v
    if kind == "music":
        v, p = np.zeros(n), 0
        while p < n:
            m = min(int(rng.uniform(0.25, 0.8) * RATE), n - p)
            tt = np.arange(m) / RATE
            root = 110 * 2 ** (rng.randint(0, 30) / 12)
            for interval in (0, 4, 7):
                f = root * 2 ** (interval / 12)
                for h in range(1, 6):
                    v[p : p + m] += np.sin(2 * np.pi * f * h * tt) / h * np.exp(-tt * rng.uniform(0, 3))
            p += m
        return v
    if kind == "tones":
        v, p = np.zeros(n), 0
        while p < n:
            m = min(int(rng.uniform(0.2, 3) * RATE), n - p)
            tt = np.arange(m) / RATE
            if rng.rand() < 0.7:
                v[p : p + m] = np.sin(2 * np.pi * rng.uniform(200, 1500) * tt) + np.sin(2 * np.pi * rng.uniform(200, 1500) * tt)
            p += m
        return v
    raise ValueError(kind)


def mixtures(clips, rng):
    """(kind, signal, labels): speech in noise at 60, 20, 10 and 5 dB, and noises alone."""
    made = []
    babble = sum(np.resize(joined(clips[i::6], 0.2, rng)[0], 100 * RATE) for i in range(6))
    for gap, part in ((1.0, 0), (0.3, 1), (1.0, 2)):
        x, speech = joined(clips[part::3], gap, rng)
        power = np.mean(x[np.repeat(speech, HOP)] ** 2)
        for kind in ("none", "white", "pink", "babble", "hum", "clicks"):
            for snr in (60,) if kind == "none" else (20, 10, 5):
                v = noise("white" if kind == "none" else kind, len(x), babble, rng)
                y = x + v / np.sqrt(np.mean(v**2)) * np.sqrt(power) * 10 ** (-snr / 20)
                y *= 10 ** (rng.uniform(-25, 0) / 20)
                made.append((kind, y / max(1, np.max(np.abs(y))), speech))
    for kind in ("music", "music", "tones", "white", "pink", "hum"):
        v = noise(kind, 30 * RATE, babble, rng)
        made.append((kind, v / np.max(np.abs(v)) * rng.uniform(0.02, 0.5), np.zeros(30 * 100, bool)))
    return made


def measure(undertone, made):
    """The network's inputs for every mixture, from the C engine."""
    with tempfile.TemporaryDirectory() as tmp:
        names = []
        for i, (_, y, _) in enumerate(made):
            names.append(os.path.join(tmp, f"m{i:03d}.wav"))
            soundfile.write(names[-1], y, RATE, subtype="PCM_16")
        subprocess.run([undertone, "features", *names, "--csv", "--out", tmp], check=True)
        data = []
        for name, (kind, _, speech) in zip(names, made):
            with open(name[:-4] + ".csv", newline="") as f:
                rows = list(csv.DictReader(f))
            x = np.array([[float(r[f"s{i:02d}"]) for i in range(INPUTS)] for r in rows])
            n = min(len(x), len(speech))
            data.append((kind, x[:n], speech[:n]))
    return data


def train(data):
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    x = torch.tensor(np.concatenate([d[1] for d in data]), dtype=torch.float32) / 256
    y = torch.tensor(np.concatenate([d[2] for d in data]), dtype=torch.float32)
    w = torch.tensor(np.concatenate([np.full(len(d[2]), 1.0) for d in data]), dtype=torch.float32)
    w = torch.where(y > 0, w * 0.5 * w.sum() / (w * y).sum(), NEGATIVE_WEIGHT * w * 0.5 * w.sum() / (w * (1 - y)).sum())
    mean, scale = x.mean(0), x.std(0)
    net = torch.nn.Sequential(torch.nn.Linear(INPUTS, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 1))
    steps = 3000
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        i = torch.randint(len(x), (4096,))
        out = net((x[i] - mean) / scale)[:, 0]
        loss = (torch.nn.functional.binary_cross_entropy_with_logits(out, y[i], reduction="none") * w[i]).mean()
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


def emit(q, path, count):
    w1, b1, w2, b2 = q
    row = lambda v: ", ".join(str(int(i)) for i in v)
    with open(path + ".part", "w") as f:
        f.write("/* SPDX-License-Identifier: Apache-2.0 */\n")
        f.write(f"/* Written by models/train/speech.py, seed {SEED}, from {count} Emo-DB clips (Burkhardt et al. 2005, CC0). */\n")
        f.write('#include "dsp/speech_net.h"\n\n')
        f.write("const int16_t ut_speech_net_weight1_q12[UT_SPEECH_NET_HIDDEN][UT_SPEECH_INPUTS] = {\n")
        f.writelines(f"    {{{row(r)}}},\n" for r in w1)
        f.write(f"}};\n\nconst int32_t ut_speech_net_bias1_q20[UT_SPEECH_NET_HIDDEN] = {{\n    {row(b1)}}};\n\n")
        f.write(f"const int16_t ut_speech_net_weight2_q12[UT_SPEECH_NET_HIDDEN] = {{\n    {row(w2)}}};\n\n")
        f.write(f"const int32_t ut_speech_net_bias2_q16 = {int(b2[0])};\n")
    os.replace(path + ".part", path)


def main(undertone, corpora, out):
    index = os.path.join(corpora, "index.tsv")
    if not os.path.exists(index):
        sys.exit(f"speech.py: {index}: not found; name the folder that holds index.tsv")
    with open(index, newline="") as f:
        rows = [r for r in csv.DictReader(f, delimiter="\t") if r["corpus"] == "emodb"]
    clip = lambda r: soundfile.read(os.path.join(corpora, r["path"]))[0]
    held = lambda r: r["speaker"].lstrip("EBeb").zfill(2) in HELD_OUT
    rng = np.random.RandomState(SEED)
    seen = measure(undertone, mixtures([clip(r) for r in rows if not held(r)][::6], rng))
    unseen = measure(undertone, mixtures([clip(r) for r in rows if held(r)][::6], rng))
    report(quantise(*train(seen)), unseen)
    emit(quantise(*train(seen + unseen)), out, len(rows[::6]))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: speech.py UNDERTONE CORPORA OUT.c")
    main(*sys.argv[1:])
