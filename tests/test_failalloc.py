"""Every allocation of a page fails once (debug builds: tests/programs/failalloc.c)."""

import re

import pytest

from lib.build import CLANG_DEBUG, DEBUG, NORMAL
from lib.machine import LIMIT, Machine

COUNT = re.compile(r"^failalloc: (\w+): (\d+) allocations failed$", re.M)

# What each operation asks for at least: fork, for example, two tables of two
# pages each, the high pair, the trapframe, the shared page, and a copy of the
# stack.
# Files need no pages, since all that the file system uses is there at boot.
LEAST = {"fork": 9, "exec": 12, "open": 0, "pipe": 1, "mkdir": 0, "sbrk": 2,
         "touch": 2, "write": 1, "read": 1,
         "pipeline": 60}


@pytest.mark.parametrize("build", [
    DEBUG, pytest.param(CLANG_DEBUG, marks=pytest.mark.slow)],
    ids=lambda build: build.name)
def test_every_allocation_fails_once(build, tried):
    with Machine(build, programs=True) as machine:
        machine.boot()
        text = machine.run("failalloc", limit=4 * LIMIT)
        assert text.endswith("failalloc: OK\n"), text
        assert machine.run("echo still | cat") == "still\n"
        machine.poweroff()
    counts = {name: int(count) for name, count in COUNT.findall(text)}
    assert counts.keys() == LEAST.keys()
    for name, least in LEAST.items():
        assert counts[name] >= least, (name, counts)
    tried("allocations that failed", sum(counts.values()))


def test_needs_a_debug_build():
    with Machine(NORMAL, programs=True) as machine:
        machine.boot()
        assert "not a debug build" in machine.run("failalloc")
        machine.poweroff()
