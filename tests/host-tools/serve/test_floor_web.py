#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The supervisor's page: what it asks over HTTP, who may ask, and what a browser shows while calls go on; that nothing on
it is about agents."""
import http.client
import json
import os
import re
import shutil
import subprocess
import time

import floor
from floor import Broker, Client, Serve, event, ini, until
from tool import ENV, UNDERTONE, Checks, path, tool

check = Checks()
a = Broker("a").start()


class Page(Serve):
    def start(self):
        super().start()
        until(lambda: "token=" in self.said())
        self.url = [x for x in self.said().splitlines() if "token=" in x][-1]
        self.port, self.token = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=([0-9a-f]{64})", self.url).groups()
        return self

    def ask(self, where, method="GET", body=None, **headers):
        """(status, headers, body)"""
        c = http.client.HTTPConnection("127.0.0.1", int(self.port), timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        c.request(method, where, body, {k: v for k, v in headers.items() if v is not None})
        answer = c.getresponse()
        got = answer.status, dict(answer.getheaders()), answer.read().decode()
        c.close()
        return got

    def state(self):
        return json.loads(self.ask("/v1/state")[2])


serve = Page("page", [a])
serve.words += ["--page", "0"]
serve.start()
desk = Client(a, "desk")
TITLE = '<img src=x onerror=document.title="caught">'


def say(kind, payload, device="agent-7"):
    desk.say(f"undertone/v1/s/{device}/{kind}", payload)


def score(session, t, frustration):
    value = None if frustration is None else {"Frustration": frustration, "Delight": 0.1, "Confidence": 0.8}
    return event(session, None, "score", EndOffsetMillis=t, Score=value, ScoreFast=value, Abstain="none", Slope=0.2,
                 Agent={"TalkShare": 0.4})


for session, contact in (("quiet", "call-quiet"), ("angry", "call-angry"), ("over", "call-over")):
    say("call", event(session, 1, "session.started", ContactId=contact))
check("calls are there", until(lambda: len(serve.state()["Calls"]) == 3), serve.state())  # scores of others would be nobody's
for t in range(1, 9):
    say("score", score("angry", 1000 * t, None if t == 4 else t / 10))
say("cue", event("angry", 2, Title="Customer sounds frustrated", Text="Acknowledge it before going on.", Rule="frustration >= 0.65",
                 Explanation=[{"Feature": "frustration", "Value": 0.8, "Unit": "score", "Baseline": None, "Contribution": 1}]))
say("call", event("over", 2, "session.completed").replace("2026-01-02", "2999-01-02"))
check("and what has become of them", until(lambda: {x["Session"]: (x["State"], x["Cues"], bool(x["Mood"]) and x["Mood"]["EndOffsetMillis"])
                                                    for x in serve.state()["Calls"]} == {"quiet": ("IN_PROGRESS", 0, False), "angry":
                                                                                         ("IN_PROGRESS", 1, 8000), "over": ("COMPLETED", 0, False)}),
      serve.state())

# who may ask
check("without the token nothing", serve.ask("/v1/state", Authorization=None)[0] == 401
      and serve.ask("/v1/state", Authorization="Bearer " + "0" * 64)[0] == 401 and serve.ask("/", Authorization=None)[0] == 401
      and serve.ask("/metrics", Authorization=None)[0] == 401)
check("another host's name", serve.ask("/v1/state", Host="floor.example")[0] == 421)
check("another site's page", serve.ask("/v1/flags/1/ack", "POST", '{"By":"x"}', Origin="http://evil.example")[0] == 403)
status, headers, _ = serve.ask("/?token=" + serve.token, Authorization=None)
check("the address gives a cookie, once", status == 303 and headers["Location"] == "/" and "HttpOnly" in headers["Set-Cookie"]
      and serve.token not in headers["Set-Cookie"], headers)
cookie = headers["Set-Cookie"].split(";")[0]
check("which lets in", serve.ask("/v1/state", Authorization=None, Cookie=cookie)[0] == 200)
check("a wrong address gives none", serve.ask("/?token=" + "0" * 64, Authorization=None)[0] == 401)
check("whether it lives anybody may ask", serve.ask("/healthz", Authorization=None)[0] == 200)
for where, method, body, wanted in (("/none", "GET", None, 404), ("/v1/calls/none", "GET", None, 404), ("/v1/calls/a%20b", "GET", None, 404),
                                    ("/v1/state", "PUT", "{}", 405), ("/v1/flags/99/ack", "POST", '{"By":"x"}', 404),
                                    ("/v1/flags/x/ack", "POST", '{"By":"x"}', 404), ("/v1/flags/1/ack", "POST", "{", 400),
                                    ("/v1/flags/1/ack", "POST", '{"By":""}', 400), ("/v1/flags/1/action", "POST", '{"By":"x"}', 400),
                                    ("/v1/flags/1/ack", "POST", '{"By":"' + "x" * 9000 + '"}', 413)):
    got = serve.ask(where, method, body)
    check(f"{method} {where} {wanted}", got[0] == wanted and "Error" in json.loads(got[2]), got)

# what is said
text = serve.ask("/v1/state")[2]
check("nothing of agents or desks is in it", not re.search(r"agent|device|desk|TalkShare", text, re.I), text)
mood = [x for x in serve.state()["Calls"] if x["Session"] == "angry"][0]["Mood"]
check("the customer's mood and its trend", mood["Score"]["Frustration"] == 0.8 and mood["Slope"] == 0.2, mood)
detail = json.loads(serve.ask("/v1/calls/angry")[2])
check("a call's curve and cues", [x[1] for x in detail["Scores"]] == [0.1, 0.2, 0.3, None, 0.5, 0.6, 0.7, 0.8]
      and len(detail["Events"]) == 2 and "agent" not in json.dumps(detail).lower(), detail)
detail = json.loads(serve.ask("/v1/calls/angry?after=1&t=7000")[2])
check("and what is new of them", len(detail["Scores"]) == 1 and len(detail["Events"]) == 1, detail)
check("metrics", "undertone_calls_live 2\n" in serve.ask("/metrics")[2] and "undertone_brokers_up 1\n" in serve.ask("/metrics")[2])
check("events for programs", [x["Event"]["session"] for x in json.loads(serve.ask("/v1/events?after=0")[2]) if x["Name"] == "event"]
      == ["quiet", "angry", "over", "angry", "over"], serve.ask("/v1/events?after=0")[2][:300])


# news
class Reader:
    def __init__(self, page, last=None):
        self.c = http.client.HTTPConnection("127.0.0.1", int(page.port), timeout=30)
        self.c.request("GET", "/events", headers={"Authorization": f"Bearer {page.token}", **({"Last-Event-ID": last} if last else {})})
        self.answer = self.c.getresponse()

    def until(self, name, holds=lambda data: True):
        """The data of the first event of that name of which it holds, and the id said last."""
        said, last, end = None, None, time.monotonic() + 60  # the stream says something every 15 s
        while time.monotonic() < end:
            line = self.answer.readline().decode().rstrip("\n")
            if line.startswith("id: "):
                last = line[4:]
            elif line.startswith("event: "):
                said = line[7:]
            elif line.startswith("data: ") and said == name and holds(data := json.loads(line[6:])):
                return data, last
        raise TimeoutError(f"no event {name} within 60 s; the last one was {said}, id {last}")


reader = Reader(serve)
say("flag", event("quiet", 2, "flag.raised", Title=TITLE, Text="Offer help.", Rule="two cues within 60 s"))
call, _ = reader.until("call", lambda x: x["Flag"])
check("a flag is news", call["Session"] == "quiet" and call["Flag"]["Title"] == TITLE and call["Flag"]["AcknowledgedBy"] is None, call)
check("its call stands first", serve.state()["Calls"][0]["Session"] == "quiet")
flag = call["Flag"]["Id"]
say("flag", event("angry", 3, "flag.raised", Title="Second").replace("03:04:05", "03:04:09"))
_, last = reader.until("event", lambda x: x["session"] == "angry")
check("flags stand by their time", until(lambda: [x["Session"] for x in serve.state()["Calls"]][:2] == ["quiet", "angry"]))
say("cue", event("angry", 4, "cue.closed", NotifyOffsetMillis=2000, EndOffsetMillis=7000))
again = Reader(serve, last)
check("a reader that comes again has missed nothing", again.until("event")[0]["sequence"] == "0000000004")
got = serve.ask(f"/v1/flags/{flag}/ack", "POST", '{"By":"Kim"}')
check("a flag is acknowledged", got[0] == 200 and json.loads(got[2])["Flag"]["AcknowledgedBy"] == "Kim", got)
check("and others see it", reader.until("call", lambda x: x["Flag"] and x["Flag"]["AcknowledgedBy"] == "Kim")[0]["Session"] == "quiet")

# a customer who does not want it, and a call that is lost with its desk
for kind, more in (("session.started", {}), ("cue.opened", {"Cue": "empathy_cue"}), ("session.refused", {}), ("session.completed", {})):
    say("cue" if "cue" in kind else "call", event("no", ("session.started", "cue.opened", "session.refused", "session.completed").index(kind) + 1,
                                                  kind, **more))
kept = lambda: [x["Event"]["type"].split(".")[2] for x in json.loads(serve.ask("/v1/events?after=0")[2]) if x["Event"].get("session") == "no"]
check("what is refused is no news any more", until(lambda: kept() == ["refused", "completed"]), kept())
BOOT = {"State": "connected", "Boot": "01900000-0000-7000-8000-000000000001", "Connection": 1, "Session": "lost"}
say("status", json.dumps(BOOT), "agent-9")
say("call", event("lost", 1, "session.started"), "agent-9")
sessions = lambda: [x["Session"] for x in serve.state()["Calls"]]
check("a desk's call", until(lambda: "lost" in sessions()), sessions())
say("status", json.dumps({**BOOT, "Boot": BOOT["Boot"][:-1] + "2", "Session": None}), "agent-9")
check("is lost with it", until(lambda: "lost" not in sessions()), sessions())
say("score", score("angry", 9000, 0.9))
first, _ = Reader(serve).until("call", lambda x: x["Session"] == "lost" or x["Mood"] and x["Mood"]["EndOffsetMillis"] == 9000)
check("and is news to nobody", first["Session"] == "angry", first)

# the page's words: each that it has in itself, in every language
PAGES = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "host-tools", "serve"))
needed = set()
for name, least in (("floor_page", 40), ("login_page", 6)):
    with open(os.path.join(PAGES, name + ".html"), encoding="utf-8") as f:
        markup = f.read()
    with open(os.path.join(PAGES, name + ".js"), encoding="utf-8") as f:
        script = f.read()
    own = set(re.findall(r'data-word="([^"]+)"', markup))
    for call in re.findall(r"\bword\(((?:[^()\"]|\"[^\"]*\"|\([^()]*\))*)\)", script):
        own |= set(re.findall(r'"([^"]*[a-z][^"]*)"', re.sub(r'=== "[^"]*"', "", re.split(r', \{ |\? \{ ', call)[0])))
    check(f"words are found in {name}", len(own) > least, own)
    bare = [x.strip() for x in re.findall(r">([^<>]*[A-Za-z]{2}[^<>]*)<", re.sub(r"<title>.*?</title>|<!--.*?-->|<([a-z0-9]+)[^>]*data-word[^>]*>[^<]*", "<>", markup))]
    check(f"{name} says nothing without them", not bare, bare)
    needed |= own
answer = json.loads(serve.ask("/v1/words")[2])
check("its own are English", answer["Language"] == "en" and not needed - set(answer["Words"])
      and all(answer["Words"][x] == x for x in needed - {"frustration"}), needed - set(answer["Words"]))
abroad = Page("abroad", [a])
abroad.words += ["--page", "0"]
abroad.env = {**ENV, "UNDERTONE_DISPLAY_LANGUAGE": "fr"}
abroad.start()
answer = json.loads(abroad.ask("/v1/words")[2])
same = {x for x in needed if answer["Words"].get(x, x) == x}
check("and French where it is asked for", answer["Language"] == "fr" and same <= {"Frustration", "frustration"}, same)
check("to whoever is to log in too", json.loads(abroad.ask("/login_words.json", Authorization=None)[2]) == answer
      and serve.ask("/login_words.json", Authorization=None, Host="evil.example")[0] == 421)
abroad.end()

# in a browser
if os.path.exists("/usr/bin/chromium") and os.path.exists("/usr/bin/chromedriver"):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    options = webdriver.ChromeOptions()
    options.page_load_strategy = "eager"  # a page with a stream is never idle
    options.binary_location = "/usr/bin/chromium"
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
                 "--window-size=1100,900", f"--user-data-dir={path('profile')}"):
        options.add_argument(word)
    os.environ["HOME"] = path("")
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        browser.get(serve.url)

        def seen(selector):
            return browser.execute_script("return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)", selector)

        check("the token leaves the address", until(lambda: browser.current_url.endswith("/")) and "token" not in browser.current_url)
        check("calls in their order", until(lambda: seen("#live tbody a") == ["call-quiet", "call-angry"]), seen("#live tbody a"))
        check("what is from a desk is text", TITLE in seen("#live tbody strong") and browser.title == "Undertone: floor", seen("#live strong"))
        check("how long by the call's own time", until(lambda: seen("#live tbody td:nth-child(3)")[1:] == ["0:09"]),
              seen("#live tbody td:nth-child(3)"))
        check("what has ended", seen("#past tbody a") == ["call-over"] and not browser.find_element(By.ID, "none-past").is_displayed(), seen("#past tbody a"))
        heads = " ".join(seen("th"))
        check("no column of agents, nothing to sort by", not re.search(r"agent|desk|rank", heads, re.I)
              and not browser.find_elements(By.CSS_SELECTOR, "th button, th a, select, [aria-sort]"), heads)
        browser.find_elements(By.CSS_SELECTOR, "#live tbody a")[1].click()
        check("a call's page", until(lambda: "Customer sounds frustrated" in " ".join(seen("#events li"))), seen("#events li"))
        check("what closes has the time at which it did", seen("#events time")[-1] == "0:07", seen("#events time"))
        check("its curve, with a gap where nobody spoke", until(lambda: len(browser.find_elements(By.CSS_SELECTOR, "#curve polyline")) == 2))
        say("cue", event("angry", 5, Title="Help may be wanted", NotifyOffsetMillis=9000))
        check("grows while one looks", until(lambda: "Help may be wanted" in " ".join(seen("#events li"))), seen("#events li"))
        browser.find_element(By.ID, "by").send_keys("Kim")
        browser.find_element(By.ID, "action").send_keys("taking over")
        browser.find_element(By.CSS_SELECTOR, "#act button[value=action]").click()
        check("the flag is acted on", until(lambda: "taking over" in " ".join(seen("#why-done"))), seen("#why-done"))
        check("and it is on record", serve.rows("SELECT acked_by, action FROM flag WHERE session = 'angry'") == [("Kim", "taking over")])
        browser.find_element(By.LINK_TEXT, "All calls").click()
        say("call", event("quiet", 3, "session.completed", Trajectory={"Begin": 0.2, "Peak": 0.9, "End": 0.6, "AboveMillis": 4250, "RecoveryMillis": None,
                                                                        "Change": "worse"}).replace("2026-01-02", "2999-01-02"))
        check("a call that ends moves", until(lambda: "call-quiet" in seen("#past tbody a") and seen("#live tbody a") == ["call-angry"]),
              (seen("#live tbody a"), seen("#past tbody a")))
        if os.environ.get("KEEP"):
            browser.save_screenshot(os.path.join(os.environ["KEEP"], "floor.png"))

        browser.find_element(By.LINK_TEXT, "call-quiet").click()
        check("its page says how it went", until(lambda: seen("#course") == ["Frustration at begin / peak / end: 0.20 / 0.90 / 0.60 \u00b7 Above the threshold: 4 s"]),
              seen("#course"))
        browser.find_element(By.LINK_TEXT, "All calls").click()

        # out, and in again by a token that is typed, with the keyboard alone
        from selenium.webdriver.common.keys import Keys
        browser.find_element(By.ID, "logout").send_keys(Keys.ENTER)
        check("logged out one is asked for a token", until(lambda: seen("#login-title") == ["Log in"], 60), browser.title)
        check("and can type at once", until(lambda: browser.switch_to.active_element.get_attribute("id") == "token", 60))
        browser.switch_to.active_element.send_keys("0" * 64 + Keys.ENTER)
        check("a wrong one is said, and the field is empty", until(lambda: "not known" in " ".join(seen("#said")), 60)
              and browser.find_element(By.ID, "token").get_attribute("value") == "" and browser.current_url.endswith("/"), seen("#said"))
        for theme in ("light", "dark"):
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
            ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
            check(f"it is {theme}", (sum(map(int, re.findall(r"\d+", ground))) > 384) == (theme == "light"), ground)
            if os.environ.get("KEEP"):
                browser.save_screenshot(os.path.join(os.environ["KEEP"], f"login-{theme}.png"))
        browser.switch_to.active_element.send_keys(serve.token + Keys.ENTER)
        check("the right one leads to the page", until(lambda: seen("#live tbody a") == ["call-angry"], 60), seen("#live tbody a"))
        check("the token is in no address, no storage and no script's reach", serve.token not in browser.execute_script(
            "return location.href + document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"))
        serve.end()
        check("a floor that is gone is said", until(lambda: "no answer since" in " ".join(seen("#link"))), seen("#link"))
    finally:
        browser.quit()
        shutil.rmtree(path("profile"), ignore_errors=True)

# where it may be
for what, page, says in (("everywhere", "0.0.0.0:0", "unencrypted"), ("an address of others", "192.0.2.1:8080", "proxy"),
                         ("a name", "floor.example:1", "unencrypted"), ("no port", "here", "PORT"), ("a port too high", "65536", "PORT")):
    check.refused(f"page: {what}", tool("serve", "--store", path("x.db"), "--page", page, "--config", ini("x.ini", [a], "x")), 2, says)
desk.close()
check.finish()
