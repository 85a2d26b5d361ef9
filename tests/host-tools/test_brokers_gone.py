#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Both brokers of a floor are dead for ten minutes with calls, by clocks that run 60 times as fast: the desk keeps what may not be
lost, asks seldom, and when the brokers are back all of it arrives, once and in order. Ten minutes after it had to leave the nearest
broker it goes back there."""
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

from floor import Broker, Serve, audit, ini, rows, until, waiting
from tool import ENV, UNDERTONE, Checks, faster, path, tool

check = Checks()
FASTER, AWAY = 60, 600
fast = faster(FASTER)


class Asked:
    """Stands at a dead broker's port and counts who comes."""

    def __init__(self, port):
        self.count, self.socket = 0, socket.create_server(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.stand, daemon=True)
        self.thread.start()

    def stand(self):
        while True:
            try:
                peer = self.socket.accept()[0]
            except OSError:
                return
            self.count += peer.recv(200).find(b"desk-1") >= 0  # CONNECT has the name
            peer.close()

    def end(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()


brokers = [Broker("a").start(), Broker("b").start()]
serve = Serve("floor", brokers)
serve.env = fast
serve.start()
headset = subprocess.Popen([UNDERTONE, "simulate", "--tcp", "0", "--calls", "0", "--speed", str(FASTER)], stdout=subprocess.PIPE, env=ENV, text=True)
address = headset.stdout.readline().split()[1]
desk = path("desk.db")
config = ini("desk.ini", brokers, "desk-1")
with open(path("out"), "w", encoding="utf-8") as out, open(path("err"), "w", encoding="utf-8") as err:
    live = subprocess.Popen([UNDERTONE, "live", "--tcp", address, "--json", "--disclosed", "--store", desk, "--mqtt", "--metrics", path("desk.prom"), "--config", config],
                            stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=fast)
until(lambda: serve.rows("SELECT count(*) FROM score")[0][0] >= 3 and waiting(desk) == 0, 60)
stored = lambda: rows(desk, "SELECT count(*) FROM event")[0][0]
early = os.path.getsize(path("err"))
for b in brokers:
    b.kill()
asked, before, begun = Asked(brokers[0].port), stored(), time.monotonic()
time.sleep(AWAY / FASTER)
check("calls go on, and what comes of them waits", until(lambda: live.poll() is None and waiting(desk) > 20, 60), (waiting(desk), stored() - before))
held, away = waiting(desk), (time.monotonic() - begun) * FASTER
check("that was ten minutes", away >= AWAY, away)
check("nothing of it is lost, nothing more than it waits", stored() - before - 2 <= held <= stored(), (held, before, stored()))
asked.end()
check("it asked each broker, at most once in 4 s", 10 < asked.count <= away / 4 + 4, (asked.count, away))
for b in brokers:
    b.start()
check("all of it arrives", until(lambda: waiting(desk) < 3, 60), waiting(desk))
check("while calls go on", live.poll() is None)
with open(path("err"), encoding="utf-8") as f:
    said = f.read()[early:]
brokers[0].kill()
check("without the nearest it is at the other", until(lambda: "as desk-1 (" in brokers[1].said().rsplit("mosquitto version", 1)[1], 60), brokers[1].said()[-300:])
brokers[0].start()
back = time.monotonic()
check("and goes back to the nearest", until(lambda: "as desk-1 (" in brokers[0].said().rsplit("mosquitto version", 1)[1], 60))
check("after about ten minutes", (time.monotonic() - back) * FASTER > 0.7 * AWAY, (time.monotonic() - back) * FASTER)
check("with what it had", until(lambda: waiting(desk) < 3, 60) and live.poll() is None, waiting(desk))
live.send_signal(signal.SIGINT)
code = live.wait(60)
headset.kill()
headset.wait()
with open(path("desk.prom"), encoding="utf-8") as f:
    scores = {fate: int(n) for fate, n in re.findall(r'^undertone_floor_scores_total{fate="(\w+)"} (\d+)$', f.read(), re.M)}
lost = [int(n) for n in re.findall(r": (\d+) scores of meanwhile are not sent; takes events again\n", said)]
check("scores that had nobody to go to are counted, and said", scores["sent"] > 0 and scores["replaced"] + scores["no_link"] > 100
      and max(lost, default=0) > 100 and sum(lost) <= scores["replaced"] + scores["no_link"], (scores, lost))
check("live ends well", code in (0, 130), (code, said))
check("that a broker was lost is said, not that each attempt failed, and that they are back", 1 <= said.count("events wait in the outbox\n") <= 2
      and said.rpartition("events wait in the outbox\n")[2].count("takes events again\n") == 1, said)
send = lambda: tool("outbox", "send", "--mqtt", "--store", desk, "--config", config, env=fast)  # a device's later start has a later time
check("the rest goes with the next run", until(lambda: send()[0] == 0 and waiting(desk) == 0, 60), waiting(desk))
wanted = {}
with open(path("out"), encoding="utf-8") as f:
    for line in f.read().splitlines():
        if "sequence" in (e := json.loads(line)):
            wanted.setdefault(e["session"], []).append(line)
check("the floor has every event, once and in order", len(wanted) > 1 and not audit(serve, wanted), (len(wanted), audit(serve, wanted)))
check("serve ends well", serve.end() == 0, serve.said())
for b in brokers:
    b.end()
check.finish()
