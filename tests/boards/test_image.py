#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The header of the built images, read by a second reader, and that the same source gives the same bytes anywhere."""
import hashlib
import os
import shutil
import struct
import subprocess
import tempfile

from link import BUILD, HELLO, IMAGE, SPEECH, kind, records, run
from machine import emulated

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.splitext(IMAGE)[0] + ".bin"
STAMP = os.path.join(ROOT, "boards", "image.py")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def header(image):
    return image[0x200:0x260]


def revision(image):
    return header(image)[36:56].rstrip(b"\0").decode()


def hello():
    return next(r for r in records(emulated(SPEECH)[1])[0] if kind(r) == HELLO)


def test_the_header_says_what_hello_says():
    h, said = header(read(BINARY)), hello()
    assert h[:8] == b"UTIM\1\0\x60\0"
    assert h[8:12] == said[15:19] and h[12:15] == said[2:5] and h[16:18] == said[5:7]
    assert h[20:24] == said[11:15] and h[24:28] == said[7:11] and said[7:11] != bytes(4)


def test_length_and_digest():
    for board in sorted(os.listdir(os.path.join(ROOT, "boards"))):
        path = os.path.join(BUILD, board, "undertone.bin")
        if not os.path.exists(os.path.join(ROOT, "boards", board, "link.ld")):
            continue
        image = read(path)
        assert struct.unpack_from("<I", header(image), 28)[0] == len(image), path
        blank = image[:0x240] + bytes(32) + image[0x260:]
        assert header(image)[64:] == hashlib.sha256(blank).digest(), path


def test_the_elf_holds_the_same_bytes():
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", IMAGE, out.name], check=True)
        again = read(out.name)
    assert read(BINARY)[:len(again)] == again


def test_the_same_source_gives_the_same_bytes():
    """Built twice from copies of the tree in folders of other lengths, and compared with each other and with this build."""
    skipped = {os.path.abspath(BUILD), os.path.join(ROOT, "build")}
    with tempfile.TemporaryDirectory() as folder:
        built = []
        for name in ("a", "a/much/longer/path/to the same"):
            copy = os.path.join(folder, name.replace(" ", "_"), "tree")
            shutil.copytree(ROOT, copy, ignore=lambda where, names: [
                n for n in names if n in (".git", "__pycache__") or os.path.abspath(os.path.join(where, n)) in skipped])
            ready = os.path.join(copy, "build", "setup")
            os.makedirs(ready)
            for part in ("demo", "check"):
                with open(os.path.join(ready, part), "w", encoding="utf-8"):
                    pass
            environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD")}
            fetched = [f"{name}_DIR=" + os.path.abspath(os.environ.get(f"{name}_DIR") or
                                                        os.path.join(BUILD, "third_party", name.lower()))
                       for name in ("KISSFFT", "BEARSSL")]
            subprocess.run(["make", "-s", "-j2", "-C", copy, "firmware", "build/mps2/slot-b.bin",
                            f"REVISION={revision(read(BINARY))}", *fetched], check=True, env=environment, timeout=200,
                           stdout=subprocess.DEVNULL)
            built.append([read(os.path.join(copy, "build", "mps2", name))
                          for name in ("undertone.bin", "undertone.elf", "slot-b.bin", "slot-b.elf")])
    assert built[0] == built[1]
    assert built[0][0] == read(BINARY)


def test_the_step_refuses_what_is_no_image():
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("empty", b""), ("text", b"x" * 1000), ("other.elf", read("/bin/true"))):
            path = os.path.join(folder, name)
            with open(path, "wb") as f:
                f.write(data)
            done = subprocess.run([STAMP, path, "r", "mps2"], stderr=subprocess.PIPE, check=False, text=True)
            assert done.returncode != 0 and done.stderr.count("\n") == 1 and path in done.stderr, done
        path = os.path.join(folder, "image.elf")
        shutil.copy(IMAGE, path)
        assert subprocess.run([STAMP, path, "r" * 21, "mps2"], stderr=subprocess.PIPE, check=False).returncode != 0
        done = subprocess.run([STAMP, path, "r", "mps"], stderr=subprocess.PIPE, check=False, text=True)
        assert done.returncode != 0 and 'board_name is "mps2"' in done.stderr and done.stderr.count("\n") == 1, done
        assert read(path) == read(IMAGE)
        subprocess.run([STAMP, path, revision(read(BINARY)), "mps2"], check=True)  # twice is as once
        assert read(path) == read(IMAGE)


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
