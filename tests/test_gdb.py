"""make qemu-gdb and the commands of its .gdbinit, in gdb's batch mode."""

import os
import re
import shutil
import signal
import subprocess

import pytest

from lib.build import NORMAL, ROOT, clean_environment, make_command
from lib.machine import LIMIT, free_port


@pytest.fixture(scope="module")
def gdb():
    """gdb's command, as make finds it."""
    printed = NORMAL.make("-n", "gdb")[1].splitlines()[-1]
    assert shutil.which(printed.split()[0])
    return printed.split()[0]


@pytest.fixture
def waiting(request):
    """make qemu-gdb, on a port and a snapshot of its own, booted bare unless
    the test says otherwise. Gives what gdb needs to meet it, and what the
    console shows in the end."""
    bios = getattr(request, "param", "none")
    NORMAL.ready()
    port = free_port()
    options = [f"GDBPORT={port}", f"BIOS={bios}", "QEMUEXTRA=-snapshot "
               "-append 'panic=exit sum=closed'"]
    make = subprocess.Popen(
        [make_command(), *NORMAL.variables, *options, "qemu-gdb"],
        cwd=ROOT, env=clean_environment(), text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    try:
        for line in make.stdout:
            if "-machine virt" in line:
                break
        yield make
    finally:
        if make.poll() is None:
            os.killpg(make.pid, signal.SIGKILL)
        make.stdout.close()
        make.wait()


def batch(gdb, *commands):
    """Run gdb's commands after those of .gdbinit."""
    arguments = [gdb, "-nx", "-batch", "-x", NORMAL.folder / ".gdbinit"]
    for command in commands:
        arguments += ["-ex", command]
    for _ in range(50):
        done = subprocess.run(
            arguments, cwd=ROOT, text=True, timeout=LIMIT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)
        # QEMU says what it was told to do before it listens.
        if "Connection refused" not in done.stdout:
            assert "Error in sourced" not in done.stdout, done.stdout
            return done.stdout
    raise AssertionError("QEMU does not listen")


ENTRY = r"pte 0x[0-9a-f]{16} pa 0x[0-9a-f]{16}"


@pytest.mark.parametrize("waiting", ["none", "sbi"], indirect=True)
def test_commands(gdb, waiting):
    """Stop when the shell is about to be run, and look."""
    text = batch(gdb, "tbreak fork", "continue", "harts", "ps", "pt 1",
                 "kpt 1", "pt 999", "tbreak aspace_clone", "continue", "pt 2",
                 "kill")
    assert re.search(r"^hart 0: ", text, re.M)
    assert re.search(r"^hart \d: pid 1 init$", text, re.M)
    assert re.search(r"^1 init THREAD_RUNNING$", text, re.M)
    assert "no process 999" in text
    assert "process 2 has no tables: it begins or ends" in text
    user, kernel = text.split("page table ")[1:]
    for page in range(4):
        assert re.search(rf"^\.\. \.\. \.\.{page}: {ENTRY}$", user, re.M)
        assert re.search(rf"^\.\. \.\. \.\.{page}: {ENTRY}$", kernel, re.M)
    assert re.search(rf"^\.\. \.\. \.\.511: {ENTRY}$", user, re.M)
    assert re.search(rf"^\.\.2: {ENTRY}$", kernel, re.M)


def test_panic(gdb, waiting):
    """A panic says where it was, with names, and ends QEMU with a failure."""
    batch(gdb, "tbreak fork", "continue", "set $a0 = (unsigned long)"
          "&proc_table[0].name", "set $pc = panic", "continue")
    text = waiting.stdout.read()
    assert waiting.wait() != 0
    assert "panic: init" in text
    assert re.search(r"hart \d pid 1 scause 0x[0-9a-f]+ sepc 0x[0-9a-f]+ "
                     r"stval 0x[0-9a-f]+", text)
    assert re.search(r"\bsyscall", text), "names in the backtrace"


def test_panic_in_a_message(gdb, waiting):
    """A hart that panics while it prints does not wait for itself."""
    batch(gdb, "tbreak main_other", "continue", "tbreak uart_put_now",
          "continue", "set $a0 = (unsigned long)"
          "&harts[0]", "set $pc = panic", "continue")
    text = waiting.stdout.read()
    assert waiting.wait() != 0
    assert "\npanic: " in text and "backtrace:" in text


def test_no_timer_stays_pending(gdb, waiting):
    """Not even one that nobody takes: QEMU pays for it at every trap."""
    said = batch(gdb, "tbreak fork", "continue", "p/x $mip & 0x80", "kill")
    waiting.wait()
    assert "$1 = 0x0" in said, said


def test_stack_overflow(gdb, waiting):
    """A kernel stack that runs out lands on the hart's emergency stack."""
    batch(gdb, "tbreak fork", "continue",
          "set $sp = ((unsigned long)$sp | 0x3fff) + 1 - 0x2000 + 16", "continue")
    text = waiting.stdout.read()
    assert waiting.wait() != 0
    assert "panic: kernel stack overflow: sp 0x" in text
    # By a store, unless an interrupt finds it first.
    assert re.search(r"hart \d pid 1 scause 0x(f|80{14}[159]) ", text)
    assert re.search(r"\bfork\+", text), "where it was"


def test_interrupt_during_user_access(gdb, waiting, tmp_path):
    """Stop at the first instruction that touches user memory and interrupt
    it: the trap clears SUM, and the way back sets it again."""
    script = tmp_path / "access.gdb"
    script.write_text(r"""
define show_sum
  set $flags = (unsigned long)$sstatus
  printf "$arg0: interrupts %d, SUM %d, ", $flags >> 1 & 1, $flags >> 18 & 1
end
set $entry = &extable_start[0]
while $entry < &extable_end[0]
  break *$entry->pc
  set $entry = $entry + 1
end
continue
delete
set $at = (unsigned long)$pc
show_sum access
tbreak panicked
set $sip = 2
continue
show_sum trap
printf "from there %d\n", (unsigned long)$sepc == $at
tbreak *$at
continue
show_sum back
kill
""")
    text = batch(gdb, f"source {script}")
    assert "access: interrupts 1, SUM 1" in text
    assert "trap: interrupts 0, SUM 0, from there 1" in text
    assert "back: interrupts 1, SUM 1" in text


def test_port():
    port = int(NORMAL.make("-s", "print-gdbport")[1])
    assert port == os.getuid() % 5000 + 25000
