#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian packages, judged: chroot.py FOLDER CALL.wav UNDERTONE KISSFFT_DIR BEARSSL_DIR [--measured FILE.md]

FOLDER has what `make deb` leaves. First the linters: lintian, systemd-analyze, appstreamcli, desktop-file-validate, mandoc. Then
a fresh system by debootstrap: the version before is installed, built from the commit before VERSION's last change and given other
settings; its services' command lines are run by hand, calls are kept; then upgraded with databases and changed settings in
place, CALL.wav replayed against UNDERTONE's own answer, and purged until nothing is left. Needs root and takes minutes.
--measured keeps what was said. The last line: N passed, N failed.
"""
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import counted
from counted import check
from guest import Guest, run

DEADLINE = 60  # seconds until what is waited for is a fault
ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
HIGHEST = 30  # tenths of systemd-analyze's exposure
NOISE = re.compile(r"/(proc|sys|dev|run|tmp|var/log|var/cache|var/lib/(dpkg|systemd)|etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|etc/\.pwd\.lock)")


def wait(what, holds):
    until = time.monotonic() + DEADLINE
    while not holds():
        if time.monotonic() > until:
            return check(what, False, f"not within {DEADLINE} s")
        time.sleep(0.1)
    return check(what, True)


def lint(debs, measured):
    """Each linter, what it said, and whether that is nothing."""
    with tempfile.TemporaryDirectory() as folder:
        for deb in debs:
            run("dpkg-deb", "-x", deb, folder)
        system = glob.glob(folder + "/*lib/systemd/system/*.service") + glob.glob(folder + "/usr/lib/systemd/system/*.service")
        user = glob.glob(folder + "/usr/lib/systemd/user/*.service")
        system.sort(key=len)  # the template's name is the longer one
        check("there are all units", len(system) == 2 and user, (system, user))
        # Ours alone, with the program where they name it: what else lies in a system's folders is not judged here.
        units = os.path.join(folder, "units")
        os.makedirs(units)
        for unit in system + user:
            text = open(unit, encoding="utf-8").read().replace("ExecStart=/usr/bin/", f"ExecStart={folder}/usr/bin/")
            text = re.sub(r"^(Documentation|Wants|After)=.*\n", "", text, flags=re.M)
            open(os.path.join(units, os.path.basename(unit)), "w", encoding="utf-8").write(text)
        name = os.path.basename(system[0])
        for words, shown in (
                (["lintian", "--allow-root", "--no-cfg", "--fail-on", "error,warning", *debs], "lintian *.deb"),
                (["systemd-analyze", "verify", "--man=no", f"{units}/{name}"], "systemd-analyze verify undertone-serve.service"),
                (["systemd-analyze", "verify", "--man=no", f"{units}/{os.path.basename(system[1])}"], "systemd-analyze verify undertone-serve@.service"),
                (["systemd-analyze", "verify", "--user", "--man=no", f"{units}/{os.path.basename(user[0])}"],
                 "systemd-analyze verify --user undertone-desk.service"),
                (["systemd-analyze", "security", "--offline=true", f"--threshold={HIGHEST}", "--no-pager", f"{units}/{name}"],
                 "systemd-analyze security --offline=true undertone-serve.service"),
                (["appstreamcli", "validate", "--no-net", *glob.glob(folder + "/usr/share/metainfo/*.xml")], "appstreamcli validate --no-net"),
                (["desktop-file-validate", *glob.glob(folder + "/usr/share/applications/*.desktop")], "desktop-file-validate"),
                (["sh", "-c", f"for p in {folder}/usr/share/man/man*/*; do zcat $p | mandoc -T lint || exit; done"], "mandoc -T lint")):
            code, said = run(*words)
            last = [line.strip() for line in said.splitlines() if line.strip()]
            said = last[-1] if "security" in shown and last else said
            check(shown, code == 0 and ("Overall" in said or "successful" in said or said.strip() == ""), said)
            measured.append((shown, code, re.sub(re.escape(folder), "", said).strip() or "(nothing)"))


def dependencies(debs):
    """Names of what the packages need, the first of alternatives, without themselves."""
    own, needed = set(), set()
    for deb in debs:
        own.add(run("dpkg-deb", "-f", deb, "Package")[1].strip())
        for part in run("dpkg-deb", "-f", deb, "Depends")[1].split(","):
            needed.add(re.split(r"[ (|:]", part.strip(), maxsplit=1)[0])
    return sorted(needed - own - {""})


def before(folder, sources):
    """(version, packages) of the version before this one, with other settings of the service."""
    changed = run("git", "-C", ROOT, "log", "-1", "--format=%H", "--", "VERSION")[1].strip()
    clone = os.path.join(folder, "before")
    code, said = run("git", "clone", "-q", ROOT, clone)
    check("the history is here", code == 0 and changed and run("git", "-C", clone, "checkout", "-q", changed + "^")[0] == 0, said)
    code, said = run("host-tools/package/deb.sh", folder + "/debs", *map(os.path.abspath, sources), cwd=clone)
    check("the version before is built", code == 0, said)
    made = []
    for deb in sorted(glob.glob(folder + "/debs/*.deb")):
        tree = os.path.join(folder, "tree")
        shutil.rmtree(tree, ignore_errors=True)
        run("dpkg-deb", "-R", deb, tree)
        settings = tree + "/etc/undertone/serve.ini"
        if os.path.exists(settings):
            with open(settings, "a", encoding="utf-8") as f:
                f.write("# as it was before\n")
        made.append(os.path.join(folder, os.path.basename(deb)))
        code, said = run("dpkg-deb", "--root-owner-group", "-b", tree, made[-1])
        check(f"{os.path.basename(deb)} with other settings", code == 0, said)
    with open(clone + "/VERSION", encoding="ascii") as f:
        return f.read().strip(), made


def listing(root):
    """Every path of a system, without what changes by itself."""
    code, said = run("find", root, "-xdev", "-printf", "/%P\\n")
    assert code == 0, said
    return {line for line in said.splitlines() if not NOISE.match(line)}


def exec_start(guest, name):
    for folder in ("/lib/systemd/system/", "/usr/lib/systemd/system/", "/usr/lib/systemd/user/"):
        if os.path.exists(guest.path(folder + name)):
            return re.search(r"^ExecStart=(.*)$", guest.text(folder + name), re.M).group(1)
    return check(f"{name} is installed", False) or "/bin/false"


def end(program, what):
    program.send_signal(signal.SIGTERM)
    said = program.communicate(timeout=DEADLINE)[0]
    check(f"{what} ends as it is told to", program.returncode == 0, (program.returncode, said))
    return said


def serve(guest, what):
    """The floor's service by hand, until it has its ledger open and is at the broker's."""
    before = guest.path("/var/lib/undertone/floor.metrics")
    if os.path.exists(before):
        os.remove(before)
    program = guest.start(exec_start(guest, "undertone-serve.service"), user="undertone")
    wait(f"{what}: the broker knows it", lambda: program.poll() is not None or
         (os.path.exists(before) and re.search(r"^undertone_\w*brokers\w* 1$", guest.text("/var/lib/undertone/floor.metrics"), re.M)))
    said = end(program, what)
    check(f"{what}: a ledger of the service's own", os.stat(guest.path("/var/lib/undertone/floor.db")).st_uid != 0, said)


def desk(guest, what):
    """The desk's page by hand beside a headset that never was, until a browser would have it."""
    os.makedirs(guest.path("/tmp/desk"), exist_ok=True)
    address, env = guest.path("/tmp/desk/undertone.page"), {"XDG_RUNTIME_DIR": "/tmp/desk", "HOME": "/tmp/desk"}
    headset = guest.start("undertone simulate --tcp 0 --calls 0")
    try:
        port = headset.stdout.readline().split()[-1]
        program = guest.start(exec_start(guest, "undertone-desk.service"), env={**env, "UNDERTONE_LIVE_TCP": port})
        there = wait(f"{what}: its address", lambda: program.poll() is not None or (os.path.exists(address) and os.path.getsize(address)))
        if there and check(f"{what} goes on", program.poll() is None, program.stdout.read() if program.poll() is not None else ""):
            with open(address, encoding="ascii") as f:
                page = urllib.request.urlopen(f.read().strip(), timeout=DEADLINE)
            check(f"{what}: its page", page.status == 200 and b"<!doctype html" in page.read(4000).lower())
            end(program, what)
    finally:
        headset.terminate()
        headset.communicate(timeout=DEADLINE)
    program = guest.start(exec_start(guest, "undertone-desk.service"), env=env)
    said = program.communicate(timeout=DEADLINE)[0]
    check(f"{what} without a headset says so", program.returncode == 3 and "no headset on USB" in said, (program.returncode, said))


def live_in(guest, debs, old, call, undertone, broker):
    version, earlier = old
    began = time.monotonic()
    # What else the packages bring along comes first: it stays when they go.
    code, said = guest.apt_install(*dependencies(debs))
    check("what they depend on", code == 0, said)
    empty = listing(guest.root)
    code, said = guest.install(earlier)
    check("installed", code == 0, said)
    code, said = guest.run("undertone", "--version")
    check("it is the version before", code == 0 and said.startswith(f"undertone {version}, "), said)
    shutil.copy(call, guest.path("/tmp/call.wav"))
    check("calls are stored", guest.run("undertone", "replay", "/tmp/call.wav", "--store", "/tmp/calls.db")[0] == 0)
    calls = guest.run("env", "UNDERTONE_STORE_FILE=/tmp/calls.db", "undertone", "store", "list", "--json")
    check("and listed", calls[0] == 0 and json.loads(calls[1].splitlines()[0]), calls)
    check("the service has a user", guest.run("getent", "passwd", "undertone")[0] == 0)
    state = os.stat(guest.path("/var/lib/undertone"))
    check("and a folder that is its own", state.st_mode & 0o777 == 0o700 and state.st_uid != 0)
    settings = guest.path("/etc/undertone/serve.ini")
    changed = guest.text("/etc/undertone/serve.ini").replace("mqtt://localhost", f"mqtt://localhost:{broker}") + \
        "metrics = /var/lib/undertone/floor.metrics\n"
    with open(settings, "w", encoding="utf-8") as f:
        f.write(changed)
    serve(guest, "undertone-serve.service")
    desk(guest, "undertone-desk.service")
    took = time.monotonic() - began

    code, said = guest.install(debs)
    check("upgraded", code == 0 and re.search(rf"Unpacking undertone .* over \({re.escape(version)}\)", said), said)
    code, said = guest.run("undertone", "--version")
    check("it is this version", (code, said) == run(undertone, "--version"), said)
    code, said = guest.run("undertone", "replay", "/tmp/call.wav", "--json")
    own = run(undertone, "replay", call, "--json")
    check("the demo's call gives the same events", code == 0 and own[0] == 0 and said == own[1] and len(said.splitlines()) > 100, said)
    check("images are what their hashes say", guest.run("sh", "-c", "cd /usr/share/undertone/firmware && sha256sum --strict -c SHA256SUMS")[0] == 0)
    check("settings that were changed stay", guest.text("/etc/undertone/serve.ini") == changed)
    check("the store is as it was", guest.run("env", "UNDERTONE_STORE_FILE=/tmp/calls.db", "undertone", "store", "list", "--json") == calls)
    serve(guest, "undertone-serve.service after the upgrade")
    desk(guest, "undertone-desk.service after the upgrade")

    code, said = guest.run("dpkg", "-P", "undertone-service", "undertone-firmware", "undertone")
    check("purged", code == 0, said)
    left = sorted(listing(guest.root) - empty)
    check("nothing is left", not left, left)
    check("nor the user", guest.run("getent", "passwd", "undertone")[0] != 0)
    check("nothing else is gone", not empty - listing(guest.root), sorted(empty - listing(guest.root)))
    return took


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def keep(path, measured, debs, version, took):
    rows = "\n".join(f"    {os.path.basename(d)}  {os.path.getsize(d) // 1024} KiB" for d in debs)
    said = "\n\n".join(f"    $ {shown}\n    " + text.replace("\n", "\n    ") + f"\n    exit {code}" for shown, code, text in measured)
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"# Packages\n\n`make test-package MEASURED_PACKAGE={path}` builds them, asks the linters below, and then lives in a fresh Debian: "
                f"{version} installed from its own commit, both services' command lines run by hand, upgraded with databases and changed "
                f"settings in place, the demo's call replayed to the byte, purged until nothing was left. {counted.passed} checks passed, {counted.failed} "
                f"failed. From apt to both services and the agent's page, with all that the packages depend on: {took:.0f} s.\n\n{rows}\n\n{said}\n\n`make test-boot` has systemd start "
                "both services, `make test-elsewhere` builds and runs the packages on Debian 13 (RELEASE=noble MIRROR=... on Ubuntu 24.04). "
                "The container file was built once by podman on a base of Debian 12's own packages, and hadolint has no remark on it. Not "
                "seen: a container run by a container runtime.\n")


def main(words):
    if len(words) not in (5, 7) or (len(words) == 7 and words[5] != "--measured"):
        sys.exit(__doc__.split("\n\n", maxsplit=1)[0])
    debs = sorted(glob.glob(words[0] + "/*.deb"))
    if os.geteuid() != 0 or not debs:
        sys.exit("chroot: needs root" if debs else f"chroot: {words[0]}: no packages; make deb")
    measured, port = [], free_port()
    lint(debs, measured)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        version, earlier = before(folder, words[3:5])
        with open(folder + "/broker.conf", "w", encoding="ascii") as f:
            f.write(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
        with subprocess.Popen(["mosquitto", "-c", folder + "/broker.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as broker:
            guest, took = None, 0
            try:
                guest = Guest(folder + "/root")
                took = live_in(guest, debs, (version, earlier), words[1], os.path.abspath(words[2]), port)
            finally:
                if guest is not None:
                    guest.leave()
                broker.terminate()
    if len(words) == 7:
        keep(words[6], measured, debs, version, took)
    print(f"{counted.passed} passed, {counted.failed} failed")
    return counted.failed != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
