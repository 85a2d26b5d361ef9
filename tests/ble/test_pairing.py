#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pairing, bonds and privacy between the firmware and bumble; the controller compares the long-term keys of both."""
import os
import tempfile

from bumble import att
from bumble.keys import MemoryKeyStore
from bumble.smp import AddressResolver

from central import DISPLAY, KEYBOARD, LOST, NOTHING, YES_NO, Central, Person
from controller import KEY_MISSING, Air
from emulated import NAME, STREAM, VERSIONS, Headset
from link import counters, records
from runner import run, trace

AUTHENTICATION, CONFIRM, REQUIREMENTS, KEY_SIZE, COMPARISON, UNSPECIFIED = 0x05, 0x04, 0x03, 0x06, 0x0C, 0x08
FOLDER = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(FOLDER.name, name)


async def near(air, headset, **options):
    """A central, connected, that knows the table."""
    central = await Central(air, **options).on()
    await reach(central, headset)
    return central


async def reach(central, headset):
    found = await central.find(NAME)
    assert found is not None, headset.said
    await central.connect(found.address)
    await central.peer.discover_services()
    await central.peer.discover_characteristics()


async def streams(central, headset):
    """Whether records come once it has subscribed."""
    before = len(central.records)
    try:
        await central.subscribe(central.characteristic(STREAM))
    except att.ATT_Error as error:
        assert error.error_code == AUTHENTICATION, error
        await headset.ms(1000)
        assert len(central.records) == before
        return False
    await headset.ms(1500)
    return len(central.records) > before


def sound(headset):
    assert headset.controller.breaches == [], headset.controller.breaches


def budget(name):
    """The limit that the measurement of `make size` has."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "budget.txt"), encoding="utf-8") as f:
        return int(next(line.split()[2] for line in f if line.startswith(name + " ")))


async def no_hop_missed(headset, link):
    """Every block of audio was worked on: the device's own count in its last status record over the UART."""
    assert await headset.off() == 0, headset.said
    used = int((await headset.saying(r"^stack_bytes (\d+) of \d+$")).group(1))
    assert used <= budget("stack_bytes"), used
    with open(link, "rb") as f:
        found, bad = records(f.read())
    assert bad == 0 and counters(found)[0] == 0, counters(found)


async def test_a_passkey_typed_right():
    with trace("passkey") as snoop:
        air = Air()
        async with Headset(air, "--stack", link=path("passkey"), snoop=snoop) as headset:
            central = await near(air, headset)
            assert not await streams(central, headset)
            assert await central.pair(Person(KEYBOARD, headset.code())) == 0
            (given, wanted), = headset.controller.asked
            assert given == wanted and central.connection.encryption
            assert await streams(central, headset)
            await headset.ms(5500)  # beyond the next status record
            sound(headset)
            await no_hop_missed(headset, path("passkey"))


async def test_a_passkey_typed_wrong():
    with trace("wrong_passkey") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await near(air, headset)
            assert await central.pair(Person(KEYBOARD, headset.code(wrong=1))) == CONFIRM
            assert headset.controller.asked == []
            assert not await streams(central, headset)
            await central.disconnect()
            await headset.ms(3000)  # it makes the next attempt wait
            await reach(central, headset)
            assert await central.pair(Person(KEYBOARD, headset.code())) == 0
            assert await streams(central, headset)
            sound(headset)


async def compared(name, agrees, words, expected):
    with trace(name) as snoop:
        air = Air()
        async with Headset(air, *words, snoop=snoop) as headset:
            central = await near(air, headset)
            shown = headset.code()

            async def agree(number):
                assert number == await shown()
                return agrees

            assert await central.pair(Person(YES_NO, agree=agree)) in expected
            assert await streams(central, headset) == (expected == (0,))
            sound(headset)


async def test_numbers_compared():
    await compared("comparison", True, ("--pairing=yesno",), (0,))


async def test_the_central_says_no():
    await compared("central_says_no", False, ("--pairing=yesno",), (CONFIRM, COMPARISON))


async def test_the_headset_says_no():
    await compared("headset_says_no", True, ("--pairing=yesno:no",), (COMPARISON,))


async def test_a_button_consents():
    for word, result in (("button", 0), ("button:no", UNSPECIFIED)):
        with trace("consent_" + word.replace(":", "_")) as snoop:
            air = Air()
            async with Headset(air, "--pairing=" + word, snoop=snoop) as headset:
                central = await near(air, headset)
                assert await central.pair(Person(NOTHING)) == result
                await headset.saying("^pairing code 000000$")  # asks
                await headset.saying("^pairing code hidden$")
                assert await streams(central, headset) == (result == 0)
                sound(headset)


async def test_just_works_only_on_a_board_without_display():
    with trace("just_works") as snoop:
        air = Air()
        async with Headset(air, "--pairing=blind", snoop=snoop) as headset:
            central = await near(air, headset)
            assert not await streams(central, headset)
            assert await central.pair(Person(NOTHING)) == 0
            assert await streams(central, headset)
            versions = await central.characteristic(VERSIONS).read_value()
            assert versions[1] & 1, versions.hex()  # and says so
            sound(headset)
    air = Air()
    async with Headset(air) as headset:
        central = await near(air, headset)
        assert not (await central.characteristic(VERSIONS).read_value())[1] & 1
        assert await central.pair(Person(NOTHING)) == REQUIREMENTS
        assert not await streams(central, headset)
        sound(headset)


async def test_what_pairing_refuses():
    for name, options, expected in (("legacy", {"secure": False}, REQUIREMENTS), ("short_key", {"bytes": 15}, KEY_SIZE),
                                    ("two_displays", {"able": DISPLAY}, REQUIREMENTS)):
        with trace(name) as snoop:
            air = Air()
            async with Headset(air, snoop=snoop) as headset:
                central = await near(air, headset)
                person = Person(options.pop("able", KEYBOARD), headset.code(), key_bytes=options.pop("bytes", 16))
                assert await central.pair(person, **options) == expected, name
                assert headset.controller.asked == [] and not await streams(central, headset)
                sound(headset)


async def test_a_bond_outlives_a_reset():
    """And the headset's new address is resolved with the identity key that it gave."""
    with trace("bond") as snoop:
        air, store, keys = Air(), path("bond"), MemoryKeyStore()
        async with Headset(air, store=store, snoop=snoop) as headset:
            central = await near(air, headset, keys=keys)
            assert await central.pair(Person(KEYBOARD, headset.code())) == 0
            first = headset.controller.address()
            assert await streams(central, headset)
            await headset.ms(31000)  # what a central subscribed to is written when it has rested for 30 s
            await headset.cut()
            central.off()
        (identity, bond), = await keys.get_all()
        assert bond.irk and bond.ltk.authenticated
        async with Headset(air, store=store, snoop=snoop) as headset:
            central = await Central(air, keys=keys).on()
            found = await central.find(NAME)
            assert found.address != first and found.address.is_resolvable
            known = AddressResolver(await keys.get_resolving_keys()).resolve(found.address)
            assert known is not None and str(known) == identity, (known, identity)
            await reach(central, headset)
            central.listen(central.characteristic(STREAM))
            assert await central.encrypt() == 0
            await headset.ms(1500)
            assert len(central.records) > 0  # that it had subscribed is part of the bond
            assert await streams(central, headset)
            assert len(headset.controller.asked) == 1
            sound(headset)
        # another headset in the same place, or the same with its bonds erased
        async with Headset(air, snoop=snoop) as headset:
            stranger = await Central(air, keys=keys, address="F0:00:00:00:00:07").on()
            found = await stranger.find(NAME)
            assert AddressResolver(await keys.get_resolving_keys()).resolve(found.address) is None


async def test_a_bond_that_only_the_central_has():
    with trace("forgotten") as snoop:
        air, keys = Air(), MemoryKeyStore()
        async with Headset(air, snoop=snoop) as headset:
            central = await near(air, headset, keys=keys)
            assert await central.pair(Person(KEYBOARD, headset.code())) == 0
            central.off()
        (_, bond), = await keys.get_all()
        async with Headset(air, snoop=snoop) as headset:
            central = await near(air, headset)
            await central.device.keystore.update(str(central.connection.peer_address), bond)
            assert await central.encrypt() == KEY_MISSING
            assert headset.controller.asked == [(None, bond.ltk.value)]
            assert not await streams(central, headset)
            sound(headset)


async def test_a_central_with_another_key():
    """It cannot read the link, and the bond stays for the one who can."""
    with trace("another_key") as snoop:
        air, keys = Air(), MemoryKeyStore()
        async with Headset(air, snoop=snoop) as headset:
            central = await near(air, headset, keys=keys)
            assert await central.pair(Person(KEYBOARD, headset.code())) == 0
            (identity, bond), = await keys.get_all()
            right, bond.ltk.value = bond.ltk.value, bytes(16)
            for key, expected in ((bytes(16), LOST), (right, 0)):
                await central.disconnect()
                await headset.ms(200)
                bond.ltk.value = key
                await keys.update(identity, bond)
                await reach(central, headset)
                assert await central.encrypt() == expected
            assert headset.controller.asked[1:] == [(right, bytes(16)), (right, right)]
            assert await streams(central, headset)
            sound(headset)


async def test_pairing_again():
    """Who has lost its keys pairs anew; the old key is worth nothing after that."""
    with trace("again") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            central = await near(air, headset)
            found = []
            for _ in range(2):
                assert await central.pair(Person(KEYBOARD, headset.code())) == 0
                assert await streams(central, headset)
                found.append(headset.controller.asked[-1][0])
                await central.disconnect()
                await central.device.keystore.delete_all()
                await reach(central, headset)
            assert found[0] != found[1] and len(headset.controller.asked) == 2
            sound(headset)


async def test_a_central_with_privacy():
    """Its address is another at every visit; the bond is found all the same."""
    with trace("private_central") as snoop:
        air, keys, irk = Air(), MemoryKeyStore(), os.urandom(16)
        async with Headset(air, snoop=snoop) as headset:
            seen = set()
            for visit in range(3):
                central = await near(air, headset, keys=keys, private=True, irk=irk)
                seen.add(str(central.device.random_address))
                if visit == 0:
                    assert await central.pair(Person(KEYBOARD, headset.code())) == 0
                else:
                    assert await central.encrypt() == 0
                assert await streams(central, headset)
                await central.disconnect()
                central.off()
            assert len(seen) == 3 and len(headset.controller.asked) == 3
            sound(headset)


async def test_five_centrals():
    """Four bonds are kept; the fifth takes the place of one, and the others still work."""
    with trace("five_centrals") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            centrals = []
            for i in range(5):
                central = await near(air, headset, address=f"F0:00:00:00:00:{0x10 + i:02X}")
                assert await central.pair(Person(KEYBOARD, headset.code())) == 0, i
                assert await streams(central, headset)
                await central.disconnect()
                centrals.append(central)
            results = []
            for central in centrals:
                await reach(central, headset)
                results.append(await central.encrypt())
                await central.disconnect()
            assert sorted(results) == [0, 0, 0, 0, KEY_MISSING], results
            assert results[-1] == 0  # the newest is not the one that went
            sound(headset)


async def test_two_centrals_take_turns():
    with trace("two_centrals") as snoop:
        air = Air()
        async with Headset(air, snoop=snoop) as headset:
            one = await near(air, headset, address="F0:00:00:00:00:01")
            two = await Central(air, address="F0:00:00:00:00:02").on()
            assert await one.pair(Person(KEYBOARD, headset.code())) == 0
            assert await two.find(NAME, 1) is None  # it is taken
            await one.disconnect()
            await reach(two, headset)
            assert not await streams(two, headset)  # the other's bond is not this one's
            assert await two.pair(Person(KEYBOARD, headset.code())) == 0 and await streams(two, headset)
            await two.disconnect()
            for central in (one, two, one):
                await reach(central, headset)
                assert await central.encrypt() == 0 and await streams(central, headset)
                await central.disconnect()
            sound(headset)


run(globals())
