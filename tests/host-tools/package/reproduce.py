#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whether two clones give the same bytes: reproduce.py KISSFFT_DIR BEARSSL_DIR [--measured FILE.md]

Clones HEAD to two paths of different length and builds there, each under another umask, time zone, language and home, the
Debian packages and the unsigned images of every board. What differs is named. The last line: N passed, N failed.
"""
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

import counted
from counted import check

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
UNSIGNED = ("undertone.bin", "slot-a.bin", "slot-b.bin", "boot.bin")
PLACES = (("a", {"TZ": "UTC", "LC_ALL": "C", "HOME": "/nonexistent"}, 0o022, 1),
          ("a-path-longer-than-the-other/of-another-depth/b", {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"}, 0o027, 2))


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def build(folder, commit, sources, place):
    """{name: path} of what a clone there gives, or {} and a check that failed."""
    name, env, umask, jobs = place
    clone = os.path.join(folder, name)
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    subprocess.run(["git", "-C", clone, "checkout", "-q", commit], check=True)
    for name, source in zip(("kissfft", "bearssl"), sources):
        shutil.copytree(source, os.path.join(clone, "build", "third_party", name))
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD", "SOURCE_DATE_EPOCH", "LANG")}
    done = subprocess.run(["make", f"-j{jobs}", "-C", clone, "all-boards", "bootloader", "release", "deb"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                          env={**kept, **env}, preexec_fn=lambda: os.umask(umask))
    if not check(f"the clone in {clone} builds", done.returncode == 0, done.stdout):
        return {}
    built = os.path.join(clone, "build")
    found = {os.path.basename(p): p for p in glob.glob(built + "/deb/*.deb")}
    for board in os.listdir(built):
        found.update({f"{board}/{n}": p for n in UNSIGNED if os.path.exists(p := os.path.join(built, board, n))})
    inside = os.path.join(folder, f"inside-{os.path.basename(clone)}")
    for deb in glob.glob(built + "/deb/undertone-firmware_*.deb"):
        subprocess.run(["dpkg-deb", "-x", deb, inside], check=True)
    for path in glob.glob(inside + "/usr/share/undertone/firmware/*/*.bin"):
        name = "/".join(path.split("/")[-2:])
        check(f"{name} of the package is the one of the build", name in found and digest(found[name]) == digest(path))
    return found


def main(words):
    if len(words) not in (2, 4) or (len(words) == 4 and words[2] != "--measured"):
        sys.exit(__doc__.split("\n\n", maxsplit=1)[0])
    rows = []
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        one, two = (build(folder, commit, words[:2], place) for place in PLACES)
        check("both give the same files", set(one) == set(two) and len(one) > 8, set(one) ^ set(two))
        for name in sorted(set(one) & set(two)):
            sums = digest(one[name]), digest(two[name])
            check(f"{name} is the same from both", sums[0] == sums[1], sums)
            rows.append(f"    {sums[0] if sums[0] == sums[1] else 'DIFFERS':64}  {os.path.getsize(one[name]):8}  {name}\n")
    if len(words) == 4:
        with open(words[3], "w", encoding="utf-8") as f:
            f.write(f"# The same bytes from two clones\n\n`make test-reproducible MEASURED_REPRODUCIBLE={words[3]}`, at {commit}: two clones at paths of "
                    "different length, under another umask, time zone, language, home and number of jobs, on one machine with one "
                    f"compiler: {counted.passed} checks passed, {counted.failed} failed. sha256, bytes, file:\n\n{''.join(rows)}")
    print(f"{counted.passed} passed, {counted.failed} failed")
    return counted.failed != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
