# SPDX-License-Identifier: Apache-2.0
"""The labellers' page for tests: `label FOLDER` as a process, and requests to it."""
import http.client
import json
import signal
import subprocess

from tool import ENV, UNDERTONE


class Labelling:
    """Served from the start of the block to its end."""

    def __init__(self, folder, *words, env=None):
        self.program = subprocess.Popen([UNDERTONE, "label", folder, *words], env={**ENV, **(env or {})}, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.first = self.program.stdout.readline()
        self.url = self.program.stdout.readline().strip()
        self.port, self.token = (int(self.url.split(":")[2].split("/")[0]), self.url.split("=")[1]) if self.url else (0, "")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.program.poll() is None:
            self.stop()

    def stop(self, by=signal.SIGINT):
        """(exit code, what it printed behind the address, standard error)"""
        self.program.send_signal(by)
        out, err = self.program.communicate(timeout=60)
        return self.program.returncode, out, err

    def ask(self, method, where, body=None, **headers):
        """(status, headers, body as bytes)"""
        headers = {"Authorization": "Bearer " + self.token, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if body is not None:
            headers = {"Content-Type": "application/json", **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, where, body if body is None or isinstance(body, (str, bytes)) else json.dumps(body),
                           {k: v for k, v in headers.items() if v is not None})
        answer = connection.getresponse()
        result = answer.status, answer.headers, answer.read()
        connection.close()
        return result

    def order(self, who):
        """[(stretch, answer)] as this labeller hears them."""
        return [(x["Stretch"], x["Answer"]) for x in json.loads(self.ask("GET", "/v1/labellers/" + who)[2])["Stretches"]]

    def say(self, who, stretch, answer):
        return self.ask("POST", f"/v1/labellers/{who}/stretches/{stretch}", {"Answer": answer})[0]
