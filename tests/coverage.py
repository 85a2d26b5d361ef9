#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How many lines of each room the tests ran: coverage.py BUILD

BUILD is a build with gcc's counters (make coverage). A line counts once, however many programs hold it, and only when
it is compiled for this machine: of the boards those that run against a model of their peripherals, and desk. What is
generated is left out. gcovr's own account stays in BUILD/coverage.json.
"""
import json
import os
import subprocess
import sys

import house

ROOMS = sorted([room for room in house.MAY_INCLUDE if room != "tests"] + ["firmware/ble"])


def room_of(path):
    return max((room for room in ROOMS if path.startswith(room + "/")), key=len, default=None)


def lines(report, generated):
    """{room: [lines run, lines]} of gcovr's report."""
    rooms = {}
    for source in report["files"]:
        room = room_of(source["file"])
        counted = [line for line in source["lines"] if not line["gcovr/noncode"]]
        if room and counted and not generated(source["file"]):
            sums = rooms.setdefault(room, [0, 0])
            sums[0] += sum(line["count"] > 0 for line in counted)
            sums[1] += len(counted)
    return rooms


def table(rooms):
    total = [sum(sums[i] for sums in rooms.values()) for i in (0, 1)]
    for name, (ran, all_lines) in sorted(rooms.items()) + [("total", total)]:
        yield f"{name:<22} {ran:6d} of {all_lines:6d} lines  {100 * ran / all_lines:5.1f} %"


def main(build):
    report = os.path.join(build, "coverage.json")
    subprocess.run(["gcovr", "-r", house.ROOT, os.path.join(build, "host"), "--json", report], check=True, cwd=house.ROOT)
    with open(report, encoding="utf-8") as f:
        rooms = lines(json.load(f), lambda path: house.is_generated(house.ROOT, path))
    if not any(ran for ran, _ in rooms.values()):
        sys.exit(f"coverage: no test of {build} ran with counters")
    print("\n".join(table(rooms)))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: coverage.py BUILD")
    main(sys.argv[1])
