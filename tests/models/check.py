#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every model of models/: provenance, checksum, card and answers, and that each of these checks can fail:
check.py HOST-FOLDER TARGET-FOLDER EMULATOR...

HOST-FOLDER/ID and TARGET-FOLDER/ID.elf are tests/models/test_infer.c linked with model ID; EMULATOR runs the latter.
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from models import provenance  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ARRAYS = (["input_mean_q8", "input_mult"]
          + [f"{layer}_{part}" for layer in ("conv1_layer", "conv2_layer", "input_gates", "hidden_gates", "head")
             for part in ("w", "bias", "mult", "shift")] + ["explain_w"])  # order of models/model.h
FORMAT = {"int8_t": "b", "uint8_t": "B", "int16_t": "h", "int32_t": "i"}
SECTIONS = ("Data and licences", "Protocol", "Held-out speakers", "What it gets wrong", "Confidence", "Explanation",
            "What it does not know", "Use")


def text(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            return f.read()
    except OSError:
        return ""


def features():
    """(version, inputs) of dsp/features.h; the inputs are its vector in two views (firmware/caller.h)."""
    head = text(os.path.join(ROOT, "dsp"), "features.h")
    version, vector = (int(re.search(rf"\b{name} = (\d+)", head).group(1)) for name in ("UT_FEATURES_VERSION", "UT_FEATURES_N"))
    return version, 2 * vector


def header(source):
    """The provenance lines of a model's first comment."""
    comment = source[source.find("/* A trained model"):source.find("*/", source.find("/* A trained model"))]
    return dict(re.findall(r"^ \* (command|features|tables|data|corpora|seed|CRC-32|use|held out) +(.+)$", comment, re.M)), comment


def member(source, name):
    found = re.search(rf"\.{name} = (\S+),$", source, re.M)
    return found.group(1) if found else ""


def checksum(source):
    """CRC-32 of the arrays in the file's order; None when they are not those of models/model.h."""
    found = re.findall(r"^static const (\w+) (\w+)\[(\d+)\] = \{\n(.*?)^\};$", source, re.M | re.S)
    if [name for _, name, _, _ in found] != ARRAYS:
        return None
    crc = 0
    for kind, _, count, body in found:
        numbers = [int(x) for x in body.replace("\n", " ").split(",") if x.strip()]
        if len(numbers) != int(count):
            return None
        crc = zlib.crc32(struct.pack(f"<{len(numbers)}{FORMAT[kind]}", *numbers), crc)
    return f"{crc:08x}"


def rule_provenance(folder, ident):
    """the weights say where they come from"""
    lines, comment = header(text(folder, "model.c"))
    wanted = {"command": r"make train \(.*seed \d+.*\)", "features": r"version \d+", "tables": r"research|open", "data": r"sha256 [0-9a-f]{64}",
              "corpora": r"[\w.-]+( [\w.-]+)*", "use": r"commercial use allowed|not for commercial use, research only|as the licences of .+",
              "seed": r"\d+", "CRC-32": r"[0-9a-f]{8}", "held out": r"speaker-independent: .+"}
    for name, form in wanted.items():
        if not re.fullmatch(form, lines.get(name, "")):
            yield f"model.c: its header lacks a good line '{name}'"
    if not re.search(r"^ \* +\d+ clips, \d+ speakers", comment, re.M):
        yield "model.c: its header does not say how many clips and speakers"
    if not re.search(r"^ \* +all: n \d+, UAR float [\d.]+, int8 [\d.]+ ", comment, re.M):
        yield "model.c: its header has no held-out figures"


def rule_identity(folder, ident):
    """id, features version and checksum are what they seem"""
    source = text(folder, "model.c")
    lines = header(source)[0]
    version, inputs = features()
    crc = checksum(source)
    if member(source, "id") != f'"{ident}"' or not re.fullmatch(r"[A-Za-z0-9]{1,4}", ident):
        yield f"model.c: its id is {member(source, 'id')}, its folder {ident}"
    if lines.get("features") != f"version {version}" or member(source, "features_version") != str(version):
        yield f"model.c: features version {member(source, 'features_version')}, this tree has {version}"
    sets = ("research", "open")  # as dsp/features.h numbers them
    if lines.get("tables") not in sets or member(source, "tables") != str(sets.index(lines["tables"])):
        yield f"model.c: tables {lines.get('tables')}, number {member(source, 'tables')}"
    if member(source, "inputs") != str(inputs):
        yield f"model.c: {member(source, 'inputs')} inputs, this tree has {inputs}"
    if crc is None:
        yield "model.c: its arrays are not those of models/model.h"
    elif member(source, "crc32") != "0x" + crc or lines.get("CRC-32") != crc:
        yield f"model.c: the weights have CRC-32 {crc}, it says {member(source, 'crc32')} and {lines.get('CRC-32')}"


def rule_card(folder, ident):
    """the card is there and speaks of these weights"""
    source, card = text(folder, "model.c"), text(folder, "card.md")
    lines, comment = header(source)
    if not card.startswith(f"# Model {ident}\n"):
        yield "card.md: missing, or of another model"
        return
    identity = re.search(r"^\| identity \| (.+) \|$", card, re.M)
    words = f"{ident}, CRC-32 {lines.get('CRC-32')}, features {lines.get('features')}"
    if not identity or identity.group(1) != words:
        yield f"card.md: identity is not '{words}'"
    for name, key in (("made by", "command"), ("data", "data"), ("use", "use")):
        if f"| {name} | {lines.get(key)}" not in card:
            yield f"card.md: '{name}' differs from model.c"
    for section in SECTIONS:
        if f"\n## {section}\n" not in card:
            yield f"card.md: no section {section}"
    for cut, n, figures in re.findall(r"^ \* +([\w-]+): n (\d+), (.+)$", comment, re.M):
        row = re.search(rf"^\| {cut} \| {n} \|.*$", card, re.M)
        numbers = lambda line: Counter(re.findall(r"\d\.\d{3}", line))
        lost = numbers(figures) - numbers(row.group() if row else "")
        if lost:
            yield f"card.md: '{cut}' lacks {', '.join(lost.elements())} of model.c"


def rule_bars(folder, ident):
    """the card says its calibration error as its tables have it, what to do about it, and what other seeds gave"""
    card = text(folder, "card.md")
    told = re.search(r"^Calibration error [^:]*: ([\d.]+) in calls and ([\d.]+) alone [^,]*, ([\d.]+) and ([\d.]+)\s+as the mean [^;]*; "
                     r"([\d.]+) or less was wanted: (met|missed)\.(.*?)\n\n", card, re.M | re.S)
    if not told:
        yield "card.md: does not say its calibration error against its bar"
        return
    *values, bar = map(float, told.groups()[:5])
    for k, (begin, end) in enumerate((("In calls:", "Alone:"), ("Alone:", "Telephone:"))):
        cells = [line.strip("| ").split(" | ") for line in card[card.index(f"\n{begin}\n"):card.index(f"\n{end}")].splitlines() if line.startswith("|")]
        error = {c[0]: float(c[-1].split(" / ")[1]) for c in cells[2:]}
        whole = [c[0] for c in cells[2:] if c[4] != "-" and c[0] != "all" and "," not in c[0]]
        for value, wanted in ((values[k], error["all"]), (values[k + 2], sum(error[c] for c in whole) / len(whole))):
            if abs(value - wanted) > 0.00101:
                yield f"card.md: a calibration error of {value}, where its table '{begin}' has {wanted:.4f}"
    if (max(values) <= bar) != (told[6] == "met"):
        yield f"card.md: {max(values)} against {bar} is not '{told[6]}'"
    if "`undertone adapt`" not in told[7]:
        yield "card.md: does not name `undertone adapt`"
    page = text(os.path.join(ROOT, "docs/measured"), f"seeds-{ident}.md")
    wanted = f"docs/measured/seeds-{ident}.md (`make eval-seeds ID={ident}`)" if page else f"`make eval-seeds ID={ident}`, which has not been run"
    if wanted not in card:
        yield f"card.md: does not say of other seeds: {wanted}"
    if page and member(text(folder, "model.c"), "crc32")[2:] not in page:
        yield f"docs/measured/seeds-{ident}.md: not beside these weights"


def rule_vectors(folder, ident):
    """the vectors are this model's and fit the features"""
    vectors = text(folder, "vectors.h")
    if f"inputs of model {ident} " not in vectors:
        yield "vectors.h: missing, or of another model"
    if f"UT_VECTORS_INPUTS = {features()[1]}" not in vectors:
        yield "vectors.h: another number of inputs"


def rule_use(folder, ident):
    """what may be done with the build follows from what everything in it was fitted to"""
    stated = provenance.fitted(ident, text(folder, "model.c"))
    for name, sources in stated.items():
        if not sources:
            yield f"{name}: no line 'Fitted to: NAME (LICENCE); ...'"
        for source, licence in sources or []:
            if licence not in provenance.LICENCES:
                yield f"{name}: {source}: models/provenance.py does not know the licence {licence}"
    if header(text(folder, "model.c"))[0].get("tables") == "open":
        for name, sources in stated.items():
            if not provenance.sellable(sources):
                yield f"{name}: not to be sold, in a build with the open tables"
    card = text(folder, "card.md").split("\n## ")[0]
    sellable = provenance.sellable(stated[f"model {ident}"])
    if ("May be used commercially" if sellable else "Not for commercial use") not in card:
        yield f"card.md: does not say at its head that it {'may be' if sellable else 'is not to be'} sold"


def change(name, before, after):
    """A fault: the first match of `before` in file `name` replaced."""
    def spoil(folder):
        path = os.path.join(folder, name)
        old = text(folder, name)
        new = re.sub(before, after, old, count=1, flags=re.M | re.S)
        if new == old:
            raise SystemExit(f"nothing to spoil in {path}")
        with open(path, "w", encoding="utf-8") as f:
            f.write(new)
    return spoil


def other_tables(folder):
    """A fault: the set that may be sold, for a model with tables that may not, or no set."""
    path = os.path.join(folder, "model.c")
    source = text(folder, "model.c")
    with open(path, "w", encoding="utf-8") as f:
        f.write(re.sub(r"^( \* tables +)(\w+)$", lambda m: m[1] + ("gone" if m[2] == "open" else "open"), source, count=1, flags=re.M))


FAULTS = {
    rule_provenance: (change("model.c", r"^ \* data .*?$", " *"), change("model.c", r"^ \* seed .*?$", " *"),
                      change("model.c", r"^ \* use .*?$", " * use       as you like"),
                      change("model.c", r"^ \* corpora .*?$", " *"),
                      change("model.c", r"sha256 [0-9a-f]", "sha256 "), change("model.c", r"^ \*   all:", " *   most:")),
    rule_identity: (change("model.c", r"(_w\[\d+\] = \{\n    )-?\d+", r"\g<1>3, 4"),
                    change("model.c", r"(input_mult\[\d+\] = \{\n    \d+)", r"\g<1>1"),
                    change("model.c", r"\.crc32 = 0x.", ".crc32 = 0xz"),
                    change("model.c", r"\.features_version = ", ".features_version = 9"),
                    change("model.c", r"\.tables = ", ".tables = 2"), change("model.c", r'\.id = "', '.id = "z'), change("model.c", r"\.inputs = ", ".inputs = 1")),
    rule_card: (change("card.md", r"CRC-32 .", "CRC-32 z"), change("card.md", r"^\| all \| (\d+)", r"| all | 1\1"),
                change("card.md", r"(^\| all \|[^\n]*?)0\.\d{3}", r"\g<1>0.0"),
                change("card.md", r"^## Use$", "## Nothing"), change("card.md", r"sha256 .", "sha256 z")),
    rule_bars: (change("card.md", r"^Calibration error", "Error"), change("card.md", r"(^Calibration error [^:]*: )0", r"\g<1>1"),
                change("card.md", r"(^Calibration error .*? alone .*?, )0", r"\g<1>1"),
                change("card.md", r"wanted: missed", "wanted: met"), change("card.md", r"`undertone adapt`", "somebody"),
                change("card.md", r"make eval-seeds", "make nothing")),
    rule_use: (change("model.c", r"^ \* corpora +.*?$", " * corpora   nobody"),
               change("model.c", r"^ \* tables +.*?$", " * tables    gone"),
               other_tables,
               change("card.md", r"Not for commercial use|May be used commercially", "For all")),
    rule_vectors: (change("vectors.h", r"of model ", "of model z"), change("vectors.h", r"INPUTS = ", "INPUTS = 1")),
}


# What must be noticed as fitted, and what a line says.
FITTED = ("/* Written by models/train/x.py. */ static const int a = 1;",
          "static const int16_t w[24] = {" + "1, " * 24 + "};", "const double w[2][12] = {" + "{" + "0.5, " * 24 + "}};")
STATED = (("/* Fitted to: A (CC0-1.0). */", [("A", "CC0-1.0")]),
          ("/* Made.\n * Fitted to: A b (CC0-1.0); C's d\n * (X-2.0-Y). */", [("A b", "CC0-1.0"), ("C's d", "X-2.0-Y")]),
          ("/* Fitted to nothing. */", None), ("static int x;", None))


def main(argv):
    host, target, emulator = argv[1], argv[2], argv[3:]
    models = sorted(x for x in os.listdir(os.path.join(ROOT, "models"))
                    if os.path.exists(os.path.join(ROOT, "models", x, "model.c")))
    passed = failed = 0

    def count(fine, what):
        nonlocal passed, failed
        passed, failed = passed + bool(fine), failed + (not fine)
        if not fine:
            print(what)

    count(models, "models/ has no model")
    extra = list(provenance.unstated())
    count(not extra, f"fitted, or looks so, and not in models/provenance.py: {', '.join(extra)}")
    for fault in FITTED:
        count(provenance.fitted_looking(fault), f"not taken for fitted: {fault}")
    for comment, sources in STATED:
        count(provenance.stated(comment) == sources, f"{comment}: {provenance.stated(comment)}")
    makefile, readme = text(ROOT, "Makefile"), text(ROOT, "README.md")
    built = re.search(r"^MODEL \?= (\S+)$", makefile, re.M)[1]
    count(provenance.use(built) in " ".join(readme.split("\n## ")[0].split()),
          f"README.md: its first screen lacks: {provenance.use(built)}")
    for ident in models:
        folder = os.path.join(ROOT, "models", ident)
        for rule, faults in FAULTS.items():
            found = list(rule(folder, ident))
            count(not found, f"models/{ident}: {rule.__doc__}: {'; '.join(found)}")
            for number, spoil in enumerate(faults):
                with tempfile.TemporaryDirectory() as copy:
                    for name in ("model.c", "card.md", "vectors.h"):
                        if text(folder, name):
                            shutil.copy(os.path.join(folder, name), copy)
                    spoil(copy)
                    count(len(list(rule(copy, ident))) > len(found),
                          f"models/{ident}: {rule.__doc__}: fault {number + 1} is not found")
        for where, words in (("this machine", [os.path.join(host, ident)]),
                             ("the Cortex-M4", [*emulator, os.path.join(target, ident + ".elf")])):
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  check=False, text=True)
            said = re.search(r"PASSED  \] (\d+) test", done.stdout)
            count(done.returncode == 0 and said and int(said.group(1)) > 0 and "vectors_match" in done.stdout,
                  f"models/{ident} on {where}: {done.stdout[-1500:]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
