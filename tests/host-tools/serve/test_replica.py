#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`[serve] read`: pages ask a streaming replica of the ledger's server, and never see less than what was committed; one that is behind or
away is no matter, and while the server itself is away pages still answer."""
import json
import os
import re
import signal
import time
import urllib.error
import urllib.request

from floor import Broker, Client, event, ini, until
from floor_postgres import Server, Worker
from tool import Checks, path, tool

check = Checks()
server = Server()
replica = Server(of=server)
reading = replica.address.replace("///", "//undertone@/")  # another name for people than the server's
broker = Broker("a").start()
serve = Worker("floor", [broker], server, more=f"read = {reading}\npage = 0\n").start()
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


def backends(of):
    """The server's processes for this program."""
    return [pid for pid, in of.rows("SELECT pid FROM pg_stat_activity WHERE application_name = 'undertone'")]


seen = []
for _ in range(20):
    send()
    seen.append((ask("/v1/state")["Calls"][0]["Events"], numbers()))
check("a page sees each event once it is committed", seen == [(i + 1, list(range(1, i + 2))) for i in range(20)], seen)
check("and follows", replica.rows("SELECT pg_is_in_recovery(), count(*) FROM event") == [("t", 20)])
count = lambda name: serve.counts()[name]
check("the replica was asked, and its answers are counted", until(lambda: count("replica_reads_total") >= 20, 20), serve.counts())

replica.rows("SELECT pg_wal_replay_pause()")
behind = count("replica_behind_total")
send()
check("one that is behind is passed over", (ask("/v1/state")["Calls"][0]["Events"], numbers()) == (21, list(range(1, 22))))
counted = until(lambda: ask("/v1/state") and count("replica_behind_total") > behind, 60)
check("and counted", counted, serve.counts())
behind, began = count("replica_behind_total"), time.monotonic()
for _ in range(100):
    ask("/v1/state")
until(lambda: count("replica_behind_total") > behind, 20)
more, took = count("replica_behind_total") - behind, time.monotonic() - began
check("but it is not asked with each question", more <= took / 0.2 + 1, (more, took))
replica.rows("SELECT pg_wal_replay_resume()")

# a server's process that is stopped in its tracks
until(lambda: ask("/v1/state") and backends(replica), 60)
until(lambda: replica.rows("SELECT count(*) FROM event") == [(21,)], 60)
time.sleep(0.3)  # one that was behind is asked again after 0.2 s
lost, stopped, began = serve.said().count("no answer"), backends(replica), time.monotonic()
for pid in stopped:
    os.kill(pid, signal.SIGSTOP)
got = ask("/v1/state")["Calls"][0]["Events"], numbers()
check("one that gives no answer holds nothing up", got == (21, list(range(1, 22))) and time.monotonic() - began < 10, (time.monotonic() - began, got))
check("nor what desks send", send() and numbers() == list(range(1, 23)), serve.said())
check("and is said, once, by its name", re.findall("undertone: (.*?): no answer within 250 ms.*; pages ask the ledger itself meanwhile", serve.said())[lost:]
      == ["postgresql://undertone@/postgres"], serve.said())
for pid in stopped:
    os.kill(pid, signal.SIGCONT)
check("it is asked again later", until(lambda: ask("/v1/state") and "postgresql://undertone@/postgres: answers pages again" in serve.said(), 60), serve.said())
check("the site stayed with this one", serve.epoch() == 1 and serve.program.poll() is None, serve.said())

# the server away
until(lambda: replica.rows("SELECT count(*) FROM event") == [(22,)])
server.do("kill")
alone = until(lambda: isinstance(numbers(), list) and (ask("/v1/state")["Calls"][0]["Events"], numbers()), 60)
check("pages answer from the replica while the server is away", alone == (22, list(range(1, 23))), (alone, serve.said()))
check("which does not say that there is no such call", ask("/v1/calls/two") == 500, serve.said())
server.do("start")
check("and what is sent then", send() and until(lambda: numbers() == list(range(1, 24))), serve.said())
replica.do("kill")
check("one that is away is no matter", send() and numbers() == list(range(1, 25)), serve.said())
check("and said", "pages ask the ledger itself meanwhile" in serve.said(), serve.said())
check("serve ends", serve.end() == 0, serve.said())
check.refused("a replica of a file", tool("serve", "--store", path("x.db"), "--config", ini("f.ini", [broker], "r", f"[serve]\nread = {replica.address}\n")), 18,
              "[serve] read")
desk.close()
broker.end()
check.finish()
