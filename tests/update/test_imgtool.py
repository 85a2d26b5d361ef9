#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""MCUboot's own imgtool judges what boards/release.py writes: whole and damaged, with the right key and another."""
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "boards"))
from link import BUILD, run
from slots import images as split, read

IMGTOOL = os.path.join(os.path.dirname(sys.executable), "imgtool")
KEY = os.path.join(ROOT, "boards", "development.pem")
BOARDS = ("mps2", "nrf52840-dk", "stm32f4-discovery")


def verdict(data, key=KEY):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "image.bin")
        with open(path, "wb") as f:
            f.write(data)
        done = subprocess.run([IMGTOOL, "verify", "-k", key, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
    return done.returncode == 0 and "correctly validated" in done.stdout, done.stdout


def images(board):
    """The two signed images of a release."""
    return split(read(os.path.join(BUILD, board, "undertone.update")))


def test_whole_images_are_valid():
    for board in BOARDS:
        for image in images(board):
            good, said = verdict(image)
            assert good and "Image version: " in said, said


def test_damaged_images_are_not():
    image = images("mps2")[0]
    for at in (20, 40, 0x200, 0x1000, len(image) - 200):
        damaged = bytearray(image)
        damaged[at] ^= 1
        assert not verdict(bytes(damaged))[0], at
    assert not verdict(image[:0x4000])[0]


def test_another_key_is_not_ours():
    with tempfile.TemporaryDirectory() as folder:
        key = os.path.join(folder, "other.pem")
        subprocess.run([IMGTOOL, "keygen", "-k", key, "-t", "ecdsa-p256"], check=True, stdout=subprocess.DEVNULL)
        assert not verdict(images("mps2")[0], key)[0]


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
