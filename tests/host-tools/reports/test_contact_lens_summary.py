#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/examples/contact_lens_summary.py on what replay writes, and on a file that has little."""
import json
import os
import re
import subprocess
import sys

from tool import HERE, Checks, path, speech, tool, wav

check = Checks()
SCRIPT = os.path.join(HERE, "..", "..", "docs", "examples", "contact_lens_summary.py")


def run(*words, text=None):
    done = subprocess.run([sys.executable, "-B", SCRIPT, *words], input=text, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


customer, agent = speech()
code, out, err = tool("replay", wav("call.wav", [agent, customer]), "--format", "call")
call = json.loads(out)
of = call["ConversationCharacteristics"]
with open(path("call.json"), "w", encoding="utf-8") as f:
    f.write(out)
code, text, err = run(path("call.json"))
check("a real file", code == 0 and err == "" and text.startswith("call: 12.0 s\n"), (code, text, err))
shares = {who: float(x) for who, x in re.findall(r"talk share +(\w+) +([\d.]+) %", text)}
check("the shares of the talk", {k: round(v / 100, 2) for k, v in shares.items()}
      == {who.lower(): round(of["Facts"][who]["TalkShare"], 2) for who in ("AGENT", "CUSTOMER")}, shares)
check("interruptions", f"interruptions   {of['Interruptions']['TotalCount']}\n" in text and re.search(r"by agent +1, 1\.\d s\n", text), text)
check("silence", f"non-talk time   {of['NonTalkTime']['TotalTimeMillis'] / 1000:.1f} s\n" in text)
scores = [float(x) for x in re.findall(r"sentiment +customer .* ([+-][\d.]+)\n", text)]
check("sentiment by quarter", len(scores) > 0 and scores == [x["Score"] for x in of["Sentiment"]["SentimentByPeriod"]["QUARTER"]["CUSTOMER"]], scores)
check("two, one from standard input", run("-", path("call.json"), text=out)[1] == 2 * text)
check("a file without them", run("-", text="{}") == (0, "?: 0.0 s\n", ""))
check("no file", run()[0] == 1 and "FILE" in run()[2])
check.finish()
