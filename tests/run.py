"""Run the tests: a line for each case, and at the end what was tried (a line
`tried N of these` for each kind), `N passed, N failed`, and a line
`failed: NAME` for each that failed.

    run.py [--all] [FILE or FILE::TEST ...]

--all takes the slow tests, too. The tests are ordinary pytest files; this
only reports them in its own way, and cases that one test finds many of
(those of usertests, of a host program) one by one.
"""

import signal
import sys
import tempfile

import pytest

from lib.report import Reporter


def main(arguments):
    if sys.platform != "linux":
        sys.exit("the tests need Linux: use the container that README names; "
                 "`make qemu` and `make grade` work without it")
    # Being told to end still ends every machine that a test has started; and
    # what tests interrupt is not deaf, even if a shell has started us so, in
    # the background.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    reporter = Reporter()
    with tempfile.TemporaryDirectory(prefix="tests-") as folder:
        status = pytest.main(
            ["-p", "no:terminal", "-p", "no:cacheprovider",
             f"--basetemp={folder}/base", *arguments],
            plugins=[reporter])
    reporter.close()
    return 0 if status == pytest.ExitCode.OK and reporter.all_well() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
