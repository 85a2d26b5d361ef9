#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The crash record on the emulated core: faults.c beside it goes wrong inside the device program."""
import os
import struct
import tempfile

from link import BUILD, HELLO, RESET, SPEECH, kind, records, run, t_ms
from machine import emulated

FOLDER = tempfile.TemporaryDirectory()
SECOND = os.path.join(FOLDER.name, "second")
with open(SPEECH, "rb") as speech, open(SECOND, "wb") as out:
    out.write(speech.read(64000))
FAULTS = os.path.join(BUILD, "mps2", "faults.elf")


def test_what_goes_wrong_is_reported():
    for how, expected, said in (("standstill", 71, "watchdog"), ("overflow", 70, "stack overflow"),
                                ("wild", 70, "fault: exception 0x00000005"), ("flash", 70, "exception 0x00000004"),
                                ("divide", 70, "exception 0x00000006"),
                                ("reset", 0, "reset"), ("nothing", 0, "end of audio")):
        code, _, report = emulated(SECOND, how, image=FAULTS)
        assert code == expected and said in report and report.count("\n") == 1, (how, code, report)


def test_a_fault_ends_in_a_second_start():
    """With --recover the machine resets itself, by the watchdog's own second period where that is the cause. The reset
    record follows the second hello: cause, exception, whether there is a pc, bits of the CFSR, starts."""
    for how, cause, exception, has_pc, status in (("standstill", 3, 2, True, 0), ("overflow", 5, 4, False, 0x10),
                                                  ("wild", 5, 5, True, 0x82 << 8), ("flash", 5, 4, True, 0x82),
                                                  ("divide", 5, 6, True, 1 << 25),
                                                  ("reset", 2, 0, False, 0)):
        code, line, report = emulated("--recover", SECOND, how, image=FAULTS)
        found, bad = records(line)
        hellos = [i for i, record in enumerate(found) if kind(record) == HELLO]
        assert code == 0 and bad == 0 and len(hellos) == 2, (how, code, report)
        assert t_ms(found[-1]) >= 1000, how  # the second call was whole
        assert kind(found[hellos[0] + 1]) != RESET, how
        told = found[hellos[1] + 1]
        pc, _, cfsr, starts = struct.unpack_from("<IIIH", told, 4)
        assert (kind(told), told[2], told[3], pc != 0, starts) == (RESET, cause, exception, has_pc, 2), (how, told.hex())
        assert cfsr & status == status, (how, hex(cfsr))
        assert report.endswith("end of audio\n") and report.count("\n") == (1 if how == "reset" else 2), report


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
