#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone privacy report`: its figures follow the tables, files and settings, and nothing that is kept is left out."""
import contextlib
import json
import os
import re
import sqlite3

from tool import HERE, Checks, events, path, speech, tool, wav, write

check = Checks()
customer, agent = speech()
call = wav("call.wav", [agent, customer])
store, floor, audit = path("calls.db"), path("floor.db"), path("audit.log")


def report(*words, env=None):
    code, out, err = tool("privacy", "report", *words, "--json", env=env)
    check("a report", code == 0 and err == "" and len(out.splitlines()) == 1, (words, code, err))
    return json.loads(out)


def tables(part):
    return {x["Table"]: x for x in part["Tables"]}


# nothing is set
empty = report()
check("without settings nothing is there", empty["Store"]["File"] is None and empty["Store"]["Tables"] == []
      and not any(x["Set"] for x in empty["Sent"]) and all(x["File"] is None for x in empty["Files"]), empty)
with open(os.path.join(HERE, "..", "..", "host-tools", "call", "events.schema.json"), encoding="utf-8") as f:
    types = json.load(f)["properties"]["type"]["enum"]
check("every type of event is named", sorted(x["Type"] for x in empty["Measured"]) == sorted(types) and all(x["Title"] for x in empty["Measured"]))

# a store
said = tool("replay", call, "--json", "--store", store, "--start", "2026-01-31T09:00:00Z")
counted = [x for x in events(said[1]) if "sequence" in x]
kept = report("--store", store)
of = tables(kept["Store"])
with contextlib.closing(sqlite3.connect(store)) as f:
    real = {name: [x[1] for x in f.execute(f"PRAGMA table_info({name})")]
            for name, in f.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")}
check("every table of the store, with its columns", {k: v["Columns"].split(", ") for k, v in of.items()} == real, of)
check("each has a description", all(x[k] for x in of.values() for k in ("Holds", "Kept", "Erase")), of)
check("its rows", of["call"]["Rows"] == 1 and of["event"]["Rows"] == len(counted) >= 2 and of["outbox"]["Rows"] == 0, of)
check("from when to when", of["call"]["First"] == "2026-01-31T09:00:00.000Z" and of["event"]["First"] == min(x["time"] for x in counted)
      and of["event"]["Last"] == max(x["time"] for x in counted) and of["outbox"]["First"] is None, of["event"])
check("how many of each type", {x["Type"]: x["Rows"] for x in kept["Measured"] if x["Rows"]}
      == {t: n for t in types if (n := sum(x["type"] == t for x in counted))})
check("scores and turns are in no store", {x["Type"] for x in kept["Measured"] if not x["Stored"]}
      == {"undertone.score.v1", "undertone.turn.v1", "undertone.device.status.v1"}, kept["Measured"])
check("its owner alone may read it", kept["Store"]["Mode"] == "0600" and kept["Store"]["Bytes"] == os.path.getsize(store))
check("no page of a floor has it", all(x["Roles"] == [] for x in of.values()))
check("the config names it as well", report(env={"UNDERTONE_STORE_FILE": store})["Store"] == kept["Store"])
code, text, _ = tool("privacy", "report", "--store", store)
check("text for people", code == 0 and f"store.file: {store}, " in text and f"{len(counted)} rows, {of['event']['First']} to " in text
      and "undertone store erase" in text and "serve.store: not set" in text, text)
tool("store", "erase", counted[0]["session"], "--store", store)
check("what is erased is counted no more", {x["Rows"] for k, x in tables(report("--store", store)["Store"]).items() if k != "store"} == {0})
with contextlib.closing(sqlite3.connect(store)) as f:
    f.execute("CREATE TABLE sound(samples BLOB)")
check("a table without a description shows", tables(report("--store", store)["Store"])["sound"] == {"Table": "sound", "Columns": "samples", "Holds": None})

# a ledger, as serve makes it; its rows are counted by test_holdings.c
sources = os.path.join(HERE, "..", "..", "host-tools", "serve")
with open(os.path.join(sources, "ledger_sqlite.c"), encoding="utf-8") as f:
    source = f.read()
shared = dict(re.findall(r'^#define ([A-Z]+) +\\\n((?: +".*\n)+)', source, re.M))
made = re.sub(r"\b(" + "|".join(shared) + r")\b", lambda m: shared[m[0]], source[source.index(".schema"):source.index("struct progress {")])
sql = "".join(re.findall(r'"([^"\n]*)"', made))
with contextlib.closing(sqlite3.connect(floor)) as f:
    f.executescript(sql + f"; PRAGMA application_id = {0x556E6466}; PRAGMA user_version = 2;"
                    "INSERT INTO score VALUES('a', 250, 1000, '{}'), ('a', 500, 2000, '{}');")
of = tables(report("--floor", floor)["Floor"])
with open(os.path.join(sources, "ledger.h"), encoding="utf-8") as f:
    days = {k: int(v) for k, v in re.findall(r"UT_LEDGER_(SCORE|CALL)_DAYS = (\d+)", f.read())}
check("every table of the ledger has a description", len(of) == 10 and all(x["Holds"] for x in of.values()), of)
check("its scores", of["score"]["Rows"] == 2 and of["score"]["First"] == "1970-01-01T00:00:01.000Z" and of["score"]["Last"] == "1970-01-01T00:00:02.000Z", of)
check("the days that are in force", of["score"]["Days"] == days["SCORE"] and of["event"]["Days"] == of["progress"]["Days"] == days["CALL"])
check("the roles that may ask", of["score"]["Roles"] == ["agent", "supervisor", "integrator", "admin"] and of["checkpoint"]["Roles"] == ["auditor", "admin"], of)

# files
write("audit.log", "".join(json.dumps({"N": n, "At": f"2026-02-0{n}T10:00:00.000Z", "Kind": "x"}) + "\n" for n in (1, 2, 3)))
os.chmod(audit, 0o600)
env = {"UNDERTONE_AUDIT_FILE": audit, "UNDERTONE_WEBHOOK_URL": "https://crm.example/secret", "UNDERTONE_METRICS_FILE": path("not-yet.prom")}
whole = report(env=env)
files = {x["Setting"]: x for x in whole["Files"]}
one = files["audit.file"]
check("an audit file's records", (one["Rows"], one["First"], one["Last"], one["Mode"]) == (3, "2026-02-01T10:00:00.000Z", "2026-02-03T10:00:00.000Z", "0600"), one)
check("a file that is not there yet", files["metrics.file"]["File"] == path("not-yet.prom") and files["metrics.file"]["Bytes"] is None)
check("what is sent elsewhere", [x["Setting"] for x in whole["Sent"] if x["Set"]] == ["webhook.url"] and "crm.example" not in json.dumps(whole))
check("and as text", "webhook.url: set; carries" in tool("privacy", "report", env=env)[1])

# a setting that names a file of its own
KEYS = {"webhook.key_file", "webhook.ca_file", "customer.site_key", "mqtt.password_file", "mqtt.ca_file", "mqtt.cert_file", "mqtt.key_file",
        "serve.cert_file", "serve.key_file", "audit.key_file", "page.file", "qemu.firmware", "fleet.ca_file"}  # keys, certificates, a page's address, an image
with open(os.path.join(HERE, "..", "..", "host-tools", "settings", "config.c"), encoding="utf-8") as f:
    rows = re.findall(r'^    \{"(\w+)", "(\w+)", "", NULL,\s+"([^"]*)', f.read(), re.M)
named = {f"{s}.{k}" for s, k, meaning in rows
         if re.search(r"(^|_)(file|key|store|users|audit|metrics)$", k) or re.match(r"(store|ledger|record|counts|file|image)\b", meaning)}
check("each file that a setting names is in the report, or holds nothing of calls", named - KEYS == {"store.file", "serve.store", *files}, named)

# what is asked wrongly
check.refused("no word", tool("privacy"), 2, "report?")
check.refused("another word", tool("privacy", "list"), 2, "report?")
check.refused("no such store", tool("privacy", "report", "--store", path("none.db")), 10, "none.db")
check.refused("a file that is no store", tool("privacy", "report", "--store", audit), 31, "audit.log")
check.refused("a ledger is no store", tool("privacy", "report", "--store", floor), 31, "floor.db")
check.finish()
