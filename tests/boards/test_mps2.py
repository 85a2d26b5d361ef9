#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The emulated board from outside, by the command line of boards/mps2/README.md."""
import os
import socket
import subprocess
import tempfile
import threading

from controller import Controller
from link import DESK, HELLO, SPEECH, counters, kind, missing, records, run, t_ms
from machine import emulated

FOLDER = tempfile.mkdtemp()


def desk_records():
    done = subprocess.run([DESK, "--fast", "--link", "-", SPEECH], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=60, check=True)
    return records(done.stdout)[0]


def part(name, size, tail=b""):
    path = os.path.join(FOLDER, name)
    with open(SPEECH, "rb") as f, open(path, "wb") as out:
        out.write(f.read(size) + tail)
    return path


def test_the_same_records_as_the_desk():
    code, line, said = emulated("--hold", SPEECH)
    assert code == 0 and said == "end of audio\n", (code, said)
    found, bad = records(line)
    assert bad == 0 and missing(found) == 0 and counters(found) == (0, 0)
    others = desk_records()
    assert len(found) == len(others)
    for ours, theirs in zip(found, others):
        if kind(ours) == HELLO:
            assert ours[15:19] == b"mps2" and theirs[15:19] == b"desk"
            ours, theirs = ours[:15], theirs[:15]
        assert ours == theirs, (ours.hex(), theirs.hex())


def test_two_runs_are_identical():
    path = part("short", 64000 * 4)
    assert emulated(path) == emulated(path)


def test_a_fifo_is_the_same():
    path = part("source", 64000 * 4)
    fifo = os.path.join(FOLDER, "fifo")
    os.mkfifo(fifo)

    def feed():
        with open(path, "rb") as f, open(fifo, "wb") as out:
            while piece := f.read(1000):  # not a whole number of blocks
                out.write(piece)
                out.flush()

    feeder = threading.Thread(target=feed)
    feeder.start()
    got = emulated(fifo)
    feeder.join()
    assert got == emulated(path)


def test_an_odd_end():
    assert emulated(part("even", 6400 + 400)) == emulated(part("odd", 6400 + 400, b"\x7f\x7f\x7f"))


def test_an_empty_file():
    code, line, said = emulated(part("empty", 0))
    found, bad = records(line)
    assert code == 0 and said == "end of audio\n" and bad == 0 and kind(found[0]) == HELLO


def test_without_icount():
    path = part("second", 64000)
    code, line, _ = emulated(path, time=None)
    found, bad = records(line)
    assert code == 0 and bad == 0 and missing(found) == 0


def test_bluetooth_on_the_second_uart():
    """It sets its controller up and advertises, and the serial link goes on beside it."""
    path = os.path.join(FOLDER, "hci")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        controller = Controller(listener)
        code, line, said = emulated("--ble", "--button=pair", SPEECH, more=("-serial", "unix:" + path))
        assert code == 0 and said == "pairing open\nend of audio\n", (code, said)
        assert controller.visits == 1 and controller.advertising == 1, vars(controller)
        assert b"\x09Undertone" in controller.scan_data
        found, bad = records(line)
        assert bad == 0 and missing(found) == 0 and counters(found) == (0, 0)


def test_a_core_too_slow():
    """256 ns per instruction: audio is lost by whole blocks and counted; nothing hangs."""
    code, line, said = emulated(SPEECH, time="shift=8,sleep=off")
    found, bad = records(line)
    overruns, _ = counters(found)
    assert code == 0 and said == "end of audio\n" and bad == 0 and missing(found) == 0
    assert overruns > 100 and abs(t_ms(found[-1]) + 10 * overruns - 12000) <= 100, (overruns, t_ms(found[-1]))


def test_what_is_kept_stays():
    """The store's file: made when missing, and then only read."""
    path, kept = part("second", 64000), os.path.join(FOLDER, "kept")
    assert emulated("--store", kept, path)[0] == 0
    with open(kept, "rb") as f:
        first = f.read()
    assert len(first) == 4096 and emulated("--store", kept, path)[0] == 0
    with open(kept, "rb") as f:
        assert f.read() == first
    assert emulated("--store", FOLDER, path)[0] == 66


def test_refusals():
    for words, expected in (([SPEECH + ".missing"], 66), ([os.path.dirname(SPEECH)], 66), ([], 66),
                            (["--nonsense", SPEECH], 64), ([SPEECH, SPEECH], 64)):
        code, line, said = emulated(*words)
        assert code == expected and said.count("\n") == 1, (words, code, said)


def test_the_stack_is_measured():
    code, _, said = emulated("--stack", part("short", 64000))
    words = said.split()
    assert code == 0 and words[-4] == "stack_bytes" and 500 < int(words[-3]) < int(words[-1]), said


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
