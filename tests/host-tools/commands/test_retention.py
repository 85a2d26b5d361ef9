#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""[store] days: calls that are too old go when live begins, what is younger stays, and the record says how many."""
import json
import subprocess
import time

from floor import call, desk_store, fill, rows
from headset import __file__ as HEADSET
from tool import ENV, UNDERTONE, Checks, path, tool, write

check = Checks()
DAY = 86400000
now = int(time.time() * 1000)


def store(name):
    made = desk_store(name)
    fill(made, [x for s in ("old", "young", "undated") for x in call(s, 5)])
    rows(made, "DELETE FROM outbox")
    for session, ended in (("old", now - 90 * DAY - 60000), ("young", now - 90 * DAY + 3600000)):
        rows(made, "UPDATE call SET start = ?, ended = ?, state = 'COMPLETED', stored = ? WHERE session = ?", ended - 60000, ended, now, session)
    rows(made, "UPDATE call SET start = 0, ended = 60000, state = 'COMPLETED', stored = ? WHERE session = 'undated'", now)
    return made


def live(made, *words):
    headset = subprocess.Popen([HEADSET, "--seconds", "3", "--speed", "10"], stdout=subprocess.PIPE)
    port = headset.stdout.readline().decode().strip()
    done = subprocess.run([UNDERTONE, "live", "--tcp", "localhost:" + port, "--json", "--disclosed", "--store", made, *words],
                          stdin=subprocess.DEVNULL, capture_output=True, env=ENV, text=True, timeout=60)
    headset.communicate()
    return done.returncode, done.stderr


def there(made):
    return sorted(s for s, in rows(made, "SELECT session FROM call WHERE session IN ('old', 'young', 'undated')"))


made = store("days.db")
code, err = live(made, "--audit", path("days.audit"))
check("what is too old goes", code == 0 and there(made) == ["undated", "young"], (code, err, there(made)))
check("with its events", rows(made, "SELECT count(*) FROM event WHERE session = 'old'") == [(0,)])
check("which is said", err == f"undertone: {made}: 1 calls were older than 90 days and are erased\n", err)
with open(path("days.audit"), encoding="utf-8") as f:
    records = [(x["Kind"], x.get("Calls")) for x in map(json.loads, f)]
check("and on record", ("retention", 1) in records, records)
code, err = live(made, "--audit", path("days.audit"))
check("once", code == 0 and err == "", err)
made = store("never.db")
code, err = live(made, "--config", write("never.ini", "[store]\ndays = 0\n"))
check("0: never", code == 0 and there(made) == ["old", "undated", "young"] and err == "", (err, there(made)))
for days in ("", "x", "-1", "90 d", "36501"):
    headset = subprocess.Popen([HEADSET, "--seconds", "3", "--speed", "10"], stdout=subprocess.PIPE)
    port = headset.stdout.readline().decode().strip()
    check.refused(f"days = {days}", tool("live", "--tcp", "localhost:" + port, "--json", "--store", made, "--config",
                                         write("wrong.ini", f"[store]\ndays = {days}\n")), 18, "[store] days")
    headset.terminate()
    headset.communicate()
check.finish()
