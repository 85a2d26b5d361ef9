#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone calls`: how each call of a store went, and which of them are asked for."""
import contextlib
import json
import sqlite3

from tool import Checks, events, path, speech, tool, wav

check = Checks()
store = path("calls.db")
customer, agent = speech()
played = tool("replay", wav("call.wav", [3 * agent, 3 * customer]), "--json", "--store", store, "--summary", path("call.json"),
              "--start", "2026-01-31T09:00:00Z", "--report", path("call.html"))
ended = [x for x in events(played[1]) if x["type"] == "undertone.session.completed.v1"][0]
with open(path("call.json"), encoding="utf-8") as f:
    summary = json.load(f)["AcousticEmotion"]
course = summary["Trajectory"]
check("the per-call file says how it went", course and len(course["Quarters"]) == 4
      and course["Peak"] == summary["Summary"]["FrustrationPeak"] and course["Begin"] == summary["Summary"].get("FrustrationBegin"), course)
check("so does the event of its end", ended["data"]["Trajectory"] == course)
with open(path("call.html"), encoding="utf-8") as f:
    page = f.read()
check("and the report", '"course":{' in page and "Frustration at begin / peak / end" in page)


def found(*words):
    code, out, err = tool("calls", "--store", store, "--json", *words)
    check(f"calls {' '.join(words)}", code == 0 and err == "", err)
    return [x["ContactId"] for x in events(out)]


# calls with courses of their own, by hand
COURSES = {"worse": {"Begin": 0.1, "End": 0.6, "Peak": 0.8, "Change": "worse", "AboveMillis": 90000, "RecoveryMillis": None},
           "better": {"Begin": 0.6, "End": 0.1, "Peak": 0.7, "Change": "better", "AboveMillis": 30000, "RecoveryMillis": 12000},
           "none": None}
with contextlib.closing(sqlite3.connect(store)) as f:
    for day, (name, one) in enumerate(COURSES.items(), 1):
        start = 1_000_000_000_000 + day * 86_400_000  # 2001-09-09T01:46:40Z and on
        f.execute("INSERT INTO call VALUES(?, ?, ?, ?, 'COMPLETED', 1)", (name, name, start, start + 300_000))
        data = {"ContactId": name, **({"Trajectory": one} if one else {})}
        rows = [("undertone.hold.ended.v1", {"TotalTimeMillis": 1000}), ("undertone.hold.ended.v1", {"TotalTimeMillis": 60000}),
                ("undertone.cue.opened.v1", {"Cue": "empathy_cue" if name == "worse" else "extended_silence"}),
                ("undertone.session.completed.v1", data)]
        for number, (kind, value) in enumerate(rows, 1):
            f.execute("INSERT INTO event(session, sequence, type, at, json) VALUES(?, ?, ?, 0, ?)", (name, number, kind, json.dumps({"data": value})))
    f.execute("INSERT INTO call VALUES('broken', 'broken', 0, NULL, 'IN_PROGRESS', 2)")
    f.execute("INSERT INTO event(session, sequence, type, at, json) VALUES('broken', 1, 'undertone.session.completed.v1', 0, '{no')")
    f.commit()
check("the oldest first, one without a date by when it was stored", found() == ["broken", "worse", "better", "none", "call"], found())
check("those that ended worse", found("--change", "worse")[:1] == ["worse"] and "better" not in found("--change", "worse"))
check("those of a peak", set(found("--peak", "0.75")) - {"call"} == {"worse"} and set(found("--peak", "0.7")) - {"call"} == {"worse", "better"})
check("those above for long", set(found("--above", "30")) - {"call"} == {"worse", "better"} and "better" not in found("--above", "30.5"))
check("those with a cue", "worse" in found("--cue", "empathy_cue") and "better" not in found("--cue", "empathy_cue"))
check("those of some days", found("--since", "2001-09-11", "--until", "2001-09-12") == ["better"]
      and found("--until", "2001-09-11T00:00Z") == ["worse"], found("--since", "2001-09-11", "--until", "2001-09-12"))
check("several together", found("--change", "better", "--peak", "0.75") in ([], ["call"]) and found("--contact", "none") == ["none"])
line = [x for x in events(tool("calls", "--store", store, "--json")[1]) if x["Session"] == "worse"][0]
check("a line has the course and the holds", line["Trajectory"] == COURSES["worse"] and line["HoldMillis"] == 60000 and line["CuesOpened"] == 1, line)
code, table, _ = tool("calls", "--store", store)
rows = {x.split()[-1]: x.split() for x in table.splitlines()}
check("a table for people", code == 0 and rows["worse"][0] == "2001-09-10T01:46Z" and rows["worse"][3:7] == ["worse", "0.10", "0.80", "0.60"]
      and rows["none"][3:7] == ["-"] * 4 and rows["better"][9] == "12", table)
check.refused("no such cue", tool("calls", "--store", store, "--cue", "joy"), 2, "joy", "undertone cues")
check.refused("no day", tool("calls", "--store", store, "--since", "yesterday"), 2, "yesterday")
check.refused("no change", tool("calls", "--store", store, "--change", "up"), 2, "worse, same or better")
check.refused("no store", tool("calls"), 2, "--store FILE")
check.refused("no such store", tool("calls", "--store", path("none.db")), 10, "none.db")
check.finish()
