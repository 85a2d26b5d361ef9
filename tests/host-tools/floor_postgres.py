# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of a test's own (postgres.sh), and `undertone serve` with its ledger there."""
import atexit
import contextlib
import os
import subprocess
import tempfile

from floor import Process, Serve

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "postgres.sh")


class Server:
    def __init__(self, of=None, **settings):
        """of: another one, whose replica it is."""
        # A socket's path is short, and its folder one that the server's user may enter.
        self.folder, self.env = tempfile.mkdtemp(prefix="undertone-"), {**os.environ, "OWNER": str(os.getpid()), **settings}
        os.chmod(self.folder, 0o755)
        atexit.register(self.end)
        self.address = self.do("start") if of is None else self.do("replica", of.folder)

    def do(self, word, *more):
        """start, kill or stop"""
        return subprocess.run([SCRIPT, word, self.folder, *more], check=True, stdout=subprocess.PIPE, text=True, timeout=120,
                              env=self.env).stdout.strip()

    def rows(self, statement):
        done = subprocess.run(["psql", "-XAtq", "-F", "\t", self.address], env={**os.environ, "PGOPTIONS": "-c search_path=undertone"},
                              input=statement, check=True, stdout=subprocess.PIPE, text=True)
        return [tuple(int(x) if x.lstrip("-").isdigit() else x for x in line.split("\t")) for line in done.stdout.splitlines()]

    def end(self):
        self.do("stop")
        subprocess.run(["rm", "-rf", self.folder], check=True)


class Worker(Serve):
    """One of the programs that serve a site."""

    def __init__(self, name, brokers, server, site="s", node="here", more=""):
        super().__init__(name, brokers, server.address, site, f"[serve]\nnode = {node}\n{more}")
        self.server = server

    def rows(self, statement, *values):
        assert not values
        return self.server.rows(statement)

    def stand_by(self):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.metrics)
        return Process.start(self)

    def epoch(self):
        """Of its lease; 0 = it stands by."""
        return self.counts().get("lease_epoch", 0) if os.path.exists(self.metrics) else 0
