"""Grade one submission in Gradescope's container: gradescope.py ROOT.

In ROOT are submission/, what the student has handed in; source/, what
conf/autograder has made; and results/, for results.json. With --build, only
build the clean handout.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import records
import single
from sandbox import BoxFailed, Sandbox
from submissions import Submission, student_of

BUILD_LIMIT = 600  # seconds
GRADE_LIMIT = 1080

FAILED = """\
The grader failed, which says nothing of your work. Tell your teacher:
"""


def handed_in(folder):
    """The folder, or the archives that are all there is in it."""
    names = [name for name in sorted(os.listdir(folder))
             if not name.startswith(".") and name != "__MACOSX"]
    archives = [name for name in names if student_of(name) != name]
    paths = [folder / name for name in archives]
    return Submission("submission", tuple(paths)
                      if paths and archives == names else (folder,))


def build(sandbox):
    """The tests of the lab, when there is a handout to run them on."""
    outcome = sandbox.run("build", BUILD_LIMIT,
                          jobs=len(os.sched_getaffinity(0)))
    if "unfinished" in outcome:
        raise BoxFailed(outcome["unfinished"])
    return records.tests_of(outcome["list"])


def results(root, sandbox):
    """The text of results.json. A teacher reads what is printed, too."""
    submission = handed_in(root / "submission")
    record, outcome = single.grade(
        submission, build(sandbox), sandbox,
        max(os.sched_getaffinity(0)), GRADE_LIMIT)
    print(outcome.get("said", record["message"]), flush=True)
    return records.gradescope(record, outcome)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0] + ".")
    parser.add_argument("--build", action="store_true",
                        help="only build the handout")
    parser.add_argument("root", metavar="ROOT", type=Path)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    try:
        source = root / "source"
        script = next((source / "tree").glob("grade-lab-*")).name
        sandbox = Sandbox(source, script)
        if arguments.build:
            build(sandbox)
            return 0
        text, status = results(root, sandbox), 0
    except Exception as error:  # of any kind: there must be a result
        why = f"{type(error).__name__}: {error}"
        print(why, file=sys.stderr)
        if arguments.build:
            return 1
        text, status = json.dumps(
            {"score": 0, "visibility": "visible", "tests": [],
             "output": FAILED + why[-1000:]}, indent=2), 1
    records.write(root / "results" / records.GRADESCOPE, text)
    return status


if __name__ == "__main__":
    sys.exit(main())
