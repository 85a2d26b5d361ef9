#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of desks' audit files at the floor: kept there; refused, counted and said where they contradict each other."""
import http.client
import json
import os
import re
import shutil
import subprocess

from floor import Broker, Client, Serve, ini, until
from headset import __file__ as HEADSET
from tool import ENV, UNDERTONE, Checks, path, tool, write

check = Checks()
a = Broker("a").start()
serve = Serve("floor", [a])
serve.words += ["--page", "0", "--audit", path("serve.audit")]
serve.start()
until(lambda: "token=" in serve.said())
port, token = re.search(r":(\d+)/\?token=(\w+)", serve.said()).groups()
keys = {name: tool("audit", "make-key", path(f"{name}.key"), name)[1].strip() for name in ("desk-1", "other")}


def call(audit, key, *words, device="desk-1", seconds=4):
    """A short call with that audit file; (exit code, lines on stderr)"""
    config = ini(f"{device}.ini", [a], device, f"[audit]\nkey_file = {path(key)}.key\n")
    headset = subprocess.Popen([HEADSET, "--seconds", str(seconds), "--speed", "10"], stdout=subprocess.PIPE)
    port = headset.stdout.readline().decode().strip()
    done = subprocess.run([UNDERTONE, "live", "--tcp", "localhost:" + port, "--json", "--disclosed", "--store", path("calls.db"), "--audit",
                           path(audit), "--config", config, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, env=ENV,
                          check=False)
    headset.communicate()
    return done.returncode, done.stderr.decode()


def kept(device="desk-1"):
    return serve.rows("SELECT n, note FROM checkpoint WHERE device = ? ORDER BY n", device)


def note(audit):
    with open(path(f"{audit}.checkpoint"), encoding="utf-8") as f:
        return f.read()


def records(audit):
    return int(note(audit).splitlines()[1])


# what a desk sends while it works
code, err = call("one.log", "desk-1", "--mqtt", seconds=20)
check("a call with a checkpoint", code == 0 and err == "", err)
check("the floor keeps the last one", until(lambda: kept() and kept()[-1] == (records("one.log"), note("one.log"))), kept())
shutil.copy(path("one.log"), path("before.log"))
shutil.copy(path("one.log.checkpoint"), path("before.log.checkpoint"))
code, err = call("one.log", "desk-1", "--mqtt")
check("and the next", code == 0 and until(lambda: kept()[-1] == (records("one.log"), note("one.log"))) and len(kept()) >= 2, (err, kept()))
c = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
c.request("GET", "/v1/checkpoints", headers={"Authorization": "Bearer " + token})
listed = json.loads(c.getresponse().read())
check("an auditor can have it", [(x["Device"], x["Records"], x["Verifier"]) for x in listed] == [("desk-1", records("one.log"), keys["desk-1"])], listed)
write("floor.checkpoint", listed[0]["Note"])
verify = ("--key", keys["desk-1"], "--checkpoint", path("floor.checkpoint"))
check("the desk's file is held against it", tool("audit", "verify", path("one.log"), *verify)[0] == 0)
check.refused("one that was cut is not that file", tool("audit", "verify", path("before.log"), *verify), 5, "before.log")

# what contradicts it
desk = Client(a, "desk-1b")
refused = lambda: [x["Why"] for x in map(json.loads, open(path("serve.audit"), encoding="utf-8")) if x["Kind"] == "checkpoint_refused"]


def say(text, verifier=keys["desk-1"]):
    desk.say("undertone/v1/s/desk-1/audit", json.dumps({"Verifier": verifier, "Note": text}))


say(note("before.log"))
say(note("one.log"))
check("what was true before is no contradiction", not refused(), refused())
newest = kept()
call("new.log", "desk-1", seconds=20)
check("a new file has as many", records("new.log") == records("before.log"), (records("new.log"), records("before.log")))
for what, why, text, verifier in (("fewer records", "has fewer records", None, keys["desk-1"]), ("other records", "has other records", "new", keys["desk-1"]),
                                  ("another key", "by another key", "other", keys["other"]),
                                  ("a broken signature", "has signed", "broken", keys["desk-1"]), ("another's signature", "has signed", "other", keys["desk-1"])):
    if text is None:
        call("small.log", "desk-1")
        text = note("small.log")
        check("it has fewer", records("small.log") < newest[-1][0] and records("small.log") not in [n for n, _ in newest], (records("small.log"), newest))
    elif text == "new":
        text = note("new.log")
    elif text == "other":
        call("other.log", "other")
        text = note("other.log")
    else:
        text = note("one.log").replace(str(records("one.log")) + "\n", str(records("one.log") + 1) + "\n")
    before = len(refused())
    say(text, verifier)
    check(f"refused: {what}", until(lambda: len(refused()) > before) and why in refused()[-1] and kept() == newest, (refused(), kept()))
check("said once", serve.said().count("desk-1: the checkpoint of its audit file") == 1, serve.said())
check("counted", until(lambda: serve.rejected("checkpoint") == 5), serve.counts())
json_before = serve.rejected("json")
for text in ("{}", "[]", "x", json.dumps({"Verifier": "a", "Note": 1}), json.dumps({"Verifier": keys["desk-1"], "Note": "x" * 3000})):
    desk.say("undertone/v1/s/desk-1/audit", text)
check("what is none is none", until(lambda: serve.rejected("json") == json_before + 5), serve.counts())
serve.end()
check("the record of it verifies", tool("audit", "verify", path("serve.audit"))[0] == 0 and os.path.exists(path("serve.audit")))
desk.close()
check.finish()
