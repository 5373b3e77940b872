"""What the person who runs the tests sees."""

import collections
import io
import os
import threading

from _pytest._io import TerminalWriter


def short(text):
    """Of pytest's account of a failure, the lines that failed and what they
    said."""
    lines = [line for line in text.splitlines()
             if line.startswith(("E", ">", "tests/"))]
    return "\n".join(lines) or text


class Colours:
    """Stands for pytest's own reporter where an assert that compares asks how
    to colour its words."""

    _tw = TerminalWriter(io.StringIO())


class Reporter:
    """A pytest plugin that prints a line for each case as it ends."""

    def __init__(self):
        self.passed = 0
        self._failed = []  # the names of those
        # While a test runs, what is written to descriptor 1 is kept back.
        self._out = os.fdopen(os.dup(1), "w")
        self._lock = threading.Lock()  # cases come from several threads
        self._split = set()  # tests that reported their cases one by one
        self._tried = collections.Counter()

    def all_well(self):
        return self.passed > 0 and not self._failed

    def close(self):
        for what, count in sorted(self._tried.items()):
            print(f"tried {count} {what}", file=self._out)
        print(f"{self.passed} passed, {len(self._failed)} failed",
              *(f"failed: {name}" for name in self._failed),
              sep="\n", file=self._out)
        self._out.close()

    def tried(self, what, count=1):
        """So many more of these were tried; any thread. The closing lines
        tell the sums. Plural words: "disk images"."""
        with self._lock:
            self._tried[what] += count

    def case(self, test, name, passed, detail="", seconds=None):
        """One case of a test that has several; any thread."""
        with self._lock:
            self._split.add(test)
        self._line(f"{test}: {name}", passed, detail, seconds)

    def _line(self, name, passed, detail="", seconds=None):
        with self._lock:
            if passed:
                self.passed += 1
            else:
                self._failed.append(name)
            took = "" if seconds is None else f" ({seconds:.1f} s)"
            lines = [("ok     " if passed else "FAILED ") + name + took]
            if not passed:
                lines += ["       | " + line for line in detail.splitlines()]
            print(*lines, sep="\n", file=self._out, flush=True)

    def _skipped(self, name, why):
        """Not counted: what it needs is not to be had on this system."""
        with self._lock:
            why = why.removeprefix("Skipped: ").splitlines()[0]
            print(f"absent {name}: {why}", file=self._out, flush=True)

    # The hooks of pytest.

    def pytest_addoption(self, parser):
        # Asserts ask for it; the reporter that is away would have added it.
        parser.addoption("--verbose", type=int, default=0)

    def pytest_configure(self, config):
        config.pluginmanager.register(Colours(), "terminalreporter")

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.passed:
            return
        name = report.nodeid
        if report.skipped:
            self._skipped(name, report.longrepr[-1])
            return
        if report.when != "call":
            name += f" ({report.when})"
        if report.passed and name in self._split:
            return
        self._line(name, report.passed, short(report.longreprtext),
                   report.duration)

    def pytest_collectreport(self, report):
        if report.failed:
            self._line(f"{report.nodeid} (reading it)", False,
                       report.longreprtext)

    def pytest_keyboard_interrupt(self):
        print("interrupted: the others are not run", file=self._out,
              flush=True)

    def pytest_internalerror(self, excrepr):
        self._line("the test runner itself", False, str(excrepr))


class Cases:
    """For a test: report(name, passed) for each case that it finds."""

    def __init__(self, test, reporter):
        self._test, self._reporter = test, reporter
        self.failures = []

    def report(self, name, passed, detail="", seconds=None):
        if not passed:
            self.failures.append(f"{name}: {detail}")
        if self._reporter:
            self._reporter.case(self._test, name, passed, detail, seconds)
