#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The tests that a name or a change means, one path a line: pick.py NAME... | pick.py --changed

NAME is a test's path without tests/, test_ and its ending: dsp/pitch. Its last words do where they name one test only,
and so does the path of the source. A name that means none ends with one line that says near ones, and exit code 2.

--changed: the tests of what changed since the branch left origin/main, or since the last commit: those that include a
changed file at any depth, where X.c counts as its header X.h, and those of its name. A change that no test includes
means every unit test; documents mean none. Tests in Python come out when they are MOST at most and need nothing besides
the host's packages: the rest is left to make check.
"""
import difflib
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = ("tests", "tests/boards", "tests/host-tools", "tests/ble")  # where tests in Python find modules
NO_TEST = re.compile(r".*\.md$|docs/|LICENSE$|\.clang-format$|\.editorconfig$|\.gitignore$|\.ci/")
ALONE = ("tests/api/", "tests/ble/", "tests/boards/nrf52840/sdc/", "tests/update/", "tests/models/test_judge.py", "tests/models/test_protocols.py")  # need an environment of their own
MOST = 2


def name_of(path):
    """dsp/pitch of dsp/pitch, dsp/pitch.c and tests/dsp/test_pitch.c."""
    folder, base = os.path.split(re.sub(r"\.(c|h|py)$", "", os.path.normpath(path).removeprefix("tests/")))
    return os.path.join(folder, base.removeprefix("test_"))


def all_tests(root):
    """{name: paths of its tests}"""
    found = {}
    for path in sorted(glob.glob("tests/**/test_*.[cp]*", root_dir=root, recursive=True)):
        if path.endswith((".c", ".py")):
            found.setdefault(name_of(path), []).append(path)
    return found


def named(tests, word):
    """(paths of all_tests() that a name means, what to say when there are none)"""
    name = name_of(word)
    ends = [x for x in tests if x == name] or [x for x in tests if x.endswith("/" + name)]
    if len(ends) == 1:
        return tests[ends[0]], ""
    lasts = [x for x in tests if os.path.basename(x) in difflib.get_close_matches(
        os.path.basename(name), map(os.path.basename, tests), 3, 0.7)]
    near = ends or list(dict.fromkeys(difflib.get_close_matches(name, tests, 3, 0.7) + lasts))[:6]
    if ends:
        return [], f"{word} names {len(ends)} tests: {', '.join(ends)}"
    return [], f"no test is named {word}" + (f"; near: {', '.join(near)}" if near else "; make test T=dsp/pitch names one")


def included(root, path, seen):
    """Adds to seen what a source includes or imports, at any depth."""
    if path in seen:
        return seen
    seen.add(path)
    try:
        with open(os.path.join(root, path), encoding="utf-8") as f:
            text = f.read()
    except OSError:  # made when the rest is built
        return seen
    if path.endswith(".py"):
        for module in re.findall(r"^(?:from|import)\s+(\w+)", text, re.M):
            for folder in (os.path.dirname(path),) + SHARED:
                if os.path.exists(os.path.join(root, folder, module + ".py")):
                    included(root, os.path.join(folder, module + ".py"), seen)
                    break
    else:
        for header in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M):
            included(root, header, seen)
    return seen


def of_changes(root, changed):
    """Tests of these changed files, or None when that cannot be told."""
    tests = {path: included(root, path, set()) for paths in all_tests(root).values() for path in paths}
    picked = set()
    for path in changed:
        header = re.sub(r"\.(c|py)$", ".h", path)  # tables.py writes tables.h
        board = re.match(r"boards/([^/]+)/.", path)
        mine = {test for test, seen in tests.items() if path in seen or header in seen or name_of(test) == name_of(path)
                or board and re.match(rf"tests/boards/({board[1]}/test_\w+\.(?:c|py)|test_{board[1]}\.py)$", test)}
        if not mine and not NO_TEST.match(path):
            return None
        picked |= mine
    return sorted(picked)


def git(*words):
    done = subprocess.run(["git", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=False)
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else None


def changes():
    """(what changed, since what); None where git does not say."""
    for base in (git("merge-base", "origin/main", "HEAD"), git("rev-parse", "HEAD~")):
        files = base and git("diff", "--name-only", base[0])
        if files is not None and base:
            files = sorted(set(files + git("ls-files", "--others", "--exclude-standard")))
            if files:
                return files, base[0][:12]
    return None, None


def main(argv):
    if argv[1:] == ["--changed"]:
        files, base = changes()
        picked = of_changes(ROOT, files) if files else None
        why = f"{len(files)} files changed since {base}" if files else "git tells no change"
        if picked is None:
            picked = [path for paths in all_tests(ROOT).values() for path in paths if path.endswith(".c")]
            why += ", one of them behind every test" if files else ""
        outside = [path for path in picked if path.endswith(".py")]
        left = [path for path in outside if len(outside) > MOST or path.startswith(ALONE)]
        print(f"{why}: {len(picked) - len(left)} test programs" + (f", and {len(left)} in Python left to make check"
                                                                  if left else ""), file=sys.stderr)
        print("\n".join(path for path in picked if path not in left))
        return 0
    if not argv[1:]:
        print("which test? For example make test T=dsp/pitch")
        return 2
    tests = all_tests(ROOT)
    found = [named(tests, word) for word in argv[1:]]
    faults = [fault for _, fault in found if fault]
    print("\n".join(faults[:1] or [path for paths, _ in found for path in paths]))
    return 2 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
