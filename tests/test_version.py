#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""VERSION: program, firmware and release notes say what it says; one that is none stops the build."""
import os
import subprocess
import tempfile

import tool
from link import BUILD, HELLO, IMAGE, kind, records, run

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
with open(os.path.join(ROOT, "VERSION"), encoding="ascii") as f:
    VERSION = f.read().strip()


def test_the_program():
    assert tool.tool("--version")[1].startswith(f"undertone {VERSION}, ")


def test_the_emulated_headset():
    folder = tool.FOLDER.name
    audio, line = os.path.join(folder, "audio"), os.path.join(folder, "line")
    with open(audio, "wb") as f:
        f.write(bytes(64000))
    subprocess.run(["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "file:" + line,
                    "-semihosting-config", f"enable=on,target=native,arg=undertone,arg={audio}", "-kernel", IMAGE],
                   check=False, timeout=60, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(line, "rb") as f:
        hellos = [r for r in records(f.read())[0] if kind(r) == HELLO]
    assert hellos and ".".join(map(str, hellos[0][2:5])) == VERSION, hellos


def test_the_release_notes():
    with open(os.path.join(ROOT, "CHANGES.md"), encoding="utf-8") as f:
        assert f"\n## {VERSION}\n" in f.read()


def header(text):
    """(exit code, errors, header) that a VERSION of this text makes."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "VERSION"), os.path.join(folder, "version.h")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        done = subprocess.run([os.path.join(ROOT, "firmware", "version.py"), path, out], stderr=subprocess.PIPE, text=True,
                              check=False)
        with open(out if os.path.exists(out) else os.devnull, encoding="utf-8") as f:
            return done.returncode, done.stderr, f.read()


def test_the_header():
    code, said, text = header("12.0.255\n")
    assert code == 0 and said == "" and '#define UT_VERSION "12.0.255"\n' in text, (said, text)
    assert "enum { UT_VERSION_MAJOR = 12, UT_VERSION_MINOR = 0, UT_VERSION_PATCH = 255 };" in text, text


def test_what_is_no_version():
    for text in ("", "1.2\n", "1.2.3", "1.2.3\n4\n", "v1.2.3\n", "1.2.256\n", "1.02.3\n", "1.2.x\n", "1.2.3-rc1\n"):
        code, said, made = header(text)
        assert code == 1 and said.count("\n") == 1 and "is no version" in said and made == "", (text, said, made)


def test_the_build_stops():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "VERSION"), "w", encoding="ascii") as f:
            f.write("1.2\n")
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD")}
        target = os.path.join(folder, "gen", "firmware", "version.h")
        os.makedirs(os.path.join(folder, "setup"))
        subprocess.run(["touch", os.path.join(folder, "setup", "demo")], check=True)
        done = subprocess.run(["make", "-C", ROOT, f"BUILD={folder}", f"VERSION_FILE={folder}/VERSION", target], text=True, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 2 and "VERSION: '1.2\\n' is no version; write one line" in done.stderr, done
        wanted = subprocess.run(["make", "-n", "-C", ROOT, f"BUILD={folder}", f"{folder}/host/dsp/level.o"], text=True, env=env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert "firmware/version.py" in wanted.stdout, wanted


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
