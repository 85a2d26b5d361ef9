#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The boards that `undertone flash` knows, from what their board.mk say: flash_boards.py VARIABLES HEADER

VARIABLES has a line "BOARD KEY=VALUE" for each make variable BOARD_KEY, and "BOARD" alone names a board too. Each needs
  ID               board_name of the board: one to four letters or digits, no two boards the same
  FLASH_TOOLS      programs that write its flash, of openocd, st-flash, dfu-util; or "none", and nothing of what follows
  FLASH_PROBES     what reaches its chip: stlink, jlink, cmsis-dap, dfu
  FLASH_ADDRESS    where its flash begins, 0x and hexadecimal digits
  FLASH_TARGET     with openocd: the configuration file of its chip
  FLASH_DEVICE_ID  with openocd: the last digits of the device id that openocd reads from the right chip, or
  FLASH_WORDS      where openocd reads none: its name of the right chip
  FLASH_CHIP_ID    with st-flash: the chip id that st-info reads from the right chip
  FLASH_FACTORY    where it is provisioned, with "none" too: the offset of its factory page in flash
"""
import os
import re
import sys

TOOLS = {"openocd": ("UT_FLASH_OPENOCD", {"stlink", "jlink", "cmsis-dap"}),
         "st-flash": ("UT_FLASH_ST_FLASH", {"stlink"}),
         "dfu-util": ("UT_FLASH_DFU_UTIL", {"dfu"})}
PROBES = {"stlink": "UT_PROBE_STLINK", "jlink": "UT_PROBE_JLINK", "cmsis-dap": "UT_PROBE_CMSIS_DAP", "dfu": "UT_PROBE_DFU"}
FORMS = {  # a pattern, and in words what does not fit it
    "ID": (r"[A-Za-z0-9]{1,4}", "one to four letters or digits"),
    "FLASH_TOOLS": (rf"none|(?:{'|'.join(TOOLS)})(?: (?:{'|'.join(TOOLS)}))*", "none, or some of " + ", ".join(TOOLS)),
    "FLASH_PROBES": (rf"(?:{'|'.join(PROBES)})(?: (?:{'|'.join(PROBES)}))*", "some of " + ", ".join(PROBES)),
    "FLASH_ADDRESS": (r"0x[0-9A-Fa-f]{1,8}", "0x and up to eight hexadecimal digits"),
    "FLASH_TARGET": (r"[\w./-]+\.cfg", "a .cfg file of openocd"),
    "FLASH_DEVICE_ID": (r"[0-9a-f]{4}", "four hexadecimal digits in small letters"),
    "FLASH_WORDS": (r"[\w. +-]+", "letters, digits and spaces"),
    "FLASH_CHIP_ID": (r"0x[0-9a-f]{4}", "0x and four hexadecimal digits in small letters"),
    "FLASH_FACTORY": (r"0x[0-9A-Fa-f]{1,6}", "0x and up to six hexadecimal digits")}


class Malformed(Exception):
    pass


def read(lines):
    """board -> {key: value}"""
    boards = {}
    for line in lines:
        name, _, variable = line.strip().partition(" ")
        if name:
            values = boards.setdefault(name, {})
        if variable:
            key, _, value = variable.partition("=")
            values[key] = " ".join(value.split())
    return boards


def wanted(values):
    """The keys that a board needs, given its tools."""
    page = ["FLASH_FACTORY"] if "FLASH_FACTORY" in values else []
    if values.get("FLASH_TOOLS") == "none":
        return ["ID", "FLASH_TOOLS"] + page
    keys, tools = ["ID", "FLASH_TOOLS", "FLASH_PROBES", "FLASH_ADDRESS"], values.get("FLASH_TOOLS", "").split()
    if "openocd" in tools:
        keys += ["FLASH_TARGET", "FLASH_WORDS" if "FLASH_WORDS" in values else "FLASH_DEVICE_ID"]
    return keys + (["FLASH_CHIP_ID"] if "st-flash" in tools else []) + page


def check(name, values):
    here = f"boards/{name}/board.mk: {name}_"
    for key, value in sorted(values.items()):
        if value and key in FORMS and not re.fullmatch(FORMS[key][0], value):
            raise Malformed(f'{here}{key} is "{value}", not {FORMS[key][1]}')
    keys = wanted(values)
    for key in keys:
        if not values.get(key):
            raise Malformed(f"{here}{key} is missing: {FORMS[key][1]}")
    for key in sorted(values):
        if key not in keys:
            raise Malformed(f"{here}{key} means nothing here; the board needs {', '.join(keys)}")
    for tool in values["FLASH_TOOLS"].split():
        if tool != "none" and not TOOLS[tool][1] & set(values["FLASH_PROBES"].split()):
            raise Malformed(f"{here}FLASH_PROBES has none that {tool} works with")


def row(name, values):
    text = lambda key: f'"{values[key]}"' if key in values else "NULL"
    probes = " | ".join(PROBES[p] for p in values["FLASH_PROBES"].split())
    tools = " | ".join("1U << " + TOOLS[t][0] for t in values["FLASH_TOOLS"].split())
    return (f'{{{text("ID")}, "{name}", {probes}, {tools}, {values["FLASH_ADDRESS"]}U, {text("FLASH_TARGET")}, '
            f'{text("FLASH_DEVICE_ID")}, {text("FLASH_WORDS")}, {text("FLASH_CHIP_ID")}}}')


def header(boards):
    ids = {}
    for name, values in sorted(boards.items()):
        check(name, values)
        other = ids.setdefault(values["ID"], name)
        if other != name:
            raise Malformed(f'boards/{name}/board.mk: {name}_ID is "{values["ID"]}", that of {other} too')
    flashed = {name: values for name, values in sorted(boards.items()) if values["FLASH_TOOLS"] != "none"}
    if not flashed:
        raise Malformed("boards/: no board can be flashed")
    provisioned = [f'{{"{v["ID"]}", "{name}", {v["FLASH_FACTORY"]}U}}' for name, v in sorted(boards.items()) if "FLASH_FACTORY" in v]
    return "\n".join(("/* SPDX-License-Identifier: Apache-2.0 */",
                      "/* Written by flash_boards.py: the boards that can be flashed, for people, as arguments of an option and as",
                      " * struct ut_flash_board; those that are provisioned, as struct ut_factory_board. */",
                      f'#define UT_FLASH_BOARD_NAMES "{", ".join(flashed)}"',
                      "#define UT_FLASH_BOARD_ARGUMENTS " + ", ".join(f'{{.argument = "{name}"}}' for name in flashed),
                      "#define UT_FLASH_BOARDS " + ", ".join(row(*board) for board in flashed.items()),
                      *(["#define UT_FACTORY_BOARDS " + ", ".join(provisioned)] if provisioned else []))) + "\n"


def main(variables, path):
    with open(variables, encoding="utf-8") as f:
        boards = read(f)
    try:
        text = header(boards)
    except Malformed as fault:
        sys.exit(str(fault))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n\n")[0])
    main(*sys.argv[1:])
