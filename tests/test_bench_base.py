"""make bench beside another tree: how the copy is changed, and what is said
of trees with which it does not work."""

import json

import pytest

from bench.foreign import ADDED, PROGRAMS, BadTree, ForeignBuild
from bench.rows import BENCH_ROWS, DISK_ROWS, WAITING, WORK, count_names
from lib.build import ROOT, make
from lib.module import run_module

# The least that has the shape: its kernel is a file that says what was built.
MAKEFILE = """\
K=kernel
U=user
CFLAGS = -Wall -Werror
CFLAGS += -I.
UPROGS=\\
\t$U/_cat\\
\t$U/_sh\\

$U/_%: $U/%.c
\techo $(CFLAGS) >$@

$K/kernel: $K/start.c
\tcp $< $@

fs.img: README $(UPROGS)
\techo $(UPROGS) >$@

QEMUOPTS = -machine virt -bios none -kernel $K/kernel -m 128M -smp 3 -nographic
qemu: $K/kernel fs.img
\tqemu-system-riscv64 $(QEMUOPTS) -drive file=fs.img,if=none,id=x0

clean:
\trm -f fs.img $U/_* $K/kernel
"""
START = """\
void start()
{
  timerinit();
  asm volatile("mret");
}
"""
FILES = {"Makefile": MAKEFILE, "README": "", "kernel/start.c": START,
         "kernel/param.h": "#define NPROC 64\n#define FSSIZE       1000\n",
         "user/user.h": "", "user/cat.c": "", "user/sh.c": "",
         "user/_cat": "old", "kernel/start.o": "old", ".git/config": ""}


def small_tree(folder, **changes):
    """Such a tree; a file that is changed to None is not there."""
    for name, text in (FILES | changes).items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    return folder


def contents(folder):
    return {path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


def built(tmp_path, **changes):
    """(the copy, what was shown, the build)."""
    base = small_tree(tmp_path / "tree", **changes)
    shown = []
    build = ForeignBuild(base, tmp_path, shown.append)
    return tmp_path / "base", "".join(shown), build


def test_copy_is_changed(tmp_path):
    copy, shown, build = built(tmp_path)
    assert (copy / "kernel" / "kernel").read_text() == START.replace(
        '  asm volatile("mret', '  asm volatile("csrw mcounteren, %0; csrw '
        'scounteren, %0" : : "r"(7L));\n  asm volatile("mret')
    assert (copy / "fs.img").read_text().split() == [
        "user/_cat", "user/_sh", *(f"user/_{name}" for name in PROGRAMS)]
    assert (copy / "user" / "_bench").read_text().endswith("-Wno-error\n")
    assert "FSSIZE       2000" in (copy / "kernel" / "param.h").read_text()
    for name in ADDED:
        assert (copy / "user" / name).read_text() == (
            ROOT / "tests" / "programs" / name).read_text()
        assert f"Added: user/{name}" in shown
    for line in ("+++ b/kernel/start.c", "+++ b/Makefile", "-#define FSSIZE",
                 '+  asm volatile("csrw mcounteren', "+fs.img: user/_bench"):
        assert line in shown, line
    assert not (copy / ".git").exists()
    assert build.image == copy / "fs.img"


def test_tree_is_not_changed(tmp_path):
    before = contents(small_tree(tmp_path / "tree"))
    built(tmp_path)
    assert contents(tmp_path / "tree") == before


def test_command(tmp_path):
    copy, _, build = built(tmp_path)
    command = build.qemu_command()
    assert command[:3] == ["qemu-system-riscv64", "-machine", "virt"]
    assert command[command.index("-kernel") + 1] == str(
        copy / "kernel" / "kernel")


def test_large_disk_stays(tmp_path):
    copy, _, _ = built(tmp_path, **{"kernel/param.h": "#define FSSIZE 4000\n"})
    assert (copy / "kernel" / "param.h").read_text() == "#define FSSIZE 4000\n"


BAD = {
    "no Makefile": ({"Makefile": None}, "no xv6 tree: it has no Makefile"),
    "no param.h": ({"kernel/param.h": None}, "it has no kernel/param.h"),
    "no mret": ({"kernel/start.c": "int x;\n"}, "has no mret"),
    "does not build": ({"Makefile": MAKEFILE.replace("cp $<", "false")},
                       "make -j2 kernel/kernel fs.img fails"),
    "no list of programs": (
        {"Makefile": MAKEFILE.replace("UPROGS", "OTHERS")},
        "make does not build user/_bench"),
    "no QEMU": ({"Makefile": MAKEFILE.replace("-machine virt", "")},
                "shows no QEMU command"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_tree(tmp_path, name):
    changes, said = BAD[name]
    with pytest.raises(BadTree, match=said):
        built(tmp_path, **changes)


def test_no_tree(tmp_path):
    status, said = make("bench", f"BASE={tmp_path}/none", check=False)
    assert status != 0
    assert f"make bench: {tmp_path}/none is no xv6 tree" in said


def test_usertests_need_a_tree():
    status, said = make("bench", "USERTESTS=1", check=False)
    assert status != 0
    assert "--usertests goes with --base" in said


@pytest.mark.slow
def test_beside_this_tree(tmp_path):
    """This tree is one, too: what is counted is the same for both, but for
    where its disk has a file, and room for another, and what waits for the
    disk, and the times are there."""
    status, said = run_module(
        "bench", "--base", ROOT, "--runs", "1", "--usertests", "--out",
        tmp_path, limit=1200)
    assert status == 0, said
    results = json.loads((tmp_path / "bench.json").read_text())
    ours, base = results["ours"], results["base"]
    alike = BENCH_ROWS.keys() - {
        "open_deep", "open_large", "open_missing", "create", *WAITING}
    assert {name: ours[name] for name in alike} == pytest.approx(
        {name: base[name] for name in alike}, rel=0.01)
    counts = count_names(BENCH_ROWS)
    assert [ours[name] for name in counts] == [base[name] for name in counts]
    for name in (*DISK_ROWS, "boot", "usertests", *(
            f"{harts} {name}" for name in WORK for harts in (1, 2, 8))):
        assert ours[name] > 0 and base[name] > 0, name
    for name in BENCH_ROWS:
        assert ours[f"least one {name}"] > 0, name
        assert base[f"median base {name}"] > 0, name
    assert not [name for name in base if name.startswith("copyin")]
