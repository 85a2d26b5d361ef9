#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone serve` and roll-outs: announced to one ring after the other, at every broker and again after a kill; files to who may fetch them;
stopped by a desk that fails, by cues, by hand; nothing of a key that is not the fleet's."""
import hashlib
import http.client
import json
import os
import re

from certificates import certificate
from floor import Broker, Serve, event, until
from rollout_floor import Desks, Fleet, named
from tool import Checks, path, tool, write

check = Checks()
first, early, others = named("s", 0, 100, 1)[0], named("s", 100, 1000, 2), named("s", 1000, 10000, 30)
store, users = path("floor.db"), write("users", "")
os.chmod(users, 0o600)
fleet = Fleet(store)
a, b = Broker("a").start(), Broker("b").start()
serve = Serve("floor", [a, b], store, more=f"[serve]\nusers = {users}\n[fleet]\nverifier = {fleet.verifier}\n")
config = serve.words[-1]
serve.words += ["--page", "0", "--audit", path("serve.audit")]
tokens = {role: tool("serve", "token", "add", name, role, "--config", config)[1].strip()
          for name, role in ((first, "agent"), ("kim", "supervisor"), ("lee", "auditor"), ("sam", "admin"))}
serve.start()
until(lambda: "token=" in serve.said(), 60)


def ask(method, where, role="admin", body=None, **headers):
    port = re.findall(r":(\d+)/\?token=", serve.said())[-1]
    c = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    c.request(method, where, body, {"Authorization": "Bearer " + tokens[role], **headers})
    answer = c.getresponse()
    got = answer.status, answer.read(), dict(answer.getheaders())
    c.close()
    return got


def records(kind):
    with open(path("serve.audit"), encoding="utf-8") as f:
        return [x for x in map(json.loads, f) if x["Kind"] == kind]


def listed():
    return json.loads(ask("GET", "/v1/rollouts", "supervisor")[1])


# who is there
desks = Desks(a)
for x in [first] + early + others:
    desks.status(x)
until(lambda: serve.rows("SELECT count(*) FROM device")[0][0] == 33)
check("nothing was announced", desks.told == {} and listed() == [])

# a good one, ring by ring
text = "[session]\npolicy = eu\n"
sha = hashlib.sha256(text.encode()).hexdigest()
code, out, err = fleet.open(settings=text)
check("it opens while serve runs", code == 0 and out == "roll-out 1 of site s: ring canary is open, to 1 % of the desks\n", (out, err))
check("to the first ring alone", desks.wait(canary=(1, "open")), desks.told)
notice = desks.notice("canary")
check("signed", notice["Note"].startswith("undertone/rollout/s\n1\ncanary 100\n") and f"\nsettings {sha} {len(text)} rolled.ini\n" in notice["Note"]
      and "\n\u2014 fleet " in notice["Note"], notice)
check("at the other broker too", Desks(b).wait(canary=(1, "open")))
where = f"/v1/rollouts/files/{sha}"
check("with where its files are", re.fullmatch(r"http://127\.0\.0\.1:\d+", notice["From"]) and notice["From"].rsplit(":", 1)[1] in serve.said(), notice["From"])
got = ask("GET", where, "agent")
check("a desk fetches it", got[0] == 200 and got[1].decode() == text, got)
got = ask("GET", where, "agent", Range="bytes=3-8")
check("in parts", got[0] == 206 and got[1].decode() == text[3:9] and got[2]["Content-Range"] == f"bytes 3-8/{len(text)}", got)
got = ask("GET", where, "agent", Range=f"bytes={len(text)}-")
check("as far as it goes", got[0] == 416 and got[2]["Content-Range"] == f"bytes */{len(text)}", got)
check("no other file", ask("GET", where[:-1] + ("1" if where[-1] == "0" else "0"), "agent")[0] == 404)
check("nor anybody else", ask("GET", where, "supervisor")[0] == ask("GET", where, "auditor")[0] == 403)
check("who may see how it goes", [ask("GET", "/v1/rollouts", x)[0] for x in ("agent", "supervisor", "auditor", "admin")] == [403, 200, 403, 200])
check.refused("another while it is open", fleet.open(), 44, "roll-out 1 of site s is not over")
desks.report(first, 1, "fetching")
desks.report(first, 1, "trying")
check("desks are counted", until(lambda: listed()[0]["Desks"]["trying"] == 1 and "at 0 of 1 desks" in listed()[0]["Waits"], 40), listed())
check("and by metrics", until(lambda: serve.counts()['rollout_desks{state="trying"}'] == 1) and serve.counts()["rollout_number"] == 1
      and serve.counts()["rollout_state"] == 1, serve.counts())
desks.report(first, 1, "confirmed")
check("the next ring opens", desks.wait(canary=(1, "open"), early=(1, "open")), desks.told)
for x in early:
    desks.report(x, 1, "confirmed")
check("and the last", desks.wait(canary=(1, "open"), early=(1, "open"), all=(1, "open")), desks.told)
for x in others[:17]:
    desks.report(x, 1, "confirmed")
check("which passes by half of its desks", until(lambda: listed()[0]["Rings"][2]["State"] == "passed", 40), listed())
check("each of it is on record", [(x["Number"], x.get("Ring")) for x in records("rollout_opened")] == [(1, "canary")]
      and records("rollout_opened")[0]["By"] == "command" and records("rollout_opened")[0]["Files"][0]["Sha256"] == sha
      and [x["Ring"] for x in records("rollout_ring")] == ["early", "all"] and [x["Ring"] for x in records("rollout_passed")] == ["canary", "early", "all"],
      records("rollout_ring"))
check("status says so", "1 all 100 %: passed since " in fleet("status")[1] and "desks of 1: 0 fetching, 0 trying, 20 confirmed," in fleet("status")[1], fleet("status"))

# one that a desk refuses
check("a second one", fleet.open()[0] == 0 and desks.wait(canary=(2, "open"), early=(1, "open"), all=(1, "open")), desks.told)
desks.report(first, 2, "refused", "line 3 cannot be read")
check("stops in the first ring", desks.wait(canary=(2, "stopped"), early=(1, "open"), all=(1, "open")), desks.told)
stopped = records("rollout_stopped")
check("and says why", len(stopped) == 1 and stopped[0]["Ring"] == "canary" and stopped[0]["By"] == "serve"
      and stopped[0]["Why"] == f"desk {first} has refused it: line 3 cannot be read (1 of 1 that have begun with it failed)", stopped)
check("its files go", until(lambda: serve.counts()["rollout_stopped_total"] == 1) and fleet.open(settings=text + "# 3\n")[0] == 0)

# killed in the middle of a ring
check("a third one", desks.wait(canary=(3, "open"), early=(1, "open"), all=(1, "open")), desks.told)
desks.report(first, 3, "trying")
check("a desk tries it", until(lambda: serve.rows("SELECT count(*) FROM device_rollout WHERE number = 3 AND taken > 0") == [(1,)]))
serve.kill()
a.kill()
a.start()  # which has lost what it retained
serve.start()
desks.client.close()
desks = Desks(a)
check("it is announced again, each ring as it stands", desks.wait(canary=(3, "open"), early=(1, "open"), all=(1, "open")), desks.told)
for x in [first] + early + others:
    desks.status(x)
check("and is on record once", [x["Number"] for x in records("rollout_opened")] == [1, 2, 3], records("rollout_opened"))

# cues
for i, x in enumerate(others[:10]):
    desks.event(x, event(f"o{i}", 1, "session.started"), "call")
    for n in range(2):
        desks.event(x, event(f"o{i}", 2 + n), "cue")
    desks.event(x, event(f"o{i}", 4, "session.completed").replace("03:04:05.678", "03:14:05.678"), "call")
desks.event(first, event("f", 1, "session.started"), "call")
for n in range(60):
    desks.event(first, event("f", 2 + n), "cue")
desks.event(first, event("f", 62, "session.completed").replace("03:04:05.678", "03:14:05.678"), "call")
check("a call full of cues stops it", desks.wait(60, canary=(3, "stopped"), early=(1, "open"), all=(1, "open")), (desks.told, listed()[0]))
why = records("rollout_stopped")[-1]["Why"]
check("with the figures", why.startswith("60 cues in 0.2 h of calls at 1 desks that took it, 20 in 1.7 h at 32 others: more than twice as often"), why)

# by hand
desks.report(first, 3, "reverted", "stopped")
check("a fourth one", fleet.open(hold=60)[0] == 0 and desks.wait(canary=(4, "open"), early=(1, "open"), all=(1, "open")), desks.told)
stop = lambda role, number=4, reason='{"Reason": "nobody likes it"}': ask("POST", f"/v1/rollouts/{number}/stop", role, reason)
check("a supervisor may not stop it", stop("supervisor")[0] == 403)
check("nor anybody without a reason", [stop("admin", reason=x)[0] for x in ("{}", '{"Reason": ""}', "x", json.dumps({"Reason": "x" * 201}))] == [400] * 4)
check("nor another one", stop("admin", 3)[0] == 409 and stop("admin", 0)[0] == 404)
check("an admin may", json.loads(stop("admin")[1]) == {"Number": 4, "State": "stopped"})
check("at once", desks.wait(15, canary=(4, "stopped"), early=(1, "open"), all=(1, "open")), desks.told)
check("once", stop("admin")[0] == 409)
check("by name", (records("rollout_stopped")[-1]["By"], records("rollout_stopped")[-1]["Why"]) == ("sam", "nobody likes it"))
check("a fifth one, stopped by the command", fleet.open()[0] == 0 and desks.wait(canary=(5, "open"), early=(1, "open"), all=(1, "open"))
      and fleet("stop", "5", "no more")[0] == 0 and desks.wait(canary=(5, "stopped"), early=(1, "open"), all=(1, "open")), desks.told)

# of another key
other = Fleet(store, name="other")
check.refused("a key that [fleet] verifier does not know", tool("rollout", "open", "--key", other.key, "--settings", path("rolled.ini"), "--config",
                                                              config, "--store", store), 39, "[fleet] verifier")
check("who has the ledger alone gets nowhere", other.open()[0] == 0 and until(lambda: "roll-out 6: is not announced: [fleet] verifier does not know who" in serve.said(), 10),
      serve.said())
check("no desk hears of it", desks.told["canary"] == (5, "stopped"), desks.told)
check("serve ends", serve.end() == 0, serve.said())

# a page that desks do not reach
certificate("page")
with open(config, encoding="utf-8") as f:
    settings = f.read()
check("one more", fleet("stop", "6", "x")[0] == 0 and fleet.open()[0] == 0)
for page, changed, why in (("0", settings.replace("brokers = ", "brokers = mqtts://0.0.0.0:1 "), "the page is at this machine, and brokers elsewhere; set [serve] host"),
                           ("0.0.0.0:0", settings.replace("[serve]", f"[serve]\ncert_file = {path('page.crt')}\nkey_file = {path('page.key')}"),
                            "the page is at every address, and desks need one; set [serve] host")):
    write(os.path.basename(config), changed)
    serve.words[serve.words.index("--page") + 1] = page
    serve.start()
    check(f"is announced nowhere: {why}", until(lambda why=why: f"roll-out 7: is not announced: {why}" in serve.said(), 20), serve.said())
    check("nor heard of", desks.told["canary"] == (5, "stopped"), desks.told)
    check("serve ends", serve.end() == 0, serve.said())

# a name that was mistyped
write(os.path.basename(config), settings)
serve.words[serve.words.index("--page") + 1] = "0"
check("one of another site", fleet("stop", "7", "x")[0] == 0 and tool("rollout", "open", "--key", fleet.key, "--settings", path("rolled.ini"), "--store", store,
                                                                     "--site", "t", "--rings", "100,100,100")[0] == 0)
serve.start()
check("is said to be one", until(lambda: "roll-out 8: is not announced: it is another site's; stop it, and open it with --site" in serve.said(), 20), serve.said())
check("serve ends after it", serve.end() == 0, serve.said())
check.finish()
