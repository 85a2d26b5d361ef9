#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whose voice a channel holds, from outside: a leak both ways, and both parties in both channels, through replay."""
import array

from tool import RATE, Checks, events, speech, tool, wav

check = Checks()
customer, agent = speech()
FEELINGS = ("empathy_cue", "rising_frustration", "ask_for_help", "positive_interaction", "good_moment")


def times(n):
    """The talk n times over."""
    return customer * n, agent * n


def add(x, y, late=0, divided_by=1):
    y = array.array("h", bytes(2 * late)) + y
    return array.array("h", [max(-32768, min(32767, a + b // divided_by)) for a, b in zip(x, y)])


def told(name, customer, agent):
    """The seconds that the customer spoke, cues opened, kinds of turns, the last word on the channels, reasons of no score."""
    code, out, err = tool("replay", "--json", wav(name, [agent, customer]))
    check(f"{name} is played", code == 0, err)
    seen = events(out)
    of = lambda kind: [x["data"] for x in seen if x["type"] == f"undertone.{kind}.v1"]
    spoke = sum(x["EndOffsetMillis"] - x["BeginOffsetMillis"] for x in of("turn")
                if x["Kind"] == "ipu_ended" and x["ParticipantRole"] == "CUSTOMER") / 1000
    return (spoke, [x["Cue"] for x in of("cue.opened")], [x["Kind"] for x in of("turn")],
            of("device.status")[-1]["Channels"], of("score"))


customer, agent = times(4)
clean, cues, kinds, channels, scores = told("clean.wav", customer, agent)
check("two parties are separate", channels == {"State": "separate", "Heard": [], "Quiet": []}, channels)
feelings = sum(c in FEELINGS for c in cues)

late = RATE * 60 // 1000
spoke, cues, leaked_kinds, channels, scores = told("leak.wav", add(customer, agent, late, 10), add(agent, customer, late, 10))
check("a leak both ways is named", channels["State"] == "leak" and {x["In"] for x in channels["Heard"]} == {"AGENT", "CUSTOMER"},
      channels)
check("with its delay and gain", all(abs(x["DelayMillis"] - 60) <= 10 and abs(x["GainDb"] + 20) <= 3 for x in channels["Heard"]),
      channels)
check("and is not the customer's speech", abs(spoke - clean) < 0.1 * clean, (spoke, clean))
check("it raises no feelings cue", sum(c in FEELINGS for c in cues) <= feelings, cues)
check("no overlap and no interruption", all(leaked_kinds.count(k) <= kinds.count(k) for k in ("overlap_started", "interruption")),
      (kinds, leaked_kinds))

mix = add(customer, agent)
spoke, cues, kinds, channels, scores = told("both.wav", mix, mix)
check("both parties in both channels are named", channels["State"] == "same" and len(channels["Heard"]) == 2, channels)
check("and are not scored", all(x["Score"] is None and x["Abstain"] == "mixed" for x in scores[5:]), scores[5:6])
check("no cue but that scores pause", set(cues) == {"scores_paused"}, cues)
spoke, cues, kinds, channels, scores = told("inverted.wav", array.array("h", [max(-32767, x) * -1 for x in mix]), mix)
check("an inverted copy is the same", channels["State"] == "same" and set(cues) == {"scores_paused"}, (channels, cues))
check.finish()
