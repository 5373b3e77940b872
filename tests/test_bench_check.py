"""conf/bench-check: no operation has become slower, and it would say so."""

import json
import re
import subprocess

import pytest

from bench import check
from bench.rows import WAITING
from lib.build import ROOT, clean_environment
from lib.module import run_module


def test_nothing_has_become_slower():
    done = subprocess.run(["sh", ROOT / "conf" / "bench-check"], text=True,
                          env=clean_environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    assert "figures" in done.stdout or "is compared" in done.stdout


@pytest.mark.parametrize("now, then, said", [
    ({"fork": 103}, {"fork": 100}, []),
    ({"fork": 104}, {"fork": 100}, ["fork: 104, recorded 100: 4.0% more"]),
    ({"fork": 1}, {"fork": 0}, ["fork: 1, recorded 0: 1 more"]),
    ({"fork": 1, "open": 1}, {"fork": 1}, ["open is not recorded"]),
    ({}, {"fork": 1}, ["fork is recorded, and not measured any more"]),
    ({"tlb_flushes fork": 101}, {"tlb_flushes fork": 100},
     ["tlb_flushes fork: 101, recorded 100: 1.0% more"]),
    ({"satp_writes fork": 1}, {"satp_writes fork": 0},
     ["satp_writes fork: 1, recorded 0: 1 more"]),
])
def test_faults(now, then, said):
    assert list(check.faults(now, then)) == said


def write_record(path, **changes):
    record = {"compiler": check.compiler(), "figures": {"fork": 100}}
    path.write_text(json.dumps(record | changes))
    return path


@pytest.mark.parametrize("now, status, said", [
    (104, 1, "4.0% more"), (100, 0, "none of 1 figures"),
    (90, 0, "worth `conf/bench-check --record`: fork")])
def test_check(tmp_path, capsys, now, status, said):
    record = write_record(tmp_path / "record")
    assert check.check(record, lambda: {"fork": now}) == status
    assert said in capsys.readouterr().out


def test_other_compilers_figures_are_not_compared(tmp_path, capsys):
    record = write_record(tmp_path / "record", compiler="cc 1.0")
    assert check.check(record, None) == 0
    said = capsys.readouterr().out
    assert "nothing is compared" in said and "cc 1.0" in said


def test_the_least_of_what_waits_for_the_disk(monkeypatch):
    """However the host lets its interrupts fall; nothing else is repeated."""
    runs = [dict.fromkeys(WAITING, value) for value in (9, 7, 8)]
    monkeypatch.setattr(check, "measure_rows", lambda rows: runs.pop())
    monkeypatch.setattr(check, "run_on", lambda *_: {
        "getpid": 5, **dict.fromkeys(WAITING, 8)})
    assert check.measure_short() == {"getpid": 5, **dict.fromkeys(WAITING, 7)}
    assert not runs


def test_some_rows():
    """Named, they are only measured."""
    status, said = run_module("bench.check", "getpid", "write_whole")
    assert status == 0, said
    assert re.match(r"getpid: \d{3}, recorded \d{3}\n", said)
    assert re.search(r"^write_whole: \d+,\d{3}, recorded \d+\n", said, re.M)
    status, said = run_module("bench.check", "no_row")
    assert (status, "does not tell no_row" in said) == (2, True)


@pytest.mark.parametrize("text", [
    None, "", "[]", "{}", '{"compiler": "x", "figures": {"fork": "many"}}'])
def test_bad_record(tmp_path, text):
    if text is not None:
        (tmp_path / "record").write_text(text)
    status, said = run_module("bench.check", "--baseline", tmp_path / "record")
    assert status == 2
    assert said.startswith(f"conf/bench-check: {tmp_path}/record")


@pytest.mark.slow
def test_record(tmp_path):
    """What is recorded is what is compared with, and the same each time; but
    when a disk's interrupts come is up to the host."""
    paths = [tmp_path / name for name in ("one", "two")]
    for path in paths:
        status, said = run_module("bench.check", "--record", "--baseline", path)
        assert status == 0, said
    first, second = (check.read_baseline(path) for path in paths)
    assert first[0] == second[0] == check.compiler()
    for name in WAITING:
        assert first[1].pop(name) == pytest.approx(second[1].pop(name),
                                                   rel=check.ALLOWED)
    assert first[1] == second[1]
