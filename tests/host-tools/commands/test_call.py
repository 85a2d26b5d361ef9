#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone call` and the desk's requests: what a softphone says of a call is done at once, and is an event; a refusal takes
scores out of the store; a customer's key stands nowhere."""
import json
import os
import re
import sqlite3

from desk_program import Desk
from tool import HERE, Checks, path, tool, write

check = Checks()
KEY = "+49 30 7654321 John Roe"
store, audit = path("calls.db"), path("audit.log")
env = {"UNDERTONE_CUSTOMER_SITE_KEY": path("site.key")}
tool("customer", "make-key", "--site-key", path("site.key"))


def stored(desk):
    session = desk.state()["Session"]
    return [json.loads(x) for x in tool("store", "show", session, "--store", store)[1].splitlines()]


with Desk("--disclosed", "--store", store, "--audit", audit, env=env) as desk:
    check("a call begins", desk.wait(lambda: desk.state()["State"] == "live"))
    session = desk.state()["Session"]

    # who it is with
    code, out, err = desk.call("start", "crm 17/a", "--customer-key", KEY)
    check("a contact with a slash is refused", code == 1 and err.startswith("undertone: call: "), (code, err))
    code, out, err = desk.call("start", "crm 17", "--customer-key", KEY)
    named = desk.said("session.identified")
    check("start names the call under way", code == 0 and named and named[-1]["data"]["Contact"] == "crm 17"
          and len(named[-1]["data"]["Customer"]) == 64 and "sequence" in named[-1], (err, named))
    check("the page shows the contact", desk.state()["Contact"] == "crm 17")
    check("the same again is the same call", desk.call("start", "crm 17")[0] == 0 and desk.state()["Session"] == session)
    for words in (("start", "crm 17", "--customer-key", b"M\xfcller"), ("transfer", b"J\xfcrgen"), ("start", b"crm \xfc")):
        code, out, err = desk.call(*words)
        check(f"no UTF-8 is refused: {words[-1]}", code == 2 and "UTF-8" in err, (code, err))
    check("another one has to wait", desk.call("start", "crm 18")[0] == 1)

    # holds, mute
    check("hold", desk.call("hold")[0] == 0 and desk.state()["Facts"]["OnHold"] is True)
    check("which is an event", desk.said("hold.started") and desk.said("hold.started")[-1]["data"]["Kind"] == "told")
    check("unhold", desk.call("unhold")[0] == 0 and desk.state()["Facts"]["OnHold"] is False
          and desk.said("hold.ended")[-1]["data"]["Reason"] == "told")
    check("mute and unmute", desk.call("mute")[0] == 0 and desk.state()["Muted"] and desk.call("unmute")[0] == 0
          and not desk.state()["Muted"])

    # a cue, and what became of it
    check("a cue comes", desk.wait(lambda: desk.state()["Cue"] is not None))
    cue = desk.state()["Cue"]
    opened = [x for x in desk.said("cue.opened") if x["id"] == cue["Id"]]
    check("its id is that of its event", len(opened) == 1 and opened[0]["data"]["Cue"] == cue["Cue"], cue)
    code, out, err = desk.call("outcome", cue["Id"], "did_not_help")
    told = desk.said("cue.outcome")
    check("its outcome is an event", code == 0 and told[-1]["data"]["Opening"] == cue["Id"]
          and told[-1]["data"]["Outcome"] == "did_not_help" and told[-1]["data"]["Cue"] == cue["Cue"], (err, told))
    check("no outcome of another cue", desk.call("outcome", cue["Id"][:-1] + "x", "wrong")[0] == 1)
    check("nor another outcome", desk.call("outcome", cue["Id"], "bad")[0] == 4)
    code, out, err = desk.call("escalate", "second line")
    handed = desk.said("handover")
    check("an escalation hands over what was", code == 0 and handed and handed[-1]["data"]["Kind"] == "escalation"
          and handed[-1]["data"]["To"] == "second line" and handed[-1]["data"]["Trajectory"]
          and handed[-1]["data"]["Holds"]["Count"] >= 1
          and any(x.get("Outcome") == "did_not_help" for x in handed[-1]["data"]["Tried"]), handed[-1:])
    check("of the agent nothing is in it", "gent" not in json.dumps(handed[-1]["data"]), handed[-1])
    check("dismiss", desk.state()["Cue"] is None or (desk.call("dismiss")[0] == 0 and desk.state()["Cue"] is None))
    check("conference", desk.call("conference")[0] == 0 and desk.wait(
        lambda: desk.said("score")[-1]["data"]["Abstain"] == "conference"))
    check("and not any more", desk.call("unconference")[0] == 0 and desk.wait(
        lambda: desk.said("score")[-1]["data"]["Score"] is not None))
    before = stored(desk)
    felt = {"ask_for_help", "empathy_cue", "frustration_rising", "positive_moment", "good_moment"}
    scored = [x for x in before if x["data"].get("Cue") in felt or x["type"] == "undertone.handover.v1"]
    check("the store has what was scored", len(scored) >= 2 and "frustration" in json.dumps(scored), len(scored))

    # a withdrawal
    code, out, err = desk.call("withdraw")
    state = desk.state()
    check("a withdrawal ends the scores at once", code == 0 and state["Score"] is None and state["Refused"], (err, state))
    said = desk.said("session.refused")
    check("it is an event", len(said) == 1 and said[0]["data"]["Kind"] == "withdrawn" and said[0]["data"]["By"] == "http", said)
    check("only once", desk.call("refuse")[0] == 1)
    after = stored(desk)
    check("what was scored is erased from the store", len(after) >= len(before)
          and not [x for x in after if x["data"].get("Cue") in felt or "Trajectory" in x["data"]]
          and sum(x["data"].get("Erased") is True for x in after) >= len(scored), after[:3])
    check("numbers, types and times are as they were", [(x["id"], x["type"], x["time"]) for x in before]
          == [(x["id"], x["type"], x["time"]) for x in after[:len(before)]])
    for file in (store, store + "-wal"):
        with open(file, "rb") as f:
            data = f.read()
        check(f"and from {os.path.basename(file)}", b"frustration_slow" not in data and b"Trajectory" not in data
              and b"empathy_cue" not in data)
    t = desk.state()["TimeMillis"]
    check("the call goes on without", desk.wait(lambda: desk.state()["TimeMillis"] > t + 8000)
          and desk.said("score")[-1]["data"]["Score"] is None and desk.said("score")[-1]["data"]["ScoreSlow"] is None
          and desk.said("score")[-1]["data"]["Abstain"] == "refused", desk.said("score")[-1])

    # its end, and the next one
    handover = write("handover.json", json.dumps(handed[-1]["data"]))
    check("end", desk.call("end")[0] == 0 and desk.state()["State"] == "ended" and len(desk.said("session.completed")) == 1)
    check("not twice", desk.call("end")[0] == 1 and desk.call("hold")[0] == 1)
    check("the next call", desk.call("start", "crm 19", "--handover", handover)[0] == 0
          and desk.wait(lambda: desk.state()["State"] == "live") and desk.state()["Session"] != session)
    state = desk.state()
    check("has its contact, and what was handed over", state["Contact"] == "crm 19" and state["Handover"] == handed[-1]["data"], state)
    check("its customer may be scored", not state["Refused"] and desk.wait(lambda: desk.state()["Score"] is not None))
    check.refused("a handover that is none", desk.call("start", "crm 19", "--handover", write("no.json", "x")), 2, "no.json")
    with open(desk.err, encoding="utf-8") as f:
        check("no remark names the token", desk.token not in f.read())

    # the other words, of the call that was handed over
    code, out, err = desk.call("transfer")
    check("a transfer hands over too, to nobody named", code == 0 and desk.said("handover")[-1]["data"]["Kind"] == "transfer"
          and desk.said("handover")[-1]["data"].get("To", "") == "" and desk.said("handover")[-1]["session"] == state["Session"], (err, desk.said("handover")[-1]))
    code, out, err = desk.call("state")
    check("state is the page's", code == 0 and json.loads(out)["Contact"] == "crm 19" and json.loads(out)["Session"] == state["Session"], (out, err))
    check("an outcome of the call, by a CRM", desk.call("became", session, "resolved")[0] == 0
          and tool("store", "outcome", session, "unresolved", "--store", store)[0] == 0)
    check("a refusal", desk.call("refuse")[0] == 0 and desk.said("session.refused")[-1]["data"]["Kind"] == "refused"
          and desk.state()["Score"] is None and desk.state()["Handover"] is None)
    words = set(re.findall(r'^    \{"(\w+)", \d, \d, "', open(os.path.join(HERE, "..", "..", "host-tools", "commands", "call.c"), encoding="utf-8").read(), re.M))
    with open(__file__, encoding="utf-8") as f:
        said = set(re.findall(r'(?:desk|other)\.call\("(\w+)"', f.read()))
    check("every word was said", len(words) > 16 and words == said, words ^ said)
    check("page says the address", desk.call("page") == (0, desk.url + "\n", ""))
    check("live ends in order", desk.stop() == 0)
    check("and takes its address away", not os.path.exists(desk.file))
    check.refused("then there is nobody to ask", desk.call("state"), 3, desk.file)
    write("desk.page", desk.url)
    check.refused("nor at the old address", desk.call("state"), 3, "does not answer")
    write("desk.page", "http://evil.example/?token=1")
    check.refused("nor at one that live never writes", desk.call("state"), 4, "address")

with Desk(name="undisclosed") as other:
    check("before the disclosure there is no score", other.wait(lambda: other.state()["State"] == "live") and other.state()["Undisclosed"])
    code, out, err = other.call("disclose")
    check("disclose", code == 0 and other.said("session.disclosed")[-1]["data"]["By"] == "http" and not other.state()["Undisclosed"], err)
    check("said again it is one event", other.call("disclose")[0] == 0 and len(other.said("session.disclosed")) == 1)

held = {}
for folder, _, names in os.walk(path("")):
    for name in names:
        with open(os.path.join(folder, name), "rb") as f:
            held[name] = f.read()
check("the customer's key is in no file and no output", len(held) >= 6 and not [
    x for x, data in held.items() if KEY.encode() in data or b"John Roe" in data], list(held))
kinds = [json.loads(x)["Kind"] for x in open(audit, encoding="utf-8")]
check("all of it is on record", {"undertone.session.identified.v1", "undertone.session.refused.v1", "undertone.cue.outcome.v1",
                                 "undertone.handover.v1"} <= set(kinds), set(kinds))
check("the record is whole", tool("audit", "verify", audit)[0] == 0)
with sqlite3.connect(store) as f:
    check("the store too", f.execute("PRAGMA integrity_check").fetchone() == ("ok",))

check.refused("no word", tool("call"), 2, "what is to be done")
check.refused("another word", tool("call", "sing"), 2, "sing")
check.refused("too many", tool("call", "hold", "x"), 2, "hold")
check.refused("too few", tool("call", "outcome", "x"), 2, "outcome")
check.refused("a key for what has none", tool("call", "hold", "--customer-key", "x"), 2, "--customer-key")
check.refused("no place for the address", tool("call", "state", env={"XDG_RUNTIME_DIR": ""}), 18, "[page] file")
check.refused("a port that is none", tool("live", "--tcp", "localhost:1", "--page", "70000"), 2, "--page")
check.refused("nor by the config", tool("live", "--tcp", "localhost:1", env={"UNDERTONE_PAGE_PORT": "x"}), 18, "[page] port")
check.finish()
