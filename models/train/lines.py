# SPDX-License-Identifier: Apache-2.0
"""The lines a caller's voice comes over, by the libraries that real ones use: samples of a whole call in, as many out."""
import ctypes
import ctypes.util

import numpy as np

from models.train import audio, calls

FRAME_MS = 20             # of Opus and AMR
OPUS_BITS = 12000
LOST, BURST = 0.05, 2     # share of the packets that a bad line loses, and how many in a row on average
VOIP, SET_BITRATE, GET_LOOKAHEAD = 2048, 4002, 4027  # opus_defines.h
AMR_MODE = 7              # 12.2 kbit/s
NS_POLICY = 2             # of 0..3: what WebRTC calls high
AGC_MODE, AGC_TARGET_DBFS, AGC_GAIN_DB = 2, 3, 9  # adaptive, digital; WebRTC's usual numbers


class Absent(Exception):
    """A library that a line needs is not here."""


def library(name, package):
    path = ctypes.util.find_library(name)
    if path is None:
        raise Absent(package)
    return ctypes.CDLL(path)


def pcm(x, frame):
    """int16, padded to whole frames."""
    x = np.clip(np.round(x * 32768), -32768, 32767).astype(np.int16)
    return np.pad(x, (0, -len(x) % frame))


def at(array, offset=0):
    return ctypes.c_void_p(array.ctypes.data + offset * array.itemsize)


def pointer(lib, name, *args):
    """Calls what returns a pointer."""
    call = getattr(lib, name)
    call.restype = ctypes.c_void_p
    out = ctypes.c_void_p(call(*args))
    if not out:
        raise RuntimeError(name)
    return out


def lost(n, rng):
    """Which of n packets are lost: Gilbert's two states."""
    out, bad = np.zeros(n, bool), False
    for k in range(n):
        bad = rng.random() < (1 - 1 / BURST if bad else LOST / (1 - LOST) / BURST)
        out[k] = bad
    return out


def opus(x, gone=None):
    """gone(packets): which are lost; the decoder conceals those."""
    lib, frame = library("opus", "libopus0"), audio.RATE * FRAME_MS // 1000
    error, delay = ctypes.c_int(), ctypes.c_int32()
    encoder = pointer(lib, "opus_encoder_create", audio.RATE, 1, VOIP, ctypes.byref(error))
    decoder = pointer(lib, "opus_decoder_create", audio.RATE, 1, ctypes.byref(error))
    lib.opus_encoder_ctl(encoder, SET_BITRATE, ctypes.c_int(OPUS_BITS))
    lib.opus_encoder_ctl(encoder, GET_LOOKAHEAD, ctypes.byref(delay))
    y = pcm(np.pad(x, (0, delay.value)), frame)
    out, packet = np.zeros_like(y), ctypes.create_string_buffer(1500)
    packets = len(y) // frame
    missing = gone(packets) if gone else np.zeros(packets, bool)
    for k in range(packets):
        n = lib.opus_encode(encoder, at(y, k * frame), frame, packet, len(packet))
        data = (None, 0) if missing[k] else (packet, n)
        if n < 0 or lib.opus_decode(decoder, *data, at(out, k * frame), frame, 0) != frame:
            raise RuntimeError("opus")
    lib.opus_encoder_destroy(encoder)
    lib.opus_decoder_destroy(decoder)
    return out[delay.value:delay.value + len(x)] / 32768


def amr(x):
    """Samples at 8 kHz."""
    lib, frame = library("opencore-amrnb", "libopencore-amrnb0"), 8 * FRAME_MS
    encoder, decoder = pointer(lib, "Encoder_Interface_init", 0), pointer(lib, "Decoder_Interface_init")
    y = pcm(x, frame)
    out, packet = np.zeros_like(y), ctypes.create_string_buffer(64)
    for at_ in range(0, len(y), frame):
        lib.Encoder_Interface_Encode(encoder, AMR_MODE, at(y, at_), packet, 0)
        lib.Decoder_Interface_Decode(decoder, packet, at(out, at_), 0)
    lib.Encoder_Interface_exit(encoder)
    lib.Decoder_Interface_exit(decoder)
    return out[:len(x)] / 32768


class AgcConfig(ctypes.Structure):
    _fields_ = [("target_dbfs", ctypes.c_int16), ("gain_db", ctypes.c_int16), ("limiter", ctypes.c_uint8)]


def softphone(x):
    """WebRTC's noise suppressor and gain control, as a browser runs them. Debian's library exports the functions; its
    package has no header for them."""
    lib, hop = library("webrtc_audio_processing", "libwebrtc-audio-processing1"), audio.RATE // 100
    ns, agc = pointer(lib, "WebRtcNs_Create"), pointer(lib, "WebRtcAgc_Create")
    if lib.WebRtcNs_Init(ns, audio.RATE) or lib.WebRtcNs_set_policy(ns, NS_POLICY) or \
            lib.WebRtcAgc_Init(agc, 0, 255, AGC_MODE, audio.RATE) or \
            lib.WebRtcAgc_set_config(agc, AgcConfig(AGC_TARGET_DBFS, AGC_GAIN_DB, 1)):
        raise RuntimeError("webrtc_audio_processing")
    sound = pcm(x, hop)
    quiet, frame = np.zeros(hop, np.float32), np.zeros(hop, np.float32)
    own, out = np.zeros(hop, np.int16), np.zeros_like(sound)
    level, warned = ctypes.c_int32(127), ctypes.c_uint8()
    of = lambda array, offset=0: (ctypes.c_void_p * 1)(array.ctypes.data + offset * array.itemsize)  # one band
    bands = of(frame), of(quiet), of(own)
    for k in range(0, len(sound), hop):
        frame[:] = sound[k:k + hop]
        lib.WebRtcNs_Analyze(ns, at(frame))
        lib.WebRtcNs_Process(ns, bands[0], ctypes.c_size_t(1), bands[1])
        own[:] = np.clip(np.round(quiet), -32768, 32767)
        lib.WebRtcAgc_VirtualMic(agc, bands[2], ctypes.c_size_t(1), ctypes.c_size_t(hop), 127, ctypes.byref(level))
        if lib.WebRtcAgc_Process(agc, bands[2], ctypes.c_size_t(1), ctypes.c_size_t(hop), of(out, k), level, ctypes.byref(level),
                                 ctypes.c_int16(0), ctypes.byref(warned)):
            raise RuntimeError("WebRtcAgc_Process")
    lib.WebRtcNs_Free(ns)
    lib.WebRtcAgc_Free(agc)
    return out[:len(x)] / 32768


# name: what it does to a call's sound, given the clips that babble is made of and draws of its own
LINES = {
    "clean": lambda x, others, draw: x,
    "G.711": lambda x, others, draw: audio.telephone(x),
    "AMR 12.2 kbit/s": lambda x, others, draw: audio.telephone(x, amr),
    "Opus 12 kbit/s": lambda x, others, draw: opus(x),
    "Opus, 5 % lost": lambda x, others, draw: opus(x, lambda n: lost(n, draw)),
    "softphone": lambda x, others, draw: softphone(x),
    "babble 15 dB": lambda x, others, draw: audio.add(x, calls.babble(len(x), others, draw), calls.BABBLE_DB),
    "-20 dB": lambda x, others, draw: x * 0.1,
    "+20 dB": lambda x, others, draw: x * min(10, 0.99 / np.max(np.abs(x))),
}
