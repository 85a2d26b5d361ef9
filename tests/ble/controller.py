# SPDX-License-Identifier: Apache-2.0
"""The Bluetooth controller beside the emulated headset, and the air between it and bumble's central.

It is as strict as the Core Specification (5.4, volume 4 part E, cited as E x.y) lets a controller be: what a host may
not do is refused with the code of the specification and written down in `breaches`, which every test wants empty.
Encryption is what the tests of pairing rest on: it starts only when the headset's host has been asked for its long-term
key and gave the one that the central used.

There is no radio: nothing is lost, delayed or heard twice unless a test asks for it (lose, hold, die).
"""
import asyncio
import os
import struct
import time

from bumble import crypto, hci, ll
from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.link import LocalLink
from bumble.snoop import BtSnooper, Snooper

COMMAND, ACL, EVENT = 1, 2, 4
SUCCESS, UNKNOWN_COMMAND, UNKNOWN_CONNECTION = 0x00, 0x01, 0x02
KEY_MISSING, TIMEOUT, DISALLOWED, INVALID, REMOTE_USER, LOCAL_HOST = 0x06, 0x08, 0x0C, 0x12, 0x13, 0x16
MIC_FAILURE, NOT_ESTABLISHED = 0x3D, 0x3E
LE_META = 0x3E
LE_CONNECTED, LE_UPDATED, LE_FEATURES, LE_KEY_REQUEST, LE_DATA_LENGTH, LE_P256, LE_DHKEY, LE_ENHANCED, LE_PHY = \
    0x01, 0x03, 0x04, 0x05, 0x07, 0x08, 0x09, 0x0A, 0x0C
FIRST_OF_HOST, CONTINUING, FIRST_OF_CONTROLLER = 0, 1, 2
LEAST_LENGTH, MOST_LENGTH = 27, 251


class H4:
    """Packets out of a byte stream that is cut anywhere, as a UART's is (volume 4 part A)."""

    HEADER = {COMMAND: (3, 2, 1), ACL: (4, 2, 2), EVENT: (2, 1, 1)}  # bytes, offset and size of the length

    def __init__(self):
        self.waiting = b""

    def feed(self, data):
        """The whole packets so far. ValueError: a byte that begins no packet; a UART cannot recover from that."""
        self.waiting += data
        packets = []
        while self.waiting:
            if self.waiting[0] not in self.HEADER:
                raise ValueError(f"0x{self.waiting[0]:02x} begins no H4 packet")
            size, at, width = self.HEADER[self.waiting[0]]
            if len(self.waiting) < 1 + size:
                break
            end = 1 + size + int.from_bytes(self.waiting[1 + at:1 + at + width], "little")
            if len(self.waiting) < end:
                break
            packets.append(self.waiting[:end])
            self.waiting = self.waiting[end:]
        return packets


class Air(LocalLink):
    """bumble's medium between controllers, by connection: its own goes by a controller's present random address, which
    a device with privacy changes while it is connected."""

    def send_acl_data(self, sender_controller, destination_address, transport, data):
        own = sender_controller.le_connections.get(destination_address)
        other = self.find_le_controller(destination_address)
        if own and other:
            asyncio.get_running_loop().call_soon(other.on_link_acl_data, own.self_address, transport, data)

    def send_ll_control_pdu(self, sender_address, receiver_address, packet):
        if other := self.find_le_controller(receiver_address):
            asyncio.get_running_loop().call_soon(other.on_ll_control_pdu, sender_address, packet)


class Advertisement(ll.AdvInd):
    """With what a scanner gets when it asks: bumble's sends the advertising data twice."""

    def __init__(self, advertiser_address, data, scan_response, connectable):
        super().__init__(advertiser_address, data)
        self.scan_response, self.connectable = scan_response, connectable


class CentralController(Controller):
    """bumble's controller for the central: legacy scanning with real scan responses."""

    le_features = Controller.le_features & ~(hci.LeFeatureMask.LE_EXTENDED_ADVERTISING |
                                             hci.LeFeatureMask.LE_PERIODIC_ADVERTISING)
    supported_commands = Controller.supported_commands - {hci.HCI_LE_READ_BUFFER_SIZE_V2_COMMAND}

    def on_advertising_pdu(self, pdu):
        if self.le_scan_enable:
            kinds = [(0 if pdu.connectable else 3, pdu.data)] + ([(4, pdu.scan_response)] if self.le_scan_type else [])
            for kind, data in kinds:
                address = pdu.advertiser_address
                self.event(struct.pack("<BBBB6sB", 2, 1, kind, address.address_type, bytes(address), len(data)) + data +
                           b"\xc4")
        wanted = self.pending_le_connection
        if wanted and wanted.peer_address == pdu.advertiser_address and pdu.connectable:
            self.create_le_connection(pdu.advertiser_address)

    def event(self, parameters):
        self.host.on_packet(bytes([EVENT, LE_META, len(parameters)]) + parameters)

    def on_hci_le_create_connection_cancel_command(self, command):
        # bumble's leaves the attempt pending, and its host waits for the event
        if self.pending_le_connection:
            self.pending_le_connection = None
            loop = asyncio.get_running_loop()
            loop.call_soon(self.event, struct.pack("<BBHBB6sHHHB", LE_CONNECTED, UNKNOWN_CONNECTION, 0, 0, 0, bytes(6),
                                                   0, 0, 0, 0))
        return super().on_hci_le_create_connection_cancel_command(command)


class Connection:
    def __init__(self, handle, own, peer, interval, latency, timeout):
        self.handle, self.self_address, self.peer_address = handle, own, peer
        self.interval, self.latency, self.timeout = interval, latency, timeout
        self.rx_octets = LEAST_LENGTH
        self.encrypted = False
        self.request = None   # the central's, while the long-term key is asked for
        self.parts = b""      # of an L2CAP PDU from the host
        self.to_host = 0      # packets the host has not yet said it is done with, where it counts them


def command(opcode, length):
    """Marks the handler of a command with `length` bytes of parameters."""
    def mark(method):
        method.opcode, method.length = opcode, length
        return method
    return mark


class PeripheralController:
    """One connection at a time to a host on the other end of `send` (bytes of one packet each).

    packets, length: the LE buffers, which the host must not overrun. withheld: opcodes that this controller has not.
    breaches: what the host did against the specification. asked: per request, the host's key (None: it has none) and
    the central's.
    """

    ALWAYS = (0x0E, 0x0F, 0x13)  # events that no mask hides

    def __init__(self, air, send, *, length=27, packets=4, withheld=(), longer=False, snoop=None):
        self.air, self.send = air, send
        self.length, self.packets = length, packets
        self.most_octets = MOST_LENGTH if longer else LEAST_LENGTH
        handlers = [method for name in dir(self) if hasattr(method := getattr(self, name), "opcode")]
        self.commands = {method.opcode: method for method in handlers if method.opcode not in withheld}
        self.public_address = hci.Address("C0:FF:EE:00:00:01", hci.Address.PUBLIC_DEVICE_ADDRESS)
        self.breaches, self.asked, self.opcodes, self.addresses = [], [], [], []
        self.rssi = -50
        self.held = False     # the radio gets nothing through: the buffers stay full
        self.dead = False
        self.credits = True   # the host may send a command
        self.snooper = BtSnooper(snoop) if snoop else None
        self.next_handle = 0x0040
        self.le_connections = {}
        self.start()
        air.add_controller(self)

    def start(self):
        """As after power came or a reset."""
        self.random_address = hci.Address("00:00:00:00:00:00")
        self.event_mask, self.le_mask = 0x00001FFFFFFFFFFF, 0x1F
        self.parameters, self.data, self.scan_response = None, b"", b""
        self.accepted, self.resolved = set(), {}  # identities; identity to [peer's key, device privacy]
        self.resolves = False
        self.advertising = None
        self.host_buffers = None
        self.waiting = []     # ACL packets in the buffers
        self.to_send = []     # ACL packets for a host without a free buffer
        self.key = None
        self.was_reset = False

    # ---- to and from the host

    def packet(self, data):
        """One whole H4 packet from the host."""
        if self.dead:
            return
        self.snoop(data, Snooper.Direction.HOST_TO_CONTROLLER)
        if data[0] == COMMAND:
            self.on_command(data)
        elif data[0] == ACL:
            self.on_acl(data)
        else:
            self.breach(data, "only a controller sends events")

    def breach(self, packet, what):
        self.breaches.append(f"{what}: {packet.hex()}")

    def snoop(self, data, direction):
        if self.snooper:
            self.snooper.snoop(data, direction)

    def emit(self, data):
        """Any bytes to the host, also such as no controller would send."""
        if not self.dead:
            self.snoop(data, Snooper.Direction.CONTROLLER_TO_HOST)
            self.send(data)

    def event(self, code, parameters):
        if code in self.ALWAYS or self.event_mask >> (code - 1) & 1:
            self.emit(bytes([EVENT, code, len(parameters)]) + parameters)

    def le_event(self, code, parameters):
        """Returns whether the host wants it."""
        wanted = self.le_mask >> (code - 1) & self.event_mask >> (LE_META - 1) & 1
        if wanted:
            self.event(LE_META, bytes([code]) + parameters)
        return wanted

    def on_command(self, data):
        opcode, = struct.unpack_from("<H", data, 1)
        parameters = data[4:]
        self.opcodes.append(opcode)
        counts = opcode != 0x0C35  # the one command that has neither answer nor credit (E 7.3.40)
        if counts and not self.credits:
            self.breach(data, "command without a credit")
        if not self.was_reset and opcode != 0x0C03:
            self.breach(data, "command before the reset")
        self.credits = self.credits and not counts
        handler = self.commands.get(opcode)
        if handler is None:
            self.breach(data, "command that this controller does not list")
            self.status(opcode, UNKNOWN_COMMAND)
        elif handler.length is not None and handler.length != len(parameters):
            self.breach(data, f"{handler.length} bytes of parameters expected")
            self.complete(opcode, bytes([INVALID]))
        elif (answer := handler(parameters)) is not None:
            if answer[:1] not in (b"\0", b"") and not self.gone(answer):
                self.breach(data, f"refused with 0x{answer[0]:02x}")
            self.complete(opcode, answer)

    def gone(self, answer):
        """Refused for a connection that has just ended: the command was on its way then."""
        handle = int.from_bytes(answer[1:3], "little")
        return answer[0] == UNKNOWN_CONNECTION and handle in range(0x40, self.next_handle)

    def complete(self, opcode, result):
        self.credits = True
        self.event(0x0E, struct.pack("<BH", 1, opcode) + result)

    def status(self, opcode, code, packet=None):
        self.credits = True
        if code and packet is not None:
            self.breach(packet, f"refused with 0x{code:02x}")
        self.event(0x0F, struct.pack("<BBH", code, 1, opcode))

    def by_handle(self, handle):
        return next((c for c in self.le_connections.values() if c.handle == handle), None)

    def on_acl(self, data):
        word, length = struct.unpack_from("<HH", data, 1)
        connection = self.by_handle(word & 0x0FFF)
        if word >> 12 not in (FIRST_OF_HOST, CONTINUING):
            self.breach(data, "packet boundary or broadcast flag that no LE host sends")
        elif length > self.length:
            self.breach(data, f"more than the {self.length} bytes of a buffer")
        elif len(self.waiting) >= self.packets:
            self.breach(data, f"more than {self.packets} buffers")
        elif connection is None:
            # allowed while the event of the disconnection is under way, and then thrown away
            if word & 0x0FFF not in range(0x0040, self.next_handle):
                self.breach(data, "no such connection ever")
        else:
            self.waiting.append((connection, word >> 12, data[5:]))
            asyncio.get_running_loop().call_soon(self.pump)

    def pump(self, most=None):
        """Sends what the buffers hold over the air, at most `most` packets."""
        done = {}
        while self.waiting and (most is not None or not self.held) and (most is None or sum(done.values()) < most):
            connection, boundary, data = self.waiting.pop(0)
            done[connection.handle] = done.get(connection.handle, 0) + 1
            if boundary == FIRST_OF_HOST:
                if connection.parts:
                    self.breach(connection.parts, "an L2CAP PDU was left unfinished")
                connection.parts = data
            elif not connection.parts:
                self.breach(data, "continues no L2CAP PDU")
                continue
            else:
                connection.parts += data
            whole = 4 + int.from_bytes(connection.parts[:2], "little") if len(connection.parts) >= 4 else 4
            if len(connection.parts) > whole:
                self.breach(connection.parts, "longer than its L2CAP length")
            if len(connection.parts) >= whole and len(connection.parts) >= 4:
                pdu, connection.parts = connection.parts, b""
                self.air.send_acl_data(self, connection.peer_address, PhysicalTransport.LE, pdu)
        for handle, count in done.items():
            self.event(0x13, struct.pack("<BHH", 1, handle, count))

    def on_link_acl_data(self, sender_address, _transport, pdu):
        """A whole L2CAP PDU from the central, in pieces of what the link layer carries."""
        if connection := self.le_connections.get(sender_address):
            for at in range(0, len(pdu), connection.rx_octets):
                self.inject(pdu[at:at + connection.rx_octets], CONTINUING if at else FIRST_OF_CONTROLLER, connection)

    def inject(self, data, boundary=FIRST_OF_CONTROLLER, connection=None):
        """An ACL packet to the host, whatever it holds."""
        connection = connection or next(iter(self.le_connections.values()))
        head = struct.pack("<BHH", ACL, connection.handle | boundary << 12, len(data))
        self.to_send.append((connection, head + data))
        self.drain()

    def drain(self):
        while self.to_send and (self.host_buffers is None or self.host_buffers > 0):
            connection, data = self.to_send.pop(0)
            if self.host_buffers is not None:
                self.host_buffers -= 1
                connection.to_host += 1
            self.emit(data)

    # ---- the air

    def lose(self):
        """The central is out of reach: both sides find out (supervision timeout)."""
        for connection in list(self.le_connections.values()):
            self.air.send_ll_control_pdu(connection.self_address, connection.peer_address, ll.TerminateInd(TIMEOUT))
            self.end(connection, TIMEOUT)

    def die(self):
        """Power is gone."""
        self.dead = True
        self.stop()
        self.lose()

    def revive(self):
        self.dead, self.credits = False, True
        self.start()

    def end(self, connection, reason):
        if self.le_connections.pop(connection.peer_address, None):
            self.waiting = [x for x in self.waiting if x[0] is not connection]
            self.to_send = [x for x in self.to_send if x[0] is not connection]
            if self.host_buffers is not None:
                self.host_buffers += connection.to_host
            self.event(0x05, struct.pack("<BHB", SUCCESS, connection.handle, reason))

    def stop(self):
        if self.advertising:
            self.advertising.cancel()
        self.advertising = None

    def address(self):
        return self.random_address if self.parameters and self.parameters[3] == 1 else self.public_address

    def advertise(self):
        interval, kind = self.parameters[0] * 0.000625, self.parameters[2]
        self.air.send_advertising_pdu(self, Advertisement(self.address(), self.data, self.scan_response, kind == 0))
        self.advertising = asyncio.get_running_loop().call_later(interval, self.advertise)

    def identity(self, address):
        """The identity behind an address on air, by the resolving list; or the address itself."""
        for known, (key, _) in self.resolved.items() if self.resolves else ():
            if address.is_resolvable and any(key) and crypto.ah(key, bytes(address)[3:]) == bytes(address)[:3]:
                return known
        return address

    def accepts(self, address):
        """Whether the one at this address may connect (volume 6 part B 4.3.2 and 4.7)."""
        known = self.identity(address)
        key, device_mode = self.resolved.get(known, (bytes(16), True))
        shy = self.resolves and known == address and any(key) and not device_mode  # must use a private address
        return not shy and (self.parameters[4] < 2 or known in self.accepted)

    def on_ll_advertising_pdu(self, packet):
        if not isinstance(packet, ll.ConnectInd) or not self.advertising or packet.advertiser_address != self.address():
            return
        if not self.accepts(packet.initiator_address):
            # the initiator finds out when nobody answers
            self.air.send_ll_control_pdu(self.address(), packet.initiator_address, ll.TerminateInd(NOT_ESTABLISHED))
            return
        self.stop()
        peer = packet.initiator_address
        connection = Connection(self.next_handle, self.address(), peer, packet.interval, packet.latency, packet.timeout)
        self.next_handle += 1
        self.le_connections[peer] = connection
        known = self.identity(peer)
        through = 2 if known != peer else 0  # the kind of address is an identity's that the list gave
        head = struct.pack("<BHBB6s", SUCCESS, connection.handle, 1, known.address_type | through, bytes(known))
        private = bytes(6) + (bytes(peer) if through else bytes(6))
        tail = struct.pack("<HHHB", packet.interval, packet.latency, packet.timeout, 0)
        if not self.le_event(LE_ENHANCED, head + private + tail) and not self.le_event(LE_CONNECTED, head + tail):
            self.breach(b"", "the host does not want to know of connections")

    def on_ll_control_pdu(self, sender_address, packet):
        connection = self.le_connections.get(sender_address)
        if connection is None:
            return
        reply = lambda pdu: self.air.send_ll_control_pdu(connection.self_address, connection.peer_address, pdu)
        if isinstance(packet, ll.TerminateInd):
            self.end(connection, packet.error_code)
        elif isinstance(packet, ll.EncReq):
            connection.request = packet
            if not self.le_event(LE_KEY_REQUEST, struct.pack("<H8sH", connection.handle, packet.rand, packet.ediv)):
                reply(ll.RejectExtInd(ll.ControlPdu.Opcode.LL_ENC_REQ, KEY_MISSING))
        elif isinstance(packet, (ll.FeatureReq, ll.PeripheralFeatureReq)):
            reply(ll.FeatureRsp(feature_set=self.features()))
        elif isinstance(packet, ll.FeatureRsp):
            self.le_event(LE_FEATURES, struct.pack("<BH", SUCCESS, connection.handle) + packet.feature_set)
        elif isinstance(packet, ll.ConnectionUpdateInd):
            self.updated(connection, packet.interval, packet.latency, packet.timeout)

    def updated(self, connection, interval, latency, timeout):
        connection.interval, connection.latency, connection.timeout = interval, latency, timeout
        self.le_event(LE_UPDATED, struct.pack("<BHHHH", SUCCESS, connection.handle, connection.interval,
                                              connection.latency, connection.timeout))

    def lengthen(self, connection, octets):
        """The data length procedure of the link layer, whoever began it."""
        octets = min(octets, self.most_octets)
        connection.rx_octets = octets
        time = (octets + 14) * 8
        self.le_event(LE_DATA_LENGTH, struct.pack("<HHHHH", connection.handle, octets, time, octets, time))

    def features(self):
        bits = 1 << 0 | (1 << 6 if 0x2027 in self.commands else 0) | (1 << 5 if self.most_octets > LEAST_LENGTH else 0) | (1 << 8 if 0x2032 in self.commands else 0)
        return bits.to_bytes(8, "little")

    # ---- controller and baseband commands

    @command(0x0C03, 0)
    def reset(self, _):
        for connection in list(self.le_connections.values()):
            self.air.send_ll_control_pdu(connection.self_address, connection.peer_address, ll.TerminateInd(TIMEOUT))
        self.stop()
        self.le_connections.clear()
        self.start()
        self.was_reset = True
        return b"\0"

    @command(0x0C01, 8)
    def set_event_mask(self, p):
        self.event_mask = int.from_bytes(p, "little")
        return b"\0"

    @command(0x0C63, 8)
    def set_event_mask_page_2(self, _):
        return b"\0"

    @command(0x0C31, 1)
    def set_flow_control(self, p):
        if self.le_connections:
            return bytes([DISALLOWED])
        self.host_buffers = self.host_buffers or 0 if p[0] & 1 else None
        return b"\0"

    @command(0x0C33, 7)
    def host_buffer_size(self, p):
        length, _, packets, _ = struct.unpack("<HBHH", p)
        if length < LEAST_LENGTH or packets == 0:
            return bytes([INVALID])
        self.host_buffers = packets
        return b"\0"

    @command(0x0C35, None)
    def host_completed(self, p):
        for i in range(p[0]):
            handle, count = struct.unpack_from("<HH", p, 1 + 4 * i)
            connection = self.by_handle(handle)
            if connection and self.host_buffers is not None:
                if count > connection.to_host:
                    self.breach(p, "more packets completed than were sent")
                count = min(count, connection.to_host)
                connection.to_host -= count
                self.host_buffers += count
        self.drain()

    @command(0x1001, 0)
    def read_version(self, _):
        return struct.pack("<BBHBHH", 0, 0x0D, 0, 0x0D, 0xFFFF, 0)

    @command(0x1002, 0)
    def read_commands(self, _):
        bits = sum(hci.HCI_SUPPORTED_COMMANDS_MASKS.get(opcode, 0) for opcode in self.commands)
        return b"\0" + bits.to_bytes(64, "little")

    @command(0x1003, 0)
    def read_features(self, _):
        return b"\0" + (1 << 37 | 1 << 38).to_bytes(8, "little")  # no BR/EDR; LE

    @command(0x1005, 0)
    def read_buffers(self, _):
        return struct.pack("<BHBHH", 0, 0, 0, 0, 0)  # none of BR/EDR

    @command(0x1009, 0)
    def read_address(self, _):
        return b"\0" + bytes(self.public_address)

    @command(0x1405, 2)
    def read_rssi(self, p):
        known = self.by_handle(int.from_bytes(p, "little"))
        return struct.pack("<B2sb", SUCCESS if known else UNKNOWN_CONNECTION, p, self.rssi)

    @command(0x0406, 3)
    def disconnect(self, p):
        handle, reason = struct.unpack("<HB", p)
        connection = self.by_handle(handle)
        if connection is None:
            # the central may have gone while the command was under way
            return self.status(0x0406, UNKNOWN_CONNECTION, None if handle < self.next_handle else p)
        if reason not in (0x05, 0x13, 0x14, 0x15, 0x1A, 0x29, 0x3B):
            return self.status(0x0406, INVALID, p)
        self.status(0x0406, SUCCESS)
        if not self.held:
            self.pump()
        self.air.send_ll_control_pdu(connection.self_address, connection.peer_address, ll.TerminateInd(reason))
        self.end(connection, LOCAL_HOST)

    # ---- LE commands

    @command(0x2001, 8)
    def set_le_mask(self, p):
        self.le_mask = int.from_bytes(p, "little")
        return b"\0"

    @command(0x2002, 0)
    def read_le_buffers(self, _):
        return struct.pack("<BHB", 0, self.length, self.packets)

    @command(0x2003, 0)
    def read_le_features(self, _):
        return b"\0" + self.features()

    @command(0x2005, 6)
    def set_random_address(self, p):
        if self.advertising:
            return bytes([DISALLOWED])
        self.random_address = hci.Address(p, hci.Address.RANDOM_DEVICE_ADDRESS)
        self.addresses.append(self.random_address)
        return b"\0"

    @command(0x2006, 15)
    def set_advertising(self, p):
        least, most, kind, own, _, _, channels, policy = struct.unpack("<HHBBB6sBB", p)
        if self.advertising:
            return bytes([DISALLOWED])
        if not 0x20 <= least <= most <= 0x4000 or kind > 4 or own > 1 or not 1 <= channels <= 7 or policy > 3:
            return bytes([INVALID])
        self.parameters = (least, most, kind, own, policy)
        return b"\0"

    # ---- who may connect (E 7.8.16, 7.8.38 to 7.8.44, 7.8.77)

    def listed(self, p):
        """The address that a command begins with, or None when its type is none."""
        return hci.Address(p[1:7], p[0]) if p[0] < 2 else None

    def lists_in_use(self):
        return bool(self.advertising and self.resolves)

    @command(0x2010, 0)
    def clear_accepted(self, _):
        if self.advertising and self.parameters[4]:
            return bytes([DISALLOWED])
        self.accepted.clear()
        return b"\0"

    @command(0x2011, 7)
    def accept(self, p):
        address = self.listed(p)
        if address is None or self.advertising and self.parameters[4]:
            return bytes([INVALID if address is None else DISALLOWED])
        self.accepted.add(address)
        return b"\0"

    @command(0x2029, 0)
    def clear_resolved(self, _):
        if self.lists_in_use():
            return bytes([DISALLOWED])
        self.resolved.clear()
        return b"\0"

    @command(0x2027, 39)
    def resolve(self, p):
        address = self.listed(p)
        if address is None or self.lists_in_use() or address in self.resolved:
            return bytes([DISALLOWED if address else INVALID])
        self.resolved[address] = [bytes(p[7:23]), False]
        return b"\0"

    @command(0x204E, 8)
    def set_privacy_mode(self, p):
        address = self.listed(p)
        if address not in self.resolved:
            return bytes([UNKNOWN_CONNECTION])
        if self.lists_in_use() or p[7] > 1:
            return bytes([DISALLOWED if p[7] < 2 else INVALID])
        self.resolved[address][1] = p[7] == 1
        return b"\0"

    @command(0x202D, 1)
    def enable_resolution(self, p):
        if p[0] > 1 or self.advertising:
            return bytes([INVALID if p[0] > 1 else DISALLOWED])
        self.resolves = p[0] == 1
        return b"\0"

    @command(0x2007, 0)
    def read_power(self, _):
        return b"\0\0"

    def advertised(self, p):
        """The data of a command, or None when its structure is not that of advertising data (volume 3 part C 11)."""
        length, data = p[0], p[1:]
        if length > 31 or any(data[length:]):
            return None
        at = 0
        while at < length and data[at]:
            at += 1 + data[at]
        return data[:length] if at <= length else None

    @command(0x2008, 32)
    def set_data(self, p):
        data = self.advertised(p)
        if data is None:
            return bytes([INVALID])
        self.data = data
        return b"\0"

    @command(0x2009, 32)
    def set_scan_response(self, p):
        data = self.advertised(p)
        if data is None:
            return bytes([INVALID])
        self.scan_response = data
        return b"\0"

    @command(0x200A, 1)
    def enable_advertising(self, p):
        if p[0] > 1 or p[0] and (not self.parameters or self.address() == hci.Address("00:00:00:00:00:00")):
            return bytes([INVALID])
        self.stop()
        if p[0]:
            self.advertising = asyncio.get_running_loop().call_soon(self.advertise)
        return b"\0"

    @command(0x2013, 14)
    def update_connection(self, p):
        handle, least, most, latency, timeout, _, _ = struct.unpack("<HHHHHHH", p)
        connection = self.by_handle(handle)
        if connection is None:
            return self.status(0x2013, UNKNOWN_CONNECTION, None if handle < self.next_handle else p)
        if not 6 <= least <= most <= 3200 or latency > 499 or not 10 <= timeout <= 3200 or \
                timeout * 8 <= (1 + latency) * most * 2:
            return self.status(0x2013, INVALID, p)
        self.status(0x2013, SUCCESS)
        self.air.send_ll_control_pdu(connection.self_address, connection.peer_address,
                                     ll.ConnectionUpdateInd(most, latency, timeout))
        self.updated(connection, most, latency, timeout)

    @command(0x2016, 2)
    def read_remote_features(self, p):
        connection = self.by_handle(int.from_bytes(p, "little"))
        self.status(0x2016, SUCCESS if connection else UNKNOWN_CONNECTION)
        if connection:
            self.air.send_ll_control_pdu(connection.self_address, connection.peer_address,
                                         ll.PeripheralFeatureReq(feature_set=self.features()))

    @command(0x2017, 32)
    def encrypt(self, p):
        return b"\0" + crypto.e(p[:16], p[16:])

    @command(0x2018, 0)
    def rand(self, _):
        return b"\0" + os.urandom(8)

    @command(0x201A, 18)
    def key_reply(self, p):
        return self.key_answer(p[:2], p[2:])

    @command(0x201B, 2)
    def key_refusal(self, p):
        return self.key_answer(p, None)

    def key_answer(self, handle, key):
        connection = self.by_handle(int.from_bytes(handle, "little"))
        if connection is None:
            return bytes([UNKNOWN_CONNECTION]) + handle
        if connection.request is None:
            return bytes([DISALLOWED]) + handle
        asyncio.get_running_loop().call_soon(self.start_encryption, connection, connection.request.ltk, key)
        connection.request = None
        return b"\0" + handle

    def start_encryption(self, connection, wanted, key):
        """After the host's answer: session keys agree only if the long-term keys do (volume 6 part B 5.1.3)."""
        self.asked.append((key, wanted))
        reply = lambda pdu: self.air.send_ll_control_pdu(connection.self_address, connection.peer_address, pdu)
        if key is None:
            reply(ll.RejectExtInd(ll.ControlPdu.Opcode.LL_ENC_REQ, KEY_MISSING))
        elif key != wanted:
            reply(ll.TerminateInd(MIC_FAILURE))
            self.end(connection, MIC_FAILURE)
        else:
            reply(ll.StartEncRsp())
            if connection.encrypted:
                self.event(0x30, struct.pack("<BH", SUCCESS, connection.handle))
            else:
                self.event(0x08, struct.pack("<BHB", SUCCESS, connection.handle, 1))
            connection.encrypted = True

    @command(0x2022, 6)
    def set_data_length(self, p):
        handle, octets, time = struct.unpack("<HHH", p)
        connection = self.by_handle(handle)
        if connection is None:
            return struct.pack("<BH", UNKNOWN_CONNECTION, handle)
        if self.most_octets == LEAST_LENGTH or not LEAST_LENGTH <= octets <= MOST_LENGTH or not 0x148 <= time <= 0x4290:
            return struct.pack("<BH", INVALID, handle)
        asyncio.get_running_loop().call_soon(self.lengthen, connection, octets)
        return struct.pack("<BH", SUCCESS, handle)

    @command(0x2023, 0)
    def read_suggested_length(self, _):
        return struct.pack("<BHH", 0, LEAST_LENGTH, 0x148)

    @command(0x2024, 4)
    def suggest_length(self, _):
        return b"\0"

    @command(0x202F, 0)
    def read_most_length(self, _):
        time = (self.most_octets + 14) * 8
        return struct.pack("<BHHHH", 0, self.most_octets, time, self.most_octets, time)

    @command(0x2025, 0)
    def read_public_key(self, _):
        self.key = crypto.EccKey.generate()
        self.status(0x2025, SUCCESS)
        self.le_event(LE_P256, b"\0" + self.key.x[::-1] + self.key.y[::-1])

    @command(0x2026, 64)
    def generate_dhkey(self, p):
        self.status(0x2026, SUCCESS if self.key else DISALLOWED, p)
        if self.key:
            try:
                secret = b"\0" + self.key.dh(p[31::-1], p[:31:-1])[::-1]
            except ValueError:  # not on the curve
                secret = bytes([INVALID]) + b"\xff" * 32
            self.le_event(LE_DHKEY, secret)

    @command(0x2030, 2)
    def read_phy(self, p):
        return b"\0" + p + b"\1\1"

    @command(0x2031, 3)
    def set_default_phy(self, _):
        return b"\0"

    @command(0x2032, 7)
    def set_phy(self, p):
        handle, _, tx, rx, _ = struct.unpack("<HBBBH", p)
        known = self.by_handle(handle)
        self.status(0x2032, SUCCESS if known else UNKNOWN_CONNECTION, None if handle < self.next_handle else p)
        if known:
            self.le_event(LE_PHY, struct.pack("<BHBB", SUCCESS, handle, 2 if tx & 2 else 1, 2 if rx & 2 else 1))


class Uart(asyncio.Protocol):
    """The byte stream to the headset: QEMU's serial port as a Unix socket, or one end of a socket pair."""

    def __init__(self, make):
        self.make = make  # of the controller, given the function that sends
        self.h4 = H4()
        self.moved = 0        # when bytes came or went, by the clock of time.monotonic
        self.gone = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        self.controller = self.make(self.write)

    def write(self, data):
        self.moved = time.monotonic()
        if not self.transport.is_closing():
            self.transport.write(data)

    def data_received(self, data):
        self.moved = time.monotonic()
        try:
            packets = self.h4.feed(data)
        except ValueError as fault:
            self.controller.breach(data, str(fault))
            self.h4.waiting = b""
            return
        for packet in packets:
            try:
                self.controller.packet(packet)
            except (struct.error, IndexError) as fault:
                self.controller.breach(packet, f"cannot be read ({fault})")

    def connection_lost(self, exc):
        self.controller.stop()
        self.controller.lose()
        self.controller.air.remove_controller(self.controller)
        if not self.gone.done():
            self.gone.set_result(None)


