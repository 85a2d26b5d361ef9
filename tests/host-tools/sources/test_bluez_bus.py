#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the program says to BlueZ over D-Bus, and each way in which bus, daemon and adapter can fail it."""
import json
import signal

from bluez import Bluez
from tool import Checks, tool

check = Checks()

with Bluez() as b:
    code, out, err, _ = b.undertone("devices", "--ble", "--seconds", "1")
    check("a headset is found", code == 0 and "Undertone 0" in out, (code, err))
check("only headsets are asked for", "filter le e85a0001-5839-4330-a637-3d0fc85daff5" in b.told, b.told)
check("an adapter that is on is left alone", "set Powered 1" not in b.told, b.told)

with Bluez("--off", "--old") as b:
    code, out, err, _ = b.undertone("devices", "--ble", "--seconds", "1")
    check("an adapter that is off is turned on; an old daemon without filters will do", code == 0 and "Undertone 0" in out,
          (code, err))
check("it was turned on", "set Powered 1" in b.told, b.told)

with Bluez("--off", "--known") as b:
    _, out, _, _ = b.undertone("doctor", "--json")
    found = [json.loads(x) for x in out.splitlines() if '"bluetooth"' in x]
    check("doctor only looks", found[0]["Found"] == "an adapter, off until it is needed; 1 headset known, 0 paired", found)
check("and leaves the adapter off", "set Powered 1" not in b.told, b.told)

FAULTS = {
    ("--no-daemon",): "bluetoothd does not run",
    ("--off", "--rfkill"): "the adapter is off and cannot be turned on (Blocked through rfkill); see `rfkill list`",
    ("--strange",): "BlueZ does not answer (no objects today)",
    ("--mute",): "BlueZ does not answer (",
}
for words, says in FAULTS.items():
    with Bluez(*words) as b:
        result = b.undertone("devices", "--ble", "--seconds", "0.5")
        check.refused(f"{' '.join(words)}: one clear line", result[:3], 3, says)
        check(f"{' '.join(words)}: within the time of a call", result[3] < 20, result[3])
        if "--mute" not in words:
            check.refused("the same from live", b.undertone("live", "--ble")[:3], 3, says)
            check.refused("the same from pair", b.undertone("pair")[:3], 3, says)

with Bluez() as b:
    process = b.start("pair", "Nobody", "--seconds", "60")
    b.wait("discover")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
check("waiting ends with the order to stop", process.returncode == 1 and err == "undertone: Bluetooth: stopped\n", err)

check.refused("no bus at all", tool("devices", "--ble", env={"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}), 3,
              "no D-Bus system bus")
check.finish()
