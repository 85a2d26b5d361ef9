#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every event keeps to host-tools/call/events.schema.json, of every type; its examples do, and nothing fits that is not there to
fit: no further member, no long text, no list of samples."""
import copy
import json
import os
import re
import subprocess

from desk_program import Desk
from headset import __file__ as HEADSET
from tool import ENV, HERE, UNDERTONE, Checks, events, path, schema_faults, speech, tool, wav

check = Checks()
ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
with open(os.path.join(ROOT, "host-tools", "call", "events.schema.json"), encoding="utf-8") as f:
    schema = json.load(f)
with open(os.path.join(ROOT, "host-tools", "call", "events.c"), encoding="utf-8") as f:
    types = set(re.findall(r'"undertone\.([a-z.]+)\.v1"', f.read()))
listed = {x["$ref"].split("/")[-1] for x in schema["oneOf"]}
check("a schema for every type", types == listed and len(types) > 15, types ^ listed)
try:
    import jsonschema
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
except ImportError:
    print("test_events_schema: python3-jsonschema is missing")
    raise SystemExit(1)


def fits(event):
    return next(judge.iter_errors(event), None) is None


def faults(found):
    return [(x["type"], y.message[:150]) for x in found for y in judge.iter_errors(x)
            for y in (sorted(y.context, key=lambda z: -len(z.path)) or [y])[:1]][:3]


for name in sorted(types):
    examples = schema["$defs"][name]["examples"]
    check(f"{name}: its examples keep to it", examples and not faults(examples), faults(examples))
    for example in examples:
        check(f"{name}: they are of that type", example["type"] == f"undertone.{name}.v1")
        for member in example["data"]:
            if member not in ("Truncated", "Trajectory", "Arm", "CustomerAlone", "Customer", "Contact", "To", "FeaturesVersion"):
                less = copy.deepcopy(example)
                del less["data"][member]
                check(f"{name}: {member} may not be missing", not fits(less))
        for extra in ({"Audio": "UklGRg=="}, {"Words": "hello"}, {"Samples": [1, 2, 3]}):
            check(f"{name}: nothing may be added: {extra}", not fits({**example, "data": {**example["data"], **extra}}))
        check(f"{name}: nor beside it", not fits({**example, "transcript": "x"}))
        longer = {**example, "data": {**example["data"], "ContactId": "x" * 200}}
        check(f"{name}: nor a long text", not fits(longer))
        counted = {k: v for k, v in example.items() if k != "sequence"} if "sequence" in example else {**example, "sequence": "0000000001"}
        check(f"{name}: a sequence where it belongs, and nowhere else", not fits(counted))

# what the program says
seen = {}


def judged(what, found):
    check(f"{what}: every event keeps to the schema", found and not faults(found), faults(found))
    for event in found:
        name = event["type"][len("undertone."):-len(".v1")]
        seen[name] = seen.get(name, 0) + 1


customer, agent = speech()
for channels, what in (([agent, customer], "a recording"), ([customer], "one channel")):
    judged(what, events(tool("replay", wav("call.wav", channels), "--json", "--contact-id", 'a"b\n')[1]))
headset = subprocess.Popen([HEADSET, "--seconds", "300"], stdout=subprocess.PIPE, text=True)
done = subprocess.run([UNDERTONE, "live", "--tcp", "localhost:" + headset.stdout.readline().strip(), "--json", "--disclosed"], capture_output=True,
                      text=True, stdin=subprocess.DEVNULL, env=ENV, timeout=60, check=False)
headset.kill()
headset.communicate()
judged("a long call", events(done.stdout))
tool("customer", "make-key", "--site-key", path("site.key"))
with Desk("--disclosed", seconds=200, speed=20, env={"UNDERTONE_CUSTOMER_SITE_KEY": path("site.key")}) as desk:
    desk.wait(lambda: desk.state()["State"] == "live")
    desk.call("start", "crm-1", "--customer-key", "somebody")
    desk.call("hold")
    desk.call("unhold")
    desk.wait(lambda: desk.state()["Cue"])
    desk.call("outcome", desk.state()["Cue"]["Id"], "wrong")
    desk.call("conference")
    desk.call("escalate", "x" * 80)
    desk.call("withdraw")
    desk.call("end")
    desk.stop()
    with open(desk.out, encoding="utf-8") as f:
        judged("a desk", events(f.read()))
erased = copy.deepcopy(schema["$defs"]["handover"]["examples"][0])
erased["data"] = {"ContactId": "c", "Erased": True}
check("what was erased keeps to it too", fits(erased) and not fits({**erased, "data": {"ContactId": "c", "Erased": False}}))
nameless = [copy.deepcopy(schema["$defs"][x]["examples"][0]) for x in ("session.started", "handover")] + [copy.deepcopy(erased)]
for example in nameless:
    check(f"{example['type']} with a call's name keeps to it", fits(example))
    example["data"]["ContactId"] = ""
    check(f"{example['type']} without one does not", not fits(example))
check("nearly every type was said", types - set(seen) <= {"session.failed", "flag.lowered", "flag.raised"}, types - set(seen))
check("schema_faults says what is wrong", schema_faults({}, schema))
check.finish()
