# SPDX-License-Identifier: Apache-2.0
"""What is fitted after the network: calibration, activation ranges, explanation."""
import numpy as np
import torch

from models.train import score
from models.train.lessons import INPUTS
from models.train.net import outputs, taps, weights_of


def calibrate(steps, clips):
    """(temperature, offsets of the three logits) that minimise the log loss of the clip's mean posterior with targets
    and corpora balanced as in training. steps: per clip, log posteriors of its speech by a model that has not met its
    speaker."""
    most = max(map(len, steps))
    z, mask = torch.zeros(len(steps), most, 3, dtype=torch.float64), torch.zeros(len(steps), most, dtype=torch.float64)
    for i, v in enumerate(steps):
        z[i, :len(v)] = torch.from_numpy(v)
        mask[i, :len(v)] = 1
    y = torch.tensor([c.target for c in clips])
    w = torch.from_numpy(weights_of(clips)).double()
    log_t = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_t, b], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        p = (torch.softmax(z * torch.exp(-log_t) + b, 2) * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        loss = -(torch.log(p.gather(1, y[:, None])[:, 0] + 1e-9) * w).sum() / w.sum() + 0.01 * (b ** 2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    offset = b.detach().numpy()
    return float(torch.exp(log_t)), offset - offset.mean()


def peaks(net, views):
    """Largest outputs of the two convolutions."""
    top = [0.0, 0.0]
    with torch.no_grad():
        for v in views:
            one = torch.relu(net.conv1(taps(torch.from_numpy(v)[None])))
            two = torch.relu(net.conv2(taps(one)))
            top = [max(top[0], float(one.max())), max(top[1], float(two.max()))]
    return top


def usual(views, members, norm):
    """Views of a call with the features of one group put back to the caller's baseline: the relative view becomes 0, the
    absolute one the baseline."""
    out = views.copy()
    own = members[members < INPUTS]
    out[:, own] -= views[:, own + INPUTS] * norm.spread[own + INPUTS] / norm.spread[own]
    out[:, own + INPUTS] = 0
    return out


def effect(plain, bare):
    """How far the log-odds of frustration against delight fall between mean posteriors of stretches, but no further than the
    log-odds of the score that the group would be named for, against everything else: of frustration where they fall, of
    delight where they rise. So what is named lowers its own score, or is not named."""
    toward = np.log(plain[..., 0] + 1e-4) - np.log(plain[..., 1] + 1e-4) - np.log(bare[..., 0] + 1e-4) + np.log(bare[..., 1] + 1e-4)
    fall = [(odds(plain[..., k]) - odds(bare[..., k])).clip(0) for k in range(2)]
    return np.where(toward > 0, np.minimum(toward, fall[0]), np.maximum(toward, -fall[1]))


def odds(p):
    return np.log(p + 1e-4) - np.log(1 - p + 1e-4)


class Explanation:
    """Per feature group, a linear estimate of effect() when the group is put back to the caller's baseline, from the running
    means of both views and of the recurrent state. models/infer.h. net: as it is exported, calibration and all."""

    RIDGE = 0.01
    LEAST = 0.5  # UT_INFER_LEAST_EFFECT_Q6
    SPAN = 64    # speech steps that the running means reach back: models/infer.c MEAN_STEPS

    def __init__(self, net, lessons, norm, group):
        group = np.array(group)
        members = [np.flatnonzero(group == g) for g in sorted(set(group))]
        x, plain, bare, self.speaker = [], [], [], []
        for l in lessons:
            views = norm.views(l.x, l.weight(None)).astype(np.float32)
            spoken = np.flatnonzero(l.speech)
            spans = [spoken[at - self.SPAN:at] for at in range(self.SPAN, len(spoken), self.SPAN)]
            if not spans:
                continue
            z, state = (v[0] for v in outputs(net, [views]))
            without = [score.softmax(outputs(net, [usual(views, m, norm)])[0][0]) for m in members]
            p = score.softmax(z)
            for own in spans:
                x.append(np.concatenate([views[own].mean(axis=0), state[own].mean(axis=0)]))
                plain.append(p[own].mean(axis=0))
                bare.append([q[own].mean(axis=0) for q in without])
                self.speaker.append(l.clips[0].speaker)
        self.x, self.plain, self.bare, self.speaker = np.array(x), np.array(plain), np.array(bare), np.array(self.speaker)
        self.effect = effect(self.plain[:, None], self.bare)
        self.w = self.solve(np.ones(len(x), dtype=bool))

    def solve(self, use):
        """groups x (views + hidden)"""
        a = self.x[use]
        return np.linalg.solve(a.T @ a + self.RIDGE * len(a) * np.eye(a.shape[1]), a.T @ self.effect[use]).T

    def fidelity(self, folds=5):
        """On speakers left out of the fit: correlation of estimated and true effect over all stretches and groups, and
        how often a strongest (and a second) group is strong enough to be named and then lowers the score it is named for."""
        names = sorted(set(self.speaker))
        estimate = np.zeros_like(self.effect)
        for k in range(folds):
            test = np.isin(self.speaker, names[k::folds])
            estimate[test] = self.x[test] @ self.solve(~test).T
        order = np.argsort(-np.abs(estimate), axis=1)
        i = np.arange(len(estimate))
        named, agree = [], []
        for k in range(2):
            e = estimate[i, order[:, k]]
            target = (e < 0).astype(int)
            true = self.bare[i, order[:, k], target] < self.plain[i, target]
            strong = np.abs(e) >= self.LEAST
            named.append(float(strong.mean()))
            agree.append(float(true[strong].mean()) if strong.any() else float("nan"))
        return {"correlation": float(np.corrcoef(estimate.ravel(), self.effect.ravel())[0, 1]), "first": agree[0],
                "second": agree[1], "named_first": named[0], "named_second": named[1], "stretches": len(self.x),
                "speakers": len(names)}
