"""Grade a class of over 60 whose scores are known, two at a time and one after
another: run.py [--keep DIR]. A line for each student, then the times and the
factor.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from students import ROOT, whole_class

FACTOR = 1.6    # on two cores
LIMIT = 1800    # seconds for a run
SECRETS = ("root:x:0", "root:*:", "root:$")  # lines of the system's own files


def grade(folder, students, *options):
    """(exit status, seconds) of a run on these students. The results are
    in the folder's `out`."""
    submissions = folder / "submissions"
    submissions.mkdir(parents=True)
    for student in students:
        student.hand_in(submissions)
    choices = folder / "choices.json"
    choices.write_text(json.dumps(
        {student.name: student.tests for student in students}))
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, ROOT / "conf" / "grade-class", submissions,
         "--out", folder / "out", "--tests-of", choices, *options], stdin=subprocess.DEVNULL,
        check=False, timeout=LIMIT)
    return done.returncode, time.monotonic() - began


def faults(folder, student):
    """What is not as it must be with a student, as sentences."""
    place = folder / "out" / "students" / student.name
    try:
        record = json.loads((place / "record.json").read_text())
        scope = json.loads((place / "results.json").read_text())
        log = (place / "log.txt").read_text()
    except OSError as error:
        return [f"no result: {error}"]
    said = "\n".join([record["message"],
                      *(test["reason"] for test in record["tests"])])
    found = []
    if record["score"] != student.score or scope["score"] != student.score:
        found.append(f"{record['score']} points, not {student.score}: {said}")
    if student.says not in said:
        found.append(f"does not say `{student.says}`: {said}")
    if any(secret in log for secret in SECRETS):
        found.append("the log shows files of this machine")
    return found


def check_class(folder, jobs):
    """Grade them, so many at once; the seconds, and True if every one of them
    has the score that it must have."""
    students = whole_class()
    status, seconds = grade(folder, students, "--jobs", str(jobs))
    failed = 0
    for student in students:
        found = faults(folder, student)
        failed += bool(found)
        name = student.name.encode("ascii", "backslashreplace").decode()
        print(f"{'FAILED' if found else 'ok'} {name}: {student.score}",
              *found, sep="\n  ")
    print(f"{len(students)} students in {seconds:.0f} s: "
          f"{len(students) - failed} as they must be, {failed} not")
    return seconds, status == 0 and not failed


def check_both(folder):
    """True if all scores are right both times, and two at a time are fast
    enough on two cores."""
    cores = len(os.sched_getaffinity(0))
    jobs = min(2, cores)
    together, right_together = check_class(folder / "together", jobs)
    one_by_one, right_one_by_one = check_class(folder / "one-by-one", 1)
    factor = one_by_one / together
    print(f"one after another: {one_by_one:.0f} s; {jobs} at a time: "
          f"{together:.0f} s; factor {factor:.2f}")
    return (right_together and right_one_by_one
            and (cores < 2 or factor >= FACTOR))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", metavar="DIR", type=Path,
                        help="leave everything in this new folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="class-") as temporary:
        folder = options.keep or Path(temporary)
        well = check_both(folder)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
