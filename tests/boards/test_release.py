#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Signed images by a second reader, and every way to make one; imgtool judges them in tests/update/test_imgtool.py."""
import hashlib
import os
import struct
import subprocess
import tempfile

from link import BUILD, run

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RELEASE = os.path.join(ROOT, "boards", "release.py")
KEY = os.path.join(ROOT, "boards", "development.pem")
SLOTS = {"mps2": (0x10000, 0x50000), "nrf52840-dk": (0x10000, 0x50000), "stm32f4-discovery": (0x20000, 0x60000)}
BASE = {"mps2": 0x21000000, "nrf52840-dk": 0, "stm32f4-discovery": 0x08000000}
NAMES = {"mps2": b"mps2", "nrf52840-dk": b"n840", "stm32f4-discovery": b"f407"}


def read(path):
    with open(path, "rb") as f:
        return f.read()


def built(board, name):
    return os.path.join(BUILD, board, name)


def release(*words):
    done = subprocess.run([RELEASE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
    return done.returncode, done.stdout, done.stderr


def split(data):
    """[(header, image, {type: value} protected, {type: value} plain, what is hashed)] of a release."""
    found = []
    while data:
        magic, load, header_bytes, protected_bytes, size, flags = struct.unpack_from("<IIHHII", data)
        assert magic == 0x96F3B83D and header_bytes == 0x200 and flags == 0x100, hex(magic)
        end = header_bytes + size + protected_bytes
        entries = []
        for at, kind in ((header_bytes + size, 0x6908), (end, 0x6907)):
            mark, total = struct.unpack_from("<HH", data, at)
            assert mark == kind
            values, at, stop = {}, at + 4, at + total
            while at < stop:
                number, length = struct.unpack_from("<HH", data, at)
                values[number] = data[at + 4:at + 4 + length]
                at += 4 + length
            assert at == stop
            entries.append(values)
        found.append((data[:32] + struct.pack("<I", load), data[header_bytes:header_bytes + size], *entries, data[:end]))
        data = data[(at + 3) & ~3:]
    return found


def test_a_release_holds_both_links():
    version = bytes(map(int, read(os.path.join(ROOT, "VERSION")).decode().split(".")))
    for board, slots in SLOTS.items():
        images = split(read(built(board, "undertone.update")))
        assert len(images) == 2
        for (header, image, protected, plain, hashed), slot, link in zip(images, slots, "ab"):
            assert image == read(built(board, f"slot-{link}.bin"))
            assert header[32:] == struct.pack("<I", slot) and header[20:23] == version
            assert struct.unpack_from("<I", image, 0x220)[0] == BASE[board] + slot + 0x200
            assert hashed[32:36] == NAMES[board] == image[0x208:0x20C] and hashed[36:0x200] == bytes(0x200 - 36)
            assert protected == {0x50: bytes(4)} and plain[0x10] == hashlib.sha256(hashed).digest()
            stack, start = struct.unpack_from("<II", image)
            assert stack >> 28 == 2 and start & 1 and BASE[board] + slot < start < BASE[board] + slot + len(image)
        a, b = images[0][1], images[1][1]
        assert len(a) == len(b) and a != b


def test_the_signature_is_the_keys():
    public = subprocess.run(["openssl", "pkey", "-in", KEY, "-pubout", "-outform", "DER"], check=True,
                            stdout=subprocess.PIPE).stdout
    with tempfile.TemporaryDirectory() as folder:
        for _, _, _, plain, hashed in split(read(built("mps2", "undertone.update"))):
            assert plain[1] == hashlib.sha256(public).digest()
            for name, data in (("key", public), ("signature", plain[0x22])):
                with open(os.path.join(folder, name), "wb") as f:
                    f.write(data)
            for body, code in ((hashed, 0), (hashed[:-1] + b"\1", 1)):
                verify = ["openssl", "dgst", "-sha256", "-verify", folder + "/key", "-keyform", "DER", "-signature",
                          folder + "/signature"]
                assert subprocess.run(verify, input=body, stdout=subprocess.DEVNULL, check=False).returncode == code


def test_the_published_key_signs_the_same_each_time():
    images = [built("mps2", f"slot-{link}.bin") for link in "ab"]
    with tempfile.TemporaryDirectory() as folder:
        out, other = os.path.join(folder, "out"), os.path.join(folder, "other.pem")
        assert release("sign", out, KEY, "0", *images)[0] == 0 and read(out) == read(built("mps2", "undertone.update"))
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", other], check=True,
                       stderr=subprocess.DEVNULL)
        made = []
        for _ in range(2):
            assert release("sign", out, other, "0", *images)[0] == 0
            made.append(read(out))
        assert made[0] != made[1]


def test_a_key_that_stays_in_its_vault():
    images = [built("mps2", f"slot-{link}.bin") for link in "ab"]
    with tempfile.TemporaryDirectory() as folder:
        place = lambda name: os.path.join(folder, name)
        made = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                               place("vault.pem")], stderr=subprocess.DEVNULL, check=True)
        assert made.returncode == 0
        subprocess.run(["openssl", "pkey", "-in", place("vault.pem"), "-pubout", "-out", place("public.pem")], check=True)
        code, digests, _ = release("digest", "7", *images)
        assert code == 0 and len(digests.split()) == 2
        for link, digest in zip("ab", digests.split()):
            subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", place("vault.pem"), "-in", "/dev/stdin", "-out",
                            place(link + ".der")], input=bytes.fromhex(digest), check=True)
        signatures = [place("a.der"), place("b.der")]
        code, _, said = release("attach", place("out"), place("public.pem"), "7", *images, *signatures)
        assert code == 0, said
        for (_, _, protected, plain, hashed), digest in zip(split(read(place("out"))), digests.split()):
            assert protected[0x50] == b"\7\0\0\0" and hashlib.sha256(hashed).hexdigest() == digest
            assert plain[0x10].hex() == digest
        code, _, said = release("attach", place("bad"), place("public.pem"), "8", *images, *signatures)
        assert code == 1 and "no signature of" in said and said.count("\n") == 1 and not os.path.exists(place("bad"))
        code, _, said = release("attach", place("bad"), place("public.pem"), "7", *images, *reversed(signatures))
        assert code == 1 and not os.path.exists(place("bad"))


def test_a_slot_as_it_leaves_the_factory():
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "slot")
        assert release("factory", out, "0x40000", built("mps2", "undertone.update"))[0] == 0
        slot, signed = read(out), read(built("mps2", "undertone.update"))
        size = len(signed) // 2 - 16
        assert len(slot) == 0x40000 and slot[:size] == signed[:size]
        trailer = slot[-64:]
        assert trailer[16:24] == b"\1\0\0\0\xfe\xff\xff\xff" and trailer[40:48] == b"\1" + b"\xff" * 7
        assert trailer[48:] == bytes.fromhex("77c295f360d2ef7f3552500f2cb67980") and trailer[:12] == b"\xff" * 12
        code, _, said = release("factory", out, "0x1000", built("mps2", "undertone.update"))
        assert code == 1 and "longer than a slot" in said


def test_refusals():
    image = built("mps2", "slot-a.bin")
    with tempfile.TemporaryDirectory() as folder:
        out, cut, short, ends = (os.path.join(folder, name) for name in ("out", "cut", "short", "ends"))
        made = read(built("mps2", "undertone.update"))
        end = made.index(made[:4], 4)  # of the first image
        for path, data in ((cut, read(image)[:-4]), (short, made[:end - 60]), (ends, read(image)[:0x210])):
            with open(path, "wb") as f:
                f.write(data)
        for words, what in ((("sign", out, KEY, "0", cut), "not an image"), (("sign", out, KEY, "-1", image), "counter"),
                            (("sign", out, KEY, "0", KEY), "not an image"), (("sign", out, image, "0", image), "private key"),
                            (("sign", out, KEY, "0", built("mps2", "undertone.bin")), "no slot"),
                            (("sign", out, KEY, "0", ends), "not an image"), (("sign", out, KEY, "0", folder), "directory"),
                            (("factory", out, "0x40000", short), "cut short"), (("factory", out, "0x40000", out), "No such file"),
                            (("factory", out, "0x40000", image), "no release")):
            code, _, said = release(*words)
            assert code == 1 and what in said and said.count("\n") == 1 and not os.path.exists(out), (words, said)
        assert release("sign")[0] == 1


run([test for name, test in sorted(globals().items()) if name.startswith("test_")])
