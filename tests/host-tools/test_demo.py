#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo: the script's turn-taking cues are found in time, and the demo fails when one is not."""
import json
import os
import subprocess
import sys
import wave

from tool import ENV, IMAGE, UNDERTONE, Checks, path, schema_faults, tool

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.join(HERE, "..", "..", "host-tools", "demo.py")
TURN_TAKING = {"slow_to_respond", "extended_silence", "continuous_speaking", "interrupting_customer", "frequent_overlaps"}
check = Checks()


def demo(out, env=None):
    command = [sys.executable, "-B", DEMO, "--undertone", UNDERTONE, "--firmware", IMAGE, "--out", path(out)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=300, check=False, env={**ENV, **(env or {})})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def load(name):
    with open(path(name), encoding="utf-8") as f:
        return json.load(f)


code, out, err = demo("demo")
check("the demo ends well", code == 0 and out.splitlines()[-1].startswith("ok: "), out[-800:] + err)
check("it says what its voices cannot show, and where to go", "cannot be angry" in out and "make demo-voices CORPORA=" in out)
truth, summary = load("demo/truth.json"), load("demo/summary.json")
check("all turn-taking cues are scripted", {x["cue"] for x in truth["cues"]} == TURN_TAKING)
check("turns are scripted", len(truth["turns"]) > 10 and {x["party"] for x in truth["turns"]} == {"AGENT", "CUSTOMER"})
with open(path("demo/events.ndjson"), encoding="utf-8") as f:
    events = [json.loads(x) for x in f]
for cue in truth["cues"]:
    times = [x["data"]["NotifyOffsetMillis"] for x in events
             if x["type"] == "undertone.cue.opened.v1" and x["data"]["Cue"] == cue["cue"]]
    check(f"{cue['cue']} within 300 ms", any(abs(t - cue["open_ms"]) <= 300 for t in times), (cue, times))
check("voice, pace and level are scripted", set(truth["within"]) == {"customer_raised_voice", "speaking_quickly",
                                                                    "mic_level_low"})
for cue, span in truth["within"].items():
    times = [x["data"]["NotifyOffsetMillis"] for x in events
             if x["type"] == "undertone.cue.opened.v1" and x["data"]["Cue"] == cue]
    check(f"{cue} is noticed while it lasts", times and span["from_ms"] < times[0] < span["to_ms"], (span, times))
check("the answer that was slow moves a gauge", [x["data"]["Display"] for x in events
      if x["type"] == "undertone.cue.opened.v1" and x["data"]["Cue"] == "slow_to_respond"] == ["gauge"])
faults = schema_faults(summary)
if faults is None:
    print("SKIPPED: python3-jsonschema is not installed, so the demo's per-call file was not held against its schema")
else:
    check("the per-call file keeps to the schema", faults == [], faults)
check("the summary is of this call", summary["CustomerMetadata"]["ContactId"] == "call"
      and summary["AcousticEmotion"]["Device"]["Board"] == "mps2" and summary["JobStatus"] == "COMPLETED")
for name, least in (("report.html", 100000), ("report.png", 30000)):
    check(f"{name} is there", os.path.exists(path("demo/" + name)) and os.path.getsize(path("demo/" + name)) > least)
with wave.open(path("demo/call.wav"), "rb") as f:
    check("call.wav is 16 kHz stereo", (f.getframerate(), f.getnchannels(), f.getsampwidth()) == (16000, 2, 2))
code, text, err = tool("replay", "--summary", path("replayed.json"), path("demo/call.wav"))
replayed = load("replayed.json")
replayed["AcousticEmotion"]["Device"]["Board"] = "mps2"
check("the summary is replay's but for the board", replayed == summary)
check("replay agrees", code == 0
      and text.count("cue opens") == sum(x["type"] == "undertone.cue.opened.v1" for x in events))

code, out, err = demo("broken", {"UNDERTONE_EXTENDED_SILENCE_SHOW": "off"})
check("a missing cue fails the demo", code == 1 and "missing" in out
      and out.splitlines()[-1].startswith("FAILED"), out[-300:])
code, out, err = demo("late", {"UNDERTONE_EXTENDED_SILENCE_ON": "6.5"})
check("so does a late one", code == 1 and "too far" in out, out[-300:])

check.finish()
