# SPDX-License-Identifier: Apache-2.0
"""What a model has to beat: chance, the majority, the level alone, a logistic regression on the clip's mean row."""
import numpy as np
import torch

from models.train import audio
from models.train.net import weights_of
from models.train.rows import TARGETS

NAMES = ("chance", "majority", "level only", "logistic, mean row")
RIDGE = 1e-3
SEED = 7


def mean_rows(data):
    """[(x, speech)] -> clips x inputs: the mean over the steps that are speech (over all where none is)."""
    return np.array([x[s if s.any() else slice(None)].mean(axis=0) for x, s in data])


def levels(clips):
    """clips x 2: the level of the loud half in dBFS, and its square about -25, so that the middle can be a class of its
    own."""
    level = np.array([20 * np.log10(audio.loud_rms(audio.read(c.file))) for c in clips])
    return np.stack([level, (level + 25) ** 2], axis=1)


def logistic(x, y, weight, to):
    """Multinomial logistic regression with inputs scaled to the training part; posteriors of the rows of `to`."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    a = torch.from_numpy((x - mean) / spread)
    target, w = torch.from_numpy(y), torch.from_numpy(weight.astype(np.float64))
    coefficient = torch.zeros(x.shape[1] + 1, len(TARGETS), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([coefficient], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        z = a @ coefficient[1:] + coefficient[0]
        loss = (torch.nn.functional.cross_entropy(z, target, reduction="none") * w).sum() / w.sum()
        loss = loss + RIDGE * (coefficient[1:] ** 2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        z = torch.from_numpy((to - mean) / spread) @ coefficient[1:] + coefficient[0]
        return torch.softmax(z, 1).numpy()


class Baselines:
    """Posteriors of every baseline for the clips of a split, from nothing but its training part."""

    def __init__(self, clips, data, level):
        self.clips = clips
        self.y = np.array([c.target for c in clips])
        self.level = level
        self.mean = mean_rows(data)

    def posteriors(self, use, test):
        rng = np.random.default_rng([SEED, len(use), int(test[0])])
        weight = weights_of([self.clips[i] for i in use])
        count = np.bincount(self.y[use], minlength=len(TARGETS)) + 1e-6
        return {"chance": rng.dirichlet(np.ones(len(TARGETS)), len(test)),
                "majority": np.tile(count / count.sum(), (len(test), 1)),
                "level only": logistic(self.level[use], self.y[use], weight, self.level[test]),
                "logistic, mean row": logistic(self.mean[use], self.y[use], weight, self.mean[test])}
