# SPDX-License-Identifier: Apache-2.0
"""What tests of roll-outs share: a fleet key, manifests that it signs by another library, a server of files with moods,
a desk with a headset that says nothing until it is told to, and what the desk says of itself."""
import base64
import hashlib
import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
import time

import paho.mqtt.client as mqtt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from floor import Process, until
from tool import ENV, UNDERTONE, path, tool, write

SITE = "s"


class Key:
    """Of who rolls out: of a file that is there, or a new one."""

    def __init__(self, name="fleet"):
        if not os.path.exists(path(name + ".key")):
            code, _, err = tool("enrol", "make-key", path(name + ".key"), name)
            assert code == 0, err
        with open(path(name + ".key"), encoding="ascii") as f:
            secret = f.read().strip().split("+", 4)
        self.hash, self.key = bytes.fromhex(secret[3]), Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret[4])[1:])
        public = base64.b64encode(b"\1" + self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
        self.name, self.verifier = name, f"{name}+{secret[3]}+{public}"

    def sign(self, text):
        signature = base64.b64encode(self.hash + self.key.sign(text.encode())).decode()
        return f"{text}\n— {self.name} {signature}\n"


def manifest(number, files, ring="all", share=10000, site=SITE):
    """files: [(kind, name, bytes)]"""
    lines = "".join(f"{kind} {hashlib.sha256(data).hexdigest()} {len(data)} {name}\n" for kind, name, data in files)
    return f"undertone/rollout/{site}\n{number}\n{ring} {share}\n1796000000\n{lines}"


class Files(http.server.ThreadingHTTPServer):
    """Has files by their SHA-256. mood: whole; half (what is asked for stops half-way, once); cut (1000 bytes at a time); deaf (no ranges);
    wrong (other bytes); long (more of them); away (503)."""
    daemon_threads = True

    def __init__(self, certificate=None):
        self.files, self.mood, self.asked, self.scheme = {}, "whole", [], "https" if certificate else "http"
        super().__init__(("127.0.0.1", 0), Handler)
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(path(certificate + ".crt"), path(certificate + ".key"))
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # the other side was killed, or does not believe the certificate

    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def add(self, *data):
        for x in data:
            self.files[hashlib.sha256(x).hexdigest()] = x


class Handler(http.server.BaseHTTPRequestHandler):
    """Of Files."""

    def do_GET(self):
        server, where = self.server, self.headers.get("Range")
        server.asked.append((self.path, where, self.headers.get("Authorization")))
        data = server.files.get(self.path.removeprefix("/v1/rollouts/files/"))
        mood = server.mood
        if data is None or mood == "away":
            self.send_error(404 if data is None else 503)
            return
        if mood == "wrong":
            data = data[:-1] + bytes([data[-1] ^ 1])
        first = int(where.removeprefix("bytes=").split("-")[0]) if where and mood != "deaf" else 0
        if first >= len(data):
            self.send_error(416)
            return
        rest = data[first:] + (b"more" if mood == "long" else b"")
        self.send_response(206 if where and mood != "deaf" else 200)
        if where and mood != "deaf":
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if mood == "half" or (mood == "deaf" and where is None):
            rest, server.mood = rest[:len(rest) // 2], "whole" if mood == "half" else mood
        elif mood == "cut":
            rest = rest[:1000]
        self.wfile.write(rest)
        self.close_connection = True

    def log_message(self, *_):
        pass


class Ear:
    """Hears what desks say of roll-outs, in order, and announces."""

    def __init__(self, broker):
        self.heard = []
        self.client = mqtt.Client(f"ear-{id(self)}")
        self.client.on_message = self.hear
        self.client.connect("127.0.0.1", broker.port)
        self.client.subscribe(f"undertone/v1/{SITE}/+/rollout", 1)
        self.client.loop_start()

    def hear(self, _client, _data, message):
        said = json.loads(message.payload)
        entry = (message.topic.split("/")[3], said["Number"], said["State"], said["Why"])
        if entry not in self.heard[-1:]:
            self.heard.append(entry)

    def announce(self, number, note="", ring="all", stopped=False, url=""):
        said = {"Number": number, "State": "stopped" if stopped else "open", "From": url, "Note": note}
        self.client.publish(f"undertone/v1/{SITE}/rollout-{ring}", json.dumps(said), 1, True).wait_for_publish(10)

    def clear(self):
        """Nothing is announced any more, and nothing was heard."""
        for ring in ("canary", "early", "all"):
            self.client.publish(f"undertone/v1/{SITE}/rollout-{ring}", b"", 1, True).wait_for_publish(10)
        self.heard = []

    def states(self, number, device="desk"):
        return [state for d, n, state, _ in self.heard if (d, n) == (device, number)]

    def why(self, number, device="desk"):
        return [why for d, n, _, why in self.heard if (d, n) == (device, number)][-1:]

    def wait(self, number, state, seconds=30, device="desk"):
        return until(lambda: state in self.states(number, device), seconds)


class Owner:
    """Who rolls out to a site, by a key, a server of files and an ear at its broker."""
    PADDING = b"; " + b"x" * 78 + b"\n"

    def __init__(self, broker, key):
        self.key, self.files, self.ear = key, Files(), Ear(broker)

    def settings(self, value, size=0):
        """A threshold, and remarks."""
        return f"[empathy_cue]\non = {value}\n".encode() + self.PADDING * (size // len(self.PADDING))

    def announce(self, number, data, kind="settings", name="r.ini", by=None, ring="all", of=None, **more):
        """One file; `of` is the ring in the note, where that is another."""
        self.files.add(data)
        note = (by or self.key).sign(manifest(number, [(kind, name, data)], of or ring, **more))
        self.ear.announce(number, note, ring, url=self.files.url())


class Silent:
    """A headset at 127.0.0.1 that says what it is given, to whoever is connected, and takes whoever comes next."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.peer = None
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            self.peer = self.socket.accept()[0]


class RolledOut(Process):
    """live --mqtt at one broker, which knows who may roll out."""

    def __init__(self, name, broker, key, *words, more="", confirm=1, env=None):
        self.name, self.folder, self.record, self.store = name, path(name + ".fleet"), path(name + ".audit"), path(name + ".db")
        self.page, self.headset = path(name + ".page"), Silent()
        password = write(name + ".password", "secret-of-" + name + "\n")
        os.chmod(password, 0o600)
        self.ini = write(name + ".ini", f"[mqtt]\nbrokers = {broker.url}\nsite = {SITE}\ndevice = {name}\npassword_file = {password}\n"
                         f"[fleet]\nverifier = {key.verifier}\nfolder = {self.folder}\nconfirm_s = {confirm}\n"
                         f"[store]\nfile = {self.store}\n[audit]\nfile = {self.record}\n[page]\nfile = {self.page}\n{more}")
        super().__init__([UNDERTONE, "live", "--config", self.ini, "--tcp", f"127.0.0.1:{self.headset.port}", "--mqtt", "--page", "--json",
                          *words], name + ".log")
        self.env = {**ENV, **(env or {})}

    def config(self, setting):
        """(value, where from) of "section.key"."""
        out = subprocess.run([UNDERTONE, "config", "--show-origin", "--config", self.ini], env=self.env, capture_output=True, text=True,
                             check=False, timeout=60).stdout
        section, key = setting.split(".")
        part = out.split(f"[{section}]\n")[1].split("\n\n")[0]
        line = next(x for x in part.split("\n") if x.startswith(key + " = "))
        return tuple(x.strip() for x in line.split(" = ", 1)[1].split(";"))

    def records(self, *kinds):
        with open(self.record, encoding="utf-8") as f:
            return [x for x in map(json.loads, f) if x["Kind"] in kinds]

    def kept(self):
        with open(os.path.join(self.folder, "state"), encoding="utf-8") as f:
            return json.load(f)


def quiet(seconds, holds):
    """Whether it holds for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not holds():
            return False
        time.sleep(0.05)
    return True
