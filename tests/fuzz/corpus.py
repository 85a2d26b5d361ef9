#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A fuzzer's kept inputs: NAME.corpus has one a line, in hexadecimal, the shortest first.

usage: corpus.py unpack NAME.corpus DIRECTORY    a fresh folder with a file for each
       corpus.py pack DIRECTORY NAME.corpus      after the fuzzer's -merge=1 has left the ones that matter
"""
import os
import shutil
import sys


def unpack(corpus, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(corpus, encoding="ascii") as f:
        for number, line in enumerate(f):
            with open(os.path.join(folder, f"{number:05}"), "wb") as out:
                out.write(bytes.fromhex(line))


def pack(folder, corpus):
    inputs = set()
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as f:
            inputs.add(f.read())
    with open(corpus, "w", encoding="ascii") as out:
        for data in sorted(inputs, key=lambda data: (len(data), data)):
            out.write(data.hex() + "\n")


def main(argv):
    if len(argv) != 4 or argv[1] not in ("unpack", "pack"):
        sys.exit(__doc__.split("\n\n")[1])
    (unpack if argv[1] == "unpack" else pack)(argv[2], argv[3])


if __name__ == "__main__":
    main(sys.argv)
