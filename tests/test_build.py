"""What make promises, tried on a copy of the tree."""

import os
import re
import shutil
import subprocess

import pytest

from lib.build import (CLANG, CLANG_DEBUG, DEBUG, NORMAL, ROOT, Build,
                       copy_tree, make)
from lib.machine import Machine

NOT_COPIED = {".git", "build"}
PRODUCTS = ("kernel/kernel", "kernel/kernel.sym", "fs.img", "mkfs/mkfs", "user/_sh")

# What a change of the kernel makes anew.
KERNEL = {"kernel/kernel", "kernel/kernel.sym"}


def files_below(folder):
    found = set()
    for place, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if each not in NOT_COPIED
                      and each != "__pycache__"]
        found |= {os.path.relpath(os.path.join(place, each), folder)
                  for each in files}
    return found


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A clean copy of the tree, in a place of an odd name, built once."""
    copy = tmp_path_factory.mktemp("tree") / "it's a \"copy\", ü"
    shutil.copytree(ROOT, copy, symlinks=True, ignore=shutil.ignore_patterns(
        ".git", "build", "__pycache__"))
    make("clean", directory=copy)
    (copy.parent / "sources").write_text("\n".join(files_below(copy)))
    make("-j2", directory=copy)
    return copy


def times(tree, names=PRODUCTS):
    return {name: (tree / name).stat().st_mtime_ns for name in names}


def changed(tree, *arguments):
    """The products that a make remakes."""
    before = times(tree)
    make("-j2", *arguments, directory=tree)
    after = times(tree)
    return {name for name in PRODUCTS if before[name] != after[name]}


@pytest.mark.parametrize("build", [NORMAL, DEBUG, CLANG, CLANG_DEBUG],
                         ids=lambda build: build.name)
def test_no_warning(build):
    assert "warning" not in build.output


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_warning_on_this_machine(compiler, tmp_path):
    said = make("-j2", "STRICT=1", f"O={tmp_path}", f"HOSTCC={compiler}",
                "all", "host-tests")[1]
    assert "warning:" not in said


@pytest.mark.parametrize("name", ["kernel/lib/string", "user/lib/string",
                                  "user/echo", "mkfs/disk",
                                  "host/kernel/lib/string"])
def test_warning_of_another_compiler(tree, name):
    """It fails no build but a strict one."""
    source = tree / (name.removeprefix("host/") + ".c")
    text = source.read_text()
    source.write_text(text + "static int nobody_uses_it;\n")
    try:
        goal = f"build/gcc/{name}.o"
        assert "warning: " in make(goal, directory=tree)[1]
        status, said = make("STRICT=1", goal, directory=tree, check=False)
        assert status != 0 and "error: " in said
    finally:
        source.write_text(text)


LEVELS = [Build(f"{compiler}{level}{'-debug' if debug else ''}",
                f"OPT={level}", *compiler_is, *debug)
          for level in ("-O0", "-O1", "-O2", "-O3", "-Os", "-Og")
          for compiler, compiler_is in (("gcc", ()), ("clang", ("CC=clang",)))
          for debug in ((), ("DEBUG=1",))]


@pytest.mark.parametrize("build", [
    pytest.param(build, id=build.name,
                 marks=() if "-O0" in build.name or build.name == "gcc-Og"
                 else pytest.mark.slow)
    for build in LEVELS])
def test_level_of_optimization(build):
    with Machine(build) as machine:
        machine.boot()
        assert "echo" in machine.run("ls | grep echo")
        machine.poweroff()


@pytest.mark.slow
@pytest.mark.parametrize("build", LEVELS[:4], ids=lambda build: build.name)
def test_usertests_not_optimized(build):
    """The kernel's stacks are large enough for it, and so are users'."""
    with Machine(build) as machine:
        machine.boot()
        said = machine.run("usertests -q", limit=900)
        assert "ALL TESTS PASSED" in said, said[:said.rfind(": FAILED")][-3000:]
        machine.poweroff()


def test_second_make_does_nothing(tree):
    make("-j2", directory=tree)
    status, said = make(directory=tree)
    assert status == 0
    assert said == "make: Nothing to be done for 'all'.\n"


def test_header_of_the_kernel(tree):
    (tree / "kernel" / "proc" / "proc.h").touch()
    assert changed(tree) == KERNEL


def test_shared_header(tree):
    (tree / "kernel" / "fs.h").touch()
    assert {"kernel/kernel", "mkfs/mkfs", "fs.img"} <= changed(tree)


def test_linker_scripts(tree):
    (tree / "kernel" / "boot" / "kernel.ld.S").touch()
    assert changed(tree) == KERNEL
    (tree / "user" / "user.ld").touch()
    assert changed(tree) == {"user/_sh", "fs.img"}


def test_library(tree):
    (tree / "user" / "lib" / "printf.c").touch()
    assert changed(tree) == {"user/_sh", "fs.img"}


def test_mode_and_flags(tree):
    assert changed(tree, "DEBUG=1") == set(PRODUCTS)
    assert changed(tree, "DEBUG=1") == set()
    assert changed(tree) == set(PRODUCTS)
    assert changed(tree, "LAB=other") >= {"user/_sh", "fs.img"}
    assert changed(tree) >= {"user/_sh", "fs.img"}


def test_kernel_for_opensbi(tree):
    """It is another link of what is there, beside the one booted bare."""
    said = make("BIOS=sbi", directory=tree)[1]
    words = [line.split() for line in said.splitlines()]
    compiled = [target for verb, target in words if verb in ("CC", "AS")]
    assert compiled == ["build/gcc/symbols/all-sbi.o"]
    assert (tree / "kernel" / "kernel-sbi").exists()
    assert changed(tree) == changed(tree, "BIOS=sbi") == set()


def test_disk_of_a_running_system(tree):
    """What a run writes to the disk stays until an input changes."""
    make(directory=tree)
    with open(tree / "fs.img", "r+b") as image:
        image.seek(0)
        image.write(b"written by a run")
    assert changed(tree) == set()
    (tree / "README").touch()
    assert changed(tree) == {"fs.img"}


def test_program_dropped_in(tree):
    make(directory=tree)
    source = tree / "user" / "dropped.c"
    # As others write them: no prototype, and a warning is no error.
    source.write_text('#include "kernel/types.h"\n#include "user/user.h"\n'
                      "void say(int unused) { printf(\"just dropped in\\n\"); }\n"
                      "int main() { say(0); exit(0); }\n")
    assert "fs.img" in changed(tree)
    assert b"just dropped in" in (tree / "fs.img").read_bytes()
    source.unlink()
    assert "fs.img" in changed(tree)
    assert b"just dropped in" not in (tree / "fs.img").read_bytes()


def test_file_beside_a_folder(tree):
    """A file that is dropped in is the program, whatever else has its name."""
    files = {}
    for name in ("grep", "sh", "usertests"):
        files[name] = tree / "user" / f"{name}.c"
        files[name].write_text(
            '#include "kernel/types.h"\n#include "user/user.h"\n'
            f'int main() {{ printf("another {name}\\n"); exit(0); }}\n')
    try:
        make("-j2", directory=tree)
        image = (tree / "fs.img").read_bytes()
        for name in files:
            assert f"another {name}\n".encode() in image
    finally:
        for path in files.values():
            path.unlink()
    make("-j2", directory=tree)
    image = (tree / "fs.img").read_bytes()
    for name in files:
        assert f"another {name}\n".encode() not in image


def test_file_of_a_device(tree):
    """It would take the place of what init makes."""
    path = tree / "user" / "sink.c"
    path.write_text("int main() { return 0; }\n")
    try:
        status, said = make("-j2", directory=tree, check=False)
    finally:
        path.unlink()
    assert status != 0
    assert "user/sink.c: the disk has a device of this name" in said


@pytest.mark.parametrize("setting", ["DEBUG=yes", "LATENCY=2", "STRICT=on",
                                     "UNSOLVED=yes"])
def test_setting_of_another_value(setting):
    status, said = make(setting, check=False)
    assert status != 0 and f"{setting}: it is 1, or 0 as without it" in said


def test_failed_make_is_repeated(tree):
    header = tree / "kernel" / "lib" / "base.h"
    text = header.read_text()
    header.write_text(text + "#error broken on purpose\n")
    status, said = make("-j2", directory=tree, check=False)
    assert status != 0 and "broken on purpose" in said
    header.write_text(text)
    assert changed(tree) == KERNEL


def test_clone_of_git_for_windows(tmp_path):
    """Which changes the ends of lines, if the tree does not say otherwise."""
    copy_tree(tmp_path / "tree")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *command], cwd=tmp_path / "tree", check=True)
    subprocess.run(["git", "clone", "-q", "-c", "core.autocrlf=true",
                    tmp_path / "tree", tmp_path / "clone"], check=True)
    assert (tmp_path / "clone" / "conf" / "setup").exists()
    assert [name for name in files_below(tmp_path / "clone")
            if b"\r\n" in (tmp_path / "clone" / name).read_bytes()] == []


def test_no_file_need_be_executable(tree):
    """As where git does not keep that, or a file system has no such thing."""
    for name in files_below(tree):
        if os.access(tree / name, os.X_OK) and not name.startswith("mkfs/"):
            (tree / name).chmod(0o644)
    assert "pte printout" in make("grade", "GRADEFLAGS=--list",
                                  directory=tree)[1]
    said = make("test-debian", "SUITE=none", directory=tree, check=False)[1]
    assert "tests/debian: " in said and "Permission denied" not in said


@pytest.mark.parametrize("setting", ["CPUS=0", "CPUS=9", "CPUS=two", "CPUS=",
                                     "CPUS=1 2",
                                     "MEM=31M", "MEM=5G", "MEM=1K", "MEM=",
                                     "MEM=lots", "MEM=99999999999M"])
def test_bad_setting(setting):
    status, said = make("qemu", setting, check=False)
    assert status != 0
    name, _, value = setting.partition("=")
    assert f"{name}={value}: " in said and " to " in said


def test_unknown_firmware():
    status, said = make("BIOS=coreboot", check=False)
    assert status != 0 and "BIOS=coreboot: " in said and "sbi" in said


def test_folder_with_a_blank(tmp_path):
    status, said = make(f"O={tmp_path}/a b", check=False)
    assert status != 0 and "a b: " in said and "warning" not in said


def test_no_compiler():
    status, said = make("TOOLPREFIX=nosuch-", check=False)
    assert status != 0
    assert "nosuch-gcc" in said and "sh conf/setup" in said


def refusal(*arguments, **variables):
    """The one line of a make that refuses to begin."""
    status, said = make(*arguments, check=False, **variables)
    assert status == 2 and len(said.splitlines()) == 1, said
    return said


def test_no_compiler_on_the_system(tmp_path):
    """The compiler for this machine is not taken in its place."""
    for folder in os.environ["PATH"].split(":"):
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if "riscv" not in name and not (tmp_path / name).is_symlink():
                (tmp_path / name).symlink_to(os.path.join(folder, name))
    assert re.search(r"no RISC-V compiler: riscv64-\S*gcc is not found\. "
                     "Try: sh conf/setup", refusal(PATH=str(tmp_path)))


WANTED = r"gcc 11 or newer for RISC-V is needed, or CC=clang; {} is .*{}.*"


def test_compiler_of_another_machine():
    assert re.search(WANTED.format("cc", ""), refusal("CC=cc"))


@pytest.mark.parametrize("version, compiling", [
    ("10.2.1", 'exec "$real" "$@"'), ("12.2.0", "exit 1")],
    ids=["old", "without asm goto"])
def test_old_compiler(tmp_path, version, compiling):
    name = "riscv64-linux-gnu-gcc"
    (tmp_path / name).write_text(f"""#!/bin/sh
        real={shutil.which(name)}
        case $* in
        *--version*) echo '{name} (GCC) {version} 20210110' ;;
        *-dumpversion*) echo {version} ;;
        *) {compiling} ;;
        esac\n""")
    (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    assert re.search(WANTED.format(name, re.escape(version)),
                     refusal(PATH=path))


def test_help():
    said = make("help")[1]
    for goal in ("qemu", "qemu-gdb", "gdb", "print-gdbport", "test",
                 "test-all", "format", "compdb", "clean"):
        assert f"make {goal} " in said
    for variable in ("CPUS", "MEM", "DEBUG", "V=1", "CC=clang", "BIOS=sbi"):
        assert variable in said


def test_verbose(tree):
    (tree / "user" / "sh" / "sh.c").touch()
    assert " -c -o build/gcc/user/sh/sh.o user/sh/sh.c" in make(
        "V=1", directory=tree)[1]


def test_output_elsewhere(tree, tmp_path):
    before = times(tree)
    make("-j2", f"O={tmp_path}", directory=tree)
    assert times(tree) == before
    for name in PRODUCTS:
        assert (tmp_path / name).exists()
    said = make(f"O={tmp_path}", directory=tree)[1]
    assert "Nothing to be done" in said
    make(f"O={tmp_path}", "clean", directory=tree)
    assert files_below(tmp_path) == set()


def test_qemu_is_a_child_of_make(tree):
    """The command is printed, and needs no shell between."""
    said = make("-n", "qemu", "CPUS=5", "MEM=64M", directory=tree)[1]
    line = said.splitlines()[-1]
    assert "-m 64M -smp 5 " in line
    assert not set("&;|<>$`\"'()") & set(line)


@pytest.mark.parametrize("goals", [("clean", "all"), ("all", "clean")],
                         ids=" ".join)
def test_clean_beside_others(tree, goals):
    """It comes first, and nothing is made meanwhile."""
    make("-j2", directory=tree)
    before = times(tree)
    make("-j4", *goals, directory=tree)
    after = times(tree)
    assert all(before[name] < after[name] for name in PRODUCTS)
    assert "Nothing to be done" in make(directory=tree)[1]


def test_clean(tree):
    """Nothing that was made is left, and what a clone has is."""
    make(".gdbinit", directory=tree)
    make("compdb", directory=tree)
    make("BIOS=sbi", directory=tree)
    for name in ("xv6.out", "xv6.out.usertests"):  # grade scripts leave them
        (tree / name).write_text("")
    assert make("-s", "clean", directory=tree)[1] == ""
    sources = (tree.parent / "sources").read_text().splitlines()
    assert files_below(tree) == set(sources)
    make("-j2", directory=tree)
