# SPDX-License-Identifier: Apache-2.0
"""A table of what was measured, in parts: each with what else the machine had to do."""
import argparse
import contextlib
import os
import re
import time

from tool import path


def pressure():
    """Time that tasks of this machine waited for a processor, us."""
    with contextlib.suppress(OSError), open("/proc/pressure/cpu", encoding="ascii") as f:
        return int(re.search(r"some .*total=(\d+)", f.read())[1])
    return 0


def share():
    """What the scheduler gives this run before others, in words; "" = nothing."""
    with contextlib.suppress(OSError), open("/proc/self/autogroup", encoding="ascii") as f:
        nice = int(f.read().split()[-1])
        return f" (scheduled before others: autogroup nice {nice})" if nice else ""
    return ""


def fsync_ms(n=50):
    with open(path("fsync"), "wb") as f:
        begun = time.monotonic()
        for _ in range(n):
            f.write(bytes(4096))
            f.flush()
            os.fsync(f.fileno())
        return (time.monotonic() - begun) / n * 1000


def row(what, figure, bar, n):
    return f"| {what} | {figure} | {bar} | {n} |"


def measure(parts, head, about, clean):
    """The parts that --only names, each a function of its name that gives its lines; what is not asked for keeps its lines in
    --table."""
    p = argparse.ArgumentParser(description=about.splitlines()[0])
    p.add_argument("--table", required=True)
    p.add_argument("--only", default=",".join(parts))
    a = p.parse_args()
    sections = {}
    with contextlib.suppress(FileNotFoundError), open(a.table, encoding="utf-8") as f:
        sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", f.read(), re.M | re.S))
    for part in a.only.split(","):
        load_before, before, begun = os.getloadavg()[0], pressure(), time.monotonic()
        disk = fsync_ms()
        try:
            lines = parts[part](part)
        finally:
            clean()
        took = time.monotonic() - begun
        waiting = 100 * (pressure() - before) / 1e6 / took
        sections[part] = (f"\n{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, load {load_before:.1f} before{share()}; in {waiting:.0f} % of the time some task waited for a "
                          f"core; fsync of 4 KB {disk:.1f} ms\n\n| what | measured | bar | n |\n|---|---|---|---|\n" + "\n".join(lines) + "\n\n")
        print(f"## {part} ({took:.0f} s)\n" + sections[part], flush=True)
        rest = "".join(f"## {x}\n{sections[x]}" for x in [*parts, *(x for x in sections if x not in parts)] if x in sections)
        with open(a.table, "w", encoding="utf-8") as f:
            f.write((head + rest).rstrip("\n") + "\n")
