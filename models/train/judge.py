#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One table of what the network and four baselines are worth on speakers and corpora they have not met.

judge.py --tool PROGRAM --corpora FOLDER... [--out FILE] [--cached]

The splits are those of models/train/README.md. Folds are trained as `make train` trains them, judged in float and by
the C engine, and kept in --cache until the training code, the clips or the features change. --cached trains nothing:
what is not kept is left out and named.
"""
import argparse
import glob
import hashlib
import json
import os
import sys

import numpy as np

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT)
from models.train import rows, score  # noqa: E402
from models.train.rows import TARGETS  # noqa: E402

ROUNDS = 400
NETWORK = ("network, float", "network, int8")
COLUMN = {"network, float": "float", "network, int8": "clean"}  # of Job.judge_split


def folds_of(clips, index, count):
    """(train, test) of `index`, speakers dealt as `make train` deals them; fewer where there are fewer speakers."""
    from models.train.__main__ import folds_of as deal
    some = [clips[i] for i in index]
    speaker = np.array([c.speaker for c in some])
    folds = [f for f in deal(some, min(count, len(set(speaker)))) if f]
    return [(index[~np.isin(speaker, list(f))], index[np.isin(speaker, list(f))]) for f in folds]


def protocols(clips, count):
    """[(name, [(train, test)])]: all corpora together, each by itself, each by a model of the others."""
    corpus = np.array([c.corpus for c in clips])
    names = sorted(set(corpus))
    everyone = np.arange(len(clips))
    out = [("across speakers, all corpora", folds_of(clips, everyone, count))]
    if len(names) > 1:
        out += [(f"across speakers, {n} alone", folds_of(clips, np.flatnonzero(corpus == n), count)) for n in names]
        out.append(("one corpus left out", [(np.flatnonzero(corpus != n), np.flatnonzero(corpus == n)) for n in names]))
    return out


def code_key(version, manifest, seed, epochs):
    """Changes when anything does that a fold's answers depend on."""
    h = hashlib.sha256(f"{version} {manifest} {seed} {epochs}".encode())
    here = os.path.dirname(os.path.abspath(__file__))
    used = [f for f in glob.glob(os.path.join(here, "*")) if f.endswith((".py", ".c", ".h"))
            and os.path.basename(f) not in ("judge.py", "baselines.py", "card.py", "score.py", "pace.py", "speech.py", "calls.py",
                                            "call_rows.py", "pack.py", "protocols.py")]
    for name in sorted(used) + [os.path.join(ROOT, "models", x) for x in ("infer.c", "infer.h", "model.h", "tables.py")]:
        with open(name, "rb") as f:
            h.update(f.read())
    return h.hexdigest()[:16]


class Folds:
    """The network's posteriors per protocol: from the cache, or trained."""

    def __init__(self, args, clips, manifest):
        self.args = args
        self.clips = clips
        self.key = code_key(rows.features_version(), manifest, args.seed, args.epochs)
        self.job = None

    def posteriors(self, splits):
        """{system: clips x 3}; None when it is not kept and may not be trained."""
        name = hashlib.sha256(repr([(a.tolist(), b.tolist()) for a, b in splits]).encode()).hexdigest()[:16]
        path = os.path.join(self.args.cache, f"judged-{self.key}-{name}.npz")
        if not os.path.exists(path):
            if self.args.cached:
                return None
            if self.job is None:
                from models.train.__main__ import Job
                self.job = Job(self.args)
            result = self.job.judge_split(splits, self.args.seed)[0]
            with open(path + ".part", "wb") as f:
                np.savez(f, **{k: v for k, v in result.items() if k in COLUMN.values()})
            os.replace(path + ".part", path)
        with np.load(path) as z:
            return {system: z[column] for system, column in COLUMN.items()}


def draws(speaker):
    """Indices of ROUNDS draws of speakers with replacement."""
    rng = np.random.default_rng(1)
    names = sorted(set(speaker))
    at = [np.flatnonzero(speaker == s) for s in names]
    return [np.concatenate([at[i] for i in rng.integers(len(names), size=len(names))]) for _ in range(ROUNDS)]


def span(measure, drawn):
    values = [measure(pick) for pick in drawn]
    values = [v for v in values if not np.isnan(v)]
    return [float(v) for v in np.percentile(values, [2.5, 97.5])] if values else [float("nan")] * 2


def measures(p, y, drawn):
    """Every figure of one system on one cut, with 95 % intervals by drawing speakers."""
    return {"uar": score.uar(p, y), "uar_interval": span(lambda k: score.uar(p[k], y[k]), drawn),
            "recall": score.recalls(p, y), "auc": [score.auc(p, y, k) for k in range(len(TARGETS))],
            "auc_interval": [span(lambda k, t=t: score.auc(p[k], y[k], t), drawn) for t in range(len(TARGETS))],
            "precision": [score.precision_at(p, y, k) for k in range(2)], "ece": score.ece(p, y)}


def cuts_of(clips, tested):
    corpus = np.array([c.corpus for c in clips])
    gender = np.array([c.gender for c in clips])
    cuts = {}
    if len(set(corpus[tested])) > 1:
        cuts["all"] = tested
    for n in sorted(set(corpus[tested])):
        cuts[n] = tested[corpus[tested] == n]
        for g in sorted(set(gender[cuts[n]])):
            cuts[f"{n}, {g}"] = cuts[n][gender[cuts[n]] == g]
    return cuts


def table(clips, splits, answers):
    """Rows of one protocol. answers: {system: clips x 3}."""
    y = np.array([c.target for c in clips])
    speaker = np.array([c.speaker for c in clips])
    tested = np.sort(np.concatenate([test for _, test in splits]))
    for cut, at in cuts_of(clips, tested).items():
        drawn = draws(speaker[at])
        for system, p in answers.items():
            yield {"clips": cut, "system": system, "n": len(at), "speakers": len(set(speaker[at])),
                   **measures(p[at], y[at], drawn)}


HEAD = ("protocol", "clips", "n", "speakers", "system", "UAR", "95 %", "recall F / D / O", "AUC F", "95 %", "AUC D", "95 %",
        "AUC O", "95 %", "precision at 5 % false alarms, F / D", "ECE")


def number(v):
    return "-" if np.isnan(v) else f"{v:.3f}"


def line(protocol, r):
    cells = [protocol, r["clips"], r["n"], r["speakers"], r["system"], number(r["uar"]),
             "-".join(map(number, r["uar_interval"])), " / ".join(map(number, r["recall"]))]
    for value, interval in zip(r["auc"], r["auc_interval"]):
        cells += [number(value), "-".join(map(number, interval))]
    cells += [" / ".join(map(number, r["precision"])), number(r["ece"])]
    return "| " + " | ".join(map(str, cells)) + " |"


def judge(args):
    """All rows; prints them as they come."""
    from models.train.baselines import NAMES, Baselines, levels
    clips = [c for d in args.corpora for c in rows.read_index(d)]
    manifest = rows.manifest(clips)
    data = rows.collect(args.tool, clips, "clean", args.cache, args.seed)
    baselines = Baselines(clips, data, levels(clips))
    folds = Folds(args, clips, manifest)
    print(f"{len(clips)} clips, {len({c.speaker for c in clips})} speakers, manifest {manifest[:16]}; intervals: "
          f"{ROUNDS} draws of speakers\n\n| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|", flush=True)
    found, missing = [], []
    for name, splits in protocols(clips, args.folds):
        answers = {system: np.full((len(clips), len(TARGETS)), np.nan) for system in NAMES}
        for use, test in splits:
            for system, p in baselines.posteriors(use, test).items():
                answers[system][test] = p
        network = folds.posteriors(splits)
        if network is None:
            missing.append(name)
        else:
            answers.update(network)
        for r in table(clips, splits, answers):
            found.append({"protocol": name, **r})
            print(line(name, r), flush=True)
    for name in missing:
        print(f"{name}: the network's folds are not kept; `make eval-model` without --cached trains them")
    return {"clips": len(clips), "manifest": manifest, "seed": args.seed, "folds": args.folds, "rows": found,
            "missing": missing}


def without_nan(value):
    if isinstance(value, dict):
        return {k: without_nan(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_nan(v) for v in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def main():
    a = argparse.ArgumentParser(prog="judge.py", description=__doc__)
    a.add_argument("--corpora", nargs="+", required=True, help="folders with an index.tsv")
    a.add_argument("--tool", required=True, help="program that dumps the C engine's rows")
    a.add_argument("--cache", default="build/train", help="folder for rows and folds already made")
    a.add_argument("--out", help="JSON file for all rows")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--folds", type=int, default=5)
    a.add_argument("--epochs", type=int, help="of the training of each fold (default: those of `make train`)")
    a.add_argument("--cached", action="store_true", help="train nothing")
    args = a.parse_args()
    for folder in args.corpora:
        if not os.path.exists(os.path.join(folder, "index.tsv")):
            print(f"{folder}: no recordings here (index.tsv is absent), so no model was judged; CORPORA= names other "
                  "folders")
            return
    import torch
    from models.train.net import EPOCHS
    args.epochs = args.epochs or EPOCHS
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    result = judge(args)
    if args.out:
        os.makedirs(os.path.dirname(args.out) or ".", exist_ok=True)
        with open(args.out + ".part", "w", encoding="utf-8") as f:
            json.dump(without_nan(result), f, indent=1)
        os.replace(args.out + ".part", args.out)


if __name__ == "__main__":
    main()
