#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Roll-outs end to end: 300 simulated desks, enrolled, each by its own token at a broker with the ACL, and serve, which knows them by the
signed file. What is good reaches every ring. A file that desks cannot read, one that makes every call cue, and one with which desks fall
over stop at the canary: nobody else ever takes it, and the canaries are back at what they had."""
import hashlib
import signal
import time

from enrolled import CONFIRMED, EAGER, REFUSED, REVERTED, Site
from floor import until
from rollout_desk import Key, manifest
from rollout_floor import RINGS, draw
from tool import Checks

check = Checks()
DESKS, SHARES, ROUND = 300, (100, 1000, 10000), 8
names = [f"desk-{n:04}" for n in range(1, DESKS + 1)]
CANARIES = sorted(x for x in names if draw("s", x) < SHARES[0])
GOOD = "[empathy_cue]\nhold = 3\n"
site = Site(names)
KEY = Key("fleet")
serve, reports, rings = site.serve, site.reports, site.rings
check("some are canaries, and few", 2 <= len(CANARIES) <= 9, CANARIES)
canaries, others = site.desks("canaries", CANARIES), site.desks("others", [x for x in names if x not in CANARIES])
check("all are there", site.there(DESKS), serve.said())
check("and in calls", until(lambda: serve.rows("SELECT count(DISTINCT device) FROM progress")[0][0] == DESKS, 60))

# a good one
begun = time.monotonic()
code, out, err = site.roll(GOOD, 0)
check("it is opened", code == 0 and "ring canary is open" in out, (out, err))
check("a good one passes every ring", until(lambda: rings(1) == ["passed"] * 3, 180), (rings(1), serve.said()[-400:]))
check("and is in force at every desk", until(lambda: list(reports(1).values()).count(CONFIRMED) == DESKS, 60), len(reports(1)))
print(f"three rings, {DESKS} desks: {time.monotonic() - begun:.0f} s")

# one that desks cannot read: `rollout open` would not sign it, so another program does
bad = b"[empathy_cue\non = 0.5\n"
check.refused("it is not opened by the command", site.fleet.open(settings=bad.decode()), 17, "rolled.ini:1")
serve.rows("INSERT INTO rollout_file VALUES(?, 2, ?, ?)", hashlib.sha256(bad).hexdigest(), len(bad), bad.hex())
for ring, (name, share) in reversed(list(enumerate(zip(RINGS, SHARES)))):
    note = KEY.sign(manifest(2, [("settings", "bad.ini", bad)], ring=name, share=share))
    serve.rows("INSERT INTO rollout SELECT 2, ring, ?1, CASE ring WHEN 0 THEN 'open' ELSE 'waiting' END, 0, CASE ring WHEN 0 THEN ?2 END, ?2, ?3, '', 'test', 'waiting' "
               "FROM rollout WHERE number = 1 AND ring = ?4", share, int(time.time() * 1000), note, ring)
why = site.stopped(2)
check("one that cannot be read stops", why and "refused it" in why and "bad.ini:1: neither [section] nor key" in why, why)
check("nobody but canaries heard of it", set(reports(2)) <= set(CANARIES) and set(reports(2).values()) == {REFUSED}, reports(2))
check("the other rings never opened", serve.rows("SELECT count(*) FROM rollout WHERE number = 2 AND ring > 0 AND opened IS NOT NULL") == [(0,)], rings(2))

# one that reads well and makes every call cue
at = int(time.time() * 1000)
check("so far no call cues", site.cues_since(0) == set())
code, out, err = site.roll(EAGER, 600)
check("it is opened", code == 0, err)
why = site.stopped(3, 150)
check("one that makes every call cue stops", why and "more than twice as often" in why, (why, reports(3)))
check("by the cues of canaries alone", site.cues_since(at) == set(CANARIES), site.cues_since(at))
check("the canaries put it back", until(lambda: reports(3) == dict.fromkeys(CANARIES, REVERTED), 60), reports(3))
time.sleep(2 * ROUND)  # the call in which they were told to
at = int(time.time() * 1000)
time.sleep(2 * ROUND)
check("and no call cues any more", site.cues_since(at) == set(), site.cues_since(at))
check("serve says why", "roll-out 3 is stopped at ring canary by serve" in serve.said(), serve.said()[-600:])

# one with which desks fall over
code, out, err = site.roll(GOOD, 600)
check("the next one is opened", code == 0, err)
until(lambda: list(reports(4).values()).count(CONFIRMED) == len(CANARIES), 60)
canaries.end(signal.SIGKILL)
why = site.stopped(4)
check("one with which desks fall over stops", why and "were lost" in why, why)
check("nobody but canaries took it", set(reports(4)) == set(CANARIES), reports(4))
again = site.desks("again", CANARIES)
check("the site goes on", until(lambda: serve.rows("SELECT count(DISTINCT device) FROM progress WHERE session LIKE 'again.%'") == [(len(CANARIES),)], 60))
lost = serve.rows(f"SELECT count(*) FROM progress WHERE state = 'LOST' AND device NOT IN ({','.join('?' * len(CANARIES))})", *CANARIES)
check("nobody else lost a call by any of it", lost == [(0,)], lost)
for x in (again, others):
    check("desks end as they are told", x.end() == 0 or "not acknowledged" in x.said(), x.said()[-300:])
check.finish()
