"""The longest section that the kernel runs with interrupts off: a build that
records it, on a machine that counts instructions, and what may make it long."""

import re
import subprocess

from lib.build import LATENCY, ROOT
from lib.machine import ICOUNT, Machine

BLOCKS = 8000  # more than the cache of blocks holds
LIMIT = 600    # seconds for any case, on a busy machine

# Of tests/programs/latency.c: those that wait for keys, and the others.
WITH_KEYS = "crowd_listed"
CASES = """
    pipe_to_fresh pipe_from_fresh wait_to_fresh pipe_to_shared wait_to_shared
    pipe_to_mixed large_untouched large_blocks large_pages blocks_shared
    exit_large exec_large crowd_on_pipe crowd_on_full_pipe crowd_on_clock
    crowd_killed crowd_of_orphans full_pipe long_pipe full_cache long_path
    console_flood faults tables
    """.split()

SECTION = re.compile(
    r"^irqs_off: (\d+) instructions, 0x(\w+) to 0x(\w+)$", re.M)


def programs():
    """All that the test image has, but for those whom nobody needs here."""
    at_hand = LATENCY.test_image.parent / "disk"
    return [*at_hand.glob("_latency"), *LATENCY.program("sh").parent.glob("_*")]


def machine(folder):
    """One that records, with a disk in this folder."""
    image = folder / "latency.img"
    subprocess.run([LATENCY.mkfs, image, "-s", str(BLOCKS), ROOT / "README",
                    *programs()], check=True, stdout=subprocess.DEVNULL)
    return Machine(LATENCY, image=image, cpus=1, extra=ICOUNT)


def name_of(pc):
    """The function, as the kernel's list of symbols has it."""
    symbols = LATENCY.kernel.with_suffix(".sym").read_text().splitlines()
    at_or_before = [line.split()[1] for line in symbols
                    if int(line.split()[0], 16) <= pc]
    return at_or_before[-1]


def longest(running):
    """(instructions, in words where) of the longest section since the first
    process began."""
    found = SECTION.search(running.run("stats -a"))
    count, *places = (int(number, base)
                      for number, base in zip(found.groups(), (10, 16, 16)))
    return count, " to ".join(name_of(pc) for pc in places)


def run_case(running, name):
    """Run a case of the program, and give what it printed."""
    return running.run(f"latency {name}", LIMIT)
