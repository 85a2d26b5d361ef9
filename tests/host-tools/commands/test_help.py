#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone help`: the commands, one of them, its man page, the completion of a shell as the shell itself sees it."""
import os
import re
import shutil
import subprocess

from tool import Checks, path, tool, write

check = Checks()

code, out, err = tool("help")
check("help without a command is --help", code == 0 and out == tool("--help")[1] and err == "")
for word in ("replay", "cues", "help"):
    code, out, err = tool("help", word)
    check(f"help {word} is {word} --help", code == 0 and out == tool(word, "--help")[1] and err == "")
check.refused("help of no command", tool("help", "fly"), 2, "help: fly: no such command or topic; see `undertone help --help`")
pages = [line.split() for line in tool("help", "--pages")[1].splitlines()]
check("pages are named as man knows them", ["undertone", "undertone.1"] in pages and ["live", "undertone-live.1"] in pages and
      ["ini", "undertone.ini.5"] in pages and len(pages) == len({file for _, file in pages}) > 20, pages)
for word, file in pages:
    name, section = file.rsplit(".", 1)
    told = tool("help", "--man", word)
    head = '.TH %s %s "" ' % (name.upper().replace("-", "\\-"), section)
    check(f"{file} says so of itself", told[0] == 0 and told[1].startswith(head), told[1][:60])
check("a topic as text", tool("help", "events")[1].startswith("undertone-events: ") and tool("help", "undertone.ini") == tool("help", "ini"))
check.refused("help of two commands", tool("help", "cues", "live"), 2, "help: live: one command at a time")
check.refused("completion of no shell", tool("help", "--completion", "tcsh"), 2, "tcsh: no such shell", "zsh")
code, out, err = tool("help", "cues", "--config", "/nonexistent/none.ini")
check("a broken config does not matter", code == 0 and out.startswith("usage: undertone cues"), err)
with open("/dev/full", "w", encoding="ascii") as full:
    check("a full disk is said", tool("help", "--man", stdout=full)[0] == 1)

version = re.match(r"undertone [0-9.]+", tool("--version")[1]).group()
for words, title in (((), "UNDERTONE"), (("device",), r"UNDERTONE\-DEVICE")):
    code, out, err = tool("help", "--man", *words)
    check(f"man page {title}", code == 0 and out.startswith(f'.TH {title} 1 "" "{version}"\n')
          and ".SH EXIT STATUS\n" in out, out[:100])


script = write("undertone.bash", tool("help", "--completion", "bash")[1])
folder = path("complete")
os.makedirs(os.path.join(folder, "archive folder"))
for name in ("call one.wav", "note.txt"):
    write(os.path.join("complete", name), "")


def completed(*words):
    """What bash offers for the last word."""
    call = f'. {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _undertone undertone "${{@: -1}}" "${{@: -2:1}}"; ' \
           "printf '%s\\n' \"${COMPREPLY[@]}\""
    done = subprocess.run(["bash", "-c", call, "bash", "undertone", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, cwd=folder)
    return done.stderr or sorted(x for x in done.stdout.split("\n") if x)


files = ["archive folder", "call one.wav", "note.txt"]
for words, offered in (
        (("li",), ["live"]),
        (("dev",), ["device", "devices"]),
        (("--config", "no"), ["note.txt"]),
        (("--config", "x.ini", "rep"), ["replay"]),
        (("--config", "=", "x.ini", "rep"), ["replay"]),
        (("cues", "--config", ""), files),
        (("cues", "--j"), ["--json"]),
        (("cues", ""), ["--explain", "--help", "--json"]),
        (("help", "feat"), ["features"]), (("help", "cue"), ["cue-list", "cues"]),
        (("help", "--completion", ""), ["bash", "fish", "zsh"]),
        (("help", "--completion", "=", "z"), ["zsh"]),
        (("features", ""), files),
        (("features", "call"), ["call one.wav"]),
        (("features", "--o"), ["--out"]),
        (("features", "--out", ""), ["archive folder"]),
        (("features", "--out=x", "no"), ["note.txt"]),
        (("pair", "--seconds", ""), []),
        (("device", "s"), ["set", "swap"]),
        (("fly", ""), [])):
    check(f"bash completes {' '.join(words)}|", completed(*words) == offered, completed(*words))
if shutil.which("fish"):
    text = write("undertone.fish", tool("help", "--completion", "fish")[1])
    for line, offered in (("undertone li", "live\tcues of a call in progress"), ("undertone cues --j", "--json\tone JSON"),
                          ("undertone help --completion z", "zsh\t"), ("undertone features --out ", "archive folder/"),
                          ("undertone features call", "call one.wav"), ("undertone device reb", "reboot")):
        done = subprocess.run(["fish", "--no-config", "-c", f"source {text}; complete -C '{line}'"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, cwd=folder)
        check(f"fish completes {line}|", done.stdout.count("\n") == 1 and done.stdout.startswith(offered), done.stdout)
for shell in ("bash", "zsh", "fish"):
    if shutil.which(shell):
        text = write("script." + shell, tool("help", "--completion", shell)[1])
        done = subprocess.run([shell, "-n", text], stderr=subprocess.PIPE, check=False)
        check(f"{shell} reads its script", done.returncode == 0 and done.stderr == b"", done.stderr)

check.finish()
