#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An archive of recordings through Spark: spark_replay.py ARCHIVE RESULTS TABLE [--parts N] [--master URL] [--undertone PROGRAM]

ARCHIVE and RESULTS are folders that every worker sees. Each task pipes one part's number to `undertone replay --part`, which takes
each call once, leaves alone what is done, and tries again what failed: a task that Spark starts anew after an executor was lost goes on where
it was. Parts with a call that failed, and parts of which nothing came back, run once more. TABLE gets a row per file as Parquet (docs/spec/replay.md,
"Spark"); files that failed twice are named on standard error, beside what the workers' standard error has. Exit code: 0; 1 some file failed;
4 a part did not run to its end, and its files are not in TABLE; 12 there is no audio.
"""
import argparse
import csv
import os
import shlex
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.types import DoubleType, IntegerType, StringType, StructField, StructType

TEXT = {"file", "status", "reason", "customer_alone"}
WHOLE = {"exit_code", "interruptions_by_agent", "interruptions_by_customer", "overlaps", "cues_not_shown", "holds"}
FIRST_CUE = "non_talk_on_hold_s"  # the columns behind it count openings, a cue each
OK, FAILED, PROTOCOL, EMPTY, TRUNCATED = 0, 1, 4, 12, 30  # as undertone's exit codes are
LOCKED_S = 120


def summary_of(results, part):
    name = "summary-" + part.replace("/", "-of-") if part != "1/1" else "summary"
    return os.path.join(results, name + ".csv")


def stamp_of(name):
    """Another one after the file was written; opened, since shared storage answers from memory otherwise. None: no such file."""
    try:
        with open(name, "rb") as f:
            st = os.fstat(f.fileno())
    except OSError:
        return None
    return st.st_ino, st.st_size, st.st_mtime_ns


def run_parts(spark, parts, words, results):
    """({part: exit code} of those that came back, the parts that ran to their end and wrote what they found)"""
    before = {x: stamp_of(summary_of(results, x)) for x in parts}
    loop = f"while read part; do {words} --part $part >/dev/null </dev/null; echo $part $?; done"
    said = spark.sparkContext.parallelize(parts, len(parts)).pipe("sh -c " + shlex.quote(loop)).collect()
    codes = {part: int(code) for part, code in (line.split() for line in said)}
    wrote = {x for x in parts if stamp_of(summary_of(results, x)) not in (None, before[x])}
    ended = {x for x, code in codes.items() if code == EMPTY or code in (OK, FAILED, TRUNCATED) and x in wrote}
    return codes, ended


def schema_of(columns):
    cues = columns[columns.index(FIRST_CUE) + 1:]
    kind = {**dict.fromkeys(columns, DoubleType()), **dict.fromkeys(TEXT, StringType()), **dict.fromkeys([*WHOLE, *cues], IntegerType())}
    return StructType([StructField(x, kind[x]) for x in columns])


def rows_of(files):
    """(columns, rows with the values that their types want)"""
    columns, rows = [], []
    for name in files:
        with open(name, encoding="utf-8", newline="") as f:
            table = csv.reader(f)
            columns = next(table)
            types = [x.dataType for x in schema_of(columns)]
            convert = [int if isinstance(x, IntegerType) else float if isinstance(x, DoubleType) else str for x in types]
            rows += [tuple(c(x) if x != "" else None for c, x in zip(convert, line)) for line in table]
    return columns, rows


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("archive")
    p.add_argument("results")
    p.add_argument("table")
    p.add_argument("--parts", type=int, default=64)
    p.add_argument("--master")
    p.add_argument("--undertone", default="undertone")
    a = p.parse_args()
    builder = SparkSession.builder.appName("undertone replay")
    spark = (builder.master(a.master) if a.master else builder).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    words = " ".join(map(shlex.quote, [a.undertone, "replay", a.archive, "--out", a.results, "--jobs", "1"]))
    parts = [f"{i}/{a.parts}" for i in range(1, a.parts + 1)]
    codes, ended = run_parts(spark, parts, words, a.results)
    again = [x for x in parts if x not in ended or codes[x] == FAILED]
    end, waits = time.time() + LOCKED_S, again
    while waits:
        ended -= set(waits)
        more, done = run_parts(spark, waits, words, a.results)
        codes, ended = {**codes, **dict.fromkeys(waits), **more}, ended | done
        waits = [x for x in waits if x not in ended and codes[x] == FAILED]  # what a lost executor had begun may still hold its part's lock
        if time.time() > end:
            break
        time.sleep(2 if waits else 0)
    columns, rows = rows_of(summary_of(a.results, x) for x in parts if x in ended and codes[x] != EMPTY)
    if columns:
        spark.createDataFrame(rows, schema_of(columns)).coalesce(1).write.mode("overwrite").parquet(a.table)
    spark.stop()
    failed = [x for x in rows if x[columns.index("status")] == "failed"]
    for x in failed:
        print(f"{x[0]}: failed twice ({x[columns.index('exit_code')]}): {x[columns.index('reason')]}", file=sys.stderr)
    lost = [x for x in parts if x not in ended]
    for x in lost:
        why = "nothing came back" if codes.get(x) is None else f"exit code {codes[x]}"
        print(f"part {x}: did not run to its end ({why}); run this again", file=sys.stderr)
    print(f"{len(rows)} files, {len(failed)} failed, {len(again)} of {a.parts} parts ran twice")
    if lost:
        return PROTOCOL
    if all(x[columns.index("status")] == "left_out" for x in rows):
        print(f"{a.archive}: holds no audio files; check the folder", file=sys.stderr)
        return EMPTY
    return FAILED if failed else OK


if __name__ == "__main__":
    sys.exit(main())
