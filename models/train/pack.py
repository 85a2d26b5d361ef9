#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A committed model as a file for `undertone eval --model`, and what its header says: pack.py models/ID/model.c FILE.bin"""
import re
import struct
import sys
import zlib

FORMATS = {"int8_t": "b", "uint8_t": "B", "int16_t": "h", "uint16_t": "H", "int32_t": "i"}


def member(source, name):
    return re.search(rf"\.{name} = \"?(\w+)\"?,", source)[1]


def pack(source):
    """The bytes of SPEC.md "Model file" from the text of model.c, whose arrays stand in the file's order."""
    arrays = re.findall(r"^static const (\w+) \w+\[(\d+)\] = \{(.*?)\};", source, re.S | re.M)
    body = b""
    for kind, count, text in arrays:
        values = [int(v) for v in re.findall(r"-?\d+", text)]
        if len(values) != int(count):
            raise ValueError(f"an array of {count} numbers has {len(values)}")
        body += struct.pack(f"<{count}{FORMATS[kind]}", *values)
    crc = int(member(source, "crc32"), 16)
    if zlib.crc32(body) != crc:
        raise ValueError(f"the weights have CRC-32 {zlib.crc32(body):08x}, model.c says {crc:08x}")
    shape = [int(member(source, x)) for x in ("inputs", "conv1", "conv2", "hidden", "explain_q", "tables")]
    head = struct.pack("<4sHH4sIHHHHHHI", b"UTMD", 1, int(member(source, "features_version")),
                       member(source, "id").encode(), crc, *shape, 0)
    return head + body + struct.pack("<I", zlib.crc32(head + body))


def met(source):
    """The corpora it was trained on, by its header."""
    return re.search(r"^ \* corpora +(.+)$", source, re.M)[1].split()


def tables(source):
    """The set of fitted tables that its features came of, by its header."""
    return re.search(r"^ \* tables +(\w+)$", source, re.M)[1]


def header(source):
    """The lines of its first comment after the licence."""
    begin = source.index("/* A trained model")
    return [line[3:] for line in source[begin:source.index("\n */", begin)].splitlines()]


def seed(source):
    return int(re.search(r"^ \* seed +(\d+)$", source, re.M)[1])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: pack.py models/ID/model.c FILE.bin")
    with open(sys.argv[1], encoding="ascii") as file:
        packed = pack(file.read())
    with open(sys.argv[2], "wb") as file:
        file.write(packed)
