"""Interrupts never wait for more than 20,000 instructions, whatever programs
do: exact, since -icount counts instructions."""

import pytest

from lib.build import NORMAL
from lib.latency import CASES, LIMIT, WITH_KEYS, longest, machine, run_case

MOST = 20_000


@pytest.fixture
def recording(tmp_path):
    """A system at its prompt. After the test its record is looked at."""
    with machine(tmp_path) as running:
        running.boot()
        yield running
        count, where = longest(running)
        assert 0 < count <= MOST, where
        running.poweroff()


@pytest.mark.parametrize("name", CASES)
def test_worst_cases(recording, name):
    assert run_case(recording, name).count("failed") == 0


@pytest.mark.parametrize("name", ["pipe_to_fresh", "pipe_to_shared",
                                  "wait_to_shared"])
def test_walking_copies(recording, name):
    recording.run("stats walk")
    assert run_case(recording, name) == ""


def test_list_of_a_crowd(recording):
    recording.type(f"latency {WITH_KEYS}\n")
    recording.expect(r"\d+ wait\r?\n")
    recording.type("\x10")
    recording.expect(r"(\d+ \w+ latency\r?\n){50}")
    recording.type("\n")
    recording.expect(r"\n\$ ")


def test_line_that_is_killed(recording):
    line = 120 * "x"
    recording.type(line + "\x15echo on\n")
    recording.expect(line + r"(\x08 \x08){120}echo on\r?\non\r?\n\$ ")


def test_flood_of_keys(recording):
    lines = [f"echo {letter * 90}\n" for letter in "abcdefghij"]
    recording.type("".join(lines) + "echo the end\n")
    recording.expect(r"(?<!echo )the end\r?\n")
    recording.expect(r"\$ ")


def test_usertests(recording):
    assert "ALL TESTS PASSED" in recording.run("usertests", LIMIT)


def test_other_builds_record_nothing():
    symbols = NORMAL.kernel.with_suffix(".sym").read_text()
    assert "kerneltrap" in symbols and "latency" not in symbols
