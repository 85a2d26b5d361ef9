#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone label`: agreement as an implementation of its own finds it, labels that tune and adapt read, and files that are damaged."""
import array
import itertools
import json
import os
import random
import re

from tool import Checks, path, speech, tool, wav, write

check = Checks()
CACHE = {"XDG_CACHE_HOME": path("cache")}
os.makedirs(path("cache"))
os.makedirs(path("site"))
os.makedirs(path("elsewhere"))
HEAD = "path\tbegin_ms\tend_ms\tlabeller\tanswer\n"


def alpha(units):
    """Krippendorff's, nominal, pair by pair; None where it is not defined."""
    units = [u for u in units if len(u) > 1]
    n = sum(map(len, units))
    values = [v for u in units for v in u]
    unlike = sum(sum(a != b for a, b in itertools.permutations(u, 2)) / (len(u) - 1) for u in units)
    by_chance = sum(a != b for a, b in itertools.permutations(values, 2))
    return 1 - (n - 1) * unlike / by_chance if by_chance else None


def judged(text, *words):
    code, out, err = tool("label", "--agreement", write("site/a.tsv", text), "--json", *words)
    check("a file is judged", code == 0 and out.count("\n") == 1, (code, out, err))
    return json.loads(out)


source = random.Random(18)
for trial in range(20):
    labellers, units, rows = source.randint(2, 5), source.randint(10, 40), []
    wanted, known = [], source.random()
    for u in range(units):
        truth, given = source.choice(["frustration", "delight", "none"]), {}
        for k in range(labellers):
            for _ in range(source.randint(0, 2)):  # again: the last one counts
                given[k] = truth if source.random() < known else source.choice(["frustration", "delight", "none", "unclear"])
                rows.append(f"{u % 3}.wav\t{1000 * u}\t{1000 * u + 900}\tL{k}\t{given[k]}\n")
        wanted.append([x for x in given.values() if x != "unclear"])
    got = judged(HEAD + "".join(rows))
    check("alpha is that of another implementation", abs(got["alpha"]["value"] - alpha(wanted)) < 1e-4, (got, alpha(wanted)))
    if got["pairable"] >= 10:
        check("with its interval about it", got["alpha"]["low"] <= got["alpha"]["value"] <= got["alpha"]["high"], got)
    check("and its stretches", got["pairable"] == sum(len(u) > 1 for u in wanted), got)
    check("pairs are all there", len(got["pairs"]) == got["labellers"] * (got["labellers"] - 1) // 2, got)

# Three people on twelve calls, of which the second half of each is louder and higher: two hear it, one does not.
customer, agent = speech()
rows = []
for i in range(12):
    plain = [int(x * (0.5 + 0.02 * i)) for x in customer]
    raised = [max(-32768, min(32767, 2 * x)) for x in customer[i * 160::2]] * 2
    wav(f"site/{i}.wav", [array.array("h", list(agent) + [0] * len(raised)), array.array("h", plain + raised)])
    half, end = len(plain) // 16, (len(plain) + len(raised)) // 16
    middle = (half + end) // 2
    for begin, stop, answers in ((0, half, "nnn"), (half, middle, "ffn"), (middle, end, "fuf")):
        for who, answer in zip("KLM", answers):
            rows.append(f"{i}.wav\t{begin}\t{stop}\t{who}\t{ {'n': 'none', 'f': 'frustration', 'u': 'unclear'}[answer] }\n")
rows.append("0.wav\t0\t100\tK\tnone\n0.wav\t0\t100\tL\tdelight\n1.wav\t0\t100\tK\tunclear\n")
answers = write("site/answers.tsv", HEAD + "".join(rows))
agreed = path("site/agreed.tsv")
code, out, err = tool("label", "--agreement", answers, "--write", agreed)
check("lines for people", code == 0 and re.search(r"^recordings: 12, stretches: 38, of which .* about 37; labellers: 3$", out, re.M), (code, out, err))
check("alpha with its interval", re.search(r"^Krippendorff's alpha, nominal: 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\], 95 % interval", out, re.M), out)
check("what became of stretches", "24 frustration, 0 delight, 12 none; left out: 1 unclear, 1 without a majority" in out, out)
check("each pair", re.search(r"^K +L +25 +24$", out, re.M) and re.search(r"^K +M +36 +24$", out, re.M), out)
with open(agreed, encoding="utf-8") as f:
    labels = f.read()
check("stretches of one label that meet are one", labels.count("frustration") == 12 and labels.count("none") == 12, labels)
check("only the owner reads them", os.stat(agreed).st_mode & 0o777 == 0o600)

code, line, err = tool("adapt", path("site"), "--labels", "agreed.tsv", "--json", env=CACHE)
check("adapt reads them", code == 0 and json.loads(line)["calls"] == 12 and json.loads(line)["cues"]["empathy_cue"]["labels"] == 12, (code, err))
code, line, err = tool("tune", agreed, "--json", env=CACHE)
check("tune reads them", code == 0 and json.loads(line)["labels"] == 12 and json.loads(line)["calls"] == 12, (code, err))
far = path("elsewhere/agreed.tsv")
code, out, err = tool("label", "--agreement", answers, "--write", far)
code, line, err = tool("tune", far, "--json", env=CACHE)
check("also from another folder", code == 0 and json.loads(line)["labels"] == 12, (code, err))
check.refused("answers are no labels", tool("tune", answers), 20, "answers.tsv:1", "lacks label")

got = judged(HEAD + "a.wav\t0\t9\tK\tnone\nb.wav\t0\t9\tK\tdelight\n")
check("one labeller agrees with nobody", got["alpha"]["value"] is None and got["labels"]["delight"] == 1, got)
code, out, err = tool("label", "--agreement", path("site/a.tsv"))
check("which is said", code == 0 and "too few labellers; it takes two" in out, out)
for text, says in (("a.wav\t0\t9\tK\tnone\nb.wav\t0\t9\tL\tnone\n", "too few answers"),
                   ("a.wav\t0\t9\tK\tnone\na.wav\t0\t9\tL\tnone\n", "all answers are the same one"),
                   ("a.wav\t0\t9\tK\tnone\na.wav\t0\t9\tL\tdelight\n", "too few stretches for an interval"), ("", "too few labellers")):
    code, out, err = tool("label", "--agreement", write("site/a.tsv", HEAD + text))
    check(f"{says} is said", code == 0 and says in out, (code, out, err))
code, out, err = tool("label", "--agreement", write("site/a.tsv", HEAD + "a.wav\t0\t9\tK\tnone\na.wav\t0\t9\tL\tno"))
check("a row that was cut is said and passed over", code == 0 and "labellers: 1\n" in out and "last row is cut short" in err, (code, out, err))

check.refused("a damaged row", tool("label", "--agreement", write("site/a.tsv", HEAD + "a.wav\t0\t9\tK\tnone\na.wav\t0\t9\n")), 20, "a.tsv:3")
check.refused("no answer", tool("label", "--agreement", write("site/a.tsv", HEAD + "a.wav\t0\t9\tK\tangry\n")), 21, "a.tsv:2", "'angry'")
check.refused("another table", tool("label", "--agreement", agreed), 20, "agreed.tsv:1", "lacks labeller")
check.refused("an empty file", tool("label", "--agreement", write("site/a.tsv", "")), 12, "a.tsv")
check.refused("no file", tool("label", "--agreement", path("nothing.tsv")), 10, "nothing.tsv")
check.refused("nothing to judge", tool("label"), 2, "--agreement")
check.refused("answers as output", tool("label", "--agreement", answers, "--write", answers), 2, "answers.tsv")
write("site/a.tsv", HEAD + "a.wav\t0\t9\tK\tnone\na.wav\t0\t9\tL\tdelight\n")
code, out, err = tool("label", "--agreement", path("site/a.tsv"), "--write", path("site/none.tsv"))
check("without a majority nothing is written", code == 1 and "more than half" in err and not os.path.exists(path("site/none.tsv")), (code, err))

check.finish()
