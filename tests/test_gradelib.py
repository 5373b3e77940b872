"""How the grade script's library runs programs, and ends them for good."""

import os
import time

import pytest

from labgrade import programs
from labgrade.failure import Failure
from lib.grading import alive, wait_until

LIMIT = 30

waitid = os.waitid


@pytest.fixture(autouse=True, params=[True, False], ids=["waitid", "none"])
def has_waitid(request, monkeypatch):
    """Python has waitid on macOS only from 3.13 on."""
    if not request.param:
        monkeypatch.delattr(os, "waitid")
    return request.param


def program(body, limit=LIMIT, kind=programs.Program):
    return kind(programs.Groups(), ["sh", "-c", body],
                time.monotonic() + limit)


def is_reaped(pid):
    """Whether its number may be another's by now."""
    try:
        waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


@pytest.fixture
def killed(monkeypatch):
    """What groups are signalled, and whether their leader was reaped."""
    kill, seen = os.killpg, []

    def look_and_kill(pid, number):
        seen.append((pid, is_reaped(pid)))
        kill(pid, number)

    monkeypatch.setattr(os, "killpg", look_and_kill)
    return seen


ORPHAN = "sleep 1000 </dev/null >/dev/null 2>&1 & echo $!; exit 3"


def status_of(running):
    return running.finish("an end")


def words_for(running):
    while running.read("an end"):
        pass
    return running.ended_with()


@pytest.mark.parametrize("look, says", [
    (status_of, 3), (words_for, "its end, with status 3")])
def test_group_ends_before_its_leader_is_reaped(tmp_path, killed, has_waitid,
                                                look, says):
    with program(ORPHAN) as running:
        assert look(running) == says
    (tmp_path / "pids").write_text(running.output)
    assert len(running.output.split()) == 1
    wait_until(lambda: alive(tmp_path) == [])
    assert len(killed) == 1 and (not killed[0][1] or not has_waitid)


def test_asked_politely(tmp_path):
    """It has the time for what it does when it ends."""
    mark = tmp_path / "mark"
    with program(f"trap 'echo >{mark}; exit' TERM; echo ready; "
                 "while :; do sleep 0.02; done",
                 kind=programs.Make) as running:
        assert running.read("ready")
    assert mark.exists()


@pytest.mark.parametrize("limit, body, says", [
    (0.3, "sleep 1000", "not that within 0.3 s: it hangs"),
    (LIMIT, "exec >/dev/null 2>&1; sleep 1000",
     "the end of its output: it hangs")])
def test_never_ends(monkeypatch, limit, body, says):
    """With an output that stays open, or without one."""
    monkeypatch.setattr(programs, "FAREWELL", 0.1)
    with program(body, limit) as running:
        with pytest.raises(Failure, match=says):
            running.finish("it ends")
