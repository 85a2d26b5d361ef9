# SPDX-License-Identifier: Apache-2.0
"""A site as `undertone enrol` makes it: a fleet's key, desks with a token each, a mosquitto that knows them by it and keeps each to its own
topics, serve that knows them by the signed file; simulated desks; and what the ledger says of roll-outs."""
import os
import subprocess
import time

from floor import UNLIMITED, Broker, Process, Serve, until
from rollout_floor import Fleet
from tool import UNDERTONE, path, tool, write

FETCHING, TRYING, CONFIRMED, REFUSED, REVERTED = range(5)
# A call of 8 s with its pause, in which nothing opens; and settings by which a cue opens in each.
CALM = "call calm\n0.2 agent 0.5\n1 customer 2 frustration=0.1\n4.6 agent 1\n6 end\n"
EAGER = "[slow_to_respond]\non = 1\n"


def private(name, text):
    os.chmod(write(name, text), 0o600)
    return path(name)


class Site:
    """Of the name s; settings: what live would read of [fleet] besides the verifier."""

    def __init__(self, names, settings="confirm_s = 2\n", script=CALM):
        self.broker = Broker("broker", f"allow_anonymous false\npassword_file {path('passwords')}\nacl_file {path('site/acl')}\n"
                             f"use_username_as_clientid true\nuser root\n{UNLIMITED}")
        self.fleet = Fleet(path("floor.db"))
        common = write("common.ini", f"[mqtt]\nbrokers = {self.broker.url}\n[fleet]\n{settings}")
        code, _, err = tool("enrol", "desks", write("desks.txt", "\n".join(names)), "--site", "s", "--key", self.fleet.key, "--settings", common, "--out", path("site"))
        assert code == 0, err
        with open(path("site/tokens"), encoding="ascii") as f:
            self.tokens = dict(x.strip().split(":") for x in f)
        private("passwords", "".join(f"{k}:{v}\n" for k, v in self.tokens.items()) + f"serve:{'5' * 64}\n")
        subprocess.run(["mosquitto_passwd", "-U", path("passwords")], check=True)
        self.broker.start()
        self.serve = Serve("serve", [self.broker], path("floor.db"), more=f"password_file = {private('serve.token', '5' * 64)}\n[fleet]\n"
                           f"verifier = {self.fleet.verifier}\n[serve]\ndesks = {path('site/site.enrol')}\npage = 0\n").start()
        self.config = write("sim.ini", f"[mqtt]\nbrokers = {self.broker.url}\nsite = s\n[fleet]\nverifier = {self.fleet.verifier}\n{settings}")
        self.script = write("calls", script)

    def desks(self, name, who):
        """Simulated ones, in call after call."""
        tokens = private(f"{name}.tokens", "".join(f"{x}:{self.tokens[x]}\n" for x in who))
        return Process([UNDERTONE, "simulate", "--mqtt", "--config", self.config, "--script", self.script, "--calls", "0", "--run", name,
                        "--headsets", str(len(who)), "--tokens", tokens], f"{name}.log").start()

    def there(self, n, seconds=90):
        return until(lambda: self.serve.counts().get("devices_connected") == n, seconds)

    def roll(self, text, hold_s):
        """Opens it, and has each ring held for so many seconds. (exit code, output, what was wrong)"""
        result = self.fleet.open(settings=text)
        self.serve.rows("UPDATE rollout SET hold_s = ? WHERE state IN ('open', 'waiting')", hold_s)
        return result

    def reports(self, number):
        """{device: what it said last of a roll-out}"""
        time.sleep(0.2)  # others would have the ledger, too
        return dict(self.serve.rows("SELECT device, state FROM device_rollout WHERE number = ?", number))

    def rings(self, number):
        time.sleep(0.2)
        return [x for x, in self.serve.rows("SELECT state FROM rollout WHERE number = ? ORDER BY ring", number)]

    def stopped(self, number, seconds=90):
        """Why, as soon as it is."""
        return until(lambda: self.rings(number)[:1] == ["stopped"], seconds) and self.serve.rows("SELECT why FROM rollout WHERE number = ? AND ring = 0", number)[0][0]

    def cues_since(self, at_ms):
        """Who has opened one."""
        return {x for x, in self.serve.rows("SELECT DISTINCT device FROM progress JOIN event USING(session) WHERE json LIKE '%cue.opened%' AND event.received >= ?", at_ms)}
