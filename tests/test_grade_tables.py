"""What the grade says of the two tables of process 1, by their listings."""

import re

import pytest

from lib.build import NORMAL
from lib.grading import grade
from lib.machine import Machine


@pytest.fixture(scope="module")
def listings():
    """Of the user's table and of the kernel's."""
    with Machine(NORMAL, cpus=1) as machine:
        machine.boot()
        return machine.run("ptdump 1"), machine.run("ptdump -k 1")


def check(user, kernel):
    grade.check_mirror(grade.Listing(user, grade.BY_INDEX),
                       grade.KernelListing(kernel, grade.BY_INDEX))


def test_listings(listings):
    check(*listings)


def without(text, start):
    """The listing without the first line that begins so."""
    return re.sub(rf"^{re.escape(start)}: .*\n", "", text, count=1, flags=re.M)


def with_bits(text, start, change):
    """The listing with its first line that begins so changed in its flags."""
    return re.sub(rf"(?<=^{re.escape(start)}: pte 0x)\w{{16}}",
                  lambda found: f"{change(int(found.group(), 16)):016x}",
                  text, count=1, flags=re.M)


PLIC = ".. ..96"
TABLE_MUTANTS = {
    "a page is missing": (lambda k: without(k, ".. .. ..3"),
                          "va 0x3000, .* only in the user's table"),
    "a page is more": (lambda k: re.sub(r"^(\.\. \.\. \.\.)3(: .*\n)",
                                        r"\g<0>\g<1>4\2", k, count=1,
                                        flags=re.M),
                       "va 0x4000, .* only in the kernel's table"),
    "not the user's": (lambda k: with_bits(k, ".. .. ..0",
                                           lambda pte: pte & ~grade.USER),
                       "va 0x0, .* only in"),
    "the PLIC is missing": (lambda k: without(k, PLIC),
                            "0xc000000 in the kernel's table"),
    "the PLIC is the user's": (lambda k: with_bits(
        k, PLIC, lambda pte: pte | grade.USER), "nothing of the user's above"),
    "written and executed": (lambda k: with_bits(
        k, PLIC, lambda pte: pte | grade.EXECUTE), "written and executed"),
}


@pytest.mark.parametrize("name", TABLE_MUTANTS)
def test_wrong_table(listings, name):
    mutate, word = TABLE_MUTANTS[name]
    user, kernel = listings
    changed = mutate(kernel)
    assert changed != kernel
    with pytest.raises(grade.Failure, match=word):
        check(user, changed)


class Bench:
    """Stands for what a test of the grade gets."""

    class tree:
        @staticmethod
        def product(name):
            return NORMAL.folder / name


class Replay:
    """A machine whose commands print what is given."""

    def __init__(self, booted, *answers):
        self.output, self._answers = booted, list(answers)

    def run(self, _):
        return self._answers.pop(0)


def test_verdict(listings):
    user, kernel = listings
    grade.check_private_tables(Bench, Replay("$ ", user, kernel))
    broken = without(kernel, ".. .. ..3")
    with pytest.raises(grade.Failure, match="only in the user's"):
        grade.check_private_tables(Bench, Replay("$ ", user, broken))
    # What the kernel itself says counts most; a wrong printer is no witness.
    said = "rule M: slot 1 was set to 0x1\nno private kernel tables: sorry\n"
    with pytest.raises(grade.Failure, match="rule M.*\nno private"):
        grade.check_private_tables(Bench, Replay(said, user, kernel))
    for printed in ("", without(user, ".. .. ..3")):
        grade.check_private_tables(Bench, Replay("$ ", printed, broken))
