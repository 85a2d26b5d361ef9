#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How many small faults the tests notice: mutants.py BUILD [--room ROOM] [--seed SEED] [--n N] [--table TABLE.md]

A mutant is this tree with one small fault, made by one of five operators: a comparison swapped, a bound moved by one, a
call dropped, a constant swapped with its neighbour, a condition negated. Each room gets N that a seed draws from all
there are, an equal share of each operator; the draw goes by the text of each fault, so that a change of one file leaves
the other files' mutants where they were. Comments, strings, directives, generated files, static assertions, remarks and
calls that only release memory take no part.

A mutant is written into a copy of the tree under BUILD/mutants, its file alone is compiled and linked with what is built,
and the nearest tests run until one fails: the test of its name, those of its room that include it, those of NEAR, and the
test of its name under the sanitizers. A test that is not done in time has failed. One that all pass has survived, unless the compiler makes the same code of it;
those that do not compile or are the same code are replaced by the next that the seed draws.

tests/mutants.txt names mutants that no test can notice, each with the reason, as the table of this program prints them:
FILE FUNCTION OPERATOR TEXT, then the reason on lines of its own that begin with a blank. One that does not exist any
more is a fault. Exit code 1: a room whose tests notice less than GOAL percent, or such a fault. A second run in the same
BUILD says so and ends.
"""
import argparse
import collections
import contextlib
import fcntl
import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import coverage
import house
import pick

GOAL = 90  # percent of the mutants that a test could notice
LISTED = "tests/mutants.txt"
# Tests of other rooms that judge a file or a room as well, after its own.
NEAR = {
    "dsp": ("firmware/engine", "firmware/call"),
    "models": ("firmware/engine", "firmware/call"),
    "firmware/ble": ("firmware/ble/ble",),
    "firmware/boot": ("firmware/boot/boot", "firmware/boot/power_cuts", "boards/boot"),
    "firmware/update": ("firmware/update/server", "boards/update"),
    "firmware/main.c": ("boards/desk", "boards/mps2", "host-tools/commands/device"),
    "boards/cortexm": ("boards/mps2",),
    "host-tools/sinks/webhook.c": ("host-tools/commands/outbox",),
    "host-tools/sinks/courier.c": ("host-tools/commands/outbox",),
    "host-tools/sinks/audit.c": ("host-tools/commands/audit",),
    "host-tools/sources/bluez.c": ("host-tools/sources/port_ble",),
    "host-tools/sources/bluez_bus.c": ("host-tools/sources/port_ble",),
}
SLOW = ("tests/firmware/test_long_stream.c",)  # 20 s and more: judges what is its own
SILENT = r"(?:static_assert|_Static_assert|assert|note|ut_note|va_start|va_end)"
RELEASE = r"(?:free|json_decref|\w+_free|\w+_destroy|\w+_unref\w*)"
FLAGS = ("-O1",)  # compiles in half the time
PATIENCE = 10  # seconds that a test may take besides five times what it takes without a fault
MEMORY = 4 << 30  # bytes that a test may take, and twice that it may write
SWAPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}

Mutant = collections.namedtuple("Mutant", "path function operator text begin end new")


def blanked(text):
    """C of the same length in which comments, the insides of strings and directives are blanks."""
    keep = lambda s: re.sub(r"[^\n]", " ", s)
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    inside = lambda m: m[0][0] + keep(m[0][1:-1]) + m[0][-1] if m[0][0] in "\"'" else keep(m[0])
    text = re.sub(pattern, inside, text, flags=re.S)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: keep(m[0]), text, flags=re.M)


def closing(code, at):
    """Where the bracket that opens at this place is closed, or None."""
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] in "([{") - (code[i] in ")]}")
        if depth == 0:
            return i
    return None


def functions(code):
    """(begin, end, name) of each body."""
    for m in re.finditer(r"^[A-Za-z_][^;{}=]*?\b(\w+)\([^;{}]*\)\n\{", code, re.M):
        end = closing(code, m.end() - 1)
        if end:
            yield m.end(), end, m[1]


def neighbours(texts):
    """{constant: the one after it in its enum or its run of #defines, or before it where it is the last}"""
    found = {}
    for text in texts:
        runs = [[re.match(r"\s*(\w*)", word)[1] for word in re.sub(r"\([^()]*\)", "", body).split(",")]
                for body in re.findall(r"\benum\b[^;{}()]*\{([^{}]*)\}", blanked(text))]
        runs += [re.findall(r"#define (\w+) ", run) for run in
                 re.findall(r"(?:^#define [A-Z]\w* \(?(?:0x)?[0-9][^\n]*\n)+", text, re.M)]
        for names in runs:
            names = [name for name in names if name]
            for i, name in enumerate(names[:-1]):
                found[name] = names[i + 1]
            if len(names) > 1:
                found[names[-1]] = names[-2]
    return found


def masked(code):
    """Code without the statements that take no part."""
    code = list(code)
    text = "".join(code)
    for m in re.finditer(rf"\b{SILENT}(?=\()|\bfprintf\(stderr|\benum\b[^;{{}}()]*(?=\{{)", text):
        begin = m.end() if text[m.end()] in "({" else text.index("(", m.start())
        end = closing(text, begin)
        for i in range(m.start(), (end or begin) + 1):
            code[i] = code[i] if code[i] == "\n" else " "
    return "".join(code)


def edits(code, near, coin):
    """(operator, begin, end, new) of every mutant; coin(begin) is 1 or -1."""
    for m in re.finditer(r"(?<=\S)\s(<=|>=|==|!=|<|>)(?=\s)", code):
        yield "comparison", *m.span(1), SWAPPED[m[1]]
    for m in re.finditer(r"\s(?:<=|>=|<|>)\s(\d+u?|0x[0-9a-fA-F]+u?|[A-Z][A-Z0-9_]+)\b(?![.(])", code):
        yield "bound", *m.span(1), f"({m[1]} {'+' if coin(m.start(1)) > 0 else '-'} 1)"
    for m in re.finditer(r"\s[+-]\s(\d+)u?\b(?!\.)", code):
        yield "bound", *m.span(1), str(abs(int(m[1]) + coin(m.start(1))))
    for m in re.finditer(r"(?:[;{}):]|\belse)[ ]*\n\s*((?:\(void\))?([a-z_]\w*)(\())", code):
        end = closing(code, m.start(3))
        if end and code[end + 1] == ";" and not re.fullmatch(rf"if|for|while|switch|return|sizeof|{RELEASE}", m[2]):
            yield "call", m.start(1), end + 1, ""
    for m in re.finditer(r"\b(true|false)\b", code):
        yield "constant", *m.span(1), "false" if m[1] == "true" else "true"
    for m in re.finditer(r"(?<![\w.])([01])(?=u?\b)(?!\.)(?!\w\w)", code):
        before = code[:m.start()].rstrip(" \n")[-2:]
        zeroed = before.endswith("{") and code[m.end()] == "}"
        if not zeroed and before.strip() not in ("<", "<=", ">", ">=", "+", "-") and before[-1] not in "<>+":
            yield "constant", *m.span(1), "0" if m[1] == "1" else "1"
    for m in re.finditer(r"(?<!case )(?<![\w.>])([A-Z][A-Z0-9_]+)\b(?!\s*\] =)(?!\()", code):
        if m[1] in near:
            yield "constant", *m.span(1), near[m[1]]
    for m in re.finditer(r"\b(?:if|while) (\()", code):
        end = closing(code, m.start(1))
        inside = code[m.end():end or m.end()]
        if end and inside not in "01" and (re.search("&&|\\|\\|", inside) or not re.search(" [!=]= ", inside)):
            yield "negation", m.start(1), end + 1, None


def mutants(path, text, near):
    """Every mutant of a file."""
    code = masked(blanked(text))
    bodies = list(functions(code))
    coin = lambda at: 1 if hashlib.sha256(text[max(0, at - 20):at + 20].encode()).digest()[0] % 2 else -1
    for operator, begin, end, new in edits(code, near, coin):
        old = text[begin:end]
        new = f"(!{old})" if new is None else new
        line = text.rfind("\n", 0, begin) + 1, (text + "\n").index("\n", end)
        shown = text[line[0]:begin] + "{" + old + "|" + new + "}" + text[end:line[1]]
        function = next((name for b, e, name in bodies if b <= begin < e), "-")
        yield Mutant(path, function, operator, " ".join(shown.split()), begin, end, new)


def drawn(found, seed):
    """The mutants in the order of the draw, the operators taking turns."""
    queues, seen = collections.defaultdict(list), collections.Counter()
    for m in found:
        seen[m[:4]] += 1
        key = f"{seed} {m.path} {m.function} {m.operator} {m.text} {seen[m[:4]]}"
        queues[m.operator].append((hashlib.sha256(key.encode()).digest(), m))
    turns = [(i, key, m) for queue in queues.values() for i, (key, m) in enumerate(sorted(queue))]
    return [m for _, _, m in sorted(turns)]


def listed(text):
    """{(path, function, operator, text): reason} of tests/mutants.txt"""
    found, at = {}, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        if line[0].isspace():
            if at is None:
                sys.exit(f"{LISTED}:{number}: a reason of no mutant")
            found[at] = (found[at] + " " + line.strip()).strip()
            continue
        at = tuple(line.split(None, 3))
        if len(at) != 4:
            sys.exit(f"{LISTED}:{number}: not FILE FUNCTION OPERATOR TEXT")
        found[at] = ""
    return found


class Plan:
    """How make builds: the commands of each object and of each program, from make -n in a folder that is empty."""

    def __init__(self, root, build):
        with tempfile.TemporaryDirectory() as empty:
            done = subprocess.run(["make", "-n", "V=1", "--no-print-directory", f"BUILD={empty}", "mutants-built"], cwd=root,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                                  env={k: v for k, v in os.environ.items() if k not in ("MAKELEVEL",)})
            if done.returncode != 0:
                sys.exit(f"mutants: make -n: {done.stderr.strip()[-300:]}")
            said = done.stdout.replace(empty, build)
        self.objects, self.programs, archives = {}, {}, {}
        for line in said.replace("\\\n", " ").splitlines():
            if m := re.search(r" -c (\S+\.c) -o (\S+\.o)$", line):
                self.objects[m[2]] = m[1], line
            elif m := re.search(r"\bar q?r?cs (\S+\.a) (.+)$", line):
                archives[m[1]] = m[2].split()
            elif m := re.search(r"gcc\b.* -o (\S+)(?: |$)", line):
                self.programs[m[1]] = [line]
            elif (m := re.search(r"image\.py (\S+) ", line)) and m[1] in self.programs:
                self.programs[m[1]].append(line)
        self.archives = archives

    def inputs(self, program):
        """{object: the word of the link that brings it}"""
        words = self.programs[program][0].split()
        brought = {o: w for w in words for o in self.archives.get(w, ())}
        return {**brought, **{w: w for w in words if w in self.objects}}


class Judge:
    """A copy of the tree in which mutants are made one after the other."""

    def __init__(self, root, build, emulator):
        self.root, self.build, self.emulator = root, build, emulator
        self.built = os.path.join(os.path.abspath(root), build)
        self.work = os.path.join(self.built, "mutants")
        self.tree = os.path.join(self.work, "tree")
        self.plan = Plan(root, build)
        self.limits, self.nearest = {}, {}
        shutil.rmtree(self.work, ignore_errors=True)
        for path in house.files(root, (".",), "") if not os.path.exists(os.path.join(root, ".git")) else \
                subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines():
            if os.path.isfile(os.path.join(root, path)) and not path.startswith(os.path.normpath(build) + "/"):
                os.makedirs(os.path.join(self.tree, os.path.dirname(path)), exist_ok=True)
                shutil.copy2(os.path.join(root, path), os.path.join(self.tree, path))
        if not os.path.isabs(build):
            os.makedirs(os.path.dirname(os.path.join(self.tree, build)), exist_ok=True)
            os.symlink(self.built, os.path.join(self.tree, build))

    def do(self, command):
        """Whether a command of the plan passes in the tree."""
        return subprocess.run(["bash", "-c", command], cwd=self.tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0

    def compile(self, obj, out, *flags):
        os.makedirs(os.path.dirname(out), exist_ok=True)
        return self.do(self.plan.objects[obj][1].replace(f" -o {obj}", " ".join([" -w", *(flags or FLAGS), "-o", out])))

    def link(self, program, fresh, out):
        """A program with other objects; they stand before the archives that hold them, which then are not asked."""
        os.makedirs(os.path.dirname(out), exist_ok=True)
        brought = self.plan.inputs(program)
        for i, command in enumerate(self.plan.programs[program]):
            if i == 0:
                words = command.split()
                for obj, new in fresh.items():
                    if obj in brought:
                        words[words.index(brought[obj])] = new if brought[obj] == obj else f"{new} {brought[obj]}"
                command = re.sub(r"-Wl,-Map=\S+", "", " ".join(words))
            if not self.do(re.sub(rf"{re.escape(program)}(?= |$)", out, command)):
                return False
        return True

    def folder(self, fresh, out):
        """A BUILD as tests in Python expect it, in which every program that holds these objects is linked anew."""
        programs = [p for p in self.plan.programs if "/tests/" not in p and set(fresh) & set(self.plan.inputs(p))]
        apart = {os.path.dirname(p)[len(self.build) + 1:] for p in programs}
        for inner in ("", *apart):
            os.makedirs(os.path.join(out, inner), exist_ok=True)
            for entry in os.scandir(os.path.join(self.built, inner)):
                if entry.name != "mutants" and not os.path.lexists(os.path.join(out, inner, entry.name)) and not any(
                        (a + "/").startswith(os.path.join(inner, entry.name) + "/") for a in apart):
                    os.symlink(entry.path, os.path.join(out, inner, entry.name))
        for p in programs:
            ends = os.path.join(out, p[len(self.build) + 1:])
            for old in (ends, os.path.splitext(ends)[0] + ".bin"):
                if os.path.islink(old):
                    os.unlink(old)
            if not self.link(p, fresh, ends):
                return False
        return True

    def run(self, test, program, build, limit):
        """(passed, seconds) of a test program; what it started and left is ended with it."""
        mark = f"UT_MUTANT={os.getpid()}"
        environment = {**os.environ, "UT_MUTANT": str(os.getpid()), "BUILD": build, "TMPDIR": os.path.join(self.work, "tmp"),
                       "LSAN_OPTIONS": "suppressions=tests/leaks.txt:print_suppressions=0", "PYTHONUNBUFFERED": "1",
                       "PYTHONDONTWRITEBYTECODE": "1",
                       "PYTHONPATH": ":".join(os.path.join(self.tree, "tests", x) for x in ("", "boards", "host-tools"))}
        os.makedirs(environment["TMPDIR"], exist_ok=True)
        command = [os.path.join(self.tree, test)] if test.endswith(".py") else \
            [*(self.emulator if "/m4/" in program else ()), program]

        def bounds():
            os.setpgrp()  # not a session: in one of its own the first terminal that it opens would end it
            if "/asan/" not in program:  # which claims all addresses there are
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MEMORY, 2 * MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        begin = time.monotonic()
        with subprocess.Popen(command, cwd=self.tree, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", preexec_fn=bounds) as p:
            late = threading.Timer(limit, end_marked, (mark,))
            late.start()
            failed = any(re.match(r"FAILED: |\[  FAILED  \]|Traceback \(most", line) for line in p.stdout)
            late.cancel()
            if failed:
                end_marked(mark)
            p.stdout.close()
            p.wait()
        end_marked(mark)
        shutil.rmtree(environment["TMPDIR"], ignore_errors=True)
        return p.returncode == 0 and not failed, time.monotonic() - begin

    def limit(self, test, program, needed):
        """Seconds that a test may take, from how long it takes with these objects as they are; None when it fails so."""
        if program not in self.limits:
            out = os.path.join(self.work, "plain")
            shutil.rmtree(out, ignore_errors=True)
            fresh = {o: os.path.join(out, o) for o in needed}
            built = all(self.compile(*x) for x in fresh.items())
            where, build = self.make(program, fresh, out) if built else (None, None)
            passed, took = self.run(test, where, build, 600) if where else (False, 0)
            if where and not passed:  # once more, on a busy machine
                passed, took = self.run(test, where, build, 600)
            self.limits[program] = PATIENCE + 5 * took if passed else None
            if not passed:
                print(f"mutants: {test} fails without a fault and judges none", flush=True)
        return self.limits[program]

    def make(self, program, fresh, out):
        """(the program, its BUILD) with these objects, or (None, None) where it cannot be linked"""
        if program in self.plan.programs:
            where, build = os.path.join(out, program), self.built
            done = self.link(program, fresh, where)
        else:
            where, build = program, os.path.join(out, "farm")
            done = os.path.isdir(build) or self.folder(fresh, build)
        return (where, build) if done else (None, None)

    def tests(self, path):
        """(test, its program) in the order in which they judge a file"""
        if path in self.nearest:
            return self.nearest[path]
        own, room = pick.name_of(path.replace("_dsp.c", ".c")), os.path.dirname(path)
        include = [t for t in pick.of_changes(self.root, [path]) or () if not t.startswith(pick.ALONE)]
        every = pick.all_tests(self.root)
        order = [t for t in every.get(own, ())]
        order += [t for t in include if os.path.dirname(t) == f"tests/{room}" and t.endswith(".c")]
        order += [t for t in include if t.startswith("tests/boards/") and t.endswith(".py")]
        for key in (path, room, coverage.room_of(path)):
            order += [t for name in NEAR.get(key, ()) for t in every.get(name, ())]
        variant = "m4" if path.endswith("_dsp.c") else "host"
        judges = [(t, t if t.endswith(".py") else f"{self.build}/{variant}/{t[:-2]}") for t in dict.fromkeys(order)]
        judges += [(t, f"{self.build}/asan/{t[:-2]}") for t in every.get(own, ()) if t.endswith(".c")]
        self.nearest[path] = [(t, p) for t, p in judges if t.endswith(".py") or p in self.plan.programs]
        return self.nearest[path]

    def judges(self, path):
        """(test, its program, the objects of the file that it holds, its limit) of those that judge a file"""
        objects = [o for o, (source, _) in self.plan.objects.items() if source == path]
        for test, program in self.tests(path):
            if test in SLOW and pick.name_of(test) != pick.name_of(path):
                continue
            holders = [program] if program in self.plan.programs else [p for p in self.plan.programs if "/tests/" not in p]
            needed = [o for o in objects if any(o in self.plan.inputs(p) for p in holders)]
            limit = self.limit(test, program, needed) if needed else None
            if limit is not None:
                yield test, program, needed, limit

    @contextlib.contextmanager
    def planted(self, mutant):
        place = os.path.join(self.tree, mutant.path)
        text = read(self.tree, mutant.path)
        try:
            with open(place, "w", encoding="utf-8") as f:
                f.write(text[:mutant.begin] + mutant.new + text[mutant.end:])
            yield
        finally:
            with open(place, "w", encoding="utf-8") as f:
                f.write(text)

    def judge(self, mutant):
        """(what became of it: killed, survived, not built, same code; by which test)"""
        judges = list(self.judges(mutant.path))
        out = os.path.join(self.work, "one")
        shutil.rmtree(out, ignore_errors=True)
        fresh, asked = {}, False
        with self.planted(mutant):
            for test, program, needed, limit in judges:
                for obj in needed:
                    if obj not in fresh:
                        fresh[obj] = os.path.join(out, obj)
                        if not self.compile(obj, fresh[obj]):
                            return "not built", ""
                where, build = self.make(program, {o: fresh[o] for o in needed}, out)
                if where and not self.run(test, where, build, limit)[0]:
                    return "killed", test
                asked = asked or where is not None
            plain = [obj for obj in fresh if "/asan/" not in obj]
            for obj in plain:
                self.compile(obj, os.path.join(out, "mutant", obj), "-g0")
        if judges and not asked:
            return "not built", ""
        same = plain and all(self.unchanged(o, os.path.join(out, "mutant", o)) for o in plain)
        return "same code" if same else "survived", ""

    def unchanged(self, obj, fresh):
        plain = os.path.join(self.work, "same", obj)
        if not os.path.exists(plain):
            self.compile(obj, plain, "-g0")
        with open(plain, "rb") as a, open(fresh, "rb") as b:
            return a.read() == b.read()


def end_marked(mark):
    """Ends every process that a test of this run started, whatever session it is in."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if mark.encode() in f.read().split(b"\0"):
                    os.kill(int(pid), signal.SIGKILL)
        except OSError:  # ended, or another user's
            pass


def sources(root, plan):
    """Files in C of the rooms that a program holds, written by hand."""
    built = {source for source, _ in plan.objects.values()}
    return sorted(path for path in built if not path.startswith(("tests/", "/")) and os.path.exists(os.path.join(root, path))
                  and not house.is_generated(root, path))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as f:
        return f.read()


def all_mutants_of(texts):
    """{path: mutants} of the sources in C among {path: text}; headers only say which constants are neighbours."""
    near = neighbours(text for path, text in texts.items() if path.endswith(".h"))
    return {path: list(mutants(path, text, {**near, **neighbours([text])})) for path, text in texts.items() if path.endswith(".c")}


def all_mutants(root, paths):
    headers = [path for path in house.files(root, house.ROOMS[:-1], ".h") if not house.is_generated(root, path)]
    return all_mutants_of({path: read(root, path) for path in headers + paths})


@contextlib.contextmanager
def alone(build):
    """While one run has a BUILD, no other does."""
    folder = os.open(build, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"mutants: another run is at work in {build}/mutants; wait for its end, or give another BUILD")
        yield
    finally:
        os.close(folder)


def judge_room(judge, found, equivalent, n):
    """{what became of them: [(mutant, by which test)]} until n could be noticed."""
    result = collections.defaultdict(list)
    for mutant in found:
        if len(result["killed"]) + len(result["survived"]) == n:
            break
        fate = ("equivalent", "") if mutant[:4] in equivalent else judge.judge(mutant)
        result[fate[0]].append((mutant, fate[1]))
        if fate[0] == "survived":
            print("survived: " + " ".join(mutant[:4]), flush=True)
        elif os.environ.get("V"):
            print(f"{fate[0]}{' by ' + fate[1] if fate[1] else ''}: " + " ".join(mutant[:4]), flush=True)
    return result


COLUMNS = ("killed", "survived", "equivalent", "same code", "not built")
HEAD = f"""# Mutants

Made by `make mutants`, which is part of `make night`; `tests/mutants.py` says what a mutant is and which tests judge it.
Share = killed of killed and survived; the goal is {GOAL} % in every room. Equivalent: named in `tests/mutants.txt` with the
reason. Same code: the compiler makes the same object of it. Neither those nor what does not build count.
Tests are written for what survives seed 1; another seed draws faults that nobody has seen, and its share says how far the
tests reach beyond those.
A commit that is dirty was measured before tests of what survived were written: that room is to be measured again.

| seed | room | {' | '.join(COLUMNS)} | share | commit |
|---|---|{'---|' * len(COLUMNS)}---|---|
"""


def share(result):
    killed, survived = len(result["killed"]), len(result["survived"])
    return 100 * killed / max(killed + survived, 1)


def write(path, seed, results, commit):
    """Puts the rooms of this run into the table, in place of what it had of them with this seed."""
    rows, left = {}, {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            for line in f:
                cells = [cell.strip() for cell in line.strip("|\n ").split(" | ")] if line.startswith("| ") else []
                if len(cells) == len(COLUMNS) + 4 and cells[0].isdigit():
                    rows[int(cells[0]), cells[1]] = line
                elif m := re.match(r"    (\d+) (\S+)", line):
                    left.setdefault((int(m[1]), coverage.room_of(m[2]) or os.path.dirname(m[2])), []).append(line)
    for room, result in results.items():
        counts = " | ".join(str(len(result[column])) for column in COLUMNS)
        rows[seed, room] = f"| {seed} | {room} | {counts} | {share(result):.0f} % | {commit} |\n"
        left[seed, room] = [f"    {seed} {' '.join(m[:4])}\n" for m, _ in result["survived"]]
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEAD + "".join(rows[key] for key in sorted(rows)))
        f.write("\n## What survived\n\nSeed, file, function, operator, line: `{was|is}`.\n\n")
        f.write("".join(line for key in sorted(left) for line in left[key]))


def main(argv, root=house.ROOT, emulator=()):
    asked = choices(argv)
    with alone(asked.build):
        return measure(asked, root, asked.emulator.split() or list(emulator))


def choices(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build")
    parser.add_argument("--room", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--table")
    parser.add_argument("--emulator", default="", help="the command before a program for the Cortex-M4")
    return parser.parse_args(argv[1:])


def measure(asked, root, emulator):
    judge = Judge(root, asked.build, emulator)
    found = all_mutants(root, sources(root, judge.plan))
    equivalent = listed(read(root, LISTED)) if os.path.exists(os.path.join(root, LISTED)) else {}
    there = {m[:4] for ms in found.values() for m in ms}
    faults = [f"{LISTED}: there is no mutant {' '.join(key)}" for key in equivalent if key not in there]
    faults += [f"{LISTED}: no reason for {' '.join(key)}" for key, reason in equivalent.items() if not reason]
    rooms = collections.defaultdict(list)
    for path, ms in found.items():
        rooms[coverage.room_of(path) or os.path.dirname(path)] += ms
    rooms.pop("host-tools", None)  # main.c stands in no room
    if asked.room and asked.room not in rooms:
        sys.exit(f"mutants: no room {asked.room}; rooms: {' '.join(sorted(rooms))}")
    results, begin = {}, time.monotonic()
    for room in [asked.room] if asked.room else sorted(rooms):
        results[room] = judge_room(judge, drawn(rooms[room], asked.seed), equivalent, asked.n)
        counts = ", ".join(f"{len(results[room][c])} {c}" for c in COLUMNS)
        print(f"{room}: {counts}: {share(results[room]):.0f} % noticed", flush=True)
    if asked.table:
        commit = subprocess.run(["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=root, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True, check=False).stdout.strip() or "unknown"
        write(asked.table, asked.seed, results, commit)
    shutil.rmtree(judge.work, ignore_errors=True)
    below = [room for room in results if share(results[room]) < GOAL]
    faults += [f"mutants: {room}: less than {GOAL} % noticed" for room in below]
    print("\n".join(faults + [f"seed {asked.seed}, {time.monotonic() - begin:.0f} s"]))
    print(f"{len(results) - len(below)} passed, {len(faults)} failed")
    return 1 if faults else 0


if __name__ == "__main__":
    os.nice(10)
    sys.exit(main(sys.argv))
