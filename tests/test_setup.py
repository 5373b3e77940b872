"""conf/setup, where nothing is missing and where nearly everything is."""

import shutil
import subprocess
import time

from lib.build import ROOT

# What any system with a shell has.
BASE = ["sh", "id", "mktemp", "rm", "grep", "env", "cat"]


def setup(path=None):
    environment = {"PATH": str(path)} if path else None
    return subprocess.run(
        [shutil.which("sh"), "conf/setup"], cwd=ROOT, env=environment,
        text=True, timeout=60, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def test_nothing_missing():
    start = time.monotonic()
    done = setup()
    assert (done.returncode, done.stdout) == (0, "")
    assert time.monotonic() - start < 10


def bare_system(folder):
    for name in BASE:
        (folder / name).symlink_to(shutil.which(name))
    return folder


def test_unknown_system(tmp_path):
    """It names what to install, and fails."""
    done = setup(bare_system(tmp_path))
    assert done.returncode != 0
    assert "by hand" in done.stdout
    for thing in ("GNU Make", "riscv64", "ASan", "clang", "libFuzzer", "lld",
                  "QEMU", "gdb"):
        assert thing in done.stdout, thing


def test_installs_what_is_missing(tmp_path):
    """With apt-get, it asks for the packages, in one go."""
    bare_system(tmp_path)
    log = tmp_path / "log"
    for name in ("apt-get", "apt-cache", "sudo"):
        tool = tmp_path / name
        ending = 'exec "$@"' if name == "sudo" else "exit 0"
        tool.write_text(f'#!/bin/sh\necho {name} "$@" >>{log}\n{ending}\n')
        tool.chmod(0o755)
    done = setup(tmp_path)
    # Nothing was really installed, and it sees that.
    assert done.returncode != 0
    assert "still missing" in done.stdout
    installs = [line for line in log.read_text().splitlines()
                if line.startswith("apt-get install")]
    assert len(installs) == 1
    for package in ("make", "gcc-riscv64-linux-gnu", "clang", "libclang-rt-dev",
                    "lld", "llvm", "clang-format", "gdb-multiarch",
                    "device-tree-compiler", "spin"):
        assert package in installs[0].split()
