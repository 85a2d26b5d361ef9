#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Signed images in MCUboot's format, of which a release is a file with one for each slot (SPEC.md "Signed image").

usage: release.py sign OUT KEY.pem COUNTER IMAGE.bin...
       release.py digest COUNTER IMAGE.bin...                             prints what is to be signed, one line an image
       release.py attach OUT PUBLIC.pem COUNTER IMAGE.bin... SIGNATURE... with a signature in DER of each digest
       release.py factory OUT SLOT_BYTES RELEASE                          slot A as it leaves the factory: confirmed

IMAGE.bin is what boards/image.py wrote. KEY.pem: a private key on the curve P-256. A key that stays in its vault signs the
digests (openssl pkeyutl -sign -inkey KEY.pem -in DIGEST), and `attach` refuses a signature that PUBLIC.pem does not fit.
With the development key the same image gives the same bytes.
COUNTER: a headset that has run and kept an image refuses those with a lower one.
"""
import hashlib
import os
import re
import struct
import subprocess
import sys
import tempfile

HEADER_BYTES, MAGIC, ROM_FIXED = 0x200, 0x96F3B83D, 0x100
TLV_PROTECTED, TLV_PLAIN = 0x6908, 0x6907
KEYHASH, SHA256, ECDSA, COUNTER_TLV = 0x01, 0x10, 0x22, 0x50
TRAILER_BYTES, TRAILER_MAGIC = 64, bytes.fromhex("77c295f360d2ef7f3552500f2cb67980")
FIRST_SEQ = 1
DEVELOPMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "development.pem")


def refuse(path, what):
    sys.exit(f"release.py: {path}: {what}")


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError as problem:
        return refuse(path, problem.strerror)


def openssl(*words, given=b""):
    done = subprocess.run(["openssl", *words], input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.stdout if done.returncode == 0 else None


def tlv(kind, value):
    return struct.pack("<HH", kind, len(value)) + value


def number(text):
    if not re.fullmatch(r"[0-9]{1,9}", text):
        refuse(text, "not a security counter: a number from 0 to 999999999")
    return int(text)


def payload(path, counter):
    """What is hashed and signed: header, image, protected entries."""
    image = read(path)
    if len(image) < 0x224 or image[0x200:0x204] != b"UTIM" or struct.unpack_from("<I", image, 0x21C)[0] != len(image):
        refuse(path, "not an image that boards/image.py wrote")
    address = struct.unpack_from("<I", image, 0x220)[0]
    protected = tlv(COUNTER_TLV, struct.pack("<I", counter))
    protected = struct.pack("<HH", TLV_PROTECTED, 4 + len(protected)) + protected
    # Flash begins at a multiple of 16 MB on every board; MCUboot compares with the offset in it.
    offset = (address - HEADER_BYTES) & 0xFFFFFF
    if offset == 0 or offset % 0x1000 or address % HEADER_BYTES:
        refuse(path, f"linked at 0x{address:x}, which is no slot")
    header = struct.pack("<IIHHIIBBHII", MAGIC, offset, HEADER_BYTES, len(protected), len(image), ROM_FIXED,
                         *image[0x20C:0x20F], 0, 0) + image[0x208:0x20C]
    return header.ljust(HEADER_BYTES, b"\0") + image + protected


def public_of(path, private):
    der = openssl("pkey", "-in", path, "-pubout", "-outform", "DER", *([] if private else ["-pubin"]))
    if der is None or len(der) != 91:
        refuse(path, f"not a {'private' if private else 'public'} key on the curve P-256 that openssl reads")
    return der


def signed(body, public, signature):
    entries = tlv(SHA256, hashlib.sha256(body).digest()) + tlv(KEYHASH, hashlib.sha256(public).digest()) + \
        tlv(ECDSA, signature)
    whole = body + struct.pack("<HH", TLV_PLAIN, 4 + len(entries)) + entries
    return whole.ljust((len(whole) + 3) & ~3, b"\xff")


def fits(public, body, signature):
    with tempfile.NamedTemporaryFile() as key, tempfile.NamedTemporaryFile() as sig:
        key.write(public)
        key.flush()
        sig.write(signature)
        sig.flush()
        return openssl("dgst", "-sha256", "-verify", key.name, "-keyform", "DER", "-signature", sig.name, given=body)


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def signature_of(body, key, public):
    """In DER. By RFC 6979 with the published key, so that packages can be built again to the byte. Its library takes a time that
    depends on the key: secret ones sign by openssl, and otherwise each time."""
    if public != public_of(DEVELOPMENT, True):
        return openssl("dgst", "-sha256", "-sign", key, given=body)
    try:
        import ecdsa  # only here: what signs with other keys needs none
    except ImportError:
        return refuse(key, "signing with it needs python3-ecdsa")
    published = ecdsa.SigningKey.from_der(openssl("pkey", "-in", key, "-outform", "DER"))
    return published.sign_deterministic(body, hashfunc=hashlib.sha256, sigencode=ecdsa.util.sigencode_der)


def sign(out, key, counter, images):
    public, made = public_of(key, True), b""
    for path in images:
        body = payload(path, counter)
        made += signed(body, public, signature_of(body, key, public))
    write(out, made)


def attach(out, key, counter, images, signatures):
    public, made = public_of(key, False), b""
    for path, signature in zip(images, signatures):
        body = payload(path, counter)
        if fits(public, body, read(signature)) is None:
            refuse(signature, f"no signature of {path} by {key}")
        made += signed(body, public, read(signature))
    write(out, made)


def first_of(release):
    """The first signed image of a release."""
    data = read(release)
    if len(data) < HEADER_BYTES or struct.unpack_from("<I", data)[0] != MAGIC:
        refuse(release, "no release")
    protected, size = struct.unpack_from("<H", data, 10)[0], struct.unpack_from("<I", data, 12)[0]
    at = HEADER_BYTES + size + protected
    end = (at + struct.unpack_from("<H", data, at + 2)[0] + 3) & ~3 if at + 4 <= len(data) else at + 4
    if end > len(data):
        refuse(release, "cut short")
    return data[:end]


def factory(out, slot_bytes, release):
    image = first_of(release)
    ok = struct.pack("<II", 0xFFFFFF01, 0xFFFFFFFF)
    trailer = b"\xff" * 16 + struct.pack("<II", FIRST_SEQ, FIRST_SEQ ^ 0xFFFFFFFF) + b"\xff" * 16 + ok + TRAILER_MAGIC
    if len(image) > slot_bytes - TRAILER_BYTES:
        refuse(release, f"longer than a slot of {slot_bytes} bytes")
    write(out, image.ljust(slot_bytes - TRAILER_BYTES, b"\xff") + trailer)


def main(words):
    if len(words) >= 4 and words[0] == "sign":
        sign(words[1], words[2], number(words[3]), words[4:])
    elif len(words) >= 3 and words[0] == "digest":
        for path in words[2:]:
            print(hashlib.sha256(payload(path, number(words[1]))).hexdigest())
    elif len(words) >= 6 and len(words) % 2 == 0 and words[0] == "attach":
        half = 4 + (len(words) - 4) // 2
        attach(words[1], words[2], number(words[3]), words[4:half], words[half:])
    elif len(words) == 4 and words[0] == "factory":
        factory(words[1], int(words[2], 0), words[3])
    else:
        sys.exit(__doc__.split("\n\n")[1])


if __name__ == "__main__":
    main(sys.argv[1:])
