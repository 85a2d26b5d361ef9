#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The desk board from outside, with every fault it can inject."""
import fcntl
import os
import socket
import subprocess
import tempfile
import time

from controller import Controller
from link import DESK, HELLO, SCORE, SPEECH, STATUS, counters, kind, missing, records, request, run, t_ms

SECONDS = 12
BLOCK = 640


def desk(*options, audio=SPEECH, data=None):
    done = subprocess.run([DESK, "--fast", "--link", "-", *options, audio], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def clean():
    code, line, said = desk()
    assert code == 0 and said == "end of audio\n", (code, said)
    return line


def test_a_whole_call():
    found, bad = records(clean())
    assert bad == 0 and missing(found) == 0
    assert kind(found[0]) == HELLO and found[0][15:19] == b"desk", found[0]
    assert sum(kind(r) == SCORE for r in found) >= 4 * SECONDS
    assert t_ms(found[-1]) >= 1000 * SECONDS and counters(found) == (0, 0)


def test_stdin_is_the_same():
    with open(SPEECH, "rb") as f:
        code, line, _ = desk(audio="-", data=f.read())
    assert code == 0 and line == clean()


def test_no_audio_at_all():
    code, line, said = desk(audio="-", data=b"")
    found, bad = records(line)
    assert code == 0 and said == "end of audio\n" and bad == 0 and kind(found[0]) == HELLO


def test_an_odd_end():
    with open(SPEECH, "rb") as f:
        data = f.read(10 * BLOCK + 402)
    _, even, _ = desk(audio="-", data=data[:-2])
    code, odd, _ = desk(audio="-", data=data)
    assert code == 0 and odd == even


def test_lost_blocks_of_audio():
    for every in (2, 10, 97):
        code, line, _ = desk("--drop-block", str(every))
        found, bad = records(line)
        assert code == 0 and bad == 0 and missing(found) == 0
        kept = 1000 * SECONDS - 10 * (100 * SECONDS // every)
        assert kept <= t_ms(found[-1]) <= kept + 100, (every, t_ms(found[-1]), kept)


def test_a_link_that_stalls():
    """At every second of the call: what is missing at the receiver is what the device says it dropped."""
    for at in range(0, SECONDS, 2):
        code, line, _ = desk("--stall", f"{1000 * at}:6000")
        found, bad = records(line)
        overruns, drops = counters(found)
        assert code == 0 and bad == 0 and overruns == 0
        if at < SECONDS - 7:  # later ones end with the call, where the last status was written before the loss was over
            assert drops > 0 and missing(found) == drops, (at, drops, missing(found))
        assert any(kind(r) == SCORE and t_ms(r) >= 1000 * SECONDS for r in found), at


def test_a_stall_shorter_than_the_buffer():
    code, line, _ = desk("--stall", "2000:1000")
    assert code == 0 and line == clean()


def test_flipped_bits():
    whole, _ = records(clean())
    for every in (25, 97, 1000):  # 24 would hit every delimiter and nothing else
        code, line, _ = desk("--corrupt", str(every))
        good, bad = records(line)
        assert code == 0 and bad > 0
        assert all(r in whole for r in good), "a damaged record was taken for a good one"


def test_pseudo_terminal():
    with tempfile.TemporaryDirectory() as folder, open(SPEECH, "rb") as speech:
        fifo = os.path.join(folder, "audio")
        os.mkfifo(fifo)
        with subprocess.Popen([DESK, "--fast", fifo], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as device:
            name = device.stdout.readline().decode().strip()
            fd = os.open(name, os.O_RDONLY | os.O_NOCTTY)
            with open(fifo, "wb") as audio:
                audio.write(speech.read())
            line = b""
            try:
                while piece := os.read(fd, 4096):
                    line += piece
            except OSError:  # the terminal goes away with the process
                pass
            os.close(fd)
            assert device.wait(30) == 0
    assert line == clean()


def test_the_light():
    """A request lights it, another puts it out; each gets its reply."""
    with tempfile.TemporaryDirectory() as folder:
        fifo = os.path.join(folder, "audio")
        os.mkfifo(fifo)
        with subprocess.Popen([DESK, "--fast", fifo], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as device:
            fd = os.open(device.stdout.readline().decode().strip(), os.O_RDWR | os.O_NOCTTY)
            with open(fifo, "wb") as audio:
                audio.write(bytes(100 * BLOCK))
                audio.flush()
                os.write(fd, request(7, tag=1, key=1) + request(7, tag=2, key=1) + request(7, tag=3, key=9))
                assert device.stderr.readline() == b"cue 128\n"
                os.write(fd, request(7, tag=4, key=0))
                assert device.stderr.readline() == b"cue 0\n"
            line = b""
            try:
                while piece := os.read(fd, 4096):
                    line += piece
            except OSError:  # the terminal goes away with the process
                pass
            os.close(fd)
            assert device.wait(30) == 0
    replies = [r for r in records(line)[0] if kind(r) == 7]
    assert [(r[2], r[3], r[6]) for r in replies] == [(7, 1, 0), (7, 2, 0), (7, 3, 2), (7, 4, 0)], replies


def test_nobody_reads():
    """A terminal that nobody opens: the call still ends."""
    with open(SPEECH, "rb") as f:
        data = f.read() * 6  # more records than a terminal buffers
    with tempfile.NamedTemporaryFile() as audio:
        audio.write(data)
        audio.flush()
        done = subprocess.run([DESK, "--fast", audio.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              check=False)
    assert done.returncode == 0 and done.stderr == b"end of audio\n", done


def test_a_reader_that_stopped():
    """Behind the end of the audio it has two seconds to go on; then the call ends without it."""
    with open(SPEECH, "rb") as f:
        data = f.read() * 6
    there, line = os.pipe()
    fcntl.fcntl(line, fcntl.F_SETPIPE_SZ, 4096)
    with subprocess.Popen([DESK, "--fast", "--link", "-", "-"], stdin=subprocess.PIPE, stdout=line,
                          stderr=subprocess.PIPE) as device:
        os.close(line)
        device.stdin.write(data)
        device.stdin.flush()
        begin = time.monotonic()
        device.stdin.close()
        said, code = device.stderr.read(), device.wait(60)
        took = time.monotonic() - begin
    with open(there, "rb") as rest:
        found, _ = records(rest.read())
    assert code == 0 and said == b"end of audio\n", (code, said)
    assert len(found) < 6 * 4 * SECONDS, "the reader's pipe had room for all of it"
    assert 2 <= took < 30, took


def test_without_standard_input():
    """The file of the store may then be the first descriptor that is free."""
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "store")
        done = subprocess.run(["sh", "-c", '"$@" <&-', "sh", DESK, "--fast", "--link", "-", "--store", name, SPEECH],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
        assert done.returncode == 0 and done.stderr == b"end of audio\n", done.stderr
        assert done.stdout == clean() and os.path.getsize(name) > 0


def test_real_time():
    with open(SPEECH, "rb") as f:
        data = f.read(100 * BLOCK)
    begin = time.monotonic()
    done = subprocess.run([DESK, "--link", "-", "-"], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=30, check=False)
    took = time.monotonic() - begin
    assert done.returncode == 0 and 0.99 <= took < 3, took
    found, _ = records(done.stdout)
    assert [r for r in found if kind(r) == STATUS] and missing(found) == 0


def with_controller(listener, name, deaf, data):
    controller = Controller(listener, deaf)
    done = subprocess.run([DESK, "--link", "-", "--hci", name, "--button", "pair", "-"], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 0 and done.stderr == b"pairing open\nend of audio\n", done.stderr
    return controller, done.stdout


def test_bluetooth_on_a_socket():
    """It advertises, and the serial link goes on beside it; also when the controller goes and comes back."""
    with open(SPEECH, "rb") as f:
        data = f.read(600 * BLOCK)
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as local, socket.socket() as tcp:
        path = os.path.join(folder, "hci")
        local.bind(path)
        tcp.bind(("127.0.0.1", 0))
        for listener, name, deaf in ((local, path, 0), (tcp, f"127.0.0.1:{tcp.getsockname()[1]}", 1)):
            controller, line = with_controller(listener, name, deaf, data)
            assert controller.visits == 1 + deaf and controller.advertising == 1, vars(controller)
            assert b"\x09Undertone" in controller.scan_data
            found, bad = records(line)
            assert bad == 0 and missing(found) == 0 and sum(kind(r) == SCORE for r in found) > 10


def test_refusals():
    for options, expected in (([SPEECH + ".missing"], 66), ([os.path.dirname(SPEECH)], 66), ([], 64),
                              (["--nonsense", "1", SPEECH], 64), (["a", "b"], 64),
                              (["--corrupt", "x", SPEECH], 64), (["--stall", "5", SPEECH], 64),
                              (["--link", SPEECH + "/x", SPEECH], 69), (["--hci", "/nowhere", SPEECH], 69),
                              (["--hci", "127.0.0.1:1", SPEECH], 69), (["--pairing", "maybe", SPEECH], 64), (["--button", "maybe", SPEECH], 64)):
        done = subprocess.run([DESK] + options, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=10, check=False)
        assert done.returncode == expected and done.stderr, (options, done)


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
