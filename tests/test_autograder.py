"""What Gradescope and GitHub Classroom get: the zip, graded with as
run_autograder does it, in folders laid out as Gradescope's are; and the
workflow. `make test-autograder` tries the zip in a bare Debian."""

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import zipfile

import pytest
import yaml

from lib.build import ROOT, clean_environment, copy_tree, make
from lib.grading import run as grade

sys.path[:0] = [str(ROOT / "tests" / "autograder")]

import cases  # noqa: E402

LIMIT = 600
SCRIPT = ROOT / "grade-lab-pgtbl"
PARTS = {"grader", "labgrade", "run_autograder", "setup.sh", "tree"}


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    place = tmp_path_factory.mktemp("zip") / "it's a zip.zip"
    said = make("autograder", f"OUT={place}")[1]
    assert said.startswith(f"{place}: the autograder")
    return place


@pytest.fixture(scope="module")
def layout(packed, tmp_path_factory):
    """Gradescope's folders, with the zip in its place."""
    folder = tmp_path_factory.mktemp("autograder")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder / "source")
    shutil.copy(folder / "source" / "run_autograder", folder)
    (folder / "run_autograder").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def tests():
    """(name, points, extra) of the grade script's."""
    said = subprocess.run([sys.executable, SCRIPT, "--list"], text=True,
                          capture_output=True, check=True).stdout
    return [(name, int(points), bool(extra)) for points, name, extra in
            re.findall(r"^ *(\d+)  (.+?)(  extra)?$", said, re.M)]


def run_autograder(folder, **variables):
    """(exit status, results.json, what was printed)."""
    shutil.rmtree(folder / "results", ignore_errors=True)
    done = subprocess.run(
        [folder / "run_autograder"], cwd=folder, timeout=LIMIT, text=True,
        env={**clean_environment(), "AUTOGRADER": str(folder), **variables},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    results = json.loads((folder / "results" / "results.json").read_text())
    return done.returncode, results, done.stdout


# The zip.

def test_same_tree_same_bytes(packed, tmp_path):
    """Also of a copy made later and elsewhere, with another umask."""
    tree = tmp_path / "tree"
    copy_tree(tree)
    subprocess.run(["git", "init", "-q", tree], check=True)
    again = tmp_path / "again.zip"
    done = subprocess.run(
        [sys.executable, tree / "conf" / "autograder", again], check=False,
        env=clean_environment(), umask=0o077, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert again.read_bytes() == packed.read_bytes()
    assert packed.stat().st_size < 1 << 20


def test_programs_of_the_zip(packed):
    """What Gradescope calls is at the top, and programs are programs."""
    with zipfile.ZipFile(packed) as archive:
        modes = {info.filename: info.external_attr >> 16
                 for info in archive.infolist()}
    assert {name.split("/")[0] for name in modes} == PARTS
    assert all(stat.S_ISREG(mode) for mode in modes.values())
    for name in ("setup.sh", "run_autograder", "tree/conf/setup"):
        assert modes[name] & 0o777 == 0o755
    assert modes["tree/Makefile"] & 0o777 == 0o644


def test_no_solution_in_the_zip(layout):
    """By the check of the handout, on all that is in it; and not one of our
    files is there, under whatever name."""
    done = subprocess.run(
        [sys.executable, ROOT / "conf" / "handout", "--check",
         layout / "source"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    there = {path.read_bytes() for path in (layout / "source").rglob("*")
             if path.is_file()}
    solved = set(cases.RIGHT.values())
    assert len(solved) == 5 and not there & solved


def test_solution_is_refused(tmp_path):
    """One that got among the grader's files; and nothing is written."""
    tree, place = tmp_path / "tree", tmp_path / "place"
    place.mkdir()
    copy_tree(tree)
    subprocess.run(["git", "init", "-q", tree], check=True)
    shutil.copy(tree / "kernel" / "mm" / "vmprint.c",
                tree / "conf" / "autograder.d" / "setup.sh")
    done = subprocess.run(
        [sys.executable, tree / "conf" / "autograder", place / "a.zip"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(r"^  setup\.sh:\d+: the name print_if_valid", done.stderr,
                     re.M), done.stderr
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("name, says", [
    ("none/a.zip", "there is no folder"), (".", "is a folder")])
def test_place_of_the_zip(tmp_path, name, says):
    done = subprocess.run(
        [sys.executable, ROOT / "conf" / "autograder", tmp_path / name],
        capture_output=True, text=True, check=False)
    assert done.returncode == 1 and says in done.stderr
    assert list(tmp_path.iterdir()) == []


# Grading by it.

@pytest.mark.parametrize("case", [*cases.graded(), *cases.refused()],
                         ids=lambda case: case.name)
def test_case(layout, tests, case):
    shutil.rmtree(layout / "submission", ignore_errors=True)
    (layout / "submission").mkdir()
    case.upload(layout / "submission")
    status, results, said = run_autograder(layout)
    assert cases.faults(case, results, tests) == []
    assert status == 0, said
    assert {path.name for path in (layout / "source").iterdir()} == PARTS


def test_grader_fails(layout):
    """The student hears that it is not the student's doing."""
    shutil.rmtree(layout / "submission", ignore_errors=True)
    status, results, said = run_autograder(layout)
    assert status == 1 and "FileNotFoundError" in said
    assert results["score"] == 0 and results["tests"] == []
    assert "says nothing of your work" in results["output"]


def test_handout_does_not_build(layout, tmp_path):
    (layout / "submission").mkdir(exist_ok=True)
    status, results, said = run_autograder(layout, MAKE="false")
    assert status == 1 and "the clean handout does not build" in said
    assert "says nothing of your work" in results["output"]


def test_no_python(layout, tmp_path):
    """Where set-up has failed there is a result all the same."""
    for name in ("cat", "mkdir", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name))
    status, results, _ = run_autograder(layout, PATH=str(tmp_path))
    assert status != 0
    assert results["score"] == 0 and "Tell your teacher" in results["output"]


def test_setup(layout):
    """It installs nothing where nothing is missing, and builds the handout."""
    done = subprocess.run(
        ["bash", layout / "source" / "setup.sh"], cwd=layout, text=True,
        env={**clean_environment(), "AUTOGRADER": str(layout)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=LIMIT, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert (layout / "source" / "tree" / "kernel" / "kernel").exists()


# The workflow.

@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load((ROOT / "conf" / "classroom.yml").read_text())


def steps(workflow):
    job, = workflow["jobs"].values()
    return job["steps"]


def test_workflow_names_each_test(workflow, tests):
    """With its points, and all of them are told."""
    graders = [step for step in steps(workflow)
               if "command-grader" in step.get("uses", "")]
    assert [(step["with"]["test-name"], step["with"]["max-score"])
            for step in graders] == [
        (name, points) for name, points, extra in tests if not extra]
    ids = [step["id"] for step in graders]
    reporter = steps(workflow)[-1]
    assert reporter["with"]["runners"].split(",") == ids
    assert reporter["env"] == {
        f"{each.upper()}_RESULTS": f"${{{{ steps.{each}.outputs.result }}}}"
        for each in ids}
    for step in graders:
        assert shlex.split(step["with"]["command"])[-1] == \
            step["with"]["test-name"]


def test_workflow_in_a_handout(workflow, tmp_path):
    """Its commands are run, in a tree with texts and no code."""
    tree = tmp_path / "lab"
    make("handout", f"OUT={tree}", "CLASSROOM=1")
    place = tree / ".github" / "workflows" / "classroom.yml"
    assert yaml.safe_load(place.read_text()) == workflow
    for name in ("answers-pgtbl.txt", "time.txt"):
        shutil.copy(ROOT / name, tree)
    commands = [step.get("run") or step["with"]["command"]
                for step in steps(workflow)
                if "run" in step or "command" in step.get("with", {})]
    passed = []
    for command in commands:
        done = subprocess.run(
            ["bash", "-e", "-c", command], cwd=tree, text=True,
            env=clean_environment(), stdin=subprocess.DEVNULL, timeout=LIMIT,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if "--from" in command:
            assert ("came: " in done.stdout) == (done.returncode == 1)
            passed += [shlex.split(command)[-1]] * (done.returncode == 0)
        else:
            assert done.returncode == 0, done.stdout
    assert passed == ["answers-pgtbl.txt", "time"]
    assert (tree / "grade.xml").is_file()


def test_handout_has_no_workflow_unless_asked(tmp_path):
    make("handout", f"OUT={tmp_path}/lab")
    assert not (tmp_path / "lab" / ".github").exists()


# What the workflow asks of the grade script: a report, told again.

def report(folder, **tests):
    """One of --json, with these tests: passed or not."""
    path = folder / "report.json"
    path.write_text(json.dumps({"tests": [
        {"name": name, "passed": passed, "seconds": 1.5, "console": "",
         "reason": "" if passed else "expected: 1\ncame: 2"}
        for name, passed in tests.items()]}))
    return path


@pytest.mark.parametrize("word, status, says", [
    ("time", 0, "time: OK (1.5s)"), ("answers", 1, "    came: 2"),
    ("count", 1, "    came: none")])
def test_report_told_again(tmp_path, word, status, says):
    path = report(tmp_path, **{"time": True, "answers-pgtbl.txt": False})
    done = grade(tmp_path, "--from", path, word)
    assert done[0] == status and f"{says}\n" in done[1]
    assert "Score" not in done[1]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"tests": 1}',
                                  '{"tests": [{"name": "time"}]}', None])
def test_no_report_to_tell(tmp_path, text):
    path = tmp_path / "report.json"
    if text is not None:
        path.write_text(text)
    status, said = grade(tmp_path, "--from", path, "time")
    assert status == 2 and "is no report by --json" in said
    assert "Traceback" not in said
