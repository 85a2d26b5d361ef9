# SPDX-License-Identifier: Apache-2.0
"""A headset that takes an update packet by packet, whatever carries them: two slots, from SPEC.md "Update"."""
import hashlib
import struct

from mcumgr import cbor, uncbor


class Slots:
    """`refuse`: the code of group 1 that an upload is answered with, 0 = none; `keeps`: whether the new image works."""

    def __init__(self, room, refuse=0, keeps=True):
        self.room, self.refuse, self.keeps, self.running, self.length, self.asked = room, refuse, keeps, 0, 0, []
        self.image = [{"version": "0.1.0", "hash": bytes(32), "confirmed": True}, None]
        self.coming, self.sha = b"", b""

    def state(self):
        items = []
        for slot, image in enumerate(self.image):
            if image is not None:
                items.append(cbor({"slot": slot, "bootable": True, "pending": False, "permanent": False, "active": slot == self.running, **image}))
        return b"\xa1\x66images" + bytes([0x80 + len(items)]) + b"".join(items)

    def upload(self, asked):
        if self.refuse:
            return {"err": {"group": 1, "rc": self.refuse}}
        if asked["off"] == 0 and asked.get("sha") != self.sha:
            self.coming, self.sha, self.length = b"", asked["sha"], asked["len"]
        if asked["off"] == len(self.coming):
            self.coming += asked["data"]
        if len(self.coming) == self.length:
            size, protected = struct.unpack_from("<I", self.coming, 12)[0], struct.unpack_from("<H", self.coming, 10)[0]
            signed = self.coming[:0x200 + size + protected]
            self.image[1] = {"version": ".".join(map(str, self.coming[20:23])), "hash": hashlib.sha256(signed).digest(), "confirmed": False}
        return {"off": len(self.coming)}

    def whole(self):
        """The upload is there, to the byte."""
        return len(self.coming) == self.length > 0 and hashlib.sha256(self.coming).digest() == self.sha

    def answer(self, packet):
        """The answer's bytes, and whether it starts again behind it."""
        operation, group, seq, number = packet[0] & 7, packet[5], packet[6], packet[7]
        asked = uncbor(packet[8:])
        self.asked.append((group, number))
        restart = (group, number) == (0, 5)
        if (group, number) == (0, 6):
            body = cbor({"buf_size": self.room, "buf_count": 1})
        elif (group, number) == (1, 1):
            body = cbor(self.upload(asked))
        elif group == 1:
            body = self.state()
        else:
            body = cbor({})
        if restart and self.keeps:
            self.running = 1
            self.image[1]["confirmed"] = True
        return struct.pack(">BBHHBB", 8 | (operation + 1), 0, len(body), group, seq, number) + body, restart
