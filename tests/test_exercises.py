"""The handout for students: how it is made, that it holds no trace of the
solution, and how its kernel gets on as the exercises are solved one by one,
or wrongly."""

import json
import re
import subprocess
import sys

import pytest

from lib.build import ROOT, Build, clean_environment, copy_tree, make
from lib.machine import Machine

EXERCISES = ("vmprint", "kpagetable", "copy_new")
FOLDER = "kernel/mm"
SCRIPT = ROOT / "conf" / "handout"


def solution(exercise):
    return (ROOT / FOLDER / f"{exercise}.c").read_text()


def skeleton(exercise):
    return (ROOT / "conf" / "handout.d" / f"{exercise}.c").read_text()


class Handout(Build):
    """A handout, built in a folder beside it as often as its files change."""

    def __init__(self, tree):
        super().__init__("handout", "DEBUG=1")
        self.tree = tree
        self.folder = tree.parent / "out"
        self.variables = (f"O={self.folder}", "STRICT=1", "DEBUG=1")

    def make(self, *goals, **options):
        return super().make(*goals, directory=self.tree, **options)

    def source(self, exercise):
        return self.tree / FOLDER / f"{exercise}.c"

    def write(self, **texts):
        """Give the exercises these texts, and the others their skeletons."""
        for exercise in EXERCISES:
            text = texts.get(exercise) or skeleton(exercise)
            if self.source(exercise).read_text() != text:
                self.source(exercise).write_text(text)

    def solve(self, **texts):
        self.write(**texts)
        self.make("-j2", "all")
        return self


@pytest.fixture(scope="module")
def handout(tmp_path_factory):
    tree = tmp_path_factory.mktemp("handout") / "tree"
    status, said = make("handout", f"OUT={tree}")
    assert status == 0 and str(tree) in said
    return Handout(tree)


def run_script(*arguments, script=SCRIPT):
    """(exit status, what it said)."""
    done = subprocess.run(
        [sys.executable, script, *arguments], cwd=ROOT, env=clean_environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        check=False)
    return done.returncode, done.stdout


# What is in it.

def test_exercises_are_skeletons(handout):
    handout.solve()
    for exercise in EXERCISES:
        assert "return -1;" in handout.source(exercise).read_text()
        header = f"{FOLDER}/{exercise}.h"
        assert (handout.tree / header).read_text() == \
            (ROOT / header).read_text()


def test_answers_are_questions_only(handout):
    ours = (ROOT / "answers-pgtbl.txt").read_text()
    text = (handout.tree / "answers-pgtbl.txt").read_text()
    questions = re.findall(r"^Q\d+\..*?(?=^A\d)", ours, re.M | re.S)
    assert len(questions) > 1
    assert all(question in text for question in questions)
    assert re.findall(r"^A\d+\.", text, re.M) == \
        re.findall(r"^A\d+\.", ours, re.M)
    assert not re.search(r"^A\d+\.\s*(?!Q\d)\w", text, re.M)
    assert (handout.tree / "time.txt").read_text() == ""


def test_teachers_keep_their_own(handout):
    names = {path.relative_to(handout.tree).as_posix()
             for path in handout.tree.rglob("*")}
    assert not [name for name in names if "handout" in name]
    assert not names & {".git", "build", "kernel/kernel", "fs.img",
                        "tests/test_exercises.py", "tests/test_grade.py"}
    assert {"Makefile", "README", "grade-lab-pgtbl", "gradelib.py",
            "tests/test_host.py", ".gitignore"} <= names
    assert "handout" in make("help")[1]
    for text in (handout.make("help")[1],
                 (handout.tree / "README").read_text()):
        assert "handout" not in text


def test_docs_are_whole(handout):
    """What teachers read is gone, with all that points to it."""
    pages = {path.relative_to(handout.tree).as_posix()
             for path in (handout.tree / "docs").iterdir()}
    assert {f"docs/{name}.md" for name in (
        "design", "abi", "names", "howto", "use", "speed")} <= pages
    assert not [page for page in pages if "teachers" in page]
    assert "For teachers" not in (handout.tree / "docs/howto.md").read_text()
    said = handout.make(
        "test", "T=tests/test_docs.py -k 'links or paths or functions or "
        "names_of or documents'")[1]
    assert re.search(r"^\d{2,} passed, 0 failed$", said, re.M), said


def test_programs_stay_programs(handout):
    for name in ("grade-lab-pgtbl", "conf/setup"):
        assert (handout.tree / name).stat().st_mode == \
            (ROOT / name).stat().st_mode


# Where it goes.

def test_place_must_be_new(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "work").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "full")
    for name, reason in [("full", "is not empty"), ("file", "is no folder"),
                         ("link", "is no folder"), ("none/tree", "no folder")]:
        status, said = run_script(tmp_path / name)
        assert status == 1 and said.startswith("handout: ") and reason in said
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "file", "full", "link", "work"]


def test_make_must_be_told_where():
    status, said = make("handout", check=False)
    assert status != 0 and "make handout OUT=dir" in said


@pytest.mark.parametrize("name", ["two words", "it's"])
def test_odd_place(tmp_path, name):
    status, said = make("handout", f"OUT={tmp_path / name}")
    assert status == 0 and "warning" not in said
    assert (tmp_path / name / "Makefile").is_file()


def test_empty_place_is_taken(tmp_path):
    (tmp_path / "empty").mkdir()
    assert run_script(tmp_path / "empty")[0] == 0
    assert (tmp_path / "empty" / "Makefile").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


# The check.

def test_no_trace(handout):
    handout.solve()
    assert run_script("--check", handout.tree) == (0, "")


@pytest.mark.parametrize("name, text, what", [
    ("kernel/mm/vmprint.c", "static void print_if_valid(void);\n",
     "the name print_if_valid"),
    ("kernel/mm/page.c", "/* See copy_string. */\n",
     "the name copy_string"),
    ("README", "Try MIRROR_BYTES.\n", "the name MIRROR_BYTES"),
    ("vmprint.o", "\0" "9print_if_valid", "the name print_if_valid"),
    ("tests/test_boot.py", 'X = "%s%lu: pte 0x%016lx pa 0x%016lx"\n',
     "the string"),
    ("kernel/mm/aspace.c",
     "  page_copy(low,   kpagetable_low(kernel_pagetable));\n", "the line"),
    ("kernel/mm/copy.c", "return va <= USER_VA_STOP &&\n"
     "  nbytes <= USER_VA_STOP - va;\n"
     "/* All that stands between a user's number and the\n"
     " * kernel's memory. */\n", "the words `all that stands between"),
    ("answers-pgtbl.txt", "Because only what differs must be private, and\n",
     "the words"),
    ("conf/handout", "", "is for teachers"),
])
def test_trace_is_refused(handout, name, text, what):
    handout.solve()
    path = handout.tree / name
    before = path.read_text() if path.exists() else None
    try:
        path.write_text((before or "") + text)
        status, said = run_script("--check", handout.tree)
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before)
    assert status == 1
    assert re.search(rf"^  {re.escape(name)}:.*{re.escape(what)}", said, re.M)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_solution_is_refused(handout, exercise):
    """Each of our files, with its comments taken out."""
    handout.solve()
    text = re.sub(r"/\*.*?\*/", "", solution(exercise), flags=re.S)
    handout.source(exercise).write_text(text)
    status, said = run_script("--check", handout.tree)
    assert status == 1 and len(said.splitlines()) > 10


def test_nothing_is_written_if_refused(tmp_path):
    """A tree in which a solution lies about where it should not."""
    tree, place = tmp_path / "tree", tmp_path / "place"
    place.mkdir()
    copy_tree(tree)
    script = tree / "conf" / "handout"
    status, said = run_script(place / "out", script=script)
    assert status == 1 and "git does not know this tree" in said

    subprocess.run(["git", "init", "-q", tree], check=True)
    (tree / "user" / "spare.c").write_text(solution("kpagetable"))
    status, said = run_script(place / "out", script=script)
    assert status == 1 and re.search(r"^  user/spare\.c:\d+: ", said, re.M)
    assert list(place.iterdir()) == []

    (tree / "user" / "spare.c").unlink()
    assert run_script(place / "out", script=script)[0] == 0


# How it runs.

# In this order one file changes at a time.
COMBINATIONS = [(), ("vmprint",), ("vmprint", "copy_new"), ("copy_new",),
                ("kpagetable", "copy_new"), EXERCISES,
                ("vmprint", "kpagetable"), ("kpagetable",)]
NO_TABLES = "no private kernel tables: "
NO_COPIES = "direct copies do not work: "


def numbers(text):
    return {name: int(value) for name, value in
            re.findall(r"^(\w+): (\d+)$", text, re.M)}


def entries(listing):
    return re.findall(r"^\.\.[ .]*\d+: pte 0x\w{16} pa 0x\w{16}$", listing, re.M)


def test_skeleton_in_our_own_tree(tmp_path):
    """A teacher who puts one back sees what students see."""
    tree = tmp_path / "tree"
    copy_tree(tree)
    (tree / FOLDER / "kpagetable.c").write_text(skeleton("kpagetable"))
    with Machine(Handout(tree).solve(vmprint=solution("vmprint"),
                                     copy_new=solution("copy_new"))) as machine:
        assert NO_TABLES in machine.boot()
        assert machine.run("stats direct") == machine.run("stats onetable") == ""
        everything = machine.run("stats -a")
        assert "mode: walk\n" in everything and "tables: two\n" in everything
        said = machine.run("copybench")
        assert "There are no direct copies here: all of these walk.\n" in said
        assert "User mode runs on a table of its own here, " in said
        machine.poweroff()


def test_changed_exercise_in_our_own_tree(tmp_path):
    """It is no skeleton, so one has to say that it is not solved."""
    tree = tmp_path / "tree"
    copy_tree(tree)
    ours = Handout(tree)
    ours.variables = (*ours.variables, "UNSOLVED=1")
    replacements, report = WRONG["never cleared"]
    with Machine(ours.solve(vmprint=solution("vmprint"),
                            kpagetable=changed(*replacements),
                            copy_new=solution("copy_new"))) as machine:
        booted = machine.boot()
        assert re.search(report, booted, re.M) and NO_TABLES in booted
        machine.poweroff()


@pytest.mark.parametrize("solved", COMBINATIONS,
                         ids=lambda solved: "+".join(solved) or "none")
def test_solved(handout, solved):
    tables = "kpagetable" in solved
    direct = tables and "copy_new" in solved
    handout.solve(**{name: solution(name) for name in solved})
    with Machine(handout) as machine:
        booted = machine.boot()
        assert (NO_TABLES in booted) == (not tables)
        assert (NO_COPIES in booted) == (tables and not direct)
        assert "rule" not in booted and "out of date" not in booted

        assert machine.run("echo hello | cat").strip() == "hello"
        counters = numbers(machine.run("stats -a"))
        for name in ("copyin", "copyinstr", "copyout"):
            assert (counters[name] > 0) == direct
            assert (counters[f"{name}_walk"] > 0) == (not direct)

        for listing in (booted, machine.run("ptdump"),
                        machine.run("ptdump -k")):
            assert bool(entries(listing)) == ("vmprint" in solved)
            assert ("page table 0x" in listing) == ("vmprint" in solved)
        assert "test copyin: OK" in machine.run("usertests copyin")
        machine.poweroff()


# What it scores. Nothing in a handout is for answers and time.

CHANGING = {"pte printout": 10, "count copyin": 5, "usertests: copyin": 5,
            "usertests: copyinstr1": 5, "usertests: copyinstr2": 5,
            "usertests: copyinstr3": 5, "usertests: sbrkmuch": 5,
            "usertests: all tests": 20,
            "pgtbltest: print_kpgtbl": 10}
OF_PRINTER = {"pte printout", "pgtbltest: print_kpgtbl"}
OF_TABLES = {"usertests: all tests"}
OF_COPIES = set(CHANGING) - OF_PRINTER - OF_TABLES
SCORES = [0, 10, 10, 0, 50, 60, 30, 20]  # of COMBINATIONS, out of CHANGING


def grade(handout, *tests):
    """(tests that passed, the output): of a normal build of its own."""
    report = handout.tree.parent / "score.json"
    done = subprocess.run(
        [sys.executable, handout.tree / "grade-lab-pgtbl", "--json", report,
         *tests],
        env={**clean_environment(), "O": str(handout.tree.parent / "graded")},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=900, check=False)
    graded = json.loads(report.read_text())["tests"]
    return {test["name"] for test in graded if test["passed"]}, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("solved, score", zip(COMBINATIONS, SCORES),
                         ids=lambda value: "+".join(value) or "none"
                         if isinstance(value, tuple) else str(value))
def test_score(handout, solved, score):
    handout.write(**{name: solution(name) for name in solved})
    passed, said = grade(handout, *CHANGING)
    wanted = OF_PRINTER if "vmprint" in solved else set()
    if "kpagetable" in solved:
        wanted = wanted | OF_TABLES
        if "copy_new" in solved:
            wanted = wanted | OF_COPIES
    assert passed == wanted, said
    assert f"Score: {score}/66\n" in said


def test_fresh_handout_scores_nothing_unsolved(handout):
    """And nothing in it crashes or hangs; each reason says what is to do."""
    handout.write()
    passed, said = grade(handout)
    assert not passed & {*CHANGING, "answers-pgtbl.txt", "time"}, said
    assert passed >= {"pgtbltest: ugetpid", "pgtbltest: pgaccess"}, said
    assert "Score: 0/66\n" in said
    for reason in ("came: no private kernel tables: ", "but the copies walk",
                   "none to Q1, Q2", "a line `page table 0x`"):
        assert reason in said
    assert "panic" not in said and "hangs" not in said


# Private tables that are wrong: what a student may write, by change of ours.

def changed(*replacements, exercise="kpagetable"):
    text = solution(exercise)
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


MIRROR = "  memcpy(low, pte_target(user_root[0]), MIRROR_BYTES);\n"
SECOND_STORE = "  kpagetable_low(root)[slot] = word; /* M */\n"
WRONG = {
    "one slot is not written": (
        [(SECOND_STORE, f"  if (slot != 1)\n  {SECOND_STORE}")],
        r"rule M: slot 1 was set to 0x\w+, user table has 0x\w+, mirror 0x0$"),
    "copied once, at creation": (
        [(SECOND_STORE, "  (void)root;\n")],
        r"rule M: slot 1 was set to 0x\w+, user table has 0x\w+, mirror 0x0$"),
    "never cleared": (
        [(SECOND_STORE, f"  if (word != 0)\n  {SECOND_STORE}")],
        r"rule M: slot 0 was set to 0x0, user table has 0x0, mirror 0x\w+$"),
    "not copied at creation": (
        [(MIRROR, "")],
        r"rule M: mirror slot 95 is 0x\w+, not 0x\w+$"),
    "the PLIC is not there": (
        [(MIRROR, MIRROR.replace("MIRROR_BYTES", "PGSIZE"))],
        r"rule S: low slot 96 is 0x\w+, not 0x\w+$"),
    "in a page that all share": (
        [(MIRROR, MIRROR.replace("low,", "kpagetable_low(top),")),
         ("  top[0] = pte_make_table(low);\n", "  kfree(low);\n"),
         ("  kfree(kpagetable_low(root));\n", "")],
        r"rule M: the mirror is in the global table's own page$"),
    "in a page that all share, and freed with the table": (
        [(MIRROR, MIRROR.replace("low,", "kpagetable_low(top),")),
         ("  top[0] = pte_make_table(low);\n", "  kfree(low);\n")],
        r"rule M: the mirror is in the global table's own page$"),
    "the trampoline is not there": (
        [("  top[USER_TOP_SLOT] = user_root[USER_TOP_SLOT];\n", "")],
        r"rule H: root slot 255 is 0x\w+, not 0x\w+$"),
}


def test_earlier_file_is_refused(handout):
    """Its kpagetable_create would take the root for the low page."""
    handout.write(kpagetable=changed(
        ("#define KPAGETABLE_EDITION 3 /* of the header, which refuses others "
         "*/\n", "")))
    status, said = handout.make("-j2", "all", check=False)
    assert status != 0
    assert "is of an earlier handout: kpagetable_create gets the user's root" \
        in said


# This one shows only when there are two processes.
LAST_TABLE_ONLY = [
    ("  top[0] = pte_make_table(low);\n",
     "  top[0] = pte_make_table(low);\n  last = low;\n"),
    (SECOND_STORE, "  (void)root, last[slot] = word;\n"),
    ("pagetable_t kpagetable_low(", "static pagetable_t last;\n\n"
     "pagetable_t kpagetable_low("),
]


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_table_is_named(handout, mistake):
    """At boot; then the kernel goes on without private tables."""
    replacements, report = WRONG[mistake]
    handout.solve(kpagetable=changed(*replacements),
                  copy_new=solution("copy_new"))
    with Machine(handout) as machine:
        booted = machine.boot()
        assert re.search(report, booted, re.M), booted
        assert NO_TABLES in booted
        assert machine.run("echo hello | cat").strip() == "hello"
        machine.poweroff()


REPORT = (r"\n(rule M: mirror slot \d+ is 0x\w+, not 0x\w+|"
          r"mirror out of date at va 0x\w+: slot \d+ )")


@pytest.mark.parametrize("debug", ["DEBUG=1", "DEBUG="])
def test_wrong_mirror_is_named_while_it_runs(handout, debug):
    """A debug build stops there; another says so once, and goes on with
    walking copies."""
    handout.variables = (*handout.variables[:-1], debug)
    try:
        handout.solve(kpagetable=changed(*LAST_TABLE_ONLY),
                      copy_new=solution("copy_new"))
        with Machine(handout) as machine:
            if debug == "DEBUG=1":
                machine.expect(REPORT)
                assert machine.wait() != 0
                assert "panic: " in machine.console()
            else:
                machine.boot()
                before = numbers(machine.run("stats -a"))
                assert machine.run("echo hello | cat") == "hello\n"
                after = numbers(machine.run("stats -a"))
                assert after["copyin"] == before["copyin"]
                assert after["copyin_walk"] > before["copyin_walk"]
                said = machine.console()
                assert len(re.findall(REPORT, said)) == 1
                assert said.count(NO_COPIES) == 1
                machine.poweroff()
    finally:
        handout.variables = (*handout.variables[:-1], "DEBUG=1")


# Direct copies that are wrong in what no caller asks of them today.

CHECK = "  return va <= USER_VA_STOP && nbytes <= USER_VA_STOP - va;\n"
# What a beginner writes: bytes, as far as they go.
ONE_COPY = r"  int result = user_copy_(in|out)\((\w+), (\w+), nbytes\);\n"
BYTES_ONLY = r"""  int result = 0;
  for (uint64 i = 0; result == 0 && i < nbytes; i++)
    result = user_copy_\1(\2 + i, \3 + i, 1);
"""
WRONG_CHECKS = {
    "wraps": "  return va + nbytes <= USER_VA_STOP;\n",
    "wraps, from below": "  return va <= USER_VA_STOP &&\n"
                         "         va + nbytes <= USER_VA_STOP;\n",
    "no stop": "  return va + nbytes >= va;\n",
}


@pytest.mark.parametrize("by_bytes", [False, True])
@pytest.mark.parametrize("mistake", WRONG_CHECKS)
def test_wrong_check_is_told(handout, mistake, by_bytes):
    """At boot, and without harm; then every copy walks."""
    text = changed((CHECK, WRONG_CHECKS[mistake]), exercise="copy_new")
    if by_bytes:
        text, found = re.subn(ONE_COPY, BYTES_ONLY, text)
        assert found == 2
    handout.solve(kpagetable=solution("kpagetable"), copy_new=text)
    with Machine(handout) as machine:
        booted = machine.boot()
        assert f"{NO_COPIES}a range that wraps or leaves" in booted
        assert machine.run("echo hello | cat").strip() == "hello"
        assert numbers(machine.run("stats -a"))["copyin"] == 0
        machine.poweroff()
