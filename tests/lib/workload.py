"""Scripts for the program fsops, made by dice, and what the files hold after
each of their lines. Each script works in a folder of its own."""

import copy
import random
import string

NAMES = "abcde"
FOLDERS = ("", "d/", "e/", "d/f/")
GROWN = 14000  # a file that is longer is not appended to


class Folder:
    """What is in a script's folder: path to the number of a file, or to None
    for a folder; and the bytes of each file."""

    def __init__(self):
        self.names = {}
        self.bytes = {}
        self.kept = None  # (file, position) of what is held open
        self._files = 0

    def tree(self):
        return {path: self.bytes.get(file)
                for path, file in self.names.items()}

    def files(self):
        return sorted(path for path, file in self.names.items()
                      if file is not None)

    def folders(self):
        return sorted(path for path, file in self.names.items()
                      if file is None)

    def is_free(self, path):
        """Whether a new file or folder can be made there."""
        above = path.rpartition("/")[0]
        return (path not in self.names
                and (not above or self.names.get(above, 0) is None))

    def is_empty(self, folder):
        return not any(path.startswith(folder + "/") for path in self.names)

    def create(self, path):
        self._files += 1
        self.names[path] = self._files
        self.bytes[self._files] = b""

    def write(self, letter, count):
        file, position = self.kept
        old = self.bytes[file]
        self.bytes[file] = (old[:position] + letter.encode() * count
                            + old[position + count:])
        self.kept = file, position + count


class Script:
    """Lines for fsops, below folder. states[n] is the folder's tree after n
    lines, or None while it is not there: states[0] is None, since the first
    line makes the folder. No state comes back once it is left, so that the
    tree on a disk tells how far the script has come."""

    def __init__(self, folder, length, seed, syncs=0.0):
        self._dice = random.Random(seed)
        self._root = folder
        self._now = Folder()
        self._syncs = syncs
        self._renamed = None  # the old name, to be unlinked next
        self.lines = [f"mkdir {folder}"]
        self.states = [None, {}]
        while len(self.lines) < length:
            self._add_line()

    def text(self):
        return "".join(line + "\n" for line in self.lines)

    def _add_line(self):
        after = copy.deepcopy(self._now)
        line = self._draw(after)
        tree = after.tree()
        if line is None or (tree != self.states[-1] and tree in self.states):
            return
        self._now = after
        self.lines.append(line)
        self.states.append(tree)

    def _draw(self, now):
        """A line of some kind, done in the model; None if there is none."""
        if self._dice.random() < self._syncs:
            return "sync"
        if self._renamed:
            return self._unlink(now)
        kind = self._dice.choice([
            self._create, self._append, self._append, self._mkdir,
            self._truncate, self._link, self._unlink, self._unlink,
            self._rmdir, self._open, self._write, self._close])
        return kind(now)

    def _path(self, path):
        return f"{self._root}/{path}"

    def _new_path(self, now, names):
        path = self._dice.choice(FOLDERS) + self._dice.choice(names)
        return path if now.is_free(path) else None

    def _old_path(self, now):
        files = now.files()
        return self._dice.choice(files) if files else None

    def _letters(self):
        sizes = (1, 100, 1000, 1024, 3000, 9000)
        return (self._dice.choice(string.ascii_letters),
                self._dice.randint(1, self._dice.choice(sizes)))

    def _create(self, now):
        path = self._new_path(now, NAMES)
        if path is None:
            return None
        now.create(path)
        return f"create {self._path(path)}"

    def _append(self, now):
        path = self._old_path(now)
        if path is None:
            return None
        file = now.names[path]
        if len(now.bytes[file]) > GROWN:
            return None
        letter, count = self._letters()
        now.bytes[file] += letter.encode() * count
        return f"append {self._path(path)} {letter} {count}"

    def _mkdir(self, now):
        free = [name for name in ("d", "e", "d/f") if now.is_free(name)]
        if not free:
            return None
        path = self._dice.choice(free)
        now.names[path] = None
        return f"mkdir {self._path(path)}"

    def _truncate(self, now):
        path = self._old_path(now)
        if path is None:
            return None
        now.bytes[now.names[path]] = b""
        return f"truncate {self._path(path)}"

    def _link(self, now):
        old, new = self._old_path(now), self._new_path(now, NAMES)
        if old is None or new is None:
            return None
        now.names[new] = now.names[old]
        self._renamed = self._dice.choice([old, None])
        return f"link {self._path(old)} {self._path(new)}"

    def _unlink(self, now):
        path = self._renamed or self._old_path(now)
        self._renamed = None
        if path not in now.names:
            return None
        del now.names[path]
        return f"unlink {self._path(path)}"

    def _rmdir(self, now):
        empty = [path for path in now.folders() if now.is_empty(path)]
        if not empty:
            return None
        path = self._dice.choice(empty)
        del now.names[path]
        return f"unlink {self._path(path)}"

    def _open(self, now):
        path = self._old_path(now)
        if path is None or now.kept:
            return None
        now.kept = now.names[path], 0
        return f"open {self._path(path)}"

    def _write(self, now):
        if not now.kept:
            return None
        file, position = now.kept
        if not position <= len(now.bytes[file]) <= GROWN:
            return None
        letter, count = self._letters()
        now.write(letter, count)
        return f"write {letter} {count}"

    def _close(self, now):
        if not now.kept:
            return None
        now.kept = None
        return "close"
