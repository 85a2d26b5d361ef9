#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A headset that never was: sends the records of a made-up call over TCP or a pseudo-terminal, faults included.

Written from SPEC.md "Wire" alone, so that it also judges the C encoder. Every run with the same words sends the same
bytes. The TCP port, or the pseudo-terminal's name, is the first line on stdout.
"""
import argparse
import fcntl
import os
import random
import socket
import struct
import sys
import termios
import time
import tty

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boards"))
from link import crc16  # noqa: E402

VERSION, HELLO, SCORE, TURN, STATUS = 1, 1, 2, 3, 4
CUSTOMER, AGENT, BOTH = 0, 1, 2
IPU_START, IPU_END, TURN_START, TURN_END = 1, 2, 4, 5
END = 128


def cobs(data):
    return b"".join(bytes([len(block) + 1]) + block for block in data.split(b"\0"))


def frame(record):
    assert len(record) == 20
    return cobs(record + struct.pack("<H", crc16(record))) + b"\0"


class Call:
    """The frames of one call: 4 s of customer, 4 s of agent, in turns; the customer grows frustrated after 10 s."""

    def __init__(self, seconds, features, unknown):
        self.seq = 0
        self.frames = []
        hello = struct.pack("<BBBHI4s4s", 0, 1, 0, features, 0x1234ABCD, b"test", b"fake")
        self.add(HELLO, hello)
        speaking = None
        for t in range(250, 1000 * seconds + 1, 250):
            who = CUSTOMER if (t - 1) // 4000 % 2 == 0 else AGENT
            if who != speaking:
                if speaking is not None:
                    self.turn(t, IPU_END, speaking, begin, t - 250)
                    self.turn(t, TURN_END, speaking, begin, t - 250)
                begin, speaking = t - 250, who
                self.turn(t, IPU_START, who, begin, begin)
                self.turn(t, TURN_START, who, begin, begin)
            if t % 10000 == 0:
                self.add(HELLO, hello)
            if t % 5000 == 0:
                self.status(t)
            if t % 3000 == 0 and unknown > 0:
                self.add(SCORE, bytes(18), version=9)
                unknown -= 1
            if t < 1000 * seconds:
                self.score(t, who, 0)
        self.turn(t, IPU_END, speaking, begin, t)
        self.turn(t, TURN_END, speaking, begin, t)
        self.score(t, who, END)
        self.status(t)

    def add(self, kind, fields, version=VERSION):
        record = bytes([version << 4 | kind, self.seq % 256]) + fields
        self.frames.append(frame(record.ljust(20, b"\0")))
        self.seq += 1

    def score(self, t, who, flags):
        frustration = 220 if t > 10000 else 40
        self.add(SCORE, struct.pack("<I10BBbBb", t, flags | (1 if who == CUSTOMER else 2), frustration, 10, 230, 130, 50,
                                    70, 60, 60, 8, 3, 40, 1, -2))

    def turn(self, t, kind, party, begin, end):
        self.add(TURN, struct.pack("<IBBII", t, kind, party, begin, end))

    def status(self, t):
        self.add(STATUS, struct.pack("<IHHBB", t, 0, 0, 24, 31))


class Tcp:
    def __init__(self):
        self.server = socket.socket()
        self.server.bind(("127.0.0.1", 0))
        self.server.listen(1)
        print(self.server.getsockname()[1], flush=True)
        self.come_back()

    def come_back(self):
        self.peer = self.server.accept()[0]
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.peer.sendall(data)

    def vanish(self):
        """Who closes with something unread takes his own last bytes with him: the other side hears the end first."""
        self.peer.shutdown(socket.SHUT_WR)
        self.peer.settimeout(5)
        try:
            while self.peer.recv(4096):
                pass
        except OSError:
            pass
        self.peer.close()


class Pty:
    def __init__(self, link):
        self.link = link
        self.come_back()
        print(self.link, flush=True)

    def come_back(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.symlink(os.ttyname(self.slave), self.link)

    def send(self, data):
        while data:
            data = data[os.write(self.master, data):]

    def vanish(self):
        empty = 0  # what is pending in the line is lost with it, and what was written takes a moment to get there
        while empty < 10:
            waiting = struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, b"\0\0\0\0"))[0]
            empty = empty + 1 if waiting == 0 else 0
            time.sleep(0.01)
        os.unlink(self.link)
        os.close(self.slave)
        os.close(self.master)


def send(line, data, rng, seconds):
    sent, start = 0, time.time()
    while sent < len(data):
        n = rng.randrange(1, 200)
        line.send(data[sent:sent + n])
        sent += n
        if seconds:
            time.sleep(max(0, start + sent / len(data) * seconds - time.time()))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--pty", help="name of the link to the pseudo-terminal; else TCP")
    p.add_argument("--seconds", type=int, default=30, help="length of the call")
    p.add_argument("--speed", type=float, default=0, help="call seconds per second; 0 = at once")
    p.add_argument("--seed", type=int, default=1, help="of chunk sizes and garbage")
    p.add_argument("--features", type=int, default=1)
    p.add_argument("--join", type=int, default=0, help="bytes of the stream that were sent before the listener came")
    p.add_argument("--garbage", type=int, default=0, help="bursts of garbage between frames")
    p.add_argument("--unknown", type=int, default=0, help="records of an unknown version in between")
    p.add_argument("--vanish", type=float, default=0, help="the line goes away after this share of the call")
    p.add_argument("--away", type=float, default=1, help="for how long, s")
    p.add_argument("--lose", type=int, default=0, help="records sent while the line is away")
    p.add_argument("--no-end", type=int, default=0, help="that many records are missing at the end")
    a = p.parse_args()
    rng = random.Random(a.seed)
    frames = Call(a.seconds, a.features, a.unknown).frames
    frames = frames[:len(frames) - a.no_end]
    for i in sorted(rng.sample(range(10, len(frames)), a.garbage), reverse=True):
        frames.insert(i, bytes(rng.randrange(1, 256) for _ in range(rng.randrange(1, 60))) + b"\0")
    cut = int(len(frames) * (a.vanish or 1))
    pace = a.seconds / a.speed if a.speed else 0
    line = Pty(a.pty) if a.pty else Tcp()
    send(line, b"".join(frames[:cut])[a.join:], rng, pace * cut / len(frames))
    line.vanish()
    if cut < len(frames):
        time.sleep(a.away)
        line.come_back()
        send(line, b"".join(frames[cut + a.lose:]), rng, pace * (1 - cut / len(frames)))
        line.vanish()


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, ConnectionResetError):
        pass  # the listener has heard enough
