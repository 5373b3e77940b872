"""The proofs of tests/prove, by the model checker cbmc: each holds, and a
fault that is put into the kernel is found (the line Proof of tests/mutants).
Where there is no cbmc, which Debian has from 13 on, that is skipped."""

import re
import subprocess
from pathlib import Path

import pytest

from lib.build import ROOT, copy_tree, make
from prove.__main__ import FOLDER, FUNCTION, MISSING, missing, proofs_of

PATHS = sorted(FOLDER.glob("*.c"))
FAULTS = [(patch, name) for patch in sorted((ROOT / "tests").glob(
    "mutants/*.patch"))
    for name in re.findall(r"^Proof: (\w+)$", patch.read_text(), re.M)]
LIMIT = 1800  # seconds

needs_cbmc = pytest.mark.skipif(bool(missing()), reason=MISSING)


@needs_cbmc
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_holds(path, tried):
    status, said = make("prove", f"P={path.stem}", check=False, limit=LIMIT)
    assert status == 0, said
    tried("properties proved",
          sum(map(int, re.findall(r"(\d+) properties", said))))


@needs_cbmc
@pytest.mark.parametrize("patch, name", FAULTS,
                         ids=lambda value: getattr(value, "stem", value))
def test_fault_is_found(tmp_path, patch, name):
    tree = tmp_path / "tree"
    copy_tree(tree)
    subprocess.run(["git", "apply", str(patch)], cwd=tree, check=True,
                   env={"PATH": "/usr/bin:/bin",
                        "GIT_CEILING_DIRECTORIES": str(tmp_path)})
    status, said = make("prove", f"P={name}", directory=tree, check=False,
                        limit=LIMIT)
    assert status != 0 and "does not hold:" in said, said


def test_without_cbmc(tmp_path):
    """It says so, and how to get it; that is no failure."""
    for folder in ("/usr/bin", "/bin"):
        for tool in Path(folder).iterdir():
            place = tmp_path / tool.name
            if not place.is_symlink() and not re.match(
                    r"cbmc|goto-", tool.name):
                place.symlink_to(tool)
    status, said = make("prove", PATH=str(tmp_path))
    assert status == 0 and MISSING in said, said


def test_harness_and_code_match():
    """Each proof is listed with its bound; what it is about, and what takes
    the place of what, is there."""
    for path in PATHS:
        text = path.read_text()
        assert [p.name for p in proofs_of(path)] == FUNCTION.findall(text)
        sources = [ROOT / "kernel" / name for name in
                   re.findall(r'^#include "(\w+/\w+\.c)"$', text, re.M)]
        assert sources
        code = "".join(source.read_text() for source in sources)
        wanted = {old for proof in proofs_of(path)
                  for old, _ in proof.instead}
        for name in wanted:
            assert re.search(rf"\b{name}\(", code), f"{path.name}: {name}"
