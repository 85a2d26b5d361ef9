#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The catalogue in every language: nothing is missing, left over or in doubt (gettext's own tools say so), templates name the same
numbers, and what the program writes for people is of one language, line by line."""
import gettext
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from tool import Checks, path, speech, tool, wav  # noqa: E402

CUES = os.path.normpath(os.path.join(HERE, "..", "..", "..", "host-tools", "cues"))
LANGUAGES = ("de", "fr", "es")
check = Checks()


def run(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def catalogue(po):
    """{(context or None, English): word}"""
    with tempfile.TemporaryDirectory() as folder:
        made = os.path.join(folder, "words.mo")
        code, said = run("msgfmt", "--check", "-o", made, po)
        check(f"{os.path.basename(po)}: msgfmt --check", code == 0 and said == "", said)
        with open(made, "rb") as f:
            found = gettext.GNUTranslations(f)._catalog
    return {tuple(key.split("\4")) if "\4" in key else (None, key): word for key, word in found.items() if key}


pot = path("undertone.pot")
code, said = run("xgettext", "-k", "--keyword=N_", "--keyword=NC_:1c,2", "--from-code=UTF-8", "--language=C", "-o", pot, os.path.join(CUES, "catalogue.c"))
check("texts are found in the source", code == 0, said)
with open(os.path.join(CUES, "catalogue.c"), encoding="utf-8") as f:
    body = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S).split("#define NC_(context, english) english")[1]
    body = body.split("const char *ut_catalogue_word(")[0]
with open(pot, encoding="utf-8") as f:
    marked = re.sub(r"\bNC?_\((?:\"(?:[^\"\\]|\\.)*\"[\s,]*)+\)", "", body)  # what is left: names of cues' words, and no text
    check("all of them are marked", f.read().count("\nmsgid ") > 300 and not re.findall(r"\"[A-Za-z][^\"\n]* [^\"\n]*\"", re.sub(r"\{\"[^\"]*\"", "", marked)),
          re.findall(r"\"[A-Za-z][^\"\n]* [^\"\n]*\"", re.sub(r"\{\"[^\"]*\"", "", marked)))
words = {language: catalogue(os.path.join(CUES, language + ".po")) for language in LANGUAGES}
for language, own in words.items():
    po = os.path.join(CUES, language + ".po")
    code, said = run("msgcmp", po, pot)
    check(f"{language}: nothing is missing, nothing is left over", code == 0 and said == "", said)
    with open(po, encoding="utf-8") as f:
        check(f"{language}: nothing is in doubt", "fuzzy" not in f.read())
    names = lambda text: sorted(re.findall(r"\{[^}]*\}", text))
    wrong = [english for (_, english), word in own.items() if names(english) != names(word)]
    check(f"{language}: templates name the same numbers", not wrong, wrong)
    edges = [english for (_, english), word in own.items() if english[:1].isspace() != word[:1].isspace() and not word.startswith(" ;")]
    check(f"{language}: words that are put together keep their blanks", not edges, edges)
with tempfile.TemporaryDirectory() as folder:
    broken = os.path.join(folder, "fr.po")
    with open(os.path.join(CUES, "fr.po"), encoding="utf-8") as f:
        lines = f.read()
    with open(broken, "w", encoding="utf-8") as f:
        f.write(lines.replace('msgstr "pause', 'msgstr "', 1).replace('msgid "Cue"\nmsgstr "Alerte"', 'msgid "Cue"\nmsgstr ""'))
    check("a text that is missing is found", run("msgcmp", broken, pot)[0] != 0)

# What only English says: texts of two words and more whose translation is another.
english_only = {language: {e for (_, e), w in own.items() if e != w and e not in w and len(re.findall(r"[A-Za-z]{2,}", e)) > 1 and "{" not in e}
                for language, own in words.items()}


def of_one_language(what, language, text):
    found = [e for e in english_only[language] if re.search(rf"(?<![\w'-]){re.escape(e.strip())}(?![\w'-])", text)]
    check(f"{language}: {what} is of one language", not found, found)


def reported(env):
    """What a call's page is given: its words, and the texts of its cues."""
    page = path("report.html")
    code, _, err = tool("replay", path("call.wav"), "--report", page, env=env)
    with open(page, encoding="utf-8") as f:
        data = re.search(r'id="data">(.*?)</script>', f.read(), re.S).group(1)
    check("a report", code == 0, err)
    return json.loads(data)


def own_words(language):
    """Those of screens and pages: without a context, and no text of a cue."""
    with open(os.path.join(CUES, "catalogue.c"), encoding="utf-8") as f:
        listed = f.read().split("screen[] = {")[1].split("};")[0]
    texts = {"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', m)) for m in re.findall(r"N_\(((?:\"(?:[^\"\\]|\\.)*\"\s*)+)\)", listed)}
    return {(c, e): w for (c, e), w in words[language].items() if c is None and e in texts}


customer, agent = speech()
wav("call.wav", [agent, customer])
for language in LANGUAGES:
    env = {"UNDERTONE_DISPLAY_LANGUAGE": language}
    code, out, err = tool("cues", "--explain", env=env)
    check(f"{language}: cues --explain", code == 0 and words[language][(None, "Long silence")] in out, err)
    of_one_language("cues --explain", language, out)
    code, out, err = tool("replay", path("call.wav"), "--format", "webvtt", env=env)  # labels and TextGrid are read back, by English keys
    check(f"{language}: captions", code == 0 and out, err)
    of_one_language("captions", language, out)
    data = reported(env)
    check(f"{language}: the report says its language and has its words", data["language"] == language and all(
        data["words"].get(e) == w for (c, e), w in own_words(language).items()), data["language"])
    of_one_language("the report's cues", language, json.dumps([{k: v for k, v in c.items() if isinstance(v, str)} for c in data["cues"]],
                                                              ensure_ascii=False))
    code, out, err = tool("replay", path("call.wav"), "--json", env=env)
    texts = [x["data"].get(m, "") for x in map(json.loads, out.splitlines()) for m in ("Title", "Text", "Rule")]
    check(f"{language}: events have texts", code == 0 and any(texts), err)
    of_one_language("texts of events", language, "\n".join(texts))
    check(f"{language}: numbers of files are English", not re.search(r'"(Frustration|Delight|Confidence)":"?\d+,\d', out))
check("a language that is none is refused", tool("cues", "--explain", env={"UNDERTONE_DISPLAY_LANGUAGE": "it"})[0] == 18)
code, out, err = tool("cues", "--explain", env={"LC_ALL": "fr_CA.UTF-8"})
check("the environment's language", code == 0 and "les deux muets" in out, out[:200])
check.finish()
