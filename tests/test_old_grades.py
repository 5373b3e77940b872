"""The grade scripts of other years, which know of this tree only what is
written of it: goals of make, a port, kernel.sym, and what the console shows.

They start `make qemu-gdb`, let the system go by gdb's protocol, type a
command at each prompt, keep the console in xv6.out, end it all, and look for
lines. So does this."""

import os
import re
import select
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lib.build import NORMAL, ROOT, clean_environment, make_command
from lib.machine import LIMIT, free_port

MAKE = (make_command(), "-s", "--no-print-directory")
ENOUGH = 300  # seconds that the scripts give to all of usertests


class Stub:
    """The side of a debugger: GDB Remote Serial Protocol, Packets."""

    def __init__(self, port, until):
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                assert time.monotonic() < until, "nobody listens"
                time.sleep(0.02)
        self._socket.settimeout(LIMIT)

    def send(self, command):
        check = sum(command.encode()) % 256
        self._socket.sendall(f"${command}#{check:02x}".encode())

    def receive(self):
        """The next packet, acknowledged."""
        text = b""
        while not (packet := re.search(rb"\$([^#]*)#..", text)):
            part = self._socket.recv(4096)
            assert part, "the stub is gone"
            text += part
        self._socket.sendall(b"+")
        return packet.group(1).decode()

    def break_at(self, symbol):
        """By the list that the build leaves: 16 digits and a name a line."""
        names = (NORMAL.folder / "kernel" / "kernel.sym").read_text()
        address, = (int(line[:16], 16) for line in names.splitlines()
                    if line[17:].strip() == symbol)
        self.send(f"Z1,{address:x},1")
        assert self.receive() == "OK"

    def interrupt(self):
        self._socket.sendall(b"\x03")
        assert self.receive().startswith("T02")

    def close(self):
        self._socket.close()


class Run:
    """A system under make, held by the stub until it is told to go on."""

    def __init__(self, folder, *arguments, port=None):
        NORMAL.ready()
        self.saved = folder / "xv6.out"
        self.environment = {
            **clean_environment(), "STRICT": "1", "O": NORMAL.variables[0][2:],
            "GDBPORT": str(port or free_port()), "QEMUEXTRA": "-snapshot"}
        self.port = int(subprocess.check_output(
            [*MAKE, "print-gdbport"], cwd=ROOT, env=self.environment))
        self.make = subprocess.Popen(
            [*MAKE, "qemu-gdb", *arguments], cwd=ROOT, env=self.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, bufsize=0, start_new_session=True)
        self._out = open(self.saved, "wb")
        self.stub = None

    def meet(self):
        """A line says that QEMU is about to listen."""
        until = time.monotonic() + LIMIT
        while b"\n" not in self.saved.read_bytes():
            assert self.read(until), "make ended"
        self.stub = Stub(self.port, until)
        return self

    def read(self, until):
        """What comes next, which is saved; nothing at the end."""
        left = max(0, until - time.monotonic())
        assert select.select([self.make.stdout], [], [], left)[0], \
            self.text()[-2000:]
        chunk = os.read(self.make.stdout.fileno(), 4096)
        self._out.write(chunk)
        self._out.flush()
        return chunk

    def type(self, commands, limit):
        """Each at a prompt, which is a dollar and a blank anywhere; up to the
        prompt after the last."""
        until, seen, waiting = time.monotonic() + limit, b"", list(commands)
        while True:
            seen += self.read(until)
            if b"$ " not in seen:
                continue
            if not waiting:
                return self.text()
            self.make.stdin.write(waiting.pop(0).encode() + b"\n")
            seen = b""

    def text(self):
        return self.saved.read_bytes().decode("utf-8", "replace")

    def qemu(self):
        """The pid of make's child."""
        children = Path(f"/proc/{self.make.pid}/task/{self.make.pid}/children")
        pid, = children.read_text().split()
        name = Path(f"/proc/{pid}/comm").read_text()
        assert name.startswith("qemu-system-ris")
        return pid

    def wait(self):
        """The end of make, and of the console that QEMU had."""
        until = time.monotonic() + LIMIT
        while self.read(until):
            pass
        return self.make.wait(LIMIT)

    def close(self):
        if self.stub:
            self.stub.close()
        if self.make.poll() is None:
            os.killpg(self.make.pid, signal.SIGKILL)
            self.make.wait()
        for file in (self.make.stdin, self.make.stdout, self._out):
            file.close()


@contextmanager
def running(folder, *arguments, **options):
    run = Run(folder, *arguments, **options)
    try:
        yield run.meet()
    finally:
        run.close()


# What the scripts type, and what must be there.

@dataclass
class Script:
    years: str
    commands: list
    lines: list = ()        # expressions, each for some line from its start
    text: list = ()         # expressions for the whole
    arguments: list = ()    # of make
    limit: int = LIMIT


PTE = r"pte 0x[0-9a-f]{16} pa 0x[0-9a-f]{16}$"


def tree_of(*entries):
    """A listing by index: the dots of an entry and its number."""
    return [r"^page table 0x[0-9a-f]{16}$"] + [
        "^" + re.escape(entry) + ": " + PTE for entry in entries]


def tree_by_address(*entries):
    return [r"^page table 0x[0-9a-f]{16}$"] + [
        rf"^ {re.escape('.. ' * (depth - 1) + '..')}0x{va:016x}: {PTE}"
        for depth, va in entries]


def follows(test, following):
    """The year's scripts read what lies between two tests."""
    return rf"\ntest {test}: [\s\S]*OK\ntest {following}"


LOW = ["..0", ".. ..0", ".. .. ..0", ".. .. ..1", ".. .. ..2"]
TOP = ["..255", ".. ..511", ".. .. ..510", ".. .. ..511"]
ALL_PASSED = r"^ALL TESTS PASSED$"

SCRIPTS = {
    "printout": Script("2020", ["echo hi"], tree_of(*LOW, *TOP) + ["^hi$"]),
    "printout with USYSCALL": Script(
        "2021 to 2023", ["echo hi"],
        tree_of(*LOW, ".. .. ..3", *TOP, ".. .. ..509")),
    "printout on one hart": Script(
        "2020 to 2023", [], tree_of(*LOW, *TOP) + ["^init: starting sh$"],
        arguments=["CPUS=1"]),
    "the counters": Script(
        "2020", ["stats"], [r"^copyin: \d+$", r"^copyinstr: \d+$"]),
    "pgtbltest": Script(
        "2021 to 2023", ["pgtbltest"],
        ["^ugetpid_test: OK$", "^pgaccess_test: OK$"]),
    "pgtbltest, later": Script(
        "2024, 2025", ["pgtbltest"],
        tree_by_address(
            (1, 0), (2, 0), (3, 0), (3, 0x1000), (3, 0x2000),
            (1, 0x3fc0000000), (2, 0x3fffe00000), (3, 0x3fffffd000),
            (3, 0x3fffffe000), (3, 0x3ffffff000)) +
        ["^ugetpid_test: OK$", "^print_pgtbl: OK$", "^print_kpgtbl: OK$"]),
    "usertests": Script(
        "2020, 2021, 2025", ["usertests"], [ALL_PASSED],
        [follows("copyin", "copyout"), follows("copyinstr1", "copyinstr2"),
         follows("copyinstr2", "copyinstr3"),
         follows("copyinstr3", "truncate1"), follows("sbrkmuch", "kernmem")],
        limit=ENOUGH),
    "usertests -q": Script("2022 to 2025", ["usertests -q"], [ALL_PASSED],
                           limit=ENOUGH),
}
SLOW = ("usertests", "usertests -q")


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name
    for name in SCRIPTS])
def test_script(tmp_path, name):
    script = SCRIPTS[name]
    with running(tmp_path, *script.arguments) as run:
        run.stub.send("c")
        text = run.type(script.commands, script.limit)
        run.make.terminate()
        run.wait()
    lines = text.splitlines()
    for pattern in script.lines:
        assert any(re.match(pattern, line) for line in lines), pattern
    for pattern in script.text:
        assert re.search(pattern, text), pattern
    assert "\r" not in text
    # Nothing but its own prompts may look like one.
    assert text.count("$ ") == len(script.commands) + 1


def test_files_that_are_handed_in():
    assert re.match(r"^\d+$", (ROOT / "time.txt").read_text().strip())
    assert len((ROOT / "answers-pgtbl.txt").read_text().strip()) > 10


def test_break_at_a_symbol(tmp_path):
    """The system has not come farther than that."""
    with running(tmp_path) as run:
        run.stub.break_at("vmprint")
        run.stub.send("c")
        assert run.stub.receive().startswith("T05")
        run.stub.send("k")
        run.wait()
    assert "booting" in run.text() and "page table" not in run.text()


# How it begins and ends.

def by_the_stub(run):
    run.stub.interrupt()
    run.stub.send("k")


def by_a_signal_to_make(run):
    run.make.terminate()


def by_a_signal_to_qemu(run):
    os.kill(int(run.qemu()), signal.SIGTERM)


@pytest.mark.parametrize("end", [by_the_stub, by_a_signal_to_make,
                                 by_a_signal_to_qemu])
def test_nothing_stays(tmp_path, end):
    """The next can have the same port at once."""
    port = free_port()
    for _ in range(2):
        with running(tmp_path, port=port) as run:
            assert run.port == port
            pid = run.qemu()
            run.stub.send("c")
            run.type([], LIMIT)
            end(run)
            run.wait()
            assert not Path(f"/proc/{pid}").exists()


def test_waits_for_the_stub(tmp_path):
    """Nothing runs before it is told to: no line of the boot is missed."""
    with running(tmp_path) as run:
        run.stub.send("?")
        assert run.stub.receive().startswith("T")
        assert "booting" not in run.text()


def test_two_at_a_time(tmp_path):
    """Two users of one machine."""
    (tmp_path / "other").mkdir()
    with running(tmp_path) as one, running(tmp_path / "other") as other:
        for run in (one, other):
            run.stub.send("c")
        for word, run in (("one", one), ("other", other)):
            assert f"\n{word}\n" in run.type([f"echo {word}"], LIMIT)


@pytest.mark.parametrize("uid, port", [(0, 25000), (1234, 26234),
                                       (64999, 29999)])
def test_port_is_the_users_own(tmp_path, uid, port):
    program = tmp_path / "id"
    program.write_text(f"#!/bin/sh\necho {uid}\n")
    program.chmod(0o755)
    environment = {**clean_environment(),
                   "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert subprocess.check_output([*MAKE, "print-gdbport"], cwd=ROOT,
                                   env=environment) == b"%d\n" % port
