#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Updates of the emulated headset over its serial link, by a client of our own, with the power gone at random moments.

KILLS (4; the night has 200): how many times the emulator is killed in the middle of an update.
"""
import contextlib
import os
import random
import socket
import subprocess
import tempfile
import time

from link import BUILD, HELLO, SCORE, kind, records, request, run
from slots import BOOT, RELEASE, SLOT_AT, SLOT_BYTES, flash, images, machine, read, slot, trailer, write
from mcumgr import READ, WRITE, Client

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = tempfile.TemporaryDirectory()
FLASH = os.path.join(FOLDER.name, "flash")
LINK = os.path.join(FOLDER.name, "link")
A, B = images(read(RELEASE))
KEPT_A = slot(A, trailer(1, kept=True))
KILLS = int(os.environ.get("KILLS", "4"))


@contextlib.contextmanager
def headset():
    """A headset that has just been switched on: (client, process). It is killed at the end."""
    config = "".join(f",arg={word}" for word in ("undertone", "--recover", "/dev/zero"))
    process = subprocess.Popen(
        ["qemu-system-arm", *machine(FLASH), "-display", "none", "-monitor", "none", "-serial",
         f"unix:{LINK},server=on,wait=on", "-semihosting-config", "enable=on,target=native" + config, "-kernel", BOOT],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    line = socket.socket(socket.AF_UNIX)
    try:
        until = time.monotonic() + 20
        while True:
            try:
                line.connect(LINK)
                break
            except OSError:
                assert time.monotonic() < until and process.poll() is None
                time.sleep(0.02)
        yield Client(line.fileno()), process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        line.close()
        os.unlink(LINK)


def running(client, wanted=None, seconds=40):
    """The slot that runs, asked until the headset answers, or runs the wanted one: it may be about to start, or starting."""
    until = time.monotonic() + seconds
    while True:
        client.send(b"\0")  # ends what a cut left of a line
        try:
            state = client.state()
        except AssertionError:
            assert time.monotonic() < until, "no answer"
            continue
        now = next(number for number, image in state.items() if image["active"])
        if wanted in (None, now):
            return now, state
        assert time.monotonic() < until, state


def kept(client, number):
    """Waits until the running image has kept itself, by what the headset says."""
    until = time.monotonic() + 60
    while not client.state()[number]["confirmed"]:
        assert time.monotonic() < until, "not kept"
        time.sleep(0.2)


def digest(image):
    return image[image.index(b"\x10\0\x20\0", len(image) - 200):][4:36]


def test_a_whole_update():
    """Upload with a line that broke, mark, start, keep; records before and after; then the other way's first steps."""
    write(FLASH, flash(KEPT_A))
    with headset() as (client, _):
        assert running(client)[0] == 0
        got = client.upload(B, sha=b"\7" * 32, stop=20000)
        client.send(b"\x06\x09AAAA")  # the line breaks here; another client begins again
        got = client.ask(WRITE, 1, 1, {"len": len(B), "off": 0, "sha": b"\7" * 32, "data": B[:300]})
        assert got["off"] >= 20000, got
        got = client.upload(B, at=got["off"])
        assert got == {"off": len(B)}, got
        assert client.state()[1]["pending"] is False
        state = client.ask(WRITE, 1, 0, {"hash": digest(B), "confirm": False})["images"]
        assert state[1]["pending"] and state[0]["active"] and state[0]["confirmed"]
        assert client.ask(WRITE, 0, 5) == {}
        now, state = running(client, 1)
        assert now == 1 and state[1]["version"] == read_version()
        kept(client, 1)  # by itself; that it refuses to be kept before: tests/firmware/update/test_server.c
        refused = client.ask(WRITE, 1, 1, {"len": len(B), "off": 0, "data": B[:300]})
        assert refused == {"err": {"group": 1, "rc": 25}}, refused  # linked for the slot that runs
        client.other = client.held = b""
        until = time.monotonic() + 20  # records go on 2 s after the last packet
        client.answer(3)
        while not any(kind(r) == SCORE for r in records(client.other + client.held)[0]):
            assert time.monotonic() < until, "no records"
            client.answer(1)
        client.send(request(1, tag=9, key=1))  # and requests of the other kind are answered among them
        client.answer(1)
        assert any(kind(r) == 7 and r[3] == 9 for r in records(client.other + client.held)[0])
    left = read(FLASH)
    assert left[SLOT_AT[0]:SLOT_AT[0] + SLOT_BYTES] == KEPT_A
    with headset() as (client, _):
        assert running(client)[0] == 1


def read_version():
    return read(os.path.join(ROOT, "VERSION")).decode().strip()


def test_a_bad_image_reverts():
    """One that hangs where it begins: three starts, each ended by the watchdog, then the one that was kept."""
    body = bytearray(read(os.path.join(BUILD, "mps2", "slot-b.bin")))
    start = int.from_bytes(body[4:8], "little") - 1 - (0x21000000 + SLOT_AT[1] + 0x200)
    body[start:start + 2] = b"\xfe\xe7"  # b .
    bad, out = os.path.join(FOLDER.name, "bad.bin"), os.path.join(FOLDER.name, "bad")
    write(bad, body)
    subprocess.run([os.path.join(ROOT, "boards", "release.py"), "sign", out,
                    os.path.join(ROOT, "boards", "development.pem"), "0", bad], check=True)
    write(FLASH, flash(KEPT_A, slot(read(out), trailer(2))))
    for _ in range(3):
        with headset() as (_, process):
            assert process.wait(60) == 71  # the watchdog, which ends the emulator before the firmware says otherwise
    with headset() as (client, _):
        now, state = running(client)
        assert now == 0 and not state[1]["bootable"] and not state[1]["pending"]


def wait_and_kill(draw, i):
    """One start, killed in the middle of an update: the slot that ran."""
    with headset() as (client, process):
        now, state = running(client)
        image, other = (B, A)[now], 1 - now
        if i % 2 or other not in state:  # in the upload
            client.upload(image, stop=draw.randrange(400, 12000))
            client.send(b"\x06\x09" + b"A" * draw.randrange(100))
            time.sleep(draw.random() * 0.05)
        if i % 2 == 0:
            kept(client, now)  # before, no upload begins
        process.kill()
    if i % 2 == 0:  # around the mark and the start: what a whole upload has left
        data = bytearray(read(FLASH)[:0x100000])
        data[SLOT_AT[other]:SLOT_AT[other] + SLOT_BYTES] = slot(image, b"\xff" * 64)
        write(FLASH, bytes(data))
        with headset() as (client, process):
            assert running(client)[0] == now
            kept(client, now)
            if client.ask(WRITE, 1, 0, {"hash": digest(image), "confirm": False}).get("images"):
                client.ask(WRITE, 0, 5)
            time.sleep(draw.random() * 1.5)
            process.kill()
    return now


def test_killed_at_random_moments():
    """Whatever was under way, the next start runs A or B, and answers."""
    draw, ended = random.Random(int(os.environ.get("SEED", "1"))), [0, 0]
    write(FLASH, flash(KEPT_A))
    for i in range(KILLS):
        try:
            ended[wait_and_kill(draw, i)] += 1
        except OSError:  # on a machine that is too busy the watchdog is first: a cut as well
            with headset() as (client, _):
                ended[running(client)[0]] += 1
        if i % 20 == 19:
            print(f"{i + 1} kills: A ran {ended[0]} times, B {ended[1]}", flush=True)
    with headset() as (client, _):
        ended[running(client)[0]] += 1
    assert sum(ended) == KILLS + 1 and min(ended) > 0, ended


def test_without_a_bootloader():
    """The image that lies at the beginning of flash says what it cannot do."""
    write(FLASH, flash())
    global BOOT
    boot, BOOT = BOOT, os.path.join(BUILD, "mps2", "undertone.elf")
    try:
        with headset() as (client, _):
            assert client.ask(WRITE, 0, 0, {"d": "hello"}, seconds=20) == {"r": "hello"}
            assert client.ask(READ, 1, 0) == {"rc": 8}
            assert client.ask(READ, 0, 6) == {"buf_size": 512, "buf_count": 1}
            until = time.monotonic() + 60  # records go on 2 s after the last packet, a hello comes every 10 s of audio
            while not any(kind(r) == HELLO for r in records(client.other + client.held)[0]):
                assert time.monotonic() < until, "no hello"
                client.answer(1)
    finally:
        BOOT = boot


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
