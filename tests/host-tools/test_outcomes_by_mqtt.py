#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a CRM says of calls by MQTT: to the desk, or to the floor, which passes it on; a receipt for each, a refusal with its reason,
the same again without effect, and again after whatever was lost."""
import json

from action_desk import Call
from floor import Broker, Client, Serve, rows, until
from tool import Checks

check = Checks()
broker = Broker("broker").start()
floor = Serve("floor", [broker]).start()
crm = Client(broker, "crm", "undertone/v1/s/+/receipt")
call = Call("desk", f"[mqtt]\nbrokers = {broker.url}\nsite = s\ndevice = desk-1\n", more=["--mqtt", "--contact-id", "+49 30 1234567"])
check("the floor has the call", until(lambda: floor.rows("SELECT session FROM progress"), 60))
session = floor.rows("SELECT session FROM progress")[0][0]
TELEPHONE = "+49 30 1234567"


def say(to, name, of, outcome, patience=60):
    """Sends an outcome each second until there is a receipt, as a CRM does: the receipt's reason, "" = taken, None = there is none."""
    for _ in range(patience):
        crm.say(f"undertone/v1/s/{to}/outcome", json.dumps({"Id": name, "Call": of, "Outcome": outcome}))
        got = until(lambda: [x for x in map(json.loads, (x[1] for x in crm.got)) if x["Id"] == name], 1)
        if got:
            return got[0].get("Refused", "")
    return None


def stored():
    return rows(call.store, "SELECT about, outcome, by FROM outcome ORDER BY about")


check("to the desk, by the name that the CRM has", say("desk-1", "crm-1", TELEPHONE, "csat2") == "" and stored() == [("satisfaction", "csat2", "mqtt")],
      stored())
check("by its session", say("desk-1", "crm-2", session, "escalated") == "")
check("to the floor, which knows the desk", say("serve", "crm-3", session, "churned") == "" and
      stored() == [("escalation", "escalated", "mqtt"), ("loyalty", "churned", "mqtt"), ("satisfaction", "csat2", "mqtt")], stored())
at = rows(call.store, "SELECT at FROM outcome WHERE about = 'loyalty'")
crm.got.clear()
check("the same again is taken and changes nothing", say("serve", "crm-3", session, "churned") == "" and
      rows(call.store, "SELECT at FROM outcome WHERE about = 'loyalty'") == at and len(stored()) == 3)
check("another about the same takes its place", say("desk-1", "crm-4", session, "csat5") == "" and ("satisfaction", "csat5", "mqtt") in stored())
crm.got.clear()
check("the one before, whose receipt was lost, does not come back", say("desk-1", "crm-1", TELEPHONE, "csat2") == "" and
      ("satisfaction", "csat5", "mqtt") in stored(), stored())

# what is refused
check("a call that the desk has not", say("desk-1", "crm-5", "+49 171 5550199", "resolved") == "the store has no such call")
check("one that the floor has not", say("serve", "crm-6", "nobody-knows", "resolved") == "the floor has no session of that name")
check("what is no outcome", say("desk-1", "crm-7", session, "delighted") == "there is no such outcome")
check("half a message", (crm.say("undertone/v1/s/desk-1/outcome", '{"Id": "crm-8"}'), until(
    lambda: [x for x in crm.got if json.loads(x[1]) == {"Id": "crm-8", "Refused": "give Id, Call and Outcome"}], 30))[1], crm.got)
check("half a message to the floor", (crm.say("undertone/v1/s/serve/outcome", json.dumps({"Id": "crm-half", "Call": session})), until(
    lambda: [x for x in crm.got if json.loads(x[1]) == {"Id": "crm-half", "Refused": "give Id, Call and Outcome"}], 30))[1], crm.got)
for rubbish in ("", "{", "[]", '{"Id": 1}', '{"Call": "x", "Outcome": "csat1"}', '{"Id": "a/b", "Call": "x", "Outcome": "csat1"}', "x" * 5000):
    crm.say("undertone/v1/s/desk-1/outcome", rubbish)
    crm.say("undertone/v1/s/serve/outcome", rubbish)
check("none of it is stored, and both go on", say("serve", "crm-9", session, "resolved") == "" and len(stored()) == 4, stored())
check("a remark of each kind, without whom it was about", "outcome crm-5 is refused: the store has no such call" in call.said() and
      "outcome crm-6 is refused" in floor.said() and "5550199" not in call.said() + floor.said(), (call.said(), floor.said()))
burst = [f"burst-{i}" for i in range(12)]
for name in burst:
    crm.say("undertone/v1/s/desk-1/outcome", json.dumps({"Id": name, "Call": "nobody", "Outcome": "csat1"}))
check("each of many at once is remarked upon", until(lambda: all(f"outcome {name} is refused" in call.said() for name in burst), 30), call.said())

# lost on the way: who is not there gives no receipt, and the CRM says it again
floor.kill()
check("a floor that is gone gives none", say("serve", "crm-10", session, "stayed", patience=3) is None and ("loyalty", "churned", "mqtt") in stored())
floor.start()
check("again, when it is there again", say("serve", "crm-10", session, "stayed") == "" and ("loyalty", "stayed", "mqtt") in stored(), stored())
broker.kill()
broker.start()
crm.close()
crm = Client(broker, "crm", "undertone/v1/s/+/receipt")
check("through a broker that was killed", say("serve", "crm-11", session, "churned") == "" and ("loyalty", "churned", "mqtt") in stored(), stored())
call.end()
crm.close()
floor.end()
broker.end()
check.finish()
