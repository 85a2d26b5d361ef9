#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The STM32 image on an emulated STM32F405 that has UARTs, timers and the core's tick, and reads 0 elsewhere: clocks
that never get ready, a DMA that never starts, no random numbers, no watchdog, a flash that cannot be written. Audio is
that of audio.c beside this file.
"""
import json
import os
import socket
import subprocess
import tempfile
import time

from link import BUILD, DESK, HELLO, SCORE, STATUS, TURN, counters, kind, missing, records, run, t_ms

IMAGES = os.path.join(BUILD, "stm32f4-discovery")
PRINT_AUDIO = os.path.join(BUILD, "host", "tests", "boards", "stm32f4-discovery", "print_audio")
UNDERTONE = os.path.join(BUILD, "host", "undertone")
SECONDS = 8  # of audio in that image


class Machine:
    """The emulated board; its USART2 is a file or a TCP port. Time is that of its instructions, 125 MHz, as fast as they
    come and the same in every run, or without `counted` that of the host, for somebody who talks with it."""

    def __init__(self, image, usart2, counted):
        command = ["qemu-system-arm", "-M", "netduinoplus2", "-display", "none", "-monitor", "none", "-serial", "null",
                   "-serial", usart2, "-kernel", os.path.join(IMAGES, image)]
        if counted:
            command += ["-icount", "shift=3,sleep=off"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


def listen(image, enough, patience=60):
    """What came out of USART2 until `enough` says so of the records, or patience ends; and what QEMU said."""
    with tempfile.TemporaryDirectory() as folder:
        line = os.path.join(folder, "line")
        with Machine(image, "file:" + line, True) as machine:
            end = time.monotonic() + patience
            data = b""
            while time.monotonic() < end and machine.process.poll() is None and not enough(records(data)[0]):
                time.sleep(0.2)
                if os.path.exists(line):
                    with open(line, "rb") as f:
                        data = f.read()
            machine.process.kill()
            return data, machine.process.stderr.read().decode()


def of_call(found):
    """What the call itself says, without the numbers that count the records of the line."""
    return [r[:1] + r[2:] for r in found if kind(r) in (SCORE, TURN)]


def test_a_call_is_that_of_the_desk():
    whole = lambda found: any(kind(r) == STATUS and t_ms(r) >= 1000 * SECONDS for r in found)
    data, said = listen("emulated.elf", whole)
    found, bad = records(data)
    assert whole(found), (len(data), said)
    assert bad == 0 and missing(found) == 0 and counters(found) == (0, 0)
    assert kind(found[0]) == HELLO and found[0][15:19] == b"f407", found[0].hex()
    assert sum(kind(r) == SCORE for r in found) >= 3 * SECONDS and sum(kind(r) == TURN for r in found) >= 4
    audio = subprocess.run([PRINT_AUDIO], stdout=subprocess.PIPE, check=True).stdout
    assert len(audio) == 64000 * SECONDS
    desk = subprocess.run([DESK, "--fast", "--link", "-", "-"], input=audio, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=60, check=True).stdout
    assert of_call(found) == of_call(records(desk)[0])


def device(port, *words):
    done = subprocess.run([UNDERTONE, "device", *words, "--tcp", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_it_answers_and_starts_again():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Machine("emulated.elf", f"tcp:127.0.0.1:{port},server=on,wait=off", False):
        until = time.monotonic() + 30
        while (answer := device(port, "image", "--json"))[0] == 3 and time.monotonic() < until:
            time.sleep(0.2)  # the emulator does not listen yet
        code, said, error = answer
        assert code == 0 and json.loads(said)["Board"] == "f407", (code, said, error)
        code, said, error = device(port, "get", "customer-gain")
        assert code == 0, (code, said, error)
        code, said, error = device(port, "set", "customer-gain", "6")
        assert code == 1 and error.count("\n") == 1, (code, said, error)  # no flash here: refused, and it goes on
        code, said, error = device(port, "reboot")
        assert code == 0, (code, said, error)
        code, said, error = device(port, "image", "--json")
        assert code == 0 and json.loads(said)["Board"] == "f407", (code, said, error)


def test_without_clocks_the_product_image_says_nothing_false():
    """No PLL locks here, so audio must not start: a hello may leave, a score may not, and the machine does not fault."""
    data, said = listen("undertone.elf", lambda found: False, patience=5)
    found, _ = records(data)
    assert not any(kind(r) in (SCORE, TURN) for r in found), [r.hex() for r in found]
    assert "Lockup" not in said and "fault" not in said.lower(), said


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
