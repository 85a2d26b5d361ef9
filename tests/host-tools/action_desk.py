# SPDX-License-Identifier: Apache-2.0
"""What the tests of actions share: a receiver of webhooks, a bus with a desktop on it, a call that sets actions off."""
import http.server
import json
import os
import sqlite3
import subprocess
import sys
import threading

from desk_program import Desk
from floor import Process, until
from tool import HERE, UNDERTONE, path, tool, write

SCRIPT = """call kept
0.5 agent 2
3 customer 24 delight=0.95 frustration=0.03 confidence=0.9
28 agent 2
30.5 customer 14 delight=0.3 frustration=0.05 confidence=0.9
46 agent 2
48.5 customer 30 frustration=0.95 delight=0.02 confidence=0.9
80 agent 2
82.5 customer 30 frustration=0.95 delight=0.02 confidence=0.9
115 end
"""
ANGRY = """call angry
0.5 agent 2
3 customer 30 frustration=0.95 delight=0.02 confidence=0.9
""" + "".join(f"{40 + 20 * i} agent 2\n{43 + 20 * i} customer 15 frustration=0.95 delight=0.02 confidence=0.9\n"
              for i in range(40)) + "900 end\n"
KEY = write("webhook.key", "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" + "\n")
os.chmod(KEY, 0o600)


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps (path, headers, body); `mood` is a status, or a function of nothing that gives one."""
    daemon_threads = True

    def __init__(self):
        self.got, self.mood = [], 204
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, where="/"):
        return f"http://127.0.0.1:{self.server_address[1]}{where}"

    def ids(self):
        return [json.loads(body)["id"] for _, _, body in self.got]


class Handler(http.server.BaseHTTPRequestHandler):
    """Of Receiver."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        mood = self.server.mood
        status = mood if isinstance(mood, int) else mood()
        try:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        except OSError:
            pass  # the other side was killed

    def log_message(self, *_):
        pass


class Desktop:
    """A desktop that takes notes, or refuses them."""

    def __init__(self, *words):
        self.program = subprocess.Popen([sys.executable, os.path.join(HERE, "notes_double.py"), *words], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.address = self.program.stdout.readline().strip()
        self.notes = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.program.stdout:
            self.notes.append(json.loads(line))

    def end(self):
        self.program.stdin.close()
        self.program.wait(20)


def headset(name, script, speed):
    """A simulated headset: (process, its address)."""
    s = Process([UNDERTONE, "simulate", "--script", write(name + ".script", script), "--speed", str(speed), "--headsets", "1",
                 "--truth", path(name + ".truth")], name + ".sim").start()
    until(lambda: s.said().count("\n") >= 1 or s.program.poll() is not None)
    return s, s.said().split()[1]


def rule(**keys):
    """A config of one rule, and what webhooks need."""
    name = keys.pop("name", "act")
    return f"[webhook]\nkey_file = {KEY}\n[action.{name}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())


class Call:
    """A call under `config` on a simulated headset, with the desk's HTTP beside it."""

    def __init__(self, name, config, script=ANGRY, speed=20, env=None, more=()):
        self.store = path(name + ".db")
        self.config = write(name + ".ini", config)
        self.headset, address = headset(name, script, speed)
        self.desk = Desk("--disclosed", "--store", self.store, "--config", self.config, *more, name=name, to=address, env=env, seconds=1)

    def rows(self, what="id, state, steps", where="1"):
        """Of the store as it is; nothing before it is there."""
        if not os.path.exists(self.store):
            return []
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=20) as d:
            try:
                return d.execute(f"SELECT {what} FROM action WHERE {where} ORDER BY requested, id").fetchall()
            except sqlite3.OperationalError:
                return []

    def states(self):
        return [x[0] for x in self.rows("state")]

    def write(self, statement):
        with sqlite3.connect(self.store, timeout=20) as d:
            d.execute(statement)
        d.close()

    def ask(self):
        """The question on the page, once it is there."""
        return until(lambda: self.desk.state()["Ask"], 60)

    def answer(self, question, said):
        return self.desk.ask("POST", f"/v1/actions/{question['Id']}/answer", {"Answer": said})[0]

    def wait(self, *states):
        """Whether the actions came to these states."""
        return until(lambda: self.states() == list(states), 60)

    def kill(self):
        self.desk.program.kill()
        self.desk.program.wait()
        self.headset.end()
        self.desk.stop()

    def end(self):
        code = self.desk.stop()
        self.headset.end()
        return code

    def run(self, env=None):
        """undertone action run"""
        return tool("action", "run", "--store", self.store, "--config", self.config, env=env)

    def list(self):
        return [json.loads(x) for x in tool("action", "list", "--json", "--store", self.store)[1].splitlines()]

    def said(self):
        with open(self.desk.err, encoding="utf-8") as f:
            return f.read()
