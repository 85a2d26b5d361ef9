#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone serve` with its ledger in a PostgreSQL server that is killed and comes back: nothing is lost, nothing is
twice, and what desks sent meanwhile waits with them."""
import atexit
import os
import subprocess
import tempfile

from floor import Broker, Serve, audit, call, desk_store, fill, ini, sending, until, waiting
from tool import Checks, path, tool

check = Checks()
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "postgres.sh")
# A socket's path is short, and its folder one that the server's user may enter.
FOLDER = tempfile.mkdtemp(prefix="undertone-")


def server(word):
    return subprocess.run([SCRIPT, word, FOLDER], check=True, stdout=subprocess.PIPE, text=True, timeout=120).stdout.strip()


@atexit.register
def end_server():
    server("stop")
    subprocess.run(["rm", "-rf", FOLDER], check=True)


class Ledger(Serve):
    def rows(self, statement, *values):
        assert not values
        done = subprocess.run(["psql", "-XAtq", "-F", "\t", self.store], env={**os.environ, "PGOPTIONS": "-c search_path=undertone"},
                              input=statement, check=True, stdout=subprocess.PIPE, text=True)
        return [tuple(int(x) if x.isdigit() else x for x in line.split("\t")) for line in done.stdout.splitlines()]


os.chmod(FOLDER, 0o755)
address = server("start")
broker = Broker("a").start()
serve = Ledger("floor", [broker], address).start()
desk = ini("desk.ini", [broker], "desk-1")
first = {f"a{i}": call(f"a{i}", 20) for i in range(10)}
store = desk_store("desk.db")
fill(store, [x for lines in first.values() for x in lines])
sender = sending(store, desk)
check("a desk's events arrive", until(lambda: sender.program.poll() == 0, 60), sender.said())
check("byte for byte, once each", not audit(serve, first), audit(serve, first))
check("the calls are over", serve.rows("SELECT state, count(*) FROM progress GROUP BY 1") == [("COMPLETED", 10)])
check("a day's tables are there before the day", len(serve.rows("SELECT 1 FROM pg_inherits")) >= 6)

second = {f"b{i}": call(f"b{i}", 50) for i in range(20)}
fill(store, [x for lines in second.values() for x in lines])
sender = sending(store, desk)
until(lambda: serve.rows("SELECT count(*) FROM event WHERE session LIKE 'b%'")[0][0] >= 100)
server("kill")
left = waiting(store)
check("the server was killed with events on their way", left > 100, left)
check("serve says so once, without ending", until(lambda: "desks keep what is not committed" in serve.said(), 60)
      and serve.program.poll() is None, serve.said())
server("start")
check("what waited arrives", until(lambda: sender.program.poll() == 0, 120), sender.said())
check("0 lost, 0 holes, 0 doubled rows", not audit(serve, {**first, **second}), audit(serve, {**first, **second}))
check("and serve says that it is there again", until(lambda: "takes events again" in serve.said())
      and serve.said().count("desks keep") == 1, serve.said())
check("SIGTERM ends it", serve.end() == 0, serve.said())

server("stop")
check.refused("no server", tool("serve", "--store", address, "--config", desk), 45, "postgresql:///postgres")
check.refused("no address", tool("serve", "--store", "postgresql://u:secret@[::1/x", "--config", desk), 45, "postgresql://u@[::1/x")
server("start")
broker.end()
check.finish()
