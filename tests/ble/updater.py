# SPDX-License-Identifier: Apache-2.0
"""The updating side over Bluetooth: bumble's central at the characteristic for update packets (SPEC.md "Update")."""
import os
import sys

from central import Central
from emulated import NAME

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boards"))
from mcumgr import WRITE, cbor, packet, uncbor  # noqa: E402

PACKETS = "DA2E7828-FBCE-4E01-AE9E-261174997C48"


def digest(image):
    return image[image.index(b"\x10\0\x20\0", len(image) - 200):][4:36]


async def near(air, keys=None):
    central = await Central(air, keys=keys).on()
    found = await central.find(NAME, seconds=30)
    await central.connect(found.address)
    await central.peer.request_mtu(247)
    await central.peer.discover_services()
    await central.peer.discover_characteristics()
    return central


class Client:
    """Packets over the characteristic, one answer each; asked again where none comes."""

    def __init__(self, central, headset):
        self.central, self.headset, self.seq, self.held = central, headset, 0, b""

    async def begin(self):
        self.characteristic = self.central.characteristic(PACKETS)
        await self.central.peer.discover_descriptors(self.characteristic)
        await self.characteristic.subscribe(self.take)

    def take(self, value):
        self.held += value

    async def ask(self, op, group, number, request=None):
        self.seq = (self.seq + 1) % 256
        for _ in range(4):
            self.held = b""
            await self.characteristic.write_value(packet(op, group, number, cbor(request or {}), self.seq))
            for _ in range(400):
                if len(self.held) >= 8 and len(self.held) == 8 + int.from_bytes(self.held[2:4], "big"):
                    assert self.held[6] == self.seq and self.held[0] & 7 == op + 1, self.held.hex()
                    return uncbor(self.held[8:])
                await self.headset.ms(10)
        raise AssertionError("no answer")

    async def upload(self, image, stop=None):
        at, sha = 0, b"\7" * 32
        while at < (stop or len(image)):
            piece = {"off": at, "data": image[at:at + (140 if at == 0 else 204)]}
            said = await self.ask(WRITE, 1, 1, {"len": len(image), "sha": sha, **piece} if at == 0 else piece)
            assert "off" in said, said
            at = said["off"]
        return at
