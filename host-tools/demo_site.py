# SPDX-License-Identifier: Apache-2.0
"""A site whose truth is known: calls of 40 desks over 12 weeks, as rows of the desks' stores, and what cues change in them.

Desks differ from each other and from week to week, so that a call of one desk is not as good as a call of another. Of each call
the events hold no more than `undertone effect` reads: which arm it was drawn into, and its trajectory.
"""
import contextlib
import dataclasses
import hashlib
import hmac
import json
import math
import random
import sqlite3

DESKS, WEEKS, CALLS = 40, 12, 25  # calls a desk-week
HELD_OUT = 0.2
DAY = 86_400_000
WEEK = 7 * DAY
MONDAY = 1_767_571_200_000  # 2026-01-05, UTC
DESK_SIGMA, WEEK_SIGMA, LENGTH_SIGMA = 0.3, 0.2, 0.7  # of log-normal factors; as in tests/eval/effect.c
KNOWN_CSAT = 0.4  # of calls


@dataclasses.dataclass(frozen=True)
class Site:
    """Means without cues; what cues take off them, as a share (of CSAT's 4 points above 1: what they add)."""
    escalated: float = 0.06
    worse: float = 0.25
    minutes: float = 6.0
    after: float = 0.4
    happy: float = 0.6
    fewer_escalated: float = 0.0
    fewer_worse: float = 0.0
    fewer_minutes: float = 0.0
    less_after: float = 0.0
    more_happy: float = 0.0

    def truth(self):
        """With cues less without, by the names that `undertone effect --json` uses."""
        return {"FrustrationAfterCue": -self.after * self.less_after, "EndedWorse": -self.worse * self.fewer_worse,
                "Escalated": -self.escalated * self.fewer_escalated, "Minutes": -self.minutes * self.fewer_minutes,
                "Csat": 4 * self.happy * self.more_happy}


WITHOUT_EFFECT = Site()
WITH_EFFECT = Site(fewer_escalated=0.4, fewer_worse=0.25, fewer_minutes=0.1, less_after=0.1, more_happy=0.1)


def held_out(key, desk, week_ms):
    """Whether the desk's week goes without cues: the program's own draw (docs/spec/store.md, "Effect")."""
    number = (week_ms - 4 * DAY) // WEEK
    digest = hmac.new(key, f"holdout\n{desk}\n{number}".encode(), hashlib.sha256).hexdigest()
    return int(digest[:8], 16) < HELD_OUT * 2**32


def calls(site, desk, key, chance):
    """The desk's calls, the oldest first."""
    def factor(sigma):
        return math.exp(sigma * chance.gauss(0, 1) - sigma * sigma / 2)

    own, slow, calm = factor(DESK_SIGMA), factor(DESK_SIGMA), chance.gauss(0, 0.03)
    for week in range(WEEKS):
        begin = MONDAY + week * WEEK
        held = held_out(key, desk, begin)
        cues = 0.0 if held else 1.0
        rate, pace, mood = own * factor(WEEK_SIGMA), slow * factor(WEEK_SIGMA), calm + chance.gauss(0, 0.02)
        for number in range(CALLS):
            start = begin + (number // 5) * DAY + 9 * 3_600_000 + (number % 5) * 5_400_000  # five a day, Monday to Friday
            happy = site.happy * (1 + site.more_happy * cues)
            yield {"session": f"{desk}-{week}-{number}", "start": start, "arm": "held_out" if held else "shown",
                   "length": round(60_000 * site.minutes * pace * factor(LENGTH_SIGMA) * (1 - site.fewer_minutes * cues)),
                   "after": round(site.after * (1 - site.less_after * cues) + mood + 0.4 * (chance.random() - 0.5), 3),
                   "worse": chance.random() < site.worse * rate * (1 - site.fewer_worse * cues),
                   "escalated": chance.random() < site.escalated * rate * (1 - site.fewer_escalated * cues),
                   "csat": 1 + sum(chance.random() < happy for _ in range(4)) if chance.random() < KNOWN_CSAT else None}


def schema_of(store):
    """(statements, version, the number that owns the file) of a store that the program made."""
    with contextlib.closing(sqlite3.connect(store)) as f:
        made = [x for (x,) in f.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 'sqlite_sequence'")]
        return made, f.execute("PRAGMA user_version").fetchone()[0], f.execute("PRAGMA application_id").fetchone()[0]


def write_store(file, schema, of_desk):
    """One desk's calls with their outcomes; returns how many calls."""
    statements, version, owner = schema
    sessions, events, outcomes = [], [], []
    for x in of_desk:
        session, start, end = x["session"], x["start"], x["start"] + x["length"]
        sessions.append((session, session, start, end, "COMPLETED", end))
        course = {"Change": "worse" if x["worse"] else "same", "AfterCue": x["after"]}
        for sequence, kind, at, data in ((1, "started", start, {"Arm": x["arm"]}), (2, "completed", end, {"Trajectory": course})):
            events.append((session, sequence, f"undertone.session.{kind}.v1", at, json.dumps({"data": data})))
        if x["escalated"]:
            outcomes.append((session, "escalation", "escalated", end, "crm"))
        if x["csat"] is not None:
            outcomes.append((session, "satisfaction", f"csat{x['csat']}", end, "crm"))
    with contextlib.closing(sqlite3.connect(file)) as f:
        f.execute("PRAGMA synchronous = OFF")  # what is lost is generated again
        for statement in statements:
            f.execute(statement)
        f.execute("INSERT INTO store VALUES(?)", (hashlib.sha256(file.encode()).hexdigest()[:32],))
        f.execute(f"PRAGMA application_id = {owner}")
        f.execute(f"PRAGMA user_version = {version}")
        f.executemany("INSERT INTO call VALUES(?, ?, ?, ?, ?, ?)", sessions)
        f.executemany("INSERT INTO event(session, sequence, type, at, json) VALUES(?, ?, ?, ?, ?)", events)
        f.executemany("INSERT INTO outcome VALUES(?, ?, ?, ?, ?)", outcomes)
        f.commit()
    return len(sessions)


def write_site(files, schema, site, key, seed):
    """A store for each desk, at files(number); returns their paths."""
    chance, stores = random.Random(seed), []
    for number in range(DESKS):
        stores.append(files(number))
        write_store(stores[-1], schema, calls(site, f"desk-{number + 1}", key, chance))
    return stores
