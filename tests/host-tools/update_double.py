# SPDX-License-Identifier: Apache-2.0
"""A headset that answers update packets as it is told, on a pseudo-terminal: for each refusal there is, without one that
would have to be brought about. Written from SPEC.md "Wire", "Control" and "Update"."""
import base64
import os
import select
import struct
import threading
import tty

from link import stuff, crc16, unstuff
from mcumgr import cbor, lines, uncbor

HELLO = bytes([0x11, 0, 0, 1, 0, 1, 0]) + bytes(8) + b"mps2" + bytes(1)


def frame(record):
    return stuff(record + crc16(record).to_bytes(2, "little"))


class Headset:
    """`refusal`: what an upload is answered, as a dictionary; None: all is taken, and the old image runs behind the restart."""

    def __init__(self, refusal):
        self.refusal = refusal
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.port, self.stopped, self.held, self.whole = os.ttyname(self.slave), False, b"", b""
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.stopped:
            if select.select([self.master], [], [], 0.05)[0]:
                self.held += os.read(self.master, 4096)
            while self.take():
                continue

    def take(self):
        """One frame or line from the front of what came; whether there was one."""
        self.held = self.held.lstrip(b"\0")
        mark, end = self.held[:2], self.held.find(b"\n" if self.held[:2] in (b"\x06\x09", b"\x04\x14") else b"\0")
        if end < 0:
            return False
        piece, self.held = self.held[:end], self.held[end + 1:]
        if mark in (b"\x06\x09", b"\x04\x14"):
            self.whole = (b"" if mark == b"\x06\x09" else self.whole) + base64.b64decode(piece[2:])
            if len(self.whole) == 2 + int.from_bytes(self.whole[:2], "big"):
                self.answer(self.whole[2:10], uncbor(self.whole[10:-2]))
        elif (body := unstuff(piece)) is not None and len(body) == 22:
            self.reply(body)
        return True

    def reply(self, asked):
        """The image's header, of which only the board is there."""
        operation, tag, key = asked[2:5]
        known = operation == 4 and key == 0
        value = bytes(8) + b"mps2" if known else b""
        os.write(self.master, frame((bytes([0x17, 0, operation, tag, key, len(value), 0 if known else 2, 0]) +
                                     value).ljust(20, b"\0")))

    def answer(self, head, asked):
        operation, group, number = head[0] & 7, head[5], head[7]
        if (group, number) == (0, 6):
            said = {"buf_size": 512, "buf_count": 1}
        elif (group, number) == (1, 1):
            said = self.refusal or {"off": asked["off"] + len(asked["data"])}
        elif group == 1:
            said = None
        else:
            said = {}
        body = cbor(said) if said is not None else b"\xa1\x66images\x81" + cbor(
            {"slot": 0, "version": "0.1.0", "hash": bytes(32), "active": True, "confirmed": True})
        os.write(self.master, lines(struct.pack(">BBHHBB", 8 | (operation + 1), 0, len(body), group, head[6], number) + body))
        if (group, number) == (0, 5):
            os.write(self.master, b"\0" + frame(HELLO))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopped = True
        self.thread.join()
        os.close(self.master)
        os.close(self.slave)
