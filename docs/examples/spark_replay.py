#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An archive of recordings through Spark: spark_replay.py ARCHIVE RESULTS TABLE [--parts N] [--master URL] [--undertone PROGRAM]

ARCHIVE and RESULTS are folders that every worker sees. Each task pipes one part's number to `undertone replay --part`, which takes
each call once, leaves alone what is done, and tries again what failed: a task that Spark starts anew after an executor was lost goes on where
it was. Parts with a call that failed, and parts of which nothing came back, run once more. TABLE gets a row per file as Parquet (docs/spec/replay.md,
"Spark"); files that failed twice are named on standard error. Exit code: 0; 1 some file failed; 4 a part did not run to its end.
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
TRUNCATED, LOCKED_S = 30, 120


def run_parts(spark, parts, words):
    """{part: exit code} of those that came back."""
    loop = f"while read part; do {words} --part $part >/dev/null 2>&1 </dev/null; echo $part $?; done"
    said = spark.sparkContext.parallelize(parts, len(parts)).pipe("sh -c " + shlex.quote(loop)).collect()
    return {part: int(code) for part, code in (line.split() for line in said)}


def summary_of(results, part):
    return os.path.join(results, "summary-" + part.replace("/", "-of-") + ".csv")


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
    begun = time.time()
    codes = run_parts(spark, parts, words)
    again = [x for x in parts if codes.get(x, 1) not in (0, 12, TRUNCATED)]
    end = time.time() + LOCKED_S
    waits = list(again)
    while waits and time.time() < end:  # what a lost executor had begun may still hold its part's lock
        codes.update(run_parts(spark, waits, words))
        waits = [x for x in waits if codes[x] == 1 and (not os.path.exists(summary_of(a.results, x)) or os.path.getmtime(summary_of(a.results, x)) < begun)]
        if waits:
            time.sleep(2)
    columns, rows = rows_of(summary_of(a.results, x) for x in parts if x not in waits and os.path.exists(summary_of(a.results, x)))
    if rows:
        spark.createDataFrame(rows, schema_of(columns)).coalesce(1).write.mode("overwrite").parquet(a.table)
    spark.stop()
    failed = [x for x in rows if x[columns.index("status")] == "failed"]
    for x in failed:
        print(f"{x[0]}: failed twice ({x[columns.index('exit_code')]}): {x[columns.index('reason')]}", file=sys.stderr)
    for x in waits:
        print(f"part {x}: did not run to its end; run this again", file=sys.stderr)
    print(f"{len(rows)} files, {len(failed)} failed, {len(again)} of {a.parts} parts ran twice")
    return 4 if waits else 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
