"""Crashes: whatever the power leaves of a run is a prefix of its operations,
none half there, with at least all that was committed or synced."""

import random
import shutil
import subprocess
import time

import pytest

from lib import writelog
from lib.build import NORMAL
from lib.crash import Judge, Recoverer, check_image
from lib.disk import Disk
from lib.machine import Machine
from lib.workload import Script

PROGRAMS = ("init", "sh", "sync")
BLOCKS = 600
SEED = 20


class Run:
    """Scripts that ran on a disk: what was on it before, every step, and
    (steps, lines of each script) for each sync, which made so many lines
    lasting within so many steps."""

    def __init__(self, folder, scripts, log_blocks):
        self.scripts = scripts
        self._image = folder / "fs.img"
        self._log = folder / "log"
        self._log.touch()
        self._make_image(folder, log_blocks)
        self.base = self._image.read_bytes()
        self.tree = Disk(self._image).tree()
        self.synced = []
        self._run()
        self.steps = writelog.read(self._log)

    def _make_image(self, folder, log_blocks):
        files = [NORMAL.test_program("fsops"),
                 *map(NORMAL.program, PROGRAMS)]
        for number, script in enumerate(self.scripts):
            files.append(folder / f"s{number}")
            files[-1].write_text(script.text())
        subprocess.run([NORMAL.mkfs, self._image, "-s", str(BLOCKS),
                        "-l", str(log_blocks), *files],
                       check=True, timeout=60)

    def _use_log(self, command):
        at = command.index("-drive")
        return (command[:at] + writelog.options(self._image, self._log)
                + command[at + 2:])

    def _run(self):
        names = " ".join(f"s{number}" for number in range(len(self.scripts)))
        with Machine(image=self._image, adjust=self._use_log) as machine:
            machine.boot()
            machine.type(f"fsops {names}\n")
            for count, line in enumerate(self.scripts[0].lines, 1):
                if line == "sync":
                    machine.expect("fsops: synced")
                    self._note([count] + [0] * (len(self.scripts) - 1))
                    machine.type("\n")
            machine.expect(r"\n\$ ")
            assert "failed" not in machine.console()
            machine.run("sync")
            self._note([len(script.lines) for script in self.scripts])

    def _note(self, lines):
        self.synced.append((writelog.length(self._log), lines))


def check_all(run, tmp_path, samples, tried):
    """Every state that a crash may leave of the run."""
    with Recoverer() as recoverer:
        judge = Judge(run.scripts, run.tree, recoverer, tmp_path / "crashed")
        least = [0] * len(run.scripts)
        synced = [(steps, judge.ranks_of_lines(lines))
                  for steps, lines in run.synced]
        for count, surely, image in writelog.crash_states(
                run.base, run.steps, samples, SEED):
            ranks = judge.ranks(image)
            while synced and synced[0][0] <= count:
                least = [max(pair) for pair in zip(least, synced.pop(0)[1])]
            assert all(a >= b for a, b in zip(ranks, least)), (
                f"after {count} steps {ranks}, and {least} were lasting")
            if surely:
                least = ranks
            tried("crash states")
        assert not synced
        assert least == judge.ranks_of_lines(
            [len(script.lines) for script in run.scripts])
        judge.check_one_order()


def test_short_run(tmp_path, tried):
    run = Run(tmp_path, [Script("p0", 40, SEED, syncs=0.1)], 30)
    check_all(run, tmp_path, 1, tried)


@pytest.mark.slow
@pytest.mark.parametrize("log_blocks", [29, 30])
def test_one_process(tmp_path, log_blocks, tried):
    script = Script("p0", 250, SEED + log_blocks, syncs=0.15)
    check_all(Run(tmp_path, [script], log_blocks), tmp_path, 4, tried)


@pytest.mark.slow
@pytest.mark.parametrize("log_blocks", [29, 30])
def test_many_processes(tmp_path, log_blocks, tried):
    scripts = [Script(f"p{number}", 60, 100 * log_blocks + number,
                      syncs=0 if number else 0.1) for number in range(4)]
    check_all(Run(tmp_path, scripts, log_blocks), tmp_path, 2, tried)


STRESSED = ["f0", "f1", "f2", "f3"]
LONGEST = 0.5  # seconds of stress until the power goes
WRITTEN = range(0, 8001, 2000)  # bytes of a file that logstress writes


def stress_and_kill(machine, seconds):
    """Take the power away when so much of the stress is over."""
    machine.type(f"logstress {' '.join(STRESSED)}\n")
    machine.expect("logstress.*\n")
    time.sleep(seconds)
    assert not machine.console().endswith("$ ")
    machine.kill()


def check_stressed(image, number):
    """Each file holds letters of one round, and the number is the last that
    was synced."""
    tree = Disk(image).tree()
    assert tree["number"] == f"{number}\n".encode()
    for name in STRESSED:
        content = tree.get(name, b"")
        assert len(content) in WRITTEN and len(set(content)) <= 1, name


def kill_often(tmp_path, count, seed, tried):
    """Each boot recovers from the kill before it, and is the next to be
    killed."""
    dice = random.Random(seed)
    image = tmp_path / "fs.img"
    shutil.copyfile(NORMAL.image, image)
    for number in range(count + 1):
        log_was_full = Disk(image).log_length() > 0
        with Machine(image=image) as machine:
            text = machine.boot()
            assert ("recovering" in text) == log_was_full
            machine.run("sync")
            check_image(image)
            if number > 0:
                check_stressed(image, number - 1)
            machine.run(f"echo {number} > number")
            machine.run("sync")
            if number < count:
                stress_and_kill(machine, dice.uniform(0, LONGEST))
    tried("kills", count)


def test_kills(tmp_path, tried):
    kill_often(tmp_path, 3, SEED, tried)


@pytest.mark.slow
def test_many_kills(tmp_path, tried):
    kill_often(tmp_path, 50, SEED + 1, tried)
