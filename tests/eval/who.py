#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whose voice a channel holds: who.py --tool UNDERTONE --corpora FOLDER... --out FILE.json

Calls of 60 s of two voices of a corpus, and what recorders and lines make of them; more mono mixes, of two sexes and of
one; then single callers of 40 s, each of one voice and mood, in a mono file, as recorded and by telephone; last, callers
who talk for 60 s in all their moods and leave no gap that another voice would fill.
  said       states that the program reports in its last status, with the number of calls; single callers' while nobody
             has declared them alone, all else of them with --customer 1 --agent none
  talk       seconds that the program counts as the customer's; truth: by the layout
  scored     seconds of the call that have scores
  overlap, interruption, raised voice, feelings   events and cue openings
Of single callers of one mood <= 1 % may be called `mixed` (or `same`, `leak`); the last are counted beside them.
"""
import argparse
import tempfile

import numpy as np

import clips
import parties

CALLS, MIXES = 12, 60
LINES = {"as recorded": lambda x: x, "telephone": clips.telephone}
LIVELY = ("angry", "anger", "happy", "happiness")
ANGRY, HAPPY = ("angry", "anger"), ("happy", "happiness")


def mono(x):
    return x.sum(axis=0)


def dual(x, other=lambda m: m):
    """Both parties in both channels; what happened to the customer's copy."""
    return np.stack([other(mono(x)), mono(x)])


SITUATIONS = {
    "separate": lambda x: x,
    "separate, G.711": lambda x: np.stack([clips.telephone(c) for c in x]),
    "separate, Opus": lambda x: np.stack([parties.opus(c) for c in x]),
    "mono mix": mono,
    "mono mix, one sex": mono,
    "dual mono": dual,
    "dual mono, inverted": lambda x: dual(x, lambda m: -m),
    "dual mono, G.711": lambda x: dual(x, clips.telephone),
    "dual mono, Opus": lambda x: dual(x, parties.opus),
    "dual mono, 150 ms late": lambda x: dual(x, lambda m: parties.late(m, 150)),
    "dual mono, -6 dB": lambda x: dual(x, lambda m: m / 2),
    "agent's leg silent": lambda x: np.stack([x[0], parties.noise(x[1].shape, np.random.default_rng(1))]),
    "customer's leg silent": lambda x: np.stack([parties.noise(x[0].shape, np.random.default_rng(1)), x[1]]),
    "agent's leg empty": lambda x: np.stack([x[0], np.zeros_like(x[1])]),
    "customer's leg empty": lambda x: np.stack([np.zeros_like(x[0]), x[1]]),
}


def row(name, said, truth):
    states = [c["states"][-1][1] if c["states"] else "-" for c in said]
    count = lambda of: sum(of(c) for c in said)
    f = {"situation": name, "calls": len(said), "said": {s: states.count(s) for s in sorted(set(states))}, "truth_s": truth,
         "talk_s": count(lambda c: c["talk"][0]), "scored_s": count(lambda c: c["scored"]),
         "overlap": count(lambda c: c["turns"].get("overlap_started", 0)),
         "interruption": count(lambda c: c["turns"].get("interruption", 0)),
         "raised_voice": count(lambda c: c["cues"].get("customer_raised_voice", 0)), "feelings": count(parties.feelings)}
    said = ", ".join(f"{s} {n}" for s, n in f["said"].items())
    print(f"{name:28} {f['calls']:5d} {truth:8.0f} {f['talk_s']:7.0f} {f['scored_s']:7d} {f['overlap']:8d} {f['interruption']:8d} "
          f"{f['raised_voice']:7d} {f['feelings']:9d}  {said}", flush=True)
    return f


def two(tool, voices, calls):
    rng = np.random.default_rng(12)
    corpora = sorted({v.name.split()[0] for v in voices})
    laid, one_sex = [], []
    for i in range(calls):
        own = [v for v in voices if v.name.split()[0] == corpora[i % len(corpora)]]
        a, b = (own[k] for k in rng.choice(len(own), 2, replace=False))
        laid.append(parties.call(a, b, rng))
        same = [v for v in own if v.gender == a.gender and v is not a] or [b]
        one_sex.append(parties.call(a, same[rng.integers(len(same))], rng))
    for name, made in SITUATIONS.items():
        these = one_sex if "one sex" in name else laid
        said = parties.replay(tool, {i: made(x) for i, (x, _) in enumerate(these)})
        truth = 0 if name.startswith("customer's leg") else sum(s[0].sum() for _, s in these) / 100
        yield row(name, list(said.values()), truth)


def mixes(tool, voices, calls):
    """Half of them by telephone."""
    rng = np.random.default_rng(14)
    corpora = sorted({v.name.split()[0] for v in voices})
    for name, one_sex in (("two sexes", False), ("one sex", True)):
        made, truth = {}, 0
        while len(made) < calls:
            own = [v for v in voices if v.name.split()[0] == corpora[len(made) % len(corpora)]]
            a, b = (own[k] for k in rng.choice(len(own), 2, replace=False))
            if (a.gender == b.gender) == one_sex:
                x, speech = parties.call(a, b, rng)
                made[len(made)] = clips.telephone(mono(x)) if len(made) % 2 else mono(x)
                truth += speech[0].sum() / 100
        yield row(f"mono mix, {calls} of {name}", list(parties.replay(tool, made).values()), truth)


def declared(tool, calls):
    """Of single callers: what is said while nobody has declared them alone, all else as declared."""
    said, own = parties.replay(tool, calls), parties.replay(tool, calls, ("--customer", "1", "--agent", "none"))
    return [{**own[k], "states": said[k]["states"]} for k in calls]


def alone(tool, voices, per_voice):
    rng = np.random.default_rng(13)
    for mood, moods in (("angry", ANGRY), ("happy", HAPPY), ("calm", None)):
        for line, codec in LINES.items():
            calls, truth = {}, 0
            for v in voices:
                here = [m for m in v.by_mood if (m in moods if moods else m not in LIVELY)]
                for k in range(per_voice if here else 0):
                    x, speech = parties.single(v, rng, moods=here)
                    calls[v.name, k] = codec(x)
                    truth += speech.sum() / 100
            if calls:
                yield row(f"one caller, {mood}, {line}", declared(tool, calls), truth)


def without_a_gap(tool, voices):
    rng = np.random.default_rng(15)
    several = [v for v in voices if len(v.by_mood) > 1]
    for line, codec in LINES.items() if several else ():
        laid = {v.name: parties.single(v, rng, seconds=60, gaps=(0.3, 0.6, 1)) for v in several}
        said = declared(tool, {name: codec(x) for name, (x, _) in laid.items()})
        yield row(f"no gap, all moods, {line}", said, sum(s.sum() for _, s in laid.values()) / 100)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--corpora", required=True, nargs="+")
    parser.add_argument("--out", required=True)
    parser.add_argument("--calls", type=int, default=CALLS)
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        acted = parties.voices(a.corpora, ("emodb", "ravdess", "nemo"))
        others = parties.voices(a.corpora, ("emospeech", "callcentre"), least=8)
        voices = acted or parties.synthetic(folder)
        print(f"{'situation':28} {'calls':>5} {'truth s':>8} {'talk s':>7} {'scored':>7} {'overlap':>8} {'interr.':>8} {'raised':>7} "
              f"{'feelings':>9}  said")
        figures = [*two(a.tool, voices, a.calls), *mixes(a.tool, voices, MIXES), *alone(a.tool, voices + others, 1)]
        single = [f for f in figures if f["situation"].startswith("one caller")]
        wrong = sum(f["said"].get(s, 0) for f in single for s in ("mixed", "same", "leak"))
        print(f"\nsingle callers: {sum(f['calls'] for f in single)} calls, of which said to be mixed, same or leak: {wrong}")
        figures += without_a_gap(a.tool, voices + others)
        clips.save(a.out, {"figures": figures})


if __name__ == "__main__":
    main()
