#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A central that means harm: malformed and misplaced packets on every channel, each refused with the right error or
passed over, and the link or the next connection works after it. Sources: Core Specification 5.4, volume 3 parts A, F,
H; the faults known as SweynTooth (2020), the invalid-curve attack of Biham and Neumann (2018), KNOB (2019)."""
import asyncio
import struct

from bumble.crypto import EccKey
from bumble.smp import SMP_DEBUG_KEY_PUBLIC_X, SMP_DEBUG_KEY_PUBLIC_Y

from central import ATT_CID, KEYBOARD, SIGNALLING_CID, SMP_CID, Central, Person
from controller import CONTINUING, FIRST_OF_CONTROLLER, Air
from emulated import CONTROL, NAME, STREAM, VERSIONS, Headset, silence
from runner import btmon, run, trace, traced

INVALID_HANDLE, READ_NOT, WRITE_NOT, INVALID_PDU, AUTHENTICATION, UNSUPPORTED = 1, 2, 3, 4, 5, 6
INVALID_OFFSET, NOT_FOUND, NOT_LONG, WRONG_LENGTH, NO_GROUP, NOT_ALLOWED, CONFIGURATION = 7, 10, 11, 13, 16, 0x13, 0xFD
READ_NAME = struct.pack("<BHHH", 8, 1, 0xFFFF, 0x2A00)


async def reach(air, headset, central=None):
    central = central or await Central(air).on()
    found = await central.find(NAME)
    assert found is not None, headset.said
    await central.connect(found.address)
    for cid in (ATT_CID, SIGNALLING_CID, SMP_CID):
        central.take(cid)
    return central


async def works(central):
    """The server still answers, and with its name."""
    answer = await central.ask(ATT_CID, READ_NAME)
    return answer is not None and answer[0] == 9 and b"Undertone" in answer


def sound(headset):
    assert headset.controller.breaches == [], headset.controller.breaches


async def test_attributes():
    def error(request, handle, *codes):
        return [struct.pack("<BBHB", 1, request, handle, code) for code in codes]

    with trace("attack_att") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await Central(air).on()
            found = await central.find(NAME)
            await central.connect(found.address)
            rows = {name: handle for handle, name, _ in await central.walk()}
            name, stream, versions, control = rows["2A00"], rows[STREAM], rows[VERSIONS], rows[CONTROL]
            for cid in (ATT_CID, SIGNALLING_CID, SMP_CID):
                central.take(cid)
            nothing = [None]
            cases = [
                ("no such request", b"\x3e", error(0x3E, 0, UNSUPPORTED)),
                ("no such command", b"\x7f\0", nothing),
                ("nothing at all", b"", nothing),
                ("a response", b"\x0b\1\2", nothing), ("a notification", b"\x1b\1\0\2", nothing),
                ("a confirmation of nothing", b"\x1e", nothing),
                ("handle 0", struct.pack("<BH", 0x0A, 0), error(0x0A, 0, INVALID_HANDLE)),
                ("handle FFFF", struct.pack("<BH", 0x0A, 0xFFFF), error(0x0A, 0xFFFF, INVALID_HANDLE)),
                ("half a handle", b"\x0a\1", error(0x0A, 0, INVALID_PDU)),
                ("a handle and more", struct.pack("<BHB", 0x0A, name, 0), error(0x0A, 0, INVALID_PDU)),
                ("from 0", struct.pack("<BHH", 4, 0, 0xFFFF), error(4, 0, INVALID_HANDLE)),
                ("backwards", struct.pack("<BHH", 4, 5, 4), error(4, 5, INVALID_HANDLE)),
                ("behind the end", struct.pack("<BHH", 4, 0xFFFF, 0xFFFF), error(4, 0xFFFF, NOT_FOUND)),
                ("a range of 3 bytes", b"\x04\1\0\2", error(4, 0, INVALID_PDU)),
                ("a UUID of 5 bytes", struct.pack("<BHH5s", 8, 1, 0xFFFF, b"\0" * 5), error(8, 0, INVALID_PDU)),
                ("types from 0", struct.pack("<BHHH", 8, 0, 0xFFFF, 0x2803), error(8, 0, INVALID_HANDLE)),
                ("a group of what groups nothing", struct.pack("<BHHH", 0x10, 1, 0xFFFF, 0x2803),
                 error(0x10, 1, NO_GROUP)),
                ("a service that is not there", struct.pack("<BHHHH", 6, 1, 0xFFFF, 0x2800, 0x1234),
                 error(6, 1, NOT_FOUND)),
                ("find by value, short", b"\x06\1\0\xff\xff\0", error(6, 0, INVALID_PDU)),
                ("an offset beyond", struct.pack("<BHH", 0x0C, versions, 600), error(0x0C, versions, INVALID_OFFSET)),
                ("an offset of FFFF", struct.pack("<BHH", 0x0C, name, 0xFFFF), error(0x0C, name, INVALID_OFFSET)),
                ("a blob of handle 0", struct.pack("<BHH", 0x0C, 0, 0), error(0x0C, 0, INVALID_HANDLE)),
                ("writing what is read", struct.pack("<BHB", 0x12, name, 1), error(0x12, name, WRITE_NOT)),
                ("writing handle 0", struct.pack("<BHB", 0x12, 0, 1), error(0x12, 0, INVALID_HANDLE)),
                ("writing a declaration", struct.pack("<BHB", 0x12, 1, 1), error(0x12, 1, WRITE_NOT)),
                ("writing without a handle", b"\x12", error(0x12, 0, INVALID_PDU)),
                ("reading the stream", struct.pack("<BH", 0x0A, stream), error(0x0A, stream, READ_NOT, AUTHENTICATION)),
                ("subscribing", struct.pack("<BHH", 0x12, stream + 1, 1), error(0x12, stream + 1, AUTHENTICATION)),
                ("subscribing by command", struct.pack("<BHH", 0x52, stream + 1, 1), nothing),
                ("control", struct.pack("<BHB", 0x12, control, 1), error(0x12, control, AUTHENTICATION)),
                ("control by command", struct.pack("<BHB", 0x52, control, 1), nothing),
                ("a signed write", struct.pack("<BHB12s", 0xD2, control, 1, b"\0" * 12), nothing),
                ("preparing", struct.pack("<BHHB", 0x16, control, 0, 1), error(0x16, control, UNSUPPORTED) +
                 error(0x16, 0, UNSUPPORTED)),
                ("executing", b"\x18\1", error(0x18, 0, UNSUPPORTED)),
                ("several at once", struct.pack("<BHH", 0x0E, name, 0), error(0x0E, 0, UNSUPPORTED, INVALID_HANDLE)),
                ("several that are secret", struct.pack("<BHH", 0x20, stream, stream), error(0x20, 0, UNSUPPORTED) +
                 error(0x20, stream, READ_NOT, AUTHENTICATION)),
                ("an MTU of 22", struct.pack("<BH", 2, 22), [struct.pack("<BH", 3, 247)] + error(2, 0, INVALID_PDU)),
                ("half an MTU", b"\x02\x17", error(2, 0, INVALID_PDU)),
                ("longer than the MTU", struct.pack("<BH240s", 0x12, name, b"\0" * 240), nothing +
                 error(0x12, name, WRITE_NOT, WRONG_LENGTH) + error(0x12, 0, INVALID_PDU)),
            ]
            for what, pdu, expected in cases:
                answer = await central.ask(ATT_CID, pdu, 0.15 if expected == nothing else 3)
                assert answer in expected, (what, answer and answer.hex(), [e and e.hex() for e in expected])
                assert await works(central), what
            for _ in range(200):  # more than any queue; who asks before the answer need not get one
                central.say(ATT_CID, struct.pack("<BHHB", 0x16, control, 0, 1))
            answers, quiet = 0, False
            while not quiet:  # on a busy machine 2 s may be little of the headset's time
                answer = await central.said(ATT_CID, 2)
                if answer is None:
                    await headset.ms(2000)
                    answer = await central.said(ATT_CID, 0.2)
                quiet = answer is None
                assert quiet or (answer[0] == 1 and answer[4] == UNSUPPORTED), answer.hex()
                answers += not quiet
            assert 0 < answers <= 200 and await works(central), answers
            await headset.ms(1000)
            assert await central.said(ATT_CID, 0.2) is None  # none of it subscribed
            sound(headset)


async def test_frames():
    def frame(cid, payload, length=None):
        return struct.pack("<HH", len(payload) if length is None else length, cid) + payload

    read = frame(ATT_CID, READ_NAME)
    with trace("attack_l2cap") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await reach(air, headset)
            inject = headset.controller.inject
            assert await works(central)
            cases = [
                ("a continuation of nothing", [(CONTINUING, b"\1\2\3")]),
                ("an empty packet", [(FIRST_OF_CONTROLLER, b"")]), ("an empty continuation", [(CONTINUING, b"")]),
                ("half a header", [(FIRST_OF_CONTROLLER, b"\1\0")]),
                ("a frame of nothing", [(FIRST_OF_CONTROLLER, frame(ATT_CID, b""))]),
                ("shorter than it says", [(FIRST_OF_CONTROLLER, frame(ATT_CID, READ_NAME, 20))]),
                ("longer than it says", [(FIRST_OF_CONTROLLER, frame(ATT_CID, READ_NAME + b"\0" * 10, 3))]),
                ("a length of FFFF", [(FIRST_OF_CONTROLLER, frame(ATT_CID, READ_NAME, 0xFFFF))] +
                 [(CONTINUING, b"\0" * 27)] * 40),
                ("a length just too long", [(FIRST_OF_CONTROLLER, frame(ATT_CID, b"\x12" * 23, 248))] +
                 [(CONTINUING, b"\0" * 25)] * 9),
                ("a beginning in the middle", [(FIRST_OF_CONTROLLER, frame(ATT_CID, b"\x12\1", 40))]),
                ("channel 0", [(FIRST_OF_CONTROLLER, frame(0, b"\1\2\3"))]),
                ("channel 40", [(FIRST_OF_CONTROLLER, frame(0x40, b"\1\2\3"))]),
                ("channel FFFF", [(FIRST_OF_CONTROLLER, frame(0xFFFF, b"\1\2\3"))]),
            ]
            for what, packets in cases:
                for boundary, data in packets:
                    inject(data, boundary)
                await headset.ms(100)
                answer = await central.said(ATT_CID, 0.05)
                assert answer is None or answer[0] == 1, (what, answer.hex())
                assert await works(central), what
            for size in (10, 5, 4, 3, 2, 1):  # cut small, and whole again
                for at in range(0, len(read), size):
                    inject(read[at:at + size], CONTINUING if at else FIRST_OF_CONTROLLER)
                answer = await central.said(ATT_CID)
                assert answer is not None and answer[0] == 9, (size, answer)
            assert central.connected()
            sound(headset)


async def test_signalling():
    reject = lambda identifier, reason: struct.pack("<BBHH", 1, identifier, 2, reason)
    with trace("attack_signalling") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await reach(air, headset)
            for what, pdu, expected in (
                    ("no such code", struct.pack("<BBH", 0x55, 7, 0), [reject(7, 0)]),
                    ("an update that only a peripheral asks for", struct.pack("<BBHHHHH", 0x12, 8, 8, 6, 6, 0, 100),
                     [reject(8, 0)]),
                    ("a channel by credits", struct.pack("<BBHHHHHH", 0x14, 9, 10, 0x80, 0x40, 64, 64, 1),
                     [reject(9, 0), struct.pack("<BBHHHHHH", 0x15, 9, 10, 0, 0, 0, 0, 2)]),
                    ("a response to nothing", struct.pack("<BBHH", 0x13, 99, 2, 0), [None]),
                    ("a rejection of nothing", reject(98, 0), [None]),
                    ("half a header", b"\x55\x07", [None, reject(7, 0)]),
                    ("shorter than it says", struct.pack("<BBH", 0x55, 10, 50), [None, reject(10, 0)]),
                    ("nothing", b"", [None])):
                answer = await central.ask(SIGNALLING_CID, pdu, 0.15 if None in expected else 3)
                if answer is not None and answer[0] == 0x12:  # it asks for other parameters by itself
                    answer = await central.said(SIGNALLING_CID, 0.15)
                assert answer in expected, (what, answer and answer.hex())
                assert await works(central), what
            sound(headset)


REQUEST = bytes.fromhex("01" "02" "00" "0d" "10" "03" "03")  # keyboard; bonding, MITM, Secure Connections; 16 bytes
PUBLIC_KEY, CONFIRM, RANDOM, FAILED, CHECK = 0x0C, 0x03, 0x04, 0x05, 0x0D
REQUIREMENTS, CONFIRM_WRONG, KEY_SIZE, NO_COMMAND, UNSPECIFIED, INVALID, NO_SECRET = 3, 4, 6, 7, 8, 10, 11


def failed(*reasons):
    return [bytes([FAILED, reason]) for reason in reasons]


def public(key):
    return bytes([PUBLIC_KEY]) + key.x[::-1] + key.y[::-1]


async def test_pairing():
    good, off = EccKey.generate(), EccKey.generate()
    x = off.x[::-1]
    response = None
    bad_key = failed(INVALID, NO_SECRET)
    debug_key = bytes([PUBLIC_KEY]) + SMP_DEBUG_KEY_PUBLIC_X[::-1] + SMP_DEBUG_KEY_PUBLIC_Y[::-1]
    out_of_order = failed(UNSPECIFIED, INVALID, NO_COMMAND) + [None]
    cases = [
        ("no such command", [(b"\x20\1", [None] + failed(NO_COMMAND))]),
        ("nothing", [(b"", [None] + failed(INVALID, NO_COMMAND))]),
        ("a request cut short", [(REQUEST[:5], failed(INVALID))]),
        ("a request too long", [(REQUEST + b"\0", failed(INVALID))]),
        ("longer than SMP goes", [(b"\x0c" + b"\1" * 100, failed(INVALID, UNSPECIFIED) + [None])]),
        ("legacy pairing", [(REQUEST[:3] + b"\x05" + REQUEST[4:], failed(REQUIREMENTS))]),
        ("keys of 7 bytes", [(REQUEST[:4] + b"\x07" + REQUEST[5:], failed(KEY_SIZE))]),
        ("keys of 15 bytes", [(REQUEST[:4] + b"\x0f" + REQUEST[5:], failed(KEY_SIZE))]),
        ("keys of 17 bytes", [(REQUEST[:4] + b"\x11" + REQUEST[5:], failed(INVALID, KEY_SIZE))]),
        ("an input and output that is not", [(REQUEST[:1] + b"\x05" + REQUEST[2:], failed(INVALID))]),
        ("a key before the request", [(public(good), out_of_order)]),
        ("a confirmation before the request", [(bytes([CONFIRM]) + bytes(16), out_of_order)]),
        ("a random before the request", [(bytes([RANDOM]) + bytes(16), out_of_order)]),
        ("a check before the request", [(bytes([CHECK]) + bytes(16), out_of_order)]),
        ("a long-term key from the central", [(b"\6" + bytes(16), out_of_order), (b"\7" + bytes(10), out_of_order)]),
        ("an identity in the open", [(b"\x08" + bytes(16), out_of_order), (b"\x09\1" + bytes(6), out_of_order)]),
        ("a key of zeros", [(REQUEST, response), (bytes([PUBLIC_KEY]) + bytes(64), bad_key)]),
        ("a key off the curve", [(REQUEST, response), (bytes([PUBLIC_KEY]) + x + bytes(32), bad_key)]),
        ("the key whose secret everybody knows", [(REQUEST, response), (debug_key, bad_key)]),
        ("a key beyond the field", [(REQUEST, response), (bytes([PUBLIC_KEY]) + b"\xff" * 64, bad_key)]),
        ("half a key", [(REQUEST, response), (public(good)[:33], failed(INVALID))]),
        ("a confirmation instead of the key", [(REQUEST, response), (bytes([CONFIRM]) + bytes(16), out_of_order)]),
        ("a check instead of the key", [(REQUEST, response), (bytes([CHECK]) + bytes(16), out_of_order)]),
        ("the request again", [(REQUEST, response), (REQUEST, failed(UNSPECIFIED, INVALID, NO_COMMAND, 9) + [None])]),
    ]
    with trace("attack_smp") as snoop:
        for what, steps in cases:
            air = Air()
            async with Headset(air, snoop=snoop) as headset:
                central = await reach(air, headset)
                await headset.ms(300)
                while (asked := await central.said(SMP_CID, 0.02)) is not None:
                    assert asked[0] == 0x0B, asked.hex()  # it may ask for security by itself, nothing else
                for pdu, expected in steps:
                    answer = await central.ask(SMP_CID, pdu, 0.25 if expected and None in expected else 5)
                    if expected is response:
                        assert answer is not None and answer[0] == 2, what
                        assert answer[3] & 0x0D == 0x0D and answer[4] == 16, (what, answer.hex())
                    elif not (response in expected and answer is not None and answer[0] == 2):
                        assert answer in expected, (what, answer and answer.hex())
                assert headset.controller.asked == []
                if central.connected():
                    assert await works(central), what
                    await central.disconnect()
                await reach(air, headset, central)
                assert await works(central), what
                sound(headset)


async def test_its_own_key_sent_back():
    """A reflected key would let anyone pass who knows nothing; so would a wrong confirmation that is let through."""
    good = EccKey.generate()
    with trace("attack_reflection") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await reach(air, headset)
            seen = None
            for own in (public(good), None):
                await headset.ms(200)
                while await central.said(SMP_CID, 0.02) is not None:
                    pass
                for _ in range(20):  # it makes those wait who have failed before
                    answer = await central.ask(SMP_CID, REQUEST, 5)
                    if answer[0] == 2:
                        break
                    assert answer == bytes([FAILED, 9]), answer.hex()
                    await headset.ms(1000)
                answer = await central.ask(SMP_CID, own or seen, 10)
                if own is None and answer in failed(INVALID, NO_SECRET):
                    break
                assert answer[0] == PUBLIC_KEY, answer.hex()
                assert answer != seen  # a key of its own for every attempt, then
                seen = answer
                assert await central.ask(SMP_CID, bytes([CONFIRM]) + bytes(16), 5) is not None
                answer = await central.ask(SMP_CID, bytes([RANDOM]) + bytes(16), 5)
                assert answer in failed(CONFIRM_WRONG), answer.hex()
                await central.disconnect()
                await headset.ms(2500)
                await reach(air, headset, central)
            assert headset.controller.asked == []
            sound(headset)
    # what is kept of a run can be read; not asked of other runs, because btmon 5.66 dies of Read By Type Requests
    packets = traced("attack_reflection")
    commands = [p for to_host, p in packets if not to_host and p[0] == 1]
    assert commands[0] == bytes.fromhex("01030c00") and len(packets) > 60 and {p[0] for _, p in packets} == {1, 2, 4}
    said = btmon("attack_reflection")
    assert said is None or said.count("SMP: Pairing Public Key (0x0c)") >= 3, said


async def test_after_all_that_a_stranger_can_still_pair():
    air = Air()
    async with Headset(air) as headset:
        central = await reach(air, headset)
        for pdu in (b"", b"\x20", public(EccKey.generate()), bytes([CHECK]) + bytes(16)):
            central.say(SMP_CID, pdu)
        central.say(ATT_CID, b"\x3e")
        await headset.ms(500)
        await central.disconnect()
        await headset.ms(5000)
        for cid in (ATT_CID, SIGNALLING_CID, SMP_CID):
            central.give_back(cid)
        found = await central.find(NAME)
        await central.connect(found.address)
        assert await central.pair(Person(KEYBOARD, headset.code())) == 0
        await central.peer.discover_services()
        await central.peer.discover_characteristics()
        await central.subscribe(central.characteristic(STREAM))
        await headset.ms(1500)
        assert len(central.records) > 0
        sound(headset)


async def test_a_stranger_does_not_keep_the_link():
    """Neither by doing nothing for a minute nor by leaving a pairing half done; then the next may come."""
    with trace("attack_idle") as snoop:
        air = Air()
        for said, seconds in ((None, 60), (REQUEST, 30)):
            async with Headset(air, audio=silence(100), snoop=snoop) as headset:
                central = await reach(air, headset)
                if said:
                    assert (await central.ask(SMP_CID, said))[0] == 2
                begin = headset.feeder.ms()
                headset.feeder.speed = 10
                await headset.ms(seconds * 400)  # the machine's clock runs up to twice as fast as the audio
                assert central.connected() and await works(central), said
                assert await central.gone(20), said
                assert headset.feeder.ms() - begin < (seconds + 5) * 1000
                await reach(air, headset, await Central(air, "F0:00:00:00:00:02").on())
                sound(headset)


async def test_a_controller_that_talks_nonsense():
    """The host starts it again and is found again; audio and UART go on."""
    for name, packet in (("no_packet", b"\xff" * 8), ("endless", b"\x04\x3e\xff" + b"\x01" * 300),
                         ("hardware_error", b"\x04\x10\x01\x42")):
        with trace("attack_hci_" + name) as snoop:
            air = Air()
            async with Headset(air, snoop=snoop) as headset:
                central = await Central(air).on()
                assert await central.find(NAME) is not None
                resets = headset.controller.opcodes.count(0x0C03)
                headset.controller.emit(packet)
                while headset.controller.opcodes.count(0x0C03) == resets:
                    await asyncio.sleep(0.01)
                await reach(air, headset, central)
                assert await works(central)


async def test_events_that_do_not_belong():
    """A disconnection of another handle, keys for no link, packets completed that were not sent, short events."""
    with trace("attack_events") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await reach(air, headset)
            handle = next(iter(headset.controller.le_connections.values())).handle
            for event in (struct.pack("<BBBBHB", 4, 5, 4, 0, handle + 1, 8), b"\x04\x05\x00", b"\x04\x05\x02\x00\x01",
                          struct.pack("<BBBBHH", 4, 0x13, 5, 1, handle, 500), struct.pack("<BBBB", 4, 0x13, 1, 200),
                          struct.pack("<BBBBHB", 4, 8, 4, 0, handle + 1, 1), b"\x04\x3e\x00", b"\x04\x3e\x01\x05",
                          b"\x04\x0e\x00", b"\x04\x0e\x04\x01\x18\x20\x00", b"\x04\x0f\x04\x00\x01\x00\x00",
                          b"\x04\xff\x03\x01\x02\x03", struct.pack("<BHH", 2, (handle + 1) | 0x2000, 7) + bytes(7)):
                headset.controller.emit(event)
                await headset.ms(50)
                assert central.connected() and await works(central), event.hex()

run(globals())
