"""make bench: that what it says is so, and that it says what goes wrong."""

import io
import json
import os
import re
import subprocess
import sys
import time

import pytest

from bench import __main__ as bench
from bench import page
from bench.pictures import draw_all
from bench.real import real_figures
from bench.rows import (BENCH_ROWS, DISK_ROWS, LINUX_CYCLES, MODES, REAL_ROWS,
                        SECTIONS, SIZES, TURNS, WAITING, WORK, copy_name,
                        named, real)
from bench.runs import COMMON_ROWS, NAMES, OURS_TOO, Progress, System, run_on
from bench.wall import HARTS, HostTime, of_rounds
from bench.words import (factor, first_lines, linux_table, load_words, missed,
                         real_table, table, where_it_wins)
from lib.machine import MachineError
from lib.module import run_module

ALL_SIZES = SIZES["copyin"]
ALL_COPIES = NAMES["benchcopy time"]
TABLE_COLUMNS = 92
PICTURES = {f"{name}.{form}" for form in ("svg", "png")
            for name in ("copyin", "copyinstr", "processes", "memory", "linux")}
TIME_PICTURES = {"copyin-time.svg", "copyin-time.png"}


def invented(value=100):
    """Figures for every row that are not measured."""
    names = {name for each in (*NAMES.values(), *OURS_TOO.values())
             for name in each}
    names |= {*DISK_ROWS, "boot", "usertests", "irqs_off"}
    names |= {f"{harts} {name}" for harts in HARTS
              for name in (*WORK, *TURNS, "wake", "usertests")}
    return dict.fromkeys(names, value) | {f"{harts} others": 0
                                          for harts in HARTS}


def invented_real(modes, value=1000):
    """The same of real time; the other tree has no rows of copies."""
    names = [*BENCH_ROWS, *(() if modes == ["base"] else ALL_COPIES)]
    return {f"{which} {mode} {name}": value for which in ("least", "median")
            for mode in modes for name in names}


def results(ours, base=None, **others):
    """What there is to say of these figures."""
    state = {"tables": "one", "asids": "used", "sum": "closed"}
    return {"date": "a day", "compiler": "cc", "qemu": "0.1", "cores": 2,
            "load": [0, 1], "modes": {
                "counted": state, "real": state | {"sum": "open"}},
            "ours": ours, "base": base or {}} | others


# The whole, measured.

@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """(the folder of the results, what was printed, the figures)."""
    out = tmp_path_factory.mktemp("bench")
    status, said = run_module("bench", "--runs", "0", "--out", out)
    assert status == 0, said
    return out, said, json.loads((out / "bench.json").read_text())["ours"]


def test_every_figure_is_there(measured):
    _, said, ours = measured
    lines = said.splitlines()
    beside_linux = [BENCH_ROWS[name] for name in LINUX_CYCLES]
    for section, rows in SECTIONS.items():
        clocked = section.startswith(("milliseconds", "two workers",
                                      "processes that", "eight harts"))
        for row in rows:
            shown = [line for line in lines if f"  {row.words}  " in line]
            assert len(shown) == (0 if clocked else
                                  1 + (row in beside_linux)), row.words
            assert clocked or row.value(ours) > 0


# One hart, one table, with ASIDs. A fork has a whole flush for the parent and
# one for the child's first entry, and that of a page for each that is copied on
# write; which those are is up to the compiler where the two work on (stream).
COUNTS = dict.fromkeys(BENCH_ROWS.keys() - WAITING, (0, 0)) | {
    "round_trip": (4, 0), "fork": (4, 3), "fork_heap": (4, 3),
    "fork_write": (4, 3 + 256), "exec": (5, 4), "sbrk_page": (0, 1),
    "sbrk_mib_touched": (0, 1)}


def test_counts(measured):
    """A trap changes no table and flushes nothing."""
    ours = measured[2]
    found = {name: (ours[f"satp_writes {name}"], ours[f"tlb_flushes {name}"])
             for name in COUNTS}
    assert found.pop("stream")[1] <= 5
    assert found.pop("peer_stream")[1] == 0
    assert found == {name: count for name, count in COUNTS.items()
                     if "stream" not in name}


def test_direct_copies_are_faster(measured):
    """What the lab promises, and what is said first."""
    _, said, ours = measured
    assert re.match(
        r"In instructions \(one table, ASIDs used, SUM closed, (no )?Svade\):\n"
        "Direct copyin, in times as fast as walking: ", said)
    assert "In real time" not in said and "in real time" not in said
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
    text = (out / "linux.svg").read_text()
    for words in (BENCH_ROWS["create_whole"].words, "PREEMPT_NONE"):
        assert words in text, words


def test_kernel_that_tells_no_counts():
    with System().machine() as machine:
        machine.boot()
        assert "tlb_flushes getpid 0\n" in machine.run("bench getpid")
        assert machine.run("rm counters") == ""
        assert re.fullmatch(r"getpid \d+\n", machine.run("bench getpid"))


# Real time, which under -icount counts instructions, too: of 32 ns here, since
# a measurement takes a certain time.

class Counted(System):
    def machine(self, **options):
        return super().machine(extra=("-icount", "shift=5,sleep=off"),
                               **options)


def test_counts_with_two_tables():
    """Two writes of satp for each trap, and none of those that it takes to
    read the counters."""
    with Counted().machine() as machine:
        machine.boot()
        assert machine.run("stats twotables") == ""
        said = machine.run("bench getpid dup")
    assert "satp_writes getpid 2\n" in said
    assert "satp_writes dup 4\n" in said
    assert said.count("tlb_flushes") == said.count(" 0\n") == 2


def test_real_time_of_each_mode():
    figures = real_figures([Counted()], 1, Progress(io.StringIO()))[0]
    one, two, walk = (real(figures, "least", of)
                      for of in ("one", "two", "walk"))
    for name in (*BENCH_ROWS, *ALL_COPIES):
        assert one[name] > 0 and two[name] > 0, name
        assert real(figures, "median", "one")[name] == one[name]
    assert walk.keys() == set(BENCH_ROWS)
    assert two["getpid"] > one["getpid"]
    assert walk["read_small"] > one["read_small"]
    assert walk["getpid"] < two["getpid"]
    for figures in one, two:
        assert factor(figures, "copyin", "crossing", 4096) > 1


# What is said.

@pytest.mark.parametrize("winning, said", [
    (ALL_SIZES, "at every size"), ((), "at no size"),
    (ALL_SIZES[:1], "up to 1 byte"), (ALL_SIZES[:8], "up to 128 bytes"),
    (ALL_SIZES[12:], "from 4,096 bytes on"), ((1, 4), "at 1, 4 bytes")])
def test_where_it_wins(winning, said):
    assert where_it_wins(list(winning), ALL_SIZES) == said


def test_first_lines():
    figures = invented() | {copy_name("copyin", "direct", "aligned", 4096): 25}
    said = first_lines(results(figures)).replace("\n", " ")
    assert "1.0 at 8 bytes, 4.0 at 4,096 bytes" in said
    assert "it wins at 4,096 bytes" in said
    assert "it wins at no size" in said
    assert "(one table, ASIDs used, SUM closed, Svade)" in said
    assert "real time" not in said


def test_first_lines_of_real_time():
    figures = invented() | {"svade": 0} | invented_real(["one", "two", "walk"])
    figures["median one copyin direct aligned 4096"] = 250
    figures["median two copyinstr direct crossing 64"] = 1100
    said = first_lines(results(figures)).replace("\n", " ")
    counted, timed = said.split("In real time on QEMU 0.1 ")
    assert "4.0 at 4,096 bytes" not in counted
    assert timed.startswith("(one table, ASIDs used, SUM open, no Svade):")
    assert "1.0 at 8 bytes, 4.0 at 4,096 bytes" in timed
    assert ("at most 1.10 times as long as a walking one: copyinstr of 64 "
            "bytes across a page's end, at an odd address, with two.") in timed


def test_nothing_is_claimed_of_a_busy_host():
    quiet = invented() | {"1 work_fork": 75}
    busy = quiet | {"2 others": 4}
    row = ["each", "forks", "and", "waits"]
    assert lines_with("  each forks and waits  ", table(quiet, {})) == [
        [*row, "1.50*", "1.80"]]
    assert lines_with("  each forks and waits  ", table(busy, {})) == [
        [*row, "1.80"]]
    said = " ".join(table(busy, {}).split())
    assert "Nothing is claimed of several harts" in said
    assert "others used up to 4 % of the host" in said
    assert "Nothing is" not in table(quiet, {})
    assert set(missed(busy, {})) < set(missed(quiet, {}))


def test_no_round_of_others_is_forgotten():
    rounds = [{"2 work_fork": 10, "2 others": 0}] * 4
    assert of_rounds([*rounds, {"2 work_fork": 90, "2 others": 20}]) == {
        "2 work_fork": 10, "2 others": 4}


def test_others_are_told_apart():
    """This process's own work is not others'; that of a child is when nobody
    has waited for it yet."""
    host = HostTime()
    end = time.monotonic() + 0.5
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as child:
        while time.monotonic() < end:
            pass
        disturbed = host.percent_of_others()
        child.kill()
    assert disturbed > host.percent_of_others()


@pytest.mark.parametrize("load, busy", [([0.2, 2.3], False),
                                        ([1.4, 1.0], True)])
def test_load(load, busy):
    """What it was before was somebody else's."""
    said = load_words(results({}, load=load))
    assert said.startswith(f"2 cores with a load of {load[0]} before and ")
    assert ("too long" in said) == busy


def lines_with(words, text):
    return [line.split() for line in text.splitlines() if words in line]


def test_table():
    ours = invented(10_000) | {"getpid": 250, "1 work_fork": 7_500,
                               "satp_writes getpid": 3, "tlb_flushes getpid": 0}
    text = table(ours, {})
    assert all(len(line) <= TABLE_COLUMNS for line in text.splitlines())
    assert lines_with("  getpid", text) == [
        ["getpid", "250*", "3", "0", "1,078", "703", "200", "4.3"]]
    assert lines_with("4 MiB", text)[0][-1] == "4,817"
    assert lines_with("  each forks and waits  ", text) == [
        ["each", "forks", "and", "waits", "1.50*", "1.80"]]
    assert {"getpid", "each forks and waits"} < set(missed(ours, {}))
    assert "fork, exit, wait" not in missed(ours, {})


def test_table_beside_another_tree():
    """The goals that are shares are shares of its figures; it has no rows
    inside the kernel, and may count nothing."""
    ours = invented() | {"create_unlink": 90, "boot": 500}
    base = {name: 1000 for name in ours if not name.startswith(
        ("copyin", "satp_writes", "tlb_flushes", "pipe_2048"))}
    text = table(ours, base)
    assert all(len(line) <= TABLE_COLUMNS for line in text.splitlines())
    assert lines_with("  getpid", text) == [
        ["getpid", "100", "100", "100", "1,000", "1,078", "200", "10.0"]]
    assert lines_with("create, close", text)[0][3:] == [
        "0.09", "1.00", "27.00", "0.10", "11.1"]
    assert lines_with("boot", text)[0][-4:] == ["0.50", "1.00", "0.50", "2.0"]
    assert lines_with("sink: copyin of 8 bytes", text)[0][5:] == [
        "100*", "65"]


def test_linux_table():
    ours = invented() | {"pipe_512": 1500, "create": 6000}
    text = linux_table(ours)
    assert all(len(line) <= TABLE_COLUMNS for line in text.splitlines())
    assert lines_with("512 bytes", text)[0][-4:] == [
        "1,500*", "1,400", "1,815", "1.2"]
    assert lines_with("create and unlink", text)[0][-5:] == [
        "6,000", "12,000", "12,265", "83,825", "2.0"]
    assert lines_with("read 64 KiB", text)[0][-1] == "286"
    assert "recorded on 2026-11-30" in text


def test_real_table():
    ours = invented_real(["one", "two", "walk"], 10_000_000) | {
        "least one getpid": 354, "median one getpid": 400}
    text = real_table(ours, {})
    assert all(len(line) <= TABLE_COLUMNS for line in text.splitlines())
    assert lines_with("  getpid", text) == [
        ["getpid", "354", "400", "10,000,000", "10,000,000", "708", "2.0"]]
    assert lines_with("512 bytes", text)[0][-1] == "10,000,000"
    assert "Linux 7.2: a lean build, recorded on 2026-11-30" in text
    assert real_table(invented(), {}) == ""
    for row in REAL_ROWS:
        assert f"\n  {row.words} " in text


def test_real_table_beside_another_tree():
    base = invented_real(["base"])
    del base["least base pipe_2048"]
    text = real_table(invented_real(["one", "two", "walk"], 500), base)
    assert lines_with("  getpid", text) == [
        ["getpid", *["500"] * 4, "1,000", "2.0"]]
    assert lines_with("2,048 bytes", text)[0][-4:] == ["500"] * 4
    assert "Linux" not in text


def test_rows_have_figures():
    assert named("x")({"x": 1}) == 1
    for rows in SECTIONS.values():
        for row in rows:
            assert row.value(invented()) is not None
            assert row.value({}) is None


@pytest.mark.slow
def test_pictures_beside_another_tree(tmp_path):
    ours = invented() | invented_real(["one", "two", "walk"])
    files = draw_all(ours, invented(200), tmp_path)
    assert {path.name for path in files} == PICTURES | TIME_PICTURES
    assert "base" in (tmp_path / "memory.svg").read_text()
    text = (tmp_path / "copyin-time.svg").read_text()
    for words in ("nanoseconds of one copy", "direct, one table",
                  "walking the user table, two tables", "direct wins"):
        assert words in text, words


def test_without_matplotlib(tmp_path, capsys, monkeypatch):
    """All but the pictures is there."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    chosen = bench.options(["--out", str(tmp_path / "new")])
    assert bench.report(chosen, results(invented())) == 1
    said = capsys.readouterr()
    assert "make bench: no pictures: there is no matplotlib" in said.err
    assert "getpid" in said.out
    assert os.listdir(tmp_path / "new") == ["bench.json"]


def test_page_has_tables():
    text = page.PAGE.read_text()
    for rows in SECTIONS.values():
        for row in rows:
            assert row.value({"usertests": 1}) or f"  {row.words}" in text
    ours = invented() | invented_real(["one", "two", "walk"])
    after = page.replaced(text, results(ours))
    assert ("Measured on a day by `make bench`, compiled by cc, on QEMU 0.1 "
            "and 2 cores") in after.replace("\n", " ")
    assert after.count("\n  getpid") == 2
    assert page.replaced(text, results(invented())).count("\n  getpid") == 1
    assert after.split("Measured on")[0] == text.split("Measured on")[0]
    assert after.count("\n```text\n") == after.count("\n```\n") == 3
    assert page.replaced(after, results(ours)) == after
    with pytest.raises(ValueError, match="no line that begins"):
        page.replaced("nothing", results(ours))


# Systems that do not do what they should.

class Pretended:
    """A shell that prints a prompt, reads a command other than sync, and
    replies."""

    name = "a pretended system"

    def __init__(self, folder, reply, ending):
        self.image = folder / "disk"
        self.image.touch()
        self._script = ("line=sync; while [ \"$line\" = sync ]; do "
                        "printf '$ '; read line; echo \"$line\"; done; "
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


def test_real_time_of_another_tree(tmp_path):
    """It has no modes, and need not tell what ours alone does."""
    said = "".join(f"{name} 7\\n" for name in COMMON_ROWS)
    systems = [System(Pretended(tmp_path, said + "$ ", "read line"), "base")]
    figures = real_figures(systems, 1, Progress(io.StringIO()))
    assert figures == [{f"{which} base {name}": 7 for which in (
        "least", "median") for name in COMMON_ROWS}]
    assert real_figures(systems, 0, Progress(io.StringIO())) == [{}]


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
