"""The models of tests/model, which Spin searches in all their states: as they
are, nothing goes wrong; with each fault that a model lists under "Broken:",
something does."""

import re
import subprocess

import pytest

from lib.build import ROOT

FOLDER = ROOT / "tests" / "model"
FAULT = re.compile(r"^ \*   ([A-Z_]+): ", re.M)
ERRORS = re.compile(r"errors: (\d+)$", re.M)
STATES = re.compile(r"^ *(\d+) states, stored", re.M)
WRONG = re.compile(r"^pan:\d+: (assertion violated|invalid end state)", re.M)
DEPTH = 1_000_000
LIMIT = 120  # seconds

MODELS = sorted(path.stem for path in FOLDER.glob("*.pml"))
FAULTS = [(name, fault) for name in MODELS
          for fault in FAULT.findall((FOLDER / f"{name}.pml").read_text())]


def command(folder, *words):
    done = subprocess.run(
        words, cwd=folder, text=True, timeout=LIMIT, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def search(folder, name, fault=None):
    """What Spin's verifier says of a model. It ends at the first error."""
    define = [f"-D{fault}"] if fault else []
    status, said = command(folder, "spin", "-a", *define,
                           str(FOLDER / f"{name}.pml"))
    assert status == 0, said
    # What the generated program checks: assertions, and ends at a standstill.
    status, warnings = command(folder, "cc", "-w", "-DSAFETY", "-o",
                               "pan", "pan.c")
    assert status == 0, warnings
    said = command(folder, "./pan", f"-m{DEPTH}")[1]
    assert "max search depth too small" not in said, said
    assert ERRORS.search(said), said
    return said


@pytest.mark.parametrize("name", MODELS)
def test_sound(tmp_path, name, tried):
    said = search(tmp_path, name)
    assert ERRORS.search(said)[1] == "0", said
    tried("states of models", int(STATES.search(said)[1]))


@pytest.mark.parametrize("name, fault", FAULTS)
def test_fault_is_found(tmp_path, name, fault):
    said = search(tmp_path, name, fault)
    assert WRONG.search(said), said


def test_each_model_has_faults():
    """Those that it lists are those that its text knows."""
    assert {name for name, _ in FAULTS} == set(MODELS)
    text = "".join(path.read_text() for path in FOLDER.iterdir())
    known = set(re.findall(r"(?:#ifn?def |defined\()(\w+)", text))
    assert known == {fault for _, fault in FAULTS}
