"""Arbitrary system calls with arbitrary arguments: the program sysfuzz."""

import re

from lib.disk import Disk
from lib.machine import LIMIT, Machine

BREACH = re.compile(r"^rule [A-Z]: .*", re.M)  # that ascheck finds


def sysfuzz(build, seed, seconds, **options):
    """Let it run, and check that nothing is lost: what the program counts,
    what of the disk's blocks and inodes nobody has, and that the system goes
    on. The number of processes that made calls."""
    with Machine(build, programs=True, **options) as machine:
        machine.boot()
        text = machine.run(f"sysfuzz {seed} {seconds}",
                           limit=seconds + 4 * LIMIT)
        done = re.search(rf"sysfuzz: seed {seed}, (\d+) workers: OK", text)
        assert done, text[-3000:]
        assert not BREACH.search(text), BREACH.search(text)[0]
        assert machine.run("ls | cat | wc").split() != []
        machine.poweroff()
        assert Disk(machine.image).faults() == []
    return int(done.group(1))
