"""What a grade script needs: builds, machines that always end, and reports.

A script declares its tests with the decorator of a Suite and calls main().
Each test gets a Bench, which builds the tree when it is first asked to and
runs systems in QEMU. A test passes by returning, and fails by raising Failure,
with what was expected and what came.

Submissions are not trusted to end, to be quiet or to be well. So every
program is started in a process group of its own, with a deadline and a bound
on what is kept of its output, and is killed with its group in the end; disks
are private copies in one temporary folder, which goes at the end, too.

This is the part that scripts use; conf/labgrade does the work.
"""

import fcntl
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "conf"))

from labgrade.failure import Failure, read_text, require  # noqa: E402
from labgrade.options import parse_options  # noqa: E402
from labgrade.reports import totals, write_reports  # noqa: E402
from labgrade.run import Run, Test  # noqa: E402

__all__ = ["Failure", "Suite", "read_text", "require"]

TEST_LIMIT = 60      # seconds for a test that says nothing else


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
        if options.told is not None:
            return 0 if Run(self, options).tell(options.told) else 1
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
