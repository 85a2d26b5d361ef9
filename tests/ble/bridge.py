#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo's call through the emulated headset over Bluetooth to the live view.

bridge.py --undertone PROGRAM --out DIR [--speed N]

bumble plays the agent's computer: it pairs with the firmware (the code is shown), comes back with the bond after the
headset was switched off and on, subscribes, and hands every record to `undertone live` on a TCP port, framed as on a
UART. The view fills the screen when there is a terminal, otherwise it is lines. The same run's UART goes to a file; at
the end the records and the events of both ways are compared.
Leaves in DIR: call.wav, headset.btsnoop, ble.ndjson, uart.ndjson, live.txt. Exit code: 0 when the UART's
records all came over Bluetooth and both give the same events, byte for byte but for `time`, which is the wall clock's;
1 otherwise.
"""
import argparse
import array
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import wave
from datetime import datetime

from bumble.keys import MemoryKeyStore

from central import KEYBOARD, Central, Person
from controller import Air
from emulated import NAME, STREAM, Headset, end_with_us, silence

# Behind the imports above: a module of one of these folders has the name of one beside this file.
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, "..", "..", "host-tools"), os.path.join(HERE, "..", "host-tools")]
import demo  # noqa: E402
from headset import frame  # noqa: E402
from link import records  # noqa: E402


def pairs_of(path):
    """The headset's audio, {customer, agent}, of a WAV with the agent left."""
    with wave.open(path) as f:
        left_right = array.array("h", f.readframes(f.getnframes()))
    swapped = array.array("h", bytes(2 * len(left_right)))
    swapped[0::2], swapped[1::2] = left_right[1::2], left_right[0::2]
    return swapped.tobytes()


class Way:
    """`undertone live` at the end of a TCP connection: bytes in, events in the file `out`. It shows itself on the whole
    screen, or its lines go to the files `texts`."""

    def __init__(self, undertone, out, texts=None):
        self.command = [undertone, "live", "--contact-id", "call", "--session", "call", "--disclosed", "--out", out]
        self.command += [] if texts is None else ["--plain"]
        self.texts = texts
        self.writer = asyncio.get_running_loop().create_future()

    async def on(self):
        self.server = await asyncio.start_server(lambda _, writer: self.writer.set_result(writer), "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        lines = {} if self.texts is None else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = await asyncio.create_subprocess_exec(*self.command, "--tcp", f"127.0.0.1:{port}",
                                                            preexec_fn=end_with_us, **lines)
        self.showing = asyncio.ensure_future(self.show())
        self.out = await asyncio.wait_for(self.writer, 10)
        return self

    async def show(self):
        while self.texts is not None and (line := await self.process.stdout.readline()):
            for text in self.texts:
                text.write(line.decode())
                text.flush()

    def write(self, data):
        self.out.write(data)

    async def ended(self):
        self.out.close()
        self.server.close()
        await asyncio.wait_for(self.showing, 30)
        return await self.process.wait()


async def reach(central, known=False):
    found = await (central.find_known(10) if known else central.find(NAME, 10))
    if found is None:
        sys.exit("demo-ble: the headset does not advertise")
    await central.connect(found.address)
    await central.peer.request_mtu(247)
    await central.peer.discover_services()
    await central.peer.discover_characteristics()
    return found.address


def since_start(path):
    """The events with `time` as milliseconds since the first."""
    with open(path, encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    at = [datetime.fromisoformat(e["time"].replace("Z", "+00:00")) for e in events]
    for event, time in zip(events, at):
        event["time"] = round((time - at[0]).total_seconds() * 1000)
    return [json.dumps(e) for e in events]


async def main(a):
    os.makedirs(a.out, exist_ok=True)

    def at(name):
        return os.path.join(a.out, name)

    call = at("call.wav")
    seconds = demo.build_call(call)[-1][2] / 1000
    air, keys = Air(), MemoryKeyStore()
    with tempfile.TemporaryDirectory() as folder, open(at("headset.btsnoop"), "wb") as snoop:
        store, uart = os.path.join(folder, "store"), os.path.join(folder, "uart")
        print("The headset is switched on for the first time, and its button held for 3 s: pairing mode.")
        async with Headset(air, audio=silence(1), store=store, snoop=snoop) as headset:
            central = await Central(air, keys=keys).on()
            print(f"Found {NAME} at {await reach(central)}, an address that changes.")
            shown = headset.code()

            async def typed():
                code = await shown()
                print(f"Pairing code on the headset: {code:06d}; typed on the computer: {code:06d}.")
                return code

            if await central.pair(Person(KEYBOARD, typed)) != 0:
                sys.exit("demo-ble: pairing failed")
            print("Paired: the link is encrypted and authenticated, both sides keep the key.")
            await headset.ms(500)
            await central.disconnect()
            await headset.cut()
        print(f"Switched off and on again; a call of {seconds:.0f} s begins, {a.speed:g} times as fast as real.\n",
              flush=True)
        text = open(at("live.txt"), "w", encoding="utf-8")
        way = await Way(a.undertone, at("ble.ndjson"), None if sys.stdout.isatty() else [sys.stdout, text]).on()
        async with Headset(air, audio=pairs_of(call), speed=min(2, a.speed), ends=True, store=store, link=uart,
                           snoop=snoop, button=None) as headset:
            try:
                address = await reach(central, known=True)
                central.listen(central.characteristic(STREAM), lambda record: way.write(frame(record)))
                bond = await central.encrypt()
                if bond == 0:
                    await central.subscribe(central.characteristic(STREAM), central.told)
                    headset.feeder.speed = a.speed
                    code = await headset.ended(600)
            finally:
                await way.ended()
            breaches = headset.controller.breaches
        if bond != 0:
            sys.exit("demo-ble: the bond did not hold")
        with open(uart, "rb") as f:
            line = f.read()
    text.close()
    other = await Way(a.undertone, at("uart.ndjson"), []).on()
    other.write(line)
    await other.out.drain()
    await other.ended()
    by_uart, bad = records(line)
    same_records = bad == 0 and by_uart == central.records
    ours, theirs = since_start(at("ble.ndjson")), since_start(at("uart.ndjson"))
    print(f"\nReconnected at {address} with the bond. "
          f"{len(central.records)} records in {len(central.values)} notifications; {len(by_uart)} over the UART: "
          f"{'the same' if same_records else 'NOT the same'}.")
    print(f"{len(ours)} events over Bluetooth, {len(theirs)} over the UART: "
          f"{'equal byte for byte but for the time of day' if ours == theirs else 'NOT equal'}.")
    for breach in breaches:
        print(f"against the specification: {breach}")
    fine = code == 0 and same_records and ours == theirs and ours and not breaches
    print(f"{'ok' if fine else 'FAILED'}: files in {a.out}")
    return 0 if fine else 1


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--undertone", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--speed", type=float, default=8)
    sys.exit(asyncio.run(main(p.parse_args())))
