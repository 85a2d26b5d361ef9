#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the doubt takes from callers: doubt.py --tool UNDERTONE --corpora FOLDER... --out FILE.json [--table FILE.md]

Each speaker's clips of one target (frustration, delight, other) make calls of a minute, with pauses of 0.3 to 1.2 s, over
noise 60 dB below them, straight and by telephone (mu-law). Of the frames that would be speech without the doubt (speech_score - doubt > 0, not tonal) the
share that is none with it, and how many calls lose more than 5 % so. With --build, what Silero VAD there calls speech of what
is taken and of what is left, straight.
"""
import argparse
import csv
import os

import numpy as np

import clips
import silero

CALL_S, LEVEL_DBFS, LIMIT = 60, -26, 0.05
CALLS = 8  # of one corpus, target and line at most per speaker


def calls(folder, rng):
    """{(corpus, target, speaker, k): samples}"""
    with open(os.path.join(folder, "index.tsv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    of = {}
    for r in rows:
        of.setdefault((r["corpus"], r["target"], r["speaker"]), []).append(os.path.join(folder, r["path"]))
    made = {}
    for key, paths in sorted(of.items()):
        parts, length, k = [], 0, 0
        for path in [paths[i] for i in rng.permutation(len(paths))]:
            x = clips.read(path)
            x = x * 10 ** (LEVEL_DBFS / 20) / np.sqrt(clips.active_power(x))
            parts += [x, np.zeros(int(clips.RATE * rng.uniform(0.3, 1.2)))]
            length += len(parts[-1]) + len(x)
            if length >= CALL_S * clips.RATE:
                made[(*key, k)], parts, length, k = np.concatenate(parts), [], 0, k + 1
                if k == CALLS:
                    break
        if k == 0 and length >= CALL_S * clips.RATE / 4:
            made[(*key, 0)] = np.concatenate(parts)
    return {key: x + rng.standard_normal(len(x)) * 10 ** ((LEVEL_DBFS - 60) / 20) for key, x in made.items()}


def taken(tool, made, peer):
    """{key: frames without the doubt, of them without speech with it, speech to the peer of those taken and of those left}"""
    theirs = dict(zip(made, peer.frames(list(made.values())))) if peer else {}
    with clips.Folder() as folder:
        folder.fill(made)
        found = {}
        for key, (score, doubt, tonal) in ((k, r.T) for k, r in folder.rows(tool, ("speech_score", "doubt", "tonal")).items()):
            alone = (score - doubt > 0) & (tonal == 0)
            less = alone & (score <= 0)
            both = [0, 0]
            if peer:
                n = min(len(alone), len(theirs[key]))
                both = [int((which[:n] & (theirs[key][:n] > 0.5)).sum()) for which in (less, alone & ~less)]
            found[key] = int(alone.sum()), int(less.sum()), *both
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--corpora", required=True, nargs="+")
    parser.add_argument("--build", help="folder of silero/, its environment")
    parser.add_argument("--out", required=True)
    parser.add_argument("--table", help="where the table goes too")
    a = parser.parse_args()
    rng, figures = np.random.default_rng(31), []
    reference = silero.Silero(os.path.join(a.build or "", "silero"))
    reference = reference if reference.there() else None
    lines = ["# What the doubt takes from callers", "",
             "`make eval-doubt`: of the frames that are speech without the doubt, % that it takes away; calls of about a minute.", "",
             "| recordings | target | line | calls | speech (s) | taken | calls that lose more than 5 % | Silero: of what is taken | of what is left |",
             "|---|---|---|---|---|---|---|---|---|"]
    folders = [f for g in a.corpora for f in (g, *(os.path.join(g, n) for n in (sorted(os.listdir(g)) if os.path.isdir(g) else ())))
               if os.path.exists(os.path.join(f, "index.tsv"))]
    if not folders:
        print(f"{' '.join(a.corpora)}: no recordings here (index.tsv is absent), so nothing was measured; CORPORA= names another folder")
        return
    for folder in folders:
        made = calls(folder, rng)
        for line, through in (("straight", lambda x: x), ("mu-law", clips.telephone)):
            found = {}
            for at in range(0, len(made), 64):
                some = list(made)[at : at + 64]
                found.update(taken(a.tool, {key: through(made[key]) for key in some}, reference if line == "straight" else None))
            for group in sorted({key[:2] for key in found}):
                of = np.array([v for key, v in found.items() if key[:2] == group])
                speech, less, theirs, left = (int(v) for v in of.sum(axis=0))
                share = lambda n, of: f"{100 * n / of:.0f}" if reference and line == "straight" and of else "-"
                many = int((of[:, 1] > LIMIT * of[:, 0]).sum())
                lines.append(f"| {group[0]} | {group[1]} | {line} | {len(of)} | {speech / 100:.0f} | {100 * less / max(speech, 1):.2f} | {many} "
                             f"| {share(theirs, less)} | {share(left, speech - less)} |")
                figures.append({"recordings": group[0], "target": group[1], "line": line, "calls": len(of), "speech_s": speech / 100,
                                "taken": less / max(speech, 1), "calls_over_limit": many, "silero_of_taken": theirs, "silero_of_left": left})
    table = "\n".join(lines) + "\n"
    print(table)
    clips.save(a.out, {"figures": figures})
    if a.table:
        with open(a.table, "w", encoding="utf-8") as f:
            f.write(table)


if __name__ == "__main__":
    main()
