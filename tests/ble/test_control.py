#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Requests over the control characteristic; the settings that they change outlive the reboot (SPEC.md "Control")."""
import os
import tempfile

from bumble import att
from bumble.keys import MemoryKeyStore

from central import KEYBOARD, Central, Person
from controller import KEY_MISSING, Air
from emulated import CONTROL, NAME, Headset
from runner import run, trace

GET, SET, DEFAULTS, IMAGE, REBOOT, FORGET = 1, 2, 3, 4, 5, 8
ID, CUSTOMER_GAIN = 1, 2
CONFIGURATION, WRONG_LENGTH, NOT_ALLOWED, AUTHENTICATION = 0xFD, 0x0D, 0x13, 0x05
FOLDER = tempfile.TemporaryDirectory()


def request(operation, tag=0, key=0, value=b""):
    return bytes([0x16, 0, operation, tag, key, len(value), 0, 0]) + value.ljust(12, b"\0")


async def written(central, value):
    """0, or the ATT error."""
    try:
        await central.characteristic(CONTROL).write_value(value, with_response=True)
    except att.ATT_Error as error:
        return error.error_code
    return 0


async def asked(central, headset, *words):
    """(error, value) of the reply to one request."""
    before = len(central.values)
    value = request(*words)
    assert await written(central, value) == 0
    for _ in range(40):
        if len(central.values) > before:
            break
        await headset.ms(50)
    reply, = central.values[before:]
    assert len(reply) == 20 and reply[0] == 0x17 and reply[2:5] == value[2:5], reply.hex()
    return reply[6], reply[8:8 + reply[5]]


async def near(air, headset, keys=None):
    central = await Central(air, keys=keys).on()
    found = await central.find(NAME)
    await central.connect(found.address)
    await central.peer.request_mtu(64)
    await central.peer.discover_services()
    await central.peer.discover_characteristics()
    return central


async def test_settings():
    with trace("control") as snoop:
        air, store, keys = Air(), os.path.join(FOLDER.name, "store"), MemoryKeyStore()
        async with Headset(air, store=store, snoop=snoop) as headset:
            central = await near(air, headset, keys)
            assert await written(central, request(GET, 1, ID)) == AUTHENTICATION
            assert await central.pair(Person(KEYBOARD, headset.code())) == 0
            assert await written(central, request(GET, 1, ID)) == CONFIGURATION  # no way to get the reply yet
            await central.subscribe(central.characteristic(CONTROL))
            assert await asked(central, headset, GET, 1, ID) == (0, b"")
            assert await asked(central, headset, SET, 2, ID, b"Desk-7") == (0, b"Desk-7")
            assert await asked(central, headset, SET, 3, CUSTOMER_GAIN, b"\x06\0\0\0") == (0, b"\x06\0\0\0")
            assert await asked(central, headset, SET, 4, CUSTOMER_GAIN, b"\x19\0\0\0") == (3, b"")  # 25 dB
            assert await asked(central, headset, GET, 5, CUSTOMER_GAIN) == (0, b"\x06\0\0\0")
            assert await asked(central, headset, GET, 6, 99) == (2, b"")
            assert await asked(central, headset, 77, 7) == (1, b"")
            error, image = await asked(central, headset, IMAGE, 8, 0)
            assert error == 0 and image[:4] == b"UTIM" and image[8:12] == b"mps2"
            good = request(GET, 1, ID)
            for value, expected in ((b"", WRONG_LENGTH), (good[:19], WRONG_LENGTH), (good + b"\0", WRONG_LENGTH),
                                    (b"\x12" + good[1:], NOT_ALLOWED), (b"\x26" + good[1:], NOT_ALLOWED)):
                assert await written(central, value) == expected, value.hex()
            await headset.ms(300)
            assert await asked(central, headset, REBOOT, 9) == (0, b"")
            assert await central.gone() and await headset.ended() == 0
            assert headset.controller.breaches == [], headset.controller.breaches
        async with Headset(air, store=store, snoop=snoop) as headset:
            central = await near(air, headset, keys)
            central.listen(central.characteristic(CONTROL))
            assert await central.encrypt() == 0
            assert await asked(central, headset, GET, 1, ID) == (0, b"Desk-7")
            assert await asked(central, headset, DEFAULTS, 2) == (0, b"")
            assert await asked(central, headset, GET, 3, ID) == (0, b"")
            assert headset.controller.breaches == [], headset.controller.breaches


async def test_forget():
    """Who ends all pairings over his own is told so, sent away, and a stranger after it."""
    with trace("forget") as snoop:
        air, keys = Air(), MemoryKeyStore()
        async with Headset(air, snoop=snoop) as headset:
            central = await near(air, headset, keys)
            assert await central.pair(Person(KEYBOARD, headset.code())) == 0
            await central.subscribe(central.characteristic(CONTROL))
            assert await asked(central, headset, FORGET, 1) == (0, b"")
            assert await central.gone()
            central.off()
            central = await near(air, headset, keys)
            assert await central.encrypt() == KEY_MISSING
            assert await written(central, request(GET, 1, ID)) == AUTHENTICATION
            assert headset.controller.breaches == [], headset.controller.breaches


if __name__ == "__main__":
    run(globals())
