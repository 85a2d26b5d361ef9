#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The labellers' page over HTTP: who may ask, stretches in an order of each labeller's own, their sound, answers on the disk before
they are confirmed and there again after a kill, and files that are another folder's, damaged, or another program's."""
import array
import io
import json
import os
import re
import signal
import stat
import wave

from labelling_program import Labelling
from tool import Checks, path, speech, tool, wav, write

check = Checks()
ENVIRONMENT = {"XDG_CACHE_HOME": path("cache")}
os.makedirs(path("cache"))
for name in ("site", "other", "empty", "silent"):
    os.makedirs(path(name))
customer, agent = speech()
for i in range(3):
    wav(f"site/{i}.wav", [array.array("h", list(agent) * 2), array.array("h", [x // (i + 1) for x in customer] * 2)])
wav("other/x.wav", [agent, customer])
wav("silent/x.wav", [agent, array.array("h", bytes(2 * len(agent)))])
write("site/notes.txt", "no recording")
ANSWERS = path("site/answers.tsv")


def label(*words):
    return Labelling(path("site"), "--stretch", "4", *words, env=ENVIRONMENT)


def rows():
    with open(ANSWERS, encoding="utf-8") as f:
        return f.read().splitlines()


with label() as page:
    check("the folder is told", re.match(r"\d+ stretches of 3 recordings; answers go to .*site/answers\.tsv$", page.first), page.first)
    own = f"127.0.0.1:{page.port}"
    for where in ("/", "/label_page.js", "/page.css", "/v1/words", "/v1/labellers/KM", "/v1/sounds/0"):
        check(f"{where} without the token", page.ask("GET", where, Authorization=None)[0] == 401)
        check(f"{where} with a wrong one", page.ask("GET", where, Authorization="Bearer " + "0" * 64)[0] == 401)
        check(f"{where} of another host", page.ask("GET", where, Host=f"evil.example:{page.port}")[0] == 421)
        check(f"{where} from another's page", page.ask("GET", where, Origin="http://evil.example")[0] == 403)
        check(f"{where} for who may", page.ask("GET", where, Origin="http://" + own)[0] == 200)
    check("a wrong address lets nobody in", page.ask("GET", "/?token=" + "0" * 64, Authorization=None)[0] == 401)
    status, headers, _ = page.ask("GET", "/?token=" + page.token, Authorization=None)
    check("the right one does", status == 200 and "HttpOnly" in headers["Set-Cookie"], headers)
    check("and the cookie from then on", page.ask("GET", "/v1/words", Authorization=None, Cookie=headers["Set-Cookie"].split(";")[0])[0] == 200)
    for where in ("/v1/labellers/", "/v1/labellers/K%20M", "/v1/labellers/" + "k" * 21, "/v1/labellers/KM/stretches/1x", "/v1/sounds/9999",
                  "/v1/sounds/-1", "/v1/sounds/", "/v1/sounds/..%2f0.wav", "/v1/sounds/0.wav", "/v1/other"):
        check(f"{where} is not there", page.ask("GET", where)[0] == 404, where)
    check("nor an answer to a stretch that is none", page.say("KM", 9999, "none") == 404)
    check("another method", page.ask("POST", "/v1/sounds/0", {})[0] == 405 and page.ask("GET", "/v1/labellers/KM/stretches/0")[0] == 405)
    for body in ("", "{", "[]", '{"Answer": "angry"}', '{"Answer": 1}', '{"Answer": "none", "More": 1}'):
        check(f"no answer: {body}", page.ask("POST", "/v1/labellers/KM/stretches/0", body)[0] == 400)
    check("a form", page.ask("POST", "/v1/labellers/KM/stretches/0", '{"Answer": "none"}', Content_Type="text/plain")[0] == 415)
    check("from another's page nothing is kept", page.ask("POST", "/v1/labellers/KM/stretches/0", {"Answer": "none"}, Origin="http://evil.example")[0]
          == 403 and len(rows()) == 1, rows())

    order = page.order("KM")
    check("everybody hears every stretch", sorted(x for x, _ in order) == list(range(len(order))) and len(order) > 5, order)
    check("in an order of his own", page.order("JS") != order and sorted(page.order("JS")) == sorted(order), order)
    check("which is always the same", page.order("KM") == order and [x for x, _ in order] != sorted(x for x, _ in order))
    told = page.ask("GET", "/v1/labellers/KM")[2].decode() + page.ask("GET", "/")[2].decode() + page.ask("GET", "/label_page.js")[2].decode()
    check("blind: no name, no score", ".wav" not in told and not re.search(r"\bscore", told.replace("dash and underscore", ""), re.I))
    seconds = 0
    for n, _ in order:
        status, headers, body = page.ask("GET", f"/v1/sounds/{n}")
        with wave.open(io.BytesIO(body)) as sound:
            check("sound of one channel at 16 kHz", (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (1, 16000, 2))
            check("as long as was asked for, at most", 1 <= sound.getnframes() / 16000 <= 4, sound.getnframes())
            samples = array.array("h", sound.readframes(sound.getnframes()))
            seconds += len(samples) / 16000
        if n == 0:
            first = samples
    check("most of what the customer says", seconds > 20, seconds)

    check("an answer", page.say("KM", 0, "frustration") == 200 and page.say("KM", 1, "none") == 200)
    name, begin, end, who, answer = rows()[1].split("\t")
    check("is at the end of the file", (name, who, answer) == ("0.wav", "KM", "frustration") and len(rows()) == 3, rows())
    begin, end = int(begin), int(end)
    check("its stretch is the customer's own sound", first == array.array("h", list(customer) * 2)[16 * begin:16 * end], (begin, end))
    check("readable by its owner only", stat.S_IMODE(os.stat(ANSWERS).st_mode) == 0o600)
    check("a change of mind is one more row", page.say("KM", 1, "delight") == 200 and len(rows()) == 4)
    check("and what counts", dict(page.order("KM"))[1] == "delight")
    check("others do not see it", all(answer is None for _, answer in page.order("JS")))
    check.refused("two programs on one file", tool("label", path("site"), "--stretch", "4", env=ENVIRONMENT), 32, "answers.tsv")
    check.refused("a port in use", tool("label", path("other"), "--port", str(page.port), env=ENVIRONMENT), 3, str(page.port))
    page.stop(signal.SIGKILL)

with label("--as", "JS") as page:
    check("after a kill everything is there", dict(page.order("KM")) == {**dict(order), 0: "frustration", 1: "delight"})
    check("the page knows who it is for", json.loads(page.ask("GET", "/v1/words")[2])["Labeller"] == "JS")
    for n, _ in page.order("JS"):
        page.say("JS", n, "frustration" if n == 0 else "delight" if n == 1 else "none")
    for n, _ in page.order("KM"):
        page.say("KM", n, "frustration" if n == 0 else "delight" if n == 1 else "none")
    html, script = (page.ask("GET", where)[2].decode() for where in ("/", "/label_page.js"))
    words = json.loads(page.ask("GET", "/v1/words")[2])["Words"]
    needed = set(re.findall(r'data-word="([^"]+)"', html)) | set(re.findall(r'word\("([^"]+)"\)', script))
    check("every word of the page has a translation", needed == set(words), needed ^ set(words))
    check("nothing inline", "<script>" not in html and " style=" not in html and not re.search(r"innerHTML|outerHTML|eval\(", script))
    code, out, err = page.stop()
    check("the end says how far they agree", code == 0 and "alpha, nominal: 1.000" in out and re.search(rf"^JS +KM +{len(order)} +{len(order)}$", out, re.M),
          (code, out, err))
for language in ("de", "fr", "es"):
    with Labelling(path("site"), "--stretch", "4", env={**ENVIRONMENT, "UNDERTONE_DISPLAY_LANGUAGE": language}) as page:
        said = json.loads(page.ask("GET", "/v1/words")[2])
        check(f"{language} is whole", said["Language"] == language and all(k != v for k, v in said["Words"].items()), said)

code, out, err = tool("label", "--agreement", ANSWERS, "--write", path("site/agreed.tsv"))
code, line, err = tool("tune", path("site/agreed.tsv"), "--json", env=ENVIRONMENT)
check("tune reads what came of it", code == 0 and json.loads(line)["labels"] == 2, (code, line, err))

with open(ANSWERS, "a", encoding="utf-8") as f:
    f.write("0.wav\t1\t")
with label() as page:
    check("a row that was cut is taken away", page.say("KM", 2, "unclear") == 200 and rows()[-1].endswith("KM\tunclear") and "0.wav\t1\t" not in rows())
    check("which is said", "cut short" in page.stop()[2])
with open(ANSWERS, "rb+") as f:
    f.truncate(os.path.getsize(ANSWERS) - 1)
with label() as page:
    kept = len(rows())
    check("a whole row without its end stays", page.say("KM", 2, "none") == 200 and len(rows()) == kept + 1 and rows()[-2].endswith("unclear"), rows()[-2:])
with label("--labels", path("far.tsv")) as page:
    page.say("A", 0, "none")
with open(path("far.tsv"), encoding="utf-8") as f:
    check("a file elsewhere has whole paths", f.read().splitlines()[1].startswith(os.path.realpath(path("site")) + "/0.wav\t"))
with label("--labels", path("far.tsv")) as page:
    check("and is known again", dict(page.order("A"))[0] == "none")


def refused(what, code, *says, folder="site", words=("--stretch", "4")):
    check.refused(what, tool("label", path(folder), *words, env=ENVIRONMENT), code, *says)


refused("another length of stretch", 20, "answers.tsv:2", "--stretch", words=("--stretch", "9"))
refused("a file of another folder", 20, "answers.tsv:2", folder="other", words=("--labels", ANSWERS))
refused("no recordings", 12, "has no recordings", folder="empty")
refused("nobody speaks", 12, "--customer N", folder="silent")
refused("no folder", 10, "nowhere", folder="nowhere")
refused("a name that is none", 2, "--as K M", words=("--as", "K M"))
refused("no place for the file", 10, "its folder is not there", words=("--labels", path("nowhere/a.tsv")))
write("damaged.tsv", "path\tbegin_ms\tend_ms\tlabeller\tanswer\n0.wav\t0\n0.wav\t0\t9\tK\tnone\n")
refused("a damaged row", 20, "damaged.tsv:2", words=("--labels", path("damaged.tsv")))
write("other.tsv", "path;begin_ms;end_ms;labeller;answer\n")
refused("another header", 20, "other.tsv:1", words=("--labels", path("other.tsv")))
wav("other/#y.wav", [agent, customer])
refused("a name that no table can hold", 20, "rename it", folder="other")

check.finish()
