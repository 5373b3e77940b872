"""What locks tell of themselves: how often they are taken and waited for, and,
in debug builds, that one is taken against the order of others."""

import re

from lib.build import DEBUG, NORMAL
from lib.machine import LIMIT, Machine

COUNT = re.compile(r"^lock ([\w ]+): tries (\d+) spins (\d+)$", re.M)
STATISTICS_MAX = 4095
SPINLOCKS = {"page", "log", "buffer cache", "run queue", "process tree",
             "disk", "wait bucket", "timed sleepers"}


def lock_counts(text):
    """{class: (tries, spins)}, in the order of the text."""
    return {name: (int(tries), int(spins))
            for name, tries, spins in COUNT.findall(text)}


def test_counters_follow_the_rest(shell):
    text = shell.run("stats -a")
    counts = lock_counts(text)
    assert len(text) <= STATISTICS_MAX
    assert len(text[text.index("\nlock "):].splitlines()) == len(counts) + 1
    assert counts.keys() > SPINLOCKS
    assert all(tries > 0 for tries, _ in counts.values())
    order = [(spins, tries) for tries, spins in counts.values()]
    assert order == sorted(order, reverse=True)


def test_tries_are_counted(shell):
    before = lock_counts(shell.run("stats -a"))
    shell.run("cat README | wc > words")
    after = lock_counts(shell.run("stats -a"))
    for name in ("page", "pipe", "inode", "disk block", "process tree"):
        assert after[name][0] > before.get(name, (0, 0))[0], name


def spins_of(cpus):
    """How often spinlocks were waited for while processes wrote files."""
    with Machine(NORMAL, cpus=cpus) as machine:
        machine.boot()
        assert "ALL TESTS PASSED" in machine.run("usertests manywrites",
                                                 limit=2 * LIMIT)
        counts = lock_counts(machine.run("stats -a"))
        machine.poweroff()
    return sum(counts[name][1] for name in SPINLOCKS)


def test_waiting_is_counted():
    """One hart never waits, since it is not interrupted while it holds one. Two
    do, but on a busy host not each time: they have to run at the same time."""
    assert spins_of(1) == 0
    assert any(spins_of(2) > 0 for _ in range(8))


def test_order_is_kept():
    """Or this kernel would say so, and panic."""
    with Machine(DEBUG) as machine:
        machine.boot()
        for name in ("createdelete", "truncate2", "forkfork"):
            said = machine.run(f"usertests {name}")
            assert said.endswith("ALL TESTS PASSED\n"), said
        machine.run("cat README | wc")
        machine.poweroff()


def test_normal_kernel_has_no_recorder():
    symbols = (NORMAL.ready().folder / "kernel" / "kernel.sym").read_text()
    assert "acquire" in symbols
    assert not re.search(r" (lock_order|chance)_", symbols)
    debug = (DEBUG.ready().folder / "kernel" / "kernel.sym").read_text()
    assert re.search(r" lock_order_take\n", debug)
