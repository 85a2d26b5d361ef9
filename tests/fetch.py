#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches one source archive of Debian, pinned by sha256, and unpacks it.

usage: fetch.py PACKAGE ARCHIVE SHA256 DIRECTORY WORK

The package lists come from this machine's own apt sources (both formats), reduced to the distribution's own suites and
components (main, on Ubuntu universe as well) and turned into deb-src entries in a private list below WORK; the machine's own lists and caches are not touched, so no rights are
needed. DIRECTORY holds the archive's contents, without its top folder, once the checksum agreed.
"""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile

COMPONENTS = ("main", "universe")


def debian_suites():
    with open("/etc/os-release", encoding="utf-8") as f:
        found = re.search(r'^VERSION_CODENAME="?([a-z]+)', f.read(), re.M)
    names = ["stable", "oldstable"] + ([found.group(1)] if found else [])
    return {name + end for name in names for end in ("", "-updates", "-security")}


def source_line(line, suites):
    """A one-line entry as a deb-src entry, or None when it is not Debian's."""
    found = re.match(r"deb(?:-src)?\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$", line.split("#")[0].strip())
    components = [c for c in found.group(4).split() if c in COMPONENTS] if found else []
    if not components or found.group(3) not in suites:
        return None
    options = [o for o in (found.group(1) or "").strip().strip("[]").split() if not o.startswith("arch")]
    kept = ["[" + " ".join(options) + "]"] if options else []
    return " ".join(["deb-src"] + kept + [found.group(2), found.group(3)] + components)


def source_stanza(text, suites):
    """A deb822 stanza as a deb-src stanza, or None when it is not Debian's."""
    fields, name = {}, None
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += "\n" + line
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.strip().lower()
            fields[name] = value.strip()
    kept = [s for s in fields.get("suites", "").split() if s in suites]
    components = [c for c in fields.get("components", "").split() if c in COMPONENTS]
    if not kept or not components or fields.get("enabled", "yes").lower() == "no":
        return None
    fields.update({"types": "deb-src", "suites": " ".join(kept), "components": " ".join(components)})
    fields.pop("architectures", None)
    return "".join(f"{key}: {value}\n" for key, value in fields.items())


def private_sources(etc="/etc/apt"):
    """The contents of a .list and of a .sources file."""
    suites = debian_suites()
    lines, stanzas = [], []
    for path in [etc + "/sources.list"] + sorted(glob.glob(etc + "/sources.list.d/*.list")):
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                lines += [source_line(line, suites) for line in f]
    for path in sorted(glob.glob(etc + "/sources.list.d/*.sources")):
        with open(path, encoding="utf-8") as f:
            stanzas += [source_stanza(text, suites) for text in re.split(r"\n\s*\n", f.read())]
    unique = lambda items: list(dict.fromkeys(item for item in items if item))
    return "".join(line + "\n" for line in unique(lines)), "\n".join(unique(stanzas))


def download(package, archive, work):
    parts = os.path.join(work, "sources")
    for folder in (parts, work + "/lists/partial", work + "/cache/archives/partial", work + "/files"):
        os.makedirs(folder, exist_ok=True)
    listed, stanzas = private_sources()
    if not listed and not stanzas:
        sys.exit(f"fetch: none of the distribution's own sources with the component main is among those of apt here: cannot fetch {package}")
    for name, text in (("undertone.list", listed), ("undertone.sources", stanzas)):
        with open(os.path.join(parts, name), "w", encoding="utf-8") as f:
            f.write(text)
    options = {
        "Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": parts, "Dir::State::Lists": work + "/lists",
        "Dir::Cache": work + "/cache", "Acquire::Retries": "3", "Acquire::Languages": "none",
    }
    if os.geteuid() == 0:
        options["APT::Sandbox::User"] = "root"  # apt's own user may not enter the folders of this one
    base = ["apt-get", "-qq"] + [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    for command in (["update"], ["source", "--download-only", package]):
        done = subprocess.run(base + command, cwd=work + "/files", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            sys.stderr.write(done.stdout)
            sys.exit(f"fetch: apt-get {command[0]} failed; the source of {package} is not here (is there a network?)")
    path = os.path.join(work, "files", archive)
    if not os.path.exists(path):
        sys.exit(f"fetch: {package} no longer comes with {archive}")
    return path


def verify(path, expected):
    with open(path, "rb") as f:
        found = hashlib.sha256(f.read()).hexdigest()
    if found != expected:
        os.remove(path)
        sys.exit(f"fetch: {os.path.basename(path)} has sha256 {found}, expected {expected}: refused and removed")


def unpack(path, directory):
    fresh = directory + ".new"
    shutil.rmtree(fresh, ignore_errors=True)
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            member.name = member.name.split("/", 1)[-1]
            if member.isreg() and not member.name.startswith("/") and ".." not in member.name.split("/"):
                archive.extract(member, fresh, set_attrs=False)
    shutil.rmtree(directory, ignore_errors=True)
    os.rename(fresh, directory)


def main(argv):
    if len(argv) != 6:
        sys.exit(__doc__.split("\n\n")[1])
    package, archive, expected, directory, work = argv[1:]
    work = os.path.abspath(work)
    path = os.path.join(work, "files", archive)
    if not os.path.exists(path):
        path = download(package, archive, work)
    verify(path, expected)
    unpack(path, directory)


if __name__ == "__main__":
    main(sys.argv)
