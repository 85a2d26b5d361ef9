#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whose voice a channel holds, from outside: a leak both ways, both parties in both channels, and both in the only one,
through replay."""
import array
import json
import subprocess

from tool import RATE, Checks, events, path, speech, tool, wav

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

# a mono mix: a man and a woman in turn, and nobody in the other channel
TALK = ("Nobody called me back, although it was promised. It worked yesterday, and today it does not.",
        "Could you please tell me your number again? Let me have a look at what is written here.")


def said(text, voice):
    wave = subprocess.run(["espeak-ng", "-v", voice, "--stdout", text], stdout=subprocess.PIPE, check=True).stdout
    rate, x = int.from_bytes(wave[24:28], "little"), array.array("h", wave[44:len(wave) & ~1])
    return array.array("h", [x[i * rate // RATE] for i in range(len(x) * RATE // rate)] + [0] * (RATE * 3 // 10))


turns = [said(text, voice) for text, voice in zip(TALK, ("de+f2", "de+m1"))]
mono = wav("mono.wav", [(turns[0] + turns[1]) * 10])
alone = ("--customer", "1", "--agent", "none")
for name, options, states in (("a mono mix", (), {"unknown", "mixed"}), ("one declared the customer's", alone, {"unknown", "one_leg"})):
    code, out, err = tool("replay", "--json", *options, mono)
    seen = events(out)
    status = [x["data"]["Channels"] for x in seen if x["type"] == "undertone.device.status.v1"]
    scores = [x["data"] for x in seen if x["type"] == "undertone.score.v1"]
    found = next((x["data"]["OffsetMillis"] for x in seen if x["data"].get("Channels", {}).get("State") == "mixed"), 0)
    cues = [x["data"]["Cue"] for x in seen if x["type"] == "undertone.cue.opened.v1"]
    mixed = "mixed" in states
    check(f"{name}: its states", code == 0 and {x["State"] for x in status} == states, status)
    check(f"{name}: whose channel that is", [x.get("Mixed") for x in status if x["State"] == "mixed"]
          == [["CUSTOMER"]] * sum(x["State"] == "mixed" for x in status) and (status[-1]["State"] == "mixed") == mixed, status)
    check(f"{name}: it is found by half a minute", found <= 30000, found)
    check(f"{name}: feelings cues", any(c in FEELINGS for c in cues) != mixed, cues)
    check(f"{name}: scores at the end", all(x["Score"] is None and x["Abstain"] == "mixed" for x in scores[-60:]) == mixed
          and any(x["Score"] is not None for x in scores) != mixed, scores[-1])
seen = [x["data"] for x in events(tool("replay", "--json", path("both.wav"))[1]) if x["type"] != "undertone.device.status.v1"]
known_ms = next(x["EndOffsetMillis"] for x in seen if x.get("Abstain") == "mixed")
late = [x for x in seen if "Kind" in x and x["NotifyOffsetMillis"] > known_ms and not x["Kind"].startswith("non_talk")]
check("who speaks is said of nobody", known_ms < 10000 and not late and
      all(x["Agent"]["TalkShare"] is None for x in scores[5:]), (known_ms, late[:3], scores[-1]["Agent"]))


def summary(name, *options):
    """The per-call file and the line of sums."""
    code, out, err = tool("replay", path(name), "--summary", path("call.json"), *options)
    check(f"{name} has a summary", code == 0, err)
    with open(path("call.json"), encoding="utf-8") as f:
        call = json.load(f)
    return call["ConversationCharacteristics"], call["AcousticEmotion"], out


def talk(facts):
    return {k: v["TotalTimeMillis"] / 1000 for k, v in facts["TalkTime"]["DetailsByParticipant"].items()}


facts, emotion, line = summary("both.wav")
check("what takes two channels is withheld", emotion["Withheld"]["Reason"] == "mixed" and facts["Facts"] is None
      and emotion["Withheld"]["Millis"] == facts["TotalConversationDurationMillis"] and facts["TalkTime"]["TotalTimeMillis"] is None
      and facts["Interruptions"]["TotalCount"] is None and emotion["Overlaps"] is None, facts)
check("with what was before it was known", emotion["Summary"]["ScoredSpeechMillis"] == 0 and not talk(facts)
      and not facts["TalkSpeed"]["DetailsByParticipant"] and "FrustrationPeak" not in emotion["Summary"], emotion["Summary"])
check("the line of sums says so", "withheld for" in line and "customer spoke" not in line and "overlaps" not in line, line)
FORMATS = ("labels", "textgrid", "rttm")
for name in FORMATS:
    text = tool("replay", path("both.wav"), "--format", name)[1]
    check(f"{name} says so", "withheld for" in text and not any(x in text for x in ("SPEAKER", '"speech"', "turn: ")), text[:300])

wav("part.wav", [agent + mix + agent, customer + mix + customer])
usual, _, _ = summary("clean.wav")
facts, emotion, line = summary("part.wav")
once = talk(usual)
check("what was told apart stays", all(abs(v - 2 * once[k]) < 0.2 * 2 * once[k] for k, v in talk(facts).items()),
      (talk(facts), once))
check("and the rest is named", 30000 < emotion["Withheld"]["Millis"] < 60000 and "withheld for" in line, emotion["Withheld"])

wav("alone.wav", [customer])
for how, options in (("undeclared", ()), ("declared", ("--customer", "1", "--agent", "none"))):
    emotion = summary("alone.wav", *options)[1]
    check(f"the call says {how}", emotion["Channels"].get("CustomerAlone") == how, emotion["Channels"])
    for name in (*FORMATS, "csv", "webvtt", "emotionml"):
        text = tool("replay", path("alone.wav"), "--format", name, *options)[1]
        check(f"{name} says {how}", how in text or how == "undeclared" and "perhaps both parties" in text, text[:300])
check.finish()
