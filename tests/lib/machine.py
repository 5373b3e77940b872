"""A system that runs in QEMU, seen and driven through its console."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pexpect

from lib.build import NORMAL, ROOT

PROMPT = r"(?:^|\n)\$ "
STARTED = re.compile(r"hart \d starting\r?\n")

# Virtual time counts instructions, and stands still for nothing.
ICOUNT = ("-icount", "shift=0,sleep=off")

LIMIT = 60  # seconds for what takes a moment on an idle machine


def free_port():
    """A port for gdb that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def qemu_knows(*options):
    """Whether this QEMU takes these options."""
    done = subprocess.run(
        [NORMAL.qemu_command()[0], "-machine", "none", "-display", "none",
         "-monitor", "stdio", *options], input="quit\n", text=True,
        timeout=LIMIT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        check=False)
    return done.returncode == 0


def known_cpu(*models):
    """The first of these that this QEMU takes. What builds on an extension
    has to be turned off with it, and newer QEMUs know more such."""
    return next(model for model in models if qemu_knows("-cpu", model))


def qemu_version():
    """This QEMU's version: "7.2.22"."""
    said = subprocess.run([NORMAL.qemu_command()[0], "--version"], text=True,
                          timeout=LIMIT, capture_output=True, check=True).stdout
    return re.search(r"version ([\d.]+)", said)[1]


def qemu_is(*least):
    """Whether it is of this version, (major, minor), or newer."""
    return tuple(map(int, qemu_version().split("."))) >= least


class MachineError(AssertionError):
    """The system did not do what the test waits for."""


class Machine:
    """Use it as a context: the machine is gone at its end, whatever happens.

    It runs on a private copy of the build's image, which has the programs of
    tests/programs if asked for, or on the image given.
    Options are those of `make qemu`; devices may be changed by `adjust`, a
    function from QEMU's arguments to others.
    """

    def __init__(self, build=NORMAL, *, image=None, programs=False, cpus=3,
                 mem="128M", bios="none", bootargs="panic=exit", extra=(),
                 adjust=None):
        self.build = build
        self._cpus = cpus
        self._folder = Path(tempfile.mkdtemp(prefix="machine-"))
        try:
            if image is None:
                image = self._folder / "fs.img"
                shutil.copyfile(build.test_image if programs else build.image,
                                image)
            self.image = image
            command = self._command(cpus, mem, bios) + list(extra)
            if bootargs:
                command += ["-append", bootargs]
            if adjust:
                command = adjust(command)
            self._log = open(self._folder / "console", "w+",
                             encoding="utf-8", errors="replace")
            self._qemu = pexpect.spawn(
                command[0], command[1:], cwd=ROOT, timeout=LIMIT, echo=False,
                encoding="utf-8", codec_errors="replace", maxread=65536)
            self._qemu.delaybeforesend = None
            self._qemu.logfile_read = self._log
        except BaseException:
            shutil.rmtree(self._folder)
            raise

    def _command(self, cpus, mem, bios):
        command = self.build.qemu_command(bios)
        command[command.index("-m") + 1] = mem
        command[command.index("-smp") + 1] = str(cpus)
        return [re.sub(r"^file=[^,]*", f"file={self.image}", word)
                for word in command]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End QEMU if it still runs, and remove what belonged to it."""
        self.kill()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self):
        """Take the power away: SIGKILL to QEMU."""
        if not self._qemu.closed:
            if self._qemu.isalive():
                os.kill(self._qemu.pid, signal.SIGKILL)
                self._qemu.wait()
            self._qemu.close()

    def alive(self):
        return self._qemu.isalive()

    def console(self):
        """All that the console has shown."""
        self._log.flush()
        text = (self._folder / "console").read_text(errors="replace")
        return text.replace("\r\n", "\n")

    def type(self, text):
        """Press these keys."""
        self._qemu.send(text)

    def expect(self, patterns, limit=LIMIT):
        """Wait for a regular expression, or the first of several. Gives the
        match; its text() is what came before it."""
        patterns = [patterns] if isinstance(patterns, str) else patterns
        try:
            self._qemu.expect(patterns, timeout=limit)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            what = "no sign" if isinstance(error, pexpect.TIMEOUT) else "end"
            raise MachineError(
                f"{what} of {patterns} on {self.build.name} within {limit} s; "
                f"the console's last:\n{self.console()[-3000:]}") from None
        return self._qemu.match

    def before(self):
        """What came before the last match."""
        return self._qemu.before.replace("\r\n", "\n")

    def after(self):
        """The last match."""
        return self._qemu.after.replace("\r\n", "\n")

    def boot(self, limit=LIMIT):
        """Wait for the first prompt, and for every hart, which may say later
        that it has started; gives what was printed."""
        self.expect(PROMPT, limit)
        while len(STARTED.findall(self.console())) < self._cpus - 1:
            self.expect(STARTED.pattern, limit)
        return self.console()

    def run(self, command, limit=LIMIT):
        """Type a command and give what it prints before the next prompt."""
        self.type(command + "\n")
        self.expect(re.escape(command) + r"\r?\n", limit)
        # The prompt may follow the echo at once.
        self.expect(r"(?:^|(?<=\n))\$ ", limit)
        return self.before()

    def wait(self, limit=LIMIT):
        """Wait for QEMU to end by itself; gives its exit status."""
        self.expect_end(limit)
        self._qemu.wait()
        self._qemu.close()
        return self._qemu.exitstatus

    def expect_end(self, limit=LIMIT):
        try:
            self._qemu.expect(pexpect.EOF, timeout=limit)
        except pexpect.TIMEOUT:
            raise MachineError(
                f"QEMU still runs after {limit} s; the console's last:\n"
                f"{self.console()[-3000:]}") from None

    def poweroff(self, status=0, limit=LIMIT):
        """Type poweroff, wait, and check the status that QEMU gives."""
        self.type(f"poweroff {status}\n" if status else "poweroff\n")
        given = self.wait(limit)
        if given != status:
            raise MachineError(f"QEMU's exit status is {given}")
