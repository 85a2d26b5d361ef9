#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A certificate that is shown to nobody: expired, not valid yet, another key's, none; and one that ends soon."""
import os
import time

from certificates import certificate
from floor import ini
from tool import Checks, path, tool, write

check = Checks()
soon = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 5 * 86400))
certificate("good")
certificate("old", last="20200201000000Z")
certificate("early", first="20990101000000Z")
certificate("soon", last=soon)
certificate("signed", ca="good")
certificate("of-old", ca="old")
write("chain.crt", "".join(open(path(f"{x}.crt"), encoding="utf-8").read() for x in ("of-old", "old")))
write("open.key", open(path("good.key"), encoding="utf-8").read())
os.chmod(path("open.key"), 0o644)
write("users", "kim admin " + "0" * 64 + "\n")
os.chmod(path("users"), 0o600)


class Nowhere:
    url = "mqtt://127.0.0.1:1"


def serve(crt, key):
    """serve with that page, which it refuses"""
    return tool("serve", "--store", path("x.db"), "--page", "0.0.0.0:0", "--config",
                ini("x.ini", [Nowhere], "x", f"[serve]\nusers = {path('users')}\ncert_file = {path(crt)}\nkey_file = {path(key)}\n"))


for what, crt, key, code, says in (
        ("expired", "old.crt", "old.key", 38, "has expired (2020-02-01T00:00:00.000Z)"),
        ("not valid yet", "early.crt", "early.key", 38, "not valid before 2099-01-01T00:00:00.000Z"),
        ("of an authority that has expired", "chain.crt", "of-old.key", 38, "has expired"),
        ("another's key", "good.crt", "old.key", 38, "is not the key of the certificate"),
        ("no certificate", "users", "good.key", 38, "holds no certificate"), ("no key", "good.crt", "users", 38, "holds no key"),
        ("no file of it", "none.crt", "good.key", 10, "none.crt"), ("no file of a key", "good.crt", "none.key", 10, "none.key"),
        ("a key that others may read", "good.crt", "open.key", 18, "chmod 600")):
    check.refused(what, serve(crt, key), code, says)
for what, crt, key, said in (("one that ends soon is used, and said", "soon.crt", "soon.key", "expires soon"), ("one of an authority", "signed.crt", "signed.key", "")):
    mqtt = ini("m.ini", [Nowhere], "x", f"cert_file = {path(crt)}\nkey_file = {path(key)}\n")
    code, _, err = tool("serve", "--store", path("none/x.db"), "--config", mqtt)
    check(what, code not in (0, 38) and said in err and len(err.splitlines()) == 1 + bool(said), (code, err))
check.finish()
