# SPDX-License-Identifier: Apache-2.0
"""The emulated machine's flash as a file, with releases in its slots, and the bootloader that starts from it."""
import os
import struct
import zlib

from link import BUILD
from machine import emulated

BOOT = os.path.join(BUILD, "mps2", "boot.elf")
RELEASE = os.path.join(BUILD, "mps2", "undertone.update")
FLASH_BYTES, SLOT_BYTES, TRAILER_BYTES = 16 << 20, 0x40000, 64
SLOT_AT = (0x10000, 0x50000)
COUNTER_AT, FACTORY_AT = 0x4000, 0x5000
MARK = bytes.fromhex("77c295f360d2ef7f3552500f2cb67980")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def images(release):
    """The signed images of a release, one behind the other."""
    found = []
    while release:
        protected, size = struct.unpack_from("<H", release, 10)[0], struct.unpack_from("<I", release, 12)[0]
        at = 0x200 + size + protected
        end = (at + struct.unpack_from("<H", release, at + 2)[0] + 3) & ~3
        found.append(release[:end])
        release = release[end:]
    return found


def trailer(seq, tries=0, kept=False):
    return (b"\0" * 4 * tries).ljust(16, b"\xff") + struct.pack("<II", seq, seq ^ 0xFFFFFFFF) + b"\xff" * 16 + \
        (b"\1" if kept else b"\xff").ljust(8, b"\xff") + MARK


def slot(image, end):
    return image.ljust(SLOT_BYTES - TRAILER_BYTES, b"\xff") + end


def factory(serial, hardware=1, board=b"mps2", trim=None, passed=0, locked=False, made=1780000000):
    """A factory page, from SPEC.md "Factory page"; trim: the seal is there."""
    who = b"UTFP" + struct.pack("<HH4sI16s", 1, hardware, board, made, serial.encode())
    page = (who + struct.pack("<I", zlib.crc32(who))).ljust(64, b"\xff")
    if trim is not None:
        seal = b"UTFS" + struct.pack("<bbH", *trim, passed)
        page += seal + struct.pack("<I", zlib.crc32(seal))
    return page.ljust(96, b"\xff") + (b"UTFL" if locked else b"\xff" * 4)


def flash(a=b"", b=b"", counter=b"", page=b""):
    data = bytearray(b"\xff" * 0x100000)
    for at, part in ((SLOT_AT[0], a), (SLOT_AT[1], b), (COUNTER_AT, counter), (FACTORY_AT, page)):
        data[at:at + len(part)] = part
    return bytes(data)


def machine(path):
    """What QEMU needs to keep its flash in a file."""
    os.truncate(path, FLASH_BYTES)
    return ["-M", "mps2-an386,memory-backend=flash", "-object",
            f"memory-backend-file,id=flash,size={FLASH_BYTES},mem-path={path},share=on"]


def booted(path, *words):
    """(exit code, bytes on the link, what was said)"""
    return emulated(*words, image=BOOT, more=machine(path))
