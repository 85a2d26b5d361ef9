# SPDX-License-Identifier: Apache-2.0
"""Trains, calibrates, judges, quantises and writes a model: see models/train/README.md."""
import argparse
import glob
import os
import time

import numpy as np
import torch

from models.train import card, fit, pack, rows, score, steps
from models.train.export import Engine, Quantised, groups
from models.train.lessons import Lesson, Norm
from models.train.net import ROUNDS, Net, load_kernel, outputs, train
from models.train.parts import CHOOSE, KEPT, part_of

CALLS = ("clean", "phone", "noise", "babble", "slow-phone", "fast-room")  # each with an order of clips of its own
ALONE = ("clean", "fast-room", "phone")
JUDGED = ("clean", "phone", "babble15", "gain-20", "gain+20")
EXPLAINED = CALLS[:1]
LAID_OUT = 1  # the seed of calls and channels: seeds of training hear the same ones


class Heard:
    """Answers of a model, by the device's arithmetic, for every clip of some calls; exact: a function of the views
    beside which the same is answered in floating point."""

    def __init__(self, library, engine, calls, exact=None):
        self.log_p, self.p, self.float_p, self.clips = [], [], [], []
        for call in calls:
            p, views = library.call(engine.model, call.x, call.own, call.speech)
            q = exact(views) if exact else p
            for k, clip in enumerate(call.clips):
                own = call.clip == k
                spoken = own & (call.speech > 0)
                use = spoken if spoken.any() else own
                if not use.any():
                    continue  # shorter than the look-ahead
                self.log_p.append(np.log(p[use] + 1e-4))
                self.p.append(p[use].mean(axis=0))
                self.float_p.append(q[use].mean(axis=0))
                self.clips.append(clip)
        self.p, self.float_p = np.array(self.p), np.array(self.float_p)


class Job:
    def __init__(self, args):
        self.args = args
        self.start = time.time()
        self.clips = sorted((c for d in args.corpora for c in rows.read_index(d) if not args.only or c.corpus in args.only),
                            key=lambda c: (c.corpus, c.path))
        if not self.clips:
            raise SystemExit(f"models.train: no clips in {' '.join(args.corpora)}"
                             + (f" of {' '.join(args.only)}" if args.only else ""))
        self.version = rows.features_version()
        self.manifest = rows.manifest(self.clips)
        self.part = {id(c): part_of(c) for c in self.clips}
        self.library = steps.Library(args.build, args.tables)
        self.log(f"{len(self.clips)} clips, {len({c.speaker for c in self.clips})} speakers, manifest "
                 f"{self.manifest[:16]}")
        load_kernel(os.path.join(args.build, "train"))
        self.group = groups()

    def log(self, text):
        print(f"[{time.time() - self.start:6.0f} s] {text}", flush=True)

    def calls(self, channel, seed, alone=False, part=None):
        clips = [c for c in self.clips if part is None or self.part[id(c)] == part]
        return steps.collect(self.args.build, self.args.tables, clips, channel, seed, alone) if clips else []

    def lessons(self, channels, alone, left_out):
        """One list per channel, of calls whose speaker is in none of the parts left out."""
        out = []
        for number, channel in enumerate(channels):
            calls = self.calls(channel, LAID_OUT + number, alone)
            out.append([Lesson(c) for c in calls if self.part[id(c.clips[0])] not in left_out])
            self.log(f"steps of {'clips alone' if alone else 'calls'}, {channel}")
        return out

    def kept_fit(self, left_out):
        """Where a fit of this code on these clips lies."""
        here = os.path.dirname(os.path.abspath(__file__))
        key = steps.digest([os.path.join(here, x) for x in ("audio.py", "calls.py", "lessons.py", "net.c", "net.py", "parts.py",
                                                             "rows.py", "steps.c", "steps.py")]
                           + sorted(glob.glob(os.path.join(steps.ROOT, "dsp/*.[ch]")) + glob.glob(os.path.join(steps.ROOT, f"dsp/{self.args.tables}/*.c"))))
        key.update(f"{self.version} {self.manifest} {self.args.seed} {self.args.rounds} {left_out} {CALLS} {ALONE}".encode())
        return os.path.join(self.args.build, "train", f"fit-{key.hexdigest()[:16]}.pt")

    def fit(self, left_out):
        """(net, its norm, lessons of calls by channel): from the folder of steps where it was made before, or trained."""
        calls = self.lessons(CALLS, False, left_out)
        norm = Norm(calls[0])
        path = self.kept_fit(left_out)
        if os.path.exists(path):
            weights = torch.load(path)
            net = Net(len(weights["head.bias"]) - len(rows.TARGETS)).eval()
            net.load_state_dict(weights)
            return net, norm, calls
        single = self.lessons(ALONE, True, left_out)
        net = train(sum(calls, []), sum(single, []), norm, self.args.seed, self.args.rounds, self.log)
        torch.save(net.state_dict(), path + ".part")
        os.replace(path + ".part", path)
        return net, norm, calls

    def quantised(self, net, norm, calibration, lessons):
        some = [norm.views(l.x, l.weight(None)).astype(np.float32) for l in lessons]
        return Quantised.of(net, norm, calibration, fit.peaks(net, some))

    def engine(self, q):
        return Engine(q.source("cv", self.version, self.args.tables, ["For evaluation."]), os.path.join(self.args.build, "train/engine"))

    def explain(self, q, lessons):
        """Gives a model its explanation; returns how far that holds."""
        explanation = fit.Explanation(q.net(), lessons, q.norm, self.group)
        q.explained(explanation.w)
        return explanation.fidelity()

    def heard(self, engine, part, channel="clean", alone=False, exact=None):
        return Heard(self.library, engine, self.calls(channel, LAID_OUT, alone, part), exact)


def explain_again(args):
    with open(os.path.join(args.out, args.id, "model.c"), encoding="ascii") as f:
        source = f.read()
    args.only, args.tables, args.seed = pack.met(source), pack.tables(source), pack.seed(source)
    job = Job(args)
    if job.manifest not in source:
        raise SystemExit(f"models.train: {args.id} was trained on other recordings than those here; name its folders")
    lessons = job.lessons(EXPLAINED, False, (KEPT,))
    q = Quantised.read(source)
    fidelity = job.explain(q, sum(lessons, []))
    job.log(f"explanation {fidelity}")
    card.explained_again(args, job, source, q, job.engine(q), fidelity)
    job.log(f"wrote {args.out}/{args.id}")


def main():
    a = argparse.ArgumentParser(prog="python3 -m models.train", description=__doc__)
    a.add_argument("--corpora", nargs="+", default=["../shared/corpora"], help="folders with an index.tsv")
    a.add_argument("--only", nargs="*", default=[], help="corpora to use, of those in the folders (default: all)")
    a.add_argument("--build", default="build", help="folder of the build: sources made, steps already dumped")
    a.add_argument("--id", default="u2", help="the model's name, at most 4 characters")
    a.add_argument("--tables", choices=rows.TABLES, default="research", help="set of fitted tables of the front end: a folder of dsp/")
    a.add_argument("--out", default="models", help="folder that receives <id>/")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--rounds", type=int, default=ROUNDS)
    a.add_argument("--only-choose", action="store_true",
                   help="train without the speakers who choose, print what they say, write nothing")
    a.add_argument("--only-explain", action="store_true",
                   help="fit the explanation of the model that OUT/ID holds once more, to the recordings it was trained on")
    args = a.parse_args()
    if not 1 <= len(args.id) <= 4 or not args.id.isalnum():
        a.error("--id: 1 to 4 letters and digits")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    if args.only_explain:
        explain_again(args)
        return

    job = Job(args)
    plain = (1.0, np.zeros(3))
    # Calibration comes of a net that has not met the speakers who choose; the exported one has.
    net, norm, calls = job.fit((CHOOSE, KEPT))
    engine = job.engine(job.quantised(net, norm, plain, calls[0]))
    answers = [job.heard(engine, CHOOSE, alone=alone) for alone in (True, False)]
    calibration = fit.calibrate(sum((h.log_p for h in answers), []), sum((h.clips for h in answers), []))
    job.log(f"calibration {calibration[0]:.3f} {calibration[1]}")
    engine = job.engine(job.quantised(net, norm, calibration, calls[0]))
    for name, alone in (("fresh", True), ("call", False)):
        print(f"speakers who choose, {name}:")
        print("\n".join(card.Tables(job.heard(engine, CHOOSE, alone=alone)).measures()), flush=True)
    if args.only_choose:
        return
    net, norm, calls = job.fit((KEPT,))
    q = job.quantised(net, norm, calibration, calls[0])
    fidelity = job.explain(q, sum(calls[:len(EXPLAINED)], []))
    job.log(f"explanation {fidelity}")
    engine = job.engine(q)

    def exact(views):
        return score.softmax(outputs(net, [norm.normalised(views)])[0][0] / calibration[0] + calibration[1])

    kept = {(channel, alone): job.heard(engine, KEPT, channel, alone, exact if channel == "clean" else None)
            for channel in JUDGED for alone in (True, False)}
    card.write(args, job, kept, q, engine, calibration, fidelity)
    job.log(f"wrote {args.out}/{args.id}")


if __name__ == "__main__":
    main()
