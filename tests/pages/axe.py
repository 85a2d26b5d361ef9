#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches axe-core, the judge of accessible pages, pinned by sha256: axe.py FOLDER

FOLDER/axe.min.js is there afterwards. Exit code: 0 it is; 3 npm reaches no registry or is not installed, with one line on stderr; 1 what
came is not what is pinned.
"""
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

VERSION = "4.14.1"
SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"  # of the archive that npm gives


def main(words):
    if len(words) != 1:
        sys.exit("usage: axe.py FOLDER")
    folder = words[0]
    stamp = os.path.join(folder, SHA256)
    if os.path.exists(stamp):
        return 0
    if not shutil.which("npm"):
        print("axe: there is no npm; install npm", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory() as work:
        done = subprocess.run(["npm", "pack", "--silent", f"axe-core@{VERSION}"], cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        archive = os.path.join(work, f"axe-core-{VERSION}.tgz")
        if done.returncode != 0 or not os.path.exists(archive):
            print(f"axe: npm reaches no registry: {' '.join(done.stdout.split())[-200:]}", file=sys.stderr)
            return 3
        with open(archive, "rb") as f:
            found = hashlib.sha256(f.read()).hexdigest()
        if found != SHA256:
            print(f"axe: axe-core {VERSION} has sha256 {found}, expected {SHA256}: refused", file=sys.stderr)
            return 1
        os.makedirs(folder, exist_ok=True)
        with tarfile.open(archive) as tar, open(os.path.join(folder, "axe.min.js"), "wb") as f:
            shutil.copyfileobj(tar.extractfile("package/axe.min.js"), f)
    open(stamp, "w", encoding="ascii").close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
