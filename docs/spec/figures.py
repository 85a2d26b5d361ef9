#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The four figures of docs/spec, beside the texts they belong to: figures.py OUT

Reaches of delay.svg and bytes of record.svg are read from the tables of sound.md and wire.md, so that text and figure
cannot differ.
"""
import html
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
INK, SOFT, LINE, PAPER = "#0f172a", "#475569", "#94a3b8", "#ffffff"
CUSTOMER, AGENT, BOTH, SIGNAL = "#0369a1", "#b45309", "#7e22ce", "#c2410c"  # told apart by place and words, too


class Figure:
    def __init__(self, width, height, title, said):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="14" '
            f'role="img" aria-labelledby="t d">', f'<title id="t">{html.escape(title)}</title>', f'<desc id="d">{html.escape(said)}</desc>',
            '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" '
            f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{SOFT}"/></marker></defs>', f'<rect width="{width}" height="{height}" fill="{PAPER}"/>']

    def text(self, x, y, said, size=14, fill=INK, anchor="start", weight=400):
        self.parts.append(f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}">'
                          f"{html.escape(said)}</text>")

    def box(self, x, y, width, height, fill="#e2e8f0", stroke=LINE, round_=3, dash=""):
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round_}" fill="{fill}" stroke="{stroke}"'
                          + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")

    def path(self, d, stroke=SOFT, width=1.5, arrow=False, dash=""):
        self.parts.append(f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width}"' + (' marker-end="url(#a)"' if arrow else "")
                          + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")

    def write(self, path):
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(self.parts) + "\n</svg>\n")


def section(document, name):
    with open(os.path.join(HERE, document), encoding="utf-8") as f:
        return re.search(rf"^##+ {re.escape(name)}\n(.*?)(?=^##+ |\Z)", f.read(), re.M | re.S).group(1)


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|") and "---" not in line]


def delay():
    """From a moment of sound to the cue that tells of it."""
    table = {row[0]: row for row in rows(section("sound.md", "Delays"))}
    reach = {name: re.search(r"\+([\d.]+) ms(?:, \+([\d.]+) ms of)?", table[name][3]).groups() for name in ("level", "spectrum", "periodicity")}
    row_ms = int(re.match(r"(\d+) ms", table["row"][3]).group(1))
    f = Figure(900, 430, "How long a moment takes", f"What each measurement of row k hears around its centre, when it is known, and that the row is "
               f"complete {row_ms} ms after its centre; then the way on: a turn's end 200 ms, a cue 300 ms behind the newest record.")
    left, scale, top = 330, 8, 58
    at = lambda ms: left + scale * ms
    f.text(20, 28, "Row k: what it hears, and when it is known", 16, weight=700)
    f.text(880, 28, "ms from its centre, 10 k", 13, SOFT, "end")
    for ms in range(-20, 61, 10):
        f.path(f"M{at(ms)} {top - 8}V{top + 186}", "#e2e8f0", 1)
        f.text(at(ms), top - 12, f"{ms:+d}" if ms else "0", 12, SOFT, "middle")
    y = top + 8
    for name in ("level", "spectrum", "periodicity"):
        half, more = float(reach[name][0]), float(reach[name][1] or 0)
        f.text(20, y + 17, name, weight=600)
        f.box(at(-half), y, 2 * scale * half, 24, "#bae6fd", CUSTOMER)
        if more:
            f.box(at(half), y, scale * more, 24, "#e0f2fe", CUSTOMER, 0, "2 2")
        f.text(at(-half) + 8, y + 17, f"±{half:g} ms" + (f", filters {more:g}" if more else ""), 12.5)
        f.path(f"M{at(half + more)} {y + 12}H{at(20) - 2}", arrow=True)
        y += 34
    f.text(at(20) + 6, top + 58, "frame known: 2 hops", 12.5, SOFT)
    f.path(f"M{at(20)} {top}V{top + 102}", SIGNAL, 2)
    f.text(20, y + 17, "pitch, voicing, speech", weight=600)
    f.box(at(20), y, scale * 20, 24, "#fde68a", AGENT)
    f.text(at(20) + 8, y + 17, "two more frames", 12.5)
    y += 34
    f.text(20, y + 17, "row", weight=600)
    f.path(f"M{at(row_ms)} {top + 102}V{y + 32}", SIGNAL, 2)
    f.text(at(row_ms) + 6, y + 17, f"complete {row_ms} ms after its centre", 12.5)
    f.text(20, 300, "The same moment on its way to a cue", 16, weight=700)
    f.text(880, 300, "ms from the moment", 13, SOFT, "end")
    wide = lambda ms: 60 + 1.35 * ms
    f.path(f"M{wide(0)} 350H{wide(590)}", LINE, 2)
    for ms in range(0, 600, 100):
        f.path(f"M{wide(ms)} 345V355", LINE, 2)
        f.text(wide(ms), 373, str(ms), 12, SOFT, "middle")
    for ms, said, y, side in ((row_ms, "row", 330, "start"), (200, "an IPU that ended here is over", 330, "start"),
                              (row_ms + 250, "a score: a quarter of a second after its row at most", 396, "end"),
                              (300, "a cue: the grid is 300 ms behind the newest record", 414, "start")):
        f.path(f"M{wide(ms)} {338 if y < 350 else 350}V{362 if y < 350 else y - 12}", SIGNAL, 2)
        f.text(wide(ms) + (4 if side == "end" else 0), y, said, 12.5, anchor=side)
    return f


LABELS = {
    "hello": {2: "firmware version", 5: "features", 7: "CRC of the model", 11: "model id", 15: "board", 19: "0"},
    "score": {2: "t_ms", 6: "flags", 7: "frust.", 8: "delight", 9: "conf.", 10: "loud.", 11: "level", 12: "pace", 13: "pace", 14: "f0", 15: "range",
              16: "group", 17: "contr.", 18: "group", 19: "contr."},
    "turn": {2: "t_ms", 6: "kind", 7: "party", 8: "begin", 12: "end", 16: "0"},
    "status": {2: "t_ms", 6: "lost", 8: "dropped", 10: "SNR", 11: "SNR", 12: "state", 13: "chan.", 14: "late", 15: "late", 16: "gain", 17: "gain",
               18: "known", 19: "0"},
    "reset": {2: "cause", 3: "exc.", 4: "pc", 8: "lr", 12: "CFSR", 16: "starts", 18: "0"},
    "request": {2: "op", 3: "tag", 4: "key", 5: "length", 6: "error", 7: "0", 8: "value"},
}


def fields(text):
    """[(first, last)] of a row's bytes: "7", "5..6", "2, 3, 4" one after the other, "8.." to the end."""
    if re.fullmatch(r"\d+\.\.", text):
        return [(int(text[:-2]), 19)]
    found = []
    for part in text.split(", "):
        first, _, last = part.partition("..")
        found.append((int(first), int(last or first)))
    return found


def record():
    """The bytes of each type of record."""
    f = Figure(1000, 560, "Records of 20 bytes", "One row for each type of record: hello, score, turn, status, reset, and request or reply; the fields "
               "are those of the tables below.")
    f.text(20, 28, "Records of 20 bytes, byte 0 left; integers little-endian", 16, weight=700)
    cell, left = 44, 110
    for byte in range(20):
        f.text(left + cell * (byte + 0.5), 52, str(byte), 12, SOFT, "middle")
    y, tables = 62, re.split(r"\n\n", section("wire.md", "Wire"))
    for table in tables:
        head = re.match(r"\| byte \| (\w+) \(type (\d)", table)
        if not head:
            continue
        name, number = head.groups()
        spans = [(0, 0), (1, 1)]
        for row in rows(table)[1:]:
            spans += fields(row[0])
        if name == "hello":  # three numbers, one version
            spans = [(0, 0), (1, 1), (2, 4)] + [s for s in spans if s[0] > 4]
        spans.sort()
        taken = [byte for first, last in spans for byte in range(first, last + 1)]
        if taken != list(range(20)) or {first for first, _ in spans[2:]} != set(LABELS[name]):
            sys.exit(f"figures: wire.md: the bytes of {name} are {spans}")
        f.text(20, y + 28, name, weight=600)
        f.text(20, y + 46, f"type {number}" + (", reply 7" if name == "request" else ""), 12, SOFT)
        for first, last in spans:
            label = {0: "v|type", 1: "seq"}.get(first) or LABELS[name][first]
            f.box(left + cell * first, y, cell * (last - first + 1), 54, {0: "#fed7aa", 1: "#fed7aa"}.get(first, "#f1f5f9" if label == "0" else "#e0f2fe"))
            f.text(left + cell * (first + last + 1) / 2, y + 32, label, 12.5 if last > first else 11, INK, "middle")
        y += 82
    return f


def cue():
    """From a condition to a pop-up and back."""
    f = Figure(900, 440, "A cue's states", "Closed; the on-condition holds; open, of which one cue is visible and others wait; the off-condition holds; "
               "closed again, with a refractory time.")
    f.text(20, 28, "A cue opens and closes by facts; what is shown is decided apart", 16, weight=700)
    boxes = {"closed": (30, 90, 120), "on holds": (230, 90, 130), "open": (460, 90, 120), "off holds": (690, 90, 130)}
    for name, (x, y, width) in boxes.items():
        f.box(x, y, width, 50, "#e0f2fe" if name != "open" else "#fed7aa", round_=24)
        f.text(x + width / 2, y + 30, name, 14, INK, "middle", 600)
    f.path("M150 108H226", arrow=True)
    f.text(188, 100, "on", 12.5, SOFT, "middle")
    f.path("M230 128H154", arrow=True)
    f.text(190, 146, "not on", 12.5, SOFT, "middle")
    f.path("M360 115H456", arrow=True)
    f.text(408, 75, "for hold; not off;", 12.5, SOFT, "middle")
    f.text(408, 92, "refractory over", 12.5, SOFT, "middle")
    f.path("M580 108H686", arrow=True)
    f.text(633, 100, "off", 12.5, SOFT, "middle")
    f.path("M690 128H584", arrow=True)
    f.text(636, 146, "not off", 12.5, SOFT, "middle")
    f.path("M755 140C755 250 90 250 90 144", arrow=True)
    f.text(300, 244, "for release: event cue.closed; refractory begins", 12.5, SOFT, "middle")
    f.text(528, 166, "event cue.opened", 12.5, SOFT)
    f.path("M520 142V296", SOFT, 1.5, True, "4 3")
    f.box(30, 300, 840, 120, "#f8fafc", LINE, 4)
    f.text(45, 322, "On the screen: one at a time (show = popup)", 13, SOFT)
    for name, x, y, width in (("waits", 455, 335, 130), ("visible", 180, 335, 130), ("not shown", 690, 335, 150)):
        f.box(x, y, width, 40, "#ede9fe", round_=20)
        f.text(x + width / 2, y + 25, name, 14, INK, "middle", 600)
    f.path("M455 348H314", arrow=True)
    f.text(384, 340, "none visible, or lower", 12, SOFT, "middle")
    f.path("M310 364H451", arrow=True)
    f.text(384, 382, "higher, after the minimum", 12, SOFT, "middle")
    f.path("M585 355H686", arrow=True)
    f.text(636, 347, "budget, mute,", 12, SOFT, "middle")
    f.text(636, 374, "closed first", 12, SOFT, "middle")
    f.text(45, 405, "Visible ends: closed and its minimum over, dismissed, muted, or its place taken by a higher one.", 12.5, SOFT)
    return f


def turns():
    """IPUs of both parties and what is said of them."""
    f = Figure(980, 400, "Turns", "Customer and agent over 15 s: inter-pausal units, turns, a backchannel, an overlap, an interruption and a non-talk.")
    left, scale = 110, 56
    at = lambda s: left + scale * s
    f.text(20, 28, "What 15 s of two voices are called", 16, weight=700)
    for s in range(16):
        f.path(f"M{at(s)} 62V330", "#e2e8f0", 1)
        f.text(at(s), 56, str(s), 12, SOFT, "middle")
    f.text(960, 38, "s", 12, SOFT, "end")
    # IPUs in seconds; the units that make a turn stand within it.
    ipus = {"customer": [(0.2, 2.6), (3.0, 4.4), (6.7, 7.2), (8.1, 10.4)], "agent": [(4.8, 6.5), (6.8, 7.9), (9.3, 11.2)]}
    lanes = {"customer": (110, CUSTOMER, "#bae6fd"), "agent": (240, AGENT, "#fde68a")}
    for party, units in ipus.items():
        y, ink, fill = lanes[party]
        f.text(20, y + 20, party, weight=600)
        for begin, end in units:
            f.box(at(begin), y, scale * (end - begin), 30, fill, ink)
            f.text(at((begin + end) / 2), y + 20, "IPU", 12, INK, "middle")
    for party, begin, end, said in (("customer", 0.2, 4.4, "turn"), ("agent", 4.8, 7.9, "turn"), ("customer", 8.1, 10.4, "turn"), ("agent", 9.3, 11.2, "turn")):
        y, ink, _ = lanes[party]
        edge = y - 10 if party == "customer" else y + 40
        f.path(f"M{at(begin)} {edge}H{at(end)}", ink, 4)
        f.text(at((begin + end) / 2), edge - 8 if party == "customer" else edge + 17, said, 12.5, ink, "middle", 600)
    f.text(at(6.95), 158, "backchannel: under 1 s,", 12, SOFT, "middle")
    f.text(at(6.95), 173, "floor and turn are the other's", 12, SOFT, "middle")
    f.path(f"M{at(2.6)} 158H{at(3.0)}", SOFT)
    f.text(at(2.8), 175, "pause ≥ 200 ms", 12, SOFT, "middle")
    f.path(f"M{at(4.4)} 200H{at(4.8)}", SOFT)
    f.text(at(4.6), 217, "response latency", 12, SOFT, "middle")
    f.box(at(9.3), 186, 1.1 * scale, 26, "#f3e8ff", BOTH)
    f.text(at(9.85), 203, "overlap", 12, BOTH, "middle", 600)
    f.text(at(10.5), 192, "both for ≥ 1 s", 12, SOFT)
    f.text(at(10.5), 207, "and an interruption by the agent: the", 12, SOFT)
    f.text(at(10.5), 222, "customer, 1 s into an IPU, stops within 3 s", 12, SOFT)
    f.box(at(11.2), 110, scale * 3.8, 30, "#f1f5f9", LINE, 3, "4 3")
    f.text(at(13.1), 130, "non-talk: > 3 s without an IPU", 12.5, SOFT, "middle")
    f.text(20, 330, "floor", weight=600)
    for begin, end, party in ((0.3, 5.8, "customer"), (5.8, 9.1, "agent"), (9.1, 10.3, "customer"), (10.3, 15, "agent")):
        f.box(at(begin), 312, scale * (end - begin), 24, lanes[party][2], lanes[party][1], 0)
        f.text(at((begin + end) / 2), 329, party, 12, INK, "middle")
    f.text(110, 362, "The floor changes when an IPU of the other has lasted 1 s; a turn begins with that IPU, so turns may overlap as speech does.", 12.5, SOFT)
    f.text(110, 382, "An IPU is known 60 to 100 ms after its begin, and over 200 ms after its end.", 12.5, SOFT)
    return f


def main(words):
    if len(words) != 1:
        sys.exit("usage: figures.py OUT")
    os.makedirs(words[0], exist_ok=True)
    for figure in (delay, record, cue, turns):
        figure().write(os.path.join(words[0], figure.__name__ + ".svg"))


if __name__ == "__main__":
    main(sys.argv[1:])
