"""The unit tests that run on this machine, with sanitizers. Each program
prints "ok NAME" or "FAILED NAME" for every test in it."""

import subprocess

import pytest

from lib.build import NORMAL, ROOT


def programs():
    return NORMAL.make("-s", "print-host-tests")[1].split()


@pytest.mark.parametrize("program", programs())
def test_host(program, cases):
    NORMAL.make("-j2", program)
    done = subprocess.run([ROOT / program], cwd=ROOT, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    found, said = 0, []
    for line in done.stdout.splitlines():
        word, _, name = line.partition(" ")
        if word in ("ok", "FAILED"):
            cases.report(name, word == "ok", "\n".join(said))
            found += 1
            said = []
        else:
            said.append(line)
    ended_well = done.returncode == (1 if cases.failures else 0)
    assert ended_well, f"status {done.returncode}\n" + "\n".join(said)
    assert found, "no test in it"
