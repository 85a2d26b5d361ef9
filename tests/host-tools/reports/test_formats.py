#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone replay --format` and `--report`, each read back by a reader that is not ours: Praat, xmllint, a browser.

A browser is no package of the check: without chromium its part is left out, and that is said.
"""
import array
import base64
import html
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import wave
import xml.etree.ElementTree as xml
import zlib

from tool import FOLDER, RATE, Checks, events, path, speech, tool, wav, write

HERE = os.path.dirname(os.path.abspath(__file__))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FORMATS = ("ndjson", "csv", "call", "labels", "textgrid", "emotionml", "webvtt", "rttm")
check = Checks()
customer, agent = speech()
silence = array.array("h", bytes(2 * 8 * RATE))
# 24 s of talk, so that there is something to score, then 8 s of silence, which opens a cue
call = wav("call.wav", [agent + agent + silence, customer + customer + silence])


def run(*words):
    """The output of another program; empty when it fails."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          check=False, env={**os.environ, "HOME": FOLDER.name})
    return done.stdout.decode() if done.returncode == 0 else ""


def read(name):
    with open(path(name), "rb") as f:
        return f.read()


def calm(err):
    """Nothing on standard error but remarks on cues that nobody saw."""
    return all(" not shown at " in x for x in err.splitlines())


made = {}
for form in FORMATS:
    code, made[form], err = tool("replay", "--format", form, call)
    check(f"{form} ends well", code == 0 and made[form] != "" and calm(err), err)
    code, out, err = tool("replay", "--format", form, "--out", path("out"), call)
    check(f"{form} goes to a file", code == 0 and out == "" and read("out").decode() == made[form], (code, err))
    os.remove(path("out"))
check("ndjson is --json", made["ndjson"] == tool("replay", "--json", call)[1])
check("csv is --csv", made["csv"] == tool("replay", "--csv", call)[1])
tool("replay", "--summary", path("sum.json"), call)
check("call is --summary", made["call"] == read("sum.json").decode())

seen = events(made["ndjson"])
data = [x["data"] for x in seen]
turns = [x for x in data if "Kind" in x]
ipus = {role: [(x["BeginOffsetMillis"], x["EndOffsetMillis"]) for x in turns
               if x["Kind"] == "ipu_ended" and x["ParticipantRole"] == role.upper()] for role in ("customer", "agent")}
opened = [x["data"] for x in seen if x["type"] == "undertone.cue.opened.v1"]
closed = {(x["data"]["Cue"], x["data"]["NotifyOffsetMillis"]): x["data"]["EndOffsetMillis"] for x in seen
          if x["type"] == "undertone.cue.closed.v1"}
cues = sorted(((x["NotifyOffsetMillis"], closed[x["Cue"], x["NotifyOffsetMillis"]], x["Cue"]) for x in opened),
              key=lambda cue: cue[0])  # those of one moment stay in the order in which they opened
check("the call has speech of both and cues", min(len(x) for x in ipus.values()) > 3 and cues, (ipus, cues))


def ms(seconds):
    return round(1000 * float(seconds))


# Audacity
labels = [x.split("\t") for x in made["labels"].splitlines()]
check("labels are three fields", all(len(x) == 3 for x in labels))
check("labels are in order", [float(x[0]) for x in labels] == sorted(float(x[0]) for x in labels))
check("labels have every turn", sorted((ms(b), ms(e), t) for b, e, t in labels if t.startswith("turn: ")) == sorted(
    (x["BeginOffsetMillis"], x["EndOffsetMillis"], "turn: " + x["ParticipantRole"].lower()) for x in turns
    if x["Kind"] == "turn_ended"))
check("and every cue", [(ms(b), ms(e), t.split(":")[0][4:]) for b, e, t in labels if t.startswith("cue ")] == cues)

# NIST
rttm = [x.split(" ") for x in made["rttm"].splitlines()]
check("time marks have ten fields", all(len(x) == 10 and x[0] == "SPEAKER" and x[1] == "call" for x in rttm))
for role, channel in (("customer", "2"), ("agent", "1")):
    check(f"time marks are the speech of the {role}", [(ms(x[3]), ms(x[3]) + ms(x[4])) for x in rttm if x[7] == role]
          == ipus[role] and all(x[2] == channel for x in rttm if x[7] == role))

# Praat
write("call.TextGrid", made["textgrid"])
script = write("list.praat", """form list
    sentence file
endform
Read from file: file$
tiers = Get number of tiers
for i to tiers
    name$ = Get tier name: i
    intervals = Get number of intervals: i
    for k to intervals
        label$ = Get label of interval: i, k
        begin = Get start time of interval: i, k
        stop = Get end time of interval: i, k
        appendInfoLine: name$, tab$, fixed$ (begin, 3), tab$, fixed$ (stop, 3), tab$, label$
    endfor
endfor
""")
listed = [x.rstrip("\n").split("\t") for x in run("praat", "--run", script, path("call.TextGrid")).splitlines()]
tiers = {}
for name, begin, end, label in (x for x in listed if len(x) == 4):
    tiers.setdefault(name, []).append((ms(begin), ms(end), label))
check("Praat opens the TextGrid", list(tiers) == ["customer", "agent", "turns", "cues"], listed[:3])
for name, spans in tiers.items():
    check(f"Praat's tier {name} has no gaps", spans[0][0] == 0 and spans[-1][1] == 32000
          and all(a[1] == b[0] for a, b in zip(spans, spans[1:])), spans)
for role, spans in ipus.items():
    check(f"Praat's tier {role} is the speech", [x[:2] for x in tiers.get(role, []) if x[2] == "speech"] == spans)
named = {x for _, _, label in tiers.get("cues", []) for x in label.split(" + ") if x}
check("Praat's cues are the cues", named == {x[2] for x in cues if x[1] > x[0]}, named)

# EmotionML
write("call.emotionml", made["emotionml"])
done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", os.path.join(HERE, "emotionml.xsd"),
                       path("call.emotionml")], stderr=subprocess.PIPE, check=False)
check("xmllint accepts the EmotionML", done.returncode == 0, done.stderr.decode())
broken = write("broken.emotionml", made["emotionml"].replace('value="0.', 'value="7.', 1))
done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", os.path.join(HERE, "emotionml.xsd"), broken],
                      stderr=subprocess.PIPE, check=False)
check("and refuses a value of 7", done.returncode not in (0, 127))
NAMESPACE = "{http://www.w3.org/2009/10/emotionml}"
emotions = {}
for emotion in xml.fromstring(made["emotionml"].encode()).iter(NAMESPACE + "emotion"):
    values = {x.get("name"): float(x.get("value")) for x in emotion.iter(NAMESPACE + "dimension")}
    emotions[int(emotion.get("offset-to-start")), int(emotion.get("duration"))] = values
scores = {(x["BeginOffsetMillis"], x["EndOffsetMillis"] - x["BeginOffsetMillis"]):
          {"frustration": x["Score"]["Frustration"], "delight": x["Score"]["Delight"]} for x in data if x.get("Score")}
check("emotions are the scored seconds", emotions.keys() == scores.keys() and len(scores) > 3, (emotions, scores))
check("with their scores", all(abs(emotions[k][n] - scores[k][n]) < 0.0011 for k in scores if k in emotions
                               for n in ("frustration", "delight")))
check("nothing of the agent", "agent" not in made["emotionml"].lower())

# names that are special somewhere, and one channel only
odd = 'a "b" <c> & d.wav'
shutil.copy(wav("mono.wav", [customer]), path(odd))
for form in FORMATS:
    code, out, err = tool("replay", "--format", form, "--customer", "1", "--agent", "none", path(odd))
    check(f"{form} of an odd name", code == 0 and out != "" and calm(err), err)
    if form == "emotionml":
        uri = {x.get("time-ref-uri") for x in xml.fromstring(out.encode()).iter(NAMESPACE + "emotion")}
        check("an odd name is quoted", uri <= {"a%20%22b%22%20%3Cc%3E%20%26%20d.wav"}, uri)
    if form == "rttm":
        check("no speech of an agent that is not there", "agent" not in out and "customer" in out)

# reports
code, out, err = tool("replay", "--report", path("r.html"), "--report", path("r.png"), "--format", "labels", call)
check("reports beside a format", code == 0 and out == made["labels"] and calm(err), err)
page, picture = read("r.html").decode(), read("r.png")
quiet = tool("replay", "--no-audio", "--report", path("q.html"), call)
check("--no-audio leaves the sound out", quiet[0] == 0 and len(read("q.html")) < len(page) - 10000)
check("the page loads nothing", not re.search(r"""(src|href)\s*=|url\(|@import|https?://""", page.split("<script>")[0])
      and "http" not in page.replace("http-equiv", ""))
sound = re.search(r'id="sound-bytes">([^<]*)<', page).group(1)
check("the sound is an Ogg stream", base64.b64decode(sound)[:4] == b"OggS")
width, height, depth, kind = struct.unpack(">IIBB", picture[16:26])
at, pixels = 8, b""
while at < len(picture):
    size, = struct.unpack(">I", picture[at:at + 4])
    if picture[at + 4:at + 8] == b"IDAT":
        pixels += picture[at + 8:at + 8 + size]
    at += 12 + size
check("the picture is a whole PNG", picture[:8] == b"\x89PNG\r\n\x1a\n" and (width, depth, kind) == (1600, 8, 2)
      and len(zlib.decompress(pixels)) == height * (1 + 3 * width))
check("the same again", tool("replay", "--no-audio", "--report", path("q2.html"), call)[0] == 0
      and read("q2.html") == read("q.html"))


def browse(text, window="1400,1000"):
    """The title that a page gives itself, in a browser."""
    name = write("page.html", text)
    with tempfile.TemporaryDirectory() as profile:
        dom = run(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
                  "--autoplay-policy=no-user-gesture-required", f"--window-size={window}",
                  "--virtual-time-budget=12000", "--dump-dom", "file://" + name)
    found = re.search(r"<title>(.*?)</title>", dom, re.S)
    try:
        return json.loads(html.unescape(found.group(1))) if found else {}
    except ValueError:
        return {}


def with_script(text, script):
    return text.replace("</body>", f"<script>{script}</script></body>")


# The browser's clock is virtual and decoding is not: each look counts the drawn pixels, which takes real time.
LOOK = """addEventListener("load", () => {
    undertone.step(1); undertone.toggle();
    let looks = 0;
    const look = () => {
        const c = document.getElementById("canvas"), d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        let inked = 0;
        for (let i = 3; i < d.length; i += 4) inked += d[i] > 0;
        if (!undertone.state().sound && !document.getElementById("play").disabled && ++looks < 200)
            return setTimeout(look, 50);
        document.title = JSON.stringify({ ...undertone.state(), ready: undertone.ready, inked,
            cues: document.querySelectorAll("button.cue").length, rows: document.querySelectorAll("tbody tr").length,
            tip: document.getElementById("tip").textContent, loaded: performance.getEntriesByType("resource").length,
            unnamed: [...document.querySelectorAll("button")].filter(b => !(b.textContent.trim() || b.ariaLabel)).length
        });
    };
    look(); });
"""
# Where things are: each box and title as drawn, what they cover, what the names of the lanes leave of the width.
LAYOUT = """addEventListener("load", () => {
    const boxes = [...document.querySelectorAll("button.cue")], titles = [...document.querySelectorAll(".title")];
    const place = e => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
    const seen = e => e.getBoundingClientRect().width > 0;
    const stage = place(document.getElementById("stage")), plot = place(document.getElementById("plot"));
    const outside = boxes.filter(seen).map(place).filter(r => r[0] < stage[0] - .5 || r[2] > stage[2] + .5);
    const both = (a, b, k) => Math.min(a[k + 2], b[k + 2]) - Math.max(a[k], b[k]) > .5;
    const over = (a, b) => both(a, b, 0) && both(a, b, 1);
    const names = [...document.querySelectorAll(".name")].filter(seen);
    const all = [...boxes, ...titles.filter(t => !t.classList.contains("inside")), ...names].filter(seen);
    const covered = [];
    all.forEach((a, i) => all.slice(0, i).forEach(b => {
        if (over(place(a), place(b))) covered.push([a.textContent, b.textContent]); }));
    titles.forEach((t, i) => { if (seen(t) && t.classList.contains("inside") && place(t)[2] > place(boxes[i])[2])
        covered.push([t.textContent, "its end"]); });
    document.title = JSON.stringify({ outside, covered,
        boxes: boxes.filter(seen).length, numbers: boxes.map(b => b.textContent),
        cut: titles.filter(t => !seen(t) || t.scrollWidth > t.clientWidth).length,
        dashed: boxes.map((b, i) => getComputedStyle(b).borderTopStyle === "dashed" ? i : -1).filter(i => i >= 0),
        names: (stage[0] - plot[0]) / (plot[2] - plot[0]), wide: document.documentElement.scrollWidth - innerWidth });
});
"""
if CHROMIUM:
    got = browse(with_script(page, LOOK))
    check("a browser draws the page", got.get("inked", 0) > 20000, got)
    check("the page has every cue", got.get("cues") == got.get("rows") == len(cues), got)
    check("n goes to the first cue and explains it", got.get("told") == cues[0][2]
          and abs(got.get("now", 0) - cues[0][0]) < 1 and "Rule: " in got.get("tip", ""), got)
    check("the page loads no resource but its own sound", got.get("loaded", 9) <= 1, got)
    check("the sound plays and is as long as the call", got.get("playing") is True
          and abs((got.get("sound") or 0) - 32) < 0.1, got)
    check("every button has a name", got.get("unnamed") == 0, got)
    # a page whose cues are many and long, the last ones at the call's end: gauges and pop-ups, as boxes and titles
    inside = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S).group(1))
    length, one = inside["ms"], inside["cues"][0]
    lots = [dict(one, open=i * length // 40, end=min(length, i * length // 40 + (i % 7) * 900), title=title,
                 shown=(i % 2) * 100)
            for i, title in enumerate(["Long silence", "The customer waits for an answer", 12 * "on and on "] * 13)]
    lots += [dict(one, open=length - 10, end=length, shown=0, note="moves a gauge, never pops up"),
             dict(one, open=length, end=length, shown=10, title="The very last")]
    for size, most in (("390,1600", 0.1), ("1280,1000", 0.2), ("1920,1000", 0.2)):
        for many in (inside["cues"], lots, []):
            data = json.dumps({**inside, "cues": many}).replace("<", "\\u003c")
            got = browse(with_script(re.sub(r'(id="data">).*?(</script>)', lambda m, new=data: m[1] + new + m[2], page,
                                            flags=re.S), LAYOUT), size)
            called = f"{len(many)} cues at {size}"
            check(f"{called}: every cue has its bar and number in the plot", got.get("boxes") == len(many)
                  and got.get("numbers") == [str(i + 1) for i in range(len(many))] and got.get("outside") == [], got)
            check(f"{called}: nothing covers anything", got.get("covered") == [], got)
            check(f"{called}: names take little of the width", got.get("names", 1) <= most, got)
            check(f"{called}: the page is no wider than the window", got.get("wide", 1) <= 0, got)
            check(f"{called}: dashed is what was not seen",
                  got.get("dashed") == [i for i, c in enumerate(many) if not c["shown"]], got)
    check("titles use free space", browse(with_script(page, LAYOUT), "1280,1000").get("cut") == 0)
    track = "data:text/vtt;base64," + base64.b64encode(made["webvtt"].encode()).decode()
    got = browse(f"""<video><track default kind="captions" src="{track}"></video><title>{{}}</title><script>
        const t = document.querySelector("track"); t.track.mode = "hidden";
        t.addEventListener("error", () => document.title = '{{"error": 1}}');
        t.addEventListener("load", () => document.title = JSON.stringify({{ cues: [...t.track.cues].map(c =>
            [Math.round(1000 * c.startTime), Math.round(1000 * c.endTime), c.id.split(" ")[1],
             c.getCueAsHTML().textContent]) }}));</script>""")
    check("a browser reads the captions", [tuple(x[:3]) for x in got.get("cues", [])] == cues, got)
    check("with title and rule", all(len(x[3]) > 20 and "&" not in x[3] for x in got.get("cues", [])), got)
    with wave.open(path("hour.wav"), "wb") as f:
        with wave.open(call, "rb") as source:
            f.setparams(source.getparams())
            part = source.readframes(source.getnframes())
        for _ in range(113):
            f.writeframes(part)
    code, out, err = tool("replay", "--format", "rttm", "--no-audio", "--report", path("hour.html"), path("hour.wav"))
    check("an hour's call has a report", code == 0, err)
    times = sorted(browse(with_script(read("hour.html").decode(), LOOK)).get("ready", 1e9) for _ in range(3))
    check("its page is drawn within five seconds, also beside other work", times[0] < 5000, times)
    os.remove(path("hour.wav"))
else:
    print("SKIPPED: no chromium here: the page and the captions were not opened in a browser")

# what is refused, and what is left behind
check.refused("an unknown format", tool("replay", "--format", "pdf", call), 2, "ndjson", "rttm")
check.refused("an unknown report", tool("replay", "--report", path("r.pdf"), call), 2, ".html")
check.refused("a report of two calls", tool("replay", "--report", path("r2.html"), call, call), 2)
check.refused("a format of two calls", tool("replay", "--format", "labels", call, call), 2)
check.refused("a folder that is not there", tool("replay", "--format", "labels", "--out", path("none/x"), call), 1)
cut = write("cut.wav", read("call.wav")[:41])
check.refused("a file that ends in its header", tool("replay", "--format", "labels", "--out", path("cut.txt"),
                                                     "--report", path("cut.html"), cut), 13)
check("leaves nothing behind", not any(x.startswith(("cut.txt", "cut.html")) for x in os.listdir(FOLDER.name)))
with open("/dev/full", "w", encoding="ascii") as full:
    code, _, err = tool("replay", "--format", "textgrid", call, stdout=full)
check("a full disk is said", code == 1 and "No space left" in err, (code, err))

check.finish()
