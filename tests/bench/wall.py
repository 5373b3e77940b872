"""What is measured by the wall's clock: the median of some runs of each
system, in turn."""

import os
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from bench.rows import DISK_ROWS, OTHERS, TURNS, WORK
from bench.runs import LIMIT, rounds_in_turn, run

HARTS = (1, 2, 3, 8)
MICROSECONDS = 1_000_000
QUIT = "\x01x"  # what ends QEMU
USERTESTS_LIMIT = 3600


def microseconds_since(start):
    return round((time.monotonic() - start) * MICROSECONDS)


class HostTime:
    """What others than this process and the children that it has waited for
    use of the host's time, from now on. Linux tells; elsewhere it is not known,
    and counts as all."""

    def __init__(self):
        self._start = self._now()

    @staticmethod
    def _now():
        """Seconds: of all cores, those that were used, and those by us."""
        try:
            fields = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
        except OSError:
            return None
        user, nice, system, _idle, _wait, irq, soft_irq, stolen = (
            int(field) / os.sysconf("SC_CLK_TCK") for field in fields[:8])
        ours = sum(used.ru_utime + used.ru_stime for used in map(
            resource.getrusage,
            (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
        return (time.monotonic() * os.cpu_count(),
                user + nice + system + irq + soft_irq + stolen, ours)

    def percent_of_others(self):
        now = self._now()
        if now is None or self._start is None:
            return 100
        whole, used, ours = (end - start
                             for start, end in zip(self._start, now))
        return max(round(100 * (used - ours) / whole), 0)


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
    """What depends on the number of harts, and whether others disturbed it."""
    host = HostTime()
    with system.machine(cpus=cpus) as machine:
        machine.boot(LIMIT)
        times = run(machine, "benchwall turns", list(TURNS), say)
        if cpus != 3:
            times |= run(machine, f"benchwall work {min(cpus, 2)}", list(WORK),
                         say)
        if cpus == 2:
            times |= run(machine, "benchwall wake", ["wake"], say)
    if system.is_ours and cpus in (1, 3):
        say("usertests")
        times["usertests"] = time_of_usertests(system, cpus)
    return times | {OTHERS: host.percent_of_others()}


def one_round(system, say):
    """Every figure once."""
    qemu = time_of_qemu(system)
    with system.machine() as machine:
        start = time.monotonic()
        machine.boot(LIMIT)
        figures = {"boot": max(microseconds_since(start) - qemu, 0)}
        figures |= run(machine, "benchwall disk", list(DISK_ROWS), say)
    for cpus in HARTS:
        times = times_on(system, cpus, say)
        figures |= {f"{cpus} {name}": value for name, value in times.items()}
    return figures


def of_rounds(rounds):
    """The medians; but of what others used, the mean: they had that share of
    the whole time."""
    return {name: round((statistics.mean if name.endswith(OTHERS) else
                         statistics.median)(each[name] for each in rounds))
            for name in rounds[0]}


def wall_figures(systems, count, progress):
    """For each system, of so many rounds; none: no figures."""
    return [of_rounds(rounds) if rounds else {} for rounds in rounds_in_turn(
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

    return [of_rounds(times) if times else {} for times in rounds_in_turn(
        systems, count, one_time, progress, "usertests")]
