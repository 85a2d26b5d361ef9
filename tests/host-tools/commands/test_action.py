#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Actions: the examples as they are shipped, each life, the agent's answer, kills between every two steps, a receiver that always
fails or answers when the call is over, and rules that contradict each other. The desktop's notes: sinks/test_desktop_note.py."""
import base64
import csv
import hashlib
import hmac
import json
import os
import pty
import signal
import sqlite3
import threading
import time

import jsonschema
from action_desk import ANGRY, KEY, SCRIPT, Call, Desktop, Receiver, headset, rule
from floor import Broker, Client, until
from tool import ENV, HERE, UNDERTONE, Checks, path, tool, write

check = Checks()
EXAMPLES = os.path.normpath(os.path.join(HERE, "..", "..", "docs", "examples"))
with open(os.path.join(HERE, "..", "..", "host-tools", "sinks", "action.schema.json"), encoding="utf-8") as f:
    SCHEMA = jsonschema.Draft202012Validator(json.load(f))
SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def faults(text):
    return [x.message for x in SCHEMA.iter_errors(json.loads(text))]


# the examples, with the test's addresses and folders in the place of theirs
receiver, desktop, broker = Receiver(), Desktop(), Broker("broker").start()
client = Client(broker, "supervisor", "undertone/actions/#")
with open(os.path.join(EXAMPLES, "actions.ini"), encoding="utf-8") as f:
    example = f.read()
for theirs, ours in (("/etc/undertone/webhook.key", KEY), ("mqtt://127.0.0.1:1883", f"mqtt://127.0.0.1:{broker.port}"),
                     ("http://127.0.0.1:8800", receiver.url("")), ("/usr/local/bin/follow_up_list.py", os.path.join(EXAMPLES, "follow_up_list.py")),
                     ("/var/lib/undertone/follow-up", path("follow-up")), ("quiet = 22:00-07:00\n", "")):
    check(f"the example has {theirs.strip()}", example.count(theirs) >= 1)
    example = example.replace(theirs, ours)
code, out, err = tool("action", "check", "--config", write("example.ini", example))
check("the rules of the example go together", code == 0 and len(out.splitlines()) == 5 and "asks the agent for 10 s, without an answer: no" in out,
      (out, err))
call = Call("example", example, script=SCRIPT, env={"DBUS_SESSION_BUS_ADDRESS": desktop.address})
question = call.ask()
check("the agent is asked", question and question["Text"] == "Shall we offer to call back?" and question["Default"] == "no"
      and 0 < question["RemainingMillis"] <= 10000, question)
check("the receiver has heard of nothing yet", not [x for x in receiver.got if x[0] == "/callback"])
check("yes", call.answer(question, "yes") == 200)
check("once", call.answer(question, "no") == 404 and call.desk.state()["Ask"] is None)
check("all five come to be done", until(lambda: call.states() == ["DONE"] * 5, 60), (call.rows(), call.said()))
took = {json.loads(body)["data"]["Action"]: (where, headers, body) for where, headers, body in receiver.got}
check("the callback and the task are posted", {k: v[0] for k, v in took.items()} ==
      {"offer_a_callback": "/callback", "follow_up_task": "/follow-up"}, took)
for name, (where, headers, body) in took.items():
    head = {k.lower(): v for k, v in headers.items()}
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
    check(f"{name} is signed", head["webhook-signature"] == "v1," +
          base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode(), head)
    check(f"{name} is named by its id", head["webhook-id"] == json.loads(body)["id"] + "_1", head)
    check(f"{name} keeps to the schema", faults(body) == [], faults(body))
check("what was confirmed says so", [x["State"] for x in call.list() if x["Action"] == "offer_a_callback" for x in x["Steps"]] ==
      ["REQUESTED", "CONFIRMED", "DONE"], call.list())
check("the supervisor's flag is published", until(lambda: client.got, 20) and len(client.got) == 1, client.got)
topic, flag = client.got[0][:2]
check("with the number that it was about", topic == "undertone/actions/flag" and
      json.loads(flag)["data"]["Values"]["frustration_slow"] >= 0.75 and faults(flag) == [], flag)
check("the desktop has the note", [x[4] for x in desktop.notes] == ["A good moment: the retention offer is open in the CRM."], desktop.notes)
lists = os.listdir(path("follow-up"))
with open(os.path.join(path("follow-up"), lists[0]), encoding="utf-8") as f:
    rows = list(csv.DictReader(f))
check("the day's list has the call", len(lists) == 1 and len(rows) == 1 and float(rows[0]["end"]) > float(rows[0]["begin"]), rows)
check("no live failed", call.end() == 0, call.said())
client.close()
broker.end()
desktop.end()

# no, and no answer
receiver.got.clear()
ASKS = rule(on="empathy_cue.opened", do="webhook", to=receiver.url(), consent="agent", text="Really?", limit=1)
call = Call("no", ASKS)
check("no is no", call.answer(call.ask(), "no") == 200 and call.wait("DECLINED"), call.rows())
check("a wrong answer is none", call.desk.ask("POST", "/v1/actions/x/answer", {"Answer": "perhaps"})[0] == 400)
check("of a question that nobody asks", call.desk.ask("POST", "/v1/actions/x/answer", {"Answer": "yes"})[0] == 404)
call.end()
slow, silent = Call("slow", ASKS), Call("silent", ASKS + "default = yes\n")
check("two are asked", slow.ask() and silent.ask())
check("no answer is the default: no", slow.wait("EXPIRED"), slow.rows())
check("no answer is the default: yes", silent.wait("DONE") and "EXPIRED" in silent.rows("steps")[0][0], silent.rows())
check("so one alone arrived", receiver.ids() == [x[0] for x in silent.rows("id")], receiver.got)
slow.end()
silent.end()

# lines on a terminal, for who works by braille or by ear
process, address = headset("typed", ANGRY, 20)
typed = path("typed.db")
pid, terminal = pty.fork()
if pid == 0:
    os.execve(UNDERTONE, [UNDERTONE, "live", "--plain", "--tcp", address, "--disclosed", "--store", typed, "--config", path("slow.ini")], ENV)
shown = ""
until_s = time.monotonic() + 60
while "y or n and Enter; without an answer in 10 s: no" not in shown and time.monotonic() < until_s:
    shown += os.read(terminal, 4096).decode()
check("the question is a line, once", shown.count("Really? y or n and Enter") == 1, shown)
os.write(terminal, b"n\n")
check("a letter and Enter answers it", until(lambda: tool("action", "list", "--json", "--store", typed)[1].count('"DECLINED"') > 0, 60))
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
os.close(terminal)
process.end()

# killed between every two steps: nothing is lost, nothing is asked again, nothing has two ids
receiver.got.clear()
YES = ASKS + "default = yes\n"
for i in range(4):  # the event and its request are there together, or neither is
    call = Call(f"kill{i}", YES)
    until(lambda: os.path.exists(call.store) and call.rows("id"), 60)
    call.kill()
    with sqlite3.connect(call.store) as d:
        opened = [json.loads(x[0])["id"] for x in d.execute("SELECT json FROM event WHERE type = 'undertone.cue.opened.v1' "
                                                            "AND json_extract(json, '$.data.Cue') = 'empathy_cue'")]
        causes = [json.loads(x[0])["cause"] for x in d.execute("SELECT json FROM action")]
    check("each request has its event", causes and causes == opened[:1], (opened, causes))
check("requested, then killed: what was asked waits for its answer", call.states() == ["REQUESTED"] and
      call.run()[1] == "0 done, 0 failed, 0 parked\n" and receiver.got == [], call.rows())
call.write("UPDATE action SET until = until - 10000")  # and its time goes by
check("then the default counts", call.run()[1] == "1 done, 0 failed, 0 parked\n" and receiver.ids() == [x[0] for x in call.rows("id")], call.rows())
check("once", call.run()[1] == "0 done, 0 failed, 0 parked\n" and len(receiver.got) == 1)

receiver.got.clear()
held = threading.Event()
receiver.mood = lambda: (held.wait(60), 204)[1]
call = Call("confirmed", YES)
check("confirmed", call.answer(call.ask(), "yes") == 200 and until(lambda: receiver.got, 60))
call.kill()  # while the receiver has it and says nothing
check("confirmed, then killed: it stays so", call.states() == ["CONFIRMED"], call.rows())
held.set()
check("while it may be under way, none does it too", call.run()[1] == "0 done, 0 failed, 0 parked\n" and len(receiver.got) == 1, call.rows())
call.write("UPDATE action SET taken = taken - 60000")  # and its time goes by
check("done by the next run", call.run()[1] == "1 done, 0 failed, 0 parked\n" and call.states() == ["DONE"], call.rows())
check("under the same id, with the same bytes", len(set(receiver.ids())) == 1 and len({x[2] for x in receiver.got}) == 1 and
      len(receiver.got) == 2, receiver.got)

receiver.got.clear()
victim = []
receiver.mood = lambda: (victim and os.kill(victim[0], signal.SIGKILL), 204)[1]
call = Call("answered", rule(on="empathy_cue.opened", do="webhook", to=receiver.url(), consent="agent", text="Really?", limit=1))
victim.append(call.desk.program.pid)
check("taken by the receiver, and killed before that is known", call.answer(call.ask(), "yes") == 200 and
      call.desk.program.wait(60) == -signal.SIGKILL and call.states() == ["CONFIRMED"], call.rows())
call.kill()
victim.clear()
call.write("UPDATE action SET taken = taken - 60000")
check("it is done again, under the same id", call.run()[1] == "1 done, 0 failed, 0 parked\n" and len(set(receiver.ids())) == 1 and
      len(receiver.got) == 2, receiver.got)
check("done, then killed: it stays done", call.run()[1] == "0 done, 0 failed, 0 parked\n" and call.states() == ["DONE"])

# a receiver that answers when the call is over, and one that always fails
receiver.got.clear()
held = threading.Event()
receiver.mood = lambda: (held.wait(60), 204)[1]
call = Call("late", rule(on="empathy_cue.opened", do="webhook", to=receiver.url(), limit=1))
check("the receiver has it", until(lambda: receiver.got, 60))
check("the call ends", call.desk.call("end")[0] == 0)
held.set()
check("an answer behind the end counts", call.wait("DONE"), call.rows())
call.end()

receiver.mood = 500
call = Call("vain", rule(name="vain", on="empathy_cue.opened extended_silence.opened", do="webhook", to=receiver.url(), park=1, limit=0))
check("what fails is parked", until(lambda: "FAILED" in call.states(), 60))
until(lambda: call.desk.state()["TimeMillis"] > 200000, 60)  # cues go on opening meanwhile
parked = call.list()
call.end()
check("with its reason", all(x["State"] == "FAILED" for x in parked) and parked[0]["Error"] == "answer 500", parked)
said = [x for x in call.said().splitlines() if "parked" in x]
check("and said once", len(said) == 1 and "`undertone action retry vain`" in said[0], call.said())
receiver.mood = 204
code, out, err = tool("action", "retry", "vain", "--store", call.store)
check("taken up again", code == 0 and out.split()[0] == str(len(parked)), (out, err))
check("it is done", call.run()[1].startswith(f"{len(parked)} done") and set(call.states()) == {"DONE"}, call.rows())

# rules that cannot be, before anything begins
process, address = headset("idle", ANGRY, 20)
CONTRARY = rule(on="empathy_cue.opened", when="frustration_slow >= 0.8, frustration_slow <= 0.2", do="webhook", to=receiver.url())
store = path("none.db")
check.refused("conditions that exclude each other", tool("live", "--tcp", address, "--json", "--store", store, "--config", write("c.ini", CONTRARY)), 18,
              "[action.act] when", "no number can fulfil")
check.refused("so says the check", tool("action", "check", "--config", path("c.ini")), 18, "no number can fulfil")
check.refused("no store", tool("live", "--tcp", address, "--json", "--config", write("s.ini", ASKS)), 18, "[store] file")
check.refused("no key for a webhook", tool("live", "--tcp", address, "--json", "--store", store, "--config",
                                          write("k.ini", ASKS.replace(f"key_file = {KEY}", "key_file ="))), 18, "[webhook] key_file")
check.refused("a foreign http address", tool("live", "--tcp", address, "--json", "--store", store, "--config",
                                            write("h.ini", ASKS.replace(receiver.url(), "http://example.org/"))), 18, "[action.act] to")
process.end()
check.refused("no word", tool("action"), 2, "list, run, retry or check?")
check.refused("retry of nothing", tool("action", "retry"), 2, "name or id")
check.refused("list of a store that is not there", tool("action", "list", "--store", path("gone.db")), 10, "gone.db")
check("config prints actions as a config", "[action.act]\non = empathy_cue.opened" in tool("config", "--config", path("s.ini"))[1])
check.finish()
