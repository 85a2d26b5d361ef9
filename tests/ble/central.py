# SPDX-License-Identifier: Apache-2.0
"""bumble's central as the tests use it: a person who answers pairing's questions, and a stream of records."""
import asyncio
import logging
import os

from bumble import hci
from bumble.core import AdvertisingData, ProtocolError
from bumble.device import Device, DeviceConfiguration, Peer
from bumble.host import Host
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.smp import AddressResolver

from controller import CentralController

logging.getLogger("bumble").setLevel(logging.CRITICAL)  # it warns of what the tests do on purpose

KEYBOARD, YES_NO, NOTHING, DISPLAY = (PairingDelegate.KEYBOARD_INPUT_ONLY,
                                      PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
                                      PairingDelegate.NO_OUTPUT_NO_INPUT, PairingDelegate.DISPLAY_OUTPUT_ONLY)
LOST = -1  # the link ended meanwhile
ATT_CID, SIGNALLING_CID, SMP_CID = 4, 5, 6
NOTIFICATION = b"\x1b"
RECORD_BYTES = 20


class Person(PairingDelegate):
    """Types the code that `read` gives (a coroutine function), compares numbers with `agree`."""

    def __init__(self, able, read=None, agree=None, key_bytes=16):
        super().__init__(able, maximum_encryption_key_size=key_bytes)
        self.read, self.agree = read, agree

    async def get_number(self):
        return await self.read()

    async def compare_numbers(self, number, digits):
        return await self.agree(number)


class RawDevice(Device):
    """A device whose ATT, SMP and signalling PDUs can be taken out of bumble's hands: `raw`, a queue per channel. What
    is notified goes to `notified` (handle, value) in any case: a bonded server may notify before anybody subscribes."""

    raw, notified = {}, None

    def on_gatt_pdu(self, connection, pdu):
        if pdu[:1] == NOTIFICATION and self.notified:
            self.notified(int.from_bytes(pdu[1:3], "little"), pdu[3:])
        if ATT_CID in self.raw:
            self.raw[ATT_CID].put_nowait(pdu)
        else:
            super().on_gatt_pdu(connection, pdu)

    def on_smp_pdu(self, connection, pdu):
        if SMP_CID in self.raw:
            self.raw[SMP_CID].put_nowait(pdu)
        else:
            super().on_smp_pdu(connection, pdu)

    def on_l2cap_pdu(self, connection, cid, pdu):
        if cid in self.raw and cid not in (ATT_CID, SMP_CID):
            self.raw[cid].put_nowait(pdu)
        else:
            super().on_l2cap_pdu(connection, cid, pdu)


class Central:
    """A central with its own controller on the air. `keys` outlives it when it is given: what it has bonded with."""

    def __init__(self, air, address="F0:00:00:00:00:01", *, keys=None, private=False, irk=None):
        self.controller = CentralController("central", link=air)
        config = DeviceConfiguration(name="central", address=hci.Address(address), irk=irk or os.urandom(16),
                                     le_privacy_enabled=private, le_rpa_timeout=0)
        self.host = Host()
        self.host.controller = self.controller
        self.device = RawDevice(config=config, host=self.host)
        self.device.raw = {}
        self.device.notified = self.on_notified
        self.device.keystore = keys or MemoryKeyStore()
        self.connection = self.peer = None
        self.stream = self.told = None
        self.records = []
        self.values = []      # one per notification of the stream

    async def on(self):
        await self.device.power_on()
        return self

    def off(self):
        self.controller.link.remove_controller(self.controller)

    async def scan(self, wanted, seconds=5):
        """The first advertisement that `wanted` likes, or None."""
        found = asyncio.get_running_loop().create_future()

        def look(advertisement):
            if not found.done() and wanted(advertisement):
                found.set_result(advertisement)

        self.device.on("advertisement", look)
        await self.device.start_scanning()
        try:
            return await asyncio.wait_for(found, seconds)
        except asyncio.TimeoutError:
            return None
        finally:
            self.device.remove_listener("advertisement", look)
            await self.device.stop_scanning()

    async def find(self, name, seconds=5):
        def wanted(advertisement):
            said = advertisement.data.get(AdvertisingData.Type.COMPLETE_LOCAL_NAME)
            return said is not None and said.startswith(name)
        return await self.scan(wanted, seconds)

    async def find_known(self, seconds=5):
        """The first headset whose address one of the kept keys resolves."""
        resolver = AddressResolver(await self.device.keystore.get_resolving_keys())
        return await self.scan(lambda a: a.address.is_resolvable and resolver.resolve(a.address) is not None, seconds)

    async def connect(self, address, seconds=5):
        self.connection = await self.device.connect_le(address, timeout=seconds)
        self.peer = Peer(self.connection)
        return self.connection

    async def disconnect(self):
        if self.connection and self.connection.handle in self.device.connections:
            await self.connection.disconnect()

    def connected(self):
        return self.connection is not None and self.connection.handle in self.device.connections

    async def gone(self, seconds=5):
        """Waits until the connection has ended; whether it did."""
        for _ in range(int(seconds * 100)):
            if not self.connected():
                return True
            await asyncio.sleep(0.01)
        return False

    async def pair(self, person, *, secure=True, mitm=True, bonding=True):
        """0, LOST, or the reason that pairing failed with (Vol 3 part H 3.5.5)."""
        self.device.pairing_config_factory = lambda _: PairingConfig(
            sc=secure, mitm=mitm, bonding=bonding, delegate=person,
            identity_address_type=PairingConfig.AddressType.RANDOM)
        try:
            await self.connection.pair()
        except ProtocolError as error:
            return int(error.error_code)
        except asyncio.CancelledError:
            if self.connected():
                raise
            return LOST
        # bumble's stored keys resolve addresses only after this
        await self.device.refresh_resolving_list()
        return 0

    async def encrypt(self):
        """0, LOST, or the HCI error."""
        try:
            await self.connection.encrypt()
        except hci.HCI_Error as error:
            return error.error_code
        except asyncio.CancelledError:
            if self.connected():
                raise
            return LOST
        return 0

    async def walk(self):
        """Everything the server has, as rows (handle, UUID in hex, properties or None) by handle."""
        rows = []
        await self.peer.discover_services()
        for service in self.peer.services:
            rows.append((service.handle, f"service {uuid(service.uuid)}", None))
            await service.discover_characteristics()
            for characteristic in service.characteristics:
                rows.append((characteristic.handle, uuid(characteristic.uuid), int(characteristic.properties)))
                for descriptor in await characteristic.discover_descriptors():
                    rows.append((descriptor.handle, uuid(descriptor.type), None))
        return sorted(rows)

    def characteristic(self, wanted):
        return next(c for s in self.peer.services for c in s.characteristics if uuid(c.uuid) == wanted)

    def listen(self, characteristic, told=None):
        """From now on what the characteristic notifies counts as records; `told` hears of each."""
        self.stream, self.told = characteristic.handle, told

    def on_notified(self, handle, value):
        if handle == self.stream:
            self.values.append(bytes(value))
            for at in range(0, len(value), RECORD_BYTES):
                self.records.append(bytes(value[at:at + RECORD_BYTES]))
                if self.told:
                    self.told(self.records[-1])

    async def subscribe(self, characteristic, told=None):
        self.listen(characteristic, told)
        await characteristic.subscribe(lambda _: None)

    # ---- by hand

    def take(self, cid):
        """From now on the PDUs of a channel wait for `said`; bumble does not see them."""
        self.device.raw[cid] = asyncio.Queue()

    def give_back(self, cid):
        self.device.raw.pop(cid, None)

    def say(self, cid, pdu):
        self.connection.send_l2cap_pdu(cid, bytes(pdu))

    async def said(self, cid, seconds=3):
        """The next PDU of a channel, or None."""
        try:
            return await asyncio.wait_for(self.device.raw[cid].get(), seconds)
        except asyncio.TimeoutError:
            return None

    async def ask(self, cid, pdu, seconds=3):
        self.say(cid, pdu)
        return await self.said(cid, seconds)


def uuid(value):
    return value.to_hex_str("-").upper() if len(bytes(value)) > 2 else bytes(value)[::-1].hex().upper()
