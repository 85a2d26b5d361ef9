#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What another seed of training gives: one recipe's models side by side, their means and how far they spread.

seeds.py --tool PROGRAM --models FOLDER... --corpora FOLDER... [--build FOLDER] [--out FILE.json] [--table FILE.md]

A FOLDER of --models has model.c of one recipe, each of another seed; the first is the one shipped. PROGRAM is undertone with the
same set of fitted tables (make build/models/ID/undertone). Each is judged as protocols.py judges, on the same clips and calls.
"""
import argparse
import json
import os
import statistics
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT)
from models.train import calls, pack, protocols, rows  # noqa: E402

KINDS = (("frustration", "late"), ("frustration", "first"), ("delight", None))


class Model:
    """model.c, and the same as a file for --model."""

    def __init__(self, folder, build):
        with open(os.path.join(folder, "model.c"), encoding="ascii") as f:
            source = f.read()
        self.seed, self.met, self.tables, self.crc = pack.seed(source), pack.met(source), pack.tables(source), pack.member(source, "crc32")[2:]
        self.path = os.path.join(build, f"seed-{self.crc}.bin")
        with open(self.path, "wb") as f:
            f.write(pack.pack(source))


def alike(models):
    """Refuses what is not one recipe with several seeds."""
    first = models[0]
    for m in models[1:]:
        if (m.met, m.tables) != (first.met, first.tables):
            raise SystemExit(f"seeds.py: model {m.crc} was trained on {' '.join(m.met)} with tables {m.tables}, "
                             f"{first.crc} on {' '.join(first.met)} with {first.tables}: these are two recipes")
    if len({m.seed for m in models}) < len(models):
        raise SystemExit("seeds.py: two models have one seed")


def spread(values, digits=3):
    """Mean and standard deviation of the seeds."""
    return f"{statistics.mean(values):.{digits}f} +- {statistics.stdev(values):.{digits}f}" if len(values) > 1 else f"{values[0]:.{digits}f}"


def clips_lines(heard, corpora):
    """Rows of the clips' table. heard: {(corpus, protocol): [figures of each model]}"""
    whole = [c for c in corpora if (c, "fresh") in heard and protocols.whole(heard[c, "fresh"][0])]
    measures = (lambda f: f["uar"], lambda f: f["auc"]["frustration"], lambda f: f["auc"]["delight"], lambda f: f["ece"])
    for protocol in ("fresh", "call"):
        for corpus in whole:
            of = heard[corpus, protocol]
            uar, *rest = ([m(f) for f in of] for m in measures)
            yield (corpus, of[0]["n"], protocol, ", ".join(f"{v:.3f}" for v in uar), spread(uar), *map(spread, rest))
        if whole:
            uar, *rest = ([statistics.mean(m(heard[c, protocol][k]) for c in whole) for k in range(len(heard[whole[0], protocol]))]
                          for m in measures)
            yield (f"mean of {len(whole)}", sum(heard[c, protocol][0]["n"] for c in whole), protocol,
                   ", ".join(f"{v:.3f}" for v in uar), spread(uar), *map(spread, rest))


def counted(f, kind, when):
    """(found, of how many) of one corpus's calls."""
    of = f["found"][kind] if when is None else f["found"][kind][when]
    return (round(of["share"]["value"] * of["n"]) if of["n"] else 0), of["n"]


def calls_lines(found, corpora):
    """Rows of the cues' table. found: {corpus: [figures of each model]}"""
    there = [c for c in corpora if c in found]
    groups = [(c, [c]) for c in there] + ([("all", there)] if len(there) > 1 else [])
    for name, some in groups:
        many = range(len(found[there[0]]))
        cells = []
        for kind, when in KINDS:
            of = [[counted(found[c][k], kind, when) for c in some] for k in many]
            n = sum(b for _, b in of[0])
            hits = [sum(a for a, _ in one) for one in of]
            cells.append(f"{spread([h / n for h in hits], 2)} ({', '.join(map(str, hits))} of {n})" if n else "-")
        false = [sum(found[c][k]["false"]["n"] for c in some) for k in many]
        hours = sum(found[c][0]["false"]["calm_hours"] for c in some)
        yield (name, sum(found[c][0]["calls"] for c in some), *cells,
               f"{spread([n / hours for n in false], 1)} ({', '.join(map(str, false))} in {hours:.2f} h)")


CLIPS_HEAD = ("corpus", "clips", "protocol", "UAR by seed", "UAR", "AUC frustration", "AUC delight", "ECE")
CALLS_HEAD = ("corpus", "calls", "frustration found late", "from the first word", "delight found", "false cues per hour of calm speech")


def judge(args, folders, models, say):
    """Tables of all models."""
    corpora = [(folder, corpus) for folder in folders for corpus in sorted({c.corpus for c in rows.read_index(folder)})]
    heard, found = {}, {}
    for folder, corpus in corpora:
        met = corpus in models[0].met
        index, _ = protocols.clips_index(folder, corpus, met, args)
        laid = protocols.laid_out(folder, corpus, "clean", met, args)
        for m in models:
            if index:
                got = protocols.ask(args.tool, "--index", index, "--model", m.path)
                heard.setdefault((corpus, "call"), []).append(got.pop("call"))
                heard.setdefault((corpus, "fresh"), []).append(got)
            if laid:
                found.setdefault(corpus, []).append(protocols.ask(args.tool, "--calls", laid, "--model", m.path)["settings"][0])
    names = [corpus for _, corpus in corpora]
    for head, lines in ((CLIPS_HEAD, clips_lines(heard, names)), (CALLS_HEAD, calls_lines(found, names))):
        say(protocols.head(head))
        for cells in lines:
            say(protocols.line(cells))
        say("")
    return {"models": [{"seed": m.seed, "crc32": m.crc} for m in models], "found": found,
            "heard": [{"corpus": c, "protocol": p, "figures": f} for (c, p), f in heard.items()]}


ABOUT = """# {id}: other seeds of training

`make eval-seeds ID={id}` (`models/train/seeds.py`): the recipe of the model shipped, {id} {crc} (seed {seed}), with other seeds, trained and judged here;
nothing was chosen by it, and the model shipped stays. Seeds {seeds} (CRC-32 {crcs}), in that order where a cell has one figure for each;
x +- y: mean and standard deviation of {count} seeds. Clips and calls as in protocols.md: *fresh* each clip alone, *call* in calls; cues on calls laid
out with seed {laid}, {rounds} rounds, {speakers} speakers of a corpus at most, thresholds in force. Of the corpora met, {met}: the speakers kept alone.

"""


def main():
    a = argparse.ArgumentParser(prog="seeds.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--tool", required=True, help="the program that evaluates: build/models/ID/undertone")
    a.add_argument("--models", nargs="+", required=True, help="folders with model.c: the one shipped, then others of its recipe")
    a.add_argument("--corpora", nargs="+", required=True, help="folders with an index.tsv, or with folders that have one")
    a.add_argument("--build", default="build/eval/calls", help="folder for calls and model files")
    a.add_argument("--out", help="JSON file for all figures")
    a.add_argument("--table", help="Markdown file for the tables")
    a.add_argument("--seed", type=int, default=1, help="of the calls laid out")
    a.add_argument("--rounds", type=int, default=2)
    a.add_argument("--speakers", type=int, default=12)
    args = a.parse_args()
    folders, absent = protocols.folders_of(args.corpora)
    for name in absent:
        print(f"{name}: no recordings here (index.tsv is absent), so nothing of it was judged; CORPORA= and MORE= name folders")
    if not folders:
        return
    os.makedirs(args.build, exist_ok=True)
    models = [Model(folder, args.build) for folder in args.models]
    alike(models)
    said = []

    def say(text):
        said.append(text)
        print(text, flush=True)

    results = judge(args, folders, models, say)
    if args.out:
        with open(args.out + ".part", "w", encoding="utf-8") as f:
            json.dump(results, f, indent=1)
        os.replace(args.out + ".part", args.out)
    if args.table:
        about = ABOUT.format(id=os.path.basename(os.path.normpath(args.models[0])), crc=models[0].crc, seed=models[0].seed,
                             seeds=", ".join(str(m.seed) for m in models), crcs=", ".join(m.crc for m in models), count=len(models),
                             laid=args.seed, rounds=args.rounds, speakers=args.speakers, met=", ".join(models[0].met))
        with open(args.table, "w", encoding="utf-8") as f:
            f.write(about + "\n".join(said).rstrip() + "\n")


if __name__ == "__main__":
    main()
