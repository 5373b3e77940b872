"""What a process costs: exact, since -icount counts instructions."""

import re

import pytest

from lib.machine import ICOUNT, Machine

FORK = re.compile(r"fork of 22 pages: (\d+) cycles")
CHILD = re.compile(r"idle forked process of 22 pages: (\d+) pages")


@pytest.fixture(scope="module")
def reports():
    """What pagecost says, by the size of RAM."""
    texts = {}
    for mem in ("128M", "4G"):
        with Machine(programs=True, cpus=1, mem=mem,
                     extra=ICOUNT) as machine:
            machine.boot()
            texts[mem] = machine.run("pagecost")
            machine.poweroff()
    return texts


def test_fork_takes_the_same_time_whatever_ram_there_is(reports):
    """It makes a private table, in which all RAM is mapped."""
    costs = [int(FORK.search(text)[1]) for text in reports.values()]
    assert max(costs) <= min(costs) * 1.01, reports


def test_idle_forked_process_takes_few_pages(reports):
    for text in reports.values():
        assert int(CHILD.search(text)[1]) <= 16, text
