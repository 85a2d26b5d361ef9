#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Time on hold, found and falsely said: hold.py --tool UNDERTONE --build FOLDER --corpora FOLDER... --out FILE.json [--table FILE.md]

Calls of two voices of a corpus, 30 s of talk, a hold of 60 s, 20 s of talk; and calls without a hold: a pause of 12 s on
lines of several kinds, single callers, recordings of real callers end to end. FOLDER holds music/ (tests/eval/music.py);
without it holds of music are left out.
  hold s     seconds on hold, by the layout
  found      share of them that the program says
  known      median time from a hold's begin until the program said so
  false s    seconds that the program says and the layout has not
  silence    extended_silence openings within the hold (in calls without one: in all)
"""
import argparse
import json
import os
import subprocess
import tempfile

import numpy as np

import clips
import music
import parties

RATE = clips.RATE
TALK_S, HOLD_S, AFTER_S, THINK_S = 30, 60, 20, 12
CALLS = 12


def hiss(n, rng, dbfs):
    return rng.standard_normal(n) * 10 ** (dbfs / 20)


def room(n, rng, dbfs):
    """A room's noise: falls by 6 dB per octave, and its level wanders."""
    spectrum = np.fft.rfft(rng.standard_normal(n)) / np.maximum(np.arange(n // 2 + 1), n * 100 // RATE)
    x = np.fft.irfft(spectrum, n) * 10 ** (np.interp(np.arange(n), np.arange(0, n + RATE, RATE // 2),
                                                  rng.normal(0, 2, n // (RATE // 2) + 3)[: len(np.arange(0, n + RATE, RATE // 2))]) / 20)
    return x / np.std(x) * 10 ** (dbfs / 20)


def gated(x, keep_s):
    """A gate that shuts that long behind speech: digital silence."""
    loud = np.convolve(np.abs(x) > 10 ** (-48 / 20), np.ones(int(keep_s * RATE)))[: len(x)] > 0
    return x * loud


def fitted(x, n):
    return np.pad(x, (0, max(0, n - len(x))))[:n]


LINES = {"hiss -70": lambda x, rng: x + hiss(len(x), rng, -70), "hiss -55": lambda x, rng: x + hiss(len(x), rng, -55),
         "room -50": lambda x, rng: x + room(len(x), rng, -50), "room -38": lambda x, rng: x + room(len(x), rng, -38),
         "mu-law": lambda x, rng: fitted(clips.telephone(x + hiss(len(x), rng, -60)), len(x)),
         "gate": lambda x, rng: gated(x + hiss(len(x), rng, -60), 0.3),
         "slow gate": lambda x, rng: gated(x + hiss(len(x), rng, -60), 1.5), "digital silence": lambda x, rng: x}


def talk(voices, rng, seconds):
    """{customer, agent} without noise."""
    own = [v for v in voices if v.name.split()[0] == voices[rng.integers(len(voices))].name.split()[0]]
    a, b = (own[k] for k in rng.choice(len(own), 2, replace=False))
    n = int(seconds * RATE)
    x, at, who, said = np.zeros((2, n + 20 * RATE)), int(0.5 * RATE), 1, (a.say(rng), b.say(rng))
    while at < n - 4 * RATE:
        t = parties.turn(said[who], rng)
        x[who, at : at + len(t)] += t * 10 ** ((parties.LEVEL_DBFS + rng.uniform(-4, 4)) / 20)
        at += len(t) + int(rng.uniform(0.2, 1.0) * RATE)
        who = 1 - who
    used = np.flatnonzero(np.abs(x).max(axis=0) > 0)[-1] + int(0.3 * RATE)
    return x[:, :used]


def on_hold(voices, rng, line, what, where="middle"):
    """A call and [begin, end] of its hold in seconds. what(n): what the customer's channel holds then."""
    before, after = talk(voices, rng, TALK_S), talk(voices, rng, AFTER_S)
    n = HOLD_S * RATE
    before = np.zeros((2, 0)) if where == "begin" else before
    after = np.zeros((2, 0)) if where == "end" else after
    quiet = np.zeros(n)
    customer = LINES[line](np.concatenate([before[0], quiet, after[0]]), rng)
    agent = LINES["hiss -70"](np.concatenate([before[1], quiet, after[1]]), rng)
    customer[before.shape[1] : before.shape[1] + n] = what(n)
    return np.stack([customer, agent]), [before.shape[1] / RATE, before.shape[1] / RATE + HOLD_S]


def thinking(voices, rng, line):
    before, after = talk(voices, rng, TALK_S), talk(voices, rng, AFTER_S)
    x = np.concatenate([before, np.zeros((2, THINK_S * RATE)), after], axis=1)
    return np.stack([LINES[line](x[0], rng), LINES["hiss -70"](x[1], rng)]), None


def said(tool, calls, options=()):
    """[(holds [(begin, end, known)], extended_silence openings in s, length in s)] of calls (rows, customer first)."""
    out = []
    with tempfile.TemporaryDirectory() as folder:
        for x in calls:
            path = os.path.join(folder, "c.wav")
            clips.write(path, np.atleast_2d(x)[::-1].T)
            done = subprocess.run([tool, "replay", path, "--json", *options], check=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
            holds, cues, known = [], [], None
            for line in done.stdout.splitlines():
                event = json.loads(line)
                kind, data = event["type"], event["data"]
                if kind == "undertone.hold.started.v1":
                    known = data["NotifyOffsetMillis"] / 1000
                elif kind == "undertone.hold.ended.v1":
                    holds.append((data["BeginOffsetMillis"] / 1000, data["EndOffsetMillis"] / 1000, known))
                elif kind == "undertone.cue.opened.v1" and data["Cue"] == "extended_silence":
                    cues.append(data["NotifyOffsetMillis"] / 1000)
            out.append((holds, cues, np.atleast_2d(x).shape[1] / RATE))
    return out


def shared(holds, span):
    return sum(max(0, min(e, span[1]) - max(b, span[0])) for b, e, _ in holds)


def row(name, made, results):
    truth = [t for _, t in made]
    f = {"situation": name, "calls": len(made), "call_s": sum(r[2] for r in results),
         "hold_s": sum(t[1] - t[0] for t in truth if t), "found_s": 0, "false_s": 0, "false_calls": 0, "silence": 0}
    known = []
    for t, (holds, cues, _) in zip(truth, results):
        hit = shared(holds, t) if t else 0
        wrong = sum(e - b for b, e, _ in holds) - hit
        f["found_s"] += hit
        f["false_s"] += wrong
        f["false_calls"] += wrong > 1
        f["silence"] += sum(1 for c in cues if not t or t[0] <= c <= t[1])
        known += [k - t[0] for b, e, k in holds if t and e > t[0] and b < t[1]][:1]
    f["known_s"] = float(np.median(known)) if known else None
    print(cells(f), flush=True)
    return f


def cells(f):
    found = f"{100 * f['found_s'] / f['hold_s']:.0f} %" if f["hold_s"] else "-"
    known = f"{f['known_s']:.1f} s" if f["known_s"] is not None else "-"
    return (f"| {f['situation']} | {f['calls']} | {f['call_s']:.0f} | {f['hold_s']:.0f} | {found} | {known} | {f['false_s']:.0f} | "
            f"{f['false_calls']} | {f['silence']} |")


def recordings(corpora):
    """{name: samples} of real callers: the segments of one recording end to end."""
    of = {}
    for folder in corpora:
        at = os.path.join(folder, "callcentre")
        for name in sorted(os.listdir(at)) if os.path.isdir(at) else ():
            if name.endswith(".opus"):
                of.setdefault(name.rsplit("_", 1)[0], []).append(os.path.join(at, name))
    return {name: np.concatenate([clips.read(p) for p in paths]) for name, paths in of.items()}


def situations(a, voices, callers):
    rng = np.random.default_rng(14)
    pieces = [x / np.std(x) for _, _, x in music.pieces(os.path.join(a.build, "music"), music.CHOSEN, "taught")]
    play = lambda k, db: lambda n: np.clip(np.resize(pieces[k % len(pieces)], n) * 10 ** (db / 20), -1, 1)
    for db, line in ((-20, "hiss -70"), (-30, "hiss -70"), (-26, "mu-law"), (-26, "room -38")):
        if pieces:
            yield f"music at {db} dBFS, {line}", [on_hold(voices, rng, line, play(k, db)) for k in range(a.calls)]
    for where in ("begin", "end"):
        if pieces:
            yield f"music at -26 dBFS, at the call's {where}", [on_hold(voices, rng, "hiss -70", play(k, -26), where)
                                                                for k in range(a.calls)]
    for name, what in (("digital silence", lambda n: np.zeros(n)), ("comfort noise -74", lambda n: hiss(n, rng, -74))):
        for line in ("hiss -55", "room -50", "mu-law", "gate", "digital silence"):
            yield f"agent's hold, {name}, {line}", [on_hold(voices, rng, line, what) for _ in range(a.calls)]
    for line in LINES:
        yield f"no hold: both think {THINK_S} s, {line}", [thinking(voices, rng, line) for _ in range(a.calls)]
    alone = [parties.single(v, rng, 60)[0] for v in voices + callers]
    yield "no hold: one caller", [(np.stack([x, parties.noise(x.shape, rng)]), None) for x in alone]
    yield "no hold: one caller, mono", [(x[None], None) for x in alone]
    real = list(recordings(a.corpora).values())
    yield "no hold: real callers", [(np.stack([x, parties.noise(x.shape, rng)]), None) for x in real]
    yield "no hold: real callers, mono", [(x[None], None) for x in real]
    two = [parties.call(*(voices[k] for k in rng.choice(len(voices), 2, replace=False)), rng)[0] for _ in range(3 * a.calls)]
    yield "no hold: two talk", [(x, None) for x in two]


HEAD = ("# Time on hold", "", "`make eval-hold`: tests/eval/hold.py says what is laid out and what the columns are.", "",
        "| situation | calls | call s | hold s | found | known after | false s | calls with | extended_silence |",
        "|---|---|---|---|---|---|---|---|---|")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--build", required=True, help="folder of music/")
    parser.add_argument("--corpora", required=True, nargs="+")
    parser.add_argument("--out", required=True)
    parser.add_argument("--table", help="where the table goes too")
    parser.add_argument("--calls", type=int, default=CALLS)
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        voices = parties.voices(a.corpora, ("emodb", "ravdess", "nemo")) or parties.synthetic(folder)
        callers = parties.voices(a.corpora, ("emospeech",), least=8)
        print("\n".join(HEAD))
        figures = [row(name, made, said(a.tool, [x for x, _ in made])) for name, made in situations(a, voices, callers)]
    clips.save(a.out, {"figures": figures})
    if a.table:
        with open(a.table, "w", encoding="utf-8") as f:
            f.write("\n".join([*HEAD, *map(cells, figures)]) + "\n")


if __name__ == "__main__":
    main()
