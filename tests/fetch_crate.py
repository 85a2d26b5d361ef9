#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches one crate of Rust's registry by its own client, pinned by sha256, and unpacks it.

usage: fetch_crate.py NAME VERSION SHA256 DIRECTORY WORK

Exit code 3, with one line: there is no cargo, or it reaches no registry. Nothing of it is compiled or run: what the project takes of a crate are files that its author put into it.
"""
import glob
import os
import shutil
import subprocess
import sys

from fetch import unpack, verify


def missing(what):
    print("fetch: " + what, file=sys.stderr)
    sys.exit(3)


def download(name, version, work):
    """The crate's file, out of a cache of our own."""
    package = os.path.join(work, name)
    os.makedirs(os.path.join(package, "src"), exist_ok=True)
    with open(os.path.join(package, "Cargo.toml"), "w", encoding="ascii") as f:
        f.write(f'[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n{name} = "={version}"\n')
    with open(os.path.join(package, "src", "lib.rs"), "w", encoding="ascii"):
        pass
    if shutil.which("cargo") is None:
        missing(f"{name}: there is no cargo here to fetch it with")
    done = subprocess.run(["cargo", "fetch", "--quiet"], cwd=package, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, env=os.environ | {"CARGO_HOME": os.path.join(work, "home")})
    found = glob.glob(os.path.join(work, "home", "registry", "cache", "*", f"{name}-{version}.crate"))
    if done.returncode != 0 or not found:
        sys.stderr.write(done.stdout)
        missing(f"{name} {version} is not to be had here (is there a network?)")
    return found[0]


def main(argv):
    if len(argv) != 6:
        sys.exit(__doc__.split("\n\n")[1])
    name, version, expected, directory, work = argv[1:]
    path = download(name, version, os.path.abspath(work))
    verify(path, expected)
    unpack(path, directory)


if __name__ == "__main__":
    main(sys.argv)
