# SPDX-License-Identifier: Apache-2.0
"""Brokers and `undertone serve` on loopback, started, killed and stopped by the tests of a floor; desks' stores with
events that wait; a client that says whatever it likes."""
import atexit
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time

import paho.mqtt.client as mqtt

from tool import ENV, UNDERTONE, path, write

STARTED = []
UNLIMITED = "max_inflight_messages 1000\nmax_queued_messages 50000\n"  # of a broker under load


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(condition, seconds=20):
    """What the condition said last, as soon as it holds or when the time is over."""
    end = time.monotonic() + seconds
    while not (got := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return got


def status_of(pid):
    """(resident KB, processor seconds)"""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        rss = int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return rss, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Process:
    """A program with its output in a file, which ends with the test at the latest."""

    def __init__(self, words, log):
        self.words, self.log, self.program, self.env = words, path(log), None, ENV
        STARTED.append(self)

    def start(self):
        with open(self.log, "ab") as out:
            self.program = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.env)
        return self

    def end(self, number=signal.SIGTERM):
        if self.program is not None and self.program.poll() is None:
            self.program.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.program.wait(10)
            self.program.kill()
        return self.program.wait() if self.program is not None else None

    def kill(self):
        return self.end(signal.SIGKILL)

    def said(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()


@atexit.register
def end_all():
    for x in STARTED:
        x.end(signal.SIGKILL)


class Broker(Process):
    """mosquitto on a port of its own, with nothing kept on the disk."""

    def __init__(self, name, more=""):
        self.port = free_port()
        file = write(f"{name}.conf", f"listener {self.port} 127.0.0.1\nallow_anonymous true\n{more}")
        super().__init__(["mosquitto", "-c", file], f"{name}.log")
        self.url = f"mqtt://127.0.0.1:{self.port}"

    def start(self):
        super().start()
        until(self.listens)
        return self

    def listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0


def ini(name, brokers, device, more="", site="s"):
    urls = " ".join(b.url for b in brokers)
    return write(name, f"[mqtt]\nbrokers = {urls}\nsite = {site}\ndevice = {device}\n{more}")


class Serve(Process):
    def __init__(self, name, brokers, store=None, site="s", more=""):
        self.store, self.metrics, self.brokers = store or path(f"{name}.db"), path(f"{name}.prom"), brokers
        file = ini(f"{name}.ini", brokers, "serve" if site == "s" else f"serve-{site}", more, site)  # a broker has a name once
        super().__init__([UNDERTONE, "serve", "--store", self.store, "--metrics", self.metrics, "--config", file],
                         f"{name}.log")

    def start(self):
        """Until it hears what the brokers that are there say."""
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.metrics)
        super().start()
        wanted = sum(b.listens() for b in self.brokers)
        until(lambda: os.path.exists(self.metrics) and self.counts()["brokers_up"] >= wanted)
        return self

    def rows(self, statement, *values):
        return rows(self.store, statement, *values)

    def counts(self):
        """{series: number} of the metrics file."""
        with open(self.metrics, encoding="utf-8") as f:
            lines = [x.rsplit(" ", 1) for x in f if not x.startswith("#")]
        return {name.removeprefix("undertone_"): float(value) if "." in value else int(value) for name, value in lines}

    def rejected(self, reason):
        return self.counts()[f'ingest_rejected_total{{reason="{reason}"}}']


def rows(store, statement, *values):
    with contextlib.closing(sqlite3.connect(store, timeout=10)) as f:
        got = f.execute(statement, values).fetchall()
        f.commit()
    return got


def fill(store, lines, receiver="mqtt"):
    """Lines of events into a desk's store that is there, and into its outbox."""
    with contextlib.closing(sqlite3.connect(store)) as f:
        for line in lines:
            e = json.loads(line)
            f.execute("INSERT OR IGNORE INTO call VALUES(?, 'c', 0, NULL, 'IN_PROGRESS', 0)", (e["session"],))
            f.execute("INSERT INTO event(session, sequence, type, at, json) VALUES(?, ?, ?, 0, ?)",
                      (e["session"], int(e["sequence"]), e["type"], line))
        f.execute("INSERT INTO outbox(receiver, n, session, added, due) SELECT ?, n, session, 0, 0 FROM event "
                  "WHERE true ON CONFLICT DO NOTHING", (receiver,))
        f.commit()


def event(session, sequence, kind="cue.opened", **data):
    """An event's line, as a desk would send it; sequence None: a score."""
    e = {"specversion": "1.0", "id": f"{session}-{sequence or 0:06}", "source": "/undertone/calls/c",
         "type": f"undertone.{kind}.v1", "time": "2026-01-02T03:04:05.678Z", "session": session}
    if sequence is not None:
        e["sequence"] = f"{sequence:010}"
    return json.dumps({**e, "datacontenttype": "application/json", "data": {"ContactId": "c", "EndOffsetMillis": 5000, **data}},
                      separators=(",", ":"))


def call(session, n):
    """The events of a whole call of n."""
    kinds = ["session.started"] + ["cue.opened", "cue.closed"] * n
    return [event(session, i + 1, kind) for i, kind in enumerate(kinds[:n - 1])] + [event(session, n, "session.completed")]


class Client:
    """Any client of a broker; got: [(topic, payload)]; how: (last word of the topic, QoS, retained) of what came."""

    def __init__(self, broker, name, *topics):
        self.got, self.how, self.subscribed = [], set(), 0
        self.client = mqtt.Client(name)
        self.client.on_message = self.take
        self.client.on_subscribe = self.count
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        until(self.client.is_connected)
        for topic in topics:
            self.client.subscribe(topic, 1)
        until(lambda: self.subscribed == len(topics))

    def take(self, _, __, m):
        self.how.add((m.topic.rsplit("/", 1)[1], m.qos, bool(m.retain)))
        self.got.append((m.topic, m.payload.decode()))

    def count(self, *_):
        self.subscribed += 1

    def say(self, topic, payload, qos=1, retain=False):
        self.client.publish(topic, payload, qos, retain).wait_for_publish(10)

    def acks(self):
        return [json.loads(payload) for topic, payload in self.got if topic.endswith("/ack")]

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def desk_store(name):
    """An empty store of a desk."""
    done = subprocess.run([UNDERTONE, "outbox", "list", "--store", path(name)], env=ENV, capture_output=True, check=False)
    assert done.returncode == 10  # a store is not made by asking
    from tool import tool, wav, speech, RATE  # noqa: C0415
    customer, agent = speech()
    code, _, err = tool("replay", wav("floor.wav", [agent[:2 * RATE], customer[:2 * RATE]]), "--store", path(name))
    assert code == 0, err
    for table in ("outbox", "event", "call"):
        rows(path(name), f"DELETE FROM {table}")
    return path(name)


def sending(store, config):
    """`undertone outbox send --mqtt`, under way."""
    return Process([UNDERTONE, "outbox", "send", "--mqtt", "--store", store, "--config", config],
                   f"send-{len(STARTED)}.log").start()


def waiting(store):
    return rows(store, "SELECT count(*) FROM outbox WHERE state = 'WAITING'")[0][0]


def audit(serve, wanted):
    """What is wrong in the ledger, against {session: its lines}: lost, holes, doubled rows, other bytes."""
    got = {}
    for session, sequence, line in serve.rows("SELECT session, sequence, json FROM event ORDER BY session, sequence"):
        got.setdefault(session, []).append((sequence, line))
    wrong = []
    for session, lines in wanted.items():
        have = got.get(session, [])
        if [x for x, _ in have] != list(range(1, len(lines) + 1)) or [x for _, x in have] != lines:
            wrong.append((session, len(lines), len(have)))
    progress = dict(serve.rows("SELECT session, contiguous FROM progress"))
    wrong += [(s, "contiguous", progress.get(s)) for s, lines in wanted.items() if progress.get(s) != len(lines)]
    return wrong + [s for s in got if s not in wanted]
