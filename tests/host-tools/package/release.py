#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make dist` judged: release.py PYTHON KISSFFT_DIR BEARSSL_DIR

A clone of HEAD makes a release twice, unsigned and signed by a key made here: the same bytes. Checksums and signature hold, and do
not when a byte changes; the archive, unpacked elsewhere, builds program and image with the revision they came from, and the
same packages. The last line: N passed, N failed.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import counted
from counted import check

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
IMAGE_HEADER = 0x200


def run(where, *words, **env):
    """(exit code, everything said)"""
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD", "SOURCE_DATE_EPOCH", "SIGN_KEY")}
    done = subprocess.run(words, cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, env={**kept, **env})
    return done.returncode, done.stdout


def read(path):
    with open(path, "rb") as f:
        return f.read()


def made(clone, place, python, sources, key=None):
    return run(clone, "host-tools/package/dist.sh", place, python, *sources, **({"SIGN_KEY": key} if key else {}))


def signed(dist, pub):
    names = sorted(os.listdir(dist))
    verify = lambda: run(dist, "minisign", "-V", "-p", pub, "-m", "SHA256SUMS")[0]
    sums = lambda: run(dist, "sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS")[0]
    check("the signature is the key's, the checksums are the files'", verify() == 0 and sums() == 0)
    listed = {line.split("  ")[1] for line in read(dist + "/SHA256SUMS").decode().splitlines()}
    check("every file has its checksum", listed == set(names) - {"SHA256SUMS", "SHA256SUMS.minisig"} and len(listed) == 6, (listed, names))
    for name, what, judge in (("SHA256SUMS", "a list of checksums", verify), ("NOTES.md", "a file", sums)):
        whole = read(os.path.join(dist, name))
        with open(os.path.join(dist, name), "wb") as f:
            f.write(whole[:-2] + b"~\n")
        check(f"{what} that was changed is found", judge() != 0)
        with open(os.path.join(dist, name), "wb") as f:
            f.write(whole)
    check("and is right again", verify() == 0 and sums() == 0)


def parts(dist, version):
    with open(f"{dist}/undertone-{version}.cdx.json", encoding="utf-8") as f:
        bom = json.load(f)
    fetched = {h["content"] for c in bom["components"] for h in c.get("hashes", [])}
    with open(os.path.join(ROOT, "third_party.mk"), encoding="utf-8") as f:
        wanted = set(re.findall(r"\b[0-9a-f]{64}\b", f.read()))
    check("the list of parts has the fetched sources", bom["specVersion"] == "1.5" and fetched == wanted and len(wanted) == 3, fetched ^ wanted)
    names = {c["name"] for c in bom["components"]}
    check("and models and libraries", {"u2", "libsqlite3-dev", "picolibc-arm-none-eabi"} <= names, names)
    check("and is of this release", bom["metadata"]["component"]["version"] == version)
    return wanted


def unpacked(dist, version, revision, folder, sources, wanted):
    elsewhere = os.path.join(folder, "where/nobody/has/git")
    os.makedirs(elsewhere)
    check("the archive unpacks", run(elsewhere, "tar", "-xzf", f"{dist}/undertone-{version}.tar.gz")[0] == 0)
    tree = os.path.join(elsewhere, f"undertone-{version}")
    check("it names what a build fetches", set(re.findall(r"^([0-9a-f]{64})  \S+$", read(tree + "/FETCHED").decode(), re.M)) == wanted)
    for name, source in zip(("kissfft", "bearssl"), sources):
        shutil.copytree(source, os.path.join(tree, "build", "third_party", name))
    code, said = run(tree, "make", "-j2", "host", "firmware", "deb")
    if not check("the archive builds", code == 0, said):
        return
    code, said = run(tree, "build/host/undertone", "--version")
    check("its program is of this release", code == 0 and said.startswith(f"undertone {version}, "), said)
    image = read(tree + "/build/mps2/undertone.bin")[IMAGE_HEADER + 36:IMAGE_HEADER + 56].rstrip(b"\0").decode()
    check("its image has the commit's revision", image == revision, (image, revision))
    for path in sorted(glob.glob(dist + "/*.deb")):
        name = os.path.basename(path)
        ours = os.path.join(tree, "build/deb", name)
        check(f"{name} of the archive is that of the commit", os.path.exists(ours) and read(ours) == read(path))


def main(words):
    if len(words) != 3:
        sys.exit(__doc__.split("\n\n", maxsplit=1)[0])
    python, sources = os.path.abspath(words[0]), [os.path.abspath(w) for w in words[1:]]
    with tempfile.TemporaryDirectory() as folder:
        clone, key, pub = (os.path.join(folder, name) for name in ("clone", "key", "key.pub"))
        subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
        with open(clone + "/VERSION", encoding="ascii") as f:
            version = f.read().strip()
        revision = run(clone, "git", "describe", "--always", "--abbrev=12", "--exclude=*")[1].strip()
        check("a key is made", run(folder, "minisign", "-G", "-W", "-f", "-p", pub, "-s", key)[0] == 0)
        code, said = made(clone, folder + "/none", python, sources, folder + "/no key")
        check("a key that is not there is refused at once", code == 2 and "no key: cannot be read" in said and not os.path.exists(folder + "/none"), said)
        with open(clone + "/stray", "w", encoding="ascii") as f:
            f.write("not committed\n")
        code, said = made(clone, folder + "/none", python, sources)
        check("so is a tree with what is not committed", code == 2 and "not committed" in said and not os.path.exists(folder + "/none"), said)
        os.remove(clone + "/stray")
        one, two = folder + "/one", folder + "/two"
        code, said = made(clone, one, python, sources)
        if check("a release without a key", code == 0 and "NOT SIGNED" in said, said):
            check("has no signature", not glob.glob(one + "/*.minisig"))
            code, said = made(clone, two, python, sources, key)
            check("a release with one", code == 0 and "SHA256SUMS.minisig signs" in said, said)
            check("both are the same bytes", read(one + "/SHA256SUMS") == read(two + "/SHA256SUMS"), read(one + "/SHA256SUMS") + read(two + "/SHA256SUMS"))
            signed(two, pub)
            check("its notes are this release's", read(two + "/NOTES.md").startswith(f"## {version}\n".encode()))
            unpacked(two, version, revision, folder, sources, parts(two, version))
    print(f"{counted.passed} passed, {counted.failed} failed")
    return counted.failed != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
