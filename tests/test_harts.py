"""Several harts, and threads that go from one to another."""

import re
from collections import Counter

import pytest

from lib.build import DEBUG, NORMAL
from lib.grading import wait_until
from lib.machine import Machine

WAKES = 100  # of `benchwall wake`, by one that computes on
TIMER_INTERRUPT = re.compile(r"hart:(\d+), async:1, cause:0*5,")


def ipis(machine):
    return int(re.search(r"^ipis: (\d+)$", machine.run("stats -a"), re.M)[1])


def notified(machine):
    """How often an idle hart was notified of a thread that woke."""
    before = ipis(machine)
    assert machine.run("benchwall wake").startswith("wake ")
    return ipis(machine) - before


def test_idle_hart_is_notified():
    """While the waker computes, for a tenth of a time slice. Not each time: now
    and then the hart looks by itself, or the host has no time for it."""
    with Machine(NORMAL, cpus=2, programs=True) as machine:
        machine.boot()
        assert any(notified(machine) >= WAKES / 5 for _ in range(3))
        machine.poweroff()


def test_only_one_idle_hart_ticks(tmp_path):
    """While all wait for a line that nobody types. Each has started with a
    tick or two."""
    log = tmp_path / "interrupts"
    with Machine(NORMAL, cpus=8, extra=("-d", "int", "-D", str(log))) as machine:
        machine.boot()

        def interrupts():
            return Counter(TIMER_INTERRUPT.findall(log.read_text())).values()

        wait_until(lambda: max(interrupts(), default=0) > 100)
        assert sum(interrupts()) - max(interrupts()) < 50
        machine.poweroff()


@pytest.mark.parametrize("cpus", [1, 3])
def test_other_processes_are_shown(cpus):
    """Whatever they do; the one that has ended has no tables any more."""
    with Machine(DEBUG, cpus=cpus, programs=True) as machine:
        machine.boot()
        said = machine.run("inspect")
        results = re.findall(r"^(\w+): ptdump (-?\d+), ascheck 0$", said, re.M)
        assert results == [("computing", "0"), ("calling", "0"),
                           ("reading", "0"), ("sleeping", "0"),
                           ("writing", "0"), ("ended", "-1")]
        assert said.count("page table 0x") == len(results) - 1
        machine.poweroff()
