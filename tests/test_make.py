#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Makefile's ways to a test: one by name, under the debugger, and those of a change; that each of them can fail."""
import hashlib
import os
import shutil
import subprocess
import tempfile

from link import BUILD, run

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENV = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD", "SHOW", "T", "ON")}


def make(*words, root=ROOT, build=os.path.relpath(BUILD, ROOT)):
    """(exit code, output, errors)"""
    done = subprocess.run(["make", "--no-print-directory", "-C", root, f"BUILD={build}", *words], stdin=subprocess.DEVNULL, text=True, env=ENV,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=200, check=False)
    return done.returncode, done.stdout, done.stderr


def test_one_test_by_name():
    for word in ("dsp/q", "tests/dsp/test_q.c"):
        code, said, _ = make("test", f"T={word}")
        assert code == 0 and "OK ] saturates" in said and "test: 4 passed, 0 failed" in said, said
    code, said, _ = make("test", "T=dsp/q dsp/log2", "ON=m4")
    assert code == 0 and "4 test(s)" in said and "test: 8 passed, 0 failed" in said, said


def test_a_name_that_means_no_test():
    for words, named in ((("test", "T=dsp/pich"), "no test is named dsp/pich; near: dsp/pitch"),
                         (("gdb", "T=dsp/pich"), "no test is named dsp/pich; near: dsp/pitch"),
                         (("test",), "which test? For example make test T=dsp/pitch"),
                         (("test", "T=call/session", "ON=m4"), "no image for the target"),
                         (("gdb", "T=commands/live"), "a test in Python")):
        code, _, errors = make(*words)
        assert code == 2 and errors.count("\n") == 1 and named in errors, (words, code, errors)


def test_the_debugger_here():
    code, said, errors = make("gdb", "T=dsp/q", 'GDB_FLAGS=-batch -ex "info line main" -ex "info files"')
    assert code == 0 and "tests/dsp/test_q.c" in said and "/debug/tests/dsp/test_q" in said, (said, errors)


def test_the_debugger_on_the_emulated_core():
    code, said, errors = make("gdb", "T=dsp/q", "ON=m4", 'GDB_FLAGS=-batch -ex "break main" -ex continue -ex "info registers pc"')
    assert code == 0 and "Breakpoint 1, main () at tests/dsp/test_q.c" in said and "<main>" in said, (said, errors)


def test_without_the_debugger():
    code, _, errors = make("gdb", "T=dsp/q", "GDB=no-such-gdb")
    assert code == 2 and "no-such-gdb is not installed: sudo apt-get install gdb-multiarch" in errors, errors


def copy_of_the_tree(folder, *parts):
    """With these parts of its build, under git, and nothing changed since the last commit but one."""
    tree, build = os.path.join(folder, "tree"), os.path.abspath(BUILD)
    shutil.copytree(ROOT, tree, ignore=lambda where, names: [
        n for n in names if n in (".git", "__pycache__") or os.path.join(where, n) in (build, os.path.join(ROOT, "build"))])
    for name in ("setup", "gen", "m4", "model.id", *parts):
        os.makedirs(os.path.dirname(os.path.join(tree, "build", name)), exist_ok=True)
        subprocess.run(["cp", "-a", os.path.join(build, name), os.path.join(tree, "build", name)], check=True)
    os.symlink(os.path.join(build, "third_party"), os.path.join(tree, "build", "third_party"))
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "1"), ("commit", "-qm", "2", "--allow-empty")):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x.test", *words], cwd=tree, check=True)
    return tree


def replace(path, old, new):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    assert old in text
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))


def test_quick():
    with tempfile.TemporaryDirectory() as folder:
        tree = copy_of_the_tree(folder, "host")
        replace(os.path.join(tree, "tests", "dsp", "test_log2.c"), "int main(", "/* Planted. */\nint main(")
        code, said, errors = make("quick", root=tree, build="build")
        assert code == 0 and "1 files changed" in errors and ": 1 test programs" in errors, (said, errors)
        assert "\ntest              4 passed, 0 failed\n" in said and "\nquick: " in said, said
        assert said.splitlines()[-1].endswith(" passed, 0 failed"), said

        replace(os.path.join(tree, "tests", "dsp", "test_log2.c"), "int main(", "int planted;\nint main(")
        replace(os.path.join(tree, "tests", "dsp", "test_q.c"), "static void saturates(void **state)\n{",
                "static void saturates(void **state)\n{\n    assert_true(0); /* TO" "DO */")
        code, said, errors = make("quick", root=tree, build="build")
        assert code == 2 and "test              7 passed, 1 failed" in said and "house" in said, (said, errors)
        assert "test_q.c" in said and said.splitlines()[-1].endswith(" passed, 2 failed"), said


def read(path):
    with open(path, "rb") as f:
        return f.read()


def test_keys_and_counter():
    """Others than at the last build, whose files are older than what was built: nothing keeps the key from before."""
    with tempfile.TemporaryDirectory() as folder:
        tree, other = copy_of_the_tree(folder, "boot", "mps2"), os.path.join(folder, "other.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", other], check=True,
                       stderr=subprocess.DEVNULL)
        os.utime(other, (1e9, 1e9))
        mine, published = (hashlib.sha256(subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True,
                                                         stdout=subprocess.PIPE).stdout).digest()
                           for key in (other, os.path.join(ROOT, "boards", "development.pem")))
        images = [os.path.join(tree, "build", "mps2", name) for name in ("boot.bin", "undertone.update", "selftest.update")]
        targets = [os.path.relpath(image, tree) for image in images]

        def built(*words):
            code, _, errors = make(*targets, *words, root=tree, build="build")
            assert code == 0, errors
            return [read(image) for image in images]

        begun = built()
        assert all(published in image and mine not in image for image in begun)
        assert all(mine in image and published not in image for image in built(f"KEY={other}", f"KEYS={other}"))
        for image in built("COUNTER=7")[1:]:  # SPEC.md "Signed image": the first protected entry
            at = 0x200 + int.from_bytes(image[12:16], "little")
            assert image[at + 4:at + 12] == b"\x50\0\4\0\7\0\0\0", image[at:at + 12]
        assert built() == begun
        times = [os.stat(image).st_mtime_ns for image in images]
        assert built() == begun and times == [os.stat(image).st_mtime_ns for image in images]
        for words in ("KEY=none.pem", "KEYS=none.pem"):
            code, _, errors = make(*targets, words, root=tree, build="build")
            assert code == 2 and "none.pem" in errors and built() == begun, errors


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
