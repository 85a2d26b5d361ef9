#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Records over Bluetooth: all of them, in order, the same as over the UART; turns are never lost, others counted."""
import os
import tempfile

from central import KEYBOARD, Central, Person
from controller import Air
from emulated import NAME, STREAM, Headset, speech
from link import HELLO, SCORE, STATUS, counters, kind, missing, records
from runner import run, trace

FOLDER = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(FOLDER.name, name)


async def heard(air, headset, mtu=23):
    """A central that has paired and subscribed, in less time than the queue of waiting records lasts."""
    headset.feeder.speed = 2
    central = await Central(air).on()
    await reach(central, headset, mtu)
    assert await central.pair(Person(KEYBOARD, headset.code())) == 0
    await central.subscribe(central.characteristic(STREAM))
    headset.feeder.speed = 10
    return central


async def reach(central, headset, mtu=23):
    found = await central.find(NAME)
    assert found is not None, headset.said
    await central.connect(found.address)
    if mtu > 23:
        assert await central.peer.request_mtu(mtu) == min(mtu, 247)
    await central.peer.discover_services()
    await central.peer.discover_characteristics()


def sent(link):
    with open(link, "rb") as f:
        found, bad = records(f.read())
    assert bad == 0 and missing(found) == 0
    return found


def sound(headset):
    assert headset.controller.breaches == [], headset.controller.breaches


def seq(record):
    return record[1]


def alike(found):
    """The records without what belongs to the way: a status counts the records dropped on its own (bytes 8 and 9)."""
    return [r[:8] + b"\0\0" + r[10:] if kind(r) == STATUS else r for r in found]


def since(ours, by_uart):
    """A subscription's records as the UART had them, its first two apart when they are copies (SPEC.md "Bluetooth")."""
    own = alike(ours)
    if own[0] not in alike(by_uart):
        assert [kind(r) for r in ours[:2]] == [HELLO, STATUS] and missing(ours[:3]) == 0, [r.hex() for r in ours[:3]]
        own = own[2:]
    return own


async def test_ten_minutes():
    """Every record from the subscription to the end of the call, the same bytes as over the UART, and no audio lost."""
    with trace("ten_minutes") as snoop:
        air, link = Air(), path("ten")
        async with Headset(air, audio=speech(600), ends=True, link=link, snoop=snoop) as headset:
            central = await heard(air, headset)
            headset.feeder.speed = 0
            assert await headset.ended(300) == 0, headset.said
            sound(headset)
        by_uart, ours = sent(link), central.records
        assert set(map(len, central.values)) == {20}  # at the least MTU, a record is a notification
        assert len(ours) > 4 * 590 and missing(ours) == 0
        own = since(ours, by_uart)
        assert own == alike(by_uart)[-len(own):]
        assert counters(by_uart) == (0, 0), counters(by_uart)


async def test_a_link_that_is_lost_and_comes_back():
    with trace("link_loss") as snoop:
        air, link = Air(), path("loss")
        async with Headset(air, link=link, ends=True, audio=speech(60), snoop=snoop) as headset:
            central = await heard(air, headset)
            await headset.ms(3000)
            headset.controller.lose()
            assert await central.gone()
            before = len(central.records)
            await headset.ms(18000)
            await reach(central, headset)
            assert len(central.records) == before
            assert await central.encrypt() == 0  # the bond remembers that it had subscribed
            await headset.ms(2000)
            assert len(central.records) > before
            headset.feeder.speed = 0
            assert await headset.ended() == 0
            sound(headset)
        by_uart, ours = sent(link), central.records
        again = ours[before:]
        own = since(again, by_uart)
        assert kind(again[0]) == HELLO and kind(again[1]) == STATUS, [r.hex() for r in again[:2]]
        # what was lost is counted, and it is scores alone
        first = alike(by_uart).index(alike(ours)[before - 1]) + 1
        lost = [r for r in alike(by_uart)[first:] if r not in own]
        assert len(lost) > 5 and {kind(r) for r in lost} == {SCORE}, [r.hex() for r in lost]
        assert counters(again)[1] == len(lost), counters(again)


async def test_a_slow_central():
    """Scores are dropped and counted, turn events never; the UART and the audio do not notice."""
    for mtu in (23, 247):
        with trace(f"slow_central_{mtu}") as snoop:
            air, link = Air(), path("slow")
            async with Headset(air, link=link, ends=True, audio=speech(60), snoop=snoop) as headset:
                central = await heard(air, headset, mtu)
                await headset.ms(1000)
                headset.controller.held = True
                await headset.ms(18000)
                headset.controller.held = False
                headset.controller.pump()
                headset.feeder.speed = 0
                assert await headset.ended() == 0
                sound(headset)
            by_uart, ours = sent(link), central.records
            own = since(ours, by_uart)
            lost = [r for r in alike(by_uart)[alike(by_uart).index(own[0]):] if r not in own]
            assert len(lost) > 5 and missing(ours) == len(lost), (len(lost), missing(ours))
            assert {kind(r) for r in lost} == {SCORE}, {kind(r) for r in lost}
            drops = [int.from_bytes(r[8:10], "little") for r in ours if kind(r) == STATUS]
            assert drops[-1] == len(lost), (drops, len(lost))
            assert counters(by_uart) == (0, 0)
            if mtu == 247:
                assert max(map(len, central.values)) > 20  # several records in a notification once they wait
            assert all(len(v) % 20 == 0 for v in central.values)


async def test_a_controller_that_dies_and_comes_back():
    with trace("controller_lost") as snoop:
        air, link = Air(), path("lost")
        async with Headset(air, link=link, ends=True, audio=speech(90), speed=10, snoop=snoop) as headset:
            central = await heard(air, headset)
            await headset.ms(1000)
            headset.controller.die()
            await headset.ms(6000)
            headset.controller.revive()
            before = len(central.records)
            await reach(central, headset)
            assert await central.encrypt() == 0
            await headset.ms(2000)
            assert len(central.records) > before
            headset.feeder.speed = 0
            assert await headset.ended() == 0
            sound(headset)
        assert counters(sent(link))[0] == 0


async def test_a_controller_that_never_was():
    """The call goes on over the UART."""
    air, link = Air(), path("never")
    async with Headset(air, link=link, ends=True, audio=speech(24), speed=0) as headset:
        headset.controller.die()
        assert await headset.ended() == 0, headset.said
    found = sent(link)
    assert len(found) > 4 * 23 and counters(found) == (0, 0)


async def test_a_central_that_unsubscribes():
    with trace("unsubscribed") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await heard(air, headset)
            await headset.ms(2000)
            await central.characteristic(STREAM).unsubscribe()
            await headset.ms(500)
            before = len(central.records)
            assert before > 4
            await headset.ms(3000)
            assert len(central.records) == before
            sound(headset)


async def test_controllers_of_all_sizes():
    """One buffer of 27 bytes; large ones with the data length extension; one without random numbers, cryptography, data
    length and PHY. The stream is whole on each."""
    poor = (0x2017, 0x2018, 0x2022, 0x2025, 0x2026, 0x2032)
    for options in ({"packets": 1}, {"length": 251, "packets": 8, "longer": True},
                    {"length": 40, "packets": 2, "withheld": poor}):
        with trace("buffers_{length}_{packets}".format(**{"length": 27, "packets": 4, **options})) as snoop:
            air, link = Air(), path("sizes")
            async with Headset(air, link=link, ends=True, audio=speech(20), snoop=snoop, **options) as headset:
                central = await heard(air, headset, 247)
                headset.feeder.speed = 0
                assert await headset.ended() == 0
                sound(headset)
            by_uart, ours = sent(link), central.records
            own = since(ours, by_uart)
            assert missing(ours) == 0 and len(ours) > 30, (options, missing(ours), len(ours))
            assert own == alike(by_uart)[-len(own):], options

run(globals(), 320)
