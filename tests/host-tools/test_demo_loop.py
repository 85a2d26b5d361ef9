#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make demo-loop` without its programs: a generated site has the truth it claims, `undertone effect` reads its stores, the receiver
fails as it says, and the demo tells a trace from none and an interval that holds the truth from one that misses."""
import http.client
import json
import os
import random
import sys

from tool import HERE, Checks, path, speech, tool, wav, write

sys.path.insert(0, os.path.normpath(os.path.join(HERE, "..", "..", "host-tools")))
import demo_loop  # noqa: E402
import demo_site  # noqa: E402

check = Checks()
KEY = bytes(range(32))

# what is planted is what is drawn: 400 desks, so that a mean is near its expectation
chance, drawn = random.Random(7), {"held_out": [], "shown": []}
for desk in range(400):
    for x in demo_site.calls(demo_site.WITH_EFFECT, f"desk-{desk}", KEY, chance):
        drawn[x["arm"]].append(x)
everything = drawn["held_out"] + drawn["shown"]
check("each desk-week has its calls", len(everything) == 400 * 12 * 25)
share = len(drawn["held_out"]) / len(everything)
check("a fifth of the desk-weeks is held out", abs(share - demo_site.HELD_OUT) < 0.025, share)
check("a desk-week is one or the other", len({(x["session"].rsplit("-", 1)[0], x["arm"]) for x in everything}) == 400 * 12)
check("another key draws others", [demo_site.held_out(KEY, f"desk-{i}", demo_site.MONDAY) for i in range(99)] !=
      [demo_site.held_out(KEY[::-1], f"desk-{i}", demo_site.MONDAY) for i in range(99)])
check("what is drawn can be in an event", all(0 <= x["after"] <= 1 and x["length"] > 0 and x["csat"] in (None, 1, 2, 3, 4, 5) for x in everything))


def mean(arm, of):
    known = [of(x) for x in drawn[arm] if of(x) is not None]
    return sum(known) / len(known)


truth = demo_site.WITH_EFFECT.truth()
for name, of, near in (("FrustrationAfterCue", lambda x: x["after"], 0.006), ("EndedWorse", lambda x: x["worse"], 0.015),
                       ("Escalated", lambda x: x["escalated"], 0.006), ("Minutes", lambda x: x["length"] / 60_000, 0.3), ("Csat", lambda x: x["csat"], 0.03)):
    found = mean("shown", of) - mean("held_out", of)
    check(f"{name}: {truth[name]:+.3f} was planted", truth[name] != 0 and abs(found - truth[name]) < near, found)
check("without an effect there is none", set(demo_site.WITHOUT_EFFECT.truth().values()) == {0})

# the program reads the stores
customer, agent = speech()
tool("replay", wav("call.wav", [agent, customer]), "--store", path("template.db"))
stores = demo_site.write_site(lambda n: path(f"desk-{n}.db"), demo_site.schema_of(path("template.db")), demo_site.WITH_EFFECT, KEY, 1)
code, out, err = tool("effect", *stores, "--json")
found = json.loads(out) if code == 0 else {"Measures": []}
check("undertone effect reads them", code == 0 and (found["Calls"], found["Desks"], found["DeskWeeks"]) == (12000, 40, 480), (code, out, err))
rows = demo_loop.compared(found, truth)
check("every measure has a row with what was planted", [x[0] for x in rows] == [demo_loop.NAMES[m["Measure"]] for m in found["Measures"]]
      and len(rows) == 5 and abs(rows[2][1] + 24) < 1e-9, rows)
check("an interval of the right site holds it", sum(x[5] for x in rows) >= 3, rows)
other = demo_loop.compared(found, {k: 1 + v for k, v in truth.items()})
check("of another it does not", not any(x[5] for x in other) and demo_loop.table(other).count("  no ") == 5, demo_loop.table(other))
few = {"Measures": [{"Measure": "Csat", "Verdict": "too_little", "Difference": None, "Low": None, "High": None}]}
check("what is not known is said", "too few calls" in demo_loop.table(demo_loop.compared(few, truth)))

# the receiver
receiver = demo_loop.Receiver()


def post(where):
    c = http.client.HTTPConnection("127.0.0.1", receiver.server_port, timeout=20)
    c.request("POST", where, b'{"id": 1}', {"webhook-id": "a", "webhook-timestamp": "0", "webhook-signature": "v1,none"})
    status = c.getresponse().status
    c.close()
    return status


check("it refuses the first attempt and every fourth after it, and what is not signed", [post("/a") for _ in range(6)] == [503, 400, 400, 400, 503, 400])
check("by address", post("/b") == 503 and receiver.refused == 3 and demo_loop.Fickle.got == [(False, {"id": 1})] * 4)
receiver.shutdown()
receiver.server_close()

# traces
os.makedirs(path("folder/inner"))
write("folder/one", "nothing")
write("folder/inner/two", b"\xff\xfename")
check("a trace is found, however deep", demo_loop.traces(path("folder"), [b"no", b"name"]) == ["inner/two", "one"])
check("none is none", demo_loop.traces(path("folder"), [b"customer"]) == [])
check.finish()
