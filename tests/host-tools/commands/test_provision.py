#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone provision`: an emulated board from its first byte to a locked headset; units that never were for all that may go
wrong; a probe that is a stand-in. What is written is compared with the specification's own reading of it."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time

from tool import BUILD, ENV, UNDERTONE, Checks, path, tool, write

from powered import Powered
from slots import FACTORY_AT, RELEASE, SLOT_AT, SLOT_BYTES, factory, flash, images, read, slot, trailer
from tone import tone
from unit_double import Unit

check = Checks()
FOLDER = os.path.join(BUILD, "mps2")
STANDIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "flash_standin.py")
A = images(read(RELEASE))[0]
TEST = images(read(os.path.join(FOLDER, "selftest.update")))[0]
LOCK = ("--lock", "--development-key")
count = 0


def digest(image):
    """The SHA-256 of what is signed."""
    return image[image.index(b"\x10\0\x20\0", len(image) - 200):][4:36]


def sha256_of_public(key):
    done = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True, stdout=subprocess.PIPE)
    return hashlib.sha256(done.stdout).digest()


PUBLISHED = sha256_of_public("boards/development.pem")


def fresh(ending):
    global count
    count += 1
    return path(f"{count}{ending}")


def lines(log):
    return [json.loads(line) for line in read(log).splitlines()]


def provision(unit, *words, log=None, folder=FOLDER, into=None, given="", env=None, again=True, stdout=subprocess.PIPE):
    """(exit code, standard output, standard error) of a station with that unit on its port; again: it does not ask first who is
    there, which takes four seconds where nobody is."""
    log, into = log or fresh(".log"), into or fresh(".flash")
    done = subprocess.run([UNDERTONE, "provision", folder, "--port", unit.port, "--log", log, *(["--flash", into] if into != "-" else []),
                           *(["--again"] if again else []),
                           *words], input=given, stdout=stdout, stderr=subprocess.PIPE, timeout=120, check=False,
                          env={**ENV, **(env or {})}, text=True)
    return done.returncode, done.stdout, done.stderr


def failed(name, result, code, *words):
    """Behind what it said of its steps: one line, with these words."""
    check(name, result[0] == code and result[2].count("\n") == 1 and all(word in result[2] for word in words), result)


def test_an_emulated_board():
    """Blank flash; the operator switches it on when he is told to. Then once more, which is refused, and again, which is not."""
    sound, log, into = path("tone.raw"), path("station.log"), path("board")
    tone(sound, -27.2, -31.4, seconds=60)
    write("board", b"\xff" * 0x100000)
    with Powered(into, audio=sound, words=["--button=pair"]) as headset:
        program = subprocess.Popen([UNDERTONE, "provision", FOLDER, "--serial", "UT-0041", "--hardware", "3", "--port", headset.port, "--flash",
                                    into, "--log", log, "--lock", "--development-key", "--without", "radio"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV)
        killer = threading.Timer(120, program.kill)
        killer.start()
        said = ""
        for line in program.stdout:
            said += line
            if "Switch the headset off and on" in line:
                headset.cut()
        code, err = program.wait(), program.stderr.read()
        killer.cancel()
        check("it passes", code == 0 and err == "" and "UT-0041 passed, and is locked." in said, (code, said, err))
        begun, passed = lines(log)
        check("a line before anything is written", begun["Result"] == "begun" and begun["Serial"] == "UT-0041" and "Tests" not in begun, begun)
        check("and one at the end", passed["Result"] == "passed" and passed["Sealed"] and passed["Locked"] and passed["Failed"] == [] and passed["LeftOut"] == ["radio"]
              and passed["TrimDb"] == [-2, 2] and passed["Hardware"] == 3 and passed["Board"] == "mps2" and passed["Code"] == 0 and
              "development key" in passed["Signer"], passed)
        level = passed["Tests"]["level"]
        check("with what was measured", abs(level[0] + 272) <= 1 and abs(level[1] + 314) <= 1 and passed["Tests"]["flash"] == [1], passed)
        there = read(into)
        page = factory("UT-0041", 3, trim=(-2, 2), passed=0b1101111, locked=True, made=int.from_bytes(there[FACTORY_AT + 12:FACTORY_AT + 16], "little"))
        check("the page to the byte", there[FACTORY_AT:FACTORY_AT + 100] == page, there[FACTORY_AT:FACTORY_AT + 100])
        check("the firmware is kept, the test spent", there[SLOT_AT[0]:SLOT_AT[0] + SLOT_BYTES] == slot(A, trailer(1, kept=True)) and
              there[SLOT_AT[1]:SLOT_AT[1] + SLOT_BYTES] == slot(TEST, trailer(2, tries=3)))  # asked for by the firmware
        boot = read(os.path.join(FOLDER, "boot.bin"))
        check("the bootloader is there", there[:len(boot)] == boot and there[len(boot):FACTORY_AT] == b"\xff" * (FACTORY_AT - len(boot)))
        code, out, _ = tool("device", "factory", "--json", "--port", headset.port)
        check("device says who it is", code == 0 and json.loads(out) == {"Serial": "UT-0041", "Hardware": 3, "TrimDb": [-2, 2], "Passed": "0x006f",
                                                                        "Locked": True}, out)
        failed("it has a number", provision(headset, "--serial", "UT-0042", into=into, again=False), 46, "UT-0041", "--again")
        check.refused("its number is taken", provision(headset, "--serial", "UT-0041", log=log, into=into, again=False), 46, "station.log", "--again")
        check("nothing was written", read(into)[:0x90000] == there[:0x90000] and len(lines(log)) == 2)


def test_who_is_there():
    with Unit("UT-1", before="UT-7", written=lambda: False) as unit:
        failed("a headset with a number", provision(unit, "--serial", "UT-1", again=False), 46, "UT-7", "--again")
    with Unit("UT-1", before="UT-1", passed=1, written=lambda: False) as unit:
        failed("with this number, sealed", provision(unit, "--serial", "UT-1", again=False), 46, "UT-1", "--again")


def test_what_a_unit_may_do():
    """Each test that fails, by its own name; the unit is neither sealed nor locked then."""
    for name, answer in (("level", "level -321 -290"), ("level", "level -290 -999"), ("random", "random 0"), ("flash", "flash 0"), ("crystal", "crystal 0"),
                         ("radio", "radio 0"), ("button", "button 0"), ("watchdog", "watchdog 1"), ("flash", "flash 1 1")):
        log = fresh(".log")
        with Unit("UT-1", answers={name: answer}) as unit:
            code, _, err = provision(unit, "--serial", "UT-1", *LOCK, log=log)
            check(f"{answer} fails", code == 48 and err.startswith(f"undertone: UT-1: {name}: ") and err.count("\n") == 1, (code, err))
            last = lines(log)[-1]
            check(f"{answer} is in the log", last["Result"] == "failed" and last["Failed"] == [name] and not last["Locked"] and not last["Sealed"] and last["Code"] == 48, last)
            check(f"{answer}: not sealed", not any(x.split()[0] in ("seal", "lock", "end") for x in unit.asked), unit.asked)
    with Unit("UT-1") as unit:  # mended
        code, out, err = provision(unit, "--serial", "UT-1", log=log, again=False)
        check("again, when it is mended", code == 0 and err == "" and "seal -2 2 127" in unit.asked and "lock" not in unit.asked, (code, out, err))
    with Unit("UT-1", answers={"seal": "seal 0"}) as unit:
        failed("a worn page", provision(unit, "--serial", "UT-1"), 48, "seal")
    with Unit("UT-1", answers={"lock": "lock 0"}) as unit:
        failed("a lock refused", provision(unit, "--serial", "UT-1", *LOCK), 48, "lock")
    with Unit("UT-2") as unit:
        failed("another unit's port", provision(unit, "--serial", "UT-1", "--wait", "0.5"), 28, "UT-1", "gives serial number UT-2")
        check("its test was not asked for", unit.marked is None)
    with Unit("UT-2", firmware="UT-1") as unit:
        failed("another unit's test", provision(unit, "--serial", "UT-1"), 47, "UT-2", "not UT-1")
    for stale in (b"undertone-test 1 mps2 UT-0 0\n", b"undertone-test 1 mps2 UT-0 0\nundert"):
        into = fresh(".flash")
        with Unit("UT-1", written=lambda at=into: os.path.exists(at)) as unit:
            os.write(unit.master, stale)
            code, out, err = provision(unit, "--serial", "UT-1", into=into)
            check("what the unit before it said is not its own", code == 0, (code, out, err))
    with Unit("UT-1", board="f407") as unit:
        failed("another board's", provision(unit, "--serial", "UT-1"), 47, "f407")
    with Unit(None) as unit:
        failed("nobody answers", provision(unit, "--serial", "UT-1", "--wait", "0.5", *LOCK), 28, "firmware does not answer")
        check("and nothing was asked for, so nothing is sealed or locked", unit.marked is None and unit.asked == [], unit.asked)
    with Unit("UT-1", answers={"starts": False}) as unit:
        failed("the firmware runs on", provision(unit, "--serial", "UT-1", "--wait", "0.5"), 47, "no test image of UT-1")
        check("the test was asked for by its hash", unit.marked == digest(TEST), unit.marked)
    with Unit("UT-1", heard=lambda line: setattr(unit, "firmware", "UT-9")) as unit:
        failed("the firmware says another number behind the test", provision(unit, "--serial", "UT-1", "--wait", "1"), 28, "tested", "UT-9")
    log = fresh(".log")
    with Unit("UT-1", locked=False) as unit:
        failed("the lock is not there", provision(unit, "--serial", "UT-1", *LOCK, log=log), 28, "is not locked")
        check("but it was answered", lines(log)[-1]["Locked"] and lines(log)[-1]["Sealed"], lines(log)[-1])
    with Unit("UT-2", locked=False) as unit:
        check.refused("a sealed unit's number", provision(unit, "--serial", "UT-1", log=log, again=False), 46, "sealed", "--again")
    with Unit("UT-1", answers={"level": "level 0 0"}) as unit:
        failed("again, and not even tested", provision(unit, "--serial", "UT-1", log=log), 48, "level")
        check.refused("it stays a sealed unit's", provision(unit, "--serial", "UT-1", log=log, again=False), 46, "sealed")
    with Unit("UT-1") as unit:  # --json: lines for a program, words for the operator
        code, out, err = provision(unit, "--serial", "UT-1", "--json")
        check("prompts beside --json", code == 0 and "Play 1 kHz" in err and "Play" not in out and
              [json.loads(x)["Result"] for x in out.splitlines()] == ["begun", "passed"], (out, err))


def test_no_answer():
    """Whoever does not answer to the seal or the lock may have done it: the log says so, and the number is taken."""
    def one(word, locked):
        log = fresh(".log")
        with Unit("UT-1", answers={word: None}) as unit:
            failed(f"no answer to {word}", provision(unit, "--serial", "UT-1", *LOCK, log=log), 47, f'"{word}"')
        last = lines(log)[-1]
        check(f"no answer to {word}: it counts as done", last["Result"] == "failed" and last["Sealed"] and last["Locked"] == locked, last)
        with Unit("UT-1") as unit:
            check.refused(f"no answer to {word}: its number is taken", provision(unit, "--serial", "UT-1", log=log, again=False), 46, "sealed")
    for each in [threading.Thread(target=one, args=args) for args in (("seal", False), ("lock", True))]:
        waiting.append(each)
        each.start()


waiting = []


def stopped_at(word, *words, number=signal.SIGINT):
    """What a station says that is stopped while it waits for the answer to that word, its unit and its log."""
    log, into = fresh(".log"), fresh(".flash")

    def heard(line):
        if line.split()[0] == word:
            process.send_signal(number)
            time.sleep(0.3)
    with Unit("UT-1", answers={"level": None} if word == "level" else {}, heard=heard) as unit:
        process = subprocess.Popen([UNDERTONE, "provision", FOLDER, "--serial", "UT-1", "--port", unit.port, "--log", log, "--flash", into,
                                    "--again", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err, unit.asked, lines(log)


def test_stopped():
    """Up to the seal a unit is left open, and that is said; from the seal on it is finished, and no other begun."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        code, _, err, asked, said = stopped_at("level", *LOCK, number=number)
        check(f"{number.name} in the test", code == 1 and "stopped before the unit was sealed" in err and err.count("\n") == 1 and asked == ["level"],
              (code, err, asked))
        check(f"{number.name}: the log", [x["Result"] for x in said] == ["begun", "failed"] and not said[1]["Sealed"] and not said[1]["Locked"] and
              said[1]["Code"] == 1, said)
    for word in ("seal", "lock"):
        code, out, err, asked, said = stopped_at(word, "--count", "2", *LOCK)
        check(f"stopped at {word}: it is finished", code == 0 and err == "" and "UT-1 passed, and is locked" in out and asked[-3:] ==
              ["seal -2 2 127", "lock", "end"], (code, out, err, asked))
        check(f"stopped at {word}: the log", [x["Result"] for x in said] == ["begun", "passed"] and said[1]["Locked"], said)


def test_the_log():
    """A station that was killed left a line without an end, or half a line: both are kept, and its number is taken."""
    log = write("torn.log", '{"Serial":"UT-1","Result":"begun"}\n{"Serial":"UT-2","Resu')
    with Unit("UT-1") as unit:
        check.refused("begun, and no more", provision(unit, "--serial", "UT-1", log=log, again=False), 46, "torn.log", "--again")
    with Unit("UT-1") as unit:
        code, _, err = provision(unit, "--serial", "UT-1", log=log)
        check("again", code == 0 and err == "", (code, err))
    text = read(log).decode().splitlines()
    check("nothing is lost", text[:2] == ['{"Serial":"UT-1","Result":"begun"}', '{"Serial":"UT-2","Resu'] and len(text) == 4 and
          json.loads(text[3])["Result"] == "passed", text)
    check("its owner's only", os.stat(fresh_log()).st_mode & 0o777 == 0o600)
    into = fresh(".flash")
    with Unit("UT-3") as unit:
        failed("no log, no unit", provision(unit, "--serial", "UT-3", log="/dev/full", into=into), 1, "/dev/full", "room")
    check("nothing was written", not os.path.exists(into))
    log = fresh(".log")
    with Unit("UT-4") as unit, open("/dev/full", "w", encoding="ascii") as full:
        code, _, err = provision(unit, "--serial", "UT-4", "--json", log=log, stdout=full)
    check("lines that reached nobody are said, and are in the log", code == 1 and err.count("No space left") == 1
          and lines(log)[-1]["Result"] == "passed", (code, err, lines(log)))


def fresh_log():
    log = fresh(".log")
    with Unit("UT-5") as unit:
        provision(unit, "--serial", "UT-5", log=log)
    return log


def test_a_row_of_units():
    """The operator connects one after the other; q ends; the second one fails, and its code is the run's."""
    log, into = fresh(".log"), fresh(".flash")

    class Next(Unit):
        """Takes the number that lies in the flash."""
        def serve(self):
            while not self.stopped:
                there = read(into)[FACTORY_AT + 16:FACTORY_AT + 32].rstrip(b"\0\xff").decode() if os.path.exists(into) else ""
                if there and there != self.serial:
                    self.serial = self.firmware = there
                    self.begin()
                    self.answers["random"] = "random 0" if there == "UT-010" else "random 1"
                self.look()

    with Next(None) as unit:
        unit.written = lambda: os.path.exists(into)
        code, out, err = provision(unit, "--serial", "UT-009", "--count", "5", log=log, into=into, given="\n\nq\n")
    done = [(x["Serial"], x["Result"]) for x in lines(log)]
    check("three of five", done == [("UT-009", "begun"), ("UT-009", "passed"), ("UT-010", "begun"), ("UT-010", "failed"), ("UT-011", "begun"),
                                    ("UT-011", "passed")], (done, out, err))
    check("the code of the one that failed", code == 48 and "UT-010" in err and "Connect unit UT-012" in out, (code, out, err))


def probe(*scene, probe_id):
    """A stand-in for openocd beside a made-up USB with one probe: the environment."""
    name = fresh("")
    os.makedirs(os.path.join(name, "usb", "1-1"))
    for file, text in (("idVendor", probe_id[0]), ("idProduct", probe_id[1]), ("serial", "PROBE1")):
        write(os.path.join(name, "usb", "1-1", file), text + "\n")
    os.mkdir(os.path.join(name, "bin"))
    os.symlink(STANDIN, os.path.join(name, "bin", "openocd"))
    write(os.path.join(name, "scene"), json.dumps(scene))
    return {"PATH": os.path.join(name, "bin") + ":" + os.environ["PATH"], "STANDIN": os.path.join(name, "scene"),
            "UNDERTONE_USB": os.path.join(name, "usb")}


def test_by_a_probe():
    """openocd's words for a chip, a writing, and a locked chip."""
    chip = {"Word": "flash probe", "Says": "Info : nRF52840-xxAA(build code: D0) 1024kB Flash, 256kB RAM\n", "Code": 0}
    stm32 = {**chip, "Says": "Info : device id = 0x10076413\n"}
    wrote = {"Word": "program", "Says": "** Programming Finished **\n** Verified OK **\n", "Code": 0}
    locked = {"Word": "dump_image", "Says": "Error: [nrf52.cpu] has AP lock engaged (see 'nrf52_recover' TCL command)\n", "Code": 1}
    opened = {"Word": "dump_image", "Says": "dumped 16 bytes in 0.01s\n", "Code": 0}
    unread = {**locked, "Says": "undertone: halted\nError: Failed to read memory at 0x08000000\n"}
    nrf, f407 = ("nrf52840-dk", "n840", "0x00000000", ("1366", "1015")), ("stm32f4-discovery", "f407", "0x08000000", ("0483", "374b"))
    for name, board, scene, lock, code, words, says in (
            ("open", nrf, [chip, wrote], [], 0, (), "not asked"),
            ("locked", nrf, [chip, wrote, locked], LOCK, 0, (), "refused"),
            ("not locked", nrf, [chip, wrote, opened], LOCK, 49, ("still reads",), "reads"),
            ("the probe is gone", nrf, [chip, wrote, {**locked, "Says": "Error: No J-Link device found\n"}], LOCK, 3, ("not seen", "no debug probe"), "failed"),
            ("no words for it", nrf, [chip, wrote, unread], LOCK, 27, ("not seen", "Failed to read"), "failed"),
            ("STM32, locked", f407, [stm32, wrote, unread], LOCK, 0, (), "refused"),
            ("STM32, not locked", f407, [stm32, wrote, opened], LOCK, 49, ("still reads",), "reads"),
            ("STM32, out of reach", f407, [stm32, wrote, {**unread, "Says": "undertone: halted\nError: init mode failed (unable to connect to the target)\n"}],
             LOCK, 3, ("not seen",), "failed"),
            ("STM32, not halted", f407, [stm32, wrote, {**unread, "Says": "Error: timed out while waiting for target halted\n"}], LOCK, 27, ("not seen",), "failed"),
            ("locked before", nrf, [{**locked, "Word": "flash probe"}], [], 25, ("locked",), "not asked"),
            ("another chip", nrf, [{**chip, "Says": "nRF52832"}], [], 26, ("another chip",), "not asked"),
            ("not compared", nrf, [chip, {**wrote, "Says": "** Verify Failed **", "Code": 1}], [], 27, ("differs",), "not asked")):
        log, env = fresh(".log"), probe(*scene, probe_id=board[3])
        with Unit("UT-1", board=board[1]) as unit:
            got, out, err = provision(unit, "--serial", "UT-1", *lock, folder=os.path.join(BUILD, board[0]), into="-", log=log, given="\n", env=env)
            check(name, got == code and all(word in err for word in words) and err.count("\n") == (code != 0), (got, out, err))
            calls = [" ".join(json.loads(x)) for x in read(env["STANDIN"] + ".calls").decode().splitlines()]
            check(f"{name}: written where flash begins", code in (25, 26) or f"verify reset exit {board[2]}" in calls[1], calls)
            tested = "not compared" != name and code not in (25, 26)
            check(f"{name}: the tests come behind the writing", (unit.asked != []) == tested, unit.asked)
            last = lines(log)[-1]
            check(f"{name}: the log", last["Result"] == ("passed" if code == 0 else "failed") and last["Probe"] == says and
                  last["Sealed"] == tested and last["Locked"] == (tested and lock != []), last)


def test_stopped_before_enter():
    """Ctrl-C is no Enter: a sealed unit is asked about again, and nobody looks at its lock before it was off."""
    scene = ({"Word": "flash probe", "Says": "nRF52840-xxAA", "Code": 0}, {"Word": "program", "Says": "** Verified OK **\n", "Code": 0},
             {"Word": "dump_image", "Says": "Error: [nrf52.cpu] has AP lock engaged (see 'nrf52_recover' TCL command)\n", "Code": 1})
    log, env, asks = fresh(".log"), probe(*scene, probe_id=("1366", "1015")), "Switch the unit off and on"
    looks = lambda: read(env["STANDIN"] + ".calls").decode().count("dump_image")
    with Unit("UT-1", board="n840") as unit:
        program = subprocess.Popen([UNDERTONE, "provision", os.path.join(BUILD, "nrf52840-dk"), "--serial", "UT-1", "--port", unit.port, "--log", log,
                                    "--again", *LOCK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**ENV, **env})
        asked = lambda: any(asks in line for line in iter(program.stdout.readline, ""))
        for _ in range(2):
            check("it asks, and has not looked", asked() and looks() == 0)
            time.sleep(0.3)  # until it reads
            program.send_signal(signal.SIGINT)
        check("it asks again", asked())
        out, err = program.communicate("\n", timeout=60)
        last = lines(log)[-1]
        check("Enter goes on, and the unit has passed", program.returncode == 0 and err == "" and looks() == 1 and last["Result"] == "passed"
              and last["Probe"] == "refused", (program.returncode, out, err, last))


def test_which_probe():
    """The only one is not named to the tool, since an old one's serial number is no text. A name that is asked for is one of those plugged in."""
    folder = os.path.join(BUILD, "nrf52840-dk")
    env = probe(probe_id=("1366", "1015"))
    with Unit("UT-1", board="n840") as unit:
        failed("the only one", provision(unit, "--serial", "UT-1", folder=folder, into="-", env=env), 27, "no act")
        check("it was not named", "serial" not in read(env["STANDIN"] + ".calls").decode())
        failed("the one asked for", provision(unit, "--serial", "UT-1", "--probe", "PROBE1", folder=folder, into="-", env=env), 27, "PROBE1")
        check("it was named", "adapter serial {PROBE1}" in read(env["STANDIN"] + ".calls").decode())
        check.refused("another", provision(unit, "--serial", "UT-1", "--probe", "PROBE2", folder=folder, into="-", env=env), 3, "PROBE2", "PROBE1")
        shutil.copytree(os.path.join(env["UNDERTONE_USB"], "1-1"), os.path.join(env["UNDERTONE_USB"], "1-2"))
        check.refused("two", provision(unit, "--serial", "UT-1", folder=folder, into="-", env=env), 2, "PROBE1, PROBE1", "--probe")


def signed_by_another():
    """(folder of a board's parts, SHA-256 of the key) with images signed by a key of ours, the bootloader as it is built."""
    folder, key = fresh(""), fresh(".pem")
    os.mkdir(folder)
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key], check=True, stderr=subprocess.DEVNULL)
    for update, parts in (("undertone.update", ("slot-a.bin", "slot-b.bin")), ("selftest.update", ("selftest.bin",))):
        subprocess.run(["boards/release.py", "sign", os.path.join(folder, update), key, "0", *(os.path.join(FOLDER, part) for part in parts)], check=True)
    shutil.copy(os.path.join(FOLDER, "boot.bin"), folder)
    return folder, sha256_of_public(key)


def test_refused_before_anything():
    with Unit("UT-1") as unit:
        for words, code, part in ((["--serial", "UT 1"], 2, "--serial"), ([], 2, "--serial"), (["--serial", "UT-99", "--count", "2"], 2, "UT-99"),
                                  (["--serial", "UT-1", "--without", "lever"], 2, "lever"), (["--serial", "UT-1", "--probe", "X"], 2, "--probe")):
            check.refused(f"{words}", provision(unit, *words), code, part)
        check.refused("no folder", provision(unit, "--serial", "UT-1", folder=path("none")), 10, "boot.bin", "make factory")
        failed("no probe for it", provision(unit, "--serial", "UT-1", into="-"), 2, "mps2", "--flash")
        mixed = path("mixed")
        os.mkdir(mixed)
        for name, board in (("boot.bin", "mps2"), ("undertone.update", "mps2"), ("selftest.update", "nrf52840-dk")):
            os.symlink(os.path.abspath(os.path.join(BUILD, board, name)), os.path.join(mixed, name))
        log = fresh(".log")
        check.refused("no lock with the published key", provision(unit, "--serial", "UT-1", "--lock", log=log), 2, "--lock", "published",
                      "--development-key", "KEYS=")
        mine, key = signed_by_another()
        check.refused("a bootloader that does not know the firmware's key", provision(unit, "--serial", "UT-1", folder=mine, log=log), 24, "KEYS=")
        boot = read(os.path.join(mine, "boot.bin"))
        write(os.path.join(mine, "boot.bin"), boot + key)
        check.refused("nor with a bootloader that knows it", provision(unit, "--serial", "UT-1", "--lock", folder=mine, log=log), 2, "published")
        check("nothing was begun", not os.path.exists(log))
        write(os.path.join(mine, "boot.bin"), boot.replace(PUBLISHED, key))
        check.refused("parts of two boards", provision(unit, "--serial", "UT-1", folder=mixed), 24, "do not fit together")
        check("the unit was never asked", unit.asked == [])
        code, _, err = provision(unit, "--serial", "UT-1", "--lock", folder=mine)
        check("with keys of one's own", code == 0 and "lock" in unit.asked, (code, err))
        os.remove(os.path.join(mine, "selftest.update"))
        shutil.copy(os.path.join(FOLDER, "selftest.update"), mine)
        check.refused("a test image by another key", provision(unit, "--serial", "UT-1", folder=mine), 24, "signed")
    check.refused("no port", tool("provision", FOLDER, "--serial", "UT-1"), 2, "--port")
    failed("no such port", tool("provision", FOLDER, "--serial", "UT-1", "--port", "/dev/none", "--log", fresh(".log"), "--flash", fresh("")), 3, "none")


for each in (test_refused_before_anything, test_who_is_there, test_no_answer, test_what_a_unit_may_do, test_stopped, test_the_log, test_a_row_of_units, test_by_a_probe, test_stopped_before_enter, test_which_probe, test_an_emulated_board):
    each()
for each in waiting:
    each.join()
check.finish()
