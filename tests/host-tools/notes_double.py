#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""org.freedesktop.Notifications on a bus of its own: prints the bus' address, then each note as a line of JSON. With
--refuse it answers every note with an error. Ends when its standard input does."""
import json
import subprocess
import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"


class Notes(dbus.service.Object):
    """Shows nothing."""

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, program, replaces, icon, summary, body, actions, hints, expire):  # pylint: disable=too-many-arguments
        if "--refuse" in sys.argv:
            raise dbus.DBusException("no room on the screen", name=NAME + ".Error.Full")
        print(json.dumps([program, int(replaces), icon, summary, body, list(actions), dict(hints), int(expire)]), flush=True)
        return dbus.UInt32(1)


def main():
    daemon = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address", "--address=unix:tmpdir=/tmp"],
                              stdout=subprocess.PIPE, text=True)
    address = daemon.stdout.readline().strip()
    try:
        DBusGMainLoop(set_as_default=True)
        bus = dbus.bus.BusConnection(address)
        name = dbus.service.BusName(NAME, bus)
        Notes(bus, "/org/freedesktop/Notifications", name)
        print(address, flush=True)
        loop = GLib.MainLoop()
        GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, lambda *_: loop.quit())
        loop.run()
    finally:
        daemon.terminate()
        daemon.wait()


if __name__ == "__main__":
    main()
