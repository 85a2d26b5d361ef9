# SPDX-License-Identifier: Apache-2.0
"""A unit on a station's port that never was: the test image's lines and the firmware's numbers, from the specification."""
import os
import select
import threading
import tty

from link import crc16, stuff, unstuff


class Unit:
    """`answers`: {first word: line, or None for none}; `serial`: whose greeting it gives; `before`: the number of a headset that
    is there already, until something is written (`written`: whether that is so)."""

    def __init__(self, serial, board="mps2", answers=None, before=None, written=lambda: True, locked=None, firmware=None):
        self.answers = {"level": "level -271 -310", "random": "random 1", "flash": "flash 1", "crystal": "crystal 1",
                        "radio": "radio 1", "button": "button 1", "watchdog": "watchdog 0", "seal": "seal 1", "lock": "lock 1",
                        "end": "end 1", **(answers or {})}
        self.serial, self.board, self.before, self.written = serial, board, before, written
        self.locked, self.firmware, self.asked, self.ended, self.stopped = locked, firmware or serial, [], False, False
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.port, self.held, self.watchdog = os.ttyname(self.slave), b"", 0
        self.thread = threading.Thread(target=self.live, daemon=True)
        self.thread.start()

    def live(self):
        """Greets until it is asked."""
        while not self.stopped:
            if self.written() and not self.asked and not self.ended and self.serial:
                self.say(f"undertone-test 1 {self.board} {self.serial} {self.watchdog}")
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.take(os.read(self.master, 4096))
                except OSError:
                    return

    def say(self, text):
        os.write(self.master, text.encode() + b"\n")

    def take(self, data):
        self.held += data
        while b"\0" in self.held and not (self.written() and not self.ended):
            frame, _, self.held = self.held.partition(b"\0")
            body = unstuff(frame) if frame else None
            if body is not None and len(body) == 22:
                self.answer_request(body[:20])
        while b"\n" in self.held and self.written() and not self.ended:
            line, _, self.held = self.held.partition(b"\n")
            self.answer_line(line.decode("ascii", "replace").split("\0")[-1])

    def answer_request(self, record):
        """Request 14 of "Control"."""
        serial = self.firmware if self.ended else self.before
        if record[2] != 14 or serial is None:
            return
        locked = self.locked if self.locked is not None else any(x == "lock" for x in self.asked)
        told = serial.encode().ljust(16, b"\0") + b"\1\0\0\0\0\0" + bytes([locked, 1])
        value = told[12 * record[4]:12 * record[4] + 12]
        reply = bytes([0x17, 0, record[2], record[3], record[4], 12, 0, 0]) + value
        os.write(self.master, b"\0" + stuff(reply + crc16(reply).to_bytes(2, "little")))

    def answer_line(self, line):
        word = line.split()[0] if line.split() else ""
        self.asked.append(line)
        answer = self.answers.get(word)
        if answer is None:
            return
        self.say(answer)
        if word == "watchdog" and answer == "watchdog 0" and self.answers.get("bites", True):
            self.say(f"undertone-test 1 {self.board} {self.serial} 1")
        self.ended = word == "end"

    def close(self):
        self.stopped = True
        self.thread.join()
        os.close(self.master)
        os.close(self.slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
