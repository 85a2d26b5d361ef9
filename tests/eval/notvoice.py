#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is no voice and is called speech: notvoice.py --tool UNDERTONE --build FOLDER --out FILE.json [--table FILE.md]

Half a minute of each sound at -26 dBFS, the quiet noises at -46 dBFS, straight and through what calls go through: G.711 mu-law
in the telephone band, Opus at 12 kbit/s, MP3 at 32 kbit/s. The figure is the share of its 10 ms frames called speech, each
sound met by an engine just begun. Beside ours (through the program), the WebRTC VAD in mode 3 and Silero VAD (above 0.5).
FOLDER holds music/ (tests/eval/music.py), silero/ (its environment) and webrtc_vad; what is absent is named, and its
column or its rows are left out. The real pieces are those that no weight and no choice has seen.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

import clips
import music
import silero
import sounds
import speech

LEVEL_DBFS, QUIET_DBFS = -26, -46
QUIET = ("comfort noise", "comfort noise, gated", "gate bursts", "breath", "fan")
CODECS = {"Opus": ("-c:a", "libopus", "-b:a", "12k", "-compression_level", "5", "-application", "voip", "-f", "ogg"),
          "MP3": ("-c:a", "libmp3lame", "-b:a", "32k", "-f", "mp3")}
LINES = ("straight", "mu-law", *CODECS)
LIMIT = 0.05  # of a piece that may be called speech
GROUP = 12    # pieces in memory at once


def coded(sounds_of, codec):
    """Through the codec and back, end to end, each in as many samples as before."""
    with tempfile.TemporaryDirectory() as tmp:
        wav, mid = os.path.join(tmp, "x.wav"), os.path.join(tmp, "y")
        clips.write(wav, np.concatenate(sounds_of))
        quiet = ("ffmpeg", "-v", "error", "-y", "-i")
        subprocess.run([*quiet, wav, *CODECS[codec], mid], stdin=subprocess.DEVNULL, check=True)
        done = subprocess.run([*quiet, mid, "-f", "s16le", "-ac", "1", "-ar", str(clips.RATE), "-"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, check=True)
    y, ends = np.frombuffer(done.stdout, "<i2") / 32768, np.cumsum([len(x) for x in sounds_of])
    return np.split(np.pad(y, (0, max(0, ends[-1] - len(y))))[: ends[-1]], ends[:-1])


def through(sounds_of, line):
    if line == "straight":
        return sounds_of
    return [clips.telephone(x) for x in sounds_of] if line == "mu-law" else coded(sounds_of, line)


def heard(folder):
    """(kind, name, samples) of everything there is to hear."""
    n = music.SECONDS * clips.RATE
    for style in sounds.STYLES:
        for k in range(2):
            x = sounds.played(folder, style, "kept", n, np.random.default_rng([7, k, *style.encode()]))
            if x is not None:
                yield "hold music", f"{style} {k + 1}", x
    yield from music.pieces(folder, music.KEPT, "kept")
    for kind, makers in (("tones", sounds.tones()), ("noises", sounds.noises())):
        for name, make in makers:
            yield kind, name, make(n, np.random.default_rng([7, *name.encode()]))


def level(x, name):
    return x * min(10 ** ((QUIET_DBFS if name in QUIET else LEVEL_DBFS) / 20) / np.sqrt(np.mean(x**2)), 0.99 / np.max(np.abs(x)))


def share(a, group):
    """[(kind, name, line, {detector: share})] of a few sounds."""
    straight = [level(x, name) for _, name, x in group]
    made = {(kind, name, line): y for line in LINES for (kind, name, _), y in zip(group, through(straight, line))}
    found = {key: {} for key in made}
    with clips.Folder() as folder:
        folder.fill(made)
        for key, rows in folder.rows(a.tool, ("speech",)).items():
            found[key]["ours"] = float(rows[:, 0].mean())
        if a.webrtc:
            for key, path in zip(made, folder.files):
                found[key]["WebRTC"] = float(speech.webrtc(a.webrtc, path).mean())
    if a.silero:
        for key, p in zip(made, a.silero.frames(list(made.values()))):
            found[key]["Silero"] = float((p > 0.5).mean())
    return [(*key, f) for key, f in found.items()]


def written(rows, detectors, remarks):
    """The table in Markdown."""
    lines = ["# What is no voice and is called speech", "",
             "`make eval-notvoice`: share of half a minute called speech, in %; straight / mu-law / Opus 12 kbit/s / MP3 32 kbit/s.", "",
             "| kind | piece | " + " | ".join(detectors) + " |", "|---|---|" + "---|" * len(detectors)]
    table = {}
    for kind, name, _, f in rows:
        for detector in detectors:
            table.setdefault((kind, name), {}).setdefault(detector, []).append(f[detector])
    for (kind, name), of in table.items():
        lines.append(f"| {kind} | {name} | " + " | ".join(" / ".join(f"{100 * v:.1f}" for v in of[d]) for d in detectors) + " |")
    for what, value in (("mean", np.mean), (f"over {100 * LIMIT:.0f} %, of {len(rows)}", lambda v: np.sum(np.array(v) > LIMIT))):
        cells = [value([f[d] for *_, f in rows]) for d in detectors]
        lines.append(f"| **all** | {what} | " + " | ".join(f"{100 * c:.1f}" if what == "mean" else str(c) for c in cells) + " |")
    return "\n".join(lines + [""] + remarks) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--build", required=True, help="folder of music/, silero/ and webrtc_vad")
    parser.add_argument("--out", required=True)
    parser.add_argument("--table", help="where the table goes too")
    a = parser.parse_args()
    pieces = os.path.join(a.build, "music")
    absent = [p for p in (*music.KEPT, music.INSTRUMENTS["kept"][0]) if not os.path.isdir(os.path.join(pieces, p))]
    if music.instruments(pieces, "kept") is None:
        absent.append("fluidsynth with its instruments")
    a.webrtc = os.path.join(a.build, "webrtc_vad")
    if not os.access(a.webrtc, os.X_OK):
        absent.append("WebRTC VAD (libwebrtc-audio-processing-dev)")
        a.webrtc = None
    a.silero = silero.Silero(os.path.join(a.build, "silero"))
    if not a.silero.there():
        absent.append("Silero VAD (its environment)")
        a.silero = None
    detectors = ["ours"] + ["WebRTC"] * bool(a.webrtc) + ["Silero"] * bool(a.silero)

    rows, group = [], []
    for piece in heard(pieces):
        group.append(piece)
        if len(group) == GROUP:
            rows += share(a, group)
            group = []
            print(f"{len(rows) // len(LINES)} sounds", file=sys.stderr, flush=True)
    rows += share(a, group) if group else []
    remarks = [f"Absent when this was measured: {', '.join(absent)}."] if absent else []
    table = written(rows, detectors, remarks)
    print(table)
    clips.save(a.out, {"figures": [{"kind": k, "piece": n, "line": line, **f} for k, n, line, f in rows], "not_installed": absent})
    if a.table:
        with open(a.table, "w", encoding="utf-8") as f:
            f.write(table)


if __name__ == "__main__":
    main()
