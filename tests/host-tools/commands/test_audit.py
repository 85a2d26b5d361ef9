#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""live --audit and `undertone audit verify`: what was shown is on record before the run goes on, and a change shows; the chain
is judged here as well, by SPEC.md alone."""
import base64
import hashlib
import json
import os
import resource
import signal
import stat
import subprocess

from headset import __file__ as HEADSET
from tool import ENV, UNDERTONE, Checks, events, path, tool, write

check = Checks()
record = path("audit.log")


def live(*words, **options):
    headset = subprocess.Popen([HEADSET, "--seconds", "30"], stdout=subprocess.PIPE)
    port = headset.stdout.readline().decode().strip()
    program = subprocess.Popen([UNDERTONE, "live", "--tcp", "localhost:" + port, "--json", "--disclosed", *words],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV,
                               **options)
    return headset, program


def finished(headset, program):
    out, err = program.communicate(timeout=60)
    headset.kill()
    headset.communicate()
    return program.returncode, out, err


def lines(file=record):
    with open(file, encoding="utf-8") as f:
        return f.read().splitlines()


def verify(file=record, *words):
    return tool("audit", "verify", file, *words)


code, out, err = finished(*live("--audit", record, "--session", "one"))
kept = [json.loads(x) for x in lines()]
counted = [x for x in out.splitlines() if "sequence" in json.loads(x)]
check("the run ends well", code == 0 and err == "", err)
check("it is its owner's only", stat.S_IMODE(os.stat(record).st_mode) == 0o600)
check("records are numbered", [x["N"] for x in kept] == list(range(1, len(kept) + 1)))
check("each holds the hash of the line before", [x["Prev"] for x in kept] ==
      ["0" * 64] + [hashlib.sha256(x.encode()).hexdigest() for x in lines()[:-1]])
ours = [x for x in kept if x["Kind"].startswith("undertone.")]
check("every event that may not be lost is on record, by its hash", [x["EventSha256"] for x in ours] ==
      [hashlib.sha256(x.encode()).hexdigest() for x in counted] and len(ours) > 4, len(ours))
check("with what was decided", all(x["Kind"] == e["type"] and x["Session"] == "one" and x["Sequence"] == int(e["sequence"])
                                   and x["ConfigCrc32"] == e["data"]["ConfigCrc32"] for x, e in zip(ours, events("\n".join(counted)))))
opened = [x for x in ours if x["Kind"] == "undertone.cue.opened.v1"]
check("and how a cue was shown", opened and all(x["Display"] and x["Rule"] and x["Cue"] for x in opened), opened)
check("who disclosed is on record", [x["By"] for x in ours if x["Kind"] == "undertone.session.disclosed.v1"] == ["option"])
check("begin and end of the run too", kept[0]["Kind"] == "run_started" and kept[-1]["Kind"] == "run_ended"
      and len(kept[0]["ConfigCrc32"]) == 8)
text = "\n".join(lines())
check("nothing that was measured or scored", not any(x in text for x in ("Score", "Explanation", "Loudness", "Title", "Text")))

# verified
head = f"{len(kept)}:{hashlib.sha256(lines()[-1].encode()).hexdigest()}"
check("verify says what there is", verify() == (0, head + "\n", ""), verify())
code, _, err = finished(*live("--audit", record, "--session", "two"))
check("a second run goes on", code == 0 and len(lines()) > len(kept) and verify(record, "--head", head)[0] == 0, err)
for what, change in (("a changed record", lambda x: [y.replace('"shown"', '"muted"') for y in x]),
                     ("a record taken out", lambda x: x[:3] + x[4:]), ("one put in", lambda x: x[:3] + x[2:3] + x[3:]),
                     ("two that changed places", lambda x: x[:3] + [x[4], x[3]] + x[5:])):
    other = write("other.log", "\n".join(change(lines())) + "\n")
    check.refused(what, verify(other), 5, "other.log:", "does not follow")
check.refused("the end cut off, to who has kept its hash", verify(write("short.log", "\n".join(lines()[:5]) + "\n"), "--head", head),
              5, "ends after 5 records")
renewed = write("new.log", "")
finished(*live("--audit", renewed))
finished(*live("--audit", renewed))
check.refused("a file written anew, likewise", verify(renewed, "--head", head), 5, "another record")
code, _, err = finished(*live("--audit", write("bad.log", "no record\n")))
check("what was changed is not added to", code == 5 and "bad.log:1:" in err and lines(path("bad.log")) == ["no record"], err)

# killed in the middle; full
headset, program = live("--audit", record, "--session", "three")
seen = []
for line in program.stdout:
    seen.append(line)
    if sum("sequence" in json.loads(x) for x in seen) >= 2:
        break
program.send_signal(signal.SIGKILL)
program.communicate()
headset.kill()
headset.communicate()
hashes = {json.loads(x).get("EventSha256") for x in lines()}
check("what was printed before a kill is on record", verify()[0] == 0 and all(
    hashlib.sha256(x.rstrip("\n").encode()).hexdigest() in hashes for x in seen if "sequence" in json.loads(x)))
small = path("small.log")
code, out, err = finished(*live("--audit", small, "--out", path("shown.json"), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))))
check("what cannot be recorded ends the run", code == 34 and "small.log: cannot be written: no space left for the record" in err, (code, err))
hashes = {json.loads(x).get("EventSha256") for x in lines(small)[:-1]}
shown = [x for x in out.splitlines() if "sequence" in json.loads(x)]
check("and is not shown", 0 < len(shown) < len(counted) and not os.path.exists(path("shown.json")) and all(
    hashlib.sha256(x.encode()).hexdigest() in hashes for x in shown), (len(shown), len(hashes)))
check("what is there is still a record", verify(small)[0] == 0, verify(small))
code, _, err = finished(*live("--audit", small))
check("and the next run goes on behind it", code == 0 and verify(small)[0] == 0
      and sum('"Kind":"cut_short"' in x for x in lines(small)) == 1, (err, verify(small)))

check.refused("no word", tool("audit"), 2, "verify and one file")
check.refused("no file", tool("audit", "verify"), 2, "verify and one file")
check.refused("no such file", verify(path("none.log")), 10, "none.log")
check.refused("no hash", verify(record, "--head", "3"), 2, "N:HASH")
check.refused("a folder that is not there", tool("live", "--tcp", "localhost:1", "--audit", path("none/x")), 3)
# checkpoints, judged by RFC 6962 and C2SP's signed-note and tlog-checkpoint alone, with another library
def root(leaves):
    if len(leaves) < 2:
        return hashlib.sha256(b"\0" + leaves[0] if leaves else b"").digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


def opened_note(note, vkey):
    """The text that the key has signed; raises what is wrong."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    name, digits, key = vkey.split("+", 2)
    key = base64.b64decode(key, validate=True)
    assert key[0] == 1 and len(key) == 33
    assert hashlib.sha256(f"{name}\n".encode() + key).digest()[:4].hex() == digits
    text, signatures = note.rsplit("\n\n", 1)
    mine = [x.split(" ")[2] for x in signatures.splitlines() if x.startswith(f"\u2014 {name} ")]
    signature = base64.b64decode(mine[0], validate=True)
    assert signature[:4].hex() == digits
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], (text + "\n").encode())
    return text + "\n"


def agrees(file, vkey):
    """Whether the file's first records are those of its checkpoint."""
    with open(file + ".checkpoint", encoding="utf-8") as f:
        origin, n, said = opened_note(f.read(), vkey).splitlines()
    leaves = [x.encode() for x in lines(file)]
    return origin == "undertone/audit/desk-7" and int(n) <= len(leaves) and base64.b64encode(root(leaves[:int(n)])).decode() == said


secret, marked = path("sign.key"), path("marked.log")
code, vkey, err = tool("audit", "make-key", secret, "desk-7")
vkey = vkey.strip()
check("a key is made, its owner's only", code == 0 and err == "" and stat.S_IMODE(os.stat(secret).st_mode) == 0o600, (code, err))
with open(secret, encoding="ascii") as f:
    check("what verifies is not what signs", f.read().startswith("PRIVATE+KEY+desk-7+") and "PRIVATE" not in vkey)
signing = write("sign.ini", f"[audit]\nkey_file = {secret}\n")
code, _, err = finished(*live("--audit", marked, "--config", signing))
check("a run with a key leaves a checkpoint of all", code == 0 and agrees(marked, vkey)
      and verify(marked, "--key", vkey)[0] == 0, (err, verify(marked, "--key", vkey)))
with open(marked + ".checkpoint", encoding="utf-8") as f:
    first = write("first.checkpoint", f.read())
code, _, err = finished(*live("--audit", marked, "--config", signing))
check("the next one of those before as well", code == 0 and agrees(marked, vkey), err)
check("an earlier one holds still", verify(marked, "--key", vkey, "--checkpoint", first)[0] == 0)
whole = lines(marked)


def chained(records):
    """Lines that follow each other, whatever they say."""
    made = []
    for x in records:
        x = {**json.loads(x), "N": len(made) + 1, "Prev": hashlib.sha256(made[-1].encode()).hexdigest() if made else "0" * 64}
        made.append(json.dumps(x, separators=(",", ":"), ensure_ascii=False))
    return "".join(x + "\n" for x in made)


forged = write("forged.log", chained(x.replace("option", "nobody") for x in whole))
check("a file written anew is a chain", verify(forged)[0] == 0)
check.refused("and not the one that was signed", verify(forged, "--key", vkey, "--checkpoint", first), 5, "others than those that were signed")
cut = write("cut.log", "".join(x + "\n" for x in whole[:-3]))
check.refused("nor is one that was cut", verify(cut, "--key", vkey, "--checkpoint", marked + ".checkpoint"), 5, "find out who cut it")
with open(first, encoding="utf-8") as f:
    note = f.read()
check.refused("a changed checkpoint", verify(marked, "--key", vkey, "--checkpoint", write("bad.cp", note.replace("\n", "\n1", 1))), 5,
              "no checkpoint")
other = tool("audit", "make-key", path("other.key"), "desk-7")[1].strip()
check.refused("another's key", verify(marked, "--key", other), 5, "no checkpoint")
check.refused("no key", verify(marked, "--key", "desk-7"), 2, "NAME+HASH+KEY")
check.refused("a checkpoint without a key", verify(marked, "--checkpoint", first), 2, "--key")
check.refused("no checkpoint there", verify(record, "--key", vkey), 10, "audit.log.checkpoint")
check.refused("a key that is there", tool("audit", "make-key", secret, "desk-7"), 2, "cannot be made")
check.refused("a name that is none", tool("audit", "make-key", path("k"), "a b"), 2, "name")
os.chmod(secret, 0o644)
refused = finished(*live("--audit", path("x.log"), "--config", signing))
check("a key that others may read", refused[0] == 18 and "chmod 600" in refused[2], refused)
check.finish()
