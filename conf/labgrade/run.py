"""Tests, and a run of them: some at a time, reported in their order."""

import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .failure import Failure, Interrupted, last_lines, printable
from .programs import Groups
from .reports import totals
from .systems import Bench, Tree


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

    def tell(self, told):
        """Report what another run has found; True if all chosen passed."""
        unknown = (False, 0, ["expected: a result in the report",
                              "came: none"], "")
        for test in self._options.chosen:
            print(f"== Test {test.name} ==")
            test.result = Result(*told.get(test.name, unknown))
            self._print_result(test)
        return all(test.result.passed for test in self._options.chosen)

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
