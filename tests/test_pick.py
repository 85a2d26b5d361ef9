#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/pick.py: which tests a name or a change means."""
import os
import tempfile

import pick
from link import run

TREE = {
    "dsp/q.h": "",
    "dsp/bins.h": '#include "dsp/q.h"\n',
    "tests/dsp/test_q.c": '#include "dsp/q.h"\n',
    "tests/dsp/test_bins.c": '/* one deeper */\n#  include "tests/helper.h"\n',
    "tests/helper.h": '#include "dsp/bins.h"\n',
    "tests/dsp/test_pitch.c": '#include "dsp/tables.h"\n',
    "tests/room/test_engine.c": "",
    "tests/other/test_engine.c": "",
    "tests/room/test_live.py": "import tool\n",
    "tests/boards/kit/test_store.c": "",
    "tests/boards/test_kit.py": "from tool import x\n",
    "tests/host-tools/tool.py": "",
}


def tree(folder):
    for path, text in TREE.items():
        os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
        with open(os.path.join(folder, path), "w", encoding="utf-8") as f:
            f.write(text)
    return folder


def test_names():
    with tempfile.TemporaryDirectory() as folder:
        tests = pick.all_tests(tree(folder))
        for word in ("dsp/pitch", "pitch", "dsp/pitch.c", "tests/dsp/test_pitch.c", "./tests/dsp/test_pitch"):
            assert pick.named(tests, word) == (["tests/dsp/test_pitch.c"], ""), word
        assert pick.named(tests, "room/live") == (["tests/room/test_live.py"], "")
        for word, said in (("dsp/pich", "no test is named dsp/pich; near: dsp/pitch"),
                           ("enigne", "no test is named enigne; near: other/engine, room/engine"),
                           ("engine", "engine names 2 tests: other/engine, room/engine"),
                           ("x", "no test is named x; make test T=dsp/pitch names one")):
            assert pick.named(tests, word) == ([], said), (word, pick.named(tests, word))


def test_changes():
    with tempfile.TemporaryDirectory() as folder:
        tree(folder)
        for changed, picked in (
                (["dsp/q.h"], ["dsp/test_bins.c", "dsp/test_q.c"]),
                (["dsp/q.c"], ["dsp/test_bins.c", "dsp/test_q.c"]),
                (["dsp/bins.c", "README.md"], ["dsp/test_bins.c"]),
                (["tests/helper.h"], ["dsp/test_bins.c"]),
                (["dsp/tables.py"], ["dsp/test_pitch.c"]),
                (["room/live.c"], ["room/test_live.py"]),
                (["tests/host-tools/tool.py"], ["boards/test_kit.py", "room/test_live.py"]),
                (["boards/kit/page.c"], ["boards/kit/test_store.c", "boards/test_kit.py"]),
                (["docs/a.svg", "CHANGES.md", ".clang-format"], []),
                (["Makefile"], None),
                (["dsp/q.c", "tests/tests.mk"], None)):
            found = pick.of_changes(folder, changed)
            assert found == (picked if picked is None else ["tests/" + path for path in picked]), (changed, found)


def test_this_tree():
    found = pick.of_changes(pick.ROOT, ["dsp/pitch.c"])
    assert {"tests/dsp/test_pitch.c", "tests/dsp/test_features.c"} <= set(found), found
    assert "tests/host-tools/system/test_hash.c" not in found, found


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
