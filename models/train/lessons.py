# SPDX-License-Identifier: Apache-2.0
"""What the network sees in training: calls in chunks, and clips alone, as views against the caller (firmware/caller.h)."""
import math

import numpy as np

from models.train.rows import INPUTS, TARGETS

MEL, LEVEL, F0 = 20, 20, 23
PRIOR_STEPS, LESS = 50, 0.2  # firmware/caller.h
SHIFT_MOST_Q8 = 24 * 256
LIMIT = 8  # of a normalised input, multiples of its spread

COLOUR, OFFSET = 0.35, 0.2  # spreads: spectral colour, level and pitch of a whole call
HIDE = 0.2                  # share of calls without the absolute view, and as many without the relative one
MISHEARD = 0.25, 0.1        # share of clips with a feeling that count whole, and of others that count less
CHUNK = 256                 # steps of a call between two corrections
LANES = 64


def earlier(x):
    """Sum over the steps before each."""
    total = np.cumsum(x, axis=0)
    return total - x


def shifted(x, own, speech):
    """Steps with their levels above the slow own level, Q8 (float)."""
    n = earlier(speech.astype(np.float64))
    slow = (PRIOR_STEPS * own + earlier(own * speech.astype(np.float64))) / (PRIOR_STEPS + n)
    x = x.astype(np.float32)
    x[:, :LEVEL + 1] += np.clip(own - slow, -SHIFT_MOST_Q8, SHIFT_MOST_Q8).astype(np.float32)[:, None]
    return x


def baseline(x, weight, usual):
    """The running mean of each feature before each step; weight is 0 where there is no speech."""
    w = earlier(weight.astype(np.float64))[:, None]
    return ((PRIOR_STEPS * usual + earlier(x * weight.astype(np.float64)[:, None])) / (PRIOR_STEPS + w)).astype(np.float32)


class Norm:
    """Usual values, and the spreads of both views as multipliers of the exported model."""

    def __init__(self, lessons):
        speech = [l.speech for l in lessons]
        spoken = np.concatenate([l.x[s] for l, s in zip(lessons, speech)])
        self.usual = np.round(spoken.mean(axis=0))
        within = np.concatenate([(l.x - baseline(l.x, l.weight(None), self.usual))[s] for l, s in zip(lessons, speech)])
        spread = np.concatenate([spoken.std(axis=0), within.std(axis=0)]).clip(33)
        self.mean = np.concatenate([self.usual, np.zeros(INPUTS)])
        self.mult = np.clip(np.round(2 ** 20 / spread), 1, 32767)
        self.spread = (2 ** 20 / self.mult).astype(np.float32)

    @classmethod
    def of(cls, mean, mult):
        """That of an exported model."""
        norm = cls.__new__(cls)
        norm.mean, norm.mult = mean.astype(np.float64), mult.astype(np.float64)
        norm.usual, norm.spread = norm.mean[:INPUTS], (2 ** 20 / norm.mult).astype(np.float32)
        return norm

    def normalised(self, views):
        return np.clip((views - self.mean.astype(np.float32)) / self.spread, -LIMIT, LIMIT)

    def views(self, x, weight):
        """Normalised, steps x 2 INPUTS."""
        return self.normalised(np.concatenate([x, x - baseline(x, weight, self.usual)], axis=1))


class Lesson:
    """A call (steps.Call) ready to be heard often."""

    def __init__(self, call):
        self.x, self.speech, self.clips = shifted(call.x, call.own, call.speech), call.speech > 0, call.clips
        self.clip = np.minimum(call.clip, len(call.clips))
        self.target = np.array([c.target for c in call.clips])

    def weight(self, rng):
        """How much each step counts for the baseline, as if the classifier heard the targets, mistakes (rng) included."""
        calm = self.target == TARGETS.index("other")
        if rng is not None:
            roll = rng.random(len(calm))
            calm = np.where(calm, roll >= MISHEARD[1], roll < MISHEARD[0])
        return np.append(np.where(calm, 1, LESS), 0)[self.clip] * self.speech

    def heard(self, norm, rng):
        """Views of the call once more: another colour, level and register, something hidden."""
        x = self.x.copy()
        knots = rng.standard_normal(5) * COLOUR
        x[:, :MEL] += np.interp(np.linspace(0, 4, MEL), np.arange(5), knots).astype(np.float32) * norm.spread[:MEL]
        x[:, LEVEL] += np.float32(rng.standard_normal() * OFFSET) * norm.spread[LEVEL]
        x[:, F0] += np.float32(rng.standard_normal() * OFFSET) * norm.spread[F0]
        views = norm.views(x, self.weight(rng))
        roll = rng.random()
        if roll < HIDE:
            views[:, :INPUTS] = 0
        elif roll < 2 * HIDE:
            views[:, INPUTS:] = 0
        if rng.random() < 0.5:
            width = rng.integers(1, 5)
            band = rng.integers(0, MEL - width + 1)
            views[:, band:band + width] = 0
            views[:, INPUTS + band:INPUTS + band + width] = 0
        for _ in range(rng.binomial(len(views) // 80 + 1, 0.3)):
            at = rng.integers(0, max(1, len(views) - 8))
            views[at:at + rng.integers(2, 8)] = 0
        return views.astype(np.float32)


class Lanes:
    """Calls side by side, a chunk at a time; a lane goes on to its next call where one ends."""

    def __init__(self, lessons, norm, rng, draw):
        self.lessons, self.norm, self.rng, self.draw = lessons, norm, rng, draw
        self.at = [None] * LANES

    def chunk(self):
        """x [LANES][CHUNK][2 INPUTS], clip's number in clips [LANES][CHUNK] (-1: not speech), clips, lanes that begin a call"""
        x = np.zeros((LANES, CHUNK, 2 * INPUTS), np.float32)
        number = np.full((LANES, CHUNK), -1)
        begin = np.zeros(LANES, bool)
        clips = []
        for k in range(LANES):
            if self.at[k] is None:
                lesson = self.lessons[self.draw(self.rng)]
                # a call is entered anywhere: what was said before is known to the baseline alone
                self.at[k] = [lesson, lesson.heard(self.norm, self.rng), 0]
                begin[k] = True
            lesson, views, t = self.at[k]
            part = views[t:t + CHUNK]
            x[k, :len(part)] = part
            clip = lesson.clip[t:t + CHUNK]
            use = lesson.speech[t:t + CHUNK] & (clip < len(lesson.clips))
            for c in np.unique(clip[use]):
                number[k, :len(part)][use & (clip == c)] = len(clips)
                clips.append(lesson.clips[c])
            self.at[k][2] += CHUNK
            if t + CHUNK >= len(views):
                self.at[k] = None
        return x, number, clips, begin


def alone(lessons, pick, norm, rng):
    """Clips alone, as chunk() gives them."""
    some = [lessons[i] for i in pick]
    views = [l.heard(norm, rng) for l in some]
    x = np.zeros((LANES, max(map(len, views)), 2 * INPUTS), np.float32)
    number = np.full(x.shape[:2], -1)
    for k, (l, v) in enumerate(zip(some, views)):
        x[k, :len(v)] = v
        number[k, :len(v)][l.speech] = k
    return x, number, [l.clips[0] for l in some]
