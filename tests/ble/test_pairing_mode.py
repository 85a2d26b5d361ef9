#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pairing mode: who finds the headset while it is closed, what opens it, and that it closes by itself."""
import os
import tempfile

from bumble.core import AdvertisingData
from bumble.keys import MemoryKeyStore

from central import KEYBOARD, SMP_CID, Central, Person
from controller import KEY_MISSING, Air
from emulated import CONTROL, NAME, PAIRING, STREAM, Headset, silence
from runner import run, trace
from test_control import asked

NOT_SUPPORTED = 0x05
BOND, REMOVE = 10, 11
PRIVACY_COMMANDS = (0x2029, 0x2027, 0x202D, 0x204E)
FOLDER = tempfile.TemporaryDirectory()


def sound(headset):
    assert headset.controller.breaches == [], headset.controller.breaches


async def explored(central, address):
    await central.connect(address)
    await central.peer.request_mtu(64)
    await central.peer.discover_services()
    await central.peer.discover_characteristics()


async def bonded(air, store, keys, **options):
    """A headset's memory with one bond in it."""
    async with Headset(air, store=store) as headset:
        central = await Central(air, keys=keys, **options).on()
        await explored(central, (await central.find(NAME)).address)
        assert await central.pair(Person(KEYBOARD, headset.code())) == 0
        await headset.ms(500)
        await central.disconnect()
        central.off()
        await headset.cut()


async def test_silent_until_it_is_opened():
    with trace("mode_silent") as snoop:
        air = Air()
        async with Headset(air, audio=silence(200), button=None, snoop=snoop) as headset:
            central = await Central(air).on()
            assert await central.scan(lambda _: True, 2) is None
            assert await headset.ask(PAIRING, 2) == (2, b"")
            assert await headset.ask(PAIRING, 1) == (0, b"")
            await headset.saying("^pairing open$")
            assert await central.find(NAME) is not None
            assert await headset.ask(PAIRING, 0) == (0, b"")
            await headset.saying("^pairing closed$")
            assert await central.scan(lambda _: True, 2) is None
            sound(headset)


async def test_it_closes_by_itself():
    with trace("mode_closes") as snoop:
        air = Air()
        async with Headset(air, audio=silence(300), speed=40, button=None, snoop=snoop) as headset:
            assert await headset.ask(PAIRING, 1) == (0, b"")
            await headset.saying("^pairing open$", seconds=60)
            begin = headset.feeder.ms()
            await headset.saying("^pairing closed$", seconds=90)
            # The machine's clock runs up to twice as fast as the audio.
            assert 55000 < headset.feeder.ms() - begin < 125000, headset.feeder.ms() - begin
            sound(headset)


async def test_closed_to_all_but_the_bonded():
    """The controller keeps strangers outside; the bonded central comes with its private and its identity address."""
    air, store, keys, irk = Air(), os.path.join(FOLDER.name, "closed"), MemoryKeyStore(), os.urandom(16)
    await bonded(air, store, keys, private=True, irk=irk)
    with trace("mode_closed") as snoop:
        async with Headset(air, store=store, button=None, snoop=snoop) as headset:
            stranger = await Central(air, "F0:00:00:00:00:09").on()
            seen = await stranger.scan(lambda _: True)
            assert seen.data.get(AdvertisingData.Type.FLAGS) == 4 and len(seen.data.ad_structures) == 1, seen.data
            await stranger.connect(seen.address)
            assert await stranger.gone() and not headset.controller.le_connections
            stranger.off()
            for private in (True, False):
                central = await Central(air, keys=keys, private=private, irk=irk).on()
                found = await central.find_known()
                await explored(central, found.address)
                assert await central.encrypt() == 0, private
                await central.subscribe(central.characteristic(STREAM))
                await headset.ms(1500)
                assert len(central.records) > 0
                await central.disconnect()
                central.off()
            assert headset.controller.resolves and len(headset.controller.accepted) == 1
            sound(headset)


async def test_a_controller_without_lists():
    """Then the host does it: no pairing, and a stranger has 10 s."""
    air, store, keys = Air(), os.path.join(FOLDER.name, "plain"), MemoryKeyStore()
    await bonded(air, store, keys)
    with trace("mode_plain") as snoop:
        async with Headset(air, audio=silence(200), store=store, button=None, withheld=PRIVACY_COMMANDS,
                           snoop=snoop) as headset:
            stranger = await Central(air, "F0:00:00:00:00:09").on()
            await stranger.connect((await stranger.scan(lambda _: True)).address)
            begin = headset.feeder.ms()
            stranger.take(SMP_CID)
            assert await stranger.ask(SMP_CID, bytes.fromhex("0102000d100303")) == bytes([5, NOT_SUPPORTED])
            assert await stranger.gone(60)
            assert headset.feeder.ms() - begin < 15000, headset.feeder.ms() - begin
            stranger.off()
            central = await Central(air, keys=keys).on()
            await explored(central, (await central.find_known()).address)
            assert await central.encrypt() == 0
            sound(headset)


async def test_a_bonded_host_opens_it():
    air, store, keys = Air(), os.path.join(FOLDER.name, "host"), MemoryKeyStore()
    await bonded(air, store, keys)
    with trace("mode_host") as snoop:
        async with Headset(air, store=store, button=None, snoop=snoop) as headset:
            central = await Central(air, keys=keys).on()
            await explored(central, (await central.find_known()).address)
            assert await central.encrypt() == 0
            await central.subscribe(central.characteristic(CONTROL))
            assert await asked(central, headset, PAIRING, 1, 1) == (0, b"")
            await headset.saying("^pairing open$")
            await central.disconnect()
            other = await Central(air, "F0:00:00:00:00:09").on()
            await explored(other, (await other.find(NAME)).address)
            assert await other.pair(Person(KEYBOARD, headset.code())) == 0
            await headset.ms(500)
            # and the first is forgotten alone, under the other's eyes
            error, first = await headset.ask(BOND, 0)
            assert error == 0 and first[:7] == b"\1" + bytes.fromhex("0100000000F0") and first[7:] == b"\1\1", first.hex()
            assert (await headset.ask(BOND, 1))[1][7:] == b"\1\0"
            assert await headset.ask(REMOVE, 0, first[:6]) == (3, b"")
            assert await headset.ask(REMOVE, 0, first[:7]) == (0, b"")
            await headset.ms(500)
            assert other.connected() and await headset.ask(BOND, 0) == (0, b"")
            await other.subscribe(other.characteristic(STREAM))
            await headset.ms(1500)
            assert len(other.records) > 0
            await other.disconnect()
            other.off()
            await explored(central, (await central.find_known()).address)
            assert await central.encrypt() == KEY_MISSING
            sound(headset)


async def test_a_long_hold_forgets():
    air, store, keys = Air(), os.path.join(FOLDER.name, "forget"), MemoryKeyStore()
    await bonded(air, store, keys)
    with trace("mode_forget") as snoop:
        async with Headset(air, store=store, button="forget", snoop=snoop) as headset:
            await headset.ms(2000)
            central = await Central(air, keys=keys).on()
            assert await central.scan(lambda _: True, 1) is None
            assert await headset.ask(PAIRING, 1) == (0, b"")
            await explored(central, (await central.find(NAME)).address)
            assert await central.encrypt() == KEY_MISSING
            sound(headset)


if __name__ == "__main__":
    run(globals())
