"""Which table user mode runs on, ASIDs, and whether SUM stays set: what the
kernel is told at boot, what it finds out, and what it says of it."""

import re

import pytest

from lib.build import DEBUG, NORMAL
from lib.machine import Machine, qemu_is

STAYS = re.compile(
    r"^SUM stays set: (.*); a change takes (\d+) ns, one of SPIE (\d+)$", re.M)
REFUSED = "sum=open is refused: "


def modes(machine):
    """The three lines of the counters that tell them."""
    return dict(re.findall(r"^(tables|asids|sum): (\w+)$",
                           machine.run("stats -a"), re.M))


def booted(build, words, **options):
    return Machine(build, bootargs=f"panic=exit {words}", **options)


def passes(machine, test):
    assert machine.run(f"usertests {test}").endswith("ALL TESTS PASSED\n")


def jumps_fault(machine):
    """None of these jumps gets there."""
    said = machine.run("usertests noexecute")
    assert said.endswith("ALL TESTS PASSED\n")
    ends = re.findall(r"\(pid \d+\): (.*), sepc (\w+) stval (\w+)$", said, re.M)
    assert len(ends) > 25
    assert not [end for end in ends
                if end[0] != "fetch page fault" or end[1] != end[2]]


@pytest.mark.parametrize("build", [NORMAL, DEBUG], ids=["normal", "debug"])
@pytest.mark.parametrize("words, tables, asids", [
    ("", "one", "used"), ("twotables", "two", "used"),
    ("asid=off", "one", "none"), ("twotables asid=off", "two", "none")])
def test_told_at_boot(build, words, tables, asids):
    """No region of the kernel's can be touched, and memory that comes, is
    shared and goes is right, on either table."""
    with booted(build, words) as machine:
        machine.boot()
        found = modes(machine)
        assert (found["tables"], found["asids"]) == (tables, asids)
        for test in "devices", "nowrite", "forkshare", "stopgrow":
            passes(machine, test)
        jumps_fault(machine)
        machine.poweroff()


def test_told_while_it_runs():
    with booted(NORMAL, "") as machine:
        machine.boot()
        for tables in "two", "one":
            assert machine.run(f"stats {tables}table"
                               f"{'s' if tables == 'two' else ''}") == ""
            assert modes(machine)["tables"] == tables
            jumps_fault(machine)
        assert "usage: stats" in machine.run("stats threetables")
        machine.poweroff()


def qemu_drops_its_tlb():
    """Whether a change of SUM does that: QEMU before 8.1."""
    return not qemu_is(8, 1)


@pytest.mark.parametrize("words, why, found", [
    ("", "to change it is dear", None),
    ("sum=open", "as asked", "open"), ("sum=closed", None, "closed")],
    ids=["measured", "open", "closed"])
def test_sum(words, why, found):
    with booted(NORMAL, words) as machine:
        said = STAYS.search(machine.boot())
        if found is None:
            found = "open" if qemu_drops_its_tlb() else "closed"
        assert modes(machine)["sum"] == found
        assert (said[1] if said else None) == (
            why if found == "open" else None)
        if found == "open" and not words:
            assert int(said[2]) > 10 * int(said[3])
        passes(machine, "copyin")
        machine.poweroff()


@pytest.mark.parametrize("words", ["", "sum=open"])
def test_debug_builds_close_it(words):
    with booted(DEBUG, words) as machine:
        said = machine.boot()
        assert (REFUSED in said) == (words != "")
        assert not STAYS.search(said)
        assert modes(machine)["sum"] == "closed"
        machine.poweroff()


def test_counted_instructions_are_alike():
    """There, to change it is as dear as any other change."""
    with booted(NORMAL, "", cpus=1,
                extra=("-icount", "shift=0,sleep=off")) as machine:
        assert not STAYS.search(machine.boot())
        assert modes(machine)["sum"] == "closed"
        machine.poweroff()
