# SPDX-License-Identifier: Apache-2.0
"""The tables of a model's card, and the files of models/<id>/."""
import os
import re

import numpy as np

from models.train import pack, score
from models.train.export import GROUP_NAMES, VIEWS
from models.train.net import CONV1, CONV2, HIDDEN
from models.train.parts import CHOOSE, KEPT, TEACH
from models.train.rows import TARGETS

COLUMNS = {"clean": "int8", "phone": "telephone", "babble15": "babble 15 dB", "gain-20": "-20 dB", "gain+20": "+20 dB"}
# licence, and whether a model trained on it may be sold
LICENCE = {
    "ravdess": ("RAVDESS (Livingstone and Russo 2018), CC BY-NC-SA 4.0", False),
    "nemo": ("nEMO (Christop 2024), Polish, CC BY-NC-SA 4.0", False),
    "emospeech": ("EmoSpeech: commands spoken into own devices, English of India, CC BY-NC-SA 4.0; rough labels", False),
    "emodb": ("Emo-DB (Burkhardt et al. 2005), CC0", True),
    "callcentre": ("Demonstration speech of call centres and dictation, many languages, Apache-2.0; nobody labelled it, "
                   "that it is calm is an assumption", True),
}


FRONT = {"research": "recordings that allow research only", "open": "recordings that may be used for anything"}


def number(v):
    return "-" if v is None or np.isnan(v) else f"{v:.3f}"


class Tables:
    """Answers for clips, cut by corpus and gender."""

    def __init__(self, heard):
        self.heard, self.clips = heard, heard.clips
        self.y = np.array([c.target for c in self.clips])
        self.speaker = np.array([c.speaker for c in self.clips])
        corpus = np.array([c.corpus for c in self.clips])
        gender = np.array([c.gender for c in self.clips])
        self.cuts = {"all": np.ones(len(self.clips), dtype=bool)}
        for n in sorted(set(corpus)):
            self.cuts[n] = corpus == n
            for g in sorted(set(gender[corpus == n])):
                if (gender[corpus == n] != g).any():
                    self.cuts[f"{n}, {g}"] = (corpus == n) & (gender == g)

    def uar(self, p, cut):
        """Where a target is missing there is none."""
        whole = len(set(self.y[cut])) == len(TARGETS)
        return score.uar(p[cut], self.y[cut]) if whole else float("nan")

    def rows(self):
        for name, cut in self.cuts.items():
            s = score.summary(self.heard.p[cut], self.y[cut], self.speaker[cut])
            s["uar"], s["float"] = self.uar(self.heard.p, cut), self.uar(self.heard.float_p, cut)
            if np.isnan(s["uar"]):
                s["interval"] = (float("nan"),) * 2
            yield name, s

    def whole(self):
        """The cuts of corpora that have every target."""
        return [cut for name, cut in self.cuts.items() if name != "all" and "," not in name and len(set(self.y[cut])) == len(TARGETS)]

    def mean(self, p):
        """Mean UAR of the corpora that have every target, and of how many."""
        some = [self.uar(p, cut) for cut in self.whole()]
        return (float(np.mean(some)) if some else float("nan")), len(some)

    def measures(self):
        out = ["| clips | n | speakers | UAR float | UAR int8 | 95 % interval | recall frustration / delight / other | "
               "AUC frustration | AUC delight | precision at 5 % false alarms, F / D | ECE |",
               "|---|---|---|---|---|---|---|---|---|---|---|"]
        for name, s in self.rows():
            out.append(f"| {name} | {s['n']} | {s['speakers']} | {number(s['float'])} | {number(s['uar'])} | "
                       f"{number(s['interval'][0])}-{number(s['interval'][1])} | "
                       f"{' / '.join(number(v) for v in s['recall'])} | {number(s['auc'][0])} | {number(s['auc'][1])} | "
                       f"{number(s['precision'][0])} / {number(s['precision'][1])} | "
                       f"{number(s['ece_alike'])} / {number(s['ece'])} |")
        mean, count = self.mean(self.heard.p)
        return out + ["", f"Mean UAR of the {count} corpora with every target: {number(mean)}."]

    def ece(self):
        """Calibration error over all clips, and the mean of that of the corpora with every target."""
        p = self.heard.p
        some = [score.ece(p[cut], self.y[cut]) for cut in self.whole()]
        return score.ece(p, self.y), float(np.mean(some)) if some else float("nan")

    def errors(self):
        """What the clips of each emotion were taken for."""
        guess = self.heard.p.argmax(axis=1)
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
        p = self.heard.p
        order = np.argsort(-p.max(axis=1), kind="stable")
        out = ["| most confident share | n | UAR | accuracy |", "|---|---|---|---|"]
        for share in (1.0, 0.75, 0.5, 0.25):
            use = order[:int(round(len(p) * share))]
            out.append(f"| {share:.0%} | {len(use)} | {number(score.uar(p[use], self.y[use]))} | "
                       f"{number((p[use].argmax(axis=1) == self.y[use]).mean())} |")
        return out

    def short(self):
        """For the header of the weights."""
        return [f"  {name}: n {s['n']}, UAR float {number(s['float'])}, int8 {number(s['uar'])} "
                f"({number(s['interval'][0])}-{number(s['interval'][1])}), AUC frustration {number(s['auc'][0])}, "
                f"delight {number(s['auc'][1])}, ECE {number(s['ece_alike'])}"
                for name, s in self.rows() if "," not in name and not np.isnan(s["uar"])]


def robustness(kept):
    """UAR by channel; kept: {(channel, alone): Heard}."""
    channels = [c for c in COLUMNS if (c, True) in kept]
    out = ["| UAR, int8 | protocol | " + " | ".join(COLUMNS[c] for c in channels) + " |", "|---" * (len(channels) + 2) + "|"]
    for alone, protocol in ((False, "call"), (True, "fresh")):
        tables = [Tables(kept[c, alone]) for c in channels]
        for name in tables[0].cuts:
            out.append(f"| {name} | {protocol} | " + " | ".join(
                number(t.uar(t.heard.p, t.cuts[name])) for t in tables) + " |")
        out.append(f"| mean of corpora | {protocol} | " + " | ".join(number(t.mean(t.heard.p)[0]) for t in tables) + " |")
    return out


def vectors(ident, engine, norm, seed):
    """Synthetic inputs around the training speech, and what the C engine answers."""
    rng = np.random.default_rng(seed)
    steps = 48
    walk = np.cumsum(rng.standard_normal((steps, VIEWS)) * 0.5, axis=0) + rng.standard_normal(VIEWS)
    walk[32:] *= 4  # the last third leaves the range of speech
    x = np.clip(norm.mean + walk * 2 ** 20 / norm.mult, -32768, 32767).astype(np.int16)
    p = engine.run(x, np.arange(steps) % 4 != 3)
    top = engine.explain()
    out = ["/* SPDX-License-Identifier: Apache-2.0 */",
           f"/* Synthetic inputs of model {ident} and the posteriors (Q15) expected after each step from a fresh "
           f"state.",
           " * Written by models/train. */", "#ifndef UT_MODELS_VECTORS_H", "#define UT_MODELS_VECTORS_H", "",
           "#include <stdint.h>", "", f"enum {{ UT_VECTORS_STEPS = {steps}, UT_VECTORS_INPUTS = {VIEWS} }};", "",
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


def write(args, job, kept, q, engine, calibration, fidelity):
    folder = os.path.join(args.out, args.id)
    os.makedirs(folder, exist_ok=True)
    command = f"make train (seed {args.seed}, {args.rounds} rounds)"
    call, fresh = Tables(kept["clean", False]), Tables(kept["clean", True])
    header = ["A trained model: generated by models/train, do not edit. Shape and meaning: models/model.h.", "",
              f"command   {command}", f"features  version {job.version}", f"tables    {args.tables}", f"data      sha256 {job.manifest}",
              f"          {len(job.clips)} clips, {len({c.speaker for c in job.clips})} speakers; licences: card.md",
              f"corpora   {' '.join(sorted({c.corpus for c in job.clips}))}", f"seed      {args.seed}", f"CRC-32    {q.crc32():08x}", f"use       {use(job)}",
              "held out  speaker-independent: speakers kept, their clips in calls, int8 by this inference code:"] + call.short()
    put(folder, args, job, q, engine, header, card(args, job, kept, call, fresh, q, calibration, fidelity, command))


def put(folder, args, job, q, engine, header, text):
    with open(os.path.join(folder, "model.c"), "w", encoding="ascii") as f:
        f.write(q.source(args.id, job.version, args.tables, header))
    with open(os.path.join(folder, "model.bin"), "wb") as f:
        f.write(q.file(args.id, job.version, args.tables))
    with open(os.path.join(folder, "vectors.h"), "w", encoding="ascii") as f:
        f.write(vectors(args.id, engine, q.norm, args.seed))
    with open(os.path.join(folder, "card.md"), "w", encoding="utf-8") as f:
        f.write(text)


AGAIN = "; explanation by make train-explanation"


def explained_again(args, job, source, q, engine, fidelity):
    """The model's files with another explanation and its figures; all else as it is."""
    folder = os.path.join(args.out, args.id)
    header = pack.header(source)
    with open(os.path.join(folder, "card.md"), encoding="utf-8") as f:
        text = f.read()
    old, command = pack.member(source, "crc32")[2:], re.search(r"make train \(.*?\)", source)[0]
    changes = {old: f"{q.crc32():08x}", command: command[:-1].replace(AGAIN, "") + AGAIN + ")"}
    for before, after in changes.items():
        header = [line.replace(before, after) for line in header]
        text = text.replace(before, after)
    begin, end = text.index("## Explanation"), text.index("Groups: ")
    put(folder, args, job, q, engine, header, text[:begin] + "## Explanation\n\n" + EXPLANATION.format(**fidelity) + "\n" + text[end:])


def use(job):
    """One sentence."""
    corpora = {c.corpus for c in job.clips}
    unclear = sorted(corpora - set(LICENCE))
    if unclear:
        return f"as the licences of {', '.join(unclear)} allow"
    return "commercial use allowed" if all(LICENCE[n][1] for n in corpora) else "not for commercial use, research only"


RESEARCH = """\
**Not for commercial use**, for research only: it is trained on recordings that are licensed CC BY-NC-SA 4.0 (attribution,
non-commercial, share alike), named below. Model c1 is trained without them, by the same recipe; a site's own calls take
one command: models/train/README.md.
"""

COMMERCIAL = """\
**May be used commercially.** It is trained only on recordings whose licence allows that, named below, and hears less for
it than the research model u2.
"""

DATA = """\
All but callcentre is acted speech of prompted sentences. anger counts as frustration, happiness as delight, every other
emotion (neutral, calm, sadness, fear, disgust, surprise, boredom) as other.
"""

PROTOCOL = """\
Speakers are in one of three parts (models/train/parts.py): {teach} teach; {choose} choose: settings, calibration and
thresholds were chosen by a fit that had not met them; {kept} are kept: no weight and no choice has seen them, and what
follows is what they said to the weights shipped, which learnt from the other two parts. *In calls*: a speaker's clips as
calls of up to 40, in runs of one target, through one front end, one baseline and one classifier that are never reset.
*Alone*: each clip as a call of its own. A decision is the largest posterior averaged over the clip's speech steps. Float is
the network as trained on the same inputs; every other column is int8 by the device's code. UAR is the mean of the three
recalls (chance: 0.333). Intervals: bootstrap over speakers; of two speakers one says little. ECE: ten bins of the
decision's posterior, with the three targets weighed alike, as the posteriors assume / with clips as they come.
"""

SEEDS = "Means of three seeds of this recipe, one of them the weights shipped, with spread and n: {page} (`make eval-seeds ID={id}`).\n"
NO_SEEDS = "One seed. What others give: `make eval-seeds ID={id}`, which has not been run for this model.\n"

ECE_BAR = 0.05
CALIBRATION = """\
Calibration error (ECE, clips as they come): {call:.3f} in calls and {fresh:.3f} alone over all of these clips, {call_mean:.3f} and {fresh_mean:.3f}
as the mean of the corpora with every target; {bar} or less was wanted: {verdict}. One site's calm is another's excitement, so a posterior is worth what
the site makes of it: `undertone adapt` fits temperature and offsets to a site's own labelled calls and leaves the weights as they are
(docs/measured/adapt.md: 0.471 to 0.027 in one language that a model had not met).
"""

ROBUSTNESS = """\
Telephone: 300-3400 Hz at 8 kHz through G.711 mu-law. Babble: eight overlaid reversed voices of the same speaker at 15 dB
SNR. +20 dB stops short of clipping.
"""

EXPLANATION = """\
The two named feature groups are those with the largest estimated effect: how far the network's log-odds of frustration
against delight would move if the group were put back to this caller's baseline, but no further than those of the score that the
group is named for, against everything else. The estimate is linear in the running means (2.5 s of speech) of both views and of
the recurrent state, and fitted to the network's real reaction on {stretches} stretches of {speakers} speakers. A group is named
when its estimate reaches half a log-odds; it is true when the score that it is named for is lower without it. On speakers left out of that fit,
estimated and real effect correlate by {correlation:.2f}; a strongest group is named in {named_first:.0%} of the stretches and is
true in {first:.1%}, a second one is named in {named_second:.0%} and is in {second:.1%}. On the speakers kept:
docs/measured/explanation.md. It ranks correlates; it does not give causes.
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


def seeds(ident):
    page = f"docs/measured/seeds-{ident}.md"
    here = os.path.exists(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..", page))
    return (SEEDS if here else NO_SEEDS).format(id=ident, page=page)


def calibrated(call, fresh):
    (of_call, call_mean), (of_fresh, fresh_mean) = call.ece(), fresh.ece()
    met = max(x for x in (of_call, of_fresh, call_mean, fresh_mean) if not np.isnan(x)) <= ECE_BAR
    return CALIBRATION.format(call=of_call, fresh=of_fresh, call_mean=call_mean, fresh_mean=fresh_mean, bar=ECE_BAR,
                              verdict="met" if met else "missed")


def card(args, job, kept, call, fresh, q, calibration, fidelity, command):
    corpora = sorted({c.corpus for c in job.clips})
    weights = sum(len(v) for _, n, v in q.arrays() if n.endswith("_w") and n != "explain_w")
    size = sum(v.nbytes for _, _, v in q.arrays())
    out = [f"# Model {args.id}", ""]
    if not set(corpora) - set(LICENCE):
        out.append(COMMERCIAL if all(LICENCE[n][1] for n in corpora) else RESEARCH)
    out += ["Hears frustration and delight, against everything else, in the voice of a **customer**. Never run on an",
            "agent: the agent's channel has no path to it.", "", "| | |", "|---|---|",
            f"| identity | {args.id}, CRC-32 {q.crc32():08x}, features version {job.version} |",
            f"| use | {use(job)} |",
            f"| front end | tables {args.tables}: pitch and pace fitted to {FRONT[args.tables]} |",
            f"| made by | {command} |", f"| data | sha256 {job.manifest} over {len(job.clips)} clips |",
            f"| shape | two views of {VIEWS // 2} features, convolution {VIEWS} -> {CONV1} -> {CONV2} (3 steps of 40 ms "
            f"each), GRU {HIDDEN}, 3 logits; {weights} int8 weights, {size} bytes in all |",
            f"| calibration | temperature {calibration[0]:.3f}, offsets "
            f"{' / '.join(f'{v:+.3f}' for v in calibration[1])}, folded into the last layer |", "",
            "## Data and licences", ""]
    for n in corpora:
        some = [c for c in job.clips if c.corpus == n]
        count = [sum(c.target == k for c in some) for k in range(len(TARGETS))]
        shares = ", ".join(f"{t} {k}" for t, k in zip(TARGETS, count))
        licence = LICENCE.get(n, (n + ": licence as its owner states", False))[0]
        out.append(f"- {licence}. {len(some)} clips of {len({c.speaker for c in some})} speakers: {shares}.")
    many = {part: len({c.speaker for c in job.clips if job.part[id(c)] == part}) for part in (TEACH, CHOOSE, KEPT)}
    out += ["", DATA, "## Protocol", "", PROTOCOL.format(**many) + seeds(args.id), "## Held-out speakers", "", "In calls:", ""]
    out += call.measures() + ["", "Alone:", ""] + fresh.measures() + ["", ROBUSTNESS] + robustness(kept)
    out += ["", "## What it gets wrong", "", "In calls.", ""] + call.errors()
    out += ["", "## Confidence", "", "Clips in calls, ordered by the decision's posterior.", ""] + call.confidence()
    out += ["", calibrated(call, fresh).rstrip()]
    out += ["", "## Explanation", "", EXPLANATION.format(**fidelity), "Groups: " + ", ".join(GROUP_NAMES[1:]) + ".", "",
            "## Attempts", "", attempts(), "## What it does not know", "", LIMITS, "## Use", "", USE.rstrip(), ""]
    return "\n".join(out)
