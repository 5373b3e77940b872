"""Sequences of file-system calls: made at random, done on a directory of this
machine, and, by the program fsscript, on ours. Each call gives a block: a line
with its result, and lines that begin with a blank, in no order.

The systems differ in these points, which are taken out here:
- Names are cut to 14 bytes (docs/abi.md), on this side by cut().
- The path "" is the current directory, as in xv6; POSIX has no such path. It
  has no last name, so nothing can be made or removed there.
- Slashes at the end of a path count for nothing, whatever it leads to.
- unlink removes an empty directory, too; here that is rmdir.
- A write that begins after the end of a file fails: nothing but a truncation
  by somebody else can lead there, and holes are not made.
- fstat fails on a pipe, and reading a directory gives its entries, which here
  fails: the latter is left out, as list looks at directories.
- A file ends at 268 blocks and a pipe may hold 512 bytes only; longer writes
  are left out, as are calls that would wait for ever.
- There are no permissions, and errors have no kinds: all are -1.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import struct
import termios
import zlib
from pathlib import PurePosixPath

TOP = "/x"  # the directory in which it all happens
NAME_BYTES = 14
FILE_BYTES = 268 * 1024
PIPE_BYTES = 512
DEPTH = 6
CREATE, TRUNCATE = 0x200, 0x400

NAMES = ["a", "b", "c", "d", "d", "e", "e", "fourteen-bytes",
         "fourteen-bytes-and-more", ".", ".."]


class LeftOut(Exception):
    """The call is not for comparison."""


def cut(path):
    """The path as our system understands it."""
    parts = [part[:NAME_BYTES] for part in path.split("/") if part]
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def random_path(random):
    if random.random() < 0.01:
        return "-"
    parts = random.choices(NAMES, k=random.choice([1, 1, 1, 2, 2, 3]))
    path = random.choice(["/", "/", "/", "//"]).join(parts)
    if random.random() < 0.2:
        path = f"{TOP}/{path}"
    return path + ("/" if random.random() < 0.05 else "")


def random_size(random):
    return random.choice([0, 1, 10, 300, 512, 1023, 1024, 1025, 5000, 20000])


def random_call(random):
    """Words of one line, as tests/programs/fsscript.c lists them."""
    def slot():
        return str(random.randrange(6))

    def path():
        return random_path(random)

    def size():
        return str(random_size(random))

    def mode():
        return str(random.choice([0, 1, 2]) |
                   random.choice([0, CREATE, CREATE]) |
                   random.choice([0, 0, 0, TRUNCATE]))

    kinds = {
        "open": (6, [slot, path, mode]), "close": (2, [slot]),
        "read": (4, [slot, size]),
        "write": (5, [slot, size, lambda: str(random.randrange(256))]),
        "stat": (2, [slot]), "dup": (1, [slot, slot]),
        "pipe": (1, [slot, slot]), "mkdir": (4, [path]),
        "link": (3, [path, path]), "unlink": (4, [path]),
        "chdir": (2, [path]), "list": (2, [path]),
    }
    kind = random.choices(list(kinds), [each[0] for each in kinds.values()])[0]
    return [kind, *(argument() for argument in kinds[kind][1])]


def random_calls(random, count):
    return [random_call(random) for _ in range(count)]


class Host:
    """A directory of this machine, on which calls are done."""

    def __init__(self, folder):
        self._folder = str(folder)
        self._slots = {}
        self._cwd = "/"

    @contextlib.contextmanager
    def at_work(self):
        """The calls are relative to the current directory."""
        before = os.open(".", os.O_RDONLY)
        os.chdir(self._folder)
        self._cwd = "/"
        try:
            yield self
        finally:
            self._close_all()
            os.fchdir(before)
            os.close(before)

    def call(self, words):
        """The block that the call gives."""
        try:
            block = getattr(self, "_" + words[0])(*words[1:])
        except OSError:
            return ["-1"]
        return block if isinstance(block, list) else [str(block)]

    def _close_all(self):
        for descriptor in self._slots.values():
            os.close(descriptor)
        self._slots.clear()

    def _where(self, path):
        """The path as seen from TOP's parent; it never leads out of TOP."""
        parts = list(PurePosixPath(self._cwd).parts[1:])
        if path.startswith("/"):
            parts = []
        for part in path.split("/"):
            if part == "..":
                parts = parts[:-1]
                if not parts:
                    raise LeftOut
            elif part not in ("", "."):
                parts.append(part)
        if parts[:1] != [TOP[1:]] or len(parts) > DEPTH:
            raise LeftOut
        return "/" + "/".join(parts)

    def _path(self, word):
        """What this machine calls it."""
        path = "." if word == "-" else cut(word)
        if word != TOP:
            self._where(path)
        return self._folder + path if path.startswith("/") else path

    def _new_path(self, word):
        if word == "-":
            raise FileNotFoundError
        return self._path(word)

    def _descriptor(self, slot):
        return self._slots.get(slot, -1)

    def _free(self, *slots):
        if len(set(slots)) < len(slots) or self._slots.keys() & set(slots):
            raise LeftOut

    def _open(self, slot, word, mode):
        self._free(slot)
        mode = int(mode)
        flags = (mode & 3) | (mode & CREATE and os.O_CREAT) | (
            mode & TRUNCATE and os.O_TRUNC)
        path = self._new_path(word) if mode & CREATE else self._path(word)
        self._slots[slot] = os.open(path, flags, 0o700)
        return 0

    def _pipe(self, read_slot, write_slot):
        self._free(read_slot, write_slot)
        self._slots[read_slot], self._slots[write_slot] = os.pipe2(
            os.O_NONBLOCK)
        return 0

    def _dup(self, slot, new_slot):
        self._free(new_slot)
        self._slots[new_slot] = os.dup(self._descriptor(slot))
        return 0

    def _close(self, slot):
        os.close(self._descriptor(slot))
        del self._slots[slot]
        return 0

    def _read(self, slot, nbytes):
        descriptor = self._descriptor(slot)
        try:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise LeftOut
            data = os.read(descriptor, int(nbytes))
        except BlockingIOError:
            raise LeftOut from None
        except OSError:
            return "-1 0"
        return f"{len(data)} {zlib.adler32(data)}"

    def _write(self, slot, nbytes, seed):
        descriptor, nbytes = self._descriptor(slot), int(nbytes)
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISFIFO(mode):
            waiting = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
            if struct.unpack("i", waiting)[0] + nbytes > PIPE_BYTES:
                raise LeftOut
        elif stat.S_ISREG(mode):
            position = os.lseek(descriptor, 0, os.SEEK_CUR)
            if position + nbytes > FILE_BYTES:
                raise LeftOut
            if nbytes and position > os.fstat(descriptor).st_size:
                return -1
        return os.write(descriptor, bytes((int(seed) + i) % 256
                                          for i in range(nbytes)))

    def _stat(self, slot):
        found = os.fstat(self._descriptor(slot))
        if stat.S_ISFIFO(found.st_mode):
            return -1
        if stat.S_ISDIR(found.st_mode):
            return "directory"
        return f"file {found.st_nlink} {found.st_size}"

    def _link(self, old, new):
        os.link(self._path(old), self._new_path(new))
        return 0

    def _unlink(self, word):
        path = self._new_path(word)
        if self._where(cut(word)) == TOP:
            raise LeftOut
        try:
            os.unlink(path)
        except IsADirectoryError:
            os.rmdir(path)
        return 0

    def _mkdir(self, word):
        os.mkdir(self._new_path(word), 0o700)
        return 0

    def _chdir(self, word):
        os.chdir(self._path(word))
        self._cwd = self._where("." if word == "-" else cut(word))
        return 0

    def _list(self, word):
        descriptor = os.open(self._path(word), os.O_RDONLY | os.O_DIRECTORY)
        try:
            names = os.listdir(descriptor)
        except FileNotFoundError:  # it was removed
            names = []
        finally:
            os.close(descriptor)
        return ["0", *sorted(" " + name for name in names)]

    def _tree(self, top):
        self._close_all()
        os.chdir(self._folder)
        self._cwd = "/"
        lines = sorted(self._branch(top))
        shutil.rmtree(self._folder + top)
        return ["0", *lines]

    def _branch(self, path):
        """A line for what is there, and for all below."""
        real = self._folder + path
        if not os.path.isdir(real):
            with open(real, "rb") as file:
                data = file.read()
            links = os.stat(real).st_nlink
            return [f" {path} file {links} {len(data)} {zlib.adler32(data)}"]
        lines = [f" {path} directory"]
        for name in os.listdir(real):
            lines += self._branch(f"{path}/{name}")
        return lines
