#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Recordings that ffmpeg decodes, with a stand-in for it: what it is called with, what it makes, and how it fails."""
import os
import struct

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

# a WAV of a coding that libsndfile lacks: the program gets the sound behind a right header
stand_in(f'cp "${{11#file:}}" {path("given.wav")}', f'cat {path("call.wav")} >"${{to#file:}}"')


def g726(name, said, sound=bytes(1000), coding=0x45):
    return write(name, struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + said, b"WAVE", b"fmt ", 16, coding, 1, 8000, 4000, 1,
                                   4, b"data", said) + sound)


for name, coding in (("g726.wav", 0x45), ("g726.mp3", 0x45), ("g726.wav", 0x64), ("g723.wav", 0x42)):
    code, text, err = tool("replay", "--json", "--contact-id", "a", g726(name, 1000, coding=coding), env=ENVIRONMENT)
    check(f"{name} of coding {coding}", (code, text, err) == (0, base, ""), (code, err))
code, text, err = tool("replay", "--json", "--contact-id", "a", g726("g726.wav", 0), env=ENVIRONMENT)
with open(path("given.wav"), "rb") as f:
    given = f.read()
check("its length is mended and remarked", code == 0 and text == base and "never finished" in err
      and given[-1004:] == struct.pack("<I", 1000) + bytes(1000), (code, err, given[:60]))
code, text, err = tool("replay", "--json", g726("g726.wav", 2000), env=ENVIRONMENT)
check("cut", code == 30 and "1000 bytes fewer than its header says" in err, (code, err))
with open(g726("g726.wav", 1000), "rb") as f:
    twice = 2 * f.read()
code, text, err = tool("replay", "--json", write("twice.wav", twice), env=ENVIRONMENT)
check("another recording behind it is not passed over", code == 30 and "another recording begins at byte 1045" in err, (code, err))
os.remove(os.path.join(BIN, "ffmpeg"))
file = g726("g726.wav", 1000)
check.refused("a WAV of G.726 without ffmpeg", tool("replay", file, env={"PATH": BIN}), 11, "is G.726 sound",
              f"ffmpeg -f wav -i '{file}' -c:a pcm_s16le call.wav")
check("a right file needs none of it", len(events(base)) > 10)
check.finish()
