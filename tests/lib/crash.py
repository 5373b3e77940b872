"""Is what a crash left on a disk what it may leave? Images are recovered by a
host build of the kernel's own file system."""

import hashlib
import os
import subprocess

from lib.build import NORMAL
from lib.disk import BLOCK, Disk


class Recoverer:
    """A context that runs tests/host/recover."""

    def __enter__(self):
        # Memory that is used again at once is much faster.
        environment = os.environ | {"ASAN_OPTIONS": "quarantine_size_mb=1"}
        self._program = subprocess.Popen(
            [NORMAL.host_tool("recover")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=environment)
        return self

    def __exit__(self, *_):
        self._program.stdin.close()
        self._program.stdout.close()
        assert self._program.wait(60) == 0

    def recover(self, path):
        """Do what a boot does to this image."""
        self._program.stdin.write(f"{path}\n")
        self._program.stdin.flush()
        answer = self._program.stdout.readline().strip()
        assert answer == "ok", f"recovery says: {answer or 'nothing'}"


def check_image(path):
    """fsck finds nothing."""
    done = subprocess.run([NORMAL.fsck, "-n", path], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


class Progress:
    """How far a script has come, as a tree tells: its rank, the number of
    lines with an effect on the tree."""

    def __init__(self, script):
        self._states = []
        self._ranks = []
        for tree in script.states:
            if not self._states or tree != self._states[-1]:
                self._states.append(tree)
            self._ranks.append(len(self._states) - 1)

    def rank_of_line(self, count):
        """After so many lines."""
        return self._ranks[count]

    def rank_of_tree(self, tree):
        assert tree in self._states, "no prefix of the operations gives " + (
            repr({path: content and (len(content), content[:1], content[-1:])
                  for path, content in (tree or {}).items()}))
        return self._states.index(tree)


class Judge:
    """Tells of an image that a crash left how far each script had come. The
    scripts have the folders p0, p1 and so on; base is the tree before them,
    which they leave alone."""

    def __init__(self, scripts, base, recoverer, scratch):
        self._progress = [Progress(script) for script in scripts]
        self._base = base
        self._recoverer = recoverer
        self._scratch = scratch
        self._known = {}  # digest of a recovered image: its ranks

    def ranks_of_lines(self, counts):
        return [progress.rank_of_line(count)
                for progress, count in zip(self._progress, counts)]

    def ranks(self, image):
        """Recover it, and look at what is there. Raises AssertionError if that
        is sound for no number of operations."""
        self._scratch.write_bytes(image)
        self._recoverer.recover(self._scratch)
        disk = Disk(self._scratch)
        recovered = bytearray(self._scratch.read_bytes())
        # What the log still holds means nothing now.
        start, end = disk.logstart + 1, disk.logstart + disk.nlog
        recovered[start * BLOCK:end * BLOCK] = bytes((end - start) * BLOCK)
        digest = hashlib.sha1(recovered).digest()
        if digest not in self._known:
            check_image(self._scratch)
            self._known[digest] = self._look(disk.tree())
        return self._known[digest]

    def _look(self, tree):
        found = []
        for number, progress in enumerate(self._progress):
            folder = f"p{number}"
            below = {path: tree.pop(path) for path in list(tree)
                     if path.startswith(folder + "/")}
            below = {path.removeprefix(folder + "/"): content
                     for path, content in below.items()}
            there = folder in tree
            tree.pop(folder, None)
            found.append(progress.rank_of_tree(below if there else None))
        assert tree == self._base, "files of nobody have changed"
        return found

    def check_one_order(self):
        """Every disk that was found has a prefix of one and the same order of
        all scripts' operations."""
        last = [0] * len(self._progress)
        for ranks in sorted(self._known.values(), key=sum):
            assert all(a <= b for a, b in zip(last, ranks)), (
                f"one crash leaves {last}, another {ranks}")
            last = ranks
