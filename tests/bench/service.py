#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The live service under load and faults, on this machine, with clients beside servers: service.py --table FILE [--only PARTS]

Parts: killed, off, ingest, stream, pixel, desk. What is not asked for keeps its lines in the table. Exit code 1 when events
were lost or doubled; a bar that is not reached is said in the table, since machines differ.
"""
import contextlib
import http.client
import json
import os
import re
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import time
import zlib

import floor
from floor import UNLIMITED, Broker, Client, Process, Serve, event, ini, status_of, until
from table import measure, row
from tool import BUILD, ENV, UNDERTONE, path, write

DESKS, RATE, SECONDS = 500, 4, 30
FAILED = []


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def clock_ms():
    return int(time.time() * 1000)


# a load, and what dies meanwhile

def load(name, die):
    """(lines of the table) of 500 desks, while `die(brokers, serve)` does what it does; it says when all were back."""
    brokers = [Broker(f"{name}-{x}", UNLIMITED).start() for x in "ab"]
    serve = Serve(name, brokers).start()
    truth = path(f"{name}.jsonl")
    desks = Process([UNDERTONE, "simulate", "--mqtt", "--config", ini(f"{name}-sim.ini", brokers, "sim"), "--headsets", str(DESKS), "--rate",
                     str(RATE), "--seconds", str(SECONDS), "--calls", "0", "--drain", "120", "--run", name, "--truth", truth],
                    f"{name}-sim.log").start()
    time.sleep(8)
    back_ms = die(brokers, serve)
    desks.program.wait(400)
    counts = json.loads(desks.said().splitlines()[-1])
    rows = serve.rows("SELECT session, sequence, json, at, received FROM event")
    serve.end()
    for x in brokers:
        x.end()
    with open(truth, encoding="utf-8") as f:
        sent = {(x["Session"], x["Sequence"]): int(x["Crc32"], 16) for x in map(json.loads, f) if x["Kind"] == "event"}
    got = {(s, n): zlib.crc32(line.encode()) for s, n, line, _, _ in rows}
    last = {}
    for s, n in got:
        last[s] = max(last.get(s, 0), n)
    lost, foreign = len(set(sent) - set(got)), len(set(got) - set(sent))
    holes = sum(last.values()) - len(got)
    doubled = len(rows) - len(got)
    other = sum(sent[k] != got[k] for k in set(sent) & set(got))
    waited = [received for _, _, _, at, received in rows if at <= back_ms]
    drain = (max(waited) - back_ms) / 1000
    if lost or foreign or holes or doubled or other:
        FAILED.append(name)
    return len(sent), f"{lost} lost, {holes} holes, {doubled} doubled, {other} other bytes", drain, counts


def loads(part):
    def killed(brokers, serve):
        brokers[0].kill()
        serve.kill()
        time.sleep(2)
        brokers[0].start()
        serve.start()
        return clock_ms()

    def off(brokers, _):
        for x in brokers:
            x.kill()
        time.sleep(15)
        for x in brokers:
            x.start()
        return clock_ms()

    what, die = {"killed": ("one of two brokers and serve killed -9, back after 2 s", killed),
                 "off": ("both brokers killed -9, back after 15 s", off)}[part]
    n, wrong, drain, counts = load(part, die)
    return [row(f"{DESKS} desks, {DESKS * RATE} durable events/s; {what}", wrong, "0, 0, 0", n),
            row("the same: what had come up to the return is committed after", f"{drain:.1f} s; {counts['Again']} went more than once", "< 10 s", n)]


def ingest(_):
    lines = []
    for batch, rows in ((1, 1000), (20, 20000), (512, 60000)):
        done = subprocess.run([os.path.join(BUILD, "host/tests/bench/ingest"), path(f"ingest-{batch}.db"), str(rows), str(batch)],
                              check=True, capture_output=True, text=True)
        got = json.loads(done.stdout)
        lines.append(row(f"ingest into a ledger, 1 KB events checked, commits of {batch}",
                         f"{got['RowsPerSecond']:,} rows/s ({got['RowsPerProcessorSecond']:,} per s of processor time)",
                         ">= 20,000" if batch == 512 else "", rows))
    return lines


# pages

class Page(Serve):
    def start(self):
        self.words += [] if "--page" in self.words else ["--page", "0"]
        super().start()
        until(lambda: "token=" in self.said())
        self.url = [x for x in self.said().splitlines() if "token=" in x][-1]
        self.port, self.token = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=([0-9a-f]{64})", self.url).groups()
        return self


def reader(page, last=None):
    """A socket that news come on."""
    s = socket.create_connection(("127.0.0.1", int(page.port)), timeout=30)
    again = f"Last-Event-ID: {last}\r\n" if last else ""
    s.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\nAuthorization: Bearer {page.token}\r\n{again}\r\n".encode())
    return s


def stream(_, readers=200, rate=100, seconds=20, sessions=20):
    a = Broker("stream", UNLIMITED).start()
    page = Page("stream", [a]).start()
    publisher = subprocess.Popen([sys.executable, "-c", f"""
import json, sys, time
sys.argv = ["floor"]
from floor import Client, event
class At:
    port = {a.port}
c = Client(At, "desk")
sent = [0] * {sessions}
begun = time.monotonic()
for i in range({rate * seconds}):
    time.sleep(max(0, begun + i / {rate} - time.monotonic()))
    k = i % {sessions}
    sent[k] += 1
    kind = "session.started" if sent[k] == 1 else "cue.opened"
    text = event(f"s{{k}}", sent[k], kind, Stamp=str(time.monotonic_ns()))
    c.client.publish(f"undertone/v1/s/d-{{k}}/" + ("call" if sent[k] == 1 else "cue"), text, 1)
time.sleep(2)
c.close()
"""], env={**os.environ}, stdin=subprocess.DEVNULL)
    chosen = selectors.DefaultSelector()
    for i in range(readers):
        s = reader(page)
        s.setblocking(False)
        chosen.register(s, selectors.EVENT_READ, [i, b"", 0])
    late, stamp, end = [], re.compile(rb'"Stamp":"(\d+)"'), time.monotonic() + seconds + 30
    while publisher.poll() is None and time.monotonic() < end:
        for key, _ in chosen.select(0.2):
            part = key.fileobj.recv(262144)
            now = time.monotonic_ns()
            whole = key.data[1] + part
            cut = whole.rfind(b"\n") + 1
            key.data[1] = whole[cut:]
            found = stamp.findall(whole[:cut])
            key.data[2] += len(found)
            late += [(now - int(x)) / 1e6 for x in found]
    counts = [key.data[2] for key in chosen.get_map().values()]
    for key in list(chosen.get_map().values()):
        key.fileobj.close()
    gaps, resumed = resume(page, a, sessions)
    page.end()
    a.end()
    return [row(f"Server-Sent Events: {readers} readers x {rate} events/s, from the publisher to the reader, commit included",
                f"p50 {statistics.median(late):.1f}, p99 {quantile(late, .99):.1f} ms", "p99 < 50 ms", len(late)),
            row("readers that got each event", f"{sum(x == rate * seconds for x in counts)} of {readers}", "all", rate * seconds),
            row("a reader that leaves and comes again with Last-Event-ID", f"{gaps} missing or twice in {resumed} returns", "0", 400)]


def resume(page, a, sessions):
    """(events missing or twice, returns) of a reader that leaves again and again while 400 events come."""
    c = Client(a, "later")
    numbers, last, buffer, returns, sent = [], None, b"", 0, 0
    s = reader(page)
    end = time.monotonic() + 60
    while len(numbers) < 400 and time.monotonic() < end:
        if sent < 400:
            c.say(f"undertone/v1/s/e/{'call' if sent == 0 else 'cue'}", event("later", sent + 1, "session.started" if sent == 0 else "cue.opened"))
            sent += 1
        s.settimeout(0.005 if sent < 400 else 5)
        with contextlib.suppress(TimeoutError):
            buffer += s.recv(65536)
        *whole, buffer = buffer.split(b"\n\n")
        for text in whole:
            name = re.search(rb"^id: (\S+)", text, re.M)
            last = name[1].decode() if name else last
            number = re.search(rb'"session":"later","sequence":"(\d+)"', text)
            if number and b"event: event" in text:
                numbers.append(int(number[1]))
        if sent % 20 == 0 and last and returns < sent // 20:
            s.close()
            s, buffer, returns = reader(page, last), b"", returns + 1
    s.close()
    c.close()
    return len(set(range(1, 401)) ^ set(numbers)) + len(numbers) - len(set(numbers)), returns


def pixel(_, desks=8, calls=4):
    if not (os.path.exists("/usr/bin/chromium") and os.path.exists("/usr/bin/chromedriver")):
        return [row("a cue's last record on the headset's line to the supervisor's page", "not measured: chromium is not installed", "p95 < 300 ms", 0)]
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    a = Broker("pixel", UNLIMITED).start()
    page = Page("pixel", [a]).start()
    options = webdriver.ChromeOptions()
    options.page_load_strategy, options.binary_location = "eager", "/usr/bin/chromium"
    os.environ["HOME"] = path("")
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
                 f"--user-data-dir={path('profile')}"):
        options.add_argument(word)
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    started = []
    try:
        browser.get(page.url)
        until(lambda: browser.execute_script("return document.querySelector('#live tbody') !== null"))
        browser.execute_script("""
window.seen = {};
new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
  for (const r of document.querySelectorAll('#live tbody tr')) {
    const name = r.querySelector('a') && r.querySelector('a').innerText, cues = r.cells[r.cells.length - 2].innerText;
    if (name && Number(cues) === 1 && !(name in window.seen)) window.seen[name] = Date.now();
  }
}))).observe(document.querySelector('#live tbody'), {subtree: true, childList: true, characterData: true});""")
        script = write("pixel.script", "".join(f"call c{i}\n1 agent 1\n3 customer 1\n{13 + i / 10} end\n" for i in range(desks)))
        sim = Process([UNDERTONE, "simulate", "--tcp", "0", "--headsets", str(desks), "--script", script, "--calls", str(calls), "--truth",
                       path("pixel.jsonl")], "pixel-sim.log").start()
        until(lambda: sim.said().count("\n") == desks)
        for i, line in enumerate(sim.said().splitlines()):
            started.append(Process([UNDERTONE, "live", "--tcp", line.split()[1], "--json", "--store", path(f"pixel-{i}.db"), "--mqtt", "--config",
                                    ini(f"pixel-{i}.ini", [a], f"p-{i}"), "--contact-id", f"d{i}"], f"pixel-{i}.out").start())
        sim.program.wait(300)
        for x in started:
            x.program.wait(60)
        time.sleep(1)
        seen = browser.execute_script("return window.seen")
    finally:
        browser.quit()
        shutil.rmtree(path("profile"), ignore_errors=True)
        page.end()
        a.end()
    with open(path("pixel.jsonl"), encoding="utf-8") as f:
        records = [x for x in map(json.loads, f) if x["Kind"] == "record" and x["Fate"] == "sent"]
    when = lambda x: time.mktime(time.strptime(x["At"][:19], "%Y-%m-%dT%H:%M:%S")) * 1000 - time.timezone * 1000 + int(x["At"][20:23])
    late = []
    for i in range(desks):
        with open(path(f"pixel-{i}.out"), encoding="utf-8") as f:
            said = [json.loads(x) for x in f if x.startswith("{")]
        for number in range(1, calls + 1):
            name = f"d{i}" + (f"-{number}" if number > 1 else "")
            cues = [x["data"]["NotifyOffsetMillis"] for x in said if x["type"] == "undertone.cue.opened.v1" and x["data"]["ContactId"] == name]
            if not cues or name not in seen:
                continue
            # cues are judged 300 ms behind the newest record: SPEC.md "Cues"
            last = next(x for x in records if x["Headset"] == f"headset-{i + 1}" and x["Number"] == number and x["OffsetMillis"] >= cues[0] + 300)
            late.append(seen[name] - when(last))
    return [row("the record on the headset's line that completes a cue, to the supervisor's page in Chromium (after its next frame)",
                f"p50 {statistics.median(late):.0f}, p95 {quantile(late, .95):.0f} ms" if late else "none seen", "p95 < 300 ms", len(late))]


# a desk's day

def desk(_, hours=8, call_s=198):
    calls = hours * 3600 // (call_s + 2)
    script = write("desk.script", f"""call c
1 agent 3
5 customer 16 frustration=0.1 loudness=55 pitch=20
22 agent 4
28 customer 30 frustration=0.2..0.85 loudness=58..70 pitch=20..26
60 agent 10
72 customer 30 frustration=0.9 loudness=71 pitch=27
112 agent 35
150 customer 20 frustration=0.4..0.1 loudness=58 pitch=20
172 agent 20
{call_s} end
""")
    sim = Process([UNDERTONE, "simulate", "--tcp", "0", "--script", script, "--speed", "0", "--calls", str(calls)], "desk-sim.log").start()
    until(lambda: "\n" in sim.said())
    store = path("desk.db")
    live = subprocess.Popen([UNDERTONE, "live", "--tcp", sim.said().split()[1], "--disclosed", "--json", "--store", store, "--audit",
                             path("desk.audit"), "--page", "--metrics", path("desk.prom")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            stdin=subprocess.DEVNULL, env={**ENV, "UNDERTONE_PAGE_FILE": path("desk.page")})
    ended, hour, used, sizes = 0, [], 0.0, []
    per_hour = calls // hours
    for line in live.stdout:
        if b'"type":"undertone.session.completed.v1"' not in line:
            continue
        ended += 1
        if ended % per_hour == 0 and live.poll() is None:
            with contextlib.suppress(OSError, TypeError):
                rss, used = status_of(live.pid)
                hour.append(rss)
                sizes.append(os.path.getsize(store))
    live.wait(60)
    sim.program.wait(60)
    growth = (hour[-1] - hour[0]) / 1024
    base = replay_cost(script, call_s)
    return [row(f"a desk (store, audit, page, metrics) over {len(hour)} simulated hours of calls: resident memory after the first hour",
                f"{growth:+.2f} MB (of {hour[0] / 1024:.1f})", "< 1 MB", ended),
            row("the same: processor time, of one core (the hours played at once, so without what idle seconds cost)", f"{100 * used / (len(hour) * 3600):.2f} % ({100 * base:.2f} % of it the same records without "
                "store, audit, page)", "< 1 %", ended),
            row("a desk with all that in real time, one reader on its page: processor time, of one core", f"{100 * real_time(script):.2f} %", "< 1 %", "40 s"),
            row("the 8 hours: its store grows by", f"{(sizes[-1] - sizes[0]) / 1024 / 1024 / (len(sizes) - 1):.2f} MB an hour", "stated", ended)]


def real_time(script, seconds=40):
    """The share of a core that a desk takes as a call goes, a page beside it."""
    sim = Process([UNDERTONE, "simulate", "--tcp", "0", "--script", script], "real-sim.log").start()
    until(lambda: "\n" in sim.said())
    live = Process([UNDERTONE, "live", "--tcp", sim.said().split()[1], "--disclosed", "--json", "--store", path("real.db"), "--audit",
                    path("real.audit"), "--page", "--metrics", path("real.prom"), "--config",
                    write("real.ini", f"[page]\nfile = {path('real.page')}\n")], "real.out").start()
    until(lambda: os.path.exists(path("real.page")))
    with open(path("real.page"), encoding="ascii") as f:
        port, token = re.search(r":(\d+)/\?token=(\w+)", f.read()).groups()
    c = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    c.request("GET", "/events", headers={"Authorization": "Bearer " + token})
    answer = c.getresponse()
    before, begun = status_of(live.program.pid)[1], time.monotonic()
    while time.monotonic() - begun < seconds:
        answer.readline()
    share = (status_of(live.program.pid)[1] - before) / (time.monotonic() - begun)
    c.close()
    live.end()
    sim.end()
    return share


def replay_cost(script, call_s, calls=18):
    """The share of a core that a desk without anything takes."""
    sim = Process([UNDERTONE, "simulate", "--tcp", "0", "--script", script, "--speed", "0", "--calls", str(calls)], "bare-sim.log").start()
    until(lambda: "\n" in sim.said())
    before = os.times()
    subprocess.run([UNDERTONE, "live", "--tcp", sim.said().split()[1], "--disclosed", "--json"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=ENV, check=True)
    after = os.times()
    sim.program.wait(60)
    return (after.children_user + after.children_system - before.children_user - before.children_system) / (calls * (call_s + 2))


PARTS = {"killed": loads, "off": loads, "ingest": ingest, "stream": stream, "pixel": pixel, "desk": desk}
HEAD = """# The live service under load and faults

`make bench-service` (`ONLY=` some parts) on one machine, servers and clients together. Desks are `undertone simulate`'s: each keeps what is not acknowledged; brokers are mosquitto's
with `max_inflight_messages 1000`, `max_queued_messages 50000`. Beside each part stands what else the machine had to do: a busy one, or a slow disk, makes worse figures, and says so.

"""


if __name__ == "__main__":
    if shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin") is None:
        print("bench-service: mosquitto is not installed; apt-get install mosquitto")
        sys.exit(0)
    measure(PARTS, HEAD, __doc__, floor.end_all)
    sys.exit(1 if FAILED else 0)
