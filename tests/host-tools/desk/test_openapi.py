#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""host-tools/desk/openapi.json says what a desk does: every path is there, every request that it describes is taken, every answer
keeps to its schema, and what it does not describe is refused. OpenAPI's own validator: tests/api."""
import json
import os
import re

from desk_program import Desk
from tool import HERE, Checks, path, tool

check = Checks()
DESK = os.path.normpath(os.path.join(HERE, "..", "..", "host-tools", "desk"))
with open(os.path.join(DESK, "openapi.json"), encoding="utf-8") as f:
    text = f.read()
api = json.loads(text)
import jsonschema  # noqa: E402

for name in set(re.findall(r'"#/components/schemas/(\w+)"', text)):
    check(f"{name} is there", name in api["components"]["schemas"])
with open(os.path.join(DESK, "request.c"), encoding="utf-8") as f:
    table = re.findall(r'\{"(PUT|POST)",\s*"([^"]+)",\s*"([^"]*)"', f.read())
with open(os.path.join(DESK, "desk.c"), encoding="utf-8") as f:
    given = set(re.findall(r'strcmp\(q->path, "(/[^"]+)"\)', f.read()))
described = {(method.upper(), re.sub(r"\{\w+\}", "ID", where)) for where, methods in api["paths"].items() for method in methods}
served = {(m, before + ("ID" if before.endswith("/") else "") + behind) for m, before, behind in table}
pages = {"/page.js", "/page.css", "/favicon.ico", "/"}
check("every request is described, and no other", {x for x in described if x[0] in ("PUT", "POST")} == served and len(served) == 12,
      served ^ {x for x in described if x[0] in ("PUT", "POST")})
CUSTOMERS = "/v1/customers/ID"
check("so are customers", {m for m, w in described if w == CUSTOMERS} == {"GET", "DELETE"})
got = {w for m, w in described if m == "GET"} - {CUSTOMERS}
check("so is what is given", got == given - pages, got ^ (given - pages))


def judge(schema):
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "components": api["components"]}
    jsonschema.Draft202012Validator.check_schema(whole)
    return jsonschema.Draft202012Validator(whole)


def example(schema):
    """A body of each kind that a schema allows."""
    values = {}
    for name, what in schema["properties"].items():
        values[name] = what["enum"] if "enum" in what else [True, False] if what["type"] == "boolean" else \
            ["x" * what["maxLength"]] if what["type"] == "string" else [{}]
    for i in range(max(map(len, values.values()))):
        yield {name: choices[i % len(choices)] for name, choices in values.items()}


def judged(what, answer, operation):
    status, headers, body = answer
    described = operation["responses"].get(str(status))
    if not check(f"{what}: {status} is described", described is not None, body[:200]):
        return
    kind = headers["Content-Type"].split(";")[0]
    check(f"{what}: as {kind}", kind in described["content"], headers["Content-Type"])
    if kind == "application/json":
        faults = [x.message[:200] for x in judge(described["content"][kind]["schema"]).iter_errors(json.loads(body))]
        check(f"{what}: the answer keeps to its schema", not faults, faults)


env = {"UNDERTONE_CUSTOMER_SITE_KEY": path("site.key")}
tool("customer", "make-key", "--site-key", path("site.key"))
with Desk("--disclosed", "--store", path("calls.db"), seconds=900, speed=20, env=env) as desk:
    desk.wait(lambda: desk.state()["State"] == "live")
    desk.wait(lambda: desk.state()["Cue"])
    end = [x for x in api["paths"] if x.endswith("/end")]
    for where in [x for x in api["paths"] if x not in end] + end:
        for method, operation in api["paths"][where].items():
            method = method.upper()
            place = re.sub(r"\{\w+\}", "current", where) + ("?after=0" if where == "/v1/events" else "")
            if where == "/events":
                continue  # has no end; test_desk.py
            body = operation.get("requestBody")
            schema = body["content"]["application/json"]["schema"] if body else None
            for given in example(schema) if schema else [None]:
                given = {k: v for k, v in given.items() if k != "CustomerKey"} if given else given
                answer = desk.ask(method, place, given)
                judged(f"{method} {place} {given}", answer, operation)
                check(f"{method} {place} {given} is no mistake", answer[0] not in (400, 405, 415), answer[2][:200])
            if method == "GET":
                continue
            if method == "DELETE":  # has no body; test_customers.py has those of a customer who is there
                judged(f"{method} {place} without the token", desk.ask(method, place, Authorization=None), operation)
                continue
            judged(f"{method} {place} with a member more", desk.ask(method, place, {"Other": 1}), operation)
            check(f"{method} {place}: a member more is a mistake", desk.ask(method, place, {"Other": 1})[0] == 400)
            if schema and schema["required"]:
                check(f"{method} {place}: a member less too", desk.ask(method, place, {})[0] == 400)
            judged(f"{method} {place} without the token", desk.ask(method, place, Authorization=None), operation)
            judged(f"{method} {place} of another host", desk.ask(method, place, Host="x"), operation)
            judged(f"{method} {place} from another's page", desk.ask(method, place, Origin="http://x"), operation)
            judged(f"{method} {place} too long", desk.ask(method, place, b"{" + b" " * 8192), operation)
            judged(f"{method} {place} as a form", desk.ask(method, place, "a=b", Content_Type="text/plain"), operation)
check.finish()
