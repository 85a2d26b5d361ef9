#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a stranger sees of the headset: advertising, the attribute table, MTUs, and what it keeps from the unpaired."""
import os
import re
import struct

from bumble import att
from bumble.core import AdvertisingData
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from central import ATT_CID, Central
from controller import Air
from emulated import CONTROL, NAME, SERVICE, STREAM, VERSIONS, Headset
from runner import run, trace

SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "spec", "bluetooth.md")


def specified():
    """The table of SPEC.md "Bluetooth" as rows of Central.walk."""
    with open(SPEC, encoding="utf-8") as f:
        section = re.search(r"^## Bluetooth$(.*?)^## ", f.read(), re.M | re.S).group(1)
    table = section.split("| handle |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    return [(int(handle), kind, int(properties, 16) if properties else None)
            for handle, kind, _, _, properties in rows]


async def met(air, headset, **options):
    central = await Central(air, **options).on()
    found = await central.find(NAME)
    assert found is not None, headset.said
    await central.connect(found.address)
    return central


async def test_discovery():
    with trace("discovery") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await Central(air).on()
            found = await central.find(NAME)
            assert found.is_connectable and found.address == headset.controller.address()
            assert found.address.is_resolvable, found.address
            assert found.data.get(AdvertisingData.Type.FLAGS) == 6  # general discoverable, no BR/EDR
            listed = found.data.get_all(AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, raw=True) + \
                found.data.get_all(AdvertisingData.Type.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, raw=True)
            assert bytes.fromhex(SERVICE.replace("-", ""))[::-1] in [bytes(x) for x in listed], found.data
            assert headset.controller.breaches == [], headset.controller.breaches


async def test_the_whole_table():
    with trace("walk") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await met(air, headset)
            await central.peer.request_mtu(247)
            found = await central.walk()
            assert found == specified(), found
            assert headset.controller.breaches == [], headset.controller.breaches


async def test_the_hash_of_the_table():
    """Core Specification, volume 3 part G 7.3.1, over what the server itself says it has."""
    air = Air()
    async with Headset(air) as headset:
        central = await met(air, headset)
        central.take(ATT_CID)
        message, handle = b"", 1
        while (answer := await central.ask(ATT_CID, struct.pack("<BHH", 4, handle, 0xFFFF)))[0] == 5:
            size = 4 if answer[1] == 1 else 18
            for at in range(2, len(answer), size):
                handle, kind = struct.unpack_from("<HH", answer, at)
                if size == 4 and kind in (0x2800, 0x2801, 0x2802, 0x2803):
                    value = await central.ask(ATT_CID, struct.pack("<BH", 0x0A, handle))
                    assert value[0] == 0x0B, value.hex()
                    message += answer[at:at + 4] + value[1:]
                elif size == 4 and 0x2900 <= kind <= 0x2905:
                    message += answer[at:at + 4]
            handle += 1
        assert answer[0] == 1 and answer[4] == 0x0A
        cmac = CMAC(AES(bytes(16)))
        cmac.update(message)
        answer = await central.ask(ATT_CID, struct.pack("<BHHH", 8, 1, 0xFFFF, 0x2B2A))
        assert answer[0] == 9 and answer[1] == 18 and answer[4:] == cmac.finalize()[::-1], answer.hex()


async def test_every_mtu():
    with trace("mtu") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await Central(air).on()
            for ours in (23, 24, 50, 100, 185, 246, 247, 248, 517):
                found = await central.find(NAME)
                await central.connect(found.address)
                mtu = await central.peer.request_mtu(ours)
                assert mtu == min(ours, 247)
                assert len(await central.walk()) > 10
                for service in central.peer.services:
                    for characteristic in service.characteristics:
                        if characteristic.properties & 2 and characteristic.uuid.to_bytes() not in (b"\x19\x2a", b"\x25\x2a"):
                            assert len(await characteristic.read_value()) > 0
                await central.disconnect()
            assert headset.controller.breaches == [], headset.controller.breaches


async def test_what_the_unpaired_may_not():
    """Insufficient authentication (5) for stream, control, their subscriptions and the serial number; and no record comes."""
    with trace("unpaired") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await met(air, headset)
            await central.walk()
            stream, control = central.characteristic(STREAM), central.characteristic(CONTROL)
            subscriptions = [next(d for d in c.descriptors if bytes(d.type) == b"\x02\x29") for c in (stream, control)]
            central.take(ATT_CID)
            for subscription in subscriptions:
                assert await central.ask(ATT_CID, struct.pack("<BHH", 0x12, subscription.handle, 1)) == \
                    struct.pack("<BBHB", 1, 0x12, subscription.handle, 5)
                central.say(ATT_CID, struct.pack("<BHH", 0x52, subscription.handle, 1))  # a command has no answer
            assert await central.ask(ATT_CID, struct.pack("<BHB", 0x12, control.handle, 1)) == \
                struct.pack("<BBHB", 1, 0x12, control.handle, 5)
            answer = await central.ask(ATT_CID, struct.pack("<BH", 0x0A, stream.handle))
            assert answer in [struct.pack("<BBHB", 1, 0x0A, stream.handle, code) for code in (2, 5)], answer.hex()
            serial = central.characteristic("2A25")
            for request in (struct.pack("<BH", 0x0A, serial.handle), struct.pack("<BHH", 0x0C, serial.handle, 0),
                            struct.pack("<BHHH", 8, 1, 0xFFFF, 0x2A25), struct.pack("<BHH", 0x0E, serial.handle, serial.handle)):
                assert await central.ask(ATT_CID, request) == struct.pack("<BBHB", 1, request[0], serial.handle, 5), request.hex()
            answer = await central.ask(ATT_CID, struct.pack("<BHHH", 8, 1, 0xFFFF, 0x2902))
            assert answer[0] == 9 or answer[4] in (5, 0x0A), answer.hex()
            await headset.ms(2000)
            assert await central.said(ATT_CID, 0.2) is None
            assert headset.controller.breaches == [], headset.controller.breaches


async def test_what_it_knows_of_itself():
    """Signal strength follows the controller's; a board that cannot measure its battery says so."""
    air = Air()
    async with Headset(air, longer=True) as headset:
        headset.controller.rssi = -71
        central = await met(air, headset)
        await central.walk()
        assert {0x2022, 0x2032} <= set(headset.controller.opcodes)  # longer packets, 2 Mb/s
        assert next(iter(headset.controller.le_connections.values())).rx_octets == 251
        await headset.ms(6000)
        versions = await central.characteristic(VERSIONS).read_value()
        assert len(versions) == 20 and versions[0] == 1 and versions[15:19] == b"mps2", versions.hex()
        assert versions[19] == 256 - 71, versions.hex()
        try:
            await central.characteristic("2A19").read_value()
            assert False
        except att.ATT_Error as error:
            assert error.error_code == 0x80
        assert await central.characteristic("2A24").read_value() == b"mps2"
        assert headset.controller.breaches == [], headset.controller.breaches


async def test_the_next_central_after_the_last():
    with trace("next_central") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            for i in range(6):
                central = await met(air, headset, address=f"F0:00:00:00:00:{i + 1:02X}")
                if i % 2:
                    headset.controller.lose()
                    assert await central.gone()
                else:
                    await central.disconnect()
            assert headset.controller.breaches == [], headset.controller.breaches

run(globals())
