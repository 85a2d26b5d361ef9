#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every command's declaration: each option is in its help, its man page and the completion; each mistake is one line."""
import os
import re
import shutil
import subprocess

from tool import Checks, HERE, tool, write

check = Checks()
SOURCES = os.path.join(HERE, "..", "..", "host-tools", "commands")
commands = re.findall(r"^  (\w+) ", tool("--help")[1].split("Commands:\n")[1].split("\n\n")[0], re.M)
found = []
for name in sorted(x[:-2] for x in os.listdir(SOURCES) if x.endswith(".c") and x != "commands.c"):
    with open(os.path.join(SOURCES, name + ".c"), encoding="utf-8") as f:
        found += re.findall(r"^const struct ut_command ut_command_(\w+) = ", f.read(), re.M)
check("a command for every file of the room", sorted(commands) == found, (commands, found))
with open(os.path.join(SOURCES, "..", "headset", "probe_choice.h"), encoding="utf-8") as f:
    shared = dict(re.findall(r'^#define (UT_\w+)\(\w+\)[^{]*(\{"[a-z-]+",\s*(?:NULL|"[^"]+"))', f.read(), re.M))  # rows of more than one command


def declared(word):
    """[(name, argument)] of the source's table."""
    with open(os.path.join(SOURCES, word + ".c"), encoding="utf-8") as f:
        table = re.search(r"^static const struct ut_option options\[\] = \{\n(.*?)^\};", f.read(), re.M | re.S).group(1)
    table = re.sub(r"^    (UT_\w+)\(", lambda m: "    " + shared[m[1]] + "\n    // ", table, flags=re.M)
    rows = re.findall(r'^    \{"([a-z-]+)",\s*(?:NULL|"([^"]+)")', table, re.M)
    assert len(rows) == len(re.findall(r'^    \{"', table, re.M)), word
    return [*rows, ("help", "")]


bash = tool("help", "--completion", "bash")[1]
zsh = tool("help", "--completion", "zsh")[1]
fish = tool("help", "--completion", "fish")[1]
for word in commands:
    code, text, err = tool(word, "--help")
    flat = " ".join(text.split())
    check(f"{word} --help", code == 0 and err == "" and text.startswith(f"usage: undertone {word} "), (code, err))
    check(f"{word} --help is at most 80 columns wide", max(map(len, text.splitlines())) <= 80)
    check(f"{word} --help ends with the exit codes", re.search(r"\nExit codes: 0 [^\n]*(\n[^\n]+)*\n\Z", text), text[-300:])
    page = tool("help", "--man", word)[1]
    options = declared(word)
    offered = re.search(rf"^    '{word} '\*\) .* options='(.*)' ;;$", bash, re.M).group(1).split()
    check(f"{word}: bash offers the options", offered == ["--" + name for name, _ in options], offered)
    in_zsh = re.search(rf"^    words:{word}\) _arguments(.*?) ;;$", zsh, re.M | re.S).group(1)
    for name, argument in options:
        value = " " + argument if argument else ""
        check(f"{word} --help has --{name}", re.search(rf"^  --{name}{re.escape(value)}(  |$)", text, re.M))
        in_page = rf"\fB\-\-{name}\fR" .replace(name, name.replace("-", r"\-"))
        in_page += rf" \fI{argument}\fR".replace("-", r"\-") if argument else ""
        check(f"{word}'s man page has --{name}", f".TP\n{in_page}\n" in page)
        check(f"zsh offers {word} --{name}", re.search(rf"'\*--{name}=?\[", in_zsh))
        check(f"fish offers {word} --{name}", f"__fish_seen_subcommand_from {word}' -l {name} " in fish)

    hint = f"; see `undertone {word} --help`"
    check.refused(f"{word}: an unknown option", tool(word, "--no-such-option=3"), 2,
                  f"undertone: {word}: --no-such-option: no such option{hint}")
    check.refused(f"{word}: a value for a flag", tool(word, "--help=3"), 2, f"undertone: {word}: --help: takes no value",
                  hint)
    check.refused(f"{word}: a short option that is none", tool(word, "-Q"), 2, f"undertone: {word}: -Q: no such option",
                  hint)
    dashed = tool(word, "-name.wav")
    check.refused(f"{word}: a file's name with a dash", dashed, 2, f"undertone: {word}: -name.wav: no such option", hint)
    if word in ("live", "replay", "features", "tune", "flash"):
        check(f"{word}: how to give it", "./-name.wav" in dashed[2], dashed)
    for name, argument in options:
        if argument and argument[0] != "[":
            check.refused(f"{word} --{name} without its value", tool(word, "--" + name), 2,
                          f"undertone: {word}: --{name}: needs a value, {argument}{hint}")
    for length in range(3, 6):
        starts = {}
        for name, _ in options:
            starts.setdefault("--" + name[:length - 2], []).append("--" + name)
        for start, names in starts.items():
            if len(names) > 1 and start not in names:
                check.refused(f"{word}: an ambiguous beginning", tool(word, start), 2,
                              f"undertone: {word}: {start}: could be {' or '.join(names)}; write more of it{hint}")
for word in ("cues", "config", "doctor", "eval"):
    check.refused(f"{word} takes no operand", tool(word, "x.wav"), 2, f"undertone: {word}: x.wav: takes options only")

if shutil.which("groff"):
    for words in ((), *((word,) for word in commands)):
        page = write("page.1", tool("help", "--man", *words)[1])
        done = subprocess.run(["groff", "-man", "-ww", "-Tascii", page], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
        check(f"groff formats the man page {' '.join(words)}", done.returncode == 0 and done.stderr == b"", done.stderr)

check.finish()
