"""Several harts, and threads that go from one to another."""

import re

from lib.build import NORMAL
from lib.machine import Machine

WAKES = 100  # of `benchwall wake`, by one that computes on


def ipis(machine):
    return int(re.search(r"^ipis: (\d+)$", machine.run("stats -a"), re.M)[1])


def told(machine):
    """How often an idle hart was told of the one that woke."""
    before = ipis(machine)
    assert machine.run("benchwall wake").startswith("wake ")
    return ipis(machine) - before


def test_idle_hart_is_told():
    """While the waker computes, for a tenth of a time slice. Not each time: now
    and then the hart looks by itself, or the host has no time for it."""
    with Machine(NORMAL, cpus=2, programs=True) as machine:
        machine.boot()
        assert any(told(machine) >= WAKES / 5 for _ in range(3))
        machine.poweroff()
