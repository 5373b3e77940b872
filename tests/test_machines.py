"""The kernel on many machines. Of all that a machine can be, every pair
occurs in some row of a matrix (slow); a few rows are run always."""

import re
import subprocess
from itertools import permutations

import pytest

from lib.build import CLANG, NORMAL, ROOT
from lib.disk import Disk
from lib.machine import Machine, known_cpu, qemu_is, qemu_knows
from lib.pairs import all_pairs, covering_rows, pairs_of
from lib.reset import arrivals, options

FACTORS = {
    "virtio": ("legacy", "modern"),
    "timer": ("clint", "sstc"),
    "harts": (1, 2, 3, 5, 8),
    "ram": ("32M", "64M", "128M", "1G", "4G"),
    "slot": (0, 1, 2, 3, 4, 5, 6, 7, "any"),  # any: as QEMU places it
    "bios": ("none", "sbi"),
    "cache": ("flush", "noflush"),
    "build": ("gcc", "clang"),
    "arrival": ("together", "ascending", "descending"),
}
ROWS = covering_rows(FACTORS)

QUICK = [dict(zip(FACTORS, values)) for values in (
    ("legacy", "clint", 5, "64M", 7, "none", "noflush", "clang", "descending"),
    ("modern", "sstc", 8, "32M", 3, "sbi", "flush", "gcc", "together"),
    ("legacy", "clint", 2, "1G", "any", "sbi", "flush", "clang", "ascending"),
    ("modern", "clint", 3, "32M", 1, "none", "noflush", "gcc", "ascending"),
)]

# Of usertests, what asks for no certain amount of memory, and for little
# time. To begin with, usertests looks how much there is.
PROGRAM_TESTS = ("copyin", "copyout", "copyinstr2", "preempt", "forkfork",
                 "fourfiles", "bigfile", "lazy_copy")

# What the console says of a program that uses a register that is off.
ILLEGAL = re.compile(r"^usertests \(pid \d+\): illegal instruction, sepc", re.M)

NO_SSTC = ("-cpu", "rv64,sstc=false")  # older ones have none anyway

STEP = 0.04  # seconds from one hart's arrival to the next one's
PROMPTLY = 30  # seconds for a boot, which takes one

RAM = 0x80000000
MIB = 1 << 20
BLK = "-global virtio-blk-device"


def name(row):
    return "-".join(str(row[factor]) for factor in FACTORS)


def replaced(word, row):
    """A word of QEMU's command for the build's machine, for this one."""
    if row["virtio"] == "legacy":
        word = word.replace("force-legacy=false", "force-legacy=true")
    slot = "" if row["slot"] == "any" else f",bus=virtio-mmio-bus.{row['slot']}"
    word = re.sub(r",bus=virtio-mmio-bus\.0$", slot, word)
    if word.startswith("virtio-blk-device") and row["cache"] == "noflush":
        word += ",config-wce=off,write-cache=off"
    return word


def arrival_times(row):
    times = [STEP * hart for hart in range(row["harts"])]
    if row["arrival"] == "descending":
        times.reverse()
    return times


def start(row, folder):
    extra = []
    if row["timer"] == "clint" and qemu_knows(*NO_SSTC):
        extra += NO_SSTC
    if row["arrival"] != "together":
        extra += options(arrivals(arrival_times(row)), folder / "late",
                         row["harts"])
    return Machine({"gcc": NORMAL, "clang": CLANG}[row["build"]],
                   cpus=row["harts"], mem=row["ram"], bios=row["bios"],
                   extra=extra, adjust=lambda command: [
                       replaced(word, row) for word in command])


def check_files(machine):
    machine.run("echo kept > file")
    machine.run("mkdir folder")
    machine.run("ln file folder/link")
    machine.run("rm file")
    assert machine.run("cat folder/link | wc").split() == ["1", "1", "5"]


def check_row(row, folder):
    with start(row, folder) as machine:
        machine.boot(PROMPTLY)
        check_files(machine)
        for test in PROGRAM_TESTS:
            said = machine.run(f"usertests {test}")
            assert said.endswith("ALL TESTS PASSED\n"), said
        # The firmware may have left these registers on.
        said = machine.run("usertests nofloats")
        assert said.endswith("ALL TESTS PASSED\n"), said
        assert len(ILLEGAL.findall(said)) == 3, said
        assert "pgtbltest: all tests succeeded" in machine.run("pgtbltest")
        machine.poweroff()
        assert "panic" not in machine.console()
        assert not Disk(machine.image).faults()


@pytest.mark.parametrize("row", QUICK, ids=name)
def test_quick(row, tmp_path):
    check_row(row, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=name)
def test_matrix(row, tmp_path):
    check_row(row, tmp_path)


def test_every_pair_is_in_the_matrix():
    found = set().union(*map(pairs_of, ROWS))
    assert found == all_pairs(FACTORS)
    values = sum(map(len, FACTORS.values()))
    assert {pair[i] for pair in found for i in (0, 1)} == {
        (factor, value) for factor in FACTORS for value in FACTORS[factor]}
    # Not fewer than the two longest factors have pairs, and not many more.
    assert 9 * 5 <= len(ROWS) <= 9 * 5 + values // 2


def test_covering_rows():
    """Small cases, by hand."""
    assert len(all_pairs({"a": "xy", "b": "xyz", "c": "x"})) == 6 + 2 + 3
    assert covering_rows({"a": "x", "b": "y"}) == [{"a": "x", "b": "y"}]
    assert len(covering_rows({"a": "xy", "b": "xy", "c": "xy"})) <= 6
    assert covering_rows(FACTORS) == ROWS


@pytest.mark.parametrize("order", permutations(range(3)), ids=str)
def test_arrival(order, tmp_path):
    """Three harts in every order: the last comes when it was called long
    ago."""
    times = [0, 0, 0]
    for place, hart in enumerate(order):
        times[hart] = (0, STEP, 10 * STEP)[place]
    late = options(arrivals(times), tmp_path / "late", 3)
    with Machine(NORMAL, cpus=3, extra=late) as machine:
        machine.boot(PROMPTLY)
        assert machine.run("echo hello") == "hello\n"
        machine.poweroff()


@pytest.mark.parametrize("missing", ["f=false,d=false", "pmp=false",
                                     "h=false", "zba=false,zbb=false"])
def test_plain_harts(missing):
    """What the kernel does not use need not be there."""
    model = known_cpu(f"rv64,{missing}", f"rv64,{missing},zfa=false")
    with Machine(NORMAL, extra=["-cpu", model]) as machine:
        machine.boot(PROMPTLY)
        assert machine.run("echo hello") == "hello\n"
        machine.poweroff()


@pytest.mark.slow
@pytest.mark.parametrize("mem, bios", [("128M", "sbi"), ("1G", "none"),
                                       ("1G", "sbi")])
def test_usertests(mem, bios):
    with Machine(NORMAL, mem=mem, bios=bios) as machine:
        machine.boot(PROMPTLY)
        said = machine.run("usertests", limit=900)
        assert said.endswith("ALL TESTS PASSED\n"), said[-3000:]
        machine.poweroff()


@pytest.mark.slow
def test_all_memory():
    """Of the largest machine, every page is taken and given back."""
    with Machine(NORMAL, mem="4G") as machine:
        machine.boot(PROMPTLY)
        said = machine.run("usertests mem", limit=300)
        assert said.endswith("ALL TESTS PASSED\n"), said
        machine.poweroff()


# The machine in all its kinds: the first QEMU that was seen to have each (an
# older one refuses it itself), and its options.
WORKS = {
    "aclint": (7, "-machine aclint=on"),
    "aia=none": (7, "-machine aia=none,usb=on"),
    "acpi=off": (10, "-machine acpi=off"),
    "iommu-sys": (10, "-machine iommu-sys=on"),
    "room-for-memory": (7, "-m 128M,slots=2,maxmem=1G"),
    "odd-memory": (7, "-m 33333k"),
    "8G": (7, "-m 8G"),
    "16-harts": (7, "-smp 16"),
    "room-for-harts": (7, "-smp 3,maxcpus=8"),
    "sockets": (7, "-smp 8,sockets=2,cores=2,threads=2"),
    "a-node": (
        7, "-object memory-backend-ram,id=m,size=128M -numa node,memdev=m"),
    "sifive-u54": (7, "-cpu sifive-u54"),
    "shakti-c": (7, "-cpu shakti-c"),
    "v": (7, "-cpu rv64,v=true,zkr=true"),
    "svnapot": (
        7, "-cpu rv64,short-isa-string=true,svinval=true,svnapot=true"),
    "1.10": (7, "-cpu rv64,h=false,priv_spec=v1.10.0"),
    "max": (10, "-cpu max"),
    "svade": (10, "-cpu max,svade=true,svadu=false"),
    "rva22s64": (10, "-cpu rva22s64"),
    "rva23s64": (10, "-cpu rva23s64"),
    "thead-c906": (10, "-cpu thead-c906"),
    "veyron-v1": (10, "-cpu veyron-v1"),
    "tt-ascalon": (10, "-cpu tt-ascalon"),
    "xiangshan-nanhu": (10, "-cpu xiangshan-nanhu"),
    "sv39": (10, "-cpu rv64,sv48=off,zihpm=false,zicboz=true"),
    "smrnmi": (10, "-cpu rv64,smrnmi=true"),
    "smdbltrp": (10, "-cpu rv64,smdbltrp=true,pmp=false,sstc=false"),
    "both": (10, "-cpu rv64,smrnmi=true,smdbltrp=true,pmp=false"),
    "zicfilp": (
        10, "-cpu rv64,zicfilp=true,zicfiss=true,zimop=true,zcmop=true"),
    "a-PMP-entry": (11, "-cpu rv64,num-pmp-regions=1"),
    "sectors-of-1024": (7, f"{BLK}.logical_block_size=1024"
                           f" {BLK}.physical_block_size=4096"),
    "packed": (7, f"{BLK}.packed=on"),
    "iommu_platform": (7, f"{BLK}.iommu_platform=on"),
    "indirect_desc=off": (7, f"{BLK}.indirect_desc=off {BLK}.event_idx=off"),
    "short-queue": (7, f"{BLK}.queue-size=4"),
    "long-queues": (7, f"{BLK}.queue-size=1024 {BLK}.num-queues=4"),
    "in_order": (10, f"{BLK}.in_order=on"),
    "two-disks": (
        7, "-drive file=README,if=none,format=raw,id=y0"
           " -device virtio-blk-device,drive=y0,bus=virtio-mmio-bus.1"),
    "full-slots": (7, 7 * " -device virtio-rng-device"),
    "net": (7, "-device virtio-net-device,bus=virtio-mmio-bus.7"),
    "pci": (7, "-device virtio-rng-pci -device qemu-xhci -device edu"),
    "loader": (7, "-device loader,addr=0x84000000,data=1,data-len=8"),
    "initrd": (7, "-initrd README"),
    "append": (7, "-append =rubbish=,,yield=\x01panic"),
    "icount": (7, "-icount shift=0 -smp 1"),
    # Older ones may never run the hart that has a lock.
    "icount-3-harts": (10, "-icount shift=0 -smp 3"),
    "one-thread": (7, "-accel tcg,thread=single"),
    "semihosting": (7, "-semihosting -rtc base=2001-01-01,clock=vm"),
}

NO_PLIC = "it has 0 PLICs (interrupt controllers), one is needed"
LACK = "its harts lack "

# The same, and why they are refused.
REFUSED = {
    "aplic": (7, "-machine aia=aplic", NO_PLIC),
    "imsic": (7, "-machine aclint=on,aia=aplic-imsic", NO_PLIC),
    "two-nodes": (
        7, "-m 256M -smp 4 -object memory-backend-ram,id=m0,size=128M"
           " -object memory-backend-ram,id=m1,size=128M"
           " -numa node,memdev=m0,cpus=0-1 -numa node,memdev=m1,cpus=2-3",
        "it has 2 PLICs (interrupt controllers), one is needed"),
    "sectors-of-4096": (
        7, f"{BLK}.logical_block_size=4096 {BLK}.physical_block_size=4096",
        "virtio device: its sectors are larger than a block (BSIZE)"),
    "sv39=off": (10, "-cpu rv64,sv39=off", "it has no Sv39 page tables"),
}

# On these OpenSBI does not come up, or it makes up for what they lack.
REFUSED_BARE = {
    "sifive-e51": (7, "-cpu sifive-e51", LACK + "extension S"),
    "rva22u64": (10, "-cpu rva22u64", LACK + "extension S"),
    "rv64i": (10, "-cpu rv64i", LACK + "extension Zicsr"),
    "rv64i-aplic": (10, "-cpu rv64i -smp 8 -machine aia=aplic",
                    LACK + "extension Zicsr"),
    "rv64imac": (10, "-cpu rv64i,m=true,a=true,c=true",
                 LACK + "extension Zicsr"),
    "rv64imac-zicsr": (10, "-cpu rv64i,m=true,a=true,c=true,zicsr=true",
                       LACK + "extension S"),
    "rv64e": (10, "-cpu rv64e", LACK + "extension Zicsr"),
    "rv64e-zicsr": (10, "-cpu rv64e,zicsr=true", LACK + "extension I"),
    "zicntr": (10, "-cpu rv64,zicntr=false", LACK + "extension Zicntr"),
    "zifencei": (10, "-cpu rv64,zifencei=false,smrnmi=true,smdbltrp=true",
                 LACK + "extension Zifencei"),
    "rv32": (10, "-cpu rv32", LACK + "64-bit registers"),
    "rv32i": (10, "-cpu rv32i", LACK + "64-bit registers"),
    "lowrisc-ibex": (10, "-cpu lowrisc-ibex", LACK + "64-bit registers"),
    "big-endian": (11, "-cpu rv64,big-endian=on", LACK + "little-endian data"),
    "no-PMP-entry": (11, "-cpu rv64,num-pmp-regions=0",
                     LACK + "an entry of the PMP"),
}


def check_works(bios, options):
    harts = 3
    if "-smp" in options:
        harts = int(options[options.index("-smp") + 1].split(",")[0])
    bootargs = "" if "-append" in options else "panic=exit"
    with Machine(NORMAL, cpus=min(harts, 8), bios=bios, bootargs=bootargs,
                 extra=options) as machine:
        machine.boot(PROMPTLY)
        assert machine.run("echo it works") == "it works\n"
        machine.poweroff()


def run_to_end(bios, options):
    """The machine with more options: QEMU's exit status, and what it said."""
    done = subprocess.run(
        [*NORMAL.qemu_command(bios), "-snapshot", *options], cwd=ROOT,
        text=True, errors="replace", stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PROMPTLY,
        check=False)
    return done.returncode, done.stdout


def check_refused(bios, options, reason):
    status, said = run_to_end(bios, options)
    assert re.search(f"\nxv6 cannot run on this machine: {reason}\n$",
                     said), said
    assert status == 1


@pytest.mark.parametrize("kind", WORKS)
def test_kind(kind):
    since, options = WORKS[kind]
    if qemu_is(since):
        check_works("none", options.split())


@pytest.mark.parametrize("bios", ["none", "sbi"])
@pytest.mark.parametrize("kind", REFUSED)
def test_refused_kind(kind, bios):
    since, options, reason = REFUSED[kind]
    if qemu_is(since):
        check_refused(bios, options.split(), re.escape(reason))


@pytest.mark.parametrize("kind", REFUSED_BARE)
def test_bare_refused_kind(kind):
    since, options, reason = REFUSED_BARE[kind]
    if qemu_is(since):
        check_refused("none", options.split(), re.escape(reason))


def reserving(ranges, folder):
    """QEMU's options for a device tree with these reserved ranges, as (start,
    size)."""
    tree = folder / "tree"
    run_to_end("none", ["-machine", f"dumpdtb={tree}"])
    room = "/reserved-memory"
    changes = [["-c", tree, room]]
    for name, cells in (("#address-cells", "2"), ("#size-cells", "2")):
        changes.append(["-t", "u", tree, room, name, cells])
    for start, size in ranges:
        node = f"{room}/r@{start:x}"
        changes += [["-c", tree, node],
                    ["-t", "x", tree, node, "reg", "0", f"{start:x}",
                     "0", f"{size:x}"]]
    for change in changes:
        subprocess.run(["fdtput", *change], check=True, timeout=PROMPTLY)
    return ["-dtb", str(tree)]


# OpenSBI reserves its own memory as well.
@pytest.mark.parametrize("bios, most", [("none", 8), ("sbi", 6)])
def test_reserved_ranges(bios, most, tmp_path):
    """Each parts the memory once more; more than there may be are refused."""
    ranges = [(RAM + n * 8 * MIB, 4096) for n in range(1, 10)]
    check_works(bios, reserving(ranges[:most], tmp_path))
    check_refused(bios, reserving(ranges, tmp_path),
                  "bad device tree: too many reserved ranges")


@pytest.mark.parametrize("bios", ["none", "sbi"])
def test_nearly_all_reserved(bios, tmp_path):
    check_refused(bios, reserving([(RAM + 12 * MIB, 112 * MIB)], tmp_path),
                  r"\d+ MiB of its RAM are not reserved, 16 are needed")
