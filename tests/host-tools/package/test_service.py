#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the packages add to the program: settings and command lines that it takes, images with their hashes, build dependencies
that are those of tests/setup.sh."""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from tool import UNDERTONE, Checks, path, tool, write  # noqa: E402

ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
PACKAGE = os.path.join(ROOT, "host-tools", "package")
check = Checks()


def text(*names):
    with open(os.path.join(*names), encoding="utf-8") as f:
        return f.read()


code, out, err = tool("--config", os.path.join(PACKAGE, "serve.ini"), "config")
check("the service's settings are known", code == 0 and "store = /var/lib/undertone/floor.db" in out, err)
said = re.sub(r"^#(?=\w+ = )", "", text(PACKAGE, "serve.ini"), flags=re.M)
code, out, err = tool("--config", write("serve.ini", said), "config")
check("those that it offers, too", code == 0 and "page = 8080 " in out, err)
units = glob.glob(os.path.join(PACKAGE, "debian", "*.service"))
check("there are both units", len(units) == 2, units)
for unit in units:
    words = re.search(r"^ExecStart=/usr/bin/undertone (.*)$", text(unit), re.M).group(1).split()
    command = next(w for i, w in enumerate(words) if not w.startswith("--") and (i == 0 or words[i - 1] != "--config"))
    told = tool("help", command)[1]
    unknown = [w for w in words[words.index(command):] if w.startswith("--") and not re.search(rf"^  {w}\b", told, re.M)]
    check(f"{os.path.basename(unit)} starts what there is", told and not unknown, unknown)

# A site for each instance.
made = subprocess.run([os.path.join(PACKAGE, "template.sh"), os.path.join(PACKAGE, "debian", "undertone-service.undertone-serve.service")],
                      stdout=subprocess.PIPE, text=True, check=True).stdout
plain = text(PACKAGE, "debian", "undertone-service.undertone-serve.service").splitlines()
more = [x for x in made.splitlines() if x not in plain]
gone = [x for x in plain if x not in made.splitlines()]
check("the template is the unit, with a site", len(gone) == 2 and gone[0] == plain[1] and gone[1].startswith("# Brokers elsewhere") and len(more) == 7, (gone, more))
env = dict(x.split("=", 1) for line in re.findall(r"^Environment=(.*)$", made, re.M) for x in line.replace("%i", "berlin").split())
code, out, err = tool("--config", os.path.join(PACKAGE, "serve.ini"), "config", env=env)
check("a site's files are its own", "audit = /var/lib/undertone/audit-berlin.jsonl " in out and "metrics = /run/undertone-berlin/serve.prom " in out
      and "RuntimeDirectory=undertone-%i" in more, (out[-3000:], err))
check("its site is the instance", code == 0 and "site = berlin " in out and "device = serve-berlin " in out, (out[-3000:], err))
if shutil.which("systemd-analyze"):  # with the program where it is here; a template is tried as an instance
    unit = write("undertone-serve@.service", re.sub(r"ExecStart=\S+", f"ExecStart={UNDERTONE}", re.sub(r"^Documentation=.*\n", "", made, flags=re.M)))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    check("systemd has no remark on it", done.returncode == 0 and done.stdout == "", done.stdout)

for board, files in (("one", ("undertone.bin", "undertone.update", "boot.bin")), ("two", ("undertone.bin",)), ("three", ("boot.bin",))):
    for name in files:
        os.makedirs(path(f"built/{board}"), exist_ok=True)
        write(f"built/{board}/{name}", board + name)
done = subprocess.run([os.path.join(PACKAGE, "images.sh"), path("built"), path("images")], stderr=subprocess.PIPE, text=True, check=False)
hashes = text(path("images"), "SHA256SUMS")
names = ["one/boot.bin", "one/undertone.bin", "one/undertone.update", "two/undertone.bin"]
check("images of boards that have one", done.returncode == 0 and re.findall(r"  (.*)$", hashes, re.M) == names, hashes)
check("with their hashes", hashlib.sha256(b"oneboot.bin").hexdigest() + "  one/boot.bin\n" in hashes, hashes)

wanted = set(re.findall(r"\b[\w.+-]+-dev\b", re.search(r'^demo="(.*?)"', text(ROOT, "tests", "setup.sh"), re.M | re.S).group(1))) - {"libc6-dev"}
named = set(re.findall(r"^ ([\w.+-]+-dev),?$", text(PACKAGE, "debian", "control"), re.M))
check("the package is built with the set-up's libraries", wanted == named and len(wanted) > 10, wanted ^ named)

check.finish()
