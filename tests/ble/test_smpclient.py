#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""MCUmgr's client in Python, by its own transport for bumble over a connection that is paired already: a whole image from slot A
to slot B, and what it is refused (SPEC.md "Update")."""
import logging
import os
import sys
import tempfile
import time

from bumble import att
from bumble.keys import MemoryKeyStore

from central import KEYBOARD, Person
from controller import Air
from emulated import Headset, silence
from runner import run
from updater import digest, near

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, "..", "boards"), os.path.join(HERE, "..", "update")]  # the latter has crcmod's stand-in
from smpclient import SMPClient  # noqa: E402
from smpclient.exceptions import SMPUploadError  # noqa: E402
from smpclient.generics import success  # noqa: E402
from smpclient.requests.image_management import ImageStatesRead, ImageStatesWrite  # noqa: E402
from smpclient.requests.os_management import EchoWrite, ResetWrite  # noqa: E402
from smpclient.transport.bumble import SMPBumbleTransport  # noqa: E402
from slots import RELEASE, flash, images, read, slot, trailer, write  # noqa: E402

logging.getLogger("smpclient").setLevel(logging.CRITICAL)  # it warns of a link that goes, which is meant here
AUTHENTICATION, WRONG_SLOT = 5, 25
KEPT_S = 60
A, B = images(read(RELEASE))
FOLDER = tempfile.TemporaryDirectory()


class Lent(SMPBumbleTransport):
    """Over the connection that a central has."""

    def __init__(self, central):
        super().__init__()
        self.central = central

    async def connect(self, address, timeout_s):
        await self.use_connection(self.central.connection, peer=self.central.peer)


def client(central):
    return SMPClient(Lent(central), "headset")


async def states(own):
    said = await own.request(ImageStatesRead())
    assert success(said), said
    return {image.slot: image for image in said.images}


async def test_a_whole_image():
    air, keys = Air(), MemoryKeyStore()
    where, store = os.path.join(FOLDER.name, "flash"), os.path.join(FOLDER.name, "store")
    write(where, flash(slot(A, trailer(1, kept=True))))
    async with Headset(air, audio=silence(1), flash=where, store=store, hurry=True) as headset:
        central = await near(air, keys)
        own = client(central)
        try:
            await own.connect()
            assert False, "a stranger may listen"
        except att.ATT_Error as error:
            assert error.error_code == AUTHENTICATION
        assert await central.pair(Person(KEYBOARD, headset.code())) == 0
        await own.connect()
        assert (await own.request(EchoWrite(d="hello"))).r == "hello"
        try:
            async for _ in own.upload(A):
                assert False, "linked for the slot that runs"
        except SMPUploadError as error:
            assert error.args[0].err.rc == WRONG_SLOT, error
        began = time.monotonic()
        async for at in own.upload(B):
            assert 0 < at <= len(B)
        assert at == len(B)
        print(f"{len(B)} bytes in {time.monotonic() - began:.0f} s")
        assert success(await own.request(ImageStatesWrite(hash=digest(B), confirm=False)))
        found = await states(own)
        assert found[1].pending and found[0].active and found[1].hash == digest(B), found
        assert success(await own.request(ResetWrite()))
        await headset.ended()  # the restart, which ends the emulator
        assert headset.controller.breaches == [], headset.controller.breaches
        headset.feeder.stop()
        central.off()
    async with Headset(air, audio=silence(1), flash=where, store=store) as headset:
        central = await near(air, keys)
        await central.connection.encrypt()
        own, until = client(central), time.monotonic() + KEPT_S
        await own.connect()
        while not (found := await states(own))[1].confirmed:
            assert found[1].active and time.monotonic() < until, found
            await headset.ms(500)
        await own.disconnect()
        assert found[1].active and found[0].confirmed, found
        assert headset.controller.breaches == [], headset.controller.breaches


run(globals(), seconds=300)
