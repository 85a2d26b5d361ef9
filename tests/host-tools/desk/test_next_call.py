#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A call behind the end of another begins with a headset that knows nothing of the last caller: the firmware's own main loop, on a serial port."""
import json
import subprocess

from floor import until
from link import DESK, SPEECH
from tool import ENV, UNDERTONE, Checks, path

check = Checks()
env = {**ENV, "UNDERTONE_PAGE_FILE": path("page")}
headset = subprocess.Popen([DESK, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
port = headset.stdout.readline().decode().strip()
feeder = subprocess.Popen(["sh", "-c", f"while cat {SPEECH}; do :; done"], stdout=headset.stdin, stderr=subprocess.DEVNULL)
with open(path("out"), "wb") as out, open(path("err"), "wb") as err:
    live = subprocess.Popen([UNDERTONE, "live", "--port", port, "--json", "--page", "--disclosed"], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)


def events(kind):
    with open(path("out"), encoding="utf-8") as f:
        lines = [json.loads(x) for x in f.read().splitlines() if x.endswith("}")]
    return [x for x in lines if x["type"] == f"undertone.{kind}.v1"]


def call(*words):
    return subprocess.run([UNDERTONE, "call", *words], env=env, capture_output=True, text=True, timeout=30, check=False)


def last_ms():
    return events("score")[-1]["data"]["EndOffsetMillis"] if events("score") else 0


check("a call is on", until(lambda: last_ms() >= 6000, 40) and call("start", "one").returncode == 0, events("score")[-1:])
first = events("score")[-1]["session"]
check("it ends", call("end").returncode == 0 and until(lambda: events("session.completed"), 10))
check("the next one begins", call("start", "two").returncode == 0 and until(lambda: len(events("session.started")) == 2, 10), events("session.started"))
second = events("session.started")[-1]["session"]
check("it is another", second != first)
check("with the headset's first row", until(lambda: [x for x in events("score") if x["session"] == second], 10)
      and [x for x in events("score") if x["session"] == second][0]["data"]["EndOffsetMillis"] < 3000, [x["data"]["EndOffsetMillis"] for x in events("score")])
check("nothing failed", not events("session.failed") and len(events("session.started")) == 2)
live.terminate()
check("live ends in order", live.wait(30) == 0)
for process in (feeder, headset):
    process.kill()
    process.wait()
headset.stdin.close()
headset.stdout.close()
check.finish()
