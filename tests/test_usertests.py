"""usertests, whose every test is a case here. Two machines run at a time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.build import CLANG_DEBUG, DEBUG, NORMAL
from lib.machine import PROMPT, Machine

# (build, harts, words that the kernel is booted with)
QUICK = [(NORMAL, 1, ["sum=closed"]), (NORMAL, 3, ["twotables"]),
         (DEBUG, 1, ["twotables", "asid=off"]), (DEBUG, 3, [])]
ALL = [(NORMAL, 3, []), (NORMAL, 2, ["twotables", "sum=closed"]),
       (DEBUG, 3, ["twotables"]), (DEBUG, 2, ["asid=off"]),
       (CLANG_DEBUG, 2, [])]
COUNTED = {"twotables": ("tables: one", "tables: two"),
           "asid=off": ("asids: used", "asids: none")}
ENDS = {"ALL TESTS PASSED": True, "SOME TESTS FAILED": False}


def name(run):
    build, cpus, words = run
    return "-".join([build.name, str(cpus), *words])


def usertests(machine, command, report, limit):
    """Run it on a booted machine, telling report of each test as it ends.
    Gives the names, and whether it says that all is well."""
    machine.type(command + "\n")
    names, since = [], time.monotonic()
    while True:
        found = machine.expect(
            [r"(?:^|\n)test (\w+): (OK|FAILED)\r?\n",
             "(" + "|".join(ENDS) + ")"], limit)
        if found.group(1) in ENDS:
            return names, ENDS[found.group(1)]
        now = time.monotonic()
        report(found.group(1), found.group(2) == "OK", machine.before(),
               now - since)
        names.append(found.group(1))
        since = now


@pytest.fixture(scope="module")
def pool():
    """Two at a time: so many cores are taken for granted."""
    with ThreadPoolExecutor(2) as executor:
        yield executor


def run(build, cpus, words, command, report, limit):
    with Machine(build, cpus=cpus,
                 bootargs=" ".join(["panic=exit", *words])) as machine:
        machine.boot()
        said = machine.run("stats -a")
        for word, lines in COUNTED.items():
            assert f"\n{lines[word in words]}\n" in said, said
        names, well = usertests(machine, command, report, limit)
        machine.expect(PROMPT)
        machine.poweroff()
    return names, well


def run_all(runs, command, cases, pool, limit):
    for build, *_ in runs:
        build.ready()
    futures = []
    for each in runs:
        def report(case, *result, label=name(each)):
            cases.report(f"{label}: {case}", *result)
        futures.append((each, pool.submit(run, *each, command, report, limit)))
    return [(each, future.result()) for each, future in futures]


def check(results):
    for each, (names, well) in results:
        assert well, f"{name(each)}: usertests says that some tests failed"
        assert len(names) > 50, f"{name(each)}: only {len(names)} tests"
        assert len(names) == len(set(names)), f"{name(each)}: a name twice"


def test_quick(cases, pool):
    check(run_all(QUICK, "usertests -q", cases, pool, 120))


@pytest.mark.slow
def test_all(cases, pool):
    check(run_all(ALL, "usertests", cases, pool, 900))


def test_order(shell):
    """Scripts rely on the order of some names."""
    listed = (shell.build.folder.parents[2] / "user" / "usertests" /
              "list.h").read_text()
    for names in (["copyin", "copyout", "copyinstr1", "copyinstr2",
                   "copyinstr3", "truncate1"], ["sbrkmuch", "kernmem"]):
        at = [listed.index(f"({each}") for each in names]
        assert at == sorted(at)


def test_one_by_name(shell):
    output = shell.run("usertests copyin")
    assert "test copyin: OK\n" in output
    assert output.endswith("ALL TESTS PASSED\n")
    assert "copyout" not in output


def test_unknown_name(shell):
    assert "ALL TESTS PASSED" not in shell.run("usertests nosuchtest")
