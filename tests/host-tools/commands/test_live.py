#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone live` from outside: a made-up headset with every fault of a line, the desk board, the emulated headset."""
import array
import fcntl
import hashlib
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import tty
import wave

from headset import __file__ as HEADSET
from headset import Call
from link import BUILD, DESK, IMAGE, SPEECH, records, run

UNDERTONE = os.path.join(BUILD, "host", "undertone")
ENV = {k: v for k, v in os.environ.items() if not k.startswith(("UNDERTONE_", "XDG_CONFIG"))}
ENV["UNDERTONE_FIRMWARE"] = os.path.abspath(IMAGE)
FOLDER = tempfile.TemporaryDirectory()
ENV["XDG_CONFIG_HOME"] = os.path.join(FOLDER.name, "config")
ENV["TMPDIR"] = os.path.join(FOLDER.name, "tmp")
os.mkdir(ENV["TMPDIR"])


def path(name):
    return os.path.join(FOLDER.name, name)


def sound(kind):
    """A sound configuration with one input of that kind; its file."""
    name = path("sound-" + hashlib.sha256(kind.encode()).hexdigest()[:8])
    with open(name, "w", encoding="utf-8") as f:
        f.write(f"pcm.!default {{ {kind} }}\npcm.undertest {{ {kind} }}\npcm.null {{ type null }}\n")
    return name


ENV["ALSA_CONFIG_PATH"] = sound("type hw card 31")  # one that is not there
ENV["PULSE_SERVER"] = "unix:" + path("no-sound-server")


def live(*words, timeout=20, env=None):
    done = subprocess.run([UNDERTONE, "live", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout, check=False, env=env or ENV)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def headset(*words):
    """Starts a headset; its process, and the words with which live finds it."""
    process = subprocess.Popen([HEADSET, *words], stdout=subprocess.PIPE)
    where = process.stdout.readline().decode().strip()
    return process, ("--port", where) if "--pty" in words else ("--tcp", "localhost:" + where)


def call(words, *live_words, disclosed=("--disclosed",)):
    process, where = headset(*words)
    try:
        result = live(*where, "--json", "--contact-id", "c", *disclosed, *live_words)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return result


def events(out):
    found = [json.loads(line) for line in out.splitlines()]
    assert all(e["specversion"] == "1.0" for e in found)
    return found


def facts(out):
    """What the events say of the call, without the times of day."""
    return [(e["type"], json.dumps(e["data"])) for e in events(out)]


def count(out, kind):
    return sum(e["type"] == f"undertone.{kind}.v1" for e in events(out))


def clean():
    code, out, err = call(["--seconds", "30"])
    assert code == 0 and err == "", (code, err)
    return out


def test_a_whole_call():
    out = clean()
    assert count(out, "session.started") == 1 and count(out, "session.completed") == 1, out
    assert count(out, "score") == 30 and count(out, "cue.opened") == 1
    assert events(out)[0]["type"] == "undertone.session.started.v1"
    assert events(out)[-1]["type"] == "undertone.session.completed.v1"


def test_chunks_do_not_matter():
    expected = facts(clean())
    for seed in ("2", "3", "4"):
        code, out, _ = call(["--seconds", "30", "--seed", seed])
        assert code == 0 and facts(out) == expected


def test_joined_at_any_byte():
    """Whatever was cut off, the rest is as if nothing had been, but for the hello that went with it."""
    for cut in (1, 5, 23, 24, 25, 40, 333):
        code, out, err = call(["--seconds", "30", "--join", str(cut)])
        assert code == 0 and err == "", err
        status = [e["data"] for e in events(out) if e["type"] == "undertone.device.status.v1"][-1]
        assert status["RecordsLost"] == 0 and status["FramesMalformed"] == 0, status
        assert count(out, "session.completed") == 1 and count(out, "cue.opened") == 1


def test_times_of_a_call_in_progress():
    """The time of day of an event is now, however long the call has lasted before."""
    before = time.time()
    code, out, _ = call(["--seconds", "3600", "--join", "300000"], disclosed=())
    first = events(out)[1]["time"]
    assert code == 0 and abs(time.mktime(time.strptime(first[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone - before) < 30


def test_garbage_is_counted():
    for seed in ("1", "2", "3"):
        code, out, err = call(["--seconds", "30", "--garbage", "4", "--seed", seed])
        assert code == 0 and "garbage on the link" in err, err
        status = [e["data"] for e in events(out) if e["type"] == "undertone.device.status.v1"][-1]
        assert 1 <= status["FramesMalformed"] <= 4 and status["RecordsLost"] == 0, status
        assert count(out, "score") == 30


def test_an_unknown_version_is_said_once():
    code, out, err = call(["--seconds", "30", "--unknown", "5"])
    assert code == 0 and err.count("unknown version") == 1 and len(err.splitlines()) == 1, err
    status = [e["data"] for e in events(out) if e["type"] == "undertone.device.status.v1"][-1]
    assert status["RecordsUnknown"] == 5 and status["RecordsLost"] == 0, status
    assert count(out, "score") == 30


def test_another_features_version_is_refused():
    code, out, err = call(["--features", "77"])
    assert code == 19 and len(err.splitlines()) == 1 and "77" in err, (code, err)
    assert count(out, "score") == 0 and count(out, "session.failed") == 1 and count(out, "session.completed") == 0


def test_an_output_that_fails_beside_another_fault_is_named():
    code, _, err = call(["--features", "77"], "--summary", os.path.join(FOLDER.name, "none", "s.json"))
    assert code == 19 and len(err.splitlines()) == 2 and "none/s.json" in err.splitlines()[0] and "77" in err, (code, err)


def vanishing(kind, *words):
    code, out, err = call([*kind, "--seconds", "30", "--vanish", "0.5", "--away", "0.2", "--lose", "7"], *words)
    lines = err.splitlines()
    assert code == 0 and len(lines) == 3, err
    assert "has gone; waiting for it to come back" in lines[0] and "back after" in lines[1], err
    assert "7 records lost" in lines[2], err
    end = events(out)[-1]
    assert end["type"] == "undertone.session.completed.v1" and end["data"]["RecordsLost"] == 7, end
    assert count(out, "session.started") == 1


def test_a_connection_that_vanishes():
    vanishing([])


def test_a_port_that_vanishes():
    vanishing(["--pty", path("vanishing")])


def test_a_missing_port():
    for words, name in ((("--port", path("none")), path("none")), (("--tcp", "localhost:1"), "localhost:1"),
                        (("--mic",), "microphone"), (("--mic", "--audio-input", "nosuch"), "nosuch"),
                        (("--customer-input", "x"), "PulseAudio"), (("--agent-input",), "PulseAudio"),
                        (("--port", "/etc/passwd"), "/etc/passwd")):
        code, out, err = live(*words)
        assert code == 3 and out == "" and len(err.splitlines()) == 1 and name in err, (words, code, err)


def test_waiting_for_a_port():
    where = path("later")
    process = subprocess.Popen([UNDERTONE, "live", "--wait", "--json", "--port", where], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=ENV)
    assert b"waiting" in process.stderr.readline()
    other, _ = headset("--pty", where, "--seconds", "10")
    out, _ = process.communicate(timeout=10)
    other.communicate()
    assert process.returncode == 0 and count(out.decode(), "session.completed") == 1


def test_usage():
    for words in (("--bogus",), ("--port",), ("--port", "a", "--mic"), ("--tcp", "nowhere"), ("x.wav",),
                  ("--qemu", "a.wav", "b.wav"), ("--qemu", "--fast", "--realtime"), ("--mic", "--customer", "x"),
                  ("--mic", "--agent-input", "x"), ("--customer-input", "--customer", "1"),
                  ("--agent-input", "--audio-input", "x")):
        code, out, err = live(*words)
        assert code in (2, 14) and out == "" and len(err.splitlines()) == 1, (words, code, err)
    code, out, err = live("--help")
    assert code == 0 and out.startswith("usage:") and err == ""


def test_signals_end_the_call_in_order():
    for number in (signal.SIGINT, signal.SIGTERM):
        other, where = headset("--seconds", "600", "--speed", "10")
        process = subprocess.Popen([UNDERTONE, "live", *where, "--json"], stdout=subprocess.PIPE, env=ENV,
                                   bufsize=0)  # what readline() buffers, communicate() would not see
        first = process.stdout.readline()
        process.send_signal(number)
        out = first + process.communicate(timeout=5)[0]
        other.kill()
        other.communicate()
        assert process.returncode == 0 and events(out.decode())[-1]["type"] == "undertone.session.completed.v1"


def test_a_reader_that_leaves():
    other, where = headset("--seconds", "600", "--speed", "100")
    process = subprocess.Popen([UNDERTONE, "live", *where, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=5) == 0 and process.stderr.read() == b""
    process.stderr.close()
    other.kill()
    other.communicate()


def test_plain_lines():
    other, where = headset("--seconds", "30", "--seed", "9")
    code, out, err = live(*where, "--contact-id", "c", "--disclosed")
    other.communicate()
    assert code == 0 and err == ""
    lines = out.splitlines()
    assert all(re.match(r" *\d+\.\d{3} s  \S", line) for line in lines), out
    assert "c begins" in lines[0] and "c ends" in lines[-1], out
    assert sum("cue opens" in line for line in lines) == 1 and sum("  status  " in line for line in lines) <= 6


def test_log_odds_are_for_those_who_ask():
    for words, there in (((), False), (("--explain",), True)):
        other, where = headset("--seconds", "30")
        code, out, err = live(*where, "--disclosed", "--plain", *words)
        other.communicate()
        assert code == 0 and err == "" and out.count("cue opens") == 1, (words, err)
        assert ("log-odds" in out) == there, (words, out)


def test_files_of_events_and_summary():
    code, out, _ = call(["--seconds", "20"], "--out", path("e.ndjson"), "--summary", path("s.json"))
    assert code == 0
    with open(path("e.ndjson"), encoding="utf-8") as f:
        assert f.read() == out
    with open(path("s.json"), encoding="utf-8") as f:
        assert json.load(f)["CustomerMetadata"]["ContactId"] == "c"
    assert not os.path.exists(path("e.ndjson.part"))
    code, _, err = call(["--seconds", "5"], "--out", path("no such folder/e"))
    assert code == 1 and len(err.splitlines()) == 1, err


def recording():
    """speech.raw as the stereo file replay takes: agent left, customer right."""
    name = path("talk.wav")
    with open(SPEECH, "rb") as f:
        samples = struct.iter_unpack("<hh", f.read())
    with wave.open(name, "wb") as w:
        w.setnchannels(2)
        w.setsampwidth(2)
        w.setframerate(16000)
        w.writeframes(b"".join(struct.pack("<hh", agent, customer) for customer, agent in samples))
    return name


def replayed(name, *options):
    return subprocess.run([UNDERTONE, "replay", name, "--json", *options], stdout=subprocess.PIPE, check=True, env=ENV).stdout.decode()


def test_the_emulated_headset_says_what_replay_says():
    name = recording()
    code, out, err = live("--qemu", name, "--json", "--fast")
    assert code == 0 and err == "" and out == replayed(name), err
    assert count(out, "score") >= 10


def test_a_party_without_sound_is_known_as_replay_knows_it():
    with wave.open(recording(), "rb") as w:
        parameters, frames = w.getparams(), w.readframes(1 << 30)
    silent, mono = path("silent.wav"), path("mono.wav")
    for name, channels, data in ((silent, 2, b"".join(frames[i:i + 2] + b"\0\0" for i in range(0, len(frames), 4))),
                                 (mono, 1, b"".join(frames[i:i + 2] for i in range(0, len(frames), 4)))):
        with wave.open(name, "wb") as w:
            w.setparams(parameters)
            w.setnchannels(channels)
            w.writeframes(data)
    for name, remark in (silent, "is silent throughout"), (mono, "one channel with sound, which may hold both parties"):
        code, out, err = live("--qemu", name, "--json", "--fast", "--summary", path("sum.json"))
        assert code == 0 and remark in err and len(err.splitlines()) == 1, err
        assert out == replayed(name)
        with open(path("sum.json"), encoding="utf-8") as f:
            assert json.load(f)["AcousticEmotion"]["NotRecorded"] == ["CUSTOMER" if name == silent else "AGENT"]
    declared = ("--customer", "1", "--agent", "none")
    code, out, err = live("--qemu", mono, "--json", "--fast", *declared)
    assert (code, err, out) == (0, "", replayed(mono, *declared)) and '"CustomerAlone":"declared"' in out


def test_real_time_changes_nothing():
    name = path("short.wav")
    with wave.open(recording(), "rb") as w:
        w.setpos(6 * 16000)
        parameters, frames = w.getparams(), w.readframes(2 * 16000 + 77)
    with wave.open(name, "wb") as w:
        w.setparams(parameters)
        w.writeframes(frames)
    start = time.time()
    code, out, _ = live("--qemu", name, "--json", "--realtime")
    assert code == 0 and out == replayed(name) and 1.9 < time.time() - start < 10


def test_faults_of_the_emulated_headset():
    with open(path("not.wav"), "wb") as f:
        f.write(b"not audio at all" * 100)
    with open(path("empty"), "wb"):
        pass
    good = recording()
    for words, code, say in (((path("none.wav"),), 10, "none.wav"), ((path("not.wav"),), 11, "not.wav"),
                             ((path("empty"),), 12, "empty"), ((good, "--customer", "3"), 14, "talk.wav"),
                             ((good, "--firmware", path("none.elf")), 3, "none.elf"), ((), 3, "microphone"),
                             ((good, "--firmware", good), 10, "talk.wav: no firmware image")):
        got, out, err = live("--qemu", *words, "--json")
        assert got == code and out == "" and len(err.splitlines()) == 1 and say in err, (words, got, err)
    broken = path("broken.elf")
    with open(broken, "wb") as f:
        f.write(b"\x7fELF" + bytes(14) + b"\x28" + bytes(45))  # for ARM, and nothing in it
    got, out, err = live("--qemu", good, "--firmware", broken, "--json")
    assert got == 1 and out == "" and len(err.splitlines()) == 1, (got, err)
    got, out, err = live("--qemu", good, "--json", env={**ENV, "UNDERTONE_QEMU_EMULATOR": "/nonexistent/qemu"})
    assert got == 3 and out == "" and len(err.splitlines()) == 1 and "/nonexistent/qemu" in err, (got, err)
    assert os.listdir(ENV["TMPDIR"]) == []


def test_a_full_disk():
    with open("/dev/full", "w", encoding="ascii") as full:
        for words in ("--json",), ("--plain",):
            done = subprocess.run([UNDERTONE, "live", "--qemu", recording(), *words], stdout=full,
                                  stderr=subprocess.PIPE, env=ENV, check=False, timeout=60)
            assert done.returncode == 1 and b"No space left" in done.stderr, (words, done)


def test_a_microphone():
    """Not a real one: the file speech.raw, as fast as it is read; worked on here, and by the emulated headset."""
    kind = f'type file slave.pcm "null" file "/dev/null" infile "{os.path.abspath(SPEECH)}" format "raw"'
    for words in ("--mic",), ("--qemu",):
        process = subprocess.Popen([UNDERTONE, "live", *words, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={**ENV, "ALSA_CONFIG_PATH": sound(kind)}, bufsize=0)
        out = b""
        while out.count(b"undertone.score.v1") < 5:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            out += line
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=10)
        assert process.returncode == 0 and err == b"", (words, err)
        assert count((out + rest).decode(), "session.completed") == 1
    assert os.listdir(ENV["TMPDIR"]) == []


def test_sound_of_this_machine():
    """A softphone's output and a microphone's stand-in, at a real sound server; one vanishes in the call and comes back."""
    folder = tempfile.mkdtemp(prefix="undertone-sound-")
    server = os.path.join(os.path.dirname(HEADSET), "sound_server.sh")
    with open(SPEECH, "rb") as f:
        both = array.array("h", f.read())
    players = []

    def play(env):
        for i, name in ((0, "softphone"), (1, "headphones")):
            with open(path(name + ".raw"), "wb") as f:
                f.write(both[i::2].tobytes() * 10)
            players.append(subprocess.Popen(["pacat", "--raw", "--format=s16le", "--rate=16000", "--channels=1",
                                             "--device=" + name, path(name + ".raw")], env=env))

    try:
        started = subprocess.run([server, "start", folder], stdout=subprocess.PIPE, check=True, timeout=90)
        env = {**ENV, "PULSE_SERVER": started.stdout.decode().strip(), "HOME": folder}
        code, out, err = live("--customer-input", "nosuch", env=env)
        assert code == 3 and out == "" and err == ("undertone: nosuch: no such sound source; there are: softphone.monitor, "
                                                   "headphones.monitor\n"), (code, err)
        code, out, err = live("--customer-input", "softphone", "--agent-input", "softphone", env=env)
        assert code == 14 and "the same sound source" in err and len(err.splitlines()) == 1, (code, err)
        found = subprocess.run([UNDERTONE, "devices"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                               timeout=60).stdout.decode()
        assert "sound source  softphone.monitor\n    Monitor of Softphone: what an output plays, default\n" in found, found
        play(env)
        desk = subprocess.Popen([UNDERTONE, "live", "--customer-input", "softphone", "--agent-input", "headphones", "--json",
                                 "--disclosed"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, bufsize=0)
        out = b""
        while not all(x in out for x in (b'"CUSTOMER"', b'"AGENT"', b"undertone.score.v1")):
            line = desk.stdout.readline()
            assert line, desk.stderr.read()
            out += line
        modules = subprocess.run(["pactl", "list", "short", "modules"], env=env, stdout=subprocess.PIPE, check=True)
        number = [x.split()[0] for x in modules.stdout.decode().splitlines() if "sink_name=softphone" in x]
        subprocess.run(["pactl", "unload-module", *number], env=env, check=True)
        assert desk.stderr.readline() == b"undertone: Monitor of Softphone: has gone; waiting for it to come back\n"
        subprocess.run(["pactl", "load-module", "module-null-sink", "sink_name=softphone"], env=env, stdout=subprocess.DEVNULL,
                       check=True)
        assert b"back" in desk.stderr.readline()
        desk.send_signal(signal.SIGINT)
        rest, err = desk.communicate(timeout=60)
        end = events((out + rest).decode())[-1]
        assert desk.returncode == 0 and err == b"", err  # nothing is said to be lost
        assert count((out + rest).decode(), "session.started") == 1
        assert end["type"] == "undertone.session.completed.v1" and end["data"]["RecordsLost"] == 0, end
    finally:
        for player in players:
            player.kill()
            player.wait()
        subprocess.run([server, "stop", folder], check=True, timeout=60)
        shutil.rmtree(folder)


def test_metrics():
    """Every series has its help and its type; counts agree with the events."""
    file = path("undertone.prom")
    desk = subprocess.Popen([DESK, "--fast", SPEECH], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    port = desk.stdout.readline().decode().strip()
    code, out, err = live("--port", port, "--json", "--metrics", file)
    desk.communicate()
    with open(file, encoding="utf-8") as f:
        text = f.read()
    series = dict(x.rsplit(" ", 1) for x in text.splitlines() if x[0] != "#")
    helped = re.findall(r"^# HELP (\w+) [A-Z].*\.$", text, re.M)
    assert code == 0 and err == "" and text.endswith("\n"), (code, err)
    assert helped == re.findall(r"^# TYPE (\w+) (?:counter|gauge)$", text, re.M) and len(set(helped)) == len(helped)
    assert {re.sub(r"{.*", "", x) for x in series} <= set(helped)
    assert all(re.fullmatch(r'undertone_[a-z_]+({[a-z]+="[^"]*"(,[a-z]+="[^"]*")*})?', x) for x in series), series
    for kind in {e["type"] for e in events(out)}:
        assert int(series[f'undertone_events_total{{type="{kind}"}}']) == sum(e["type"] == kind for e in events(out)), kind
    opened = [e["data"] for e in events(out) if e["type"] == "undertone.cue.opened.v1"]
    for cue, display in {(x["Cue"], x["Display"]) for x in opened}:
        assert int(series[f'undertone_cues_total{{cue="{cue}",display="{display}"}}']) == sum(
            (x["Cue"], x["Display"]) == (cue, display) for x in opened)
    assert int(series["undertone_records_total"]) > 40 and series["undertone_calls_live"] == "0"
    assert os.stat(file).st_mode & 0o777 == 0o644


def test_the_desk_board():
    desk = subprocess.Popen([DESK, "--fast", SPEECH], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    port = desk.stdout.readline().decode().strip()
    code, out, err = live("--port", port, "--json", "--contact-id", "talk", "--disclosed", "--session", "s7")
    desk.communicate()
    assert code == 0 and err == "", (code, err)

    def bare(text):
        """What the events say, but for what tells a call from a recording."""
        return [(e["type"], {k: v for k, v in e["data"].items() if k not in ("Policy", "Disclosure")})
                for e in events(text) if e["type"] != "undertone.session.disclosed.v1"]
    assert bare(out) == bare(replayed(recording()))
    assert {e["data"]["Policy"] for e in events(out)} == {"eu"}
    assert {e["session"] for e in events(out)} == {"s7"}
    numbers = [int(e["sequence"]) for e in events(out) if "sequence" in e]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 3
    assert {e["data"]["Policy"] for e in events(replayed(recording()))} == {"research"}


def test_the_headsets_light():
    """While a cue is on the screen the headset is told so, and once when it is over."""
    master, slave = os.openpty()
    tty.setraw(slave)
    process = subprocess.Popen([UNDERTONE, "live", "--json", "--disclosed", "--port", os.ttyname(slave)],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=ENV)
    line = b""
    os.set_blocking(master, False)
    for frame in Call(30, 1, 0).frames:
        os.write(master, frame)
        time.sleep(0.005)
        try:
            line += os.read(master, 4096)
        except BlockingIOError:
            pass
    process.send_signal(signal.SIGINT)
    out = process.stdout.read().decode()
    assert process.wait(10) == 0
    os.close(slave)
    os.close(master)
    asked, bad = records(line)
    told = [(r[0], r[2], r[4]) for r in asked]
    assert count(out, "cue.opened") > 0 and bad == 0 and told[0] == (0x16, 7, 1) and told[-1] == (0x16, 7, 0), told
    assert all(a != b for a, b in zip(told, told[1:])), told


def port_of(say):
    """A serial port on which something says `say` ten times a second, until its process is ended."""
    program = ("import os, pty, sys, time, tty\nm, s = pty.openpty()\ntty.setraw(s)\nprint(os.ttyname(s), flush=True)\n"
               "while True:\n    os.write(m, bytes.fromhex(sys.argv[1]))\n    time.sleep(0.1)\n")
    process = subprocess.Popen([sys.executable, "-c", program, say.hex()], stdout=subprocess.PIPE)
    return process, process.stdout.readline().decode().strip()


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


def test_bytes_that_are_no_records():
    """A wrong port is named, and what it says; once."""
    other, port = port_of(b"\x1b]0;x\x07U-Boot 2024.01\r\n")
    with open(path("soon.ini"), "w", encoding="utf-8") as f:
        f.write("[link]\nno_record = 1\n")
    process = subprocess.Popen([UNDERTONE, "live", "--plain", "--config", path("soon.ini"), "--port", port],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    first = process.stderr.readline().decode()
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    end(other)
    assert process.returncode == 0 and out == b"" and err == b"", (out, err)
    assert port in first and re.search(r" \d+ bytes came in 1 s and none is a record: \"U-Boot 2024.01\";", first), first
    assert "wrong port" in first and "\x1b" not in first, first


def test_a_port_has_one_reader():
    """Every command that opens a port says who has it, root or not, and leaves the holder alone."""
    other, port = port_of(b"\0")
    first = subprocess.Popen([UNDERTONE, "live", "--plain", "--port", port], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    while not held(first.pid, port):
        time.sleep(0.02)
    for words in (("live", "--plain"), ("live", "--json"), ("device", "get")):
        done = subprocess.run([UNDERTONE, *words, "--port", port], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=20, check=False, env=ENV, text=True)
        assert done.returncode == 3 and done.stdout == "", (words, done)
        assert f"{port}: in use by undertone (process {first.pid})" in done.stderr, (words, done)
        assert len(done.stderr.splitlines()) == 1, (words, done)
    done = subprocess.run([UNDERTONE, "devices", port], capture_output=True, timeout=20, check=False, env=ENV, text=True)
    assert done.returncode == 3 and f"in use by undertone (process {first.pid})" in done.stdout, done
    waits = subprocess.Popen([UNDERTONE, "live", "--wait", "--plain", "--port", port], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    assert b"in use" in waits.stderr.readline()
    first.send_signal(signal.SIGINT)
    assert first.communicate(timeout=10)[1] == b"" and first.returncode == 0
    while not held(waits.pid, port):
        time.sleep(0.02)
    waits.send_signal(signal.SIGINT)
    assert waits.communicate(timeout=10)[1] == b"" and waits.returncode == 0
    end(other)


def held(pid, port):
    """The process has locked the port."""
    with open("/proc/locks", encoding="utf-8") as f:
        return any(f" {pid} " in line and line.split()[5].endswith(f":{os.stat(port).st_ino}") for line in f
                   if "FLOCK" in line)


def scores(out):
    return [e["data"] for e in events(out) if e["type"] == "undertone.score.v1"]


def test_no_scores_before_the_disclosure():
    code, out, err = call(["--seconds", "30"], "--summary", path("u.json"), disclosed=())
    assert code == 0 and err == "", err
    assert all(x["Score"] is x["ScoreFast"] is x["ScoreSlow"] is x["Forecast"] is None for x in scores(out))
    assert {x["Abstain"] for x in scores(out)} == {"not_disclosed"} and len(scores(out)) == 30
    assert any(x["LoudnessScore"] for x in scores(out)) and any(x["PitchSemitones"] for x in scores(out))
    assert count(out, "cue.opened") == 0 and count(out, "session.disclosed") == 0 and count(out, "turn") > 10
    first = events(out)[0]["data"]
    assert first["Policy"] == "eu" and first["Disclosure"] == "pending", first
    with open(path("u.json"), encoding="utf-8") as f:
        summary = json.load(f)
    assert summary["AcousticEmotion"]["Disclosure"] == {"Acknowledged": False, "OffsetMillis": None, "By": None}
    assert "FrustrationPeak" not in summary["AcousticEmotion"]["Summary"], summary["AcousticEmotion"]["Summary"]


def test_an_announcement_before_every_call():
    code, out, _ = call(["--seconds", "30"], "--summary", path("d.json"))
    told = [e["data"] for e in events(out) if e["type"] == "undertone.session.disclosed.v1"]
    assert code == 0 and len(told) == 1 and told[0]["By"] == "option" and told[0]["OffsetMillis"] == 0, told
    assert events(out)[0]["data"]["Disclosure"] == "acknowledged" and any(x["Score"] for x in scores(out))
    with open(path("d.json"), encoding="utf-8") as f:
        assert json.load(f)["AcousticEmotion"]["Disclosure"] == {"Acknowledged": True, "OffsetMillis": 0, "By": "option"}


def test_acknowledged_in_mid_call():
    other, where = headset("--seconds", "60", "--speed", "20")
    process = subprocess.Popen([UNDERTONE, "live", *where, "--json"], stdout=subprocess.PIPE, env=ENV, bufsize=0)
    out = b""
    while out.count(b"undertone.score.v1") < 12:
        out += process.stdout.readline()
    process.send_signal(signal.SIGUSR1)
    out = (out + process.communicate(timeout=20)[0]).decode()
    other.communicate()
    told = [e["data"] for e in events(out) if e["type"] == "undertone.session.disclosed.v1"]
    assert process.returncode == 0 and len(told) == 1 and told[0]["By"] == "signal", told
    at = told[0]["OffsetMillis"]
    assert at >= 12000
    assert all(x["Score"] is None for x in scores(out) if x["EndOffsetMillis"] <= at)
    assert any(x["Score"] for x in scores(out) if x["EndOffsetMillis"] > at)
    opened = [e["data"] for e in events(out) if e["type"] == "undertone.cue.opened.v1"]
    assert opened and all(x["NotifyOffsetMillis"] > at for x in opened), (at, opened)


def test_research_is_for_recordings():
    with open(path("research.ini"), "w", encoding="ascii") as f:
        f.write("[session]\npolicy = research\n")
    for words in ("--tcp", "localhost:1"), ("--mic",), ("--qemu",):
        code, out, err = live(*words, "--config", path("research.ini"), "--disclosed")
        assert code == 6 and out == "" and "research" in err and len(err.splitlines()) == 1, (words, code, err)
    code, out, err = live("--qemu", recording(), "--json", "--config", path("research.ini"))
    assert code == 0 and any(x["Score"] for x in scores(out)) and events(out)[0]["data"]["Policy"] == "research", err


def screen(rows, cols, steps, env=None, words=("--disclosed",), call_words=()):
    """live on a terminal of its own; what it has written after each of the steps (keys or sizes), and its exit code."""
    other, where = headset("--seconds", "30", *call_words)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(UNDERTONE, [UNDERTONE, "live", *where, *words], {**ENV, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(env or {})})
    seen = []

    def take(until, seconds=30):
        text, end = b"", time.time() + seconds
        while until not in text and time.time() < end:
            os.set_blocking(terminal, False)
            try:
                text += os.read(terminal, 65536)
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break
        seen.append(text)
        return text

    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        os.kill(pid, signal.SIGWINCH)
        for step, until in steps:
            if isinstance(step, tuple):
                fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *step, 0, 0))
            else:
                os.write(terminal, step)
            assert until in take(until), (step, seen[-1])
        take(b"\0never")  # up to its end
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        other.kill()
        other.communicate()
    return os.waitstatus_to_exitcode(status), seen


def test_the_screen():
    sizes = [((r, c), b"") for r, c in ((3, 7), (1, 1), (200, 300), (24, 80))]
    code, seen = screen(24, 80, [(b"", b"has ended"), *sizes, (b"m", b"muted"), (b"q", b"\x1b[?1049l")],
                        call_words=("--speed", "10"))
    assert code == 0
    assert re.search(rb"\d s ago", seen[0]) and "░".encode() in seen[0]  # while the customer listens
    assert re.search(rb"summary: 30.0 s; customer spoke 1[456]\.\d s, .* 1 cues \(1 shown\)\r\n$", seen[-2] + seen[-1])
    assert b"Frustration" in seen[0] and b"Delight" in seen[0] and "█".encode() in seen[0]
    assert b"\x1b[33m" in seen[0]


def test_the_screen_asks_for_the_disclosure():
    code, seen = screen(30, 100, [(b"", b"disclosure"), (b"a", b"Confidence"), (b"q", b"\x1b[?1049l")], words=(),
                        call_words=("--seconds", "600", "--speed", "5"))  # its end shows no scores, however late a key comes
    assert code == 0 and b"a disclosure given" in seen[0] and b"Confidence" not in seen[0]


def test_the_screen_without_colour():
    code, seen = screen(24, 80, [(b"", b"has ended"), (b"q", b"\x1b[?1049l")], {"NO_COLOR": "1"})
    assert code == 0 and not re.search(rb"\x1b\[(\d+;)*[34][0-8]m", b"".join(seen)), seen


if __name__ == "__main__":
    run([f for name, f in list(globals().items()) if name.startswith("test_")])
