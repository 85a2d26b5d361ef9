#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of desks' audit files at the floor: kept there; refused, counted and said where they contradict each other."""
import http.client
import json
import os
import re
import resource
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
    counted = serve.rejected("checkpoint")
    for _ in range(2):  # as a desk does that connects again
        say(text, verifier)
    check(f"refused: {what}", until(lambda: serve.rejected("checkpoint") == counted + 2) and why in refused()[-1] and kept() == newest, (refused(), kept()))
    check(f"on record once for each reason: {what}", len(refused()) == before + (what != "another's signature"), refused())
check("said as often", serve.said().count("desk-1: the checkpoint of its audit file") == 4 == len(refused()), serve.said())
check("counted", until(lambda: serve.rejected("checkpoint") == 10), serve.counts())
desk.close()
for restart in (1, 2):  # what is remembered of refusals outlives connections
    a.end()
    a.start()
    until(lambda: serve.said().count("there again") == restart, 30)
desk = Client(a, "desk-1b")
counted = serve.rejected("checkpoint")
say(note("other.log"))
check("a refusal is remembered over a broker's restarts", until(lambda: serve.rejected("checkpoint") == counted + 1) and serve.program.poll() is None
      and serve.said().count("desk-1: the checkpoint of its audit file") == 4, serve.said())
json_before = serve.rejected("json")
for text in ("{}", "[]", "x", json.dumps({"Verifier": "a", "Note": 1}), json.dumps({"Verifier": keys["desk-1"], "Note": "x" * 3000})):
    desk.say("undertone/v1/s/desk-1/audit", text)
check("what is none is none", until(lambda: serve.rejected("json") == json_before + 5), serve.counts())


def ask(path, body=None, method="POST"):
    c = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    c.request(method, path, body=body, headers={"Authorization": "Bearer " + token})
    answer = c.getresponse()
    return answer.status, json.loads(answer.read())


# a desk that rightly begins a new file
for where, body, wanted in (("/v1/checkpoints/desk-1/renew", "{}", 400), ("/v1/checkpoints/desk-1/renew", json.dumps({"Reason": "x" * 201}), 400),
                            ("/v1/checkpoints/nobody/renew", '{"Reason":"x"}', 404), ("/v1/checkpoints/desk-1/other", '{"Reason":"x"}', 404),
                            ("/v1/checkpoints/a%2Fb/renew", '{"Reason":"x"}', 404)):
    check(f"renewing wrongly: {where} {body[:20]}", ask(where, body)[0] == wanted, ask(where, body))
check("nothing is renewed by that", kept() == newest)
code, said = ask("/v1/checkpoints/desk-1/renew", json.dumps({"Reason": "disk replaced"}))
check("renewed", code == 200 and said == {"Device": "desk-1", "Checkpoints": len(newest)} and kept() == [], said)
record = [json.loads(x) for x in open(path("serve.audit"), encoding="utf-8")][-1]
check("on record with who and why", (record["Kind"], record["Device"], record["Reason"], record["By"], record["Records"])
      == ("checkpoints_renewed", "desk-1", "disk replaced", "local", newest[-1][0]), record)
say(note("other.log"), keys["other"])
check("its next one is its first, by whatever key", until(lambda: kept() == [(records("other.log"), note("other.log"))]), kept())
old = [x for x in ask("/v1/checkpoints", method="GET")[1] if x["Device"].startswith("desk-1@")]
check("the old one is still to be had", [(x["Records"], x["Note"]) for x in old] == [newest[-1]], old)
say(note("one.log"))
check("and refused from now on", until(lambda: len(refused()) == 5) and "another key" in refused()[-1], refused())
config = ini("renew.ini", [a], "serve")
renew = ("serve", "renew", "desk-1", "new key", "--store", serve.store, "--config", config)
check.refused("not beside one that runs", tool(*renew, "--audit", path("serve.audit")), 1, "another program adds to it")
check.refused("not without a record", tool(*renew), 18, "[serve] audit")
serve.end()
code, out, err = tool(*renew, "--audit", path("serve.audit"))
check("by the command, when it does not run", code == 0 and out.startswith("desk-1: 1 checkpoint") and kept() == [], (code, out, err))
record = json.loads(open(path("serve.audit"), encoding="utf-8").read().splitlines()[-1])
check("on record too", (record["Kind"], record["By"], record["Reason"]) == ("checkpoints_renewed", "command", "new key"), record)
check.refused("there is nothing more to renew", tool(*renew, "--audit", path("serve.audit")), 10, "desk-1")
check.refused("no such ledger", tool("serve", "renew", "desk-1", "x", "--store", path("none.db"), "--audit", path("serve.audit")), 10, "none.db")
check.refused("no reason", tool("serve", "renew", "desk-1", "--store", serve.store), 2, "renew DEVICE REASON")
check.refused("a reason in Latin-1", tool("serve", "renew", "desk-1", b"g\xfcnstig", "--store", serve.store, "--audit", path("serve.audit")), 2, "bytes of UTF-8")
check.refused("no desk", tool("serve", "renew", "a/b", "x", "--store", serve.store, "--audit", path("serve.audit")), 2, "name of a desk")


def small():
    resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))


done = subprocess.run([UNDERTONE, "serve", "--store", path("small.db"), "--audit", path("small.audit"), "--config", config], env=ENV, timeout=60,
                      stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, preexec_fn=small)
check.refused("no space for the record at a start", (done.returncode, done.stdout, done.stderr), 34, "small.audit: cannot be written: no space left")
check("the record of it verifies", tool("audit", "verify", path("serve.audit"))[0] == 0 and os.path.exists(path("serve.audit")))
desk.close()
check.finish()
