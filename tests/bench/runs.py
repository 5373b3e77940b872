"""Running the programs that measure, and reading what they print."""

import contextlib
import re
import sys
import tempfile
from pathlib import Path

from bench.rows import (BENCH_ROWS, HEAP_KIB, HEAP_KIB_OF_PAGES, KINDS,
                        OURS_ALONE, SHORT_SIZES, SIZES, copy_names, count_names)
from lib import latency
from lib.build import NORMAL
from lib.machine import ICOUNT, Machine, MachineError

LIMIT = 300  # seconds for a figure, on the slowest kernel

FIGURE = r"(?:^|(?<=\n))([a-z]\w*(?: \w+)*) (\d+)\r?\n"
TROUBLE = (r"panic: [^\r\n]*|bench: [^\r\n]* failed|exec \w+ failed|"
           r"usertrap[^\r\n]*")
AT_PROMPT = r"(?:^|(?<=\n))\$ "

MODES_LINE = re.compile(r"^(tables|asids|sum): (\w+)$", re.M)

# What each command prints; what only our kernel can tell is apart.
COMMON_ROWS = [name for name in BENCH_ROWS if name not in OURS_ALONE]
OURS_TOO = {
    "bench": [*OURS_ALONE, *count_names(BENCH_ROWS)],
    "bench time": list(OURS_ALONE),
}
NAMES = {
    "bench": COMMON_ROWS,
    "bench time": COMMON_ROWS,
    "benchsize": [f"{name} {kib}" for kib in HEAP_KIB
                  for name in ("fork_size", "exec_size")],
    "benchsize pages": [f"idle_tenths {kib}" for kib in HEAP_KIB_OF_PAGES],
    "benchcopy": [*copy_names(SIZES), "svade"],
    "benchcopy time": copy_names(SIZES),
    "benchcopy short": copy_names(dict.fromkeys(KINDS, SHORT_SIZES),
                                  ["aligned"]),
}


class Progress:
    """A line that tells what is done now; only people get it."""

    def __init__(self, stream=sys.stderr):
        self._stream = stream
        self._shown = stream.isatty()

    def say(self, text):
        if self._shown:
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()

    def clear(self):
        self.say("")


class System:
    """A kernel with its disk: ours, unless another tree's build is given."""

    def __init__(self, build=NORMAL, name="ours"):
        self.name = name
        self.build = build
        self.is_ours = build is NORMAL

    def machine(self, *, cpus=1, extra=(), image=None):
        return Machine(self.build, cpus=cpus, extra=extra, image=image,
                       programs=self.is_ours,
                       bootargs="panic=exit" if self.is_ours else None)


def names_of(system, command):
    """What it prints on this system."""
    return NAMES[command] + (OURS_TOO.get(command, []) if system.is_ours
                             else [])


def next_figure(machine, command):
    """(name, value), or None at the prompt."""
    match = machine.expect([TROUBLE, FIGURE, AT_PROMPT], LIMIT)
    if match.re.pattern == TROUBLE:
        raise MachineError(f"{command} does not come to its end: "
                           f"{match.group()}; the console's last:\n"
                           f"{machine.console()[-2000:]}")
    if match.re.pattern == AT_PROMPT:
        return None
    return match.group(1), int(match.group(2))


def run(machine, command, names, say=lambda text: None):
    """The figures of these names, which the command prints; MachineError if
    one is missing."""
    figures = {}
    machine.type(command + "\n")
    machine.expect(re.escape(command) + r"\r?\n")
    say(f"{command}: 0 of {len(names)}")
    while (figure := next_figure(machine, command)) is not None:
        figures[figure[0]] = figure[1]
        say(f"{command}: {len(figures)} of {len(names)}, {figure[0]}")
    missing = [name for name in names if name not in figures]
    if missing:
        raise MachineError(f"{command} does not tell {missing[0]}; the "
                           f"console's last:\n{machine.console()[-2000:]}")
    return figures


@contextlib.contextmanager
def booted(system, extra=()):
    """A machine at its prompt. What the log still has to write is written, if
    there is a program for that: the disk's interrupts come when the host likes,
    and would fall into a row."""
    with system.machine(extra=extra) as machine:
        machine.boot()
        machine.run("sync")
        yield machine


def run_on(system, commands, progress, extra=()):
    """The figures of all these commands, on one machine."""
    figures = {}
    progress.say(f"{system.name}: boots")
    with booted(system, extra) as machine:
        for command in commands:
            figures |= run(machine, command, names_of(system, command),
                           lambda text: progress.say(f"{system.name}: {text}"))
    return figures


def rounds_in_turn(systems, count, measure, progress, what):
    """For each system, what measure(system, say) gave in so many rounds."""
    rounds = [[] for _ in systems]
    for number in range(1, count + 1):
        for system, done in zip(systems, rounds):
            head = f"{what} {number} of {count}, {system.name}"
            progress.say(head)
            done.append(measure(system, lambda text, head=head: progress.say(
                f"{head}: {text}")))
    return rounds


def modes_of(system, extra=()):
    """Which tables user mode runs on, whether ASIDs are used, and whether
    SUM is closed, as our kernel tells."""
    with system.machine(extra=extra) as machine:
        machine.boot()
        return dict(MODES_LINE.findall(machine.run("stats -a")))


def latency_figure(progress):
    """How long interrupts wait at most, on the build that records it."""
    progress.say("ours: builds what records how long interrupts wait")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, \
            latency.machine(Path(folder)) as machine:
        machine.boot()
        for case in latency.CASES:
            progress.say(f"ours: interrupts wait for {case}")
            latency.run_case(machine, case)
        return {"irqs_off": latency.longest(machine)[0]}


def counted_figures(system, progress):
    """All that is exact: instructions, and pages."""
    commands = ["bench", "benchsize"]
    if system.is_ours:
        commands.append("benchcopy")
    figures = (run_on(system, commands, progress, ICOUNT) |
               run_on(system, ["benchsize pages"], progress))
    return figures | (latency_figure(progress) if system.is_ours else {})
