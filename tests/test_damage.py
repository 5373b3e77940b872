"""Systems on disks that nobody should have, and on ones that others made:
they are used, or refused with a message. Many more damaged disks are tried by
kernel/fs/damage_test.c."""

import os
import subprocess

import pytest

from lib.build import DEBUG, NORMAL
from lib.damage import damage
from lib.disk import BLOCK, Disk
from lib.images import make_sparse, write_at, write_super
from lib.machine import Machine, MachineError

LIMIT = 10  # seconds, after which a system must at least answer to ^P
COMMANDS = ("ls", "wc README", "echo words > file", "mkdir d", "ln file d/l",
            "rm file", "cat d/l", "ls d", "rm d/l", "rm d", "echo more > e",
            "grep sync README", "sync", "poweroff")
REFUSALS = ("cannot mount: ", "cannot run /init", "init has ended")
CONTROL_P = "\x10"


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "fs.img"
    path.write_bytes(NORMAL.image.read_bytes())
    return path


def run(build, image):
    """Boot, type the commands, and wait for the end. Gives what the console
    showed, and whether the system has ended by itself."""
    with Machine(build, image=image) as machine:
        machine.type("\n".join(COMMANDS) + "\n")
        try:
            machine.wait(LIMIT)
            return machine.console(), True
        except MachineError:
            # A program that is damaged may do anything, but not the kernel.
            machine.type(CONTROL_P)
            machine.expect(r"\d+ +\S+ +\S+", LIMIT)
            return machine.console(), False


def fsck(option, image):
    return subprocess.run([NORMAL.fsck, option, image], timeout=60,
                          capture_output=True, check=False).returncode


def survives(image, build, seed):
    damage(image, seed)
    console, ended = run(build, image)
    assert "panic:" not in console, f"seed {seed}:\n{console[-3000:]}"
    assert fsck("-n", image) in (0, 4)
    mended = fsck("-y", image)
    assert mended in (0, 1, 4), f"seed {seed}"
    if mended != 4:
        assert fsck("-n", image) == 0, f"seed {seed}"
    return ended


@pytest.mark.parametrize("seed", range(1000, 1008))
def test_damaged(image, seed, tried):
    survives(image, NORMAL, seed)
    tried("damaged disks booted")


@pytest.mark.slow
@pytest.mark.parametrize("build", [NORMAL, DEBUG], ids=lambda b: b.name)
@pytest.mark.parametrize("part", range(10))
def test_many_damaged(image, build, part, tried):
    good = image.read_bytes()
    ends = 0
    for seed in range(10 * part, 10 * part + 10):
        image.write_bytes(good)
        ends += survives(image, build, seed)
        tried("damaged disks booted")
    assert ends >= 5


def refused(image, message):
    """A mount is refused with these words, and nothing has changed."""
    before = image.read_bytes()
    with Machine(image=image) as machine:
        machine.expect("cannot mount: " + message)
        assert machine.wait() == 1
    assert image.read_bytes() == before


def test_short_image(image):
    """The superblock says more than there is."""
    os.truncate(image, 1500 * BLOCK)
    refused(image, "the file system is larger than the disk")


@pytest.mark.parametrize("content, reason", [
    (b"", "the disk is too small for a file system"),
    (bytes(2 * BLOCK - 512), "the disk is too small for a file system"),
    (bytes(64 * BLOCK), "there is no file system on it"),
    (b"\xff" * 64 * BLOCK, "there is no file system on it")],
    ids=["empty", "short", "0", "1"])
def test_no_file_system(image, content, reason):
    image.write_bytes(content)
    refused(image, reason)


def test_damaged_log_header(image):
    write_at(image, Disk(image).logstart * BLOCK, b"\xff" * 8)
    refused(image, "the log's header is damaged")


def use_all(machine):
    """A file system that is sound takes all that one does."""
    machine.boot()
    machine.run("echo words > file")
    machine.run("mkdir d")
    machine.run("ln file d/link")
    machine.run("rm file")
    assert machine.run("cat d/link") == "words\n"
    assert "words" in machine.run("grep words d/link")
    machine.poweroff()


@pytest.mark.parametrize("log, inodes, size, extra", [
    (29, 200, 1000, 0), (10, 63, 3000, 0), (30, 4096, 20000, 5)])
def test_foreign_image(tmp_path, log, inodes, size, extra):
    """Other sizes of all parts, and parts that do not follow each other at
    once: the log is smaller than its place, an inode block is spare."""
    path = tmp_path / "fs.img"
    programs = [NORMAL.program(name) for name in (
        "init", "sh", "cat", "echo", "grep", "ln", "mkdir", "rm", "poweroff")]
    subprocess.run([NORMAL.mkfs, path, "-l", str(log), "-i", str(inodes),
                    "-s", str(size), *programs], check=True, timeout=60)
    disk = Disk(path)
    write_super(path, nlog=disk.nlog - extra,
                ninodes=disk.ninodes - 16 * (extra > 0))
    with Machine(image=path) as machine:
        use_all(machine)
    assert fsck("-n", path) == 0


@pytest.mark.slow
def test_image_of_4_gib(tmp_path):
    """The last of its blocks are beyond what 32 bits of bytes reach."""
    path = make_sparse(tmp_path / "fs.img", 4 * 1024 * 1024 + 100,
                       NORMAL.image)
    disk = Disk(path)
    end = (disk.bmapstart + 500) * BLOCK  # all but the last groups are in use
    write_at(path, disk.bmapstart * BLOCK, b"\xff" * (end - disk.bmapstart * BLOCK))
    with Machine(image=path) as machine:
        use_all(machine)
    disk = Disk(path)
    root = dict((name, number) for number, name in disk.entries(
        *disk.inode(1)[2:]))
    assert disk.inode(root["d"])[3][0] >= 500 * 8 * BLOCK
