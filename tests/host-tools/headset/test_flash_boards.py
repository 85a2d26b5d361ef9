#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What board.mk says becomes the table of flash_tool.c, or one line that names the variable."""
import os
import subprocess
import tempfile

from link import run

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
SCRIPT = os.path.join(ROOT, "host-tools", "headset", "flash_boards.py")
STM = {"ID": "f407", "FLASH_TOOLS": "openocd st-flash dfu-util", "FLASH_PROBES": "stlink jlink cmsis-dap dfu",
       "FLASH_ADDRESS": "0x08000000", "FLASH_TARGET": "target/stm32f4x.cfg", "FLASH_DEVICE_ID": "6413",
       "FLASH_CHIP_ID": "0x0413"}
NRF = {"ID": "n840", "FLASH_TOOLS": "openocd", "FLASH_PROBES": "jlink", "FLASH_ADDRESS": "0x0",
       "FLASH_TARGET": "target/nrf52.cfg", "FLASH_WORDS": "nRF52840"}
EMULATOR = {"ID": "mps2", "FLASH_TOOLS": "none"}


def written(boards):
    """(header or None, what was said)"""
    with tempfile.TemporaryDirectory() as folder:
        variables, header = os.path.join(folder, "variables"), os.path.join(folder, "a", "b", "boards.h")
        with open(variables, "w", encoding="utf-8") as f:
            for name, values in boards.items():
                f.write(f"{name}\n" + "".join(f"  {name} {key}={value} \n" for key, value in values.items()))
        done = subprocess.run([SCRIPT, variables, header], stderr=subprocess.PIPE, check=False, text=True)
        assert (done.returncode == 0) == os.path.exists(header), done
        if done.returncode == 0:
            with open(header, encoding="utf-8") as f:
                return f.read(), done.stderr
        return None, done.stderr


def test_rows():
    header, said = written({"stm": STM, "emulator": EMULATOR, "a-board": NRF})
    assert said == ""
    lines = [line for line in header.splitlines() if line.startswith("#define ")]
    assert lines == [
        '#define UT_FLASH_BOARD_NAMES "a-board, stm"',
        '#define UT_FLASH_BOARD_ARGUMENTS {.argument = "a-board"}, {.argument = "stm"}',
        '#define UT_FLASH_BOARDS {"n840", "a-board", UT_PROBE_JLINK, 1U << UT_FLASH_OPENOCD, 0x0U, "target/nrf52.cfg", NULL, '
        '"nRF52840", NULL}, {"f407", "stm", UT_PROBE_STLINK | UT_PROBE_JLINK | UT_PROBE_CMSIS_DAP | UT_PROBE_DFU, '
        '1U << UT_FLASH_OPENOCD | 1U << UT_FLASH_ST_FLASH | 1U << UT_FLASH_DFU_UTIL, 0x08000000U, "target/stm32f4x.cfg", '
        '"6413", NULL, "0x0413"}'], lines
    header, _ = written({"stm": {**STM, "FLASH_FACTORY": "0x10000"}, "a": NRF, "emulator": {**EMULATOR, "FLASH_FACTORY": "0x5000"}})
    assert header.splitlines()[-1] == '#define UT_FACTORY_BOARDS {"mps2", "emulator", 0x5000U}, {"f407", "stm", 0x10000U}'


def refused(boards, *words):
    header, said = written(boards)
    assert header is None and said.count("\n") == 1 and all(word in said for word in words), (words, said)


def test_each_variable_is_needed():
    for values in (STM, NRF, EMULATOR):
        for key in values:
            left = {k: v for k, v in values.items() if k != key}
            for there in (left, {**left, key: ""}, {**left, key: " "}):
                if key in ("FLASH_WORDS", "FLASH_DEVICE_ID") and key not in there:
                    refused({"x": there, "stm": {**STM, "ID": "y"}}, "boards/x/board.mk: x_FLASH_DEVICE_ID is missing")
                else:
                    refused({"x": there, "stm": {**STM, "ID": "y"}}, "boards/x/board.mk:", f"x_{key} ")
    refused({"x": {}}, "boards/x/board.mk: x_ID is missing")


def test_no_variable_is_malformed():
    for key, values in (("ID", ("f4070", "f\"", "f 4", "f\\")), ("FLASH_TOOLS", ("opnocd", "none openocd", "openocd,st-flash")),
                        ("FLASH_PROBES", ("st-link", "usb")), ("FLASH_ADDRESS", ("08000000", "0x", "0x123456789", "0x0U")),
                        ("FLASH_TARGET", ("stm32f4x", 'x".cfg', "a b.cfg")), ("FLASH_DEVICE_ID", ("0x413", "413", "64AB")),
                        ("FLASH_CHIP_ID", ("0413", "0x413"))):
        for value in values:
            refused({"x": {**STM, key: value}}, f"boards/x/board.mk: x_{key} is", value)
    refused({"x": {**NRF, "FLASH_WORDS": 'nRF"'}}, "x_FLASH_WORDS is")


def test_what_means_nothing():
    refused({"x": {**STM, "FLASH_ADRESS": "0x0"}}, "x_FLASH_ADRESS means nothing here")
    refused({"x": {**NRF, "FLASH_CHIP_ID": "0x0413"}}, "x_FLASH_CHIP_ID means nothing here")  # without st-flash
    refused({"x": {**NRF, "FLASH_DEVICE_ID": "6413"}}, "x_FLASH_DEVICE_ID means nothing here")  # one of the two
    refused({"x": {**EMULATOR, "FLASH_PROBES": "jlink"}, "stm": STM}, "x_FLASH_PROBES means nothing here")


def test_boards_fit_together():
    refused({"x": STM, "y": {**NRF, "ID": "f407"}}, "boards/y/board.mk: y_ID", '"f407"', "x")
    refused({"x": {**STM, "FLASH_PROBES": "stlink"}}, "dfu-util", "x_FLASH_PROBES")
    refused({"x": EMULATOR}, "no board can be flashed")


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
