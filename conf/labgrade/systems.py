"""The tree that is graded, and its systems in QEMU."""

import contextlib
import re
import shlex
import shutil
import tempfile
import threading
import time
from pathlib import Path

from .failure import Failure, require
from .gnumake import make_command, make_environment
from .programs import Make, Program

BOOT_LIMIT = 30      # seconds, of a test's, to the first prompt
BUILD_LIMIT = 300    # seconds for make
LOOK_BACK = 1024     # no pattern matches more than this
LAST_WORDS = 2       # seconds to listen to a kernel that panics

PANIC = re.compile(r"^panic(?: inside a panic)?: .*", re.M)
PROMPT = re.compile(r"^\$ ", re.M)
COMPILER_ERROR = re.compile(r"^.*\berror: .*", re.M)
# It may come after the prompt, on the same line.
HART = re.compile(r"\bhart \d+ starting$", re.M)


class Machine(Program):
    """A system in QEMU, driven by its console."""

    def __init__(self, groups, command, deadline):
        super().__init__(groups, command, deadline)
        self._at = 0  # where the next pattern is looked for

    def wait_for(self, pattern, expected):
        """Read on until the pattern has come; gives the text before it."""
        looked = self._at
        while True:
            self._notice_panic(expected, looked)
            match = re.compile(pattern).search(
                self.output, max(self._at, looked - LOOK_BACK))
            if match:
                before = self.output[self._at:match.start()]
                self._at = match.end()
                return before
            looked = len(self.output)
            if not self.read(expected):
                # Its last chunk may be a panic's.
                self._notice_panic(expected, looked)
                raise Failure(expected, f"QEMU: {self.ended_with()}")

    def _notice_panic(self, expected, looked):
        found = PANIC.search(self.output, max(0, looked - LOOK_BACK))
        if not found:
            return
        with contextlib.suppress(Failure):
            until = time.monotonic() + LAST_WORDS
            while self.read(expected, until):
                pass
        line = PANIC.search(self.output, found.start()).group()
        raise Failure(expected, f"the kernel panicked: {line}")

    def boot(self, cpus):
        """Wait for the first prompt and for the other harts, whose lines may
        come after it. Gives all that was printed."""
        whole = self._deadline
        self._deadline = min(whole, self._began + BOOT_LIMIT)
        self.wait_for(PROMPT, "the shell's prompt after boot")
        while len(HART.findall(self.output)) < cpus - 1:
            require(self.read("every hart starts"), "every hart starts",
                    "the end of the output")
        # What came late is not the answer to the first command.
        self._at = len(self.output)
        self._deadline = whole
        return self.output

    def run(self, command):
        """Type a command; gives what it prints before the next prompt."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(command.encode() + b"\n")
        self.wait_for(re.escape(command) + r"\n",
                      f"the console shows the command `{command}`")
        return self.wait_for(PROMPT, f"`{command}` ends, and a prompt comes")


def command_in(said):
    """QEMU's command, which make has said last."""
    last = (said.splitlines() or ["nothing"])[-1]
    with contextlib.suppress(ValueError):  # an open quotation
        command = shlex.split(last)
        if {"-kernel", "-smp", "-drive"} <= set(command):
            return command
    raise Failure("QEMU's command from `make print-qemu`", last)


class Tree:
    """The tree that is graded: built once, when a test first needs it."""

    def __init__(self, groups, folder, options):
        self._groups = groups
        self._folder = folder
        self._jobs = options.jobs
        self._anew = options.anew
        self._lock = threading.Lock()
        self._failure = None
        self._built = False
        self.build_log = ""
        self._command = []

    def qemu(self):
        """The command that `make qemu` would run."""
        with self._lock:
            if not self._built:
                self._build()
            if self._failure:
                raise Failure(*self._failure)
            return list(self._command)

    def product(self, name):
        """A file that was built, by its name from the top of the output."""
        kernel = Path(self.qemu()[self.qemu().index("-kernel") + 1])
        return kernel.parent.parent / name

    def _build(self):
        try:
            if self._anew:
                self._make("make clean works", "clean")
            self._make("the kernel compiles", f"-j{self._jobs}", "all")
            self._command = command_in(
                self._make("make says how to run it", "print-qemu"))
        except Failure as failure:
            self._failure = failure.expected, failure.came
        self._built = True

    def _make(self, expected, *arguments):
        deadline = time.monotonic() + BUILD_LIMIT
        command = [make_command(), "--no-print-directory", *arguments]
        with Make(self._groups, command, deadline,
                  env=make_environment()) as make:
            try:
                status = make.finish(expected)
            finally:
                self.build_log = make.output
        error = COMPILER_ERROR.search(make.output)
        require(status == 0, expected,
                error.group() if error else f"make: status {status}")
        return make.output

    def new_folder(self):
        return Path(tempfile.mkdtemp(dir=self._folder))


class Bench:
    """What one test works with. Its limit counts from its first machine on,
    so that nobody pays for another's build."""

    def __init__(self, tree, groups, limit):
        self.tree = tree
        self._groups = groups
        self._limit = limit
        self._deadline = None
        self._shown = []
        self.began = time.monotonic()
        self.speaker = "the console"

    def console(self):
        """All that its machines have shown; of a tree that does not compile,
        what make said."""
        return "".join(self._shown)

    @contextlib.contextmanager
    def machine(self, cpus=3):
        """A booted system with a disk of its own."""
        try:
            command = self.tree.qemu()
        except Failure:
            self._shown.append(self.tree.build_log)
            self.speaker = "make"
            raise
        folder = self.tree.new_folder()
        try:
            command = self._adjust(command, folder / "fs.img", cpus)
            if self._deadline is None:
                self.began = time.monotonic()
                self._deadline = self.began + self._limit
            with Machine(self._groups, command, self._deadline) as machine:
                try:
                    machine.boot(cpus)
                    yield machine
                finally:
                    self._shown.append(machine.output)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def _adjust(command, image, cpus):
        """Options of `make qemu` for a run of ours: it ends after a panic."""
        command[command.index("-smp") + 1] = str(cpus)
        at = next(i for i, word in enumerate(command)
                  if word.startswith("file="))
        original = re.match(r"file=([^,]*)", command[at]).group(1)
        shutil.copyfile(original, image)
        # To QEMU a comma ends a word, and two are one.
        command[at] = command[at].replace(
            f"file={original}", "file=" + str(image).replace(",", ",,"))
        return [*command, "-append", "panic=exit"]
