"""Try the autograder in a bare Debian laid out as Gradescope's container is:
run.py [--keep DIR]. For root; it needs the network for the packages, and takes
some minutes for each release. SUITE and MIRROR are as tests/bare-debian has
them.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import cases
from cases import ROOT

HERE = Path(__file__).resolve().parent
SUITES = os.environ.get("SUITE", "bookworm trixie").split()


def stage(folder):
    """The autograder as Gradescope unpacks it, and what is uploaded."""
    subprocess.run([sys.executable, ROOT / "conf" / "autograder",
                    folder / "autograder.zip"], check=True)
    with zipfile.ZipFile(folder / "autograder.zip") as archive:
        archive.extractall(folder / "source")
    for name in ("setup.sh", "run_autograder"):
        (folder / "source" / name).chmod(0o755)
    plan = {"cases": [*cases.graded(), *cases.more_graded(),
                      *cases.refused()],
            "plain": list(cases.graded())}
    for kind, ones in plan.items():
        for case in ones:
            place = folder / kind / case.name
            place.mkdir(parents=True)
            case.upload(place)
    shutil.copy(HERE / "inside", folder)
    return plan


def faults_of_suite(place, plan, tests):
    """How many cases are not as they must be."""
    failed = 0
    for kind, ones in plan.items():
        for case in ones:
            try:
                results = json.loads(
                    (place / f"{kind}-{case.name}.json").read_text())
                found = cases.faults(case, results, tests)
            except (OSError, ValueError) as error:
                found = [f"no results: {error}"]
            failed += bool(found)
            print(f"{'FAILED' if found else 'ok'} {kind} {case.name}: "
                  f"{case.score}", *found, sep="\n  ")
    left = (place / "left").read_text().split()
    if left != sorted(["grader", "labgrade", "run_autograder", "setup.sh",
                       "tree"]):
        failed += 1
        print(f"FAILED: something is left in source: {left}")
    return failed


def try_in(folder):
    """Whether all is as it must be."""
    plan = stage(folder)
    listing = subprocess.run(
        [sys.executable, ROOT / "grade-lab-pgtbl", "--list"], check=True,
        capture_output=True, text=True).stdout
    tests = [(name, int(points), bool(extra)) for points, name, extra in
             re.findall(r"^ *(\d+)  (.+?)(  extra)?$", listing, re.M)]
    done = subprocess.run(
        ["sh", ROOT / "tests" / "bare-debian", folder, "sh", "/srv/inside"],
        stdin=subprocess.DEVNULL, check=False,
        env={**os.environ, "SUITE": " ".join(SUITES)})
    if done.returncode != 0:
        return False
    failed = sum(faults_of_suite(folder / "results" / suite, plan, tests)
                 for suite in SUITES)
    total = len(SUITES) * sum(map(len, plan.values()))
    print(f"{total - failed} as they must be, {failed} not")
    return not failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", metavar="DIR", type=Path,
                        help="leave everything in this new folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="autograder-") as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(exist_ok=True)
        return 0 if try_in(folder) else 1


if __name__ == "__main__":
    sys.exit(main())
