#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every page as people with other eyes and hands have it: no violation by axe-core in light and dark, all of it by keyboard with
the focus to be seen, nothing lost at 200 %, nothing that moves where less motion is asked for.

Needs AXE, the file axe.min.js (tests/pages/axe.py), and DOCS, the pages of the first hour (`make docs`), where they are made. With
MEASURED=FILE.md it writes what was found there.
"""
import json
import os
import shutil
import subprocess

from desk_program import Desk
from floor import Broker, Client, Serve, event, until
from labelling_program import Labelling
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from tool import ENV, UNDERTONE, Checks, path, speech, wav, write

check = Checks()
with open(os.environ["AXE"], encoding="utf-8") as axe_file:
    AXE = axe_file.read()
WIDE, HIGH = 1280, 900
rows = []


def open_browser():
    os.environ["HOME"] = path("")
    options = webdriver.ChromeOptions()
    options.page_load_strategy = "eager"  # a page with a stream is never idle
    options.binary_location = "/usr/bin/chromium"
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
                 f"--window-size={WIDE},{HIGH}", f"--user-data-dir={path('profile')}"):
        options.add_argument(word)
    for tries in range(3):  # a busy machine may take longer to start it than the driver waits
        try:
            return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        except WebDriverException:
            shutil.rmtree(path("profile"), ignore_errors=True)
            if tries == 2:
                raise
    return None


def media(browser, **features):
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]})


def violations(browser):
    """[(rule, impact, elements)] of axe-core's rules of WCAG 2.2 A and AA and of good practice; how many rules passed."""
    browser.execute_script(AXE)
    found = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(r => done("
        "{bad: r.violations.map(v => [v.id, v.impact, v.nodes.map(n => n.target.join(' ') + ': ' + n.failureSummary)]),"
        " good: r.passes.length}), e => done({bad: [['axe', 'error', [String(e)]]], good: 0}))")
    return found["bad"], found["good"]


REACHABLE = """return [...document.querySelectorAll('a[href], button, input, select, textarea, audio[controls], [tabindex="0"]')].filter(
    e => !e.disabled && e.checkVisibility({visibilityProperty: true})).length"""
FOCUSED = """const e = document.activeElement; if (!e || e === document.body) return null;
    const s = getComputedStyle(e); window.seen = window.seen || new Set(); window.seen.add(e);
    return {name: e.id || e.textContent.trim().slice(0, 30), ring: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none',
            shown: e.checkVisibility({visibilityProperty: true})}"""


def by_keyboard(browser, name):
    """Tab goes to everything that can be worked, and shows where it is."""
    browser.execute_script("window.seen = new Set(); document.activeElement && document.activeElement.blur(); window.scrollTo(0, 0)")
    wanted, ringless = browser.execute_script(REACHABLE), []
    for _ in range(wanted + 5):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        at = browser.execute_script(FOCUSED)
        if at and not at["ring"]:
            ringless.append(at["name"])
    reached = browser.execute_script("return window.seen.size")
    check(f"{name}: Tab reaches all {wanted} that can be worked", reached >= wanted, reached)
    check(f"{name}: the focus is to be seen", not ringless, ringless)
    return wanted


def enlarged(browser, name):
    """At 200 % the page has half the room: nothing goes over its side."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": WIDE // 2, "height": HIGH // 2, "deviceScaleFactor": 2, "mobile": False})
    until(lambda: browser.execute_script("return innerWidth") == WIDE // 2)
    room = browser.execute_script("return [document.scrollingElement.scrollWidth, innerWidth]")
    check(f"{name}: nothing over the side at 200 %", room[0] <= room[1], room)
    if os.environ.get("KEEP"):
        browser.save_screenshot(os.path.join(os.environ["KEEP"], name.replace(" ", "-").replace("'", "") + "-200.png"))
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def still(browser, name):
    """Whether anything moves by itself, or would, where less motion is asked for."""
    media(browser, prefers_reduced_motion="reduce")
    moving = browser.execute_script(
        "return document.getAnimations().length + [...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e);"
        " return s.animationName !== 'none' && parseFloat(s.animationDuration) > 0 || parseFloat(s.transitionDuration) > 0.01 ||"
        " s.scrollBehavior === 'smooth'; }).length")
    check(f"{name}: nothing moves where less motion is asked for", moving == 0, moving)


def judge_looks(browser, name):
    for scheme in ("light", "dark"):
        media(browser, prefers_color_scheme=scheme)
        bad, passed = violations(browser)
        check(f"{name}, {scheme}: no violation", not bad, json.dumps(bad)[:1200])
        check(f"{name}, {scheme}: the judge has judged", passed > 10, passed)
        if os.environ.get("KEEP"):
            browser.save_screenshot(os.path.join(os.environ["KEEP"], f"{name}-{scheme}.png".replace(" ", "-").replace("'", "")))
        rows.append(f"| {name}, {scheme} | {len(bad)} | {passed} |")
    media(browser)


def judge(browser, name):
    judge_looks(browser, name)
    reached = by_keyboard(browser, name)
    enlarged(browser, name)
    still(browser, name)
    rows[-2:] = [row + (f" {reached} |" if i == 0 else " |") for i, row in enumerate(rows[-2:])]


def desk_pages(browser, language):
    with Desk("--disclosed", seconds=600, speed=10, env={"UNDERTONE_DISPLAY_LANGUAGE": language}, name="desk-" + language) as desk:
        browser.get(desk.url)
        check("the desk's page comes up", desk.wait(lambda: browser.find_element("id", "dismiss").is_displayed(), 60))
        check(f"it says its language, {language}", browser.execute_script("return document.documentElement.lang") == language)
        judge(browser, f"the agent's page with a cue, {language}")
        page = browser.current_window_handle
        browser.find_element("id", "pip").click()
        check("the small window comes up", desk.wait(lambda: len(browser.window_handles) == 2, 60))
        browser.switch_to.window([x for x in browser.window_handles if x != page][0])
        judge(browser, f"the small window, {language}")
        browser.close()
        browser.switch_to.window(page)
        if language == "en":
            write("handed.json", json.dumps({"Kind": "escalation", "To": "Kim", "OffsetMillis": 1000, "Tried": [], "Trajectory": [],
                                             "OpenCues": [{"Title": "Help may be wanted", "Reason": "frustration"}]}))
            desk.call("start", "next", "--handover", path("handed.json"))
            check("what was handed over is there", desk.wait(lambda: browser.find_element("id", "handover").is_displayed(), 60))
            judge(browser, "the agent's page after a handover")


def floor_pages(browser, language):
    broker = Broker("pages-" + language).start()
    serve = Serve("floor-" + language, [broker])
    serve.env = {**ENV, "UNDERTONE_DISPLAY_LANGUAGE": language}
    serve.words += ["--page", "0"]
    serve.start()
    desk = Client(broker, "desk")
    say = lambda kind, payload: desk.say(f"undertone/v1/s/desk-1/{kind}", payload)
    until(lambda: "token=" in serve.said(), 60)
    for session in ("quiet", "angry"):
        say("call", event(session, 1, "session.started", ContactId="call-" + session))
    browser.get([x for x in serve.said().splitlines() if "token=" in x][-1])
    check("the floor's page comes up", until(lambda: len(browser.find_elements("css selector", "#live tbody tr")) == 2, 60))
    check("and says that none has ended", browser.find_element("id", "none-past").is_displayed())
    for t in range(1, 9):
        value = {"Frustration": t / 10, "Delight": 0.1, "Confidence": 0.8}
        say("score", event("angry", None, "score", EndOffsetMillis=1000 * t, Score=value, ScoreFast=value, Abstain="none", Slope=0.2, Agent={"TalkShare": 0.4}))
    say("cue", event("angry", 2, Title="Customer sounds frustrated", Text="Acknowledge it before going on.", Rule="frustration >= 0.65",
                     Explanation=[{"Feature": "frustration", "Value": 0.8, "Unit": "score", "Baseline": None, "Contribution": 1}]))
    say("flag", event("angry", 3, "flag.raised", Title="Help may be wanted", Text="Offer to bring in a colleague.", Rule="frustration >= 0.75",
                      State="RAISED", Severity="high", Explanation=[]))
    check("a flag is up", until(lambda: browser.find_elements("css selector", "#live tr.raised"), 60))
    check(f"the floor says its language, {language}", browser.execute_script("return document.documentElement.lang") == language)
    judge(browser, f"the supervisor's page, {language}")
    say("ask", json.dumps({"Id": "q1", "Session": "angry", "Action": "refund", "Text": "May we offer a refund?", "Default": "no", "RemainingMillis": 10000}))
    check("a question", until(lambda: browser.find_element("id", "questions").is_displayed(), 60))
    judge_looks(browser, f"a question on the supervisor's page, {language}")
    rows[-2:] = [row + " |" for row in rows[-2:]]
    say("ask", json.dumps({"Id": "q2", "Session": "angry", "Action": "refund", "Text": "May we call back?", "Default": "no", "RemainingMillis": 10000}))
    check("another", until(lambda: "call back" in browser.find_element("id", "questions").text, 60))
    browser.find_element("id", "by").send_keys("Kim")
    browser.execute_script("[...document.querySelectorAll('#questions li')].find(e => e.innerText.includes('call back')).querySelector('a').focus()")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    check("it is answered by keyboard alone", until(lambda: "Kim" in browser.find_element("id", "questions").text, 9))
    say("ask", json.dumps({"Id": "q3", "Session": "angry", "Action": "refund", "Text": "May we waive the fee?", "Default": "no", "RemainingMillis": 10000}))
    check("it is said aloud, once, and no countdown is", until(lambda: browser.find_element("id", "questions-aloud").text == "May we waive the fee?", 60)
          and not browser.find_elements("css selector", "#questions [aria-live]:not([aria-live=off]), [aria-live] #questions"))
    browser.find_element("xpath", "//li[contains(., 'waive')]/a").send_keys(Keys.ENTER)
    check("its link leads to the call, and it can be answered there", until(lambda: browser.find_element("id", "call").is_displayed(), 9)
          and browser.find_element("id", "questions").is_displayed())
    browser.refresh()
    check("a name is remembered", until(lambda: browser.find_element("id", "by").get_attribute("value") == "Kim", 60))
    browser.find_element("link text", browser.find_element("css selector", "#call a").text).send_keys(Keys.ENTER)
    link = browser.find_element("css selector", "#live tr.raised a")
    link.send_keys(Keys.ENTER)
    check("Enter opens a call", until(lambda: browser.find_elements("css selector", "#events li"), 60))
    until(lambda: not browser.find_element("id", "questions").is_displayed(), 15)  # what goes meanwhile Tab cannot reach
    judge(browser, f"a call on the supervisor's page, {language}")
    browser.find_element("id", "action").send_keys("joins" + Keys.ENTER)
    check("a flag is acknowledged by keyboard alone", until(lambda: "Kim" in browser.find_element("id", "why-done").text, 60))
    browser.find_element("id", "logout").send_keys(Keys.ENTER)
    check("Enter logs out", until(lambda: browser.find_elements("id", "login"), 60))
    judge(browser, "the login")
    desk.close()
    serve.end()
    broker.end()


def report_pages(browser):
    customer, agent = speech()
    wav("call.wav", [agent, customer])
    for language in ("en", "de"):
        report = path(f"report-{language}.html")
        subprocess.run([UNDERTONE, "replay", path("call.wav"), "--report", report], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env={**ENV, "UNDERTONE_DISPLAY_LANGUAGE": language})
        browser.get("file://" + report)
        check("the report comes up", until(lambda: browser.find_elements("css selector", "#facts dt"), 60))
        judge(browser, f"a call's report, {language}")


def label_pages(browser, language):
    """From the name to the last answer, by keys; the sound that is played is the stretch's."""
    folder = path("to-label-" + language)
    os.makedirs(folder)
    customer, agent = speech()
    wav(os.path.join(folder, "call.wav"), [agent, customer])
    with Labelling(folder, "--stretch", "4", env={"UNDERTONE_DISPLAY_LANGUAGE": language, "XDG_CACHE_HOME": path("")}) as page:
        browser.get(page.url)
        check("the labellers' page asks who it is", until(lambda: browser.find_element("id", "labeller").is_displayed(), 60))
        check(f"in its language, {language}", browser.execute_script("return document.documentElement.lang") == language)
        judge(browser, f"the labellers' page asks for a name, {language}")
        browser.find_element("id", "labeller").send_keys("KM" + Keys.ENTER)
        check("then it has a stretch", until(lambda: browser.find_element("id", "task").is_displayed(), 60))
        check("whose sound can be played", until(lambda: browser.execute_script("return document.getElementById('sound').duration > 0.9"), 60))
        judge(browser, f"a stretch on the labellers' page, {language}")
        n = len(page.order("KM"))
        for i in range(n):
            check(f"{i} answers are kept", until(lambda done=i: sum(a is not None for _, a in page.order("KM")) == done
                                                 and browser.find_element("id", "progress").text.startswith(f"{done} "), 60))
            browser.find_element("tag name", "body").send_keys(str(i % 4 + 1))
        check("all answers are kept", until(lambda: browser.find_element("id", "end").is_displayed(), 60))
        check("as the keys said", [a for _, a in page.order("KM")] == [["frustration", "delight", "none", "unclear"][i % 4] for i in range(n)])
        browser.find_element("tag name", "body").send_keys("b1")
        check("back from the end, and another answer", until(lambda: page.order("KM")[-1][1] == "frustration" and browser.find_element("id", "end").is_displayed(), 60))
        check("nothing went wrong", browser.find_element("id", "fault").text == "")
        judge_looks(browser, f"the labellers' page at its end, {language}")
        rows[-2:] = [row + " |" for row in rows[-2:]]


def first_hour(browser, folder):
    names = sorted(name for name in os.listdir(folder) if name.endswith(".html"))
    check("there are pages of the first hour", len(names) == 7, names)
    for name in names:
        browser.get("file://" + os.path.join(os.path.abspath(folder), name))
        judge(browser, "first hour, " + name[:-5])


browser = open_browser()
try:
    agent = browser.capabilities
    report_pages(browser)
    for language in ("en", "de"):
        desk_pages(browser, language)
    for language in ("en", "de"):
        floor_pages(browser, language)
    for language in ("en", "de"):
        label_pages(browser, language)
    if os.environ.get("DOCS") and os.path.isdir(os.environ["DOCS"]):
        first_hour(browser, os.environ["DOCS"])
finally:
    browser.quit()
    shutil.rmtree(path("profile"), ignore_errors=True)
if os.environ.get("MEASURED"):
    with open(os.environ["MEASURED"], "w", encoding="utf-8") as f:
        f.write(f"# Pages for everyone\n\n`make test-pages MEASURED_PAGES={os.environ['MEASURED']}`: axe-core 4.14.1, all its rules, in Chromium "
                f"{agent['browserVersion']}. Each page besides: everything that can be worked is reached by Tab with the focus to be seen, nothing goes "
                "over the side at 200 %, nothing moves where less motion is asked for. No person with a screen reader has tried them.\n\n"
                "| page | violations | rules passed | reached by Tab |\n|---|---|---|---|\n" + "\n".join(rows) + "\n")
check.finish()
