#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pairing as BlueZ sees it: the agent comes and goes, a bond is trusted, a refusal and an end are said."""
import signal

from bluez import Bluez
from tool import Checks

check = Checks()


def pair(*double, typed=""):
    with Bluez(*double) as b:
        result = b.undertone("pair", "Undertone 0", typed=typed)[:3]
    return result, [x for x in b.told if x.split()[0] in ("agent", "pair", "no", "set", "cancel")]


for how, typed in (("confirm", "y\n"), ("passkey", "123456\n"), ("display", ""), ("blind", "y\n")):
    (code, _, err), told = pair("--pairing", how, typed=typed)
    check(f"{how}: agent, pairing, end of the agent, trust",
          code == 0 and told == ["agent KeyboardDisplay", "pair 00", "no agent", "set Trusted 1"], (code, err, told))

for how, typed in (("confirm", "n\n"), ("confirm", ""), ("passkey", "654321\n"), ("passkey", "\n"), ("passkey", ""),
                   ("blind", ""), ("blind", "n\n")):
    (code, _, err), told = pair("--pairing", how, typed=typed)
    check(f"{how} {typed!r}: not trusted, agent gone",
          code == 6 and told == ["agent KeyboardDisplay", "pair 00", "no agent"], (code, err, told))

(code, out, _), told = pair("--off", "--known", typed="y\n")
check("pairing needs the radio", code == 0 and told[0] == "set Powered 1", told)

with Bluez("--pairing", "never") as b:
    process = b.start("pair", "Undertone 0")
    b.wait("pair")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
check("stopped: the pairing is called off", process.returncode == 1 and err == "undertone: Bluetooth: stopped\n" and
      b.told[b.told.index("pair 00"):] == ["pair 00", "no agent", "cancel"], (process.returncode, err, b.told))
check.finish()
