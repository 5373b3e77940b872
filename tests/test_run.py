"""The program that runs the tests."""

import shutil
import signal
import subprocess
import sys

import pytest

from lib.build import ROOT, clean_environment

LIMIT = 60  # seconds

FIRST = "def test_first(): pass\n"
OTHERS = """
import time
def test_waits(): time.sleep(1000)
def test_last(): pass
"""


def start(folder, text):
    (folder / "test_it.py").write_text(text)
    return subprocess.Popen(
        [sys.executable, "-B", ROOT / "tests" / "run.py", "test_it.py"],
        cwd=folder, env=clean_environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP])
def test_told_to_end(tmp_path, number):
    """It ends at once, says so, and fails."""
    with start(tmp_path, FIRST + OTHERS) as run:
        assert run.stdout.readline().startswith("ok     test_it.py::test_first")
        run.send_signal(number)
        said = run.communicate(timeout=LIMIT)[0]
    assert run.returncode == 1
    assert said == ("interrupted: the others are not run\n"
                    "1 passed, 0 failed\n")


@pytest.mark.parametrize("text, status", [
    (FIRST, 0), (FIRST + "def test_wrong(): assert 1 == 2\n", 1), ("", 1),
    ("import nothing_of_this_name\n", 1)],
    ids=["well", "wrong", "empty", "no Python"])
def test_status(tmp_path, text, status):
    with start(tmp_path, text) as run:
        said = run.communicate(timeout=LIMIT)[0]
    assert run.returncode == status
    assert ("FAILED" in said) == (status == 1 and text != "")


SEVERAL = """
import pytest
def test_wrong(): assert 1 == 2
def test_parts(cases):
    cases.report("good part", True)
    cases.report("bad part", False, "some detail")
@pytest.fixture
def broken(): raise ValueError("some detail")
def test_unprepared(broken): pass
"""


def test_names_of_what_failed(tmp_path):
    """They stand together at the end, below the count."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    with start(tmp_path, SEVERAL + FIRST) as run:
        said = run.communicate(timeout=LIMIT)[0]
    progress, count, failed = said.partition("2 passed, 3 failed\n")
    assert count and "FAILED test_it.py::test_wrong" in progress, said
    assert failed == ("failed: test_it.py::test_wrong\n"
                      "failed: test_it.py::test_parts: bad part\n"
                      "failed: test_it.py::test_unprepared (setup)\n")
