#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A site that is too hot is split: half of its desks join another by their old tokens, in the middle of a call and with events on their way.
Each event is in the ledger once, the call goes on with its flag at the other site, and those who stay see nothing of it."""
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from enrolled import private
from floor import UNLIMITED, Broker, audit, call, desk_store, event, fill, ini, sending, until, waiting
from floor_postgres import Server, Worker
from rollout_floor import Fleet
from tool import Checks, path, tool, write

check = Checks()
server, fleet = Server(), Fleet(path("none.db"))
broker = Broker("broker", f"allow_anonymous false\npassword_file {path('passwords')}\nacl_file {path('acl')}\nuse_username_as_clientid true\nuser root\n{UNLIMITED}")
common = write("common.ini", f"[mqtt]\nbrokers = {broker.url}\n")
GOES, STAYS = "desk-1", "desk-2"


def enrol(site, serve, *desks):
    code, out, err = tool("enrol", "desks", write("desks.txt", "\n".join(desks)), "--site", site, "--key", fleet.key, "--settings", common,
                          "--serve", serve, "--out", path(site))
    assert code == 0, err
    with open(path(f"{site}/tokens"), encoding="ascii") as f:
        return out, dict(x.strip().split(":") for x in f)


def admit(tokens, *sites):
    """What the broker knows, of one site or of both."""
    private("passwords", "".join(f"{k}:{v}\n" for k, v in {**tokens, "serve": "5" * 64, "serve-t": "5" * 64}.items()))
    subprocess.run(["mosquitto_passwd", "-U", path("passwords")], check=True)
    text = ""
    for site in sites:
        with open(path(f"{site}/acl"), encoding="utf-8") as f:
            text += f.read()
    write("acl", text)


def worker(site, more=""):
    return Worker(f"floor-{site}", [broker], server, site, more=f"page = 0\ndesks = {path(site)}/site.enrol\n{more}[mqtt]\n"
                  f"password_file = {private('serve.token', '5' * 64)}\n[fleet]\nverifier = {fleet.verifier}\n").start()


def join(desk, site, *words):
    """The desk's settings are then those of config(desk)."""
    return tool("enrol", "join", path(f"{site}/site.enrol"), "--token-file", private(f"{desk}.token", tokens[desk] + "\n"), "--verifier",
                fleet.verifier, *words, env={"XDG_CONFIG_HOME": path(desk)})


def config(desk):
    return path(f"{desk}/undertone/undertone.ini")


def ask(w, what, body=None):
    url, token = re.search(r"(http://\S+)/\?token=(\w+)", w.said()).groups()
    head = {"Authorization": "Bearer " + token, **({"Content-Type": "application/json"} if body else {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(url + what, json.dumps(body).encode() if body else None, head), timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as e:
        return e.code


def sent(desk):
    """All that waits in its store, by the desk's own program; what that said."""
    program = sending(stores[desk], config(desk))
    until(lambda: waiting(stores[desk]) == 0, 60)
    program.end()
    return program.said()


_, tokens = enrol("s", "serve", GOES, STAYS)
admit(tokens, "s")
broker.start()
old = worker("s")
check("both desks are of one site", [join(x, "s")[0] for x in (GOES, STAYS)] == [0, 0])
stores = {x: desk_store(f"{x}.db") for x in (GOES, STAYS)}
lines = {"a": call("a", 40), "b": call("b", 40)}
lines["a"][4] = event("a", 5, "flag.raised")
for desk, session in ((GOES, "a"), (STAYS, "b")):
    fill(stores[desk], lines[session][:20])
    sent(desk)
check("half of a call each has come", server.rows("SELECT session, site, contiguous FROM progress ORDER BY session") == [("a", "s", 20), ("b", "s", 20)])

flag = server.rows("SELECT id FROM flag")[0][0]

# events that the broker has and nobody has acknowledged
fill(stores[GOES], lines["a"][20:30])
old.program.send_signal(signal.SIGSTOP)
program = sending(stores[GOES], config(GOES))
time.sleep(1)
program.kill()
old.program.send_signal(signal.SIGCONT)
check("they wait, with what came before, which goes twice", waiting(stores[GOES]) == 30, waiting(stores[GOES]))

# the split: tokens stay
os.mkdir(path("t"))
shutil.copy(path("s/tokens"), path("t/tokens"))
said, moved = enrol("t", "serve-t", GOES)
check("the new site has its desk's old token", said.startswith("1 desks of t, 0 of them new, 1 taken out") and moved == {GOES: tokens[GOES]}, said)
said, stay = enrol("s", "serve", STAYS)
check("the old site has the others", said.startswith("1 desks of s, 0 of them new, 1 taken out") and stay == {STAYS: tokens[STAYS]}, said)
admit(tokens, "s", "t")
broker.program.send_signal(signal.SIGHUP)
new = worker("t", "split_from = s\n")
check.refused("a desk does not change its site by mistake", join(GOES, "t"), 18, "give --from s for a desk that leaves it")
check("it does when it is told to", join(GOES, "t", "--from", "s")[0] == 0)
for desk, session in ((GOES, "a"), (STAYS, "b")):
    fill(stores[desk], lines[session][30 if desk == GOES else 20:])
said = sent(GOES) + sent(STAYS)
check("all has come", [waiting(stores[x]) for x in (GOES, STAYS)] == [0, 0], said + new.said())
check("each event once, none lost", audit(new, lines) == [], audit(new, lines))
check("the call is of the new site", server.rows("SELECT session, site, device, state FROM progress ORDER BY session")
      == [("a", "t", GOES, "COMPLETED"), ("b", "s", STAYS, "COMPLETED")], server.rows("SELECT * FROM progress"))
check("its page has all of it", len(ask(new, "/v1/calls/a")["Events"]) == 40 and ask(new, "/v1/calls/b") == 404)
check("and the old one's has it no more", ask(old, "/v1/calls/a") == 404 and len(ask(old, "/v1/calls/b")["Events"]) == 40)
check("the flag is answered where the call is", (ask(old, f"/v1/flags/{flag}/ack", {"By": "Kim"}), ask(new, f"/v1/flags/{flag}/ack", {"By": "Kim"})["Session"]) == (404, "a"))
check("and the old site's programs serve on", old.epoch() == 1 and new.epoch() == 1, old.said())

# another desk's call
fill(stores[GOES], [event("c", 1, "session.started")])
server.rows("INSERT INTO progress (session, day, site, device, contact, boot, began, received) VALUES ('c', 0, 's', 'desk-2', '', '', 0, 0)")
sent(GOES)
check("another desk's call stays where it is", until(lambda: new.rejected("foreign") > 0) and server.rows("SELECT site FROM progress WHERE session = 'c'") == [("s",)], new.counts())

# settings
for what, store, more, says in (("of itself", server.address, "split_from = s\n", "is no other site's name"), ("of nobody", server.address, "split_from = a/b\n", "is no other site's name"),
                                ("in a file", path("x.db"), "split_from = u\n", "goes with a ledger in PostgreSQL")):
    check.refused(f"a site split {what}", tool("serve", "--store", store, "--config", ini("f.ini", [broker], "r", f"[serve]\n{more}")), 18, "[serve] split_from", says)
broker.end()
check.finish()
