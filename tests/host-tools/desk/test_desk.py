#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The desk's HTTP: who may ask, what each path gives, news that can be taken up again; and, where a browser with its driver
is installed, the page as an agent has it before him."""
import http.client
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import time

from desk_program import Desk
from tool import Checks, ENV, UNDERTONE, path, tool, write

check = Checks()
HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.normpath(os.path.join(HERE, "..", "..", "..", "host-tools", "desk"))


def stream(desk, last=None, until=None, seconds=10):
    """What /events sends until a text has come."""
    connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=seconds)
    connection.request("GET", "/events", headers={"Authorization": "Bearer " + desk.token, **({"Last-Event-ID": last} if last else {})})
    answer = connection.getresponse()
    text = ""
    stop = time.monotonic() + seconds
    while time.monotonic() < stop and (until is None or until not in text):
        line = answer.readline().decode()
        if not line:
            break
        text += line
    answer.close()
    connection.close()
    return answer, text


with Desk("--store", path("calls.db"), seconds=900) as desk:
    desk.wait(lambda: desk.state()["State"] == "live")
    own = f"127.0.0.1:{desk.port}"
    check("the address is its owner's only", stat.S_IMODE(os.stat(desk.file).st_mode) == 0o600)

    # who may ask
    for where in ("/", "/v1/state", "/v1/events?after=0", "/events", "/page.js", "/v1/words"):
        check(f"{where} without the token", desk.ask("GET", where, Authorization=None)[0] == 401)
        check(f"{where} with a wrong one", desk.ask("GET", where, Authorization="Bearer " + "0" * 64)[0] == 401)
        check(f"{where} of another host", desk.ask("GET", where, Host=f"evil.example:{desk.port}")[0] == 421)
        check(f"{where} from another's page", desk.ask("GET", where, Origin="http://evil.example")[0] == 403)
    check("its own page may", desk.ask("POST", "/v1/display/mute", {"On": False}, Origin="http://" + own)[0] == 200)
    for origin in ("null", "http://evil.example", f"https://{own}", f"http://127.0.0.1:{desk.port + 1}"):
        check(f"nothing is done for {origin}", desk.ask("POST", "/v1/display/mute", {"On": True}, Origin=origin)[0] == 403)
    check("nothing was", desk.state()["Muted"] is False)
    check("a wrong address lets nobody in", desk.ask("GET", "/?token=" + "0" * 64, Authorization=None)[0] == 401)
    check("nor the right one of another host", desk.ask("GET", "/?token=" + desk.token, Authorization=None, Host="x")[0] == 421)
    status, headers, _ = desk.ask("GET", "/?token=" + desk.token, Authorization=None)
    cookie = headers["Set-Cookie"] or ""
    check("the right one does", status == 200 and "HttpOnly" in cookie and "SameSite=Strict" in cookie and desk.token not in cookie, cookie)
    pair = cookie.split(";")[0]
    check("the cookie is enough from then on", desk.ask("GET", "/v1/state", Authorization=None, Cookie=pair)[0] == 200)
    check("cut short it is not", desk.ask("GET", "/v1/state", Authorization=None, Cookie=pair[:-1])[0] == 401)

    # what each path gives
    status, headers, html = desk.ask("GET", "/")
    policy = headers["Content-Security-Policy"]
    check("the page", status == 200 and headers["Content-Type"].startswith("text/html") and "<!doctype html>" in html)
    check("lets nothing in from elsewhere, and nothing inline", "default-src 'none'" in policy and "unsafe" not in policy, policy)
    check("and has nothing inline", "<script>" not in html and " style=" not in html and not re.search(r"\son\w+=", html))
    script = desk.ask("GET", "/page.js")[2]
    check("what comes from outside is text", not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script))
    check("nothing is about the agent's mood", not re.search(r"agent\w*(mood|score|feel|emotion|frustration)", script + html, re.I))
    words = json.loads(desk.ask("GET", "/v1/words")[2])
    needed = set(re.findall(r'data-word="([^"]+)"', html)) | set(re.findall(r'word\("([^"]+)"\)', script))
    check("every word of the page has a translation", needed <= set(words), needed - set(words))
    for where, kind in (("/page.css", "text/css"), ("/page.js", "text/javascript"), ("/v1/words", "application/json")):
        status, headers, _ = desk.ask("GET", where)
        check(f"{where}", status == 200 and headers["Content-Type"].startswith(kind) and headers["X-Content-Type-Options"] == "nosniff")
    check("alive, for anybody on this machine", desk.ask("GET", "/healthz", Authorization=None)[0] == 200)
    check("ready", desk.ask("GET", "/readyz", Authorization=None)[0] == 200)
    status, _, text = desk.ask("GET", "/metrics", Authorization=None)
    check("counts, and no call", status == 200 and "undertone_calls_live 1\n" in text and "undertone_sse_readers 0\n" in text
          and desk.state()["Session"] not in text, text[-300:])
    check("but by no other name", desk.ask("GET", "/metrics", Authorization=None, Host="evil.example")[0] == 421)
    check("no other path", desk.ask("GET", "/v1/other")[0] == 404 and desk.ask("DELETE", "/v1/calls/current/end")[0] == 405)
    check("a body that is too long", desk.ask("PUT", "/v1/calls/x", b"{" + b" " * 8192)[0] == 413)
    check("a body that is none", desk.ask("POST", "/v1/calls/current/hold", "{")[0] == 400)
    check("a form", desk.ask("POST", "/v1/calls/current/hold", "On=true", Content_Type="application/x-www-form-urlencoded")[0] == 415)
    check("no such call", desk.ask("POST", "/v1/calls/other/end")[0] == 404)
    check("a customer's key without a site key", desk.ask("PUT", "/v1/calls/x", {"CustomerKey": "Jane"})[0] == 409)

    # news
    state = desk.state()
    answer, text = stream(desk, until="event: state")
    check("a stream begins with the state", answer.status == 200 and answer.headers["Content-Type"] == "text/event-stream"
          and text.startswith("retry: "), text[:200])
    answer, text = stream(desk, last=f"{state['Epoch']}-0", until=f"id: {state['Epoch']}-{state['N']}\n")
    ids = [int(x) for x in re.findall(r"^id: \w+-(\d+)$", text, re.M)]
    check("who comes again gets every event", ids[:state["N"]] == list(range(1, state["N"] + 1)), ids)
    check("another start's id: begin anew", "event: reset" in stream(desk, last="0000000000000000-1", until="event: reset")[1])
    listed = json.loads(desk.ask("GET", "/v1/events?after=0")[2])
    check("the same as a list", [x["Id"] for x in listed["Events"]] == [f"{state['Epoch']}-{n}" for n in range(1, listed["N"] + 1)]
          and listed["Events"][0]["Event"]["type"] == "undertone.session.started.v1" and not listed["Reset"], listed["Events"][:1])
    check("behind the newest there is nothing", json.loads(desk.ask("GET", f"/v1/events?after={listed['N']}")[2])["Events"] == []
          or desk.state()["N"] > listed["N"])
    check("after what?", desk.ask("GET", "/v1/events")[0] == 400 and desk.ask("GET", "/v1/events?after=x")[0] == 400)
    follower = socket.create_connection(("127.0.0.1", desk.port))
    follower.sendall(f"GET /events HTTP/1.1\r\nHost: {own}\r\nAuthorization: Bearer {desk.token}\r\n\r\n".encode())
    check("a reader is counted", desk.wait(lambda: "undertone_sse_readers 1\n" in desk.ask("GET", "/metrics")[2]))
    began, t = time.monotonic(), desk.state()["TimeMillis"]
    check("one that reads nothing holds nothing up", desk.wait(lambda: desk.state()["TimeMillis"] > t + 20000), time.monotonic() - began)
    follower.close()
    desk.ask("POST", "/v1/calls/current/disclosure")
    check("a disclosure by HTTP", desk.wait(lambda: desk.said("session.disclosed")) and desk.said("session.disclosed")[-1]["data"]["By"] == "http" and desk.state()["Undisclosed"] is False)
    desk.ask("PUT", "/v1/calls/x", {"Handover": {"Kind": "transfer", "Trajectory": [{"OffsetMillis": 1, "Frustration": 0.9}]}})
    check("a handover is there", desk.state()["Handover"]["Kind"] == "transfer")
    check("the customer does not want it", desk.ask("POST", "/v1/calls/current/refusal", {"Kind": "refused"})[0] == 200)
    kept = [x["Event"]["type"] for x in json.loads(desk.ask("GET", "/v1/events?after=0")[2])["Events"]]
    check("nothing from before is given out any more", kept[0] == "undertone.session.refused.v1" and desk.state()["Handover"] is None, kept)
    port = desk.port
    check.refused("a port in use", tool("live", "--tcp", "localhost:1", "--page", str(port), env={"UNDERTONE_PAGE_FILE": path("x.page")}), 3,
                  f"127.0.0.1:{port}")
    check("live ends in order", desk.stop() == 0)

# the same call with and without a page
headsets = []
for words, name in ((["--page"], "with"), ([], "without")):
    from headset import __file__ as HEADSET
    headset = subprocess.Popen([HEADSET, "--seconds", "60"], stdout=subprocess.PIPE, text=True)
    done = subprocess.run([UNDERTONE, "live", "--tcp", "localhost:" + headset.stdout.readline().strip(), "--json", "--disclosed", "--session", "s",
                           "--contact-id", "c", *words], env={**ENV, "UNDERTONE_PAGE_FILE": path("y.page")}, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False)
    headset.kill()
    headset.communicate()
    headsets.append([{**json.loads(x), "time": ""} for x in done.stdout.splitlines()])
check("a page changes no event", headsets[0] == headsets[1] and len(headsets[0]) > 50)


def browser():
    """A headless Chromium; None where there is none with its driver."""
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        return None
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver:
        return None
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    options.page_load_strategy = "eager"  # a page that follows news never idles
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=760,1000"):
        options.add_argument(word)
    return webdriver.Chrome(options=options, service=Service(driver))


def look_small(desk, page):
    """The small window that stays on top: the browser's own (Document Picture-in-Picture), which a click or a key opens."""
    own = page.current_window_handle
    shown = lambda name: page.find_element("id", name).is_displayed()
    ground = lambda: sum(map(int, re.findall(r"\d+", page.execute_script("return getComputedStyle(document.body).backgroundColor"))))
    others = lambda: [x for x in page.window_handles if x != own]
    for way in (lambda: page.find_element("id", "pip").click(), lambda: page.find_element("tag name", "body").send_keys("p")):
        way()
        check("a small window opens", desk.wait(lambda: len(others()) == 1) and page.execute_script("return documentPictureInPicture.window !== null"))
        check("the cue is there and not here", not page.find_elements("id", "cue") and shown("facts"))
        page.switch_to.window(others()[0])
        check("with the cue, the gauge, and who it is", desk.wait(lambda: shown("dismiss")) and shown("gauges") and "live-" in page.find_element("id", "who").text
              and page.title == "Undertone: der Arbeitsplatz" and page.execute_script("return document.documentElement.lang") == "de", page.title)
        page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 400, "height": 440, "deviceScaleFactor": 1, "mobile": False})
        for theme in ("light", "dark"):
            page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
            check(f"{theme}", desk.wait(lambda: (ground() > 384) == (theme == "light")), ground())
            check(f"{theme}: all of it is to be seen", page.execute_script("const e = document.scrollingElement; return e.scrollWidth <= innerWidth && "
                  "document.getElementById('dismiss').getBoundingClientRect().bottom < innerHeight"))
            if os.environ.get("KEEP"):
                page.save_screenshot(os.path.join(os.environ["KEEP"], f"small-{theme}.png"))
        page.find_element("tag name", "body").send_keys("p")
        check("p closes it", desk.wait(lambda: not others()))
        page.switch_to.window(own)
        check("and all is where it was", desk.wait(lambda: shown("dismiss")) and page.execute_script(
            "return document.getElementById('small').nextElementSibling.id") == "facts" and not shown("who"))
    page.find_element("tag name", "body").send_keys("p")
    desk.wait(others)
    page.switch_to.window(others()[0])
    said = len(desk.said("cue.outcome"))
    desk.wait(lambda: shown("helped"))
    page.find_element("tag name", "body").send_keys("2")
    check("its keys work", desk.wait(lambda: len(desk.said("cue.outcome")) == said + 1) and desk.said("cue.outcome")[-1]["data"]["Outcome"] == "did_not_help"
          and desk.wait(lambda: shown("thanks") and not shown("helped")))
    page.find_element("id", "dismiss").click()
    check("its buttons too", desk.wait(lambda: page.find_element("id", "cue-title").text == "Kein Hinweis"), page.find_element("id", "cue-title").text)
    page.close()
    page.switch_to.window(own)
    check("closed from outside all is where it was", desk.wait(lambda: shown("cue")))


def look(desk, page):
    """The page through a call."""
    text = lambda name: page.find_element("id", name).text
    shown = lambda name: page.find_element("id", name).is_displayed()
    press = lambda key: page.find_element("tag name", "body").send_keys(key)
    page.get(desk.url)
    check("the page comes up", desk.wait(lambda: page.title == "Undertone: der Arbeitsplatz"), page.title)
    check("without the token in its address", page.current_url == f"http://127.0.0.1:{desk.port}/", page.current_url)
    check("no score before the disclosure", desk.wait(lambda: text("age") == "erst nach der Ansage") and not shown("gauges"), text("age"))
    press("a")
    check("key a discloses", desk.wait(lambda: shown("gauges") and not shown("disclose")))
    check("a cue comes with its reason", desk.wait(lambda: shown("dismiss")) and text("cue-title") == "Kunde klingt verärgert"
          and "Warum: " in text("cue-why"), text("cue"))
    check("one at a time", len(page.find_elements("css selector", "#cue h2")) == 1)
    page.find_element("id", "did_not_help").click()
    check("its outcome is sent", desk.wait(lambda: desk.said("cue.outcome")) and shown("thanks") and not shown("helped"))
    press("d")
    check("key d sends it away", desk.wait(lambda: text("cue-title") == "Kein Hinweis"), text("cue-title"))
    check("another cue comes", desk.wait(lambda: shown("dismiss") and shown("helped"), 60), text("cue-title"))
    look_small(desk, page)
    press("m")
    check("key m mutes", desk.wait(lambda: desk.state()["Muted"]) and desk.wait(lambda: text("cue-title") == "Hinweise sind stumm"))
    write("handed.json", json.dumps({"Kind": "escalation", "To": "<b>x</b>", "OffsetMillis": 1000, "Tried": [None, 3], "Trajectory": [None],
                                     "OpenCues": [None, {"Title": "<i>t</i>",
                                                                                                             "Reason": "r"}]}))
    desk.call("start", "<img src=x>", "--handover", path("handed.json"))
    check("what comes from outside is text on it", desk.wait(lambda: text("contact") == "<img src=x>") and "<b>x</b>" in text("handover-head")
          and text("handover-open") == "<i>t</i>: r" and not page.find_elements("tag name", "img"), text("handover"))
    check("with a heading over what there is, and no curve of nothing", shown("open-head") and not shown("trajectory") and not shown("tried-head"))
    desk.call("hold")
    check("a hold is shown", desk.wait(lambda: re.fullmatch(r"00:0\d:\d\d", text("hold"))), text("hold"))
    desk.call("unhold")
    desk.call("escalate", "Kim")
    handed = desk.said("handover")[-1]["data"]
    check("there is something to hand over", handed["Trajectory"] and handed["Tried"] and handed["Holds"]["Count"] >= 1, handed)
    write("handed.json", json.dumps(handed))
    desk.call("start", "<img src=x>", "--handover", path("handed.json"))
    check("whom it comes from, and the holds", desk.wait(lambda: "Kim" in text("handover-head")) and f"{handed['Holds']['Count']}x" in text("handover-head"), text("handover-head"))
    check("the open cues with their reasons", text("handover-open").split("\n") == [f"{x['Title']}: {x['Reason']}" for x in handed["OpenCues"]] if handed["OpenCues"]
          else text("handover-open") == "", (text("handover-open"), handed["OpenCues"]))
    tried = text("handover-tried").split("\n")
    check("what was tried, and what became of it", len(tried) == len(handed["Tried"]) and all(x.startswith(y["Title"]) for x, y in zip(tried, handed["Tried"]))
          and sum(": half nicht" in x for x in tried) == sum(x.get("Outcome") == "did_not_help" for x in handed["Tried"]) > 0, (tried, handed["Tried"]))
    check("and how it went", len(page.find_element("id", "curve").get_attribute("points").split()) == len(handed["Trajectory"]) and shown("trajectory"))
    page.find_element("id", "refuse").click()
    check("the customer's no is one click", desk.wait(lambda: text("age") == "keine: der Kunde möchte es nicht", 8) and not shown("gauges"), (text("age"), text("link"), desk.state()))
    desk.stop()
    check("a program that is gone is said", desk.wait(lambda: "antwortet nicht" in text("link"), 15), text("link"))
    faults = [x["message"] for x in page.get_log("browser") if "ERR_" not in x["message"]]
    check("the browser has nothing to complain about", faults == [], faults)


page = browser()
if page is None:
    print("test_desk: no chromium with its driver and python3-selenium here: the page is judged by its files and by HTTP alone")
else:
    try:
        with Desk(seconds=600, speed=10, env={"UNDERTONE_DISPLAY_LANGUAGE": "de"}, name="page") as desk:
            look(desk, page)
    finally:
        page.quit()
check.finish()
