#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone customer` and --customer-key: a customer is found by the hash of a key that stands in no output, and forgotten."""
import contextlib
import hashlib
import hmac
import json
import os
import sqlite3
import stat
import subprocess

from desk_program import Desk
from headset import __file__ as HEADSET
from tool import ENV, UNDERTONE, Checks, events, path, speech, tool, wav, write

check = Checks()
KEY = "+49 30 1234567 Jane Doe"
customer, agent = speech()
call, other = wav("call.wav", [agent, customer]), wav("other.wav", [customer, agent])
site, store, audit = path("site.key"), path("calls.db"), path("audit.log")
ours = {"UNDERTONE_CUSTOMER_SITE_KEY": site, "UNDERTONE_STORE_FILE": store, "UNDERTONE_AUDIT_FILE": audit}


def ask(*words, env=None):
    done = subprocess.run([UNDERTONE, "customer", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False,
                          text=True, env={**ENV, **(ours if env is None else env)}, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


# the site's key
code, out, err = ask("make-key", "--site-key", site, env={})
check("make-key makes a file that its owner alone may read", code == 0 and stat.S_IMODE(os.stat(site).st_mode) == 0o600, (out, err))
with open(site, encoding="ascii") as f:
    secret = bytes.fromhex(f.read().strip())
check("of 32 bytes", len(secret) == 32)
check.refused("not twice", ask("make-key"), 2, site)
HASH = hmac.new(secret, KEY.encode(), hashlib.sha256).hexdigest()

# a customer's calls
said = tool("replay", call, "--store", store, "--customer-key", KEY, "--json", "--summary", path("call.json"), env=ours)
check("a call with a customer", said[0] == 0 and said[2] == "", said)
check("its first event has the hash", events(said[1])[0]["data"]["Customer"] == HASH)
with open(path("call.json"), encoding="utf-8") as f:
    check("the per-call file too", json.load(f)["AcousticEmotion"]["Customer"] == HASH)
check("the same again is the same", tool("replay", call, "--store", store, "--customer-key", KEY, "--json", env=ours)[1] == said[1])
tool("replay", other, "--store", store, env=ours)
headset = subprocess.Popen([HEADSET, "--seconds", "20"], stdout=subprocess.PIPE)
port = headset.stdout.readline().decode().strip()
live = tool("live", "--tcp", "localhost:" + port, "--json", "--disclosed", "--customer-key", KEY, "--out", path("live.json"),
            "--summary", path("live-call.json"), "--metrics", path("metrics.prom"), env=ours)
headset.kill()
headset.communicate()
check("live knows the customer as well", live[0] == 0 and events(live[1])[0]["data"]["Customer"] == HASH, live)
session = events(live[1])[0]["session"]
code, out, err = ask("show", KEY, "--json")
check("show finds both calls and no other", code == 0 and [x["ContactId"] for x in events(out)] == ["call", events(out)[1]["ContactId"]]
      and events(out)[1]["Session"] == session, (out, err))
code, table, err = ask("show", KEY)
check("a table for people", code == 0 and len(table.splitlines()) == 3 and session in table, table)
check("what became of a call", tool("store", "outcome", session, "csat4", "--store", store)[0] == 0)
outcome = json.loads(ask("export", KEY)[1].splitlines()[-1])
check("is handed out too", outcome.pop("At").endswith("Z")
      and outcome == {"Session": session, "About": "satisfaction", "Outcome": "csat4", "By": "command"}, outcome)
with contextlib.closing(sqlite3.connect(store)) as f:
    at = f.execute("DELETE FROM outcome RETURNING at").fetchall()
    f.execute("INSERT INTO score VALUES(?, 5, '{\"waiting\":1}')", (session,))
    f.commit()
check("so is a score that waits", ask("export", KEY)[1].splitlines()[-1] == '{"waiting":1}')

# every table of a store is either handed out or says nothing of a customer: a new one has to say which
HANDED_OUT = {"call": f'"session":"{session}"', "event": '"undertone.session.started.v1"', "score": '{"waiting":1}',
              "action": '"Sent":{"said":"to the receiver"}', "outcome": '"Outcome":"csat4"'}
BESIDE = {"store": "a random name of the file", "outbox": "which events wait, not what they say", "addressed": "the same",
          "heard": "a sender's own numbers of its messages"}
tool("store", "outcome", session, "csat4", "--store", store)
with contextlib.closing(sqlite3.connect(store)) as f:
    f.execute("INSERT INTO action(id, session, name, state, go, otherwise, requested, until, due, steps, json) VALUES('a1', ?, 'flag',"
              " 'EXPIRED', 0, 0, 1000, 0, 0, 'REQUESTED 1000 EXPIRED 11000', '{\"said\":\"to the receiver\"}')", (session,))
    f.commit()
tables = {x["Table"] for x in json.loads(tool("privacy", "report", "--json", "--store", store)[1])["Store"]["Tables"]}
check("each table is known here", tables == set(HANDED_OUT) | set(BESIDE), tables ^ (set(HANDED_OUT) | set(BESIDE)))
code, out, err = ask("export", KEY)
check("and handed out", [t for t, x in HANDED_OUT.items() if x not in out] == [], out)
with contextlib.closing(sqlite3.connect(store)) as f:
    for table in ("score", "action", "outcome"):
        f.execute(f"DELETE FROM {table}")
    f.commit()
code, out, err = ask("export", KEY)
wanted = [x for text in (said[1], live[1]) for x in text.splitlines() if "sequence" in json.loads(x)]
check("export gives every event as it was sent", code == 0 and out.splitlines() == wanted and len(wanted) > 8, (len(wanted), err))
done = subprocess.run([UNDERTONE, "customer", "export", "-", "--out", path("export.ndjson")], input=KEY + "\n", text=True,
                      capture_output=True, env={**ENV, **ours}, timeout=60, check=False)
with open(path("export.ndjson"), encoding="utf-8") as f:
    check("the key from standard input, the events into a file", done.returncode == 0 and f.read().splitlines() == wanted, done)
check("its owner's only", stat.S_IMODE(os.stat(path("export.ndjson")).st_mode) == 0o600)

# the key is nowhere
held = {}
for folder, _, names in os.walk(path("")):
    for name in names:
        with open(os.path.join(folder, name), "rb") as f:
            held[name] = f.read()
raw = KEY.encode()
check("no file holds the key", len(held) >= 10 and not [x for x, data in held.items() if raw in data or b"Jane Doe" in data], list(held))
check("nor did any output", not any(KEY in str(x) for x in (said, live, table, done.stdout, done.stderr)))
check("the hash is in the store", HASH.encode() in held["calls.db"])
headset = subprocess.Popen([HEADSET, "--seconds", "20"], stdout=subprocess.PIPE)
port = headset.stdout.readline().decode().strip()
program = subprocess.Popen([UNDERTONE, "live", "--tcp", "localhost:" + port, "--json", "--customer-key", KEY], env={**ENV, **ours},
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
program.stdout.readline()  # it has begun
with open(f"/proc/{program.pid}/cmdline", "rb") as f:
    words = f.read()
check("nor the list of processes", b"--customer-key" in words and b"Jane" not in words, words)
program.kill()
program.communicate()
headset.kill()
headset.communicate()

records = [json.loads(x) for x in open(audit, encoding="utf-8")]
kinds = [(x["Kind"], x["Customer"], x["Calls"], x["Events"]) for x in records if x["Kind"].startswith("customer_")]
check("each look is on record, by hash and counts", kinds == [
    (kind, HASH, 2, len(wanted)) for kind in ("customer_shown",) * 2 + ("customer_exported",) * 5], kinds)

# memory
check("what became of a call", tool("store", "outcome", session, "unresolved", "--store", store)[0] == 0)
code, out, err = ask("memory", KEY, "--json")
memory = json.loads(out) if code == 0 else {}
KEPT = {"Begin", "DurationMillis", "HoldMillis", "Outcomes", "Quarters", "BeginFrustration", "EndFrustration", "Peak"}
past = memory.get("Calls", [])  # the one that was killed may have come to its end
check("memory has calls that have a date and an end, and of them what is named alone",
      len(past) in (1, 2) and all(set(x) == KEPT for x in past), (out, err))
check("its outcome is there, and the risk is called what it is", past[0]["Outcomes"] == ["unresolved"] and memory["By"] ==
      "rule_of_thumb" and memory["AUC"] is None and 0 < memory["Risk"] < 1 and memory["Inputs"]["Unresolved"] == 0.5, memory)
code, out, err = ask("memory", KEY)
check("a line for people", code == 0 and out.startswith("Last call less than a day ago ") and "not resolved" in out and
      "By rule of thumb: 0 of 200 outcomes" in out, (out, err))
check.refused("memory of nobody", ask("memory", "somebody"), 10, "no call with that customer")
REMEMBER = {**ours, "UNDERTONE_CUSTOMER_MEMORY": "yes", "UNDERTONE_AUDIT_FILE": path("desk.log")}
with Desk("--disclosed", "--store", store, "--customer-key", KEY, seconds=600, speed=20, env=REMEMBER) as desk:
    desk.wait(lambda: desk.state()["Session"] != "", 60)
    past = desk.state()["Past"]
    check("live says it before the first word", past is not None and past["Text"].startswith("Last call less than a day ago ") and
          past["Risk"] > 0, past)
    check("for the first minute of the call", desk.wait(lambda: desk.state()["TimeMillis"] >= 60000, 60) and desk.state()["Past"] is None)
    records = [json.loads(x) for x in open(path("desk.log"), encoding="utf-8")]
    recalled = [(x["Customer"], x["Calls"]) for x in records if x["Kind"] == "customer_recalled"]
    check("on record, by hash and count", recalled == [(HASH, len(memory["Calls"]))], recalled)
    check("a stranger has no past", desk.call("end")[0] == 0 and desk.call("start", "crm-2", "--customer-key", "nobody")[0] == 0 and
          desk.wait(lambda: desk.state()["Contact"] == "crm-2", 60) and desk.state()["Past"] is None)
with Desk("--disclosed", "--store", store, "--customer-key", KEY, seconds=600, speed=20, name="off",
          env={**ours, "UNDERTONE_AUDIT_FILE": path("off.log")}) as desk:
    desk.wait(lambda: desk.state()["Session"] != "", 60)
    check("memory is off unless asked for", desk.state()["Past"] is None and desk.state()["State"] == "live")
check.refused("memory without a store", tool("live", "--tcp", "localhost:1", env={"UNDERTONE_CUSTOMER_MEMORY": "yes"}), 18, "[store] file")
records = [json.loads(x) for x in open(audit, encoding="utf-8")]
check("who asked for a memory is on record", [x["Kind"] for x in records][-1] == "customer_shown")

# forgotten
tool("store", "erase", "--older", "1", "--store", store)
before = events(tool("store", "list", "--json", "--store", store)[1])
tool("store", "outcome", session, "csat4", "--store", store)
os.mkdir(store + ".calls")
beside = write("calls.db.calls/call.wav.json", json.dumps({"AcousticEmotion": {"Session": events(said[1])[0]["session"]}}))
code, out, err = ask("forget", KEY)
check("forget erases the customer's calls", code == 0 and out.endswith("calls erased\n"), (out, err))
left = events(tool("store", "list", "--json", "--store", store)[1])
check("and leaves the others", len(before) == 7 and len(left) == 2 and left[0]["ContactId"] == "other", left)
files = [x for x in os.listdir(path("")) if x.startswith("calls.db") and os.path.isfile(path(x))]
traces = [x for x in files if HASH.encode() in open(path(x), "rb").read()]
check("nothing of them is left in the file, its log or anything beside it", traces == [] and "calls.db" in files, (traces, files))
with contextlib.closing(sqlite3.connect(store)) as f:
    check("nor of what became of them", f.execute("SELECT count(*) FROM outcome").fetchall() == [(0,)])
check("nor beside it", not os.path.exists(beside))
check("on record too", json.loads(open(audit, encoding="utf-8").read().splitlines()[-1])["Kind"] == "customer_forgotten")
check("the record is whole", tool("audit", "verify", audit)[0] == 0)
check.refused("forgotten is gone", ask("forget", KEY), 10, "no call with that customer")
check.refused("another customer", ask("export", "somebody", "--out", path("none.ndjson")), 10, "no call with that customer")
check("for whom no file is made", not os.path.exists(path("none.ndjson")))

# what is asked wrongly
check.refused("no word", ask(), 2, "make-key")
check.refused("another word", ask("drop", "x"), 2, "drop")
check.refused("no key", ask("show"), 2, "one customer's key")
check.refused("two keys", ask("show", "a", "b"), 2, "one customer's key")
check.refused("--json of forget", ask("forget", "a", "--json"), 2, "--json")
check.refused("--out of show", ask("show", "a", "--out", "x"), 2, "--out")
check.refused("--out is the store", ask("export", KEY, "--out", store), 2, "--out")
check.refused("a control character", ask("show", "a\x1b"), 2, "control characters")
check.refused("no store", ask("show", "a", env={}), 2, "--store")
check.refused("no file to make", ask("make-key", env={}), 2, "--site-key")
check.refused("no site key", ask("show", KEY, env={"UNDERTONE_STORE_FILE": store}), 18, "[customer] site_key")
check.refused("replay without a site key", tool("replay", call, "--customer-key", KEY), 18, "[customer] site_key")
check.refused("live without a site key", tool("live", "--tcp", "localhost:1", "--customer-key", KEY), 18, "[customer] site_key")
check.refused("a folder has no one customer", tool("replay", path(""), "--out", path("results"), "--customer-key", KEY, env=ours), 2,
              "--customer-key")
check.refused("nor have two files", tool("replay", call, other, "--customer-key", KEY, env=ours), 2, "--customer-key")
os.chmod(site, 0o640)
check.refused("a site key that others may read", ask("show", KEY), 18, "chmod 600", site)
os.chmod(site, 0o600)
shorter = write("short.key", secret.hex()[:-2] + "\n")
os.chmod(shorter, 0o600)
check.refused("half a site key", ask("show", KEY, env={**ours, "UNDERTONE_CUSTOMER_SITE_KEY": shorter}), 18, "short.key")
changed = write("changed.log", open(audit, encoding="utf-8").read().replace("customer_shown", "customer_other", 1))
check.refused("a record that was changed: nothing is done", ask("show", KEY, env={**ours, "UNDERTONE_AUDIT_FILE": changed}), 5, "changed.log")
check.finish()
