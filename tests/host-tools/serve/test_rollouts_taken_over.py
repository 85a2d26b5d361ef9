#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Roll-outs with the ledger in PostgreSQL: a worker that is killed in the middle of a ring is taken over, and the other goes on where it was;
one that slept moves nothing; the database away holds a stop up, and no more."""
import json
import re
import signal

from floor import Broker, until
from floor_postgres import Server, Worker
from rollout_floor import Desks, Fleet, named
from tool import Checks, path

check = Checks()
first, early, others = named("s", 0, 100, 1)[0], named("s", 100, 1000, 2), named("s", 1000, 10000, 5)
server, broker = Server(), Broker("a").start()
fleet = Fleet(server.address)


def worker(name):
    w = Worker(name, [broker], server, node=name, more=f"page = 0\naudit = {path(name)}.audit\n[fleet]\nverifier = {fleet.verifier}\n")
    w.record = f"{path(name)}.audit"
    return w


def kinds(w):
    with open(w.record, encoding="utf-8") as f:
        return [(x["Kind"], x["Ring"]) for x in map(json.loads, f) if x["Kind"].startswith("rollout")]


one, two = worker("one").start(), worker("two").stand_by()
check("the second stands by", until(lambda: "this one stands by" in two.said(), 30), two.said())
desks = Desks(broker)
for x in [first] + early + others:
    desks.status(x)
check("desks are known", until(lambda: server.rows("SELECT count(*) FROM device") == [(8,)]))
check("a roll-out", fleet.open()[0] == 0 and desks.wait(canary=(1, "open")), (desks.told, one.said()))
desks.report(first, 1, "confirmed")
check("its second ring opens", desks.wait(canary=(1, "open"), early=(1, "open")), desks.told)
desks.report(early[0], 1, "trying")
until(lambda: server.rows("SELECT count(*) FROM device_rollout") == [(2,)])
before = desks.notice("early")

# killed in the middle of it
one.kill()
check("the other takes over", until(lambda: two.epoch() == 2, 60), two.said())
check("and says where files are now", until(lambda: desks.notice("early")["From"] != before["From"]) and desks.notice("early")["Note"] == before["Note"]
      and desks.notice("early")["From"] + "/" in two.said(), desks.notice("early"))
check("nothing else has moved", desks.told == {"canary": (1, "open"), "early": (1, "open")}, desks.told)
check("what was on record is not again", kinds(one) == [("rollout_opened", "canary"), ("rollout_passed", "canary"), ("rollout_ring", "early")] and not kinds(two),
      (kinds(one), kinds(two)))
for x in early:
    desks.report(x, 1, "confirmed")
check("it goes on", desks.wait(canary=(1, "open"), early=(1, "open"), all=(1, "open")), desks.told)
check("on its own record", kinds(two) == [("rollout_passed", "early"), ("rollout_ring", "all")], kinds(two))

# one that sleeps while the other moves on
two.program.send_signal(signal.SIGSTOP)
one.start()
check("a sleeper's site is taken over", until(lambda: one.epoch() == 3, 60), one.said())
check("a desk fails meanwhile", not desks.report(others[0], 1, "reverted", "did not stay up") and desks.wait(canary=(1, "stopped"), early=(1, "stopped"), all=(1, "stopped")),
      desks.told)
two.program.send_signal(signal.SIGCONT)
check("the sleeper ends when it wakes", until(lambda: two.program.poll(), 60) in (1, 32), two.said())
check("and it stays stopped", desks.wait(3, canary=(1, "stopped"), early=(1, "stopped"), all=(1, "stopped")) and kinds(two)[-1] == ("rollout_ring", "all"), desks.told)
check("in the ledger too", server.rows("SELECT DISTINCT state, changed_by FROM rollout") == [("stopped", "serve")], server.rows("SELECT * FROM rollout"))

# the database away
check("another roll-out", fleet.open(hold=60)[0] == 0 and desks.wait(canary=(2, "open"), early=(1, "stopped"), all=(1, "stopped")), desks.told)
server.do("kill")
check("serve goes on", until(lambda: "roll-outs stand still meanwhile" in one.said(), 30) and one.program.poll() is None, one.said())
server.do("start")
check("and hears of a stop when it is back", fleet("stop", "2", "enough")[0] == 0 and desks.wait(30, canary=(2, "stopped"), early=(1, "stopped"), all=(1, "stopped")),
      (desks.told, one.said()))
check("said once", len(re.findall("roll-outs stand still", one.said())) == 1 and one.end() == 0, one.said())
check.finish()
