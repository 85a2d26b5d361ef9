#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One table of what every model and four baselines are worth on the speakers who are kept, clips alone.

judge.py --build FOLDER --corpora FOLDER... [--out FILE] [--table FILE.md]

The baselines are fitted to the other speakers (parts.py) of the same corpora; nothing is trained beside them.
"""
import argparse
import json
import os
import sys

import numpy as np

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT)
from models.train import pack, rows, score, steps  # noqa: E402
from models.train.parts import KEPT, part_of  # noqa: E402
from models.train.rows import TARGETS  # noqa: E402

ROUNDS = 400


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
            "precision": [score.precision_at(p, y, k) for k in range(2)], "ece": score.ece(p, y),
            "ece_alike": score.ece(p, y, alike=True), "ece_least": score.ece_least(p)}


def cuts_of(clips):
    corpus = np.array([c.corpus for c in clips])
    gender = np.array([c.gender for c in clips])
    cuts = {"all": np.arange(len(clips))}
    for n in sorted(set(corpus)):
        cuts[n] = np.flatnonzero(corpus == n)
        for g in sorted(set(gender[cuts[n]])):
            cuts[f"{n}, {g}"] = cuts[n][gender[cuts[n]] == g]
    return {name: at for i, (name, at) in enumerate(cuts.items())
            if not any(np.array_equal(at, other) for other in list(cuts.values())[:i])}


def table(clips, answers):
    """answers: {system: clips x 3}."""
    y = np.array([c.target for c in clips])
    speaker = np.array([c.speaker for c in clips])
    for cut, at in cuts_of(clips).items():
        if len(set(y[at])) < len(TARGETS):
            continue
        drawn = draws(speaker[at])
        for system, p in answers.items():
            yield {"clips": cut, "system": system, "n": len(at), "speakers": len(set(speaker[at])),
                   **measures(p[at], y[at], drawn)}


HEAD = ("clips", "n", "speakers", "system", "UAR", "95 %", "recall F / D / O", "AUC F", "95 %", "AUC D", "95 %",
        "AUC O", "95 %", "precision at 5 % false alarms, F / D", "ECE", "ECE, targets alike", "ECE if calibrated")


def number(v):
    return "-" if np.isnan(v) else f"{v:.3f}"


def line(r):
    cells = [r["clips"], r["n"], r["speakers"], r["system"], number(r["uar"]),
             "-".join(map(number, r["uar_interval"])), " / ".join(map(number, r["recall"]))]
    for value, interval in zip(r["auc"], r["auc_interval"]):
        cells += [number(value), "-".join(map(number, interval))]
    cells += [" / ".join(map(number, r["precision"])), *(number(r[k]) for k in ("ece", "ece_alike", "ece_least"))]
    return "| " + " | ".join(map(str, cells)) + " |"


def judge(args):
    """All rows; prints them as they come."""
    from models.train.__main__ import Heard
    from models.train.baselines import Baselines, levels
    from models.train.export import Engine
    clips = sorted((c for d in args.corpora for c in rows.read_index(d)), key=lambda c: (c.corpus, c.path))
    library = {t: steps.Library(args.build, t) for t in rows.TABLES}
    plain = {id(call.clips[0]): call for call in steps.collect(args.build, "research", clips, "clean", args.seed, True)}
    clips = [c for c in clips if len(plain[id(c)].x) > 0]  # not shorter than the look-ahead
    kept = np.array([part_of(c) == KEPT for c in clips])
    some = [c for c, k in zip(clips, kept) if k]
    if not some or kept.all():
        raise SystemExit("judge.py: " + ("no speaker is kept" if not some else "every speaker is kept")
                         + ": with recordings of more speakers there will be a table")
    # The baselines are taught on one set of tables; a model hears those kept by its own.
    heard = {t: plain if t == "research" else
             {id(call.clips[0]): call for call in steps.collect(args.build, t, some, "clean", args.seed, True)} for t in rows.TABLES}
    data = [(plain[id(c)].x, plain[id(c)].speech > 0) for c in clips]
    baselines = Baselines(clips, data, levels(clips))
    answers = baselines.posteriors(np.flatnonzero(~kept), np.flatnonzero(kept))
    weights = []
    for ident in sorted(os.listdir(os.path.join(ROOT, "models"))):
        path = os.path.join(ROOT, "models", ident, "model.c")
        if os.path.exists(path):
            with open(path, encoding="ascii") as f:
                source = f.read()
            engine, tables = Engine(source, os.path.join(args.build, "train/engine")), pack.tables(source)
            weights.append(f"{ident} {pack.member(source, 'crc32')[2:]}")
            answers[f"{ident}, int8"] = Heard(library[tables], engine, [heard[tables][id(c)] for c in some]).p
    print(f"{len(some)} clips of {len({c.speaker for c in some})} speakers kept, of {len(clips)}; intervals: "
          f"{ROUNDS} draws of speakers\n\n| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|", flush=True)
    found = []
    for r in table(some, answers):
        found.append(r)
        print(line(r), flush=True)
    return {"clips": len(clips), "manifest": rows.manifest(clips), "seed": args.seed, "weights": weights, "rows": found}


ABOUT = """# What the classifier has to beat

`make eval-model`, its last part (`models/train/judge.py`): UAR on the clips of the speakers kept, each alone, in int8 by the
device's code; features version {version}, {weights}. Where a model has met none of a corpus, as c1 all but Emo-DB, its speakers
are the same ones.

"""


def brief(rows_of):
    """UAR alone: a line per corpus, a column per system."""
    systems = list(dict.fromkeys(r["system"] for r in rows_of))
    out = ["| judged on | n | speakers | " + " | ".join(systems) + " |", "|---" * (len(systems) + 3) + "|"]
    for cut in dict.fromkeys(r["clips"] for r in rows_of):
        some = {r["system"]: r for r in rows_of if r["clips"] == cut}
        one = next(iter(some.values()))
        out.append(f"| {cut} | {one['n']} | {one['speakers']} | " + " | ".join(number(some[s]["uar"]) for s in systems) + " |")
    return "\n".join(out) + "\n"


def without_nan(value):
    if isinstance(value, dict):
        return {k: without_nan(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_nan(v) for v in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def main():
    a = argparse.ArgumentParser(prog="judge.py", description=__doc__)
    a.add_argument("--corpora", nargs="+", required=True, help="folders with an index.tsv")
    a.add_argument("--build", default="build", help="folder of the build: sources made, steps already dumped")
    a.add_argument("--out", help="JSON file for all rows")
    a.add_argument("--table", help="Markdown file for the UAR of each")
    a.add_argument("--seed", type=int, default=1)
    args = a.parse_args()
    for folder in args.corpora:
        if not os.path.exists(os.path.join(folder, "index.tsv")):
            print(f"{folder}: no recordings here (index.tsv is absent), so no model was judged; CORPORA= names other "
                  "folders")
            return
    result = judge(args)
    if args.out:
        os.makedirs(os.path.dirname(args.out) or ".", exist_ok=True)
        with open(args.out + ".part", "w", encoding="utf-8") as f:
            json.dump(without_nan(result), f, indent=1)
        os.replace(args.out + ".part", args.out)
    if args.table:
        with open(args.table, "w", encoding="utf-8") as f:
            f.write(ABOUT.format(version=rows.features_version(), weights=", ".join(result["weights"])) + brief(result["rows"]))


if __name__ == "__main__":
    main()
