#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two-party calls whose timelines are known to the millisecond: calls.py FOLDER

Writes one WAV per call (16 kHz; agent left, customer right), truth.json and labels.tsv (for `undertone tune`). The
voices are speech-shaped signals made of integers, as those of tests/signal.h: a line begins and ends on its sample.
"""
import array
import json
import math
import os
import sys
import wave

RATE = 16000
LOOP_S = 8
CUSTOMER, AGENT = "CUSTOMER", "AGENT"
# Hz, syllables per second in sixteenths, strength; no two parties in step, which would be one voice in both channels
VOICES = {
    (CUSTOMER, "plain"): (205, 80, 3000), (AGENT, "plain"): (118, 64, 3600),
    (AGENT, "hasty"): (124, 104, 3600), (AGENT, "brisk"): (120, 66, 3600), (AGENT, "faint"): (118, 64, 1200),
    (AGENT, "soft"): (118, 64, 2400),
    (CUSTOMER, "lively"): (220, 93, 4200), (CUSTOMER, "raised"): (265, 85, 8000), (CUSTOMER, "shouting"): (280, 99, 9500),
}


# tests/signal.h: ut_signal_voice
UPPER = (6009, -5881)
VOWELS = [(*lower, *UPPER) for lower in ((31120, 28180, 17380), (31335, 24833, 17295), (31206, 29214, 17800),
                                         (31451, 23637, 16265), (31383, 28717, 18298))]
A2 = (-15575, -15257, -14786, -14477, -13867)


def sine_q15(phase):
    """tests/signal.h: ut_signal_sin_q15"""
    z = ((phase << 1) & 0xFFFFFFFF) >> 16
    z = z if z < 32768 else 65535 - z
    z2 = (z * z) >> 15
    p = 2635 - ((z2 * 298) >> 15)
    p = 6433 - ((z2 * p) >> 15)
    s = min((z * p) >> 12, 32767)
    return -s if phase >> 31 else s


def voice_loop(hz, syllables_q4, strength, seed):
    """LOOP_S seconds of tests/signal.h's ut_signal_voice, with a slow melody."""
    y1, y2 = [0] * len(A2), [0] * len(A2)
    phase = 0
    random = seed
    syllable_step = (syllables_q4 << 28) // RATE
    said = [i * 8 * syllable_step for i in range(RATE * LOOP_S // 8)]  # syllables, Q32
    steps = [((hz * 16 + (sine_q15(i * 8 * 170003 & 0xFFFFFFFF) * 20 * 16 >> 15)) << 28) // RATE for i in range(len(said))]
    swings = [17000 - (sine_q15(s + 0x40000000 & 0xFFFFFFFF) * 15000 >> 15) for s in said]
    out = array.array("h")
    for i in range(RATE * LOOP_S):
        before = phase
        phase = (phase + steps[i >> 3]) & 0xFFFFFFFF
        random ^= random << 13 & 0xFFFFFFFF
        random ^= random >> 17
        random ^= random << 5 & 0xFFFFFFFF
        y = (strength if phase < before else 0) + ((random >> 16) - 32768) * (strength >> 8) // 32768
        y = y * swings[i >> 3] >> 15
        vowel = VOWELS[(said[i >> 3] >> 32) % len(VOWELS)]
        for k, a2 in enumerate(A2):
            y += (vowel[k] * y1[k] + a2 * y2[k]) >> 14
            y2[k], y1[k] = y1[k], y
            y >>= k < 3
        out.append(max(-32767, min(32767, y >> 1)))
    return out


_loops = {}


def voice(party, how, length):
    key = (party, how)
    if key not in _loops:
        _loops[key] = voice_loop(*VOICES[key], seed=3 if party == CUSTOMER else 5)
    loop = _loops[key]
    return (loop * (length // len(loop) + 1))[:length]


def hiss(length, seed=1):
    """A faint noise: digital silence does not exist on a line."""
    second = array.array("h")
    for _ in range(RATE):
        seed = (1103515245 * seed + 12345) & 0x7FFFFFFF
        second.append((seed >> 16) % 9 - 4)
    return (second * (length // RATE + 1))[:length]


def music(length):
    """Hold music: chords of three notes with overtones that change every half second, no gaps."""
    chords = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    bar = array.array("h", bytes(2 * RATE * 2))
    for i in range(len(bar)):
        notes = chords[i * 2 // RATE % 4]
        x = sum(math.sin(2 * math.pi * f * k * i / RATE) / k for f in notes for k in (1, 2, 3))
        bar[i] = int(1100 * x)
    return (bar * (length // len(bar) + 1))[:length]


class Call:
    """Lines placed on two channels. `events` holds what must be found: (kind, party, begin_ms, end_ms)."""

    def __init__(self, name, length_ms):
        self.name, self.length_ms = name, length_ms
        self.lines, self.events, self.cues, self.holds = [], [], [], []

    def say(self, party, begin_ms, end_ms, how="plain"):
        """A line; as events: its inter-pausal unit."""
        self.lines.append((party, begin_ms, end_ms, how))
        self.events.append(("ipu_ended", party, begin_ms, end_ms))
        return self

    def expect(self, kind, party, begin_ms, end_ms):
        self.events.append((kind, party, begin_ms, end_ms))
        return self

    def hold(self, begin_ms, end_ms):
        """Music on the customer's channel."""
        self.holds.append((begin_ms, end_ms))
        return self

    def join(self):
        """The last two lines are one unit: the pause between them is too short to count."""
        (kind, party, _, end_ms) = self.events.pop()
        self.events[-1] = (kind, party, self.events[-1][2], end_ms)
        return self

    def cue(self, name, begin_ms, open_ms, end_ms):
        """What a cue is about, from begin to end, and when the cue must open."""
        self.cues.append((name, begin_ms, open_ms, end_ms))
        return self

    def truth(self):
        """All events, with the silences of more than 3 s before, between and after the lines."""
        found, until = list(self.events), 0
        for begin, end in sorted((x[1], x[2]) for x in self.lines) + [(self.length_ms, self.length_ms)]:
            if begin - until > 3000:
                found.append(("non_talk_ended", "BOTH", until, begin))
            until = max(until, end)
        return sorted(found, key=lambda x: (x[0], x[1], x[2]))

    def pairs(self):
        samples = self.length_ms * RATE // 1000
        channel = {AGENT: hiss(samples, 1), CUSTOMER: hiss(samples, 2)}
        for party, begin_ms, end_ms, how in self.lines:
            at, length = begin_ms * 16, (end_ms - begin_ms) * 16
            channel[party][at:at + length] = voice(party, how, length)
        for begin_ms, end_ms in self.holds:
            at, length = begin_ms * 16, (end_ms - begin_ms) * 16
            channel[CUSTOMER][at:at + length] = music(length)
        out = array.array("h", bytes(4 * samples))
        out[0::2], out[1::2] = channel[AGENT], channel[CUSTOMER]
        return out

    def write(self, folder, times=1):
        """The call, `times` times over."""
        path = os.path.join(folder, self.name + ".wav")
        data = self.pairs().tobytes()
        with wave.open(path, "wb") as f:
            f.setnchannels(2)
            f.setsampwidth(2)
            f.setframerate(RATE)
            f.setnframes(times * len(data) // 4)
            for _ in range(times):
                f.writeframesraw(data)
        return path


def primitives():
    """A call per primitive and edge. 50 ms around a threshold: the speech decision is more exact than that."""
    calls = []

    def call(name, seconds):
        calls.append(Call(name, seconds * 1000))
        return calls[-1]

    call("turns", 16).say(CUSTOMER, 1000, 4000).say(AGENT, 4600, 7600).say(CUSTOMER, 8200, 9800).say(AGENT, 10300, 14000)
    call("pause_150", 9).say(CUSTOMER, 1000, 3000).say(CUSTOMER, 3150, 6400).join()
    call("pause_260", 9).say(CUSTOMER, 1000, 3000).say(CUSTOMER, 3260, 6400)
    (call("overlap_950", 12).say(CUSTOMER, 1000, 6000).say(AGENT, 5050, 9500)
     .expect("interruption", AGENT, 5050, 6000))
    (call("overlap_1050", 12).say(CUSTOMER, 1000, 6000).say(AGENT, 4950, 9500)
     .expect("overlap_ended", "BOTH", 4950, 6000).expect("interruption", AGENT, 4950, 6000))
    call("overlap_750", 12).say(CUSTOMER, 1000, 6000).say(AGENT, 5250, 9500)
    (call("backchannel_950", 12).say(CUSTOMER, 1000, 9500).say(AGENT, 4000, 4950)
     .expect("backchannel", AGENT, 4000, 4950))
    (call("backchannels", 12).say(CUSTOMER, 1000, 9500).say(AGENT, 4000, 4400).say(AGENT, 6000, 6300)
     .expect("backchannel", AGENT, 4000, 4400).expect("backchannel", AGENT, 6000, 6300))
    # interruptions that fail: the other goes on, stops too late, or had hardly begun
    call("talks_over", 14).say(CUSTOMER, 1000, 12000).say(AGENT, 4000, 6000).expect("overlap_ended", "BOTH", 4000, 6000)
    call("yields_late", 14).say(CUSTOMER, 1000, 8150).say(AGENT, 5000, 12000).expect("overlap_ended", "BOTH", 5000, 8150)
    call("too_early", 12).say(CUSTOMER, 1000, 3000).say(AGENT, 1900, 6500).expect("overlap_ended", "BOTH", 1900, 3000)
    (call("by_customer", 14).say(AGENT, 1000, 6000).say(CUSTOMER, 4800, 9000)
     .expect("overlap_ended", "BOTH", 4800, 6000).expect("interruption", CUSTOMER, 4800, 6000))
    call("silence_2950", 11).say(CUSTOMER, 1000, 4000).say(AGENT, 6950, 9000)
    call("silence_3050", 11).say(CUSTOMER, 1000, 4000).say(AGENT, 7050, 9000)
    call("both_silent", 20)
    call("one_sided", 20).say(CUSTOMER, 1000, 6000).say(CUSTOMER, 7000, 12000).say(CUSTOMER, 12500, 19000)
    call("mid_speech", 8).say(CUSTOMER, 0, 3000).say(AGENT, 3500, 8000)
    call("hold", 40).say(CUSTOMER, 1000, 4000).say(AGENT, 4500, 7000).hold(9000, 33000).say(AGENT, 34000, 37000)
    (call("cues", 110)
     .say(CUSTOMER, 1000, 4000).say(AGENT, 4500, 7000).cue("extended_silence", 7000, 13000, 16000)
     .say(CUSTOMER, 16000, 19000).say(AGENT, 19500, 30000).say(AGENT, 31000, 45000).say(AGENT, 45500, 53000)
     .cue("continuous_speaking", 19500, 49500, 54500)
     .say(CUSTOMER, 54000, 60000).say(AGENT, 59100, 62000).expect("interruption", AGENT, 59100, 60000)
     .say(CUSTOMER, 63000, 70000).say(AGENT, 69100, 72000).expect("interruption", AGENT, 69100, 70000)
     .cue("interrupting_customer", 59100, 70000, 100000)
     .say(CUSTOMER, 73000, 77700).say(AGENT, 74500, 75900).expect("overlap_ended", "BOTH", 74500, 75900)
     .say(AGENT, 78000, 83300).say(CUSTOMER, 80000, 81900).expect("overlap_ended", "BOTH", 80000, 81900)
     .say(CUSTOMER, 84000, 89300).say(AGENT, 86000, 87900).expect("overlap_ended", "BOTH", 86000, 87900)
     .cue("frequent_overlaps", 74500, 87000, 108000).say(AGENT, 90000, 92000).say(CUSTOMER, 93000, 96000).say(AGENT, 97000, 109000))
    return calls


def long_call():
    """A minute with one of each; written 120 times over it is a call of two hours."""
    return (Call("minute", 60000).say(CUSTOMER, 1000, 7000).say(AGENT, 3000, 3600)
            .expect("backchannel", AGENT, 3000, 3600)
            .say(AGENT, 7500, 15000).say(CUSTOMER, 13500, 19000).expect("overlap_ended", "BOTH", 13500, 15000)
            .expect("interruption", CUSTOMER, 13500, 15000)
            .say(AGENT, 24000, 30000).say(CUSTOMER, 31000, 40000).say(AGENT, 38800, 45000)
            .expect("overlap_ended", "BOTH", 38800, 40000).expect("interruption", AGENT, 38800, 40000)
            .say(CUSTOMER, 46000, 52000).say(AGENT, 53000, 59500))


# Cues that rest on averages of what is measured: when they are due is known to some seconds only.
AVERAGED = ("customer_raised_voice", "speaking_quickly", "mic_level_low")

# What can happen in a stretch: each takes a call, where to begin and a source of chance, and returns its length. Half of
# them only look like trouble, and nothing is due.
def calm(c, at, chance):
    end = at
    for _ in range(4):
        end += 500 + chance(300)
        for party in (CUSTOMER, AGENT):
            length = 3000 + chance(5000)
            c.say(party, end, end + length)
            end += length + 400 + chance(500)
    return end - at


def silence(c, at, chance, low=6300, high=12000):
    pause = low + chance(high - low)
    c.say(CUSTOMER, at, at + 5000).say(AGENT, at + 5600, at + 9000)
    if pause > 6000:
        c.cue("extended_silence", at + 9000, at + 15000, at + 9000 + pause)
    at_end = at + 9000 + pause
    c.say(AGENT, at_end, at_end + 4000).say(CUSTOMER, at_end + 4700, at_end + 12000)
    return at_end + 12000 - at


def short_silence(c, at, chance):
    return silence(c, at, chance, 3500, 5900)


def monologue(c, at, chance, low=31000, high=50000):
    length = low + chance(high - low)
    begin, end = at + 5600, at + 5600 + length
    c.say(CUSTOMER, at, at + 5000)
    if length > 30000:
        c.cue("continuous_speaking", begin, begin + 30000, end + 1500)
    while begin < end:
        breath = min(begin + 4000 + chance(9000), end)
        breath = end if end - breath < 2500 else breath
        c.say(AGENT, begin, breath)
        begin = breath if breath == end else breath + 300 + chance(900)
    c.say(CUSTOMER, end + 1700, end + 7000)
    return end + 7000 - at


def short_monologue(c, at, chance):
    return monologue(c, at, chance, 18000, 29000)


def interruptions(c, at, chance, times=2):
    for k in range(times):
        begin, stop = at + 12000 * k, at + 12000 * k + 6000
        c.say(CUSTOMER, begin, stop).say(AGENT, stop - 900, begin + 11000)
        c.expect("interruption", AGENT, stop - 900, stop)
    if times > 1:
        c.cue("interrupting_customer", at + 5100, at + 18000, at + 48000)
    c.say(CUSTOMER, at + 12000 * times - 300, at + 12000 * times + 5000)
    return 12000 * times + 5000


def one_interruption(c, at, chance):
    return interruptions(c, at, chance, 1)


def overlaps(c, at, chance, times=3):
    for k in range(times):
        begin = at + 9000 * k
        c.say(CUSTOMER, begin, begin + 8000).say(AGENT, begin + 4000, begin + 5500)
        c.expect("overlap_ended", "BOTH", begin + 4000, begin + 5500)
    if times > 2:
        c.cue("frequent_overlaps", at + 4000, at + 23000, at + 9000 * times + 15000)
    c.say(AGENT, at + 9000 * times - 300, at + 9000 * times + 4000)
    return 9000 * times + 4000


def two_overlaps(c, at, chance):
    return overlaps(c, at, chance, 2)


def raised(c, at, chance, how=None):
    """When it opens depends on averages: after 2 s of speech, a little more with a voice of moderate loudness."""
    how = how or ("raised" if chance(2) else "shouting")
    c.say(CUSTOMER, at, at + 8000, how)
    if how != "lively":
        c.cue("customer_raised_voice", at, at + 2500, at + 9000)
    c.say(AGENT, at + 8700, at + 14000).say(CUSTOMER, at + 14700, at + 20000)
    return 20000


def lively(c, at, chance):
    return raised(c, at, chance, "lively")


def late_answer(c, at, chance, low=3300, high=5500):
    for k in range(2):
        begin = at + 40000 * k
        gap = low + chance(high - low)
        c.say(CUSTOMER, begin, begin + 7000).say(AGENT, begin + 7000 + gap, begin + 16000)
        if gap > 3000:
            c.cue("slow_to_respond", begin + 7000, begin + 10000, begin + 7000 + gap)
        c.say(CUSTOMER, begin + 16700, begin + 25000).say(AGENT, begin + 25700, begin + 39000)
    return 79000


def prompt_answer(c, at, chance):
    return late_answer(c, at, chance, 1200, 2800)


def hurry(c, at, chance, how="hasty"):
    """The pace is an average over 10 s of speech, held for 5 s: due somewhere in the second half."""
    c.say(CUSTOMER, at, at + 4000).say(AGENT, at + 4600, at + 24600, how).say(CUSTOMER, at + 25300, at + 31000)
    if how == "hasty":
        c.cue("speaking_quickly", at + 4600, at + 14600, at + 24600)
    c.say(AGENT, at + 31700, at + 50000)
    return 50000


def brisk(c, at, chance):
    return hurry(c, at, chance, "brisk")


def faint(c, at, chance, how="faint"):
    """The microphone slips: 9.5 dB less for 25 s of speech."""
    for k in range(2):
        begin = at + 18000 * k
        c.say(AGENT, begin, begin + 12500, how).say(CUSTOMER, begin + 13200, begin + 17400)
    if how == "faint":
        c.cue("mic_level_low", at, at + 11000, at + 31000)
    c.say(AGENT, at + 36000, at + 50000)
    return 50000


def softer(c, at, chance):
    return faint(c, at, chance, "soft")


def archive(calls=12):
    """Calls of some ten minutes for tuning and for the table in DESIGN.md: a third of them calm, a third with little and
    a third with much trouble. No stretch is near enough to its like for a refractory time to matter."""
    trouble = (silence, monologue, interruptions, overlaps, raised, late_answer, hurry, faint)
    harmless = (short_silence, short_monologue, one_interruption, two_overlaps, lively, prompt_answer, brisk, softer)
    state = 7

    def chance(n):
        nonlocal state
        state = (1103515245 * state + 12345) & 0x7FFFFFFF
        return (state >> 16) % n

    out = []
    for i in range(calls):
        mood = ("calm", "mixed", "bad")[i % 3]
        c = Call(f"{mood}_{i:02d}", 0)
        at = 1000
        for stretch in range(8):
            at += calm(c, at, chance) + 600
            bad = mood == "bad" or (mood == "mixed" and stretch % 3 == 1)
            at += (trouble if bad else harmless)[(i + stretch) % 8](c, at, chance) + 600
        c.length_ms = at + 1000
        out.append(c)
    return out


def write_labels(calls, path):
    """labels.tsv: what each cue is about; calls in which there is nothing are in it as none."""
    with open(path, "w", encoding="ascii") as f:
        f.write("path\tbegin_ms\tend_ms\tlabel\n")
        for c in calls:
            for name, begin_ms, _, end_ms in c.cues:
                f.write(f"{c.name}.wav\t{begin_ms}\t{min(end_ms, c.length_ms)}\t{name}\n")
            if not c.cues:
                f.write(f"{c.name}.wav\t0\t0\tnone\n")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: calls.py FOLDER")
    os.makedirs(sys.argv[1], exist_ok=True)
    calls = primitives() + archive()
    for c in calls:
        c.write(sys.argv[1])
    write_labels(archive(), os.path.join(sys.argv[1], "labels.tsv"))
    with open(os.path.join(sys.argv[1], "truth.json"), "w", encoding="ascii") as f:
        json.dump({c.name: {"length_ms": c.length_ms, "events": c.truth(), "cues": c.cues} for c in calls}, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
