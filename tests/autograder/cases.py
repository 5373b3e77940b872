"""What students upload to Gradescope, and what results.json must then say.

Cases are cheap if no system is run for them: most of those that are refused.
"""

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "class"), str(ROOT / "tests")]

import students  # noqa: E402
from lib.grading import check_gradescope  # noqa: E402
from packing import (as_folder, as_links, as_pipe, as_tar,  # noqa: E402
                     as_zip, git)
from students import ANSWERS, NAMES, PRINTER, RIGHT, TIME  # noqa: E402


def of_student(kind, name):
    """One of the class."""
    return next(one for one in kind if one.name == name)


FLAT = of_student(students.right(), "grace").files
FULL, TEXTS = 66, students.TEXTS
NO_COPIES = students.PRINTED + 20 + TEXTS  # 20: usertests pass without them


@dataclass
class Case:
    """upload(folder) fills an empty folder. says: each is in the output, or in
    a reason."""

    name: str
    upload: object
    score: int
    says: tuple = ()
    runs: bool = False  # a grade script, so that there is an entry a test


def files(content):
    return lambda folder: as_folder(folder, content)


def packed(pack, content=RIGHT):
    """As the file `lab` of some suffix."""
    return lambda folder: pack(folder / "lab", content)


def repository(folder):
    """With other files of theirs, and all that git keeps."""
    as_folder(folder, {**RIGHT, "Makefile": b"all:\n\tfalse\n",
                       "gradelib.py": b"print('Score: 66/66')\n",
                       "grade-lab-pgtbl": b"#!/bin/sh\nexit 0\n"})
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "the lab")


def mac(folder):
    """What a Mac puts beside."""
    as_folder(folder, {"__MACOSX/lab/._time.txt": b"\0", ".DS_Store": b"\0"})
    as_zip(folder / "lab", RIGHT, top="lab/")


def twice(pack_1, pack_2, folder):
    pack_1(folder)
    pack_2(folder)


def link_farm(folder):
    """Links to all kinds of places, and in circles."""
    for number in range(1000):
        (folder / f"{number}").symlink_to("/" if number % 2 else ".")
    (folder / "kernel").symlink_to("/autograder/source/tree/kernel")


def handout(folder):
    """As it was handed out: nothing is solved."""
    tree = folder.parent / "source" / "tree"
    if not tree.is_dir():
        tree = folder.parents[1] / "source" / "tree"
    as_folder(folder, {name: (tree / name).read_bytes() for name in NAMES})


def graded():
    """A grade script runs on these. What there is of every student's works
    within minutes."""
    yield Case("right", files(RIGHT), FULL, (f"Score: {FULL}/{FULL}",), True)
    yield Case("handout", handout, 0, (
        "Score: 0/66", "a line `page table 0x`", "none to Q1, Q2",
        "no private kernel tables: processes run on", "one number of hours"),
        True)
    syntax = of_student(students.uncompiled(), "syntax")
    yield Case("does-not-compile", files(syntax.files), TEXTS,
               ("the kernel compiles", "kernel/mm/vmprint.c", "error: "), True)


def more_graded():
    yield Case("tar", packed(partial(as_tar, top="my lab/")), FULL,
               runs=True)
    yield Case("side-by-side", files(FLAT), FULL, runs=True)
    yield Case("repository", repository, FULL, runs=True)
    yield Case("no-copies", files(students.without(students.COPIES)),
               NO_COPIES, ("not handed in: kernel/mm/copy_new.c",),
               True)
    for name in ("hangs", "floods", "panics"):
        one = of_student(students.deadly(), name)
        yield Case(name, files(one.files), TEXTS, (one.says,), True)
    passwords = of_student(students.uncompiled(), "takes passwords")
    yield Case("takes-passwords", files(passwords.files), TEXTS,
               ("the kernel compiles",), True)


def refused():
    none = "none of the lab's files is in it"
    yield Case("empty", lambda folder: None, 0, (none, PRINTER))
    yield Case("wrong-names", files({"Vmprint.c": b"", "src/copyin.c": b"",
                                     "kernel/copy_new (1).c": b""}), 0,
               (none,))
    yield Case("two-copies", files({PRINTER: b"1", "vmprint.c": b"2"}), 0,
               ("kernel/mm/vmprint.c twice: ",))
    yield Case("two-trees", files({f"a/{TIME}": b"1", f"b/{TIME}": b"2"}), 0,
               ("several places: a, b",))
    yield Case("two-archives", partial(twice, packed(as_tar), packed(as_zip)),
               0, ("several submissions: lab.tar.gz, lab.zip",))
    yield Case("links", partial(as_links, files=RIGHT), 0,
               ("is a symbolic link",))
    yield Case("link-farm", link_farm, 0, ("kernel/mm/vmprint.c is a symb",))
    yield Case("linked-archive",
               lambda folder: (folder / "lab.zip").symlink_to("/etc/passwd"),
               0, ("it is no archive, folder or git bundle: a symbolic",))
    yield Case("pipe", partial(as_pipe, files=RIGHT), 0,
               ("time.txt is a pipe",))
    huge = {**RIGHT, ANSWERS: bytes(300 << 20)}
    yield Case("zip-bomb", packed(as_zip, huge), 0, ("larger than 256 KiB",))
    yield Case("tar-bomb", packed(as_tar, {"bomb": huge[ANSWERS], **RIGHT}), 0,
               ("unpacks to more than",))
    yield Case("path-up", packed(partial(as_tar, top="../")), 0,
               ("leaves the folder",))
    yield Case("half-an-archive", lambda folder: students.as_half(
        folder / "lab", RIGHT), 0, ("cannot be unpacked",))
    yield Case("no-archive", lambda folder: students.as_text(
        folder / "lab", RIGHT), 0, ("cannot be unpacked",))


def faults(case, results, tests):
    """What is not as it must be, as sentences. tests: (name, points, extra)
    of the grade script."""
    found = []
    try:
        check_gradescope(results)
    except AssertionError as error:
        found.append(f"Gradescope does not know that form: {error}")
    said = "\n".join([results["output"], *(test["output"]
                                           for test in results["tests"])])
    if results["score"] != case.score:
        found.append(f"{results['score']} points, not {case.score}: {said}")
    found += [f"it does not say `{words}`: {said}" for words in case.says
              if words not in said]
    if case.runs:
        wanted = [(("Extra: " if extra else "") + name, points)
                  for name, points, extra in tests]
        shown = [(test["name"], test["max_score"])
                 for test in results["tests"]]
        if shown != wanted:
            found.append(f"the tests are {shown}, not {wanted}")
        scored = sum(test["score"] for test in results["tests"]
                     if not test["name"].startswith("Extra: "))
        if scored != case.score:
            found.append(f"the tests have {scored} points, not {case.score}")
    if "root:" in said:
        found.append(f"it shows files of the container: {said}")
    return found
