# SPDX-License-Identifier: Apache-2.0
"""What the tests of the subcommands share: running the program, making audio files, counting checks."""
import array
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import wave
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boards"))
from link import BUILD, IMAGE, SPEECH  # noqa: E402, F401

UNDERTONE = os.path.join(BUILD, "host", "undertone")
ENV = {k: v for k, v in os.environ.items() if not k.startswith(("UNDERTONE_", "XDG_CONFIG", "NO_COLOR"))}
FOLDER = tempfile.TemporaryDirectory()
ENV["XDG_CONFIG_HOME"] = os.path.join(FOLDER.name, "no-settings")
RATE = 16000


HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.normpath(os.path.join(HERE, "..", "..", "host-tools", "call", "call.schema.json"))


def schema_faults(document, schema=None):
    """What the document does against a schema (the project's own); None when there is nothing to judge it with."""
    try:
        import jsonschema
    except ImportError:
        return None
    if schema is None:
        with open(SCHEMA, encoding="utf-8") as f:
            schema = json.load(f)
    return [x.message[:200] for x in jsonschema.Draft202012Validator(schema).iter_errors(document)]


def path(name):
    return os.path.join(FOLDER.name, name)


def tool(*words, env=None, stdout=subprocess.PIPE):
    """(exit code, standard output, standard error)"""
    done = subprocess.run([UNDERTONE, *words], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                          timeout=120, check=False, env={**ENV, **(env or {})})
    if done.returncode == 0 and "--summary" in words and os.path.isfile(words[words.index("--summary") + 1]):
        with open(words[words.index("--summary") + 1], encoding="utf-8") as f:
            faults = schema_faults(json.load(f))
        assert not faults, faults
    return done.returncode, (done.stdout or b"").decode(), done.stderr.decode()


def stepped_clock():
    """The library of stepped_clock.c."""
    clock = path("clock.so")
    if not os.path.exists(clock):
        subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", clock, os.path.join(HERE, "stepped_clock.c"), "-ldl"], check=True)
    return clock


def faster(times):
    """The environment of programs whose clocks run so many times as fast from now on."""
    return {**ENV, "LD_PRELOAD": stepped_clock(), "CLOCK_FASTER": f"{times} {time.monotonic_ns()} {time.time_ns()}"}


def events(text):
    return [json.loads(x) for x in text.splitlines()]


def speech():
    """Twelve seconds of two parties: (customer, agent) as arrays of int16."""
    pairs = array.array("h")
    with open(SPEECH, "rb") as f:
        pairs.frombytes(f.read())
    return pairs[0::2], pairs[1::2]


def wav(name, channels, rate=RATE):
    """Writes a 16-bit WAV of the channels given; returns its path."""
    samples = array.array("h", bytes(2 * len(channels) * len(channels[0])))
    for i, channel in enumerate(channels):
        samples[i::len(channels)] = channel
    with wave.open(path(name), "wb") as f:
        f.setnchannels(len(channels))
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes(samples.tobytes())
    return path(name)


def float_wav(name, samples, rate=RATE):
    data = struct.pack(f"<{len(samples)}f", *samples)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1, rate, 4 * rate, 4, 32,
                       b"data", len(data))
    return write(name, head + data)


def write(name, data):
    with open(path(name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path(name)


def model(name, edits=(), sealed=True):
    """The built-in model as a file with bytes changed, [(place, value)], and right checksums; returns its path."""
    if tool("eval", "--export-model", path(name))[0] != 0:
        raise SystemExit("the built-in model cannot be written")
    with open(path(name), "rb") as f:
        data = bytearray(f.read())
    for place, value in edits:
        data[place] = value
    if sealed:
        data[12:16] = struct.pack("<I", zlib.crc32(data[32:-4]))
        data[-4:] = struct.pack("<I", zlib.crc32(data[:-4]))
    return write(name, bytes(data))


class Checks:
    """Counts what holds; the last line is the runner's."""

    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, what, holds, seen=""):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}{': ' if seen != '' else ''}{seen!r}"[:600])
        return holds

    def refused(self, what, result, code, *says):
        """One line on standard error that names the cause, nothing on standard output, the right exit code."""
        got, out, err = result
        lines = err.splitlines()
        fine = got == code and out == "" and len(lines) == 1 and lines[0].startswith("undertone: ")
        return self(what, fine and all(x in err for x in says), (got, out[:100], err))

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(self.failed != 0)
