"""What a console has shown, read into steps with tables.

Only vmprint's text is needed, in the form of any xv6 from 2020 to 2025:
    page table 0x0000000087f6e000
    ..0: pte 0x0000000021fda801 pa 0x0000000087f6a000
     ..0x0000000000000000: pte 0x... pa 0x...
What else helps is found where it stands: prompts with the command typed,
the list of ^P, the lines of `maps`, and lines that begin with == , which give
a step its title and, from the second on, its explanation.
"""

import re
from dataclasses import dataclass, field

from labshow import layout
from labshow.model import Table

HEADER = re.compile(r"page table (0x[0-9a-f]+)\s*$")
ENTRY = re.compile(r" ?(\.\.(?: ?\.\.)*) ?(0x[0-9a-f]+|\d+): "
                   r"pte (0x[0-9a-f]+) pa (0x[0-9a-f]+)\s*$")
LIKE_ENTRY = re.compile(r"\s*\.\.(\s*\.\.)*\s*\d")
PROMPT = re.compile(r"\$ (.*)$")
TITLE = re.compile(r"== ?(.*)$")
DUMP = re.compile(r"ptdump(?P<kernel> -k)?(?: (?P<pid>\d+))?\s*$")
STATES = "unused|new|sleeping|sleep|runnable|runble|running|run|ending|zombie"
LISTED = re.compile(rf"(\d+) +({STATES}) +(\S.*?)\s*$")
PROCESS = re.compile(r"process (\d+), (.*): break (0x[0-9a-f]+)$")
RANGE = re.compile(
    r"(0x[0-9a-f]+) (0x[0-9a-f]+) +\d+[KM] ([r-][w-][x-][uk-]) (\S+) +"
    r"(text and data|[a-z]+)(?: (.+))?$")
BOOTS = "xv6 kernel is booting"


class Damaged(Exception):
    """The text cannot be what a kernel printed; the message names the line."""


@dataclass
class Range:
    """A line of `maps`."""
    start: int
    end: int
    permissions: str
    in_private: str
    what: str
    state: str

    @property
    def is_absent(self):
        """No entry of it is valid."""
        return self.in_private == "-"


@dataclass
class Process:
    """What a step shows of a process."""
    key: str                # the same in every step
    pid: int = None
    name: str = None
    state: str = None
    user: Table = None
    kernel: Table = None
    ranges: list = field(default_factory=list)
    size: int = None        # the break

    @property
    def label(self):
        if self.pid is None:
            return self.name or self.key
        return f"{self.pid} {self.name or ''}".strip()


@dataclass
class Step:
    title: str
    line: int
    text: list = field(default_factory=list)
    processes: dict = field(default_factory=dict)
    is_titled: bool = False


class Reader:
    """Reads a console, line by line."""

    def __init__(self):
        self.steps = []
        self.ours = False        # commands that only our kernel has
        self._number = 0
        self._booting = True     # as far as can be told, no prompt was there
        self._source = None      # (pid, kernel table?) of what ptdump prints
        self._table = None
        self._open = []          # the entries on the way to the last one
        self._maps = None        # the process whose ranges come
        self._titling = False

    def read(self, text):
        for number, line in enumerate(text.splitlines(), 1):
            self._number = number
            self._line(line.rstrip("\r"))
        self._finish()
        return self

    def _fail(self, what):
        raise Damaged(f"line {self._number}: {what}")

    # Steps.

    def _step(self, title):
        self.steps.append(Step(title, self._number))
        self._maps = None
        return self.steps[-1]

    def _current(self):
        return self.steps[-1] if self.steps else self._step("Start")

    def _line(self, line):
        title = TITLE.match(line)
        if title and self._titling:
            self.steps[-1].text.append(title[1])
            return
        self._titling = bool(title)
        if title:
            self._step(title[1]).is_titled = True
            self._table = None
            return
        prompt = PROMPT.match(line)
        if prompt:
            self._typed(prompt[1].strip())
        elif BOOTS in line:
            self._booting = True
            if not self.steps or not self.steps[-1].is_titled:
                self._step("The machine starts").text.append(
                    "The kernel prints the user table of process 1 as it "
                    "becomes init.")
        elif HEADER.match(line):
            self._begin_table(int(HEADER.match(line)[1], 16))
        elif ENTRY.match(line):
            self._entry(*ENTRY.match(line).groups())
        elif LIKE_ENTRY.match(line):
            self._fail(f"this is no whole entry of a table: {line.strip()!r}")
        else:
            self._other(line)

    def _typed(self, command):
        """A prompt ends a table, and what is typed at it may say of whom the
        next one is."""
        self._table, self._source, self._booting = None, None, False
        dump = DUMP.fullmatch(command)
        if dump:
            self.ours = True
            pid = int(dump["pid"]) if dump["pid"] else None
            self._source = pid, bool(dump["kernel"])
        elif re.match(r"maps( \d+)?$", command):
            self.ours = True
        elif command and not (self.steps and self.steps[-1].is_titled):
            self._step(f"$ {command}")

    def _process(self, key, pid=None):
        step = self._current()
        if key not in step.processes:
            step.processes[key] = Process(key, pid)
        return step.processes[key]

    def _of_pid(self, pid):
        return self._process(f"pid {pid}", pid)

    def _other(self, line):
        listed, process = LISTED.match(line), PROCESS.match(line)
        found = RANGE.match(line)
        if listed:
            process = self._of_pid(int(listed[1]))
            process.state, process.name = listed[2], listed[3]
        elif process:
            self.ours = True
            self._maps = self._of_pid(int(process[1]))
            self._maps.name = self._maps.name or process[2]
            self._maps.size = int(process[3], 16)
            self._maps.ranges = []
        elif found and self._maps:
            start, end = int(found[1], 16), int(found[2], 16)
            if start >= end:
                self._fail("this range of `maps` ends before it begins")
            self._maps.ranges.append(Range(start, end, found[3], found[4],
                                           found[5], found[6] or ""))

    # Tables.

    def _begin_table(self, root):
        if root % layout.PAGE:
            self._fail(f"a table begins at a page, and not at {root:#x}")
        self._table, self._open = Table(root, self._number), []
        if self._source and self._source[0] is not None:
            process = self._of_pid(self._source[0])
            self._put(process, "kernel" if self._source[1] else "user")
        elif self._source:
            self._put(self._process("ptdump"),
                      "kernel" if self._source[1] else "user")
            self._process("ptdump").name = "ptdump itself"
        elif self._booting:
            # Every xv6 prints the first process's as it execs.
            process = self._of_pid(1)
            process.name = process.name or "init"
            self._put(process, "user")
        else:
            key = f"table {root:#x}"
            process = self._process(key)
            process.name = f"table {root:#x}"
            self._put(process, "user")  # until its entries say otherwise

    def _put(self, process, kind):
        """The same table once more is another moment, unless a title says
        that all belongs together."""
        step = self._current()
        if getattr(process, kind) is not None and not step.is_titled:
            base = re.sub(r" \(\d+\)$", "", step.title)
            count = sum(re.sub(r" \(\d+\)$", "", one.title) == base
                        for one in self.steps)
            self._step(f"{base} ({count + 1})")
            kept = process
            process = self._process(kept.key, kept.pid)
            process.name = kept.name
        setattr(process, kind, self._table)

    def _entry(self, dots, place, pte, pa):
        if self._table is None:
            self._fail("an entry that belongs to no table: there is no line "
                       "`page table 0x...` before it")
        depth = dots.count("..")
        level = layout.ROOT_LEVEL + 1 - depth
        pte, pa = int(pte, 16), int(pa, 16)
        if level < 0:
            self._fail(f"Sv39 has three levels, and this is depth {depth}")
        if depth - 1 > len(self._open):
            self._fail("the entry above this one is missing")
        del self._open[depth - 1:]
        parent = self._open[-1] if self._open else None
        if parent and parent.is_leaf:
            self._fail("this stands below a leaf, which points to no table")
        va = self._place(place, level, parent.va if parent else 0)
        if not pte & layout.V:
            self._fail(f"the word {pte:#x} is not valid (no V)")
        if layout.pa_of(pte) != pa:
            self._fail(f"the word {pte:#x} names the page "
                       f"{layout.pa_of(pte):#x}, and not {pa:#x}")
        page = parent.pa if parent else self._table.root
        entry = self._table.add(page, level, va, pte)
        if entry is None:
            self._fail(f"entry {layout.index(level, va)} of the table at "
                       f"{page:#x} was printed before")
        self._open.append(entry)

    def _place(self, place, level, base):
        """The first address that the entry maps, as 64 bits: those of the
        upper half of Sv39 have their sign extended."""
        span = layout.span(level)
        if not place.startswith("0x"):
            index = int(place)
            if index >= layout.ENTRIES:
                self._fail(f"a table has {layout.ENTRIES} entries, and no "
                           f"index {index}")
            va = base + index * span
        else:
            va = int(place, 16)
            inside = (va - base) % 2**39
            if va % span or inside >= layout.ENTRIES * span:
                self._fail(f"{place} is no address of an entry here")
            va = base + inside
        if level == layout.ROOT_LEVEL and va % 2**39 >= layout.MAXVA:
            va |= 2**64 - 2**39
        return va % 2**64

    def _finish(self):
        if not any(process.user or process.kernel or process.ranges
                   for step in self.steps
                   for process in step.processes.values()):
            raise Damaged("there is no page table in it: no line `page table "
                          "0x...` as vmprint prints it, with entries below it")
        for step in self.steps:
            tell_apart(step)
        self.steps = [step for step in self.steps if step.is_titled or
                      any(shown(process)
                          for process in step.processes.values())]
        for step in self.steps:
            step.processes = {key: process for key, process in
                              step.processes.items() if shown(process)}


def shown(process):
    return bool(process.user or process.kernel or process.ranges)


def tell_apart(step):
    """Of what was printed without a word of whose it is: a table with RAM at
    its own address is a kernel's. It belongs to the user table that has a page
    of the user's in common with it, if there is one."""
    strangers = [process for process in step.processes.values()
                 if process.key.startswith("table ")]
    for process in strangers:
        if process.user.is_of_kernel():
            process.kernel, process.user = process.user, None
    for kernel in [process for process in strangers if process.kernel]:
        for process in step.processes.values():
            if (process.user and not process.kernel and
                    process.user.has_in_common(kernel.kernel)):
                process.kernel = kernel.kernel
                del step.processes[kernel.key]
                break


def read(text):
    """The Reader that has read this console."""
    return Reader().read(text)
