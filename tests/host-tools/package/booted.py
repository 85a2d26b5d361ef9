#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The packages' services as systemd starts them: booted.py FOLDER

FOLDER has what `make deb` leaves. A fresh system of this release, by debootstrap, with a kernel, systemd, a broker and the
packages starts in an emulated PC, where CHECKS go one by one and say what they saw on its serial line. Needs root, and
minutes of one core. The last line: N passed, N failed.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

import counted
from counted import check
from guest import Guest, run

WITHIN_S = 2400  # a machine that does much besides takes five times as long as one that does not
BYTES = 3 << 30  # of the disk; what nobody writes takes no room
BROUGHT = ("systemd-sysv", "libpam-systemd", "dbus-user-session", "udev", "procps", "mosquitto", "curl")
SAYS = re.compile(r"^(PASS|FAIL) (.*?)\r?$", re.M)

# The desk's headset is a simulated one, in the agent's own session.
CHECKS = r"""#!/bin/bash
exec >/dev/ttyS0 2>&1
check() { if "${@:2}"; then echo "PASS $1"; else echo "FAIL $1"; journalctl -b --no-pager -o cat | tail -20; fi; }
wait_for() { for _ in $(seq 300); do if "$@" 2>/dev/null; then return 0; fi; sleep 0.5; done; return 1; }
serve() { systemctl show -P "$1" undertone-serve; }
counts() { grep -qE '^undertone_\w*brokers\w* 1$' /var/lib/undertone/floor.metrics; }
another() { [ "$(serve MainPID)" -gt 0 ] && [ "$(serve MainPID)" != "$1" ]; }

check "neither service starts unasked" test "$(systemctl is-active undertone-serve)" = inactive
check "undertone-serve starts" systemctl start undertone-serve
check "it is at the broker's" wait_for counts
check "it runs as its own user" test "$(ps -o user= -p "$(serve MainPID)")" = undertone
pid=$(serve MainPID)
rm /var/lib/undertone/floor.metrics
kill -9 "$pid"
check "killed, it comes back" wait_for another "$pid"
check "and is at the broker's again" wait_for counts
check "it stops" systemctl stop undertone-serve
check "as one that was told to" test "$(serve Result) $(serve ExecMainStatus)" = "success 0"

useradd -m agent
check "an agent who stays" wait_for loginctl enable-linger agent
own=/run/user/$(id -u agent)
desk() { runuser -u agent -- env XDG_RUNTIME_DIR="$own" systemctl --user "$@"; }
page() { curl -s "$(cat "$own/undertone.page")" | grep -qi '<!doctype html'; }
check "an agent's session" wait_for desk is-active -q default.target
setsid runuser -u agent -- undertone simulate --tcp 7700 --calls 0 >/dev/null &
check "the desk knows its headset" desk set-environment UNDERTONE_LIVE_TCP=127.0.0.1:7700
check "undertone-desk starts" desk start undertone-desk
check "the agent's page is there" wait_for page
check "it stops" desk stop undertone-desk
check "as one that was told to" test "$(desk show -P Result undertone-desk)" = success
check "nothing failed" test -z "$(systemctl --failed --no-legend --plain)"
echo "PASS to the end"
sync
systemctl poweroff --force --force
"""
UNIT = "[Unit]\nAfter=multi-user.target\n[Service]\nType=oneshot\nExecStart=/usr/local/sbin/checks\n[Install]\nWantedBy=multi-user.target\n"


def furnish(guest, kernel, debs):
    """A system that runs CHECKS once it is up."""
    code, said = guest.apt_install(*BROUGHT, kernel)
    check("a kernel and what a started system has", code == 0, said)
    code, said = guest.install(debs)
    check("installed", code == 0, said)
    settings = "/etc/undertone/serve.ini"
    guest.write(settings, guest.text(settings) + "metrics = /var/lib/undertone/floor.metrics\n")
    guest.write("/usr/local/sbin/checks", CHECKS)
    os.chmod(guest.path("/usr/local/sbin/checks"), 0o755)
    guest.write("/etc/systemd/system/checks.service", UNIT)
    check("it will be asked", guest.run("systemctl", "enable", "checks.service")[0] == 0)
    # A login there would hang up the line on which the checks speak.
    check("nobody else on its serial line", guest.run("systemctl", "mask", "serial-getty@ttyS0.service")[0] == 0)


def boot(folder, guest):
    """What it said on its serial line."""
    disk, (kernel,), (initrd,) = folder + "/disk", glob.glob(guest.path("/boot/vmlinuz-*")), glob.glob(guest.path("/boot/initrd.img-*"))
    with open(disk, "wb") as f:
        f.truncate(BYTES)
    code, said = run("mkfs.ext4", "-q", "-F", "-d", guest.root, disk)
    check("a disk", code == 0, said)
    # Emulated whole: what a machine offers to guests is not the same everywhere.
    words = ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max", "-m", "1024", "-nographic", "-no-reboot", "-net", "none",
             "-kernel", kernel, "-initrd", initrd, "-append", "root=/dev/vda rw console=ttyS0 quiet",
             "-drive", f"file={disk},format=raw,if=virtio,cache=unsafe"]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=WITHIN_S, check=False)
        return done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode(errors="replace")


def main(words):
    debs = sorted(glob.glob(words[0] + "/*.deb")) if len(words) == 1 else []
    if os.geteuid() != 0 or not debs:
        sys.exit(__doc__.split("\n\n", maxsplit=1)[0] if len(words) != 1 else "booted: needs root" if debs else f"booted: {words[0]}: no packages; make deb")
    kernel = "linux-image-cloud-" + run("dpkg", "--print-architecture")[1].strip()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        guest = None
        try:
            guest = Guest(folder + "/root")
            furnish(guest, kernel, debs)
        finally:
            if guest is not None:
                guest.leave()
        said = boot(folder, guest)
        for verdict, what in SAYS.findall(said):
            check(what, verdict == "PASS", said)
        check("it went to the end", said.count("PASS to the end") == 1, said)
    print(f"{counted.passed} passed, {counted.failed} failed")
    return counted.failed != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
