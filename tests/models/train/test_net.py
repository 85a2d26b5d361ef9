#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""models/train/net.c against the same network written down in Python: outputs, and gradients by central differences.

Small layers, three of the 64 clips looked at; no package beyond the standard library."""
import ctypes
import math
import os
import random
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
CLIPS, WATCHED = 64, (0, 17, 63)
STEPS, INPUTS, CONV1, CONV2, HIDDEN, OUTPUTS, TAPS = 5, 4, 8, 4, 4, 4, 3
SHAPES = [(CONV1, TAPS * INPUTS), (CONV1,), (CONV2, TAPS * CONV1), (CONV2,), (3 * HIDDEN, CONV2), (3 * HIDDEN, HIDDEN),
          (3 * HIDDEN,), (3 * HIDDEN,), (OUTPUTS, HIDDEN), (OUTPUTS,)]  # struct weights


class Floats:
    """Aligned memory."""

    def __init__(self, values):
        self.memory = (ctypes.c_float * (len(values) + 16))()
        self.address = -(-ctypes.addressof(self.memory) // 64) * 64
        self.values = (ctypes.c_float * len(values)).from_address(self.address)
        self.values[:] = values


def zeros(*shape):
    return Floats([0.0] * math.prod(shape))


def addresses(floats):
    return (ctypes.c_void_p * len(floats))(*(f.address for f in floats))


def build():
    folder = tempfile.mkdtemp()
    library = os.path.join(folder, "net.so")
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-O3", "-march=native", "-ffast-math", "-mno-recip",
                    "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", os.path.join(ROOT, "models/train/net.c"), "-o",
                    library, "-lm"], check=True)
    return ctypes.CDLL(library)


def run(lib, w, x, d_out, drop_q16=0):
    """-> outputs, gradients, kept hidden states"""
    sizes = (ctypes.c_int32 * 7)(STEPS, INPUTS, CONV1, CONV2, HIDDEN, OUTPUTS, TAPS)
    trace = [x, zeros(STEPS + 2, CONV1, CLIPS), zeros(STEPS, CONV2, CLIPS), zeros(STEPS, 4 * HIDDEN, CLIPS),
             zeros(STEPS + 1, HIDDEN, CLIPS), zeros(STEPS, HIDDEN, CLIPS), zeros(STEPS, OUTPUTS, CLIPS)]
    space = [zeros(STEPS + 2, CONV1, CLIPS), zeros(STEPS, CONV2, CLIPS), zeros(STEPS, 3 * HIDDEN, CLIPS),
             zeros(STEPS, 3 * HIDDEN, CLIPS), zeros(TAPS * CONV1, CONV2), zeros(CONV2, 3 * HIDDEN),
             zeros(HIDDEN, 3 * HIDDEN), zeros(HIDDEN, OUTPUTS)]
    weights = [Floats(v) for v in w]
    gradients = [zeros(len(v)) for v in w]
    row = [zeros(HIDDEN, CLIPS), zeros(HIDDEN, CLIPS)]
    seeds = (ctypes.c_uint32 * 16)(*range(1, 17))
    tables = [addresses(t) for t in (weights, trace, space, gradients)]
    lib.ut_net_forward(sizes, tables[0], tables[1], tables[2], drop_q16, seeds)
    lib.ut_net_backward(sizes, tables[0], tables[1], tables[2], drop_q16, *(ctypes.c_void_p(v.address) for v in (d_out, *row)),
                        tables[3])
    return list(trace[6].values), [list(g.values) for g in gradients], list(trace[5].values)


def dense(w, b, v):
    n = len(v)
    return [b[o] + sum(w[o * n + i] * v[i] for i in range(n)) for o in range(len(b))]


def sigmoid(v):
    return 1 / (1 + math.exp(-v))


def plain(w, steps):
    """One clip, in double precision."""
    relu = lambda v: [max(0.0, a) for a in v]
    xs = [[0.0] * INPUTS] * 2 + steps
    first = [[0.0] * CONV1] * 2 + [relu(dense(w[0], w[1], xs[t] + xs[t + 1] + xs[t + 2])) for t in range(STEPS)]
    h, out = [0.0] * HIDDEN, []
    for t in range(STEPS):
        b = relu(dense(w[2], w[3], first[t] + first[t + 1] + first[t + 2]))
        a, c = dense(w[4], w[6], b), dense(w[5], w[7], h)
        reset = [sigmoid(a[j] + c[j]) for j in range(HIDDEN)]
        update = [sigmoid(a[HIDDEN + j] + c[HIDDEN + j]) for j in range(HIDDEN)]
        new = [math.tanh(a[2 * HIDDEN + j] + reset[j] * c[2 * HIDDEN + j]) for j in range(HIDDEN)]
        h = [(1 - update[j]) * new[j] + update[j] * h[j] for j in range(HIDDEN)]
        out.append(dense(w[8], w[9], h))
    return out


def main():
    rng = random.Random(1)
    lib = build()
    w = [[ctypes.c_float(rng.gauss(0, 0.5)).value for _ in range(math.prod(s))] for s in SHAPES]
    x, d_out = zeros(STEPS + TAPS - 1, INPUTS, CLIPS), zeros(STEPS, OUTPUTS, CLIPS)
    for k in range(2 * INPUTS * CLIPS, len(x.values)):
        x.values[k] = rng.gauss(0, 1)
    for t in range(STEPS):
        for o in range(OUTPUTS):
            for c in WATCHED:
                d_out.values[(t * OUTPUTS + o) * CLIPS + c] = rng.gauss(0, 1)
    clips = {c: [[x.values[((t + 2) * INPUTS + i) * CLIPS + c] for i in range(INPUTS)] for t in range(STEPS)]
             for c in WATCHED}
    out, gradients, _ = run(lib, w, x, d_out)
    at = lambda t, o, c: (t * OUTPUTS + o) * CLIPS + c
    passed = failed = 0

    def count(fine, what):
        nonlocal passed, failed
        passed, failed = passed + bool(fine), failed + (not fine)
        if not fine:
            print(what)

    worst = max(abs(plain(w, clips[c])[t][o] - out[at(t, o, c)]) for c in WATCHED for t in range(STEPS)
                for o in range(OUTPUTS))
    count(worst < 1e-5, f"outputs differ by {worst}")

    def loss():
        return sum(y * d_out.values[at(t, o, c)] for c in WATCHED for t, row in enumerate(plain(w, clips[c]))
                   for o, y in enumerate(row))

    for k, values in enumerate(w):
        for i in rng.sample(range(len(values)), min(6, len(values))):
            kept, step = values[i], 1e-5
            values[i] = kept + step
            above = loss()
            values[i] = kept - step
            below = loss()
            values[i] = kept
            slope = (above - below) / (2 * step)
            count(abs(slope - gradients[k][i]) < 1e-3 * (1 + abs(slope)), f"weight {k}[{i}]: {gradients[k][i]}, not {slope}")

    again, same, _ = run(lib, w, x, d_out)
    count(again == out and same == gradients, "a second run differs")
    _, _, kept = run(lib, w, x, d_out, 16384)
    share = sum(v == 0 for v in kept) / len(kept)
    count(0.2 < share < 0.3, f"a quarter is to be dropped, {share:.3f} is")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
