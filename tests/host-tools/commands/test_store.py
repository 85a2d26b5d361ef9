#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone store`, and what --store of replay and live leaves: every event once, through kills, locks and full disks."""
import array
import contextlib
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import time

from headset import __file__ as HEADSET
from tool import ENV, RATE, UNDERTONE, Checks, events, path, speech, tool, wav, write

check = Checks()
customer, agent = speech()
silence = array.array("h", bytes(2 * 8 * RATE))
call = wav("call.wav", [agent + silence, customer + silence])
other = wav("other.wav", [agent, customer])
store = path("calls.db")


def calls(file=store):
    return events(tool("store", "list", "--json", "--store", file)[1])


def counted(text):
    return [x for x in text.splitlines() if "sequence" in json.loads(x)]


# what goes in comes out
code, out, err = tool("replay", call, "--json", "--store", store)
session = events(out)[0]["session"]
check("replay fills the store", code == 0 and err == "", err)
code, shown, err = tool("store", "show", session, "--store", store)
check("show gives the bytes that were sent", code == 0 and shown.splitlines() == counted(out) and len(counted(out)) > 4, err)
listed = calls()
check("list knows the call", len(listed) == 1 and listed[0]["Session"] == session and listed[0]["ContactId"] == "call"
      and listed[0]["JobStatus"] == "COMPLETED" and listed[0]["DurationMillis"] == 20000 and listed[0]["Begin"] is None
      and listed[0]["Events"] == len(counted(out))
      and listed[0]["CuesOpened"] == sum(x["type"] == "undertone.cue.opened.v1" for x in events(out)), listed)
check("it is its owner's only", stat.S_IMODE(os.stat(store).st_mode) == 0o600)
check("and one file once nobody has it open", not [x for x in os.listdir(path("")) if x.startswith("calls.db-")])
check("the same again changes nothing", tool("replay", call, "--store", store)[0] == 0 and calls() == listed)
dated = tool("replay", other, "--store", store, "--start", "2026-01-31T09:00:00Z")
check("a call with a date", dated[0] == 0 and calls()[1]["Begin"] == "2026-01-31T09:00:00.000Z"
      and calls()[1]["End"] == "2026-01-31T09:00:12.000Z", calls())
code, table, err = tool("store", "list", "--store", store)
check("a table for people", code == 0 and len(table.splitlines()) == 3 and session in table and "20.0 s" in table, table)
check("the config names the store", tool("store", "list", env={"UNDERTONE_STORE_FILE": store})[1] == table)

# anybody's file
with contextlib.closing(sqlite3.connect(store)) as f:
    f.execute("UPDATE call SET contact = CAST(x'ff80' AS TEXT), start = -9223372036854775807, ended = 9223372036854775807 WHERE session = ?", (session,))
    f.commit()
    strange = calls()
    check("text that is none and times beyond all hide no call", len(strange) == 2 and strange[0]["Session"] == session, strange)
    f.execute("UPDATE call SET contact = 'call', start = 0, ended = ? WHERE session = ?", (listed[0]["DurationMillis"], session))
    f.commit()
check("and are no harm", calls()[0] == listed[0], calls())

# another call of that session
code, out, err = tool("replay", call, "--store", store, "--start", "2026-01-01T00:00:00Z", "--json", "--out", path("o.json"))
check("other events of a session are refused", code == 35 and len(err.splitlines()) == 1 and session in err, (code, err))
check("which costs no other output", len(events(open(path("o.json"), encoding="utf-8").read())) > 40)
check("nor what was stored", calls()[0] == listed[0])
check("under another session they are welcome", tool("replay", call, "--store", store, "--session", "new",
                                                     "--start", "2026-01-01T00:00:00Z")[0] == 0 and len(calls()) == 3)

# what is asked wrongly
check.refused("no word", tool("store"), 2, "list, show, erase or outcome")
check.refused("another word", tool("store", "drop", "--store", store), 2, "drop")
check.refused("no store", tool("store", "list"), 2, "--store FILE")
check.refused("no such store", tool("store", "list", "--store", path("none.db")), 10, "none.db")
check("which is not made", not os.path.exists(path("none.db")))
check.refused("show without a session", tool("store", "show", "--store", store), 2, "one session")
check.refused("no such session", tool("store", "show", "gone", "--store", store), 10, "gone")
check.refused("erase without a word", tool("store", "erase", "--store", store), 2, "--older DAYS")
check.refused("--older of a list", tool("store", "list", "--older", "1", "--store", store), 2, "--older")
check.refused("--json of show", tool("store", "show", session, "--json", "--store", store), 2, "--json")
check.refused("no days", tool("store", "erase", "--older", "0", "--store", store), 2, "--older")
check.refused("more than list takes", tool("store", "list", "x", "--store", store), 2, "unexpected")

# erased is gone, from the file as well
with open(store, "rb") as f:
    check("the file holds what was said", session.encode() in f.read())
code, out, err = tool("store", "erase", session, "gone", "--store", store)
check("one goes although the other is not there", code == 10 and out == "1 call erased\n" and "gone" in err, (out, err))
with open(store, "rb") as f:
    check("nothing of it is left in the file", session.encode() not in f.read())
code, out, _ = tool("store", "erase", "--older", "20000", "--store", store)
check("nothing is that old", code == 0 and out == "0 calls erased\n", out)
old = tool("replay", other, "--store", store, "--session", "old", "--start", "1999-01-31T09:00:00Z")
code, out, _ = tool("store", "erase", "--older", "9000", "--store", store)
check("what is old goes", code == 0 and out == "1 call erased\n" and [x["Session"] for x in calls()].count("old") == 0, out)

# what a replay of a folder leaves beside the store goes with its calls, and does not come back
os.makedirs(path("many/deep"))
shutil.copyfile(call, path('many/deep/one, "two".wav'))
shutil.copyfile(other, path("many/kept.wav"))
many = path("many.db")
for ending in ("", "ndjson", "csv", "labels", "textgrid", "emotionml", "webvtt", "rttm", "ndjson"):
    words = ("replay", path("many"), "--store", many, *(("--format", ending) if ending else ()))
    code, out, err = tool(*words)
    check(f"a folder in format {ending}", code == 0, (code, err))


def beside():
    return {os.path.relpath(os.path.join(folder, x), many + ".calls") for folder, _, names in os.walk(many + ".calls") for x in names}


NAME = 'deep/one, "two".wav'
before = beside()
check("results of every format lie beside the store", len([x for x in before if x.startswith(NAME)]) == 9, before)
gone = next(x["Session"] for x in events(tool("store", "list", "--json", "--store", many)[1]) if x["ContactId"].startswith("one"))
kept = json.loads(tool("privacy", "report", "--json", "--store", many)[1])["Files"]
kept = next(x for x in kept if x["Setting"] == "store.file")
check("the report of what is kept names them", kept["File"] == many + ".calls" and kept["Rows"] == 2 and kept["Bytes"] > 1000 and kept["Erase"], kept)
check("erased", tool("store", "erase", gone, "--store", many)[1] == "1 call erased\n")
check("nothing of it is left beside the store but its mark", before - beside() == {x for x in before if x.startswith(NAME) and not x.endswith(".done")}, beside())
with open(os.path.join(many + ".calls", "summary.csv"), encoding="utf-8") as f:
    table = f.read()
with open(os.path.join(many + ".calls", NAME + ".done"), encoding="utf-8") as f:
    mark = f.read().splitlines()
blank = '"deep/one, ""two"".wav",done,0,' + "," * mark[2].count(",")
check("without figures there and in the table", not re.search(r"\d", mark[2]) and [re.search(r"\d\.\d", x) is not None for x in table.splitlines()[1:]] == [False, True]
      and blank in table, (mark, table))
code, out, err = tool(*words)
check("the next run does not bring it back", code == 0 and "2 done before" in out
      and [x["ContactId"] for x in events(tool("store", "list", "--json", "--store", many)[1])] == ["kept"] and len(beside()) == len(before) - 8, (out, err))
with contextlib.closing(sqlite3.connect(many)) as f:
    f.execute("UPDATE call SET stored = 1")
    f.commit()
check("by age likewise", tool("store", "erase", "--older", "1", "--store", many)[1] == "1 call erased\n"
      and {x for x in beside() if not x.startswith("undertone.lock")} == {NAME + ".done", "kept.wav.done", "summary.csv"}, beside())

# files that are none
notes = path("notes.txt")
shutil.copyfile(call, notes)
foreign = path("foreign.db")
with sqlite3.connect(foreign) as f:
    f.execute("CREATE TABLE t(a)")
newer = path("newer.db")
tool("replay", other, "--store", newer)
with contextlib.closing(sqlite3.connect(newer)) as f:
    f.execute("PRAGMA user_version = 9")
for name, file, code in (("sound", notes, 31), ("another program's database", foreign, 31), ("a folder", path(""), 31),
                         ("a later program's", newer, 33), ("no folder", path("none/x.db"), 1)):
    before = open(file, "rb").read() if os.path.isfile(file) else None
    check.refused(f"replay into {name}", tool("replay", other, "--store", file), code, file)
    if before is not None:
        check(f"{name} stays as it is", open(file, "rb").read() == before)
        check.refused(f"list of {name}", tool("store", "list", "--store", file), code, file)

# a store that somebody else made of the same name
evil = path("evil.db")
shutil.copyfile(store, evil)
with sqlite3.connect(evil) as f:
    f.executescript("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '')")
with sqlite3.connect(evil) as f:
    f.execute("INSERT INTO call VALUES('e', char(27) || '[2J', 0, NULL, 'FAILED', 0)")
    f.execute("INSERT INTO event(session, sequence, type, at, json) VALUES('e', 1, 't', 0, 'a' || char(10) || char(27))")
code, out, err = tool("store", "list", "--store", evil)
check("what it holds moves no cursor", code == 0 and "\x1b" not in out and "?[2J" in out, out)
check("and forges no line", tool("store", "show", "e", "--store", evil)[1] == "a??\n")

# locked, by a program that lets nobody in
locker = sqlite3.connect(store, isolation_level=None)
locker.execute("PRAGMA locking_mode = EXCLUSIVE")
locker.execute("BEGIN EXCLUSIVE")
check.refused("locked", tool("store", "list", "--store", store), 32, "locked by another program", store)
locker.execute("COMMIT")
locker.close()

# a full disk: the call's other outputs are whole
full = path("full.db")
tool("replay", other, "--store", full, "--session", "before")


def small(size=60000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


done = subprocess.run([UNDERTONE, "replay", call, "--store", full, "--json", "--out", path("whole.json")],
                      capture_output=True, text=True, env=ENV, preexec_fn=small, check=False)
with open(path("whole.json"), encoding="utf-8") as f:
    whole = f.read()
check("no space is said in one line", done.returncode == 34 and len(done.stderr.splitlines()) == 1
      and "no space left" in done.stderr and "events of calls are not in the store" in done.stderr, done)
check("the events are whole all the same", whole == tool("replay", call, "--json")[1])
kept = counted(tool("store", "show", session, "--store", full)[1])
check("what was stored before is there", 0 < len(kept) < len(counted(whole)) and kept == counted(whole)[:len(kept)], len(kept))
check("once there is space the rest follows", tool("replay", call, "--store", full)[0] == 0
      and tool("store", "show", session, "--store", full)[1].splitlines() == counted(whole))

# a reader that leaves: the begin of the call is stored, and the call is not taken for ended
long = wav("long.wav", [12 * (agent + silence), 12 * (customer + silence)])
left = path("left.db")
words = ("replay", long, "--json", "--store", left, "--summary", path("left.json"))
with subprocess.Popen([UNDERTONE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV) as p:
    p.stdout.readline()
    p.stdout.close()
    err = p.stderr.read()
check("nobody reads on: no failure", p.returncode == 0 and err == b"" and not os.path.exists(path("left.json")), (p.returncode, err))
begun = calls(left)
check("the call has not ended", [x["JobStatus"] for x in begun] == ["IN_PROGRESS"] and begun[0]["Events"] > 0, begun)
code, out, err = tool(*words)
check("the next replay goes on from there", code == 0 and calls(left)[0]["JobStatus"] == "COMPLETED"
      and tool("store", "show", begun[0]["Session"], "--store", left)[1].splitlines() == counted(out), (code, err))
tight = path("tight.db")
tool("replay", other, "--store", tight)
done = subprocess.run([UNDERTONE, "replay", long, "--store", tight, "--json", "--out", path("part.json")],
                      capture_output=True, text=True, env=ENV, preexec_fn=lambda: small(45000), check=False)
check("each output that fails is named", done.returncode == 1 and len(done.stderr.splitlines()) == 2
      and "events of calls are not in the store" in done.stderr and "part.json" in done.stderr.splitlines()[-1], done)
check("and a part of a call is no file", not os.path.exists(path("part.json")))

# a folder, by several processes at once
os.mkdir(path("archive"))
for i in range(6):
    wav(f"archive/{i}.wav", [agent[:(6 + i) * RATE], customer[:(6 + i) * RATE]])
many = path("many.db")
words = ("replay", path("archive"), "--out", path("results"), "--jobs", "4", "--store")
code, out, err = tool(*words, many)
check("a folder goes into one store", code == 0 and len(calls(many)) == 6, err)
check("once it is there nothing is played again", tool(*words, many)[0] == 0 and len(calls(many)) == 6)
code, out, err = tool(*words, path("many2.db"))
check("but another store is filled too", code == 0 and len(calls(path("many2.db"))) == 6, err)

# a folder into a store alone, killed on its way: the next run ends it, and nothing is twice
own = path("own.db")
words = ("replay", path("archive"), "--jobs", "1", "--start", "file", "--store", own)
for i in range(6):
    os.utime(path(f"archive/{i}.wav"), (1767344400 + 60 * i,) * 2)  # 2026-01-02T09:00:00Z and later
program = subprocess.Popen([UNDERTONE, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
end = time.monotonic() + 60
while program.poll() is None and not (os.path.exists(own) and tool("store", "list", "--json", "--store", own)[1].count("\n") >= 2) and time.monotonic() < end:
    time.sleep(0.01)
program.send_signal(signal.SIGKILL)
program.communicate()
code, out, err = tool(*words)
check("a folder that was killed goes on", code == 0 and err == "", (code, err))
check("its results are beside the store", os.path.exists(own + ".calls/summary.csv") and own + ".calls" in out, out)
listed = {x["ContactId"]: x for x in calls(own)}
check("each call is there once", sorted(listed) == list("012345") and len(calls(own)) == 6
      and all(x["JobStatus"] == "COMPLETED" for x in listed.values()), listed)
check("and ended when its file was written", listed["0"]["Begin"] == "2026-01-02T08:59:54.000Z"
      and all(listed[str(i)]["End"] == f"2026-01-02T09:0{i}:00.000Z" for i in range(6)), listed)
shown = [tool("store", "show", x["Session"], "--store", own)[1] for x in calls(own)]
shutil.rmtree(own + ".calls")
check("all of it played again changes no byte", tool(*words)[0] == 0
      and [tool("store", "show", x["Session"], "--store", own)[1] for x in calls(own)] == shown)
check.refused("a folder without store and results", tool("replay", path("archive")), 11, "--out FOLDER, or --store FILE")
check.refused("a time before 1970", tool("replay", call, "--start", "1969-12-31T23:59:59.999Z"), 2, "--start 1969", "before 1970")
check.refused("also by its zone", tool("replay", call, "--start", "1970-01-01T00:00:00+00:01"), 2, "before 1970")
check("1970 begins a call", tool("replay", call, "--json", "--start", "1970-01-01T00:00:00Z") == tool("replay", call, "--json"))
check.refused("no time", tool("replay", call, "--start", "files"), 2, "--start files")

# a call in progress, killed: what was said before is there
desk = path("desk.db")


def live(*words):
    headset = subprocess.Popen([HEADSET, "--seconds", "20"], stdout=subprocess.PIPE)
    port = headset.stdout.readline().decode().strip()
    program = subprocess.Popen([UNDERTONE, "live", "--tcp", "localhost:" + port, "--json", "--disclosed", *words],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV, text=True)
    return headset, program


headset, program = live("--store", desk, "--session", "desk-1")
seen = []
for line in program.stdout:
    seen.append(line)
    if len(counted("".join(seen))) >= 2:
        break
program.send_signal(signal.SIGKILL)
program.communicate()
headset.kill()
headset.communicate()
kept = tool("store", "show", "desk-1", "--store", desk)[1].splitlines()
said = counted("".join(seen))
check("what was printed before the kill had been stored", kept[:len(said)] == said, (len(kept), len(said)))
headset, program = live("--store", desk, "--session", "desk-1")
out, err = program.communicate(timeout=60)
headset.kill()
headset.communicate()
check("a call in progress is not one that is stored", program.returncode == 35 and out == "" and "desk-1" in err, err)
headset, program = live("--store", desk)
out, err = program.communicate(timeout=60)
headset.kill()
headset.communicate()
newest = calls(desk)[-1]
check("a call without a name gets its own", program.returncode == 0 and newest["JobStatus"] == "COMPLETED"
      and abs(time.time() - time.mktime(time.strptime(newest["Stored"][:19], "%Y-%m-%dT%H:%M:%S")) + time.timezone) < 600
      and tool("store", "show", newest["Session"], "--store", desk)[1].splitlines() == counted(out), (newest, err))
check.refused("live without a store that can be opened", tool("live", "--tcp", "localhost:1", "--session", "x", "--store",
                                                              write("text.db", "x" * 5000)), 31, "text.db")
check.finish()
