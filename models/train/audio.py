# SPDX-License-Identifier: Apache-2.0
"""What a call can do to a voice."""
import numpy as np
import soundfile

RATE = 16000


def read(file):
    x, rate = soundfile.read(file, dtype="float32", always_2d=True)
    x = x.mean(axis=1).astype(np.float64)
    return x if rate == RATE else stretch(x, RATE / rate)


def smooth_length(n):
    """The next length with small factors, so that the FFT stays fast."""
    while True:
        m = n
        for p in (2, 3, 5):
            while m % p == 0:
                m //= p
        if m == 1:
            return n
        n += 1


def stretch(x, factor):
    """Band-limited resampling to factor times the length."""
    n = smooth_length(len(x) + 256)
    m = int(round(n * factor))
    spectrum = np.fft.rfft(x, n)
    bins = np.zeros(m // 2 + 1, dtype=complex)
    k = min(len(bins), len(spectrum))
    bins[:k] = spectrum[:k]
    return np.fft.irfft(bins, m)[:int(round(len(x) * factor))] * (m / n)


def rms(x):
    return np.sqrt(np.mean(x * x) + 1e-12)


def loud_rms(x):
    """Level of the loud half: the voice rather than the pauses."""
    n = len(x) // 320
    e = np.sort(np.mean(x[:n * 320].reshape(n, 320) ** 2, axis=1))
    return np.sqrt(np.mean(e[n // 2:]) + 1e-12)


def mu_law(x):
    """G.711 mu-law and back, 8 bits."""
    y = np.sign(x) * np.log1p(255 * np.minimum(np.abs(x), 1)) / np.log1p(255)
    y = np.round(y * 127) / 127
    return np.sign(y) * np.expm1(np.abs(y) * np.log1p(255)) / 255


def telephone(x, code=mu_law):
    """300-3400 Hz at 8 kHz at a line's usual level, through G.711 or what else codes such samples."""
    n = smooth_length(len(x) + 256)
    f = np.fft.rfftfreq(n, 1 / RATE)
    band = 1 / np.sqrt(1 + (250 / np.maximum(f, 1)) ** 8) * (f < 3700) / np.sqrt(1 + (f / 3450) ** 40)
    x = np.fft.irfft(np.fft.rfft(x, n) * band, n)[:len(x)]
    x = x * (10 ** (-20 / 20) / loud_rms(x))
    return stretch(code(np.clip(stretch(x, 0.5), -1, 1)), 2)


def coloured_noise(n, rng):
    m = smooth_length(n)
    f = np.fft.rfftfreq(m, 1 / RATE)
    slope = rng.uniform(0, 1)
    spectrum = (rng.standard_normal(len(f)) + 1j * rng.standard_normal(len(f))) / np.maximum(f, 50) ** slope
    return np.fft.irfft(spectrum, m)[:n]


def add(x, noise, snr_db):
    return x + noise * (loud_rms(x) / rms(noise) * 10 ** (-snr_db / 20))


def room(x, rng):
    """A short exponential reverberation, 0.15-0.4 s, 3-12 dB below the direct sound."""
    t = np.arange(int(0.4 * RATE)) / RATE
    tail = rng.standard_normal(len(t)) * np.exp(-6.9 * t / rng.uniform(0.15, 0.4)) * (t > 0.002)
    tail *= 10 ** (-rng.uniform(3, 12) / 20) / np.sqrt(np.sum(tail ** 2))
    n = smooth_length(len(x) + len(t))
    return x + np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(tail, n), n)[:len(x)]


def step(x, name, rng):
    """One change of a sound, by name; steps.py puts them together."""
    if name == "gain":
        return x * (10 ** (rng.uniform(-58, -12) / 20) / loud_rms(x))
    if name == "down20":
        return x * 0.1
    if name == "up20":
        return x * min(10, 0.99 / np.max(np.abs(x)))
    if name == "noise":
        return add(x, coloured_noise(len(x), rng), rng.uniform(8, 30))
    if name == "slow":
        return stretch(x, 1 / rng.choice([0.86, 0.9, 0.94]))
    if name == "fast":
        return stretch(x, 1 / rng.choice([1.06, 1.11, 1.16]))
    if name == "room":
        return room(x, rng)
    if name == "phone":
        return telephone(x)
    raise ValueError(name)
