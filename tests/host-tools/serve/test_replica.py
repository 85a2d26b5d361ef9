#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`[serve] read`: pages ask a streaming replica of the ledger's server, and never see less than what was committed; one that is behind or
away is no matter, and while the server itself is away pages still answer."""
import json
import re
import urllib.error
import urllib.request

from floor import Broker, Client, event, ini, until
from floor_postgres import Server, Worker
from tool import Checks, path, tool

check = Checks()
server = Server()
replica = Server(of=server)
broker = Broker("a").start()
serve = Worker("floor", [broker], server, more=f"read = {replica.address}\npage = 0\n").start()
until(lambda: "token=" in serve.said())
url, token = re.search(r"(http://\S+)/\?token=(\w+)", serve.said()).groups()
desk = Client(broker, "desk")
sent = 0


def ask(what):
    try:
        with urllib.request.urlopen(urllib.request.Request(url + what, headers={"Authorization": "Bearer " + token}), timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as e:
        return e.code


def send():
    """One more event of the call, until it is committed."""
    global sent
    sent += 1
    desk.say("undertone/v1/s/d/" + ("call" if sent == 1 else "cue"), event("one", sent, "session.started" if sent == 1 else "cue.opened"))
    return until(lambda: server.rows("SELECT contiguous FROM progress") == [(sent,)])


def numbers():
    got = ask("/v1/calls/one")
    return [int(x["sequence"]) for x in got["Events"]] if isinstance(got, dict) else got


def asked():
    """The statement that the program asked the replica last."""
    return replica.rows("SELECT query FROM pg_stat_activity WHERE application_name = 'undertone'")


seen = []
for _ in range(20):
    send()
    seen.append((ask("/v1/state")["Calls"][0]["Events"], numbers()))
check("a page sees each event once it is committed", seen == [(i + 1, list(range(1, i + 2))) for i in range(20)], seen)
check("the replica was asked", asked() and "score" in asked()[0][0], asked())
check("and follows", replica.rows("SELECT pg_is_in_recovery(), count(*) FROM event") == [("t", 20)])
count = lambda name: serve.counts()[name]
check("its answers are counted", until(lambda: count("replica_reads_total") >= 20, 20), serve.counts())

replica.rows("SELECT pg_wal_replay_pause()")
behind = count("replica_behind_total")
send()
check("one that is behind is passed over", (ask("/v1/state")["Calls"][0]["Events"], numbers()) == (21, list(range(1, 22))))
check("and counted", until(lambda: count("replica_behind_total") > behind, 20), serve.counts())
replica.rows("SELECT pg_wal_replay_resume()")
until(lambda: replica.rows("SELECT count(*) FROM event") == [(21,)])
server.do("kill")
check("pages answer from the replica while the server is away", ask("/v1/state")["Calls"][0]["Events"] == 21, serve.said())
server.do("start")
check("and what is sent then", send() and until(lambda: numbers() == list(range(1, 23))), serve.said())
replica.do("kill")
check("one that is away is no matter", send() and numbers() == list(range(1, 24)), serve.said())
check("and said", "pages ask the ledger itself meanwhile" in serve.said(), serve.said())
check("serve ends", serve.end() == 0, serve.said())
check.refused("a replica of a file", tool("serve", "--store", path("x.db"), "--config", ini("f.ini", [broker], "r", f"[serve]\nread = {replica.address}\n")), 18,
              "[serve] read")
desk.close()
broker.end()
check.finish()
