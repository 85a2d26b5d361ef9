# SPDX-License-Identifier: Apache-2.0
"""Clips, as an index.tsv lists them, and the version of the features that they are heard by."""
import csv
import hashlib
import os

INPUTS = 28
TARGETS = ("frustration", "delight", "other")
TABLES = ("research", "open")  # sets of fitted tables: folders of dsp/, as dsp/features.h numbers them


class Clip:
    """One line of an index.tsv."""

    def __init__(self, root, line):
        self.file = os.path.join(root, line["path"])
        self.path = line["path"]
        self.corpus = line.get("corpus") or os.path.basename(os.path.abspath(root))
        self.speaker = self.corpus + ":" + line["speaker"]
        self.gender = line.get("gender") or "?"
        self.emotion = line.get("emotion") or line["target"]
        self.target = TARGETS.index(line["target"])


def read_index(root):
    with open(os.path.join(root, "index.tsv"), encoding="utf-8", newline="") as f:
        lines = [x for x in csv.DictReader(f, delimiter="\t") if x.get("target") in TARGETS]
    return [Clip(root, x) for x in lines]


def manifest(clips):
    """sha256 over every clip's path, speaker, target and content."""
    h = hashlib.sha256()
    for c in sorted(clips, key=lambda c: (c.corpus, c.path)):
        with open(c.file, "rb") as f:
            content = hashlib.sha256(f.read()).hexdigest()
        h.update(f"{c.corpus}\t{c.path}\t{c.speaker}\t{TARGETS[c.target]}\t{content}\n".encode())
    return h.hexdigest()


def features_version():
    with open(os.path.join(os.path.dirname(__file__), "../../dsp/features.h"), encoding="ascii") as f:
        return int(f.read().split("UT_FEATURES_VERSION =")[1].split(",")[0])
