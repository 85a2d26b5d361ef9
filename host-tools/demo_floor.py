#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A floor of three desks on this machine: a broker, `undertone serve`, an emulated headset and two simulated ones, eight
times as fast as real; a customer who grows frustrated, the flag, a supervisor who sees it, a webhook.

demo_floor.py --undertone PROGRAM --firmware ELF --out DIR

Leaves in DIR: the floor's ledger (floor.db), each desk's store (desk-1.db ...), audit record with its checkpoint, the pages as
pictures (agent.png, floor.png, call.png, where chromium is installed), the truth of the simulated headsets (truth.jsonl),
what the webhook got (webhook.jsonl), and in log/ what each program was told and said. Exit code: 0 when all came as it should; 1 otherwise; 2 when a program is missing.
"""
import argparse
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import demo

SPEED, DEADLINE_S = 8, 110
SCRIPT = """# Two calls for the demo of a floor: the feelings are this script's, no model's.
call complaint
1 agent 3 level=-25
5 customer 16 frustration=0.1 loudness=55 pitch=20
22 agent 3
26 customer 24 frustration=0.2..0.85 loudness=58..70 pitch=20..26
52 agent 2
55 customer 20 frustration=0.9 loudness=71 pitch=27
76 agent 3
80 customer 40 frustration=0.9 loudness=71 pitch=27
121 agent 4
126 customer 20 frustration=0.9..0.7 loudness=68 pitch=24
148 agent 4
154 customer 30 frustration=0.6..0.2 loudness=60 pitch=21
186 agent 6
200 end
call order
1 agent 4
6 customer 10
17 agent 5
23 customer 12 delight=0.2..0.7
37 agent 3
54 customer 4
60 agent 40
102 customer 20 delight=0.7
124 agent 20
146 customer 10
158 agent 10
170 end
"""
WEBHOOK_KEY = bytes(range(32))


class Demo:
    def __init__(self, undertone, firmware, out, name="demo-floor"):
        self.undertone, self.firmware, self.out, self.name = undertone, firmware, out, name
        self.programs, self.began, self.failures = [], time.monotonic(), 0
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("UNDERTONE_")}
        self.env |= {"XDG_CONFIG_HOME": self.at("none"), "HOME": self.at("home")}

    def at(self, name):
        return os.path.join(self.out, name)

    def write(self, name, text, mode=0o644):
        with open(self.at(name), "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, mode)) as f:
            f.write(text)
        return self.at(name)

    def start(self, name, *words, **env):
        with open(self.at(name + ".log"), "wb") as log, open(self.at(name + ".out"), "wb") as out:
            self.programs.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=log, env={**self.env, **env}))
        return self.programs[-1]

    def end(self):
        for program in reversed(self.programs):
            if program.poll() is None:
                program.send_signal(signal.SIGTERM)
                try:
                    program.wait(15)
                except subprocess.TimeoutExpired:
                    program.kill()
                    program.wait()

    def said(self, name):
        with open(self.at(name), encoding="utf-8") as f:
            return f.read()

    def until(self, what, holds):
        """What was waited for; ends the demo when it does not come."""
        while time.monotonic() - self.began < DEADLINE_S:
            if got := holds():
                return got
            time.sleep(0.05)
        raise SystemExit(f"{self.name}: {what} has not come within {DEADLINE_S} s; see the logs in {self.out}")

    def check(self, what, holds):
        print(f"{'ok    ' if holds else 'FAILED'} {what}", flush=True)
        self.failures += not holds
        return holds


def ask(url, where, method="GET", body=None):
    host, token = re.fullmatch(r"http://([^/]+)/\?token=([0-9a-f]{64})", url).groups()
    c = http.client.HTTPConnection(host, timeout=30)
    c.request(method, where, json.dumps(body) if body is not None else None,
              {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
    answer = c.getresponse()
    text = answer.read()
    c.close()
    if answer.status != 200:
        raise SystemExit(f"demo-floor: {method} {where}: {answer.status} {text[:200]!r}")
    return json.loads(text)


class Hook(http.server.BaseHTTPRequestHandler):
    """A receiver by Standard Webhooks: believes what is signed."""
    got = []

    def do_POST(self):  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        wanted = "v1," + base64.b64encode(hmac.new(WEBHOOK_KEY, signed, hashlib.sha256).digest()).decode()
        fits = any(hmac.compare_digest(wanted, x) for x in self.headers["webhook-signature"].split())
        near = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
        self.got.append((fits and near, json.loads(body)))
        self.send_response(204 if fits and near else 400)
        self.end_headers()

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def open_browser(d):
    if not (os.path.exists("/usr/bin/chromium") and os.path.exists("/usr/bin/chromedriver")):
        return None
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    options = webdriver.ChromeOptions()
    options.page_load_strategy = "eager"  # a page with a stream is never idle
    options.binary_location = "/usr/bin/chromium"
    os.makedirs(d.at("home"), exist_ok=True)
    os.environ["HOME"] = d.at("home")
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
                 "--window-size=1100,820", f"--user-data-dir={d.at('home')}/profile"):
        options.add_argument(word)
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def live(d, name, port, *words):
    ini = d.write(f"{name}.ini", f"""[mqtt]
brokers = mqtt://127.0.0.1:{port}
site = demo
device = {name}
[ask_for_help]
flag = yes
[page]
file = {os.path.abspath(d.at(name))}.page
[audit]
key_file = {d.at("audit.key")}
[webhook]
url = http://127.0.0.1:{d.hook.server_port}/events
key_file = {d.at("webhook.key")}
""")
    return d.start(name, d.undertone, "live", *words, "--config", ini, "--store", d.at(name + ".db"), "--audit", d.at(name + ".audit"),
                   "--mqtt", "--json")


def desk_page(d, name):
    file = d.at(name) + ".page"
    return d.until(f"{name}'s page", lambda: os.path.exists(file) and d.said(name + ".page").strip())


def play(d, browser, placed):
    key = subprocess.run([d.undertone, "audit", "make-key", d.at("audit.key"), "demo"], check=True, capture_output=True, text=True,
                         env=d.env).stdout.strip()
    d.write("webhook.key", "whsec_" + base64.b64encode(WEBHOOK_KEY).decode() + "\n", 0o600)
    port = free_port()
    d.start("broker", shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c",
            d.write("broker.conf", f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 1000\nmax_queued_messages 50000\n"))
    d.until("the broker", lambda: listens(port))
    d.start("serve", d.undertone, "serve", "--store", d.at("floor.db"), "--page", "0", "--config",
            d.write("serve.ini", f"[mqtt]\nbrokers = mqtt://127.0.0.1:{port}\nsite = demo\ndevice = floor\n"))
    floor = d.until("the supervisor's page", lambda: re.search(r"http://\S+token=\S+", d.said("serve.out")))[0]
    if browser is not None:
        browser.get(floor)

    d.start("headsets", d.undertone, "simulate", "--headsets", "2", "--script", d.write("script", SCRIPT), "--speed", str(SPEED), "--pty",
            d.at("ports"), "--truth", d.at("truth.jsonl"))
    d.until("the simulated headsets", lambda: d.said("headsets.out").count("\n") == 2)
    desks = [live(d, "desk-1", port, "--qemu", d.at("call.wav"), "--firmware", d.firmware, "--fast", "--contact-id", "emulated"),
             live(d, "desk-2", port, "--port", d.at("ports/headset-1"), "--page", "--disclosed", "--webhook", "--contact-id", "complaint"),
             live(d, "desk-3", port, "--port", d.at("ports/headset-2"), "--page", "--disclosed", "--contact-id", "order")]
    calls = lambda: {x["ContactId"]: x for x in ask(floor, "/v1/state")["Calls"]}
    d.until("three calls", lambda: len(calls()) == 3)
    print("       three calls are on the supervisor's page", flush=True)
    agent = desk_page(d, "desk-2")
    cue = d.until("a cue on the agent's page", lambda: ask(agent, "/v1/state").get("Cue"))
    print(f"       the agent reads: {cue['Title']}", flush=True)
    flag = d.until("the flag", lambda: calls()["complaint"]["Flag"])
    if browser is not None:
        d.until("the flag on the page", lambda: browser.execute_script("return document.querySelector('#live tbody strong') !== null"))
        browser.save_screenshot(d.at("floor.png"))
    print(f"       the supervisor reads: {flag['Title']}: {flag['Rule']}", flush=True)
    done = ask(floor, f"/v1/flags/{flag['Id']}/ack", "POST", {"By": "Kim"})
    d.check("the supervisor has acknowledged it over HTTP", done["Flag"]["AcknowledgedBy"] == "Kim")
    if browser is not None:
        ask(floor, f"/v1/flags/{flag['Id']}/action", "POST", {"By": "Kim", "Action": "joins the call"})
        browser.get(agent)
        d.until("the agent's page", lambda: browser.execute_script("return document.querySelector('#contact').innerText"))
        time.sleep(1)  # a beat, so that the gauges show a moment of the call
        browser.save_screenshot(d.at("agent.png"))
        browser.get(re.sub(r"/\?.*", "/#" + done["Session"], floor))
        d.until("the call's page", lambda: browser.execute_script("return document.querySelectorAll('#events li').length"))
        browser.save_screenshot(d.at("call.png"))
    raised = d.until("the webhook", lambda: [x for x in list(Hook.got) if x[1]["type"] == "undertone.flag.raised.v1"])
    d.check("the flag's webhook has come, and is signed", all(fits for fits, _ in raised))
    d.check("so is every other one", all(fits for fits, _ in Hook.got))
    d.until("the calls' end", lambda: all(calls()[x]["State"] == "COMPLETED" for x in ("complaint", "order")))
    d.until("the recording's end", lambda: desks[0].poll() is not None)
    for desk in desks[1:]:
        desk.send_signal(signal.SIGTERM)
    codes = [desk.wait(30) for desk in desks]
    d.check("the desks have ended well", codes == [0, 0, 0])
    compare(d, key)


def compare(d, key):
    """What the desks have beside what the floor has; the records of what was shown."""
    lost = again = 0
    with sqlite3.connect(d.at("floor.db")) as f:
        kept = dict(((s, n), line) for s, n, line in f.execute("SELECT session, sequence, json FROM event"))
        models = sorted({json.loads(x)["data"]["Model"]["Id"] or "none" for x in kept.values()})
    sent = {}
    for name in ("desk-1", "desk-2", "desk-3"):
        with sqlite3.connect(d.at(name + ".db")) as f:
            sent |= {(s, n): line for s, n, line in f.execute("SELECT session, sequence, json FROM event")}
    lost, again = len(set(sent) - set(kept)), len(set(kept) - set(sent))
    d.check(f"{len(sent)} events of three desks, {len(kept)} on the floor, the same bytes", lost == again == 0 and sent == kept)
    for name in ("desk-1", "desk-2", "desk-3"):
        done = subprocess.run([d.undertone, "audit", "verify", d.at(name + ".audit"), "--key", key], capture_output=True, text=True,
                              check=False, env=d.env)
        d.check(f"{name}: its record of what was shown is as it was written and signed: {done.stdout.split(':')[0] or done.stderr}",
                done.returncode == 0)
    built_in = next((x for x in models if x != "sim"), "none")
    print("       Times on the pages are the calls', which went eight times as fast; the emulated headset's call is a recording, dated 1970.")
    print(f"""       Models: desk-1 runs the built-in model {built_in} on sound; desks 2 and 3 say "sim", which is none. What raised the flag is no
       model's judgement: it comes from a scripted stream of scores, and from facts that the script gives (level, pitch, turns).""")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--undertone", required=True)
    p.add_argument("--firmware", required=True)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    for program in ("espeak-ng", "qemu-system-arm", "mosquitto"):
        if shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin") is None:
            print(f"demo-floor: {program} is not installed; run `make demo-floor`, which installs what is missing", file=sys.stderr)
            return 2
    shutil.rmtree(a.out, ignore_errors=True)
    os.makedirs(a.out)
    d = Demo(a.undertone, a.firmware, a.out)
    placed = demo.build_call(d.at("call.wav"))
    d.hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=d.hook.serve_forever, daemon=True).start()
    browser = None
    try:
        browser = open_browser(d)
        if browser is None:
            print("       no pictures: chromium and chromium-driver are not installed")
        play(d, browser, placed)
    finally:
        if browser is not None:
            browser.quit()
        d.end()
        d.hook.shutdown()
        for name in ("home", "ports"):
            shutil.rmtree(d.at(name), ignore_errors=True)
        os.makedirs(d.at("log"))
        for name in os.listdir(a.out):
            if name.endswith((".log", ".out", ".ini", ".conf", ".key")):
                os.rename(d.at(name), os.path.join(d.at("log"), name))
        with open(d.at("webhook.jsonl"), "w", encoding="utf-8") as f:
            f.writelines(json.dumps({"Signed": fits, "Event": event}) + "\n" for fits, event in Hook.got)
    took = time.monotonic() - d.began
    print(f"{'FAILED' if d.failures else 'ok'}: a floor of three desks in {took:.0f} s; files in {a.out}")
    return 1 if d.failures else 0


if __name__ == "__main__":
    sys.exit(main())
