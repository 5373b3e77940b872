"""Interrupts never wait for more than 20,000 instructions, whatever programs
do: exact, since -icount counts instructions."""

import contextlib

import pytest

from lib.build import NORMAL
from lib.latency import CASES, LIMIT, WITH_KEYS, longest, machine, run_case

MOST = 20_000


@contextlib.contextmanager
def recorded(folder):
    """A system at its prompt. At the end its record is looked at."""
    with machine(folder) as running:
        running.boot()
        yield running
        count, where = longest(running)
        assert 0 < count <= MOST, where
        running.poweroff()


@pytest.mark.parametrize("name", CASES)
def test_worst_cases(tmp_path, name):
    with recorded(tmp_path) as running:
        assert run_case(running, name).count("failed") == 0


@pytest.mark.parametrize("name", ["pipe_to_fresh", "pipe_to_shared",
                                  "wait_to_shared"])
def test_walking_copies(tmp_path, name):
    with recorded(tmp_path) as running:
        running.run("stats walk")
        assert run_case(running, name) == ""


def test_list_of_a_crowd(tmp_path):
    with recorded(tmp_path) as running:
        running.type(f"latency {WITH_KEYS}\n")
        running.expect(r"\d+ wait\r?\n")
        running.type("\x10")
        running.expect(r"(\d+ \w+ latency\r?\n){50}")
        running.type("\n")
        running.expect(r"\n\$ ")


def test_line_that_is_killed(tmp_path):
    with recorded(tmp_path) as running:
        line = 120 * "x"
        running.type(line + "\x15echo on\n")
        running.expect(line + r"(\x08 \x08){120}echo on\r?\non\r?\n\$ ")


def test_flood_of_keys(tmp_path):
    with recorded(tmp_path) as running:
        lines = [f"echo {letter * 90}\n" for letter in "abcdefghij"]
        # What comes last stands in no line that is typed: echoes of these may
        # fall anywhere into what is printed.
        running.type("".join(lines) + "echo the very end | wc\n")
        running.expect("1 3 13")
        running.expect(r"\$ ")


def test_usertests(tmp_path):
    with recorded(tmp_path) as running:
        assert "ALL TESTS PASSED" in running.run("usertests", LIMIT)


def test_other_builds_record_nothing():
    symbols = NORMAL.kernel.with_suffix(".sym").read_text()
    assert "kerneltrap" in symbols and "latency" not in symbols
