"""Another xv6 tree, of any year, to be measured as ours is.

It is copied, and only the copy is changed: the programs that measure are put
into user/, the Makefile builds them for its disk, which gets room for them,
and machine mode lets user mode read the counters. A tree without a line
`UPROGS` in its Makefile must find programs by itself, and one without
kernel/start.c must let user mode read the counters by itself.
"""

import difflib
import re
import shlex
import shutil
from pathlib import Path

from lib.build import ROOT, make

PROGRAMS = ("bench", "benchsize", "benchwall")
SOURCES = "tests/programs"
ADDED = ("bench.h", *(f"{name}.c" for name in PROGRAMS))

MAKEFILE = "Makefile"
START = "kernel/start.c"
PARAM = "kernel/param.h"

# What is built, or large and of no use here.
NOT_COPIED = shutil.ignore_patterns(".git", "build", "*.o", "*.d", "fs.img",
                                    "__pycache__")

UPROGS = re.compile(r"^UPROGS\s*\+?=", re.M)
MRET = re.compile(r"^[ \t]*(?:__)?asm(?:__)?\s+(?:__)?volatile.*\bmret\b", re.M)
FSSIZE = re.compile(r"^(#define\s+FSSIZE\s+)(\d+)", re.M)

READ_COUNTERS = ('  asm volatile("csrw mcounteren, %0; csrw scounteren, %0" '
                 ': : "r"(7L));\n')
FSSIZE_LEAST = 2000  # blocks
RULES = """
# Added, to measure. Newer compilers warn of more than older ones did.
CFLAGS += -Wno-error
UPROGS += {programs}
fs.img: {programs}
"""


class BadTree(Exception):
    """Why a tree cannot be measured."""


def with_rules(text):
    if not UPROGS.search(text):
        return text
    programs = " ".join(f"user/_{name}" for name in PROGRAMS)
    return text.rstrip("\n") + "\n" + RULES.format(programs=programs)


def with_counters(text):
    """The way out of machine mode, and before it the counters."""
    place = MRET.search(text)
    if not place:
        raise BadTree(f"{START} has no mret before which the counters could "
                      "be opened to user mode")
    return text[:place.start()] + READ_COUNTERS + text[place.start():]


def with_room(text):
    return FSSIZE.sub(
        lambda found: f"{found[1]}{max(int(found[2]), FSSIZE_LEAST)}", text)


CHANGES = {MAKEFILE: with_rules, START: with_counters, PARAM: with_room}


def change(tree):
    """Change the copy; gives what was changed, as a diff."""
    shown = []
    for name, changed in CHANGES.items():
        path = tree / name
        if not path.exists():
            continue
        before = path.read_text()
        after = changed(before)
        path.write_text(after)
        shown += difflib.unified_diff(
            before.splitlines(True), after.splitlines(True),
            f"a/{name}", f"b/{name}")
    for name in ADDED:
        shutil.copyfile(ROOT / SOURCES / name, tree / "user" / name)
        shown.append(f"Added: user/{name}\n")
    return "".join(shown)


def copy(base, folder):
    """The copy of a tree, with nothing built in it."""
    missing = [name for name in (MAKEFILE, PARAM, "user/user.h")
               if not (base / name).is_file()]
    if missing:
        raise BadTree(f"{base} is no xv6 tree: it has no {missing[0]}")
    tree = Path(folder) / "base"
    shutil.copytree(base, tree, symlinks=True, ignore=NOT_COPIED)
    make("clean", directory=tree, check=False)
    return tree


class ForeignBuild:
    """The tree's kernel, disk and QEMU command, built in a copy in folder.
    BadTree says why there is none; show gets the patch."""

    def __init__(self, base, folder, show=print):
        self.name = str(base)
        self._tree = copy(Path(base), folder)
        show(change(self._tree))
        self._make("-j2", "kernel/kernel", "fs.img")
        self.image = self._tree / "fs.img"
        for name in PROGRAMS:
            if not (self._tree / "user" / f"_{name}").exists():
                raise BadTree(f"{base}: make does not build user/_{name}")
        self._command = self._find_command()

    def _make(self, *arguments):
        status, said = make(*arguments, directory=self._tree, check=False)
        if status != 0:
            raise BadTree(f"{self.name}: make {' '.join(arguments)} fails:\n"
                          f"{said[-2000:]}")
        return said

    def _find_command(self):
        """What its `make qemu` runs; the kernel by its full name, as it is
        run from elsewhere."""
        lines = [line for line in self._make("-n", "qemu").splitlines()
                 if "-machine" in line and "-kernel" in line]
        if not lines:
            raise BadTree(f"{self.name}: `make qemu` shows no QEMU command")
        words = shlex.split(lines[-1])
        kernel = words.index("-kernel") + 1
        words[kernel] = str(self._tree / words[kernel])
        return words

    def qemu_command(self, _bios="none"):
        """As a Build has it."""
        return list(self._command)
