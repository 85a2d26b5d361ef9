#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A fleet, on this machine, with clients beside servers: fleet.py --table FILE [--only PARTS]

killed and nats: sites whose ledgers stand in one PostgreSQL database, two programs for each site, two brokers of mosquitto's, or three
nodes of NATS; a broker, a site's worker and the database are killed -9 one after the other. connections: 10,000 of them alone. cost: what
a thousand headsets take, against load. rollout: settings to 500 desks, ring by ring, and some that stop at the canary. spark: recordings
in a cluster of Spark's, one executor of which is killed. Exit code 1 when anything was lost or doubled, when a program ended otherwise
than it should, or when what was waited for did not come; a bar that is not reached is said in the table, since machines differ.
"""
import contextlib
import datetime
import json
import os
import shutil
import statistics
import sys
import time
import zlib

import paho.mqtt.client as mqtt

import enrolled
import floor
import spark
from floor import UNLIMITED, Broker, Process, free_port, ini, status_of, until
from floor_postgres import Server, Worker
from rollout_floor import RINGS, draw
from table import measure, row
from tool import BUILD, ENV, UNDERTONE, path, write

SITES, DESKS, SECONDS = 4, 500, 75
SPEED = "2.25"  # of the scripts: events at the rate of the bar, and more scores
FAILED = []
LEASE_LOST = 32


class Nats(Broker):
    """A node of a NATS cluster that speaks MQTT; what it holds is on three nodes."""

    def __init__(self, n, routes, mqtt_ports):
        self.port = mqtt_ports[n]
        self.url = f"mqtt://127.0.0.1:{self.port}"
        peers = ", ".join(f'"nats-route://127.0.0.1:{x}"' for x in routes)
        file = write(f"nats-{n}.conf", f"""server_name: n{n}
listen: "127.0.0.1:{free_port()}"
jetstream {{ store_dir: "{path(f"nats-{n}")}" }}
mqtt {{ listen: "127.0.0.1:{self.port}", max_ack_pending: 5000 }}
cluster {{ name: bench, listen: "127.0.0.1:{routes[n]}", routes: [{peers}] }}
""")
        Process.__init__(self, [nats_server(), "-c", file], f"nats-{n}.log")


def nats_server():
    return shutil.which("nats-server") or shutil.which(os.path.join(BUILD, "bench", "nats-server"))


def truth_of(site):
    with open(path(f"fleet-{site}.jsonl"), encoding="utf-8") as f:
        events = [x for x in map(json.loads, f) if x["Kind"] == "event"]
    return {(x["Session"], x["Sequence"]): int(x["Crc32"], 16) for x in events}


def simulated(site, brokers, desks, env):
    config = ini(f"fleet-{site}-sim.ini", brokers, f"{site}-desk", site=site)
    program = Process([UNDERTONE, "simulate", "--mqtt", "--config", config, "--headsets", str(desks), "--seconds", str(SECONDS), "--calls", "0", "--speed", SPEED,
                    "--drain", "180", "--run", f"fleet-{site}", "--truth", path(f"fleet-{site}.jsonl")], f"fleet-{site}-sim.log")
    program.env = env
    return program.start()


def wanted(what, condition, seconds):
    """until, of what has to come."""
    if not until(condition, seconds):
        raise SystemExit(f"bench-fleet: {what}: not after {seconds} s")


def keep(workers, desks):
    """Starts again what lost its lease, as its unit does, while there are desks. (how often, {log: code} of what ended otherwise)"""
    n, fell = 0, {}
    while any(x.program.poll() is None for x in desks):
        for x in workers:
            code = x.program.poll()
            if code is None or x.log in fell:
                continue
            print(f"{x.log}: exit code {code}: {(x.said().splitlines() or [''])[-1]}", file=sys.stderr)
            if code == LEASE_LOST:
                x.stand_by()
                n += 1
            else:
                fell[x.log] = code
        time.sleep(1)
    return n, fell


def worker(name, brokers, server, site, env):
    x = Worker(name, brokers, server, site)
    x.env = env
    return x


def fleet(brokers, what, number, env):
    """(lines of the table, whether nothing was lost or doubled)"""
    server = Server(FSYNC="on", CONNECTIONS="60")
    sites = [f"site{i}" for i in range(SITES)]
    workers = {x: worker(f"fleet-{x}-first", brokers, server, x, env).start() for x in sites}
    others = {x: worker(f"fleet-{x}-second", brokers, server, x, env).stand_by() for x in sites}
    wanted("a second worker of each site stands by", lambda: all("stands by" in x.said() for x in others.values()), 60)
    desks = {x: simulated(x, brokers, number, env) for x in sites}
    time.sleep(15)
    brokers[0].kill()
    time.sleep(2)
    brokers[0].start()
    time.sleep(13)
    killed = time.monotonic()
    workers[sites[0]].kill()
    wanted("the site of the killed worker is taken over", lambda: others[sites[0]].epoch() == 2, 60)
    taken_over = time.monotonic() - killed
    time.sleep(max(0.0, 15 - taken_over))
    used = [status_of(workers[x].program.pid) for x in sites[1:] if workers[x].program.poll() is None]
    server.do("kill")
    time.sleep(3)
    server.do("start")
    back = time.monotonic()
    rows_before = server.rows("SELECT coalesce(sum(events), 0) FROM site")[0][0]
    wanted("events in the database that is back", lambda: server.rows("SELECT coalesce(sum(events), 0) FROM site")[0][0] > rows_before, 60)
    resumed = time.monotonic() - back
    left = [x for x in (*workers.values(), *others.values()) if x is not workers[sites[0]]]
    restarted, fell = keep(left, desks.values())
    counts = [json.loads(x.said().splitlines()[-1]) for x in desks.values()]
    bytes_per_event = server.rows("SELECT sum(pg_total_relation_size(c.oid)) / greatest(1, (SELECT sum(events) FROM site)) FROM pg_class c "
                                  "WHERE relname LIKE 'event_%' AND relkind = 'r'")[0][0]
    got = {}
    for session, sequence, line in server.rows("SELECT session, sequence, encode(convert_to(json, 'UTF8'), 'hex') FROM event"):
        got[(session, sequence)] = zlib.crc32(bytes.fromhex(str(line)))
    scores = server.rows("SELECT count(*) FROM score")[0][0]
    kept = server.rows("SELECT sum(events), (SELECT count(*) FROM event) FROM site")[0]
    fell.update({x.log: x.program.returncode for x in desks.values() if x.program.returncode != 0})
    ends = {x.log: x.end() for x in left}  # one that has just lost its lease may be among them
    fell.update({log: code for log, code in ends.items() if code not in (0, LEASE_LOST)})
    for x in brokers:
        x.end()
    for log, code in fell.items():
        print(f"bench-fleet: {log}: ended with {code}", file=sys.stderr)
    sent = {k: v for x in sites for k, v in truth_of(x).items()}
    lost, doubled = len(set(sent) - set(got)), kept[0] - kept[1]
    holes = holes_of(got)
    other = sum(sent[k] != got[k] for k in set(sent) & set(got)) + len(set(got) - set(sent))
    what = f"{SITES} sites of {number} desks, two workers each, {what}, PostgreSQL"
    lines = [row(f"{what}; a broker, a worker and the database killed -9 in turn", f"{lost} lost, {holes} holes, {doubled} doubled, {other} other bytes",
                 "0, 0, 0", len(sent)),
             row("load", f"{len(sent) / SECONDS:.0f} durable events/s, {sum(x['Scores'] for x in counts) / SECONDS:.0f} scores/s ({scores} kept)",
                 "500 and 2,000" if number == DESKS else "", SITES * number),
             row("the killed worker's site is taken over after", f"{taken_over:.1f} s", "< 15 s", 1),
             row("workers that lost their lease besides, and were started again", str(restarted), "", len(left)),
             row("programs that ended otherwise than they should", str(len(fell)), "0", len(left) + len(desks)),
             row("the database, back after 3 s, takes events after", f"{resumed:.1f} s", "", 1),
             row("what was left at the end is acknowledged after", f"{max(x['DrainMillis'] for x in counts) / 1000:.1f} s", "", SITES),
             row("a worker's processor time, before the database was killed", f"{sum(seconds for _, seconds in used) / len(used) / 47:.4f} s a second for its {number} desks, "
                 f"what it takes without any too; {max(kb for kb, _ in used) / 1024:.0f} MB resident", "", len(used)),
             row("an event in the database", f"{float(bytes_per_event):.0f} bytes, indexes too", "", kept[1])]
    return lines, not (lost or holes or doubled or other or fell)


def holes_of(got):
    """Numbers that are passed over."""
    last = {}
    for session, n in got:
        last[session] = max(last.get(session, 0), n)
    return sum(last.values()) - len(got)


def killed(part):
    return judged(part, *fleet([Broker(f"fleet-{x}", UNLIMITED).start() for x in "ab"], "two brokers", DESKS, ENV))


def nats(part):
    if nats_server() is None:
        return [row("three nodes of NATS, one killed -9", "not measured: there is no nats-server; make build/bench/nats-server", "0, 0, 0", 0)]
    routes, ports = [free_port() for _ in range(3)], [free_port() for _ in range(3)]
    nodes = [Nats(n, routes, ports).start() for n in range(3)]
    wanted("NATS has a leader", lambda: any("new metadata leader" in x.said() for x in nodes), 60)
    time.sleep(5)  # until all of them know it
    return judged(part, *fleet(nodes, "three nodes of NATS (JetStream, all of it three times)", DESKS, {**ENV, "UNDERTONE_MQTT_CLUSTER": "yes"}))


def judged(part, lines, well):
    if not well:
        FAILED.append(part)
    return lines


# connections alone

LONG = """call c
1 customer 3000 frustration=0.1 loudness=55
3001 end
"""


CONNECTED, RECEIVED = "$SYS/broker/clients/connected", "$SYS/broker/publish/messages/received"


class Probe:
    """How late scores of one site come, and what the broker says of itself."""

    def __init__(self, broker):
        self.late, self.said = [], {}
        self.client = mqtt.Client("probe")
        self.client.on_message = self.take
        self.client.connect("127.0.0.1", broker.port)
        self.client.subscribe([("undertone/v1/probe/+/score", 0), (CONNECTED, 0), (RECEIVED, 0)])
        self.client.loop_start()

    def take(self, _, __, m):
        if m.topic.startswith("$SYS"):
            self.said[m.topic] = int(m.payload), time.monotonic()
            return
        when = datetime.datetime.fromisoformat(json.loads(m.payload)["time"].replace("Z", "+00:00"))
        self.late.append((time.time() - when.timestamp()) * 1000)

    def connected(self):
        return self.said.get(CONNECTED, (0, 0))[0]

    def received(self):
        """(messages that the broker has taken so far, when it said so)"""
        return self.said[RECEIVED]


def connections(_, desks=10000, probes=100, seconds=40):
    broker = Broker("connections", UNLIMITED + "sys_interval 1\n").start()
    probe, script = Probe(broker), write("long.script", LONG)
    share = (desks - probes) // 2
    begun, sims = time.monotonic(), []
    for name, site, n in (("one", "load", share), ("two", "load", desks - probes - share), ("probe", "probe", probes)):
        config = ini(f"connections-{name}.ini", [broker], name, site=site)
        words = [UNDERTONE, "simulate", "--mqtt", "--config", config, "--headsets", str(n), "--script", script, "--drain", "0"]
        sims.append(Process(words, f"connections-{name}.log").start())
    until(lambda: probe.connected() > desks, 120)  # however many there are then is what the table says
    took, there = time.monotonic() - begun, probe.connected() - 1
    time.sleep(5)
    probe.late.clear()
    programs = [broker, *sims]
    before, now, taken = [status_of(x.program.pid)[1] for x in programs], time.monotonic(), probe.received()
    time.sleep(seconds)
    late, spent = list(probe.late), time.monotonic() - now
    rate = (probe.received()[0] - taken[0]) / (probe.received()[1] - taken[1])
    after = [status_of(x.program.pid) for x in programs]
    still = probe.connected() - 1
    for x in sims:
        x.program.terminate()
    for x in sims:
        x.program.wait(120)
    counts = [json.loads(next(line for line in x.said().splitlines() if line.startswith("{"))) for x in sims]
    probe.client.loop_stop()
    broker.end()
    cpu = [(b[1] - a) / spent for a, b in zip(before, after)]
    each = f"{1024 * after[0][0] / still / 1000:.1f} KB for each that was left, what is not theirs too" if still > 0 else "none was left"
    delay = f"p50 {statistics.median(late):.0f}, p99 {sorted(late)[int(.99 * len(late))]:.0f} ms" if late else "none came"
    return [row(f"connections at one mosquitto, {desks:,} asked of three processes of simulated desks", f"{there} after {took:.0f} s, {still} {seconds + 5} s later", "10,000", still),
            row("scores that it takes in from them, all connected", f"{rate:,.0f} /s", "10,000 /s", sum(x["Scores"] for x in counts)),
            row(f"a score of {probes} of them, from the desk to a subscriber", delay, "", len(late)),
            row("the broker", f"{cpu[0]:.2f} of a core, {after[0][0] / 1024:.0f} MB: {each}", "", still),
            row("a process of simulated desks", f"{max(cpu[1:3]):.2f} of a core, {after[1][0] / 1024:.0f} MB; {share} desks were asked of it", "", 2)]


# what a thousand headsets take

def tree_of(pid):
    """(KB, processor seconds) of a process and its children; what they share is counted once for each."""
    kb, seconds = status_of(pid)
    for x in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, TypeError), open(f"/proc/{x}/stat", encoding="ascii", errors="replace") as f:
            if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                more = status_of(x)
                kb, seconds = kb + more[0], seconds + more[1]
    return kb, seconds


def line_through(points):
    """(slope, intercept, share of the variance that it leaves)"""
    mx, my = statistics.mean(x for x, _ in points), statistics.mean(y for _, y in points)
    slope = sum((x - mx) * (y - my) for x, y in points) / sum((x - mx) ** 2 for x, _ in points)
    rest = sum((y - my - slope * (x - mx)) ** 2 for x, y in points) / max(1e-12, sum((y - my) ** 2 for _, y in points))
    return slope, my - slope * mx, rest


def cost(_, loads=(250, 500, 1000, 2000), seconds=40):
    server, broker = Server(FSYNC="on", CONNECTIONS="60"), Broker("cost", UNLIMITED).start()
    with open(os.path.join(server.folder, "data", "postmaster.pid"), encoding="ascii") as f:
        postmaster = int(f.readline())
    lines, seen = [], {"serve": [], "PostgreSQL": [], "the broker": []}
    for n in loads:
        serve = Worker(f"cost-{n}", [broker], server, f"site{n}").start()
        config = ini(f"cost-{n}-sim.ini", [broker], f"desk{n}", site=f"site{n}")
        sim = Process([UNDERTONE, "simulate", "--mqtt", "--config", config, "--headsets", str(n), "--seconds", str(seconds + 20), "--calls", "0"], f"cost-{n}-sim.log").start()
        time.sleep(15)  # all are there, and calls under way
        pids = {"serve": serve.program.pid, "PostgreSQL": postmaster, "the broker": broker.program.pid}
        total = f"SELECT (SELECT coalesce(sum(events), 0) FROM site), (SELECT count(*) FROM score), pg_database_size('postgres')"
        rows, before, begun = server.rows(total)[0], {x: tree_of(p) for x, p in pids.items()}, time.monotonic()
        time.sleep(seconds)
        after, spent, rows_after = {x: tree_of(p) for x, p in pids.items()}, time.monotonic() - begun, server.rows(total)[0]
        sim.program.wait(200)
        serve.end()
        events, scores, size = ((b - a) / spent for a, b in zip(rows, rows_after))
        cpu = {x: (after[x][1] - before[x][1]) / spent for x in pids}
        for x, points in seen.items():
            points.append((n / 1000, cpu[x]))
        lines.append(row(f"{n} headsets, each in call after call", f"{events:.0f} events/s, {scores:.0f} scores/s; processor s/s: serve {cpu['serve']:.3f}, PostgreSQL {cpu['PostgreSQL']:.3f}, the broker "
                         f"{cpu['the broker']:.3f}; MB: {after['serve'][0] / 1024:.0f}, {after['PostgreSQL'][0] / 1024:.0f} (shared memory in each process), {after['the broker'][0] / 1024:.0f}; "
                         f"{size / 1024:.0f} KB/s in the database", "", n))
    for x, points in seen.items():
        slope, base, rest = line_through(points)
        lines.append(row(f"{x}: a line through these", f"{slope:.3f} processor s/s for 1,000 headsets, {base:+.3f} without any; it leaves {100 * rest:.1f} % of the variance", "a line", len(points)))
    broker.end()
    return lines


# a roll-out, ring by ring

SLOW = "call calm\n0.2 agent 0.5\n1 customer 2 frustration=0.1\n4.6 agent 1\n10 end\n"  # a call every 12 s


def rollout(part, number=2000):
    """Enrolled desks, a good roll-out through all rings, and one that makes every call cue."""
    names = [f"desk-{n:05}" for n in range(number)]
    canaries = [x for x in names if draw("s", x) < 100]
    begun = time.monotonic()
    site = enrolled.Site(names, script=SLOW)
    enrolled_s, sim = time.monotonic() - begun, site.desks("rollout", names)
    if not site.there(number, 60):
        raise SystemExit(f"bench-fleet: rollout: of {number} desks {site.serve.counts().get('devices_connected')} are there")
    time.sleep(5)
    begun, used = time.time() * 1000, status_of(site.serve.program.pid)[1]
    site.roll("[empathy_cue]\nhold = 3\n", 0)
    passed = until(lambda: site.rings(1) == ["passed"] * 3, 110)
    spent = (status_of(site.serve.program.pid)[1] - used) / (time.time() - begun / 1000)
    rings = site.serve.rows("SELECT share, opened, changed FROM rollout WHERE number = 1 AND opened IS NOT NULL ORDER BY ring")
    good, begun = list(site.reports(1).values()).count(enrolled.CONFIRMED), time.time() * 1000
    why, took, back = "", {}, None
    if passed:
        site.roll(enrolled.EAGER, 600)
        why = site.stopped(2, 60)
        stop_s, took = time.time() - begun / 1000, site.reports(2)
        if until(lambda: set(site.reports(2).values()) == {enrolled.REVERTED}, 20):
            back = time.time() - begun / 1000 - stop_s
    sim.end()
    beyond = set(took) - set(canaries)
    lines = [row(f"{number} desks enrolled, with their broker's passwords and serve", f"{enrolled_s:.1f} s", "", number),
             *(row(f"a good roll-out: ring {ring}, {share / 100:g} % of the desks, from opening to passing", f"{(changed - opened) / 1000:.0f} s", "", sum(draw("s", x) < share for x in names))
               for ring, (share, opened, changed) in zip(RINGS, rings)),
             row("desks where it is in force", str(good), str(number), number),
             row("serve meanwhile, with the supervisor's page", f"{spent:.2f} of a core", "", 1)]
    if passed:
        lines += [row("settings that make every call cue: stopped", f"after {stop_s:.0f} s: {why}" if why else "not within 60 s", "at the canary", len(took)),
                  row("desks beyond the canary that took it", str(len(beyond)), "0", number - len(canaries)),
                  row("canaries back at what they had", f"{back:.0f} s later" if back is not None else "not within 20 s", "", len(canaries))]
    return judged(part, lines, passed and good == number and why and not beyond and back is not None)


def of_spark(part):
    return judged(part, *spark.spark(row))


PARTS = {"killed": killed, "nats": nats, "connections": connections, "cost": cost, "rollout": rollout, "spark": of_spark}
HEAD = """# A fleet: sites, brokers, workers, a database

`make bench-fleet` (`ONLY=` some parts) on one machine, servers and clients together. Desks are `undertone simulate`'s: each keeps what is not acknowledged; brokers are mosquitto's
with `max_inflight_messages 1000`, `max_queued_messages 50000`, or NATS where it says so. A worker that lost its lease (exit code 32) is started again within a second, to stand by, as its unit would after 5 s. Beside each part stands what else the machine had to do.

"""


if __name__ == "__main__":
    if shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin") is None:
        print("bench-fleet: skipped, nothing was measured: mosquitto is not installed; apt-get install mosquitto")
        sys.exit(0)
    measure(PARTS, HEAD, __doc__, floor.end_all)
    sys.exit(1 if FAILED else 0)
