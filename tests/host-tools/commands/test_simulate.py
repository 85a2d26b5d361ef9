#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Simulated headsets as live hears them; the truth beside what arrived, read by a second reader of the wire. Desks on
MQTT: tests/host-tools/simulate/test_desks.py."""
import contextlib
import json
import os
import signal
import socket
import subprocess
import threading

import link
from floor import Process, until
from tool import UNDERTONE, Checks, events, path, tool, write

check = Checks()
SCRIPT = write("script", """call first     # a customer who grows frustrated
0.5 agent 2
3 customer 14 frustration=0.1 loudness=55 pitch=20
18 agent 2
20.5 customer 14 frustration=0.9 loudness=70 pitch=26
36 agent 1
40 end
call second    # and a line with faults
1 agent 2
4 lose 5
6 garbage 700
8 vanish 0.5
12 customer 3
16 end
""")


class Simulate(Process):
    def __init__(self, name, *words):
        super().__init__([UNDERTONE, "simulate", *words, "--truth", path(f"{name}.jsonl")], f"{name}.log")
        self.name = name

    def start(self, n=1):
        super().start()
        until(lambda: self.said().count("\n") >= n or self.program.poll() is not None)
        self.ports = dict(x.split() for x in self.said().splitlines())
        return self

    def truth(self, kind="record"):
        with open(path(f"{self.name}.jsonl"), encoding="utf-8") as f:
            return [x for x in map(json.loads, f) if x["Kind"] == kind]


def told(said):
    return [x for x in said if x["type"] != "undertone.device.status.v1"]


# by TCP, as fast as it goes
s = Simulate("tcp", "--script", SCRIPT, "--speed", "0", "--headsets", "2").start(2)
check("a port each", set(s.ports) == {"headset-1", "headset-2"}, s.ports)
code, out, err = tool("live", "--tcp", s.ports["headset-1"], "--disclosed", "--json", "--contact-id", "c", "--session", "s")
first = events(out)
cues = [x["data"]["Cue"] for x in first if x["type"] == "undertone.cue.opened.v1"]
check("a call as any other", code == 0 and first[0]["type"] == "undertone.session.started.v1" and "empathy_cue" in cues
      and "customer_raised_voice" in cues and first[-1]["type"] == "undertone.session.completed.v1", (code, cues, err))
check("whose model says that it is none", all(x["data"]["Model"]["Id"] == "sim" for x in first))
turns = [(x["data"]["ParticipantRole"], x["data"]["BeginOffsetMillis"], x["data"]["EndOffsetMillis"]) for x in first
         if x["type"] == "undertone.turn.v1" and x["data"]["Kind"] == "turn_ended"]
check("who spoke when", turns == [("AGENT", 500, 2500), ("CUSTOMER", 3000, 17000), ("AGENT", 18000, 20000),
                                  ("CUSTOMER", 20500, 34500), ("AGENT", 36000, 37000)], turns)

# what arrives is the truth's, also where the line is bad
where, line = ("127.0.0.1", int(s.ports["headset-2"].split(":")[1])), b""
while s.program.poll() is None:  # it goes in the middle, and comes back
    with contextlib.suppress(ConnectionError), socket.create_connection(where, timeout=60) as ear:
        while part := ear.recv(65536):
            line += part
check("it ends with its calls", s.program.wait(60) == 0, s.said())
good, bad = link.records(line)
said = [x for x in s.truth() if x["Headset"] == "headset-2"]
check("records as the truth has them", [x.hex() for x in good] == [x["Record"] for x in said if x["Fate"] == "sent"], len(good))
check("lost ones too", sum(x["Fate"] == "lost" for x in said) == 5 and link.missing(good) == 5 and bad == 1, (link.missing(good), bad))
check("moments", [x["Kind"] for x in s.truth("line_gone") + s.truth("line_back") + s.truth("garbage")] == ["line_gone", "line_back", "garbage"]
      and len(s.truth("call_began")) == len(s.truth("call_ended")) == 2)
again = Simulate("again", "--script", SCRIPT, "--speed", "0").start()
code, out, _ = tool("live", "--tcp", again.ports["headset-1"], "--disclosed", "--json", "--contact-id", "c", "--session", "s")
strip = lambda said: [{k: v for k, v in x.items() if k != "time"} for x in said]
check("the same script, the same events", strip(events(out)) == strip(first), len(out))
again.program.wait(60)

# by a terminal, in time
s = Simulate("pty", "--script", write("plain", "call a\n1 agent 2\n4 customer 2\n8 end\n"), "--speed", "40", "--pty", path("ports"), "--calls", "2").start()
port = s.ports["headset-1"]
check("a link in the folder", port == os.path.join(path("ports"), "headset-1") and os.path.islink(port), port)
live = subprocess.Popen([UNDERTONE, "live", "--port", port, "--disclosed", "--json", "--wait"], stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
said, limit = [], threading.Timer(60, live.kill)
limit.start()
while sum(x["type"] == "undertone.session.completed.v1" for x in said) < 2 and (text := live.stdout.readline()):
    said.append(json.loads(text))
check("two calls over one connection", sum(x["type"] == "undertone.session.completed.v1" for x in said) == 2
      and len({x["session"] for x in said}) == 2, [x["type"] for x in said][-1:])
live.send_signal(signal.SIGTERM)
live.communicate(timeout=60)
limit.cancel()
check("the terminal goes when its reader has left", s.program.wait(60) == 0 and not os.path.lexists(port), s.said())

# what is wrong
check.refused("a bad script", tool("simulate", "--script", write("bad", "call a\n1 customer 2\n2 customer 1\n9 end\n")), 37, "bad: line 3:")
check.refused("no script", tool("simulate", "--script", path("none")), 10, "none")
check.refused("the script as truth", tool("simulate", "--script", SCRIPT, "--truth", SCRIPT), 2, "--truth")
for words in (("--tcp", "x"), ("--tcp", "65536"), ("--tcp", "65535", "--headsets", "2"), ("--tcp", "1", "--mqtt"), ("--rate", "1"),
              ("--headsets", "0"), ("--speed", "-1"), ("--mqtt", "--speed", "0"), ("--tokens", SCRIPT), ("word",)):
    check.refused(" ".join(words), tool("simulate", *words), 2)
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    taken.listen(1)
    check.refused("a port that is taken", tool("simulate", "--tcp", str(taken.getsockname()[1])), 3, "cannot listen")
check.finish()
