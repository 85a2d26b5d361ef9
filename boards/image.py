#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The last step of an image: fills in its header and writes the bytes that go into flash.

usage: image.py IMAGE.elf REVISION ID

Changes the header inside the ELF (SPEC.md "Image") and writes IMAGE.bin beside it: everything from the lowest load
address to the end, 0xFF between the loads. Board and model are what the image's own tables say, so they cannot differ
from hello. ID: the board's name by its board.mk, for the host; another than the image's is refused.
"""
import hashlib
import os
import struct
import sys

OFFSET, HEADER, SHA_AT = 0x200, 96, 64
MAGIC = b"UTIM"


def refuse(path, what):
    sys.exit(f"image.py: {path}: {what}")


class Elf:
    """A 32-bit little-endian ELF: its loaded bytes and its symbols."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = bytearray(f.read())
        if self.data[:6] != b"\x7fELF\x01\x01":
            refuse(path, "not a 32-bit little-endian ELF")
        phoff, shoff = struct.unpack_from("<II", self.data, 28)
        phsize, phnum, shsize, shnum = struct.unpack_from("<HHHH", self.data, 42)
        self.loads = []  # (physical address, virtual address, offset in the file, bytes)
        for i in range(phnum):
            kind, offset, virtual, physical, bytes_ = struct.unpack_from("<IIIII", self.data, phoff + i * phsize)
            if kind == 1 and bytes_ > 0:
                self.loads.append((physical, virtual, offset, bytes_))
        if not self.loads:
            refuse(path, "nothing in it is loaded")
        self.base = min(load[0] for load in self.loads)
        self.symbols = {}
        sections = [struct.unpack_from("<IIIIIIIIII", self.data, shoff + i * shsize) for i in range(shnum)]
        for section in sections:
            if section[1] == 2:  # SHT_SYMTAB
                names = sections[section[6]][4]
                for at in range(section[4], section[4] + section[5], 16):
                    name, value = struct.unpack_from("<II", self.data, at)
                    if name:
                        start = names + name
                        self.symbols[bytes(self.data[start:self.data.index(0, start)]).decode()] = value

    def image(self):
        end = max(physical + bytes_ for physical, _, _, bytes_ in self.loads)
        image = bytearray(b"\xff" * ((end - self.base + 3) & ~3))
        for physical, _, offset, bytes_ in self.loads:
            image[physical - self.base:physical - self.base + bytes_] = self.data[offset:offset + bytes_]
        return image

    def at(self, address, count):
        """Bytes by the address the program sees them at."""
        for _, virtual, offset, bytes_ in self.loads:
            if virtual <= address and address + count <= virtual + bytes_:
                return bytes(self.data[offset + address - virtual:offset + address - virtual + count])
        raise KeyError(hex(address))

    def put(self, physical_at, new):
        for physical, _, offset, bytes_ in self.loads:
            if physical <= physical_at and physical_at + len(new) <= physical + bytes_:
                self.data[offset + physical_at - physical:offset + physical_at - physical + len(new)] = new
                return
        raise KeyError(hex(physical_at))


def stamp(path, revision, board_id):
    elf = Elf(path)
    image = elf.image()
    header = image[OFFSET:OFFSET + HEADER]
    if header[:4] != MAGIC:
        refuse(path, f"no image header at 0x{OFFSET:x}")
    if len(revision.encode()) > 20:
        refuse(path, f"the revision {revision} is longer than 20 bytes")
    header[8:12] = elf.at(elf.symbols["board_name"], 4)
    if header[8:12] != board_id.encode().ljust(4, b"\0"):
        refuse(path, f'board_name is "{header[8:12].rstrip(bytes(1)).decode()}", the ID in board.mk "{board_id}"')
    model = elf.symbols.get("ut_model_default")
    if model is not None:  # struct ut_model: id, crc32, features_version
        name, crc, features = struct.unpack("<IIH", elf.at(model, 10))
        if features != struct.unpack_from("<H", header, 16)[0]:
            refuse(path, "the model was made for another version of the features")
        header[20:24] = elf.at(name, 4).split(b"\0")[0].ljust(4, b"\0")
        struct.pack_into("<I", header, 24, crc)
    struct.pack_into("<II", header, 28, len(image), elf.base)
    header[36:56] = revision.encode().ljust(20, b"\0")
    header[SHA_AT:] = bytes(32)
    image[OFFSET:OFFSET + HEADER] = header
    header[SHA_AT:] = hashlib.sha256(image).digest()
    image[OFFSET:OFFSET + HEADER] = header
    elf.put(elf.base + OFFSET, header)
    for name, data in ((path, elf.data), (os.path.splitext(path)[0] + ".bin", image)):
        with open(name, "r+b" if name == path else "wb") as f:
            f.write(data)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__.split("\n\n")[1])
    stamp(*sys.argv[1:])
