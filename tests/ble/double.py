# SPDX-License-Identifier: Apache-2.0
"""A headset that is bumble through and through, for the tests of the tests: it pairs, streams, and lies if told to."""
import asyncio
import os
import socket

from bumble import hci
from bumble.core import AdvertisingData
from bumble.device import Device, DeviceConfiguration
from bumble.gatt import Characteristic, Service
from bumble.host import Host
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport.common import StreamPacketSink, StreamPacketSource

from controller import PeripheralController, Uart

NAME = "Double"
SERVICE, STREAM = "0F2D0001-3B6C-4F63-9D1C-6A1E7C3B5A10", "0F2D0002-3B6C-4F63-9D1C-6A1E7C3B5A10"


class Shown(PairingDelegate):
    def __init__(self):
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_ONLY)
        self.code = asyncio.get_running_loop().create_future()

    async def display_number(self, number, digits):
        self.code.set_result(number)


class Double:
    """`lie`: what it does to the long-term key that the controller asks for."""

    def __init__(self, air, lie=lambda key: key, **options):
        self.air, self.lie, self.options = air, lie, options

    async def on(self):
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        _, uart = await loop.create_connection(
            lambda: Uart(lambda send: PeripheralController(self.air, send, **self.options)), sock=ours)
        self.controller = uart.controller
        transport, source = await loop.create_connection(StreamPacketSource, sock=theirs)
        self.transport = transport
        host = Host(controller_source=source, controller_sink=StreamPacketSink(transport))
        config = DeviceConfiguration(name=NAME, address=hci.Address("C1:00:00:00:00:02"), irk=os.urandom(16),
                                     le_privacy_enabled=True, le_rpa_timeout=0, advertising_interval_min=20,
                                     advertising_interval_max=20)
        self.device = Device(config=config, host=host)
        self.device.keystore = MemoryKeyStore()
        self.stream = Characteristic(STREAM, Characteristic.Properties.NOTIFY | Characteristic.Properties.READ,
                                     Characteristic.READABLE | Characteristic.READ_REQUIRES_ENCRYPTION, bytes(20))
        self.device.add_service(Service(SERVICE, [self.stream]))
        self.shown = Shown()
        self.device.pairing_config_factory = lambda _: PairingConfig(
            delegate=self.shown, identity_address_type=PairingConfig.AddressType.RANDOM)
        await self.device.power_on()
        asked = host.long_term_key_provider

        async def answer(handle, rand, ediv):
            return self.lie(await asked(handle, rand, ediv))

        host.long_term_key_provider = answer
        await self.advertise()
        return self

    async def advertise(self):
        data = AdvertisingData([(AdvertisingData.Type.FLAGS, b"\6"),
                                (AdvertisingData.Type.COMPLETE_LOCAL_NAME, NAME.encode())])
        await self.device.start_advertising(advertising_data=bytes(data), scan_response_data=b"",
                                            own_address_type=hci.OwnAddressType.RANDOM, auto_restart=True)

    async def code(self):
        return await self.shown.code

    async def send(self, record):
        await self.device.notify_subscribers(self.stream, record)

    def off(self):
        self.transport.close()
