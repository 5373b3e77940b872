"""The grade script in odd surroundings: started elsewhere, killed, unread."""

import subprocess

import pytest

from lib.build import ROOT
from lib.grading import (SCRIPT, alive, environment, fake, results, run,
                         start, temporary, wait_until)

CALM = "sleep 1000"


def test_started_elsewhere(tmp_path):
    """A report's name is as the caller sees it, not the tree."""
    done = subprocess.run(
        [ROOT / SCRIPT, "time", "--json", "report.json"], cwd=tmp_path,
        env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert "Score: 1/66" in done.stdout
    assert (tmp_path / "report.json").is_file()


def test_odd_temporary_folder(tmp_path):
    place = tmp_path / "it's, \"ü\""
    place.mkdir()
    output = run(tmp_path, "pte printout", TMPDIR=str(place))[1]
    assert "pte printout: OK" in output
    assert list(place.iterdir()) == []


def test_killed(tmp_path):
    """It cannot remove its files then, but what it runs ends. (QEMU, that is;
    a child of its own would stay.)"""
    process = start(tmp_path, "usertests", **fake(tmp_path, f"exec {CALM}"))
    wait_until(lambda: len(alive(tmp_path)) == 2)
    process.kill()
    process.communicate()
    wait_until(lambda: alive(tmp_path) == [])
    assert len(temporary(tmp_path)) == 1


def test_unread(tmp_path):
    """Nobody reads the output: it ends, without a word."""
    with subprocess.Popen(
            [ROOT / SCRIPT, "time", "usertests: copyin"],
            env=environment(tmp_path, **fake(tmp_path, CALM)), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1
    assert alive(tmp_path) == [] and temporary(tmp_path) == []


@pytest.mark.parametrize("name, value", [("MAKEFLAGS", "n"), ("QEMU", '"')])
def test_make_says_no_command(tmp_path, name, value):
    """Every test that needs it is told so."""
    output = run(tmp_path, "usertests: copyin", "time", **{name: value})[1]
    said = results(output)["usertests: copyin"][1]
    assert "expected: QEMU's command from `make print-qemu`" in said
    assert "Score: 1/66\n" in output


def test_two_at_once(tmp_path):
    """Of one tree, unless neither takes the build from under the other."""
    process = start(tmp_path, "usertests", **fake(tmp_path, CALM))
    wait_until(lambda: alive(tmp_path))
    beside = start(tmp_path, "time")
    assert "Score: 1/66" in beside.communicate(timeout=20)[0]
    anew = start(tmp_path, "time", "--anew")
    assert anew.communicate(timeout=20)[0] == \
        "another grading is at work in this tree\n"
    assert anew.returncode == 1
    process.terminate()
    process.communicate(timeout=20)
    assert run(tmp_path, "time", "--anew")[1].endswith("Score: 1/66\n")
