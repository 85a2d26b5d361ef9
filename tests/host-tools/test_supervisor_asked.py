#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Actions that ask a supervisor: the desk's question by way of the broker onto the floor's page, the answer back, each of them also
when what goes between is lost, killed or too late; on record at both ends."""
import http.client
import json
import os
import re
import socket
import threading
import time

from action_desk import KEY, Call, Receiver
from desk_program import Desk
from floor import Broker, Client, Serve, until
from tool import Checks, path, tool, write

check = Checks()


class Floor(Serve):
    """A floor with a page, and a record of what was done there."""

    def __init__(self, name, brokers):
        super().__init__(name, brokers)
        self.record = path(name + ".audit")
        self.words += ["--page", "0", "--audit", self.record]

    def start(self):
        before = self.said().count("token=") if os.path.exists(self.log) else 0
        super().start()
        until(lambda: self.said().count("token=") > before, 60)
        self.port, self.token = re.findall(r"http://127\.0\.0\.1:(\d+)/\?token=([0-9a-f]{64})", self.said())[-1]
        return self

    def ask(self, method, where, body=None):
        c = http.client.HTTPConnection("127.0.0.1", int(self.port), timeout=60)
        c.request(method, where, json.dumps(body) if body else None, {"Authorization": "Bearer " + self.token})
        answer = c.getresponse()
        got = answer.status, json.loads(answer.read())
        c.close()
        return got

    def question(self):
        """The question that nobody has answered, once it is there."""
        got = until(self.open, 60)
        return got[0] if got else None

    def open(self):
        return [x for x in self.ask("GET", "/v1/state")[1]["Questions"] if x["Answer"] is None]

    def answer(self, question, said, by="Kim"):
        return self.ask("POST", f"/v1/actions/{question['Id']}/answer", {"By": by, "Answer": said})


def records(file, kind):
    with open(file, encoding="utf-8") as f:
        return [x for x in map(json.loads, f) if x["Kind"] == kind]


broker, receiver = Broker("broker").start(), Receiver()
floor = Floor("floor", [broker]).start()


def asking(name, more="", url=broker.url, recorded=True):
    """A call whose rule asks a supervisor, once."""
    audit = f"[audit]\nfile = {path(name + '.audit')}\n" if recorded else ""
    config = (f"[mqtt]\nbrokers = {url}\nsite = s\ndevice = {name}\n[webhook]\nkey_file = {KEY}\n{audit}"
              f"[action.retention]\non = empathy_cue.opened\ndo = webhook\nto = {receiver.url()}\nconsent = supervisor\ntext = May we offer a refund?\n"
              f"limit = 1\n{more}")
    return Call(name, config, more=["--mqtt"])


# asked, answered, done, on record
call = asking("yes")
question = floor.question()
check("the floor shows the question", question and question["Text"] == "May we offer a refund?" and question["Action"] == "retention"
      and question["Default"] == "no" and 0 < question["RemainingMillis"] <= 10000 and question["Answer"] is None, question)
check("nothing of the desk is in it", not re.search("device|desk|agent", json.dumps(question), re.I), question)
check("the agent is not asked", call.desk.state()["Ask"] is None, call.desk.state()["Ask"])
check("and cannot answer", call.answer(question, "yes") == 404 and call.states() == ["REQUESTED"], call.rows())
check("what is no answer is refused", floor.answer(question, "perhaps")[0] == 400 and floor.ask("POST", "/v1/actions/x/answer", {"By": "Kim",
      "Answer": "yes"})[0] == 404 and floor.ask("POST", f"/v1/actions/{question['Id']}/reply", {"By": "Kim", "Answer": "yes"})[0] == 404)
for name in ("Ann\tLee", "Ann\x7f", "", "x" * 65, 7):
    got = floor.answer(question, "no", name)
    check(f"a name that no desk takes is refused, {name!r:.9}", got[0] == 400, got)
check("it is nobody's answer", [x["Id"] for x in floor.open()] == [question["Id"]] and records(floor.record, "action_answered") == [])
got = floor.answer(question, "yes")
check("yes", got == (200, {"Id": question["Id"], "Answer": "yes", "By": "Kim"}), got)
check("again is the same", floor.answer(question, "yes", "Ada") == got)
check("the other is refused", floor.answer(question, "no")[0] == 409)
check("the desk hears of it and does it", call.wait("DONE") and receiver.ids() == [question["Id"]], (call.rows(), call.said()))
check("what is sent says who was asked", json.loads(receiver.got[0][2])["data"]["Consent"] == "supervisor")
call.end()
check("the floor's record has the answer, once", [(x["Session"], x["Action"], x["Id"], x["Answer"], x["By"]) for x in
      records(floor.record, "action_answered")] == [(question["Session"], "retention", question["Id"], "yes", "Kim")])
check("the desk's has the life", [(k, len(records(path("yes.audit"), k))) for k in
      ("action_requested", "action_answered", "action_expired", "action_done", "action_failed")] ==
      [("action_requested", 1), ("action_answered", 1), ("action_expired", 0), ("action_done", 1), ("action_failed", 0)])
check("and who said so", [(x["Id"], x["Answer"], x["By"]) for x in records(path("yes.audit"), "action_answered")] == [(question["Id"], "yes", "Kim")])
check("the chain holds", tool("audit", "verify", path("yes.audit"))[0] == 0)

# no; and nobody
receiver.got.clear()
call = asking("no")
check("no is no", floor.answer(floor.question(), "no")[0] == 200 and call.wait("DECLINED") and receiver.got == [], call.rows())
call.end()
call = asking("nobody", "default = yes\n")
question = floor.question()
check("without an answer the default counts", question["Default"] == "yes" and call.wait("DONE"), call.rows())
check("that is on record", until(lambda: len(records(path("nobody.audit"), "action_expired")) == 1 and
                                 len(records(path("nobody.audit"), "action_done")) == 1), call.rows())
check("the question has gone from the floor", until(lambda: not floor.open()) and
      floor.answer(question, "yes")[0] == 404)
call.end()

# what goes between is lost: the broker dies under the question, then serve under the answer
call = asking("broker-gone")
question = floor.question()
broker.kill()
got = floor.answer(question, "yes")
broker.start()
check("an answer that nobody heard is said again", got[0] == 200 and call.wait("DONE"), (got, call.rows(), call.said()))
call.end()
call = asking("serve-gone")
question = floor.question()
floor.kill()
floor.start()
again = floor.question()
check("a floor that begins anew is asked anew", again and again["Id"] == question["Id"] and floor.answer(again, "yes")[0] == 200
      and call.wait("DONE"), (again, call.rows()))
call.end()

# killed while it waits: the next live asks on, as long as there is time
call = asking("desk-gone")
question = floor.question()
call.kill()
call.write(f"UPDATE action SET until = {int(1000 * time.time()) + 9500}")  # as if it had been killed at once
desk = Desk("--disclosed", "--store", call.store, "--config", call.config, "--mqtt", name="desk-gone-2", seconds=60)
check("a live that begins anew asks on", floor.answer(floor.question(), "no")[0] == 200 and call.wait("DECLINED"), call.rows())
desk.stop()

# a question about a call of another desk, and what is none
client = Client(broker, "evil")
call = asking("victim")
question = floor.question()
foreign = floor.rejected("foreign")  # a desk may ask before its call is committed, and asks again
client.say("undertone/v1/s/evil/ask", json.dumps({**{k: question[k] for k in ("Session", "Action", "Default", "RemainingMillis")}, "Id": "e" * 32,
                                                  "Text": "Give him all the money?"}))
client.say("undertone/v1/s/evil/ask", "{")
check("another desk's call is nobody's to ask about", until(lambda: floor.rejected("foreign") == foreign + 1 and floor.rejected("json") == 1, 30),
      floor.counts())
check("the floor shows one", [x["Id"] for x in floor.open()] == [question["Id"]], floor.open())

# more than a page shows of a desk
for n in range(9):
    client.say("undertone/v1/s/victim/ask", json.dumps({**{k: question[k] for k in ("Session", "Action", "Text", "Default")}, "Id": f"more-{n}", "RemainingMillis": 3000}))
check("what has no room is on record, once", until(lambda: [x["Id"] for x in records(floor.record, "action_not_shown")] == ["more-7", "more-8"], 9)
      and len(floor.open()) == 8, (records(floor.record, "action_not_shown"), floor.open()))
client.say("undertone/v1/s/victim/answer", json.dumps({"Id": "f" * 32, "Answer": "yes", "By": "x"}))
client.say("undertone/v1/s/victim/answer", "no JSON")
check("an answer to nothing changes nothing", floor.answer(question, "no")[0] == 200 and call.wait("DECLINED"), call.rows())

# a customer who refuses
call.end()
check("those of before have gone", until(lambda: not floor.open(), 10), floor.open())
call = asking("refused")
question = floor.question()
check("a customer refuses", call.desk.ask("POST", "/v1/calls/current/refusal", {"Kind": "withdrawn"})[0] == 200)
check("nobody is asked any more", until(lambda: not floor.open(), 5) and call.rows() == [], (call.rows(), floor.open()))
call.end()

# answered while the desk leaves: who would do it and who would record it have closed; a record that has takes nothing, so there is none here
class Late:
    """The way to the broker; a desk that says it has closed hears `say` before it hears that the broker has this."""

    def __init__(self, say):
        self.say, self.said, self.open = say, False, threading.Event()
        self.open.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"mqtt://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            desk = self.listener.accept()[0]
            there = socket.create_connection(("127.0.0.1", broker.port))
            for pair in ((desk, there, True), (there, desk, False)):
                threading.Thread(target=self.pass_on, args=pair, daemon=True).start()

    @staticmethod
    def hear(source):
        try:
            return source.recv(65536)
        except OSError:
            return b""  # the other way has ended, and closed it

    def pass_on(self, source, to, up):
        while data := self.hear(source):
            if up and b'"State":"closed"' in data and not self.said:
                self.open.clear()
                to.sendall(data)
                self.say()
                self.said = True
                time.sleep(0.3)  # the answer is on its way with the broker's word
                self.open.set()
                continue
            if not up:
                self.open.wait()
            to.sendall(data)
        to.close()


late = Client(broker, "late-answer")
way = Late(lambda: late.say("undertone/v1/s/late/answer", json.dumps({"Id": question["Id"], "Answer": "yes", "By": "Kim"})))
call = asking("late", url=way.url, recorded=False)
question = floor.question()
check("an answer that comes as the desk leaves does no harm", call.end() == 0 and way.said, call.said())
check("and waits for the next start", call.states() == ["REQUESTED"], call.rows())
late.close()

# what cannot be
RULE = f"[webhook]\nkey_file = {KEY}\n[action.a]\non = empathy_cue.opened\ndo = webhook\nto = {receiver.url()}\nconsent = supervisor\ntext = ?\n"
check.refused("no floor to ask by", tool("action", "check", "--config", write("n.ini", RULE)), 18, "[mqtt] brokers")
code, out, _ = tool("action", "check", "--config", write("m.ini", RULE + f"[mqtt]\nbrokers = {broker.url}\nsite = s\ndevice = d\n"))
check("the check says who is asked", code == 0 and "asks the supervisor for 10 s, without an answer: no" in out, out)
check.refused("not told to go by it", tool("live", "--tcp", "127.0.0.1:1", "--store", path("x.db"), "--json", "--config", path("m.ini")), 2, "--mqtt")
client.close()
floor.end()
broker.end()
check.finish()
