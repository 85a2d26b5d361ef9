#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the files of a page C arrays, page_html of page.html and so on: web_files.py HEADER FILE..."""
import os
import sys


def main(header, files):
    lines = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Written by web_files.py. */"]
    for name in files:
        with open(name, "rb") as f:
            data = f.read()
        lines.append(f"static const unsigned char {os.path.basename(name).replace('.', '_')}[] = {{")
        lines += [" ".join(f"{x}," for x in data[i:i + 32]) for i in range(0, len(data), 32)]
        lines.append("};")
    os.makedirs(os.path.dirname(header), exist_ok=True)
    with open(header, "w", encoding="ascii") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    main(sys.argv[1], sys.argv[2:])
