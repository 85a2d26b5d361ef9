# SPDX-License-Identifier: Apache-2.0
"""The tables of a model's card, and the files of models/<id>/."""
import os

import numpy as np

from models.train import score
from models.train.export import GROUP_NAMES
from models.train.net import CONV1, CONV2, HIDDEN
from models.train.rows import INPUTS, TARGETS

COLUMNS = {"float": "float", "clean": "int8", "phone": "telephone", "babble15": "babble 15 dB", "gain-20": "-20 dB",
           "gain+20": "+20 dB"}
LICENCE = {
    "ravdess": "RAVDESS (Livingstone and Russo 2018), CC BY-NC-SA 4.0: **a model trained on it is not for commercial "
               "use "
               "without a licence from its authors**",
    "emodb": "Emo-DB (Burkhardt et al. 2005), CC0",
}


def number(v):
    return "-" if v is None or np.isnan(v) else f"{v:.3f}"


class Tables:
    """Out-of-fold results, cut by corpus and gender."""

    def __init__(self, clips, result):
        self.clips = clips
        self.result = result
        self.y = np.array([c.target for c in clips])
        self.speaker = np.array([c.speaker for c in clips])
        corpus = np.array([c.corpus for c in clips])
        gender = np.array([c.gender for c in clips])
        self.cuts = {"all": np.ones(len(clips), dtype=bool)}
        for n in sorted(set(corpus)):
            self.cuts[n] = corpus == n
            for g in sorted(set(gender[corpus == n])):
                self.cuts[f"{n}, {g}"] = (corpus == n) & (gender == g)

    def rows(self, column):
        for name, cut in self.cuts.items():
            p = self.result[column][cut]
            yield name, score.summary(p, self.y[cut], self.speaker[cut])

    def measures(self):
        out = ["| clips | n | speakers | UAR float | UAR int8 | 95 % interval | recall frustration / delight / other | "
               "AUC frustration | AUC delight | precision at 5 % false alarms, F / D | ECE |",
               "|---|---|---|---|---|---|---|---|---|---|---|"]
        plain = {name: s for name, s in self.rows("float")}
        for name, s in self.rows("clean"):
            out.append(f"| {name} | {s['n']} | {s['speakers']} | {number(plain[name]['uar'])} | {number(s['uar'])} | "
                       f"{number(s['interval'][0])}-{number(s['interval'][1])} | "
                       f"{' / '.join(number(v) for v in s['recall'])} | {number(s['auc'][0])} | {number(s['auc'][1])} "
                       f"| "
                       f"{number(s['precision'][0])} / {number(s['precision'][1])} | {number(s['ece_alike'])} / {number(s['ece'])} |")
        return out

    def robustness(self):
        columns = [c for c in COLUMNS if c in self.result and c != "float"]
        out = ["| UAR, int8 | " + " | ".join(COLUMNS[c] for c in columns) + " |", "|---" * (len(columns) + 1) + "|"]
        for name, cut in self.cuts.items():
            out.append(f"| {name} | " + " | ".join(
                number(score.uar(self.result[c][cut], self.y[cut])) for c in columns) + " |")
        return out

    def errors(self):
        """What the clips of each emotion were taken for."""
        guess = self.result["clean"].argmax(axis=1)
        emotion = np.array([c.emotion for c in self.clips])
        corpus = np.array([c.corpus for c in self.clips])
        out = ["| corpus, emotion | n | frustration | delight | other | right |", "|---|---|---|---|---|---|"]
        for n in sorted(set(corpus)):
            for e in sorted(set(emotion[corpus == n])):
                cut = (corpus == n) & (emotion == e)
                out.append(f"| {n}, {e} | {cut.sum()} | " +
                           " | ".join(str(int((guess[cut] == k).sum())) for k in range(len(TARGETS))) +
                           f" | {number((guess[cut] == self.y[cut]).mean())} |")
        return out

    def confidence(self):
        """UAR and accuracy over the most confident share of the clips."""
        p = self.result["clean"]
        order = np.argsort(-p.max(axis=1), kind="stable")
        out = ["| most confident share | n | UAR | accuracy |", "|---|---|---|---|"]
        for share in (1.0, 0.75, 0.5, 0.25):
            use = order[:int(round(len(p) * share))]
            out.append(f"| {share:.0%} | {len(use)} | {number(score.uar(p[use], self.y[use]))} | "
                       f"{number((p[use].argmax(axis=1) == self.y[use]).mean())} |")
        return out

    def text(self):
        return "\n".join(self.measures() + [""] + self.robustness() + [""] + self.errors() + [""] + self.confidence())

    def short(self):
        """For the header of the weights."""
        plain = {name: s for name, s in self.rows("float")}
        return [f"  {name}: n {s['n']}, UAR float {number(plain[name]['uar'])}, int8 {number(s['uar'])} "
                f"({number(s['interval'][0])}-{number(s['interval'][1])}), AUC frustration {number(s['auc'][0])}, "
                f"delight {number(s['auc'][1])}, ECE {number(s['ece_alike'])}"
                for name, s in self.rows("clean") if "," not in name]


def vectors(ident, engine, norm, seed):
    """Synthetic inputs around the training speech, and what the C engine answers."""
    rng = np.random.default_rng(seed)
    steps = 48
    walk = np.cumsum(rng.standard_normal((steps, INPUTS)) * 0.5, axis=0) + rng.standard_normal(INPUTS)
    walk[32:] *= 4  # the last third leaves the range of speech
    x = np.clip(norm[0] + walk * 2 ** 20 / norm[1] / 1.0, -32768, 32767).astype(np.int16)
    p = engine.run(x, np.arange(steps) % 4 != 3)
    top = engine.explain()
    out = ["/* SPDX-License-Identifier: Apache-2.0 */",
           f"/* Synthetic inputs of model {ident} and the posteriors (Q15) expected after each step from a fresh "
           f"state.",
           " * Written by models/train. */", "#ifndef UT_MODELS_VECTORS_H", "#define UT_MODELS_VECTORS_H", "",
           "#include <stdint.h>", "", f"enum {{ UT_VECTORS_STEPS = {steps}, UT_VECTORS_INPUTS = {INPUTS} }};", "",
           "static const int16_t ut_vectors_x[UT_VECTORS_STEPS][UT_VECTORS_INPUTS] = {"]
    for row in x:
        text = ", ".join(str(v) for v in row)
        if len(text) > 112:
            at = text.rfind(", ", 0, 112)
            out += ["    {" + text[:at] + ",", "     " + text[at + 2:] + "},"]
        else:
            out.append("    {" + text + "},")
    out += ["};", "", "static const uint16_t ut_vectors_posterior_q15[UT_VECTORS_STEPS][3] = {"]
    for a in range(0, steps, 4):
        out.append("    " + " ".join("{" + ", ".join(str(v) for v in row) + "}," for row in p[a:a + 4]))
    out += ["};", "", "/* after the last step: group, value Q6; strongest first */",
            "static const int16_t ut_vectors_top[2][2] = {" +
            ", ".join("{" + f"{g}, {int(v * 64)}" + "}" for g, v in top) + "};", "", "#endif", ""]
    return "\n".join(out)


def write(args, job, tables, across, q, engine, calibration, fidelity):
    folder = os.path.join(args.out, args.id)
    os.makedirs(folder, exist_ok=True)
    command = f"make train (seed {args.seed}, {args.epochs} epochs, {args.folds} folds)"
    header = ["A trained model: generated by models/train, do not edit. Shape and meaning: models/model.h.", "",
              f"command   {command}", f"features  version {job.version}", f"data      sha256 {job.manifest}",
              f"          {len(job.clips)} clips, {len(set(tables.speaker))} speakers; licences: card.md",
              f"seed      {args.seed}", f"CRC-32    {q.crc32():08x}",
              "held out  speaker-independent cross-validation, int8 by this inference code:"] + tables.short()
    with open(os.path.join(folder, "model.c"), "w", encoding="ascii") as f:
        f.write(q.source(args.id, job.version, header))
    with open(os.path.join(folder, "model.bin"), "wb") as f:
        f.write(q.file(args.id, job.version))
    with open(os.path.join(folder, "vectors.h"), "w", encoding="ascii") as f:
        f.write(vectors(args.id, engine, q.norm, args.seed))
    with open(os.path.join(folder, "card.md"), "w", encoding="utf-8") as f:
        f.write(card(args, job, tables, across, q, calibration, fidelity, command))


NON_COMMERCIAL = """\
**Not for commercial use.** It is trained on RAVDESS, which is licensed CC BY-NC-SA 4.0 (attribution,
non-commercial, share alike): a product needs a licence from RAVDESS's authors, or a model retrained on other
recordings, which takes one command: models/train/README.md.
"""

DATA = """\
Acted speech, prompted sentences, studio microphones. angry counts as frustration, happy as delight, every other
emotion (neutral, calm, sad, fearful, disgusted, surprised, bored) as other.
"""

PROTOCOL = """\
{folds}-fold cross-validation; no speaker is in both the training and the test part; all corpora are trained
together. A clip starts with a fresh state; its decision is the largest posterior averaged over its speech steps. Float
is the network as trained; int8 is the exported fold run through models/infer.c, and every other column is int8 too.
Calibration for a fold comes from the other folds' held-out predictions, with the three targets weighed alike. UAR is
the mean of the three recalls (chance and always-the-majority: 0.333). Intervals: bootstrap over speakers. ECE: ten bins
of the decision's posterior, with the three targets weighed alike, as the posteriors assume / with clips as they come.

The exported weights are trained on all speakers with the same settings, so no figure here is theirs on their own
training data. One seed; seeds differ by about 2 points. The settings were chosen by looking at such cross-validations
on these same clips, so expect a little less elsewhere.
"""

ROBUSTNESS = """\
Telephone: 300-3400 Hz at 8 kHz through G.711 mu-law. Babble: eight overlaid reversed voices at 15 dB SNR.
+20 dB stops short of clipping. What gain moves is the speech decision, not the features: recordings nearly without noise
reach its least levels, so breath before the first word is heard earlier at +20 dB.
"""

ACROSS = """\
Trained on the other corpora alone, so language, room and microphone are new too; posteriors not calibrated.
`all` pools the directions.
"""

EXPLANATION = """\
The two named feature groups are those with the largest estimated effect: how far the network's log-odds
of frustration against delight would move if the group were put back to the training speech's mean. The estimate is
linear in the running means (2.5 s of speech) of all inputs and of the recurrent state, and fitted to the network's real
reaction. A group is named when its estimate reaches half a log-odds. On speakers left out of that fit, estimated and real
effect correlate by {correlation:.2f}; a strongest group is named in {named_first:.0%} of the clips and then moves the network in
the named direction in {first:.1%}, a second one is named in {named_second:.0%} and does in {second:.1%}. It ranks correlates; it does not
give causes.
"""

LIMITS = """\
It hears how something is said, not what. It has learnt from actors who were told what to feel, over short
prompted sentences; nobody in its data was on the telephone, waited in a queue or meant it. Irony, cold anger and polite
dissatisfaction sound like `other` to it. Other excited speech, fear and surprise above all, is taken for delight, and
loud delight for anger (see the tables); delight is the weaker half by far. Accents, children, old voices, voice
disorders and other languages are untested. Its posteriors assume that the three targets are equally likely; in real calls most
speech is `other`, so a posterior overstates how often the rare targets are true. A score is a hint about a voice, not a
finding about a person.
"""

USE = """\
- Intended: live cues to the agent who is speaking with the customer; tuning and research on recordings, with the
  disclosure the law asks for.
- Prohibited: scoring agents or any employee; decisions about a person; judging honesty; identifying speakers; medical
  or psychological conclusions; use in schools.
"""


def attempts():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "attempts.md"), encoding="utf-8") as f:
        return f.read()


def card(args, job, tables, across, q, calibration, fidelity, command):
    corpora = sorted({c.corpus for c in job.clips})
    weights = sum(len(v) for _, n, v in q.arrays() if n.endswith("_w") and n != "explain_w")
    size = sum(v.nbytes for _, _, v in q.arrays())
    out = [f"# Model {args.id}", ""]
    if "ravdess" in corpora:
        out.append(NON_COMMERCIAL)
    out += ["Hears frustration and delight, against everything else, in the voice of a **customer**. Never run on an",
            "agent: the agent's channel has no path to it.", "", "| | |", "|---|---|",
            f"| identity | {args.id}, CRC-32 {q.crc32():08x}, features version {job.version} |",
            f"| made by | {command} |", f"| data | sha256 {job.manifest} over {len(job.clips)} clips |",
            f"| shape | convolution {INPUTS} -> {CONV1} -> {CONV2} (3 steps of 40 ms each), GRU {HIDDEN}, 3 logits; "
            f"{weights} int8 weights, {size} bytes in all |",
            f"| calibration | temperature {calibration[0]:.3f}, offsets "
            f"{' / '.join(f'{v:+.3f}' for v in calibration[1])}, folded into the last layer |", "",
            "## Data and licences", ""]
    for n in corpora:
        some = [c for c in job.clips if c.corpus == n]
        speakers = len({c.speaker for c in some})
        count = [sum(c.target == k for c in some) for k in range(len(TARGETS))]
        shares = ", ".join(f"{t} {k}" for t, k in zip(TARGETS, count))
        licence = LICENCE.get(n, n + ": licence as its owner states")
        out.append(f"- {licence}. {len(some)} clips of {speakers} speakers: {shares}.")
    out += ["", DATA, "## Protocol", "", PROTOCOL.format(folds=args.folds), "## Held-out speakers", ""]
    out += tables.measures() + ["", ROBUSTNESS] + tables.robustness()
    if across is not None:
        out += ["", "## One corpus to the other", "", ACROSS] + across.measures()
    out += ["", "## What it gets wrong", ""] + tables.errors()
    out += ["", "## Confidence", "", "Clips ordered by the decision's posterior.", ""] + tables.confidence()
    out += ["", "## Explanation", "", EXPLANATION.format(**fidelity), "Groups: " + ", ".join(GROUP_NAMES[1:]) + ".", "",
            "## Attempts", "", attempts(), "## What it does not know", "", LIMITS, "## Use", "", USE.rstrip(), ""]
    return "\n".join(out)
