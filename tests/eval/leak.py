#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One party's speech in the other's channel: leak.py --tool UNDERTONE --corpora FOLDER... --out FILE.json

Calls of 60 s of two voices of a corpus; 15 of 100 turns begin before the other's end. Into one channel, or both, goes the
other's speech, so many dB below what it is there, so many ms late, by G.711 or Opus 12 kbit/s and 8 ms of a random path.
Beside each figure stands the same call's without the leak.
  talk       seconds of the party that the leak reaches (both: the customer), all calls; clean: without the leak
  error      of a call's talk time against the clean call's, mean of absolutes and worst
  > 10 %     calls with a greater error
  overlap, interruption, raised voice, feelings   events and cue openings that the clean call has not
  leak       calls in which the program said `leak` within 20 s of the call's end
"""
import argparse
import tempfile

import numpy as np

import clips
import parties

CALLS = 12
DELAYS = (0, 20, 60, 150, 400)
AGENT, CUSTOMER, BOTH = "agent to customer", "customer to agent", "both ways"


def conditions():
    """(name, directions, dB, delay or None for any, codec or None for any, part of the call)"""
    for db in (-12, -16, -20, -24, -30):
        yield f"{AGENT} {db} dB", AGENT, db, None, None, None
    for db in (-12, -20, -30):
        yield f"{CUSTOMER} {db} dB", CUSTOMER, db, None, None, None
    for db in (-12, -20, -30):
        yield f"{BOTH} {db} dB", BOTH, db, None, None, None
    for ms in DELAYS:
        yield f"both ways -20 dB, {ms} ms", BOTH, -20, ms, None, None
    for codec in parties.CODECS:
        yield f"both ways -20 dB, {codec}", BOTH, -20, None, codec, None
    yield "begins after 30 s, -16 dB", BOTH, -16, None, None, "begins"
    yield "delay jumps after 30 s, -16 dB", BOTH, -16, None, None, "jumps"


def leaked(x, rng, way, db, ms, codec, part):
    pick = lambda given, choice: given if given is not None else choice[rng.integers(len(choice))]
    y = x.copy()
    for to in (0, 1):
        if way == (CUSTOMER, AGENT)[to]:
            continue
        c = pick(codec, list(parties.CODECS))
        add = parties.leak(x[1 - to], db, pick(ms, DELAYS), c, rng)
        if part == "begins":
            add[: len(add) // 2] = 0
        if part == "jumps":
            add[len(add) // 2 :] = parties.leak(x[1 - to], db, pick(None, DELAYS), c, rng)[len(add) // 2 :]
        y[to] += add
    return y


def judge(tool, voices, calls):
    rng = np.random.default_rng(11)
    corpora = sorted({v.name.split()[0] for v in voices})
    laid = []
    for i in range(calls):
        own = [v for v in voices if v.name.split()[0] == corpora[i % len(corpora)]]
        a, b = rng.choice(len(own), 2, replace=False)
        laid.append(parties.call(own[a], own[b], rng))
    clean = parties.replay(tool, {i: x for i, (x, _) in enumerate(laid)})
    truth = sum(s[0].sum() for _, s in laid) / 100
    print(f"{calls} calls of {', '.join(corpora)}; customers spoke {truth:.0f} s by the layout, "
          f"{sum(c['talk'][0] for c in clean.values()):.0f} s by the program; scored {sum(c['scored'] for c in clean.values())} s; "
          f"leak said in {sum(any(n == 'leak' for _, n in c['states']) for c in clean.values())} calls without one\n")
    print(f"{'condition':34} {'calls':>5} {'clean s':>8} {'talk s':>7} {'error %':>8} {'worst':>6} {'> 10 %':>6} {'overlap':>8} "
          f"{'interr.':>8} {'raised':>7} {'feelings':>8} {'leak':>5}")
    for name, way, db, ms, codec, part in conditions():
        got = parties.replay(tool, {i: leaked(x, rng, way, db, ms, codec, part) for i, (x, _) in enumerate(laid)})
        to = 1 if way == CUSTOMER else 0
        talk = np.array([[clean[i]["talk"][to], got[i]["talk"][to]] for i in got])
        error = np.abs(talk[:, 1] - talk[:, 0]) / np.maximum(talk[:, 0], 1)
        more = lambda count: sum(max(0, count(got[i]) - count(clean[i])) for i in got)
        f = {"condition": name, "calls": calls, "clean_s": talk[:, 0].sum(), "talk_s": talk[:, 1].sum(),
             "error": error.mean(), "worst": error.max(), "beyond": int((error > 0.1).sum()),
             "overlap": more(lambda c: c["turns"].get("overlap_started", 0)),
             "interruption": more(lambda c: c["turns"].get("interruption", 0)),
             "raised_voice": more(lambda c: c["cues"].get("customer_raised_voice", 0)),
             "feelings": more(parties.feelings),
             "leak": sum(any(t > 40 and s == "leak" for t, s in c["states"]) for c in got.values())}
        print(f"{name:34} {calls:5d} {f['clean_s']:8.0f} {f['talk_s']:7.0f} {100 * f['error']:8.1f} {100 * f['worst']:6.0f} "
              f"{f['beyond']:6d} {f['overlap']:8d} {f['interruption']:8d} {f['raised_voice']:7d} {f['feelings']:8d} {f['leak']:5d}",
              flush=True)
        yield f


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--corpora", required=True, nargs="+")
    parser.add_argument("--out", required=True)
    parser.add_argument("--calls", type=int, default=CALLS)
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        voices = parties.voices(a.corpora, ("emodb", "ravdess", "nemo")) or parties.synthetic(folder)
        clips.save(a.out, {"figures": list(judge(a.tool, voices, a.calls))})


if __name__ == "__main__":
    main()
