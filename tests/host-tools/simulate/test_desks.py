#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Simulated desks at real brokers, with a floor and without one: the truth is what the ledger has, whatever dies."""
import json
import subprocess
import zlib

from floor import Broker, Client, Process, Serve, ini, until
from tool import ENV, UNDERTONE, Checks, path, schema_faults, tool, write

check = Checks()
a, b = Broker("a").start(), Broker("b").start()
serve = Serve("floor", [a, b]).start()
config = ini("sim.ini", [a, b], "sim")


def truth(name):
    with open(path(name), encoding="utf-8") as f:
        return [json.loads(x) for x in f]


def kept(serve, run):
    return {(s, n): zlib.crc32(line.encode()) for s, n, line in
            serve.rows(f"SELECT session, sequence, json FROM event WHERE session LIKE '{run}.%'")}


def compare(what, name, run):
    said = {(x["Session"], x["Sequence"]): int(x["Crc32"], 16) for x in truth(name)}
    got = kept(serve, run)
    check(f"{what}: what was sent is what is kept, byte for byte", said and said == got, (len(said), len(got)))
    sessions = {s for s, _ in said}
    check(f"{what}: no number is missing", all(sorted(n for s, n in said if s == x) == list(range(1, sum(s == x for s, _ in said) + 1))
                                               for x in sessions))
    return said


# calls of a script
watcher = Client(a, "watcher", "undertone/v1/s/+/score", "undertone/v1/s/+/status", "undertone/v1/s/+/cue")
other = Client(b, "watcher", "undertone/v1/s/+/score", "undertone/v1/s/+/status", "undertone/v1/s/+/cue")
code, out, err = tool("simulate", "--mqtt", "--config", config, "--headsets", "4", "--speed", "40", "--run", "one", "--truth", path("one.jsonl"))
counts = json.loads(out)
check("all arrives", code == 0 and counts["Events"] == counts["Acknowledged"] > 20 and counts["Connections"] == 4, (code, out, err))
said = compare("a script", "one.jsonl", "one")
check("each desk plays a call of its own", {s for s, _ in said} == {f"one.{i}.1" for i in (1, 2, 3, 4)}
      and {x["Call"] for x in truth("one.jsonl")} == {"order", "complaint", "silence"})
check("which have ended", serve.rows("SELECT state, count(*) FROM progress GROUP BY 1") == [("COMPLETED", 4)])
heard = watcher.got + other.got
scores = [json.loads(p) for t, p in heard if t.endswith("/score")]
check("scores come by the second", len(scores) >= 20 and all(x["data"]["Model"]["Id"] == "sim" for x in scores), len(scores))
states = [json.loads(p)["State"] for t, p in heard if t == "undertone/v1/s/sim-1/status"]
check("a desk says that it is there, and that it has closed", states[0] == "connected" and states[-1] == "closed", states)
with open("host-tools/call/events.schema.json", encoding="utf-8") as f:
    schema = json.load(f)
faults = [x for t, p in heard if t.endswith(("/score", "/cue")) for x in schema_faults(json.loads(p), schema) or []]
check("events are as the schema says", not faults, faults[:3])

# a load, while serve dies and one broker of two
load = Process([UNDERTONE, "simulate", "--mqtt", "--config", config, "--headsets", "20", "--rate", "20", "--seconds", "4", "--calls", "0",
                "--run", "two", "--truth", path("two.jsonl")], "load.log").start()
until(lambda: len(kept(serve, "two")) > 100)
serve.kill()
a.kill()
serve.start()
until(lambda: len(kept(serve, "two")) > 400)
a.start()
check("it comes to an end", load.program.wait(90) == 0, load.said())
counts = json.loads(load.said().splitlines()[-1])
check("what was to be made was made, and acknowledged", counts["Events"] == counts["Acknowledged"] == 20 * 20 * 4, counts)
check("after new connections", counts["Connections"] > 20, counts)
compare("a load", "two.jsonl", "two")

# sessions of another desk are refused, and stand in the way of nothing else
foreign = ini("foreign.ini", [a, b], "foreign")
code, out, err = tool("simulate", "--mqtt", "--config", foreign, "--speed", "100", "--calls", "3", "--drain", "5", "--run", "one")
counts = json.loads(out)
check("a refused session does not hold up the next", code == 36 and counts["Refused"] > 0 and 0 < counts["Acknowledged"] < counts["Events"],
      (code, counts, err))
check("all calls behind it arrive", {s for s, _ in kept(serve, "one")} >= {"one.1.1", "one.1.2", "one.1.3"}, counts)
code, out, err = tool("simulate", "--mqtt", "--config", config, "--speed", "20", "--drain", "0", "--run", "d")
check("the drain begins when all is made", json.loads(out)["Events"] == sum(s == "one.1.1" for s, _ in said), (code, out, err))

# without anybody
serve.end()
code, out, err = tool("simulate", "--mqtt", "--config", config, "--headsets", "2", "--speed", "100", "--drain", "0.5", "--run", "three")
check.refused("a long name of a run", tool("simulate", "--mqtt", "--config", config, "--run", "r" * 41), 2, "--run")
check("nobody acknowledges", code == 36 and "not acknowledged" in err and json.loads(out)["Acknowledged"] == 0, (code, out, err))
check.refused("no brokers", tool("simulate", "--mqtt", "--config", write("none.ini", "[mqtt]\nsite = s\n")), 18, "[mqtt] brokers")
watcher.close()
other.close()
check.finish()
