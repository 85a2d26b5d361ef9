# SPDX-License-Identifier: Apache-2.0
"""What a telephone hears that is no voice, made here: hold music, tones, comfort noise, noises of a room.

Each maker gives samples for (n, rng); `tones` and `noises` list them by name. Hold music is a MIDI file of this module's
own composing, for the synthesiser of tests/eval/music.py.
"""
import os
import tempfile

import numpy as np

import music
import speech

RATE = 16000
# Cadences of ITU-T E.180 supplement 2: country: (ringing tone, busy tone), each (frequencies, on and off times in s,
# frequency that modulates it).
COUNTRIES = {"US": (((440, 480), (2, 4), 0), ((480, 620), (0.5, 0.5), 0)),
             "UK": (((400, 450), (0.4, 0.2, 0.4, 2), 0), ((400,), (0.375, 0.375), 0)),
             "Germany": (((425,), (1, 4), 0), ((425,), (0.48, 0.48), 0)),
             "France": (((440,), (1.5, 3.5), 0), ((440,), (0.5, 0.5), 0)),
             "Japan": (((400,), (1, 2), 16), ((400,), (0.5, 0.5), 0)),
             "Australia": (((413, 438), (0.4, 0.2, 0.4, 2), 0), ((425,), (0.375, 0.375), 0)),
             "Italy": (((425,), (1, 4), 0), ((425,), (0.2, 0.2), 0)),
             "Spain": (((425,), (1.5, 3), 0), ((425,), (0.2, 0.2), 0)),
             "China": (((450,), (1, 4), 0), ((450,), (0.35, 0.35), 0)),
             "India": (((400,), (0.4, 0.2, 0.4, 2), 25), ((400,), (0.75, 0.75), 0))}
# General MIDI programs, counted from 0; chords, melody, bass; drums or not; beats per minute.
STYLES = {"piano": ((0, 0, 0), False, 90), "strings": ((48, 40, 42), False, 70), "guitar": ((24, 25, 32), False, 100),
          "drums": (None, True, 110), "pop": ((81, 80, 38), True, 120), "choir": ((52, 53, 52), False, 65)}


def cadence(frequencies, times, modulation):
    def make(n, _):
        t = np.arange(n) / RATE
        x = sum(np.sin(2 * np.pi * f * t) for f in frequencies)
        if modulation:
            x = x * (1 + 0.9 * np.sin(2 * np.pi * modulation * t)) / 2
        at, sounding = t % sum(times), np.zeros(n, bool)
        begin = 0
        for i, length in enumerate(times):
            if i % 2 == 0:
                sounding |= (at >= begin) & (at < begin + length)
            begin += length
        return x * sounding
    return make


def dtmf(n, rng):
    x, at = np.zeros(n), RATE // 2
    while at < n - RATE:
        for _ in range(rng.integers(3, 12)):
            length = int(RATE * rng.uniform(0.06, 0.25))
            t = np.arange(length) / RATE
            row, column = rng.choice((697, 770, 852, 941)), rng.choice((1209, 1336, 1477, 1633))
            end = min(n, at + length)
            x[at:end] = (np.sin(2 * np.pi * row * t) + 1.2 * np.sin(2 * np.pi * column * t))[: end - at]
            at = min(n - 1, at + length + int(RATE * rng.uniform(0.05, 0.4)))
        at += int(RATE * rng.uniform(0.3, 4))
    return x


def keyed(bits, baud, low, high):
    f = np.repeat(np.where(bits, low, high), RATE // baud + 1)
    return np.sin(2 * np.pi * np.cumsum(f) / RATE)


def fax(n, rng):
    """Calling tones, the answer's, the exchange of T.30 at 300 baud, then a page at 2400 baud."""
    call = np.tile(np.concatenate([np.sin(2 * np.pi * 1100 * np.arange(RATE // 2) / RATE), np.zeros(3 * RATE)]), 3)
    answer = np.sin(2 * np.pi * 2100 * np.arange(int(3.3 * RATE)) / RATE)
    parts = [call, answer]
    while sum(map(len, parts)) < n:
        flags = np.tile(np.array([0, 1, 1, 1, 1, 1, 1, 0], bool), 37)
        page = rng.integers(0, 4, 2400 * 8)
        amplitude, phase = np.repeat(rng.choice((1, 1.4), len(page)), 7), np.repeat(page * np.pi / 2, 7)
        t = np.arange(len(phase)) / RATE
        parts += [keyed(flags, 300, 1650, 1850), keyed(rng.random(300) < 0.5, 300, 1650, 1850), np.zeros(RATE // 10),
                  amplitude * np.sin(2 * np.pi * 1700 * t + phase), np.zeros(RATE // 5)]
    return np.concatenate(parts)[:n]


def coloured(n, rng, slope):
    spectrum = np.fft.rfft(rng.standard_normal(n))
    return np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), n // 160) ** slope, n)


def comfort(n, rng):
    """As a decoder makes it: a spectrum that is drawn anew now and then."""
    x, at = np.zeros(n), 0
    while at < n:
        length = min(n - at, int(RATE * rng.uniform(0.2, 1.5)))
        x[at : at + length] = coloured(length, rng, rng.uniform(0.1, 0.5)) * 10 ** (rng.uniform(-2, 2) / 20)
        at += length
    return x / np.std(x)


def gated(n, rng, on, off):
    """Comfort noise that comes and goes with the far end's gate."""
    x, at, sounding = comfort(n, rng), 0, False
    while at < n:
        length = int(RATE * rng.uniform(*(on if sounding else off)))
        if not sounding:
            x[at : at + length] = 0
        at, sounding = at + length, not sounding
    return x


def breaths(n, rng):
    """In and out through an open mouth, close to the microphone, every two to five seconds."""
    x, at = rng.standard_normal(n) * 1e-3, 0
    while at < n:
        for again in range(2):
            length = int(RATE * rng.uniform(0.4, 1.3))
            air = coloured(length, rng, 0.2)
            spectrum, f = np.fft.rfft(air), np.fft.rfftfreq(length, 1 / RATE)
            colour = sum(rng.uniform(0.3, 1) / (1 + ((f - rng.uniform(*at_hz)) / rng.uniform(150, 500)) ** 2)
                         for at_hz in ((500, 900), (1200, 2000), (2500, 3500)))
            air = np.fft.irfft(spectrum * colour, length) * np.sin(np.pi * np.linspace(0, 1, length) ** rng.uniform(0.6, 1.5))
            air = air / np.max(np.abs(air)) * (1 if again else 0.6)
            x[at : at + length] += air[: max(0, n - at)]
            at += length + int(RATE * 0.15)
        at += int(RATE * rng.uniform(1, 3))
    return x


def fan(n, rng):
    t = np.arange(n) / RATE
    return coloured(n, rng, 0.6) / 30 + sum(np.sin(2 * np.pi * 120 * h * t + h) / h for h in (1, 2, 3, 4)) * (1 + 0.2 * np.sin(t))


def composed(style, rng, seconds):
    """[(beat, length in beats, channel, note, loudness)] with what each channel plays, and the tempo."""
    programs, drums, tempo = STYLES[style]
    tempo = tempo * rng.uniform(0.85, 1.15)
    notes, root = [], int(rng.integers(48, 60))
    minor = rng.random() < 0.4
    scale = (0, 2, 3, 5, 7, 8, 10) if minor else (0, 2, 4, 5, 7, 9, 11)
    degree = lambda k: root + 12 * (k // 7) + scale[k % 7]
    progression = [0, *rng.choice((3, 4, 5, 1, 2), 3)]
    melody = 7
    for bar in range(int(seconds * tempo / 240) + 2):
        chord = int(progression[bar % 4])
        for beat in range(4):
            at = 4 * bar + beat
            if programs:
                if style in ("piano", "guitar"):  # broken chords
                    notes += [(at + k / 3, 1.2, 0, degree(chord + (0, 2, 4)[k]), 60) for k in range(3)]
                elif beat == 0:
                    notes += [(at, 3.9, 0, degree(chord + k), 65) for k in (0, 2, 4)]
                if beat % 2 == 0:
                    notes.append((at, 1.8, 2, degree(chord) - 12, 70))
                if rng.random() < 0.8:
                    melody = int(np.clip(melody + rng.integers(-2, 3), 5, 13))
                    notes.append((at + rng.choice((0, 0, 0.5)), rng.choice((0.5, 0.9, 1.6)), 1, degree(melody), int(rng.integers(70, 100))))
            if drums:
                notes += [(at, 0.2, 9, 36 if beat % 2 == 0 else 38, 100), (at, 0.2, 9, 42, 70), (at + 0.5, 0.2, 9, 42, 60)]
                if style == "drums":
                    notes += [(at + k / 4, 0.1, 9, int(rng.choice((41, 45, 48, 49, 37, 54))), int(rng.integers(50, 110)))
                              for k in range(4) if rng.random() < 0.4]
    return notes, programs or (), tempo


def midi(style, rng, seconds, path):
    """Writes a MIDI file of one track, 480 ticks a beat."""
    notes, programs, tempo = composed(style, rng, seconds)
    events = [(0, bytes((0xC0 | channel, program))) for channel, program in enumerate(programs)]
    for at, length, channel, note, loud in notes:
        events += [(int(at * 480), bytes((0x90 | channel, note, loud))), (int((at + length) * 480), bytes((0x80 | channel, note, 0)))]
    track = b"\0\xff\x51\x03" + int(60e6 / tempo).to_bytes(3, "big")
    before = 0
    for at, event in sorted(events, key=lambda e: e[0]):
        delta, before = at - before, at
        coded = bytes((delta & 127,))
        while delta := delta >> 7:
            coded = bytes((128 | delta & 127,)) + coded
        track += coded + event
    track += b"\0\xff\x2f\0"
    with open(path, "wb") as f:
        f.write(b"MThd\0\0\0\6\0\0\0\1\x01\xe0MTrk" + len(track).to_bytes(4, "big") + track)


def played(folder, style, which, n, rng):
    """Hold music of one style, or None where the synthesiser or its instruments are missing."""
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "hold.mid")
        midi(style, rng, n / RATE + 2, path)
        x = music.synthesised(folder, path, which, n / RATE)
    return None if x is None else np.resize(x, n) if len(x) < n else x[:n]


def vowels(n, rng):
    """A choir without words: eight voices on chords, each a pulse train through the resonances of a vowel."""
    x, at = np.zeros(n), 0
    formants = ((730, 1090, 2440), (570, 840, 2410), (300, 870, 2240))
    while at < n:
        length = min(n - at, int(RATE * rng.uniform(1.5, 4)))
        t = np.arange(length) / RATE
        root, vowel = rng.choice((131, 147, 165, 175, 196)), formants[rng.integers(3)]
        for k in (0, 0, 4, 4, 7, 7, 12, 12):
            f = root * 2 ** (k / 12) * rng.uniform(0.995, 1.005)
            phase = 2 * np.pi * f * t + rng.uniform(0.1, 0.5) * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * t + rng.uniform(0, 6))
            for h in range(1, int(5000 / f)):
                gain = sum(1 / (1 + ((h * f - c) / 90) ** 2) for c in vowel) + 0.02
                x[at : at + length] += gain / h * np.sin(h * phase + h) * np.minimum(1, np.minimum(t, t[::-1]) / 0.2)
        at += length
    return x


def tones():
    for country, (ringing, busy) in COUNTRIES.items():
        yield f"ringing, {country}", cadence(*ringing)
        yield f"busy, {country}", cadence(*busy)
    yield "DTMF", dtmf
    yield "fax", fax


def noises():
    yield "comfort noise", comfort
    yield "comfort noise, gated", lambda n, rng: gated(n, rng, (0.3, 2), (0.2, 2))
    yield "gate bursts", lambda n, rng: gated(n, rng, (0.05, 0.4), (0.1, 1))
    yield "keyboard", speech.keys
    yield "breath", breaths
    yield "hum 50 Hz", speech.hum
    yield "fan", fan
    yield "choir of vowels", vowels
    yield "hold music of eval-speech", speech.music
