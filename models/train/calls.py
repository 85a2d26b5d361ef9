#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Lays calls out of recorded clips: calm turns, a stretch of one feeling, calm turns, an agent between.

calls.py --corpora FOLDER... --out FOLDER [--seed N] [--rounds N] [--speakers N] [--channel NAME] [--skip CORPUS...]

A folder needs index.tsv (models/train/README.md). The customer of a call is one speaker, the agent another one of the same
corpus. Writes one WAV per call (agent left, customer right) and INDEX.json for `undertone eval --calls`; everything
follows from the clips and the seed.
"""
import argparse
import functools
import json
import os
import random
import sys
import zlib

import numpy as np
import soundfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT)
from models.train import audio, rows  # noqa: E402

CHANNELS = ("clean", "phone", "babble", "down20", "up20")  # of the whole call
MILD = ("neutral", "calm", "boredom", "bored", "sad", "sadness", "unlabelled")  # calm turns, where a speaker has some
# kind of stretch (None = calm throughout), whether the caller begins with it
CALLS = (("frustration", False), ("frustration", False), ("frustration", True), ("delight", False), ("delight", False),
         (None, False), (None, False))
CALM_S, STRETCH_S, AFTER_S, CALM_CALL_S = 45, 15, 20, 120
LEAST_S = {"mild": 12, "feeling": 6, "alone": 8}  # speech that a speaker needs; "alone": of one without feelings
CALL_CLIPS, RUN_CLIPS = 40, (2, 5)  # of clips joined into calls
LEVEL_DBFS, HISS_DBFS, BABBLE_DB = -26, -75, 15


def trimmed(file):
    """Samples between the first and the last 20 ms within 35 dB of the loudest."""
    x = audio.read(file)
    n = len(x) // 320
    if n == 0:
        return x
    power = (x[:n * 320].reshape(n, 320) ** 2).mean(axis=1)
    loud = np.flatnonzero(power >= power.max() * 10 ** -3.5)
    return x[loud[0] * 320:(loud[-1] + 1) * 320]


class Deck:
    """Clips in a random order, each once before any comes again."""

    def __init__(self, clips, rng):
        self.clips, self.rng, self.left, self.rounds = clips, rng, [], 0

    def draw(self):
        if not self.left:
            self.left = self.rng.sample(self.clips, len(self.clips))
            self.rounds += 1
        return self.left.pop()

    def spent(self):
        return self.rounds > 0 and not self.left


class Layout:
    """Who says which clip when; times in ms."""

    def __init__(self, rng, length_ms):
        self.rng, self.length_ms = rng, length_ms
        self.now, self.said, self.turns = 500, [], []

    def pause(self, low, high):
        self.now += self.rng.randrange(low, high)

    def turn(self, party, deck, least_ms, once=False):
        """Clips until the turn is that long, or where each is said once no more are left; spans of the customer's are
        kept."""
        begin = end = self.now
        while end - begin < least_ms and not (once and deck.spent()):
            clip = deck.draw()
            self.said.append((party, self.now, clip))
            end = self.now + self.length_ms(clip)
            self.now = end
            self.pause(150, 600)
        self.now = end
        if party == "customer":
            self.turns.append((begin, end))
        self.pause(300, 800)
        return begin, end

    def answer(self, deck, low, high):
        if deck is not None:
            self.turn("agent", deck, self.rng.randrange(low, high))


def lay_out(mild, felt, agent, first, rng, length_ms):
    """-> Layout, the stretch's span (None without one). mild, felt, agent: lists of clips; felt and agent may be empty."""
    call = Layout(rng, length_ms)
    calm, hot = Deck(mild, rng), Deck(felt, rng)
    other = Deck(agent, rng) if agent else None

    def calm_turns(until_ms):
        while call.now < until_ms and (felt or not calm.spent()):
            call.turn("customer", calm, rng.randrange(5000, 9000), once=not felt)
            call.answer(other, 2500, 6000)

    call.answer(other, 2000, 3000)
    if not felt:
        calm_turns(CALM_CALL_S * 1000)
        return call, None
    if not first:
        calm_turns(CALM_S * 1000)
    begin, spoken = call.now, 0
    while spoken < STRETCH_S * 1000:
        start, end = call.turn("customer", hot, min(rng.randrange(5000, 8000), STRETCH_S * 1000 - spoken))
        spoken += end - start
        if spoken < STRETCH_S * 1000:
            call.answer(other, 1000, 2500)
    call.answer(other, 2500, 6000)
    calm_turns(call.now + (CALM_S if first else AFTER_S) * 1000)
    return call, (begin, end)


class Voice:
    """One speaker's clips by what they are for."""

    def __init__(self, name, clips):
        self.name, self.gender, self.corpus = name, clips[0].gender, clips[0].corpus
        other = [c for c in clips if rows.TARGETS[c.target] == "other"]
        mild = [c for c in other if c.emotion in MILD]
        self.mild = mild if len(mild) > 3 else other
        self.felt = {kind: [c for c in clips if rows.TARGETS[c.target] == kind] for kind in ("frustration", "delight")}

    def calls(self, rounds, seconds):
        """[(kind, first)] that there is enough speech for; one calm call of a speaker who never feels anything."""
        spoken = sum(map(seconds, self.mild))
        if not any(self.felt.values()):
            return [(None, False)] if spoken >= LEAST_S["alone"] else []
        felt = {kind: sum(map(seconds, clips)) >= LEAST_S["feeling"] for kind, clips in self.felt.items()}
        return [(kind, first) for kind, first in rounds * CALLS if kind is None or felt[kind]] \
            if spoken >= LEAST_S["mild"] and any(felt.values()) else []


def plan(clips, seed, rounds, speakers, seconds):
    """[(voice, agent's clips, kind, first, name of its own)] of one corpus; speakers are drawn where there are more."""
    said = {}
    for c in clips:
        said.setdefault(c.speaker, []).append(c)
    voices = [Voice(name, said[name]) for name in sorted(said)]
    calls = {v.name: v.calls(rounds, seconds) for v in voices}
    able = [v for v in voices if calls[v.name]]
    draw = random.Random(zlib.crc32(f"{seed} {clips[0].corpus}".encode()))
    if any(any(v.felt.values()) for v in able):
        able = sorted(draw.sample(able, min(speakers, len(able))), key=lambda v: v.name)
    out = []
    for v in able:
        others = [o for o in voices if o is not v and o.mild]
        for number, (kind, first) in enumerate(calls[v.name]):
            agent = draw.choice(others).mild if others else []
            out.append((v, agent, kind, first, f"{seed} {v.name} {number}"))
    return out


def babble(n, clips, rng):
    """Eight reversed voices, clip after clip."""
    out = np.zeros(n)
    for _ in range(8):
        at = 0
        while at < n:
            y = trimmed(rng.choice(clips).file)[::-1]
            y = (y / audio.loud_rms(y))[:n - at]
            out[at:at + len(y)] += y
            at += len(y)
    return out


def changed(x, channel, others, rng):
    """One channel of a call after what its line does to it."""
    if channel == "phone":
        x = audio.telephone(x)
    elif channel == "babble":
        x = audio.add(x, babble(len(x), others, rng), BABBLE_DB)
    elif channel == "down20":
        x = x * 0.1
    elif channel == "up20":
        x = x * min(10, 0.99 / np.max(np.abs(x)))
    return np.clip(x, -1, 32767 / 32768)


def sound(layout, customer_level, channel, others, name, read):
    """Samples x 2: agent, customer. One gain per party: how loud a feeling is stays as it was."""
    rng = random.Random(zlib.crc32(f"sound {name}".encode()))
    hiss = np.random.default_rng(zlib.crc32(f"hiss {name}".encode()))
    end = max(at + layout.length_ms(clip) for _, at, clip in layout.said) + 1500
    out = np.zeros((end * audio.RATE // 1000, 2))
    for column, party in enumerate(("agent", "customer")):
        own = [(at, read(clip)) for who, at, clip in layout.said if who == party]
        if own:
            level = customer_level if party == "customer" else audio.loud_rms(np.concatenate([x for _, x in own]))
            gain = min(10 ** (LEVEL_DBFS / 20) / level, 0.9 / max(np.max(np.abs(x)) for _, x in own))
            for at, x in own:
                begin = at * audio.RATE // 1000
                out[begin:begin + len(x), column] = x * gain
        out[:, column] += hiss.standard_normal(len(out)) * 10 ** (HISS_DBFS / 20)
    # what happens on the customer's side is the customer's; the telephone carries both
    out[:, 1] = changed(out[:, 1], channel, others, rng)
    if channel == "phone" and any(who == "agent" for who, _, _ in layout.said):
        out[:, 0] = changed(out[:, 0], channel, others, rng)
    return out


def write(corpora, out, seed, rounds, speakers, channel="clean", skip=(), only=None):
    """The calls of every corpus but those of skip, of the clips for which only(clip); -> INDEX.json's path, None where no call
    could be laid out."""
    clips = [c for folder in corpora for c in rows.read_index(folder) if only is None or only(c)]
    samples = functools.lru_cache(maxsize=1000)(lambda file: trimmed(file).astype(np.float32))
    lengths = functools.lru_cache(maxsize=None)(lambda file: len(samples(file)) * 1000 // audio.RATE)
    seconds = functools.lru_cache(maxsize=None)(lambda clip: soundfile.info(clip.file).duration)
    length_ms, read = lambda clip: lengths(clip.file), lambda clip: samples(clip.file)
    calls = []
    os.makedirs(out, exist_ok=True)
    for corpus in sorted({c.corpus for c in clips} - set(skip)):
        own = [c for c in clips if c.corpus == corpus]
        for voice, agent, kind, first, name in plan(own, seed, rounds, speakers, seconds):
            rng = random.Random(zlib.crc32(name.encode()))
            layout, stretch = lay_out(voice.mild, voice.felt.get(kind, []), agent, first, rng, length_ms)
            mild = [read(clip) for who, _, clip in layout.said if who == "customer" and clip in voice.mild]
            others = [c for c in own if c.speaker != voice.name] or own
            x = sound(layout, audio.loud_rms(np.concatenate(mild)), channel, others, name, read)
            path = f"{corpus}-{len(calls):04d}.wav"
            soundfile.write(os.path.join(out, path), x, audio.RATE, subtype="PCM_16")
            calls.append({"path": path, "corpus": corpus, "speaker": voice.name, "gender": voice.gender,
                          "stretches": [{"kind": kind, "begin_ms": stretch[0], "end_ms": stretch[1]}] if stretch else [],
                          "speech": layout.turns})
    if not calls:
        return None
    index = os.path.join(out, "INDEX.json")
    with open(index + ".part", "w", encoding="utf-8") as f:
        json.dump({"seed": seed, "rounds": rounds, "channel": channel, "calls": calls}, f, indent=1)
    os.replace(index + ".part", index)
    return index


def join(clips, seed):
    """[(call, clip)]: the clips of each speaker as calls of up to CALL_CLIPS, in runs of one target, for the column call
    of `undertone eval --index`."""
    said, out = {}, []
    for c in clips:
        said.setdefault(c.speaker, []).append(c)
    for name in sorted(said):
        rng = random.Random(zlib.crc32(f"{seed} joined {name}".encode()))
        left = {}
        for c in said[name]:
            left.setdefault(c.target, []).append(c)
        for clips_of in left.values():
            rng.shuffle(clips_of)
        row, last = [], None
        while left:
            # as often as there are clips of it; another target than before while there is one
            others = [t for t in sorted(left) if t != last] or sorted(left)
            last = rng.choices(others, [len(left[t]) for t in others])[0]
            for _ in range(min(rng.randint(*RUN_CLIPS), len(left[last]))):
                row.append(left[last].pop())
            if not left[last]:
                del left[last]
        out += [(f"{name} {at // CALL_CLIPS}", c) for at, c in enumerate(row)]
    return out


def main():
    a = argparse.ArgumentParser(prog="calls.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--corpora", nargs="+", required=True, help="folders with an index.tsv")
    a.add_argument("--out", required=True, help="folder for the calls and INDEX.json")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--rounds", type=int, default=1, help=f"{len(CALLS)} calls each, of every speaker")
    a.add_argument("--speakers", type=int, default=12, help="of a corpus with feelings, at most")
    a.add_argument("--channel", choices=CHANNELS, default="clean")
    a.add_argument("--skip", nargs="*", default=[], help="corpora that are left out")
    args = a.parse_args()
    for folder in args.corpora:
        if not os.path.exists(os.path.join(folder, "index.tsv")):
            raise SystemExit(f"calls.py: {folder}: no recordings here (index.tsv is absent); name other folders")
    index = write(args.corpora, args.out, args.seed, args.rounds, args.speakers, args.channel, args.skip)
    if index is None:
        raise SystemExit("calls.py: no speaker has enough calm speech and feelings for a call; add recordings")
    print(index)


if __name__ == "__main__":
    main()
