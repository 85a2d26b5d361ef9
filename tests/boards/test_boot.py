#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The bootloader on the emulated machine, with real signatures and the real firmware, from a file that is its flash."""
import os
import subprocess
import tempfile

from link import BUILD, HELLO, IMAGE, SPEECH, kind, records, run
from machine import emulated
from slots import RELEASE, SLOT_AT, SLOT_BYTES, booted, factory, flash, images, read, slot, trailer, write

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = tempfile.TemporaryDirectory()
FLASH = os.path.join(FOLDER.name, "flash")
SECOND = os.path.join(FOLDER.name, "second")
write(SECOND, read(SPEECH)[:64000])
A, B = images(read(RELEASE))
KEPT_A = slot(A, trailer(1, kept=True))


def start(data=None):
    """(exit code, what the bootloader said, records) of one start, from this flash or from what the last one left."""
    if data is not None:
        write(FLASH, data)
    code, line, said = booted(FLASH, SECOND)
    return code, said.split("\n")[0], records(line)[0]


def signed(counter, key):
    out = os.path.join(FOLDER.name, "release")
    subprocess.run([os.path.join(ROOT, "boards", "release.py"), "sign", out, key, str(counter)] +
                   [os.path.join(BUILD, "mps2", f"slot-{link}.bin") for link in "ab"], check=True)
    return images(read(out))


def test_the_firmware_in_a_slot_is_the_firmware():
    plain = records(emulated(SECOND)[1])[0]
    assert kind(plain[0]) == HELLO
    for name, data in (("A", flash(KEPT_A)), ("B", flash(b=slot(B, trailer(7, kept=True))))):
        code, said, found = start(data)
        assert (code, said) == (0, f"boot: slot {name}") and found == plain


def test_three_tries_then_back():
    seen = [start(flash(KEPT_A, slot(B, trailer(2))))] + [start() for _ in range(4)]
    assert [said for _, said, _ in seen] == ["boot: slot B"] * 3 + ["boot: slot A"] * 2
    assert all(code == 0 and found for code, _, found in seen)
    left = read(FLASH)
    assert left[SLOT_AT[0]:SLOT_AT[0] + SLOT_BYTES] == KEPT_A
    assert left[SLOT_AT[1]:SLOT_AT[1] + SLOT_BYTES] == slot(B, trailer(2, tries=3))


def test_what_is_refused():
    other = os.path.join(FOLDER.name, "other.pem")
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", other], check=True)
    stranger = signed(0, other)[1]
    keyhash = B[B.index(b"\x01\0\x20\0", len(B) - 160):][4:36]
    at = stranger.index(b"\x01\0\x20\0", len(stranger) - 160) + 4
    forged = stranger[:at] + keyhash + stranger[at + 32:]  # says that it is by our key
    bent = bytearray(B)
    bent[0x5000] ^= 1
    for name, image in (("another key", stranger), ("a forged key", forged), ("a damaged image", bytes(bent)),
                        ("half an image", B[:len(B) // 2]), ("the other slot's", A)):
        code, said, _ = start(flash(KEPT_A, slot(image, trailer(2, kept=True))))
        assert (code, said) == (0, "boot: slot A"), name
    assert start(flash(b=slot(forged, trailer(2, kept=True))))[:2] == (73, "boot: no image")
    assert start(flash())[:2] == (73, "boot: no image")


def test_an_older_one_never_again():
    newer = signed(5, os.path.join(ROOT, "boards", "development.pem"))[1]
    assert start(flash(KEPT_A, slot(newer, trailer(2, kept=True))))[1] == "boot: slot B"
    data = bytearray(read(FLASH))
    assert data[0x4000:0x4008] == b"\5\0\0\0\xfa\xff\xff\xff"
    data[SLOT_AT[1] + 0x3000] ^= 1
    assert start(bytes(data))[:2] == (73, "boot: no image")  # A is whole and signed, and its counter is 0


def test_locks():
    """Asked for at every start of a unit whose page says so, of no other."""
    for name, page, locked in (("nobody's", b"\xff" * 96 + b"UTFL", False), ("another board's", factory("UT-1", board=b"n840", locked=True), False),
                               ("open", factory("UT-1"), False), ("torn", factory("UT-1")[:96] + b"UT\xff\xff", True),
                               ("locked", factory("UT-1", locked=True), True)):
        said = "boot: locked" if locked else "boot: slot A"
        assert start(flash(KEPT_A, page=page))[:2] == (0, said), name
        assert start()[:2] == (0, said), name


def test_it_fits():
    size = os.path.getsize(os.path.join(BUILD, "mps2", "boot.bin"))
    assert 8000 < size <= 16384, size


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
