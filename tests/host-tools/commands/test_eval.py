#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone eval`: figures on a small index, independent of threads and order, and what is refused."""
import json

from tool import Checks, events, model, path, speech, tool, wav, write

check = Checks()
customer, agent = speech()
TARGETS = ("frustration", "delight", "other")
lines = ["speaker\tpath\tremark\ttarget"]
for i in range(18):
    channel = customer if i % 2 else agent
    start = 16000 * (i % 8)
    wav(f"clip{i:02d}.wav", [channel[start:start + 32000]])
    name = path(f"clip{i:02d}.wav") if i % 5 == 0 else f"clip{i:02d}.wav"  # absolute or relative to the index
    lines.append(f"S{i % 4}\t{name}\t\t{TARGETS[i % 3]}")
index = write("index.tsv", "\n".join(lines) + "\n")

code, out, err = tool("eval", "--index", index, "--json")
check("ends well", code == 0 and err == "" and out.count("\n") == 1, err)
data = json.loads(out)
check("all members", {"n", "uar", "recall", "auc", "confusion", "ece"} <= set(data), out)
check("n", data["n"] == 18)
rows = [sum(x) for x in data["confusion"]]
check("confusion rows are the truth", rows == [6, 6, 6], data["confusion"])
recall = [data["confusion"][i][i] / rows[i] for i in range(3)]
check("recall follows from it", all(abs(data["recall"][t] - recall[i]) < 1e-4 for i, t in enumerate(TARGETS)))
check("uar is its mean", abs(data["uar"] - sum(recall) / 3) < 1e-4)
check("auc and ece are fractions", set(data["auc"]) == {"frustration", "delight"}
      and all(0 <= x <= 1 for x in (*data["auc"].values(), data["ece"])))

check("threads do not matter", tool("eval", "--index", index, "--json", "--jobs", "1")[1] == out
      == tool("eval", "--index", index, "--json", "--jobs", "7")[1])
turned = write("turned.tsv", "\r\n".join(lines[:1] + lines[:0:-1]) + "\r\n")
check("nor does the order, nor CR LF", tool("eval", "--index", turned, "--json")[1] == out)
code, table, err = tool("eval", "--index", index)
check("a table without --json", code == 0 and "unweighted average recall" in table and "frustration" in table)

more = write("more.tsv", "\n".join(lines + ["S1\tclip00.wav\t\tboredom", ""]) + "\n")
data = json.loads(tool("eval", "--index", more, "--json")[1])
check("other targets are skipped and counted", data["n"] == 18 and data["skipped"] == 1)
gone = write("gone.tsv", "\n".join(lines + ["S1\tnone.wav\t\tother"]) + "\n")
code, out, err = tool("eval", "--index", gone, "--json")
check("a missing clip is named and refused", code == 10 and out == "" and "none.wav" in err and "1 of 19" in err, err)
code, out, err = tool("eval", "--index", gone, "--json", "--allow-missing")
check("or counted on demand", code == 0 and json.loads(out)["missing"] == 1 and json.loads(out)["n"] == 18, err)

# segments of one recording, however they are written down, are clips like files of their own
joined = wav("joined.wav", [customer[:96000]])
PARTS = ((0, 2, "frustration"), (2, 4, "delight"), (3.5, 5.5, "other"))
for begin, end, _ in PARTS:
    wav(f"part{begin}.wav", [customer[int(16000 * begin):int(16000 * end)]])
apart = write("apart.csv", "path,speaker,target\n" + "".join(f"part{b}.wav,A,{t}\n" for b, _, t in PARTS))
wanted = tool("eval", "--index", apart, "--json")
INTERVALS = ((0, 2, "frustration"), (2, 3.5, "Delight"), (3.5, 4, "delight + other"), (4, 5.5, "other"))
SEGMENTS = {
    "joined.tsv": "path\tspeaker\ttarget\tbegin_ms\tend_ms\n" + "".join(
        f"joined.wav\tA\t{t}\t{1000 * b:.0f}\t{1000 * e:.0f}\n" for b, e, t in PARTS),
    "semicolons.csv": "\ufeffTarget;Path;Speaker;Begin_s;End_s\r\n" + "".join(
        f"{t};joined.wav;A;{b};{e}\r\n".replace(".5", ",5") for b, e, t in PARTS),
    "joined.txt": "".join(f"{b:.6f}\t{e:.6f}\t{t}\n" for b, e, t in PARTS),
    "joined.rttm": "".join(f"SPEAKER joined 1 {b} {e - b} <NA> <NA> {t} <NA> <NA>\n" for b, e, t in PARTS),
    "joined.TextGrid": ('File type = "ooTextFile"\n"TextGrid"\n0\n6\n<exists>\n1\n"IntervalTier"\n"any"\n0\n6\n'
                        f'{len(INTERVALS)}\n' + "".join(f'{b}\n{e}\n"{t}"\n' for b, e, t in INTERVALS)).encode("utf-16"),
}
for name, content in SEGMENTS.items():
    got = tool("eval", "--index", write(name, content), "--json")
    check(f"segments of {name}", wanted[0] == got[0] == 0 and got[1] == wanted[1], (got, wanted))
got = tool("eval", "--index", write("elsewhere.txt", SEGMENTS["joined.txt"] + "1\t2\tneutral\n1\t1\tdelight\n"), "--json",
           "--recording", joined)
check("another recording, other words and points", got[0] == 0 and json.loads(got[1])["skipped"] == 2
      and json.loads(got[1])["confusion"] == json.loads(wanted[1])["confusion"], got)
got = tool("eval", "--index", path("joined.txt"), "--index", index, "--json")
check("two indexes", got[0] == 0 and json.loads(got[1])["n"] == 21, got)
check.refused("--recording for two", tool("eval", "--index", index, "--index", index, "--recording", joined), 2, "--recording")
check.refused("labels alone", tool("eval", "--index", write("alone.txt", "0\t1\tdelight\n")), 10, "alone.txt", "--recording")
code, out, err = tool("eval", "--index", write("joined.txt", "0\t7\tdelight\n"))
check("a segment behind the end", code == 23 and "joined.txt:1: the clip ends at 7000 ms" in err, err)
code, out, err = tool("eval", "--index", write("joined.txt", "8\t9\tdelight\n"))
check("or past it", code == 23 and "joined.txt:1: the clip begins at 8000 ms" in err, err)

# clips in their calls
CALL = "path\tspeaker\ttarget\tcall\n"
ROWS = [f"clip{i:02d}.wav\tS\t{TARGETS[i % 3]}" for i in range(6)]
code, out, err = tool("eval", "--index", write("calls.tsv", CALL + "".join(f"{r}\t{i // 3}\n" for i, r in enumerate(ROWS))), "--json")
data = json.loads(out)
check("calls beside clips", code == 0 and data["n"] == data["call"]["n"] == 6 and data["call"]["calls"] == 2
      and set(data["call"]) == {"n", "uar", "recall", "auc", "confusion", "ece", "calls"}
      and data["call"]["ece"] != data["ece"], out)
plain = json.loads(tool("eval", "--index", write("plain.tsv", "\n".join([CALL.replace("call", "remark")[:-1]] + ROWS) + "\n"),
                        "--json")[1])
check("the clips' own figures are as without", {k: v for k, v in data.items() if k != "call"} == plain, (data, plain))
alone = json.loads(tool("eval", "--index", write("alone.tsv", CALL + "".join(f"{r}\t{i}\n" for i, r in enumerate(ROWS))), "--json")[1])
check("a call of one clip is that clip", alone["call"] == {**{k: alone[k] for k in alone["call"] if k != "calls"}, "calls": 6}, alone)
check("a table of both", "the same clips one after another in their 2 calls" in tool("eval", "--index", path("calls.tsv"))[1])
out = tool("eval", "--index", path("calls.tsv"), "--json", "--model", "built-in", "--model", "built-in")[1]
check("two models in calls", json.loads(out)["models"][1]["call"] == data["call"]
      and json.loads(out)["difference"]["call"]["uar"] == {"value": 0, "low": 0, "high": 0}, out)

# cues on calls whose feelings are known: the openings are those of replay
for name in ("call0.wav", "call1.wav"):
    wav(name, [customer, agent])  # the other way round: more cues open
LOW = {f"UNDERTONE_{cue}_{key}": value for cue in ("EMPATHY_CUE", "POSITIVE_INTERACTION")
       for key, value in (("ON", "0"), ("OFF", "0"), ("CONFIDENCE", "0"), ("HOLD", "0.5"), ("RELEASE", "0.2"),
                          ("REFRACTORY", "1"))}
FEELINGS = ("ask_for_help", "empathy_cue", "rising_frustration", "positive_interaction", "good_moment")


def openings(name):
    found = [e["data"] for e in events(tool("replay", path(name), "--json", env=LOW)[1]) if e["type"] == "undertone.cue.opened.v1"]
    return [(d["Cue"], d["NotifyOffsetMillis"]) for d in found if d["Cue"] in FEELINGS]


opened = [openings("call0.wav"), openings("call1.wav")]
check("some cues open in both calls", all(opened), opened)
first = {cue: min([t for c, t in opened[0] if c == cue], default=None) for cue in ("empathy_cue", "positive_interaction")}
cue = "empathy_cue" if first["empathy_cue"] is not None else "positive_interaction"
kind = "frustration" if cue == "empathy_cue" else "delight"
begin, end = max(first[cue] - 700, 0), first[cue] + 300
KNOWN = [{"path": "call0.wav", "speaker": "a", "corpus": "one", "gender": "f", "speech": [[0, 11000]],
          "stretches": [{"kind": kind, "begin_ms": begin, "end_ms": end}]},
         {"path": "call1.wav", "speaker": "b", "corpus": "two", "gender": "m", "speech": [[500, 4000], [5000, 9000]]}]
known = write("INDEX.json", json.dumps({"calls": KNOWN}))
code, out, err = tool("eval", "--calls", known, "--json", env=LOW)
check("calls whose feelings are known", code == 0 and err == "" and out.count("\n") == 1, err)
one = json.loads(out)["settings"][0]
check("the stretch is found when its cue opens", one["found"][kind]["n"] == one["found"][kind]["found"] == 1
      and one["found"][kind]["share"]["value"] == 1 and one["found"][kind]["delay_s"] == (first[cue] - begin) / 1000
      and one["found"][kind]["first" if begin == 0 else "late"]["n"] == 1, one)
alarms = [c for c, t in opened[0] if not begin <= t < end + 5000] + [c for c, t in opened[1]]
check("what opens in calm speech is false", one["false"]["n"] == len(alarms)
      and {k: n for k, n in one["false"]["cues"].items() if n} == {c: alarms.count(c) for c in set(alarms)}, (one, opened))
calm = (begin + max(11000 - end - 5000, 0) + 7500) / 3.6e6
check("per hour of it", abs(one["false"]["calm_hours"] - calm) < 1e-4
      and abs(one["false"]["per_hour"]["value"] / (len(alarms) / calm) - 1) < 1e-2, (one["false"], calm))
check("by corpus and gender", one["corpora"]["two"]["false"]["n"] == one["genders"]["m"]["false"]["n"] == len(opened[1])
      and one["corpora"]["one"]["calls"] == 1 and one["speakers"] == 2, one)
check("threads do not matter to calls", tool("eval", "--calls", known, "--json", "--jobs", "1", env=LOW)[1] == out)
code, table, err = tool("eval", "--calls", known, env=LOW)
check("a table of them", code == 0 and "2 calls of 2 speakers" in table and "corpus one" in table and "gender m" in table, table)
code, out, err = tool("eval", "--calls", known, "--sweep", f"{cue}.on=0,0.99", "--model", "built-in", "--json", env=LOW)
swept = json.loads(out)["settings"]
check("thresholds are swept", len(swept) == 2 and swept[0]["set"] == {f"{cue}.on": 0} and swept[1]["set"] == {f"{cue}.on": 0.99}
      and {k: v for k, v in swept[0].items() if k != "set"} == {k: v for k, v in one.items() if k != "set"}
      and swept[1]["found"][kind]["found"] == 0, out)
check.refused("calls and clips", tool("eval", "--calls", known, "--index", index), 2, "--calls")
check.refused("calls and two models", tool("eval", "--calls", known, "--model", "built-in", "--model", "built-in"), 2, "--model")
check.refused("a sweep of clips", tool("eval", "--index", index, "--sweep", "empathy_cue.on=0.7"), 2, "--sweep")
check.refused("an index of calls that is none", tool("eval", "--calls", index), 20, "index.tsv:1: not JSON")
check.refused("one that is not there", tool("eval", "--calls", path("none.json")), 10, "none.json")
check.refused("an empty one", tool("eval", "--calls", write("empty.json", "")), 12)
gone = write("gone.json", json.dumps({"calls": [{"path": "gone.wav", "speaker": "a"}]}))
check.refused("a call that is not there", tool("eval", "--calls", gone), 10, "gone.wav")
KNOWN[0]["stretches"][0]["end_ms"] = 13000
check.refused("a stretch past its end", tool("eval", "--calls", write("late.json", json.dumps({"calls": KNOWN}))), 23, "13000 ms")

check.refused("no index", tool("eval"), 2)
check.refused("an index that is not there", tool("eval", "--index", path("none.tsv")), 10, "none.tsv")
check.refused("a folder", tool("eval", "--index", path("")), 10, "directory")
marked = write("marked.tsv", "\ufeff" + "\n".join(lines) + "\n")
check("a byte order mark is passed over", tool("eval", "--index", marked, "--json")[1]
      == tool("eval", "--index", index, "--json")[1])
check.refused("an empty index", tool("eval", "--index", write("empty.tsv", "")), 12)
no_speaker = write("c.tsv", "path\ttarget\nclip00.wav\tother\n")
check.refused("a column missing", tool("eval", "--index", no_speaker), 20, "speaker")
short = write("s.tsv", "path\tspeaker\ttarget\nclip00.wav\tS0\n")
check.refused("a short row", tool("eval", "--index", short), 20, ":2:")
unusable = write("u.tsv", "path\tspeaker\ttarget\nclip00.wav\tS0\tjoy\n")
check.refused("no usable row", tool("eval", "--index", unusable), 20)
check.refused("no threads", tool("eval", "--index", index, "--jobs", "0"), 2)

# models from files
same = model("same.bin")
alone = tool("eval", "--index", index, "--json")[1]
check("the built-in model from its file", tool("eval", "--index", index, "--json", "--model", same)[1] == alone)
other = model("other.bin", [(8, ord("o"))] + [(i, 120) for i in range(32 + 1, 32 + 112, 2)])  # deaf: means far above every input
code, out, err = tool("eval", "--index", index, "--json", "--model", "built-in", "--model", other)
check("two models", code == 0 and err == "", err)
both = json.loads(out)
check("the first is as alone", both["models"][0] == json.loads(alone))
check("the second is the other one", both["models"][1]["model"]["id"] == "o2" and both["models"][1]["n"] == 18
      and both["models"][1] == json.loads(tool("eval", "--index", index, "--json", "--model", other)[1]))
check("their difference", abs(both["difference"]["uar"]["value"]
      - (both["models"][1]["uar"] - both["models"][0]["uar"])) < 2e-4, both["difference"])
spans = [both["difference"]["uar"], both["difference"]["auc"]["frustration"]]
check("their intervals hold them", all(x["low"] <= x["value"] <= x["high"] for x in spans)
      and spans[1]["low"] < spans[1]["high"], spans)
check("threads do not matter to it", tool("eval", "--index", index, "--json", "--model", "built-in", "--model", other,
      "--jobs", "1")[1] == out)
code, table, err = tool("eval", "--index", index, "--model", same, "--model", other)
check("side by side", code == 0 and "B - A" in table and "95 % interval" in table and "o2" in table, table)
check.refused("three models", tool("eval", "--index", index, "--model", same, "--model", same, "--model", same), 2)
check.refused("no such model", tool("eval", "--index", index, "--model", path("none.bin")), 10, "none.bin")
check.refused("a model that is none", tool("eval", "--index", index, "--model", index), 29, "no model file")
check.refused("an empty model", tool("eval", "--index", index, "--model", write("empty.bin", b"")), 12)
with open(same, "rb") as f:
    cut = write("cut.bin", f.read()[:5000])
check.refused("a model cut off", tool("eval", "--index", index, "--model", cut), 13, "cut off after 5000 of")
check.refused("a damaged model", tool("eval", "--index", index, "--model", model("bad.bin", [(200, 7)], sealed=False)),
              13, "damaged")
check.refused("another features version", tool("eval", "--index", index, "--model", model("f.bin", [(6, 200)])), 19,
              "features version 200")
check.refused("a model that cannot be written", tool("eval", "--export-model", path("none/m.bin")), 1, "none/m.bin")
check.refused("export and model", tool("eval", "--export-model", path("m.bin"), "--model", same), 2)
check.refused("export and index", tool("eval", "--export-model", path("m.bin"), "--index", index), 2)

check.finish()
