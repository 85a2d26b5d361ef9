#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone replay FOLDER`: an archive with bad files in it, stopped and resumed, in parts, on many processes."""
import csv
import json
import os
import shutil
import signal
import subprocess
import time

from tool import ENV, UNDERTONE, Checks, model, path, tool

import calls

check = Checks()
archive, results = path("archive"), path("results")
os.makedirs(os.path.join(archive, "2026", "odd, name"))
made = {x.name: x for x in calls.primitives()}


def put(call, name):
    shutil.move(made[call].write(archive), os.path.join(archive, name))


put("turns", "a.wav")
put("cues", "2026/b.wav")
put("hold", '2026/odd, name/c "d".wav')
put("overlap_1050", "2026/a.wav")
good = ["a.wav", "2026/b.wav", '2026/odd, name/c "d".wav', "2026/a.wav"]
with open(os.path.join(archive, "a.wav"), "rb") as f:
    whole = f.read()
for name, data in (("2026/cut.wav", whole[:40]), ("text.flac", b"no audio"), ("empty.WAV", b""), ("notes.txt", b"x")):
    with open(os.path.join(archive, name), "wb") as f:
        f.write(data)
for name in ("._a.wav", ".DS_Store", "2026/.tmp.wav"):  # what systems leave beside files is no call
    with open(os.path.join(archive, name), "wb") as f:
        f.write(bytes(4096))
os.symlink("nowhere", os.path.join(archive, "lost.wav"))
os.symlink("..", os.path.join(archive, "2026", "loop"))
bad = {"2026/cut.wav": 13, "text.flac": 11, "empty.WAV": 12, "lost.wav": 10}


def batch(*words, out=results):
    return tool("replay", archive, "--out", out, *words)


def table(out=results, name="summary.csv"):
    with open(os.path.join(out, name), encoding="utf-8", newline="") as f:
        return {x["file"]: x for x in csv.DictReader(f)}


def written(out=results):
    return {os.path.relpath(os.path.join(folder, name), out): os.stat(os.path.join(folder, name)).st_mtime_ns
            for folder, _, names in os.walk(out) for name in names}


code, out, err = batch("--jobs", "3")
check("some failed: code 1", code == 1, (code, err))
check("totals are said", out.startswith("8 calls: 4 done, 0 done before, 4 failed; 2 other files left out (1 without an ending, 1 .txt); "),
      out)
check("and the speed", "times real time" in out, out)
LEFT_OUT = {"notes.txt": "not an audio file by its name", "2026/loop": "a link to a folder, which is not followed"}
check("each file left out in one line", [x for x in err.splitlines() if "left out" in x] == [
    f"undertone: {archive}/{name}: left out: {why}" for name, why in sorted(LEFT_OUT.items())], err)
check("each failure in one line with its code", len(err.splitlines()) == 4 + len(LEFT_OUT) and all(
    any(name in x and x.endswith(f"(exit code {n})") for x in err.splitlines()) for name, n in bad.items()), err)
rows = table()
check("a row per call and per file left out", sorted(rows) == sorted(good + list(bad) + list(LEFT_OUT)), sorted(rows))
check("which says why", all(rows[x]["status"] == "left_out" and rows[x]["reason"] == why and rows[x]["exit_code"] == ""
                            and not rows[x]["duration_s"] for x, why in LEFT_OUT.items()))
check("failed rows say why", all(rows[x]["status"] == "failed" and rows[x]["exit_code"] == str(n) and rows[x]["reason"]
                                 and not rows[x]["duration_s"] for x, n in bad.items()))
b = rows["2026/b.wav"]
check("figures of a call", b["status"] == "done" and b["duration_s"] == "110" and b["interruptions_by_agent"] == "2"
      and b["overlaps"] == "3" and [b[x] for x in ("extended_silence", "continuous_speaking", "interrupting_customer",
                                                   "frequent_overlaps")] == ["1"] * 4, b)
share = float(b["agent_talk_s"]) / (float(b["agent_talk_s"]) + float(b["customer_talk_s"]))
check("and its shares", abs(float(b["agent_talk_share"]) - share) < 1e-3, b)
check("nothing else is written", set(written()) == {"summary.csv"} | {x + end for x in good for end in (".json", ".done")},
      sorted(written()))
code, text, err = tool("replay", "--json", "--summary", path("one.json"), os.path.join(archive, "2026/b.wav"))
with open(path("one.json"), encoding="utf-8") as f, open(os.path.join(results, "2026/b.wav.json"), encoding="utf-8") as g:
    check("the per-call file is that of a single replay", json.load(f) == json.load(g))

# when the summary cannot be written, as on a full disk, the failed calls are named all the same
os.remove(os.path.join(results, "summary.csv"))
os.mkdir(os.path.join(results, "summary.csv"))
code, out, err = batch()
check("failed calls are named without a summary", code == 1 and out == "" and len(err.splitlines()) == 5 + len(LEFT_OUT) and
      all(any(name in x and x.endswith(f"(exit code {n})") for x in err.splitlines()) for name, n in bad.items()), err)
os.rmdir(os.path.join(results, "summary.csv"))
batch()

# again: nothing to do but the bad ones
before = written()
code, out, err = batch()
check("a second run leaves what is done", code == 1 and "0 done, 4 done before, 4 failed" in out, out)
check("byte for byte", {x: t for x, t in written().items() if x != "summary.csv"}
      == {x: t for x, t in before.items() if x != "summary.csv"})
check("with the same summary", table() == rows)

# what changed is done anew: a file, a setting, a format
put("talks_over", "a.wav")
code, out, err = batch()
check("a changed file", "1 done, 3 done before" in out and table()["a.wav"]["duration_s"] == "14", out)
with open(os.path.join(archive, "a.wav"), "wb") as f:
    f.write(b"")
code, out, err = batch()
check("a call that went bad leaves no old result", "0 done, 3 done before, 5 failed" in out
      and not [x for x in written() if x.startswith("a.wav")], out)
put("turns", "a.wav")
quick = path("quick.ini")
with open(quick, "w", encoding="ascii") as f:
    f.write("[extended_silence]\non = 3.5\n")
code, out, err = batch("--config", quick)
check("another threshold", "4 done, 0 done before" in out, out)
code, out, err = batch("--model", model("other.bin", [(8, ord("o")), (146, 1)]))
check("another model", "4 done, 0 done before" in out, out)
code, out, err = batch("--explain")
check("other words", "4 done, 0 done before" in out, out)
code, out, err = batch("--format", "ndjson")
check("another format", "4 done, 0 done before" in out and "2026/b.wav.ndjson" in written(), out)
with open(os.path.join(results, "2026/b.wav.ndjson"), encoding="utf-8") as f:
    check("with the bytes of a single replay", f.read() == text)
with open(os.path.join(results, "2026/b.wav.done"), "w", encoding="ascii") as f:
    f.write("garbage")
code, out, err = batch("--format", "ndjson")
check("a damaged note is not believed", "1 done, 3 done before" in out, out)

# parts: each call in one of them, whatever else there is
parts = path("parts")
for i in (1, 2, 3):
    code, out, err = batch("--part", f"{i}/3", out=parts)
    check(f"part {i}", code in (0, 1), err)
split = [set(table(parts, f"summary-{i}-of-3.csv")) for i in (1, 2, 3)]
check("parts are disjoint and complete", set.union(*split) == set(rows) and sum(map(len, split)) == len(rows), split)

# and of a large archive, parts of a size
large, N = path("large"), 4
os.makedirs(large)
for i in range(1000):
    with open(os.path.join(large, f"call-{i:04}.wav"), "wb") as f:
        f.write(b"no audio")
for i in range(1, N + 1):
    tool("replay", large, "--out", path("spread"), "--part", f"{i}/{N}")
sizes = [len(table(path("spread"), f"summary-{i}-of-{N}.csv")) for i in range(1, N + 1)]
check("parts within 20 % of each other's size", sum(sizes) == 1000 and all(abs(n - 1000 / N) < 200 / N for n in sizes), sizes)

# many files that are left out: some by name, then how many more and where
pile = path("pile")
os.makedirs(pile)
shutil.copy(os.path.join(archive, "a.wav"), pile)
for i in range(30):
    with open(os.path.join(pile, f"{i:02}.txt"), "wb"):
        pass
code, out, err = tool("replay", pile, "--out", path("piled"))
check("twenty are named, then the place of the list", code == 0 and len(err.splitlines()) == 21
      and err.splitlines()[19] == f"undertone: {pile}/19.txt: left out: not an audio file by its name"
      and err.splitlines()[20] == f"undertone: {pile}: 10 more left out; {path('piled/summary.csv')} names them all", err)
check("which has them all", sorted(table(path("piled"))) == sorted(os.listdir(pile)))
code, out, err = tool("replay", pile, "--out", pile, "--format", "labels")
again = tool("replay", pile, "--out", pile, "--format", "labels")
check("results among the calls are not called left out", code == again[0] == 0 and again[2] == err
      and sorted(table(pile)) == [f"{i:02}.txt" for i in range(30)] + ["a.wav"], (err, again))

# what no run made is not replaced
for name, other in (("a.wav.json", b'{"my": "notes"}\n'), ("a.wav.labels.txt", b"0.5\t1.5\tfrustration\n")):
    out_folder = path(f"foreign-{name}")
    os.makedirs(out_folder)
    foreign = os.path.join(out_folder, name)
    with open(foreign, "wb") as f:
        f.write(other)
    code, out, err = tool("replay", pile, "--out", out_folder, "--format", "labels")
    with open(foreign, "rb") as f:
        check(f"a foreign {name} stays, and is named", code == 1 and f.read() == other and "1 failed" in out
              and f"undertone: {foreign}: was not made by undertone; move it" in err, (out, err))
    check("its call is failed in the table", table(out_folder)["a.wav"]["status"] == "failed"
          and not os.path.exists(os.path.join(out_folder, "a.wav.done")))
foreign = path("foreign/summary.csv")
os.makedirs(path("foreign"))
with open(foreign, "w", encoding="ascii") as f:
    f.write("file,mine\n")
check.refused("nor is a foreign summary.csv", tool("replay", pile, "--out", path("foreign")), 1, foreign, "was not made by")
with open(foreign, encoding="ascii") as f:
    check("which stays", f.read() == "file,mine\n" and os.listdir(path("foreign")) == ["summary.csv"])

# results inside the archive are no calls; stopped in the middle and resumed
inside = os.path.join(archive, "results")
many = path("many")
os.makedirs(many)
minute = calls.long_call()
first = minute.write(many, times=10)
for i in range(12):
    os.link(first, os.path.join(many, f"{i}.wav"))
with subprocess.Popen([UNDERTONE, "replay", many, "--out", path("stopped"), "--jobs", "2"], stdout=subprocess.PIPE,
                      stderr=subprocess.PIPE, env=ENV, start_new_session=True) as p:
    until = time.monotonic() + 60
    while time.monotonic() < until and len([x for x in written(path("stopped")) if x.endswith(".done")]) < 3:
        time.sleep(0.02)
    check.refused("a second run while one writes", tool("replay", many, "--out", path("stopped")), 1,
                  path("stopped"), f"process {p.pid} ")
    check.refused("nor a part", tool("replay", many, "--out", path("stopped"), "--part", "1/2"), 1, f"process {p.pid} ")
    os.kill(p.pid, signal.SIGKILL)  # its children go with it
done = len([x for x in written(path("stopped")) if x.endswith(".done")])
check("stopped in the middle", 3 <= done < 13, done)
code, out, err = tool("replay", many, "--out", path("stopped"), "--jobs", "2")
check("resumed", code == 0 and f"{13 - done} done, {done} done before, 0 failed" in out, (done, out))
check("nothing half-written is left", not [x for x in written(path("stopped")) if x.endswith(".part")])
check("all rows are alike", len({tuple(list(x.values())[1:]) for x in table(path("stopped")).values()}) == 1)
code, out, err = batch(out=inside)
check("a folder of results in the archive", "8 calls: 4 done" in out, out)
code, out, err = batch(out=inside)
check("is not read as calls", "8 calls: 0 done, 4 done before" in out and "; 2 other files left out (1 without an ending, 1 .txt); " in out, out)

# usage
check.refused("no --out", tool("replay", archive), 11, "--out")
check.refused("--summary with a folder", batch("--summary", path("x.json")), 2)
check.refused("--contact-id with a folder", batch("--contact-id", "x"), 2)
for part in ("0/3", "4/3", "3", "1/", "a/b", "1/3x"):
    check.refused(f"--part {part}", batch("--part", part), 2, "3/16")
check.refused("--jobs 0", batch("--jobs", "0"), 2)
check.refused("--out is a file", batch(out=os.path.join(archive, "text.flac")), 1, "text.flac")
os.makedirs(path("nothing"))
check.refused("no calls", tool("replay", path("nothing"), "--out", path("nowhere")), 12, "no audio files")
check.finish()
