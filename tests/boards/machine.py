# SPDX-License-Identifier: Apache-2.0
"""The emulated board from start to end, by the command line of boards/mps2/README.md."""
import subprocess

from link import IMAGE

QEMU = ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "stdio"]


def emulated(*words, time="shift=5,sleep=off", image=IMAGE, more=()):
    """(exit code, bytes on the link, what was said)"""
    config = "".join(f",arg={word}" for word in ("undertone",) + words)
    command = QEMU + list(more) + (["-icount", time] if time else []) + \
        ["-semihosting-config", "enable=on,target=native" + config, "-kernel", image]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr.decode()
