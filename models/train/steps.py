# SPDX-License-Identifier: Apache-2.0
"""Steps of whole calls from the device's sources: the clips of a call through one front end that keeps its state."""
import concurrent.futures
import ctypes
import glob
import hashlib
import itertools
import os
import random
import subprocess
import zlib

import numpy as np

from models.train import audio, calls
from models.train.rows import INPUTS

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
HOP, STEP_HOPS, LOOKAHEAD = 160, 4, 4  # dsp/features.h: row k is there when k + 4 hops are
VIEWS = 2 * INPUTS
FORGET_STEPS = 250  # firmware/engine.h

# what a line, a room and a register can do to a whole call: the steps of audio.py in order
CHANNELS = {
    "clean": (),
    "phone": ("phone",),
    "noise": ("gain", "noise"),
    "babble": ("crowd",),
    "slow-phone": ("slow", "noise", "phone"),
    "fast-room": ("fast", "room", "noise"),
    "fast-phone": ("fast", "crowd", "phone"),
    "slow-room": ("slow", "room", "gain"),
    "gain-20": ("down20",),
    "gain+20": ("up20",),
    "babble15": ("crowd15",),
}


def digest(files):
    h = hashlib.sha256()
    for name in files:
        with open(name, "rb") as f:
            h.update(f.read())
    return h


def kissfft(build):
    return os.environ.get("KISSFFT_DIR") or os.path.join(build, "third_party/kissfft")


def kissfft_flags(build):
    """For what includes dsp or kissfft, as the build compiles them."""
    return ["-DFIXED_POINT=16", "-DNDEBUG", "-DKISS_FFT_USE_ALLOCA", "-I", ROOT, "-I", os.path.join(build, "gen"),
            "-isystem", kissfft(build)]


class Library:
    """steps.c with the sources that it calls, compiled for this machine."""

    def __init__(self, build, tables):
        # A table that a new set has yet to be given is research's: a trainer never measures with the one that it writes.
        names = sorted(os.path.basename(x) for x in glob.glob(os.path.join(ROOT, "dsp/research/*.c")))
        sources = [next(x for t in (tables, "research") if os.path.exists(x := os.path.join(ROOT, "dsp", t, n))) for n in names]
        sources += sorted(set(glob.glob(os.path.join(ROOT, "dsp/*.c"))) - set(glob.glob(os.path.join(ROOT, "dsp/*_dsp.c"))))
        sources += [os.path.join(ROOT, x) for x in ("firmware/caller.c", "models/infer.c", "models/lanes.c", "models/train/steps.c")]
        headers = [x for room in ("dsp", "models", "firmware") for x in glob.glob(os.path.join(ROOT, room, "*.h"))]
        self.hash = digest(sources + sorted(headers))
        kiss, gen = kissfft(build), os.path.join(build, "gen")
        sources += [os.path.join(gen, x, "tables.c") for x in ("dsp", "models")]
        sources += [os.path.join(kiss, x) for x in ("kiss_fft.c",)]
        path = os.path.join(build, "train", f"steps-{self.hash.hexdigest()[:16]}.so")
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            subprocess.run(["cc", "-std=c11", "-O2", "-shared", "-fPIC", *kissfft_flags(build), *sources, "-o", path + ".part"],
                           check=True)
            os.replace(path + ".part", path)
        self.lib = ctypes.CDLL(path)

    def steps(self, sound):
        """float samples -> (x steps x INPUTS, own level, speech)"""
        pcm = np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16)
        most = len(pcm) // (HOP * STEP_HOPS) + 1
        x, own, speech = np.zeros((most, INPUTS), np.int16), np.zeros(most, np.int16), np.zeros(most, np.uint8)
        n = self.lib.ut_train_steps(at(pcm), len(pcm), at(x), at(own), at(speech))
        return x[:n], own[:n], speech[:n]

    def peaks(self, sound, inputs):
        """float samples -> (peaks x inputs) of dsp/pace"""
        pcm = np.concatenate([np.clip(np.round(sound * 32768), -32768, 32767), np.zeros(LOOKAHEAD * HOP)]).astype(np.int16)
        x = np.zeros((len(pcm) // HOP, inputs), np.int16)
        return x[:self.lib.ut_train_peaks(at(pcm), len(pcm), at(x))].astype(np.int64)

    def call(self, model, x, own, speech):
        """Posteriors of each step, 0..1, and its views, Q8, by a model (export.Engine's): the arithmetic of the device, gate
        and all."""
        x, own, speech = (np.ascontiguousarray(v) for v in (x, own, speech))
        p, views = np.zeros((len(x), 3), np.uint16), np.zeros((len(x), VIEWS), np.int16)
        self.lib.ut_train_call(model, len(x), at(x), at(own), at(speech), FORGET_STEPS, at(p), at(views))
        return p / 32768, views


def at(array):
    return ctypes.c_void_p(array.ctypes.data)


class Call:
    """Steps of one call; clip: which of clips each step belongs to (len(clips) = none)."""

    def __init__(self, x, own, speech, clip, clips):
        self.x, self.own, self.speech, self.clip, self.clips = x, own, speech, clip, clips


def joined(sounds):
    """The clips as the engine hears them: silence of the look-ahead's length behind each; and where each then ends."""
    silence = np.zeros(LOOKAHEAD * HOP)
    parts = [np.concatenate([x, silence]) for x in sounds]
    return np.concatenate(parts), np.cumsum([len(x) for x in parts])


def change(x, channel, mates, seed):
    """A call's sound after its channel, and by how much longer it has become."""
    rng, draw = np.random.default_rng(seed), random.Random(seed)
    n = len(x)
    for step in CHANNELS[channel]:
        if step == "crowd":
            x = audio.add(x, calls.babble(len(x), mates, draw), rng.uniform(8, 25))
        elif step == "crowd15":
            x = audio.add(x, calls.babble(len(x), mates, draw), 15)
        else:
            x = audio.step(x, step, rng)
    return np.clip(x, -1, 32767 / 32768), len(x) / n


LIBRARY = None  # of the processes that dump


def dump(job):
    name, own, mates, channel, seed = job
    sound, ends = joined([audio.read(c.file) for c in own])
    sound, longer = change(sound, channel, mates, zlib.crc32(f"{seed} {name} {channel}".encode()))
    x, level, speech = LIBRARY.steps(sound)
    there = (np.arange(len(x)) * STEP_HOPS + STEP_HOPS - 1 + LOOKAHEAD) * HOP
    return x, level, speech, np.searchsorted(ends * longer, there).astype(np.int16)


def collect(build, tables, clips, channel, seed, alone=False, processes=1):
    """[Call] of every speaker's clips joined into calls, or of each clip alone; kept below build until something changes."""
    global LIBRARY
    LIBRARY = Library(build, tables)
    groups = [(f"{c.corpus} {c.path}", [c]) for c in clips] if alone else \
        [(name, [c for _, c in g]) for name, g in itertools.groupby(calls.join(clips, seed), key=lambda pair: pair[0])]
    key = digest(sorted(glob.glob(os.path.join(ROOT, "dsp/*.[ch]")) + glob.glob(os.path.join(ROOT, f"dsp/{tables}/*.c"))) + [audio.__file__, calls.__file__, __file__])
    for c in clips:
        key.update(f"{c.file}\t{os.path.getsize(c.file)}\n".encode())
    key.update(f"{channel} {seed} {alone}".encode())
    path = os.path.join(build, "train", f"steps-{'alone' if alone else 'calls'}-{channel}-{key.hexdigest()[:16]}.npz")
    if not os.path.exists(path):
        said = {}
        for c in clips:
            said.setdefault(c.corpus, []).append(c)
        jobs = [(name, own, [c for c in said[own[0].corpus] if c.speaker == own[0].speaker], channel, seed)
                for name, own in groups]
        if processes > 1:
            with concurrent.futures.ProcessPoolExecutor(processes) as pool:
                parts = list(pool.map(dump, jobs, chunksize=8))
        else:
            parts = [dump(job) for job in jobs]
        with open(path + ".part", "wb") as f:
            np.savez(f, ends=np.cumsum([len(p[0]) for p in parts]),
                     **{k: np.concatenate([p[i] for p in parts]) for i, k in enumerate(("x", "own", "speech", "clip"))})
        os.replace(path + ".part", path)
    with np.load(path) as z:
        x, own, speech, clip, ends = (z[k] for k in ("x", "own", "speech", "clip", "ends"))
    spans = zip(np.concatenate([[0], ends[:-1]]), ends)
    return [Call(x[a:b], own[a:b], speech[a:b], clip[a:b], g[1]) for (a, b), g in zip(spans, groups)]
