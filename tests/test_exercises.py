"""A kernel in which exercises are not solved boots, and says what is missing:
without private tables processes run on the global one, and copies walk."""

import shutil
import subprocess

import pytest

from lib.build import ROOT, Build
from lib.machine import Machine

UNSOLVED = {
    "vmprint": """
int vmprint(pagetable_t table) { (void)table; return -1; }
int vmprint_addresses(pagetable_t table) { (void)table; return -1; }
""",
    "kpagetable": """
int kpagetable_create(pagetable_t user_low, pagetable_t *root)
{ (void)user_low, (void)root; return -1; }
int kpagetable_free(pagetable_t root) { (void)root; return -1; }
int kpagetable_set_slot(pagetable_t user_low, pagetable_t root, int slot,
                        pte_t word)
{ (void)user_low, (void)root, (void)slot, (void)word; return -1; }
pagetable_t kpagetable_low(pagetable_t root) { (void)root; return NULL; }
""",
    "copy_new": """
int copyin_new(void *dst, uint64 srcva, uint64 nbytes)
{ (void)dst, (void)srcva, (void)nbytes; return -1; }
int copyinstr_new(char *dst, uint64 srcva, uint64 max, uint64 *nbytes)
{ (void)dst, (void)srcva, (void)max, (void)nbytes; return -1; }
int copyout_new(uint64 dstva, const void *src, uint64 nbytes)
{ (void)dstva, (void)src, (void)nbytes; return -1; }
""",
}


class UnsolvedBuild(Build):
    """A copy of the tree with some exercise files emptied."""

    def __init__(self, folder, exercises):
        super().__init__("-".join(["without", *exercises]))
        self._tree = folder
        self.folder = folder / "out"
        self.variables = (f"O={self.folder}", "DEBUG=1")
        names = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
            check=True, capture_output=True, text=True).stdout.splitlines()
        for name in names:
            if (ROOT / name).is_file():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target)
        for name in exercises:
            (folder / "kernel" / "mm" / f"{name}.c").write_text(
                f'#include "mm/{name}.h"\n{UNSOLVED[name]}')

    def make(self, *goals, **options):
        return super().make(*goals, directory=self._tree, **options)


@pytest.mark.parametrize("exercises, message", [
    (["vmprint", "kpagetable", "copy_new"], "no private kernel tables"),
    (["copy_new"], "direct copies do not work"),
    (["vmprint"], None),
])
def test_boots_without(tmp_path, exercises, message):
    build = UnsolvedBuild(tmp_path, exercises)
    with Machine(build) as machine:
        text = machine.boot()
        assert message is None or message in text
        assert ("page table 0x" in text) == ("vmprint" not in exercises)
        assert machine.run("echo hello | cat").strip() == "hello"
        counters = dict(line.split(": ") for line in
                        machine.run("stats").splitlines() if ": " in line)
        walks = "copy_new" in exercises
        assert (int(counters["copyin"]) == 0) == walks
        assert (int(counters["copyin_walk"]) == 0) == (not walks)
        assert "test copyin: OK" in machine.run("usertests copyin")
        machine.poweroff()
