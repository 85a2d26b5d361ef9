#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""BlueZ as far as `undertone` sees it, on a private bus: an adapter, headsets, their GATT objects, the pairing agent.

Written from BlueZ 5.66's interface documents with another D-Bus library than the program's. The bus's address is the
first line on standard output; then one line for each call that changes something. A headset streams the records of
headset.py's made-up call, one to several per notification.
"""
import argparse
import os
import socket
import struct
import subprocess
import sys
import tempfile

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boards")]
from headset import Call  # noqa: E402
from link import records  # noqa: E402
from packet_double import Slots  # noqa: E402

SERVICE, STREAM, CONTROL, VERSIONS = (f"e85a000{i}-5839-4330-a637-3d0fc85daff5" for i in (1, 2, 3, 4))
PACKETS = "da2e7828-fbce-4e01-ae9e-261174997c48"
PROPERTIES, MANAGER = "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.ObjectManager"
ADAPTER, DEVICE, GATT = "org.bluez.Adapter1", "org.bluez.Device1", "org.bluez.GattCharacteristic1"
BUS = """<busconfig><type>session</type><listen>unix:path={0}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"""


def told(*words):
    print(*words, flush=True)


class Refused(dbus.DBusException):
    def __init__(self, name, text):
        super().__init__(text, name="org.bluez.Error." + name)


class Item(dbus.service.Object):
    """An object with properties of one interface."""

    def __init__(self, world, path, interface, properties):
        super().__init__(world.bus, path)
        self.world, self.path, self.interface, self.properties = world, path, interface, properties
        world.items[path] = self

    @dbus.service.method(PROPERTIES, in_signature="ssv")
    def Set(self, _, name, value):
        if self.world.a.rfkill and name == "Powered":
            raise Refused("Blocked", "Blocked through rfkill")
        self.properties[name] = value
        told("set", name, int(value))


class Adapter(Item):
    @dbus.service.method(ADAPTER, in_signature="a{sv}")
    def SetDiscoveryFilter(self, wanted):
        if self.world.a.old:
            raise Refused("NotSupported", "no filter here")
        told("filter", wanted["Transport"], *wanted["UUIDs"])

    @dbus.service.method(ADAPTER)
    def StartDiscovery(self):
        told("discover")
        GLib.timeout_add(300, self.world.show_devices)

    @dbus.service.method(ADAPTER)
    def StopDiscovery(self):
        told("rest")


class Device(Item):
    @dbus.service.method(DEVICE, async_callbacks=("done", "failed"))
    def Connect(self, done, failed):
        told("connect", self.path[-2:])
        if self.world.a.deaf:
            failed(Refused("Failed", "le-connection-abort-by-local"))
            return

        def resolved():
            self.properties["ServicesResolved"] = dbus.Boolean(True)
            self.world.show_services(self.path)

        self.properties["Connected"] = dbus.Boolean(True)
        if not self.world.a.unresolved:
            GLib.timeout_add(200, resolved)
        done()

    @dbus.service.method(DEVICE, async_callbacks=("done", "failed"))
    def Pair(self, done, failed):
        told("pair", self.path[-2:])
        if self.properties["Paired"]:
            failed(Refused("AlreadyExists", "Already Exists"))
            return
        agent = dbus.Interface(self.world.bus.get_object(*self.world.agent), "org.bluez.Agent1")

        def finish(key=None):
            if key is not None and int(key) != 123456:
                refuse(None)
                return
            self.properties["Paired"] = dbus.Boolean(True)
            done()

        def refuse(_):
            failed(Refused("AuthenticationFailed", "Authentication Failed"))

        path, code, how = dbus.ObjectPath(self.path), dbus.UInt32(123456), self.world.a.pairing
        if how == "confirm":
            agent.RequestConfirmation(path, code, reply_handler=finish, error_handler=refuse)
        elif how == "passkey":
            agent.RequestPasskey(path, reply_handler=finish, error_handler=refuse)
        elif how == "display":
            agent.DisplayPasskey(path, code, dbus.UInt16(0), reply_handler=finish, error_handler=refuse)
        elif how == "blind":
            agent.RequestAuthorization(path, reply_handler=finish, error_handler=refuse)

    @dbus.service.method(DEVICE)
    def CancelPairing(self):
        told("cancel")


class Agents(dbus.service.Object):
    def __init__(self, world):
        super().__init__(world.bus, "/org/bluez")
        self.world = world

    @dbus.service.method("org.bluez.AgentManager1", in_signature="os", sender_keyword="sender")
    def RegisterAgent(self, path, capability, sender=None):
        told("agent", capability)
        self.world.agent = (sender, path)

    @dbus.service.method("org.bluez.AgentManager1", in_signature="o")
    def UnregisterAgent(self, _):
        told("no agent")


class Characteristic(Item):
    link = None  # to whoever asked for notifications

    @dbus.service.method(GATT, in_signature="a{sv}", out_signature="hq")
    def AcquireNotify(self, _):
        if not self.world.items[os.path.dirname(os.path.dirname(self.path))].properties["Paired"]:
            raise Refused("NotAuthorized", "Operation Not Authorized")
        if self.properties["UUID"] in (CONTROL, PACKETS):
            self.link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                return dbus.types.UnixFd(theirs), dbus.UInt16(self.world.a.mtu)
        if self.world.busy:
            raise Refused("NotPermitted" if self.world.a.taken else "InProgress", "Notify acquired")
        told("notify", self.path[-2:])
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.world.begin(ours)
        with theirs:  # the library keeps a copy until it is sent
            return dbus.types.UnixFd(theirs), dbus.UInt16(self.world.a.mtu)

    @dbus.service.method(GATT, in_signature="aya{sv}")
    def WriteValue(self, value, options):
        """A request of SPEC.md "Control"; only get, set and the image's board. Or a packet of "Update"."""
        request = bytes(value)
        if self.properties["UUID"] == PACKETS:
            self.take_packet(request, options["type"])
            return
        told("write", options["type"], request.hex())
        operation, tag, key, length = request[2:6]
        if operation == 2 and key in self.world.settings:
            self.world.settings[key] = request[8:8 + length]
        value = bytes(8) + b"mps2" if operation == 4 and key == 0 else self.world.settings.get(key)
        error = 0 if operation in (1, 2, 4 if key == 0 else 1) and value is not None else 2
        value = value if error == 0 else b""
        if self.link is None:  # a reply that nobody asked to hear
            return
        self.link.send((bytes([0x17, 0, operation, tag, key, len(value), error, 0]) + value).ljust(20, b"\0"))

    def take_packet(self, request, how):
        """Answers in notifications; a restart, or the loss that --drop asks for, ends the link."""
        slots, a = self.world.slots, self.world.a
        answer, restart = slots.answer(request)
        told("packet", how, len(request), request[5], request[7])
        lost = a.drop and len(slots.asked) == a.drop
        for at in range(0, 0 if lost else len(answer), a.mtu - 3):
            self.link.send(answer[at:at + a.mtu - 3])
        if slots.asked[-1] == (1, 1) and slots.whole():
            told("uploaded", len(slots.coming))
        if restart or lost:
            told("restart" if restart else "lost")
            self.link.close()
            for item in self.world.items.values():
                if isinstance(item, Device):
                    item.properties.update(Connected=dbus.Boolean(False), ServicesResolved=dbus.Boolean(False))

    @dbus.service.method(GATT, in_signature="a{sv}", out_signature="ay")
    def ReadValue(self, _):
        return dbus.ByteArray(bytes([1]) + bytes(18) + bytes([256 - 61]))


class World(dbus.service.Object):
    def __init__(self, bus, a):
        super().__init__(bus, "/")
        self.bus, self.a, self.items, self.agent, self.shown, self.busy, self.sent = bus, a, {}, None, 0, a.taken, []
        self.rest = records(b"".join(Call(a.seconds, 1, 0).frames))[0]
        if not a.no_adapter:
            Adapter(self, "/org/bluez/hci0", ADAPTER, {"Powered": dbus.Boolean(not a.off), "Address": "00:11:22:33:44:55"})
        self.settings = {1: b"desk-7", **{key: (key >= 6).to_bytes(4, "little") for key in range(2, 8)}}
        self.slots = Slots(a.mtu - 3, a.refuse, not a.reverts)
        self.agents = Agents(self)
        if a.known:
            self.show_devices()

    def show_devices(self, late=False):
        while self.shown < self.a.devices:
            i = self.shown
            if i == 1 and self.a.late and not late:
                GLib.timeout_add(900, self.show_devices, True)
                break
            self.shown += 1
            uuids = dbus.Array([SERVICE, "0000180a-0000-1000-8000-00805f9b34fb"], signature="s")
            Device(self, f"/org/bluez/hci0/dev_AA_BB_CC_00_00_0{i}", DEVICE, {
                "Address": f"AA:BB:CC:00:00:0{i}", "Alias": f"{self.a.name} {i}", "Paired": dbus.Boolean(i < self.a.paired),
                "Connected": dbus.Boolean(False), "ServicesResolved": dbus.Boolean(False), "UUIDs": uuids,
                "RSSI": dbus.Int16(-60 - i), "ManufacturerData": dbus.Dictionary({}, signature="qv")})
        if self.shown and "/org/bluez/hci0/dev_11" not in self.items:  # somebody's lamp
            Device(self, "/org/bluez/hci0/dev_11", DEVICE, {
                "Address": "11:11:11:11:11:11", "Alias": "Lamp", "Paired": dbus.Boolean(True),
                "Connected": dbus.Boolean(False), "ServicesResolved": dbus.Boolean(False),
                "UUIDs": dbus.Array(["0000180f-0000-1000-8000-00805f9b34fb"], signature="s")})
        return False

    def show_services(self, device):
        for n, uuid in ((1, CONTROL), (2, STREAM), (3, VERSIONS), (4, PACKETS)):
            path = f"{device}/service0010/char001{n}"
            if path not in self.items and not (self.a.no_stream and uuid == STREAM):
                Characteristic(self, path, GATT, {"UUID": uuid})
        return False

    def begin(self, link):
        """A subscription. One after the first opens with copies of hello and status, and repeats three records."""
        self.busy = True
        state = {"sent": 0}
        if self.sent:
            self.rest = self.sent[-3:] * (self.a.lose == 0) + self.rest
            number = self.rest[0][1]
            status = struct.pack("<IHHBB", 5, 0, self.a.lose, 24, 31).ljust(18, b"\0")
            link.send(self.sent[0][:1] + bytes([(number - 2) % 256]) + self.sent[0][2:])
            link.send(bytes([0x14, (number - 1) % 256]) + status)

        def step():
            if self.rest and (self.a.drop == 0 or state["sent"] < self.a.drop):
                at_once = min(1 + state["sent"] % 3, (self.a.mtu - 3) // 20)
                packet = b"".join(self.rest[:at_once])
                if self.a.broken and state["sent"] == 5:
                    packet = packet[:-3]
                try:
                    link.send(packet, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    return True
                except OSError:  # the listener has gone
                    self.rest = []
                    return True
                self.sent += self.rest[:at_once]
                self.rest = self.rest[at_once:]
                state["sent"] += 1
                return True
            link.close()
            self.busy = False
            self.rest = self.rest[self.a.lose:]
            for item in self.items.values():
                if isinstance(item, Device):
                    item.properties.update(Connected=dbus.Boolean(False), ServicesResolved=dbus.Boolean(False))
            self.a.drop = 0
            return False

        GLib.timeout_add(2, step)

    @dbus.service.method(MANAGER, out_signature="a{oa{sa{sv}}}", async_callbacks=("done", "failed"))
    def GetManagedObjects(self, done, failed):
        if self.a.mute:
            told("mute")
            return
        if self.a.strange:
            failed(Refused("Failed", "no objects today"))
            return
        done({path: {i.interface: i.properties, "org.freedesktop.DBus.Introspectable": dbus.Dictionary({}, signature="sv")}
              for path, i in self.items.items()})


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--no-daemon", action="store_true", help="a bus without BlueZ on it")
    for word in ("no-adapter", "off", "rfkill", "old", "deaf", "unresolved", "taken", "no-stream", "known", "late", "broken",
                 "mute", "strange", "reverts"):
        p.add_argument("--" + word, action="store_true")
    p.add_argument("--name", default="Undertone", help="what the headsets are called, before their number")
    p.add_argument("--devices", type=int, default=1)
    p.add_argument("--paired", type=int, default=0, help="how many of them are")
    p.add_argument("--pairing", default="confirm", choices=("confirm", "passkey", "display", "blind", "never"))
    p.add_argument("--mtu", type=int, default=23)
    p.add_argument("--seconds", type=int, default=30, help="length of the call")
    p.add_argument("--drop", type=int, default=0, help="the link is lost after that many notifications or packets, once")
    p.add_argument("--refuse", type=int, default=0, help="an upload is answered with this error of group 1")
    p.add_argument("--lose", type=int, default=0, help="records that the headset could not send meanwhile")
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/conf", "w", encoding="utf-8") as f:
            f.write(BUS.format(folder))
        daemon = subprocess.Popen(["dbus-daemon", "--config-file=" + folder + "/conf", "--nofork", "--print-address"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            address = daemon.stdout.readline().decode().strip()
            DBusGMainLoop(set_as_default=True)
            bus = dbus.bus.BusConnection(address)
            if not a.no_daemon:
                world = World(bus, a)
                name = dbus.service.BusName("org.bluez", bus)
                assert world and name
            told(address)
            loop = GLib.MainLoop()
            GLib.io_add_watch(sys.stdin, GLib.IO_HUP, lambda *_: loop.quit())  # ends with whoever started it
            loop.run()
        finally:
            daemon.kill()
            daemon.wait()
    os._exit(0)  # the library would say goodbye to a bus that has gone


if __name__ == "__main__":
    main()
