#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A working day of audio through the firmware's main loop, as fast as it goes, with what a day brings.

usage: day.py HOURS SPEECH.raw [desk=PROGRAM] [mps2=IMAGE.elf]
desk: calls of ten minutes, one after the other; mps2: one unbroken call on the emulated Cortex-M4.

Speech, silence, noise, tones, one-sided and clipped stretches in an order drawn from a fixed seed; the 32-bit clock of
microseconds starts a minute before its wrap and counts the audio; the receiver goes away and comes back; the Bluetooth
controller goes away, falls silent and comes back; the link brings garbage. It must never stop, lose no block of audio,
account for every record that is missing, and give the same for the same reference speech: every call begins with it and
with the same records, byte for byte (desk); it comes back after a minute of other speech with the same flags, levels
and pitch, and scores within MOST and MEAN (mps2: the pace counts half-seconds of all the speech so far, so its blocks
begin elsewhere, and the caller's baseline still remembers a little of what was before that minute).
"""
import array
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tty

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boards"))
from link import HELLO, SCORE, STATUS, kind, t_ms, unstuff  # noqa: E402

SECOND = 64000           # bytes of audio
CLOCK_US = 2**32 - 60 * 10**6
AHEAD_S = 8              # of audio beyond the newest record: fewer records than a pseudo-terminal holds
CALL_S = 600
PATIENCE_S = 60          # without a sign of life
REPLY, END = 7, 128
REQUEST_CALL, REQUEST_PAIRING = 6, 9
MOST, MEAN = 32, 8       # of 255: an hour showed 20 and 5.1
FACTS = (6, 10, 11, 14, 15)
SCORES = (7, 8, 9)
HCI_COMPLETE = {0x0C03: b"", 0x2002: b"\x1b\0\x04", 0x1005: b"\x1b\0\0\x04\0\0\0", 0x2003: bytes(8),
                0x2018: bytes(range(8)), 0x1405: b"\x40\0\xd0"}
ADVERTISE, RESET = 0x200A, 0x0C03


def crc_table():
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
        table.append(crc)
    return table


TABLE = crc_table()


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ TABLE[crc >> 8 ^ byte]
    return crc


def frame(record):
    body = record + crc16(record).to_bytes(2, "little")
    return b"".join(bytes([len(block) + 1]) + block for block in body.split(b"\0")) + b"\0"


class Controller(threading.Thread):
    """As much of a Bluetooth controller as advertising needs. It can be away, or there and silent."""

    def __init__(self, path, listen):
        super().__init__(daemon=True)
        self.path, self.listen = path, listen
        self.state = "there"
        self.resets = self.advertised = 0
        self.server = None
        if listen:
            self.open_server()

    def open_server(self):
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path)
        self.server.listen(4)
        self.server.settimeout(0.2)

    def leave(self, silent):
        self.state = "silent" if silent else "away"
        if not silent and self.server:
            os.unlink(self.path)
            self.server.close()
            self.server = None

    def come_back(self):
        self.resets = self.advertised = 0
        if self.listen and not self.server:
            self.open_server()
        self.state = "there"

    def peer(self):
        """The next connection; None when there is none just now."""
        try:
            if self.listen:
                return self.server.accept()[0] if self.server else None
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(self.path)
            return peer
        except (OSError, AttributeError):
            return None

    def run(self):
        while True:
            peer = self.peer() if self.state != "away" else None
            if peer is None:
                time.sleep(0.05)
                continue
            peer.settimeout(0.1)
            self.serve(peer)
            peer.close()

    def serve(self, peer):
        waiting = b""
        while self.state != "away":
            try:
                data = peer.recv(4096)
            except socket.timeout:
                continue
            except OSError:
                return
            if not data:
                return
            waiting += data
            while len(waiting) >= 4 and len(waiting) >= 4 + waiting[3]:
                opcode, parameters = int.from_bytes(waiting[1:3], "little"), waiting[4:4 + waiting[3]]
                waiting = waiting[4 + len(parameters):]
                if self.state != "there":
                    continue
                self.resets += opcode == RESET
                self.advertised += opcode == ADVERTISE and parameters[:1] == b"\1"
                answer = b"\1" + opcode.to_bytes(2, "little") + b"\0" + HCI_COMPLETE.get(opcode, b"")
                try:
                    peer.sendall(b"\4\x0e" + bytes([len(answer)]) + answer)
                except OSError:
                    return


class Receiver(threading.Thread):
    """Reads the link; unplugged, it reads nothing (desk) or is not there (mps2)."""

    def __init__(self, fd, connect=None):
        super().__init__(daemon=True)
        self.fd, self.connect = fd, connect
        self.plugged = True
        self.lock = threading.Condition()
        self.records, self.damaged, self.newest_ms = [], 0, 0

    def run(self):
        waiting = b""
        while True:
            if not self.plugged:
                if self.connect and self.fd is not None:
                    self.fd.close()
                    self.fd = None
                    waiting = b""
                time.sleep(0.01)
                continue
            try:
                if self.connect and self.fd is None:
                    self.fd = self.connect()
                data = self.fd.recv(4096) if self.connect else os.read(self.fd, 4096)
            except socket.timeout:
                continue
            except OSError:
                return
            if not data:
                return
            *frames, waiting = (waiting + data).split(b"\0")
            with self.lock:
                for coded in frames:
                    self.take(coded)
                self.lock.notify_all()

    def take(self, coded):
        body = unstuff(coded)
        if body is None or len(body) != 22 or crc16(body[:20]) != int.from_bytes(body[20:], "little"):
            self.damaged += coded != b""
            return
        self.records.append(body[:20])
        if kind(body) in (SCORE, STATUS):
            self.newest_ms = t_ms(body)

    def send(self, data):
        if self.connect:
            self.fd.sendall(data)
        else:
            os.write(self.fd, data)

    def until(self, done, what):
        limit = time.time() + PATIENCE_S
        with self.lock:
            while not done():
                if not self.lock.wait(1) and time.time() > limit:
                    raise AssertionError(f"stopped: no {what}; newest record at {self.newest_ms} ms")


class Audio:
    """Pieces of a day, whole seconds each; customer first in every pair."""

    def __init__(self, speech, seed):
        both = array.array("h")
        with open(speech, "rb") as f:
            both.frombytes(f.read())
        both = both[:len(both) // (2 * 16000) * 2 * 16000]
        rng = random.Random(seed)
        zero = array.array("h", bytes(len(both) * 2))
        customer, agent = array.array("h", zero), array.array("h", zero)
        customer[0::2], agent[1::2] = both[0::2], both[1::2]
        swapped = array.array("h", zero)
        swapped[0::2], swapped[1::2] = both[1::2], both[0::2]
        clipped = array.array("h", (max(-32768, min(32767, 40 * x)) for x in both))
        noise = array.array("h", (rng.randrange(-3000, 3000) for _ in range(2 * 16000))) * 5
        tone = array.array("h", (8000 if i // 2 % 36 < 18 else -8000 for i in range(2 * 16000))) * 8
        rail = array.array("h", [32767]) * (2 * 16000)
        self.speech = both.tobytes()
        self.silence = bytes(SECOND)
        self.pieces = [self.speech, customer.tobytes(), agent.tobytes(), swapped.tobytes(), clipped.tobytes(),
                       noise.tobytes(), tone.tobytes(), rail.tobytes() * 3, self.silence * 10, self.silence * 60]
        self.reference = self.speech * 3 + self.silence * 4
        self.conditioning = self.speech * 5 + self.silence * 12
        self.rng = rng

    def stretch(self, seconds):
        """That many seconds drawn from the pieces."""
        out = []
        while seconds > 0:
            piece = self.rng.choice(self.pieces)[:seconds * SECOND]
            out.append(piece)
            seconds -= len(piece) // SECOND
        return b"".join(out)


class Headset:
    def __init__(self, board, program, folder):
        self.board = board
        self.fed_ms = 0  # within the call
        self.total_s = 0
        fifo, hci, store = (os.path.join(folder, name) for name in ("audio", "hci", "store"))
        os.mkfifo(fifo)
        self.controller = Controller(hci, listen=board == "desk")
        self.controller.start()
        if board == "desk":
            command = [program, "--fast", "--clock", str(CLOCK_US), "--hci", hci, "--store", store, fifo]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            fd = os.open(self.process.stdout.readline().decode().strip(), os.O_RDWR | os.O_NOCTTY)
            tty.setraw(fd)
            self.link = Receiver(fd)
        else:
            uart = os.path.join(folder, "uart")
            words = ("undertone", "--ble", "--clock", str(CLOCK_US), "--store", store, fifo)
            command = ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none",
                       "-icount", "shift=5,sleep=off", "-serial", f"unix:{uart},server=on,wait=on",
                       "-serial", f"unix:{hci},server=on,wait=off", "-semihosting-config",
                       "enable=on,target=native" + "".join(f",arg={w}" for w in words), "-kernel", program]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE)

            def connect():
                for _ in range(400):
                    try:
                        peer = socket.socket(socket.AF_UNIX)
                        peer.connect(uart)
                        peer.settimeout(0.1)
                        return peer
                    except OSError:
                        time.sleep(0.05)
                raise AssertionError("the emulator does not open its UART")

            self.link = Receiver(connect(), connect)
        self.link.start()
        self.feed = os.open(fifo, os.O_WRONLY)

    def play(self, audio, slow=False):
        """Feeds audio, never far ahead of what has come back while the link is up."""
        step = SECOND // 10 if slow else 4 * SECOND
        for at in range(0, len(audio), step):
            piece = audio[at:at + step]
            done = 0
            while done < len(piece):
                done += os.write(self.feed, piece[done:])
            self.fed_ms += 1000 * len(piece) // SECOND
            self.total_s += len(piece) / SECOND
            if slow:
                time.sleep(0.02)
            if self.link.plugged and not slow:
                self.wait_for(self.fed_ms - 1000 * AHEAD_S)

    def wait_for(self, wanted):
        """The emulator cannot send while it waits for audio: after a moment it gets more, and may be a minute late."""
        came = lambda: self.link.newest_ms >= wanted  # noqa: E731
        if self.board == "desk":
            self.link.until(came, f"record of {wanted} ms")
            return
        limit = time.time() + 0.5
        with self.link.lock:
            while not came() and time.time() < limit:
                self.link.lock.wait(0.1)
        assert wanted - self.link.newest_ms < 60000, f"stopped: newest record at {self.link.newest_ms} ms"

    def catch_up(self):
        self.wait_for(self.fed_ms - self.fed_ms % 250 - (250 if self.board == "desk" else 2250))

    def request(self, op, key=0):
        self.link.send(b"\0" + frame(bytes([0x16, 0, op, 0, key]).ljust(20, b"\0")))

    def next_call(self):
        self.catch_up()
        time.sleep(0.1)  # the last quarter of a second shows in no record; it takes a millisecond
        seen = len(self.link.records)
        self.request(REQUEST_CALL)
        order = (REPLY, END, HELLO)

        def came():
            """In this order; a hello may come before the end as well."""
            n = 0
            for r in self.link.records[seen:]:
                what = END if kind(r) == SCORE and r[6] & END else kind(r)
                n += n < len(order) and what == order[n]
            return n == len(order)

        self.link.until(came, "next call's hello")
        ends = [t_ms(r) for r in self.link.records[seen:] if kind(r) == SCORE and r[6] & END]
        assert ends == [self.fed_ms], f"the call ended at {ends} ms, not at {self.fed_ms}"
        with self.link.lock:
            self.link.newest_ms = 0
        self.fed_ms = 0

    def away(self, audio):
        """The receiver goes for that much audio, and comes back to a stream that goes on."""
        self.catch_up()
        self.link.plugged = False
        time.sleep(0.3)
        self.play(audio)
        self.link.plugged = True
        seen = self.link.newest_ms
        self.play(bytes(4 * SECOND), slow=True)
        self.link.until(lambda: self.link.newest_ms > seen, "record after the receiver came back")

    def without_controller(self, audio, silent):
        c = self.controller
        c.leave(silent)
        self.play(audio)
        c.come_back()
        for _ in range(600):  # it notices within the life of an address, 15 minutes
            self.request(REQUEST_PAIRING, 1)  # without a bond nothing else is advertised for
            self.play(bytes(2 * SECOND), slow=True)
            if c.resets > 0 and c.advertised > 0:
                return
            if c.resets == 0:
                self.play(bytes(120 * SECOND))
        raise AssertionError(f"the controller is not used again: {c.resets} resets, {c.advertised} advertisings")

    def finish(self):
        os.close(self.feed)
        said = self.process.communicate(timeout=60)[1].decode()
        self.link.join(10)
        return self.process.returncode, said


def bare(record):
    """A record without what goes on across calls: its number, and the counters of a status."""
    record = record[:1] + b"\0" + record[2:]
    return record[:6] + bytes(4) + record[10:] if kind(record) == STATUS else record


def missing(found):
    return sum((b[1] - a[1] - 1) % 256 for a, b in zip(found, found[1:]))


def drops(found):
    return max((int.from_bytes(r[8:10], "little") for r in found if kind(r) == STATUS), default=0)


def overruns(found):
    return max((int.from_bytes(r[6:8], "little") for r in found if kind(r) == STATUS), default=0)


class Day:
    def __init__(self, headset, audio, hours):
        self.h, self.audio, self.seconds = headset, audio, int(hours * 3600)
        self.events = {"receiver away": 0, "controller away": 0, "controller silent": 0, "garbage": 0}
        self.worst = self.mean = 0
        self.references = 0
        self.accounted = self.lost = self.dropped = 0

    def happen(self, n, seconds):
        """What this stretch brings, and its audio."""
        audio = self.audio.stretch(seconds)
        if n % 4 == 0:
            self.events["receiver away"] += 1
            more = max(0, 300 - seconds) if self.h.board == "desk" else 0  # so that the queue overflows
            self.h.away(audio + self.audio.stretch(more))
        elif n % 4 == 1:
            silent = n % 8 == 5
            self.events["controller silent" if silent else "controller away"] += 1
            self.h.without_controller(audio, silent)
        elif n % 4 == 2:
            self.events["garbage"] += 1
            self.h.link.send(random.Random(n).randbytes(300))
            self.h.play(audio)
        else:
            self.h.play(audio)

    def reference(self, first):
        """The records of the reference at the beginning of a call, held against the first call's."""
        begin = len(self.h.link.records)
        self.h.play(self.audio.reference)
        self.h.catch_up()
        until_ms = self.h.fed_ms - 1000
        mine = [bare(r) for r in self.h.link.records[begin:]
                if kind(r) not in (HELLO, REPLY) and 0 < t_ms(r) <= until_ms]
        first = first or mine
        assert len(mine) > 150 and mine == first, f"call {self.references}: other records for the same speech"
        self.references += 1
        return first

    def account(self):
        """Every record missing since the last time is one that the headset says it dropped; its count ends at 65535."""
        found = self.h.link.records[max(0, self.accounted - 1):]
        self.accounted = len(self.h.link.records)
        self.lost += missing(found)
        self.dropped = max(self.dropped, drops(found))
        assert self.dropped == 65535 or self.lost % 256 == self.dropped % 256, \
            f"{self.lost} records missing, {self.dropped} dropped (modulo 256)"

    def calls(self):
        """Calls one after the other, each with something of its own behind its reference."""
        first, n = self.reference(None), 0
        length = min(CALL_S, max(120, self.seconds // 4))
        while self.h.total_s < self.seconds:
            self.happen(n, length - len(self.audio.reference) // SECOND)
            self.h.next_call()
            self.account()
            first = self.reference(first)
            n += 1

    def passage(self, first):
        """The minute before the reference, and the reference's scores, held against the first passage's."""
        self.h.play(self.audio.conditioning)
        from_ms = self.h.fed_ms
        self.h.play(self.audio.reference)
        to_ms = self.h.fed_ms - 2000
        self.h.play(self.audio.silence * 10)
        while self.h.link.newest_ms < to_ms:
            self.h.play(self.audio.silence)
        mine = [r for r in self.h.link.records[-400:] if kind(r) == SCORE and from_ms < t_ms(r) <= to_ms]
        first = first or mine
        assert len(mine) == len(first) == (to_ms - from_ms) // 250, f"passage {self.references}: {len(mine)} scores"
        other = [i for i in FACTS if any(a[i] != b[i] for a, b in zip(first, mine))]
        assert not other, f"passage {self.references}: bytes {other} of the score records differ"
        apart = [max(abs(a[i] - b[i]) for i in SCORES) for a, b in zip(first, mine)]
        self.worst, self.mean = max(self.worst, *apart), max(self.mean, sum(apart) / len(apart))
        assert self.worst <= MOST and self.mean <= MEAN, \
            f"passage {self.references}: scores differ by {self.worst} of 255, by {self.mean:.1f} on average"
        self.references += 1
        return first

    def one_call(self):
        """One call; the reference comes again and again, each time behind the same minute of speech."""
        first, n = self.passage(None), 0
        while self.h.total_s < self.seconds:
            self.happen(n, min(480, max(100, self.seconds // 6)))
            first = self.passage(first)
            n += 1

    def judge(self, code, said):
        found = self.h.link.records
        wraps = int((CLOCK_US + self.h.total_s * 10**6) // 2**32)
        ends = [r for r in found if kind(r) == SCORE and r[6] & END]
        dropped = drops(found)
        print(f"{self.h.board}: {self.h.total_s / 3600:.2f} h of audio, {len(found)} records, {len(ends)} calls, "
              f"{wraps} wraps of the clock; {', '.join(f'{k} {v}' for k, v in self.events.items())}; {self.references} "
              f"references, scores differ by {self.worst} of 255, {self.mean:.1f} on average; {overruns(found)} "
              f"blocks lost, records dropped: {'65535 or more' if dropped == 65535 else dropped}")
        checks = {"ended in order": code == 0 and said.splitlines()[-1:] == ["end of audio"],
                  "no block of audio lost": overruns(found) == 0,
                  "no damaged frame": self.h.link.damaged <= 2 * self.events["receiver away"],
                  "the last record is of the last second": bool(ends) and t_ms(ends[-1]) >= self.h.fed_ms,
                  "the clock wrapped": wraps >= 1,
                  "the reference came back": self.references >= 3,
                  "everything happened": all(self.events.values()) or self.seconds < 3600}
        if self.h.board == "desk":  # an emulated UART without a receiver swallows what it is given
            checks["the queue was full at times, and said so"] = self.accounted > 0 and dropped > 0
        for name, holds in checks.items():
            if not holds:
                print(f"FAILED: {name}: {self.h.link.damaged} damaged, exit {code}, {said[-300:]!r}")
        return sum(checks.values()), len(checks) - sum(checks.values())


def spend(board, program, hours, speech):
    """(passed, failed) of one board's day."""
    begin = time.time()
    with tempfile.TemporaryDirectory() as folder:
        headset = Headset(board, os.path.abspath(program), folder)
        day = Day(headset, Audio(speech, 7), hours)
        try:
            (day.calls if board == "desk" else day.one_call)()
            passed, failed = day.judge(*headset.finish())
        except (AssertionError, OSError, subprocess.TimeoutExpired) as e:
            print(f"{board}: after {headset.total_s / 3600:.2f} h of audio: {e}")
            passed, failed = 0, 1
        finally:
            headset.process.kill()
    print(f"{board}: took {time.time() - begin:.0f} s", flush=True)
    return passed, failed


def main(argv):
    boards = [word.split("=", 1) for word in argv[3:]]
    if len(argv) < 4 or any(len(b) != 2 or b[0] not in ("desk", "mps2") for b in boards):
        sys.exit(__doc__.split("\n\n")[1])
    results = [spend(board, program, float(argv[1]), argv[2]) for board, program in boards]
    print(f"{sum(p for p, _ in results)} passed, {sum(f for _, f in results)} failed")
    return 1 if any(f for _, f in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
