#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The test image on the emulated headset, by its own lines: beside a firmware that is kept, once, and never in the field."""
import contextlib
import os
import select
import signal
import socket
import tempfile
import threading
import time

from controller import Controller
from link import BUILD, HELLO, kind, records, run
from powered import Powered
from slots import FACTORY_AT, RELEASE, SLOT_AT, SLOT_BYTES, factory, flash, images, read, slot, trailer, write
from tone import tone

FOLDER = tempfile.TemporaryDirectory()
TEST = images(read(os.path.join(BUILD, "mps2", "selftest.update")))[0]
A = slot(images(read(RELEASE))[0], trailer(1, kept=True))
TONE = os.path.join(FOLDER.name, "tone.raw")
LIMIT_S = 60


class Line:
    """The station's end of a headset's link."""

    def __init__(self, headset):
        self.fd, self.held = os.open(headset.port, os.O_RDWR | os.O_NOCTTY), b""

    def until(self, word):
        """The next line that begins with the word."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            while b"\n" in self.held:
                line, _, self.held = self.held.partition(b"\n")
                if line.startswith(word.encode()):
                    return line.decode()
            if select.select([self.fd], [], [], 0.2)[0]:
                self.held += os.read(self.fd, 4096)
        raise AssertionError(f"no {word}: {self.held[-200:]}")

    def hello(self):
        end, held = time.monotonic() + LIMIT_S, b""
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                held += os.read(self.fd, 4096)
            if any(kind(r) == HELLO for r in records(held)[0]):
                return
        raise AssertionError("no hello")

    def ask(self, text):
        os.write(self.fd, text.encode() + b"\n")
        return self.until(text.split()[0])


def unit(page, words=(), a=A, controller=None):
    path = os.path.join(FOLDER.name, "flash")
    write(path, flash(a, slot(TEST, trailer(2)), page=page))
    return Powered(path, audio=TONE, words=words, controller=controller)


def test_a_unit_from_first_to_last():
    tone(TONE, -24, -31)
    with unit(factory("UT-1"), ["--button=pair"]) as headset:
        line = Line(headset)
        assert line.until("undertone-test") == "undertone-test 1 mps2 UT-1 0"
        level = line.ask("level").split()
        assert level[0] == "level" and abs(int(level[1]) + 240) <= 1 and abs(int(level[2]) + 310) <= 1, level
        for test in ("random", "flash", "crystal", "button"):
            assert line.ask(test) == f"{test} 1"
        assert line.ask("radio") == "radio 0"  # no controller there
        os.write(line.fd, b"what\n")
        line.until("unknown")
        assert line.ask("lock") == "lock 0"  # not before it is sealed
        assert line.ask("watchdog") == "watchdog 0"
        assert line.until("undertone-test") == "undertone-test 1 mps2 UT-1 1"
        for bad in ("7 0 1", "0 -7 1", "0 0 65536", "0 0", "a 0 1"):
            assert line.ask("seal " + bad) == "seal 0"
        assert line.ask("seal -2 3 85") == "seal 1"
        assert line.ask("seal 0 0 0") == "seal 0"  # once
        assert line.ask("lock") == "lock 1"
        assert line.ask("end") == "end 1"
        line.hello()
        headset.cut()
        line.hello()  # and never the test again
    left = read(headset.flash)
    assert left[FACTORY_AT:FACTORY_AT + 100] == factory("UT-1", trim=(-2, 3), passed=85, locked=True)
    assert left[SLOT_AT[1]:SLOT_AT[1] + SLOT_BYTES] == slot(TEST, trailer(2, tries=3))
    assert left[SLOT_AT[0]:SLOT_AT[0] + SLOT_BYTES] == A


def test_a_radio():
    """Whose bytes come one at a time, as from a UART."""
    path = os.path.join(FOLDER.name, "hci")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        Controller(listener, slow=True)
        with unit(factory("UT-1"), controller=path) as headset:
            line = Line(headset)
            line.until("undertone-test")
            assert line.ask("radio") == "radio 1"


def test_no_lock_before_a_firmware_that_runs():
    """Sealed, but the bootloader would not run what lies in slot A: a bit turned, nobody's signature, nothing, not kept."""
    image = images(read(RELEASE))[0]
    turned, unsigned = bytearray(image), bytearray(image)
    turned[0x4000] ^= 1
    end = image.index(b"\x22\0", 0x200 + int.from_bytes(image[12:16], "little") + 12 + 4 + 36 + 36)  # behind both digests
    unsigned[end + 12] ^= 1  # in the signature's first number
    for name, a in (("turned", slot(turned, trailer(1, kept=True))), ("unsigned", slot(unsigned, trailer(1, kept=True))),
                    ("none", b""), ("spent", slot(image, trailer(1, tries=3))), ("good", A)):
        with unit(factory("UT-4", trim=(0, 0), passed=1), a=a) as headset:
            line = Line(headset)
            line.until("undertone-test")
            assert line.ask("lock") == f"lock {int(name == 'good')}", name
        assert (read(headset.flash)[FACTORY_AT + 96:FACTORY_AT + 100] == b"UTFL") == (name == "good"), name


@contextlib.contextmanager
def starved(process):
    """The emulator runs a tenth of the time, as on a machine that others use."""
    over = threading.Event()

    def work():
        while not over.is_set():
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.09)
            process.send_signal(signal.SIGCONT)
            time.sleep(0.01)
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_level_on_a_busy_machine():
    """What counts is the audio that comes, not how long it takes."""
    tone(TONE, -24, -31)
    with unit(factory("UT-5")) as headset:
        line = Line(headset)
        line.until("undertone-test")
        began = time.monotonic()
        with starved(headset.process):
            level = line.ask("level").split()
        assert abs(int(level[1]) + 240) <= 1 and abs(int(level[2]) + 310) <= 1, level
        assert time.monotonic() - began > 5


def test_silence_and_nobody_at_the_button():
    write(TONE, bytes(4 * 32000))
    with unit(factory("UT-2")) as headset:
        line = Line(headset)
        line.until("undertone-test")
        assert line.ask("level") == "level -999 -999"
        write(TONE, bytes(4 * 100))  # too short to be measured
        assert line.ask("level") == "level -999 -999"
        assert line.ask("button") == "button 0"


def test_not_in_the_field():
    """A locked unit, one of another board and one that nobody provisioned: the firmware at once."""
    for page in (factory("UT-3", trim=(0, 0), locked=True), factory("UT-3", board=b"n840"), b""):
        with unit(page) as headset:
            Line(headset).hello()
        left = read(headset.flash)
        assert left[SLOT_AT[1]:SLOT_AT[1] + SLOT_BYTES] == slot(TEST, trailer(2, tries=3))
        assert left[FACTORY_AT:FACTORY_AT + len(page)] == page


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
