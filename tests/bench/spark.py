# SPDX-License-Identifier: Apache-2.0
"""A part of the fleet's bench: recordings in a cluster of Spark's own (two executors on this machine), one of which is killed -9 while they
run; and the same by `undertone replay --jobs`."""
import array
import collections
import glob
import json
import os
import resource
import shutil
import signal
import subprocess
import time
import wave

from floor import until
from tool import BUILD, ENV, HERE, RATE, UNDERTONE, path, speech

PYTHON = os.path.join(BUILD, "spark", "venv", "bin", "python")
JOB = os.path.join(HERE, "..", "..", "docs", "examples", "spark_replay.py")


def make_archive(files):
    """So many calls of 3 s in twenty folders, and two files that are none."""
    customer, agent = speech()
    for i in range(files - 2):
        at = i * 977 % (len(customer) - 3 * RATE)
        both = array.array("h", (x for pair in zip(agent[at:at + 3 * RATE], customer[at:at + 3 * RATE]) for x in pair))
        os.makedirs(path(f"archive/{i % 20}"), exist_ok=True)
        with wave.open(path(f"archive/{i % 20}/{i}.wav"), "wb") as w:
            w.setnchannels(2)
            w.setsampwidth(2)
            w.setframerate(RATE)
            w.writeframes(both.tobytes())
    for i in range(2):
        with open(path(f"archive/bad{i}.wav"), "wb") as f:
            f.write(b"RIFF\x24\x00\x00\x00WAVEfmt ")


def executors():
    """Their process numbers."""
    found = []
    for name in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(name, "rb") as f:
                words = f.read().split(b"\0")
        except OSError:
            continue
        if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in words and path("results").encode() in environment(name):
            found.append(int(name.split("/")[2]))
    return found


def environment(name):
    with open(name.replace("cmdline", "environ"), "rb") as f:
        return f.read()


def spark(row, files=2000, parts=64):
    """(lines of the table, whether each file was there once)"""
    if not os.path.exists(PYTHON) or shutil.which("java") is None:
        what = "Java is not installed; apt-get install openjdk-17-jre-headless" if shutil.which("java") is None else "there is no pyspark; make build/spark"
        return [row(f"{files} recordings in Spark, an executor killed", f"not measured: {what}", "every file once", 0)], True
    make_archive(files)
    env = {**ENV, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": PYTHON, "UNDERTONE_BENCH": path("results")}
    begun = time.monotonic()
    with open(path("spark.log"), "wb") as log:
        job = subprocess.Popen([PYTHON, JOB, path("archive"), path("results"), path("table"), "--parts", str(parts), "--master", "local-cluster[2,1,1024]",
                                "--undertone", UNDERTONE], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(lambda: len(glob.glob(path("results/*/*.done"))) > files // 4 or job.poll() is not None, 600)
        done, there = len(glob.glob(path("results/*/*.done"))), executors()
        os.kill(there[0], signal.SIGKILL)
        code = job.wait(900)
    took = time.monotonic() - begun
    with open(path("spark.log"), encoding="utf-8", errors="replace") as f:
        said = f.read()
    count = f"""import collections, json
from pyspark.sql import SparkSession
s = SparkSession.builder.master("local[1]").getOrCreate()
print(json.dumps([[x.file, x.status] for x in s.read.parquet({path("table")!r}).select("file", "status").collect()]))
"""
    listed = json.loads(subprocess.run([PYTHON, "-c", count], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout)
    times, status = collections.Counter(x for x, _ in listed), collections.Counter(x for _, x in listed)
    once = len(times) == files and set(times.values()) == {1} and status == {"done": files - 2, "failed": 2} and code == 1
    cores = min(2, os.cpu_count())
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([UNDERTONE, "replay", path("archive"), "--out", path("alone"), "--jobs", str(cores)], env=ENV, check=False, capture_output=True)
    alone, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [row(f"{files} recordings of 3 s in Spark, {parts} parts, two executors of one core; one killed -9 when {done} were done",
                f"{sum(n == 1 for n in times.values())} once, {sum(n > 1 for n in times.values())} twice, {files - len(times)} missing; {said.splitlines()[-1]}", "every file once", files),
            row("the same: throughput, with what Spark takes to start", f"{files / took / 2:.1f} files/s per core ({took:.0f} s)", "", files),
            row(f"`undertone replay --jobs {cores}` alone", f"{files / alone / cores:.1f} files/s per core ({alone:.0f} s, {used:.0f} s of processor time)", "", files)], once
