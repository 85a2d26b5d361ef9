# SPDX-License-Identifier: Apache-2.0
"""The network of models/infer.c in floating point, and its training."""
import copy
import ctypes
import math
import os
import subprocess
import zlib

import numpy as np
import torch
from torch import nn

from models.train.rows import INPUTS, TARGETS

TAPS = 3
CONV1 = 32
CONV2 = 40
HIDDEN = 48
CLIPS = 64  # side by side in a batch: net.c
MEL = 20
LEVEL = 20
F0 = 23


EPOCHS = 120
RATE = 4e-3
DECAY = 0.02
DROP = 0.2
COLOUR = 0.35
OFFSET = 0.2


class Kernel:
    """net.c, compiled for this processor."""

    def __init__(self, folder):
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "net.c")
        with open(source, "rb") as f:
            name = os.path.join(folder, f"net-{zlib.crc32(f.read()):08x}.so")
        if not os.path.exists(name):
            os.makedirs(folder, exist_ok=True)
            # The compiler's approximate division makes NaN of 1 / infinity.
            subprocess.run(["cc", "-std=gnu11", "-O3", "-march=native", "-ffast-math", "-mno-recip", "-shared", "-fPIC",
                            source, "-o", name + ".part", "-lm"], check=True)
            os.replace(name + ".part", name)
        self.lib = ctypes.CDLL(name)
        self.lib.ut_net_forward.restype = None
        self.lib.ut_net_backward.restype = None


KERNEL = None


def load_kernel(folder):
    """Once, before anything else here. Compares the gradients with those of torch's own layers."""
    global KERNEL
    KERNEL = Kernel(folder)
    torch.manual_seed(0)
    net = Net(4)
    x = torch.randn(CLIPS, 20, INPUTS)
    weigh = torch.randn(CLIPS, 20, len(net.head.bias))
    a = torch.relu(net.conv1(taps(x)))
    plain = net.head(net.gru(torch.relu(net.conv2(taps(a))))[0])
    fast = forward(net, side_by_side(x.numpy()))[0].permute(2, 0, 1)
    expected = torch.autograd.grad((plain * weigh).sum(), list(net.parameters()))
    found = torch.autograd.grad((fast * weigh).sum(), list(net.parameters()))
    worst = max(float((e - f).abs().max() / e.abs().max()) for e, f in zip(expected, found))
    if not worst < 1e-4 or not float((plain - fast).abs().max()) < 1e-4:
        raise SystemExit(f"models/train/net.c: gradients differ from torch's by {worst:.2g}; try another compiler (cc)")


def aligned(*shape):
    n = int(np.prod(shape))
    space = torch.empty(n + 16)
    at = -space.data_ptr() // 4 % 16
    return space[at:at + n].view(*shape)


def pointers(tensors):
    return (ctypes.c_void_p * len(tensors))(*(t.data_ptr() for t in tensors))


class Pass(torch.autograd.Function):
    """x, the state at the start, dropout, 16 random numbers, weights -> outputs of every step, the state at the end."""

    @staticmethod
    def forward(ctx, x, start, drop, random, *weights):
        w = [v.detach().contiguous() for v in weights]
        steps, outputs = len(x) - TAPS + 1, len(w[9])
        sizes = (ctypes.c_int32 * 7)(steps, INPUTS, CONV1, CONV2, HIDDEN, outputs, TAPS)
        trace = [x, aligned(steps + TAPS - 1, CONV1, CLIPS), aligned(steps, CONV2, CLIPS),
                 aligned(steps, 4 * HIDDEN, CLIPS), aligned(steps + 1, HIDDEN, CLIPS), aligned(steps, HIDDEN, CLIPS),
                 aligned(steps, outputs, CLIPS)]
        trace[4][0] = start
        shapes = [(steps + TAPS - 1, CONV1, CLIPS), (steps, CONV2, CLIPS), (steps, 3 * HIDDEN, CLIPS),
                  (steps, 3 * HIDDEN, CLIPS), (TAPS * CONV1, CONV2), (CONV2, 3 * HIDDEN), (HIDDEN, 3 * HIDDEN),
                  (HIDDEN, outputs)]
        space = [aligned(*s) for s in shapes]
        drop_q16 = int(round(drop * 65536))
        KERNEL.lib.ut_net_forward(sizes, pointers(w), pointers(trace), pointers(space), drop_q16,
                                  ctypes.c_void_p(random.ctypes.data))
        ctx.kept = sizes, w, trace, space, drop_q16
        last = trace[4][steps].clone()
        ctx.mark_non_differentiable(last)
        return trace[6], last

    @staticmethod
    def backward(ctx, d_out, _):
        sizes, w, trace, space, drop_q16 = ctx.kept
        d = aligned(*d_out.shape)
        d.copy_(d_out)
        gradients = [torch.empty_like(v) for v in w]
        row = aligned(HIDDEN, CLIPS), aligned(HIDDEN, CLIPS)
        KERNEL.lib.ut_net_backward(sizes, pointers(w), pointers(trace), pointers(space), drop_q16,
                                   *(ctypes.c_void_p(v.data_ptr()) for v in (d, *row)), pointers(gradients))
        return None, None, None, None, *gradients


class Net(nn.Module):
    """conv - conv - GRU - linear. The first three outputs are the targets' logits; the further ones learn the full
    emotion label and are dropped after training."""

    def __init__(self, emotions):
        super().__init__()
        self.conv1 = nn.Linear(TAPS * INPUTS, CONV1)
        self.conv2 = nn.Linear(TAPS * CONV1, CONV2)
        self.gru = nn.GRU(CONV2, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, (len(TARGETS) + emotions + 3) // 4 * 4)  # net.c wants multiples of 4


def taps(x):
    """Each step beside its two predecessors, oldest first."""
    one = nn.functional.pad(x[:, :-1], (0, 0, 1, 0))
    two = nn.functional.pad(x[:, :-2], (0, 0, 2, 0))
    return torch.cat([two, one, x], 2)


def side_by_side(x):
    """clips x steps x inputs -> what net.c takes"""
    out = aligned(x.shape[1] + TAPS - 1, INPUTS, CLIPS)
    out[:TAPS - 1] = 0
    out[TAPS - 1:, :, :len(x)] = torch.from_numpy(x).permute(1, 2, 0)
    out[TAPS - 1:, :, len(x):] = 0
    return out


NO_DROP = np.ones(16, dtype=np.uint32)


def forward(net, x, start=None, drop=0.0, random=NO_DROP):
    """-> outputs [steps][outputs][64], last state"""
    return Pass.apply(x, torch.zeros(HIDDEN, CLIPS) if start is None else start, drop, random, *net.parameters())


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
    """p [steps][outputs][clips], mask [steps][clips] -> [outputs][clips]"""
    return (p * mask[:, None]).sum(0) / mask.sum(0)


def train(clips, variants, norm, seed, epochs=EPOCHS):
    """variants: list of [(x, speech)] per clip, the clean one first. Returns the averaged net."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    emotions = sorted({c.emotion for c in clips})
    emotion = torch.tensor([emotions.index(c.emotion) for c in clips])
    target = torch.tensor([c.target for c in clips])
    weight = torch.tensor(weights_of(clips))
    targets, labels = len(TARGETS), len(emotions)
    net = Net(labels)
    mean_net = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    batches = math.ceil(len(clips) / CLIPS)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, epochs * batches, pct_start=0.15)
    size = np.array([s.sum() + 1 for _, s in variants[0]])
    state = torch.zeros(HIDDEN, CLIPS)
    for epoch in range(epochs):
        # clips of like length share a batch, so that little is padded
        key = size * np.exp(rng.uniform(-0.15, 0.15, len(clips)))
        order = np.argsort(key)
        order = np.concatenate([order[b * CLIPS:(b + 1) * CLIPS] for b in rng.permutation(batches)])
        for b in range(batches):
            pick = order[b * CLIPS:(b + 1) * CLIPS]
            n = len(pick)
            which = [0 if rng.random() < 0.25 else rng.integers(len(variants)) for _ in pick]
            items = [crop(*variants[v][i], rng) for v, i in zip(which, pick)]
            x, mask, length = batch_of(items, norm)
            x = side_by_side(disturb(x, length, rng))
            mask = torch.from_numpy(mask.T.copy())
            # a fifth of the clips follow another voice's clip instead of silence: a call is one long clip
            carried = torch.zeros(HIDDEN, CLIPS)
            carried[:, :n] = state[:, :n] * torch.from_numpy((rng.random((1, n)) < 0.2).astype(np.float32))
            z, last = forward(net, x, carried, DROP, rng.integers(1, 2 ** 32, 16, dtype=np.uint32))
            log_p = torch.log_softmax(z[:, :targets, :n], 1)
            y = target[pick]
            step = -clip_mean(log_p, mask).gather(0, y[None])[0]
            whole = -torch.log(clip_mean(log_p.exp(), mask).gather(0, y[None])[0] + 1e-6)
            label = nn.functional.cross_entropy(clip_mean(z[:, targets:targets + labels, :n], mask).T, emotion[pick],
                                                reduction="none")
            w = weight[pick]
            loss = ((0.3 * step + 0.7 * whole + 0.7 * label) * w).sum() / w.sum()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            state = torch.zeros(HIDDEN, CLIPS)
            state[:, :n] = last[:, torch.from_numpy(rng.permutation(n))]
            decay = min(0.995, (epoch * batches + b) / (epoch * batches + b + 10))
            with torch.no_grad():
                for m, p in zip(mean_net.parameters(), net.parameters()):
                    m.lerp_(p, 1 - decay)
    return mean_net.eval()


def outputs(net, rows, norm):
    """Per clip: the logits of every step, and the recurrent state after it."""
    z, h = [None] * len(rows), [None] * len(rows)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))
    with torch.no_grad():
        for a in range(0, len(order), CLIPS):
            pick = order[a:a + CLIPS]
            x = torch.from_numpy(batch_of([rows[i] for i in pick], norm)[0])
            h_all = net.gru(torch.relu(net.conv2(taps(torch.relu(net.conv1(taps(x)))))))[0]
            z_all = net.head(h_all)[:, :, :len(TARGETS)]
            for k, i in enumerate(pick):
                z[i] = z_all[k, :len(rows[i][0])].numpy().astype(np.float64)
                h[i] = h_all[k, :len(rows[i][0])].numpy().astype(np.float64)
    return z, h


def logits(net, rows, norm):
    return outputs(net, rows, norm)[0]
