"""Mutants: this tree with one deliberate fault, which the tests that the
mutant names must notice.

A mutant is a file tests/mutants/NAME.patch, with a header above the diff:

    One sentence: what is broken.

    Test: tests/test_x.py::test_name   this test fails
    Host: kernel/mm/pt_test            this host test fails
    Proof: elf                         tests/prove/elf.c proves it no more
    Grade: pte printout, time          these tests of `make grade` lose their
                                       points, and no others of it do
    Beside: count copyin               only these others are run; without this
                                       line, all are

Lines that do not apply are left out; those for Test and Host may come several
times. Proofs are for tests/test_prove.py, and stand beside one of the others.
`git apply` takes the rest.
"""

import json
import os
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lib.build import ROOT, clean_environment, copy_tree, make_command
from labgrade.failure import Failure  # noqa: E402
from labgrade.programs import Groups, Program  # noqa: E402

FOLDER = Path(__file__).resolve().parent
SCRIPT = "grade-lab-pgtbl"
OUT = "build/test/normal"  # what the tests' own normal build uses
HOST_PROGRAMS = f"{OUT}/gcc/host"
LIMIT = 600  # seconds for a test, a grade or a build
WORKERS = 2  # so many cores are taken for granted
LAST_LINES = 12

FIELDS = ("Test", "Host", "Grade", "Beside", "Proof")
LISTS = ("Grade", "Beside")
SENTENCE = re.compile(rf"(?!(?:{'|'.join(FIELDS)}): )(?:[^.]|\.(?=\S))+\.\n?")
RESULT = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
CHANGED = re.compile(r"^\+\+\+ b/(.*)$", re.M)
EXERCISES = {path.name for path in (ROOT / "conf" / "handout.d").glob("*.c")}
ERROR = re.compile(r"^FAILED .* \((?:setup|teardown|reading it)\)", re.M)


class Trouble(Exception):
    """What is wrong with a mutant, or with how the tests take it."""


@dataclass
class Mutant:
    """A patch, and the tests that must notice it."""

    name: str
    patch: Path
    tests: list
    hosts: list
    grade: list
    beside: list
    proofs: list
    of_exercise: bool  # it breaks one: the kernel is built to live with that

    def concerned(self, graded):
        """Which of all the grade's tests are run."""
        if not self.grade:
            return []
        if not self.beside:
            return graded
        return [name for name in graded if name in self.grade + self.beside]


def read_mutant(patch):
    """The mutant of a patch file; Trouble if its header is not well-formed."""
    head, separator, diff = patch.read_text().partition("\ndiff --git ")
    if not separator:
        raise Trouble("there is no diff in it")
    sentence, _, rest = head.partition("\n\n")
    if not SENTENCE.fullmatch(sentence):
        raise Trouble("the header does not begin with one sentence")
    named = {field: [] for field in FIELDS}
    for line in rest.split("\n"):
        field, _, value = line.partition(": ")
        if field in FIELDS and value:
            named[field] += value.split(", ") if field in LISTS else [value]
        elif line:
            raise Trouble(f"a line of the header is none: {line}")
    if not (named["Test"] or named["Host"] or named["Grade"]):
        raise Trouble("the header names no test")
    if named["Beside"] and not named["Grade"]:
        raise Trouble("Beside is for Grade, which is not there")
    changed = {Path(name).name for name in CHANGED.findall(diff)}
    return Mutant(patch.stem, patch, *named.values(),
                  bool(changed & EXERCISES))


def last_lines(text):
    return "\n".join(text.splitlines()[-LAST_LINES:])


class Command(Program):
    """A program that is asked to end before it is ended."""

    polite = True


class Workshop:
    """A copy of the tree, built once; each mutant begins with it. The copy
    that is mutated is always at the same place, which some flags hold, so
    only what the patch touches is compiled."""

    def __init__(self, folder, groups, copy=copy_tree, limit=LIMIT):
        self._tree, self._clean = folder / "tree", folder / "clean"
        self._groups, self._limit = groups, limit
        temporary = folder / "temporary"
        temporary.mkdir(parents=True)
        self._environment = {
            **clean_environment(), "O": OUT, "STRICT": "1",
            "TMPDIR": str(temporary), "GIT_CEILING_DIRECTORIES": str(folder)}
        self._graded = []   # names of the grade's tests, in their order
        self._reasons = {}  # why tests fail without a mutant; empty: they pass
        copy(self._tree)
        self._run("git", "init", "--quiet")  # conf/handout asks git for names

    def prepare(self, mutants):
        """See what passes without a mutant. What that builds, the mutants
        need not."""
        if any(mutant.grade for mutant in mutants):
            listed = self._run(f"./{SCRIPT}", "--list")[1]
            self._graded = re.findall(r"^ *\d+  (.+?)(?:  extra)?$", listed,
                                      re.M)
        if any(mutant.tests or mutant.grade for mutant in mutants):
            self._build("all")
        for test in sorted({test for m in mutants for test in m.tests}):
            self._learn(test, self._test_passes)
        for host in sorted({host for m in mutants for host in m.hosts}):
            self._learn(host, self._host_passes)
        needed = {name for mutant in mutants
                  for name in mutant.concerned(self._graded)}
        self._reasons |= self._grade(
            [name for name in self._graded if name in needed])
        shutil.copytree(self._tree, self._clean, symlinks=True)

    def _learn(self, test, passes):
        """Whoever names a test that does not pass here will hear of it."""
        try:
            self._reasons[test] = "" if passes(test) else "it fails"
        except Trouble as trouble:
            self._reasons[test] = str(trouble)

    def examine(self, mutant):
        """Trouble, unless exactly what it names notices the mutant."""
        for name in mutant.tests + mutant.hosts + mutant.grade:
            reason = self._reasons.get(name, "there is no such test")
            if reason:
                raise Trouble(f"without it, too, {name} does not pass:\n"
                              f"{reason}")
        shutil.rmtree(self._tree)
        shutil.copytree(self._clean, self._tree, symlinks=True)
        status, said = self._run("git", "apply", str(mutant.patch))
        if status != 0:
            raise Trouble(f"the patch no longer applies:\n{said}")
        self._environment["UNSOLVED"] = "1" if mutant.of_exercise else ""
        if mutant.tests or mutant.grade:
            self._build("all")
        unnoticed = [test for test in mutant.tests if self._test_passes(test)]
        unnoticed += [host for host in mutant.hosts if self._host_passes(host)]
        if unnoticed:
            raise Trouble("it is not noticed by " + ", ".join(unnoticed))
        self._compare_grade(mutant)

    def _compare_grade(self, mutant):
        said = []
        for name, reason in self._grade(
                mutant.concerned(self._graded)).items():
            if name in mutant.grade and not reason:
                said.append(f"it does not lose {name}")
            elif (name not in mutant.grade and reason
                  and not self._reasons[name]):
                said.append(f"it also loses {name}:\n{reason}")
        if said:
            raise Trouble("\n".join(said))

    def _run(self, *command):
        """(exit status, output) of a command in the tree."""
        deadline = time.monotonic() + self._limit
        try:
            with Command(self._groups, command, deadline, cwd=self._tree,
                         env=self._environment) as program:
                return program.finish(f"{command[0]} ends"), program.output
        except Failure as failure:
            raise Trouble(str(failure)) from None

    def _build(self, goal):
        # Variables that the environment has, make takes; -j2 is one a core.
        status, said = self._run(make_command(), "--no-print-directory", "-j2", goal)
        if status != 0:
            raise Trouble(f"it does not compile:\n{last_lines(said)}")

    def _test_passes(self, test):
        said = self._run(sys.executable, "-B", "tests/run.py", "--all", test)[1]
        counts = RESULT.search(said)
        if not counts or counts.groups() == ("0", "0") or ERROR.search(said):
            raise Trouble(f"{test} does not run:\n{last_lines(said)}")
        return counts.group(2) == "0"

    def _host_passes(self, host):
        self._build(f"{HOST_PROGRAMS}/{host}")
        return self._run(f"{HOST_PROGRAMS}/{host}")[0] == 0

    def _grade(self, names):
        """Why each of these tests of the grade gives no points; empty if it
        does."""
        if not names:
            return {}
        report = self._tree / "score.json"
        said = self._run(sys.executable, "-B", SCRIPT, "--jobs", "1",
                         "--json", str(report), *names)[1]
        if not report.exists():
            raise Trouble(f"the grade gives no report:\n{last_lines(said)}")
        tests = json.loads(report.read_text())["tests"]
        return {test["name"]: test["reason"] for test in tests}


def examine_all(mutants, report, copy=copy_tree, limit=LIMIT):
    """Examine each mutant, some at a time; report(name, seconds, trouble),
    with an empty trouble if all is as it should be, is called by any thread
    as each is done."""
    groups = Groups()

    def work(folder, share):
        workshop = Workshop(folder, groups, copy, limit)
        workshop.prepare(share)
        for mutant in share:
            began, trouble = time.monotonic(), ""
            try:
                workshop.examine(mutant)
            except Trouble as found:
                trouble = str(found)
            report(mutant.name, time.monotonic() - began, trouble)

    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, \
            ThreadPoolExecutor(WORKERS) as pool:
        shares = [mutants[i::WORKERS] for i in range(WORKERS)]
        futures = [pool.submit(work, Path(os.path.realpath(folder)) / str(i),
                               share) for i, share in enumerate(shares) if share]
        try:
            for future in futures:
                future.result()
        except BaseException:
            groups.interrupt()
            raise
