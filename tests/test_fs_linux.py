"""File-system calls in random sequences give what Linux gives on a directory
of this machine. What differs on purpose is listed in lib/fscalls.py."""

import itertools
import subprocess
from random import Random

import pytest

from lib.build import DEBUG, NORMAL
from lib.disk import ROOT, Disk
from lib.fscalls import TOP, Host, LeftOut, random_calls
from lib.machine import LIMIT, Machine

SEED = 2020
CALLS = 80
FAILURES = 0.2  # of the calls that fail, so many are kept
BATCH = 150  # sequences in a file, which has 268 blocks at most
FIRST = [["mkdir", TOP], ["chdir", TOP]]
LAST = [["tree", TOP]]
PROGRAMS = ["init", "sh", "poweroff"]


class Sequence:
    """Calls that this machine has done, and the block that each gave."""

    def __init__(self, calls, host):
        self.calls, self.blocks = [], []
        with host.at_work():
            for words in [*FIRST, *calls, *LAST]:
                try:
                    self.blocks.append(host.call(words))
                    self.calls.append(words)
                except LeftOut:
                    pass

    def text(self, top=TOP):
        """As a script, in a directory of this name."""
        return "".join(" ".join(words) + "\n" for words in self.calls
                       ).replace(TOP, top)

    def inner(self):
        """The calls that were random."""
        return self.calls[len(FIRST):-len(LAST)]

    def difference(self, blocks):
        """How our system's blocks differ, in words; None: they do not."""
        for number, (words, here, there) in enumerate(itertools.zip_longest(
                self.calls, self.blocks, blocks)):
            if here != there:
                return (f"call {number}, {' '.join(words)}: Linux gives "
                        f"{here}, we give {there}, in\n{self.text()}")
        return None


def blocks_of(text):
    """The output of fsscript: lines with a blank belong to the one before."""
    blocks = []
    for line in text.splitlines():
        if line.startswith(" ") and blocks:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return [[block[0], *sorted(block[1:])] for block in blocks]


def make_image(folder, batches, tops=itertools.repeat(TOP)):
    """A disk with a script script.N for each batch, in this directory."""
    scripts = []
    for number, (batch, top) in enumerate(zip(batches, tops)):
        path = folder / f"script.{number}"
        path.write_text("".join(each.text(top) for each in batch))
        scripts.append(path)
    image = folder / "fs.img"
    subprocess.run(
        [NORMAL.ready().mkfs, image, "-s", str(4000 + 600 * len(batches)),
         NORMAL.test_program("fsscript"), *map(NORMAL.program, PROGRAMS),
         *scripts], check=True, timeout=60)
    return image


def run_scripts(image, count):
    """What fsscript said to each script, one after the other."""
    with Machine(image=image) as machine:
        machine.boot()
        for number in range(count):
            machine.run(f"fsscript < script.{number} > said.{number}",
                        limit=4 * LIMIT)
        machine.poweroff()
    return what_was_said(image, count)


def run_at_once(build, image, count):
    """The same, all at once; and what the console said."""
    with Machine(build, image=image) as machine:
        machine.boot()
        machine.run(" | ".join(f"fsscript < script.{number} > said.{number}"
                               for number in range(count)), limit=8 * LIMIT)
        console = machine.console()
        machine.poweroff()
    return what_was_said(image, count), console


def what_was_said(image, count):
    disk = Disk(image)
    _, _, size, addresses = disk.inode(ROOT)
    files = {name: inode for inode, name in disk.entries(size, addresses)}
    return [disk.content(files[f"said.{number}"]).decode()
            for number in range(count)]


def differences_of(batch, text):
    """For each sequence of a batch how what was said differs, or None."""
    blocks = iter(blocks_of(text))
    return [sequence.difference(list(itertools.islice(
        blocks, len(sequence.calls)))) for sequence in batch]


def differences(sequences, folder):
    """For each sequence how our system differs, or None. All are done on one
    machine, one after the other, so those after a wrong one may suffer."""
    batches = [sequences[at:at + BATCH]
               for at in range(0, len(sequences), BATCH)]
    found = []
    for batch, text in zip(batches, run_scripts(make_image(folder, batches),
                                                len(batches))):
        found += differences_of(batch, text)
    return found


def shrink(sequence, folder, host):
    """The same difference, or another, by as few calls as can be found by
    leaving out one after the other."""
    said = None
    while True:
        calls = sequence.inner()
        shorter = [Sequence(calls[:at] + calls[at + 1:], host)
                   for at in range(len(calls))]
        wrong = [(each, words) for each, words
                 in zip(shorter, differences(shorter, folder)) if words]
        if not wrong:
            return said or differences([sequence], folder)[0]
        sequence, said = wrong[0]


@pytest.fixture
def host(tmp_path):
    folder = tmp_path / "host"
    folder.mkdir()
    return Host(folder)


def random_sequence(random, host):
    """One in which most calls work."""
    every = Sequence(random_calls(random, CALLS), host)
    return Sequence([words for words, block in zip(every.calls, every.blocks)
                     if words not in (*FIRST, *LAST) and
                     (not block[0].startswith("-1") or
                      random.random() < FAILURES)], host)


def compare(count, seed, tmp_path, host, tried):
    random = Random(seed)
    sequences = [random_sequence(random, host) for _ in range(count)]
    results = [block[0] for each in sequences for block in each.blocks]
    worked = sum(not result.startswith("-1") for result in results)
    assert worked > len(results) / 2, "too few of the calls do anything"
    found = differences(sequences, tmp_path)
    wrong = [each for each, words in zip(sequences, found) if words]
    if wrong:
        pytest.fail(f"seed {seed}: {len(wrong)} of {count} sequences differ; "
                    f"the first, shrunk: {shrink(wrong[0], tmp_path, host)}")
    assert Disk(tmp_path / "fs.img").faults() == []
    tried("sequences of file-system calls", count)


def test_like_linux(tmp_path, host, tried):
    compare(BATCH, SEED, tmp_path, host, tried)


@pytest.mark.parametrize("build", [NORMAL, DEBUG], ids=["normal", "debug"])
def test_three_at_once(build, tmp_path, host, tried):
    """On three harts, each in a directory of its own. A debug build compares
    the name cache with the directories."""
    random = Random(SEED)
    batches = [[random_sequence(random, host) for _ in range(BATCH // 3)]
               for _ in range(3)]
    tops = ["/p", "/q", "/r"]
    image = make_image(tmp_path, batches, tops)
    texts, console = run_at_once(build, image, len(batches))
    for batch, top, text in zip(batches, tops, texts):
        found = differences_of(batch, text.replace(top, TOP))
        assert found == [None] * len(batch)
    assert "name cache" not in console
    assert Disk(image).faults() == []
    tried("sequences of file-system calls", BATCH)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_like_linux_long(seed, tmp_path, host, tried):
    compare(1500, seed, tmp_path, host, tried)
