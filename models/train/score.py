# SPDX-License-Identifier: Apache-2.0
"""Clip decisions and their measures."""
import numpy as np

from models.train.rows import TARGETS


def clip_posteriors(steps, rows):
    """Per-step posteriors -> their mean over the clip's speech (over all of it when none was found)."""
    return np.array([p[s if s.any() else slice(None)].mean(axis=0) for p, (_, s) in zip(steps, rows)])


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def recalls(p, y):
    guess = p.argmax(axis=1)
    return [float((guess[y == k] == k).mean()) if (y == k).any() else float("nan") for k in range(len(TARGETS))]


def uar(p, y):
    return float(np.nanmean(recalls(p, y)))


def auc(p, y, k):
    """Probability that a clip of target k scores above one that is not, ties half."""
    score, hit = p[:, k], y == k
    if not hit.any() or hit.all():
        return float("nan")
    s = np.sort(score)
    rank = (np.searchsorted(s, score, "left") + np.searchsorted(s, score, "right") + 1) / 2
    n = hit.sum()
    return float((rank[hit].sum() - n * (n + 1) / 2) / (n * (len(y) - n)))


def ece(p, y, bins=10, alike=False):
    """Expected calibration error of the decision's posterior, equal-width bins; alike: every target weighs the same."""
    w = 1 / np.bincount(y, minlength=len(TARGETS)).clip(1)[y] if alike else np.ones(len(y))
    off = w / w.sum() * (p.max(axis=1) - (p.argmax(axis=1) == y))
    at = np.minimum((p.max(axis=1) * bins).astype(int), bins - 1)
    return float(sum(abs(off[at == b].sum()) for b in range(bins)))


def ece_least(p, rounds=100):
    """The ece() to expect of so many clips were every posterior right: what a small n alone makes of it."""
    rng = np.random.default_rng(1)
    edges = np.cumsum(p, axis=1)[:, :-1] / p.sum(axis=1, keepdims=True)
    return float(np.mean([ece(p, (rng.random((len(p), 1)) > edges).sum(axis=1)) for _ in range(rounds)]))


def precision_at(p, y, k, alarms=0.05):
    """Precision of target k at the threshold that raises it on that share of the other clips."""
    other = np.sort(p[y != k, k])
    limit = other[int(np.ceil(len(other) * (1 - alarms))) - 1]
    hit, false = (p[y == k, k] > limit).sum(), (p[y != k, k] > limit).sum()
    return float(hit / (hit + false)) if hit + false else float("nan")


def interval(measure, p, y, speaker, rounds=400):
    """95 % bootstrap interval over speakers."""
    rng = np.random.default_rng(1)
    names = sorted(set(speaker))
    at = {s: np.flatnonzero(np.array(speaker) == s) for s in names}
    values = []
    for _ in range(rounds):
        pick = np.concatenate([at[names[i]] for i in rng.integers(len(names), size=len(names))])
        values.append(measure(p[pick], y[pick]))
    return tuple(float(v) for v in np.nanpercentile(values, [2.5, 97.5]))


def summary(p, y, speaker):
    return {"n": len(y), "speakers": len(set(speaker)), "uar": uar(p, y), "interval": interval(uar, p, y, speaker),
            "recall": recalls(p, y), "auc": [auc(p, y, k) for k in range(len(TARGETS))],
            "precision": [precision_at(p, y, k) for k in range(2)], "ece": ece(p, y),
            "ece_alike": ece(p, y, alike=True)}
