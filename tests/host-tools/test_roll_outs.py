#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Roll-outs at a desk: fetched whatever the server does, taken between calls, tried, confirmed, refused, stopped, on record, whatever others
say. The manifests are signed by another library."""
import datetime
import os

from floor import Broker, rows, until
from headset import Call
from rollout_desk import Key, Owner, RolledOut, manifest, quiet
from slots import RELEASE, read
from tool import HERE, Checks, tool

check = Checks()
ON = "empathy_cue.on"
broker, key, other = Broker("broker").start(), Key(), Key("other")
owner = Owner(broker, key)
ear, files, settings, announce = owner.ear, owner.files, owner.settings, owner.announce


def said(desk, text):
    return until(lambda: text in desk.said(), 10)


def call(desk, seconds=20):
    """A call that does not end by itself."""
    frames = Call(seconds, 1, 0).frames
    until(lambda: desk.headset.peer is not None)
    desk.headset.peer.sendall(b"".join(frames[:-1]))


desk = RolledOut("desk", broker, key).start()
until(lambda: os.path.exists(desk.page))
with open(desk.page, encoding="ascii") as f:
    page = f.read()
pid = desk.program.pid


def open_files():
    return len(os.listdir(f"/proc/{pid}/fd"))



# taken, tried, confirmed; what it was before is what a stop brings back
announce(1, settings(0.81))
check("a roll-out is confirmed", ear.wait(1, "confirmed"), ear.heard)
check("by way of being fetched and tried", ear.states(1) == ["fetching", "trying", "confirmed"], ear.heard)
check("it is in force, and config says whose it is", desk.config(ON) == ("0.81", f"{desk.folder}/1/r.ini:2"), desk.config(ON))
check("live has begun again as the same process, and its page is where it was", desk.program.poll() is None and
      until(lambda: os.path.exists(desk.page)) and open(desk.page, encoding="ascii").read() == page and desk.program.pid == pid)
check("it asked with the desk's own token", files.asked[0][1:] == (None, "Bearer secret-of-desk"), files.asked)
kinds = [x["Kind"] for x in desk.records("run_started", "run_ended", "rollout_taken", "rollout_confirmed")]
check("it is on record", kinds == ["run_started", "rollout_taken", "run_ended", "run_started", "rollout_confirmed"], kinds)
ended, begun = (datetime.datetime.fromisoformat(desk.records(x)[y]["At"].replace("Z", "+00:00")) for x, y in (("run_ended", 0), ("run_started", 1)))
check("within a moment", (begun - ended).total_seconds() < 5, (ended, begun))
crc = [x["ConfigCrc32"] for x in desk.records("run_started")]
check("events name another config from then on", crc[0] != crc[1], crc)
taken = desk.records("rollout_taken")[0]
check("with its file's hash", taken["Number"] == 1 and taken["Ring"] == "all" and taken["Files"][0]["Name"] == "r.ini" and
      len(taken["Files"][0]["Sha256"]) == 64, taken)

with open(f"/proc/{pid}/environ", "rb") as f:
    check("the page's token is in no environment", page.split("=")[1].strip().encode() not in f.read())

# what is not for this desk: on its record, and said to its user; the floor hears of none of it
asked = len(files.asked)
announce(1, settings(0.82))
announce(2, settings(0.82), by=other)
check("a forged note is refused", said(desk, "roll-out 2 is refused: its manifest is not signed"), desk.said())
announce(3, settings(0.82), site="t")
check("another site's is refused", said(desk, "roll-out 3 is refused: its manifest is another site's"), desk.said())
announce(4, settings(0.82), of="canary", ring="early")
check("another ring's is refused", said(desk, "roll-out 4 is refused"), desk.said())
announce(5, settings(0.82), ring="early", share=1)
ear.announce(9, "no note\n", url=files.url())
check("none at all is refused", said(desk, "roll-out 9 is refused"), desk.said())
ear.announce(10, key.sign(manifest(10, [("settings", "r.ini", settings(0.82))])), url="http://192.0.2.1:80")
check("in the clear nothing is asked for beyond this machine", said(desk, "roll-out 10 is refused: its files are not at an https:// address"), desk.said())
announce(2000, settings(0.82))
check("nor is a number from nowhere taken", said(desk, "roll-out 2000 is refused: its number is more than 1000 ahead"), desk.said())
check("the floor hears nothing, and nothing was asked for", {x[1] for x in ear.heard} == {1} and len(files.asked) == asked, ear.heard)
check("nothing has changed", desk.config(ON)[0] == "0.81" and desk.kept()["Newest"] == 1, desk.kept())
refused = [x["Number"] for x in desk.records("rollout_refused")]
check("each is on record", refused == [2, 3, 4, 9, 10, 2000], refused)

# what its number was not held against
announce(6, b"[empathy_cue]\non = nine\n")
check("what is no settings is refused, with the line", ear.wait(6, "refused") and "r.ini:2" in ear.why(6)[0], ear.heard)
announce(7, b"[store]\nfile = /tmp/elsewhere\n")
check("so is what a roll-out may not set", ear.wait(7, "refused") and "not a roll-out's to set" in ear.why(7)[0], ear.heard)
announce(8, b"[pack]\nname = x\n", kind="pack")
check("and what is no pack", ear.wait(8, "refused") and "card lacks" in ear.why(8)[0], ear.heard)
announce(9, b"no release", kind="firmware")
check("and what is no release", ear.wait(9, "refused"), ear.heard)
files.mood = "wrong"
announce(10, settings(0.82))
check("and a file with another hash, asked for twice", ear.wait(10, "refused") and "SHA-256" in ear.why(10)[0], ear.heard)
files.mood = "long"
announce(11, settings(0.82))
check("and one that is longer", ear.wait(11, "refused") and "more than was signed" in ear.why(11)[0], ear.heard)
files.mood = "whole"
check("what was in force is, and live goes on", desk.config(ON)[0] == "0.81" and desk.program.poll() is None)
check("what was refused leaves no file", set(os.listdir(desk.folder)) == {"1", "lock", "state"}, os.listdir(desk.folder))

# servers of all kinds
number = 11
for mood in ("half", "deaf", "cut", "away"):
    number += 1
    data, before = settings(0.7 + number / 1000, 4000), len(files.asked)
    files.mood = mood
    announce(number, data)
    if mood == "deaf":
        until(lambda b=before: len(files.asked) > b + 1)
    if mood == "away":
        until(lambda b=before: len(files.asked) > b)
        files.mood = "whole"
    check(f"a server that is {mood}", ear.wait(number, "confirmed", 60) and desk.config(ON)[0] == str(0.7 + number / 1000), ear.heard[-3:])
    ranges = [x[1] for x in files.asked[before:]]
    if mood in ("half", "cut", "deaf"):
        check(f"a part is gone on with ({mood})", ranges[0] is None and all(x for x in ranges[1:]) and len(ranges) > 1, ranges)

# a stop puts back what was before, which is what an earlier one brought
before = desk.config(ON)[0]
handles = open_files()
announce(20, settings(0.9))
ear.wait(20, "confirmed")
check("a new beginning leaves nothing open", until(lambda: open_files() <= handles), (handles, os.listdir(f"/proc/{pid}/fd")))
ear.announce(20, ring="all", stopped=True)
check("a stop puts it back", ear.wait(20, "reverted") and ear.why(20) == ["stopped"], ear.heard[-3:])
check("to what was in force before", until(lambda: desk.config(ON)[0] == before), desk.config(ON))
check("on record", [(x["Number"], x["Why"]) for x in desk.records("rollout_reverted")] == [(20, "stopped")], desk.records("rollout_reverted"))
announce(20, settings(0.9))
check("it is not taken again", quiet(2, lambda: ear.states(20)[-1] == "reverted"), ear.heard[-3:])

# within a call nothing changes
runs = len(desk.records("run_started"))
call(desk)
until(lambda: desk.records("session.started"))
announce(21, settings(0.91))
said(desk, "roll-out 21 is in force when no call is on")
check("a call is not begun again in", quiet(3, lambda: desk.records("run_started")[runs:] == [] and ear.states(21) == ["fetching"]), ear.heard)
env = {"UNDERTONE_PAGE_FILE": desk.page}
check("its end is what live waits for", tool("call", "end", env=env)[0] == 0 and ear.wait(21, "confirmed"), ear.heard[-3:])
started = rows(desk.store, "SELECT json FROM event WHERE type LIKE '%completed%' OR type LIKE '%failed%'")
check("the call came to its end in order", len(started) == 1, started)

# a pack, which leaves the settings; firmware, which the agent brings in
with open(os.path.join(HERE, "..", "..", "host-tools", "package", "packs", "calm.ini"), "rb") as f:
    announce(22, f.read(), kind="pack", name="calm.ini")
check("a pack", ear.wait(22, "confirmed") and desk.config("talk_ratio_high.show")[1].startswith(f"{desk.folder}/22/calm.ini"),
      (ear.heard[-3:], desk.config("talk_ratio_high.show")))
check("and the settings from before it", desk.config(ON)[0] == "0.91")
firmware = read(RELEASE)
announce(23, firmware, kind="firmware", name="v2.bin")
check("firmware is confirmed when it is there", ear.wait(23, "confirmed") and ear.states(23) == ["fetching", "confirmed"], ear.heard[-3:])
check("without live beginning again", len(desk.records("run_started")) == runs + 2, desk.records("run_started"))
check("the agent is told", said(desk, "roll-out 23 has firmware for the headset; `undertone update`"), desk.said()[-500:])
check("settings stay", desk.config(ON)[0] == "0.91")
code, _, err = tool("update", "--tcp", "127.0.0.1:1", "--config", desk.ini)
check("undertone update takes it", code == 3 and f"{desk.folder}/23/v2.bin" in err, (code, err))
check("another desk has none", tool("update", "--tcp", "127.0.0.1:1")[0] == 2)
desk.end()
check.finish()
