"""Grading a class: how submissions are unpacked, what the boxes keep in, how
a run goes on, and what the reports say. `make test-class` grades a whole class."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from lib.build import ROOT, clean_environment
from lib.grading import check_gradescope

TOOLS = ROOT / "conf" / "grade-class.d"
sys.path[:0] = [str(TOOLS), str(ROOT / "tests" / "class")]

import histogram  # noqa: E402
import packing  # noqa: E402
import page  # noqa: E402
import records  # noqa: E402
import reports  # noqa: E402
import students  # noqa: E402
import submissions  # noqa: E402
import unpack  # noqa: E402
from progress import Progress, clock  # noqa: E402

LIMIT = 300
SCRIPT = ROOT / "conf" / "grade-class"
# Needs no system: the build is all that takes time.
TEXTS = ["--tests", "^time$", "--tests", "^answers"]


# Unpacking.

def handed_in(folder, student):
    student.hand_in(folder)
    found = submissions.find(folder)
    assert [one.student for one in found] == [student.name]
    return found[0]


@pytest.mark.parametrize("student", students.right(), ids=lambda s: ascii(
    s.name))
def test_taken(tmp_path, student):
    """However it is packed, the five files and nothing else."""
    submission = handed_in(tmp_path, student)
    assert submission.refusal() is None
    assert unpack.take(submission.paths[0]) == students.RIGHT


@pytest.mark.parametrize("student", students.incomplete(),
                         ids=lambda s: s.name)
def test_incomplete_is_taken(tmp_path, student):
    submission = handed_in(tmp_path, student)
    assert unpack.take(submission.paths[0]) == student.files


@pytest.mark.parametrize("student", students.hostile(), ids=lambda s: s.name)
def test_refused(tmp_path, student):
    submission = handed_in(tmp_path, student)
    with pytest.raises(unpack.Refused) as refused:
        unpack.take(submission.paths[0])
    assert student.says in str(refused.value)


def test_tool_writes_only_what_is_wanted(tmp_path):
    """As the box runs it: over a tree, and what is missing is named."""
    files = {**students.without(students.TIME), "Makefile": b"theirs"}
    packing.as_tar(tmp_path / "a", files)
    (tmp_path / "kernel" / "mm").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, TOOLS / "unpack.py", tmp_path / "a.tar.gz", tmp_path],
        capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "time.txt\n")
    assert not (tmp_path / "Makefile").exists()
    assert (tmp_path / students.PRINTER).read_bytes() == \
        students.RIGHT[students.PRINTER]


def test_wanted_are_the_exercises():
    exercises = {f"kernel/mm/{path.name}"
                 for path in (ROOT / "conf" / "handout.d").glob("*.c")}
    assert set(unpack.WANTED) == exercises | {"answers-pgtbl.txt", "time.txt"}


# Who handed in what.

@pytest.mark.parametrize("name, student", [
    ("ann.tar.gz", "ann"), ("ann.tgz", "ann"), ("ann.ZIP", "ann"),
    ("a.b.tar", "a.b"), ("ann.bundle", "ann"), ("ann.rar", "ann.rar"),
    ("ann", "ann")])
def test_names(name, student):
    assert submissions.student_of(name) == student


def test_submissions_that_are_none(tmp_path):
    (tmp_path / ".hidden").write_text("")
    (tmp_path / "...zip").write_text("")
    (tmp_path / "link.zip").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.tar")
    (tmp_path / "twice").mkdir()
    (tmp_path / "twice.zip").write_text("")
    with open(tmp_path / "large.tar", "wb") as file:
        file.truncate(submissions.MOST_BYTES + 1)
    found = {one.student: one.refusal() for one in submissions.find(tmp_path)}
    assert set(found) == {"link", "pipe", "twice", "large"}
    assert "symbolic link" in found["link"] and "a pipe" in found["pipe"]
    assert "several submissions" in found["twice"]
    assert "larger than" in found["large"]


@pytest.mark.parametrize("pack", [packing.as_folder, packing.as_tar])
def test_fingerprint(tmp_path, pack):
    """It changes with what is handed in."""
    digests = []
    for name, files in (("a", students.RIGHT), ("b", students.RIGHT),
                        ("c", {**students.RIGHT, students.TIME: b"17"})):
        (tmp_path / name).mkdir()
        pack(tmp_path / name / "ann", files)
        digests.append(submissions.find(tmp_path / name)[0].fingerprint())
    assert digests[0] == digests[1] != digests[2]


def test_fingerprint_of_names_that_are_no_text(tmp_path):
    place = tmp_path / "ann" / "\udcff"
    place.mkdir(parents=True)
    found = submissions.find(tmp_path)
    empty = found[0].fingerprint()
    (place / "time.txt").write_text("16")
    assert submissions.find(tmp_path)[0].fingerprint() != empty
    assert unpack.take(tmp_path / "ann") == {"time.txt": b"16"}


# Reports.

TESTS = records.tests_of(" 10  pte printout\n  5  usertests: copyin\n"
                         " 10  pgtbltest: ugetpid  extra\n")
HOSTILE = "</pre><script>alert(1)</script>\"'&\n\x1b[2J=1+1"


def record(student="ann", passed=(True, True, True), reason="came: nothing",
           message=""):
    tests = [{**test, "passed": well, "score": test["max_score"] * well,
              "reason": "" if well else reason}
             for test, well in zip(TESTS, passed)]
    return {"student": student, "message": message, "seconds": 1,
            "tests": tests, "folder": "students/ann", **records.sums(tests)}


@pytest.mark.parametrize("word, right", [
    ("pte printout", True), ("^usertests", True), ("copyout", False),
    ("(", False)])
def test_choice(word, right):
    assert records.is_choice(word, TESTS) == right


def test_sums():
    sums = records.sums(record(passed=(True, False, True))["tests"])
    assert sums == {"score": 10, "max_score": 15, "extra": 10,
                    "max_extra": 10}


def test_csv():
    names = [test["name"] for test in TESTS]
    hostile = [record("=1+1"), record("@a"), record('a,"b\nc'),
               record(message="-2"), record(passed=(False, True))]
    rows = list(csv.reader(io.StringIO(reports.csv_report(hostile, names))))
    assert rows[0][0] == "student" and rows[0][6:] == names
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'@a", 'a,"b\nc', "ann",
                                            "ann"]
    assert rows[4][5] == "'-2"
    assert rows[5][1:5] == ["5", "15", "0", "0"]
    assert rows[5][6:] == ["0", "5", ""]


def test_junit():
    text = reports.junit_report([record(), record(
        "<b>", passed=(False, True, True), reason=HOSTILE)])
    suites = xml.fromstring(text.split("\n", 1)[1])
    assert [suite.get("failures") for suite in suites] == ["0", "1"]
    assert suites[1].get("name") == "<b>"
    assert "<script>" in suites[1].find("testcase/failure").text


def test_page_escapes():
    text = page.html([record(HOSTILE, (False, False, False), HOSTILE, HOSTILE),
                      record("b", (False, False, False), HOSTILE)], TESTS)
    body = text[:text.index("<script>")]
    assert "alert(1)" in body and "<script" not in body
    assert body.count("<pre>") == body.count("</pre>")
    assert not re.search(r"""(src|href)=["']?(https?:|//)""", text)


def test_page_says_all():
    well, ill = record("ann"), record("bob", (True, False, False), "came: 7")
    refused = {**records.refused("eve", "is a pipe", TESTS), "folder": "x"}
    text = page.html([well, ill, refused], TESTS)
    assert "3 students" in text and text.count("is a pipe") == 2
    assert 'id="student-1-1"' in text and 'href="#student-1-1"' in text
    assert 'id="student-2-0"' in text and "bob" in text
    links = set(re.findall(r'href="#([^"]*)"', text))
    assert links <= set(re.findall(r'id="([^"]*)"', text))
    assert "Nobody" in page.html([], TESTS)


@pytest.mark.parametrize("most", [0, 1, 15, 66])
def test_histogram(most):
    """Every score is in one bar; full marks have their own."""
    scores = list(range(most + 1))
    bars = histogram.bins_of(scores, most)
    assert sum(count for *_, count in bars) == most + 1
    assert bars[-1] == (most, most, 1)
    assert histogram.svg([], most).startswith("<svg")


def test_progress():
    stream = io.StringIO()
    progress = Progress(3, 1, stream)
    progress.done("ann: 66/66")
    progress.done("bob: 0/66")
    lines = stream.getvalue().splitlines()
    assert re.fullmatch(r"2/3 ann: 66/66, \d+:\d\d left", lines[0])
    assert lines[1] == "3/3 bob: 0/66, 0:00 left"
    assert [clock(5), clock(185), clock(3785)] == ["0:05", "3:05", "1:03:05"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_bar(monkeypatch):
    """It fills as they are graded, over itself, and keeps to its line."""
    monkeypatch.setenv("COLUMNS", "70")
    stream = Terminal()
    progress = Progress(4, 1, stream)
    for name in ("ann", "bob", "an endless name " * 9):
        progress.done(f"{name}: 66/66")
    progress.close()
    drawn = stream.getvalue().removesuffix("\n").split("\r")[1:]
    assert {len(line) for line in drawn} == {69}
    assert [line.count("#") for line in drawn] == [7, 15, 22, 30]
    assert [line.count(".") for line in drawn] == [23, 15, 8, 0]
    assert re.search(r"\] 1/4 +$", drawn[0])
    assert re.search(r"\] 2/4  \d:\d\d left  ann: 66/66 +$", drawn[1])
    assert re.search(r"\] 4/4  0:00 left  an endless name an e", drawn[3])


def test_records_are_of_their_key(tmp_path):
    records.save(tmp_path, {**record(), "key": "k"}, {})
    assert records.load(tmp_path, "k")["student"] == "ann"
    assert records.load(tmp_path, "other") is None
    for broken in ("", "{", "[]", "{}", "3"):
        (tmp_path / records.RECORD).write_text(broken)
        assert records.load(tmp_path, "k") is None
    scope = json.loads((tmp_path / "results.json").read_text())
    check_gradescope(scope)
    assert scope["score"] == 0


# Runs.

def start(folder, *arguments):
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    environment = {**clean_environment(), "TMPDIR": str(temporary)}
    return subprocess.Popen(
        [sys.executable, SCRIPT, folder / "submissions", "--out",
         folder / "out", *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)


def run(folder, *arguments):
    """(exit status, output); it leaves no process and no other file."""
    process = start(folder, *arguments)
    output = process.communicate(timeout=LIMIT)[0]
    assert list((folder / "temporary").iterdir()) == []
    assert not (folder / "out" / ".work").exists()
    assert running_in(folder) == []
    return process.returncode, output


def running_in(folder):
    """The processes whose command names the folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in command:
            found.append(command)
    return found


def hand_in(folder, **packed):
    (folder / "submissions").mkdir(exist_ok=True)
    for name, (pack, files) in packed.items():
        pack(folder / "submissions" / name, files)


def scores(folder):
    rows = csv.DictReader(io.StringIO((folder / "out" / "grades.csv")
                                      .read_text()))
    return {row["student"]: int(row["score"]) for row in rows}


def test_run_goes_on(tmp_path):
    """What is graded is not graded again, unless it has changed."""
    half = students.without(students.TIME)
    hand_in(tmp_path, ann=(packing.as_tar, students.RIGHT),
            bob=(packing.as_folder, half), eve=(packing.as_links, half))
    status, output = run(tmp_path, *TEXTS)
    assert status == 0, output
    assert scores(tmp_path) == {"ann": 6, "bob": 5, "eve": 0}
    scope = tmp_path / "out" / "students" / "eve" / "results.json"
    assert "symbolic link" in json.loads(scope.read_text())["output"]
    assert "3 of 3 graded" in output and "3/3 " in output

    hand_in(tmp_path, bob=(packing.as_folder, students.RIGHT))
    status, output = run(tmp_path, *TEXTS)
    assert status == 0 and scores(tmp_path)["bob"] == 6
    assert re.findall(r"^(\d/3 \w+)", output, re.M) == ["3/3 bob"]


def test_interrupted(tmp_path):
    """Nothing stays running, and what was graded is in the reports."""
    hangs = next(one for one in students.deadly() if one.name == "hangs")
    hand_in(tmp_path, ann=(packing.as_links, students.RIGHT),
            bob=(packing.as_folder, hangs.files))
    process = start(tmp_path, "--tests", "count copyin", "--jobs", "2")
    for line in process.stdout:
        if "ann: 0/66" in line:
            break
    process.send_signal(signal.SIGTERM)
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "interrupted" in output and "1 of 2 graded" in output
    assert "Traceback" not in output
    assert scores(tmp_path) == {"ann": 0}
    # A box that is killed takes a moment to be gone.
    until = time.monotonic() + 20
    while running_in(tmp_path):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.slow
def test_without_namespaces(tmp_path):
    """The limits hold there, too, and it says what does not."""
    bomb = next(one for one in students.uncompiled() if one.name == "macros")
    hand_in(tmp_path, ann=(packing.as_tar, students.RIGHT),
            bob=(packing.as_folder, bomb.files))
    status, output = run(tmp_path, *TEXTS, "--tests", "usertests: copyin",
                         "--no-namespaces")
    assert status == 0 and "can read this machine's files" in output
    assert scores(tmp_path) == {"ann": 11, "bob": 6}


@pytest.mark.parametrize("arguments, says", [
    (["--out", "o"], "SUBMISSIONS"), (["none", "--out", "o"], "is no folder"),
    ([".", "--out", "o", "--jobs", "0"], "--jobs"),
    ([".", "--out", "o", "--tests-of", "none"], "No such file"),
    ([".", "--out", "o", "--tests-of", "list"], "is not of the form"),
    ([".", "--out", "o", "--limit", "-1"], "--limit"), (["."], "--out"),
    ([".", "--out", "o"], "o is inside ."), ([".", "--out", "."], "inside")])
def test_usage(tmp_path, arguments, says):
    (tmp_path / "list").write_text("[1]")
    done = subprocess.run([sys.executable, SCRIPT, *arguments], cwd=tmp_path,
                          text=True, capture_output=True, check=False)
    assert done.returncode == 2
    assert says in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "o").exists()
