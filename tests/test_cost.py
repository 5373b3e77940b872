"""What a process costs: exact, since -icount counts instructions."""

import re

import pytest

from lib.machine import Machine

ICOUNT = ("-icount", "shift=0,sleep=off")
TABLE = re.compile(r"private table of (.*): (\d+) pages, (\d+) instructions")
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


def table_costs(reports):
    return [(int(pages), int(instructions)) for text in reports.values()
            for _, pages, instructions in TABLE.findall(text)]


def test_private_table_takes_two_pages(reports):
    costs = table_costs(reports)
    assert len(costs) == 4, reports
    assert all(pages == 2 for pages, _ in costs), reports


def test_private_table_takes_the_same_time_whatever_it_mirrors(reports):
    instructions = [count for _, count in table_costs(reports)]
    assert min(instructions) > 0
    assert max(instructions) <= min(instructions) * 1.01, reports


def test_idle_forked_process_takes_few_pages(reports):
    for text in reports.values():
        assert int(CHILD.search(text)[1]) <= 16, text
