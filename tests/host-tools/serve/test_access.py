#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who may ask a floor: users with roles, TLS, a proxy; what is on record of it; what an address for others needs first."""
import hashlib
import hmac
import http.client
import json
import os
import re
import resource
import shutil
import ssl
import subprocess

from certificates import certificate
from floor import Broker, Client, Serve, event, ini, until
from tool import Checks, path, tool, write

check = Checks()


certificate("good")
certificate("old", last="20200201000000Z")
a = Broker("a").start()
settings = lambda **more: "[serve]\n" + "".join(f"{k} = {v}\n" for k, v in more.items())
TLS = {"cert_file": path("good.crt"), "key_file": path("good.key"), "users": path("users")}
write("site.key", "0123456789abcdef" * 4 + "\n")
os.chmod(path("site.key"), 0o600)
CUSTOMER = f"[customer]\nsite_key = {path('site.key')}\n"

# users
config = ini("users.ini", [a], "serve", settings(users=path("users")))
tokens = {}
for name, role in (("kim", "supervisor"), ("crm", "integrator"), ("ada", "admin"), ("rev", "auditor"), ("desk-1", "agent")):
    code, out, err = tool("serve", "token", "add", name, role, "--config", config)
    tokens[name] = out.strip()
    check(f"a token for {role}", code == 0 and re.fullmatch("[0-9a-f]{64}\n", out), err)
with open(path("users"), encoding="utf-8") as f:
    text = f.read()
check("no token is kept", not any(t in text for t in tokens.values()) and os.stat(path("users")).st_mode & 0o777 == 0o600, text)
check("they are listed", tool("serve", "token", "list", "--config", config)[1] == "kim supervisor\ncrm integrator\nada admin\nrev auditor\ndesk-1 agent\n")
check.refused("a name twice", tool("serve", "token", "add", "kim", "admin", "--config", config), 2, "kim")
check.refused("no such role", tool("serve", "token", "add", "x", "boss", "--config", config), 2, "supervisor")
check.refused("no name", tool("serve", "token", "add", "a b", "admin", "--config", config), 2, "NAME")
check.refused("nobody of that name", tool("serve", "token", "remove", "x", "--config", config), 2, "x")
check.refused("no file for them", tool("serve", "token", "list", "--config", ini("none.ini", [a], "serve")), 18, "[serve] users")
with open("/dev/full", "w", encoding="ascii") as full:
    code, _, err = tool("serve", "token", "add", "lost", "agent", "--config", config, stdout=full)
check("nobody is added whose token nobody has seen", code == 1 and "lost is not added" in err
      and "lost" not in tool("serve", "token", "list", "--config", config)[1], err)
check.refused("another word", tool("serve", "tokens", "--config", config), 2, "token add")

# what others' addresses need
for what, more, code, says in (
        ("without TLS", {"users": path("users")}, 2, "unencrypted"), ("without users", {**TLS, "users": ""}, 2, "nobody could ask"),
        ("half a certificate", {**TLS, "key_file": ""}, 18, "key_file"), ("a proxy without users", {"proxy": "127.0.0.1"}, 18, "users"),
        ("a proxy without a name", {"proxy": "127.0.0.1", "users": path("users")}, 18, "host"),
        ("a proxy by name", {"proxy": "localhost", "users": path("users"), "host": "floor.example"}, 18, "[serve] proxy localhost"),
        ("an expired certificate", {**TLS, "cert_file": path("old.crt"), "key_file": path("old.key")}, 38, "has expired (2020-02-01")):
    check.refused(f"everywhere {what}", tool("serve", "--store", path("x.db"), "--page", "0.0.0.0:0", "--config",
                                             ini("x.ini", [a], "x", settings(**more))), code, says)
expired = ini("mqtt.ini", [a], "x", f"cert_file = {path('old.crt')}\nkey_file = {path('old.key')}\n")
check.refused("an expired certificate for brokers", tool("serve", "--store", path("x.db"), "--config", expired), 38, "has expired")


class Page(Serve):
    def start(self):
        super().start()
        until(lambda: "://" in self.said(), 60)
        self.url = [x for x in self.said().splitlines() if "://" in x][-1]
        self.port = int(re.search(r":(\d+)/", self.url).group(1))
        return self

    def ask(self, where, method="GET", user=None, body=None, **headers):
        """(status, headers, body)"""
        if self.url.startswith("https"):
            c = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=ssl.create_default_context(cafile=path("good.crt")))
        else:
            c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if user is not None:
            headers["Authorization"] = "Bearer " + tokens.get(user, user)
        c.request(method, where, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = c.getresponse()
        got = answer.status, dict(answer.getheaders()), answer.read().decode()
        c.close()
        return got


def page(name, more, rest="", *words):
    serve = Page(name, [a])
    serve.words[-1] = ini(f"{name}.ini", [a], "serve", settings(**more) + rest)
    serve.words += ["--page", *words]
    return serve.start()


# by TLS, for everybody
serve = page("tls", {**TLS, "audit": path("serve.audit")}, CUSTOMER, "0.0.0.0:0")
check("no token is printed", re.fullmatch(r"https://0\.0\.0\.0:\d+/", serve.url), serve.url)
desk = Client(a, "desk")
say = lambda kind, payload, device: desk.say(f"undertone/v1/s/{device}/{kind}", payload)
HASH = hmac.new(bytes.fromhex("0123456789abcdef" * 4), b"c-1 / \xc3\xbc", hashlib.sha256).hexdigest()
say("call", event("one", 1, "session.started", Customer=HASH), "desk-1")
say("flag", event("one", 2, "flag.raised", Title="t", Text="x", Rule="r"), "desk-1")
say("call", event("two", 1, "session.started"), "desk-2")
state = lambda user: [x["Session"] for x in json.loads(serve.ask("/v1/state", user=user)[2])["Calls"]]
check("a supervisor sees the site", until(lambda: sorted(state("kim")) == ["one", "two"]), state("kim"))
check("an agent sees the own desk", state("desk-1") == ["one"] and serve.ask("/v1/calls/one", user="desk-1")[0] == 200
      and serve.ask("/v1/calls/two", user="desk-1")[0] == 404, state("desk-1"))
flag = json.loads(serve.ask("/v1/calls/one", user="kim")[2])["Call"]["Flag"]["Id"]
ALL = {"/": "kim ada crm", "/v1/state": "kim ada crm desk-1", "/v1/events": "kim ada crm", "/metrics": "kim ada crm rev", "/v1/audit": "rev ada",
       "/v1/customers/none": "crm ada", f"/v1/flags/{flag}/ack": "kim ada"}
for where, who in ALL.items():
    method, body = ("POST", "{}") if "flags" in where else ("GET", None)
    got = {name: serve.ask(where, method, name, body)[0] for name in tokens}
    check(f"who may {method} {where}", {n for n, s in got.items() if s in (200, 404)} == set(who.split())
          and {s for n, s in got.items() if n not in who.split()} <= {403}, got)
check("nobody else", {serve.ask(where, method)[0] for where in ALL for method in ("GET", "POST", "DELETE")} == {401}
      and serve.ask("/v1/state", user="0" * 64)[0] == 401)
check("the name on record is the token's", json.loads(serve.ask(f"/v1/flags/{flag}/action", "POST", "kim", '{"By":"ada","Action":"called"}')[2])
      ["Flag"]["AcknowledgedBy"] == "kim")
check("who asks is said", [json.loads(serve.ask("/v1/state", user=u)[2])["User"] for u in ("kim", "crm")] == ["kim", "crm"])


def streamed(user):
    """What /events says to a user until it has nothing more to say."""
    c = http.client.HTTPSConnection("127.0.0.1", serve.port, timeout=60, context=ssl.create_default_context(cafile=path("good.crt")))
    c.request("GET", "/events", None, {"Authorization": "Bearer " + tokens[user]})
    answer, text = c.getresponse(), ""
    c.sock.settimeout(2)
    try:
        while line := answer.readline():
            text += line.decode()
    except TimeoutError:
        pass
    c.close()
    return text


say("ask", json.dumps({"Id": "q1", "Session": "one", "Action": "a", "Text": "May we?", "Default": "no", "RemainingMillis": 10000}), "desk-1")
open_questions = lambda user: json.loads(serve.ask("/v1/state", user=user)[2])["Questions"]
check("a supervisor is asked", until(lambda: open_questions("kim"), 9) and open_questions("crm") == [])
asked = {user: streamed(user) for user in ("kim", "crm")}
check("by /events, too, and nobody else", "May we?" in asked["kim"] and "event: " in asked["crm"] and "questions" not in asked["crm"], asked)
check("with the time that is left", 0 < int(re.search(r'"RemainingMillis":(\d+)', asked["kim"]).group(1)) < 10000, asked["kim"])
check("a question whose time is over goes", until(lambda: not open_questions("kim"), 15))
gone = streamed("kim")
check("from /events, too", "May we?" not in gone and "event: questions\ndata: []" in gone, gone)
for where, method, allow in (("/v1/state", "DELETE", "GET, HEAD"), ("/v1/flags/1/ack", "GET", "POST"), ("/v1/customers/x", "POST", "GET, DELETE"),
                             ("/events", "PUT", "GET"), ("/", "POST", "GET, HEAD")):
    status, headers, _ = serve.ask(where, method, "ada")
    check(f"405 of {method} {where} says what is allowed", status == 405 and headers.get("Allow") == allow, (status, headers))
status, headers, _ = serve.ask("/?token=" + tokens["kim"])
cookie = headers.get("Set-Cookie", "")
check("a browser logs in", status == 303 and "; Secure" in cookie and "HttpOnly" in cookie and tokens["kim"] not in cookie, headers)
cookie = cookie.split(";")[0]
check("and has a cookie", serve.ask("/v1/state", Cookie=cookie)[0] == 200 and serve.ask("/v1/audit", Cookie=cookie)[0] == 403)
check("another site's page", serve.ask("/v1/state", Cookie=cookie, Origin="https://evil.example")[0] == 403)
ack = lambda **headers: serve.ask(f"/v1/flags/{flag}/ack", "POST", None, "{}", Cookie=cookie, **headers)[0]
check("a change by a cookie needs the page it is from", ack() == 403 and ack(Origin="null") == 403 and ack(Origin=f"https://127.0.0.1:{serve.port}") == 200)

# a token that is typed
HERE = {"Origin": f"https://127.0.0.1:{serve.port}"}
login = lambda token, **headers: serve.ask("/login", "POST", None, json.dumps({"Token": token}), **headers)
status, headers, text = serve.ask("/")
check("nobody who is known is asked for one", status == 401 and headers["Content-Type"].startswith("text/html") and 'type="password"' in text
      and serve.ask("/login_page.js")[0] == serve.ask("/floor_page.css")[0] == 200 and serve.ask("/floor_page.js")[0] == 401)
status, headers, text = login(tokens["kim"], **HERE)
typed = headers.get("Set-Cookie", "")
check("it gives a cookie", status == 200 and json.loads(text) == {"User": "kim", "Role": "supervisor"} and "; Secure" in typed
      and "HttpOnly; SameSite=Strict" in typed and tokens["kim"] not in typed, (headers, text))
typed = typed.split(";")[0]
check("which lets in", serve.ask("/v1/state", Cookie=typed)[0] == 200)
for what, got, wanted in (("a wrong one", login("0" * 64, **HERE), 401), ("a wrong one beside a cookie", login("0" * 64, Cookie=typed, **HERE), 401),
                          ("none", login("", **HERE), 401), ("no text", serve.ask("/login", "POST", None, '{"Token":1}', **HERE), 401),
                          ("no JSON", serve.ask("/login", "POST", None, "Token=" + tokens["kim"], **HERE), 401),
                          ("another site's form", login(tokens["kim"], Origin="https://evil.example"), 403), ("no page's", login(tokens["kim"]), 403)):
    check(f"{what} gives none: {wanted}", got[0] == wanted and "Set-Cookie" not in got[1], got[:2])
check("nobody logs another out", serve.ask("/logout", "POST", Cookie=typed, Origin="https://evil.example")[0] == 403
      and serve.ask("/logout", "POST", Cookie=typed)[0] == 403 and serve.ask("/v1/state", Cookie=typed)[0] == 200)
def listen(by):
    """News by a cookie, which have begun."""
    connection = http.client.HTTPSConnection("127.0.0.1", serve.port, timeout=60, context=ssl.create_default_context(cafile=path("good.crt")))
    connection.request("GET", "/events", headers={"Cookie": by})
    answer = connection.getresponse()
    return connection, answer, answer.status == 200 and answer.readline().startswith(b"retry")


listening = [listen(by) for by in (typed, cookie)]
check("two listen", all(begun for _, _, begun in listening))
status, headers, _ = serve.ask("/logout", "POST", Cookie=typed, **HERE)
check("the news of who logs out end", until(lambda: listening[0][1].read1() == b"", 60))
say("flag", event("two", 2, "flag.raised", Title="Heard", Text="x", Rule="r"), "desk-2")
heard = b""
while b"Heard" not in heard and (line := listening[1][1].readline()):
    heard += line
check("and nobody else's", b"Heard" in heard, heard)
for connection, _, _ in listening:
    connection.close()
check("without a token, HEAD as well as GET", [serve.ask(x, "HEAD")[0] for x in ("/healthz", "/floor_page.css", "/v1/state")] == [200, 200, 401])
check("logged out", status == 200 and "Max-Age=0" in headers["Set-Cookie"] and serve.ask("/v1/state", Cookie=typed)[0] == 401
      and serve.ask("/v1/state", Cookie=cookie)[0] == 200, headers)
check("its own", serve.ask("/v1/state", Cookie=cookie, Origin=f"https://127.0.0.1:{serve.port}")[0] == 200)
check("a user's name in a header is nothing", serve.ask("/v1/state", X_Forwarded_User="ada")[0] == 401)
with open(path("serve.audit"), encoding="utf-8") as f:
    check("the record is read as it stands", serve.ask("/v1/audit", user="rev")[2] == f.read())
os.chmod(path("users"), 0o644)
check("users whom others may read are nobody, which is said once", [serve.ask("/v1/state", user="ada")[0] for _ in range(5)] == [401] * 5
      and until(lambda: "nobody of it is let in" in serve.said()) and serve.said().count("nobody of it is let in") == 1, serve.said())
os.chmod(path("users"), 0o600)
check("and are let in again", serve.ask("/v1/state", user="ada")[0] == 200)
reader = http.client.HTTPSConnection("127.0.0.1", serve.port, timeout=60, context=ssl.create_default_context(cafile=path("good.crt")))
reader.request("GET", "/events", headers={"Cookie": cookie})
news = reader.getresponse()
check("news by a cookie", news.status == 200 and news.readline().startswith(b"retry"))
code, _, err = tool("serve", "token", "remove", "kim", "--config", config)
check("whose news end", until(lambda: news.read1() == b"", 60))
reader.close()
check("who is removed is out at once, with the cookie", code == 0 and serve.ask("/v1/state", user="kim")[0] == 401
      and serve.ask("/v1/state", Cookie=cookie)[0] == 401, err)
old = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{serve.port}", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"],
                     stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
check("no TLS before 1.2", old.returncode != 0 and b"Cipher is (NONE)" in old.stdout, old)

# customers
KEY = "/v1/customers/c-1%20%2F%20%C3%BC"
shown = serve.ask(KEY, user="crm")
check("what is kept of a customer", shown[0] == 200 and json.loads(shown[2])["Customer"] == HASH
      and [(x["Session"], x["Events"]) for x in json.loads(shown[2])["Calls"]] == [("one", 2)], shown)
whole = json.loads(serve.ask(KEY + "?events=1", user="crm")[2])
check("with all events", [x["type"] for x in whole["Calls"][0]["Events"]] == ["undertone.session.started.v1", "undertone.flag.raised.v1"], whole)
check("another's", serve.ask("/v1/customers/c-2", user="crm")[0] == 404)
check("no key", serve.ask("/v1/customers/" + "x" * 300, user="crm")[0] == 400)
gone = serve.ask(KEY, "DELETE", "crm")
check("is forgotten", gone[0] == 200 and json.loads(gone[2]) == {"Customer": HASH, "Calls": 1, "Events": 2}, gone)
check("nothing of it is left", serve.ask(KEY, user="crm")[0] == 404 and serve.ask(KEY, "DELETE", "crm")[0] == 404 and state("ada") == ["two"]
      and serve.rows("SELECT count(*) FROM event WHERE session = 'one'") == [(0,)] and serve.rows("SELECT count(*) FROM flag WHERE session = 'one'") == [(0,)])
check("nor in the news", "one" not in {x["Event"].get("session") for x in json.loads(serve.ask("/v1/events", user="ada")[2])})
acks = Client(a, "acks", "undertone/v1/s/desk-1/ack")
say("cue", event("one", 3), "desk-1")
check("what comes of it later is refused", until(lambda: any(x["Session"] == "one" and "Refused" in x for x in acks.acks()))
      and serve.rows("SELECT count(*) FROM event WHERE session = 'one'") == [(0,)], acks.got)

# on record
record = [json.loads(x) for x in serve.ask("/v1/audit", user="rev")[2].splitlines()]
serve.end()
with open(path("serve.audit"), encoding="utf-8") as f:
    record = [json.loads(x) for x in f]
kinds = [x["Kind"] for x in record]
check("who came", {(x["User"], x["Role"]) for x in record if x["Kind"] == "login"} ==
      {("kim", "supervisor"), ("crm", "integrator"), ("ada", "admin"), ("rev", "auditor"), ("desk-1", "agent")}, record)
check("what was done", {"serve_started", "retention", "flag_acknowledged", "customer_shown", "customer_exported", "serve_ended"} <= set(kinds)
      and [(x["By"], x["Action"]) for x in record if x["Kind"] == "flag_acted"] == [("kim", "called")]
      and [(x["By"], x["Calls"], x["Events"], x["Customer"]) for x in record if x["Kind"] == "customer_forgotten"][:1] == [("crm", 1, 2, HASH)], kinds)
refused = [x for x in record if x["Kind"] == "access_refused"]
check("refusals, counted, in few records", len(refused) <= 8 and sum(x["Count"] for x in refused) > 40, refused)
check("no key and no token", not re.search("c-1|c-2|" + "|".join(tokens.values()), json.dumps(record)), record)
check("it verifies", tool("audit", "verify", path("serve.audit"))[0] == 0)

# by TLS on this machine
serve = page("near", {**TLS}, "", "0")
cookie = serve.ask("/?token=" + tokens["ada"])[1]["Set-Cookie"].split(";")[0]
for origin, status in ((f"https://127.0.0.1:{serve.port}", 404), (f"http://127.0.0.1:{serve.port}", 403), ("https://evil.example", 403)):
    check(f"a flag from a page at {origin}", serve.ask("/v1/flags/9/ack", "POST", body="{}", Cookie=cookie, Origin=origin)[0] == status)
os.rename(path("users"), path("gone"))
check("users who are gone are nobody, which is said once", [serve.ask("/v1/state", user="ada")[0] for _ in range(5)] == [401] * 5
      and until(lambda: "nobody of it is let in" in serve.said()) and serve.said().count("nobody of it is let in") == 1, serve.said())
os.rename(path("gone"), path("users"))
check("who are there again are somebody", serve.ask("/v1/state", user="ada")[0] == 200 and until(lambda: "is read again" in serve.said()), serve.said())
serve.end()

# no room for the record
serve = page("full", {"users": path("users"), "audit": path("full.audit")}, "", "0")
resource.prlimit(serve.program.pid, resource.RLIMIT_FSIZE, (os.path.getsize(path("full.audit")) + 40, resource.RLIM_INFINITY))
check("a stranger's request on a full disk ends nothing", serve.ask("/v1/state")[0] == 401
      and until(lambda: "full.audit: cannot be written" in serve.said(), 60) and serve.ask("/v1/state", user="ada")[0] == 503
      and serve.program.poll() is None, serve.said())
resource.prlimit(serve.program.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
check("and once there is room all is as before", serve.ask("/v1/state", user="ada")[0] == 200
      and until(lambda: "takes records again" in serve.said(), 60) and serve.said().count("cannot be written") == 1, serve.said())
check("with the refusal on record", serve.end() == 0 and tool("audit", "verify", path("full.audit"))[0] == 0
      and sum(json.loads(x).get("Count", 0) for x in open(path("full.audit"), encoding="utf-8")) == 1)

# behind a proxy on this machine
serve = page("proxy", {"users": path("users"), "proxy": "127.0.0.1", "host": "floor.example"}, "", "0")
front = {"Host": "floor.example", "Origin": "https://floor.example"}
check("the proxy says who it is", serve.ask("/v1/state", X_Forwarded_User="ada", **front)[0] == 200
      and serve.ask("/v1/state", X_Forwarded_User="rev", **front)[0] == 403 and serve.ask("/metrics", X_Forwarded_User="rev", **front)[0] == 200)
check("nobody unknown, and nobody without a name", serve.ask("/v1/state", X_Forwarded_User="eve", **front)[0] == 403
      and serve.ask("/v1/state", **front)[0] == 401)
c = http.client.HTTPConnection("127.0.0.1", serve.port, timeout=60)
c.putrequest("GET", "/v1/state", skip_host=True)
for name, value in [*front.items(), ("X-Forwarded-User", "ada"), ("X-Forwarded-User", "kim")]:
    c.putheader(name, value)
c.endheaders()
check("a user's name that the proxy has only added to", c.getresponse().status == 403)
c.close()
check("and no other host's name", serve.ask("/v1/state", X_Forwarded_User="ada", Host="evil.example")[0] == 421)
serve.end()
serve = page("far", {"users": path("users"), "proxy": "192.0.2.7", "host": "floor.example"}, "", "0.0.0.0:0")
check("another peer than the proxy is nobody", {serve.ask(x, user="ada", X_Forwarded_User="ada", **front)[0] for x in ("/", "/v1/state", "/healthz")} == {403})
serve.end()

# brokers by TLS
class Secure(Broker):
    def __init__(self, name, certificate):
        for end in ("crt", "key"):
            shutil.copy(path(f"{certificate}.{end}"), path(f"{name}.{end}"))
        os.chmod(path(f"{name}.key"), 0o644)  # mosquitto goes on as another user
        super().__init__(name, f"certfile {path(name)}.crt\nkeyfile {path(name)}.key\ncafile {path('good.crt')}\nrequire_certificate true\n")
        self.url = f"mqtts://127.0.0.1:{self.port}"


certificate("client", ca="good")
os.chmod(path(""), 0o755)
for name, what, up in (("good", "a broker with a certificate, which asks for one", 1), ("old", "one whose certificate has expired", 0)):
    broker = Secure(f"{name}-broker", name).start()
    serve = Serve(f"{name}-serve", [broker])
    serve.words[-1] = ini(f"{name}-serve.ini", [broker], "serve", f"ca_file = {path(name)}.crt\ncert_file = {path('client.crt')}\n"
                          f"key_file = {path('client.key')}\n")
    super(Serve, serve).start()
    said = until(lambda: os.path.exists(serve.metrics) and (serve.counts()["brokers_up"] == 1 if up else "tried again" in serve.said()), 60)
    check(what, said and serve.counts()["brokers_up"] == up and (up or "TLS" in serve.said()), (serve.said(), broker.said()))
    serve.end()
    broker.end()
desk.close()
acks.close()
check.finish()
