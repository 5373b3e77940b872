"""Programs in the styles of 2020 and 2025, built against the written
interface alone, run here without a change."""

import re
import subprocess

import pytest

from lib.build import CLANG, NORMAL, ROOT
from lib.machine import Machine


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
