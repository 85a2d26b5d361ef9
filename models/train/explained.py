#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whether what a model names as a reason is one: every model of models/ on the calls of the speakers who are kept.

explained.py --build FOLDER --corpora FOLDER... [--table FILE.md]

Each stretch of 64 steps of speech (2.6 s) of a call is heard as the device hears it, and what the device would name at its
end is put back to this caller's baseline throughout the call. True: the score that the group is named for (frustration
where its sign is +, delight where it is -) is then lower over the stretch. Everything is int8, by models/infer.c.
"""
import argparse
import ctypes
import os
import sys

import numpy as np

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT)
from models.train import pack, protocols, rows, steps  # noqa: E402
from models.train.export import GROUP_NAMES, Engine, groups  # noqa: E402
from models.train.fit import Explanation  # noqa: E402
from models.train.parts import KEPT, part_of  # noqa: E402
from models.train.rows import INPUTS  # noqa: E402

CUE = 0.5  # a mean score from which a cue may open: cues.md, empathy_cue.on


def named(engine, views, speech, ends):
    """[(group, sign)] that the device names after each of the steps ends, strongest first."""
    lib, out = engine.lib, []
    p, top = np.zeros(3, np.uint16), (ctypes.c_uint8 * 4)()
    views = np.ascontiguousarray(views, dtype=np.int16)
    lib.ut_infer_init(engine.state, engine.model)
    wanted = set(ends)
    for t in range(ends[-1] + 1):
        lib.ut_infer_step(engine.state, ctypes.c_void_p(views.ctypes.data + 2 * views.shape[1] * t), int(speech[t]),
                          ctypes.c_void_p(p.ctypes.data))
        if t in wanted:
            lib.ut_infer_explain(engine.state, top)
            out.append([(top[k], 1 if ctypes.c_int8(top[k + 1]).value > 0 else -1) for k in (0, 2) if top[k]])
    return out


def put_back(views, members):
    """The views with some features at the caller's baseline, as fit.usual has it."""
    out = views.astype(np.int32)
    own = members[members < INPUTS]
    out[:, own] -= out[:, own + INPUTS]
    out[:, own + INPUTS] = 0
    return np.clip(out, -32768, 32767)


def stretches(library, engine, call, group):
    """[(rank, sign, score before, score after)] of every group named in a call."""
    spoken = np.flatnonzero(call.speech)
    ends = spoken[Explanation.SPAN - 1::Explanation.SPAN]
    if not len(ends):
        return []
    _, views = library.call(engine.model, call.x, call.own, call.speech)
    plain = engine.run(views, call.speech)
    bare, out = {}, []
    for k, some in enumerate(named(engine, views, call.speech, ends)):
        own = spoken[k * Explanation.SPAN:(k + 1) * Explanation.SPAN]
        for rank, (g, sign) in enumerate(some):
            if g not in bare:
                bare[g] = engine.run(put_back(views, np.flatnonzero(group == g)), call.speech)
            target = 0 if sign > 0 else 1
            before, after = (float(p[own, target].mean() / 32768) for p in (plain, bare[g]))
            out.append((rank, g, sign, before, after))
    return out


def share(some):
    """How often true, with its n."""
    true = [after < before for _, _, _, before, after in some]
    return f"{np.mean(true):.3f} of {len(true)}" if true else "-"


HEAD = ("model", "kept speakers of", "all that is named", "strongest", "second", "towards frustration", "towards delight",
        f"frustration at {CUE} or above", f"delight at {CUE} or above")


def cells(some):
    cuts = (lambda s: True, lambda s: s[0] == 0, lambda s: s[0] == 1, lambda s: s[2] > 0, lambda s: s[2] < 0,
            lambda s: s[2] > 0 and s[3] >= CUE, lambda s: s[2] < 0 and s[3] >= CUE)
    return [share([s for s in some if cut(s)]) for cut in cuts]


ABOUT = """# Whether a named reason is one

`make eval-model`, its third part (`models/train/explained.py`): the share of named groups that are true, on speakers that neither the
weights nor the explanation's fit have met, their clips in calls. A group is named after each 64 steps of speech (2.6 s), by the
device's code; *true*: with the group put back to this caller's baseline the score that it is named for is lower over
those steps. The last two columns are where that score is high enough for a cue to open.
"""


def judge(args, say):
    clips = sorted((c for d in args.corpora for c in rows.read_index(d) if part_of(c) == KEPT), key=lambda c: (c.corpus, c.path))
    group = np.array(groups())
    for ident, _ in protocols.models():
        say(protocols.head(HEAD))
        with open(os.path.join(ROOT, "models", ident, "model.c"), encoding="ascii") as f:
            source = f.read()
        engine = Engine(source, os.path.join(args.build, "train/engine"))
        tables = pack.tables(source)
        library = steps.Library(args.build, tables)
        got = {}
        for call in steps.collect(args.build, tables, clips, "clean", args.seed):
            got.setdefault(call.clips[0].corpus, []).extend(stretches(library, engine, call, group))
        for corpus, some in sorted(got.items()):
            say(protocols.line((ident, corpus, *cells(some))))
        every = [s for some in got.values() for s in some]
        say(protocols.line((ident, "all", *cells(every))))
        say("")
        say(protocols.head(("model", "group", *HEAD[2:])))
        for g, name in enumerate(GROUP_NAMES):
            some = [s for s in every if s[1] == g]
            if some:
                say(protocols.line((ident, name, *cells(some))))
        say("")


def main():
    a = argparse.ArgumentParser(prog="explained.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--corpora", nargs="+", required=True, help="folders with an index.tsv")
    a.add_argument("--build", default="build", help="folder of the build: sources made, steps already dumped")
    a.add_argument("--table", help="Markdown file for the table")
    a.add_argument("--seed", type=int, default=1)
    args = a.parse_args()
    said = []

    def say(text):
        said.append(text)
        print(text, flush=True)

    for folder in args.corpora:
        if not os.path.exists(os.path.join(folder, "index.tsv")):
            print(f"{folder}: no recordings here (index.tsv is absent), so no reason was judged; CORPORA= names other folders")
            return
    judge(args, say)
    if args.table:
        with open(args.table, "w", encoding="utf-8") as f:
            f.write(ABOUT + "\n" + "\n".join(said).rstrip() + "\n")


if __name__ == "__main__":
    main()
