#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""undertone enrol: five thousand desks by one signed file; a broker that knows each by its token and keeps it to its own topics; serve that
knows it by the same token; a desk taken out; files and tokens that are not what they say."""
import http.client
import json
import os
import re
import signal
import stat
import subprocess
import time

import paho.mqtt.client as mqtt

from certificates import certificate
from floor import Broker, Client, Serve, call, desk_store, fill, sending, until, waiting
from tool import Checks, path, tool, write

check = Checks()
DESKS = 5000
names = [f"desk-{n:04}" for n in range(1, DESKS + 1)]
mode = lambda file: stat.S_IMODE(os.stat(file).st_mode)


def private(name, text):
    os.chmod(write(name, text), 0o600)
    return path(name)


# a key, a site
code, out, err = tool("enrol", "make-key", path("fleet.key"), "fleet.example")
VERIFIER = out.strip()
check("a key, and what verifies it", code == 0 and re.fullmatch(r"fleet\.example\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}", VERIFIER) and mode(path("fleet.key")) == 0o600, out)
tool("enrol", "make-key", path("other.key"), "fleet.example")
broker = Broker("broker", f"allow_anonymous false\npassword_file {path('passwords')}\nacl_file {path('s/acl')}\nuse_username_as_clientid true\nuser root\n")
certificate("good")
COMMON = f"[mqtt]\nbrokers = {broker.url}\nca_file = {path('good.crt')}\n[empathy_cue]\non = 0.7\n"
write("common.ini", COMMON)


def enrol(listed, *words, key="fleet.key", settings="common.ini", out="s", site="s"):
    write("desks.txt", "# a site's desks\n\n" + "\n".join(listed) + "\n")
    return tool("enrol", "desks", path("desks.txt"), "--site", site, "--key", path(key), "--settings", path(settings), "--out", path(out), *words)


def tokens():
    with open(path("s/tokens"), encoding="ascii") as f:
        return dict(x.strip().split(":") for x in f)


begun = time.monotonic()
code, out, err = enrol(names)
check(f"{DESKS} desks in one file, within a minute", code == 0 and out.startswith(f"{DESKS} desks of s, {DESKS} of them new, 0 taken out") and time.monotonic() - begun < 60, (out, err))
token = tokens()
with open(path("s/site.enrol"), encoding="utf-8") as f:
    FILE = f.read()
check("a token each", sorted(token) == names and len(set(token.values())) == DESKS)
check("the file holds none", not any(x in FILE for x in list(token.values())[:50]) and FILE.count(" agent ") == DESKS)
check("who may read what", (mode(path("s/site.enrol")), mode(path("s/acl")), mode(path("s/tokens"))) == (0o644, 0o644, 0o600))

# a desk joins
home = lambda name: path(f"home-{name}/undertone")


def join(name, *words, file="s/site.enrol", secret=None, verifier=VERIFIER, env=None):
    token_file = private(f"{name}.token", (secret or token[name]) + "\n")
    return tool("enrol", "join", path(file), "--token-file", token_file, *(("--verifier", verifier) if verifier else ()), *words,
                env={"XDG_CONFIG_HOME": path(f"home-{name}"), **(env or {})})


begun = time.monotonic()
for name in names[:20]:
    code, out, err = join(name)
    check(f"{name} finds out who it is", code == 0 and out == f"{name}, a desk of s: {home(name)}/undertone.ini\n", (out, err))
check("at one of twenty a second or better", time.monotonic() - begun < 20 * 1, time.monotonic() - begun)
one, two, three = names[:3]
said = tool("config", "--show-origin", env={"XDG_CONFIG_HOME": path(f"home-{one}")})[1]
check("its settings are in force", all(f"{line}  ; {home(one)}/undertone.ini:" in said for line in
      (f"device = {one}", "site = s", f"brokers = {broker.url}", f"verifier = {VERIFIER}", "on = 0.7", f"ca_file = {home(one)}/floor-ca.pem",
       f"password_file = {home(one)}/desk.token")), said)
with open(path("good.crt"), encoding="ascii") as f, open(home(one) + "/floor-ca.pem", encoding="ascii") as g:
    check("the certificates came with the file", f.read() == g.read())
check("its token is its own", mode(home(one) + "/desk.token") == 0o600 and mode(home(one) + "/undertone.ini") == 0o644)
check("again, by the verifier that it has now", join(one, verifier=None)[0] == 0)
with open(home(one) + "/undertone.ini", encoding="utf-8") as f:
    text = f.read()
write(f"home-{two}/undertone/undertone.ini", "[display]\nlanguage = de\n")
check.refused("settings that somebody wrote are not written over", join(two), 2, "was not made by join")
check("or elsewhere", join(two, "--folder", path("elsewhere"))[0] == 0 and os.path.exists(path("elsewhere/undertone.ini")))

os.symlink("undertone.ini", path("elsewhere/loop"))
os.remove(path("elsewhere/undertone.ini"))
os.rename(path("elsewhere/loop"), path("elsewhere/undertone.ini"))
check.refused("nor are settings that cannot be read", join(two, "--folder", path("elsewhere")), 1, "cannot be read")
check.refused("a folder that no config file can name", join(two, "--folder", path("a ;b")), 2, "; begins a remark")
check("there is nothing in it", os.listdir(path("a ;b")) == [])

# a broker that knows them: mosquitto's own password file, made by its own tool
write("passwords", "".join(f"{k}:{v}\n" for k, v in token.items()) + f"serve:{'5' * 64}\n")
os.chmod(path("passwords"), 0o600)
check("mosquitto takes the tokens", subprocess.run(["mosquitto_passwd", "-U", path("passwords")], check=False).returncode == 0)
broker.start()
settings = f"password_file = {private('serve.token', '5' * 64)}\n[fleet]\nverifier = {VERIFIER}\n[serve]\ndesks = {path('s/site.enrol')}\npage = 0\n"
serve = Serve("serve", [broker], more=settings).start()
until(lambda: "://" in serve.said(), 60)
port = int(re.search(r":(\d+)/", serve.said()).group(1))
store = desk_store("desk.db")
fill(store, call("one.1", 9)[:-1])
sender = sending(store, home(one) + "/undertone.ini")
check("what a joined desk sends is acknowledged", until(lambda: waiting(store) == 0, 60) and serve.rows("SELECT count(*) FROM event")[0][0] == 8,
      (sender.said(), serve.said(), broker.said()[-500:]))
check("as its own", serve.rows("SELECT DISTINCT device FROM progress") == [(one,)])
sender.end()


class User(Client):
    """A client that gives a name and a password; code: what the broker said."""

    def __init__(self, user, password, *topics):
        self.got, self.how, self.subscribed, self.code = [], set(), 0, None
        self.client = mqtt.Client("any")
        self.client.username_pw_set(user, password)
        self.client.on_message, self.client.on_subscribe, self.client.on_connect = self.take, self.count, self.connected
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        until(lambda: self.code is not None)
        if self.code == 0:
            for topic in topics:
                self.client.subscribe(topic, 1)
            until(lambda: self.subscribed == len(topics))

    def connected(self, _, __, ___, code):
        self.code = code


serve.end()  # its user hears all, in its place
ear = User("serve", "5" * 64, "undertone/v1/s/#")
desk = User(two, token[two], "undertone/v1/s/+/ack", "undertone/v1/s/+/outcome", "undertone/v1/s/floor", "undertone/v1/s/rollout-canary")
FORBIDDEN = [f"{one}/cue", f"{one}/status", f"{one}/rollout", f"{two}/ack", f"{two}/answer", f"{two}/outcome", "floor", "rollout-canary", "rollout-all"]
ALLOWED = [f"{two}/{word}" for word in ("call", "cue", "flag", "score", "audit", "status", "ask", "receipt", "rollout")]
for topic in FORBIDDEN + ALLOWED:
    desk.say(f"undertone/v1/s/{topic}", topic)
came = lambda: [payload for _, payload in ear.got if not payload.startswith("{")]  # what a broker retains is JSON
until(lambda: ALLOWED[-1] in came())
check("a desk says what is its own, and nothing else", came() == ALLOWED, ear.got)
desk.got.clear()
for topic in (f"{one}/ack", f"{two}/ack", f"{two}/outcome", f"{one}/outcome", "floor", "rollout-canary"):
    ear.say(f"undertone/v1/s/{topic}", topic)
until(lambda: len(desk.got) >= 4)
check("and hears what is meant for it", sorted(x for _, x in desk.got) == sorted([f"{two}/ack", f"{two}/outcome", "floor", "rollout-canary"]), desk.got)
check("by another's name nobody comes in", User(three, token[two]).code not in (0, None) and User(three, "").code not in (0, None))
desk.close()
ear.close()

# serve knows them by the same token
serve = Serve("serve", [broker], store=serve.store, more=settings).start()
until(lambda: serve.said().count("://") == 2, 60)
port = int(re.findall(r":(\d+)/", serve.said())[-1])


def statuses(secrets, where="/v1/state"):
    c, got = http.client.HTTPConnection("127.0.0.1", port, timeout=60), []
    for secret in secrets:
        c.request("GET", where, None, {"Authorization": "Bearer " + secret})
        answer = c.getresponse()
        got.append((answer.status, answer.read()))
    c.close()
    return got


begun = time.monotonic()
got = statuses([token[x] for x in names[::50]])
check("a hundred of them are known", [x for x, _ in got] == [200] * 100 and {json.loads(b)["User"] for _, b in got} == set(names[::50]), [x for x, _ in got])
check("each sees its own calls alone", [len(json.loads(b)["Calls"]) for _, b in statuses([token[one], token[two]])] == [1, 0])
check("and nothing else", [x for x, _ in statuses([token[one]], "/metrics")] == [403] and [x for x, _ in statuses(["0" * 64])] == [401])

# desks that never were, by their tokens
sim = write("sim.ini", f"[mqtt]\nbrokers = {broker.url}\nsite = s\n")
code, out, err = tool("simulate", "--mqtt", "--config", sim, "--tokens", path("s/tokens"), "--headsets", "30", "--speed", "50", "--run", "sim")
counts = json.loads(out)
check("simulated desks are acknowledged, each by its own name and password", code == 0 and counts["Acknowledged"] == counts["Events"] > 100 and counts["Connections"] == 30
      and {x for x, in serve.rows("SELECT device FROM progress WHERE session LIKE 'sim.%'")} == set(names[:30]), (code, out, err))
check.refused("more of them than tokens", tool("simulate", "--mqtt", "--config", sim, "--tokens", path("s/tokens"), "--headsets", f"{DESKS + 1}"), 2, f"has {DESKS}")
check.refused("tokens that are none", tool("simulate", "--mqtt", "--config", sim, "--tokens", private("none.tokens", "a:b\n")), 18, "is no NAME:TOKEN")

# a desk is taken out, another comes
code, out, err = enrol(names[:1] + names[2:] + ["desk-new"])
now = tokens()
check("who stays keeps the token", code == 0 and out.startswith(f"{DESKS} desks of s, 1 of them new, 1 taken out") and two not in now
      and all(now[x] == token[x] for x in names if x != two), (out, err))
check("serve lets it in no more, and the new one", until(lambda: [x for x, _ in statuses([token[two], now["desk-new"], token[one]])] == [401, 200, 200]))
subprocess.run(["mosquitto_passwd", "-D", path("passwords"), two], check=True)
broker.program.send_signal(signal.SIGHUP)
check("nor does the broker", until(lambda: User(two, token[two]).code == 5) and User(one, token[one]).code == 0)
check.refused("nor can it join", join(two, secret=token[two]), 50, "has no desk with the token of")

# an older file, which is signed as well
with open(path("s/site.enrol"), encoding="utf-8") as f:
    NEWER = f.read()
write("old.enrol", FILE)
check("a desk joins by the newer file", join(one)[0] == 0)
check.refused("and by the older one no more", join(one, file="old.enrol"), 41, "has joined by a newer file")
os.replace(write("next.enrol", FILE), path("s/site.enrol"))
check("nor does serve take who was taken out by it", until(lambda: "is older than the one that was there" in serve.said()) and [x for x, _ in statuses([token[two]])] == [401], serve.said()[-300:])
os.replace(write("next.enrol", NEWER), path("s/site.enrol"))
check("and the newest lets them in again", until(lambda: [x for x, _ in statuses([token[two], token[one]])] == [401, 200]), serve.said()[-300:])

# what is not what it says
for what, text, code, says in (
        ("a name changed", FILE.replace("desk-0007", "desk-x007"), 13, "not those that were signed"),
        ("a broker changed", FILE.replace("127.0.0.1", "192.0.2.1"), 13, "not those that were signed"),
        ("cut short", FILE[:-100], 13, "cut short or changed"), ("cut at a line", FILE[:FILE.rindex("\n", 0, -5) + 1], 13, "cut short"),
        ("longer", FILE + "x agent " + "0" * 64 + "\n", 13, "not those that were signed"),
        ("another site", FILE.replace("/s\n", "/t\n", 1), 39, "is not signed by the key of fleet.example, or was changed"),
        ("fewer desks", FILE.replace(f"\n{DESKS}\n", "\n10\n", 1), 39, "is not signed"), ("no signature", re.sub("\n—.*\n", "\n", FILE), 39, "is not signed"),
        ("another note of that key", FILE.replace("/enrolment/", "/rollout/"), 18, "is no enrolment"),
        ("any text", "hello\n", 18, "is no enrolment"), ("nothing", "", 12, "")):
    write("bad.enrol", text)
    check.refused(what, join("x", file="bad.enrol", secret=token[one]), code, "bad.enrol", says)
with open(path("other.key"), encoding="ascii") as f:
    check("the secret's file is no verifier", "PRIVATE" in f.read())
other = tool("enrol", "desks", path("desks.txt"), "--site", "s", "--key", path("other.key"), "--settings", path("common.ini"), "--out", path("forged"))
check("somebody else's file is well made", other[0] == 0, other)
check.refused("and is not believed", join("x", file="forged/site.enrol", secret=token[one]), 39, "is not signed by the key of fleet.example")
check.refused("a desk of another site", join("x", secret=token[one], env={"UNDERTONE_MQTT_SITE": "t"}), 18, "is of the site s, and this desk is of t")
check.refused("nor by leaving a third", join("x", "--from", "u", secret=token[one], env={"UNDERTONE_MQTT_SITE": "t"}), 18, "give --from t")
check("but by leaving its own", join("moved", "--from", "t", secret=token[one], env={"UNDERTONE_MQTT_SITE": "t"})[0] == 0)
check.refused("no verifier", join("x", secret=token[one], verifier=None), 2, "--verifier")
check.refused("one that is none", join("x", secret=token[one], verifier="fleet.example+0+x"), 18, "the verifier is no")
check.refused("no token file", tool("enrol", "join", path("s/site.enrol"), "--verifier", VERIFIER), 2, "--token-file")
check.refused("no token", join("x", secret="hello"), 18, "is not one line with a token")
check.refused("no file", join("x", file="none.enrol", secret=token[one]), 10, "none.enrol")
write("open.token", token[one] + "\n")
check.refused("a token that others may read", tool("enrol", "join", path("s/site.enrol"), "--token-file", path("open.token"), "--verifier", VERIFIER), 18, "chmod 600")
check("nothing was written for any of them", not os.path.exists(path("home-x/undertone/undertone.ini")))

# what no site is made of
for what, listed, says in (("a name that is none", ["a/b"], "desks.txt:3: 'a/b'"), ("two words", ["Anna Berg"], "'Anna Berg' is no name"),
                           ("more desks than a site has", [f"d{x}" for x in range(20001)], "desks.txt:20003: a site has 20000 desks at most"), ("a name twice", ["a", "b", "a"], "has a twice"), ("serve's name", ["serve"], "is serve's name")):
    check.refused(what, enrol(listed, out="new"), 18, says)
check.refused("no desk", enrol(["# none"], out="new"), 12, "names no desk")
for what, text, says in (
        ("a key of a desk's", "[audit]\nkey_file = /k\n", "[audit] key_file names a secret"), ("serve's settings", "[serve]\npage = 1\n", "[serve] page is not a desk's"),
        ("an action", "[action.a]\non = call.ended\n", "[action.a] on has something done"), ("a device", "[mqtt]\ndevice = d\n", "is set by"),
        ("an unknown key", "[mqtt]\nnone = 1\n", "unknown key 'none'"), ("a number out of range", "[empathy_cue]\non = 7\n", "out of range"),
        ("no broker", "[page]\nport = 0\n", "brokers is not set")):
    write("bad.ini", text if "no broker" in what else f"[mqtt]\nbrokers = {broker.url}\n{text}")
    check.refused(what, enrol(["a"], settings="bad.ini", out="new"), 18, "bad.ini", says)
check.refused("no certificate", (write("bad.ini", COMMON.replace("good.crt", "common.ini")), enrol(["a"], settings="bad.ini", out="new"))[1], 38, "is no certificate")
check("nothing was made", not os.path.exists(path("new/site.enrol")) and not os.path.exists(path("new/tokens")))
check.refused("another site's folder", enrol(names[:3], site="t"), 2, "is of the site s")
check.refused("another key's folder", enrol(names[:3], key="other.key"), 39, "is not one of this key")
with open(path("s/site.enrol"), encoding="utf-8") as f:
    check("which is as it was", f.read() == NEWER)
check.refused("mosquitto's own file for tokens", (os.rename(path("s/tokens"), path("kept")), private("s/tokens", "a:$7$101$x$y\n"), enrol(names[:3]))[2], 18, "tokens:1: is no NAME:TOKEN")
os.remove(path("s/tokens"))
check.refused("a site whose tokens are gone", enrol(names[:3]), 2, "every desk would need a new one")
for words in (("desks", "x"), ("join",), ("desks", "x", "--out", path("new")), ("fly",), ()):
    check.refused(f"enrol {' '.join(words)}", tool("enrol", *words), 2)
check.refused("a key's name that is none", tool("enrol", "make-key", path("k"), "a b"), 2, "a b")
check.refused("a key that is there", tool("enrol", "make-key", path("fleet.key"), "a"), 2, "fleet.key")

# what serve does not begin with
os.rename(path("kept"), path("s/tokens"))
write("users", f"{one} supervisor {'0' * 64}\n")
os.chmod(path("users"), 0o600)
serve.end()
base = f"[mqtt]\nbrokers = {broker.url}\nsite = s\ndevice = serve\npassword_file = {path('serve.token')}\n[serve]\npage = 0\ndesks = {path('s/site.enrol')}\n"
for what, text, code, says in (
        ("without a verifier", base, 18, "[fleet] verifier"), ("a user of a desk's name", base + f"users = {path('users')}\n[fleet]\nverifier = {VERIFIER}\n", 18, f"has {one}, which is a desk"),
        ("of another site", base.replace("site = s", "site = t") + f"[fleet]\nverifier = {VERIFIER}\n", 18, "is of the site s, not of t"),
        ("with a forged file", base.replace("/s/", "/forged/") + f"[fleet]\nverifier = {VERIFIER}\n", 39, "is not signed")):
    check.refused(f"serve {what}", tool("serve", "--store", path("x.db"), "--config", write("x.ini", text)), code, says)
check.finish()
