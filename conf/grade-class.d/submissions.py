"""The submissions of a class: who handed in what."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import unpack

SUFFIXES = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz",
            ".tar", ".zip", ".bundle")
MOST_BYTES = 64 << 20  # of an archive


@dataclass(frozen=True)
class Submission:
    """What one student handed in: usually one file or folder."""

    student: str
    paths: tuple

    def refusal(self):
        """Why it is not even opened; None if it is."""
        if len(self.paths) > 1:
            names = ", ".join(unpack.shown(path.name) for path in self.paths)
            return f"there are several submissions: {names}"
        status = self.paths[0].lstat()
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            return ("it is no archive, folder or git bundle: "
                    + unpack.kind_of(status.st_mode))
        if stat.S_ISREG(status.st_mode) and status.st_size > MOST_BYTES:
            return f"it is larger than {MOST_BYTES >> 20} MiB"
        return None

    def fingerprint(self):
        """A digest of all that can change its grade. What cannot be read, the
        box cannot read either; it says so."""
        digest = hashlib.sha256()
        try:
            self._add_to(digest)
        except OSError as error:
            digest.update(os.fsencode(str(error)))
        return digest.hexdigest()

    def _add_to(self, digest):
        refusal = self.refusal()
        if refusal:
            digest.update(refusal.encode())
        elif self.paths[0].is_dir():
            with unpack.of_folder(self.paths[0]) as members:
                for member in members:
                    digest.update(os.fsencode(
                        f"{member.name}\0{member.kind}\0"))
                    if not member.kind:
                        digest.update(self._start_of(member))
        else:
            digest.update(self.paths[0].read_bytes())

    @staticmethod
    def _start_of(member):
        """As much of a file as is ever looked at, with its length."""
        with member.open() as file:
            data = file.read(unpack.MOST_BYTES + 1)
        return b"%d\0" % len(data) + data


def student_of(name):
    """The student whose submission has this name."""
    suffix = next((suffix for suffix in SUFFIXES
                   if name.lower().endswith(suffix)), "")
    return name[:len(name) - len(suffix)]


def find(folder):
    """All submissions, by student. Hidden files are none."""
    found = {}
    for name in sorted(os.listdir(folder)):
        student = student_of(name)
        if student and not student.startswith("."):
            found.setdefault(student, []).append(Path(folder, name))
    return [Submission(student, tuple(paths))
            for student, paths in sorted(found.items())]
