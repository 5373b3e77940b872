"""The grade script: our own tree, what options and reports it has, and what
systems that misbehave cost."""

import importlib.machinery
import importlib.util
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from lib.build import NORMAL, ROOT, clean_environment, copy_tree, make
from lib.machine import Machine

NAMES = ["pte printout", "answers-pgtbl.txt", "count copyin",
         "usertests: copyin", "usertests: copyinstr1", "usertests: copyinstr2",
         "usertests: copyinstr3", "usertests: sbrkmuch",
         "usertests: all tests", "time"]
EXTRAS = ["pgtbltest: ugetpid", "pgtbltest: pgaccess",
          "pgtbltest: print_kpgtbl",
          "pgtbltest: superpg_fork and superpg_free"]
POINTS = dict(zip(NAMES + EXTRAS,
                  [10, 5, 5, 5, 5, 5, 5, 5, 20, 1, 10, 10, 10, 15]))
LIMIT = 60
SCRIPT = "grade-lab-pgtbl"


def load_script():
    loader = importlib.machinery.SourceFileLoader("grade", str(ROOT / SCRIPT))
    spec = importlib.util.spec_from_loader("grade", loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules["grade"] = module
    sys.path.insert(0, str(ROOT))
    spec.loader.exec_module(module)
    return module


grade = load_script()


def environment(folder, **variables):
    """The build that is there already, and a place for temporary files."""
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    return {**clean_environment(), "STRICT": "1", "TMPDIR": str(temporary),
            "O": str(NORMAL.ready().folder.relative_to(ROOT)), **variables}


def start(folder, *arguments, tree=ROOT, **variables):
    return subprocess.Popen(
        [tree / SCRIPT, *arguments], env=environment(folder, **variables),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)


def run(folder, *arguments, **options):
    """(exit status, output) of the script; it leaves no temporary file."""
    process = start(folder, *arguments, **options)
    output = process.communicate(timeout=LIMIT)[0]
    assert list((folder / "temporary").iterdir()) == []
    return process.returncode, output


def results(output):
    """What the output says: name -> (passed, the reason's lines)."""
    found = {}
    parts = re.split(r"^== Test (.+) ==\n", output, flags=re.M)
    for name, text in zip(parts[1::2], parts[2::2]):
        verdict = re.search(
            rf"^{re.escape(name)}: (?:(OK) \(\d+\.\ds\)|FAIL)\n"
            r"((?:    .*\n)*)", text, re.M)
        assert verdict, text
        assert bool(verdict.group(1)) != bool(verdict.group(2)), text
        found[name] = bool(verdict.group(1)), verdict.group(2)
    return found


def tree_of(folder):
    return {path.relative_to(folder).as_posix()
            for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """`make grade` of a copy of the tree: (folder, status, output)."""
    folder = tmp_path_factory.mktemp("graded")
    copy_tree(folder)
    (folder / "user" / "_stale").write_text("")
    flags = "--json score.json --junit score.xml --gradescope results.json"
    status, output = make("grade", f"GRADEFLAGS={flags}", directory=folder,
                          check=False)
    return folder, status, output


def test_our_tree(graded):
    folder, status, output = graded
    found = results(output)
    assert list(found) == NAMES + EXTRAS
    assert "Score: 66/66\n" in output
    assert [name for name in NAMES if not found[name][0]] == []
    assert [name for name in EXTRAS[:3] if not found[name][0]] == []
    assert status == 0
    assert not (folder / "user" / "_stale").exists()  # it began from clean


def test_leaves_the_build_only(graded):
    folder, _, _ = graded
    make("clean", directory=folder)
    names = tree_of(folder) - {"score.json", "score.xml", "results.json"}
    assert {name for name in names if not (ROOT / name).exists()} == set()


def test_reports(graded):
    folder, _, output = graded
    found = results(output)
    report = json.loads((folder / "score.json").read_text())
    assert (report["score"], report["max_score"]) == (66, 66)
    assert f"Extra: {report['extra']}/{report['max_extra']}\n" in output
    assert {test["name"]: test["max_score"] for test in report["tests"]} == \
        POINTS
    assert {test["name"]: test["passed"] for test in report["tests"]} == \
        {name: passed for name, (passed, _) in found.items()}
    assert "init: starting sh" in report["tests"][0]["console"]

    suite = xml.parse(folder / "score.xml").getroot()
    assert [case.get("name") for case in suite] == NAMES + EXTRAS
    assert int(suite.get("tests")) == len(POINTS)
    assert int(suite.get("failures")) == len(suite.findall("*/failure")) == \
        sum(not passed for passed, _ in found.values())

    scope = json.loads((folder / "results.json").read_text())
    assert scope["score"] == 66
    assert [test["max_score"] for test in scope["tests"]] == \
        list(POINTS.values())
    assert {test["status"] for test in scope["tests"]} <= {"passed", "failed"}


def test_does_not_compile(graded, tmp_path):
    folder, _, _ = graded
    source = folder / "kernel" / "mm" / "vmprint.c"
    text = source.read_text()
    try:
        source.write_text(text + "int no_semicolon\n")
        status, output = run(tmp_path, tree=folder, O=str(tmp_path / "out"))
    finally:
        source.write_text(text)
    found = results(output)
    assert status == 1
    assert "Score: 6/66\n" in output and "Extra: 0/45\n" in output
    for name in NAMES + EXTRAS:
        passed, reason = found[name]
        assert passed == (name in ("answers-pgtbl.txt", "time"))
        assert passed or ("expected: the kernel compiles" in reason
                          and "came: kernel/mm/vmprint.c" in reason
                          and "lines of make" in reason)


# Systems that misbehave. Each writes its process's number to $PIDS first.
BOOT = (r"printf 'xv6 kernel is booting\nhart 1 starting\nhart 2 starting\n"
        r"init: starting sh\n$ '")
CALM = "sleep 1000"
FAKES = {
    "says nothing": (CALM, ["prompt after boot", "hangs"]),
    "has a child": ("sleep 1000 & echo $! >>$PIDS; sleep 1000", ["hangs"]),
    "cannot be asked to end": (f"trap '' TERM INT HUP; {CALM}", ["hangs"]),
    "boots, then hangs": (f"{BOOT}; {CALM}", ["shows the command", "hangs"]),
    "ends at once": ("echo no disk; exit 3",
                     ["prompt after boot", "status 3", "| no disk"]),
    "panics": (r"printf 'booting\n\npanic: remap 7\n  at walk\n'; exit 1",
               ["panicked: panic: remap 7", "|   at walk"]),
    "panics and stays": (rf"printf '\npanic: stuck\n'; {CALM}",
                         ["panicked: panic: stuck"]),
    "floods": ("yes aaaaaaaaaaaaaaaaaaaaaaaaa", ["flood", "| aaaaaaa"]),
    "floods a line": ("tr '\\0' b </dev/zero", ["flood", "| bbbb"]),
    "floods after boot": (f"{BOOT}; cat /dev/zero", ["flood", r"| \x00\x00"]),
    "prints for ever": ("while :; do echo again; sleep 0.1; done",
                        ["hangs", "| again"]),
    "is not there": (None, ["expected: ", "No such file"]),
}


def fake(folder, body):
    """A program in QEMU's place, and the file where it notes its pids."""
    program = folder / "fake-qemu"
    if body is not None:
        program.write_text(f"#!/bin/sh\necho $$ >>$PIDS\n{body}\n")
        program.chmod(0o755)
    pids = folder / "pids"
    pids.touch()
    return {"QEMU": str(program), "PIDS": str(pids)}


def alive(folder):
    """Which of the fakes' processes still run. One that ended may wait for
    its parent to notice."""
    found = []
    for pid in (folder / "pids").read_text().split():
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1]
        except FileNotFoundError:
            continue
        if state.split()[0] != "Z":
            found.append(pid)
    return found


@pytest.mark.parametrize("name", FAKES)
def test_misbehaves(tmp_path, name):
    body, words = FAKES[name]
    status, output = run(tmp_path, "count copyin", "usertests: copyin", "time",
                         "--timeout", "1.5", **fake(tmp_path, body))
    found = results(output)
    assert list(found) == ["count copyin", "usertests: copyin", "time"]
    assert found["time"][0] and status == 1
    assert "Score: 1/66\n" in output
    for test in ("count copyin", "usertests: copyin"):
        assert not found[test][0]
        for word in words:
            assert word in found[test][1]
    assert alive(tmp_path) == []


def test_floods_cost_no_memory(tmp_path):
    """A flood that no time limit stops is cut short, and kept in little."""
    began = time.monotonic()
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (400 << 20, limits[1]))
    try:
        output = run(tmp_path, "-v", "copyin", "--timeout", "50",
                     **fake(tmp_path, "cat /dev/zero"))[1]
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, limits)
    assert output.count("a flood") == 5
    assert time.monotonic() - began < 20


def wait_until(condition):
    until = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP])
def test_interrupted(tmp_path, number):
    report = tmp_path / "report.json"
    process = start(tmp_path, "--json", str(report), **fake(tmp_path, CALM))
    wait_until(lambda: len(alive(tmp_path)) == 2)
    process.send_signal(number)
    output = process.communicate(timeout=20)[0]
    assert process.returncode == 130
    assert "interrupted" in output and "Traceback" not in output
    assert alive(tmp_path) == []
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not report.exists()


def test_interrupted_while_it_builds(tmp_path):
    """Make removes what is half made; the next build is right."""
    variables = fake(tmp_path, f"echo half >$OUT; {CALM}")
    out = tmp_path / "out"
    process = start(tmp_path, "count copyin", O=str(out), STRICT="",
                    HOSTCC=variables["QEMU"], PIDS=variables["PIDS"],
                    OUT=str(out / "gcc" / "mkfs" / "mkfs.o"))
    wait_until(lambda: alive(tmp_path))
    process.send_signal(signal.SIGINT)
    assert "interrupted" in process.communicate(timeout=20)[0]
    assert alive(tmp_path) == []
    assert not (out / "gcc" / "mkfs" / "mkfs.o").exists()


def test_options(tmp_path):
    status, output = run(tmp_path, "--list")
    rows = re.findall(r"^ *(\d+)  (.+?)(  extra)?$", output, re.M)
    assert {name: int(points) for points, name, _ in rows} == POINTS
    assert [name for _, name, extra in rows if extra] == EXTRAS
    assert status == 0
    # A name is itself, even if it is also a part of others'.
    assert list(results(run(tmp_path, "time")[1])) == ["time"]
    assert list(results(run(tmp_path, "^(time|ans.*)$")[1])) == \
        ["answers-pgtbl.txt", "time"]


def test_choice_earns_no_more(tmp_path):
    status, output = run(tmp_path, "time", "answers-pgtbl.txt")
    assert "Score: 6/66\n" in output and "Extra" not in output
    assert status == 1


@pytest.mark.parametrize("arguments", [
    ["no such test"], ["("], ["--timeout", "0"], ["--timeout", "soon"],
    ["--jobs", "0"], ["--unknown"]])
def test_wrong_options(tmp_path, arguments):
    status, output = run(tmp_path, *arguments)
    assert status == 2
    assert "usage:" in output and "Traceback" not in output


def test_verbose(tmp_path):
    variables = fake(tmp_path, "seq 100; exit 1")
    quiet = run(tmp_path, "count copyin", **variables)[1]
    loud = run(tmp_path, "-v", "count copyin", **variables)[1]
    assert "\n3\n" not in quiet and "    | 100\n" in quiet
    assert "\n1\n2\n3\n" in loud


# What a student hands in as text.

GOOD_ANSWER = "A1. " + "word " * 12
ANSWERS = {
    "ours": ((ROOT / "answers-pgtbl.txt").read_text(), None),
    "short": (f"Q1. Why?\n{GOOD_ANSWER}\n", None),
    "empty": ("\n  \n", "an empty file"),
    "no question": ("word " * 20, "without a question"),
    "questions only": ("Q1. Why?\nQ2. How?\n", "none to Q1, Q2"),
    "half": (f"Q1. Why?\n{GOOD_ANSWER}\nQ2: How?\nA2: ...\n", "none to Q2"),
    "none below": (f"Q1. Why?\nA1.\n\nQ2. {'word ' * 20}?\n", "none to Q1"),
    "endless": ("word " * 100000, "more"),
}
HOURS = {"16": True, " 12.5\n": True, "": False, "0": False, "-3": False,
         "a lot": False, "3 4": False, "1e9": False, "nan": False,
         "99999": False}


def script_alone(folder):
    """The script in a folder without a tree: these tests build nothing."""
    for name in (SCRIPT, "gradelib.py"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(tmp_path, name):
    text, reason = ANSWERS[name]
    (tmp_path / "answers-pgtbl.txt").write_text(text)
    found = results(run(tmp_path, "answers-pgtbl.txt",
                        tree=script_alone(tmp_path))[1])
    passed, said = found["answers-pgtbl.txt"]
    assert passed == (reason is None), said
    assert passed or reason in said


def test_hours(tmp_path):
    script_alone(tmp_path)
    for text, good in HOURS.items():
        (tmp_path / "time.txt").write_text(text)
        found = results(run(tmp_path, "time", tree=tmp_path)[1])
        assert found["time"][0] == good, text


def test_files_that_are_none(tmp_path):
    script_alone(tmp_path)
    (tmp_path / "answers-pgtbl.txt").mkdir()
    os.mkfifo(tmp_path / "time.txt")
    found = results(run(tmp_path, "time", "answers", tree=tmp_path)[1])
    assert [passed for passed, _ in found.values()] == [False, False]


# What is expected of the system.

@pytest.fixture(scope="module")
def listing():
    with Machine(NORMAL, cpus=1) as machine:
        return machine.boot()


def check(text):
    program = grade.Program(NORMAL.folder / "user" / "_init")
    grade.check_meaning(grade.Listing(text, grade.BY_INDEX), program,
                        fresh=True)


def test_listing(listing):
    check(listing)


def with_flags(text, index, change):
    """The listing with the flags of a leaf, the last of this index, changed;
    its pa still follows."""
    found = list(re.finditer(
        rf"^\.\. \.\. \.\.{index}: pte 0x(\w+)", text, re.M))[-1]
    pte = change(int(found.group(1), 16))
    return f"{text[:found.start(1)]}{pte:016x}{text[found.end(1):]}"


def without(text, index):
    return re.sub(rf"^\.\. \.\. \.\.{index}: .*\n", "", text, flags=re.M)


def move(text, index, other):
    return text.replace(f".. .. ..{index}:", f".. .. ..{other}:")


R, W, X, U = grade.READ, grade.WRITE, grade.EXECUTE, grade.USER
LISTING_MUTANTS = {
    "no title": (lambda t: t.replace("page table", "table"), "page table 0x"),
    "no lines": (lambda t: re.sub(r"^\.\..*\n", "", t, flags=re.M),
                 "each valid entry"),
    "form": (lambda t: t.replace(" pa 0x", " pa "), "form"),
    "short numbers": (lambda t: t.replace("pte 0x00000000", "pte 0x"), "form"),
    "pa of another": (lambda t: re.sub(r"(\.\.1: .* pa 0x)\w+",
                                       r"\g<1>0000000080300000", t),
                      "by its pte"),
    "text writable": (lambda t: with_flags(t, 0, lambda p: p | W),
                      "text (0x0) is r-xu"),
    "text not the user's": (lambda t: with_flags(t, 0, lambda p: p & ~U),
                            "r-xu"),
    "data executable": (lambda t: with_flags(t, 2, lambda p: p | X), "rw-u"),
    "guard mapped": (lambda t: re.sub(
        r"(\.\. \.\. \.\.)5(: .*\n)", r"\g<1>4\2\g<1>5\2", t), "guard"),
    "guard missing": (lambda t: move(t, 5, 4), "guard"),
    "stack missing": (lambda t: without(t, 5), "the stack"),
    "USYSCALL writable": (lambda t: with_flags(t, 509, lambda p: p | W),
                          "USYSCALL"),
    "trapframe the user's": (lambda t: with_flags(t, 510, lambda p: p | U),
                             "the trapframe"),
    "trampoline the user's": (lambda t: with_flags(t, 511, lambda p: p | U),
                              "the trampoline"),
    "wrong index": (lambda t: move(t, 5, 7), "a page for the stack"),
    "index too large": (lambda t: move(t, 510, 900), "below 512"),
    "order": (lambda t: re.sub(r"(.*\.\.1: .*\n)(.*\.\.2: .*\n)", r"\2\1", t),
              "in order"),
    "twice": (lambda t: re.sub(r"(.*\.\.1: .*\n)", r"\1\1", t), "in order"),
    "level left out": (lambda t: re.sub(r"^\.\. \.\.0: .*\n", "", t,
                                        flags=re.M), "nothing to hang it on"),
    "below a leaf": (lambda t: re.sub(
        r"^(\.\. \.\.0: pte 0x\w+)1( .*)", r"\g<1>f\2", t, flags=re.M),
        "below a leaf"),
    "table without a leaf": (lambda t: with_flags(t, 1, lambda p: 1 | p >> 10
                                                  << 10), "only leaves"),
    "not valid": (lambda t: with_flags(t, 1, lambda p: p & ~1), "valid"),
    "below RAM": (lambda t: with_page(t, 1, 0x10000000), "in RAM"),
    "the root as a page": (lambda t: with_page(t, 1, root_of(t)),
                           "a page for each table"),
}


def root_of(text):
    return int(re.search(r"page table 0x(\w+)", text).group(1), 16)


def with_page(text, index, pa):
    """The listing with a leaf that maps another page."""
    text = with_flags(text, index, lambda pte: pte & 1023 | pa >> 2)
    return re.sub(rf"(\.\.{index}: pte \w+ pa 0x)\w+", rf"\g<1>{pa:016x}",
                  text)


@pytest.mark.parametrize("name", LISTING_MUTANTS)
def test_wrong_listing(listing, name):
    mutate, word = LISTING_MUTANTS[name]
    text = mutate(listing)
    assert text != listing
    with pytest.raises(grade.Failure) as failure:
        check(text)
    assert word in str(failure.value)


def test_counting_rules():
    """The script's numbers are the kernel's."""
    console = (ROOT / "kernel" / "fs" / "console.c").read_text()
    chunk = re.search(r"#define WRITE_CHUNK (\d+)", console).group(1)
    assert grade.CONSOLE_CHUNK == int(chunk)
    assert grade.console_write(0x2000, 0).copyin == 0
    assert grade.console_write(0x2000, 129).copyin == 2
    assert grade.console_write(0x2FFF, 129).copyin == 2
    assert grade.console_write(0x2F81, 129).copyin == 2
    assert grade.console_write(0x2FFF, 130).copyin == 3
    assert grade.shell_starts("stats") == grade.Copies(2, 2)
    assert grade.shell_starts("usertests copyin") == grade.Copies(3, 3)


@pytest.mark.parametrize("command, words", [
    ("stats walk", ["copyin 0, copyinstr 0"]), ("stats", None)])
def test_walking_earns_nothing(command, words):
    """The tests on a system whose copies walk: there, the counters stay."""
    class Bench:
        tree = type("Tree", (), {
            "product": staticmethod(lambda name: NORMAL.folder / name)})

        def machine(self, cpus=3):
            return Booted(NORMAL, cpus=cpus)

    class Booted(Machine):
        def __enter__(self):
            self.output = self.boot()
            self.run(command)
            return self

    if words is None:
        grade.count_copyin(Bench())
        grade.usertest(Bench(), "copyin", "copyin")
        return
    with pytest.raises(grade.Failure, match=words[0]):
        grade.count_copyin(Bench())
    for name, direct in (("copyin", "copyin"), ("copyinstr1", "copyinstr")):
        with pytest.raises(grade.Failure, match="walk"):
            grade.usertest(Bench(), name, direct)
