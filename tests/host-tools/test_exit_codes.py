#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Exit codes: SPEC.md's table, the program's own list and its help name the same, and a command ends with each."""
import array
import contextlib
import hashlib
import json
import os
import pty
import re
import resource
import sqlite3
import struct
import subprocess
import tty

from headset import __file__ as HEADSET
from slots import RELEASE
from tool import BUILD, ENV, UNDERTONE, Checks, float_wav, model, path, tool, wav, write
from unit_double import Unit
from update_double import Headset

check = Checks()
ROOT = os.path.normpath(os.path.join(os.path.dirname(HEADSET), "..", ".."))
with open(os.path.join(ROOT, "docs/spec/commands.md"), encoding="utf-8") as f:
    section = re.search(r"^## Exit codes\n(.*?)^## ", f.read(), re.M | re.S)[1]
with open(os.path.join(ROOT, "host-tools/system/fault.h"), encoding="utf-8") as f:
    listed = {int(x) for x in re.findall(r"^    UT_EXIT_\w+ = (\d+)", f.read(), re.M)}
SPEC = {int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.+) \|$", section, re.M)}
check("SPEC.md has the program's codes", set(SPEC) == listed, set(SPEC) ^ listed)
named = tool("--help")[1].split("Exit codes: ")[1]
check("and so has --help", {int(x) for x in re.findall(r"\b(\d+) [a-z]", named)} == listed, named)
for word in re.findall(r"^  ([a-z]+) ", tool("--help")[1].split("Everywhere")[0], re.M):
    found = re.search(r"^Exit codes: (.*)", tool(word, "--help")[1], re.M | re.S)
    codes = {int(x) for x in re.findall(r"(?<!-)\b(\d+)\b(?= [a-z])", found[1])} if found else {0}
    check(f"{word} --help names only such", codes <= listed, codes - listed)

tone = array.array("h", [(i * i) % 2001 - 1000 for i in range(16000)])
call = wav("call.wav", [tone, tone])
TABLE = "path\tbegin_ms\tend_ms\tlabel\n"


def labels(name, *rows):
    return write(name, TABLE + "".join("\t".join(row) + "\n" for row in rows))


def image(board=b"f407"):
    """As SPEC.md "Image" has it, but for its SHA-256, which is right when nothing is said of it."""
    data = bytearray(0x200) + bytearray(96) + bytearray(400)
    struct.pack_into("<IHH4sBBBBHH4sIII20s", data, 0x200, 0x4D495455, 1, 96, board, 0, 1, 0, 0, 1, 0, b"u1", 1, len(data),
                     0x08000000, b"0123456789ab")
    data[0x240:0x260] = hashlib.sha256(data).digest()
    return write("image.bin", bytes(data))


def flash(code, named_as, written, *words):
    """`undertone flash` beside a stand-in for openocd, which says so of the chip and of what it wrote."""
    folder, usb = path(f"bin{code}"), path(f"usb{code}/1-1")
    os.mkdir(folder)
    os.makedirs(usb)
    os.symlink(os.path.join(os.path.dirname(HEADSET), "flash_standin.py"), os.path.join(folder, "openocd"))
    for name, text in (("idVendor", "0483"), ("idProduct", "374b"), ("serial", "AA11")):
        write(os.path.join(usb, name), text + "\n")
    scene = write(f"scene{code}", json.dumps([{"Word": "flash probe 0", "Says": named_as[0], "Code": named_as[1]},
                                             {"Word": "program", "Says": written[0], "Code": written[1]}]))
    return tool("flash", image(), *words, env={"PATH": folder, "UNDERTONE_USB": os.path.dirname(usb), "STANDIN": scene})


def stored(code, *statements):
    """`undertone store list` of one that another program has done that to, and still has open."""
    file = path(f"{code}.db")
    tool("replay", call, "--store", file)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as f:
        for statement in statements:
            f.execute(statement)
        return tool("store", "list", "--store", file)


def no_space(*words):
    done = subprocess.run([UNDERTONE, *words], capture_output=True, text=True, env=ENV, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)))
    return done.returncode, done.stdout, done.stderr


def unsent(code):
    """`undertone outbox send` of a store whose receiver is not there."""
    store, ini = path(f"{code}.db"), write(f"{code}.ini", f"[webhook]\nurl = http://127.0.0.1:1/\nkey_file = {write('key', KEY)}\n")
    os.chmod(path("key"), 0o600)
    tool("replay", call, "--store", store, "--webhook", "--config", ini)
    got, _, err = tool("outbox", "send", "--store", store, "--config", ini)
    return got, "", err


def no_certificate():
    os.close(os.open(path("own.key"), os.O_CREAT, 0o600))
    file = write("tls.ini", "[mqtt]\nbrokers = mqtt://127.0.0.1:1\nsite = s\ndevice = d\n"
                 f"cert_file = {write('own.crt', 'none')}\nkey_file = {write('own.key', 'none')}\n")
    return tool("serve", "--store", path("floor.db"), "--config", file)


KEY = "whsec_" + 32 * "A" + "\n"
master, slave = pty.openpty()
tty.setraw(slave)
NAMED = "Info : device id = 0x10076413\n", 0
def update(answer):
    """The developers' release to a headset that answers so; what is said of the way is not of interest."""
    with Headset(answer) as headset:
        code, _, err = tool("update", RELEASE, "--port", headset.port)
    return code, "", err


VERIFIED = "** Programming Finished **\n** Verified OK **\n", 0
PROTECTED = "Error: stm32x device protected\nError: failed erasing sectors 0 to 2\n", 1
with open(call, "rb") as f:
    whole = f.read()
ENDS = {
    0: lambda: tool("cues"),
    1: lambda: tool("replay", call, "--out", path("none/out")),
    2: lambda: tool("fly"),
    3: lambda: tool("live", "--port", path("none")),
    4: lambda: tool("device", "get", "id", "--port", os.ttyname(slave)),
    5: lambda: tool("audit", "verify", write("audit.log", "no record\n")),
    6: lambda: tool("live", "--tcp", "127.0.0.1:1", env={"UNDERTONE_SESSION_POLICY": "research"}),
    10: lambda: tool("replay", path("none.wav")),
    11: lambda: tool("replay", write("text.wav", "no audio\n" * 99)),
    12: lambda: tool("replay", write("empty.wav", "")),
    13: lambda: tool("features", write("short.wav", whole[:-4000])),
    14: lambda: tool("replay", wav("three.wav", [tone] * 3)),
    15: lambda: tool("replay", float_wav("nan.wav", [0.1] * 8000 + [float("nan")] + [0.1] * 8000)),
    16: lambda: tool("replay", wav("slow.wav", [tone], 4000)),
    17: lambda: tool("cues", "--config", write("bad.ini", "[empathy_cue\n")),
    18: lambda: tool("cues", "--config", write("key.ini", "[empathy_cue]\nnone = 1\n")),
    19: lambda: tool("replay", call, "--model", model("features.bin", [(6, 200)])),
    20: lambda: tool("tune", write("columns.tsv", "path\tlabel\ncall.wav\tnone\n")),
    21: lambda: tool("tune", labels("name.tsv", ("call.wav", "0", "500", "anger"))),
    22: lambda: tool("tune", labels("overlap.tsv", ("call.wav", "0", "500", "delight"), ("call.wav", "400", "600", "delight"))),
    23: lambda: tool("tune", labels("end.tsv", ("call.wav", "0", "5000", "delight"))),
    24: lambda: tool("flash", write("short.bin", "abc")),
    25: lambda: flash(25, NAMED, PROTECTED, "--no-hello"),
    26: lambda: flash(26, ("Info : device id = 0x20036410\n", 0), VERIFIED, "--no-hello"),
    27: lambda: flash(27, NAMED, ("** Verify Failed **\n", 1), "--no-hello"),
    28: lambda: flash(28, NAMED, VERIFIED, "--wait", "0.5", "--port", os.ttyname(slave)),
    29: lambda: tool("replay", call, "--model", write("none.bin", bytes(4000))),
    30: lambda: tool("replay", write("cut.wav", whole[:-4000])),
    31: lambda: tool("store", "list", "--store", write("text.db", "no store\n" * 999)),
    32: lambda: stored(32, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"),
    33: lambda: stored(33, "PRAGMA user_version = 9"),
    34: lambda: no_space("replay", call, "--store", path("small.db")),
    35: lambda: [tool("replay", call, "--store", path("twice.db"), "--contact-id", name) for name in ("a", "b")][1],
    36: lambda: unsent(36),
    37: lambda: tool("simulate", "--script", write("bad.script", "call a\n")),
    38: lambda: no_certificate(),
    39: lambda: update({"err": {"group": 1, "rc": 5}}),
    40: lambda: update({"err": {"group": 1, "rc": 25}}),
    41: lambda: update({"err": {"group": 1, "rc": 27}}),
    42: lambda: update({"rc": 10}),
    43: lambda: update(None),
    44: lambda: update({"err": {"group": 1, "rc": 9}}),
    45: lambda: tool("serve", "--store", "postgresql://127.0.0.1:1/x", "--config",
                     write("away.ini", "[mqtt]\nbrokers = mqtt://127.0.0.1:1\nsite = s\ndevice = serve\n")),
}


def provision(serial="UT-1", answers=None, board="mps2", words=(), env=None, given=""):
    """`undertone provision` of a unit that never was."""
    into = () if env else ("--flash", path("unit.flash"))
    with Unit(serial, board, answers) as unit:
        done = subprocess.run([UNDERTONE, "provision", os.path.join(BUILD, board if board == "mps2" else "nrf52840-dk"), "--serial",
                               "UT-1", "--port", unit.port, "--log", path("units.jsonl"), *into, *words], input=given, text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, env={**ENV, **(env or {})}, timeout=120)
    return done.returncode, "", done.stderr


def still_open():
    """A probe that reads what should be locked."""
    folder, usb = path("bin49"), path("usb49/1-1")
    os.mkdir(folder)
    os.makedirs(usb)
    os.symlink(os.path.join(os.path.dirname(HEADSET), "flash_standin.py"), os.path.join(folder, "openocd"))
    for name, text in (("idVendor", "1366"), ("idProduct", "1015"), ("serial", "A")):
        write(os.path.join(usb, name), text + "\n")
    scene = [{"Word": word, "Says": says, "Code": 0} for word, says in (("flash probe", "nRF52840"), ("program", "** Verified OK **"),
                                                                      ("dump_image", "dumped 16 bytes"))]
    return provision(board="n840", words=("--again", "--lock", "--development-key"), given="\n", env={
        "PATH": folder + ":" + os.environ["PATH"], "STANDIN": write("scene49", json.dumps(scene)), "UNDERTONE_USB": path("usb49")})


def taken():
    write("units.jsonl", '{"Serial": "UT-1", "Result": "passed"}\n')
    return provision()


def not_enrolled():
    """A desk whose token the site's file does not have."""
    key, token = path("fleet.key"), write("desk.token", 64 * "0" + "\n")
    os.chmod(token, 0o600)
    verifier = tool("enrol", "make-key", key, "fleet")[1].strip()
    tool("enrol", "desks", write("desks.txt", "a\n"), "--site", "s", "--key", key, "--settings", write("common.ini", "[mqtt]\nbrokers = mqtt://127.0.0.1\n"),
         "--out", path("s"))
    return tool("enrol", "join", path("s/site.enrol"), "--token-file", token, "--verifier", verifier)


ENDS.update({50: not_enrolled, 46: taken, 47: lambda: provision(answers={"starts": False}, words=("--again", "--wait", "0.3")),
             48: lambda: provision(answers={"random": "random 0"}, words=("--again",)), 49: still_open})
for code in sorted(set(ENDS) | set(SPEC)):
    got, out, err = ENDS[code]() if code in ENDS else (None, "", "")
    check(f"{code}: {SPEC.get(code)}", got == code and (code == 0) == (err == ""), (got, err))
    lines = err.splitlines()
    check(f"{code} is said in one line", code == 0 or (len(lines) == 1 and re.match(r"undertone: .+: .+", lines[0])), err)
os.close(slave)
os.close(master)
check.finish()
