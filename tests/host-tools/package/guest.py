# SPDX-License-Identifier: Apache-2.0
"""A fresh system in a folder, by debootstrap, to live in by chroot or to start in an emulator."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from counted import check


def run(*words, **more):
    """(exit code, everything said)"""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, env={**os.environ, "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": tempfile.gettempdir(),
                                "DEBIAN_FRONTEND": "noninteractive"}, **more)
    return done.returncode, done.stdout


def own_mirrors():
    """(release, rows of this machine's apt: address, suite, component): Debian's own packages of the release that runs here."""
    release = re.search(r"^VERSION_CODENAME=(\w+)", open("/etc/os-release", encoding="utf-8").read(), re.M).group(1)
    said = run("apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")[1]
    rows = [line.split()[1:] for line in said.splitlines() if line.startswith("Debian ")]
    if release not in [suite for _, suite, _ in rows]:
        sys.exit(f"guest: apt names no mirror of {release}; run apt-get update")
    return release, rows


class Guest:
    """A fresh system in a folder, of the release that runs here or of another's mirror."""

    def __init__(self, root, release=None, mirror=None):
        self.root = root
        words, script, (own, rows) = [], [], own_mirrors()
        if release not in (None, own):
            # What Debian's debootstrap does not know yet is built like Ubuntu's others; its keys come with the release itself,
            # which checks with them all that it is asked to install.
            known = os.path.exists(f"/usr/share/debootstrap/scripts/{release}")
            components = "main" if known else "main,universe"
            words, script = (["--components=" + components, *([] if known else ["--no-check-gpg"])],
                             [] if known else ["/usr/share/debootstrap/scripts/gutsy"])
            rows = [(mirror, suite, component) for suite in (release, release + "-updates") for component in components.split(",")]
        self.release = release or own
        code, said = run("debootstrap", "--variant=minbase", "--include=ca-certificates", *words, self.release, root,
                         next(address for address, suite, _ in rows if suite == self.release), *script)
        check(f"debootstrap of {self.release}", code == 0, said)
        # From where this machine takes its packages and by its ways, so that updates and fixes are there, too.
        self.write("/etc/apt/sources.list", "".join(f"deb {' '.join(row)}\n" for row in rows))
        self.write("/etc/apt/apt.conf.d/00host", run("apt-config", "dump", "Acquire")[1])
        for name in ("/etc/resolv.conf", "/etc/hosts"):
            shutil.copy(name, self.path(name))
        code, said = run("mount", "-t", "proc", "proc", root + "/proc")
        check("the fresh system has its /proc", code == 0, said)
        code, said = self.run("apt-get", "-q", "update")
        check("its apt has lists", code == 0, said)

    def leave(self):
        run("umount", self.root + "/proc")

    def run(self, *words):
        return run("chroot", self.root, *words)

    def path(self, name):
        return self.root + name

    def text(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)

    def apt_install(self, *packages):
        return self.run("apt-get", "-qy", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", "-o", "Acquire::Retries=3",
                        "-o", "APT::Sandbox::User=root", "install", *packages)

    def install(self, debs):
        for deb in debs:
            shutil.copy(deb, self.path("/tmp"))
        return self.apt_install(*("/tmp/" + os.path.basename(deb) for deb in debs))

    def start(self, command, user=None, env=None):
        words = ["chroot", *([f"--userspec={user}:{user}"] if user else []), self.root, "/usr/bin/env", *(f"{k}={v}" for k, v in (env or {}).items()),
                 *command.split()]
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
