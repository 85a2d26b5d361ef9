#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Calls with known timelines (tests/calls.py): every event within 100 ms, and no event more or less."""
import os
import subprocess
import time

from tool import FOLDER, RATE, Checks, events, path, tool, wav

import calls

TOLERANCE_MS = 100
KINDS = ("ipu_ended", "backchannel", "overlap_ended", "interruption", "non_talk_ended")
# Cues that depend on who spoke when alone; the others are judged on the archive (test_tune.py) or need a classifier.
TALK = ("extended_silence", "continuous_speaking", "interrupting_customer", "frequent_overlaps")

check = Checks()


def heard(file):
    """(events of KINDS, cues of TALK as (name, time), all events) of a replay"""
    code, out, err = tool("replay", "--json", file)
    check(f"{file} plays", code == 0, err)
    seen = events(out)
    turns = [x["data"] for x in seen if x["type"] == "undertone.turn.v1" and x["data"]["Kind"] in KINDS]
    found = sorted((x["Kind"], x["ParticipantRole"], x["BeginOffsetMillis"], x["EndOffsetMillis"]) for x in turns)
    opened = [x["data"] for x in seen if x["type"] == "undertone.cue.opened.v1"]
    return found, [(x["Cue"], x["NotifyOffsetMillis"]) for x in opened if x["Cue"] in TALK], seen


def near(found, wanted):
    return len(found) == len(wanted) and all(
        a[:2] == b[:2] and abs(a[2] - b[2]) <= TOLERANCE_MS and abs(a[3] - b[3]) <= TOLERANCE_MS
        for a, b in zip(found, wanted))


for call in calls.primitives():
    found, cues, seen = heard(call.write(FOLDER.name))
    if call.name == "hold":
        # music is not speech: it makes no unit of a second, and it is never scored
        music = [x for x in found if x[1] == "CUSTOMER" and 8900 <= x[2] < 33000]
        check("hold: music is no talk", all(x[3] - x[2] < 1000 for x in music) and len(music) <= 4, music)
        scores = [x["data"] for x in seen if x["type"] == "undertone.score.v1"]
        inside = [x for x in scores if 15000 <= x["EndOffsetMillis"] <= 33000]
        check("hold: and gets no score", len(inside) == 19 and all(x["Score"] is None for x in inside), inside[:2])
        spoken = [x for x in found if x[0] == "ipu_ended" and x not in music]
        check("hold: what was said is found", near(spoken, [x for x in call.truth() if x[0] == "ipu_ended"]), spoken)
        continue
    check(f"{call.name}: its events and no others", near(found, call.truth()), (found, call.truth()))
    due = [(name, open_ms) for name, _, open_ms, _ in call.cues]
    if call.name == "both_silent":
        due = [("extended_silence", 6000)]
    check(f"{call.name}: its cues and no others", [x[0] for x in cues] == [x[0] for x in due]
          and all(abs(a[1] - b[1]) <= TOLERANCE_MS for a, b in zip(cues, due)), (cues, due))

# that the comparison can fail
minute = calls.long_call()
shifted = [(k, p, b + 150, e + 150) for k, p, b, e in minute.truth()]
check("150 ms are too much, and so is one event less",
      not near(shifted, minute.truth()) and not near(minute.truth()[1:], minute.truth()))

# two hours: as many of each as minutes, and the last minute as exact as the first
begun = time.monotonic()
found, _, seen = heard(minute.write(FOLDER.name, times=120))
took = time.monotonic() - begun
wanted = sorted((k, p, b + 60000 * i, e + 60000 * i) for i in range(120) for k, p, b, e in minute.truth())
check("two hours: every event", near(found, wanted), (len(found), len(wanted), [x for x in found if x not in wanted][:3]))
check("two hours: the end", seen[-1]["type"] == "undertone.session.completed.v1"
      and seen[-1]["data"]["EndOffsetMillis"] == 7200000, seen[-1])
print(f"two hours in {took:.1f} s")
os.remove(path("minute.wav"))

# real words: espeak-ng, each line in one breath, placed by its own loudness
LINES = [(calls.CUSTOMER, 1000, "en-gb+f2", "Good morning I am calling about the bill that came on Monday"),
         (calls.AGENT, 5500, "en-us+m3", "Good morning let me have a look at that for you right away"),
         (calls.CUSTOMER, 10500, "en-gb+f2", "It says that I owe you forty pounds and I really do not know why"),
         (calls.AGENT, 16000, "en-us+m3", "That is the fee for the engineer who came to see you in April")]


def spoken(voice, words):
    """Samples at 16 kHz from the first to the last 10 ms that are louder than 35 dB below the loudest."""
    raw = subprocess.run(["espeak-ng", "-v", voice, "-s", "165", "--stdout", words], stdout=subprocess.PIPE,
                         check=True).stdout
    rate = int.from_bytes(raw[24:28], "little")
    x = calls.array.array("h", raw[44:len(raw) & ~1])
    out = calls.array.array("h", (int(x[int(i * rate / RATE)] * 0.5) for i in range(len(x) * RATE // rate - 1)))
    power = [sum(v * v for v in out[i:i + 160]) for i in range(0, len(out) - 159, 160)]
    loud = [i for i, p in enumerate(power) if p >= max(power) * 10 ** -3.5]
    return out[160 * loud[0]:160 * loud[-1] + 160]


channel = {calls.AGENT: calls.hiss(22 * RATE, 1), calls.CUSTOMER: calls.hiss(22 * RATE, 2)}
truth = []
for party, begin, voice, words in LINES:
    clip = spoken(voice, words)
    channel[party][begin * 16:begin * 16 + len(clip)] = clip
    truth.append((party, begin, begin + len(clip) // 16))
found, _, _ = heard(wav("words.wav", [channel[calls.AGENT], channel[calls.CUSTOMER]]))
units = sorted((b, e, p) for k, p, b, e in found if k == "ipu_ended")
for party, begin, end in truth:
    inside = [x for x in units if x[2] == party and x[0] < end and x[1] > begin]
    check(f"words at {begin} ms: begin and end", inside and abs(inside[0][0] - begin) <= TOLERANCE_MS
          and abs(inside[-1][1] - end) <= 2 * TOLERANCE_MS, (inside, begin, end))
check("words: nothing else", all(any(x[2] == p and x[0] < e and x[1] > b for p, b, e in truth) for x in units), units)

# what a bad recording may look like
with open(path("turns.wav"), "rb") as f:
    whole = f.read()
with open(path("mid_sample.wav"), "wb") as f:
    f.write(whole[:-1])
code, out, err = tool("replay", "--json", path("mid_sample.wav"))
check("a file that ends in mid-sample is played, with a remark", code == 0 and len(err.splitlines()) == 1 and "all of them are played" in err, err)
with open(path("cut.wav"), "wb") as f:
    f.write(whole[:-4001])
code, out, err = tool("replay", "--json", path("cut.wav"))
check("a file that is cut off is played, with an exit code of its own", code == 30 and len(err.splitlines()) == 1
      and "4001 bytes fewer" in err and '"Truncated"' in out, (code, err))
check.finish()
