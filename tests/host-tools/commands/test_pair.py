#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone pair`: every way to compare a code, the right answer, the wrong one and none."""
import signal

from bluez import Bluez
from tool import Checks, tool

check = Checks()


def pair(double, *words, typed=""):
    with Bluez(*double) as b:
        result = b.undertone("pair", *words, typed=typed)[:3]
    return result, b.told


for how, typed in (("confirm", "y\n"), ("confirm", "YES\n"), ("passkey", "12345\nabcdef\n123456\n"), ("display", ""),
                   ("blind", "y\n")):
    (code, out, err), _ = pair(("--pairing", how), "Undertone 0", typed=typed)
    check(f"{how}: paired", code == 0 and err == "" and "is paired; show its call" in out, (code, out, err))
    check(f"{how}: what is not six digits is asked for again", out.count("Not six digits") == (how == "passkey") * 2, out)
    check(f"{how}: the code is seen", how == "passkey" or ("no code to compare" if how == "blind" else "123456") in out, out)

for how, typed in (("confirm", "n\n"), ("confirm", ""), ("passkey", "654321\n"), ("passkey", "\n"), ("passkey", ""),
                   ("blind", ""), ("blind", "n\n")):
    (code, out, err), _ = pair(("--pairing", how), "Undertone 0", typed=typed)
    check(f"{how} {typed!r}: refused in one line", code == 6 and err.count("\n") == 1 and "not paired" in err, (code, err))

(code, out, _), told = pair(("--paired", "1"))
check("paired already", code == 0 and "is paired already" in out, out)

with Bluez("--paired", "1") as b, open("/dev/full", "w", encoding="ascii") as full:
    code, _, err, _ = b.undertone("pair", stdout=full)
check("what nobody can read is said", code == 1 and err.count("No space left") == 1, (code, err))

(code, out, err), _ = pair(("--devices", "2"), "--seconds", "1")
check("two headsets: one must be named", code == 3 and "several headsets" in err, err)
(code, out, err), told = pair(("--devices", "2", "--late"))
check("also when the second is heard later", code == 3 and "several headsets" in err and "pair 00" not in told, (err, told))
(code, out, err), told = pair(("--devices", "2"), "Undertone 1", typed="y\n")
check("by name", code == 0 and "pair 01" in told, (out, err, told))
(code, out, err), told = pair(("--devices", "2"), "aa:bb:cc:00:00:01", typed="y\n")
check("by address, either case", code == 0 and "pair 01" in told, (out, err, told))
(code, out, err), _ = pair((), "Nobody", "--seconds", "0.5")
check("one that is not there", code == 3 and err.startswith("undertone: Nobody: no such headset"), err)

with Bluez("--pairing", "confirm") as b:
    process = b.start("pair", "Nobody", "--seconds", "60")
    b.wait("discover")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
check("Ctrl-C ends the search", process.returncode == 1 and "stopped" in err, err)
check("and the listening", "rest" in b.told, b.told)

for words in (("a", "b"), ("--seconds", "x"), ("--nope",)):
    check.refused(" ".join(words), tool("pair", *words), 2, "undertone")
check("help", tool("pair", "--help")[1].startswith("usage: undertone pair"))
check.finish()
