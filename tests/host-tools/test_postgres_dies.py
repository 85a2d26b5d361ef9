#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A test's PostgreSQL server ends with its test, however that ends, and leaves no files."""
import os
import signal
import subprocess
import sys

from floor import until
from tool import Checks

check = Checks()
TEST = """import os, sys, time
from floor_postgres import Server
server = Server()
with open(os.path.join(server.folder, "data", "postmaster.pid"), encoding="ascii") as f:
    print(f.readline().strip(), server.folder, flush=True)
how = sys.argv[1]
if how == "kill -9 of the server":
    server.do("kill")
    server.do("start")
    with open(os.path.join(server.folder, "data", "postmaster.pid"), encoding="ascii") as f:
        print(f.readline().strip(), flush=True)
if how != "its own end":
    time.sleep(600)
"""


def there(pid):
    return os.path.exists(f"/proc/{pid}")


def one(how, end, group=False):
    test = subprocess.Popen([sys.executable, "-B", "-c", TEST, how], stdout=subprocess.PIPE, text=True, start_new_session=group)
    server, folder = test.stdout.readline().split()
    if how == "kill -9 of the server":
        server = test.stdout.readline().strip()
    check(f"{how}: there is a server", how == "its own end" or (there(server) and os.path.isdir(folder)))
    end(test)
    test.wait(60)
    check(f"{how}: the server ends", until(lambda: not there(server), 30))
    check(f"{how}: its files are gone", until(lambda: not os.path.exists(folder), 30))


one("its own end", lambda test: None)
one("kill -9", lambda test: test.kill())
one("SIGTERM to all of it, as of a test that takes too long", lambda test: os.killpg(test.pid, signal.SIGTERM), group=True)
one("kill -9 of the server", lambda test: test.kill())
check.finish()
