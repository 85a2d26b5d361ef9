# SPDX-License-Identifier: Apache-2.0
"""What is fitted after the network: calibration, activation ranges, explanation."""
import numpy as np
import torch

from models.train import score
from models.train.net import batch_of, logits, normalise, outputs, taps, weights_of


def pad(values, rows):
    n = max(len(v) for v in values)
    z = np.zeros((len(values), n, 3))
    mask = np.zeros((len(values), n))
    for i, (v, (_, s)) in enumerate(zip(values, rows)):
        z[i, :len(v)] = v
        mask[i, :len(v)] = s if s.any() else 1
    return torch.from_numpy(z), torch.from_numpy(mask)


def clip_mean(p, mask):
    return (p * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def calibrate(values, rows, clips):
    """(temperature, offsets of the three logits) that minimise the log loss of the clip's mean posterior with targets
    and corpora balanced as in training, on predictions for speakers the networks had not met."""
    z, mask = pad(values, rows)
    y = torch.tensor([c.target for c in clips])
    w = torch.from_numpy(weights_of(clips)).double()
    log_t = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_t, b], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        p = clip_mean(torch.softmax(z * torch.exp(-log_t) + b, 2), mask)
        loss = -(torch.log(p.gather(1, y[:, None])[:, 0] + 1e-9) * w).sum() / w.sum() + 0.01 * (b ** 2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    offset = b.detach().numpy()
    return float(torch.exp(log_t)), offset - offset.mean()


def apply(values, calibration):
    temperature, offset = calibration
    return [score.softmax(v / temperature + offset) for v in values]


def peaks(net, rows, norm):
    """Largest outputs of the two convolutions."""
    top = [0.0, 0.0]
    with torch.no_grad():
        for a in range(0, len(rows), 64):
            x = torch.from_numpy(batch_of(rows[a:a + 64], norm)[0])
            one = torch.relu(net.conv1(taps(x)))
            two = torch.relu(net.conv2(taps(one)))
            top = [max(top[0], float(one.max())), max(top[1], float(two.max()))]
    return top


def ratio(values, rows, calibration):
    """Mean over speech of log P(frustration) - log P(delight)."""
    p = score.clip_posteriors(apply(values, calibration), rows)
    return np.log(p[:, 0] + 1e-4) - np.log(p[:, 1] + 1e-4)


def without(rows, members, norm):
    """Rows with the inputs of one group held at the training speech's mean."""
    out = []
    for x, s in rows:
        x = x.copy()
        x[:, members] = norm[0][members].astype(np.int16)
        out.append((x, s))
    return out


def spoken(values, rows):
    """Mean over speech of what belongs to every step."""
    return np.array([v[s if s.any() else slice(None)].mean(axis=0) for v, (_, s) in zip(values, rows)])


class Explanation:
    """Per feature group, a linear estimate of how far the log-odds of frustration against delight move when the group
    is put back to its mean, from the running means of all inputs and of the recurrent state. models/infer.h."""

    RIDGE = 0.01
    LEAST = 0.5  # UT_INFER_LEAST_EFFECT_Q6

    def __init__(self, net, rows, clips, norm, calibration, group):
        group = np.array(group)
        plain, state = outputs(net, rows, norm)
        full = ratio(plain, rows, calibration)
        inputs = spoken([normalise(x, norm).astype(np.float64) for x, _ in rows], rows)
        self.x = np.concatenate([inputs, spoken(state, rows)], axis=1)
        self.effect = []
        for g in sorted(set(group)):
            bare = without(rows, np.flatnonzero(group == g), norm)
            self.effect.append(full - ratio(logits(net, bare, norm), rows, calibration))
        self.effect = np.stack(self.effect, axis=1)
        self.speaker = np.array([c.speaker for c in clips])
        self.w = self.solve(np.ones(len(clips), dtype=bool))

    def solve(self, use):
        """groups x (inputs + hidden)"""
        a = self.x[use]
        return np.linalg.solve(a.T @ a + self.RIDGE * len(a) * np.eye(a.shape[1]), a.T @ self.effect[use]).T

    def fidelity(self, folds):
        """On speakers left out of the fit: correlation of estimated and true effect over all clips and groups, and how
        often a strongest (and a second) group is strong enough to be named and then moves the network as named."""
        estimate = np.zeros_like(self.effect)
        for fold in folds:
            test = np.isin(self.speaker, list(fold))
            estimate[test] = self.x[test] @ self.solve(~test).T
        order = np.argsort(-np.abs(estimate), axis=1)
        i = np.arange(len(estimate))
        named, agree = [], []
        for k in range(2):
            e, true = estimate[i, order[:, k]], self.effect[i, order[:, k]]
            strong = np.abs(e) >= self.LEAST
            named.append(float(strong.mean()))
            agree.append(float((e * true > 0)[strong].mean()) if strong.any() else float("nan"))
        return {"correlation": float(np.corrcoef(estimate.ravel(), self.effect.ravel())[0, 1]), "first": agree[0],
                "second": agree[1], "named_first": named[0], "named_second": named[1]}
