#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `undertone devices --ble` finds, what is known without listening, and what cannot be found."""
import json

from bluez import Bluez
from tool import Checks, tool

check = Checks()

with Bluez("--devices", "2", "--paired", "1") as b:
    code, out, err, seconds = b.undertone("devices", "--ble", "--seconds", "1", "--json")
    found = [json.loads(x) for x in out.splitlines()]
    check("two headsets and no lamp", code == 0 and err == "" and [x["Name"] for x in found] == ["Undertone 0", "Undertone 1"],
          (code, out, err))
    check("what is said of each", found[:1] == [{"Address": "AA:BB:CC:00:00:00", "Name": "Undertone 0", "Paired": True,
                                                 "Connected": False, "RssiDbm": -60}] and not found[1]["Paired"], found)
    check("it listens as long as it was told", 0.9 < seconds < 10, seconds)
    code, out, err, _ = b.undertone("devices", "--ble", "--seconds", "0")
    check("without listening, what is known", code == 0 and "AA:BB:CC:00:00:01  Undertone 1\n    not paired" in out, out)
check("listening ends", b.told.count("discover") == 1 and b.told.count("rest") == 1, b.told)

# what a stranger calls itself does nothing to a terminal, and is no line of its own
for evil in ("a\nundertone: forged", "b\x1b[2J\x1b]0;title\x07", "c\rforged", "d\u202egnp"):
    with Bluez("--known", "--name", evil) as b:
        for words in (("devices", "--ble", "--seconds", "0"), ("devices", "--ble", "--seconds", "0", "--json"), ("pair",)):
            code, out, err, _ = b.undertone(*words, typed="y\n")
            lines = (out + err).split("\n")
            check(f"{words[0]} {words[1:]} says {evil!r} as text", "?" in out + err and len(lines) < 6
                  and not [x for x in lines if x.startswith(("undertone: forged", "forged"))]
                  and not set("\x1b\x07\r\u202e") & set(out + err), (code, out, err))

FAULTS = {
    ("--no-adapter",): "no adapter on this machine",
    ("--devices", "0"): "no headset within reach",
}
for words, says in FAULTS.items():
    with Bluez(*words) as b:
        check.refused(f"{' '.join(words)}: one clear line", b.undertone("devices", "--ble", "--seconds", "0.5")[:3], 3, says)
        if "devices" not in words[0]:
            check.refused("the same from live", b.undertone("live", "--ble")[:3], 3, says)
            check.refused("the same from pair", b.undertone("pair")[:3], 3, says)

with Bluez("--known", "--devices", "2", "--paired", "1") as b:
    _, out, _, _ = b.undertone("doctor", "--json")
    found = [json.loads(x) for x in out.splitlines() if '"bluetooth"' in x]
    check("doctor knows", found[0]["State"] == "OK" and found[0]["Found"] == "an adapter, on; 2 headsets known, 1 paired", found)

check.refused("a port beside --ble", tool("devices", "--ble", "/dev/ttyS0"), 2, "--ble")
check.finish()
