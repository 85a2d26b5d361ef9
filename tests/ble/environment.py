#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a pinned Python environment: environment.py FOLDER [REQUIREMENTS]

Installs exactly what REQUIREMENTS (else requirements.txt beside this file, of the Bluetooth tests) names and hashes,
once. Exit code: 0 it is there; 3 pip reaches no package index, with one line on stderr; 1 anything else (a hash that does
not fit, no venv module), with pip's words.
"""
import hashlib
import os
import re
import shutil
import subprocess
import sys

REQUIREMENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "requirements.txt")
UNREACHABLE = re.compile(r"NewConnectionError|ConnectTimeout|ReadTimeout|ConnectionError|name resolution|ProxyError|"
                         r"Connection (broken|refused|reset)|Network is unreachable|SSLError|Cannot connect", re.I)


def run(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)


def verdict(code, said):
    """The exit code for what pip answered."""
    if code == 0:
        return 0
    return 3 if UNREACHABLE.search(said) and "DO NOT MATCH THE HASHES" not in said else 1


def main(argv):
    if len(argv) not in (2, 3):
        sys.exit("usage: environment.py FOLDER [REQUIREMENTS]")
    folder, requirements = argv[1], argv[2] if len(argv) == 3 else REQUIREMENTS
    stamp = os.path.join(folder, "installed")
    with open(requirements, "rb") as f:
        wanted = hashlib.sha256(f.read()).hexdigest()
    if os.path.exists(stamp):
        with open(stamp, encoding="ascii") as f:
            if f.read() == wanted:
                return 0
    shutil.rmtree(folder, ignore_errors=True)
    made = run("/usr/bin/python3", "-m", "venv", folder)
    if made.returncode != 0:
        print(f"environment: no virtual environment (python3-venv?): {made.stdout.strip()}", file=sys.stderr)
        return 1
    done = run(os.path.join(folder, "bin", "pip"), "install", "--disable-pip-version-check", "--no-input", "--retries",
               "1", "--timeout", "20", "--only-binary", ":all:", "--no-deps", "--require-hashes", "-r", requirements)
    code = verdict(done.returncode, done.stdout)
    if code == 0:
        with open(stamp, "w", encoding="ascii") as f:
            f.write(wanted)
    else:
        shutil.rmtree(folder, ignore_errors=True)
        print("environment: pip reaches no package index" if code == 3 else done.stdout, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv))
