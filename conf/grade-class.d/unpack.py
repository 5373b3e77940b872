"""Take what a student hands in out of an archive, a folder or a git bundle.

    unpack.py SUBMISSION TREE

writes the files of WANTED that are in SUBMISSION over those of TREE, and
names those that are missing, a line each. In SUBMISSION they lie where they
lie in the tree, or side by side. If it refuses, it says why, and its status is
1.

Nothing here is trusted: names are only compared with those wanted, nothing
else is written, only regular files are read, and of those so much as a
student can have written. Time and memory are the caller's to limit.
"""

import bz2
import gzip
import io
import lzma
import os
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

WANTED = ("kernel/mm/vmprint.c", "kernel/mm/kpagetable.c",
          "kernel/mm/copy_new.c", "answers-pgtbl.txt", "time.txt")

MOST_BYTES = 256 << 10     # of a file that is taken
MOST_UNPACKED = 256 << 20  # of a tar archive, all told
MOST_MEMBERS = 50000
GIT_LIMIT = 60             # seconds for a step of git's
MOST_SAID = 1000           # characters of a reason

# kind is "" for a regular file, else what it is, for people; open() gives a
# file of bytes, while the next member has not been asked for.
Member = namedtuple("Member", "name kind open")


class Refused(Exception):
    """Why a submission cannot be graded."""


def last_part(name):
    return name.rsplit("/", 1)[-1]


def shown(name):
    """A name of theirs that cannot harm a terminal or a report."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode(
        "unicode_escape").decode() for c in text)


# What there is in it. Directories are not members.

def kind_of(mode):
    """What a file's mode says that it is."""
    names = {stat.S_IFREG: "", stat.S_IFLNK: "a symbolic link",
             stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe",
             stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
             0: ""}  # some programs that make zips note no kind
    return names.get(stat.S_IFMT(mode), "no regular file")


@contextmanager
def of_zip(path):
    with zipfile.ZipFile(path) as archive:
        yield (Member(info.filename.replace("\\", "/"),
                      kind_of(info.external_attr >> 16),
                      lambda info=info: archive.open(info))
               for info in archive.infolist() if not info.is_dir())


class Bounded:
    """A stream that refuses to go on for ever."""

    def __init__(self, file, limit):
        self._file = file
        self._left = limit

    def read(self, nbytes):
        data = self._file.read(nbytes)
        self._left -= len(data)
        if self._left < 0:
            raise Refused("it unpacks to more than "
                          f"{MOST_UNPACKED >> 20} MiB")
        return data


def of_stream(stream):
    """The members of a tar archive, in one pass."""
    kinds = {tarfile.SYMTYPE: "a symbolic link", tarfile.LNKTYPE: "a link",
             tarfile.CHRTYPE: "a device", tarfile.BLKTYPE: "a device",
             tarfile.FIFOTYPE: "a pipe"}
    with tarfile.open(fileobj=Bounded(stream, MOST_UNPACKED),
                      mode="r|") as archive:
        for info in archive:
            if not info.isdir():
                kind = "" if info.isreg() else kinds.get(info.type,
                                                         "no regular file")
                yield Member(info.name, kind,
                             lambda info=info: archive.extractfile(info))


PACKERS = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}


@contextmanager
def of_tar(path):
    with open(path, "rb") as file:
        unpacked = PACKERS.get(file.read(2), open)
    with unpacked(path, "rb") as stream:
        yield of_stream(stream)


def git(*arguments, **options):
    done = subprocess.run(["git", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=GIT_LIMIT,
                          check=False, **options)
    if done.returncode != 0:
        raise Refused("git: " + done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


@contextmanager
def of_bundle(path):
    """The files of its HEAD, or of its main branch."""
    lines = os.fsdecode(git("bundle", "list-heads", path)).splitlines()
    heads = [line.split(" ", 1)[1] for line in lines]
    if not heads:
        raise Refused("the git bundle holds no branch")
    liked = ["HEAD", "refs/heads/main", "refs/heads/master", *heads]
    with tempfile.TemporaryDirectory() as folder:
        git("init", "-q", "--bare", folder)
        git("-C", folder, "fetch", "-q", "--", path,
            next(head for head in liked if head in heads))
        tar = git("-C", folder, "archive", "--format=tar", "FETCH_HEAD")
    yield of_stream(io.BytesIO(tar))


def look(folder, name):
    """A file below a folder, as a member; None if there is none."""
    path = Path(folder)
    parts = name.split("/")
    for part in parts:
        path = path / part
        try:
            mode = path.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        kind = kind_of(mode)
        if part is not parts[-1] and not stat.S_ISDIR(mode):
            break
    # It may have changed since it was looked at, but not into a link.
    return Member(name, kind, lambda: open(os.open(
        path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb"))


@contextmanager
def of_folder(folder):
    below = sorted(entry.name for entry in os.scandir(folder)
                   if entry.is_dir(follow_symlinks=False))
    names = [f"{place}{name}"
             for name in dict.fromkeys([*WANTED, *map(last_part, WANTED)])
             for place in ("", *(f"{folder}/" for folder in below))]
    members = (look(folder, name) for name in names)
    yield (member for member in members if member)


def members_of(path):
    """By what it is, whatever it is called: a context with its members."""
    if path.is_dir():
        return of_folder(path)
    with open(path, "rb") as file:
        start = file.read(8)
    if start.startswith(b"PK"):
        return of_zip(path)
    if start.startswith(b"# v"):
        return of_bundle(path)
    return of_tar(path)


# What is taken of it.

def place_of(path):
    """(folder, name in WANTED) of a member: such a file, or one that has the
    last part of its name, lies at the top or one folder down. None if it is
    of no interest."""
    for depth in (0, 1):
        rest = "/".join(path.split("/")[depth:])
        for name in WANTED:
            if rest in (name, last_part(name)):
                return "/".join(path.split("/")[:depth]), name
    return None


def plain(name):
    """A member's path, written in one way."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts:
        raise Refused(f"the path {shown(name)} leaves the folder")
    return "/".join(parts)


def content(member):
    if member.kind:
        raise Refused(f"{shown(member.name)} is {member.kind}")
    with member.open() as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refused(f"{shown(member.name)} is larger than "
                      f"{MOST_BYTES >> 10} KiB")
    return data


def choose(members):
    """The wanted files: name -> bytes."""
    found = {}
    for count, member in enumerate(members, 1):
        if count > MOST_MEMBERS:
            raise Refused(f"there are more than {MOST_MEMBERS} files in it")
        path = plain(member.name)
        place = place_of(path)
        if place:
            folder, name = place
            # In an archive, a later one of the same path replaces it.
            before = found.setdefault(folder, {}).setdefault(name, (path,))[0]
            if path != before:
                raise Refused(f"it holds {name} twice: {shown(before)} and "
                              f"{shown(path)}")
            found[folder][name] = path, content(member)
    if not found:
        raise Refused("none of the lab's files is in it, neither at the top "
                      "nor one folder down: " + ", ".join(WANTED))
    if len(found) > 1:
        places = ", ".join(shown(folder) or "the top"
                           for folder in sorted(found))
        raise Refused(f"it holds files of the lab in several places: {places}")
    files = next(iter(found.values()))
    return {name: data for name, (_, data) in files.items()}


def take(path):
    """The wanted files of a submission. Whatever is wrong with it, and
    whatever that does to Python's libraries, is a Refused."""
    try:
        with members_of(path) as members:
            return choose(members)
    except Refused:
        raise
    except MemoryError:
        raise Refused("it takes too much memory to unpack") from None
    except Exception as error:
        raise Refused(f"it cannot be unpacked: {type(error).__name__}: "
                      f"{shown(str(error))}") from None


def main(submission, tree):
    try:
        files = take(Path(submission))
    except Refused as reason:
        said = str(reason)
        print(said if len(said) <= MOST_SAID else said[:MOST_SAID] + " ...")
        return 1
    for name, data in files.items():
        (Path(tree) / name).write_bytes(data)
    for name in WANTED:
        if name not in files:
            print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
