#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Recordings that ffmpeg decodes, with a stand-in for it: what it is called with, what it makes, and how it fails."""
import os

from tool import Checks, events, path, speech, tool, wav, write

check = Checks()
customer, agent = speech()
base = tool("replay", "--json", "--contact-id", "a", wav("call.wav", [agent, customer]))[1]
BIN = path("bin")
os.mkdir(BIN)
ENVIRONMENT = {"PATH": BIN + ":/usr/bin:/bin", "TMPDIR": BIN}


def stand_in(*lines):
    """A program named ffmpeg that notes its words."""
    name = os.path.join(BIN, "ffmpeg")
    with open(name, "w", encoding="utf-8") as f:
        f.write(f'#!/bin/sh\nprintf "%s\\n" "$@" >{path("words")}\nfor to; do :; done\n' + "\n".join(lines) + "\n")
    os.chmod(name, 0o700)


HEADS = {"m4a": (b"\0\0\0\x1cftypM4A ", "mov"), "amr": (b"#!AMR\n", "amr"), "webm": (b"\x1a\x45\xdf\xa3\x9f", "matroska"),
         "wma": (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "asf"), "aac": (b"\xff\xf1\x60\x40\x00", "aac"),
         "g722": (b"\x12\x34\x56", "g722")}
stand_in(f'cat {path("call.wav")} >"${{to#file:}}"')
for ending, (head, form) in HEADS.items():
    code, text, err = tool("replay", "--json", "--contact-id", "a", write("-y a'b." + ending, head + bytes(1000)),
                           env=ENVIRONMENT)
    check(f"{ending} is played", (code, text, err) == (0, base, ""), (code, err))
    with open(path("words"), encoding="utf-8") as f:
        words = f.read().splitlines()
    check(f"{ending} by its format, never by its name",
          words[words.index("-f") + 1] == form and words[words.index("-i") + 1].startswith("file:/proc/")
          and words.index("-f") < words.index("-i") and not any("a'b" in x for x in words), words)
check("no temporary file has a name", os.listdir(BIN) == ["ffmpeg"], os.listdir(BIN))

m4a = write("call.m4a", HEADS["m4a"][0] + bytes(1000))
stand_in('echo "[mov @ 0x1] moov atom not found" >&2', "exit 1")
check.refused("what ffmpeg cannot read", tool("replay", m4a, env=ENVIRONMENT), 11, "(moov atom not found)")
stand_in(f'cat {path("call.wav")} >"${{to#file:}}"', 'echo "file:/proc/7/fd/3: corrupt input packet" >&2', "exit 1")
code, text, err = tool("replay", "--json", m4a, env=ENVIRONMENT)
check("what it decodes before it fails is played", code == 30 and len(events(text)) == len(events(base))
      and "(ffmpeg says: corrupt input packet)" in err and "-xerror" in open(path("words"), encoding="utf-8").read(), (code, err))
stand_in(f'cat {path("call.wav")} >"${{to#file:}}"', 'echo "[matroska @ 0x1] File ended prematurely" >&2')
code, text, err = tool("replay", "--json", m4a, env=ENVIRONMENT)
check("damage that it passes over is said", code == 30 and "(ffmpeg says: File ended prematurely)" in err, (code, err))
stand_in('printf "\\033[31mred" >&2', "exit 1")
err = tool("replay", m4a, env=ENVIRONMENT)[2]
check("what it says cannot reach the terminal", "\033" not in err and "red" in err, err)
os.remove(os.path.join(BIN, "ffmpeg"))
check.refused("without ffmpeg, the line that helps", tool("replay", m4a, env={"PATH": BIN}), 11,
              f"ffmpeg -f mov -i '{m4a}' -c:a pcm_s16le call.wav")
for ending in ("mp3", "wav"):
    check.refused(f"MPEG-4 named .{ending}", tool("replay", write("named." + ending, HEADS["m4a"][0] + bytes(9))), 11,
                  "is MPEG-4 sound, which its name denies; name it .m4a")
check("a right file needs none of it", len(events(base)) > 10)
check.finish()
