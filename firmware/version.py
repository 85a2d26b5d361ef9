#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The one version of program and firmware as a header: version.py VERSION OUT.h"""
import re
import sys


def main(path, out):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    parts = re.fullmatch(r"(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\n", text)
    if not parts or max(map(int, parts.groups())) > 255:  # each is a byte of a hello
        sys.exit(f"{path}: {text[:40]!r} is no version; write one line MAJOR.MINOR.PATCH, numbers up to 255")
    major, minor, patch = parts.groups()
    with open(out, "w", encoding="utf-8") as f:
        f.write(f"""/* SPDX-License-Identifier: Apache-2.0 */
/* Written by firmware/version.py from VERSION. */
#ifndef UT_GEN_FIRMWARE_VERSION_H
#define UT_GEN_FIRMWARE_VERSION_H

#define UT_VERSION "{major}.{minor}.{patch}"
enum {{ UT_VERSION_MAJOR = {major}, UT_VERSION_MINOR = {minor}, UT_VERSION_PATCH = {patch} }};

#endif
""")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: version.py VERSION OUT.h")
    main(*sys.argv[1:])
