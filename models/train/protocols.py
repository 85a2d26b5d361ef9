#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every model of models/ on voices that it has not met: clips alone, clips in calls, cues on calls laid out.

protocols.py --tools FOLDER --corpora FOLDER... [--out FILE.json] [--table FILE.md] [--channels NAME...] [--lines NAME...]

--tools: FOLDER/ID/undertone is the program with model ID built in (make build/models/ID/undertone). A folder of recordings
has an index.tsv, or folders that have one. Of the corpora that a model was trained on, by its header, it is judged on
the speakers who are kept (parts.py), of others on all. Calls lie below --build until the clips' index or the code that lays
them out changes.
"""
import argparse
import collections
import csv
import glob
import hashlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import zlib

import numpy as np
import soundfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT)
from models.train import audio, calls, lines, pack, rows  # noqa: E402
from models.train.parts import KEPT, part_of  # noqa: E402

FRESH_HEAD = ("model", "corpus", "clips", "speakers", "protocol", "calls", "UAR", "recall F / D / O", "AUC F", "AUC D", "ECE")
LINE_CALLS = 3  # of a speaker, that lines carry: enough, and each line takes a while
CALLS_HEAD = ("model", "channel", "corpus, gender", "calls", "speakers", "frustration found", "from the first word",
              "delight found", "delay s, F / D", "false cues per hour of calm speech", "mistaken")


def folders_of(names):
    """The folders with an index.tsv among those named and below them, and those where there is none."""
    found, absent = [], []
    for name in names:
        here = [name] if os.path.exists(os.path.join(name, "index.tsv")) else \
            sorted(os.path.dirname(x) for x in glob.glob(os.path.join(name, "*", "index.tsv")))
        found += here
        absent += [] if here else [name]
    return found, absent


def models():
    """[(id, corpora met)] of every folder of models/ with a model."""
    out = []
    for path in sorted(glob.glob(os.path.join(ROOT, "models", "*", "model.c"))):
        with open(path, encoding="ascii") as f:
            source = f.read()
        ident = os.path.basename(os.path.dirname(path))
        out.append((ident, pack.met(source)))
    return out


def ask(tool, *words):
    done = subprocess.run([tool, "eval", *words, "--json"], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def evaluate(tools, ident, *words):
    return ask(os.path.join(tools, ident, "undertone"), *words)


def write_index(clips, seed, path):
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, delimiter="\t", lineterminator="\n")
        out.writerow(("path", "speaker", "target", "call"))
        for call, c in calls.join(clips, seed):
            out.writerow((os.path.abspath(c.file), c.speaker, rows.TARGETS[c.target], call))


def clips_index(folder, corpus, met, args):
    """Index of a corpus's clips, of the speakers kept where it is met, and the clips; None where there are none."""
    clips = [c for c in rows.read_index(folder) if c.corpus == corpus and (not met or part_of(c) == KEPT)]
    if not clips:
        return None, clips
    index = os.path.join(args.build, f"{corpus}{'-kept' if met else ''}.tsv")
    write_index(clips, args.seed, index)
    return index, clips


def laid_out(folder, corpus, channel, met, args):
    """INDEX.json of a corpus's calls, of the speakers kept where it is met; None where nobody says enough."""
    key = hashlib.sha256(f"{corpus} {channel} {met} {args.seed} {args.rounds} {args.speakers}".encode())
    for name in (calls.__file__, calls.audio.__file__, rows.__file__, os.path.join(folder, "index.tsv"), part_of.__code__.co_filename):
        with open(name, "rb") as f:
            key.update(f.read())
    out = os.path.join(args.build, f"{corpus}-{channel}-{key.hexdigest()[:12]}")
    index = os.path.join(out, "INDEX.json")
    if os.path.exists(index):
        return index
    others = {c.corpus for c in rows.read_index(folder)} - {corpus}
    return calls.write([folder], out, args.seed, args.rounds, args.speakers, channel, others,
                       (lambda clip: part_of(clip) == KEPT) if met else None)


def over(line, folder, corpus, seed, build):
    """Index of clips of a corpus's kept speakers as they come over a line, which carries each call as a whole."""
    key = hashlib.sha256(f"{corpus} {seed} {line}".encode())
    for name in (lines.__file__, calls.__file__, audio.__file__, rows.__file__, os.path.join(folder, "index.tsv"), part_of.__code__.co_filename):
        with open(name, "rb") as f:
            key.update(f.read())
    out = os.path.join(build, f"line-{corpus}-{key.hexdigest()[:12]}")
    index = os.path.join(out, "index.tsv")
    if os.path.exists(index):
        return index
    clips = [c for c in rows.read_index(folder) if c.corpus == corpus and part_of(c) == KEPT]
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    told, heard = [], collections.Counter()
    for name, group in itertools.groupby(calls.join(clips, seed), key=lambda pair: pair[0]):
        own = [c for _, c in group]
        heard[own[0].speaker] += 1
        if heard[own[0].speaker] > LINE_CALLS:
            continue
        sounds = [audio.read(c.file) for c in own]
        mates = [c for c in clips if c.speaker == own[0].speaker]
        x = lines.LINES[line](np.concatenate(sounds), mates, random.Random(zlib.crc32(f"{seed} {name} {line}".encode())))
        for c, y in zip(own, np.split(x, np.cumsum([len(x) for x in sounds])[:-1])):
            told.append((f"{len(told):04d}.wav", c.speaker, rows.TARGETS[c.target], name))
            soundfile.write(os.path.join(out, told[-1][0]), np.clip(y, -1, 32767 / 32768), audio.RATE, subtype="PCM_16")
    with open(index + ".part", "w", encoding="utf-8", newline="") as f:
        table = csv.writer(f, delimiter="\t", lineterminator="\n")
        table.writerow(("path", "speaker", "target", "call"))
        table.writerows(told)
    os.replace(index + ".part", index)
    return index


def whole(f):
    return all(f["recall"][t] is not None for t in rows.TARGETS)


def judge_lines(args, corpora, known, say):
    """UAR of every model on the kept speakers of every corpus with all three targets, by line."""
    got, absent = {}, {}
    for line_name in args.lines:
        for folder, corpus in corpora:
            some = [c for c in rows.read_index(folder) if c.corpus == corpus and part_of(c) == KEPT]
            if {c.target for c in some} != set(range(len(rows.TARGETS))):
                continue
            try:
                index = over(line_name, folder, corpus, args.seed, args.build)
            except lines.Absent as e:
                absent[line_name] = str(e)
                break
            for ident, _ in known:
                f = evaluate(args.tools, ident, "--index", index)
                call = f.pop("call")
                got[ident, corpus, "fresh", line_name], got[ident, corpus, "call", line_name] = f, call
    for name, package in absent.items():
        say(f"{name}: {package} is not installed, so that line is left out.\n")
    some = [n for n in args.lines if n not in absent]
    say("\n" + head(("UAR: model", "kept speakers of", "clips", "protocol", *some)))
    for ident, _ in known:
        for protocol in ("fresh", "call"):
            of = sorted({k[1] for k in got if k[0] == ident})
            for corpus in of:
                cells = [got[ident, corpus, protocol, n] for n in some]
                say(line((ident, corpus, cells[0]["n"], protocol, *(number(f["uar"]) for f in cells))))
            if of:
                say(line((ident, f"mean of {len(of)}", "", protocol,
                          *(number(sum(got[ident, c, protocol, n]["uar"] for c in of) / len(of)) for n in some))))
    return [{"model": k[0], "corpus": k[1], "protocol": k[2], "line": k[3], "heard": f} for k, f in got.items()]


def number(x, digits=3):
    return "-" if x is None else f"{x:.{digits}f}"


def span(x, digits):
    return "-" if x is None else f"{x['value']:.{digits}f} ({x['low']:.{digits}f}-{x['high']:.{digits}f})"


def line(cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def fresh_line(ident, corpus, speakers, protocol, f):
    recall = f["recall"]
    return line((ident, corpus, f["n"], speakers, protocol, f.get("calls", "-"), number(f["uar"]) if whole(f) else "-",
                 " / ".join(number(recall[t]) for t in rows.TARGETS), number(f["auc"]["frustration"]),
                 number(f["auc"]["delight"]), number(f["ece"])))


def found(f):
    return f"{span(f['share'], 2)} of {f['n']}" if f["n"] else "-"


def calls_line(ident, channel, cut, f):
    of, false = f["found"], f["false"]
    return line((ident, channel, cut, f["calls"], f["speakers"], found(of["frustration"]["late"]),
                 found(of["frustration"]["first"]), found(of["delight"]),
                 " / ".join(number(of[k]["delay_s"], 1) for k in ("frustration", "delight")),
                 f"{span(false['per_hour'], 1)} of {false['n']} in {false['calm_hours']:.2f} h", f["mistaken"]))


def head(cells):
    return line(cells) + "\n" + "|---" * len(cells) + "|"


def means(ident, results):
    """Rows of means over the corpora that have all three targets."""
    for protocol in ("fresh", "call"):
        some = [r[protocol] for r in results if whole(r[protocol])]
        if some:
            yield line((ident, f"mean of {len(some)}", sum(f["n"] for f in some), "", protocol, "",
                        number(sum(f["uar"] for f in some) / len(some)), "",
                        *(number(sum(f["auc"][k] for f in some) / len(some)) for k in ("frustration", "delight")),
                        number(sum(f["ece"] for f in some) / len(some))))


def judge(args, say):
    found_folders, absent = folders_of(args.corpora)
    for name in absent:
        say(f"{name}: no recordings here (index.tsv is absent), so nothing of it was judged; CORPORA= and MORE= name "
            "folders\n")
    corpora = [(folder, corpus) for folder in found_folders
               for corpus in sorted({c.corpus for c in rows.read_index(folder)})]
    if not corpora:
        return []
    os.makedirs(args.build, exist_ok=True)
    results, known = [], models()
    for ident, met in known:
        of = sorted({c for _, c in corpora} & set(met))
        if of:
            say(f"{ident} was trained on {', '.join(of)}: there it is judged on the speakers kept alone.\n")
    say(head(FRESH_HEAD))
    for ident, met in known:
        own = []
        for folder, corpus in corpora:
            index, clips = clips_index(folder, corpus, corpus in met, args)
            if index is None:
                continue
            got = evaluate(args.tools, ident, "--index", index)
            own.append({"model": ident, "corpus": corpus, "call": got.pop("call"), "fresh": got})
            for protocol in ("fresh", "call"):
                say(fresh_line(ident, corpus, len({c.speaker for c in clips}), protocol, own[-1][protocol]))
        for text in means(ident, own):
            say(text)
        results += own
    if args.lines:
        results += judge_lines(args, corpora, known, say)
    say("\n" + head(CALLS_HEAD))
    for ident, met in known:
        for channel in args.channels:
            for folder, corpus in corpora:
                index = laid_out(folder, corpus, channel, corpus in met, args)
                if index is None:
                    continue
                got = evaluate(args.tools, ident, "--calls", index)["settings"][0]
                results.append({"model": ident, "corpus": corpus, "channel": channel, "realistic": got})
                say(calls_line(ident, channel, corpus, got))
                for gender, part in sorted(got["genders"].items()):
                    if len(got["genders"]) > 1:
                        say(calls_line(ident, channel, f"{corpus}, {gender}", part))
    return results


ABOUT = """# What a model is worth on voices it has not met

`make eval-model`, its first half (`models/train/protocols.py`, seed {seed}, {rounds} round of calls, {speakers} speakers of a
corpus at most; one configuration was looked at, the thresholds in force). *fresh*: each clip alone. *call*: the same
clips, each speaker's as calls of up to {clips} in runs of one target, one engine per call. *By line*: the kept speakers of every
corpus, {line_calls} calls of each at most, the same for every model, whether it met the corpus or not, each call as a whole over the line: G.711 (mu-law) and AMR at 8 kHz,
Opus (VoIP, 16 kHz), the same with {lost:.0%} of the packets lost in bursts of {burst} on average and concealed by the decoder, a softphone
(WebRTC's noise suppressor, high, and its adaptive gain control), eight reversed voices of the same speaker, gain (+20 dB stops
short of clipping). Then cues on calls laid out from the same clips: calm turns of about {calm} s, a stretch of {stretch} s of the caller's speech, {after} s of calm
turns, an agent between; calm calls of {whole} s. Shares with Wilson's 95 % interval, false cues with Poisson's. A corpus
without feelings has calm calls alone, of speakers with {least} s of speech or more. "-": nothing to count.
"""


def main():
    a = argparse.ArgumentParser(prog="protocols.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--tools", required=True, help="folder of the programs that evaluate: build/models")
    a.add_argument("--corpora", nargs="+", required=True, help="folders with an index.tsv, or with folders that have one")
    a.add_argument("--build", default="build/eval/calls", help="folder for calls and model files")
    a.add_argument("--out", help="JSON file for all figures")
    a.add_argument("--table", help="Markdown file for the tables")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--rounds", type=int, default=1)
    a.add_argument("--speakers", type=int, default=12)
    a.add_argument("--channels", nargs="+", choices=calls.CHANNELS, default=["clean"], help="of calls laid out")
    a.add_argument("--lines", nargs="*", choices=list(lines.LINES), default=list(lines.LINES), help="that clips come over")
    args = a.parse_args()
    said = []

    def say(text):
        said.append(text)
        print(text, flush=True)

    results = judge(args, say)
    if args.out and results:
        os.makedirs(os.path.dirname(args.out) or ".", exist_ok=True)
        with open(args.out + ".part", "w", encoding="utf-8") as f:
            json.dump(results, f, indent=1)
        os.replace(args.out + ".part", args.out)
    if args.table and results:
        with open(args.table, "w", encoding="utf-8") as f:
            f.write(ABOUT.format(seed=args.seed, rounds=args.rounds, speakers=args.speakers, clips=calls.CALL_CLIPS,
                                 calm=calls.CALM_S, stretch=calls.STRETCH_S, after=calls.AFTER_S,
                                 whole=calls.CALM_CALL_S, least=calls.LEAST_S["alone"],
                                 lost=lines.LOST, line_calls=LINE_CALLS, burst=lines.BURST) + "\n" + "\n".join(said) + "\n")


if __name__ == "__main__":
    main()
