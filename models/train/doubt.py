#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the doubt of dsp/doubt.c: models/train/doubt.py UNDERTONE CORPORA BUILD OUT.c

Speech is Emo-DB's (CC0), but for the speakers that models/train/speech.py holds out, as its mixtures make it, and espeak-ng's.
What is no voice is made by it, by tests/eval/sounds.py with seeds that judge nothing, or is the TAUGHT music of
tests/eval/music.py, of which Silero VAD says where somebody sings. BUILD holds music/ and silero/. All of it by lines as
calls have them, with bangs, and with breath before clips that meet an engine just begun. Inputs and log-odds come from
the C engine (columns u00.., speech_score, doubt of `undertone features`); the network learns what to take off the
log-odds, with its weights rounded as they will be. Fixed seeds, one thread; but what lifts the engine's peaks depends on
the weights that it has, so that these shape the next ones: models/train/attempts.md says how the shipped ones came about.
"""
import os
import subprocess
import sys

import numpy as np
import torch

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [ROOT, os.path.join(ROOT, "tests", "eval"), os.path.join(ROOT, "tests")]
import calls
import clips as recordings
import deaf
import music
import notvoice
import silero
import sounds
from models.train import perceptron, speech

SEED = 21
RATE, HOP = 16000, 160
INPUTS, UNITS, ROWS = 32, 24, 4  # of dsp/doubt_net.h and dsp/doubt.h
FIRST = 1                        # the row of `undertone features` that the first step decides
CHUNK, WARM = 750, 10            # steps of a sequence; of these, without a say where it begins within a file
BATCH, PASSES, RATE_OF_LEARNING = 64, 28, 0.01
WEIGHT_MOST, GAIN_MOST = 127 / 32, 16383  # the gain's product with any input fits 32 bits
MARGIN = 1.0                     # of log-odds, by which sounds alone are to stay below
NOISE = 0.1                      # on the inputs, of their deviation, while it learns
# What a frame weighs in the loss, of speech and of the rest.
WEIGHTS = {"speech": (2, 1.5), "begin": (3, 4), "babble": (1.5, 0.1), "alone": (1.5, 2)}
LANGUAGES = {"en-gb": "That is the third time I call about the same bill, and nobody could tell me why it has doubled.",
             "en-us": "Okay, thank you, that was really quick, I did not expect that at all today.",
             "de": "Guten Tag, mein Anschluss ist seit gestern gestört, und ich warte immer noch auf einen Techniker.",
             "fr": "Bonjour, je voudrais savoir quand ma commande arrive, elle devait être là lundi.",
             "es": "Buenos días, quería cambiar la dirección de envío de mi pedido, por favor.",
             "it": "Pronto, ho ricevuto una fattura che non capisco, mi può aiutare?",
             "pl": "Dzień dobry, dzwonię w sprawie reklamacji, którą złożyłem w zeszłym tygodniu.",
             "hi": "नमस्ते, मेरा इंटरनेट कल से नहीं चल रहा है, कृपया जाँच करें।",
             "cmn": "你好，我的订单还没有收到，请帮我查一下。",
             "sv": "Hej, jag undrar varför fakturan är så hög den här månaden."}
VARIANTS = ("", "+f2", "+f4", "+m3", "+m7")
BUZZES = 80


def line(x, rng, coded=True):
    """By telephone, Opus, or neither; at any level down to -45 dB."""
    x = x / max(np.max(np.abs(x)), 1e-9)
    way = rng.rand()
    if way < 0.4:
        x = recordings.telephone(x)[: len(x)]
    elif way < 0.55 and coded:
        x = notvoice.coded([x], "Opus")[0]
    x = x / max(np.max(np.abs(x)), 1e-9)
    return (x * 10 ** (rng.uniform(-40, -1) / 20)).astype(np.float32)


def beginnings(voices, rng, turns):
    """Clips that meet an engine just begun, a quarter of them within a word: some after a breath, some after a bang, over a
    floor of noise."""
    for i in rng.permutation(np.tile(np.arange(len(voices)), turns)):
        x = speech.another(voices[i], rng)
        x = x[: len(x) // HOP * HOP]
        spoken = speech.labels(x)
        where = np.flatnonzero(spoken)
        begin = where[len(where) // 4] if rng.rand() < 0.25 else max(0, where[0] - rng.randint(5, 60))
        x, spoken = x[begin * HOP :], spoken[begin:]
        power = speech.loudest_power(x)
        if rng.rand() < 0.5:
            air = speech.breath(power, rng)
            air = np.pad(air, (HOP * rng.randint(5, 30), HOP * rng.randint(5, 30)))
            air = air[: len(air) // HOP * HOP]
            x, spoken = np.concatenate([air, x]), np.concatenate([np.zeros(len(air) // HOP, bool), spoken])
        event = rng.choice(["none", "none", "bang", "beep", "click", "DC step", "noise"])
        if event != "none":
            if event == "noise":
                v = rng.randn(int(rng.uniform(0.05, 0.5) * RATE))
            else:
                v = deaf.EVENTS[event](np.random.default_rng(rng.randint(1 << 30)))
            n = (len(v) // HOP + rng.randint(30, 150)) * HOP
            v = v / np.max(np.abs(v)) * np.max(np.abs(x)) * 10 ** (rng.uniform(-10, 25) / 20)
            head = np.pad(v, (HOP * rng.randint(5, 30), n - len(v)))
            head = head[: len(head) // HOP * HOP]
            x, spoken = np.concatenate([head, x]), np.concatenate([np.zeros(len(head) // HOP, bool), spoken])
        x = x + rng.randn(len(x)) * np.sqrt(power) * 10 ** (-rng.uniform(35, 70) / 20)
        yield "begin", line(x, rng, coded=False), spoken


def joined(parts, rng):
    x, spoken = speech.joined(parts, rng.uniform(0.3, 1), rng)
    return line(x + rng.randn(len(x)) * np.std(x) * 10 ** (-rng.uniform(25, 65) / 20), rng), spoken


def synthetic(rng, turns):
    """Synthetic voices of many languages, with pauses, and voices that only buzz, as the project's tests use them."""
    for language, text in LANGUAGES.items():
        for variant in VARIANTS:
            parts = []
            for _ in range(turns):
                command = ["espeak-ng", "-v", language + variant, "-p", str(rng.randint(20, 80)), "-s", str(rng.randint(120, 210)),
                           "--stdout", text]
                wav = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
                rate = int.from_bytes(wav[24:28], "little")
                parts.append(recordings.resample(np.frombuffer(wav[44 : len(wav) & ~1], "<i2") / 32768, rate, RATE))
            yield "speech", *joined(parts, rng)
    for k in range(BUZZES):
        x = np.array(calls.voice_loop(rng.randint(90, 300), rng.randint(50, 110), 4000, k + 1)) / 32768
        if k % 2:  # without a pause for as long as anybody can
            x = np.tile(x, 3)
            floor = rng.randn(len(x)) * np.std(x) * 10 ** (-rng.uniform(25, 80) / 20)
            yield "begin", line(x + floor, rng, coded=False), speech.labels(x)
            continue
        cuts = np.sort(rng.randint(RATE // 2, len(x) - RATE // 2, 4))
        yield "speech", *joined([p for p in np.split(x, cuts) if len(p) > RATE // 2], rng)


def with_music(voices, pieces, rng, n):
    """Conversations put on hold, and conversations over quiet music."""
    for _ in range(n):
        some = [voices[k] for k in rng.permutation(len(voices))[:8]]
        piece = pieces[rng.randint(len(pieces))]
        at = rng.randint(max(1, len(piece) - 15 * RATE)) // HOP * HOP
        kind, spoken = speech.held(some, piece[at : at + 15 * RATE // HOP * HOP], rng)
        yield "speech", kind, spoken
        x, spoken = speech.joined(some, rng.uniform(0.3, 1), rng)
        under = np.resize(piece, len(x))
        level = np.sqrt(np.mean(x[np.repeat(spoken, HOP)] ** 2) / np.mean(under**2)) * 10 ** (-rng.uniform(10, 30) / 20)
        yield "speech", line(x + under * level, rng), spoken


def alone(pieces, folder, rng):
    """Sounds that are no voice."""
    made = list(pieces)
    n = 20 * RATE
    for style in sounds.STYLES:
        for k in range(5):
            x = sounds.played(folder, style, "taught", n, np.random.default_rng([SEED, k, *style.encode()]))
            made += [] if x is None else [x]
    for name, make in (*sounds.tones(), *sounds.noises()):
        for k in range(3 if "," in name else 6):
            made.append(make(n, np.random.default_rng([SEED, k, *name.encode()])))
    for x in made:
        for turn in range(3):
            y = speech.another(x, rng) if turn else x
            y = y[: len(y) // HOP * HOP]
            y = y + rng.randn(len(y)) * np.std(y) * 10 ** (-rng.uniform(25, 80) / 20)
            yield "alone", line(y, rng), np.zeros(len(y) // HOP, bool)


def instrumental(build):
    """The taught pieces in which nobody sings."""
    pieces = [x for _, _, x in music.pieces(os.path.join(build, "music"), music.TAUGHT, "taught")]
    sung = silero.Silero(os.path.join(build, "silero")).frames(pieces)
    return [x for x, p in zip(pieces, sung) if np.mean(p > 0.5) < 0.03]


def parts(voices, build):
    """What makes each part of the sound, on its own: (kind, signal, labels) one by one."""
    pieces = instrumental(build)
    print(f"{len(pieces)} pieces of music in which nobody sings", flush=True)
    rng = [np.random.RandomState(SEED + i) for i in range(5)]
    yield ((kind if kind in WEIGHTS else "speech" if s.any() else "alone", y, s) for kind, y, s in speech.mixtures(voices, rng[0], 3))
    yield beginnings(voices, rng[1], 3)
    yield synthetic(rng[2], 4)
    yield with_music(voices, pieces, rng[3], 60)
    yield alone(pieces, os.path.join(build, "music"), rng[4])


def measured(undertone, made):
    """(kind, inputs of each step, log-odds without doubt and label of each of its rows)"""
    names = [f"u{i:02d}" for i in range(INPUTS)]
    for at in range(0, len(made), 16):
        some = made[at : at + 16]
        with recordings.Folder() as folder:
            folder.fill({k: y for k, (_, y, _) in enumerate(some)})
            found = folder.rows(undertone, (*names, "speech_score", "doubt", "tonal"))
        for k, (kind, _, spoken) in enumerate(some):
            steps = (min(len(found[k]), len(spoken)) - FIRST) // ROWS
            rows, spoken = (v[FIRST : FIRST + steps * ROWS] for v in (found[k].astype(np.float32), spoken))
            score, doubt, tonal = rows[:, INPUTS:].T
            odds = np.where(tonal > 0, -30, (score - doubt) / 65536)  # a tone is decided elsewhere
            yield kind, rows[::ROWS, :INPUTS], odds.reshape(steps, ROWS), spoken.reshape(steps, ROWS)


def chunks(data):
    """Sequences of equal length: inputs, log-odds, labels, weights."""
    x, odds, label, weight = [], [], [], []
    for kind, u, o, s in data:
        speaking, rest = WEIGHTS[kind]
        w = np.where(s, speaking, rest).astype(np.float32)
        o = o + MARGIN * (kind == "alone")
        for at in range(0, len(u), CHUNK):
            n = min(CHUNK, len(u) - at)
            pad = lambda v: np.pad(v[at : at + n].astype(np.float32), ((0, CHUNK - n), (0, 0)))
            of = pad(w)
            if at > 0:
                of[:WARM] = 0
            x.append(pad(u))
            odds.append(pad(o))
            label.append(pad(s))
            weight.append(of)
    return [torch.tensor(np.stack(v)) for v in (x, odds, label, weight)]


def rounded(w, bits):
    """Weights as the engine has them, with the gradient of what they were."""
    q = torch.clamp(torch.floor(w * 2**bits + 0.5), -128, 127) / 2**bits
    return w + (q - w).detach()


class Recurrence(torch.autograd.Function):
    """States [steps, batch, units] from what inputs and biases give, [steps, batch, 2 units], and the weights of the state,
    [2 units, units]. By hand in numpy: several times faster here than step by step in torch."""

    @staticmethod
    def forward(ctx, into, back):
        into, back = into.detach().numpy(), back.detach().numpy()
        a = np.empty_like(into)
        states = np.zeros((len(into) + 1, into.shape[1], UNITS), np.float32)
        for t, given in enumerate(into):
            a[t] = given + states[t] @ back.T
            keep, new = np.clip(0.5 + a[t, :, :UNITS] / 4, 0, 1), np.clip(a[t, :, UNITS:], 0, 4)
            states[t + 1] = new + keep * (states[t] - new)
        ctx.of = a, states, back
        return torch.from_numpy(states[1:])

    @staticmethod
    def backward(ctx, gradient):
        a, states, back = ctx.of
        gradient = gradient.numpy()
        keep, new = np.clip(0.5 + a[..., :UNITS] / 4, 0, 1), np.clip(a[..., UNITS:], 0, 4)
        of_keep = (states[:-1] - new) * ((keep > 0) & (keep < 1)) / 4
        of_new = (1 - keep) * ((new > 0) & (new < 4))
        d = np.empty_like(a)
        carried = np.zeros_like(states[0])
        for t in range(len(a) - 1, -1, -1):
            g = gradient[t] + carried
            d[t, :, :UNITS] = g * of_keep[t]
            d[t, :, UNITS:] = g * of_new[t]
            carried = g * keep[t] + d[t] @ back
        of_back = d.reshape(-1, 2 * UNITS).T @ states[:-1].reshape(-1, UNITS)
        return torch.from_numpy(d), torch.from_numpy(of_back)


class Network(torch.nn.Module):
    def __init__(self, centre, gain):
        """Both as the engine has them: Q8, and what makes Q12 of it in eight more bits."""
        super().__init__()
        self.centre, self.gain = centre, gain
        self.into = torch.nn.Parameter(torch.randn(2 * UNITS, INPUTS) * 0.15)
        self.back = torch.nn.Parameter(torch.randn(2 * UNITS, UNITS) * 0.15)
        self.bias = torch.nn.Parameter(torch.cat([torch.full((UNITS,), 1.0), torch.full((UNITS,), 0.3)]))
        self.out = torch.nn.Parameter(torch.randn(UNITS) * 0.1)
        self.out_bias = torch.nn.Parameter(torch.tensor(-0.1))

    def forward(self, x):
        """x: [batch, steps, inputs] as measured, Q8. The doubt: [batch, steps]"""
        z = torch.clamp((x - self.centre) * self.gain / 2**20, -8, 8).transpose(0, 1)
        if self.training:
            z = z + NOISE * torch.randn(z.shape)
        h = Recurrence.apply(z @ rounded(self.into, 5).t() + self.bias, rounded(self.back, 5))
        doubt = (h @ rounded(self.out, 5) + self.out_bias).transpose(0, 1)
        return torch.minimum(doubt, 0.01 * doubt) if self.training else torch.clamp(doubt, max=0)


def train(data, before=None):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x, odds, label, weight = chunks(data)
    heard = x[(weight.sum(-1) > 0)]
    net = Network(torch.round(heard.mean(0)), torch.round(256 * 4096 / heard.std(0)).clamp(1, GAIN_MOST))
    if before is not None:
        net.load_state_dict(before)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE_OF_LEARNING)
    batches = -(-len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE_OF_LEARNING, total_steps=PASSES * batches)
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits
    for turn in range(PASSES):
        total = 0
        for i in torch.randperm(len(x)).split(BATCH):
            doubt = net(x[i])
            loss = (loss_of(odds[i] + doubt[..., None], label[i], reduction="none") * weight[i]).sum() / weight[i].sum()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss)
            with torch.no_grad():
                for p in (net.into, net.back, net.out):
                    p.clamp_(-4, WEIGHT_MOST)
        print(f"pass {turn + 1:2d}: loss {total / batches:.4f}", flush=True)
    return net.eval()


def report(net, data):
    """Share called speech before and with the doubt."""
    with torch.no_grad():
        for kind in dict.fromkeys(d[0] for d in data):
            of = [d for d in data if d[0] == kind]
            total = np.concatenate([(d[2] + net(torch.tensor(d[1])[None])[0].numpy()[:, None]).ravel() for d in of])
            odds, spoken = (np.concatenate([d[k].ravel() for d in of]) for k in (2, 3))
            for name, which in (("speech", spoken), ("rest", ~spoken)):
                if which.any():
                    print(f"{kind:8} {name:6} {which.sum():8d} rows: {100 * np.mean(odds[which] > 0):5.1f} -> {100 * np.mean(total[which] > 0):5.1f} %")


def source(net):
    """dsp/doubt_net.c"""
    with torch.no_grad():
        gain, centre = net.gain.int().tolist(), net.centre.int().tolist()
        byte = lambda w: torch.clamp(torch.floor(w * 32 + 0.5), -128, 127).int()
        both = byte(torch.cat([net.into, net.back], 1))
        bias = torch.floor(net.bias * 2**17 + 0.5).int().tolist()
        out, out_bias = byte(net.out), int(torch.floor(net.out_bias * 2**17 + 0.5))
    exchanged = lambda v: v.reshape(*v.shape[:-1], -1, 4)[..., [0, 2, 1, 3]].reshape(v.shape).tolist()
    row = lambda v: ", ".join(map(str, v))
    table = lambda v: "\n".join(f"    {{{row(r)}}}," for r in exchanged(v))
    units, width = "[UT_DOUBT_UNITS]", "[UT_DOUBT_INPUTS + UT_DOUBT_UNITS]"
    written = ("Written by models/train/doubt.py from Emo-DB (Burkhardt et al. 2005, CC0), espeak-ng, the TAUGHT music of\n"
               " * tests/eval/music.py and sounds made there.\n"
               " * Fitted to: Emo-DB (CC0-1.0); espeak-ng, tones and noises (made-here); music of Debian's games (DFSG).")
    return "\n".join([
        "/* SPDX-License-Identifier: Apache-2.0 */", f"/* {written} */", '#include "dsp/doubt_net.h"', "",
        f"const int16_t ut_doubt_net_centre_q8[UT_DOUBT_INPUTS] = {{\n    {row(centre)}}};", "",
        f"const int16_t ut_doubt_net_gain_q12[UT_DOUBT_INPUTS] = {{\n    {row(gain)}}};", "",
        f"const int8_t ut_doubt_net_update_q5{units}{width} = {{\n{table(both[:UNITS])}\n}};", "",
        f"const int8_t ut_doubt_net_candidate_q5{units}{width} = {{\n{table(both[UNITS:])}\n}};", "",
        f"const int32_t ut_doubt_net_update_bias_q17{units} = {{\n    {row(bias[:UNITS])}}};", "",
        f"const int32_t ut_doubt_net_candidate_bias_q17{units} = {{\n    {row(bias[UNITS:])}}};", "",
        f"const int8_t ut_doubt_net_out_q5{units} = {{\n    {row(exchanged(out))}}};", "",
        f"const int32_t ut_doubt_net_out_bias_q17 = {out_bias};", ""])


def main(undertone, corpora, build, out):
    if not os.path.exists(os.path.join(corpora, "index.tsv")):
        sys.exit(f"doubt.py: {corpora}/index.tsv: not found; name the folder that holds index.tsv")
    voices = [recordings.read(os.path.join(corpora, r["path"])) for r in recordings.index(corpora, "emodb")
              if r["speaker"] not in speech.HELD_OUT]
    data = [d for part in parts(voices, build) for d in measured(undertone, list(part))]
    print(f"{sum(d[3].size for d in data) / 360000:.1f} h of sound")
    net = train(data)
    report(net, data)
    perceptron.write(out, source(net))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: doubt.py UNDERTONE CORPORA BUILD OUT.c")
    main(*sys.argv[1:])
