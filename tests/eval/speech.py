#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Speech or not, in noise, music and tones: speech.py --tool UNDERTONE --corpora FOLDER --out FILE.json

Recordings: every twentieth clip of RAVDESS, of which models/train/speech.py has seen none, and the clips of the two
speakers of Emo-DB that it has not seen (it has others that say the same sentences; the babble's voices may be theirs).
They are brought to one level, joined with pauses of 0.3 to 1.7 s, and labelled before anything is added: a frame of 10 ms
is speech where the 30 ms about it lie within 32 dB of the loudest such 30 ms of its clip. `clean` has white noise 60 dB below the speech.
  hit    share of the speech frames called speech
  false  share of the other frames called speech
  AUC    area under the curve of hits against false alarms, from the column speech_score
  ours there: our hit rate where the threshold on the score gives as many false alarms as the peer has
The peers are the WebRTC VAD in mode 3 on frames of 10 ms and Silero VAD above 0.5 on steps of 32 ms, where they are
installed, each moved by the constant -50 to 50 ms that serves it best; ours is not moved.
For sounds without speech only `false` means anything.
"""
import os
import subprocess

import numpy as np

import clips
import silero

RATE = clips.RATE
HOP = 160
SPEECH_RANGE_DB = 32
LEVEL_DBFS = -26
SNRS = (20, 10, 5)


def labels(x):
    padded = np.pad(x**2, 240)
    power = np.lib.stride_tricks.sliding_window_view(padded, 480)[::HOP].mean(axis=1)[: len(x) // HOP]
    return power > power.max() * 10 ** (-SPEECH_RANGE_DB / 10)


def unseen(corpora):
    """{corpus: paths} of clips that had no part in training the decision, nor had their speakers."""
    return {"ravdess": [r["path"] for r in clips.index(corpora, "ravdess")][::20],
            "emodb": [r["path"] for r in clips.index(corpora, "emodb") if r["speaker"] in ("E09", "E12")]}


def joined(sounds, rng):
    """The clips at one level with pauses between, and their labels."""
    parts, speech = [], []
    for x in sounds:
        x = x[: len(x) // HOP * HOP]
        x = x * 10 ** (LEVEL_DBFS / 20) / np.sqrt(clips.active_power(x))
        pause = rng.integers(30, 171)
        parts += [x, np.zeros(pause * HOP)]
        speech += [labels(x), np.zeros(pause, bool)]
    return np.concatenate(parts), np.concatenate(speech)


def babble(corpora, paths, n, rng):
    """Six voices, each its own clips end to end."""
    by_voice = {}
    for path in paths:
        by_voice.setdefault(os.path.basename(path)[-7:-5] if "ravdess" in path else os.path.basename(path)[:2], []).append(path)
    total = np.zeros(n)
    for voice in rng.permutation(sorted(by_voice))[:6]:
        x = np.concatenate([clips.read(os.path.join(corpora, p)) for p in by_voice[voice]])
        total += np.roll(np.resize(x / np.sqrt(clips.active_power(x)), n), rng.integers(n))
    return total


def hum(n, _):
    t = np.arange(n) / RATE
    return sum(a * np.sin(2 * np.pi * 50 * h * t + h) for h, a in ((1, 1), (2, 0.3), (3, 0.5), (5, 0.3), (7, 0.2)))


def keys(n, rng):
    """A typist: two short bursts of noise per key, three to eight keys a second, with rests."""
    x, at = np.zeros(n + RATE), 0
    while at < n:
        for start, size in ((0, 1.0), (rng.integers(800, 1600), 0.5)):
            burst = rng.standard_normal(480) * np.exp(-np.arange(480) / rng.uniform(30, 90))
            x[at + start : at + start + 480] += size * burst
        at += int(RATE * (rng.uniform(0.12, 0.33) if rng.random() < 0.93 else rng.uniform(0.5, 2)))
    return x[:n]


def music(n, rng):
    """Chords of four notes with overtones, a melody with vibrato over them, a soft beat."""
    x, beat, at = np.zeros(n + 4 * RATE), int(0.5 * RATE), 0
    chords = ((0, 4, 7, 12), (-5, -1, 2, 7), (-3, 0, 4, 9), (-7, -3, 0, 5))
    scale = (0, 2, 4, 5, 7, 9, 11, 12)
    bar = 0
    while at < n:
        t = np.arange(4 * beat) / RATE
        swell = np.minimum(1, t / 0.03) * np.exp(-t * 0.8)
        for note in chords[bar % 4]:
            f = 220 * 2 ** (note / 12)
            x[at : at + len(t)] += swell * sum(np.sin(2 * np.pi * f * h * t) / h**1.5 for h in range(1, 7))
        for k in range(4):
            if rng.random() < 0.8:
                length = int(beat * rng.choice((0.5, 1, 1)))
                t = np.arange(length) / RATE
                f = 440 * 2 ** (scale[rng.integers(8)] / 12)
                phase = 2 * np.pi * f * t + 0.4 * np.sin(2 * np.pi * 5.5 * t)
                swell = np.minimum(1, np.minimum(t, t[::-1]) / 0.02)
                start = at + k * beat
                x[start : start + length] += 1.5 * swell * sum(np.sin(h * phase) / h for h in range(1, 5))
            hit = rng.standard_normal(1200) * np.exp(-np.arange(1200) / 200)
            x[at + k * beat : at + k * beat + 1200] += 0.6 * hit
        at += 4 * beat
        bar += 1
    return x[:n]


def tones(*frequencies, on=None, off=0.0):
    def make(n, _):
        t = np.arange(n) / RATE
        x = sum(np.sin(2 * np.pi * f * t) for f in frequencies)
        return x if on is None else x * (t % (on + off) < on)
    return make


def situations(corpora, sounds, paths, rng):
    """(name, signal, labels)"""
    x, speech = joined(sounds, rng)
    noises = {"white": lambda n, r: r.standard_normal(n), "babble": lambda n, r: babble(corpora, paths, n, r), "hum": hum, "keys": keys}
    yield "clean", clips.with_noise(x, rng.standard_normal(len(x)), 60), speech
    yield "clean, gain -20 dB", clips.with_noise(x, rng.standard_normal(len(x)), 60) * 0.1, speech
    yield "clean, gain +20 dB, clipped", clips.clipped(clips.with_noise(x, rng.standard_normal(len(x)), 60), 20), speech
    yield "clean, telephone", clips.telephone(clips.with_noise(x, rng.standard_normal(len(x)), 60)), speech
    for name, make in noises.items():
        noise = make(len(x), rng)
        for snr in SNRS:
            yield f"{name} {snr} dB", clips.with_noise(x, noise, snr), speech


def without_speech(rng):
    n = 60 * RATE
    sounds = {"hold music": music, "dial tone 350 + 440 Hz": tones(350, 440), "dial tone 425 Hz": tones(425),
              "ringing 440 + 480 Hz": tones(440, 480, on=2, off=4), "busy 480 + 620 Hz": tones(480, 620, on=0.5, off=0.5),
              "white noise": lambda n, r: r.standard_normal(n), "keys": keys, "hum": hum}
    for name, make in sounds.items():
        x = make(n, rng)
        x = x * 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(x**2))
        x = x + rng.standard_normal(n) * 10 ** ((LEVEL_DBFS - 60) / 20)
        yield name, x, np.zeros(n // HOP, bool)


def webrtc(program, path):
    x = np.round(clips.read(path) * 32768).astype(np.int16)
    done = subprocess.run([program, "3"], input=x.tobytes(), stdout=subprocess.PIPE, check=True)
    return np.frombuffer(done.stdout, np.uint8) == ord("1")


def best_move(found, speech):
    """`found` moved by the constant of at most five frames that serves it best."""
    moved = [np.roll(found, -d) for d in range(-5, 6)]
    return max(moved, key=lambda m: m[speech].mean() - m[~speech].mean()) if speech.any() else found


def area(score, speech):
    rank = np.empty(len(score))
    rank[np.argsort(score, kind="stable")] = np.arange(1, len(score) + 1)
    positive, negative = speech.sum(), (~speech).sum()
    return (rank[speech].sum() - positive * (positive + 1) / 2) / (positive * negative)


def hit_at(score, speech, false):
    """Hit rate at the threshold with this share of false alarms, interpolated between frames."""
    threshold = np.quantile(score[~speech], 1 - false) if false < 1 else -np.inf
    return float(np.mean(score[speech] > threshold))


def judge(tool, peers, made):
    """peers: {name: what gives a peer's decisions for sounds and their WAV files}"""
    names, xs, speeches = zip(*made)
    with clips.Folder() as folder:
        folder.fill(dict(zip(names, xs)))
        rows = folder.rows(tool, ("speech", "speech_score", "tonal"))
        theirs = {peer: decide(xs, folder.files) for peer, decide in peers.items()}
        for i, (name, speech) in enumerate(zip(names, speeches)):
            n = min(len(speech), len(rows[name]))
            own, score, tonal = rows[name][:n].T
            speech, own = speech[:n], own > 0
            score = np.where((tonal > 0) | ((score > 0) & ~own), score.min() - 1, score)  # held back by other rules
            f = {"n_speech": int(speech.sum()), "n_other": int((~speech).sum()), "false": float(own[~speech].mean())}
            if speech.any():
                f.update(hit=float(own[speech].mean()), auc=float(area(score, speech)))
            for peer, decided in theirs.items():
                found = best_move(decided[i][:n], speech)
                f[peer + "_false"] = float(found[~speech].mean())
                if speech.any():
                    f[peer + "_hit"] = float(found[speech].mean())
                    f["hit_at_" + peer + "_false"] = hit_at(score, speech, f[peer + "_false"])
            yield name, f


def main():
    a = clips.arguments(__doc__)
    program = os.path.join(os.path.dirname(os.path.abspath(a.out)), "webrtc_vad")
    reference = silero.Silero(os.path.join(os.path.dirname(os.path.abspath(a.out)), "silero"))
    peers, absent = {}, []
    if os.access(program, os.X_OK):
        peers["webrtc"] = lambda xs, paths: [webrtc(program, path) for path in paths]
    else:
        absent.append("WebRTC VAD (libwebrtc-audio-processing-dev)")
    if reference.there():
        peers["silero"] = lambda xs, paths: [p > 0.5 for p in reference.frames(xs)]
    else:
        absent.append("Silero VAD (tests/eval/requirements.txt)")
    table = []
    print("Speech; hit and false alarms in %, frames of 10 ms\n")
    print(f"{'recordings':10} {'situation':27} {'AUC':>6} {'hit':>6} {'false':>6}   {'WebRTC hit':>10} {'false':>6} "
          f"{'ours there':>10}   {'Silero hit':>10} {'false':>6} {'ours there':>10} {'speech':>7} {'other':>7}")

    def put(recordings, name, f):
        cell = lambda key, width: f"{100 * f[key]:{width}.1f}" if key in f else "-".rjust(width)
        auc = f"{f['auc']:.3f}" if "auc" in f else "-"
        print(f"{recordings:10} {name:27} {auc:>6} {cell('hit', 6)} {cell('false', 6)}   {cell('webrtc_hit', 10)} "
              f"{cell('webrtc_false', 6)} {cell('hit_at_webrtc_false', 10)}   {cell('silero_hit', 10)} {cell('silero_false', 6)} "
              f"{cell('hit_at_silero_false', 10)} {f['n_speech']:7d} {f['n_other']:7d}", flush=True)
        table.append({"recordings": recordings, "situation": name, **f})

    for corpus, paths in unseen(a.corpora).items():
        if paths:
            rng = np.random.default_rng(2)
            sounds = [clips.read(os.path.join(a.corpora, p)) for p in paths]
            others = [r["path"] for r in clips.index(a.corpora, corpus)][3::10]
            for name, f in judge(a.tool, peers, situations(a.corpora, sounds, others, rng)):
                put(corpus, name, f)
    for name, f in judge(a.tool, peers, without_speech(np.random.default_rng(3))):
        put("none", name, f)
    for peer in absent:
        print(f"not installed: {peer}")
    clips.save(a.out, {"figures": table, "not_installed": absent})


if __name__ == "__main__":
    main()
