"""Arbitrary system calls from many processes on all harts: no panic, no hang,
no leak. The seed is part of a test's name; `make fuzz` takes others."""

import pytest

from lib.build import DEBUG, NORMAL
from lib.fuzz import sysfuzz


def test_a_moment(tried):
    """With the checkers on, in little memory."""
    tried("processes making arbitrary calls", sysfuzz(DEBUG, 1, 4, mem="32M"))


@pytest.mark.slow
@pytest.mark.parametrize("build, seed, seconds, options", [
    (DEBUG, 2, 60, {"cpus": 8, "mem": "64M"}),
    (NORMAL, 3, 60, {"bootargs": "panic=exit twotables"}),
    (DEBUG, 4, 60, {"bootargs": "panic=exit twotables asid=off"}),
], ids=["debug-2", "normal-3-twotables", "debug-4-twotables-asid=off"])
def test_three_minutes(build, seed, seconds, options, tried):
    tried("processes making arbitrary calls",
          sysfuzz(build, seed, seconds, **options))
