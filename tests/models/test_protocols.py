#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The second half of `make eval-model` on a made-up corpus: calls that are laid out are what INDEX.json says, and every
protocol gives figures. Needs numpy and soundfile: test_protocols.py FOLDER, where FOLDER/ID/undertone has model ID"""
import json
import os
import random
import re
import subprocess
import sys
import tempfile

import numpy as np
import soundfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)
from models.train import audio, calls, export, lines, pack, protocols, rows, seeds, steps  # noqa: E402

TOOLS = sys.argv[1]
BUILD = os.environ.get("BUILD", "build")
RATE = audio.RATE


def make_corpus(folder):
    """Three speakers who buzz, the angry ones louder; silence around each clip."""
    lines = ["path\tspeaker\ttarget\temotion\tgender\tcorpus"]
    for s, (hz, gender) in enumerate(((110, "m"), (190, "f"), (230, "f"))):
        for mood, target, level in (("neutral", "other", 0.05), ("angry", "frustration", 0.2), ("happy", "delight", 0.1)):
            for i in range(6):
                t = np.arange(int((1.9 + 0.2 * i) * RATE)) / RATE
                x = level * np.sign(np.sin(2 * np.pi * hz * t)) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
                x = np.concatenate([np.zeros(RATE // 4), x, np.zeros(RATE // 4)])
                soundfile.write(os.path.join(folder, f"{s}{mood}{i}.wav"), x, RATE, subtype="PCM_16")
                lines.append(f"{s}{mood}{i}.wav\t{s}\t{target}\t{mood}\t{gender}\tmade")
    with open(os.path.join(folder, "index.tsv"), "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


def read_calls(index):
    with open(index, encoding="utf-8") as f:
        told = json.load(f)["calls"]
    return told, [soundfile.read(os.path.join(os.path.dirname(index), c["path"]))[0] for c in told]


def test_sound_is_what_the_index_says(folder):
    told, sounds = read_calls(calls.write([folder], os.path.join(folder, "a"), 1, 1, 9))
    assert len(told) == 3 * len(calls.CALLS)
    for c, x in zip(told, sounds):
        spoken = np.zeros(len(x), dtype=bool)
        for begin, end in c["speech"]:
            part = x[begin * 16:end * 16, 1]
            assert np.abs(part[:480]).max() > 0.01 and np.abs(part[-480:]).max() > 0.01
            spoken[begin * 16:end * 16] = True
        assert np.abs(x[~spoken, 1]).max() < 0.003  # hiss
        assert np.abs(x[:, 0]).max() > 0.01 and np.abs(x).max() <= 1
        for s in c["stretches"]:
            level = [audio.loud_rms(x[b * 16:e * 16, 1]) for b, e in c["speech"] if (s["begin_ms"] <= b < s["end_ms"])]
            rest = [audio.loud_rms(x[b * 16:e * 16, 1]) for b, e in c["speech"] if not s["begin_ms"] <= b < s["end_ms"]]
            assert min(level) > 1.5 * max(rest), c  # as loud as it was beside what is calm
    again = read_calls(calls.write([folder], os.path.join(folder, "b"), 1, 1, 9))
    assert again[0] == told and all((x == y).all() for x, y in zip(sounds, again[1]))


def test_lines_change_the_sound_alone(folder):
    told, clean = read_calls(calls.write([folder], os.path.join(folder, "a"), 1, 1, 1))
    for channel in calls.CHANNELS[1:]:
        same, sounds = read_calls(calls.write([folder], os.path.join(folder, channel), 1, 1, 1, channel))
        assert same == told
        for x, y in zip(clean, sounds):
            assert x.shape == y.shape and np.abs(x[:, 1] - y[:, 1]).max() > 0.001, channel
            assert (channel == "phone") == (np.abs(x[:, 0] - y[:, 0]).max() > 0.001)


def test_a_bad_line_loses_bursts(folder):
    gone = lines.lost(100000, random.Random(1))
    bursts = int((gone[1:] & ~gone[:-1]).sum()) + int(gone[0])
    assert abs(gone.mean() - lines.LOST) < 0.005 and abs(gone.sum() / bursts - lines.BURST) < 0.1, (gone.mean(), gone.sum() / bursts)


def test_lines_carry_the_voice(folder):
    """As long as what goes in, in time with it within the codecs' delays, and not the same."""
    clips = rows.read_index(folder)[:6]
    x = np.concatenate([audio.read(c.file) for c in clips])
    level = lambda y: np.sqrt(np.mean(y[:len(y) // 1600 * 1600].reshape(-1, 1600) ** 2, axis=1))
    told = {name: line(x, clips, random.Random(1)) for name, line in lines.LINES.items()}
    for name, y in told.items():
        assert len(y) == len(x) and np.abs(y).max() <= 1.2, name
        assert (name == "clean") == (np.abs(x - y).max() < 1e-3), name
        assert audio.loud_rms(y) > 0.01 * audio.loud_rms(x), name
        if name not in ("babble 15 dB", "softphone"):  # a suppressor takes steady buzz for noise
            assert np.corrcoef(level(x), level(y))[0, 1] > 0.8, name
    assert np.abs(told["Opus 12 kbit/s"] - told["Opus, 5 % lost"]).max() > 0.01
    assert np.abs(lines.opus(x) - lines.opus(x, lambda n: np.zeros(n, bool))).max() == 0
    assert audio.rms(lines.opus(x, lambda n: np.ones(n, bool))) < 0.1 * audio.rms(x)


def test_what_is_not_installed_is_said(folder):
    try:
        lines.library("there-is-no-such-library", "its-package")
        assert False
    except lines.Absent as e:
        assert str(e) == "its-package"


def run(*words):
    return subprocess.run([sys.executable, "-B", protocols.__file__, "--tools", TOOLS, *words], stdout=subprocess.PIPE,
                          check=True, text=True).stdout


def test_every_protocol_has_figures(folder):
    words = ["--corpora", os.path.dirname(folder), "--build", os.path.join(folder, "build"), "--rounds", "1",
             "--channels", "clean", "--lines", "clean", "G.711", "--out", os.path.join(folder, "all.json"), "--table", os.path.join(folder, "all.md")]
    said = run(*words)
    with open(os.path.join(folder, "all.json"), encoding="utf-8") as f:
        results = json.load(f)
    models = {r["model"] for r in results}
    assert models and all(f"| {m} | made | 54 | 3 | {p} |" in said for m in models for p in ("fresh", "call"))
    assert all(f"| {m} | clean | made, {g} |" in said for m in models for g in "fm")
    over = {(r["model"], r["protocol"], r["line"]): r["heard"] for r in results if "line" in r}
    assert set(over) == {(m, p, n) for m in models for p in ("fresh", "call") for n in ("clean", "G.711")}
    assert all(f["n"] == 36 for f in over.values()) and "| UAR: model | kept speakers of | clips | protocol | clean | G.711 |" in said
    assert all(r["call"]["calls"] == 3 and r["fresh"]["n"] == r["call"]["n"] == 54 for r in results if "call" in r)
    assert all(r["realistic"]["calls"] == 21 for r in results if "realistic" in r)
    with open(os.path.join(folder, "all.md"), encoding="utf-8") as f:
        assert f.read().endswith(said)
    assert run(*words) == said  # the calls are kept


def test_absent_corpora_are_said(folder):
    nowhere = os.path.join(folder, "none")
    said = run("--corpora", nowhere, "--out", os.path.join(folder, "none.json"))
    assert nowhere in said and "index.tsv is absent" in said and not os.path.exists(os.path.join(folder, "none.json"))


def other_seed(folder, ident, name, *changes):
    """A folder with the same weights, by its header of another seed."""
    out = os.path.join(folder, name, ident)
    os.makedirs(out)
    source = source_of(ident)
    for before, after in changes:
        source = re.sub(before, after, source, count=1)
    with open(os.path.join(out, "model.c"), "w", encoding="ascii") as f:
        f.write(source)
    return out


def compare_seeds(folder, ident, *others):
    return subprocess.run([sys.executable, "-B", seeds.__file__, "--tool", os.path.join(TOOLS, ident, "undertone"), "--models",
                           os.path.join(ROOT, "models", ident), *others, "--corpora", folder, "--build", os.path.join(folder, "build"),
                           "--out", os.path.join(folder, "s.json"), "--table", os.path.join(folder, "s.md")],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)


def test_seeds_are_put_side_by_side(folder):
    ident = protocols.models()[0][0]
    head = r"\* seed      \d+"
    second = other_seed(folder, ident, "second", (head, "* seed      7"))
    done = compare_seeds(folder, ident, second)
    assert done.returncode == 0, done.stderr
    with open(os.path.join(folder, "s.json"), encoding="utf-8") as f:
        told = json.load(f)
    assert [m["seed"] for m in told["models"]] == [pack.seed(source_of(ident)), 7]
    own = [protocols.evaluate(TOOLS, ident, "--index", os.path.join(folder, "build", "made.tsv")), None]
    own[1] = own[0].pop("call")
    for protocol, f in zip(("fresh", "call"), own):
        row = f"| made | 54 | {protocol} | {f['uar']:.3f}, {f['uar']:.3f} | {f['uar']:.3f} +- 0.000 | {f['auc']['frustration']:.3f} +- 0.000 |"
        assert row in done.stdout, (row, done.stdout)
        assert f"| mean of 1 | 54 | {protocol} | {f['uar']:.3f}, " in done.stdout
    calls_of = told["found"]["made"]
    assert calls_of[0] == calls_of[1] and calls_of[0]["calls"] == 42 and "| made | 42 |" in done.stdout
    with open(os.path.join(folder, "s.md"), encoding="utf-8") as f:
        assert done.stdout.rstrip() in (table := f.read()) and "mean and standard deviation of 2 seeds" in table
    assert seeds.spread([0.5, 0.6, 0.7]) == "0.600 +- 0.100" and seeds.spread([0.5]) == "0.500"
    assert seeds.counted({"found": {"delight": {"n": 3, "share": {"value": 0.6667}}}}, "delight", None) == (2, 3)


def test_what_is_no_seed_is_refused(folder):
    ident = protocols.models()[0][0]
    same = compare_seeds(folder, ident, other_seed(folder, ident, "same"))
    other = compare_seeds(folder, ident, other_seed(folder, ident, "other", (r"\* seed      \d+", "* seed      7"), (r"\* corpora   \w+", "* corpora   x")))
    assert same.returncode == 1 and "one seed" in same.stderr and other.returncode == 1 and "two recipes" in other.stderr
    nothing = subprocess.run([sys.executable, "-B", seeds.__file__, "--tool", "none", "--models", "none", "--corpora", os.path.join(folder, "none")],
                             stdout=subprocess.PIPE, check=True, text=True)
    assert "index.tsv is absent" in nothing.stdout


def posteriors(library, engine, call):
    """Of each clip, as host-tools/trials/clips.c takes them."""
    p = np.round(library.call(engine.model, call.x, call.own, call.speech)[0] * 32768).astype(np.int64)
    out = []
    for k in range(len(call.clips)):
        own = call.clip == k
        spoken = own & (call.speech > 0)
        picked = p[spoken] if spoken.any() else p[own]
        out.append(picked.sum(axis=0) / picked.sum())
    return np.array(out)


def source_of(ident):
    with open(os.path.join(ROOT, "models", ident, "model.c"), encoding="ascii") as f:
        return f.read()


def test_rows_of_a_call_are_the_engines(folder):
    """What `undertone eval` decides in a call follows from the steps that are dumped for training, to the last digit."""
    clips = rows.read_index(folder)[:18:2]
    index = os.path.join(folder, "call.tsv")
    with open(index, "w", encoding="utf-8") as f:
        f.write("path\tspeaker\ttarget\tcall\n")
        f.writelines(f"{c.path}\tS\t{rows.TARGETS[c.target]}\tone\n" for c in clips)
    for ident, _ in protocols.models():
        library = steps.LIBRARY = steps.Library(BUILD, pack.tables(source_of(ident)))
        together = steps.Call(*steps.dump(("one", clips, clips, "clean", 1)), clips)
        clip = together.clip[together.clip < len(clips)]
        assert sorted(set(clip)) == list(range(len(clips))) and (np.diff(together.clip) >= 0).all()
        for c, n in zip(clips, np.bincount(clip)):
            assert abs(n * 640 - len(audio.read(c.file)) - 640) <= 1280
        engine = export.Engine(source_of(ident), os.path.join(folder, "engine"))
        p = posteriors(library, engine, together)
        got = protocols.evaluate(TOOLS, ident, "--index", index)["call"]
        truth, guess = np.array([c.target for c in clips]), p.argmax(axis=1)
        confusion = [[int(((truth == t) & (guess == g)).sum()) for g in range(3)] for t in range(3)]
        best = p.max(axis=1)
        bins = np.minimum((best * 10).astype(int), 9)
        ece = sum(abs((truth == guess)[bins == b].mean() - best[bins == b].mean()) * (bins == b).sum()
                  for b in set(bins)) / len(best)
        assert got["confusion"] == confusion and abs(got["ece"] - ece) <= 6e-5, (ident, got, confusion, ece)
        alone = np.concatenate([posteriors(library, engine, steps.Call(*steps.dump(("one", [c], [c], "clean", 1)), [c]))
                                for c in clips])
        assert np.abs(alone - p)[1:].max() > 0.001 and np.abs(alone - p)[0].max() < 1e-9  # a call is more than its clips


def main():
    passed = failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory() as above:
            folder = os.path.join(above, "made")
            os.mkdir(folder)
            make_corpus(folder)
            try:
                test(folder)
                passed += 1
            except AssertionError as e:
                failed += 1
                print(f"FAILED: {name}: {e}")
                sys.excepthook(*sys.exc_info())
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
