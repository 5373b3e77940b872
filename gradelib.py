"""What a grade script needs: builds, machines that always end, and reports.

A script declares its tests with the decorator of a Suite and calls main().
Each test gets a Bench, which builds the tree when it is first asked to and
runs systems in QEMU. A test passes by returning, and fails by raising Failure,
with what was expected and what came.

Submissions are not trusted to end, to be quiet or to be well. So every
program is started in a process group of its own, with a deadline and a bound
on what is kept of its output, and is killed with its group in the end; disks
are private copies in one temporary folder, which goes at the end, too.
"""

import argparse
import contextlib
import fcntl
import json
import os
import re
import select
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

TEST_LIMIT = 60      # seconds for a test that says nothing else
BOOT_LIMIT = 30      # of them, seconds to the first prompt
BUILD_LIMIT = 300    # seconds for make
FLOOD = 1 << 20      # bytes of output that no test of ours comes near
LOOK_BACK = 1024     # no pattern matches more than this
LAST_WORDS = 2       # seconds to listen to a kernel that panics
FAREWELL = 3         # seconds that a program has to end when asked to
GLANCE = 0.02        # seconds between looks whether it has
TAIL_LINES = 12
LINE_WIDTH = 160
REPORTED = 1 << 16   # characters of a console in a report file

PANIC = re.compile(r"^panic(?: inside a panic)?: .*", re.M)
PROMPT = re.compile(r"^\$ ", re.M)
COMPILER_ERROR = re.compile(r"^.*\berror: .*", re.M)
# It may come after the prompt, on the same line.
HART = re.compile(r"\bhart \d+ starting$", re.M)


class Failure(Exception):
    """Why a test gives no points."""

    def __init__(self, expected, came):
        super().__init__(f"expected {expected}; came: {came}")
        self.expected = expected
        self.came = came


class Interrupted(Exception):
    """The whole run is to end; whoever waits for a program gives up."""


def require(condition, expected, came):
    """Fail unless the condition holds."""
    if not condition:
        raise Failure(expected, came)


def printable(text):
    """Text that cannot harm a terminal or an XML file."""
    return "".join(c if c == "\n" or " " <= c <= "~" else f"\\x{ord(c):02x}"
                   for c in text.replace("\r", "").replace("\t", "    "))


def last_lines(text):
    """The end of a console, short enough to be read."""
    lines = text[-TAIL_LINES * 1024:].splitlines()[-TAIL_LINES:]
    return [line if len(line) <= LINE_WIDTH else line[:LINE_WIDTH] + " ..."
            for line in lines]


def read_text(name, limit=1 << 16):
    """A file that a student hands in. It need not be a file, nor end."""
    try:
        # A pipe would keep a plain open waiting.
        fd = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise Failure(f"a file {name}", error.strerror) from None
    with open(fd, "rb") as file:
        require(stat.S_ISREG(os.fstat(fd).st_mode), f"a file {name}",
                "something else of that name")
        content = file.read(limit + 1)
    require(len(content) <= limit, f"at most {limit} bytes in {name}", "more")
    return content.decode("utf-8-sig", "replace")  # as Windows marks it


def ends_within(process, seconds):
    """Whether it ends in that time. It is not reaped: as long as it is there,
    nobody else's process or group can have its number."""
    until = time.monotonic() + seconds
    while not os.waitid(os.P_PID, process.pid,
                        os.WEXITED | os.WNOHANG | os.WNOWAIT):
        if time.monotonic() >= until:
            return False
        time.sleep(GLANCE)
    return True


# What runs a program that ends with us, even if we are killed. It is Linux's;
# without it such a program stays.
LEASH = ["setpriv", "--pdeathsig", "KILL"]


class Groups:
    """Starts programs in groups of their own, from any thread, until it is
    interrupted; and ends them with all that they have started."""

    def __init__(self):
        self._lock = threading.Lock()
        self.interrupted = False

    def start(self, command, **options):
        with self._lock:
            if self.interrupted:
                raise Interrupted
            return subprocess.Popen(
                [*(LEASH if shutil.which(LEASH[0]) else []), *command],
                start_new_session=True, **options)

    def end(self, process, politely=False):
        """End it with its group; gives its exit status. Make, asked politely,
        removes what it has only half made."""
        if process.returncode is None:
            if politely and not ends_within(process, 0):
                os.killpg(process.pid, signal.SIGTERM)
                ends_within(process, FAREWELL)
            # The group may outlive the process that leads it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return process.returncode

    def interrupt(self):
        """Nothing starts any more; who waits for output raises Interrupted
        and ends what it runs."""
        with self._lock:
            self.interrupted = True


class Program:
    """A program that runs, and what it has printed so far. The output is
    bounded: a program that floods fails the test."""

    polite = False

    def __init__(self, groups, command, deadline, **options):
        self._groups = groups
        self._deadline = deadline
        self._began = time.monotonic()
        self.output = ""
        self._ended = False
        try:
            self._process = groups.start(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, bufsize=0, **options)
        except OSError as error:
            raise Failure(f"{command[0]} runs", error.strerror) from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._groups.end(self._process, self.polite)
        self._process.stdin.close()
        self._process.stdout.close()

    def read(self, expected, deadline=None):
        """Add to the output what comes next; False at its end. Fails when the
        time is up, or when too much has come."""
        limit = self._deadline if deadline is None else deadline
        while not self._ended:
            if self._groups.interrupted:
                raise Interrupted
            left = limit - time.monotonic()
            if left <= 0:
                took = round(limit - self._began, 1)
                raise Failure(expected,
                              f"not that within {took:g} s: it hangs")
            ready, _, _ = select.select([self._process.stdout], [], [],
                                        min(left, 0.2))
            if ready:
                break
        else:
            return False
        chunk = os.read(self._process.stdout.fileno(), 1 << 16)
        self._ended = not chunk
        self.output += printable(chunk.decode("latin-1"))
        require(len(self.output) <= FLOOD, expected,
                f"a flood: more than {FLOOD >> 20} MiB of output")
        return not self._ended

    def finish(self, expected):
        """Wait for the end; gives the exit status."""
        while self.read(expected):
            pass
        require(ends_within(self._process, FAREWELL), expected,
                "the end of its output: it hangs")
        return self._groups.end(self._process)

    def ended_with(self):
        """After the end of the output: how it ended, in words."""
        if not ends_within(self._process, FAREWELL):
            return "the end of the output"
        return f"its end, with status {self._groups.end(self._process)}"


class Make(Program):
    """A run of make, which must have the time to clean up."""

    polite = True


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


def make_environment():
    """The caller's, without what the make that runs us keeps for itself: our
    makes have their own jobs."""
    flags = [word for word in os.environ.get("MAKEFLAGS", "").split(" ")
             if not word.startswith(("-j", "--jobserver"))]
    environment = {**os.environ, "MAKEFLAGS": " ".join(flags), "LC_ALL": "C"}
    for name in ("MAKELEVEL", "MFLAGS"):
        environment.pop(name, None)
    return environment


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
        with Make(self._groups, ["make", "--no-print-directory", *arguments],
                  deadline, env=make_environment()) as make:
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


@dataclass
class Result:
    """How one test went."""

    passed: bool
    seconds: float
    reason: list = field(default_factory=list)  # lines
    console: str = ""


@dataclass
class Test:
    name: str
    points: int
    extra: bool
    limit: float
    body: object
    result: Result = None

    @property
    def score(self):
        return self.points if self.result and self.result.passed else 0

    def run(self, tree, groups, limit):
        bench = Bench(tree, groups, limit or self.limit)
        reason = []
        try:
            self.body(bench)
        except Failure as failure:
            reason = [f"expected: {failure.expected}",
                      f"came: {failure.came}"]
        except Interrupted:
            raise
        except Exception as error:  # a grader's own fault costs one test, too
            reason = ["expected: the grade script does its work",
                      f"came: {type(error).__name__}: {error}"]
        seconds = time.monotonic() - bench.began
        console = bench.console()
        if reason and console:
            reason += [f"the last lines of {bench.speaker}:",
                       *("| " + line for line in last_lines(console))]
        reason = printable("\n".join(reason)).splitlines()
        return Result(not reason, seconds, reason, console)


class Suite:
    """A lab's tests, in the order in which they are declared."""

    def __init__(self, lab):
        self.lab = lab
        self.tests = []

    def test(self, name, points, *, extra=False, limit=TEST_LIMIT):
        """The decorated function, which gets a Bench, is a test."""
        def declare(body):
            self.tests.append(Test(name, points, extra, limit, body))
            return body
        return declare

    def main(self, tree, arguments=None):
        """Run in the tree what the command line asks for; gives the exit
        status."""
        options = parse_options(self, arguments)
        os.chdir(tree)
        if options.list:
            for test in self.tests:
                extra = "  extra" if test.extra else ""
                print(f"{test.points:3}  {test.name}{extra}")
            return 0
        if not hold_tree(options.anew):
            print("another grading is at work in this tree", file=sys.stderr)
            return 1
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        try:
            Run(self, options).go()
        except KeyboardInterrupt:
            print("\ninterrupted: no score", flush=True)
            return 128 + signal.SIGINT
        except BrokenPipeError:  # nobody reads on, as after `| head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        written = write_reports(self, options)
        score, most = totals(self.tests, extra=False)
        return 0 if written and score == most else 1


def hold_tree(alone):
    """Keep others off until we end: all, or those that would build it anew.
    False: one is at work."""
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    try:
        fcntl.flock(os.open(".", os.O_RDONLY), kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        pass
    return True


def totals(tests, extra):
    """(points, points there are) of the tests that are extra, or are not."""
    chosen = [test for test in tests if test.extra == extra]
    return (sum(test.score for test in chosen),
            sum(test.points for test in chosen))


class Run:
    """The chosen tests, some at a time, reported in their order."""

    def __init__(self, suite, options):
        self._suite = suite
        self._options = options
        self._groups = Groups()

    def go(self):
        folder = tempfile.mkdtemp(prefix=f"grade-{self._suite.lab}-")
        pool = ThreadPoolExecutor(self._options.jobs)
        try:
            self._report(self._start(pool, folder))
        finally:
            # Whatever ended it: a second ^C must not leave things half done.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            self._groups.interrupt()
            pool.shutdown(cancel_futures=True)
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self, pool, folder):
        """A future for each chosen test. The longest begins first, so that
        the others fit beside it."""
        tree = Tree(self._groups, folder, self._options)
        chosen = sorted(self._options.chosen, key=lambda test: -test.limit)
        return {test.name: pool.submit(test.run, tree, self._groups,
                                       self._options.timeout)
                for test in chosen}

    def _report(self, futures):
        for extra, title in ((False, "Score"), (True, "Extra")):
            chosen = [test for test in self._suite.tests
                      if test.extra == extra and test.name in futures]
            for test in chosen:
                print(f"== Test {test.name} ==", flush=True)
                test.result = futures[test.name].result()
                self._print_result(test)
            if chosen:
                score, most = totals(self._suite.tests, extra)
                print(f"{title}: {score}/{most}", flush=True)

    def _print_result(self, test):
        result = test.result
        if self._options.verbose and result.console:
            print(result.console.rstrip("\n"))
        verdict = f"OK ({result.seconds:.1f}s)" if result.passed else "FAIL"
        print(f"{test.name}: {verdict}")
        for line in result.reason:
            print(f"    {line}")
        sys.stdout.flush()


def writable(text):
    """A file's name. It is better to hear now that there is no such folder
    than when all tests have run."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError
    return os.path.abspath(text)


def positive(text):
    value = float(text)
    if not 0 < value < 1e6:
        raise ValueError
    return value


def parse_options(suite, arguments):
    parser = argparse.ArgumentParser(
        description=f"Grade this tree for the lab {suite.lab}.",
        epilog="The exit status is 0 only if every point of the score is "
        "earned: the extra ones do not count, and tests that are not run "
        "earn nothing.")
    parser.add_argument("tests", nargs="*", metavar="TEST",
                        help="a test's name or a regular expression "
                        "(default: all tests)")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="show everything from the console")
    parser.add_argument("--list", action="store_true",
                        help="list the tests with their points")
    parser.add_argument("--anew", action="store_true",
                        help="build from clean")
    parser.add_argument("--json", metavar="FILE", type=writable)
    parser.add_argument("--junit", metavar="FILE", type=writable)
    parser.add_argument("--gradescope", metavar="FILE", type=writable,
                        help="the results.json that Gradescope reads")
    parser.add_argument("--timeout", type=positive, metavar="SECONDS",
                        help="for each test, instead of its own limit")
    parser.add_argument("--jobs", type=int, metavar="N",
                        choices=range(1, 65), default=min(2, os.cpu_count()),
                        help="tests that run at a time (default: 2)")
    options = parser.parse_args(arguments)
    try:
        options.chosen = choose(suite.tests, options.tests)
    except ValueError as error:
        parser.error(str(error))
    return options


def choose(tests, words):
    """The tests that the words name. A word is a name before it is an
    expression."""
    if not words:
        return list(tests)
    chosen = set()
    for word in words:
        found = {test.name for test in tests if test.name == word}
        try:
            found = found or {test.name for test in tests
                              if re.search(word, test.name)}
        except re.error as error:
            raise ValueError(f"{word}: {error}") from None
        if not found:
            raise ValueError(f"no test is called {word}")
        chosen |= found
    return [test for test in tests if test.name in chosen]


def write_reports(suite, options):
    """The files that were asked for. False: one could not be written."""
    written = True
    for name, form in ((options.json, json_report),
                       (options.junit, junit_report),
                       (options.gradescope, gradescope_report)):
        if not name:
            continue
        try:
            Path(name).write_text(form(suite), encoding="utf-8")
        except OSError as error:
            print(f"cannot write {name}: {error.strerror}", flush=True)
            written = False
    return written


def tests_that_ran(suite):
    return [test for test in suite.tests if test.result]


def json_report(suite):
    score, most = totals(suite.tests, extra=False)
    extra, most_extra = totals(suite.tests, extra=True)
    tests = [{"name": test.name, "score": test.score,
              "max_score": test.points, "extra": test.extra,
              "passed": test.result.passed,
              "seconds": round(test.result.seconds, 1),
              "reason": "\n".join(test.result.reason),
              "console": test.result.console[-REPORTED:]}
             for test in tests_that_ran(suite)]
    return json.dumps({"lab": suite.lab, "score": score, "max_score": most,
                       "extra": extra, "max_extra": most_extra,
                       "tests": tests}, indent=2) + "\n"


def junit_report(suite):
    ran = tests_that_ran(suite)
    root = xml.Element(
        "testsuite", name=f"grade-lab-{suite.lab}", tests=str(len(ran)),
        failures=str(sum(not test.result.passed for test in ran)), errors="0",
        time=f"{sum(test.result.seconds for test in ran):.1f}")
    for test in ran:
        case = xml.SubElement(root, "testcase", name=test.name,
                              classname=suite.lab,
                              time=f"{test.result.seconds:.1f}")
        if not test.result.passed:
            reason = test.result.reason
            xml.SubElement(case, "failure", message="; ".join(reason[:2])
                           ).text = "\n".join(reason)
        xml.SubElement(case, "system-out").text = (
            test.result.console[-REPORTED:])
    xml.indent(root)
    return ('<?xml version="1.0" encoding="utf-8"?>\n'
            + xml.tostring(root, encoding="unicode") + "\n")


def gradescope_report(suite):
    """The score at the top is what counts there; so the extra tests are shown
    with their points, and add nothing."""
    ran = tests_that_ran(suite)
    score, most = totals(suite.tests, extra=False)
    extra, most_extra = totals(suite.tests, extra=True)
    tests = [{"name": ("Extra: " if test.extra else "") + test.name,
              "score": test.score, "max_score": test.points,
              "status": "passed" if test.result.passed else "failed",
              "output": "\n".join(test.result.reason),
              "visibility": "visible"}
             for test in ran]
    return json.dumps(
        {"score": score, "visibility": "visible",
         "output": f"Score: {score}/{most}\nExtra: {extra}/{most_extra}",
         "execution_time": round(sum(test.result.seconds for test in ran)),
         "tests": tests}, indent=2) + "\n"
