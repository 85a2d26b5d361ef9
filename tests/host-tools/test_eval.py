#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone eval`: figures on a small index, independent of threads and order, and what is refused."""
import json

from tool import Checks, path, speech, tool, wav, write

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

check.finish()
