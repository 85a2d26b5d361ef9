#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is too slow for every change, within a fixed time: night.py MINUTES SUMMARY.md PART...

A PART is NAME=COMMAND, which takes as long as it takes, or NAME*SHARE=COMMAND, which finds its share of the minutes that
those leave in NIGHT_SECONDS. Each is a shell's command and passes with exit code 0; one that hangs is stopped GRACE
seconds after the night's end. What it said last stands in the summary, beside how long it took, the commit and the
machine. The last line is that of a test: N passed, N failed.
"""
import datetime
import os
import re
import signal
import subprocess
import sys
import time

GRACE = 600  # seconds
LAST = 12  # lines of each part that the summary keeps


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        model = re.search(r"^model name\s*: (.*)$", f.read(), re.M)
    return f"{os.cpu_count()} cores, {model.group(1) if model else 'unknown processor'}"


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty", "--exclude=*"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout.strip() or "unknown"


def run(name, command, seconds, limit):
    """(passed, seconds taken, last lines) of a part that has seconds for its work and is stopped after limit."""
    begin = time.monotonic()
    print(f"night: {name}" + (f", {seconds:.0f} s" if seconds else ""), flush=True)
    with subprocess.Popen(["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
                          env={**os.environ, "NIGHT_SECONDS": str(int(seconds))}) as part:
        try:
            said = part.communicate(timeout=limit)[0]
        except subprocess.TimeoutExpired:
            os.killpg(part.pid, signal.SIGKILL)
            said = part.communicate()[0] + f"stopped after {limit:.0f} s\n"
    if part.returncode != 0:
        print(said)
    return part.returncode == 0, time.monotonic() - begin, [line for line in said.splitlines() if line.strip()][-LAST:]


def parse(words):
    """(name, share, command); share 0 = as long as it takes"""
    for word in words:
        found = re.fullmatch(r"([a-z]+)(?:\*(\d+))?=(.+)", word, re.S)
        if not found:
            sys.exit(f"night: {word}: neither NAME=COMMAND nor NAME*SHARE=COMMAND")
        yield found.group(1), int(found.group(2) or 0), found.group(3)


def write(path, results, minutes):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"# A night of {minutes:g} minutes, {datetime.date.today()}\n\nMade by `make night`, at {commit()}, on "
                f"{machine()}.\n\n| part | result | took |\n|---|---|---|\n")
        for name, passed, took, _ in results:
            f.write(f"| {name} | {'passed' if passed else 'FAILED'} | {took / 60:.1f} min |\n")
        for name, _, _, lines in results:
            f.write(f"\n## {name}\n\n" + "".join(f"    {line}\n" for line in lines))


def main(argv):
    if len(argv) < 4:
        sys.exit(__doc__.split("\n\n")[0])
    minutes, path, parts = float(argv[1]), argv[2], list(parse(argv[3:]))
    begin, results = time.monotonic(), []
    for name, share, command in sorted(parts, key=lambda part: part[1] != 0):
        left = max(60 * minutes - (time.monotonic() - begin), 0)
        to_come = sum(s for n, s, _ in parts if s and n not in [r[0] for r in results])
        results.append((name, *run(name, command, left * share / to_come if share else 0, left + GRACE)))
    write(path, results, minutes)
    failed = sum(not passed for _, passed, _, _ in results)
    print(f"{path} has what each said\n{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
