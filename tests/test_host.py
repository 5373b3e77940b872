"""The unit tests that run on this machine, with sanitizers. Each program
prints "ok NAME" or "FAILED NAME" for every test in it, and may print how many
of something it tried."""

import subprocess

import pytest

from lib.build import NORMAL, ROOT


def programs():
    return NORMAL.make("-s", "print-host-tests")[1].split()


def run(program, cases, tried, *arguments):
    NORMAL.make("-j2", program)
    done = subprocess.run([ROOT / program, *arguments], cwd=ROOT, text=True,
                          timeout=900, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    found, said = 0, []
    for line in done.stdout.splitlines():
        word, _, name = line.partition(" ")
        if word in ("ok", "FAILED"):
            cases.report(name, word == "ok", "\n".join(said))
            found += 1
            said = []
        elif word == "tried":
            count, _, what = name.partition(" ")
            tried(what, int(count))
        else:
            said.append(line)
    ended_well = done.returncode == (1 if cases.failures else 0)
    assert ended_well, f"status {done.returncode}\n" + "\n".join(said)
    assert found, "no test in it"


@pytest.mark.parametrize("program", programs())
def test_host(program, cases, tried):
    run(program, cases, tried)


# Address spaces against their model: all sequences of this length, and so many
# random operations.

@pytest.mark.slow
@pytest.mark.parametrize("length, steps, seed", [(5, 0, 1), (0, 1_000_000, 2)],
                         ids=["sequences", "random"])
def test_address_spaces(length, steps, seed, cases, tried):
    program = next(path for path in programs()
                   if path.endswith("/aspace_model_test"))
    run(program, cases, tried, str(length), str(steps), str(seed))
