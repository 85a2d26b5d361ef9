#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian packages of another release: elsewhere.py CALL.wav UNDERTONE KISSFFT_DIR BEARSSL_DIR RELEASE [MIRROR]

HEAD is packed in a fresh system of that release, by debootstrap from its mirror (one of this machine's apt where none is
named), and installed there; the images are held against their hashes, the agent's page is opened, CALL.wav replayed against
UNDERTONE's own answer, and all is purged. Needs root and takes minutes. The last line: N passed, N failed.
"""
import os
import shutil
import sys
import tempfile

import chroot
import counted
from counted import check
from guest import Guest, own_mirrors, run

HERE = "/root/undertone"


def build(guest, sources):
    """Paths of the packages, in the guest."""
    check("the source is there", run("git", "clone", "-q", chroot.ROOT, guest.path(HERE))[0] == 0)
    for name, source in zip(("kissfft", "bearssl"), sources):
        shutil.copytree(source, guest.path(f"/root/{name}"))
    code, said = guest.apt_install("make", "git", "python3")
    check("what make deb begins with", code == 0, said)
    code, said = guest.run("make", "-C", HERE, "deb", "KISSFFT_DIR=/root/kissfft", "BEARSSL_DIR=/root/bearssl")
    check("make deb", code == 0, said)
    return [f"{HERE}/build/deb/{name}" for name in sorted(os.listdir(guest.path(HERE + "/build/deb"))) if name.endswith(".deb")] if code == 0 else []


def live_in(guest, call, undertone, sources):
    debs = build(guest, sources)
    if not check("three packages", len(debs) == 3, debs):
        return
    code, said = guest.apt_install(*debs)
    check("installed", code == 0, said)
    code, said = guest.run("undertone", "--version")
    check("it is this version", (code, said) == run(undertone, "--version"), said)
    check("images are what their hashes say", guest.run("sh", "-c", "cd /usr/share/undertone/firmware && sha256sum --strict -c SHA256SUMS")[0] == 0)
    shutil.copy(call, guest.path("/tmp/call.wav"))
    code, said = guest.run("undertone", "replay", "/tmp/call.wav", "--json")
    own = run(undertone, "replay", call, "--json")
    check("the demo's call gives the same events", code == 0 and own[0] == 0 and said == own[1] and len(said.splitlines()) > 100, said)
    chroot.desk(guest, "undertone-desk.service")
    code, said = guest.run("dpkg", "-P", "undertone-service", "undertone-firmware", "undertone")
    check("purged", code == 0, said)


def main(words):
    if len(words) not in (5, 6):
        sys.exit(__doc__.split("\n\n", maxsplit=1)[0])
    if os.geteuid() != 0:
        sys.exit("elsewhere: needs root")
    mirror = words[5] if len(words) == 6 else own_mirrors()[1][0][0]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        guest = None
        try:
            guest = Guest(folder + "/root", words[4], mirror)
            live_in(guest, words[0], os.path.abspath(words[1]), words[2:4])
        finally:
            if guest is not None:
                guest.leave()
    print(f"{counted.passed} passed, {counted.failed} failed")
    return counted.failed != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
