"""Damage to disk images, where it hurts; what is hit follows from a seed."""

import random
import struct

from lib.disk import BLOCK, DIRECT, INODE, Disk

PLACES = 8
INODES_HIT = 40  # those in use on the image that is built
NAMES = (b"", b".", b"..", b"a/b", b"init", b"sh", b"\x1b[2J")


class Damage:
    """An image's bytes, and ways to spoil them."""

    def __init__(self, path, seed):
        self._path = path
        self._disk = Disk(path)
        self._data = bytearray(path.read_bytes())
        self._random = random.Random(seed)

    def do(self):
        """Hit one to eight places, and write the image back."""
        ways = (self._byte, self._bit, self._log, self._inode, self._number,
                self._entry, self._bitmap)
        for _ in range(self._random.randint(1, PLACES)):
            self._random.choice(ways)()
        if self._random.random() < 0.05:
            self._super()
        self._path.write_bytes(self._data)

    def _below(self, count):
        return self._random.randrange(count)

    def _bad_number(self):
        disk = self._disk
        return self._random.choice((
            0, 1, 2, disk.inodestart, disk.bmapstart, disk.size - 1, disk.size,
            disk.ninodes, 268 * BLOCK, 268 * BLOCK + 1, 0x7fff, 0x8000, 0xffff,
            0x7fffffff, 0x80000000, 0xffffffff, self._below(disk.size)))

    def _put(self, offset, layout, value):
        size = struct.calcsize(layout)
        value &= (1 << 8 * size) - 1
        self._data[offset:offset + size] = value.to_bytes(size, "little")

    def _metadata_offset(self):
        disk = self._disk
        return self._below((disk.size - disk.nblocks + 3) * BLOCK)

    def _byte(self):
        self._data[self._metadata_offset()] = self._below(256)

    def _bit(self):
        self._data[self._metadata_offset()] ^= 1 << self._below(8)

    def _super(self):
        self._put(BLOCK + 4 * self._below(8), "<I", self._bad_number())

    def _log(self):
        at = self._disk.logstart * BLOCK
        self._put(at, "<I", self._random.choice((1, 2, 30, self._bad_number())))
        for place in range(at + 4, at + 4 + 30 * 4, 4):
            self._put(place, "<I", self._below(self._disk.size))

    def _inode_offset(self):
        return (self._disk.inodestart * BLOCK
                + self._below(INODES_HIT) * INODE.size)

    def _inode(self):
        at = self._inode_offset()
        field = self._random.choice((0, 2, 4, 6))
        if self._below(2):
            self._put(at + field, "<H", self._random.choice(
                (0, 1, 2, 3, 4, self._bad_number())))
        else:
            self._put(at + 8, "<I", self._random.choice(
                (self._below(268 * BLOCK), self._bad_number())))

    def _number(self):
        at = self._inode_offset() + 12
        indirect = int.from_bytes(
            self._data[at + 4 * DIRECT:at + 4 * DIRECT + 4], "little")
        if self._below(2) and 0 < indirect < self._disk.size:
            self._put(indirect * BLOCK + 4 * self._below(BLOCK // 4), "<I",
                      self._random.choice((indirect, self._bad_number())))
        else:
            self._put(at + 4 * self._below(DIRECT + 1), "<I",
                      self._bad_number())

    def _entry(self):
        root = self._disk.inode(1)[3][0]
        at = root * BLOCK + 16 * self._below(INODES_HIT)
        if self._below(2):
            self._put(at, "<H", self._random.choice(
                (self._below(INODES_HIT), self._bad_number())))
        else:
            self._data[at + 2:at + 16] = self._random.choice(NAMES).ljust(
                14, b"\0")

    def _bitmap(self):
        at = self._disk.bmapstart * BLOCK + self._below(self._disk.size // 8)
        self._data[at] = self._below(256)


def damage(path, seed):
    """Damage the image, whose superblock is sound."""
    Damage(path, seed).do()
