#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Roll-outs at a desk that is killed, at any moment, and again in a trial; with a full disk, a server that never answers, a certificate
that is not believed; and a run that does not begin again. Nothing is lost, and live goes on with what it had."""
import os
import random
import resource
import signal
import time

from certificates import certificate
from floor import Broker, until
from rollout_desk import Files, Key, Owner, RolledOut, manifest, quiet
from tool import Checks, faster, path, tool

check = Checks()
ON = "empathy_cue.on"
broker, key = Broker("broker").start(), Key()
owner = Owner(broker, key)
ear, files, settings, announce = owner.ear, owner.files, owner.settings, owner.announce


def said(desk, text):
    return until(lambda: text in desk.said(), 10)


# begun twice and never confirmed
slow = RolledOut("slow", broker, key, confirm=600).start()
ear.clear()
announce(30, settings(0.84))
check("it is tried", ear.wait(30, "trying", device="slow"), ear.heard)
slow.kill()
codes = [tool("live", "--config", slow.ini, "--port", path("none"), "--mqtt")[0] for _ in range(3)]
check("a start without a headset does not count", codes == [3] * 3 and (slow.kept()["Begun"], slow.kept()["State"]) == (1, "trying"), (codes, slow.kept()))
slow.start()
until(lambda: slow.kept()["Begun"] == 2)
check("and once more", quiet(2, lambda: slow.kept()["State"] == "trying") and slow.config(ON)[0] == "0.84", slow.kept())
slow.kill()
slow.start()
check("then what was before is back", ear.wait(30, "reverted", device="slow") and ear.why(30, "slow") == ["did not stay up"], ear.heard)
check("for good, and on record", slow.config(ON)[1] == "default" and slow.program.poll() is None and
      [(x["Number"], x["Why"]) for x in slow.records("rollout_reverted")] == [(30, "did not stay up")], slow.records("rollout_reverted"))
slow.end()

# the disk is full, then not any more
ear.clear()
full = RolledOut("full", broker, key).start()
until(lambda: os.path.exists(full.page))
resource.prlimit(full.program.pid, resource.RLIMIT_FSIZE, (600000, resource.RLIM_INFINITY))
announce(40, settings(0.85, 900000))
ear.wait(40, "fetching", device="full")
check("a full disk is no end", quiet(3, lambda: full.program.poll() is None and ear.states(40, "full") == ["fetching"]), ear.heard)
resource.prlimit(full.program.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
check("it goes on where it stopped when there is room", ear.wait(40, "confirmed", 60, "full") and files.asked[-1][1] is not None,
      (ear.heard, files.asked[-2:]))
with open(os.path.join(full.folder, "40", "r.ini"), "ab") as f:
    f.write(b"; changed by somebody\n")
code, _, err = tool("config", "--config", full.ini)
check("a file that was changed is not in force, which is said", code == 0 and "is not in force" in err and full.config(ON)[1] == "default", err)
full.end()
full.start()
check("and put back at the next start", ear.wait(40, "reverted", device="full"), ear.heard)
full.end()

# a server that is not there for 10 min, and then is
ear.clear()
late = RolledOut("late", broker, key, env=faster(100)).start()
files.mood = "away"
announce(50, settings(0.86))
check("what cannot be fetched for 10 min is said", until(lambda: ear.states(50, "late") and "for 10 min: the server answers 503" in ear.why(50, "late")[0], 60) and
      set(ear.states(50, "late")) == {"fetching"}, ear.heard)
files.mood = "whole"
check("and taken when it can be", ear.wait(50, "confirmed", 60, "late"), ear.heard)
late.end()

# killed at any moment, as often as it takes
ear.clear()
dice = random.Random(20)
killed = RolledOut("killed", broker, key, confirm=1).start()
data = settings(0.87, 200000)
files.mood = "cut"
announce(60, data)
kills = 0
for _ in range(12):
    time.sleep(dice.uniform(0.05, 1.2))
    killed.kill()
    kills += 1
    files.mood = dice.choice(["cut", "whole", "half"])
    if os.path.exists(os.path.join(killed.folder, "state")) and killed.kept()["State"] != "none":
        break
    killed.start()
files.mood = "whole"
if killed.program.poll() is not None:
    killed.start()
check(f"after {kills} kills it is confirmed", ear.wait(60, "confirmed", 60, "killed") and killed.config(ON)[0] == "0.87", (ear.heard, killed.said()[-600:]))
check("the record's chain holds", tool("audit", "verify", killed.record)[0] == 0)
check("nothing else is in the folder", set(os.listdir(os.path.join(killed.folder, "60"))) == {".manifest", "r.ini"},
      os.listdir(os.path.join(killed.folder, "60")))
killed.end()

# by TLS, whose certificate has to be right
certificate("authority")
certificate("floor", ca="authority")
safe = Files("floor")
for name, more, state in (("believes", f"ca_file = {path('authority.crt')}\n", "confirmed"), ("doubts", "", "fetching")):
    ear.clear()
    tls = RolledOut(name, broker, key, more="[fleet]\n" + more).start()
    data = settings(0.89)
    safe.add(data)
    ear.announce(65, key.sign(manifest(65, [("settings", "r.ini", data)])), url=safe.url())
    check(f"a desk that {name}", ear.wait(65, state, device=name) and (state == "confirmed" or quiet(3, lambda n=name: ear.states(65, n) == ["fetching"])),
          ear.heard)
    tls.end()
# a run that is about one call does not begin again
ear.clear()
once = RolledOut("once", broker, key, "--contact-id", "one").start()
announce(70, settings(0.88))
check("it says so", said(once, "from the next start on") and quiet(2, lambda: once.program.poll() is None), once.said())
once.end()
once.start()
check("and is tried then", ear.wait(70, "confirmed", device="once"), ear.heard)
once.end(signal.SIGTERM)
check.finish()
