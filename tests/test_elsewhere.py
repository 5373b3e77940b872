"""Systems that are not Linux, or not of today: tools whose options are those
of POSIX, an old make beside gmake, and a Python without Linux's calls."""

import os
import shutil
import subprocess
import sys

import pytest

from labgrade import gnumake
from lib.build import NORMAL, ROOT, clean_environment, command_folders

LIMIT = 600

# What options each tool of macOS lacks, as patterns of sh. Others have no
# options that we might use, or are not there at all.
LACKS = {
    "cp": "-[tTu]*|--*", "date": "-d*|--*|*%N*", "find": "-printf",
    "grep": "-P*|--perl*", "head": "-n-*|--*", "install": "-D*|-t*|--*",
    "ln": "-r*|-t*|-T*|--*", "mktemp": "-p*|--*", "mv": "-[tT]*|--*",
    "readlink": "--*|-[em]*", "sed": "-i|-r|-z|-s|--*", "stat": "-c*|--*",
    "touch": "--*|-d*", "tail": "--*", "xargs": "-d*|--*", "tr": "--*",
    "awk": "--*", "expr": "--*", "cut": "--*",
}
NOT_THERE = ("nproc", "timeout", "setpriv", "unshare", "taskset", "tac",
             "ionice", "flock", "sha256sum", "gawk", "realpath", "apt-get",
             "setsid")

# What Python has on Linux alone, or has elsewhere only since lately.
NO_LINUX = """
import os, select, signal, sys
for module, names in ((os, '''waitid sched_getaffinity sched_setaffinity pipe2
        memfd_create eventfd pidfd_open getrandom copy_file_range
        posix_fadvise posix_fallocate splice setns unshare getxattr
        setxattr'''),
        (select, "epoll"),
        (signal, "sigtimedwait sigwaitinfo pidfd_send_signal")):
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
sys.platform = "darwin"
"""


def program(path, body):
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def elsewhere(tmp_path):
    """The environment of such a system: make is an old one, gmake is ours."""
    tools, python = tmp_path / "bin", tmp_path / "python"
    tools.mkdir()
    for folder in command_folders():
        for entry in os.scandir(folder):
            place = tools / entry.name
            if entry.name not in NOT_THERE and not os.path.lexists(place):
                place.symlink_to(entry.path)
    for name, options in LACKS.items():
        real = shutil.which(name)
        program(tools / name, 'for option in "$@"; do case $option in\n'
                f'{options}) echo "{name}: illegal option $option" >&2\n'
                f'exit 64;; esac; done\nexec {real} "$@"')
    make = shutil.which("make")
    (tools / "make").unlink()
    program(tools / "make", 'case $* in --version) echo GNU Make 3.81; exit;; '
            f'esac\nexec {make} MAKE_VERSION=3.81 "$@"')
    (tools / "gmake").unlink(missing_ok=True)
    (tools / "gmake").symlink_to(make)
    python.mkdir()
    (python / "sitecustomize.py").write_text(NO_LINUX)
    environment = clean_environment()
    environment.pop("MAKE", None)
    return {**environment, "PATH": str(tools), "PYTHONPATH": str(python),
            "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(tmp_path)}


def run(environment, *command, **variables):
    done = subprocess.run(
        command, cwd=ROOT, env={**environment, **variables}, text=True,
        timeout=LIMIT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def test_old_make(elsewhere):
    status, said = run(elsewhere, "make")
    assert status != 0
    assert "GNU Make 4.2 or newer is needed; this is 3.81" in said


def test_setup(elsewhere):
    assert run(elsewhere, "sh", "conf/setup") == (0, "")


def test_build(elsewhere, tmp_path):
    """All that a user asks make for, by tools of another kind."""
    status, said = run(elsewhere, "gmake", "-j2", f"O={tmp_path}/out", "all",
                       "compdb", f"{tmp_path}/out/.gdbinit")
    assert status == 0, said
    for name in ("kernel/kernel", "fs.img", "mkfs/fsck", ".gdbinit",
                 "compile_commands.json"):
        assert (tmp_path / "out" / name).exists()


@pytest.mark.parametrize("variables", [{}, {"MAKE": "gmake"}], ids=[
    "by-hand", "by-gmake"])
def test_grade(elsewhere, variables):
    """The make that runs the grade builds, or the first that can."""
    output = str(NORMAL.ready().folder.relative_to(ROOT))
    said = run(elsewhere, sys.executable, "grade-lab-pgtbl", "pte printout",
               "time", STRICT="1", O=output, **variables)[1]
    assert "Score: 11/66" in said, said


def test_whoever_starts_make_starts_the_one_that_runs(elsewhere, tmp_path):
    program(tmp_path / "teller", 'echo "make is $MAKE"')
    for goal in ("grade", "bench", "test", "mutants", "handout OUT=x"):
        for variables in ({}, {"MAKE": "make"}):
            assert "make is gmake\n" in run(
                elsewhere, "gmake", "-s", f"PYTHON={tmp_path}/teller",
                *goal.split(), **variables)[1]


def test_handout(elsewhere, tmp_path):
    status, said = run(elsewhere, "gmake", "handout", f"OUT={tmp_path}/lab")
    assert status == 0, said
    assert (tmp_path / "lab" / "Makefile").exists()


@pytest.mark.parametrize("command", [
    ("gmake", "test"),
    (sys.executable, "conf/grade-class", "x", "--out", "y")],
    ids=["tests", "class"])
def test_what_needs_linux(elsewhere, command):
    """It says so, in one line (make adds its own)."""
    status, said = run(elsewhere, *command)
    assert status != 0
    lines = [line for line in said.splitlines() if "gmake: ***" not in line]
    assert len(lines) == 1 and "Linux" in lines[0]


@pytest.mark.parametrize("makes, chosen", [
    ({"make": "GNU Make 4.4.1"}, "make"),
    ({"make": "GNU Make 3.81", "gmake": "GNU Make 4.2"}, "gmake"),
    ({"make": "GNU Make 4.3", "gmake": "GNU Make 4.1"}, "make"),
    ({"make": "bmake", "gmake": "GNU Make 10.0"}, "gmake"),
    ({"make": "GNU Make 3.81"}, "make"), ({}, "make")])
def test_the_first_make_that_will_do(tmp_path, monkeypatch, makes, chosen):
    for name, version in makes.items():
        program(tmp_path / name, f"echo {version}")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("MAKE", raising=False)
    gnumake.is_recent.cache_clear()
    assert gnumake.make_command() == chosen
    gnumake.is_recent.cache_clear()
    monkeypatch.setenv("MAKE", "/opt/make")
    assert gnumake.make_command() == "/opt/make"
