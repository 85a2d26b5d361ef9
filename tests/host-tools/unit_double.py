# SPDX-License-Identifier: Apache-2.0
"""A unit on a station's port that never was: its firmware, which hands over to the test image as to an update, the test image's
lines, and the firmware again, from the specification."""
import os
import select

from update_double import Headset, frame


class Unit(Headset):
    """`answers`: {first word: line, or None for none}; `serial`: whose greeting it gives; `before`: the number of a headset that
    is there already, until something is written (`written`: whether that is so), `passed` its seal's tests; `firmware`: the number that its firmware
    gives; `heard`: called with each line before it is answered."""

    def __init__(self, serial, board="mps2", answers=None, before=None, written=lambda: True, locked=None, firmware=None,
                 passed=0, heard=lambda line: None):
        self.answers = {"level": "level -271 -310", "random": "random 1", "flash": "flash 1", "crystal": "crystal 1",
                        "radio": "radio 1", "button": "button 1", "watchdog": "watchdog 0", "seal": "seal 1", "lock": "lock 1",
                        "end": "end 1", **(answers or {})}
        self.serial, self.board, self.before, self.written, self.heard = serial, board, before, written, heard
        self.locked, self.firmware, self.watchdog, self.passed = locked, firmware or serial, 0, passed
        self.begin()
        super().__init__(None)

    def begin(self):
        self.asked, self.testing, self.ended, self.marked = [], False, False, None

    def serve(self):
        while not self.stopped:
            self.look()

    def look(self):
        """Greets until it is asked, as the test image."""
        if self.testing and not self.asked:
            self.say(f"undertone-test 1 {self.board} {self.serial} {self.watchdog}")
        if select.select([self.master], [], [], 0.1)[0]:
            self.held += os.read(self.master, 4096)
        while self.take_line() if self.testing else self.take():
            continue

    def say(self, text):
        os.write(self.master, text.encode() + b"\n")

    def take_line(self):
        line, end, rest = self.held.partition(b"\n")
        if not end:
            return False
        self.held = rest
        self.answer_line(line.decode("ascii", "replace").split("\0")[-1])
        return True

    def reply(self, asked):
        """Request 14 of "Control"."""
        serial = self.firmware if self.written() else self.before
        if asked[2] != 14 or serial is None:
            return
        locked = self.locked if self.locked is not None else "lock" in self.asked
        told = serial.encode().ljust(16, b"\0") + b"\1\0\0\0" + bytes([self.passed, 0]) + bytes([locked and self.ended, 1])
        value = told[12 * asked[4]:12 * asked[4] + 12]
        os.write(self.master, b"\0" + frame(bytes([0x17, 0, asked[2], asked[3], asked[4], 12, 0, 0]) + value))

    def answer(self, head, asked):
        if head[5] == 1 and "hash" in asked:
            self.marked = asked["hash"]
        super().answer(head, asked)
        if (head[5], head[7]) == (0, 5):
            self.testing = self.answers.get("starts", True)

    def answer_line(self, line):
        word = line.split()[0] if line.split() else ""
        self.asked.append(line)
        self.heard(line)
        answer = self.answers.get(word)
        if answer is None:
            return
        self.say(answer)
        if word == "watchdog" and answer == "watchdog 0" and self.answers.get("bites", True):
            self.say(f"undertone-test 1 {self.board} {self.serial} 1")
        if word == "end":
            self.ended, self.testing = True, False
