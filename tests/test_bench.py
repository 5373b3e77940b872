"""make bench: that what it says is so, and that it says what goes wrong."""

import io
import json
import os
import re
import sys

import pytest

from bench import __main__ as bench
from bench import readme
from bench.pictures import draw_all
from bench.rows import (DISK_ROWS, MODES, SECTIONS, SIZES, TURNS, TWO_ROWS,
                        copy_name, named)
from bench.runs import NAMES, Progress, System, run_on
from bench.words import factor, first_lines, missed, table, where_it_wins
from lib.build import ROOT
from lib.machine import MachineError
from lib.module import run_module

ALL_SIZES = SIZES["copyin"]
PICTURES = {f"{name}.{form}" for form in ("svg", "png")
            for name in ("copyin", "copyinstr", "processes", "memory")}


def invented(value=100):
    """Figures for every row that are not measured."""
    names = {name for each in NAMES.values() for name in each}
    names |= {*DISK_ROWS, "boot", "usertests", "irqs_off"}
    names |= {f"{harts} {name}" for harts in (1, 2, 3)
              for name in (*TWO_ROWS, *TURNS, "wake", "usertests")}
    return dict.fromkeys(names, value)


# The whole, measured.

@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """(the folder of the results, what was printed, the figures)."""
    out = tmp_path_factory.mktemp("bench")
    status, said = run_module("bench", "--runs", "0", "--out", out)
    assert status == 0, said
    results = json.loads((out / "bench.json").read_text())
    return out, said, results["ours"]


def test_every_figure_is_there(measured):
    _, said, ours = measured
    lines = said.splitlines()
    for section, rows in SECTIONS.items():
        clocked = section.startswith(("milliseconds", "two workers",
                                      "processes that"))
        for row in rows:
            shown = [line for line in lines if f"  {row.words}  " in line]
            assert len(shown) == (0 if clocked else 1), row.words
            assert clocked or row.value(ours) > 0


def test_direct_copies_are_faster(measured):
    """What the lab promises, and what is said first."""
    _, said, ours = measured
    assert said.startswith("Direct copyin, in times as fast as walking: ")
    for kind in ("copyin", "copyinstr"):
        for nbytes in (1, 8, 64):
            assert factor(ours, kind, "aligned", nbytes) > 1.2
            assert factor(ours, kind, "crossing", nbytes) > 1.2
    assert factor(ours, "copyin", "aligned", 4096) > 1
    assert factor(ours, "copyin", "crossing", 4096) > 1


def test_longer_copies_cost_more(measured):
    for mode in MODES:
        costs = [measured[2][copy_name("copyin", mode, "crossing", nbytes)]
                 for nbytes in SIZES["copyin"][4:]]
        assert costs == sorted(costs)


def test_pictures(measured):
    out, said, _ = measured
    assert PICTURES == {path.name for path in out.iterdir()} - {"bench.json"}
    assert all((out / name).stat().st_size > 10_000 for name in PICTURES)
    for name in PICTURES:
        assert name in said
    text = (out / "copyin.svg").read_text()
    for words in ("bytes of the copy", "instructions of one copy", "direct",
                  "walking the user table", "4 KiB: direct is", "direct wins"):
        assert words in text, words


# What is said.

@pytest.mark.parametrize("winning, said", [
    (ALL_SIZES, "at every size"), ((), "at no size"),
    (ALL_SIZES[:1], "up to 1 byte"), (ALL_SIZES[:8], "up to 128 bytes"),
    (ALL_SIZES[12:], "from 4,096 bytes on"), ((1, 4), "at 1, 4 bytes")])
def test_where_it_wins(winning, said):
    assert where_it_wins(list(winning), ALL_SIZES) == said


def test_first_lines():
    figures = invented() | {copy_name("copyin", "direct", "aligned", 4096): 25}
    said = first_lines(figures).replace("\n", " ")
    assert "1.0 at 8 bytes, 4.0 at 4,096 bytes" in said
    assert "it wins at 4,096 bytes" in said
    assert "it wins at no size" in said


def lines_with(words, text):
    return [line.split() for line in text.splitlines() if words in line]


def test_table():
    ours = invented(10_000) | {"getpid": 250, "1 two_fork": 15_000}
    text = table(ours, {})
    assert all(len(line) < 80 for line in text.splitlines())
    assert lines_with("  getpid", text) == [
        ["getpid", "250*", "1,078", "703", "200", "4.3"]]
    assert lines_with("4 MiB", text)[0][-1] == "4,817"
    assert lines_with("  each forks, exits, waits", text) == [
        ["each", "forks,", "exits,", "waits", "1.50*", "1.08", "1.70", "1.4"]]
    assert {"getpid", "each forks, exits, waits"} < set(missed(ours, {}))
    assert "fork, exit, wait" not in missed(ours, {})


def test_table_beside_another_tree():
    """The goals that are shares are shares of its figures; it has no rows
    inside the kernel."""
    ours = invented() | {"create_unlink": 90, "boot": 500}
    base = {name: 1000 for name in ours if not name.startswith("copyin")}
    text = table(ours, base)
    assert lines_with("  getpid", text) == [
        ["getpid", "100", "1,000", "1,078", "703", "200", "10.0"]]
    assert lines_with("create, close", text)[0][3:] == [
        "0.09", "1.00", "27.00", "0.10", "11.1"]
    assert lines_with("boot", text)[0][-4:] == ["0.50", "1.00", "0.50", "2.0"]
    assert lines_with("sink: copyin of 8 bytes", text)[0][5:] == [
        "100*", "65"]


def test_rows_have_figures():
    assert named("x")({"x": 1}) == 1
    for rows in SECTIONS.values():
        for row in rows:
            assert row.value(invented()) is not None
            assert row.value({}) is None


@pytest.mark.slow
def test_pictures_beside_another_tree(tmp_path):
    files = draw_all(invented(), invented(200), tmp_path)
    assert {path.name for path in files} == PICTURES
    assert "base" in (tmp_path / "memory.svg").read_text()


def test_without_matplotlib(tmp_path, capsys, monkeypatch):
    """All but the pictures is there."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    chosen = bench.options(["--out", str(tmp_path / "new")])
    assert bench.report(chosen, invented(), {}, [0, 1]) == 1
    said = capsys.readouterr()
    assert "make bench: no pictures: there is no matplotlib" in said.err
    assert "getpid" in said.out
    assert os.listdir(tmp_path / "new") == ["bench.json"]


def test_readme_has_a_table():
    text = (ROOT / "README").read_text()
    for rows in SECTIONS.values():
        for row in rows:
            assert row.value({"usertests": 1}) or f"  {row.words}" in text
    results = {"date": "a day", "compiler": "cc", "cores": 2, "load": [0, 1],
               "ours": invented(), "base": {}}
    after = readme.replaced(text, results)
    assert "Measured on a day" in after
    assert after.count("\n  getpid") == 1
    assert after.split("Measured on")[0] == text.split("Measured on")[0]
    assert after.split("\n\n\n")[-1] == text.split("\n\n\n")[-1]
    with pytest.raises(ValueError, match="0 tables"):
        readme.replaced("nothing", results)


# Systems that do not do what they should.

class Pretended:
    """A shell that prints a prompt, reads a command, and replies."""

    name = "a pretended system"

    def __init__(self, folder, reply, ending):
        self.image = folder / "disk"
        self.image.touch()
        self._script = (f"printf '$ '; read line; echo \"$line\"; "
                        f"printf '{reply}'; {ending}")

    def qemu_command(self, _bios):
        return ["sh", "-c", self._script, "-m", "1", "-smp", "1"]


PAGES = "".join(f"{name} 7\\n" for name in NAMES["benchsize pages"])
TROUBLES = {
    "a panic, and the end": ("idle_tenths 0 7\\npanic: no more\\n", "exit",
                             "panic: no more"),
    "a panic, and nothing": ("panic: no more\\n", "read line",
                             "panic: no more"),
    "a failed call": ("bench: fork failed\\n$ ", "read line",
                      "bench: fork failed"),
    "no such program": ("exec benchsize failed\\n$ ", "read line",
                        "exec benchsize failed"),
    "no counters": ("usertrap(): unexpected\\n$ ", "read line", "usertrap"),
    "too little": ("idle_tenths 0 7\\n$ ", "read line",
                   "does not tell idle_tenths 1024"),
    "an end": ("idle_tenths 0 7\\n", "exit", "end of"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble(tmp_path, name):
    reply, ending, said = TROUBLES[name]
    system = System(Pretended(tmp_path, reply, ending), "base")
    with pytest.raises(MachineError, match=said.replace("(", r"\(")):
        run_on(system, ["benchsize pages"], Progress(io.StringIO()))


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress(tmp_path):
    system = System(Pretended(tmp_path, PAGES + "$ ", "read line"), "base")
    for stream, told in ((Terminal(), True), (io.StringIO(), False)):
        figures = run_on(system, ["benchsize pages"], Progress(stream))
        assert figures == dict.fromkeys(NAMES["benchsize pages"], 7)
        assert ("base: benchsize pages: 3 of 3, idle_tenths 4096"
                in stream.getvalue()) == told
