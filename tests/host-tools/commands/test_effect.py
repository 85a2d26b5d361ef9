#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`[effect] holdout` keeps cues from a drawn week, and `undertone effect` tells what cues change, of whole sites alone."""
import contextlib
import hashlib
import hmac
import json
import os
import random
import sqlite3
import time

from desk_program import Desk
from floor import Process, until
from tool import UNDERTONE, Checks, path, speech, tool, wav, write

check = Checks()
WEEK = 7 * 86_400_000
MONDAY = 1_769_385_600_000  # 2026-01-26

# a call of a week that is held out, and of one that is not; the draw is reckoned here anew
tool("customer", "make-key", "--site-key", path("site.key"))
with open(path("site.key"), encoding="ascii") as f:
    key = bytes.fromhex(f.read().strip())


def held(desk):
    week = (int(time.time() * 1000) - 4 * 86_400_000) // WEEK
    digest = hmac.new(key, f"holdout\n{desk}\n{week}".encode(), hashlib.sha256).hexdigest()
    return int(digest[:8], 16) < 0.5 * 2**32


names = [f"desk-{i}" for i in range(64)]
for arm, name in (("held_out", next(x for x in names if held(x))), ("shown", next(x for x in names if not held(x)))):
    settings = {"UNDERTONE_CUSTOMER_SITE_KEY": path("site.key"), "UNDERTONE_EFFECT_HOLDOUT": "50", "UNDERTONE_EFFECT_DESK": name}
    with Desk("--disclosed", seconds=600, speed=20, env=settings, name=arm) as desk:
        desk.wait(lambda: desk.said("cue.opened"), 60)
        seen = desk.wait(lambda: desk.state()["Cue"], 60 if arm == "shown" else 3)
        desk.wait(lambda: [x for x in desk.said("cue.opened") if x["data"]["Display"] in ("shown", "muted")], 60)
        check(f"{arm}: the call says so", desk.said("session.started")[0]["data"]["Arm"] == arm, desk.said("session.started")[0]["data"])
        displays = {x["data"]["Display"] for x in desk.said("cue.opened")}
        check(f"{arm}: cues open, and are {'not ' if arm == 'held_out' else ''}seen", bool(seen) == (arm == "shown")
              and ("muted" in displays) == (arm == "held_out") and ("shown" in displays) == (arm == "shown"), (seen, displays))
    with Desk("--disclosed", seconds=600, speed=20, env=settings, name=arm, form="--plain") as desk:  # for who reads lines
        opened = lambda: [x["data"] for x in (e["Event"] for e in json.loads(desk.ask("GET", "/v1/events?after=0")[2])["Events"])
                          if x["type"] == "undertone.cue.opened.v1"]
        desk.wait(lambda: any(x["Display"] in ("shown", "muted") for x in opened()), 60)
        with open(desk.out, encoding="utf-8") as f:
            lines = [x for x in f if "cue opens" in x and not x.rstrip().endswith(("[gauge]", "[arrow]"))]
        check(f"{arm}: lines say as much as the screen", bool(lines) == (arm == "shown") and opened(), lines)
customer, agent = speech()
call = wav("call.wav", [agent, customer])
check("a recording is not drawn", '"Arm"' not in tool("replay", call, "--json", env=settings)[1])
check.refused("a holdout without a desk", tool("live", "--tcp", "localhost:1", env={"UNDERTONE_EFFECT_HOLDOUT": "10"}), 18, "[effect] desk")

# a site of 24 desks and 10 weeks: a third fewer escalations with cues, calls as long as without
tool("replay", call, "--store", path("template.db"))
with contextlib.closing(sqlite3.connect(path("template.db"))) as f:
    SCHEMA = [x for (x,) in f.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 'sqlite_sequence'")]
    (VERSION,), = f.execute("PRAGMA user_version")
chance = random.Random(4)


def store(name, weeks=10, calls=10):
    with contextlib.closing(sqlite3.connect(path(name))) as f:
        for sql in SCHEMA:
            f.execute(sql)
        f.execute("INSERT INTO store VALUES(?)", (name,))
        f.execute("PRAGMA application_id = 0x556E6474")
        f.execute(f"PRAGMA user_version = {VERSION}")
        for week in range(weeks):
            arm = "held_out" if chance.random() < 0.4 else "shown"
            for number in range(calls):
                session, start = f"{name}-{week}-{number}", MONDAY + week * WEEK + number * 600_000
                f.execute("INSERT INTO call VALUES(?, ?, ?, ?, 'COMPLETED', 1)", (session, session, start, start + chance.randrange(120_000, 600_000)))
                course = {"Change": chance.choice(["worse", "same", "better"]), "AfterCue": round(chance.random() * 0.5, 3)}
                for sequence, kind, data in ((1, "session.started", {"Arm": arm}), (2, "session.completed", {"Trajectory": course})):
                    f.execute("INSERT INTO event(session, sequence, type, at, json) VALUES(?, ?, ?, ?, ?)",
                              (session, sequence, f"undertone.{kind}.v1", start, json.dumps({"data": data})))
                if chance.random() < (0.3 if arm == "held_out" else 0.15):
                    f.execute("INSERT INTO outcome VALUES(?, 'escalation', 'escalated', 0, 'test')", (session,))
        f.commit()
    return path(name)


stores = [store(f"desk{i}.db") for i in range(24)]
code, out, err = tool("effect", *stores, "--json", "--plot", path("effect.png"))
found = json.loads(out) if code == 0 else {}
measures = {x["Measure"]: x for x in found.get("Measures", [])}
check("a site is judged", code == 0 and found["Calls"] == 2400 and found["Desks"] == 24 and found["DeskWeeks"] == 240, (code, err, out))
escalated = measures["Escalated"]
check("what was planted is real", escalated["Verdict"] == "real" and escalated["Low"] < -0.15 < escalated["High"] < 0, escalated)
check("what was not is not", measures["Minutes"]["Verdict"] == "not_shown" and measures["EndedWorse"]["Verdict"] == "not_shown"
      and measures["FrustrationAfterCue"]["Calls"][0] + measures["FrustrationAfterCue"]["Calls"][1] == 2400, measures)
check("what nobody measured says nothing", measures["Csat"]["Verdict"] == "too_little" and measures["Csat"]["Difference"] is None)
with open(path("effect.png"), "rb") as f:
    check("a picture", f.read(4) == b"\x89PNG")
code, out, err = tool("effect", *stores)
check("a table", code == 0 and "real" in out and "no difference shown" in out and "too few calls to say" in out and "2400 calls of 24 desks" in out, out)
check("no figure of a desk or an agent", not [x for x in ("desk0", "desk23") if x in out or x in json.dumps(found)])
late = json.loads(tool("effect", *stores, "--json", "--since", "2026-03-02")[1])
check("since a day", late["DeskWeeks"] == 24 * 5, late["DeskWeeks"])
check.refused("19 desks", tool("effect", *stores[:19]), 6, "of 19 desks")
check.refused("one desk named often", tool("effect", *[stores[0]] * 20), 2, "named already")
check.refused("no store", tool("effect"), 2, "stores")

# the same calls by way of the floor's ledger, which no broker has to be there for
LEDGER, NOWHERE = path("floor.db"), "[mqtt]\nbrokers = mqtt://127.0.0.1:1\nsite = s\ndevice = floor\n"


def has_tables(file):
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as f:
        return f.execute("SELECT count(*) FROM sqlite_schema WHERE name IN ('event', 'checkpoint')").fetchone()[0] == 2
    return False


serve = Process([UNDERTONE, "serve", "--store", LEDGER, "--config", write("serve.ini", NOWHERE)], "serve.log").start()
check("a ledger", until(lambda: has_tables(LEDGER), 60), serve.said())
serve.end()


def fill(ledger, files):
    """What desks would have sent of their calls; what a CRM said of them stays with them, but that an escalation was one."""
    with contextlib.closing(sqlite3.connect(ledger)) as f:
        for file in files:
            with contextlib.closing(sqlite3.connect(file)) as d:
                for session, start, ended in d.execute("SELECT session, start, ended FROM call"):
                    f.execute("INSERT INTO progress VALUES(?, ?, 'c', 'b', ?, ?, 1, 2, 2, 'COMPLETED')", (session, os.path.basename(file), start, ended))
                events = [(s, n, kind, line) for s, n, kind, line in d.execute("SELECT session, sequence, type, json FROM event")]
                events += [(s, 3, "undertone.handover.v1", '{"data":{"Kind":"escalation"}}') for s, in
                           d.execute("SELECT session FROM outcome WHERE outcome = 'escalated'")]
            for session, number, kind, line in events:
                f.execute("INSERT INTO event(session, sequence, type, at, received, json) VALUES(?, ?, 1, 1, 1, ?)",
                          (session, number, json.dumps({"type": kind, **json.loads(line)})))
        f.commit()


fill(LEDGER, stores)
in_order = sorted(stores)
for words in ((), ("--since", "2026-03-02")):
    code, out, err = tool("effect", "--floor", LEDGER, "--json", *words)
    check("the ledger of a site says what its desks' stores say", code == 0 and out == tool("effect", "--json", *in_order, *words)[1], (code, err, out))
with contextlib.closing(sqlite3.connect(LEDGER)) as f:
    f.execute("PRAGMA foreign_keys = ON")
    f.execute("DELETE FROM progress WHERE device IN ('desk0.db', 'desk1.db', 'desk2.db', 'desk3.db', 'desk4.db')")
    f.commit()
check.refused("a site of 19 desks", tool("effect", "--floor", LEDGER), 6, "of 19 desks")
check.refused("stores and a ledger", tool("effect", *stores, "--floor", LEDGER), 2, "not both")
check.refused("a site of a file", tool("effect", "--floor", LEDGER, "--site", "hq"), 2, "has one site")
check.refused("a site of nothing", tool("effect", "--site", "hq"), 2, "--floor")
check.refused("no ledger there", tool("effect", "--floor", path("no-floor.db")), 10, "no-floor.db")
check.refused("a store is no ledger", tool("effect", "--floor", stores[0]), 31, "desk0.db")
with open(LEDGER, "r+b") as f:
    f.seek(4096)
    f.write(b"\xa5" * 4000)
check.refused("a damaged ledger", tool("effect", "--floor", LEDGER), 31, "floor.db")
check("which stays where it is", not [x for x in os.listdir(path("")) if "damaged" in x])
check.refused("none there", tool("effect", path("none.db")), 10, "none.db")
check.refused("no day", tool("effect", *stores, "--since", "soon"), 2, "soon")
check.finish()
