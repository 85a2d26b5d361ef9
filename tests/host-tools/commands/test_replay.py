#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone replay`: events, tables, files, every kind of bad input, and equality with the emulated headset."""
import array
import csv
import html
import io
import json
import math
import os
import re
import subprocess

from tool import ENV, IMAGE, RATE, UNDERTONE, Checks, events, float_wav, model, path, speech, tool, wav, write

check = Checks()
customer, agent = speech()
silence = array.array("h", bytes(2 * 8 * RATE))
stereo = wav("call.wav", [agent + silence, customer + silence])  # 12 s of talk, 8 s of silence

# events
code, out, err = tool("replay", "--json", stereo)
check("--json ends well", code == 0 and err == "", err)
seen = events(out)
types = [x["type"] for x in seen]
check("first and last event", types[0] == "undertone.session.started.v1"
      and types[-1] == "undertone.session.completed.v1")
check("one score event a second", types.count("undertone.score.v1") == 20, types.count("undertone.score.v1"))
session = seen[0]["session"]
check("one session, a UUID", re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", session)
      and {x["session"] for x in seen} == {session}, session)
check("ids count", [x["id"] for x in seen] == [f"{session}-{i + 1:06d}" for i in range(len(seen))])
FLEETING = {f"undertone.{x}.v1" for x in ("score", "turn", "device.status")}
counted = [x for x in seen if x["type"] not in FLEETING]
check("what must not be lost is numbered", [x["sequence"] for x in counted] == [f"{i + 1:010d}" for i in range(len(counted))]
      and len(counted) > 2 and not any("sequence" in x for x in seen if x["type"] in FLEETING), counted)
check("attributes of CloudEvents", all(x["specversion"] == "1.0" and x["source"] == "/undertone/calls/call"
      and x["time"] and x["datacontenttype"] == "application/json" for x in seen))
check("provenance everywhere", all(len(x["data"]["Model"]["Crc32"]) == 8 and x["data"]["ConfigCrc32"] for x in seen))
scores = [x["data"] for x in seen if x["type"] == "undertone.score.v1"]
check("scores are of the customer only", all(x["ParticipantRole"] == "CUSTOMER" for x in scores)
      and not any("Score" in (x["Agent"] or {}) for x in scores))
turns = [x["data"] for x in seen if x["type"] == "undertone.turn.v1"]
ends = {role: [x["EndOffsetMillis"] for x in turns if x["Kind"] == "ipu_ended" and x["ParticipantRole"] == role]
        for role in ("AGENT", "CUSTOMER")}
check("both parties speak", ends["AGENT"] and ends["CUSTOMER"])
opened = [x["data"] for x in seen if x["type"] == "undertone.cue.opened.v1"]
silent = [x for x in opened if x["Cue"] == "extended_silence"]
check("the silence is noticed 6 s after the last speech", len(silent) == 1 and
      silent[0]["NotifyOffsetMillis"] == max(ends["AGENT"] + ends["CUSTOMER"]) + 6000, silent)
check("with rule and explanation", silent and silent[0]["Rule"] == "both silent >= 6 s"
      and silent[0]["Explanation"][0]["Value"] == 6.0)
check("the same again", tool("replay", "--json", stereo)[1] == out)
named = events(tool("replay", "--json", "--contact-id", "x7", "--start", "2026-01-31T09:00:00Z", stereo)[1])
check("--contact-id and --start", named[0]["source"] == "/undertone/calls/x7" and named[0]["time"] == "2026-01-31T09:00:00.000Z")
check("the session is the sound's, whatever its call is named", named[0]["session"] == session)


def session_of(*words):
    return events(tool("replay", "--json", *words)[1])[0]["session"]


float_copy = float_wav("same.wav", [x / 32768 for x in customer], RATE)
left = wav("left.wav", [customer, agent])
check("the same samples in another file", session_of("--customer", "1", "--agent", "2", left) ==
      session_of(wav("right.wav", [agent, customer])) and session_of(float_copy) == session_of(wav("alone.wav", [customer]))
      == session_of(wav("quiet.wav", [array.array("h", bytes(2 * len(customer))), customer])))
check("another party, rate or length is another sound", len({session_of(x) for x in (
    left, wav("right.wav", [agent, customer]), wav("alone.wav", [customer]), wav("silent.wav", [silence, silence]),
    wav("longer.wav", [customer + silence]), wav("slow.wav", [customer], RATE // 2))}) == 6)
chosen = tool("replay", "--json", "--session", "floor-7.A_b", "--summary", path("chosen.json"), stereo)
with open(path("chosen.json"), encoding="utf-8") as f:
    check("--session", chosen[0] == 0 and {x["session"] for x in events(chosen[1])} == {"floor-7.A_b"}
          and json.load(f)["AcousticEmotion"]["Session"] == "floor-7.A_b", chosen[2])
for bad in ("", "a b", "a/b", "x" * 65, "\u00e9"):
    check.refused(f"--session {bad!r}", tool("replay", "--session", bad, stereo), 2, "not an id")
for command, *sound in (("replay", stereo), ("live", "--qemu", stereo)):
    check.refused(f"{command} of a call with an empty name", tool(command, "--contact-id", "", *sound), 2, "--contact-id", "give ID")
check.refused("one --session for two files", tool("replay", "--session", "x", stereo, left), 2, "--session")
quick = write("quick.ini", "[extended_silence]\non = 3\n")
faster = events(tool("replay", "--json", "--config", quick, stereo)[1])
check("a threshold of the config file counts", [x["data"]["NotifyOffsetMillis"] for x in faster
      if x["type"] == "undertone.cue.opened.v1" and x["data"]["Cue"] == "extended_silence"]
      == [silent[0]["NotifyOffsetMillis"] - 3000])
off = write("off.ini", "[extended_silence]\nshow = off\n")
check("a cue can be switched off", "extended_silence" not in tool("replay", "--json", "--config", off, stereo)[1])
gauge = write("gauge.ini", "[extended_silence]\nshow = gauge\n")
closed = [x["data"] for x in events(tool("replay", "--json", "--config", gauge, stereo)[1])
          if x["type"] == "undertone.cue.closed.v1"]
check("what moves a gauge was never seen", [x["ShownMillis"] for x in closed if x["Cue"] == "extended_silence"] == [0],
      closed)
sums = [re.search(r", (\d+) cues \((\d+) shown\)$", tool("replay", *words, stereo)[1].splitlines()[-1])
        for words in ((), ("--config", gauge))]
check("nor counted as shown", all(sums) and int(sums[0][1]) == int(sums[1][1]) == len(closed)
      and int(sums[1][2]) == int(sums[0][2]) - 1 == sum(x["ShownMillis"] > 0 for x in closed), sums)

# one language per line
german = {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}
check("lines are the same in every locale", tool("replay", stereo, env=german)[:2] == tool("replay", stereo)[:2])
check("and whatever the language of cues", tool("replay", stereo, env={"UNDERTONE_DISPLAY_LANGUAGE": "de"})[1]
      == tool("replay", stereo)[1])
in_german = {"UNDERTONE_DISPLAY_LANGUAGE": "de"}


def reported(env):
    """A report's page and its data."""
    page = path("language.html")
    tool("replay", stereo, "--no-audio", "--report", page, env=env)
    with open(page, encoding="utf-8") as f:
        text = f.read()
    return text, json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])


page, data = reported(in_german)
words = data["words"]
script = re.search(r'"use strict";(.*?)</script>', page, re.S)[1]
main = re.sub(r"<noscript>.*?</noscript>|<kbd>.*?</kbd>", "<>", re.search(r"<main>(.*?)</main>", page, re.S)[1], flags=re.S)
said = re.findall(r'\bT\("((?:[^"\\]|\\.)*)"', script)
said += [x for x in re.findall(r'"((?:[^"\\\n]|\\.)*)"', script) if re.search(r"[A-Za-z]{2,},? [a-z]{2,}", x)
         and not re.search(r"sans-serif|color-mix|^\.", x)]
said += re.findall(r'aria-label="([^"]+)"', main)
said += [" ".join(html.unescape(x).split()) for x in re.split(r"<[^>]*>", main)]
said = {x for x in said if re.search(r"[A-Za-z]{2}", x)}
check("the page has a word for each of its own in German", len(said) > 40
      and all(any(k.startswith(x) or k.endswith(x) for k in words) for x in said),
      [x for x in said if not any(k.startswith(x) or k.endswith(x) for k in words)])
check("and says which language it is", data["language"] == "de" and reported({})[1]["language"] == "en")
check("its own needs none", reported({})[1]["words"] == {})
vtt = {lang: tool("replay", stereo, "--format", "webvtt", env={"UNDERTONE_DISPLAY_LANGUAGE": lang})[1] for lang in ("en", "de")}
for what, text in (("captions", re.sub(r"(?m)^\d+ \w+$|^WEBVTT$|<[^>]*>", "", vtt["de"])),
                   ("a page's cues", json.dumps([[x[k] for k in ("title", "text", "rule", "note", "why")] for x in data["cues"]],
                                                ensure_ascii=False)),
                   ("a page's reasons", json.dumps(data["abstain"], ensure_ascii=False))):
    english = [k for k, v in words.items() if len(k) > 3 and k != v and re.search(rf"(?<!\w){re.escape(k)}(?!\w)", text)]
    check(f"no English in {what} in German", text.strip() and not english, (english, text))
check("captions say in each language why a cue was not shown", "Nicht gezeigt: " in vtt["de"] and "Not shown: " in vtt["en"])

# models from files
check("the built-in model from its file", tool("replay", "--json", "--model", model("same.bin"), stereo)[1] == out)
other = events(tool("replay", "--json", "--model", model("other.bin", [(8, ord("o")), (146, 1), (148, 1)]), stereo)[1])
check("another model is named and heard", {x["data"]["Model"]["Id"] for x in other} == {"o2"}
      and [x["data"]["Score"] for x in other if x["type"] == "undertone.score.v1"] != [x["Score"] for x in scores])
check.refused("a damaged model", tool("replay", "--model", model("bad.bin", [(200, 7)], sealed=False), stereo), 13,
              "bad.bin")
check.refused("a model of other features", tool("replay", "--model", model("f.bin", [(6, 200)]), stereo), 19, "f.bin")

# text and tables
code, text, err = tool("replay", stereo)
check("text has the cue and a summary, no colour", code == 0 and "cue opens    extended_silence" in text
      and text.splitlines()[-1].startswith("summary: 20.0 s;") and "\033" not in text, text[-300:])
check.refused("two formats", tool("replay", "--json", "--csv", stereo), 2, "ndjson and csv exclude each other")
check.refused("an option and another format", tool("replay", "--format", "rttm", "--json", stereo), 2, "rttm")
check("the same format twice", tool("replay", "--json", "--format", "ndjson", stereo)[0] == 0)
code, text, err = tool("replay", "--csv", stereo)
rows = list(csv.DictReader(io.StringIO(text)))
check("--csv has a row per score record", code == 0 and [int(x["t_ms"]) for x in rows] == list(range(250, 20001, 250)))
check("and fractions", all(0 <= float(x["frustration"]) <= 1 and 0 <= float(x["confidence"]) <= 1 for x in rows))
code, text, err = tool("replay", "--csv", stereo, wav("b.wav", [customer]))
check("--csv of two files has one header", code == 0 and text.count("t_ms") == 1
      and {x["file"] for x in csv.DictReader(io.StringIO(text))} == {stereo, path("b.wav")})
code, text, err = tool("replay", "--json", stereo, path("b.wav"))
check("each file is its own session", code == 0 and text.count("session.completed") == 2)

# the per-call file
code, text, err = tool("replay", "--json", "--summary", path("sum.json"), stereo)
with open(path("sum.json"), encoding="utf-8") as f:
    summary = json.load(f)
c = summary["ConversationCharacteristics"]
check("the summary agrees with the events", text == out and c["TotalConversationDurationMillis"] == 20000
      and [x["NotifyOffsetMillis"] for x in summary["AcousticEmotion"]["Cues"] if x["Cue"] == "extended_silence"]
      == [silent[0]["NotifyOffsetMillis"]])
check("and its sums with the turns", c["TalkTime"]["DetailsByParticipant"]["AGENT"]["TotalTimeMillis"] == sum(
    x["EndOffsetMillis"] - x["BeginOffsetMillis"] for x in turns
    if x["Kind"] == "ipu_ended" and x["ParticipantRole"] == "AGENT"))
check("no sentiment of the agent", "AGENT" not in json.dumps(c["Sentiment"]))

# audio: what must not matter
mono = wav("mono.wav", [customer])
base = tool("replay", "--json", "--contact-id", "a", mono)[1]
for words, options in (("undeclared", ()), ("declared", ("--customer", "1", "--agent", "none"))):
    code, text, err = tool("replay", "--json", "--contact-id", "a", "--summary", path("alone.json"), *options, mono)
    began = json.loads(text.splitlines()[0])["data"]
    with open(path("alone.json"), encoding="utf-8") as f:
        channels = json.load(f)["AcousticEmotion"]["Channels"]
    check(f"one channel: the customer alone, as {words}", code == 0 and began["CustomerAlone"] == words
          and channels["CustomerAlone"] == words and ("one channel with sound, which may hold both parties" in err) == (words == "undeclared"), err)
    check(f"one channel: words say {words}", {"declared": "begins; its one channel is declared to be the customer alone\n",
                                              "undeclared": "begins; nobody has declared that its one channel is the customer alone\n"}[words]
          in tool("replay", *options, mono)[1])
DECLARED = ("--json", "--contact-id", "a", "--agent", "none", "--customer")
declared = tool("replay", *DECLARED, "1", mono)[1]
check("float samples of the same values", tool("replay", "--json", "--contact-id", "a",
                                               float_wav("float.wav", [x / 32768 for x in customer]))[1] == base)
half = wav("half.wav", [customer, array.array("h", bytes(2 * len(customer)))])
check("a silent agent channel equals none",
      tool("replay", "--json", "--contact-id", "a", "--customer", "1", "--agent", "2", half)[1]
      == base and tool("replay", *DECLARED, "1", half)[1] == declared)
three = wav("three.wav", [agent, customer, agent])
check("a choice among three",
      tool("replay", *DECLARED, "2", three)[1] == declared)
held = array.array("h", [x for x in customer for _ in range(12)])
code, text, err = tool("replay", "--json", wav("r192.wav", [held], 192000))
check("192 kHz works", code == 0 and len([x for x in events(text) if x["type"] == "undertone.score.v1"]) == 12, err)

# lengths that the bytes belie: all that is there is played, with one remark
with open(stereo, "rb") as f:
    whole = f.read()
base = tool("replay", "--json", "--contact-id", "a", stereo)[1]
for said in (0, 0xFFFFFFFF, 0x7FFFFFFF - 36, 4000, len(whole) - 44 + 44):
    code, text, err = tool("replay", "--json", "--contact-id", "a", write(
        "said.wav", whole[:40] + said.to_bytes(4, "little") + whole[44:]))
    check(f"a header that says {said} bytes", code == 0 and text == base and err.count("\n") == 1
          and f"says {said} bytes" in err and f"{len(whole) - 44} " in err, (code, err))
code, text, err = tool("replay", "--csv", path("said.wav"), path("said.wav"))
check("each file has its remark once", code == 0 and err.count("\n") == 2, err)
code, text, err = tool("replay", "--json", write("odd.wav", whole[:-1]))
check("half a frame at the end is left out", code == 0 and "all of them are played" in err, (code, err))

code, text, err = tool("replay", "--json", "--contact-id", "a", write(
    "unfilled.wav", whole[:36] + b"LIST\5\0\0\0INFOx" + whole[36:]))
check("an odd chunk before the sound without its fill byte", code == 0 and text == base and err == "", (code, err))

# ways in: headerless sound and pipes
def piped(file, *words):
    with open(file, "rb") as f, subprocess.Popen(["cat"], stdin=f, stdout=subprocess.PIPE) as cat:
        done = subprocess.run([UNDERTONE, "replay", "--contact-id", "a", *words], stdin=cat.stdout, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV, timeout=120)
        cat.stdout.close()
    return done.returncode, done.stdout.decode(), done.stderr.decode()


bare = write("bare.raw", whole[44:])
check.refused("sound without a header", tool("replay", bare), 11, "bare.raw")
check("--raw says what it is", tool("replay", "--json", "--contact-id", "a", "--raw", "s16:16000:2", bare)[1] == base)
check.refused("--raw needs three words", tool("replay", "--raw", "s16:16000", bare), 2, "mulaw:8000:2")
check("a name says what it is", tool("replay", "--json", "--contact-id", "a", write("mono.sln16", customer.tobytes()))[1]
      == tool("replay", "--json", "--contact-id", "a", mono)[1])
for name in ("-", "/dev/stdin"):
    check(f"{name} is read", piped(stereo, "--json", name)[:2] == (0, base))
    check(f"{name} as a table", piped(stereo, "--csv", name)[0] == 0)
check("headerless from a pipe", piped(bare, "--json", "--raw", "s16:16000:2", "-")[:2] == (0, base))
code, text, err = piped("/dev/null", "--json", "-")
check("an empty pipe", code == 12 and text == "" and err.count("\n") == 1, (code, err))

# sound that can be no recording of speech says so, once
DOUBTFUL = [
    ("a silent leg", half, "channel 2 (customer) is silent throughout"),
    ("silence of 8 bits", wav("flat.wav", [array.array("h", [-128] * RATE)]), "(customer) is silent throughout"),
    ("clipped throughout", wav("loud.wav", [array.array("h", [max(-32768, min(32767, 60 * x)) for x in customer])]),
     "is clipped"),
    ("an offset", wav("offset.wav", [array.array("h", [x // 4 + 16384 for x in customer])]), "an offset of 0.50"),
]
for what, file, says in DOUBTFUL:
    alone = () if file == half else ("--customer", "1", "--agent", "none")
    code, text, err = tool("replay", "--json", *alone, file)
    check(f"{what} is played with a remark", code == 0 and says in err and err.count("\n") == 1, (code, err))

# a header whose rate is not the sound's
for rate, says in ((2 * RATE, "higher and faster"), (RATE, None)):
    code, text, err = tool("replay", "--json", wav("rate.wav", [4 * customer], rate))
    check(f"a header of {rate} Hz", code == 0 and (says in err if says else "than people's" not in err), (code, err))

# bad input: one line, its own exit code, nothing on standard output
with open(stereo, "rb") as f:
    whole = f.read()
BAD = [
    ("missing", path("none.wav"), (), 10), ("a folder", path(""), (), 11),
    ("not audio", write("text.wav", "no audio here\n" * 50), (), 11), ("empty", write("empty.wav", b""), (), 12),
    ("text of 16 bits", write("utf16.wav", ("no audio here\n" * 50).encode("utf-16")), (), 11),
    ("no samples", wav("zero.wav", [array.array("h")]), (), 12),
    ("truncated", write("cut.wav", whole[:30]), (), 13),
    ("three channels, no choice", three, (), 14), ("channel 0", stereo, ("--customer", "0"), 14),
    ("channel 3 of 2", stereo, ("--customer", "3"), 14), ("agent 0", stereo, ("--agent", "0"), 14),
    ("one channel twice", stereo, ("--customer", "1", "--agent", "1"), 14),
    ("NaN at the end", float_wav("nan.wav", [0.0] * 20000 + [math.nan]), (), 15),
    ("infinity", float_wav("inf.wav", [math.inf] + [0.0] * 2000), (), 15),
    ("floats in the scale of int16", float_wav("scale.wav", [float(x) for x in customer]), (), 15),
    *((f"a header of {x} Hz", write(f"r{x}.wav", whole[:24] + x.to_bytes(4, "little") + whole[28:]), (), 16) for x in (0, 2**31, 2**32 - 1)),
    ("1 kHz", wav("r1k.wav", [customer[:5000]], 1000), (), 16),
]
for what, file, words, wanted in BAD:
    for form in ("--json", "--csv"):
        check.refused(f"{what}, {form}", tool("replay", form, *words, file), wanted, ";")
codes = {x[0]: x[3] for x in BAD}
check("classes of bad input have different codes", len({codes[x] for x in (
    "missing", "not audio", "empty", "truncated", "channel 0", "infinity", "1 kHz")}) == 7)
check.refused("a rate that no sound has is said in figures", tool("replay", path(f"r{2**32 - 1}.wav")), 16, "its header says 4294967295 Hz", "export it again")
check.refused("a good file before a bad one prints nothing", tool("replay", "--json", stereo, path("nan.wav")), 15)
code, text, err = tool("replay", "--summary", path("sum2.json"), path("cut.wav"))
check("a refused file leaves no summary", code == 13 and not os.path.exists(path("sum2.json")))
check.refused("no file", tool("replay"), 2)
check.refused("--summary with two files", tool("replay", "--summary", path("s.json"), stereo, mono), 2)
check.refused("a bad --start", tool("replay", "--start", "noon", stereo), 2)
code, text, err = tool("replay", "--json", "--summary", path("none/s.json"), stereo)
check("a summary that cannot be written", code == 1 and "none/s.json" in err, err)

# standard output
with open("/dev/full", "w", encoding="ascii") as full:
    code, _, err = tool("replay", "--json", stereo, stdout=full)
check("a full disk is said", code == 1 and "No space left" in err, (code, err))
with subprocess.Popen([UNDERTONE, "replay", "--json", stereo], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                      env=ENV) as p:
    p.stdout.readline()
    p.stdout.close()
    err = p.stderr.read()
check("a reader that goes away is no failure", p.returncode == 0 and err == b"", (p.returncode, err))

# the same file through the emulated headset
code, text, err = tool("live", "--qemu", stereo, "--firmware", IMAGE, "--fast", "--json", "--contact-id", "call")
check("the emulated headset's events are the same, byte for byte", code == 0 and text == out, (code, err[:200]))

words = re.findall(r"^    (\w+) ", tool("replay", "--help")[1].split("--format FORMAT")[1].split("  --json")[0], re.M)
said = tool("replay", stereo, "--format", "none")[2]
check("the formats of the help are those that there are", words and
      said.endswith(f"use {', '.join(words[:-1])} or {words[-1]}\n"), (words, said))

check.finish()
