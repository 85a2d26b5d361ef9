#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""udev rules for the probes and boot loaders that the program knows: udev.py USB_PROBES.c RULES

Whoever sits at the machine may open them, and the serial lines and HID interfaces that are part of them, without root.
The ids are those of the program's own table. A USB-serial adapter of any make cannot be told from others by its id: for
it the group dialout stays what it is.
"""
import re
import sys

ROW = re.compile(r"\{0x([0-9A-F]{4}), (0x([0-9A-F]{4})|-1), UT_PROBE_([A-Z_]+)\}")
HEAD = """\
# Debug probes and USB boot loaders that Undertone flashes headsets with: whoever sits at the machine may open them.
ACTION=="remove", GOTO="undertone_end"
SUBSYSTEM!="usb|tty|hidraw", GOTO="undertone_end"
"""


def rules(source):
    found = ROW.findall(source)
    if not found:
        sys.exit("udev.py: no row of the form {0x0483, 0x3748, UT_PROBE_STLINK}")
    lines = []
    for vendor, _, product, _ in found:
        ids = f'ATTRS{{idVendor}}=="{vendor.lower()}"' + (f', ATTRS{{idProduct}}=="{product.lower()}"' if product else "")
        lines.append(ids + ', TAG+="uaccess"')
    return HEAD + "\n".join(lines) + '\nLABEL="undertone_end"\n'


def main(words):
    if len(words) != 2:
        sys.exit(__doc__.split("\n", maxsplit=1)[0])
    with open(words[0], encoding="utf-8") as f:
        text = rules(f.read())
    with open(words[1], "w", encoding="ascii") as f:
        f.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
