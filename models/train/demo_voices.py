#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A call of anyone's labelled recordings through the program: demo_voices.py --tool PROGRAM --corpora FOLDER... --out FOLDER

Lays out one realistic call (calls.py): calm turns, a stretch of anger, calm turns, an agent between, all of recorded
voices. Replays it, leaves its report page beside the sound, and says what was meant and what was said.
"""
import argparse
import json
import os
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT)
from models.train import calls, pack, protocols  # noqa: E402

FEELINGS = ("ask_for_help", "empathy_cue", "rising_frustration", "positive_interaction", "good_moment")
LATE_MS = 5000  # as host-tools/trials/feelings.h


def chosen(index, seed):
    """The call with a stretch that begins late: frustration before delight; the seed picks one of several."""
    with open(index, encoding="utf-8") as f:
        able = [c for c in json.load(f)["calls"] if c["stretches"] and c["stretches"][0]["begin_ms"] > 20000]
    angry = [c for c in able if c["stretches"][0]["kind"] == "frustration"] or able
    return angry[seed % len(angry)] if angry else None


def cues(tool, call, options):
    alone = ("--customer", "1", "--agent", "none")  # as calls.py lays them
    done = subprocess.run([tool, "replay", call, "--json", *alone, *options], stdout=subprocess.PIPE, check=True, text=True)
    events = [json.loads(x) for x in done.stdout.splitlines()]
    return [e["data"] for e in events if e["type"] == "undertone.cue.opened.v1"]


def clock(ms):
    return f"{ms // 60000}:{ms // 1000 % 60:02d}"


def verdict(cue, stretch):
    if cue["Cue"] not in FEELINGS:
        return "a measured fact"
    inside = stretch["begin_ms"] <= cue["NotifyOffsetMillis"] <= stretch["end_ms"] + LATE_MS
    return f"in the stretch of {stretch['kind']}" if inside else "nobody was asked to feel anything there: false"


def tell(call, opened, met):
    stretch = call["stretches"][0]
    print(f"\nmeant: {call['corpus']}, speaker {call['speaker']} ({call['gender']}), calm but for {stretch['kind']} from "
          f"{clock(stretch['begin_ms'])} to {clock(stretch['end_ms'])}\nsaid:")
    for cue in opened:
        print(f"  {clock(cue['NotifyOffsetMillis'])}  {cue['Cue']:<22} {verdict(cue, stretch)}")
    if not any(c["Cue"] in FEELINGS for c in opened):
        print("  no cue about a feeling: this stretch was missed")
    if call["corpus"] in met:
        print(f"The built-in model was trained on {call['corpus']}: it knows this voice, and does better here than on others.")


def main():
    a = argparse.ArgumentParser(prog="demo_voices.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--tool", required=True)
    a.add_argument("--corpora", nargs="+", required=True, help="folders with an index.tsv, or with folders that have one")
    a.add_argument("--model", default="", help="models/ID, whose header names the corpora it has met")
    a.add_argument("--out", required=True)
    a.add_argument("--seed", type=int, default=1)
    args = a.parse_args()
    folders, absent = protocols.folders_of(args.corpora)
    for name in absent:
        print(f"{name}: no recordings here (index.tsv is absent); CORPORA= names a folder that models/train/README.md describes")
    met = []
    if args.model:
        with open(os.path.join(args.model, "model.c"), encoding="ascii") as f:
            met = pack.met(f.read())
    for folder in folders:
        index = calls.write([folder], os.path.join(args.out, "calls"), args.seed, 1, 1)
        call = chosen(index, args.seed) if index else None
        if call is None:
            print(f"{folder}: no speaker has enough calm speech and anger or delight for a call")
            continue
        sound = os.path.join(args.out, "calls", call["path"])
        page = os.path.join(args.out, "report.html")
        opened = cues(args.tool, sound, ["--report", page, "--report", os.path.join(args.out, "report.png")])
        tell(call, opened, met)
        print(f"\nthe call as a page: {page}; its sound: {sound}")
        return


if __name__ == "__main__":
    main()
