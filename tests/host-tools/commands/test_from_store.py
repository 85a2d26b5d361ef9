#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What became of calls and cues: said to a store by a command and by HTTP, and what eval and tune make of it."""
import contextlib
import json
import sqlite3

from desk_program import Desk
from tool import Checks, events, path, tool

check = Checks()
store = path("calls.db")
MONDAY = 1_769_385_600_000  # 2026-01-26


def rows(sql, file=store):
    with contextlib.closing(sqlite3.connect(file)) as f:
        found = f.execute(sql).fetchall()
        f.commit()
        return found


# a call under way, and one that is over
with Desk("--disclosed", "--store", store, seconds=300, speed=20) as desk:
    desk.wait(lambda: desk.state()["State"] == "live")
    desk.call("start", "crm-1")
    desk.wait(lambda: desk.said("session.identified"))
    session = desk.state()["Session"]
    check("what became of the call under way", desk.call("became", "current", "unresolved")[0] == 0
          and rows("SELECT session, about, outcome, by FROM outcome") == [(session, "resolution", "unresolved", "http")])
    check("by its contact; the last word counts", desk.call("became", "crm-1", "resolved")[0] == 0 and desk.call("became", "crm-1", "csat4")[0] == 0
          and set(rows("SELECT about, outcome FROM outcome")) == {("resolution", "resolved"), ("satisfaction", "csat4")}, rows("SELECT * FROM outcome"))
    desk.call("end")
    status, _, body = desk.ask("POST", f"/v1/calls/{session}/outcome", {"Outcome": "churned"})
    check("of a call that is over, by HTTP", status == 200 and ("loyalty", "churned") in rows("SELECT about, outcome FROM outcome"), body)
    check("of no call", desk.ask("POST", "/v1/calls/gone/outcome", {"Outcome": "stayed"})[0] == 404)
    check("no such outcome", desk.ask("POST", f"/v1/calls/{session}/outcome", {"Outcome": "csat6"})[0] == 400
          and desk.call("became", session, "happy")[0] != 0)
    check("of no cue", desk.ask("POST", f"/v1/cues/{session}-999999/outcome", {"Outcome": "helped"})[0] == 404)
with Desk("--disclosed", "--store", store, "--wait", to="localhost:1", name="early") as desk:
    check("before a headset was there", desk.ask("POST", "/v1/calls/current/outcome", {"Outcome": "stayed"})[0] == 404
          and desk.ask("POST", "/v1/calls/crm-1/outcome", {"Outcome": "stayed"})[0] == 200)
with Desk("--disclosed", seconds=300, speed=20, name="bare") as desk:
    desk.wait(lambda: desk.state()["State"] == "live")
    check("where nothing is stored", desk.ask("POST", "/v1/calls/current/outcome", {"Outcome": "stayed"})[0] == 409)
check("by a command", tool("store", "outcome", session, "escalated", "--store", store) == (0, "", "")
      and ("escalation", "escalated", "command") in rows("SELECT about, outcome, by FROM outcome"))
check.refused("a command, of no call", tool("store", "outcome", "gone", "stayed", "--store", store), 10, "gone")
check.refused("a command, no outcome", tool("store", "outcome", session, "happy", "--store", store), 2, "csat1 to csat5")
tool("store", "erase", session, "--store", store)
check("what became of a call goes with it", rows("SELECT count(*) FROM outcome") == [(0,)])

# cues by hand: those below 0.5 are mostly wrong, the others right, over two weeks
with contextlib.closing(sqlite3.connect(store)) as f:
    for week in range(2):
        name = f"call{week}"
        at = MONDAY + week * 7 * 86_400_000 + 3_600_000
        f.execute("INSERT INTO call VALUES(?, ?, ?, ?, 'COMPLETED', 1)", (name, name, at, at + 600_000))
        number = 0
        for i in range(30):
            value, said = 0.36 + 0.01 * i, "wrong" if i < 12 or i % 6 == 0 else "helped" if i % 2 else "did_not_help"
            number += 1
            opening = f"{name}-{number:06}"
            data = {"Cue": "empathy_cue", "Explanation": [{"Feature": "frustration", "Value": value}]}
            f.execute("INSERT INTO event(session, sequence, type, at, json) VALUES(?, ?, 'undertone.cue.opened.v1', ?, ?)",
                      (name, number, at + i, json.dumps({"id": opening, "data": data})))
            for word in ("helped", said):  # somebody changes his mind
                number += 1
                f.execute("INSERT INTO event(session, sequence, type, at, json) VALUES(?, ?, 'undertone.cue.outcome.v1', ?, ?)",
                          (name, number, at + i, json.dumps({"id": f"{name}-{number:06}",
                                                             "data": {"Cue": "empathy_cue", "Opening": opening, "Outcome": word}})))
    f.execute("INSERT INTO event(session, sequence, type, at, json) VALUES('call0', 900, 'undertone.cue.outcome.v1', 0, '{no')")
    f.commit()
code, out, err = tool("eval", "--from-store", "--store", store, "--json")
cue = json.loads(out)["Cues"][0]
check("precision by the last word", code == 0 and cue["Cue"] == "empathy_cue" and cue["N"] == 60 and cue["Wrong"] == 30
      and cue["Precision"]["Value"] == 0.5 and 0.37 < cue["Precision"]["Low"] < 0.39, (out, err))
check("week by week", [(x["Week"], x["N"]) for x in cue["Weeks"]] == [("2026-01-26", 30), ("2026-02-02", 30)], cue["Weeks"])
code, out, _ = tool("eval", "--from-store", env={"UNDERTONE_STORE_FILE": store})
check("as a table", code == 0 and "empathy_cue" in out and "0.50 [0.38, 0.62]" in out and "2026-02-02" in out and "60 outcomes" in out, out)
code, out, err = tool("tune", "--from-store", "--store", store, "--json", "--write", path("site.ini"))
cue = json.loads(out)["Cues"][0]
check("a threshold that leaves more right ones", code == 0 and cue["Chosen"] == 0.49 and cue["After"]["Precision"]["Value"] > 0.8, (out, err))
check("which is a config", "on = 0.49" in tool("config", "--config", path("site.ini"))[1])
check("as a table too", "0.49" in tool("tune", "--from-store", "--store", store)[1])
check.refused("eval: no store", tool("eval", "--from-store"), 2, "--store FILE")
check.refused("eval: what does not go with it", tool("eval", "--from-store", "--index", "x"), 2, "--from-store")
check.refused("tune: what does not go with it", tool("tune", "--from-store", "x"), 2, "--from-store")
check.refused("--store alone", tool("tune", "x", "--store", store), 2, "--from-store")

# a store of the first version
old = path("old.db")
with contextlib.closing(sqlite3.connect(old)) as f:
    for name, sql in rows("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT IN ('outcome', 'addressed', 'addressed_session', 'score', 'action', 'action_session', 'action_name', 'heard', 'heard_session', 'sqlite_sequence')"):
        f.execute(sql)
    f.execute("INSERT INTO store VALUES('x')")
    f.execute("INSERT INTO call VALUES('kept', 'kept', 0, NULL, 'COMPLETED', 5)")
    f.execute("INSERT INTO event(session, sequence, type, at, json) VALUES('kept', 1, 't', 0, '{}')")
    f.execute("PRAGMA application_id = 0x556E6474")
    f.execute("PRAGMA user_version = 1")
    f.commit()
check("an earlier program's store is brought up", [x["Session"] for x in events(tool("store", "list", "--json", "--store", old)[1])] == ["kept"]
      and rows("PRAGMA user_version", old) == rows("PRAGMA user_version") and tool("store", "outcome", "kept", "stayed", "--store", old)[0] == 0)
check.finish()
