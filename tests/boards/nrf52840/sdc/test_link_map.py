#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The linked image with the chip's own radio: what lies where, whose peripherals and interrupts are whose, its limits.

Nordic's licence forbids to disassemble the libraries, so what they use is what their headers and manuals say; ours is what
our own objects name: literals, and pairs of movw and movt, in their disassembly. An address that is computed from others is
not seen.
"""
import os
import re
import struct
import subprocess

import report
from link import run

BUILD = os.environ["BUILD"]
FOLDER = os.path.join(BUILD, "nrf52840-dk")
IMAGES = {"one-chip": (0x0, 0xFE000), "one-chip-a": (0x10200, 0x4FA00), "one-chip-b": (0x50200, 0x8FA00)}  # begin, end of code
RAM = (0x20000000, 0x20040000)
LOADED = {".text", ".ARM.exidx", ".stack", ".data", ".tdata", ".bss", ".tbss", ".noinit"}
# Peripherals by bits 12 to 19 of their addresses; nRF52840 Product Specification, "Instantiation". PPI has no interrupt.
CLOCK_POWER, RADIO, UARTE0, TIMER0, TIMER1, RTC0, TEMP, RNG, ECB, CCM_AAR, WDT, PDM, NVMC_ACL, PPI = (
    0, 1, 2, 8, 9, 11, 12, 13, 14, 15, 16, 29, 30, 31)
# mpsl.h, mpsl_hwres.h, mpsl_timeslot.h, sdc_soc.h, and Nordic's manual of MPSL.
THEIRS = {CLOCK_POWER, RADIO, TIMER0, RTC0, TEMP, ECB, CCM_AAR, PPI}
OURS = {CLOCK_POWER, UARTE0, TIMER1, RNG, WDT, PDM, NVMC_ACL}
# Ours of it: the crystal's start and state, power's comparator and the cause of the reset.
SHARED = {CLOCK_POWER}
SWI5 = 25
VECTORS = {CLOCK_POWER: "MPSL_IRQ_CLOCK_Handler", RADIO: "MPSL_IRQ_RADIO_Handler", TIMER0: "MPSL_IRQ_TIMER0_Handler",
           RTC0: "MPSL_IRQ_RTC0_Handler", SWI5: "ut_nrf_radio_irq", UARTE0: "ut_nrf_link_irq", WDT: "ut_cortexm_fault",
           PDM: "ut_nrf_audio_irq"}


def tool(name, *words):
    return subprocess.run(["arm-none-eabi-" + name, *words], stdout=subprocess.PIPE, check=True, text=True).stdout


def elf(image):
    return os.path.join(FOLDER, image + ".elf")


def sections(image):
    """name -> (address, bytes) of what takes memory."""
    found = re.findall(r"^ *\[ *\d+\] (\S+) +(\w+) +([0-9a-f]{8}) [0-9a-f]+ ([0-9a-f]+) \d+ +\w*A", tool("readelf", "-SW", elf(image)), re.M)
    return {name: (int(at, 16), int(n, 16)) for name, _, at, n in found if int(n, 16)}


def placed(image):
    """(address, bytes, file) of each piece of code and constants, from the map."""
    with open(os.path.join(FOLDER, image + ".map"), encoding="utf-8") as f:
        kept = f.read().partition("Linker script and memory map")[2]
    pieces = re.findall(r"^ \.(?:text|rodata)\S*\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$", kept, re.M)
    return sorted((int(at, 16), int(n, 16), file) for at, n, file in pieces if int(n, 16))


def is_theirs(file):
    return re.search(r"lib(softdevice_controller\w*|mpsl\w*)\.a\(", file) is not None


def named_addresses(image):
    """The registers of peripherals that our own objects name."""
    objects = {file for _, _, file in placed(image) if re.search(r"/boards/\S+\.o$", file)}
    half, found = {}, set()
    for line in tool("objdump", "-d", *sorted(objects)).splitlines():
        word = re.search(r"\t\.word\t0x([0-9a-f]+)|\tmov\.w\t\w+, #\d+\t[;@] 0x([0-9a-f]+)", line)
        pair = re.search(r"\tmov([wt])\t(\w+), #(\d+)", line)
        value = int(word.group(1) or word.group(2), 16) if word else None
        if pair and pair.group(1) == "w":
            half[pair.group(2)] = int(pair.group(3))
        elif pair:
            value = int(pair.group(3)) << 16 | half.get(pair.group(2), 0)
        if value is not None and 0x40000000 <= value < 0x40100000:
            found.add(value)
    return found


def test_sections_lie_in_their_memory_and_apart():
    for image, (begin, end) in IMAGES.items():
        found = sections(image)
        assert set(found) <= LOADED and {".text", ".stack", ".data", ".bss", ".noinit"} <= set(found), (image, found)
        flash = [(at, n) for at, n in found.values() if at < RAM[0]] + [(sum(found[".text"]), found[".data"][1])]
        ram = [(at, n) for at, n in found.values() if at >= RAM[0]]
        assert min(flash)[0] == begin and all(at + n <= end for at, n in flash), (image, flash)
        assert all(RAM[0] <= at and at + n <= RAM[1] for at, n in ram), (image, ram)
        assert found[".noinit"][0] == RAM[1] - 64, image
        for row in (sorted(flash), sorted(ram)):
            assert all(a + n <= b for (a, n), (b, _) in zip(row, row[1:])), (image, row)


def test_both_libraries_are_in_it_and_no_piece_lies_on_another():
    for image in IMAGES:
        pieces = placed(image)
        assert {"softdevice", "mpsl"} <= {m for _, _, f in pieces if is_theirs(f) for m in ("softdevice", "mpsl") if "lib" + m in f}
        for (a, n, file), (b, _, other) in zip(pieces, pieces[1:]):
            assert a + n <= b or file == other, (image, hex(a), file, other)  # one file's strings may share their ends


def test_we_touch_no_peripheral_of_theirs():
    for image in IMAGES:
        ours = {a >> 12 & 0xFF for a in named_addresses(image)}
        assert ours == OURS and ours & THEIRS == SHARED, ours


def test_vectors():
    for image in IMAGES:
        symbols = {m.group(2): int(m.group(1), 16) for m in re.finditer(r"^([0-9a-f]+) T (\S+)$", tool("nm", elf(image)), re.M)}
        with open(os.path.join(FOLDER, image + ".bin"), "rb") as f:
            vectors = struct.unpack("<48I", f.read(64 + 4 * 48)[64:])
        assert vectors == tuple(symbols[VECTORS[i]] | 1 if i in VECTORS else 0 for i in range(48)), image


def test_limits():
    limits = report.budget()
    flash, ram = report.sections(elf("one-chip"), "arm-none-eabi-size")
    update_flash, update_ram = report.part(elf("one-chip"), "update")
    for name, value in (("flash_bytes", flash - update_flash), ("ram_bytes", ram - update_ram),
                        ("audio_wait_us", report.audio_wait_us())):
        kind, limit = limits["nrf52840-dk_one_chip_" + name]
        assert kind == "max" and 0.95 * limit <= value <= limit, (name, value, limit)


def test_the_licence_lies_beside_it():
    with open(os.path.join(FOLDER, "one-chip.LICENCE"), encoding="utf-8") as f:
        text = " ".join(f.read().split())
    assert "Nordic Semiconductor" in text and "must not be reverse engineered" in text


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
