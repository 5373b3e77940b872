"""What the console shows from power-on to the prompt."""

import re

import pytest

from lib.build import DEBUG, NORMAL
from lib.machine import Machine

ENTRY = re.compile(r"((?:\.\. ?)+)(\d+): pte 0x([0-9a-f]{16}) "
                   r"pa 0x([0-9a-f]{16})")
HART = re.compile(r"(?:\$ )?(hart \d starting)")  # also after the prompt
LEAF_BITS = 0xE  # R, W, X
ENTRIES = 512


@pytest.fixture(scope="module")
def boot_text():
    with Machine(NORMAL, cpus=3) as machine:
        machine.boot()
        machine.poweroff()
        return machine.console()


def test_lines(boot_text):
    lines = boot_text.splitlines()
    assert "xv6 kernel is booting" in lines
    started = [line for line in lines if HART.fullmatch(line)]
    assert len(started) == len(set(started)) == 2
    assert "init: starting sh" in lines
    assert lines.index("xv6 kernel is booting") < lines.index(started[0])
    assert "panic" not in boot_text
    assert "recovering" not in boot_text
    assert "ireclaim" not in boot_text


@pytest.fixture(scope="module")
def entries(boot_text):
    """The table of process 1: (level, indices from the root, pte)."""
    before = boot_text[:boot_text.index("init: starting sh")]
    lines = [line for line in before[before.index("page table "):].splitlines()
             if not HART.fullmatch(line)]
    assert re.fullmatch(r"page table 0x[0-9a-f]{16}", lines[0])
    found, path = [], []
    for line in lines[1:]:
        match = ENTRY.fullmatch(line)
        if not match:
            break
        dots, index, pte, pa = match.groups()
        depth = dots.count("..")
        assert dots == " ".join([".."] * depth)
        assert depth <= len(path) + 1, "below a leaf, or a level left out"
        path = path[:depth - 1] + [int(index)]
        pte, pa = int(pte, 16), int(pa, 16)
        assert pa == pte >> 10 << 12
        found.append((tuple(path), pte))
    return found


def test_table_has_the_form(entries):
    paths = [path for path, _ in entries]
    assert paths == sorted(paths) and len(set(paths)) == len(paths)
    for path, pte in entries:
        assert pte & 1, "valid ones only"
        assert all(0 <= index < ENTRIES for index in path)
        if pte & LEAF_BITS:
            continue
        assert any(other[:len(path)] == path and len(other) == len(path) + 1
                   for other in paths), "an empty table page"


def test_table_has_the_pages(entries):
    leaves = {path: pte for path, pte in entries if pte & LEAF_BITS}
    for page in range(4):
        assert (0, 0, page) in leaves
    high = [path for path in leaves if path[0] == 255]
    assert high == [(255, 511, 509), (255, 511, 510), (255, 511, 511)]
    usyscall, trapframe, trampoline = (leaves[path] for path in high)
    rwxu = 0x1E
    assert usyscall & rwxu == 0x12  # R--U
    assert trapframe & rwxu == 0x06  # RW-
    assert trampoline & rwxu == 0x0A  # R-X
    for path, pte in leaves.items():
        assert pte & 0xC != 0xC, f"both W and X at {path}"


@pytest.mark.parametrize("cpus", [1, 8])
def test_harts(cpus):
    """All of them before process 1: nothing is printed into their lines."""
    with Machine(NORMAL, cpus=cpus) as machine:
        before = machine.boot().split("page table ")[0]
        assert machine.run("echo hello") == "hello\n"
        machine.poweroff()
        started = re.findall(r"^hart \d starting$", before, re.M)
        assert len(set(started)) == cpus - 1


@pytest.mark.slow
def test_messages_are_whole(tried):
    """Nothing falls into a line, however late the harts start."""
    harts = {f"hart {index} starting" for index in range(1, 8)}
    line = re.compile(rf"xv6 kernel is booting|SUM stays set: .*|page table 0x[0-9a-f]{{16}}|"
                      rf"{ENTRY.pattern}|{HART.pattern}|init: starting sh|"
                      r"\$ (poweroff)?|")
    for _ in range(40):
        with Machine(NORMAL, cpus=8) as machine:
            machine.boot()
            machine.poweroff()
            lines = machine.console().splitlines()
        assert not [each for each in lines if not line.fullmatch(each)]
        assert {match[1] for match in map(HART.fullmatch, lines)
                if match} == harts
        tried("boots with 8 harts")


@pytest.mark.parametrize("mem", ["32M", "1G", "4G"])
def test_memory(mem):
    with Machine(NORMAL, mem=mem) as machine:
        machine.boot()
        assert machine.run("echo hello") == "hello\n"
        machine.poweroff()


def replace_word(old, new):
    def adjust(command):
        at = next(i for i, word in enumerate(command) if old in word)
        command[at] = command[at].replace(old, new)
        return command
    return adjust


MACHINES = {
    "legacy virtio": replace_word("force-legacy=false", "force-legacy=true"),
    "last virtio slot": replace_word("virtio-mmio-bus.0", "virtio-mmio-bus.7"),
    "no Sstc": lambda command: command + ["-cpu", "rv64,sstc=false"],
}


@pytest.mark.parametrize("machine_name", MACHINES)
def test_other_machines(machine_name):
    with Machine(NORMAL, adjust=MACHINES[machine_name]) as machine:
        machine.boot()
        machine.run("echo kept > file")
        assert machine.run("cat file") == "kept\n"
        machine.poweroff()


def test_debug_build():
    with Machine(DEBUG) as machine:
        assert "init: starting sh" in machine.boot()
        assert machine.run("ls | wc").split()[0].isdigit()
        machine.poweroff()


def without_disk(command):
    at = command.index("-device")
    return command[:at] + command[at + 2:]


def test_refused_machine():
    """A machine without a disk: said clearly, and QEMU fails."""
    with Machine(NORMAL, adjust=without_disk) as machine:
        assert machine.wait() == 1
        assert "xv6 cannot run on this machine: " in machine.console()


def test_bad_disk(tmp_path):
    """So is a disk that holds no file system."""
    image = tmp_path / "empty.img"
    image.write_bytes(bytes(1 << 20))
    with Machine(NORMAL, image=image) as machine:
        assert machine.wait() == 1
        assert "cannot mount" in machine.console()


def test_read_only_disk_without_a_console():
    """A fresh image has no console, and init cannot make one there."""
    read_only = replace_word("format=raw", "format=raw,readonly=on")
    with Machine(NORMAL, adjust=read_only) as machine:
        assert machine.wait() == 1
        assert "fs: the disk takes no writes" in machine.console()
        assert "init has ended with status 1" in machine.console()


def test_read_only_disk():
    """Once it has a console, all that only reads works."""
    with Machine(NORMAL) as machine:
        machine.boot()
        machine.poweroff()
        read_only = replace_word("format=raw", "format=raw,readonly=on")
        with Machine(NORMAL, image=machine.image, adjust=read_only) as again:
            again.boot()
            assert again.run("cat README | wc") != ""
            assert again.run("echo lost > file") != ""
            assert "file" not in again.run("ls").split()
            again.poweroff()
