#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The forecast behind rising_frustration: how early, how often right, how often wrong, against "F is high now".

forecast.py --tool PROGRAM --corpora FOLDER... [--only CORPUS...] [--out FILE.json] [--fit models/ID/forecast.c]

Calls are concatenated from recorded clips of one speaker each: some grow angry, some stay as they are. Every number
comes from `undertone replay --json`, so nothing of the program is computed twice here. --fit fits the logistic model on
the speakers who teach and choose (models/train/parts.py) and writes its coefficients; without it, the program as built is judged on
the speakers who are kept, whom its model has not met either.
"""
import argparse
import concurrent.futures
import json
import os
import random
import subprocess
import sys
import tempfile
import zlib

import numpy as np
import soundfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT)
from models import provenance  # noqa: E402
from models.train import perceptron, rows as clips_of  # noqa: E402
from models.train.parts import KEPT, part_of  # noqa: E402

RATE = 16000
SEED = 1
HIGH, HORIZON_S, QUIET_S = 0.65, 20, 10
REFRACTORY_S = 45  # of the cue; the naive rules get the same
RISING, STEADY = 6, 6  # calls per speaker
CUE = "rising_frustration"
EARLY = {"UNDERTONE_RISING_FRUSTRATION_ON": "0.05", "UNDERTONE_RISING_FRUSTRATION_OFF": "0.02"}
FAST, SLOW, FORECAST = 1, 3, 5  # columns of a call's rows
INPUTS = ("bias", "slow", "slope", "fast", "confidence")  # what is weighed: models/forecast.h


def read_index(folders, only, kept):
    """{speaker: clips} of those who are kept, or of the others."""
    speakers = {}
    for clip in (c for folder in folders for c in clips_of.read_index(folder) if c.corpus in only):
        if (part_of(clip) == KEPT) == kept:
            speakers.setdefault(clip.speaker, []).append(clip)
    return speakers


def trimmed(path):
    """Samples between the first and the last 20 ms within 35 dB of the loudest."""
    x, rate = soundfile.read(path, dtype="float64")
    assert rate == RATE and x.ndim == 1, path
    n = len(x) // 320
    power = (x[:n * 320].reshape(n, 320) ** 2).mean(axis=1)
    loud = np.flatnonzero(power >= power.max() * 10 ** -3.5)
    return x[loud[0] * 320:(loud[-1] + 1) * 320]


class Speaker:
    def __init__(self, name, own):
        self.name = name
        clips = [(c, trimmed(c.file)) for c in own]
        everything = np.concatenate([x for _, x in clips])
        gain = 10 ** (-28 / 20) / np.sqrt((everything ** 2).mean())  # one gain: how loud anger is stays as it was
        kinds = {"angry": lambda c: c.emotion == "angry",
                 "mild": lambda c: c.emotion in ("neutral", "calm", "boredom", "sad", "unlabelled"),
                 "any": lambda c: c.emotion not in ("angry", "fearful")}
        self.clips = {k: [x * gain for r, x in clips if test(r)] for k, test in kinds.items()}


def make_call(speaker, kind, number):
    """One call of about two minutes: (agent, customer) as float samples. The agent's side is near silence."""
    rng = random.Random(zlib.crc32(f"{SEED} {speaker.name} {kind} {number}".encode()))
    noise = np.random.default_rng(zlib.crc32(speaker.name.encode()) + number)
    calm_s, climb_s, angry_s = rng.uniform(45, 75), rng.uniform(15, 45), rng.uniform(20, 35)
    end_s = calm_s + climb_s + angry_s
    parts, at = [np.zeros(RATE // 2)], 0.5
    while at < end_s:
        likely = min(1.0, max(0.0, (at - calm_s) / climb_s)) if kind == "rising" else 0.0
        usual = "mild" if number % 2 == 0 else "any"
        clip = rng.choice(speaker.clips["angry" if rng.random() < likely else usual])
        pause = rng.uniform(0.2, 0.9) if rng.random() < 0.8 else rng.uniform(2, 5)
        parts += [clip, np.zeros(int(pause * RATE))]
        at += len(clip) / RATE + pause
    customer = np.concatenate(parts)
    hiss = noise.normal(0, 2 / 32768, (2, len(customer)))
    return hiss[0], np.clip(customer + hiss[1], -0.99, 0.99)


def replayed(tool, work, path, settings=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith("UNDERTONE_")}
    env.update({"XDG_CONFIG_HOME": work, **(settings or {})})
    done = subprocess.run([tool, "replay", "--json", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True, env=env)
    return [json.loads(x) for x in done.stdout.decode().splitlines()]


def opens(event):
    return event["type"] == "undertone.cue.opened.v1" and event["data"]["Cue"] == CUE


def play(tool, work, job, fitting):
    """The call's scores at 1 Hz and its alarms."""
    speaker, kind, number = job
    path = os.path.join(work, f"{speaker.name.replace(':', '-')}-{kind}-{number}.wav")
    agent, customer = make_call(speaker, kind, number)
    soundfile.write(path, np.stack([agent, customer], axis=1), RATE, subtype="PCM_16")
    rows, alarms = [], []
    for event in replayed(tool, work, path):
        data = event["data"]
        if event["type"] == "undertone.score.v1":
            fast, slow, slope = data["ScoreFast"], data["ScoreSlow"], data["Slope"]
            rows.append((data["EndOffsetMillis"] / 1000,
                         np.nan if fast is None else fast["Frustration"],
                         np.nan if fast is None else fast["Confidence"],
                         np.nan if slow is None else slow["Frustration"],
                         np.nan if slope is None else slope,
                         np.nan if data["Forecast"] is None else data["Forecast"]))
        elif opens(event):
            alarms.append(data["NotifyOffsetMillis"] / 1000)
    early = [] if fitting else [x["data"]["NotifyOffsetMillis"] / 1000 for x in replayed(tool, work, path, EARLY) if opens(x)]
    os.remove(path)
    return {"speaker": speaker.name, "kind": kind, "rows": np.array(rows).reshape(-1, 6), "alarms": alarms,
            "early": early}


def onsets(rows, column=FAST):
    """Times at which a score reaches HIGH after having been below it for QUIET_S."""
    found, below_since = [], 0.0
    for t, score in rows[:, [0, column]]:
        high = score >= HIGH
        if high and below_since is not None and t - below_since >= QUIET_S:
            found.append(t)
        if high:
            below_since = None
        elif below_since is None:
            below_since = t
    return found


def examples(call):
    """(inputs, the program's forecast, what came) of every second with a forecast at which F_fast is below HIGH."""
    rows = call["rows"]
    x, p, y = [], [], []
    for i, (t, fast, confidence, slow, slope, forecast) in enumerate(rows):
        ahead = rows[i + 1:][rows[i + 1:, 0] <= t + HORIZON_S]
        if np.isnan(slope) or fast >= HIGH or len(ahead) == 0 or ahead[-1, 0] < t + HORIZON_S - 1:
            continue
        x.append((slow, slope, fast, confidence))
        p.append(forecast)
        y.append(bool((ahead[:, 1] >= HIGH).any()))
    return np.array(x).reshape(-1, 4), np.array(p), np.array(y, dtype=bool)


def fit(x, y, ridge=1e-3):
    """Logistic regression by Newton's method: bias and one weight per input."""
    a = np.hstack([np.ones((len(x), 1)), x])
    w = np.zeros(a.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-a @ w))
        gradient = a.T @ (p - y) / len(y) + ridge * np.r_[0, w[1:]]
        hessian = (a * (p * (1 - p))[:, None]).T @ a / len(y) + ridge * np.diag(np.r_[0, np.ones(len(w) - 1)])
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-9:
            break
    return w


def auc(score, y):
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    values = score[order]
    starts = np.r_[0, np.flatnonzero(np.diff(values)) + 1, len(values)]
    for a, b in zip(starts[:-1], starts[1:]):
        ranks[order[a:b]] = (a + b + 1) / 2
    n = y.sum()
    return float((ranks[y].sum() - n * (n + 1) / 2) / (n * (len(y) - n))) if 0 < n < len(y) else float("nan")


def naive(rows, threshold, column=FAST):
    """Alarms of "it is high now": a score reaches the threshold; once in REFRACTORY_S."""
    times, last = [], -1e9
    before = False
    for t, score in rows[:, [0, column]]:
        high = score >= threshold
        if high and not before and t - last >= REFRACTORY_S:
            times.append(t)
            last = t
        before = high
    return times


def judge(calls, alarms_of, column=FAST):
    """Hit: an alarm in the HORIZON_S before an onset, or at it. Else late when it is high already, or a false alarm."""
    hits, total, false, late, leads, seconds = 0, 0, 0, 0, [], 0.0
    for call in calls:
        rows, alarms = call["rows"], alarms_of(call)
        starts = onsets(rows, column)
        seconds += rows[-1, 0]
        total += len(starts)
        for start in starts:
            before = [start - t for t in alarms if 0 <= start - t <= HORIZON_S]
            hits += bool(before)
            leads += [max(before)] if before else []
        for t in alarms:
            now = rows[np.abs(rows[:, 0] - t) <= 1][:, column]
            known = any(0 <= start - t <= HORIZON_S for start in starts)
            high = bool((now >= HIGH).any())
            late += not known and high
            false += not known and not high
    return {"onsets": total, "hits": hits, "hit_rate": hits / total if total else None,
            "median_lead_s": float(np.median(leads)) if leads else None,
            "false_alarms": false, "late": late, "hours": seconds / 3600,
            "false_alarms_per_hour": false / seconds * 3600}


def coefficients(w, n, positives, speakers):
    """models/ID/forecast.c"""
    sources = "; ".join("{} ({})".format(*provenance.CORPORA[c]) for c in sorted({name.split(":")[0] for name in speakers}))
    lines = ["/* SPDX-License-Identifier: Apache-2.0 */",
             f"/* Written by tests/eval/forecast.py --fit (seed {SEED}): {n} seconds of calls of {len(speakers)} speakers, {positives} of them",
             " * followed by a high score of this model.", f" * Fitted to: {sources}. */", '#include "models/forecast.h"', "",
             "const struct ut_forecast_table ut_forecast_table = {"]
    return "\n".join(lines + [f"    .{name}_q16 = {round(x * 65536)}," for name, x in zip(INPUTS, w)] + ["};", ""])


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--tool", required=True)
    p.add_argument("--corpora", nargs="+", required=True)
    p.add_argument("--only", nargs="+", default=["ravdess", "emodb"])
    p.add_argument("--out")
    p.add_argument("--fit")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    a = p.parse_args()
    folders = [f for f in a.corpora if os.path.exists(os.path.join(f, "index.tsv"))]
    if not folders:
        print(f"{' '.join(a.corpora)}: no recordings here (index.tsv is absent), so the forecast was not measured; "
              "CORPORA= names another folder")
        return 0
    names = read_index(folders, a.only, a.fit is None)
    speakers = [Speaker(n, names[n]) for n in sorted(names)]
    jobs = [(s, kind, i) for s in speakers for kind, count in (("rising", RISING), ("steady", STEADY))
            if s.clips["angry"] or kind == "steady" for i in range(count)]
    with tempfile.TemporaryDirectory() as work, concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        calls = list(pool.map(lambda job: play(a.tool, work, job, a.fit is not None), jobs))
    parts = [examples(c) for c in calls]
    x, forecast, y = [np.concatenate([part[i] for part in parts]) for i in range(3)]
    if a.fit is not None:
        w = fit(x, y)
        perceptron.write(a.fit, coefficients(w, len(y), int(y.sum()), names))
        print(f"{len(y)} seconds, {y.sum()} of them followed by a high score; "
              f"AUC {auc(x @ w[1:], y):.3f} in training; coefficients " + " ".join(f"{v:.3f}" for v in w))
        return 0

    sure = forecast >= 0.7
    rules = [("rising_frustration", lambda c: c["alarms"]),
             ("the same with slope >= 0.05", lambda c: c["early"]),
             ("forecast >= 0.7 alone", lambda c: naive(c["rows"], 0.7, FORECAST)),
             (f"F_fast >= {HIGH} now", lambda c: naive(c["rows"], HIGH)),
             ("F_fast >= 0.50 now", lambda c: naive(c["rows"], 0.5)),
             ("F_slow >= 0.50 now", lambda c: naive(c["rows"], 0.5, SLOW))]
    hours = sum(c["rows"][-1, 0] for c in calls) / 3600
    print(f"{len(calls)} calls of {len({c['speaker'] for c in calls})} speakers that neither forecast nor model has met, "
          f"{hours:.1f} h.\nActed clips concatenated, not conversations.")
    tables = {}
    for column, name in ((FAST, "F_fast"), (SLOW, "F_slow")):
        print(f"\nBefore {name} reaches {HIGH}:\n")
        print("| rule | onsets | hits | hit rate | median lead | late | false alarms | per hour |")
        print("|---|---|---|---|---|---|---|---|")
        for rule, alarms_of in rules:
            r = tables[f"{rule}, before {name} is high"] = judge(calls, alarms_of, column)
            rate = "-" if r["hit_rate"] is None else f"{r['hit_rate']:.2f}"
            lead = "-" if r["median_lead_s"] is None else f"{r['median_lead_s']:.1f} s"
            print(f"| {rule} | {r['onsets']} | {r['hits']} | {rate} | {lead} | {r['late']} | {r['false_alarms']} | "
                  f"{r['false_alarms_per_hour']:.1f} |")
    figures = {"seconds": len(y), "positives": int(y.sum()), "auc_forecast": auc(forecast, y),
               "auc_fast": auc(x[:, 2], y), "auc_slow": auc(x[:, 0], y), "sure": int(sure.sum()),
               "sure_came_true": float(y[sure].mean()) if sure.any() else None}
    print(f"\nPer second, while F_fast is below {HIGH} (n = {len(y)}, of which {int(y.sum())} were followed by a "
          f"high score): AUC of the forecast {figures['auc_forecast']:.3f}, of F_fast alone {figures['auc_fast']:.3f}, of "
          f"F_slow alone {figures['auc_slow']:.3f}.")
    if sure.any():
        print(f"Where the forecast said 0.7 or more (n = {sure.sum()}), it came true in {y[sure].mean():.2f}.")
    if a.out:
        os.makedirs(os.path.dirname(a.out) or ".", exist_ok=True)
        with open(a.out, "w", encoding="ascii") as f:
            json.dump({"rules": tables, "per_second": figures}, f, indent=2)
            f.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
