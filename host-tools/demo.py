#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A scripted two-party call through the emulated headset: what was scripted against what was detected.

demo.py --undertone PROGRAM --firmware ELF --out DIR

Leaves in DIR: call.wav (16 kHz; agent left, customer right), truth.json, events.ndjson, summary.json, live.txt,
and the call as a page and a picture: report.html, report.png.
Exit code: 0 when every turn-taking cue of the script opens within 300 ms of its time, the others during their lines,
and the emulated headset's events equal those of `undertone replay`; 1 otherwise; 2 when a program is missing.
"""
import argparse
import array
import json
import os
import shutil
import subprocess
import sys
import time
import warnings
import wave

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import audioop

RATE = 16000
AGENT, CUSTOMER = 0, 1
VOICE = {AGENT: "en-us+m3", CUSTOMER: "en-gb+f2"}
ROLE = {AGENT: "AGENT", CUSTOMER: "CUSTOMER"}
TOLERANCE_MS = 300
FLOOR_DB = -35  # of a clip's loudest 10 ms: below this it is not speech

# The numbers of the cues (undertone cues) from which the scripted times follow.
SILENCE_MS, FLOOR_MS, PAUSE_MS, OVERLAP_MS, ANSWER_MS, TURN_MS = 6000, 30000, 1500, 1000, 3000, 1000

CALM = {"pitch": 45, "speed": 150, "gain": 0.16}
CROSS = {"pitch": 75, "speed": 185, "gain": 0.55}
ANGRY = {"pitch": 95, "speed": 205, "gain": 1.0}
STEADY = {"pitch": 40, "speed": 165, "gain": 0.35}
HURRIED = {"pitch": 42, "speed": 270, "gain": 0.35}
AWAY = {"pitch": 40, "speed": 165, "gain": 0.1}  # the microphone has slipped

# (who, when, how, words). When: ("after", seconds) of silence since the last of both stopped, or ("before", seconds)
# before the other's line ends: an interruption. Lines without commas are spoken in one breath.
LINES = [
    (AGENT, ("after", 0.8), STEADY, "Good morning you are through to support. How can I help you today?"),
    (CUSTOMER, ("after", 0.7), CALM, "Good morning. I am calling about my internet connection. It has been rather slow "
     "since the weekend. I have already turned the box off and on again. It was better for an hour or so. After that "
     "it was as slow as before."),
    (AGENT, ("after", 4.4), STEADY, "Thank you. Can you tell me which lights are on?"),
    (CUSTOMER, ("after", 0.8), CALM, "There are three green lights on the front and one of them is blinking slowly. "
     "The last one is orange. I think that one used to be green. I can read you the number on the back if that is of "
     "any use to you."),
    (AGENT, ("after", 0.6), STEADY, "That is all I need for now. Let me explain what happens next. Your line was moved "
     "to the new exchange at the weekend. While that work goes on the speed of your connection is kept low on purpose. "
     "The box measures the line again and again and settles on the highest speed that works. That takes up to ten days "
     "and nothing is wrong while it does so. The orange light only says that the measurement is still going on. When "
     "it turns green you will have the full speed of your contract."),
    (AGENT, ("after", 0.3), HURRIED, "If it is still orange after ten days you can book a visit on our pages and the "
     "visit is free of charge when the fault is on our side and you will find the number of your contract on the "
     "second page of every bill and please keep it at hand when you call us again and I can also send you a short "
     "message with all of this and with the address of our pages and with the hours at which somebody is here to "
     "answer your call and with the name of the colleague who will look after your line until the measurement has "
     "come to an end."),
    (CUSTOMER, ("after", 0.5), CROSS, "Ten days? I work from home and I cannot wait for ten days while somebody "
     "measures the line again and again and I still have to pay for the full speed."),
    (AGENT, ("before", 1.25), STEADY, "As I said the measurement takes up to ten days and nobody can make it faster."),
    (CUSTOMER, ("after", 0.4), ANGRY, "You are not listening to me! I have called three times already and every time "
     "somebody tells me to wait a little longer and nothing happens at all!"),
    (AGENT, ("before", 1.25), STEADY, "There is nothing that I can do about it before the measurement has come to an "
     "end."),
    (CUSTOMER, ("after", 0.4), ANGRY, "Then find somebody who can do something about it because I have had enough of "
     "being told to wait and wait and wait!"),
    (AGENT, ("before", 1.3), STEADY, "Please stay on the line for a moment while I look at what the exchange says."),
    (AGENT, ("after", 9.0), AWAY, "Thank you for waiting. I have found the fault. A card in the exchange was set up "
     "wrongly and I have corrected it. The line has to be measured once more but this time it only takes a minute "
     "or so. I have also written a note so that nobody will ask you to start from the beginning again if you should "
     "have to call us another time. And there will be nothing to pay for the days on which the line was slow."),
    (CUSTOMER, ("after", 0.8), CALM, "Oh. The light has just turned green. Thank you very much for looking into it."),
    (AGENT, ("after", 0.6), STEADY, "You are welcome. Goodbye."),
]


def spoken(voice, how, words):
    """One line as int16 samples at 16 kHz, silence before and after cut off."""
    command = ["espeak-ng", "-v", voice, "-p", str(how["pitch"]), "-s", str(how["speed"]), "--stdout", words]
    wav = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    rate = int.from_bytes(wav[24:28], "little")
    data, _ = audioop.ratecv(wav[44:len(wav) & ~1], 2, 1, rate, RATE, None)
    data = audioop.mul(data, 2, how["gain"] * 30000 / max(1, audioop.max(data, 2)))
    begin, end = extent(data)
    return data[begin * 320:end * 320]


def extent(data):
    """First and last 10 ms (as indices, the latter exclusive) whose level says speech."""
    level = [audioop.rms(data[i:i + 320], 2) for i in range(0, len(data) - 319, 320)]
    least = max(level) * 10 ** (FLOOR_DB / 20)
    loud = [i for i, x in enumerate(level) if x >= least]
    return loud[0], loud[-1] + 1


def build_call(path):
    """Writes the call; returns the placed lines as (party, begin_ms, end_ms, when)."""
    placed = []
    tracks = {AGENT: [], CUSTOMER: []}
    for party, (kind, seconds), how, words in LINES:
        clip = spoken(VOICE[party], how, words)
        last = max((x[2] for x in placed), default=0)
        begin = last + int(seconds * 1000) if kind == "after" else last - int(seconds * 1000)
        placed.append((party, begin, begin + len(clip) // 32, kind))
        tracks[party].append((begin * 16, clip))
    total = (max(x[2] for x in placed) + 1500) * 16
    # a faint hiss: digital silence does not exist on a phone line
    state = 1
    hiss = array.array("h")
    for _ in range(RATE):
        state = (1103515245 * state + 12345) & 0x7FFFFFFF
        hiss.append((state >> 16) % 7 - 3)
    channels = []
    for party in (AGENT, CUSTOMER):
        track = bytearray((hiss.tobytes() * (total // RATE + 1))[:2 * total])
        for at, clip in tracks[party]:
            track[2 * at:2 * at + len(clip)] = audioop.add(bytes(track[2 * at:2 * at + len(clip)]), clip, 2)
        channels.append(bytes(track))
    stereo = audioop.add(audioop.tostereo(channels[0], 2, 1, 0), audioop.tostereo(channels[1], 2, 0, 1), 2)
    with wave.open(path, "wb") as f:
        f.setnchannels(2)
        f.setsampwidth(2)
        f.setframerate(RATE)
        f.writeframes(stereo)
    return placed


def truth_of(placed):
    """The cues that follow from who spoke when, by the rules of the cue table."""
    cues = []
    silent_from = 0
    for _, begin, end, _ in placed:
        if begin - silent_from >= SILENCE_MS:
            cues.append({"cue": "extended_silence", "open_ms": silent_from + SILENCE_MS})
        silent_from = max(silent_from, end)
    for (party, begin, end, _), (following, answer, _, _) in zip(placed, placed[1:]):
        if (party, following) == (CUSTOMER, AGENT) and end - begin >= TURN_MS and answer - end >= ANSWER_MS:
            cues.append({"cue": "slow_to_respond", "open_ms": end + ANSWER_MS})
    floor, spoke_until = None, 0
    for party, begin, end, _ in placed:
        if party == CUSTOMER:
            floor = None
            continue
        floor = begin if floor is None or begin - spoke_until >= PAUSE_MS else floor
        spoke_until = end
        if end - floor >= FLOOR_MS:
            cues.append({"cue": "continuous_speaking", "open_ms": floor + FLOOR_MS})
            floor = None
    overlaps, stops = [], []
    for before, (party, begin, _, kind) in zip(placed, placed[1:]):
        if kind == "before":
            overlaps.append(begin + OVERLAP_MS)
            if party == AGENT:
                stops.append(before[2])
    cues.append({"cue": "interrupting_customer", "open_ms": stops[1]})
    cues.append({"cue": "frequent_overlaps", "open_ms": overlaps[2]})
    cues.sort(key=lambda x: x["open_ms"])
    turns = [{"party": ROLE[p], "begin_ms": b, "end_ms": e} for p, b, e, _ in placed]

    def during(styles):
        spans = [(b, e) for (_, b, e, _), line in zip(placed, LINES) if line[2] in styles]
        return {"from_ms": spans[0][0], "to_ms": spans[-1][1]}

    within = {"customer_raised_voice": during((CROSS, ANGRY)), "speaking_quickly": during((HURRIED,)),
              "mic_level_low": during((AWAY,))}
    return {"cues": cues, "turns": turns, "within": within,
            "interruptions": [{"party": "AGENT", "end_ms": x} for x in stops]}


def run(command, out_path=None):
    with open(out_path, "wb") if out_path else open(os.devnull, "wb") as out:
        code = subprocess.run(command, stdout=out).returncode
    if code != 0:
        sys.exit(f"demo: `{' '.join(command)}` ended with code {code}")


def opened(events):
    return [e["data"] for e in events if e["type"] == "undertone.cue.opened.v1"]


def report(truth, events):
    """Prints scripted against detected; returns the number of failures."""
    found = opened(events)
    failures = 0
    print(f"\n{'cue':24}{'scripted':>12}{'detected':>12}{'error':>10}")
    for cue in truth["cues"]:
        times = [x["NotifyOffsetMillis"] for x in found if x["Cue"] == cue["cue"]]
        nearest = min(times, key=lambda t: abs(t - cue["open_ms"]), default=None)
        line = f"{cue['cue']:24}{cue['open_ms'] / 1000:10.2f} s"
        if nearest is None:
            print(f"{line}{'missing':>12}")
            failures += 1
            continue
        error = nearest - cue["open_ms"]
        bad = abs(error) > TOLERANCE_MS
        failures += bad
        print(f"{line}{nearest / 1000:10.2f} s{abs(error):7d} ms{'  too far' if bad else ''}")
    scripted = {x["cue"] for x in truth["cues"]}
    for cue, span in truth["within"].items():
        times = [x["NotifyOffsetMillis"] for x in found if x["Cue"] == cue]
        bad = not any(span["from_ms"] <= t <= span["to_ms"] for t in times)
        failures += bad
        at = f"{times[0] / 1000:10.2f} s" if times else f"{'missing':>12}"
        print(f"{cue:24}{'':>12}{at}  (within {span['from_ms'] / 1000:.1f}-{span['to_ms'] / 1000:.1f} s)"
              f"{'  outside' if bad else ''}")
    for x in found:
        if x["Cue"] not in scripted and x["Cue"] not in truth["within"]:
            print(f"{x['Cue']:24}{'':>12}{x['NotifyOffsetMillis'] / 1000:10.2f} s")
    return failures


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--undertone", required=True)
    p.add_argument("--firmware", required=True)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    for program in ("espeak-ng", "qemu-system-arm"):
        if shutil.which(program) is None:
            print(f"demo: {program} is not installed; run `make demo`, which installs what is missing", file=sys.stderr)
            return 2
    os.makedirs(a.out, exist_ok=True)

    def at(name):
        return os.path.join(a.out, name)

    started = time.monotonic()
    placed = build_call(at("call.wav"))
    truth = truth_of(placed)
    with open(at("truth.json"), "w", encoding="ascii") as f:
        json.dump(truth, f, indent=2)
        f.write("\n")
    seconds = placed[-1][2] / 1000
    print(f"call.wav: {len(placed)} lines, {seconds:.0f} s; now through the emulated headset\n", flush=True)

    live = [a.undertone, "live", "--qemu", at("call.wav"), "--firmware", a.firmware, "--fast", "--plain",
            "--contact-id", "call", "--out", at("events.ndjson"), "--summary", at("summary.json")]
    with open(at("live.txt"), "w", encoding="utf-8") as text:
        process = subprocess.Popen(live, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        for line in process.stdout:
            text.write(line)
            sys.stdout.write(line)
            sys.stdout.flush()
    if process.wait() != 0:
        sys.exit(f"demo: `{' '.join(live)}` ended with code {process.returncode}")
    run([a.undertone, "replay", "--json", "--contact-id", "call", "--report", at("report.html"), "--report",
         at("report.png"), at("call.wav")], at("replay.ndjson"))

    with open(at("events.ndjson"), encoding="utf-8") as f:
        emulated = f.read().splitlines()
    with open(at("replay.ndjson"), encoding="utf-8") as f:
        replayed = f.read().splitlines()
    events = [json.loads(x) for x in emulated]
    failures = report(truth, events)
    print()
    if emulated == replayed:
        print(f"the emulated headset's {len(emulated)} events equal those of `undertone replay`, byte for byte")
    else:
        differing = sum(x != y for x, y in zip(emulated, replayed)) + abs(len(emulated) - len(replayed))
        print(f"{differing} of {len(replayed)} events differ between the emulated headset and `undertone replay`")
        failures += 1
    took = time.monotonic() - started
    print(f"the call as a page: {at('report.html')}; as a picture: {at('report.png')}")
    print("The voices are espeak-ng's, which cannot be angry: what is shown of feelings is how a cue explains itself, not how\n"
          "well it hears. `make demo-voices CORPORA=DIR` plays a call of recorded voices.")
    print(f"{'FAILED' if failures else 'ok'}: {seconds:.0f} s of call in {took:.0f} s; files in {a.out}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
