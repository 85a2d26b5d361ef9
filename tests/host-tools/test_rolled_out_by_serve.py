#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A desk, a floor and who has the fleet's key, each the program itself: a desk that was enrolled takes what `undertone rollout` opens and
serve announces and hands out, ring by ring, and puts it back when that is stopped."""
import json
import os

from floor import Broker, Serve, until
from rollout_desk import RolledOut
from rollout_floor import Fleet, named
from tool import Checks, path, tool, write

check = Checks()
broker, store = Broker("broker").start(), path("floor.db")
fleet, (name,) = Fleet(store), named("s", 0, 100, 1)
code, _, err = tool("enrol", "desks", write("desks.txt", name + "\n"), "--site", "s", "--key", fleet.key, "--settings",
                    write("common.ini", f"[mqtt]\nbrokers = {broker.url}\n"), "--out", path("site"))
check("a desk is enrolled", code == 0, err)
serve = Serve("floor", [broker], store, more=f"[fleet]\nverifier = {fleet.verifier}\n[serve]\ndesks = {path('site/site.enrol')}\n")
serve.words += ["--page", "0"]
serve.start()
desk = RolledOut(name, broker, fleet)
with open(path("site/tokens"), encoding="ascii") as f:
    write(name + ".password", f.read().split(":")[1])
desk.start()
until(lambda: serve.rows("SELECT count(*) FROM device WHERE device = ? AND state = 0", name)[0][0] == 1)


def passed():
    return fleet("status")[1].count("passed")


check("a roll-out is opened", fleet.open(settings="[empathy_cue]\non = 0.83\n")[0] == 0)
check("it passes its three rings by the word of the desk", until(lambda: passed() == 3, 60), fleet("status"))
check("which goes by it", desk.config("empathy_cue.on") == ("0.83", f"{desk.folder}/1/rolled.ini:2"), desk.config("empathy_cue.on"))
check("another", fleet.open(settings="[empathy_cue]\non = 0.84\n", hold=60)[0] == 0 and
      until(lambda: (desk.kept()["Newest"], desk.kept()["State"]) == (2, "confirmed"), 60), (desk.kept(), desk.said()))
check("is stopped", fleet("stop", "2", "every call cues")[0] == 0)
check("and the desk is where it was", until(lambda: desk.kept()["State"] == "reverted", 30) and desk.kept()["Why"] == "stopped" and
      desk.config("empathy_cue.on")[0] == "0.83", desk.kept())
check("which serve knows", until(lambda: "1 reverted" in fleet("status")[1]), fleet("status"))
check("its record says so", [(x["Kind"], x["Number"]) for x in desk.records("rollout_taken", "rollout_confirmed", "rollout_reverted")] ==
      [("rollout_taken", 1), ("rollout_confirmed", 1), ("rollout_taken", 2), ("rollout_confirmed", 2), ("rollout_reverted", 2)])
check("live ends in order", desk.end() == 0 and tool("audit", "verify", desk.record)[0] == 0, desk.said())
with open(os.path.join(desk.folder, "state"), encoding="utf-8") as f:
    check("one roll-out is kept", json.load(f)["InForce"]["settings"] == 1 and not os.path.exists(os.path.join(desk.folder, "2")))
check("serve too", serve.end() == 0, serve.said())
check.finish()
