# SPDX-License-Identifier: Apache-2.0
"""The network of models/infer.c in floating point, and its training."""
import copy
import math

import numpy as np
import torch
from torch import nn

from models.train.rows import INPUTS, TARGETS

TAPS = 3
CONV1 = 32
CONV2 = 40
HIDDEN = 48
MEL = 20
LEVEL = 20
F0 = 23

EPOCHS = 100
BATCH = 48
RATE = 4e-3
DECAY = 0.02
DROP = 0.2
COLOUR = 0.35
OFFSET = 0.2


class Net(nn.Module):
    """conv - conv - GRU - softmax; the second head learns the full emotion label and is dropped after training."""

    def __init__(self, emotions):
        super().__init__()
        self.conv1 = nn.Linear(TAPS * INPUTS, CONV1)
        self.conv2 = nn.Linear(TAPS * CONV1, CONV2)
        self.gru = nn.GRU(CONV2, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, len(TARGETS))
        self.emotion = nn.Linear(HIDDEN, emotions)
        self.drop = nn.Dropout(DROP)

    @staticmethod
    def taps(x):
        """Each step beside its two predecessors, oldest first."""
        z = torch.zeros_like(x[:, :1])
        one = torch.cat([z, x[:, :-1]], 1)
        two = torch.cat([z, one[:, :-1]], 1)
        return torch.cat([two, one, x], 2)

    def forward(self, x, state=None):
        a = self.drop(torch.relu(self.conv1(self.taps(x))))
        b = self.drop(torch.relu(self.conv2(self.taps(a))))
        h, last = self.gru(b, state)
        d = self.drop(h)
        return self.head(d), self.emotion(d), last


def normaliser(rows):
    """Mean and spread of every input over speech, rounded to what the exported model can hold."""
    x = np.concatenate([x[s] for x, s in rows]).astype(np.float64)
    mean = np.round(x.mean(axis=0))
    mult = np.clip(np.round(2 ** 20 / x.std(axis=0).clip(33)), 1, 32767)
    return mean, mult


def normalise(x, norm):
    """Q8 rows -> multiples of the spread, as models/infer.c computes them but unrounded."""
    mean, mult = norm
    return np.clip((x - mean) * mult / 2 ** 20, -8, 8).astype(np.float32)


def disturb(x, length, rng):
    """Spectral colour, level and pitch offsets of a whole clip, and masks, on a normalised batch (in place)."""
    n = len(x)
    knots = rng.standard_normal((n, 5)) * COLOUR
    at = np.linspace(0, 4, MEL)
    lo = np.minimum(at.astype(int), 3)
    w = at - lo
    x[:, :, :MEL] += (knots[:, lo] * (1 - w) + knots[:, lo + 1] * w)[:, None, :].astype(np.float32)
    x[:, :, LEVEL] += rng.standard_normal((n, 1)).astype(np.float32) * OFFSET
    x[:, :, F0] += rng.standard_normal((n, 1)).astype(np.float32) * OFFSET
    for i in range(n):
        if rng.random() < 0.5:
            width = rng.integers(1, 5)
            band = rng.integers(0, MEL - width + 1)
            x[i, :, band:band + width] = 0
        if rng.random() < 0.3 and length[i] > 20:
            at0 = rng.integers(0, length[i] - 8)
            x[i, at0:at0 + rng.integers(2, 8)] = 0
    return x


def weights_of(clips):
    """Each corpus weighs by the square root of its size, each target within it nearly evenly."""
    count, size = {}, {}
    for c in clips:
        count[c.corpus, c.target] = count.get((c.corpus, c.target), 0) + 1
        size[c.corpus] = size.get(c.corpus, 0) + 1
    w = np.array([math.sqrt(size[c.corpus]) / count[c.corpus, c.target] for c in clips])
    return (w / w.mean()).astype(np.float32)


def crop(x, speech, rng):
    """Cuts a clip somewhere in the pause before its speech and right after the speech."""
    at = np.flatnonzero(speech)
    if len(at) == 0:
        return x, speech
    a = int(rng.integers(0, at[0] + 1))
    return x[a:at[-1] + 1], speech[a:at[-1] + 1]


def batch_of(items, norm):
    """[(x, speech)] -> padded normalised inputs, speech mask, lengths."""
    length = np.array([len(x) for x, _ in items])
    x = np.zeros((len(items), length.max(), INPUTS), dtype=np.float32)
    mask = np.zeros((len(items), length.max()), dtype=np.float32)
    for i, (v, s) in enumerate(items):
        x[i, :length[i]] = normalise(v, norm)
        mask[i, :length[i]] = s if s.any() else 1
    return x, mask, length


def clip_mean(p, mask):
    return (p * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def train(clips, variants, norm, seed, epochs=EPOCHS, log=None):
    """variants: list of [(x, speech)] per clip, the clean one first. Returns the averaged net."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    emotions = sorted({c.emotion for c in clips})
    emotion = torch.tensor([emotions.index(c.emotion) for c in clips])
    target = torch.tensor([c.target for c in clips])
    weight = torch.tensor(weights_of(clips))
    net = Net(len(emotions))
    mean_net = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    batches = math.ceil(len(clips) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, epochs * batches, pct_start=0.15)
    size = np.array([s.sum() + 1 for _, s in variants[0]])
    state = torch.zeros(1, BATCH, HIDDEN)
    for epoch in range(epochs):
        # clips of like length share a batch, so that little is padded
        key = size * np.exp(rng.uniform(-0.15, 0.15, len(clips)))
        order = np.argsort(key)
        order = np.concatenate([order[b * BATCH:(b + 1) * BATCH] for b in rng.permutation(batches)])
        total = 0.0
        net.train()
        for b in range(batches):
            pick = order[b * BATCH:(b + 1) * BATCH]
            which = [0 if rng.random() < 0.25 else rng.integers(len(variants)) for _ in pick]
            items = [crop(*variants[v][i], rng) for v, i in zip(which, pick)]
            x, mask, length = batch_of(items, norm)
            x = torch.from_numpy(disturb(x, length, rng))
            mask = torch.from_numpy(mask)
            # a fifth of the clips follow another voice's clip instead of silence: a call is one long clip
            carried = state[:, :len(pick)] * torch.from_numpy(
                (rng.random((1, len(pick), 1)) < 0.2).astype(np.float32))
            z, e, last = net(x, carried)
            log_p = torch.log_softmax(z, 2)
            y = target[pick]
            step = -clip_mean(log_p, mask).gather(1, y[:, None])[:, 0]
            whole = -torch.log(clip_mean(log_p.exp(), mask).gather(1, y[:, None])[:, 0] + 1e-6)
            label = nn.functional.cross_entropy(clip_mean(e, mask), emotion[pick], reduction="none")
            w = weight[pick]
            loss = ((0.3 * step + 0.7 * whole + 0.7 * label) * w).sum() / w.sum()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            state = torch.zeros(1, BATCH, HIDDEN)
            state[:, :len(pick)] = last.detach()[:, torch.from_numpy(rng.permutation(len(pick)))]
            decay = min(0.995, (epoch * batches + b) / (epoch * batches + b + 10))
            with torch.no_grad():
                for m, p in zip(mean_net.parameters(), net.parameters()):
                    m.lerp_(p, 1 - decay)
            total += loss.item()
        if log and (epoch + 1) % 20 == 0:
            log(f"  epoch {epoch + 1}: loss {total / batches:.3f}")
    return mean_net.eval()


def logits(net, rows, norm):
    """Per-step logits of every clip."""
    out = [None] * len(rows)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))
    with torch.no_grad():
        for a in range(0, len(order), 64):
            pick = order[a:a + 64]
            x, _, length = batch_of([rows[i] for i in pick], norm)
            z = net(torch.from_numpy(x))[0].numpy()
            for i, v, n in zip(pick, z, length):
                out[i] = v[:n].astype(np.float64)
    return out
