#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What runs behind a jump has its own vectors and stack: its interrupts come, and its stack is empty at first."""
import os
import tempfile

from link import SPEECH, records, run
from slots import RELEASE, booted, flash, images, read, slot, trailer, write

FOLDER = tempfile.TemporaryDirectory()
FLASH = os.path.join(FOLDER.name, "flash")
SECOND = os.path.join(FOLDER.name, "second")
write(SECOND, read(SPEECH)[:64000])


def test_interrupts_and_stack():
    write(FLASH, flash(slot(images(read(RELEASE))[0], trailer(1, kept=True))))
    code, line, said = booted(FLASH, "--stack", SECOND)
    assert code == 0 and len(records(line)[0]) > 4, said  # timer, UART: the audio came and the records left
    used, room = map(int, said.split("\nstack_bytes ")[1].split(" of "))
    assert 1000 < used < room == 8192


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
