"""What the grade script expects: of the files handed in, of the listing, and of
the counters."""

import os
import re
import shutil
from contextlib import contextmanager

import pytest

from lib.build import NORMAL, ROOT
from lib.grading import SCRIPT, grade, results, run
from lib.machine import Machine

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
    "answers together": (f"Q1. Why?\nA1.\n{GOOD_ANSWER.replace('1', '2')}\n"
                         "Q2. How?\n", "none to Q1"),
    "endless": ("word " * 100000, "more"),
}
HOURS = {"16": True, " 12.5\n": True, "\ufeff7\r\n": True, "": False,
         "0": False, "-3": False, "a lot": False, "3 4": False, "1e9": False,
         "nan": False, "99999": False}


def script_alone(folder):
    """The script in a folder without a tree: these tests build nothing."""
    for name in (SCRIPT, "gradelib.py"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "conf" / "labgrade", folder / "conf" / "labgrade",
                    dirs_exist_ok=True)
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


OURS = (ROOT / "answers-pgtbl.txt").read_text()


def answer_to(*words):
    """The answer to the question with these words."""
    for question, answer in re.findall(r"^Q\d+\.(.*?)^A\d+\.(.*?)(?=^Q\d|\Z)",
                                       OURS, re.M | re.S):
        if all(word in " ".join(question.split()) for word in words):
            return answer
    raise AssertionError(f"no question with {words}")


def test_our_listing_is_a_right_one():
    text = answer_to("vmprint", "address space")
    check(re.sub(r"^ {4}", "", text, flags=re.M))


def test_our_values_need_the_third_test():
    """They pass the first two tests and fail that one."""
    text = answer_to("srcva + len < srcva", "values that pass")
    size = int(re.search(r"sz = (0x\w+)", text).group(1), 16)
    srcva, length, total = (
        int(re.search(rf"^ +{name} += (0x\w+)", text, re.M).group(1), 16)
        for name in ("srcva", "len", r"srcva \+ len"))
    assert total == (srcva + length) % (1 << 64)
    assert srcva < size and total < size and total < srcva


@pytest.mark.parametrize("words", [
    ["PTE_U"], ["pages", "two", "enough"], ["SUM", "protect"],
    ["breaks", "mirror is a copy"], ["two tables", "one would do"]])
def test_our_answers_to_what_the_design_raises(words):
    assert len(answer_to(*words).split()) > 100


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
    uart = (ROOT / "kernel" / "dev" / "uart.h").read_text()
    chunk = re.search(r"#define UART_CHUNK (\d+)", uart).group(1)
    assert grade.CONSOLE_CHUNK == int(chunk)
    assert grade.console_write(0x2000, 0).copyin == 0
    assert grade.console_write(0x2000, 129).copyin == 2
    assert grade.console_write(0x2FFF, 129).copyin == 2
    assert grade.console_write(0x2F81, 129).copyin == 2
    assert grade.console_write(0x2FFF, 130).copyin == 3
    assert grade.shell_starts("stats") == grade.Copies(2, 2)
    assert grade.shell_starts("usertests copyin") == grade.Copies(3, 3)


class Scripted:
    """A bench whose machine gives these texts for stats, one by one."""

    tree = type("Tree", (), {
        "product": staticmethod(lambda name: NORMAL.ready().folder / name)})

    def __init__(self, *texts):
        self.texts = list(texts)

    @contextmanager
    def machine(self, cpus=3):
        yield self

    def run(self, command):
        assert command == "stats"
        return self.texts.pop(0)


def counters(copyin, copyinstr, length):
    """What stats prints, made so long."""
    text = f"copyin: {copyin}\ncopyinstr: {copyinstr}\n"
    return text + "-" * (length - len(text) - 1) + "\n"


# A text in pieces of 128, at a page's beginning; the prompt; the shell's
# exec of one word, with the slot that ends argv.
@pytest.mark.parametrize("length, pieces", [
    (40, 1), (128, 1), (129, 2), (300, 3), (1000, 8), (4000, 32)])
def test_count_follows_the_sizes(length, pieces):
    program = grade.Program(NORMAL.ready().folder / "user" / "_stats")
    assert program.address_of("text") % grade.CONSOLE_CHUNK == 0
    right = pieces + 1 + 2
    before = counters(500, 70, length)
    for copyin, copyinstr in [(right, 3), (right - 1, 3), (right + 1, 3),
                              (right, 2), (right, 4), (0, 0)]:
        bench = Scripted(before, counters(500 + copyin, 70 + copyinstr, 90))
        if (copyin, copyinstr) == (right, 3):
            grade.count_copyin(bench)
            continue
        with pytest.raises(grade.Failure, match=f"copyin {copyin}, "):
            grade.count_copyin(bench)


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
    for name, direct in (("copyin", "copyin"), ("copyinstr1", "copyinstr"),
                         ("sbrkmuch", "copyin")):
        with pytest.raises(grade.Failure, match="walk"):
            grade.usertest(Bench(), name, direct)
