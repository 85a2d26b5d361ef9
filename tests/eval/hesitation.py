#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Hesitation planted and found: hesitation.py --tool UNDERTONE --corpora FOLDER... --out FILE.json [--table FILE.md]

Calls of two voices of a corpus, or of espeak-ng where there are none: 75 s of talk, three turns in which the customer
hesitates, 25 s of talk. Gaps and pauses of talk are drawn with long tails (lognormal), and one answer in twenty takes 2 to
3 s. What is planted in the three turns:
  latency    each answer comes after 2 to 4 s
  pauses     0.6 to 1.5 s of silence at two weak places of every clip
  filled     a held vowel of the recording itself, 0.4 to 0.8 s, its pitch falling by 0.25 to 1.5 semitones, at one
             weak place of every clip and before it
  slow       the clips at 0.72 of their pace, pitch kept
  all        answers after 1.5 to 3 s, one pause, one held vowel a clip, and 0.85 of the pace
  nothing    talk as before, throughout
and calm calls whose customers are real callers, segments of one recording as their turns, none changed.
  found      calls in which customer_hesitates opened within the three turns, or 5 s after; 95 % interval by Wilson
  false      openings elsewhere, per hour of call and per hour of customer speech; 95 % interval by Poisson
  delay      median of the first opening's distance from the first of the three turns
"""
import argparse
import json
import math
import os
import subprocess
import tempfile

import numpy as np

import clips
import hold
import parties

RATE = clips.RATE
CUE = "customer_hesitates"
BEFORE_S, AFTER_S, TURNS, LATE_S = 75, 25, 3, 5
KINDS = ("latency", "pauses", "filled", "slow", "all", "nothing")
LEVEL = 10 ** (parties.LEVEL_DBFS / 20)


def drawn(rng, median, sigma, low, high):
    return float(np.clip(median * math.exp(sigma * rng.standard_normal()), low, high))


def weak_places(x, n, rng):
    """n samples of a clip where it is weakest, apart from each other, in its middle."""
    power = np.convolve(x**2, np.ones(480) / 480, "same")[::160]
    power = power * np.exp(0.3 * rng.standard_normal(len(power)))
    power[: len(power) // 6] = power[len(power) * 5 // 6 :] = np.inf
    found = []
    for _ in range(n):
        at = int(np.argmin(power))
        if not np.isfinite(power[at]):
            break
        found.append(at * 160)
        power[max(0, at - 30) : at + 30] = np.inf
    return sorted(found)


def faded(x, ms=8):
    n = min(len(x) // 2, ms * RATE // 1000)
    ramp = np.ones(len(x))
    ramp[:n] = np.linspace(0, 1, n)
    ramp[len(x) - n :] = np.linspace(1, 0, n)
    return x * ramp


def held_vowel(x, rng):
    """The steadiest vowel of a clip, held: one period after another."""
    seconds, fall = rng.uniform(0.4, 0.8), rng.uniform(0.25, 1.5)
    best, low, high = None, RATE // 350, RATE // 75
    for at in range(0, len(x) - 1280, 320):
        y = x[at : at + 1280] - np.mean(x[at : at + 1280])
        r = np.fft.irfft(np.abs(np.fft.rfft(y, 2560)) ** 2)[:1280]
        lag = low + int(np.argmax(r[low:high]))
        steady = r[lag] / (r[0] + 1e-9)
        worth = steady + 0.15 * math.log10(r[0] + 1e-6)
        if best is None or worth > best[0]:
            best = (worth, at, lag)
    if best is None:
        return np.zeros(0)
    _, at, lag = best
    wave = x[at : at + 3 * lag]
    n, out, pos = int(seconds * RATE), np.zeros(int(seconds * RATE) + 8 * lag), 0.0
    window = np.hanning(2 * lag + 1)[: 2 * lag]
    while pos < n:
        k = int(pos)
        out[k : k + 2 * lag] += wave[lag // 2 : lag // 2 + 2 * lag] * window
        pos += lag * 2 ** (fall / 12 * pos / n)
    return faded(out[:n], 60) * 0.8


def slowed(x, pace):
    """At that share of its pace, pitch kept: pieces of 40 ms laid where they match best."""
    size, hop, reach = 640, 320, 160
    window = np.hanning(size + 1)[:size]
    n = int(len(x) / pace)
    x, out = np.pad(x, (0, size + 2 * reach)), np.zeros(int(n) + 2 * size)
    follow = None
    for to in range(0, n, hop):
        at = int(to * pace)
        if follow is not None and follow + size <= len(x):
            span = x[max(0, at - reach) : at + reach + size]
            if len(span) >= size:
                at = max(0, at - reach) + int(np.argmax(np.correlate(span, x[follow : follow + size], "valid")))
        piece = x[at : at + size]
        out[to : to + len(piece)] += piece * window[: len(piece)]
        follow = at + hop
    return out[:n]


def inserted(x, places, parts):
    out, last = [], 0
    for at, part in zip(places, parts):
        out += [faded(x[last:at]), part]
        last = at
    return np.concatenate(out + [faded(x[last:])])


def silence(seconds):
    return np.zeros(int(seconds * RATE))


def hesitant(x, kind, rng):
    """A clip as somebody says it who hesitates."""
    if kind == "slow":
        return slowed(x, 0.72)
    if kind == "pauses":
        return inserted(x, places := weak_places(x, 2, rng), [silence(rng.uniform(0.6, 1.5)) for _ in places])
    if kind in ("filled", "all"):
        hum = lambda: np.concatenate([silence(0.08), held_vowel(x, rng), silence(rng.uniform(0.1, 0.3))])
        y = slowed(x, 0.85) if kind == "all" else x
        places = weak_places(y, 2 if kind == "all" else 1, rng)
        parts = [hum()] + [silence(rng.uniform(0.6, 1.2)) for _ in places[1:]]
        y = inserted(y, places, parts)
        return np.concatenate([hum(), y]) if kind == "filled" else y
    return x


def turn(said, rng, kind=None, seconds=4):
    """Clips until the turn is so long without what was planted."""
    parts, length = [], 0.0
    while length < seconds:
        x = next(said)
        length += len(x) / RATE
        parts += [hesitant(np.asarray(x, float), kind, rng), silence(drawn(rng, 0.3, 0.4, 0.12, 1.2))]
    return np.concatenate(parts[:-1])


def answer_s(rng, kind):
    if kind == "latency":
        return rng.uniform(2, 4)
    if kind == "all":
        return rng.uniform(1.5, 3)
    return rng.uniform(2, 3) if rng.random() < 0.05 else drawn(rng, 0.45, 0.5, 0.15, 2)


def lay_out(customer, agent, kind, rng):
    """{customer, agent}, and [begin, end] in s of the three turns (None: nothing planted). customer(kind): samples."""
    pieces, at, span, length = ([], []), int(0.5 * RATE), None, 0.0
    planted = 0

    def say(who, x):
        nonlocal at
        pieces[who].append((at, x))
        at += len(x)

    while at < (BEFORE_S + AFTER_S) * RATE + int(length * RATE):
        begin = at
        say(1, agent())
        now = kind if kind != "nothing" and at > BEFORE_S * RATE and planted < TURNS else None
        gap = at
        at += int(answer_s(rng, now) * RATE)
        say(0, customer(now))
        if now is not None:
            span = [span[0] if span else gap / RATE, at / RATE]
            planted += 1
        at += int(drawn(rng, 0.45, 0.5, 0.15, 2) * RATE)
        if now is not None:
            length += (at - begin) / RATE
    x = np.zeros((2, at + RATE // 2))
    for who in (0, 1):
        for k, y in pieces[who]:
            x[who, k : k + len(y)] += y * LEVEL
    return x + parties.noise(x.shape, rng), span


def of_voices(voices, kind, rng):
    own = [v for v in voices if v.name.split()[0] == voices[rng.integers(len(voices))].name.split()[0]]
    a, b = (own[k] for k in rng.choice(len(own), 2, replace=False))
    said = (a.say(rng), b.say(rng))
    return lay_out(lambda now: turn(said[0], rng, now), lambda: turn(said[1], rng), kind, rng)


def of_caller(x, voices, rng):
    """A real caller: turns cut from one recording where it is silent for long, or after 12 s."""
    power = np.convolve(x**2, np.ones(8000) / 8000, "same")[::160]
    cuts, last = [0], 0
    for k in range(len(power)):
        if k * 160 - last > 4 * RATE and (power[k] < power.max() * 10**-3.5 or k * 160 - last > 12 * RATE):
            cuts.append(k * 160)
            last = k * 160
    turns = [x[a:b] / (math.sqrt(clips.active_power(x)) + 1e-9) for a, b in zip(cuts, cuts[1:] + [len(x)])]
    b = voices[rng.integers(len(voices))]
    said, left, at = b.say(rng), list(turns), int(0.5 * RATE)
    laid = ([], [])
    for t in left:
        y = turn(said, rng, seconds=2)
        laid[1].append((at, y))
        at += len(y) + int(answer_s(rng, None) * RATE)
        laid[0].append((at, t))
        at += len(t) + int(drawn(rng, 0.45, 0.5, 0.15, 2) * RATE)
    out = np.zeros((2, at + RATE))
    for who in (0, 1):
        for k, y in laid[who]:
            out[who, k : k + len(y)] += y * LEVEL
    return np.clip(out + parties.noise(out.shape, rng), -1, 1), None


def heard(tool, x, options):
    """Openings in s, the customer's speech in s, length in s."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "c.wav")
        clips.write(path, x[::-1].T)
        done = subprocess.run([tool, "replay", path, "--json", *options], check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    openings, speech = [], 0.0
    for line in done.stdout.splitlines():
        event = json.loads(line)
        kind, data = event["type"], event["data"]
        if kind == "undertone.cue.opened.v1" and data["Cue"] == CUE:
            openings.append(data["NotifyOffsetMillis"] / 1000)
        elif kind == "undertone.turn.v1" and data["Kind"] == "ipu_ended" and data["ParticipantRole"] == "CUSTOMER":
            speech += (data["EndOffsetMillis"] - data["BeginOffsetMillis"]) / 1000
    return openings, speech, x.shape[1] / RATE


def wilson(k, n):
    z, p = 1.96, k / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def poisson(k):
    """95 % interval of a count, by bisection of its distribution."""

    def below(mean, most):
        term = total = math.exp(-mean)
        for i in range(1, most + 1):
            term *= mean / i
            total += term
        return total if most >= 0 else 0.0

    def where(falls):
        low, high = 0.0, 10.0 + 4 * k
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if falls(middle) else (low, middle)
        return low

    return (where(lambda m: 1 - below(m, k - 1) < 0.025) if k else 0.0), where(lambda m: below(m, k) > 0.025)


def row(name, results):
    """results: the span planted, and what heard() says, of each call."""
    f = {"situation": name, "calls": len(results), "hours": sum(r[2] for _, r in results) / 3600,
         "speech_hours": sum(r[1] for _, r in results) / 3600, "planted": sum(s is not None for s, _ in results), "found": 0,
         "false": 0}
    delays = []
    for span, (openings, _, _) in results:
        inside = [t for t in openings if span and span[0] <= t <= span[1] + LATE_S]
        f["found"] += bool(inside)
        f["false"] += len(openings) - len(inside)
        delays += [inside[0] - span[0]] if inside else []
    f["delay_s"] = float(np.median(delays)) if delays else None
    print(cells(f), flush=True)
    return f


def cells(f):
    found = "-"
    if f["planted"]:
        low, high = wilson(f["found"], f["planted"])
        found = f"{f['found'] / f['planted']:.2f} ({low:.2f}-{high:.2f}) of {f['planted']}"
    low, high = poisson(f["false"])
    per = lambda hours: f"{f['false'] / hours:.1f} ({low / hours:.1f}-{high / hours:.1f})"
    delay = "-" if f["delay_s"] is None else f"{f['delay_s']:.1f}"
    return (f"| {f['situation']} | {f['calls']} | {found} | {delay} | {f['false']} | {per(f['hours'])} | "
            f"{per(f['speech_hours'])} |")


def situations(a, folder):
    """(name, calls as they are laid out) of each corpus and kind; without recordings those of espeak-ng."""
    rng = np.random.default_rng(a.seed)
    of = {c: parties.voices(a.corpora, (c,)) for c in ("emodb", "ravdess", "nemo", "emospeech")}
    of = {c: v for c, v in of.items() if len(v) > 1 and (not a.only or c in a.only)} or {"espeak-ng": parties.synthetic(folder)}
    for corpus, voices in of.items():
        for kind in KINDS:
            yield f"{corpus}, {kind}", (of_voices(voices, kind, rng) for _ in range(a.calls))
    agents = [v for voices in of.values() for v in voices]
    real = [x for x in hold.recordings(a.corpora).values() if len(x) > 20 * RATE]
    if real and (not a.only or "callcentre" in a.only):
        yield "callcentre, real callers", (of_caller(x, agents, rng) for x in real)


HEAD = ("# Hesitation", "", "`make eval-hesitation`: tests/eval/hesitation.py says what is laid out and what the columns are. The",
        "numbers of customer_hesitates were chosen among six settings on other calls of emodb and ravdess; nemo, emospeech and",
        "callcentre were not looked at before. Real callers hesitate too, so what is false there may be right; and the clips have",
        "every mood of their corpus: a sad or a bored one is slow by itself.", "", "| calls of, planted | calls | found | delay s | false | per hour of call | per hour of customer speech |",
        "|---|---|---|---|---|---|---|")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--corpora", required=True, nargs="+")
    parser.add_argument("--out", required=True)
    parser.add_argument("--table", help="where the table goes too")
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--only", nargs="*", default=[], help="corpora, callcentre")
    parser.add_argument("--options", nargs="*", default=[], help="for replay")
    a = parser.parse_args()
    print("\n".join(HEAD))
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for name, made in situations(a, folder):
            figures.append(row(name, [(span, heard(a.tool, x, a.options)) for x, span in made]))
    clips.save(a.out, {"figures": figures})
    if a.table:
        with open(a.table, "w", encoding="utf-8") as f:
            f.write("\n".join([*HEAD, *map(cells, figures)]) + "\n")


if __name__ == "__main__":
    main()
