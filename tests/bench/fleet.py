# SPDX-License-Identifier: Apache-2.0
"""A fleet's part of the live service's bench: sites whose ledgers stand in one PostgreSQL database, two programs for each
site, two brokers; a broker, a site's worker and the database are killed -9 one after the other."""
import json
import time
import zlib

from floor import UNLIMITED, Broker, Process, ini, status_of, until
from floor_postgres import Server, Worker
from tool import UNDERTONE, path

SITES, DESKS, SECONDS = 4, 500, 75
SPEED = "2.25"  # of the scripts: events at the rate of the bar, and more scores


def truth_of(site):
    with open(path(f"fleet-{site}.jsonl"), encoding="utf-8") as f:
        events = [x for x in map(json.loads, f) if x["Kind"] == "event"]
    return {(x["Session"], x["Sequence"]): int(x["Crc32"], 16) for x in events}


def simulated(site, brokers):
    config = ini(f"fleet-{site}-sim.ini", brokers, f"{site}-desk", site=site)
    return Process([UNDERTONE, "simulate", "--mqtt", "--config", config, "--headsets", str(DESKS), "--seconds", str(SECONDS), "--calls", "0", "--speed", SPEED,
                    "--drain", "180", "--run", f"fleet-{site}", "--truth", path(f"fleet-{site}.jsonl")], f"fleet-{site}-sim.log").start()


def fleet(row):
    """(lines of the table, whether nothing was lost or doubled)"""
    server = Server(FSYNC="on", CONNECTIONS="60")
    brokers = [Broker(f"fleet-{x}", UNLIMITED).start() for x in "ab"]
    sites = [f"site{i}" for i in range(SITES)]
    workers = {x: Worker(f"fleet-{x}-first", brokers, server, x).start() for x in sites}
    others = {x: Worker(f"fleet-{x}-second", brokers, server, x).stand_by() for x in sites}
    until(lambda: all("stands by" in x.said() for x in others.values()), 60)
    desks = {x: simulated(x, brokers) for x in sites}
    time.sleep(15)
    brokers[0].kill()
    time.sleep(2)
    brokers[0].start()
    time.sleep(13)
    killed = time.monotonic()
    workers[sites[0]].kill()
    until(lambda: others[sites[0]].epoch() == 2, 60)
    taken_over = time.monotonic() - killed
    time.sleep(max(0.0, 15 - taken_over))
    used = [status_of(workers[x].program.pid) for x in sites[1:]]
    server.do("kill")
    time.sleep(3)
    server.do("start")
    back = time.monotonic()
    rows_before = server.rows("SELECT coalesce(sum(events), 0) FROM site")[0][0]
    until(lambda: server.rows("SELECT coalesce(sum(events), 0) FROM site")[0][0] > rows_before, 60)
    resumed = time.monotonic() - back
    for x in desks.values():
        x.program.wait(400)
    counts = [json.loads(x.said().splitlines()[-1]) for x in desks.values()]
    bytes_per_event = server.rows("SELECT sum(pg_total_relation_size(c.oid)) / greatest(1, (SELECT sum(events) FROM site)) FROM pg_class c "
                                  "WHERE relname LIKE 'event_%' AND relkind = 'r'")[0][0]
    got = {}
    for session, sequence, line in server.rows("SELECT session, sequence, encode(convert_to(json, 'UTF8'), 'hex') FROM event"):
        got[(session, sequence)] = zlib.crc32(bytes.fromhex(str(line)))
    scores = server.rows("SELECT count(*) FROM score")[0][0]
    kept = server.rows("SELECT sum(events), (SELECT count(*) FROM event) FROM site")[0]
    for x in [*workers.values(), *others.values(), *brokers]:
        x.end()
    sent = {k: v for x in sites for k, v in truth_of(x).items()}
    lost, doubled = len(set(sent) - set(got)), kept[0] - kept[1]
    holes = holes_of(got)
    other = sum(sent[k] != got[k] for k in set(sent) & set(got)) + len(set(got) - set(sent))
    what = f"{SITES} sites of {DESKS} desks, two workers each, two brokers, PostgreSQL"
    lines = [row(f"{what}; a broker, a worker and the database killed -9 in turn", f"{lost} lost, {holes} holes, {doubled} doubled, {other} other bytes",
                 "0, 0, 0", len(sent)),
             row("load", f"{len(sent) / SECONDS:.0f} durable events/s, {sum(x['Scores'] for x in counts) / SECONDS:.0f} scores/s ({scores} kept)",
                 "500 and 2,000", SITES * DESKS),
             row("the killed worker's site is taken over after", f"{taken_over:.1f} s", "< 15 s", 1),
             row("the database, back after 3 s, takes events after", f"{resumed:.1f} s", "", 1),
             row("what was left at the end is acknowledged after", f"{max(x['DrainMillis'] for x in counts) / 1000:.1f} s", "", SITES),
             row("a worker's processor time for 1,000 desks, before the database was killed",
                 f"{1000 * sum(seconds for _, seconds in used) / len(used) / DESKS / 47:.3f} s a second; {max(kb for kb, _ in used) / 1024:.0f} MB resident", "", len(used)),
             row("an event in the database", f"{float(bytes_per_event):.0f} bytes, indexes too", "", kept[1])]
    return lines, not (lost or holes or doubled or other)


def holes_of(got):
    """Numbers that are passed over."""
    last = {}
    for session, n in got:
        last[session] = max(last.get(session, 0), n)
    return sum(last.values()) - len(got)
