#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Updates of the emulated headset with the power cut on the way, over its serial line and over Bluetooth, and images that do
not work.

demo_update.py --undertone PROGRAM --out DIR

The headset's flash is a file, from which its bootloader starts release A. `undertone update` is the client on the serial
line, bumble the one over Bluetooth.
Leaves in DIR: flash, the releases, update.btsnoop (HCI at the headset). Exit code: 0 when each step ended as it says; 1 otherwise.
"""
import argparse
import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

from bumble.keys import MemoryKeyStore

from central import KEYBOARD, Person
from controller import Air
from emulated import Headset, silence
from updater import Client, digest, near

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "boards"))
from link import BUILD  # noqa: E402
from powered import Powered  # noqa: E402
from slots import RELEASE, SLOT_AT, SLOT_BYTES, TRAILER_BYTES, flash, images, read, slot, trailer, write  # noqa: E402
from mcumgr import READ, WRITE  # noqa: E402

BOARDS = os.path.join(HERE, "..", "..", "boards")
HEADER = 0x200  # of the image's own, in the image
VERSION_AT, LINKED_AT = HEADER + 12, 0x21000000
HANG = b"\xfe\xe7"  # b .
UPDATE_S, KEPT_MS = 240, 60000
TRIES = 3
CUT_AT = 3  # a third of the image
BLUETOOTH_BYTES = 8000


class Failed(Exception):
    """What is not as it should be."""


class Demo:
    def __init__(self, undertone, out):
        self.undertone, self.out, self.began = undertone, out, time.monotonic()
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("UNDERTONE_")} | {"XDG_CONFIG_HOME": self.at("none")}

    def at(self, name):
        return os.path.join(self.out, name)

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def title(self, text):
        print(f"\n{text}", flush=True)

    def found(self, what, holds, got=""):
        """Says what was found, or ends the demo."""
        if not holds:
            raise Failed(f"not so: {what}; {got}")
        self.say(f"ok: {what}")

    def release(self, name, patch, edit=lambda which, part: None):
        """The build's links as a release with that last number, signed with the development key."""
        parts = []
        for which in "ab":
            part = bytearray(read(os.path.join(BUILD, "mps2", f"slot-{which}.bin")))
            part[VERSION_AT + 2] = patch
            edit(which, part)
            parts.append(self.at(f"{name}-{which}.bin"))
            write(parts[-1], part)
        subprocess.run([os.path.join(BOARDS, "release.py"), "sign", self.at(name + ".update"),
                        os.path.join(BOARDS, "development.pem"), "0", *parts], check=True)
        return self.at(name + ".update")

    def update(self, release, port, headset=None):
        """(exit code, what it said) of `undertone update`; its lines as they come, the power cut among them."""
        self.say(f"$ undertone update {os.path.basename(release)} --port {port}")
        cut = headset is not None and headset.cut_after
        with subprocess.Popen([self.undertone, "update", release, "--port", port], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.env) as process:
            deadline = threading.Timer(UPDATE_S, process.kill)
            deadline.start()
            try:
                said = []
                for line in process.stdout:
                    if cut and headset.cut_after is None:
                        self.say("*** The headset's power is cut, and comes back.")
                        cut = None
                    said.append(line.rstrip("\n"))
                    self.say("  " + said[-1])
                return process.wait(), "\n".join(said)
            finally:
                deadline.cancel()
                process.kill()


def hang(which, part):
    """Where the image begins, it goes on for ever."""
    start = int.from_bytes(part[4:8], "little") - 1 - (LINKED_AT + SLOT_AT["ab".index(which)] + HEADER)
    part[start:start + 2] = HANG


def serial(demo, where, release, version):
    with Powered(where) as headset:
        size = len(images(read(release))[1])
        headset.cut_after = size * 4 // 3 // CUT_AT  # of base64
        code, said = demo.update(release, headset.port, headset)
        demo.found("the power was cut while the image came, and the update went on by itself",
                   headset.cut_after is None and headset.starts == 2 and "switched off and on" in said, said)
        demo.found(f"{version} runs from slot B and is kept; the one before stays in slot A",
                   code == 0 and f"Firmware {version} is kept, in slot B" in said, (code, said))


async def bluetooth(demo, where, release, before, version):
    air, keys, store = Air(), MemoryKeyStore(), demo.at("bonds")
    image = images(read(release))[0]
    with open(demo.at("update.btsnoop"), "wb", buffering=0) as snoop:

        def on():
            return Headset(air, audio=silence(1), flash=where, store=store, snoop=snoop, hurry=True)

        async def client(headset, central):
            own = Client(central, headset)
            await own.begin()
            return own

        async def back(headset):
            central = await near(air, keys)
            await central.connection.encrypt()
            return central, await client(headset, central)

        async with on() as headset:
            central = await near(air, keys)
            shown = headset.code()

            async def typed():
                code = await shown()
                demo.say(f"The headset shows pairing code {code:06d}; it is typed on the computer.")
                return code

            demo.found("paired", await central.pair(Person(KEYBOARD, typed)) == 0)
            own = await client(headset, central)
            sent = await own.upload(image, stop=BLUETOOTH_BYTES)
            demo.say(f"{sent} of {len(image)} bytes of {version} are in slot A.")
            await headset.cut()
            central.off()
        demo.say("*** The headset's power is cut, and comes back.")
        async with on() as headset:
            central, own = await back(headset)
            state = (await own.ask(READ, 1, 0))["images"]
            running = [x for x in state if x["active"]]
            demo.found(f"it connects with the bond; {before} runs as before, and nothing waits in slot A",
                       len(running) == 1 and running[0]["slot"] == 1 and running[0]["version"] == before
                       and running[0]["confirmed"] and not any(x["pending"] for x in state), state)
            demo.say("It takes the image again, from the beginning.")
            began = time.monotonic()
            sent = await own.upload(image)
            took = time.monotonic() - began
            demo.found(f"all {len(image)} bytes came over Bluetooth, {sent / took / 1000:.1f} KB/s", sent == len(image), sent)
            state = (await own.ask(WRITE, 1, 0, {"hash": digest(image), "confirm": False})).get("images", [])
            demo.found(f"{version} is whole, and to be tried at the next start", bool(state) and state[0]["pending"], state)
            demo.found("the headset restarts into it", await own.ask(WRITE, 0, 5) == {})
            await headset.ended()
            headset.feeder.stop()
            central.off()
        async with on() as headset:
            central, own = await back(headset)
            end = headset.feeder.ms() + KEPT_MS
            while True:
                state = (await own.ask(READ, 1, 0))["images"]
                if not state[0]["active"] or state[0]["confirmed"] or headset.feeder.ms() > end:
                    break
                await headset.ms(500)
            demo.found(f"{version} runs from slot A and is kept", state[0]["active"] and state[0]["confirmed"]
                       and state[0]["version"] == version, state)
            demo.found("the controller saw no breach of the specification", headset.controller.breaches == [],
                       headset.controller.breaches)
            await headset.cut()
            central.off()


def bad(demo, where, hanging, changed, good, version):
    with Powered(where) as headset:
        code, said = demo.update(changed, headset.port)
        demo.found("an image with one changed byte is refused, and nothing of it is sent", code == 24 and headset.taken == 0,
                   (code, said, headset.taken))
        demo.say("Now one that is signed, and hangs where it begins:")
        code, said = demo.update(hanging, headset.port)
        tries = read(where)[SLOT_AT[1] + SLOT_BYTES - TRAILER_BYTES:][:4 * TRIES]
        demo.found("it was started three times, the watchdog ended each, and it was given up", code == 43 and tries == bytes(4 * TRIES),
                   (code, said, tries))
        code, said = demo.update(good, headset.port)
        demo.found(f"{version} runs again, as before", code == 0 and "runs already" in said, (code, said))


def run(demo):
    os.makedirs(demo.out, exist_ok=True)
    where = demo.at("flash")
    first = images(read(RELEASE))[0]
    major, minor, patch = first[HEADER + VERSION_AT], first[HEADER + VERSION_AT + 1], first[HEADER + VERSION_AT + 2]
    a, b, c, d = (f"{major}.{minor}.{patch + i}" for i in range(4))
    write(where, flash(slot(first, trailer(1, kept=True))))
    release_b, release_c = demo.release("b", patch + 1), demo.release("c", patch + 2)
    hanging = demo.release("hangs", patch + 3, hang)
    damaged = bytearray(read(release_c))
    damaged[len(damaged) // 3] ^= 1
    write(demo.at("changed.update"), damaged)
    print(f"An emulated headset whose bootloader starts firmware {a} from slot A of its flash, {where}.\n"
          f"Releases {b}, {c} and {d} are the same build under other numbers; {d} is spoilt on purpose.\n"
          "All are signed with the published development key.")
    demo.title(f"1. {b} over the serial line; the power is cut after a third of it")
    serial(demo, where, release_b, b)
    demo.title(f"2. {c} over Bluetooth; the power is cut after {BLUETOOTH_BYTES // 1000} KB")
    asyncio.run(bluetooth(demo, where, release_c, b, c))
    demo.title(f"3. Images that must not run: {c} with a byte changed, and {d}, which hangs")
    bad(demo, where, hanging, demo.at("changed.update"), release_c, c)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--undertone", required=True)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    demo = Demo(a.undertone, a.out)
    try:
        run(demo)
    except (Failed, AssertionError, OSError, asyncio.TimeoutError, subprocess.SubprocessError) as problem:
        print(f"\nFAILED: {str(problem) or repr(problem)}; files in {a.out}")
        return 1
    print(f"\nok: two power cuts and two bad images, and a working firmware after each, in {time.monotonic() - demo.began:.0f} s; "
          f"files in {a.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
