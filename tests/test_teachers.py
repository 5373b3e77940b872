"""What docs/teachers.md and docs/lab.md say: the exercise of one's own is made
as it is written there, and the names and points that they tell are right."""

import re
import subprocess
import sys

import pytest

from lib.build import ROOT, clean_environment, copy_tree
from lib.grading import grade
from lib.pages import BLOCK

LIMIT = 900
TEACHERS = ROOT / "docs/teachers.md"
LAB = ROOT / "docs/lab.md"


def section(title):
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEACHERS.read_text(),
                      re.M | re.S)
    return found.group(1)


def command(*words, folder, check=True, **options):
    done = subprocess.run(
        words, cwd=folder, text=True, timeout=LIMIT, env=clean_environment(),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        **options)
    assert done.returncode == 0 or not check, done.stdout
    return done.stdout


@pytest.fixture
def tree(tmp_path):
    place = tmp_path / "tree"
    copy_tree(place)
    command("git", "init", "-q", folder=place)
    return place


def test_own_exercise(tree):
    """Each block in its order: a file of that name, a patch, or what is typed,
    all in one shell."""
    typed = []
    for kind, name, text in BLOCK.findall(section("An exercise of your own")):
        if kind == "c":
            (tree / name).write_text(text)
        elif kind == "diff":
            command("git", "apply", "--unidiff-zero", folder=tree, input=text)
        else:
            assert kind == "sh"
            typed.append(text)
    assert len(typed) == 3
    said = command("bash", "-e", "-c", "".join(typed), folder=tree,
                   stdin=subprocess.DEVNULL)
    lab = tree.parent / "lab"
    assert "came: sh: pipe failed" in said
    assert "pipes: OK" in said and re.search(r"^ann,10,76,", said, re.M)
    assert (lab / "conf" / "unsolved.c").exists()
    formatted = command("make", "check-format", folder=tree, check=False)
    assert "pipe.c" not in formatted, formatted


@pytest.mark.parametrize("name, text, says", [
    ("pipe.c", None, "would give the solution away"),
    ("none.c", "", "conf/handout.d/none.c stands for no file"),
    ("copy.c", "", "stands for kernel/mm/copy.c, user/usertests/copy.c")])
def test_skeleton_is_refused(tree, name, text, says):
    """One that stands for no file or for two, or tells the solution."""
    (tree / "conf" / "handout.d" / name).write_text(
        text if text is not None else
        (tree / "kernel" / "fs" / "pipe.c").read_text())
    said = make_handout(tree)
    assert said.startswith("handout: ") and says in said
    assert not (tree.parent / "lab").exists()


def test_headers_are_public(tree):
    """A program's, too: the skeleton has the functions that it declares."""
    header = (tree / "user" / "grep" / "match.h").read_text()
    (tree / "conf" / "handout.d" / "match.c").write_text(
        "/* Hints. */\n" + header[header.index("/* Translate"):])
    assert "the lab for students" in make_handout(tree)


def make_handout(tree):
    return command(sys.executable, "conf/handout", tree.parent / "lab",
                   folder=tree, check=False)


def test_what_is_public(tree):
    """A file of which many lines, and some words, are in others, too: what the
    check shows of them, written into a file."""
    skeletons = tree / "conf" / "handout.d"
    (skeletons / "usertests").mkdir()
    (skeletons / "usertests" / "copy.c").write_text("/* Hints. */\n")
    with open(tree / "user" / "usertests" / "copy.c", "a",
              encoding="utf-8") as file:
        file.write("/* Seven words that nobody else will say. */\n"
                   "static const char *own_name = \"a string of ours\";\n")
    with open(tree / "user" / "user.ld", "a", encoding="utf-8") as file:
        file.write("/* Seven words that nobody else will say of own_name:\n"
                   " * a string of ours */\n")
    said = make_handout(tree)
    found = re.findall(r": the (?:line|words|name|string) `?(.*?)`?$", said,
                       re.M)
    assert len(found) > 10 and "would give the solution away" in said
    assert {"seven words that nobody else will say", "own_name",
            '"a string of ours"'} <= set(found)
    (skeletons / "public").write_text("\n".join(found))
    assert "the lab for students" in make_handout(tree)
    assert not (tree.parent / "lab" / "conf" / "handout.d").exists()


@pytest.mark.parametrize("page", [TEACHERS, LAB], ids=lambda page: page.name)
def test_goals(page):
    """Each goal of make that is named is one."""
    goals = set(re.findall(r"(?:`|^    )make ([a-z]+(?:-[a-z]+)*)",
                           page.read_text(), re.M))
    rules = "".join(path.read_text() for path in (ROOT / "conf").glob("*.mk"))
    assert len(goals) > 3
    assert [goal for goal in goals if not re.search(
        rf"^{goal}\b[^:=]*:", rules, re.M)] == []


def test_score_of_the_lab():
    rows = re.findall(r"^\| (.+?) \| (\d+) \|", LAB.read_text(), re.M)
    assert [(name, int(points)) for name, points in rows] == [
        (test.name, test.points) for test in grade.suite.tests
        if not test.extra]
    total = sum(int(points) for _, points in rows)
    assert f"That makes {total}." in LAB.read_text()
