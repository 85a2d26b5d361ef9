# SPDX-License-Identifier: Apache-2.0
"""A second reader of the serial link, written from SPEC.md "Wire", and a runner that counts."""
import os
import sys
import traceback

BUILD = os.environ.get("BUILD", "build")
DESK = os.path.join(BUILD, "desk", "undertone-desk")
IMAGE = os.path.join(BUILD, "mps2", "undertone.elf")
SPEECH = os.path.join(BUILD, "speech.raw")
HELLO, SCORE, TURN, STATUS, RESET = 1, 2, 3, 4, 5


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return crc


def unstuff(frame):
    """COBS; None when the frame is not one."""
    out, at = bytearray(), 0
    while at < len(frame):
        code = frame[at]
        if at + code > len(frame):
            return None
        out += frame[at + 1:at + code]
        at += code
        if code < 255 and at < len(frame):
            out.append(0)
    return bytes(out)


def records(line):
    """(good records, frames that are damaged) of all bytes of a line; empty frames are nothing."""
    good, bad = [], 0
    for frame in filter(None, line.split(b"\0")[:-1]):
        body = unstuff(frame)
        if body is not None and len(body) == 22 and crc16(body[:20]) == int.from_bytes(body[20:], "little"):
            good.append(body[:20])
        else:
            bad += 1
    return good, bad


def kind(record):
    return record[0] & 15


def stuff(body):
    """COBS of a body shorter than 254 bytes, and its delimiter."""
    return b"".join(bytes([len(part) + 1]) + part for part in body.split(b"\0")) + b"\0"


def request(operation, tag=0, key=0, value=b""):
    """The bytes on the line of a request (SPEC.md "Control"), after a delimiter that ends what came before."""
    record = bytes([0x16, 0, operation, tag, key, len(value), 0, 0]) + value.ljust(12, b"\0")
    return b"\0" + stuff(record + crc16(record).to_bytes(2, "little"))


def missing(found):
    """Records that the sequence numbers say are not there."""
    return sum((b[1] - a[1] - 1) % 256 for a, b in zip(found, found[1:]))


def t_ms(record):
    return int.from_bytes(record[2:6], "little")


def counters(found):
    """(overruns, drops) of the last status."""
    last = [r for r in found if kind(r) == STATUS][-1]
    return int.from_bytes(last[6:8], "little"), int.from_bytes(last[8:10], "little")


def run(tests):
    passed = failed = 0
    for test in tests:
        try:
            test()
            passed += 1
        except Exception:  # an assertion or anything else: the test failed
            print(f"{test.__name__}:")
            traceback.print_exc(file=sys.stdout)
            failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
