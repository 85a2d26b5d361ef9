#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/examples/grafana.json asks for what a running desk and a running serve count, for nothing else, and leaves nothing out; and
each of its queries has an answer from a Prometheus that asks the two for their /metrics."""
import json
import os
import re
import urllib.parse
import urllib.request

from desk_program import Desk
from floor import Broker, Process, Serve, free_port, ini, until
from tool import HERE, Checks, path, write

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

broker = Broker("broker").start()
serve = Serve("serve", [broker])
serve.words += ["--page", "0"]
serve.start()
page, token = until(lambda: re.search(r"http://(\S+)/\?token=(\w+)", serve.said())).groups()
port = free_port()


def query(text):
    """What Prometheus has, by its labels."""
    where = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": text})
    with urllib.request.urlopen(where, timeout=30) as answer:
        return [(x["metric"], float(x["value"][1])) for x in json.load(answer)["data"]["result"]]


def answers():
    try:
        return len(query("up == 1")) == 2 and query("sum(undertone_cues_total)")
    except OSError:
        return False


with Desk("--disclosed", "--store", path("calls.db"), "--mqtt", "--config", ini("desk.ini", [broker], "desk-1"), seconds=900) as desk:
    desk.wait(lambda: desk.state()["State"] == "live")
    prometheus = Process(["prometheus", "--config.file=" + write("prometheus.yml", f"""global: {{scrape_interval: 1s}}
scrape_configs:
- {{job_name: desk, static_configs: [{{targets: ['127.0.0.1:{desk.port}']}}]}}
- {{job_name: undertone-serve, authorization: {{credentials: {token}}}, static_configs: [{{targets: ['{page}']}}]}}
"""), "--storage.tsdb.path=" + path("prometheus"), f"--web.listen-address=127.0.0.1:{port}"], "prometheus.log").start()
    check("Prometheus has both, and the desk without a token", until(answers, 60), prometheus.said()[-500:])
    for q in queries:
        if "ingest_rejected" not in q and "lease" not in q:  # counts that are not there before they count
            check(f"it answers {q}", until(lambda q=q: query(q.replace("$__rate_interval", "3s")), 60), q)
    check("a call is live, for both", query("undertone_calls_live{job='desk'}")[0][1] == 1
          and until(lambda: query("undertone_calls_live{job='undertone-serve'}")[0][1] == 1))
    prometheus.end()
    status, _, of_desk = desk.ask("GET", "/metrics")
with open(serve.metrics, encoding="utf-8") as f:
    of_serve = f.read()
serve.end()
broker.end()
kinds = dict(re.findall(r"^# TYPE ((?:undertone|process)_\w+) (\w+)$", of_desk + of_serve, re.M))
asked = {name for q in queries for name in re.findall(r"\b(?:undertone|process)_\w+", q)}
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
