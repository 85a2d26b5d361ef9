# SPDX-License-Identifier: Apache-2.0
"""The network of models/infer.c in floating point, and its training."""
import copy
import ctypes
import math
import os
import platform
import subprocess
import zlib

import numpy as np
import torch
from torch import nn

from models.train.lessons import LANES, Lanes, alone
from models.train.rows import TARGETS
from models.train.steps import VIEWS

TAPS = 3
CONV1 = 32
CONV2 = 40
HIDDEN = 48
CLIPS = LANES  # side by side in a batch: net.c


ROUNDS = 5000  # of one chunk of calls and ALONE batches of clips alone
ALONE = 2
RATE = 4e-3
DECAY = 0.02
DROP = 0.2
HEARD_STEPS = 25  # speech steps of a clip in a chunk that make it count whole

UNLABELLED = "unlabelled"
SAME_EMOTION = {"anger": "angry", "happiness": "happy", "fear": "fearful", "sadness": "sad", "boredom": "calm"}


class Kernel:
    """net.c, compiled."""

    def __init__(self, folder):
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "net.c")
        with open(source, "rb") as f:
            name = os.path.join(folder, f"net-{zlib.crc32(f.read()):08x}.so")
        if not os.path.exists(name):
            os.makedirs(folder, exist_ok=True)
            # One instruction set, so that one seed gives one net on every x86-64 of the last ten years. The compiler's
            # approximate division makes NaN of 1 / infinity.
            own = ["-march=x86-64-v3", "-mno-recip"] if platform.machine() == "x86_64" else ["-march=native"]
            subprocess.run(["cc", "-std=gnu11", "-O3", *own, "-ffast-math", "-Wno-psabi", "-shared", "-fPIC",
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
    x = torch.randn(CLIPS, 20, VIEWS)
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
        sizes = (ctypes.c_int32 * 7)(steps, VIEWS, CONV1, CONV2, HIDDEN, outputs, TAPS)
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
        self.conv1 = nn.Linear(TAPS * VIEWS, CONV1)
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
    out = aligned(x.shape[1] + TAPS - 1, VIEWS, CLIPS)
    out[:TAPS - 1] = 0
    out[TAPS - 1:, :, :len(x)] = torch.from_numpy(x).permute(1, 2, 0)
    out[TAPS - 1:, :, len(x):] = 0
    return out


NO_DROP = np.ones(16, dtype=np.uint32)


def forward(net, x, start=None, drop=0.0, random=NO_DROP):
    """-> outputs [steps][outputs][64], last state"""
    return Pass.apply(x, torch.zeros(HIDDEN, CLIPS) if start is None else start, drop, random, *net.parameters())


def weights_of(clips):
    """Each corpus weighs by the square root of its size, each target within it nearly evenly."""
    count, size = {}, {}
    for c in clips:
        count[c.corpus, c.target] = count.get((c.corpus, c.target), 0) + 1
        size[c.corpus] = size.get(c.corpus, 0) + 1
    w = np.array([math.sqrt(size[c.corpus]) / count[c.corpus, c.target] for c in clips])
    return (w / w.mean()).astype(np.float32)


def by_clip(values, number, count):
    """Means of [steps][...] over the steps of each clip; number: whose each step is. Zeros for a clip without steps."""
    total = torch.zeros(len(count), values.shape[1]).index_add(0, number, values)
    return total / count.clamp(min=1)[:, None]


def loss_of(z, number, clips, weight, emotions):
    """z [steps][outputs][lanes], number [lanes][steps] (-1: nobody speaks), weight and emotion's number by clip."""
    whose = torch.from_numpy(number.T.reshape(-1).copy())
    spoken = whose >= 0
    whose = whose[spoken]
    z = z.permute(0, 2, 1).reshape(-1, z.shape[1])[spoken]
    count = torch.zeros(len(clips)).index_add_(0, whose, torch.ones(len(whose)))
    log_p = torch.log_softmax(z[:, :len(TARGETS)], 1)
    target = torch.tensor([c.target for c in clips])
    step = -by_clip(log_p, whose, count).gather(1, target[:, None])[:, 0]
    whole = -torch.log(by_clip(log_p.exp(), whose, count).gather(1, target[:, None])[:, 0] + 1e-6)
    emotion = torch.tensor([emotions.get(emotion_of(c), -1) for c in clips])
    label = by_clip(z[:, len(TARGETS):len(TARGETS) + len(emotions)], whose, count)
    label = nn.functional.cross_entropy(label, emotion.clamp(min=0), reduction="none") * (emotion >= 0)
    # a clip of which a chunk holds little counts little
    w = torch.tensor([weight[id(c)] for c in clips]) * (count / HEARD_STEPS).clamp(max=1)
    return ((0.3 * step + 0.7 * whole + 0.7 * label) * w).sum() / w.sum().clamp(min=1e-6)


def emotion_of(clip):
    return SAME_EMOTION.get(clip.emotion, clip.emotion)


def train(calls, singles, norm, seed, rounds=ROUNDS, say=None):
    """calls, singles: lists of lessons.Lesson, of calls and of clips alone. Returns the averaged net."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    clips = list({id(c): c for l in singles for c in l.clips}.values())
    weight = {id(c): w for c, w in zip(clips, weights_of(clips))}
    emotions = {e: i for i, e in enumerate(sorted({emotion_of(c) for c in clips} - {UNLABELLED}))}
    net = Net(len(emotions))
    mean_net = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    batches = rounds * (1 + ALONE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, batches, pct_start=0.15)
    chance = np.array([sum(weight[id(c)] for c in l.clips) for l in calls])
    chance /= chance.sum()
    lanes = Lanes(calls, norm, rng, lambda draw: draw.choice(len(calls), p=chance))
    size = np.array([len(l.x) for l in singles])
    state = torch.zeros(HIDDEN, CLIPS)
    waiting = []
    for b in range(batches):
        if b % (1 + ALONE) == 0:
            x, number, some, begin = lanes.chunk()
            start = state * torch.from_numpy((~begin).astype(np.float32))
        else:
            if not waiting:
                # clips of like length share a batch, so that little is padded
                order = np.argsort(size * np.exp(rng.uniform(-0.15, 0.15, len(size))))
                if len(order) < CLIPS:
                    order = np.resize(order, CLIPS)
                groups = [order[a:a + CLIPS] for a in range(0, len(order) - CLIPS + 1, CLIPS)]
                waiting = [groups[i] for i in rng.permutation(len(groups))]
            x, number, some = alone(singles, waiting.pop(), norm, rng)
            start = torch.zeros(HIDDEN, CLIPS)
        z, last = forward(net, side_by_side(x), start, DROP, rng.integers(1, 2 ** 32, 16, dtype=np.uint32))
        if b % (1 + ALONE) == 0:
            state = last
        loss = loss_of(z, number, some, weight, emotions)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        decay = min(0.998, b / (b + 10))
        with torch.no_grad():
            for m, p in zip(mean_net.parameters(), net.parameters()):
                m.lerp_(p, 1 - decay)
        if say and (b + 1) % 1500 == 0:
            say(f"  {b + 1} of {batches} batches, loss {float(loss):.3f}")
    return mean_net.eval()


def outputs(net, views):
    """[steps x VIEWS] of whole calls -> the logits of every step, and the recurrent state after it."""
    z, h = [], []
    with torch.no_grad():
        for v in views:
            x = torch.from_numpy(np.ascontiguousarray(v, dtype=np.float32))[None]
            state = net.gru(torch.relu(net.conv2(taps(torch.relu(net.conv1(taps(x)))))))[0]
            z.append(net.head(state)[0, :, :len(TARGETS)].numpy().astype(np.float64))
            h.append(state[0].numpy().astype(np.float64))
    return z, h
