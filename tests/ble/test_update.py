#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Steps of an update over Bluetooth from slot A to slot B, with the power gone in between; what strangers may not
(SPEC.md "Update")."""
import os
import sys
import tempfile

from bumble import att
from bumble.keys import MemoryKeyStore

from central import KEYBOARD, Person
from controller import Air
from emulated import Headset, silence
from runner import run, trace
from updater import PACKETS, Client, digest, near

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boards"))
from slots import RELEASE, SLOT_AT, TRAILER_BYTES, factory, flash, images, read, slot, trailer, write  # noqa: E402
from mcumgr import READ, WRITE, cbor, packet  # noqa: E402

AUTHENTICATION, ENCRYPTION = 5, 0x0F
A, B = images(read(RELEASE))
FOLDER = tempfile.TemporaryDirectory()


async def test_what_strangers_may_not():
    """Neither a packet nor its notifications before the pairing; packets are no requests."""
    air = Air()
    async with Headset(air, audio=silence(1)) as headset:
        central = await near(air)
        characteristic = central.characteristic(PACKETS)
        await central.peer.discover_descriptors(characteristic)
        try:
            await characteristic.subscribe(lambda value: None)
            assert False, "a stranger may listen"
        except att.ATT_Error as error:
            assert error.error_code == AUTHENTICATION
        heard = []
        central.device.notified = lambda handle, value: heard.append((handle, value))
        await characteristic.write_value(packet(READ, 0, 6, cbor({})))
        await headset.ms(1000)
        assert heard == [], heard
        assert await central.pair(Person(KEYBOARD, headset.code())) == 0
        await characteristic.write_value(packet(READ, 0, 6, cbor({})))  # nobody listens
        await headset.ms(500)
        assert heard == [], heard
        client = Client(central, headset)
        await client.begin()
        assert await client.ask(READ, 0, 6) == {"buf_size": 244, "buf_count": 1}
        assert await client.ask(READ, 1, 0) == {"rc": 8}  # nothing to update without a bootloader
        assert await client.ask(WRITE, 0, 0, {"d": "x" * 150}) == {"r": "x" * 150}
        assert headset.controller.breaches == [], headset.controller.breaches


async def test_from_slot_to_slot():
    with trace("update") as snoop:
        air, keys, store = Air(), MemoryKeyStore(), os.path.join(FOLDER.name, "store")
        where = os.path.join(FOLDER.name, "flash")
        write(where, flash(slot(A, trailer(1, kept=True)), page=factory("UT-0041")))
        async with Headset(air, audio=silence(1), flash=where, store=store, snoop=snoop) as headset:
            central = await near(air, keys)
            assert await central.pair(Person(KEYBOARD, headset.code())) == 0
            assert await central.characteristic("2A25").read_value() == b"UT-0041"
            client = Client(central, headset)
            await client.begin()
            assert await client.upload(B, stop=4000) >= 4000
            await headset.cut()
            central.off()
        async with Headset(air, audio=silence(1), flash=where, store=store, snoop=snoop) as headset:
            central = await near(air, keys)
            client = Client(central, headset)
            try:
                await client.begin()
                assert False, "a bonded central may listen in the open"
            except att.ATT_Error as error:
                assert error.error_code == ENCRYPTION
            await central.connection.encrypt()
            await client.begin()
            state = (await client.ask(READ, 1, 0))["images"]
            assert [image["slot"] for image in state] == [0] and state[0]["active"], state
            assert 200 <= await client.upload(B, stop=200) < 400  # from the beginning: what it knew went with the power
            await headset.cut()
            central.off()
        # What a whole upload leaves; test_smpclient.py and the demo send one.
        write(where, read(where)[:SLOT_AT[1]] + slot(B, b"\xff" * TRAILER_BYTES))
        async with Headset(air, audio=silence(1), flash=where, store=store, snoop=snoop) as headset:
            central = await near(air, keys)
            await central.connection.encrypt()
            client = Client(central, headset)
            await client.begin()
            state = (await client.ask(WRITE, 1, 0, {"hash": digest(B), "confirm": False}))["images"]
            assert state[1]["pending"] and state[0]["active"], state
            assert await client.ask(WRITE, 0, 5) == {}
            await headset.ended()  # the restart, which ends the emulator
            headset.feeder.stop()
            central.off()
        async with Headset(air, audio=silence(1), flash=where, store=store, snoop=snoop) as headset:
            central = await near(air, keys)
            await central.connection.encrypt()
            client = Client(central, headset)
            await client.begin()
            for _ in range(60):
                state = (await client.ask(READ, 1, 0))["images"]
                assert state[1]["active"], state
                if state[1]["confirmed"]:
                    break
                await headset.ms(500)
            assert state[1]["confirmed"] and state[0]["confirmed"], state
            assert headset.controller.breaches == [], headset.controller.breaches


run(globals())
