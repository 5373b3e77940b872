"""Compare what operations cost with what they cost once: conf/bench-check.

Instructions are counted, so nothing but a change of the code changes them;
and the compiler, so only figures of one version of it are compared. Of satp
writes and TLB flushes not one more is allowed. But when a disk's interrupts
come is up to the host, and the more of them, the more instructions: of rows
that wait for it, the least of some runs counts.
"""

import argparse
import json
import sys
from pathlib import Path

from bench.rows import WAITING, is_count
from bench.runs import ICOUNT, Progress, System, booted, run, run_on
from lib.build import NORMAL, ROOT
from lib.machine import MachineError

BASELINE = ROOT / "tests" / "bench-baseline.json"
COMMANDS = ("bench", "benchcopy short")
ALLOWED = 0.03  # more instructions than recorded, as a share of them
RUNS = 4        # of the rows that wait for the disk


class BadBaseline(Exception):
    """What is wrong with the record."""


def compiler():
    return NORMAL.make("-s", "print-cc")[1].strip()


def read_baseline(path):
    """(compiler, figures)."""
    try:
        record = json.loads(path.read_text())
        figures = {str(name): int(value)
                   for name, value in record["figures"].items()}
        return str(record["compiler"]), figures
    except OSError as why:
        raise BadBaseline(f"{path}: {why.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadBaseline(f"{path} is no record of figures") from None


def write_baseline(path, figures):
    path.write_text(json.dumps(
        {"compiler": compiler(), "figures": figures}, indent=1) + "\n")


def limit_of(name, recorded):
    return recorded if is_count(name) else recorded * (1 + ALLOWED)


def faults(figures, recorded):
    """What is wrong with these figures, a line each."""
    for name in sorted(figures.keys() | recorded.keys()):
        now, then = figures.get(name), recorded.get(name)
        if then is None:
            yield f"{name} is not recorded"
        elif now is None:
            yield f"{name} is recorded, and not measured any more"
        elif now > limit_of(name, then):
            more = f"{now / then - 1:.1%}" if then else f"{now:,}"
            yield f"{name}: {now:,}, recorded {then:,}: {more} more"


def compare(figures, recorded):
    """Say how they compare; gives the exit status."""
    found = list(faults(figures, recorded))
    for line in found:
        print(line)
    lower = [name for name, now in figures.items()
             if name in recorded and limit_of(name, now) < recorded[name]]
    if lower:
        print("lower, and worth `conf/bench-check --record`: "
              f"{', '.join(lower)}")
    if not found:
        print(f"none of {len(figures)} figures is more than {ALLOWED:.0%} "
              "over the recorded one, and no count is over it")
    return 1 if found else 0


def check(path, measure):
    """The exit status of a comparison; measure is called if there is one."""
    recorded_by, recorded = read_baseline(path)
    if recorded_by != compiler():
        print(f"nothing is compared: the record is of {recorded_by}, and this "
              f"is {compiler()}")
        return 0
    return compare(measure(), recorded)


def measure_short():
    """The figures that are recorded."""
    progress = Progress()
    figures = run_on(System(), COMMANDS, progress, ICOUNT)
    progress.clear()
    for _ in range(RUNS - 1):
        for name, value in measure_rows(WAITING).items():
            figures[name] = min(figures[name], value)
    return figures


def measure_rows(rows):
    """What these rows of `bench` cost, and nothing else."""
    with booted(System(), ICOUNT) as machine:
        figures = run(machine, f"bench {' '.join(rows)}", rows)
    return {name: figures[name] for name in rows}


def print_rows(rows, recorded):
    """The same, without a verdict."""
    for name, now in measure_rows(rows).items():
        print(f"{name}: {now:,}, recorded {recorded.get(name)}")


def main(arguments):
    parser = argparse.ArgumentParser(prog="conf/bench-check")
    parser.add_argument("--record", action="store_true",
                        help="record the figures of now")
    parser.add_argument("--baseline", type=Path, default=BASELINE)
    parser.add_argument("rows", nargs="*",
                        help="only print what these rows of bench cost")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.rows:
            print_rows(chosen.rows, read_baseline(chosen.baseline)[1])
            return 0
        if not chosen.record:
            return check(chosen.baseline, measure_short)
        write_baseline(chosen.baseline, measure_short())
        print(f"recorded in {chosen.baseline}")
        return 0
    except (BadBaseline, MachineError, OSError) as why:
        print(f"conf/bench-check: {why}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
