#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A customer's calls over a desk's HTTP: what `undertone customer` shows, exports and forgets; on record, and without the key.
And a second desk that would take the first one's address."""
import contextlib
import json
import os
import re
import sqlite3

from desk_program import Desk
from tool import HERE, RATE, Checks, path, schema_faults, speech, tool, wav

check = Checks()
with open(os.path.join(HERE, "..", "..", "host-tools", "desk", "openapi.json"), encoding="utf-8") as f:
    SCHEMAS = json.load(f)["components"]["schemas"]
store, audit = path("calls.db"), path("audit.log")
env = {"UNDERTONE_CUSTOMER_SITE_KEY": path("site.key")}
tool("customer", "make-key", "--site-key", path("site.key"))
customer, agent = speech()
KEY, WHERE = "c 1/ü", "/v1/customers/c%201%2F%C3%BC"
for i in range(2):
    call = wav(f"call{i}.wav", [agent[:(6 + i) * RATE], customer[:(6 + i) * RATE]])
    tool("replay", call, "--store", store, "--customer-key", KEY, env=env)
tool("replay", wav("other.wav", [agent[:8 * RATE], customer[:8 * RATE]]), "--store", store, env=env)
tool("store", "outcome", "call0", "churned", "--store", store)
with contextlib.closing(sqlite3.connect(store)) as d:
    d.execute("INSERT INTO action(id, session, name, state, go, otherwise, requested, until, due, error, steps, json) SELECT 'a1', session, 'flag',"
              " 'DONE', 0, 0, 1000, 0, 1000, 'answer 500', 'REQUESTED 1000 DONE 2000', '{\"data\":{\"Contact\":\"crm-7\"}}' FROM call WHERE contact = 'call0'")
    d.commit()
shown = tool("customer", "show", KEY, "--json", "--store", store, env=env)[1]
exported = tool("customer", "export", KEY, "--store", store, env=env)[1]

with Desk("--store", store, "--audit", audit, env=env) as desk:
    check("a call begins", desk.wait(lambda: desk.state()["State"] == "live", 60))
    got = desk.ask("GET", WHERE)
    check("shown as the command shows", got[0] == 200 and json.loads(got[2])["Calls"] == [json.loads(x) for x in shown.splitlines()]
          and len(json.loads(got[2])["Calls"]) == 2, got)
    whole = json.loads(desk.ask("GET", WHERE + "?events=1")[2])
    check("handed out as the command does", [e for c in whole["Calls"] for e in c["Events"] + c["Scores"] + c["Actions"] + c["Outcomes"]] == [json.loads(x) for x in exported.splitlines()])
    check("an action with what was sent", [(x["Id"], x["Sent"]["data"]["Contact"], [s["State"] for s in x["Steps"]]) for c in whole["Calls"] for x in c["Actions"]]
          == [("a1", "crm-7", ["REQUESTED", "DONE"])], whole)
    for answer in (json.loads(got[2]), whole):
        check("by its schema", not schema_faults(answer, SCHEMAS["Customer"]), schema_faults(answer, SCHEMAS["Customer"]))
    check("nobody of that name", desk.ask("GET", "/v1/customers/c2")[0] == 404)
    check("no key", desk.ask("GET", "/v1/customers/")[0] == 400 and desk.ask("DELETE", "/v1/customers/" + "x" * 300)[0] == 400)
    check("who may ask", desk.ask("DELETE", WHERE, Authorization=None)[0] == 401 and desk.ask("DELETE", WHERE, Origin="http://x")[0] == 403)
    for where, method, allow in ((WHERE, "POST", "GET, DELETE"), ("/v1/calls/current/end", "DELETE", "POST"), ("/v1/calls/x", "GET", "PUT"),
                                 ("/v1/state", "PUT", "GET, HEAD"), ("/", "DELETE", "GET, HEAD")):
        status, headers, _ = desk.ask(method, where)
        check(f"405 of {method} {where} says what is allowed", status == 405 and headers.get("Allow") == allow, (status, headers))
    code, _, err = desk.call("start", "crm-1", "--customer-key", KEY)
    check("the call under way is not forgotten", code == 0 and desk.wait(lambda: len(json.loads(desk.ask("GET", WHERE)[2])["Calls"]) == 3)
          and desk.ask("DELETE", WHERE)[0] == 409, err)
    desk.call("end")
    check("once it has ended it is", desk.wait(lambda: desk.ask("DELETE", WHERE)[0] in (200, 404), 60) and desk.ask("GET", WHERE)[0] == 404)
    left = [json.loads(x)["ContactId"] for x in tool("store", "list", "--json", "--store", store)[1].splitlines()]
    check("others stay", left == ["other"], left)
    news = json.loads(desk.ask("GET", "/v1/events?after=0")[2])["Events"]
    check("nor is it news any more", not any(x["Event"].get("data", {}).get("Contact") == "crm-1" for x in news), news)

    # a second desk
    second = Desk("--disclosed", env=env)
    check("a second desk does not take the address", second.program.wait(60) == 3)
    with open(second.err, encoding="utf-8") as f:
        said = f.read()
    check("and says who has it", f"process {desk.program.pid} serves a page" in said and len(said.splitlines()) == 1, said)
    second.stop()
    with open(desk.file, encoding="ascii") as f:
        check("the first one's address is still there", f.read().strip() == desk.url)
    apart = Desk("--disclosed", env=env, name="apart")
    check("with a file of its own it runs", apart.wait(lambda: apart.state()["State"] == "live", 60))
    apart.stop()
    desk.program.kill()
    desk.program.wait()
killed = desk.url
with Desk("--disclosed", env=env) as desk:
    desk.wait(lambda: desk.read() != killed, 60)
    check("a killed one's address is taken over", desk.wait(lambda: desk.state()["State"] == "live", 60))
check("a desk that ends takes its address away", not os.path.exists(desk.file))
with open(audit, encoding="utf-8") as f:
    text = f.read()
record = [json.loads(x) for x in text.splitlines()]
check("all of it is on record", [x["Kind"] for x in record if x["Kind"].startswith("customer_")][:2] == ["customer_shown", "customer_exported"]
      and [(x["Calls"], x["By"]) for x in record if x["Kind"] == "customer_forgotten"] == [(3, "http")], record)
check("without the key", not re.search(r"c 1|c%201", text))
with Desk("--disclosed", env=env, name="none") as desk:
    check("nothing is stored", desk.ask("GET", WHERE)[0] == 409 and "store" in desk.ask("GET", WHERE)[2])
check.finish()
