"""Executables as no linker makes them: exec refuses them, or they run. Then
nothing is lost. The checks alone are tested in kernel/proc/elf_test.c."""

import re
import struct
import subprocess
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from lib.build import DEBUG, NORMAL
from lib.machine import LIMIT, Machine

HEADER = struct.Struct("<16s2HI3QI6H")
SEGMENT = struct.Struct("<2I6Q")
PAGE = 4096
TOP = (1 << 38) - 3 * PAGE - 2 * PAGE  # USYSCALL less guard and stack
SIZE_MAX = (1 << 64) - 1
PT_LOAD, PT_NOTE = 1, 4
R, W, X = 4, 2, 1

# exit(7): li a0, 7; li a7, 2; ecall
STATUS = 7
CODE = struct.pack("<3I", 0x00700513, 0x00200893, 0x00000073)
CODE_AT = HEADER.size + 3 * SEGMENT.size

REFUSED = "refused"
ENDS = f"ended {STATUS}"
FAULTS = "ended -1"


@dataclass(frozen=True)
class Segment:
    va: int = 0
    memory: int = len(CODE)
    filed: int = len(CODE)
    offset: int = CODE_AT
    kind: int = PT_LOAD
    flags: int = R | X

    def packed(self):
        return SEGMENT.pack(self.kind, self.flags, self.offset, self.va,
                            self.va, self.filed, self.memory, PAGE)


TEXT = Segment()
DATA = Segment(va=PAGE, flags=R | W, memory=PAGE, filed=0)


@dataclass(frozen=True)
class Program:
    segments: list = field(default_factory=lambda: [TEXT, DATA])
    ident: bytes = b"\x7fELF\2\1\1"
    kind: int = 2
    machine: int = 243
    version: int = 1
    entry: int = 0
    table: int = HEADER.size
    each: int = SEGMENT.size
    count: int = None

    def packed(self):
        count = len(self.segments) if self.count is None else self.count
        header = HEADER.pack(self.ident, self.kind, self.machine, self.version,
                             self.entry, self.table, 0, 0, HEADER.size,
                             self.each, count, 0, 0, 0)
        table = b"".join(each.packed() for each in self.segments)
        return (header + table).ljust(CODE_AT, b"\0") + CODE


def of(*segments):
    return Program(list(segments))


def data(**changes):
    return of(TEXT, replace(DATA, **changes))


# Name -> (program, what comes of it). On the disk the names are two bytes longer.
CRAFTED = {
    "plain": (Program(), ENDS),
    "one-segment": (of(TEXT), ENDS),
    "all-rights": (of(replace(TEXT, flags=R | W | X)), ENDS),
    "note-between": (of(TEXT, replace(DATA, kind=PT_NOTE, va=SIZE_MAX), DATA),
                     ENDS),
    "hole-between": (data(va=16 * PAGE), ENDS),
    "zero-sized": (data(memory=0), ENDS),
    "zero-far": (data(memory=0, va=SIZE_MAX, offset=SIZE_MAX), ENDS),
    "only-zero": (of(replace(TEXT, memory=0, filed=0)), FAULTS),
    "not-x": (of(replace(TEXT, flags=R | W)), FAULTS),
    "no-rights": (of(replace(TEXT, flags=0)), FAULTS),
    "entry-hole": (Program(entry=8 * PAGE), FAULTS),
    "entry-data": (Program(entry=PAGE), FAULTS),
    "entry-beyond": (Program(entry=1 << 37), FAULTS),
    "entry-top": (Program(entry=(1 << 38) - PAGE), FAULTS),
    "entry-kernel": (Program(entry=0x80000000), FAULTS),
    "entry-wild": (Program(entry=SIZE_MAX - 1), FAULTS),
    "entry-odd": (Program(entry=1), None),
    "same-place": (data(va=0), REFUSED),
    "overlap": (of(replace(TEXT, memory=2 * PAGE), DATA), REFUSED),
    "same-page": (of(TEXT, replace(DATA, va=len(CODE))), REFUSED),
    "unordered": (of(DATA, TEXT), REFUSED),
    "unaligned": (data(va=PAGE + 8), REFUSED),
    "more-file": (data(filed=PAGE + 1), REFUSED),
    "file-short": (data(filed=PAGE), REFUSED),
    "offset-far": (data(filed=1, offset=1 << 31), REFUSED),
    "offset-wraps": (data(filed=2, offset=SIZE_MAX), REFUSED),
    "offset-32": (data(filed=2, offset=(1 << 32) - 1), REFUSED),
    "huge": (data(memory=1 << 36), REFUSED),
    "all-of-ram": (data(memory=1 << 27), REFUSED),
    "most-of-ram": (data(memory=100 << 20), None),
    "to-the-top": (data(memory=TOP - PAGE), REFUSED),
    "at-the-top": (data(va=TOP - PAGE), ENDS),
    "over-the-top": (data(va=TOP), REFUSED),
    "past-stop": (data(va=0x0C000000 - PAGE, memory=2 * PAGE), ENDS),
    "negative": (data(memory=SIZE_MAX), REFUSED),
    "wraps": (data(memory=SIZE_MAX - PAGE + 1), REFUSED),
    "wraps-va": (data(va=SIZE_MAX - PAGE + 1, memory=2 * PAGE), REFUSED),
    "no-segments": (of(), REFUSED),
    "many": (Program(count=0xFFFF), REFUSED),
    "table-beyond": (Program(table=1 << 20), REFUSED),
    "table-wraps": (Program(table=SIZE_MAX - 8), REFUSED),
    "table-head": (Program(table=0), None),
    "each-small": (Program(each=SEGMENT.size - 1), REFUSED),
    "each-zero": (Program(each=0), REFUSED),
    "bad-magic": (Program(ident=b"\x7fELG\2\1\1"), REFUSED),
    "32-bit": (Program(ident=b"\x7fELF\1\1\1"), REFUSED),
    "big-endian": (Program(ident=b"\x7fELF\2\2\1"), REFUSED),
    "relocatable": (Program(kind=1), REFUSED),
    "shared": (Program(kind=3), REFUSED),
    "machine": (Program(machine=62), REFUSED),
    "version": (Program(version=2), REFUSED),
}


def damaged(random):
    """A good program with some bits of its headers flipped, or some of its
    fields made large."""
    program = bytearray(Program().packed())
    for _ in range(random.randint(1, 4)):
        at = random.randrange(CODE_AT)
        if random.random() < 0.5:
            program[at] ^= 1 << random.randrange(8)
        else:
            at -= at % 8
            program[at:at + 8] = random.choice(
                [0, 1, PAGE, TOP, 1 << 38, 1 << 63, SIZE_MAX]).to_bytes(
                    8, "little")
    return bytes(program)


def outcomes(programs, build, folder):
    """What comes of each of these (name -> bytes), on a system that is as it
    was afterwards."""
    paths = []
    for name, content in programs.items():
        paths.append(folder / f"x.{name}")
        paths[-1].write_bytes(content)
    image = folder / "fs.img"
    tools = [build.test_program("tryexec"),
             *map(build.program, ("init", "sh", "stats", "poweroff"))]
    subprocess.run([build.mkfs, image, "-s", str(1200 + 2 * len(paths)), "-i",
                    str(50 + len(paths)), *tools, *paths], check=True,
                   timeout=60)
    with Machine(build, image=image) as machine:
        machine.boot()
        before = held(machine)
        text = machine.run("tryexec x.", limit=4 * LIMIT)
        assert held(machine) == before
        machine.poweroff()
    return dict(re.findall(r"^x\.(\S+): (refused|stopped|ended -?\d+)$", text,
                           re.M))


def held(machine):
    """What a leak would change: the same twice, if it ever is, since the shell
    may have a page in its hands meanwhile, on another hart."""
    now = None
    for _ in range(5):
        last, now = now, re.findall(
            r"^(?:pages_free|pages_reserved|files_open|inodes_held): \d+$",
            machine.run("stats -a"), re.M)
        if now == last:
            break
    return now


@pytest.mark.parametrize("build", [NORMAL, DEBUG], ids=lambda b: b.name)
def test_crafted(build, cases, tmp_path, tried):
    found = outcomes({name: program.packed()
                      for name, (program, _) in CRAFTED.items()},
                     build, tmp_path)
    for name, (_, expected) in CRAFTED.items():
        outcome = found.get(name)
        cases.report(name, outcome is not None and
                     expected in (outcome, None), f"{outcome}")
    tried("executables", len(CRAFTED))


def test_cut_short(tmp_path, tried):
    """At every byte up to the last of the code."""
    whole = Program().packed()
    found = outcomes({str(length): whole[:length]
                      for length in range(len(whole) + 1)}, DEBUG, tmp_path)
    assert found.pop(str(len(whole))) == ENDS
    assert found == {str(length): REFUSED for length in range(len(whole))}
    tried("executables", len(whole))


@pytest.mark.slow
def test_damaged(tmp_path, tried):
    random = Random(1)
    programs = {str(number): damaged(random) for number in range(1000)}
    found = outcomes(programs, DEBUG, tmp_path)
    assert found.keys() == programs.keys()
    assert set(found.values()) > {REFUSED, ENDS, FAULTS}
    tried("executables", len(programs))


@pytest.mark.parametrize("runs", [
    100_000, pytest.param(5_000_000, marks=pytest.mark.slow)])
def test_checks_by_libfuzzer(runs, tried):
    """What the checks let through is what exec relies on."""
    said = NORMAL.make("fuzz-elf", f"FUZZ_RUNS={runs}")[1]
    done = re.search(r"number_of_executed_units: (\d+)", said)
    assert done or "fuzz-elf: skipped" in said, said
    if done:
        tried("inputs of the fuzzer", int(done.group(1)))
