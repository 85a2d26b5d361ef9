#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/coverage.py: its sums, what it leaves out, and a build without counters."""
import os
import shutil
import tempfile

import coverage
from link import run

REPORT = {"files": [
    {"file": path, "lines": [{"count": count, "gcovr/noncode": count is None} for count in counts]}
    for path, counts in (("dsp/a.c", [3, 0, None]), ("dsp/b.c", [0, None, 1]), ("firmware/c.c", [1]),
                         ("firmware/ble/d.c", [0]), ("host-tools/main.c", [1]), ("host-tools/cues/e.c", [1, 1]),
                         ("models/net.c", [0]), ("tests/f.c", [0]), ("build/gen/g.c", [0]), ("boards/desk/h.c", [None]))]}


def test_sums():
    rooms = coverage.lines(REPORT, lambda path: path == "models/net.c")
    assert rooms == {"dsp": [2, 4], "firmware": [1, 1], "firmware/ble": [0, 1], "host-tools": [1, 1],
                     "host-tools/cues": [2, 2]}, rooms
    shown = [" ".join(line.split()) for line in coverage.table(rooms)]
    assert shown[0] == "dsp 2 of 4 lines 50.0 %" and shown[-1] == "total 6 of 9 lines 66.7 %", shown


def test_a_build_without_counters():
    if not shutil.which("gcovr"):  # make coverage brings it, make check does without
        coverage.subprocess = type("Pretend", (), {"run": staticmethod(lambda *_, **__: None)})
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "host"))
        with open(os.path.join(folder, "coverage.json"), "w", encoding="ascii") as f:
            f.write('{"files": []}')
        try:
            coverage.main(folder)
            raise AssertionError("it finds coverage where there is none")
        except SystemExit as e:
            assert "no test of" in str(e) and "ran with counters" in str(e), e


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
