#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The pages of the first hour as HTML: pages.py OUT DEMO FLOOR

pandoc makes a page of each .md beside this file. DEMO and FLOOR are what `make demo` and `make demo-floor` left: their pictures are
the pages' screenshots. A page that names a picture which is not there is a fault. Links to other documents of the tree become
their text.
"""
import glob
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SHOTS = {"agent.png": "floor", "floor.png": "floor", "call.png": "floor", "report.png": "demo"}


def page(path, names):
    """The text of a page whose links to other pages are those of the site."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    text = re.sub(r"\]\((\w+)\.md\)", lambda m: f"]({m[1]}.html)" if m[1] in names else m[0], text)
    return re.sub(r"(?<!!)\[([^]]+)\]\(\.\./[^)]+\)", r"\1", text)


def main(words):
    if len(words) != 3:
        sys.exit(__doc__.split("\n\n", maxsplit=1)[0])
    out, folders = words[0], {"demo": words[1], "floor": words[2]}
    sources = sorted(glob.glob(os.path.join(HERE, "*.md")))
    names = {os.path.basename(path)[:-3] for path in sources}
    texts = {path: page(path, names) for path in sources}
    wanted = {shot for text in texts.values() for shot in re.findall(r"\]\(shots/([\w.-]+)\)", text)}
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(os.path.join(out, "shots"))
    for shot in sorted(wanted):
        made = os.path.join(folders[SHOTS[shot]], shot) if shot in SHOTS else ""
        if not os.path.exists(made):
            sys.exit(f"pages: {shot}: no such picture in {' or '.join(words[1:])}; make demo demo-floor leaves them where chromium is installed")
        shutil.copy(made, os.path.join(out, "shots", shot))
    shutil.copy(os.path.join(HERE, "style.css"), out)
    menu, end = os.path.join(out, "menu.html"), os.path.join(out, "end.html")
    with open(end, "w", encoding="utf-8") as f:
        f.write("</main>\n")
    with open(menu, "w", encoding="utf-8") as f:
        order = ["index"] + sorted(names - {"index"})
        titles = {n: "Start" if n == "index" else n.capitalize() for n in order}
        f.write('<nav aria-label="Pages">' + "\n".join(f'<a href="{n}.html">{titles[n]}</a>' for n in order) + "</nav>\n<main>\n")
    for path, text in texts.items():
        title = re.match(r"# (.*)", text).group(1)
        # The page's own heading is its first: pandoc would add the title as a second one.
        done = subprocess.run(["pandoc", "--from", "markdown-smart-implicit_figures", "--to", "html5", "--standalone", "--css", "style.css",
                               "--include-before-body", menu, "--include-after-body", end, "--variable", "lang=en", "--metadata", f"pagetitle={title}",
                               "--output", os.path.join(out, os.path.basename(path)[:-3] + ".html")], input=text, text=True, check=False,
                              stderr=subprocess.PIPE)
        if done.returncode != 0 or done.stderr:
            sys.exit(f"pages: {path}: {done.stderr}")
    os.remove(menu)
    os.remove(end)
    print(f"{len(sources)} pages, {len(wanted)} pictures: {os.path.join(out, 'index.html')}")


if __name__ == "__main__":
    main(sys.argv[1:])
