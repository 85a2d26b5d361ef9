#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""host-tools/serve/openapi.json says what a floor does: every path is there and no other, every answer keeps to its schema, what is
wrong is refused as it says, and serve hands out the file itself. OpenAPI's own validator: tests/api."""
import http.client
import json
import os
import re

import jsonschema

from floor import Broker, Client, Serve, event, ini, until
from rollout_floor import Fleet
from tool import HERE, Checks, path, write

check = Checks()
SERVE = os.path.normpath(os.path.join(HERE, "..", "..", "host-tools", "serve"))
with open(os.path.join(SERVE, "openapi.json"), encoding="utf-8") as f:
    text = f.read()
api = json.loads(text)
for name in set(re.findall(r'"#/components/schemas/(\w+)"', text)):
    check(f"{name} is there", name in api["components"]["schemas"])
with open(os.path.join(SERVE, "floor_web.c"), encoding="utf-8") as f:
    source = f.read()
table = {where: set(allow.split(", ")) - {"HEAD"} for where, allow in re.findall(r'\{"(/[^"]*)", UT_RIGHT\w+, "([A-Z, ]+)"', source)}
table = {k: v for k, v in table.items() if k != "/" and not k.startswith("/floor_page")}
begins = lambda where: re.sub(r"\{.*", "", where)
described = {}
for where, methods in api["paths"].items():
    described.setdefault(begins(where), set()).update(m.upper() for m in methods)
own = {"/healthz": {"GET"}, "/login": {"POST"}, "/logout": {"POST"}}
check("every path is described, and no other", described == {**table, **own} and len(table) >= 10, (described, table))

users = write("users", "")
os.chmod(users, 0o600)
config = ini("api.ini", [a := Broker("a").start()], "serve", f"[serve]\nusers = {users}\n[customer]\nsite_key = {path('site.key')}\n"
             f"[fleet]\nverifier = {(fleet := Fleet(path('floor.db'))).verifier}\n")
write("site.key", "0123456789abcdef" * 4 + "\n")
os.chmod(path("site.key"), 0o600)
serve = Serve("floor", [a])
serve.words[-1] = config
serve.words += ["--page", "0", "--audit", path("serve.audit")]
serve.start()
until(lambda: "token=" in serve.said(), 60)
port, token = re.search(r":(\d+)/\?token=(\w+)", serve.said()).groups()


def ask(method, where, body=None, **headers):
    c = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    headers = {"Authorization": "Bearer " + token, **headers}
    c.request(method, where, body, {k: v for k, v in headers.items() if v is not None})
    answer = c.getresponse()
    got = answer.status, dict(answer.getheaders()), "" if "event-stream" in answer.getheader("Content-Type", "") else answer.read().decode()
    c.close()
    return got


def judge(schema):
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "components": api["components"]}
    jsonschema.Draft202012Validator.check_schema(whole)
    return jsonschema.Draft202012Validator(whole)


def judged(method, where, status, got):
    what = f"{method} {where}: {status}"
    answer = api["paths"][where][method.lower()]["responses"].get(str(status))
    if not check(f"{what} is what comes, and described", got[0] == status and answer is not None, got):
        return None
    kind = got[1]["Content-Type"].split(";")[0]
    check(f"{what} as {kind}", kind in answer["content"], got[1])
    if kind != "application/json":
        return None
    faults = [x.message[:200] for x in judge(answer["content"][kind]["schema"]).iter_errors(json.loads(got[2]))]
    check(f"{what}: the answer keeps to its schema", not faults, faults)
    return json.loads(got[2])


desk = Client(a, "desk")
say = lambda kind, payload: desk.say(f"undertone/v1/s/desk-1/{kind}", payload)
say("call", event("one", 1, "session.started"))
check("a call", until(lambda: json.loads(ask("GET", "/v1/state")[2])["Calls"]))
value = {"Frustration": 0.5, "Delight": 0.1, "Confidence": 0.8}
say("score", event("one", None, "score", EndOffsetMillis=1000, Score=value, ScoreFast=value, ScoreSlow=None, Abstain="none", Slope=0.2))
say("flag", event("one", 2, "flag.raised", Title="t", Text="x", Rule="r", Severity="high", Explanation=[]))
state = until(lambda: [x for x in json.loads(ask("GET", "/v1/state")[2])["Calls"] if x["Flag"] and x["Mood"]])
flag = state[0]["Flag"]["Id"]
say("ask", json.dumps({"Id": "q1", "Session": "one", "Action": "refund", "Text": "May we?", "Default": "no", "RemainingMillis": 10000}))
check("a question", until(lambda: json.loads(ask("GET", "/v1/state")[2])["Questions"]))

say("status", json.dumps({"State": "connected", "Boot": "01900001-0000-7000-8000-000000000000", "Connection": 1}))
until(lambda: serve.rows("SELECT count(*) FROM device")[0][0] == 1)
check("a roll-out", fleet.open("--rings", "100,100,100")[0] == 0 and until(lambda: serve.counts()["rollout_number"] == 1))
sha = json.loads(ask("GET", "/v1/rollouts")[2])[0]["Files"][0]["Sha256"]
judged("GET", "/v1/rollouts/files/{sha256}", 206, ask("GET", f"/v1/rollouts/files/{sha}", Range="bytes=1-"))
judged("GET", "/v1/rollouts/files/{sha256}", 416, ask("GET", f"/v1/rollouts/files/{sha}", Range="bytes=9999-"))

# all that is well
for method, where, body, place in (
        ("GET", "/v1/state", None, None), ("GET", "/v1/calls/{session}", None, "/v1/calls/one?after=0&t=-1"), ("GET", "/v1/events", None, "/v1/events?after=0"),
        ("GET", "/events", None, None), ("POST", "/v1/flags/{id}/ack", '{"By":"Kim"}', f"/v1/flags/{flag}/ack"),
        ("POST", "/v1/flags/{id}/action", '{"By":"Kim","Action":"listens in"}', f"/v1/flags/{flag}/action"), ("GET", "/v1/audit", None, None),
        ("POST", "/v1/actions/{id}/answer", '{"By":"Kim","Answer":"yes"}', "/v1/actions/q1/answer"), ("GET", "/v1/checkpoints", None, None),
        ("GET", "/v1/rollouts", None, None), ("GET", "/v1/rollouts/files/{sha256}", None, f"/v1/rollouts/files/{sha}"),
        ("POST", "/v1/rollouts/{number}/stop", '{"Reason":"x"}', "/v1/rollouts/1/stop"), ("GET", "/v1/words", None, None), ("GET", "/metrics", None, None), ("GET", "/healthz", None, None), ("GET", "/v1/openapi.json", None, None)):
    judged(method, where, 200, ask(method, place or where, body))
check("the file itself is handed out", json.loads(ask("GET", "/v1/openapi.json")[2]) == api)
here = {"Authorization": None, "Origin": f"http://127.0.0.1:{port}"}
got = ask("POST", "/login", json.dumps({"Token": token}), **here)
check("who logs in", judged("POST", "/login", 200, got) == {"User": "local", "Role": "admin"})
cookie = got[1]["Set-Cookie"].split(";")[0]
judged("POST", "/logout", 200, ask("POST", "/logout", **here, Cookie=cookie))

# and what is not
for method, where, body, place, status in (
        ("GET", "/v1/calls/{session}", None, "/v1/calls/none", 404), ("GET", "/v1/events", None, "/v1/events?after=99999", 410),
        ("POST", "/v1/flags/{id}/ack", "{}", f"/v1/flags/{flag}/ack", 400), ("POST", "/v1/flags/{id}/ack", '{"By":"x"}', "/v1/flags/99/ack", 404),
        ("POST", "/v1/actions/{id}/answer", '{"By":"x"}', "/v1/actions/q1/answer", 400),
        ("POST", "/v1/actions/{id}/answer", '{"By":"x","Answer":"no"}', "/v1/actions/q1/answer", 409),
        ("POST", "/v1/actions/{id}/answer", '{"By":"x","Answer":"no"}', "/v1/actions/none/answer", 404),
        ("POST", "/v1/flags/{id}/action", '{"By":"x"}', f"/v1/flags/{flag}/action", 400),
        ("POST", "/v1/flags/{id}/ack", '{"By":"a\\u001b[2J"}', f"/v1/flags/{flag}/ack", 400),
        ("POST", "/v1/flags/{id}/action", '{"By":"x","Action":"two\\nlines"}', f"/v1/flags/{flag}/action", 400), ("GET", "/v1/customers/{key}", None, "/v1/customers/x", 404),
        ("DELETE", "/v1/customers/{key}", None, "/v1/customers/x", 404), ("GET", "/v1/customers/{key}", None, "/v1/customers/" + "x" * 300, 400),
        ("POST", "/v1/checkpoints/{device}/renew", '{"Reason":"x"}', "/v1/checkpoints/none/renew", 404),
        ("GET", "/v1/rollouts/files/{sha256}", None, "/v1/rollouts/files/none", 404), ("POST", "/v1/rollouts/{number}/stop", "{}", "/v1/rollouts/1/stop", 400),
        ("POST", "/v1/rollouts/{number}/stop", '{"Reason":"x"}', "/v1/rollouts/1/stop", 409),
        ("POST", "/v1/rollouts/{number}/stop", '{"Reason":"x"}', "/v1/rollouts/none/stop", 404),
        ("POST", "/v1/flags/{id}/ack", "{" + " " * 9000, "/v1/flags/1/ack", 413)):
    judged(method, where, status, ask(method, place, body))
for where, methods in api["paths"].items():
    for method, what in methods.items():
        place = re.sub(r"\{\w+\}", "1", where)
        judged(method.upper(), where, 421, ask(method.upper(), place, Host="other"))
        if where == "/healthz":
            continue
        judged(method.upper(), where, 401, ask(method.upper(), place, "{}" if method == "post" else None, Authorization=None, Origin=here["Origin"]))
        judged(method.upper(), where, 403, ask(method.upper(), place, "{}" if method == "post" else None, Origin="http://evil.example"))
        if "405" in what["responses"]:
            judged(method.upper(), where, 405, ask("PATCH", place))
desk.close()
check.finish()
