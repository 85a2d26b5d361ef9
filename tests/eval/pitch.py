#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pitch against a laryngograph, beside reference tools: pitch.py --tool UNDERTONE --corpora FOLDER --out FILE.json

Reference value i stands at i x 15 ms, 0 = unvoiced. A tool's value there is its row nearest in time (the even row of two
equally near), read at offset 0 or at the one constant offset (-30 to 30 ms) with the least frame error over all sentences
of the condition.
  frame error    share of all frames with a wrong voicing decision or voiced in both and off by more than 20 %
  gross error    share of the frames voiced in both that are off by more than 20 %
  voicing error  share of all frames with a wrong voicing decision
  fine error     mean |relative error| of the frames voiced in both that are not gross
"""
import os
import shutil
import subprocess

import numpy as np

import clips

LOWEST, HIGHEST = 75, 600  # Hz, the reference tools' range
OFFSETS_MS = np.arange(-30, 31)
STEP_MS = 10

PRAAT = """form Pitch
    text folder
    integer files
endform
for i from 0 to files - 1
    name$ = right$ ("0000" + string$ (i), 4)
    sound = Read from file: folder$ + "/" + name$ + ".wav"
    pitch = To Pitch (ac): 0.01, %d, 15, "no", 0.03, 0.45, 0.01, 0.35, 0.14, %d
    n = Get number of frames
    t0 = Get time from frame number: 1
    writeFile: folder$ + "/" + name$ + ".praat", ""
    for k to n
        f = Get value in frame: k, "Hertz"
        if f = undefined
            f = 0
        endif
        appendFileLine: folder$ + "/" + name$ + ".praat", t0 + (k - 1) * 0.01, " ", f
    endfor
    removeObject: sound, pitch
endfor
""" % (LOWEST, HIGHEST)


def conditions(rng):
    white = lambda x: clips.with_noise(x, rng.standard_normal(len(x)), 10)
    return {
        "clean": lambda x: x,
        "gain -20 dB": lambda x: clips.louder(x, -20),
        "gain +20 dB, to full scale": lambda x: clips.louder(x, 20),
        "gain +20 dB, clipped": lambda x: clips.clipped(x, 20),
        "telephone": clips.telephone,
        "white noise 10 dB": white,
    }


def find(name, *places):
    return shutil.which(name) or next((p for p in places if os.access(p, os.X_OK)), None)


# Each takes the folder of WAV files and returns one (times in ms, F0 in Hz) per file.
def undertone(tool):
    def measure(folder):
        rows = folder.rows(tool, ("t_ms", "f0_hz"))
        return [(r[:, 0], r[:, 1]) for r in rows.values()]
    return measure


def praat(program):
    def measure(folder):
        script = os.path.join(folder.path, "pitch.praat")
        with open(script, "w", encoding="ascii") as f:
            f.write(PRAAT)
        subprocess.run([program, "--run", script, folder.path, str(len(folder.files))], check=True)
        tables = [np.loadtxt(path[:-4] + ".praat", ndmin=2) for path in folder.files]
        return [(1000 * t[:, 0], t[:, 1]) for t in tables]
    return measure


def sptk(program, algorithm):
    def measure(folder):
        out = []
        for path in folder.files:
            x = np.round(clips.read(path) * 32768).astype(np.float32)
            done = subprocess.run([program, "-a", str(algorithm), "-s", "16", "-p", "160", "-L", str(LOWEST), "-H",
                                   str(HIGHEST), "-o", "1"], input=x.tobytes(), stdout=subprocess.PIPE, check=True)
            f0 = np.frombuffer(done.stdout, np.float32)
            out.append((STEP_MS * np.arange(len(f0)), f0))
        return out
    return measure


def aubio(program):
    def measure(folder):
        out = []
        for path in folder.files:
            done = subprocess.run([program, "-i", path, "-r", "16000", "-B", "1024", "-H", "160", "-p", "yinfft", "-s", "-50"],
                                  stdout=subprocess.PIPE, check=True, text=True)
            t = np.array([[float(v) for v in line.split()[:2]] for line in done.stdout.splitlines()])
            out.append((1000 * t[:, 0], np.where((t[:, 1] >= LOWEST) & (t[:, 1] <= HIGHEST), t[:, 1], 0)))
        return out
    return measure


def tools(own):
    """[(name, measure or None when it is not installed)]"""
    p = find("praat")
    s = find("sptk-pitch", "/usr/libexec/sptk/bin/pitch", "/usr/lib/sptk/bin/pitch")
    a = find("aubiopitch")
    return [("undertone", undertone(own)), ("Praat ac", p and praat(p)), ("SPTK RAPT", s and sptk(s, 0)),
            ("SPTK SWIPE'", s and sptk(s, 1)), ("aubio yinfft", a and aubio(a))]


def value_at(track, times):
    t, f0 = track
    i = np.rint((times - t[0]) / STEP_MS).astype(int)
    return np.where((i >= 0) & (i < len(t)), f0[np.clip(i, 0, len(t) - 1)], 0)


def counts(track, reference, offset):
    """Frames, voicing errors, voiced in both, gross errors, sum of the others' relative errors."""
    f0 = value_at(track, 15 * np.arange(len(reference)) + offset)
    both = (f0 > 0) & (reference > 0)
    error = np.abs(f0[both] / reference[both] - 1)
    return np.array([len(reference), np.sum((f0 > 0) != (reference > 0)), both.sum(), np.sum(error > 0.2),
                     error[error <= 0.2].sum()])


def figures(tracks, references, offset):
    n, voicing, both, gross, fine = sum(counts(t, r, offset) for t, r in zip(tracks, references))
    return {"offset_ms": int(offset), "frame_error": (voicing + gross) / n, "gross_error": gross / max(both, 1),
            "voicing_error": voicing / n, "fine_error": fine / max(both - gross, 1), "n_frames": int(n),
            "n_voiced_in_both": int(both), "n_sentences": len(references)}


def best(tracks, references):
    tried = [figures(tracks, references, offset) for offset in OFFSETS_MS]
    return min(tried, key=lambda f: (f["frame_error"], abs(f["offset_ms"])))


def line(condition, who, f):
    print(f"{condition:27} {who:26} {f['offset_ms']:5d} {clips.percent(f['frame_error']):>7} {clips.percent(f['gross_error']):>7} "
          f"{clips.percent(f['voicing_error']):>7} {clips.percent(f['fine_error']):>6} {f['n_frames']:7d}")


def main():
    a = clips.arguments(__doc__)
    names = clips.fda(a.corpora)
    references = [np.loadtxt(os.path.join(a.corpora, n + ".f0ref")) for n in names]
    sounds = {n: clips.read(os.path.join(a.corpora, n + ".flac")) for n in names}
    present = [(name, measure) for name, measure in tools(a.tool) if measure]
    table = []

    print(f"Pitch, {len(names)} sentences of fda; errors in %\n")
    print(f"{'condition':27} {'tool':26} {'at ms':>5} {'frame':>7} {'gross':>7} {'voicing':>7} {'fine':>6} {'frames':>7}")

    def put(condition, who, tool, f):
        line(condition, who, f)
        table.append({"condition": condition, "tool": tool, "part": who, **f})

    for condition, change in conditions(np.random.default_rng(1)).items():
        with clips.Folder() as folder:
            folder.fill({n: change(x) for n, x in sounds.items()})
            for tool, measure in present:
                tracks = measure(folder)
                if tool == "undertone":
                    put(condition, tool, tool, figures(tracks, references, 0))
                    for speaker in sorted({os.path.basename(n)[:2] for n in names}):
                        pick = [i for i, n in enumerate(names) if os.path.basename(n).startswith(speaker)]
                        put(condition, f"  speaker {speaker}", tool,
                            figures([tracks[i] for i in pick], [references[i] for i in pick], 0))
                    if condition == "clean":
                        for part, first in (("  sentences tuned on", 0), ("  sentences not tuned on", 1)):
                            put(condition, part, tool, figures(tracks[first::2], references[first::2], 0))
                    put(condition, "  best constant offset", tool, best(tracks, references))
                else:
                    put(condition, tool, tool, best(tracks, references))
    for name, measure in tools(a.tool):
        if not measure:
            print(f"{name}: not installed")
    clips.save(a.out, {"figures": table, "not_installed": [n for n, m in tools(a.tool) if not m]})


if __name__ == "__main__":
    main()
