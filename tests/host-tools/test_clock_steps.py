#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The time of day is put forward by an hour and back by two while a call goes on: the desk and the floor say so and put it on
record, the call's own times go on, and nothing waits longer or is lost."""
import datetime
import json
import os
import re
import signal
import subprocess

from floor import Broker, Serve, audit, ini, until, waiting
from headset import __file__ as HEADSET
from tool import ENV, UNDERTONE, Checks, path, stepped_clock, tool, write

check = Checks()
stepped = {**ENV, "LD_PRELOAD": stepped_clock(), "STEPPED_CLOCK": write("now", "0")}


def step(ms):
    write("next", str(ms))
    os.replace(path("next"), path("now"))


def kinds(file):
    with open(file, encoding="utf-8") as f:
        return [(x["Kind"], x.get("Millis")) for x in map(json.loads, f)]


broker = Broker("a").start()
serve = Serve("floor", [broker])
serve.env = stepped
serve.words += ["--audit", path("floor.audit")]
serve.start()
headset = subprocess.Popen([HEADSET, "--seconds", "900", "--speed", "5"], stdout=subprocess.PIPE)
port = headset.stdout.readline().decode().strip()
live = subprocess.Popen([UNDERTONE, "live", "--tcp", "localhost:" + port, "--json", "--disclosed", "--store", path("desk.db"), "--audit", path("desk.audit"),
                         "--mqtt", "--config", ini("desk.ini", [broker], "desk-1")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, env=stepped, text=True)
until(lambda: serve.rows("SELECT count(*) FROM score")[0][0] >= 3)
step(3600000)
for file in ("desk.audit", "floor.audit"):
    check(f"{file}: forward by an hour is on record", until(lambda: [x for x in kinds(path(file)) if x[0] == "clock_stepped"], 30), kinds(path(file)))
step(-3600000)
for file in ("desk.audit", "floor.audit"):
    found = until(lambda: (got := [x[1] for x in kinds(path(file)) if x[0] == "clock_stepped"]) and len(got) == 2 and got, 30)
    check(f"{file}: and back by two, each once", found and abs(found[0] - 3600000) < 1000 and abs(found[1] + 7200000) < 1000, found)
live.send_signal(signal.SIGINT)
out, err = live.communicate(timeout=60)
headset.terminate()
headset.communicate()
events = [json.loads(x) for x in out.splitlines()]
times = [datetime.datetime.fromisoformat(x["time"].replace("Z", "+00:00")) for x in events]
lines = [x for x in out.splitlines() if "sequence" in json.loads(x)]
check("the call ends well", live.returncode == 0 and events[-1]["type"] == "undertone.session.completed.v1", err)
check("both steps are said, and nothing else", re.fullmatch(
    r"undertone: the time of day was put forward by 3\d{3}\.\d s\nundertone: the time of day was put back by 7\d{3}\.\d s\n", err), err)
check("times of events are those of the call", times == sorted(times) and (times[-1] - times[0]).total_seconds() < 60, (times[0], times[-1]))
check("all of it is at the floor", until(lambda: not audit(serve, {events[0]["session"]: lines})) and waiting(path("desk.db")) == 0,
      audit(serve, {events[0]["session"]: lines}))
check("serve ends well", serve.end() == 0, serve.said())
for file in ("desk.audit", "floor.audit"):
    code, out, err = tool("audit", "verify", path(file))
    check(f"{file}: the record verifies", code == 0, (code, out, err))
broker.end()
check.finish()
