"""Mutants: that the patches are in order, that the tests notice them, and
that whoever examines them would say so if they did not."""

import subprocess
import sys

import pytest

from lib.build import NORMAL, ROOT, clean_environment, make
from mutants.examine import (FOLDER, SCRIPT, Trouble, examine_all,
                             read_mutant)

PATCHES = sorted(FOLDER.glob("*.patch"))


@pytest.mark.slow
def test_mutants(cases):
    def report(name, seconds, trouble):
        cases.report(name, not trouble, trouble, seconds)

    examine_all([read_mutant(patch) for patch in PATCHES], report)


# The patches, without running one.

def output_of(*command):
    return subprocess.run(command, cwd=ROOT, env=clean_environment(),
                          check=True, capture_output=True, text=True,
                          timeout=120).stdout


def known_tests(files):
    """Ids of the tests in these files, with and without parameters."""
    if not files:
        return set()
    listed = output_of(sys.executable, "-B", "-m", "pytest", "-q", "--all",
                       "-p", "no:cacheprovider", "--rootdir", str(ROOT),
                       "--collect-only", *files).splitlines()
    return {name for line in listed for name in (line, line.split("[")[0])}


def test_patches(cases):
    """Each applies, and names tests that there are."""
    found = {patch.stem: read_mutant(patch) for patch in PATCHES}
    assert len(found) >= 20
    known = {*known_tests({test.split("::")[0] for mutant in found.values()
                           for test in mutant.tests}),
             *(line[5:].removesuffix("  extra") for line in
               output_of(sys.executable, "-B", SCRIPT, "--list").splitlines()),
             *(program.split("/host/")[1] for program in
               NORMAL.make("-s", "print-host-tests")[1].split())}
    for name, mutant in found.items():
        named = mutant.tests + mutant.hosts + mutant.grade + mutant.beside
        wrong = [f"{test}: there is no such test" for test in named
                 if test not in known]
        if len(named) > len(set(named)):
            wrong.append("it names a test twice")
        done = subprocess.run(
            ["git", "apply", "--check", mutant.patch], cwd=ROOT, check=False,
            capture_output=True, text=True, timeout=60)
        cases.report(name, not wrong and done.returncode == 0,
                     "\n".join(wrong) + done.stderr)


def test_mutants_of_exercises():
    """Their kernels are built as a student's is."""
    kinds = {name: read_mutant(FOLDER / f"{name}.patch").of_exercise
             for name in ("no-overflow-check", "printer-silent", "no-flush")}
    assert list(kinds.values()) == [True, True, False]


DIFF = "\ndiff --git a/value b/value\n"
HEADERS = {
    "no diff": ("A fault.\n\nTest: x\n", "no diff"),
    "no sentence": (f"Test: x\n{DIFF}", "one sentence"),
    "two sentences": (f"One. Two.\n\nTest: x\n{DIFF}", "one sentence"),
    "no test": (f"A fault.\n{DIFF}", "no test"),
    "unknown field": (f"A fault.\n\nTests: x\n{DIFF}", "Tests: x"),
    "empty field": (f"A fault.\n\nTest: x\nGrade:\n{DIFF}", "Grade:"),
    "beside nothing": (f"A fault.\n\nTest: x\nBeside: y\n{DIFF}", "Beside"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_header(tmp_path, name):
    text, word = HEADERS[name]
    patch = tmp_path / "fault.patch"
    patch.write_text(text)
    with pytest.raises(Trouble, match=word):
        read_mutant(patch)


def test_command_line():
    status, said = make("mutants", "M=no such name", check=False)
    assert status != 0 and "no mutant has such a name" in said
    status, said = make("mutants", "M=(", check=False)
    assert status != 0 and "M=(: " in said and "Traceback" not in said
    assert "make mutants" in make("help")[1]


# The examination, of a tree that is a single word: each of its tests passes,
# or does something else, by that word.

MAKEFILE = """
all:
	@if grep -q syntax value; then echo bad syntax; exit 2; fi
build/test/normal/gcc/host/%: all
	@mkdir -p $(@D) && printf '#!/bin/sh\\n! grep -q host value\\n' >$@
	@chmod +x $@
"""
RUN = """
import pathlib, sys, time
word = pathlib.Path("value").read_text().strip()
name = sys.argv[2]
if word == "hang":
    time.sleep(1000)
if word == "setup":
    print(f"FAILED {name} (setup)")
failed = word in ("test", "setup") or name == "never"
print("0 passed, 1 failed" if failed else "1 passed, 0 failed")
"""
GRADE = """#!/usr/bin/env python3
import json, pathlib, sys
if "--list" in sys.argv:
    print(" 10  one\\n  5  two\\n  1  three  extra")
    sys.exit()
word = pathlib.Path("value").read_text().strip()
tests = [{"name": name, "reason": "lost" if name in word else ""}
         for name in sys.argv[5:]]
pathlib.Path(sys.argv[4]).write_text(json.dumps({"tests": tests}))
"""


def small_tree(folder):
    (folder / "tests").mkdir(parents=True)
    (folder / "value").write_text("well\n")
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "tests" / "run.py").write_text(RUN)
    (folder / SCRIPT).write_text(GRADE)
    (folder / SCRIPT).chmod(0o755)


EXAMINED = {
    "by a test": ("Test: t", "test", ""),
    "by no test": ("Test: t", "other", "not noticed by t"),
    "in setup": ("Test: t", "setup", "t does not run"),
    "by a host test": ("Host: h", "host", ""),
    "by no host test": ("Host: h", "test", "not noticed by h"),
    "by the grade": ("Grade: one, three", "one three", ""),
    "too much": ("Grade: one", "one two", "also loses two"),
    "too little": ("Grade: one, two", "one", "does not lose two"),
    "beside": ("Grade: one\nBeside: three", "one two", ""),
    "not beside": ("Grade: one\nBeside: two", "one two", "also loses two"),
    "unknown": ("Grade: four", "four", "without it, too, four does not pass"),
    "never passes": ("Test: never", "test", "without it, too, never"),
    "no compiler": ("Test: t", "syntax", "not compile:\nbad syntax"),
    "hangs": ("Test: t", "hang", "it hangs"),
    "does not apply": ("Test: t", None, "no longer applies"),
}


def write_mutant(path, fields, word):
    path.write_text(
        f"A fault.\n\n{fields}\n{DIFF}--- a/value\n+++ b/value\n@@ -1 +1 @@\n"
        f"-{'well' if word else 'not this'}\n+{word}\n")
    return read_mutant(path)


def test_examination(tmp_path):
    """One after the other: none spoils the next."""
    mutants = [write_mutant(tmp_path / f"{name}.patch", fields, word)
               for name, (fields, word, _) in EXAMINED.items()]
    found = {}
    examine_all(mutants, lambda name, _, trouble: found.update(
        {name: trouble}), small_tree, limit=5)
    assert sorted(found) == sorted(EXAMINED)
    for name, (_, _, word) in EXAMINED.items():
        assert (word in found[name]) if word else found[name] == "", name
