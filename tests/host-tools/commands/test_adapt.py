#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone adapt`: what fitting to labelled calls gains, what it writes and who accepts it, and what is too little."""
import array
import json
import os
import re

from tool import Checks, events, path, speech, tool, wav, write

check = Checks()
CACHE = {"XDG_CACHE_HOME": path("cache")}
os.makedirs(path("cache"))
os.makedirs(path("site"))
customer, agent = speech()
HEAD = "path\tbegin_ms\tend_ms\tlabel\n"
rows = []
for i in range(12):  # the customer's words twice over, in the second round higher and louder: that is what is marked
    plain = [int(x * (0.5 + 0.02 * i)) for x in customer]
    raised = [max(-32768, min(32767, 2 * x)) for x in customer[i * 160::2]] * 2
    wav(f"site/{i}.wav", [array.array("h", list(agent) + [0] * len(raised)), array.array("h", plain + raised)])
    rows.append(f"{i}.wav\t{len(plain) // 16}\t{(len(plain) + len(raised)) // 16}\tfrustration\n")
write("site/labels.tsv", HEAD + "".join(rows))
write("site/few.tsv", HEAD + "".join(rows[:9]))
write("site/none.tsv", HEAD + "".join(r.replace("frustration", "none") for r in rows))
write("site/late.tsv", HEAD + "".join(rows[:11]) + "11.wav\t0\t9000000\tfrustration\n")


def adapt(*words, env=None):
    return tool("adapt", path("site"), *words, env={**CACHE, **(env or {})})


site = path("site.ini")
code, out, err = adapt("--write", site)
check("a table", code == 0 and re.search(r"^12 calls, .*12 labels of frustration, 0 of delight", out), (code, out, err))
check("with each difference's interval", re.search(r"^log loss +[\d.]+ +[\d.]+   -[\d.]+ \[[-+][\d.]+, [-+][\d.]+\]$", out, re.M),
      out)
code, line, err = adapt("--json")
got = json.loads(line)
check("as JSON, one line", code == 0 and line.count("\n") == 1 and got["calls"] == 12 and got["folds"] == 5, (code, err))
check("held-out scores are more probable", got["calibration"]["better"] and
      got["log_loss"]["fitted"] < got["log_loss"]["before"] and got["log_loss"]["difference"]["high"] < 0, got)
check("delight has no offset where nobody marked it", got["calibration"]["delight"] == 0 and
      not got["cues"]["positive_interaction"]["fitted"], got)
check("the number of threads changes nothing", adapt("--json", "--jobs", "1")[1] == line)
check("nor does the cache", adapt("--json", "--no-cache")[1] == line)

with open(site, encoding="utf-8") as f:
    text = f.read()
check("the file names the model and the numbers", re.search(r"^model = [0-9a-f]{8}$", text, re.M) and "[calibration]" in text
      and text.startswith("; fitted by undertone adapt to 12 calls"), text)
code, line, err = tool("cues", "--json", "--config", site)
numbers = {x["Section"] + "." + x["Key"]: x for x in json.loads(line)["Other"]}
check("every reader of a config takes it", code == 0 and numbers["calibration.temperature"]["Origin"].startswith(site), err)
check("with the numbers that were said", abs(numbers["calibration.temperature"]["Value"] - got["calibration"]["temperature"])
      < 1e-4 and abs(numbers["calibration.frustration"]["Value"] - got["calibration"]["frustration"]) < 1e-4, numbers)


def scores(*words):
    code, out, err = tool("replay", path("site/3.wav"), "--json", *words)
    return [x["data"]["Score"] for x in events(out) if x["type"] == "undertone.score.v1" and x["data"]["Score"]], err


own, _ = scores()
fitted, err = scores("--config", site)
check("replay's scores are others then", len(own) == len(fitted) > 5 and own != fitted and "calibration" not in err, err)
other = write("other.ini", re.sub(r"^model = .*$", "model = 00000001", text, flags=re.M))
kept, err = scores("--config", other)
check("but not of another model", kept == own and err.count("[calibration] model is not this headset's") == 1, err)

code, line, err = tool("adapt", path("site"), "--json", "--config", site, env=CACHE)
again = json.loads(line)
check("what is in force is what was fitted before", code == 0 and again["log_loss"]["before"] < got["log_loss"]["before"], err)
check("and the fit is the same", again["log_loss"]["fitted"] == got["log_loss"]["fitted"], again)

check.refused("too few calls", adapt("--labels", "few.tsv"), 20, "few.tsv", "9 calls", "label 10 calls or more")
check.refused("too few labels", adapt("--labels", "none.tsv"), 20, "none.tsv", "0 of delight")
check.refused("a label past the end", adapt("--labels", "late.tsv"), 23, "late.tsv:13")
check.refused("no labels", tool("adapt", path("cache")), 10, "labels.tsv")
check.refused("no folder", tool("adapt"), 2, "give one folder")
check.refused("labels as output", adapt("--write", path("site/labels.tsv")), 2, "labels.tsv")
code, out, err = adapt("--write", "/dev/null/x.ini")
check("a place that cannot be written is said", code == 1 and "/dev/null/x.ini: cannot be written" in err, err)

check.finish()
