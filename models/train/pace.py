#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fits the weights of dsp/pace.c: models/train/pace.py UNDERTONE CORPORA [TABLE]

What is known of a clip is its number of syllables only. A peak's weight is a linear function of its measurements (columns
peak, p00.. of `undertone features`), limited to 0..1.5; the weights are those that bring the sums over clips nearest to
what is known, with no bias in any corpus. Recordings: Emo-DB, RAVDESS and fda, clean, by telephone and in noise; and
sentences spoken by espeak-ng at five speeds, which keep the count right at speeds that the recordings lack.
With TABLE it first prints what is reached on voices and on texts left out: twice each, by halves, so that every recording
is judged by weights that have not met it. Writes nothing: the two lines printed last go into dsp/pace.c.
"""
import csv
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import soundfile
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from models.train import audio

INPUTS = 7
SCALE = np.array([256, 1, 1, 256, 256, 1, 256])  # of the measurements: dB Q8 or whole
CAP = 1.5
STEPS = 500
SPEEDS = (110, 140, 175, 220, 280)
VOICES = {"en-gb": ("en-gb", "en-us+f3", "en-gb+m3"), "de": ("de", "de+f2", "de+m7")}
SENTENCES = {
    "en-gb": ("Thank you for calling, my name is Anna, how can I help you today?",
              "I have been waiting for an answer to my letter since the end of January and nobody has called me back.",
              "The engineer will be with you between nine and twelve tomorrow morning.",
              "Could you please give me the number on the back of the card?",
              "I am terribly sorry about that, let me see what I can do for you.",
              "This is the third time I have to explain my problem to somebody new."),
    "de": ("Guten Tag, mein Name ist Anna, was kann ich heute für Sie tun?",
           "Ich warte seit Anfang Januar auf eine Antwort und niemand hat mich zurückgerufen.",
           "Der Techniker kommt morgen zwischen neun und zwölf Uhr zu Ihnen.",
           "Könnten Sie mir bitte die Nummer auf der Rückseite der Karte nennen?",
           "Das tut mir wirklich sehr leid, ich schaue gleich nach, was wir machen können.",
           "Das ist jetzt das dritte Mal, dass ich jemandem mein Problem erklären muss."),
}
CORPUS_WEIGHT = {"emodb": 1, "ravdess": 1, "fda": 0.5, "en-gb": 0.4, "de": 0.4}
CONDITION_WEIGHT = {"clean": 1, "telephone": 0.4, "noise": 0.5}


def vowels(text, voice):
    done = subprocess.run(["espeak-ng", "-q", "--ipa", "--sep=_", "-v", voice, text], stdout=subprocess.PIPE, check=True)
    phonemes = re.split(r"[_\s]+", done.stdout.decode("utf-8"))
    return sum(1 for p in phonemes if re.search("[aeiouyæɐɑɒɔəɚɜɛɪʊʌøœ]|[ln]̩", p))


def recordings(corpora):
    """[(corpus, half its voice belongs to, text, syllables, file)]"""
    number = lambda s: int("0" + re.sub(r"\D", "", s))
    out = []
    with open(os.path.join(corpora, "index.tsv"), encoding="utf-8", newline="") as f:
        for r in csv.DictReader(f, delimiter="\t"):
            path = os.path.join(corpora, r["path"])
            if r["corpus"] == "emodb" and r["syllables"]:
                out.append(("emodb", number(r["speaker"]) in (8, 10, 13), r["text"], int(r["syllables"]), path))
            elif r["corpus"] == "ravdess":
                out.append(("ravdess", number(r["speaker"]) % 4 in (0, 1), r["text"], 7, path))
    with open(os.path.join(corpora, "fda", "orthographic.index"), encoding="ascii") as f:
        texts = dict(line.strip().split(" ", 1) for line in f if line.strip())
    for key, text in texts.items():
        count = vowels(text, "en-gb")
        out += [("fda", who == "sb", text, count, os.path.join(corpora, "fda", f"{who}{key}.flac")) for who in ("rl", "sb")]
    return out


def spoken(folder):
    out = []
    for language, sentences in SENTENCES.items():
        for text in sentences:
            count = vowels(text, language)
            for voice in VOICES[language]:
                for speed in SPEEDS:
                    path = os.path.join(folder, f"spoken{len(out):04d}.wav")
                    subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", path, text], check=True)
                    out.append((language, "+f" in voice, text, count, path))
    return out


def measurements(undertone, items, change, folder):
    """Per item, the measurements of its peaks."""
    out = []
    for i in range(0, len(items), 200):
        names = []
        for k, item in enumerate(items[i : i + 200]):
            names.append(os.path.join(folder, f"{k:04d}.wav"))
            soundfile.write(names[-1], np.clip(change(audio.read(item[4])), -1, 0.99997), audio.RATE, subtype="PCM_16")
        subprocess.run([undertone, "features", *names, "--csv", "--out", folder], check=True, stderr=subprocess.DEVNULL)
        for name in names:
            with open(name[:-4] + ".csv", encoding="ascii") as f:
                head = f.readline().strip().split(",")
            at = [head.index(c) for c in ["peak"] + [f"p{j:02d}" for j in range(INPUTS)]]
            rows = np.loadtxt(name[:-4] + ".csv", delimiter=",", skiprows=1, usecols=at, ndmin=2)
            out.append((rows[rows[:, 0] > 0, 1:] / SCALE).astype(np.float32))
    return out


def fit(data, use):
    """(weights per unit, constant) from the items where use(item)."""
    torch.manual_seed(0)
    xs, truth, weight, groups = [], [], [], []
    for condition, items, peaks in data:
        chosen = [i for i, item in enumerate(items) if use(item)]
        corpus = np.array([items[i][0] for i in chosen])
        for name in sorted(set(corpus)):
            groups.append((torch.tensor(np.flatnonzero(corpus == name) + len(truth)),
                           CORPUS_WEIGHT[name] * CONDITION_WEIGHT[condition]))
        xs += [peaks[i] for i in chosen]
        truth += [items[i][3] for i in chosen]
    clip = torch.tensor(np.repeat(np.arange(len(xs)), [len(x) for x in xs]))
    x = torch.tensor(np.concatenate(xs))
    truth = torch.tensor(truth, dtype=torch.float32)
    mean, scale = x.mean(0), x.std(0)
    layer = torch.nn.Linear(INPUTS, 1)
    layer.bias.data.fill_(0.7)
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        z = layer((x - mean) / scale)[:, 0]
        limited = torch.clamp(z, 0, CAP)
        limited = limited + 0.02 * (z - limited)  # a gradient beyond the limits, too
        off = torch.zeros(len(truth)).index_add(0, clip, limited) / truth - 1
        loss = sum(w * ((off[i].abs() + off[i] ** 2).mean() + 2 * torch.relu(off[i].mean().abs() - 0.01)) for i, w in groups)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        w = (layer.weight[0] / scale).numpy()
        return w, float(layer.bias) - float(w @ mean.numpy())


def counted(peaks, w, constant):
    return np.floor([0.5 + np.clip(x @ w + constant, 0, CAP).sum() for x in peaks])


def print_table(data, items):
    texts = {c: sorted({x[2] for x in items if x[0] == c}) for c in CORPUS_WEIGHT}
    halves = (("voices", lambda x: bool(x[1])), ("texts", lambda x: texts[x[0]].index(x[2]) % 2 == 1))
    print(f"{'left out':9} {'condition':10} {'corpus':8} {'r':>6} {'error':>6} {'bias':>6} {'of its halves':>14} {'clips':>6}   in %")
    for name, half in halves:
        fits = {side: fit(data, lambda x: half(x) != side) for side in (False, True)}
        for condition, items, peaks in data:
            sides = np.array([half(x) for x in items])
            known = np.array([x[3] for x in items])
            guess = np.where(sides, counted(peaks, *fits[True]), counted(peaks, *fits[False]))
            for corpus in CORPUS_WEIGHT:
                own = np.array([x[0] == corpus for x in items])
                if not own.any():
                    continue
                off = guess / known - 1
                r = "-" if known[own].std() == 0 else f"{np.corrcoef(guess[own], known[own])[0, 1]:.3f}"
                parts = " ".join(f"{100 * off[own & (sides == side)].mean():+6.1f}" for side in (False, True))
                print(f"{name:9} {condition:10} {corpus:8} {r:>6} {100 * np.abs(off[own]).mean():6.1f} "
                      f"{100 * off[own].mean():+6.1f} {parts:>14} {own.sum():6d}")


def main(undertone, corpora, table):
    torch.set_num_threads(1)
    rng = np.random.default_rng(1)
    items = recordings(corpora)
    some = [x for i, x in enumerate(items) if x[0] != "ravdess" or i % 3 == 0]
    noisy = lambda x: audio.add(x, audio.coloured_noise(len(x), rng), rng.uniform(10, 20))
    with tempfile.TemporaryDirectory() as folder:
        items = items + spoken(folder)
        data = [("clean", items, measurements(undertone, items, lambda x: x, folder)),
                ("telephone", some, measurements(undertone, some, audio.telephone, folder)),
                ("noise", some, measurements(undertone, some, noisy, folder))]
    if table:
        print_table(data, items)
    w, constant = fit(data, lambda x: True)
    print("weight_q20:", ", ".join(str(int(np.floor(v * 2**20 + 0.5))) for v in w / SCALE))
    print("constant_q12:", int(np.floor(constant * 4096 + 0.5)))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: pace.py UNDERTONE CORPORA [TABLE]")
    main(sys.argv[1], sys.argv[2], len(sys.argv) == 4)
