"""mkfs: what it writes, and what it refuses."""

import os
import subprocess

import pytest

from lib.build import NORMAL
from lib.disk import BLOCK, MAGIC, ROOT, Disk

MAXFILE = 268


def mkfs(*arguments, image=None):
    words = ([image] if image else []) + list(arguments)
    return subprocess.run([NORMAL.mkfs, *map(str, words)],
                          capture_output=True, text=True, timeout=60)


def names(disk):
    """Name to inode number of the root's entries."""
    _, _, size, addresses = disk.inode(ROOT)
    return {name: number for number, name in disk.entries(size, addresses)}


@pytest.fixture
def target(tmp_path):
    return tmp_path / "fs.img"


def write(path, content):
    path.write_bytes(content)
    return path


def refused(result, target, *words):
    """Exit status 1, these words on stderr, and no file left."""
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("mkfs: ")
    for word in words:
        assert word in result.stderr
    assert not target.exists()
    assert not list(target.parent.glob("*.tmp"))


def test_defaults(target):
    assert mkfs(image=target).returncode == 0
    disk = Disk(target)
    assert target.stat().st_size == 2000 * BLOCK
    assert (disk.magic, disk.size) == (MAGIC, 2000)
    assert (disk.ninodes, disk.nlog) == (200, 31)
    assert (2 <= disk.logstart < disk.logstart + disk.nlog
            <= disk.inodestart < disk.bmapstart)
    assert names(disk) == {".": ROOT, "..": ROOT}
    assert disk.inode(ROOT)[:3] == (1, 1, 32)
    assert disk.faults() == []


def test_files(tmp_path, target):
    small = write(tmp_path / "_small", b"hello\n")
    large = write(tmp_path / "large", os.urandom(MAXFILE * BLOCK))
    empty = write(tmp_path / "12345678901234", b"")
    assert mkfs(small, large, empty, image=target).returncode == 0
    disk = Disk(target)
    found = names(disk)
    assert sorted(found) == [".", "..", "12345678901234", "large", "small"]
    for name, path in (("small", small), ("large", large), (empty.name, empty)):
        assert disk.inode(found[name])[:2] == (2, 1)
        assert disk.content(found[name]) == path.read_bytes()
    assert disk.faults() == []


def test_bitmap(tmp_path, target):
    path = write(tmp_path / "file", bytes(20 * BLOCK))
    assert mkfs("-s", 9000, path, image=target).returncode == 0
    disk = Disk(target)
    first_data = 9000 - disk.nblocks
    # The root, the file, and the file's indirect block.
    assert [disk.in_use(block) for block in range(9000)] == (
        [True] * (first_data + 22) + [False] * (9000 - first_data - 22))


def test_options(target):
    assert mkfs("-l", 29, "-s", 500, "-i", 33, image=target).returncode == 0
    disk = Disk(target)
    assert (disk.nlog, disk.size, disk.ninodes) == (30, 500, 33)
    assert target.stat().st_size == 500 * BLOCK


def test_missing_file(tmp_path, target):
    missing = tmp_path / "missing"
    refused(mkfs(missing, image=target), target, str(missing), "No such file")


def test_directory(tmp_path, target):
    refused(mkfs(tmp_path, image=target), target, str(tmp_path))


def test_long_name(tmp_path, target):
    path = write(tmp_path / "123456789012345", b"")
    refused(mkfs(path, image=target), target, path.name, "longer than 14")


def test_long_name_with_underscore_fits(tmp_path, target):
    path = write(tmp_path / "_12345678901234", b"")
    assert mkfs(path, image=target).returncode == 0


def test_large_file(tmp_path, target):
    path = write(tmp_path / "large", bytes(MAXFILE * BLOCK + 1))
    refused(mkfs(path, image=target), target, str(path), "too large")


def test_same_name(tmp_path, target):
    one, other = write(tmp_path / "a", b"1"), write(tmp_path / "_a", b"2")
    refused(mkfs(one, other, image=target), target, str(other), "already")


def test_small_disk(tmp_path, target):
    path = write(tmp_path / "file", bytes(100 * BLOCK))
    refused(mkfs("-s", 20, image=target), target, "too small")
    refused(mkfs("-s", 100, path, image=target), target, "too small")
    refused(mkfs("-s", 0, image=target), target, "too small")


def test_too_few_inodes(tmp_path, target):
    paths = [write(tmp_path / name, b"") for name in "abc"]
    assert mkfs("-i", 5, *paths, image=target).returncode == 0
    target.unlink()
    refused(mkfs("-i", 4, *paths, image=target), target, "inodes")


@pytest.mark.parametrize("arguments", [
    ["-s"], ["-s", "x"], ["-s", "12x"], ["-s", "-5"], ["-s", ""],
    ["-s", "99999999999"], ["-x", "1"], ["-l", "9"], ["-l", "31"],
    ["-i", "1"], ["-i", "70000"],
])
def test_bad_options(target, arguments):
    refused(mkfs(*arguments, image=target), target)


def test_option_for_an_image(tmp_path):
    result = subprocess.run([NORMAL.mkfs.resolve(), "-s", "100"],
                            cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode != 0 and "usage:" in result.stderr
    assert not list(tmp_path.iterdir())


def test_no_arguments():
    result = mkfs()
    assert result.returncode == 1
    assert "usage" in result.stderr


def test_old_image_stays(tmp_path, target):
    target.write_text("old")
    assert mkfs(tmp_path / "missing", image=target).returncode == 1
    assert target.read_text() == "old"
    assert mkfs(image=target).returncode == 0
    assert target.stat().st_size == 2000 * BLOCK


def test_unwritable_place(tmp_path):
    result = mkfs(image=tmp_path / "none" / "fs.img")
    assert result.returncode == 1
    assert "No such file" in result.stderr
