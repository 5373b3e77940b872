"""What is measured, and what it is compared with.

Figures are a dict from what the programs call them ("fork", "copyin walk
aligned 8", "idle_tenths 0") to integers; a row takes one value from them. A
figure of real time has two words more before its name: see `real`.
"""

from dataclasses import dataclass
from typing import Callable, Optional, Tuple

TENTHS = 10
PER_MS = 1000  # microseconds

KINDS = ("copyin", "copyinstr")
MODES = ("walk", "direct")
PLACEMENTS = ("aligned", "crossing")
SIZES = {"copyin": tuple(2 ** n for n in range(17)),     # 1 byte to 64 KiB
         "copyinstr": tuple(2 ** n for n in range(13))}  # or a page
SHORT_SIZES = (8, 128, 4096)  # what `benchcopy short` measures
TABLE_PAGES = 2  # of a private kernel table; kernel/mm/aspace_test.c counts

HEAP_KIB = (0, 16, 64, 256, 1024, 4096, 16384)
HEAP_KIB_OF_PAGES = (0, 1024, 4096)
PROCESS_KIB = 22 * 4  # the process without that heap

XV6, LAB = "xv6 2025", "lab"  # the references, by the heads of their columns
LINUX = "Linux 7.2"           # and what is said of it
LINUX_IS = "a lean build, recorded on 2026-11-30 on the same machine"

COUNTERS = ("satp_writes", "tlb_flushes")  # counted beside the instructions
WAITING = ("write_whole", "create_whole")  # but of what waits for the disk

# What is measured in real time: our modes, and the other tree as it is. Of
# the rounds in which they take turns, the least is kept, and the median.
ONE, TWO, WALK, BASE = "one", "two", "walk", "base"
LEAST, MEDIAN = "least", "median"


def copy_name(kind, mode, placement, nbytes):
    return f"{kind} {mode} {placement} {nbytes}"


def count_names(rows):
    return [f"{counter} {row}" for row in rows if row not in WAITING
            for counter in COUNTERS]


def is_count(name):
    """Whether every single one matters."""
    return name.startswith(COUNTERS)


def real(figures, which, of):
    """The figures in nanoseconds of one of our modes or of BASE, by the
    names that they have among those that are counted."""
    head = f"{which} {of} "
    return {name.removeprefix(head): value for name, value in figures.items()
            if name.startswith(head)}


def copy_names(sizes_of, placements=PLACEMENTS):
    return [copy_name(kind, mode, placement, nbytes)
            for kind in KINDS for nbytes in sizes_of[kind]
            for placement in placements for mode in MODES]


# What others use of the host's time while harts are compared, in percent: if it
# is more than that, nothing is claimed of harts.
OTHERS = "others"
OTHERS_MOST = 3


@dataclass(frozen=True)
class Row:
    """A line of a table. The references are of the kernels named above,
    the first one measured on another machine if it is time."""

    words: str
    figure: Callable                # from figures to the value, or KeyError
    xv6: Optional[float] = None
    lab: Optional[float] = None
    goal: Optional[float] = None    # at most this
    linux: Optional[float] = None   # in nanoseconds
    name: Optional[str] = None      # whose counts stand beside
    share: Optional[float] = None   # or: at most this share of another tree's
    form: str = "{:,.0f}"
    more_is_better: bool = False
    harts: Tuple[int, ...] = ()     # it compares what so many do

    def was_disturbed(self, figures):
        """Whether the host had other work, so that nothing is claimed."""
        return any(figures.get(f"{count} {OTHERS}", 0) > OTHERS_MOST
                   for count in self.harts)

    def value(self, figures):
        """None: it was not measured, or others disturbed it."""
        if self.was_disturbed(figures):
            return None
        try:
            return self.figure(figures)
        except KeyError:
            return None

    def counts(self, figures):
        """Of satp writes and of TLB flushes; None: there are none."""
        return [figures.get(f"{counter} {self.name}") for counter in COUNTERS]

    def goal_beside(self, base):
        """The goal, if another tree's figures are these."""
        beside = self.value(base)
        if self.share is None or beside is None:
            return self.goal
        return beside * self.share

    def times_better(self, ours, reference):
        """How many times better ours is."""
        better, worse = ((reference, ours) if self.more_is_better
                         else (ours, reference))
        return worse / better if better else None

    def is_over(self, ours, goal):
        """Whether it misses the goal."""
        if ours is None or goal is None:
            return False
        return ours < goal if self.more_is_better else ours > goal


def named(name):
    return lambda figures: figures[name]


def cycles(words, name, *numbers):
    """The numbers are xv6's, the lab's, the goal, and Linux's."""
    return Row(words, named(name), *numbers, name=name)


def milliseconds(words, name, xv6_ms, share, goal=None):
    if xv6_ms:
        goal = xv6_ms * share
    return Row(words, lambda figures: figures[name] / PER_MS, xv6_ms,
               goal=goal, share=share, form="{:,.2f}")


def work_of_two(words, name):
    """What two workers do on two harts, beside the work of one on one."""
    return Row(words, lambda figures:
               2 * figures[f"1 {name}"] / figures[f"2 {name}"],
               goal=1.8, form="{:.2f}", more_is_better=True, harts=(1, 2))


def slower_by(words, harts, name, goal, beside=1):
    """What more harts cost."""
    return Row(f"{words}, on {harts}", lambda figures:
               figures[f"{harts} {name}"] / figures[f"{beside} {name}"],
               goal=goal, form="{:.2f}", harts=(harts, beside))


CYCLES = "cycles of one operation"
BENCH_ROWS = {
    "getpid": cycles("getpid", "getpid", 1078, 703, 200, 708),
    "chdir": cycles('chdir("/")', "chdir", 37192, 26306, 1000, 16295),
    "chdir_slashes": Row(
        "chdir of 127 slashes: more",
        lambda figures: figures["chdir_slashes"] - figures["chdir"],
        1765, 2016, 600, name="chdir_slashes"),
    "pipe_1": cycles("pipe: 1 byte in and out", "pipe_1", 38154, 26614, 1500,
                     24902),
    "pipe_512": cycles("pipe: 512 bytes in and out", "pipe_512",
                       340274, 211646, 1400),
    "pipe_2048": cycles("pipe: 2,048 bytes in and out", "pipe_2048",
                        None, None, 2300, 25195),
    "stream": cycles("64 KiB by a pipe to a child", "stream",
                     None, None, None, 531725),
    "peer_stream": cycles("64 KiB by a pipe to a peer", "peer_stream",
                          None, None, 75000),
    "round_trip": cycles("a byte there and back", "round_trip",
                         90291, 67750, 4500, 93192),
    "fork": cycles("fork, exit, wait", "fork", 1247529, 6624063, 18000, 425690),
    "fork_heap": cycles("the same with 4 MiB of heap", "fork_heap",
                        48171145, 53844190, 50000, 653100),
    "fork_write": cycles("fork and write 1 MiB of it", "fork_write",
                         None, None, None, 6285150),
    "exec": cycles("fork, exec, exit, wait", "exec",
                   2946359, 8393924, 70000, 1028550),
    "sbrk_page": cycles("sbrk of a page, touch, back", "sbrk_page",
                        40717, 40132, 2500, 54150),
    "sbrk_mib": cycles("sbrk of 1 MiB, back", "sbrk_mib",
                       9610529, 9679846, 20000, 12150),
    "sbrk_mib_touched": cycles("sbrk of 1 MiB, touched, back",
                               "sbrk_mib_touched", 9611299, 9680616, 190000,
                               4286650),
    "open": cycles("open and close README", "open", 149295, 106503, 3000,
                   24235),
    "open_deep": cycles("open, close d/d/d/d/d/d/d/f", "open_deep",
                        None, None, 4000),
    "open_large": cycles("open, close one of 100 files", "open_large",
                         None, None, 3000),
    "open_missing": cycles("open of a name missing there", "open_missing",
                           None, None, 2200),
    "create": cycles("create and unlink", "create",
                     None, None, 12000, 75650),
    "write_whole": cycles("write over 64 KiB, one call", "write_whole",
                          None, None, 90000),
    "create_whole": cycles("create, write 64 KiB, unlink", "create_whole",
                           None, None, 180000),
    "dup": cycles("dup and close", "dup", None, None, None, 1867),
    "fstat": cycles("fstat", "fstat", None, None, None, 10805),
    "read_whole": cycles("read 64 KiB in one call", "read_whole",
                         None, None, 28000, 187550),
    "read_large": cycles("the same by 8 KiB a call", "read_large",
                         None, None, 32000),
    "read_small": cycles("and by 64 bytes a call", "read_small",
                         None, None, 800000, 14414050),
}
OURS_ALONE = ("pipe_2048",)  # pipes of others hold 512 bytes

# What Linux took by the same operations: with files on tmpfs, and on ext4 where
# that is another matter.
LINUX_CYCLES = {
    "pipe_512": (1815, None),
    "pipe_2048": (2730, None),
    "peer_stream": (80275, None),
    "read_whole": (30350, 28550),
    "read_large": (34325, 35275),
    "open_deep": (4295, 5355),
    "open_large": (3287, 3593),
    "open_missing": (3795, 2300),
    "create": (12265, 83825),
    "write_whole": (33175, 41875),
    "create_whole": (87525, 269150),
    "sbrk_mib_touched": (203350, None),
}
LINUX_CYCLES_ARE = (
    "tmpfs, ext4: Linux 6.12 or 7.2, whichever took less, with its files there; "
    "lean builds of Debian's source (no tracing, no LSM, no cgroups, "
    "PREEMPT_NONE; folios of all sizes for sbrk), recorded on 2026-11-30 on the "
    "same QEMU")
COPY_ROWS = [
    cycles("sink: copyin of 4,096 bytes", "copyin direct aligned 4096",
           20000, None, 1300),
    cycles("sink: copyin of 8 bytes", "copyin direct aligned 8",
           None, None, 65),
    cycles("exec: an argument, 127 bytes", "copyinstr direct aligned 128",
           None, None, 300),
]
PAGES_ROW = Row("of one idle forked process",
                lambda figures: figures["idle_tenths 0"] / TENTHS,
                27.0, 99.7, 12, form="{:.1f}")
LATENCY_ROW = Row("in the worst known cases", named("irqs_off"),
                  goal=20_000)
DISK_ROWS = {
    "create_unlink": milliseconds("create, close, unlink",
                                  "create_unlink", 27, 1 / 10),
    "overwrite": milliseconds("write over 64 KiB of a file", "overwrite",
                              200, 1 / 10),
    "read_file": milliseconds("read a file of 64 KiB", "read_file", 49,
                              1 / 10),
}
BOOT_ROW = milliseconds("boot to the prompt", "boot", None, 1 / 2)
USERTESTS_ROW = milliseconds("usertests -q of base's disk", "usertests",
                             None, 1 / 3)
WORK = {
    "work_fork": "each forks and waits",
    "work_pipe": "each by a pipe of its own",
    "work_open": "each opens and reads",
}
WORK_ROWS = [work_of_two(words, name) for name, words in WORK.items()]
TURNS = {
    "turn_byte": "a byte there and back",
    "turn_fork": "fork, exit, wait",
    "turn_pipeline": "cat | grep",
}
TURN_ROWS = [*(slower_by(words, harts, name, 1.3)
               for name, words in TURNS.items() for harts in (2, 3)),
             slower_by("usertests -q", 3, "usertests", 1.0)]
EIGHT_ROWS = [slower_by(words, 8, name, 1.2, beside=2)
              for name, words in (WORK | TURNS).items()]
WAKE_ROW = milliseconds("woken by one that computes", "2 wake", None, None, 1)

SECTIONS = {
    CYCLES: [*BENCH_ROWS.values(), *COPY_ROWS],
    "pages": [PAGES_ROW],
    "instructions of the longest section with interrupts off": [LATENCY_ROW],
    "milliseconds on this machine": [*DISK_ROWS.values(), BOOT_ROW,
                                     WAKE_ROW, USERTESTS_ROW],
    "two workers on two harts: times the work of one on one": WORK_ROWS,
    "processes that take turns: times as slow as on one hart": TURN_ROWS,
    "eight harts: times as slow as two": EIGHT_ROWS,
}
# A difference of two times says little.
REAL_ROWS = [row for name, row in BENCH_ROWS.items() if name != "chdir_slashes"]
