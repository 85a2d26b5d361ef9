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
from models.train import explained, fit, judge, pack, rows, score, steps  # noqa: E402
from models.train.baselines import NAMES, Baselines  # noqa: E402
from models.train.export import Engine, Quantised  # noqa: E402
from models.train.net import outputs  # noqa: E402
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


def test_calibration_error_of_few_clips():
    """What is calibrated has the error that its number of clips alone makes, and more of them less."""
    rng = np.random.default_rng(4)
    few, many = (rng.dirichlet((2, 1, 1), n) for n in (100, 20000))
    assert 0.06 < score.ece_least(few) < 0.14 and score.ece_least(many) < 0.015
    y = (rng.random((len(many), 1)) > np.cumsum(many, axis=1)[:, :-1]).sum(axis=1)
    assert abs(score.ece(many, y) - score.ece_least(many)) < 0.01
    assert score.ece(many, (y + 1) % 3) > 0.2 > 10 * score.ece_least(many)


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


def test_the_table_of_baselines():
    clips, _ = clips_and_rows(60)
    p = np.eye(3)[[c.target for c in clips]]
    lines = judge.brief(list(judge.table(clips, {"right": p, "wrong": p[:, [1, 2, 0]]}))).splitlines()
    assert lines[0] == "| judged on | n | speakers | right | wrong |" and "| all | 60 | 12 | 1.000 | 0.000 |" in lines
    assert any(line.startswith("| one | 30 | 6 |") for line in lines)


def test_cuts_by_corpus_and_gender():
    clips, _ = clips_and_rows(120)
    cuts = judge.cuts_of(clips)
    assert list(cuts) == ["all", "one", "one, f", "one, m", "two", "two, f", "two, m"]
    assert len(cuts["one, f"]) + len(cuts["one, m"]) == len(cuts["one"]) == 60
    assert list(judge.cuts_of([c for c in clips if c.corpus == "one" and c.gender == "f"])) == ["all"]  # once, not thrice


def sources():
    for ident in sorted(os.listdir(os.path.join(ROOT, "models"))):
        path = os.path.join(ROOT, "models", ident, "model.c")
        if os.path.exists(path):
            with open(path, encoding="ascii") as f:
                yield f.read()


def test_a_model_is_read_back():
    """Its weights in floating point answer as the device does, and are written again as they were."""
    for source in sources():
        q = Quantised.read(source)
        explained_as = [int(x) for x in source.split("explain_w[")[1].split("{")[1].split("}")[0].split(",") if x.strip()]
        shape, most = q.explain_w.shape, int(source.split(".explain_q = ")[1].split(",")[0])
        q.explained(np.array(explained_as).reshape(shape) / 2 ** most)
        q.explain_q, q.explain_w = most, np.array(explained_as, np.int8).reshape(shape)
        assert q.source(pack.member(source, "id"), int(pack.member(source, "features_version")), pack.tables(source),
                        pack.header(source)) == source
        rng = np.random.default_rng(2)
        walk = np.cumsum(rng.standard_normal((200, steps.VIEWS)) * 0.3, axis=0).clip(-4, 4)
        views = np.round(q.norm.mean + walk * q.norm.spread).clip(-32768, 32767)
        with tempfile.TemporaryDirectory() as folder:
            p = Engine(source, folder).run(views, np.ones(len(views))) / 32768
        exact = score.softmax(outputs(q.net(), [q.norm.normalised(views).astype(np.float32)])[0][0])
        assert np.abs(p - exact).max() < 0.03, np.abs(p - exact).max()


def test_a_reason_lowers_its_own_score():
    plain = np.array([0.8, 0.1, 0.1])
    odds = lambda p: np.log(p + 1e-4) - np.log(1 - p + 1e-4)
    bare = np.array([[0.4, 0.1, 0.5],    # frustration rests on it
                     [0.5, 0.3, 0.2],    # delight stands against it besides: no further than frustration's own
                     [0.9, 0.1, 0.0],    # not for delight, which is none the less without it
                     [0.8, 0.02, 0.18],  # delight rests on it
                     [0.7, 0.01, 0.29]])
    wanted = [np.log(0.8001 / 0.4001), odds(0.8) - odds(0.5), 0, np.log(0.0201 / 0.1001), np.log(0.8001 / 0.7001 * 0.0101 / 0.1001)]
    assert np.allclose(fit.effect(plain, bare), wanted), fit.effect(plain, bare)
    assert np.allclose(fit.effect(plain[[1, 0, 2]], bare[:, [1, 0, 2]]), -np.array(wanted))


def test_what_is_put_back():
    views = np.arange(2 * steps.VIEWS).reshape(2, -1)
    got = explained.put_back(views, np.array([3, 3 + rows.INPUTS]))
    assert (got[:, 3 + rows.INPUTS] == 0).all() and (got[:, 3] == views[:, 3] - views[:, 3 + rows.INPUTS]).all()
    rest = [i for i in range(steps.VIEWS) if i not in (3, 3 + rows.INPUTS)]
    assert (got[:, rest] == views[:, rest]).all()
    assert explained.share([(0, 1, 1, 0.6, 0.5), (0, 1, 1, 0.5, 0.6)]) == "0.500 of 2" and explained.share([]) == "-"


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
