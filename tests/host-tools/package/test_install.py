#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make install` into a folder, the program run from there, `make uninstall`: nothing is left but changed settings."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from tool import BUILD, ENV, Checks, path, tool  # noqa: E402

ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
check = Checks()


def make(*words):
    """(exit code, output, errors)"""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DESTDIR", "PREFIX")}
    done = subprocess.run(["make", "--no-print-directory", "-C", ROOT, f"BUILD={os.path.relpath(BUILD, ROOT)}", *words],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
                          timeout=200, check=False)
    return done.returncode, done.stdout, done.stderr


def files(folder):
    return sorted(os.path.relpath(os.path.join(where, name), folder) for where, _, names in os.walk(folder) for name in names)


def text(name):
    with open(name, encoding="utf-8") as f:
        return f.read()


place = path("a place with blanks")
to = (f"DESTDIR={place}", "PREFIX=/opt/undertone")
code, out, err = make("install", *to)
check("make install", code == 0 and out + err == "", out + err)
root, settings = os.path.join(place, "opt/undertone"), os.path.join(place, "etc/undertone/undertone.ini")
there = files(root)
commands = re.findall(r"^  ([a-z]+) ", tool("help")[1].split("Everywhere:")[0], re.M)
check("commands are found", {"live", "replay", "help"} <= set(commands), commands)
wanted = ["bin/undertone", "lib/udev/rules.d/70-undertone.rules", "share/man/man1/undertone.1",
          "share/bash-completion/completions/undertone", "share/zsh/site-functions/_undertone",
          "share/fish/vendor_completions.d/undertone.fish", "share/doc/undertone/LICENSE", "share/doc/undertone/README.md"]
wanted += [f"share/man/man1/undertone-{c}.1" for c in commands]
wanted += ["share/undertone/packs/calm.ini", "share/undertone/packs/coach.ini"]
wanted += ["share/man/man5/undertone.ini.5", "share/man/man7/undertone-events.7", "share/man/man7/undertone-cues.7"]
check("everything is there", not set(wanted) - set(there), sorted(set(wanted) - set(there)))
modes = {name: os.stat(os.path.join(root, name)).st_mode & 0o777 for name in there}
check("modes", all(mode == (0o755 if name.startswith("bin/") else 0o644) for name, mode in modes.items()), modes)

program = os.path.join(root, "bin/undertone")
done = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, env=ENV, check=False)
check("the program runs from there", done.returncode == 0 and done.stdout == tool("--version")[1], done.stdout)
check("its settings are read", tool("--config", settings, "config") == (0, tool("config")[1], ""), tool("--config", settings, "config"))
said = re.sub(r"^#(?=\w+ = )", "", text(settings), flags=re.M)
with open(path("said.ini"), "w", encoding="utf-8") as f:
    f.write(said)
code, out, err = tool("--config", path("said.ini"), "config")
check("what they offer is known", said.count(" = ") >= 3 and code == 0 and out != tool("config")[1], err)
dated = re.match(r'\.TH UNDERTONE 1 "\d{4}-\d\d-\d\d" ', text(os.path.join(root, "share/man/man1/undertone.1")))
check("pages of the manual have a date", dated is not None)
rules = text(os.path.join(root, "lib/udev/rules.d/70-undertone.rules"))
known = re.findall(r"\{0x(\w{4}), (-1|0x\w{4}), UT_PROBE", text(os.path.join(ROOT, "host-tools/headset/usb_probes.c")))
rows = re.findall(r'^ATTRS\{idVendor\}=="(\w{4})"(?:, ATTRS\{idProduct\}=="(\w{4})")?, TAG\+="uaccess"$', rules, re.M)
check("a rule for every probe", len(known) > 8 and rows == [(v.lower(), "" if p == "-1" else p[2:].lower()) for v, p in known], rows)
check("rules come before those that give access", "70-" < "73-seat-late.rules" and rules.endswith('LABEL="undertone_end"\n'))

with open(settings, "a", encoding="utf-8") as f:
    f.write("[session]\npolicy = research\n")
code, out, err = make("install", *to)
check("a second install keeps changed settings", code == 0 and "policy = research\n" in text(settings)
      and "undertone.ini: was changed, and stays as it is\n" in out and out.count("\n") == 1, out + err)
code, out, err = make("uninstall", *to)
check("uninstall leaves changed settings alone", code == 0 and files(place) == ["etc/undertone/undertone.ini"], files(place))
check("and says so", "undertone.ini: was changed, and stays as it is\n" in out, out)
os.remove(settings)
check("install again", make("install", *to)[0] == 0 and files(root) == there)
check("uninstall", make("uninstall", *to)[0] == 0)
left = [os.path.join(where, name) for where, folders, names in os.walk(place) for name in folders + names]
check("nothing is left", files(place) == [] and not [x for x in left if x.endswith(("etc/undertone", "doc/undertone"))], left)
code, out, err = make("install", f"DESTDIR={place}", "PREFIX=opt")
check("a prefix that is no path", code == 2 and "PREFIX is 'opt'; give a path from the root" in err, err)

check.finish()
