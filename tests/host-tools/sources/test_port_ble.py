#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone live --ble` beside a double of BlueZ: the same records as over a line, loss, return, refusals."""
import json
import subprocess
import time

from headset import __file__ as HEADSET
from bluez import Bluez
from tool import ENV, UNDERTONE, Checks, events

check = Checks()
CALL = ("--json", "--contact-id", "c", "--disclosed")


def facts(out):
    """Events without the times of day."""
    return [(e["type"], e["data"]) for e in events(out)]


def live(double, *words):
    with Bluez(*double) as b:
        result = b.undertone("live", "--ble", *words, *CALL)
    return result[:3], b.told


def over_tcp():
    headset = subprocess.Popen([HEADSET],
                               stdout=subprocess.PIPE)
    port = headset.stdout.readline().decode().strip()
    done = subprocess.run([UNDERTONE, "live", "--tcp", "localhost:" + port, *CALL], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60, check=True, env=ENV)
    headset.kill()
    headset.communicate()
    return done.stdout.decode()


expected = facts(over_tcp())
check("there is something to compare with", len(expected) > 60, len(expected))

for mtu in ("23", "43", "247"):
    (code, out, err), told = live(("--paired", "1", "--mtu", mtu))
    check(f"MTU {mtu}: the same events as over TCP", code == 0 and err == "" and facts(out) == expected, (code, err))
check("one stream was taken", told.count("notify 12") == 1, told)
lights = [bytes.fromhex(x.split()[-1]) for x in told if x.startswith("write request")]
check("its light is told of cues, with no view open: which and how severe, and that it is over", len(lights) >= 2 and all(x[2] == 7 for x in lights) and
      lights[0][4] == 1 and lights[0][8] // 4 == 1 and 0 in {x[4] for x in lights}, [x.hex() for x in lights])

(code, out, err), _ = live(("--paired", "1", "--drop", "40", "--lose", "7", "--mtu", "63"))
status = [e["data"] for e in events(out) if e["type"] == "undertone.device.status.v1"]
check("a link that is lost comes back by itself", code == 0 and "AA:BB:CC:00:00:00: the Bluetooth link has gone" in err and
      "waiting for it to come back" in err and "back after" in err, err)
check("what was dropped meanwhile is told by the headset, not counted twice", 7 in [x["RecordsDropped"] for x in status] and
      status[-1]["RecordsLost"] == 0, status)
check("one call, that ends as it did", [e[0] for e in facts(out)].count("undertone.session.started.v1") == 1 and
      facts(out)[-1][0] == "undertone.session.completed.v1")
(code, out, err), _ = live(("--paired", "1", "--drop", "40", "--mtu", "63"))
kept = [x for x in facts(out) if x[0] != "undertone.device.status.v1"]
check("what comes twice counts once", kept == [x for x in expected if x[0] != "undertone.device.status.v1"],
      (len(kept), len(expected), err))

(code, out, err), _ = live(("--paired", "1", "--broken", "--mtu", "23"))
last = [e["data"] for e in events(out) if e["type"] == "undertone.device.status.v1"][-1]
check("a notification of another length is counted as damaged", last["FramesMalformed"] == 1 and last["RecordsLost"] == 1,
      last)

(code, out, err), told = live(("--devices", "3", "--paired", "1"))
check("of several, the paired one", code == 0 and "connect 00" in told and facts(out) == expected, told)
(code, out, err), told = live(("--devices", "3", "--paired", "2"), "Undertone 1")
check("or the one named", code == 0 and "connect 01" in told, told)

for double, code, says in ((("--paired", "0"), 6, "run `undertone pair AA:BB:CC:00:00:00`"),
                           (("--paired", "1", "--taken"), 6, "Notify acquired"),
                           (("--paired", "1", "--no-stream"), 4, "offers no scores and settings"),
                           (("--paired", "1", "--deaf"), 3, "cannot connect (le-connection-abort-by-local)"),
                           (("--paired", "2", "--devices", "2"), 3, "several headsets within reach")):
    result, _ = live(double)
    check.refused(" ".join(double), result, code, says)

with Bluez("--paired", "1") as b:
    first = b.undertone("device", "get", "--json", "--ble", "Undertone 0")[:3]
    done = b.undertone("device", "set", "customer-gain", "-6", "--ble", "AA:BB:CC:00:00:00")[:3]
    then = b.undertone("device", "get", "customer-gain", "--ble", "Undertone 0")[:3]
    unknown = b.undertone("device", "image", "--ble", "Undertone 0")[:3]
check("settings by Bluetooth", first[0] == 0 and json.loads(first[1])["id"] == "desk-7" and json.loads(first[1])["ble"] == "on",
      first)
check("set and read again", done[0] == 0 and then == (0, "-6\n", ""), (done, then))
check.refused("what the headset does not know", unknown, 4, "does not know this request")
check("written with a word of the headset that it took them", sum(x.startswith("write request 16") for x in b.told) == 11, b.told)
with Bluez("--paired", "0") as b:
    check.refused("an unpaired headset's settings", b.undertone("device", "get", "--ble", "Undertone 0")[:3], 6, "undertone pair")

with Bluez("--paired", "1", "--unresolved") as b:
    process = b.start("live", "--ble", *CALL)
    b.wait("connect")
    process.terminate()
    begin = time.monotonic()
    process.communicate(timeout=20)
check("a signal ends the opening at once", process.returncode == 0 and time.monotonic() - begin < 5, process.returncode)
check.finish()
