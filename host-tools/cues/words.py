#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The translations of the catalogue as a header: words.py OUT.h LANGUAGE.po...

msgfmt judges and compiles each; a text that is missing, empty or fuzzy stays English (tests/host-tools/cues/test_languages.py finds
none). The order of the files is that of enum ut_language behind English.
"""
import gettext
import os
import subprocess
import sys
import tempfile


def quoted(text):
    """A literal of C; three digits, so that none runs into the next byte."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in text.encode()) + '"'


def words(path):
    """[(key, word)] in the order of their bytes."""
    with tempfile.TemporaryDirectory() as folder:
        made = os.path.join(folder, "words.mo")
        done = subprocess.run(["msgfmt", "--check", "-o", made, path], stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"words.py: {path}: {done.stderr.strip()}")
        with open(made, "rb") as f:
            catalogue = gettext.GNUTranslations(f)._catalog  # the one reader of .mo in Python's library
    return sorted(((key, word) for key, word in catalogue.items() if key), key=lambda pair: pair[0].encode())


def main(arguments):
    if len(arguments) < 2:
        sys.exit("usage: words.py OUT.h LANGUAGE.po...")
    out, files = arguments[0], arguments[1:]
    codes = [os.path.basename(path)[:-3] for path in files]
    text = """/* SPDX-License-Identifier: Apache-2.0 */
/* Written by host-tools/cues/words.py from the .po files beside it. */
#ifndef UT_GEN_WORDS_H
#define UT_GEN_WORDS_H

#include <stddef.h>

struct ut_word {
    const char *key, *word;
};
"""
    for code, path in zip(codes, files):
        text += f"static const struct ut_word ut_words_{code}[] = {{\n" + "".join(f"    {{{quoted(k)}, {quoted(w)}}},\n" for k, w in words(path)) + "};\n"
    text += "static const struct ut_word *const ut_words[] = {NULL, " + ", ".join(f"ut_words_{c}" for c in codes) + "};\n"
    text += "static const size_t ut_word_counts[] = {0, " + ", ".join(f"sizeof ut_words_{c} / sizeof ut_words_{c}[0]" for c in codes) + "};\n"
    text += "static const char *const ut_word_codes[] = {" + ", ".join(f'"{c}"' for c in ["en", *codes]) + "};\n\n#endif\n"
    with open(out, "w", encoding="ascii") as f:
        f.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
