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
# Hz, syllables per second in sixteenths, strength
VOICES = {
    (CUSTOMER, "plain"): (205, 64, 3000), (AGENT, "plain"): (118, 64, 3600),
    (CUSTOMER, "raised"): (268, 64, 8000),
}


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
    a1, a2 = (31120, 28180, 17380), (-15575, -15257, -14786)
    y1, y2 = [0, 0, 0], [0, 0, 0]
    phase = syllable = 0
    random = seed
    syllable_step = (syllables_q4 << 28) // RATE
    steps = [((hz * 16 + (sine_q15(i * 8 * 170003 & 0xFFFFFFFF) * 20 * 16 >> 15)) << 28) // RATE
             for i in range(RATE * LOOP_S // 8)]
    swings = [17000 - (sine_q15((syllable + i * 8 * syllable_step + 0x40000000) & 0xFFFFFFFF) * 15000 >> 15)
              for i in range(RATE * LOOP_S // 8)]
    out = array.array("h")
    for i in range(RATE * LOOP_S):
        before = phase
        phase = (phase + steps[i >> 3]) & 0xFFFFFFFF
        random ^= random << 13 & 0xFFFFFFFF
        random ^= random >> 17
        random ^= random << 5 & 0xFFFFFFFF
        y = (strength if phase < before else 0) + ((random >> 16) - 32768) * (strength >> 8) // 32768
        y = y * swings[i >> 3] >> 15
        for k in range(3):
            y += (a1[k] * y1[k] + a2[k] * y2[k]) >> 14
            y2[k], y1[k] = y1[k], y
            y >>= 1
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

    def cue(self, name, open_ms):
        """A cue that must open at open_ms."""
        self.cues.append((name, open_ms))
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
    call("pause_150", 9).say(CUSTOMER, 1000, 3000).say(CUSTOMER, 3150, 6000).join()
    call("pause_260", 9).say(CUSTOMER, 1000, 3000).say(CUSTOMER, 3260, 6000)
    (call("overlap_950", 12).say(CUSTOMER, 1000, 6000).say(AGENT, 5050, 9000)
     .expect("interruption", AGENT, 5050, 6000))
    (call("overlap_1050", 12).say(CUSTOMER, 1000, 6000).say(AGENT, 4950, 9000)
     .expect("overlap_ended", "BOTH", 4950, 6000).expect("interruption", AGENT, 4950, 6000))
    call("overlap_750", 12).say(CUSTOMER, 1000, 6000).say(AGENT, 5250, 9000)
    (call("backchannel_950", 12).say(CUSTOMER, 1000, 9000).say(AGENT, 4000, 4950)
     .expect("backchannel", AGENT, 4000, 4950))
    (call("backchannels", 12).say(CUSTOMER, 1000, 9000).say(AGENT, 4000, 4400).say(AGENT, 6000, 6300)
     .expect("backchannel", AGENT, 4000, 4400).expect("backchannel", AGENT, 6000, 6300))
    # interruptions that fail: the other goes on, stops too late, or had hardly begun
    call("talks_over", 14).say(CUSTOMER, 1000, 12000).say(AGENT, 4000, 6000).expect("overlap_ended", "BOTH", 4000, 6000)
    call("yields_late", 14).say(CUSTOMER, 1000, 8150).say(AGENT, 5000, 12000).expect("overlap_ended", "BOTH", 5000, 8150)
    call("too_early", 12).say(CUSTOMER, 1000, 3000).say(AGENT, 1900, 6000).expect("overlap_ended", "BOTH", 1900, 3000)
    (call("by_customer", 14).say(AGENT, 1000, 6000).say(CUSTOMER, 4800, 9000)
     .expect("overlap_ended", "BOTH", 4800, 6000).expect("interruption", CUSTOMER, 4800, 6000))
    call("silence_2950", 11).say(CUSTOMER, 1000, 4000).say(AGENT, 6950, 9000)
    call("silence_3050", 11).say(CUSTOMER, 1000, 4000).say(AGENT, 7050, 9000)
    call("both_silent", 20)
    call("one_sided", 20).say(CUSTOMER, 1000, 6000).say(CUSTOMER, 7000, 12000).say(CUSTOMER, 12500, 19000)
    call("mid_speech", 8).say(CUSTOMER, 0, 3000).say(AGENT, 3500, 8000)
    call("hold", 40).say(CUSTOMER, 1000, 4000).say(AGENT, 4500, 7000).hold(9000, 33000).say(AGENT, 34000, 37000)
    (call("cues", 110)
     .say(CUSTOMER, 1000, 4000).say(AGENT, 4500, 7000).cue("extended_silence", 13000)
     .say(CUSTOMER, 16000, 19000).say(AGENT, 19500, 30000).say(AGENT, 31000, 45000).say(AGENT, 45500, 53000)
     .cue("continuous_speaking", 49500)
     .say(CUSTOMER, 54000, 60000).say(AGENT, 59100, 62000).expect("interruption", AGENT, 59100, 60000)
     .say(CUSTOMER, 63000, 70000).say(AGENT, 69100, 72000).expect("interruption", AGENT, 69100, 70000)
     .cue("interrupting_customer", 70000)
     .say(CUSTOMER, 73000, 77700).say(AGENT, 74500, 75900).expect("overlap_ended", "BOTH", 74500, 75900)
     .say(AGENT, 78000, 83300).say(CUSTOMER, 80000, 81900).expect("overlap_ended", "BOTH", 80000, 81900)
     .say(CUSTOMER, 84000, 89300).say(AGENT, 86000, 87900).expect("overlap_ended", "BOTH", 86000, 87900)
     .cue("frequent_overlaps", 87000).say(AGENT, 90000, 92000).say(CUSTOMER, 93000, 96000).say(AGENT, 97000, 109000))
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


# What can happen in a stretch of 80 s; (name, its lines, the cues that follow and when they are due)
def calm(c, at):
    for i in range(5):
        c.say(CUSTOMER, at + 14000 * i, at + 14000 * i + 6000).say(AGENT, at + 14000 * i + 6600, at + 14000 * i + 13200)
    return 70000


def silence(c, at):
    c.say(CUSTOMER, at, at + 5000).say(AGENT, at + 5600, at + 9000).cue("extended_silence", at + 15000)
    c.say(AGENT, at + 18000, at + 22000).say(CUSTOMER, at + 22700, at + 30000)
    return 30000


def monologue(c, at):
    c.say(CUSTOMER, at, at + 5000).say(AGENT, at + 5600, at + 18000).say(AGENT, at + 18900, at + 31000)
    c.cue("continuous_speaking", at + 35600).say(AGENT, at + 31700, at + 42000).say(CUSTOMER, at + 43000, at + 49000)
    return 49000


def interruptions(c, at):
    for k in range(2):
        c.say(CUSTOMER, at + 12000 * k, at + 12000 * k + 6000).say(AGENT, at + 12000 * k + 5100, at + 12000 * k + 11000)
        c.expect("interruption", AGENT, at + 12000 * k + 5100, at + 12000 * k + 6000)
    c.cue("interrupting_customer", at + 18000).say(CUSTOMER, at + 23700, at + 30000)
    return 30000


def overlaps(c, at):
    for k in range(3):
        begin = at + 9000 * k
        c.say(CUSTOMER, begin, begin + 8000).say(AGENT, begin + 4000, begin + 5500)
        c.expect("overlap_ended", "BOTH", begin + 4000, begin + 5500)
    c.cue("frequent_overlaps", at + 23000).say(AGENT, at + 26700, at + 31000)
    return 31000


def raised(c, at):
    """How soon depends on the averages, not on the millisecond: 2 s of speech after the first second."""
    c.say(CUSTOMER, at, at + 8000, "raised").cue("customer_raised_voice", at + 2500)
    c.say(AGENT, at + 8700, at + 14000).say(CUSTOMER, at + 14700, at + 20000)
    return 20000


def archive(calls=12):
    """Calls of some ten minutes for tuning and for the table in DESIGN.md: a third of them calm, the others with more or
    less trouble. Stretches lie so far apart that no cue's refractory time matters."""
    kinds = (silence, monologue, interruptions, overlaps, raised)
    state = 7

    def random(n):
        nonlocal state
        state = (1103515245 * state + 12345) & 0x7FFFFFFF
        return (state >> 16) % n

    out = []
    for i in range(calls):
        c = Call(f"{'calm' if i % 3 == 0 else 'mixed' if i % 3 == 1 else 'bad'}_{i:02d}", 0)
        at = 1000
        for stretch in range(6):
            at += calm(c, at) + 1000 + random(900)
            if i % 3 == 2 or (i % 3 == 1 and stretch % 2 == 1):
                at += kinds[(random(5) + stretch) % 5](c, at) + 1000 + random(900)
        c.length_ms = at + 1000
        out.append(c)
    return out


def write_labels(calls, path, late_ms=8000):
    """labels.tsv: a cue is due from its time on; calls without one are in it as none."""
    with open(path, "w", encoding="ascii") as f:
        f.write("path\tbegin_ms\tend_ms\tlabel\n")
        for c in calls:
            for name, open_ms in c.cues:
                f.write(f"{c.name}.wav\t{open_ms}\t{min(open_ms + late_ms, c.length_ms)}\t{name}\n")
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
