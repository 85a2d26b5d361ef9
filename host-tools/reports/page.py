#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the report's page a C array, cut where the call's data and its sound go: page.py PAGE HEADER"""
import os
import sys

MARKS = (b"<!--DATA-->", b"<!--AUDIO-->")
NAMES = ("head", "middle", "tail")


def main(page, header):
    with open(page, "rb") as f:
        rest = f.read()
    parts = []
    for mark in MARKS:
        if rest.count(mark) != 1:
            sys.exit(f"{page}: {mark.decode()} must stand in it once")
        part, rest = rest.split(mark)
        parts.append(part)
    parts.append(rest)
    lines = ["/* SPDX-License-Identifier: Apache-2.0 */", f"/* Written by page.py from {os.path.basename(page)}. */"]
    for name, part in zip(NAMES, parts):
        lines.append(f"static const unsigned char page_{name}[] = {{")
        lines += [" ".join(f"{x}," for x in part[i:i + 32]) for i in range(0, len(part), 32)]
        lines.append("};")
    os.makedirs(os.path.dirname(header), exist_ok=True)
    with open(header, "w", encoding="ascii") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    main(*sys.argv[1:])
