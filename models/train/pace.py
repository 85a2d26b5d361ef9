#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fits the weights of a syllable peak: models/train/pace.py BUILD CORPORA research|open OUT.c

What is known of a clip is its number of syllables only. A peak's weight is a function of its measurements (dsp/pace.h), limited to 0..1.5: a network with one hidden layer, whose sums over clips come nearest to what
is known, with no bias in any corpus and condition. Recordings: Emo-DB, RAVDESS and fda, clean, at other gains, by telephone
and in noise; sentences spoken by espeak-ng at five speeds, which keep the count right at speeds that the recordings lack; and
a vowel whose strength alone moves. For dsp/open, which holds what may be sold, Emo-DB is the only recording: it is played
slower and faster as well, and espeak-ng has more voices and one speed more. Pitch is that of the set.
It fits all of them and writes the file. Then it prints what is reached on voices and on texts left out: twice each, by halves, so
that every recording is judged by weights that have not met it.
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
from models.train import audio, perceptron, steps

INPUTS = 13
PADDED = 16
HIDDEN = 24
FORMATS = ("q14", "q22", "q12", "q16")  # of weights and biases, layer by layer
CAP = 1.5
STEPS = 2000
SECONDS = 6
SPEEDS = {"research": (110, 140, 175, 220, 280), "open": (85, 110, 140, 175, 220, 280)}
VOICES = {"research": {"en-gb": ("en-gb", "en-us+f3", "en-gb+m3"), "de": ("de", "de+f2", "de+m7")},
          "open": {"en-gb": ("en-gb", "en-us+f3", "en-gb+m3", "en-us", "en-us+m7", "en-gb+f5"), "de": ("de", "de+f2", "de+m7")}}
TEMPI = {"slower": 1 / 0.8, "faster": 1 / 1.2}  # Emo-DB played so, by its length
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
CORPUS_WEIGHT = {"research": {"emodb": 1, "ravdess": 1, "fda": 0.5, "en-gb": 0.4, "de": 0.4, "vowel": 0.15},
                 "open": {"emodb": 1, "slower": 0.5, "faster": 0.3, "en-gb": 0.8, "de": 0.4, "vowel": 0.15}}
FITTED_TO = {"research": "Emo-DB (CC0-1.0); RAVDESS (CC-BY-NC-SA-4.0); fda (research-only); espeak-ng and made vowels (made-here)",
             "open": "Emo-DB (CC0-1.0); espeak-ng and made vowels (made-here)"}
CONDITION_WEIGHT = {"clean": 1, "gain -20": 0.4, "gain +20": 0.4, "telephone": 2, "loud line": 0.2, "white 10": 1.2,
                    "white 20": 0.2, "noise": 0.5}
IN_TABLE = ("clean", "gain -20", "gain +20", "telephone", "white 10")


def vowels(text, voice):
    done = subprocess.run(["espeak-ng", "-q", "--ipa", "--sep=_", "-v", voice, text], stdout=subprocess.PIPE, check=True)
    phonemes = re.split(r"[_\s]+", done.stdout.decode("utf-8"))
    return sum(1 for p in phonemes if re.search("[aeiouyæɐɑɒɔəɚɜɛɪʊʌøœ]|[ln]̩", p))


def recordings(corpora, tables):
    """[(corpus, half its voice belongs to, text, syllables, file)]"""
    number = lambda s: int("0" + re.sub(r"\D", "", s))
    out = []
    with open(os.path.join(corpora, "index.tsv"), encoding="utf-8", newline="") as f:
        for r in csv.DictReader(f, delimiter="\t"):
            path = os.path.join(corpora, r["path"])
            if r["corpus"] == "emodb" and r["syllables"]:
                out.append(("emodb", number(r["speaker"]) in (8, 10, 13), r["text"], int(r["syllables"]), path))
            elif r["corpus"] == "ravdess" and tables == "research":
                out.append(("ravdess", number(r["speaker"]) % 4 in (0, 1), r["text"], 7, path))
    if tables == "open":
        return out
    with open(os.path.join(corpora, "fda", "orthographic.index"), encoding="ascii") as f:
        texts = dict(line.strip().split(" ", 1) for line in f if line.strip())
    for key, text in texts.items():
        count = vowels(text, "en-gb")
        out += [("fda", who == "sb", text, count, os.path.join(corpora, "fda", f"{who}{key}.flac")) for who in ("rl", "sb")]
    return out


def played(items, folder):
    """Emo-DB's clips, and their syllables, at other tempi."""
    out = []
    for name, longer in TEMPI.items():
        for corpus, half, text, count, file in items:
            path = os.path.join(folder, f"{name}{len(out):04d}.wav")
            x = audio.stretch(audio.read(file), longer)
            soundfile.write(path, x * min(1, 0.999 / max(np.max(np.abs(x)), 1e-9)), audio.RATE, subtype="PCM_16")
            out.append((name, half, text, count, path))
    return out


def spoken(folder, tables="research"):
    out = []
    for language, sentences in SENTENCES.items():
        for text in sentences:
            count = vowels(text, language)
            for voice in VOICES[tables][language]:
                for speed in SPEEDS[tables]:
                    path = os.path.join(folder, f"spoken{len(out):04d}.wav")
                    subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", path, text], check=True)
                    out.append((language, "+f" in voice, text, count, path))
    return out


def vowel(hz, per_second):
    """Harmonics through resonances near 600, 1200 and 2500 Hz, 24 dB louder at the middle of a syllable than between two."""
    t = np.arange(SECONDS * audio.RATE) / audio.RATE
    y = np.zeros(len(t))
    for k in range(1, int(3900 / hz)):
        turn = np.exp(-2j * np.pi * k * hz / audio.RATE)
        gain = 1
        for f, r in ((600, 0.975), (1200, 0.965), (2500, 0.95)):
            pole = r * np.exp(2j * np.pi * f / audio.RATE)
            gain /= abs((1 - pole * turn) * (1 - pole.conjugate() * turn))
        y += gain * np.cos(2 * np.pi * k * hz * t)
    y *= 17 - 15 * np.cos(2 * np.pi * per_second * t)
    return np.pad(0.5 * y / np.max(np.abs(y)), audio.RATE // 2)


def vowels_spoken(folder):
    out = []
    for hz in (110, 150, 210):
        for per_second in (2.5, 3, 4, 5, 6):
            path = os.path.join(folder, f"vowel{len(out):04d}.wav")
            soundfile.write(path, vowel(hz, per_second), audio.RATE, subtype="PCM_16")
            out.append(("vowel", hz == 150, str(per_second), per_second * SECONDS, path))
    return out


def narrow(x):
    """300-3400 Hz with steep edges, 8 kHz, mu-law, at the recording's own level."""
    n = audio.smooth_length(len(x) + 256)
    f = np.fft.rfftfreq(n, 1 / audio.RATE)
    y = np.fft.irfft(np.fft.rfft(x, n) * ((f > 300) & (f < 3400)), n)[: len(x)]
    return audio.stretch(audio.mu_law(np.clip(audio.stretch(y, 0.5), -1, 1)), 2)


def conditions(rng):
    return {
        "clean": lambda x: x,
        "gain -20": lambda x: x / 10,
        "gain +20": lambda x: x * min(10, 0.999 / np.max(np.abs(x))),
        "telephone": narrow,
        "loud line": audio.telephone,
        "white 10": lambda x: audio.add(x, rng.standard_normal(len(x)), 10),
        "white 20": lambda x: audio.add(x, rng.standard_normal(len(x)), 20),
        "noise": lambda x: audio.add(x, audio.coloured_noise(len(x), rng), rng.uniform(8, 25)),
    }


def measurements(library, items, change):
    """Per item, the measurements of its peaks, as they are stored: Q8."""
    out = []
    for item in items:
        y = change(audio.read(item[4]))
        out.append(library.peaks(y * min(1, 0.999 / max(np.max(np.abs(y)), 1e-9)), INPUTS))
    return out


def quantise(weight1, bias1, weight2, bias2):
    """The network as dsp/pace_net.h has it. A hidden unit may be scaled: its largest weight becomes 1."""
    top = np.abs(weight1).max(axis=1)
    q = (weight1 / top[:, None] * 2**14, bias1 / top * 2**22, weight2 * top * 2**12, np.array([bias2 * 2**16]))
    q = [np.floor(v + 0.5).astype(np.int64) for v in q]
    if max(np.abs(q[0]).max(), np.abs(q[2]).max()) > 32767 or max(np.abs(q[1]).max(), abs(q[3][0])) >= 2**31:
        raise SystemExit("a weight does not fit its format")
    return q


def weights(q, x):
    """What each peak counts for, Q12, as dsp/pace.c computes it."""
    hidden = np.maximum(0, x @ q[0].T + q[1])
    return np.clip((q[3][0] * 2**18 + hidden @ q[2] + 2**21) >> 22, 0, int(CAP * 4096))


def fit(data, use, tables):
    """The network fitted to the items where use(item)."""
    torch.manual_seed(0)
    xs, truth, group, group_weight = [], [], [], []
    for condition, items, peaks in data:
        groups = {}
        for item, x in zip(items, peaks):
            if use(item):
                if item[0] not in groups:
                    groups[item[0]] = len(group_weight)
                    group_weight.append(CORPUS_WEIGHT[tables][item[0]] * CONDITION_WEIGHT[condition])
                group.append(groups[item[0]])
                xs.append(x / 256)
                truth.append(item[3])
    clip = torch.tensor(np.repeat(np.arange(len(xs)), [len(x) for x in xs]))
    x = torch.tensor(np.concatenate(xs), dtype=torch.float32)
    truth = torch.tensor(truth, dtype=torch.float32)
    group, group_weight = torch.tensor(group), torch.tensor(group_weight)
    sizes = torch.bincount(group)
    clip_weight = (group_weight / sizes)[group]
    mean, scale = x.mean(0), x.std(0)
    x = (x - mean) / scale
    first, second = torch.nn.Linear(INPUTS, HIDDEN), torch.nn.Linear(HIDDEN, 1)
    second.bias.data.fill_(0.7)
    optimiser = torch.optim.AdamW([*first.parameters(), *second.parameters()], lr=0.02, weight_decay=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        z = second(torch.relu(first(x)))[:, 0]
        limited = torch.clamp(z, 0, CAP)
        limited = limited + 0.02 * (z - limited)  # a gradient beyond the limits, too
        off = torch.zeros(len(truth)).index_add(0, clip, limited) / truth - 1
        bias = torch.zeros(len(sizes)).index_add(0, group, off) / sizes
        loss = (clip_weight * (torch.sqrt(off**2 + 0.0025) + off**2)).sum() + 10 * (group_weight * bias**2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        weight1 = (first.weight / scale).double().numpy()
        bias1 = first.bias.double().numpy() - weight1 @ mean.double().numpy()
        return quantise(weight1, bias1, second.weight[0].double().numpy(), float(second.bias))


def counted(peaks, q):
    return np.array([(2048 + weights(q, x).sum()) // 4096 for x in peaks])


def print_table(data, items, tables):
    texts = {c: sorted({x[2] for x in items if x[0] == c}) for c in CORPUS_WEIGHT[tables]}
    halves = (("voices", lambda x: bool(x[1])), ("texts", lambda x: texts[x[0]].index(x[2]) % 2 == 1))
    print(f"{'left out':9} {'condition':10} {'corpus':8} {'r':>6} {'error':>6} {'bias':>6} {'of its halves':>14} {'clips':>6}   in %")
    for name, half in halves:
        fits = {side: fit(data, lambda x: half(x) != side, tables) for side in (False, True)}
        for condition, items, peaks in data:
            if condition not in IN_TABLE:
                continue
            sides = np.array([half(x) for x in items])
            known = np.array([x[3] for x in items])
            guess = np.where(sides, counted(peaks, fits[True]), counted(peaks, fits[False]))
            for corpus in CORPUS_WEIGHT[tables]:
                own = np.array([x[0] == corpus for x in items])
                if not own.any():
                    continue
                off = guess / known - 1
                r = "-" if known[own].std() == 0 else f"{np.corrcoef(guess[own], known[own])[0, 1]:.3f}"
                parts = " ".join(f"{100 * off[own & (sides == side)].mean():+6.1f}" for side in (False, True))
                print(f"{name:9} {condition:10} {corpus:8} {r:>6} {100 * np.abs(off[own]).mean():6.1f} "
                      f"{100 * off[own].mean():+6.1f} {parts:>14} {own.sum():6d}")


def source(q, clips, tables="research"):
    """dsp/TABLES/pace_net.c"""
    written = f'Written by models/train/pace.py, seed 0, from the syllable counts of {clips} clips (DESIGN.md "Pace").\n * ' \
        f"Fitted to: {FITTED_TO[tables]}."
    return perceptron.source("pace", written, PADDED, FORMATS, q)


def main(build, corpora, tables, out):
    torch.set_num_threads(1)
    library = steps.Library(build, tables)
    items = recordings(corpora, tables)
    some = [x for i, x in enumerate(items) if x[0] != "ravdess" or i % 3 == 0]
    data = []
    with tempfile.TemporaryDirectory() as folder:
        speech, vowel_clips = spoken(folder, tables), vowels_spoken(folder)
        if tables == "open":
            speech += played(items, folder)
        for condition, change in conditions(np.random.default_rng(1)).items():
            part = items if condition == "clean" else some
            part = part + (speech if condition in ("clean", "telephone", "noise") else [])
            part = part + (vowel_clips if condition in ("clean", "white 20") else [])
            data.append((condition, part, measurements(library, part, change)))
    clips = len(items) + len(speech) + len(vowel_clips)
    perceptron.write(out, source(fit(data, lambda x: True, tables), clips, tables))
    print(f"{out}: written", flush=True)
    print_table(data, items + speech + vowel_clips, tables)


if __name__ == "__main__":
    if len(sys.argv) != 5 or sys.argv[3] not in CORPUS_WEIGHT:
        sys.exit("usage: pace.py BUILD CORPORA research|open OUT.c")
    main(*sys.argv[1:])
