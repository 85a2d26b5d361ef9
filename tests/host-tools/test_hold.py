#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Time on hold, from outside: a tone that is held for two minutes, the agent's hold, a pause of thought, through replay."""
import array
import csv
import io
import json
import math
import random

from tool import RATE, Checks, events, path, speech, tool, wav

check = Checks()
customer, agent = speech()


def silence(seconds):
    return array.array("h", bytes(2 * int(seconds * RATE)))


def tone(seconds):
    """Two sines, as of a line that waits."""
    one = [int(2000 * (math.sin(2 * math.pi * 350 * i / RATE) + math.sin(2 * math.pi * 440 * i / RATE))) for i in range(RATE)]
    return array.array("h", one) * seconds


def music(bars):
    """Broken chords that decay, a melody with vibrato, a beat: bars of two seconds, four of them over and over."""
    draw, loop = random.Random(9), [0.0] * (8 * RATE)

    def note(begin_s, hz, length_s, size, partials, decay, vibrato=0.0):
        begin = int(begin_s * RATE)
        for i in range(int(length_s * RATE)):
            t = i / RATE
            phase = 2 * math.pi * hz * t + vibrato * math.sin(2 * math.pi * 5.5 * t)
            swell = size * min(1, t / 0.02, (length_s - t) / 0.02) * math.exp(-decay * t)
            loop[(begin + i) % len(loop)] += swell * sum(math.sin(k * phase) / k**1.3 for k in range(1, partials))

    for bar, root in enumerate((220, 174.6, 196, 164.8)):
        for k in range(8):
            note(2 * bar + k / 4, root * 2 ** ((0, 4, 7, 12)[k % 4] / 12), 0.6, 700, 5, 4)
        for at in (0, 0.75, 1.25):
            note(2 * bar + at, 2 * root * 2 ** (draw.choice((0, 2, 4, 7, 9)) / 12), 0.7, 1200, 5, 0.5, 0.4)
        for beat in range(4):
            for i in range(1200):
                loop[int((2 * bar + beat / 2) * RATE) + i] += 900 * draw.uniform(-1, 1) * math.exp(-i / 200)
    return array.array("h", [max(-32767, min(32767, int(v))) for v in loop]) * (bars // 4)


def hiss(x, size=12):
    """The noise of an open line over all of it."""
    noise = random.Random(5)
    loop = [noise.randint(-size, size) for _ in range(7919)]
    return array.array("h", [max(-32768, min(32767, v + loop[i % 7919])) for i, v in enumerate(x)])


def told(name, customer, agent):
    code, out, err = tool("replay", "--json", wav(name, [agent, customer]))
    check(f"{name} is played", code == 0, err)
    seen = events(out)
    of = lambda kind: [x["data"] for x in seen if x["type"] == f"undertone.{kind}.v1"]
    silences = [x for x in of("cue.opened") if x["Cue"] == "extended_silence"]
    return of("hold.started"), of("hold.ended"), silences, seen


talk_s = len(customer) / RATE
open_line, desk = hiss(customer), hiss(agent)
started, ended, silences, seen = told("tone.wav", open_line + tone(120) + open_line, desk + hiss(silence(120)) + desk)
check("a tone of two minutes is one hold", len(started) == len(ended) == 1, (started, ended))
check("of sound in the customer's channel", started[0]["Kind"] == "sound" and started[0]["ParticipantRole"] == "CUSTOMER", started)
check("from its begin", abs(started[0]["BeginOffsetMillis"] - 1000 * talk_s) <= 1500, (started, talk_s))
check("to its end", 115000 <= ended[0]["DurationMillis"] <= 123000, ended)
check("and no silence of the agent's", not silences, silences)
order = [x["type"] for x in seen]
check("it is told before it ends", order.index("undertone.hold.started.v1") < order.index("undertone.hold.ended.v1"))

summary = path("hold.json")
code, out, err = tool("replay", path("tone.wav"), "--summary", summary)
check("the line of sums has it", f"on hold {ended[0]['DurationMillis'] / 1000:.1f} s" in out, out)
with open(summary, encoding="utf-8") as f:
    c = json.load(f)["ConversationCharacteristics"]
check("the per-call file has it", c["HoldTime"]["TotalTimeMillis"] == ended[0]["TotalTimeMillis"] and
      len(c["HoldTime"]["Instances"]) == 1, c["HoldTime"])
check("and says what of non-talk it was", 100000 <= c["NonTalkTime"]["HoldMillis"] <= c["NonTalkTime"]["TotalTimeMillis"],
      c["NonTalkTime"])
code, out, err = tool("replay", path("tone.wav"), "--csv")
rows = list(csv.DictReader(io.StringIO(out)))
held = [int(r["t_ms"]) for r in rows if r["on_hold"] == "1"]
check("records say so once it is known", held and started[0]["NotifyOffsetMillis"] <= held[0] <= started[0]["NotifyOffsetMillis"] + 750
      and 110 <= len(held) / 4 <= 122, (held[:1], len(held)))
page = path("hold.html")
code, out, err = tool("replay", path("tone.wav"), "--report", page, "--no-audio")
with open(page, encoding="utf-8") as f:
    text = f.read()
check("the page has its band", f'"holds":[[{started[0]["BeginOffsetMillis"]},{ended[0]["EndOffsetMillis"]},"sound"]]' in text)

FEELINGS = ("empathy_cue", "rising_frustration", "positive_interaction", "good_moment")
started, ended, silences, seen = told("music.wav", open_line + music(60) + open_line, desk + hiss(silence(120)) + desk)
spoken = sum(max(0, min(x["data"]["EndOffsetMillis"], 1000 * (talk_s + 120)) - max(x["data"]["BeginOffsetMillis"], 1000 * (talk_s + 1)))
             for x in seen if x["type"] == "undertone.turn.v1" and x["data"]["Kind"] == "ipu_ended"
             and x["data"]["ParticipantRole"] == "CUSTOMER")
check("two minutes of music are hold", sum(x["DurationMillis"] for x in ended) >= 110000, ended)
check("none of it is the customer's speech", spoken < 0.05 * 120000, spoken)
felt = [x["data"] for x in seen if x["type"] == "undertone.cue.opened.v1" and x["data"]["Cue"] in FEELINGS
        and 1000 * talk_s < x["data"]["NotifyOffsetMillis"] < 1000 * (talk_s + 120)]
check("nor a feeling of his, nor a silence of the agent's", not felt and not silences, (felt, silences))

started, ended, silences, _ = told("held.wav", 5 * hiss(customer + silence(1)) + silence(60) + open_line,
                                  5 * hiss(agent + silence(1)) + hiss(silence(60)) + desk)
# what pauses are like takes a few of them to know
check("the agent's hold is one", len(started) == 1 and started[0]["Kind"] == "silence", started)
check("of a minute", 58000 <= ended[0]["DurationMillis"] <= 62500, ended)
check("and no silence of his", not silences, silences)

started, ended, silences, _ = told("thought.wav", hiss(customer + silence(12) + customer), hiss(agent + silence(12) + agent))
check("12 s of thought are no hold", not started, started)
check("but a silence", len(silences) == 1, silences)

started, ended, silences, _ = told("end.wav", open_line + tone(30), desk + hiss(silence(30)))
check("a hold may last to the end", len(ended) == 1 and ended[0]["Reason"] == "call_ended", ended)
check.finish()
