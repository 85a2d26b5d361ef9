#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`live --mqtt`, `outbox send --mqtt` and `undertone serve` with brokers that are killed, absent and shared: nothing is
lost, nothing is twice, no number is passed over; what is forged, malformed or too much stays outside."""
import json
import os
import re
import resource
import signal
import socket
import subprocess
import time

import floor
from floor import Broker, Client, Process, Serve, audit, call, desk_store, event, fill, ini, rows, sending, until, waiting
from headset import __file__ as HEADSET
from tool import ENV, HERE, RATE, UNDERTONE, Checks, path, speech, tool, wav, write

check = Checks()
empty = desk_store("empty.db")


def store(name, lines):
    with open(empty, "rb") as f:
        write(name, f.read())
    fill(path(name), lines)
    return path(name)


def live(store, config, seconds=10, speed=10, *words):
    headset = subprocess.Popen([HEADSET, "--seconds", str(seconds), "--speed", str(speed)], stdout=subprocess.PIPE)
    port = headset.stdout.readline().decode().strip()
    program = subprocess.Popen([UNDERTONE, "live", "--tcp", "localhost:" + port, "--json", "--disclosed", "--store", store,
                                "--mqtt", "--config", config, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=ENV, text=True)
    return headset, program


def over(headset, program):
    out, err = program.communicate(timeout=60)
    headset.communicate()
    return program.returncode, [x for x in out.splitlines() if "sequence" in json.loads(x)], err


# a call, as it goes
a = Broker("a").start()
serve = Serve("one", [a], more="[serve]\nnode = a b\n").start()  # no name of a machine is no matter without leases
desk = ini("desk.ini", [a], "desk-1")
listener = Client(a, "listener", "undertone/v1/#")
headset, program = live(path("live.db"), desk, 20)
seen = until(lambda: serve.rows("SELECT count(*) FROM live WHERE snapshot IS NOT NULL")[0][0])
during = program.poll() is None
code, lines, err = over(headset, program)
check("a call in progress ends well", code == 0 and err == "", (code, err))
check("the floor sees it while it goes on, with its score", seen == 1 and during, (seen, during))
with open(os.path.join(HERE, "..", "..", "docs", "spec", "floor.md"), encoding="utf-8") as f:
    spec = f.read()
table = {word: (qos, kept) for words, qos, kept in re.findall(r"^\| ([a-z, ]+) \| [^|]+ \| ([^|]+) \| (no|yes) \|", spec, re.M) for word in words.split(", ")}
with open(os.path.join(HERE, "..", "..", "host-tools", "sinks", "floor_message.c"), encoding="utf-8") as f:
    kinds = set(re.findall(r'"(\w+)"', re.search(r"kinds\[UT_FLOOR_KINDS\] = \{(.*?)\}", f.read(), re.S)[1]))
check("the table of topics has every word that there is", set(table) == kinds and len(kinds) >= 9, set(table) ^ kinds)
later = Client(a, "later", "undertone/v1/#")
until(lambda: ("status", 1, True) in later.how)
check("each goes as the table says, and no other is retained", {w for w, _, _ in listener.how} >= {"call", "cue", "score", "status", "ack"}
      and all(str(qos) in table.get(word, ("1", ""))[0] for word, qos, _ in listener.how)
      and {w for w, _, _ in later.how} <= {"floor", *(w for w, (_, kept) in table.items() if kept == "yes")}, (listener.how, later.how))
listener.close()
later.close()
session = json.loads(lines[0])["session"]
check("all that counts is there, byte for byte", until(lambda: not audit(serve, {session: lines})), audit(serve, {session: lines}))
check("nothing waits at the desk", waiting(path("live.db")) == 0)
check("scores, one a second", 15 <= serve.rows("SELECT count(*) FROM score")[0][0] <= 21, serve.rows("SELECT count(*) FROM score"))
check("the call is over", until(lambda: serve.rows("SELECT state FROM progress") == [("COMPLETED",)])
      and serve.rows("SELECT count(*) FROM live") == [(0,)])
check("the desk has said good-bye", until(lambda: serve.rows("SELECT state FROM device WHERE device = 'desk-1'") == [(1,)]),
      serve.rows("SELECT * FROM device"))

# yesterday's recordings
os.mkdir(path("yesterday"))
customer, agent = speech()
times = 1 + 50 * RATE // len(customer)  # more scores than go at once
os.link(wav("past.wav", [agent * times, customer * times]), path("yesterday/past.wav"))
code, out, err = tool("replay", path("yesterday"), "--store", path("past.db"), "--start", "file")
check("a folder is stored, for nobody", code == 0 and waiting(path("past.db")) == 0 and rows(path("past.db"), "SELECT * FROM score") == [], err)
kept = rows(path("past.db"), "SELECT session, json FROM event ORDER BY sequence")
played = [json.loads(x) for x in tool("replay", path("past.wav"), "--json")[1].splitlines()]
curve = [(x["data"]["EndOffsetMillis"], x["data"]["Score"]) for x in played if x["type"] == "undertone.score.v1"]


def arrived():
    return (serve.rows("SELECT json FROM event WHERE session = ? ORDER BY sequence", kept[0][0]) == [(x,) for _, x in kept],
            [(t, json.loads(x)["data"]["Score"]) for t, x in serve.rows("SELECT t, json FROM score WHERE session = ? ORDER BY t", kept[0][0])])


a.end()
code, out, err = tool("replay", path("yesterday"), "--store", path("past.db"), "--start", "file", "--mqtt", "--config", desk)
check("with a floor that is away it waits, with its curve", code == 0 and waiting(path("past.db")) == len(kept) and "outbox send --mqtt" in err
      and len(rows(path("past.db"), "SELECT * FROM score")) == len(curve) >= 50, (err, len(curve), rows(path("past.db"), "SELECT count(*) FROM score")))
with socket.create_server(("127.0.0.1", 0)) as silent:  # a broker that says nothing: what is sent waits, and Ctrl-C ends that
    stopped = subprocess.Popen([UNDERTONE, "replay", path("yesterday"), "--store", path("stopped.db"), "--start", "file", "--mqtt", "--config", desk],
                               env={**ENV, "UNDERTONE_MQTT_BROKERS": f"mqtt://127.0.0.1:{silent.getsockname()[1]}"}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    silent.accept()[0].close()
    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate(timeout=60)
check("stopped on the way, it says what waits", stopped.returncode == 0 and "\n0 events sent to the floor\n" in out and "outbox send --mqtt" in err
      and waiting(path("stopped.db")) == len(kept), (stopped.returncode, out, err))
a.start()
code, out, err = tool("outbox", "send", "--mqtt", "--store", path("past.db"), "--config", desk)
check("and gets there", code == 0 and waiting(path("past.db")) == 0 and arrived() == (True, curve), (code, out, err, arrived()))
check("nothing of the curve is kept at the desk", rows(path("past.db"), "SELECT * FROM score") == [])
for table in ("event", "progress", "score"):
    serve.rows(f"DELETE FROM {table} WHERE session = ?", kept[0][0])
tool("replay", path("yesterday"), "--store", path("again.db"), "--start", "file")
code, out, err = tool("replay", path("yesterday"), "--store", path("again.db"), "--start", "file", "--mqtt", "--config", desk)
check("what was stored before is sent when there is a floor", code == 0 and err == "" and f"{len(kept)} events sent" in out and arrived() == (True, curve), (code, out, err))
code, out, err = tool("replay", path("yesterday"), "--store", path("again.db"), "--start", "file", "--mqtt", "--config", desk, "--explain")
check("and once", code == 0 and "\n0 events sent" in out and rows(path("again.db"), "SELECT * FROM score") == [], (code, out, err))
code, _, err = tool("replay", path("floor.wav"), "--store", path("one-past.db"), "--session", "again", "--mqtt", "--config", desk)
check("one recording goes at once", code == 0 and waiting(path("one-past.db")) == 0 and "outbox" not in err
      and serve.rows("SELECT state FROM progress WHERE session = 'again'") == [("COMPLETED",)], err)
for table in ("event", "progress", "score"):
    serve.rows(f"DELETE FROM {table} WHERE session IN ('again', ?)", kept[0][0])
check.refused("mqtt without a store", tool("replay", path("floor.wav"), "--mqtt", "--config", desk), 2, "--store FILE")

# killed in the middle of it: broker, serve, desk
wanted = {f"k{i}": call(f"k{i}", 50) for i in range(20)}
killed = store("killed.db", [x for lines in wanted.values() for x in lines])
sender = sending(killed, desk)


def arrived(n):
    return until(lambda: serve.rows("SELECT count(*) FROM event WHERE session LIKE 'k%'")[0][0] >= n)


arrived(100)
a.kill()
left = waiting(killed)
a.start()
check("the broker was killed with events on their way", left > 100, left)
arrived(300)
serve.kill()
left = waiting(killed)
serve.start()
check("serve was killed with events on their way", left > 100, left)
arrived(500)
sender.kill()
left = waiting(killed)
sender = sending(killed, desk)
check("the desk was killed with events on their way", left > 100, left)
check("all of it arrived", until(lambda: sender.program.poll() == 0, 40), sender.said())
check("0 lost, 0 holes, 0 doubled rows", not audit(serve, {session: lines, **wanted}), audit(serve, {session: lines, **wanted}))
check("the desk knows it", waiting(killed) == 0)

# brokers away, and one of two killed
serve.end()
a.end()
start = time.monotonic()
headset, program = live(path("away.db"), desk)
code, lines, err = over(headset, program)
check("without a broker the call goes on, and says what waits", code == 0 and waiting(path("away.db")) == len(lines) >= 3
      and "mqtt 127.0.0.1: " in err and f"{len(lines)} events wait in the outbox" in err and len(err.splitlines()) <= 2, (code, err))
b = Broker("b")
two = ini("desk-two.ini", [a, b], "desk-1")
serve = Serve("two", [a, b]).start()
b.start()
code, out, err = tool("outbox", "send", "--mqtt", "--store", path("away.db"), "--config", two)
session = json.loads(lines[0])["session"]
check("once one of two is there it goes", code == 0 and out == f"{len(lines)} sent, 0 waiting, 0 dead\n"
      and not audit(serve, {session: lines}), (code, out, err))
a.start()
more = {f"m{i}": call(f"m{i}", 50) for i in range(20)}
moving = store("moving.db", [x for x in sum(more.values(), [])])
until(lambda: "there again" in serve.said())
sender = sending(moving, two)
until(lambda: serve.rows("SELECT count(*) FROM event WHERE session LIKE 'm%'")[0][0] >= 200)
a.kill()
check("one of two is killed: the other takes over", until(lambda: sender.program.poll() == 0, 40), sender.said())
check("and nothing is lost or doubled", not audit(serve, {session: lines, **more}), audit(serve, {session: lines, **more}))
serve.end()

# brokers that are one cluster: serve is at one of them
serve = Serve("cluster", [a, b], more="cluster = yes\n")
Process.start(serve)
check("at one of a cluster", until(lambda: os.path.exists(serve.metrics) and serve.counts()["brokers_up"] == 1, 20)
      and b.said().count("as serve (") == 2, b.said()[-500:])
a.start()
b.kill()
check("and at the next once that is gone", until(lambda: "as serve (" in a.said().rsplit("mosquitto version", 1)[-1], 20), a.said()[-500:])
serve.end()

# what anybody may say
serve = Serve("open", [a]).start()
any_one = Client(a, "anyone", "undertone/v1/s/d1/ack", "undertone/v1/s/d2/ack", "undertone/v1/s/serve/status")
check("serve is there", until(lambda: any('"connected"' in x for _, x in any_one.got)))


def say(kind, payload, device="d1", site="s", **how):
    any_one.say(f"undertone/v1/{site}/{device}/{kind}", payload, **how)


def acked(session):
    return [x["Sequence"] for x in any_one.acks() if x["Session"] == session and "Refused" not in x]


say("status", json.dumps({"State": "connected", "Boot": "01a2281e-4c47-7019-8312-0bf93b8f283b", "Connection": 2}))
say("call", event("g", 1, "session.started"))
until(lambda: acked("g"))
say("cue", event("g", 3))
check("a gap is not passed over", until(lambda: len(acked("g")) >= 2) and max(acked("g")) == 1, acked("g"))
say("cue", event("g", 2))
check("once it is filled all is acknowledged", until(lambda: 3 in acked("g")), acked("g"))
say("cue", event("g", 3))
say("cue", event("g", 5000))
say("cue", event("g", 4), device="d2")
check("another device's session is refused", until(lambda: any(x.get("Refused") and x["Session"] == "g" for x in any_one.acks())),
      any_one.acks())
say("cue", event("e", 1), site="elsewhere")
say("ack", '{"Session":"g","Sequence":9}', device="d3")
say("status", json.dumps({"State": "lost", "Boot": "01a2281e-4c47-7019-8312-0bf93b8f283b", "Connection": 1}))
say("status", "none")
for bad in ("", "{", "[]", '"x"', event("h", 1)[:-1], event("h", 1, "session.started").replace("call", "\x00"),
            event("h", 1).replace("1.0", "0.9"), event("h", 1, "unknown"), event("h", 1, "flag.raised"),
            event("h", 1, Text="x" * 9000), event("h", 1).replace('"ContactId":"c",', "")):
    say("cue", bad)
say("call", event("last", 1, "session.started"))
check("after all that it still takes what is right", until(lambda: acked("last") == [1]), any_one.acks()[-3:])
check("what is malformed is in no table", [x[0] for x in serve.rows("SELECT session || sequence FROM event ORDER BY n")]
      == ["g1", "g3", "g2", "last1"], serve.rows("SELECT session, sequence FROM event"))
check("a sender of what will never be taken hears of it", {x.get("Refused") for x in any_one.acks() if x["Session"] == "h"}
      == {"envelope", "type", "data"}, any_one.acks())
check("an older connection's will changes nothing", serve.rows("SELECT state FROM device WHERE device = 'd1'") == [(0,)])
serve.end()
n = serve.counts()
check("each is counted", [serve.rejected(x) for x in ("ahead", "foreign", "stale", "size", "data")] == [1, 1, 1, 2, 1]
      and serve.rejected("json") == 6 and serve.rejected("envelope") == 1 and serve.rejected("type") == 2
      and n["ingest_duplicates_total"] == 1 and n["ingest_events_total"] == 4, n)
check("and nothing is said on the terminal", serve.said() == "", serve.said())

# a session that is refused holds up no other, and can be sent again
bad = [event("bad", 1, "session.started"), event("bad", 2, "unknown"), event("bad", 3)]
mixed = store("mixed.db", bad + call("good", 5))
serve = Serve("some", [a]).start()
code, out, err = tool("outbox", "send", "--mqtt", "--store", mixed, "--config", desk)
listed = json.loads(tool("outbox", "list", "--mqtt", "--json", "--store", mixed)[1])
check("what is refused is dead, the rest arrives", code == 0 and listed["Dead"] in (2, 3) and listed["Waiting"] == 0
      and listed["Error"] == "type" and serve.rows("SELECT contiguous FROM progress WHERE session = 'good'") == [(5,)],
      (code, out, err, listed))
check("and can be revived", tool("outbox", "revive", "--mqtt", "--store", mixed)[1].endswith("again\n") and waiting(mixed) > 0)

# the ledger is lost: the desk has what it had sent
half = store("half.db", call("half", 30)[:20])
check("some of a call", tool("outbox", "send", "--mqtt", "--store", half, "--config", desk)[0] == 0 and waiting(half) == 0)
serve.end()
with open(serve.store, "r+b") as f:
    f.seek(4096)
    f.write(b"\xa5" * 4000)
serve.start()
fill(half, call("half", 30)[20:])
rows(half, "DELETE FROM outbox WHERE n IN (SELECT n FROM event WHERE sequence <= 20)")
code, out, err = tool("outbox", "send", "--mqtt", "--store", half, "--config", desk)
check("a damaged ledger is moved aside and said, and desks send again what it had", code == 0 and "moved to" in serve.said()
      and not audit(serve, {"half": call("half", 30)}), (code, out, err, serve.said(), audit(serve, {"half": call("half", 30)})))
check("the damaged one is kept", any("some.db.damaged-" in x for x in os.listdir(os.path.dirname(serve.store))))

# the same device twice
headset_1, first = live(path("first.db"), desk, 50, 8)
until(lambda: serve.rows("SELECT count(*) FROM live")[0][0] == 1)
headset_2, second = live(path("second.db"), desk, 25, 8)
code_2, lines_2, err_2 = over(headset_2, second)
code_1, lines_1, err_1 = over(headset_1, first)
# a broker drops whoever came first; he may come back once before he learns whose the device is, or his call may end before
check("the later one is the device", code_2 == 0 and waiting(path("second.db")) == 0, (code_2, err_2))
check("the earlier one stands back, and says so", code_1 == 0 and waiting(path("first.db")) > 0 and
      ("another program is this device now" in err_1 or "events wait in the outbox" in err_1), (code_1, err_1))
code, out, err = tool("outbox", "send", "--mqtt", "--store", path("first.db"), "--config", desk)
both = {json.loads(x[0])["session"]: x for x in (lines_1, lines_2)}
check("and nothing of either is lost", code == 0 and not audit(serve, {"half": call("half", 30), **both}),
      (code, err, audit(serve, {"half": call("half", 30), **both})))
other = Serve("other", [a]).start()
check("of two serves the later one goes on", until(lambda: serve.program.poll() is not None) and serve.program.returncode == 1
      and "another `undertone serve`" in serve.said() and other.program.poll() is None, serve.said())
other.end()


# no room for the ledger for a while
def room(bytes_left):
    resource.prlimit(serve.program.pid, resource.RLIMIT_FSIZE, (bytes_left, resource.RLIM_INFINITY))


serve = Serve("full", [a]).start()
lots = {f"f{i}": call(f"f{i}", 50) for i in range(40)}
full = store("full-desk.db", sum(lots.values(), []))
sender = sending(full, desk)
until(lambda: serve.rows("SELECT count(*) FROM event")[0][0] >= 200)
room(4000)
check("a full disk is said once", until(lambda: "no space left" in serve.said()) and serve.program.poll() is None, serve.said())
say("status", json.dumps({"State": "connected", "Boot": "01a2281e-4c47-7019-8312-0bf93b8f283b", "Connection": 1}), device="new", retain=True)
ear = Client(a, "ear", "undertone/v1/s/+/+")
check("it is sent again", until(lambda: len({x for _, x in ear.got}) < len(ear.got), 30), len(ear.got))  # so there are more attempts, which fail too
ear.close()
check("and what is not committed stays with the desk", waiting(full) > 0 and
      waiting(full) + serve.rows("SELECT count(*) FROM event")[0][0] >= 2000, waiting(full))
check("nothing of it is kept in part", serve.rows("SELECT count(*) FROM device WHERE device = 'new'") == [(0,)]
      and serve.rows("SELECT count(*) FROM progress p WHERE contiguous <> (SELECT count(*) FROM event e WHERE e.session = p.session)") == [(0,)])
room(resource.RLIM_INFINITY)
while until(lambda: sender.program.poll() is not None, 60) and sender.program.poll() == 36:
    sender = sending(full, desk)  # gave up meanwhile, as a command does; a desk would go on
check("once there is room all arrives, at the same serve", sender.program.poll() == 0 and serve.program.poll() is None and not audit(serve, lots), audit(serve, lots)[:3])
check("it had been said once, and that there is room", serve.said().count("no space left") == 1 and serve.said().count("takes events again") == 1, serve.said())
check("a state that could not be kept is asked for anew", until(lambda: serve.rows("SELECT state FROM device WHERE device = 'new'") == [(0,)]),
      serve.rows("SELECT device, state FROM device"))

# a desk that is there with another boot had closed, or was lost: only who was there to hear it knows
lost = lambda: serve.rows("SELECT lost IS NOT NULL FROM device WHERE device = 'new'")
came = lambda boot: say("status", json.dumps({"State": "connected", "Boot": f"01a2281e-4c47-7019-8312-0bf93b8f28{boot}", "Connection": 1}), device="new", retain=True)
there = lambda boot: until(lambda: serve.rows("SELECT boot FROM device WHERE device = 'new'")[0][0].endswith(boot))
serve.end()
came("3c")
serve.start()
check("what came while serve was away is not a lost desk", there("3c") and lost() == [(0,)], serve.rows("SELECT * FROM device"))
came("3d")
check("what it hears come without a close is", there("3d") and lost() == [(1,)], serve.rows("SELECT * FROM device"))
serve.end()

# passwords and rights
words = write("words", "desk-1:$7$101$" + "x" * 16 + "$" + "y" * 86 + "\n")
for what, more, code, says in (
        ("no brokers", "[mqtt]\nsite = s\ndevice = d\n", 18, "brokers"),
        ("no site", "[mqtt]\nbrokers = mqtt://127.0.0.1\ndevice = d\n", 18, "site"),
        ("no device", "[mqtt]\nbrokers = mqtt://127.0.0.1\nsite = s\n", 18, "device"),
        ("unencrypted", "[mqtt]\nbrokers = mqtt://floor.example\nsite = s\ndevice = d\n", 18, "unencrypted"),
        ("no password file", f"[mqtt]\nbrokers = {a.url}\nsite = s\ndevice = d\npassword_file = {path('none')}\n", 10, "none")):
    file = write("bad.ini", more)
    check.refused(f"serve: {what}", tool("serve", "--store", path("x.db"), "--config", file), code, says)
    check.refused(f"send: {what}", tool("outbox", "send", "--mqtt", "--store", empty, "--config", file), code, says)
check.refused("serve: no ledger", tool("serve", "--config", desk), 2, "--store FILE")
check.refused("serve: another's store", tool("serve", "--store", empty, "--config", desk), 31, "not a ledger")
check("which is left alone", os.path.exists(empty))
check.refused("live: no store", tool("live", "--tcp", "127.0.0.1:1", "--mqtt", "--config", desk), 2, "--store FILE")
rows(serve.store, "PRAGMA user_version = 9")
check.refused("serve: of a newer program", tool("serve", "--store", serve.store, "--config", desk), 33, "version 9")
any_one.close()
check.finish()
