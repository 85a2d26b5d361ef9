# SPDX-License-Identifier: Apache-2.0
"""A second reader of SMP on the serial link, written from SPEC.md "Update": requests as bytes, answers as dictionaries."""
import base64
import binascii
import os
import select
import struct
import time

READ, WRITE = 0, 2


def cbor(value):
    def head(major, n):
        for more, size, form in ((24, 0x100, "B"), (25, 0x10000, "H"), (26, 1 << 32, "I")):
            if n < 24:
                return bytes([major << 5 | n])
            if n < size:
                return bytes([major << 5 | more]) + struct.pack(">" + form, n)
        raise ValueError(n)

    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value)) + value.encode()
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


def uncbor(data):
    value, rest = take(data)
    assert rest == b"", rest
    return value


def take(data):
    major, more, data = data[0] >> 5, data[0] & 31, data[1:]
    if major == 7:
        return {20: False, 21: True}[more], data
    if more == 31:
        items = []
        while data[0] != 0xFF:
            item, data = take(data)
            items.append(item)
        data = data[1:]
        return (dict(zip(items[::2], items[1::2])) if major == 5 else items), data
    size = {24: 1, 25: 2, 26: 4}.get(more, 0)
    n, data = (int.from_bytes(data[:size], "big") if size else more), data[size:]
    if major == 0:
        return n, data
    assert major in (2, 3), major
    return (data[:n] if major == 2 else data[:n].decode()), data[n:]


def packet(op, group, number, payload, seq=1, version=1):
    return struct.pack(">BBHHBB", version << 3 | op, 0, len(payload), group, seq, number) + payload


def lines(body):
    """A packet as the lines that carry it."""
    whole = struct.pack(">H", len(body) + 2) + body + struct.pack(">H", binascii.crc_hqx(body, 0))
    text = base64.b64encode(whole)
    return b"".join((b"\x04\x14" if at else b"\x06\x09") + text[at:at + 124] + b"\n" for at in range(0, len(text), 124))


class Client:
    """Asks over a file descriptor; what is not an answer, records among it, is kept in `other`."""

    def __init__(self, descriptor):
        self.descriptor, self.held, self.other, self.seq = descriptor, b"", b"", 0

    def send(self, data):
        while data:
            data = data[os.write(self.descriptor, data):]

    def line(self, until):
        while True:
            at = min((i for i in (self.held.find(b"\x06\x09"), self.held.find(b"\x04\x14")) if i >= 0), default=-1)
            end = self.held.find(b"\n", at) if at >= 0 else -1
            if end >= 0:
                line, self.other, self.held = self.held[at:end], self.other + self.held[:at], self.held[end + 1:]
                return line
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.descriptor], [], [], left)[0]:
                return None
            self.held += os.read(self.descriptor, 4096)

    def answer(self, seconds=5.0):
        """(header, dictionary) of the next packet, None when none came in time."""
        until, whole = time.monotonic() + seconds, b""
        while True:
            line = self.line(until)
            if line is None:
                return None
            try:
                part = base64.b64decode(line[2:], validate=True)
            except binascii.Error:
                continue  # bytes of a record that look like a line's beginning
            whole = part if line[:2] == b"\x06\x09" else whole + part
            if len(whole) > 4 and len(whole) == 2 + struct.unpack(">H", whole[:2])[0]:
                assert binascii.crc_hqx(whole[2:], 0) == 0
                return whole[2:10], uncbor(whole[10:-2])

    def ask(self, op, group, number, request=None, seconds=5.0, version=1):
        """Asks again where no answer comes: a machine that is busy, or a line that was cut."""
        self.seq = (self.seq + 1) % 256
        for _ in range(4):
            self.send(lines(packet(op, group, number, cbor(request or {}), self.seq, version)))
            got = self.answer(seconds)
            while got is not None and got[0][6] != self.seq:  # late, of an earlier one
                got = self.answer(seconds)
            if got is not None:
                head, value = got
                assert head[0] & 7 == op + 1 and head[7] == number, head
                return value
        raise AssertionError("no answer")

    def state(self):
        return {image["slot"]: image for image in self.ask(READ, 1, 0)["images"]}

    def upload(self, image, sha=None, at=0, stop=None, piece=384):
        """Pieces until the end, or until `stop`; the last answer."""
        value = {}
        while at < (len(image) if stop is None else stop):
            request = {"off": at, "data": image[at:at + piece]}
            if at == 0:
                request = {"len": len(image), **({"sha": sha} if sha else {}), **request}
            value = self.ask(WRITE, 1, 1, request)
            if "off" not in value:
                return value
            at = value["off"]
        return value
