#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""No sound and no word of a call fits into a table, a topic or an event: every text is of a known kind with a bound, and a call
that goes through store, outbox and floor leaves nothing else."""
import base64
import contextlib
import glob
import json
import os
import re
import sqlite3

from floor import Broker, Client, Serve, ini, until, waiting
from tool import HERE, Checks, path, speech, tool, wav

check = Checks()
LONGEST = 320  # bytes of any text of an event: a rule with its numbers
HEX = r"[0-9a-f]{64}"
WHO = r"[A-Za-z0-9._-]{0,79}"
EVENT = "an event"  # judged member by member
GIVEN = r"[^\x00-\x1f]{0,128}"  # a name that the user gives: of a contact, a user, what a supervisor did
# What the text columns of every table may hold.
COLUMNS = {
    "id": r"[0-9a-f]{32}", "session": WHO, "device": r"[A-Za-z0-9._-]{0,64}", "boot": r"[0-9a-f-]{0,36}", "contact": GIVEN,
    "state": "IN_PROGRESS|COMPLETED|FAILED|LOST|WAITING|DEAD|REQUESTED|CONFIRMED|DECLINED|EXPIRED|DONE", "name": "[a-z0-9_]{1,24}",
    "message": r"[A-Za-z0-9._-]{1,64}", "steps": r"REQUESTED \d{1,16}( [A-Z]{4,9} \d{1,16}){0,100}", "type": r"undertone(\.[a-z]{3,12}){1,2}\.v1", "receiver": "webhook|mqtt",
    "error": r"[ -~]{0,119}", "about": "[a-z]{4,16}", "outcome": "[a-z_0-9]{4,16}", "by": "[a-z]{2,24}", "acked_by": GIVEN,
    "action": r"[^\x00]{1,200}", "json": EVENT, "snapshot": EVENT, "verifier": r"[A-Za-z0-9._-]{1,80}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}",
    "root": r"[A-Za-z0-9+/=]{44}", "why": r"[^\x00-\x1f]{0,300}", "changed_by": GIVEN, "recorded": "|open|waiting|passed|stopped", "sha256": HEX,
    "hex": "([0-9a-f]{2}){1,1048576}",  # of a file that was signed for desks: settings, cues, firmware
    "note": r"[\x20-\x7e\n\u2014]{1,500}"}
# Members of events whose text no list of the schema closes, and what they are.
MEMBERS = {
    "source", "time", "sequence", "session", "id", "cue", "crc32",  # ids, numbers and a date
    "Id", "Sha256", "Firmware", "Customer",  # a model's name, digests, a version
    "ContactId", "Contact", "To", "By",  # names that the user gives, or the way it was said
    "Severity", "Title", "Text", "Rule", "Reason", "Feature", "Unit"}  # texts of the product's own catalogue, with its numbers


def texts(schema, name=""):
    """Each text that a schema allows, (name, schema); objects and lists without an end as ("open", where)."""
    if not isinstance(schema, dict):
        return
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "string" in kinds:
        yield name, schema
    if "array" in kinds and ("maxItems" not in schema or schema["maxItems"] > 64):
        yield "open", name
    if not kinds and not set(schema) & {"$ref", "const", "enum", "anyOf", "oneOf", "properties", "items", "not"}:
        yield "open", name
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, []):
            yield from texts(part, name)
    yield from texts(schema.get("items"), name)
    for key, part in schema.get("properties", {}).items():
        if "object" in (part.get("type") or []) and part.get("additionalProperties") is not False and key != "data":
            yield "open", key
        yield from texts(part, key)


def longest(schema):
    """Bytes of the longest text; None = there is no bound."""
    pattern = schema.get("pattern", "")
    if "maxLength" in schema:
        return schema["maxLength"]
    if not re.fullmatch(r"\^.*\$", pattern) or re.search(r"(?<!\\)[+*]|\{\d+,\}", re.sub(r"\[[^]]*\]", "", pattern)):
        return None
    parts = re.findall(r"(?:\[[^]]*\]|\\.|[^\\{}])(?:\{(?:\d+,)?(\d+)\})?", pattern[1:-1])
    return sum(int(x or 1) for x in parts)


def schema_faults(schema):
    parts = [(None, schema), *schema["$defs"].items()]
    found = [x for name, part in parts for x in texts(part, name)]
    return sorted({f"{n}: {s if n == 'open' else 'no such kind'}" for n, s in found if n not in MEMBERS} |
                  {f"{n}: no bound" for n, s in found if n != "open" and (longest(s) is None or longest(s) > LONGEST)})


def value_faults(value, where=""):
    """What no event may have: long texts, encoded bytes, rows of numbers."""
    if isinstance(value, str):
        if len(value.encode()) > LONGEST:
            return [f"{where}: {len(value)} long"]
        if re.search(r"[A-Za-z0-9+/=_-]{80}|[0-9a-fA-F]{65}", value):
            return [f"{where}: encoded"]
        return []
    if isinstance(value, list) and sum(isinstance(x, (int, float)) for x in value) > 4:
        return [f"{where}: {len(value)} numbers"]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [x for key, part in inner for x in value_faults(part, f"{where}.{key}")]


def table_faults(file):
    """Columns of no known kind, and values that are not of theirs."""
    faults, rows = [], {}
    with contextlib.closing(sqlite3.connect(file)) as f:
        for table, in f.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
            rows[table] = f.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for _, column, kind, *_ in f.execute(f"PRAGMA table_info({table})").fetchall():
                if kind == "INTEGER" or (kind == "TEXT" and column in COLUMNS):
                    for value, in f.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL") if kind == "TEXT" else ():
                        if COLUMNS[column] is EVENT:
                            faults += value_faults(json.loads(value), f"{table}.{column}")
                        elif not re.fullmatch(COLUMNS[column], value):
                            faults.append(f"{table}.{column}: {value[:80]}")
                else:
                    faults.append(f"{table}.{column}: {kind or 'anything'}")
    return faults, rows


# what may be there
with open(os.path.join(HERE, "..", "..", "host-tools", "call", "events.schema.json"), encoding="utf-8") as f:
    schema = json.load(f)
check("every text of an event is of a known kind with a bound", schema_faults(schema) == [], schema_faults(schema))
data = schema["$defs"]["turn"]["properties"]["data"]["properties"]
for name, part in (("Words", {"type": "string", "maxLength": 80}), ("Reason", {"type": "string"}), ("Text", {"type": "string", "maxLength": 4000}),
                   ("Samples", {"type": "array", "items": {"type": "integer"}}), ("More", {"type": "object"}), ("Any", {})):
    data[name], before = part, data.get(name)
    check(f"a member {name} would be noticed", schema_faults(schema) != [])
    del data[name]
    if before is not None:
        data[name] = before

# what is there: a call without a broker, then with one
customer, agent = speech()
raised = customer + type(customer)("h", (max(-32768, min(32767, 2 * x)) for x in customer[::2])) * 2
call = wav("call.wav", [agent + type(agent)("h", [0]) * (len(raised) - len(agent)), raised])
store = path("calls.db")
broker = Broker("broker")
config = ini("desk.ini", [broker], "desk-1")
code, out, err = tool("replay", call, "--store", store, "--mqtt", "--json", "--config", config)
check("a call without a broker", code == 0 and waiting(store) > 2, (code, err))
faults, rows = table_faults(store)
check("the store and its outbox hold what they may", faults == [] and rows["event"] > 2 and rows["outbox"] == waiting(store), (faults, rows))
broker.start()
listener = Client(broker, "listener", "#")
serve = Serve("serve", [broker]).start()
code, _, err = tool("outbox", "send", "--mqtt", "--store", store, "--config", config)
check("all of it reaches the floor", code == 0 and waiting(store) == 0, (code, err))
until(lambda: any(t.endswith("/ack") for t, _ in listener.got))
serve.end()
listener.close()
broker.end()
faults, rows = table_faults(serve.store)
check("the ledger holds what it may", faults == [] and rows["event"] > 2 and rows["progress"] == 1, (faults, rows))
got = listener.got
check("messages of every way", {t.rsplit("/", 1)[1] for t, _ in got} >= {"call", "cue", "status", "ack"}, {t for t, _ in got})
check("no topic but those of the floor", all(re.fullmatch(r"undertone/v1/s/((desk-1|serve)/(call|cue|flag|score|audit|status|ack)|floor)", t) for t, _ in got))
found = [x for topic, payload in got for x in value_faults(json.loads(payload), topic)]
check("no payload holds more than it may", found == [] and max(len(p) for _, p in got) <= 8192, found)
check("nor a line of the output", not [x for line in out.splitlines() for x in value_faults(json.loads(line))] and len(out.splitlines()) > 20)

# nor the call's own samples
sound = customer.tobytes()
runs = [x for at in range(0, len(sound) - 16, 3200) if len(set(x := sound[at:at + 16])) > 8]
held = b"".join(open(x, "rb").read() for x in glob.glob(store + "*") + glob.glob(serve.store + "*")) + "".join(p for _, p in got).encode()
check("no run of eight samples is in a file or a message", len(runs) > 50 and not [x for x in runs if x in held], len(runs))
check("and one would be found", runs[0] in held + sound)

# what would be noticed
for name, value in (("base64", base64.b64encode(sound[:90]).decode()), ("hex", sound[:33].hex()), ("words", "well I said " * 40),
                    ("samples", list(customer[:20]))):
    check(f"{name} in a value would be noticed", value_faults({"a": [{"b": value}]}) != [])
for sql in ("CREATE TABLE sound(session TEXT, samples BLOB)", "CREATE TABLE sound(words TEXT)", "CREATE TABLE sound(x)",
            "UPDATE event SET json = json_set(json, '$.data.x', hex(zeroblob(400))) WHERE n = 1", "UPDATE call SET contact = hex(zeroblob(400))"):
    with contextlib.closing(sqlite3.connect(store)) as f:
        f.execute("DROP TABLE IF EXISTS sound")
        f.execute(sql)
        f.commit()
    check(f"{sql} would be noticed", table_faults(store)[0] != [])
    with contextlib.closing(sqlite3.connect(store)) as f:
        f.execute("DROP TABLE IF EXISTS sound")
        f.execute("UPDATE event SET json = json_remove(json, '$.data.x')")
        f.commit()
check.finish()
