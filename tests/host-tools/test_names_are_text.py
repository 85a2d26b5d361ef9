#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Names of files do nothing to a terminal, forge no line and are no formula, whatever is printed or written of them."""
import csv
import json
import os
import subprocess

from tool import ENV, UNDERTONE, Checks, path, speech, tool, wav, write

check = Checks()
customer, agent = speech()
EVIL = ["a\nundertone: forged", "b\x1b[2J\x1b]0;title\x07", "c\rforged", "d\x9b31m", "e\u202egnp", "\u2028f"]
CONTROL = set(map(chr, list(range(0x20)) + list(range(0x7F, 0xA0)))) | set("\u2028\u2029\u202e")


def is_clean(text):
    return not (CONTROL - {"\n", "\t"}) & set(text)


for name in EVIL:
    call = wav(f"{name}.wav", [agent, customer])
    code, out, err = tool("devices", path(name), "--seconds", "0")
    check(f"devices says {name!r} in its two lines", code == 3 and len(out.splitlines()) == 2 and is_clean(out)
          and "serial port" in out, out)
    code, out, err = tool("devices", path(name), "--seconds", "0", "--json")
    check(f"and in JSON {name!r}", len(out.splitlines()) == 1 and is_clean(out)
          and all(is_clean(json.loads(out)[x]) and json.loads(out)[x] for x in ("Port", "Fault")), out)
    usual = tool("replay", wav("plain.wav", [agent, customer]))
    formats = ("csv", "call", "labels", "textgrid", "emotionml", "webvtt", "rttm")
    for words in [("replay", call), ("replay", call, "--json")] + [("replay", call, "--format", x) for x in formats]:
        code, out, err = tool(*words)
        check(f"{words[0]} {name!r} {words[2:]}", code == 0 and is_clean(out + err) and "\nforged" not in out + err
              and not any(x.startswith("undertone: forged") for x in (out + err).splitlines()), (out[:200], err))
    code, out, err = tool("replay", call)
    check(f"{name!r}: as many lines as of a plain name", (len(out.splitlines()), len(err.splitlines()))
          == (len(usual[1].splitlines()), len(usual[2].splitlines())), (out, err))
    cut = write(f"{name}.flac", "no audio\n" * 99)
    for words in (("replay", cut), ("features", cut), ("replay", path(name)), ("tune", path(name)), ("flash", path(name)),
                  ("eval", "--index", path(name)), ("config", "--config", path(name)), ("replay", call, f"--{name}"),
                  (name,), ("live", "--port", path(name)), ("live", "--qemu", path(name)), ("help", name)):
        code, out, err = tool(*words)
        check(f"{words[0]!r} says {name!r} in one line", code != 0 and len(err.splitlines()) == 1 and is_clean(err),
              (code, err))
    os.remove(call)
    os.remove(cut)

# a folder of them
FORMULAS = ["=1+1", "+441234", "-2", "@SUM(A1)", "\tx", "=a,b", '="x"']
folder = path("folder")
os.mkdir(folder)
for name in EVIL + FORMULAS:
    os.link(path("plain.wav"), os.path.join(folder, f"{name}.wav"))
    write(os.path.join(folder, f"{name}.flac"), "no audio\n" * 99)
done = subprocess.run([UNDERTONE, "replay", folder, "--out", path("out"), "--format", "csv"], capture_output=True, env=ENV,
                      timeout=120, check=False)
err = done.stderr.decode()
check("a line of plain text for each that failed", done.returncode == 1 and is_clean(err)
      and len(err.splitlines()) == len(EVIL + FORMULAS), err)


def fields(file):
    with open(file, encoding="utf-8", newline="") as f:
        return [x for row in csv.reader(f) for x in row[:1] + row[3:4]]


found = fields(path("out/summary.csv"))
check("no field of text in summary.csv is a formula", len(found) == 2 + 4 * len(EVIL + FORMULAS) and
      not [x for x in found if x[:1] in tuple("=+-@\t\r") and x], found)
check("nor is its content lost", all(f"'{x}.wav".replace("\t", "?") in found for x in FORMULAS), found)
with open(path("out/summary.csv"), encoding="utf-8") as f:
    rows = f.read().split("\n")
check("a row is a line, whatever the names", len(rows) == 2 + 2 * len(EVIL + FORMULAS) and is_clean("".join(rows)), rows)
os.chdir(folder)
for name in FORMULAS:
    code, out, err = tool("replay", f"./{name}.wav", "--csv")
    check(f"--csv of {name}", code == 0 and out.splitlines()[1][:1] in "./\"", (code, err))
check.finish()
