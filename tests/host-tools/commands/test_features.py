#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone features`: columns, times, channels, and what is refused."""
import csv
import io
import math
import os
import subprocess

from tool import ENV, UNDERTONE, Checks, float_wav, path, speech, tool, wav, write

FIRST = ["t_ms", "channel", "speech", "level_dbfs", "f0_hz", "voicing", "pace_syl_s", "syllable", "tonal", "clipped",
         "snr_db", "loudness", "mel00"]
check = Checks()
customer, agent = speech()


def rows(*words):
    code, out, err = tool("features", *words)
    check("features " + os.path.basename(words[0]), code == 0 and err == "", err)
    return list(csv.DictReader(io.StringIO(out)))


stereo = wav("stereo.wav", [agent, customer])
both = rows(stereo, "--csv")
names = list(both[0])
check("columns", names[:13] == FIRST and names[31:33] == ["mel19", "high"]
      and names[33:61] == [f"x{i:02d}" for i in range(28)], names)
check("one row per 10 ms and channel", len(both) == 2 * math.ceil(len(customer) / 160))
check("times are hop centres", [int(x["t_ms"]) for x in both[:6]] == [0, 0, 10, 10, 20, 20])
check("channels in turn", {x["channel"] for x in both[0::2]} == {"customer"}
      and {x["channel"] for x in both[1::2]} == {"agent"})
check("speech is found on both", all(sum(int(x["speech"]) for x in both if x["channel"] == c) > 100
                                     for c in ("customer", "agent")))
check("f0 is 0 or 60..500 Hz", all(float(x["f0_hz"]) == 0 or 60 <= float(x["f0_hz"]) <= 500 for x in both)
      and any(float(x["f0_hz"]) > 0 for x in both))
check("x is whole numbers", all(x[f"x{i:02d}"].lstrip("-").isdigit() for x in both for i in range(28)))

mono = rows(wav("mono.wav", [customer]))
check("mono gives the customer's rows, the same as in stereo", mono == both[0::2])
swapped = rows(stereo, "--customer", "1", "--agent", "2")
check("channels can be swapped", [x["x20"] for x in swapped[0::2]] == [x["x20"] for x in both[1::2]])

tone = [0.5 * math.sin(2 * math.pi * 200 * i / 16000) for i in range(16000)]
middle = rows(float_wav("tone.wav", tone))[50]
check("a 200 Hz sine of -9.03 dBFS", abs(float(middle["level_dbfs"]) + 9.03) < 0.1
      and abs(float(middle["f0_hz"]) - 200) < 1, (middle["level_dbfs"], middle["f0_hz"]))
check("one sample gives one row", len(rows(wav("one.wav", [customer[:1]]))) == 1)

os.mkdir(path("out"))
code, out, err = tool("features", stereo, path("mono.wav"), "--out", path("out"))
check("--out writes one table per file", code == 0 and out == ""
      and sorted(os.listdir(path("out"))) == ["mono.csv", "stereo.csv"])
with open(path("out/mono.csv"), encoding="ascii") as f:
    check("the same table", list(csv.DictReader(f)) == mono)
os.mkdir(path("other"))
wav("other/mono.wav", [agent])
check.refused("two files of one name",
              tool("features", path("mono.wav"), path("other/mono.wav"), "--out", path("out")), 2)
check.refused("several files without --out", tool("features", stereo, path("mono.wav")), 2, "--out")
check.refused("no file", tool("features"), 2)
check.refused("a folder that is not there", tool("features", stereo, "--out", path("none")), 1)
check.refused("not a number", tool("features", float_wav("nan.wav", [0.0] * 999 + [math.nan])), 15)
check.refused("not audio", tool("features", write("text.wav", "no audio\n" * 99), "--out", path("other")), 11)
check("a refused file leaves no table", sorted(os.listdir(path("other"))) == ["mono.wav"], os.listdir(path("other")))

# sound without a header, from a pipe, and from standard input: the ways in that replay has
with open(stereo, "rb") as f:
    data = f.read()
raw = write("call.bin", data[44:])
check("without a header", rows("--raw", "s16:16000:2", raw) == both)
for what, words, given in (("from standard input", ["-"], data), ("and without a header", ["--raw", "s16:16000:2", "-"], data[44:]),
                           ("from a device", ["/dev/stdin"], data)):
    done = subprocess.run([UNDERTONE, "features", *words], input=given, capture_output=True, timeout=120, check=False, env=ENV)
    check(what, done.returncode == 0 and list(csv.DictReader(io.StringIO(done.stdout.decode()))) == both, done.stderr)
check.refused("a coding that is none", tool("features", "--raw", "s12:8000:1", raw), 2, "s12")
check.refused("a table is of a whole file", tool("features", write("cut.wav", data[:len(data) // 2])), 13, "truncated")

check.finish()
