# SPDX-License-Identifier: Apache-2.0
"""Real music, from Debian's packages of games: music.py FOLDER downloads them and unpacks them there, installing nothing.

TAUGHT is what weights may be trained on, CHOSEN what choices may be made by, KEPT what only tests/eval/notvoice.py hears
once both are done. No package, and so no composer, is in two of them. A piece is the half minute that begins a fifth into it, or 20 s into a MIDI file.
"""
import glob
import os
import shutil
import subprocess
import sys

import numpy as np

import clips

SECONDS = 30
MIDI_BEGIN_S = 20  # a MIDI file does not say how long it is
# package: (pattern of its pieces, how many of them, evenly over the sorted names)
TAUGHT = {"openttd-openmsx": ("*.mid", 31), "warzone2100-music": ("*.opus", 30), "hyperrogue-music": ("music/*.ogg", 17),
          "extremetuxracer-data": ("music/*.ogg", 8), "drascula-music": ("*.ogg", 20)}
CHOSEN = {"xmoto-data": ("Musics/*.ogg", 7), "lincity-ng-data": ("music/*/*.ogg", 3), "frozen-bubble-data": ("snd/*zik*.ogg", 3),
          "fretsonfire-songs-sectoid": ("sectoid/*/song.ogg", 4)}
KEPT = {"planetblupi-music-midi": ("*.mid", 8), "colobot-common-sounds": ("music/*.ogg", 7), "singularity-music": ("music/*.ogg", 5),
        "amoebax-data": ("music/*Background.ogg", 4), "asc-music": ("*.mp3", 3)}
# A synthesiser needs instruments: those of the taught pieces are not those of the kept ones.
INSTRUMENTS = {"taught": ("timgm6mb-soundfont", "TimGM6mb.sf2"), "kept": ("fluid-soundfont-gm", "FluidR3_GM.sf2")}
PACKAGES = [*TAUGHT, *CHOSEN, *KEPT, *(package for package, _ in INSTRUMENTS.values())]


def fetch(folder):
    """Names the packages that could not be had."""
    missing = []
    for package in PACKAGES:
        there = os.path.join(folder, package)
        if os.path.isdir(there):
            continue
        part = there + ".part"
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        got = subprocess.run(["apt-get", "-q", "download", package], cwd=part, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
        archives = glob.glob(os.path.join(part, "*.deb"))
        if got and archives and subprocess.run(["dpkg-deb", "-x", archives[0], part], check=False).returncode == 0:
            os.remove(archives[0])
            os.rename(part, there)
        else:
            shutil.rmtree(part)
            missing.append(package)
    return missing


def instruments(folder, which):
    package, name = INSTRUMENTS[which]
    found = glob.glob(os.path.join(folder, package, "**", name), recursive=True)
    return found[0] if found and shutil.which("fluidsynth") else None


def synthesised(folder, midi, which, seconds):
    """The first seconds of a MIDI file as sound, or None without the synthesiser or its instruments."""
    font = instruments(folder, which)
    if font is None:
        return None
    command = ["fluidsynth", "-ni", "-q", "-r", str(clips.RATE), "-g", "0.5", "-T", "raw", "-O", "s16", "-F", "-", font, midi]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as synthesiser:
        data = synthesiser.stdout.read(int(seconds * clips.RATE) * 4)
        synthesiser.kill()
    return np.frombuffer(data, "<i2").reshape(-1, 2).mean(axis=1) / 32768


def decoded(path):
    """A file of sound, or None where it holds none."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-f", "s16le", "-ac", "1", "-ar", str(clips.RATE), "-"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return np.frombuffer(done.stdout, "<i2") / 32768 if done.returncode == 0 else None


def pieces(folder, packages, which):
    """(package, name, samples) of every piece that can be heard here: half a minute each, or what the piece has."""
    for package, (pattern, most) in packages.items():
        files = sorted(glob.glob(os.path.join(folder, package, "**", pattern), recursive=True))
        for k in sorted({int(i * len(files) / most) for i in range(most)} if files else ()):
            midi = files[k].endswith(".mid")
            x = synthesised(folder, files[k], which, MIDI_BEGIN_S + SECONDS) if midi else decoded(files[k])
            if x is None:
                continue
            begin = MIDI_BEGIN_S * clips.RATE if midi else len(x) // 5
            x = x[begin : begin + SECONDS * clips.RATE]
            if len(x) >= 20 * clips.RATE and np.mean(x**2) > 1e-7:
                name = os.path.splitext(os.path.basename(files[k]))[0]
                yield package, os.path.basename(os.path.dirname(files[k])) if name == "song" else name, x


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: music.py FOLDER")
    missing = fetch(sys.argv[1])
    if missing:
        print(f"music: apt-get cannot download {' '.join(missing)}; their pieces will be missing", file=sys.stderr)


if __name__ == "__main__":
    main()
