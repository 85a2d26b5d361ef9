#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The means by which `make eval-model` judges, on made-up clips whose answers are known. Needs numpy and torch."""
import os
import subprocess
import sys
import tempfile

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)
from models.train import judge, score  # noqa: E402
from models.train.baselines import NAMES, Baselines  # noqa: E402
from models.train.parts import CHOOSE, KEPT, TEACH, part_of  # noqa: E402


class Clip:
    def __init__(self, number):
        self.corpus = "one" if number % 2 else "two"
        self.speaker = f"{self.corpus}:{number // 2 % 6}"
        self.gender = "fm"[number // 2 % 2]
        self.target = int(np.random.default_rng(number).integers(3))
        self.file = ""


def clips_and_rows(count=360):
    """The second input tells the target, the others nothing."""
    clips = [Clip(i) for i in range(count)]
    data = []
    for i, c in enumerate(clips):
        rng = np.random.default_rng([i, 5])
        x = rng.normal(0, 300, (20, 4))
        x[:, 1] += (c.target - 1) * 1000
        data.append((x, np.arange(20) > 4))
    return clips, data


def test_area_under_the_curve():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 150)
    p = np.round(rng.random((150, 3)), 1)  # many ties
    for k in range(3):
        a, b = p[y == k, k], p[y != k, k]
        pairs = np.mean((a[:, None] > b).astype(float) + 0.5 * (a[:, None] == b))
        assert abs(score.auc(p, y, k) - pairs) < 1e-12
    assert np.isnan(score.auc(p[y == 1], y[y == 1], 1))


def test_no_speaker_is_in_two_parts():
    """Every corpus, known here or not, has teachers and speakers kept; a speaker's part never changes."""
    class Named:
        def __init__(self, corpus, name):
            self.corpus, self.speaker = corpus, f"{corpus}:{name}"

    parts = {}
    for corpus, names in (("ravdess", [f"R{i:02d}" for i in range(1, 25)]), ("made", [f"S{i}" for i in range(100)])):
        of = {n: part_of(Named(corpus, n)) for n in names}
        parts[corpus] = [list(of.values()).count(p) for p in (TEACH, CHOOSE, KEPT)]
        assert of == {n: part_of(Named(corpus, n)) for n in reversed(names)}
    assert parts["ravdess"] == [16, 4, 4], parts
    assert sum(parts["made"]) == 100 and min(parts["made"]) >= 10 and parts["made"][0] >= 50, parts
    assert part_of(Named("nemo", "R17")) == TEACH  # names are those of one corpus


def test_baselines_are_worth_what_they_know():
    clips, data = clips_and_rows()
    y = np.array([c.target for c in clips])
    rng = np.random.default_rng(8)
    level = np.stack([rng.normal(-25, 5, len(clips)), rng.normal(0, 1, len(clips))], 1)
    base = Baselines(clips, data, level)
    speaker = np.array([c.speaker for c in clips])
    answers = {n: np.full((len(clips), 3), np.nan) for n in NAMES}
    for name in sorted(set(speaker)):
        test = np.flatnonzero(speaker == name)
        for n, p in base.posteriors(np.flatnonzero(speaker != name), test).items():
            assert p.shape == (len(test), 3) and np.allclose(p.sum(axis=1), 1)
            answers[n][test] = p
    rows = {r["system"]: r for r in judge.table(clips, answers) if r["clips"] == "all"}
    assert rows["logistic, mean row"]["uar"] > 0.95 and min(rows["logistic, mean row"]["auc"]) > 0.97
    assert abs(rows["chance"]["uar"] - 1 / 3) < 0.08 and abs(rows["level only"]["uar"] - 1 / 3) < 0.1
    assert abs(rows["majority"]["uar"] - 1 / 3) < 0.05
    for r in rows.values():
        assert r["n"] == len(clips) and r["speakers"] == 12
        assert r["uar_interval"][0] <= r["uar"] <= r["uar_interval"][1], r
    assert sum((answers["logistic, mean row"].argmax(axis=1) == y)) > 0.95 * len(y)


def test_cuts_by_corpus_and_gender():
    clips, _ = clips_and_rows(120)
    cuts = judge.cuts_of(clips)
    assert list(cuts) == ["all", "one", "one, f", "one, m", "two", "two, f", "two, m"]
    assert len(cuts["one, f"]) + len(cuts["one, m"]) == len(cuts["one"]) == 60
    assert list(judge.cuts_of([c for c in clips if c.corpus == "one" and c.gender == "f"])) == ["all"]  # once, not thrice


def test_absent_corpora_are_said():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-B", judge.__file__, "--build", "/nonexistent", "--corpora", folder],
                              stdout=subprocess.PIPE, check=True, text=True)
        assert done.stdout.count("\n") == 1 and folder in done.stdout and "index.tsv is absent" in done.stdout


def main():
    passed = failed = 0
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            try:
                test()
                passed += 1
            except AssertionError as e:
                failed += 1
                print(f"FAILED: {name}: {e}")
                sys.excepthook(*sys.exc_info())
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
