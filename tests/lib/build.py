"""Builds of the tree in folders of their own, below build/test/."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "conf"))
from labgrade.gnumake import make_command  # noqa: E402

# What a person may have set for their own builds must not reach ours.
PRIVATE = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "O", "V", "T",
           "DEBUG", "LATENCY", "OPT", "STRICT", "CPUS", "MEM", "CC",
           "QEMUEXTRA", "GDBPORT", "BIOS", "UNSOLVED"}


def clean_environment():
    return {name: value for name, value in os.environ.items()
            if name not in PRIVATE}


def make(*arguments, directory=ROOT, check=True, limit=600, **variables):
    """Run make, with these variables in its environment, and give (exit
    status, all that it printed)."""
    done = subprocess.run(
        [make_command(), "--no-print-directory", *arguments], cwd=directory,
        env=clean_environment() | variables, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=limit, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"make {' '.join(arguments)} gave "
                             f"{done.returncode}:\n{done.stdout[-6000:]}")
    return done.returncode, done.stdout


def command_folders():
    """Those of PATH that there are, and that may be looked into."""
    return [folder for folder in os.environ["PATH"].split(":")
            if os.access(folder, os.R_OK | os.X_OK)]


def copy_tree(folder):
    """Copy what git has, or would have, of the tree."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
        check=True, capture_output=True, text=True).stdout.splitlines()
    for name in names:
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


class Build:
    """A mode of the tree: its make variables, and what make left. Here a
    warning is an error."""

    def __init__(self, name, *variables):
        self.name = name
        self.folder = ROOT / "build" / "test" / name
        self.variables = (f"O={self.folder.relative_to(ROOT)}", "STRICT=1",
                          *variables)
        self._output = None
        self._test_image = None
        self._commands = {}

    def make(self, *goals, **options):
        return make(*self.variables, *goals, **options)

    def ready(self):
        """Build it, once, and give itself."""
        if self._output is None:
            self._output = self.make("-j2", "all")[1]
        return self

    @property
    def output(self):
        """What make said while it built."""
        return self.ready()._output

    @property
    def kernel(self):
        return self.ready().folder / "kernel" / "kernel"

    @property
    def image(self):
        return self.ready().folder / "fs.img"

    @property
    def test_image(self):
        """The image with the programs of tests/programs, too."""
        if self._test_image is None:
            self.make("-j2", "STRICT=1", "all", "test-image")
            self._test_image = next(self.folder.glob("*/tests/fs.img"))
        return self._test_image

    @property
    def mkfs(self):
        return self.ready().folder / "mkfs" / "mkfs"

    @property
    def fsck(self):
        return self.ready().folder / "mkfs" / "fsck"

    def host_tool(self, name):
        """A program of tests/host, built with sanitizers."""
        path = next(path for path in self.make(
            "-s", "print-host-tools")[1].split() if path.endswith("/" + name))
        self.make("-j2", path)
        return ROOT / path

    def program(self, name):
        """A user program as it is on the disk."""
        mode = next(self.ready().folder.glob("*/disk"))
        return mode / f"_{name}"

    def test_program(self, name):
        """One of tests/programs as it is on the disk."""
        return self.test_image.parent / "disk" / f"_{name}"

    def qemu_command(self, bios="none"):
        """The command that `make qemu` runs, as a list."""
        if bios not in self._commands:
            self.ready()
            self.make("-j2", f"BIOS={bios}", "all")
            printed = self.make("-n", f"BIOS={bios}", "qemu")[1]
            line = [part for part in printed.splitlines()
                    if re.search(r"-machine virt\b", part)][-1]
            self._commands[bios] = shlex.split(line)
        return list(self._commands[bios])


NORMAL = Build("normal")
DEBUG = Build("debug", "DEBUG=1")
LATENCY = Build("latency", "LATENCY=1")
CLANG = Build("clang", "CC=clang")
CLANG_DEBUG = Build("clang-debug", "CC=clang", "DEBUG=1")
