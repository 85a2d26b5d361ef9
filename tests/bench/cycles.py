#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cycles per instruction of the pipeline on a Cortex-M4: cycles.py IMAGE.elf SPEECH.raw OBJDUMP

The emulator tells every instruction it runs for 1.5 s of speech; each gets the time of the Cortex-M4 Technical Reference
Manual, 3.3.1, without wait states. Two sums:
  likely  a load right behind another load or a store hides in it, a taken branch costs 3, a division 7, IT nothing
  upper   every load and store takes 2, a taken branch 4, a division 12, IT 1
"""
import collections
import os
import re
import subprocess
import sys
import tempfile

FIRST_S, SECONDS = 0.5, 1.5
BYTES_PER_S = 64000


def listing(elf, objdump):
    """address -> (bytes, mnemonic, operands)"""
    text = subprocess.run([objdump, "-d", elf], stdout=subprocess.PIPE, check=True, text=True).stdout
    found = {}
    for m in re.finditer(r"^\s+([0-9a-f]+):\t([0-9a-f ]+?)\s*\t(\S+)[ \t]*(.*)$", text, re.M):
        size = len(m.group(2).replace(" ", "")) // 2
        found[int(m.group(1), 16)] = (size, m.group(3).split(".")[0], m.group(4))
    return found


def steps(elf, audio):
    """(address, next address) -> how often"""
    with tempfile.TemporaryDirectory() as folder:
        part, trace = os.path.join(folder, "part.raw"), os.path.join(folder, "trace")
        with open(audio, "rb") as f, open(part, "wb") as out:
            f.seek(int(FIRST_S * BYTES_PER_S))
            out.write(f.read(int(SECONDS * BYTES_PER_S)))
        os.mkfifo(trace)
        command = ["qemu-system-arm", "-singlestep", "-d", "exec,nochain", "-D", trace, "-display", "none", "-monitor",
                   "none", "-serial", "null", "-M", "mps2-an386", "-icount", "shift=5,sleep=off", "-semihosting-config",
                   f"enable=on,target=native,arg=undertone,arg=--hold,arg={part}", "-kernel", elf]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as machine:
            found, before = collections.Counter(), None
            with open(trace, encoding="ascii", errors="replace") as f:
                for line in f:
                    if line.startswith("Trace"):
                        here = int(line.split("[", 1)[1].split("/")[1], 16)
                        found[before, here] += 1
                        before = here
            if machine.wait() != 0:
                sys.exit("cycles: the emulated board failed")
    return collections.Counter({step: n for step, n in found.items() if step[0] is not None})


def registers(operands):
    count = 0
    for word in operands[operands.find("{") + 1:operands.find("}")].split(","):
        ends = re.fullmatch(r"\s*r(\d+)-r(\d+)\s*", word)
        count += int(ends.group(2)) - int(ends.group(1)) + 1 if ends else 1
    return count


def cost(instruction, taken, upper):
    _, name, operands = instruction
    refill = 3 if upper else 2
    if re.match(r"v?(ldm|stm|push|pop)", name):
        return 1 + registers(operands) + (refill if taken else 0)
    if name in ("ldrd", "strd"):
        return 3
    if name.startswith("ldr"):
        return 2 + (refill if taken else 0)
    if name.startswith("str"):
        return 2 if upper else 1
    if name.startswith(("udiv", "sdiv")):
        return 12 if upper else 7
    if name.startswith(("tbb", "tbh")):
        return 2 + refill
    if re.fullmatch(r"it[te]{0,3}", name):
        return 1 if upper else 0
    return 1 + (refill if taken else 0)


def main(argv):
    if len(argv) != 4:
        sys.exit(__doc__.split("\n\n")[0])
    code = listing(argv[1], argv[3])
    instructions = likely = upper = 0
    for (here, after), n in steps(argv[1], argv[2]).items():
        if here not in code:
            sys.exit(f"cycles: no instruction at {here:#x}")
        taken = after != here + code[here][0]
        hidden = code[here][1].startswith(("ldr", "str")) and re.match(r"ldr(?!d)", code.get(after, (0, "", ""))[1])
        instructions += n
        likely += n * (cost(code[here], taken, False) - (1 if hidden else 0))
        upper += n * cost(code[here], taken, True)
    print(f"{instructions} instructions, cycles per instruction: likely {likely / instructions:.2f}, "
          f"upper bound {upper / instructions:.2f}")


if __name__ == "__main__":
    main(sys.argv)
