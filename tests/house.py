#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house, each with a planted violation that it must find: house.py ARCHIVE NM CC | house.py --format

ARCHIVE holds the compiled dsp, models and firmware of this tree. A rule is a function from a tree (and the symbols of
its objects) to a list of violations. Every rule counts as one test, none found here, and one for each planted violation
that it finds. --format lays out every source that is written by hand, as the rule asks.
"""
import contextlib
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEVICE = ("dsp", "models", "firmware")
ROOMS = DEVICE + ("boards", "host-tools", "tests")
MAY_INCLUDE = {
    "dsp": r"dsp/",
    "models": r"models/|dsp/q\.h$",
    "models/train": r"models/|firmware/|dsp/",  # on the host, off the sample's way
    "firmware": r"firmware/|dsp/|models/|boards/(board|flash|selftest)\.h$",
    "boards": None,  # headers of boards/ itself, the board's own folder and the parts of boards
    # the contact-centre side, from the ground up; main.c stands on top
    "host-tools/system": "",
    "host-tools/settings": r"host-tools/system/",
    "host-tools/sources": r"host-tools/system/|firmware/|models/|dsp/",
    "host-tools/headset": r"host-tools/system/|firmware/",
    "host-tools/cues": r"host-tools/settings/|firmware/|models/|dsp/",
    "host-tools/call": r"host-tools/(cues|headset|sources|settings|system)/|firmware/|models/|dsp/",
    "host-tools/trials": r"host-tools/(cues|headset|sources|settings|system)/|firmware/|models/|dsp/",
    "host-tools/screens": r"host-tools/(call|cues|sources|settings|system)/|firmware/",
    "host-tools/sinks": r"host-tools/(call|cues|sources|settings|system)/|firmware/",
    "host-tools/serve": r"host-tools/(sinks|call|cues|sources|settings|system)/|firmware/",
    "host-tools/desk": r"host-tools/(reports|sinks|call|cues|sources|settings|system)/|firmware/",
    "host-tools/simulate": r"host-tools/(sinks|call|cues|sources|settings|system)/|firmware/|models/|dsp/",
    "host-tools/reports": r"host-tools/(call|cues|sources|settings|system)/|firmware/|models/|dsp/",
    "host-tools/commands": r"host-tools/|firmware/|models/|dsp/",
    "host-tools/package": "",  # what is installed beside the program: no C
    "host-tools": r"host-tools/(commands|settings|system)/|firmware/|models/|dsp/",  # main.c
    "tests": r"",
}
TOP = ("Makefile", "third_party.mk", ".ci/run")  # what is run and stands in no room
FLOORS = tuple(room for room in MAY_INCLUDE if room.startswith("host-tools/"))
FLOOR_NAMES = tuple(room.split("/")[1] for room in FLOORS)
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "tests/README.md")
OUTSIDE_ROOMS = ("host-tools/main.c", "host-tools/demo.py", "host-tools/demo_floor.py", "host-tools/demo_loop.py",
                 "host-tools/demo_site.py")
KISSFFT = ("kiss_fft.h", "_kiss_fft_guts.h")
# A library's header appears in its wrapper only.
WRAPPERS = {
    "jansson.h": ("host-tools/system/json.h",),
    "bearssl_ec.h": ("firmware/boot/signature.c",),
    "bearssl_hash.h": ("firmware/boot/manifest.c", "host-tools/headset/image_file.c", "host-tools/system/digest.c"),
    "bearssl_block.h": ("firmware/ble/crypto.c",),
    "sndfile.h": ("host-tools/sources/decoder.c",),
    "opus.h": ("host-tools/reports/opus.c",),
    "ogg/ogg.h": ("host-tools/reports/opus.c",),
    "mpg123.h": ("host-tools/sources/mp3_file.c",),
    "samplerate.h": ("host-tools/sources/audio_file.c", "host-tools/sources/mic.c",
                     "host-tools/sources/two_clocks.c"),
    "pulse/pulseaudio.h": ("host-tools/sources/pulse.c",),
    "portaudio.h": ("host-tools/sources/mic.c",),
    "ncurses.h": ("host-tools/screens/screen.c",),
    "term.h": ("host-tools/screens/screen.c",),
    "ini.h": ("host-tools/settings/config.c",),
    "getopt.h": (),  # system/options reads command lines
    "libserialport.h": ("host-tools/sources/reach.c",),
    "cairo.h": ("host-tools/system/draw.c",),
    "curl/curl.h": ("host-tools/sinks/webhook.c", "host-tools/system/web_client.c"),
    "bearssl_hmac.h": ("host-tools/system/signature.c", "host-tools/system/site_key.c"),
    "microhttpd.h": ("host-tools/system/web.c",),
    "gnutls/gnutls.h": ("host-tools/system/certificate.c",),
    "gnutls/x509.h": ("host-tools/system/certificate.c",),
    "cbor.h": ("host-tools/headset/update_packet.c",),
    "sodium.h": ("host-tools/system/signed_note.c", "host-tools/system/token.c"),
    "mosquitto.h": ("host-tools/system/broker.c",),
    "sqlite3.h": ("host-tools/system/database.c",),
    "libpq-fe.h": ("host-tools/system/postgres.c",),
    "systemd/sd-bus.h": ("host-tools/sources/bluez_bus.c", "host-tools/sources/bluez_pair.c", "host-tools/sinks/desktop_note.c"),
}
WRITTEN = ("dsp/tables.h", "models/tables.h", "boards/pdm/tables.h", "firmware/version.h", "firmware/boot/keys.h",
           "host-tools/headset/flash_boards.h", "host-tools/headset/development_key.h",
           "host-tools/reports/report_page.h", "host-tools/settings/model_uses.h",
           "host-tools/serve/floor_page.h", "host-tools/serve/ledger_sql.h", "host-tools/desk/desk_page.h", "host-tools/trials/label_page.h",
           "host-tools/call/event_titles.h",
           "host-tools/cues/words.h")  # made at build time


LAID_OUT = set()  # sources that clang-format would leave as they are


def files(root, rooms, ends):
    for room in rooms:
        for folder, names, found in os.walk(os.path.join(root, room)):
            names[:] = sorted(n for n in names if n != "__pycache__")
            for name in sorted(found):
                if name.endswith(ends):
                    yield os.path.relpath(os.path.join(folder, name), root)


def text(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as f:
        return f.read()


def code(root, path):
    """(lines that include, the rest), without comments; the contents of strings are blanked."""
    return blanked(text(root, path))


@functools.lru_cache(maxsize=None)
def blanked(source):
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    blank = lambda m: '""' if m.group()[0] in "\"'" else " " + "\n" * m.group().count("\n")
    lines = source.split("\n")
    includes = [line for line in lines if line.startswith("#include")]
    rest = "\n".join("" if line.startswith("#include") else line for line in lines)
    return includes, re.sub(pattern, blank, rest, flags=re.S)


def is_generated(root, path):
    return bool(re.search(r"^(/\*| \*) (Written|A trained model: generated) by [\w-]+/", text(root, path)[:2000], re.M))


def written_by_hand(root):
    """What the layout is for."""
    return [path for path in files(root, ROOMS, (".c", ".h")) if not is_generated(root, path)]


def rule_test_per_source(root, _):
    """a test for every source file"""
    for path in files(root, DEVICE + ("host-tools",), ".c"):
        folder, name = os.path.dirname(path), os.path.basename(path)[:-2]
        name = name.removesuffix("_dsp")  # the kernel that stands in for the plain one, where the processor has it
        if name == "main" or is_generated(root, path):
            continue
        tests = [f"tests/{folder}/test_{name}{end}" for end in (".c", ".sh", ".py")]
        if not any(os.path.exists(os.path.join(root, test)) for test in tests):
            yield f"{path}: no tests/{folder}/test_{name}.c"
    for path in files(root, ("boards",), ".c"):  # those that run against a model of their peripherals, or need none
        folder, name = os.path.split(path)
        tests = os.path.join("tests", folder)
        if name != "startup.c" and os.path.isdir(os.path.join(root, tests)) and \
                not any(os.path.exists(os.path.join(root, tests, f"test_{name[:-2]}{end}")) for end in (".c", ".py")):
            yield f"{path}: no {tests}/test_{name}"


def room_of(path):
    """The row of MAY_INCLUDE that a file falls under."""
    return max((room for room in MAY_INCLUDE if path.startswith(room + "/")), key=len)


def board_folders(root, boards):
    """The folders that are boards, which have a board.mk, or those that are parts of boards."""
    names = sorted(next(os.walk(os.path.join(root, "boards")))[1])
    return [n for n in names if os.path.exists(os.path.join(root, "boards", n, "board.mk")) == boards]


def rule_include_direction(root, _):
    """includes from the root, and only downwards"""
    for path in files(root, ROOMS, (".c", ".h")):
        room = room_of(path)
        allowed = "|".join(x for x in (MAY_INCLUDE[room], room in FLOORS and re.escape(room) + "/") if x)
        if room == "boards":
            folders = [os.path.dirname(path)] + [f"boards/{name}" for name in board_folders(root, boards=False)]
            allowed = r"boards/\w+\.h$|(" + "|".join(map(re.escape, folders)) + ")/"
        for line in code(root, path)[0]:
            found = re.match(r'#include\s+"([^"]+)"', line)
            if not found or (room == "dsp" and found.group(1) in KISSFFT):
                continue
            name = found.group(1)
            if not re.match(allowed, name):
                yield f"{path}: {room} may not include {name}"
            elif name not in WRITTEN and not os.path.exists(os.path.join(root, name)):
                yield f"{path}: {name} is not a path from the root"


def circle(needs):
    """The files of one circle in a graph, the first named again at the end; None when there is none."""
    done = set()

    def walk(node, trail):
        if node in trail:
            return trail[trail.index(node):] + [node]
        if node in done:
            return None
        found = next(filter(None, (walk(below, trail + [node]) for below in sorted(needs.get(node, ())))), None)
        done.add(node)
        return found

    return next(filter(None, (walk(node, []) for node in sorted(needs))), None)


def rule_no_circle(root, _):
    """no circle of includes, X.c and X.h being one"""
    needs = {}
    for path in files(root, DEVICE + ("boards", "host-tools"), (".c", ".h")):
        for line in code(root, path)[0]:
            found = re.match(r'#include\s+"([^"]+)\.h"', line)
            if found and found.group(1) != path[:-2]:
                needs.setdefault(path[:-2], set()).add(found.group(1))
    while found := circle(needs):
        yield " -> ".join(found)
        needs[found[-2]].remove(found[-1])  # cut open, for the next one


def rule_rooms(root, _):
    """every host file in a room"""
    for path in files(root, ("host-tools",), ""):
        if room_of(path) not in FLOORS and path not in OUTSIDE_ROOMS:
            yield f"{path}: stands in no room of host-tools"


def rule_wrappers(root, _):
    """a library's header in its wrapper only"""
    for path in files(root, DEVICE + ("boards", "host-tools"), (".c", ".h")):
        for line in code(root, path)[0]:
            found = re.match(r"#include\s+<([^>]+)>", line)
            if found and path not in WRAPPERS.get(found.group(1), (path,)):
                yield f"{path}: <{found.group(1)}> belongs in {' and '.join(WRAPPERS[found.group(1)]) or 'no file'}"


def rule_config_by_hand(root, _):
    """the config is loaded by main, once, and handed on; the doctor looks at its files, pack at what a pack comes beside"""
    for path in files(root, ("host-tools",), (".c", ".h")):
        allowed = path in ("host-tools/main.c", "host-tools/commands/doctor.c", "host-tools/commands/pack.c") or room_of(path) == "host-tools/settings"
        if not allowed and re.search(r"\but_config_load\b", code(root, path)[1]):
            yield f"{path}: calls ut_config_load()"


def rule_integers_only(root, _):
    """no floating point and no heap on the device"""
    words = re.compile(r"\b(float|double|malloc|calloc|realloc|free|alloca)\b|\b\d+\.\d|\b\d+[eE][-+]?\d+\b")
    headers = re.compile(r"<(math|stdlib|stdio|complex|tgmath|float)\.h>")
    for path in files(root, DEVICE, (".c", ".h")):
        if path.startswith("models/train/"):  # runs where models are made
            continue
        includes, body = code(root, path)
        for number, line in enumerate(body.split("\n"), 1):
            if words.search(line):
                yield f"{path}:{number}: {line.strip()}"
        yield from (f"{path}: {line}" for line in includes if headers.search(line))


def rule_no_conditional_code(root, _):
    """the same code on every machine"""
    for path in files(root, DEVICE, (".c", ".h")):
        for number, line in enumerate(code(root, path)[1].split("\n"), 1):
            if re.match(r"\s*#\s*(if|ifdef|elif)\b", line) or re.match(r"\s*#\s*ifndef\s+(?!UT_\w+_H$)", line):
                yield f"{path}:{number}: {line.strip()}"


def rule_licence(root, _):
    """an SPDX line opens every source"""
    for path in list(files(root, ROOMS, (".c", ".h", ".ld", ".py", ".sh", ".mk"))) + list(TOP):
        head = [line for line in text(root, path).split("\n")[:2] if not line.startswith("#!")]
        if not head or "SPDX-License-Identifier: Apache-2.0" not in head[0]:
            yield f"{path}: does not open with its SPDX line"


def rule_style(root, _):
    """120 columns, no tabs, no unfinished business"""
    unfinished = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
    for path in written_by_hand(root):
        for number, line in enumerate(text(root, path).split("\n"), 1):
            if len(line) > 120 or "\t" in line or unfinished.search(line):
                yield f"{path}:{number}: {line.strip()[:60]}"


def rule_layout(root, _):
    """the layout of .clang-format: make format"""
    unseen = {path: body for path in written_by_hand(root) if (body := text(root, path)) not in LAID_OUT}
    if not unseen:
        return
    done = subprocess.run(["clang-format", "--dry-run", *unseen], cwd=root, text=True, check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    places = re.findall(r"^((\S+):\d+):\d+: warning: .*\[-Wclang-format-violations\]$", done.stderr, re.M)
    yield from (f"{place}: another layout" for place, _ in places)
    if done.returncode != 0:
        yield f"clang-format: {done.stderr.strip()[:200]}"
    else:
        LAID_OUT.update(body for path, body in unseen.items() if path not in {path for _, path in places})


def rule_no_drawer(root, _):
    """no folder for leftovers"""
    for room in ROOMS:
        for folder, names, _ in os.walk(os.path.join(root, room)):
            for name in names:
                if name in ("common", "utils", "util", "misc", "inc", "include", "src", "lib"):
                    yield os.path.relpath(os.path.join(folder, name), root)


def rule_file_names(root, _):
    """names of files are of letters, digits and . _ -, so that nothing is left behind unseen"""
    found = os.listdir(root) + [path for path in files(root, ROOMS + ("docs",), "")]
    yield from (repr(path) for path in found if not re.fullmatch(r"[A-Za-z0-9._/-]+", path))


def rule_boards(root, _):
    """a board is a folder with its README, and the board.mk or part.mk beside a source names it"""
    for name in board_folders(root, boards=True):
        if not os.path.exists(os.path.join(root, "boards", name, "README.md")):
            yield f"boards/{name}: no README.md"
    for path in files(root, ("boards",), ".c"):
        for mk in (os.path.join(os.path.dirname(path), name) for name in ("board.mk", "part.mk")):
            if os.path.exists(os.path.join(root, mk)) and path not in text(root, mk).split():
                yield f"{path}: not named in {mk}"


def rule_commands(root, _):
    """every make target that the documents name exists"""
    rules = [path for path in TOP if path.endswith(("Makefile", ".mk"))] + list(files(root, ROOMS, ".mk"))
    targets = {target for path in rules for target in re.findall(r"^([a-z0-9-]+):", text(root, path), re.M)}
    for path in DOCUMENTS + ("SPEC.md", "DESIGN.md") + tuple(files(root, ("docs",), ".md")):
        if not os.path.exists(os.path.join(root, path)):
            yield f"{path}: missing"
            continue
        named = set(re.findall(r"(?:^ {4}|`|&& )make ((?:[a-z0-9-]+)(?: [a-z0-9-]+)*)", text(root, path), re.M))
        for target in sorted({t for words in named for t in words.split()} - targets):
            yield f"{path}: make {target} does not exist"
        if path == "README.md" and not {"demo", "check"} <= {t for words in named for t in words.split()}:
            yield f"{path}: does not say `make demo` and `make check`"


def rule_paths(root, _):
    """every path of this tree that the documents name exists"""
    for path in DOCUMENTS:
        for name in re.findall(r"`((?:[a-z0-9_.-]+/)+[a-zA-Z0-9_.-]*)`", text(root, path)):
            if name.split("/")[0] not in ROOMS + FLOOR_NAMES or "NAME" in name:
                continue  # a placeholder, or something that is made
            if not any(os.path.exists(os.path.join(root, base, name)) for base in ("", "host-tools")):
                yield f"{path}: there is no {name}"


def documents(root):
    """(path, text) of every document, each without its samples of code."""
    for path in [name for name in sorted(os.listdir(root)) if name.endswith(".md")] + list(files(root, ROOMS + ("docs",), ".md")):
        yield path, re.sub(r"^( {4}|```).*$|`[^`\n]*`", "", text(root, path), flags=re.M)


def sections(root, document):
    """{name: files that have a section of that name}; those of SPEC.md stand in docs/spec."""
    parts = list(files(root, ("docs/spec",), ".md")) if document == "SPEC.md" else [document]
    found = {}
    for path in parts:
        for name in re.findall(r"^##+ (.+)$", text(root, path), re.M):
            found.setdefault(name, []).append(path)
    return found


def anchor(name):
    """The end of an address that leads to a section, as the forges make it."""
    return re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-")


def rule_sections(root, _):
    """every section of a document that a source or a document names exists, and once"""
    known = {name: sections(root, name) for name in ("SPEC.md", "DESIGN.md")}
    for name, places in known["SPEC.md"].items():
        if len(places) > 1:
            yield f"{' and '.join(places)}: two sections are named {name}"
    for path in [*files(root, ROOMS, (".c", ".h", ".py", ".sh", ".mk")), *TOP, *(name for name, _ in documents(root))]:
        if os.path.exists(os.path.join(root, path)):
            for document, section in re.findall(r'\b((?:SPEC|DESIGN)\.md)\]?(?:\([\w./]+\))?,? "([^"\n]+)"', text(root, path)):
                if section not in known[document]:
                    yield f"{path}: {document} has no section {section}"


def rule_index(root, _):
    """SPEC.md lists every section of docs/spec, in the order of its file"""
    listed = re.findall(r"\[([^]]+)\]\((docs/spec/[a-z]+\.md)#([^)]*)\)", text(root, "SPEC.md"))
    for path in files(root, ("docs/spec",), ".md"):
        wanted = [(name, path, anchor(name)) for name in re.findall(r"^##+ (.+)$", text(root, path), re.M)]
        if wanted != [row for row in listed if row[1] == path]:
            yield f"{path}: its row in SPEC.md should read: " + ", ".join(f"[{n}]({p}#{a})" for n, p, a in wanted)


def rule_links(root, _):
    """every link of a document leads somewhere in this tree"""
    for path, body in documents(root):
        for link in re.findall(r"\]\(([^)\s]+)\)", body):
            where, _, part = link.partition("#")
            target = os.path.normpath(os.path.join(os.path.dirname(path), where)) if where else path
            if re.match(r"[a-z]+:|shots/", link):  # elsewhere; a picture that `make docs` takes
                continue
            if not os.path.exists(os.path.join(root, target)):
                yield f"{path}: {link} leads nowhere"
            elif part and part not in {anchor(name) for name in re.findall(r"^#+ (.+)$", text(root, target), re.M)}:
                yield f"{path}: {link}: no such section"


def rule_measured(root, _):
    """every page of docs/measured says first by which command its figures came"""
    for path in files(root, ("docs/measured",), ".md"):
        first = (text(root, path).split("\n\n") + [""])[1]
        if not re.search(r"`(make|undertone|python3) [^`]+`", first) and not first.startswith("Arithmetic"):
            yield f"{path}: its first paragraph names no command: `make ...`, `undertone ...`"


def rule_agent_is_never_classified(root, symbols):
    """the agent's channel has no path into the classifier"""
    struct = re.search(r"struct ut_call \{(.*?)\n\};", code(root, "firmware/call.h")[1], re.S)
    if not struct or not re.search(r"^\s*struct ut_features agent;$", struct.group(1), re.M):
        yield "firmware/call.h: the agent is not a bare struct ut_features"
    elif len(re.findall(r"struct ut_(?:engine|infer|caller)\b", struct.group(1))) != 1:
        yield "firmware/call.h: a call has more than the customer's one engine"
    body = code(root, "firmware/call.c")[1]
    if re.search(r"ut_(?:engine|infer|caller)_\w+\([^;]*\bagent\b", body):
        yield "firmware/call.c: the agent goes into the classifier"
    for path in files(root, DEVICE, (".c", ".h")):
        if path.startswith("dsp/") and re.search(r"\but_(?:infer|engine|model|caller)", code(root, path)[1]):
            yield f"{path}: knows of the classifier"
    for member, kind, name in symbols:
        if kind == "U" and member in sources_of(root, "dsp") and re.match(r"ut_(infer|engine|model|caller)", name):
            yield f"{member}: needs {name}"


def sources_of(root, room):
    return {os.path.basename(path)[:-2] + ".o" for path in files(root, (room,), ".c")}


def own_members(root):
    return set().union(*(sources_of(root, room) for room in DEVICE))


def rule_no_mutable_globals(root, symbols):
    """no variable outside the structs that the caller places"""
    for member, kind, name in symbols:
        if kind in "BbDdCGgSs" and member in own_members(root):
            yield f"{member}: {name} is a mutable global"


def rule_names(root, symbols):
    """every public name starts with ut_"""
    for member, kind, name in symbols:
        if kind in "TRDBCVW" and member in own_members(root) and not name.startswith("ut_"):
            yield f"{member}: {name}"


SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
# What each rule must find, one plant at a time.
PLANTS = {
    rule_test_per_source: [("dsp/planted.c", SPDX)],
    rule_include_direction: [("dsp/level.h", '#include "firmware/wire.h"\n')] + [
        (room + "/planted.h", f'#include "host-tools/{above}.h"\n') for room, above in (
            ("host-tools/system", "settings/config"), ("host-tools/settings", "cues/catalogue"),
            ("host-tools/sources", "settings/config"), ("host-tools/headset", "sources/port"),
            ("host-tools/cues", "call/session"), ("host-tools/call", "trials/records"),
            ("host-tools/trials", "call/session"), ("host-tools/screens", "reports/rows"),
            ("host-tools/reports", "screens/view"), ("host-tools/sinks", "reports/rows"),
            ("host-tools/sinks", "serve/ledger"), ("host-tools/serve", "commands/outputs"),
            ("host-tools/desk", "commands/outputs"), ("host-tools/simulate", "serve/ledger"))] + [
        ("host-tools/screens/planted.h", '#include "dsp/features.h"\n'),
        ("host-tools/commands/planted.h", '#include "boards/board.h"\n'),
        ("host-tools/main.c", '#include "host-tools/call/session.h"\n')],
    rule_no_circle: [(path, f'#include "{back}"\n') for path, back in (
        ("dsp/q.h", "dsp/features.h"), ("host-tools/cues/rules.c", "host-tools/cues/engine.h"),
        ("boards/stm32f4-discovery/link.c", "boards/stm32f4-discovery/board.h"))],
    rule_rooms: [("host-tools/planted.c", SPDX)],
    rule_wrappers: [("host-tools/commands/live.c", f"#include <{header}>\n") for header in WRAPPERS],
    rule_config_by_hand: [("host-tools/cues/engine.c", "int x = ut_config_load(&c, NULL, &fault);\n")],
    rule_integers_only: [("dsp/level.h", "static inline int ut_planted(int x) { return (int)(x * 0.5); }\n")],
    rule_no_conditional_code: [("firmware/ring.c", "#ifdef __arm__\n#endif\n")],
    rule_licence: [("host-tools/planted.h", "/* */\n")],
    rule_style: [("firmware/ring.c", "/* TO" "DO */\n")],
    rule_layout: [("dsp/level.h", "static inline int  ut_planted(int x){ return x; }\n")],
    rule_no_drawer: [("host-tools/misc/planted.txt", "\n")],
    rule_file_names: [("a\nb\x1b", ""), ("tests/dsp/a b", "")],
    rule_boards: [("boards/mps2/planted.c", SPDX), ("boards/cortexm/planted.c", SPDX), ("boards/planted/board.mk", "")],
    rule_commands: [("README.md", "`make planted`\n")],
    rule_paths: [("ARCHITECTURE.md", "`call/planted.c`\n"), ("README.md", "`dsp/planted/`\n")],
    rule_sections: [("dsp/level.h", '/* SPEC.md \x22Planted\x22 */\n'), ("README.md", "[DESIGN.md](DESIGN.md), \x22Planted\x22\n"),
                    ("docs/spec/wire.md", "## Pitch\n")],
    rule_index: [("docs/spec/wire.md", "\n## Planted\n")],
    rule_links: [("README.md", "[planted](docs/planted.md)\n"), ("docs/spec/wire.md", "[planted](../../DESIGN.md#planted)\n")],
    rule_measured: [("docs/measured/planted.md", "# Planted\n\nFigures.\n")],
    rule_agent_is_never_classified: [("firmware/call.c",
                                      "void ut_p(struct ut_call *c) { ut_engine_take((void *)&c->agent, 0); }\n")],
    rule_no_mutable_globals: [("ring.o", "int ut_planted = 3;\n")],
    rule_names: [("ring.o", "int planted(void);\nint planted(void) { return 3; }\n")],
}


def read_symbols(nm, path, member=None):
    """(member, kind, name) of an archive or object."""
    out = subprocess.run([nm, "-A", path], stdout=subprocess.PIPE, check=True, text=True).stdout
    found = []
    for line in out.splitlines():
        where, _, rest = line.rpartition(":")
        words = rest.split()
        found.append((member or where.split(":")[-1], words[-2], words[-1]))
    return found


def copied(folder):
    """The tree, in a folder, for plants."""
    for room in ROOMS + ("docs",):
        shutil.copytree(os.path.join(ROOT, room), os.path.join(folder, room))
    for name in TOP + (".clang-format", "LICENSE") + tuple(name for name in os.listdir(ROOT) if name.endswith(".md")):
        if os.path.exists(os.path.join(ROOT, name)):
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, name), os.path.join(folder, name))


@contextlib.contextmanager
def plant(root, path, added):
    """A violation in a copy of the tree, which is as before afterwards."""
    full, made = os.path.join(root, path), os.path.dirname(os.path.join(root, path))
    new = not os.path.isdir(made)
    before = text(root, path) if os.path.exists(full) else None
    os.makedirs(made, exist_ok=True)
    with open(full, "a", encoding="utf-8") as f:
        f.write(added)
    yield
    if before is None:
        os.remove(full)
    else:
        with open(full, "w", encoding="utf-8") as f:
            f.write(before)
    if new:
        os.rmdir(made)


def planted(rule, path, added, symbols, nm, cc, copy):
    """What the rule says with one violation more."""
    if path.endswith(".o"):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([cc, "-xc", "-c", "-", "-o", folder + "/planted.o"], input=added, text=True, check=True)
            return list(rule(ROOT, symbols + read_symbols(nm, folder + "/planted.o", path)))
    with plant(copy, path, added):
        return list(rule(copy, symbols))


def main(argv):
    if argv[1:] == ["--format"]:
        return subprocess.run(["clang-format", "-i", *written_by_hand(ROOT)], cwd=ROOT, check=False).returncode
    if len(argv) != 4:
        sys.exit("usage: house.py ARCHIVE NM CC | house.py --format")
    archive, nm, cc = argv[1:]
    symbols = read_symbols(nm, archive)
    if len({member for member, _, _ in symbols} & own_members(ROOT)) < 10:
        sys.exit(f"house: {archive} does not hold this tree's objects")
    with tempfile.TemporaryDirectory() as copy:
        copied(copy)
        return judge(symbols, nm, cc, copy)


def judge(symbols, nm, cc, copy):
    passed = failed = 0
    for rule, plants in PLANTS.items():
        violations = list(rule(ROOT, symbols))
        for violation in violations:
            print(f"{rule.__doc__}: {violation}")
        failed += bool(violations)
        passed += not violations
        for path, added in plants:
            blind = len(planted(rule, path, added, symbols, nm, cc, copy)) <= len(violations)
            if blind:
                print(f"{rule.__doc__}: does not find what was planted in {path}: {added.strip()}")
            failed += blind
            passed += not blind
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
