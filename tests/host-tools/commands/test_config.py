#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone config`: every setting, where it comes from, as a file that can be read again."""
from tool import Checks, tool, write

check = Checks()

good = write("good.ini", "[extended_silence]\non = 7.5\n[live]\nport = /dev/ttyACM3\n")
code, text, err = tool("config", "--show-origin", "--config", good, env={"UNDERTONE_DISPLAY_BUDGET": "4"})
check("config --show-origin", code == 0 and f"on = 7.5  ; {good}:2\n" in text
      and f"port = /dev/ttyACM3  ; {good}:4" in text and "budget = 4  ; environment UNDERTONE_DISPLAY_BUDGET" in text
      and "hold = 3  ; default" in text, text)
code, text, err = tool("config", "--config", good)
again = write("again.ini", text)
code, second, err = tool("config", "--config", again)
check("what config prints is a config file of the same settings", code == 0 and second == text, err)

with open("/dev/full", "w", encoding="ascii") as full:
    check("a full disk is said", tool("config", stdout=full)[0] == 1)

check.finish()
