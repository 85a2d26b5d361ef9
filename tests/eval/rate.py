#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What 8 kHz files lose: rate.py --tool UNDERTONE --corpora FOLDER --out FILE.json

The same recordings as 16 kHz and as 8 kHz files (resampled in floating point, 16 bits): pitch against the laryngograph on
fda, syllables against those known, speech against the labels of tests/eval/speech.py, and what differs row by row.
Recordings: fda, Emo-DB where its syllables are known, every fourth clip of RAVDESS.
"""
import os

import numpy as np

import clips
import pace
import pitch
import speech

COLUMNS = ["speech", "level_dbfs", "syllable"] + [f"x{i:02d}" for i in range(23)]
BANDS, HIGH = slice(3, 23), 25  # x[UT_X_MEL], x[UT_X_HIGH] among COLUMNS
STRONG_DB = 5                   # this much lower at 8 kHz: most of the row's power lies above 4 kHz
BATCH = 300


def measure(tool, corpora, items, rate):
    """One table of COLUMNS per item."""
    out = []
    for i in range(0, len(items), BATCH):
        with clips.Folder() as folder:
            folder.fill({path: clips.resample(clips.read(os.path.join(corpora, path)), clips.RATE, rate)
                         for path, *_ in items[i : i + BATCH]}, rate)
            out += folder.rows(tool, COLUMNS).values()
    return out


def pitch_at(tool, corpora, rate):
    names = clips.fda(corpora)
    references = [np.loadtxt(os.path.join(corpora, n + ".f0ref")) for n in names]
    with clips.Folder() as folder:
        folder.fill({n: clips.resample(clips.read(os.path.join(corpora, n + ".flac")), clips.RATE, rate) for n in names},
                    rate)
        return pitch.figures(pitch.undertone(tool)(folder), references, 0)


def main():
    a = clips.arguments(__doc__)
    items, every = [], 0
    for item in pace.known(a.corpora):
        every += item[1] == "ravdess"
        if item[1] != "ravdess" or every % 4 == 1:
            items.append(item)
    corpus = np.array([item[1] for item in items])
    labels = [speech.labels(clips.read(os.path.join(a.corpora, path))) for path, *_ in items]
    tables = {rate: measure(a.tool, a.corpora, items, rate) for rate in (clips.RATE, clips.RATE // 2)}
    found = {}
    for rate, rows in tables.items():
        f = found[str(rate)] = {"pitch": pitch_at(a.tool, a.corpora, rate)}
        print(f"{rate} Hz: pitch frame / gross / fine error " +
              " / ".join(f"{clips.percent(f['pitch'][k])}" for k in ("frame_error", "gross_error", "fine_error")) + " %")
        for name in pace.CORPORA:
            here = np.flatnonzero(corpus == name)
            if len(here) == 0:
                continue
            f[name] = pace.figures([rows[i][:, 2].sum() for i in here], [items[i][2] for i in here])
            n = [min(len(rows[i]), len(labels[i])) for i in here]
            said = np.concatenate([rows[i][:k, 0] > 0 for i, k in zip(here, n)])
            truth = np.concatenate([labels[i][:k] for i, k in zip(here, n)])
            f[name].update(hit=float(said[truth].mean()), false=float(said[~truth].mean()))
            print(f"{rate} Hz: {name}: pace error {clips.percent(f[name]['error'])} %, speech hit "
                  f"{clips.percent(f[name]['hit'])}, false {clips.percent(f[name]['false'])} %, {len(here)} clips")
    wide, narrow = (np.concatenate([t[: min(len(t), len(u))] for t, u in zip(*pair)])
                    for pair in (list(tables.values()), list(tables.values())[::-1]))
    both = (wide[:, 0] > 0) & (narrow[:, 0] > 0)
    lower = (wide - narrow)[both, 1]
    found["rows"] = {"n": len(wide), "same_speech": float(np.mean(wide[:, 0] == narrow[:, 0])),
                     "level_lower_db": float(lower.mean()), "strong_share": float(np.mean(lower > STRONG_DB)),
                     "strong_lower_db": float(lower[lower > STRONG_DB].mean()) if np.any(lower > STRONG_DB) else None,
                     "mel_db": float(np.abs(wide - narrow)[both, BANDS].mean() / 256),
                     "outermost_db": float(np.abs(wide - narrow)[both][:, [3, 22]].mean() / 256),
                     "high_db": [float(t[both, HIGH].mean() / 256) for t in (wide, narrow)]}
    r = found["rows"]
    print(f"same speech decision in {clips.percent(r['same_speech'])} % of {r['n']} rows; in speech the level is "
          f"{r['level_lower_db']:.2f} dB lower, {clips.percent(r['strong_share'])} % of the rows more than {STRONG_DB} dB; "
          f"x[UT_X_MEL] differs by {r['mel_db']:.2f} dB (outermost {r['outermost_db']:.2f}); x[UT_X_HIGH] "
          f"{r['high_db'][0]:.1f} and {r['high_db'][1]:.1f} dB")
    clips.save(a.out, found)


if __name__ == "__main__":
    main()
