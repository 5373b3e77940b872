"""Machines that the kernel cannot run on: within a second it says why, and
QEMU ends with a failure."""

import subprocess
import time

import pytest

from lib.build import NORMAL
from lib.machine import known_cpu
from lib.reset import options, poke

WITHIN = 1.0  # seconds from QEMU's start to its end
ATTEMPTS = 5  # of which one must be so fast: others may use this machine
HANGS = 20  # seconds

FIRMWARE = ("none", "sbi")


def refusal(bios, extra):
    """Run the machine to its end; gives what it said and how long it took."""
    command = NORMAL.qemu_command(bios) + ["-snapshot", *extra]
    start = time.monotonic()
    done = subprocess.run(command, text=True, timeout=HANGS, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    seconds = time.monotonic() - start
    assert done.returncode == 1, done.stdout
    return done.stdout, seconds


def check(bios, extra, reason):
    times = []
    while not times or (min(times) > WITHIN and len(times) < ATTEMPTS):
        said, seconds = refusal(bios, extra)
        times.append(seconds)
        assert said.splitlines()[-1] == f"xv6 cannot run on this machine: {reason}"
    assert min(times) <= WITHIN, f"it took {min(times):.2f} s"


@pytest.mark.parametrize("bios", FIRMWARE)
def test_no_disk(bios, monkeypatch):
    command = NORMAL.qemu_command(bios)
    at = command.index("-device")
    monkeypatch.setattr(NORMAL, "qemu_command",
                        lambda _: command[:at] + command[at + 2:])
    check(bios, [], "no disk (virtio-blk-device)")


# With less, QEMU has no room for the kernel and says so itself.
@pytest.mark.parametrize("mib, bios", [(4, "none"), (31, "none"), (16, "sbi"),
                                       (31, "sbi")])
def test_little_memory(mib, bios):
    check(bios, ["-m", f"{mib}M"], f"it has {mib} MiB of RAM, 32 are needed")


@pytest.mark.parametrize("bios", FIRMWARE)
def test_no_page_tables(bios):
    check(bios, ["-cpu", "rv64,mmu=false"], "it has no Sv39 page tables")


# OpenSBI asks for these itself.
@pytest.mark.parametrize("lacking, named", [
    ("m=false", "M"), ("a=false", "A"), ("c=false", "C"),
    ("h=false,s=false", "S"), ("Zifencei=false", "Zifencei")])
def test_extension(lacking, named):
    model = known_cpu(f"rv64,{lacking}", f"rv64,{lacking},zawrs=false")
    check("none", ["-cpu", model], f"its harts lack extension {named}")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The machine's device tree, as QEMU makes it."""
    path = tmp_path_factory.mktemp("tree") / "tree"
    subprocess.run([*NORMAL.qemu_command(), "-machine", f"dumpdtb={path}"],
                   stdin=subprocess.DEVNULL, capture_output=True, timeout=HANGS,
                   check=True)
    return path


# What fdtput does to the tree, and what is wrong with it then.
BAD_TREES = {
    "no memory": (
        ["-r TREE /memory@80000000"],
        "bad device tree: no memory node for the kernel's address"),
    "memory elsewhere": (
        ["-t x TREE /memory@80000000 reg 0 90000000 0 8000000"],
        "bad device tree: no memory node for the kernel's address"),
    "half of a range": (
        ["-t x TREE /memory@80000000 reg 0 80000000 0"],
        "bad device tree: bad reg of a memory node"),
    "a range that wraps": (
        ["-t x TREE /memory@80000000 reg 0 80000000 ffffffff ffffffff"],
        "bad device tree: bad reg of a memory node"),
    "no harts": (["-r TREE /cpus"], "bad device tree: no usable hart"),
    "harts switched off": (
        [f"-t s TREE /cpus/cpu@{hart} status disabled" for hart in range(3)],
        "bad device tree: no usable hart"),
    "no clock": (["-d TREE /cpus timebase-frequency"],
                 "bad device tree: no timebase-frequency"),
    "half of a clock": (["-t bx TREE /cpus timebase-frequency 1 2"],
                        "bad device tree: bad timebase-frequency"),
    "a slow clock": (["-t u TREE /cpus timebase-frequency 999"],
                     "its clock counts 999 times a second, 1000 are needed"),
}


@pytest.mark.parametrize("case", BAD_TREES)
def test_device_tree(case, tree, tmp_path):
    """OpenSBI reads it, too, and has its own opinion; so this is bare."""
    changes, reason = BAD_TREES[case]
    changed = tmp_path / "changed"
    changed.write_bytes(tree.read_bytes())
    for change in changes:
        words = [changed if word == "TREE" else word
                 for word in change.split()]
        subprocess.run(["fdtput", *words], check=True, timeout=HANGS)
    check("none", ["-dtb", str(changed)], reason)


# Words of the tree's header (Devicetree Specification 0.4, Header).
@pytest.mark.parametrize("offset, word, reason", [
    (0, 0, "bad magic number"),
    (4, 0xFFFFFFFF, "larger than it may be"),
    (4, 0, "smaller than its header"),
    (8, 0xFFFFFFF8, "a part lies outside"),
    (12, 0x7FFFFFFF, "a part lies outside"),
    (16, 0xFFFFFFFF, "a part lies outside"),
    (20, 16, "unknown version")])
def test_damaged_tree(offset, word, reason, tmp_path):
    """Damaged in memory: QEMU hands over no such tree."""
    extra = options(poke(offset, word), tmp_path / "code", 3)
    check("none", extra, f"bad device tree: {reason}")
