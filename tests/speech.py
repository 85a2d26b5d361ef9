#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Twelve seconds of two people talking, for the exactness trace and the bench: speech.py OUTPUT.raw

Raw int16 {customer, agent} pairs at 16 kHz from espeak-ng: each alone, both at once, a pause, and a customer so loud
that samples clip.
"""
import array
import audioop
import subprocess
import sys

RATE = 16000
SECONDS = 12
# channel, start in seconds, voice, pitch, words per minute, gain, text
LINES = [
    (1, 0.2, "en-us", 40, 165, 0.7, "Good morning, you are through to support, how can I help you today?"),
    (0, 3.4, "en-gb+f3", 55, 170, 0.8, "Hello. My internet has been down since Monday and nobody called me back."),
    (1, 6.0, "en-us", 42, 190, 0.7, "I see, can you please tell me your account number first?"),
    (0, 8.4, "en-gb+f3", 85, 210, 6.0, "No! I have given you that number three times already! This is ridiculous!"),
]


def spoken(voice, pitch, speed, gain, text):
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "--stdout", text]
    wav = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    rate = int.from_bytes(wav[24:28], "little")
    samples, _ = audioop.ratecv(wav[44:len(wav) & ~1], 2, 1, rate, RATE, None)
    return array.array("h", audioop.mul(samples, 2, gain))


def main():
    pairs = array.array("h", bytes(4 * RATE * SECONDS))
    for channel, start, voice, pitch, speed, gain, text in LINES:
        at = int(start * RATE)
        for i, sample in enumerate(spoken(voice, pitch, speed, gain, text)[:RATE * SECONDS - at]):
            pairs[2 * (at + i) + channel] = sample
    with open(sys.argv[1], "wb") as f:
        f.write(pairs.tobytes())


if __name__ == "__main__":
    main()
