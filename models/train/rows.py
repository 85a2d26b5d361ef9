# SPDX-License-Identifier: Apache-2.0
"""Clips, their augmented copies, and their rows from the C engine (`undertone features`)."""
import csv
import hashlib
import io
import os
import subprocess
import tempfile
import zlib

import numpy as np
import soundfile

from models.train import audio

INPUTS = 28
STEP_ROWS = 4
TARGETS = ("frustration", "delight", "other")


class Clip:
    """One line of an index.tsv."""

    def __init__(self, root, line):
        self.file = os.path.join(root, line["path"])
        self.path = line["path"]
        self.corpus = line.get("corpus") or os.path.basename(os.path.abspath(root))
        self.speaker = self.corpus + ":" + line["speaker"]
        self.gender = line.get("gender") or "?"
        self.emotion = line.get("emotion") or line["target"]
        self.target = TARGETS.index(line["target"])


def read_index(root):
    with open(os.path.join(root, "index.tsv"), encoding="utf-8", newline="") as f:
        lines = [x for x in csv.DictReader(f, delimiter="\t") if x.get("target") in TARGETS]
    return [Clip(root, x) for x in lines]


def manifest(clips):
    """sha256 over every clip's path, speaker, target and content."""
    h = hashlib.sha256()
    for c in sorted(clips, key=lambda c: (c.corpus, c.path)):
        with open(c.file, "rb") as f:
            content = hashlib.sha256(f.read()).hexdigest()
        h.update(f"{c.corpus}\t{c.path}\t{c.speaker}\t{TARGETS[c.target]}\t{content}\n".encode())
    return h.hexdigest()


def parse(text):
    """CSV of `undertone features` -> (steps x INPUTS int16, steps bool): the mean vector of every 4 rows, and whether
    most of them are speech, exactly as firmware/engine.c forms its steps."""
    lines = text.splitlines()
    head = lines[0].split(",")
    first = next((i for i, name in enumerate(head) if name in ("x00", "x0")), len(head))
    speech_at, channel_at = head.index("speech"), head.index("channel")
    if [x[:1] + x[1:].zfill(2) for x in head[first:first + INPUTS]] != [f"x{i:02d}" for i in range(INPUTS)]:
        raise SystemExit("undertone features: unexpected columns")
    fields = [x.split(",") for x in lines[1:]]
    fields = [x for x in fields if x[channel_at] in ("customer", "0")]
    x = np.array([f[first:first + INPUTS] for f in fields], dtype=np.int32).reshape(-1, INPUTS)
    speech = np.array([f[speech_at] for f in fields], dtype=np.int32)
    n = len(x) // STEP_ROWS
    total = x[:n * STEP_ROWS].reshape(n, STEP_ROWS, INPUTS).sum(axis=1)
    mean = (total + STEP_ROWS // 2) >> 2  # half up, dsp/q.h
    loud = speech[:n * STEP_ROWS].reshape(n, STEP_ROWS).sum(axis=1) * 2 > STEP_ROWS
    return mean.astype(np.int16), loud


def features_version():
    with open(os.path.join(os.path.dirname(__file__), "../../dsp/features.h"), encoding="ascii") as f:
        return int(f.read().split("UT_FEATURES_VERSION =")[1].split(",")[0])


def dump(tool, file):
    done = subprocess.run([tool, "features", file, "--csv"], stdout=subprocess.PIPE, check=True)
    return parse(done.stdout.decode())


def collect(tool, clips, variant, cache, seed):
    """[(x, speech)] of one variant of every clip, from the cache when the tool and the clips are unchanged."""
    key = hashlib.sha256()
    for name in (tool, audio.__file__, __file__):
        with open(name, "rb") as f:
            key.update(f.read())
    for c in clips:
        key.update(f"{c.file}\t{os.path.getsize(c.file)}\n".encode())
    key.update(f"{variant}\t{seed}".encode())
    name = os.path.join(cache, f"{variant}-{key.hexdigest()[:16]}.npz")
    if os.path.exists(name):
        with np.load(name) as z:
            x, speech, ends = z["x"], z["speech"], z["ends"]
    else:
        xs, ss = [], []
        by_speaker = {}
        for c in clips:
            by_speaker.setdefault(c.speaker, []).append(c)
        with tempfile.TemporaryDirectory() as tmp:
            for i, c in enumerate(clips):
                if variant == "clean":
                    source = c.file
                else:
                    rng = np.random.default_rng([seed, zlib.crc32(f"{c.corpus}/{c.path}/{variant}".encode())])
                    source = os.path.join(tmp, "copy.wav")
                    soundfile.write(source, audio.copy(c, by_speaker[c.speaker], variant, rng), audio.RATE,
                                    subtype="PCM_16")
                x, s = dump(tool, source)
                xs.append(x)
                ss.append(s)
                if (i + 1) % 500 == 0:
                    print(f"  {variant}: {i + 1} of {len(clips)}", flush=True)
        x, speech = np.concatenate(xs), np.concatenate(ss)
        ends = np.cumsum([len(v) for v in xs])
        os.makedirs(cache, exist_ok=True)
        memory = io.BytesIO()
        np.savez(memory, x=x, speech=speech, ends=ends)
        with open(name + ".part", "wb") as f:
            f.write(memory.getvalue())
        os.replace(name + ".part", name)
    starts = np.concatenate([[0], ends[:-1]])
    return [(x[a:b], speech[a:b]) for a, b in zip(starts, ends)]


def keep(*of_collect):
    """collect() for its cache alone."""
    collect(*of_collect)
