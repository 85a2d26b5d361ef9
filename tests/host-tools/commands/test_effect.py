#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`[effect] holdout` keeps cues from a drawn week, and `undertone effect` tells what cues change, of whole sites alone."""
import contextlib
import hashlib
import hmac
import json
import random
import sqlite3
import time

from desk_program import Desk
from tool import Checks, path, speech, tool, wav

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
check.refused("none there", tool("effect", path("none.db")), 10, "none.db")
check.refused("no day", tool("effect", *stores, "--since", "soon"), 2, "soon")
check.finish()
