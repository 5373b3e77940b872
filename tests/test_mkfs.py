"""mkfs: what it writes, and what it refuses."""

import os
import pathlib
import struct
import subprocess

import pytest

TREE = pathlib.Path(__file__).resolve().parent.parent
MKFS = os.environ.get("MKFS", str(TREE / "mkfs" / "mkfs"))

BSIZE = 1024
MAXFILE = 268
SUPERBLOCK = ("magic", "size", "nblocks", "ninodes", "nlog", "logstart",
              "inodestart", "bmapstart")


class Image:
    """A disk image, read by the format's definition alone."""

    def __init__(self, path):
        self.bytes = path.read_bytes()
        self.super = dict(zip(SUPERBLOCK,
                              struct.unpack_from("<8I", self.bytes, BSIZE)))

    def inode(self, inum):
        """type, nlink, size and block numbers."""
        at = self.super["inodestart"] * BSIZE + inum * 64
        kind, _, _, nlink, size, *addrs = struct.unpack_from(
            "<4hI13I", self.bytes, at)
        return kind, nlink, size, addrs

    def block(self, number):
        return self.bytes[number * BSIZE:(number + 1) * BSIZE]

    def content(self, inum):
        _, _, size, addrs = self.inode(inum)
        numbers = addrs[:12]
        if addrs[12]:
            numbers += struct.unpack("<256I", self.block(addrs[12]))
        return b"".join(self.block(n) for n in numbers if n)[:size]

    def names(self):
        """Name to inode number of the root's entries."""
        found = {}
        for inum, name in struct.iter_unpack("<H14s", self.content(1)):
            if inum:
                found[name.rstrip(b"\0").decode()] = inum
        return found


def mkfs(*arguments, image):
    return subprocess.run([MKFS, str(image), *map(str, arguments)],
                          capture_output=True, text=True, timeout=60)


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
    image = Image(target)
    parts = image.super
    assert len(image.bytes) == 2000 * BSIZE
    assert parts["magic"] == 0x10203040
    assert parts["size"] == 2000
    assert parts["ninodes"] == 200
    assert parts["nlog"] == 31
    assert (2 <= parts["logstart"] < parts["logstart"] + parts["nlog"]
            <= parts["inodestart"] < parts["bmapstart"])
    assert image.names() == {".": 1, "..": 1}
    kind, nlink, size, _ = image.inode(1)
    assert (kind, nlink, size) == (1, 1, 32)


def test_files(tmp_path, target):
    small = write(tmp_path / "_small", b"hello\n")
    large = write(tmp_path / "large", os.urandom(MAXFILE * BSIZE))
    empty = write(tmp_path / "12345678901234", b"")
    assert mkfs(small, large, empty, image=target).returncode == 0
    image = Image(target)
    names = image.names()
    assert sorted(names) == [".", "..", "12345678901234", "large", "small"]
    for name, path in (("small", small), ("large", large), (empty.name, empty)):
        assert image.inode(names[name])[0:2] == (2, 1)
        assert image.content(names[name]) == path.read_bytes()


def test_bitmap(tmp_path, target):
    path = write(tmp_path / "file", bytes(20 * BSIZE))
    assert mkfs("-s", 9000, path, image=target).returncode == 0
    image = Image(target)
    start = image.super["bmapstart"] * BSIZE
    used = [image.bytes[start + b // 8] >> b % 8 & 1 for b in range(9000)]
    first_data = 9000 - image.super["nblocks"]
    # The root, the file, and the file's indirect block.
    assert used == [1] * (first_data + 22) + [0] * (9000 - first_data - 22)


def test_options(target):
    assert mkfs("-l", 29, "-s", 500, "-i", 33, image=target).returncode == 0
    image = Image(target)
    assert image.super["nlog"] == 30
    assert image.super["size"] == 500
    assert image.super["ninodes"] == 33
    assert len(image.bytes) == 500 * BSIZE


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
    path = write(tmp_path / "large", bytes(MAXFILE * BSIZE + 1))
    refused(mkfs(path, image=target), target, str(path), "too large")


def test_same_name(tmp_path, target):
    one, other = write(tmp_path / "a", b"1"), write(tmp_path / "_a", b"2")
    refused(mkfs(one, other, image=target), target, str(other), "already")


def test_small_disk(tmp_path, target):
    path = write(tmp_path / "file", bytes(100 * BSIZE))
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


def test_no_arguments():
    result = subprocess.run([MKFS], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert "usage" in result.stderr


def test_old_image_stays(tmp_path, target):
    target.write_text("old")
    assert mkfs(tmp_path / "missing", image=target).returncode == 1
    assert target.read_text() == "old"
    assert mkfs(image=target).returncode == 0
    assert len(target.read_bytes()) == 2000 * BSIZE


def test_unwritable_place(tmp_path):
    result = mkfs(image=tmp_path / "none" / "fs.img")
    assert result.returncode == 1
    assert "No such file" in result.stderr
