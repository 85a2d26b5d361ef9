#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/examples/alerts.yml: Prometheus' own tool takes the rules, they wake somebody when they should and at no other time
(alerts_test.yml), each has its paragraph of docs/runbook.md, and what they ask for is what desks and serve say, in Prometheus' format."""
import json
import os
import re
import subprocess

from desk_program import Desk
from floor import Broker, Client, Serve, event, until
from tool import HERE, Checks, path

check = Checks()
DOCS = os.path.normpath(os.path.join(HERE, "..", "..", "docs"))
EXAMPLES = os.path.join(DOCS, "examples")


def promtool(*words, text=None):
    done = subprocess.run(["promtool", *words], input=text, capture_output=True, text=True, timeout=60, check=False, cwd=EXAMPLES)
    return done.returncode, done.stdout + done.stderr


code, said = promtool("check", "rules", "alerts.yml")
check("the rules are rules", code == 0 and "11 rules found" in said, said)
code, said = promtool("test", "rules", "alerts_test.yml")
check("each wakes somebody when it should, and not before", code == 0, said)
with open(os.path.join(EXAMPLES, "alerts.yml"), encoding="utf-8") as f:
    rules = f.read()
with open(os.path.join(EXAMPLES, "alerts_test.yml"), encoding="utf-8") as f:
    tried = f.read()
with open(os.path.join(DOCS, "runbook.md"), encoding="utf-8") as f:
    runbook = f.read()
names = re.findall(r"- alert: (\w+)", rules)
for name in names:
    check(f"{name} is tried both ways", re.search(rf"{name}, exp_alerts: \[\]", tried) and re.search(rf"alertname: {name}\n\s+exp_alerts:\n", tried))
    part = re.search(rf"^## {name}\n\n((?:.+\n)+)", runbook, re.M)
    check(f"{name} has its paragraph, which the rule names", part and len(part[1]) > 200 and f"runbook: docs/runbook.md#{name.lower()}\n" in rules)
check("and no other has one", re.findall(r"^## (\w+)", runbook, re.M) == names)

broker = Broker("broker").start()
serve = Serve("serve", [broker]).start()
client = Client(broker, "desk")
with Desk("--store", path("calls.db"), seconds=900) as desk:
    desk.wait(lambda: desk.state()["State"] == "live", 60)
    of_desk = desk.ask("GET", "/metrics")[2]
count = lambda name: serve.counts()[name]
check("no flag waits, and clocks agree", count("flags_unacknowledged") == 0 and count("clock_skew_seconds") == 0, serve.counts())
client.say("undertone/v1/s/desk-1/call", event("one", 1, "session.started").replace("2026-01-02", "2999-01-02"))
client.say("undertone/v1/s/desk-1/flag", event("one", 2, "flag.raised"))
check("a flag that nobody has seen is counted", until(lambda: count("flags_unacknowledged") == 1, 60), serve.counts())
check("a clock that is ahead too", count("clock_skew_seconds") > 1e9, serve.counts())
serve.rows("UPDATE flag SET acked = 1, acked_by = 'Kim'")
check("one that somebody has seen is not, and is still up", until(lambda: count("flags_unacknowledged") == 0, 60) and count("flags_open") == 1, serve.counts())
with open(serve.metrics, encoding="utf-8") as f:
    of_serve = f.read()
client.close()
for what, text in (("a desk's", of_desk), ("serve's", of_serve)):
    code, said = promtool("check", "metrics", text=text)
    check(f"{what} /metrics are as Prometheus has them", code == 0 and said.strip() == "", said)
asked = set(re.findall(r"undertone_\w+", " ".join(re.findall(r"expr: (.*)", rules))))
with open(os.path.join(DOCS, "..", "host-tools", "serve", "floor_metrics.c"), encoding="utf-8") as f:
    of_leases = "".join(f"# TYPE undertone_{x}\n" for x in re.findall(r'"(lease_\w+)"', f.read()))  # a ledger in a file has none
known = set(re.findall(r"^# TYPE (undertone_\w+)", of_desk + of_serve + of_leases, re.M))
check("the rules ask for what is there", asked and asked <= known, asked - known)
broker.end()
check.finish()
