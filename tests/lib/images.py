"""Images that mkfs does not make: other sizes, other places, damage."""

import os
import subprocess

from lib.build import NORMAL, ROOT
from lib.disk import BLOCK, DIRECT, INODE, Disk

BLOCKS = 500
BITS = 8 * BLOCK  # in a block of the bitmap


def make_image(path, blocks=BLOCKS, log=30):
    """What mkfs makes, with two files in it."""
    subprocess.run([NORMAL.mkfs, path, "-s", str(blocks), "-l", str(log),
                    NORMAL.mkfs, ROOT / "README"], check=True, timeout=60)
    return path


def write_at(path, offset, data):
    """Write over a part of a file."""
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


def write_super(path, **fields):
    """Set fields of the superblock, by their names."""
    names = ("magic", "size", "nblocks", "ninodes", "nlog", "logstart",
             "inodestart", "bmapstart")
    for name, value in fields.items():
        write_at(path, BLOCK + 4 * names.index(name),
                 value.to_bytes(4, "little"))


def make_sparse(path, blocks, source=None):
    """Give an image (a new one, or the source) more blocks, as holes. The
    bitmap grows, and so does every block number after it."""
    if source:
        path.write_bytes(source.read_bytes())
    else:
        make_image(path)
    old = Disk(path)
    first = old.size - old.nblocks
    start = old.bmapstart - (-blocks // BITS)
    used = max(block for block in range(old.size) if old.in_use(block)) + 1
    data = bytearray(path.read_bytes())
    move_numbers(data, old, start - first)
    content = data[first * BLOCK:used * BLOCK]
    bits = old.bitmap() >> first << start | (1 << start) - 1
    bitmap = bits.to_bytes((start - old.bmapstart) * BLOCK, "little")
    data[old.bmapstart * BLOCK:] = bitmap + content
    path.write_bytes(data)
    os.truncate(path, blocks * BLOCK)
    write_super(path, size=blocks, nblocks=blocks - start)
    return path


def move_numbers(data, disk, shift):
    """Add shift to every block number that an inode names."""
    for number in range(1, disk.ninodes):
        addresses = disk.inode(number)[3]
        at = disk.inodestart * BLOCK + number * INODE.size + 12
        move_run(data, at, DIRECT + 1, shift)
        if addresses[DIRECT]:
            move_run(data, addresses[DIRECT] * BLOCK, BLOCK // 4, shift)


def move_run(data, at, count, shift):
    for place in range(at, at + 4 * count, 4):
        number = int.from_bytes(data[place:place + 4], "little")
        if number:
            data[place:place + 4] = (number + shift).to_bytes(4, "little")
