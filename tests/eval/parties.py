# SPDX-License-Identifier: Apache-2.0
"""Calls of two parties and of one, laid out from recordings of single voices, and what links do to them.

Voices are those of the folders given (index.tsv), or of espeak-ng where there are none. A call is {customer, agent}: two
rows of samples at 16 kHz.
"""
import csv
import json
import os
import subprocess
import tempfile

import numpy as np

import clips

RATE = clips.RATE
LEVEL_DBFS = -26
LIVELY = ("angry", "anger", "happy", "happiness")
FEELINGS = ("empathy_cue", "rising_frustration", "ask_for_help", "positive_interaction", "good_moment")
ESPEAK = [(f"en-gb+{v}", v[0]) for v in ("m1", "m3", "m4", "m7", "f1", "f2", "f4", "f5")]
SENTENCES = ("I have been waiting for this parcel for three weeks now.", "Could you please tell me your number again?",
             "Yes, that is what they told me the last time.", "Let me have a look at what is written here.",
             "It worked yesterday, and today it does not.", "Fine, then I will try it once more in the evening.",
             "Nobody called me back, although it was promised.", "The invoice shows an amount that I never ordered.",
             "One moment, I am opening your contract right now.", "Thank you, that is all that I wanted to know.")


class Voice:
    """One speaker's clips, by path; read when they are said."""

    def __init__(self, name, gender):
        self.name, self.gender, self.by_mood, self.kept = name, gender, {}, {}

    def add(self, mood, path):
        self.by_mood.setdefault(mood, []).append(path)

    def clip(self, path):
        """The clip at one level, without what is silent before and behind."""
        if path not in self.kept:
            x = clips.read(path)
            power = np.pad(x**2, 240)
            power = np.lib.stride_tricks.sliding_window_view(power, 480)[::160].mean(axis=1)
            loud = np.flatnonzero(power > power.max() * 10**-3.2)
            x = x[loud[0] * 160 : (loud[-1] + 1) * 160]
            self.kept[path] = (x / np.sqrt(clips.active_power(x))).astype(np.float32)
        return self.kept[path]

    def say(self, rng, moods=None):
        """Endless clips in a random order, of the moods named where this voice has them."""
        paths = [p for m in self.by_mood for p in self.by_mood[m] if moods is None or m in moods]
        paths = paths or [p for m in self.by_mood for p in self.by_mood[m]]
        while True:
            for i in rng.permutation(len(paths)):
                yield self.clip(paths[i])


def voices(folders, corpora=None, least=25):
    """Voices with at least that many clips, sorted by name. corpora: only of these."""
    found = {}
    for folder in filter(os.path.isdir, folders):
        for root in [folder] + sorted(e.path for e in os.scandir(folder) if e.is_dir()):
            if not os.path.exists(os.path.join(root, "index.tsv")):
                continue
            with open(os.path.join(root, "index.tsv"), encoding="utf-8", newline="") as f:
                for r in csv.DictReader(f, delimiter="\t"):
                    path = os.path.join(root, r["path"])
                    if r["corpus"] == "fda" or (corpora and r["corpus"] not in corpora):
                        continue
                    found.setdefault((r["corpus"], r["speaker"]), Voice(r["corpus"] + " " + r["speaker"], r["gender"]))
                    found[r["corpus"], r["speaker"]].add(r["emotion"], path)
    return [v for _, v in sorted(found.items()) if sum(map(len, v.by_mood.values())) >= least]


def synthetic(folder):
    """The same of espeak-ng, written to a folder."""
    found = []
    for name, gender in ESPEAK:
        v = Voice("espeak " + name, gender)
        for i, text in enumerate(SENTENCES):
            path = os.path.join(folder, f"{name}-{i}.wav")
            subprocess.run(["espeak-ng", "-v", name, "-w", path, text], check=True)
            v.add("neutral", path)
        found.append(v)
    return found


def turn(said, rng, most=3):
    parts = []
    for _ in range(rng.integers(1, most + 1)):
        parts += [next(said), np.zeros(int(rng.uniform(0.1, 0.4) * RATE), np.float32)]
    return np.concatenate(parts[:-1])


def call(customer, agent, rng, seconds=60, moods=None, double_talk=0.15):
    """{customer, agent} and where each speaks. The agent begins; some turns begin before the other's end."""
    n = int(seconds * RATE)
    x, at, who = np.zeros((2, n + 20 * RATE)), int(0.5 * RATE), 1
    said = (customer.say(rng, moods), agent.say(rng, None))
    gain = 10 ** ((LEVEL_DBFS + rng.uniform(-4, 4, 2)) / 20)
    while at < n:
        t = turn(said[who], rng)
        at = max(0, at)
        x[who, at : at + len(t)] += t * gain[who]
        gap = -rng.uniform(0.3, 1.2) if rng.random() < double_talk else rng.uniform(0.2, 1.0)
        at += len(t) + int(gap * RATE)
        who = 1 - who
    x = x[:, :n]
    speech = np.array([marks(c) for c in x])
    return x + noise(x.shape, rng), speech


def single(voice, rng, seconds=40, moods=None, gaps=(0.3, 0.6, 3)):
    """One caller: the agent's turns are heard nowhere. gaps: seconds between turns, drawn from these."""
    n, x, at, said = int(seconds * RATE), np.zeros(int((seconds + 20) * RATE)), int(0.5 * RATE), voice.say(rng, moods)
    while at < n:
        t = turn(said, rng)
        x[at : at + len(t)] += t * 10 ** (LEVEL_DBFS / 20)
        at += len(t) + int(rng.choice(gaps) * RATE)
    x = x[:n]
    return x + noise(x.shape, rng), marks(x)


def noise(shape, rng):
    return rng.standard_normal(shape) * 10 ** (rng.uniform(-78, -62) / 20)


def marks(x):
    """Where sound was laid, per 10 ms, pauses below 200 ms filled: what an inter-pausal unit is."""
    loud = (np.abs(x[: len(x) // 160 * 160].reshape(-1, 160)).max(axis=1) > 10 ** ((LEVEL_DBFS - 38) / 20)).astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud, [0]))))
    out = np.zeros(len(loud), bool)
    spans = [list(s) for s in edges.reshape(-1, 2)]
    for k in range(len(spans)):
        if k and spans[k][0] - spans[k - 1][1] < 20:
            spans[k][0] = spans[k - 1][0]
        out[spans[k][0] : spans[k][1]] = True
    return out


def opus(x, rate="12k"):
    pipe = lambda *args, data: subprocess.run(["ffmpeg", "-v", "error", *args], input=data, stdout=subprocess.PIPE,
                                              check=True).stdout
    raw = np.clip(np.round(x * 32768), -32768, 32767).astype("<i2").tobytes()
    form = ("-f", "s16le", "-ar", str(RATE), "-ac", "1")
    coded = pipe(*form, "-i", "-", "-c:a", "libopus", "-b:a", rate, "-application", "voip", "-f", "ogg", "-", data=raw)
    y = np.frombuffer(pipe("-i", "-", *form, "-", data=coded), "<i2") / 32768
    return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]


CODECS = {"none": lambda x: x, "G.711": clips.telephone, "Opus": opus}


def late(x, ms):
    n = int(ms * RATE / 1000)
    return np.pad(x, (n, 0))[: len(x)]


def path_of(rng):
    """What a leak goes through besides: 8 ms of a small room or a hybrid, 6.5 dB below what comes straight."""
    h = 0.15 * rng.standard_normal(128) * np.exp(-np.arange(128) / 20)
    h[0] = 1
    return h / np.sqrt(np.sum(h**2))


def leak(x, db, ms, codec, rng):
    y = np.convolve(x, path_of(rng))[: len(x)]
    y *= np.sqrt(np.mean(x**2) / np.mean(y**2))
    return late(CODECS[codec](y), ms) * 10 ** (db / 20)


def replay(tool, calls, options=()):
    """{name: what the program says} of {name: rows of samples, customer alone or (customer, agent)}."""
    names, out = list(calls), {}
    with tempfile.TemporaryDirectory() as folder:
        for i in range(0, len(names), 16):
            files = {}
            for k, name in enumerate(names[i : i + 16]):
                x = np.atleast_2d(calls[name])
                files[f"c{i + k}"] = name
                clips.write(os.path.join(folder, f"c{i + k}.wav"), x[::-1].T)  # the file has the agent on the left
            paths = [os.path.join(folder, f + ".wav") for f in files]
            done = subprocess.run([tool, "replay", *paths, "--json", *options], check=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
            for f in files:
                out[files[f]] = {"talk": [0.0, 0.0], "cues": {}, "turns": {}, "scored": 0, "states": []}
            for line in done.stdout.splitlines():
                event = json.loads(line)
                data = event["data"]
                heard(out[files[data["ContactId"]]], event["type"].split(".", 1)[1].rsplit(".", 1)[0], data)
            for path in paths:
                os.remove(path)
    return out


def heard(said, kind, data):
    if kind == "turn":
        said["turns"][data["Kind"]] = said["turns"].get(data["Kind"], 0) + 1
        if data["Kind"] == "ipu_ended":
            party = ("CUSTOMER", "AGENT").index(data["ParticipantRole"])
            said["talk"][party] += (data["EndOffsetMillis"] - data["BeginOffsetMillis"]) / 1000
    elif kind == "cue.opened":
        said["cues"][data["Cue"]] = said["cues"].get(data["Cue"], 0) + 1
    elif kind == "score":
        said["scored"] += data["Score"] is not None
    elif kind == "device.status" and "Channels" in data:
        said["states"].append((data["OffsetMillis"] / 1000, data["Channels"]["State"]))


def feelings(said):
    return sum(said["cues"].get(c, 0) for c in FEELINGS)
