#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What everything fitted was fitted to, and what it may be used for: provenance.py list | header OUT.h

A fitted table says so in a comment of its file: "Fitted to: NAME (LICENCE); NAME (LICENCE)." A model without that line was
fitted to the corpora that its header names. `list` prints, per build, which tables may be sold; `header` writes
the sentence of each build for host-tools/settings/model_use.c. LICENCES says what each licence allows.
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLES = {"pitch": "dsp/{tables}/pitch_table.c", "pace": "dsp/{tables}/pace_net.c", "speech": "dsp/speech_net.c",
          "doubt": "dsp/doubt_net.c", "forecast": "models/{ident}/forecast.c"}  # of a build with model ident and its tables
SETS = ("research", "open")  # of the front end's tables
LICENCES = {  # whether what is fitted to it may be sold
    "CC0-1.0": True, "Apache-2.0": True, "CC-BY-4.0": True, "MIT": True,
    "DFSG": True,        # music in Debian's main: use for any purpose is a condition of being there
    "made-here": True,   # by a synthesiser or a formula; nobody's recording
    "CC-BY-NC-SA-4.0": False, "research-only": False,
}
CORPORA = {"emodb": ("Emo-DB", "CC0-1.0"), "callcentre": ("call-centre samples", "Apache-2.0"),
           "ravdess": ("RAVDESS", "CC-BY-NC-SA-4.0"), "nemo": ("nEMO", "CC-BY-NC-SA-4.0"),
           "emospeech": ("EmoSpeech", "CC-BY-NC-SA-4.0"), "fda": ("fda", "research-only")}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def stated(source):
    """[(name, licence)] of a source's line "Fitted to"; None without one."""
    for comment in re.findall(r"/\*.*?\*/", source, re.S):
        text = re.sub(r"\s+", " ", re.sub(r"\n \*", " ", comment))
        line = re.search(r"Fitted to: ([^.]*(?:\.\d[^.]*)*)\.(?: |$|\*)", text)
        if line:
            return re.findall(r"([^;()]+?) \(([^()]+)\)(?:;|$) ?", line[1])
    return None


def met(source):
    """The same of a model by the corpora of its header; None where one is not known."""
    line = re.search(r"^ \* corpora +(.+)$", source, re.M)
    names = line[1].split() if line else []
    return [CORPORA[n] for n in names] if names and all(n in CORPORA for n in names) else None


def models():
    return sorted(os.path.basename(os.path.dirname(p)) for p in glob.glob(os.path.join(ROOT, "models", "*", "model.c")))


def tables_of(ident, source=None):
    """The files of the build with that model: {table: path}; source: its model.c."""
    source = read(f"models/{ident}/model.c") if source is None else source
    line = re.search(r"^ \* tables +(\w+)$", source, re.M)
    return {name: path.format(ident=ident, tables=line[1] if line else "unnamed") for name, path in TABLES.items()}


def fitted(ident, source=None):
    """{table: its sources, or None where they are not stated} of the build with that model; source: its model.c."""
    source = read(f"models/{ident}/model.c") if source is None else source
    tables = {name: stated(read(p)) if os.path.exists(os.path.join(ROOT, p)) else None
              for name, p in tables_of(ident, source).items()}
    return {f"model {ident}": stated(source) or met(source), **tables}


def sellable(sources):
    return bool(sources) and all(LICENCES.get(licence, False) for _, licence in sources)


def unstated():
    """Files that hold many fitted-looking numbers, or say that a fit wrote them, and are in no list."""
    known = {p.format(ident=i, tables=t) for p in ["models/{ident}/model.c", *TABLES.values()] for i in models() for t in SETS}
    for folder in ("dsp", "dsp/*", "models", "models/*", "host-tools/cues"):
        for path in sorted(glob.glob(os.path.join(ROOT, folder, "*.[ch]"))):
            name = os.path.relpath(path, ROOT)
            if name in known or name.startswith("models/train/") or os.path.basename(name) == "vectors.h":
                continue
            with open(path, encoding="utf-8") as f:
                source = f.read()
            if fitted_looking(source, name.endswith(".c")):
                yield name


def fitted_looking(source, is_code=True):
    """Whether a source says that training wrote it (a header may speak of who does), or holds two dozen numbers and more."""
    bare = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    tables = re.findall(r"\bconst\s+(?:u?int\d+_t|double|float|int|char)\s+\w+(?:\[[^\]]*\])+\s*=\s*\{(.*?)\};", bare, re.S)
    return bool(is_code and re.search(r"by\s+\*?\s*(?:models/train|tests/eval)/", source)) or \
        any(len(re.findall(r"-?\d+(?:\.\d+)?", t)) >= 24 for t in tables)


def joined(words):
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def use(ident):
    """One sentence: what a build with that model may be used for."""
    tables = fitted(ident)
    bad = [name for name, sources in tables.items() if not sellable(sources)]
    if not bad:
        return "May be used for any purpose, also commercially: all that is fitted in it comes from recordings that allow it."
    why = sorted({name for t in bad for name, licence in tables[t] or [("recordings nobody names", "")]
                  if not LICENCES.get(licence, False)})
    return f"Not for commercial use: {joined(bad)} were fitted to recordings that allow research only ({joined(why)})."


def listing():
    for ident in models():
        print(f"build with MODEL={ident}: {use(ident)}")
        for name, sources in fitted(ident).items():
            said = "; ".join(f"{n} ({licence})" for n, licence in sources or []) or "not stated"
            print(f"  {'may be sold' if sellable(sources) else 'not to be sold':<15} {name:<10} {said}")


def crc32(ident):
    return re.search(r"\.crc32 = (0x[0-9a-f]+),", read(f"models/{ident}/model.c"))[1]


def main(argv):
    if argv[1:] == ["list"]:
        listing()
    elif len(argv) == 3 and argv[1] == "header":
        rows = "".join(f'    {{{crc32(i)}, "{use(i)}"}},\n' for i in models())
        with open(argv[2], "w", encoding="utf-8") as f:
            f.write("/* Written by models/provenance.py. */\n#define UT_MODEL_USES \\\n" + rows.replace("\n", " \\\n")[:-2] + "\n")
    else:
        sys.exit(__doc__.split("\n", maxsplit=1)[0])


if __name__ == "__main__":
    main(sys.argv)
