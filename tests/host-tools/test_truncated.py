#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A recording that is damaged in the middle gives what is before the damage: every output of it says so, and the exit
code is one of its own. One whose other channel is silent throughout says nothing that takes two voices."""
import array
import csv
import json
import os
import subprocess

from tool import ENV, FOLDER, Checks, events, path, schema_faults, speech, tool, wav, write

CUT = 30
check = Checks()
customer, agent = speech()
call = wav("call.wav", (agent, customer))
with open(call, "rb") as f:
    whole = f.read()
cut = write("cut.wav", whole[:len(whole) * 6 // 10])
MISSING = f"{len(whole) - len(whole) * 6 // 10} bytes fewer than its header says"


def text_of(name):
    with open(path(name), encoding="utf-8") as f:
        return f.read()


# every output of one call
code, text, err = tool("replay", cut)
check("an exit code of its own, and a line", code == CUT and len(err.splitlines()) == 1 and MISSING in err
      and "after 7.2 s" in err, (code, err))
check("text", text.splitlines()[-1].endswith(f"; truncated: {MISSING}"), text.splitlines()[-1])
outputs = ["--summary", path("c.json"), "--report", path("c.html"), "--report", path("c.png")]
code, text, err = tool("replay", "--json", *outputs, cut)
last = events(text)[-1]
check("events", code == CUT and last["type"].endswith("session.completed.v1")
      and last["data"]["Truncated"]["Reason"] == MISSING, (code, last))
summary = json.loads(text_of("c.json"))
check("per-call file", summary["AcousticEmotion"]["Truncated"] ==
      {"AfterMillis": summary["ConversationCharacteristics"]["TotalConversationDurationMillis"], "Reason": MISSING}, summary)
check("it keeps to the schema", not schema_faults(summary), schema_faults(summary))
for wrong in ({"Reason": "x"}, {"AfterMillis": -1, "Reason": "x"}, "yes"):
    bad = {**summary, "AcousticEmotion": {**summary["AcousticEmotion"], "Truncated": wrong}}
    check(f"the schema refuses {wrong}", schema_faults(bad) != [], wrong)
check("page", f'"cut":"{MISSING}"' in text_of("c.html"))
tool("replay", "--report", path("w.png"), write("begin.wav", whole[:40] + (len(whole) * 6 // 10 - 44).to_bytes(4, "little")
                                                + whole[44:len(whole) * 6 // 10]))
with open(path("c.png"), "rb") as f, open(path("w.png"), "rb") as g:
    check("picture", f.read() != g.read())
code, text, err = tool("replay", "--csv", cut)
check("table", code == CUT and {x["truncated"] for x in csv.DictReader(text.splitlines())} == {"1"}, code)
check("table of a whole one", {x["truncated"] for x in csv.DictReader(tool("replay", "--csv", call)[1].splitlines())} == {"0"})
MARKS = {"labels": f"recording truncated: {MISSING}", "emotionml": f"truncated after 7.199 s: {MISSING} -->",
         "webvtt": f"NOTE recording truncated after 7.199 s: {MISSING}", "rttm": f";; recording truncated after 7.199 s: {MISSING}"}
for form, mark in MARKS.items():
    code, text, err = tool("replay", "--format", form, "--out", path("c." + form), cut)
    check(form, code == CUT and mark in text_of("c." + form), text_of("c." + form)[-300:])
    check(f"{form} of a whole one", "truncated" not in tool("replay", "--format", form, call)[1])

# many calls
code, text, err = tool("replay", "--json", cut, call)
check("the next call is played", code == CUT and sum(x["type"].endswith("session.completed.v1") for x in events(text)) == 2)
os.mkdir(path("archive"))
for name, data in (("a.wav", whole), ("b.wav", whole[:len(whole) // 2])):
    write("archive/" + name, data)
for said in ("2 done, 0 done before, 0 failed; 1 of those done are truncated;",
             "0 done, 2 done before, 0 failed; 1 of those done are truncated;"):
    code, text, err = tool("replay", path("archive"), "--out", path("results"))
    check("a batch has the exit code, counts and names it", code == CUT and said in text and len(err.splitlines()) == 1
          and "b.wav: truncated after 6.0 s: " in err and err.endswith("(exit code 30)\n"), (code, text, err))
with open(path("results/summary.csv"), encoding="utf-8", newline="") as f:
    rows = {x["file"]: x for x in csv.DictReader(f)}
check("its row has figures and the reason", rows["b.wav"]["status"] == "cut" and rows["b.wav"]["exit_code"] == "30"
      and "bytes fewer" in rows["b.wav"]["reason"] and rows["b.wav"]["duration_s"] == "6", rows["b.wav"])
check("a whole one is done", rows["a.wav"]["status"] == "done" and rows["a.wav"]["exit_code"] == "0", rows["a.wav"])
write("archive/c.wav", whole[:30])
check("one that failed counts more", tool("replay", path("archive"), "--out", path("results"))[0] == 1)

# other codings, damaged in the middle
for ending in ("flac", "ogg", "opus", "mp3"):
    done = subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", call, path("x." + ending)], stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False, env=ENV)
    if done.returncode != 0: # its own decoder's test is test_decoder.c
        print(f"no ffmpeg here makes {ending}: left out")
        continue
    with open(path("x." + ending), "rb") as f:
        coded = bytearray(f.read())
    half = len(coded) // 2
    coded[half:half + 3000] = bytes(3000)
    code, text, err = tool("replay", "--json", write("damaged." + ending, bytes(coded)))
    end = events(text)[-1]["data"] if text else {}
    check(f"{ending}: what is before the damage", code == CUT and 3000 < end["Truncated"]["AfterMillis"] < 7500, (code, end, err))
    code, text, err = tool("replay", write("none." + ending, bytes(coded[:20])))
    check(f"{ending}: with nothing before it, refused", code in (11, 13) and text == "" and len(err.splitlines()) == 1, (code, err))

# FLAC from a pipe says no length
done = subprocess.run(["ffmpeg", "-v", "error", "-i", call, "-f", "flac", "-"], stdin=subprocess.DEVNULL,
                      stdout=subprocess.PIPE, check=False, env=ENV)
if done.returncode == 0:
    coded, half = done.stdout, len(done.stdout) // 2
    code, text, err = tool("replay", "--json", write("piped.flac", coded))
    check("a FLAC file without a length is whole", code == 0 and "Truncated" not in events(text)[-1]["data"]
          and "trunc" not in err, (code, err))
    for what, data in (("damaged", coded[:half] + bytes(3000) + coded[half + 3000:]), ("cut", coded[:half])):
        code, text, err = tool("replay", "--json", write(f"{what}.flac", data))
        end = events(text)[-1]["data"] if text else {}
        check(f"a FLAC file without a length, {what}", code == CUT and 3000 < end["Truncated"]["AfterMillis"] < 7500,
              (code, end, err))

# a channel that is silent throughout
nothing = array.array("h", bytes(2 * len(customer)))
settings = write("u.ini", "[extended_silence]\non = 2\n[slow_to_respond]\non = 1\nturn = 1\n")
PAIR = {"AGENT": wav("no-agent.wav", (nothing, customer)), "CUSTOMER": wav("no-customer.wav", (agent, nothing))}
for missing, file in PAIR.items():
    code, text, err = tool("replay", "--json", "--config", settings, "--summary", path("s.json"), file)
    heard = events(text)
    one = json.loads(text_of("s.json"))
    lines = err.splitlines()
    check(f"{missing} silent: said once", code == 0 and "silent throughout" in lines[0]
          and [("may hold both parties" in x) for x in lines[1:]] == [True] * (missing == "AGENT"), (code, err))
    check(f"{missing} silent: no cue and no event about two", not any("non_talk" in json.dumps(x["data"]) or x["data"].get("Cue") in (
        "extended_silence", "slow_to_respond", "talk_ratio_high", "frequent_overlaps", "continuous_speaking") for x in heard))
    check(f"{missing} silent: the file says whose sound is not there", one["AcousticEmotion"]["NotRecorded"] == [missing]
          and not schema_faults(one), one["AcousticEmotion"].get("NotRecorded"))
    facts = one["ConversationCharacteristics"]["Facts"]
    check(f"{missing} silent: no share of the talk", facts["AGENT"]["TalkShare"] is None and facts["CUSTOMER"]["TalkShare"] is None)
    check(f"{missing} silent: feelings only of who is heard", missing == "AGENT" or not any(
        x["type"].endswith("score.v1") and x["data"]["Score"] is not None for x in heard))
check("with both there, both are judged", '"extended_silence"' in tool("replay", "--json", "--config", settings, wav(
    "late.wav", (agent + nothing, customer + nothing)))[1])
check("nothing else is left", not any(x.startswith(".") for x in os.listdir(FOLDER.name)))
check.finish()
