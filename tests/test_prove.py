"""The proofs of tests/prove, by the model checker cbmc: each holds, and a
fault that is put into the kernel is found (the line Proof of tests/mutants).
Where there is no cbmc, which Debian has from 13 on, that is skipped."""

import re
import subprocess
from pathlib import Path

import pytest

from lib.build import ROOT, copy_tree, make
from prove.__main__ import (FOLDER, FUNCTION, MISSING, loops_of, missing,
                            proofs_of)

PATHS = sorted(FOLDER.glob("*.c"))
FAULTS = [(patch, name) for patch in sorted((ROOT / "tests").glob(
    "mutants/*.patch"))
    for name in re.findall(r"^Proof: (\w+)$", patch.read_text(), re.M)]

# For each proof a fault that it finds: in this file, this text becomes that.
PLANTED = {
    "prove_copy": ("mm/copy_new.c", "va <= USER_VA_STOP && nbytes <= "
                   "USER_VA_STOP - va", "va + nbytes <= USER_VA_STOP"),
    "prove_aligned_string": ("mm/copy_new.c", "USER_VA_STOP - srcva",
                             "USER_VA_STOP"),
    "prove_other_string": ("mm/copy_new.c", "word | ((1UL << shift) - 1)",
                           "word"),
    "prove_super": ("fs/super.c", "(uint64)super.logstart + super.nlog",
                    "super.logstart + super.nlog"),
    "prove_log": ("fs/log.c", "home >= super.size", "home > super.size"),
    "prove_transfer": ("fs/log.c", "&stage.data[i]}", "&stage.data[0]}"),
    "prove_header": ("proc/elf.c", "header->nsegments * sizeof", "sizeof"),
    "prove_segment": ("proc/elf.c", "segment->va < *image_end ||", ""),
    "prove_load_image": ("proc/exec.c", "(&segment, image_end) < 0",
                         "(&segment, image_end) > 0"),
    "prove_load_segment": ("proc/exec.c",
                           "min_u64(PGSIZE, segment->file_bytes - skip)",
                           "PGSIZE"),
    "prove_fetch": ("sys/sysfile.c", "PGSIZE - used", "PGSIZE"),
    "prove_put": ("proc/exec.c", "nbytes > room", "nbytes > PGSIZE"),
    "prove_stack": ("proc/exec.c", "stack = guard + PGSIZE", "stack = guard"),
    "prove_next_name": ("fs/dir.c", "length < DIRSIZ", "length <= DIRSIZ"),
    "prove_cut": ("lib/fdt.c", "size > bytes->length", "size / 2 > "
                  "bytes->length"),
    "prove_string_size": ("lib/fdt.c", "uint64 size = 1;", "uint64 size = 2;"),
    "prove_next": ("lib/fdt.c",
                   "cut_padded(structure, place->value.length)",
                   "structure->at"),
    "prove_find_property": ("lib/fdt.c", "return (struct bytes){0};",
                            "return (struct bytes){.length = 8};"),
    "prove_cut_range": ("lib/fdt.c", " && *size <= ~0UL - *start", ""),
    "prove_structure": ("lib/fdt.c", "if (depth > 0 && depth < DEPTH)",
                        "if (depth > 0)"),
    "prove_reservations": ("lib/fdt.c", "nreserved == RESERVED_MAX",
                           "nreserved > RESERVED_MAX"),
    "prove_read": ("lib/fdt.c", "header.strings_size > start.strings.length",
                   "header.strings_size > header.size"),
}
LIMIT = 1800  # seconds

needs_cbmc = pytest.mark.skipif(bool(missing()), reason=MISSING)


@pytest.mark.slow
@needs_cbmc
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_holds(path, tried):
    status, said = make("prove", f"P={path.stem}", check=False, limit=LIMIT)
    assert status == 0, said
    tried("properties proved",
          sum(map(int, re.findall(r"(\d+) properties", said))))


def apply_patch(tree, patch):
    subprocess.run(["git", "apply", str(patch)], cwd=tree, check=True,
                   env={"PATH": "/usr/bin:/bin",
                        "GIT_CEILING_DIRECTORIES": str(tree.parent)})


def plant(tree, file, right, wrong):
    path = tree / "kernel" / file
    path.write_text(path.read_text().replace(right, wrong))


@pytest.mark.slow
@needs_cbmc
@pytest.mark.parametrize("name, put_in, fault", [
    *(pytest.param(name, apply_patch, [patch], id=f"{patch.stem}-{name}")
      for patch, name in FAULTS),
    *(pytest.param(name, plant, fault, id=name)
      for name, fault in PLANTED.items())])
def test_fault_is_found(tmp_path, name, put_in, fault):
    tree = tmp_path / "tree"
    copy_tree(tree)
    put_in(tree, *fault)
    status, said = make("prove", f"P={name}", directory=tree, check=False,
                        limit=LIMIT)
    assert status != 0 and "does not hold:" in said, said


def test_each_proof_has_a_fault():
    assert sorted(PLANTED) == sorted(
        proof.name for path in PATHS for proof in proofs_of(path))
    for file, right, _ in PLANTED.values():
        assert (ROOT / "kernel" / file).read_text().count(right) == 1, right


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
    """Each proof is listed with its bound; what it is about, what takes the
    place of what, and the loops of which it looks at any turn are there."""
    for path in PATHS:
        text = path.read_text()
        assert [p.name for p in proofs_of(path)] == FUNCTION.findall(text)
        sources = [ROOT / "kernel" / name for name in
                   re.findall(r'^#include "(\w+/\w+\.c)"$', text, re.M)]
        assert sources
        code = "".join(source.read_text() for source in sources)
        wanted = {old for proof in proofs_of(path)
                  for old, _ in proof.instead}
        for macro, name, condition in loops_of(path):
            assert condition in (ROOT / "kernel" / name).read_text()
            assert f"#define {macro}" in text
        for name in wanted:
            assert re.search(rf"\b{name}\(", code), f"{path.name}: {name}"
