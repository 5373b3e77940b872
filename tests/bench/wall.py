"""What is measured by the wall's clock: the median of some runs of each
system, in turn."""

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from bench.rows import DISK_ROWS, TURNS, TWO_ROWS
from bench.runs import LIMIT, rounds_in_turn, run

MICROSECONDS = 1_000_000
QUIT = "\x01x"  # what ends QEMU
USERTESTS_LIMIT = 3600


def microseconds_since(start):
    return round((time.monotonic() - start) * MICROSECONDS)


def time_of_qemu(system):
    """What QEMU takes to start and to end, without an instruction run."""
    with system.machine(extra=("-S",)) as machine:
        start = time.monotonic()
        machine.type(QUIT)
        machine.expect_end()
        return microseconds_since(start)


def time_of_usertests(system, cpus, image=None):
    with system.machine(cpus=cpus, image=image) as machine:
        machine.boot(LIMIT)
        start = time.monotonic()
        machine.type("usertests -q\n")
        machine.expect("ALL TESTS PASSED", USERTESTS_LIMIT)
        return microseconds_since(start)


def times_on(system, cpus, say):
    """What depends on the number of harts."""
    with system.machine(cpus=cpus) as machine:
        machine.boot(LIMIT)
        times = run(machine, "benchwall turns", list(TURNS), say)
        if cpus <= 2:
            times |= run(machine, "benchwall two", list(TWO_ROWS), say)
        if cpus == 2:
            times |= run(machine, "benchwall wake", ["wake"], say)
    if system.is_ours and cpus != 2:
        say("usertests")
        times["usertests"] = time_of_usertests(system, cpus)
    return times


def one_round(system, say):
    """Every figure once."""
    qemu = time_of_qemu(system)
    with system.machine() as machine:
        start = time.monotonic()
        machine.boot(LIMIT)
        figures = {"boot": max(microseconds_since(start) - qemu, 0)}
        figures |= run(machine, "benchwall disk", list(DISK_ROWS), say)
    for cpus in (1, 2, 3):
        times = times_on(system, cpus, say)
        figures |= {f"{cpus} {name}": value for name, value in times.items()}
    return figures


def medians(rounds):
    return {name: round(statistics.median(each[name] for each in rounds))
            for name in rounds[0]}


def wall_figures(systems, count, progress):
    """For each system, the medians of so many rounds; none: no figures."""
    return [medians(rounds) if rounds else {} for rounds in rounds_in_turn(
        systems, count, one_round, progress, "round")]


def time_on_a_copy(system, other):
    """Of the other system's disk."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        copy = Path(folder) / "fs.img"
        shutil.copyfile(other.build.image, copy)
        return time_of_usertests(system, 3, copy)


def usertests_figures(systems, count, progress):
    """The same of usertests on the last system's disk."""
    def one_time(system, _say):
        return {"usertests": time_on_a_copy(system, systems[-1])}

    return [medians(times) if times else {} for times in rounds_in_turn(
        systems, count, one_time, progress, "usertests")]
