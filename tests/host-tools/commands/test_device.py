#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone device`, against the headset as a process and against the emulated one."""
import atexit
import contextlib
import hashlib
import json
import os
import re
import socket
import subprocess
import threading
import time

from tool import IMAGE, SPEECH, Checks, path, tool

from controller import Controller
from link import DESK, HELLO, SCORE, kind, records
from powered import Powered
from slots import RELEASE, factory, flash, images, read, slot, trailer

check = Checks()
ALL = ["id", "customer-gain", "agent-gain", "swap", "policy", "uart", "ble"]


class Desk:
    """A desk board on a pseudo-terminal, fed in real time until it is closed."""

    def __init__(self, *words):
        read, self.feed = os.pipe()
        self.process = subprocess.Popen([DESK, *words, "-"], stdin=read, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        os.close(read)
        self.port = self.process.stdout.readline().decode().strip()
        self.stop = False
        atexit.register(self.process.kill)
        self.thread = threading.Thread(target=self.play, daemon=True)
        self.thread.start()

    def play(self):
        with open(SPEECH, "rb") as f:
            speech = f.read()
        at = 0
        try:
            while not self.stop:
                at = (at + os.write(self.feed, speech[at:at + 6400])) % len(speech)
        except BrokenPipeError:
            pass

    def close(self):
        self.stop = True
        self.thread.join()
        os.close(self.feed)
        return self.process.wait(20), self.process.stderr.read().decode()


def on(port, *words):
    return tool("device", *words, "--port", port)


def settings(port):
    code, out, err = on(port, "get", "--json")
    return json.loads(out) if code == 0 else (code, err)


def test_desk():
    kept = path("kept")
    desk = Desk("--store", kept)
    new = {"id": "", "customer-gain": 0, "agent-gain": 0, "swap": "off", "policy": "scores", "uart": "on", "ble": "on"}
    check("a new headset has the defaults", settings(desk.port) == new, settings(desk.port))
    for key, value in (("id", "desk-7"), ("customer-gain", "-6"), ("agent-gain", "3"), ("swap", "on"),
                       ("policy", "facts"), ("uart", "off")):
        code, out, err = on(desk.port, "set", key, value)
        check(f"set {key}", code == 0 and out == "" and (err == "") == (key not in ("policy", "uart")), (code, out, err))
        code, out, err = on(desk.port, "get", key)
        check(f"get {key}", (code, out, err) == (0, value + "\n", ""), (code, out, err))
    code, out, _ = on(desk.port, "get")
    check("all of them, one a line", code == 0 and [x.split()[0] for x in out.splitlines()] == ALL, out)
    check.refused("the last link stays", on(desk.port, "set", "ble", "off"), 2, "ble", "not off beside uart")
    check("and is still on", on(desk.port, "get", "ble")[1] == "on\n")
    code, out, _ = on(desk.port, "image")
    check("a process has no image", code == 0 and "none" in out, out)
    code, said = desk.close()
    check("the call ended in order", code == 0 and said == "end of audio\n", (code, said))

    desk = Desk("--store", kept)
    now = settings(desk.port)
    check("settings outlive the headset", now == {**new, "id": "desk-7", "customer-gain": -6, "agent-gain": 3, "swap": "on",
                                                  "policy": "facts", "uart": "off"}, now)
    check("defaults", on(desk.port, "defaults")[0] == 0 and settings(desk.port) == new)
    check("forget", on(desk.port, "forget") == (0, "", ""))
    code, _, err = on(desk.port, "pairing", "open")
    check("no radio to pair with", code == 1 and "Bluetooth is off" in err, (code, err))
    check("open or close", on(desk.port, "pairing", "maybe")[0] == 2)
    code, out, _ = on(desk.port, "bonds")
    check("no bond", code == 0 and out.startswith("none"), (code, out))
    check("no bond in JSON", json.loads(on(desk.port, "bonds", "--json")[1]) == {"Bonds": []})
    code, _, err = on(desk.port, "bonds", "--remove", "2")
    check("none to remove", code == 2 and "no pairing has number 2" in err, (code, err))
    check("no such number", on(desk.port, "bonds", "--remove", "5")[0] == 2)
    check("--remove goes with bonds", on(desk.port, "image", "--remove", "1")[0] == 2)
    code, out, _ = on(desk.port, "resets")
    check("no reset", code == 0 and out.startswith("none"), (code, out))
    check("no reset in JSON", json.loads(on(desk.port, "resets", "--json")[1]) == {"Resets": []})
    check("a new call", on(desk.port, "call") == (0, "", ""))
    check("reboot", on(desk.port, "reboot") == (0, "", ""))
    check("it went", desk.process.wait(20) == 0)
    desk.close()


def test_links():
    """Without the serial link, Bluetooth has the records, and the serial one still takes requests."""
    kept, name = path("links"), path("hci")
    desk = Desk("--store", kept)
    check("uart off", on(desk.port, "set", "uart", "off")[0] == 0)
    desk.close()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        controller = Controller(listener)
        desk = Desk("--store", kept, "--hci", name)
        with open(desk.port, "rb", buffering=0) as line:
            os.set_blocking(line.fileno(), False)
            time.sleep(1.5)
            heard = line.read()
        check("no record leaves", not heard, heard)
        check("it is set up and keeps silent", controller.visits == 1 and controller.advertising == 0)
        check("pairing mode", on(desk.port, "pairing", "open") == (0, "", ""))
        until = time.monotonic() + 60
        while controller.advertising != 1 and time.monotonic() < until:
            time.sleep(0.05)
        check("it advertises", controller.advertising == 1)
        check("not for ever", on(desk.port, "pairing", "close") == (0, "", ""))
        check("and is asked", on(desk.port, "get", "uart")[1] == "off\n")
        check("uart on again", on(desk.port, "set", "uart", "on")[0] == 0)
        desk.close()
    found = play(name=kept)
    check("and off alone it is on", any(kind(r) == SCORE for r in found))


def play(*words, name):
    """The records of the speech through a desk board with that store."""
    done = subprocess.run([DESK, "--fast", "--link", "-", "--store", name, *words, SPEECH], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=60, check=True)
    return records(done.stdout)[0]


def test_what_they_do():
    """A gain moves the levels told, the swap changes the parties, facts alone have no model and no score."""
    name = path("effects")
    before = play(name=name)
    desk = Desk("--store", name)
    on(desk.port, "set", "agent-gain", "-12")
    desk.close()
    quiet = play(name=name)
    pairs = [(a[11], b[11]) for a, b in zip([r for r in before if kind(r) == SCORE], [r for r in quiet if kind(r) == SCORE])
             if a[6] & 2 and b[6] & 2]
    less = sorted(b - a for a, b in pairs)  # a few intervals have other rows of speech
    check("12 dB less are 24 halves", len(less) > 10 and less[len(less) // 2] == 24, less)
    desk = Desk("--store", name)
    on(desk.port, "set", "agent-gain", "0")
    on(desk.port, "set", "swap", "on")
    on(desk.port, "set", "policy", "facts")
    desk.close()
    other = play(name=name)
    speech = [sum(bool(r[6] & bit) for r in before if kind(r) == SCORE) for bit in (1, 2)]
    swapped = [sum(bool(r[6] & bit) for r in other if kind(r) == SCORE) for bit in (2, 1)]
    check("customer and agent have changed places", speech == swapped and speech[0] != speech[1], (speech, swapped))
    hello = next(r for r in other if kind(r) == HELLO)
    check("no model", hello[7:15] == bytes(8), hello)
    check("no scores", all(r[7:10] == bytes(3) for r in other if kind(r) == SCORE))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Emulated:
    """The emulated headset in real time, its link a TCP server."""

    def __init__(self, *words, image=IMAGE, last="", link="tcp"):
        self.port = f"127.0.0.1:{free_port()}"
        with open(SPEECH, "rb") as f:
            speech = f.read()
        with open(path("long"), "wb") as f:
            f.write(speech * 4)
        arguments = "".join(f",arg={w}" for w in ("undertone", *words, path("long"), last) if w)
        self.process = subprocess.Popen(
            ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial",
             f"tcp:{self.port},server=on,wait=off" if link == "tcp" else link, "-semihosting-config", "enable=on,target=native" + arguments,
             "-kernel", image], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        atexit.register(self.process.kill)
        if link == "pty":  # "char device redirected to /dev/pts/3 (label serial0)"
            self.port = self.process.stdout.readline().decode().split()[4]
            return
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", int(self.port.split(":")[1]))).close()
                break
            except OSError:
                time.sleep(0.05)

    def close(self):
        self.process.kill()
        self.process.wait()
        return self.process.stderr.read().decode()


def test_emulated():
    kept = path("flash")
    headset = Emulated("--recover", "--store", kept)
    ask = lambda *words: tool("device", *words, "--tcp", headset.port)
    check("set", ask("set", "id", "m4.left") == (0, "", ""), ask("get"))
    check("get", ask("get", "id") == (0, "m4.left\n", ""))
    code, out, err = ask("image", "--json")
    image = json.loads(out) if code == 0 else {}
    with open(os.path.splitext(IMAGE)[0] + ".bin", "rb") as f:
        built = f.read()
    blank = built[:0x240] + bytes(32) + built[0x260:]
    check("the image is the one that was built", image.get("Sha256") == hashlib.sha256(blank).hexdigest() and
          image.get("Length") == len(built) and image.get("Board") == "mps2", (code, out, err))
    check("reboot", ask("reboot") == (0, "", ""))
    time.sleep(1)
    check("it is there again, and so is what it was told", ask("get", "id") == (0, "m4.left\n", ""), ask("get", "id"))
    with open("VERSION", encoding="ascii") as f:
        version = f.read().strip()
    reset = json.loads(ask("resets", "--json")[1])["Resets"]
    check("and why it started is kept", len(reset) == 1 and reset[0]["Cause"] == "asked for" and reset[0]["Slot"] == "-" and
          reset[0]["Firmware"] == version, reset)
    check("in words", ask("resets")[1].startswith("asked for "), ask("resets"))
    said = headset.close()
    check("without a fault", said == "", said)


def test_who_it_is():
    """Behind a bootloader, with a factory page and with none."""
    kept = slot(images(read(RELEASE))[0], trailer(1, kept=True))
    for name, page, locked in (("open", factory("UT-1", 3, trim=(-2, 3), passed=0x55), False),
                               ("locked", factory("ABCDEFGHIJKLMNOP", 65535, trim=(0, 6), locked=True), True)):
        with open(path("page"), "wb") as f:
            f.write(flash(kept, page=page))
        with Powered(path("page")) as headset:
            code, out, err = on(headset.port, "factory", "--json")
            check(name, code == 0 and json.loads(out) == (
                {"Serial": "ABCDEFGHIJKLMNOP", "Hardware": 65535, "TrimDb": [0, 6], "Passed": "0x0000", "Locked": True} if locked else
                {"Serial": "UT-1", "Hardware": 3, "TrimDb": [-2, 3], "Passed": "0x0055", "Locked": False}), (code, out, err))
            code, out, err = on(headset.port, "factory")
            check(f"{name}, for people", code == 0 and re.search(r"^locked +" + ("yes" if locked else "no"), out, re.M), (out, err))
    desk = Desk()
    check.refused("nobody provisioned it", on(desk.port, "factory"), 4, "no serial number", "undertone provision")
    desk.close()


def test_a_crash_is_told():
    """The emulated headset stumbles, starts again, and `devices` says where it was."""
    faults = os.path.join(os.path.dirname(IMAGE), "faults.elf")
    for how, cause, place in (("wild", "fault (BusFault", "ut_faults_wild"), ("standstill", "watchdog", "ut_faults_stand"),
                              ("overflow", "stack overflow", "ut_faults_overflow"), ("reset", "asked for", "")):
        headset = Emulated("--recover", image=faults, last=how, link="pty")
        words = ["devices", headset.port, "--seconds", "25", "--elf", faults]
        deadline = time.time() + 40
        out = ""
        while cause not in out and time.time() < deadline:  # the watchdog takes four seconds to bite
            out = tool(*words)[1]
        check(f"{how} is told", cause in out and place in out and "start 2 since" in out, out)
        if how == "wild":
            reset = json.loads(tool(*words, "--json")[1]).get("Reset", {})
            check("and in JSON", reset.get("Starts") == 2 and place in reset.get("Place", ""), reset)
        headset.close()
    check.refused("no ELF", tool("devices", "/dev/null", "--elf", SPEECH), 24, SPEECH)


def test_refusals():
    check.refused("no verb", tool("device"), 2, "device --help")
    check.refused("no port", tool("device", "get"), 2, "--port")
    check.refused("two ports", tool("device", "get", "--port", "a", "--tcp", "b:1"), 2, "--port")
    check.refused("another verb", tool("device", "put", "--port", "/dev/null"), 2, "put")
    check.refused("no such key", tool("device", "get", "volume", "--port", "/dev/null"), 2, "volume", "customer-gain")
    check.refused("no value", tool("device", "set", "id", "--port", "/dev/null"), 2, "VALUE")
    for key, value in (("customer-gain", "25"), ("agent-gain", "-25"), ("agent-gain", "3dB"), ("swap", "maybe"),
                       ("policy", "none"), ("id", "a b"), ("id", "abcdefghijklm"), ("id", "ä")):
        check.refused(f"{key} {value}", tool("device", "set", key, value, "--port", "/dev/null"), 2, value, key)
    check.refused("no such port", tool("device", "get", "--port", path("none")), 3, "none")
    check.refused("not a port", tool("device", "get", "--port", "/dev/null"), 3, "/dev/null")
    master, slave = os.openpty()
    check.refused("nobody there", tool("device", "get", "id", "--port", os.ttyname(slave)), 4, "no headset answers")
    asked = os.read(master, 4096)
    each = asked[:len(asked) // 4]
    check("four requests, a delimiter on either side of each", asked == 4 * each and each == b"\0" + each.strip(b"\0") + b"\0",
          asked)
    os.close(master)
    os.close(slave)
    with socket.socket() as full, contextlib.ExitStack() as callers:  # a queue that is full takes no more
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        begun = time.monotonic()
        check.refused("an address that does not answer", tool("device", "get", "--tcp", "127.0.0.1:%d" % full.getsockname()[1]), 3,
                      "no answer from this address")
        took = time.monotonic() - begun
        check("is given five seconds", 4.9 < took < 15, took)


def test_a_bad_line():
    """Requests get through a link on which every 97th byte is damaged."""
    desk = Desk("--corrupt", "97")
    results = [on(desk.port, "set", "id", f"n{i}")[0] for i in range(10)]
    check("each is answered in the end", results == [0] * 10, results)
    check("the last one holds", on(desk.port, "get", "id")[1] == "n9\n")
    desk.close()


test_desk()
test_links()
test_what_they_do()
test_emulated()
test_who_it_is()
test_a_crash_is_told()
test_refusals()
test_a_bad_line()
check.finish()
