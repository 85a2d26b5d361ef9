#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The tests' own controller: what it allows works with bumble on both sides, and what it must refuse it refuses."""
import asyncio
import io
import struct

from bumble import crypto, hci

from central import KEYBOARD, LOST, Central, Person
from controller import H4, KEY_MISSING, Air, PeripheralController
from double import NAME, STREAM, Double
from runner import run


async def met(lie=lambda key: key, **options):
    """A double and a central that are connected."""
    air = Air()
    double = await Double(air, lie, **options).on()
    central = await Central(air).on()
    found = await central.find(NAME)
    assert found is not None and found.is_connectable
    assert found.address.is_resolvable and double.controller.address() == found.address
    await central.connect(found.address)
    return double, central


async def test_pairing_encrypts_only_after_the_key_was_asked_for():
    double, central = await met(snoop=(trace := io.BytesIO()))
    assert await central.pair(Person(KEYBOARD, double.code)) == 0
    assert central.connection.encryption
    (given, wanted), = double.controller.asked
    assert given == wanted and len(given) == 16 and any(given)
    assert double.controller.breaches == [], double.controller.breaches
    assert trace.getvalue().startswith(b"btsnoop\0") and len(trace.getvalue()) > 3000


async def test_a_key_that_lies_is_refused():
    double, central = await met(lambda key: bytes([key[0] ^ 1]) + key[1:])
    assert await central.pair(Person(KEYBOARD, double.code)) == LOST
    assert await central.gone() and central.connection.encryption == 0
    (given, wanted), = double.controller.asked
    assert given != wanted
    assert not double.controller.le_connections


async def test_no_key_is_refused():
    double, central = await met(lambda key: None)
    pairing = asyncio.ensure_future(central.pair(Person(KEYBOARD, double.code)))
    while not double.controller.asked:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert central.connection.encryption == 0 and not pairing.done()
    pairing.cancel()


async def test_reconnecting_with_the_key():
    double, central = await met()
    assert await central.pair(Person(KEYBOARD, double.code)) == 0
    await central.disconnect()
    found = await central.find(NAME)
    await central.connect(found.address)
    assert await central.encrypt() == 0 and central.connection.encryption
    assert len(double.controller.asked) == 2 and double.controller.breaches == []
    # both ends of what a lie does to a bond
    for lie, code in ((lambda key: None, KEY_MISSING), (lambda key: bytes(16), LOST)):
        double.lie = lie
        await central.disconnect()
        found = await central.find(NAME)
        await central.connect(found.address)
        assert await central.encrypt() == code
        assert central.connection.encryption == 0 and central.connected() == (code == KEY_MISSING)


async def test_the_stream_is_in_order_and_whole():
    """27-byte fragments both ways, buffers of the controller never overrun, values longer than a fragment."""
    for options in ({}, {"length": 251, "packets": 1, "longer": True}):
        double, central = await met(**options)
        await central.peer.request_mtu(247)
        await central.peer.discover_services()
        await central.peer.discover_characteristics()
        await central.subscribe(central.characteristic(STREAM))
        await asyncio.sleep(0.05)
        sent = [bytes([i]) * 240 for i in range(100)]
        for value in sent:
            await double.send(value)
        while len(central.values) < len(sent):
            await asyncio.sleep(0.01)
        assert central.values == sent and double.controller.breaches == []


async def test_a_held_radio_fills_the_buffers():
    double, central = await met(packets=3)
    await central.peer.discover_services()
    await central.peer.discover_characteristics()
    await central.subscribe(central.characteristic(STREAM))
    await asyncio.sleep(0.05)
    double.controller.held = True
    for i in range(10):
        await double.send(bytes([i]) * 20)
    await asyncio.sleep(0.1)
    assert central.values == [] and len(double.controller.waiting) == 3
    double.controller.held = False
    double.controller.pump()
    while len(central.values) < 10:
        await asyncio.sleep(0.01)
    assert [v[0] for v in central.values] == list(range(10)) and double.controller.breaches == []


async def test_loss_is_seen_by_both_sides():
    double, central = await met()
    double.controller.lose()
    assert await central.gone() and not double.controller.le_connections
    await asyncio.sleep(0.05)
    assert not double.device.connections
    assert await central.find(NAME) is not None  # it advertises again


async def test_a_dead_controller_says_nothing():
    double, central = await met()
    double.controller.die()
    assert await central.gone()
    heard = len(double.controller.opcodes)
    double.controller.packet(bytes([1, 3, 12, 0]))
    assert len(double.controller.opcodes) == heard
    double.controller.revive()
    assert not double.controller.was_reset and double.controller.address() == double.controller.public_address


class Script:
    """A host by hand: commands in, packets out."""

    def __init__(self, **options):
        self.heard = []
        self.controller = PeripheralController(Air(), self.heard.append, **options)

    def command(self, opcode, parameters=b""):
        self.heard.clear()
        self.controller.packet(struct.pack("<BHB", 1, opcode, len(parameters)) + parameters)
        return self.heard[0] if self.heard else None

    def breaches(self):
        found, self.controller.breaches = self.controller.breaches, []
        return len(found)


async def test_what_a_host_may_not_do():
    s = Script(withheld=(0x2018,))
    s.command(0x1009)
    assert s.breaches() == 1  # before the reset
    assert s.command(0x0C03) == bytes.fromhex("040e0401030c00") and s.breaches() == 0
    assert s.command(0x2018)[3] == 1 and s.breaches() == 1  # withheld
    assert s.command(0x1002)[7:][27] & 0x80 == 0 and s.breaches() == 0  # and not listed: octet 27 bit 7
    assert s.command(0x2099)[3] == 1 and s.breaches() == 1  # unknown
    assert s.command(0x2001, b"\0")[6] == 0x12 and s.breaches() == 1  # wrong length
    s.controller.credits = False
    s.command(0x1009)
    assert s.breaches() == 1  # no credit
    parameters = struct.pack("<HHBBB6sBB", 0x20, 0x20, 0, 1, 0, bytes(6), 7, 0)
    assert s.command(0x2006, parameters)[6] == 0 and s.breaches() == 0
    assert s.command(0x200A, b"\1")[6] == 0x12 and s.breaches() == 1  # no random address yet
    assert s.command(0x2005, bytes(5) + b"\xc0")[6] == 0
    assert s.command(0x200A, b"\1")[6] == 0 and s.breaches() == 0
    assert s.command(0x2005, bytes(5) + b"\xc1")[6] == 0x0C and s.breaches() == 1  # while advertising
    assert s.command(0x2006, parameters)[6] == 0x0C and s.breaches() == 1
    assert s.command(0x2006, b"\x1f" + parameters[1:])[6] != 0 and s.breaches() == 1
    assert s.command(0x2008, b"\3" + b"\5\1\6" + bytes(28))[6] == 0x12 and s.breaches() == 1  # no such structure
    assert s.command(0x2008, b"\3" + b"\2\1\6" + bytes(28))[6] == 0 and s.breaches() == 0
    assert s.command(0x201A, bytes(18))[6] == 2 and s.breaches() == 1  # a key that nobody asked for
    assert s.command(0x0406, struct.pack("<HB", 0x77, 0x13))[3] == 2 and s.breaches() == 1
    for acl in ("0240200400" + "00000000", "0240000400" + "00000000", "0240001c00" + "00" * 28, "04ff00"):
        s.controller.packet(bytes.fromhex(acl))
        assert s.breaches() == 1, acl
    s.controller.stop()


async def test_buffers_may_not_be_overrun():
    double, central = await met(packets=2)
    handle = next(iter(double.controller.le_connections.values())).handle
    double.controller.held = True
    for i, expected in enumerate((0, 0, 1)):
        double.controller.packet(struct.pack("<BHHHHB", 2, handle, 5, 1, 4, 0x1E))
        assert len(double.controller.breaches) == expected, i
    double.controller.breaches.clear()
    double.controller.waiting.clear()
    for boundary, data in ((1, b"\0"), (0, b"\1\0\4\0\x1e\0\0"), (0, b"\5\0\4\0\x1e"), (0, b"\1\0\4\0\x1e")):
        double.controller.packet(struct.pack("<BHH", 2, handle | boundary << 12, len(data)) + data)
        double.controller.pump(most=9)
    said = [x.split(":")[0] for x in double.controller.breaches]
    assert said == ["continues no L2CAP PDU", "longer than its L2CAP length", "an L2CAP PDU was left unfinished"], said


async def test_masked_events_do_not_come():
    air = Air()
    double = await Double(air).on()
    central = await Central(air).on()
    found = await central.find(NAME)
    double.controller.event_mask &= ~(1 << 61)
    await central.connect(found.address)
    assert any("does not want to know" in x for x in double.controller.breaches)


async def test_the_host_may_limit_what_it_is_sent():
    s = Script()
    s.command(0x0C03)
    s.command(0x0C33, struct.pack("<HBHH", 27, 0, 2, 0))
    s.command(0x0C31, b"\1")
    assert s.breaches() == 0 and s.controller.host_buffers == 2
    double, _ = await met()
    connection = next(iter(double.controller.le_connections.values()))
    double.controller.host_buffers = 2
    sent = []
    double.controller.send = sent.append
    double.controller.on_link_acl_data(connection.peer_address, None, bytes(27 * 5))
    assert len(sent) == 2
    double.controller.packet(struct.pack("<BHBBHH", 1, 0x0C35, 5, 1, connection.handle, 2))
    assert len(sent) == 4 and [p[2] >> 4 for p in sent] == [2, 1, 1, 1]


async def test_commands_of_cryptography():
    s = Script()
    s.command(0x0C03)
    s.command(0x0C01, b"\xff" * 8)
    s.command(0x2001, b"\xff" * 8)
    # FIPS 197, appendix B, both in the byte order of HCI
    key, text = (bytes.fromhex(x)[::-1] for x in ("2b7e151628aed2a6abf7158809cf4f3c",
                                                  "3243f6a8885a308d313198a2e0370734"))
    assert s.command(0x2017, key + text)[7:][::-1].hex() == "3925841d02dc09fbdc118597196a0b32"
    assert s.command(0x2018)[7:] != s.command(0x2018)[7:]
    s.command(0x2025)
    public = s.heard[1][5:]
    assert s.heard[1][3] == 8 and len(public) == 64
    other = crypto.EccKey.generate()
    s.command(0x2026, other.x[::-1] + other.y[::-1])
    assert s.heard[1][3:5] == b"\x09\0"
    assert s.heard[1][5:][::-1] == other.dh(public[31::-1], public[:31:-1])
    s.command(0x2026, bytes(64))
    assert s.heard[1][4] == 0x12 and s.breaches() == 0  # not on the curve


async def test_data_length_and_phy():
    double, central = await met(longer=True)
    connection = next(iter(double.controller.le_connections.values()))
    await double.device.set_data_length(next(iter(double.device.connections.values())), 251, 2120)
    await asyncio.sleep(0.05)
    assert connection.rx_octets == 251 and double.controller.breaches == []
    await next(iter(double.device.connections.values())).set_phy(tx_phys=[hci.Phy.LE_2M], rx_phys=[hci.Phy.LE_2M])
    assert await next(iter(double.device.connections.values())).get_rssi() == -50
    await central.connection.update_parameters(30, 50, 0, 4000)
    await asyncio.sleep(0.05)
    assert connection.interval == 40 and double.controller.breaches == []


async def test_bytes_cut_anywhere():
    packets = [bytes(x) for x in ((1, 3, 12, 0), (2, 64, 0, 2, 0, 9, 9), (4, 14, 4, 1, 3, 12, 0), (2, 0, 0, 0, 0))]
    stream = b"".join(packets)
    for size in range(1, len(stream) + 1):
        h4, got = H4(), []
        for at in range(0, len(stream), size):
            got += h4.feed(stream[at:at + size])
        assert got == packets and h4.waiting == b"", size
    try:
        H4().feed(b"\x07")
        assert False
    except ValueError:
        pass


run(globals())
