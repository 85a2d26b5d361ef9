#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone update` on the emulated headset behind its bootloader: from slot to slot, with the power gone on the way,
refused in a call, and what it refuses before it sends anything."""
import json
import os
import re
import subprocess

from bluez import Bluez
from tool import BUILD, SPEECH, Checks, path, tool, write

from powered import Powered
from slots import RELEASE, flash, images, read, slot, trailer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SCRIPT, DEVELOPMENT = (os.path.join(ROOT, "boards", name) for name in ("release.py", "development.pem"))
HEADER = 0x200  # of the image's own, in the image
check = Checks()
A = images(read(RELEASE))[0]
KEPT_A = flash(slot(A, trailer(1, kept=True)))


def release(name, edits=(), slots="ab", key=DEVELOPMENT, counter=0):
    """A signed release of the build's links with bytes changed, {place: value}."""
    parts = []
    for which in slots:
        part = bytearray(read(os.path.join(BUILD, "mps2", f"slot-{which}.bin")))
        for at, value in edits:
            part[at:at + len(value)] = value
        parts.append(write(f"{name}-{which}", bytes(part)))
    subprocess.run([SCRIPT, "sign", path(name), key, str(counter), *parts], check=True)
    return path(name)


def version(patch):
    return [(HEADER + 12, bytes([0, 1, patch]))]


def test_from_slot_to_slot():
    """To B; then to A with the power gone in the middle, and told so."""
    nine, eight = release("nine", version(9)), release("eight", version(8))
    with Powered(write("flash", KEPT_A)) as headset:
        code, out, err = tool("update", nine, "--port", headset.port)
        lines = out.splitlines()
        check("to B", code == 0 and err == "" and len(lines) == 5, (code, out, err))
        check("what runs, and who signed it", re.search(r"board mps2 runs firmware 0\.\d+\.\d+ from slot A, signed with the "
                                                        r"development key, which is published", lines[0]), lines)
        check("what goes where", "0.1.9 to slot B" in lines[1] and lines[4].startswith("Firmware 0.1.9 is kept, in slot B"),
              lines)
        code, out, err = tool("device", "image", "--port", headset.port)
        check("device names the signer", code == 0 and "signed     the development key, which is published" in out, out)
        headset.cut_after = headset.taken + 40000
        code, out, err = tool("update", eight, "--json", "--port", headset.port)
        got = json.loads(out)
        check("to A over a power cut", code == 0 and (got["Before"], got["Now"], got["Code"]) == ("0.1.9", "0.1.8", 0),
              (code, out, err))
        check("the power was gone", headset.cut_after is None)
        code, out, err = tool("update", eight, "--port", headset.port)
        check("again: nothing to do", code == 0 and "runs already" in out, (code, out, err))


def test_several():
    """Side by side: one that has it, one that takes it, one that is not there."""
    nine = release("nine", version(9))
    slots = images(read(nine))
    with Powered(write("flash-1", KEPT_A)) as old, \
            Powered(write("flash-2", flash(slot(slots[0], trailer(1, kept=True))))) as new:
        code, out, err = tool("update", nine, "--port", old.port, "--port", new.port, "--port", "/dev/no-such")
        table = {line.split()[0]: line for line in out.splitlines()}
        check("the first failure's code", code == 3 and "/dev/no-such" in err, (code, err))
        check("a table", table[old.port].endswith("done") and table[new.port].endswith("was there already") and
              table["/dev/no-such"].endswith("FAILED (3)") and out.endswith("2 of 3 headsets run the release\n"), out)


def test_in_a_call():
    speech = write("call.raw", read(SPEECH) * 40)
    nine = release("nine", version(9), slots="a")
    with Powered(write("flash", KEPT_A), audio=speech) as headset:
        for _ in range(60):  # until somebody has spoken for a quarter of a second
            code, out, err = tool("update", nine, "--port", headset.port)
            if code == 42:
                break
        check("refused in a call", code == 42 and "--now" in err, (code, out, err))
        code, out, err = tool("update", nine, "--now", "--port", headset.port)
        check("--now: the headset's own refusal of what is linked for the slot that runs", code == 40, (code, out, err))
        check("--now lasts no longer than its run", tool("update", nine, "--port", headset.port)[0] == 42)


def by_bluetooth(*double, name="Undertone 0", mtu="247"):
    with Bluez("--paired", "1", "--mtu", mtu, *double) as b:
        result = b.undertone("update", path("nine"), "--ble", name)[:3]
    return result, [line.split() for line in b.told]


def test_by_bluetooth():
    """Beside a double of BlueZ whose headset takes packets: uploaded, resumed where the link was lost, refused."""
    nine = release("nine", version(9))
    image = images(read(nine))[1]
    (code, out, err), told = by_bluetooth()
    check("uploaded", code == 0 and err == "" and re.search(r"0\.\d+\.9 is kept, in slot B", out) and out.count("The link is lost") == 1, (code, out, err))
    packets = [line for line in told if line[0] == "packet"]
    check("every packet is one write that the link has room for", packets and all(how == "command" and int(n) <= 244 for _, how, n, *_ in packets), packets[:4])
    check("all of the image", ["uploaded", str(len(image))] in told and ["restart"] in told, told[-4:])
    (code, out, err), lost = by_bluetooth("--drop", "100")
    check("resumed", code == 0 and out.count("The link is lost") == 2 and "9 is kept, in slot B" in out and ["lost"] in lost, (code, out, err))
    again = [line for line in lost if line[0] == "packet"]
    check("where it was", len(again) <= len(packets) + 6 and ["uploaded", str(len(image))] in lost, (len(again), len(packets)))
    for refusal, exit_code in ((5, 39), (25, 40), (27, 41), (9, 44)):
        (code, _, err), told = by_bluetooth("--refuse", str(refusal))
        check(f"refused with {refusal}", code == exit_code and err.count("\n") == 1 and ["restart"] not in told, (code, err))
    (code, _, err), told = by_bluetooth("--reverts")
    check("the old firmware runs again", code == 43 and ["restart"] in told, (code, err))
    with Bluez("--paired", "0", "--known") as b:
        code, _, err, _ = b.undertone("update", nine, "--ble", "Undertone 0")
    check("not paired", code == 6 and err.count("\n") == 1 and not any(x.startswith("packet") for x in b.told), (code, err))
    (code, _, err), told = by_bluetooth(name="Nobody")
    check("not there", code == 3 and "Nobody" in err, (code, err))


def test_refused_before_anything_is_sent():
    whole = read(release("nine", version(9)))
    half, changed, other = write("half", whole[:len(whole) // 3]), bytearray(whole), release(
        "other", [(HEADER + 8, b"nrf5")], slots="a")
    changed[3000] ^= 1
    check.refused("half", tool("update", half, "--port", "x"), 13, "half", "cut short")
    check.refused("changed", tool("update", write("changed", bytes(changed)), "--port", "x"), 24, "damaged")
    check.refused("unsigned", tool("update", path("nine-a"), "--port", "x"), 24, "nobody signed")
    check.refused("no file", tool("update", path("none"), "--port", "x"), 10, "none")
    check.refused("no headset", tool("update", path("nine")), 2, "--all")
    check.refused("two ways to choose", tool("update", path("nine"), "--all", "--port", "x"), 2, "--all")
    with Powered(write("flash", KEPT_A)) as headset:
        code, _, err = tool("update", other, "--port", headset.port)
        check("another board's", code == 26 and "its board is mps2, the release is for nrf5" in err, (code, err))


for test in (test_refused_before_anything_is_sent, test_by_bluetooth, test_from_slot_to_slot, test_several, test_in_a_call):
    test()
check.finish()
