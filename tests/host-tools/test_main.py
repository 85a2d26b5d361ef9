#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone` itself: help, versions, --config, and refusals that no subcommand makes."""
import re

from tool import Checks, path, tool, write

check = Checks()

code, out, err = tool("--help")
check("--help ends well, on standard output", code == 0 and out.startswith("usage: undertone") and err == "", err)
for word in ("live", "replay", "features", "eval", "tune", "cues", "config", "pair", "flash", "device",
             "devices", "doctor"):
    check(f"--help names {word}", re.search(rf"^  {word} ", out, re.M))
    code, text, err = tool(word, "--help")
    check(f"{word} --help names its exit codes", "Exit codes: 0 " in text and max(map(len, text.splitlines())) <= 120)
    check(f"{word} --help", code == 0 and text.startswith(f"usage: undertone {word}") and err == "", (code, err))
for number in (*range(5), 6, *range(10, 30)):
    check(f"--help explains exit code {number}", re.search(rf"\b{number} [a-z]", out))
check("no line of --help is wider than 120", max(map(len, out.splitlines())) <= 120)

code, text, err = tool("--version")
check("--version", code == 0
      and re.fullmatch(r"undertone \d+\.\d+\.\d+, features \d+, model \S+ \([0-9a-f]{8}\)\n"
                       r"(Not for commercial use|May be used for any purpose)[^\n]+\.\n", text), text)

code, text, err = tool()
check("no command: help on standard error", code == 2 and text == "" and "usage: undertone" in err)
check.refused("an unknown command", tool("fly"), 2, "fly: no such command")
check.refused("an unknown option", tool("cues", "--fly"), 2, "--fly")
check.refused("--config without a file", tool("cues", "--config"), 2, "--config: needs a value, FILE")

with open("/dev/full", "w", encoding="ascii") as full:
    for word in ("--version", "--help", "-h", "help", "cues", "cues --help", "config", "doctor"):
        code, text, err = tool(*word.split(), stdout=full)
        check(f"{word}: a full disk is said", code == 1 and err.count("No space left") == 1, (code, err))

missing = path("none.ini")
check.refused("a config file that is not there", tool("cues", "--config", missing), 17, f"{missing}: ", "; check")
check.refused("a folder as config file", tool("cues", "--config", path("")), 17)
bad = write("bad.ini", "[empathy_cue]\non = 0.7\n\nonn = 3\n")
for words in (("cues", "--config", bad), ("--config", bad, "cues"), ("cues", f"--config={bad}"),
              ("replay", "x.wav", "--config", bad)):
    check.refused("an unknown key: " + " ".join(words), tool(*words), 18, f"{bad}:4: unknown key 'onn'")
check.refused("an unknown setting in the environment", tool("cues", env={"UNDERTONE_EMPATHY_CUE_ONN": "1"}), 18,
              "UNDERTONE_EMPATHY_CUE_ONN")
code, text, err = tool("doctor", "--config", bad)
check("doctor runs with a broken config and reports it", "bad.ini:4" in err + text and "usage" not in err, err)

check.finish()
