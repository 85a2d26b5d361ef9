#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a bang costs, the first word, a breath before it: deaf.py --tool UNDERTONE --corpora FOLDER --out FILE.json [--build FOLDER] [--table FILE.md]

Deafness: a voice of 40 s at -26 or -46 dBFS, over noise 60 dB below -26 dBFS, and two seconds into the file, one before
the voice begins, an event whose peak lies at 0 to -30 dBFS. Lost are the frames called speech without the event and not
with it, from half a second after it on; a voice that was never found loses nothing, so the found seconds stand beside it.
First word: single clips to an engine just begun, cut so that speech (labels of tests/eval/speech.py) begins at 0.1 to
0.5 s: hits in the first second of the file, hits after it, false alarms over the clip, and those more than 30 ms from any
speech: labels hear 30 ms and end a word sharply, and a decision averages five frames. Beside both, Silero VAD's, where --build
has it: a clip that is cut close has little else than edges. Then a breath of 0.3 to 0.6 s, its loudest 30 ms 25 to 45 dB below
the voice's, before the clip: share of its frames called speech. Last, clips that begin within a word, where a quarter of their
speech is over: hits in the first second.
Voices: clips that train no speech decision (tests/eval/speech.py), else espeak-ng's.
"""
import argparse
import os
import subprocess

import numpy as np

import clips
import silero
import sounds
import speech

RATE, HOP = 16000, 160
EVENT_S, GUARD_S, VOICE_S = 2.0, 0.5, 40
EDGE = 3  # frames
LEVELS = (-26, -46)
PEAKS = (0, -10, -20, -30)
SENTENCES = ("My line has been down since Monday and nobody called me back.", "I would like to speak to your manager, please.",
             "That is very kind of you, thank you so much.", "The number on the bill is not the one that I was told.")


def bang(rng):
    t = np.arange(RATE // 2)
    return rng.standard_normal(len(t)) * np.exp(-t / 1200)


def dc_step(_):
    """Up at once, and back within a second, as a coupling capacitor lets it."""
    return np.exp(-np.arange(RATE) / (0.15 * RATE))


EVENTS = {"bang": bang, "click": lambda _: np.array([1.0, 1, 1, -1, -1, 0.5]), "beep": lambda _: np.sin(2 * np.pi * 1000 * np.arange(RATE // 4) / RATE),
          "DC step": dc_step}


def spoken(text, voice):
    wav = subprocess.run(["espeak-ng", "-v", voice, "--stdout", text], stdout=subprocess.PIPE, check=True).stdout
    return clips.resample(np.frombuffer(wav[44 : len(wav) & ~1], "<i2") / 32768, int.from_bytes(wav[24:28], "little"), RATE)


def voices(corpora):
    """{name: clips at -26 dBFS}"""
    found = {}
    if os.path.exists(os.path.join(corpora, "index.tsv")):
        for corpus, paths in speech.unseen(corpora).items():
            found[corpus] = [clips.read(os.path.join(corpora, p)) for p in paths]
    else:
        found["espeak-ng"] = [spoken(text, voice) for text in SENTENCES for voice in ("en-gb", "en-us+f3", "de", "fr+f2")]
    return {k: [x * 10 ** (speech.LEVEL_DBFS / 20) / np.sqrt(clips.active_power(x)) for x in v] for k, v in found.items() if v}


def with_event(x, event, peak, rng):
    made = EVENTS[event](rng)
    made = made / np.max(np.abs(made)) * 10 ** (peak / 20)
    at = int(EVENT_S * RATE)
    y = x.copy()
    y[at : at + len(made)] += made
    return np.clip(y, -1, 0.9999)


def deafness(tool, sounds_of):
    """[(corpus, level, event, peak, seconds lost, seconds found without the event)]"""
    rows = []
    for corpus, of in sounds_of.items():
        rng = np.random.default_rng(11)
        x, _ = speech.joined([of[i] for i in rng.permutation(len(of))[:24]], rng)
        x = np.concatenate([np.zeros(int((EVENT_S + 1) * RATE)), x])[: int((EVENT_S + 1 + VOICE_S) * RATE)]
        floor = rng.standard_normal(len(x)) * 10 ** ((speech.LEVEL_DBFS - 60) / 20)
        made = {}
        for level in LEVELS:
            y = x * 10 ** ((level - speech.LEVEL_DBFS) / 20) + floor
            made[level, None, 0] = y
            made.update({(level, event, peak): with_event(y, event, peak, rng) for event in EVENTS for peak in PEAKS})
        with clips.Folder() as folder:
            folder.fill(made)
            found = {k: v[:, 0] > 0 for k, v in folder.rows(tool, ("speech",)).items()}
        begin = int((EVENT_S + GUARD_S) * 100)
        for level, event, peak in made:
            if event:
                alone = found[level, None, 0][begin:]
                lost = alone & ~found[level, event, peak][begin:]
                rows.append((corpus, level, event, peak, lost.sum() / 100, alone.sum() / 100))
    return rows


def breath(rng, loudest):
    x = sounds.coloured(int(rng.uniform(0.3, 0.6) * RATE), rng, 0.3)
    x = np.diff(x, prepend=0) * np.sin(np.pi * np.linspace(0, 1, len(x)))
    power = np.max(np.convolve(x**2, np.ones(480) / 480, "same"))
    return x * np.sqrt(loudest / power) * 10 ** (-rng.uniform(25, 45) / 20)


def away(label):
    """Frames more than EDGE frames from any speech."""
    return ~(np.convolve(label, np.ones(2 * EDGE + 1), "same") > 0)


def first(tool, sounds_of, reference):
    """[(corpus, {figure: share, n_figure: frames})]"""
    rows = []
    for corpus, of in sounds_of.items():
        rng = np.random.default_rng(12)
        made, marks = {}, {}
        for i, sound in enumerate(of):
            sound = sound[: len(sound) // HOP * HOP]
            begin = max(0, np.flatnonzero(speech.labels(sound))[0] - rng.integers(10, 51)) * HOP
            x = sound[begin:]
            label = speech.labels(x)
            floor = rng.standard_normal(len(x)) * 10 ** ((speech.LEVEL_DBFS - 60) / 20)
            made["clip", i], marks["clip", i] = x + floor, label
            within = begin // HOP + np.flatnonzero(label)[label.sum() // 4]
            cut = sound[within * HOP :]
            made["cut", i], marks["cut", i] = cut + rng.standard_normal(len(cut)) * 10 ** ((speech.LEVEL_DBFS - 60) / 20), speech.labels(cut)
            air = breath(rng, np.max(np.convolve(x**2, np.ones(480) / 480, "same")))
            air = np.pad(air, (HOP * 20, HOP * 20 + -len(air) % HOP))
            y = np.concatenate([air, x])
            made["breath", i] = y + rng.standard_normal(len(y)) * 10 ** ((speech.LEVEL_DBFS - 60) / 20)
            marks["breath", i] = len(air) // HOP
        with clips.Folder() as folder:
            folder.fill(made)
            found = {k: v[:, 0] > 0 for k, v in folder.rows(tool, ("speech",)).items()}
        whole = [x for (kind, _), x in made.items() if kind == "clip"]
        theirs = iter(reference.frames(whole) if reference.there() else ())
        parts = {"first second": [], "later": [], "false": [], "false, away": [], "silero false": [], "silero false, away": [],
                 "breath": [], "cut": []}
        for (kind, i), ours in found.items():
            if kind == "breath":
                parts["breath"].append(ours[: marks[kind, i]])
                continue
            label = marks[kind, i][: len(ours)]
            ours, early = ours[: len(label)], np.arange(len(label)) < 100
            if kind == "cut":
                parts["cut"].append(ours[label & early])
                continue
            parts["first second"].append(ours[label & early])
            parts["later"].append(ours[label & ~early])
            parts["false"].append(ours[~label])
            parts["false, away"].append(ours[away(label)])
            if reference.there():
                heard = next(theirs)[: len(label)] > 0.5
                parts["silero false"].append(heard[~label])
                parts["silero false, away"].append(heard[away(label)])
        rows.append((corpus, {k: np.concatenate(v) if v else None for k, v in parts.items()}))
    return rows


def written(lost, words):
    lines = ["# What a bang costs, the first word, a breath before it", "", f"`make eval-deaf`. Seconds of {VOICE_S} s of voice that are "
             "no longer found after an event one second before it, of those found without it; by the event's peak in dBFS.", "",
             "| voice | level | event | found | " + " | ".join(f"lost, {p} dBFS" for p in PEAKS) + " |",
             "|---|---|---|---|" + "---|" * len(PEAKS)]
    for corpus, level, event in dict.fromkeys(r[:3] for r in lost):
        of = [r for r in lost if r[:3] == (corpus, level, event)]
        lines.append(f"| {corpus} | {level} dBFS | {event} | {of[0][5]:.1f} | " + " | ".join(f"{r[4]:.2f}" for r in of) + " |")
    lines += ["", f"Single clips to an engine just begun, in % of frames (n); away: more than {10 * EDGE} ms from any speech.", "",
              "| voice | hit, first second | hit, later | false alarms | away | Silero: false alarms | away | breath called speech "
              "| cut within a word: hit, first second |", "|---|---|---|---|---|---|---|---|---|"]
    for corpus, of in words:
        cells = ("-" if v is None else f"{100 * v.mean():.1f} ({len(v)})" for v in of.values())
        lines.append(f"| {corpus} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--corpora", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--build", help="folder of silero/, its environment")
    parser.add_argument("--table", help="where the table goes too")
    a = parser.parse_args()
    of = voices(a.corpora)
    reference = silero.Silero(os.path.join(a.build or "", "silero"))
    lost, words = deafness(a.tool, of), first(a.tool, of, reference)
    table = written(lost, words)
    print(table)
    clips.save(a.out, {"lost": [dict(zip(("voice", "level", "event", "peak", "lost_s", "found_s"), r)) for r in lost],
                       "first": [{"voice": c, **{k: float(v.mean()) for k, v in f.items() if v is not None}} for c, f in words]})
    if a.table:
        with open(a.table, "w", encoding="utf-8") as f:
            f.write(table)


if __name__ == "__main__":
    main()
