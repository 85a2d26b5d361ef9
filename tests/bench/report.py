#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sizes and speeds as a table and as JSON, judged against tests/budget.txt and the boards' own budget.txt.

usage: report.py size SIZE_TOOL RUN.log OUTPUT.json BOARD/IMAGE.elf...    RUN.log: what mps2 said when run with --stack,
                                                                       and what its bootloader did
       report.py bench TARGET.log HOST.log SIZE.json OUTPUT.json BOARD=HZ+INSTRUCTIONS...
                                                   INSTRUCTIONS: what the board itself spends per hop, as on decimation
       report.py selfcheck
Each limit counts as one test; NAME in boards/BOARD/budget.txt is BOARD_NAME here; the last line is "N passed, N failed".
"""
import glob
import json
import os
import re
import subprocess
import sys

INSTRUCTIONS_PER_US = 1000 / 128  # -icount shift=7: 128 ns of virtual time per instruction
AUDIO_SECONDS = 12                # tests/bench/bench.c
PAGE_AUDIO_SECONDS = 600          # tests/bench/page.py
HOPS_PER_S = 100
CYCLES_PER_INSTRUCTION = 1.57     # upper bound by the Cortex-M4's timings: tests/bench/cycles.py
FLASH_SLOWDOWN = 1.03             # CoreMark/MHz without wait states over that of an nRF52840 with its cache: 3.40 / 3.3
# The longest that the audio's interrupt, the last in rank, waits in the image with the chip's own radio: RADIO=sdc. Reckoned,
# never measured. Nordic gives no times of the SoftDevice Controller; these are the longest of its sibling, the S132 ("BLE
# peripheral connection processor usage patterns"): a whole connection event and the next one's beginning.
RADIO_US = 55 + 24 + 4 * 40 + 250 + 55
# Calls of it, 40 us each (there, typical): 3 packets of data and a command out, 2 packets and an event in, and what moves
# their bytes through two rings, of 60 cycles each, with H4 types and headers.
CALLS, CALL_US, CALL_BYTES, CYCLES_PER_BYTE = 7, 40, 1 + 4 + 251, 60
LINK_BAUD, LINK_IRQ_CYCLES = 115200, 150  # a byte of the link meanwhile
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
UNITS = {"flash_bytes": "B", "ram_bytes": "B", "stack_bytes": "B", "host_x_realtime": "x real time",
         "page_x_realtime": "x real time"}
PARTS = {"boot.elf": "boot_", "one-chip.elf": "one_chip_"}  # images besides the firmware; the second is RADIO=sdc's


def sections(elf, size_tool):
    """Flash and RAM without the stack, from the section table."""
    text = subprocess.run([size_tool, "-A", elf], stdout=subprocess.PIPE, check=True, text=True).stdout
    found = {m.group(1): int(m.group(2)) for m in re.finditer(r"^(\.\S+)\s+(\d+)\s", text, re.M)}
    data = found.get(".data", 0) + found.get(".tdata", 0)
    return found[".text"] + found.get(".ARM.exidx", 0) + data, data + found[".bss"] + found.get(".noinit", 0)


# What has limits of its own: folders of firmware, objects of the library under them, main's variable. An object belongs to
# the first part that names it.
MEMBERS = {"update": (("update", "boot"), ("bearssl_sha2small",)), "ble": (("ble",), ("bearssl_",))}


def part(elf, name):
    """Flash and RAM of a part, from the linker's map."""
    members = set()
    for folder in MEMBERS[name][0]:
        members |= {file[:-2] for file in os.listdir(os.path.join(ROOT, "firmware", folder)) if file.endswith(".c")}
    before = [m for other in list(MEMBERS)[:list(MEMBERS).index(name)] for m in MEMBERS[other][1]]
    with open(os.path.splitext(elf)[0] + ".map", encoding="utf-8") as f:
        kept = f.read().partition("Linker script and memory map")[2]
    parts = re.findall(r"^ \.(?:text|rodata)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) \S+\((\w+)\.o\)$", kept, re.M)
    flash = sum(int(n, 16) for n, member in parts if member in members or
                (member.startswith(MEMBERS[name][1]) and member not in before))
    ram = sum(int(n, 16) for n in re.findall(rf"^ \.bss\.{name}\s+0x[0-9a-f]+\s+0x([0-9a-f]+) \S+main\.o$", kept, re.M))
    if not flash or not ram:
        sys.exit(f"size: the map does not name the parts of {name}")
    return flash, ram


def size(size_tool, log, elfs):
    """The emulated board's figures without a prefix, the other boards' with theirs; the stack is measured on it alone."""
    result = {}
    for elf in elfs:
        board = os.path.basename(os.path.dirname(elf))
        prefix = ("" if board == "mps2" else board + "_") + PARTS.get(os.path.basename(elf), "")
        result[prefix + "flash_bytes"], result[prefix + "ram_bytes"] = sections(elf, size_tool)
        if prefix.endswith("boot_"):
            del result[prefix + "ram_bytes"]  # given back at the jump
            continue
        flash, ram = part(elf, "update")  # beside the firmware's limits, with limits of its own
        result[prefix + "flash_bytes"] -= flash
        result[prefix + "ram_bytes"] -= ram
        if board == "mps2":
            result["ble_flash_bytes"], result["ble_ram_bytes"] = part(elf, "ble")
            result["update_flash_bytes"], result["update_ram_bytes"] = flash, ram
    with open(log, encoding="utf-8") as f:
        text = f.read()
    for name in ("stack", "boot_stack"):
        stack = re.search(rf"^{name}_bytes (\d+) of (\d+)$", text, re.M)
        if not stack:
            sys.exit("size: an image did not report its stack")
        result.update({f"{name}_bytes": int(stack.group(1)), f"{name}_reserved_bytes": int(stack.group(2))})
    return result


def read_log(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    values = {m.group(1): float(m.group(2)) for m in re.finditer(r"^(hop_mean|hop_max|call) ([\d.]+)$", text, re.M)}
    stages = {m.group(1): float(m.group(2)) for m in re.finditer(r"^stage (\w+) ([\d.]+)$", text, re.M)}
    pairing = {m.group(1): float(m.group(2))
               for m in re.finditer(r"^pairing (total|work_max|packet_max) ([\d.]+)$", text, re.M)}
    if len(values) != 3 or not stages or len(pairing) != 3:
        sys.exit(f"bench: {path} is incomplete:\n{text}")
    return values, stages, pairing


def idle_percent(instructions, hz):
    """What the worst hop leaves of a core's time, at least."""
    return int(100 - 100 * instructions * CYCLES_PER_INSTRUCTION * FLASH_SLOWDOWN * HOPS_PER_S / hz)


def audio_wait_us(hz=64000000):
    """Of the 10,000 that a block lasts."""
    wait = RADIO_US + CALLS * (CALL_US + CALL_BYTES * CYCLES_PER_BYTE * 1e6 / hz)
    return round(wait + wait * LINK_BAUD / 10 * LINK_IRQ_CYCLES / hz)


def bench(target_log, host_log, size_json, boards):
    values, stages, pairing = read_log(target_log)
    host = read_log(host_log)[0]
    with open(host_log, encoding="utf-8") as f:
        page = float(re.search(r"^page ([\d.]+)$", f.read(), re.M).group(1))
    with open(size_json, encoding="utf-8") as f:
        sizes = json.load(f)
    result = {"m4_instr_per_hop_mean": round(values["hop_mean"] * INSTRUCTIONS_PER_US),
              "m4_instr_per_hop_max": round(values["hop_max"] * INSTRUCTIONS_PER_US),
              "stages": {name: round(us * INSTRUCTIONS_PER_US) for name, us in stages.items()},
              **{"m4_instr_pairing_" + name: round(us * INSTRUCTIONS_PER_US) for name, us in pairing.items()},
              "host_x_realtime": round(AUDIO_SECONDS * 1e6 / max(host["call"], 1)),
              "page_x_realtime": round(PAGE_AUDIO_SECONDS / max(page, 1e-3))}
    result.update(sizes)
    for board in boards:
        name, hz, own = re.fullmatch(r"(.+)=(\d+)\+(\d+)", board).groups()
        if name + "_one_chip_flash_bytes" in sizes:
            result[name + "_one_chip_audio_wait_us"] = audio_wait_us(int(hz))
        result[name + "_idle_percent"] = idle_percent(result["m4_instr_per_hop_max"] + int(own), int(hz))
    return result


def budget(root=ROOT):
    """name -> (kind, limit); a line is NAME max|min NUMBER."""
    limits = {}
    for path in ["tests/budget.txt"] + sorted(glob.glob("boards/*/budget.txt", root_dir=root)):
        board = os.path.basename(os.path.dirname(path))
        with open(os.path.join(root, path), encoding="utf-8") as f:
            for line in f:
                words = line.split("#")[0].split()
                if words:
                    name, kind, limit = words
                    limits[name if board == "tests" else f"{board}_{name}"] = (kind, float(limit))
    return limits


def judge(result, limits):
    """Counts of limits kept and broken; prints the table."""
    passed = failed = 0
    for name, value in result.items():
        if isinstance(value, dict):
            for stage, cost in value.items():
                per = "step, one in four hops" if stage == "classifier" else "hop of one channel"
                print(f"  {stage:<32}{cost:>10} instructions per {per}")
            continue
        kind, limit = limits.get(name, (None, None))
        kept = kind is None or (value <= limit if kind == "max" else value >= limit)
        unit = UNITS.get(name, "us, reckoned" if name.endswith("_us") else "instructions" if "instr" in name else "%" if name.endswith("_percent") else "B")
        rest = (f" {kind} {limit:g}" if kind else "") + ("" if kept else "  OVER BUDGET")
        print(f"{name:<34}{value:>10} {unit:<12}{rest}")
        passed += bool(kind) and kept
        failed += not kept
    return passed, failed


def selfcheck():
    """A limit broken on either side must count as a failure, and one kept must not."""
    limits = {"a": ("max", 10.0), "b": ("min", 10.0)}
    return judge({"a": 11, "b": 9}, limits) == (0, 2) and judge({"a": 10, "b": 10}, limits) == (2, 0)


def main(argv):
    limits = budget()
    if argv[1:] == ["selfcheck"]:
        good = selfcheck()
        print("1 passed, 0 failed" if good else "0 passed, 1 failed")
        return 0 if good else 1
    if argv[1] == "size" and len(argv) > 5:
        result, output = size(*argv[2:4], argv[5:]), argv[4]
        wanted = [n for n in limits if n.endswith("_bytes")]
    elif argv[1] == "bench" and len(argv) >= 6:
        result, output = bench(*argv[2:5], argv[6:]), argv[5]
        wanted = list(limits)
    else:
        sys.exit(__doc__.split("\n\n")[1])
    if not any("_one_chip_" in n for n in result):
        wanted = [n for n in wanted if "_one_chip_" not in n]
    with open(output, "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)
        f.write("\n")
    passed, failed = judge(result, limits)
    for name in wanted:
        if name not in result:
            print(f"{name}: has a limit but was not measured")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
