#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/mutants.py: what it draws, and what becomes of faults planted in a small tree of its own."""
import contextlib
import io
import os
import tempfile

import mutants
from link import run

TREE = {
    "Makefile": """BUILD ?= build
mutants-built: $(BUILD)/host/tests/dsp/test_toy
$(BUILD)/host/%.o: %.c
	mkdir -p $(@D)
	gcc -O1 -Werror -Wall -I. -c $< -o $@
$(BUILD)/host/libcore.a: $(BUILD)/host/dsp/toy.o $(BUILD)/host/dsp/other.o
	ar rcs $@ $^
$(BUILD)/host/tests/dsp/test_toy: $(BUILD)/host/tests/dsp/test_toy.o $(BUILD)/host/libcore.a
	gcc -o $@ $^
""",
    "dsp/toy.h": "enum { SHORT, LONG };\nint toy_sum(int n);\n",
    "dsp/toy.c": """#include "dsp/toy.h"
struct bits {
    unsigned on : 1;
};
static void step(int *i)
{
    ++*i;
}
int toy_sum(int n)
{
    int sum = 0, i = 0; /* 0 < 1 */
    const char *text = "0 < 1";
    (void)(*text > n);
    if (n > 900)
        return LONG;
    while (i != n) {
        sum += i;
        step(&i);
    }
    return sum;
}
""",
    "dsp/other.c": "int other(int n);\nint other(int n)\n{\n    return n < 3 ? 1 : n;\n}\n",
    "tests/dsp/test_toy.c": """#include "dsp/toy.h"
#include <stdio.h>
int main(void)
{
    printf("%d\\n", toy_sum(4));
    return toy_sum(4) != 6 || toy_sum(0) != 0;
}
""",
}
FATES = {  # of some mutants, by their text
    "while (i {!=|==} n) {": "killed",
    "{step(&i)|};": "killed",  # never done
    "int sum = {0|1}, i = 0;": "killed",
    "if (n {>|>=} 900)": "survived",
    "return {LONG|SHORT};": "survived",
    "unsigned on : {1|0};": "not built",
    "(void)(*text {>|>=} n);": "same code",
}


def tree(folder):
    for path, text in TREE.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "w", encoding="utf-8") as f:
            f.write(text)
    with mutants.subprocess.Popen(["make", "-s", "-C", folder, "BUILD=build", "mutants-built"], env=ENV) as make:
        assert make.wait() == 0
    return folder


ENV = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD")}


def program(folder, *words):
    """(exit code, what it said)"""
    said, before = io.StringIO(), os.getcwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(said):
            code = mutants.main(["mutants.py", "build", *words], root=folder)
    finally:
        os.chdir(before)
    return code, said.getvalue()


def test_what_is_drawn():
    found = mutants.all_mutants_of({path: text for path, text in TREE.items() if path.startswith("dsp/")})
    texts = {m.text: m.operator for m in found["dsp/toy.c"]}
    assert set(FATES) <= {t.replace(" /* 0 < 1 */", "") for t in texts}, texts
    assert texts["if (n > {900|(900 + 1)})"] == "bound" if "if (n > {900|(900 + 1)})" in texts else \
        texts["if (n > {900|(900 - 1)})"] == "bound", texts
    assert texts["if {(n > 900)|(!(n > 900))}"] == "negation" and texts["{step(&i)|};"] == "call", texts
    assert "while {(i != n)|(!(i != n))} {" not in texts, "the same as the comparison swapped"
    assert not any("{0 <" in t or "0 {<" in t or "#include {" in t for t in texts), "a comment, a string, a directive"
    assert {m.function for m in found["dsp/toy.c"]} == {"toy_sum", "-"}, found


def test_statements_that_take_no_part():
    text = 'static_assert(1 < 2, "");\nvoid f(void)\n{\n    note("%d", 1 < 2);\n    free(p);\n    memset(p, 1, 2);\n    enum { A = 1 };\n}\n'
    assert {(m.operator, m.text) for m in mutants.mutants("dsp/x.c", text, {})} == {
        ("call", "{memset(p, 1, 2)|};"), ("constant", "memset(p, {1|0}, 2);")}


def test_the_draw_stays():
    before = mutants.all_mutants_of(TREE)
    drawn = mutants.drawn(before["dsp/toy.c"] + before["dsp/other.c"], 1)
    assert len({m.operator for m in drawn[:5]}) == 5, drawn[:5]
    after = mutants.all_mutants_of({**TREE, "dsp/other.c": TREE["dsp/other.c"].replace("3", "4")})
    again = mutants.drawn(after["dsp/toy.c"] + after["dsp/other.c"], 1)
    order = lambda ms: [[m for m in ms if m.path == "dsp/toy.c" and m.operator == o] for o in ("comparison", "constant")]
    assert order(drawn) == order(again) != order(mutants.drawn(before["dsp/toy.c"], 2)), (drawn, again)


def test_fates():
    mutants.PATIENCE = 1
    with tempfile.TemporaryDirectory() as folder:
        judge = mutants.Judge(tree(folder), "build", [])
        before = os.getcwd()
        os.chdir(folder)
        found = mutants.all_mutants(folder, ["dsp/toy.c"])["dsp/toy.c"]
        fates = {m.text.replace(" /* 0 < 1 */", ""): judge.judge(m)[0] for m in found}
        os.chdir(before)
        assert {text: fates[text] for text in FATES} == FATES, fates
        for path in ("dsp/toy.c", "build/mutants/tree/dsp/toy.c"):
            with open(os.path.join(folder, path), encoding="utf-8") as f:
                assert f.read() == TREE[path.removeprefix("build/mutants/tree/")], "the tree is as it was"


def test_the_program():
    with tempfile.TemporaryDirectory() as folder:
        tree(folder)
        listed = os.path.join(folder, "tests", "mutants.txt")
        table = os.path.join(folder, "docs", "mutants.md")
        code, said = program(folder, "--n", "6", "--table", table)
        assert code == 1 and "mutants: dsp: less than 90 % noticed" in said and said.endswith("0 passed, 1 failed\n"), said
        survivors = [line.removeprefix("survived: ") for line in said.splitlines() if line.startswith("survived: ")]
        with open(table, encoding="utf-8") as f:
            text = f.read()
        assert survivors and all(f"    1 {s}\n" in text for s in survivors) and "| 1 | dsp | " in text, text
        with open(listed, "w", encoding="utf-8") as f:
            f.write("# why\n" + "".join(f"{s}\n    nobody calls it\n" for s in survivors))
        code, said = program(folder, "--n", "2", "--table", table, "--room", "dsp")
        assert code == 0 and " 2 killed, 0 survived, " in said and said.endswith("1 passed, 0 failed\n"), said
        with open(table, encoding="utf-8") as f:
            text = f.read()
        assert text.count("| 1 | dsp | ") == 1 and "| 1 | dsp | 2 | 0 | " in text and survivors[0] not in text, text
        program(folder, "--n", "2", "--table", table, "--seed", "2")
        with open(table, encoding="utf-8") as f:
            text = f.read()
        assert "| 1 | dsp | 2 | 0 | " in text and "| 2 | dsp | " in text, "each seed has its rows"
        with open(listed, "a", encoding="utf-8") as f:
            f.write("dsp/toy.c toy_sum call {gone()|};\n    it was there\n")
        code, said = program(folder, "--n", "2")
        assert code == 1 and "tests/mutants.txt: there is no mutant dsp/toy.c toy_sum call {gone()|};" in said, said


def test_one_run_at_a_time():
    with tempfile.TemporaryDirectory() as folder:
        build = os.path.join(folder, "build")
        os.makedirs(os.path.join(build, "mutants"))
        with mutants.alone(build):
            try:
                program(folder, "--n", "1")
                raise AssertionError("it runs beside another")
            except SystemExit as e:
                assert "another run is at work in build/mutants" in str(e), e
        assert os.path.isdir(os.path.join(build, "mutants")), "what the other has is still there"
        with mutants.alone(build):
            pass


def test_a_list_that_is_wrong():
    key = "dsp/toy.c toy_sum call {step(&i)|};"
    assert mutants.listed(f"{key}\n    one\n    two\n") == {tuple(key.split(None, 3)): "one two"}
    for text, says in ((f"{key}\n\n{key[:10]}\n", "not FILE FUNCTION"), ("  why\n", "a reason of no mutant")):
        try:
            mutants.listed(text)
            raise AssertionError(f"it takes {text}")
        except SystemExit as e:
            assert says in str(e), e


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
