# SPDX-License-Identifier: Apache-2.0
"""The program beside a double of BlueZ: what both said."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tool import ENV, UNDERTONE  # noqa: E402

DOUBLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bluez_double.py")


class Bluez:
    """with Bluez("--paired", "1") as b: b.undertone("pair"); afterwards b.told holds the double's lines."""

    def __init__(self, *words):
        self.words, self.told = words, []

    def __enter__(self):
        self.process = subprocess.Popen([DOUBLE, *self.words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.env = {**ENV, "DBUS_SYSTEM_BUS_ADDRESS": self.process.stdout.readline().strip()}
        return self

    def __exit__(self, *_):
        self.process.stdin.close()  # which ends it
        self.told += self.process.stdout.read().splitlines()
        self.process.wait(20)

    def wait(self, word):
        """Until the double has told of it, or has ended."""
        for line in self.process.stdout:
            self.told.append(line.rstrip("\n"))
            if line.startswith(word):
                return

    def start(self, *words, stdout=subprocess.PIPE):
        return subprocess.Popen([UNDERTONE, *words], stdin=subprocess.PIPE, stdout=stdout,
                                stderr=subprocess.PIPE, text=True, env=self.env)

    def undertone(self, *words, typed="", stdout=subprocess.PIPE):
        """(exit code, standard output, standard error, seconds)"""
        begin = time.monotonic()
        process = self.start(*words, stdout=stdout)
        out, err = process.communicate(typed, timeout=100)
        return process.returncode, out, err, time.monotonic() - begin
