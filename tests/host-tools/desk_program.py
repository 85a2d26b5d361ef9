# SPDX-License-Identifier: Apache-2.0
"""A desk for tests: a headset that never was, `live --page` beside it, and requests to it."""
import http.client
import json
import os
import subprocess
import time

from headset import __file__ as HEADSET
from tool import ENV, UNDERTONE, path


class Desk:
    """A call of `seconds` at `speed` times its pace; stopped at the end of the block."""

    def __init__(self, *words, seconds=600, speed=20.0, env=None, name="desk", form="--json", to=None):
        self.env = {**ENV, "UNDERTONE_PAGE_FILE": path(name + ".page"), **(env or {})}
        self.file = self.env["UNDERTONE_PAGE_FILE"]
        self.headset = subprocess.Popen([HEADSET, "--seconds", str(seconds), "--speed", str(speed)], stdout=subprocess.PIPE, text=True)
        port = self.headset.stdout.readline().strip()
        self.program = subprocess.Popen([UNDERTONE, "live", "--tcp", to or "localhost:" + port, form, "--page", *words], env=self.env,
                                        stdin=subprocess.DEVNULL, stdout=open(path(name + ".out"), "wb"),
                                        stderr=open(path(name + ".err"), "wb"))
        self.out, self.err = path(name + ".out"), path(name + ".err")
        self.wait(lambda: os.path.exists(self.file) or self.program.poll() is not None)
        if os.path.exists(self.file):
            self.read()

    def read(self):
        """The address, as the file has it."""
        with open(self.file, encoding="ascii") as f:
            self.url = f.read().strip()
        self.port, self.token = int(self.url.split(":")[2].split("/")[0]), self.url.split("=")[1]
        return self.url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """The exit code of live."""
        if self.program.poll() is None:
            self.program.terminate()
        code = self.program.wait(timeout=30)
        self.headset.kill()
        self.headset.wait()
        self.headset.stdout.close()
        return code

    def wait(self, holds, seconds=30):
        """Whether it came to hold."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if holds():
                return True
            time.sleep(0.02)
        return False

    def ask(self, method, where, body=None, **headers):
        """(status, headers, body as text)"""
        headers = {"Authorization": "Bearer " + self.token, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if body is not None:
            headers = {"Content-Type": "application/json", **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, where, body if body is None or isinstance(body, (str, bytes)) else json.dumps(body),
                           {k: v for k, v in headers.items() if v is not None})
        answer = connection.getresponse()
        result = answer.status, answer.headers, answer.read().decode()
        connection.close()
        return result

    def state(self):
        return json.loads(self.ask("GET", "/v1/state")[2])

    def call(self, *words):
        """undertone call: (exit code, standard output, standard error)"""
        done = subprocess.run([UNDERTONE, "call", *words], env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=30, check=False)
        return done.returncode, done.stdout, done.stderr

    def said(self, kind):
        """The events of a type so far."""
        with open(self.out, encoding="utf-8") as f:
            lines = f.read().split("\n")[:-1]
        return [x for x in map(json.loads, lines) if x["type"] == f"undertone.{kind}.v1"]
