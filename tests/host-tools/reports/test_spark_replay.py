#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/examples/spark_replay.py, with Spark's double: every file has a row, or the exit code says that some have none."""
import json
import os
import subprocess
import sys

from tool import ENV, HERE, RATE, UNDERTONE, Checks, path, speech, wav, write

check = Checks()
SCRIPT = os.path.join(HERE, "..", "..", "docs", "examples", "spark_replay.py")
TABLE = path("table")
WHOLE = {"a.wav", "b.wav", "c.wav", "d.wav", "e.wav", "f.wav"}
PART_OF_SOME = "2/3"


def run(archive, results, *more, parts="3"):
    """(exit code, last line, standard error, rows of the table)"""
    if os.path.exists(TABLE):
        os.remove(TABLE)
    done = subprocess.run([sys.executable, "-B", os.path.join(HERE, "spark_double.py"), SCRIPT, path(archive), path(results), TABLE, "--parts", parts,
                           "--undertone", UNDERTONE, *more], capture_output=True, text=True, timeout=200, check=False, env=ENV)
    rows = []
    if os.path.exists(TABLE):
        with open(TABLE, encoding="utf-8") as f:
            rows = [json.loads(line) for line in f]
    return done.returncode, (done.stdout.splitlines() or [""])[-1], done.stderr, rows


def program(name, lines):
    """undertone, before which a shell does as the lines say with the part as $part; n counts its runs of that part."""
    write(name, f"""#!/bin/sh
for part; do :; done
echo >>"$0.$(echo "$part" | tr / -)"
n=$(wc -l <"$0.$(echo "$part" | tr / -)")
{lines}
exec {UNDERTONE} "$@"
""")
    os.chmod(path(name), 0o755)
    return "--undertone", path(name)


def lost(err):
    """{part: why} of those that are named."""
    return dict(line[5:].split(": did not run to its end ", 1) for line in err.splitlines() if line.startswith("part "))


def some(why):
    return {PART_OF_SOME: f"({why}); run this again"}


def each(why):
    return {f"{i}/3": f"({why}); run this again" for i in (1, 2, 3)}


customer, agent = speech()
for folder in ("archive", "empty"):
    os.makedirs(path(folder))
for i, file in enumerate(sorted(WHOLE)):
    wav(f"archive/{file}", [agent[i * 1600:i * 1600 + RATE], customer[i * 1600:i * 1600 + RATE]])
write("archive/notes.txt", "")

code, said, err, rows = run("archive", "results")
check("an archive", (code, said, lost(err)) == (0, "7 files, 0 failed, 0 of 3 parts ran twice", {}), (code, said, err))
check("standard error passes", err.endswith("notes.txt: left out: not an audio file by its name\n") and len(err.splitlines()) == 1, err)
check("each file is in the table once", sorted(x["file"] for x in rows) == sorted(WHOLE | {"notes.txt"}), rows)
check("what was measured is there", all((x["duration_s"] == 1.0) == (x["status"] == "done") for x in rows), rows)
in_some = {x["file"] for x in rows}
code, said, err, rows = run("archive", "other", *program("some", f'[ "$part" = {PART_OF_SOME} ] && kill -9 $$'))
check("a part is killed", code == 4 and lost(err) == some("exit code 137"), (code, err))
check("the table has the others", 0 < len(rows) < 7 and said == f"{len(rows)} files, 0 failed, 1 of 3 parts ran twice", (said, rows))
code, said, err, rows = run("archive", "other")
check("run again, it is whole", code == 0 and {x["file"] for x in rows} == in_some, (code, said, err))

# The results of the first run are there, whole: nothing of them counts for a run in which nothing ran.
for what, words, why, cause in (
        ("no such program", ("--undertone", "/nowhere"), "exit code 127", "/nowhere"),
        ("killed each time", program("dies", "kill -9 $$"), "exit code 137", ""),
        ("its worker's shell is killed", program("shell", "kill -9 $PPID; exit 1"), "nothing came back", ""),
        ("ends well and writes nothing", program("idle", "exit 0"), "exit code 0", ""),
        ("ends with another code", program("store", "echo no store >&2; exit 31"), "exit code 31", "no store")):
    code, said, err, rows = run("archive", "results", *words)
    check(what, code == 4 and lost(err) == each(why) and cause in err, (code, err))
    check(f"{what}: no row", (said, rows) == ("0 files, 0 failed, 3 of 3 parts ran twice", []), (said, rows))
code, said, err, rows = run("nowhere", "results")
check("no such archive", code == 4 and lost(err) == each("exit code 10") and "nowhere" in err.splitlines()[0] and rows == [], (code, err))

code, said, err, rows = run("archive", "twice", *program("once", f'[ "$part" = {PART_OF_SOME} ] && [ $n = 1 ] && kill -9 $$'))
check("a part is killed once", (code, said, len(rows)) == (0, "7 files, 0 failed, 1 of 3 parts ran twice", 7), (code, said, err))
code, said, err, rows = run("archive", "twice", *program("locked", f'[ "$part" = {PART_OF_SOME} ] && [ $n -le 2 ] && exit 1'))
check("a part that another holds is waited for", (code, said, len(rows)) == (0, "7 files, 0 failed, 1 of 3 parts ran twice", 7), (code, said, err))

code, said, err, rows = run("archive", "single", parts="1")
check("one part", (code, len(rows)) == (0, 7), (code, said, err))
for n in "13":
    code, said, err, rows = run("empty", f"none{n}", parts=n)
    check(f"no audio, {n} parts", code == 12 and rows == [] and "empty: holds no audio files; check the folder" in err.splitlines()[-1], (code, err))

write("archive/bad.wav", b"RIFF\x24\x00\x00\x00WAVEfmt ")
with open(path("archive/a.wav"), "rb") as f:
    write("archive/short.wav", f.read()[:-8000])
code, said, err, rows = run("archive", "results")
status = {x["file"]: x["status"] for x in rows}
check("a file that is none", code == 1 and said == "9 files, 1 failed, 1 of 3 parts ran twice" and lost(err) == {}, (code, said, err))
check("it and one that is cut have their rows", (len(rows), status["bad.wav"], status["short.wav"]) == (9, "failed", "cut"), rows)
check("it is named last", err.splitlines()[-1].startswith("bad.wav: failed twice ("), err)
check.finish()
