#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The public keys that the bootloader takes images from, as a header: keys.py OUT.h KEY.pem...

KEY.pem: a key on the curve P-256, public, or private, of which only the public part is taken.
"""
import hashlib
import subprocess
import sys


def public_of(path):
    """SubjectPublicKeyInfo: 26 bytes that say which curve, then the point, uncompressed."""
    for words in (["-pubin"], []):
        done = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER", *words],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        if done.returncode == 0 and len(done.stdout) == 91 and done.stdout[26] == 4:
            return done.stdout
    sys.exit(f"keys.py: {path}: not a key on the curve P-256 that openssl reads")


def row(data):
    return ", ".join(map(str, data))


def main(out, paths):
    keys = [public_of(path) for path in paths]
    rows = "".join(f"    {{{{{row(hashlib.sha256(key).digest())}}}, {{{row(key[26:])}}}}},\n" for key in keys)
    with open(out, "w", encoding="ascii") as f:
        f.write(f"""/* SPDX-License-Identifier: Apache-2.0 */
/* Written by boards/keys.py from the project's KEYS. */
#ifndef UT_GEN_FIRMWARE_BOOT_KEYS_H
#define UT_GEN_FIRMWARE_BOOT_KEYS_H

#include <stdint.h>

enum {{ UT_BOOT_KEYS = {len(keys)}, UT_BOOT_POINT_BYTES = 65 }};

static const struct {{
    uint8_t sha256[32], point[UT_BOOT_POINT_BYTES];
}} ut_boot_keys[UT_BOOT_KEYS] = {{
{rows}}};

#endif
""")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: keys.py OUT.h KEY.pem...")
    main(sys.argv[1], sys.argv[2:])
