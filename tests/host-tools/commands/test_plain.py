#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`live --plain` on a terminal: one event a line and nothing else, letters with Enter in place of keys, and no harm to a program in
the background."""
import os
import pty
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from headset import __file__ as HEADSET  # noqa: E402
from tool import ENV, UNDERTONE, Checks  # noqa: E402

check = Checks()


class Typed:
    """A program on a terminal of its own, as its foreground unless the words start it otherwise."""

    def __init__(self, *words):
        self.said, (self.own, other) = b"", pty.openpty()
        self.program = subprocess.Popen(["setsid", "--ctty", "--wait", *words], stdin=other, stdout=other, stderr=other, env=ENV)
        os.close(other)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            while data := os.read(self.own, 4096):
                self.said += data
        except OSError:  # the other side is closed
            pass

    def wait(self, pattern, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if re.search(pattern, self.said):
                return True
            time.sleep(0.05)
        return False

    def type(self, text):
        os.write(self.own, text)

    def ends(self):
        try:
            return self.program.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.program.kill()
            return self.program.wait()


def headset():
    process = subprocess.Popen([HEADSET, "--seconds", "600", "--speed", "5"], stdout=subprocess.PIPE, text=True)
    return process, "localhost:" + process.stdout.readline().strip()


process, port = headset()
live = Typed(UNDERTONE, "live", "--tcp", port, "--plain")
check("a call begins", live.wait(rb"s  call .* begins"), live.said)
live.type(b"a\n")
check("a and Enter: the customer has been told", live.wait(rb"disclosure   acknowledged \(key\)"), live.said[-300:])
live.type(b"m\n")
check("m: muted, and said", live.wait(rb"undertone: cues are muted; m and Enter"), live.said[-300:])
live.type(b"m\n")
check("m again: not muted", live.wait(rb"undertone: cues are shown again"), live.said[-300:])
check("time goes on", live.wait(rb"(?m)^ +\d+\.\d{3} s  status"), live.said[-300:])
live.type(b"x\nq\n")
check("q: the end", live.ends() == 0, live.said[-300:])
text = live.said.replace(b"\r\n", b"\n").decode()
check("no escape, no bar, no letter that is none", re.fullmatch(r"[\x20-\x7e\n]*", text), re.findall(r"[^\x20-\x7e\n]+", text)[:5])
wrong = [line for line in text.split("\n") if line and not re.match(r" *\d+\.\d{3} s  \S|undertone: |[amxq]$|summary: ", line)]
check("one event a line", not wrong, wrong)
process.kill()
process.communicate()

process, port = headset()
live = Typed("bash", "-c", f"set -m; '{UNDERTONE}' live --tcp {port} --plain & echo process $!; read -r line; echo got $line; read -r line; kill $!; wait $!")
check("in the background a call begins", live.wait(rb"s  call .* begins") and live.wait(rb"process \d+"), live.said)
number = int(re.search(rb"process (\d+)", live.said)[1])
live.type(b"q\n")
check("the shell gets what is typed", live.wait(rb"got q"), live.said[-300:])
with open(f"/proc/{number}/stat", encoding="ascii", errors="replace") as f:
    state = f.read().rsplit(")", 1)[1].split()[0]
check("the program goes on", state in "RSD", state)
live.type(b"end\n")
live.ends()
process.kill()
process.communicate()
check.finish()
