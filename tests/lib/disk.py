"""A disk image, read as docs/abi.md lays it out, and its invariants."""

import struct
from pathlib import Path

BLOCK = 1024
MAGIC = 0x10203040
INODE = struct.Struct("<4hI13I")
ENTRY = struct.Struct("<H14s")
DIRECT = 12
ROOT = 1
DIRECTORY = 1
FILE = 2


class Disk:
    """An image file; every look at it reads it anew."""

    def __init__(self, path):
        self._path = Path(path)
        (self.magic, self.size, self.nblocks, self.ninodes, self.nlog,
         self.logstart, self.inodestart, self.bmapstart) = struct.unpack(
             "<8I", self.block(1)[:32])

    def block(self, number):
        with open(self._path, "rb") as image:
            image.seek(number * BLOCK)
            return image.read(BLOCK)

    def log_length(self):
        """Blocks that a commit record says are to be copied home."""
        return struct.unpack("<i", self.block(self.logstart)[:4])[0]

    def inode(self, number):
        per_block = BLOCK // INODE.size
        data = self.block(self.inodestart + number // per_block)
        at = number % per_block * INODE.size
        kind, _, _, links, size, *addresses = INODE.unpack(
            data[at:at + INODE.size])
        return kind, links, size, addresses

    def blocks_of(self, addresses):
        """The data blocks of an inode, in order (0 is a hole), and all that
        it holds, its indirect block included."""
        data = list(addresses[:DIRECT])
        held = [number for number in addresses if number]
        if addresses[DIRECT]:
            indirect = struct.unpack("<256I", self.block(addresses[DIRECT]))
            data += indirect
            held += [number for number in indirect if number]
        return data, held

    def _bytes(self, size, addresses):
        data, _ = self.blocks_of(addresses)
        return b"".join(self.block(number) if number else bytes(BLOCK)
                        for number in data)[:size]

    def content(self, number):
        """The bytes of a file."""
        _, _, size, addresses = self.inode(number)
        return self._bytes(size, addresses)

    def entries(self, size, addresses):
        for inode, name in ENTRY.iter_unpack(self._bytes(size, addresses)):
            if inode:
                yield inode, name.rstrip(b"\0").decode(errors="backslashreplace")

    def tree(self, directory=ROOT):
        """All that is below a directory: path to a file's bytes, to None for
        a directory. Devices are left out."""
        _, _, size, addresses = self.inode(directory)
        found = {}
        for number, name in self.entries(size, addresses):
            kind = self.inode(number)[0]
            if name in (".", "..") or kind not in (DIRECTORY, FILE):
                continue
            found[name] = None if kind == DIRECTORY else self.content(number)
            if kind == DIRECTORY:
                found |= {f"{name}/{path}": content
                          for path, content in self.tree(number).items()}
        return found

    def in_use(self, number):
        byte = self.block(self.bmapstart + number // (8 * BLOCK))[
            number // 8 % BLOCK]
        return bool(byte >> number % 8 & 1)

    def bitmap(self):
        """The bits of all blocks as one number."""
        count = -(-self.size // (8 * BLOCK))
        data = b"".join(self.block(self.bmapstart + i) for i in range(count))
        return int.from_bytes(data, "little")

    def faults(self):
        """What is not as it must be, as sentences; empty is well."""
        if self.magic != MAGIC:
            return ["no superblock"]
        if self.log_length() != 0:
            return ["the log is not empty: nothing else can be said"]
        return [*self._block_faults(), *self._name_faults()]

    def _live_inodes(self):
        for number in range(1, self.ninodes):
            inode = self.inode(number)
            if inode[0]:
                yield number, inode

    def orphans(self):
        """The inodes that no directory names: no fault, but whoever had them
        open should have freed them when the machine was switched off."""
        return [number for number, (_, links, _, _) in self._live_inodes()
                if links == 0]

    def _block_faults(self):
        """Each block has one owner, and the bitmap knows."""
        owner = {}
        first = self.bmapstart + self.size // (8 * BLOCK) + 1
        for number, (_, _, _, addresses) in self._live_inodes():
            for block in self.blocks_of(addresses)[1]:
                if not first <= block < self.size:
                    yield f"inode {number}: block {block} is no data block"
                elif block in owner:
                    yield f"block {block}: of {owner[block]} and {number}"
                owner[block] = number
        for block in range(first, self.size):
            if self.in_use(block) != (block in owner):
                yield f"block {block}: the bitmap is wrong"

    def _name_faults(self):
        """Link counts are true, and every inode has a name."""
        links = {}
        for number, (kind, _, size, addresses) in self._live_inodes():
            if kind != DIRECTORY:
                continue
            for target, name in self.entries(size, addresses):
                # A directory's own name for itself is not counted.
                if name != ".":
                    links[target] = links.get(target, 0) + 1
        for number, (_, count, _, _) in self._live_inodes():
            named = links.pop(number, 0)
            if number == ROOT and count in (named, named + 1):
                continue
            if count != named:
                yield f"inode {number}: {count} links, {named} names"
        for target in links:
            yield f"inode {target} has a name and is free"
