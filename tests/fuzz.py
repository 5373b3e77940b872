"""fuzz.py SECONDS [SEED]: arbitrary system calls for so long, on a debug build
with eight harts, a new seed every minute; each seed is said."""

import random
import sys

from lib.build import DEBUG
from lib.fuzz import sysfuzz

ROUND = 60  # seconds
SEED_END = 1 << 31


def main(arguments):
    seconds = int(arguments[0])
    seed = int(arguments[1]) if len(arguments) > 1 else (
        random.randrange(SEED_END))
    while seconds > 0:
        now = min(seconds, ROUND)
        print(f"sysfuzz: seed {seed}, {now} seconds", flush=True)
        nworkers = sysfuzz(DEBUG, seed, now, cpus=8, mem="64M")
        print(f"sysfuzz: seed {seed}, {nworkers} processes: OK", flush=True)
        seconds -= now
        seed = (seed + 1) % SEED_END


if __name__ == "__main__":
    main(sys.argv[1:])
