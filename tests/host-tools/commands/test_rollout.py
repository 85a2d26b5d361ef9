#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone rollout` on a ledger that no serve has open: what is judged before it is signed, who is drawn, numbers, and what is refused."""
import os
import re

from floor import Broker, Serve, until
from rollout_floor import Desks, Fleet, draw, named
from tool import HERE, Checks, path, tool, write

check = Checks()
store = path("floor.db")
fleet = Fleet(store)
broker = Broker("a").start()
serve = Serve("floor", [broker], store).start()
check.refused("no desk is known", fleet.open(), 12, "no desk of it is known")
known = named("s", 1234, 10000, 20)
desks = Desks(broker)
for x in known:
    desks.status(x)
until(lambda: serve.rows("SELECT count(*) FROM device")[0][0] == 20)
desks.client.close()
check("serve ends", serve.end() == 0, serve.said())
broker.end()

# who is drawn
least = min(draw("s", x) for x in known)
code, _, err = result = fleet.open("--rings", "5,10,100")
check.refused("nobody is in the first ring", result, 12, "none of its 20 desks is in the first ring of 5 %", f"--rings {(least + 1) / 100:g},")
check("one less than what is said has nobody", fleet.open("--rings", f"{least / 100},90,100")[0] == 12)

# what is judged before it is signed
ring = ("--rings", f"{(least + 1) / 100},90,100")
check.refused("settings that cannot be read", fleet.open(*ring, settings="[session\n"), 17, "rolled.ini:1")
check.refused("settings that a roll-out may not set", fleet.open(*ring, settings="[webhook]\nurl = https://evil.example\n"), 18, "webhook")
check.refused("a number out of range", fleet.open(*ring, settings="[forecast]\nthreshold = 7\n"), 18, "rolled.ini:2")
check.refused("an empty file", fleet.open(*ring, settings=""), 12, "rolled.ini")
check.refused("no such file", fleet("open", "--key", fleet.key, "--settings", path("none.ini")), 10, "none.ini")
check.refused("a pack that is none", fleet("open", "--key", fleet.key, "--pack", write("x.pack", "hello\n")), 17, "x.pack")
check.refused("firmware that is none", fleet("open", "--key", fleet.key, "--firmware", write("x.bin", "hello\n")), 24, "x.bin")
check.refused("a name that no desk keeps", fleet("open", "--key", fleet.key, "--settings", write("a b.ini", "[session]\npolicy = eu\n")), 2, "a b.ini")
check.refused("a file that is too long", fleet("open", "--key", fleet.key, "--firmware", write("long.bin", bytes(1 << 20) + b"x")), 2, "1048576")
check.refused("five files", fleet("open", "--key", fleet.key, *("--pack", "x") * 5), 2, "--pack")
check.refused("no key", fleet("open", "--settings", path("rolled.ini")), 2, "--key FILE")
check.refused("a key that is none", fleet("open", "--key", path("x.bin"), "--settings", write("rolled.ini", "[session]\npolicy = eu\n"), *ring), 18, "x.bin")
check.refused("nothing to roll out", fleet("open", "--key", fleet.key), 2, "--settings")
for rings in ("10,5,100", "1,10,99", "1,10", "0,10,100", "1,10,100,", "1,10,1000", "a,b,c", "nan,10,100"):
    check.refused(f"rings {rings}", fleet.open("--rings", rings), 2, "--rings")
check.refused("no such ledger", tool("rollout", "status", "--store", path("none.db"), "--site", "s"), 10, "none.db")
check("which is not made", not os.path.exists(path("none.db")))
check.refused("no ledger", tool("rollout", "status", "--site", "s"), 2, "--store FILE")
check.refused("no site", tool("rollout", "status", "--store", store), 2, "--site NAME")
check.refused("no word", tool("rollout"), 2, "open, status, or stop")
check.refused("no number", fleet("stop", "x", "y"), 2, "stop takes a number")
check.refused("no reason", fleet("stop", "1", ""), 2, "stop takes a number")
check.refused("a reason in Latin-1", fleet("stop", "1", b"ung\xfcnstig"), 2, "stop takes a number and a reason, a line of 1 to 200 bytes of UTF-8")
check.refused("one of two lines", fleet("stop", "1", "a\nb"), 2, "stop takes a number")
check.refused("no such roll-out", fleet("stop", "1", "x"), 10, "roll-out 1")
check("nothing was rolled out", fleet("status") == (0, "site s: nothing was rolled out\n", ""), fleet("status"))

# settings and packs together
with open(os.path.join(HERE, "..", "..", "host-tools", "package", "packs", "calm.ini"), encoding="utf-8") as f:
    calmer = f.read().replace("[talk_ratio_high]\n", "[talk_ratio_high]\non = 0.58\n")
own = re.search(r"sha256 is ([0-9a-f]{64})", fleet.open("--pack", write("calmer.ini", calmer))[2])[1]
write("calmer.ini", re.sub(r"(?m)^sha256 = .*$", f"sha256 = {own}", calmer))
check.refused("what does not go together at a desk", fleet.open(*ring, "--pack", path("calmer.ini"), settings="[talk_ratio_high]\noff = 0.6\n"), 18,
              "[talk_ratio_high] off = 0.6", "is above on = 0.58")
check.refused("each is fine by itself", fleet.open("--rings", f"{least / 100},90,100", settings="[talk_ratio_high]\noff = 0.6\n"), 12, "--rings")
check.refused("the pack too", fleet("open", "--key", fleet.key, "--pack", path("calmer.ini"), "--rings", f"{least / 100},90,100"), 12, "--rings")

# what is fine, with all that it may have
pack = os.path.join(HERE, "..", "..", "host-tools", "package", "packs")
packs = sorted(os.path.join(pack, x) for x in os.listdir(pack))[:2]
code, out, err = fleet.open(*ring, *(x for p in packs for x in ("--pack", p)), "--number", "7", hold=90)
check("settings and packs", (code, err) == (0, "") and out.startswith("roll-out 7 of site s: ring canary is open, to "), (out, err))
lines = fleet("status")[1].splitlines()
check("its rings", re.fullmatch(r"7 canary [\d.]+ %: open since 20\S+, by command", lines[0]) and lines[1:3] == ["7 early 90 %: waiting", "7 all 100 %: waiting"], lines)
check("its desks", lines[3] == "desks of 7: 0 fetching, 0 trying, 0 confirmed, 0 refused, 0 reverted, 20 have said nothing of it", lines)
check("files and hold in the ledger", serve.rows("SELECT count(*), sum(bytes) FROM rollout_file")[0] == (1 + len(packs), sum(map(os.path.getsize, packs + [path("rolled.ini")])))
      and serve.rows("SELECT DISTINCT hold_s FROM rollout") == [(5400,)], serve.rows("SELECT number, bytes FROM rollout_file"))
check.refused("one at a time", fleet.open(*ring), 44, "roll-out 7 of site s is not over")
check("stopped without a key", fleet("stop", "7", "a b")[0] == 0)
check.refused("once", fleet("stop", "7", "again"), 10, "roll-out 7")
check.refused("no number twice", fleet.open(*ring, "--number", "7"), 44, "not below 7")
check("the next number by itself", fleet.open(*ring)[1].startswith("roll-out 8 "))
check("a reason is there to read", "7 canary " in fleet("status")[1] and ", by command: a b" in fleet("status")[1], fleet("status"))

# numbers
check.refused("a number far ahead", fleet.open(*ring, "--number", "1009"), 2, "number 1009: the newest is 8; give one of up to 1008")
check("stopped", fleet("stop", "8", "x")[0] == 0)
check("as far as desks go along", fleet.open(*ring, "--number", "1008")[1].startswith("roll-out 1008 "))

# a damaged ledger is left to serve, which may have it open
with open(store, "r+b") as f:
    f.seek(4096)
    f.write(b"\xa5" * 4000)
for words in (("status",), ("stop", "1008", "x")):
    check.refused(f"{words[0]} of a damaged ledger", fleet(*words), 31, "floor.db")
check("which stays where it is", not [x for x in os.listdir(path("")) if "damaged" in x], os.listdir(path("")))
check.finish()
