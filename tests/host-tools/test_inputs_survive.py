#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""No output of any command destroys what the command reads, however it is named: every pair of an option that writes
and a file that is read is refused before anything happens."""
import os
import re

from tool import Checks, model, path, speech, tool, wav, write

check = Checks()
customer, agent = speech()
call = wav("call.wav", [agent, customer])
other = wav("other.wav", [customer])
labels = write("labels.tsv", "path\tbegin_ms\tend_ms\tlabel\ncall.wav\t1000\t5000\tfrustration\nother.wav\t0\t0\tnone\n")
config = write("u.ini", "[extended_silence]\non = 5\n")
own_model = model("model.bin")
firmware = write("firmware.elf", "not read")
READS = {
    # command: (words, files read), then the options that write
    ("replay", call, "--model", own_model, "--config", config): ((call, own_model, config), ("--out", "--summary", "--store")),
    ("replay", call, other, "--config", config): ((call, other, config), ("--out",)),
    ("tune", labels, "--no-cache", "--config", config): ((labels, call, other, config), ("--write", "--plot")),
    ("live", "--qemu", call, "--firmware", firmware, "--config", config): ((call, firmware, config),
                                                                          ("--out", "--summary", "--store", "--audit", "--metrics")),
    ("eval", "--config", config): ((config,), ("--export-model",)),
}


def contents():
    found = {}
    for folder, _, names in os.walk(path("")):
        for name in names:
            full = os.path.join(folder, name)
            with open(full, "rb") as f:
                found[os.path.relpath(full, path(""))] = (os.lstat(full).st_ino, f.read())
    return found


def names_of(file):
    """As it is, through a folder, as a symbolic link, as a hard link, as a link to a link."""
    soft, hard, chain = path("soft"), path("hard"), path("chain")
    for name in (soft, hard, chain):
        if os.path.lexists(name):
            os.remove(name)
    os.symlink(os.path.basename(file), soft)
    os.symlink("soft", chain)
    os.link(file, hard)
    return file, os.path.join(os.path.dirname(file), ".", "sub", "..", os.path.basename(file)), soft, hard, chain


os.mkdir(path("sub"))
for words, (read, options) in READS.items():
    for option in options:
        for file in read:
            for name in names_of(file):
                before = contents()
                check.refused(f"{words[0]} {option} {name}", tool(*words, option, name), 2, f"{option} {name}: is ")
                check(f"{words[0]} {option} {name} leaves all as it was", contents() == before)

# reports are known by their endings, tables by the names of their calls
for end in (".png", ".html"):
    odd = path(f"sound{end}")
    os.rename(other, odd)
    check.refused(f"a recording named {end}", tool("replay", odd, "--report", odd), 2, "is the recording itself")
    os.rename(odd, other)
os.link(call, path("sub/call.csv"))
check.refused("a table over a recording", tool("features", call, "--out", path("sub")), 2, "call.csv: is a recording")
os.remove(path("sub/call.csv"))

# two outputs that are one file
for pair in (("--out", "--summary"), ("--summary", "--out")):
    words = ("replay", call, pair[0], path("new"), pair[1], os.path.join(path("sub"), "..", "new"))
    check.refused(f"{pair[0]} and {pair[1]} into one file", tool(*words), 2, " as well")
check.refused("one report twice", tool("replay", call, "--report", path("a.png"), "--report", path("sub/../a.png")), 2)
check("nothing of it is written", not [x for x in os.listdir(path("")) if x.startswith(("new", "a.png"))])

# standard output
with open(call, "ab") as out:
    code, _, err = tool("replay", call, "--json", stdout=out)
check("standard output onto the recording", code == 2 and "standard output: is the recording itself" in err, err)
check("which is as it was", os.path.getsize(call) == 44 + 4 * len(customer))

# a new option that names a file must be placed in one of these lists, and above when it writes
WRITING = {"out", "summary", "store", "audit", "metrics", "report", "write", "plot", "export-model"}
READING = {"checkpoint", "elf", "model", "index", "recording", "firmware", "qemu", "config"}
for command in ("live", "replay", "features", "tune", "eval", "store", "outbox", "audit", "flash", "device", "cues", "config", "doctor",
                "devices"):
    text = tool(command, "--help")[1]
    named = set(re.findall(r"^  --([a-z-]+) \[?(?:FILE|FOLDER)", text, re.M))
    check(f"{command}: every option that names a file is known here", named <= WRITING | READING, named)

# what is written is its owner's only
os.umask(0)
made = [path("m.ndjson"), path("m.json"), path("m.png")]
code, _, err = tool("replay", call, "--json", "--out", made[0], "--summary", made[1], "--report", made[2])
check("outputs are private", code == 0 and all(os.stat(x).st_mode & 0o7777 == 0o600 for x in made), err)
os.mkdir(path("calls"))
os.link(call, path("calls/call.wav"))
code, _, err = tool("replay", path("calls"), "--out", path("results/a"), "--json")
results = [os.path.join(folder, x) for folder, folders, names in os.walk(path("results")) for x in folders + names]
check("results of a folder as well", code == 0 and len(results) == 5 and
      all(os.stat(x).st_mode & 0o077 == 0 for x in results), (results, err))
check.finish()
