"""The command line of a grade script."""

import argparse
import json
import os
import re
from pathlib import Path


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


def told(text):
    """What a report by --json says: name -> (passed, seconds, the reason's
    lines, console)."""
    try:
        return {test["name"]: (test["passed"], float(test["seconds"]),
                               test["reason"].splitlines(), test["console"])
                for test in json.loads(Path(text).read_text())["tests"]}
    except (OSError, ValueError, LookupError, TypeError,
            AttributeError) as error:
        raise argparse.ArgumentTypeError(
            f"{text} is no report by --json: {error}") from None


def parse_options(suite, arguments):
    parser = argparse.ArgumentParser(
        description=f"Grade this tree for the lab {suite.lab}.",
        epilog="The exit status is 0 only if every point of the score is "
        "earned: the extra ones do not count, and tests that are not run "
        "earn nothing. With --from it is 0 if these TESTs have passed.")
    parser.add_argument("tests", nargs="*", metavar="TEST",
                        help="a test's name or a regular expression "
                        "(default: all tests)")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="show everything from the console")
    parser.add_argument("--list", action="store_true",
                        help="list the tests with their points")
    parser.add_argument("--anew", action="store_true",
                        help="build from clean")
    parser.add_argument("--from", metavar="FILE", dest="told", type=told,
                        help="run nothing, and say again of these TESTs what "
                        "a report in FILE, by --json, says")
    parser.add_argument("--json", metavar="FILE", type=writable)
    parser.add_argument("--junit", metavar="FILE", type=writable)
    parser.add_argument("--gradescope", metavar="FILE", type=writable,
                        help="the results.json that Gradescope reads")
    parser.add_argument("--timeout", type=positive, metavar="SECONDS",
                        help="for each test, instead of its own limit")
    parser.add_argument("--jobs", type=int, metavar="N",
                        choices=range(1, 65),
                        default=min(2, os.cpu_count() or 1),
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
