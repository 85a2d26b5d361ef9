#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone tune`: a generated archive whose truth is known, sweeps, the cache, what it writes, and bad labels."""
import json
import os
import re
import time

from tool import Checks, events, path, tool, wav, write

import calls

check = Checks()
CACHE = {"XDG_CACHE_HOME": path("cache")}
os.makedirs(path("cache"))
os.makedirs(path("set"))
archive = calls.archive(3)
for call in archive:
    call.write(path("set"))
labels = path("set/labels.tsv")
calls.write_labels(archive, labels)


def tune(*words, env=None):
    return tool("tune", *words, env={**CACHE, **(env or {})})


def settings(*words):
    code, out, err = tune(labels, "--json", *words)
    check(f"tune {' '.join(words)}", code == 0 and len(out.splitlines()) == 1, (code, err))
    return json.loads(out)


# what was scripted is found, and nothing else
base = settings()
one = base["settings"][0]
due = [x for c in archive for x in c.cues]
check("every label is found", base["calls"] == 3 and base["labels"] == len(due) and one["hits"] == len(due), base)
# pace is an estimate, and these voices are not the ones it was fitted to
sure = {k: v for k, v in one["cues"].items() if k != "speaking_quickly"}
check("without a false alarm", len(sure) > 3 and all(v["false_alarms"] == 0 and v["precision"]["value"] == 1
                                                     for v in sure.values()), one["cues"])
check("per cue", {k: v["labels"] for k, v in one["cues"].items()}
      == {name: sum(x[0] == name for x in due) for name in {x[0] for x in due}}, one["cues"])
for call in archive:  # the same openings as replay's, at their times
    opened = [(x["data"]["Cue"], x["data"]["NotifyOffsetMillis"]) for x in events(
        tool("replay", "--json", path(f"set/{call.name}.wav"))[1]) if x["type"] == "undertone.cue.opened.v1"]
    for name, _, open_ms, _ in call.cues:
        wanted = 100 if name not in calls.AVERAGED else 8000  # of speech; a fifth of the faint line is not found
        check(f"{call.name}: {name} at {open_ms} ms", any(n == name and abs(t - open_ms) <= wanted for n, t in opened),
              opened)
check("the mean lead is that of the rule", one["cues"]["extended_silence"]["lead_s"]["value"] < -5.9
      and one["cues"]["extended_silence"]["lead_s"]["value"] > -6.1)

# a sweep trades one against the other
sweep = ("--cue", "extended_silence", "--sweep", "extended_silence.on=3:10:0.5")
swept = settings(*sweep)["settings"]
recall = [x["recall"]["value"] for x in swept]
alarms = [x["false_alarms"] for x in swept]
check("a higher threshold finds less", len(swept) == 15 and recall == sorted(recall, reverse=True) and recall[0] == 1
      and recall[-1] < 1, recall)
check("and cries wolf less", alarms == sorted(alarms, reverse=True) and alarms[0] > 0 and alarms[6] == 0, alarms)
chosen = [x["set"] for x in swept if x["chosen"]]
check("the chosen one is the rule's own", chosen == [{"extended_silence.on": 6.0}], chosen)
check("intervals hold their values", all(x["recall"]["low"] <= x["recall"]["value"] <= x["recall"]["high"] for x in swept))
front = [(x["recall"]["value"], x["false_alarms_per_hour"]["value"]) for x in swept if x["front"]]
check("nothing beats the front", all(not (r >= a and f < b) and not (r > a and f <= b) for a, b in front
      for r, f in ((x["recall"]["value"], x["false_alarms_per_hour"]["value"]) for x in swept)), front)
grid = settings("--sweep", "extended_silence.on=5,6", "--sweep", "continuous_speaking.on=20,30,40")["settings"]
check("a grid", len(grid) == 6 and len({tuple(x["set"].values()) for x in grid}) == 6)
few = settings("--cue", "extended_silence", "--sweep", "extended_silence.on=3,9", "--max-alarms", "0")["settings"]
check("--max-alarms", [x["set"] for x in few if x["chosen"]] == [{"extended_silence.on": 9.0}], few)
check("fewer pop-ups with a smaller budget", [x["popups"] for x in settings(
    "--sweep", "display.budget=0,1,6")["settings"]][0] == 0)

# the cache
code, first, err = tune(labels, "--json", *sweep, "--no-cache")
check("without the cache the same", code == 0 and json.loads(first)["settings"] == swept, err)
begun = time.monotonic()
code, again, err = tune(labels, "--json", *sweep)
took = time.monotonic() - begun
check("the second sweep is instant", code == 0 and again == first and took < 1 and "0 trials computed" in err
      and "3 calls' records were in the cache" in err, (took, err))
check("one thread or four, the same bytes", tune(labels, "--json", *sweep, "--jobs", "1", "--no-cache")[1] == first
      and tune(labels, "--json", *sweep, "--jobs", "4", "--no-cache")[1] == first)
check("a cache that cannot be written is no failure",
      tune(labels, "--json", *sweep, env={"XDG_CACHE_HOME": "/dev/null"})[1] == first)

# what it writes
code, out, err = tune(labels, *sweep, "--write", path("w.ini"), "--plot", path("w.png"))
check("text", code == 0 and " > extended_silence.on=6 " in out and "precision" in out and "Pareto" in out, (out, err))
with open(path("w.ini"), encoding="utf-8") as f:
    ini = f.read()
check("--write", "[extended_silence]\non = 6\n" in ini and ini.startswith("; chosen by undertone tune: "), ini)
check("which can be used", tool("replay", "--config", path("w.ini"), path("set/calm_00.wav"))[0] == 0)
with open(path("w.png"), "rb") as f:
    check("--plot", f.read(8) == b"\x89PNG\r\n\x1a\n" and os.path.getsize(path("w.png")) > 5000)
code, out, err = tune(labels)
heads = [i for i, line in enumerate(out.splitlines()) if " precision " in line]
check("text: settings, then cues, each below a blank line", code == 0 and len(heads) == 2 and
      all(out.splitlines()[i - 1] == "" for i in heads) and out.splitlines()[heads[1]].split()[0] == "cue", out)
mine = write("mine.ini", "[display]\nbudget = 3\n[session]\npolicy = research\n")
code, out, err = tune(labels, "--config", mine, "--sweep", "extended_silence.on=5:7:0.5", "--write", path("v.ini"))
with open(path("v.ini"), encoding="utf-8") as f:
    ini = f.read()
check("--write keeps what was set", "budget = 3\n" in ini and "policy = research\n" in ini, ini)

# bad input: one line, its own exit code, nothing on standard output
HEAD = "path\tbegin_ms\tend_ms\tlabel\n"
short = wav("short.wav", [calls.hiss(32000), calls.hiss(32000, 2)])
with open(short, "rb") as f:
    whole = f.read()
write("cut.wav", whole[:-3001])


def labelled(name, *rows):
    return write(name, HEAD + "".join("\t".join(str(x) for x in row) + "\n" for row in rows))


fine = labelled("fine.tsv", ("short.wav", 0, 1000, "frustration"))
fine_grid = write("short.TextGrid", 'File type = "ooTextFile"\n"TextGrid"\n\n0\n2\n<exists>\n2\n"IntervalTier"\n"words"\n0\n2\n1\n'
                  '0\n2\n"good morning"\n"IntervalTier"\n"mood"\n0\n2\n2\n0\n1\n"Frustration "\n1\n2\n""\n')
BAD = [
    ("no file", (path("none.tsv"),), 10, "none.tsv"),
    ("no columns", (write("c.tsv", "path\tlabel\n"),), 20, "begin_ms"),
    ("nothing labelled", (labelled("n.tsv", ("short.wav", 0, 0, "none")),), 20, "nothing is labelled"),
    ("empty", (write("e.tsv", ""),), 12, "empty"),
    ("no such cue", (labelled("u.tsv", ("short.wav", 0, 500, "joy")),), 21, "u.tsv:2: no cue is named 'joy'"),
    ("overlapping", (labelled("o.tsv", ("short.wav", 0, 500, "delight"), ("short.wav", 400, 900, "delight")),), 22,
     "o.tsv:3: delight from 400 to 900 ms overlaps"),
    ("past the end", (labelled("p.tsv", ("short.wav", 0, 2500, "delight")),), 23, "ends at 2500 ms", "short.wav at 2000 ms"),
    ("no audio", (labelled("a.tsv", ("gone.wav", 0, 500, "delight")),), 10, "gone.wav"),
    ("audio that is cut off", (labelled("m.tsv", ("cut.wav", 0, 500, "delight")),), 13, "cut.wav"),
    ("on below off", (fine, "--config", write("bad.ini", "[empathy_cue]\non = 0.2\n")), 18, "above on = 0.2"),
    ("on below off in all of the sweep", (fine, "--sweep", "empathy_cue.on=0.1:0.2:0.1"), 18, "off = 0.25"),
    ("unknown number", (fine, "--sweep", "empathy_cue.onn=1"), 18, "empathy_cue.onn"),
    ("out of range", (fine, "--sweep", "empathy_cue.on=2"), 18, "out of range"),
    ("not a sweep", (fine, "--sweep", "empathy_cue.on"), 2, "--sweep"),
    ("unknown cue", (fine, "--cue", "joy"), 21, "joy"),
    ("a cue that nothing is labelled for", (fine, "--cue", "frequent_overlaps"), 20, "frequent_overlaps"),
    ("no labels given", (), 2, "tune"),
    ("the same file twice", (fine, fine), 22, "fine.tsv:2: frustration from 0 to 1000 ms overlaps"),
    ("--recording for a table", (fine, "--recording", short), 2, "leave --recording out"),
    ("--recording for two", (fine, fine, "--recording", short), 2, "--recording is for one file"),
    ("--tier for a table", (fine, "--tier", "x"), 2, "--tier is for TextGrids"),
    ("labels without a recording", (write("nobody.txt", "0\t1\tdelight\n"),), 10, "nobody.txt: no recording", "--recording"),
    ("a TextGrid without its tier", (fine_grid, "--tier", "x"), 20, "has no tier x", "words, mood"),
    ("names that are none", (write("short.txt", "0\t1\tjoy\n1\t2\tlaughter\n"),), 21,
     "short.txt:1: no cue is named 'joy', 'laughter'; labels are: ask_for_help, ", ", frustration, delight, none"),
    ("--jobs", (fine, "--jobs", "x"), 2, "--jobs"),
    ("--max-alarms", (fine, "--max-alarms", "-1"), 2, "--max-alarms"),
]
for what, words, wanted, *says in BAD:
    check.refused(what, tune(*words), wanted, *says)
# labels as people have them say the same as the table
plain = tune(fine, "--json")
with open(fine_grid, encoding="ascii") as f:
    grid = f.read()
SAME = [
    ("short.csv", HEAD.replace("\t", ",") + "short.wav,0,1000,Frustration\n"),
    ("semicolons.csv", "\ufeffLabel;Path;Begin_s;End_s\r\n frustration;\"short.wav\";0,0;1,0\r\n"),
    ("old.tsv", (HEAD + "short.wav\t0\t1000\tfrustration \n").replace("\n", "\r")),
    ("short.txt", "0,000000\t1,000000\tFrustration\r\n\\\t100,0\t2000,0\r\n"),
    ("short.rttm", "SPEAKER short 1 0.0 1.0 <NA> <NA> frustration <NA> <NA>\n"),
    ("short.wav.TextGrid", b"\xfe\xff" + grid.encode("utf-16-be"), "--tier", "mood"),
    ("apart.TextGrid", grid.replace('"mood"', '"frustration"').replace("Frustration ", "x"), "--recording", short),
    ("short.TextGrid", b"\xff\xfe" + grid.replace('"mood"', '"labels"').encode("utf-16-le")),
]
for name, content, *words in SAME:
    got = tune(write(name, content), "--json", *words)
    check(f"{name} says the same", plain[0] == got[0] == 0 and plain[1] == got[1], (got, plain))
code, out, err = tune(write("point.txt", "0.5\t0.5\tfrustration\n"), "--json", "--recording", short)
check("a point is a label", code == 0 and json.loads(out)["labels"] == 1, err)
code, out, err = tune(write("end.txt", "1.2\t2.1\tfrustration\n"), "--json", "--recording", short)
check("the end of a call is known to a quarter of a second", code == 0 and json.loads(out)["labels"] == 1, err)
code, out, err = tune(fine, write("short.txt", "1.2\t1.9\tfrustration\n"), "--json")
check("two files are one set", code == 0 and json.loads(out)["calls"] == 1 and json.loads(out)["labels"] == 2, err)

# what replay writes is read back: every cue is a label at its own time, so that each is found
for name, ending in (("labels", "txt"), ("textgrid", "TextGrid")):
    for call in archive:
        written = tool("replay", path(f"set/{call.name}.wav"), "--format", name)
        write(f"set/{call.name}.{ending}", written[1])
    files = [path(f"set/{call.name}.{ending}") for call in archive]
    code, out, err = tune(*files, "--json", "--late", "0.1", "--early", "0.1")
    back = json.loads(out) if code == 0 else {}
    check(f"--format {name} comes back", code == 0 and back["calls"] == 3 and back["labels"] > len(archive)
          and back["settings"][0]["hits"] == back["labels"] and back["settings"][0]["false_alarms"] == 0, (err, back))
write(f"set/{archive[0].name}.rttm", tool("replay", path(f"set/{archive[0].name}.wav"), "--format", "rttm")[1])
check.refused("--format rttm has speech and no labels", tune(path(f"set/{archive[0].name}.rttm")), 20, "nothing is labelled")
code, out, err = tune(path(f"set/{archive[0].name}.rttm"), "--cue", "extended_silence", "--json")
check("but names its call", code == 0 and json.loads(out)["calls"] == 1, err)

code, out, err = tune(fine, "--sweep", "empathy_cue.on=0.2:0.4:0.1", "--json")
check("impossible settings of a sweep are left out and said", code == 0 and len(json.loads(out)["settings"]) == 2
      and "1 of 3 settings" in err, err)
code, out, err = tune(fine, "--plot", path("one.png"))
check("one call has no interval", code == 0 and "[" not in out and "(-: none of one call)" in out
      and re.search(r" \d\.\d\d? - ", out), out)
check("nor in the JSON", json.loads(tune(fine, "--json")[1])["settings"][0]["false_alarms_per_hour"]["low"] is None)
code, out, err = tune(fine, "--write", path("none/w.ini"))
check("a file that cannot be written", code == 1 and "none/w.ini" in err, err)
two = labelled("two.tsv", ("gone.wav", 0, 500, "delight"), ("lost.wav", 0, 500, "delight"))
code, out, err = tune(two)
check("each bad call is named", code == 10 and out == "" and len(err.splitlines()) == 2 and "gone.wav" in err
      and "lost.wav" in err, err)
check.finish()
