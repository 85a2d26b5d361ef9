# SPDX-License-Identifier: Apache-2.0
"""Desks that are no more than what they say of roll-outs, a fleet's key, and who is drawn."""
import hashlib
import itertools
import json

from floor import Client, until
from tool import path, tool, write

RINGS = ("canary", "early", "all")


def draw(site, device):
    return int.from_bytes(hashlib.sha256(f"undertone/rollout/{site}/{device}".encode()).digest()[:8], "big") % 10000


def named(site, low, high, n):
    """n names whose draws are from low to below high."""
    return list(itertools.islice((x for x in (f"desk-{i}" for i in itertools.count()) if low <= draw(site, x) < high), n))


def boot(n):
    return f"0190{n:04x}-0000-7000-8000-000000000000"


class Desks:
    """Whatever desks of a site say, by one client; what the three topics said last is .told."""

    def __init__(self, broker, site="s"):
        self.site, self.boots = site, {}
        self.client = Client(broker, f"desks-of-{site}", *(f"undertone/v1/{site}/rollout-{x}" for x in RINGS))

    @property
    def told(self):
        """{ring: (number, state)}"""
        said = {topic.rsplit("-", 1)[1]: json.loads(payload) for topic, payload in self.client.got}
        return {ring: (x["Number"], x["State"]) for ring, x in said.items()}

    def notice(self, ring):
        return [json.loads(payload) for topic, payload in self.client.got if topic.endswith("rollout-" + ring)][-1]

    def say(self, device, kind, retain=True, **members):
        self.client.say(f"undertone/v1/{self.site}/{device}/{kind}", json.dumps(members), retain=retain)

    def status(self, device, state="connected", again=False):
        """again: of a new start."""
        self.boots[device] = self.boots.get(device, 1) + again
        self.say(device, "status", State=state, Boot=boot(self.boots[device]), Connection=1, Session=None)

    def report(self, device, number, state, why=""):
        self.say(device, "rollout", Number=number, State=state, Why=why, Boot=boot(self.boots.get(device, 1)))

    def event(self, device, line, kind):
        self.client.say(f"undertone/v1/{self.site}/{device}/{kind}", line)

    def wait(self, seconds=40, **wanted):
        """Until the rings say so: canary=(7, "open")"""
        return until(lambda: self.told == wanted, seconds)


class Fleet:
    """Whoever has the key."""

    def __init__(self, store, site="s", name="fleet"):
        self.words, self.key = ("--store", store, "--site", site), path(f"{name}.key")
        self.verifier = tool("enrol", "make-key", self.key, name)[1].strip()

    def __call__(self, *words):
        return tool("rollout", *words, *self.words)

    def open(self, *words, settings="[session]\npolicy = eu\n", hold=0):
        return self("open", "--key", self.key, "--settings", write("rolled.ini", settings), "--hold", str(hold), *words)
