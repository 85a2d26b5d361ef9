#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Documents that repeat what a source says: the numbers of docs/compatibility.md, the figures of docs/spec."""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "host-tools")]
from tool import Checks, path, tool  # noqa: E402

ROOT = os.path.dirname(HERE)
check = Checks()


def text(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return f.read()


def found(name, pattern):
    return re.search(pattern, text(name), re.M | re.S).group(1)


# What a row says, and the source that decides it.
SOURCES = {
    "records on the wire": found("firmware/wire.h", r"UT_WIRE_VERSION = (\d+)"),
    "features": found("dsp/features.h", r"UT_FEATURES_VERSION = (\d+)"),
    "model built in": found("Makefile", r"^MODEL \?= (\w+)"),
    "model file": found("host-tools/sources/model_file.h", r"UT_MODEL_FILE_VERSION = (\d+)"),
    "image header": found("firmware/image.h", r"UT_IMAGE_HEADER_VERSION = (\d+)"),
    "factory page": found("firmware/boot/factory.c", r" VERSION = (\d+)"),
    "signed image": "MCUboot",
    "cue pack": "none",  # a file says no version: what a release does not know, it refuses
    "enrolment of desks": "none",  # its first line would change
    "manifest of a roll-out": "none",  # likewise
    "store of calls": found("host-tools/sinks/event_table.c", r"ut_event_table_kind = \{.*?\.version = (\d+)"),
    "ledger of a floor": found("host-tools/serve/ledger_sqlite.c", r"ut_ledger_table_kind = \{.*?\.version = (\d+)"),
    "tables in PostgreSQL": found("host-tools/serve/ledger_postgres.c", r"enum \{\s+VERSION = (\d+)"),
    "per-call file": json.loads(text("host-tools/call/call.schema.json"))["properties"]["Version"]["const"],
    "topics of a floor": found("host-tools/sinks/floor_message.c", r'ROOT\[\] = "undertone/(v\d+)/"'),
    "HTTP of desk and floor": found("host-tools/desk/desk.c", r'q->path, "/(v\d+)/'),
}
rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|(?: ([^|]*) \| ([^|]*) \|)?$", text("docs/compatibility.md"), re.M)
versions = {name: version for name, version, where, _ in rows if where and name != "what"}
check("compatibility: each version is its source's", versions == SOURCES, {n: (versions.get(n), SOURCES.get(n)) for n in versions.keys() | SOURCES})
check("compatibility: each has a promise", all(promise for name, _, where, promise in rows if where), rows)
types = {f"{name}.{version}" for name, version, where, _ in rows if name.startswith("undertone.")}
schema = json.loads(text("host-tools/call/events.schema.json"))["properties"]["type"]["enum"]
check("compatibility: every type of event", types == set(schema) and len(schema) > 10, types ^ set(schema))
check("compatibility: is of this release", f"Release {text('VERSION').strip()}." in text("docs/compatibility.md"))
check("and so is what CHANGES.md begins with", text("CHANGES.md").startswith(f"# Changes\n\n## {text('VERSION').strip()}"))
said = tool("--version")[1]
check("the program says the same", f"undertone {text('VERSION').strip()}, features {SOURCES['features']}, model {SOURCES['model built in']} " in said, said)

subprocess.run([sys.executable, "-B", os.path.join(ROOT, "docs/spec/figures.py"), path("figures")], check=True)
made = sorted(os.listdir(path("figures")))
check("there are four figures", made == ["cue.svg", "delay.svg", "record.svg", "turns.svg"], made)
for name in made:
    with open(os.path.join(path("figures"), name), encoding="utf-8") as f:
        check(f"docs/spec/{name} is what figures.py writes", f.read() == text(f"docs/spec/{name}"), "run docs/spec/figures.py docs/spec")
    check(f"docs/spec shows {name}", any(f"]({name})" in text(f"docs/spec/{d}") for d in os.listdir(os.path.join(ROOT, "docs/spec")) if d.endswith(".md")))

check.finish()
