"""fsck as a command: what it says, what it writes, and its exit status. The
rules one by one are tested by mkfs/check_test.c."""

import os
import random
import struct
import subprocess

import pytest

from lib.build import NORMAL
from lib.disk import BLOCK, Disk
from lib.images import make_image, make_sparse, write_at
from lib.machine import Machine

CLEAN, MENDED, FAULTY, FAILED, USAGE = 0, 1, 4, 8, 16
LOGSTART = 2


def fsck(*arguments, answer=""):
    return subprocess.run([NORMAL.fsck, *map(str, arguments)], input=answer,
                          capture_output=True, text=True, timeout=60,
                          errors="replace", check=False)


@pytest.fixture
def image(tmp_path):
    return make_image(tmp_path / "fs.img")


def free_root(path):
    """A fault: the root's bit in the bitmap is clear."""
    disk = Disk(path)
    write_at(path, disk.bmapstart * BLOCK, bytes(BLOCK))


def state(path):
    return path.read_bytes()


def test_clean(image):
    before = state(image)
    for option in ("-n", "-y"):
        result = fsck(option, image)
        assert result.returncode == CLEAN
        assert result.stdout == f"fsck: {image}: clean\n"
    assert fsck(image).returncode == CLEAN
    assert state(image) == before


def test_the_image_that_is_built():
    assert fsck("-n", NORMAL.image).returncode == CLEAN


@pytest.mark.parametrize("log", [10, 29, 30])
def test_generations(tmp_path, log):
    assert fsck("-n", make_image(tmp_path / "i", log=log)).returncode == CLEAN


def test_look_writes_nothing(image):
    free_root(image)
    before = state(image)
    result = fsck("-n", image)
    assert result.returncode == FAULTY
    assert "in use and marked as free" in result.stdout
    assert "none mended" in result.stdout
    assert state(image) == before


def test_mend(image):
    good = state(image)
    free_root(image)
    result = fsck("-y", image)
    assert result.returncode == MENDED
    assert "mended" in result.stdout
    assert state(image) == good
    assert fsck("-n", image).returncode == CLEAN


@pytest.mark.parametrize("answer, status", [
    ("y\n", MENDED), ("Y", MENDED), ("n\n", FAULTY), ("\n", FAULTY),
    ("", FAULTY)])
def test_ask(image, answer, status):
    free_root(image)
    result = fsck(image, answer=answer)
    assert "mend what can be mended?" in result.stdout
    assert result.returncode == status
    assert fsck("-n", image).returncode == (
        CLEAN if status == MENDED else FAULTY)


def test_pending_log(image):
    """Replayed as the kernel would, and no fault."""
    disk = Disk(image)
    home = disk.inodestart
    write_at(image, (LOGSTART + 1) * BLOCK, disk.block(home))
    write_at(image, home * BLOCK, b"\xff" * BLOCK)
    write_at(image, LOGSTART * BLOCK, struct.pack("<ii", 1, home))
    before = state(image)
    result = fsck("-n", image)
    assert "the log holds 1 blocks" in result.stdout
    assert result.returncode == CLEAN and state(image) == before
    assert fsck("-y", image).returncode == CLEAN
    assert Disk(image).log_length() == 0
    assert Disk(image).faults() == []


def test_missing_end(image):
    good = state(image)
    os.truncate(image, 400 * BLOCK + 100)
    result = fsck("-n", image)
    assert "the image has 400 blocks and its superblock says 500" in (
        result.stdout)
    assert result.returncode == FAULTY
    assert image.stat().st_size == 400 * BLOCK + 100
    assert fsck("-y", image).returncode == MENDED
    assert state(image) == good


@pytest.mark.slow
def test_large_sparse_image(tmp_path):
    path = make_sparse(tmp_path / "fs.img", 4 * 1024 * 1024)
    assert fsck("-n", path).returncode == CLEAN
    free_root(path)
    assert fsck("-y", path).returncode == MENDED
    assert fsck("-n", path).returncode == CLEAN
    assert path.stat().st_blocks * 512 < 64 * 1024 * 1024


def test_not_a_file_system(tmp_path):
    path = tmp_path / "image"
    for content in (b"", b"short", bytes(BLOCK), os.urandom(9 * BLOCK)):
        path.write_bytes(content)
        for option in ("-n", "-y"):
            result = fsck(option, path)
            assert result.returncode == FAULTY
            assert "superblock" in result.stdout
        assert path.read_bytes() == content


def test_files_that_cannot_be_used(tmp_path, image):
    assert fsck("-n", tmp_path / "missing").returncode == FAILED
    assert "No such file" in fsck("-y", tmp_path / "missing").stderr
    assert fsck("-n", tmp_path).returncode == FAILED
    assert fsck("-y", tmp_path).returncode == FAILED
    image.chmod(0o444)
    assert fsck("-n", image).returncode == CLEAN
    if os.geteuid() != 0:
        assert fsck("-y", image).returncode == FAILED


@pytest.mark.parametrize("arguments", [
    [], ["-n"], ["-x", "image"], ["-n", "-y", "image"], ["a", "b"], ["-"]])
def test_usage(arguments):
    result = fsck(*arguments)
    assert result.returncode == USAGE
    assert "usage: fsck" in result.stderr


def test_random_images(tmp_path):
    """Rubbish behind a superblock that is right."""
    path = make_image(tmp_path / "fs.img")
    good = bytearray(state(path))
    for seed in range(20):
        rubbish = bytearray(random.Random(seed).randbytes(len(good)))
        rubbish[:2 * BLOCK] = good[:2 * BLOCK]
        path.write_bytes(rubbish)
        assert fsck("-n", path).returncode == FAULTY
        status = fsck("-y", path).returncode
        assert status in (MENDED, FAULTY)
        if status == MENDED:
            assert fsck("-n", path).returncode == CLEAN


def test_mended_image_boots(tmp_path):
    path = tmp_path / "fs.img"
    path.write_bytes(NORMAL.image.read_bytes())
    disk = Disk(path)
    root = disk.inode(1)[3][0]
    names = [name for _, name in disk.entries(*disk.inode(1)[2:])]
    at = names.index("echo")
    write_at(path, root * BLOCK + 16 * at, bytes(16))
    assert "lost+found" in fsck("-y", path).stdout
    with Machine(image=path) as machine:
        machine.boot()
        listing = machine.run("ls lost+found")
        number = listing.split("#")[1].split()[0]
        assert machine.run(f"lost+found/#{number} found") == "found\n"
        machine.poweroff()
    assert fsck("-n", path).returncode == CLEAN
