"""Debug builds booted with yield=SEED, in which threads give their hart up at
random wherever they may lose it: all goes on as before."""

import re

import pytest

from lib.build import CLANG_DEBUG, DEBUG, NORMAL
from lib.disk import Disk
from lib.fuzz import sysfuzz
from lib.machine import LIMIT, Machine

YIELDS = re.compile(r"^yields: (\d+)$", re.M)
ROUNDS = 16
RACES = ("forkforkfork", "sharedfd", "createdelete", "busyneighbours")


def bootargs(seed):
    tables = "twotables" if seed % 2 else ""
    return f"panic=exit yield={seed} {tables}"


def boot(machine):
    """The seed that it says."""
    said = re.search(r"^yields at random, seed (\d+)$", machine.boot(), re.M)
    return int(said[1]) if said else None


def yields(machine):
    return int(YIELDS.search(machine.run("stats -a"))[1])


def passes(machine, command, limit):
    assert machine.run(command, limit).endswith("ALL TESTS PASSED\n")


def end(machine):
    machine.poweroff()
    disk = Disk(machine.image)
    assert disk.faults() == []
    assert disk.orphans() == []


@pytest.mark.parametrize("cpus, seed", [(1, 1), (3, 2)])
def test_races(cpus, seed, tried):
    with Machine(DEBUG, cpus=cpus, bootargs=bootargs(seed)) as machine:
        assert boot(machine) == seed
        before = yields(machine)
        for name in RACES:
            passes(machine, f"usertests {name}", LIMIT)
        assert yields(machine) > before + 1000
        tried("yields at random", yields(machine))
        end(machine)


@pytest.mark.slow
def test_names_that_go():
    """Files lose their names while others open and close them: none is left
    that nobody frees."""
    with Machine(DEBUG, cpus=3, bootargs=bootargs(12)) as machine:
        boot(machine)
        for _ in range(ROUNDS):
            passes(machine, "usertests linkunlink", LIMIT)
        end(machine)


@pytest.mark.parametrize("build, seed", [(DEBUG, 13), (NORMAL, None)],
                         ids=["debug", "normal"])
def test_numbers_that_are_reused(build, seed):
    """A path that the name cache knows leads to no other file."""
    words = bootargs(seed) if seed else "panic=exit"
    with Machine(build, programs=True, bootargs=words) as machine:
        assert boot(machine) == seed
        assert (machine.run("namereuse", 4 * LIMIT) ==
                "all paths led to their files\n")
        assert "name cache" not in machine.console()
        end(machine)


@pytest.mark.slow
@pytest.mark.parametrize("build, cpus, seed", [
    (DEBUG, 1, 3), (DEBUG, 3, 4), (DEBUG, 8, 5), (CLANG_DEBUG, 2, 6)],
    ids=lambda value: getattr(value, "name", str(value)))
def test_all_calls(build, cpus, seed, tried):
    with Machine(build, cpus=cpus, bootargs=bootargs(seed)) as machine:
        assert boot(machine) == seed
        passes(machine, "usertests -q", 10 * LIMIT)
        machine.run("logstress f0 f1 f2 f3", 2 * LIMIT)
        machine.run("rm f0 f1 f2 f3")
        tried("yields at random", yields(machine))
        end(machine)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(7, 12))
def test_arbitrary_calls(seed, tried):
    tried("processes making arbitrary calls",
          sysfuzz(DEBUG, seed, 10, cpus=1 + seed % 3, mem="32M",
                  bootargs=bootargs(seed)))


@pytest.mark.parametrize("build, words, yields_there", [
    (NORMAL, "yield=1", False), (DEBUG, "yield=", True),
    (DEBUG, "noyield=1", True), (DEBUG, "yield=1x", True)])
def test_nobody_yields(build, words, yields_there):
    """In a normal build, without a seed, and by other words."""
    with Machine(build, bootargs=f"panic=exit {words}") as machine:
        assert boot(machine) is None
        found = YIELDS.search(machine.run("stats -a"))
        assert (found and found[1]) == ("0" if yields_there else None)
        machine.poweroff()
