#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone serve` with its ledger in a PostgreSQL server that is killed and comes back: nothing is lost, nothing is
twice, and what desks sent meanwhile waits with them."""
import os
import re
import signal
import socket
import time

from floor import Broker, audit, call, desk_store, fill, ini, sending, until, waiting
from floor_postgres import Server, Worker
from tool import Checks, tool

check = Checks()
server = Server()
broker = Broker("a").start()
serve = Worker("floor", [broker], server, node="one").start()
desk = ini("desk.ini", [broker], "desk-1")
first = {f"a{i}": call(f"a{i}", 20) for i in range(10)}
store = desk_store("desk.db")
fill(store, [x for lines in first.values() for x in lines])
sender = sending(store, desk)
check("a desk's events arrive", until(lambda: sender.program.poll() == 0, 60), sender.said())
check("byte for byte, once each", not audit(serve, first), audit(serve, first))
check("the calls are over", serve.rows("SELECT state, count(*) FROM progress GROUP BY 1") == [("COMPLETED", 10)])
check("a day's tables are there before the day", len(serve.rows("SELECT 1 FROM pg_inherits")) >= 6)

second_calls = {f"b{i}": call(f"b{i}", 50) for i in range(20)}
fill(store, [x for lines in second_calls.values() for x in lines])
sender = sending(store, desk)
until(lambda: serve.rows("SELECT count(*) FROM event WHERE session LIKE 'b%'")[0][0] >= 100)
server.do("kill")
left = waiting(store)
check("the server was killed with events on their way", left > 100, left)
check("serve says so once, without ending", until(lambda: "desks keep what is not committed" in serve.said(), 60)
      and serve.program.poll() is None, serve.said())
server.do("start")
check("what waited arrives", until(lambda: sender.program.poll() == 0, 120), sender.said())
check("0 lost, 0 holes, 0 doubled rows", not audit(serve, {**first, **second_calls}), audit(serve, {**first, **second_calls}))
check("and serve says that it is there again", until(lambda: "takes events again" in serve.said())
      and serve.said().count("desks keep") == 1, serve.said())

# two programs for one site
second = Worker("second", [broker], server, node="two").stand_by()
check("the second stands by", until(lambda: "this one stands by" in second.said(), 30) and second.program.poll() is None
      and not os.path.exists(second.metrics), second.said())
code, out, err = tool("serve", "--status", "--store", server.address)
check("and may be asked for", code == 0 and re.fullmatch(r"s: at one by one-\S+, epoch 1, [\d.]+ s left; stands by at: two; 0 desks, 0 calls live, 0 flags up, "
                                                         r"1200 events\n", out), (out, err))
check("metrics say who it is", 'lease_info{node="one",holder="one-' in str(serve.counts()), serve.counts())
check.refused("a node that is no name", tool("serve", "--store", server.address, "--config", ini("node.ini", [broker], "n", "[serve]\nnode = a b\n")), 18,
              "[serve] node")

# one that has not all characters
server.rows("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
check.refused("a database that is not in UTF-8", tool("serve", "--store", server.address.replace("/postgres", "/latin"), "--config", ini("latin.ini", [broker], "n")), 31,
              "its encoding is not UTF8")

# who could not serve does not stand by
with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    busy = Worker("busy", [broker], server, node="three", more=f"page = {port}\n").stand_by()
    check("one whose page's port is taken ends", until(lambda: busy.program.poll(), 30) == 3 and "choose another port" in busy.said(), busy.said())
for name, more, code in (("users", "page = 0\nusers = /nowhere/users\n", 10), ("read", "read = postgresql://[\n", 2)):
    other = Worker(f"no-{name}", [broker], server, node="three", more=more).stand_by()
    check(f"so does one whose {name} cannot be read", until(lambda: other.program.poll(), 30) == code, (other.program.poll(), other.said()))
check("and none stood by", server.rows("SELECT count(*) FROM standby WHERE node = 'three'") == [(0,)])
busy.stand_by()
check("while the port is free it does", until(lambda: server.rows("SELECT count(*) FROM standby WHERE node = 'three'") == [(1,)], 30), busy.said())
with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    check("until it is taken", until(lambda: busy.program.poll(), 30) == 3 and busy.said().count("choose another port") == 2, busy.said())
third = {f"c{i}": call(f"c{i}", 50) for i in range(20)}
fill(store, [x for lines in third.values() for x in lines])
sender = sending(store, desk)
until(lambda: serve.rows("SELECT count(*) FROM event WHERE session LIKE 'c%'")[0][0] >= 100)
serve.kill()
left = waiting(store)
killed = time.monotonic()
check("the first was killed with events on their way", left > 100, left)
until(lambda: second.epoch() == 2, 60)
taken_over = time.monotonic()
print(f"taken over after {taken_over - killed:.1f} s")
until(lambda: waiting(store) == 0 or sender.program.poll() is not None, 60)
print(f"all arrived {time.monotonic() - taken_over:.1f} s later")
check("desks hear of it: none waits its pause of 12 s, and gives up", waiting(store) == 0, (sender.said(), time.monotonic() - taken_over))
while until(lambda: sender.program.poll() is not None, 60) and sender.program.poll() == 36:
    sender = sending(store, desk)  # gave up meanwhile, as a command does; a desk would go on
check("the second takes over, and what waited arrives", sender.program.poll() == 0 and waiting(store) == 0, sender.said())
everything = {**first, **second_calls, **third}
check("0 lost, 0 holes, 0 doubled rows either", not audit(serve, everything), audit(serve, everything))

# one that sleeps while another takes over
second.program.send_signal(signal.SIGSTOP)
serve.start()
check("a sleeper's site is taken over", serve.epoch() == 3, serve.said())
second.program.send_signal(signal.SIGCONT)
check("and it ends when it wakes", until(lambda: second.program.poll(), 60) in (1, 32), second.said())
second.stand_by()
until(lambda: second.said().count("stands by") == 2, 30)
check("SIGTERM ends it", serve.end() == 0, serve.said())
check("and gives the site up at once", until(lambda: second.epoch() == 4, 60), second.said())

# a machine that has less to do
other = Worker("other", [broker], server, "elsewhere", node="two").start()
serve.stand_by()
until(lambda: "stands by at: one;" in tool("serve", "--status", "--store", server.address)[1], 30)
server.rows("UPDATE lease SET since = since - interval '1 minute'")  # as if nothing had moved for so long
check("gets one of two sites", until(lambda: serve.epoch() == 5, 30), serve.said())
check("and who had it ends, to stand by", until(lambda: second.program.poll() == 32, 30), second.said())
check("and says where it is", "serves site s now, at one; start this one again to stand by" in second.said(), second.said())
check("the other site stays", other.end() == 0 and serve.end() == 0, (other.said(), serve.said()))

server.do("stop")
check.refused("no server", tool("serve", "--store", server.address, "--config", desk), 45, "postgresql:///postgres")
for password in ("secret@[::1", "secret%zz@h"):
    result = tool("serve", "--store", f"postgresql://u:{password}/x", "--config", desk)
    check.refused("no address", result, 2, "postgresql://u@")
    check("whose password is not said", "secret" not in result[2], result)
code, out, err = tool("privacy", "report", "--floor", "postgresql://u:secret@h/x")
check("a privacy report names the server, without the password", code == 0 and "postgresql://u@h/x, a PostgreSQL server" in out
      and "secret" not in out + err, (code, out[-300:], err))
server.do("start")
broker.end()

# the calls of one site of several, as `undertone effect` counts them
server.rows("UPDATE event SET json = replace(json, '\"data\":{', '\"data\":{\"Arm\":\"shown\",') WHERE json LIKE '%session.started%'")
check("a site's drawn calls are read", serve.rows("SELECT count(*) > 0 FROM event WHERE json LIKE '%\"Arm\"%'") == [("t",)])
check.refused("of the one desk of this site", tool("effect", "--floor", server.address, "--site", "s"), 6, "of 1 desks")
check.refused("of none of another", tool("effect", "--site", "elsewhere", env={"UNDERTONE_SERVE_STORE": server.address}), 6, "of 0 desks")
check.finish()
