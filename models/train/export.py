# SPDX-License-Identifier: Apache-2.0
"""int8 weights from a trained net, the C file that holds them, and that file run through models/infer.c."""
import ctypes
import math
import os
import re
import struct
import subprocess
import zlib

import numpy as np
import torch

from dsp import tables as filters
from models.train import rows
from models.train.lessons import Norm
from models.train.net import CONV1, CONV2, HIDDEN, TAPS, Net
from models.train.steps import VIEWS

LANES = 4
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))

# enum ut_feature_group of models/infer.h, per input of dsp/features.h
GROUP_NAMES = ("none", "level", "level_move", "pitch", "pitch_move", "voicing", "pace", "low_bands", "mid_bands",
               "high_bands")
LEVEL, LEVEL_MOVE, PITCH, PITCH_MOVE, VOICING, PACE, LOW, MID, HIGH = range(1, 10)


def groups():
    """Per input of both views (firmware/caller.h), by the centres of dsp/tables.py's bands."""
    lowest, highest = filters.mel(filters.LOWEST_HZ), filters.mel(filters.HIGHEST_HZ)
    step = (highest - lowest) / (filters.BANDS + 1)
    centres_hz = [700 * math.expm1((lowest + (b + 1) * step) / 1127) for b in range(filters.BANDS)]
    bands = [LOW if f < 500 else MID if f < 2000 else HIGH for f in centres_hz]
    return 2 * (bands + [LEVEL, LEVEL_MOVE, HIGH, PITCH, PITCH, PITCH_MOVE, VOICING, PACE])


def dense(weight, bias, in_scale, out_scale):
    """One layer: real = sum(w x) + b, inputs are x * in_scale, outputs are y * out_scale.
    Returns arrays of struct ut_model_dense."""
    rows = weight.shape[0]
    pad = -rows % LANES
    weight = np.concatenate([weight, np.zeros((pad, weight.shape[1]))])
    bias = np.concatenate([bias, np.zeros(pad)])
    top = np.abs(weight).max(axis=1)
    step = np.where(top > 0, top / 127, 2.0 ** -10)
    w = np.clip(np.floor(weight / step[:, None] + 0.5), -127, 127).astype(np.int8)
    b = np.clip(np.floor(bias / step * in_scale + 0.5), -2 ** 30, 2 ** 30).astype(np.int32)
    factor = step * out_scale / in_scale
    shift = -2 - np.floor(np.log2(factor)).astype(int)
    if shift.min() < 1:
        raise SystemExit("a layer's weights are too large for its scale")
    shift = np.minimum(shift, 31)
    mult = np.minimum(np.floor(factor * 2.0 ** (32 + shift) + 0.5), 2 ** 31 - 1)
    # models/lanes.h: block of four outputs, pair of inputs, pair of outputs, input of the pair, output of the pair
    lanes = w.reshape(-1, LANES // 2, 2, w.shape[1] // 2, 2).transpose(0, 3, 1, 4, 2)
    return {"w": np.ascontiguousarray(lanes).reshape(-1), "bias": b, "mult": mult.astype(np.int32),
            "shift": shift.astype(np.uint8)}


def undone(layer, inputs):
    """Weights and biases of dense() in floating point, for inputs and outputs in units of 1 / Q12, whatever their scales:
    rectified layers pass a scale on."""
    outputs = len(layer["bias"])
    w = layer["w"].reshape(outputs // LANES, inputs // 2, LANES // 2, 2, 2).transpose(0, 2, 4, 1, 3).reshape(outputs, inputs)
    factor = layer["mult"] / 2.0 ** (32 + layer["shift"].astype(np.float64))
    return w * factor[:, None], layer["bias"] * factor


class Quantised:
    """Everything struct ut_model points to."""

    LAYERS = ("conv1_layer", "conv2_layer", "input_gates", "hidden_gates", "head")
    INPUTS = dict(zip(LAYERS, (TAPS * VIEWS, TAPS * CONV1, CONV2, HIDDEN, HIDDEN)))

    def __init__(self, norm, layers):
        self.norm, self.layers = norm, layers
        self.explained(np.zeros((len(GROUP_NAMES) - 1, VIEWS + HIDDEN)))

    @classmethod
    def of(cls, net, norm, calibration, peaks):
        p = {k: v.detach().numpy().astype(np.float64) for k, v in net.named_parameters()}
        temperature, offset = calibration
        # largest power of two that keeps the largest activation seen below 3/4 of full scale
        s1, s2 = (2.0 ** np.floor(np.log2(24576 / max(v, 1e-3))) for v in peaks)
        return cls(norm, {
            "conv1_layer": dense(p["conv1.weight"], p["conv1.bias"], 4096, s1),
            "conv2_layer": dense(p["conv2.weight"], p["conv2.bias"], s1, s2),
            "input_gates": dense(p["gru.weight_ih_l0"], p["gru.bias_ih_l0"], s2, 4096),
            "hidden_gates": dense(p["gru.weight_hh_l0"], p["gru.bias_hh_l0"], 32768, 4096),
            "head": dense(p["head.weight"][:3] / temperature, p["head.bias"][:3] / temperature + offset, 32768,
                          4096),
        })

    @classmethod
    def read(cls, source):
        """Of a model's source."""
        found = {name: np.array([int(x) for x in body.split(",") if x.strip()], kind) for kind, name, body in
                 re.findall(r"^static const (\w+)_t (\w+)\[\d+\] = \{\n(.*?)^\};$", source, re.M | re.S)}
        layers = {n: {k: found[f"{n}_{k}"] for k in ("w", "bias", "mult", "shift")} for n in cls.LAYERS}
        return cls(Norm.of(found["input_mean_q8"], found["input_mult"]), layers)

    def explained(self, explain):
        """By that many log-odds per group and per view and unit."""
        explain = np.asarray(explain, dtype=np.float64)
        self.explain_q = int(np.clip(np.floor(np.log2(127 / max(np.abs(explain).max(), 1e-6))), 0, 15))
        self.explain_w = np.clip(np.round(explain * 2 ** self.explain_q), -127, 127).astype(np.int8)
        return self

    def net(self):
        """The network that these weights are, in floating point, its calibration in its last layer."""
        net = Net(1)
        with torch.no_grad():
            for name, (weight, bias) in zip(self.LAYERS, (
                    (net.conv1.weight, net.conv1.bias), (net.conv2.weight, net.conv2.bias), (net.gru.weight_ih_l0, net.gru.bias_ih_l0),
                    (net.gru.weight_hh_l0, net.gru.bias_hh_l0), (net.head.weight, net.head.bias))):
                w, b = undone(self.layers[name], self.INPUTS[name])
                weight.copy_(torch.from_numpy(w * (8 if name in ("hidden_gates", "head") else 1)))  # h is Q15
                bias.copy_(torch.from_numpy(b / 4096))
        return net.eval()

    def arrays(self):
        """In the order of the CRC."""
        yield "int16_t", "input_mean_q8", self.norm.mean.astype(np.int16)
        yield "int16_t", "input_mult", self.norm.mult.astype(np.int16)
        for name, layer in self.layers.items():
            yield "int8_t", name + "_w", layer["w"]
            yield "int32_t", name + "_bias", layer["bias"]
            yield "int32_t", name + "_mult", layer["mult"]
            yield "uint8_t", name + "_shift", layer["shift"]
        yield "int8_t", "explain_w", self.explain_w.reshape(-1)

    def crc32(self):
        crc = 0
        for _, _, v in self.arrays():
            crc = zlib.crc32(v.astype(v.dtype.newbyteorder("<")).tobytes(), crc)
        return crc

    def file(self, ident, version, tables):
        """The bytes of a model file for programs of the host: SPEC.md "Model file"."""
        body = b"".join(v.astype(v.dtype.newbyteorder("<")).tobytes() for _, _, v in self.arrays())
        head = struct.pack("<4sHH4sIHHHHHHI", b"UTMD", 1, version, ident.encode(), self.crc32(), VIEWS, CONV1, CONV2,
                           HIDDEN, self.explain_q, rows.TABLES.index(tables), 0)
        return head + body + struct.pack("<I", zlib.crc32(head + body))

    def source(self, ident, version, tables, header, symbol="ut_model_default"):
        out = ["/* SPDX-License-Identifier: Apache-2.0 */"]
        out += ["/* " + header[0]] + [" * " + x if x else " *" for x in header[1:]] + [" */"]
        out += ['#include "models/model.h"', ""]
        for kind, name, v in self.arrays():
            out.append(f"static const {kind} {name}[{len(v)}] = {{")
            line = "   "
            for number in v:
                if len(line) + len(f" {number},") > 120:
                    out.append(line)
                    line = "   "
                line += f" {number},"
            out += [line, "};", ""]
        out += [f"const struct ut_model {symbol} = {{", f'    .id = "{ident}",', f"    .crc32 = 0x{self.crc32():08x},",
                f"    .features_version = {version},", f"    .tables = {rows.TABLES.index(tables)},", f"    .inputs = {VIEWS},", f"    .conv1 = {CONV1},",
                f"    .conv2 = {CONV2},", f"    .hidden = {HIDDEN},", "    .input_mean_q8 = input_mean_q8,",
                "    .input_mult = input_mult,"]
        out += [f"    .{n} = {{{n}_w, {n}_bias, {n}_mult, {n}_shift}}," for n in self.layers]
        out += ["    .explain_w = explain_w,", f"    .explain_q = {self.explain_q},",
                "};", ""]
        return "\n".join(out)


class Engine:
    """A model compiled with models/infer.c and stepped from here: the arithmetic of the device."""

    STATE_BYTES = 65536  # more than sizeof(struct ut_infer)

    def __init__(self, source, folder):
        os.makedirs(os.path.join(folder, "gen/models"), exist_ok=True)
        subprocess.run(["/usr/bin/python3", os.path.join(ROOT, "models/tables.py"),
                        os.path.join(folder, "gen/models")], check=True)
        c = os.path.join(folder, f"model-{zlib.crc32(source.encode()):08x}.c")
        with open(c, "w", encoding="ascii") as f:
            f.write(source)
        library = c[:-1] + "so"
        subprocess.run(["cc", "-std=c11", "-O2", "-shared", "-fPIC", "-I", ROOT, "-I", os.path.join(folder, "gen"),
                        os.path.join(ROOT, "models/infer.c"), os.path.join(ROOT, "models/lanes.c"),
                        os.path.join(folder, "gen/models/tables.c"), c, "-o", library], check=True)
        self.lib = ctypes.CDLL(library)
        self.model = ctypes.byref(ctypes.c_char.in_dll(self.lib, "ut_model_default"))
        self.state = ctypes.create_string_buffer(self.STATE_BYTES)

    def run(self, x, speech):
        """steps x VIEWS int16 and whether each is speech -> steps x 3 posteriors (Q15 as integers), fresh state."""
        x = np.ascontiguousarray(x, dtype=np.int16)
        out = np.zeros((len(x), 3), dtype=np.uint16)
        self.lib.ut_infer_init(self.state, self.model)
        step = self.lib.ut_infer_step
        for i in range(len(x)):
            step(self.state, ctypes.c_void_p(x.ctypes.data + 2 * VIEWS * i), int(speech[i]),
                 ctypes.c_void_p(out.ctypes.data + 6 * i))
        return out

    def explain(self):
        """After run: [(group, value in log-odds)] of the two strongest."""
        top = (ctypes.c_uint8 * 4)()
        self.lib.ut_infer_explain(self.state, top)
        return [(top[0], ctypes.c_int8(top[1]).value / 64), (top[2], ctypes.c_int8(top[3]).value / 64)]
