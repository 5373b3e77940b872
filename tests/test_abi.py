"""Programs in the styles of 2020 and 2025, built against the written
interface alone, run here without a change."""

import re
import shutil
import subprocess
import time

import pytest

from lib.build import CLANG, NORMAL, ROOT
from lib.disk import ROOT as ROOT_INODE
from lib.disk import Disk
from lib.machine import LIMIT, Machine


def make_image(build, path):
    """The build's programs, and the foreign ones."""
    build.ready().make("abi-programs")
    folder = build.program("sh").parent
    programs = [*folder.glob("_*"), *(folder.parent / "abi").glob("_*")]
    subprocess.run([build.mkfs, path, ROOT / "README", *sorted(programs)],
                   check=True, timeout=60)
    return path


def checks(program):
    """What it says OK of, by its source."""
    sources = (ROOT / "tests" / "abi" / f"{name}.c"
               for name in ("common", program))
    return {check for source in sources
            for check in re.findall(r'passed\("(.*)"\)', source.read_text())}


@pytest.mark.parametrize("build", [NORMAL, CLANG], ids=lambda b: b.name)
def test_programs(build, tmp_path, cases):
    image = make_image(build, tmp_path / "fs.img")
    with Machine(build, image=image) as machine:
        machine.boot()
        for program in ("abi2020", "abi2025"):
            # Between the lines the kernel tells of faults made on purpose.
            text = machine.run(program)
            said = re.findall(rf"^{program}: (.*): OK$", text, re.M)
            for check in sorted(checks(program)):
                cases.report(f"{program}: {check}", check in said, text)
        machine.poweroff()


def is_lasting(image, name):
    """Whether the next boot will find this file in the root directory."""
    disk = Disk(image)
    _, _, size, addresses = disk.inode(ROOT_INODE)
    return disk.log_length() > 0 or name in (
        found for _, found in disk.entries(size, addresses))


def counted_by_stats(machine):
    """What a second stats adds to (copyin, copyinstr): what the first printed,
    a byte a copy, a prompt of two bytes and the slots of stats' argv; and its
    path, its argument and its file."""
    first, second = (re.fullmatch(r"copyin: (\d+)\ncopyinstr: (\d+)\n",
                                  machine.run("stats")) for _ in range(2))
    added = tuple(int(second[i]) - int(first[i]) for i in (1, 2))
    assert added == (len(first[0]) + 4, 3)
    return added


def test_count_of_2020(tmp_path):
    """That year's script, on a disk that has been booted before."""
    NORMAL.ready().make("abi-programs")
    foreign = NORMAL.program("sh").parent.parent / "abi" / "_count2020"
    names = [tmp_path / name for name in ("init", "sh", "stats")]
    for name in names:
        shutil.copy(foreign, name)
    image = tmp_path / "fs.img"
    subprocess.run([NORMAL.mkfs, image, *names], check=True, timeout=60)
    with Machine(image=image, cpus=1) as machine:
        machine.boot()
        end = time.monotonic() + LIMIT
        counted_by_stats(machine)
        while not is_lasting(image, "statistics"):
            assert time.monotonic() < end, "the devices are not written"
    with Machine(image=image, cpus=1) as machine:
        machine.boot()
        assert counted_by_stats(machine) == (28, 3)
