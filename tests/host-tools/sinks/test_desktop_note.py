#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Notes on a desktop, over a bus of the test's own: what is shown, and what is said where nobody shows it."""
from action_desk import Call, Desktop, rule
from tool import Checks

check = Checks()
NOTE = "Offer <b>this</b> & smile: Ünder 50 %"
desktop = Desktop()
call = Call("note", rule(on="empathy_cue.opened", do="desktop", text=NOTE, park=1, limit=1),
            env={"DBUS_SESSION_BUS_ADDRESS": desktop.address})
check("a cue makes a note", call.wait("DONE"), (call.rows(), call.said()))
check("with the rule's words, as they are", desktop.notes == [["Undertone", 0, "", "Undertone", NOTE, [], {}, -1]], desktop.notes)
call.end()
desktop.end()

grumpy = Desktop("--refuse")
call = Call("full", rule(on="empathy_cue.opened", do="desktop", text="x", park=1), env={"DBUS_SESSION_BUS_ADDRESS": grumpy.address})
check("a desktop that refuses is a failure", call.wait("FAILED"), call.rows())
error = call.list()[0]["Error"]
check("which says why", error == "the desktop takes no note: no room on the screen", error)
call.end()
grumpy.end()
code, out, err = call.run(env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"})
check("parked is parked", code == 0 and out == "0 done, 0 failed, 0 parked\n", (out, err))
call.write("UPDATE action SET state = 'CONFIRMED', go = 1, tries = 0")
code, out, err = call.run(env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"})
check("no bus is a failure", code == 36 and out == "0 done, 1 failed, 1 parked\n" and "there is no desktop's bus" in err, (out, err))
check.finish()
