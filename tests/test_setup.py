#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Set-up: what tests/fetch.py makes of a machine's apt sources and of a wrong archive, what tests/setup.sh asks for."""
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(HERE, "boards"), os.path.join(HERE, "ble")]
import environment  # noqa: E402
import fetch  # noqa: E402
from link import run  # noqa: E402

SUITES = {"bookworm", "bookworm-updates", "bookworm-security"}


def test_one_line_entries():
    for line, expected in (
            ("deb http://mirror.test/debian bookworm main", "deb-src http://mirror.test/debian bookworm main"),
            ("deb [arch=amd64 signed-by=/k.gpg] http://m.test/d bookworm-security non-free main # x",
             "deb-src [signed-by=/k.gpg] http://m.test/d bookworm-security main"),
            ("deb-src http://m.test/d bookworm main contrib", "deb-src http://m.test/d bookworm main"),
            ("# deb http://m.test/d bookworm main", None),
            ("deb http://m.test/u bookworm universe", "deb-src http://m.test/u bookworm universe"),
            ("deb http://m.test/u bookworm main restricted universe", "deb-src http://m.test/u bookworm main universe"),
            ("deb http://m.test/d bookworm contrib", None),
            ("deb http://other.test/apt other-bookworm main", None),
            ("", None)):
        assert fetch.source_line(line, SUITES) == expected, line


def test_stanzas():
    stanza = ("Types: deb\n# a remark\nURIs: http://m.test/d\nSuites: bookworm bookworm-updates other\n"
              "Components: main contrib\nArchitectures: amd64\nSigned-By:\n -----BEGIN\n .\n xyz\n")
    made = fetch.source_stanza(stanza, SUITES)
    assert "types: deb-src\n" in made and "suites: bookworm bookworm-updates\n" in made and "components: main\n" in made
    assert "uris: http://m.test/d\n" in made and "\n -----BEGIN\n .\n xyz\n" in made and "architectures" not in made
    assert "components: main universe\n" in fetch.source_stanza(stanza.replace("contrib", "universe"), SUITES)
    assert fetch.source_stanza(stanza.replace("main contrib", "contrib"), SUITES) is None
    assert fetch.source_stanza(stanza + "Enabled: no\n", SUITES) is None
    assert fetch.source_stanza(stanza.replace("bookworm", "nodistro"), SUITES) is None


def archive(folder):
    path = os.path.join(folder, "files", "x.tar.gz")
    os.makedirs(os.path.dirname(path))
    os.makedirs(folder + "/x-1.0/sub")
    with open(folder + "/x-1.0/sub/file", "w", encoding="utf-8") as f:
        f.write("content")
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder + "/x-1.0", "x-1.0")
    with open(path, "rb") as f:
        return path, hashlib.sha256(f.read()).hexdigest()


def call_fetch(folder, digest):
    command = [sys.executable, os.path.join(HERE, "fetch.py"), "x", "x.tar.gz", digest, folder + "/out", folder]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def test_the_right_archive_is_unpacked():
    with tempfile.TemporaryDirectory() as folder:
        done = call_fetch(folder, archive(folder)[1])
        assert done.returncode == 0, done
        with open(folder + "/out/sub/file", encoding="utf-8") as f:
            assert f.read() == "content"


def test_a_wrong_archive_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        path, _ = archive(folder)
        done = call_fetch(folder, "0" * 64)
        assert done.returncode == 1 and done.stdout.count("\n") == 1 and "refused" in done.stdout, done
        assert not os.path.exists(path) and not os.path.exists(folder + "/out")


def call_fetch_crate(folder, digest, cargo):
    """tests/fetch_crate.py with a pretended cargo, which may bring x-1.0.crate, or with none."""
    os.makedirs(folder + "/bin")
    if cargo:
        with open(folder + "/bin/cargo", "w", encoding="utf-8") as f:
            f.write(f"#!/bin/sh\n[ $1 = fetch ] && grep -q '^x = \"=1.0\"$' Cargo.toml || exit 9\n{cargo}\n")
        os.chmod(folder + "/bin/cargo", 0o755)
    command = [sys.executable, os.path.join(HERE, "fetch_crate.py"), "x", "1.0", digest, folder + "/out", folder + "/work"]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          env=dict(os.environ, PATH=folder + "/bin" + (":/usr/bin:/bin" if cargo else "")))


def test_a_crate():
    with tempfile.TemporaryDirectory() as folder:
        path, digest = archive(folder)
        brings = f'd=$CARGO_HOME/registry/cache/any; mkdir -p $d; cp "{path}" $d/x-1.0.crate'
        for name, wanted, cargo, code in (("right", digest, brings, 0), ("wrong", "0" * 64, brings, 1),
                                          ("no-network", digest, "exit 101", 3), ("no-cargo", digest, "", 3)):
            done = call_fetch_crate(os.path.join(folder, name), wanted, cargo)
            assert done.returncode == code and done.stdout.count("\n") == (code != 0), (name, done)
            assert os.path.exists(os.path.join(folder, name, "out/sub/file")) == (code == 0), name


def setup(folder, installed, sudo_works):
    """tests/setup.sh with a pretended dpkg-query, id, sudo and apt-get."""
    for name, body in (("dpkg-query", 'echo "install ok installed"' if installed else "exit 1"), ("id", "echo 1000"),
                       ("sudo", '[ "$1" = -n ] || exit 9; shift; exec "$@"' if sudo_works else "exit 1"),
                       ("apt-get", 'echo "apt-get $*" >>"$LOG"')):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"#!/bin/sh\n{body}\n")
        os.chmod(path, 0o755)
    environment = dict(os.environ, PATH=folder + ":" + os.environ["PATH"], LOG=folder + "/log")
    done = subprocess.run([os.path.join(HERE, "setup.sh"), "demo"], env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    log = folder + "/log"
    with open(log if os.path.exists(log) else os.devnull, encoding="utf-8") as f:
        return done.returncode, done.stdout, f.read()


def test_nothing_missing():
    with tempfile.TemporaryDirectory() as folder:
        assert setup(folder, True, False) == (0, "", "")


def test_missing_without_rights():
    with tempfile.TemporaryDirectory() as folder:
        code, said, log = setup(folder, False, False)
        assert code == 2 and log == "" and "sudo apt-get install" in said.replace("update && sudo apt-get ", ""), said
        assert "gcc-arm-none-eabi" in said and "qemu-system-arm" in said


def test_missing_with_sudo():
    with tempfile.TemporaryDirectory() as folder:
        code, _, log = setup(folder, False, True)
        lines = log.splitlines()
        assert code == 0 and len(lines) == 2 and lines[0].endswith("update") and "install -y" in lines[1], log


def test_only_an_unreachable_index_excuses_the_bluetooth_tests():
    offline = ("WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip._vendor>: Failed to "
               "establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/x/\n"
               "ERROR: No matching distribution found for x==1\n")
    for code, said, expected in (
            (0, "", 0), (1, offline, 3),
            (1, "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", 1),
            (1, offline + "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", 1),
            (1, "ERROR: Could not find a version that satisfies the requirement x==1 (from versions: 2)\n"
             "ERROR: No matching distribution found for x==1", 1)):
        assert environment.verdict(code, said) == expected, said


def test_what_could_not_run_is_counted_and_said():
    with tempfile.TemporaryDirectory() as folder:
        result = os.path.join(folder, "label")
        done = subprocess.run([os.path.join(HERE, "run.sh"), result, "-s", "no index", "--", "a", "b"],
                              stdout=subprocess.PIPE, text=True, check=True)
        assert done.stdout == "label: SKIPPED, no index: 2 test programs did not run\n", done.stdout
        total = subprocess.run([os.path.join(HERE, "total.sh"), folder, "label"], stdout=subprocess.PIPE, text=True,
                               check=True)
        assert total.stdout.endswith("2 SKIPPED\n0 passed, 0 failed, 2 skipped\n"), total.stdout


def test_what_a_test_leaves_behind_is_a_failure():
    with tempfile.TemporaryDirectory() as folder:
        program, said = os.path.join(folder, "program"), os.path.join(folder, "pid")
        ends = os.path.join(folder, "postgres.sh")  # as the one that ends a test's server does: it may take more than 5 s
        with open(ends, "w", encoding="utf-8") as f:
            f.write("sleep 8; exit\n")
        for words, passed in (("setsid sleep 600", 0), ("sleep 0.3", 1), (f"setsid sh {ends}", 1)):  # what ends by itself is none
            with open(program, "w", encoding="utf-8") as f:
                f.write(f"#!/bin/sh\n{words} >/dev/null 2>&1 </dev/null &\necho $! >{said}\necho '1 passed, 0 failed'\n")
            os.chmod(program, 0o700)
            done = subprocess.run([os.path.join(HERE, "run.sh"), os.path.join(folder, "label"), "--", program], stdout=subprocess.PIPE, text=True, check=False)
            assert (done.returncode == 0) == passed and f"label: 1 passed, {1 - passed} failed\n" in done.stdout, done
            assert ("left behind: sleep 600" in done.stdout) != passed, done
            with open(said, encoding="utf-8") as f:
                running = f"/proc/{f.read().strip()}/cmdline"
            end = time.monotonic() + 20
            while os.path.exists(running) and open(running, "rb").read() and time.monotonic() < end:  # of one that nobody has waited for it is empty
                time.sleep(0.05)
            assert time.monotonic() < end


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
