#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone flash` beside stand-ins for the tools and a made-up USB: every way it ends, and that nothing is written to
the wrong chip. The words are those of openocd 0.12, stlink-tools 1.7 and dfu-util 0.11."""
import fcntl
import hashlib
import json
import os
import pty
import re
import signal
import struct
import subprocess
import threading
import time
import tty

from headset import __file__ as HEADSET
from headset import HELLO, VERSION, frame
from tool import ENV, UNDERTONE, Checks, path, tool, write

check = Checks()
STANDIN = os.path.join(os.path.dirname(HEADSET), "flash_standin.py")
CRC = 0x1234ABCD
COPY = r"/tmp/undertone-\w{6}/image\.bin"  # under a name of the program's own, and private
count = 0


def image(board=b"f407", address=0x08000000, damage=False):
    """A raw image as SPEC.md "Image" has it."""
    data = bytearray(os.urandom(0x200)) + bytearray(96) + bytearray(range(256)) * 4
    struct.pack_into("<IHH4sBBBBHH4sIII20s", data, 0x200, 0x4D495455, 1, 96, board, 0, 1, 0, 0, 1, 0, b"u1", CRC, len(data),
                     address, b"0123456789ab")
    data[0x240:0x260] = hashlib.sha256(data).digest()
    if damage:
        data[-1] ^= 1
    global count
    count += 1
    return write(f"image{count}.bin", bytes(data))


def hello(board=b"f407", patch=0, crc=CRC):
    body = struct.pack("<BBBHI4s4s", 0, 1, patch, 1, crc, b"u1", board)
    return frame((bytes([VERSION << 4 | HELLO, 0]) + body).ljust(20, b"\0"))


def usb(*probes):
    """A folder like the kernel's: (vendor, product, serial, name of its serial line or None)."""
    global count
    count += 1
    root = path(f"usb{count}")
    os.mkdir(root)
    for i, (vendor, product, serial, line) in enumerate(probes):
        device = os.path.join(root, f"1-{i}")
        os.mkdir(device)
        for name, text in (("idVendor", vendor), ("idProduct", product), ("serial", serial)):
            if text is not None:
                write(os.path.join(device, name), text + "\n")
        if line:
            os.makedirs(os.path.join(device, f"1-{i}:1.2", "tty", line))
    return root


STLINK = ("0483", "374b", "AA11", None)
STLINK2 = ("0483", "374b", "BB22", None)
JLINK = ("1366", "1051", "1050", None)
DFU = ("0483", "df11", "DD44", None)


def bin_folder(*names):
    global count
    count += 1
    folder = path(f"bin{count}")
    os.mkdir(folder)
    for name in names:
        os.symlink(STANDIN, os.path.join(folder, name))
    return folder


class Board(threading.Thread):
    """A board's serial line: silent, then says hello again and again once the stand-in has started it. With late, its
    line gets that name only a moment after the start."""

    def __init__(self, scene, says, before=b"", late=None):
        super().__init__(daemon=True)
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.line, self.scene, self.says, self.stop, self.late = os.ttyname(slave), scene, says, False, late
        os.write(self.master, before)
        self.start()

    def run(self):
        while not self.stop:
            if os.path.exists(self.scene + ".booted"):
                if self.late and not os.path.lexists(self.late):
                    time.sleep(0.3)
                    os.symlink(self.line, self.late)
                os.write(self.master, self.says)
            time.sleep(0.05)


def act(word, says, code=0, does=""):
    return {"Word": word, "Says": says, "Code": code, "Does": does}


NAMED = act("flash probe 0", "Info : device id = 0x10076413\nInfo : flash size = 1024 KiB\n")
WRITTEN = act("program", "** Programming Finished **\n** Verify Started **\n** Verified OK **\n** Resetting Target **\n", 0,
              "boot")


def flash(scene, *words, probes=(STLINK,), tools=("openocd",), says=None, port=True, before=b"", locked=False,
          late=False):
    """((exit code, out, err), the tools' command lines)"""
    global count
    count += 1
    name = write(f"scene{count}", json.dumps(scene))
    board = Board(name, hello() if says is None else says, before, path(f"tty{count}") if late else None) if port else None
    if port:
        words = ("--port", board.late or board.line) + words
        if locked:
            holder = os.open(board.line, os.O_RDWR | os.O_NOCTTY)
            fcntl.flock(holder, fcntl.LOCK_EX)
    done = tool("flash", *words, env={"PATH": bin_folder(*tools), "UNDERTONE_USB": usb(*probes), "STANDIN": name})
    if board:
        board.stop = True
    calls = []
    if os.path.exists(name + ".calls"):
        with open(name + ".calls", encoding="utf-8") as f:
            calls = [json.loads(x) for x in f]
    return done, calls


GOOD, NRF = image(), image(b"n840", 0)

# what it does when all goes well
(code, out, err), calls = flash([NAMED, WRITTEN], GOOD)
check("openocd: written, compared, hello", code == 0 and err == "" and "firmware 0.1.0, model 1234abcd" in out, (code, out, err))
check("the chip is named before it is written", len(calls) == 2 and "flash probe 0" in calls[0][-1] and
      re.fullmatch(r"program \{%s\} verify reset exit 0x08000000" % COPY, calls[1][-1]), calls)
check("the only probe needs no serial number", not any("serial" in w for c in calls for w in c), calls)
check("configuration of probe and chip", calls[0][1:7] == ["-f", "interface/stlink.cfg", "-c", "transport select hla_swd", "-f",
                                                           "target/stm32f4x.cfg"], calls[0])

(code, out, err), _ = flash([NAMED, WRITTEN], GOOD, before=hello(patch=9))
check("a hello from before the reset does not count", code == 0, (code, err))
(code, out, err), _ = flash([NAMED, WRITTEN], GOOD, says=hello(patch=9) + hello())
check("nor does one that the old firmware says while the tool is on its way", code == 0, (code, err))
(code, out, err), _ = flash([NAMED, WRITTEN], GOOD, "--wait", "10", late=True)
check("a USB line may come a moment after the reset", code == 0 and "model 1234abcd" in out, (code, out, err))

(code, out, err), calls = flash([NAMED, WRITTEN], GOOD, "--probe", "BB22", "--json", probes=(STLINK, STLINK2))
line = json.loads(out)
check("a probe by name", code == 0 and "adapter serial {BB22}" in calls[0] and line["Probe"] == "BB22" and line["Hello"] and
      line["Written"] and line["Code"] == 0, (out, err, calls))
check("which says what was written", line["ModelCrc32"] == f"{CRC:08x}" and line["Firmware"].count(".") == 2 and
      line["Tool"] == "openocd", line)

INFO = "Found 1 stlink programmers\n  version:    V2J37S7\n  serial:     AA11\n  flash:      1048576\n  chipid:     0x0413\n"
JOLLY = "2026-01-01T00:00:00 INFO common.c: Flash written and verified! jolly good!\n"
(code, out, err), calls = flash([act("--probe", INFO), act("write", JOLLY, 0, "boot")], GOOD, tools=("st-flash", "st-info"))
check("st-flash when openocd is not there", code == 0 and calls[0] == ["st-info", "--probe"] and len(calls) == 2 and
      calls[1][:3] + calls[1][4:] == ["st-flash", "--reset", "write", "0x08000000"] and re.fullmatch(COPY, calls[1][3]),
      (code, err, calls))

LIST = 'Found DFU: [0483:df11] ver=2200, alt=0, name="@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg", serial="DD44"\n'
DONE = "Download done.\nFile downloaded successfully\n"
scene = [act("-U ", "Upload done.\n", 0, "back boot"), act("-D ", DONE, 0, "keep"), act("-l", LIST)]
(code, out, err), calls = flash(scene, GOOD, probes=(DFU,), tools=("openocd", "dfu-util"))
check("dfu-util for a board in its boot loader", code == 0 and [c[0] for c in calls] == ["dfu-util"] * 3, (code, err, calls))
check("what was written is read back to its length", calls[2][6] == f"0x08000000:{os.path.getsize(GOOD)}:leave", calls[2])
scene[0] = act("-U ", "Upload done.\n", 0, "spoil")
(code, out, err), _ = flash(scene, GOOD, probes=(DFU,), tools=("dfu-util",))
check("and one bit of difference is found", code == 27 and "differs from the image" in err, (code, err))

# what was judged is what is written: here the file changes in between
odd = write("a}; exec touch pwned; {b.bin", open(GOOD, "rb").read())
scene = [act("-U ", "Upload done.\n", 0, "back boot"), act("-D ", DONE, 0, "keep"), act("-l", LIST, 0, "change " + odd)]
(code, out, err), calls = flash(scene, odd, probes=(DFU,), tools=("dfu-util",))
kept = [x for x in os.listdir(path("")) if x.endswith(".flash")]
with open(path(max(kept, key=lambda x: os.path.getmtime(path(x)))), "rb") as f, open(GOOD, "rb") as g:
    check("what was judged is what is written", code == 0 and f.read() == g.read(), (code, err))
with open(odd, "rb") as f:
    check("though the file is another by now", f.read() == b"changed")
check("the name of the file reaches no tool, the copy is gone", not any("pwned" in w for c in calls for w in c) and
      not os.path.exists(os.path.dirname(calls[1][-1])), calls)

# a device says what it likes of itself
EVIL = ["x}; exec touch pwned; #", "x} ; shutdown; {", "[exec id]", "$(id)", "`id`", "a b", "a;b", "a\tb", "\x1b[2Jx", "x\\",
        "-v", "a\"b", "a'b", "a|b", "\u00e9"]
for serial in EVIL:
    bad = ("0483", "374b", serial, None)
    result, calls = flash([NAMED, WRITTEN], GOOD, "--all", "--no-hello", port=False, probes=(bad, STLINK))
    check(f"the serial number {serial!r} reaches no tool and no terminal", result[0] == 2 and len(calls) == 2 and
          all(serial not in w for c in calls for w in c) and serial not in result[1] + result[2] and
          "without a serial number" in result[2], (result, calls))
    result, calls = flash([NAMED, WRITTEN], GOOD, "--probe", serial, probes=(bad, STLINK))
    check(f"nor by --probe {serial!r}", result[0] in (2, 3) and calls == [], (result, calls))
    listed = tool("flash", "--list", env={"UNDERTONE_USB": usb(bad)})
    check(f"nor by --list: {serial!r}", listed[0] == 0 and serial not in listed[1], listed)

NRF_NAMED = act("flash probe 0", "Info : nRF52840-xxAA(build code: F0) 1024kB Flash, 256kB RAM\n")
(code, out, err), calls = flash([NRF_NAMED, WRITTEN], NRF, probes=(STLINK, JLINK), says=hello(b"n840"))
check("the nRF goes through its own kind of probe", code == 0 and "interface/jlink.cfg" in calls[0] and
      "target/nrf52.cfg" in calls[0], (code, err, calls))

(code, out, err), _ = flash([NAMED, WRITTEN], GOOD, "--no-hello", port=False)
check("without a hello when it is not wanted", code == 0 and "not asked" in out, (code, out, err))

# nothing is written to the wrong place
WRONG = [([act("flash probe 0", "Info : device id = 0x20036410\n"), WRITTEN], GOOD, (STLINK,), 26, "another chip"),
         ([act("flash probe 0", "Info : nRF52832-QFAA(build code: E0) 512kB Flash\n"), WRITTEN], NRF, (JLINK,), 26, "another chip"),
         ([act("flash probe 0", "Warn : UNEXPECTED idcode: 0x1ba01477\n", 1), WRITTEN], NRF, (JLINK,), 26, "UNEXPECTED idcode"),
         ([act("flash probe 0", "nRF52 device has AP lock engaged (see UICR APPROTECT register).\n", 1), WRITTEN], NRF, (JLINK,), 25,
          "locked"),
         ([act("flash probe 0", "Error: open failed\n", 1), WRITTEN], GOOD, (STLINK,), 3, "no debug probe was found"),
         ([act("flash probe 0", "Error: libusb_open() failed with LIBUSB_ERROR_ACCESS\n", 1), WRITTEN], GOOD, (STLINK,), 3, "udev"),
         ([act("flash probe 0", "Error: init mode failed (unable to connect to the target)\n", 1), WRITTEN], GOOD, (STLINK,), 3,
          "reaches no chip")]
for scene, file, probes, code, says in WRONG:
    result, calls = flash(scene, file, probes=probes)
    check(f"{says}: code {code}, one line, nothing written", result[0] == code and says in result[2] and
          result[2].count("\n") == 1 and len(calls) == 1, (result, calls))
    check(f"{says}: the table says so", f"FAILED ({code})" in result[1] and "0 of 1 boards" in result[1], result[1])
OTHER = INFO.replace("0x0413", "0x0419")
result, calls = flash([act("--probe", OTHER), act("write", JOLLY)], GOOD, tools=("st-flash", "st-info"))
check("st-flash: another chip", result[0] == 26 and len(calls) == 1, (result, calls))
result, calls = flash([act("-l", LIST.replace("0x08000000", "0x90000000"))], GOOD, probes=(DFU,), tools=("dfu-util",))
check("dfu-util: another memory", result[0] == 26 and len(calls) == 1, (result, calls))

# refused before any tool is called
REFUSED = [((image(damage=True),), (STLINK,), 24, "damaged"),
           ((GOOD, "--board", "nrf52840-dk"), (STLINK,), 24, "for board stm32f4-discovery, not nrf52840-dk"),
           ((image(b"mps2", 0),), (STLINK,), 24, "which is not flashed"),
           ((image(b"f407", 0x08010000),), (STLINK,), 24, "0x08010000"),
           ((write("elf.bin", b"\x7fELF" + bytes(2000)),), (STLINK,), 24, "ELF"),
           ((write("short.bin", b"abc"),), (STLINK,), 24, ""),
           ((path("none.bin"),), (STLINK,), 10, "none.bin"),
           ((GOOD,), (), 3, "no debug probe was found"),
           ((GOOD,), (STLINK, STLINK2), 2, "AA11, BB22: more than one probe"),
           ((GOOD, "--probe", "CC33"), (STLINK,), 3, "plugged in: AA11"),
           ((GOOD, "--tool", "dfu-util"), (STLINK,), 3, "not installed"),
           ((GOOD, "--tool", "jtag"), (STLINK,), 2, "--tool jtag"),
           ((GOOD, GOOD), (STLINK,), 2, "one image"),
           ((GOOD, "--all", "--probe", "AA11"), (STLINK,), 2, "exclude each other"),
           ((GOOD, "--wait", "x"), (STLINK,), 2, "--wait x")]
for words, probes, code, says in REFUSED:
    result, calls = flash([NAMED, WRITTEN], *words, probes=probes)
    check.refused(f"{' '.join(words)[-60:]}", result, code, says)
    check("no tool was called", calls == [], calls)
result, calls = flash([NAMED, WRITTEN], GOOD, port=False)
check.refused("no port known", result, 2, "name it with --port PORT")
check("and nothing was written", calls == [], calls)
result, calls = flash([NAMED, WRITTEN], GOOD, locked=True)
check("a port in use is named, and nothing is written to its board", result[0] == 3 and calls == [] and
      re.search(rf"in use by \S+ \(process {os.getpid()}\)", result[2]), (result, calls))
check.refused("no tool at all", flash([], GOOD, tools=())[0], 3, "not installed")

# after writing
FAILS = [(act("program", "** Verify Failed **\n", 1), 27, "differs"), (act("program", "** Programming Failed **\n", 1), 27, "flash it again"),
         (act("program", "** Programming Finished **\nshutdown command invoked\n", 0), 27, "differs"),
         (act("program", "Error: stm32x device protected\nError: failed erasing sectors 0 to 2\n", 1), 25, "locked"),
         (act("program", "Error: out of gremlins\n", 1), 27, "(Error: out of gremlins)")]
for second, code, says in FAILS:
    result, _ = flash([NAMED, second], GOOD)
    check(f"{second['Says'].splitlines()[0]}: {code}", result[0] == code and says in result[2], result)
result, _ = flash([NAMED, {**WRITTEN, "Does": ""}], GOOD, "--wait", "0.5")
check("no hello after flashing", result[0] == 28 and "no hello came" in result[2], result)
for says, what in ((hello(patch=7), "0.1.7"), (hello(crc=1), "00000001"), (hello(b"mps2"), "mps2")):
    result, _ = flash([NAMED, WRITTEN], GOOD, "--wait", "1", says=says)
    check(f"another hello: {what}", result[0] == 28 and what in result[2], result)

# a row of boards
name = write("fleet", json.dumps([NAMED, act("{AA11} -c program", "Error: stm32x device protected\n", 1), WRITTEN]))
boards = [Board(name, hello()) for _ in range(3)]
env = {"PATH": bin_folder("openocd"), "STANDIN": name,
       "UNDERTONE_USB": usb(STLINK2, STLINK, ("0483", "374b", "CC33", None), ("046d", "c31c", "keyboard", None))}
ports = [w for serial, b in zip(("AA11", "BB22", "CC33"), boards) for w in ("--port", f"{serial}={b.line}")]
code, out, err = tool("flash", GOOD, "--all", *ports, env=env)
rows = out.splitlines()
check("a fleet goes on after a failure, and its code is kept", code == 25 and len(rows) == 5 and rows[-1] == "2 of 3 boards run the image",
      (code, out, err))
check("a row each", rows[1].startswith("AA11") and "FAILED (25)" in rows[1] and "model 1234abcd" in rows[2] and
      "model 1234abcd" in rows[3], rows)
check("the failure has its line", err.count("\n") == 1 and "probe AA11: the chip is locked" in err, err)
with open(name + ".calls", encoding="utf-8") as f:
    calls = [json.loads(x) for x in f]
check("each through its own probe", [c[c.index("-c", 6) + 1] for c in calls] ==
      [f"adapter serial {{{s}}}" for s in ("AA11", "AA11", "BB22", "BB22", "CC33", "CC33")], calls)
code, out, err = tool("flash", GOOD, "--all", *ports[:4], env=env)
check.refused("a fleet with a port missing", (code, out, err), 2, "--port CC33=PORT")

name = write("stopped", json.dumps([NAMED, {**WRITTEN, "Does": "pause boot"}]))
process = subprocess.Popen([UNDERTONE, "flash", GOOD, "--all", "--no-hello"], stdin=subprocess.DEVNULL, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**ENV, **env, "STANDIN": name})
while not os.path.exists(name + ".paused"):
    time.sleep(0.02)
process.send_signal(signal.SIGINT)
out, err = process.communicate(timeout=60)
check("Ctrl-C finishes the board under way and leaves the others", process.returncode == 1 and "AA11" in out.splitlines()[1] and
      "not asked" in out.splitlines()[1] and "1 of 3 boards" in out and err.count("stopped before this board") == 2, (out, err))

code, out, err = tool("flash", "--list", env=env)
check("the probes plugged in", code == 0 and [x.split()[0] for x in out.splitlines()] == ["AA11", "BB22", "CC33"], out)
check.refused("none plugged in", tool("flash", "--list", env={"UNDERTONE_USB": usb()}), 3, "no debug probe")
check("help", tool("flash", "--help")[1].startswith("usage: undertone flash"))
for board in boards:
    board.stop = True
check.finish()
