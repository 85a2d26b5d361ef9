#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A script of pyspark's without Spark: spark_double.py SCRIPT WORD... Tasks run one after another in this process's place, and
a table is a file of JSON lines."""
import json
import os
import runpy
import shlex
import subprocess
import sys
import types


class Rdd:
    def __init__(self, items):
        self.items, self.command = items, None

    def pipe(self, command):
        self.command = shlex.split(command)
        return self

    def collect(self):
        """Each item is a partition of its own; a command's exit code counts for nothing, as in Spark."""
        return [line for x in self.items
                for line in subprocess.run(self.command, input=x + "\n", stdout=subprocess.PIPE, text=True, check=False).stdout.splitlines()]


class Frame:
    def __init__(self, rows, schema):
        self.rows, self.schema, self.write = rows, schema, self

    def coalesce(self, _):
        return self

    def mode(self, how):
        assert how == "overwrite"
        return self

    def parquet(self, file):
        fits = {DoubleType: float, IntegerType: int, StringType: str}
        for row in self.rows:
            assert len(row) == len(self.schema) and all(x is None or type(x) is fits[type(f.dataType)] for x, f in zip(row, self.schema)), row
        with open(file, "w", encoding="utf-8") as f:
            f.writelines(json.dumps(dict(zip((x.name for x in self.schema), row))) + "\n" for row in self.rows)


class Session:
    builder = None  # below

    def __init__(self):
        self.sparkContext = self

    def appName(self, _):
        return self

    def getOrCreate(self):
        return self

    def setLogLevel(self, _):
        pass

    def parallelize(self, items, slices):
        assert slices == len(items)
        return Rdd(items)

    def createDataFrame(self, rows, schema):
        return Frame(rows, schema)

    def stop(self):
        pass


class DoubleType:
    pass


class IntegerType:
    pass


class StringType:
    pass


class StructField:
    def __init__(self, name, kind):
        self.name, self.dataType = name, kind


Session.builder = Session()
for name, content in (("pyspark", {}), ("pyspark.sql", {"SparkSession": Session}),
                      ("pyspark.sql.types", {"DoubleType": DoubleType, "IntegerType": IntegerType, "StringType": StringType,
                                             "StructField": StructField, "StructType": list})):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(content)
if __name__ == "__main__":
    sys.argv[:1] = []
    sys.path[0] = os.path.dirname(sys.argv[0])
    runpy.run_path(sys.argv[0], run_name="__main__")
