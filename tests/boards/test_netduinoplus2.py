#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The STM32 image on an emulated STM32F405 that has UARTs, timers and the core's tick, and reads 0 elsewhere: clocks
that never get ready, a DMA that never starts, no random numbers, no watchdog. Audio is tests/boards/stm32f4-discovery's.
"""
import os
import subprocess
import tempfile
import time

from link import BUILD, HELLO, SCORE, STATUS, TURN, counters, kind, missing, records, run, t_ms

IMAGES = os.path.join(BUILD, "stm32f4-discovery")
SECONDS = 8  # of audio in that image


def emulated(image, enough, patience=60):
    """What came out of USART2 until `enough` says so of the records, or patience ends."""
    with tempfile.TemporaryDirectory() as folder:
        line = os.path.join(folder, "line")
        command = ["qemu-system-arm", "-M", "netduinoplus2", "-display", "none", "-monitor", "none", "-serial", "null",
                   "-serial", "file:" + line, "-kernel", os.path.join(IMAGES, image)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as machine:
            end = time.monotonic() + patience
            data = b""
            while time.monotonic() < end and machine.poll() is None and not enough(records(data)[0]):
                time.sleep(0.2)
                if os.path.exists(line):
                    with open(line, "rb") as f:
                        data = f.read()
            machine.kill()
            said = machine.stderr.read().decode()
    return data, said


def test_a_call_over_the_uart():
    whole = lambda found: any(kind(r) == STATUS and t_ms(r) >= 1000 * SECONDS for r in found)
    data, said = emulated("emulated.elf", whole)
    found, bad = records(data)
    assert whole(found), (len(data), said)
    assert bad == 0 and missing(found) == 0 and counters(found)[1] == 0
    assert kind(found[0]) == HELLO and found[0][15:19] == b"f407", found[0].hex()
    assert sum(kind(r) == SCORE for r in found) >= 3 * SECONDS
    assert sum(kind(r) == TURN for r in found) >= 4


def test_without_clocks_the_product_image_says_nothing_false():
    """No PLL locks here, so audio must not start: a hello may leave, a score may not, and the machine does not fault."""
    data, said = emulated("undertone.elf", lambda found: False, patience=5)
    found, _ = records(data)
    assert not any(kind(r) in (SCORE, TURN) for r in found), [r.hex() for r in found]
    assert "Lockup" not in said and "fault" not in said.lower(), said


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
