"""The grade script: our own tree, what options and reports it has, and what
systems that misbehave cost."""

import json
import os
import re
import resource
import signal
import subprocess
import time
import xml.etree.ElementTree as xml

import pytest

from lib.build import (NORMAL, ROOT, clean_environment, copy_tree, make,
                       make_command)
from lib.grading import (alive, check_gradescope, environment, fake, results,
                         run, start, temporary, wait_until)
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
GRADE_LIMIT = 300  # seconds for all of it


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
    began = time.monotonic()
    status, output = make("grade", f"GRADEFLAGS={flags}", directory=folder,
                          check=False)
    assert time.monotonic() - began < GRADE_LIMIT
    return folder, status, output


def test_our_tree(graded):
    folder, status, output = graded
    found = results(output)
    assert list(found) == NAMES + EXTRAS
    assert re.findall(r"^== Test (.+) ==$|^(\w+): \d+/\d+$", output, re.M) == \
        [*((name, "") for name in NAMES), ("", "Score"),
         *((name, "") for name in EXTRAS), ("", "Extra")]
    assert [name for name in found if not found[name][0]] == []
    assert "Score: 66/66\n" in output and "Extra: 45/45\n" in output
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
    assert (report["extra"], report["max_extra"]) == (45, 45)
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
    check_gradescope(scope)
    assert scope["score"] == 66
    assert [test["max_score"] for test in scope["tests"]] == \
        list(POINTS.values())
    assert {test["status"] for test in scope["tests"]} == {"passed"}


def test_reports_on_failures(tmp_path):
    """What the console showed does no harm to any of them."""
    variables = fake(tmp_path, r"printf '<&]]>\033[2J\377\0\nend\n'; exit 1")
    names = {kind: tmp_path / kind for kind in ("json", "junit", "gradescope")}
    run(tmp_path, "count copyin", "time", *(
        word for kind, name in names.items()
        for word in (f"--{kind}", str(name))), **variables)
    report = json.loads(names["json"].read_text())
    reason = report["tests"][0]["reason"]
    assert r"| <&]]>\x1b[2J\xff\x00" in reason and "| end" in reason
    assert "<&]]>" in report["tests"][0]["console"]

    cases = xml.parse(names["junit"]).getroot()
    assert [len(case.findall("failure")) for case in cases] == [1, 0]
    assert cases[0].find("failure").text == reason
    assert cases[0].find("failure").get("message").startswith("expected: ")

    scope = json.loads(names["gradescope"].read_text())
    check_gradescope(scope)
    assert [test["status"] for test in scope["tests"]] == ["failed", "passed"]
    assert scope["score"] == 1 and scope["tests"][0]["output"] == reason


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
    "has a late hart": (
        r"printf 'hart 1 starting\n$ hart 2 starting\n'; " + CALM,
        ["shows the command", "hangs"]),
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


def test_hang_costs_its_own_points(tmp_path):
    """What was printed before it counts."""
    with Machine(NORMAL, cpus=1) as machine:
        (tmp_path / "listing").write_text(machine.boot())
    variables = fake(tmp_path, f"cat {tmp_path}/listing; {CALM}")
    status, output = run(tmp_path, "pte printout", "count copyin",
                         "--timeout", "1.5", **variables)
    found = results(output)
    assert found["pte printout"] == (True, "")
    assert not found["count copyin"][0] and "hangs" in found["count copyin"][1]
    assert "Score: 10/66\n" in output and status == 1


def test_floods_cost_no_memory(tmp_path):
    """A flood that no time limit stops is cut short, and kept in little."""
    began = time.monotonic()
    process = start(tmp_path, "-v", "copyin", "--timeout", "50",
                    **fake(tmp_path, "cat /dev/zero"))
    resource.prlimit(process.pid, resource.RLIMIT_DATA, (400 << 20, 400 << 20))
    output = process.communicate(timeout=50)[0]
    assert output.count("a flood") == 5
    assert time.monotonic() - began < 20


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
    assert temporary(tmp_path) == []
    assert not report.exists()


def test_interrupted_while_it_builds(tmp_path):
    """Make removes what is half made; the next build is right."""
    variables = fake(tmp_path, 'while [ "$1" != -o ]; do shift; done; '
                     f"echo half >$2; {CALM}")
    objects = tmp_path / "out" / "gcc" / "mkfs"
    process = start(tmp_path, "count copyin", O=str(tmp_path / "out"),
                    STRICT="", HOSTCC=variables["QEMU"],
                    PIDS=variables["PIDS"])
    wait_until(lambda: list(objects.glob("*.o")))
    process.send_signal(signal.SIGINT)
    assert "interrupted" in process.communicate(timeout=20)[0]
    assert alive(tmp_path) == []
    assert list(objects.glob("*.o")) == []


def test_make_interrupted(tmp_path):
    """^C goes to make and to all that it runs."""
    out = tmp_path / "out"
    variables = fake(tmp_path, CALM)
    process = subprocess.Popen(
        [make_command(), "grade"], cwd=ROOT, start_new_session=True, text=True,
        env=environment(tmp_path, O=str(out), HOSTCC=variables["QEMU"],
                        PIDS=variables["PIDS"]),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    wait_until(lambda: alive(tmp_path))
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate(timeout=20)[0]
    assert "interrupted" in output and "Traceback" not in output
    assert process.returncode != 0
    assert alive(tmp_path) == [] and temporary(tmp_path) == []
    make(f"O={out}", "clean")
    assert tree_of(out) == set()


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


def test_report_that_cannot_be_written(tmp_path):
    """The score is told all the same."""
    status, output = run(tmp_path, "time", "--json", "/dev/full")
    assert status == 1
    assert "Score: 1/66\n" in output and "Traceback" not in output
    assert re.search(r"^cannot write /dev/full: No space", output, re.M)


def test_choice_earns_no_more(tmp_path):
    status, output = run(tmp_path, "time", "answers-pgtbl.txt")
    assert "Score: 6/66\n" in output and "Extra" not in output
    assert status == 1


@pytest.mark.parametrize("arguments", [
    ["no such test"], ["("], ["--timeout", "0"], ["--timeout", "soon"],
    ["--jobs", "0"], ["--unknown"], ["--json", "/nowhere/score.json"],
    ["--junit", "/"]])
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
