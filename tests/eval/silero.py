# SPDX-License-Identifier: Apache-2.0
"""Silero VAD, the reference for speech or not.

As a program, in the environment of requirements.txt: silero.py <raw, 16 kHz mono float32 >raw, one probability of speech
per 512 samples, float32. Its input is SOUNDS (int32), then for each its length in samples (int32), then the samples.
As a module, in any Python: `Silero(environment)` runs the program.
"""
import os
import subprocess
import sys

import numpy as np

RATE, STEP, CONTEXT = 16000, 512, 64
HOP = 160
TOGETHER = 32  # sounds in one call of the network


def probabilities(sounds):
    """For each sound one probability per 512 samples."""
    import importlib.util
    import onnxruntime

    package = os.path.dirname(importlib.util.find_spec("silero_vad").origin)  # importing it would ask for torch
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    network = onnxruntime.InferenceSession(os.path.join(package, "data", "silero_vad.onnx"), options)
    order = sorted(range(len(sounds)), key=lambda i: len(sounds[i]))
    found = [None] * len(sounds)
    for at in range(0, len(order), TOGETHER):
        group = order[at : at + TOGETHER]
        steps = [-(-len(sounds[i]) // STEP) for i in group]
        x = np.zeros((len(group), CONTEXT + max(steps) * STEP), np.float32)
        for row, i in zip(x, group):
            row[CONTEXT : CONTEXT + len(sounds[i])] = sounds[i]
        state = np.zeros((2, len(group), 128), np.float32)
        out = np.zeros((len(group), max(steps)), np.float32)
        for k in range(max(steps)):
            p, state = network.run(None, {"input": x[:, k * STEP : (k + 1) * STEP + CONTEXT], "state": state,
                                          "sr": np.array(RATE, np.int64)})
            out[:, k] = p[:, 0]
        for row, i, n in zip(out, group, steps):
            found[i] = row[:n]
    return found


class Silero:
    """The reference where its environment is; `None` otherwise is the caller's to say."""

    def __init__(self, environment):
        self.python = os.path.join(environment, "bin", "python")

    def there(self):
        return os.access(self.python, os.X_OK)

    def steps(self, sounds):
        head = np.array([len(sounds), *map(len, sounds)], np.int32)
        data = head.tobytes() + b"".join(np.asarray(x, np.float32).tobytes() for x in sounds)
        done = subprocess.run([self.python, os.path.abspath(__file__)], input=data, stdout=subprocess.PIPE, check=True)
        ends = np.cumsum([-(-len(x) // STEP) for x in sounds])
        return np.split(np.frombuffer(done.stdout, np.float32), ends[:-1])

    def frames(self, sounds):
        """Probability of speech for each 10 ms, each frame that of the step its middle lies in."""
        found = []
        for x, p in zip(sounds, self.steps(sounds)):
            middle = np.arange(len(x) // HOP) * HOP + HOP // 2
            found.append(p[middle // STEP])
        return found


def main():
    data = sys.stdin.buffer.read()
    n = int(np.frombuffer(data, np.int32, 1)[0])
    lengths = np.frombuffer(data, np.int32, n, 4)
    samples = np.frombuffer(data, np.float32, -1, 4 + 4 * n)
    for p in probabilities(np.split(samples, np.cumsum(lengths)[:-1])):
        sys.stdout.buffer.write(p.astype(np.float32).tobytes())


if __name__ == "__main__":
    main()
