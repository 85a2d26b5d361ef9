#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""models/train/calls.py: whom a call is of, what is said when, which clips make up a call. No sound is read.

No package beyond the standard library: what the file imports for sound stands empty where it is not installed."""
import importlib
import os
import random
import sys
import types

from tool import Checks

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, ROOT)
for package in ("numpy", "soundfile"):
    try:
        importlib.import_module(package)
    except ImportError:
        sys.modules[package] = types.ModuleType(package)
from models.train import calls  # noqa: E402

check = Checks()


class Clip:
    """Of 2 to 4 s."""

    def __init__(self, speaker, emotion, number, gender="f"):
        self.corpus, self.speaker, self.emotion, self.gender = "made", f"made:{speaker}", emotion, gender
        self.target = {"angry": 0, "happy": 1}.get(emotion, 2)
        self.file = f"{speaker}-{emotion}-{number}"
        self.ms = 2000 + (number * 370) % 2000


def corpus(moods=("neutral", "angry", "happy", "fear"), speakers="abcd", count=12):
    return [Clip(s, m, i) for s in speakers for m in moods for i in range(count)]


def seconds(clip):
    return clip.ms / 1000


def length_ms(clip):
    return clip.ms


def laid(first=False, felt="frustration", agent=True, seed=1):
    voice = calls.Voice("made:a", corpus(speakers="a"))
    return voice, *calls.lay_out(voice.mild, voice.felt.get(felt, []), corpus(speakers="b") if agent else [], first,
                                 random.Random(seed), length_ms)


# what is said when
voice, call, stretch = laid()
said = [(at, at + c.ms, party, c) for party, at, c in call.said]
check("one after the other", all(b[0] > a[1] for a, b in zip(said, said[1:])) and said[0][0] > 0)
check("the customer's voice on the customer's side", all((party == "customer") == (c.speaker == "made:a") for _, _, party, c in said))
felt = [x for x in said if x[2] == "customer" and x[3].emotion == "angry"]
check("a stretch from the first angry word to the last", stretch == (felt[0][0], felt[-1][1]))
check("in it all are angry, outside all are mild", all((c.emotion == "angry") == (stretch[0] <= a < stretch[1])
      and c.emotion in ("angry", "neutral") for a, _, party, c in said if party == "customer"))
spoken = sum(e - b for b, e in call.turns if stretch[0] <= b < stretch[1])
check("15 s of it", 15000 <= spoken < 15000 + 4600, spoken)
check("calm before and after", calls.CALM_S * 1000 <= stretch[0] < calls.CALM_S * 1000 + 20000
      and call.turns[-1][1] > stretch[1] + 10000, (stretch, call.turns))
check("an agent answers within it", any(party == "agent" and stretch[0] < a < stretch[1] for a, _, party, _ in said))
spans = [[min(a for a, *_ in group), max(e for _, e, *_ in group)] for group in
         [[x for x in said if x[2] == "customer" and b <= x[0] < e] for b, e in call.turns]]
check("turns are the customer's speech", [tuple(s) for s in spans] == call.turns
      and sum(len([x for x in said if x[2] == "customer" and b <= x[0] < e]) for b, e in call.turns)
      == len([x for x in said if x[2] == "customer"]))
again = laid()
check("the same seed, the same call", [(p, t, c.file) for p, t, c in again[1].said] == [(p, t, c.file) for p, t, c in call.said])
check("another seed, another one", [(t, c.file) for _, t, c in laid(seed=2)[1].said] != [(t, c.file) for _, t, c in call.said])
_, call, stretch = laid(first=True, felt="delight")
check("from the first word", stretch[0] == call.turns[0][0] and call.said[0][0] == "agent" and
      all(c.emotion == "happy" for p, t, c in call.said if p == "customer" and t < stretch[1]), call.turns)
_, call, stretch = laid(felt=None)
own = [c for p, _, c in call.said if p == "customer"]
check("a calm call, each clip once", stretch is None and {c.emotion for c in own} == {"neutral"} and len({c.file for c in own})
      == len(own) == 12, len(own))
_, call, stretch = laid(agent=False)
check("without an agent", stretch and all(party == "customer" for party, _, _ in call.said))

# whom calls are of
plan = calls.plan(corpus(), 1, 2, 3, seconds)
check("as many speakers as asked for, all their calls", len({v.name for v, *_ in plan}) == 3 and len(plan) == 3 * 2 * len(calls.CALLS))
check("an agent is another one", all(agent and {c.speaker for c in agent} & {v.name} == set() for v, agent, *_ in plan))
check("each call has a name", len({name for *_, name in plan}) == len(plan))
same = calls.plan(corpus(), 1, 2, 3, seconds)
check("the same seed, the same plan", [(v.name, a[0].file, k, f, n) for v, a, k, f, n in same]
      == [(v.name, a[0].file, k, f, n) for v, a, k, f, n in plan])
check("another seed, other speakers or agents", [(v.name, a[0].file) for v, a, *_ in calls.plan(corpus(), 2, 2, 3, seconds)]
      != [(v.name, a[0].file) for v, a, *_ in plan])
check("too little anger: no such call", {k for _, _, k, _, _ in calls.plan(
      corpus(("neutral", "happy")) + [Clip("a", "angry", 0)], 1, 1, 9, seconds)} == {"delight", None})
calm = calls.plan(corpus(("unlabelled",)), 1, 2, 2, seconds)
check("nobody feels anything: one calm call of everybody", [k for _, _, k, _, _ in calm] == [None] * 4, calm)
check("too little of all: none", calls.plan(corpus(count=1), 1, 1, 9, seconds) == [])
check("where nothing is mild, all that is other", calls.Voice("x", corpus(("fear", "angry"), "a")).mild[0].emotion == "fear")

# clips joined into calls
clips = corpus(count=40)
joined = calls.join(clips, 1)
check("every clip once", sorted(c.file for _, c in joined) == sorted(c.file for c in clips))
of = {}
for name, c in joined:
    of.setdefault(name, []).append(c)
check("a call is of one speaker, in one piece, up to 40", all(len({c.speaker for c in x}) == 1 and len(x) <= 40 for x in of.values())
      and len(of) == 16 and [n for i, (n, _) in enumerate(joined) if i == 0 or joined[i - 1][0] != n] == list(of))
runs = [sum(1 for i, (n, c) in enumerate(joined) if i == 0 or joined[i - 1][1].target != c.target)]
check("in runs of a target", len(joined) / 5 <= runs[0] <= len(joined) / 2, runs)
check("joined alike by one seed", calls.join(corpus(count=40), 1)[5][1].file == joined[5][1].file
      and [c.file for _, c in calls.join(corpus(count=40), 2)] != [c.file for _, c in joined])

check.finish()
