#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""undertone pack: the packs that ship, installed, in force, removed; own settings come after one; what may not be installed."""
import os
import re

from tool import HERE, Checks, path, tool, write

check = Checks()
PACKS = os.path.normpath(os.path.join(HERE, "..", "..", "host-tools", "package", "packs"))
check("two ship", sorted(os.listdir(PACKS)) == ["calm.ini", "coach.ini"], os.listdir(PACKS))
HOME = {"XDG_CONFIG_HOME": path("home")}
there = os.path.join(path("home"), "undertone", "pack.ini")
calm, coach = (os.path.join(PACKS, x) for x in ("calm.ini", "coach.ini"))

for name, says in (("calm", "Wenigste Einblendungen"), ("coach", "Zum Üben")):
    code, out, err = tool("pack", "check", os.path.join(PACKS, name + ".ini"), env={**HOME, "UNDERTONE_DISPLAY_LANGUAGE": "de"})
    check(f"{name} can be installed", code == 0 and err == "" and re.search(r"sha256 [0-9a-f]{64}", out), (out, err))
    check(f"{name} says what it is for, in German", says in out, out)
    check(f"{name} says what was measured, with n, and how", out.count("precision ") == 8 and ", n 12" in out and "measured by: " in out, out)
    with open(os.path.join(PACKS, name + ".ini"), encoding="utf-8") as f:
        text = f.read()
    for language in ("en", "de", "fr", "es"):
        purpose = re.search(rf"^for{'' if language == 'en' else '.' + language} = (.+)$", text, re.M)[1]
        out = tool("pack", "check", os.path.join(PACKS, name + ".ini"), env={**HOME, "UNDERTONE_DISPLAY_LANGUAGE": language})[1]
        check(f"{name} says all of what it is for, {language}", out.startswith(f"{name}: {purpose}\n"), out)
    check(f"{name} speaks all languages", all(f"[text.{x}]" in text for x in ("en", "de", "fr", "es")) and
          all(f"for.{x} = " in text for x in ("de", "fr", "es")))
check("a check installs nothing", not os.path.exists(there))


def shown(cue, env=None):
    out = tool("cues", env={**HOME, **(env or {})})[1]
    return re.search(rf"^{cue} .*?\n  show +(\w+)", out, re.M | re.S)[1]


before = shown("customer_raised_voice")
check("installed", tool("pack", "install", calm, env=HOME)[0] == 0 and os.path.exists(there))
check("its numbers are in force", before == "popup" and shown("customer_raised_voice") == "gauge")
said = tool("cues", "--explain", env={**HOME, "UNDERTONE_DISPLAY_LANGUAGE": "fr"})[1]
check("and its words", "Le client a peut-être besoin d'un instant" in said, said[:600])
check("own settings come after it", shown("customer_raised_voice", {"UNDERTONE_CUSTOMER_RAISED_VOICE_SHOW": "popup"}) == "popup")
check("where a number comes from is said", "pack.ini:" in tool("config", "--show-origin", env=HOME)[1])
check("another takes its place", tool("pack", "install", coach, env=HOME)[0] == 0 and shown("good_moment") == "popup"
      and shown("customer_raised_voice") == "popup")
check.refused("one that is not installed", tool("pack", "remove", "calm", env=HOME), 10, "coach is")
check("removed by its file", tool("pack", "remove", coach, env=HOME)[0] == 0 and not os.path.exists(there) and shown("good_moment") == "off")
check.refused("twice", tool("pack", "remove", "coach", env=HOME), 10, "no pack is installed")

with open(calm, encoding="utf-8") as f:
    text = f.read()
changed = write("changed.ini", text.replace("budget = 1\n", "budget = 2\n"))
check.refused("what was changed", tool("pack", "install", changed, env=HOME), 18, "sha256 is ")
law = write("law.ini", text.replace("[empathy_cue]\nhold", "[empathy_cue]\non = 0.2\noff = 0.6\nhold"))
check.refused("what breaks a law of the cues", tool("pack", "install", law, env=HOME), 18, "is above")
foreign = write("foreign.ini", text + "[webhook]\nurl = https://evil.example/\n")
check.refused("what is not a pack's", tool("pack", "install", foreign, env=HOME), 18, "[webhook] url is not a pack's to set")
os.mkfifo(path("fifo.ini"))
check.refused("what may never begin", tool("pack", "install", path("fifo.ini"), env=HOME), 17, "fifo.ini: is no file")
check.refused("what live would end at, with what this machine sets", tool("pack", "install", calm, env={**HOME, "UNDERTONE_DISPLAY_MINIMUM": "50"}),
              18, "is above")
check.refused("what is not there", tool("pack", "check", path("none.ini"), env=HOME), 17, "none.ini")
check.refused("no word", tool("pack"), 2, "check, install or remove")
check("none of them is installed", not os.path.exists(there))
tool("pack", "install", calm, env=HOME)
with open(there, "a", encoding="utf-8") as f:
    f.write("; by hand\n")
check.refused("one that was changed where it lies ends a start with its name", tool("cues", env=HOME), 18, "pack.ini: sha256 is ")
check("and can be removed", tool("pack", "remove", "calm", env=HOME)[0] == 0 and tool("cues", env=HOME)[0] == 0)
for what in (b"", b"no pack at all", b"\0" * 70000):
    with open(there, "wb") as f:
        f.write(what)
    check("what cannot be read where it lies can be removed by any name", tool("cues", env=HOME)[0] != 0 and
          tool("pack", "remove", "calm", env=HOME)[0] == 0 and not os.path.exists(there) and tool("cues", env=HOME)[0] == 0, what[:20])
check.finish()
