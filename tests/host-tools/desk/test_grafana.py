#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/examples/grafana.json asks for what a running desk and a running serve count, for nothing else, and leaves nothing out."""
import json
import os
import re

from desk_program import Desk
from floor import Broker, Serve
from tool import HERE, Checks, path

check = Checks()
ROOT = os.path.join(HERE, "..", "..")
with open(os.path.join(ROOT, "docs", "examples", "grafana.json"), encoding="utf-8") as f:
    board = json.load(f)
panels = board["panels"]
queries = [t["expr"] for p in panels for t in p["targets"]]
check("a dashboard that Grafana 9 and later read", board["schemaVersion"] == 36 and board["uid"] and board["title"])
check("its panels", len(panels) > 8 and len({p["id"] for p in panels}) == len(panels) and all(p["title"] and p["type"] in ("timeseries", "stat") for p in panels))
places = [(p["gridPos"]["x"] + dx, p["gridPos"]["y"] + dy) for p in panels for dx in range(p["gridPos"]["w"]) for dy in range(p["gridPos"]["h"])]
check("none lies on another, or beside the grid of 24", len(set(places)) == len(places) and max(x for x, _ in places) < 24)
source = board["templating"]["list"][0]
check("its source of data is chosen when it is read in", source["type"] == "datasource" and source["query"] == "prometheus"
      and all(p["datasource"]["uid"] == "${" + source["name"] + "}" for p in panels))

with Desk("--store", path("calls.db"), seconds=900) as desk:
    desk.wait(lambda: desk.state()["State"] == "live")
    status, _, of_desk = desk.ask("GET", "/metrics")
broker = Broker("broker").start()
serve = Serve("serve", [broker]).start()
with open(serve.metrics, encoding="utf-8") as f:
    of_serve = f.read()
serve.end()
broker.end()
kinds = dict(re.findall(r"^# TYPE (undertone_\w+) (\w+)$", of_desk + of_serve, re.M))
asked = {name for q in queries for name in re.findall(r"\bundertone_\w+", q)}
check("desk and serve count", status == 200 and len(kinds) > 15, kinds)
check("each series that it asks for is there", asked - set(kinds) == set(), asked - set(kinds))
check("each that is there it asks for", set(kinds) - asked == set(), set(kinds) - asked)
check("counters by what they grow, gauges as they are", all(
    bool(re.search(rf"(rate|increase)\({name}\[", q)) == (kinds.get(name) == "counter") for q in queries for name in re.findall(r"undertone_\w+", q)))
labels = {}
for file in ("host-tools/sinks/metrics.c", "host-tools/serve/floor_metrics.c"):
    with open(os.path.join(ROOT, file), encoding="utf-8") as f:
        for name, inner in re.findall(r'"(undertone_\w+)\{(.*?)\}', f.read()):
            labels.setdefault(name, set()).update(re.findall(r'(\w+)=\\"', inner))
for p in panels:
    for t in p["targets"]:
        named = set(re.findall(r"by \((\w+)\)", t["expr"]) + re.findall(r"\{\{(\w+)\}\}", t["legendFormat"]))
        has = set().union(*(labels.get(name, set()) for name in re.findall(r"undertone_\w+", t["expr"]))) | {"instance"}
        check(f"{p['title']}: its labels are there", named <= has, (named, has))
check.finish()
