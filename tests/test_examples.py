#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every command line that README.md, the pages of the first hour and the manual's show, run in a folder that has what they name. What needs a
headset, a broker or a person is named here with the reason; its options are looked up instead. Pages of the manual are
clean by mandoc's lint."""
import array
import os
import re
import shlex
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "host-tools")]
from tool import BUILD, ENV, UNDERTONE, Checks, path, speech, tool, wav, write  # noqa: E402

check = Checks()
ROOM = path("room")
PLACEHOLDERS = {"FOLDER": "site", "FILE": "call.audit", "/usr/share/undertone/packs/calm.ini": "calm.ini"}
# A line, by how it begins, that is not run, and why. Each stands in a document, or is a fault here.
NOT_RUN = {
    "undertone live --port": "a headset on a serial port",
    "undertone live --page": "a headset, and runs until it is told to end",
    "undertone live --customer-input": "a sound server with a microphone, and runs until it is told to end",
    "undertone live --tcp": "a simulated headset, and runs until it is told to end",
    "undertone serve": "an MQTT broker, and runs until it is told to end",
    "undertone label site": "a page, and runs until it is told to end",
    "undertone effect": "stores of twenty desks",
    "undertone simulate": "desks and headsets that go on until they are told to end",
    "undertone update": "headsets to update",
    "undertone pair": "a headset by Bluetooth, and a person to compare its code",
    "undertone device": "a headset",
    "undertone flash undertone.bin": "boards on their probes",
    "undertone provision": "a board at a station",
    "undertone flash --list": "a probe",
    "undertone flash IMAGE.bin": "a board on its probe",
    "undertone call": "a call in progress",
    "undertone customer show": "a customer whose calls are stored",
    "undertone eval --calls": "calls laid out from recordings, models/train/calls.py",
    "undertone enrol join": "a desk's own token",
    "undertone rollout open": "a fleet's key, and a ledger with desks",
    "undertone doctor": "a machine that is set up",
}


def furnish():
    """What the lines name, in one folder."""
    customer, agent = speech()
    for name in ("room/call.wav", "room/archive/one.wav"):
        wav(name, [agent, customer])
    rows = "path\tbegin_ms\tend_ms\tlabel\n"
    for i in range(12):  # louder and higher where it is marked
        raised = [max(-32768, min(32767, 2 * x)) for x in customer[i * 160::2]] * 2
        wav(f"room/site/{i}.wav", [array.array("h", list(agent) + [0] * len(raised)), array.array("h", list(customer) + raised)])
        rows += f"{i}.wav\t{len(customer) // 16}\t{(len(customer) + len(raised)) // 16}\tfrustration\n"
    write("room/site/labels.tsv", rows)
    write("room/labels.tsv", "path\tbegin_ms\tend_ms\tlabel\ncall.wav\t1000\t9000\tempathy_cue\n")
    for name in ("room/answers.tsv", "room/site/answers.tsv"):
        write(name, "path\tbegin_ms\tend_ms\tlabeller\tanswer\n" + "".join(f"{i}.wav\t0\t9000\t{who}\tnone\n" for i in range(3) for who in "AB"))
    wav("room/clip.wav", [customer])
    write("room/index.tsv", "path\tspeaker\ttarget\nclip.wav\ta\tother\n")
    for name in ("undertone.elf", "undertone.bin"):
        shutil.copy(os.path.join(BUILD, "mps2", name), os.path.join(ROOM, name))
    shutil.copy(os.path.join(HERE, "../host-tools/package/packs/calm.ini"), ROOM)
    for words in (["eval", "--export-model", "new.bin"], ["replay", "call.wav", "--store", "kept.db"]):
        assert run(words)[0] == 0, words
    write("room/call.audit", "")
    write("room/desks.txt", "desk-1\ndesk-2\n")
    write("room/common.ini", "[mqtt]\nbrokers = mqtts://broker.example\n")


def run(words):
    # What a pack changes, it changes for the pack's own lines.
    settings = {"XDG_CONFIG_HOME": os.path.join(ROOM, "packed")} if words[0] == "pack" else {}
    done = subprocess.run([UNDERTONE, *words], cwd=ROOM, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=200, check=False, env={**ENV, "UNDERTONE_STORE_FILE": os.path.join(ROOM, "kept.db"),
                                                         "XDG_CACHE_HOME": os.path.join(ROOM, "cache"), **settings})
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def shown(document):
    """Lines of four blanks and the program's name; what stands behind two blanks says what it is for."""
    with open(os.path.join(HERE, "..", document), encoding="utf-8") as f:
        return [re.split(r"  +", line.strip())[0] for line in f if line.startswith("    undertone ")]


def manual(page):
    """The samples of a page that are command lines."""
    out = tool("help", "--man", page)[1]
    lines = re.findall(r"^\.nf\n(.*?)\n\.fi$", out, re.M | re.S)
    return [line.replace("\\-", "-").replace("\\(ti", "~").replace("\\e", "\\") for line in lines if line.startswith("undertone ")]


os.makedirs(ROOM)
for below in ("archive", "site"):
    os.makedirs(os.path.join(ROOM, below))
furnish()
pages = [line.split() for line in tool("help", "--pages")[1].splitlines()]
documents = ["README.md"] + ["docs/first-hour/" + name for name in sorted(os.listdir(os.path.join(HERE, "../docs/first-hour"))) if name.endswith(".md")]
lines = {}
for document in documents:
    for line in shown(document):
        lines.setdefault(line, document)
for word, file in pages:
    for line in manual(word):
        lines.setdefault(line, file)
check("documents show command lines", len(lines) > 40 and any(x.endswith(".1") for x in lines.values()), len(lines))
seen = set()
for line, where in lines.items():
    reason = next((start for start in NOT_RUN if (line + " ").startswith(start + " ")), None)
    words = shlex.split(line)[1:]
    if reason is not None:
        seen.add(reason)
        told = tool("help", words[0])[1]
        unknown = [w for w in words if w.startswith("--") and not re.search(rf"^  {re.escape(w.split('=')[0])}\b", told, re.M)]
        check(f"{where}: {line}: its options exist", told and not unknown, unknown)
        continue
    code, _, err = run([PLACEHOLDERS.get(w, w) for w in words])
    check(f"{where}: {line}", code == 0, (code, err))
check("nothing is excused that stands nowhere", not set(NOT_RUN) - seen, sorted(set(NOT_RUN) - seen))

for word, file in pages:
    text = tool("help", "--man", word)[1].replace(' "" ', ' "2026-01-01" ', 1)
    done = subprocess.run(["mandoc", "-T", "lint"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    check(f"{file} is clean by mandoc -T lint", done.returncode == 0 and done.stdout == "", done.stdout[:300])
check.finish()
