#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Simulated desks and roll-outs: taken between two calls by those who are drawn, played by, confirmed, put back; refused where they cannot
be in force; not heard where they are not signed for them."""
import hashlib
import json

from floor import Broker, Client, Process, Serve, ini, until
from rollout_desk import Ear, Files, Key, manifest, quiet
from tool import UNDERTONE, Checks, path, write

check = Checks()
DESKS = 12
KEY, FILES = Key(), Files()
OTHER = Key("other")
broker = Broker("broker").start()
serve = Serve("serve", [broker]).start()
ear = Ear(broker)
SCRIPT = write("calm", "call calm\n0.5 agent 2\n3 customer 8 frustration=0.3 loudness=55\n12 agent 2\n15 customer 8 frustration=0.3\n24 end\n")
EAGER = b"[empathy_cue]\non = 0.1\noff = 0.05\nhold = 1\nabove = 0\n"
FILES.add(EAGER, b"[empathy_cue]\non = 7\n", b"# as before\n", b"[mqtt]\nsite = x\n", b"firmware", b"pack")
config = ini("sim.ini", [broker], "sim", f"[fleet]\nverifier = {KEY.verifier}\nconfirm_s = 1\n")
ears = Client(broker, "ears", "undertone/v1/s/+/cue", "undertone/v1/s/+/status", "undertone/v1/s/+/call")
names = [f"sim-{i}" for i in range(1, DESKS + 1)]
sim = Process([UNDERTONE, "simulate", "--mqtt", "--config", config, "--script", SCRIPT, "--headsets", str(DESKS), "--calls", "0", "--speed", "20"],
              "sim.log").start()


def draw(device):
    return int.from_bytes(hashlib.sha256(f"undertone/rollout/s/{device}".encode()).digest()[:8], "big") % 10000


def since(kind, n):
    """Devices of what came of a kind behind the first n."""
    return [topic.split("/")[3] for topic, _ in ears.got[n:] if topic.endswith("/" + kind)]


def announce(number, *files, key=KEY, **more):
    ear.announce(number, key.sign(manifest(number, [(kind, f"f{i}", data) for i, (kind, data) in enumerate(files)], **more)), url=FILES.url(),
                 ring=more.get("ring", "all"))


def all_say(number, state, who=names):
    return until(lambda: all(state in ear.states(number, x) for x in who), 40)


check("calls come and go", until(lambda: len(serve.rows("SELECT 1 FROM progress WHERE state = 'COMPLETED'")) > 2 * DESKS, 60))
check("in which no cue opens", since("cue", 0) == [])

# a share of them
some = [x for x in names if draw(x) < 4000]
check("some are drawn, some are not", 0 < len(some) < DESKS, [draw(x) for x in names])
announce(1, ("settings", EAGER), ring="canary", share=4000)
check("who is drawn confirms", all_say(1, "confirmed", some), ear.heard)
check("by way of fetching and trying", all(ear.states(1, x) == ["fetching", "trying", "confirmed"] for x in some), ear.heard)
check("nobody else does", {d for d, _, _, _ in ear.heard} == set(some), ear.heard)
check("each has fetched it", len(FILES.asked) == len(some) and {x[0].rsplit("/", 1)[1] for x in FILES.asked} == {hashlib.sha256(EAGER).hexdigest()}, FILES.asked)
seen = len(ears.got)
check("their calls go by it", until(lambda: set(since("cue", seen)) == set(some), 30) and quiet(3, lambda: set(since("cue", 0)) == set(some)), since("cue", seen))
states = {x: [json.loads(p) for t, p in ears.got if t == f"undertone/v1/s/{x}/status"] for x in names}
check("they have begun again between two calls", all([s["State"] for s in states[x] if "Session" not in s] == ["closed"] and len({s["Boot"] for s in states[x]}) == 2
      for x in some) and all(len({s["Boot"] for s in states[x]}) == 1 for x in names if x not in some), {x: states[x][-3:] for x in some})
check("nobody was lost, no call broken off", not any(s["State"] == "lost" for x in states.values() for s in x)
      and serve.rows("SELECT count(*) FROM progress WHERE state IN ('LOST', 'FAILED')") == [(0,)])

# put back
ear.announce(1, stopped=True, ring="canary")
check("stopped, it is put back", all_say(1, "reverted", some) and all(ear.why(1, x) == ["stopped"] for x in some), ear.heard)
until(lambda: all(len({json.loads(p)["Boot"] for t, p in ears.got if t == f"undertone/v1/s/{x}/status"}) == 3 for x in some), 30)
seen = len(ears.got)
check("and calls are as before", until(lambda: len(since("call", seen)) > 4 * DESKS, 30) and since("cue", seen + 2 * DESKS) == [], since("cue", seen))
announce(1, ("settings", EAGER))
check("it does not come back", quiet(3, lambda: all(ear.states(1, x)[-1] == "reverted" for x in some)), ear.heard)
ear.announce(1, stopped=True)

# what cannot be in force, what is not for them
ear.clear()
announce(2, ("settings", b"[empathy_cue]\non = 7\n"))
check("settings out of range are refused, with the reason", all_say(2, "refused") and "f0:2: [empathy_cue] on = 7 is out of range" in ear.why(2, "sim-1")[0], ear.heard)
announce(3, ("settings", b"[mqtt]\nsite = x\n"))
check("and those that a roll-out may not set", all_say(3, "refused"), ear.heard)
FILES.mood = "wrong"
announce(4, ("settings", EAGER))
check("a file that is another", all_say(4, "refused") and ear.why(4, "sim-1") == ["a file is not the one that was signed"], ear.heard)
FILES.mood, asked = "whole", len(FILES.asked)
announce(5, ("settings", EAGER), key=OTHER)
announce(6, ("settings", EAGER), site="t", ring="early")
ear.announce(7, KEY.sign(manifest(7, [("settings", "f", EAGER)], ring="early")), ring="canary", url=FILES.url())
check("what is not signed, or for another site or ring, nobody listens to", quiet(3, lambda: len(FILES.asked) == asked), FILES.asked[asked:])
ear.clear()
FILES.mood = "away"
announce(8, ("firmware", b"firmware"))
check("a server that is away is asked again", until(lambda: len(FILES.asked) >= asked + 2 * DESKS, 30) and all(ear.states(8, x) == ["fetching"] for x in names), ear.heard)
FILES.mood = "whole"
check("firmware is confirmed when it is there", all_say(8, "confirmed") and all(ear.states(8, x) == ["fetching", "confirmed"] for x in names), ear.heard)
announce(9, ("pack", b"pack"), ("settings", b"# as before\n"))
check("more files than one", all_say(9, "confirmed"), ear.heard)
FILES.mood = "away"
announce(10, ("settings", EAGER))
check("stopped while it is fetched", all_say(10, "fetching"))
ear.announce(10, stopped=True)
check("it never was in force", all_say(10, "refused") and all(ear.why(10, x) == ["stopped"] for x in names), ear.heard)
check("it ends when it is told to, whatever is on its way", sim.end() in (0, 36) and serve.rows("SELECT count(*) FROM progress WHERE state = 'LOST'") == [(0,)], sim.said())
ears.close()
check.finish()
