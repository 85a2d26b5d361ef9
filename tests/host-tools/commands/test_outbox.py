#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""--webhook and `undertone outbox` beside a server that answers, fails, hangs, lies and dies: every event arrives, in order,
signed, at least once, through kills; what is secret is nowhere else."""
import array
import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

from headset import __file__ as HEADSET
from tool import ENV, RATE, UNDERTONE, Checks, events, faster, path, speech, tool, wav, write

check = Checks()
customer, agent = speech()
silence = array.array("h", bytes(2 * 8 * RATE))
call = wav("call.wav", [agent + silence, customer + silence])
KEYS = [bytes(range(32)), bytes(range(100, 124))]
SECRET_PATH = "/in/token-5f2a"


# Of a server that is nobody's: localhost and 127.0.0.1, from 2020 to 2120, signed by itself.
CERTIFICATE = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqd2nWNa87ZPVB2dv
1IClCAJiYvwC7tTOLY3n801bZ6ShRANCAAQf9EBf3RIBlBKLQw9tndKjSZnsVpwx
LepnlCyifUlrRSWIDOQfAHyr3k6XOfdQHO3uibsK4yYrNMzIM2c6X7y5
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBZjCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABB/0QF/dEgGUEotD
D22d0qNJmexWnDEt6meULKJ9SWtFJYgM5B8AfKveTpc591Ac7e6JuwrjJis0zMgz
ZzpfvLmjTjBMMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8E
BTADAQH/MB0GA1UdDgQWBBQaxJkTC8XV5FNbGT/L1xDeK+qTwDAKBggqhkjOPQQD
AgNHADBEAiBvjZEtUXUkTFooSxRz0FJh3R5kHEEYZyfUrHD0eAn32QIgWb7UH2oi
CjpTf1plIHB0s+KK1p1n65LRc1xjJIrwcoQ=
-----END CERTIFICATE-----
"""


class Server(http.server.ThreadingHTTPServer):
    """Keeps what comes; `mood` says how it answers: a status, or a function of the handler."""
    daemon_threads = True

    def __init__(self, encrypted=False):
        self.got, self.mood, self.release = [], 204, threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        if encrypted:
            self.encrypt()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def encrypt(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(write("server.pem", CERTIFICATE))
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def url(self, scheme="http"):
        return f"{scheme}://127.0.0.1:{self.server_port}{SECRET_PATH}"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, format, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mood = self.server.mood
        self.server.got.append((self.path, dict(self.headers), body, time.time()))
        if callable(mood):
            return mood(self)
        self.answer(mood)

    do_GET = do_POST

    def answer(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()


def hang(handler):
    handler.server.release.wait(60)


def die(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def slow(handler):
    time.sleep(0.03)
    handler.answer(204)


server = Server()


def keys(*lines, mode=0o600, name="keys"):
    file = write(name, "".join(x + "\n" for x in lines))
    os.chmod(file, mode)
    return file


def key_line(key):
    return "whsec_" + base64.b64encode(key).decode()


one_key = keys(key_line(KEYS[0]))


def config(url=None, key_file=one_key, name="hook.ini"):
    return write(name, f"[webhook]\nurl = {url or server.url()}\nkey_file = {key_file}\n")


hook = config()


def replay(store, *words, ini=hook, **options):
    return tool("replay", call, "--store", store, "--webhook", "--json", "--config", ini, *words, **options)


def outbox(store):
    return json.loads(tool("outbox", "list", "--json", "--store", store)[1])


def send(store, ini=hook):
    return tool("outbox", "send", "--store", store, "--config", ini)


def sql(store, statement):
    with contextlib.closing(sqlite3.connect(store)) as f:
        rows = f.execute(statement).fetchall()
        f.commit()
    return rows


def counted(text):
    return [x for x in text.splitlines() if "sequence" in json.loads(x)]


def bodies():
    return [body.decode() for _, _, body, _ in server.got]


def fresh(mood=204):
    server.got.clear()
    server.mood = mood


# all is well
fresh()
code, out, err = replay(path("a.db"))
wanted = counted(out)
check("a run with a webhook ends well", code == 0 and err == "", err)
check("every event that may not be lost arrives once, in order", bodies() == wanted and len(wanted) > 4, len(server.got))
check("at the address, which says nothing of them", {x[0] for x in server.got} == {SECRET_PATH})
names = [f"{x['session']}_{int(x['sequence'])}" for x in map(json.loads, wanted)]
check("by a name that comes again with it", [x[1]["webhook-id"] for x in server.got] == names)
check("as CloudEvents", {x[1]["Content-Type"] for x in server.got} == {"application/cloudevents+json; charset=utf-8"})
fresh()
code, _, err = replay(path("a-upper.db"), ini=config(server.url("HTTP"), name="upper.ini"))
check("a scheme in capitals is that scheme", code == 0 and bodies() == wanted, (code, err))
authority = write("authority.pem", CERTIFICATE)
guarded = write("guarded.ini", f"[webhook]\nurl = {server.url()}\nkey_file = {one_key}\nca_file = {authority}\n")
for file in (one_key, authority):
    with open(file, encoding="ascii") as f:
        before = f.read()
    code, _, err = replay(path("a-key.db"), "--out", file, ini=guarded)
    with open(file, encoding="ascii") as f:
        check(f"no output over {os.path.basename(file)}", code == 2 and len(err.splitlines()) == 1 and f.read() == before,
              (code, err))


def signed(headers, body, key):
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


check("signed by the rules of Standard Webhooks",
      all(h["webhook-signature"] == signed(h, body, KEYS[0]) for _, h, body, _ in server.got))
check("the time is now", all(abs(int(h["webhook-timestamp"]) - at) < 5 for _, h, _, at in server.got))
check("nothing is left", outbox(path("a.db")) == {"Receiver": "webhook", "Waiting": 0, "Dead": 0, "OldestSeconds": None,
                                                 "Error": None}, outbox(path("a.db")))
fresh()
check("what is stored already is not sent again", replay(path("a.db"))[0] == 0 and server.got == [])
fresh()
code, _, err = tool("replay", call, "--store", path("before.db"))
check("a call that was stored without anybody to send to", code == 0 and server.got == [] and outbox(path("before.db"))["Waiting"] == 0, err)
code, _, err = replay(path("before.db"))
check("is sent when there is somebody, once", code == 0 and bodies() == wanted and replay(path("before.db"))[0] == 0 and bodies() == wanted, (err, len(server.got)))
os.mkdir(path("stored"))
os.link(call, path("stored/call.wav"))
fresh()
for more, sent in (((), 0), (("--webhook", "--config", hook), len(wanted)), (("--webhook", "--config", hook), len(wanted))):
    code, _, err = tool("replay", path("stored"), "--store", path("folder.db"), *more)
    check("a folder likewise", code == 0 and len(server.got) == sent, (code, err, len(server.got)))
fresh()
two_keys = config(key_file=keys(key_line(KEYS[1]), key_line(KEYS[0]), name="two"), name="two.ini")
replay(path("two.db"), ini=two_keys)
check("with two keys two signatures", len(server.got) == len(wanted) and all(
    h["webhook-signature"] == signed(h, b, KEYS[1]) + " " + signed(h, b, KEYS[0]) for _, h, b, _ in server.got))
fresh()
code, _, err = replay(path("proxy.db"), env={"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"})
check("this machine is reached without a proxy", bodies() == wanted, err)

# it fails: the run does not, and the events wait
for name, mood, says in (("answers 500", 500, "answer 500"), ("answers 404", 404, "answer 404"),
                         ("hangs up", die, ""), ("answers 200 too late", hang, "")):
    fresh(mood)
    store, start = path(f"{name}.db"), time.time()
    code, out, err = replay(store)
    took = time.time() - start
    check(f"{name}: the run ends well, and says what waits", code == 0 and len(err.splitlines()) == 1
          and f"{len(wanted)} events wait in the outbox" in err and "undertone outbox send" in err, (code, err))
    check(f"{name}: in time", took < 9, took)
    check(f"{name}: the output is whole", counted(out) == wanted)
    check(f"{name}: nothing secret is said", SECRET_PATH not in err and key_line(KEYS[0])[6:] not in err, err)
    check(f"{name}: they wait", outbox(store)["Waiting"] == len(wanted) and says in (outbox(store)["Error"] or ""), outbox(store))
    check(f"{name}: only the first was tried, since they go in order", len(set(bodies())) == 1, len(server.got))
    code, out, err = send(store)
    if mood is not hang:
        check(f"{name}: sending in vain says so", code == 36 and "events wait" in err and SECRET_PATH not in err, (code, err))
    fresh()
    server.release.set()
    sql(store, "UPDATE outbox SET taken = 0")
    code, out, err = send(store)
    check(f"{name}: once it is well again all arrive in order", code == 0 and bodies() == wanted
          and out == f"{len(wanted)} sent, 0 waiting, 0 dead\n", (code, out, err))
    server.release.clear()


# an answer that comes after the deadline is none, whatever it says: by clocks that run ten times as fast
def late(handler):
    time.sleep(3)
    with contextlib.suppress(OSError):
        handler.answer(200)


fresh(500)
replay(path("late.db"))
fresh(late)
code, out, err = tool("outbox", "send", "--store", path("late.db"), "--config", hook, env=faster(10))
check("a 200 after the deadline is no answer", code == 36 and set(bodies()) == {wanted[0]} and outbox(path("late.db"))["Waiting"] == len(wanted)
      and outbox(path("late.db"))["Error"] == "no answer within 15 s", (code, err, len(server.got), outbox(path("late.db"))))
fresh()
sql(path("late.db"), "UPDATE outbox SET taken = 0")
check("and the event comes again", send(path("late.db"))[0] == 0 and bodies() == wanted, len(server.got))
fresh()
gone = config(url="http://127.0.0.1:9/x", name="gone.ini")
code, _, err = replay(path("nobody.db"), ini=gone)
check("nobody listens", code == 0 and outbox(path("nobody.db"))["Waiting"] == len(wanted) and "127.0.0.1" in err, err)
tls = Server(encrypted=True)
strange = config(url=tls.url("https"), name="tls.ini")
code, _, err = replay(path("tls.db"), ini=strange)
check("a certificate that nobody signed is not believed", code == 0 and tls.got == []
      and outbox(path("tls.db"))["Waiting"] == len(wanted) and "certificate" in err, err)
known = write("known.ini", open(strange, encoding="utf-8").read() + f"ca_file = {write('ca.pem', CERTIFICATE)}\n")
check("one that is known is", send(path("tls.db"), known)[0] == 0 and [x[2].decode() for x in tls.got] == wanted, len(tls.got))
plain = config(url=server.url("https"), name="plain.ini")
code, _, err = replay(path("plain.db"), ini=plain)
check("without encryption no event", code == 0 and server.got == [] and outbox(path("plain.db"))["Waiting"] == len(wanted), err)

# the server asks for time, points elsewhere, wants no more
fresh(lambda h: h.answer(503, Retry_After="3600"))
replay(path("later.db"))
due = sql(path("later.db"), "SELECT min(due), max(tries) FROM outbox WHERE tries > 0")[0]
check("Retry-After counts", 3590 < due[0] / 1000 - time.time() < 3610 and due[1] == 1, due)
fresh(500)
replay(path("soon.db"))
due = sql(path("soon.db"), "SELECT min(due) FROM outbox WHERE tries > 0")[0][0] / 1000 - time.time()
check("else the second attempt is 5 s later, give or take a fifth", 1 < due < 6.1, due)
other = Server()
fresh(lambda h: h.answer(302, Location=other.url()))
code, _, err = replay(path("moved.db"))
check("a redirect is not followed", other.got == [] and "redirect" in outbox(path("moved.db"))["Error"], err)
fresh(410)
code, _, err = replay(path("410.db"))
state = outbox(path("410.db"))
check("what it leaves dead is said to be dead, and what lets it wait again", code == 0 and len(err.splitlines()) == 1
      and f"{len(wanted)} events are dead in the outbox: answer 410; `undertone outbox revive`" in err and " wait in " not in err, err)
check("410 ends it: all is kept, and dead", state["Dead"] == len(wanted) and state["Waiting"] == 0, (state, len(server.got)))
fresh()
check("and not sent by itself", send(path("410.db"))[0] == 0 and server.got == [])
code, out, _ = tool("outbox", "revive", "--store", path("410.db"))
check("until somebody asks", code == 0 and out.endswith("again\n") and send(path("410.db"))[0] == 0
      and bodies() == wanted and outbox(path("410.db"))["Dead"] == 0, (out, len(server.got)))

# ten times in vain
fresh(500)
replay(path("dead.db"))
for _ in range(12):
    send(path("dead.db"))
state = outbox(path("dead.db"))
check("after ten attempts an event is dead and the next one's turn has come", state["Dead"] >= 1
      and bodies().count(wanted[0]) == 10 and wanted[1] in bodies(), (state, len(server.got)))

# killed, again and again, in the middle of it: nothing is lost, whatever comes twice
fresh(500)
replay(path("killed.db"))
replay(path("killed.db"), "--session", "second")
fresh(slow)
kills = 0
while outbox(path("killed.db"))["Waiting"] > 0 and kills < 40:
    before = len(server.got)
    program = subprocess.Popen([UNDERTONE, "outbox", "send", "--store", path("killed.db"), "--config", hook], env=ENV,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.time() + 5
    while len(server.got) < before + 2 and program.poll() is None and time.time() < until:
        time.sleep(0.002)
    kills += program.poll() is None
    program.kill()
    program.wait()
    sql(path("killed.db"), "UPDATE outbox SET taken = 0")  # 20 s are over
got = [x["session"] + x["sequence"] for x in map(json.loads, bodies())]
firsts = sorted(set(got), key=got.index)
check("some of them were killed", kills >= 3, kills)
check("every event arrived", len(firsts) == 2 * len(wanted), (len(firsts), len(wanted)))
check("each session in order", all([x for x in firsts if x.startswith(s)] == sorted(x for x in firsts if x.startswith(s))
      for s in {x["session"] for x in map(json.loads, bodies())}))
fresh()
kept = sql(path("killed.db"), "INSERT INTO outbox(receiver, n, session, added, due, taken) "
           f"SELECT 'webhook', n, session, 0, 0, {int(time.time() * 1000) + 15000} FROM event LIMIT 1")
code, out, err = send(path("killed.db"))
check("what another program has in hand is not taken from it", code == 36 and server.got == [] and "in hand" in err, (code, err))
tool("store", "erase", "second", *{json.loads(x)["session"] for x in wanted}, "--store", path("killed.db"))
check("an erased call is not sent", outbox(path("killed.db"))["Waiting"] == 0)


# a call in progress
def live(store, *words):
    headset = subprocess.Popen([HEADSET, "--seconds", "30", "--speed", "10"], stdout=subprocess.PIPE)
    port = headset.stdout.readline().decode().strip()
    program = subprocess.Popen([UNDERTONE, "live", "--tcp", "localhost:" + port, "--json", "--disclosed", "--store", store,
                                "--webhook", "--config", hook, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=ENV, text=True)
    return headset, program


fresh()
headset, program = live(path("live.db"))
start = time.time()
out, err = program.communicate(timeout=60)
ended = time.time()
headset.communicate()
check("events of a call in progress arrive while it goes on", program.returncode == 0 and err == "" and bodies() == counted(out)
      and server.got[0][3] < ended - 1.5, (err, ended - server.got[0][3] if server.got else None))
fresh(410)
headset, program = live(path("gone.db"))
_, err = program.communicate(timeout=60)
headset.communicate()
check("an end of it is said while the call goes on, and what is dead is not said to wait", program.returncode == 0
      and err.count("answer 410; events are dead in the outbox until `undertone outbox revive`\n") == 1 and " wait in " not in err, err)
fresh(500)
headset, program = live(path("trouble.db"))
until = time.time() + 10
while len(server.got) < 1 and time.time() < until:
    time.sleep(0.01)
server.mood = 204
out, err = program.communicate(timeout=60)
headset.communicate()
check("trouble is said once while the call goes on, without the address", program.returncode == 0
      and err.count("answer 500; events wait in the outbox and are tried again") == 1 and SECRET_PATH not in err, err)
sql(path("trouble.db"), "UPDATE outbox SET taken = 0")
check("and nothing is lost", send(path("trouble.db"))[0] == 0
      and sorted(set(bodies())) == sorted(counted(out)), (len(server.got), len(counted(out))))
fresh(hang)
headset, program = live(path("kill.db"), "--session", "k")
until = time.time() + 10
while len(server.got) < 1 and time.time() < until:
    time.sleep(0.01)
time.sleep(0.5)
program.send_signal(signal.SIGKILL)
out = program.communicate()[0]
headset.kill()
headset.communicate()
fresh()
server.release.set()
sql(path("kill.db"), "UPDATE outbox SET taken = 0")
said = [x for x in counted(out[:out.rfind("\n") + 1])]
check("killed while the server hung, a later run brings what was said", send(path("kill.db"))[0] == 0
      and bodies()[:len(said)] == said and len(said) > 0, (len(said), len(server.got)))

# what is set wrongly
for what, ini, code, says in (
        ("no address", write("no.ini", f"[webhook]\nkey_file = {one_key}\n"), 18, "[webhook] url"),
        ("no keys", write("no2.ini", "[webhook]\nurl = https://h.test/\n"), 18, "key_file"),
        ("unencrypted", config("http://h.test/x", name="b1.ini"), 18, "https"),
        ("unencrypted to what looks like this machine", config("http://127.0.0.1.h.test/x", name="b2.ini"), 18, "https"),
        ("a password", config("https://me:secret@h.test/x", name="b3.ini"), 18, "password"),
        ("no address at all", config("h test", name="b4.ini"), 18, "no address"),
        ("another scheme", config("file:///etc/passwd", name="b5.ini"), 18, "https"),
        ("a part that is never sent", config("https://h.test/#x", name="b6.ini"), 18, "#"),
        ("keys that are not there", config(key_file=path("nokeys"), name="b7.ini"), 10, "nokeys"),
        ("keys that others may read", config(key_file=keys(key_line(KEYS[0]), mode=0o640, name="k640"), name="b8.ini"), 18,
         "chmod 600"),
        ("no key", config(key_file=keys("secret", name="k1"), name="b9.ini"), 18, "no key"),
        ("a short key", config(key_file=keys(key_line(b"x" * 23), name="k2"), name="ba.ini"), 18, "24 to 64"),
        ("three keys", config(key_file=keys(*[key_line(KEYS[0])] * 3, name="k3"), name="bb.ini"), 18, "no key")):
    result = replay(path("bad.db"), ini=ini)
    check.refused(what, result, code, says)
    check(f"{what}: without what is secret", "secret@" not in result[2] and key_line(KEYS[0])[6:] not in result[2], result[2])
check.refused("no store", tool("replay", call, "--webhook", "--config", hook), 2, "--store FILE")
check.refused("no word", tool("outbox", "--store", path("a.db")), 2, "list, send or revive")
check.refused("another word", tool("outbox", "purge", "--store", path("a.db")), 2, "list, send or revive")
check.refused("--json of send", tool("outbox", "send", "--json", "--store", path("a.db")), 2, "--json")
check.refused("no such store", tool("outbox", "list", "--store", path("none.db")), 10, "none.db")
check.refused("without a store", tool("outbox", "list"), 2, "--store FILE")
check("for people", tool("outbox", "list", "--store", path("a.db"))[1] == "webhook: 0 waiting, 0 dead\n")
check.finish()
