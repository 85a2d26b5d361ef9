# SPDX-License-Identifier: Apache-2.0
"""Trains, judges, quantises and writes a model: see models/train/README.md."""
import argparse
import concurrent.futures
import multiprocessing
import os
import time

import numpy as np
import torch

from models.train import audio, card, fit, rows, score
from models.train.export import GROUP_NAMES, Engine, Quantised, groups
from models.train.net import EPOCHS, HIDDEN, Net, load_kernel, logits, normaliser, train

PROCESSES = 2
OFTEN = ("phone", "phone", "babble", "babble")  # drawn three times as often as other copies
JUDGED = ("clean", "phone", "babble15", "gain-20", "gain+20")


def folds_of(clips, count):
    """Speakers dealt to folds, corpus by corpus, women and men in turn; never one speaker in two folds."""
    folds = [set() for _ in range(count)]
    at = 0
    for corpus in sorted({c.corpus for c in clips}):
        speakers = sorted({(c.gender, c.speaker) for c in clips if c.corpus == corpus})
        for _, s in speakers:
            folds[at % count].add(s)
            at += 1
    return folds


JOB = None  # of the processes that train


def fit_in_process(index, seed):
    net, norm = JOB.fit(index, seed)
    return [p.detach().numpy() for p in net.parameters()], norm


class Job:
    def __init__(self, args):
        self.args = args
        self.start = time.time()
        self.clips = [c for d in args.corpora for c in rows.read_index(d)]
        self.version = rows.features_version()
        self.manifest = rows.manifest(self.clips)
        self.log(f"{len(self.clips)} clips, {len({c.speaker for c in self.clips})} speakers, manifest "
                 f"{self.manifest[:16]}")
        load_kernel(args.cache)
        variants = ("clean",) + audio.TRAINING + tuple(v for v in JUDGED[1:] if v not in audio.TRAINING)
        with concurrent.futures.ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("fork")) as pool:
            for v in [pool.submit(rows.keep, args.tool, self.clips, v, args.cache, args.seed) for v in variants]:
                v.result()
        self.data = {v: rows.collect(args.tool, self.clips, v, args.cache, args.seed) for v in variants}
        self.group = groups()
        self.log("rows ready")

    def log(self, text):
        print(f"[{time.time() - self.start:6.0f} s] {text}", flush=True)

    def pick(self, variant, index):
        return [self.data[variant][i] for i in index]

    def fit(self, index, seed):
        clips = [self.clips[i] for i in index]
        norm = normaliser(self.pick("clean", index))
        net = train(clips, [self.pick(v, index) for v in ("clean",) + audio.TRAINING + OFTEN], norm, seed,
                    self.args.epochs)
        return net, norm

    def fits(self, indices, seed):
        """One net per index, trained by processes of their own; the result does not depend on how many there are."""
        global JOB
        JOB = self
        labels = [len({self.clips[i].emotion for i in index}) for index in indices]
        out = []
        with concurrent.futures.ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("fork")) as pool:
            for count, (weights, norm) in zip(labels, pool.map(fit_in_process, indices, [seed] * len(indices))):
                net = Net(count).eval()
                with torch.no_grad():
                    for p, w in zip(net.parameters(), weights):
                        p.copy_(torch.from_numpy(w))
                out.append((net, norm))
        return out

    def engine(self, net, norm, calibration, index, explain=None):
        some = self.pick("clean", index)
        q = Quantised(net, norm, calibration, fit.peaks(net, some, norm),
                      explain if explain is not None else np.ones((len(GROUP_NAMES) - 1, rows.INPUTS + HIDDEN)))
        return q, Engine(q.source("cv", self.version, ["For evaluation."]), os.path.join(self.args.cache, "engine"))

    def judge_split(self, splits, seed):
        """splits: [(train index, test index)] -> posteriors of every tested clip, per column of the card."""
        kept = []
        for k, ((net, norm), (use, test)) in enumerate(zip(self.fits([s[0] for s in splits], seed), splits)):
            z = logits(net, self.pick("clean", test), norm)
            kept.append((net, norm, use, test, z))
            p = score.clip_posteriors([score.softmax(v) for v in z], self.pick("clean", test))
            y = np.array([self.clips[i].target for i in test])
            self.log(f"split {k + 1} of {len(splits)}: {len(use)} -> {len(test)} clips, UAR {score.uar(p, y):.3f}")
        result = {}
        for k, (net, norm, use, test, z) in enumerate(kept):
            # calibration for a split comes from the other splits' predictions, which this split's speakers are not in
            others = [v for j, v in enumerate(kept) if j != k]
            calibration = self.calibrate(others) if len(others) > 1 else (1.0, np.zeros(3))
            parts = {"float": score.clip_posteriors(fit.apply(z, calibration), self.pick("clean", test))}
            engine = self.engine(net, norm, calibration, use)[1]
            for v in JUDGED:
                some = self.pick(v, test)
                parts[v] = score.clip_posteriors([engine.run(x, s) / 32768 for x, s in some], some)
            for name, p in parts.items():
                result.setdefault(name, np.full((len(self.clips), 3), np.nan))[test] = p
        return result, self.calibrate(kept)

    def calibrate(self, kept):
        test = np.concatenate([v[3] for v in kept])
        return fit.calibrate(sum((v[4] for v in kept), []), self.pick("clean", test), [self.clips[i] for i in test])


def main():
    a = argparse.ArgumentParser(prog="python3 -m models.train", description=__doc__)
    a.add_argument("--corpora", nargs="+", default=["../shared/corpora"], help="folders with an index.tsv")
    a.add_argument("--tool", default="build/host/undertone", help="program that dumps the C engine's rows")
    a.add_argument("--cache", default="build/train", help="folder for rows already dumped")
    a.add_argument("--id", default="u1", help="the model's name, at most 4 characters")
    a.add_argument("--out", default="models", help="folder that receives <id>/")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--folds", type=int, default=5)
    a.add_argument("--epochs", type=int, default=EPOCHS)
    a.add_argument("--only-cv", action="store_true", help="judge by cross-validation and write nothing")
    args = a.parse_args()
    if not 1 <= len(args.id) <= 4 or not args.id.isalnum():
        a.error("--id: 1 to 4 letters and digits")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    job = Job(args)
    speaker = np.array([c.speaker for c in job.clips])
    corpus = np.array([c.corpus for c in job.clips])
    folds = folds_of(job.clips, args.folds)
    splits = [(np.flatnonzero(~np.isin(speaker, list(f))), np.flatnonzero(np.isin(speaker, list(f)))) for f in folds]
    result, calibration = job.judge_split(splits, args.seed)
    tables = card.Tables(job.clips, result)
    print(tables.text(), flush=True)
    if args.only_cv:
        return
    names = sorted(set(corpus))
    across = {}
    if len(names) > 1:
        splits = [(np.flatnonzero(corpus != n), np.flatnonzero(corpus == n)) for n in names]
        across = job.judge_split(splits, args.seed)[0]
    everyone = np.arange(len(job.clips))
    net, norm = job.fit(everyone, args.seed)
    some = job.pick("clean", everyone)
    explanation = fit.Explanation(net, some, job.clips, norm, calibration, job.group)
    fidelity = explanation.fidelity(folds)
    q, engine = job.engine(net, norm, calibration, everyone, explanation.w)
    p = score.clip_posteriors([engine.run(x, s) / 32768 for x, s in some], some)
    job.log(f"final model: training-set UAR {score.uar(p, np.array([c.target for c in job.clips])):.3f} (not a score)")
    card.write(args, job, tables, card.Tables(job.clips, across) if across else None, q, engine, calibration, fidelity)
    job.log(f"wrote {args.out}/{args.id}")


if __name__ == "__main__":
    main()
